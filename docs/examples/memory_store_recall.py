"""A bit that is stored and recalled up to 1.2 seconds later, learnt by e-prop.

    python docs/examples/memory_store_recall.py [--quick] [--seeds 3] [--no-adaptation]

Bits follow one another every 100 ms. With one of them comes "store"; 400 to 1,200 ms later comes "recall",
and the network is asked for the stored one (Bellec et al. 2018, 2020). The network is that of
``memory_tasks.py``; with ``--no-adaptation`` nothing in it remembers for so long. Prints a line of JSON:
per cent answered rightly.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from memory_tasks import DT, GROUP, LINES, Shown, Task, main

BITS, GAP = 14, (4, 12)  # in all, and from the stored one to the recall
FEW, NEAR = 8, (3, 6)  # the same in a quick look
BIT = round(100.0 / DT)  # steps


def store_recall(trials: int, rng: np.random.Generator, n: int = BITS, gap: tuple[int, int] = GAP) -> Shown:
    """Trials end with the recall: one that comes earlier begins later, with silence."""
    rates = np.zeros((trials, n * BIT, LINES))
    bits = rng.integers(0, 2, (trials, n))
    stored = n - 1 - rng.integers(*gap, trials)
    first = np.maximum(stored - rng.integers(0, 3, trials), 0)
    for b in range(trials):
        for k in range(first[b], n - 1):
            group = bits[b, k] * GROUP
            rates[b, k * BIT : (k + 1) * BIT, group : group + GROUP] = 50.0
        rates[b, stored[b] * BIT : (stored[b] + 1) * BIT, 2 * GROUP : 3 * GROUP] = 50.0
    rates[:, -BIT:, 3 * GROUP :] = 50.0
    return Shown(rates, bits[np.arange(trials), stored])


if __name__ == "__main__":
    few = Task(partial(store_recall, n=FEW, gap=NEAR), BIT * DT, updates=60)
    main(__doc__, Task(store_recall, BIT * DT, updates=400), quick=few)
