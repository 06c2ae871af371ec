"""Draws the figures of docs/exactness.md and prints the numbers it states.

``python -m reference.exactness`` in tests/. It needs the extras ``plot`` and ``reference``, and a minute.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import NullFormatter, NullLocator
from numpy.typing import NDArray
from oracle.nest_runner import run_nest
from oracle.pysnn_runner import run_pysnn

from .convergence import NEURONS, STEPS, potential_errors, spike_time_errors
from .divergence import (
    MODELS,
    REGIMES,
    RESOLUTION,
    WITHIN,
    differences,
    divergence_time,
    nest_names,
    network,
    nudged,
)

DOCS = Path(__file__).resolve().parents[2] / "docs"
BIN = 10.0  # ms
COLORS = ("#1b6ca8", "#c8553d", "#3c8d5a")


def greatest(t: NDArray[np.float64], apart: NDArray[np.float64]) -> NDArray[np.float64]:
    """The greatest difference in each bin of model time, 1e-14 ms for none."""
    out = np.full(int(1000.0 / BIN), np.nan)
    for k in range(len(out)):
        chosen = apart[(t >= k * BIN) & (t < (k + 1) * BIN)]
        out[k] = max(chosen.max(), 1e-14) if chosen.size else np.nan
    return out


def draw_divergence(seeds: int) -> Any:
    figure, axes = plt.subplots(1, len(REGIMES), figsize=(9.0, 3.6), sharey=True, layout="constrained")
    middle = (np.arange(1000.0 / BIN) + 0.5) * BIN
    for ax, regime in zip(axes, REGIMES, strict=True):
        for color, nest_model in zip(COLORS, MODELS, strict=True):
            times = []
            for seed in range(1, seeds + 1):
                case = network(nest_model, regime, seed)
                ours = run_pysnn(case, "event")
                nest = run_nest(case, nest_names(nest_model), resolution=RESOLUTION)
                t, apart = differences(ours, nest, case)
                other_t, other = differences(ours, run_pysnn(nudged(case), "event"), case)
                times.append(divergence_time(t, apart))
                alone = divergence_time(other_t, other)
                print(
                    f"{regime} {nest_model} seed {seed}: {len(t)} spikes, {WITHIN:g} ms passed "
                    f"at {times[-1]:.0f} ms ({alone:.0f} ms where only the drive is moved), "
                    f"before at most {apart[t < times[-1]].max():.1e} ms"
                )
                if seed == 1:
                    ax.semilogy(middle, greatest(other_t, other), color=color, lw=0.8, ls=":")
                    ax.semilogy(middle, greatest(t, apart), color=color, lw=1.2, label=nest_model)
                    if np.isfinite(times[0]):
                        ax.axvline(times[0], color=color, lw=0.8)
        ax.axhline(WITHIN, color="0.6", lw=0.8)
        ax.set(title=regime, xlabel="model time [ms]", ylim=(5e-15, 1e2))
    axes[0].set_ylabel("difference of matched spikes [ms]")
    axes[0].legend(frameon=False, fontsize="small", loc="upper left")
    return figure


def draw_convergence() -> Any:
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 5.0), layout="constrained")
    colors = [mpl.colormaps["tab10"](k) for k in range(10)]
    for color, (name, neuron) in zip(colors, NEURONS.items(), strict=False):
        steps = np.array(neuron.steps)
        errors, potentials = spike_time_errors(neuron), potential_errors(neuron)
        order = np.polyfit(np.log(steps), np.log(errors), 1)[0]
        print(f"{name}: order {order:.3f}, errors {errors.round(4)} ms, v {potentials.max():.1e} mV")
        left.loglog(steps, errors, "o-", ms=3, color=color, label=f"{name}, order {order:.2f}")
        label = name if neuron.order is None else f"{name}, order {neuron.order:g}"
        right.loglog(steps, np.maximum(potentials, 1e-15), "o-", ms=3, color=color, label=label)
    steps = np.array(STEPS)
    left.loglog(steps, steps, color="0.6", lw=0.8, label="dt")
    left.set(xlabel="dt [ms]", ylabel="median error of spike times [ms]")
    right.loglog(steps, 3 * 3.6e-15 * 20.0 / steps, color="0.6", lw=0.8, label="bound on rounding")
    right.set(xlabel="dt [ms]", ylabel="greatest error of v [mV]", ylim=(1e-15, 1e-2))
    for ax in (left, right):
        ax.set_xticks(steps[::2], [f"{dt:g}" for dt in steps[::2]])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_minor_formatter(NullFormatter())
        ax.legend(frameon=False, fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    return figure


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=DOCS / "figures")
    parser.add_argument("--seeds", type=int, default=3, help="networks of each kind; the first is drawn")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    # The same file from the same numbers.
    mpl.rcParams.update({"svg.hashsalt": "pysnn", "svg.fonttype": "none", "axes.spines.top": False})
    mpl.rcParams["axes.spines.right"] = False
    for name, figure in (("convergence", draw_convergence()), ("divergence", draw_divergence(given.seeds))):
        figure.savefig(given.out / f"{name}.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
