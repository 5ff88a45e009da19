"""Whether a share rises over ordered classes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True, slots=True)
class ChiSquareTest:
    """A chi-square statistic with its degrees of freedom and its p-value."""

    statistic: float
    degrees_of_freedom: int
    p: float


def cochran_armitage(
    counts: Sequence[int], totals: Sequence[int], scores: Sequence[float] | None = None
) -> ChiSquareTest:
    """Test whether a share changes linearly with the score of its class.

    Parameters
    ----------
    counts, totals : sequence of int, shape (k,)
        Units with the property, and all units, by class.
    scores : sequence of float, shape (k,), optional
        The place of each class; 0, 1, 2, ... when left out. Only their relative distances matter.

    Returns
    -------
    ChiSquareTest
        Two-sided, on one degree of freedom.

    Raises
    ------
    ValueError
        If the shapes differ, a count exceeds its total, there are fewer than two different scores,
        or all or none of the units have the property.

    Notes
    -----
    Cochran (1954), Armitage (1955). With P the share of all N units, T = Σ s (k − nP) and
    V = P (1 − P) (Σ n s² − (Σ n s)² / N), the statistic is T² / V. statsmodels'
    ``Table.test_ordinal_association`` divides by the unbiased variance instead and gives this
    statistic times (N − 1) / N.

    Examples
    --------
    >>> test = cochran_armitage([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(test.statistic, 6), round(test.p, 7)
    (8.224922, 0.0041319)
    >>> cochran_armitage([5, 5], [5, 5])  # all have it: nothing can rise
    Traceback (most recent call last):
    ValueError: all or none of the 10 units have the property: no trend can be tested
    """
    counts, totals = np.asarray(counts, dtype=float), np.asarray(totals, dtype=float)
    scores = np.arange(len(counts)) if scores is None else np.asarray(scores, dtype=float)
    if not counts.shape == totals.shape == scores.shape or counts.ndim != 1:
        raise ValueError("counts, totals and scores must be of the same length")
    if np.any(counts < 0) or np.any(counts > totals) or np.any(totals <= 0):
        raise ValueError("each count must lie between 0 and its total, and no class may be empty")
    if len(np.unique(scores)) < 2:
        raise ValueError("a trend needs at least two classes with different scores")
    n = totals.sum()
    share = counts.sum() / n
    if share in (0.0, 1.0):
        raise ValueError(
            f"all or none of the {n:.0f} units have the property: no trend can be tested"
        )
    excess = scores @ (counts - totals * share)
    variance = share * (1 - share) * (totals @ scores**2 - (totals @ scores) ** 2 / n)
    statistic = float(excess**2 / variance)
    return ChiSquareTest(statistic, 1, float(stats.chi2.sf(statistic, 1)))
