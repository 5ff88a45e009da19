"""The figure of 01-ingest."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from roeptoeter.plots.style import BLUE, FAINT, GREY, INK, PURPLE, new_figure

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


def draw_row_flow(files: pd.DataFrame, title: str) -> Figure:
    """Draw what became of the rows of each export file.

    Parameters
    ----------
    files : pandas.DataFrame
        The file log: file, rows_in, kept, duplicates, quarantined, excluded.
    title : str
        The message, its numbers from the table.

    Returns
    -------
    matplotlib.figure.Figure
    """
    fates = {
        "kept": (BLUE, "kept"),
        "duplicates": ("#9db8d2", "seen before"),
        "excluded": ("#c9c9c9", "not public or not meant"),
        "quarantined": (PURPLE, "cannot be used"),
    }
    figure, axes = new_figure(
        title,
        "Rows of each export file, % of the file, by what became of them",
        height=0.9 + 0.52 * len(files),
        source="Source: the study's own exports, as declared in sources.yaml",
    )
    for row, file in enumerate(files.itertuples()):
        start = 0.0
        for name, (colour, _) in fates.items():
            share = 100 * getattr(file, name) / max(file.rows_in, 1)
            axes.barh(row, share, left=start, color=colour, height=0.5)
            start += share
        axes.text(0, row - 0.36, file.file, va="bottom", fontsize=11)
        axes.text(101, row, f"{file.kept:,} of {file.rows_in:,}", va="center", fontsize=11)
    for place, (colour, words) in zip((0, 14, 39, 80), fates.values(), strict=True):
        axes.text(place, len(files) - 0.35, "■", color=colour, fontsize=11, va="top")
        axes.text(place + 3, len(files) - 0.35, words, fontsize=11, va="top")
    axes.set(xlim=(0, 128), ylim=(len(files) - 0.1, -0.75))
    axes.set_axis_off()
    return figure
