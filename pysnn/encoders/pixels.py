"""Images by pixel: grey values, or those of colours, as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import Parameters, param
from ..errors import ParameterError
from ._media import numbers_in, of_shape
from .coder import Float


class Pixels(Parameters):
    """Images to values in [0, 1], one a pixel and colour, and back: what an encoder takes.

        value = (grey - black) / (white - black)

    in rows from the top, colours of a pixel side by side: ``encoder.encode(pixels.values(image), 50.0)``, and
    ``pixels.images(encoder.decode(spikes))``, which is off by at most |white - black| times what the encoder
    states. black > white inverts.

    Parameters
    ----------
    height, width: >= 1, pixels.
    colours: >= 1, values a pixel; 1 for images (height, width), else they are (height, width, colours).
    black, white: grey values that become 0 and 1; 0 and 255 for images of 8 bits.
    """

    height: int = param(low=1.0)
    width: int = param(low=1.0)
    colours: int = param(default=1, low=1.0)
    black: float = param(default=0.0)
    white: float = param(default=1.0)

    def check(self) -> None:
        """Hold black against white."""
        if self.black == self.white:
            raise ParameterError(
                f"Pixels.white: must differ from black = {self.black:g} (got {self.white:g})"
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Of an image."""
        return (self.height, self.width) if self.colours == 1 else (self.height, self.width, self.colours)

    @property
    def channels(self) -> int:
        """Values of an image."""
        return self.height * self.width * self.colours

    def values(self, images: ArrayLike) -> Float:
        """Values of an image (``shape``) as (channels,), or of several (m, *shape) as (m, channels).

        Raises ParameterError for another shape, and for a grey value that is no number or not between black
        and white.
        """
        least, most = sorted((self.black, self.white))
        hint = "; images of 8 bits have white=255" if most == 1.0 else ""
        array = numbers_in(images, least, most, "Pixels.values: images", hint)
        several, one = of_shape(array, self.shape, "Pixels.values: images")
        values = ((several - self.black) / (self.white - self.black)).reshape(len(several), -1)
        return np.asarray(values[0] if one else values)

    def images(self, values: ArrayLike) -> Float:
        """The images of values (channels,) or (m, channels); raises ParameterError as ``values`` does."""
        array = numbers_in(values, 0.0, 1.0, "Pixels.images: values")
        several, one = of_shape(array, (self.channels,), "Pixels.images: values")
        images = (self.black + several * (self.white - self.black)).reshape(-1, *self.shape)
        return np.asarray(images[0] if one else images)
