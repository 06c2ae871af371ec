"""Faces: what the case's README says of scikit-image's astronaut, and how the face is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from pysnn_mmsa.face import faces
from pysnn_mmsa.media import Frame

from . import helpers

data = helpers.optional("skimage.data")
pytestmark = pytest.mark.media


def grey(picture: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(picture[..., :3].mean(axis=2).astype(np.uint8))


@pytest.fixture(scope="module")
def astronaut() -> np.ndarray:
    return grey(data.astronaut())


def smaller(picture: np.ndarray, width: int) -> np.ndarray:
    from skimage.transform import resize

    return np.asarray(
        resize(picture, (width, width), anti_aliasing=True, preserve_range=True).astype(np.uint8)
    )


def test_the_face_is_found_with_its_eyes_at_their_distance(astronaut: np.ndarray) -> None:
    """Eye distance 43.7 px, box about 90 wide; the best of three boxes, not the largest."""
    found = faces([Frame(0.0, astronaut)])
    assert found.missing == 0.0
    assert found.eyes == pytest.approx(43.7, abs=1.5)
    # The face is at about x 180 to 270, y 80 to 190 of the picture.
    low, high = found.landmarks[0].min(axis=0), found.landmarks[0].max(axis=0)
    assert (low > [165, 60]).all()
    assert (high < [285, 205]).all()


@pytest.mark.parametrize(("width", "within"), [(256, 0.05), (160, 0.09)])
def test_small_faces_are_found_and_their_landmarks_near(
    width: int, within: float, astronaut: np.ndarray
) -> None:
    """At 256 none without doubling, at 160 none without doubling twice (README)."""
    whole = faces([Frame(0.0, astronaut)]).landmarks[0]
    small = faces([Frame(0.0, smaller(astronaut, width))])
    assert small.missing == 0.0
    off = np.sqrt(((small.landmarks[0] * 512 / width - whole) ** 2).sum(axis=1).mean())
    assert off < within * 43.7
    assert small.eyes < 30.0  # what is warned of


@pytest.mark.parametrize("name", ["coffee", "chelsea", "black", "turned"])
def test_where_no_face_is_there_are_no_landmarks(name: str, astronaut: np.ndarray) -> None:
    picture = {
        "black": np.zeros((240, 320), np.uint8),
        "turned": np.ascontiguousarray(np.rot90(astronaut)),
    }.get(name)
    found = faces([Frame(0.0, grey(getattr(data, name)()) if picture is None else picture)])
    assert found.missing == 1.0
    assert np.isnan(found.landmarks).all()


def test_a_dark_face_is_found(astronaut: np.ndarray) -> None:
    assert faces([Frame(0.0, (0.1 * astronaut).astype(np.uint8))]).missing == 0.0


def test_of_two_faces_the_one_before_is_followed_and_two_are_counted(astronaut: np.ndarray) -> None:
    """First the left one alone, then it and its mirror image (left edges 179 and 755)."""
    blank = np.full_like(astronaut, 90)
    for first, second in ((0, 1), (1, 0)):
        alone = np.concatenate([astronaut, blank] if first == 0 else [blank, astronaut[:, ::-1]], axis=1)
        both = np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)
        found = faces([Frame(0.1 * k, np.ascontiguousarray(alone if k < 5 else both)) for k in range(10)])
        x = found.landmarks[:, :, 0].mean(axis=1)
        assert np.ptp(x) < 20.0
        assert found.several == 0.5
        assert second != first


def test_no_frames_are_no_face() -> None:
    found = faces([])
    assert (len(found.times), found.missing) == (0, 1.0)
