"""Shares in a questionnaire: what non-response, small frames and a missing joint table leave open.

Wilson's interval, with and without a finite population, is in `proportions`. Here stands what it
leaves out: those who did not answer, frames of a few dozen organisations, and shares of the same
respondents.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval


def worst_case_bounds(
    count: int, n: int, population: int, *, estimand: str = "share of the population"
) -> Estimate:
    """Bound a share of a population when nothing is assumed about those who did not answer.

    Parameters
    ----------
    count, n : int
        Respondents with the property, and respondents.
    population : int
        All that were asked, or might have been; at least `n`.
    estimand : str
        What is bounded.

    Returns
    -------
    Estimate
        Share between 0 and 1, unit "share", interval kind "sensitivity": the low end lets nobody
        else have the property, the high end everybody. The value is the share of the respondents,
        which always lies within. There is no level: no chance is involved.

    Raises
    ------
    ValueError
        If the count exceeds n, or n the population.

    Notes
    -----
    ``[k / N, (k + N - n) / N]`` (Manski 2003). The width is the share that did not answer, however
    many did.

    Examples
    --------
    >>> bounds = worst_case_bounds(183, 210, 403)
    >>> round(bounds.low, 3), round(bounds.high, 3)
    (0.454, 0.933)
    """
    _check(count, n, population)
    return Estimate(
        count / n,
        count / population,
        (count + population - n) / population,
        "sensitivity",
        estimand,
        "share",
        n,
    )


def hypergeometric_interval(
    count: int,
    n: int,
    population: int,
    confidence: float = 0.95,
    *,
    estimand: str = "share of the population",
) -> Estimate:
    """Estimate a share of a small population exactly, from units drawn without putting back.

    Parameters
    ----------
    count, n : int
        Units with the property, and units drawn.
    population : int
        Units that there are; at least `n`.
    confidence : float
        Nominal level; half of what remains of one is allowed at either end.
    estimand : str
        What is estimated.

    Returns
    -------
    Estimate
        Share between 0 and 1 whose ends are whole numbers of units over `population`, unit
        "share", interval kind "finite population".

    Raises
    ------
    ValueError
        If the count exceeds n, or n the population.

    Notes
    -----
    The low end is the smallest number K of units with the property under which `count` or more
    still turn up with a probability of at least half of ``1 - confidence``, the high end the
    largest K under which `count` or fewer do (Konijn 1973; Buonaccorsi 1987). It holds for a
    *random* part; a share of those who chose to answer is none.

    Examples
    --------
    >>> all_five = hypergeometric_interval(5, 5, 20)
    >>> all_five.low, all_five.high
    (0.55, 1.0)
    """
    _check(count, n, population)
    tail = (1 - confidence) / 2
    possible = np.arange(count, population - (n - count) + 1)
    # a float's last bit must not decide whether a number of units is admitted
    enough = stats.hypergeom.sf(count - 1, population, possible, n) >= tail * (1 - 1e-12)
    few = stats.hypergeom.cdf(count, population, possible, n) >= tail * (1 - 1e-12)
    low, high = int(possible[enough].min()), int(possible[few].max())
    return Estimate(
        count / n,
        # the numbers of units are whole, so that the share drawn may lie between two of them
        min(low / population, count / n),
        max(high / population, count / n),
        "finite population",
        estimand,
        "share",
        n,
        confidence,
    )


def newcombe_paired_interval(
    both: int,
    first_only: int,
    second_only: int,
    neither: int,
    confidence: float = 0.95,
    *,
    estimand: str = "difference of two shares of the same respondents",
) -> Estimate:
    """Estimate the difference of two shares of the same respondents, first minus second.

    Parameters
    ----------
    both, first_only, second_only, neither : int
        Respondents by the properties that they have: the four cells of the joint table.
    confidence : float
        Nominal level.
    estimand : str
        What is estimated.

    Returns
    -------
    Estimate
        Difference between -1 and 1, unit "share"; a superpopulation interval.

    Raises
    ------
    ValueError
        If a cell is negative or all are empty.

    Notes
    -----
    Newcombe (1998), method 10 for paired data: the Wilson limits of both shares, squared and added
    with the correlation ``phi`` of the two properties; ``phi`` has the correction for continuity
    that takes half of n from a positive ``ad - bc``, and is 0 where a margin is empty.

    Examples
    --------
    >>> difference = newcombe_paired_interval(36, 12, 2, 0)
    >>> round(difference.low, 4), round(difference.high, 4)
    (0.0569, 0.3404)
    """
    cells = (both, first_only, second_only, neither)
    n = sum(cells)
    if min(cells) < 0 or n == 0:
        raise ValueError(f"{cells} are no cells of a joint table")
    first = wilson_interval(both + first_only, n, confidence)
    second = wilson_interval(both + second_only, n, confidence)
    difference = (first_only - second_only) / n
    phi = _correlate(*cells)
    below = _add(first.value - first.low, second.high - second.value, phi)
    above = _add(first.high - first.value, second.value - second.low, phi)
    return Estimate(
        difference,
        difference - below,
        difference + above,
        "superpopulation",
        estimand,
        "share",
        n,
        confidence,
    )


def compare_over_overlaps(
    first: int, second: int, n: int, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare two shares of the same respondents under every joint table that the margins admit.

    Parameters
    ----------
    first, second : int
        Respondents with the first and with the second property.
    n : int
        Respondents.
    confidence : float
        Nominal level of each interval.

    Returns
    -------
    pandas.DataFrame
        A row a possible number of respondents with both, ascending: both, difference (the same in
        all rows), low, high (Newcombe's paired interval). All are shares of `n`.

    Raises
    ------
    ValueError
        If a count exceeds n.

    Notes
    -----
    The overlap lies between ``max(0, k1 + k2 - n)`` and ``min(k1, k2)`` (Fréchet 1951). The more
    respondents have both, the shorter the interval.

    Examples
    --------
    >>> rows = compare_over_overlaps(3, 2, 4)
    >>> rows["both"].tolist(), rows["difference"].unique().tolist()
    ([1, 2], [0.25])
    """
    _check(first, n, n)
    _check(second, n, n)
    rows = []
    for both in range(max(0, first + second - n), min(first, second) + 1):
        cells = (both, first - both, second - both, n - first - second + both)
        interval = newcombe_paired_interval(*cells, confidence)
        rows.append((both, interval.value, interval.low, interval.high))
    return pd.DataFrame(rows, columns=["both", "difference", "low", "high"])


def bound_number_with_several(counts: Sequence[int], n: int, least: int) -> tuple[int, int]:
    """Bound how many respondents ticked at least so many options, knowing only each option's count.

    Parameters
    ----------
    counts : sequence of int
        Respondents who ticked each option.
    n : int
        Respondents.
    least : int
        At least how many options, from 1 to their number.

    Returns
    -------
    low, high : int
        Respondents; both ends can be reached by whole respondents.

    Raises
    ------
    ValueError
        If a count exceeds n, or there are not so many options.

    Notes
    -----
    T respondents can have `least` options each exactly if ``sum(min(k, T)) >= least T``: the ticks
    of one option follow on those of the one before, round and round (McNaughton 1959). The low end
    is the same for the options that were *not* ticked. Rüger (1978) gives the bounds for
    probabilities.

    Examples
    --------
    >>> bound_number_with_several([3, 3], 4, least=2)
    (2, 3)
    """
    for count in counts:
        _check(count, n, n)
    if not 1 <= least <= len(counts):
        raise ValueError(f"nobody can be asked for {least} of {len(counts)} options")
    high = _most_with(counts, n, least)
    low = n - _most_with([n - count for count in counts], n, len(counts) - least + 1)
    return low, high


def _most_with(counts: Sequence[int], n: int, least: int) -> int:
    return max(t for t in range(n + 1) if sum(min(count, t) for count in counts) >= least * t)


def _correlate(both: int, first_only: int, second_only: int, neither: int) -> float:
    margins = (
        (both + first_only)
        * (second_only + neither)
        * (both + second_only)
        * (first_only + neither)
    )
    if not margins:
        return 0.0
    product = both * neither - first_only * second_only
    if product > 0:
        product = max(product - (both + first_only + second_only + neither) / 2, 0.0)
    return product / math.sqrt(margins)


def _add(one: float, other: float, phi: float) -> float:
    # the floor is that of floats: with phi = 1 and equal arms nothing is left
    return math.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2))


def _check(count: int, n: int, population: int) -> None:
    if n <= 0 or not 0 <= count <= n <= population:
        raise ValueError(f"{count} of {n}, out of {population}, is no share")
