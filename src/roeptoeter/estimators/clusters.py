"""The change of a share of messages when messages come in clusters: the linked units that send them.

A *linked unit* is whatever can be followed through both years: a municipality, or those that became one.
Every function takes counts by unit, 0 where a unit was absent, of shape ``(units,)`` or, for many studies at
once, ``(..., units)``::

    ratio_of_sums(messages, replies)                                  -> (...)
    linearise_ratio(messages, replies)                                -> (..., units)
    intra_class_correlation(messages, replies)                        -> (...)
    design_effect(messages, replies)                                  -> (...)
    weigh_equally(messages, replies, least_messages)                  -> weights, shares: (..., units) each

    counts = messages_before, replies_before, messages_after, replies_after
    change_of_ratios(*counts)                                         -> (...)
    change_variance(*counts, paired=True)                             -> (...)
    message_variance(*counts)                                         -> (...), as if no message had a sender
    leave_one_out(*counts)                                            -> (..., units)
    decompose_change(*counts)                                         -> ChangeParts of (...)
    draw_multiplicities(units, draws, seed)                           -> (draws, units)
    resample_ratios(messages, replies, multiplicities)                -> (..., draws)
    resample_changes(*counts, multiplicities)                         -> ResampledChanges of (..., draws)
    resample_parts(*counts, multiplicities)                           -> ChangeParts of (..., draws)
    bootstrap_limits(*counts, multiplicities, confidence)             -> BootstrapLimits of (...)

and, for one study, as `Estimate`: `linearised_change`, `bootstrap_change`, `bootstrap_parts`; `check_change` is
the test that goes with the first. `weigh_equally` turns counts into those whose ratio of sums is the mean of the
units' own shares, so that each function gives the account-weighted answer as well.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from roeptoeter.estimators.estimate import Estimate

#: A draw may leave a year without any message; more such draws than this share, and there is no interval.
_MOST_EMPTY_DRAWS = 0.01

#: What rounding leaves of the variance of a draw whose units do not differ; shares squared.
_NO_VARIANCE = 1e-14


class ChangeParts(NamedTuple):
    """A change and the four parts that add up to it; floats, or arrays over studies or draws."""

    within: np.ndarray | float
    composition: np.ndarray | float
    entry: np.ndarray | float
    exit: np.ndarray | float
    total: np.ndarray | float


class ResampledChanges(NamedTuple):
    """The change in each draw and how far from the estimate it lies, in the draw's own standard errors."""

    changes: np.ndarray
    t: np.ndarray


class BootstrapLimits(NamedTuple):
    """The ends of the two bootstrap intervals; floats, or arrays over studies."""

    percentile_low: np.ndarray | float
    percentile_high: np.ndarray | float
    studentised_low: np.ndarray | float
    studentised_high: np.ndarray | float


class ChangeTest(NamedTuple):
    """The test that a change is zero."""

    z: float
    p_value: float


def _check(*counts: ArrayLike) -> list[np.ndarray]:
    arrays = [np.asarray(array, dtype=float) for array in counts]
    if len({array.shape for array in arrays}) > 1 or arrays[0].ndim == 0:
        raise ValueError(f"counts of different units: {[array.shape for array in arrays]}")
    for array in arrays:
        if not (array >= 0).all() or np.isinf(array).any():
            raise ValueError("counts must be numbers, and not negative")
    for messages, replies in zip(arrays[::2], arrays[1::2], strict=True):
        if not (messages.sum(axis=-1) > 0).all():
            raise ValueError("there is no share where there are no messages")
        if (replies[messages == 0] > 0).any():
            raise ValueError("a unit without messages has no replies among them")
    return arrays


def _bare(array: np.ndarray) -> np.ndarray | float:
    """Give a float for one study, an array for many."""
    return float(array) if np.ndim(array) == 0 else array


def ratio_of_sums(messages: ArrayLike, replies: ArrayLike) -> np.ndarray | float:
    """Compute the message-weighted share: all replies over all messages.

    Parameters
    ----------
    messages, replies : array_like, shape (..., units)
        Messages of each unit, and how many of them are replies.

    Returns
    -------
    float, or numpy.ndarray of shape (...)
        ``sum(r) / sum(m)``.

    Raises
    ------
    ValueError
        If the shapes differ, a count is negative or missing, or there are no messages.

    Examples
    --------
    One unit that sends nearly everything decides:

    >>> ratio_of_sums([90, 10], [0, 10])
    0.1
    """
    messages, replies = _check(messages, replies)
    return _bare(replies.sum(axis=-1) / messages.sum(axis=-1))


def linearise_ratio(messages: ArrayLike, replies: ArrayLike) -> np.ndarray:
    """Compute what each unit contributes to the error of a ratio of sums, to first order.

    Parameters
    ----------
    messages, replies : array_like, shape (..., units)

    Returns
    -------
    numpy.ndarray, shape (..., units)
        ``z_g = (r_g - R m_g) / M`` with R the ratio of sums and M all messages; adds up to 0.

    Raises
    ------
    ValueError
        As `ratio_of_sums`.

    Notes
    -----
    Cochran (1977), chapter 6. ``sum(z^2)`` is the variance of R over draws of units, before the factor
    ``G / (G - 1)`` for G units.

    Examples
    --------
    >>> linearise_ratio([50, 50], [10, 30]).tolist()
    [-0.1, 0.1]
    """
    messages, replies = _check(messages, replies)
    total = messages.sum(axis=-1, keepdims=True)
    return (replies - replies.sum(axis=-1, keepdims=True) / total * messages) / total


def weigh_equally(
    messages: ArrayLike, replies: ArrayLike, least_messages: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Turn counts into those whose ratio of sums is the mean of the units' own shares.

    Parameters
    ----------
    messages, replies : array_like, shape (..., units)
    least_messages : int
        A unit that sent fewer has no share of its own; at least 1.

    Returns
    -------
    weights, shares : numpy.ndarray, shape (..., units)
        1 and the unit's share, or 0 and 0 for a unit that sent fewer.

    Raises
    ------
    ValueError
        As `ratio_of_sums`, or if the least number is below 1.

    Examples
    --------
    >>> ratio_of_sums([90, 10], [0, 10]), ratio_of_sums(*weigh_equally([90, 10], [0, 10]))
    (0.1, 0.5)
    """
    if least_messages < 1:
        raise ValueError(f"a share takes at least one message, not {least_messages}")
    messages, replies = _check(messages, replies)
    counted = messages >= least_messages
    shares = np.divide(replies, messages, out=np.zeros_like(messages), where=counted)
    return counted.astype(float), shares


def change_of_ratios(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
) -> np.ndarray | float:
    """Subtract the message-weighted share before from that after.

    Parameters
    ----------
    messages_before, replies_before, messages_after, replies_after : array_like, shape (..., units)
        Counts of the same units in both years, 0 where a unit was absent.

    Returns
    -------
    float, or numpy.ndarray of shape (...)
        A difference of shares, -1 to 1.

    Raises
    ------
    ValueError
        As `ratio_of_sums`, for either year.

    Examples
    --------
    >>> change_of_ratios([100, 0], [10, 0], [100, 100], [10, 30])  # the second unit is new
    0.1
    """
    _check(messages_before, replies_before, messages_after, replies_after)
    return _bare(
        np.asarray(ratio_of_sums(messages_after, replies_after))
        - ratio_of_sums(messages_before, replies_before)
    )


def change_variance(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
    *,
    paired: bool = True,
) -> np.ndarray | float:
    """Compute the linearised variance of the change, over draws of whole units.

    Parameters
    ----------
    messages_before, replies_before, messages_after, replies_after : array_like, shape (..., units)
        As in `change_of_ratios`; every unit present in either year.
    paired : bool
        Whether a unit's two years belong together. Without it the years count as two sets of units that have
        nothing to do with each other, which is right for no panel and is for comparison only.

    Returns
    -------
    float, or numpy.ndarray of shape (...)

    Raises
    ------
    ValueError
        As `ratio_of_sums`; or if there are fewer than two units.

    Notes
    -----
    With `linearise_ratio` z of either year and ``z_g = z_g,after - z_g,before``, ::

        paired    G / (G - 1) sum z_g^2
        unpaired  G / (G - 1) sum (z_g,before^2 + z_g,after^2)

    Cochran (1977, chapter 6), Binder (1983). The paired one is the cluster-robust variance of a binomial
    regression on the year, with the factor ``G / (G - 1)`` and no other. An absent year has z = 0, so that units
    that come and go need no rule of their own.

    Examples
    --------
    Two units that differ, but each by as much after as before:

    >>> counts = [50, 50], [10, 30], [50, 50], [15, 35]
    >>> change_variance(*counts), round(change_variance(*counts, paired=False), 3)
    (0.0, 0.08)
    """
    _check(messages_before, replies_before, messages_after, replies_after)
    before = linearise_ratio(messages_before, replies_before)
    after = linearise_ratio(messages_after, replies_after)
    units = before.shape[-1]
    if units < 2:
        raise ValueError("one unit alone says nothing about how units differ")
    squares = (after - before) ** 2 if paired else after**2 + before**2
    return _bare(units / (units - 1) * squares.sum(axis=-1))


def message_variance(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
) -> np.ndarray | float:
    """Compute the variance that the change would have if every message were drawn by itself.

    Parameters and errors are those of `change_of_ratios`.

    Returns
    -------
    float, or numpy.ndarray of shape (...)
        ``R_1 (1 - R_1) / M_1 + R_2 (1 - R_2) / M_2``.

    Notes
    -----
    Messages of one account are alike, so this is far too small. It is here to show by how much.

    Examples
    --------
    >>> message_variance([100], [50], [100], [50])
    0.005
    """
    arrays = _check(messages_before, replies_before, messages_after, replies_after)
    variance = 0.0
    for messages, replies in (arrays[:2], arrays[2:]):
        share = np.asarray(ratio_of_sums(messages, replies))
        variance = variance + share * (1 - share) / messages.sum(axis=-1)
    return _bare(variance)


def linearised_change(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
    *,
    confidence: float = 0.95,
    paired: bool = True,
    estimand: str = "change of the message-weighted share",
) -> Estimate:
    """Estimate the change of one study with its linearised interval.

    Parameters
    ----------
    messages_before, replies_before, messages_after, replies_after : array_like, shape (units,)
        As in `change_variance`.
    confidence : float
        Nominal level.
    paired : bool
        As in `change_variance`.
    estimand : str
        What is estimated.

    Returns
    -------
    Estimate
        Change plus and minus a normal quantile times its standard error; unit "share", superpopulation interval,
        `n` the number of units.

    Raises
    ------
    ValueError
        As `change_variance`.

    Notes
    -----
    In simulations a t quantile with the effective number of units less one as degrees of freedom adds under one
    point of coverage where few units dominate, so the normal one is kept, and few units are warned of instead.

    Examples
    --------
    >>> change = linearised_change([50, 50], [10, 30], [50, 50], [20, 30])
    >>> round(change.low, 3), round(change.value, 3), round(change.high, 3)
    (-0.096, 0.1, 0.296)
    """
    counts = _check(messages_before, replies_before, messages_after, replies_after)
    change, units = change_of_ratios(*counts), counts[0].shape[-1]
    half = float(stats.norm.ppf(0.5 + confidence / 2)) * change_variance(
        *counts, paired=paired
    ) ** (1 / 2)
    return Estimate(
        change,
        change - half,
        change + half,
        "superpopulation",
        estimand,
        "share",
        units,
        confidence,
    )


def check_change(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
) -> ChangeTest:
    """Test that the change is zero, with its linearised standard error.

    Parameters
    ----------
    messages_before, replies_before, messages_after, replies_after : array_like, shape (units,)
        As in `change_variance`, of one study.

    Returns
    -------
    ChangeTest
        The change over its standard error, and the two-sided probability of a normal value as far from 0.

    Raises
    ------
    ValueError
        As `change_variance`; or if the units do not differ at all, so that there is no standard error.

    Examples
    --------
    >>> test = check_change([50, 50], [10, 30], [50, 50], [20, 30])
    >>> round(test.z, 3), round(test.p_value, 3)
    (1.0, 0.317)
    """
    counts = messages_before, replies_before, messages_after, replies_after
    variance = change_variance(*counts)
    if variance <= 0:
        raise ValueError("the units changed by exactly the same, which leaves nothing to test")
    z = change_of_ratios(*counts) / variance**0.5
    return ChangeTest(float(z), float(2 * stats.norm.sf(abs(z))))


def leave_one_out(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
) -> np.ndarray:
    """Compute the change without each unit in turn.

    Parameters and errors are those of `change_of_ratios`.

    Returns
    -------
    numpy.ndarray, shape (..., units)
        The change of all other units; NaN where they sent no message in one of the years. The unit's influence
        is the change of all units minus this.

    Examples
    --------
    >>> leave_one_out([50, 50], [10, 30], [50, 50], [20, 30]).round(3).tolist()
    [0.0, 0.2]
    """
    counts = _check(messages_before, replies_before, messages_after, replies_after)
    rest = [array.sum(axis=-1, keepdims=True) - array for array in counts]
    with np.errstate(invalid="ignore", divide="ignore"):
        return rest[3] / rest[2] - rest[1] / rest[0]


def _columns_of_parts(counts: list[np.ndarray]) -> list[np.ndarray]:
    """Give, by unit, what has to be added up over units for the four parts of a change."""
    messages_1, replies_1, messages_2, replies_2 = counts
    stays = (messages_1 > 0) & (messages_2 > 0)
    share_1, share_2 = (
        np.divide(replies, messages, out=np.zeros_like(messages), where=messages > 0)
        for messages, replies in ((messages_1, replies_1), (messages_2, replies_2))
    )
    stay_1, stay_2 = stays * messages_1, stays * messages_2
    middle, rise = (share_1 + share_2) / 2, share_2 - share_1
    come, go = (messages_1 == 0), (messages_2 == 0)
    return [
        messages_1,
        replies_1,
        messages_2,
        replies_2,
        stay_1 * rise,
        stay_2 * rise,
        stay_1 * middle,
        stay_2 * middle,
        stay_1,
        stay_2,
        come * messages_2,
        come * replies_2,
        go * messages_1,
        go * replies_1,
    ]


def _parts(sums: list[np.ndarray]) -> ChangeParts:
    (
        m1, r1, m2, r2, rise_1, rise_2, middle_1, middle_2, stay_1, stay_2, come_m, come_r, go_m, go_r,
    ) = sums  # fmt: skip
    level = (r1 / m1 + r2 / m2) / 2
    within = (rise_1 / m1 + rise_2 / m2) / 2
    composition = (middle_2 - level * stay_2) / m2 - (middle_1 - level * stay_1) / m1
    entry = (come_r - level * come_m) / m2
    leaving = (level * go_m - go_r) / m1
    return ChangeParts(*map(_bare, (within, composition, entry, leaving, r2 / m2 - r1 / m1)))


def decompose_change(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
) -> ChangeParts:
    """Split a change into what units did, how much they sent, and which of them came and went.

    Parameters and errors are those of `change_of_ratios`.

    Returns
    -------
    ChangeParts
        within: units of both years that reply to more, or less, of what they send; composition: units of both
        years that send more, or less, of all messages; entry and exit: units with messages in the second, or the
        first, year only; total: the change, to which they add up.

    Notes
    -----
    Griliches and Regev (1995), the midpoint form, which is Kitagawa's (1955) with units for classes: with
    w = m / M, p = r / m and P the mean of the two ratios of sums, ::

        within       sum over both       (w_1 + w_2) / 2 (p_2 - p_1)
        composition  sum over both       (w_2 - w_1) ((p_1 + p_2) / 2 - P)
        entry        sum over the new    w_2 (p_2 - P)
        exit         minus sum over the gone  w_1 (p_1 - P)

    No year is the standard, so that exchanging the years turns every sign, and entry into exit.

    Examples
    --------
    >>> parts = decompose_change([100, 0], [10, 0], [100, 100], [10, 30])
    >>> [round(part, 3) for part in parts]  # the new unit, and the lesser weight of the old one
    [0.0, 0.025, 0.075, 0.0, 0.1]
    """
    counts = _check(messages_before, replies_before, messages_after, replies_after)
    return _parts([column.sum(axis=-1) for column in _columns_of_parts(counts)])


def intra_class_correlation(messages: ArrayLike, replies: ArrayLike) -> np.ndarray | float:
    """Estimate how alike the messages of one unit are: 0 not at all, 1 all or none are replies.

    Parameters
    ----------
    messages, replies : array_like, shape (..., units)
        Of one year. Units without messages do not count.

    Returns
    -------
    float, or numpy.ndarray of shape (...)
        May fall below 0 where units differ less than chance would have them.

    Raises
    ------
    ValueError
        As `ratio_of_sums`; or if fewer than two units sent messages, none sent two, or no message differs.

    Notes
    -----
    The estimator by analysis of variance for shares (Fleiss, Levin and Paik 2003, chapter 15). With P the ratio
    of sums, ::

        m_0 = (M - sum m^2 / M) / (G - 1)
        MSB = sum m (p - P)^2 / (G - 1)
        MSW = sum m p (1 - p) / (M - G)
        rho = (MSB - MSW) / (MSB + (m_0 - 1) MSW)

    Examples
    --------
    >>> intra_class_correlation([10, 10], [10, 0])
    1.0
    """
    messages, replies = _check(messages, replies)
    total, units = messages.sum(axis=-1), (messages > 0).sum(axis=-1)
    if not ((units > 1) & (total > units)).all():
        raise ValueError("likeness within units takes two units, and one with two messages")
    shares = np.divide(replies, messages, out=np.zeros_like(messages), where=messages > 0)
    level = (replies.sum(axis=-1) / total)[..., np.newaxis]
    size = (total - (messages**2).sum(axis=-1) / total) / (units - 1)
    between = (messages * (shares - level) ** 2).sum(axis=-1) / (units - 1)
    within = (messages * shares * (1 - shares)).sum(axis=-1) / (total - units)
    if not (between + within > 0).all():
        raise ValueError("all messages are alike, so that units cannot differ")
    return _bare((between - within) / (between + (size - 1) * within))


def design_effect(messages: ArrayLike, replies: ArrayLike) -> np.ndarray | float:
    """Estimate how many times larger clustering makes the variance of a message-weighted share.

    Parameters and errors are those of `intra_class_correlation`.

    Returns
    -------
    float, or numpy.ndarray of shape (...)
        ``1 + (sum m^2 / M - 1) rho``.

    Notes
    -----
    Kish (1965), with the size of the cluster that a message, not a unit, finds itself in. It supposes that
    a unit's share has nothing to do with how much it sends; `linearise_ratio` does not.

    Examples
    --------
    >>> design_effect([10, 10], [10, 0])  # twenty messages that are worth two
    10.0
    """
    messages, replies = _check(messages, replies)
    size = (messages**2).sum(axis=-1) / messages.sum(axis=-1)
    return _bare(1 + (size - 1) * intra_class_correlation(messages, replies))


def draw_multiplicities(units: int, draws: int, seed: int) -> np.ndarray:
    """Draw units with replacement, as often as there are units, many times over.

    Parameters
    ----------
    units, draws : int
    seed : int
        Of the random numbers.

    Returns
    -------
    numpy.ndarray of float, shape (draws, units)
        How many times each unit is in each draw; every row adds up to `units`.

    Raises
    ------
    ValueError
        If there are no units or no draws.

    Notes
    -----
    A multinomial row per draw turns resampling into one product of matrices, and keeps a unit's years together
    as long as the same rows meet both (Davison and Hinkley 1997).

    Examples
    --------
    >>> draw_multiplicities(3, 2, seed=1).sum(axis=1).tolist()
    [3.0, 3.0]
    """
    if units < 1 or draws < 1:
        raise ValueError(f"nothing to draw: {units} units, {draws} draws")
    chosen = np.random.default_rng(seed).integers(units, size=(draws, units))
    chosen += np.arange(draws)[:, np.newaxis] * units
    counts = np.bincount(chosen.ravel(), minlength=draws * units)
    return counts.reshape(draws, units).astype(float)


def _add_up(columns: list[np.ndarray], multiplicities: ArrayLike) -> list[np.ndarray]:
    """Add each column up over the units of every draw: shapes (..., units) to (..., draws)."""
    multiplicities = np.asarray(multiplicities, dtype=float)
    if multiplicities.ndim != 2 or multiplicities.shape[1] != columns[0].shape[-1]:
        raise ValueError(
            f"draws of shape {multiplicities.shape} do not fit {columns[0].shape[-1]} units"
        )
    return list(np.moveaxis(multiplicities @ np.stack(columns, axis=-1), -1, 0))


def resample_ratios(
    messages: ArrayLike, replies: ArrayLike, multiplicities: ArrayLike
) -> np.ndarray:
    """Compute the ratio of sums in every draw of units.

    Parameters
    ----------
    messages, replies : array_like, shape (..., units)
    multiplicities : array_like, shape (draws, units)
        As `draw_multiplicities` returns them.

    Returns
    -------
    numpy.ndarray, shape (..., draws)
        NaN in a draw without messages.

    Raises
    ------
    ValueError
        As `ratio_of_sums`, or if the draws are of other units.

    Examples
    --------
    >>> resample_ratios([50, 50], [10, 30], [[1, 1], [2, 0]]).tolist()
    [0.4, 0.2]
    """
    sent, replied = _add_up(_check(messages, replies), multiplicities)
    with np.errstate(invalid="ignore"):
        return replied / sent


def resample_changes(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
    multiplicities: ArrayLike,
) -> ResampledChanges:
    """Compute the change in every draw of whole units, plain and studentised.

    Parameters
    ----------
    messages_before, replies_before, messages_after, replies_after : array_like, shape (..., units)
        As in `change_of_ratios`.
    multiplicities : array_like, shape (draws, units)
        As `draw_multiplicities` returns them; both years of a unit are drawn together.

    Returns
    -------
    ResampledChanges
        Arrays of shape (..., draws); NaN in a draw that leaves a year without messages, and for t also in one
        in which units do not differ.

    Raises
    ------
    ValueError
        As `change_of_ratios`, or if the draws are of other units.

    Notes
    -----
    With S the sums over a draw and R* its ratios, the draw's own standard error is the root of
    ``sum I_g z*_g^2``, ``z*_g = (r_2 - R*_2 m_2) / S_m2 - (r_1 - R*_1 m_1) / S_m1``. Written out, the square is
    a sum of products of two columns, so that no array of draws by units is ever formed. Residuals from the
    estimate stand in for the replies, since the sums of products would otherwise cancel.
    """
    counts = _check(messages_before, replies_before, messages_after, replies_after)
    m1, m2 = counts[0], counts[2]
    e1, e2 = (
        replies - np.asarray(ratio_of_sums(messages, replies))[..., np.newaxis] * messages
        for messages, replies in (counts[:2], counts[2:])
    )
    (
        sent_1, sent_2, left_1, left_2,
        ee_11, em_11, mm_11, ee_22, em_22, mm_22, ee_12, em_12, me_12, mm_12,
    ) = _add_up(
        [m1, m2, e1, e2,
         e1 * e1, e1 * m1, m1 * m1, e2 * e2, e2 * m2, m2 * m2, e1 * e2, e1 * m2, m1 * e2, m1 * m2],
        multiplicities,
    )  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        off_1, off_2 = left_1 / sent_1, left_2 / sent_2
        variance = (
            (ee_11 - 2 * off_1 * em_11 + off_1**2 * mm_11) / sent_1**2
            + (ee_22 - 2 * off_2 * em_22 + off_2**2 * mm_22) / sent_2**2
            - 2
            * (ee_12 - off_2 * em_12 - off_1 * me_12 + off_1 * off_2 * mm_12)
            / (sent_1 * sent_2)
        )
        moved = off_2 - off_1
        spread = np.sqrt(np.where(variance > _NO_VARIANCE, variance, np.nan))
        changes = moved + np.asarray(change_of_ratios(*counts))[..., np.newaxis]
        return ResampledChanges(changes, moved / spread)


def _quantiles(values: np.ndarray, confidence: float) -> np.ndarray:
    """Give both quantiles over the draws, shape (2, ...); NaN where too many draws say nothing."""
    if not 0 < confidence < 1:
        raise ValueError(f"no level: {confidence}")
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    missing = np.isnan(values)
    if not missing.any():
        return np.quantile(values, tails, axis=-1)
    silent = missing.mean(axis=-1) > _MOST_EMPTY_DRAWS
    found = np.nanquantile(np.where(silent[..., np.newaxis], 0.0, values), tails, axis=-1)
    return np.where(silent, np.nan, found)


def bootstrap_limits(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
    multiplicities: ArrayLike,
    confidence: float = 0.95,
) -> BootstrapLimits:
    """Compute the percentile and the bootstrap-t interval of the change.

    Parameters
    ----------
    messages_before, replies_before, messages_after, replies_after : array_like, shape (..., units)
        As in `change_of_ratios`.
    multiplicities : array_like, shape (draws, units)
        As `draw_multiplicities` returns them. Many studies may share them.
    confidence : float
        Nominal level.

    Returns
    -------
    BootstrapLimits
        Floats, or arrays of shape (...). NaN where more than one draw in a hundred says nothing: it leaves a year
        without messages or, for the bootstrap-t interval, holds units that do not differ.

    Raises
    ------
    ValueError
        As `resample_changes`, or if the level is none.

    Notes
    -----
    Percentile: the quantiles of the resampled changes. Bootstrap-t: ``[change - q_high se, change - q_low se]``
    with the quantiles of t and the standard error of the estimate itself, by the formula of the draws.
    Efron and Tibshirani (1993), chapters 12 and 13; Cameron and Miller (2015) for clusters.
    """
    counts = messages_before, replies_before, messages_after, replies_after
    resampled = resample_changes(*counts, multiplicities)
    low, high = _quantiles(resampled.changes, confidence)
    low_t, high_t = _quantiles(resampled.t, confidence)
    change, units = change_of_ratios(*counts), np.shape(messages_before)[-1]
    error = np.sqrt(np.asarray(change_variance(*counts)) * (units - 1) / units)
    return BootstrapLimits(
        *map(_bare, (low, high, change - high_t * error, change - low_t * error))
    )


def _estimate(
    value: float, ends: ArrayLike, estimand: str, units: int, confidence: float
) -> Estimate:
    low, high = map(float, ends)
    if np.isnan(low) or np.isnan(high):
        raise ValueError(
            "too few units decide: many draws of them leave a year without messages, or units that do not differ"
        )
    # quantiles of draws may pass by the estimate where few units decide; an interval has to hold it
    return Estimate(
        float(value), min(low, float(value)), max(high, float(value)), "superpopulation", estimand, "share",
        units, confidence,
    )  # fmt: skip


def bootstrap_change(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
    multiplicities: ArrayLike,
    *,
    confidence: float = 0.95,
    method: str = "percentile",
    estimand: str = "change of the message-weighted share",
) -> Estimate:
    """Estimate the change of one study with an interval from drawing whole units.

    Parameters
    ----------
    messages_before, replies_before, messages_after, replies_after : array_like, shape (units,)
        As in `change_of_ratios`.
    multiplicities : array_like, shape (draws, units)
        As `draw_multiplicities` returns them.
    confidence : float
        Nominal level.
    method : {"percentile", "bootstrap-t"}
        As in `bootstrap_limits`.
    estimand : str
        What is estimated.

    Returns
    -------
    Estimate
        Unit "share", superpopulation interval, `n` the number of units.

    Raises
    ------
    ValueError
        As `bootstrap_limits`, or if the method is neither, or the interval is missing.
    """
    limits = bootstrap_limits(
        messages_before, replies_before, messages_after, replies_after, multiplicities, confidence
    )
    ends = {"percentile": limits[:2], "bootstrap-t": limits[2:]}
    if method not in ends:
        raise ValueError(f"unknown method {method!r}; known: {', '.join(ends)}")
    change = change_of_ratios(messages_before, replies_before, messages_after, replies_after)
    return _estimate(change, ends[method], estimand, len(messages_before), confidence)


def resample_parts(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
    multiplicities: ArrayLike,
) -> ChangeParts:
    """Compute the parts of the change in every draw of whole units.

    Parameters and errors are those of `resample_changes`.

    Returns
    -------
    ChangeParts
        Arrays of shape (..., draws); the parts of each draw add up to its total.
    """
    counts = _check(messages_before, replies_before, messages_after, replies_after)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _parts(_add_up(_columns_of_parts(counts), multiplicities))


def bootstrap_parts(
    messages_before: ArrayLike,
    replies_before: ArrayLike,
    messages_after: ArrayLike,
    replies_after: ArrayLike,
    multiplicities: ArrayLike,
    *,
    confidence: float = 0.95,
    estimand: str = "change of the message-weighted share",
) -> dict[str, Estimate]:
    """Estimate each part of the change of one study, with percentile intervals from drawing whole units.

    Parameters and errors are those of `bootstrap_change`.

    Returns
    -------
    dict of str to Estimate
        By the names of `ChangeParts`, in its order. The points add up; the intervals do not, because the parts
        move together.
    """
    counts = messages_before, replies_before, messages_after, replies_after
    points = decompose_change(*counts)._asdict()
    resampled = resample_parts(*counts, multiplicities)._asdict()
    return {
        part: _estimate(
            points[part], _quantiles(resampled[part], confidence), f"{estimand}: {part}",
            len(messages_before), confidence,
        )
        for part in points
    }  # fmt: skip
