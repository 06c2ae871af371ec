"""68 landmarks of the face in each frame, by dlib (extra ``media``) and its model."""

from .landmarks import Faces as Faces
from .landmarks import extractor as extractor
from .landmarks import faces as faces
from .model import LICENCE as LICENCE
from .model import find_model as find_model
