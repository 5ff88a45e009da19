"""The figures of 03-year-on-year: the rise by reading, Utrecht's weight, the accounts needed."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from roeptoeter.estimators.estimate import Estimate
from roeptoeter.plots.style import BLUE, FAINT, GREY, INK, NETHERLANDS, new_figure


def draw_readings(readings: pd.DataFrame, title: str) -> Figure:
    """Draw the two shares and the rise under each reading, a row a reading.

    Parameters
    ----------
    readings : pandas.DataFrame
        As `roeptoeter.questions.year_on_year.compare_readings` returns it.
    title : str
        The message, with its numbers.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Replies as a share of tweets sent by corporate accounts, Dutch municipalities,\n"
        "third quarter of 2013 and second quarter of 2014. Bars: rounding",
        height=0.78 * len(readings) + 0.7,
        source="Source: Frankwatching, articles of 2013 and 2014; readings: own calculation",
    )
    left = readings["before_low_percent"].min() - 1
    for row, reading in enumerate(readings.itertuples()):
        axes.text(left, row - 0.3, reading.reading, va="center", fontsize=12)
        axes.plot([reading.before_percent, reading.after_percent], [row, row], color=FAINT, lw=2)
        for moment, color in (("before", GREY), ("after", NETHERLANDS)):
            low, point, high = (
                getattr(reading, f"{moment}{end}_percent") for end in ("_low", "", "_high")
            )
            axes.plot([low, high], [row, row], color=color, lw=9, alpha=0.3, solid_capstyle="butt")
            axes.plot(point, row, "o", color=color, ms=8)
        axes.text(
            readings["after_high_percent"].max() + 0.6,
            row,
            f"+{reading.change_points:.1f} points\n"
            f"({reading.change_low_points:.1f} to {reading.change_high_points:.1f})",
            va="center",
            fontsize=11.5,
            linespacing=0.95,
        )
    first = readings.iloc[0]
    for moment, text, color in (("before", "2013", GREY), ("after", "2014", NETHERLANDS)):
        axes.text(
            first[f"{moment}_percent"], -0.62, text, ha="center", color=color, fontweight="semibold"
        )
    axes.set_ylim(len(readings) - 0.55, -0.9)
    axes.set_xlim(left, readings["after_high_percent"].max() + 5.2)
    axes.set_xticks([10, 12, 14, 16, 18, 20], [f"{tick}%" for tick in (10, 12, 14, 16, 18, 20)])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_bounds(left, readings["after_high_percent"].max())
    return figure


def draw_others(
    curve: pd.DataFrame,
    named: pd.DataFrame,
    before: Estimate,
    levelling_percent: float,
    title: str,
) -> Figure:
    """Draw where all accounts but Utrecht's stood, against the weight that Utrecht may have had.

    Parameters
    ----------
    curve, named : pandas.DataFrame
        As `roeptoeter.questions.year_on_year.weigh_utrecht` returns them: the line with its
        rounding range, and the few weights that are named on it.
    before : Estimate
        The share of 2013, in %.
    levelling_percent : float
        The weight at which the line meets the share of 2013.
    title : str
        The message, with its numbers.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Replies as a share of tweets of all corporate accounts but Utrecht's,\n"
        "Dutch municipalities, second quarter of 2014. Bands: rounding",
        height=3.7,
        source="Source: Frankwatching, 2014; Utrecht's share of all messages is ASSUMED",
    )
    low, level, high = before.low, before.value, before.high
    end = curve["weight_percent"].max()
    axes.axhspan(low, high, color=GREY, alpha=0.16, lw=0)
    axes.axhline(level, color=GREY, lw=1.2)
    axes.fill_between(
        curve["weight_percent"],
        curve["others_low_percent"],
        curve["others_high_percent"],
        color=NETHERLANDS,
        alpha=0.22,
        lw=0,
    )
    axes.plot(curve["weight_percent"], curve["others_percent"], color=NETHERLANDS)
    for position, point in enumerate(named.itertuples()):
        meaning = f" had Utrecht sent {point.weight_percent:.3g}%" if position == 0 else ""
        axes.plot(point.weight_percent, point.others_percent, "o", color=NETHERLANDS, ms=6.5)
        axes.annotate(
            f"{point.others_percent:.1f}%{meaning}",
            (point.weight_percent, point.others_percent),
            (7, 9),
            textcoords="offset points",
            color=NETHERLANDS,
        )
    axes.text(0.1, low - 0.15, f"{level:.3g}% in 2013, Utrecht included", va="top", color=GREY)
    axes.plot(levelling_percent, level, "o", mfc="white", mec=INK, mew=1.6, ms=8)
    axes.annotate(
        f"no rise left\nat {levelling_percent:.1f}%",
        (levelling_percent, level),
        (8, 22),
        textcoords="offset points",
        linespacing=0.95,
        arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8, "shrinkB": 5},
    )
    axes.set_xlim(0, end)
    bottom = min(curve["others_low_percent"].min(), low) - 1
    axes.set_ylim(bottom, curve["others_high_percent"].max() + 0.8)
    axes.set_xlabel("Utrecht's share of all messages (ASSUMED), %")
    axes.yaxis.set_major_formatter("{x:.0f}%")
    axes.xaxis.set_major_formatter("{x:.0f}%")
    return figure


def draw_needed_accounts(needed: pd.DataFrame, accounts: int, title: str) -> Figure:
    """Draw the effective accounts that the sign of the rise needs, against the assumed clustering.

    Parameters
    ----------
    needed : pandas.DataFrame
        As `roeptoeter.questions.year_on_year.count_needed_accounts` returns it; one line for each
        correlation between the years, at most two.
    accounts : int
        Accounts that there were.
    title : str
        The message, with its numbers.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Effective accounts that leave no doubt of the sign, by ASSUMED correlations.\n"
        "Corporate accounts, Dutch municipalities, 2013 and 2014. Bands: rounding",
        height=3.3,
        source="Source: Frankwatching, 2014; Dutch register of municipalities; own calculation",
    )
    end = needed["intra_class_correlation"].max()
    axes.axhline(accounts, color=INK, lw=1.2)
    axes.annotate(
        f"{accounts} accounts, had all sent the same number",
        (0, accounts),
        (4, -6),
        textcoords="offset points",
        va="top",
    )
    for (year, line), color in zip(
        needed.groupby("year_correlation"), (BLUE, NETHERLANDS), strict=False
    ):
        line = line.sort_values("intra_class_correlation")
        places = line["intra_class_correlation"]
        axes.fill_between(
            places,
            line["effective_accounts_low"],
            line["effective_accounts_high"],
            color=color,
            alpha=0.16,
            lw=0,
        )
        axes.plot(places, line["effective_accounts"], "o-", color=color, ms=6)
        axes.annotate(
            f"{line['effective_accounts'].iloc[-1]:.0f} if the years "
            + (f"correlate {year:.2g}" if year else "are unrelated"),
            (end, line["effective_accounts"].iloc[-1]),
            (10, 0),
            textcoords="offset points",
            va="center",
            color=color,
            annotation_clip=False,
        )
    axes.set_xlim(0, end * 1.6)
    axes.set_xticks(sorted(needed["intra_class_correlation"].unique()))
    axes.set_ylim(0, accounts * 1.06)
    axes.yaxis.set_major_locator(MultipleLocator(100))
    axes.spines["bottom"].set_bounds(0, end)
    axes.set_xlabel("Correlation of messages within an account (ASSUMED)", loc="left")
    return figure
