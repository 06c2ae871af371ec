"""Spike logs: the layout SONATA asks for, whole slices, and errors that say what is wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pysnn.errors import LogError, ParameterError, UnknownNameError
from pysnn.io import SpikeLog, load, recover

T = np.array([1.0, 2.5, 2.5, 7.25])
IDS = np.array([3, 0, 4, 1], np.uint32)


def written(path: Path, **how: Any) -> Path:
    """A log with four spikes of `exc` and none of `inh`, complete to 10 ms."""
    with SpikeLog(path, {"exc": 5, "inh": 2}, **how) as log:
        log.append("exc", T, IDS)
        log.flush(until=10.0)
    return path


def foreign(path: Path, **changes: Any) -> Path:
    """A file of another program, with some things made wrong."""
    how = {"units": "milliseconds", "times": T, "ids": IDS, "group": "spikes/cells"} | changes
    with h5py.File(path, "w") as file:
        group = file.create_group(how["group"])
        for key, values in (("timestamps", how["times"]), ("node_ids", how["ids"])):
            if values is not None:
                group[key] = values
        if how["units"] is not None and "timestamps" in group:
            group["timestamps"].attrs["units"] = how["units"]
    return path


# ---- what is written is read ----------------------------------------------------------------------


def test_what_was_logged_is_loaded(tmp_path: Path) -> None:
    recording = load(written(tmp_path / "log.h5"))
    assert list(recording) == ["exc", "inh"]
    exc = recording["exc"]
    np.testing.assert_array_equal(exc.t, T)
    np.testing.assert_array_equal(exc.i, IDS)
    assert exc.train(4).tolist() == [2.5]
    assert exc.rate() == pytest.approx(4 / 5 / 10e-3)
    assert recording["inh"].rate() == 0.0
    assert (recording.until, recording.closed) == (10.0, True)


def test_the_layout_is_that_of_the_sonata_guide(tmp_path: Path) -> None:
    with h5py.File(written(tmp_path / "log.h5"), "r") as file:
        assert file.attrs["magic"] == 0x0A7A
        assert file.attrs["version"].tolist() == [0, 1]
        group = file["spikes/exc"]
        assert group["timestamps"].dtype == np.float64
        assert group["timestamps"].attrs["units"] == "milliseconds"
        assert group["node_ids"].dtype == np.uint64
        assert group["timestamps"].chunks == group["node_ids"].chunks == (65_536,)
        sorting = group.attrs.get_id("sorting").dtype
        assert h5py.check_enum_dtype(sorting) == {"none": 0, "by_id": 1, "by_time": 2}
        assert group.attrs["sorting"] == 2


@pytest.mark.parametrize("sorting", ["by_time", "none"])
def test_libsonata_reads_the_log(tmp_path: Path, sorting: str) -> None:
    libsonata = pytest.importorskip("libsonata", reason="libsonata is not installed (pip install libsonata)")
    reader = libsonata.SpikeReader(str(written(tmp_path / "log.h5", sorting=sorting)))
    assert reader.get_population_names() == ["exc", "inh"]
    assert reader["exc"].sorting == sorting
    assert reader["exc"].time_units == "milliseconds"
    assert reader["exc"].get() == [(3, 1.0), (0, 2.5), (4, 2.5), (1, 7.25)]
    assert sorted(reader["exc"].get(node_ids=[0, 1])) == [(0, 2.5), (1, 7.25)]
    assert reader["exc"].get(tstart=2.0, tstop=3.0) == [(0, 2.5), (4, 2.5)]
    assert reader["inh"].get() == []


SLICES = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans()), max_size=12)


@given(SLICES, st.integers(1, 50), st.integers(0, 2**32), st.sampled_from([None, "gzip", "lzf"]))
def test_any_sequence_of_slices_and_flushes_is_loaded_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    slices: list[tuple[int, bool, bool]],
    buffer: int,
    seed: int,
    compression: str | None,
) -> None:
    path = tmp_path_factory.mktemp("slices") / "log.h5"
    rng = np.random.default_rng(seed)
    logged: dict[str, list[tuple[float, int]]] = {"a": [], "b": []}
    with SpikeLog(path, {"a": 7, "b": 7}, buffer=buffer, compression=compression) as log:
        for at, (size, which, flush) in enumerate(slices):
            name = "b" if which else "a"
            times, ids = at + rng.integers(1, 9, size) / 8, rng.integers(0, 7, size)
            log.append(name, times, ids)
            logged[name] += zip(times.tolist(), ids.tolist(), strict=True)
            if flush:
                log.flush(until=at + 1.0)
    recording = load(path)
    for name, spikes in logged.items():
        data = recording[name]
        assert list(zip(data.t.tolist(), data.i.tolist(), strict=True)) == sorted(spikes)


def test_a_log_longer_than_a_chunk_and_than_its_buffer_is_whole(tmp_path: Path) -> None:
    n = 300_000
    times = np.arange(n) * 0.01
    with SpikeLog(tmp_path / "log.h5", {"p": n}, buffer=10_000) as log:
        for begin in range(0, n, 7_001):
            log.append("p", times[begin : begin + 7_001], np.arange(n)[begin : begin + 7_001])
        assert n - 10_000 - 7_001 < log.counts()["p"] <= n
    data = load(tmp_path / "log.h5")["p"]
    np.testing.assert_array_equal(data.t, times)
    np.testing.assert_array_equal(data.i, np.arange(n))


def test_appended_arrays_may_be_reused_by_the_caller(tmp_path: Path) -> None:
    times, ids = np.array([1.0, 2.0]), np.array([0, 1], np.uint64)
    with SpikeLog(tmp_path / "log.h5", {"p": 2}) as log:
        log.append("p", times, ids)
        times[:], ids[:] = 9.0, 0
    data = load(tmp_path / "log.h5")["p"]
    assert data.t.tolist() == [1.0, 2.0]
    assert data.i.tolist() == [0, 1]


def test_a_file_of_another_program_is_loaded_and_put_in_order(tmp_path: Path) -> None:
    order = [2, 0, 3, 1]
    path = foreign(tmp_path / "other.h5", times=T[order].astype(np.float32), ids=IDS[order].astype(np.int32))
    recording = load(path)
    np.testing.assert_array_equal(recording["cells"].t, T)
    assert recording["cells"].i.tolist() == [3, 0, 4, 1]
    assert len(recording["cells"].indices) == 5  # as many as node id 4 needs
    assert (recording.until, recording.closed) == (None, True)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (
            np.array([0.1, 0.7, 2.3, 1000.1], np.float32),
            [0.1, 0.7, 2.3, 1000.1],
        ),  # the decimals that were meant
        (np.array([1, 2, 3, 4000], np.int32), [1.0, 2.0, 3.0, 4000.0]),
        (np.array([0.1, 0.7, 2.3, 1000.1], ">f8"), [0.1, 0.7, 2.3, 1000.1]),
    ],
)
def test_times_of_another_program_may_be_of_any_type(
    tmp_path: Path, times: Any, expected: list[float]
) -> None:
    assert load(foreign(tmp_path / "other.h5", times=times))["cells"].t.tolist() == expected


def test_ids_of_another_program_may_be_spread_over_32_bits(tmp_path: Path) -> None:
    """An array of all neurons that the largest id needs would be 16 GB."""
    ids = np.array([7, 2**32 - 1, 2**31, 7], np.uint64)
    cells = load(foreign(tmp_path / "other.h5", ids=ids))["cells"]
    assert cells.indices.tolist() == [7, 2**31, 2**32 - 1]
    assert cells.train(2**31).tolist() == [2.5]
    assert cells.counts().tolist() == [2, 1, 1]


def test_some_populations_can_be_loaded_alone(tmp_path: Path) -> None:
    path = written(tmp_path / "log.h5")
    assert list(load(path, ["inh"])) == ["inh"]
    with pytest.raises(UnknownNameError, match=r"log\.h5: unknown population 'ex'; did you mean 'exc'\?"):
        load(path, ["ex"])
    recording = load(path)
    with pytest.raises(UnknownNameError, match=r"unknown population 'inb'; did you mean 'inh'\?"):
        recording["inb"]
    assert recording.get("nothing") is None
    assert "nothing" not in recording


def test_recovering_a_sound_log_copies_it(tmp_path: Path) -> None:
    done = recover(written(tmp_path / "log.h5"), tmp_path / "copy.h5")
    assert done.kept == {"exc": 4, "inh": 0}
    assert done.lost == {"exc": 0, "inh": 0}
    copy = load(tmp_path / "copy.h5")
    np.testing.assert_array_equal(copy["exc"].i, IDS)
    assert len(copy["inh"].indices) == 2
    assert copy.until == 10.0


# ---- what is appended -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("population", "times", "ids", "message"),
    [
        ("ex", [1.0], [0], r"unknown population 'ex'; did you mean 'exc'\?"),
        ("exc", [1.0], [5], r"append\('exc'\): node_ids\[0\]: must be >= 0 and < 5 \(got 5\)"),
        ("exc", [1.0], [-1], r"node_ids\[0\]"),
        ("exc", [1.0], [0.5], "node_ids: expected a 1-D array of whole numbers"),
        ("exc", [1.0, 2.0], [0], r"same length \(got 2 and 1\)"),
        ("exc", [np.nan], [0], r"times\[0\].*nan"),
        ("exc", [np.inf], [0], r"times\[0\]"),
        ("exc", [[1.0]], [0], "1-D"),
    ],
)
def test_a_spike_that_does_not_fit_is_refused_and_nothing_of_its_call_logged(
    tmp_path: Path, population: str, times: Any, ids: Any, message: str
) -> None:
    with (
        SpikeLog(tmp_path / "log.h5", {"exc": 5}) as log,
        pytest.raises((ParameterError, UnknownNameError)) as e,
    ):
        log.append(population, times, ids)
    e.match(message)
    assert load(tmp_path / "log.h5")["exc"].count == 0


def test_a_log_sorted_by_time_takes_no_spike_from_before(tmp_path: Path) -> None:
    with SpikeLog(tmp_path / "log.h5", {"p": 3}) as log:
        log.append("p", [2.0, 1.0], [0, 1])
        with pytest.raises(ParameterError, match=r"must be >= 2\.0 ms, the last one.*got 1\.5 ms"):
            log.append("p", [1.5], [2])
        log.append("p", [2.0], [2])
    with h5py.File(tmp_path / "log.h5") as file:
        assert file["spikes/p/timestamps"][:].tolist() == [1.0, 2.0, 2.0]


def test_a_closed_log_takes_nothing(tmp_path: Path) -> None:
    log = SpikeLog(tmp_path / "log.h5", {"p": 3})
    log.close()
    log.close()
    assert log.closed
    for act in (log.flush, lambda: log.append("p", [1.0], [0])):
        with pytest.raises(LogError, match=r"log\.h5: the spike log is closed"):
            act()


# ---- paths and files that will not do --------------------------------------------------------------


def test_an_existing_file_is_kept_unless_it_may_be_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "log.h5"
    path.write_text("precious")
    with pytest.raises(LogError, match=r"log\.h5: the file exists already; pass overwrite=True"):
        SpikeLog(path, {"p": 1})
    assert path.read_text() == "precious"
    written(path, overwrite=True)
    assert load(path)["exc"].count == 4
    assert os.listdir(tmp_path) == ["log.h5"]


def test_a_path_that_cannot_be_written_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"the folder .*nowhere does not exist"):
        SpikeLog(tmp_path / "nowhere" / "log.h5", {"p": 1})
    with pytest.raises(LogError, match="it is a folder"):
        SpikeLog(tmp_path, {"p": 1}, overwrite=True)
    with pytest.raises(LogError, match="it is no regular file"):
        SpikeLog("/dev/null", {"p": 1}, overwrite=True)
    with pytest.raises(LogError, match="File name too long"):
        SpikeLog(tmp_path / ("x" * 300), {"p": 1})
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(LogError, match="Permission denied"):
        SpikeLog(tmp_path / "log.h5", {"p": 1})


@pytest.mark.parametrize(
    ("populations", "how", "message"),
    [
        ({}, {}, "expected names and numbers"),
        ({"a/b": 1}, {}, "name without '/'"),
        ({"": 1}, {}, "name without '/'"),
        ({"a": 0}, {}, r"populations\['a'\]: must be >= 1"),
        ({"a": 1.5}, {}, "whole number"),
        ({"a": 1}, {"compression": "gzp"}, "did you mean 'gzip'"),
        ({"a": 1}, {"sorting": "by_id"}, "expected 'by_time' or 'none'"),
        ({"a": 1}, {"buffer": 0}, r"SpikeLog\.buffer: must be >= 1"),
    ],
)
def test_parameters_that_do_not_fit_are_named_before_a_file_is_made(
    tmp_path: Path, populations: Any, how: Any, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        SpikeLog(tmp_path / "log.h5", populations, **how)
    assert os.listdir(tmp_path) == []


def test_what_is_no_spike_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no such file"):
        load(tmp_path / "none.h5")
    with pytest.raises(LogError, match="got a folder"):
        load(tmp_path)
    (tmp_path / "text.h5").write_text("spikes: 12")
    with pytest.raises(LogError, match="not an HDF5 file"):
        load(tmp_path / "text.h5")
    (tmp_path / "empty.h5").touch()
    with pytest.raises(LogError, match="not an HDF5 file"):
        load(tmp_path / "empty.h5")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"group": "spike/cells"}, "without the group /spikes"),
        ({"group": "spikes"}, "/spikes holds no population"),
        ({"ids": None}, r"population 'cells': expected a dataset 'node_ids' \(found timestamps\)"),
        ({"ids": IDS * 0.5}, "node_ids: expected a 1-D array of whole numbers"),
        ({"times": T.reshape(2, 2)}, "timestamps: expected a 1-D array"),
        ({"units": None}, r"expected units = 'milliseconds' \(got None\)"),
        ({"units": "seconds"}, r"got 'seconds'"),
        ({"ids": IDS[:2]}, "damaged: 4 timestamps but 2 node_ids"),
        ({"times": np.array([1.0, np.nan, 2.0, 3.0])}, "damaged: a spike time is no number"),
        ({"ids": np.array([0, 1, 2, 2**33])}, "node_ids must be <= 4294967295"),
    ],
)
def test_a_foreign_file_that_is_no_spike_log_is_named(tmp_path: Path, changes: Any, message: str) -> None:
    with pytest.raises(LogError, match=message):
        load(foreign(tmp_path / "other.h5", **changes))


def test_a_truncated_log_is_named_wherever_it_is_cut(tmp_path: Path) -> None:
    """No cut of a closed file, anywhere, gives data or any other error."""
    whole = written(tmp_path / "log.h5").read_bytes()
    cut = tmp_path / "cut.h5"
    for size in {0, 1, 7, 8, 100, *range(200, len(whole), len(whole) // 40), len(whole) - 1}:
        cut.write_bytes(whole[:size])
        with pytest.raises(LogError, match=r"truncated|not an HDF5 file"):
            load(cut)


def test_a_log_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "log.h5")
    with h5py.File(path, "r+") as file:
        file["pysnn"].attrs["version"] = 99
    with pytest.raises(LogError, match="version 99; this pysnn reads version 1"):
        load(path)


def test_a_failing_recover_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    path = foreign(tmp_path / "other.h5", times=np.array([1.0, np.nan, 2.0, 3.0]))
    with pytest.raises(LogError, match="damaged"):
        recover(path, tmp_path / "copy.h5")
    with pytest.raises(LogError, match="another path"):
        recover(path, path, overwrite=True)
    with pytest.raises(LogError, match="exists already"):
        recover(path, path)
    assert os.listdir(tmp_path) == ["other.h5"]
