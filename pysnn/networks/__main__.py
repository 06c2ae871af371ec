"""``python -m pysnn.networks NAME``: run a published network and print its figures as one line of JSON."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from collections.abc import Sequence

import pysnn as snn
from pysnn import networks

from ._measure import measure


def parser() -> argparse.ArgumentParser:
    """The command line."""
    line = argparse.ArgumentParser(prog="python -m pysnn.networks", description=__doc__)
    line.add_argument("network", metavar="NAME", help=", ".join(networks.names()))
    line.add_argument(
        "--backend", default="clock", help=", ".join(snn.backends.names()) + " (default: clock)"
    )
    line.add_argument("--threads", type=int, default=1, metavar="N", help="default: 1")
    line.add_argument("--sim-ms", type=float, default=1000.0, metavar="T", help="measured model time")
    line.add_argument("--presim-ms", type=float, default=100.0, metavar="T", help="model time before it")
    line.add_argument("--dt", type=float, metavar="MS", help="step (default: what suits the network)")
    line.add_argument("--dtype", default="float64", help="float64 (default) or float32")
    line.add_argument(
        "--weight-dtype", help="float64, float32 or float16, of static weights (default: dtype)"
    )
    line.add_argument("--seed", type=int, default=1, metavar="S")
    line.add_argument("--scale", type=float, default=1.0, metavar="X", help="size (default: 1, as published)")
    line.add_argument("--model", help="sparse: cuba_lif (default) or lif_delta")
    line.add_argument("--rate", type=float, metavar="HZ", help="sparse: rate of the sources (default: 0.5)")
    line.add_argument("--scheme", help="polychronisation: published (default) or converged")
    line.add_argument("--profile", action="store_true", help="also print where the time went")
    return line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; a user's mistake is one sentence on stderr and status 2."""
    line = parser()
    given = line.parse_args(arguments)
    try:
        describe = networks.find(given.network)
        chosen = {name: getattr(given, name) for name in ("model", "rate", "scheme")}
        options = {name: value for name, value in chosen.items() if value is not None}
        for name in options.keys() - inspect.signature(describe).parameters.keys():
            line.error(f"argument --{name}: the network {given.network} has no {name} to choose")
        net = describe(seed=given.seed, scale=given.scale, **options)
        figures = measure(
            net,
            backend=given.backend,
            threads=given.threads,
            dtype=given.dtype,
            weight_dtype=given.weight_dtype,
            sim_ms=given.sim_ms,
            presim_ms=given.presim_ms,
            profile=given.profile,
            dt=networks.step(given.network) if given.dt is None else given.dt,
            run=networks.runner(given.network),
        )
    except (snn.PysnnError, ImportError, MemoryError) as error:
        line.error(str(error))
    described = {"network": given.network, "version": snn.__version__, "scale": given.scale, **options}
    print(json.dumps(described | figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
