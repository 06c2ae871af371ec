"""``python -m fuzz networks --count 1000 --seconds 600``: try, report, exit with 1 if something is wrong."""

from __future__ import annotations

import argparse

from .supervisor import BOUND, try_cases


def main() -> int:
    """Try cases and say what became of them."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("kind", choices=("networks", "files", "sequences"))
    parser.add_argument("--first", type=int, default=0, help="the first seed (0)")
    parser.add_argument("--count", type=int, default=1000, help="how many seeds (1000)")
    parser.add_argument("--seconds", type=float, default=600.0, help="no case begins after so long (600)")
    parser.add_argument("--bound", type=float, default=BOUND, help=f"seconds until Ctrl-C ({BOUND:g})")
    parser.add_argument("--engines", default="clock,event,auto", help="with a device also opencl")
    parser.add_argument("--seed", type=int, help="this one alone, with what it declares")
    options = parser.parse_args()
    first, count = (options.first, options.count) if options.seed is None else (options.seed, 1)
    outcomes = try_cases(
        options.kind, first, count, options.engines, options.seconds, options.bound,
        show=options.seed is not None, tell=lambda line: print(line, flush=True),
    )  # fmt: skip
    tried = sum(outcomes.counts.values())
    numbers = ", ".join(f"{number} {what}" for what, number in sorted(outcomes.counts.items()))
    print(f"{options.kind} from seed {first} on: {tried} tried, {numbers}")
    for seed in outcomes.faults:
        print(f"    python -m fuzz {options.kind} --engines {options.engines} --seed {seed}")
    return 1 if outcomes.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
