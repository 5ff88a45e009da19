"""What a sample of answers says of a population: post-stratified shares, two waves with respondents in common, items that hang together.

An answer belongs to a respondent, a respondent to a class whose size in the population is known. Units that did not answer
are taken to resemble those of their class that did; nothing here can check that, and bounds without it stand elsewhere.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.contingency_tables import cochrans_q, mcnemar

from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.trend import ChiSquareTest

#: A class with fewer respondents is joined with the next one: a share of so few is hardly one.
FEWEST_IN_CLASS = 5

#: With fewer respondents who changed their answer, McNemar's test is done exactly.
FEWEST_CHANGED = 25


class SampleEstimate(NamedTuple):
    """An estimate from a sample, with its standard error."""

    estimate: Estimate
    standard_error: float


class PairedTest(NamedTuple):
    """McNemar's test: its statistic, its p-value, how many changed, and whether the p-value is exact."""

    statistic: float
    p: float
    changed: int
    is_exact: bool


def _span(value, error, quantile, kind, estimand, unit, n, confidence, limits=(-np.inf, np.inf)):
    low = max(limits[0], value - quantile * error)
    high = min(limits[1], value + quantile * error)
    # the last bit of a sum may carry a share of one beyond its limit
    low, high = min(low, value), max(high, value)
    return SampleEstimate(
        Estimate(
            float(value),
            float(low),
            float(high),
            kind,
            estimand,
            unit,
            None if n is None else int(n),
            confidence,
        ),
        float(error),
    )


def join_small_classes(respondents: Sequence[int], least: int = FEWEST_IN_CLASS) -> np.ndarray:
    """Join classes with few respondents to a neighbour, in the order in which they stand.

    Parameters
    ----------
    respondents : sequence of int, shape (classes,)
        In an order in which neighbours resemble one another, such as that of size.
    least : int
        No joined class has fewer, unless all of them together have.

    Returns
    -------
    numpy.ndarray of int, shape (classes,)
        The joined class of each class: 0, 1, 2, ...

    Notes
    -----
    The class with the fewest respondents goes first, and to the neighbour with fewer of the two, until none is too small.

    Examples
    --------
    >>> join_small_classes([40, 12, 3]).tolist()
    [0, 1, 1]
    >>> join_small_classes([2, 0, 1]).tolist()
    [0, 0, 0]
    """
    groups = [[place] for place in range(len(respondents))]
    sums = [int(number) for number in respondents]
    while len(sums) > 1 and min(sums) < least:
        small = sums.index(min(sums))
        beside = [place for place in (small - 1, small + 1) if 0 <= place < len(sums)]
        other = min(beside, key=lambda place: sums[place])
        first, second = sorted((small, other))
        groups[first] += groups.pop(second)
        sums[first] += sums.pop(second)
    joined = np.empty(len(respondents), dtype=int)
    for number, places in enumerate(groups):
        joined[places] = number
    return joined


def poststratify_share(
    yes: Sequence[int],
    answered: Sequence[int],
    population: Sequence[int],
    *,
    respondents: Sequence[int] | None = None,
    confidence: float = 0.95,
    least: int = FEWEST_IN_CLASS,
    estimand: str = "share, post-stratified",
) -> SampleEstimate:
    r"""Estimate a share of a finite population from respondents whose classes do not mirror it.

    Parameters
    ----------
    yes, answered, population : sequence of int, shape (classes,)
        By class, in an order in which neighbours resemble one another: units that said yes, that answered, that there are.
    respondents : sequence of int, shape (classes,), optional
        Units of the sample by class, where some of them were not asked: the share is then one of those who would be asked.
    confidence : float
        Nominal level.
    least : int
        Classes with fewer units in the sample are joined, see `join_small_classes`.
    estimand : str
        What is estimated.

    Returns
    -------
    SampleEstimate
        Between 0 and 1, unit "share"; a finite-population interval, true as far as those who did not answer resemble those
        of their class who did.

    Raises
    ------
    ValueError
        If a count exceeds the one that holds it, or nobody answered, or fewer than two units are in the sample.

    Notes
    -----
    Cochran (1977), section 5A.9. With all asked, :math:`\bar y = \sum_c (N_c/N) \bar y_c` and its variance
    :math:`\sum_c (N_c/N)^2 (1 - n_c/N_c)\, p_c (1 - p_c) / (n_c - 1)`, where :math:`p_c = (k_c + 1)/(n_c + 2)` keeps a class
    of one mind from counting as certain. Where some were not asked, the estimate is a ratio of two post-stratified totals,
    those who said yes over those asked, with the variance of its linearised form; with all asked both are the same. The
    limits are value ± z standard errors, cut at 0 and 1.

    Examples
    --------
    >>> sample = poststratify_share([30, 20], [40, 40], [300, 100])
    >>> round(sample.estimate.value, 4), round(sample.standard_error, 4)
    (0.6875, 0.0515)
    """
    yes, answered, population = (np.asarray(x, dtype=float) for x in (yes, answered, population))
    sampled = answered if respondents is None else np.asarray(respondents, dtype=float)
    if not yes.shape == answered.shape == population.shape == sampled.shape or yes.ndim != 1:
        raise ValueError("yes, answered, population and respondents need one number for each class")
    if np.any(yes < 0) or np.any(yes > answered) or np.any(answered > sampled):
        raise ValueError("in each class, those who said yes are among those who answered")
    if np.any(sampled > population):
        raise ValueError("a class has more respondents than units")
    if answered.sum() < 1 or sampled.sum() < 2:
        raise ValueError("a share needs an answer, and its variance two respondents")
    joined = join_small_classes(sampled, least)
    k, a, n, size = (np.bincount(joined, weights=x) for x in (yes, answered, sampled, population))
    weight = size / n
    asked = float(weight @ a)
    share = float(weight @ k) / asked
    p, rate = (k + 1) / (a + 2), a / n
    # the variance, within a class, of "said yes less the share" where it is zero for those not asked
    spread = rate * (p * (1 - 2 * share) + share**2) - rate**2 * (p - share) ** 2
    variance = float(((size / asked) ** 2 * (1 - n / size) * spread / (n - 1)).sum())
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    return _span(
        share, math.sqrt(max(variance, 0.0)), z, "finite population", estimand, "share",
        answered.sum(), confidence, (0.0, 1.0),
    )  # fmt: skip


def weigh_sample(
    values: ArrayLike,
    *,
    classes: Sequence[Hashable] | None = None,
    population: Mapping[Hashable, float] | None = None,
    weights: ArrayLike | None = None,
    clusters: Sequence[Hashable] | None = None,
    sampled_fraction: float = 0.0,
    confidence: float = 0.95,
    limits: tuple[float, float] = (-np.inf, np.inf),
    estimand: str = "mean",
    unit: str = "",
) -> SampleEstimate:
    r"""Estimate a mean from respondents with design weights, in clusters, post-stratified by classes.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN for a respondent who was not asked: the mean is then one of those who would be asked.
    classes : sequence, shape (n,), optional
        The class of each respondent; without it nothing is post-stratified.
    population : mapping, optional
        Units of the population by class; every class with a respondent must be there.
    weights : array_like, shape (n,), optional
        Design weights, positive; 1 each when left out.
    clusters : sequence, shape (n,), optional
        Respondents of one cluster are not independent; each is its own when left out.
    sampled_fraction : float
        Share of the population's clusters in the sample, between 0 and 1.
    confidence : float
        Nominal level.
    limits : tuple of float
        The least and the greatest that the mean can be.
    estimand, unit : str

    Returns
    -------
    SampleEstimate
        Its interval has Student's quantile with one degree of freedom less than there are clusters; a finite-population one
        where a fraction is named, else a superpopulation one.

    Raises
    ------
    ValueError
        If nobody was asked, there is a single cluster, a weight is not positive, or a class has no size.

    Notes
    -----
    Weights :math:`w' = w N_c / \sum_{i \in c} w_i`; residuals :math:`e_i = y_i - \bar y_c`, both :math:`w'`-weighted;
    :math:`z_j = \sum_{i \in j} w'_i e_i / \sum w'`; variance :math:`(1 - f)\, G/(G-1) \sum_j (z_j - \bar z)^2` over G clusters
    (Binder 1983; Valliant 1993; the method of R's survey). Where some were not asked the same is done to the linearised ratio.

    Examples
    --------
    >>> sample = weigh_sample([1, 0, 1, 1], clusters=["a", "a", "b", "c"])
    >>> sample.estimate.value, round(sample.standard_error, 4)
    (0.75, 0.1875)
    """
    y = np.asarray(values, dtype=float)
    n = len(y)
    asked = ~np.isnan(y)
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    if not asked.any():
        raise ValueError("nobody was asked")
    if not np.all(w > 0):
        raise ValueError("each weight must be positive; none may be missing")
    if not 0 <= sampled_fraction < 1:
        raise ValueError(f"a fraction of {sampled_fraction} of the clusters cannot be sampled")
    if classes is None:
        groups = np.zeros(n, dtype=int)
    else:
        groups, names = pd.factorize(pd.Series(list(classes)))
        if (
            population is None
            or np.any(groups < 0)
            or any(name not in population for name in names)
        ):
            raise ValueError("each respondent's class needs a size in the population")
        sizes = np.array([float(population[name]) for name in names])
        w = w * sizes[groups] / np.bincount(groups, weights=w)[groups]
    total = float(w[asked].sum())
    mean = float(w[asked] @ y[asked]) / total
    deviation = np.where(asked, y - mean, 0.0)
    of_class = np.bincount(groups, weights=w * deviation) / np.bincount(groups, weights=w)
    parts = w * (deviation - of_class[groups]) / total
    codes = np.arange(n) if clusters is None else pd.factorize(pd.Series(list(clusters)))[0]
    number = int(codes.max()) + 1
    if number < 2 or np.any(codes < 0):
        raise ValueError("a variance needs two clusters, and each respondent to be in one")
    sums = np.bincount(codes, weights=parts)
    variance = (1 - sampled_fraction) * number / (number - 1) * ((sums - sums.mean()) ** 2).sum()
    quantile = float(stats.t.ppf(0.5 + confidence / 2, number - 1))
    kind = "finite population" if sampled_fraction else "superpopulation"
    return _span(
        mean, math.sqrt(variance), quantile, kind, estimand, unit, asked.sum(), confidence, limits
    )  # fmt: skip


def standardise_difference(first: ArrayLike, second: ArrayLike) -> float:
    """Put the difference of two means into standard deviations, first less second.

    Parameters
    ----------
    first, second : array_like
        The values of two groups, at least two in each.

    Returns
    -------
    float
        The difference over the root of the mean of both variances; 0 where neither group varies and both agree.

    Raises
    ------
    ValueError
        If a group has fewer than two values.

    Notes
    -----
    Austin (2009), Statistics in Medicine 28. It does not grow with the number of units, as a test statistic does; beyond
    0.1 either way groups are usually called unlike.

    Examples
    --------
    >>> round(standardise_difference([2, 4, 6], [1, 3, 5]), 2)
    0.5
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if min(len(first), len(second)) < 2:
        raise ValueError("each group needs two values")
    difference = float(first.mean() - second.mean())
    spread = math.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    return difference / spread if spread else math.copysign(math.inf, difference) if difference else 0.0  # fmt: skip


def compare_waves(
    share_before: float,
    n_before: int,
    share_after: float,
    n_after: int,
    *,
    shared: int = 0,
    correlation: float = 0.0,
    confidence: float = 0.95,
    estimand: str = "change of a share between two waves",
) -> SampleEstimate:
    r"""Estimate the change of a share between two waves that have some respondents in common.

    Parameters
    ----------
    share_before, share_after : float
        Between 0 and 1.
    n_before, n_after : int
        Respondents of each wave.
    shared : int
        Of these, how many answered in both.
    correlation : float
        Of their two answers, between -1 and 1; 0 where it is not known, which makes the interval too long rather than too
        short as long as respondents tend to say the same again.
    confidence : float
        Nominal level.
    estimand : str

    Returns
    -------
    SampleEstimate
        Later less earlier, unit "share"; a superpopulation interval.

    Raises
    ------
    ValueError
        If a share is none, more answered in both than in one, or the correlation is none.

    Notes
    -----
    Kish (1965), section 12.4: with :math:`v_t = p_t (1 - p_t)/n_t` the variance is
    :math:`v_1 + v_2 - 2 \rho \sqrt{v_1 v_2}\, n_{12} / \sqrt{n_1 n_2}`.

    Examples
    --------
    >>> [round(compare_waves(.6, 238, .7, 210, shared=124, correlation=r).standard_error, 4) for r in (0, .5, .8)]
    [0.0448, 0.0381, 0.0334]
    """
    if not (0 <= share_before <= 1 and 0 <= share_after <= 1):
        raise ValueError("both shares must lie between 0 and 1")
    if min(n_before, n_after) < 1 or not 0 <= shared <= min(n_before, n_after):
        raise ValueError("those who answered in both waves are respondents of each")
    if not -1 <= correlation <= 1:
        raise ValueError(f"{correlation} is no correlation")
    before = share_before * (1 - share_before) / n_before
    after = share_after * (1 - share_after) / n_after
    common = correlation * math.sqrt(before * after) * shared / math.sqrt(n_before * n_after)
    error = math.sqrt(max(before + after - 2 * common, 0.0))
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    return _span(
        share_after - share_before, error, z, "superpopulation", estimand, "share",
        n_before + n_after - shared, confidence, (-1.0, 1.0),
    )  # fmt: skip


def correlate_answers(first: ArrayLike, second: ArrayLike) -> float:
    """Correlate two answers of the same respondents; 0 where one of them does not vary.

    Parameters
    ----------
    first, second : array_like, shape (n,)
        0 and 1.

    Returns
    -------
    float
        Pearson's, which of zeros and ones is called phi.

    Examples
    --------
    >>> correlate_answers([1, 1, 0, 0], [1, 1, 0, 0])
    1.0
    >>> correlate_answers([1, 1, 1], [1, 0, 1])
    0.0
    """
    first, second = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if len(first) < 2 or not (np.ptp(first) and np.ptp(second)):
        return 0.0
    return float(np.clip(np.corrcoef(first, second)[0, 1], -1, 1))


def mcnemar_test(to_no: int, to_yes: int) -> PairedTest:
    """Test whether as many turned from yes to no as from no to yes.

    Parameters
    ----------
    to_no, to_yes : int
        Respondents of both waves, or of two items, whose two answers differ, by which is the yes; those who said the same
        twice do not count.

    Returns
    -------
    PairedTest
        Two-sided. With fewer than `FEWEST_CHANGED` changed, exact (binomial), and the statistic is the smaller of the two;
        otherwise the chi-square without continuity correction.

    Notes
    -----
    McNemar (1947); statsmodels' ``mcnemar``.

    Examples
    --------
    >>> round(mcnemar_test(150, 86).statistic, 5)  # approval ratings, Agresti (2002), table 10.1
    17.35593
    """
    if min(to_no, to_yes) < 0:
        raise ValueError("a number of respondents cannot be negative")
    changed = int(to_no + to_yes)
    exact = changed < FEWEST_CHANGED
    if not changed:
        return PairedTest(0.0, 1.0, 0, True)
    result = mcnemar([[0, to_no], [to_yes, 0]], exact=exact, correction=False)
    # the exact p-value doubles one tail and may pass 1 by the point in the middle
    return PairedTest(float(result.statistic), min(1.0, float(result.pvalue)), changed, exact)


def cochran_q_test(answers: ArrayLike) -> ChiSquareTest:
    """Test whether several yes-or-no items, answered by the same respondents, are named equally often.

    Parameters
    ----------
    answers : array_like, shape (respondents, items)
        0 and 1, none missing.

    Returns
    -------
    ChiSquareTest
        On one degree of freedom less than there are items; of two items, McNemar's test without correction.

    Raises
    ------
    ValueError
        If an answer is missing, there is one item only, or every respondent said the same to all of them.

    Notes
    -----
    Cochran (1950); statsmodels' ``cochrans_q``.
    """
    answers = np.asarray(answers, dtype=float)
    if answers.ndim != 2 or answers.shape[1] < 2:
        raise ValueError("two items or more are compared")
    if not np.isin(answers, (0, 1)).all():
        raise ValueError("each answer must be 0 or 1; none may be missing")
    if not np.ptp(answers, axis=1).any():
        raise ValueError("every respondent said the same to all items: nothing tells them apart")
    result = cochrans_q(answers)
    return ChiSquareTest(float(result.statistic), answers.shape[1] - 1, float(result.pvalue))


def compare_options(answers: ArrayLike, groups: Sequence[Hashable]) -> ChiSquareTest:
    r"""Test whether the options of a multiple-response item are named alike in several groups.

    Parameters
    ----------
    answers : array_like, shape (respondents, options)
        1 where a respondent named the option, else 0; none missing.
    groups : sequence, shape (respondents,)
        The group of each respondent.

    Returns
    -------
    ChiSquareTest
        The statistic after correction, with degrees of freedom that need not be whole.

    Raises
    ------
    ValueError
        If an answer is missing, there is one group only, or no option was named by some and not by others.

    Notes
    -----
    The sum of Pearson's statistics of the options against the groups, with the second-order correction of Rao and Scott
    (1981), as Bilder and Loughin (2004) put it for items of which any number may be chosen. If the shares are the same in all
    groups, each option's statistic is chi-square, and those of options that are named together move together: the sum is
    distributed as :math:`\sum_l \lambda_l \chi^2_{r-1}`, with :math:`\lambda` the eigenvalues of the correlations between the
    options within groups and r groups. It is divided by :math:`\sum \lambda^2 / c` and held against
    :math:`(r - 1)\, c^2 / \sum \lambda^2` degrees of freedom, c options. Of a single option this is Pearson's test. An option
    that all or none named is left out.

    Examples
    --------
    >>> test = compare_options([[1], [1], [0], [0], [1], [0]], ["a", "a", "a", "b", "b", "b"])
    >>> round(test.statistic, 4), test.degrees_of_freedom
    (0.6667, 1.0)
    """
    answers = np.asarray(answers, dtype=float)
    if answers.ndim != 2 or len(answers) != len(groups):
        raise ValueError("each respondent needs a group, and an answer to each option")
    if not np.isin(answers, (0, 1)).all():
        raise ValueError("each answer must be 0 or 1; none may be missing")
    codes, names = pd.factorize(pd.Series(list(groups)))
    if len(names) < 2 or np.any(codes < 0):
        raise ValueError("two groups or more are compared, and each respondent is in one")
    answers = answers[:, np.ptp(answers, axis=0) > 0]
    if not answers.shape[1]:
        raise ValueError("no option was named by some and not by others")
    n, shares = np.bincount(codes), answers.mean(axis=0)
    means = np.stack([np.bincount(codes, weights=column) / n for column in answers.T], axis=1)
    statistic = float((n[:, None] * (means - shares) ** 2 / (shares * (1 - shares))).sum())
    within = answers - means[codes]
    spread = np.sqrt((within**2).mean(axis=0))
    # an option that does not vary within the groups follows no other; its own eigenvalue is 1
    scaled = np.divide(within, spread, out=np.zeros_like(within), where=spread > 0)
    correlations = scaled.T @ scaled / len(answers)
    np.fill_diagonal(correlations, 1.0)
    options = answers.shape[1]
    squares = float(
        (correlations**2).sum()
    )  # of a symmetric matrix, the sum of squared eigenvalues
    degrees = (len(names) - 1) * options**2 / squares
    corrected = statistic * options / squares
    return ChiSquareTest(corrected, degrees, float(stats.chi2.sf(corrected, degrees)))
