"""Phases: units placed by how many indicators they meet, and how sure that place is.

`met` is an array of shape ``(units, indicators)`` with 1 (met), 0 (not met) and NaN (not known), the indicators from the
easiest to the hardest. `cut_points` say how many of them each phase from the second on asks for::

    score_indicators(met, rule)                      -> (units,), how many count
    assign_phases(scores, cut_points)                -> (units,), 1 is the first
    place_units(met, cut_points, rule)               -> Placement, the lowest and the highest that the unknown allows
    find_steps(met, cut_points, rule)                -> Steps, what is missing for the next phase
    waive_indicator(met, position)                   -> met, with one indicator that is not asked for
    differs(placement, other)                        -> (units,), whether a unit is placed otherwise
    weigh_agreement(first, second, phases)           -> Estimate, quadratic weighted kappa

and, to explore whether the indicators form kinds of units by themselves::

    fit_latent_classes(met, classes, starts, seed)                    -> LatentClasses
    resample_latent_classes(met, fitted, draws, starts, seed)         -> (draws,), adjusted Rand indices
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from roeptoeter.estimators.estimate import Estimate

RULES = ("gate", "sum")

#: Random starts of which the best is kept: fewer leave latent classes at a local maximum.
STARTS = 10


class Placement(NamedTuple):
    """Scores and phases of units, at the lowest and at the highest completion of what is not known."""

    score_low: np.ndarray
    score_high: np.ndarray
    phase_low: np.ndarray
    phase_high: np.ndarray

    @property
    def is_known(self) -> np.ndarray:
        """Whether every completion leads to the same phase."""
        return self.phase_low == self.phase_high


class Steps(NamedTuple):
    """What separates units from the next phase: how many indicators, and which ones can be among them."""

    distance: np.ndarray
    candidates: np.ndarray


class LatentClasses(NamedTuple):
    """Latent classes of units, in the order of how much they meet on average."""

    log_likelihood: float
    parameters: int
    bic: float
    shares: np.ndarray
    probabilities: np.ndarray
    assigned: np.ndarray


def _check_met(met: ArrayLike) -> np.ndarray:
    met = np.asarray(met, dtype=float)
    if met.ndim < 1 or not met.shape[-1]:
        raise ValueError("there is no indicator")
    if not np.isin(met[~np.isnan(met)], (0, 1)).all():
        raise ValueError("an indicator is 1 (met), 0 (not met) or missing")
    return met


def _check_cut_points(cut_points: Sequence[int], indicators: int | None = None) -> np.ndarray:
    cuts = np.asarray(cut_points)
    if cuts.ndim != 1 or not len(cuts) or not np.issubdtype(cuts.dtype, np.integer):
        raise ValueError("cut points are whole numbers, one for each phase after the first")
    if (np.diff(cuts) < 0).any() or cuts[0] < 0:
        raise ValueError(f"cut points must not fall: {cuts.tolist()}")
    if indicators is not None and cuts[-1] > indicators:
        raise ValueError(f"{cuts[-1]} of {indicators} indicators cannot be asked for")
    return cuts


def score_indicators(met: ArrayLike, rule: str) -> np.ndarray:
    """Count the indicators that a unit meets.

    Parameters
    ----------
    met : array_like, shape (..., indicators)
        1 or 0, none missing; from the easiest to the hardest.
    rule : {"gate", "sum"}
        Whether the count ends at the first that is not met, or goes on behind it.

    Returns
    -------
    numpy.ndarray of int, shape (...)

    Raises
    ------
    ValueError
        If an indicator is missing or neither 1 nor 0, or the rule is unknown.

    Notes
    -----
    With y_1 to y_J in the order of difficulty::

        gate  sum over j of the product of y_1 to y_j, the leading ones
        sum   sum over j of y_j

    The gate takes the order as given: it is the score of a stage model, in which nobody skips a stage. The two are
    equal for every unit exactly where the indicators form a Guttman scale in that order (Guttman 1944).

    Examples
    --------
    >>> score_indicators([[1, 1, 0, 1], [0, 1, 1, 1]], "gate"), score_indicators([[1, 1, 0, 1], [0, 1, 1, 1]], "sum")
    (array([2, 0]), array([3, 3]))
    """
    met = _check_met(met)
    if np.isnan(met).any():
        raise ValueError("an indicator is missing; see place_units")
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}; known: {', '.join(RULES)}")
    counted = np.cumprod(met, axis=-1) if rule == "gate" else met
    return counted.sum(axis=-1).astype(int)


def assign_phases(scores: ArrayLike, cut_points: Sequence[int]) -> np.ndarray:
    """Turn scores into phases: one more than the number of cut points that a score reaches.

    Parameters
    ----------
    scores : array_like of int
    cut_points : sequence of int
        Never falling; two equal ones leave the phase between them without units.

    Returns
    -------
    numpy.ndarray of int
        From 1 to one more than there are cut points.

    Raises
    ------
    ValueError
        If the cut points fall or are none.

    Examples
    --------
    >>> assign_phases([0, 1, 2, 5], [1, 2, 4])
    array([1, 2, 3, 4])
    """
    cuts = _check_cut_points(cut_points)
    return 1 + np.searchsorted(cuts, np.asarray(scores), side="right")


def place_units(met: ArrayLike, cut_points: Sequence[int], rule: str) -> Placement:
    """Place units into phases, as an interval where indicators are not known.

    Parameters
    ----------
    met : array_like, shape (..., indicators)
        1, 0 or NaN.
    cut_points : sequence of int
    rule : {"gate", "sum"}

    Returns
    -------
    Placement
        Every completion of the missing ones lies within, and both ends are such completions: one more indicator that
        is met lowers neither score.

    Raises
    ------
    ValueError
        If the cut points do not fit the indicators, or the rule is unknown.

    Examples
    --------
    >>> place_units([[1, np.nan, 1]], [1, 3], "gate")
    Placement(score_low=array([1]), score_high=array([3]), phase_low=array([2]), phase_high=array([3]))
    """
    met = _check_met(met)
    _check_cut_points(cut_points, met.shape[-1])
    low, high = (
        score_indicators(np.where(np.isnan(met), completed, met), rule) for completed in (0.0, 1.0)
    )
    return Placement(low, high, assign_phases(low, cut_points), assign_phases(high, cut_points))


def find_steps(met: ArrayLike, cut_points: Sequence[int], rule: str) -> Steps:
    """Find what separates units from the phase after the one that they surely have.

    Parameters
    ----------
    met : array_like, shape (units, indicators)
        1, 0 or NaN; what is not known counts as not met.
    cut_points : sequence of int
    rule : {"gate", "sum"}

    Returns
    -------
    Steps
        distance, how many indicators are missing (0 in the last phase); candidates, boolean of the shape of `met`.
        Under the gate all candidates are needed, and there are as many as the distance; of the sum any so many of them.

    Raises
    ------
    ValueError
        As `place_units`.

    Examples
    --------
    >>> steps = find_steps([[1, 0, 0, 1]], [1, 3], "gate")
    >>> steps.distance.tolist(), steps.candidates.astype(int).tolist()
    ([2], [[0, 1, 1, 0]])
    >>> find_steps([[1, 0, 0, 1]], [1, 3], "sum").distance.tolist()
    [1]
    """
    met = _check_met(met)
    placed = place_units(met, cut_points, rule)
    is_met = met == 1
    # a cut point beyond all indicators stands for the end: nothing lies behind the last phase
    cuts = np.append(_check_cut_points(cut_points), -1)
    goal = cuts[placed.phase_low - 1]
    is_last = placed.phase_low == len(cuts)
    wanted = ~is_met & ~is_last[..., None]
    if rule == "gate":
        wanted &= np.arange(met.shape[-1]) < goal[..., None]
        return Steps(wanted.sum(axis=-1), wanted)
    return Steps(np.where(is_last, 0, goal - placed.score_low), wanted)


def waive_indicator(met: ArrayLike, position: int) -> np.ndarray:
    """Ask for one indicator no more: it counts as met by all units.

    Parameters
    ----------
    met : array_like, shape (..., indicators)
    position : int
        Of the indicator, from 0.

    Returns
    -------
    numpy.ndarray, shape (..., indicators)

    Raises
    ------
    ValueError
        If there is no such indicator.

    Notes
    -----
    Under the gate this is the same as leaving it out and asking for one less wherever it was asked for; of the sum every
    phase asks for one less of the others. No unit comes into a lower phase.

    Examples
    --------
    >>> waive_indicator([[1, 0, 1]], 1)
    array([[1., 1., 1.]])
    """
    met = _check_met(met).copy()
    if not 0 <= position < met.shape[-1]:
        raise ValueError(f"there is no indicator {position} among {met.shape[-1]}")
    met[..., position] = 1.0
    return met


def differs(placement: Placement, other: Placement) -> np.ndarray:
    """Say which units another rule puts into another phase, or another interval of phases."""
    return (placement.phase_low != other.phase_low) | (placement.phase_high != other.phase_high)


def weigh_agreement(
    first: ArrayLike, second: ArrayLike, phases: int, *, confidence: float = 0.95, estimand: str
) -> Estimate:
    """Estimate how far two rules agree beyond chance: Cohen's kappa with quadratic weights.

    Parameters
    ----------
    first, second : array_like of int, shape (units,)
        Phases, from 1.
    phases : int
        How many there are.
    confidence : float
    estimand : str

    Returns
    -------
    Estimate
        1 is full agreement, 0 that of chance; interval kind "superpopulation", normal, cut at 1 and -1.

    Raises
    ------
    ValueError
        If the lengths differ, a phase is none, or chance alone makes them agree because all units are in one phase.

    Notes
    -----
    With p_ij the shares of units in phase i by the first rule and j by the second, and their margins::

        kappa = 1 - sum (i - j)^2 p_ij / sum (i - j)^2 p_i. p_.j

    (Cohen 1968, "Weighted kappa: nominal scale agreement with provision for scaled disagreement or partial credit",
    Psychological Bulletin 70, 213-220; standard error of Fleiss, Cohen and Everitt 1969.) Two rules on the same
    indicators agree for that reason alone: kappa says how much the choice of rule matters, not that either is right.

    Examples
    --------
    >>> round(weigh_agreement([1, 1, 2, 3], [1, 2, 2, 3], 3, estimand="agreement").value, 1)
    0.8
    """
    first, second = np.asarray(first, dtype=int), np.asarray(second, dtype=int)
    if first.shape != second.shape or first.ndim != 1 or not len(first):
        raise ValueError("two phases of each unit are compared")
    if min(first.min(), second.min()) < 1 or max(first.max(), second.max()) > phases:
        raise ValueError(f"a phase is a number from 1 to {phases}")
    table = np.zeros((phases, phases))
    np.add.at(table, (first - 1, second - 1), 1)
    distances = np.subtract.outer(np.arange(phases), np.arange(phases)) ** 2
    if not (distances * np.outer(table.sum(axis=1), table.sum(axis=0))).any():
        raise ValueError("both rules put all units into one phase, so that they agree by chance")
    # full agreement leaves a variance of nothing, which the last bit may turn negative
    with np.errstate(invalid="ignore"):
        result = cohens_kappa(table, wt="quadratic")
    margin = stats.norm.ppf((1 + confidence) / 2) * np.sqrt(max(result.var_kappa, 0.0))
    value = float(result.kappa)
    return Estimate(
        value,
        max(-1.0, value - margin),
        max(value, min(1.0, value + margin)),
        "superpopulation",
        estimand,
        "kappa",
        len(first),
        confidence,
    )


# Latent classes, to explore ------------------------------------------------------------------------


def fit_latent_classes(
    met: ArrayLike, classes: int, *, starts: int = STARTS, seed: int, tolerance: float = 1e-6
) -> LatentClasses:
    """Fit latent classes to indicators: kinds of units within which the indicators are independent.

    Parameters
    ----------
    met : array_like, shape (units, indicators)
        1, 0 or NaN; a unit contributes what is known of it.
    classes : int
    starts : int
        Random starts, of which the likeliest is kept.
    seed : int
    tolerance : float
        Gain in the log-likelihood of a unit below which a start has converged.

    Returns
    -------
    LatentClasses
        log_likelihood, parameters, bic, and by class its share, the probability of each indicator, and to which class
        (from 0) each unit belongs most likely.

    Raises
    ------
    ValueError
        If there are not more units than parameters, or a unit of which nothing is known.

    Notes
    -----
    Maximises by EM ``sum_i ln sum_k pi_k prod_j theta_kj^y_ij (1 - theta_kj)^(1 - y_ij)``, with K (J + 1) - 1
    parameters; BIC is -2 times its maximum plus that number times ln n (Lazarsfeld and Henry 1968; Schwarz 1978). The
    fit is `stepmix`'s (Morin et al. 2025, Journal of Statistical Software 113, 8).
    """
    met = _check_met(met)
    units, indicators = met.shape
    parameters = classes * (indicators + 1) - 1
    if units <= parameters:
        raise ValueError(f"{units} units cannot tell {parameters} parameters of {classes} classes")
    if np.isnan(met).all(axis=1).any():
        raise ValueError("of a unit nothing is known; leave it out")
    model = _make_mixture(met, classes, starts, seed, tolerance)
    theta = np.asarray(model.get_parameters()["measurement"]["pis"]).reshape(classes, indicators)
    order = np.argsort(theta.mean(axis=1), kind="stable")
    likelihood = float(model.score(met)) * units
    return LatentClasses(
        likelihood,
        parameters,
        -2 * likelihood + parameters * np.log(units),
        np.asarray(model.get_parameters()["weights"], dtype=float)[order],
        theta[order],
        np.argsort(order)[model.predict(met)],
    )


def _make_mixture(met: np.ndarray, classes: int, starts: int, seed: int, tolerance: float):
    # takes a second to import, which most notebooks need not wait for
    from stepmix.stepmix import StepMix

    return StepMix(
        n_components=classes,
        measurement="binary_nan" if np.isnan(met).any() else "binary",
        n_init=starts,
        random_state=seed,
        max_iter=2000,
        abs_tol=tolerance,
        rel_tol=0.0,
        verbose=0,
        progress_bar=0,
    ).fit(met)


def resample_latent_classes(
    met: ArrayLike, fitted: LatentClasses, *, draws: int, starts: int = STARTS, seed: int
) -> np.ndarray:
    """Draw how stable latent classes are: fit them to resampled units and classify all units anew.

    Parameters
    ----------
    met : array_like, shape (units, indicators)
    fitted : LatentClasses
        Of the same units.
    draws, starts, seed : int

    Returns
    -------
    numpy.ndarray of float, shape (draws,)
        The adjusted Rand index of each draw's classes with those of `fitted`, over all units: 1 the same classes, 0 no
        more alike than by chance (Hubert and Arabie 1985, Journal of Classification 2, 193-218).
    """
    from sklearn.metrics import adjusted_rand_score

    met, classes = _check_met(met), len(fitted.shares)
    generator = np.random.default_rng(seed)
    indices = []
    for draw in range(draws):
        rows = generator.integers(0, len(met), len(met))
        model = _make_mixture(met[rows], classes, starts, seed + draw, tolerance=1e-4)
        indices.append(adjusted_rand_score(fitted.assigned, model.predict(met)))
    return np.array(indices)
