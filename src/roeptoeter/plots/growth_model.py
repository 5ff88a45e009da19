"""The figures of 09-growth-model: organisations by phase, who meets each indicator, what a change of the rules moves."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from roeptoeter.plots.style import FAINT, FLANDERS, GREY, INK, NETHERLANDS, new_figure

_COLORS = {"NL": NETHERLANDS, "VL": FLANDERS}

# Share of the region's colour in the tint of the first and of the last phase.
_LIGHTEST, _DARKEST = 0.16, 1.0

# Below a number, so that no line runs through it.
_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}

# Narrower segments, in percent, hold no text, or only the number of the phase.
_NARROW, _WIDE = 3.5, 9.0


def _mix(color: str, amount: float) -> tuple[float, ...]:
    return tuple(1 - amount * (1 - part) for part in to_rgb(color))


def _name_rows(axes: Axes, labels: list[tuple[float, str, dict]]) -> None:
    axes.set_yticks([y for y, *_ in labels], [text for _, text, _ in labels])
    for label, (_, _, look) in zip(axes.get_yticklabels(), labels, strict=True):
        label.set(**look)
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelcolor=GREY)
    axes.spines[["left", "bottom"]].set_visible(False)


def draw_phases(
    phases: pd.DataFrame, *, title: str, subtitle: str, source: str, region: str = "NL"
) -> Figure:
    """Draw the share of organisations in each phase, a bar a theme.

    Parameters
    ----------
    phases : pandas.DataFrame
        As `roeptoeter.questions.growth_model_answers.tabulate_phases` returns it.
    title, subtitle, source : str
        The subtitle says what the numbers of the phases stand for.
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
    """
    themes = list(phases.groupby("theme_name", sort=False))
    figure, axes = new_figure(title, subtitle, height=0.66 * len(themes) + 0.35, source=source)
    color, last = _COLORS.get(region, NETHERLANDS), int(phases["phase"].max())
    for y, (_, rows) in enumerate(themes):
        left = 0.0
        for row in rows.dropna(subset="share_percent").itertuples():
            step = (row.phase - 1) / max(1, last - 1)
            amount = _LIGHTEST + (_DARKEST - _LIGHTEST) * step
            look = {"color": _mix(color, amount)} if row.phase else {"color": FAINT}
            axes.barh(y, row.share_percent, left=left, height=0.62, edgecolor="white", **look)
            _write_segment(axes, y, left, row, amount if row.phase else 0)
            left += row.share_percent
        if left < 99.9:
            _mark_hidden(axes, y, left)
    _name_rows(axes, [(y, name, {}) for y, (name, _) in enumerate(themes)])
    axes.set_ylim(len(themes) - 0.5, -0.5)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 50, 100], ["0%", "50%", "100%"])
    return figure


def _write_segment(axes: Axes, y: int, left: float, row, amount: float) -> None:
    share = row.share_percent
    if share < _NARROW:
        return
    number = f"{row.phase}" if row.phase else "?"
    text = f"{number}\n{share:.0f}%" if share >= _WIDE else number
    axes.text(
        left + share / 2,
        y,
        text,
        ha="center",
        va="center",
        fontsize=11,
        linespacing=1.05,
        color="white" if amount > 0.75 else INK,
    )


def _mark_hidden(axes: Axes, y: int, left: float) -> None:
    axes.barh(
        y, 100 - left, left=left, height=0.62, facecolor="white", edgecolor=GREY, hatch="////", linewidth=0.6
    )  # fmt: skip


def draw_met(
    met: pd.DataFrame, *, title: str, subtitle: str, source: str, region: str = "NL"
) -> Figure:
    """Draw who meets each indicator, theme by theme from the easiest to the hardest as declared.

    Parameters
    ----------
    met : pandas.DataFrame
        As `roeptoeter.questions.growth_model_answers.tabulate_met` returns it.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
        A line leads down from indicator to indicator; where it turns to the right, the declared order does not hold.
    """
    themes = list(met.groupby("theme_name", sort=False))
    figure, axes = new_figure(
        title, subtitle, height=0.235 * (len(met) + 1.5 * len(themes)) + 0.4, source=source
    )
    color, y, labels = _COLORS.get(region, NETHERLANDS), 0.0, []
    for name, rows in themes:
        labels.append((y, name, {"fontweight": "semibold"}))
        places = [y + step for step in range(1, len(rows) + 1)]
        labels += [
            (place, code.replace("_", " "), {"fontsize": 11})
            for place, code in zip(places, rows["indicator"], strict=True)
        ]
        shown = rows["met_percent"].notna().to_numpy()
        shares = rows["met_percent"].astype("float64").to_numpy()
        line = [place for place, is_shown in zip(places, shown, strict=True) if is_shown]
        axes.plot(shares[shown], line, color=color, linewidth=1.2, alpha=0.5)
        axes.plot(shares[shown], line, "o", color=color, markersize=6.5)
        printed = rows["printed_percent"].to_numpy(dtype=float)
        for place, share, is_shown, diamond in zip(places, shares, shown, printed, strict=True):
            text = f"{share:.0f}%" if is_shown else "not shown: would tell of too few"
            # beside a diamond, not in its corner
            right = share + (3.8 if abs(share - diamond) < 3 else 2.5) if is_shown else 1
            axes.text(right, place, text, va="center", fontsize=10.5, color=INK if is_shown else GREY, bbox=_WHITE)  # fmt: skip
        axes.plot(printed, places, "D", markerfacecolor="none", markeredgecolor=INK, markersize=9)
        y = places[-1] + 1.5
    _name_rows(axes, labels)
    axes.set_ylim(y - 0.9, -0.7)
    axes.set_xlim(-3, 108)
    axes.set_xticks([0, 50, 100], ["0%", "50%", "100%"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure


def draw_variations(
    variations: pd.DataFrame, *, title: str, subtitle: str, source: str, region: str = "NL"
) -> Figure:
    """Draw how many organisations each change of the rules moves, a row a theme and kind of change.

    Parameters
    ----------
    variations : pandas.DataFrame
        As `roeptoeter.questions.growth_model_rules.vary_rules` returns it.
    title, subtitle, source : str
    region : {"NL", "VL"}
        Gives the colour.

    Returns
    -------
    matplotlib.figure.Figure
        The shares are rounded, so that changes share a dot: its area grows with their number, which stands in it.
    """
    themes = list(variations.groupby("theme_name", sort=False))
    kinds = sum(rows["kind"].nunique() for _, rows in themes)
    figure, axes = new_figure(
        title, subtitle, height=0.25 * (kinds + 1.5 * len(themes)) + 0.4, source=source
    )
    color, y, labels = _COLORS.get(region, NETHERLANDS), 0.0, []
    for name, rows in themes:
        labels.append((y, name, {"fontweight": "semibold"}))
        for kind, own in rows.groupby("kind", sort=False):
            y += 1
            labels.append((y, kind, {"fontsize": 11}))
            for share, number in own["changed_percent"].value_counts().items():
                axes.scatter(share, y, s=55 + 45 * number, color=color, linewidth=0, clip_on=False)
                if number > 1:
                    axes.text(share, y, f"{number}", ha="center", va="center", fontsize=9.5, color="white")  # fmt: skip
        y += 1.5
    _name_rows(axes, labels)
    axes.set_ylim(y - 0.9, -0.7)
    axes.set_xlim(-2, 102)
    axes.set_xticks([0, 25, 50, 75, 100], ["0%", "25%", "50%", "75%", "100%"])
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    return figure
