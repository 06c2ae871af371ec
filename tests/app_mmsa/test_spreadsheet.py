"""Tables as spreadsheet programs write them: decimal commas, clock times, a line that names the delimiter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pysnn_mmsa.dataset import Table

import pysnn as snn

from .tables import load, written

SHEET = (
    "utterance;video;begin;end;label;voice.f0;face.smile\r\n"
    'a;v;0;00:01,5;0,5;"120,5";,25\r\n'
    "b;v;1:02,125;0:01:03;-1,25;1e2;-0,5\r\n"
    "c;w;1:00:00,001;01:00:01;0;;+2,0\r\n"
)
LAST = "c;w;1:00:00,001;01:00:01;0;;+2,0\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("first", "old", "new"),
    [
        ("", "", ""),
        ("sep=;\r\n", "", ""),
        ('"sep=;"\n', "", ""),
        ("SEP=|\r", ";", "|"),
        ("sep=\t\n", ";", "\t"),
        ("", "\r\n", "\r"),
        ("", "\r\n", ";;;\r\n"),
        ("sep=;\r\n", LAST, "c;w;3600,001;3601;0;#N/A;2,0\r\n;;;;;;\r\n\r\n"),
        ("", "-", "\u2212"),
    ],
)
def test_a_table_of_a_spreadsheet_with_decimal_commas_and_times_is_read(
    encoding: str, first: str, old: str, new: str, tmp_path: Path
) -> None:
    text = SHEET.replace(old, new) if old else SHEET
    corpus = load(written(tmp_path, first + text, encoding))
    assert corpus.ids == ("a", "b", "c")
    assert corpus.task == "number"
    assert corpus.target.tolist() == [0.5, -1.25, 0.0]
    assert corpus.begin is not None
    assert corpus.end is not None
    assert corpus.begin.tolist() == [0.0, 62.125, 3600.001]
    assert corpus.end.tolist() == [1.5, 63.0, 3601.0]
    voice, face = corpus.modalities["voice"], corpus.modalities["face"]
    assert isinstance(voice, Table)
    assert isinstance(face, Table)
    np.testing.assert_array_equal(voice.values[:, 0], [120.5, 100.0, np.nan])
    assert face.values[:, 0].tolist() == [0.25, -0.5, 2.0]
    assert corpus.warnings == ()


APART = r".* with a decimal point, no comma, and its thousands not apart"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        # What a comma means must be beyond doubt: a thousand and more, or a little above one?
        ("a;1;1,234\nb;2;5,678\n", rf"row 2, column 'x\.y'{APART} \(got '1,234'\)"),
        ("a;1;1,5\nb;2;5.5\n", r"row 2, column 'x\.y': expected a number; a decimal point, no comma"),
        ("a;1;5,5\nb;2;1.234,5\n", r"row 2, column 'x\.y': .*no comma \(got '5,5'\)"),
        ("a;1;1.234,5\n", rf"row 2, column 'x\.y'{APART} \(got '1\.234,5'\)"),
        ("a;1;1\nb;2;1\u202f234.5\n", rf"row 3, column 'x\.y'{APART}"),
        ("a;1;1\nb;2;1'234.5\n", rf"row 3, column 'x\.y'{APART}"),
        ("a;1;#DIV/0!\nb;2;1\n", r"row 2, column 'x\.y': .*, which the spreadsheet could not compute"),
        ("a;1;1\nb;2;12%\n", r"row 3, column 'x\.y': expected a number, not per cent"),
        ("a;1;1:30\nb;2;1\n", r"row 2, column 'x\.y': expected a number \(got '1:30'\)"),
    ],
)
def test_a_number_that_a_spreadsheet_shows_otherwise_is_named_with_what_to_do(
    rows: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(snn.ParameterError, match=message):
        load(written(tmp_path, "utterance;label;x.y\n" + rows))


@pytest.mark.parametrize(
    "time",
    [
        "1:75",
        "1:61:00",
        "0:00:01:12",
        "12:30:00 PM",
        "-0:01",
        "1:2:",
        ":30",
        "1:30,",
        "0:0x",
        "9" * 400 + ":00",
    ],
)
def test_what_is_no_time_of_the_media_is_named(time: str, tmp_path: Path) -> None:
    message = r"row 3, column 'begin': expected seconds, mm:ss or hh:mm:ss \(got '"
    with pytest.raises(snn.ParameterError, match=message):
        load(written(tmp_path, f"sep=;\nutterance;begin;end;text\na;{time};99:00:00;x\n"))


@pytest.mark.parametrize("head", ["sep=;\n", ""])
def test_rows_are_counted_as_the_file_has_them(head: str, tmp_path: Path) -> None:
    row = 3 + bool(head)
    for rows, message in (
        ("utterance;x.y\na;1\nb;z\n", rf"row {row}, column 'x\.y'"),
        ("utterance;x.y\na;1\n;\nc;1\n", rf"row {row}: expected no empty row"),
        ("utterance;x.y\na;1\nb;1;2\n", rf"row {row}: expected 2 cells \(got 3\)"),
        ('utterance;x.y\na;1\n"b;1\n', rf"row {row}: cannot be read as CSV"),
        ("x.y;x.y\n1;1\n", rf"row {row - 2}: the column 'x\.y' is there 2 times"),
    ):
        with pytest.raises(snn.ParameterError, match=message):
            load(written(tmp_path, head + rows))


def test_a_line_sep_without_a_delimiter_a_workbook_and_a_nameless_column_are_said(tmp_path: Path) -> None:
    with pytest.raises(snn.ParameterError, match=r"row 1: expected sep= and .* bar \(got 'sep=x'\)"):
        load(written(tmp_path, "sep=x\nutterancextext\naxb\n"))
    for magic in (b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest"):
        (tmp_path / "t.csv").write_bytes(magic)
        with pytest.raises(snn.ParameterError, match=r"workbook of a spreadsheet program\); save it as CSV"):
            load(tmp_path / "t.csv")
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    with pytest.raises(snn.ParameterError, match=r"got '\.xlsx'\); save it as CSV"):
        load(tmp_path / "t.xlsx")
    corpus = load(written(tmp_path, ",utterance,text,\n0,a,x y,\n1,b,y z,\n"))  # as pandas writes its index
    assert corpus.warnings == (f"{tmp_path / 't.csv'}: column 1 has no name and is not read",)
