"""The gap between two groups, unit by unit: against the library, published numbers and by hand."""

import doctest
import time

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import ROOT
from scipy.special import expit
from statsmodels.datasets import ccard
from statsmodels.stats.oaxaca import OaxacaBlinder

from roeptoeter.estimators import counterfactual
from roeptoeter.estimators.clusters import draw_multiplicities
from roeptoeter.estimators.counterfactual import (
    Group,
    bootstrap_by_class,
    bootstrap_by_logit,
    decompose_by_class,
    decompose_by_line,
    decompose_by_logit,
    estimate_from_draws,
    find_coefficient_limits,
    find_p_value,
    fit_logits,
    predict_curve,
)
from roeptoeter.estimators.decomposition import standardise
from roeptoeter.estimators.logistic import SeparationError, fit_firth, predict_flic


def make_group(seed, n, centre, intercept, slope):
    """Units with a covariate and a property that depends on it."""
    generator = np.random.default_rng(seed)
    covariate = generator.normal(centre, 1.0, n)
    has = generator.random(n) < expit(intercept + slope * covariate)
    return Group(covariate[:, None], has.astype(float), np.ones(n))


@pytest.fixture(scope="module")
def towns():
    return make_group(1, 308, -0.3, 0.4, 0.9), make_group(2, 390, 0.4, 2.6, 0.7)


@pytest.fixture(scope="module")
def classes(towns):
    """The same units, described by three classes with a dummy for each but the first."""
    return tuple(
        group._replace(design=np.eye(3)[np.digitize(group.design[:, 0], [0.0, 0.9])][:, 1:])
        for group in towns
    )


def test_the_doctests_hold():
    assert doctest.testmod(counterfactual).failed == 0


# ---- one fit ----------------------------------------------------------------------------------------------------


def test_firth_agrees_with_published_coefficients_on_separated_data():
    # R brglm2 and logistf: endometrial, HG ~ NV + PI + EH
    data = pd.read_csv(ROOT / "tests" / "oracles" / "endometrial.csv")
    fit = fit_logits(data[["NV", "PI", "EH"]], [data["HG"]], np.ones((1, len(data))), "firth")
    published = [3.7745597136, 2.9292733532, -0.0347517599, -2.6041639253]
    assert fit[0] == pytest.approx(published, abs=1e-8)


def test_the_limits_agree_with_published_standard_errors():
    # R brglm2: inverse Fisher information at the penalised estimates
    data = pd.read_csv(ROOT / "tests" / "oracles" / "endometrial.csv")
    limits = find_coefficient_limits(
        data[["NV", "PI", "EH"]], [data["HG"]], np.ones((1, len(data))), "firth"
    )[0]
    published = np.array([1.4886916634, 1.5507637295, 0.0395781473, 0.7760176425])
    assert (limits[:, 2] - limits[:, 0]) / 1.959963985 == pytest.approx(published, abs=1e-6)
    assert limits[:, 0] - limits[:, 1] == pytest.approx(limits[:, 2] - limits[:, 0], abs=1e-12)


def test_each_draw_is_the_fit_of_its_own_weights(towns):
    group = towns[0]
    weights = draw_multiplicities(308, 4, 5)
    fits = fit_logits(group.design, weights * group.successes, weights, "firth")
    plain = fit_logits(group.design, weights * group.successes, weights)
    for row, repeats in enumerate(weights):
        units = np.repeat(np.arange(308), repeats.astype(int))
        frame = pd.DataFrame({"x": group.design[units, 0]})
        one = fit_firth(frame, group.successes[units].astype(int), np.ones(308, int))
        assert fits[row] == pytest.approx(one["estimate"], abs=1e-5)
        library = sm.GLM(
            group.successes[units], sm.add_constant(frame), family=sm.families.Binomial()
        ).fit()
        assert plain[row] == pytest.approx(library.params, abs=1e-8)


def test_shares_of_accounts_are_fitted_as_the_library_does(towns):
    # fractional logit: a share as the outcome, each account once, or as often as it has messages
    generator = np.random.default_rng(6)
    share = generator.beta(1, 4, 308)
    messages = generator.integers(1, 500, 308)
    design = sm.add_constant(towns[0].design)
    for weights in (np.ones(308), messages):
        library = sm.GLM(share, design, family=sm.families.Binomial(), var_weights=weights).fit(
            tol=1e-12
        )
        fit = fit_logits(towns[0].design, [weights * share], [weights])
        assert fit[0] == pytest.approx(library.params, abs=1e-8)


def test_maximum_likelihood_without_a_finite_answer_is_refused():
    with pytest.raises(SeparationError, match="1 of 2 draws"):
        fit_logits([[0], [1], [2], [3]], [[0, 0, 1, 1], [0, 1, 0, 1]], np.ones((2, 4)))
    with pytest.raises(SeparationError, match="second group"):
        decompose_by_logit(
            Group([0, 1, 2, 3], [0, 1, 0, 1], np.ones(4)),
            Group([0, 1, 2, 3], [0, 0, 1, 1], np.ones(4)),
        )


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        fit_logits([[0], [1]], [[0, 1, 1]], [[1, 1, 1]])
    with pytest.raises(ValueError, match="between 0 and its trials"):
        fit_logits([[0], [1]], [[0, 2]], [[1, 1]])
    with pytest.raises(ValueError, match="same number of rows"):
        decompose_by_logit(Group([0, 1], [1], [1]), Group([0], [1], [1]))
    with pytest.raises(ValueError, match="without trials"):
        decompose_by_class(Group([0], [0], [0]), Group([0], [1], [1]))


# ---- the parts --------------------------------------------------------------------------------------------------


def test_with_a_dummy_for_each_class_it_is_kitagawa(classes):
    by_logit, by_class = decompose_by_logit(*classes), decompose_by_class(*classes)
    assert by_logit == pytest.approx(by_class, abs=1e-12)
    assert abs(by_class.composition) > 0.01  # the identity is not one of zeros


def test_with_a_dummy_for_each_class_it_is_kitagawa_for_messages_too():
    dummies = np.array([[0, 0], [1, 0], [0, 1], [0, 1]])
    one = Group(dummies, [2, 30, 11, 50], [40, 90, 50, 60])
    other = Group(dummies, [9, 5, 40, 10], [20, 50, 100, 11])
    assert decompose_by_logit(one, other) == pytest.approx(
        decompose_by_class(one, other), abs=1e-12
    )


@pytest.mark.parametrize("penalty", ["none", "firth"])
def test_the_parts_add_up_to_the_observed_gap(towns, penalty):
    parts = decompose_by_logit(*towns, penalty)
    gap = towns[1].successes.mean() - towns[0].successes.mean()
    assert parts.composition + parts.rate == pytest.approx(gap, abs=1e-12)
    assert parts.total == pytest.approx(gap, abs=1e-12)


@pytest.mark.parametrize("penalty", ["none", "firth"])
def test_exchanging_the_groups_only_flips_the_signs(towns, penalty):
    there, back = decompose_by_logit(*towns, penalty), decompose_by_logit(*towns[::-1], penalty)
    assert back == pytest.approx([-part for part in there], abs=1e-12)


def test_the_signs_are_those_of_the_groups():
    # the second group has the larger units, and does more at every size: both parts are positive
    small, large = make_group(3, 2000, -1, 0, 1), make_group(4, 2000, 1, 1, 1)
    parts = decompose_by_logit(small, large)
    assert parts.composition > 0.1
    assert parts.rate > 0.1
    # the same behaviour on larger units is composition alone, and the other way round
    alike = decompose_by_logit(small, make_group(4, 2000, 1, 0, 1))
    assert abs(alike.rate) < 0.02 < alike.composition
    equal = decompose_by_logit(small, make_group(5, 2000, -1, 1, 1))
    assert abs(equal.composition) < 0.02 < equal.rate


def test_the_two_orderings_are_averaged_as_written(towns):
    one, other = towns
    b_1, b_2 = (
        sm.Logit(group.successes, sm.add_constant(group.design)).fit(disp=False).params
        for group in towns
    )

    def predict(group, coefficients):
        return expit(sm.add_constant(group.design) @ coefficients).mean()

    composition = (
        predict(other, b_2) - predict(one, b_2) + predict(other, b_1) - predict(one, b_1)
    ) / 2
    assert decompose_by_logit(*towns).composition == pytest.approx(composition, abs=1e-8)


def test_a_separated_group_is_taken_apart_with_its_total_kept():
    one = make_group(1, 200, 0, 0, 1)
    units = np.linspace(-1, 3, 50)
    other = Group(units[:, None], (units > -0.5).astype(float), np.ones(50))
    parts = decompose_by_logit(one, other, "firth")
    assert parts.total == pytest.approx(other.successes.mean() - one.successes.mean(), abs=1e-12)
    # the second group's curve is that of the routine for a single fit
    frame = pd.DataFrame({"x": units})
    shares = predict_flic(frame, other.successes.astype(int), np.ones(50, int))
    assert predict_curve(other, units, "firth") == pytest.approx(shares, abs=1e-4)


def test_a_group_in_which_everybody_has_it_would_have_it_everywhere():
    one = make_group(1, 200, 0, 0, 1)
    everybody = Group(np.linspace(0, 3, 40), np.ones(40), np.ones(40))
    parts = decompose_by_logit(one, everybody, "firth")
    assert parts.total == pytest.approx(1 - one.successes.mean(), abs=1e-12)
    there = predict_curve(one, everybody.design, "firth").mean()
    assert parts.composition == pytest.approx((there - one.successes.mean()) / 2, abs=1e-12)


def test_draws_in_which_everybody_has_it_do_not_stop_the_bootstrap():
    one = make_group(1, 200, 0, 0, 1)
    units = np.linspace(-1, 3, 60)
    nearly = Group(units, (units > -0.98).astype(float), np.ones(60))
    assert (
        nearly.successes.sum() == 59
    )  # the one without is missing from about a third of the draws
    draws = bootstrap_by_logit(one, nearly, 300, 1)
    weights = counterfactual._resample(one, nearly, 300, 1)
    everybody = weights[1][:, 0] == 0
    assert 0.25 < everybody.mean() < 0.5
    gap = 1 - weights[0] @ one.successes / 200
    assert draws.total[everybody] == pytest.approx(gap[everybody], abs=1e-12)
    assert np.isfinite(draws.rate).all()


def test_a_class_of_one_group_only_is_refused():
    one, other = Group([0, 1], [0, 1], [1, 1]), Group([0, 2], [0, 1], [1, 1])
    with pytest.raises(ValueError, match="one group only"):
        decompose_by_class(one, other)
    with pytest.raises(ValueError, match="one group only"):
        bootstrap_by_class(one, other, 10, 1)


# ---- straight lines ---------------------------------------------------------------------------------------------


def test_lines_agree_with_the_published_decomposition_of_credit_card_spending():
    # Stata's oaxaca on ccard: endowments 321.7482, coefficients 75.45371, interaction −238.4515.
    # The mean of the two orderings gives half of the interaction to each side.
    data = ccard.load_pandas()
    owns = data.exog.iloc[:, 3].to_numpy() == 1
    design, spending = (
        data.exog.drop(columns=data.exog.columns[3]).to_numpy(),
        data.endog.to_numpy(),
    )
    renters, owners = (
        Group(design[rows], spending[rows], np.ones(rows.sum())) for rows in (~owns, owns)
    )
    parts = decompose_by_line(renters, owners)
    assert parts.composition == pytest.approx(321.7482 - 238.4515 / 2, abs=1e-3)
    assert parts.rate == pytest.approx(75.45371 - 238.4515 / 2, abs=1e-3)
    assert parts.total == pytest.approx(158.7504, abs=1e-3)


def test_lines_keep_the_sign_that_the_library_would_drop(towns):
    # by default the library exchanges the groups when the gap is negative, and reports a positive one
    there, back = decompose_by_line(*towns), decompose_by_line(*towns[::-1])
    assert there.total > 0 > back.total
    assert back == pytest.approx([-part for part in there], abs=1e-9)
    code = np.repeat([0.0, 1.0], [308, 390])
    exchanged = OaxacaBlinder(
        np.concatenate([group.successes for group in towns]),
        np.column_stack([np.vstack([group.design for group in towns]), code]),
        1, hasconst=False,
    )  # fmt: skip
    assert exchanged.gap > 0


def test_lines_take_no_weights():
    with pytest.raises(ValueError, match="one trial a row"):
        decompose_by_line(Group([0, 1], [0, 1], [1, 2]), Group([0, 1], [0, 1], [1, 1]))


# ---- the bootstrap ----------------------------------------------------------------------------------------------


def test_the_two_groups_are_resampled_apart():
    alike = Group(np.arange(40.0), np.tile([0.0, 1.0], 20), np.ones(40))
    weights = counterfactual._resample(alike, alike, 200, 1)
    assert abs(np.corrcoef(weights[0].ravel(), weights[1].ravel())[0, 1]) < 0.05
    assert (weights[0].sum(axis=1) == 40).all()


def test_draws_spread_as_independent_repetitions_do(towns):
    draws = bootstrap_by_logit(*towns, 300, 7)
    repeated = [
        decompose_by_logit(
            make_group(100 + seed, 308, -0.3, 0.4, 0.9), make_group(900 + seed, 390, 0.4, 2.6, 0.7)
        )
        for seed in range(60)
    ]
    for part in ("composition", "rate", "total"):
        spread = np.std([getattr(parts, part) for parts in repeated])
        assert getattr(draws, part).std() == pytest.approx(spread, rel=0.3)
    assert draws.composition + draws.rate == pytest.approx(draws.total, abs=1e-12)


def test_both_bootstraps_draw_the_same_samples(classes):
    by_logit, by_class = (
        routine(*classes, 50, 11) for routine in (bootstrap_by_logit, bootstrap_by_class)
    )
    # the totals are the observed gaps of the samples, whatever splits them
    assert by_logit.total == pytest.approx(by_class.total, abs=1e-12)


def test_draws_of_classes_standardise_as_the_one_sample_does(classes):
    one, other = classes
    draws = bootstrap_by_class(one, other, 3, 12)
    weights = counterfactual._resample(one, other, 3, 12)
    mix, rates = [], []
    for group, repeats in zip(classes, weights, strict=True):
        place = (group.design @ [1, 2]).astype(int)
        mix.append(np.bincount(place, repeats[1]))
        rates.append(np.bincount(place, repeats[1] * group.successes) / mix[-1])
    assert draws.rates_1_on_mix_2[1] == pytest.approx(standardise(mix[1], rates[0]), abs=1e-12)
    assert draws.rates_2_on_mix_1[1] == pytest.approx(standardise(mix[0], rates[1]), abs=1e-12)


def test_samples_without_a_class_are_left_out():
    one = Group([0, 0, 0, 1], [0, 1, 0, 1], np.ones(4))
    other = Group([0] * 20 + [1] * 20, [0, 1] * 20, np.ones(40))
    draws = bootstrap_by_class(one, other, 1000, 3)
    # the single unit of its class is missing from a sample with probability (3/4)⁴
    assert len(draws.rate) / 1000 == pytest.approx(1 - 0.75**4, abs=0.05)
    assert np.isfinite(draws.rate).all()


def test_two_thousand_draws_take_seconds_not_minutes(towns):
    start = time.process_time()
    bootstrap_by_logit(*towns, 2000, 1)
    bootstrap_by_class(*(group._replace(design=group.design > 0) for group in towns), 2000, 1)
    assert time.process_time() - start < 8


def test_an_interval_of_draws_has_its_nominal_share_of_them():
    draws = np.random.default_rng(1).normal(3, 1, 4000)
    estimate = estimate_from_draws(3.0, draws, 0.9, estimand="x", unit="points", n=7)
    assert np.mean((draws >= estimate.low) & (draws <= estimate.high)) == pytest.approx(
        0.9, abs=1e-3
    )
    assert (estimate.interval_kind, estimate.n) == ("superpopulation", 7)
    far = estimate_from_draws(99.0, draws, 0.9, estimand="x", unit="points")
    assert far.high == 99.0
    with pytest.raises(ValueError, match="needs draws"):
        estimate_from_draws(3.0, [], 0.9, estimand="x", unit="points")


def test_the_p_value_is_the_level_at_which_the_interval_reaches_zero():
    draws = np.random.default_rng(1).normal(2.2, 1, 9999)
    p = find_p_value(draws)
    inside = estimate_from_draws(2.2, draws, 1 - p + 0.004, estimand="x", unit="points")
    outside = estimate_from_draws(2.2, draws, 1 - p - 0.004, estimand="x", unit="points")
    assert inside.low < 0 < outside.low
    assert find_p_value(draws + 100) == pytest.approx(2 / 10000)
    assert find_p_value(-draws) == p
    assert find_p_value([0.0, 0.0]) == 1
