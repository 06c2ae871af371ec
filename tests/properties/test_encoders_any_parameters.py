"""Whatever parameters an encoder accepts, its stated error holds; what it refuses, it refuses by name."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pysnn import encoders as enc
from pysnn.base.params import ParamInfo
from pysnn.errors import ParameterError

POOLS: dict[str, list[float]] = {
    "ms": [1e-6, 1e-3, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 1e3, 1e6],
    "Hz": [0.0, 1e-3, 1.0, 10.0, 100.0, 1e4],
    "": [0.0, 1e-6, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0, 1.5, 3.0],
}
WHOLE = [1, 2, 3, 5, 8, 16, 30, 100]
ARRAYS = {"low", "high", "taps", "table"}
MANY = 100_000  # spikes or so, which would only take long


def pool_of(default: Any, name: str, info: ParamInfo) -> st.SearchStrategy[Any]:
    if info.choices:
        return st.sampled_from(info.choices)
    if isinstance(default, int) or name == "n_spikes":
        return st.sampled_from(WHOLE)
    return st.sampled_from(POOLS[info.unit])


@st.composite
def parameters(draw: st.DrawFn, code: type[enc.Encoder]) -> dict[str, Any]:
    """Each parameter at its default or at one of a pool, which reaches beyond what is allowed."""
    defaults = {field.name: field.default for field in dataclasses.fields(code)}
    drawn = {
        name: draw(pool_of(defaults[name], name, info))
        for name, info in code._infos().items()
        if name not in ARRAYS | {"resolution"} and draw(st.booleans())
    }
    low = draw(st.sampled_from([0.0, -1.0, 0.01, 100.0]))
    span = draw(st.sampled_from([1e-3, 1.0, 300.0]))
    grid = draw(st.sampled_from([None, 0.01, 0.1, 0.25, 1.0]))
    return {"low": low, "high": low + span, "resolution": grid, **drawn}


def spikes_at_most(encoder: enc.Encoder, length: float, values: int) -> float:
    """Roughly, for those codes whose parameters can ask for any number of them."""
    if isinstance(encoder, enc.RegularRate | enc.PoissonRate):
        return encoder.rate_high * length * 1e-3 * values
    if isinstance(encoder, enc.Delta | enc.StepForward):
        return values / encoder.threshold
    step = {"PWM": "period", "BitPWM": "period", "WeightedPhase": "slot"}.get(type(encoder).__name__)
    return length / getattr(encoder, step) * encoder.trains * values if step else values


@pytest.mark.parametrize("name", sorted(enc.Encoder.registry))
@given(st.data())
def test_accepted_parameters_hold_their_stated_error(name: str, data: st.DataObject) -> None:
    code = enc.get(name)
    given_parameters = data.draw(parameters(code))
    rows, channels = data.draw(st.integers(1, 7)), data.draw(st.integers(1, 5))
    step = data.draw(st.sampled_from([0.1, 0.5, 1.0, 10.0, 20.0, 60.0, 100.0, 250.0, 1000.0]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    share = rng.random((rows, channels))
    share[rng.random(share.shape) < 0.3] = data.draw(st.sampled_from([0.0, 0.5, 1.0]))
    try:
        encoder = code(**given_parameters)
        assume(spikes_at_most(encoder, step * rows, rows * channels) < MANY)
        values = np.clip(encoder.low + share * (encoder.high - encoder.low), encoder.low, encoder.high)
        spikes = encoder.encode(values, step * rows, seed=1)
    except ParameterError as refusal:
        # By the name of the class and of what it does not take, not by what went wrong inside.
        if not str(refusal).startswith(name):
            raise
        return
    steepest = float(np.abs(np.diff(values, axis=0)).max(initial=0.0)) / step
    more = {"slope": steepest * (1.0 + 1e-9)} if name == "PWM" else {}
    error = np.abs(encoder.decode(spikes, rows) - values)
    assert np.all(error <= encoder.max_error(step * rows, rows, **more))
