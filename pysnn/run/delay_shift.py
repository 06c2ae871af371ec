"""A rule that moves delays: by the spikes of a stretch, applied between two stretches."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..base.params import Parameters, ParamInfo, as_numpy, check_array, param, shown
from ..base.registry import Registry
from ..data import SpikeData
from ..errors import ParameterError

Float = NDArray[np.float64]
Spikes = SpikeData | tuple[ArrayLike, ArrayLike]


class DelayShift(Parameters):
    """Delays that move until spikes arrive when their target fires, so that it comes to detect coincidence.

    For each postsynaptic spike s let a = t + d be the arrival at a synapse, of delay d and from a spike t of
    its source, that is nearest to s - lag (of two alike the earlier)::

        d -> d + eta (s - lag - a)    where |s - lag - a| <= window,

    within d_min <= d <= d_max. All spikes of a stretch count by the delays that they went with, and their
    shifts add up. Delays shift in this way in Huening, Gluender & Palm (1998), Neural Comput. 10:555, and
    Eurich, Pawelzik, Ernst, Thiel, Cowan & Milton (1999), Phys. Rev. Lett. 82:1594, by smooth windows of
    their own; here it is linear in what is missed and looks at nearest pairs alone.

    It moves nothing by itself: ask it for new delays between two runs, and set them::

        shift = snn.DelayShift(eta=0.2, d_min=1.0, d_max=20.0)
        wires = sim.synapses("wires")
        sim.run(100.0)
        delays = shift.delays(wires.i, wires.j, wires.delay, sim.take(heard), sim.take(fired))
        sim.set_delays("wires", delays)

    On "clock" keep them as they are and set ``np.round(delays / dt) * dt``: else shifts of less than half a
    step are lost. ``sim.set_delays`` says which projections may have other delays, and since when.

    Parameters
    ----------
    eta : share of what is missed that a spike mends, 0 < eta <= 1.
    window : pairs further apart count for nothing, > 0 ms; infinite for none.
    lag : how long before the postsynaptic spike arrivals are drawn to, ms.
    d_min, d_max : bounds of delays, 0 < d_min <= d_max ms.
    """

    registry: ClassVar[Registry[DelayShift]] = Registry("delay rule")

    eta: float = param(default=0.1, above=0.0, high=1.0)
    window: float = param(default=10.0, unit="ms", above=0.0, infinite=True)
    lag: float = param(default=0.0, unit="ms")
    d_min: float = param(default=1.0, unit="ms", above=0.0)
    d_max: float = param(default=20.0, unit="ms", above=0.0, infinite=True)

    def check(self) -> None:
        """Bounds in order."""
        if self.d_min > self.d_max:
            raise ParameterError(
                f"DelayShift: expected d_min <= d_max (got {self.d_min:g} and {self.d_max:g} ms)"
            )

    def delays(self, i: ArrayLike, j: ArrayLike, delays: ArrayLike, pre: Spikes, post: Spikes) -> Float:
        """What the delays of synapses are after a stretch.

        Parameters
        ----------
        i, j : source and target of each synapse, of shape (n,).
        delays : ms, of the same shape.
        pre, post : what sources and targets have fired: a probe's data, or times [ms] and indices. Spikes of
            sources that had not arrived when the stretch ended belong to the next one too.

        Returns the n delays, ms.

        Errors: ParameterError where shapes do not fit or a time is no finite number.
        """
        d = check_array(delays, ParamInfo(unit="ms", above=0.0), "DelayShift: delays")
        source, target = (
            np.asarray(as_numpy(x, f"DelayShift: {name}"), np.int64) for name, x in (("i", i), ("j", j))
        )
        if not source.shape == target.shape == d.shape or d.ndim != 1:
            raise ParameterError(
                f"DelayShift: expected i, j and delays of one shape (got {source.shape}, {target.shape} and "
                f"{d.shape})"
            )
        sent, fired = _by_neuron(pre, "pre"), _by_neuron(post, "post")
        shift = np.zeros_like(d)
        for synapse in range(d.size):
            t, s = sent.get(int(source[synapse])), fired.get(int(target[synapse]))
            if t is None or s is None:
                continue
            missed = _nearest(s - self.lag, t + d[synapse])
            shift[synapse] = self.eta * math.fsum(missed[np.abs(missed) <= self.window])
        return np.clip(d + shift, self.d_min, self.d_max)


def _nearest(wanted: Float, arrivals: Float) -> Float:
    """How much later each is than the arrival nearest to it, of those in ascending order."""
    after = np.searchsorted(arrivals, wanted, side="left")
    before = wanted - arrivals[np.maximum(after - 1, 0)]
    ahead = wanted - arrivals[np.minimum(after, arrivals.size - 1)]
    return np.where(np.abs(before) <= np.abs(ahead), before, ahead)


def _by_neuron(spikes: Spikes, owner: str) -> dict[int, Float]:
    """Times of each neuron that has fired, ascending."""
    times, who = (spikes.t, spikes.i) if isinstance(spikes, SpikeData) else spikes
    t = check_array(times, ParamInfo(unit="ms"), f"DelayShift: {owner}: times")
    index = np.asarray(as_numpy(who, f"DelayShift: {owner}: indices"), np.int64)
    if t.shape != index.shape or t.ndim != 1:
        raise ParameterError(f"DelayShift: {owner}: expected as many times as indices (got {shown(spikes)})")
    if t.size == 0:
        return {}
    order = np.lexsort((t, index))
    neurons, begins = np.unique(index[order], return_index=True)
    return dict(zip(neurons.tolist(), np.split(t[order], begins[1:]), strict=True))
