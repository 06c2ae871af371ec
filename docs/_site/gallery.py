"""The gallery: each example with the picture that it draws and the figures that it prints, run with --quick.

sphinx-gallery wants a title in reStructuredText, folders by theme and pictures as pyplot's figures; our
examples are programs with a docstring that is text and ``--picture FILE``. So copies with such a title
are written for it, run with these arguments, and what they have drawn is picked up from the file.
"""

from __future__ import annotations

import ast
import shutil
import tempfile
from pathlib import Path
from typing import Any

import plain_text

THEMES = {
    "Neurons": [
        "equations", "glif", "gif", "receptors", "alpha_conductances", "gain_control", "clopath_frequency",
        "quantal_analysis", "synaptic_memory", "threshold_homeostasis", "frozen_thresholds", "lost_input",
        "readouts", "adder",
    ],
    "Synapses that learn": [
        "stdp_window", "triplet_frequency", "song_2000", "inhibitory_balance", "bcm_selectivity",
        "correlated_inputs", "synaptic_scaling", "distal_reward", "rules_from_equations", "calcium_windows",
        "pairing_schemes", "synchronous_volleys", "power_law_weights", "competing_neurons",
        "tonic_dopamine", "reliable_sources", "least_weights", "which_came_last", "noisy_targets",
        "blocked_training", "rare_errors", "nonnegative_weights",
    ],
    "Tasks": [
        "digits", "digits_unsupervised", "digits_labels", "digits_three_factor", "digits_reward",
        "memory_evidence", "memory_store_recall", "pattern_generation", "cart_pole",
    ],
    "Input": ["encoders", "event_camera"],
    "Other tools": ["ann_to_snn", "nir_there_and_back", "sonata_circuit"],
}  # fmt: skip
SHARED = ("digit_patches", "memory_tasks")  # what several tasks share is none itself
# Shown and not run here: they take a minute, or learn from data that is no part of the project.
NOT_RUN = (
    "digits_unsupervised", "digits_labels", "digits_three_factor", "digits_reward", "memory_evidence",
    "memory_store_recall", "song_2000", "triplet_frequency",
)  # fmt: skip
PICTURE = Path(tempfile.gettempdir()) / "pysnn_gallery_picture.png"


def write_sources(examples: Path, to: Path) -> None:
    """Copies of the examples by theme, their docstrings as reStructuredText."""
    shutil.rmtree(to, ignore_errors=True)
    placed = [name for names in THEMES.values() for name in names]
    here = sorted(path.stem for path in examples.glob("*.py"))
    if sorted([*placed, *SHARED]) != here:
        wrong = sorted(set(here) ^ {*placed, *SHARED})
        raise ValueError(
            f"docs/_site/gallery.py: expected each example in one theme (see {', '.join(wrong)})"
        )
    to.mkdir(parents=True)
    (to / "GALLERY_HEADER.rst").write_text(
        "Gallery\n=======\n\nPrograms of docs/examples with ``--quick``: what they print and draw.\n"
    )
    folder_of = {theme: to / f"{n}_{theme.lower().replace(' ', '_')}" for n, theme in enumerate(THEMES)}
    for theme, names in THEMES.items():
        folder = folder_of[theme]
        folder.mkdir()
        (folder / "GALLERY_HEADER.rst").write_text(f"{theme}\n{'-' * len(theme)}\n")
        for name in names:
            text = (examples / f"{name}.py").read_text(encoding="utf-8")
            (folder / f"{name}.py").write_text(_with_title(text), encoding="utf-8")
    for name in SHARED:
        shutil.copy(examples / f"{name}.py", folder_of["Tasks"])


def _with_title(text: str) -> str:
    """The same program, the first sentence of its docstring a title."""
    docstring = ast.get_docstring(ast.parse(text)) or ""
    title = docstring.partition("\n")[0]
    end = text.index('"""', 3) + 3
    short = title.split(":")[0].rstrip(".") if len(title) > 70 else title.rstrip(".")
    lines = [short, "=" * len(short), "", *plain_text.paragraphs(docstring)]
    return 'r"""\n' + "\n".join(lines) + '\n"""' + text[end:]


class Arguments:
    """What each example is called with."""

    def __repr__(self) -> str:
        return "Arguments()"

    def __call__(self, gallery_conf: dict[str, Any], script_vars: dict[str, Any]) -> list[str]:
        """``--quick`` and ``--picture FILE``, where it knows them; what it knows of itself is set too."""
        PICTURE.unlink(missing_ok=True)
        text = Path(script_vars["src_file"]).read_text(encoding="utf-8")
        itself = {"__doc__": ast.get_docstring(ast.parse(text)), "__file__": script_vars["src_file"]}
        script_vars["example_globals"].update(itself)
        quick = ["--quick"] if '"--quick"' in text else []
        return [*quick, "--picture", str(PICTURE)] if '"--picture"' in text else quick


class Picture:
    """What an example has drawn."""

    def __repr__(self) -> str:
        return "Picture()"

    def __call__(self, block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
        """The picture, where there is one, moved to where the gallery has its own."""
        from sphinx_gallery.scrapers import figure_rst

        if not PICTURE.exists():
            return ""
        path = next(block_vars["image_path_iterator"])
        shutil.move(PICTURE, path)
        return str(figure_rst([path], gallery_conf["src_dir"]))


def configuration(docs: Path) -> dict[str, Any]:
    """sphinx_gallery_conf."""
    return {
        "examples_dirs": [str(docs / "_made" / "gallery_source")],
        "gallery_dirs": ["_made/gallery"],
        "filename_pattern": rf"/(?!{'|'.join(f'{name}[.]' for name in NOT_RUN)})\w+[.]py$",
        "ignore_pattern": rf"({'|'.join(SHARED)})[.]py$",
        "reset_argv": Arguments(),
        "image_scrapers": (Picture(),),
        "default_thumb_file": str(docs / "figures" / "raster.png"),
        "within_subsection_order": "FileNameSortKey",
        "abort_on_example_error": True,
        "download_all_examples": False,
        "show_memory": False,
        "min_reported_time": 1,
        "plot_gallery": "True",
    }
