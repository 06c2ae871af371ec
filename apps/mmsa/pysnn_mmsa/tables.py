"""What a run writes as CSV: predictions, and which utterance went where."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .chain import Votes
from .dataset import Corpus

PREDICTIONS_HEAD = ["seed", "utterance", "video", "speaker", "begin", "end", "text"]


def predictions(
    corpus: Corpus,
    rows: NDArray[np.int64],
    votes: Sequence[tuple[int, Votes]],
    classes: Sequence[str],
    codes: Sequence[str],
) -> str:
    """One row a seed and utterance: what it is, its label where it has one, what was said.

    Of classes the probability of each (p_CLASS), of numbers the number; what each pathway said (by_PATHWAY).
    """
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    paths = list(votes[0][1].by_pathway)
    answer = ["label", "label_code", "predicted", "predicted_code"] if classes else ["label", "predicted"]
    out.writerow(
        [*PREDICTIONS_HEAD, *answer, *(f"p_{name}" for name in classes), *(f"by_{name}" for name in paths)]
    )
    for seed, said in votes:
        for place, k in enumerate(rows):
            row = [
                seed,
                corpus.ids[k],
                corpus.video[k],
                corpus.speaker[k],
                *times(corpus, k),
                transcript(corpus, k),
            ]
            logs = said.together[place]
            if classes:
                own = known_code(label(corpus, k), classes, codes)
                best = int(logs.argmax())
                row += [classes[codes.index(own)] if own else "", own, classes[best], codes[best]]
                row += [f"{value:.6f}" for value in np.exp(logs)]
                row += [classes[int(said.by_pathway[name][place].argmax())] for name in paths]
            else:
                row += [f"{corpus.target[k]:.6g}" if corpus.labelled[k] else "", f"{logs[0]:.6f}"]
                row += [f"{said.by_pathway[name][place][0]:.6f}" for name in paths]
            out.writerow(row)
    return text.getvalue()


def utterances(corpus: Corpus) -> str:
    """Every utterance with the part it went to, and its label where it has one."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["utterance", "video", "speaker", "begin", "end", "split", "label"])
    for k, name in enumerate(corpus.ids):
        out.writerow(
            [name, corpus.video[k], corpus.speaker[k], *times(corpus, k), corpus.part[k], label(corpus, k)]
        )
    return text.getvalue()


def known_code(label: str, classes: Sequence[str], codes: Sequence[str]) -> str:
    """The code that ``label``, a code or the name of a class, stands for; "" where it is neither."""
    if label in codes:
        return label
    names = {name.casefold(): code for name, code in zip(classes, codes, strict=True)}
    return names.get(label.casefold(), "")


def label(corpus: Corpus, k: int) -> str:
    """The label of utterance ``k`` as the data call it, "" where there is none."""
    if not corpus.labelled[k]:
        return ""
    return corpus.codes[corpus.label[k]] if corpus.classes else f"{corpus.target[k]:g}"


def times(corpus: Corpus, k: int) -> tuple[str, str]:
    """Begin and end of utterance ``k`` in s, "" where unknown."""
    both = (corpus.begin, corpus.end)
    begin, end = ("" if v is None or np.isnan(v[k]) else f"{v[k]:.3f}" for v in both)
    return begin, end


def transcript(corpus: Corpus, k: int) -> str:
    """What was said in utterance ``k``, "" where unknown."""
    for modality in corpus.modalities.values():
        texts = getattr(modality, "texts", None)
        if texts is not None:
            return texts[k] or ""
    return ""
