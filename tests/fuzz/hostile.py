"""Networks with extreme values in every part, drawn from a seed, built, run and looked at."""

from __future__ import annotations

import dataclasses
import functools
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import pysnn as snn
from pysnn.base.params import Parameters, ParamInfo

# What a user could pass by mistake, by a unit off by a billion, or from a computation gone wrong.
EXTREME: Sequence[float] = (
    0.0, -0.0, 5e-324, 1e-310, 1e-300, 1e-100, 1e-12, 1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9, 1e12, 1e18, 1e100,
    1e300, 1e308, 1.7976931348623157e308,
)  # fmt: skip
NO_NUMBER: Sequence[float] = (math.nan, math.inf, -math.inf)
SIZES: Sequence[Any] = (0, -1, 1.5, 2**16, 2**16 + 1, 100_000, 2**31, 2**32 - 1, 2**32, 2**40, 10**30)
TIMES: Sequence[float] = (
    0.0, 5e-324, 1e-300, 1e-13, 1e-12, 1e-9, 1e-6, 0.05, 0.1, 0.3, 1.5, 20.0, 1e3, 1e6, 9.1e6, 1e9, 1e12,
    1e15, 9e15, 1e300, 1e308,
)  # fmt: skip
RATES: Sequence[float] = (0.0, 5e-324, 1e-300, 1e-9, 1e-3, 1.0, 40.0, 300.0, 1e3, 1e6, 1e9, 1e15, 1e308)
STEPS: Sequence[float] = (1e-300, 1e-12, 1e-6, 1e-3, 0.01, 0.3, 1.0, 10.0, 1e3, 1e9, 1e300)
MODELS: Sequence[str] = tuple(snn.NeuronModel.registry)
RULES: Sequence[str] = tuple(snn.PlasticityRule.registry)
MOST_STEPS = 20_000


@dataclasses.dataclass
class Progress:
    """How far a case has come: whom it tells what it declares, its simulation, and what it is doing."""

    tell: Callable[[str], object] = lambda line: None
    sim: snn.Simulation | None = None
    doing: str = "declaring"


class Fault(Exception):
    """An outcome that no user should get."""


class Hostile:
    """One network and what is done with it; ``seed`` decides all of it."""

    def __init__(self, seed: int, engines: Sequence[str], progress: Progress) -> None:
        self.rng = random.Random(f"hostile {seed}")
        self.engines = engines
        self.progress = progress
        # In some cases hardly anything is extreme, so that the few that are meet a network that runs.
        self.odds = self.rng.choice((0.003, 0.01, 0.03, 0.1, 0.2))

    # ---- values ---------------------------------------------------------------------------------------

    def some(self, usual: Any, extreme: Sequence[Any]) -> Any:
        """A usual value, or now and then an extreme one."""
        draw = self.rng.random()
        if draw < 0.03 * self.odds:
            return self.rng.choice(NO_NUMBER)
        return self.rng.choice(extreme) if draw < self.odds else usual

    def number(self, usual: float, info: ParamInfo) -> float:
        """For one parameter: mostly within its range, at times just at its edge, at times beyond."""
        if self.rng.random() < 0.7:
            return float(self.some(usual, [*EXTREME, *(-x for x in EXTREME)]))
        edges = [x for x in (info.low, info.high, info.above, info.below) if math.isfinite(x)]
        drawn = float(usual) * 10.0 ** self.rng.uniform(-1, 1)
        low, high = max(info.low, info.above), min(info.high, info.below)
        if not low <= drawn <= high:
            drawn = usual
        if edges and self.rng.random() < self.odds:
            edge = self.rng.choice(edges)
            return self.rng.choice((edge, math.nextafter(edge, math.inf), math.nextafter(edge, -math.inf)))
        return drawn

    def made(self, cls: type[Parameters], **given: Any) -> Any:
        """An object of a class with scalar parameters; those given are taken."""
        values = dict(given)
        for field in dataclasses.fields(cls):  # type: ignore[arg-type]
            info = field.metadata.get("pysnn")
            if info is None or field.name in values or field.default is dataclasses.MISSING:
                continue
            if info.choices:
                values[field.name] = self.rng.choice(info.choices)
            elif isinstance(field.default, bool):
                values[field.name] = self.rng.random() < 0.5
            elif isinstance(field.default, (int, float)):
                values[field.name] = self.number(field.default, info)
        return self.say(cls, **values)

    def say(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call, and remember the call in words."""
        words = [_word(a) for a in args] + [f"{k}={_word(v)}" for k, v in kwargs.items()]
        self.progress.tell(f"{getattr(call, '__qualname__', call)}({', '.join(words)})"[:600])
        return call(*args, **kwargs)

    def size(self) -> Any:
        return self.some(
            self.rng.choice((1, 2, 3, 5, 40)), SIZES if self.rng.random() < 0.3 else (1, 64, 300)
        )

    def delay(self) -> Any:
        usual = self.rng.choice((0.1, 0.5, 1.0, 1.5, 5.0))
        draw = self.rng.random()
        if draw < 0.1:
            return [usual, self.some(2 * usual, TIMES)]
        if draw < 0.2:
            return snn.Uniform(self.some(usual, TIMES), self.some(3 * usual, TIMES))
        return self.some(usual, TIMES)

    def weight(self, unit: str) -> Any:
        usual = {"mV": 3.0, "pA": 300.0, "nS": 3.0}[unit] * self.rng.choice((0.1, 1.0, 1.0, 10.0))
        if unit != "nS" and self.rng.random() < 0.25:
            usual = -usual
        draw = self.rng.random()
        if draw < 0.1:
            least = 0.0 if unit == "nS" else self.some(-math.inf, EXTREME)
            return snn.Normal(self.some(usual, EXTREME), self.some(abs(usual), EXTREME), min=least)
        if draw < 0.2:
            return snn.Uniform(self.some(0.0, EXTREME), self.some(abs(usual), EXTREME))
        if draw < 0.25:
            return snn.LogNormal(self.some(0.0, EXTREME), self.some(1.0, EXTREME))
        return self.some(usual, [*EXTREME, *(-x for x in EXTREME)])

    def kept(self, declare: Callable[[], Any]) -> Any:
        """What ``declare`` makes; where it is refused, which is as good an outcome, it draws again."""
        for _ in range(20):
            try:
                return declare()
            except snn.PysnnError as error:
                if not str(error):
                    raise Fault(f"{type(error).__name__} without a word") from error
                self.progress.tell(f"  refused: {error}"[:300])
        raise snn.ParameterError("no luck in 20 draws")

    # ---- parts ----------------------------------------------------------------------------------------

    def source(self) -> snn.Source:
        rate = self.some(self.rng.choice((10.0, 100.0, 1000.0)), RATES)
        kind = self.rng.choice(tuple(snn.Source.registry))
        if kind == "SpikeArray":
            return self.say(
                snn.SpikeArray, sorted(self.some(t, TIMES) for t in (0.1, 0.3, 5.0, 5.0)), [0] * 4
            )  # type: ignore[no-any-return]
        if kind == "PiecewisePoisson":
            times = sorted({self.some(t, TIMES) for t in (0.0, 3.0, 10.0)})
            rates = [self.some(rate, RATES) for _ in times]
            return self.say(snn.PiecewisePoisson, times, rates)  # type: ignore[no-any-return]
        if kind == "PWM":
            return self.made(
                snn.PWM, duty=self.some(self.rng.random(), EXTREME), period=self.some(10.0, TIMES)
            )  # type: ignore[no-any-return]
        if kind == "Gamma":
            return self.made(snn.Gamma, rate=rate, shape=self.some(2.0, EXTREME))  # type: ignore[no-any-return]
        return self.made(getattr(snn, kind), rate=rate)  # type: ignore[no-any-return]

    def rule(self, n_pre: int, n_post: int) -> snn.ConnectionRule:
        kind = self.rng.choice(tuple(snn.ConnectionRule.registry))
        if kind == "FixedProbability":
            return self.made(snn.FixedProbability, p=self.some(self.rng.random(), EXTREME))  # type: ignore[no-any-return]
        if kind in ("FixedIndegree", "FixedOutdegree", "FixedTotalNumber"):
            few = self.rng.choice((0, 1, 2, 5))
            return self.made(getattr(snn, kind), n=self.some(few, SIZES))  # type: ignore[no-any-return]
        if kind == "FromCOO":
            ends = [(self.some(self.rng.randrange(n), SIZES) for _ in range(3)) for n in (n_pre, n_post)]
            return self.say(snn.FromCOO, *map(list, ends))  # type: ignore[no-any-return]
        if kind == "FromCSR":
            ends_of_rows = [min(i, 3) for i in range(n_pre + 1)] if n_pre < 100_000 else [0, 1]
            targets = [self.some(self.rng.randrange(n_post), SIZES) for _ in range(ends_of_rows[-1])]
            return self.say(snn.FromCSR, ends_of_rows, targets)  # type: ignore[no-any-return]
        if kind == "FromDense":
            few = min(n_pre, 50), min(n_post, 50)  # at times not the shape that it must be
            entries = [self.some(self.rng.choice((0.0, 1.0)), EXTREME) for _ in range(few[0] * few[1])]
            return self.say(snn.FromDense, np.reshape(entries, few))  # type: ignore[no-any-return]
        if kind == "OneToOne" and n_pre != n_post and self.rng.random() > self.odds:
            kind = "AllToAll"
        if kind == "FromMultiDiGraph":  # the same lists as FromCOO once it is read
            kind = "AllToAll"
        return self.made(getattr(snn, kind))  # type: ignore[no-any-return]

    def current(self) -> snn.Current:
        amplitude = self.some(self.rng.choice((100.0, 500.0, -500.0)), [*EXTREME, *(-x for x in EXTREME)])
        kind = self.rng.choice(("StepCurrent", "ConstantCurrent", "NoiseCurrent", "SineCurrent"))
        if kind == "StepCurrent":
            times = sorted({self.some(t, TIMES) for t in (0.0, 0.3, 7.0)})
            return self.say(snn.StepCurrent, times, [self.some(amplitude, EXTREME) for _ in times])  # type: ignore[no-any-return]
        if kind == "ConstantCurrent":
            start, stop = self.some(1.0, TIMES), self.some(20.0, TIMES)
            return self.say(snn.ConstantCurrent, amplitude, start, stop)  # type: ignore[no-any-return]
        if kind == "SineCurrent":
            return self.made(snn.SineCurrent, amplitude=amplitude, frequency=self.some(20.0, RATES))  # type: ignore[no-any-return]
        interval, start = self.some(0.5, TIMES), self.some(0.0, TIMES)
        return self.say(snn.NoiseCurrent, amplitude, self.some(200.0, EXTREME), interval, start)  # type: ignore[no-any-return]

    def learning(self, net: snn.Network, unit: str) -> dict[str, Any]:
        """A weight, and at times a rule whose weights reach as far."""
        weight = self.weight(unit)
        if self.rng.random() < 0.6:
            return {"weight": weight}
        cls = getattr(snn, self.rng.choice(RULES))
        largest = weight.support()[1] if isinstance(weight, snn.Distribution) else abs(weight)
        reach = 2.0 * largest if math.isfinite(largest) and largest > 0.0 else 10.0
        bound = "w_0" if cls is snn.PowerLawSTDP else "w_max"
        given = {"weight": weight, "plasticity": self.made(cls, **{bound: self.some(reach, EXTREME)})}
        if cls.modulator:
            given["modulator"] = net.modulators.get("signal") or self.say(net.modulator, "signal")
        return given

    def population(self, net: snn.Network, name: str) -> snn.Population:
        cls = getattr(snn, self.rng.choice(MODELS))
        model = self.made(cls)
        init = {}
        if self.rng.random() < 0.3:
            state = self.rng.choice(list(cls.states))
            init = {state: self.some(-60.0 if state == "v" else 0.0, [*EXTREME, *(-x for x in EXTREME)])}
        return self.say(net.population, name, self.size(), model, init)  # type: ignore[no-any-return]

    def projection(self, net: snn.Network, pre: Any, post: snn.Population) -> Any:
        model = post.spec.model
        return self.say(
            net.projection, pre, post, self.rule(len(pre), len(post)),
            **self.learning(net, model.weight_unit),
            delay=self.delay(), receptor=self.rng.choice(model.receptors),
            synapses_per_pair=self.some(1, SIZES), dendritic_fraction=self.rng.choice((0.0, 0.0, 0.5, 1.0)),
        )  # fmt: skip

    def state_probe(self, net: snn.Network, post: snn.Population) -> Any:
        every = self.some(1.0, TIMES) if self.rng.random() < 0.2 else 1.0
        return self.say(net.probe, post, self.rng.choice(list(post.spec.model.states)), every=every)

    def network(self) -> snn.Network:
        net = snn.Network(seed=self.rng.randrange(2**31))
        names = ("a", "b")[: self.rng.choice((1, 1, 2))]
        populations = [self.kept(functools.partial(self.population, net, name)) for name in names]
        sources = []
        if self.rng.random() < 0.9:
            sources = [self.kept(lambda: self.say(net.source, "s", self.size(), self.source()))]
        for pre in [*sources, *populations]:
            for post in populations:
                if pre in sources or self.rng.random() < 0.5:
                    self.kept(functools.partial(self.projection, net, pre, post))
        for post in populations:
            for _ in range(self.rng.choice((0, 0, 1, 2))):
                self.say(net.current, post, self.kept(self.current))
            self.say(net.probe, post, "spikes")
            if self.rng.random() < 0.5:
                self.kept(functools.partial(self.state_probe, net, post))
        for source in sources:
            self.say(net.probe, source, "spikes")
        for projection in net.projections.values():
            if projection.spec.plasticity is not None and self.rng.random() < 0.3:
                self.say(net.probe, projection, "weight", changes=True)
        return net

    def options(self) -> dict[str, Any]:
        return {
            "backend": self.rng.choice(self.engines),
            "dt": self.some(0.1, STEPS),
            "threads": self.rng.choice((1, 1, 2, 3)),
            "dtype": self.rng.choice(("float64", "float64", "float32")),
            "off_grid": self.rng.choice(("round", "round", "round", "error")),
        }

    def duration(self, options: dict[str, Any]) -> float:
        usual = self.rng.choice((1.0, 20.0, 100.0))
        hostile = (0.0, 1e-300, 1e-12, 1e4, 1e308) if options["backend"] != "event" else (*TIMES, 1e4, 1e5)
        longest = MOST_STEPS * options["dt"] if options["backend"] != "event" else math.inf
        duration = float(self.some(usual, hostile))
        # A span of so many steps takes what it takes; one beyond all times there are must be refused.
        return duration if duration > 1e300 else min(duration, longest)

    # ---- the whole ------------------------------------------------------------------------------------

    def go(self) -> None:
        """Build, run in two pieces and look; raises Fault for numbers that are none."""
        net = self.network()
        options = self.options()
        self.progress.doing = "building"
        sim = self.say(snn.Simulation, net, **options)
        self.progress.sim = sim  # open, for whoever interrupts it
        for piece in range(2):
            duration = self.duration(options)
            self.progress.tell(f"run({duration!r})")
            self.progress.doing = f"running piece {piece}"
            sim.run(duration)
            self.progress.doing = "looking"
            check(net, sim)
            if piece == 0 and self.rng.random() < 0.3:
                self.kept(functools.partial(self.change, net, sim))
        sim.close()
        self.progress.doing = "done"

    def change(self, net: snn.Network, sim: snn.Simulation) -> None:
        """Weights and states as a user may set them between two runs."""
        for projection in net.projections.values():
            w = sim.weights(projection)
            self.say(sim.set_weights, projection, w if self.rng.random() < 0.5 else self.some(1.0, EXTREME))
        for population in net.populations.values():
            state = self.rng.choice(list(population.spec.model.states))
            self.say(sim.set_state, population, state, self.some(0.5, [*EXTREME, *(-x for x in EXTREME)]))


def _word(value: Any) -> str:
    return value.name if isinstance(value, (snn.Population, snn.SourceGroup, snn.Projection)) else repr(value)


def check(net: snn.Network, sim: snn.Simulation) -> None:
    """Everything that can be read is a finite number and in order."""
    now = sim.time
    if not (math.isfinite(now) and now >= 0.0):
        raise Fault(f"time is {now}")
    for population in net.populations.values():
        for state in population.spec.model.states:
            finite(sim.state(population, state), f"state {population.name}.{state}")
    for projection in net.projections.values():
        w = sim.weights(projection)
        finite(w, f"weights {projection.name}")
        if len(sim.synapses(projection)) != len(w):
            raise Fault(f"{projection.name}: {len(w)} weights, {len(sim.synapses(projection))} synapses")
    for name, probe in net.probes.items():
        data = sim.data[probe]
        finite(data.t, f"times of {name}")
        if len(data.t) and not (data.t[0] >= 0.0 and data.t[-1] <= now and np.all(np.diff(data.t) >= 0.0)):
            raise Fault(f"times of {name} not in order within 0 and {now} (from {data.t[0]} to {data.t[-1]})")
        if isinstance(data, snn.StateData):
            finite(data.values, f"samples of {name}")
        if isinstance(data, snn.WeightChanges):
            finite(data.w, f"changes of {name}")
    if any(count < 0 for count in sim.delivered().values()):
        raise Fault(f"delivered {sim.delivered()}")


def finite(values: Any, what: str) -> None:
    """Raise Fault where something is no finite number."""
    bad = ~np.isfinite(np.asarray(values))
    if bad.any():
        raise Fault(f"{what}: {np.asarray(values)[bad].ravel()[0]} ({int(bad.sum())} of {bad.size})")
