"""The figure of 11-simulated-study."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from roeptoeter.plots.style import FAINT, GREY, INK, ORANGE, new_figure

_LIMIT = 55.0  # percent of the target; what lies further is named at the edge


def draw_targets(comparison: pd.DataFrame, *, title: str, subtitle: str, source: str) -> Figure:
    """Draw how far each figure lies from its target, in the study and in runs that nothing held to it.

    Parameters
    ----------
    comparison : pandas.DataFrame
        From `roeptoeter.questions.simulated_study.compare_free_runs`.
    title : str
        The message, its numbers from the table.
    subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    names = comparison["constraint"].drop_duplicates().tolist()
    figure, axes = new_figure(title, subtitle, height=0.235 * len(names) + 0.6, source=source)
    for place, name in enumerate(names):
        rows = comparison[comparison["constraint"] == name]
        held, free = rows[rows["run"] == 0].iloc[0], rows[rows["run"] > 0]
        _draw_free_runs(axes, place, free["deviation_percent"])
        axes.scatter(held["deviation_percent"], place, color=INK, s=34, zorder=3)
        for x, number in ((1.05, held["target"]), (1.19, held["achieved"])):
            axes.text(
                x, place, _write(number, held["unit"]),
                transform=axes.get_yaxis_transform(), ha="center", va="center", fontsize=10.5, color=INK,
            )  # fmt: skip
    for x, heading in ((1.05, "aimed\nat"), (1.19, "came\nout")):
        axes.text(
            x, -0.8, heading,
            transform=axes.get_yaxis_transform(), ha="center", va="bottom", fontsize=10.5, color=GREY, linespacing=0.95,
        )  # fmt: skip
    axes.axvline(0, color=INK, lw=0.9, zorder=1)
    axes.text(0, -0.8, "this study", ha="center", va="bottom", fontsize=10.5, color=INK)
    axes.text(-_LIMIT, -0.8, "free runs", ha="left", va="bottom", fontsize=10.5, color=ORANGE)
    axes.set(xlim=(-_LIMIT - 3, _LIMIT + 3), ylim=(len(names) - 0.4, -0.9))
    axes.set_xticks([-50, -25, 0, 25, 50], ["−50%", "−25%", "target", "+25%", "+50%"])
    axes.set_yticks(range(len(names)), comparison.drop_duplicates("constraint")["label"])
    axes.tick_params(axis="y", left=False, labelsize=10.5)
    axes.tick_params(axis="x", colors=GREY, length=0)
    axes.grid(axis="x", color=FAINT, lw=0.7)
    axes.set_axisbelow(True)
    axes.spines[["left", "bottom"]].set_visible(False)
    return figure


def _draw_free_runs(axes: Axes, place: int, deviations: pd.Series) -> None:
    inside = deviations[deviations.abs() <= _LIMIT]
    axes.scatter(
        inside, [place] * len(inside), facecolors="none", edgecolors=ORANGE, s=34, lw=1.3, zorder=2
    )
    for sign, side in ((1, "right"), (-1, "left")):
        outside = deviations[sign * deviations > _LIMIT]
        if len(outside):
            furthest = outside.loc[outside.abs().idxmax()]
            text = f"{furthest:+.0f}%".replace("-", "−")
            text = f"{text} →" if sign > 0 else f"← {text}"
            axes.text(sign * _LIMIT, place, text, ha=side, va="center", color=ORANGE, fontsize=10.5)


def _write(number: float, unit: str) -> str:
    form = {"%": ".1f", "hours": ".1f"}.get(unit, ",.0f")
    return f"{number:{form}}" + ("%" if unit == "%" else "")
