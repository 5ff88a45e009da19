"""What two shares can say about a change: formulas against oracles, and the sign of each result."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from roeptoeter.estimators.change import (
    change_between,
    effective_accounts_needed,
    effective_number,
    messages_needed,
    ratio_between,
    share_of_rest,
    share_of_two,
    weight_that_levels,
)
from roeptoeter.estimators.estimate import Estimate

percentages = st.integers(2, 98)


def printed(percentage, unit="%", kind="rounding"):
    return Estimate(percentage, percentage - 0.5, percentage + 0.5, kind, "share", unit)


def corners(function, *estimates):
    """Return the smallest and the largest result over all corners of the intervals."""
    results = [
        function(*corner) for corner in product(*((each.low, each.high) for each in estimates))
    ]
    return min(results), max(results)


@given(before=percentages, after=percentages)
def test_a_change_reaches_from_corner_to_corner(before, after):
    change = change_between(printed(before), printed(after), estimand="change")
    expected = corners(lambda x, y: y - x, printed(before), printed(after))
    assert (change.low, change.high) == pytest.approx(expected)
    assert math.copysign(1, change.value) == (1 if after >= before else -1)


def test_a_change_of_percentages_is_in_percentage_points():
    assert change_between(printed(13), printed(20), estimand="c").unit == "percentage points"
    shares = printed(13).scaled(0.01, "share"), printed(20).scaled(0.01, "share")
    assert change_between(*shares, estimand="c").unit == "share"


@given(before=percentages, after=percentages)
def test_a_ratio_reaches_from_corner_to_corner(before, after):
    ratio = ratio_between(printed(before), printed(after), estimand="ratio")
    assert (ratio.low, ratio.high) == pytest.approx(
        corners(lambda x, y: y / x, printed(before), printed(after))
    )
    assert (ratio.value > 1) == (after > before)


def test_a_ratio_to_a_share_that_may_be_nothing_has_no_upper_bound():
    rare = Estimate(0.4, 0, 0.9, "rounding", "share", "%")
    assert ratio_between(rare, printed(20), estimand="ratio").high == math.inf
    nothing = Estimate(0, 0, 0.5, "rounding", "share", "%")
    with pytest.raises(ValueError, match="share of zero"):
        ratio_between(nothing, printed(20), estimand="ratio")


@pytest.mark.parametrize("function", [change_between, ratio_between, share_of_two])
def test_units_and_kinds_of_interval_do_not_mix(function):
    with pytest.raises(ValueError, match="different unit"):
        function(printed(13), printed(20, unit="share"), estimand="x")
    with pytest.raises(ValueError, match="different interval_kind"):
        function(printed(13), printed(20, kind="superpopulation"), estimand="x")


def test_eleven_replies_beside_73_starters_are_131_in_a_thousand():
    share = share_of_two(printed(11), printed(73), estimand="share")
    assert share.value == pytest.approx(100 * 11 / 84)
    assert (share.low, share.high) == pytest.approx((100 * 10.5 / 84, 100 * 11.5 / 84))
    assert share.unit == "%"


@given(kind=percentages, other=percentages)
def test_a_share_of_two_reaches_from_corner_to_corner(kind, other):
    share = share_of_two(printed(kind), printed(other), estimand="share")
    assert (share.low, share.high) == pytest.approx(
        corners(lambda x, y: 100 * x / (x + y), printed(kind), printed(other))
    )
    assert (share.value > 50) == (kind > other)


def test_a_share_of_two_that_are_nothing_or_no_shares_is_refused():
    nothing = Estimate(0, 0, 0.5, "rounding", "share", "%")
    with pytest.raises(ValueError, match="no share of two kinds"):
        share_of_two(nothing, nothing, estimand="share")
    hours = Estimate(24, 23.5, 24.5, "rounding", "response time", "hours")
    with pytest.raises(ValueError, match="no share of two kinds"):
        share_of_two(hours, hours, estimand="share")


@pytest.mark.parametrize(
    ("weight", "others"), [(0, 20), (0.01, 19.3), (0.03, 18.0), (0.05, 16.6), (0.08, 14.3)]
)
def test_the_rest_without_utrecht_stands_where_the_weight_puts_it(weight, others):
    rest = share_of_rest(printed(20), printed(85), weight, estimand="others")
    assert rest.value == pytest.approx(others, abs=0.05)


@given(
    messages=st.lists(st.integers(1, 500), min_size=3, max_size=20),
    data=st.data(),
)
def test_the_rest_is_what_counting_the_others_gives(messages, data):
    replies = [data.draw(st.integers(0, sent)) for sent in messages]

    def exact(share):
        return Estimate(share, share, share, "none", "share", "share")

    rest = share_of_rest(
        exact(sum(replies) / sum(messages)),
        exact(replies[0] / messages[0]),
        messages[0] / sum(messages),
        estimand="others",
    )
    assert rest.value == pytest.approx(sum(replies[1:]) / sum(messages[1:]), abs=1e-9)


def test_the_rest_reaches_from_corner_to_corner():
    rest = share_of_rest(printed(20), printed(85), 0.05, estimand="others")
    expected = corners(lambda all_, one: (all_ - 0.05 * one) / 0.95, printed(20), printed(85))
    assert (rest.low, rest.high) == pytest.approx(expected)


def test_a_part_above_the_whole_leaves_the_rest_below_it_and_the_other_way_round():
    assert share_of_rest(printed(20), printed(85), 0.05, estimand="others").value < 20
    assert share_of_rest(printed(20), printed(5), 0.05, estimand="others").value > 20


def test_a_rest_is_cut_off_at_none_and_at_all():
    assert share_of_rest(printed(20), printed(85), 0.235, estimand="others").low == 0
    assert share_of_rest(printed(80), printed(15), 0.235, estimand="others").high == 100


@pytest.mark.parametrize("weight", [-0.01, 1, 1.5, 0.24])
def test_a_weight_that_a_part_cannot_have_is_refused(weight):
    with pytest.raises(ValueError, match="weigh"):
        share_of_rest(printed(20), printed(85), weight, estimand="others")


def test_the_weight_that_undoes_the_rise_is_seven_of_72():
    weight = weight_that_levels(printed(20), printed(85), printed(13), estimand="weight")
    assert weight.value == pytest.approx(7 / 72)
    assert (weight.low, weight.high) == pytest.approx((6 / 72, 8 / 72))


@given(st.lists(percentages, min_size=3, max_size=3, unique=True))
def test_at_the_levelling_weight_the_rest_stands_at_the_level(three):
    level, whole, part = sorted(three)
    weight = weight_that_levels(printed(whole), printed(part), printed(level), estimand="w")
    rest = share_of_rest(printed(whole), printed(part), weight.value, estimand="others")
    assert rest.value == pytest.approx(level)
    low, high = corners(
        lambda w, p, q: (w - q) / (p - q), printed(whole), printed(part), printed(level)
    )
    assert (weight.low, weight.high) == pytest.approx((max(0, low), min(1, high)))


@pytest.mark.parametrize(("whole", "part", "level"), [(13, 85, 20), (20, 20, 13), (20, 15, 13)])
def test_without_a_rise_below_the_part_there_is_no_levelling_weight(whole, part, level):
    with pytest.raises(ValueError, match="must rise in this order"):
        weight_that_levels(printed(whole), printed(part), printed(level), estimand="weight")


def test_equal_accounts_all_count_and_one_giant_counts_as_one():
    assert effective_number(np.full(390, 7)) == pytest.approx(390)
    assert effective_number([1_000_000, 1, 1]) == pytest.approx(1, abs=1e-5)
    assert effective_number([3, 1]) == pytest.approx(16 / 10)  # (3 + 1)^2 / (9 + 1)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30), st.integers(2, 9))
def test_accounts_count_as_between_one_and_all_in_any_unit(messages, factor):
    assume(sum(messages) > 0)
    number = effective_number(messages)
    assert 1 - 1e-9 <= number <= np.count_nonzero(messages) + 1e-9
    assert effective_number(np.array(messages) * factor) == pytest.approx(number)


@pytest.mark.parametrize("messages", [[], [0, 0], [5, -1]])
def test_accounts_without_messages_are_refused(messages):
    with pytest.raises(ValueError, match="no messages"):
        effective_number(messages)


@pytest.mark.parametrize(
    ("correlation", "accounts"), [(0.05, 11), (0.1, 21), (0.2, 43), (0.3, 64), (0.4, 86)]
)
def test_the_sign_of_the_rise_needs_a_few_dozen_accounts(correlation, accounts):
    needed = effective_accounts_needed(0.13, 0.20, correlation)
    assert round(needed) == accounts
    half = effective_accounts_needed(0.13, 0.20, correlation, 0.5)
    assert half == pytest.approx(needed / 2, rel=0.02)


@pytest.mark.parametrize(("rho", "c"), [(0.05, 0.0), (0.4, 0.0), (0.4, 0.5), (0.2, -0.5)])
def test_with_that_many_accounts_the_change_is_just_beyond_chance(rho, c):
    # the variances come from scipy's beta distribution, the covariance from its definition
    needed = effective_accounts_needed(0.13, 0.20, rho, c)
    size = (1 - rho) / rho
    spread = [stats.beta(p * size, (1 - p) * size).std() for p in (0.13, 0.20)]
    variance = (spread[0] ** 2 + spread[1] ** 2 - 2 * c * spread[0] * spread[1]) / needed
    assert 2 * stats.norm.sf(0.07 / math.sqrt(variance)) == pytest.approx(0.05)


def test_simulated_accounts_scatter_as_the_formula_says():
    # 120 accounts of unequal volume in 20,000 draws; the error of a standard deviation is 0.5%
    generator = np.random.default_rng(2014)
    weights = generator.exponential(size=120)
    weights /= weights.sum()
    rho, size = 0.3, 0.7 / 0.3
    years = [generator.beta(p * size, (1 - p) * size, (20_000, 120)) @ weights for p in (0.13, 0.2)]
    scatter = np.std(years[1] - years[0])
    needed = effective_accounts_needed(0.13, 0.20, rho)
    formula = 0.07 / stats.norm.ppf(0.975) * math.sqrt(needed / effective_number(weights))
    assert scatter == pytest.approx(formula, rel=0.025)


def test_the_need_does_not_depend_on_the_direction_of_the_change():
    rise = effective_accounts_needed(0.13, 0.20, 0.3, 0.2)
    assert effective_accounts_needed(0.20, 0.13, 0.3, 0.2) == pytest.approx(rise)
    assert effective_accounts_needed(0.87, 0.80, 0.3, 0.2) == pytest.approx(rise)
    assert effective_accounts_needed(0.13, 0.20, 0.0) == 0


def test_more_likeness_needs_more_accounts_and_a_larger_change_or_related_years_fewer():
    base = effective_accounts_needed(0.13, 0.20, 0.2, 0.2)
    assert effective_accounts_needed(0.13, 0.20, 0.3, 0.2) > base
    assert effective_accounts_needed(0.13, 0.20, 0.2, 0.2, confidence=0.99) > base
    assert effective_accounts_needed(0.11, 0.20, 0.2, 0.2) < base
    assert effective_accounts_needed(0.13, 0.20, 0.2, 0.3) < base


@pytest.mark.parametrize(
    "arguments",
    [(0.13, 0.13, 0.2), (0, 0.2, 0.2), (0.13, 1, 0.2), (0.13, 0.2, 1.1), (0.13, 0.2, 0.2, -1.1),
     (0.13, 0.2, 0.2, 0, 1)],
)  # fmt: skip
def test_assumptions_out_of_range_are_refused(arguments):
    with pytest.raises(ValueError, match=r"no (sign|correlations)"):
        effective_accounts_needed(*arguments)


def test_the_textbook_asks_for_437_or_440_messages():
    # both formulas written out, with Cohen's h and with the pooled share
    z = stats.norm.ppf(0.975) + stats.norm.ppf(0.8)
    effect = 2 * math.asin(math.sqrt(0.2)) - 2 * math.asin(math.sqrt(0.13))
    assert messages_needed(0.13, 0.20) == pytest.approx(2 * (z / effect) ** 2, rel=1e-5)
    pooled = math.sqrt(2 * 0.165 * 0.835) * stats.norm.ppf(0.975)
    apart = math.sqrt(0.13 * 0.87 + 0.2 * 0.8) * stats.norm.ppf(0.8)
    normal = messages_needed(0.13, 0.20, method="normal")
    assert normal == pytest.approx(((pooled + apart) / 0.07) ** 2)
    assert (round(messages_needed(0.13, 0.20)), round(normal)) == (437, 440)


@pytest.mark.parametrize("method", ["arcsine", "normal"])
def test_the_textbook_asks_the_same_of_a_fall_and_more_for_more_power(method):
    rise = messages_needed(0.13, 0.20, method=method)
    assert messages_needed(0.20, 0.13, method=method) == pytest.approx(rise)
    assert messages_needed(0.13, 0.20, power=0.9, method=method) > rise


@pytest.mark.parametrize("arguments", [(0.13, 0.13), (0, 0.2), (0.13, 0.2, 1), (0.13, 0.2, 0.8, 0)])
def test_no_textbook_sample_is_sized_for_what_cannot_be_tested(arguments):
    with pytest.raises(ValueError, match="no test of"):
        messages_needed(*arguments)


def test_an_unknown_textbook_is_refused():
    with pytest.raises(ValueError, match="known: arcsine, normal"):
        messages_needed(0.13, 0.20, method="exact")


def test_thirteen_to_twenty_percent_is_a_rise_of_six_to_eight_points():
    change = change_between(printed(13), printed(20), estimand="change")
    assert (change.low, change.value, change.high) == (6, 7, 8)
    ratio = ratio_between(printed(13), printed(20), estimand="ratio")
    assert (ratio.low, ratio.high) == pytest.approx((19.5 / 13.5, 1.64))
