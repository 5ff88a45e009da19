"""The figures of 10-public-sector: counts of few forms, users of platforms, what is reached of what can be reached."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator, PercentFormatter

from roeptoeter.plots.style import (
    BLUE,
    FAINT,
    FLANDERS,
    GREEN,
    GREY,
    INK,
    NETHERLANDS,
    ORANGE,
    PURPLE,
    new_figure,
)

_TEXT_LENGTH = (
    44  # characters of a row's name on a line, which leaves half of the width for the drawing
)
_REGIONS = {"NL": NETHERLANDS, "VL": FLANDERS}
_REGION_NAMES = {"NL": "Netherlands", "VL": "Flanders"}
_PALE = {
    "NL": "#ecccb8",
    "VL": "#bcd6ea",
}  # the regions' colours thinned; only ever behind a dark mark

#: The platforms whose series is drawn, with a colour and where the name stands beside the last point.
_PLATFORMS = {
    "WhatsApp": GREEN, "Facebook": BLUE, "YouTube": PURPLE, "Instagram": ORANGE, "LinkedIn": INK, "Twitter": GREY,
}  # fmt: skip


def _prepare_rows(axes: Axes, labels: list[str], positions: list[float]) -> None:
    axes.set_yticks(positions, labels)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", length=0, labelcolor=GREY)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)


def _break(text: str, length: int = _TEXT_LENGTH) -> str:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > length:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def draw_counts(
    counts: pd.DataFrame,
    *,
    title: str,
    subtitle: str,
    source: str,
    printed: str | None = None,
) -> Figure:
    """Draw each count of respondents as a share with its interval, grouped by topic.

    Parameters
    ----------
    counts : pandas.DataFrame
        topic, statement, respondents, share_percent, low_percent, high_percent, and asked or answered.
    title, subtitle, source : str
    printed : str, optional
        A column of printed counts that are drawn as rings, of the same base.

    Returns
    -------
    matplotlib.figure.Figure
    """
    base = "asked" if "asked" in counts else "answered"
    labels = [_break(statement) for statement in counts["statement"]]
    lines = sum(label.count("\n") + 1 for label in labels)
    topics = counts["topic"].nunique()
    height = 0.55 + 0.235 * lines + 0.12 * len(counts) + 0.3 * topics
    figure, axes = new_figure(title, subtitle, height=height, source=source)
    positions, y = [], 0.0
    for topic, rows in counts.groupby("topic", sort=False):
        axes.text(
            -0.012, y, topic[:1].upper() + topic[1:], transform=axes.get_yaxis_transform(), ha="right", va="center", fontweight="semibold"
        )  # fmt: skip
        y += 0.85
        for row in rows.to_dict("records"):
            room = 0.36 * _break(row["statement"]).count("\n")
            y += room
            axes.plot([row["low_percent"], row["high_percent"]], [y, y], color=GREEN, lw=2.2)
            axes.plot(row["share_percent"], y, "o", color=GREEN, ms=8)
            if printed and pd.notna(row[printed]):
                ring = 100 * row[printed] / row[base]
                axes.plot(ring, y, "o", mfc="none", mec=INK, mew=1.2, ms=13)
            axes.text(
                1.02, y, f"{row['respondents']:.0f} of {row[base]:.0f}", transform=axes.get_yaxis_transform(),
                va="center", color=GREEN,
            )  # fmt: skip
            positions.append(y)
            y += 0.95 + room
        y += 0.3
    axes.axvline(50, color=INK, lw=0.9, zorder=0.5)
    axes.text(50.8, -0.75, "a half", fontsize=11, va="center")
    _prepare_rows(axes, labels, positions)
    axes.set_xlim(0, 100)
    axes.set_ylim(positions[-1] + 0.7, -1.1)
    axes.xaxis.set_major_locator(MultipleLocator(25))
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    return figure


def draw_users(
    series: pd.DataFrame, *, first: int, title: str, subtitle: str, source: str
) -> Figure:
    """Draw the users of each platform by year.

    Parameters
    ----------
    series : pandas.DataFrame
        From `questions.public_sector.build_user_series`.
    first : int
        The year with which the axis begins.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=4.3, source=source)
    last = int(series["year"].max())
    starts = []
    for platform, colour in _PLATFORMS.items():
        rows = series[series["platform"].eq(platform) & series["year"].ge(first)]
        if rows.empty:
            continue
        millions = rows["users"] / 1e6
        axes.plot(rows["year"], millions, color=colour, lw=2.2, zorder=2)
        for row in rows.to_dict("records"):
            is_printed = row["basis"] == "printed"
            axes.plot(
                row["year"], row["users"] / 1e6, "o", ms=7, color=colour,
                mfc=colour if is_printed else "white", mew=1.6, zorder=3,
            )  # fmt: skip
        axes.text(
            rows["year"].iloc[-1] + 0.09, millions.iloc[-1], f"{platform} {millions.iloc[-1]:.1f}",
            color=colour, va="center", fontweight="semibold",
        )  # fmt: skip
        starts.append([millions.iloc[0], int(rows["year"].iloc[0]), colour])
    _label_starts(axes, starts)
    axes.set_xlim(first - 0.35, last + 1.15)
    axes.set_xticks(range(first, last + 1))
    axes.set_ylim(0, None)
    axes.yaxis.set_major_locator(MultipleLocator(2))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:.0f}"))
    axes.set_ylabel("million persons", color=GREY)
    axes.grid(axis="y", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="both", length=0, labelcolor=GREY)
    return figure


def _label_starts(axes: Axes, starts: list[list]) -> None:
    """Write the first value of each line to its left, none nearer than a line of text to the one below."""
    heights: dict[int, float] = {}
    for value, year, colour in sorted(starts, key=lambda start: start[0]):
        height = max(value, heights.get(year, float("-inf")) + 0.55)
        heights[year] = height
        axes.text(year - 0.09, height, f"{value:.1f}", color=colour, ha="right", va="center")


def _draw_ceiling(axes: Axes, y: float, row: dict) -> None:
    colour, pale = _REGIONS[row["region"]], _PALE[row["region"]]
    axes.barh(y, row["ceiling_low_percent"], height=0.56, color=pale, lw=0)
    axes.barh(
        y, row["ceiling_high_percent"] - row["ceiling_low_percent"], left=row["ceiling_low_percent"], height=0.56,
        color="none", edgecolor=colour, lw=0.8, hatch="////",
    )  # fmt: skip
    axes.barh(y, row["reached_percent"], height=0.56, color=colour, lw=0)
    axes.plot(
        [row["reached_low_percent"], row["reached_high_percent"]], [y, y], color="white", lw=1.6, solid_capstyle="butt"
    )  # fmt: skip
    low, high = row["of_reachable_low_percent"], row["of_reachable_high_percent"]
    reached = f"{low:.0f}%" if f"{low:.0f}" == f"{high:.0f}" else f"{low:.0f}–{high:.0f}%"
    axes.annotate(
        reached, (row["ceiling_high_percent"], y), xytext=(7, 0), textcoords="offset points", va="center",
        color=colour, fontweight="semibold",
    )  # fmt: skip


def draw_ceilings(compared: pd.DataFrame, *, title: str, subtitle: str, source: str) -> Figure:
    """Draw what municipalities reached within what their platform can reach.

    Parameters
    ----------
    compared : pandas.DataFrame
        From `questions.public_sector.compare_with_ceilings`.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=1.3 + 0.5 * len(compared), source=source)
    positions, labels, y = [], [], 0.0
    for region, rows in compared.groupby("region", sort=False):
        axes.text(
            -0.012, y - 0.68, _REGION_NAMES[region], transform=axes.get_yaxis_transform(), ha="right", va="center",
            fontweight="semibold",
        )  # fmt: skip
        for row in rows.to_dict("records"):
            _draw_ceiling(axes, y, row)
            positions.append(y)
            labels.append(_break(f"{row['platform']} {row['year']} {row['group']}".strip(), 32))
            y += 1
        y += 0.9
    first = compared.iloc[0]
    axes.text(first["reached_percent"] / 2, -0.62, "reached", ha="center", color=GREY, fontsize=11)
    axes.text(
        (first["reached_percent"] + first["ceiling_low_percent"]) / 2, -0.62, "on the platform", ha="center",
        color=GREY, fontsize=11,
    )  # fmt: skip
    axes.annotate(
        "of the reachable", (first["ceiling_high_percent"], -0.62), xytext=(7, 0), textcoords="offset points",
        color=GREY, fontsize=11,
    )  # fmt: skip
    _prepare_rows(axes, labels, positions)
    axes.set_xlim(0, 1.3 * compared["ceiling_high_percent"].max())
    axes.set_ylim(positions[-1] + 0.55, -1.0)
    axes.xaxis.set_major_locator(MultipleLocator(20))
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    return figure
