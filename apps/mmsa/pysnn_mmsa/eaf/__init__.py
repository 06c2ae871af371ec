"""ELAN's .eaf files, by the standard library alone: ``document`` reads, ``utterances`` finds what is meant.

Format: https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf
"""

from .document import Document as Document
from .document import read as read
from .utterances import Annotated as Annotated
from .utterances import Utterance as Utterance
from .utterances import utterances as utterances
