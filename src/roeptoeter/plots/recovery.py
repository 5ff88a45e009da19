"""The figures of 12-recovery: simulated studies one by one, and how often intervals hold the truth."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from roeptoeter.plots.style import BLUE, FAINT, GREEN, GREY, INK, ORANGE, PURPLE, new_figure

# shapes as well as colours, so that no meaning rests on colour alone
_MARKS = (("o", BLUE), ("s", GREEN), ("D", PURPLE), ("^", ORANGE), ("v", INK))


def draw_studies(
    first: pd.DataFrame,
    truth: float,
    intervals: Sequence[str],
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw the same simulated studies with two intervals side by side; those that miss stand out.

    Parameters
    ----------
    first : pandas.DataFrame
        Rows of `roeptoeter.questions.recovery.Recovery.first_draws` of one scenario.
    truth : float
        The true change, as a share.
    intervals : sequence of str
        Two of those in `first`, a panel each.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = new_figure(
        title,
        subtitle,
        height=4.3,
        source=source,
        columns=len(intervals),
        sharey=True,
        sharex=True,
    )
    for axes, interval in zip(panels, intervals, strict=True):
        rows = first[first["interval"] == interval].sort_values("draw")
        for height, row in enumerate(rows.to_dict("records")):
            holds = row["low"] <= truth <= row["high"]
            axes.plot(
                [100 * row["low"], 100 * row["high"]],
                [height] * 2,
                color=BLUE if holds else ORANGE,
                lw=1.6 if holds else 2.2,
                zorder=2,
            )
            axes.plot(
                100 * row["estimate"],
                height,
                marker="o",
                ms=4.5,
                color=BLUE if holds else ORANGE,
                markerfacecolor=BLUE if holds else "white",
                zorder=3,
            )
        missed = int(((rows["low"] > truth) | (rows["high"] < truth)).sum())
        axes.axvline(100 * truth, color=INK, lw=1, zorder=1)
        axes.set_title(
            f"{interval}: {missed} of {len(rows)} miss",
            loc="left",
            fontsize=12.5,
            fontweight="semibold",
        )
        axes.set(ylim=(-1, len(rows)), yticks=[])
        axes.set_xlabel("rise of the reply share, points", color=GREY)
        axes.spines["left"].set_visible(False)
        axes.tick_params(colors=GREY)
    return figure


def draw_coverage(
    coverage: pd.DataFrame,
    intervals: Sequence[str],
    title: str,
    subtitle: str,
    source: str,
    *,
    lowest: float,
    tolerance: float,
) -> Figure:
    """Draw how often intervals hold the truth, a row a scenario, beside what they promise.

    Parameters
    ----------
    coverage : pandas.DataFrame
        Rows of `roeptoeter.questions.recovery.Recovery.coverage` of one question, the scenarios in
        the order in which they are drawn.
    intervals : sequence of str
        Which, at most five, in the order of the key.
    title, subtitle, source : str
    lowest : float
        Where the axis begins, in %.
    tolerance : float
        Half the width of the band around what is promised, in points.

    Returns
    -------
    matplotlib.figure.Figure
    """
    scenarios = list(dict.fromkeys(coverage["scenario"]))
    figure, axes = new_figure(
        title,
        subtitle,
        height=0.7 + 0.235 * len(scenarios) * (len(intervals) + 1.4),
        source=source,
    )
    nominal = 100 * coverage["nominal"].iloc[0]
    axes.axvspan(nominal - tolerance, nominal + tolerance, color=FAINT, alpha=0.6, lw=0, zorder=0)
    axes.axvline(nominal, color=GREY, lw=1, zorder=1)
    labels = []
    height = 0.0
    for scenario in scenarios:
        rows = coverage[coverage["scenario"] == scenario].set_index("interval")
        effective = rows["effective_accounts"].iloc[0]
        accounts = f": {effective:.0f} effective accounts" if effective == effective else ""
        axes.text(
            lowest,
            height - 0.1,
            scenario + accounts,
            fontweight="semibold",
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )
        for interval, (marker, colour) in zip(intervals, _MARKS, strict=False):
            height -= 1
            row = rows.loc[interval]
            middle, reach = 100 * row["coverage"], 196 * row["coverage_error"]
            axes.plot(
                [max(lowest, middle - reach), min(100, middle + reach)],
                [height] * 2,
                color=colour,
                lw=1.8,
                zorder=2,
            )
            axes.scatter(middle, height, marker=marker, s=46, color=colour, zorder=3)
            axes.text(100.6, height, f"{middle:.1f}", color=colour, va="center", fontsize=11)
            labels.append((height, interval, colour))
        height -= 1.35
    axes.set(xlim=(lowest, 100.2), ylim=(height + 0.6, 0.7))
    axes.set_yticks([place for place, _, _ in labels], [text for _, text, _ in labels])
    for tick, (_, _, colour) in zip(axes.get_yticklabels(), labels, strict=True):
        tick.set_color(colour)
    axes.set_xlabel("% of the simulated studies", color=GREY)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", left=False)
    axes.tick_params(axis="x", colors=GREY)
    return figure
