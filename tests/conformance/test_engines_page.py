"""docs/engines.md says which engine has what: each "yes" of its tables runs, each "no" is refused by name."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pysnn as snn

PAGE = Path(__file__).resolve().parents[2] / "docs" / "engines.md"
COLUMNS = ["clock", "event", "auto", "opencl"]
STIFF = {"dt": 0.025}


def small(
    model: snn.NeuronModel | None = None, receptor: str | None = None, **projection: Any
) -> tuple[snn.Network, Any, Any]:
    """Three neurons that hear an Input, and each other."""
    net = snn.Network(seed=1)
    cells = net.population("cells", 3, model or snn.LIF())
    source = net.source("source", 3, snn.Input())
    net.projection(source, cells, snn.AllToAll(), weight=3.0, delay=1.0, receptor=receptor, name="in")
    given = {"weight": 0.5, "delay": 1.0, **projection}
    net.projection(cells, cells, snn.AllToAll(), **given, name="among")
    return net, cells, source


def run(
    net: snn.Network, engine: str, act: Callable[[Any], object] = lambda sim: None, **options: Any
) -> None:
    with snn.Simulation(net, backend=engine, **options) as sim:
        sim.run(1.0)
        act(sim)
        sim.run(1.0)


def of_model(name: str) -> Callable[[str], None]:
    def try_it(engine: str) -> None:
        kind = snn.NeuronModel.registry.get(name, engine)
        net = snn.Network(seed=1)
        net.population("cells", 3, kind())
        run(net, engine, **STIFF)

    return try_it


def of_rule(name: str) -> Callable[[str], None]:
    def try_it(engine: str) -> None:
        kind = snn.PlasticityRule.registry.get(name, engine)
        net = snn.Network(seed=1)
        cells = net.population("cells", 3, snn.LIF())
        listens = {}
        if kind.modulator:
            listens = {"modulator": net.modulator("signal")}
        net.projection(cells, cells, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=kind(), **listens)
        run(net, engine)

    return try_it


def with_network(**parts: Any) -> Callable[[str], None]:
    return lambda engine: run(small(**parts)[0], engine)


def with_act(act: Callable[[Any], object], **parts: Any) -> Callable[[str], None]:
    return lambda engine: run(small(**parts)[0], engine, act)


def with_option(**options: Any) -> Callable[[str], None]:
    return lambda engine: run(small()[0], engine, **options)


def currents(engine: str) -> None:
    net, cells, _ = small()
    net.current(cells, snn.NoiseCurrent(mean=1.0, std=3.0, interval=0.5))
    net.current(cells[1:], snn.SineCurrent(amplitude=2.0, frequency=20.0))
    net.current(cells, snn.StepCurrent([0.3], [5.0]))
    run(net, engine)


def sources(engine: str) -> None:
    net, cells, _ = small()
    every = [snn.Poisson([1.0, 2.0, 3.0]), snn.Gamma(20.0, shape=2.0), snn.SpikeArray([[0.5], [], [1.0]])]
    for k, source in enumerate(every):
        group = net.source(f"source {k}", 3, source)
        net.projection(group, cells, snn.AllToAll(), weight=1.0, delay=1.0)
    run(net, engine)


def modulated(engine: str) -> None:
    net, cells, _ = small()
    learns = {"plasticity": snn.RewardSTDP(), "modulator": net.modulator("m")}
    net.projection(cells, cells, snn.AllToAll(), weight=0.5, delay=1.0, **learns)
    out = net.population("out", 2, snn.Readout())
    error = net.error("error", out)
    net.projection(
        cells, out, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=snn.DeltaRule(), modulator=error
    )
    run(net, engine, lambda sim: (sim.modulate("m", 1.0), sim.teach("error", 1)))


def fed_by_spikes(engine: str) -> None:
    net, cells, source = small()
    signal = net.modulator("m", by=source, weight=0.1, delay=1.0)
    net.projection(
        cells, cells, snn.AllToAll(), weight=0.5, delay=1.0, plasticity=snn.RewardSTDP(), modulator=signal
    )
    run(net, engine)


def probes(engine: str) -> None:
    net, cells, _ = small(plasticity=snn.PairSTDP())
    net.probe(cells, "spikes")
    net.probe(cells, "v", every=0.5)
    net.probe(net.projections["among"], "weight", changes=True)
    run(net, engine)


def saved(sim: Any) -> None:
    sim.copy().run(1.0)


def own_dendrites(engine: str) -> None:
    net = snn.Network(seed=1)
    cells = net.population("cells", 2, snn.LIF())
    net.projection(
        cells, cells, snn.FromCOO([0, 1], [1, 0]), weight=1.0, delay=snn.Delays([1.0, 2.0], [1.0, 0.5]),
        plasticity=snn.PairSTDP(w_max=2.0),
    )  # fmt: skip
    run(net, engine)


def delays(sim: Any) -> None:
    sim.set_delays("among", np.full(9, 2.0))


def heard(engine: str) -> None:
    for kept in ({"plasticity": snn.PairSTDP()}, {"dynamics": snn.TsodyksMarkram()}):
        run(small(**kept)[0], engine, lambda sim: (sim.run(20.0), delays(sim)))


FEATURES: dict[str, Callable[[str], None]] = {
    "parameters of each neuron's own": with_network(model=snn.LIF(tau_m=snn.Uniform(5.0, 20.0))),
    "models from equations": lambda engine: equations(engine),
    "rules from equations": lambda engine: rule_equations(engine),
    "`Homeostasis`": lambda engine: homeostatic(engine),
    "`winner_takes_all`": lambda engine: competing(engine),
    "every source": sources,
    "every current": currents,
    "several synapses and delays of a pair": with_network(delay=[1.0, 2.5]),
    "`dendritic_fraction`": with_network(plasticity=snn.PairSTDP(), dendritic_fraction=0.5),
    "dendritic delays of each synapse's own": own_dendrites,
    "short-term plasticity": with_network(dynamics=snn.TsodyksMarkram()),
    "`modulate`, `teach`": modulated,
    "modulators fed by spikes": fed_by_spikes,
    "`dtype=\"float32\"`": with_option(dtype="float32"),
    "weights of another `weight_dtype`": with_option(weight_dtype="float32"),
    "probes of spikes, states and changes of weights": probes,
    "`set_state`, `set_weights`": with_act(
        lambda sim: (sim.set_state("cells", "v", -60.0), sim.set_weights("among", 0.1))
    ),
    "`set_parameters`": with_act(lambda sim: sim.set_parameters("cells", v_th=-50.0)),
    "`inject`": with_act(lambda sim: sim.inject("cells", snn.ConstantCurrent(5.0)).stop()),
    "`feed`": with_act(lambda sim: sim.feed("source", ([1.5], [0]))),
    "`set_learning`": with_act(lambda sim: sim.set_learning("among", False), plasticity=snn.PairSTDP()),
    "`set_learning` with a rate": with_act(
        lambda sim: sim.set_learning("among", rate=0.5), plasticity=snn.PairSTDP()
    ),
    "`set_delays`": with_act(delays),
    "`set_delays` of synapses that learn or have dynamics and have heard spikes": heard,
    "`rewire`": with_act(lambda sim: sim.rewire("among", 0.5, below=0.1)),
    "`reset`": with_act(lambda sim: sim.reset()),
    "`run_trials`": with_act(lambda sim: sim.run_trials(duration=2.0, keys=[1, 2])),
    "`save`, `resume` and `copy`": with_act(saved),
}  # fmt: skip


def equations(engine: str) -> None:
    class Leaky(snn.Equations):
        tau = snn.param(default=10.0, unit="ms", above=0.0)
        equations = "dv/dt = -v / tau : mV"
        arrival = {"delta": "v += weight"}
        threshold = "v >= 5 * mV"
        reset = "v = 0 * mV"

    run(small(model=Leaky())[0], engine)


def rule_equations(engine: str) -> None:
    class Jumps(snn.RuleEquations):
        on_pre = "w += 0.01"

    run(small(plasticity=Jumps())[0], engine)


def homeostatic(engine: str) -> None:
    net = snn.Network(seed=1)
    net.population("cells", 3, snn.LIF(), homeostasis=snn.Homeostasis())
    run(net, engine)


def competing(engine: str) -> None:
    net = snn.Network(seed=1)
    net.population("cells", 3, snn.LIF(), winner_takes_all=0.5)
    run(net, engine)


def tables() -> dict[str, dict[str, str]]:
    """By the first cell of a row, what the others say of each engine."""
    rows = {}
    for line in io.StringIO(PAGE.read_text(encoding="utf-8")):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 1 + len(COLUMNS) and cells[1] in ("yes", "no"):
            rows[cells[0]] = dict(zip(COLUMNS, cells[1:], strict=True))
    return rows


TRIED = {
    **{f"`{name}`": of_model(name) for name in sorted(snn.NeuronModel.registry)},
    **{f"`{name}` (rule)": of_rule(name) for name in sorted(snn.PlasticityRule.registry)},
    **FEATURES,
}


def test_the_page_has_a_row_for_everything() -> None:
    assert list(tables()) == list(TRIED)


@pytest.mark.parametrize("engine", [*COLUMNS[:3], pytest.param("opencl", marks=pytest.mark.opencl)])
@pytest.mark.parametrize("row", TRIED)
def test_what_the_page_says(row: str, engine: str) -> None:
    if tables()[row][engine] == "yes":
        TRIED[row](engine)
    else:
        with pytest.raises(snn.BackendUnsupported):
            TRIED[row](engine)
