"""One look for every figure: typeface, colours, title above, source below, nothing else.

The colours are distinguishable with every common kind of colour blindness and dark enough to be text on white
(at least 4.5 : 1), so that a line and its direct label share one colour. No meaning rests on colour alone.
"""

import io
import math
from functools import cache
from pathlib import Path

import matplotlib as mpl
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#1a1a1a"
GREY = "#6b6b6b"
FAINT = "#dcdcdc"
BLUE = "#0a5c9e"
ORANGE = "#b3470b"
GREEN = "#0b6e4f"
PURPLE = "#7a3e8c"
SIMULATED_RED = "#8c1d18"

#: The two regions keep their colour through all notebooks.
NETHERLANDS = ORANGE
FLANDERS = BLUE

#: Width of every figure in inches: 12-point text stays legible when a phone shows it at half size.
WIDTH = 6.6

_FONTS = Path(__file__).with_name("fonts")


@cache
def _add_typefaces() -> None:
    # once: with each addition matplotlib forgets which typefaces it had found
    for file in sorted(_FONTS.glob("*.ttf")):
        font_manager.fontManager.addfont(file)


def _use_house_style() -> None:
    _add_typefaces()
    sns.set_theme(
        style="white",
        rc={
            "font.family": "Source Sans 3",
            "font.size": 12,
            "axes.edgecolor": GREY,
            "axes.labelcolor": INK,
            "axes.labelsize": 12,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.linewidth": 0.8,
            "xtick.labelsize": 11.5,
            "ytick.labelsize": 11.5,
            "xtick.color": INK,
            "ytick.color": INK,
            "text.color": INK,
            "lines.linewidth": 2,
            "lines.solid_capstyle": "round",
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "svg.fonttype": "path",  # the same letters on every screen, also where the typeface is absent
            "svg.hashsalt": "roeptoeter",  # ids in the file would otherwise change from run to run
        },
    )
    mpl.use("agg", force=False)


def new_figure(
    title: str, subtitle: str, *, height: float = 3.8, source: str, columns: int = 1, **subplots
) -> tuple[Figure, Axes]:
    r"""Start a figure with its message as title, what is shown as subtitle, and its source below.

    Parameters
    ----------
    title : str
        The one message of the figure; at most about 60 characters a line, `\n` breaks it.
    subtitle : str
        What is measured, of whom, when, in which unit.
    height : float
        Height of the drawing in inches, without title and source, which get their own room.
    source : str
        Where the numbers come from, printed below.
    columns : int
        Number of panels side by side.
    **subplots
        Passed to `matplotlib.figure.Figure.subplots` (``sharey=True``, ``width_ratios=...``).

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes, or an array of `columns` of them
    """
    _use_house_style()
    head = 0.26 * (title.count("\n") + 1) + 0.21 * (subtitle.count("\n") + 1) + 0.25
    foot = 0.17 * (source.count("\n") + 1) + 0.12
    total = height + head + foot
    figure = Figure(figsize=(WIDTH, total), layout="constrained")
    figure.get_layout_engine().set(
        rect=(0.008, foot / total, 0.984, height / total), w_pad=0.04, h_pad=0.02
    )
    axes = figure.subplots(1, columns, **subplots)
    figure.text(
        0.012,
        1 - 0.06 / total,
        title,
        fontsize=15.5,
        fontweight="semibold",
        va="top",
        linespacing=0.95,
    )
    below = 0.09 + 0.26 * (title.count("\n") + 1)
    figure.text(
        0.012, 1 - below / total, subtitle, fontsize=11.5, color=GREY, va="top", linespacing=0.95
    )
    figure.text(
        0.012, 0.06 / total, source, fontsize=9.5, color=GREY, va="bottom", linespacing=0.95
    )
    return figure, axes


def stamp_simulated(figure: Figure) -> None:
    """Write SIMULATED across a figure, so that no copy of it can be taken for fact.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        From `new_figure`; changed in place.
    """
    width, height = figure.get_size_inches()
    figure.text(
        0.5, 0.5, "SIMULATED",
        fontsize=66, fontweight="semibold", color=SIMULATED_RED, alpha=0.13, ha="center", va="center",
        rotation=math.degrees(math.atan2(0.6 * height, width)), zorder=10,
    )  # fmt: skip
    figure.text(
        0.988, 0.06 / height, "SIMULATED: invented data",
        fontsize=9.5, fontweight="semibold", color=SIMULATED_RED, ha="right", va="bottom", zorder=10,
    )  # fmt: skip


def draw_svg(figure: Figure) -> bytes:
    """Draw a figure as SVG, the same bytes every time.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    bytes
        Text as outlines, no date, identifiers from a fixed salt.
    """
    # The constrained layout solves for positions in an order that changes from run to run, and so do the last bits
    # of its answer; identifiers in the file are hashes of these. Laid out once and rounded, they stay.
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position([round(edge, 5) for edge in axes.get_position().bounds])
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "roeptoeter", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": "roeptoeter"})
    return buffer.getvalue()
