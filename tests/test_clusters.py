"""Shares of messages that come in clusters: oracles from R and books, identities, signs, library traps."""

import doctest

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import ROOT
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.tools.sm_exceptions import SpecificationWarning

from roeptoeter.estimators import clusters
from roeptoeter.estimators.change import effective_number
from roeptoeter.estimators.decomposition import decompose_gap

ORACLES = ROOT / "tests" / "oracles"


def simulate(seed, units=300, growth=1.15, shift=0.6, absent=12, scale=1):
    """Draw two years of counts; a few units miss the one year, a few others the other, some are silent."""
    rng = np.random.default_rng(seed)
    mean = 130 * rng.gamma(0.75, 1 / 0.75, units)
    deviation = rng.multivariate_normal([0, 0], [[1, 0.75], [0.75, 1]], units) * 1.5
    before, after = rng.poisson(mean), rng.poisson(mean * growth)
    before[:absent], after[absent : 2 * absent] = 0, 0
    shares = 1 / (1 + np.exp(2.8 - deviation - np.array([0, shift])))
    before, after = before * scale, after * scale
    return (
        before,
        rng.binomial(before, shares[:, 0]),
        after,
        rng.binomial(after, shares[:, 1]),
    )


@pytest.fixture(scope="module")
def counts():
    return simulate(1)


@pytest.fixture(scope="module")
def multiplicities():
    return clusters.draw_multiplicities(300, 2000, seed=2)


def test_the_examples_hold():
    assert doctest.testmod(clusters).failed == 0


# --- oracles -------------------------------------------------------------------------------------


def test_the_ratio_of_the_cities_and_its_linearised_variance():
    # R boot; Davison and Hinkley (1997)
    city = pd.read_csv(ORACLES / "city.csv")
    assert clusters.ratio_of_sums(city["u"], city["x"]) == pytest.approx(1.5203125, abs=1e-8)
    squares = (clusters.linearise_ratio(city["u"], city["x"]) ** 2).sum()
    assert squares == pytest.approx(0.0324877337, abs=1e-8)


def test_resampling_the_cities_gives_the_bias_and_the_error_of_the_book():
    city = pd.read_csv(ORACLES / "city.csv")
    drawn = clusters.resample_ratios(
        city["u"], city["x"], clusters.draw_multiplicities(10, 20_000, seed=3)
    )
    assert drawn.mean() - 1.5203125 == pytest.approx(0.039, abs=0.006)
    assert drawn.std(ddof=1) == pytest.approx(0.222, abs=0.006)


def test_the_mean_of_the_school_districts_has_the_error_that_r_survey_gives():
    schools = pd.read_csv(ORACLES / "apiclus1.csv")
    districts = schools.groupby("dnum")["api00"].agg(["size", "sum"])
    mean = clusters.ratio_of_sums(districts["size"], districts["sum"])
    z = clusters.linearise_ratio(districts["size"], districts["sum"])
    error = np.sqrt((1 - 15 / 757) * 15 / 14 * (z**2).sum())
    assert mean == pytest.approx(644.1694, abs=1e-3)
    assert error == pytest.approx(23.54224, abs=1e-3)
    ratio = clusters.ratio_of_sums(schools["enroll"], schools["api.stu"])
    assert ratio == pytest.approx(0.849708742, abs=1e-8)


@pytest.fixture(scope="module")
def herds():
    """Cases and animals by period (columns) and herd (rows), 0 where a herd was not looked at."""
    cattle = pd.read_csv(ORACLES / "cbpp.csv")
    tables = cattle.pivot_table(
        index="herd", columns="period", values=["size", "incidence"], fill_value=0
    )
    return cattle, tables["size"].to_numpy().T, tables["incidence"].to_numpy().T


def test_linearisation_is_the_cluster_robust_error_of_a_logistic_regression(herds):
    # R stats and sandwich, herd as cluster, without correction: intercept, then periods 2 to 4
    _, animals, cases = herds
    share = clusters.ratio_of_sums(animals, cases)
    # the derivative of the logit turns errors of a share into errors of a log-odds
    z = clusters.linearise_ratio(animals, cases) / (share * (1 - share))[:, np.newaxis]
    errors = np.sqrt(((z - np.array([0 * z[0], *[z[0]] * 3])) ** 2).sum(axis=1))
    expected = [0.275026065, 0.439569643, 0.495650089, 0.387960892]
    assert errors == pytest.approx(expected, abs=1e-6)


def test_the_correction_is_that_of_r_and_not_that_of_statsmodels(herds):
    # the trap: statsmodels multiplies by (n - 1) / (n - k) as well
    cattle, animals, cases = herds
    design = sm.add_constant(pd.get_dummies(cattle["period"], drop_first=True, dtype=float))
    model = sm.GLM(
        cattle["incidence"] / cattle["size"],
        design,
        family=sm.families.Binomial(),
        var_weights=cattle["size"],
    )
    # it warns that weights are not fully supported; the numbers are right all the same
    with pytest.warns(SpecificationWarning, match="var_weights"):
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": cattle["herd"]})
    by_r = np.array([0.284679023, 0.454997807, 0.513046584, 0.401577675])
    assert fit.bse.to_numpy() == pytest.approx(by_r * np.sqrt(55 / 52), abs=1e-6)

    ours = clusters.change_variance(animals[0], cases[0], animals[1], cases[1])
    slopes = np.array([-1, 1]) * [
        share * (1 - share) for share in clusters.ratio_of_sums(animals[:2], cases[:2])
    ]
    # log-odds of period 2 are the intercept plus its term
    to_odds = np.array([[1, 0, 0, 0], [1, 1, 0, 0]])
    theirs = slopes @ to_odds @ fit.cov_params().to_numpy() @ to_odds.T @ slopes
    assert ours == pytest.approx(theirs / (55 / 52), rel=1e-6)
    assert abs(ours / theirs - 1) > 0.05


def test_the_change_has_the_error_of_a_binomial_regression_on_the_year(counts):
    messages = np.concatenate([counts[0], counts[2]])
    replies = np.concatenate([counts[1], counts[3]])
    unit, year = np.tile(np.arange(300), 2), np.repeat([0.0, 1.0], 300)
    sent = messages > 0
    model = sm.GLM(
        replies[sent] / messages[sent],
        sm.add_constant(year[sent]),
        family=sm.families.Binomial(),
        var_weights=messages[sent],
    )
    # it warns that weights are not fully supported; the numbers are right all the same
    with pytest.warns(SpecificationWarning, match="var_weights"):
        fit = model.fit(
            cov_type="cluster", cov_kwds={"groups": unit[sent], "use_correction": False}
        )
    shares = fit.family.link.inverse(np.array([fit.params[0], fit.params.sum()]))
    slope = shares * (1 - shares)
    gradient = np.array([slope[1] - slope[0], slope[1]])
    assert shares[1] - shares[0] == pytest.approx(clusters.change_of_ratios(*counts), abs=1e-9)
    variance = gradient @ fit.cov_params() @ gradient
    assert clusters.change_variance(*counts) * 299 / 300 == pytest.approx(variance, rel=1e-6)


def test_likeness_within_units_is_that_of_an_analysis_of_variance(counts):
    messages, replies = counts[2], counts[3]
    groups = [
        np.repeat([1.0, 0.0], [yes, all_of_it - yes])
        for all_of_it, yes in zip(messages, replies, strict=True)
        if all_of_it
    ]
    f = stats.f_oneway(*groups).statistic
    sizes = messages[messages > 0]
    size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(sizes) - 1)
    found = clusters.intra_class_correlation(messages, replies)
    assert found == pytest.approx((f - 1) / (f - 1 + size), rel=1e-9)


def test_likeness_within_units_recovers_the_one_that_made_them():
    rng = np.random.default_rng(4)
    messages = rng.integers(5, 200, 4000)
    alike = 0.2  # a beta-binomial with mean 0.3
    shares = rng.beta(0.3 * (1 / alike - 1), 0.7 * (1 / alike - 1), 4000)
    found = clusters.intra_class_correlation(messages, rng.binomial(messages, shares))
    assert found == pytest.approx(alike, abs=0.015)
    unlike = clusters.intra_class_correlation(messages, rng.binomial(messages, 0.3))
    assert unlike == pytest.approx(0, abs=0.002)


def test_the_design_effect_is_that_of_the_variance_where_units_are_equally_large():
    rng = np.random.default_rng(5)
    messages = np.full(2000, 40)
    replies = rng.binomial(messages, rng.beta(1.2, 2.8, 2000))
    share = replies.sum() / messages.sum()
    clustered = (clusters.linearise_ratio(messages, replies) ** 2).sum()
    independent = share * (1 - share) / messages.sum()
    assert clusters.design_effect(messages, replies) == pytest.approx(
        clustered / independent, rel=0.005
    )


# --- identities ----------------------------------------------------------------------------------


def test_the_parts_add_up_to_the_change_with_entry_and_exit(counts):
    parts = clusters.decompose_change(*counts)
    assert abs(parts.entry) > 1e-4
    assert abs(parts.exit) > 1e-4
    assert sum(parts[:4]) == pytest.approx(parts.total, abs=1e-12)
    assert parts.total == pytest.approx(clusters.change_of_ratios(*counts), abs=1e-12)


def test_the_parts_are_the_sums_of_the_formula_unit_by_unit(counts):
    m1, r1, m2, r2 = counts
    level = (r1.sum() / m1.sum() + r2.sum() / m2.sum()) / 2
    within = composition = entry = leaving = 0
    for a, b, c, d in zip(m1, r1, m2, r2, strict=True):
        w1, w2 = a / m1.sum(), c / m2.sum()
        if a and c:
            within += (w1 + w2) / 2 * (d / c - b / a)
            composition += (w2 - w1) * ((b / a + d / c) / 2 - level)
        elif c:
            entry += w2 * (d / c - level)
        elif a:
            leaving -= w1 * (b / a - level)
    parts = clusters.decompose_change(*counts)
    assert parts[:4] == pytest.approx((within, composition, entry, leaving), abs=1e-12)


def test_with_the_same_units_in_both_years_the_parts_are_kitagawas():
    m1, r1, m2, r2 = simulate(6, units=80, absent=0)
    there = (m1 > 0) & (m2 > 0)
    m1, r1, m2, r2 = (array[there] for array in (m1, r1, m2, r2))
    gap = decompose_gap(m1 / m1.sum(), r1 / m1, m2 / m2.sum(), r2 / m2)
    parts = clusters.decompose_change(m1, r1, m2, r2)
    assert (parts.within, parts.composition) == pytest.approx((gap.rate, gap.composition))
    assert (parts.entry, parts.exit) == (0, 0)


def test_the_parts_of_every_draw_add_up(counts, multiplicities):
    drawn = clusters.resample_parts(*counts, multiplicities)
    assert sum(drawn[:4]) == pytest.approx(drawn.total, abs=1e-12)
    changes = clusters.resample_changes(*counts, multiplicities).changes
    assert drawn.total == pytest.approx(changes, abs=1e-12)


def test_linearised_contributions_add_up_to_nothing(counts):
    for messages, replies in (counts[:2], counts[2:]):
        z = clusters.linearise_ratio(messages, replies)
        assert z.sum() == pytest.approx(0, abs=1e-14)
        assert np.abs(z).max() > 1e-4


def test_ten_times_the_messages_leave_the_cluster_intervals_and_shrink_the_naive_one(
    counts, multiplicities
):
    tenfold = [10 * array for array in counts]
    assert clusters.change_variance(*tenfold) == pytest.approx(clusters.change_variance(*counts))
    assert clusters.bootstrap_limits(*tenfold, multiplicities) == pytest.approx(
        clusters.bootstrap_limits(*counts, multiplicities)
    )
    naive = clusters.message_variance(*tenfold) / clusters.message_variance(*counts)
    assert naive == pytest.approx(1 / 10)


def test_ten_times_the_messages_sent_anew_hardly_move_the_cluster_interval():
    # not the same counts tenfold, but accounts that send ten times as much and reply as they do
    once, tenfold = simulate(7), simulate(7, scale=10)
    errors = [np.sqrt(clusters.change_variance(*counts)) for counts in (once, tenfold)]
    assert errors[1] / errors[0] == pytest.approx(1, abs=0.05)


def test_a_unit_taken_for_two_moves_only_its_own_parts_into_entry_and_exit(counts):
    # what an overlooked merger does: one unit becomes one that goes and one that comes
    stays = int(np.flatnonzero((counts[0] > 50) & (counts[2] > 50))[0])
    split = [np.append(array, 0) for array in counts]
    for array in split[2:]:
        array[-1], array[stays] = array[stays], 0
    linked, unlinked = clusters.decompose_change(*counts), clusters.decompose_change(*split)
    assert unlinked.total == pytest.approx(linked.total, abs=1e-15)

    m1, r1, m2, r2 = (array[stays] for array in counts)
    w1, w2 = m1 / counts[0].sum(), m2 / counts[2].sum()
    level = (clusters.ratio_of_sums(*counts[:2]) + clusters.ratio_of_sums(*counts[2:])) / 2
    moved = [new - old for old, new in zip(linked, unlinked, strict=True)]
    assert moved[2:4] == pytest.approx([w2 * (r2 / m2 - level), -w1 * (r1 / m1 - level)])
    assert moved[0] == pytest.approx(-(w1 + w2) / 2 * (r2 / m2 - r1 / m1))
    assert moved[0] + moved[1] == pytest.approx(-(moved[2] + moved[3]), abs=1e-12)


def test_units_that_come_together_or_apart_from_nothing_move_nothing(counts):
    # the first twelve are all new: as one unit they are the same entry
    joined = [np.append(array[:12].sum(), array[12:]) for array in counts]
    assert clusters.decompose_change(*joined) == pytest.approx(
        clusters.decompose_change(*counts), abs=1e-15
    )


def test_silent_units_change_neither_the_change_nor_its_parts(counts):
    more = [np.append(array, np.zeros(5)) for array in counts]
    assert clusters.decompose_change(*more) == pytest.approx(clusters.decompose_change(*counts))
    ratio = clusters.change_variance(*more) / clusters.change_variance(*counts)
    assert ratio == pytest.approx((305 / 304) / (300 / 299))


def test_leaving_one_out_is_computing_it_again_without(counts):
    without = clusters.leave_one_out(*counts)
    for unit in (0, 20, 100):
        rest = [np.delete(array, unit) for array in counts]
        assert without[unit] == pytest.approx(clusters.change_of_ratios(*rest), abs=1e-14)


def test_without_the_only_sender_of_a_year_there_is_no_change():
    without = clusters.leave_one_out([5, 5], [1, 2], [0, 7], [0, 3])
    assert np.isnan(without[1])
    assert without[0] == pytest.approx(3 / 7 - 2 / 5)


def test_equal_weights_give_the_mean_of_the_shares(counts):
    messages, replies = counts[:2]
    enough = messages >= 10
    mean = (replies[enough] / messages[enough]).mean()
    weighted = clusters.weigh_equally(messages, replies, 10)
    assert clusters.ratio_of_sums(*weighted) == pytest.approx(mean, abs=1e-15)
    assert weighted[0].sum() == enough.sum()
    # and the linearised error of such a mean is the textbook one, but for the factor G / (G - 1)
    z = clusters.linearise_ratio(*weighted)
    deviation = (replies[enough] / messages[enough]).std(ddof=0)
    assert (z**2).sum() == pytest.approx(deviation**2 / enough.sum())


def test_the_draws_are_those_of_the_formula_written_out(counts, multiplicities):
    m1, r1, m2, r2 = counts
    few = multiplicities[:50]
    s_m1, s_r1, s_m2, s_r2 = (few @ array for array in counts)
    before, after = s_r1 / s_m1, s_r2 / s_m2
    z = (r2 - after[:, None] * m2) / s_m2[:, None] - (r1 - before[:, None] * m1) / s_m1[:, None]
    error = np.sqrt((few * z**2).sum(axis=1))
    drawn = clusters.resample_changes(*counts, few)
    assert drawn.changes == pytest.approx(after - before, abs=1e-14)
    t = (after - before - clusters.change_of_ratios(*counts)) / error
    assert drawn.t == pytest.approx(t, abs=1e-10)


def test_the_draws_spread_as_the_linearised_error_says(counts, multiplicities):
    drawn = clusters.resample_changes(*counts, multiplicities).changes
    error = np.sqrt(clusters.change_variance(*counts))
    assert drawn.std(ddof=1) == pytest.approx(error, rel=0.1)
    interval = clusters.linearised_change(*counts)
    for method in ("percentile", "bootstrap-t"):
        drawn = clusters.bootstrap_change(*counts, multiplicities, method=method)
        assert drawn.value == interval.value
        assert drawn.high - drawn.low == pytest.approx(interval.high - interval.low, rel=0.15)


def test_the_bootstrap_t_interval_puts_the_quantiles_the_other_way_round(counts, multiplicities):
    limits = clusters.bootstrap_limits(*counts, multiplicities)
    t = clusters.resample_changes(*counts, multiplicities).t
    error = np.sqrt(clusters.change_variance(*counts) * 299 / 300)
    change = clusters.change_of_ratios(*counts)
    assert limits.studentised_low == pytest.approx(change - np.quantile(t, 0.975) * error)
    assert limits.studentised_high == pytest.approx(change - np.quantile(t, 0.025) * error)


def test_draws_take_every_unit_as_often_as_chance_has_it():
    drawn = clusters.draw_multiplicities(20, 5000, seed=8)
    assert (drawn.sum(axis=1) == 20).all()
    assert drawn.mean(axis=0) == pytest.approx(np.ones(20), abs=0.07)
    # of a multinomial: variance 1 - 1/G, covariance -1/G
    assert drawn.var(axis=0).mean() == pytest.approx(19 / 20, abs=0.02)
    assert (drawn == clusters.draw_multiplicities(20, 5000, seed=8)).all()
    assert (drawn != clusters.draw_multiplicities(20, 5000, seed=9)).any()


def test_many_studies_at_once_are_each_alone(multiplicities):
    studies = [simulate(seed) for seed in (10, 11, 12)]
    stacked = [np.stack(arrays) for arrays in zip(*studies, strict=True)]
    limits = clusters.bootstrap_limits(*stacked, multiplicities)
    parts = clusters.decompose_change(*stacked)
    drawn = clusters.resample_parts(*stacked, multiplicities)
    for place, study in enumerate(studies):
        alone = clusters.bootstrap_limits(*study, multiplicities)
        assert [ends[place] for ends in limits] == pytest.approx(alone)
        assert [part[place] for part in parts] == pytest.approx(clusters.decompose_change(*study))
        alone = clusters.resample_parts(*study, multiplicities)
        assert drawn.within[place] == pytest.approx(alone.within)
        for compute in (
            clusters.change_variance, clusters.message_variance, clusters.change_of_ratios,
            clusters.leave_one_out,
        ):  # fmt: skip
            assert compute(*stacked)[place] == pytest.approx(compute(*study), nan_ok=True)
        for compute in (clusters.intra_class_correlation, clusters.design_effect):
            assert compute(*stacked[2:])[place] == pytest.approx(compute(*study[2:]))
        shares = clusters.weigh_equally(*stacked[:2], 10)
        assert (shares[1][place] == clusters.weigh_equally(*study[:2], 10)[1]).all()


# --- signs and sizes -----------------------------------------------------------------------------


def test_swapping_the_years_turns_every_sign(counts, multiplicities):
    back = (*counts[2:], *counts[:2])
    here, there = clusters.decompose_change(*counts), clusters.decompose_change(*back)
    assert there.total == pytest.approx(-here.total)
    assert (there.within, there.composition) == pytest.approx((-here.within, -here.composition))
    assert (there.entry, there.exit) == pytest.approx((-here.exit, -here.entry))
    assert clusters.check_change(*back).z == pytest.approx(-clusters.check_change(*counts).z)
    assert clusters.leave_one_out(*back) == pytest.approx(-clusters.leave_one_out(*counts))
    forward = clusters.bootstrap_limits(*counts, multiplicities)
    backward = clusters.bootstrap_limits(*back, multiplicities)
    assert backward == pytest.approx(
        (-forward[1], -forward[0], -forward[3], -forward[2]), abs=1e-12
    )


def test_more_replies_after_are_a_rise_and_within(counts):
    m1, r1, _, _ = counts
    more = clusters.decompose_change(m1, r1, m1, np.minimum(r1 + m1 // 10, m1))
    assert more.total > 0.05
    assert more.within == pytest.approx(more.total)
    assert clusters.check_change(m1, r1, m1, np.minimum(r1 + m1 // 10, m1)).z > 3


def test_more_messages_of_those_who_reply_are_composition():
    parts = clusters.decompose_change([100, 100], [80, 0], [300, 100], [240, 0])
    assert parts.composition == pytest.approx(parts.total)
    assert parts.total == pytest.approx(0.2)


def test_who_comes_with_many_replies_and_goes_with_few_raises_the_share():
    parts = clusters.decompose_change([100, 50, 0], [20, 0, 0], [100, 0, 50], [20, 0, 50])
    assert parts.entry > 0
    assert parts.exit > 0


def test_pairing_pays_where_units_stay_as_they_are(counts):
    paired = clusters.change_variance(*counts)
    assert paired < 0.6 * clusters.change_variance(*counts, paired=False)
    unrelated = (*counts[:2], *(np.roll(array, 100) for array in counts[2:]))
    ratio = clusters.change_variance(*unrelated) / clusters.change_variance(
        *unrelated, paired=False
    )
    assert ratio == pytest.approx(1, abs=0.25)


def test_the_message_level_variance_is_that_of_the_textbook(counts):
    low, high = confint_proportions_2indep(
        counts[3].sum(), counts[2].sum(), counts[1].sum(), counts[0].sum(), method="wald"
    )
    half = stats.norm.ppf(0.975) * np.sqrt(clusters.message_variance(*counts))
    assert (high - low) / 2 == pytest.approx(half, rel=1e-6)
    assert clusters.change_variance(*counts) > 10 * clusters.message_variance(*counts)


def test_the_test_is_the_interval_that_just_touches_zero(counts):
    test = clusters.check_change(*counts)
    interval = clusters.linearised_change(*counts, confidence=1 - test.p_value)
    assert interval.low == pytest.approx(0, abs=1e-9)


def test_every_interval_names_its_estimand_and_its_kind(counts, multiplicities):
    estimates = [
        clusters.linearised_change(*counts, estimand="a change"),
        clusters.bootstrap_change(*counts, multiplicities, estimand="a change"),
    ]
    for estimate in estimates:
        assert (estimate.estimand, estimate.interval_kind) == ("a change", "superpopulation")
        assert (estimate.unit, estimate.n, estimate.confidence) == ("share", 300, 0.95)
    parts = clusters.bootstrap_parts(*counts, multiplicities)
    assert list(parts) == list(clusters.ChangeParts._fields)
    assert all(part.low < part.value < part.high for part in parts.values())


def test_few_units_that_decide_are_seen_by_their_effective_number():
    messages = np.array([900] + [1] * 100)
    assert effective_number(messages) < 1.3
    drawn = clusters.draw_multiplicities(101, 500, seed=1)
    replies = np.array([450] + [0] * 100)
    # one draw in three leaves the large one out; the interval reaches from nothing to all of its change
    change = messages, replies * 0, messages, replies
    limits = clusters.bootstrap_limits(*change, drawn)
    assert limits.percentile_low == pytest.approx(0, abs=1e-12)
    assert limits.percentile_high > 0.4
    # and in the others it is nearly alone: those draws have no spread to be studentised with
    assert np.isnan(limits.studentised_low)
    with pytest.raises(ValueError, match="too few units decide"):
        clusters.bootstrap_change(*change, drawn, method="bootstrap-t")


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("messages", "replies", "reason"),
    [
        ([1, 2], [1], "different units"),
        ([1, -2], [0, 0], "not negative"),
        ([1, np.nan], [0, 0], "numbers"),
        ([0, 0], [0, 0], "no messages"),
        ([1, 0], [0, 1], "without messages"),
    ],
)
def test_counts_that_are_none_are_refused(messages, replies, reason):
    with pytest.raises(ValueError, match=reason):
        clusters.ratio_of_sums(messages, replies)


def test_what_cannot_be_said_is_refused(counts, multiplicities):
    alike = ([10, 20], [1, 2], [10, 20], [2, 4])
    with pytest.raises(ValueError, match="nothing to test"):
        clusters.check_change([10, 20], [5, 10], [10, 20], [5, 10])
    with pytest.raises(ValueError, match="one unit alone"):
        clusters.change_variance([10], [1], [10], [2])
    with pytest.raises(ValueError, match="do not fit"):
        clusters.resample_changes(*alike, multiplicities)
    with pytest.raises(ValueError, match="a year without messages"):
        clusters.bootstrap_change([5, 0], [1, 0], [5, 5], [1, 2], np.array([[0, 2], [1, 1]]))
    with pytest.raises(ValueError, match="unknown method"):
        clusters.bootstrap_change(*counts, multiplicities, method="BCa")
    with pytest.raises(ValueError, match="at least one message"):
        clusters.weigh_equally([1], [1], 0)
    with pytest.raises(ValueError, match="two units"):
        clusters.intra_class_correlation([5], [1])
    with pytest.raises(ValueError, match="all messages are alike"):
        clusters.intra_class_correlation([5, 5], [5, 5])
    with pytest.raises(ValueError, match="nothing to draw"):
        clusters.draw_multiplicities(0, 10, seed=1)
    with pytest.raises(ValueError, match="no level"):
        clusters.bootstrap_limits(*counts, multiplicities, confidence=95)
