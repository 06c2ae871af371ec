"""A network as a frozen description, its parts, and what a user holds of them."""

from .handles import Group as Group
from .handles import Modulator as Modulator
from .handles import Population as Population
from .handles import Probe as Probe
from .handles import Projection as Projection
from .handles import SourceGroup as SourceGroup
from .handles import View as View
from .handles import check_own as check_own
from .modulator import ModulatorSpec as ModulatorSpec
from .modulator import check_modulator as check_modulator
from .parts import CurrentSpec as CurrentSpec
from .parts import GroupSpec as GroupSpec
from .parts import Neurons as Neurons
from .parts import PopulationSpec as PopulationSpec
from .parts import ProbeSpec as ProbeSpec
from .parts import ProjectionSpec as ProjectionSpec
from .parts import Range as Range
from .parts import SourceSpec as SourceSpec
from .parts import Values as Values
from .parts import count as count
from .spec import NetworkSpec as NetworkSpec
