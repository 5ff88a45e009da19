"""The figures of the account-level half of 04-size-classes: presence, two parts of interaction, reach, specifications."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator, PercentFormatter

from roeptoeter.plots.style import FAINT, FLANDERS, GREY, INK, NETHERLANDS, PURPLE, new_figure

_COLOURS = {"VL": FLANDERS, "NL": NETHERLANDS}
# further apart than labels are wide
_TICKS = (1_000, 5_000, 20_000, 100_000, 500_000, 2_500_000)
_MOST_TICKS = 4


def draw_presence(
    traced: pd.DataFrame,
    labels: dict[str, str],
    *,
    region: str,
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw the share with an account against population, a panel a platform.

    Parameters
    ----------
    traced : pandas.DataFrame
        As `questions.size_classes_parts.trace_shares` returns it.
    labels : dict
        By platform, the heading of its panel.
    region : str
        Decides the colour.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = new_figure(
        title, subtitle, height=3.5, source=source, columns=len(labels), sharey=True
    )
    colour = _COLOURS.get(region, INK)
    for place, (axes, platform) in enumerate(zip(np.atleast_1d(panels), labels, strict=True)):
        rows = traced[traced["platform"].eq(platform)]
        _draw_curve(axes, rows, colour)
        axes.set_title(
            labels[platform], loc="left", fontsize=12.5, fontweight="semibold", color=colour
        )
        _prepare_shares(axes, rows)
        if place == 0:
            _explain_marks(axes, rows)
    return figure


def draw_two_parts(
    traced: pd.DataFrame,
    labels: dict[str, str],
    *,
    region: str,
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw whether an account replies at all beside how much where it does, both against population.

    Parameters
    ----------
    traced : pandas.DataFrame
        As `questions.size_classes_parts.trace_parts` returns it.
    labels : dict
        By part, the heading of its panel.
    region : str
        Decides the colour.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = new_figure(title, subtitle, height=3.5, source=source, columns=2, sharey=True)
    colour = _COLOURS.get(region, INK)
    for axes, part in zip(panels, labels, strict=True):
        rows = traced[traced["part"].eq(part)]
        dots = rows[rows["mark"].eq("account")]
        axes.scatter(dots["population"], dots["share_percent"], s=16, color=colour, alpha=0.3, lw=0)
        _draw_curve(axes, rows, colour)
        axes.set_title(labels[part], loc="left", fontsize=12.5, fontweight="semibold", color=colour)
        _prepare_shares(axes, traced)
        if len(dots):
            axes.text(
                0.99, 0.97, "one dot an account", transform=axes.transAxes, ha="right", va="top", fontsize=10.5, color=GREY
            )  # fmt: skip
        else:
            _explain_marks(axes, rows)
    return figure


def draw_reach(
    traced: pd.DataFrame,
    labels: dict[str, str],
    *,
    region: str,
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw followers against population, with the fitted line and the line of a constant share of the inhabitants.

    Parameters
    ----------
    traced : pandas.DataFrame
        As `questions.size_classes_parts.trace_reach` returns it.
    labels : dict
        By platform, the heading of its panel.
    region : str
        Decides the colour.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, panels = new_figure(
        title, subtitle, height=3.6, source=source, columns=len(labels), sharey=True, sharex=True
    )
    colour = _COLOURS.get(region, INK)
    for place, (axes, platform) in enumerate(zip(np.atleast_1d(panels), labels, strict=True)):
        rows = traced[traced["platform"].eq(platform)]
        dots, line, proportional = (
            rows[rows["mark"].eq(mark)] for mark in ("account", "expected", "proportional")
        )
        axes.scatter(dots["population"], dots["followers"], s=13, color=colour, alpha=0.28, lw=0)
        axes.plot(
            proportional["population"], proportional["followers"], color=INK, lw=1.3, ls=(0, (4, 3))
        )
        axes.plot(line["population"], line["followers"], color=colour, lw=2.4)
        axes.set_title(
            labels[platform], loc="left", fontsize=12.5, fontweight="semibold", color=colour
        )
        _prepare_sizes(axes, traced["population"])
        axes.set_yscale("log")
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:,.0f}"))
        axes.grid(axis="y", color=FAINT, lw=0.7)
        if place == 0:
            end = proportional.iloc[-1]
            axes.annotate(
                "a constant share\nof the inhabitants",
                (end["population"], end["followers"]),
                xytext=(-24, 3),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=11,
                linespacing=0.95,
            )
    return figure


def draw_specifications(
    specifications: pd.DataFrame,
    labels: dict[tuple[str, str], str],
    *,
    title: str,
    subtitle: str,
    source: str,
) -> Figure:
    """Draw every specification as one line in a curve a question and platform, sorted by its effect.

    Parameters
    ----------
    specifications : pandas.DataFrame
        As `questions.size_classes_choices.vary_specification` returns them.
    labels : dict
        By question and platform, the name of its curve; those in percentage points come first.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    units = dict.fromkeys(specifications["effect_unit"])
    names = {"percentage points": "percentage points per doubling", "%": "% per doubling"}
    groups = {
        unit: [
            key
            for key in labels
            if (specifications.loc[_select(specifications, key), "effect_unit"] == unit).any()
        ]
        for unit in units
    }
    most = max(len(keys) for keys in groups.values())
    figure, panels = new_figure(
        title, subtitle, height=0.85 * most + 0.75, source=source, columns=len(groups)
    )
    for axes, (unit, keys) in zip(np.atleast_1d(panels), groups.items(), strict=True):
        for row, key in enumerate(keys):
            found = specifications[_select(specifications, key) & specifications["effect"].notna()]
            found = found.sort_values("effect", ignore_index=True)
            # each curve fills half of its row, however many specifications it has
            places = row + 0.26 * np.linspace(-1, 1, len(found)) if len(found) > 1 else [row]
            places = np.asarray(places) + 0.14
            axes.hlines(
                places, found["low"], found["high"], color=FAINT, lw=min(1.0, 16 / len(found))
            )
            axes.plot(found["effect"], places, ".", color=GREY, ms=3.5)
            declared = found[found["is_declared"]]
            for index in declared.index:
                own = declared.loc[index]
                axes.plot([own["low"], own["high"]], [places[index]] * 2, color=PURPLE, lw=2.2)
                axes.plot(own["effect"], places[index], "o", color=PURPLE, ms=7)
            axes.text(
                0.0,
                row - 0.36,
                f"{labels[key]} ({len(found)})",
                transform=axes.get_yaxis_transform(),
                fontweight="semibold",
                va="center",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
            )
        axes.axvline(0, color=INK, lw=0.9)
        axes.set_ylim(most - 0.45, -0.62)
        axes.set_yticks([])
        axes.spines[["left", "bottom"]].set_visible(False)
        axes.grid(axis="x", color=FAINT, lw=0.7)
        axes.set_axisbelow(True)
        axes.tick_params(axis="x", length=0, labelcolor=GREY)
        axes.set_xlabel(names[unit], color=GREY)
        axes.xaxis.set_major_formatter(FuncFormatter(_write_change))
    return figure


def _select(specifications: pd.DataFrame, key: tuple[str, str]) -> pd.Series:
    return specifications["question"].eq(key[0]) & specifications["platform"].eq(key[1])


def _write_change(tick: float, _) -> str:
    return "0" if tick == 0 else f"{tick:+.0f}".replace("-", "−")


def _draw_curve(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    curve = rows[rows["mark"].isin(["logit", "fractional logit"])]
    spline, observed = (rows[rows["mark"].eq(mark)] for mark in ("spline", "observed"))
    if len(curve) and curve["low_percent"].notna().all():
        axes.fill_between(
            curve["population"], curve["low_percent"], curve["high_percent"], color=colour, alpha=0.16, lw=0
        )  # fmt: skip
    axes.plot(spline["population"], spline["share_percent"], color=INK, lw=1.2, ls=(0, (4, 3)))
    axes.plot(curve["population"], curve["share_percent"], color=colour, lw=2.4)
    axes.scatter(
        observed["population"], observed["share_percent"], s=34, facecolor="white", edgecolor=colour, lw=1.5, zorder=4
    )  # fmt: skip


def _explain_marks(axes: Axes, rows: pd.DataFrame) -> None:
    """Name the marks in a corner that the curve leaves free: above its low start, or below its high end."""
    texts = ["○ a tenth of the organisations", "— line in log population"]
    if rows["mark"].eq("spline").any():
        texts.append("- - smooth curve (spline)")
    low, high = axes.get_xlim()
    left = rows[rows["population"].between(low, low**0.58 * high**0.42)]
    is_free = left[["share_percent", "high_percent"]].max().max() < 68
    x, y, ha, va = (0.02, 0.97, "left", "top") if is_free else (0.99, 0.04, "right", "bottom")
    axes.text(
        x, y, "\n".join(texts), transform=axes.transAxes, ha=ha, va=va, fontsize=10.5, color=GREY
    )


def _prepare_shares(axes: Axes, rows: pd.DataFrame) -> None:
    # one very small place would take a third of the width, and say nothing
    observed = rows.loc[rows["mark"].eq("observed"), "population"]
    _prepare_sizes(axes, rows["population"].clip(lower=observed.min() / 2))
    axes.set_ylim(-3, 103)
    axes.yaxis.set_major_formatter(PercentFormatter(decimals=0))
    axes.yaxis.set_major_locator(FixedLocator([0, 25, 50, 75, 100]))
    axes.grid(axis="y", color=FAINT, lw=0.7)


def _prepare_sizes(axes: Axes, population: pd.Series) -> None:
    axes.set_xscale("log")
    low, high = population.min(), population.max()
    axes.set_xlim(low / 1.2, high * 1.2)
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    while len(ticks) > _MOST_TICKS:
        ticks = ticks[::2]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:,.0f}"))
    axes.set_xlabel("inhabitants", color=GREY)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="both", length=0, labelcolor=GREY)
