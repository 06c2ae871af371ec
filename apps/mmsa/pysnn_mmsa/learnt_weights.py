"""Which features speak for a class: weights of the direct path, for a person to read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .chain import Deciding, Front
from .features.recipe import Words

Float = NDArray[np.float64]

MOST = 8  # a class and kind


def strongest(front: Front, deciding: Deciding, outputs: Sequence[str]) -> list[dict[str, Any]]:
    """For each of ``outputs`` the features and n-grams with the largest weights for it, over the others.

    A feature's weight is that of its two lines together, for a change of one standard deviation; an n-gram's
    that of one spike. Nothing where no path is direct.
    """
    found: list[dict[str, Any]] = [{"output": name, "features": [], "grams": []} for name in outputs]
    for path in deciding.paths:
        readout = deciding.readouts[path.name]
        weight = _centred(readout.weight) * readout.spread
        begin = path.neurons
        if weight.shape[1] == begin:
            continue
        for name in path.modalities:
            names = front.extractor.recipes[name].names
            d = len(names)
            own = weight[:, begin : begin + d] - weight[:, begin + d : begin + 2 * d]
            begin += 2 * d
            for k, values in enumerate(own):
                labelled = zip(names, values.tolist(), strict=True)
                found[k]["features"] += [(f"{name}: {feature}", value) for feature, value in labelled]
        gram_names = [
            gram
            for name in path.modalities
            if isinstance(recipe := front.extractor.recipes[name], Words)
            for gram in recipe.gram_names
        ]
        if readout.gram_weight.shape[1] == len(gram_names):
            for k, values in enumerate(_centred(readout.gram_weight)):
                top = np.argsort(-values)[:MOST].tolist()
                found[k]["grams"] += [(gram_names[n], float(values[n])) for n in top]
    for entry in found:
        for kind in ("features", "grams"):
            entry[kind] = sorted(entry[kind], key=lambda pair: -pair[1])[:MOST]
    return found


def _centred(weight: Float) -> Float:
    """Over the mean of the outputs, where they compete."""
    return weight - weight.mean(axis=0) if len(weight) > 1 else weight
