"""The account-level figures of 03-year-on-year: the change and its intervals, its parts, single accounts."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from roeptoeter.plots.style import (
    FAINT,
    FLANDERS,
    GREY,
    INK,
    NETHERLANDS,
    PURPLE,
    new_figure,
)

_COLORS = {"NL": NETHERLANDS, "VL": FLANDERS}


def _write(number: float, form: str) -> str:
    text = f"{number:{form}}"
    # what rounds to nothing has no sign
    text = text.lstrip("+-") if not float(text) else text
    return text.replace("-", "−")


def _write_with_interval(points: float, low: float, high: float) -> str:
    return f"{_write(points, '+.1f')} ({_write(low, '.1f')} to {_write(high, '.1f')})"


def _prepare_rows(axes: Axes, rows: list[tuple[float, str, dict]], bottom: float) -> None:
    """Label the rows on the left, from the top down, and leave nothing but vertical lines of the axes."""
    axes.set_yticks([row[0] for row in rows], [row[1] for row in rows])
    for label, (_, _, look) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set(va="center", **look)
    axes.set_ylim(bottom, min(row[0] for row in rows) - 0.6)
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelcolor=GREY)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)


def _say_beside(axes: Axes, y: float, text: str, **look) -> None:
    axes.text(1.03, y, text, transform=axes.get_yaxis_transform(), va="center", fontsize=11.5, **look)  # fmt: skip


def _tick_change(axes: Axes, low: float, high: float, margin: float) -> None:
    """Show the range with a margin on both sides, and ticks within it; zero is called no change."""
    reach = max(high - low, 0.1)
    axes.set_xlim(low - margin * reach, high + margin * reach)
    ticks = [tick for tick in MaxNLocator(4).tick_values(low, high) if low - margin * reach <= tick <= high + margin * reach]  # fmt: skip
    axes.set_xticks(ticks, [_write(tick, "+.3g") if tick else "no change" for tick in ticks])


def draw_changes(
    changes: pd.DataFrame, *, title: str, subtitle: str, source: str, region: str = "NL"
) -> Figure:
    """Draw the change under both estimands with each of its intervals, a row an interval.

    Parameters
    ----------
    changes : pandas.DataFrame
        As `roeptoeter.questions.year_on_year_accounts.tabulate_changes` returns it.
    title : str
        The message, with its numbers.
    subtitle : str
        What is measured, of whom, when, and what the marks are.
    source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    groups = list(changes.groupby("weighting", sort=False))
    figure, axes = new_figure(
        title, subtitle, height=0.31 * (len(changes) + 1.6 * len(groups)) + 0.3, source=source
    )
    color = _COLORS.get(region, NETHERLANDS)
    y, labels = 0.0, []
    for weighting, rows in groups:
        labels.append((y, f"{weighting} share", {"fontweight": "semibold"}))
        for row in rows.itertuples():
            y += 1
            tone = PURPLE if row.is_for_comparison else color
            labels.append((y, row.method, {"color": tone}))
            axes.plot(
                [row.low_points, row.high_points],
                [y, y],
                color=tone,
                linewidth=6,
                alpha=0.45,
                solid_capstyle="butt",
            )
            axes.plot(row.change_points, y, "o", color=tone, markersize=5.5)
            interval = _write_with_interval(row.change_points, row.low_points, row.high_points)
            _say_beside(axes, y, interval, color=tone)
        y += 1.6
    axes.axvline(0, color=INK, linewidth=1, zorder=1.5)
    _prepare_rows(axes, labels, bottom=y - 1)
    _tick_change(
        axes, min(0.0, changes["low_points"].min()), max(0.0, changes["high_points"].max()), 0.02
    )
    return figure


def draw_parts(
    parts: pd.DataFrame,
    *,
    editions: tuple[str, str],
    title: str,
    subtitle: str,
    source: str,
    region: str = "NL",
) -> Figure:
    """Draw the parts of the change end to end, from the share of the one edition to that of the other.

    Parameters
    ----------
    parts : pandas.DataFrame
        As `roeptoeter.questions.year_on_year_accounts.tabulate_parts` returns it.
    editions : tuple of str
        The earlier and the later.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=0.44 * (len(parts) + 2) + 0.3, source=source)
    color = _COLORS.get(region, NETHERLANDS)
    ends = [parts["start_percent"].iloc[0], parts["end_percent"].iloc[-1]]
    last = len(parts) + 1
    heavy = {"fontweight": "semibold"}
    labels = [(0.0, editions[0], heavy)]
    for y, share in zip((0, last), ends, strict=True):
        axes.plot(share, y, "o", color=INK, markersize=8)
        _say_beside(axes, y, f"{share:.1f}%", **heavy)
    axes.plot([ends[0]] * 2, [0, 1], color=GREY, linewidth=0.9, zorder=1)
    for y, row in enumerate(parts.itertuples(), start=1):
        axes.barh(
            y, row.change_points, left=row.start_percent, height=0.5, color=color, linewidth=0
        )
        axes.plot(
            [row.start_percent + row.low_points, row.start_percent + row.high_points],
            [y, y],
            color=INK,
            linewidth=1.2,
            solid_capstyle="butt",
        )
        axes.plot([row.end_percent] * 2, [y, y + 1], color=GREY, linewidth=0.9, zorder=1)
        labels.append((y, row.meaning, {}))
        interval = _write_with_interval(row.change_points, row.low_points, row.high_points)
        _say_beside(axes, y, interval, color=color)
    _prepare_rows(axes, [*labels, (last, editions[1], heavy)], bottom=last + 0.5)
    axes.use_sticky_edges = False  # the first marker would else be cut in half
    axes.margins(x=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter("{x:g}%")
    return figure


def draw_influence(
    influence: pd.DataFrame,
    change_points: float,
    *,
    shown: int,
    title: str,
    subtitle: str,
    source: str,
    region: str = "NL",
) -> Figure:
    """Draw where the change goes without each of the municipalities that move it most.

    Parameters
    ----------
    influence : pandas.DataFrame
        As `roeptoeter.questions.year_on_year_accounts.measure_influence` returns it.
    change_points : float
        The change of all.
    shown : int
        How many get a row of their own; the others share one.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    top, rest = influence.head(shown), influence.iloc[shown:]
    figure, axes = new_figure(
        title, subtitle, height=0.34 * (len(top) + 1 + bool(len(rest))) + 0.4, source=source
    )
    color = _COLORS.get(region, NETHERLANDS)
    labels = [(-1.0, "all municipalities", {})]
    axes.plot(change_points, -1, "o", color=INK, markersize=8)
    beside = {"va": "center", "textcoords": "offset points", "fontsize": 11.5}
    axes.annotate(_write(change_points, "+.1f"), (change_points, -1), (9, 0), **beside)
    _say_beside(axes, -1, "of all messages", color=GREY)
    for y, row in enumerate(top.itertuples()):
        to_the_left = row.change_without_points < change_points
        axes.plot([change_points, row.change_without_points], [y, y], color=color, linewidth=3)
        axes.plot(row.change_without_points, y, "o", color=color, markersize=7)
        axes.annotate(
            _write(row.change_without_points, "+.1f"),
            (row.change_without_points, y),
            (-8 if to_the_left else 8, 0),
            ha="right" if to_the_left else "left",
            color=color,
            **beside,
        )
        labels.append((y, f"without {row.label}", {}))
        weights = f"{row.weight_before_percent:.1f}%, then {row.weight_after_percent:.1f}%"
        _say_beside(axes, y, weights, color=GREY)
    bottom = len(top)
    if len(rest):
        axes.scatter(
            rest["change_without_points"], [bottom] * len(rest), s=14, color=GREY, alpha=0.35, lw=0
        )
        labels.append((bottom, f"without one of the {len(rest)} others", {}))
        bottom += 1
    axes.plot([change_points] * 2, [-1, bottom - 0.5], color=INK, linewidth=1, zorder=1)
    _prepare_rows(axes, labels, bottom=bottom - 0.4)
    values = influence["change_without_points"]
    _tick_change(axes, min(values.min(), change_points), max(values.max(), change_points), 0.22)
    return figure
