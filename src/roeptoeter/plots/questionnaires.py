"""The figures of 08-questionnaires on the printed answers.

Pale: what those who did not answer leave open. Thin and dark: what chance does, without and with a
finite number of organisations. The three never share a mark.
"""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MultipleLocator, PercentFormatter

from roeptoeter.plots.style import FAINT, FLANDERS, GREEN, GREY, INK, NETHERLANDS, new_figure

# The colours of the regions thinned; only ever behind a dark mark.
_PALE = {NETHERLANDS: "#f3d9c9", FLANDERS: "#d3e4f1"}


def draw_three_intervals(
    items: pd.DataFrame, *, title: str, confidence: float, source: str
) -> Figure:
    """Draw the share, two intervals of chance and the worst case of each printed answer.

    Parameters
    ----------
    items : pandas.DataFrame
        As `questions.questionnaires_published.describe_items` returns them, all with a number
        asked; in the order of the rows, grouped by study.
    title : str
        The message, with its numbers.
    confidence : float
        Level of the intervals of chance.
    source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Share of the municipalities that answered, and what it leaves open for all that were asked",
        height=0.305 * (len(items) + 1.35 * items["study"].nunique()) + 0.35,
        source=source,
    )
    y, ticks, labels = 0.0, [], []
    for study, rows in items.groupby("study", sort=False):
        color = FLANDERS if study.startswith("Flanders") else NETHERLANDS
        axes.text(
            -0.012, y, study, transform=axes.get_yaxis_transform(), ha="right", va="center",
            color=color, fontweight="semibold",
        )  # fmt: skip
        y += 1
        for row in rows.itertuples():
            _draw_band(axes, y, row.worst_low_percent, row.worst_high_percent, _PALE[color])
            axes.plot(
                [row.sample_low_percent, row.sample_high_percent], [y, y], color=color, lw=1.4
            )
            axes.plot(
                [row.asked_low_percent, row.asked_high_percent], [y, y], color=color, lw=5,
                solid_capstyle="butt",
            )  # fmt: skip
            assumed = row.base_from == "assumed"
            axes.plot(
                row.percent, y, "o", ms=7.5, mfc="white" if assumed else color, mec=color, mew=1.6
            )
            ticks.append(y)
            labels.append(row.says)
            y += 1
        y += 0.35
    _finish(axes, ticks, labels, y)
    axes.set_xlim(0, 100)
    first = items.iloc[0]
    at = ticks[0]
    axes.annotate(
        "whatever the others would say", (first.worst_high_percent, at), (0, 10),
        textcoords="offset points", fontsize=10.5, color=GREY, ha="right", va="bottom",
    )  # fmt: skip
    _write_key(axes, confidence)
    return figure


def _write_key(axes: Axes, confidence: float) -> None:
    axes.set_xlabel(
        f"Thin: a sample ({confidence:.0%}); thick: a sample of a known number ({confidence:.0%}), "
        "if non-response\nmay be ignored; pale: any answer allowed to the others. "
        "Open circle: base assumed",
        fontsize=10.5,
        color=GREY,
        loc="right",
        linespacing=1.05,
    )


def _draw_band(axes: Axes, y: float, low: float, high: float, color: str) -> None:
    axes.add_patch(Rectangle((low, y - 0.37), high - low, 0.74, color=color, lw=0))


def _finish(axes: Axes, ticks: list[float], labels: list[str], bottom: float) -> None:
    axes.set_yticks(ticks, labels)
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelcolor=GREY)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.xaxis.set_major_locator(MultipleLocator(25))
    axes.xaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.set_ylim(bottom - 0.5, -0.7)


def draw_reports_and_accounts(
    confronted: pd.DataFrame, *, title: str, confidence: float, source: str
) -> Figure:
    """Draw what the staff say above what the accounts admit, by region.

    Parameters
    ----------
    confronted : pandas.DataFrame
        As `questions.questionnaires_published.confront_reports` returns it.
    title : str
        The message, with its numbers.
    confidence : float
        Level of the intervals of what was said.
    source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        f"Dot: share of respondents that say so, with a {confidence:.0%} interval; pale: if all\n"
        "others had said no, or yes. Green: share of all municipalities, as their accounts admit it",
        height=0.42 * (len(confronted) + 1.3 * confronted["place"].nunique()) + 0.2,
        source=source,
    )
    y, ticks, labels = 0.0, [], []
    for place, rows in confronted.groupby("place", sort=False):
        color = FLANDERS if place.startswith("Flanders") else NETHERLANDS
        axes.text(
            -0.012, y, place, transform=axes.get_yaxis_transform(), ha="right", va="center",
            color=color, fontweight="semibold",
        )  # fmt: skip
        y += 1
        for row in rows.itertuples():
            if row.kind == "said":
                _draw_said(axes, y, row, color)
            else:
                _draw_seen(axes, y, row)
            ticks.append(y)
            labels.append(row.what)
            y += 1
        y += 0.3
    _finish(axes, ticks, labels, y)
    axes.set_xlim(0, 100)
    return figure


def _draw_said(axes: Axes, y: float, row, color: str) -> None:
    _draw_band(axes, y, row.worst_low_percent, row.worst_high_percent, _PALE[color])
    axes.plot([row.low_percent, row.high_percent], [y, y], color=color, lw=2.4)
    axes.plot(row.percent, y, "o", ms=8.5, color=color)
    axes.annotate(
        f"{row.percent:.0f}%", (row.worst_high_percent, y), (5, 0), textcoords="offset points",
        color=color, va="center", fontweight="semibold",
    )  # fmt: skip


def _draw_seen(axes: Axes, y: float, row) -> None:
    if row.low_percent == row.high_percent:
        axes.plot(row.percent, y, "D", ms=8, color=GREEN)
        text = f"{row.percent:.0f}%"
    else:
        axes.barh(
            y, row.high_percent - row.low_percent, left=row.low_percent, height=0.44, color=GREEN
        )
        text = f"at most {row.high_percent:.0f}%"
    axes.annotate(
        text, (row.high_percent, y), (8, 0), textcoords="offset points", color=GREEN, va="center",
        fontweight="semibold",
    )  # fmt: skip


def draw_responses(responses: pd.DataFrame, *, title: str, source: str) -> Figure:
    """Draw all municipalities of both years, by whether they answered and were written to.

    Parameters
    ----------
    responses : pandas.DataFrame
        As `questions.questionnaires_published.compare_responses` returns it.
    title : str
        The message, with its numbers.
    source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "All Flemish municipalities, by what became of the questionnaire",
        height=1.25 * len(responses) + 0.1,
        source=source,
    )
    all_ = responses["municipalities"].max()
    parts = (
        ("answered", "answered", FLANDERS, "white"),
        ("silent", "silent", _PALE[FLANDERS], INK),
        ("not_written_to", "not written to", "white", GREY),
    )
    for y, row in enumerate(responses.itertuples()):
        left = 0
        for column, words, color, ink in parts:
            count = getattr(row, column)
            if not count:
                continue
            axes.barh(
                y, count, left=left, height=0.46, color=color, linewidth=0.9,
                edgecolor=FLANDERS, linestyle="--" if color == "white" else "-",
            )  # fmt: skip
            axes.text(
                left + count / 2, y, f"{count} {words}" if count > 90 else f"{count}\n{words}",
                ha="center", va="center", color=ink, fontsize=11, linespacing=0.95,
            )  # fmt: skip
            left += count
        written = f"printed: {row.printed_percent:g}% of {row.written_to}"
        if row.written_to < row.municipalities:
            written += f" written to; that is {row.of_all_percent:.1f}% of all {row.municipalities}"
        else:
            written += ", all of them written to"
        axes.text(0, y + 0.37, written, va="center", color=INK, fontsize=11.5)
    axes.set_yticks(range(len(responses)), responses["year"].astype(str))
    axes.tick_params(axis="y", length=0, labelsize=13)
    axes.set_xticks([])
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.set_xlim(-1, all_ + 1)
    axes.set_ylim(len(responses) - 0.45, -0.32)
    return figure
