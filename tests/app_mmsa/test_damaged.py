"""Files with damage anywhere: one line that names the file, or what is left of it, and never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from pysnn_mmsa import model, synth
from pysnn_mmsa.cli import main
from pysnn_mmsa.train import train

import pysnn as snn

from . import helpers


def table(path: Path) -> None:
    rows = "".join(f"u{k},s{k % 3},{k % 2},{k}.5,kata {k}\n" for k in range(12))
    path.write_text("utterance,speaker,label,voice.f0,text\n" + rows)


def table_of_hdf5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["utterance"] = [f"u{k}" for k in range(12)]
        file["label"] = np.arange(12) % 2
        file["voice"] = np.ones((12, 3))
        file["face/smile"] = np.arange(12.0)


def corpus(path: Path) -> None:
    synth.write(path, synth.generate(synth.Recipe(1, 2, 1)))


def annotations(path: Path) -> None:
    notes = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{k}" '
        f'TIME_SLOT_REF1="t{k}" TIME_SLOT_REF2="t{k + 1}">'
        f"<ANNOTATION_VALUE>kata {k}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for k in range(6)
    )
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{k}" TIME_VALUE="{900 * k}"/>' for k in range(7))
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><ANNOTATION_DOCUMENT><HEADER TIME_UNITS="milliseconds"/>'
        f'<TIME_ORDER>{slots}</TIME_ORDER><TIER TIER_ID="text">{notes}</TIER></ANNOTATION_DOCUMENT>'
    )


def damaged(raw: bytes, rng: np.random.Generator) -> bytes:
    """``raw`` with some bytes changed, cut out, put in or copied from elsewhere."""
    out = bytearray(raw)
    for _ in range(int(rng.choice([1, 1, 2, 5, 20]))):
        at, size = int(rng.integers(len(out))), int(rng.choice([1, 4, 40, 400]))
        match int(rng.integers(4)):
            case 0:
                out[at] = int(rng.integers(256))
            case 1 if len(out) > size + 8:
                del out[at : at + size]
            case 2:
                pieces = [b'"', b",", b"\n", b"<", b"\0", b"-", b"9" * 20, b"1e400", b"\xff\xfe"]
                out[at:at] = pieces[int(rng.integers(len(pieces)))]
            case _:
                other = int(rng.integers(len(out)))
                out[at : at + size] = out[other : other + size]
    return bytes(out)


@pytest.mark.parametrize(
    ("name", "make", "count"),
    [("t.csv", table, 150), ("t.npz", corpus, 60), ("t.eaf", annotations, 150)],
)
def test_damage_is_one_line_or_none(
    name: str,
    make: Callable[[Path], None],
    count: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / name
    make(path)
    raw, rng = path.read_bytes(), np.random.default_rng(0)
    refused = 0
    for _ in range(count):
        path.write_bytes(damaged(raw, rng))
        status = main(["inspect", str(path)])
        err = capsys.readouterr().err
        assert (status, err.count("\n")) in ((0, 0), (2, 1)), err
        assert status == 0 or name in err
        refused += status == 2
    assert refused > 0  # damage was met


@pytest.mark.parametrize("share", [0.0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_a_torn_hdf5_file_is_named(share: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Torn alone: on some other damage the HDF5 library itself never comes back."""
    path = tmp_path / "t.h5"
    table_of_hdf5(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert main(["inspect", str(path)]) == 2
    err = capsys.readouterr().err
    assert "t.h5: cannot be read as HDF5" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("error", [KeyError("x"), RuntimeError("Object visitation failed"), MemoryError()])
def test_whatever_hdf5_raises_of_a_file_is_one_line(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.h5"
    table_of_hdf5(path)

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(h5py.File, "visititems", fail)
    assert main(["inspect", str(path)]) == 2
    err = capsys.readouterr().err
    assert "t.h5: cannot be read as HDF5" in err
    assert err.count("\n") == 1


def test_a_damaged_model_is_refused_before_the_hdf5_library_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On some damage that library never comes back, so it must not be asked."""
    path = tmp_path / "model.h5"
    result = train(helpers.toy_corpus(), helpers.small(readout__strength="fixed"), helpers.silent)
    model.write(path, result)
    assert model.read(path).classes == ("no", "yes")
    raw, rng = path.read_bytes(), np.random.default_rng(1)
    monkeypatch.setattr(h5py, "File", lambda *_, **__: pytest.fail("HDF5 was asked"))
    for _ in range(200):
        other = damaged(raw, rng)
        if other == raw:
            continue
        path.write_bytes(other)
        with pytest.raises(snn.ParameterError, match=r"model.h5: no (whole )?model"):
            model.read(path)
    for size in (0, 1, 100, 512, 513, len(raw) - 1):
        path.write_bytes(raw[:size])
        with pytest.raises(snn.ParameterError, match=r"model.h5: no (whole )?model"):
            model.read(path)
