"""What a run found, as metrics.json has it: shares from 0 to 1, over the seeds; null where undefined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import PARTS, Corpus
from .evaluate import class_metrics, confusion, over_seeds, per_class
from .evaluate_number import number_metrics
from .features.recipe import Words
from .learnt_weights import strongest
from .train import Result
from .work import Work

Float = NDArray[np.float64]
Rows = NDArray[np.int64]

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of test utterances that lack one modality


def as_metrics(result: Result) -> dict[str, Any]:
    """All metrics of a run by name."""
    corpus, rows = result.corpus, result.test
    main = main_metric(corpus)
    votes = [seed.votes for seed in result.seeds]

    def over(said: Sequence[Float], where: Rows = rows) -> dict[str, Any]:
        return _over(result, where, said)

    def of_main(said: Sequence[Float]) -> dict[str, Any]:
        return {"mean": None, "std": None, "seeds": [], **over(said)[main]}

    metrics: dict[str, Any] = {
        "dataset": corpus.name,
        "note": " ".join(filter(None, (corpus.note, _protocol(result)))),
        "task": corpus.task,
        "main": main,
        "classes": list(corpus.classes),
        "absent_classes": _absent(result),
        "fusion": result.config.network.fusion,
        "combine": result.config.readout.combine if len(votes[0].by_pathway) > 1 else "",
        "modalities": list(result.features.values),
        "utterances": {
            **{part: int(corpus.in_part(part).sum()) for part in PARTS},
            "unlabelled": int((~corpus.labelled).sum()),
        },
        "shared_speakers": corpus.shared_speakers,
        "warnings": list(corpus.doubts),
        "missing_in_test": {
            name: int((~result.features.present(name)[rows]).sum()) for name in result.features.values
        },
        "clipped_in_test": dict(result.clipped),
        "seeds": [seed.seed for seed in result.seeds],
        "test": over([vote.together for vote in votes]),
        "alone": over([seed.alone.together for seed in result.seeds]),
        "floors": _floors(result),
        "pathways": {
            name: of_main([vote.by_pathway[name] for vote in votes]) for name in votes[0].by_pathway
        },
        "without_modality": {
            name: of_main([seed.missing[name].together for seed in result.seeds])
            for name in result.seeds[0].missing
        },
        "missing_curve": _curve(result, main),
        "strength": [
            {name: readout.strength.tolist() for name, readout in seed.network.deciding.readouts.items()}
            for seed in result.seeds
        ],
        "work": _work(result),
        "weights": strongest(
            result.front, result.seeds[0].network.deciding, corpus.classes or ("larger numbers",)
        ),
    }
    if (corpus.labelled[result.valid]).any():
        valid = [seed.valid.together for seed in result.seeds if seed.valid is not None]
        metrics["valid"] = over(valid, result.valid)
    if corpus.classes:
        metrics |= _of_classes(result)
    return metrics


def _over(result: Result, rows: Rows, said: Sequence[Float]) -> dict[str, Any]:
    found = [score(result, rows, one) for one in said]
    return {key: over_seeds([one[key] for one in found]) for key in found[0]}


def score(result: Result, rows: Rows, said: Float) -> dict[str, float | None]:
    """All metrics of votes ``said`` on the utterances ``rows``, where these are labelled."""
    return score_on(result.corpus, rows, said)


def score_on(corpus: Corpus, rows: Rows, said: Float) -> dict[str, float | None]:
    """The same on ``corpus``."""
    known = corpus.labelled[rows]
    if corpus.classes:
        return class_metrics(corpus.label[rows][known], said.argmax(axis=1)[known])
    return number_metrics(corpus.target[rows][known], said[known, 0])


def main_metric(corpus: Corpus) -> str:
    """The name of the one that counts most."""
    return "accuracy" if corpus.classes else "mae"


def _floors(result: Result) -> dict[str, Any]:
    corpus, floors = result.corpus, result.floors
    y = corpus.target[corpus.test & corpus.labelled]

    def of(said: Float) -> dict[str, float | None]:
        if corpus.classes:
            return class_metrics(y.astype(np.int64), said.astype(np.int64))
        return number_metrics(y, said)

    return {
        "majority": floors.majority,
        "linear": floors.linear,
        "linear_by_modality": dict(floors.by_modality),
        "majority_metrics": of(floors.constant),
        "linear_metrics": of(floors.predicted),
    }


def _absent(result: Result) -> list[str]:
    """Classes that neither a label of the test part nor a prediction names: macro means leave them out."""
    corpus = result.corpus
    if not corpus.classes:
        return []
    said = {int(k) for seed in result.seeds for k in seed.votes.together.argmax(axis=1)}
    said |= {int(k) for k in corpus.label[result.test] if k >= 0}
    return [name for k, name in enumerate(corpus.classes) if k not in said]


def _of_classes(result: Result) -> dict[str, Any]:
    corpus, rows = result.corpus, result.test
    known = corpus.labelled[rows]
    label, k = corpus.label[rows][known], len(corpus.classes)
    said = [seed.votes.together.argmax(axis=1)[known] for seed in result.seeds]
    each = [per_class(label, one, k) for one in said]
    return {
        "confusion": {
            "rows": "label",
            "columns": "predicted, all seeds together",
            "counts": np.asarray(sum(confusion(label, one, k) for one in said)).tolist(),
        },
        "per_class": {
            name: {key: over_seeds([one[key][n] for one in each]) for key in each[0]}
            for n, name in enumerate(corpus.classes)
        },
    }


def _curve(result: Result, main: str) -> list[dict[str, Any]]:
    """The main metric where a share of the test utterances lacks one modality, drawn by a fixed seed."""
    names, rows = list(result.seeds[0].missing), result.test
    if not names:
        return []
    rng = np.random.default_rng(8)
    order, which = rng.permutation(len(rows)), rng.integers(0, len(names), len(rows))
    curve = []
    for share in SHARES:
        lacking = order < share * len(rows)
        said = []
        for seed in result.seeds:
            lone = seed.votes.lone.copy()
            for n, name in enumerate(names):
                chosen = lacking & (which == n)
                lone[chosen] = seed.missing[name].lone[chosen]
            said.append(seed.network.deciding.in_context(lone, result.corpus, rows, result.config))
        curve.append({"share": share, **_over(result, rows, said)[main]})
    return curve


def _work(result: Result) -> dict[str, float]:
    n, seeds = len(result.test), result.seeds
    told = [seed.told for seed in seeds]
    work = Work(
        spikes=float(np.mean([sum(own.sum() for own in one.fired.values()) for one in told])) / n,
        events=float(np.mean([one.events for one in told])) / n,
        multiply_adds=seeds[0].network.multiply_adds(),
        seconds=float(np.mean([one.seconds for one in told])) / n,
    )
    return {
        "spikes_per_utterance": work.spikes,
        "synaptic_events_per_utterance": work.events,
        "multiply_adds_per_utterance": work.multiply_adds,
        "energy_nj": work.energy,
        "energy_without_spikes_nj": work.dense_energy,
        "seconds_per_utterance": work.seconds,
    }


def _protocol(result: Result) -> str:
    """What a reader must know of how features were made, where that is not as usual."""
    recipes = result.front.extractor.recipes.values()
    if result.config.features.lexicon == "auto":
        words = [recipe for recipe in recipes if isinstance(recipe, Words)]
        if words and all(recipe.lexicon == "none" for recipe in words):
            return "VADER is not installed, and its scores are not used (features.lexicon)."
    if result.config.features.spread:
        return (
            "A protocol of its own: features are in units of how much their speaker varies, over all "
            "utterances of the speaker or those up to this one, labels unseen."
        )
    mode = result.config.features.tables
    if mode == "as-is" or all(recipe.kind != "table" for recipe in recipes):
        return ""
    which = "the utterances up to this one" if mode == "running" else "all utterances"
    return f"A protocol of its own: features are less the mean of {which} of the speaker, labels unseen."
