"""Networks that learn, and what is done to them while they run, drawn by seed: the same bits on every way.

A case is played as it is, and again with other threads, runs divided anywhere, and copied or saved and
resumed in the middle of waiting. What is refused must be refused alike, with the same words, and everything
that can be seen in the end must have the same bits.
"""

from __future__ import annotations

import dataclasses
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import pysnn as snn

Seen = dict[str, NDArray[Any]]
Step = tuple[int, str, Callable[[snn.Simulation], Any]]  # ticks to wait, the call, and what makes it

# Rules that keep sums, maps and arrivals that wait, and some beside them.
RULES: dict[str, Callable[[random.Random], snn.PlasticityRule]] = {
    "ClopathSTDP": lambda r: snn.ClopathSTDP(
        w_max=3.0, a_ltd=r.choice((14e-4, 14e-3)), a_ltp=r.choice((8e-4, 8e-3)), theta_plus=-60.0,
        delay_u=r.choice((0.0, 1.3, 5.0)), t_spike=r.choice((0.0, 2.0)), u_ref=r.choice((0.0, 9.0)),
        tau_mean=30.0,
    ),
    "SynapticScaling": lambda r: snn.SynapticScaling(
        f_target=20.0, tau_rate=50.0, tau_scaling=r.choice((30.0, 300.0))
    ),
    "BCM": lambda r: snn.BCM(eta=r.choice((2e-4, 2e-3)), w_max=3.0, r_0=20.0, tau_theta=30.0),
    "ThreeFactorSTDP": lambda r: snn.ThreeFactorSTDP(
        eta=0.05, tau_x=r.choice((8.0, float("inf"))), tau_e=r.choice((15.0, float("inf"))),
        after=r.choice(("cleared", "kept")), w_min=-3.0, w_max=3.0, batch=r.choice((0, 0, 2)),
    ),
    "EProp": lambda r: snn.EProp(
        eta=0.02, tau_out=r.choice((0.0, 7.0)), read=r.choice(("last", "sum", "mean", "held")),
        c_reg=r.choice((0.0, 0.01)), tau_rate=40.0, w_min=-3.0, w_max=3.0, batch=r.choice((0, 0, 2)),
    ),
    "RewardSTDP": lambda r: snn.RewardSTDP(w_max=3.0),
    "PairSTDP": lambda r: snn.PairSTDP(w_max=3.0, a_plus=0.05, a_minus=0.05),
    "TripletSTDP": lambda r: snn.TripletSTDP(w_max=3.0),
    "DeltaRule": lambda r: snn.DeltaRule(eta=0.02, batch=r.choice((0, 2))),
}  # fmt: skip
SIGNALLED = ("ThreeFactorSTDP", "EProp", "RewardSTDP", "DeltaRule")
ONLY_STEPS = ("ClopathSTDP", "EProp")


class Noisy(snn.Equations):
    """A membrane with white noise of its own, in an equation that is linear."""

    sigma = snn.param(default=4.0, unit="mV")
    equations = """
        dv/dt = (-70 * mV - v + w) / (10 * ms) + sigma * sqrt(2 / (10 * ms)) * xi : mV
        dw/dt = -w / (4 * ms) : mV
    """
    arrival = {"exc": "w += weight"}
    weight_unit = "mV"
    threshold = "v >= -58 * mV"
    reset = "v = -70 * mV"
    refractory = "1 * ms"
    initial = "v = -70 * mV"


class NoisyToo(Noisy):
    """Two noises, and a state that is not linear."""

    equations = """
        dv/dt = (-70 * mV - v + w) / (10 * ms) + sigma * sqrt(2 / (10 * ms)) * xi_v : mV
        dw/dt = -w / (4 * ms) * (1 + abs(w) / (100 * mV)) + mV / sqrt(20 * ms) * xi_w : mV
    """


MODELS: dict[str, Callable[[], snn.NeuronModel]] = {
    "LIF": snn.LIF, "CubaLIF": snn.CubaLIF, "ALIF": snn.ALIF, "AlphaLIF": snn.AlphaLIF,
    "CobaLIF": snn.CobaLIF, "AdEx": snn.AdEx, "Izhikevich": snn.Izhikevich, "SRM0": snn.SRM0,
    "Noisy": Noisy, "NoisyToo": NoisyToo,
}  # fmt: skip
CAN_EPROP = ("LIF", "ALIF")
CONDUCTANCES = ("CobaLIF", "AdEx", "Izhikevich")
NO_EVENT = ("Noisy", "NoisyToo")
UNIT = {"mV": 1.0, "pA": 60.0, "nS": 0.8, "": 1.0}


@dataclasses.dataclass
class Way:
    """How a case is played."""

    threads: int = 1
    cuts: int | None = None  # seed of where runs are divided
    moves: int | None = None  # seed of where it is copied, or saved and resumed


class Case:
    """One network and what is done with it; ``seed`` decides all of it."""

    def __init__(self, seed: int, backend: str | None = None) -> None:
        self.rng = r = random.Random(f"sequences {seed}")
        self.backend = r.choice(("clock", "clock", "event", "auto")) if backend is None else backend
        self.dt = r.choice((0.1, 0.1, 0.25, 0.3, 1.0))
        self.dtype = r.choice(("float64", "float64", "float32")) if self.backend == "clock" else "float64"
        self.told: list[str] = []
        self.net = self._network()
        self.steps = [self._step() for _ in range(r.randint(3, 9))]
        self.last = r.randint(1, 150)

    # ---- the network --------------------------------------------------------------------------------

    def delay(self, none: bool) -> Any:
        """Around what a byte holds, in steps; one, a fan, or drawn. With ``none`` some are 0."""
        r = self.rng
        few = [1, 2, 5, 13, 40]
        near = [254, 255, 256, 257, 300]

        def steps() -> float:
            return self.ms(r.choice(near if r.random() < 0.3 else few))

        draw = r.random()
        if none and draw < 0.6:
            return 0.0 if draw < 0.3 else [0.0, steps()]
        if draw < 0.2:
            return sorted({steps(), steps(), steps()})
        if draw < 0.4:
            begin, end = sorted((steps(), self.ms(r.choice((60, 255, 256, 270)))))
            return snn.Uniform(begin, max(end, round(begin + self.dt, 9)), step=self.dt)
        return steps()

    def ms(self, ticks: int) -> float:
        return round(ticks * self.dt, 9)

    def _network(self) -> snn.Network:
        r = self.rng
        net = snn.Network(seed=r.randrange(10**6))
        kinds = [k for k in MODELS if self.backend == "clock" or k not in NO_EVENT]
        self.models = [r.choice(kinds) for _ in range(r.choice((1, 2, 2, 3)))]
        # Do populations hear those before them, and sources, at once?
        self.ordered = r.random() < 0.5
        for number, kind in enumerate(self.models):
            n = r.choice((1, 3, 7, 30, 30))
            homeostasis = (
                snn.Homeostasis(delta=0.3, share=0.2, every=self.ms(7))
                if r.random() < 0.15 and kind in ("LIF", "CubaLIF", "ALIF")
                else None
            )
            cells = net.population(f"p{number}", n, MODELS[kind](), homeostasis=homeostasis)
            net.probe(cells, "spikes")
            if r.random() < 0.6:
                net.probe(cells, "v", every=self.ms(r.choice((1, 3, 8))))
            if r.random() < 0.3:
                net.current(cells, snn.NoiseCurrent(mean=50.0, std=90.0, interval=self.ms(4)))
        fed = net.source("fed", 5, snn.Input())
        drive = net.source("drive", 20, snn.Poisson(r.choice((40.0, 150.0, 400.0))))
        net.probe(drive, "spikes")
        self.one = net.modulator("one")
        groups = list(net.populations.values())
        self.each = [net.modulator(f"each of {g.name}", of=g) for g in groups]
        for source in (fed, drive):
            for target in groups:
                if r.random() < 0.8:
                    self._project(net, source, target, strong=True)
        for _ in range(r.randint(1, 4)):
            self._project(net, r.choice(groups), r.choice(groups))
        return net

    def _project(self, net: snn.Network, source: Any, target: Any, strong: bool = False) -> None:
        r = self.rng
        number = int(target.name[1:])
        kind, unit = self.models[number], UNIT[target.model.weight_unit] * (8.0 if strong else 1.0)
        given: dict[str, Any] = {"name": f"s{len(net.projections)}"}
        rules = [
            rule for rule in RULES
            if (rule != "EProp" or kind in CAN_EPROP)
            and (self.backend == "clock" or rule not in ONLY_STEPS)
            and not (rule in (*SIGNALLED[:2], "DeltaRule") and kind in CONDUCTANCES)
        ]  # fmt: skip
        if r.random() < (0.4 if strong else 0.9):
            rule = r.choice(rules)
            given["plasticity"] = RULES[rule](r)
            unit = 1.0 if rule not in ("SynapticScaling", "DeltaRule") else unit
            if rule in SIGNALLED:
                one = rule == "RewardSTDP" or r.random() < 0.3
                given["modulator"] = self.one if one else self.each[number]
            if r.random() < 0.3:
                given["dendritic_fraction"] = r.choice((0.5, 1.0))
        if r.random() < 0.15:
            given["dynamics"] = snn.TsodyksMarkram()
        rule_of = r.choice(
            (
                snn.AllToAll(),
                snn.FixedIndegree(r.choice((1, 4))),
                snn.FixedProbability(0.3),
                snn.FixedTotalNumber(r.choice((0, 25))),
            )
        )
        weight = snn.Uniform(0.2 * unit, 1.4 * unit) if r.random() < 0.7 else unit
        ahead = source.name not in net.populations or int(source.name[1:]) < number
        delay = self.delay(none=self.ordered and ahead)
        projection = net.projection(source, target, rule_of, weight=weight, delay=delay, **given)
        if "plasticity" in given:
            if r.random() < 0.5:
                net.probe(projection, "weight", every=self.ms(r.choice((5, 17, 64))))
            if r.random() < 0.5:
                net.probe(projection, "weight", changes=True)

    # ---- what is done -------------------------------------------------------------------------------

    def _step(self) -> Step:
        r = self.rng
        wait = r.choice((0, 1, 3, 15, 16, 17, 40, 100, 255, 256, 257))
        calls = [name for name in vars(type(self)) if name.startswith("call_")]
        name = r.choice(calls)
        at = self.ms(r.choice((1, 16, 33))) if r.random() < 0.3 else None
        return wait, name, getattr(self, name)(random.Random(r.random()), at)

    def _projection(self, r: random.Random, plastic: bool = False) -> str:
        names = [p.name for p in self.net.spec().projections if p.plasticity is not None or not plastic]
        return r.choice(names) if names else "none"

    def _cells(self, r: random.Random) -> Any:
        return r.choice(list(self.net.populations))

    def call_set_weights(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name, seed = self._projection(r), r.randrange(10**6)

        def act(sim: snn.Simulation) -> None:
            weights = sim.weights(name).astype(float)
            new = weights * np.random.default_rng(seed).choice([0.0, 0.5, 0.9, 1.0], weights.shape)
            sim.set_weights(name, new, at=_later(sim, at))

        return act

    def call_set_delays(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name, seed, near = self._projection(r), r.randrange(10**6), r.random() < 0.6
        none = self.ordered and r.random() < 0.5

        def act(sim: snn.Simulation) -> None:
            old = sim.delays(name)
            ticks = np.random.default_rng(seed).choice(
                [254, 255, 256, 257] if near else [40, 41, 60], old.shape
            )
            new = np.maximum(old, np.round(ticks * self.dt, 9))
            sim.set_delays(name, np.where(ticks % 2, new, 0.0) if none else new, at=_later(sim, at))

        return act

    def call_rewire(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name, below = self._projection(r), r.choice((0.3, 1.0, 30.0))
        return lambda sim: sim.rewire(name, 0.7, below=below, at=_later(sim, at))

    def call_normalise(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name, total = self._projection(r), r.choice((0.5, 5.0))
        return lambda sim: sim.normalise(name, total, at=_later(sim, at))

    def call_learning(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name, on, rate = self._projection(r, True), r.choice((True, False, None)), r.choice((0.5, 2.0))
        return lambda sim: sim.set_learning(name, on, at=_later(sim, at), rate=rate if on is None else None)

    call_learning_too = call_learning

    def call_modulate(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name, value = r.choice(list(self.net.modulators)), r.choice((-0.8, 0.5, 1.0))
        return lambda sim: sim.modulate(name, value, at=_later(sim, at))

    call_modulate_too = call_modulate

    def call_set_state(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name, v = self._cells(r), r.uniform(-75.0, -50.0)
        return lambda sim: sim.set_state(name, "v", v, at=_later(sim, at))

    def call_set_parameters(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        if r.random() < 0.4:
            rate = r.choice((10.0, 500.0))
            return lambda sim: sim.set_parameters("drive", rate=rate, at=_later(sim, at))
        name, t_ref = self._cells(r), self.ms(r.choice((3, 20)))
        given = {"sigma": r.choice((0.0, 9.0))} if "Noisy" in self.models[int(name[1:])] else {"t_ref": t_ref}
        return lambda sim: sim.set_parameters(name, at=_later(sim, at), **given)

    def call_feed(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        ticks, who = [r.randint(1, 200) for _ in range(9)], [r.randrange(5) for _ in range(9)]

        def act(sim: snn.Simulation) -> None:
            trains = snn.SpikeTrains(np.round(np.array(ticks) * self.dt, 9), np.array(who), 5, self.ms(200))
            sim.feed("fed", trains.shifted(sim.time))

        return act

    def call_feed_source(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        rate = r.choice((50.0, 800.0))
        return lambda sim: sim.feed("fed", snn.Poisson(rate))

    def call_inject(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        name = self._cells(r)
        current = r.choice((snn.ConstantCurrent(300.0), snn.NoiseCurrent(0.0, 200.0, interval=self.ms(3))))
        return lambda sim: sim.inject(name, current)

    def call_reset(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        keep, from_zero = r.choice(((), ("weights",), ("states",))), r.random() < 0.5
        return lambda sim: sim.reset(keep=keep, from_zero=from_zero)

    def call_take(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        number = r.randrange(100)
        return lambda sim: [*vars(sim.take(list(sim.data)[number % len(sim.data)])).values()]

    def call_run_trials(self, r: random.Random, at: float | None) -> Callable[[snn.Simulation], Any]:
        trains = [
            snn.SpikeTrains(
                np.array([self.ms(r.randint(1, 60)) for _ in range(12)]), np.arange(12) % 5, 5, self.ms(60)
            )
            for _ in range(3)
        ]

        def act(sim: snn.Simulation) -> list[Any]:
            results = sim.run_trials({"fed": trains})
            return [results.counts(p.name) for p in sim.spec.populations]

        return act

    # ---- play ---------------------------------------------------------------------------------------

    def play(self, way: Way) -> Seen:
        """What is seen in the end, and on the way."""
        seen: Seen = {}
        sim = snn.Simulation(self.net, self.backend, self.dt, way.threads, self.dtype, off_grid="round")
        player = _Player(sim, self, way)
        try:
            for number, (wait, name, act) in enumerate(self.steps):
                player.go(wait)
                try:
                    got = act(player.sim)
                    for k, part in enumerate(got if isinstance(got, list) else []):
                        if isinstance(part, np.ndarray):
                            seen[f"{number} {name} {k}"] = part
                    said = "done"
                except snn.PysnnError as error:
                    said = f"{type(error).__name__}: {error}"
                seen[f"{number} {name}"] = np.array(said)
            player.go(self.last)
            seen |= looked_at(player.sim)
        except snn.PysnnError as error:
            seen["ended"] = np.array(f"{type(error).__name__}: {error}")
        finally:
            player.sim.close()
        return seen


class _Player:
    """Takes a simulation on, by a way of its own."""

    def __init__(self, sim: snn.Simulation, case: Case, way: Way) -> None:
        self.sim, self.case, self.way = sim, case, way
        self.cuts = None if way.cuts is None else random.Random(way.cuts)
        self.moves = None if way.moves is None else random.Random(way.moves)

    def go(self, ticks: int) -> None:
        self._move()
        while ticks:
            part = ticks if self.cuts is None else min(ticks, self.cuts.choice((1, 2, 7, 16, 50, 256)))
            self.sim.run(self.case.ms(part))
            ticks -= part
            self._move()

    def _move(self) -> None:
        if self.moves is None or self.moves.random() < 0.6:
            return
        threads = self.moves.choice((1, 2, 3, 5))
        before = self.sim
        if self.moves.random() < 0.5:
            self.sim = before.copy(threads=threads)
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "at.h5"
                before.save(path)
                self.sim = snn.resume(path, threads=threads)
        before.close()


def _later(sim: snn.Simulation, ms: float | None) -> float | None:
    return None if ms is None else round(sim.time + ms, 9)


def looked_at(sim: snn.Simulation) -> Seen:
    """Everything that can be seen of it."""
    seen: Seen = {"time": np.array(sim.time)}
    for name in sim.data:
        seen |= {f"{name}.{key}": np.asarray(v) for key, v in vars(sim.data[name]).items() if key[0] != "_"}
    for p in sim.spec.populations:
        seen |= {f"{p.name} {state}": sim.state(p.name, state) for state in p.model.states}
    for q in sim.spec.projections:
        table = sim.synapses(q.name)
        seen |= {f"{q.name} {column}": np.asarray(table[column]) for column in ("i", "j", "k", "delay")}
        seen[f"{q.name} weight"] = sim.weights(q.name)
    counts = sim.delivered()
    seen["delivered"] = np.array([counts[name] for name in sorted(counts)])
    return seen


def differences(one: Seen, other: Seen) -> list[str]:
    """Names of what differs, the first place too."""
    found = [f"{name}: only one has it" for name in one.keys() ^ other.keys()]
    for name in one.keys() & other.keys():
        a, b = one[name], other[name]
        if a.shape != b.shape:
            found.append(f"{name}: shapes {a.shape} and {b.shape}")
        elif not np.array_equal(a, b, equal_nan=a.dtype.kind == "f"):
            at = np.argwhere(a != b)[0] if a.ndim else ()
            found.append(f"{name}: {a[tuple(at)]} and {b[tuple(at)]} at {tuple(at)}")
    return sorted(found)


RAN = "ran"
WAYS = (Way(2), Way(1, cuts=1), Way(3, moves=1), Way(5, cuts=2, moves=2))


def go(seed: int, backend: str | None = None) -> tuple[str, list[str]]:
    """What became of a case: how it ended, and what differs by way."""
    case = Case(seed, backend)
    first = case.play(Way())
    found = []
    for way in WAYS:
        found += [f"{way}: {text}" for text in differences(first, case.play(way))]
    return str(first.get("ended", RAN)), found
