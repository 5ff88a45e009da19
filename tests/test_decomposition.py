"""Composition and behaviour: published vectors, identities, and what must be refused."""

import numpy as np
import pytest

from roeptoeter.estimators.decomposition import (
    bound_decomposition,
    decompose_gap,
    list_allocations,
    standardise,
)

# Das Gupta (1993), example 5.1: US household headship 1970 and 1985, 13 age groups, %
WEIGHTS_1970 = [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9]
RATES_1970 = [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8]
WEIGHTS_1985 = [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5]
RATES_1985 = [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2]


@pytest.fixture
def headship():
    first, second = np.array(WEIGHTS_1970), np.array(WEIGHTS_1985)
    return first / first.sum(), np.array(RATES_1970), second / second.sum(), np.array(RATES_1985)


def test_kitagawa_gives_the_published_parts(headship):
    parts = decompose_gap(*headship)
    assert parts.composition == pytest.approx(1.2269, abs=5e-5)
    assert parts.rate == pytest.approx(1.7403, abs=5e-5)
    assert parts.total == pytest.approx(2.9672, abs=5e-5)


def test_the_two_factor_product_is_the_one_class_case():
    parts = decompose_gap([0.6], [0.5], [0.3], [0.45])
    assert parts == pytest.approx((-0.1425, -0.0225, -0.165), abs=1e-12)


def test_the_parts_add_up_to_the_gap(headship):
    weights_1, rates_1, weights_2, rates_2 = headship
    gap = weights_2 @ rates_2 - weights_1 @ rates_1
    assert decompose_gap(*headship).total == pytest.approx(gap, abs=1e-12)


def test_swapping_the_groups_only_flips_the_sign(headship):
    weights_1, rates_1, weights_2, rates_2 = headship
    there = decompose_gap(*headship)
    back = decompose_gap(weights_2, rates_2, weights_1, rates_1)
    assert back == pytest.approx([-part for part in there], abs=1e-12)


def test_equal_mixes_leave_no_composition(headship):
    weights_1, rates_1, _, rates_2 = headship
    parts = decompose_gap(weights_1, rates_1, weights_1, rates_2)
    assert parts.composition == 0
    assert parts.rate == pytest.approx(weights_1 @ (rates_2 - rates_1), abs=1e-12)


def test_standardising_to_its_own_mix_changes_nothing(headship):
    weights_1, rates_1, _, _ = headship
    assert standardise(weights_1, rates_1) == pytest.approx(weights_1 @ rates_1, abs=1e-12)
    assert standardise(WEIGHTS_1970, rates_1) == pytest.approx(weights_1 @ rates_1, abs=1e-12)


def test_allocations_are_all_there_and_none_too_large():
    rows = list_allocations(3, [2, 3, 1])
    counted = {
        (a, b, c)
        for a in range(3) for b in range(4) for c in range(2)
        if a + b + c == 3
    }  # fmt: skip
    assert {tuple(row) for row in rows.tolist()} == counted
    assert len(rows) == len(counted)
    assert len(list_allocations(7, [2, 3, 1])) == 0
    assert list_allocations(4, [9]).tolist() == [[4]]


def test_bounds_enclose_each_pair_and_are_reached_by_some(headship):
    weights_1, rates_1, weights_2, rates_2 = headship
    random = np.random.default_rng(5)
    first = rates_1 + random.uniform(-1, 1, (6, 13))
    second = rates_2 + random.uniform(-1, 1, (7, 13))
    pairs = [decompose_gap(weights_1, a, weights_2, b) for a in first for b in second]
    bounds = bound_decomposition(weights_1, first, weights_2, second)
    for name, parts in (
        ("composition", [pair.composition for pair in pairs]),
        ("rate", [pair.rate for pair in pairs]),
        ("composition_share", [pair.composition / pair.total for pair in pairs]),
    ):
        assert getattr(bounds, name) == pytest.approx((min(parts), max(parts)), abs=1e-12)


def test_a_gap_that_may_be_zero_has_no_share():
    with pytest.raises(ValueError, match="no share"):
        bound_decomposition([0.5, 0.5], [[0.1, 0.2]], [0.4, 0.6], [[0.1, 0.1], [0.3, 0.3]])


@pytest.mark.parametrize(
    ("weights", "rates"),
    [([1, 2], [0.1]), ([1, -1], [0.1, 0.2]), ([1, 1], [0.1, float("nan")]), ([0, 0], [0.1, 0.2])],
)
def test_impossible_classes_are_refused(weights, rates):
    with pytest.raises(ValueError, match=r"weight|class"):
        standardise(weights, rates)


def test_groups_with_other_classes_are_refused():
    with pytest.raises(ValueError, match="same classes"):
        decompose_gap([1], [0.5], [0.5, 0.5], [0.5, 0.6])
    with pytest.raises(ValueError, match="at least one possible"):
        bound_decomposition([1], np.empty((0, 1)), [1], [[0.5]])
    with pytest.raises(ValueError, match="cannot be divided"):
        list_allocations(-1, [2])
