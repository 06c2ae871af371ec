"""How strongly is learnt, chosen on utterances that were not learnt from.

Many features and few utterances want slow learning, or one that forgets, few features and many utterances the
opposite. Each candidate learns from a part and is judged by the rest: by the validation part where there is
one, else by a third of the training part's speakers in turn (of many utterances by one third alone). Judged
by the mean of -ln p(label), of numbers by the squared error, which few utterances tell better than the share
of right answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .delta_rule import Strength

Float = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Of the settings' rate, from weak to strong; the first of equals is taken.
RATES = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
FOLDS = 3
FEWEST = 12  # utterances: with less there is nothing to choose by
MANY = 1000  # utterances of which one third tells enough


@dataclass(frozen=True)
class Held:
    """What can be held out, of the utterances of a readout.

    speakers : of each. valid : bool[n], those that are for choosing alone.
    """

    speakers: Sequence[str]
    valid: Mask

    def parts(self, seed: int) -> list[tuple[Mask, Mask]]:
        """(learnt from, judged by) of each trial; none where there are too few."""
        n = len(self.valid)
        if self.valid.sum() >= FEWEST and (~self.valid).sum() >= FEWEST:
            return [(~self.valid, self.valid)]
        rows = np.flatnonzero(~self.valid)
        if len(rows) < FEWEST:
            return []
        names = [self.speakers[k] for k in rows.tolist()]
        if len(set(names)) < FOLDS:
            names = [str(k) for k in rows.tolist()]
        order = np.random.default_rng([seed, 5]).permutation(sorted(set(names)))
        place = {name: k % FOLDS for k, name in enumerate(order.tolist())}
        fold = np.full(n, -1)
        fold[rows] = [place[name] for name in names]
        return [((fold >= 0) & (fold != k), fold == k) for k in range(FOLDS)]


Tried = Callable[[list[Strength], Mask, Mask], list[Float]]
"""From candidates, what is learnt from and what is judged to the outputs of each candidate on the latter."""


def choose(
    tried: Tried, ladder: list[Strength], target: Float, soft: bool, seed: int, held: Held
) -> Strength | None:
    """The best of ``ladder``; None where nothing can be held out, or all diverge."""
    loss = np.zeros(len(ladder))
    parts = held.parts(seed)
    for learnt, judged in parts if len(target) < MANY else parts[:1]:
        with np.errstate(all="ignore"):  # a rate that diverges loses
            loss += [_loss(outputs, target[judged], soft) for outputs in tried(ladder, learnt, judged)]
    if not parts or not np.isfinite(loss).any():
        return None
    return ladder[int(np.argmin(np.where(np.isfinite(loss), loss, np.inf)))]


def _loss(outputs: Float, target: Float, soft: bool) -> float:
    if not soft:
        return float(((outputs - target) ** 2).sum())
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(-(logs * target).sum())
