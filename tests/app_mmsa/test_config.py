from __future__ import annotations

from pathlib import Path

import pytest
from pysnn_mmsa.cli import parser
from pysnn_mmsa.commands.options import resolve
from pysnn_mmsa.config import Config, flatten, override, parse, read_toml, to_toml

import pysnn as snn


def test_what_is_written_is_read_back_the_same(tmp_path: Path) -> None:
    config = override(Config(), {"run.seeds": [7, 2], "context.causal": True, "stdp.a_plus": 1e-5}, "test")
    path = tmp_path / "config.toml"
    path.write_text(to_toml(config))
    assert override(Config(), read_toml(path), "file") == config


def test_every_value_has_an_option_of_its_own() -> None:
    """Each is given on the command line, as its default changed, and arrives."""
    changed: dict[str, object] = {
        "dataset": "cremad", "data.path": "/data/my.csv", "data.task": "number", "data.labels": "a=1",
        "data.text_tier": "kata", "data.label_tier": "rasa",
        "data.shared_speakers": True, "features.rest": "running", "features.tables": "speaker",
        "features.text": "hashed", "encode.code": "poisson", "network.fusion": "late",
        "readout.combine": "product", "run.backend": "event", "run.log": "none", "run.seeds": (9, 8),
        "context.causal": True, "features.lexicon": "auto", "features.grams": False,
        "features.text_analyzer": "word", "readout.direct": False, "readout.strength": "fixed",
        "run.missing": False, "features.contours": "long", "features.spread": True,
        "network.translate": "example", "time.layer": "local",
    }  # fmt: skip
    for key, value in flatten(Config()).items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            changed.setdefault(key, value + 1 if isinstance(value, int) else value / 2 + 0.0625)
    assert changed.keys() == flatten(Config()).keys()
    typed = []
    for key, value in changed.items():
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        typed += [f"--{key}", text]
    assert flatten(resolve(parser().parse_args(["train", *typed]))) == changed


def test_the_command_line_wins_over_the_file_and_the_file_over_the_preset(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('dataset = "mosi"\n[context]\ngain = 0.25\n[network]\nneurons = 30\n')
    config = resolve(parser().parse_args(["train", "--config", str(path), "--network.neurons", "40"]))
    assert (config.dataset, config.context.gain, config.network.neurons) == ("mosi", 0.25, 40)
    preset = resolve(parser().parse_args(["train", "--dataset", "mosi"]))
    assert preset.context.gain > 0.0
    assert Config().context.gain == 0.0


@pytest.mark.parametrize(
    ("text", "seeds"), [("5", (0, 1, 2, 3, 4)), ("3,1,4", (3, 1, 4)), ("7,", (7,)), ("1 2", (1, 2))]
)
def test_seeds_are_a_number_of_them_or_themselves(text: str, seeds: tuple[int, ...]) -> None:
    assert parse(text, (0,), "--seeds") == seeds


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"network.neuron": 5}, snn.UnknownNameError, "did you mean 'network.neurons'"),
        ({"network.neurons": 0}, snn.ParameterError, "network.neurons: must be >= 1"),
        ({"network.neurons": 2.5}, snn.ParameterError, "expected a whole number"),
        ({"network.fusion": "erly"}, snn.ParameterError, "did you mean 'early'"),
        ({"stdp.mu": 1.5}, snn.ParameterError, "stdp.mu: must be >= 0 and <= 1"),
        ({"stdp.tau": 0.0}, snn.ParameterError, "stdp.tau: must be > 0"),
        ({"readout.eta": float("nan")}, snn.ParameterError, "readout.eta"),
        ({"readout.eta": "much"}, snn.ParameterError, "expected a number"),
        ({"context.causal": 1}, snn.ParameterError, "true or false"),
        ({"run.seeds": []}, snn.ParameterError, "run.seeds"),
        ({"run.seeds": [1, 1]}, snn.ParameterError, "different numbers"),
        ({"run.seeds": [-1]}, snn.ParameterError, "different numbers >= 0"),
        ({"run.seeds": "many"}, snn.ParameterError, "list of seeds"),
        ({"features.ngram_low": 9}, snn.ParameterError, "ngram_high: must be >= ngram_low"),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(
    values: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        override(Config(), values, "test")


@pytest.mark.parametrize("text", ["x", "1.5.2", "", "9" * 5000, "[" * 100_000, "-" * 100_000])
def test_what_is_no_number_on_the_command_line_is_refused(text: str) -> None:
    with pytest.raises(snn.ParameterError, match="expected a number"):
        parse(text, 0.5, "--readout.eta")


@pytest.mark.parametrize(
    "content", [b"[network\n", b"\xff\xfe", b"x = " + b"9" * 5000, b"x = " + b"[" * 100_000]
)
def test_a_file_that_is_no_toml_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes(content)
    with pytest.raises(snn.ParameterError, match=r"c\.toml: no TOML file"):
        read_toml(path)
    with pytest.raises(snn.ParameterError, match="cannot read the configuration"):
        read_toml(tmp_path / "absent.toml")
