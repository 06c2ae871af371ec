"""What each encoder is for: small tasks that it does and a plainer one does not.

    python docs/examples/encoders.py [--quick] [--picture encoders.svg]

prints a line of JSON with the figures of docs/encoders.md, and draws its picture. The digits are those of
scikit-learn (8 x 8 pixels, 1,797 of them); everything else is made here.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from pysnn import encoders as enc

Float = NDArray[np.float64]
Figures = dict[str, Any]
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pysnn",
    "path.simplify_threshold": 0.2,
    "font.size": 7.0,
}
TEXTS = [
    "the spike comes early where the value is large",
    "the spike comes late where the value is small",
    "silence carries no value at all",
]


def decibels(signal: Float, decoded: Float) -> float:
    """Power of the signal about its mean over that of the error."""
    return float(10.0 * np.log10(signal.var() / np.mean((signal - decoded) ** 2)))


# ---- a signal that moves: codes that follow it


def wave(rows: int) -> Float:
    """Two sines of 2 and 5 Hz, a row a millisecond, (rows, 1)."""
    t = np.arange(rows) * 1e-3
    return np.asarray(0.5 + 0.3 * np.sin(4.0 * np.pi * t) + 0.15 * np.sin(10.0 * np.pi * t + 1.0))[:, None]


FOLLOWERS: dict[str, enc.Encoder] = {
    "PWM": enc.PWM(period=10.0),
    "Delta": enc.Delta(threshold=0.03),
    "StepForward": enc.StepForward(threshold=0.03),
    "BSA": enc.BSA(n_taps=40, threshold=0.95),
    "RegularRate": enc.RegularRate(rate_high=200.0),
}


def follow(quick: bool) -> Figures:
    """Signal to error and spikes of each code; a decoder that knows the mean alone has 0 dB."""
    rows = 1000 if quick else 10_000
    signal, figures = wave(rows), {}
    for name, encoder in FOLLOWERS.items():
        spikes = encoder.encode(signal, float(rows))
        if name == "RegularRate":  # counted in windows of 25 ms: the rate code at its best here
            decoded = np.repeat(encoder.decode(spikes, rows // 25), 25, axis=0)
        else:
            decoded = encoder.decode(spikes, rows)
        hz = len(spikes) / rows * 1e3
        figures[name] = {"db": round(decibels(signal, decoded), 1), "spikes_per_s": round(hz, 1)}
    return figures


# ---- a value that stands still: how much of it a row of 32 ms carries

STANDING: dict[str, enc.Encoder] = {
    "RegularRate": enc.RegularRate(rate_high=250.0, resolution=0.5),
    "Burst": enc.Burst(n_max=5, t_min=2.0, t_max=10.0, resolution=0.5),
    "Latency": enc.Latency(t_min=0.5, t_max=32.0, resolution=0.5),
    "Population": enc.Population(n_fields=8, t_max=32.0, resolution=0.5),
    "WeightedPhase": enc.WeightedPhase(n_bits=8, slot=4.0, resolution=0.5),
    "BitPWM": enc.BitPWM(n_bits=8, period=8.0, tau=8.0, resolution=0.5),
}


def standing(quick: bool) -> Figures:
    """Root mean square and largest error of 2,001 values, on a grid of 0.5 ms; knowing nothing is 0.289."""
    values, figures = np.linspace(0.0, 1.0, 201 if quick else 2001), {}
    for name, encoder in STANDING.items():
        spikes = encoder.encode(values, 32.0)
        error = np.abs(encoder.decode(spikes) - values)
        figures[name] = {
            "rms": round(float(np.sqrt(np.mean(error**2))), 4),
            "worst": round(float(error.max()), 4),
            "stated": round(float(encoder.max_error(32.0)), 4),
            "spikes": round(len(spikes) / len(values), 2),
        }
    return figures


# ---- light that changes: ranks, ratios and contrasts stay


def digits(quick: bool) -> tuple[Float, Float, NDArray[np.int64], NDArray[np.int64]]:
    """Training and test images (m, 8, 8) in [0, 1], and what they show."""
    data = load_digits()
    images, labels = data.images / 16.0, data.target
    test = 300 if quick else 600
    return images[test:], images[:test], labels[test:], labels[:test]


def nearest(train: Float, labels: NDArray[np.int64], test: Float, shown: NDArray[np.int64]) -> float:
    """Share of tests whose nearest training image shows the same digit."""
    train, test = (x.reshape(len(x), -1) for x in (train, test))
    distance = (train**2).sum(axis=1) - 2.0 * test @ train.T
    return round(float(np.mean(labels[distance.argmin(axis=1)] == shown)), 3)


def first_times(encoder: enc.Encoder, values: Float) -> Float:
    """When each channel of each sample fires, after the sample's first spike; the end where it does not."""
    spikes = encoder.encode_samples(values, 100.0)
    sample = np.ceil(spikes.times / 100.0).astype(int) - 1
    times = np.full(values.shape, 100.0)
    times[sample, spikes.indices] = spikes.times - 100.0 * sample
    return np.asarray(times - times.min(axis=1, keepdims=True))


def light(quick: bool) -> Figures:
    """Accuracy of the nearest neighbour when test images are lit otherwise than those known."""
    rng = np.random.default_rng(1)
    train, test, labels, shown = digits(quick)
    gain = rng.uniform(0.2, 0.6, (len(test), 1, 1))
    known, seen = 0.05 + 0.95 * train, gain * (0.05 + 0.95 * test)
    brighter = seen + rng.uniform(0.0, 0.4, gain.shape)
    slope = rng.uniform(-0.35, 0.35, (2, len(test), 1, 1))
    place = (np.arange(8) - 3.5) / 7.0
    tilted = np.clip(0.4 + 0.2 * test + slope[0] * place[:, None] + slope[1] * place, 0.0, 1.0)

    pixels, cells, ranks = enc.Pixels(8, 8), enc.OnOff(8, 8), enc.RankOrder(n_spikes=24)
    shape = pixels.values
    logs = enc.Latency(low=0.01, t_max=90.0, scale="log")
    straight = enc.Latency(low=0.01, t_max=90.0)
    decoded = [ranks.decode_samples(ranks.encode_samples(shape(x), 100.0), len(x)) for x in (known, brighter)]
    return {
        "gain and brightness": {
            "pixels": nearest(known, labels, brighter, shown),
            "RankOrder, 24 of 64 spikes": nearest(decoded[0], labels, decoded[1], shown),
        },
        "gain": {
            "Latency, linear": nearest(
                first_times(straight, shape(known)), labels, first_times(straight, shape(seen)), shown
            ),
            "Latency, log": nearest(
                first_times(logs, shape(known)), labels, first_times(logs, shape(seen)), shown
            ),
        },
        "light from one side": {
            "pixels": nearest(0.4 + 0.2 * train, labels, tilted, shown),
            "OnOff": nearest(cells.values(0.4 + 0.2 * train), labels, cells.values(tilted), shown),
        },
    }


# ---- edges on a drift


def drifting(rows: int, rng: np.random.Generator) -> tuple[Float, NDArray[np.int64]]:
    """A signal that drifts by half of its range, with edges of 0.15 up or down, and where those are."""
    at = np.arange(50, rows - 50, 100) + rng.integers(-20, 20, len(range(50, rows - 50, 100)))
    jumps = np.zeros(rows)
    jumps[at] = 0.15 * np.where(np.arange(len(at)) % 2 == 0, 1.0, -1.0)
    drift = 0.25 * np.sin(2.0 * np.pi * np.arange(rows) / 500.0)
    return 0.4 + drift + np.cumsum(jumps) + 0.003 * rng.standard_normal(rows), at


def edges(quick: bool) -> Figures:
    """F1 of finding edges from spikes: a row that fires within 10 rows of an edge is right."""
    signal, at = drifting(1000 if quick else 10_000, np.random.default_rng(2))
    figures = {}
    for encoder in (enc.StepForward(threshold=0.06), enc.MovingWindow(window=10, threshold=0.06)):
        fired = np.unique(np.rint(encoder.encode(signal[:, None], float(len(signal))).times)) - 1
        after = fired[:, None] - at
        right = ((after >= 0) & (after < 10)).any(axis=1).mean()
        found = ((after >= 0) & (after < 10)).any(axis=0).mean()
        figures[type(encoder).__name__] = round(float(2.0 * right * found / (right + found)), 3)
    return figures


# ---- tones in noise


def tones(quick: bool) -> Figures:
    """Share of tones told from 16 others in noise of ten times their power, by the band that fires most."""
    rng, trials = np.random.default_rng(3), 32 if quick else 320
    bank = enc.Gammatone(16000.0, n_bands=16, f_low=200.0, f_high=5000.0)
    encoder = enc.RegularRate(rate_high=200.0)
    right = 0
    for trial in range(trials):
        band = trial % bank.n_bands
        t = np.arange(4000) / bank.rate
        sound = 0.05 * np.sin(2.0 * np.pi * bank.centres[band] * t) + 0.1118 * rng.standard_normal(len(t))
        values = bank.values(np.clip(sound, -1.0, 1.0))
        counts = encoder.encode(values, 10.0 * len(values)).counts()
        # Noise gives more to wide bands: compare with what it alone would.
        right += int(np.argmax(counts - silence_of(bank, encoder, len(values))) == band)
    return {"Gammatone": round(right / trials, 3), "chance": round(1.0 / bank.n_bands, 3)}


def silence_of(bank: enc.Gammatone, encoder: enc.Encoder, frames: int) -> NDArray[np.int64]:
    """Spikes of each band in noise alone."""
    noise = 0.1118 * np.random.default_rng(4).standard_normal(frames * bank.samples)
    return encoder.encode(bank.values(np.clip(noise, -1.0, 1.0)), 10.0 * frames).counts()


# ---- quantise -> bits -> PWM -> filter, of an image, a sound and texts


def of_text(text: str, size: int = 64) -> Float:
    """Counts of hashed groups of three letters, the largest 1."""
    groups = [zlib.crc32(text[k : k + 3].encode()) % size for k in range(len(text) - 2)]
    counts = np.bincount(groups, minlength=size)
    return np.asarray(counts / counts.max())


def chain(quick: bool) -> Figures:
    """Largest error of six bits over what is stated, with spikes moved by shares of what is allowed."""
    rng, chain = np.random.default_rng(5), enc.BitPWM(n_bits=6)
    bank = enc.Gammatone(16000.0, n_bands=16)
    t = np.arange(1600 if quick else 16000) / bank.rate
    media = {
        "image": enc.Pixels(8, 8, white=16.0).values(load_digits().images[0])[None],
        "sound": bank.values(0.5 * np.sin(2.0 * np.pi * (300.0 + 2000.0 * t) * t)),
        "text": np.stack([of_text(text) for text in TEXTS]),
    }
    allowed = chain.jitter(20.0)
    figures: Figures = {"jitter_ms": round(allowed, 3)}
    for name, values in media.items():
        length = 20.0 * len(values)
        spikes = chain.encode(values, length)
        worst = {}
        for share in (0.0, 0.99, 2.0):
            shaken = spikes.times + share * allowed * rng.uniform(-1.0, 1.0, len(spikes))
            moved = enc.SpikeTrains(np.clip(shaken, 1e-6, length), spikes.indices, spikes.n, length)
            error = np.abs(chain.decode(moved, len(values)) - values).max()
            worst[str(share)] = round(float(error / chain.max_error(length, len(values))), 2)
        figures[name] = worst
    return figures


TASKS: dict[str, Callable[[bool], Figures]] = {
    "follow": follow,
    "standing": standing,
    "light": light,
    "edges": edges,
    "tones": tones,
    "chain": chain,
}


# ---- the picture


def draw(file: Path) -> None:
    """Signals, and the spikes that stand for them."""
    import matplotlib as mpl
    from matplotlib import pyplot

    with mpl.rc_context(STYLE):
        figure, axes = pyplot.subplots(3, 3, figsize=(7.4, 5.6), layout="constrained")
        for ax, (name, encoder) in zip(axes.flat, FOLLOWERS.items(), strict=False):
            draw_following(ax, name, encoder)
        draw_standing(axes[1, 2])
        draw_image(axes[2, 0], axes[2, 1])
        draw_sound(axes[2, 2])
        figure.savefig(file, metadata={"Date": None})
        pyplot.close(figure)


def draw_spikes(ax: Any, times: Float, at: Any, height: float, colour: str) -> None:
    """A stroke a spike, all of them one line with gaps: a small file."""
    bottom = np.broadcast_to(np.asarray(at, dtype=np.float64), times.shape)
    x, gap = np.round(times, 1), np.full(times.shape, np.nan)
    strokes = np.stack([bottom, bottom + height, gap], axis=1).ravel()
    ax.plot(np.stack([x, x, gap], axis=1).ravel(), strokes, color=colour, linewidth=0.6)


def draw_following(ax: Any, name: str, encoder: enc.Encoder) -> None:
    """A second of the wave, its spikes below, what is decoded over it."""
    signal = wave(600)
    spikes = encoder.encode(signal, 600.0)
    rows = 24 if name == "RegularRate" else 600
    decoded = np.repeat(encoder.decode(spikes, rows)[:, 0], 600 // rows)
    at = np.arange(0, 600, 2)
    ax.plot(at, signal[at, 0], color="0.75", linewidth=2.0)
    ax.plot(at, decoded[at], color="C3", linewidth=0.7)
    for train in range(spikes.n):
        draw_spikes(ax, spikes.train(train), -0.1 * (train + 1), 0.08, f"C{train}")
    ax.set_title(name, fontsize="medium")
    ax.set(ylim=(-0.28, 1.05), xlim=(0, 600), xticks=[0, 600], yticks=[0, 1])


def draw_standing(ax: Any) -> None:
    """The spikes of the value 0.7 in each code for standing values."""
    for at, (name, encoder) in enumerate(STANDING.items()):
        spikes = encoder.encode([0.7], 32.0)
        for train in range(spikes.n):
            draw_spikes(ax, spikes.train(train), at + 0.5 * train / spikes.n, 0.5 / spikes.n, f"C{at}")
        ax.text(32.5, at + 0.1, name, fontsize="small")
    ax.set_title("0.7 in 32 ms", fontsize="medium")
    ax.set(xlim=(0, 54), xticks=[0, 16, 32], yticks=[])


def draw_image(left: Any, right: Any) -> None:
    """A digit beside what the order of its 24 brightest pixels says of it, and its on and off cells."""
    image = load_digits().images[3] / 16.0
    ranks, cells = enc.RankOrder(n_spikes=24), enc.OnOff(8, 8)
    known = enc.Pixels(8, 8).values(image)
    decoded = ranks.fit(known[None]).decode(ranks.encode(known, 40.0)).reshape(8, 8)
    response = cells.responses(cells.values(image))
    left.imshow(np.hstack([image, np.ones((8, 1)), decoded]), cmap="gray")
    left.set_title("RankOrder: 24 of 64 pixels fired", fontsize="medium")
    right.imshow(response, cmap="PuOr", vmin=-0.6, vmax=0.6)
    right.set_title("OnOff: response", fontsize="medium")
    for ax in (left, right):
        ax.set(xticks=[], yticks=[])


def draw_sound(ax: Any) -> None:
    """A rising tone through the filter bank, as spikes of StepForward."""
    bank = enc.Gammatone(16000.0, n_bands=24)
    t = np.arange(8000) / bank.rate
    sound = 0.5 * np.sin(2.0 * np.pi * (150.0 + 3000.0 * t) * t)
    values = bank.values(sound)
    spikes = enc.StepForward(threshold=0.2, start=0.0).encode(values, 500.0)
    for kind, colour in ((0, "C0"), (1, "C1")):
        own = spikes.indices % 2 == kind
        draw_spikes(ax, spikes.times[own], spikes.indices[own] // 2, 0.8, colour)
    ax.set_title("Gammatone and StepForward: a rising tone", fontsize="medium")
    ax.set(xlim=(0, 500), xticks=[0, 500], yticks=[0, 23], yticklabels=["80 Hz", "6 kHz"])


def main(arguments: list[str] | None = None) -> None:
    """Run all tasks, print their figures, draw the picture if a file is named for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="less of everything, in about two seconds")
    parser.add_argument("--picture", type=Path, help="file to draw to, such as encoders.svg")
    options = parser.parse_args(arguments)
    print(json.dumps({name: task(options.quick) for name, task in TASKS.items()}))
    if options.picture is not None:
        draw(options.picture)


if __name__ == "__main__":
    main()
