"""The figures of 04-size-classes: presence by class, odds ratios, reach.

All are of Flanders and keep its colour. A dark mark is what rounding leaves open, a pale band what
would come out if the municipalities were one draw of a process; the two never share a mark.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import (
    FixedLocator,
    FuncFormatter,
    MultipleLocator,
    NullLocator,
    PercentFormatter,
)

from roeptoeter.plots.style import FAINT, FLANDERS, GREY, INK, PURPLE, new_figure

_PALE = "#bcd6ea"  # the colour of Flanders thinned; only ever behind a dark mark
_SOURCE = "VVSG and Socialemediaburo 2016 (published); Statbel, 1 January 2016 (register)"


def _prepare_rows(axes: Axes, labels: list[str], positions: list[float]) -> None:
    axes.set_yticks(positions, labels)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", length=0, labelcolor=GREY)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)


def plot_presence(
    shares: pd.DataFrame, names: dict[str, str], *, title: str, confidence: float
) -> Figure:
    """Draw the share with an account by size class, Twitter above Facebook.

    Parameters
    ----------
    shares : pandas.DataFrame
        As `questions.size_classes.describe_shares` returns them, without the totals.
    names : dict
        Name of each class or group of classes.
    title : str
    confidence : float
        Level of the pale bands.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Municipalities with a corporate account, second quarter of 2016",
        height=3.9,
        source=_SOURCE,
    )
    positions, labels, y = [], [], 0.0
    for platform, rows in shares.groupby("platform", sort=False):
        axes.text(
            -0.005,
            y - 0.72,
            f"{platform}, by inhabitants",
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontweight="semibold",
        )
        for row in rows.itertuples():
            axes.barh(
                y,
                row.superpopulation_high - row.superpopulation_low,
                left=row.superpopulation_low,
                height=0.34,
                color=_PALE,
                linewidth=0,
            )
            # an outline of 1.5 points keeps the range visible where one count is all that is left
            axes.barh(
                y,
                row.share_high - row.share_low,
                left=row.share_low,
                height=0.46,
                color=FLANDERS,
                edgecolor=FLANDERS,
                linewidth=1.5,
                clip_on=False,
            )
            positions.append(y)
            labels.append(names[row.size_class])
            axes.text(
                1.02,
                y,
                _count_text(row),
                transform=axes.get_yaxis_transform(),
                va="center",
                color=FLANDERS,
            )
            y += 1
        y += 0.9
    contradicted = shares[
        (shares["printed_percentage"] - shares["share_high"]).gt(1)
        | (shares["share_low"] - shares["printed_percentage"]).gt(1)
    ]
    for row in contradicted.itertuples():
        at = positions[shares.index.get_loc(row.Index)]
        axes.plot(
            row.printed_percentage, at, "o", color="white", markeredgecolor=PURPLE, markersize=8
        )
        axes.annotate(
            f"printed: “about {row.printed_percentage:.0f}%”",
            (row.superpopulation_high, at),
            xytext=(7, 0),
            textcoords="offset points",
            color=PURPLE,
            va="center",
        )
    first = shares.iloc[0]
    axes.annotate(
        "what rounding admits",
        (first.share_high, positions[0] - 0.23),
        xytext=(-3, 9),
        textcoords="offset points",
        color=FLANDERS,
        va="center",
        fontsize=11,
    )
    axes.annotate(
        f"{confidence:.0%}, if they were\none draw of a process",
        (first.superpopulation_high, positions[0]),
        xytext=(7, -8),
        textcoords="offset points",
        color=GREY,
        linespacing=1.0,
        va="center",
        fontsize=11,
    )
    _prepare_rows(axes, labels, positions)
    axes.set_xlim(50, 100)
    axes.set_ylim(positions[-1] + 0.75, -1.05)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    return figure


def _count_text(row) -> str:
    counts = range(row.present_low, row.present_high + 1)
    text = str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"
    return f"{text} of {row.municipalities}"


def plot_odds_ratios(
    odds_ratios: pd.DataFrame,
    *,
    title: str,
    exploding: str,
    limits: tuple[float, float] = (0.5, 10_000),
) -> Figure:
    """Draw odds ratios with their intervals, and the fit that has none as a line without ends.

    Parameters
    ----------
    odds_ratios : pandas.DataFrame
        model_label, row_label, odds_ratio, low, high; low and high missing where the fit has no
        finite answer.
    title : str
    exploding : str
        What stands beside a line without ends.
    limits : tuple of float
        Ends of the axis; odds ratios outside are not drawn as points.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Odds of a Twitter account against those below 20,000 inhabitants, Flanders 2016",
        height=3.5,
        source=_SOURCE,
    )
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    positions, labels, y = [], [], 0.0
    for row_label, rows in odds_ratios.groupby("row_label", sort=False):
        axes.text(
            -0.005,
            y - 0.62,
            row_label,
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontweight="semibold",
        )
        for row in rows.itertuples():
            colour = FLANDERS if row.is_penalised else PURPLE
            if pd.isna(row.low):
                axes.annotate(
                    "",
                    (limits[0], y),
                    xytext=(limits[1], y),
                    arrowprops={
                        "arrowstyle": "<->",
                        "color": colour,
                        "linewidth": 1.4,
                        "linestyle": (0, (4, 3)),
                        "shrinkA": 0,
                        "shrinkB": 0,
                    },
                )
                at, text = 1.15, exploding
            else:
                axes.plot([row.low, row.high], [y, y], color=colour, linewidth=2)
                axes.plot(row.odds_ratio, y, "o", color=colour, markersize=8)
                at = row.low
                text = f"{_short(row.odds_ratio)}  ({_short(row.low)} to {_short(row.high)})"
            axes.text(at, y - 0.3, text, color=colour, va="center", fontsize=11.5)
            positions.append(y)
            labels.append(row.model_label)
            y += 1
        y += 0.75
    axes.axvline(1, color=INK, linewidth=0.9)
    axes.text(1.08, positions[-1] + 0.62, "1 = no difference", va="center", fontsize=11)
    _prepare_rows(axes, labels, positions)
    ticks = [tick for tick in (1, 10, 100, 1000, 10_000) if limits[0] <= tick <= limits[1]]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:,.0f}"))
    axes.set_ylim(positions[-1] + 1.0, -0.95)
    return figure


def _short(ratio: float) -> str:
    return f"{ratio:,.1f}" if ratio < 100 else f"{ratio:,.0f}"


def plot_reach(reach: pd.DataFrame, names: dict[str, str], *, title: str) -> Figure:
    """Draw the reach on each platform under the readings of the base of the printed mean.

    Parameters
    ----------
    reach : pandas.DataFrame
        platform, reading_label, reach, reach_low, reach_high (%); reach missing where only bounds
        are known.
    title : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Fans or followers, as % of the inhabitants concerned, Flanders 2016",
        height=4.1,
        source=_SOURCE,
    )
    positions, labels, y = [], [], 0.0
    for platform, rows in reach.groupby("platform", sort=False):
        axes.text(
            -0.005,
            y - 0.78,
            platform,
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            fontweight="semibold",
        )
        for row in rows.itertuples():
            if pd.isna(row.reach):
                axes.plot(
                    [row.reach_low, row.reach_high],
                    [y, y],
                    color=_PALE,
                    linewidth=11,
                    solid_capstyle="butt",
                )
                text = f"{row.reach_low:.1f} to {row.reach_high:.1f}% (bounds)"
            else:
                axes.plot([0, row.reach], [y, y], color=FLANDERS, linewidth=1.2)
                axes.plot(row.reach, y, "o", color=FLANDERS, markersize=8)
                text = f"{row.reach:.1f}%"
            axes.annotate(
                text,
                (row.reach_high, y),
                xytext=(9, 0),
                textcoords="offset points",
                va="center",
                color=FLANDERS,
            )
            positions.append(y)
            labels.append(names[row.reading])
            y += 1
        y += 0.8
    _prepare_rows(axes, labels, positions)
    axes.set_xlim(0, 1.45 * reach["reach_high"].max())
    axes.xaxis.set_major_locator(MultipleLocator(5))
    axes.set_ylim(positions[-1] + 0.6, -1.1)
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    return figure
