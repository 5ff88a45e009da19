"""What printed percentages admit: exact at the borders, and true to the published figures."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roeptoeter.estimators.rounding import (
    admissible_bases,
    admissible_counts,
    rounding_interval,
)

bases = st.integers(1, 3000)
places = st.integers(0, 2)


def print_percentage(count, n, decimals):
    """Round as a person does, half up, in arithmetic that shares no code with the package."""
    exact = Fraction(100 * count, n)
    # 28 digits hold every tie, and keep what is no tie away from one
    quotient = Decimal(exact.numerator) / Decimal(exact.denominator)
    return float(quotient.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


@given(n=bases, decimals=places, data=st.data())
def test_every_count_is_among_those_that_its_own_printed_percentage_admits(n, decimals, data):
    count = data.draw(st.integers(0, n))
    assert count in admissible_counts(print_percentage(count, n, decimals), n, decimals)


@given(n=bases, decimals=places, data=st.data())
def test_every_admissible_count_is_printed_as_the_percentage(n, decimals, data):
    printed = data.draw(st.integers(0, 100 * 10**decimals)) / 10**decimals
    for count in admissible_counts(printed, n, decimals):
        assert print_percentage(int(count), n, decimals) == printed


@given(n=bases, decimals=places, data=st.data())
def test_no_count_but_the_admissible_ones_is_printed_as_the_percentage(n, decimals, data):
    printed = data.draw(st.integers(0, 100 * 10**decimals)) / 10**decimals
    counts = admissible_counts(printed, n, decimals)
    if counts.size:
        assert (np.diff(counts) == 1).all()
        for neighbour in (int(counts[0]) - 1, int(counts[-1]) + 1):
            if 0 <= neighbour <= n:
                assert print_percentage(neighbour, n, decimals) != printed


@given(count=st.integers(1, 400), n=st.integers(1, 400), decimals=places)
def test_the_base_of_a_count_is_among_those_that_its_percentage_admits(count, n, decimals):
    if count > n:
        count, n = n, count
    printed = print_percentage(count, n, decimals)
    if printed > 0:
        assert n in admissible_bases(count, printed, decimals, highest=400)


@pytest.mark.parametrize(
    ("percentage", "n", "expected"),
    [
        (65, 308, [199, 200, 201]),  # Twitter, Flanders 2016
        (73, 308, [224, 225, 226]),  # Facebook, Flanders 2016
        (100, 12, [12]),
        (75, 83, [62]),
        (59, 213, [125, 126]),
        (90, 390, [350, 351, 352]),  # the Netherlands 2016
        (99, 390, [385, 386, 387, 388]),
        (96, 408, [390, 391, 392, 393]),  # the Netherlands 2013
    ],
)
def test_the_counts_behind_published_percentages_are_known(percentage, n, expected):
    assert admissible_counts(percentage, n).tolist() == expected


@pytest.mark.parametrize(
    ("percentage", "n", "expected"),
    [
        (0, 200, [0]),  # 1 of 200 is exactly 0.5% and is printed as 1
        (1, 200, [1, 2]),
        (100, 200, [199, 200]),  # 199 of 200 is exactly 99.5%
        (99, 200, [197, 198]),
        (50, 3, []),
        (0, 1, [0]),
        (100, 1, [1]),
    ],
)
def test_counts_on_the_border_go_up(percentage, n, expected):
    assert admissible_counts(percentage, n).tolist() == expected


@pytest.mark.parametrize(("percentage", "n"), [(50, 0), (50, -3), (-1, 10), (101, 10)])
def test_what_is_no_percentage_of_a_base_is_refused(percentage, n):
    with pytest.raises(ValueError, match="no counts behind"):
        admissible_counts(percentage, n)


@pytest.mark.parametrize(
    ("count", "percentage", "decimals", "base"),
    [(119, 49.4, 1, 241), (129, 41.88, 2, 308)],  # answers to the Flemish questionnaires
)
def test_the_base_of_a_response_rate_is_known(count, percentage, decimals, base):
    assert admissible_bases(count, percentage, decimals).tolist() == [base]


def test_a_base_is_never_smaller_than_the_count_nor_larger_than_asked_for():
    assert admissible_bases(7, 100, highest=20).tolist() == [7]
    assert admissible_bases(7, 1, highest=20).size == 0


@pytest.mark.parametrize(
    ("printed", "decimals", "low", "high"),
    [
        (13, 0, 12.5, 13.5),
        (49.4, 1, 49.35, 49.45),
        (41.88, 2, 41.875, 41.885),
        (11_000_000, -6, 10_500_000, 11_500_000),
        (0, 0, -0.5, 0.5),
    ],
)
def test_a_printed_number_stands_for_half_a_unit_to_either_side(printed, decimals, low, high):
    assert rounding_interval(printed, decimals) == (low, high)
