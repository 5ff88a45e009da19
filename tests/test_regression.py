"""Regressions with the covariance asked for, against R (stats, sandwich, MASS, VGAM, geepack)."""

import doctest
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.special import expit, logit

from roeptoeter.estimators import count_models, glm, regression
from roeptoeter.estimators.count_models import (
    fit_beta_binomial,
    fit_negative_binomial,
    fit_poisson,
    fit_two_parts,
    quantile_residuals,
)
from roeptoeter.estimators.logistic import (
    SeparationError,
    find_infinite_terms,
    fit_maximum_likelihood,
)
from roeptoeter.estimators.regression import (
    NaturalSpline,
    adjust_p_values,
    average_marginal_effect,
    fit_linear,
    fit_shares,
    likelihood_ratio_test,
)

ORACLES = Path(__file__).with_name("oracles")


def read(name):
    return pd.read_csv(ORACLES / f"{name}.csv")


def to_design(frame):
    return pd.get_dummies(frame.astype(str), drop_first=True).astype(float)


@pytest.fixture(scope="module")
def quine():
    data = read("quine")
    return to_design(data[["Sex", "Age", "Eth", "Lrn"]]), data["Days"]


@pytest.fixture(scope="module")
def orob2():
    data = read("orob2")
    design = pd.DataFrame({"seed": data["seed"].eq("O75"), "root": data["root"].eq("CUCUMBER")})
    design = design.astype(float)
    design["seed:root"] = design["seed"] * design["root"]
    return design, data["y"], data["n"]


@pytest.fixture(scope="module")
def towns():
    """Made-up municipalities: presence, followers and replies grow with size."""
    random = np.random.default_rng(7)
    doublings = random.normal(0, 1.2, 400)
    return pd.DataFrame(
        {
            "doublings": doublings,
            "is_present": random.random(400) < expit(0.4 + 0.8 * doublings),
            "followers": random.negative_binomial(2, 2 / (2 + np.exp(6 + 0.5 * doublings))),
            "province": np.arange(400) % 5,
        }
    )


def errors_of(fit):
    return fit.coefficients()["standard_error"].to_numpy()


# ---- oracles --------------------------------------------------------------------------------------


def test_quasi_binomial_agrees_with_r(orob2):
    fit = fit_shares(*orob2, covariance="dispersion")
    assert fit.terms == ("intercept", "seed", "root", "seed:root")
    assert fit.estimates == pytest.approx([-0.412244795, -0.145926949, 0.540078167, 0.778103704], abs=1e-6)  # fmt: skip
    assert fit.dispersion == pytest.approx(1.86183206, abs=1e-6)
    assert errors_of(fit) == pytest.approx([0.251309501, 0.304507610, 0.340867231, 0.418124932], abs=1e-6)  # fmt: skip


def test_hc0_of_weighted_shares_agrees_with_r_sandwich(orob2):
    assert errors_of(fit_shares(*orob2, covariance="HC0")) == pytest.approx(
        [0.226738354, 0.287103460, 0.284879747, 0.373768944], abs=1e-6
    )


def test_beta_binomial_agrees_with_vgam(orob2):
    fit = fit_beta_binomial(*orob2)
    assert fit.estimates == pytest.approx([-0.4445666602, -0.0973816437, 0.5221398728, 0.7979300359], abs=3e-4)  # fmt: skip
    assert logit(fit.dispersion) == pytest.approx(-4.3807289353, abs=3e-4)
    assert fit.log_likelihood == pytest.approx(-53.7667634, abs=1e-5)


def test_negative_binomial_agrees_with_mass(quine):
    fit = fit_negative_binomial(*quine)
    expected = [2.8945800169, 0.0823202641, -0.4484281486, 0.0880801397, 0.3569009478, -0.5693717034, 0.2921091428]  # fmt: skip
    assert fit.estimates == pytest.approx(expected, abs=2e-4)
    assert fit.dispersion == pytest.approx(0.78437977, abs=2e-4)
    assert fit.log_likelihood == pytest.approx(-546.575509, abs=1e-4)
    assert fit.parameters == 8


@pytest.mark.parametrize(
    ("covariance", "expected", "tolerance"),
    [
        ("HC0", [0.235322450, 0.155005248, 0.266666846, 0.249670366, 0.247682437, 0.153325159, 0.187548389], 1e-6),
        ("HC1", [0.241175057, 0.158860319, 0.273299006, 0.255879813, 0.253842444, 0.157138445, 0.192212827], 1e-6),
        ("HC3", [0.249908280, 0.164106183, 0.284300806, 0.267791284, 0.262302872, 0.161594120, 0.199914503], 1e-5),
    ],
)  # fmt: skip
def test_robust_errors_of_poisson_agree_with_r_sandwich(quine, covariance, expected, tolerance):
    fit = fit_poisson(*quine, covariance=covariance)
    assert errors_of(fit) == pytest.approx(expected, abs=tolerance)
    assert fit.covariance_kind == covariance


def test_quasi_poisson_with_offset_agrees_with_r():
    ships = read("ships")
    fit = fit_poisson(
        to_design(ships[["type", "year", "period"]]),
        ships["incidents"],
        offset=np.log(ships["service"]),
        covariance="dispersion",
    )
    assert fit.estimates[0] == pytest.approx(-6.4059015610, abs=5e-5)
    assert errors_of(fit)[0] == pytest.approx(0.282763216, abs=5e-5)
    assert fit.dispersion == pytest.approx(1.69102766, abs=5e-5)


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        ("none", [0.275026065, 0.439569643, 0.495650089, 0.387960892]),
        ("G/(G-1)", [0.284679023, 0.454997807, 0.513046584, 0.401577675]),
        ("G/(G-1) (n-1)/(n-k)",
         np.sqrt(55 / 52) * np.array([0.284679023, 0.454997807, 0.513046584, 0.401577675])),
    ],
)  # fmt: skip
def test_clustered_errors_agree_with_r_sandwich_and_name_their_correction(correction, expected):
    herds = read("cbpp")
    fit = fit_shares(
        to_design(herds[["period"]]), herds["incidence"], herds["size"],
        covariance="cluster", clusters=herds["herd"], cluster_correction=correction,
    )  # fmt: skip
    assert errors_of(fit) == pytest.approx(expected, abs=1e-6)
    assert fit.covariance_kind == f"cluster, {correction}"


def test_errors_over_clusters_agree_with_geepack_under_independence():
    children = read("ohio")
    design = children[["age", "smoke"]].assign(both=children["age"] * children["smoke"])
    fit = fit_shares(
        design, children["resp"], np.ones(len(children)),
        covariance="cluster", clusters=children["id"], cluster_correction="none",
    )  # fmt: skip
    estimates = [-1.9008425685, -0.1412531295, 0.3139539917, 0.0708441038]
    errors = [0.1190767885, 0.0582141799, 0.1878385265, 0.0882946856]
    assert fit.estimates == pytest.approx(estimates, abs=1e-5)
    assert errors_of(fit) == pytest.approx(errors, abs=1e-5)


def test_fifteen_p_values_of_benjamini_and_hochberg_1995():
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]  # fmt: skip
    assert (adjust_p_values(p, "benjamini-hochberg") <= 0.05).sum() == 4
    # Bonferroni rejects three; Holm rejects at least as many, here the same
    assert (np.array(p) * len(p) <= 0.05).sum() == 3
    assert (adjust_p_values(p, "holm") <= 0.05).sum() == 3
    assert adjust_p_values(p, "holm")[:3] == pytest.approx([15 * p[0], 14 * p[1], 13 * p[2]])


def test_marginal_effects_agree_with_those_of_the_library(towns):
    design = towns[["doublings"]].assign(other=towns["followers"] / 1000)
    ones = np.ones(len(towns))
    fit = fit_shares(design, towns["is_present"], ones)
    found = average_marginal_effect(fit, design, "doublings")
    library = sm.Logit(towns["is_present"].to_numpy().astype(float), sm.add_constant(design))
    frame = library.fit(disp=False).get_margeff().summary_frame(alpha=0.05).loc["doublings"]
    assert found.value == pytest.approx(frame["dy/dx"], abs=1e-8)
    assert [found.low, found.high] == pytest.approx([frame["Conf. Int. Low"], frame["Cont. Int. Hi."]], abs=1e-6)  # fmt: skip


# ---- identities ----------------------------------------------------------------------------------


def test_a_row_a_unit_and_grouped_counts_give_one_fit():
    grouped = fit_shares(pd.DataFrame({"large": [0, 1]}), [126, 62], [213, 83])
    unit = pd.DataFrame({"large": [0] * 213 + [1] * 83})
    by_unit = fit_shares(unit, [1] * 126 + [0] * 87 + [1] * 62 + [0] * 21, np.ones(296))
    assert grouped.estimates == pytest.approx(by_unit.estimates, abs=1e-9)
    assert grouped.covariance == pytest.approx(by_unit.covariance, rel=1e-6)
    ordinary = fit_maximum_likelihood(pd.DataFrame({"large": [0, 1]}), [126, 62], [213, 83])
    assert errors_of(grouped) == pytest.approx(ordinary["standard_error"].to_numpy(), abs=1e-6)


def test_robust_errors_over_clusters_of_one_row_are_hc0_and_hc1(towns):
    arguments = towns[["doublings"]], towns["is_present"], np.ones(len(towns))
    own = {"covariance": "cluster", "clusters": np.arange(len(towns))}
    one = fit_shares(*arguments, **own, cluster_correction="none")
    assert one.covariance == pytest.approx(fit_shares(*arguments, covariance="HC0").covariance)
    two = fit_shares(*arguments, **own, cluster_correction="G/(G-1) (n-1)/(n-k)")
    assert two.covariance == pytest.approx(fit_shares(*arguments, covariance="HC1").covariance)


def test_robust_errors_of_a_linear_fit_are_those_of_the_same_generalised_model(towns):
    design, outcome = towns[["doublings"]], np.log1p(towns["followers"])
    for kind in ("HC0", "HC1", "HC3"):
        gaussian = glm.fit_glm(design, outcome, sm.families.Gaussian(), covariance=kind)
        assert fit_linear(design, outcome, covariance=kind).covariance == pytest.approx(
            gaussian.covariance, rel=1e-8
        )


def test_one_mean_of_shares_that_count_once_is_the_mean_of_the_shares():
    replies, messages = np.array([1, 30, 4]), np.array([10, 40, 40])
    empty = pd.DataFrame(index=range(3))
    by_account = fit_shares(empty, replies, messages, weigh="rows", covariance="HC1")
    assert expit(by_account.estimates[0]) == pytest.approx(np.mean(replies / messages))
    by_message = fit_shares(empty, replies, messages)
    assert expit(by_message.estimates[0]) == pytest.approx(replies.sum() / messages.sum())
    # the delta method turns HC1 back into the standard error of a mean
    share = expit(by_account.estimates[0])
    assert errors_of(by_account)[0] * share * (1 - share) == pytest.approx(
        stats.sem(replies / messages)
    )
    assert np.isnan(by_account.log_likelihood)


def test_an_offset_moves_the_elasticity_by_one_and_nothing_else(towns):
    design = towns[["doublings"]] * np.log(2)
    free = fit_negative_binomial(design, towns["followers"])
    against_one = fit_negative_binomial(
        design, towns["followers"], offset=design["doublings"].to_numpy()
    )
    assert against_one.estimates[1] == pytest.approx(free.estimates[1] - 1, abs=1e-5)
    assert errors_of(against_one)[1] == pytest.approx(errors_of(free)[1], rel=1e-3)
    assert against_one.log_likelihood == pytest.approx(free.log_likelihood, abs=1e-6)


def test_robust_errors_of_a_negative_binomial_are_those_of_the_library_at_the_same_alpha(quine):
    design, counts = quine
    fit = fit_negative_binomial(design, counts, covariance="HC0")
    family = sm.families.NegativeBinomial(alpha=fit.dispersion)
    alone = glm.fit_glm(design, counts, family, covariance="HC0")
    assert fit.estimates == pytest.approx(alone.estimates, abs=1e-6)
    assert fit.covariance == pytest.approx(alone.covariance, rel=1e-4)
    # the library's own, which takes the observed information instead of the expected, is near
    library = sm.NegativeBinomial(counts, sm.add_constant(design)).fit(cov_type="HC0", disp=0, maxiter=200)  # fmt: skip
    assert errors_of(fit) == pytest.approx(library.bse.to_numpy()[:-1], rel=0.07)


def test_negative_binomial_finds_its_way_where_two_counts_dwarf_all_others():
    population = np.r_[np.linspace(-2, 1, 60), 2.5, 3.2]
    counts = np.r_[np.full(60, 1000), 900_000, 900_000]
    fit = fit_negative_binomial(pd.DataFrame({"log_population": population}), counts)
    assert fit.estimates[1] > 0.5
    assert np.isfinite(fit.covariance).all()


def test_negative_binomial_of_counts_without_extra_variance_is_poisson():
    counts = np.tile([3, 4, 5], 20)
    design = pd.DataFrame({"x": np.repeat([0.0, 1.0], 30)})
    fit = fit_negative_binomial(design, counts, covariance="model")
    assert fit.dispersion == 0
    assert fit.covariance == pytest.approx(fit_poisson(design, counts, covariance="model").covariance)  # fmt: skip


def test_beta_binomial_recovers_the_correlation_it_was_drawn_with():
    random = np.random.default_rng(3)
    shares = random.beta(0.2 * 4, 0.8 * 4, 600)  # rho = 1 / (1 + 4)
    fit = fit_beta_binomial(pd.DataFrame(index=range(600)), random.binomial(50, shares), [50] * 600)
    assert fit.dispersion == pytest.approx(0.2, abs=0.02)
    assert expit(fit.estimates[0]) == pytest.approx(0.2, abs=0.03)


def test_the_columns_of_a_spline_hold_every_straight_line_and_no_more_than_their_number():
    variable = np.random.default_rng(1).normal(size=80)
    spline = NaturalSpline.at_quantiles(variable, 4)
    columns = spline.columns(variable)
    assert columns.shape == (80, 3)
    rest = np.linalg.lstsq(np.c_[np.ones(80), columns], variable, rcond=None)[1]
    assert rest == pytest.approx(0, abs=1e-20)
    step = 1e-6
    inner = variable[(variable < variable.max()) & (variable > variable.min())]
    numeric = (spline.columns(inner + step * (inner < 0)) - spline.columns(inner - step * (inner >= 0))) / step  # fmt: skip
    assert spline.slopes(inner).to_numpy() == pytest.approx(numeric.to_numpy(), abs=1e-4)


def test_the_effect_along_a_spline_of_a_straight_line_is_the_effect_of_the_line(towns):
    variable, ones = towns["doublings"].to_numpy(), np.ones(len(towns))
    spline = NaturalSpline.at_quantiles(variable, 2)  # two knots: nothing but a line
    straight = fit_shares(towns[["doublings"]], towns["is_present"], ones)
    bent = fit_shares(spline.columns(variable), towns["is_present"], ones)
    one = average_marginal_effect(straight, towns[["doublings"]], "doublings")
    two = average_marginal_effect(bent, spline.columns(variable), spline.slopes(variable))
    assert [two.value, two.low, two.high] == pytest.approx([one.value, one.low, one.high])


def test_likelihood_ratio_test_needs_a_larger_model_of_the_same_rows(towns):
    ones = np.ones(len(towns))
    line = fit_shares(towns[["doublings"]], towns["is_present"], ones)
    spline = NaturalSpline.at_quantiles(towns["doublings"])
    curve = fit_shares(spline.columns(towns["doublings"]), towns["is_present"], ones)
    test = likelihood_ratio_test(line, curve)
    assert test.degrees_of_freedom == 2
    assert test.statistic == pytest.approx(2 * (curve.log_likelihood - line.log_likelihood))
    assert curve.aic - line.aic == pytest.approx(4 - test.statistic)
    with pytest.raises(ValueError, match="one larger"):
        likelihood_ratio_test(curve, line)
    with pytest.raises(ValueError, match="no likelihood"):
        likelihood_ratio_test(line, replace(curve, log_likelihood=np.nan))


# ---- signs and sizes -----------------------------------------------------------------------------


def test_more_inhabitants_more_of_everything_that_was_made_to_grow(towns):
    present = fit_shares(towns[["doublings"]], towns["is_present"], np.ones(len(towns)))
    assert average_marginal_effect(present, towns[["doublings"]], "doublings").low > 0
    reversed_ = fit_shares(towns[["doublings"]], ~towns["is_present"], np.ones(len(towns)))
    assert reversed_.estimates == pytest.approx(-present.estimates)
    followers = fit_negative_binomial(towns[["doublings"]], towns["followers"]).coefficients()
    assert followers.loc[1, "low"] < 0.5 < followers.loc[1, "high"]


def test_two_parts_find_that_size_decides_whether_and_not_how_much():
    random = np.random.default_rng(11)
    size = random.normal(size=500)
    replies = np.where(random.random(500) < expit(1.5 * size), random.binomial(99, 0.3, 500) + 1, 0)
    fit = fit_two_parts(pd.DataFrame({"size": size}), replies, [100] * 500)
    assert fit.any.coefficients().loc[1, "low"] > 1
    share = fit.share.coefficients().loc[1]
    assert share["low"] < 0 < share["high"]
    assert fit.rows.sum() == (replies > 0).sum() == fit.share.n


def test_residuals_are_standard_normal_if_the_model_holds_and_not_otherwise():
    random = np.random.default_rng(5)
    means = np.exp(random.normal(3, 0.5, 2000))
    counts = random.negative_binomial(2, 2 / (2 + means))
    right, wrong = (quantile_residuals(counts, means, alpha, seed=1) for alpha in (0.5, 0.0))
    assert stats.kstest(right, "norm").pvalue > 0.01
    assert np.std(wrong) > 2


def test_dispersion_multiplies_the_model_covariance_and_hc3_is_the_longest(quine):
    plain, quasi = (fit_poisson(*quine, covariance=kind) for kind in ("model", "dispersion"))
    assert quasi.covariance == pytest.approx(plain.covariance * plain.dispersion)
    short, longer, longest = (errors_of(fit_poisson(*quine, covariance=k)) for k in ("HC0", "HC1", "HC3"))  # fmt: skip
    assert (short < longer).all()
    assert (longer < longest).all()


def test_a_higher_level_widens_every_interval(quine):
    fit = fit_poisson(*quine)
    narrow, wide = fit.coefficients(0.8), fit.coefficients(0.99)
    assert (wide["high"] > narrow["high"]).all()
    assert (wide["low"] < narrow["low"]).all()
    assert narrow["p"].equals(wide["p"])


def test_prediction_at_the_rows_of_the_fit_is_what_was_fitted(quine):
    fit = fit_poisson(*quine)
    assert np.exp(fit.predict(quine[0])) == pytest.approx(fit.fitted)
    assert fit.predict(quine[0].iloc[:, ::-1]) == pytest.approx(fit.predict(quine[0]))


# ---- refusals ------------------------------------------------------------------------------------


def test_a_logit_without_a_finite_answer_is_refused_before_it_is_fitted():
    classes = pd.DataFrame({"middle": [0, 1, 0], "large": [0, 0, 1]})
    with pytest.raises(SeparationError, match="large"):
        fit_shares(classes, [126, 62, 12], [213, 83, 12])
    # shares that are neither 0 nor 1 never separate, however unlike
    assert fit_shares(pd.DataFrame({"large": [0, 0, 1]}), [1, 1, 99], [100] * 3).estimates[1] > 5


def test_one_column_is_found_separated_exactly_where_the_linear_programme_finds_it():
    found = []
    for seed in range(60):
        random = np.random.default_rng(seed)
        design = pd.DataFrame({"x": np.r_[random.integers(0, 4, 4), 4].astype(float)})
        outcome = random.permutation([0.0, 0, 1, 1, 1])
        found.append(bool(find_infinite_terms(design, outcome, np.ones(5))))
        if found[-1]:
            with pytest.raises(SeparationError, match="x"):
                fit_shares(design, outcome, np.ones(5))
        else:
            assert np.abs(fit_shares(design, outcome, np.ones(5)).estimates).max() < 20
    assert 10 < sum(found) < 50


def test_separation_of_the_first_part_leaves_the_second():
    design = pd.DataFrame({"size": np.arange(10.0)})
    replies = [0, 0, 0, 0, 3, 5, 4, 6, 3, 5]
    fit = fit_two_parts(design, replies, [10] * 10)
    assert fit.any is None
    assert fit.share.n == 6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"covariance": "HC2"}, "unknown covariance"),
        ({"covariance": "cluster"}, "name the clusters"),
        ({"covariance": "HC1", "clusters": [1, 2, 3, 4, 5]}, "name the clusters"),
        ({"covariance": "cluster", "clusters": [1, 1, 1, 1, 1]}, "at least two"),
        ({"covariance": "cluster", "clusters": [1, 1, None, 2, 2]}, "must belong to a cluster"),
        ({"covariance": "cluster", "clusters": [1, 1, 2, 2, 2], "cluster_correction": "some"}, "unknown correction"),
        ({"weigh": "rows", "covariance": "model"}, "no binomial variance"),
    ],
)  # fmt: skip
def test_a_covariance_that_does_not_go_with_the_rest_is_refused(arguments, message):
    design = pd.DataFrame({"x": [0.0, 1, 0, 1, 0]})
    with pytest.raises(ValueError, match=message):
        fit_shares(design, [1, 3, 2, 5, 4], [9, 9, 9, 9, 9], **arguments)


def test_data_that_a_library_would_fit_all_the_same_are_refused():
    counts = [3, 4, 9, 2, 6]
    with pytest.raises(ValueError, match="follows from the others"):
        fit_poisson(pd.DataFrame({"x": [1, 2, 3, 4, 5], "twice": [2, 4, 6, 8, 10]}), counts)
    with pytest.raises(ValueError, match="finite"):
        fit_poisson(pd.DataFrame({"x": [1, 2, np.nan, 4, 5]}), counts)
    with pytest.raises(ValueError, match="finite"), np.errstate(divide="ignore"):
        fit_linear(pd.DataFrame({"x": [1, 2, 3, 4, 5]}), np.log([0, 1, 2, 3, 4]))
    with pytest.raises(ValueError, match="too few"):
        fit_linear(pd.DataFrame({"x": [1, 2]}), [1, 2])
    alone = pd.DataFrame({"last": [0, 0, 0, 0, 1]})
    with pytest.raises(ValueError, match="a row alone decides"):
        fit_poisson(alone, counts, covariance="HC3")
    with pytest.raises(ValueError, match="negative"):
        fit_poisson(pd.DataFrame({"x": [1, 2, 3, 4, 5]}), [1, 2, -1, 3, 4])
    with pytest.raises(ValueError, match="whole number"):
        fit_negative_binomial(pd.DataFrame({"x": [1, 2, 3, 4, 5]}), [1, 2, 0.5, 3, 4])
    with pytest.raises(ValueError, match="is its alpha"):
        fit_negative_binomial(pd.DataFrame({"x": [1, 2, 3, 4, 5]}), counts, covariance="dispersion")
    with pytest.raises(ValueError, match="all counts are 0"):
        fit_poisson(pd.DataFrame({"x": [1, 2, 3, 4, 5]}), [0] * 5)
    with pytest.raises(ValueError, match="same number of rows"):
        fit_poisson(pd.DataFrame({"x": [1, 2, 3]}), counts)
    with pytest.raises(ValueError, match="no share"):
        fit_shares(pd.DataFrame({"x": [1, 2, 1, 2]}), [0, 1, 1, 2], [0, 2, 3, 4], weigh="rows")
    with pytest.raises(ValueError, match="vary no more than binomial"):
        fit_beta_binomial(pd.DataFrame(index=range(6)), [5, 5, 5, 5, 5, 6], [10] * 6)


def test_a_spline_is_refused_beyond_its_knots_and_on_too_few_values():
    spline = NaturalSpline.at_quantiles([1.0, 2, 3, 4, 5])
    with pytest.raises(ValueError, match="beyond"):
        spline.columns([5.1])
    with pytest.raises(ValueError, match="too few different"):
        NaturalSpline.at_quantiles([1.0, 1, 1, 1, 2])


def test_adjustment_refuses_a_missing_p_value_and_an_unknown_method():
    with pytest.raises(ValueError, match="none may be missing"):
        adjust_p_values([0.1, np.nan])
    with pytest.raises(ValueError, match="unknown method"):
        adjust_p_values([0.1], "sidak")


def test_an_effect_of_a_term_that_is_not_there_is_refused(towns):
    fit = fit_shares(towns[["doublings"]], towns["is_present"], np.ones(len(towns)))
    with pytest.raises(KeyError, match="no term"):
        average_marginal_effect(fit, towns[["doublings"]], "halvings")


@pytest.mark.parametrize("module", [regression, count_models], ids=["regression", "count_models"])
def test_the_examples_in_the_docstrings_come_out(module):
    assert doctest.testmod(module).failed == 0
