"""Scales, averages, shrinkage, places and tiers: against published numbers, by identity, by sign, and how often they hold."""

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy import stats

from roeptoeter.estimators import ranking
from roeptoeter.estimators.clusters import intra_class_correlation, ratio_of_sums
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.ranking import BetaPrior


@pytest.fixture
def measures():
    rng = np.random.default_rng(7)
    return rng.normal(size=(3, 40)) * np.array([[1.0], [5.0], [0.2]]) + 3


# ------------------------------------------------------------------------------------------------ scales and averages


def test_each_scale_has_the_properties_that_define_it(measures):
    z = ranking.normalise(measures, "z")
    np.testing.assert_allclose(z, stats.zscore(measures, axis=1, ddof=1), atol=1e-12)
    rank = ranking.normalise(measures, "rank")
    np.testing.assert_allclose(np.sort(rank, axis=1), np.tile(np.arange(1, 41) / 40, (3, 1)))
    span = ranking.normalise(measures, "min-max")
    assert span.min(axis=1).tolist() == [0, 0, 0]
    assert span.max(axis=1).tolist() == [1, 1, 1]
    for normalised in (z, rank, span):
        for row, of_row in zip(measures, normalised, strict=True):
            assert stats.spearmanr(row, of_row).statistic == pytest.approx(1)


def test_a_scale_does_not_depend_on_the_unit_of_measurement_but_min_max_depends_on_an_outlier(
    measures,
):
    for method in ranking.NORMALISATIONS:
        in_minutes = ranking.normalise(60 * measures + 5, method)
        np.testing.assert_allclose(in_minutes, ranking.normalise(measures, method), atol=1e-9)
    outlying = measures.copy()
    outlying[1, 0] = 1000.0
    spread = {
        method: ranking.normalise(outlying, method)[1, 1:].std()
        / ranking.normalise(measures, method)[1, 1:].std()
        for method in ranking.NORMALISATIONS
    }
    assert spread["rank"] > 0.9
    assert spread["min-max"] < 0.05
    # and so the measure with an outlier hardly counts
    weights = ranking.effective_weights(ranking.normalise(outlying, "min-max"))
    assert weights[1] < 0.7 * ranking.effective_weights(ranking.normalise(measures, "min-max"))[1]


def test_many_draws_at_once_give_what_each_gives_alone(measures):
    several = np.stack([measures, measures[:, ::-1] ** 2])
    for method in ranking.NORMALISATIONS:
        together = ranking.normalise(several, method)
        for how in ranking.AGGREGATIONS:
            scores = ranking.aggregate(together, [2, 1, 1], how)
            for one, score in zip(several, scores, strict=True):
                alone = ranking.aggregate(ranking.normalise(one, method), [2, 1, 1], how)
                np.testing.assert_allclose(score, alone, atol=1e-12)


def test_averages_by_hand():
    normalised = np.array([[-1.0, 0.0, 1.0], [0.5, -0.5, 0.0]])
    np.testing.assert_allclose(
        ranking.aggregate(normalised, [3, 1]), [-0.625, -0.125, 0.75], atol=1e-12
    )
    raised = np.array([[0.01, 1.01, 2.01], [1.01, 0.01, 0.51]])
    np.testing.assert_allclose(
        ranking.aggregate(normalised, method="geometric"), np.sqrt(raised.prod(axis=0)), atol=1e-12
    )


def test_a_measure_of_weight_zero_is_left_out(measures):
    z = ranking.normalise(measures)
    without = ranking.aggregate(z, ranking.leave_one_measure_out(3))
    np.testing.assert_allclose(without[1], (z[0] + z[2]) / 2, atol=1e-12)
    geometric = ranking.aggregate(z, ranking.leave_one_measure_out(3), "geometric")
    np.testing.assert_allclose(
        geometric[1], ranking.aggregate(z[[0, 2]], method="geometric"), atol=1e-12
    )


def test_more_of_a_measure_never_worsens_a_place(measures):
    better = measures.copy()
    unit = int(measures[0].argmin())
    better[0, unit] = measures[0].max()
    for method in ranking.NORMALISATIONS:
        for how in ranking.AGGREGATIONS:
            before, after = (
                ranking.rank_scores(ranking.aggregate(ranking.normalise(values, method), None, how))
                for values in (measures, better)
            )
            assert after[unit] < before[unit]


def test_ranks_are_those_of_scipy_turned_round():
    scores = np.random.default_rng(1).integers(0, 12, size=(5, 30)).astype(float)
    ranks = ranking.rank_scores(scores)
    for row, places in zip(scores, ranks, strict=True):
        assert places.tolist() == [1 + int((row > score).sum()) for score in row]


def test_effective_weights_are_shares_of_the_variance_of_the_score(measures):
    weights = np.array([0.5, 0.3, 0.2])
    score = weights @ measures
    parts = [
        weight * np.cov(row, score)[0, 1] / score.var(ddof=1)
        for weight, row in zip(weights, measures, strict=True)
    ]
    found = ranking.effective_weights(measures, weights)
    np.testing.assert_allclose(found, parts, atol=1e-12)
    assert found.sum() == pytest.approx(1, abs=1e-12)
    # of measures without correlation and of one spread, equal weights are equal in effect
    np.testing.assert_allclose(
        ranking.effective_weights([[1, 1, -1, -1], [1, -1, 1, -1]]), [0.5, 0.5], atol=1e-12
    )


def test_random_weights_are_uniform_over_all_mixtures():
    weights = ranking.draw_weights(3, 20_000, seed=3)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-12)
    # Dirichlet(1, 1, 1): mean 1/3, variance 1/18, each weight Beta(1, 2)
    np.testing.assert_allclose(weights.mean(axis=0), 1 / 3, atol=0.006)
    np.testing.assert_allclose(weights.var(axis=0), 1 / 18, atol=0.002)
    assert stats.kstest(weights[:, 0], stats.beta(1, 2).cdf).pvalue > 0.001


# ------------------------------------------------------------------------------------------------ shrinkage


@pytest.fixture
def rats():
    return pd.read_csv(ROOT / "tests" / "oracles" / "rat_tumours.csv")


def test_moments_of_the_rat_tumours_are_the_published_ones(rats):
    past, current = rats.iloc[:70], rats.iloc[70]
    prior = ranking.fit_prior(past["rats"], past["tumours"], method="moments")
    # Gelman et al., Bayesian Data Analysis, section 5.1: mean .136, s.d. .103, alpha 1.4, beta 8.6; 4 of 14 -> .223
    assert prior.mean == pytest.approx(0.136, abs=5e-4)
    spread = np.sqrt(prior.mean * (1 - prior.mean) / (prior.size + 1))
    assert spread == pytest.approx(0.103, abs=5e-4)
    assert (round(prior.alpha, 1), round(prior.beta, 1)) == (1.4, 8.6)
    current = [current["rats"]], [current["tumours"]]
    assert ranking.shrink_shares(*current, prior)[0] == pytest.approx(0.223, abs=5e-4)
    assert ranking.shrink_shares(*current, BetaPrior(1.4, 8.6))[0] == pytest.approx(0.225, abs=1e-9)


def test_analysis_of_variance_gives_the_prior_of_its_correlation(rats):
    prior = ranking.fit_prior(rats["rats"], rats["tumours"])
    correlation = intra_class_correlation(rats["rats"], rats["tumours"])
    assert 1 / (prior.size + 1) == pytest.approx(correlation, abs=1e-12)
    assert prior.mean == pytest.approx(ratio_of_sums(rats["rats"], rats["tumours"]), abs=1e-12)
    # raw shares differ by noise as well, which moments take for real
    assert prior.size > ranking.fit_prior(rats["rats"], rats["tumours"], "moments").size


def test_the_prior_that_made_the_shares_is_found_again():
    rng = np.random.default_rng(11)
    messages = rng.integers(5, 60, 4000)
    replies = rng.binomial(messages, rng.beta(1.2, 4.8, 4000))
    prior = ranking.fit_prior(messages, replies)
    assert prior.mean == pytest.approx(0.2, abs=0.01)
    assert prior.size == pytest.approx(6, abs=0.5)
    # units that do not differ are pulled together nearly entirely, and never the other way
    alike = ranking.fit_prior(messages, rng.binomial(messages, 0.3))
    assert 100 < alike.size < 10_000
    assert ranking.fit_prior([50, 50], [50, 0]).size == pytest.approx(0.05 / 0.95)


def test_small_units_are_moved_further_and_always_towards_the_mean():
    prior = BetaPrior(2, 8)
    shrunk = ranking.shrink_shares([0, 2, 20, 2000, 2], [0, 2, 20, 2000, 0], prior)
    assert shrunk[0] == pytest.approx(prior.mean)
    assert np.diff(shrunk[:4]).min() > 0
    assert shrunk[3] > 0.99
    assert 0 < shrunk[4] < prior.mean


def test_drawn_shares_have_the_mean_and_the_spread_of_their_beta_distribution():
    prior = BetaPrior(0.4, 1.6)
    messages, replies = np.array([12, 400, 30]), np.array([3, 80, 0])
    draws = ranking.draw_shares(messages, replies, prior, 20_000, seed=5)
    np.testing.assert_allclose(
        draws.mean(axis=0), ranking.shrink_shares(messages, replies, prior), atol=0.002
    )
    exact = stats.beta(replies + 0.4, messages - replies + 1.6).std()
    np.testing.assert_allclose(draws.std(axis=0), exact, rtol=0.03)


def test_limits_of_shares_are_those_of_the_single_interval():
    low, high = ranking.share_limits([10, 148, 7, 0], [10, 15, 0, 0])
    for place, (count, n) in enumerate([(10, 10), (15, 148), (0, 7)]):
        interval = wilson_interval(count, n)
        assert (low[place], high[place]) == pytest.approx((interval.low, interval.high), abs=1e-12)
    assert np.isnan([low[3], high[3]]).all()


# ------------------------------------------------------------------------------------------------ waits


def test_drawn_means_scatter_as_the_plug_in_standard_error_says():
    rng = np.random.default_rng(2)
    sizes = np.array([1, 12, 200])
    waits = rng.lognormal(1, 1, sizes.sum())
    drawn = ranking.resample_waits(waits, sizes, 8000, seed=4)
    own = np.split(waits, np.cumsum(sizes)[:-1])
    for unit, values in enumerate(own):
        assert drawn[:, unit].mean() == pytest.approx(values.mean(), rel=0.02)
        error = values.std(ddof=0) / np.sqrt(len(values))
        assert drawn[:, unit].std() == pytest.approx(error, rel=0.04, abs=1e-12)
    # one answer: no width at all, however little one answer says
    assert np.ptp(drawn[:, 0]) == 0


@pytest.mark.parametrize("size", [1, 2, 3, 6, 9])
def test_drawn_medians_come_as_often_as_from_whole_draws(size):
    waits = np.arange(1.0, size + 1) ** 2
    short = ranking.resample_waits(waits, [size], 20_000, seed=6, statistic="median")[:, 0]
    rng = np.random.default_rng(8)
    whole = np.median(waits[rng.integers(size, size=(20_000, size))], axis=1)
    values = np.union1d(short, whole)
    often = np.array([[(drawn == value).mean() for value in values] for drawn in (short, whole)])
    assert np.abs(often[0] - often[1]).max() < 0.02
    if size == 3:
        # the middle of three: at least two of three draws at or below it
        assert (short == 1).mean() == pytest.approx(7 / 27, abs=0.015)


def test_drawing_in_portions_changes_nothing(monkeypatch):
    waits = np.random.default_rng(0).random(50)
    whole = ranking.resample_waits(waits, [30, 20], 40, seed=1)
    assert whole.shape == (40, 2)
    monkeypatch.setattr(ranking, "_AT_A_TIME", 100)
    portions = ranking.resample_waits(waits, [30, 20], 40, seed=1)
    np.testing.assert_allclose(portions[:, 0].mean(), whole[:, 0].mean(), atol=0.05)
    assert len(np.unique(portions[:, 0])) > 30


# ------------------------------------------------------------------------------------------------ places


def draw_scores(truth, noise, rng, draws=400):
    """Give scores as measured, and draws around them, for units whose true score is known."""
    measured = truth + noise * rng.normal(size=len(truth))
    return measured, measured + noise * rng.normal(size=(draws, len(truth)))


def test_intervals_of_places_hold_the_true_places_about_as_often_as_they_say():
    rng = np.random.default_rng(12)
    inside, inside_pairs, all_inside = [], [], []
    for _ in range(60):
        truth = rng.normal(size=30)
        places = ranking.rank_scores(truth)
        scores, draws = draw_scores(truth, 0.2, rng)
        low, high = ranking.rank_limits(ranking.rank_scores(draws))
        inside.append((low <= places) & (places <= high))
        low, high = ranking.pairwise_rank_limits(scores, draws)
        inside_pairs.append((low <= places) & (places <= high))
        all_inside.append(inside_pairs[-1].all())
    assert 0.90 < np.mean(inside) < 0.99
    # of all 30 at once in 95 of 100 studies: nearly always for each by itself
    assert np.mean(inside_pairs) > 0.99
    assert np.mean(all_inside) > 0.9
    assert np.mean(np.all(inside, axis=1)) < np.mean(all_inside)


def test_less_noise_and_more_distance_make_intervals_shorter():
    rng = np.random.default_rng(13)
    truth = np.linspace(0, 3, 25)
    lengths = []
    for noise in (0.01, 0.2, 2.0):
        _, draws = draw_scores(truth, noise, rng)
        low, high = ranking.rank_limits(ranking.rank_scores(draws))
        lengths.append((high - low).mean())
    assert lengths[0] < 1 < lengths[1] < lengths[2]


def test_comparing_all_pairs_by_hand():
    # three units, errors of one size; the third is far below
    rng = np.random.default_rng(3)
    draws = np.array([1.0, 0.9, -5.0]) + 0.5 * rng.normal(size=(4000, 3))
    low, high = ranking.pairwise_rank_limits([1.0, 0.9, -5.0], draws)
    assert (low.tolist(), high.tolist()) == ([1, 1, 3], [2, 2, 3])
    # the same noise in all: nothing is open, whatever its size
    together = np.array([1.0, 0.9, -5.0]) + 50 * rng.normal(size=(4000, 1))
    low, high = ranking.pairwise_rank_limits([1.0, 0.9, -5.0], together)
    assert (low.tolist(), high.tolist()) == ([1, 2, 3], [1, 2, 3])


def test_the_limits_of_places_hold_the_share_of_draws_they_promise():
    draws = np.random.default_rng(4).normal(size=(999, 20))
    ranks = ranking.rank_scores(draws)
    low, high = ranking.rank_limits(ranks, 0.9)
    assert ((ranks >= low) & (ranks <= high)).mean(axis=0).min() >= 0.9
    # no unit is better than another: intervals reach over most places, and the chance of the top is its share
    assert (high - low).min() >= 15
    assert ranking.chance_of_top(ranks, 5).sum() == pytest.approx(5)
    np.testing.assert_allclose(ranking.chance_of_top(ranks, 5), 0.25, atol=0.06)


def test_a_tier_says_what_the_interval_allows_and_no_more():
    rng = np.random.default_rng(9)
    ends = np.sort(rng.integers(1, 41, size=(2, 40)), axis=0)
    tiers = ranking.assign_tiers(*ends)
    for low, high, tier in zip(*ends, tiers, strict=True):
        places = set(range(low, high + 1))
        assert (tier == 1) == (places <= set(range(1, 11)))
        assert (tier in (1, 2)) == (places <= set(range(1, 21)))
        assert (tier in (4, 5)) == (places <= set(range(21, 41)))
        assert (tier == 5) == (places <= set(range(31, 41)))
    turned = ranking.assign_tiers(41 - ends[1], 41 - ends[0])
    assert (turned == 6 - tiers).all()


def test_orders_that_agree_and_orders_turned_round():
    ranks = np.arange(1, 31)
    assert ranking.compare_orders(ranks, ranks) == pytest.approx((1, 10, 0, 0))
    turned = ranking.compare_orders(ranks, ranks[::-1])
    assert turned.spearman == pytest.approx(-1)
    assert (turned.in_both_tops, turned.largest_move) == (0, 29)


def test_rank_correlations_are_those_of_scipy_with_ties_too():
    rng = np.random.default_rng(15)
    several, one = rng.integers(1, 8, size=(6, 25)), rng.integers(1, 20, size=25)
    found = ranking.correlate_orders(several, one)
    for row, correlation in zip(several, found, strict=True):
        assert correlation == pytest.approx(stats.spearmanr(row, one).statistic, abs=1e-12)
    # Kendall & Gibbons, Rank Correlation Methods: Spearman's of ten in mathematics and music, -.103
    mathematics, music = [7, 4, 3, 10, 6, 2, 9, 8, 1, 5], [5, 7, 3, 10, 1, 9, 6, 2, 8, 4]
    assert ranking.correlate_orders([music], mathematics)[0] == pytest.approx(-0.103, abs=5e-4)


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ranking.normalise([1.0, 1.0, 1.0]), "do not differ"),
        (lambda: ranking.normalise([1.0, np.nan]), "missing or infinite"),
        (lambda: ranking.normalise([1.0]), "two units"),
        (lambda: ranking.normalise([1.0, 2.0], "softmax"), "unknown method"),
        (lambda: ranking.aggregate([[1.0, 2.0]], method="harmonic"), "unknown method"),
        (lambda: ranking.aggregate([[1.0, 2.0]], [-1.0]), "not negative"),
        (lambda: ranking.aggregate([[1.0, 2.0]], [0.5, 0.5]), "1 measures"),
        (lambda: ranking.effective_weights([[1, 2, 3], [3, 2, 1]]), "do not differ"),
        (lambda: ranking.leave_one_measure_out(1), "only measure"),
        (lambda: ranking.fit_prior([10, 10], [11, 0]), "from 0 to the messages"),
        (lambda: ranking.fit_prior([10, 10], [5, 5], "moments"), "do not differ"),
        (lambda: ranking.fit_prior([1, 1], [1, 0], "moments"), "further apart"),
        (lambda: ranking.fit_prior([10, 10], [1, 0], "guess"), "unknown method"),
        (lambda: ranking.resample_waits([1.0], [0, 1], 5, 1), "one or more"),
        (lambda: ranking.resample_waits([1.0], [1], 5, 1, "mode"), "unknown statistic"),
        (lambda: ranking.rank_limits([1, 2, 3]), "draws by units"),
        (lambda: ranking.rank_limits([[1, 2], [2, 1]], 95), "no level"),
        (lambda: ranking.pairwise_rank_limits([1.0], [[1, 2], [2, 1]]), "do not fit"),
        (lambda: ranking.assign_tiers([2], [1]), "best before the worst"),
        (lambda: ranking.compare_orders([1, 2], [1, 2, 3]), "different units"),
        (lambda: ranking.draw_weights(3, 0, 1), "nothing to draw"),
    ],
)
def test_what_has_no_answer_is_refused_with_the_reason(call, message):
    with pytest.raises(ValueError, match=message):
        call()
