"""Small groups are not shown: from a few answers one can tell who gave them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable


def check_smallest_group(smallest_group: int) -> None:
    """Refuse a threshold that is none.

    Raises
    ------
    InputError
        If it is no whole number of at least 2.
    """
    if (
        isinstance(smallest_group, bool)
        or not isinstance(smallest_group, int)
        or smallest_group < 2
    ):
        raise InputError(
            f"smallest_group is {smallest_group!r}; expected a whole number of at least 2, such as 10"
        )


def is_disclosive(n: float, smallest_group: int) -> bool:
    """Say whether a group is too small to be shown: somebody is in it, and fewer than the threshold.

    Examples
    --------
    >>> is_disclosive(4, 5), is_disclosive(5, 5), is_disclosive(0, 5)
    (True, False, False)
    """
    return 0 < n < smallest_group


def refuse_small_group(n: float, smallest_group: int, group: str) -> None:
    """Refuse to answer a question about a group that is too small.

    Raises
    ------
    NotAnswerable
        If the group is below the threshold; the message tells neither its size nor anything of it.
    """
    if is_disclosive(n, smallest_group):
        raise NotAnswerable(
            f"{group} are fewer than {smallest_group}; so small a group is not shown, because one could tell who "
            "answered what (parameter `smallest_group`)"
        )


def hide_small_groups(
    frame: pd.DataFrame,
    *,
    counts: Sequence[str] = ("n",),
    values: Sequence[str] = (),
    smallest_group: int,
    within: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Empty the rows of groups that are too small, and enough others that these cannot be got by subtraction.

    Parameters
    ----------
    frame : pandas.DataFrame
        A row a group.
    counts : sequence of str
        Numbers of respondents or organisations behind a row; a row is hidden if any of them is from 1 to the threshold
        less 1.
    values : sequence of str
        Columns that say something of the group, emptied with the counts.
    smallest_group : int
        The threshold.
    within : str or sequence of str, optional
        Columns that say which rows together make a whole, such as the item: where one row of a whole is hidden its
        second smallest one is hidden too, unless nobody is in it. Without, each row stands by itself.

    Returns
    -------
    pandas.DataFrame
        The rows in their order, with is_hidden. Whole numbers become Int64 where a column is emptied.

    Notes
    -----
    The rule of primary and complementary suppression of official statistics (Hundepool et al., 2012, "Statistical
    disclosure control", chapter 4), for tables of one dimension.

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "middle", "large"], "n": [80, 30, 3], "yes": [40, 20, 3]})
    >>> hidden = hide_small_groups(table.assign(item="a"), values=["yes"], smallest_group=5, within="item")
    >>> hidden["n"].tolist()
    [80, <NA>, <NA>]
    """
    check_smallest_group(smallest_group)
    frame = frame.copy()
    sizes = frame[list(counts)].astype("float64")
    hidden = (sizes.gt(0) & sizes.lt(smallest_group)).any(axis="columns")
    if within is not None:
        least = sizes.min(axis="columns")
        groups = frame.groupby([within] if isinstance(within, str) else list(within), dropna=False)
        for places in groups.indices.values():
            own = hidden.iloc[places]
            others = least.iloc[places][~own]
            others = others[others.gt(0)]
            if own.sum() == 1 and len(others):
                hidden.loc[others.idxmin()] = True
    for column in (*counts, *values):
        if pd.api.types.is_bool_dtype(frame[column]):
            frame[column] = frame[column].astype("boolean")
        elif pd.api.types.is_integer_dtype(frame[column]):
            frame[column] = frame[column].astype("Int64")
        empty = (
            pd.NA if isinstance(frame[column].dtype, pd.api.extensions.ExtensionDtype) else np.nan
        )
        frame[column] = frame[column].mask(hidden, empty)
    return frame.assign(is_hidden=hidden.to_numpy(dtype=bool))
