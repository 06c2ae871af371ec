"""Runs a described network on an engine, and takes what that records to where it belongs."""

from .simulation import Simulation as Simulation
