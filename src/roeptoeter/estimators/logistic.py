"""Logistic regression where a class has everybody in it: separation, Firth's penalty, FLIC.

Every function takes grouped counts: row i of the design describes `trials[i]` units, of which
`successes[i]` have the property. With ``trials`` all 1 that is a row a unit.
"""

import warnings
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression, detect_separation
from scipy import optimize, stats
from scipy.special import expit
from sklearn.exceptions import ConvergenceWarning

INTERCEPT = "intercept"

# firthmodels stops at 1e-4 unless told otherwise, which leaves the fourth digit open. Its Fisher
# scoring converges linearly, hence many iterations; steps below 1e-6 drown in rounding on
# ill-scaled designs.
_EXACT = {
    "backend": "numpy",
    "gtol": 1e-8,
    "xtol": 1e-6,
    "max_iter": 500,
    "max_halfstep": 50,
}


class SeparationError(ValueError):
    """Some coefficients have no finite maximum-likelihood estimate."""


def find_infinite_terms(
    design: pd.DataFrame, successes: Sequence[int], trials: Sequence[int]
) -> list[str]:
    """Name the terms whose maximum-likelihood estimate is infinite, before any fit.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept, which is always added.
    successes, trials : sequence of int, shape (rows,)

    Returns
    -------
    list of str
        Columns of the design, "intercept" last; empty when maximum likelihood has a finite answer.

    Raises
    ------
    ValueError
        If the shapes differ or a count exceeds its trials.

    Notes
    -----
    The linear programme of Konis (2007), as `firthmodels.detect_separation` solves it. A fitting routine is no substitute: under separation it stops somewhere and may report that it
    converged.

    Examples
    --------
    A class of which all twelve members have an account:

    >>> design = pd.DataFrame({"middle": [0, 1, 0], "large": [0, 0, 1]})
    >>> find_infinite_terms(design, [126, 62, 12], [213, 83, 12])
    ['large']
    """
    rows, outcomes, _ = _expand(design, successes, trials)
    found = detect_separation(rows, outcomes)
    terms = [*design.columns, INTERCEPT]
    return [term for term, finite in zip(terms, found.is_finite, strict=True) if not finite]


def fit_firth(
    design: pd.DataFrame,
    successes: Sequence[int],
    trials: Sequence[int],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Fit a logistic regression with Firth's penalty; finite also under separation.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept.
    successes, trials : sequence of int, shape (rows,)
    confidence : float
        Nominal level of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row a term, "intercept" first: term, estimate, low, high (log-odds), p. The interval is
        that of the penalised profile likelihood, p that of the penalised likelihood-ratio test.
        There are no standard errors: the likelihood is lopsided exactly where the penalty is
        needed.

    Raises
    ------
    ValueError
        If the shapes differ, a count exceeds its trials, all or none have the property, or the fit
        or one of its profiles does not converge.

    Notes
    -----
    Firth (1993); Heinze and Schemper (2002). Fitted by `firthmodels`, whose default
    tolerances are tightened until it agrees with R's logistf in all digits printed.

    Examples
    --------
    >>> design = pd.DataFrame({"middle": [0, 1, 0], "large": [0, 0, 1]})
    >>> fit = fit_firth(design, [126, 62, 12], [213, 83, 12]).set_index("term")
    >>> [round(float(end), 3) for end in fit.loc["large", ["estimate", "low", "high"]]]
    [2.85, 0.8, 7.708]
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected a level between 0 and 1")
    rows, outcomes, weights = _expand(design, successes, trials)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            model = FirthLogisticRegression(**_EXACT).fit(rows, outcomes, sample_weight=weights)
            model.lrt()
            intervals = model.conf_int(
                alpha=1 - confidence, method="pl", max_iter=_EXACT["max_iter"], tol=_EXACT["gtol"]
            )
    except ConvergenceWarning as warning:
        raise ValueError(f"the penalised fit did not converge: {warning}") from None
    fit = pd.DataFrame(
        {
            "term": [*design.columns, INTERCEPT],
            "estimate": [*model.coef_, model.intercept_],
            "low": intervals[:, 0],
            "high": intervals[:, 1],
            "p": model.lrt_pvalues_,
        }
    )
    astray = fit.loc[~fit["estimate"].between(fit["low"], fit["high"]), "term"]
    if len(astray):
        # seen under complete separation of few rows: the search stops on the wrong side of the estimate
        raise ValueError(f"the profile of {', '.join(astray)} has an end beyond its estimate")
    return pd.concat([fit.tail(1), fit.head(-1)], ignore_index=True)


def predict_flic(
    design: pd.DataFrame, successes: Sequence[int], trials: Sequence[int]
) -> np.ndarray:
    """Predict shares from Firth's slopes with an intercept that keeps the total.

    Firth's penalty pulls every share towards one half; FLIC keeps the slopes and moves the
    intercept until the fitted number of successes is the observed one.

    Parameters and errors are those of `fit_firth`.

    Returns
    -------
    numpy.ndarray, shape (rows,)
        Predicted shares.

    Notes
    -----
    Puhr, Heinze, Nold, Lusa and Geroldinger (2017).

    Examples
    --------
    >>> design = pd.DataFrame({"large": [0, 1]})
    >>> shares = predict_flic(design, [5, 10], [10, 10])
    >>> round(float(shares @ [10, 10]), 6)  # 15 observed, 15 predicted, and still no share of 1
    15.0
    """
    fit = fit_firth(design, successes, trials).set_index("term")["estimate"]
    slopes = design.to_numpy(dtype=float) @ fit[list(design.columns)].to_numpy()
    trials, total = np.asarray(trials, dtype=float), float(np.sum(successes))

    def surplus(intercept: float) -> float:
        return float(trials @ expit(intercept + slopes)) - total

    start = fit[INTERCEPT]
    return expit(optimize.brentq(surplus, start - 20, start + 20, xtol=1e-12) + slopes)


def fit_maximum_likelihood(
    design: pd.DataFrame,
    successes: Sequence[int],
    trials: Sequence[int],
    confidence: float = 0.95,
    *,
    routine: Literal["GLM", "Logit"] = "GLM",
    despite_separation: bool = False,
) -> pd.DataFrame:
    """Fit an ordinary logistic regression, but only after a check that it has a finite answer.

    Parameters
    ----------
    design : pandas.DataFrame, shape (rows, terms)
        Without a column for the intercept.
    successes, trials : sequence of int, shape (rows,)
    confidence : float
        Nominal level of the Wald intervals.
    routine : {"GLM", "Logit"}
        Which of statsmodels' two routines; they agree wherever there is an answer.
    despite_separation : bool
        Fit all the same, to show what is printed then. The terms concerned have ``is_finite``
        False, and their numbers say only where the routine stopped.

    Returns
    -------
    pandas.DataFrame
        A row a term, "intercept" first: term, estimate, standard_error, low, high (log-odds), p,
        is_finite, and whether the routine itself claims to have converged, routine_converged.

    Raises
    ------
    SeparationError
        If a term has no finite estimate and `despite_separation` is False.
    ValueError
        As `find_infinite_terms`.

    Examples
    --------
    >>> fit_maximum_likelihood(pd.DataFrame({"large": [0, 1]}), [126, 12], [213, 12])
    Traceback (most recent call last):
    roeptoeter.estimators.logistic.SeparationError: no finite estimate for large; use fit_firth
    """
    infinite = find_infinite_terms(design, successes, trials)
    if infinite and not despite_separation:
        raise SeparationError(f"no finite estimate for {', '.join(infinite)}; use fit_firth")
    rows, outcomes, weights = _expand(design, successes, trials)
    weights = weights.astype(int)
    # Logit takes no weights; a row a unit serves both routines
    outcomes = np.repeat(outcomes, weights)
    rows = sm.add_constant(np.repeat(rows, weights, axis=0), has_constant="add")
    with warnings.catch_warnings():
        if infinite:
            # whatever the routine says of it has been said before the fit, and better
            warnings.simplefilter("ignore")
        if routine == "GLM":
            result = sm.GLM(outcomes, rows, family=sm.families.Binomial()).fit()
            converged = bool(result.converged)
        else:
            result = sm.Logit(outcomes, rows).fit(disp=False)
            converged = bool(result.mle_retvals["converged"])
    estimates, errors = np.asarray(result.params), np.asarray(result.bse)
    reach = stats.norm.ppf(0.5 + confidence / 2) * errors
    terms = [INTERCEPT, *design.columns]
    return pd.DataFrame(
        {
            "term": terms,
            "estimate": estimates,
            "standard_error": errors,
            "low": estimates - reach,
            "high": estimates + reach,
            "p": 2 * stats.norm.sf(np.abs(estimates / errors)),
            "is_finite": [term not in infinite for term in terms],
            "routine_converged": converged,
        }
    )


def _expand(
    design: pd.DataFrame, successes: Sequence[int], trials: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn grouped counts into rows of outcome 1 or 0, with how many units each stands for."""
    successes, trials = np.asarray(successes), np.asarray(trials)
    if not len(design) == len(successes) == len(trials):
        raise ValueError("design, successes and trials must have the same number of rows")
    if np.any(successes < 0) or np.any(successes > trials):
        raise ValueError("each number of successes must lie between 0 and its trials")
    if successes.sum() in (0, trials.sum()):
        raise ValueError("all or none of the units have the property: nothing to explain")
    rows = np.repeat(design.to_numpy(dtype=float), 2, axis=0)
    outcomes = np.tile([1, 0], len(design))
    weights = np.column_stack([successes, trials - successes]).ravel().astype(float)
    kept = weights > 0  # an outcome that nobody has would hide the separation
    return rows[kept], outcomes[kept], weights[kept]
