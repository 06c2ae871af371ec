"""Videos of nobody: a warped photograph speaks synthetic Indonesian, annotated as IMVD is.

Needs espeak-ng (its Indonesian voice), scikit-image (the photograph, NASA's of Eileen Collins, public
domain), and the extra ``media``.
"""

from .corpus import VideoRecipe as VideoRecipe
from .corpus import generate as generate
