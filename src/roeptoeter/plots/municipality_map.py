"""The map of municipalities for print: the same hexagons as on the page, in the look of all figures."""

import numpy as np
import pandas as pd
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.transforms import Affine2D

from roeptoeter.plots.style import GREY, INK, WIDTH, new_figure

#: From the lowest to the highest group: evenly darker, and told apart with every common kind of colour blindness.
TIER_COLOURS = ("#f5dc72", "#9ccb86", "#3f9d9c", "#22688f", "#1a2658")

#: How much of its cell a hexagon fills, by group: what colour says, size says too.
TIER_SIZES = (0.66, 0.76, 0.85, 0.94, 1.0)

_GROUND = "#e1e6ea"
_NO_VALUE_SIZE = 0.42


def draw_municipality_map(
    places: pd.DataFrame,
    tiers: pd.Series,
    labels: list[str],
    title: str,
    subtitle: str,
    source: str,
    shapes: dict | None = None,
) -> Figure:
    """Draw the groups of the municipalities as a map.

    Parameters
    ----------
    places : pandas.DataFrame
        east and south of every municipality, the width of a cell being 20; by id.
    tiers : pandas.Series
        Group of those that are in the edition: 1 to 5, or 0 where there is no value; by id.
    labels : list of str
        Six lines of the legend: groups 5 to 1, and no value.
    title, subtitle, source : str
        Words around the figure.
    shapes : dict, optional
        Rings by id, in the units of `places`: boundaries in place of hexagons.

    Returns
    -------
    matplotlib.figure.Figure
    """
    every = places.to_numpy()
    if shapes is not None:
        every = np.vstack([ring for key in places.index for ring in shapes[key]])
    left, top = every.min(axis=0) - 11
    wide, high = np.ptp(every, axis=0) + 22
    figure, axes = new_figure(
        title, subtitle, height=(WIDTH - 0.2) * float(high / wide), source=source
    )
    corners = np.radians(np.arange(6) * 60 + 30)
    hexagon = np.column_stack([np.cos(corners), np.sin(corners)]) * 11.1
    present = tiers[tiers.index.isin(places.index)]
    cell = (WIDTH - 0.2) * 72 * 20 / wide  # its width on paper, in points
    if shapes is None:
        ground = places.drop_duplicates().to_numpy()[:, None] + hexagon
        axes.add_collection(PolyCollection(ground, facecolors=_GROUND, edgecolors="none"))
    for tier, colour, size in zip(
        range(6), ("white", *TIER_COLOURS), (_NO_VALUE_SIZE, *TIER_SIZES), strict=True
    ):
        keys = present.index[present == tier]
        if not len(keys):
            continue
        centres = places.loc[keys].to_numpy()
        if shapes is None:
            drawn = centres[:, None] + hexagon * size * 0.97
            edge = {"edgecolors": GREY, "linewidths": 0.5} if tier == 0 else {"edgecolors": "none"}
        else:
            drawn = [ring for key in keys for ring in shapes[key]]
            colour = _GROUND if tier == 0 else colour
            edge = {"edgecolors": "white", "linewidths": 0.25}
        axes.add_collection(PolyCollection(drawn, facecolors=colour, **edge))
        if tier and shapes is None:
            # as markers: hundreds of texts would take seconds
            axes.scatter(*centres.T, marker=_draw_digit(tier), s=(0.31 * cell) ** 2, color="white" if tier >= 4 else INK, linewidths=0)  # fmt: skip
    axes.set(xlim=(left, left + wide), ylim=(top + high, top), aspect="equal")
    axes.set_axis_off()
    _draw_legend(axes, hexagon, labels, left + 14, top + 90, shapes is None)
    return figure


def _draw_digit(tier: int) -> Path:
    path = TextPath((0, 0), str(tier), prop=FontProperties(family="Source Sans 3", weight=600))
    middle = path.get_extents().get_points().mean(axis=0)
    return path.transformed(Affine2D().translate(*-middle))


def _draw_legend(axes, hexagon, labels, left, top, is_hexagonal) -> None:
    """Draw the groups one below the other, in the sea north-west of the land."""
    for place, label in enumerate(labels):
        tier = 5 - place
        colour = TIER_COLOURS[tier - 1] if tier else ("white" if is_hexagonal else _GROUND)
        size = (TIER_SIZES[tier - 1] if tier else _NO_VALUE_SIZE) if is_hexagonal else 1.0
        middle = np.array([left, top + 29 * place])
        if is_hexagonal:
            axes.add_collection(PolyCollection([middle + hexagon * 1.15], facecolors=_GROUND))
        edge = GREY if tier == 0 and is_hexagonal else "none"
        axes.add_collection(
            PolyCollection(
                [middle + hexagon * 1.12 * size], facecolors=colour, edgecolors=edge, linewidths=0.6
            )
        )
        if tier:
            axes.scatter(*middle, marker=_draw_digit(tier), s=28, color="white" if tier >= 4 else INK, linewidths=0, zorder=3)  # fmt: skip
        axes.text(left + 18, middle[1], label, fontsize=9.5, color=INK, va="center")
