"""All settings of a run, by section; ``config`` reads and writes them."""

from __future__ import annotations

import dataclasses

from .setting import setting

SEED_MAX = 2**31 - 1


@dataclasses.dataclass(frozen=True)
class DataConfig:
    """Where data of one's own lie and how they are read."""

    path: str = setting("", "table, manifest, label.csv, folder of `mmsa extract`, or file of `mmsa synth`")
    task: str = setting(
        "auto",
        "what a label is; auto: numbers with a decimal point are numbers, all else classes",
        choices=("auto", "classes", "number"),
    )
    labels: str = setting("", "names of labels and their numbers, such as senang=1,marah=-2")
    text_tier: str = setting("", "tier of an .eaf that holds the utterances, where it has another name")
    label_tier: str = setting("", "tier of an .eaf that holds the labels, where it has another name")
    audio_track: int = setting(0, "which sound of a media file is read, from 0", low=0, high=1000)
    pause: float = setting(
        0.0,
        "silence that parts two utterances of a clip without annotations; 0: it is one utterance",
        unit="s",
        low=0,
        high=60,
    )
    shared_speakers: bool = setting(False, "allow a speaker in several parts; the report says so")
    test_share: float = setting(
        0.25,
        "share of the speakers drawn for the test where the data have no split",
        above=True,
        low=0,
        high=0.9,
    )
    valid_share: float = setting(0.0, "share of the speakers drawn for validation likewise", low=0, high=0.9)
    split_seed: int = setting(0, "seed of that draw", low=0, high=SEED_MAX)
    folds: int = setting(
        0,
        "folds by speaker in order of names, in place of the data's parts; 0 for the parts they have",
        low=0,
        high=1000,
    )
    fold: int = setting(0, "which of the folds is for the test, from 0", low=0, high=999)


@dataclasses.dataclass(frozen=True)
class FeatureConfig:
    """How recordings become numbers (data sets that come as tables need none of it)."""

    text: str = setting(
        "tfidf",
        "character n-grams weighted by a vocabulary, or hashed without one",
        choices=("tfidf", "hashed"),
    )
    text_analyzer: str = setting(
        "char",
        "what n-grams are of: letters, words, or both, letters beside words and pairs of words",
        choices=("char", "word", "both"),
    )
    ngram_low: int = setting(
        2, "shortest n-gram, where both are used of letters", unit="letters or words", low=1, high=20
    )
    ngram_high: int = setting(5, "longest n-gram, likewise", unit="letters or words", low=1, high=20)
    text_dims: int = setting(48, "singular vectors kept of the n-grams", low=1, high=10_000)
    text_buckets: int = setting(4096, "buckets of the hash", low=1, high=2**22)
    grams: bool = setting(True, "each n-gram is a line of its own onto the readout, where its path is direct")
    lexicon: str = setting(
        "none",
        "scores of an English sentiment lexicon beside: vader, or auto, which is vader where it is installed",
        choices=("none", "vader", "auto"),
    )
    rest: str = setting(
        "speaker",
        "what voice and face are relative to: speaker, all utterances of the speaker; running, those up to "
        "this one; both shrunk towards the population, which is the third choice",
        choices=("speaker", "running", "population"),
    )

    contours: str = setting(
        "short",
        "statistics of pitch and loudness: 16, or 42 with quantiles, extremes and changes",
        choices=("short", "long"),
    )
    spread: bool = setting(
        False,
        "measure features that are relative to the speaker by the spread of the speaker's utterances too, "
        "shrunk towards the population's",
    )
    tables: str = setting(
        "as-is",
        "features of tables as they are, or less the mean of their speaker: of the utterances up to this one "
        "(running) or of all (speaker), shrunk towards the population; labels unseen",
        choices=("as-is", "running", "speaker"),
    )


@dataclasses.dataclass(frozen=True)
class EncodeConfig:
    """How numbers become spikes."""

    code: str = setting("regular", "evenly spaced spikes, or random ones", choices=("regular", "poisson"))
    duration: float = setting(50.0, "time an utterance is shown", unit="ms", low=0, above=True, high=1e6)
    pause: float = setting(30.0, "silence after it, in which neurons forget it", unit="ms", low=0, high=1e6)
    rate: float = setting(
        200.0, "rate of a line at full value, at most one spike a step", unit="Hz", low=0, above=True
    )
    quantile: float = setting(
        0.01, "share of training values cut off at either end of the range", low=0, high=0.49
    )


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """The spiking layer."""

    fusion: str = setting(
        "early",
        "graph of pathways from modalities to votes, see the documentation; time: that of time.layer alone",
        choices=("early", "late", "hybrid", "tensor", "bibimodal", "attention", "time"),
    )
    translate: str = setting(
        "none",
        "what the lines of a missing modality say: their mean, or what goes with those of the others, by the "
        "nearest examples or by learnt weights",
        choices=("none", "example", "generative"),
    )
    neurons: int = setting(600, "neurons in all", low=1, high=10_000_000)
    indegree: int = setting(
        50,
        "excitatory, and as many inhibitory, lines onto a neuron, at most half of those it could see",
        low=1,
        high=1_000_000,
    )
    tau_m: float = setting(10.0, "time constant of the membrane", unit="ms", low=0, above=True, high=1e6)
    tau_syn: float = setting(
        5.0, "time constant of synaptic currents", unit="ms", low=0, above=True, high=1e6
    )
    drive: float = setting(
        1.5, "mean input of a neuron", unit="least current that makes it fire", low=0, above=True, high=1e6
    )
    gain: float = setting(
        1.0, "deviation of that input over utterances", unit="the same", low=0, above=True, high=1e6
    )


@dataclasses.dataclass(frozen=True)
class StdpConfig:
    """Pair STDP of the excitatory synapses."""

    a_plus: float = setting(
        0.004, "potentiation of a pair, as a share of the largest weight", low=0, high=1e3
    )
    a_minus: float = setting(0.005, "depression of a pair, likewise", low=0, high=1e3)
    tau: float = setting(20.0, "time constant of both windows", unit="ms", low=0, above=True, high=1e6)
    mu: float = setting(1.0, "dependence on the weight, 0 additive to 1 multiplicative", low=0, high=1)
    passes: int = setting(
        1, "times the training part is shown; 0 leaves weights as drawn", low=0, high=100_000
    )
    blocks: int = setting(
        4, "of a pass; between two the tonic input is set so that mean drive stays", low=1, high=100_000
    )


@dataclasses.dataclass(frozen=True)
class TimeConfig:
    """A layer that hears utterances as they go on in time, one more pathway, and learns by e-prop."""

    layer: str = setting(
        "none",
        "which neurons hear each other: no layer; none; all; each itself and its neighbours; a third of each",
        choices=("none", "feedforward", "recurrent", "local", "mixed"),
    )
    neurons: int = setting(200, "neurons of the layer", low=3, high=100_000)
    step: float = setting(20.0, "step of the time axis", unit="ms", low=10, high=1000)
    tau_m: float = setting(60.0, "time constant of the membrane", unit="ms", low=0, above=True, high=1e6)
    adapting: float = setting(0.5, "share of neurons whose threshold adapts", low=0, high=1)
    tau_adapt: float = setting(
        600.0, "time constant of the threshold", unit="ms", low=0, above=True, high=1e6
    )
    beta: float = setting(0.3, "rise of the threshold by a spike, over the threshold", low=0, high=100)
    eta: float = setting(
        0.005, "learning rate of e-prop at the begin, from where it falls evenly to 0", low=0, high=100
    )
    eta_out: float = setting(
        0.25, "the same of the readout, over the square length of counts", low=0, high=10
    )
    epochs: int = setting(12, "times each training utterance is learnt from", low=0, high=100_000)
    batch: int = setting(20, "utterances of a change of weights", low=1, high=100_000)
    mix: float = setting(
        8.0, "how far in length the utterances of a batch may differ", unit="steps", low=0, high=1e6
    )
    drop: float = setting(0.15, "share of spikes of lines left out while learning", low=0, high=0.95)


@dataclasses.dataclass(frozen=True)
class ReadoutConfig:
    """The delta rule on spike counts."""

    eta: float = setting(
        0.1, "learning rate at the begin, from where it falls evenly to 0", low=0, above=True, high=1e6
    )
    epochs: int = setting(10, "times each training utterance is learnt from", low=1, high=1_000_000)
    strength: str = setting(
        "valid",
        "valid: the rate is chosen by utterances held out, the validation part or speakers of the "
        "training part in turn; fixed: as they are set",
        choices=("valid", "fixed"),
    )
    direct: bool = setting(True, "the lines of features reach the readout too, beside the hidden neurons")
    hidden: float = setting(
        1.0,
        "rate of learning from hidden neurons beside lines, over that from lines",
        low=0,
        above=True,
        high=1,
    )
    combine: str = setting(
        "mean",
        "rule by which votes of several pathways are combined",
        choices=("mean", "product", "learnt"),
    )


@dataclasses.dataclass(frozen=True)
class ResumeConfig:
    """How a trained model goes on learning (``mmsa train --resume``)."""

    rate: float = setting(0.3, "learning rates at the begin, over those of the training", low=0, high=100)
    epochs: int = setting(5, "times each new utterance is learnt from", low=1, high=100_000)


@dataclasses.dataclass(frozen=True)
class ContextConfig:
    """How much the other utterances of a video count for one."""

    gain: float = setting(0.0, "weight of a neighbour's vote, 0 for none", low=0, high=1e6)
    decay: float = setting(0.7, "of that weight from each neighbour to the next", low=0, high=1)
    causal: bool = setting(False, "earlier utterances alone")


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """How it is run."""

    seeds: tuple[int, ...] = setting(
        (0, 1, 2, 3, 4), "a number of seeds, or seeds such as 3,1,4 (7, is one seed); one network each"
    )
    backend: str = setting("clock", "engine: fixed steps, or exact events", choices=("clock", "event"))
    dt: float = setting(1.0, "step of the clock engine", unit="ms", low=0, above=True, high=1000)
    threads: int = setting(1, "of the engine, 0 for all cores", low=0, high=4096)
    log: str = setting(
        "first", "whose spikes of the test pass are kept, by seed", choices=("first", "all", "none")
    )
    missing: bool = setting(True, "test also without each modality, where there are several")
    linear_c: float = setting(
        0.01, "inverse strength of the linear floor's L2 penalty", low=0, above=True, high=1e9
    )
    memory: float = setting(
        0.0,
        "most memory a run may be estimated to need, 0 for three quarters of what is free",
        unit="GB",
        low=0,
    )
