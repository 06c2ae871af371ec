"""From media to features: what is to be done (``sources``), one video (``video``), all of them (``pool``),
and the folder that training and prediction read (``folder``).
"""

from .folder import Extraction as Extraction
from .folder import extract as extract
from .item import Item as Item
from .item import Row as Row
from .sources import annotated as annotated
from .sources import clip as clip
from .sources import find as find
from .video import Settings as Settings
