"""From what was recorded to tables of numbers, modality by modality."""

from .contours import contour_statistics as contour_statistics
from .extract import Extractor as Extractor
from .extract import FeatureSet as FeatureSet
from .landmarks import FACIAL_FEATURES as FACIAL_FEATURES
from .landmarks import facial_features as facial_features
from .recipe import Recipe as Recipe
from .recipe import recipe_from as recipe_from
from .rest import Rest as Rest
