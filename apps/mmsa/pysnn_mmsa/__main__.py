"""``python -m pysnn_mmsa``: the command ``mmsa``."""

import sys

from .cli import main

sys.exit(main())
