"""Media files on one time axis: seconds since the start of the container (extra ``media``: PyAV)."""

from .audio import RATE as RATE
from .audio import Sound as Sound
from .audio import sound as sound
from .container import MediaError as MediaError
from .container import Streams as Streams
from .container import probe as probe
from .frames import Frame as Frame
from .frames import frames as frames
