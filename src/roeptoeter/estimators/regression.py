"""Regressions of shares and of logarithms, each guarded before it is fitted; `count_models` has those of counts.

A logit without a finite answer is refused, shares carry their trials as weights (two columns of successes and failures
lose them on the way to the dispersion), and the covariance is the one that was asked for: see `glm`. No model is
written as a formula, which would look its names up in whatever calls it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from scipy.interpolate import CubicSpline
from statsmodels.stats.multitest import multipletests

from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.glm import Covariance, Fit, add_intercept, check_rows, fit_glm
from roeptoeter.estimators.logistic import INTERCEPT, SeparationError, find_infinite_terms
from roeptoeter.estimators.trend import ChiSquareTest


def fit_shares(
    design: pd.DataFrame,
    successes: Sequence[float],
    trials: Sequence[float],
    *,
    weigh: Literal["trials", "rows"] = "trials",
    covariance: Covariance = "model",
    clusters: Sequence | None = None,
    cluster_correction: str = "G/(G-1)",
) -> Fit:
    """Fit a logit to shares: of trials 0 and 1, of all trials together, or each row's share counting once.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept.
    successes, trials : sequence, shape (rows,)
        With trials all 1, the ordinary logit of a row a unit.
    weigh : {"trials", "rows"}
        "trials": a row counts as often as it has trials (binomial likelihood, message-weighted). "rows": each share
        counts once, whatever it rests on (fractional logit, account-weighted).
    covariance : {"model", "dispersion", "HC0", "HC1", "HC3", "cluster"}
        "model" believes that trials are independent; "dispersion" multiplies that by Pearson's chi-square over n - k
        (quasi-binomial); HC0 to HC3 are robust to a wrong variance, row by row; "cluster" also to dependence within
        `clusters`.
    clusters : sequence, shape (rows,), optional
        Needed for, and only for, "cluster".
    cluster_correction : str
        One of `CLUSTER_CORRECTIONS`.

    Returns
    -------
    Fit
        Estimates are log-odds.

    Raises
    ------
    SeparationError
        If a term has no finite estimate.
    ValueError
        If shapes differ, something is missing, a column follows from the others, all or none succeed, the fit does not
        converge, or the covariance does not go with the rest.

    Notes
    -----
    With weights w, residuals e = w (y - mu) and A = X' diag(w mu (1 - mu)) X, the covariance is A⁻¹ M A⁻¹ with
    M = Σ e² x x' (HC0), n/(n-k) times that (HC1), Σ (e/(1-h))² x x' with the leverage h (HC3), or the sum over clusters
    of (Σ e x)(Σ e x)' times the correction. Papke and Wooldridge (1996) for shares that count once; McCullagh and
    Nelder (1989) for the dispersion; MacKinnon and White (1985); Liang and Zeger (1986). Two columns of successes and
    failures in statsmodels 0.15 give a dispersion that leaves the trials out, hence shares with weights.

    Examples
    --------
    >>> design = pd.DataFrame({"large": [0, 0, 1, 1]})
    >>> fit = fit_shares(design, [10, 30, 30, 50], [100, 100, 100, 100])
    >>> fit.estimates.round(3).tolist(), round(fit.dispersion, 2)  # far more than 1: rows differ
    ([-1.386, 0.981], 10.42)
    """
    successes, trials = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    if weigh == "rows" and np.any(trials <= 0):
        raise ValueError("a row without trials has no share; leave it out")
    if weigh == "rows" and covariance == "model" and np.any(trials != 1):
        raise ValueError("shares that count once have no binomial variance; use HC1")
    _check_separation(design, successes, trials)
    kept = trials > 0
    fit = fit_glm(
        design[kept],
        successes[kept] / trials[kept],
        sm.families.Binomial(),
        weights=trials[kept] if weigh == "trials" else None,
        covariance=covariance,
        clusters=None if clusters is None else np.asarray(clusters)[kept],
        cluster_correction=cluster_correction,
    )
    if weigh == "rows" and np.any(trials != 1):
        # a likelihood only in name: the weights are not the trials
        return replace(fit, log_likelihood=np.nan)
    return fit


def fit_linear(
    design: pd.DataFrame,
    outcome: Sequence[float],
    *,
    covariance: Literal["model", "HC0", "HC1", "HC3"] = "HC3",
) -> Fit:
    """Fit a linear regression by least squares.

    Of a logarithm, a slope on another logarithm is an elasticity; of 0 and 1, a slope is a change of the probability.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept.
    outcome : sequence, shape (rows,)
    covariance : {"model", "HC0", "HC1", "HC3"}
        HC3 by default: it keeps its level in small samples (Long and Ervin 2000).

    Returns
    -------
    Fit

    Raises
    ------
    ValueError
        If shapes differ, something is missing or infinite (the logarithm of a zero), or a column follows from others.
    """
    rows, outcome = check_rows(design, outcome)
    if len(rows) == rows.shape[1]:
        raise ValueError(f"{len(rows)} rows are too few for {rows.shape[1]} coefficients")
    kind = "nonrobust" if covariance == "model" else covariance
    result = sm.OLS(outcome, rows.to_numpy()).fit(cov_type=kind, use_t=True)
    return Fit(
        tuple(rows.columns),
        np.asarray(result.params),
        np.asarray(result.cov_params()),
        covariance,
        float(result.llf),
        rows.shape[1] + 1,
        np.asarray(result.fittedvalues),
        float(result.scale),
        len(rows),
        float(result.df_resid),
    )


def average_marginal_effect(
    fit: Fit,
    design: pd.DataFrame,
    slope: str | pd.DataFrame,
    confidence: float = 0.95,
) -> Estimate:
    """Average, over the rows, how much the share of a logit changes with one unit more.

    Parameters
    ----------
    fit : Fit
        As `fit_shares` returns it.
    design : pandas.DataFrame, shape (rows, terms)
        The rows over which the mean is taken, without the intercept.
    slope : str or pandas.DataFrame
        A column of the design; or, where a variable enters by several, the derivative of each column with respect to
        it, rows as in `design` (a spline).
    confidence : float

    Returns
    -------
    Estimate
        As a share from 0 to 1 per unit, with the delta interval on the covariance of the fit.

    Raises
    ------
    KeyError
        If there is no such column.

    Notes
    -----
    With the derivative d of the linear predictor, the mean of mu (1 - mu) d; for one column d is its coefficient.
    Statsmodels' ``get_margeff`` gives the same for a logit, but knows neither splines nor the covariances of this
    module.

    Examples
    --------
    >>> design = pd.DataFrame({"doublings": [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0]})
    >>> fit = fit_shares(design, [2, 3, 5, 4, 8, 9], [10, 10, 10, 10, 10, 10])
    >>> round(average_marginal_effect(fit, design, "doublings").value, 3)
    0.126
    """
    rows = add_intercept(design)[list(fit.terms)].to_numpy()
    if isinstance(slope, str):
        if slope not in fit.terms:
            raise KeyError(f"the fit has no term {slope!r}")
        derivative = np.broadcast_to(np.array(fit.terms) == slope, rows.shape).astype(float)
    else:
        derivative = slope.assign(**{INTERCEPT: 0.0})[list(fit.terms)].to_numpy()
    mean = 1 / (1 + np.exp(-rows @ fit.estimates))
    change, weight = derivative @ fit.estimates, mean * (1 - mean)
    effect = float(np.mean(weight * change))
    gradient = np.mean(
        weight[:, None] * derivative + (weight * (1 - 2 * mean) * change)[:, None] * rows, axis=0
    )
    error = float(np.sqrt(gradient @ fit.covariance @ gradient))
    reach = stats.t.ppf(0.5 + confidence / 2, fit.degrees_of_freedom) * error
    return Estimate(
        effect,
        effect - reach,
        effect + reach,
        "superpopulation",
        "average marginal effect on the share",
        "share",
        len(rows),
        confidence,
    )


@dataclass(frozen=True, slots=True, eq=False)
class NaturalSpline:
    """A smooth curve in one variable, straight at both ends, as columns of a design.

    Parameters
    ----------
    knots : numpy.ndarray, shape (k,)
        Ascending; the first and the last are the ends of the data.

    Notes
    -----
    Cubic between the knots, with second derivative 0 at the ends; the functions that are 1 at one knot and 0 at the
    others, without the first, which the intercept replaces. Straight lines are among the curves, so that a
    likelihood-ratio test on k - 2 degrees of freedom compares the two.
    """

    knots: np.ndarray

    @classmethod
    def at_quantiles(cls, variable: Sequence[float], knots: int = 4) -> "NaturalSpline":
        """Place the knots at equally spaced quantiles of the variable; ValueError if too few values differ."""
        places = np.quantile(np.asarray(variable, dtype=float), np.linspace(0, 1, knots))
        if np.any(np.diff(places) <= 0):
            raise ValueError(f"the variable has too few different values for {knots} knots")
        return cls(places)

    def columns(self, variable: Sequence[float]) -> pd.DataFrame:
        """Return the columns of the design; ValueError outside the outermost knots."""
        return self._evaluate(variable, 0)

    def slopes(self, variable: Sequence[float]) -> pd.DataFrame:
        """Return the derivative of each column with respect to the variable."""
        return self._evaluate(variable, 1)

    def _evaluate(self, variable: Sequence[float], order: int) -> pd.DataFrame:
        places = np.asarray(variable, dtype=float)
        if places.min() < self.knots[0] or places.max() > self.knots[-1]:
            raise ValueError("a spline says nothing beyond its outermost knots")
        curve = CubicSpline(self.knots, np.eye(len(self.knots)), bc_type="natural")
        names = [f"spline_{position}" for position in range(1, len(self.knots))]
        return pd.DataFrame(curve(places, order)[:, 1:], columns=names)


def likelihood_ratio_test(smaller: Fit, larger: Fit) -> ChiSquareTest:
    """Test whether the further terms of a larger model are needed.

    Parameters
    ----------
    smaller, larger : Fit
        Of the same rows, the smaller one a special case of the larger.

    Returns
    -------
    ChiSquareTest
        Twice the gain in log-likelihood, on as many degrees of freedom as parameters were added.

    Raises
    ------
    ValueError
        If the models are of different rows, none is larger, the larger fits worse, or one has no likelihood.
    """
    added = larger.parameters - smaller.parameters
    gain = 2 * (larger.log_likelihood - smaller.log_likelihood)
    if smaller.n != larger.n or added <= 0:
        raise ValueError("a likelihood-ratio test needs two models of the same rows, one larger")
    if not gain >= -1e-6:
        raise ValueError("the larger model does not contain the smaller one, or has no likelihood")
    gain = max(gain, 0.0)
    return ChiSquareTest(float(gain), added, float(stats.chi2.sf(gain, added)))


def adjust_p_values(
    p: Sequence[float], method: Literal["holm", "benjamini-hochberg"] = "holm"
) -> np.ndarray:
    """Adjust the p-values of one family of tests for their number.

    Parameters
    ----------
    p : sequence of float
        None missing.
    method : {"holm", "benjamini-hochberg"}
        Holm (1979) bounds the chance of a single false rejection; Benjamini and Hochberg (1995) bound the expected
        share of false ones among the rejections, for explorations.

    Returns
    -------
    numpy.ndarray
        In the same order; to be held against the level of the family.

    Raises
    ------
    ValueError
        If a p-value is missing or not between 0 and 1, or the method is unknown.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.04, 0.03]).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    methods = {"holm": "holm", "benjamini-hochberg": "fdr_bh"}
    p = np.asarray(p, dtype=float)
    if method not in methods:
        raise ValueError(f"unknown method {method!r}; known: {sorted(methods)}")
    if not np.all((p >= 0) & (p <= 1)):
        raise ValueError("each p-value must lie between 0 and 1; none may be missing")
    return multipletests(p, method=methods[method])[1] if len(p) else p


def _check_separation(design: pd.DataFrame, successes: np.ndarray, trials: np.ndarray) -> None:
    some, others = successes > 0, successes < trials
    if design.shape[1] == 0 and some.any() and others.any():
        return
    if design.shape[1] == 1 and some.any() and others.any():
        column = design.iloc[:, 0].to_numpy(dtype=float)
        # in one column separation is no more than this, and many fits have one column
        if column[some].min() < column[others].max() and column[others].min() < column[some].max():
            return
    infinite = find_infinite_terms(design, successes, trials) if design.shape[1] else [INTERCEPT]
    if infinite:
        raise SeparationError(f"no finite estimate for {', '.join(infinite)}; use fit_firth")
