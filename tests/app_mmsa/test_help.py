"""Every option says what it does, in which unit and range."""

from __future__ import annotations

import pytest
from pysnn_mmsa.cli import main, parser
from pysnn_mmsa.config import ABOUT, Config, flatten

NUMBERS = [key for key, value in flatten(Config()).items() if type(value) in (int, float)]
TIMES = [
    "encode.duration", "encode.pause", "network.tau_m", "network.tau_syn", "stdp.tau", "time.step",
    "time.tau_m", "time.tau_adapt", "run.dt",
]  # fmt: skip


@pytest.mark.parametrize("key", list(flatten(Config())))
def test_a_setting_says_what_it_does_and_its_default(key: str) -> None:
    text = ABOUT[key].help(flatten(Config())[key])
    assert len(text.split("(")[0].split()) >= 2
    assert "default" in text


@pytest.mark.parametrize("key", NUMBERS)
def test_a_number_has_a_range(key: str) -> None:
    assert ABOUT[key].range_text()


@pytest.mark.parametrize("key", TIMES)
def test_a_time_has_its_unit(key: str) -> None:
    assert ABOUT[key].unit == "ms"


def test_the_help_of_train_shows_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["train", "--help"])
    text = " ".join(capsys.readouterr().out.split())
    for key in flatten(Config()):
        assert f"--{key} VALUE" in text
    assert "at full value, at most one spike a step ([Hz]; > 0; default 200.0)" in text


def test_every_command_has_a_help_and_every_option_a_text() -> None:
    commands = next(action for action in parser()._actions if action.choices)
    assert commands.choices is not None
    for command in commands.choices.values():
        for action in command._actions:
            assert action.help, (command.prog, action.option_strings)


def test_the_version_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out.startswith("mmsa of pysnn ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "mmsa: the following arguments are required: COMMAND"),
        (["trian"], "mmsa: argument COMMAND: invalid choice: 'trian' (choose from "),
        (["train", "--resume"], "mmsa train: argument --resume: expected one argument"),
        (["train", "--datta", "x"], "mmsa: unrecognized arguments: --datta x"),
        (["synth", "--seed", "x"], "mmsa synth: argument --seed: invalid int value: 'x'"),
    ],
)
def test_a_wrong_command_is_one_line_and_2(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(words)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(says)
    assert "--help" in line
