"""What a printed, rounded figure admits: the counts and the bases behind it.

A published percentage is not a number but an interval. These functions give that interval back, and
with it everything that the publication leaves open. Nothing here is sampling error.
"""

import math
from fractions import Fraction

import numpy as np

# Rounding is decided on exact fractions: 0.5 * 10**-1 has no exact float, and an admissible count that sits
# on the border of the interval would come or go with the last bit.


def _half_unit(decimals: int) -> Fraction:
    return Fraction(1, 2) / Fraction(10) ** decimals


def rounding_interval(printed: float, decimals: int = 0) -> tuple[float, float]:
    """Return the interval of numbers that are printed as `printed`.

    Parameters
    ----------
    printed : float
        The number as printed.
    decimals : int
        Decimals printed; negative for numbers printed in tens, thousands and so on
        (11 million: -6).

    Returns
    -------
    low, high : float
        Half a unit of the last printed digit to either side; the low end belongs to the interval, the
        high end does not.

    Examples
    --------
    >>> rounding_interval(13)
    (12.5, 13.5)
    >>> rounding_interval(11_000_000, -6)
    (10500000.0, 11500000.0)
    """
    exact, half = Fraction(str(printed)), _half_unit(decimals)
    return float(exact - half), float(exact + half)


def admissible_counts(percentage: float, n: int, decimals: int = 0) -> np.ndarray:
    """Find every whole number of units out of `n` that is printed as `percentage`.

    Parameters
    ----------
    percentage : float
        The printed percentage, 0 to 100.
    n : int
        The base: how many units the percentage is of.
    decimals : int
        Decimals printed.

    Returns
    -------
    numpy.ndarray of int, shape (k,)
        All counts c with ``percentage - h <= 100 c / n < percentage + h``, h half a unit of the last
        digit; empty when no count of this base can be printed so.

    Raises
    ------
    ValueError
        If `n` is not positive or the percentage is not between 0 and 100.

    Examples
    --------
    >>> admissible_counts(65, 308)
    array([199, 200, 201])
    >>> admissible_counts(50, 3)  # nothing out of three is printed as 50%
    array([], dtype=int64)
    """
    if n <= 0 or not 0 <= percentage <= 100:
        raise ValueError(f"no counts behind {percentage}% of {n}")
    exact, half = Fraction(str(percentage)), _half_unit(decimals)
    first = max(0, math.ceil((exact - half) * n / 100))
    last = min(n, math.ceil((exact + half) * n / 100) - 1)
    return np.arange(first, last + 1)


def admissible_bases(
    count: int, percentage: float, decimals: int = 0, highest: int = 2000
) -> np.ndarray:
    """Find every base of which `count` units are printed as `percentage`.

    Parameters
    ----------
    count : int
        The units counted, as published.
    percentage : float
        The printed percentage, above 0.
    decimals : int
        Decimals printed.
    highest : int
        The largest base looked at.

    Returns
    -------
    numpy.ndarray of int, shape (k,)
        All bases n from `count` to `highest` that fit; one element means that the base, though never
        printed, is known.

    Examples
    --------
    >>> admissible_bases(119, 49.4, decimals=1)
    array([241])
    """
    exact, half = Fraction(str(percentage)), _half_unit(decimals)
    bases = [
        n
        for n in range(max(count, 1), highest + 1)
        if exact - half <= Fraction(100 * count, n) < exact + half
    ]
    return np.array(bases, dtype=int)
