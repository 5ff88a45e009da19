"""Waits: Kaplan and Meier, restricted means, what a mean implies, and draws of whole clusters."""

import doctest
import math

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from statsmodels.duration.hazard_regression import PHReg

from roeptoeter.estimators import survival
from roeptoeter.estimators.survival import (
    ClusterDraws,
    bound_median,
    check_zero,
    compare_survival,
    estimate_from_draws,
    estimate_survival,
    find_quantile,
    find_survival_quantile,
    naive_mean,
    read_survival,
    restrict_mean,
    solve_lognormal,
)

ORACLES = ROOT / "tests" / "oracles"


@pytest.fixture(scope="module")
def gehan():
    return pd.read_csv(ORACLES / "gehan.csv")


@pytest.fixture(scope="module")
def treated(gehan):
    arm = gehan[gehan["treat"] == "6-MP"]
    return estimate_survival(arm["time"], arm["cens"] == 1)


@pytest.fixture(scope="module")
def clustered():
    """Waits whose accounts differ a lot: 60 accounts, some with many questions."""
    rng = np.random.default_rng(11)
    accounts = np.repeat(np.arange(60), rng.integers(1, 60, 60))
    waits = np.exp(rng.normal(1, 1, 60)[accounts] + rng.normal(0, 0.5, len(accounts)))
    return waits, accounts


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(survival).failed == 0


# Kaplan and Meier --------------------------------------------------------------------------------


def test_kaplan_meier_of_the_remission_times(treated):
    # R 4.2.2, survival; Freireich et al. (1963)
    assert treated["time"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    np.testing.assert_allclose(
        treated["survival_share"],
        [0.857142857, 0.806722689, 0.752941176, 0.690196078, 0.627450980, 0.537815126, 0.448179272],
        atol=1e-8,
    )
    np.testing.assert_allclose(
        treated["standard_error"],
        [
            0.0763603548, 0.0869352852, 0.0963496530, 0.1068147078, 0.1140538653, 0.1282337517,
            0.1345914568,
        ],
        atol=1e-8,
    )  # fmt: skip
    assert find_survival_quantile(treated) == 23
    assert find_survival_quantile(treated, 0.9) == math.inf


def test_restricted_mean_of_the_remission_times(treated):
    # R 4.2.2, survival
    mean, error = restrict_mean(treated, 20)
    assert mean == pytest.approx(16.11652661, abs=1e-6)
    assert error == pytest.approx(1.25156020, abs=1e-6)


@pytest.mark.parametrize(
    ("arm", "mean", "error"), [(1, 7.14649300, 0.28277485), (0, 7.283415761, 0.295478092)]
)
def test_restricted_mean_of_the_liver_trial(arm, mean, error):
    # R 4.2.2, survival; the vignette of survRM2 prints 7.146 and 7.283
    trial = pd.read_csv(ORACLES / "pbc.csv")
    trial = trial[trial["arm"] == arm]
    found = restrict_mean(estimate_survival(trial["t"], trial["d"] == 1), 10)
    assert found == pytest.approx((mean, error), abs=1e-6)


def test_log_rank_of_the_remission_times(gehan):
    # R 4.2.2, survival
    chi_squared, p_value = compare_survival(gehan["time"], gehan["cens"], gehan["treat"])
    assert chi_squared == pytest.approx(16.793, abs=1e-3)
    assert p_value == pytest.approx(stats.chi2.sf(16.793, 1), rel=1e-3)
    with pytest.raises(ValueError, match="two groups"):
        compare_survival([1, 2], [1, 1], ["a", "a"])


def test_without_censoring_everything_is_the_plain_sample():
    waits = np.random.default_rng(2).lognormal(1, 1, 301)
    curve = estimate_survival(waits, np.ones(301, dtype=bool))
    times = np.array([0.0, 0.5, 2, 5, 1000])
    np.testing.assert_allclose(read_survival(curve, times), (waits > times[:, None]).mean(axis=1))
    assert find_survival_quantile(curve) == np.sort(waits)[150] == find_quantile(waits)
    mean, error = restrict_mean(curve, 5)
    kept = np.minimum(waits, 5)
    assert mean == pytest.approx(kept.mean())
    # the plug-in variance of a plain mean, which the formula reduces to
    assert error == pytest.approx(kept.std() / math.sqrt(301), rel=1e-9)


def test_the_restricted_mean_of_all_that_is_there_is_the_mean():
    assert restrict_mean(estimate_survival([1, 2, 6], [1, 1, 1]), 6) == pytest.approx(
        (3, math.sqrt(14 / 9))
    )
    with pytest.raises(ValueError, match="horizon"):
        restrict_mean(estimate_survival([1], [1]), 0)


def test_questions_left_open_lengthen_the_wait(treated):
    waits = np.arange(1.0, 101)
    closed = estimate_survival(waits, np.ones(100, dtype=bool))
    half_open = estimate_survival(waits, waits % 2 == 0)
    assert find_survival_quantile(half_open) > find_survival_quantile(closed)
    assert restrict_mean(half_open, 50)[0] > restrict_mean(closed, 50)[0]
    assert restrict_mean(treated, 20)[0] > restrict_mean(treated, 10)[0]


def test_a_curve_of_nothing_but_open_questions_stays_up():
    curve = estimate_survival([5.0, 7.0], [False, False])
    assert curve.empty
    assert read_survival(curve, [1, 10]).tolist() == [1, 1]
    assert find_survival_quantile(curve) == math.inf
    assert restrict_mean(curve, 4) == (4, 0)


@pytest.mark.parametrize("durations", [[], [-1.0], [math.nan]])
def test_durations_that_are_none_are_refused(durations):
    with pytest.raises(ValueError, match="durations"):
        estimate_survival(durations, [True] * len(durations))


# Proportional hazards: what the library does, and why it is not offered ----------------------------


def test_ties_move_the_hazard_ratio(gehan):
    # R 4.2.2, survival: the two ways to treat ties
    control = (gehan["treat"] == "control").to_numpy(dtype=float)
    for ties, expected in (("breslow", 1.50919141), ("efron", 1.57212515)):
        fitted = PHReg(gehan["time"], control, status=gehan["cens"], ties=ties).fit()
        assert fitted.params[0] == pytest.approx(expected, abs=1e-4)


def test_robust_errors_hold_with_breslow_ties_and_not_with_efron(gehan):
    """With Efron's ties the library leaves them out of its score residuals: never use the two together."""
    control = (gehan["treat"] == "control").to_numpy(dtype=float)
    time, event = gehan["time"].to_numpy(), gehan["cens"].to_numpy() == 1

    def sandwich(beta, ties):
        # score residuals as of Lin and Wei (1989); Efron's share the risk of those that go together
        risk = np.exp(beta * control)
        residuals, information = np.zeros(len(time)), 0.0
        for moment in np.unique(time[event]):
            events = (time == moment) & event
            residuals[events] += control[events]
            for passed in range(events.sum()):
                gone = passed / events.sum() if ties == "efron" else 0.0
                weights = np.where(events, 1 - gone, time >= moment)
                total = (weights * risk).sum()
                mean = (weights * risk * control).sum() / total
                residuals[events] -= mean / events.sum()
                residuals -= weights * risk * (control - mean) / total
                information += mean * (1 - mean)
        by_pair = pd.Series(residuals).groupby(gehan["pair"]).sum()
        return math.sqrt((by_pair**2).sum()) / information

    for ties, is_right in (("breslow", True), ("efron", False)):
        fitted = PHReg(time, control, status=event, ties=ties).fit(groups=gehan["pair"].to_numpy())
        expected = sandwich(fitted.params[0], ties)
        assert fitted.bse[0] == pytest.approx(expected, rel=0.05)
        assert (fitted.bse[0] == pytest.approx(expected, rel=1e-5)) == is_right
    sources = (ROOT / "src" / "roeptoeter").rglob("*.py")
    assert not [path for path in sources if "PHReg" in path.read_text(encoding="utf-8")]


# What a mean implies -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mean", "scale", "median", "ninetieth", "above"),
    [(24, 1.99, 3.3, 42, 0.16), (21, 1.93, 3.3, 39, 0.17), (19, None, 3.2, 36, None)],
)
def test_a_mean_and_a_share_in_time_fix_a_lognormal(mean, scale, median, ninetieth, above):
    wait = solve_lognormal(mean, 0.40, 2)
    assert wait.mean == pytest.approx(mean)
    assert wait.share_within(2) == pytest.approx(0.40)
    assert round(wait.median, 1) == median
    assert round(wait.quantile(0.9)) == ninetieth
    if scale:
        assert round(wait.scale, 2) == scale
        assert round(1 - wait.share_within(mean), 2) == above


@given(share=st.floats(0.01, 0.99), within=st.floats(0.1, 10), longer=st.floats(1.01, 100))
@settings(max_examples=60, deadline=None)
def test_the_implied_lognormal_gives_back_what_it_was_made_from(share, within, longer):
    wait = solve_lognormal(within * longer, share, within)
    assert wait.scale > 0
    assert wait.mean == pytest.approx(within * longer, rel=1e-6)
    assert wait.share_within(within) == pytest.approx(share, rel=1e-6)
    assert wait.quantile(0.5) == pytest.approx(wait.median)
    low, high = bound_median(within * longer, share, within)
    assert low * (1 - 1e-9) <= wait.median <= high * (1 + 1e-9)


def test_more_answers_in_time_mean_a_shorter_median_at_the_same_mean():
    medians = [solve_lognormal(24, share, 2).median for share in (0.2, 0.3, 0.4, 0.5)]
    assert medians == sorted(medians, reverse=True)
    assert medians[-1] == pytest.approx(2)
    tails = [1 - solve_lognormal(24, share, 2).share_within(72) for share in (0.2, 0.4)]
    assert tails[1] > tails[0] * 0.5


@pytest.mark.parametrize(("mean", "share", "within"), [(24, 0, 2), (24, 1, 2), (2, 0.4, 2)])
def test_what_fixes_no_lognormal_is_refused(mean, share, within):
    with pytest.raises(ValueError, match="lognormal"):
        solve_lognormal(mean, share, within)


def test_the_bounds_of_the_median_are_reached():
    low, high = bound_median(24, 0.40, 2)
    worst = np.repeat([0.0, 2.0, high], [40, 10, 50])
    assert worst.mean() == pytest.approx(24)
    assert np.median(np.append(worst, high)) == high
    assert low == 2
    assert bound_median(24, 0.5, 2) == (0, 2)
    with pytest.raises(ValueError, match="nothing"):
        bound_median(1, 0.4, 2)


# Draws of clusters -------------------------------------------------------------------------------


def test_draws_reproduce_what_drawing_rows_by_hand_gives(clustered):
    waits, accounts = clustered
    draws = ClusterDraws(accounts, draws=7, seed=5)
    few = waits < 3
    means, some = draws.means(waits), draws.means(waits, where=few)
    median, ninetieth = draws.quantiles(waits, [0.5, 0.9])
    of_some = draws.quantiles(waits, [0.5], where=few)[0]
    by_account, medians = (
        draws.means_of_cluster_means(waits),
        draws.medians_of_cluster_medians(waits),
    )
    for number, times in enumerate(draws.multiplicities.astype(int)):
        repeats = times[accounts]
        rows, kept = np.repeat(waits, repeats), np.repeat(waits[few], repeats[few])
        assert means[number] == pytest.approx(rows.mean())
        assert some[number] == pytest.approx(kept.mean())
        assert median[number] == find_quantile(rows)
        assert ninetieth[number] == find_quantile(rows, 0.9)
        assert of_some[number] == find_quantile(kept)
        groups = [waits[accounts == account] for account in np.repeat(np.arange(60), times)]
        assert by_account[number] == pytest.approx(np.mean([group.mean() for group in groups]))
        assert medians[number] == find_quantile([find_quantile(group) for group in groups])


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_quantiles_of_draws_of_any_size_are_those_of_the_rows(data):
    size = data.draw(st.integers(1, 40))
    values = data.draw(
        st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0, math.inf]), min_size=size, max_size=size)
    )
    clusters = data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    draws = ClusterDraws(clusters, draws=5, seed=1)
    found = draws.quantiles(values, [0.25, 0.5, 0.9])
    for number, times in enumerate(draws.multiplicities.astype(int)):
        rows = np.repeat(values, times[draws.codes])
        for place, share in enumerate((0.25, 0.5, 0.9)):
            assert found[place, number] == find_quantile(rows, share)


def test_clusters_widen_the_interval_and_single_rows_do_not(clustered):
    waits, accounts = clustered
    naive = naive_mean(waits, 0.95, estimand="mean", unit="hours")
    as_rows = ClusterDraws(np.arange(len(waits)), draws=2000, seed=3).means(waits)
    as_clusters = ClusterDraws(accounts, draws=2000, seed=3).means(waits)
    assert as_rows.std() == pytest.approx((naive.high - naive.low) / 2 / 1.959964, rel=0.06)
    assert as_clusters.std() > 2 * as_rows.std()


def test_the_spread_of_means_is_that_of_the_linearised_ratio(clustered):
    waits, accounts = clustered
    drawn = ClusterDraws(accounts, draws=8000, seed=4).means(waits).std()
    frame = pd.DataFrame({"sum": waits, "n": 1.0}).groupby(accounts).sum()
    deviations = (frame["sum"] - waits.mean() * frame["n"]) / len(waits)
    assert drawn == pytest.approx(math.sqrt((deviations**2).sum()), rel=0.1)


def test_ten_times_the_questions_leave_the_interval_alone(clustered):
    waits, accounts = clustered
    once = ClusterDraws(accounts, draws=500, seed=8).means(waits)
    tenfold = ClusterDraws(np.tile(accounts, 10), draws=500, seed=8).means(np.tile(waits, 10))
    np.testing.assert_allclose(once, tenfold)


def test_a_draw_without_any_that_counts_is_missing():
    draws = ClusterDraws(["a", "b"], draws=200, seed=1)
    only_b = np.array([False, True])
    means = draws.means([1.0, 3.0], where=only_b)
    quantiles = draws.quantiles([1.0, 3.0], [0.5], where=only_b)[0]
    without_b = draws.multiplicities[:, 1] == 0
    assert without_b.any()
    assert np.isnan(means[without_b]).all()
    assert np.isnan(quantiles[without_b]).all()
    assert set(means[~without_b]) == set(quantiles[~without_b]) == {3.0}
    assert np.isnan(draws.quantiles([1.0, 3.0], [0.5], where=[False, False])).all()


def test_an_estimate_from_draws_names_its_interval():
    named = {"estimand": "mean", "unit": "hours", "n": 9}
    draws = np.append(np.arange(1, 1001.0), np.nan)
    found = estimate_from_draws(500.0, draws, 0.95, clusters=5, **named)
    assert (found.low, found.high) == pytest.approx((25, 975), abs=1)
    assert found.interval_kind == "superpopulation"
    assert found.confidence == 0.95
    # a value beyond its draws, and one that half of the draws put at never
    assert estimate_from_draws(2000.0, draws, 0.95, clusters=5, **named).high == 2000
    never = np.array([5.0, math.inf, math.inf])
    assert estimate_from_draws(math.inf, never, 0.95, clusters=5, **named).low == 5
    assert estimate_from_draws(4.0, draws, 0.95, clusters=1, **named).interval_kind == "none"
    with pytest.raises(ValueError, match="no draw"):
        estimate_from_draws(4.0, np.array([np.nan]), 0.95, clusters=2, **named)


def test_the_test_of_zero_goes_with_the_percentile_interval():
    rng = np.random.default_rng(6)
    for shift in (-3.0, -1.5, 0.0, 2.2, 4.0):
        draws = rng.normal(shift, 1, 4000)
        low, high = np.quantile(draws, [0.025, 0.975])
        p_value = check_zero(draws)
        assert (p_value < 0.05) == (low > 0 or high < 0)
        assert p_value == pytest.approx(2 * stats.norm.sf(abs(shift)), abs=0.05)
    assert check_zero(np.ones(1999)) == 0.001
    assert check_zero(np.zeros(10)) == 1
    with pytest.raises(ValueError, match="no draws"):
        check_zero(np.array([np.nan]))


def test_an_interval_needs_two_observations():
    with pytest.raises(ValueError, match="two"):
        naive_mean([1.0], 0.95, estimand="mean", unit="hours")


def test_the_lognormal_mean_is_the_area_under_its_survival():
    wait = solve_lognormal(24, 0.4, 2)
    area, _ = integrate.quad(
        lambda log: math.exp(log) * (1 - wait.share_within(math.exp(log))), -20, 25, limit=200
    )
    assert area == pytest.approx(24, rel=1e-6)
