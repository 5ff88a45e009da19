"""The figures of 05-nl-flanders-gap."""

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roeptoeter.plots.style import FAINT, FLANDERS, GREY, INK, NETHERLANDS, PURPLE, new_figure

# lighter than every colour that is text, so that what is undecided cannot be read as a third result
_UNDECIDED = "#e3e3e3"


def draw_gaps(gaps: pd.DataFrame, title: str, confidence: float) -> Figure:
    """Draw the shares of both countries and the gap between them, with its two intervals apart.

    Parameters
    ----------
    gaps : pandas.DataFrame
        From `roeptoeter.questions.country_gap.tabulate_gaps`.
    title : str
        The message, its numbers from the table.
    confidence : float
        Level of the superpopulation interval.

    Returns
    -------
    matplotlib.figure.Figure
    """
    municipalities = int(gaps["municipalities"].iloc[0])
    figure, (shares, points) = new_figure(
        title,
        "Municipalities with an account in 2016, %, and the gap in percentage points",
        height=2.7,
        source="Source: figures F046, F047, F073, F074 and F228 of data/raw/published; "
        f"{municipalities} municipalities in\nthe registers of 1 January 2016. The thin interval "
        "takes the municipalities as one draw of a process.",
        columns=2,
        sharey=True,
        width_ratios=[1.1, 1],
    )
    for height, row in enumerate(gaps[::-1].to_dict("records")):
        shares.plot(
            [row["flemish_percent"], row["dutch_percent"]],
            [height] * 2,
            color=FAINT,
            lw=5,
            zorder=1,
        )
        for region, colour, side in (
            ("flemish", FLANDERS, "right"),
            ("dutch", NETHERLANDS, "left"),
        ):
            share = row[f"{region}_percent"]
            shares.scatter(share, height, color=colour, s=85, zorder=2)
            shares.text(
                share + (1.8 if side == "left" else -1.8),
                height,
                f"{share:.0f}",
                color=colour,
                ha=side,
                va="center",
                fontweight="semibold",
            )
        _draw_intervals(points, height, row, labelled=height == len(gaps) - 1, level=confidence)
    last = gaps.iloc[0]
    for region, name, colour in (
        ("flemish", "Flanders", FLANDERS),
        ("dutch", "Netherlands", NETHERLANDS),
    ):
        shares.text(
            last[f"{region}_percent"],
            len(gaps) - 1 + 0.17,
            name,
            color=colour,
            ha="center",
            va="bottom",
        )
    shares.set(xlim=(54, 106), ylim=(-0.55, len(gaps) - 0.42), xticks=[60, 70, 80, 90, 100])
    shares.set_yticks(range(len(gaps)), gaps["platform"][::-1], fontweight="semibold")
    shares.set_xlabel("% of municipalities", color=GREY)
    points.set(xlim=(0, 46), xticks=[0, 10, 20, 30, 40])
    points.set_xlabel("percentage points behind", color=GREY)
    for axes in (shares, points):
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", left=False)
        axes.tick_params(axis="x", colors=GREY)
    return figure


def _draw_intervals(axes: Axes, height: float, row: dict, *, labelled: bool, level: float) -> None:
    superpopulation = [row["superpopulation_low"], row["superpopulation_high"]]
    rounding = [row["rounding_low"], row["rounding_high"]]
    axes.plot(superpopulation, [height] * 2, color=GREY, lw=1.3, zorder=1, marker="|", ms=8)
    axes.plot(rounding, [height] * 2, color=INK, lw=11, solid_capstyle="butt", zorder=2)
    axes.text(
        sum(rounding) / 2,
        height + 0.12,
        ("rounding admits " if labelled else "") + f"{rounding[0]:.1f}–{rounding[1]:.1f}",
        ha="center",
        va="bottom",
        fontweight="semibold",
    )
    axes.text(
        sum(superpopulation) / 2,
        height - 0.12,
        (f"{level:.0%} superpopulation " if labelled else "")
        + f"{superpopulation[0]:.0f}–{superpopulation[1]:.0f}",
        ha="center",
        va="top",
        color=GREY,
    )


def draw_time_distance(
    series: pd.DataFrame, distances: pd.DataFrame, title: str, alternative: str
) -> Figure:
    """Draw the Flemish Facebook share back to the year the Netherlands passed it.

    Parameters
    ----------
    series : pandas.DataFrame
        From `roeptoeter.questions.country_gap.build_series`, Facebook only: the series "all
        figures", `alternative` and "Flanders".
    distances : pandas.DataFrame
        From `measure_time_distances`, the same two series.
    title : str
        The message, its numbers from the values.
    alternative : str
        The second Dutch series.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Municipalities on Facebook, %, by assumed date of measurement",
        height=4.1,
        source="Source: figures F009, F046, F073, F173, F174 and F216 of data/raw/published; "
        "the dates are assumed\n(data/manual/adoption_series.csv). Between two points the Dutch "
        "share is a straight line.",
    )
    flemish = series[series["series"] == "Flanders"].iloc[0]
    date, level = flemish["assumed_decimal_year"], flemish["level"]
    for name, style, width in (("main series", "-", 2.6), (alternative, (0, (4, 2)), 1.8)):
        points = series[series["series"] == name]
        axes.plot(
            points["assumed_decimal_year"],
            points["level"],
            color=NETHERLANDS,
            ls=style,
            lw=width,
            marker="o",
            ms=6.5,
            zorder=3,
        )
    for row in series[series["series"] == "main series"].to_dict("records"):
        axes.text(
            row["assumed_decimal_year"] - 0.06,
            row["level"] + 3,
            f"{row['level']:.0f}",
            color=NETHERLANDS,
            ha="right" if row["assumed_decimal_year"] < date else "center",
            fontweight="semibold",
        )
    first = series[series["series"] == alternative].iloc[0]
    axes.text(
        first["assumed_decimal_year"] - 0.1,
        first["level"],
        f"{first['level']:.0f}",
        color=NETHERLANDS,
        ha="right",
        va="center",
        fontweight="semibold",
    )
    axes.text(
        first["assumed_decimal_year"] - 0.1,
        first["level"] - 3,
        "Netherlands,\n" + "\n".join(textwrap.wrap(alternative, 14)),
        color=NETHERLANDS,
        ha="right",
        va="top",
        linespacing=1.0,
    )
    axes.text(
        2012.55, 38, "Netherlands,\nmain series", color=NETHERLANDS, va="top", linespacing=1.05
    )
    axes.scatter(date, level, color=FLANDERS, s=85, zorder=4)
    axes.text(
        date + 0.13,
        level,
        f"{level:.0f}\nFlanders",
        color=FLANDERS,
        va="center",
        fontweight="semibold",
        linespacing=1.05,
    )
    heights = {"main series": -37, alternative: -51}
    for row in distances.to_dict("records"):
        passed, below = row["passed_decimal_year"], level + heights[row["series"]]
        axes.plot([passed] * 2, [below - 2, level], color=FLANDERS, lw=1, ls=":", zorder=2)
        axes.annotate(
            "",
            (passed, below),
            (date, below),
            arrowprops={
                "arrowstyle": "->",
                "color": FLANDERS,
                "lw": 1.6,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
        axes.text(
            (passed + date) / 2,
            below - 1.5,
            f"{row['years']:.1f} years",
            ha="center",
            va="top",
            color=FLANDERS,
            fontweight="semibold",
        )
    lowest = level + min(heights.values()) - 2
    axes.plot([date] * 2, [lowest, level], color=FLANDERS, lw=1, ls=":", zorder=2)
    earliest = distances["passed_decimal_year"].min()
    axes.plot([earliest, date], [level] * 2, color=FLANDERS, lw=1.4, ls="--", zorder=2)
    axes.set(xlim=(2011.1, 2017.35), ylim=(0, 101), xticks=range(2012, 2018))
    axes.set_yticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100%"])
    axes.grid(axis="y", color=FAINT, lw=0.7)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(left=False, colors=GREY)
    return figure


def draw_composition(bounds: pd.DataFrame, title: str) -> Figure:
    """Draw how much of each gap is size at least, behaviour at least, and undecided between them.

    Parameters
    ----------
    bounds : pandas.DataFrame
        A row a platform: platform, gap_points, composition_low, behaviour_low, assumption
        (printed below the platform's name; may be empty).
    title : str
        The message, its numbers from the table.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Gap between the Netherlands and Flanders in 2016, percentage points,\n"
        "by what can be said of its cause",
        height=2.7,
        source="Source: data/raw/published and the registers. The Dutch shares per size class were "
        "never published:\nevery division over the classes that fits the printed totals is tried.",
    )
    for height, row in enumerate(bounds[::-1].to_dict("records")):
        undecided_end = row["gap_points"] - row["behaviour_low"]
        edges = [0, row["composition_low"], undecided_end, row["gap_points"]]
        for start, end, colour, hatch in zip(
            edges, edges[1:], (PURPLE, _UNDECIDED, INK), ("", "////", ""), strict=False
        ):
            axes.barh(
                height,
                end - start,
                left=start,
                height=0.46,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.8,
            )
        for start, end, colour in zip(edges, edges[1:], ("white", INK, "white"), strict=False):
            if end - start > 1.9:
                axes.text(
                    (start + end) / 2,
                    height,
                    f"{end - start:.1f}",
                    color=colour,
                    ha="center",
                    va="center",
                    fontweight="semibold",
                    bbox={"facecolor": _UNDECIDED, "edgecolor": "none", "pad": 1.5}
                    if colour == INK
                    else None,
                )
    top = bounds.iloc[0]
    height = len(bounds) - 1 + 0.3
    for x, label, colour, side in (
        (0, "size mix, at least", PURPLE, "left"),
        (top["gap_points"] - top["behaviour_low"] / 2, "behaviour, at least", INK, "center"),
    ):
        axes.text(x, height, label, color=colour, ha=side, va="bottom")
    bottom = bounds.iloc[-1]
    axes.text(
        (bottom["composition_low"] + bottom["gap_points"] - bottom["behaviour_low"]) / 2,
        -0.3,
        "either",
        color=GREY,
        ha="center",
        va="top",
    )
    axes.set(xlim=(0, top["gap_points"] * 1.04), ylim=(-0.62, len(bounds) - 0.35))
    names = [
        row["platform"] + ("\n" + row["assumption"] if row["assumption"] else "")
        for row in bounds[::-1].to_dict("records")
    ]
    axes.set_yticks(range(len(bounds)), names)
    axes.xaxis.set_visible(False)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(left=False)
    return figure
