"""Encoders turn real values and contours into spike trains; each has its decoder and a stated error.

``Pixels``, ``OnOff`` and ``Gammatone`` turn images and sound into such values, and back where they can.

One a file; a module put into this folder is found without any other edit. ``get(name)`` finds a
class by its name. The imports below exist for type checkers and editors.
"""

from ..base.registry import import_all as _import_all
from .base import Encoder as Encoder
from .base import get as get
from .bit_pwm import BitPWM as BitPWM
from .bsa import BSA as BSA
from .burst import Burst as Burst
from .delta import Delta as Delta
from .gammatone import FrameStream as FrameStream
from .gammatone import Gammatone as Gammatone
from .latency import Latency as Latency
from .moving_window import MovingWindow as MovingWindow
from .on_off import OnOff as OnOff
from .pixels import Pixels as Pixels
from .population import Population as Population
from .pwm import PWM as PWM
from .rank_order import RankOrder as RankOrder
from .rate import PoissonRate as PoissonRate
from .rate import RegularRate as RegularRate
from .step_forward import StepForward as StepForward
from .stream import Stream as Stream
from .trains import SpikeTrains as SpikeTrains
from .trial_spikes import TrialSpikes as TrialSpikes
from .weighted_phase import WeightedPhase as WeightedPhase

globals().update(_import_all(__name__, __path__))
