"""Weights, delays and learning between two runs."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..backends import StoredBlock, key, list_synapses
from ..base.params import ParamInfo, as_numpy, check_array, check_number, check_switch, is_one, shown
from ..errors import ParameterError
from ..spec import (
    TAKEN,
    WINNER,
    Modulator,
    Population,
    PopulationSpec,
    Projection,
)
from .delays import new_delays
from .lessons import wanted_of
from .parts import SimulationParts
from .weights import largest, new_weights, smallest

SYNAPSE = np.dtype([("i", np.uint32), ("j", np.uint32), ("k", np.uint32), ("delay", np.float64)])
MODULATION = ParamInfo(low=-1e100, high=1e100)


class SynapseChanges(SimulationParts):
    """The part of a simulation that reads and changes its synapses."""

    # ---- weights and synapses -----------------------------------------------------------------------

    def weights(self, projection: Projection | str) -> NDArray[Any]:
        """Copy of a projection's weights, in (i, j, k) order: by source, target, delay."""
        number = self._named.projection(projection)[0]
        with self._protocol.asking("weights"):
            return self._engine.weights(number)

    def weights_view(self, projection: Projection | str) -> list[StoredBlock]:
        """The weights as they are stored, without a copy, one block for each thread's share of targets.

        The blocks are up to date, and again at the end of every later run as long as they, or arrays of
        theirs, are held: a run then ends by visiting every plastic synapse, which many short runs pay for
        (``weights`` does so only when it is called). After ``set_weights`` of a projection whose weights
        were one constant, old blocks show that constant still: ask again.
        """
        number, spec = self._named.projection(projection)
        with self._protocol.asking("weights_view"):
            self._engine.finish()
            blocks = self._engine.blocks(number)
            if spec.plasticity is not None:
                self._shown += [weakref.ref(block["weight"]) for block in blocks]
        return [StoredBlock(block, self._time_base.unit) for block in blocks]

    def set_weights(self, projection: Projection | str, weights: ArrayLike, at: float | None = None) -> None:
        """Replace a projection's weights, in (i, j, k) order; one number stands for all.

        ``at`` : ms, >= now, when to do so rather than now: what is later is changed (see ``pending``).

        What may be declared may be set, and what was read may be written back: conductances are not
        negative, plastic weights not beyond w_min and w_max. A plastic weight of 0 has the sign that it
        would have where it is declared (see ``PlasticityRule``).
        """
        number, spec = self._named.projection(projection)
        target = self._named.groups[self._named.number[spec.target]]
        assert isinstance(target, PopulationSpec)  # the spec has checked it
        with self._protocol.changing("set_weights"):
            with self._protocol.ranks.checked("set_weights"):  # each rank is given its own
                values = new_weights(
                    spec, target.model, self._engine.synapse_count(number), weights, self.dtype
                )
                self._engine.check_weights(number, values, "set_weights")  # now, not when its time has come
            self._changes.make("set_weights", spec.name, at, projection=number, weights=values)
            self._set.add(number)

    def delays(self, projection: Projection | str) -> NDArray[np.float64]:
        """Copy of a projection's delays, ms, in (i, j, k) order: what ``set_delays`` takes."""
        number = self._named.projection(projection)[0]
        with self._protocol.asking("delays"):
            return list_synapses(self._engine, number)[3]

    def set_delays(self, projection: Projection | str, delays: ArrayLike, at: float | None = None) -> None:
        """Replace a projection's delays, ms, in (i, j, k) order; one number stands for all.

        ``at`` : ms, >= now, when to do so rather than now (see ``pending``).

        Spikes that are under way keep the delay with which they set out; those emitted later take the new
        one, so that a later spike may arrive first. Weights go with their synapses. As k counts the synapses
        of a pair by delay, those of one pair may change places; of equal delays the order stays (but where
        they learn and have heard spikes by delays that differed). Delays stay as they are set when the
        simulation is ``reset``. Rules of learning see each spike as it arrives, by its own delay.

        No delay may be shorter than those for which the simulation was built: than the shortest of all
        projections between populations (at most 64 steps on "clock" and "opencl"), or of those from sources
        for one from a source. A projection that learns by dendritic delays (``dendritic_fraction`` above 0)
        can have others until its neurons have fired, as all synapses of a target share one history of its
        spikes; where synapses have fractions of their own never. Where a source draws one-to-one straight
        into its targets (Poisson) they have one delay.

        Errors: ParameterError where a delay is too short, which says the least, where shapes do not fit, or
        of what cannot change as above; OffGridError where one is no multiple of dt; BackendUnsupported on
        "opencl" where one is longer than that engine runs.
        """
        number, spec = self._named.projection(projection)
        with self._protocol.changing("set_delays"):
            with self._protocol.ranks.checked("set_delays"):  # each rank is given its own
                values = new_delays(spec, self._engine.synapse_count(number), delays)
                self._engine.check_delays(number, values)
            self._collect()  # what was recorded of a synapse knows it by its place
            self._changes.make("set_delays", spec.name, at, projection=number, delays=values)

    def rewire(
        self, projection: Projection | str, weight: float, below: float = 0.0, at: float | None = None
    ) -> None:
        """Prune the synapses whose weights have died away, and grow as many at other places.

        A synapse of absolute weight <= ``below`` leaves its source and finds another one, drawn uniformly
        among the sources of the projection that its target does not hear yet: a neuron keeps its number of
        synapses, as in deep rewiring (Bellec, Kappel, Maass & Legenstein 2018, ICLR, where a connection
        that crosses zero gives way to one drawn at random; there within the layer, here onto the same
        target). With ``w_min=0`` or by decay a rule brings weights there. The new synapse has the delay of
        the old one and the weight ``weight``; what a rule keeps beside weights (averages of Adam) goes on.

        Draws are keyed by (seed, name, target, how many rewirings there were): they depend on no threads
        and on no division of runs. ``sim.synapses`` has the new list. Spikes under way keep their synapses;
        those of a synapse that is pruned are lost with it. ``reset`` leaves synapses as they are.

        Parameters
        ----------
        projection : one whose synapses learn, or have dynamics, only while no neuron of it has fired: before
            a run, after ``reset``, or between two calls of ``run_trials``; any other at any time.
        weight : of new synapses, in the unit of weights; what may be declared may be given.
        below : >= 0, in the same unit.
        at : ms, >= now; now by default (see ``pending``).

        Errors: ParameterError where a value is out of range, where neurons have fired as above, where
        synapses have dendritic fractions of their own, where a source draws one-to-one straight into its
        targets, or where its weights, or changes of them, go to a log; BackendUnsupported on several ranks
        where a probe records the weights of the projection.
        """
        number, spec = self._named.projection(projection)
        target = self._named.groups[self._named.number[spec.target]]
        assert isinstance(target, PopulationSpec)  # the spec has checked it
        value = float(new_weights(spec, target.model, 1, weight, self.dtype, "rewire")[0])
        below = check_number(below, ParamInfo(low=0.0, high=1e100), f"rewire: {spec.name!r}: below")
        sources = np.arange(*spec.source_range) if isinstance(spec.source_range, tuple) else spec.source_range
        with self._protocol.changing("rewire"):
            if self._protocol.ranks.several:
                self._recordings.check_rewired(spec.name)
            self._recordings.check_log_rewired(spec.name)
            with self._protocol.ranks.checked("rewire"):
                new = np.full(self._engine.synapse_count(number), value)
                self._engine.check_weights(number, new, "rewire")
            self._collect()  # what was recorded of a synapse knows it by its place
            self._changes.make(
                "rewire",
                spec.name,
                at,
                projection=number,
                below=below,
                weight=value,
                sources=np.asarray(sources, np.uint32),
                within=spec.source == spec.target,
                noise_key=key(self.spec.seed, "rewire", spec.name),
            )
            self._set.add(number)

    def normalise(self, projection: Projection | str, total: ArrayLike, at: float | None = None) -> None:
        """Scale the weights onto each target so that their absolute values sum up to ``total``.

        All onto one target are scaled by one factor, as homeostasis of the whole neuron does (Diehl & Cook
        2015, Front. Comput. Neurosci. 9:99, after each image); weights that would leave the rule's w_min and
        w_max stop there, and those of a target that are all 0 stay.

        Parameters
        ----------
        projection : plastic or not.
        total : > 0 in the unit of the weights: one number, or one for each neuron of the target population.
        at : ms, >= now; now by default (see ``pending``).

        Errors: ParameterError where a total is out of range, or beyond what weights can be stored as.
        """
        number, spec = self._named.projection(projection)
        owner = f"normalise: {spec.name!r}"
        target = self._named.groups[self._named.number[spec.target]]
        info = ParamInfo(above=0.0, high=1e100)
        if is_one(total):
            totals = np.full(1, check_number(total, info, owner))
        else:
            totals = check_array(total, info, owner)
            if totals.size != target.n:
                raise ParameterError(
                    f"{owner}: expected one total, or {target.n}, one a neuron of {spec.target!r} "
                    f"(got {totals.size})"
                )
        low, high = smallest(spec, self.dtype), largest(spec, self.dtype)
        with self._protocol.changing("normalise"):
            if at is not None:
                self._check_total(number, np.broadcast_to(totals, target.n), low, high)
            self._changes.make(
                "normalise", spec.name, at, projection=number, total=totals, low=low, high=high
            )
            self._set.add(number)

    def _check_total(self, number: int, totals: NDArray[np.float64], low: float, high: float) -> None:
        """Refuse now what cannot be stored whatever the weights are then: one is as large as their mean."""
        with self._protocol.ranks.checked("normalise"):
            targets = self._engine.synapses(number)[1]
            mean = totals[targets] / np.bincount(targets)[targets]
            self._engine.check_weights(number, np.clip(mean, low, high), "normalise")

    def set_learning(
        self,
        projection: Projection | str,
        on: bool | np.bool_ | None = None,
        at: float | None = None,
        *,
        rate: float | None = None,
    ) -> None:
        """Switch the learning of a plastic projection on or off, or change how fast it learns.

        While it is off no weight changes, and traces go on: spikes leave what they always leave. What counts
        is when an event reaches the synapse (a presynaptic spike after its axonal delay, a postsynaptic one
        after its dendritic delay): it changes the weight, by traces of all spikes before it, if learning is
        on then. So of a pair of spikes on either side of the moment the later one decides. Weights of a rule
        that drift between spikes (BCM) do so while it is on. What reaches a synapse at the very moment still
        counts as before it.

        A rate multiplies whatever of the rule changes weights (a_plus and a_minus, eta; not what adds to
        eligibilities), in the same sense: what has reached a synapse before counts by the old one,
        however late its row is brought up to date. With a batch of trials, the rate at its end counts.

        Parameters
        ----------
        projection : one that learns.
        on : True or False; by default as before. All projections learn at first; the same again changes
            nothing.
        at : ms, >= now; now by default.
        rate : > 0 and <= 1e100, in units of the rule's own rates; by default as before, at first 1.
        """
        number, spec = self._named.projection(projection)
        if spec.plasticity is None:
            raise ParameterError(f"set_learning: the weights of {spec.name!r} are static and never change")
        if on is None and rate is None:
            raise ParameterError("set_learning: expected on= (True or False), rate= or both (got neither)")
        if on is not None:
            on = check_switch(on, "set_learning: on")
        if rate is not None:
            rate = check_number(rate, ParamInfo(above=0.0, high=1e100), "set_learning: rate")
        with self._protocol.changing("set_learning"):
            self._changes.make("set_learning", spec.name, at, projection=number, on=on, rate=rate)

    def set_homeostasis(
        self,
        population: Population | str,
        on: bool | np.bool_ | None = None,
        *,
        delta: float | None = None,
        at: float | None = None,
    ) -> None:
        """Freeze the thresholds of a population with homeostasis, let them move again, or by another step.

        Parameters
        ----------
        population : a whole one, declared with ``homeostasis=``.
        on : False keeps theta as it is, True lets it move; what was due is done first.
        delta : mV, >= 0, from now on.
        at : ms, >= now; now by default.
        """
        number, spec = self._named.whole_population(population, "set_homeostasis")
        owner = f"set_homeostasis: {spec.name!r}"
        if spec.homeostasis is None:
            raise ParameterError(f"{owner} was declared without homeostasis")
        values: dict[str, float] = {}
        if on is not None:
            values["homeostasis.on"] = float(check_switch(on, f"{owner}: on"))
        if delta is not None:
            values["homeostasis.delta"] = spec.homeostasis.replace(delta=delta).delta
        if not values:
            raise ParameterError(f"{owner}: expected on= or delta= (got neither)")
        with self._protocol.changing("set_homeostasis"):
            self._changes.make("set_homeostasis", spec.name, at, population=number, values=values)

    def set_winner_takes_all(
        self, population: Population | str, strength: float, at: float | None = None
    ) -> None:
        """What a spike takes from all other neurons of a population declared with ``winner_takes_all=``.

        strength : mV, >= 0; ``math.inf`` for as much as leaves them at v_reset.
        at : ms, >= now; now by default.
        """
        number, spec = self._named.whole_population(population, "set_winner_takes_all")
        owner = f"set_winner_takes_all: {spec.name!r}"
        if spec.winner_takes_all is None:
            raise ParameterError(
                f"{owner} was declared without winner_takes_all (0.0 is one that takes nothing)"
            )
        values = {WINNER: check_number(strength, TAKEN, f"{owner}: strength")}
        with self._protocol.changing("set_winner_takes_all"):
            self._changes.make("set_winner_takes_all", spec.name, at, population=number, values=values)

    def teach(
        self, error: Modulator | str, wanted: ArrayLike, at: float | None = None, gain: float = 1.0
    ) -> None:
        """The moment of an error: what readout neurons miss reaches all that listen, by feedback too.

        Parameters
        ----------
        error : one that was declared as ``net.error(...)``, or its name.
        wanted : the number of a class (losses "softmax" and "reward"), or a value for each readout neuron.
        at : ms, >= now; now by default (see ``pending``).
        gain : a finite number, that the error is multiplied by: a learning rate that follows a schedule.

        Errors: ParameterError where the modulator is no error or what is wanted does not fit;
        OutOfRangeError; UnknownNameError.
        """
        number, spec = self._named.error(error)
        owner = f"teach: {spec.modulator!r}"
        n = self._named.groups[self._named.number[spec.readout]].n
        given = np.asarray(as_numpy(wanted, owner))
        values = wanted_of(given[np.newaxis], n, spec.loss, owner, 2)[0, 0]
        if np.isnan(values).any():
            raise ParameterError(f"{owner}: expected numbers (got {shown(wanted)})")
        gain = check_number(gain, MODULATION, f"{owner}: gain")
        with self._protocol.changing("teach"):
            self._changes.make("teach", spec.modulator, at, error=number, wanted=values, gain=gain)

    def modulate(self, modulator: Modulator | str, value: ArrayLike, at: float | None = None) -> None:
        """A moment of a modulator: its value reaches every plastic projection that listens to it.

        All else that reaches a synapse at that instant comes before it. What it does is said by the rule:
        a reward raises what ``RewardSTDP`` learns by; an error moves weights along their eligibilities.

        Parameters
        ----------
        modulator : one that was declared as ``net.modulator(name)``, or its name.
        value : a finite number; of a modulator of a population (``of=``) also an array of one a neuron.
        at : ms, >= now; now by default (see ``pending``).

        Errors: ParameterError where a value is no finite number or there are not as many as neurons;
        UnknownNameError.
        """
        number, spec = self._named.modulator(modulator)
        owner = f"modulate: {spec.name!r}"
        n = 1 if spec.of is None else self._named.groups[self._named.number[spec.of]].n
        if is_one(value):
            values = np.full(n, check_number(value, MODULATION, owner))
        else:
            values = check_array(value, MODULATION, owner)
            if spec.of is None:
                raise ParameterError(f"{owner} is one number for all (got an array of {values.size})")
        if values.size != n:
            raise ParameterError(
                f"{owner}: expected {n} values, one a neuron of {spec.of!r} (got {values.size})"
            )
        with self._protocol.changing("modulate"):
            self._changes.make("modulate", spec.name, at, modulator=number, values=values)

    def synapses(self, projection: Projection | str) -> np.recarray[Any, Any]:
        """Record array (``.i``, ``.j``, ``.k``, ``.delay`` [ms]) of the synapses, in (i, j, k) order.

        i and j are indices in the whole groups; k counts the synapses of a pair by delay.
        """
        number = self._named.projection(projection)[0]
        with self._protocol.asking("synapses"):
            i, j, k, delay = list_synapses(self._engine, number)
        table = np.recarray(i.shape, SYNAPSE)
        table["i"], table["j"], table["k"], table["delay"] = i, j, k, delay
        return table
