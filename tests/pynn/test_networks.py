"""Projections, changes while it runs, recording and what is refused."""

import numpy as np
import pytest

pytest.importorskip("pyNN", reason="needs PyNN: pip install PyNN")
pytest.importorskip("sympy", reason="needs the extra equations")
import pynn_pysnn as sim
from pyNN import errors
from pyNN.random import NumpyRNG, RandomDistribution


@pytest.fixture(params=["clock", "event"])
def backend(request):
    return request.param


def cells(n, **parameters):
    return sim.Population(n, sim.IF_cond_exp(**parameters))


def test_given_a_generator_the_synapses_are_those_of_every_simulator():
    import pyNN.mock as mock

    def pairs(module):
        module.setup()
        a = module.Population(20, module.IF_cond_exp())
        b = module.Population(30, module.IF_cond_exp())
        found = []
        for connector in (
            module.FixedProbabilityConnector(0.3, rng=NumpyRNG(7)),
            module.FixedNumberPreConnector(5, rng=NumpyRNG(7)),
            module.FixedNumberPostConnector(5, rng=NumpyRNG(7)),
            module.DistanceDependentProbabilityConnector("exp(-d/5)", rng=NumpyRNG(7)),
        ):
            projection = module.Projection(
                a, b, connector, module.StaticSynapse(weight="0.01 * d", delay=1.0)
            )
            names = ["presynaptic_index", "postsynaptic_index", "weight" if module is sim else "WEIGHT"]
            found.append(sorted(projection._get_attributes_as_list(names)))
        return found

    ours, theirs = pairs(sim), pairs(mock)
    assert [len(entry) for entry in ours] == [len(entry) for entry in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-12)


@pytest.mark.parametrize("allow", [True, False])
def test_native_connectors_have_the_degrees_that_they_promise(allow):
    sim.setup(threads=1, seed=3)
    p = cells(40)
    synapse = sim.StaticSynapse(weight=0.001, delay=0.5)

    def matrix(connector):
        projection = sim.Projection(p, p, connector, synapse)
        assert projection._rule is not None
        before = projection.get("weight", format="array", multiple_synapses="sum")
        return projection, np.nan_to_num(before) / 0.001

    found = {
        "all": matrix(sim.AllToAllConnector(allow_self_connections=allow)),
        "pre": matrix(sim.FixedNumberPreConnector(6, allow_self_connections=allow)),
        "post": matrix(sim.FixedNumberPostConnector(7, allow_self_connections=allow, with_replacement=True)),
        "total": matrix(sim.FixedTotalNumberConnector(500, allow_self_connections=allow)),
        "p": matrix(sim.FixedProbabilityConnector(0.25, allow_self_connections=allow)),
    }
    np.testing.assert_allclose(found["all"][1].sum(), 1600 if allow else 1560)
    np.testing.assert_allclose(found["pre"][1].sum(axis=0), 6)
    assert found["pre"][1].max() < 1.5  # without replacement
    np.testing.assert_allclose(found["post"][1].sum(axis=1), 7)
    np.testing.assert_allclose(found["total"][1].sum(), 500)
    possible = 1600 if allow else 1560
    assert abs(found["p"][1].sum() - 0.25 * possible) < 5 * np.sqrt(possible * 0.25 * 0.75)
    if not allow:
        assert all(not np.diag(matrix).any() for _, matrix in found.values())
    sim.run(0.1)
    for projection, before in found.values():  # the synapses that are built are those that were shown
        after = projection.get("weight", format="array", multiple_synapses="sum")
        np.testing.assert_array_equal(np.nan_to_num(after) / 0.001, before)
    sim.end()


def test_views_and_assemblies_are_connected_by_their_own_indices(backend):
    sim.setup(timestep=0.1, backend=backend, threads=1)
    a, b = sim.Population(3, sim.IF_curr_exp()), sim.Population(4, sim.IF_curr_exp())
    sources = sim.Population(2, sim.SpikeSourceArray(spike_times=[[1.0], [5.0]]))
    both = a[1:3] + b[[0, 3]]
    weights = np.array([[np.nan, 0.2, 0.4, np.nan], [0.1, np.nan, np.nan, 0.3]])
    sim.Projection(
        sources, both, sim.ArrayConnector(~np.isnan(weights)),
        sim.StaticSynapse(weight=np.nan_to_num(weights), delay=1.0), receptor_type="excitatory",
    )  # fmt: skip
    for population in (a, b):
        population.record("v")
    sim.run(3.0)
    # Only the first source has fired: it reaches a[2] and b[0].
    moved = [np.ptp(p.get_data().segments[0].analogsignals[0].magnitude, axis=0) > 0 for p in (a, b)]
    assert moved[0].tolist() == [False, False, True]
    assert moved[1].tolist() == [True, False, False, False]
    sim.run(4.0)
    moved = [np.ptp(p.get_data().segments[0].analogsignals[0].magnitude, axis=0) > 0 for p in (a, b)]
    assert moved[0].tolist() == [False, True, True]
    assert moved[1].tolist() == [True, False, False, True]
    sim.end()


@pytest.mark.parametrize("fraction", [0.0, 0.25, 1.0])
def test_the_fraction_of_the_delay_that_is_dendritic_shifts_the_pair(backend, fraction):
    # The synapse sees the presynaptic spike at 10 + (1 - f) d, the postsynaptic one (forced) at 14 + f d.
    d, a_plus, tau, w_max = 2.0, 0.01, 20.0, 0.1
    sim.setup(timestep=0.1, backend=backend, threads=1)
    pre = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0]))
    force = sim.Population(1, sim.SpikeSourceArray(spike_times=[13.0]))
    post = sim.Population(1, sim.IF_curr_delta())
    sim.Projection(force, post, sim.AllToAllConnector(), sim.StaticSynapse(weight=100.0, delay=1.0))
    stdp = sim.STDPMechanism(
        sim.SpikePairRule(tau_plus=tau, tau_minus=tau, A_plus=a_plus, A_minus=0.0),
        sim.AdditiveWeightDependence(w_min=0.0, w_max=w_max),
        dendritic_delay_fraction=fraction,
        weight=0.05,
        delay=d,
    )
    projection = sim.Projection(pre, post, sim.AllToAllConnector(), stdp)
    post.record("spikes")
    sim.run(30.0)
    assert post.get_data().segments[0].spiketrains[0].magnitude.tolist() == pytest.approx([14.0])
    lag = (14.0 + fraction * d) - (10.0 + (1.0 - fraction) * d)
    assert projection.get("weight", format="array")[0, 0] == pytest.approx(
        0.05 + w_max * a_plus * np.exp(-lag / tau)
    )
    sim.reset()  # weights are again as they were
    assert projection.get("weight", format="array")[0, 0] == 0.05
    sim.end()


def test_synapses_that_differ_in_their_dynamics_each_have_their_own(backend):
    # Tsodyks, Uziel & Markram (2000), tau_facil = 0: the first spike sends U w, the second U w x. Of 1 - x,
    # which was U, is active what has not passed with tau_syn, and inactive what has not recovered since.
    use, h, tau_rec, w = np.array([0.2, 0.5, 0.8, 0.8]), 20.0, 100.0, 0.01
    tau_syn = np.array([0.5, 0.5, 0.5, 2.5])
    active, inactive = np.exp(-h / tau_syn), np.exp(-h / tau_rec)
    x = 1 - use * (active + (inactive - active) / (1 - tau_syn / tau_rec))
    sim.setup(timestep=0.1, backend=backend, threads=1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 10.0 + h]))
    targets = cells(4, tau_syn_E=tau_syn)
    sim.Projection(
        source, targets, sim.AllToAllConnector(),
        sim.TsodyksMarkramSynapse(U=use[np.newaxis], tau_rec=tau_rec, weight=w, delay=1.0),
    )  # fmt: skip
    targets.record("gsyn_exc")
    sim.run(40.0)
    g = targets.get_data().segments[0].analogsignals[0].magnitude
    np.testing.assert_allclose(g[110], use * w, rtol=1e-9)
    np.testing.assert_allclose(g[310] - g[110] * active, use * w * x, rtol=1e-6)
    sim.end()


def test_what_is_changed_between_runs_holds_from_then_on(backend):
    sim.setup(timestep=0.1, backend=backend, threads=1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[10.0, 110.0]))
    target = cells(2, tau_syn_E=0.5)
    projection = sim.Projection(
        source, target, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01, delay=1.0)
    )
    target.record("gsyn_exc")
    sim.run(50.0)
    projection.set(weight=[0.02, 0.03])
    connection = next(iter(projection.connections))
    connection.delay = 2.0
    source.set(spike_times=[90.0])  # and not at 110
    assert projection.get(["weight", "delay"], format="list") == [(0, 0, 0.02, 2.0), (0, 1, 0.03, 1.0)]
    sim.run(100.0)
    g = target.get_data().segments[0].analogsignals[0].magnitude
    np.testing.assert_allclose([g[110, 0], g[920, 0], g[910, 1]], [0.01, 0.02, 0.03], rtol=1e-9)
    assert g[1110:].max() < 1e-9  # the event engine's tolerance is 1e-8 nS
    sim.end()


def test_runs_may_be_divided_without_a_change_of_a_bit(backend, monkeypatch):
    monkeypatch.setattr("pynn_pysnn.electrodes.BLOCK", 20)

    def run(*parts):
        sim.setup(timestep=0.1, backend=backend, seed=5, threads=1)
        noise = sim.Population(50, sim.SpikeSourcePoisson(rate=400.0))
        p = cells(50)
        current = sim.NoisyCurrentSource(mean=0.3, stdev=0.2, start=5.0, stop=80.0, dt=0.5)
        current.inject_into(p[:10])
        sim.Projection(noise, p, sim.OneToOneConnector(), sim.StaticSynapse(weight=0.02, delay=0.3))
        sim.Projection(p, p, sim.FixedProbabilityConnector(0.2), sim.StaticSynapse(weight=0.005, delay=1.0))
        p.record(["spikes", "v"])
        for part in parts:
            sim.run(part)
        segment = p.get_data().segments[0]
        sim.end()
        return [train.magnitude for train in segment.spiketrains], segment.analogsignals[0].magnitude

    whole, parts = run(100.0), run(33.0, 0.1, 66.9)
    assert sum(map(len, whole[0])) > 20
    for one, other in zip(whole[0], parts[0], strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(whole[1], parts[1])


def test_noise_is_one_course_of_levels_and_is_recorded_as_it_flows(backend, monkeypatch):
    # Without a leak v(t) is the integral of the current: v rises by i dt / cm in each step.
    monkeypatch.setattr("pynn_pysnn.electrodes.BLOCK", 7)
    sim.setup(timestep=0.1, backend=backend, threads=1)
    p = sim.Population(2, sim.IF_curr_exp(tau_m=1e9, cm=1.0, v_thresh=1e6))
    noise = sim.NoisyCurrentSource(mean=0.5, stdev=0.3, start=2.0, stop=17.0, dt=0.5)
    noise.inject_into(p)
    noise.record()
    p.record("v")
    for part in (3.3, 6.7, 10.0):
        sim.run(part)
    v = p.get_data().segments[0].analogsignals[0].magnitude
    i = noise.get_data().magnitude[:, 0]
    sim.end()
    np.testing.assert_allclose(np.diff(v, axis=0), np.repeat(i[:-1, np.newaxis] * 0.1, 2, axis=1), atol=1e-6)
    assert not i[:20].any()
    assert not i[170:].any()
    assert len(np.unique(i[20:170])) == 30
    assert abs(i[20:170].mean() - 0.5) < 5 * 0.3 / np.sqrt(30)


def test_segments_have_other_noise_in_the_same_network():
    sim.setup(timestep=0.1, seed=1, threads=1)
    noise = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0))
    noise.record("spikes")
    sim.run(100.0)
    sim.reset()
    late = cells(1)  # after a reset there may be more
    sim.Projection(noise, late, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01, delay=1.0))
    sim.run(100.0)
    first, second = noise.get_data().segments
    sim.end()
    assert any(
        not np.array_equal(a.magnitude, b.magnitude)
        for a, b in zip(first.spiketrains, second.spiketrains, strict=True)
    )


def test_signals_that_are_cleared_go_on_with_their_last_sample():
    sim.setup(timestep=0.1, threads=1)
    p = cells(2, i_offset=0.4)
    p.record("v", sampling_interval=0.5)
    sim.run(10.0)
    first = p.get_data(clear=True).segments[0].analogsignals[0]
    sim.run(5.0)
    second = p.get_data().segments[0].analogsignals[0]
    sim.end()
    assert (first.shape, second.shape) == ((21, 2), (11, 2))
    np.testing.assert_array_equal(first.magnitude[-1], second.magnitude[0])
    assert float(second.t_start) == 10.0


def test_off_grid_spikes_are_kept_between_the_steps_on_clock_too(backend):
    sim.setup(timestep=0.1, backend=backend, spike_precision="off_grid", threads=1)
    source = sim.Population(1, sim.SpikeSourceArray(spike_times=[1.2345, 3.1]))
    sim.Projection(source, cells(1), sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01, delay=0.25))
    source.record("spikes")
    sim.run(5.0)
    assert source.get_data().segments[0].spiketrains[0].magnitude.tolist() == [1.2345, 3.1]
    sim.end()


def test_native_distributions_stay_native():
    sim.setup(timestep=0.1, seed=2, threads=1)
    native = sim.NativeRNG()
    a, b = sim.Population(30, sim.IF_curr_exp()), sim.Population(30, sim.IF_curr_exp())
    synapse = sim.StaticSynapse(
        weight=RandomDistribution("uniform", low=0.1, high=0.3, rng=native),
        delay=RandomDistribution("uniform", low=1.0, high=2.0, rng=native),
    )
    projection = sim.Projection(a, b, sim.AllToAllConnector(), synapse)
    assert projection._rule is not None
    weights, delays = projection.get(["weight", "delay"], format="array")
    assert 0.1 <= weights.min() < 0.15 < 0.25 < weights.max() <= 0.3
    assert 1.0 <= delays.min() < 1.2 < 1.8 < delays.max() <= 2.0
    sim.run(1.0)
    np.testing.assert_array_equal(projection.get("weight", format="array"), weights)
    sim.end()


def test_what_cannot_be_had_is_refused_by_name():
    sim.setup(timestep=0.1, threads=1)
    for name in ("GIF_cond_exp", "SpikeSourceInhGamma", "ElectricalSynapse", "MultiQuantalSynapse"):
        with pytest.raises(NotImplementedError, match=name):
            getattr(sim, name)()
    p = cells(2)
    with pytest.raises(errors.InvalidParameterValueError, match="spike times > 0"):
        sim.Population(1, sim.SpikeSourceArray(spike_times=[0.0, 1.0]))
    with pytest.raises(ValueError, match="v_reset"):
        cells(1, v_reset=-40.0)
    with pytest.raises(ValueError, match="backend"):
        sim.setup(backend="neuron")
    sim.setup(timestep=0.1, threads=1)
    p = cells(2)
    projection = sim.Projection(
        p, p, sim.AllToAllConnector(), sim.TsodyksMarkramSynapse(weight=0.01, delay=1.0)
    )
    stdp = sim.STDPMechanism(
        sim.SpikePairRule(), sim.MultiplicativeWeightDependence(w_min=0.1, w_max=1.0), weight=0.2
    )
    with pytest.raises(NotImplementedError, match="w_min"):
        stdp.options(dict.fromkeys(stdp.shared, 0.1), 1.0)
    with pytest.raises(errors.ConnectionError, match="delays"):
        sim.Projection(p, p, sim.AllToAllConnector(), sim.StaticSynapse(weight=0.01, delay=0.01))
    sim.run(1.0)
    for late in (lambda: cells(1), lambda: sim.Projection(p, p, sim.AllToAllConnector())):
        with pytest.raises(NotImplementedError, match="cannot be added at 1 ms"):
            late()
    with pytest.raises(NotImplementedError, match="U cannot be set at 1 ms"):
        projection.set(U=0.3)
    sim.end()
