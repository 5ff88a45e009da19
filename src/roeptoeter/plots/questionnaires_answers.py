"""The figures of 08-questionnaires on a study's own answers: every share, two waves, and what accounts did beside what was said."""

from textwrap import wrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roeptoeter.plots.style import (
    FAINT,
    FLANDERS,
    GREY,
    INK,
    NETHERLANDS,
    new_figure,
)

_COLORS = {"NL": NETHERLANDS, "VL": FLANDERS}
_LONGEST_LABEL = 36
_LONGEST_HEAD = 58


def _cut(text: str, longest: int = _LONGEST_LABEL) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _write(number: float, form: str = ".0f") -> str:
    text = f"{number:{form}}"
    # what rounds to nothing has no sign
    text = text.lstrip("+-") if not float(text) else text
    return text.replace("-", "−")


def _percent_axes(axes: Axes, labels: list[tuple[float, str]], bottom: float) -> None:
    axes.set_yticks([y for y, _ in labels], [text for _, text in labels])
    axes.set_ylim(bottom, -0.8)
    axes.set_xlim(-1, 101)
    axes.set_xticks([0, 25, 50, 75, 100], ["0", "25", "50", "75", "100%"])
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelcolor=GREY)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)


def _say_beside(axes: Axes, y: float, text: str, **look) -> None:
    axes.text(1.03, y, text, transform=axes.get_yaxis_transform(), va="center", fontsize=11, **look)  # fmt: skip


def _head(axes: Axes, y: float, text: str) -> None:
    axes.text(
        0, y, text, va="center", fontsize=11, fontweight="semibold", color=GREY, linespacing=1.0,
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )  # fmt: skip


def draw_items(
    items: pd.DataFrame, *, title: str, subtitle: str, source: str, region: str = "NL"
) -> Figure:
    """Draw every share with its interval, its weighted value and its worst-case bounds, a row an answer.

    Parameters
    ----------
    items : pandas.DataFrame
        Rows of `roeptoeter.questions.questionnaires_items.tabulate_items` that are not hidden.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = list(items.rename(columns={"name": "label"}).itertuples(index=False))
    # one of several answers is named with its item, yes to an item by the item alone
    is_option = [row.label.endswith(f": {row.answer}") for row in rows]
    heads = [row.question if one else row.topic for row, one in zip(rows, is_option, strict=True)]
    broken = ["\n".join(wrap(head, _LONGEST_HEAD)) for head in heads]
    begins = [a != b for a, b in zip(heads, [None, *heads], strict=False)]
    number = len(rows) + sum(
        1.15 + 0.8 * head.count("\n") for head, one in zip(broken, begins, strict=True) if one
    )
    figure, axes = new_figure(title, subtitle, height=0.235 * number + 0.5, source=source)
    color = _COLORS.get(region, NETHERLANDS)
    y, labels = 0.0, []
    for row, head, first, one in zip(rows, broken, begins, is_option, strict=True):
        if first:
            more = 0.8 * head.count("\n")
            _head(axes, y + more / 2, head)
            y += 1 + more
        labels.append((y, _cut(row.answer if one else row.label)))
        if pd.notna(row.worst_low_percent):
            worst = [row.worst_low_percent, row.worst_high_percent]
            axes.plot(worst, [y, y], color=FAINT, linewidth=7, solid_capstyle="butt")
        axes.plot(
            [row.low_percent, row.high_percent], [y, y], color=color, linewidth=3, alpha=0.6,
            solid_capstyle="butt",
        )  # fmt: skip
        axes.plot(row.share_percent, y, "o", color=color, markersize=5.5)
        if pd.notna(row.weighted_percent):
            axes.plot(row.weighted_percent, y, "|", color=INK, markersize=9, markeredgewidth=1.6)
        text = (
            f"{_write(row.share_percent)}% ({_write(row.low_percent)}–{_write(row.high_percent)})"
        )
        _say_beside(axes, y, text, color=color)
        y += 1.15 if row is rows[-1] else 1
    _percent_axes(axes, labels, bottom=y - 0.4)
    return figure


def draw_waves(
    changes: pd.DataFrame,
    *,
    waves: tuple[str, str],
    title: str,
    subtitle: str,
    source: str,
    region: str = "NL",
) -> Figure:
    """Draw each share in two waves, joined by a line, the largest rise on top, with the interval of its change.

    Parameters
    ----------
    changes : pandas.DataFrame
        Rows of `roeptoeter.questions.questionnaires_waves.tabulate_changes` that are not hidden.
    waves : tuple of str
        The earlier and the later.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = changes.sort_values("change_points", ascending=False, kind="stable")
    figure, axes = new_figure(title, subtitle, height=0.3 * (len(rows) + 1) + 0.5, source=source)
    color = _COLORS.get(region, NETHERLANDS)
    labels = []
    for y, row in enumerate(rows.to_dict("records")):
        labels.append((y, _cut(row["name"])))
        ends = [row["before_percent"], row["after_percent"]]
        axes.plot(ends, [y, y], color=color, linewidth=2.5, alpha=0.5)
        axes.plot(ends[0], y, "o", color=GREY, markersize=6, markerfacecolor="white", markeredgewidth=1.5)  # fmt: skip
        axes.plot(ends[1], y, "o", color=color, markersize=6)
        _say_beside(
            axes,
            y,
            f"{_write(row['change_points'], '+.0f')} ({_write(row['low_points'])} to {_write(row['high_points'])})",
            color=color,
        )
    first = rows.iloc[0]
    rises = first["after_percent"] >= first["before_percent"]
    for column, wave, tone, right in (
        ("before_percent", waves[0], GREY, not rises),
        ("after_percent", waves[1], color, rises),
    ):
        axes.annotate(
            wave, (first[column], 0), (9 if right else -9, 0), textcoords="offset points", va="center",
            ha="left" if right else "right", fontsize=11, color=tone, fontweight="semibold",
        )  # fmt: skip
    _percent_axes(axes, labels, bottom=len(rows) - 0.3)
    return figure


def draw_behaviour(
    behaviour: pd.DataFrame, *, title: str, subtitle: str, source: str, region: str = "NL"
) -> Figure:
    """Draw what the accounts did, of those who say yes and of those who say no, as parts of a bar.

    Parameters
    ----------
    behaviour : pandas.DataFrame
        Rows of `roeptoeter.questions.questionnaires_behaviour.tabulate_behaviour` that are not hidden.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour of those that replied.

    Returns
    -------
    matplotlib.figure.Figure
    """
    says = list(behaviour["says"].drop_duplicates())
    figure, axes = new_figure(title, subtitle, height=0.95 * len(says) + 0.35, source=source)
    tones = {"replied": _COLORS.get(region, NETHERLANDS), "not known": FAINT}
    labels = []
    for y, said in enumerate(says):
        own = behaviour[behaviour["says"].eq(said)]
        labels.append((y, f"say {said}\n({own['n'].iloc[0]})"))
        left = 0.0
        for place, row in enumerate(own.itertuples()):
            tone = tones.get(row.did, INK)
            axes.barh(y, row.percent, left=left, height=0.36, color=tone, edgecolor="white", linewidth=1.5)  # fmt: skip
            # the parts at both ends are named above, one between them below, where it has room
            is_between = 0 < place < len(own) - 1
            to_the_left = left + row.percent / 2 > 50
            axes.text(
                left + row.percent if to_the_left else left,
                y + (0.25 if is_between else -0.25),
                f"{row.did} {_write(row.percent)}%",
                ha="right" if to_the_left else "left",
                va="top" if is_between else "bottom",
                fontsize=11,
                color=GREY if tone == FAINT else tone,
            )
            left += row.percent
        if left < 99.5:
            axes.text(left + 1, y, "the rest: groups too small to show", va="center", fontsize=11, color=GREY)  # fmt: skip
    _percent_axes(axes, labels, bottom=len(says) - 0.6)
    return figure
