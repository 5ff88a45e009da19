"""When: arrival of questions, working hours, and how long answers take.

Times are whole seconds since 1970 on the wall clock of the region. Every window and the weeks around it lie within summer
time but for a few days of March, so that one offset leads to UTC; those days are an hour off, which no result sees.
"""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from roeptoeter.estimators.clocks import add_office_hours, list_holidays
from roeptoeter.simulate.assumptions import Assumptions

DAY = 86_400

#: Observation windows by edition, both days inside.
WINDOWS = {
    "2013 Q3": (dt.date(2013, 7, 1), dt.date(2013, 9, 30)),
    "2014 Q2": (dt.date(2014, 4, 1), dt.date(2014, 6, 30)),
    "2016 Q2": (dt.date(2016, 4, 1), dt.date(2016, 6, 30)),
}

#: Seconds from UTC to the wall clock in summer, in both regions.
SUMMER_TIME = 7_200

#: Seconds before and after a window from which there are messages too.
AROUND = 14 * DAY

# Thirteen weeks: the same weekday and hour, and the first day of a quarter of 91 days for the day after its last.
_ROUND = 91 * DAY


@dataclass(frozen=True, slots=True)
class Window:
    """An edition's window in seconds since 1970 on the wall clock: `start` inside, `end` not."""

    edition: str
    start: int
    end: int


def read_window(edition: str) -> Window:
    """Return the window of an edition.

    Examples
    --------
    >>> window = read_window("2014 Q2")
    >>> (window.end - window.start) // 86400
    91
    """
    first, last = WINDOWS[edition]
    start, end = (
        int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
        for day in (first, last + dt.timedelta(days=1))
    )
    return Window(edition, start, end)


def draw_moments(
    rng: np.random.Generator,
    number: int,
    start: int,
    end: int,
    weekdays: tuple[float, ...],
    hours: tuple[float, ...],
) -> np.ndarray:
    """Draw moments with the rhythm of the week and of the day.

    Parameters
    ----------
    rng : numpy.random.Generator
    number : int
    start, end : int
        Seconds since 1970, midnights.
    weekdays, hours : tuple of float
        Weights of Monday to Sunday and of the hours 0 to 23; they multiply.

    Returns
    -------
    numpy.ndarray of int
        Seconds since 1970, in no order.
    """
    days = np.arange(start // DAY, end // DAY)
    # 1 January 1970 was a Thursday
    weights = np.asarray(weekdays, dtype=float)[(days + 3) % 7][:, None] * np.asarray(hours)
    cumulated = np.cumsum(weights.ravel())
    cells = np.searchsorted(cumulated, rng.random(number) * cumulated[-1], side="right")
    return (days[0] * 24 + cells) * 3600 + rng.integers(0, 3600, number)


@dataclass(frozen=True, slots=True)
class Responses:
    """Answered questions of one edition and platform, in seconds on the wall clock.

    Parameters
    ----------
    account : numpy.ndarray of int
        Row of the account.
    received_at, answered_at : numpy.ndarray of int
        Every question of the window that was answered, and those of the weeks before that were answered in it. So each
        account answers in the window exactly as often as it received questions in it that were ever answered.
    """

    account: np.ndarray
    received_at: np.ndarray
    answered_at: np.ndarray


def simulate_responses(
    replies: np.ndarray,
    messages: np.ndarray,
    sizes: np.ndarray,
    window: Window,
    region: str,
    rng: np.random.Generator,
    assumptions: Assumptions,
    mean_hours: float | None = None,
    fastest: tuple[int, ...] = (),
) -> Responses:
    """Simulate the questions behind the replies, and how long each waited.

    Parameters
    ----------
    replies, messages : numpy.ndarray of int
        By account: replies to others and own messages in the window.
    sizes : numpy.ndarray
        Inhabitants by account.
    window : Window
    region : {"NL", "VL"}
        Whose holidays the office keeps.
    rng : numpy.random.Generator
    assumptions : Assumptions
    mean_hours : float, optional
        Published mean over the answered questions received in the window; without it the time needed is the ASSUMED one.
    fastest : tuple of int
        Rows of the accounts that shall be the fastest of those with more than ten messages, fastest first.

    Returns
    -------
    Responses

    Notes
    -----
    The time needed is lognormal with effects of account and message, cut at the longest that is followed. A share of the
    answers, larger at larger municipalities, passes it on the wall clock, the others on the office's. Calibration finds the
    median by root-finding; what the jump of a clock over a night leaves open, seconds on the long waits close.

    An answer that falls behind the window is no reply of it. As a quarter is like the next, the same wait is put thirteen
    weeks earlier as well: a question from before the window, answered in it.
    """
    account = np.repeat(np.arange(len(replies)), replies)
    received = draw_moments(
        rng, len(account), window.start, window.end, assumptions.question_weekdays, assumptions.question_hours
    )  # fmt: skip
    effects = assumptions.response_account_spread * rng.standard_normal(len(replies))
    quantiles = rng.random(len(account))
    ranks = (np.argsort(np.argsort(sizes)) + 0.5) / len(sizes)
    around_the_clock = rng.random(len(account)) < 2 * assumptions.after_hours_share * ranks[account]
    around_the_clock |= np.isin(account, fastest)
    jitter = 1 + 0.2 * rng.random(len(replies))
    holidays = list_holidays(region, [dt.datetime.fromtimestamp(window.start, dt.UTC).year])

    def wait(median: float) -> np.ndarray:
        level = np.log(median) + effects[account]
        spread = assumptions.response_spread
        most = ndtr((np.log(assumptions.longest_hours) - level) / spread)
        hours = np.exp(level + spread * ndtri(np.maximum(quantiles * most, 1e-12)))
        by_office = add_office_hours(
            received.astype("datetime64[s]"), np.minimum(hours, assumptions.longest_hours), holidays,
            assumptions.opening_hour, assumptions.closing_hour,
        ).astype("datetime64[s]").astype(np.int64) - received  # fmt: skip
        seconds = np.where(around_the_clock, np.rint(hours * 3600).astype(np.int64), by_office)
        seconds = np.maximum(seconds, 20)
        return _rank_fastest(seconds, account, replies, messages > 10, fastest, jitter, assumptions)

    median = assumptions.office_hours_median
    waits = wait(median)
    if mean_hours is not None and len(account):
        target = round(mean_hours * 3600 * len(account))
        low, high = 1e-3, assumptions.longest_hours
        median = brentq(lambda trial: wait(trial).sum() - target, low, high, xtol=1e-9, rtol=1e-9)
        waits = wait(median)
        while waits.sum() > target:  # stop on the near side of the clock's jump
            median *= 1 - 1e-7
            waits = wait(median)
        waits = _close_gap(waits, target, np.isin(account, fastest))
    answered = received + waits
    late = answered >= window.end
    return Responses(
        np.concatenate([account, account[late]]),
        np.concatenate([received, received[late] - _ROUND]),
        np.concatenate([answered, answered[late] - _ROUND]),
    )


def _rank_fastest(seconds, account, replies, counted, fastest, jitter, assumptions):
    """Keep the means of other accounts above a floor, and put those of the fastest below the lowest of them."""
    if not fastest:
        return seconds
    number = np.maximum(replies, 1)
    means = np.bincount(account, seconds, len(replies)) / number
    floor = assumptions.fastest_other_hours * 3600 * jitter
    others = counted & (replies > 0)
    others[list(fastest)] = False
    factors = np.where(others & (means < floor), floor / np.maximum(means, 1), 1.0)
    seconds = np.ceil(seconds * factors[account]).astype(np.int64)
    means = np.bincount(account, seconds, len(replies)) / number
    lowest = means[others].min()
    for place, factor in zip(fastest, assumptions.fastest_factors, strict=False):
        inside = account == place
        scaled = seconds[inside] * (factor * lowest / seconds[inside].mean())
        # a long tail would outlast the window's follow-up; shares of an hour do not
        seconds[inside] = np.maximum(np.rint(scaled).astype(np.int64), 1)
    return seconds


def _close_gap(waits, target, kept):
    """Add the missing seconds to the waits of more than an hour, the same to each and one more to some."""
    long = np.flatnonzero((waits > 3600) & ~kept)
    missing = int(target - waits.sum())
    if len(long) == 0 or missing == 0:
        return waits
    waits = waits.copy()
    waits[long] += missing // len(long)
    waits[long[: missing % len(long)]] += 1
    return waits


def count_open_questions(
    replies: np.ndarray, messages: np.ndarray, rng: np.random.Generator, assumptions: Assumptions
) -> np.ndarray:
    """Draw how many questions each account leaves unanswered.

    Parameters
    ----------
    replies, messages : numpy.ndarray of int
        By account.
    rng : numpy.random.Generator
    assumptions : Assumptions

    Returns
    -------
    numpy.ndarray of int
        Poisson; in proportion to the answered ones, and to the messages of accounts that answer none.
    """
    share = assumptions.unanswered_share
    heard = replies * share / (1 - share)
    return rng.poisson(np.where(replies > 0, heard, assumptions.unheard_questions * messages))
