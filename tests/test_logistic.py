"""Logistic regression under separation, against R's logistf and brglm2."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import logit

from roeptoeter.estimators.logistic import (
    SeparationError,
    find_infinite_terms,
    fit_firth,
    fit_maximum_likelihood,
    predict_flic,
)

ORACLES = Path(__file__).with_name("oracles")

# Flemish Twitter presence of 2016: below 20,000 inhabitants, 20,000 to 50,000, above.
PRESENT, OF = [126, 62, 12], [213, 83, 12]
CLASSES = pd.DataFrame({"middle": [0, 1, 0], "large": [0, 0, 1]})


def read_oracle(name, outcome):
    data = pd.read_csv(ORACLES / f"{name}.csv")
    return data.drop(columns=outcome), data[outcome], np.ones(len(data), dtype=int)


def test_firth_agrees_with_logistf_on_endometrial():
    fit = fit_firth(*read_oracle("endometrial", "HG")).set_index("term")
    expected = [3.7745597136, 2.9292733532, -0.0347517599, -2.6041639253]
    assert list(fit.index) == ["intercept", "NV", "PI", "EH"]
    assert fit["estimate"].to_numpy() == pytest.approx(expected, abs=1e-6)
    profile = fit.loc["NV", ["low", "high"]].astype(float).to_numpy()
    assert profile == pytest.approx([0.609724436, 7.8546317139], abs=1e-5)
    assert fit.loc["NV", "p"] == pytest.approx(0.00912366755, abs=1e-5)


def test_firth_agrees_with_logistf_on_sex2():
    fit = fit_firth(*read_oracle("sex2", "case")).set_index("term")
    expected = [
        0.1202540459,
        -1.1059813082,
        -0.0688167304,
        2.2688746443,
        -2.1114081726,
        -0.7883169450,
        3.0960116609,
    ]
    assert fit["estimate"].to_numpy() == pytest.approx(expected, abs=1e-6)
    profile = fit.loc["dia", ["low", "high"]].astype(float).to_numpy()
    assert profile == pytest.approx([0.774568169, 8.0302935222], abs=1e-4)


def test_firth_agrees_with_logistf_on_grouped_counts():
    fit = fit_firth(CLASSES, PRESENT, OF).set_index("term")
    assert fit["estimate"].to_numpy() == pytest.approx(
        [0.368603515, 0.698510107, 2.850272310], abs=1e-6
    )
    profile = fit.loc["large", ["low", "high"]].astype(float).to_numpy()
    assert profile == pytest.approx([0.80028, 7.70815], abs=1e-4)
    assert fit.loc["large", "p"] == pytest.approx(0.0022008, abs=1e-4)


def test_grouped_counts_and_a_row_a_unit_give_one_fit():
    repeated = CLASSES.loc[np.repeat(CLASSES.index, OF)]
    outcomes = np.concatenate(
        [np.r_[np.ones(k), np.zeros(n - k)] for k, n in zip(PRESENT, OF, strict=True)]
    )
    by_unit = fit_firth(repeated, outcomes.astype(int), np.ones(len(outcomes), dtype=int))
    grouped = fit_firth(CLASSES, PRESENT, OF)
    assert by_unit["estimate"].to_numpy() == pytest.approx(grouped["estimate"].to_numpy())
    assert by_unit["high"].to_numpy() == pytest.approx(grouped["high"].to_numpy())


def test_firth_in_a_saturated_design_adds_half_a_unit_to_each_outcome():
    """With one indicator per class, Firth's penalty is known to be (k + 1/2) / (n + 1)."""
    fit = fit_firth(CLASSES, PRESENT, OF).set_index("term")["estimate"]
    smallest = logit((PRESENT[0] + 0.5) / (OF[0] + 1))
    assert fit["intercept"] == pytest.approx(smallest)
    assert fit["large"] == pytest.approx(logit(12.5 / 13) - smallest)


def test_a_higher_level_widens_the_profile():
    narrow, wide = fit_firth(CLASSES, PRESENT, OF, 0.8), fit_firth(CLASSES, PRESENT, OF, 0.99)
    assert (wide["low"] < narrow["low"]).all()
    assert (wide["high"] > narrow["high"]).all()
    with pytest.raises(ValueError, match="between 0 and 1"):
        fit_firth(CLASSES, PRESENT, OF, 95)


def test_flic_keeps_the_total_where_firth_does_not():
    design, outcome, ones = read_oracle("endometrial", "HG")
    shares = predict_flic(design, outcome, ones)
    assert outcome.sum() == 30
    assert shares.sum() == pytest.approx(30, abs=1e-8)
    firth = fit_firth(design, outcome, ones).set_index("term")["estimate"]
    slopes = design.to_numpy() @ firth[list(design.columns)].to_numpy()
    assert (1 / (1 + np.exp(-firth["intercept"] - slopes))).sum() == pytest.approx(29.885, abs=1e-3)
    assert logit(shares) - slopes == pytest.approx(np.full(len(design), 3.786), abs=1e-3)


@pytest.mark.parametrize(
    ("data", "outcome", "term"), [("endometrial", "HG", "NV"), ("sex2", "case", "dia")]
)
def test_separation_is_found_before_fitting(data, outcome, term):
    assert find_infinite_terms(*read_oracle(data, outcome)) == [term]


def test_separation_is_found_in_grouped_counts_and_not_where_there_is_none():
    assert find_infinite_terms(CLASSES, PRESENT, OF) == ["large"]
    assert find_infinite_terms(CLASSES, [126, 62, 11], OF) == []


def test_ordinary_fit_is_refused_under_separation():
    with pytest.raises(SeparationError, match="no finite estimate for large"):
        fit_maximum_likelihood(CLASSES, PRESENT, OF)


@pytest.mark.parametrize("routine", ["GLM", "Logit"])
def test_ordinary_fit_gives_the_closed_form_where_there_is_one(routine):
    fit = fit_maximum_likelihood(CLASSES, [126, 62, 11], OF, routine=routine).set_index("term")
    assert fit["is_finite"].all()
    assert fit["routine_converged"].all()
    smallest = logit(126 / 213)
    assert fit["estimate"].to_numpy() == pytest.approx(
        [smallest, logit(62 / 83) - smallest, logit(11 / 12) - smallest]
    )
    # Woolf's standard error of a log odds ratio
    woolf = np.sqrt(1 / 126 + 1 / 87 + 1 / 62 + 1 / 21)
    assert fit.loc["middle", "standard_error"] == pytest.approx(woolf)
    assert fit.loc["middle", "high"] == pytest.approx(
        logit(62 / 83) - smallest + 1.959963985 * woolf
    )


def test_ordinary_fit_forced_flags_the_infinite_term():
    fit = fit_maximum_likelihood(CLASSES, PRESENT, OF, despite_separation=True).set_index("term")
    assert list(fit.index[~fit["is_finite"]]) == ["large"]
    assert fit.loc["large", "estimate"] == pytest.approx(22.2, abs=0.05)
    assert fit.loc["large", "standard_error"] == pytest.approx(13_913, rel=1e-3)
    # what is finite is right all the same
    assert fit.loc["intercept", "estimate"] == pytest.approx(logit(126 / 213))


def test_statsmodels_says_nothing_of_separation():
    """The trap itself: GLM claims to have converged, without a warning, on separated rows.

    If this fails, statsmodels has begun to warn, and the notebook's sentence about it must change.
    """
    rows = np.repeat(np.c_[np.ones(3), CLASSES.to_numpy()], OF, axis=0)
    outcomes = np.concatenate(
        [np.r_[np.ones(k), np.zeros(n - k)] for k, n in zip(PRESENT, OF, strict=True)]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sm.GLM(outcomes, rows, family=sm.families.Binomial()).fit().converged


@pytest.mark.parametrize(
    ("successes", "trials", "says"),
    [
        ([126, 62], [213, 83], "same number of rows"),
        ([126, 62, 13], OF, "between 0 and its trials"),
        ([-1, 62, 12], OF, "between 0 and its trials"),
        (OF, OF, "nothing to explain"),
        ([0, 0, 0], OF, "nothing to explain"),
    ],
)
@pytest.mark.parametrize("fit", [fit_firth, fit_maximum_likelihood, predict_flic])
def test_counts_that_cannot_be_fitted_are_refused(fit, successes, trials, says):
    with pytest.raises(ValueError, match=says):
        fit(CLASSES, successes, trials)
