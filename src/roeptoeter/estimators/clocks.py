"""Two clocks for a wait: hours that pass, and hours in which an office is open.

Times are local and without a zone: an office opens by the clock on its wall. `to_local_time`
brings times of a known zone there.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import pandas as pd
from dateutil.easter import easter

from roeptoeter.errors import InputError

#: Time zone of each region.
TIME_ZONES = {"NL": "Europe/Amsterdam", "VL": "Europe/Brussels"}

# Days after Easter Sunday, or month and day. NL: Algemene termijnenwet, article 3. Flanders: the ten
# public holidays of Belgium, royal decree of 18 April 1974, article 1.
_HOLIDAYS = {
    "NL": {
        "New Year's Day": (1, 1),
        "Easter Monday": 1,
        "King's Day": "king",
        "Ascension Day": 39,
        "Whit Monday": 50,
        "Christmas Day": (12, 25),
        "second Christmas Day": (12, 26),
    },
    "VL": {
        "New Year's Day": (1, 1),
        "Easter Monday": 1,
        "Labour Day": (5, 1),
        "Ascension Day": 39,
        "Whit Monday": 50,
        "National Day": (7, 21),
        "Assumption Day": (8, 15),
        "All Saints' Day": (11, 1),
        "Armistice Day": (11, 11),
        "Christmas Day": (12, 25),
    },
}

# Days that one employer gives off and another does not. The two Dutch ones are in the same article 3;
# 11 July is a day off in municipalities by the Flemish decree of 7 May 2004, the rest is local custom.
_OPTIONAL = {
    "NL": {"Good Friday": -2, "Liberation Day": (5, 5)},
    "VL": {
        "Good Friday": -2,
        "Day of the Flemish Community": (7, 11),
        "All Souls' Day": (11, 2),
        "second Christmas Day": (12, 26),
    },
}

_WORKDAYS = "1111100"
_MICROSECONDS = 3_600_000_000  # in an hour


def name_holidays(region: str, optional: bool = False) -> list[str]:
    """Name the holidays of a region.

    Parameters
    ----------
    region : {"NL", "VL"}
    optional : bool
        The days that some employers give off, instead of the public holidays.

    Returns
    -------
    list of str

    Examples
    --------
    >>> name_holidays("NL", optional=True)
    ['Good Friday', 'Liberation Day']
    """
    return list(_get(_OPTIONAL if optional else _HOLIDAYS, region))


def list_holidays(
    region: str,
    years: Iterable[int],
    extra: Iterable[str] = (),
    without: Iterable[str] = (),
) -> np.ndarray:
    """List the days on which offices of a region are closed, weekends apart.

    Parameters
    ----------
    region : {"NL", "VL"}
        The Netherlands or Flanders.
    years : iterable of int
        Calendar years.
    extra : iterable of str
        Further days off: names out of ``name_holidays(region, optional=True)`` or dates
        ("2014-05-30").
    without : iterable of str
        Public holidays on which the office is open: names or dates.

    Returns
    -------
    numpy.ndarray of datetime64[D]
        Sorted, each day once; days in a weekend are among them.

    Raises
    ------
    InputError
        If the region or a holiday is unknown.

    Notes
    -----
    Movable days are counted from Easter Sunday. The king's birthday is celebrated on 27 April from
    2014 on, before that the queen's on 30 April, a day earlier where it falls on a Sunday.

    Sources: Algemene termijnenwet, article 3 (Netherlands); royal decree of 18 April 1974,
    article 1 (Belgium); Flemish decree of 7 May 2004 (11 July).

    Examples
    --------
    >>> [str(day) for day in list_holidays("NL", [2014]) if str(day).startswith("2014-0")][1:]
    ['2014-04-21', '2014-04-26', '2014-05-29', '2014-06-09']
    >>> len(list_holidays("NL", [2014], extra=["Good Friday"]))
    8
    """
    rules = {**_get(_OPTIONAL, region), **_get(_HOLIDAYS, region)}
    years = sorted(set(years))
    dates = _take_dates(_HOLIDAYS[region], rules, region, years)
    dates |= _take_dates(extra, rules, region, years)
    dates -= _take_dates(without, rules, region, years)
    return np.array(sorted(dates), dtype="datetime64[D]")


def _get(table: dict, region: str) -> dict:
    if region not in table:
        raise InputError(
            f"no holidays are known for the region {region!r}; write {' or '.join(table)}"
        )
    return table[region]


def _take_dates(names: Iterable[str], rules: dict, region: str, years: list[int]) -> set[date]:
    if isinstance(names, str):
        raise InputError(f"holidays: {names!r} is one text; write a list of names or dates")
    dates = set()
    for name in names:
        if name in rules:
            dates |= {_place(rules[name], year) for year in years}
            continue
        try:
            # a study file gives a date without quotes as a date
            dates.add(date.fromisoformat(str(name)))
        except ValueError:
            raise InputError(
                f"holidays: {name!r} is unknown for {region}; write a date such as 2014-05-30, "
                f"or one of {', '.join(rules)}"
            ) from None
    return dates


def _place(rule, year: int) -> date:
    if rule == "king":
        day = date(year, 4, 27) if year >= 2014 else date(year, 4, 30)
        return day - timedelta(days=1) if day.weekday() == 6 else day
    if isinstance(rule, tuple):
        return date(year, *rule)
    return easter(year) + timedelta(days=rule)


def to_local_time(times: pd.Series, region: str) -> pd.Series:
    """Turn times of a known zone into what the clock on the wall showed.

    Parameters
    ----------
    times : pandas.Series of datetime64 with a time zone
    region : {"NL", "VL"}

    Returns
    -------
    pandas.Series of datetime64 without a zone
        Missing times stay missing.

    Raises
    ------
    ValueError
        If the times have no zone.

    Notes
    -----
    In the night when summer time ends one hour of the wall clock comes twice. It is at three in
    the morning, when offices are closed, so office hours are not touched; elapsed hours must be
    computed before the conversion.

    Examples
    --------
    >>> to_local_time(pd.Series(pd.to_datetime(["2014-04-04T14:00Z"])), "NL")[0]
    Timestamp('2014-04-04 16:00:00')
    """
    _get(TIME_ZONES, region)
    if times.dt.tz is None:
        raise ValueError("the times have no zone, so that no local time follows from them")
    return times.dt.tz_convert(TIME_ZONES[region]).dt.tz_localize(None)


def _to_microseconds(times) -> np.ndarray:
    if getattr(getattr(times, "dtype", None), "tz", None) is not None:
        raise ValueError("expected local times without a zone; see to_local_time")
    return np.asarray(times, dtype="datetime64[us]")


def _open_and_close(opening: float, closing: float) -> tuple[int, int]:
    if not 0 <= opening < closing <= 24:
        raise InputError(
            f"opening and closing are {opening} and {closing}; expected hours of the day, "
            "the first before the second"
        )
    return round(opening * _MICROSECONDS), round(closing * _MICROSECONDS)


def _read_clock(times: np.ndarray, epoch, holidays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    days = times.astype("datetime64[D]")
    since_midnight = (times - days).astype(np.int64)
    workdays_before = np.busday_count(epoch, days, weekmask=_WORKDAYS, holidays=holidays)
    is_workday = np.is_busday(days, weekmask=_WORKDAYS, holidays=holidays)
    return workdays_before, is_workday, since_midnight


def _open_microseconds(times: np.ndarray, epoch, holidays, opens: int, closes: int) -> np.ndarray:
    workdays_before, is_workday, since_midnight = _read_clock(times, epoch, holidays)
    today = np.where(is_workday, np.clip(since_midnight - opens, 0, closes - opens), 0)
    return (closes - opens) * workdays_before + today


def _prepare_holidays(holidays) -> np.ndarray:
    return np.asarray(list(holidays), dtype="datetime64[D]")


def count_office_hours(start, end, holidays=(), opening: float = 8.5, closing: float = 17.0):
    """Count the hours between two moments in which an office was open.

    Parameters
    ----------
    start, end : array_like of datetime64
        Local times without a zone; of equal length.
    holidays : array_like of datetime64[D]
        Days off besides Saturdays and Sundays, as `list_holidays` returns them.
    opening, closing : float
        Hours of the day, 8.5 for half past eight.

    Returns
    -------
    numpy.ndarray of float
        Hours; NaN where a moment is missing, negative where the end lies before the start.

    Raises
    ------
    InputError
        If the office does not open before it closes.
    ValueError
        If the times carry a zone.

    Notes
    -----
    With L hours in a working day, D(t) working days before the date of t and h(t) the hour of the
    day, the open hours up to t are ``B(t) = L D(t) + [t on a working day] clip(h(t) - opening, 0,
    L)`` and those between two moments ``B(end) - B(start)``. It counts in whole microseconds, so
    that sums are exact. Own code because `pandas.offsets.CustomBusinessHour`, which agrees, adds
    hours to one moment at a time.

    Examples
    --------
    >>> friday, monday = np.datetime64("2014-04-04T16:00"), np.datetime64("2014-04-07T09:00")
    >>> count_office_hours([friday], [monday])
    array([1.5])
    """
    start, end = np.broadcast_arrays(_to_microseconds(start), _to_microseconds(end))
    opens, closes = _open_and_close(opening, closing)
    hours = np.full(start.shape, np.nan)
    known = ~(np.isnat(start) | np.isnat(end))
    if known.any():
        holidays = _prepare_holidays(holidays)
        start, end = start[known], end[known]
        epoch = min(start.min(), end.min()).astype("datetime64[D]")
        passed = _open_microseconds(end, epoch, holidays, opens, closes)
        passed = passed - _open_microseconds(start, epoch, holidays, opens, closes)
        hours[known] = passed / _MICROSECONDS
    return hours


def add_office_hours(start, hours, holidays=(), opening: float = 8.5, closing: float = 17.0):
    """Find the moment by which an office has been open for so many hours.

    Parameters
    ----------
    start : array_like of datetime64
        Local times without a zone.
    hours : array_like of float
        Open hours to pass, not negative.
    holidays, opening, closing
        As in `count_office_hours`.

    Returns
    -------
    numpy.ndarray of datetime64[us]
        The first such moment; where `hours` is zero, the first moment not before `start` at which
        the office is open. NaT where either is missing.

    Raises
    ------
    InputError
        If the office does not open before it closes.
    ValueError
        If hours are negative, or the times carry a zone.

    Notes
    -----
    The inverse of `count_office_hours`: ``count_office_hours(t, add_office_hours(t, h)) == h``, to
    half a microsecond.

    Examples
    --------
    >>> str(add_office_hours([np.datetime64("2014-04-04T16:00")], [1.5])[0])
    '2014-04-07T09:00:00.000000'
    """
    start, hours = np.broadcast_arrays(_to_microseconds(start), np.asarray(hours, dtype=float))
    opens, closes = _open_and_close(opening, closing)
    if (hours < 0).any():
        raise ValueError("hours to add must not be negative")
    moments = np.full(start.shape, np.datetime64("NaT", "us"))
    known = ~(np.isnat(start) | np.isnan(hours))
    if not known.any():
        return moments
    holidays = _prepare_holidays(holidays)
    start, length = start[known], closes - opens
    to_pass = np.rint(hours[known] * _MICROSECONDS).astype(np.int64)
    epoch = start.min().astype("datetime64[D]")
    workdays_before, is_workday, since_midnight = _read_clock(start, epoch, holidays)
    target = length * workdays_before + to_pass
    target += np.where(is_workday, np.clip(since_midnight - opens, 0, length), 0)
    # a target on the seam of two days is the closing of the first, unless nothing is to pass: then
    # it is the opening of the next day that the office opens
    workday = np.where(to_pass > 0, -(-target // length) - 1, target // length)
    found = np.busday_offset(
        epoch, workday, roll="forward", weekmask=_WORKDAYS, holidays=holidays
    ).astype("datetime64[us]")
    moments[known] = found + (opens + target - length * workday).astype("timedelta64[us]")
    return moments


def falls_in_weekend(times, from_hour: float = 17.0) -> np.ndarray:
    """Tell which moments fall into the weekend, from Friday's closing to the end of Sunday.

    Parameters
    ----------
    times : array_like of datetime64
        Local times without a zone.
    from_hour : float
        Hour on Friday at which the weekend begins.

    Returns
    -------
    numpy.ndarray of bool
        False where the time is missing. Holidays do not count.

    Examples
    --------
    >>> falls_in_weekend(np.array(["2014-04-04T17:00", "2014-04-07T00:00"], dtype="datetime64[m]"))
    array([ True, False])
    """
    times = _to_microseconds(times)
    # 1 January 1970 was a Thursday
    weekday = (times.astype("datetime64[D]").astype(np.int64) + 3) % 7
    hour = (times - times.astype("datetime64[D]")) / np.timedelta64(1, "h")
    return ~np.isnat(times) & ((weekday >= 5) | ((weekday == 4) & (hour >= from_hour)))
