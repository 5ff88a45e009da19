"""The figure of 02-published-figures: every figure of the core articles, a square each."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from roeptoeter.plots.style import GREEN, GREY, INK, PURPLE, new_figure

#: How the core articles are called on the figure.
ARTICLES = {
    "fw_2014_claxonneren": "Frankwatching\n2014 (Dutch study)",
    "trade_press_2014_roeptoetergehalte": "Trade press 2014\n(retells it)",
    "smb_2016_opmars": "Socialemediaburo\n2016 (Flemish study)",
    "lokaal_2016_hele_bestuur": "Lokaal 2016\n(examples)",
    "fw_2019_publieke_sector": "Frankwatching\n2019 (survey)",
}

# Fill and edge of a square; the colours of the two countries stay free for them.
_SQUARES = {
    "reproduced": (GREEN, GREEN),
    "follows within rounding": ("#a9d3c4", GREEN),
    "contradicted": (PURPLE, PURPLE),
    "not computable": ("white", GREY),
}
_HEADS = {
    "reproduced": "Reproduced",
    "follows within rounding": "Follows within\nrounding",
    "contradicted": "Contradicted",
    "not computable": "Cannot be\ntested",
}
_HIGH = 3  # squares in a column of a pile
_GAP = 3.2  # between the piles of two verdicts, in squares; room for the number beside the pile


def draw_verdicts(counts: pd.DataFrame, title: str) -> Figure:
    """Draw a square for every figure, piled by article and verdict.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `questions.consistency.count_verdicts` returns it.
    title : str
        The message.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = new_figure(
        title,
        "Figures printed in the five core articles, one square each, by verdict",
        height=4.1,
        source="Published figures and official registers; verdicts of this notebook",
    )
    verdicts = list(_SQUARES)
    widest = counts.groupby("verdict")["figures"].max().reindex(verdicts)
    starts, x = {}, 0.0
    for verdict in verdicts:
        starts[verdict] = x
        axes.text(x, -0.7, _HEADS[verdict], fontweight="semibold", fontsize=11, va="bottom")
        x += max(-(-widest[verdict] // _HIGH), 3) + _GAP
    rows = {key: row * (_HIGH + 1.4) for row, key in enumerate(counts["source_key"].unique())}
    for key, y in rows.items():
        axes.text(-0.8, y + _HIGH / 2, ARTICLES.get(key, key), ha="right", va="center", fontsize=11)
    for cell in counts.itertuples():
        left, top = starts[cell.verdict], rows[cell.source_key]
        fill, edge = _SQUARES[cell.verdict]
        for place in range(cell.figures):
            corner = (left + place // _HIGH + 0.07, top + place % _HIGH + 0.07)
            axes.add_patch(
                Rectangle(corner, 0.86, 0.86, facecolor=fill, edgecolor=edge, linewidth=0.9)
            )
        columns = -(-cell.figures // _HIGH)
        axes.text(
            left + columns + (0.25 if cell.figures else 0),
            top + _HIGH / 2,
            str(cell.figures),
            va="center",
            color=INK if cell.figures else GREY,
            fontsize=11,
        )
    axes.set(xlim=(-8.6, x - _GAP + 1.6), ylim=(max(rows.values()) + _HIGH + 0.2, -2.6))
    axes.set_aspect("equal")
    axes.axis("off")
    return figure
