"""The figure of 01-ingest."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from roeptoeter.plots.style import BLUE, FAINT, GREY, INK, new_figure

_READING = {
    "full text": "the whole article\n(the five core articles)",
    "opening excerpt": "only an opening excerpt",
    "machine-translated copy": "a machine-translated copy",
    "secondary mention": "only through others",
}


def draw_reading(table: pd.DataFrame, title: str) -> Figure:
    """Draw how many published figures rest on which way of reading their source.

    Parameters
    ----------
    table : pandas.DataFrame
        From `roeptoeter.ingest.count_by_reading`.
    title : str
        The message, its numbers from the table.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Published figures, by how much of their source could be read",
        height=2.6,
        source="Source: data/raw/published. A figure is one number as one source states it.",
    )
    labels = table["how_read"].map(_READING)
    colours = [BLUE if how == "full text" else "#9db8d2" for how in table["how_read"]]
    sns.barplot(
        x=table["figures"], y=labels, hue=labels, palette=colours, legend=False, ax=axes, width=0.62
    )
    for position, row in enumerate(table.itertuples()):
        axes.text(
            row.figures + 3,
            position,
            f"{row.figures}",
            va="center",
            fontweight="semibold",
            color=INK,
        )
        axes.text(
            row.figures + 25, position, f"from {row.sources} sources", va="center", color=GREY
        )
    axes.set(xlabel="", ylabel="", xlim=(0, table["figures"].max() * 1.32))
    axes.xaxis.set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.spines["left"].set_color(FAINT)
    axes.tick_params(left=False)
    return figure
