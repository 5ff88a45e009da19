"""The pictures of an edition: a small one for each number, and the sheet that holds them all, to be passed on.

Everything is placed in inches. The small pictures stand in the page as SVG; the same strokes, larger, make the sheet.
"""

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.ticker import MaxNLocator

from roeptoeter.plots.scorecard import write_svg
from roeptoeter.plots.style import (
    FLANDERS,
    GREY,
    INK,
    NETHERLANDS,
    SIMULATED_RED,
    new_figure,
)

_COLOURS = {"NL": NETHERLANDS, "VL": FLANDERS}

#: Inches of a small picture; narrow, so that its letters are legible on a phone.
WIDTH, HEIGHT = 3.4, 1.3

#: Inches of the sheet; at `SHEET_DPI` dots an inch it has 1,200 by 1,500 pixels.
SHEET, SHEET_DPI = (12.0, 15.0), 100

_ACROSS, _DOWN = 20, 5
_MARGIN = 0.6

#: A bitmap fits its letters to pixels, and other readers have other typefaces: room for both.
_SLACK = 1.03

#: Below this the letters of a picture on the sheet are no longer legible; the words make room for it.
_LEAST_SCALE = 1.2
_SMALLEST_TITLE = 34


@dataclass(frozen=True, slots=True)
class Mark:
    """A number in a picture.

    Parameters
    ----------
    label : str
        What it is the number of; empty where the picture has only one.
    text : str
        The number as it is written.
    value, low, high : float
        In one unit for all marks of a picture; NaN where there is no single value.
    """

    label: str
    text: str
    value: float
    low: float
    high: float

    @property
    def middle(self) -> float:
        """The value, or the middle of the interval where there is none."""
        return (self.low + self.high) / 2 if math.isnan(self.value) else self.value


@dataclass(frozen=True, slots=True)
class Picture:
    """What a small picture shows.

    Parameters
    ----------
    kind : {"hundred", "bars", "scale"}
        A hundred dots of which so many are filled, bars below each other, or a scale from nothing.
    marks : tuple of Mark
        The first is the number that the picture is about.
    note : str
        How to read it, in a few words.
    ticks : tuple of (float, str)
        Of a scale: places and how they are written; the last is its end.
    """

    kind: Literal["hundred", "bars", "scale"]
    marks: tuple[Mark, ...]
    note: str = ""
    ticks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """A number on the sheet: the number as it is written, the rest of the sentence, its margin and its picture."""

    number: str
    headline: str
    margin: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the sheet of an edition says; see `draw_sheet`."""

    title: str
    lede: str
    panels: tuple[Panel, ...]
    meanings: tuple[tuple[str, str], ...]
    source: str
    region: str
    simulated: str = ""


def choose_ticks(highest: float) -> list[float]:
    """Choose round places for a scale that begins at nothing.

    Parameters
    ----------
    highest : float
        What the scale has to hold.

    Returns
    -------
    list of float
        Rising from 0; the last is not below `highest`.

    Examples
    --------
    >>> choose_ticks(24.0)
    [0.0, 10.0, 20.0, 30.0]
    """
    if not highest > 0:
        raise ValueError(f"a scale needs a number above nothing, not {highest}")
    ticks = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, highest)
    return [float(tick) for tick in ticks if tick >= 0]


@cache
def _use_house_style() -> None:
    # once in a process: every call of new_figure has matplotlib look for the typefaces anew
    new_figure("", "", source="")


@cache
def _measure_once(text: str, weight: str) -> float:
    _use_house_style()
    font = FontProperties(family="Source Sans 3", size=100, weight=weight)
    return text_to_path.get_text_width_height_descent(text, font, False)[0] / 7200


def _measure(text: str, size: float, weight: str = "normal") -> float:
    """Return how wide a text is, in inches: the sum of its words, of which each is measured once."""
    words = text.split(" ")
    blanks = (len(words) - 1) * _measure_once("n n", weight) - (
        (len(words) - 1) * _measure_once("nn", weight)
    )
    return size * (sum(_measure_once(word, weight) for word in words if word) + blanks)


def wrap_text(text: str, size: float, width: float, weight: str = "normal") -> list[str]:
    """Break a text into lines that are no wider than asked for.

    Parameters
    ----------
    text : str
    size : float
        Points.
    width : float
        Inches. A single longer word gets a line of its own.
    weight : str

    Returns
    -------
    list of str
    """
    lines: list[str] = []
    # at blanks only: what is joined by a no-break space stays together
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _measure(longer, size, weight) * _SLACK <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


class _Pen:
    """Draws at a place of a figure, in inches of a small picture, `scale` times as large."""

    def __init__(
        self,
        figure: Figure,
        left: float = 0,
        bottom: float = 0,
        scale: float = 1,
        *,
        is_bitmap: bool = False,
    ) -> None:
        self.figure, self.left, self.bottom, self.scale = figure, left, bottom, scale
        self.is_bitmap = is_bitmap

    def at(self, left: float, bottom: float, scale: float) -> "_Pen":
        """Return a pen for another place of the same figure."""
        return _Pen(self.figure, left, bottom, scale, is_bitmap=self.is_bitmap)

    def place(self, x: float, y: float) -> tuple[float, float]:
        return self.left + self.scale * x, self.bottom + self.scale * y

    def write(self, x: float, y: float, text: str, size: float, **style) -> None:
        # not Figure.text, which would look up the style anew for each
        self.figure.add_artist(
            Text(
                *self.place(x, y), text, fontsize=size * self.scale,
                transform=self.figure.dpi_scale_trans, **{"color": INK, **style},
            ),
            clip=False,
        )  # fmt: skip

    def stroke(self, ends: Sequence, points: float, **style) -> None:
        """Draw lines that each have two ends as one path."""
        placed = np.array([self.place(*end) for end in ends])
        path = Path(placed, np.tile([Path.MOVETO, Path.LINETO], len(placed) // 2))
        path.should_simplify = False
        self.figure.add_artist(
            PathPatch(
                path, transform=self.figure.dpi_scale_trans, fill=False, clip_on=False,
                lw=points * self.scale, **{"capstyle": "butt", **style},
            )
        )  # fmt: skip

    def dot(self, centres: Sequence, points: float, colour: str) -> None:
        """Draw dots as one path: lines of no length with round ends, which a bitmap would lose; there circles."""
        if not len(centres):
            return
        if not self.is_bitmap:
            ends = [end for x, y in centres for end in ((x, y), (x + 1e-6, y))]
            self.stroke(ends, points, capstyle="round", edgecolor=colour)
            return
        radius = points * self.scale / 144
        circles = [Path.circle(self.place(x, y), radius) for x, y in centres]
        self.figure.add_artist(
            PathPatch(
                Path.make_compound_path(*circles), transform=self.figure.dpi_scale_trans,
                clip_on=False, lw=0, facecolor=colour,
            )
        )  # fmt: skip

    def box(self, x: float, y: float, width: float, height: float, **style) -> None:
        self.figure.add_artist(
            Rectangle(
                self.place(x, y), width * self.scale, height * self.scale,
                transform=self.figure.dpi_scale_trans, lw=0, clip_on=False, **style,
            )
        )  # fmt: skip


def draw_picture(picture: Picture, *, region: str, simulated: str = "") -> Figure:
    """Draw the small picture of one number.

    Parameters
    ----------
    picture : Picture
    region : str
        Decides the colour.
    simulated : str
        What stands across it where its numbers are made up.

    Returns
    -------
    matplotlib.figure.Figure
        `WIDTH` by `HEIGHT` inches, without title and source, which stand around it.
    """
    _use_house_style()
    figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="none")
    _draw(_Pen(figure), picture, _COLOURS.get(region, INK))
    if simulated:
        figure.add_artist(
            Text(
                WIDTH / 2, HEIGHT / 2, simulated, fontsize=30, fontweight="semibold",
                color=SIMULATED_RED, alpha=0.13, ha="center", va="center", rotation=12,
                transform=figure.dpi_scale_trans, zorder=10,
            ),
            clip=False,
        )  # fmt: skip
    return figure


def write_picture(figure: Figure, alt: str) -> str:
    """Write a small picture as SVG to stand within a page that allows no style in its elements.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        From `draw_picture`.
    alt : str
        What a reader who cannot see it should know.

    Returns
    -------
    str
        An `svg` element; the same for the same picture.
    """
    svg = write_svg(figure, alt)
    svg = re.sub(r' style="([^"]*)"', _style_to_attributes, svg)
    # a page without its stylesheet would blow it up to the width of the window
    size = f'width="{WIDTH * 100:.0f}" height="{HEIGHT * 100:.0f}" focusable="false"'
    return svg.replace("<svg ", f"<svg {size} ", 1)


def _style_to_attributes(match: re.Match) -> str:
    pairs = [pair.partition(":") for pair in match[1].split(";") if pair.strip()]
    return "".join(f' {name.strip()}="{text.strip()}"' for name, _, text in pairs)


def _draw(pen: _Pen, picture: Picture, colour: str) -> None:
    {"hundred": _draw_hundred, "bars": _draw_bars, "scale": _draw_scale}[picture.kind](
        pen, picture, colour
    )


def _draw_hundred(pen: _Pen, picture: Picture, colour: str) -> None:
    mark = picture.marks[0]
    sure = round(mark.low)
    # of an interval that rounds to one number, only that number is shown
    perhaps = max(round(mark.high), sure)
    pitch = (WIDTH - 0.16) / (_ACROSS - 1)
    # column by column, from the left, as a bar would fill
    places = [
        (0.08 + pitch * (i // _DOWN), HEIGHT - 0.09 - pitch * (i % _DOWN))
        for i in range(_ACROSS * _DOWN)
    ]
    pen.dot(places[perhaps:], 3.2, "#c3c9ce")
    pen.dot(places[:perhaps], 9.4, colour)
    pen.dot(places[sure:perhaps], 6.2, "white")
    pen.write(0, 0.07, picture.note, 9.5, color=GREY)


def _draw_bars(pen: _Pen, picture: Picture, colour: str) -> None:
    highest = max(mark.high for mark in picture.marks)
    widest = max(_measure(mark.text, 13, "semibold") for mark in picture.marks)
    # other readers have wider typefaces
    inches = (WIDTH - 1.12 * widest - 0.1) / highest
    row = HEIGHT / len(picture.marks)
    height = min(0.26, row - 0.27)
    for place, mark in enumerate(picture.marks):
        bottom = HEIGHT - row * (place + 1) + 0.06
        tint = "#8b949b" if place else colour
        pen.write(0, bottom + height + 0.05, mark.label, 10.5, color=GREY if place else INK)
        pen.box(0, bottom, mark.low * inches, height, facecolor=tint)
        if (mark.high - mark.low) * inches > 0.012:
            pen.box(
                mark.low * inches, bottom, (mark.high - mark.low) * inches, height,
                facecolor=tint, alpha=0.38,
            )  # fmt: skip
        pen.write(
            mark.high * inches + 0.07, bottom + height / 2 - 0.01, mark.text, 13,
            color=INK if place else colour, fontweight="semibold", va="center",
        )  # fmt: skip


def _draw_scale(pen: _Pen, picture: Picture, colour: str) -> None:
    left, right, base = 0.06, WIDTH - 0.12, 0.54
    end = picture.ticks[-1][0]
    inches = (right - left) / end
    pen.stroke([(left, base), (right, base)], 1, edgecolor="#9aa2a8")
    for tick, text in picture.ticks:
        x = left + tick * inches
        pen.stroke([(x, base), (x, base - 0.06)], 1, edgecolor="#9aa2a8")
        align = "left" if tick == 0 else "right" if tick == end else "center"
        pen.write(x + {"left": -0.04, "right": 0.06}.get(align, 0), base - 0.09, text, 10, color=GREY, ha=align, va="top")  # fmt: skip
    mark, *others = picture.marks
    low, middle, high = (left + inches * each for each in (mark.low, mark.middle, mark.high))
    pen.stroke([(low, base), (max(high, low + 0.03), base)], 13, edgecolor=colour, alpha=0.38)
    if not math.isnan(mark.value):
        pen.dot([(middle, base)], 10, colour)
    words = f"{mark.label}: {mark.text}" if mark.label else mark.text
    taken = _write_above(pen, middle, base + 0.2, words, 13, colour, fontweight="semibold")
    for other in others:
        x = left + inches * other.middle
        words = f"{other.label}: {other.text}" if other.label else other.text
        width = _measure(words, 11)
        start = _start(x, width)
        # on a line of its own where the two would meet
        free = start > taken[1] + 0.12 or start + width < taken[0] - 0.12
        height = base + (0.2 if free else 0.5)
        pen.stroke([(x, base - 0.05), (x, height - 0.03)], 1.6, edgecolor=INK)
        _write_above(pen, x, height, words, 11, INK)
    pen.write(0, 0.07, picture.note, 9.5, color=GREY)


def _start(x: float, width: float) -> float:
    return min(max(x - width / 2, 0), WIDTH - width)


def _write_above(pen: _Pen, x: float, y: float, text: str, size: float, colour: str, **style):
    """Write a text over a place, moved inwards at the edges; return where it begins and ends."""
    width = _measure(text, size, style.get("fontweight", "normal"))
    start = _start(x, width)
    align = "left" if start <= 0 else "right" if start >= WIDTH - width - 1e-9 else "center"
    at = {"left": 0, "right": WIDTH, "center": x}[align]
    pen.write(at, y, text, size, color=colour, ha=align, **style)
    return start, start + width


def draw_sheet(sheet: Sheet) -> bytes:
    """Draw the sheet of an edition as a picture that can be passed on.

    Parameters
    ----------
    sheet : Sheet

    Returns
    -------
    bytes
        A PNG of 1,200 by 1,500 pixels, the same bytes every time.

    Raises
    ------
    ValueError
        If it has no panel.
    """
    if not sheet.panels:
        raise ValueError("a sheet without a number")
    _use_house_style()
    figure = Figure(figsize=SHEET, dpi=SHEET_DPI, facecolor="white")
    pen, colour = _Pen(figure, is_bitmap=True), _COLOURS.get(sheet.region, INK)
    top = _draw_head(pen, sheet, colour)
    bottom = _draw_foot(pen, sheet)
    _draw_panels(pen, sheet.panels, colour, top, bottom)
    if sheet.simulated:
        pen.write(
            SHEET[0] / 2, SHEET[1] / 2, "SIMULATED", 150, color=SIMULATED_RED, alpha=0.1, ha="center", va="center",
            fontweight="semibold", rotation=math.degrees(math.atan2(SHEET[1], SHEET[0])), zorder=10,
        )  # fmt: skip
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _write_lines(
    pen: _Pen, x: float, y: float, lines: list[str], size: float, leading: float = 1.2, **style
) -> float:
    """Write lines below each other from `y` downwards; return where they end."""
    step = size * leading / 72
    for place, line in enumerate(lines):
        pen.write(x, y - place * step - 0.8 * size / 72, line, size, **style)
    return y - len(lines) * step


def _draw_head(pen: _Pen, sheet: Sheet, colour: str) -> float:
    width, height = SHEET
    inside = width - 2 * _MARGIN
    pen.box(0, height - 0.16, width, 0.16, facecolor=colour)
    y = height - 0.16
    if sheet.simulated:
        lines = wrap_text(sheet.simulated, 20, inside, "semibold")
        depth = 0.2 + len(lines) * 20 * 1.2 / 72
        pen.box(0, y - depth, width, depth, facecolor=SIMULATED_RED)
        _write_lines(pen, _MARGIN, y - 0.1, lines, 20, color="white", fontweight="semibold")
        y -= depth
    y -= 0.42
    size = max(_SMALLEST_TITLE, _fit(sheet.title, 42, inside))
    y = _write_lines(
        pen, _MARGIN, y, wrap_text(sheet.title, size, inside, "semibold"), size, 1.08, fontweight="semibold"
    )  # fmt: skip
    return _write_lines(pen, _MARGIN, y - 0.12, wrap_text(sheet.lede, 22, inside), 22, color=GREY) - 0.22  # fmt: skip


def _draw_foot(pen: _Pen, sheet: Sheet) -> float:
    inside = SHEET[0] - 2 * _MARGIN
    size = 14.5
    blocks = [(f"{term}.", meaning) for term, meaning in sheet.meanings]
    lines = [
        (line, bool(place == 0), term)
        for term, meaning in blocks
        for place, line in enumerate(wrap_text(f"{term} {meaning}", size, inside))
    ]
    source = wrap_text(sheet.source, size, inside)
    step = size * 1.26 / 72
    top = 0.4 + step * (len(lines) + len(source)) + 0.12
    pen.stroke([(_MARGIN, top + 0.16), (SHEET[0] - _MARGIN, top + 0.16)], 1, edgecolor=GREY)
    y = top
    for line, is_first, term in lines:
        base = y - 0.8 * size / 72
        if is_first:
            # the term in bold, the rest of its line after it
            pen.write(_MARGIN, base, term, size, fontweight="semibold")
            shift = _measure(term + " ", size, "semibold") + 0.04
            pen.write(_MARGIN + shift, base, line.removeprefix(term).strip(), size, color=GREY)
        else:
            pen.write(_MARGIN, base, line, size, color=GREY)
        y -= step
    _write_lines(pen, _MARGIN, y - 0.12, source, size, 1.26, color=GREY)
    return top + 0.16


class _Words:
    """The words of a panel, broken into lines, with the height that they take."""

    def __init__(self, panel: Panel, width: float, sizes: tuple[float, float, float]) -> None:
        number, headline, margin = sizes
        fitted = _fit(panel.number, number, width)
        self.parts = (
            ([panel.number], fitted, 1.0, 0.0, {"fontweight": "semibold"}),
            (wrap_text(panel.headline, headline, width), headline, 1.14, 0.07, {}),
            (wrap_text(panel.margin, margin, width), margin, 1.14, 0.06, {"color": GREY}),
        )
        self.height = sum(
            gap + len(lines) * size * leading / 72 for lines, size, leading, gap, _ in self.parts
        )

    def write(self, pen: _Pen, left: float, top: float, colour: str) -> None:
        y = top
        for place, (lines, size, leading, gap, style) in enumerate(self.parts):
            style = style if place else style | {"color": colour}
            y = _write_lines(pen, left, y - gap, lines, size, leading, **style)


def _draw_panels(
    pen: _Pen, panels: Sequence[Panel], colour: str, top: float, bottom: float
) -> None:
    """Draw the first panel across and the others two in a row below it, all pictures but the first of one size."""
    gap, above, between, below = 0.55, 0.17, 0.2, 0.26
    column = (SHEET[0] - 2 * _MARGIN - gap) / 2
    first, *others = panels
    pairs = [others[place : place + 2] for place in range(0, len(others), 2)]
    for shrink in (1, 0.95, 0.9, 0.85, 0.8):
        head = _Words(first, column, (92 * shrink, 25 * shrink, 18 * shrink))
        rows = [
            [_Words(panel, column, (58 * shrink, 23 * shrink, 17.5 * shrink)) for panel in pair]
            for pair in pairs
        ]
        tall = [max(words.height for words in row) for row in rows]
        start = max(head.height, HEIGHT * column / WIDTH) + above + below
        room = top - bottom - start - sum(tall) - len(rows) * (above + between + below)
        scale = min(room / max(1, len(rows)) / HEIGHT, column / WIDTH)
        if scale >= _LEAST_SCALE:
            break
    if scale <= 0:
        raise ValueError("the sheet has no room for its pictures; shorten the headlines")
    spare = (room - scale * HEIGHT * len(rows)) / (len(rows) + 1)
    _rule(pen, _MARGIN, top, SHEET[0] - 2 * _MARGIN)
    start += spare
    head.write(pen, _MARGIN, top - above - spare / 3, colour)
    large = column / WIDTH
    middle = top - start / 2 - HEIGHT * large / 2
    _draw(pen.at(SHEET[0] - _MARGIN - column, middle, large), first.picture, colour)
    y = top - start
    for pair, row, height in zip(pairs, rows, tall, strict=True):
        depth = above + height + between + scale * HEIGHT + below + spare
        for place, (panel, words) in enumerate(zip(pair, row, strict=True)):
            left = _MARGIN + place * (column + gap)
            _rule(pen, left, y, column)
            words.write(pen, left, y - above, colour)
            _draw(pen.at(left, y - depth + below, scale), panel.picture, colour)
        y -= depth


def _rule(pen: _Pen, left: float, y: float, width: float) -> None:
    pen.stroke([(left, y), (left + width, y)], 1, edgecolor=INK)


def _fit(text: str, size: float, width: float) -> float:
    """Return the size in points, smaller where the text would be too wide."""
    return min(size, size * width / (_measure(text, size, "semibold") * _SLACK))
