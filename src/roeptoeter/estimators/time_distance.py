"""How many years lie between two series at the same level, beside the gap at the same time.

The time distance looks along the time axis: when did the benchmark stand where the unit stands now?
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike
from scipy import special, stats

from roeptoeter.estimators.estimate import Estimate


class TimeDistance(NamedTuple):
    """Years behind the benchmark, positive when the unit is later.

    `years` is NaN where the benchmark's series does not hold the level; `at_least` and `at_most`
    then say what is known. `position` is "passed within the series", "passed before the series" or
    "not reached by the series".
    """

    years: float
    at_least: float
    at_most: float
    position: str


class LogisticLag(NamedTuple):
    """The lag read from a logistic curve, with the curve and how badly it fits."""

    lag: Estimate
    coefficients: pd.DataFrame
    deviance: float
    residual_degrees_of_freedom: int


def _check_series(times: ArrayLike, levels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    times, levels = np.asarray(times, dtype=float), np.asarray(levels, dtype=float)
    if times.ndim != 1 or times.shape != levels.shape or times.size == 0:
        raise ValueError("a series needs as many levels as times, and at least one")
    if not (np.isfinite(times).all() and np.isfinite(levels).all() and (np.diff(times) > 0).all()):
        raise ValueError("times must increase, and no time or level may be missing")
    return times, levels


def measure_time_distance(
    unit_time: float,
    unit_level: float,
    times: ArrayLike,
    levels: ArrayLike,
    *,
    higher_is_ahead: bool = True,
) -> TimeDistance:
    """Measure how many years ago the benchmark first stood at the unit's level.

    Parameters
    ----------
    unit_time : float
        When the unit was measured, decimal year.
    unit_level : float
        The unit's level then.
    times : array_like, shape (k,)
        When the benchmark was measured, decimal years, increasing.
    levels : array_like, shape (k,)
        The benchmark's levels. Between two points the series is a straight line; a fall does not
        undo a level once reached (running maximum).
    higher_is_ahead : bool
        False where less is better, as with response times.

    Returns
    -------
    TimeDistance
        ``unit_time - t`` with t the first time at which the benchmark reaches the level. A level
        below the first point was passed before the series begins: at least ``unit_time -
        times[0]``. A level beyond every point is not reached: the unit leads, with at most
        ``unit_time - times[-1]``.

    Raises
    ------
    ValueError
        If the series is empty, its times do not increase, or a number is missing.

    Notes
    -----
    S-time-distance, Sicherl; a complement to the gap at one time, not a substitute for it.

    Examples
    --------
    >>> measure_time_distance(2013, 25, [2010, 2011, 2012, 2013], [10, 20, 30, 40]).years
    1.5
    >>> measure_time_distance(2013, 5, [2010, 2011, 2012, 2013], [10, 20, 30, 40]).at_least
    3.0
    """
    times, levels = _check_series(times, levels)
    if not (np.isfinite(unit_time) and np.isfinite(unit_level)):
        raise ValueError("the unit's time and level may not be missing")
    sign = 1 if higher_is_ahead else -1
    reached, level = np.maximum.accumulate(sign * levels), sign * unit_level
    if level < reached[0]:
        at_least = float(unit_time - times[0])
        return TimeDistance(np.nan, at_least, np.inf, "passed before the series")
    if level > reached[-1]:
        at_most = float(unit_time - times[-1])
        return TimeDistance(np.nan, -np.inf, at_most, "not reached by the series")
    after = int(np.searchsorted(reached, level, side="left"))
    passed = times[0]
    if after > 0:
        before = after - 1
        part = (level - reached[before]) / (reached[after] - reached[before])
        passed = times[before] + part * (times[after] - times[before])
    years = float(unit_time - passed)
    return TimeDistance(years, years, years, "passed within the series")


def bound_time_distance(
    unit_time: float,
    unit_level: float,
    times: ArrayLike,
    levels: ArrayLike,
    *,
    unit_level_error: float = 0.0,
    level_errors: ArrayLike = 0.0,
    time_error: float = 0.0,
    higher_is_ahead: bool = True,
) -> tuple[float, float]:
    """Bound the time distance when levels and the benchmark's dates are known only so closely.

    Parameters
    ----------
    unit_time, unit_level, times, levels, higher_is_ahead
        As in `measure_time_distance`.
    unit_level_error : float
        How far the unit's level may lie to either side.
    level_errors : array_like, shape (k,) or scalar
        The same for the benchmark's levels.
    time_error : float
        How far each date of the benchmark may lie to either side, years.

    Returns
    -------
    low, high : float
        Years; infinite where the series sets no bound. Exact, because the distance only grows when
        the benchmark's levels rise or come earlier and when the unit's level falls: two corners
        are enough.

    Raises
    ------
    ValueError
        As `measure_time_distance`, or if an error is negative.

    Examples
    --------
    >>> bound_time_distance(2013, 25, [2010, 2013], [10, 40], time_error=0.5)
    (1.0, 2.0)
    """
    times, levels = _check_series(times, levels)
    errors = np.broadcast_to(np.asarray(level_errors, dtype=float), levels.shape)
    if unit_level_error < 0 or time_error < 0 or (errors < 0).any():
        raise ValueError("an error to either side cannot be negative")
    towards_ahead = 1 if higher_is_ahead else -1
    corners = [
        measure_time_distance(
            unit_time,
            unit_level + side * towards_ahead * unit_level_error,
            times + side * time_error,
            levels - side * towards_ahead * errors,
            higher_is_ahead=higher_is_ahead,
        )
        for side in (1, -1)
    ]
    return corners[0].at_least, corners[1].at_most


def draw_time_distances(
    unit_time: float,
    unit_level: float,
    times: ArrayLike,
    levels: ArrayLike,
    *,
    unit_level_error: float,
    level_errors: ArrayLike,
    time_error: float,
    draws: int,
    seed: int,
    higher_is_ahead: bool = True,
) -> np.ndarray:
    """Draw time distances with every level and date evenly and independently within its error.

    Parameters
    ----------
    unit_time, unit_level, times, levels, unit_level_error, level_errors, time_error,
    higher_is_ahead
        As in `bound_time_distance`.
    draws : int
        Number of draws.
    seed : int
        Seed of the generator.

    Returns
    -------
    numpy.ndarray, shape (draws,)
        Years; infinite in a draw whose series does not hold the level (positive: passed before).

    Raises
    ------
    ValueError
        As `bound_time_distance`, or if the dates lie so close that a draw could exchange them.

    Examples
    --------
    Without an error every draw is the distance itself:

    >>> exact = {"unit_level_error": 0, "level_errors": 0, "time_error": 0}
    >>> draw_time_distances(2013, 25, [2010, 2013], [10, 40], **exact, draws=2, seed=1)
    array([1.5, 1.5])
    """
    times, levels = _check_series(times, levels)
    if times.size > 1 and np.diff(times).min() <= 2 * time_error:
        raise ValueError("the dates lie too close for this error: their order would not be kept")
    random = np.random.default_rng(seed)
    errors = np.broadcast_to(np.asarray(level_errors, dtype=float), levels.shape)
    drawn = []
    for _ in range(draws):
        distance = measure_time_distance(
            unit_time,
            unit_level + random.uniform(-1, 1) * unit_level_error,
            times + random.uniform(-1, 1, times.size) * time_error,
            levels + random.uniform(-1, 1, levels.size) * errors,
            higher_is_ahead=higher_is_ahead,
        )
        drawn.append(distance.at_least if np.isfinite(distance.at_least) else -np.inf)
        if distance.position == "passed before the series":
            drawn[-1] = np.inf
    return np.array(drawn)


def estimate_logistic_lag(
    unit_time: float,
    unit_count: float,
    unit_n: int,
    times: ArrayLike,
    counts: ArrayLike,
    bases: ArrayLike,
    confidence: float = 0.95,
) -> LogisticLag:
    """Estimate the time distance to a logistic curve through the benchmark's points.

    Parameters
    ----------
    unit_time : float
        When the unit was measured, decimal year.
    unit_count, unit_n : float, int
        Members of the unit with the property, and all members.
    times, counts, bases : array_like, shape (k,)
        The benchmark: decimal years, members with the property (or share times base) and members.
    confidence : float
        Nominal level.

    Returns
    -------
    LogisticLag
        `lag` in years, a superpopulation interval that takes every count as an independent
        binomial draw and the curve as true. `coefficients` has the columns term, estimate, low,
        high, the time measured from the mean of `times`. A `deviance` far above its degrees of
        freedom says that the curve does not fit, and then the interval is too short.

    Raises
    ------
    ValueError
        If the unit's share is 0 or 1, there are fewer than three points, or the curve does not
        rise.

    Notes
    -----
    Binomial GLM with logit link, ``logit x(t) = a + b (t - mean)``;
    ``lag = unit_time - mean - (logit x - a) / b``, its standard error by the delta method.

    Examples
    --------
    Points near a curve that passes one half in 2011 put a unit at one half about three years later:

    >>> result = estimate_logistic_lag(2014, 50, 100, [2010, 2011, 2012], [27, 51, 73], [100] * 3)
    >>> round(result.lag.value, 1)
    3.0
    """
    times = np.asarray(times, dtype=float)
    counts, bases = np.asarray(counts, dtype=float), np.asarray(bases, dtype=float)
    if not 0 < unit_count < unit_n:
        raise ValueError(f"{unit_count} of {unit_n} has no finite place on a logistic curve")
    if times.size < 3 or not times.shape == counts.shape == bases.shape:
        raise ValueError("a curve needs at least three points, each with a count and a base")
    centre = times.mean()
    fit = sm.GLM(
        np.column_stack([counts, bases - counts]),
        sm.add_constant(times - centre),
        family=sm.families.Binomial(),
    ).fit()
    intercept, slope = fit.params
    if slope <= 0:
        raise ValueError("the benchmark does not rise, so that it has no lag")
    level = special.logit(unit_count / unit_n)
    years_from_centre = (level - intercept) / slope
    gradient = np.array([1, years_from_centre]) / slope
    own_variance = unit_n / (unit_count * (unit_n - unit_count)) / slope**2
    error = np.sqrt(gradient @ fit.cov_params() @ gradient + own_variance)
    z = stats.norm.ppf(0.5 + confidence / 2)
    years = float(unit_time - centre - years_from_centre)
    lag = Estimate(
        years,
        float(years - z * error),
        float(years + z * error),
        "superpopulation",
        "years between the unit and the benchmark's logistic curve at the unit's level",
        "years",
        unit_n,
        confidence,
    )
    limits = fit.conf_int(alpha=1 - confidence)
    coefficients = pd.DataFrame(
        {
            "term": ["intercept", "years"],
            "estimate": fit.params,
            "low": limits[:, 0],
            "high": limits[:, 1],
        }
    )
    return LogisticLag(lag, coefficients, float(fit.deviance), int(fit.df_resid))
