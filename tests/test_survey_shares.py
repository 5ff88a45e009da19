"""What non-response, small frames and a missing joint table leave open, against published and counted answers."""

import doctest
import itertools
import math

import numpy as np
import pytest

from roeptoeter.estimators import survey_shares
from roeptoeter.estimators.survey_shares import (
    bound_number_with_several,
    compare_over_overlaps,
    hypergeometric_interval,
    newcombe_paired_interval,
    worst_case_bounds,
)


def ends(estimate):
    return estimate.low, estimate.high


def test_the_doctests_hold():
    result = doctest.testmod(survey_shares)
    assert result.failed == 0
    assert result.attempted >= 5


# ---- worst case ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "n", "population", "low", "high"),
    [
        (183, 210, 403, 0.45, 0.93),
        (147, 210, 403, 0.36, 0.84),
        (88, 113, 241, 0.37, 0.90),
        (17, 113, 241, 0.07, 0.60),
        (27, 113, 241, 0.11, 0.64),
        (41, 113, 241, 0.17, 0.70),
        (74, 119, 241, 0.31, 0.81),
        (64, 119, 241, 0.27, 0.77),
        (62, 119, 241, 0.26, 0.76),
        (81, 119, 241, 0.34, 0.84),
    ],
)
def test_the_worst_case_of_the_published_answers(count, n, population, low, high):
    assert ends(worst_case_bounds(count, n, population)) == pytest.approx((low, high), abs=0.005)


@pytest.mark.parametrize(("count", "n", "population"), [(0, 1, 4), (3, 3, 7), (2, 5, 9)])
def test_the_worst_case_is_what_every_completion_of_the_answers_gives(count, n, population):
    shares = [(count + others) / population for others in range(population - n + 1)]
    bounds = worst_case_bounds(count, n, population)
    assert ends(bounds) == (min(shares), max(shares))
    assert bounds.high - bounds.low == pytest.approx(1 - n / population)
    assert bounds.low <= bounds.value <= bounds.high
    assert (bounds.interval_kind, bounds.confidence) == ("sensitivity", None)


def test_without_non_response_the_worst_case_is_the_share():
    assert ends(worst_case_bounds(3, 8, 8)) == (0.375, 0.375)


# ---- exact interval of a small population -----------------------------------------------------------------------


def probability(k, n, having, population):
    return math.comb(having, k) * math.comb(population - having, n - k) / math.comb(population, n)


@pytest.mark.parametrize(("n", "population"), [(5, 20), (3, 7), (6, 11), (1, 4)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_exact_interval_is_what_counting_gives(n, population, confidence):
    tail = (1 - confidence) / 2
    for count in range(n + 1):
        kept = [
            having
            for having in range(count, population - n + count + 1)
            if sum(probability(k, n, having, population) for k in range(count, n + 1)) >= tail
            and sum(probability(k, n, having, population) for k in range(count + 1)) >= tail
        ]
        found = hypergeometric_interval(count, n, population, confidence)
        assert found.low == pytest.approx(min(kept[0] / population, count / n))
        assert found.high == pytest.approx(max(kept[-1] / population, count / n))


def test_five_of_five_rescue_zones_stand_for_eleven_of_twenty_at_least():
    low = hypergeometric_interval(5, 5, 20).low
    assert low == pytest.approx(0.55)
    assert probability(5, 5, 11, 20) >= 0.025 > probability(5, 5, 10, 20)


def test_the_exact_interval_turns_with_what_is_counted():
    for count in range(6):
        with_it, without = (hypergeometric_interval(k, 5, 20) for k in (count, 5 - count))
        assert ends(with_it) == pytest.approx((1 - without.high, 1 - without.low))


def test_the_exact_interval_of_all_is_a_point_and_holds_its_level():
    assert ends(hypergeometric_interval(7, 20, 20)) == (0.35, 0.35)
    for having in range(21):
        covered = sum(
            probability(k, 5, having, 20)
            for k in range(6)
            if probability(k, 5, having, 20)
            and hypergeometric_interval(k, 5, 20).low - 1e-12
            <= having / 20
            <= hypergeometric_interval(k, 5, 20).high + 1e-12
        )
        assert covered >= 0.95 - 1e-12


# ---- shares of the same respondents -----------------------------------------------------------------------------


def test_newcombes_paired_example():
    """Newcombe (1998c), Statistics in Medicine 17:2635, method 10 with its correction for continuity."""
    found = newcombe_paired_interval(36, 12, 2, 0)
    assert found.value == pytest.approx(0.2)
    assert ends(found) == pytest.approx((0.0569, 0.3404), abs=6e-5)
    assert found.interval_kind == "superpopulation"


def test_the_paired_difference_changes_sign_with_the_order():
    forward, backward = (
        newcombe_paired_interval(20, 15, 5, 10),
        newcombe_paired_interval(20, 5, 15, 10),
    )
    assert forward.value > 0
    assert ends(forward) == pytest.approx((-backward.high, -backward.low))


def test_without_correlation_the_paired_interval_adds_the_arms_as_for_two_groups():
    # ad - bc = 0: the square-and-add interval of two samples of 40 each, from the same Wilson limits
    from roeptoeter.estimators.proportions import newcombe_interval

    assert ends(newcombe_paired_interval(12, 12, 8, 8)) == pytest.approx(
        ends(newcombe_interval(24, 40, 20, 40))
    )


def test_a_negative_correlation_is_not_corrected_and_lengthens():
    apart = newcombe_paired_interval(0, 20, 20, 0)
    assert apart.value == 0
    assert apart.high > newcombe_paired_interval(10, 10, 10, 10).high
    assert newcombe_paired_interval(0, 30, 0, 10).high <= 1  # an empty margin, no correlation


def test_the_barriers_over_all_joint_tables():
    rows = compare_over_overlaps(74, 64, 119)
    assert rows["both"].tolist() == list(range(19, 65))
    fewest, most = rows.iloc[0], rows.iloc[-1]
    assert (fewest["low"], fewest["high"]) == pytest.approx((-0.08, 0.24), abs=0.005)
    assert (most["low"], most["high"]) == pytest.approx((0.03, 0.135), abs=0.005)
    assert rows["difference"].eq(10 / 119).all()
    assert (rows["high"] - rows["low"]).is_monotonic_decreasing


@pytest.mark.parametrize("counts", [(2, 3, 1), (5, 5, 5), (0, 4, 3), (4, 2, 2)])
def test_how_many_ticked_several_is_what_all_fillings_give(counts):
    n = 5
    # every way in which the ticks of each option can lie; the first option's place is free
    first = [tuple(range(counts[0]))]
    others = [list(itertools.combinations(range(n), count)) for count in counts[1:]]
    ticked = np.array(
        [
            [sum(person in option for option in filling) for person in range(n)]
            for filling in itertools.product(first, *others)
        ]
    )
    for least in (1, 2, 3):
        numbers = (ticked >= least).sum(axis=1)
        assert bound_number_with_several(counts, n, least) == (numbers.min(), numbers.max())


def test_with_two_options_both_bounds_are_frechets():
    assert bound_number_with_several([74, 64], 119, 2) == (74 + 64 - 119, 64)
    assert bound_number_with_several([74, 64], 119, 1) == (74, 119)


@pytest.mark.parametrize(
    "call",
    [
        lambda: worst_case_bounds(4, 3, 10),
        lambda: worst_case_bounds(1, 3, 2),
        lambda: hypergeometric_interval(1, 0, 10),
        lambda: newcombe_paired_interval(1, -1, 2, 3),
        lambda: newcombe_paired_interval(0, 0, 0, 0),
        lambda: compare_over_overlaps(5, 1, 4),
        lambda: bound_number_with_several([1, 2], 4, 3),
    ],
)
def test_impossible_counts_are_refused(call):
    with pytest.raises(ValueError, match=r"share|cells|options"):
        call()
