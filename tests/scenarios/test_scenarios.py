"""Published networks, scaled down: rates, CVs and synchrony within the spread of NEST's over seeds.

nest_figures.json holds NEST's figures of twelve seeds; ``python -m scenarios.nest_figures`` made it.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy import stats

import pysnn as snn

from .full_scale import run
from .nest_figures import FILE
from .parameters import BRUNEL, COBA_SCALE, CUBA, MICROCIRCUIT_SCALE

SEEDS = (1, 2, 3)


def recurrent(
    net: snn.Network,
    exc: Any,
    inh: Any,
    p: dict[str, float],
    w_exc: float,
    w_inh: float,
    receptors: tuple[str, str],
) -> None:
    sides = ((exc, p["c_exc"], w_exc, receptors[0]), (inh, p["c_inh"], w_inh, receptors[1]))
    for source, count, weight, receptor in sides:
        for target in (exc, inh):
            rule = snn.FixedIndegree(count, autapses=False)
            net.projection(source, target, rule, weight=weight, delay=p["delay"], receptor=receptor)


def brunel(seed: int) -> snn.Network:
    p = BRUNEL
    net = snn.Network(seed=seed)
    model = snn.LIF(
        tau_m=p["tau_m"], c_m=1.0, e_l=0.0, v_th=p["v_th"], v_reset=p["v_reset"], t_ref=p["t_ref"]
    )
    cells = {
        name: net.population(name, p[f"n_{name}"], model, init={"v": snn.Uniform(0.0, p["v_th"])})
        for name in ("exc", "inh")
    }
    recurrent(net, cells["exc"], cells["inh"], p, p["weight"], -p["g"] * p["weight"], ("delta", "delta"))
    for name, group in cells.items():
        noise = net.source(f"noise_{name}", len(group), snn.Poisson(p["drive"]))
        net.projection(noise, group, snn.OneToOne(), weight=p["weight"], delay=p["delay"])
    return net


def cuba(seed: int) -> snn.Network:
    p = CUBA
    net = snn.Network(seed=seed)
    times = {
        "tau_m": p["tau_m"],
        "tau_syn_exc": p["tau_exc"],
        "tau_syn_inh": p["tau_inh"],
        "t_ref": p["t_ref"],
    }
    model = snn.CubaLIF(**times, c_m=p["c_m"], e_l=p["e_l"], v_th=p["v_th"], v_reset=p["v_reset"])
    cells = {
        name: net.population(name, p[f"n_{name}"], model, init={"v": snn.Uniform(p["v_reset"], p["v_th"])})
        for name in ("exc", "inh")
    }
    recurrent(net, cells["exc"], cells["inh"], p, p["w_exc"], p["w_inh"], ("exc", "inh"))
    return net


def coba(seed: int) -> snn.Network:
    return snn.networks.coba(seed, COBA_SCALE)


def microcircuit(seed: int) -> snn.Network:
    return snn.networks.microcircuit(seed, MICROCIRCUIT_SCALE)


def figures(net: snn.Network, backend: str, dtype: str, weight_dtype: str | None = None) -> dict[str, float]:
    return run(net, backend=backend, threads=1, dtype=dtype, weight_dtype=weight_dtype)


def check_against_nest(key: str, rows: list[dict[str, float]]) -> None:
    nest = json.loads(FILE.read_text())[key]
    # The difference of two means has deviation spread sqrt(1/n + 1/m). The tail of Student's t that all
    # figures together reach with probability 0.002 when nothing is wrong.
    for name, values in nest.items():
        mean, spread = np.mean(values), np.std(values, ddof=1)
        ours = np.mean([row[name] for row in rows])
        t = stats.t.isf(0.001 / len(nest), len(values) - 1)
        allowed = t * spread * np.sqrt(1 / len(rows) + 1 / len(values))
        assert abs(ours - mean) < allowed, f"{name}: {ours:.4g}, NEST {mean:.4g} +- {spread:.2g}"


@pytest.mark.parametrize(
    ("backend", "dtype"), [("clock", "float64"), ("clock", "float32"), ("event", "float64")]
)
@pytest.mark.parametrize("network", [brunel, cuba])
def test_rates_irregularity_and_synchrony_are_nests(network: Any, backend: str, dtype: str) -> None:
    time = "continuous" if backend == "event" else "grid"
    rows = [figures(network(seed), backend, dtype) for seed in SEEDS]
    check_against_nest(f"{network.__name__}_{time}", rows)


@pytest.mark.parametrize(
    ("backend", "dtype"), [("clock", "float64"), ("clock", "float32"), ("event", "float64")]
)
def test_conductances_make_nests_rates_irregularity_and_synchrony(backend: str, dtype: str) -> None:
    # NEST has steps of 0.1 ms alone; what they do to a spike is far less than seeds do
    rows = [figures(coba(seed), backend, dtype) for seed in SEEDS]
    check_against_nest("coba_grid", rows)


@pytest.mark.parametrize(
    ("dtype", "weight_dtype"), [("float64", "float64"), ("float32", "float32"), ("float32", "float16")]
)
def test_the_microcircuits_layers_are_nests(dtype: str, weight_dtype: str) -> None:
    rows = [figures(microcircuit(seed), "clock", dtype, weight_dtype) for seed in SEEDS]
    check_against_nest("microcircuit_grid", rows)


def test_the_figures_are_of_the_published_regimes() -> None:
    # Brunel (2000): asynchronous irregular; Vogels & Abbott (2005): sparse and irregular
    nest = json.loads(FILE.read_text())
    for time in ("grid", "continuous"):
        for network, low, high in (("brunel", 5.0, 40.0), ("cuba", 2.0, 20.0)):
            assert low < np.mean(nest[f"{network}_{time}"]["rate_exc"]) < high
            assert np.mean(nest[f"{network}_{time}"]["cv_exc"]) > 0.5
