"""The figures of 07-ranking-and-map: how sure a share is, intervals of places, other choices, shrinkage.

No account stands under its name: an order is shown as intervals, never as a list.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roeptoeter.plots.style import (
    FAINT,
    FLANDERS,
    GREEN,
    GREY,
    INK,
    NETHERLANDS,
    PURPLE,
    new_figure,
)

_COLORS = {"NL": NETHERLANDS, "VL": FLANDERS}

#: By tier: colour of the line, colour of the words, and a mark of its own, so that colour says nothing alone.
_TIERS = {
    1: (GREEN, GREEN, "^"),
    2: ("#74b49d", GREEN, "^"),
    3: ("#bdbdbd", GREY, "o"),
    4: ("#b893c6", PURPLE, "v"),
    5: (PURPLE, PURPLE, "v"),
}


def _tick_messages(axes: Axes, ends: tuple[float, float], extra: tuple[int, ...] = ()) -> None:
    """Put a logarithmic axis of numbers of messages below the drawing."""
    axes.set_xscale("log")
    axes.set_xlim(*ends)
    ticks = [tick for tick in (1, 3, 10, 30, 100, 300, 1000, 3000) if ends[0] <= tick <= ends[1]]
    ticks = [tick for tick in ticks if all(abs(np.log(tick / other)) > 0.25 for other in extra)]
    ticks = sorted([*ticks, *extra])
    axes.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axes.minorticks_off()


def _tick_percent(axes: Axes) -> None:
    ticks = (0, 25, 50, 75, 100)
    axes.set_yticks(ticks, [f"{tick}%" for tick in ticks], va="center")
    axes.tick_params(length=0)
    axes.spines["left"].set_visible(False)


def _say_right(axes: Axes, y: float, text: str, **look) -> None:
    axes.text(
        1.015, y, text, transform=axes.get_yaxis_transform(), va="center", linespacing=1.0, **look
    )


def draw_share_spans(
    spans: pd.DataFrame,
    *,
    least_messages: int,
    mean_messages: int,
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw how sure the published reply shares are for one account, by the number of its messages.

    Parameters
    ----------
    spans : pandas.DataFrame
        As `roeptoeter.questions.ranking.span_shares` returns it.
    least_messages, mean_messages : int
        Numbers of messages that are named on the drawing.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=3.9, source=source)
    ends = (spans["messages"].min(), spans["messages"].max())
    for (name, rows), color in zip(
        spans.groupby("share", sort=False), (NETHERLANDS, PURPLE), strict=True
    ):
        percent = rows["share_percent"].iloc[0]
        axes.fill_between(
            rows["messages"], rows["low_percent"], rows["high_percent"], color=color, alpha=0.22, lw=0
        )  # fmt: skip
        axes.plot(ends, [percent, percent], color=color)
        _say_right(axes, percent, f"{percent:.3g}%\n{name}", color=color, fontweight="semibold")
    for number, text in (
        (least_messages, "fewest messages on\nthe list of the fastest"),
        (mean_messages, "mean of a quarter\nof 2013"),
    ):
        axes.plot([number, number], [0, 104], color=GREY, lw=1, clip_on=False)
        axes.text(number, 106, text, color=GREY, va="bottom", fontsize=11, linespacing=1.0)
    at_mean = spans[spans["share"] == spans["share"].iloc[0]]
    at_mean = at_mean[at_mean["messages"] == mean_messages].iloc[0]
    for end in ("low_percent", "high_percent"):
        axes.plot(mean_messages, at_mean[end], "o", color=NETHERLANDS, ms=5)
        axes.annotate(
            f"{at_mean[end]:.0f}%", (mean_messages, at_mean[end]), (6, -3 if end[0] == "l" else 3),
            textcoords="offset points", va="top" if end[0] == "l" else "bottom", color=NETHERLANDS,
        )  # fmt: skip
    _tick_messages(axes, ends, (least_messages, mean_messages))
    axes.set_xlabel("messages that the account sent in the quarter", color=GREY, loc="left")
    axes.set_ylim(0, 100)
    _tick_percent(axes)
    axes.grid(axis="y", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure


def draw_rank_intervals(
    intervals: pd.DataFrame,
    tiers: pd.DataFrame,
    *,
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw between which places each account may stand, in the order of the places; a line an account.

    Parameters
    ----------
    intervals : pandas.DataFrame
        As `roeptoeter.questions.ranking_accounts.list_intervals` returns it.
    tiers : pandas.DataFrame
        As `roeptoeter.questions.ranking_accounts.count_tiers` returns it.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=5.3, source=source)
    accounts = len(intervals)
    order = np.arange(1, accounts + 1)
    size = np.clip(260 / accounts, 0.8, 4.5)
    for tier, (line, _, mark) in _TIERS.items():
        rows = intervals["tier"].to_numpy() == tier
        axes.vlines(
            order[rows], intervals["rank_low"][rows], intervals["rank_high"][rows], color=line,
            linewidth=size, alpha=0.85,
        )  # fmt: skip
        axes.plot(order[rows], intervals["rank"][rows], mark, lw=0, **_mark(tier, 3.6))
    for quarter in (1, 2, 3):
        place = quarter / 4 * accounts + 0.5
        axes.plot([0, accounts + 1], [place, place], color=INK, lw=0.7, zorder=3)
    for position, text in enumerate(("first quarter", "second", "third", "last quarter")):
        place = (position / 4 + 1 / 8) * accounts + 0.5
        axes.annotate(
            text, (accounts + 1.5, place), (3, 0), textcoords="offset points", va="center",
            fontsize=10.5, color=GREY, annotation_clip=False,
        )  # fmt: skip
    _label_tiers(axes, tiers, accounts)
    axes.set_ylim(accounts + 1, -0.2 * accounts)
    axes.set_xlim(0, accounts + 1)
    step = next(step for step in (5, 10, 20, 50, 100) if accounts / step <= 8)
    ticks = [1, *range(step, accounts + 1, step)]
    axes.set_yticks(ticks, [str(tick) for tick in ticks])
    axes.set_xticks([])
    axes.set_ylabel("place", color=GREY, loc="center")
    axes.set_xlabel("accounts, in the order of their scores", color=GREY, loc="left")
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _mark(tier: int, size: float) -> dict:
    color = INK if tier == 3 else _TIERS[tier][1]
    filled = {1: color, 2: "white", 3: color, 4: "white", 5: color}[tier]
    return {
        "color": color, "markerfacecolor": filled, "markeredgewidth": 0.7,
        "ms": 0.6 * size if tier == 3 else size,
    }  # fmt: skip


def _label_tiers(axes: Axes, tiers: pd.DataFrame, accounts: int) -> None:
    """Say how many accounts each tier has, above the intervals."""
    counts = tiers.set_index("tier")
    places = {1: (0.02, -0.17), 2: (0.02, -0.11), 3: (0.02, -0.05), 4: (0.54, -0.17), 5: (0.54, -0.11)}  # fmt: skip
    for tier, (x, y) in places.items():
        line, color, mark = _TIERS[tier]
        across, down = x * accounts, y * accounts
        axes.text(
            across + 0.02 * accounts, down, f"{counts.loc[tier, 'accounts']} {counts.loc[tier, 'meaning']}",
            color=color, va="center", fontweight="semibold",
        )  # fmt: skip
        axes.plot(
            [across, across], [down - 0.02 * accounts, down + 0.02 * accounts], color=line, lw=5, solid_capstyle="butt",
        )  # fmt: skip
        axes.plot(across, down, mark, zorder=7, **_mark(tier, 5.5))


def draw_choices(
    choices: pd.DataFrame,
    *,
    ranked: int,
    title: str,
    subtitle: str,
    source: str,
    region: str = "NL",
) -> Figure:
    """Draw where the first ten go when one choice is made otherwise, a row a choice.

    Parameters
    ----------
    choices : pandas.DataFrame
        As `roeptoeter.questions.ranking_accounts.compare_choices` returns it.
    ranked : int
        How many accounts are ranked.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    places = choices.filter(regex=r"^place_\d+$")
    gaps = choices["kind"].ne(choices["kind"].shift()).cumsum() - 1
    rows = np.arange(len(choices)) + 0.45 * gaps
    figure, axes = new_figure(title, subtitle, height=0.3 * (rows.max() + 2), source=source)
    color = _COLORS.get(region, NETHERLANDS)
    top = places.shape[1]
    axes.axvspan(0.8, top + 0.5, color=color, alpha=0.09, lw=0)
    for y, row, stay in zip(rows, places.to_numpy(), choices["in_both_tops"], strict=True):
        out = row > top
        axes.plot([row.min(), row.max()], [y, y], color=FAINT, lw=1, zorder=1)
        axes.plot(row[~out], np.full((~out).sum(), y), "o", color=color, ms=5.5)
        axes.plot(
            row[out], np.full(out.sum(), y), "o", color=GREY, ms=5.5, markerfacecolor="white", markeredgewidth=1.3
        )  # fmt: skip
        axes.text(
            1.03, y, f"{stay} stay" if y else f"the first {top}", transform=axes.get_yaxis_transform(),
            va="center", fontsize=11.5, fontweight="normal" if y else "semibold",
        )  # fmt: skip
    axes.set_yticks(rows, choices["choice"], va="center")
    axes.get_yticklabels()[0].set_fontweight("semibold")
    axes.set_ylim(rows.max() + 0.7, -1.3)
    axes.text(
        (0.8 * (top + 0.5)) ** 0.5, -0.75, f"the first {top} places", color=color, ha="center", va="center", fontsize=10.5
    )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(0.8, ranked * 1.1)
    ticks = [tick for tick in (1, 2, 5, 10, 20, 50, 100, 200) if tick < 0.6 * ranked] + [ranked]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("place", color=GREY, loc="left")
    axes.tick_params(length=0)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def draw_shrinkage(
    shares: pd.DataFrame,
    *,
    mean_percent: float,
    least_messages: int,
    title: str,
    subtitle: str,
    source: str,
    region: str = "NL",
) -> Figure:
    """Draw the reply share of each account before and after it is moved towards the mean of all.

    Parameters
    ----------
    shares : pandas.DataFrame
        As `roeptoeter.questions.ranking_accounts.tabulate_shrinkage` returns it.
    mean_percent : float
        Towards which they are moved.
    least_messages : int
        That an account must have sent to have a place.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=4.0, source=source)
    color = _COLORS.get(region, NETHERLANDS)
    ends = (0.85, shares["messages"].max() * 1.15)
    axes.axvspan(ends[0], least_messages - 0.5, color=FAINT, alpha=0.45, lw=0)
    axes.plot(ends, [mean_percent, mean_percent], color=INK, lw=1, zorder=1)
    axes.vlines(
        shares["messages"], shares["share_percent"], shares["shrunk_percent"], color=color, lw=1.1, alpha=0.8
    )  # fmt: skip
    axes.plot(
        shares["messages"], shares["share_percent"], "o", color=GREY, ms=3.6, markerfacecolor="white", markeredgewidth=0.8
    )  # fmt: skip
    axes.plot(shares["messages"], shares["shrunk_percent"], "o", color=color, ms=3.2)
    _tick_messages(axes, ends, (least_messages,))
    _say_right(axes, mean_percent, f"{mean_percent:.0f}% of\nall messages", fontsize=11.5)
    axes.text(
        (ends[0] * (least_messages - 0.5)) ** 0.5, 104, f"fewer than {least_messages}", ha="center",
        va="bottom", color=GREY, fontsize=11.5,
    )  # fmt: skip
    axes.plot(ends[1] * 0.11, 96, "o", color=GREY, ms=5, markerfacecolor="white", markeredgewidth=1)
    axes.text(ends[1] * 0.125, 96, "as counted", color=GREY, va="center")
    axes.plot(ends[1] * 0.11, 89, "o", color=color, ms=5)
    axes.text(ends[1] * 0.125, 89, "moved towards all", color=color, va="center")
    axes.set_xlabel("messages that the account sent", color=GREY, loc="left")
    axes.set_ylim(-3, 103)
    _tick_percent(axes)
    return figure
