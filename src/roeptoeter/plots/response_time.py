"""The figures of 06-response-time: waits in classes, two clocks, answers by weekday of arrival."""

import math
from collections.abc import Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from roeptoeter.plots.style import (
    BLUE,
    FAINT,
    FLANDERS,
    GREY,
    INK,
    NETHERLANDS,
    PURPLE,
    new_figure,
)

_COLOURS = {"NL": NETHERLANDS, "VL": FLANDERS}

#: Colour and way of drawing of each weekday; the four that go alike look alike.
_WEEKDAYS = {
    "Monday": (GREY, "-", 1.3),
    "Tuesday": (GREY, "-", 1.3),
    "Wednesday": (GREY, "-", 1.3),
    "Thursday": (GREY, "-", 1.3),
    "Friday": (BLUE, "-", 2.2),
    "Saturday": (NETHERLANDS, "-", 2.2),
    "Sunday": (PURPLE, (0, (4, 1.2)), 2.2),
}
_ALIKE = ("Monday", "Tuesday", "Wednesday", "Thursday")


def _name_hours(hours: float) -> str:
    if hours < 1:
        return f"{60 * hours:.0f} min"
    return f"{hours:.0f} h" if hours < 24 else f"{hours / 24:.0f} d"


def _place(hours: float, classes: pd.DataFrame) -> float:
    """Position of a time on an axis with a step a class, logarithmic within each class."""
    ends = classes["to_hours"].to_numpy()
    number = int(np.searchsorted(ends, hours, side="left"))
    low, high = classes["from_hours"].iloc[number], ends[number]
    if math.isinf(high):
        return number + 0.5
    return number + (math.log(hours / low) / math.log(high / low) if low else hours / high)


def draw_waits(
    classes: pd.DataFrame,
    marks: Mapping[str, float],
    *,
    region: str,
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw waits in classes, with the times that are called average.

    Parameters
    ----------
    classes : pandas.DataFrame
        As `roeptoeter.questions.response_time_accounts.class_waits` returns it. Those up to two hours are dark.
    marks : mapping of str to float
        Name and hours of at most two marks, such as the median and the mean; the first is labelled to its left.
    region : {"NL", "VL"}
        For the colour.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=3.6, source=source)
    colour = _COLOURS[region]
    in_time = classes["to_hours"] <= 2
    heights = classes["answers_percent"]
    for chosen, alpha in ((in_time, 1.0), (~in_time, 0.38)):
        axes.bar(
            np.flatnonzero(chosen) + 0.5,
            heights[chosen],
            width=0.94,
            color=colour,
            alpha=alpha,
            lw=0,
        )
    top = heights.max()
    halo = [withStroke(linewidth=3, foreground="white")]
    for number, height in enumerate(heights):
        axes.text(
            number + 0.5, height + 0.01 * top, f"{height:.0f}", ha="center", va="bottom", color=GREY,
            fontsize=11, path_effects=halo, zorder=4,
        )  # fmt: skip
    for place, side, share, words, shade in (
        (0, "left", heights[in_time].sum(), "within two hours", colour),
        (len(classes), "right", heights[~in_time].sum(), "later", GREY),
    ):
        axes.text(
            place, 1.47 * top, f"{share:.0f}% {words}", color=shade, fontweight="semibold", ha=side, va="top"
        )  # fmt: skip
    for side, (name, hours) in zip(("right", "left"), marks.items(), strict=False):
        place = _place(hours, classes)
        axes.plot([place, place], [0, 1.33 * top], color=INK, lw=1.4, zorder=3)
        axes.annotate(
            f"{name}\n{hours:.1f} hours", (place, 1.33 * top), (-5 if side == "right" else 5, 0),
            textcoords="offset points", ha=side, va="top", fontweight="semibold", linespacing=0.95,
            path_effects=halo, zorder=4,
        )  # fmt: skip
    ends = classes["to_hours"].tolist()
    axes.set_xticks(range(1, len(ends)), [_name_hours(end) for end in ends[:-1]], fontsize=10)
    axes.tick_params(axis="x", length=3)
    axes.set_xlim(0, len(classes))
    axes.set_ylim(0, 1.48 * top)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Time until the answer; the classes are not equally wide", loc="left")
    return figure


def draw_clocks(table: pd.DataFrame, title: str, subtitle: str, source: str) -> Figure:
    """Draw the same waits on the wall clock and on the office clock, a row a measure.

    Parameters
    ----------
    table : pandas.DataFrame
        As `roeptoeter.questions.response_time_accounts.tabulate_clocks` returns it.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=0.62 * len(table) + 0.75, source=source)
    end = table["wall_high_hours"].max()
    for row, measure in enumerate(table.itertuples()):
        axes.plot(
            [measure.office_hours, measure.wall_hours], [row, row], color=FAINT, lw=2, zorder=1
        )
        for clock, colour, above in (("wall", INK, False), ("office", BLUE, True)):
            point, low, high = (
                getattr(measure, f"{clock}{part}_hours") for part in ("", "_low", "_high")
            )
            axes.plot(
                [low, high], [row, row], color=colour, lw=8, alpha=0.25, solid_capstyle="butt"
            )
            axes.plot(point, row, "s" if above else "o", color=colour, ms=7)
            axes.annotate(
                f"{point:.1f}", (point, row), (0, 7), textcoords="offset points", ha="center",
                va="bottom", color=colour, fontsize=11.5,
                path_effects=[withStroke(linewidth=2.5, foreground="white")],
            )  # fmt: skip
    first = table.iloc[0]
    for clock, colour, words, side in (
        ("office", BLUE, "office clock", "right"),
        ("wall", INK, "wall clock", "left"),
    ):
        axes.annotate(
            words, (first[f"{clock}_hours"], -0.62), (6 if side == "right" else 0, 0),
            textcoords="offset points", ha=side, va="center", color=colour, fontweight="semibold",
            annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(range(len(table)), table["measure"])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(table) - 0.5, -0.95)
    axes.set_xlim(-0.02 * end, 1.05 * end)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Hours until the answer", loc="left")
    return figure


def draw_weekdays(curves: pd.DataFrame, title: str, subtitle: str, source: str) -> Figure:
    """Draw the share answered by each hour after arrival, a line a weekday of arrival.

    Parameters
    ----------
    curves : pandas.DataFrame
        As `roeptoeter.questions.response_time_accounts.trace_weekdays` returns it.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=4.2, source=source)
    end = curves["hours"].max()
    by_day = dict(iter(curves.groupby("weekday", sort=False)))
    for day, rows in by_day.items():
        colour, dashes, width = _WEEKDAYS[day]
        axes.plot(
            rows["hours"], rows["answered_percent"], color=colour, ls=dashes, lw=width,
            zorder=2 if day in _ALIKE else 3,
        )  # fmt: skip
    top = curves["answered_percent"].max()
    _label_lines(axes, by_day, end, top)
    axes.set_xlim(0, end)
    axes.set_ylim(0, min(100, 1.08 * top))
    axes.set_xticks(np.arange(0, end + 1, 24), [f"{hours:.0f}" for hours in np.arange(0, end + 1, 24)])  # fmt: skip
    axes.yaxis.set_major_formatter("{x:.0f}%")
    axes.grid(axis="x", color=FAINT, lw=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel("Hours since the question", loc="left")
    return figure


def _label_lines(axes: mpl.axes.Axes, by_day: dict, end: float, top: float) -> None:
    """Name each line, or each group of lines, where the name is furthest from all lines."""
    hours = next(iter(by_day.values()))["hours"].to_numpy()
    lines = {day: rows["answered_percent"].to_numpy() for day, rows in by_day.items()}
    groups: dict[str, list[str]] = {}
    for day in lines:
        groups.setdefault("Monday to Thursday" if day in _ALIKE else day, []).append(day)
    away = 0.055 * top
    for label, days in groups.items():
        candidates, width = [], 0.0155 * len(label) * end
        for place in np.flatnonzero((hours >= 0.05 * end) & (hours <= 0.8 * end)):
            # a line rises: its name stands to the left above it, or to the right below it
            for is_above in (True, False):
                ends = [lines[day][place] for day in days]
                height = max(ends) + away if is_above else min(ends) - away
                start = hours[place] - width if is_above else hours[place]
                under = (hours >= start) & (hours <= start + width)
                rooms = {day: np.abs(line[under] - height).min() for day, line in lines.items()}
                own = min(rooms.pop(day) for day in days)
                fits = start >= 0 and height > 0.05 * top and own > 0.8 * away
                # beyond some distance other lines do not disturb; then the earliest place is as good
                room = min(3 * away, min(rooms.values(), default=3 * away))
                candidates.append((room if fits else -1, -place, is_above, height))
        room, place, is_above, height = max(candidates)
        axes.annotate(
            label, (hours[-place], height), (-3 if is_above else 3, 0), textcoords="offset points",
            ha="right" if is_above else "left", va="center", fontweight="semibold",
            color=_WEEKDAYS[days[0]][0], path_effects=[withStroke(linewidth=3, foreground="white")],
        )  # fmt: skip
