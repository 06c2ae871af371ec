"""Files: spike logs in SONATA's format, written while a simulation runs and read back."""

from .recording import Recording as Recording
from .recording import Recovered as Recovered
from .recording import load as load
from .recording import recover as recover
from .sonata import SpikeLog as SpikeLog
