"""Pitch and loudness every 10 ms: our own tracker, or openSMILE's eGeMAPSv02 where it is installed."""

from .contours import FRAME as FRAME
from .contours import Voice as Voice
from .contours import extractor as extractor
from .contours import voice as voice
