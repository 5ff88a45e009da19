"""Samples of answers: post-stratification, weights and clusters, two waves, paired tests, multiple responses by group."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.survey_samples import (
    FEWEST_CHANGED,
    cochran_q_test,
    compare_options,
    compare_waves,
    correlate_answers,
    join_small_classes,
    mcnemar_test,
    poststratify_share,
    standardise_difference,
    weigh_sample,
)


@pytest.fixture(scope="module")
def schools():
    return pd.read_csv(ROOT / "tests" / "oracles" / "apiclus1.csv")


# ------------------------------------------------------------------------------------------- independent numbers


def test_the_mean_of_a_cluster_sample_is_that_of_r_survey(schools):
    sample = weigh_sample(
        schools["api00"], weights=schools["pw"], clusters=schools["dnum"], sampled_fraction=15 / 757
    )
    assert sample.estimate.value == pytest.approx(644.1694, abs=1e-3)
    assert sample.standard_error == pytest.approx(23.54224, abs=1e-3)
    assert sample.estimate.interval_kind == "finite population"


def test_the_post_stratified_mean_of_a_cluster_sample_is_that_of_r_survey(schools):
    sample = weigh_sample(
        schools["api00"],
        classes=schools["stype"],
        population={"E": 4421, "H": 755, "M": 1018},
        weights=schools["pw"],
        clusters=schools["dnum"],
        sampled_fraction=15 / 757,
    )
    assert sample.estimate.value == pytest.approx(642.3108, abs=1e-3)
    assert sample.standard_error == pytest.approx(23.92049, abs=1e-3)


def test_a_ratio_of_two_totals_is_a_mean_over_those_asked(schools):
    # what a domain is to a sample: the mean of one type of school, as a ratio of two weighted totals
    own = schools["stype"].eq("H")
    sample = weigh_sample(
        schools["api00"].where(own), weights=schools["pw"], clusters=schools["dnum"]
    )
    weights = schools.loc[own, "pw"]
    assert sample.estimate.value == pytest.approx(
        (weights @ schools.loc[own, "api00"]) / weights.sum()
    )
    assert sample.estimate.n == own.sum()


@pytest.mark.parametrize(("correlation", "error"), [(0.0, 0.0448), (0.5, 0.0381), (0.8, 0.0334)])
def test_two_waves_with_shared_respondents_have_the_known_standard_errors(correlation, error):
    change = compare_waves(0.60, 238, 0.70, 210, shared=124, correlation=correlation)
    assert change.standard_error == pytest.approx(error, abs=5e-5)
    assert change.estimate.value == pytest.approx(0.10)


def test_mcnemar_gives_agresti_s_statistic():
    test = mcnemar_test(150, 86)
    assert test.statistic == pytest.approx(17.35593, abs=1e-5)
    assert not test.is_exact


def test_cochran_q_gives_conover_s_example():
    answers = np.array(
        [
            [1, 1, 1], [1, 1, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1],
            [1, 1, 1], [1, 1, 0], [0, 0, 1], [0, 1, 0], [1, 1, 1], [1, 1, 1],
        ]
    )  # fmt: skip
    test = cochran_q_test(answers)
    assert test.statistic == pytest.approx(2.8)
    assert test.p == pytest.approx(0.246597, abs=1e-6)
    assert test.degrees_of_freedom == 2


# ------------------------------------------------------------------------------------------------- identities


def test_with_equal_shares_in_all_classes_the_weighted_share_is_the_crude_one():
    share = poststratify_share([8, 20, 4], [20, 50, 10], [900, 100, 10])
    assert share.estimate.value == pytest.approx(32 / 80)


def test_respondents_in_the_proportions_of_the_population_need_no_weights():
    share = poststratify_share([9, 13, 5], [10, 20, 30], [100, 200, 300])
    assert share.estimate.value == pytest.approx(27 / 60)


def test_both_post_stratifications_give_the_same_share():
    rng = np.random.default_rng(3)
    classes = rng.integers(0, 3, 90)
    values = rng.integers(0, 2, 90).astype(float)
    values[:12] = np.nan
    sizes = {0: 200, 1: 300, 2: 50}
    unit_level = weigh_sample(values, classes=list(classes), population=sizes)
    counts = [
        [
            [np.nansum(values[classes == c]), (~np.isnan(values[classes == c])).sum(), (classes == c).sum()]
            for c in sizes
        ]
    ]  # fmt: skip
    yes, answered, respondents = np.array(counts[0]).T
    by_class = poststratify_share(yes, answered, list(sizes.values()), respondents=respondents)
    assert by_class.estimate.value == pytest.approx(unit_level.estimate.value, abs=1e-12)
    # the one has a finite population and a smoothed share, the other neither
    assert by_class.standard_error < 1.02 * unit_level.standard_error


def test_the_variance_is_the_textbook_one_where_all_were_asked():
    yes, n, size = np.array([30, 8, 9]), np.array([40, 20, 10]), np.array([90, 60, 12])
    p = (yes + 1) / (n + 2)
    expected = ((size / size.sum()) ** 2 * (1 - n / size) * p * (1 - p) / (n - 1)).sum()
    share = poststratify_share(yes, n, size)
    assert share.standard_error == pytest.approx(np.sqrt(expected), rel=1e-12)


def test_a_population_that_answered_as_a_whole_leaves_nothing_open():
    share = poststratify_share([3, 9], [10, 12], [10, 12])
    assert share.standard_error == 0
    assert share.estimate.low == share.estimate.high == pytest.approx(12 / 22)


def test_the_interval_of_one_class_is_near_wilson_s():
    share = poststratify_share([120], [200], [100_000]).estimate
    wilson = wilson_interval(120, 200)
    assert (share.low, share.high) == pytest.approx((wilson.low, wilson.high), abs=0.005)


def test_clusters_of_one_are_no_clusters():
    values = [1, 0, 1, 1, 0, 1]
    alone = weigh_sample(values)
    assert alone == weigh_sample(values, clusters=list("abcdef"))
    assert alone.standard_error == pytest.approx(np.std(values, ddof=1) / np.sqrt(6))


def test_mcnemar_and_cochran_agree_on_two_items():
    answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [40, 30, 12, 20], axis=0)
    assert cochran_q_test(answers).statistic == pytest.approx(mcnemar_test(30, 12).statistic)


def test_the_exact_test_is_the_binomial_one():
    test = mcnemar_test(3, 9)
    assert test.is_exact
    assert test.p == pytest.approx(stats.binomtest(3, 12).pvalue)
    assert mcnemar_test(0, 0) == (0.0, 1.0, 0, True)
    assert not mcnemar_test(FEWEST_CHANGED, 0).is_exact


def test_a_single_option_is_tested_as_pearson_would():
    rng = np.random.default_rng(5)
    groups, named = rng.integers(0, 3, 120), rng.integers(0, 2, 120)
    test = compare_options(named[:, None], list(groups))
    expected = stats.chi2_contingency(pd.crosstab(named, groups), correction=False)
    assert (test.statistic, test.p) == pytest.approx((expected.statistic, expected.pvalue))
    assert test.degrees_of_freedom == expected.dof


def test_an_option_counted_twice_adds_nothing():
    rng = np.random.default_rng(6)
    groups, named = rng.integers(0, 3, 120), rng.integers(0, 2, 120)
    once = compare_options(named[:, None], list(groups))
    twice = compare_options(np.column_stack([named, named]), list(groups))
    assert (twice.statistic, twice.p) == pytest.approx((once.statistic, once.p))


def test_options_that_exclude_each_other_are_tested_about_as_pearson_would():
    rng = np.random.default_rng(7)
    groups, chosen = rng.integers(0, 3, 600), rng.integers(0, 4, 600)
    test = compare_options(np.eye(4)[chosen], list(groups))
    assert test.p == pytest.approx(stats.chi2_contingency(pd.crosstab(chosen, groups)).pvalue, abs=0.03)  # fmt: skip


def test_the_test_of_options_rejects_as_often_as_it_says():
    rng = np.random.default_rng(8)
    shared = rng.standard_normal((400, 100, 1))
    answers = (0.9 * shared + 0.45 * rng.standard_normal((400, 100, 4)) > [0, 0.3, -0.2, 0.8]).astype(float)  # fmt: skip
    groups = list(np.repeat([0, 1, 2], [30, 30, 40]))
    rejected = np.mean([compare_options(sample, groups).p < 0.05 for sample in answers])
    assert 0.03 < rejected < 0.075


# ------------------------------------------------------------------------------------------------------ signs


def test_weighting_moves_the_share_towards_those_who_are_missing():
    # the small ones say yes more often, and answered less often
    share = poststratify_share([18, 8], [20, 40], [300, 60]).estimate
    assert share.value > 26 / 60


def test_a_smaller_part_asked_makes_the_interval_longer():
    all_asked = poststratify_share([20, 20], [40, 40], [300, 300]).standard_error
    some_asked = poststratify_share(
        [10, 10], [20, 20], [300, 300], respondents=[40, 40]
    ).standard_error
    assert some_asked > all_asked


def test_a_rise_is_positive_and_likeness_shortens_its_interval():
    apart = compare_waves(0.4, 100, 0.5, 120)
    together = compare_waves(0.4, 100, 0.5, 120, shared=60, correlation=0.6)
    against = compare_waves(0.4, 100, 0.5, 120, shared=60, correlation=-0.6)
    assert apart.estimate.value > 0
    assert together.standard_error < apart.standard_error < against.standard_error


def test_clusters_that_agree_within_make_the_interval_longer():
    values = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0], 8)
    clusters = list(np.repeat(np.arange(5), 8))
    assert (
        weigh_sample(values, clusters=clusters).standard_error
        > 2 * weigh_sample(values).standard_error
    )


def test_the_larger_group_first_is_a_positive_difference():
    assert standardise_difference([5, 6, 7], [1, 2, 3]) == pytest.approx(4.0)
    assert standardise_difference([1, 2, 3], [5, 6, 7]) == pytest.approx(-4.0)
    assert standardise_difference([2, 2], [2, 2]) == 0
    assert standardise_difference([3, 3], [2, 2]) == np.inf


def test_a_group_that_names_an_option_more_often_is_found():
    named = np.r_[np.ones(28), np.zeros(12), np.ones(12), np.zeros(28)]
    other = np.tile([1, 0], 40)
    groups = ["a"] * 40 + ["b"] * 40
    assert compare_options(np.column_stack([named, other]), groups).p < 0.01
    assert compare_options(np.column_stack([other, 1 - other]), groups).p > 0.9


def test_the_intervals_cover_what_they_promise_where_the_large_ones_answer_more_often():
    rng = np.random.default_rng(11)
    sizes, rates, answered = np.array([130, 190, 80]), np.array([0.4, 0.6, 0.85]), np.array([0.4, 0.5, 0.75])  # fmt: skip
    truth = np.round(rates * sizes).astype(int)
    n = np.round(sizes * answered).astype(int)
    yes = np.column_stack([rng.hypergeometric(k, s - k, m, 400) for k, s, m in zip(truth, sizes, n, strict=True)])  # fmt: skip
    share = truth.sum() / sizes.sum()
    covered = crude = 0
    for row in yes:
        own = poststratify_share(row, n, sizes).estimate
        covered += own.low <= share <= own.high
        wilson = wilson_interval(int(row.sum()), int(n.sum()), population=int(sizes.sum()))
        crude += wilson.low <= share <= wilson.high
    assert 0.93 < covered / 400 < 0.98
    assert crude < 0.9 * covered


# ------------------------------------------------------------------------------------------------ small classes


@pytest.mark.parametrize(
    ("respondents", "joined"),
    [([9, 4, 30], [0, 0, 1]), ([30, 4, 9], [0, 1, 1]), ([5, 5, 5], [0, 1, 2]), ([2, 2, 1, 9], [0, 0, 0, 1]), ([3], [0])],
)  # fmt: skip
def test_small_classes_join_the_smaller_neighbour(respondents, joined):
    assert join_small_classes(respondents).tolist() == joined


def test_no_joined_class_is_too_small():
    rng = np.random.default_rng(4)
    for _ in range(200):
        respondents = rng.integers(0, 12, rng.integers(1, 7))
        joined = join_small_classes(respondents, 7)
        sums = np.bincount(joined, weights=respondents)
        assert len(sums) == 1 or sums.min() >= 7
        assert (np.diff(joined) >= 0).all()


def test_an_empty_class_counts_in_the_population_of_its_neighbour():
    share = poststratify_share([10, 5, 0], [20, 20, 0], [100, 50, 50]).estimate
    assert share.value == pytest.approx(0.5 * 0.5 + 0.25 * 0.5)


def test_the_phi_of_unequal_answers_is_pearson_s():
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    assert correlate_answers(first, second) == pytest.approx(stats.pearsonr(first, second)[0])
    assert correlate_answers([1], [1]) == 0


# --------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda: poststratify_share([3], [2], [9]), "are among those who answered"),
        (lambda: poststratify_share([1], [5], [4]), "more respondents than units"),
        (lambda: poststratify_share([1, 1], [2, 2], [9]), "one number for each class"),
        (lambda: poststratify_share([0], [1], [9]), "two respondents"),
        (lambda: weigh_sample([np.nan, np.nan]), "nobody was asked"),
        (lambda: weigh_sample([1, 0], weights=[1, 0]), "must be positive"),
        (lambda: weigh_sample([1, 0], clusters=["a", "a"]), "two clusters"),
        (lambda: weigh_sample([1, 0], classes=["a", "b"], population={"a": 3}), "needs a size"),
        (lambda: weigh_sample([1, 0], sampled_fraction=1), "cannot be sampled"),
        (lambda: standardise_difference([1], [1, 2]), "two values"),
        (lambda: compare_waves(1.2, 9, 0.5, 9), "between 0 and 1"),
        (lambda: compare_waves(0.5, 9, 0.5, 8, shared=9), "respondents of each"),
        (lambda: compare_waves(0.5, 9, 0.5, 8, correlation=2), "no correlation"),
        (lambda: mcnemar_test(-1, 2), "negative"),
        (lambda: cochran_q_test([[1], [0]]), "two items"),
        (lambda: cochran_q_test([[1, np.nan], [0, 1]]), "none may be missing"),
        (lambda: cochran_q_test([[1, 1], [0, 0]]), "nothing tells them apart"),
        (lambda: compare_options([[1], [0]], ["a", "a"]), "two groups"),
        (lambda: compare_options([[1], [1]], ["a", "b"]), "no option"),
        (lambda: compare_options([[2], [1]], ["a", "b"]), "0 or 1"),
        (lambda: compare_options([[1]], ["a", "b"]), "needs a group"),
    ],
)  # fmt: skip
def test_what_is_no_sample_is_refused(call, reason):
    with pytest.raises(ValueError, match=reason):
        call()
