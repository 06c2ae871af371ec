"""The 13 facial features against geometry done by hand."""

from __future__ import annotations

import os
import re
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from pysnn_mmsa.features import FACIAL_FEATURES, facial_features
from pysnn_mmsa.features.landmarks import FACE_NAMES, face_levels, face_table

import pysnn as snn


def face() -> np.ndarray:
    """A face of whole numbers: eyes 4 wide, their centres 10 apart (s = 10), 27 to 8 straight down."""
    p = np.zeros((68, 2))
    p[36:42] = [[-7, 0], [-6, -1], [-4, -1], [-3, 0], [-4, 1], [-6, 1]]
    p[42:48] = [[3, 0], [4, -1], [6, -1], [7, 0], [6, 1], [4, 1]]
    p[21], p[22] = [-3, -5], [3, -6]
    p[17], p[26] = [-7, -3], [7, -4]
    p[27], p[33], p[8] = [0, 0], [0, 8], [0, 30]
    p[48], p[54], p[51], p[57] = [-6, 14], [6, 14], [0, 13], [0, 19]
    p[61], p[67], p[62], p[66], p[63], p[65] = [-2, 15], [-2, 17], [0, 15], [0, 18], [2, 15], [2, 16]
    return p


# By hand from the definitions: lengths over s = 10, the eye's height over its width.
EXPECTED = {
    "brow_inner_R": 5 / 10,
    "brow_inner_L": 6 / 10,
    "brow_outer_R": 3 / 10,
    "brow_outer_L": 4 / 10,
    "brow_gap": np.hypot(6, 1) / 10,
    "eye_open_R": (2 + 2) / (2 * 4),
    "eye_open_L": (2 + 2) / (2 * 4),
    "nose_lip": 5 / 10,
    "mouth_width": 12 / 10,
    "mouth_open": (2 + 3 + 1) / 30,
    "lip_height": 6 / 10,
    "corner_raise": (16 - 14) / 10,
    "jaw_drop": 22 / 10,
}


def test_features_of_a_face_of_whole_numbers_are_those_computed_by_hand() -> None:
    got = dict(zip(FACIAL_FEATURES, facial_features(face()[None])[0], strict=True))
    assert got == pytest.approx(EXPECTED, abs=1e-12)


@given(
    angle=st.floats(-3.1, 3.1),
    scale=st.floats(0.05, 50.0),
    shift=st.tuples(st.floats(-500.0, 500.0), st.floats(-500.0, 500.0)),
)
def test_features_do_not_change_when_a_face_is_turned_moved_or_enlarged(
    angle: float, scale: float, shift: tuple[float, float]
) -> None:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = scale * face() @ turn.T + np.array(shift)
    # Coordinates of 500 in units of 0.05 lose 1e4 of float64's 1e-16.
    np.testing.assert_allclose(facial_features(moved[None]), facial_features(face()[None]), atol=1e-9)


def test_corners_above_the_middle_of_the_lips_are_a_positive_raise() -> None:
    frown = face()
    frown[[48, 54], 1] = 20
    raise_at = FACIAL_FEATURES.index("corner_raise")
    assert facial_features(face()[None])[0, raise_at] > 0.0 > facial_features(frown[None])[0, raise_at]


@pytest.mark.parametrize("shape", [(68, 2), (3, 67, 2), (3, 68, 3)])
def test_landmarks_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(snn.ParameterError, match="expected shape"):
        facial_features(np.ones(shape))


def test_a_face_without_eyes_is_refused_by_its_frame() -> None:
    frames = np.stack([face(), np.zeros((68, 2))])
    with pytest.raises(snn.ParameterError, match="frame 1 is no face"):
        facial_features(frames)


def test_a_face_at_rest_has_no_features_but_zeros_and_no_frames_give_nan() -> None:
    still = np.repeat(face()[None], 4, axis=0)
    frames = [still, still, np.empty((0, 68, 2))]
    levels = face_levels(frames)
    np.testing.assert_allclose(levels[0], [EXPECTED[name] for name in FACIAL_FEATURES])
    assert np.isnan(levels[2]).all()
    table = face_table(frames, np.nan_to_num(levels))
    assert len(FACE_NAMES) == table.shape[1]
    np.testing.assert_allclose(table[:2], 0.0, atol=1e-12)
    assert np.isnan(table[2]).all()


@pytest.mark.data
def test_faces_placed_by_dlib_have_plausible_features() -> None:
    """On the photographed faces mouths are about as wide as eyes are apart, and eyes wider than high."""
    folder = Path(os.environ["PYSNN_DATA"]) / "faces68"
    faces = []
    for file in sorted(folder.glob("*landmarks.xml")):
        for box in re.findall(r"<box .*?</box>", file.read_text(), re.DOTALL):
            parts = re.findall(r"<part name='(\d+)' x='(-?\d+)' y='(-?\d+)'", box)
            points = {int(name): (float(x), float(y)) for name, x, y in parts}
            if len(points) == 68:
                faces.append([points[k] for k in range(68)])
    features = facial_features(np.array(faces))
    assert len(features) == 43  # the data's own README counts them
    columns = dict(zip(FACIAL_FEATURES, features.T, strict=True))
    assert 0.5 < np.median(columns["mouth_width"]) < 1.5
    assert 0.1 < np.median(columns["eye_open_R"]) < 0.6
    assert (columns["jaw_drop"] > columns["nose_lip"]).all()
