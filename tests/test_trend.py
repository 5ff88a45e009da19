"""The trend test, against R's prop.trend.test and against the variant of statsmodels."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import Table

from roeptoeter.estimators.trend import cochran_armitage

# Smokers among lung patients in four studies, from the help page of R's prop.trend.test.
SMOKERS, PATIENTS = [83, 90, 129, 70], [86, 93, 136, 82]


def test_trend_is_that_of_r():
    trend = cochran_armitage(SMOKERS, PATIENTS)
    assert trend.statistic == pytest.approx(8.224922, abs=1e-5)
    assert trend.p == pytest.approx(0.0041319, abs=1e-7)
    assert trend.degrees_of_freedom == 1


def test_statsmodels_gives_it_times_n_minus_one_over_n():
    """Guards the reason for an own function: should statsmodels change, it can go."""
    absent = np.subtract(PATIENTS, SMOKERS)
    theirs = Table(np.array([SMOKERS, absent]), shift_zeros=False).test_ordinal_association()
    n = sum(PATIENTS)
    own = cochran_armitage(SMOKERS, PATIENTS).statistic
    assert theirs.zscore**2 == pytest.approx(own * (n - 1) / n, rel=1e-9)


def test_scores_matter_only_by_their_relative_distances():
    equal = cochran_armitage(SMOKERS, PATIENTS).statistic
    assert cochran_armitage(SMOKERS, PATIENTS, [10, 15, 20, 25]).statistic == pytest.approx(equal)
    assert cochran_armitage(SMOKERS, PATIENTS, [3, 2, 1, 0]).statistic == pytest.approx(equal)
    assert cochran_armitage(SMOKERS, PATIENTS, [0, 1, 2, 9]).statistic != pytest.approx(equal)


def test_two_classes_give_pearsons_chi_square():
    # 62 of 83 against 126 of 213, by hand: N (ad - bc)^2 / (product of margins)
    expected = 296 * (126 * 21 - 87 * 62) ** 2 / (213 * 83 * 188 * 108)
    assert cochran_armitage([126, 62], [213, 83]).statistic == pytest.approx(expected)


def test_equal_shares_have_no_trend():
    trend = cochran_armitage([5, 10, 20], [10, 20, 40])
    assert trend.statistic == pytest.approx(0, abs=1e-12)
    assert trend.p == pytest.approx(1)


@pytest.mark.parametrize(
    ("counts", "totals", "scores", "says"),
    [
        ([5, 5], [5, 5], None, "all or none"),
        ([0, 0], [5, 5], None, "all or none"),
        ([6, 2], [5, 5], None, "between 0 and its total"),
        ([0, 2], [0, 5], None, "no class may be empty"),
        ([1, 2, 3], [5, 5], None, "same length"),
        ([1, 2], [5, 5], [1, 1], "different scores"),
        ([1], [5], None, "at least two classes"),
    ],
)
def test_what_has_no_trend_is_refused(counts, totals, scores, says):
    with pytest.raises(ValueError, match=says):
        cochran_armitage(counts, totals, scores)
