"""The networks of Vogels & Abbott (2005) in PyNN, on any simulator that is installed.

The benchmarks 1 (COBA) and 2 (CUBA) of Brette et al. (2007), J. Comput. Neurosci. 23:349: 4,000 neurons,
2 % connected, that go on firing after 50 ms of input. Prints seconds and rates as one line of JSON::

    python va_benchmark.py pysnn CUBA --backend event
    python va_benchmark.py nest CUBA
"""

import argparse
import importlib
import json
import time

from pyNN.random import NumpyRNG, RandomDistribution

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("simulator", help="pysnn, nest, brian2, ...")
parser.add_argument("benchmark", choices=["COBA", "CUBA"])
parser.add_argument("--backend", default="clock", help="pysnn's engine: clock, event or auto")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--sim-ms", type=float, default=1000.0)
parser.add_argument("--native", action="store_true", help="let the simulator draw the synapses (pysnn alone)")
given = parser.parse_args()

if given.simulator == "pysnn":
    import pynn_pysnn as sim

    extra = {"backend": given.backend}
else:
    sim = importlib.import_module(f"pyNN.{given.simulator}")
    extra = {}

n_exc, n_inh, delay = 3200, 800, 0.2
cell = {
    "cm": 0.2, "tau_m": 20.0, "v_thresh": -50.0, "v_reset": -60.0, "tau_refrac": 5.0,
    "tau_syn_E": 5.0, "tau_syn_I": 10.0,
}  # fmt: skip
if given.benchmark == "COBA":
    celltype = sim.IF_cond_exp(v_rest=-60.0, e_rev_E=0.0, e_rev_I=-80.0, **cell)
    w_exc, w_inh = 4e-3, 51e-3  # uS
else:
    celltype = sim.IF_curr_exp(v_rest=-49.0, **cell)
    w_exc, w_inh = 0.27e-3 * 60.0, 4.5e-3 * -20.0  # nA

begun = time.perf_counter()
sim.setup(timestep=0.1, min_delay=delay, max_delay=1.0, threads=given.threads, **extra)
exc = sim.Population(n_exc, celltype, label="exc")
inh = sim.Population(n_inh, celltype, label="inh")
rng = NumpyRNG(seed=98765, parallel_safe=True)
start = RandomDistribution("uniform", low=-60.0, high=-50.0, rng=rng)
for cells in (exc, inh):
    cells.initialize(v=start)
connector = sim.FixedProbabilityConnector(0.02, **({} if given.native else {"rng": rng}))
projections = [
    sim.Projection(
        source, target, connector, sim.StaticSynapse(weight=weight, delay=delay), receptor_type=kind
    )
    for source, weight, kind in ((exc, w_exc, "excitatory"), (inh, w_inh, "inhibitory"))
    for target in (exc, inh)
]
if given.benchmark == "COBA":
    noise = sim.Population(20, sim.SpikeSourcePoisson(rate=100.0, duration=50.0))
    for target in (exc, inh):
        sim.Projection(
            noise,
            target,
            sim.FixedProbabilityConnector(0.01, rng=rng),
            sim.StaticSynapse(weight=0.1, delay=delay),
        )
for cells in (exc, inh):
    cells.record("spikes")
described = time.perf_counter()
sim.run(0.1)  # pysnn and NEST build here
built = time.perf_counter()
sim.run(given.sim_ms - 0.1)
ran = time.perf_counter()
rates = [cells.mean_spike_count() / given.sim_ms * 1e3 for cells in (exc, inh)]
synapses = sum(projection.size() for projection in projections)
print(
    json.dumps(
        {
            "simulator": given.simulator,
            "backend": extra.get("backend", ""),
            "benchmark": given.benchmark,
            "synapses": synapses,
            "describe_s": round(described - begun, 3),
            "build_s": round(built - described, 3),
            "run_s": round(ran - built, 3),
            "rate_exc_hz": round(rates[0], 2),
            "rate_inh_hz": round(rates[1], 2),
        }
    )
)
sim.end()
