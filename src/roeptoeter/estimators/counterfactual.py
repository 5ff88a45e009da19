"""How much of a gap between two groups is what they are, and how much what they do, unit by unit.

Two regressions, one a group, and what each would predict for the units of the other. `decomposition`
asks the same of classes. Group 1 is what is subtracted and group 2 what it is subtracted from, in
both rooms: composition is the part that the covariates make, rate the part within equal covariates.
"""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import expit
from statsmodels.stats.oaxaca import OaxacaBlinder

from roeptoeter.estimators.clusters import draw_multiplicities
from roeptoeter.estimators.decomposition import Decomposition, decompose_gap
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.logistic import SeparationError, find_infinite_terms

Penalty = Literal["none", "firth"]

_STEP_LIMIT = 5.0  # of the log-odds of a standardised covariate, in one iteration
# of Newton's last step; the error left after it is about its square
_CLOSE = 1e-7
_MAXIMUM_ITERATIONS = 100
_MAXIMUM_HALVINGS = 30
# draws are taken in portions of so many numbers, so that the memory does not grow with the draws
_PORTION = 100_000


class Group(NamedTuple):
    """The units of one group: row i describes `trials[i]` trials, of which `successes[i]` succeed.

    A unit that has a property or not is one trial. A unit with many trials (an account with its
    messages) counts as many times; give the share as `successes` and 1 as `trials` for each unit to
    count once.
    """

    design: ArrayLike
    successes: ArrayLike
    trials: ArrayLike


class GapDraws(NamedTuple):
    """The parts of a gap in each bootstrap draw; arrays of one length."""

    composition: np.ndarray
    rate: np.ndarray
    total: np.ndarray


class ClassDraws(NamedTuple):
    """The parts of a gap between classes in each bootstrap draw, and both standardised rates."""

    composition: np.ndarray
    rate: np.ndarray
    total: np.ndarray
    rates_1_on_mix_2: np.ndarray
    rates_2_on_mix_1: np.ndarray


def fit_logits(
    design: ArrayLike, successes: ArrayLike, trials: ArrayLike, penalty: Penalty = "none"
) -> np.ndarray:
    """Fit one logistic regression to each of many draws of the same units, all at once.

    Parameters
    ----------
    design : array_like, shape (rows, terms)
        Without a column for the intercept.
    successes, trials : array_like, shape (draws, rows)
        Weighted counts of each draw; a row that a draw leaves out has 0 trials in it. Shares of a
        trial will do (binomial quasi-likelihood of Papke and Wooldridge 1996).
    penalty : {"none", "firth"}
        Maximum likelihood, or Firth's penalised likelihood, which is finite in every draw.

    Returns
    -------
    numpy.ndarray, shape (draws, 1 + terms)
        Coefficients in log-odds, the intercept first.

    Raises
    ------
    SeparationError
        If maximum likelihood has no finite answer in some draw.
    ValueError
        If the shapes differ, a count exceeds its trials, or a penalised fit does not converge, as
        may happen where all or none of a draw's trials succeed.

    Notes
    -----
    Newton's iteration on ``U = X'[y - n mu + h (1/2 - mu)]``, with ``h = 0`` for maximum likelihood
    and the leverages of ``W^(1/2) X`` for Firth (1993); the derivative of h is in the step, because
    without it small samples converge slowly or swing to and fro. Steps are capped, and halved while
    the (penalised) likelihood falls. Covariates are standardised inside, which changes neither answer. For a single
    fit with intervals see `roeptoeter.estimators.logistic`.

    Examples
    --------
    Two draws of the same four units; the second has the last unit twice and the first not at all:

    >>> weights = np.array([[1, 1, 1, 1], [0, 1, 1, 2]])
    >>> fits = fit_logits([[0], [0], [1], [1]], weights * [0, 1, 0, 1], weights, "firth")
    >>> fits.shape
    (2, 2)
    """
    design, successes, trials = (
        np.asarray(part, dtype=float) for part in (design, successes, trials)
    )
    if design.ndim != 2 or successes.shape != trials.shape or trials.shape[1:] != (len(design),):
        raise ValueError(
            f"a design of {design.shape} does not fit counts of {successes.shape} and {trials.shape}"
        )
    if (successes < 0).any() or (successes > trials * (1 + 1e-12)).any():
        raise ValueError("each number of successes must lie between 0 and its trials")
    centres, spreads = design.mean(axis=0), design.std(axis=0)
    spreads[spreads == 0] = 1.0
    standard = np.column_stack([np.ones(len(design)), (design - centres) / spreads])
    start = np.zeros(standard.shape[1])
    if len(trials) > 1 and penalty == "firth":
        mean = successes.mean(axis=0, keepdims=True), trials.mean(axis=0, keepdims=True)
        start = _iterate(standard, *mean, penalty, start)[0]
    fits = np.vstack(
        [
            _iterate(standard, successes[rows], trials[rows], penalty, start)
            for rows in _portions(len(trials), len(design))
        ]
    )
    fits[:, 1:] /= spreads
    fits[:, 0] -= fits[:, 1:] @ centres
    return fits


def _portions(draws: int, rows: int) -> list[slice]:
    size = max(1, _PORTION // max(rows, 1))
    return [slice(start, start + size) for start in range(0, draws, size)]


def _iterate(
    design: np.ndarray,
    successes: np.ndarray,
    trials: np.ndarray,
    penalty: Penalty,
    start: np.ndarray,
) -> np.ndarray:
    terms = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(design), terms * terms)
    firth = penalty == "firth"

    def look(fits: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return predicted shares, information and log-likelihood."""
        odds = fits @ design.T
        shares = expit(odds)
        information = (trials[rows] * shares * (1 - shares)) @ products
        information = information.reshape(-1, terms, terms)
        # ln(1 + exp(odds)) without the slow and exact function for it: the shares are there already
        softplus = np.maximum(odds, 0) - np.log(np.maximum(shares, 1 - shares))
        likelihood = (successes[rows] * odds - trials[rows] * softplus).sum(axis=1)
        if firth:
            likelihood += 0.5 * np.linalg.slogdet(information)[1]
        return shares, information, likelihood

    def step(rows: np.ndarray, shares: np.ndarray, information: np.ndarray) -> np.ndarray:
        """Return Newton's step, or that of Fisher's scoring where Newton's goes downhill."""
        score = (successes[rows] - trials[rows] * shares) @ design
        if not firth:
            return np.linalg.solve(information, score[:, :, None])[:, :, 0]
        inverse = np.linalg.inv(information)
        weight = trials[rows] * shares * (1 - shares)
        spread = inverse.reshape(len(rows), -1) @ products.T
        leverage, pull = weight * spread, 0.5 - shares
        score += (leverage * pull) @ design
        slope = -information - ((leverage * shares * (1 - shares)) @ products).reshape(
            information.shape
        )
        bend = 2 * weight * pull
        for term in range(terms):
            change = ((bend * design[:, term]) @ products).reshape(information.shape)
            change = (inverse @ change @ inverse).reshape(len(rows), -1) @ products.T
            slope[:, :, term] += (
                (bend * design[:, term] * spread - weight * change) * pull
            ) @ design
        scoring = np.einsum("drc,dc->dr", inverse, score)
        newton = np.linalg.solve(-slope, score[:, :, None])[:, :, 0]
        uphill = (newton * score).sum(axis=1) > 0
        return np.where(uphill[:, None], newton, scoring)

    fits = np.tile(start, (len(trials), 1))
    going = np.arange(len(trials))
    shares, information, likelihood = look(fits, going)
    for _ in range(_MAXIMUM_ITERATIONS):
        try:
            steps = step(going, shares, information)
        except np.linalg.LinAlgError:
            break
        longest = np.abs(steps).max(axis=1)
        steps *= np.minimum(1, _STEP_LIMIT / np.maximum(longest, _STEP_LIMIT))[:, None]
        shares, information, new = look(fits[going] + steps, going)
        for _ in range(_MAXIMUM_HALVINGS):
            worse = np.flatnonzero(new < likelihood - 1e-9 * (1 + np.abs(likelihood)))
            if not worse.size:
                break
            steps[worse] /= 2
            shares[worse], information[worse], new[worse] = look(
                fits[going[worse]] + steps[worse], going[worse]
            )
        fits[going] += steps
        moving = longest > _CLOSE
        going, likelihood = going[moving], new[moving]
        if not going.size:
            return fits
        shares, information = shares[moving], information[moving]
    if firth:
        raise ValueError(
            f"the penalised fit did not converge in {len(going)} of {len(trials)} draws"
        )
    raise SeparationError(
        f"no finite maximum-likelihood estimate in {len(going)} of {len(trials)} draws; "
        'use the penalty "firth"'
    )


def _fit(
    design: np.ndarray, successes: np.ndarray, trials: np.ndarray, penalty: Penalty
) -> np.ndarray:
    """Fit each draw; with the penalty, keep the draw's total by its intercept (FLIC)."""
    if penalty == "none":
        return fit_logits(design, successes, trials)
    fits = np.zeros((len(trials), 1 + design.shape[1]))
    total, whole = successes.sum(axis=1), trials.sum(axis=1)
    everybody, nobody = total >= whole * (1 - 1e-12), total <= whole * 1e-12
    # the limit of the moving intercept: every share is 1 or 0, whatever the slopes would be
    fits[everybody, 0], fits[nobody, 0] = np.inf, -np.inf
    mixed = ~(everybody | nobody)
    if mixed.any():
        counts = successes[mixed], trials[mixed]
        fits[mixed] = _keep_totals(fit_logits(design, *counts, "firth"), design, *counts)
    return fits


def _keep_totals(
    fits: np.ndarray, design: np.ndarray, successes: np.ndarray, trials: np.ndarray
) -> np.ndarray:
    """Move the intercepts until each draw's fitted total is the observed one."""
    total = successes.sum(axis=1)
    slopes = fits[:, 1:] @ design.T
    intercepts = fits[:, 0].copy()
    going = np.arange(len(fits))
    for _ in range(_MAXIMUM_ITERATIONS):
        shares = expit(intercepts[going, None] + slopes[going])
        surplus = (trials[going] * shares).sum(axis=1) - total[going]
        slope = (trials[going] * shares * (1 - shares)).sum(axis=1)
        steps = np.clip(-surplus / slope, -1, 1)
        intercepts[going] += steps
        going = going[np.abs(steps) > _CLOSE]
        if not going.size:
            break
    return np.column_stack([intercepts, fits[:, 1:]])


def _mean_shares(fits: np.ndarray, design: np.ndarray, weights: np.ndarray) -> np.ndarray:
    shares = expit(fits[:, :1] + fits[:, 1:] @ design.T)
    return (weights * shares).sum(axis=1) / weights.sum(axis=1)


def _check_group(group: Group) -> Group:
    design, successes, trials = (np.asarray(part, dtype=float) for part in group)
    if design.ndim == 1:
        design = design[:, None]
    if not len(design) == len(successes) == len(trials):
        raise ValueError("design, successes and trials must have the same number of rows")
    if trials.sum() == 0:
        raise ValueError("a group without trials has no rate")
    return Group(design, successes, trials)


def _collapse(group: Group, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Add up the units with equal covariates, in every draw; with classes few rows are left."""
    rows, place = np.unique(group.design, axis=0, return_inverse=True)
    if len(rows) == len(group.design):
        return group.design, weights * group.successes, weights * group.trials
    member = np.zeros((len(group.design), len(rows)))
    member[np.arange(len(place)), place.ravel()] = 1
    return rows, (weights * group.successes) @ member, (weights * group.trials) @ member


def _split(
    group_1: Group, group_2: Group, weights_1: np.ndarray, weights_2: np.ndarray, penalty: Penalty
) -> GapDraws:
    sides = []
    for group, weights in ((group_1, weights_1), (group_2, weights_2)):
        rows, successes, trials = _collapse(group, weights)
        sides.append((rows, trials, _fit(rows, successes, trials, penalty)))
    (rows_1, trials_1, fits_1), (rows_2, trials_2, fits_2) = sides
    own_1, own_2 = _mean_shares(fits_1, rows_1, trials_1), _mean_shares(fits_2, rows_2, trials_2)
    as_2_in_1 = _mean_shares(fits_2, rows_1, trials_1)
    as_1_in_2 = _mean_shares(fits_1, rows_2, trials_2)
    composition = ((own_2 - as_2_in_1) + (as_1_in_2 - own_1)) / 2
    rate = ((own_2 - as_1_in_2) + (as_2_in_1 - own_1)) / 2
    return GapDraws(composition, rate, composition + rate)


def decompose_by_logit(group_1: Group, group_2: Group, penalty: Penalty = "none") -> Decomposition:
    """Split the gap between two groups by what each group's regression predicts for the other.

    Parameters
    ----------
    group_1, group_2 : Group
        The same covariates in both.
    penalty : {"none", "firth"}
        Maximum likelihood; or Firth's slopes with an intercept that keeps each group's total (FLIC),
        finite also where a covariate separates those with the property from those without.

    Returns
    -------
    Decomposition
        composition: the part that the different covariates make; rate: the part that is there at
        equal covariates; total: their sum, which is the observed gap.

    Raises
    ------
    SeparationError
        If maximum likelihood has no finite answer for a group.
    ValueError
        As `fit_logits`, or if a group has no trials.

    Notes
    -----
    With ``F(X, b) = mean expit(X b)``, weighted by trials, and the two orderings averaged::

        composition = ½ {[F(X₂, b₂) − F(X₁, b₂)] + [F(X₂, b₁) − F(X₁, b₁)]}
        rate        = ½ {[F(X₂, b₂) − F(X₂, b₁)] + [F(X₁, b₂) − F(X₁, b₁)]}

    The non-linear form of the decompositions of Oaxaca (1973) and Blinder (1973), as in Fairlie
    (2005), without his one-to-one pairing of units. With a dummy for each class it is
    `decomposition.decompose_gap`. FLIC: Puhr, Heinze, Nold, Lusa and Geroldinger (2017).

    Examples
    --------
    Both groups behave alike, one has more large units:

    >>> small_town, city = ([[0.0], [1.0]], [1, 3], [4, 4]), ([[0.0], [1.0]], [1, 9], [4, 12])
    >>> parts = decompose_by_logit(Group(*small_town), Group(*city))
    >>> round(parts.composition, 6), abs(round(parts.rate, 6))
    (0.125, 0.0)
    """
    group_1, group_2 = _check_group(group_1), _check_group(group_2)
    if penalty == "none":
        for name, group in (("first", group_1), ("second", group_2)):
            frame = pd.DataFrame(group.design)
            frame.columns = [f"covariate {column + 1}" for column in frame]
            infinite = find_infinite_terms(frame, group.successes, group.trials)
            if infinite:
                raise SeparationError(
                    f"the {name} group has no finite estimate for {', '.join(infinite)}; "
                    'use the penalty "firth"'
                )
    parts = _split(
        group_1,
        group_2,
        np.ones((1, len(group_1.trials))),
        np.ones((1, len(group_2.trials))),
        penalty,
    )
    return Decomposition(*(float(part[0]) for part in parts))


def find_coefficient_limits(
    design: ArrayLike,
    successes: ArrayLike,
    trials: ArrayLike,
    penalty: Penalty = "none",
    confidence: float = 0.95,
) -> np.ndarray:
    """Put Wald intervals around the coefficients of each draw.

    Parameters
    ----------
    design, successes, trials, penalty
        As in `fit_logits`; every trial independent of every other.
    confidence : float
        Nominal level.

    Returns
    -------
    numpy.ndarray, shape (draws, 1 + terms, 3)
        Estimate, low and high of each coefficient in log-odds, the intercept first.

    Raises
    ------
    SeparationError, ValueError
        As `fit_logits`.

    Notes
    -----
    Standard errors are roots of the diagonal of the inverse Fisher information at the estimates, with
    and without penalty (Kosmidis and Firth 2021). Near separation the likelihood is lopsided and the
    profile interval of `roeptoeter.estimators.logistic.fit_firth` is the better one; this one is for
    many fits at once, and for where that routine does not converge.
    """
    fits = fit_logits(design, successes, trials, penalty)
    full = np.column_stack([np.ones(len(np.asarray(design))), np.asarray(design, float)])
    shares = expit(fits @ full.T)
    weight = np.asarray(trials, float) * shares * (1 - shares)
    information = np.einsum("dn,ni,nj->dij", weight, full, full, optimize=True)
    errors = np.sqrt(np.diagonal(np.linalg.inv(information), axis1=1, axis2=2))
    reach = stats.norm.ppf(0.5 + confidence / 2) * errors
    return np.stack([fits, fits - reach, fits + reach], axis=2)


def predict_curve(group: Group, design: ArrayLike, penalty: Penalty = "none") -> np.ndarray:
    """Predict the share at given covariates from one group's regression.

    Parameters
    ----------
    group : Group
    design : array_like, shape (points,) or (points, terms)
        Where to predict.
    penalty : {"none", "firth"}
        As in `decompose_by_logit`.

    Returns
    -------
    numpy.ndarray, shape (points,)

    Raises
    ------
    SeparationError, ValueError
        As `fit_logits`.

    Examples
    --------
    >>> group = Group([0, 1], [1, 3], [4, 4])
    >>> predict_curve(group, [0, 1]).round(6).tolist()
    [0.25, 0.75]
    """
    group = _check_group(group)
    design = np.asarray(design, dtype=float).reshape(-1, group.design.shape[1])
    counts = group.successes[np.newaxis], group.trials[np.newaxis]
    fit = _fit(group.design, *counts, penalty)[0]
    return expit(fit[0] + design @ fit[1:])


def _resample(group_1: Group, group_2: Group, draws: int, seed: int) -> list[np.ndarray]:
    """Draw the units of each group apart, from two streams of the one seed."""
    return [
        draw_multiplicities(len(group.trials), draws, int(stream))
        for group, stream in zip(
            (group_1, group_2), np.random.SeedSequence(seed).generate_state(2), strict=True
        )
    ]


def bootstrap_by_logit(
    group_1: Group, group_2: Group, draws: int, seed: int, penalty: Penalty = "firth"
) -> GapDraws:
    """Repeat `decompose_by_logit` on bootstrap samples, each group resampled apart.

    Parameters
    ----------
    group_1, group_2 : Group
        A row a unit: rows are what is resampled, so that all trials of a unit stay together.
    draws, seed : int
    penalty : {"none", "firth"}
        "firth" unless every sample is sure to have a finite maximum-likelihood answer.

    Returns
    -------
    GapDraws
        Each an array of length `draws`.

    Raises
    ------
    SeparationError, ValueError
        As `fit_logits`.
    """
    group_1, group_2 = _check_group(group_1), _check_group(group_2)
    weights_1, weights_2 = _resample(group_1, group_2, draws, seed)
    units = len(group_1.trials) + len(group_2.trials)
    portions = [
        _split(group_1, group_2, weights_1[rows], weights_2[rows], penalty)
        for rows in _portions(draws, units)
    ]
    return GapDraws(*(np.concatenate(parts) for parts in zip(*portions, strict=True)))


def bootstrap_by_class(group_1: Group, group_2: Group, draws: int, seed: int) -> ClassDraws:
    """Repeat Kitagawa's decomposition and direct standardisation on bootstrap samples.

    Parameters
    ----------
    group_1, group_2 : Group
        A row a unit; `design` holds its class, one number or several.
    draws, seed : int
        The samples are those of `bootstrap_by_logit` with the same draws and seed.

    Returns
    -------
    ClassDraws
        Arrays of one length: `draws`, less the samples in which some class has no trial of one of
        the groups, because its rate is not defined there.

    Raises
    ------
    ValueError
        If a class has trials of one group only.

    Examples
    --------
    >>> one, other = Group([0, 0, 1], [1, 0, 1], [1, 1, 1]), Group([0, 1, 1], [0, 1, 1], [1, 1, 1])
    >>> draws = bootstrap_by_class(one, other, 50, 1)
    >>> bool(np.allclose(draws.composition + draws.rate, draws.total))
    True
    """
    group_1, group_2 = _check_group(group_1), _check_group(group_2)
    classes, place = np.unique(
        np.vstack([group_1.design, group_2.design]), axis=0, return_inverse=True
    )
    member = np.eye(len(classes))[place.ravel()]
    sides = []
    for group, members, weights in zip(
        (group_1, group_2),
        np.split(member, [len(group_1.trials)]),
        _resample(group_1, group_2, draws, seed),
        strict=True,
    ):
        if (group.trials @ members == 0).any():
            raise ValueError("a class has trials of one group only, so that nothing is compared")
        sides.append(((weights * group.successes) @ members, (weights * group.trials) @ members))
    kept = (sides[0][1] > 0).all(axis=1) & (sides[1][1] > 0).all(axis=1)
    (rates_1, mix_1), (rates_2, mix_2) = (
        (successes[kept] / trials[kept], trials[kept] / trials[kept].sum(axis=1, keepdims=True))
        for successes, trials in sides
    )
    composition = ((mix_2 - mix_1) * (rates_1 + rates_2)).sum(axis=1) / 2
    rate = ((rates_2 - rates_1) * (mix_1 + mix_2)).sum(axis=1) / 2
    return ClassDraws(
        composition,
        rate,
        composition + rate,
        (mix_2 * rates_1).sum(axis=1),
        (mix_1 * rates_2).sum(axis=1),
    )


def decompose_by_class(group_1: Group, group_2: Group) -> Decomposition:
    """Split the gap between two groups of units by class, as `decomposition.decompose_gap`.

    Parameters
    ----------
    group_1, group_2 : Group
        `design` holds each unit's class, one number or several.

    Returns
    -------
    Decomposition

    Raises
    ------
    ValueError
        If a class has trials of one group only.
    """
    tables = []
    for group in (_check_group(group_1), _check_group(group_2)):
        rows, successes, trials = _collapse(group, np.ones((1, len(group.trials))))
        index = pd.MultiIndex.from_arrays(rows.T)
        tables.append(pd.DataFrame({"successes": successes[0], "trials": trials[0]}, index))
    first, second = (table[table["trials"] > 0] for table in tables)
    if not first.index.equals(second.index):
        raise ValueError("a class has trials of one group only, so that nothing is compared")
    parts = []
    for table in (first, second):
        parts += [table["trials"] / table["trials"].sum(), table["successes"] / table["trials"]]
    return decompose_gap(*(part.to_numpy() for part in parts))


def decompose_by_line(group_1: Group, group_2: Group) -> Decomposition:
    """Split the gap by two straight lines instead of two logistic curves: a check, not an answer.

    Parameters
    ----------
    group_1, group_2 : Group
        With one trial a row: least squares here has no weights.

    Returns
    -------
    Decomposition
        With both groups' coefficients averaged, which is the mean of the two orderings.

    Raises
    ------
    ValueError
        If a row has another number of trials than 1.

    Notes
    -----
    Oaxaca (1973), Blinder (1973), Reimers (1983); statsmodels' `OaxacaBlinder`, with ``swap=False``:
    by default it exchanges the groups whenever the gap is negative, and the signs with them.

    Examples
    --------
    >>> one, other = Group([0, 1], [0, 1], [1, 1]), Group([1, 2], [0.5, 1], [1, 1])
    >>> [round(part, 6) for part in decompose_by_line(one, other)]
    [0.75, -0.5, 0.25]
    """
    group_1, group_2 = _check_group(group_1), _check_group(group_2)
    if (group_1.trials != 1).any() or (group_2.trials != 1).any():
        raise ValueError("a straight line takes one trial a row")
    # the library subtracts the mean of the higher code from that of the lower one
    code = np.repeat([1.0, 0.0], [len(group_1.trials), len(group_2.trials)])
    result = OaxacaBlinder(
        np.concatenate([group_1.successes, group_2.successes]),
        np.column_stack([np.vstack([group_1.design, group_2.design]), code]),
        group_1.design.shape[1],
        hasconst=False,
        swap=False,
    )
    rate, composition, total = result.two_fold(two_fold_type="reimers").params
    gap = group_2.successes.mean() - group_1.successes.mean()
    if abs(total - gap) > 1e-9:
        raise AssertionError(f"the library's gap {total} is not the gap {gap}")
    return Decomposition(float(composition), float(rate), float(total))


def estimate_from_draws(
    value: float,
    draws: ArrayLike,
    confidence: float,
    *,
    estimand: str,
    unit: str,
    n: int | None = None,
) -> Estimate:
    """Put a percentile interval of bootstrap draws around a value.

    Parameters
    ----------
    value : float
        The estimate on the data themselves.
    draws : array_like
        The same on bootstrap samples.
    confidence : float
        Nominal level.
    estimand, unit : str
    n : int, optional
        Units.

    Returns
    -------
    Estimate
        A superpopulation interval: the units seen as one draw of a process. Where the draws are
        biased so far that the value lies outside their interval, it is widened to hold the value.

    Raises
    ------
    ValueError
        If there are no draws, or the level is none.

    Notes
    -----
    Davison and Hinkley (1997), chapter 5.
    """
    draws = np.asarray(draws, dtype=float)
    if not draws.size or not 0 < confidence < 1:
        raise ValueError("an interval needs draws and a level between 0 and 1")
    low, high = np.quantile(draws, [0.5 - confidence / 2, 0.5 + confidence / 2])
    return Estimate(
        value,
        float(min(low, value)),
        float(max(high, value)),
        "superpopulation",
        estimand,
        unit,
        n,
        confidence,
    )


def find_p_value(draws: ArrayLike) -> float:
    """Return the two-sided p-value of zero among bootstrap draws.

    Parameters
    ----------
    draws : array_like
        A statistic on bootstrap samples.

    Returns
    -------
    float
        Twice the smaller share of draws on one side of zero, zero included, at most 1; one draw is
        added to each side, so that it is never 0.

    Notes
    -----
    The level at which the percentile interval just reaches zero (Davison and Hinkley 1997, section
    5.4): it says no more than that interval.

    Examples
    --------
    >>> find_p_value([1.0, 2.0, 3.0])
    0.5
    """
    draws = np.asarray(draws, dtype=float)
    if not draws.size:
        raise ValueError("a test needs draws")
    smaller = min((draws <= 0).sum(), (draws >= 0).sum())
    return float(min(1.0, 2 * (smaller + 1) / (len(draws) + 1)))
