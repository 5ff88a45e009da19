"""Regressions of counts (followers, messages) and of clustered shares: negative binomial, Poisson, beta-binomial.

With the logarithm of the population as a term, its coefficient is an elasticity: the percentage by which the count
grows with one percent more inhabitants. With the same logarithm as an offset it is the elasticity less one.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, stats
from scipy.special import expit, logit
from statsmodels.tools.numdiff import approx_hess

from roeptoeter.estimators.glm import Covariance, Fit, check_rows, estimate_covariance, fit_glm
from roeptoeter.estimators.logistic import SeparationError
from roeptoeter.estimators.regression import fit_shares


def fit_poisson(
    design: pd.DataFrame,
    counts: Sequence[float],
    *,
    offset: Sequence[float] | None = None,
    covariance: Covariance = "HC3",
    clusters: Sequence | None = None,
    cluster_correction: str = "G/(G-1)",
) -> Fit:
    """Fit a Poisson regression with logarithmic link; only the mean need be right.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept.
    counts : sequence, shape (rows,)
        Not negative.
    offset : sequence, shape (rows,), optional
        Added to the logarithm of the mean with coefficient 1.
    covariance : {"model", "dispersion", "HC0", "HC1", "HC3", "cluster"}
        As for `regression.fit_shares`; "dispersion" is the quasi-Poisson.
    clusters, cluster_correction
        As for `regression.fit_shares`.

    Returns
    -------
    Fit
        Estimates are logarithms of rate ratios; the log-likelihood is NaN if a count is no whole number.

    Raises
    ------
    ValueError
        As `regression.fit_shares`; or if a count is negative, or all are 0.

    Notes
    -----
    Pseudo-maximum likelihood (Gourieroux, Monfort and Trognon 1984; Santos Silva and Tenreyro 2006). It weighs rows by
    their size, so that a few very large ones decide; HC0 is then too short, HC3 less so.
    """
    counts = _check_counts(counts)
    fit = fit_glm(
        design,
        counts,
        sm.families.Poisson(),
        offset=_to_array(offset),
        covariance=covariance,
        clusters=clusters,
        cluster_correction=cluster_correction,
    )
    if np.any(counts != np.round(counts)):
        return replace(fit, log_likelihood=np.nan)
    return fit


def fit_negative_binomial(
    design: pd.DataFrame,
    counts: Sequence[int],
    *,
    offset: Sequence[float] | None = None,
    covariance: Covariance = "HC1",
    clusters: Sequence | None = None,
    cluster_correction: str = "G/(G-1)",
) -> Fit:
    """Fit a negative binomial regression whose variance grows with the square of the mean (NB2).

    Parameters
    ----------
    design, counts, offset, covariance, clusters, cluster_correction
        As for `fit_poisson`; counts are whole numbers.

    Returns
    -------
    Fit
        With alpha as dispersion, 0 where the counts vary no more than Poisson's; then the fit is Poisson's.

    Raises
    ------
    ValueError
        As `fit_poisson`; or if a count is no whole number.

    Notes
    -----
    Variance mu + alpha mu² (Cameron and Trivedi 1986). All by maximum likelihood; the covariance is that of the
    coefficients at the given alpha, whose robust kinds hold for any variance (Gourieroux, Monfort and Trognon 1984).
    """
    counts, offset = _check_counts(counts), _to_array(offset)
    if np.any(counts != np.round(counts)):
        raise ValueError("a negative binomial count must be a whole number")
    if covariance == "dispersion":
        raise ValueError("the dispersion of a negative binomial is its alpha; use HC1")
    rows, _ = check_rows(design, counts)
    how = {
        "covariance": covariance,
        "clusters": clusters,
        "cluster_correction": cluster_correction,
    }
    start = fit_glm(design, counts, sm.families.Poisson(), offset=offset)
    excess = (counts - start.fitted) ** 2 - counts
    # the slope of the likelihood in alpha at 0: not positive, and there is no better alpha
    if excess.sum() <= 0:
        fit = fit_glm(design, counts, sm.families.Poisson(), offset=offset, **how)
        return replace(fit, parameters=fit.parameters + 1, dispersion=0.0)
    model = sm.NegativeBinomial(counts, rows.to_numpy(), offset=offset)
    found = [*start.estimates, max(excess.mean() / np.mean(start.fitted**2), 0.01)]
    with warnings.catch_warnings():
        # what comes of a failure is checked below, and refused in words of our own
        warnings.simplefilter("ignore")
        # the first finds its way from anywhere, the second arrives: the same digits on every machine
        for method in ("bfgs", "newton"):
            result = model.fit(start_params=found, disp=0, maxiter=500, method=method)
            found = result.params
    if not (result.mle_retvals["converged"] and np.isfinite(found).all() and found[-1] > 0):
        raise ValueError("the negative binomial fit did not converge")
    estimates, alpha = np.asarray(found[:-1]), float(found[-1])
    mean = np.exp(rows.to_numpy() @ estimates + (0.0 if offset is None else offset))
    spread = 1 + alpha * mean
    matrix, kind = estimate_covariance(
        rows.to_numpy(), mean / spread, (counts - mean) / spread, **how
    )
    return Fit(
        tuple(rows.columns),
        estimates,
        matrix,
        kind,
        float(result.llf),
        rows.shape[1] + 1,
        mean,
        alpha,
        len(rows),
    )


def fit_beta_binomial(design: pd.DataFrame, successes: Sequence[int], trials: Sequence[int]) -> Fit:
    """Fit shares that differ between rows of the same design by more than chance.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept; no column at all fits one mean.
    successes, trials : sequence of int, shape (rows,)
        Rows without trials are left out.

    Returns
    -------
    Fit
        Estimates are log-odds; the dispersion is rho, the correlation of two trials of one row. The covariance is the
        inverse of the observed information.

    Raises
    ------
    ValueError
        As `regression.fit_shares`; or if the rows vary no more than binomial ones, so that rho would be 0.

    Notes
    -----
    With mu = expit(Xb) and s = (1 - rho) / rho, the share of a row is drawn from Beta(mu s, (1 - mu) s) (Williams 1975;
    Crowder 1978); s is how many trials the prior of an empirical Bayes estimate weighs. Unlike a binomial fit, its mean
    is wrong if the distribution is: it serves for rho, not for the answer.
    """
    successes, trials = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    kept = trials > 0
    successes, trials = successes[kept], trials[kept]
    rows, _ = check_rows(design[kept], successes)
    start = fit_shares(design[kept], successes, trials)
    if start.dispersion <= 1:
        raise ValueError("the rows vary no more than binomial ones: there is no rho to estimate")
    columns = rows.to_numpy()

    def lose(parameters: np.ndarray) -> float:
        mean, rho = expit(columns @ parameters[:-1]), expit(parameters[-1])
        prior = (1 - rho) / rho
        likelihood = stats.betabinom.logpmf(successes, trials, mean * prior, (1 - mean) * prior)
        return -float(likelihood.sum())

    guess = logit(np.clip((start.dispersion - 1) / max(trials.mean() - 1, 1), 0.001, 0.9))
    found = optimize.minimize(
        lose, [*start.estimates, guess], method="BFGS", options={"gtol": 1e-5}
    )
    if np.abs(found.jac).max() > 1e-2 * max(1.0, abs(found.fun) / 100):
        raise ValueError("the beta-binomial fit did not converge")
    covariance = np.linalg.inv(approx_hess(found.x, lose))
    return Fit(
        tuple(rows.columns),
        found.x[:-1],
        covariance[:-1, :-1],
        "model",
        -float(found.fun),
        len(found.x),
        expit(columns @ found.x[:-1]),
        float(expit(found.x[-1])),
        len(rows),
    )


class TwoPartFit(NamedTuple):
    """Whether at all, and how much of it where at all; `any` is None where it has no finite estimate."""

    any: Fit | None
    share: Fit
    rows: np.ndarray


def fit_two_parts(
    design: pd.DataFrame, successes: Sequence[int], trials: Sequence[int]
) -> TwoPartFit:
    """Fit whether a row succeeds at all, and the share of successes of the rows that do.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept.
    successes, trials : sequence of int, shape (rows,)
        Every row with at least one trial.

    Returns
    -------
    TwoPartFit
        any: a logit; None under separation, for which there is `logistic.fit_firth`. share: a fractional logit with
        HC1, in which each row's share counts once. rows: which rows succeed at all.

    Raises
    ------
    ValueError
        As `regression.fit_shares`, for either part.

    Notes
    -----
    The two parts may go different ways, where one model of all shares gives one number in between that depends on its
    weights (Ramalho and Ramalho 2011). Papke and Wooldridge (1996) for the second part.
    """
    successes, trials = np.asarray(successes, dtype=float), np.asarray(trials, dtype=float)
    some = successes > 0
    try:
        any_ = fit_shares(design, some, np.ones(len(some)))
    except SeparationError:
        any_ = None
    share = fit_shares(design[some], successes[some], trials[some], weigh="rows", covariance="HC1")
    return TwoPartFit(any_, share, some)


def quantile_residuals(
    counts: Sequence[int], means: Sequence[float], alpha: float, seed: int
) -> np.ndarray:
    """Turn counts into residuals that are standard normal if the model holds.

    Parameters
    ----------
    counts, means : sequence, shape (rows,)
        Observed counts and the means that a model fitted.
    alpha : float
        Of the negative binomial; 0 for Poisson's.
    seed : int
        A count jumps from one probability to the next; where between is drawn at random.

    Returns
    -------
    numpy.ndarray, shape (rows,)

    Notes
    -----
    Dunn and Smyth (1996): the normal quantile of a number drawn between P(Y < y) and P(Y ≤ y).
    """
    counts, means = np.asarray(counts), np.asarray(means, dtype=float)
    law = stats.nbinom(1 / alpha, 1 / (1 + alpha * means)) if alpha else stats.poisson(means)
    drawn = np.random.default_rng(seed).uniform(law.cdf(counts - 1), law.cdf(counts))
    return stats.norm.ppf(np.clip(drawn, 1e-12, 1 - 1e-12))


def _check_counts(counts: Sequence[float]) -> np.ndarray:
    counts = np.asarray(counts, dtype=float)
    if np.any(counts < 0):
        raise ValueError("a count cannot be negative")
    if not counts.any():
        raise ValueError("all counts are 0: nothing to explain")
    return counts


def _to_array(offset: Sequence[float] | None) -> np.ndarray | None:
    return None if offset is None else np.asarray(offset, dtype=float)
