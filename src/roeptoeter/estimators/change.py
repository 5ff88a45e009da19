"""What two published shares can say about a change, and what it would take to overturn it.

Nothing here needs accounts or messages: the functions work on shares with their intervals, and on
assumptions that their arguments name.
"""

import math

import numpy as np
from scipy import stats
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import (
    proportion_effectsize,
    samplesize_proportions_2indep_onetail,
)

from roeptoeter.estimators.estimate import Estimate

# A share cannot exceed the whole, in whichever unit it is written.
_WHOLE = {"%": 100.0, "share": 1.0}


def _check_alike(*estimates: Estimate) -> None:
    for attribute in ("unit", "interval_kind"):
        found = {getattr(estimate, attribute) for estimate in estimates}
        if len(found) > 1:
            raise ValueError(f"estimates with different {attribute} do not mix: {sorted(found)}")


def change_between(before: Estimate, after: Estimate, *, estimand: str) -> Estimate:
    """Subtract two shares, each with its interval.

    Parameters
    ----------
    before, after : Estimate
        In the same unit and with the same kind of interval.
    estimand : str
        What changes.

    Returns
    -------
    Estimate
        ``after - before``, in percentage points where the shares are in "%", from the smallest
        to the largest difference that the two intervals admit; `n` is that of `after`.

    Raises
    ------
    ValueError
        If units or kinds of interval differ: the kinds are never merged.

    Examples
    --------
    >>> share = Estimate(50, 49.5, 50.5, "rounding", "share", "%")
    >>> change = change_between(share, share, estimand="change")
    >>> change.low, change.value, change.high  # the same printed number twice is not "no change"
    (-1.0, 0, 1.0)
    """
    _check_alike(before, after)
    return Estimate(
        after.value - before.value,
        after.low - before.high,
        after.high - before.low,
        after.interval_kind,
        estimand,
        "percentage points" if after.unit == "%" else after.unit,
        after.n,
        after.confidence,
    )


def ratio_between(before: Estimate, after: Estimate, *, estimand: str) -> Estimate:
    """Divide two shares, each with its interval.

    Parameters are those of `change_between`.

    Returns
    -------
    Estimate
        ``after / before``, unit "ratio"; without upper bound where `before` may be zero.

    Raises
    ------
    ValueError
        If units or kinds of interval differ, or `before` is zero.

    Examples
    --------
    >>> rare = Estimate(0.4, 0.0, 0.9, "rounding", "share", "%")
    >>> ratio_between(rare, rare, estimand="ratio").high
    inf
    """
    _check_alike(before, after)
    if before.value <= 0:
        raise ValueError("there is no ratio to a share of zero")
    return Estimate(
        after.value / before.value,
        after.low / before.high,
        after.high / before.low if before.low > 0 else math.inf,
        after.interval_kind,
        estimand,
        "ratio",
        after.n,
        after.confidence,
    )


def share_of_two(kind: Estimate, other: Estimate, *, estimand: str) -> Estimate:
    """Take one kind as a share of two kinds together, leaving every further kind out.

    Parameters
    ----------
    kind, other : Estimate
        Shares of the same whole, in the same unit and with the same kind of interval.
    estimand : str
        What the new share is of.

    Returns
    -------
    Estimate
        ``kind / (kind + other)``, in the unit of `kind`.

    Raises
    ------
    ValueError
        If units or kinds of interval differ, the unit is neither "%" nor "share", or both are zero.

    Notes
    -----
    The quotient rises with `kind` and falls with `other`, so its ends lie at opposite corners of
    the two intervals.

    Examples
    --------
    >>> replies = Estimate(11, 10.5, 11.5, "rounding", "replies", "%")
    >>> starters = Estimate(73, 72.5, 73.5, "rounding", "starters", "%")
    >>> round(share_of_two(replies, starters, estimand="replies").value, 1)
    13.1
    """
    _check_alike(kind, other)
    if kind.unit not in _WHOLE or kind.value + other.value <= 0:
        raise ValueError(f"no share of two kinds: {kind.value} and {other.value} {kind.unit}")

    def divide(part, rest):
        return _WHOLE[kind.unit] * part / (part + rest)

    return Estimate(
        divide(kind.value, other.value),
        divide(kind.low, other.high),
        divide(kind.high, other.low),
        kind.interval_kind,
        estimand,
        kind.unit,
        kind.n,
        kind.confidence,
    )


def share_of_rest(whole: Estimate, part: Estimate, weight: float, *, estimand: str) -> Estimate:
    """Find the share among all others, when one part has a known share and an assumed weight.

    Parameters
    ----------
    whole, part : Estimate
        Share in the whole and in the one part (such as one municipality's messages), in the same
        unit and with the same kind of interval.
    weight : float
        The part's share of the whole's units (messages), 0 up to but not including 1.
    estimand : str
        What the rest is.

    Returns
    -------
    Estimate
        ``(whole - weight * part) / (1 - weight)``, in the unit of `whole`.

    Raises
    ------
    ValueError
        If the weight is not in [0, 1), or so large that the rest would be below none or above all.

    Notes
    -----
    The share of a whole is the mean of the shares of its parts, weighted by their units:
    ``whole = weight * part + (1 - weight) * rest``; solved for the rest. It rises with `whole` and
    falls with `part`. Ends beyond none or all are cut off, because no rest can have them.

    Examples
    --------
    >>> whole = Estimate(20, 19.5, 20.5, "rounding", "all", "%")
    >>> part = Estimate(85, 84.5, 85.5, "rounding", "one", "%")
    >>> share_of_rest(whole, part, 0.0, estimand="others").value
    20.0
    >>> round(share_of_rest(whole, part, 0.05, estimand="others").value, 1)
    16.6
    """
    _check_alike(whole, part)
    if whole.unit not in _WHOLE or not 0 <= weight < 1:
        raise ValueError(f"no rest beside a part that weighs {weight}, in {whole.unit}")
    top = _WHOLE[whole.unit]
    rest, low, high = (
        (all_of_it - weight * one) / (1 - weight)
        for all_of_it, one in (
            (whole.value, part.value),
            (whole.low, part.high),
            (whole.high, part.low),
        )
    )
    # the slack lets pass a rest of exactly none or all, which arrives with a last bit of error
    if not -1e-9 * top <= rest <= (1 + 1e-9) * top:
        raise ValueError(
            f"a part at {part.value} cannot weigh {weight} in a whole at {whole.value}"
        )
    rest, low, high = (min(top, max(0.0, end)) for end in (rest, low, high))
    return Estimate(
        rest,
        low,
        high,
        whole.interval_kind,
        estimand,
        whole.unit,
        whole.n,
        whole.confidence,
    )


def weight_that_levels(
    whole: Estimate, part: Estimate, level: Estimate, *, estimand: str
) -> Estimate:
    """Find how heavy one part must be for all others to stand at a given level.

    Parameters
    ----------
    whole, part : Estimate
        As in `share_of_rest`, the part above the whole.
    level : Estimate
        The share the rest is to have, below the whole.
    estimand : str
        Whose weight it is.

    Returns
    -------
    Estimate
        ``(whole - level) / (part - level)``, a share between 0 and 1.

    Raises
    ------
    ValueError
        If level < whole < part does not hold, or the intervals of level and part overlap.

    Notes
    -----
    `share_of_rest` set equal to `level` and solved for the weight. The weight rises with `whole`
    and falls with `level` and `part`, so its ends lie at opposite corners of the three intervals.

    Examples
    --------
    >>> whole = Estimate(20, 19.5, 20.5, "rounding", "all", "%")
    >>> part = Estimate(85, 84.5, 85.5, "rounding", "one", "%")
    >>> level = Estimate(19.5, 19, 20, "rounding", "a year before", "%")
    >>> weight_that_levels(whole, part, level, estimand="weight").low  # perhaps no rise at all
    0.0
    """
    _check_alike(whole, part, level)
    if not (level.value < whole.value < part.value and level.high < part.low):
        raise ValueError(
            f"no weight: {level.value}, {whole.value} and {part.value} must rise in this order"
        )
    weight, low, high = (
        (all_of_it - rest) / (one - rest)
        for all_of_it, one, rest in (
            (whole.value, part.value, level.value),
            (whole.low, part.high, level.high),
            (whole.high, part.low, level.low),
        )
    )
    return Estimate(
        weight,
        max(0.0, low),
        min(1.0, high),
        whole.interval_kind,
        estimand,
        "share",
        whole.n,
        whole.confidence,
    )


def effective_number(messages: np.ndarray) -> float:
    """Count accounts by how evenly they share the messages.

    Parameters
    ----------
    messages : array_like of float, shape (accounts,)
        Messages of each account, or their shares of all messages; not negative.

    Returns
    -------
    float
        ``(sum m)^2 / sum m^2``: the number of accounts where all send the same, close to 1 where
        one sends nearly everything. Silent accounts do not count.

    Raises
    ------
    ValueError
        If there are no messages, or fewer than none.

    Notes
    -----
    Kish (1965): the size of an unweighted sample with the variance of the weighted one.

    Examples
    --------
    >>> effective_number([10, 10, 10, 0])
    3.0
    """
    sizes = np.asarray(messages, dtype=float)
    if sizes.size == 0 or (sizes < 0).any() or not sizes.sum() > 0:
        raise ValueError("no messages to share, or fewer than none")
    shares = sizes / sizes.sum()
    return float(1 / (shares**2).sum())


def effective_accounts_needed(
    before: float,
    after: float,
    intra_class_correlation: float,
    year_correlation: float = 0.0,
    confidence: float = 0.95,
) -> float:
    """Find how many effective accounts a change's sign needs, when messages cluster in accounts.

    Parameters
    ----------
    before, after : float
        Shares of the messages in the two years, between 0 and 1, not equal.
    intra_class_correlation : float
        ASSUMED. How far accounts differ in their share: 0 none, 1 each sends only replies or none.
    year_correlation : float
        ASSUMED. Correlation of an account's two deviations from the mean of its year, -1 to 1.
    confidence : float
        Two-sided level at which zero is to be excluded.

    Returns
    -------
    float
        Effective accounts in the sense of `effective_number`; not rounded.

    Raises
    ------
    ValueError
        If a share, a correlation or the level is out of range, or the two shares are equal.

    Notes
    -----
    A superpopulation reading: the accounts as one draw of a process. In year t account g has its
    own expected share p_gt with mean P_t and, by the definition of the intra-class correlation rho,
    variance rho P_t Q_t, where Q_t = 1 - P_t. With w_g the account's share of all messages, the
    published share is sum w_g p_gt plus the noise of single messages. That noise vanishes with
    tens of thousands of messages, which leaves ``Var = rho P_t Q_t sum w_g^2 = rho P_t Q_t / G``,
    with G the effective number of accounts (Kish 1965, the design effect where clusters are large).
    With the same weights in both years and correlation c between an account's two deviations, ::

        SE^2 = (rho / G) (P_1 Q_1 + P_2 Q_2 - 2 c sqrt(P_1 Q_1 P_2 Q_2))

    Setting ``|P_2 - P_1| = z SE`` and solving for G gives what is returned. It is a floor: a finite
    number of messages adds to it.

    Examples
    --------
    >>> round(effective_accounts_needed(0.13, 0.20, 0.4))
    86
    >>> effective_accounts_needed(0.13, 0.20, 0.0)  # accounts that do not differ need not be many
    0.0
    """
    in_range = 0 < before < 1 and 0 < after < 1 and 0 < confidence < 1
    if not in_range or before == after:
        raise ValueError(f"no sign to secure between {before} and {after} at {confidence}")
    if not 0 <= intra_class_correlation <= 1 or not -1 <= year_correlation <= 1:
        raise ValueError(
            f"no correlations: {intra_class_correlation} within accounts, "
            f"{year_correlation} between years"
        )
    spread_1, spread_2 = before * (1 - before), after * (1 - after)
    paired = spread_1 + spread_2 - 2 * year_correlation * math.sqrt(spread_1 * spread_2)
    z = float(stats.norm.ppf(0.5 + confidence / 2))
    return z**2 * intra_class_correlation * paired / (after - before) ** 2


def messages_needed(
    before: float,
    after: float,
    power: float = 0.8,
    confidence: float = 0.95,
    method: str = "arcsine",
) -> float:
    """Find how many independent messages a year a textbook test of two shares would need.

    Parameters
    ----------
    before, after : float
        Shares in the two years, between 0 and 1, not equal.
    power : float
        Chance of finding the difference, between 0 and 1.
    confidence : float
        One minus the two-sided level of the test.
    method : {"arcsine", "normal"}
        Cohen's arcsine difference, or the normal approximation, pooled where nothing changes.

    Returns
    -------
    float
        Messages in each of the two years; not rounded.

    Raises
    ------
    ValueError
        If a share, the power or the level is out of range, the shares are equal, or the method is
        unknown.

    Notes
    -----
    statsmodels' ``NormalIndPower`` and ``samplesize_proportions_2indep_onetail``. Both take
    messages as independent, which messages of one account are not; see `effective_accounts_needed`.

    Examples
    --------
    >>> round(messages_needed(0.13, 0.20)), round(messages_needed(0.13, 0.20, method="normal"))
    (437, 440)
    """
    in_range = all(0 < share < 1 for share in (before, after, power, confidence))
    if not in_range or before == after:
        raise ValueError(f"no test of {before} against {after} with power {power}")
    if method == "arcsine":
        effect = abs(proportion_effectsize(after, before))
        needed = NormalIndPower().solve_power(effect, power=power, alpha=1 - confidence)
    elif method == "normal":
        needed = samplesize_proportions_2indep_onetail(
            after - before, before, power, alpha=1 - confidence
        )
    else:
        raise ValueError(f"unknown method {method!r}; known: arcsine, normal")
    return float(needed)
