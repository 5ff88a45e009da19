"""The figure of a scorecard: each measure as a strip of dots, the others grey, the organisation's own value marked.

Hundreds of these are drawn in a row: there are no axes and no layout to solve, everything is placed in inches, and all
dots of a figure are one path.
"""

import html
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from roeptoeter.plots.style import FAINT, FLANDERS, GREY, INK, NETHERLANDS, new_figure

_COLOURS = {"NL": NETHERLANDS, "VL": FLANDERS}

# Inches; narrow, so that the letters are legible on a phone.
_WIDTH, _LEFT, _RIGHT = 4.4, 0.12, 4.24
_ROW, _ABOVE, _BELOW, _FOOT = 1.12, 0.25, 0.15, 0.2
_BASELINE, _NAME, _LABEL = 0.38, 1.09, 0.66
_PITCH = 0.044
_DOT_POINTS = 2.7
_FEWEST_INCHES_BETWEEN_TICKS = 0.5


@dataclass(frozen=True, slots=True)
class Strip:
    """One measure of the figure.

    Parameters
    ----------
    name, explanation : str
        Printed on the left.
    label : str
        The own value in words, or why there is none.
    value, low, high : float
        The own value and its range; NaN where there is none.
    above, below : numpy.ndarray
        The others' values: of its size, and of its province.
    middle_above, middle_below : float
        The middle of each; NaN of too few.
    ends : tuple of float
        Where the strip begins and ends.
    scale : {"linear", "logarithmic", "logarithmic from zero"}
    ticks : tuple of (float, str)
        Values that may be marked below the strip, and how they are written.
    """

    name: str
    explanation: str
    label: str
    value: float
    low: float
    high: float
    above: np.ndarray
    below: np.ndarray
    middle_above: float
    middle_below: float
    ends: tuple[float, float]
    scale: Literal["linear", "logarithmic", "logarithmic from zero"]
    ticks: tuple[tuple[float, str], ...]

    @property
    def is_known(self) -> bool:
        """Whether there is a value or a range to mark."""
        return not (math.isnan(self.value) and math.isnan(self.low))


def draw_scorecard(strips: Sequence[Strip], *, region: str) -> Figure:
    """Draw the measures of one organisation beside those of its like.

    Parameters
    ----------
    strips : sequence of Strip
        From top to bottom.
    region : str
        Decides the colour of the own value, the only one there is.

    Returns
    -------
    matplotlib.figure.Figure
        Without title and source, which stand around it as text of the page.
    """
    _use_house_style()
    figure = Figure(figsize=(_WIDTH, len(strips) * _ROW + _FOOT), facecolor="white")
    colour = _COLOURS.get(region, INK)
    dots: list[np.ndarray] = []
    lines: dict[str, list] = {"base": [], "middle": [], "own": [], "range": []}
    for place, strip in enumerate(strips):
        foot = _FOOT + (len(strips) - 1 - place) * _ROW
        baseline = foot + _BASELINE
        scale = _Scale(strip.ends, strip.scale)
        dots += [
            _stack(scale.place(strip.above), baseline, 1, _ABOVE),
            _stack(scale.place(strip.below), baseline, -1, _BELOW),
        ]
        _write_names(figure, strip, foot)
        _draw_ticks(figure, strip, scale, baseline, lines["base"])
        for middle, low, high in (
            (strip.middle_above, baseline + 0.02, baseline + _ABOVE + 0.02),
            (strip.middle_below, baseline - _BELOW - 0.02, baseline - 0.02),
        ):
            if not math.isnan(middle):
                x = float(scale.place(np.array([middle]))[0])
                lines["middle"].append([(x, low), (x, high)])
        _mark_own(figure, strip, scale, baseline, colour, lines)
    figure.add_artist(_join_dots(np.concatenate(dots), figure))
    _add_lines(figure, lines, colour)
    return figure


@cache
def _use_house_style() -> None:
    # once in a process: every call of new_figure has matplotlib look for the typefaces anew, as long as a drawing takes
    new_figure("", "", source="")


def _write(figure: Figure, x: float, y: float, text: str, size: float, **style) -> None:
    """Write text at a place in inches."""
    # not Figure.text, which would look up the style anew for each
    figure.add_artist(
        Text(x, y, text, fontsize=size, transform=figure.dpi_scale_trans, **style), clip=False
    )


class _Scale:
    """Where a value stands on a strip, in inches."""

    def __init__(self, ends: tuple[float, float], kind: str) -> None:
        self.kind = kind
        low, high = ends
        # the ends are those of the values, so that a strip is full; a share and a count begin at nothing
        self.low = low if kind == "logarithmic" else 0.0
        self.high = high if high > self.low else self.low + 1.0

    def bend(self, values: np.ndarray) -> np.ndarray:
        if self.kind == "linear":
            return values
        return np.log1p(values) if self.kind == "logarithmic from zero" else np.log(values)

    def place(self, values: np.ndarray) -> np.ndarray:
        low, high = self.bend(np.array([self.low, self.high]))
        inside = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        return _LEFT + (_RIGHT - _LEFT) * (self.bend(inside) - low) / (high - low)


def _stack(x: np.ndarray, baseline: float, direction: int, room: float) -> np.ndarray:
    """Pile values that share a bin upon each other, away from the baseline; closer where the room is short."""
    if not len(x):
        return np.empty((0, 2))
    bins = np.round((x - _LEFT) / _PITCH).astype(int)
    order = np.argsort(bins, kind="stable")
    sorted_bins = bins[order]
    starts = np.flatnonzero(np.r_[True, np.diff(sorted_bins) > 0])
    counts = np.diff(np.r_[starts, len(x)])
    level = np.arange(len(x)) - np.repeat(starts, counts)
    pitch = min(_PITCH, (room - 0.03) / max(1, counts.max() - 1))
    # whole hundredths of an inch keep the file short
    y = baseline + direction * (0.045 + pitch * level)
    return np.column_stack([_LEFT + _PITCH * sorted_bins, y])


def _join_dots(centres: np.ndarray, figure: Figure) -> PathPatch:
    """Make one path of all dots: lines of no length with round ends."""
    ends = np.repeat(centres, 2, axis=0)
    ends[1::2, 0] += 1e-6
    return _join(ends, figure, edgecolor="#9aa2a8", lw=_DOT_POINTS, capstyle="round")


def _join(ends: np.ndarray, figure: Figure, **style) -> PathPatch:
    """Make one path of lines that each have two ends, in inches."""
    path = Path(ends, np.tile([Path.MOVETO, Path.LINETO], len(ends) // 2))
    path.should_simplify = False
    return PathPatch(path, transform=figure.dpi_scale_trans, fill=False, clip_on=False, **style)


def _write_names(figure: Figure, strip: Strip, foot: float) -> None:
    _write(
        figure, _LEFT - 0.04, foot + _NAME, strip.name, 12, color=INK, fontweight="semibold", va="top"
    )  # fmt: skip
    _write(
        figure, _RIGHT + 0.04, foot + _NAME - 0.02, strip.explanation, 10, color=GREY, ha="right", va="top"
    )  # fmt: skip


def _draw_ticks(figure: Figure, strip: Strip, scale: _Scale, baseline: float, base: list) -> None:
    base.append([(_LEFT, baseline), (_RIGHT, baseline)])
    last = -math.inf
    for tick, text in strip.ticks:
        x = float(scale.place(np.array([tick]))[0])
        if not scale.low <= tick <= scale.high or x - last < _FEWEST_INCHES_BETWEEN_TICKS:
            continue
        last = x
        base.append([(x, baseline - _BELOW - 0.02), (x, baseline - _BELOW - 0.05)])
        _write(figure, x, baseline - _BELOW - 0.055, text, 10, color=GREY, ha="center", va="top")


def _mark_own(
    figure: Figure,
    strip: Strip,
    scale: _Scale,
    baseline: float,
    colour: str,
    lines: dict[str, list],
) -> None:
    top = baseline + _LABEL - _BASELINE
    if not strip.is_known:
        _write(figure, _RIGHT, top, strip.label, 11, color=GREY, ha="right", va="bottom")
        return
    low, value, high = scale.place(np.array([strip.low, strip.value, strip.high]))
    if not math.isnan(strip.low):
        lines["range"].append([(low, baseline), (max(high, low + 0.02), baseline)])
    if math.isnan(strip.value):
        x = (low + high) / 2
    else:
        x = value
        lines["own"].append([(x, baseline - _BELOW - 0.02), (x, top)])
    share = (x - _LEFT) / (_RIGHT - _LEFT)
    align = "left" if share < 0.06 else "right" if share > 0.94 else "center"
    _write(
        figure, x, top, strip.label, 12.5, color=colour, fontweight="semibold", ha=align, va="bottom"
    )  # fmt: skip


def _add_lines(figure: Figure, lines: dict[str, list], colour: str) -> None:
    styles = {
        "base": {"edgecolor": FAINT, "lw": 0.9},
        "middle": {"edgecolor": INK, "lw": 1.5},
        "range": {"edgecolor": colour, "lw": 6.5, "alpha": 0.45},
        "own": {"edgecolor": colour, "lw": 2.2},
    }
    for order, (kind, style) in enumerate(styles.items()):
        if lines[kind]:
            ends = np.array(lines[kind]).reshape(-1, 2)
            figure.add_artist(_join(ends, figure, zorder=2 + order / 10, capstyle="butt", **style))


#: What a browser does not need, apart from what is told apart below: comments, and dots written as lines.
_SHORTER = [
    (re.compile(r"<!--.*?-->", re.DOTALL), ""),
    (re.compile(r"M (\d+)(\.\d+)? (\S+) \nL \1\.\d+ \3 \n"), r"M\1\2 \3h.01"),
    (re.compile(r">\s+<"), "><"),
]

#: Within a tag only: names of groups, the typeface, rotations by nothing, digits that no screen shows, line ends.
_SHORTER_TAG = [
    (re.compile(r' id="[^"]*"'), ""),
    (re.compile(r" font-family: [^;]*;"), ""),
    (re.compile(r' transform="rotate\(-?0 [^)]*\)"'), ""),
    (re.compile(r"(\d+\.\d\d)\d+"), r"\1"),
    (re.compile(r"\s*\n\s*"), " "),
]


def _shorten_tag(tag: re.Match) -> str:
    text = tag.group()
    for pattern, replacement in _SHORTER_TAG:
        text = pattern.sub(replacement, text)
    return text


def write_svg(figure: Figure, alt: str) -> str:
    """Write a figure as SVG to stand within a page: short, its letters real text in the typeface of the page.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        From `draw_scorecard`.
    alt : str
        What a reader who cannot see the figure should know.

    Returns
    -------
    str
        An `svg` element without ids, so that several can stand in one page; the same for the same figure.
    """
    buffer = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "roeptoeter", "svg.fonttype": "none"}):
        # savefig would draw twice, the first time for a layout that there is none of
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    width, height = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text).groups()
    body = text[text.index("</defs>") + len("</defs>") : text.rindex("</svg>")]
    for pattern, replacement in _SHORTER:
        body = pattern.sub(replacement, body)
    body = re.sub(r"<[^>]+>", _shorten_tag, body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{html.escape(alt)}">{body.strip()}</svg>'
    )
