"""What a user's own type checker sees of the package: everything, under --strict."""

from __future__ import annotations

from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")

PROGRAM = """
import numpy as np
import pysnn as snn

net = snn.networks.cuba(seed=1, scale=0.1)
reveal_type(net)
exc = net.population("more", 3, snn.LIF())
fired, v = net.probe(exc, "spikes"), net.probe(exc, "v")
with snn.Simulation(net, backend="event") as sim:
    sim.run(10.0)
reveal_type(sim.data[fired])
reveal_type(sim.data[v])
reveal_type(snn.analysis.cv(sim.data[fired]))
reveal_type(snn.analysis.synchrony(sim.data[fired], bin=5.0))
snn.analysis.synchrony(np.array([1.0]), np.array([0]), 1, 0.0, 10.0, 5.0)
snn.plot.raster(sim.data[fired])
exc.v_th = -45.0
snn.networks.cba()
"""


@pytest.mark.slow
def test_a_strict_type_checker_sees_all_of_it(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PROGRAM)
    out, err, _ = api.run(
        ["--strict", "--config-file=", "--cache-dir", str(tmp_path), str(tmp_path / "mine.py")]
    )
    assert err == ""
    revealed = [line.split('"')[1] for line in out.splitlines() if "Revealed type" in line]
    assert revealed[:3] == ["pysnn.network.network.Network", "pysnn.data.SpikeData", "pysnn.data.StateData"]
    assert "ndarray" in revealed[3]
    assert revealed[4].endswith("float")
    errors = [line.partition("error: ")[2] for line in out.splitlines() if ": error: " in line]
    assert [error.split("  [")[-1] for error in errors] == ["attr-defined]"] * 2, out
    assert "v_th" in errors[0]
    assert "cba" in errors[1]


GIVEN = """
import numpy as np
import pysnn as snn

bias = np.linspace(0.0, 1.0, 10)
snn.LIF(tau_m=snn.Normal(20.0, 2.0, min=5.0), i_e=snn.Array(bias), v_th=-50, t_ref=[1.0, 2.0])
snn.CubaLIF(i_e=bias)
snn.Poisson(rate=snn.LogNormal(1.5, 0.5), start=snn.Uniform(0.0, 10.0))
snn.Gamma(rate=bias, shape=2.0)
snn.NoiseCurrent(mean=bias, std=20.0)
snn.SineCurrent(100.0, frequency=snn.Uniform(1.0, 2.0), interval=1.0)
snn.AdEx(np.float64(200.0))
reveal_type(snn.LIF().tau_m)
snn.LIF(tau_m="long")
snn.LIF(tau_m=None)
snn.LIF(tau_n=10.0)
snn.Poisson(rate="fast")
"""


@pytest.mark.slow
def test_a_type_checker_lets_be_given_what_a_parameter_takes_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(GIVEN)
    out, err, _ = api.run(
        ["--strict", "--config-file=", "--cache-dir", str(tmp_path), str(tmp_path / "mine.py")]
    )
    assert err == ""
    assert [line.split('"')[1] for line in out.splitlines() if "Revealed type" in line] == ["float"], out
    errors = [line.split(": error: ") for line in out.splitlines() if ": error: " in line]
    wrong = GIVEN.splitlines()
    at = [wrong[int(place.rsplit(":", 1)[1]) - 1] for place, _ in errors]
    assert at == [line for line in wrong if '="' in line or "None" in line or "tau_n" in line], out
    kinds = [message.rsplit("  [", 1)[1] for _, message in errors]
    assert kinds == ["arg-type]", "arg-type]", "call-arg]", "arg-type]"]
