"""Makes nest_figures.json: NEST's rates, CVs and synchrony of the scaled networks over seeds.

``python -m scenarios.nest_figures [NAME ...]`` in tests/, with NEST's wheel installed (3.10 made the file).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from pysnn import networks

from .nest_networks import described, measure, quiet
from .parameters import BRUNEL, COBA_SCALE, CUBA, MICROCIRCUIT_SCALE

SEEDS = range(1, 13)
FILE = Path(__file__).with_name("nest_figures.json")


def connect(nest: Any, exc: Any, inh: Any, p: dict[str, float], w_exc: float, w_inh: float) -> None:
    for source, count, weight in ((exc, p["c_exc"], w_exc), (inh, p["c_inh"], w_inh)):
        rule = {
            "rule": "fixed_indegree",
            "indegree": count,
            "allow_autapses": False,
            "allow_multapses": True,
        }
        nest.Connect(source, exc + inh, rule, {"weight": weight, "delay": p["delay"]})


def brunel(seed: int, precise: bool) -> dict[str, float]:
    nest, p = quiet(), BRUNEL
    nest.resolution, nest.rng_seed = 0.1, seed
    model, noise = (
        ("iaf_psc_delta_ps", "poisson_generator_ps") if precise else ("iaf_psc_delta", "poisson_generator")
    )
    neuron = {"C_m": 1.0, "tau_m": p["tau_m"], "t_ref": p["t_ref"], "E_L": 0.0}
    neuron |= {"V_reset": p["v_reset"], "V_th": p["v_th"]}
    cells = nest.Create(model, p["n_exc"] + p["n_inh"], neuron)
    cells.V_m = nest.random.uniform(0.0, p["v_th"])
    exc, inh = cells[: p["n_exc"]], cells[p["n_exc"] :]
    connect(nest, exc, inh, p, p["weight"], -p["g"] * p["weight"])
    drive = nest.Create(noise, params={"rate": p["drive"]})
    nest.Connect(drive, cells, "all_to_all", {"weight": p["weight"], "delay": p["delay"]})
    return measure(nest, {"exc": exc, "inh": inh})


def cuba(seed: int, precise: bool) -> dict[str, float]:
    nest, p = quiet(), CUBA
    nest.resolution, nest.rng_seed = 0.1, seed
    neuron = {"C_m": p["c_m"], "tau_m": p["tau_m"], "t_ref": p["t_ref"], "E_L": p["e_l"]}
    neuron |= {
        "V_reset": p["v_reset"],
        "V_th": p["v_th"],
        "tau_syn_ex": p["tau_exc"],
        "tau_syn_in": p["tau_inh"],
    }
    cells = nest.Create("iaf_psc_exp_ps" if precise else "iaf_psc_exp", p["n_exc"] + p["n_inh"], neuron)
    cells.V_m = nest.random.uniform(p["v_reset"], p["v_th"])
    exc, inh = cells[: p["n_exc"]], cells[p["n_exc"] :]
    connect(nest, exc, inh, p, p["w_exc"], p["w_inh"])
    return measure(nest, {"exc": exc, "inh": inh})


def coba(seed: int, precise: bool) -> dict[str, float]:
    del precise  # NEST has no such neuron in continuous time
    return described(networks.coba(seed, COBA_SCALE), seed)


def microcircuit(seed: int, precise: bool) -> dict[str, float]:
    del precise  # its delays and drive are on the grid
    return described(networks.microcircuit(seed, MICROCIRCUIT_SCALE), seed)


def main() -> None:
    every = {
        brunel: (False, True),
        cuba: (False, True),
        coba: (False,),
        microcircuit: (False,),
    }
    wanted = sys.argv[1:]  # names; nothing: all
    table: dict[str, dict[str, list[float]]] = json.loads(FILE.read_text()) if wanted else {}
    for network, kinds in every.items():
        if wanted and network.__name__ not in wanted:
            continue
        for precise in kinds:
            rows = [network(seed, precise) for seed in SEEDS]
            key = f"{network.__name__}_{'continuous' if precise else 'grid'}"
            table[key] = {name: [round(row[name], 5) for row in rows] for name in rows[0]}
            print(
                key, {n: (round(np.mean(v), 3), round(np.std(v, ddof=1), 3)) for n, v in table[key].items()}
            )
    FILE.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
