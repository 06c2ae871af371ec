"""Images by differences of Gaussians: what is brighter, and what darker, than its surround."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..base.params import Parameters, ParamInfo, check_number, param
from ..errors import ParameterError
from ._media import numbers_in, of_shape
from .coder import Float


class OnOff(Parameters):
    """Images to values in [0, 1], an on and an off cell a pixel, as the ganglion cells of a retina.

    response  R = (G_centre - G_surround) * image,    G_s Gaussian of deviation s, sum 1
    values    on = max(R, 0) / gain for all pixels in rows, then off = max(-R, 0) / gain for all
    gain      the largest |R| of any image with grey values in [0, 1]

    Outside of the image lies its mirror image. A uniform brightness is no response, a slow change of it
    hardly any.

    ``responses`` gives R back: with values off by up to e, by at most 2 gain e. ``images`` inverts the
    filter too. The cosine transform (DCT-II) takes R apart into frequencies (u, v), each the image's times

        lambda(u, v) = g_centre(u) g_centre(v) - g_surround(u) g_surround(v),
        g_s(u) = sum_d G_s(d) cos(pi u d / n),

    of which lambda(0, 0) = 0 alone vanishes: the mean has to be known. The root mean square error of the
    image is at most that of R divided by the least |lambda| (``amplification``).

    Enroth-Cugell & Robson (1966), J. Physiol. 187:517-552; Marr & Hildreth (1980), Proc. R. Soc. B
    207:187-217; as a front of spikes Thorpe, Delorme & Van Rullen (2001), Neural Networks 14:715-725.

    Parameters
    ----------
    height, width: >= 1, pixels; not both 1.
    centre, surround: pixels, 0 < centre < surround: deviations of the two Gaussians, which end at 5 of them.
    black, white: grey values, black < white, of what becomes 0 and 1 before the filter.
    """

    height: int = param(low=1.0)
    width: int = param(low=1.0)
    centre: float = param(default=0.7, above=0.0, high=1e3)
    surround: float = param(default=2.0, above=0.0, high=1e3)
    black: float = param(default=0.0)
    white: float = param(default=1.0)

    def check(self) -> None:
        """Hold the two Gaussians and the two greys against each other."""
        if self.centre >= self.surround:
            raise ParameterError(
                f"OnOff.surround: must be > centre = {self.centre:g} pixels (got {self.surround:g} pixels)"
            )
        if self.black >= self.white:
            raise ParameterError(f"OnOff.white: must be > black = {self.black:g} (got {self.white:g})")
        if self.height == self.width == 1:
            raise ParameterError("OnOff.height: a single pixel has no surround (got 1 and width = 1)")

    @property
    def shape(self) -> tuple[int, int]:
        """Of an image."""
        return self.height, self.width

    @property
    def channels(self) -> int:
        """Values of an image: an on and an off cell a pixel."""
        return 2 * self.height * self.width

    @property
    def gain(self) -> float:
        """The largest |R| that grey values in [0, 1] can have: the sum of all positive weights of a pixel."""
        return _gain(self.height, self.width, self.centre, self.surround)

    @property
    def amplification(self) -> float:
        """1 / least |lambda| but that of the mean: by how much ``images`` can enlarge an error of R."""
        return float(1.0 / np.abs(self._eigenvalues().ravel()[1:]).min())

    def values(self, images: ArrayLike) -> Float:
        """Values of an image (height, width) as (channels,), or of several (m, ...) as (m, channels).

        Raises ParameterError for another shape, and for a grey value that is no number or outside
        [black, white].
        """
        hint = "; images of 8 bits have white=255" if self.white == 1.0 else ""
        array = numbers_in(images, self.black, self.white, "OnOff.values: images", hint)
        several, one = of_shape(array, self.shape, "OnOff.values: images")
        grey = (several - self.black) / (self.white - self.black)
        centre, surround = (_blurred(grey, sigma) for sigma in (self.centre, self.surround))
        share = ((centre - surround) / self.gain).reshape(len(grey), -1)
        values = np.clip(np.concatenate([share, -share], axis=1), 0.0, 1.0)
        return np.asarray(values[0] if one else values)

    def responses(self, values: ArrayLike) -> Float:
        """R of values (channels,) or (m, channels), of grey values in [0, 1]: (height, width) or (m, ...).

        Raises ParameterError for another shape or values outside [0, 1].
        """
        array = numbers_in(values, 0.0, 1.0, "OnOff.responses: values")
        several, one = of_shape(array, (self.channels,), "OnOff.responses: values")
        on, off = np.split(several, 2, axis=1)
        responses = self.gain * (on - off).reshape(-1, *self.shape)
        return np.asarray(responses[0] if one else responses)

    def images(self, values: ArrayLike, mean: float) -> Float:
        """Images whose values those are and whose mean grey value is ``mean``; not clipped.

        Raises ParameterError as ``responses`` does, and for a mean outside [black, white].
        """
        info = ParamInfo(low=self.black, high=self.white)
        grey = (check_number(mean, info, "OnOff.images: mean") - self.black) / (self.white - self.black)
        rows, columns = _cosines(self.height), _cosines(self.width)
        spectrum = rows @ self.responses(values) @ columns.T
        factor = self._eigenvalues()
        factor[0, 0] = 1.0
        spectrum = spectrum / factor
        spectrum[..., 0, 0] = grey * np.sqrt(self.height * self.width)
        return np.asarray(self.black + (rows.T @ spectrum @ columns) * (self.white - self.black))

    def _eigenvalues(self) -> Float:
        """lambda(u, v), float64[height, width]."""
        parts = []
        for sigma in (self.centre, self.surround):
            along = [_eigenvalues(size, sigma) for size in self.shape]
            parts.append(np.outer(*along))
        return np.asarray(parts[0] - parts[1])


def _gaussian(sigma: float) -> tuple[Float, Float]:
    """Whole distances up to 5 deviations, and the Gaussian's share of each."""
    reach = max(int(np.ceil(5.0 * sigma)), 1)
    distance = np.arange(-reach, reach + 1, dtype=np.float64)
    weight = np.exp(-0.5 * (distance / sigma) ** 2)
    return distance, weight / weight.sum()


@functools.lru_cache(maxsize=64)
def _mirrored(size: int, sigma: float) -> Float:
    """Matrix of a Gaussian along ``size`` pixels between two mirrors: what falls outside comes back."""
    distance, weight = _gaussian(sigma)
    place = np.mod(np.arange(size)[:, None] + distance.astype(np.int64), 2 * size)
    place = np.minimum(place, 2 * size - 1 - place)
    matrix = np.zeros((size, size))
    np.add.at(matrix, (np.arange(size)[:, None], place), weight)
    return matrix


def _eigenvalues(size: int, sigma: float) -> Float:
    distance, weight = _gaussian(sigma)
    return np.asarray(np.cos(np.pi / size * np.outer(np.arange(size), distance)) @ weight)


@functools.lru_cache(maxsize=64)
def _cosines(size: int) -> Float:
    """The orthonormal DCT-II, in whose basis what is mirrored at both ends is diagonal."""
    at = np.arange(size)
    basis = np.cos(np.pi / size * np.outer(at, at + 0.5)) * np.sqrt(2.0 / size)
    basis[0] *= np.sqrt(0.5)
    return np.asarray(basis)


def _blurred(images: Float, sigma: float) -> Float:
    rows, columns = (_mirrored(size, sigma) for size in images.shape[1:])
    return np.asarray(rows @ images @ columns.T)


@functools.lru_cache(maxsize=64)
def _gain(height: int, width: int, centre: float, surround: float) -> float:
    """Sum of the positive weights of the pixel that has the most."""
    # A larger image only has more pixels that see no border.
    enough = len(_gaussian(surround)[0]) + 1
    height, width = min(height, enough), min(width, enough)
    most = 0.0
    inner: Any = _mirrored(width, centre), _mirrored(width, surround)
    for row in zip(_mirrored(height, centre), _mirrored(height, surround), strict=True):
        # All weights of the pixels of one row of the image: (width, height, width).
        weights = row[0][None, :, None] * inner[0][:, None] - row[1][None, :, None] * inner[1][:, None]
        most = max(most, float(np.maximum(weights, 0.0).sum(axis=(1, 2)).max()))
    return most
