"""Fusion as a graph of pathways, one kind a file. A module put into this folder is found without any edit."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from ..settings import NetworkConfig, TimeConfig
from .combine import average as average
from .combine import combine as combine
from .combine import log_softmax as log_softmax
from .context import in_context as in_context
from .learnt import Mixer as Mixer
from .pathway import FUSIONS as FUSIONS
from .pathway import Part as Part
from .pathway import Pathway as Pathway

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


IN_TIME = "time"


def pathways(
    modalities: Sequence[str], config: NetworkConfig, time: TimeConfig | None = None
) -> list[Pathway]:
    """The pathways of the fusion that the settings name, and that of the layer in time where there is one."""
    found = FUSIONS[config.fusion](modalities, config.neurons)
    if time is not None and time.layer != "none":
        found.append(Pathway(IN_TIME, tuple(modalities), (), in_time=True))
    return found
