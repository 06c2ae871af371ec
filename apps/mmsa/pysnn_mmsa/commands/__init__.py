"""The commands, one a file: ``add`` declares its options, and what it does is the default ``command``."""

from . import datasets, extract, inspect, predict, report, synth, train

COMMANDS = (extract, train, predict, report, inspect, synth, datasets)
