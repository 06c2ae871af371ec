"""How much memory a run will need, estimated before it takes any."""

from __future__ import annotations

from pathlib import Path

import pysnn as snn

from .config import Config

GB = 1e9
# Bytes, measured and rounded up: a spike of a line on its way through encoder and source; a spike of a neuron
# in its recorder; a synapse in the engine with the lists that it is declared from.
LINE_SPIKE, NEURON_SPIKE, SYNAPSE = 100, 40, 200
# The same of a synapse that e-prop teaches, with the lists of pairs; most lines that a modality has in time.
TAUGHT, LINES = 400, 300
# A neuron cannot fire more often than every refractory time.
REFRACTORY = 2.0


def estimate(config: Config, utterances: int, lines: int) -> dict[str, float]:
    """Bytes by what needs them, for the largest pass over ``utterances`` of ``lines`` lines each."""
    encode, net = config.encode, config.network
    # Both lines of a feature together always carry a full one; one more line is always on.
    spikes = utterances * (lines / 2 + 1) * encode.rate * encode.duration * 1e-3
    degree = min(net.indegree, max(1, lines // 2))
    fired = utterances * net.neurons * (encode.duration + encode.pause) / max(REFRACTORY, config.run.dt)
    # A twentieth of the highest rate is more than any setting in use has shown.
    return {
        "spikes of the lines (encode.rate, encode.duration)": LINE_SPIKE * spikes,
        "spikes of the neurons (network.neurons, encode.duration)": NEURON_SPIKE * 0.05 * fired,
        "synapses (network.neurons, network.indegree)": SYNAPSE * net.neurons * (2 * degree + 1),
        "spike counts (network.neurons)": 24.0 * utterances * net.neurons,
        "weights as a matrix (network.neurons)": 16.0 * lines * net.neurons,
        "synapses in time (time.neurons)": _in_time(config, lines),
    }


def _in_time(config: Config, lines: int) -> float:
    """Of the layer in time, each of whose neurons hears all lines and, at most, all others."""
    own = config.time
    return TAUGHT * own.neurons * (own.neurons + lines + LINES) if own.layer != "none" else 0.0


def check(config: Config, utterances: int, lines: int) -> None:
    """ParameterError where a run over ``utterances`` of ``lines`` lines would need more than it may."""
    parts = estimate(config, utterances, lines)
    need, may = sum(parts.values()), config.run.memory * GB or 0.75 * available()
    if need > may:
        most = max(parts, key=lambda name: parts[name])
        raise snn.ParameterError(
            f"this run would need about {need / GB:.1f} GB, {parts[most] / GB:.1f} GB of it for {most}; "
            f"expected at most {may / GB:.1f} GB (run.memory sets how much it may)"
        )


def available() -> float:
    """Bytes free for a new program, of the machine and of the control group it runs in."""
    free = [_meminfo()]
    for now, most in (
        ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max"),
        ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ):
        try:
            limit, used = (float(Path(name).read_text(encoding="ascii")) for name in (most, now))
        except (OSError, ValueError):  # no such control group, or "max"
            continue
        free.append(max(0.0, limit - used))
    return min(free)


def _meminfo() -> float:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return 4.0 * GB
    values = {line.split(":")[0]: line.split()[1] for line in lines if len(line.split()) > 1}
    return 1024.0 * float(values.get("MemAvailable", 4_000_000))
