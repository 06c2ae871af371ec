"""The commands, one a file: ``add`` declares its options, and what it does is the default ``command``."""

from . import datasets, predict, report, synth, train

COMMANDS = (train, predict, report, synth, datasets)
