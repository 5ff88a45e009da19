"""Intervals for shares of organisations and for the difference of two shares."""

import math

from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from roeptoeter.estimators.estimate import Estimate


def _check_count(count: int, n: int) -> None:
    if n <= 0 or not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is no share")


def wilson_interval(
    count: int,
    n: int,
    confidence: float = 0.95,
    population: int | None = None,
    *,
    estimand: str = "share",
) -> Estimate:
    """Estimate a share with Wilson's interval, for a finite population where one is named.

    Parameters
    ----------
    count, n : int
        Units with the property, and units observed.
    confidence : float
        Nominal level.
    population : int, optional
        Size of the finite population that the `n` units are a random part of. The effective number
        becomes ``n (N - 1) / (N - n)``; with ``n = N`` nothing is left open and the interval is a point.
        Without it the interval is a superpopulation interval.
    estimand : str
        What is estimated.

    Returns
    -------
    Estimate
        Share between 0 and 1, unit "share".

    Raises
    ------
    ValueError
        If the count exceeds n, or n the population.

    Notes
    -----
    Wilson (1927). Without a population the interval is statsmodels' ``proportion_confint``; with one, the same
    formula at the effective number, which statsmodels cannot take because it wants whole counts.

    Examples
    --------
    >>> interval = wilson_interval(308, 308, population=308)
    >>> interval.low, interval.high
    (1.0, 1.0)
    """
    _check_count(count, n)
    share = count / n
    if population is None:
        low, high = proportion_confint(count, n, alpha=1 - confidence, method="wilson")
        return Estimate(
            share, float(low), float(high), "superpopulation", estimand, "share", n, confidence
        )
    if population < n:
        raise ValueError(f"{n} units cannot be drawn from a population of {population}")
    low = high = share
    if population > n:
        effective = n * (population - 1) / (population - n)
        z = float(stats.norm.ppf(0.5 + confidence / 2))
        centre = (share + z**2 / (2 * effective)) / (1 + z**2 / effective)
        half = (
            z
            / (1 + z**2 / effective)
            * math.sqrt(share * (1 - share) / effective + z**2 / (4 * effective**2))
        )
        # clipped because 0 of n and n of n reach the border only up to the last bit
        low, high = max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))
    return Estimate(share, low, high, "finite population", estimand, "share", n, confidence)


def exact_interval(
    count: int, n: int, confidence: float = 0.95, *, estimand: str = "share"
) -> Estimate:
    """Estimate a share with the exact interval of Clopper and Pearson (1934).

    Parameters and errors are those of `wilson_interval`, without a finite population.

    Examples
    --------
    >>> round(exact_interval(12, 12).low, 3)  # 0.025 ** (1 / 12)
    0.735
    """
    _check_count(count, n)
    low, high = proportion_confint(count, n, alpha=1 - confidence, method="beta")
    return Estimate(
        count / n, float(low), float(high), "superpopulation", estimand, "share", n, confidence
    )


def newcombe_interval(
    count_1: int,
    n_1: int,
    count_2: int,
    n_2: int,
    confidence: float = 0.95,
    *,
    estimand: str = "difference of two shares",
) -> Estimate:
    """Estimate the difference of two independent shares, first minus second.

    Parameters
    ----------
    count_1, n_1, count_2, n_2 : int
        Units with the property and units observed, in the first and the second group.
    confidence : float
        Nominal level.
    estimand : str
        What is estimated.

    Returns
    -------
    Estimate
        Difference between -1 and 1, unit "share"; a superpopulation interval.

    Notes
    -----
    Newcombe (1998), method 10, square-and-add of Wilson limits; statsmodels'
    ``confint_proportions_2indep(method="newcomb")``.

    Examples
    --------
    >>> difference = newcombe_interval(56, 70, 48, 80)
    >>> round(difference.low, 4), round(difference.high, 4)
    (0.0524, 0.3339)
    """
    _check_count(count_1, n_1)
    _check_count(count_2, n_2)
    low, high = confint_proportions_2indep(
        count_1, n_1, count_2, n_2, method="newcomb", compare="diff", alpha=1 - confidence
    )
    difference = count_1 / n_1 - count_2 / n_2
    return Estimate(
        difference,
        float(low),
        float(high),
        "superpopulation",
        estimand,
        "share",
        n_1 + n_2,
        confidence,
    )
