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
) -> pd.DataFrame:
    """Empty the rows of groups that are too small; each row stands by itself.

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

    Returns
    -------
    pandas.DataFrame
        The rows in their order, with is_hidden. Whole numbers become Int64 where a column is emptied.

    See Also
    --------
    hide_small_parts : for rows that add up to a whole.

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "large"], "n": [80, 3], "yes": [40, 3]})
    >>> hide_small_groups(table, values=["yes"], smallest_group=5)["n"].tolist()
    [80, <NA>]
    """
    check_smallest_group(smallest_group)
    return _empty_rows(frame, _find_small(frame, counts, smallest_group), [*counts, *values])


def hide_small_parts(
    table: pd.DataFrame,
    *,
    cells: Sequence[str],
    values: Sequence[str] = (),
    smallest_group: int,
    wholes: Sequence[pd.Series],
    sums: Sequence[str],
) -> pd.DataFrame:
    """Empty rows with a small cell, and enough others that no total less what is shown leaves a small one.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a group.
    cells : sequence of str
        Numbers of respondents or organisations; a row is hidden if any of them is from 1 to the threshold less 1.
    values : sequence of str
        Columns that say something of the group, emptied with the cells.
    smallest_group : int
        The threshold.
    wholes : sequence of pandas.Series
        Each labels the rows that add up to a total that may be known (missing: to none). Of a whole with a hidden row at
        least two are hidden, and together these hold either nobody or at least the threshold; where that cannot be, all
        in which there is somebody are.
    sums : sequence of str
        The columns that add up to the totals.

    Returns
    -------
    pandas.DataFrame
        The rows in their order, with is_hidden. Whole numbers become Int64 where a column is emptied.

    See Also
    --------
    hide_small_groups : for rows of which each stands by itself.

    Notes
    -----
    Primary and complementary suppression as in official statistics (Hundepool et al., 2012, "Statistical disclosure
    control", chapter 4): the smallest row that is still shown goes next. It guards each whole by itself; what several
    overlapping ones tell together is guarded as far as they are all listed.

    Examples
    --------
    >>> table = pd.DataFrame({"size": ["small", "middle", "large", "largest"], "n": [80, 30, 2, 1]})
    >>> whole = pd.Series("all", index=table.index)
    >>> hide_small_parts(table, cells=["n"], smallest_group=5, wholes=[whole], sums=["n"])["n"].tolist()
    [80, <NA>, <NA>, <NA>]
    """
    check_smallest_group(smallest_group)
    hidden = _find_small(table, cells, smallest_group)
    added = table[list(sums)].to_numpy(dtype="float64")
    weight = added.sum(axis=1)
    groups = []
    for whole in wholes:
        codes = pd.factorize(whole)[0]
        groups += [np.flatnonzero(codes == code) for code in range(codes.max(initial=-1) + 1)]
    before = -1
    while hidden.sum() != before:
        before = hidden.sum()
        for own in groups:
            out = own[hidden[own]]
            others = own[~hidden[own] & (weight[own] > 0)]
            together = added[out].sum(axis=0)
            is_small = ((together > 0) & (together < smallest_group)).any()
            if len(out) and len(others) and (len(out) == 1 or is_small):
                hidden[others[weight[others].argmin()]] = True
    return _empty_rows(table, hidden, [*cells, *values])


def _find_small(frame: pd.DataFrame, counts: Sequence[str], smallest_group: int) -> np.ndarray:
    numbers = frame[list(counts)].to_numpy(dtype="float64", na_value=np.nan)
    return ((numbers > 0) & (numbers < smallest_group)).any(axis=1)


def _empty_rows(frame: pd.DataFrame, hidden: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
    frame = frame.copy()
    for column in columns:
        if pd.api.types.is_bool_dtype(frame[column]):
            frame[column] = frame[column].astype("boolean")
        elif pd.api.types.is_integer_dtype(frame[column]):
            frame[column] = frame[column].astype("Int64")
        empty = (
            pd.NA if isinstance(frame[column].dtype, pd.api.extensions.ExtensionDtype) else np.nan
        )
        frame[column] = frame[column].mask(hidden, empty)
    return frame.assign(is_hidden=hidden)
