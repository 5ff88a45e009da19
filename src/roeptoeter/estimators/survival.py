"""How long a wait lasts when some waits have no end yet, and what a mean hides of it.

A *duration* with its event is one observed from beginning to end; without it, it is *censored*: it had lasted
so long when observation ended. A *wait* is a duration that was followed long enough for every question asked
of it here, infinite where it did not end. Waits come in clusters (the accounts that let people wait), so
intervals come from drawing whole clusters, `ClusterDraws`.

No hazard ratio is offered. Two groups that differ by the calendar do so for a few days only, so that their
hazards are not proportional; differences of shares and of restricted means say the same without that
assumption.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from roeptoeter.estimators.clusters import draw_multiplicities
from roeptoeter.estimators.estimate import Estimate


@dataclass(frozen=True, slots=True)
class LognormalWait:
    """A lognormal distribution of waits.

    Parameters
    ----------
    location, scale : float
        Mean and standard deviation of the logarithm of the wait.
    """

    location: float
    scale: float

    @property
    def mean(self) -> float:
        """The mean wait."""
        return math.exp(self.location + self.scale**2 / 2)

    @property
    def median(self) -> float:
        """The wait that half of all do not exceed."""
        return math.exp(self.location)

    def quantile(self, share: float) -> float:
        """Return the wait that a share of all, between 0 and 1, do not exceed."""
        return math.exp(self.location + self.scale * float(stats.norm.ppf(share)))

    def share_within(self, wait: ArrayLike) -> np.ndarray | float:
        """Return the share of waits, 0 to 1, that end within a positive time."""
        share = stats.norm.cdf((np.log(wait) - self.location) / self.scale)
        return float(share) if np.ndim(share) == 0 else share


def solve_lognormal(mean: float, share_within: float, within: float) -> LognormalWait:
    """Find the lognormal distribution with a given mean and a given share that ends in time.

    Parameters
    ----------
    mean : float
        Mean wait.
    share_within : float
        Share of waits, between 0 and 1, that end within `within`.
    within : float
        The time, shorter than the mean, in the unit of the mean.

    Returns
    -------
    LognormalWait

    Raises
    ------
    ValueError
        If the share is not between 0 and 1, or the time not between 0 and the mean: then two such
        distributions exist, or none.

    Notes
    -----
    With z the normal quantile of the share, ``ln(within) = location + z scale`` and ``ln(mean) = location +
    scale^2 / 2`` leave ``scale^2 / 2 - z scale - ln(mean / within) = 0``, whose roots have opposite signs as
    long as ``within < mean``; the positive one is ``z + sqrt(z^2 + 2 ln(mean / within))``.

    Examples
    --------
    >>> wait = solve_lognormal(24, 0.40, 2)
    >>> round(wait.scale, 2), round(wait.median, 1), round(wait.quantile(0.9))
    (1.99, 3.3, 42)
    """
    if not 0 < share_within < 1 or not 0 < within < mean:
        raise ValueError(f"no one lognormal has mean {mean} and a share {share_within} in {within}")
    z = float(stats.norm.ppf(share_within))
    scale = z + math.sqrt(z**2 + 2 * math.log(mean / within))
    return LognormalWait(math.log(within) - z * scale, scale)


def bound_median(mean: float, share_within: float, within: float) -> tuple[float, float]:
    """Bound the median wait by the mean and the share that ends in time, without any model.

    Parameters
    ----------
    mean, share_within, within
        As in `solve_lognormal`; the time need not be shorter than the mean.

    Returns
    -------
    low, high : float

    Raises
    ------
    ValueError
        If no distribution has this mean and this share.

    Notes
    -----
    If less than half end within the time, the median lies beyond it. Half of the waits last the median or
    longer and the others at least nothing, those between the share and the half at least `within`, so that
    ``mean >= median / 2 + (1/2 - share) within``: Markov's inequality with a share known. Both ends can be
    reached.

    Examples
    --------
    >>> low, high = bound_median(24, 0.40, 2)
    >>> low, round(high, 1)
    (2, 47.6)
    """
    if not 0 < share_within < 1 or within <= 0 or mean < (1 - share_within) * within:
        raise ValueError(f"nothing has mean {mean} and a share {share_within} in {within}")
    if share_within >= 0.5:
        return 0, min(within, 2 * mean)
    return within, 2 * (mean - (0.5 - share_within) * within)


def estimate_survival(durations: ArrayLike, is_event: ArrayLike) -> pd.DataFrame:
    """Estimate the share that still lasts, over time, with Kaplan and Meier's estimator.

    Parameters
    ----------
    durations : array_like of float
        Time until the event, or until observation ended.
    is_event : array_like of bool
        Whether the event was observed; otherwise the duration is censored.

    Returns
    -------
    pandas.DataFrame
        A row for each time with an event, in order: time, at_risk, events, survival_share,
        standard_error (Greenwood; NaN once nothing is left).

    Raises
    ------
    ValueError
        If a duration is negative or missing, or there are none.

    Notes
    -----
    ``S(t) = prod over t_j <= t of 1 - d_j / n_j`` and its standard error ``S sqrt(sum of d_j / (n_j (n_j -
    d_j)))`` (Kaplan and Meier 1958; Greenwood 1926), as statsmodels' `SurvfuncRight` computes them. Censoring
    is taken to be independent of the event, and the standard error takes the durations as independent.

    Examples
    --------
    >>> estimate_survival([1, 2, 3, 5], [True, False, True, True])["survival_share"].tolist()
    [0.75, 0.375, 0.0]
    """
    durations, is_event = np.asarray(durations, dtype=float), np.asarray(is_event, dtype=bool)
    if durations.size == 0 or not (durations >= 0).all():
        raise ValueError("durations must be there, and not negative")
    fitted = SurvfuncRight(durations, is_event.astype(int))
    return pd.DataFrame(
        {
            "time": np.asarray(fitted.surv_times, dtype=float),
            "at_risk": np.asarray(fitted.n_risk, dtype=int),
            "events": np.asarray(fitted.n_events, dtype=int),
            "survival_share": fitted.surv_prob,
            "standard_error": fitted.surv_prob_se,
        }
    )


def read_survival(curve: pd.DataFrame, times: ArrayLike) -> np.ndarray:
    """Read a survival curve at given times.

    Parameters
    ----------
    curve : pandas.DataFrame
        As `estimate_survival` returns it.
    times : array_like of float

    Returns
    -------
    numpy.ndarray
        Share that lasts longer than each time, 0 to 1.

    Examples
    --------
    >>> read_survival(estimate_survival([1, 2, 3, 5], [1, 0, 1, 1]), [0, 1, 4]).tolist()
    [1.0, 0.75, 0.375]
    """
    steps = np.concatenate([[1.0], curve["survival_share"]])
    return steps[np.searchsorted(curve["time"], times, side="right")]


def find_survival_quantile(curve: pd.DataFrame, share: float = 0.5) -> float:
    """Find the time by which a share has had the event.

    Parameters
    ----------
    curve : pandas.DataFrame
        As `estimate_survival` returns it.
    share : float
        0.5 for the median.

    Returns
    -------
    float
        The first time at which no more than ``1 - share`` is left; infinite where the curve stays above.

    Examples
    --------
    >>> find_survival_quantile(estimate_survival([1, 2, 3, 5], [1, 0, 1, 1]))
    3.0
    """
    # 1 - share and products of many steps both carry a last bit of error
    reached = curve.loc[curve["survival_share"] <= 1 - share + 1e-12, "time"]
    return float(reached.iloc[0]) if len(reached) else math.inf


def restrict_mean(curve: pd.DataFrame, horizon: float) -> tuple[float, float]:
    """Compute the restricted mean: the mean of what lasts at most until a horizon.

    Parameters
    ----------
    curve : pandas.DataFrame
        As `estimate_survival` returns it.
    horizon : float
        Until when a duration counts; within the time observed.

    Returns
    -------
    mean, standard_error : float
        In the unit of time. The standard error takes the durations as independent.

    Raises
    ------
    ValueError
        If the horizon is not positive.

    Notes
    -----
    The area under S up to the horizon tau. With A_j the area from t_j to tau, its variance is ``sum of A_j^2
    d_j / (n_j (n_j - d_j))`` over the events up to tau; where all that were at risk had the event nothing
    remains under the curve and the term is left out (Irwin 1949; Klein and Moeschberger 2003, 4.5). Own code
    because statsmodels has none.

    Examples
    --------
    >>> restrict_mean(estimate_survival([1, 2, 3, 5], [1, 1, 1, 1]), 4)[0]
    2.5
    """
    if not horizon > 0:
        raise ValueError(f"a horizon of {horizon} restricts nothing; it must be positive")
    steps = curve[curve["time"] <= horizon]
    times = np.concatenate([[0.0], steps["time"], [horizon]])
    areas = np.diff(times) * np.concatenate([[1.0], steps["survival_share"]])
    # the area from each event to the horizon
    remaining = areas[::-1].cumsum()[::-1][1:]
    at_risk, events = steps["at_risk"].to_numpy(), steps["events"].to_numpy()
    left = at_risk - events
    terms = remaining**2 * events / np.where(left > 0, at_risk * left, 1)
    return float(areas.sum()), math.sqrt(terms[left > 0].sum())


def compare_survival(
    durations: ArrayLike, is_event: ArrayLike, groups: ArrayLike
) -> tuple[float, float]:
    """Test with the log-rank test whether groups survive alike.

    Parameters
    ----------
    durations, is_event
        As in `estimate_survival`.
    groups : array_like
        Group of each; at least two.

    Returns
    -------
    chi_squared, p_value : float

    Raises
    ------
    ValueError
        If there are fewer than two groups.

    Notes
    -----
    Mantel (1966), as statsmodels' `survdiff` computes it. It takes the durations as independent: where they
    come in clusters its p-value is too small.
    """
    groups = np.asarray(groups)
    if len(np.unique(groups)) < 2:
        raise ValueError("a comparison needs two groups")
    chi_squared, p_value = survdiff(
        np.asarray(durations, dtype=float), np.asarray(is_event, dtype=int), groups
    )
    return float(chi_squared), float(p_value)


@dataclass(frozen=True, slots=True, eq=False)
class ClusterDraws:
    """Draws of whole clusters with replacement, the same ones for every quantity computed from them.

    Parameters
    ----------
    clusters : array_like
        Cluster of each observation, such as its account.
    draws : int
        How often all clusters are drawn anew.
    seed : int
        For the random numbers.

    Raises
    ------
    ValueError
        If there are no observations or no draws.

    Notes
    -----
    Each draw takes as many clusters as there are, each equally likely, with all that is in them; stored is how
    often each came. Differences between quantities that share the draws are paired by that. Percentile
    intervals: Efron and Tibshirani (1993), chapter 13; clusters: Cameron and Miller (2015).

    Examples
    --------
    >>> one_for_all = ClusterDraws(["a", "a", "b"], draws=3, seed=1)
    >>> one_for_all.means([2.0, 2.0, 2.0])
    array([2., 2., 2.])
    """

    clusters: ArrayLike
    draws: int
    seed: int
    codes: np.ndarray = field(init=False, repr=False)
    multiplicities: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        codes, names = pd.factorize(np.asarray(self.clusters), sort=True)
        object.__setattr__(self, "codes", codes)
        object.__setattr__(
            self, "multiplicities", draw_multiplicities(len(names), self.draws, self.seed)
        )

    @property
    def number(self) -> int:
        """How many clusters there are."""
        return self.multiplicities.shape[1]

    def means(self, values: ArrayLike, where: ArrayLike | None = None) -> np.ndarray:
        """Compute the mean over observations in each draw.

        Parameters
        ----------
        values : array_like of float
            One for each observation.
        where : array_like of bool, optional
            Which observations count.

        Returns
        -------
        numpy.ndarray, shape (draws,)
            NaN in a draw without any that counts.
        """
        sums, counts = self._add_up(values, where)
        return _divide(self.multiplicities @ sums, self.multiplicities @ counts)

    def means_of_cluster_means(self, values: ArrayLike) -> np.ndarray:
        """Compute the mean over clusters of their means in each draw; a cluster counts once, however large."""
        sums, counts = self._add_up(values, None)
        return self.multiplicities @ (sums / counts) / self.multiplicities.sum(axis=1)

    def medians_of_cluster_medians(self, values: ArrayLike) -> np.ndarray:
        """Compute the median over clusters of their medians in each draw; medians as in `quantiles`."""
        medians = find_cluster_medians(values, self.codes)
        return _weigh_quantiles(medians, np.arange(self.number), self.multiplicities, [0.5])[0]

    def quantiles(
        self, values: ArrayLike, shares: Sequence[float], where: ArrayLike | None = None
    ) -> np.ndarray:
        """Compute quantiles over observations in each draw.

        Parameters
        ----------
        values : array_like of float
            One for each observation; may be infinite.
        shares : sequence of float
            0.5 for the median.
        where : array_like of bool, optional
            Which observations count.

        Returns
        -------
        numpy.ndarray, shape (shares, draws)
            The smallest value that at least such a share does not exceed; NaN in a draw without any.
        """
        values, codes = np.asarray(values, dtype=float), self.codes
        if where is not None:
            values, codes = values[np.asarray(where)], codes[np.asarray(where)]
        return _weigh_quantiles(values, codes, self.multiplicities, shares)

    def _add_up(self, values: ArrayLike, where: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
        values = np.asarray(values, dtype=float)
        counts = np.ones(len(values)) if where is None else np.asarray(where, dtype=float)
        values = np.where(counts > 0, values, 0)
        return (
            np.bincount(self.codes, values, self.number),
            np.bincount(self.codes, counts, self.number),
        )


def find_quantile(values: ArrayLike, share: float = 0.5) -> float:
    """Find the smallest value that at least a share of all do not exceed.

    Parameters
    ----------
    values : array_like of float
        May be infinite.
    share : float
        0.5 for the median.

    Returns
    -------
    float

    Examples
    --------
    >>> find_quantile([1, 2, 3, np.inf]), find_quantile([1, 2, 3, np.inf], 0.9)
    (2.0, inf)
    """
    return float(np.quantile(np.asarray(values, dtype=float), share, method="inverted_cdf"))


def find_cluster_medians(values: ArrayLike, clusters: ArrayLike) -> np.ndarray:
    """Find the median of each cluster, as `find_quantile` does, in order of the clusters."""
    grouped = pd.Series(np.asarray(values, dtype=float)).groupby(np.asarray(clusters))
    return grouped.quantile(0.5, interpolation="lower").to_numpy()


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(
        numerator, denominator, out=np.full(len(numerator), np.nan), where=denominator > 0
    )


def _weigh_quantiles(
    values: np.ndarray, codes: np.ndarray, multiplicities: np.ndarray, shares: Sequence[float]
) -> np.ndarray:
    draws, clusters = multiplicities.shape
    found = np.full((len(shares), draws), np.nan)
    if not len(values):
        return found
    order = np.argsort(values, kind="stable")
    values, codes = values[order], codes[order]
    # Spreading every draw over every value would take as long as all else together. So find the block of
    # consecutive values first and then the place in it; counts are whole, nothing is approximated.
    width = math.ceil(math.sqrt(len(values)))
    blocks = math.ceil(len(values) / width)
    in_block = np.bincount(
        codes * blocks + np.arange(len(codes)) // width, minlength=clusters * blocks
    )
    up_to = (multiplicities @ in_block.reshape(clusters, blocks)).cumsum(axis=1)
    total, row = up_to[:, -1], np.arange(draws)
    for number, share in enumerate(shares):
        # a whole number is more than this slack away from the next one
        enough = share * total - 1e-9
        block = np.minimum((up_to < enough[:, None]).sum(axis=1), blocks - 1)
        before = np.where(block > 0, up_to[row, block - 1], 0)
        places = np.minimum(block[:, None] * width + np.arange(width), len(values) - 1)
        inside = before[:, None] + multiplicities[row[:, None], codes[places]].cumsum(axis=1)
        step = np.minimum((inside < enough[:, None]).sum(axis=1), width - 1)
        found[number] = np.where(total > 0, values[places[row, step]], np.nan)
    return found


def estimate_from_draws(
    value: float,
    draws: np.ndarray,
    confidence: float,
    *,
    estimand: str,
    unit: str,
    n: int,
    clusters: int,
) -> Estimate:
    """Give an estimate the percentile interval of its draws.

    Parameters
    ----------
    value : float
        The estimate.
    draws : numpy.ndarray
        The same quantity in each draw of clusters; a draw that could not be computed is NaN.
    confidence : float
        Nominal level.
    estimand, unit : str
    n : int
        Observations that it rests on.
    clusters : int
        Clusters that were drawn.

    Returns
    -------
    Estimate
        Superpopulation interval; without interval where there is one cluster only, which cannot be drawn
        otherwise. An end that the estimate lies beyond is moved there.

    Raises
    ------
    ValueError
        If no draw could be computed.
    """
    if clusters < 2:
        return Estimate(value, value, value, "none", estimand, unit, n)
    draws = draws[~np.isnan(draws)]
    if not len(draws):
        raise ValueError(f"no draw has data for: {estimand}")
    # by order, because an interpolation between a finite and an infinite draw is no number
    low, high = np.quantile(
        draws, [0.5 - confidence / 2, 0.5 + confidence / 2], method="inverted_cdf"
    )
    return Estimate(
        value,
        min(float(low), value),
        max(float(high), value),
        "superpopulation",
        estimand,
        unit,
        n,
        confidence,
    )


def check_zero(draws: np.ndarray) -> float:
    """Compute the two-sided p-value of a difference being zero from its draws.

    Parameters
    ----------
    draws : numpy.ndarray
        The difference in each draw of clusters; NaN where it could not be computed.

    Returns
    -------
    float
        Twice the share of draws on the rarer side of zero, at most 1 and never 0: the test whose acceptance
        goes with the percentile interval, with the usual one added to both counts (Davison and Hinkley 1997,
        4.2).

    Raises
    ------
    ValueError
        If there are no draws.

    Examples
    --------
    >>> round(check_zero(np.arange(1, 100.0)), 2), check_zero(np.array([-1.0, 1.0]))
    (0.02, 1.0)
    """
    draws = draws[~np.isnan(draws)]
    if not len(draws):
        raise ValueError("no draws, no test")
    rarer = min((draws <= 0).sum(), (draws >= 0).sum())
    return min(1.0, 2 * (int(rarer) + 1) / (len(draws) + 1))


def naive_mean(values: ArrayLike, confidence: float, *, estimand: str, unit: str) -> Estimate:
    """Estimate a mean as if every observation were independent of the others.

    Parameters
    ----------
    values : array_like of float
    confidence : float
        Nominal level.
    estimand, unit : str

    Returns
    -------
    Estimate
        ``mean +/- z s / sqrt(n)``; for comparison with the interval over clusters.

    Raises
    ------
    ValueError
        If there are fewer than two.
    """
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        raise ValueError("an interval needs two observations")
    mean, error = float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values))
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * error
    return Estimate(
        mean, mean - half, mean + half, "superpopulation", estimand, unit, len(values), confidence
    )
