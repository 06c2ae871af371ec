"""The commands, one a file: ``add`` declares its options, and what it does is the default ``command``."""

from . import compare, datasets, extract, folds, inspect, predict, report, synth, train

COMMANDS = (extract, train, predict, report, compare, folds, inspect, synth, datasets)
