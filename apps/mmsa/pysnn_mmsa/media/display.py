"""How a film is to be shown: the display matrix, which phones write where they were held otherwise.

A point (x, y) of the stored picture, y downwards, is shown at (a x + c y, b x + d y) (ISO 14496-12, 8.3.2).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Display:
    """mirrored : left and right are exchanged, first. rotation : degrees anticlockwise, after that."""

    rotation: int = 0
    mirrored: bool = False

    @classmethod
    def of(cls, frame: Any) -> Display:
        """As a decoded frame asks for."""
        for data in frame.side_data:
            if data.type.name == "DISPLAYMATRIX":
                a, b, _, c, d = np.frombuffer(data, np.int32)[:5].tolist()
                mirrored = a * d - b * c < 0
                degrees = math.degrees(-math.atan2(-b, -a) if mirrored else -math.atan2(b, a))
                return cls(round(degrees) % 360, mirrored)
        return cls()

    def upright(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """``picture`` as it is to be shown, turned to the next quarter."""
        quarters = round(self.rotation / 90.0) % 4
        if not quarters and not self.mirrored:
            return picture
        return np.ascontiguousarray(np.rot90(picture[:, ::-1] if self.mirrored else picture, quarters))
