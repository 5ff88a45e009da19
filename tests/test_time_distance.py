"""The time distance: a line with known answers, its ends, its bounds, and the curve."""

import itertools

import numpy as np
import pytest

from roeptoeter.estimators.time_distance import (
    bound_time_distance,
    draw_time_distances,
    estimate_logistic_lag,
    measure_time_distance,
)

LINE = ([2010, 2011, 2012, 2013], [10, 20, 30, 40])


def test_a_level_on_the_line_gives_its_years():
    distance = measure_time_distance(2013, 25, *LINE)
    assert distance == (1.5, 1.5, 1.5, "passed within the series")


def test_a_level_below_the_first_point_is_censored():
    distance = measure_time_distance(2013, 9, *LINE)
    assert np.isnan(distance.years)
    assert (distance.at_least, distance.at_most) == (3, np.inf)
    assert distance.position == "passed before the series"


def test_a_level_above_the_last_point_leads():
    distance = measure_time_distance(2012, 41, *LINE)
    assert np.isnan(distance.years)
    assert (distance.at_least, distance.at_most) == (-np.inf, -1)
    assert distance.position == "not reached by the series"


def test_the_ends_of_the_series_belong_to_it():
    assert measure_time_distance(2013, 10, *LINE).years == 3
    assert measure_time_distance(2013, 40, *LINE).years == 0


def test_a_fall_does_not_undo_what_was_reached():
    assert measure_time_distance(2013, 25, [2010, 2011, 2012, 2013], [10, 30, 20, 40]).years == 2.25


def test_less_is_better_mirrors_the_series():
    times, levels = LINE
    mirrored = measure_time_distance(2013, -25, times, np.negative(levels), higher_is_ahead=False)
    assert mirrored.years == 1.5


def test_swapping_the_sides_flips_the_sign():
    there = measure_time_distance(2013, 25, *LINE).years
    # a unit that moves like the line, as much later: where does the line stand seen from there?
    shifted = [time + there for time in LINE[0]]
    back = measure_time_distance(2013 - there, 25, shifted, LINE[1]).years
    assert back == pytest.approx(-there, abs=1e-12)


def test_the_bounds_are_the_extremes_over_all_corners():
    times, levels, errors = [2011.5, 2013.7, 2014.4, 2016.4], [20, 72, 75, 90], [0.5, 0.5, 0, 0.5]
    corners = []
    for signs in itertools.product((-1, 1), repeat=9):
        own, shifts, moves = signs[0], np.array(signs[1:5]), np.array(signs[5:])
        corners.append(
            measure_time_distance(
                2016.4, 73 + 0.5 * own, np.array(times) + 0.25 * shifts, levels + moves * errors
            ).years
        )
    bounds = bound_time_distance(
        2016.4, 73, times, levels, unit_level_error=0.5, level_errors=errors, time_error=0.25
    )
    assert bounds == pytest.approx((min(corners), max(corners)), abs=1e-12)


def test_bounds_stay_open_where_the_series_is():
    assert bound_time_distance(2013, 9, *LINE, time_error=0.25) == (2.75, np.inf)
    assert bound_time_distance(2013, 41, *LINE, time_error=0.25) == (-np.inf, 0.25)


def test_bounds_of_a_series_where_less_is_better_mirror_too():
    errors = {"unit_level_error": 2, "level_errors": 1, "time_error": 0.1}
    times, levels = LINE
    mirrored = bound_time_distance(
        2013, -25, times, np.negative(levels), **errors, higher_is_ahead=False
    )
    assert mirrored == pytest.approx(bound_time_distance(2013, 25, *LINE, **errors), abs=1e-12)


def test_draws_stay_within_the_bounds_and_repeat_with_their_seed():
    errors = {"unit_level_error": 1, "level_errors": 1, "time_error": 0.25}
    drawn = draw_time_distances(2013, 25, *LINE, **errors, draws=300, seed=1)
    low, high = bound_time_distance(2013, 25, *LINE, **errors)
    assert low <= drawn.min() < drawn.max() <= high
    again = draw_time_distances(2013, 25, *LINE, **errors, draws=300, seed=1)
    assert (drawn == again).all()


def test_draws_of_a_censored_distance_are_infinite_on_its_side():
    errors = {"unit_level_error": 0, "level_errors": 0, "time_error": 0.1, "draws": 2, "seed": 1}
    assert (draw_time_distances(2013, 5, *LINE, **errors) == np.inf).all()
    assert (draw_time_distances(2013, 50, *LINE, **errors) == -np.inf).all()


def test_dates_that_an_error_could_exchange_are_refused():
    with pytest.raises(ValueError, match="order"):
        draw_time_distances(
            2013, 25, *LINE, unit_level_error=0, level_errors=0, time_error=0.5, draws=1, seed=1
        )


@pytest.mark.parametrize(
    ("times", "levels"),
    [
        ([], []),
        ([2011, 2010], [1, 2]),
        ([2010, 2010], [1, 2]),
        ([2010], [np.nan]),
        ([2010], [1, 2]),
    ],
)
def test_a_series_that_is_none_is_refused(times, levels):
    with pytest.raises(ValueError, match=r"series|increase"):
        measure_time_distance(2013, 25, times, levels)


def test_missing_levels_and_negative_errors_are_refused():
    with pytest.raises(ValueError, match="missing"):
        measure_time_distance(2013, np.nan, *LINE)
    with pytest.raises(ValueError, match="negative"):
        bound_time_distance(2013, 25, *LINE, time_error=-1)


def test_the_logistic_lag_recovers_a_known_curve():
    times = np.array([2010.0, 2011, 2012, 2013, 2014])
    shares = 1 / (1 + np.exp(-(0.2 + 0.7 * (times - 2012) + np.array([1, -1, 0, 1, -1]) * 1e-4)))
    curve = estimate_logistic_lag(2015, 55, 100, times, 400 * shares, [400] * 5)
    passed = 2012 + (np.log(0.55 / 0.45) - 0.2) / 0.7
    assert curve.lag.value == pytest.approx(2015 - passed, abs=1e-3)
    assert curve.deviance < 0.01
    assert curve.residual_degrees_of_freedom == 3


def test_the_interval_of_the_lag_agrees_with_redrawing_the_counts():
    # at 120 refits the simulated standard error is itself known to about 7%
    times, bases = np.array([2010.0, 2012, 2013, 2014]), np.array([408] * 4)
    shares = 1 / (1 + np.exp(-0.8 * (times - 2012)))
    curve = estimate_logistic_lag(2015, 200, 308, times, np.round(bases * shares), bases)
    random = np.random.default_rng(3)
    lags = [
        estimate_logistic_lag(
            2015, random.binomial(308, 200 / 308), 308, times, random.binomial(bases, shares), bases
        ).lag.value
        for _ in range(120)
    ]
    width = (curve.lag.high - curve.lag.low) / 2 / 1.959964
    assert np.std(lags) == pytest.approx(width, rel=0.2)


@pytest.mark.parametrize("own", [0, 100])
def test_a_share_without_a_place_on_the_curve_is_refused(own):
    with pytest.raises(ValueError, match="no finite place"):
        estimate_logistic_lag(2015, own, 100, [2010, 2011, 2012], [1, 2, 3], [9, 9, 9])


def test_a_curve_that_does_not_rise_is_refused():
    with pytest.raises(ValueError, match="does not rise"):
        estimate_logistic_lag(2015, 50, 100, [2010, 2011, 2012], [7, 5, 3], [9, 9, 9])
    with pytest.raises(ValueError, match="three points"):
        estimate_logistic_lag(2015, 50, 100, [2010, 2011], [3, 5], [9, 9])
