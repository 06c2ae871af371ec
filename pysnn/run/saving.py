"""What a simulation puts down so that another can go on."""

from __future__ import annotations

import os
from dataclasses import replace

from ..errors import CheckpointError
from ..io.checkpoint import Checkpoint, check_place, same_file
from .checkpoint import (
    Inputs,
    changes_as_plain,
    choices_as_dicts,
)
from .parts import SimulationParts
from .shares import Shares


class Saving(SimulationParts):
    """The part of a simulation that saves it."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save all that the simulation has come to in one file: ``snn.resume`` goes on there, bit for bit.

        In it are the description of the network, states, what is under way, learnt and set weights, the
        place in every random stream, what Inputs were fed, and what probes have recorded. Synapses are not:
        ``resume`` draws them again, the same. The file does not depend on the number of threads. It appears
        whole or not at all; one that is there is replaced.

        What is in a log stays there: ``resume`` can go on with it.

        Errors: CheckpointError where the file cannot be written; RunningError, BrokenError, ClosedError.
        """
        with self._protocol.changing("save"):
            self._check_place(path)
            self._save_to(path)

    def _save_to(self, path: str | os.PathLike[str]) -> None:
        checkpoint = self._checkpoint()
        with self._protocol.ranks.checked("save"):
            if self._protocol.ranks.rank == 0:
                checkpoint.save(path)

    def _check_place(self, path: str | os.PathLike[str]) -> None:
        """Can a checkpoint be written there, and is nothing of this simulation lost by it?"""
        with self._protocol.ranks.checked("save"):
            if self._protocol.ranks.rank == 0:
                check_place(path)
            if self._log is not None and same_file(path, self._log.path):
                raise CheckpointError(
                    f"{path}: cannot save a checkpoint: the log of this simulation is there; give the "
                    "checkpoint a path of its own"
                )

    def _checkpoint(self) -> Checkpoint:
        """The simulation as it stands; where ranks share it, whole on the first of them."""
        watched = self._weights_are_watched()
        if watched:  # changes of weights up to now are recorded first
            self._engine.finish()
        self._collect()
        if self._log is not None:
            self.flush()
        shares = Shares(self._places, self._engine)
        pending, arrays = changes_as_plain(shares.pending(self._changes.pending))
        engine = shares.saved()
        if watched:
            self._engine.finish()
        inputs = Inputs(self._feeding, self._injections)
        probes = self.data._specs()
        settings = {
            "backend": self.backend,
            "dt": self.dt,
            "dtype": self.dtype,
            "weight_dtype": self.weight_dtype,
            "off_grid": "round" if self._options.round_off_grid else "error",
            "engines": choices_as_dicts(self._choices),
            "noise_seed": self._options.noise_seed,
            "time": self.time,
            "counts": self._recordings.spikes.counts,
            "set weights": sorted(self._set),
            "inputs": inputs.numbers(),
            "pending": pending,
            "declared probes": len(self.spec.probes),
            "trials end": self._trials_end,
            "log": None if self._log is None else self._log.mark(),
        }
        return Checkpoint(
            replace(self.spec, probes=probes),
            inputs.described(self.spec),
            settings,
            engine,
            self._recordings.saved(shares),
            arrays,
        )
