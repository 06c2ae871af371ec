"""The videos of the test part in the report: one over time, and every utterance with its votes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

_HTML = """
<h2 id='videos'>One video over time</h2>
<p>What the first network saw and said. Dots are the prediction (above) and the label (below) of each
utterance, bars the spikes of its lines, by modality, and of the hidden neurons.</p>
<p><label>video <select id='video'></select></label></p>
<div id='timeline'></div>
<div id='chosen'></div>
<h2 id='votes'>Every utterance of the test part</h2>
<p><label><input type='checkbox' id='wrong'> only those that were told wrong</label>
 <label>find <input id='find' size='20'></label> <span id='count'></span></p>
<div class='tall'><table id='all'><thead></thead><tbody></tbody></table></div>
"""


def section(timeline: Mapping[str, Any]) -> str:
    """HTML with the data and the script that shows them."""
    # "<" alone can end a script element early.
    data = json.dumps(timeline, ensure_ascii=False).replace("<", "\\u003c")
    script = resources.files(__package__).joinpath("videos.js").read_text(encoding="utf-8")
    return f"{_HTML}<script type='application/json' id='data'>{data}</script><script>{script}</script>"
