"""Tables of HDF5 with what libraries write into such files: read, or one line that names the column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

import pysnn as snn

from . import tables

N = 6


def written(tmp_path: Path, **columns: object) -> Path:
    path = tmp_path / "t.h5"
    with h5py.File(path, "w") as file:
        for name, values in {"utterance": [f"u{k}" for k in range(N)], **columns}.items():
            file[name] = values
    return path


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("label", np.eye(N), r"column 'label.0': expected labels in one column 'label'"),
        ("label", np.ones((N, 1)), r"column 'label.0': expected labels in one column 'label'"),
        ("text", np.array([[b"a", b"b"]] * N), r"column 'text': expected text of 1 dimension \(got 2\)"),
        ("text", np.array([b"ok"] * 3 + [b"caf\xe9"] * 3), r"row 4, column 'text': expected UTF-8 .*0xe9"),
        ("face", np.ones((N, 2, 2)), r"column 'face': expected 1 or 2 dimensions \(got 3\)"),
        ("face", 1.0, r"column 'face': expected 1 or 2 dimensions \(got 0\)"),
        ("face", h5py.Empty("f"), r"column 'face': expected 1 or 2 dimensions"),
        ("face", np.ones((N - 1, 2)), r"expected columns of one length \(got .*'face': 5, 'utterance': 6"),
        ("face", np.ones(N, complex), r"column 'face': expected numbers or text \(got complex128\)"),
        ("face", np.zeros(N, [("a", "f4")]), r"column 'face': expected numbers or text"),
        ("face.x", np.array([1.0, np.inf, 1, 1, 1, 1]), r"row 2, column 'face.x': .*1e\+100 \(got inf\)"),
        ("face/x", h5py.SoftLink("/utterance"), r"'face/x': expected a data set or group \(got a link"),
        ("face", h5py.ExternalLink("o.h5", "/x"), r"'face': expected a data set or group \(got a link"),
    ],
)
def test_what_is_no_column_is_named(name: str, values: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(snn.ParameterError, match=rf"t\.h5: .*{message}"):
        tables.load(written(tmp_path, **{name: values}))


def test_arrays_of_different_lengths_are_no_column(tmp_path: Path) -> None:
    path = written(tmp_path)
    with h5py.File(path, "a") as file:
        ragged = file.create_dataset("face", (N,), dtype=h5py.vlen_dtype(np.float64))
        for k in range(N):
            ragged[k] = np.ones(k)
    with pytest.raises(snn.ParameterError, match=r"column 'face': expected numbers or text \(got object\)"):
        tables.load(path)


@pytest.mark.parametrize(
    "columns",
    [
        {"face/x": np.ones(N), "face.x": np.ones(N)},
        {"face": np.ones((N, 2)), "face.1": np.ones(N)},
        {"label": np.arange(N), "Label": np.arange(N)},
    ],
)
def test_a_column_that_is_there_twice_is_named(columns: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(snn.ParameterError, match="is there twice, also "):
        tables.load(written(tmp_path, **columns))


@pytest.mark.parametrize(
    ("ids", "want"),
    [
        (lambda k: b"u%d" % k, "u3"),
        (lambda k: 2**60 + k, str(2**60 + 3)),  # a float has 53 bits
        (lambda k: np.uint8(k), "3"),
    ],
)
def test_names_are_as_they_are_stored(ids: Callable[[int], object], want: str, tmp_path: Path) -> None:
    path = written(tmp_path, utterance=np.array([ids(k) for k in range(N)]))
    assert tables.load(path).ids[3] == want


def test_whole_labels_stored_as_floats_are_numbers_and_warned_of(tmp_path: Path) -> None:
    """As pandas stores whole numbers of which one is missing."""
    path = written(tmp_path, label=np.array([0.0, 1.0, np.nan, 1.0, 0.0, 2.0]))
    corpus = tables.load(path)
    assert corpus.task == "number"
    assert any("labels are numbers (0.0, 1.0, 2.0); data.task = classes" in text for text in corpus.warnings)
    classes = tables.load(path, task="classes")
    assert (classes.codes, classes.warnings) == (("0", "1", "2"), ())
    assert not tables.load(written(tmp_path, label=np.arange(N) / 4.0)).warnings
