"""NIR's equations (Pedersen et al. 2024, Nat. Commun. 15:8122) stepped in NumPy, node by node.

Neurons go from step to step by the exponential of their own system of equations, and then take the spikes of
that step, each of which is 1 for ``dt``. Linear nodes are their definitions, entry by entry (PyTorch's, where
NIR says no more). Shares nothing with pysnn but the time that a connection takes, ``lag`` steps where there
is no Delay. Where that is 0, as frameworks have it that go from layer to layer in each step, connections of a
circle take a step.
"""

import itertools
import math

import numpy as np
import scipy.linalg


def convolved(x, weight, stride, padding, dilation, groups):
    """A convolution of any number of dimensions, entry by entry."""
    c_out, c_in, *kernel = weight.shape
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if isinstance(padding, str):  # "same" pads more behind where it is odd
        around = [(r // 2, r - r // 2) if padding == "same" else (0, 0) for r in reach]
    else:
        around = [(p, p) for p in padding]
    x = np.pad(x, [(0, 0), *around])
    out = [(n - r - 1) // s + 1 for n, r, s in zip(x.shape[1:], reach, stride, strict=True)]
    y = np.zeros((c_out, *out))
    for o, at, c, tap in itertools.product(range(c_out), np.ndindex(*out), range(c_in), np.ndindex(*kernel)):
        seen = (a * s + t * d for a, s, t, d in zip(at, stride, tap, dilation, strict=True))
        y[(o, *at)] += weight[(o, c, *tap)] * x[(o // (c_out // groups) * c_in + c, *seen)]
    return y


def many(value, n):
    return value if isinstance(value, str) else [int(v) for v in np.broadcast_to(np.ravel(value), (n,))]


def linear(node, x):
    """What a linear node makes of a signal."""
    kind = type(node).__name__
    if kind in ("Affine", "Linear"):
        y = np.einsum("...ij,...j->...i", node.weight, x.reshape(*node.weight.shape[:-2], -1))
        return y + getattr(node, "bias", 0.0)
    if kind == "Scale":
        return node.scale * x
    if kind == "Flatten":
        return x.ravel()
    if kind in ("Conv1d", "Conv2d"):
        n = x.ndim - 1
        y = convolved(
            x, node.weight, many(node.stride, n), many(node.padding, n), many(node.dilation, n), node.groups
        )
        return y + np.reshape(node.bias, (-1, *[1] * n))
    if kind in ("SumPool2d", "AvgPool2d"):
        size = many(node.kernel_size, 2)
        ones = np.full((len(x), 1, *size), 1.0 / (math.prod(size) if kind == "AvgPool2d" else 1))
        return convolved(x, ones, many(node.stride, 2), many(node.padding, 2), [1, 1], len(x))
    assert kind in ("Input", "Output")
    return x


class Neurons:
    """A node of neurons: its state, what a step does to it, what a spike adds."""

    def __init__(self, node, shape, constant, h, dt):
        def each(name):
            return np.ravel(np.broadcast_to(getattr(node, name), shape)).astype(float)

        kind = type(node).__name__
        n = math.prod(shape)
        self.shape, self.v, self.i = shape, np.zeros(n), np.zeros(n)
        self.threshold = each("v_threshold") if hasattr(node, "v_threshold") else np.full(n, np.inf)
        self.reset = each("v_reset") if hasattr(node, "v_threshold") else np.zeros(n)
        # Of (v, i, 1): rates per second.
        rates = np.zeros((n, 3, 3))
        self.jump = np.zeros((n, 2))
        if kind in ("IF", "I"):
            rates[:, 0, 2] = each("r") * np.ravel(constant)
            self.jump[:, 0] = each("r") * dt
        elif kind in ("LIF", "LI"):
            tau = each("tau")
            rates[:, 0, 0] = -1 / tau
            rates[:, 0, 2] = (each("v_leak") + each("r") * np.ravel(constant)) / tau
            self.jump[:, 0] = each("r") * dt / tau
        else:
            tau, syn = each("tau_mem"), each("tau_syn")
            rates[:, 0, 0], rates[:, 0, 1], rates[:, 0, 2] = -1 / tau, each("r") / tau, each("v_leak") / tau
            rates[:, 1, 1], rates[:, 1, 2] = -1 / syn, each("w_in") * np.ravel(constant) / syn
            self.jump[:, 1] = each("w_in") * dt / syn
        self.step = np.array([scipy.linalg.expm(h * each_rates) for each_rates in rates])

    def go_on(self, impulse):
        """One step, at the end of which spikes arrive; who fires."""
        state = np.stack([self.v, self.i, np.ones_like(self.v)], axis=1)
        self.v, self.i, _ = np.einsum("nij,nj->ni", self.step, state).T
        self.v = self.v + self.jump[:, 0] * np.ravel(impulse)
        self.i = self.i + self.jump[:, 1] * np.ravel(impulse)
        fired = self.v > self.threshold
        self.v = np.where(fired, self.reset, self.v)
        return fired.reshape(self.shape).astype(float)


class Steps:
    """A graph without subgraphs: nodes by name, edges, and the shapes of neurons; ``h`` and ``dt`` in s."""

    def __init__(self, nodes, edges, shapes, h, dt, lag):
        self.nodes, self.shapes, self.lag, self.h = nodes, shapes, lag, h
        self.before = {name: [a for a, b in edges if b == name] for name in nodes}
        self.out = {name: [] for name in shapes}  # of Inputs and neurons, by step
        self.heard = {name: self.heard_by(name, set()) for name in nodes}
        self.constant = {}
        self.neurons = {}
        for name in shapes:
            if type(nodes[name]).__name__ != "Input":
                self.constant[name] = self.into(name, -1)
                self.neurons[name] = Neurons(nodes[name], shapes[name], self.constant[name], h, dt)

    def heard_by(self, name, found):
        """All nodes that something comes from, itself too where it is in a circle."""
        for before in self.before[name]:
            if before not in found:
                found.add(before)
                self.heard_by(before, found)
        return found

    def sent(self, name, step, late, to):
        """What a node sends at a step; ``late`` : has it come through a Delay, so that it takes no more?"""
        node = self.nodes[name]
        if name in self.out:
            lag = max(self.lag, 1) if to in self.heard[name] else self.lag
            at = step if late else step - lag
            return self.out[name][at] if 0 <= at < len(self.out[name]) else np.zeros(self.shapes[name])
        if type(node).__name__ == "Delay":
            shape = self.into(name, -1, to=to).shape
            steps = np.round(np.broadcast_to(node.delay, shape) / self.h).astype(int)
            x = np.zeros(shape)
            for d in np.unique(steps):
                x = np.where(steps == d, self.into(name, step - d, late or d > 0, to), x)
            return x
        return linear(node, self.into(name, step, late, to))

    def into(self, name, step, late=False, to=None):
        total = 0.0
        for before in self.before[name]:
            total = total + self.sent(before, step, late, to or name)
        return np.asarray(total) if self.before[name] else np.zeros(self.shapes[name])

    def run(self, inputs, steps):
        """Spikes of each group, (steps, *shape), and v of neurons; ``inputs`` : those of Inputs."""
        v = {name: [] for name in self.neurons}
        for step in range(1, steps + 1):
            for name, given in inputs.items():
                self.out[name].append(given[step - 1])
            # Steps are numbered from 1; what is at place k of out is of step k + 1. Hearers are later.
            for name, neurons in sorted(self.neurons.items(), key=lambda item: len(self.heard[item[0]])):
                impulse = self.into(name, step - 1) - self.constant[name]
                self.out[name].append(neurons.go_on(impulse))
                v[name].append(neurons.v)
        return {name: np.array(out) for name, out in self.out.items()}, {k: np.array(x) for k, x in v.items()}
