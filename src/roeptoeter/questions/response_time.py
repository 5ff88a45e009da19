"""How long does a resident wait for an answer? What a printed mean and a printed share in time imply.

Times are hours. Two clocks: the *wall clock* counts every hour, the *office clock* only those in which an office is open.
`response_time_accounts` has what accounts show.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.estimators.clocks import (
    add_office_hours,
    list_holidays,
)
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.rounding import rounding_interval
from roeptoeter.estimators.survival import (
    bound_median,
    solve_lognormal,
)
from roeptoeter.published import get_figure

MEAN_2014, MEAN_2015, SHARE_2015 = "F015", "F221", "F223"
MEAN_FLANDERS, MINUTES_2013 = "F066", "F187"

#: The time of the share that was printed: "within two hours".
PRINTED_HOURS = 2.0

#: The quarter measured in 2014, in which the opening hours are laid over a calendar.
QUARTER_2014 = ("2014-04-01", "2014-07-01")

#: Ends of the classes in which waits are drawn, hours.
WAIT_CLASSES = (0, 1 / 12, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 24, 48, 72, 168, math.inf)


def read_printed_mean(figures: pd.DataFrame, figure_id: str) -> Estimate:
    """Read a printed mean response time as the interval that its rounding admits.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.
    figure_id : str

    Returns
    -------
    Estimate
        In the unit printed, hours or minutes; interval kind "rounding".

    Raises
    ------
    InputError
        If the figure is unknown or no mean time.
    """
    figure = get_figure(figures, figure_id)
    if figure["statistic"] != "mean" or figure["unit"] not in {"hours", "minutes"}:
        raise InputError(f"figures.csv, {figure_id}: expected a mean time; correct the id")
    printed, decimals = float(figure["printed_number"]), int(figure["printed_decimals"])
    ends = rounding_interval(printed, decimals)
    estimand = f"mean response time in {figure['measured_year']}, as printed"
    return Estimate(printed, *ends, "rounding", estimand, str(figure["unit"]))


def read_printed_share(figures: pd.DataFrame) -> Estimate:
    """Read the share that the article of 2015 says was answered within two hours, in %, as printed."""
    figure = get_figure(figures, SHARE_2015)
    printed, decimals = float(figure["printed_number"]), int(figure["printed_decimals"])
    return Estimate(
        printed,
        *rounding_interval(printed, decimals),
        "rounding",
        "share answered within two hours in 2015, as printed",
        "%",
    )


def imply_waits(figures: pd.DataFrame) -> pd.DataFrame:
    """Compute what each published mean implies, if the share of 2015 held beside it.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.

    Returns
    -------
    pandas.DataFrame, 3 rows
        region, year (measured), reading (text: what is printed and what is ASSUMED), mean_hours,
        within_2_hours_percent;
        under a lognormal distribution (ASSUMED): scale, median_hours with median_low_hours and median_high_hours
        (rounding of both numbers), percentile_90_hours, above_mean_percent; and without any distribution
        least_median_hours and greatest_median_hours.

    Notes
    -----
    The median falls with the share and, as long as less than half are answered in time, rises with the mean, so
    that its ends lie at opposite corners of the two intervals.
    """
    share = read_printed_share(figures)
    readings = (
        (MEAN_2014, "mean as printed; share of 2015 ASSUMED to hold"),
        (MEAN_2015, "mean and share from a machine-translated copy"),
        (MEAN_FLANDERS, "mean as printed; Dutch share of 2015 ASSUMED to hold"),
    )
    rows = []
    for figure_id, reading in readings:
        mean, figure = read_printed_mean(figures, figure_id), get_figure(figures, figure_id)
        implied = solve_lognormal(mean.value, share.value / 100, PRINTED_HOURS)
        least, greatest = bound_median(mean.value, share.value / 100, PRINTED_HOURS)
        rows.append(
            {
                "region": str(figure["region"]),
                "year": int(figure["measured_year"]),
                "reading": reading,
                "mean_hours": mean.value,
                "within_2_hours_percent": share.value,
                "scale": implied.scale,
                "median_hours": implied.median,
                "median_low_hours": solve_lognormal(
                    mean.low, share.high / 100, PRINTED_HOURS
                ).median,
                "median_high_hours": solve_lognormal(
                    mean.high, share.low / 100, PRINTED_HOURS
                ).median,
                "percentile_90_hours": implied.quantile(0.9),
                "above_mean_percent": 100 * (1 - implied.share_within(mean.value)),
                "least_median_hours": least,
                "greatest_median_hours": greatest,
            }
        )
    return pd.DataFrame(rows)


def vary_share(mean_hours: float, shares_percent: Sequence[float]) -> pd.DataFrame:
    """Compute what a mean implies for several shares answered within two hours.

    Parameters
    ----------
    mean_hours : float
    shares_percent : sequence of float
        ASSUMED.

    Returns
    -------
    pandas.DataFrame
        A row a share: within_2_hours_percent, median_hours, percentile_90_hours, above_mean_percent (lognormal,
        ASSUMED), least_median_hours, greatest_median_hours (whatever the distribution).

    Raises
    ------
    InputError
        If a share is not between 0 and 100, or the mean does not exceed two hours.
    """
    rows = []
    for share in shares_percent:
        if not 0 < share < 100 or mean_hours <= PRINTED_HOURS:
            raise InputError(
                f"shares_within_two_hours_percent: {share}% beside a mean of {mean_hours} hours implies no "
                "distribution; choose shares between 0 and 100"
            )
        implied = solve_lognormal(mean_hours, share / 100, PRINTED_HOURS)
        least, greatest = bound_median(mean_hours, share / 100, PRINTED_HOURS)
        rows.append(
            {
                "within_2_hours_percent": float(share),
                "median_hours": implied.median,
                "percentile_90_hours": implied.quantile(0.9),
                "above_mean_percent": 100 * (1 - implied.share_within(mean_hours)),
                "least_median_hours": least,
                "greatest_median_hours": greatest,
            }
        )
    return pd.DataFrame(rows)


def estimate_implied_median(implied: pd.DataFrame, varied: pd.DataFrame) -> Estimate:
    """Give the median that the mean of 2014 implies, with its range over the shares assumed.

    Parameters
    ----------
    implied : pandas.DataFrame
        As `imply_waits` returns it.
    varied : pandas.DataFrame
        As `vary_share` returns it, for the same mean.

    Returns
    -------
    Estimate
        Hours, interval kind "sensitivity"; the rounding of the printed numbers is in it.
    """
    first = implied.iloc[0]
    return Estimate(
        float(first["median_hours"]),
        float(min(first["median_low_hours"], varied["median_hours"].min())),
        float(max(first["median_high_hours"], varied["median_hours"].max())),
        "sensitivity",
        "median response time in 2014, if times were lognormal with the published mean and share",
        "hours",
    )


def estimate_median_bounds(implied: pd.DataFrame) -> Estimate:
    """Give all medians that the mean of 2014 and the share of 2015 admit, whatever the distribution.

    Parameters
    ----------
    implied : pandas.DataFrame
        As `imply_waits` returns it.

    Returns
    -------
    Estimate
        Hours, value unknown (NaN), interval kind "sensitivity".
    """
    first = implied.iloc[0]
    return Estimate(
        math.nan,
        float(first["least_median_hours"]),
        float(first["greatest_median_hours"]),
        "sensitivity",
        "median response time in 2014, whatever the distribution with the published mean and share",
        "hours",
    )


def wait_for_opening(opening: float, closing: float) -> pd.DataFrame:
    """Compute how long the opening hours alone make people wait.

    Questions come evenly over the minutes of the period; one that comes while the office is open is answered at
    once, the others when it next opens.

    Parameters
    ----------
    opening, closing : float
        Hours of the day, 8.5 for half past eight; on weekdays.

    Returns
    -------
    pandas.DataFrame, 2 rows
        period ("a week without holidays"; "the quarter measured in 2014", with the Dutch public holidays), mean_hours, at_once_percent,
        within_2_hours_percent.

    Raises
    ------
    InputError
        If the office does not open before it closes.
    """
    periods = {
        "a week without holidays": ("2014-04-07", "2014-04-14", np.array([], "datetime64[D]")),
        "the quarter measured in 2014": (*QUARTER_2014, list_holidays("NL", [2014])),
    }
    rows = []
    for period, (start, end, days_off) in periods.items():
        # the middle of each minute, so that the mean is that of a continuous week
        arrivals = np.arange(start, end, dtype="datetime64[m]") + np.timedelta64(30, "s")
        opened = add_office_hours(arrivals, np.zeros(len(arrivals)), days_off, opening, closing)
        waits = (opened - arrivals) / np.timedelta64(1, "h")
        rows.append(
            {
                "period": period,
                "mean_hours": float(waits.mean()),
                "at_once_percent": 100 * float((waits == 0).mean()),
                "within_2_hours_percent": 100 * float((waits <= PRINTED_HOURS).mean()),
            }
        )
    return pd.DataFrame(rows)


def estimate_opening_wait(opened: pd.DataFrame) -> Estimate:
    """Give the mean wait that opening hours alone cause, in a week and in the quarter with its holidays.

    Parameters
    ----------
    opened : pandas.DataFrame
        As `wait_for_opening` returns it.

    Returns
    -------
    Estimate
        Hours, interval kind "sensitivity": the two periods.
    """
    week = opened["mean_hours"]
    return Estimate(
        float(week.iloc[0]),
        float(week.min()),
        float(week.max()),
        "sensitivity",
        "mean wait at an office that answers at once while it is open, questions coming evenly",
        "hours",
    )


def class_implied_waits(mean_hours: float, share_percent: float) -> pd.DataFrame:
    """Compute how many waits fall into each class, under the lognormal that a mean and a share imply.

    Parameters
    ----------
    mean_hours, share_percent : float
        The mean, and the share answered within two hours.

    Returns
    -------
    pandas.DataFrame
        As `class_waits` returns it.
    """
    implied = solve_lognormal(mean_hours, share_percent / 100, PRINTED_HOURS)
    ends = np.array(WAIT_CLASSES[1:-1])
    return tabulate_wait_classes(np.diff(np.concatenate([[0], implied.share_within(ends), [1]])))


def tabulate_wait_classes(shares: np.ndarray) -> pd.DataFrame:
    """Write a share of all answers for each of `WAIT_CLASSES`.

    Parameters
    ----------
    shares : numpy.ndarray
        Proportions, one a class.

    Returns
    -------
    pandas.DataFrame
        from_hours, to_hours, answers_percent.
    """
    return pd.DataFrame(
        {
            "from_hours": WAIT_CLASSES[:-1],
            "to_hours": WAIT_CLASSES[1:],
            "answers_percent": 100 * np.asarray(shares),
        }
    )
