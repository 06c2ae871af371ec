"""A small synthetic corpus in IMVD's form: nobody was filmed, nothing in it says anything about people.

One speaker a video, several utterances each, one of IMVD's seven emotions by number; of each utterance the
contours of pitch and loudness, trajectories of 68 landmarks, an Indonesian transcript.
"""

from .corpus import EMOTIONS as EMOTIONS
from .corpus import Recipe as Recipe
from .corpus import Utterances as Utterances
from .corpus import generate as generate
from .store import SHIPPED as SHIPPED
from .store import read as read
from .store import write as write
