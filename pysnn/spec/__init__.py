"""A network as a frozen description, its parts, and what a user holds of them.

Every part checks itself when it is made; ``check`` holds it against the other parts, by the same
code whether it is declared through ``Network`` or read from a file.
"""

from .chosen import Neurons as Neurons
from .chosen import Range as Range
from .chosen import count as count
from .current import CurrentSpec as CurrentSpec
from .groups import TAKEN as TAKEN
from .groups import WINNER as WINNER
from .groups import GroupSpec as GroupSpec
from .groups import PopulationSpec as PopulationSpec
from .groups import SourceSpec as SourceSpec
from .handles import Group as Group
from .handles import Modulator as Modulator
from .handles import Population as Population
from .handles import Probe as Probe
from .handles import Projection as Projection
from .handles import SourceGroup as SourceGroup
from .handles import View as View
from .handles import check_own as check_own
from .homeostasis import THETA as THETA
from .homeostasis import Homeostasis as Homeostasis
from .modulator import ModulatorSpec as ModulatorSpec
from .modulator import check_modulator as check_modulator
from .order import Order as Order
from .order import levels as levels
from .probe import ProbeSpec as ProbeSpec
from .projection import ProjectionSpec as ProjectionSpec
from .projection import Values as Values
from .spec import NetworkSpec as NetworkSpec
from .teaching import ErrorSpec as ErrorSpec
from .teaching import FeedbackSpec as FeedbackSpec
