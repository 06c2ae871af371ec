"""What the report shows of each test utterance over time: timeline.json."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import tables
from .dataset import Contours, Corpus, Landmarks
from .features.contours import FRAME
from .features.landmarks import FACIAL_FEATURES, facial_features
from .train import Result

Float = NDArray[np.float64]

POINTS = 40  # of a contour of an utterance: what a report can show
VIDEOS = 40  # contours are kept of the first so many
SHOWN_OF_FACE = ("mouth_open", "corner_raise")


def of(result: Result) -> dict[str, Any]:
    """Videos of the test part with their utterances in order, as the first seed saw and judged them."""
    corpus, seed, rows = result.corpus, result.seeds[0], result.test
    videos: dict[str, list[dict[str, Any]]] = {}
    for place, k in enumerate(rows.tolist()):
        own = videos.setdefault(corpus.video[k], [])
        own.append(_utterance(result, place, k, contours=len(videos) <= VIDEOS))
    return {
        "seed": seed.seed,
        "pathways": list(seed.told.fired),
        "modalities": list(seed.told.sent),
        "classes": list(corpus.classes),
        "videos": [{"video": name, "utterances": own} for name, own in videos.items()],
    }


def _utterance(result: Result, place: int, k: int, contours: bool) -> dict[str, Any]:
    corpus, seed = result.corpus, result.seeds[0]
    told, votes = seed.told, seed.votes
    begin, end = tables.times(corpus, k)
    entry: dict[str, Any] = {
        "id": corpus.ids[k],
        "begin": float(begin) if begin else None,
        "end": float(end) if end else None,
        "text": tables.transcript(corpus, k),
        "label": _word(corpus, corpus.target[k] if corpus.labelled[k] else None),
        "said": _word(corpus, _decision(corpus, votes.together[place])),
        "votes": {
            name: _word(corpus, _decision(corpus, own[place])) for name, own in votes.by_pathway.items()
        },
        "spikes": {name: int(own[place]) for name, own in told.fired.items()},
        "lines": {name: int(own[place]) for name, own in told.sent.items()},
        "missing": [name for name in result.features.values if not result.features.present(name)[k]],
    }
    if corpus.classes:
        entry["p"] = round(float(np.exp(votes.together[place].max())), 3)
    if contours:
        entry |= _contours(corpus, k)
    return entry


def _contours(corpus: Corpus, k: int) -> dict[str, Any]:
    """Pitch [Hz], loudness [dB] and two features of the face, evenly thinned; s an utterance has."""
    found: dict[str, Any] = {}
    for modality in corpus.modalities.values():
        if isinstance(modality, Contours) and len(modality.pitch[k]):
            pitch, level = modality.pitch[k], modality.loudness[k]
            chosen = _thinned(len(pitch))
            found["pitch"] = [round(v, 1) if v > 0.0 else None for v in pitch[chosen].tolist()]
            found["loudness"] = [round(v, 1) if np.isfinite(v) else None for v in level[chosen].tolist()]
            found["duration"] = round(len(pitch) * FRAME, 2)
        elif isinstance(modality, Landmarks) and len(modality.frames[k]):
            values = facial_features(modality.frames[k])
            chosen = _thinned(len(values))
            for name in SHOWN_OF_FACE:
                column = values[chosen, FACIAL_FEATURES.index(name)]
                found[name] = [round(v, 3) for v in column.tolist()]
    return found


def _thinned(frames: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, frames - 1, min(frames, POINTS)).round().astype(np.int64))


def _decision(corpus: Corpus, votes: Float) -> float:
    return float(votes.argmax()) if corpus.classes else float(votes[0])


def _word(corpus: Corpus, value: float | None) -> str:
    if value is None:
        return ""
    return corpus.classes[int(value)] if corpus.classes else f"{value:.2f}"
