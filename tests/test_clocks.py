"""Wall clock and office clock: holidays, open hours between two moments, and the way back."""

import datetime as dt
import doctest

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roeptoeter.errors import InputError
from roeptoeter.estimators import clocks
from roeptoeter.estimators.clocks import (
    add_office_hours,
    count_office_hours,
    falls_in_weekend,
    list_holidays,
    name_holidays,
    to_local_time,
)

SPRING_2014 = np.array(["2014-04-21", "2014-04-26"], dtype="datetime64[D]")
GOOD_FRIDAY = np.datetime64("2014-04-18")


def moments(*texts):
    return np.array(texts, dtype="datetime64[m]")


def random_moments(rng, number, start="2014-04-01", days=91):
    seconds = rng.integers(0, days * 86_400, number).astype("timedelta64[s]")
    return np.datetime64(start, "s") + seconds


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(clocks).failed == 0


# Holidays ----------------------------------------------------------------------------------------


def test_dutch_holidays_of_the_quarters_measured():
    of_2014 = list_holidays("NL", [2014])
    in_quarter = of_2014[
        (of_2014 >= np.datetime64("2014-04-01")) & (of_2014 <= np.datetime64("2014-06-30"))
    ]
    assert in_quarter.astype(str).tolist() == [
        "2014-04-21", "2014-04-26", "2014-05-29", "2014-06-09",
    ]  # fmt: skip
    summer = list_holidays("NL", [2013]).astype("datetime64[M]").astype(str)
    assert not set(summer) & {"2013-07", "2013-08", "2013-09"}


def test_dutch_options_are_good_friday_and_the_fifth_of_may():
    further = list_holidays("NL", [2014], extra=name_holidays("NL", optional=True))
    added = set(further.astype(str)) - set(list_holidays("NL", [2014]).astype(str))
    assert added == {"2014-04-18", "2014-05-05"}


def test_flemish_holidays_of_the_second_quarter_of_2016():
    of_2016 = list_holidays("VL", [2016])
    quarter = of_2016[
        (of_2016 >= np.datetime64("2016-04-01")) & (of_2016 <= np.datetime64("2016-06-30"))
    ]
    assert quarter.astype(str).tolist() == ["2016-05-01", "2016-05-05", "2016-05-16"]
    assert len(of_2016) == 10
    local = list_holidays("VL", [2016], extra=["Day of the Flemish Community", "All Souls' Day"])
    assert {"2016-07-11", "2016-11-02"} <= set(local.astype(str))


@pytest.mark.parametrize(
    ("year", "day"),
    [(2013, "2013-04-30"), (2006, "2006-04-29"), (2014, "2014-04-26"), (2015, "2015-04-27")],
)
def test_the_monarch_celebrates_on_a_weekday_or_the_saturday_before(year, day):
    assert np.datetime64(day) in list_holidays("NL", [year])
    april = [d for d in list_holidays("NL", [year]).astype(str) if d[5:] in _royal_days()]
    assert april == [day]


def _royal_days():
    return {"04-26", "04-27", "04-29", "04-30"}


def test_days_that_coincide_are_listed_once():
    # 1 May 2008 was Labour Day and Ascension Day at once
    of_2008 = list_holidays("VL", [2008, 2008])
    assert len(of_2008) == 9
    assert (np.diff(of_2008).astype(int) > 0).all()


def test_a_holiday_can_be_worked_and_a_date_be_off():
    days = list_holidays(
        "NL", [2014], extra=[dt.date(2014, 5, 30)], without=["Whit Monday", "2014-04-26"]
    )
    assert (
        days
        == list_holidays("NL", [2014], extra=["2014-05-30"], without=["Whit Monday", "2014-04-26"])
    ).all()
    assert np.datetime64("2014-05-30") in days
    assert np.datetime64("2014-06-09") not in days
    assert np.datetime64("2014-04-26") not in days


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({"region": "BE"}, "NL or VL"),
        ({"region": "NL", "extra": ["Labour Day"]}, "Good Friday"),
        ({"region": "VL", "without": ["5 May"]}, "2014-05-30"),
        ({"region": "NL", "extra": "Good Friday"}, "list"),
    ],
)
def test_an_unknown_holiday_is_refused_in_one_line(arguments, word):
    with pytest.raises(InputError, match=word) as caught:
        list_holidays(years=[2014], **arguments)
    assert "\n" not in str(caught.value)


# Office hours ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2014-04-04T16:00", "2014-04-07T09:00", 1.5),
        ("2014-04-05T12:00", "2014-04-07T09:00", 0.5),
        ("2014-04-18T16:00", "2014-04-22T09:30", 2.0),
        ("2014-04-25T16:30", "2014-04-28T10:00", 2.0),
        ("2014-04-08T03:00", "2014-04-08T23:00", 8.5),
        ("2014-04-08T09:00", "2014-04-08T09:45", 0.75),
    ],
)
def test_cases_counted_by_hand(start, end, hours):
    assert count_office_hours(moments(start), moments(end), SPRING_2014)[0] == hours


def test_good_friday_off_takes_its_hour():
    days = np.append(SPRING_2014, GOOD_FRIDAY)
    found = count_office_hours(moments("2014-04-18T16:00"), moments("2014-04-22T09:30"), days)
    assert found[0] == 1.0


def test_agrees_with_pandas_business_hours():
    rng = np.random.default_rng(20140401)
    holidays = list_holidays("NL", [2014], extra=["Good Friday", "Liberation Day"])
    office = pd.offsets.CustomBusinessHour(start="08:30", end="17:00", holidays=list(holidays))
    ends = []
    starts = random_moments(rng, 300)
    whole = rng.integers(1, 40, 300)
    for start, hours in zip(starts, whole, strict=True):
        ends.append(pd.Timestamp(start) + int(hours) * office)
    found = count_office_hours(starts, pd.Series(ends), holidays)
    np.testing.assert_allclose(found, whole, atol=1e-9)
    # the same moment, unless the hours run out with the day: there pandas takes the next opening
    by_us = pd.Series(add_office_hours(starts, whole, holidays))
    differs = (by_us != pd.Series(ends)).to_numpy()
    assert (by_us[differs].dt.strftime("%H:%M") == "17:00").all()
    assert differs.mean() < 0.2


def test_counting_is_additive_and_reverses():
    rng = np.random.default_rng(7)
    first, second, third = (random_moments(rng, 500) for _ in range(3))
    holidays = list_holidays("NL", [2014])
    legs = count_office_hours(first, second, holidays) + count_office_hours(second, third, holidays)
    np.testing.assert_allclose(legs, count_office_hours(first, third, holidays), atol=1e-9)
    np.testing.assert_array_equal(
        count_office_hours(first, second, holidays), -count_office_hours(second, first, holidays)
    )


def test_every_workday_of_a_quarter_counts_in_full():
    holidays = list_holidays("NL", [2014])
    found = count_office_hours(moments("2014-04-01T00:00"), moments("2014-07-01T00:00"), holidays)
    # 65 weekdays less Easter Monday, Ascension Day and Whit Monday; King's Day fell on a Saturday
    assert found[0] == 62 * 8.5


@given(
    minutes=st.integers(0, 90 * 1440),
    hours=st.floats(0, 200, allow_nan=False),
    opening=st.sampled_from([0.0, 8.0, 8.5, 9.25]),
    closing=st.sampled_from([16.5, 17.0, 21.0, 24.0]),
)
@settings(max_examples=80, deadline=None)
def test_adding_hours_undoes_counting_them(minutes, hours, opening, closing):
    holidays = list_holidays("NL", range(2014, 2016))
    start = np.array([np.datetime64("2014-04-01", "m") + np.timedelta64(minutes, "m")])
    end = add_office_hours(start, [hours], holidays, opening, closing)
    counted = count_office_hours(start, end, holidays, opening, closing)
    assert counted[0] == pytest.approx(hours, abs=1e-9)
    assert end[0] >= start[0]
    hour = (end[0] - end[0].astype("datetime64[D]")) / np.timedelta64(1, "h")
    assert opening <= hour <= closing or (closing == 24 and hour == 0)


def test_counting_undoes_adding_within_opening_hours():
    rng = np.random.default_rng(3)
    holidays = list_holidays("NL", [2014])
    start, end = np.sort([random_moments(rng, 400), random_moments(rng, 400)], axis=0)
    end = add_office_hours(end, np.full(400, 0.25), holidays)
    found = add_office_hours(start, count_office_hours(start, end, holidays), holidays)
    np.testing.assert_array_equal(found, end)


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2014-04-04T16:00", 1.0, "2014-04-04T17:00"),
        ("2014-04-04T17:00", 0.0, "2014-04-07T08:30"),
        ("2014-04-04T12:00", 0.0, "2014-04-04T12:00"),
        ("2014-04-19T12:00", 0.0, "2014-04-22T08:30"),
        ("2014-04-04T16:00", 18.0, "2014-04-08T17:00"),
    ],
)
def test_where_the_added_hours_end(start, hours, end):
    found = add_office_hours(moments(start), [hours], SPRING_2014)
    assert found.astype("datetime64[m]")[0] == np.datetime64(end)


def test_more_holidays_never_make_more_open_hours():
    rng = np.random.default_rng(5)
    start, end = np.sort([random_moments(rng, 400), random_moments(rng, 400)], axis=0)
    few, many = list_holidays("NL", [2014]), list_holidays("NL", [2014], extra=["Good Friday"])
    with_few = count_office_hours(start, end, few)
    assert (count_office_hours(start, end, many) <= with_few).all()
    assert (with_few <= (end - start) / np.timedelta64(1, "h")).all()


def test_what_is_missing_stays_missing():
    times = np.array(["2014-04-04T16:00", "NaT"], dtype="datetime64[m]")
    assert np.isnan(count_office_hours(times, times[::-1])).all()
    assert np.isnat(add_office_hours(times, [np.nan, 1.0])).all()
    assert falls_in_weekend(times).tolist() == [False, False]


def test_times_with_a_zone_are_refused():
    with_zone = pd.Series(pd.to_datetime(["2014-04-04T16:00Z"]))
    with pytest.raises(ValueError, match="without a zone"):
        count_office_hours(with_zone, with_zone)
    with pytest.raises(ValueError, match="no zone"):
        to_local_time(with_zone.dt.tz_localize(None), "NL")


@pytest.mark.parametrize(("opening", "closing"), [(17, 8.5), (9, 9), (-1, 5), (9, 25)])
def test_an_office_must_open_before_it_closes(opening, closing):
    with pytest.raises(InputError, match="opening and closing"):
        count_office_hours(
            moments("2014-04-04T16:00"), moments("2014-04-04T17:00"), (), opening, closing
        )


def test_hours_to_add_are_not_negative():
    with pytest.raises(ValueError, match="negative"):
        add_office_hours(moments("2014-04-04T16:00"), [-1.0])


# Local time and weekend --------------------------------------------------------------------------


def test_summer_time_moves_the_wall_clock():
    times = pd.Series(pd.to_datetime(["2014-03-29T12:00Z", "2014-03-31T12:00Z"]))
    assert to_local_time(times, "NL").dt.hour.tolist() == [13, 14]
    assert to_local_time(times, "VL").dt.hour.tolist() == [13, 14]


def test_the_weekend_runs_from_fridays_closing_to_the_end_of_sunday():
    times = moments(
        "2014-04-04T16:59", "2014-04-04T17:00", "2014-04-06T23:59", "2014-04-07T00:00"
    )  # fmt: skip
    assert falls_in_weekend(times).tolist() == [False, True, True, False]
    assert falls_in_weekend(times, from_hour=16.5).tolist() == [True, True, True, False]
    week = np.datetime64("2014-04-07", "m") + np.arange(7 * 24 * 60).astype("timedelta64[m]")
    assert falls_in_weekend(week).sum() == 55 * 60
