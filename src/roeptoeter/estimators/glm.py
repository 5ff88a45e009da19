"""A generalised linear model by statsmodels with the covariance that was asked for; what regressions have in common.

statsmodels takes ``cov_type="HC1"`` or ``"HC3"`` for such a model and returns HC0 without a word, and corrects for the
number of clusters in its own way. Here the covariance is put together from the fit, and named.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import stats
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from roeptoeter.estimators.logistic import INTERCEPT

Covariance = Literal["model", "dispersion", "HC0", "HC1", "HC3", "cluster"]

#: Factors on a covariance over G clusters, n rows and k coefficients. R's sandwich and Stata take the second for a
#: generalised linear model, statsmodels the third.
CLUSTER_CORRECTIONS = ("none", "G/(G-1)", "G/(G-1) (n-1)/(n-k)")


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A regression that has been fitted.

    Parameters
    ----------
    terms : tuple of str, length k
        "intercept" first.
    estimates : numpy.ndarray, shape (k,)
    covariance : numpy.ndarray, shape (k, k)
        Of the kind named.
    covariance_kind : str
        "model", "HC1" and so on; of clusters with the correction: "cluster, G/(G-1)".
    log_likelihood : float
        At the estimates; NaN where only the mean is modelled (shares that count once each).
    parameters : int
        How many were estimated by likelihood: k, and one more where a dispersion is.
    fitted : numpy.ndarray, shape (n,)
        Predicted means.
    dispersion : float
        Pearson's chi-square over n - k for shares and Poisson counts (NaN if n = k), alpha of a negative binomial, rho of a
        beta-binomial, the residual variance of a linear regression.
    n : int
        Rows.
    degrees_of_freedom : float
        Of the t distribution of the intervals; infinite where the normal one is used.
    """

    terms: tuple[str, ...]
    estimates: np.ndarray
    covariance: np.ndarray
    covariance_kind: str
    log_likelihood: float
    parameters: int
    fitted: np.ndarray
    dispersion: float
    n: int
    degrees_of_freedom: float = np.inf

    @property
    def aic(self) -> float:
        """Akaike's information criterion; the smaller the better, among models of the same rows."""
        return 2 * self.parameters - 2 * self.log_likelihood

    def coefficients(self, confidence: float = 0.95) -> pd.DataFrame:
        """Return a row a term: term, estimate, standard_error, low, high, p (Wald, two-sided)."""
        errors = np.sqrt(np.diag(self.covariance))
        reach = stats.t.ppf(0.5 + confidence / 2, self.degrees_of_freedom) * errors
        return pd.DataFrame(
            {
                "term": list(self.terms),
                "estimate": self.estimates,
                "standard_error": errors,
                "low": self.estimates - reach,
                "high": self.estimates + reach,
                "p": 2 * stats.t.sf(np.abs(self.estimates / errors), self.degrees_of_freedom),
            }
        )

    def predict(self, design: pd.DataFrame) -> np.ndarray:
        """Return the linear predictor at other rows of the same design; the link is the caller's."""
        return add_intercept(design)[list(self.terms)].to_numpy() @ self.estimates

    def predict_limits(
        self, design: pd.DataFrame, confidence: float = 0.95
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the ends of the pointwise interval of the linear predictor at other rows."""
        rows, middle = add_intercept(design)[list(self.terms)].to_numpy(), self.predict(design)
        errors = np.sqrt(np.einsum("ij,jk,ik->i", rows, self.covariance, rows))
        reach = stats.t.ppf(0.5 + confidence / 2, self.degrees_of_freedom) * errors
        return middle - reach, middle + reach


def check_rows(design: pd.DataFrame, outcome: Sequence[float]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the design with its intercept and the outcome as numbers, or refuse them.

    Raises
    ------
    ValueError
        If the lengths differ, a number is missing or infinite, there are fewer rows than columns, or a column
        follows from the others: a library would fit that all the same.
    """
    rows, outcome = add_intercept(design), np.asarray(outcome, dtype=float)
    if outcome.shape != (len(rows),):
        raise ValueError("design and outcome must have the same number of rows")
    if not (np.isfinite(rows.to_numpy()).all() and np.isfinite(outcome).all()):
        raise ValueError("design and outcome must be finite numbers, none missing")
    if len(rows) < rows.shape[1]:
        raise ValueError(f"{len(rows)} rows are too few for {rows.shape[1]} coefficients")
    if np.linalg.matrix_rank(rows.to_numpy()) < rows.shape[1]:
        raise ValueError("a column of the design follows from the others")
    return rows, outcome


def fit_glm(
    design: pd.DataFrame,
    outcome: Sequence[float],
    family: sm.families.Family,
    *,
    weights: Sequence[float] | None = None,
    offset: Sequence[float] | None = None,
    covariance: Covariance = "model",
    clusters: Sequence | None = None,
    cluster_correction: str = "G/(G-1)",
) -> Fit:
    """Fit a generalised linear model; what `fit_shares` and `count_models` have in common.

    Parameters are theirs; `family` is that of statsmodels, `weights` are its ``var_weights``. Errors are those of
    `fit_shares`, but for the separation, which the caller looks for.
    """
    rows, outcome = check_rows(design, outcome)
    model = sm.GLM(outcome, rows.to_numpy(), family=family, var_weights=weights, offset=offset)
    # scale=1: a dispersion belongs to one kind of covariance only, and is computed below
    # errstate: a fit with as many rows as coefficients leaves nothing to divide
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # shares can be fitted exactly without being separated, which has been looked for
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        result = model.fit(scale=1.0, maxiter=200, tol=1e-10)
    if not result.converged:
        raise ValueError("the fit did not converge")
    n, k = rows.shape
    dispersion = float(result.pearson_chi2 / (n - k)) if n > k else np.nan
    mean = np.asarray(result.mu)
    slope, variance = family.link.deriv(mean), family.variance(mean)
    prior = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    matrix, kind = estimate_covariance(
        rows.to_numpy(),
        prior / (variance * slope**2),
        prior * (outcome - mean) / (variance * slope),
        covariance=covariance,
        dispersion=dispersion,
        clusters=clusters,
        cluster_correction=cluster_correction,
    )
    return Fit(
        tuple(rows.columns),
        np.asarray(result.params),
        matrix,
        kind,
        float(result.llf),
        k,
        mean,
        dispersion,
        n,
    )


def estimate_covariance(
    rows: np.ndarray,
    information: np.ndarray,
    residual: np.ndarray,
    *,
    covariance: Covariance,
    dispersion: float = 1.0,
    clusters: Sequence | None = None,
    cluster_correction: str = "G/(G-1)",
) -> tuple[np.ndarray, str]:
    """Put the covariance of the coefficients together, of the kind asked for.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, k)
        The design with its intercept.
    information, residual : numpy.ndarray, shape (n,)
        What each row adds to the expected information on its linear predictor, and its score (for a canonical link the
        weighted difference of outcome and mean).
    covariance, clusters, cluster_correction
        As for `regression.fit_shares`.
    dispersion : float
        What "dispersion" multiplies the covariance of the model by.

    Returns
    -------
    covariance : numpy.ndarray, shape (k, k)
    kind : str
        Its name: "HC1", or of clusters with the correction.

    Raises
    ------
    ValueError
        If the kind or the correction is unknown, clusters are missing or needless, there are too few rows or clusters,
        or a row alone decides a coefficient, which leaves HC3 without an answer.
    """
    _check_covariance(covariance, clusters, cluster_correction)
    n, k = rows.shape
    bread = np.linalg.inv(rows.T @ (information[:, None] * rows))
    if covariance == "model":
        return bread, covariance
    if n == k:
        raise ValueError(f"{n} rows are too few for {k} coefficients and a covariance {covariance}")
    if covariance == "dispersion":
        return bread * dispersion, covariance
    factor = n / (n - k) if covariance == "HC1" else 1.0
    if covariance == "HC3":
        leverage = information * np.einsum("ij,jk,ik->i", rows, bread, rows)
        if np.any(leverage > 1 - 1e-8):
            raise ValueError(
                "a row alone decides a coefficient, so that HC3 has no answer; use HC1"
            )
        residual = residual / (1 - leverage)
    scores = residual[:, None] * rows
    if covariance == "cluster":
        scores, factor = _sum_clusters(scores, clusters, cluster_correction)
        covariance = f"cluster, {cluster_correction}"
    return factor * bread @ (scores.T @ scores) @ bread, covariance


def _sum_clusters(scores: np.ndarray, clusters, correction: str) -> tuple[np.ndarray, float]:
    n, k = scores.shape
    labels, names = pd.factorize(np.asarray(clusters))
    groups = len(names)
    if labels.shape != (n,) or np.any(labels < 0):
        raise ValueError("each row must belong to a cluster")
    if groups < 2:
        raise ValueError("a covariance over clusters needs at least two of them")
    factor = 1.0
    if correction != "none":
        factor = groups / (groups - 1)
    if correction == CLUSTER_CORRECTIONS[2]:
        factor *= (n - 1) / (n - k)
    return np.stack([np.bincount(labels, column, groups) for column in scores.T], axis=1), factor


def _check_covariance(covariance: str, clusters, correction: str) -> None:
    known = ("model", "dispersion", "HC0", "HC1", "HC3", "cluster")
    if covariance not in known:
        raise ValueError(f"unknown covariance {covariance!r}; known: {', '.join(known)}")
    if (covariance == "cluster") != (clusters is not None):
        raise ValueError("name the clusters for a covariance over clusters, and only then")
    if correction not in CLUSTER_CORRECTIONS:
        raise ValueError(f"unknown correction {correction!r}; known: {CLUSTER_CORRECTIONS}")


def add_intercept(design: pd.DataFrame) -> pd.DataFrame:
    """Return the design as numbers, with the intercept as its first column and a fresh index."""
    columns = np.column_stack([np.ones(len(design)), design.to_numpy(dtype=float)])
    return pd.DataFrame(columns, columns=[INTERCEPT, *design.columns])
