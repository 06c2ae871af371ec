"""Izhikevich's program spnet (2006, Neural Comput. 18:245), written anew over NumPy arrays: steps of 1 ms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
LONGEST = 20  # ms, of the delays


class Spnet:
    """The program's state. In step t = 0, 1, ... first ``fire``, then ``integrate``; ``learn`` once a second.

    ``pre``, ``post``, ``delay`` list the synapses; those of the first ``n_exc`` neurons have weight 6 and
    learn, the others have -5.
    """

    def __init__(self, pre: Index, post: Index, delay: Index, n: int, n_exc: int) -> None:
        order = np.lexsort((post, delay, pre))
        self.order = order
        self.pre, self.post, self.delay = pre[order], post[order], delay[order]
        self.excitatory = self.pre < n_exc
        self.s = np.where(self.excitatory, 6.0, -5.0)
        self.sd = np.zeros(len(order))
        # Synapses of neuron i with delay d are those from row[i, d] to row[i, d + 1].
        keys = np.arange(n * (LONGEST + 2)).reshape(n, LONGEST + 2)
        self.row = np.searchsorted(self.pre * (LONGEST + 2) + self.delay, keys)
        self.into = [np.flatnonzero((self.post == j) & self.excitatory) for j in range(n)]
        self.a = np.where(np.arange(n) < n_exc, 0.02, 0.1)
        self.d = np.where(np.arange(n) < n_exc, 8.0, 2.0)
        self.v = np.full(n, -65.0)
        self.u = 0.2 * self.v
        self.trace = np.zeros(n)
        self.past = np.zeros((LONGEST + 2, n))  # traces of the last steps
        self.fired: dict[int, Index] = {}

    def fire(self, t: int) -> Index:
        fired = np.flatnonzero(self.v >= 30.0)
        self.v[fired] = -65.0
        self.u[fired] += self.d[fired]
        self.trace[fired] = 0.1
        self.past[t % len(self.past)] = self.trace
        for j in fired:
            into = self.into[j]
            self.sd[into] += self.past[(t - self.delay[into]) % len(self.past), self.pre[into]]
        self.fired[t] = fired
        return fired

    def integrate(self, t: int, thalamus: Sequence[int] | Index) -> None:
        current = np.zeros(len(self.v))
        np.add.at(current, np.asarray(thalamus, int), 20.0)
        parts = [
            np.arange(self.row[i, lag + 1], self.row[i, lag + 2])
            for lag in range(LONGEST)
            for i in self.fired.get(t - lag, ())
        ]
        if parts:
            arriving = np.concatenate(parts)
            np.add.at(current, self.post[arriving], self.s[arriving])
            self.sd[arriving] -= 1.2 * self.trace[self.post[arriving]]
        v, u = self.v, self.u
        for _ in range(2):
            v = v + 0.5 * ((0.04 * v + 5.0) * v + 140.0 - u + current)
        self.v, self.u = v, u + self.a * (0.2 * v - u)
        self.trace = 0.95 * self.trace

    def learn(self) -> None:
        e = self.excitatory
        self.s[e] = np.clip(self.s[e] + 0.01 + self.sd[e], 0.0, 10.0)
        self.sd *= 0.9


def drawn(rng: np.random.Generator) -> Spnet:
    """The published network: 800 and 200 neurons, 100 synapses each, five of each delay or all of 1 ms."""
    post = [np.delete(np.arange(1000), i)[rng.permutation(999)[:100]] for i in range(800)]
    post += [rng.permutation(800)[:100] for _ in range(200)]
    delay = np.concatenate([np.tile(np.repeat(np.arange(1, 21), 5), 800), np.ones(20_000, int)])
    return Spnet(np.repeat(np.arange(1000), 100), np.concatenate(post), delay, 1000, 800)
