"""How much of a gap between two groups is their composition, and how much their behaviour.

Groups are described by classes: `weights` say how a group is divided over the classes, `rates` how
often the property occurs in each. Where a group's class rates were never published, every division
of its known total over the classes is tried, and the answer is a pair of bounds.
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike


class Decomposition(NamedTuple):
    """A gap, second group minus first, and its two parts, which add up to it."""

    composition: float
    rate: float
    total: float


class DecompositionBounds(NamedTuple):
    """The lowest and the highest that every part of a gap can be; each a pair (low, high)."""

    composition: tuple[float, float]
    rate: tuple[float, float]
    composition_share: tuple[float, float]


def _check(weights: ArrayLike, rates: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    weights, rates = np.asarray(weights, dtype=float), np.asarray(rates, dtype=float)
    if weights.ndim != 1 or rates.shape[-1:] != weights.shape:
        raise ValueError(f"{weights.shape} weights do not fit rates of shape {rates.shape}")
    if not (np.isfinite(weights).all() and np.isfinite(rates).all() and (weights >= 0).all()):
        raise ValueError("weights and rates must be numbers, and weights not negative")
    return weights, rates


def standardise(weights: ArrayLike, rates: ArrayLike) -> float:
    """Give the rate a group would have with its own class rates and another division over classes.

    Parameters
    ----------
    weights : array_like, shape (c,)
        Division over the classes to standardise to; scaled to add up to 1, so that counts will do.
    rates : array_like, shape (c,)
        The group's rate in each class.

    Returns
    -------
    float
        The directly standardised rate, in the unit of `rates`.

    Raises
    ------
    ValueError
        If the shapes differ, a weight is negative or all are zero, or a number is missing.

    Examples
    --------
    A class nobody is in does not count, whatever its rate:

    >>> standardise([1, 3, 0], [0.25, 0.75, 1.0])
    0.625
    """
    weights, rates = _check(weights, rates)
    if weights.sum() == 0:
        raise ValueError("at least one class must have a weight")
    return float(weights @ rates / weights.sum())


def decompose_gap(
    weights_1: ArrayLike, rates_1: ArrayLike, weights_2: ArrayLike, rates_2: ArrayLike
) -> Decomposition:
    """Split the gap between two groups into composition and rate.

    Parameters
    ----------
    weights_1, weights_2 : array_like, shape (c,)
        Division of each group over the same classes, used as given: shares that add up to 1.
    rates_1, rates_2 : array_like, shape (c,)
        Rate in each class.

    Returns
    -------
    Decomposition
        ``composition = sum((w2 - w1) (p1 + p2) / 2)``, ``rate = sum((p2 - p1) (w1 + w2) / 2)``,
        and their sum, ``sum(w2 p2) - sum(w1 p1)``.

    Raises
    ------
    ValueError
        If the shapes differ, a weight is negative or a number is missing.

    Notes
    -----
    Kitagawa (1955), in the symmetrical form: no group is the standard, so that exchanging them
    changes the sign of both parts and nothing else.

    Examples
    --------
    Two groups with the same rates differ by composition alone:

    >>> decompose_gap([0.75, 0.25], [0.5, 1.0], [0.25, 0.75], [0.5, 1.0])
    Decomposition(composition=0.25, rate=0.0, total=0.25)
    """
    weights_1, rates_1 = _check(weights_1, rates_1)
    weights_2, rates_2 = _check(weights_2, rates_2)
    if not weights_1.shape == weights_2.shape == rates_1.shape == rates_2.shape:
        raise ValueError("both groups need the same classes")
    composition = float((weights_2 - weights_1) @ (rates_1 + rates_2) / 2)
    rate = float((rates_2 - rates_1) @ (weights_1 + weights_2) / 2)
    return Decomposition(composition, rate, composition + rate)


def list_allocations(total: int, class_sizes: ArrayLike) -> np.ndarray:
    """List every way in which `total` units with a property can be divided over the classes.

    Parameters
    ----------
    total : int
        Units with the property, not negative.
    class_sizes : array_like of int, shape (c,)
        Units in each class: none can hold more.

    Returns
    -------
    numpy.ndarray of int, shape (k, c)
        One division a row, in lexicographic order; each adds up to `total`. No rows if the classes
        together are too small.

    Raises
    ------
    ValueError
        If there is no class, or the total or a size is negative.

    Examples
    --------
    The last class has room for one:

    >>> list_allocations(2, [5, 1]).tolist()
    [[1, 1], [2, 0]]
    """
    sizes = np.asarray(class_sizes, dtype=int)
    if sizes.ndim != 1 or sizes.size == 0 or total < 0 or (sizes < 0).any():
        raise ValueError(f"{total} units cannot be divided over classes of {class_sizes}")
    rows = list(product(*(range(min(total, size) + 1) for size in sizes[:-1])))
    grid = np.array(rows, dtype=int).reshape(len(rows), sizes.size - 1)
    last = total - grid.sum(axis=1)
    fits = (last >= 0) & (last <= sizes[-1])
    return np.column_stack([grid[fits], last[fits]])


def bound_decomposition(
    weights_1: ArrayLike, rates_1: ArrayLike, weights_2: ArrayLike, rates_2: ArrayLike
) -> DecompositionBounds:
    """Bound the parts of a gap when several sets of class rates are possible.

    Parameters
    ----------
    weights_1, weights_2 : array_like, shape (c,)
        As in `decompose_gap`.
    rates_1 : array_like, shape (k, c)
        Every set of class rates that the first group may have, one a row.
    rates_2 : array_like, shape (m, c)
        The same for the second group.

    Returns
    -------
    DecompositionBounds
        Lowest and highest composition, rate, and composition as a share of the gap, over all ``k
        m`` pairs. Exact for the sets given: it is a search, not a sample.

    Raises
    ------
    ValueError
        As `decompose_gap`; or if no set is given, or some pair leaves no gap or a gap of the other
        sign, so that a share of it has no bounds.

    Examples
    --------
    A single possibility for each group leaves nothing open:

    >>> bounds = bound_decomposition([0.75, 0.25], [[0.5, 1.0]], [0.25, 0.75], [[0.5, 1.0]])
    >>> bounds.composition_share
    (1.0, 1.0)
    """
    weights_1, rates_1 = _check(weights_1, np.atleast_2d(rates_1))
    weights_2, rates_2 = _check(weights_2, np.atleast_2d(rates_2))
    if weights_1.shape != weights_2.shape:
        raise ValueError("both groups need the same classes")
    if not rates_1.size or not rates_2.size:
        raise ValueError("each group needs at least one possible set of class rates")

    # both parts are sums of a term of each group alone, so that no pair needs its own loop
    def combine(weights: np.ndarray, sign: int) -> np.ndarray:
        return (rates_2 @ weights)[np.newaxis, :] + sign * (rates_1 @ weights)[:, np.newaxis]

    composition = combine((weights_2 - weights_1) / 2, 1)
    rate = combine((weights_1 + weights_2) / 2, -1)
    total = composition + rate
    if total.min() <= 0 <= total.max():
        raise ValueError("the gap may be zero, so that composition is no share of it")
    low_and_high = [
        (float(part.min()), float(part.max())) for part in (composition, rate, composition / total)
    ]
    return DecompositionBounds(*low_and_high)
