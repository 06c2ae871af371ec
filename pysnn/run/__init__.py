"""Runs a described network on an engine, and takes what that records to where it belongs."""

from .delay_shift import DelayShift as DelayShift
from .lessons import Lesson as Lesson
from .progress import progress_bar as progress_bar
from .simulation import Simulation as Simulation
from .trials import TrialResults as TrialResults
from .trials import TrialsInterrupted as TrialsInterrupted

resume = Simulation.resume
