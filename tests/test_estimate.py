"""The shape of an estimate: its interval holds its value, and its kind is one of five."""

import math

import pytest

from roeptoeter.estimators.estimate import INTERVAL_MEANING, Estimate


def make(value=7.0, low=6.0, high=8.0, kind="rounding", **more):
    return Estimate(value, low, high, kind, "change", "percentage points", **more)


@pytest.mark.parametrize("kind", INTERVAL_MEANING)
def test_every_kind_of_interval_has_a_meaning_that_pages_can_print(kind):
    assert make(kind=kind).interval_kind == kind
    assert INTERVAL_MEANING[kind]


def test_the_kinds_with_a_meaning_are_all_kinds():
    assert len(INTERVAL_MEANING) == 5


def test_an_unknown_kind_of_interval_is_refused():
    with pytest.raises(ValueError, match="unknown kind of interval: 'margin of error'"):
        make(kind="margin of error")


@pytest.mark.parametrize(("low", "high"), [(7.1, 8), (6, 6.9), (8, 6)])
def test_a_value_outside_its_interval_is_refused(low, high):
    with pytest.raises(ValueError, match="is not within"):
        make(low=low, high=high)


def test_a_value_beyond_its_end_by_a_last_bit_is_accepted():
    assert make(value=0.1 + 0.2, low=0.0, high=0.3).value > 0.3


def test_an_estimate_may_know_its_interval_only():
    assert math.isnan(make(value=math.nan).value)
    with pytest.raises(ValueError, match="is not within"):
        make(value=math.nan, low=8, high=6)


def test_an_interval_may_be_open_to_one_side():
    assert make(high=math.inf).high == math.inf


def test_scaling_changes_numbers_and_unit_and_nothing_else():
    share = make(0.5, 0.25, 1.0, n=12, confidence=0.95)
    scaled = share.scaled(100, "%")
    assert (scaled.value, scaled.low, scaled.high) == (50, 25, 100)
    assert scaled.unit == "%"
    assert (scaled.interval_kind, scaled.estimand, scaled.n, scaled.confidence) == (
        share.interval_kind,
        share.estimand,
        share.n,
        share.confidence,
    )


@pytest.mark.parametrize("factor", [0, -1])
def test_a_factor_that_would_turn_the_interval_round_is_refused(factor):
    with pytest.raises(ValueError, match="must be positive"):
        make().scaled(factor, "points")


def test_an_estimate_cannot_be_changed_afterwards():
    with pytest.raises(AttributeError):
        make().value = 9
