"""The figures of the account-level half of 05-nl-flanders-gap."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from roeptoeter.plots.style import FAINT, FLANDERS, GREY, INK, NETHERLANDS, PURPLE, new_figure

_COLOURS = {"NL": NETHERLANDS, "VL": FLANDERS}
_COUNTRIES = {"NL": "Netherlands", "VL": "Flanders"}
_PLATFORMS = {"twitter": "Twitter", "facebook": "Facebook"}
_TICKS = (500, 5_000, 20_000, 100_000, 500_000, 2_000_000)
# below the share of zero: one row of strokes a country, which also names its colour
_ROW_OF_STROKES = {"NL": -13.0, "VL": -25.0}


def draw_presence_by_size(
    presence: pd.DataFrame, traced: pd.DataFrame, title: str, subtitle: str, source: str
) -> Figure:
    """Draw the share with an account against population, a panel a platform, a curve a country.

    Parameters
    ----------
    presence : pandas.DataFrame
        From `roeptoeter.questions.country_gap_accounts.read_presence`: a stroke an organisation.
    traced : pandas.DataFrame
        From `trace_presence`.
    title, subtitle, source : str
        The message, what is shown, and where it comes from.

    Returns
    -------
    matplotlib.figure.Figure
    """
    platforms = list(dict.fromkeys(traced["platform"]))
    figure, panels = new_figure(
        title,
        subtitle,
        height=4.0,
        source=source,
        columns=len(platforms),
        sharey=True,
        sharex=True,
    )
    for axes, platform in zip(np.atleast_1d(panels), platforms, strict=True):
        for region, colour in _COLOURS.items():
            rows = traced[(traced["platform"] == platform) & (traced["region"] == region)]
            curve, dots = (rows[rows["kind"] == kind] for kind in ("curve", "observed"))
            axes.plot(curve["population"], curve["present_percent"], color=colour, lw=2.4, zorder=3)
            axes.scatter(
                dots["population"],
                dots["present_percent"],
                s=34,
                facecolor="white",
                edgecolor=colour,
                lw=1.5,
                zorder=4,
            )
            sizes = presence.query("platform == @platform and region == @region")["population"]
            bottom = _ROW_OF_STROKES[region]
            axes.vlines(sizes, bottom - 4, bottom + 4, color=colour, lw=0.5, alpha=0.45)
        axes.set_title(
            _PLATFORMS.get(platform, platform.capitalize()),
            loc="left",
            fontsize=12.5,
            fontweight="semibold",
        )
        axes.set(xscale="log", ylim=(-31, 105))
        axes.set_yticks(
            [*_ROW_OF_STROKES.values(), 0, 25, 50, 75, 100],
            [*(_COUNTRIES[region] for region in _ROW_OF_STROKES), "0", "25", "50", "75", "100%"],
        )
        # a handful of very small places would take a third of the width
        low, high = presence["population"].quantile(0.01), presence["population"].max()
        axes.set_xlim(low / 1.1, high * 1.15)
        ticks = [tick for tick in _TICKS if low <= tick <= high]
        axes.xaxis.set_major_locator(FixedLocator(ticks))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
        axes.hlines([0, 25, 50, 75, 100], low / 1.1, high * 1.15, color=FAINT, lw=0.7, zorder=0)
        axes.spines["left"].set_visible(False)
        axes.tick_params(left=False, colors=GREY)
        axes.set_xlabel("inhabitants", color=GREY)
        for label, colour in zip(axes.get_yticklabels(), _COLOURS.values(), strict=False):
            label.set(color=colour, fontweight="semibold")
    return figure


def draw_parts(parts: pd.DataFrame, title: str, subtitle: str, source: str) -> Figure:
    """Draw each gap and its two parts, the answer with its interval and the other ways beside it.

    Parameters
    ----------
    parts : pandas.DataFrame
        A row per subject (printed as the name of a panel), method ("curves", "classes", "lines")
        and part ("gap", "behaviour", "size"): points, low, high.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    subjects = list(dict.fromkeys(parts["subject"]))
    figure, panels = new_figure(
        title,
        subtitle,
        height=3.3,
        source=source,
        columns=len(subjects),
        sharey=True,
        sharex=True,
    )
    rows = {"gap": 2, "behaviour": 1, "size": 0}
    colours = {"gap": GREY, "behaviour": INK, "size": PURPLE}
    low, high = min(0.0, parts["low"].min()), parts["high"].max()
    for position, (axes, subject) in enumerate(zip(np.atleast_1d(panels), subjects, strict=True)):
        table = parts[parts["subject"] == subject].set_index(["method", "part"])
        for part, height in rows.items():
            answer, colour = table.loc[("curves", part)], colours[part]
            axes.plot([answer["low"], answer["high"]], [height] * 2, color=colour, lw=2.2)
            axes.scatter(answer["points"], height, s=75, color=colour, zorder=3)
            axes.text(
                answer["points"],
                height + 0.16,
                f"{answer['points']:.1f}".replace("-", "−"),
                color=colour,
                ha="center",
                va="bottom",
                fontweight="semibold",
            )
            if part == "gap":
                continue
            for method, marker, below in (("classes", "s", 0.24), ("lines", "D", 0.46)):
                other = table.loc[(method, part)]
                axes.scatter(
                    other["points"],
                    height - below,
                    s=26,
                    marker=marker,
                    facecolor="white",
                    edgecolor=colour,
                    lw=1.3,
                    zorder=3,
                )
                if position == 0 and part == "behaviour":
                    axes.annotate(
                        {"classes": "three size classes", "lines": "straight lines"}[method],
                        (other["points"], height - below),
                        xytext=(-9, 0),
                        textcoords="offset points",
                        color=GREY,
                        fontsize=10,
                        ha="right",
                        va="center",
                    )
        axes.axvline(0, color=GREY, lw=0.8, zorder=0)
        axes.set_title(subject, loc="left", fontsize=12.5, fontweight="semibold")
        axes.set(xlim=(low - 0.04 * (high - low), high * 1.06), ylim=(-0.66, 2.55))
        axes.set_yticks(list(rows.values()), ["the gap", "at equal size", "made by size"])
        axes.grid(axis="x", color=FAINT, lw=0.7)
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", left=False)
        axes.tick_params(axis="x", colors=GREY)
        axes.set_xlabel("percentage points", color=GREY)
    return figure
