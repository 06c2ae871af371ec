"""Of declarations that were read once, the next process needs neither sympy nor pint, and checks no less."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import json, sys
{before}
import pysnn as snn

class Decays(snn.Equations):
    tau = snn.param(default=10.0, unit="ms", above=0.0)
    drive = snn.param(default=1.5, unit="mV")
    equations = '''
        dv/dt = ({drive} - v) / tau : mV
        dg/dt = -g / (5 * ms) : mV
    '''
    arrival = {{"exc": "g += weight"}}
    threshold = "v >= 1 * mV"
    reset = "v = 0 * mV"
    refractory = "2 * ms"

class Moves(snn.RuleEquations):
    tau = snn.param(default=20.0, unit="ms", above=0.0)
    w_max = snn.param(default=1.0, above=0.0)
    pre = "dx/dt = -x / tau : 1"
    on_pre = "x += 1"
    on_post = "w += 0.1 * x"
    bounds = "0 <= w <= {top}"

net = snn.Network(seed=1)
cells = net.population("cells", 20, Decays(), init={{"v": snn.Uniform(0.0, 1.0)}})
among = net.projection(cells, cells, snn.FixedProbability(0.3), weight=0.2, delay=1.0, plasticity=Moves())
spikes = net.probe(cells, "spikes")
said = dict()
for backend in ("clock", "event"):
    with snn.Simulation(net, backend=backend, **(dict(dt=0.1) if backend == "clock" else dict())) as sim:
        sim.run(60.0)
        said[backend] = [sim.data[spikes].t.tolist(), sim.weights(among).tolist()]
said["facts"] = [str(Decays.states), Decays.receptors, Moves().largest, Decays().only_steps()]
said["loaded"] = [name for name in ("sympy", "pint") if name in sys.modules]
said["summary"] = Decays.summary() + Moves.summary()
print(json.dumps(said))
"""
Known = tuple[Path, dict[str, Any]]


def run(cache: Path, drive: str = "drive", top: str = "w_max", before: str = "") -> Any:
    """The program in a process of its own."""
    text = PROGRAM.format(drive=drive, top=top, before=before)
    environment = {**os.environ, "PYSNN_CACHE": str(cache)}
    given = [sys.executable, "-c", text]
    return subprocess.run(given, capture_output=True, text=True, env=environment, timeout=300, check=False)


def said(cache: Path, **given: str) -> dict[str, Any]:
    done = run(cache, **given)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    """A cache, and what the program said that filled it."""
    cache = tmp_path_factory.mktemp("cache")
    return cache, said(cache)


def test_the_next_process_needs_neither_sympy_nor_pint(known: Known) -> None:
    cache, first = known
    again = said(cache)
    assert first["loaded"] == ["sympy", "pint"]
    assert again["loaded"] == []
    assert len(first["clock"][0]) > 20
    assert {**again, "loaded": None} == {**first, "loaded": None}


@pytest.mark.parametrize(
    ("change", "why"), [({"drive": "drive * tau"}, "drive * tau"), ({"top": "w_most"}, "w_most")]
)
def test_what_is_wrong_is_said_beside_what_is_known(known: Known, change: dict[str, str], why: str) -> None:
    done = run(known[0], **change)
    assert done.returncode != 0
    assert "EquationError" in done.stderr
    assert why in done.stderr


def test_damaged_records_are_worked_out_again(known: Known, tmp_path: Path) -> None:
    folder = tmp_path / "declarations"
    folder.mkdir()
    for k, path in enumerate(sorted((known[0] / "declarations").iterdir())):
        text = bytearray(path.read_bytes())
        changed = bytearray(text)
        changed[len(text) // 2] ^= 1
        (folder / path.name).write_bytes((text[:-1], changed, b"")[k % 3])
    assert said(tmp_path) == known[1]
    assert said(tmp_path)["loaded"] == []


def test_a_program_with_units_of_its_own_neither_keeps_nor_reads(known: Known) -> None:
    """Of a unit that one program has defined another must know nothing."""
    cache = known[0]
    kept = sorted((cache / "declarations").iterdir())
    own = "import pint"
    assert said(cache, before=own)["loaded"] == ["sympy", "pint"]
    assert run(cache, before=own, drive="drive + 0.5 * mV").returncode == 0
    assert sorted((cache / "declarations").iterdir()) == kept
