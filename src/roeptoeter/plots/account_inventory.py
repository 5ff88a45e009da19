"""The figures of 14-account-inventory."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from roeptoeter.plots.style import BLUE, FAINT, GREY, INK, ORANGE, new_figure

_STATES = {"active": BLUE, "dormant": ORANGE, "unknown": FAINT}
_STATE_LABELS = {"active": "sent a message", "dormant": "sent nothing", "unknown": "not known"}


def draw_seen(means: pd.DataFrame, title: str, subtitle: str, source: str) -> Figure:
    """Draw the accounts of a mean municipality as squares, the one that a corporate count sees filled.

    Parameters
    ----------
    means : pandas.DataFrame
        platform, accounts_per_municipality, seen_percent; a row a platform.
    title, subtitle, source : str
        The message, what is shown, and where it comes from.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(title, subtitle, height=0.55 + 0.95 * len(means), source=source)
    longest = means["accounts_per_municipality"].max()
    for height, row in zip(reversed(range(len(means))), means.itertuples(), strict=True):
        number = row.accounts_per_municipality
        for place in range(int(np.ceil(number))):
            width = min(1.0, number - place) * 0.9
            axes.add_patch(
                Rectangle(
                    (place, height), width, 0.62,
                    facecolor=BLUE if place == 0 else "white", edgecolor=BLUE if place == 0 else GREY, lw=1.4,
                )
            )  # fmt: skip
        axes.text(
            number + 0.1, height + 0.31, f"{number:g}\nat most {row.seen_percent:.0f}% seen",
            va="center", color=INK, linespacing=1.1,
        )  # fmt: skip
        axes.text(
            -0.15, height + 0.31, row.platform, ha="right", va="center", fontweight="semibold"
        )
    axes.text(0.45, len(means) - 0.3, "the corporate one", color=BLUE, ha="center", va="bottom")
    axes.text(
        1 + (longest - 1) / 2, len(means) - 0.3, "the others: not counted", color=GREY, ha="center", va="bottom"
    )  # fmt: skip
    axes.set(xlim=(-1.15, longest + 1.85), ylim=(-0.1, len(means) + 0.05))
    axes.axis("off")
    return figure


def draw_purposes(purposes: pd.DataFrame, title: str, subtitle: str, source: str) -> Figure:
    """Draw how many accounts there are for what, and how many of them sleep; a panel a platform.

    Parameters
    ----------
    purposes : pandas.DataFrame
        platform, label (what for), active, dormant, unknown; no persons.
    title, subtitle, source : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    platforms = list(dict.fromkeys(purposes["platform"]))
    labels = list(dict.fromkeys(purposes["label"]))
    figure, panels = new_figure(
        title, subtitle, height=0.95 + 0.42 * len(labels), source=source, columns=len(platforms), sharey=True,
        sharex=True,
    )  # fmt: skip
    most = float(purposes[list(_STATES)].sum(axis=1).max())
    for axes, platform in zip(np.atleast_1d(panels), platforms, strict=True):
        rows = purposes[purposes["platform"] == platform].set_index("label").reindex(labels)
        counts = rows[list(_STATES)].fillna(0).astype(float)
        heights = np.arange(len(labels))[::-1]
        left = np.zeros(len(labels))
        for state, colour in _STATES.items():
            axes.barh(heights, counts[state], left=left, height=0.66, color=colour, lw=0)
            left += counts[state].to_numpy()
        known = counts["active"] + counts["dormant"]
        for height, end, asleep, of in zip(heights, left, counts["dormant"], known, strict=True):
            if of:
                axes.text(
                    end + 0.02 * most, height, "<1%" if 0 < asleep / of < 0.01 else f"{100 * asleep / of:.0f}%", va="center", color=ORANGE,
                    fontweight="semibold",
                )  # fmt: skip
        axes.set_title(platform, loc="left", fontsize=12.5, fontweight="semibold")
        axes.set(xlim=(0, 1.2 * most), ylim=(-0.6, len(labels) - 0.4))
        axes.set_yticks(heights, labels)
        axes.locator_params(axis="x", nbins=4)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", left=False)
        axes.tick_params(axis="x", colors=GREY)
        axes.set_xlabel("accounts", color=GREY)
    shown = [state for state in _STATES if purposes[state].sum() > 0]
    last = np.atleast_1d(panels)[-1]
    for place, state in enumerate(shown):
        last.text(
            0.98, 0.05 + 0.1 * place, _STATE_LABELS[state],
            color=GREY if state == "unknown" else _STATES[state], transform=last.transAxes, ha="right",
            fontweight="semibold",
        )  # fmt: skip
    return figure
