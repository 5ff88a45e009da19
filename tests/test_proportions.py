"""Intervals of shares, against the tables of the papers that proposed them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roeptoeter.estimators.proportions import exact_interval, newcombe_interval, wilson_interval


def ends(estimate):
    return estimate.low, estimate.high


@pytest.mark.parametrize(
    ("count", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)]
)
def test_wilson_gives_newcombes_examples(count, n, low, high):
    """Newcombe (1998a), Statistics in Medicine 17:857."""
    assert ends(wilson_interval(count, n)) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("groups", "low", "high"),
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((0, 10, 0, 10), -0.2775, 0.2775),
    ],
)
def test_newcombe_gives_his_table_ii(groups, low, high):
    """Newcombe (1998b), Statistics in Medicine 17:873, Table II, method 10."""
    assert ends(newcombe_interval(*groups)) == pytest.approx((low, high), abs=6e-5)


def test_newcombe_changes_sign_with_the_order_of_the_groups():
    forward, backward = newcombe_interval(56, 70, 48, 80), newcombe_interval(48, 80, 56, 70)
    assert ends(forward) == pytest.approx((-backward.high, -backward.low))
    assert forward.value == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("count", "n", "population", "crude", "finite"),
    [
        (183, 210, 403, (0.819, 0.910), (0.837, 0.900)),
        (147, 210, 403, (0.635, 0.758), (0.655, 0.741)),
        (88, 113, 241, (0.694, 0.845), (0.718, 0.829)),
        (17, 113, 241, (0.096, 0.228), (0.109, 0.205)),
        (27, 113, 241, (0.170, 0.325), (0.186, 0.301)),
        (41, 113, 241, (0.280, 0.455), (0.301, 0.429)),
        (74, 119, 241, (0.532, 0.704), (0.558, 0.682)),
        (64, 119, 241, (0.448, 0.625), (0.474, 0.601)),
        (62, 119, 241, (0.432, 0.609), (0.457, 0.584)),
        (81, 119, 241, (0.592, 0.758), (0.618, 0.737)),
    ],
)
def test_wilson_narrows_in_a_finite_population(count, n, population, crude, finite):
    assert ends(wilson_interval(count, n)) == pytest.approx(crude, abs=6e-4)
    within = wilson_interval(count, n, population=population)
    assert ends(within) == pytest.approx(finite, abs=6e-4)
    assert within.interval_kind == "finite population"


def test_census_leaves_nothing_open():
    interval = wilson_interval(225, 308, population=308)
    assert interval.low == interval.value == interval.high == 225 / 308


def test_twelve_of_twelve_is_no_certainty():
    wilson, exact = wilson_interval(12, 12), exact_interval(12, 12)
    assert wilson.low == pytest.approx(0.758, abs=5e-4)
    assert exact.low == pytest.approx(0.025 ** (1 / 12), abs=1e-9)
    assert exact.low == pytest.approx(0.735, abs=5e-4)
    assert wilson.high == pytest.approx(1)
    assert exact.high == 1
    assert wilson.interval_kind == exact.interval_kind == "superpopulation"


@given(st.integers(1, 400), st.data())
def test_intervals_hold_the_share_and_mirror_the_absent(n, data):
    count = data.draw(st.integers(0, n))
    for interval in (wilson_interval, exact_interval):
        share, mirrored = interval(count, n), interval(n - count, n)
        assert -1e-12 <= share.low <= share.value + 1e-9
        assert share.value - 1e-9 <= share.high <= 1 + 1e-12
        assert share.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@given(st.integers(2, 300), st.data())
def test_finite_population_is_never_wider(n, data):
    count = data.draw(st.integers(0, n))
    population = n + data.draw(st.integers(0, 300))
    within, crude = wilson_interval(count, n, population=population), wilson_interval(count, n)
    assert within.low >= crude.low - 1e-12
    assert within.high <= crude.high + 1e-12


def test_a_large_population_gives_the_plain_interval():
    within = wilson_interval(81, 263, population=10**9)
    assert ends(within) == pytest.approx(ends(wilson_interval(81, 263)), abs=1e-6)


def test_a_higher_level_is_wider():
    for interval in (wilson_interval, exact_interval):
        assert interval(15, 148, 0.99).low < interval(15, 148, 0.9).low
    assert math.isclose(wilson_interval(15, 148, 0.99).confidence, 0.99)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: wilson_interval(13, 12), "13 of 12 is no share"),
        (lambda: exact_interval(-1, 12), "-1 of 12 is no share"),
        (lambda: wilson_interval(0, 0), "0 of 0 is no share"),
        (lambda: newcombe_interval(1, 2, 3, 2), "3 of 2 is no share"),
        (lambda: wilson_interval(5, 12, population=11), "cannot be drawn from a population of 11"),
    ],
)
def test_impossible_counts_are_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
