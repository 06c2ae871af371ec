"""Parameters are checked where they are written, and the message says what was expected and got."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pint
import pytest

import pysnn as snn
from pysnn.base.params import Parameters, param


class Sample(Parameters):
    """One parameter of each kind."""

    tau: float = param(10.0, unit="ms", above=0.0)
    share: float = param(0.5, low=0.0, high=1.0)
    n: int = param(3, low=1)
    on: bool = param(True)
    mode: str = param("slow", choices=("slow", "fast"))
    step: float | None = param(None, above=0.0)
    rate: float | np.ndarray = param(1.0, unit="Hz", low=0.0, array=True)
    end: float = param(math.inf, unit="ms", low=0.0, infinite=True)


def test_defaults_pass_their_own_checks() -> None:
    assert Sample().as_dict() == {
        "tau": 10.0,
        "share": 0.5,
        "n": 3,
        "on": True,
        "mode": "slow",
        "step": None,
        "rate": 1.0,
        "end": math.inf,
    }


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tau": 0.0}, r"^Sample\.tau: must be > 0 ms \(got 0\.0\)$"),
        ({"tau": -1}, r"^Sample\.tau: must be > 0 ms \(got -1\)$"),
        ({"tau": math.nan}, r"^Sample\.tau: must be > 0 ms \(got nan\)$"),
        ({"tau": math.inf}, r"^Sample\.tau: must be > 0 ms and finite \(got inf\)$"),
        ({"tau": "10"}, r"^Sample\.tau: expected > 0 ms \(got '10'\)$"),
        ({"tau": True}, r"^Sample\.tau: expected > 0 ms \(got True\)$"),
        ({"tau": None}, r"^Sample\.tau: expected > 0 ms \(got None\)$"),
        ({"tau": 1j}, r"^Sample\.tau: expected > 0 ms"),
        ({"tau": [1.0, 2.0]}, r"^Sample\.tau: expected > 0 ms \(got \[1\.0, 2\.0\]\)$"),
        ({"tau": np.float64(-2.5)}, r"^Sample\.tau: must be > 0 ms \(got -2\.5\)$"),
        ({"tau": 10**400}, r"^Sample\.tau: must be > 0 ms and finite \(got 1000"),
        ({"share": 1.5}, r"^Sample\.share: must be >= 0 and <= 1 \(got 1\.5\)$"),
        ({"n": 0}, r"^Sample\.n: must be >= 1 \(got 0\)$"),
        ({"n": 2.5}, r"^Sample\.n: expected a whole number \(got 2\.5\)$"),
        ({"on": 1}, r"^Sample\.on: expected True or False \(got 1\)$"),
        (
            {"mode": "slwo"},
            r"^Sample\.mode: unknown choice 'slwo'; did you mean 'slow'\? \(valid: fast, slow\)$",
        ),
        ({"mode": 3}, r"^Sample\.mode: unknown choice 3"),
        ({"step": 0.0}, r"^Sample\.step: must be > 0 \(got 0\.0\)$"),
        ({"rate": [1.0, -2.0]}, r"^Sample\.rate\[1\]: must be >= 0 Hz \(got -2\.0\)$"),
        ({"rate": [[1.0]]}, r"^Sample\.rate: expected a 1-D array \(got shape \(1, 1\)\)$"),
        ({"rate": ["1", "2"]}, r"^Sample\.rate: expected an array of numbers"),
        ({"rate": [True, False]}, r"^Sample\.rate: expected an array of numbers"),
        ({"rate": [1.0, math.nan]}, r"^Sample\.rate\[1\]: must be >= 0 Hz \(got nan\)$"),
        ({"end": -math.inf}, r"^Sample\.end: must be >= 0 ms \(got -inf\)$"),
    ],
)
def test_a_bad_value_is_named_with_its_range(given: dict[str, object], message: str) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        Sample(**given)  # type: ignore[arg-type]


def test_whole_floats_and_numpy_numbers_are_numbers() -> None:
    made = Sample(n=4.0, tau=np.float32(2.5), share=np.int64(1))  # type: ignore[arg-type]
    assert (made.n, made.tau, made.share) == (4, 2.5, 1.0)
    assert type(made.n) is int
    assert type(made.tau) is float


def test_a_misspelt_keyword_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        snn.UnknownParameterError, match=r"^LIF: unknown parameter 'tau_n'; did you mean 'tau_m'\?"
    ):
        snn.LIF(tau_n=3.0)  # type: ignore[call-arg]
    with pytest.raises(TypeError):  # as from any Python call
        snn.LIF(tau_n=3.0)  # type: ignore[call-arg]


def test_a_missing_or_surplus_value_names_the_parameters() -> None:
    with pytest.raises(snn.UnknownParameterError, match=r"FixedProbability.*'p'.*parameters: p, autapses"):
        snn.FixedProbability()  # type: ignore[call-arg]
    with pytest.raises(snn.UnknownParameterError, match=r"OneToOne: takes at most 0 values \(got 1\)"):
        snn.OneToOne(3)  # type: ignore[call-arg]


def test_parameters_are_frozen() -> None:
    lif = snn.LIF()
    with pytest.raises(AttributeError):
        lif.tau_m = 3.0  # type: ignore[misc]
    rates = snn.Poisson(rate=[1.0, 2.0]).rate
    assert isinstance(rates, np.ndarray)
    with pytest.raises(ValueError, match="read-only"):
        rates[0] = 5.0


def test_an_array_is_copied_so_that_its_owner_can_go_on_using_it() -> None:
    mine = np.array([1.0, 2.0])
    source = snn.Poisson(rate=mine)
    mine[0] = 9.0
    assert np.array_equal(source.rate, [1.0, 2.0])


def test_replace_checks_again() -> None:
    assert snn.LIF().replace(tau_m=20.0) == snn.LIF(tau_m=20.0)
    with pytest.raises(snn.ParameterError, match="tau_m"):
        snn.LIF().replace(tau_m=-20.0)


def test_equal_values_are_equal_and_hash_alike() -> None:
    assert snn.Poisson([1.0, 2.0]) == snn.Poisson(np.array([1, 2]))
    assert hash(snn.Poisson([1.0, 2.0])) == hash(snn.Poisson(np.array([1, 2])))
    assert snn.Poisson([1.0, 2.0]) != snn.Poisson([1.0, 3.0])
    assert snn.LIF() != snn.CubaLIF()
    assert len({snn.LIF(), snn.LIF(), snn.LIF(tau_m=3.0)}) == 2


def test_parameters_survive_pickling() -> None:
    model = snn.CubaLIF(tau_m=17.0)
    assert pickle.loads(pickle.dumps(model)) == model


def test_a_quantity_is_converted_once_and_checked_for_its_dimension() -> None:
    unit = pint.UnitRegistry()
    assert snn.LIF(tau_m=0.02 * unit.second, v_th=-0.05 * unit.volt).tau_m == pytest.approx(20.0)
    assert snn.LIF(v_th=-0.05 * unit.volt).v_th == pytest.approx(-50.0)
    assert np.allclose(snn.Poisson(rate=[1.0, 2.0] * unit.kHz).rate, [1000.0, 2000.0])  # type: ignore[operator]
    with pytest.raises(snn.ParameterError, match=r"LIF\.tau_m: expected a quantity in ms \(got .*volt"):
        snn.LIF(tau_m=3.0 * unit.volt)


def test_quantities_inside_a_list_are_converted_one_by_one() -> None:
    # NumPy would strip the units of such a list with a warning, and 0.003 s would pass for 0.003 ms
    unit = pint.UnitRegistry()
    source = snn.SpikeArray([[0.003 * unit.second, 5.0 * unit.ms]])
    assert np.allclose(source.times, [3.0, 5.0])


def test_arrays_that_bear_a_unit_do_not_lose_it() -> None:
    # They are NumPy's arrays, of kinds of their own: as plain ones 0.02 s would pass for 0.02 ms.
    units = pytest.importorskip("quantities", reason="needs quantities, which comes with Neo")
    neo = pytest.importorskip("neo", reason="needs Neo: the extra interop")
    assert snn.LIF(tau_m=0.02 * units.s).tau_m == pytest.approx(20.0)
    assert np.allclose(snn.Poisson(rate=[1.0, 2.0] * units.kHz).rate, [1000.0, 2000.0])
    assert snn.TsodyksMarkram(U=0.25 * units.dimensionless).U == 0.25
    trains = [neo.SpikeTrain([0.003, 0.004], units="s", t_stop=1.0), [0.005 * units.s, 6.0 * units.ms]]
    assert np.allclose(snn.SpikeArray(trains).times, [3.0, 4.0, 5.0, 6.0])
    assert np.allclose(snn.StepCurrent([1.0, 2.0], [1.0, 2.0] * units.nA).amplitudes, [1000.0, 2000.0])
    with pytest.raises(snn.ParameterError, match=r"LIF\.tau_m: expected a quantity in ms \(got .*mV"):
        snn.LIF(tau_m=20.0 * units.mV)
    net = snn.Network()
    cells = net.population("cells", 2, snn.LIF(), init={"v": -0.06 * units.V})
    net.projection(cells, cells, snn.AllToAll(), weight=0.5 * units.uV, delay=0.002 * units.s, name="p")
    with snn.Simulation(net) as sim:
        assert np.allclose(sim.state(cells, "v"), -60.0)
        assert np.allclose(sim.weights("p"), 5e-4)
        assert np.allclose(sim.delays("p"), 2.0)
        sim.run(0.01 * units.s)
        assert sim.time == 10.0


def test_a_unit_that_is_not_understood_is_not_dropped() -> None:
    class Quantity(np.ndarray):
        """As Brian2's: in SI units, with a dimension beside."""

        dim = "second"

    for value in (np.array(0.02).view(Quantity), np.array([0.02, 0.03]).view(Quantity)):
        with pytest.raises(
            snn.ParameterError, match=r"LIF\.tau_m: expected numbers in ms, or quantities of pint"
        ):
            snn.LIF(tau_m=value)


def test_the_signature_shows_names_and_defaults() -> None:
    import inspect

    signature = inspect.signature(snn.LIF)
    assert list(signature.parameters) == ["tau_m", "c_m", "e_l", "v_th", "v_reset", "t_ref", "i_e", "reset"]
    assert signature.parameters["tau_m"].default == 10.0
