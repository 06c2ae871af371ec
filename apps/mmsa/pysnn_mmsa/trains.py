"""Utterances as spike trains of lines over steps of one time axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bool = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Trains:
    """Spikes of n utterances, one utterance after the other.

    trial, step, line : int64[spikes], whose, when (step of the utterance, from 0) and on which line.
    steps : int64[n], how many each utterance lasts. lines : how many there are, of all modalities.
    numbers : of the lines of each modality.
    """

    trial: Ints
    step: Ints
    line: Ints
    steps: Ints
    lines: int
    numbers: Mapping[str, Ints]

    @classmethod
    def of_frames(cls, frames: Mapping[str, Sequence[Bool]], lines: Mapping[str, int]) -> Trains:
        """From bool[steps, lines] of each utterance by modality; an utterance lasts as long as its longest.

        lines : of each modality.
        """
        numbers, begin = {}, 0
        trial, step, line = [], [], []
        n = len(next(iter(frames.values())))
        steps = np.zeros(n, dtype=np.int64)
        for name, own in frames.items():
            numbers[name] = np.arange(begin, begin + lines[name])
            for k, on in enumerate(own):
                when, which = np.nonzero(on)
                trial.append(np.full(len(when), k))
                step.append(when)
                line.append(which + begin)
                steps[k] = max(steps[k], len(on))
            begin += lines[name]
        flat = [np.concatenate(part).astype(np.int64) for part in (trial, step, line)]
        order = np.lexsort((flat[2], flat[1], flat[0]))
        return cls(flat[0][order], flat[1][order], flat[2][order], steps, begin, numbers)

    def __len__(self) -> int:
        return len(self.steps)

    def of(self, rows: Ints) -> Trains:
        """Some utterances, in the order of ``rows``."""
        begins = np.searchsorted(self.trial, np.arange(len(self) + 1))
        sizes = (begins[1:] - begins[:-1])[rows]
        first = np.repeat(begins[:-1][rows] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes)
        which = first + np.arange(int(sizes.sum()))
        trial = np.repeat(np.arange(len(rows)), sizes)
        return Trains(trial, self.step[which], self.line[which], self.steps[rows], self.lines, self.numbers)

    def only(self, kept: Bool) -> Trains:
        """Some spikes alone, bool[spikes]."""
        return Trains(
            self.trial[kept], self.step[kept], self.line[kept], self.steps, self.lines, self.numbers
        )

    def thinned(self, share: float, rng: np.random.Generator) -> Trains:
        """Each spike left out with probability ``share``."""
        return self.only(rng.random(len(self.line)) >= share) if share > 0.0 else self

    def without(self, modality: str, rows: Ints | None = None) -> Trains:
        """Utterances ``rows`` (all by default) silent on the lines of ``modality``."""
        own = np.isin(self.line, self.numbers[modality])
        return self.only(~(own if rows is None else own & np.isin(self.trial, rows)))

    def present(self) -> Bool:
        """bool[n]: which utterances have any spike."""
        return np.bincount(self.trial, minlength=len(self)) > 0

    def counts(self) -> Mapping[str, Ints]:
        """Spikes of each modality in each utterance, int64[n]."""
        return {
            name: np.bincount(self.trial[np.isin(self.line, own)], minlength=len(self))
            for name, own in self.numbers.items()
        }
