"""An order of units by several measures at once, and how sure it is.

Measures are arrays of shape ``(measures, units)``, or ``(..., measures, units)`` for many draws at once, turned so
that more is better. From them to places::

    normalise(values, method)                              -> (..., measures, units), on one scale
    aggregate(normalised, weights, method)                 -> (..., units), a score
    rank_scores(scores)                                    -> (..., units), 1 is the highest
    effective_weights(normalised, weights)                 -> (measures,), what each contributes to the differences
    draw_weights(measures, draws, seed)                    -> (draws, measures), every mixture as likely as another
    leave_one_measure_out(measures)                        -> (measures, measures)

what is known of each measure, as draws of it::

    fit_prior(messages, replies, method)                   -> BetaPrior, from all units
    shrink_shares(messages, replies, prior)                -> (units,)
    share_limits(messages, replies, confidence)            -> low, high: (units,) each
    draw_shares(messages, replies, prior, draws, seed)     -> (draws, units)
    resample_waits(waits, sizes, draws, seed, statistic)   -> (draws, units)

and what the draws leave of the order::

    rank_limits(ranks, confidence)                         -> low, high: (units,) each, of draws of ranks
    pairwise_rank_limits(scores, draws, confidence)        -> low, high: (units,) each, true of all units at once
    chance_of_top(ranks, places)                           -> (units,)
    assign_tiers(low, high)                                -> (units,), 1 to 5
    compare_orders(ranks, others, places)                  -> OrderAgreement
    correlate_orders(ranks, other)                         -> (draws,), Spearman's of many orders with one
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from roeptoeter.estimators.clusters import intra_class_correlation, ratio_of_sums

NORMALISATIONS = ("z", "rank", "min-max")
AGGREGATIONS = ("arithmetic", "geometric")

#: What keeps the lowest value of a measure from making a geometric mean zero.
_ABOVE_ZERO = 0.01

#: Between messages that are all alike within a unit, and those that do not differ from unit to unit.
_CORRELATIONS = (1e-4, 0.95)

#: So many numbers at a time when waits are drawn, whatever the number of draws.
_AT_A_TIME = 4_000_000


class BetaPrior(NamedTuple):
    """How the shares of units are distributed: a beta distribution."""

    alpha: float
    beta: float

    @property
    def size(self) -> float:
        """How many messages the prior weighs as much as."""
        return self.alpha + self.beta

    @property
    def mean(self) -> float:
        """The share to which a unit without messages is moved."""
        return self.alpha / (self.alpha + self.beta)


class OrderAgreement(NamedTuple):
    """How alike two orders of the same units are."""

    spearman: float
    in_both_tops: int
    median_move: float
    largest_move: float


def _check_measures(values: ArrayLike) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim < 1 or values.shape[-1] < 2:
        raise ValueError("an order takes two units at least")
    if not np.isfinite(values).all():
        raise ValueError("a measure is missing or infinite; leave such units out")
    return values


def normalise(values: ArrayLike, method: str = "z") -> np.ndarray:
    """Put each measure on one scale, over the units.

    Parameters
    ----------
    values : array_like, shape (..., units)
        More is better. Units differ in each row.
    method : {"z", "rank", "min-max"}

    Returns
    -------
    numpy.ndarray, shape (..., units)

    Raises
    ------
    ValueError
        If the method is unknown, there are fewer than two units, a value is missing, or the units do not differ.

    Notes
    -----
    With x over n units (OECD and JRC 2008, Handbook on Constructing Composite Indicators, step 5)::

        z        (x - mean) / s, s with n - 1
        rank     rank / n, the highest 1, equal ones at the mean of their ranks
        min-max  (x - min) / (max - min)

    Min-max lets one outlying unit decide how much a measure counts; ranks drop all distances.

    Examples
    --------
    >>> [normalise([1, 2, 9], method).round(2).tolist() for method in NORMALISATIONS]
    [[-0.69, -0.46, 1.15], [0.33, 0.67, 1.0], [0.0, 0.12, 1.0]]
    """
    values = _check_measures(values)
    lowest, span = values.min(axis=-1, keepdims=True), np.ptp(values, axis=-1, keepdims=True)
    if not (span > 0).all():
        raise ValueError("the units do not differ in a measure, which then orders nothing")
    if method == "z":
        return (values - values.mean(axis=-1, keepdims=True)) / values.std(
            axis=-1, ddof=1, keepdims=True
        )
    if method == "rank":
        return stats.rankdata(values, axis=-1) / values.shape[-1]
    if method == "min-max":
        return (values - lowest) / span
    raise ValueError(f"unknown method {method!r}; known: {', '.join(NORMALISATIONS)}")


def _check_weights(weights: ArrayLike | None, measures: int) -> np.ndarray:
    weights = np.ones(measures) if weights is None else np.asarray(weights, dtype=float)
    if weights.shape[-1:] != (measures,):
        raise ValueError(f"{measures} measures take as many weights, not shape {weights.shape}")
    total = weights.sum(axis=-1, keepdims=True)
    if not (weights >= 0).all() or not (total > 0).all() or not np.isfinite(total).all():
        raise ValueError("weights must be numbers, not negative, and not all zero")
    return weights / total


def aggregate(
    normalised: ArrayLike, weights: ArrayLike | None = None, method: str = "arithmetic"
) -> np.ndarray:
    """Average the measures of each unit into a score.

    Parameters
    ----------
    normalised : array_like, shape (..., measures, units)
        From `normalise`.
    weights : array_like, shape (..., measures), optional
        Not negative; brought to a sum of 1. Equal by default.
    method : {"arithmetic", "geometric"}

    Returns
    -------
    numpy.ndarray, shape (..., units)

    Raises
    ------
    ValueError
        If the method is unknown, or the weights do not fit.

    Notes
    -----
    Arithmetic ``sum w x``; geometric ``exp(sum w ln(x - min + 0.01))`` with the minimum of each measure over the
    units, because values on a scale such as z may be negative. In the geometric mean a low value in one measure is
    not made good by a high one in another.

    Examples
    --------
    Good in one thing and bad in the other, or middling in both:

    >>> measures = [[0.0, 0.4, 1.0], [1.0, 0.4, 0.0]]
    >>> [aggregate(measures, method=method).round(2).tolist() for method in AGGREGATIONS]
    [[0.5, 0.4, 0.5], [0.1, 0.41, 0.1]]
    """
    normalised = np.asarray(normalised, dtype=float)
    if normalised.ndim < 2:
        raise ValueError("expected measures by units")
    weights = _check_weights(weights, normalised.shape[-2])[..., np.newaxis, :]
    if method == "arithmetic":
        return (weights @ normalised)[..., 0, :]
    if method == "geometric":
        raised = normalised - normalised.min(axis=-1, keepdims=True) + _ABOVE_ZERO
        return np.exp(weights @ np.log(raised))[..., 0, :]
    raise ValueError(f"unknown method {method!r}; known: {', '.join(AGGREGATIONS)}")


def rank_scores(scores: ArrayLike) -> np.ndarray:
    """Rank units by their scores, the highest first.

    Parameters
    ----------
    scores : array_like, shape (..., units)

    Returns
    -------
    numpy.ndarray of int, shape (..., units)
        1 and up; equal scores share the better place.

    Examples
    --------
    >>> rank_scores([0.2, 0.9, 0.9, 0.1]).tolist()
    [3, 1, 1, 4]
    """
    return stats.rankdata(-_check_measures(scores), method="min", axis=-1).astype(int)


def effective_weights(normalised: ArrayLike, weights: ArrayLike | None = None) -> np.ndarray:
    """Compute what part of the differences between scores each measure accounts for.

    Parameters
    ----------
    normalised : array_like, shape (measures, units)
        From `normalise`.
    weights : array_like, shape (measures,), optional
        Nominal weights, equal by default.

    Returns
    -------
    numpy.ndarray, shape (measures,)
        They add up to 1. A measure that goes against the score has a negative one.

    Raises
    ------
    ValueError
        If the weights do not fit, or the scores do not differ.

    Notes
    -----
    Of the variance of an arithmetic score, with C the covariances of the measures::

        w_j sum_k w_k C_jk / sum_jk w_j w_k C_jk

    which is the covariance of the weighted measure with the score, over the variance of the score (Paruolo, Saisana
    and Saltelli 2013 discuss such measures of importance). Equal weights are equal in effect only where measures are
    equally spread and equally correlated.

    Examples
    --------
    A measure that is spread four times as widely decides nearly everything:

    >>> effective_weights([[-4, 4, -4, 4], [-1, -1, 1, 1]]).round(3).tolist()
    [0.941, 0.059]
    """
    normalised = _check_measures(normalised)
    weighted = _check_weights(weights, normalised.shape[0])[:, np.newaxis] * normalised
    covariances = np.atleast_2d(np.cov(weighted))
    if not covariances.sum() > 0:
        raise ValueError("the scores do not differ")
    return covariances.sum(axis=1) / covariances.sum()


def draw_weights(measures: int, draws: int, seed: int) -> np.ndarray:
    """Draw weights of which none is preferred.

    Parameters
    ----------
    measures, draws, seed : int

    Returns
    -------
    numpy.ndarray, shape (draws, measures)
        Each row adds up to 1: Dirichlet with all parameters 1, the uniform distribution over all mixtures.

    Raises
    ------
    ValueError
        If there are no measures or no draws.
    """
    if measures < 1 or draws < 1:
        raise ValueError(f"nothing to draw: {measures} measures, {draws} draws")
    return np.random.default_rng(seed).dirichlet(np.ones(measures), size=draws)


def leave_one_measure_out(measures: int) -> np.ndarray:
    """Give the weights that leave each measure out once and weigh the others equally.

    Parameters
    ----------
    measures : int
        Two at least.

    Returns
    -------
    numpy.ndarray, shape (measures, measures)
        Row j is without measure j.

    Raises
    ------
    ValueError
        If nothing is left.

    Examples
    --------
    >>> leave_one_measure_out(3).tolist()
    [[0.0, 0.5, 0.5], [0.5, 0.0, 0.5], [0.5, 0.5, 0.0]]
    """
    if measures < 2:
        raise ValueError("without its only measure there is no score")
    return (1 - np.eye(measures)) / (measures - 1)


def _check_counts(messages: ArrayLike, replies: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    messages, replies = np.asarray(messages, dtype=float), np.asarray(replies, dtype=float)
    if messages.shape != replies.shape:
        raise ValueError(f"counts of different units: {messages.shape}, {replies.shape}")
    if not ((replies >= 0) & (replies <= messages)).all() or np.isinf(messages).any():
        raise ValueError("replies must be counts from 0 to the messages of the unit")
    return messages, replies


def fit_prior(messages: ArrayLike, replies: ArrayLike, method: str = "anova") -> BetaPrior:
    """Find the beta distribution from which the shares of all units may come.

    Parameters
    ----------
    messages, replies : array_like, shape (units,)
        Units without messages do not count.
    method : {"anova", "moments"}
        "anova" takes the message-weighted share and the likeness of messages within units, in which small units
        count less; "moments" the mean and the variance of the raw shares, which takes their noise for differences.

    Returns
    -------
    BetaPrior

    Raises
    ------
    ValueError
        If the method is unknown, a count is impossible, or units do not differ.

    Notes
    -----
    "anova": with P the ratio of sums and rho the intra-class correlation of
    `roeptoeter.estimators.clusters.intra_class_correlation`, kept within 0.0001 and 0.95, ``s = (1 - rho) / rho``,
    ``alpha = P s``, ``beta = (1 - P) s``. "moments": with m and v the mean and the variance (n - 1) of the raw
    shares, ``alpha + beta = m (1 - m) / v - 1`` (Gelman et al. 2013, Bayesian Data Analysis, section 5.1).

    Examples
    --------
    >>> prior = fit_prior([10, 10, 10, 10], [1, 2, 3, 6], method="moments")
    >>> round(prior.mean, 3), round(prior.size, 2)
    (0.3, 3.5)
    """
    messages, replies = _check_counts(messages, replies)
    sent = messages > 0
    messages, replies = messages[sent], replies[sent]
    if method == "anova":
        mean = ratio_of_sums(messages, replies)
        correlation = np.clip(intra_class_correlation(messages, replies), *_CORRELATIONS)
        size = (1 - correlation) / correlation
    elif method == "moments":
        shares = replies / messages
        if len(shares) < 2 or not (variance := shares.var(ddof=1)) > 0:
            raise ValueError("units that do not differ have no distribution")
        mean = shares.mean()
        size = mean * (1 - mean) / variance - 1
        if size <= 0:
            raise ValueError("the shares lie further apart than those of any beta distribution")
    else:
        raise ValueError(f"unknown method {method!r}; known: anova, moments")
    return BetaPrior(float(mean * size), float((1 - mean) * size))


def shrink_shares(messages: ArrayLike, replies: ArrayLike, prior: BetaPrior) -> np.ndarray:
    """Move each share towards the mean of all, the further the fewer messages it rests on.

    Parameters
    ----------
    messages, replies : array_like, shape (units,)
    prior : BetaPrior

    Returns
    -------
    numpy.ndarray, shape (units,)
        The posterior mean ``(r + alpha) / (m + alpha + beta)`` (Efron and Morris 1975 for the idea).

    Raises
    ------
    ValueError
        If a count is impossible.

    Examples
    --------
    >>> shrink_shares([1, 100], [1, 100], BetaPrior(1, 3)).round(3).tolist()
    [0.4, 0.971]
    """
    messages, replies = _check_counts(messages, replies)
    return (replies + prior.alpha) / (messages + prior.size)


def share_limits(
    messages: ArrayLike, replies: ArrayLike, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Compute Wilson's interval for the share of each unit by itself.

    Parameters
    ----------
    messages, replies : array_like, shape (units,)
    confidence : float

    Returns
    -------
    low, high : numpy.ndarray, shape (units,)
        NaN for a unit without messages.

    Raises
    ------
    ValueError
        If a count is impossible.

    Examples
    --------
    >>> low, high = share_limits([10, 0], [2, 0])
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.057, nan], [0.51, nan])
    """
    messages, replies = _check_counts(messages, replies)
    low, high = np.full((2, *messages.shape), np.nan)
    sent = messages > 0
    ends = proportion_confint(replies[sent], messages[sent], alpha=1 - confidence, method="wilson")
    # 0 of n and n of n reach the border only up to the last bit
    share = replies[sent] / messages[sent]
    low[sent], high[sent] = np.minimum(ends[0], share), np.maximum(ends[1], share)
    return low, high


def draw_shares(
    messages: ArrayLike, replies: ArrayLike, prior: BetaPrior, draws: int, seed: int
) -> np.ndarray:
    """Draw shares that each unit may have, given its messages and the distribution over all units.

    Parameters
    ----------
    messages, replies : array_like, shape (units,)
    prior : BetaPrior
    draws, seed : int

    Returns
    -------
    numpy.ndarray, shape (draws, units)
        From ``Beta(r + alpha, m - r + beta)``.

    Raises
    ------
    ValueError
        If a count is impossible.
    """
    messages, replies = _check_counts(messages, replies)
    generator = np.random.default_rng(seed)
    return generator.beta(
        replies + prior.alpha, messages - replies + prior.beta, size=(draws, len(messages))
    )


def resample_waits(
    waits: ArrayLike, sizes: ArrayLike, draws: int, seed: int, statistic: str = "mean"
) -> np.ndarray:
    """Draw each unit's waits with replacement, and take their mean or median in every draw.

    Parameters
    ----------
    waits : array_like, shape (sum of sizes,)
        Those of the first unit, then those of the second, and so on.
    sizes : array_like of int, shape (units,)
        How many each unit has; one at least.
    draws, seed : int
    statistic : {"mean", "median"}

    Returns
    -------
    numpy.ndarray, shape (draws, units)

    Raises
    ------
    ValueError
        If the sizes do not add up to the number of waits, a unit has none, or the statistic is unknown.

    Notes
    -----
    Bootstrap (Efron 1979). A unit with one wait gets the same one in every draw, however little that says. The
    median of a draw needs no draw of all n waits: the k-th smallest of n indices drawn at random is ``floor(n U)``
    with U the k-th of n uniform numbers, from ``Beta(k, n - k + 1)``.

    Examples
    --------
    >>> drawn = resample_waits([2.0, 1.0, 3.0], [1, 2], draws=50, seed=1)
    >>> [sorted({float(wait) for wait in unit}) for unit in drawn.T]
    [[2.0], [1.0, 2.0, 3.0]]
    """
    waits, sizes = np.asarray(waits, dtype=float), np.asarray(sizes, dtype=int)
    if (sizes < 1).any() or sizes.sum() != len(waits):
        raise ValueError(f"{len(waits)} waits are not the {sizes.sum()} of units with one or more")
    if statistic not in ("mean", "median"):
        raise ValueError(f"unknown statistic {statistic!r}; known: mean, median")
    generator = np.random.default_rng(seed)
    drawn = np.empty((draws, len(sizes)))
    ends = np.cumsum(sizes)
    for unit, (size, end) in enumerate(zip(sizes, ends, strict=True)):
        own = waits[end - size : end]
        if statistic == "median":
            drawn[:, unit] = _draw_medians(np.sort(own), draws, generator)
            continue
        step = max(1, _AT_A_TIME // int(size))
        for first in range(0, draws, step):
            rows = min(step, draws - first)
            chosen = generator.integers(size, size=(rows, size), dtype=np.int32)
            drawn[first : first + rows, unit] = own[chosen].mean(axis=1)
    return drawn


def _draw_medians(ordered: np.ndarray, draws: int, generator: np.random.Generator) -> np.ndarray:
    size = len(ordered)
    middle = size // 2
    upper = generator.beta(middle + 1, size - middle, draws)
    if size % 2:
        return ordered[np.minimum((size * upper).astype(int), size - 1)]
    # below the upper of the two middle ones lie as many uniform numbers as it has places below it
    lower = upper * generator.random(draws) ** (1 / middle)
    places = np.minimum((size * np.stack([lower, upper])).astype(int), size - 1)
    return ordered[places].mean(axis=0)


def _check_draws(draws: ArrayLike, confidence: float) -> np.ndarray:
    draws = np.asarray(draws)
    if draws.ndim != 2 or len(draws) < 2:
        raise ValueError(f"expected draws by units, found shape {draws.shape}")
    if not 0 < confidence < 1:
        raise ValueError(f"no level: {confidence}")
    return draws


def rank_limits(ranks: ArrayLike, confidence: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Give the places between which a unit stands in most draws.

    Parameters
    ----------
    ranks : array_like of int, shape (draws, units)
        From `rank_scores` of every draw.
    confidence : float
        Nominal level, for each unit by itself.

    Returns
    -------
    low, high : numpy.ndarray of int, shape (units,)
        The best and the worst place.

    Raises
    ------
    ValueError
        If there are no draws or the level is none.

    Notes
    -----
    Percentiles of the rank over draws (Goldstein and Spiegelhalter 1996). Where many units lie close together the
    draws scatter ranks more than one more set of data would, so that the intervals are long rather than short.

    Examples
    --------
    >>> low, high = rank_limits([[1, 2], [1, 2], [2, 1], [1, 2]], confidence=0.6)
    >>> low.tolist(), high.tolist()
    ([1, 1], [2, 2])
    """
    ranks = _check_draws(ranks, confidence)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(ranks, tails, axis=0, method="inverted_cdf")
    return low.astype(int), high.astype(int)


def pairwise_rank_limits(
    scores: ArrayLike, draws: ArrayLike, confidence: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """Give the places that remain when every pair of units is compared, true of all units at once.

    Parameters
    ----------
    scores : array_like, shape (units,)
    draws : array_like, shape (draws, units)
        Scores in every draw.
    confidence : float
        Nominal level, for all units together.

    Returns
    -------
    low, high : numpy.ndarray of int, shape (units,)

    Raises
    ------
    ValueError
        If there are no draws, they are of other units, or the level is none.

    Notes
    -----
    A unit is surely behind those whose score is higher by more than ``c`` standard errors of the difference, and
    surely before those whose score is lower by as much; ``c`` is the quantile, over draws, of the largest
    standardised deviation of any difference. So many places are lost at the top, and so many won at the bottom
    (Mogstad, Romano, Shaikh and Wilhelm 2024). Longer than `rank_limits`, because nothing in it fails.

    Examples
    --------
    Without noise the order is known:

    >>> low, high = pairwise_rank_limits([3, 1, 2], [[3, 1, 2], [3, 1, 2]])
    >>> low.tolist(), high.tolist()
    ([1, 3, 2], [1, 3, 2])
    """
    scores, draws = np.asarray(scores, dtype=float), _check_draws(draws, confidence).astype(float)
    if draws.shape[1:] != scores.shape:
        raise ValueError(f"draws of shape {draws.shape} do not fit {len(scores)} units")
    units = len(scores)
    deviations = (draws - draws.mean(axis=0)).T
    covariances = deviations @ deviations.T / (draws.shape[0] - 1)
    variances = np.diag(covariances)
    errors = np.sqrt(np.maximum(variances + variances[:, np.newaxis] - 2 * covariances, 0))
    # what is left of two scores that vary alike is rounding
    errors[errors < 1e-9 * max(1.0, np.abs(scores).max())] = 0
    largest = np.zeros(draws.shape[0])
    for unit in range(units - 1):
        known = errors[unit, unit + 1 :] > 0
        if known.any():
            apart = np.abs(deviations[unit] - deviations[unit + 1 :][known])
            apart /= errors[unit, unit + 1 :][known][:, np.newaxis]
            np.maximum(largest, apart.max(axis=0), out=largest)
    critical = np.quantile(largest, confidence)
    # row: the unit, column: the other
    ahead = scores[np.newaxis, :] - scores[:, np.newaxis] > critical * errors
    return 1 + ahead.sum(axis=1), units - ahead.sum(axis=0)


def chance_of_top(ranks: ArrayLike, places: int = 10) -> np.ndarray:
    """Give the share of draws in which a unit stands among the first.

    Parameters
    ----------
    ranks : array_like of int, shape (draws, units)
    places : int

    Returns
    -------
    numpy.ndarray, shape (units,)
        They add up to `places`, or more where places are shared.

    Raises
    ------
    ValueError
        If there are no draws.

    Examples
    --------
    >>> chance_of_top([[1, 2, 3], [1, 3, 2]], places=2).tolist()
    [1.0, 0.5, 0.5]
    """
    return (_check_draws(ranks, 0.5) <= places).mean(axis=0)


def assign_tiers(low: ArrayLike, high: ArrayLike) -> np.ndarray:
    """Say of each unit no more than its interval of places allows.

    Parameters
    ----------
    low, high : array_like of int, shape (units,)
        The best and the worst place of each of all units.

    Returns
    -------
    numpy.ndarray of int, shape (units,)
        1 the whole interval lies in the first quarter of the places, 2 in the first half, 4 in the second half,
        5 in the last quarter; 3 it holds places of both halves.

    Raises
    ------
    ValueError
        If a best place is worse than the worst, or lies outside 1 to the number of units.

    Examples
    --------
    >>> assign_tiers([1, 1, 3, 5, 7, 1, 4, 6], [2, 4, 5, 8, 8, 8, 4, 6]).tolist()
    [1, 2, 3, 4, 5, 3, 2, 4]
    """
    low, high = np.asarray(low), np.asarray(high)
    units = len(low)
    if not ((low >= 1) & (low <= high) & (high <= units)).all():
        raise ValueError(f"places lie between 1 and {units}, the best before the worst")
    conditions = [high <= units / 4, high <= units / 2, low > 3 * units / 4, low > units / 2]
    return np.select(conditions, [1, 2, 5, 4], default=3)


def correlate_orders(ranks: ArrayLike, other: ArrayLike) -> np.ndarray:
    """Compute Spearman's rank correlation of many orders with one.

    Parameters
    ----------
    ranks : array_like, shape (draws, units)
    other : array_like, shape (units,)

    Returns
    -------
    numpy.ndarray, shape (draws,)
        NaN for an order in which all units share one place.

    Raises
    ------
    ValueError
        If the orders are of different units.

    Examples
    --------
    >>> correlate_orders([[1, 2, 3, 4], [2, 1, 3, 4]], [1, 2, 3, 4]).round(3).tolist()
    [1.0, 0.8]
    """
    ranks, other = np.atleast_2d(ranks), np.asarray(other)
    if ranks.shape[1:] != other.shape:
        raise ValueError(f"orders of different units: {ranks.shape}, {other.shape}")
    many, one = stats.rankdata(ranks, axis=-1), stats.rankdata(other)
    many, one = many - many.mean(axis=-1, keepdims=True), one - one.mean()
    with np.errstate(invalid="ignore", divide="ignore"):
        return many @ one / np.sqrt((many**2).sum(axis=-1) * (one**2).sum())


def compare_orders(ranks: ArrayLike, others: ArrayLike, places: int = 10) -> OrderAgreement:
    """Compare two orders of the same units.

    Parameters
    ----------
    ranks, others : array_like of int, shape (units,)
    places : int
        How many make up the top.

    Returns
    -------
    OrderAgreement
        Spearman's rank correlation, how many units stand among the first of both, and by how many places the middle
        one and the most moved one move.

    Raises
    ------
    ValueError
        If the orders are of different units.

    Examples
    --------
    >>> agreement = compare_orders([1, 2, 3, 4], [2, 1, 3, 4], places=1)
    >>> round(agreement.spearman, 3), agreement.in_both_tops, agreement.largest_move
    (0.8, 0, 1.0)
    """
    ranks, others = np.asarray(ranks), np.asarray(others)
    if ranks.shape != others.shape or ranks.ndim != 1:
        raise ValueError(f"orders of different units: {ranks.shape}, {others.shape}")
    moves = np.abs(ranks - others)
    return OrderAgreement(
        float(correlate_orders(ranks, others)[0]),
        int(((ranks <= places) & (others <= places)).sum()),
        float(np.median(moves)),
        float(moves.max()),
    )
