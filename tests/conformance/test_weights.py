"""Weights set and read: what may be declared may be set, what is read written back, views stay valid."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import pysnn as snn

GRID = 0.1
ONCE = {"t_ref": 10.0, "tau_syn_exc": 0.5}  # the teacher's current has gone when they could fire again


def options(backend: str) -> dict[str, Any]:
    return {} if backend == "event" else {"dt": GRID}


def learning_pair(
    weight: Any, rule: snn.PlasticityRule, model: snn.NeuronModel, receptor: str, **more: Any
) -> tuple[snn.Network, Any]:
    """Synapses from "pre", which fires at 2 and 20 ms, onto neurons that a teacher fires soon after 5 ms."""
    net = snn.Network(seed=1)
    rule_of_wiring: snn.ConnectionRule = snn.AllToAll()
    targets = 1
    if isinstance(weight, snn.Array):
        targets = len(weight)
        rule_of_wiring = snn.FromCOO(np.zeros(targets, int), np.arange(targets))
    pre = net.source("pre", 1, snn.SpikeArray([[2.0, 20.0]]))
    teacher = net.source("teacher", 1, snn.SpikeArray([[4.0]]))
    cells = net.population("cells", targets, model)
    excite = "delta" if receptor == "delta" else "exc"
    net.projection(teacher, cells, snn.AllToAll(), weight=1e5, delay=1.0, receptor=excite)
    learns = net.projection(
        pre, cells, rule_of_wiring, weight=weight, delay=1.0, receptor=receptor, plasticity=rule, **more
    )
    return net, learns


# ---- zero and its sign --------------------------------------------------------------------------------

CURRENTS = [(snn.CubaLIF(**ONCE), "inh"), (snn.AlphaLIF(**ONCE), "inh")]
GROWS = snn.PairSTDP(a_plus=0.1, a_minus=0.0)


@pytest.mark.parametrize("weight", [0.0, -0.0], ids=["0", "-0"])
@pytest.mark.parametrize(("model", "receptor"), CURRENTS, ids=["cuba", "alpha"])
def test_a_weight_of_zero_on_an_inhibitory_current_grows_inhibitory(
    backend: str, model: snn.NeuronModel, receptor: str, weight: float
) -> None:
    net, learns = learning_pair(weight, GROWS, model, receptor)
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.run(30.0)
        assert -0.1 < sim.weights(learns)[0] < -0.05  # one spike of the target


@pytest.mark.parametrize(
    ("model", "receptor", "weight", "sign"),
    [
        (snn.CubaLIF(**ONCE), "exc", 0.0, 1.0),
        (snn.CobaLIF(**ONCE), "inh", 0.0, 1.0),  # a conductance
        (snn.LIF(t_ref=10.0), "delta", 0.0, 1.0),
        (snn.LIF(t_ref=10.0), "delta", -0.0, -1.0),  # as written
        (snn.LIF(t_ref=10.0), "delta", snn.Array([0.0, -0.5]), -1.0),  # as the others
        (snn.CubaLIF(**ONCE), "inh", snn.Array([0.0, 0.5]), 1.0),
        (snn.CubaLIF(**ONCE), "exc", snn.Array([0.0, -0.5]), -1.0),
        (snn.CubaLIF(**ONCE), "inh", snn.Array([0.0, 0.5, -0.5]), -1.0),  # of both: the receptor's
    ],
)
def test_a_weight_of_zero_has_the_sign_of_the_others_or_of_its_receptor(
    cpu_backend: str, model: snn.NeuronModel, receptor: str, weight: Any, sign: float
) -> None:
    net, learns = learning_pair(weight, GROWS, model, receptor)
    with snn.Simulation(net, backend=cpu_backend, **options(cpu_backend)) as sim:
        sim.run(30.0)
        assert 0.05 < sign * sim.weights(learns)[0] < 0.1


def test_a_weight_depressed_to_zero_stays_inhibitory_when_it_is_written_back(backend: str) -> None:
    rule = snn.PairSTDP(a_plus=0.1, a_minus=5.0)
    net, learns = learning_pair(-0.01, rule, snn.CubaLIF(**ONCE), "inh")
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.run(25.0)
        depressed = sim.weights(learns)
        assert depressed.tolist() == [0.0]
        sim.set_weights(learns, depressed + 0.0)  # NumPy makes 0.0 of -0.0 so
        assert np.signbit(sim.weights(learns)[0])
        sim.set_weights(learns, 0.0)
        assert np.signbit(sim.weights(learns)[0])


# ---- what may be set ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("rule", [snn.PairSTDP, snn.BCM])
@pytest.mark.parametrize("w_max", [0.1, 0.3, 0.7, 1.0, 2.7, 40.1, 1e-3])
def test_weights_at_their_bound_are_written_back_as_read(
    backend: str, dtype: str, rule: Any, w_max: float
) -> None:
    net, learns = learning_pair(w_max, rule(w_max=w_max), snn.CubaLIF(), "exc")
    with snn.Simulation(net, backend=backend, dtype=dtype, **options(backend)) as sim:
        sim.run(10.0)
        read = sim.weights(learns)
        assert read.max() == np.dtype(dtype).type(w_max)
        sim.set_weights(learns, read)
        assert np.array_equal(sim.weights(learns), read)
        with pytest.raises(snn.ParameterError, match=r"'pre->cells'"):
            sim.set_weights(learns, w_max * (1.0 + 1e-6))


@pytest.mark.parametrize("model", [snn.CobaLIF(), snn.AdEx(), snn.HodgkinHuxley()])
@pytest.mark.parametrize("plasticity", [None, snn.PairSTDP(w_max=10.0)])
@pytest.mark.parametrize("weights", [-5.0, [1.0, -1e-300]])
def test_negative_conductances_are_refused_as_they_are_when_declared(
    cpu_backend: str, model: snn.NeuronModel, plasticity: snn.PlasticityRule | None, weights: Any
) -> None:
    net = snn.Network(seed=1)
    source, cells = net.source("s", 2, snn.Poisson(1.0)), net.population("c", 2, model)
    p = net.projection(source, cells, snn.OneToOne(), weight=1.0, delay=1.0, plasticity=plasticity)
    with snn.Simulation(net, backend=cpu_backend, **options(cpu_backend)) as sim:
        with pytest.raises(snn.ParameterError, match=r"set_weights: 's->c'.*>= 0.*nS"):
            sim.set_weights(p, weights)
        assert sim.weights(p).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("dtype", "weight_dtype"), [("float32", "float64"), ("float64", "float32"), ("float32", "float16")]
)
def test_weights_are_set_in_the_precision_that_they_are_stored_in(dtype: str, weight_dtype: str) -> None:
    net = snn.Network(seed=1)
    source, cells = net.source("s", 2, snn.Poisson(1.0)), net.population("c", 2, snn.LIF())
    p = net.projection(source, cells, snn.AllToAll(), weight=snn.Uniform(1.0, 2.0), delay=1.0)
    given = np.array([0.1, 1.0 / 3.0, -2.7, 1e-7])
    with snn.Simulation(net, dtype=dtype, weight_dtype=weight_dtype) as sim:
        sim.set_weights(p, given)
        assert np.array_equal(sim.weights(p), given.astype(weight_dtype))


def test_one_to_one_weights_between_populations_can_be_set(backend: str) -> None:
    net = snn.Network(seed=1)
    model = snn.CubaLIF(tau_syn_exc=1e12, v_th=1e9)
    fires = net.population("fires", 3, snn.CubaLIF(), init={"v": -40.0})
    cells = net.population("cells", 3, model)
    p = net.projection(fires, cells, snn.OneToOne(), weight=1.0, delay=1.0)
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.set_weights(p, [2.0, 3.0, 4.0])
        sim.run(10.0)
        fired = sim.spike_counts()["fires"] // 3
        assert fired == 1
        assert sim.state(cells, "i_exc") == pytest.approx([2.0, 3.0, 4.0], abs=1e-9)


@pytest.mark.parametrize("weight_dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_weights_of_a_driven_projection_can_be_set(threads: int, weight_dtype: str) -> None:
    def currents(weight: float, then: Any) -> NDArray[np.float64]:
        net = snn.Network(seed=3)
        noise = net.source("noise", 200, snn.Poisson(8000.0))
        cells = net.population("cells", 120, snn.CubaLIF(tau_syn_exc=1e12, v_th=1e9))
        drive = net.projection(noise[20:120], cells[10:110], snn.OneToOne(), weight=weight, delay=2.0)
        with snn.Simulation(net, dt=GRID, threads=threads, weight_dtype=weight_dtype) as sim:
            sim.run(10.0)
            if then is not None:
                sim.set_weights(drive, then)
                assert np.array_equal(sim.weights(drive), np.broadcast_to(then, 100))
            sim.run(10.0)
            return sim.state(cells, "i_exc")

    before, all_of_it = currents(1.0, 0.0), currents(1.0, None)
    later = all_of_it - before  # spikes that arrive after the weights were set
    assert np.array_equal(currents(1.0, 1.0), all_of_it)
    assert later[10:110].min() > 40.0
    assert all_of_it[:10].tolist() == all_of_it[110:].tolist() == [0.0] * 10
    each = np.arange(1.0, 101.0) / 4.0
    assert np.allclose(currents(1.0, each)[10:110], before[10:110] + each * later[10:110], rtol=1e-9)


def test_weights_that_are_set_replace_what_a_reading_has_put_aside(backend: str) -> None:
    # all delay dendritic: the target's spike at about 5 ms is still on its way at 6 ms, and then counts
    # for the weight that was set
    rule = snn.PairSTDP(a_plus=0.1, a_minus=0.0)
    net, learns = learning_pair(
        0.2, rule, snn.CubaLIF(t_ref=10.0), "exc", dendritic_fraction=1.0, name="learns"
    )
    fired = net.probe(net.populations["cells"], "spikes")
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        sim.run(5.5)
        assert sim.weights(learns)[0] == 0.2
        sim.set_weights(learns, 0.6)
        sim.run(0.1)
        assert sim.weights(learns)[0] == 0.6
        sim.run(10.0)
        (spike,) = sim.data[fired].t
        assert 5.0 <= spike < 5.5
        expected = 0.6 + 0.1 * np.exp(-(spike + 1.0 - 2.0) / 20.0)
        assert sim.weights(learns)[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("rule", [snn.BCM(eta=0.0), snn.PairSTDP(a_plus=0.0, a_minus=0.0)])
@pytest.mark.parametrize("fraction", [0.0, 0.5, 1.0])
def test_weights_that_are_set_are_there_after_the_next_run(
    cpu_backend: str, rule: snn.PlasticityRule, fraction: float
) -> None:
    net, learns = learning_pair(0.2, rule, snn.CubaLIF(), "exc", dendritic_fraction=fraction)
    with snn.Simulation(net, backend=cpu_backend, dt=0.1) as sim:
        for weight in (0.3, 0.6, 0.9):
            sim.run(3.0)
            sim.set_weights(learns, weight)
            assert sim.weights(learns)[0] == weight
            sim.run(3.0)
            assert sim.weights(learns)[0] == weight


# ---- views --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "delay"),
    [
        (snn.FixedProbability(0.5), 1.0),  # bitmaps on clock
        (snn.FixedProbability(0.01), 1.0),  # lists
        (snn.FixedIndegree(500), [1.0, 2.0]),
        (snn.OneToOne(), 1.0),
    ],
)
def test_views_stay_valid_when_weights_are_set(
    cpu_backend: str, rule: snn.ConnectionRule, delay: Any
) -> None:
    net = snn.Network(seed=1)
    cells = net.population("a", 1000, snn.LIF())
    p = net.projection(cells, cells, rule, weight=0.25, delay=delay)
    with snn.Simulation(net, backend=cpu_backend, threads=2) as sim:
        views = sim.weights_view(p)
        listed = sim.synapses(p)
        for weight in (0.5, np.linspace(0.0, 1.0, len(listed))):
            sim.set_weights(p, weight)
        junk = [np.full(50_000, 2**62) for _ in range(40)]  # into whatever memory was freed
        pairs = np.concatenate([1000 * view.i().astype(np.int64) + view.j() for view in views])
        assert np.array_equal(np.sort(pairs), np.sort(1000 * listed.i.astype(np.int64) + listed.j))
        assert all(np.all(view.weight == 0.25) for view in views)
        assert len(junk) == 40


@pytest.mark.parametrize("fraction", [0.0, 1.0])
def test_held_weights_are_up_to_date_after_every_run(backend: str, fraction: float) -> None:
    rule = snn.PairSTDP(a_plus=0.1, a_minus=0.05)
    net, learns = learning_pair(0.5, rule, snn.CubaLIF(), "exc", dendritic_fraction=fraction)
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:
        held = [block.weight for block in sim.weights_view(learns)]  # the blocks themselves are dropped
        seen = []
        for _ in range(30):
            sim.run(1.0)
            seen.append(float(np.concatenate(held)[0]))
            assert seen[-1] == sim.weights(learns)[0]
    assert len(set(seen)) >= 3
    with snn.Simulation(net, backend=backend, **options(backend)) as sim:  # nobody looks before the end
        for _ in range(30):
            sim.run(1.0)
        assert sim.weights(learns)[0] == seen[-1]
        assert np.concatenate([block.weight for block in sim.weights_view(learns)])[0] == seen[-1]


# ---- beyond all bounds --------------------------------------------------------------------------------


@pytest.mark.parametrize("weight", [1e101, -1e308, [1.0, 1e200], snn.Uniform(0.0, 1e150)])
def test_weights_whose_sums_would_be_no_numbers_are_refused(weight: Any) -> None:
    net = snn.Network(seed=1)
    cells = net.population("c", 2, snn.LIF())
    delay = [1.0, 2.0] if isinstance(weight, list) else 1.0
    with pytest.raises(snn.ParameterError, match=r"projection 'c->c'.*1e\+100"):
        net.projection(cells, cells, snn.AllToAll(), weight=weight, delay=delay)


@pytest.mark.parametrize("plasticity", [None, snn.PairSTDP(w_max=1e60)])
@pytest.mark.parametrize("weight", [1e40, snn.LogNormal(100.0, 1.0)])
def test_weights_beyond_float32_are_refused(
    cpu_backend: str, weight: Any, plasticity: snn.PlasticityRule | None
) -> None:
    net = snn.Network(seed=1)
    cells = net.population("c", 2, snn.LIF())
    p = net.projection(cells, cells, snn.AllToAll(), weight=weight, delay=1.0, plasticity=plasticity)
    with pytest.raises(snn.ParameterError, match=r"projection 'c->c'.*float32"):
        snn.Simulation(net, backend=cpu_backend, dtype="float32")
    with snn.Simulation(net, backend=cpu_backend) as sim:
        assert np.isfinite(sim.weights(p)).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_too_large_a_bound_or_weight_set_in_a_type_is_refused(cpu_backend: str, dtype: str) -> None:
    with pytest.raises(snn.ParameterError, match=r"w_max"):
        snn.PairSTDP(w_max=1e101)
    with pytest.raises(snn.ParameterError, match=r"w_max"):
        snn.PairSTDP(w_max=1e-200)
    net = snn.Network(seed=1)
    cells = net.population("c", 2, snn.LIF())
    p = net.projection(cells, cells, snn.AllToAll(), weight=1.0, delay=1.0)
    with snn.Simulation(net, backend=cpu_backend, dtype=dtype) as sim:
        with pytest.raises(snn.ParameterError, match=rf"'c->c'.*{dtype}"):
            sim.set_weights(p, 1e31 if dtype == "float32" else 1e101)
        assert sim.weights(p).tolist() == [1.0] * 4


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_weight_that_grows_beyond_all_bounds_is_an_error_of_its_projection(
    cpu_backend: str, dtype: str, record: bool
) -> None:
    net = snn.Network(seed=1)
    pre = net.source("pre", 2, snn.SpikeArray([[1.0 + 5.0 * k for k in range(20)]] * 2))
    teacher = net.source("teacher", 1, snn.SpikeArray([[3.0 + 5.0 * k for k in range(20)]]))
    cells = net.population("cells", 1, snn.LIF(t_ref=1.0))
    net.projection(teacher, cells, snn.AllToAll(), weight=100.0, delay=1.0)
    rule = snn.PowerLawSTDP(a_plus=1e30, a_minus=0.0, mu=1.0)
    learns = net.projection(pre, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=rule)
    if record:
        net.probe(learns, "weight", changes=True)
    with (
        snn.Simulation(net, backend=cpu_backend, dtype=dtype, **options(cpu_backend)) as sim,
        pytest.raises(snn.ParameterError, match=r"projection 'pre->cells'.*no finite number"),
    ):
        sim.run(100.0)


def test_a_weight_that_is_no_number_is_an_error_when_it_is_read(cpu_backend: str) -> None:
    # one arrival, then the target fires without end: nothing is delivered that a run could stop at
    net = snn.Network(seed=1)
    pre = net.source("pre", 1, snn.SpikeArray([[1.0]]))
    cells = net.population("cells", 1, snn.LIF(t_ref=0.5, i_e=1e5))
    rule = snn.PowerLawSTDP(a_plus=1e100, a_minus=0.0, mu=1.0)
    learns = net.projection(pre, cells, snn.AllToAll(), weight=1.0, delay=1.0, plasticity=rule)
    with snn.Simulation(net, backend=cpu_backend, **options(cpu_backend)) as sim:
        sim.run(30.0)
        with pytest.raises(snn.ParameterError, match=r"projection 'pre->cells'.*PowerLawSTDP"):
            sim.weights(learns)
