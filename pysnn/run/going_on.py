"""Simulations that go on where another stands, or was saved."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Self

from ..base.paths import as_path
from ..base.ranks import Ranks
from ..errors import CheckpointError, ParameterError
from ..io.checkpoint import Checkpoint, same_file
from ..network import Network
from .checkpoint import FIXED, Inputs, LaterLog, changes_of, check_free, choices_of, setting
from .parts import SimulationParts
from .shares import Shares


class GoingOn(SimulationParts):
    """The part of a simulation that makes another one of where it, or a checkpoint, stands."""

    def copy(
        self,
        threads: int | None = None,
        log: str | os.PathLike[str] | None = None,
        profile: bool = False,
        device: int | str | None = None,
        **fixed: Any,
    ) -> Self:
        """Another simulation that stands where this one does, with synapses of its own; both go on alike.

        ``threads``, ``log``, ``profile``, ``device``: as when one is built; a log begins where the copy does,
        and without ``device`` it is on the same. All else is as it is here: giving another option of
        ``Simulation`` is a ParameterError.

        Errors: as of ``save`` and of building a simulation.
        """
        check_free(fixed, "copy")
        ranks = self._protocol.ranks
        with self._protocol.changing("copy"):
            checkpoint = ranks.share(self._checkpoint())
        device = self._options.device if device is None else device
        return self._from(checkpoint, threads, log, profile, device, ranks, self._network)

    def __copy__(self) -> Self:
        """As ``copy`` does."""
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """As ``copy`` does."""
        return self.copy()

    @classmethod
    def resume(
        cls,
        path: str | os.PathLike[str],
        threads: int | None = None,
        log: str | os.PathLike[str] | None = None,
        profile: bool = False,
        device: int | str | None = None,
        comm: Any = None,
        **fixed: Any,
    ) -> Self:
        """A simulation that goes on where ``save`` left one, with the bits that it would have had.

        Parameters
        ----------
        path : of what ``save`` or ``run(..., checkpoint=...)`` wrote.
        threads : of any number, whatever it was; as when one is built.
        log : path of a spike log. If the file there is the log that the saved simulation wrote, also one
            that was killed, it is cut where the checkpoint is and goes on: nothing is lost in it or twice.
            Any other file is replaced by a log that begins here.
        profile, device : as when one is built.
        comm : of the processes that go on with it, however many had it: the first reads the file.

        All else is as it was: giving another option of ``Simulation`` is a ParameterError.

        Errors: CheckpointError where the file is foreign, torn, damaged or of a newer version; those of
        building a simulation.
        """
        check_free(fixed, "resume")
        ranks = Ranks.of(comm)
        with ranks.together("resume"):
            checkpoint = Checkpoint.load(path) if ranks.rank == 0 else None
        checkpoint, log = ranks.share((checkpoint, log))
        if log is not None and same_file(path, log):
            raise ParameterError(
                f"resume: log: would replace the checkpoint {path}: give it a path of its own"
            )
        try:
            return cls._from(checkpoint, threads, log, profile, device, ranks, go_on_with_log=True)
        except CheckpointError as err:
            raise CheckpointError(f"{path}: {err}") from err

    # ---- inside -------------------------------------------------------------------------------------

    @classmethod
    def _from(
        cls,
        checkpoint: Checkpoint,
        threads: int | None,
        log: str | os.PathLike[str] | None,
        profile: bool,
        device: int | str | None,
        ranks: Ranks,
        network: Network | None = None,
        go_on_with_log: bool = False,
    ) -> Self:
        """Build it anew and bring it to that place."""
        options = {name: setting(checkpoint, name) for name in FIXED[1:]}
        choices = choices_of(options.pop("engines"))
        if choices:
            options["engines"] = {name: choice.engine for name, choice in choices.items()}
        log = ranks.share(log)
        later = None if log is None else LaterLog(os.fspath(as_path(log, "log")))
        declared = setting(checkpoint, "declared probes")
        probes = checkpoint.network.probes
        spec = replace(checkpoint.network, probes=probes[:declared])
        made = cls(
            spec, threads=threads, log=later, profile=profile, device=device, comm=ranks.comm, **options
        )
        made._network, made._choices = network, choices
        for probe in probes[declared:]:
            made._recordings.add(probe)
            made.data._add(probe)
        Inputs(made._feeding, made._injections).restore(
            checkpoint.inputs, setting(checkpoint, "inputs"), spec
        )
        shares = Shares(made._places, made._engine)
        made._engine.restore(shares.engine_share(checkpoint.engine))
        pending = changes_of(setting(checkpoint, "pending"), checkpoint.changes)
        made._changes.pending = shares.pending_share(pending)
        made._recordings.restore(checkpoint.recorded, setting(checkpoint, "counts"), shares)
        made._set = set(setting(checkpoint, "set weights"))
        made._trials_end = setting(checkpoint, "trials end")
        try:
            if later is not None:
                mark = setting(checkpoint, "log") if go_on_with_log else None
                made._open_log(later, "resume", mark)
            return made
        except BaseException:  # Ctrl-C on the way to whoever asked for it
            made._abandon()
            raise
