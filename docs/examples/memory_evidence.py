"""Evidence that is gathered for seconds and asked for half a second later, learnt by e-prop.

    python docs/examples/memory_evidence.py [--quick] [--seeds 3] [--no-adaptation]

Seven cues of 100 ms, 50 ms apart, come from the left or the right; after 500 ms without any the network is
asked on which side there were more (Bellec et al. 2020, Figure 3). The network is that of
``memory_tasks.py``; with ``--no-adaptation`` nothing in it remembers for so long. Prints a line of JSON:
per cent answered rightly.
"""

from __future__ import annotations

import numpy as np
from memory_tasks import DT, GROUP, LINES, Shown, Task, main

CUES = 7
CUE, PAUSE, DELAY, ASKED = (round(ms / DT) for ms in (100.0, 50.0, 500.0, 150.0))  # steps


def evidence(trials: int, rng: np.random.Generator) -> Shown:
    """Cues that come from one side three or seven times in ten."""
    rates = np.zeros((trials, CUES * (CUE + PAUSE) + DELAY + ASKED, LINES))
    side = (rng.random((trials, CUES)) < rng.choice([0.3, 0.7], trials)[:, np.newaxis]).astype(np.int64)
    for k in range(CUES):
        begin = k * (CUE + PAUSE)
        for which in (0, 1):
            rates[side[:, k] == which, begin : begin + CUE, which * GROUP : (which + 1) * GROUP] = 40.0
    rates[:, -ASKED:, 2 * GROUP : 3 * GROUP] = 40.0
    rates[:, :, 3 * GROUP :] = 10.0  # noise
    return Shown(rates, (2 * side.sum(axis=1) > CUES).astype(np.int64))


if __name__ == "__main__":
    main(__doc__, Task(evidence, ASKED * DT, updates=600), quick=Task(evidence, ASKED * DT, updates=40))
