"""Did municipalities reply more than in an earlier edition? The question asked of their accounts.

Everything is computed over *linked units*, municipalities joined with those they merged into, because only these can
be followed through both editions. Two estimands, never mixed: the *message-weighted* share, all replies over all
messages, and the *account-weighted* share, the mean over municipalities of their own shares. Estimates are in
percentage points.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators import clusters
from roeptoeter.estimators.change import effective_number
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import newcombe_interval
from roeptoeter.questions.account_level import (
    PLATFORM_NAMES,
    REPLY_DEFINITIONS,
    AccountLevel,
    link_editions,
    pair_units,
    tabulate_organisations,
)
from roeptoeter.questions.parameters import check_confidence

#: Below this effective number of accounts a cluster interval covers less often than it says.
FEWEST_EFFECTIVE_ACCOUNTS = 50

#: Fewer draws than this do not settle the ends of an interval.
FEWEST_DRAWS = 200

#: Municipalities whose behaviour was published under their name; no other is named beside its numbers.
PUBLISHED_NAMES = ("Utrecht", "Goeree-Overflakkee", "Veere")

LINEARISED, PERCENTILE, BOOTSTRAP_T = "linearised", "bootstrap, percentile", "bootstrap-t"
UNPAIRED, NAIVE = "linearised, unpaired", "messages independent"

MESSAGE_WEIGHTED, ACCOUNT_WEIGHTED = "message-weighted", "account-weighted"

#: What each part of a change is where it raises the share and where it lowers it, in the order of printing.
PARTS = {
    "within": ("the same accounts reply more", "the same accounts reply less"),
    "composition": ("those who reply send more", "those who reply send less"),
    "entry": ("accounts that came", "accounts that came"),
    "exit": ("accounts that went", "accounts that went"),
}

_POINTS = "percentage points"
_COUNTS = ("messages_before", "replies_before", "messages_after", "replies_after")
_SHARES = ("shared_before", "shares_before", "shared_after", "shares_after")
_CLASS_NAMES = {
    "below_20000": "one below 20,000",
    "20000_to_50000": "one of 20,000 to 50,000",
    "above_50000": "one above 50,000",
}
_REGION_NAMES = {"NL": "Dutch municipalities", "VL": "Flemish municipalities"}


@dataclass(frozen=True, slots=True)
class LinkedYears:
    """The accounts of two editions, linked; from `link_years`.

    Parameters
    ----------
    edition_before, edition_after, platform, region : str
    before, after : pandas.DataFrame
        One row per municipality: see `roeptoeter.questions.account_level.tabulate_organisations`.
    pairs : pandas.DataFrame
        One row per linked unit: see `roeptoeter.questions.account_level.pair_units`; also shared_before and
        shared_after (its municipalities that sent at least `least_messages`), shares_before and shares_after (the
        sum of their own reply shares), and label (a published name, or its size class).
    reply_definition : str
    least_messages : int
    """

    edition_before: str
    edition_after: str
    platform: str
    region: str
    before: pd.DataFrame
    after: pd.DataFrame
    pairs: pd.DataFrame
    reply_definition: str
    least_messages: int

    @property
    def counts(self) -> tuple[np.ndarray, ...]:
        """Messages and replies of either year by unit: ratios of their sums are message-weighted shares."""
        return tuple(self.pairs[column].to_numpy(dtype=float) for column in _COUNTS)

    @property
    def equal_counts(self) -> tuple[np.ndarray, ...]:
        """Municipalities and their shares by unit: ratios of their sums are account-weighted shares."""
        return tuple(self.pairs[column].to_numpy(dtype=float) for column in _SHARES)

    @property
    def who(self) -> str:
        """Whose messages are compared: "Dutch municipalities on Twitter"."""
        platform = PLATFORM_NAMES.get(self.platform, self.platform)
        return f"{_REGION_NAMES.get(self.region, self.region)} on {platform}"

    @property
    def when(self) -> str:
        """The two editions: "2013 Q3 and 2014 Q2"."""
        return f"{self.edition_before} and {self.edition_after}"

    @property
    def enough(self) -> str:
        """Which municipalities have a share of their own: "that sent any message"."""
        if self.least_messages == 1:
            return "that sent any message"
        return f"that sent at least {self.least_messages} messages"

    def name_change(self, weighting: str) -> str:
        """Name the estimand of a change."""
        return (
            f"change of the {weighting} share of replies ({self.reply_definition}) from {self.edition_before} to "
            f"{self.edition_after}"
        )


def link_years(
    level: AccountLevel,
    *,
    edition_before: str,
    edition_after: str,
    platform: str,
    region: str,
    reply_definition: str = "replies to others",
    least_messages: int = 1,
) -> LinkedYears:
    """Link the municipalities of two editions and put what they sent side by side.

    Parameters
    ----------
    level : AccountLevel
    edition_before, edition_after : str
    platform : str
    region : {"NL", "VL"}
    reply_definition : str
        One of `roeptoeter.questions.account_level.REPLY_DEFINITIONS`.
    least_messages : int
        A municipality that sent fewer has no share of its own in the account-weighted mean.

    Returns
    -------
    LinkedYears

    Raises
    ------
    NotAnswerable
        If an edition has no accounts, no messages of which it is known whether they are replies, or none with enough
        messages; or if municipalities do not differ, which leaves nothing to estimate from.
    InputError
        If the two editions are the same, or the least number is below 1.
    """
    if edition_before == edition_after:
        raise InputError(
            f"edition_before and edition_after are both {edition_after!r}; name two editions"
        )
    if least_messages < 1:
        raise InputError(f"least_messages is {least_messages}; a share takes at least one message")
    frames = [
        tabulate_organisations(
            level, edition=edition, platform=platform, region=region, reply_definition=reply_definition
        )
        for edition in (edition_before, edition_after)
    ]  # fmt: skip
    for edition, frame in zip((edition_before, edition_after), frames, strict=True):
        if not frame["messages"].ge(least_messages).any():
            raise NotAnswerable(
                f"no municipality of region {region} sent {least_messages} or more messages on {platform} in the "
                f"edition {edition!r} of which the exports say whether they are replies; name another edition in "
                "`edition_before` and `edition_after`, or add its exports"
            )
    units = link_editions(level, before=edition_before, after=edition_after, region=region)
    pairs = pair_units(*frames, units)
    years = LinkedYears(
        edition_before,
        edition_after,
        platform,
        region,
        *frames,
        _add_shares_and_labels(pairs, frames, units, least_messages),
        reply_definition,
        least_messages,
    )
    if len(pairs) < 2 or not clusters.change_variance(*years.counts) > 0:
        raise NotAnswerable(
            f"the municipalities with messages on {platform} in {edition_before!r} and {edition_after!r} do not differ "
            f"in how far their share of {reply_definition} changed, or there is only one; add the exports of more"
        )
    return years


def _add_shares_and_labels(
    pairs: pd.DataFrame, frames: list[pd.DataFrame], units: pd.Series, least_messages: int
) -> pd.DataFrame:
    pairs = pairs.copy()
    for frame, moment in zip(frames, ("before", "after"), strict=True):
        shared, shares = clusters.weigh_equally(frame["messages"], frame["replies"], least_messages)
        sums = (
            pd.DataFrame({"shared": shared, "shares": shares})
            .groupby(frame["organisation"].map(units).to_numpy())
            .sum()
            .reindex(pairs["linked_unit"], fill_value=0.0)
        )
        pairs[f"shared_{moment}"] = sums["shared"].to_numpy()
        pairs[f"shares_{moment}"] = sums["shares"].to_numpy()
    # the largest municipality of the later edition stands for its unit; of a unit that is gone, of the earlier one
    largest = pd.concat(
        [
            frame.assign(unit=frame["organisation"].map(units)).sort_values("population")
            for frame in frames
        ]
    ).drop_duplicates("unit", keep="last")
    largest = largest.set_index("unit").loc[pairs["linked_unit"]]
    labels = largest["size_class"].astype("str").map(_CLASS_NAMES).fillna("one of unknown size")
    pairs["label"] = labels.mask(largest["name"].isin(PUBLISHED_NAMES), largest["name"]).to_numpy()
    return pairs


def count_flow(years: LinkedYears) -> pd.DataFrame:
    """Count what there is of each edition, from the municipalities to the replies.

    Parameters
    ----------
    years : LinkedYears

    Returns
    -------
    pandas.DataFrame, 2 rows
        edition, municipalities, with_account, measured (their messages are known, be they none), sending (at least one
        message), enough (at least `least_messages`), messages, replies, message_weighted_percent,
        account_weighted_percent.
    """
    rows = []
    for moment, edition, frame, place in (
        ("before", years.edition_before, years.before, 0),
        ("after", years.edition_after, years.after, 2),
    ):
        rows.append(
            {
                "edition": edition,
                "municipalities": len(frame),
                "with_account": int(frame["is_present"].sum()),
                "measured": int(frame["is_measured"].sum()),
                "sending": int(frame["messages"].gt(0).sum()),
                "enough": int(years.pairs[f"shared_{moment}"].sum()),
                "messages": int(frame["messages"].sum()),
                "replies": int(frame["replies"].sum()),
                "message_weighted_percent": 100
                * clusters.ratio_of_sums(*years.counts[place : place + 2]),
                "account_weighted_percent": 100
                * clusters.ratio_of_sums(*years.equal_counts[place : place + 2]),
            }
        )
    flow = pd.DataFrame(rows)
    assert flow["messages"].tolist() == [
        years.pairs[f"messages_{moment}"].sum() for moment in ("before", "after")
    ]
    return flow


def count_links(years: LinkedYears) -> pd.DataFrame:
    """Count the linked units by where they sent messages.

    Parameters
    ----------
    years : LinkedYears

    Returns
    -------
    pandas.DataFrame, 4 rows
        messages_in ("both editions", "the later only", "the earlier only", "neither"), linked_units, and their
        messages_before and messages_after.
    """
    sent = years.pairs[["messages_before", "messages_after"]].gt(0)
    kinds = {
        "both editions": sent.all(axis=1),
        f"{years.edition_after} only": ~sent["messages_before"] & sent["messages_after"],
        f"{years.edition_before} only": sent["messages_before"] & ~sent["messages_after"],
        "neither": ~sent.any(axis=1),
    }
    rows = [
        {
            "messages_in": kind,
            "linked_units": int(chosen.sum()),
            **years.pairs.loc[chosen, ["messages_before", "messages_after"]].sum().to_dict(),
        }
        for kind, chosen in kinds.items()
    ]
    return pd.DataFrame(rows)


def measure_concentration(years: LinkedYears) -> pd.DataFrame:
    """Measure how unevenly messages are spread over linked units, and how alike those of one unit are.

    Parameters
    ----------
    years : LinkedYears

    Returns
    -------
    pandas.DataFrame, 2 rows
        edition, effective_accounts, largest_percent (the largest sender's share of all messages),
        intra_class_correlation, design_effect; the last two NaN where no unit sent two messages.
    """
    rows = []
    for edition, place in ((years.edition_before, 0), (years.edition_after, 2)):
        messages, replies = years.counts[place : place + 2]
        try:
            likeness = clusters.intra_class_correlation(messages, replies)
            effect = clusters.design_effect(messages, replies)
        except ValueError:
            likeness = effect = float("nan")
        rows.append(
            {
                "edition": edition,
                "effective_accounts": effective_number(messages),
                "largest_percent": 100 * messages.max() / messages.sum(),
                "intra_class_correlation": likeness,
                "design_effect": effect,
            }
        )
    return pd.DataFrame(rows)


def judge_concentration(concentration: pd.DataFrame) -> str:
    """Say in a sentence whether the cluster intervals can be relied on.

    Parameters
    ----------
    concentration : pandas.DataFrame
        As `measure_concentration` returns it.

    Returns
    -------
    str
    """
    fewest = concentration["effective_accounts"].min()
    if fewest < FEWEST_EFFECTIVE_ACCOUNTS:
        return (
            f"WARNING: in one of the two editions the messages are spread no more evenly than over {fewest:.0f} equal "
            f"accounts, fewer than {FEWEST_EFFECTIVE_ACCOUNTS}. The intervals are probably too short; read the change "
            "without single accounts beside them."
        )
    return (
        f"In both editions the messages are spread at least as evenly as over {fewest:.0f} equal accounts. From "
        f"{FEWEST_EFFECTIVE_ACCOUNTS} on, intervals of this kind hold about what they promise; below, they are too short."
    )


def estimate_fewest_effective(years: LinkedYears, concentration: pd.DataFrame) -> Estimate:
    """Give the smaller of the two effective numbers of accounts.

    Parameters
    ----------
    years : LinkedYears
    concentration : pandas.DataFrame
        As `measure_concentration` returns it.

    Returns
    -------
    Estimate
        Without interval: the messages are counted.
    """
    fewest = float(concentration["effective_accounts"].min())
    sending = int(
        min(years.pairs[column].gt(0).sum() for column in ("messages_before", "messages_after"))
    )
    return Estimate(
        fewest, fewest, fewest, "none", "effective number of linked municipalities, the smaller of two editions",
        "municipalities", sending,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReplyChanges:
    """The change under both estimands, with each kind of interval, in percentage points.

    Parameters
    ----------
    message_weighted, account_weighted : dict of str to Estimate
        By the method of the interval: `LINEARISED`, `PERCENTILE`, `BOOTSTRAP_T`.
    unpaired : Estimate
        Message-weighted, as if the two years were of other municipalities; for comparison.
    naive : Estimate
        Message-weighted, as if every message were drawn by itself; for comparison.
    test : roeptoeter.estimators.clusters.ChangeTest
        The one declared test: that the message-weighted share did not change.
    """

    message_weighted: dict[str, Estimate]
    account_weighted: dict[str, Estimate]
    unpaired: Estimate
    naive: Estimate
    test: clusters.ChangeTest

    @property
    def by_messages(self) -> Estimate:
        """The message-weighted change with its linearised interval."""
        return self.message_weighted[LINEARISED]

    @property
    def by_accounts(self) -> Estimate:
        """The account-weighted change with its linearised interval."""
        return self.account_weighted[LINEARISED]

    @property
    def length_ratio(self) -> Estimate:
        """How many times the naive interval fits into the linearised one."""
        ratio = (self.by_messages.high - self.by_messages.low) / (self.naive.high - self.naive.low)
        return Estimate(
            ratio, ratio, ratio, "none",
            "length of the interval over municipalities, divided by that over independent messages",
            "times", self.by_messages.n,
        )  # fmt: skip

    @property
    def length_text(self) -> str:
        """Whether the naive interval is too short, in words: "is 5.7 times too short" or "is no shorter here"."""
        ratio = round(self.length_ratio.value, 1)
        return f"is {ratio:.1f} times too short" if ratio > 1 else "is no shorter here"

    @property
    def p_text(self) -> str:
        """The probability of the test, in words fit for a sentence."""
        return "p < 0.001" if self.test.p_value < 0.001 else f"p = {self.test.p_value:.3f}"


def draw_units(years: LinkedYears, draws: int, seed: int) -> np.ndarray:
    """Draw linked units with replacement; both years of a unit travel together.

    Parameters
    ----------
    years : LinkedYears
    draws, seed : int

    Returns
    -------
    numpy.ndarray, shape (draws, units)

    Raises
    ------
    InputError
        If the draws are too few for the ends of an interval.
    """
    if draws < FEWEST_DRAWS:
        raise InputError(
            f"bootstrap_draws is {draws}; the ends of an interval take at least {FEWEST_DRAWS}, better 2000"
        )
    return clusters.draw_multiplicities(len(years.pairs), draws, seed)


def estimate_changes(
    years: LinkedYears, multiplicities: np.ndarray, confidence: float = 0.95
) -> ReplyChanges:
    """Estimate the change of the reply share under both estimands, with every interval.

    Parameters
    ----------
    years : LinkedYears
    multiplicities : numpy.ndarray
        From `draw_units`.
    confidence : float
        Nominal level.

    Returns
    -------
    ReplyChanges

    Raises
    ------
    NotAnswerable
        If so few accounts decide that no interval can be computed.
    """
    check_confidence(confidence)
    estimates = {}
    try:
        for weighting, counts in (
            (MESSAGE_WEIGHTED, years.counts),
            (ACCOUNT_WEIGHTED, years.equal_counts),
        ):
            named = {"confidence": confidence, "estimand": years.name_change(weighting)}
            estimates[weighting] = {
                LINEARISED: clusters.linearised_change(*counts, **named),
                PERCENTILE: clusters.bootstrap_change(*counts, multiplicities, **named),
                BOOTSTRAP_T: clusters.bootstrap_change(
                    *counts, multiplicities, method="bootstrap-t", **named
                ),
            }
        test = clusters.check_change(*years.counts)
    except ValueError as error:
        raise NotAnswerable(f"{error}; add the exports of more accounts") from None
    sent_before, replied_before, sent_after, replied_after = (
        int(array.sum()) for array in years.counts
    )
    named = {"confidence": confidence, "estimand": years.name_change(MESSAGE_WEIGHTED)}
    return ReplyChanges(
        *(
            {method: estimate.scaled(100, _POINTS) for method, estimate in by_method.items()}
            for by_method in estimates.values()
        ),
        clusters.linearised_change(*years.counts, paired=False, **named).scaled(100, _POINTS),
        newcombe_interval(replied_after, sent_after, replied_before, sent_before, **named).scaled(
            100, _POINTS
        ),
        test,
    )


def tabulate_changes(changes: ReplyChanges) -> pd.DataFrame:
    """List the changes with their intervals, for a table or a figure.

    Parameters
    ----------
    changes : ReplyChanges

    Returns
    -------
    pandas.DataFrame
        weighting, method, change_points, low_points, high_points, length_points, is_for_comparison (the interval is
        there to be compared with, not to be used).
    """
    rows = [
        (MESSAGE_WEIGHTED, method, estimate, False)
        for method, estimate in changes.message_weighted.items()
    ]
    rows += [
        (MESSAGE_WEIGHTED, UNPAIRED, changes.unpaired, True),
        (MESSAGE_WEIGHTED, NAIVE, changes.naive, True),
    ]
    rows += [
        (ACCOUNT_WEIGHTED, method, estimate, False)
        for method, estimate in changes.account_weighted.items()
    ]
    return pd.DataFrame(
        {
            "weighting": weighting,
            "method": method,
            "change_points": estimate.value,
            "low_points": estimate.low,
            "high_points": estimate.high,
            "length_points": estimate.high - estimate.low,
            "is_for_comparison": compared,
        }
        for weighting, method, estimate, compared in rows
    )


def estimate_parts(
    years: LinkedYears, multiplicities: np.ndarray, confidence: float = 0.95
) -> dict[str, Estimate]:
    """Split the message-weighted change into its parts, with percentile intervals.

    Parameters
    ----------
    years : LinkedYears
    multiplicities : numpy.ndarray
        From `draw_units`.
    confidence : float
        Nominal level.

    Returns
    -------
    dict of str to Estimate
        By the keys of `PARTS`, and "total", which they add up to.

    Raises
    ------
    NotAnswerable
        If so few accounts decide that no interval can be computed.
    """
    try:
        parts = clusters.bootstrap_parts(
            *years.counts, multiplicities, confidence=confidence, estimand=years.name_change(MESSAGE_WEIGHTED)
        )  # fmt: skip
    except ValueError as error:
        raise NotAnswerable(f"{error}; add the exports of more accounts") from None
    assert abs(sum(parts[part].value for part in PARTS) - parts["total"].value) < 1e-12
    return {part: estimate.scaled(100, _POINTS) for part, estimate in parts.items()}


def tabulate_parts(years: LinkedYears, parts: dict[str, Estimate]) -> pd.DataFrame:
    """List the parts of the change, and where each begins when they are put end to end.

    Parameters
    ----------
    years : LinkedYears
    parts : dict of str to Estimate
        From `estimate_parts`.

    Returns
    -------
    pandas.DataFrame, 4 rows
        part, meaning, change_points, low_points, high_points, start_percent, end_percent: the share from which and to
        which the part leads, from the share of the earlier edition to that of the later.
    """
    start = 100 * clusters.ratio_of_sums(*years.counts[:2])
    rows = []
    for part, (higher, lower) in PARTS.items():
        estimate = parts[part]
        rows.append(
            {
                "part": part,
                "meaning": higher if estimate.value >= 0 else lower,
                "change_points": estimate.value,
                "low_points": estimate.low,
                "high_points": estimate.high,
                "start_percent": start,
                "end_percent": start + estimate.value,
            }
        )
        start += estimate.value
    assert abs(start - 100 * clusters.ratio_of_sums(*years.counts[2:])) < 1e-9
    return pd.DataFrame(rows)


def measure_influence(years: LinkedYears) -> pd.DataFrame:
    """Compute what each linked unit does to the message-weighted change, the largest first.

    Parameters
    ----------
    years : LinkedYears

    Returns
    -------
    pandas.DataFrame
        rank, label, weight_before_percent and weight_after_percent (its share of all messages), share_before_percent
        and share_after_percent (replies among its own messages; NaN without any), change_without_points (of all others)
        and influence_points (the change of all minus that). Units without which a year has no messages are left out.
    """
    m1, r1, m2, r2 = years.counts
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [100 * r1 / m1, 100 * r2 / m2]
    without = 100 * clusters.leave_one_out(*years.counts)
    frame = pd.DataFrame(
        {
            "label": years.pairs["label"],
            "weight_before_percent": 100 * m1 / m1.sum(),
            "weight_after_percent": 100 * m2 / m2.sum(),
            "share_before_percent": shares[0],
            "share_after_percent": shares[1],
            "change_without_points": without,
            "influence_points": 100 * clusters.change_of_ratios(*years.counts) - without,
        }
    ).dropna(subset="influence_points")
    order = frame["influence_points"].abs().sort_values(ascending=False, kind="stable").index
    frame = frame.loc[order].reset_index(drop=True)
    frame.insert(0, "rank", np.arange(1, len(frame) + 1))
    return frame


def estimate_without_most_influential(years: LinkedYears, confidence: float = 0.95) -> Estimate:
    """Estimate the message-weighted change of all linked units but the one that moves it most.

    Parameters
    ----------
    years : LinkedYears
    confidence : float
        Nominal level.

    Returns
    -------
    Estimate
        In percentage points, with the linearised interval.

    Raises
    ------
    NotAnswerable
        If fewer than three linked units sent messages, or none can be left out.
    """
    counts = years.counts
    influence = np.abs(clusters.change_of_ratios(*counts) - clusters.leave_one_out(*counts))
    sending = (counts[0] > 0) | (counts[2] > 0)
    if sending.sum() < 3 or np.isnan(influence).all():
        raise NotAnswerable(
            "fewer than three municipalities sent messages, so that none can be left out; add the exports of more"
        )
    most = int(np.nanargmax(influence))
    rest = [np.delete(array, most) for array in counts]
    return clusters.linearised_change(
        *rest,
        confidence=confidence,
        estimand=f"{years.name_change(MESSAGE_WEIGHTED)}, without the municipality that moves it most",
    ).scaled(100, _POINTS)


def compare_definitions(
    level: AccountLevel,
    *,
    reply_definition: str,
    least_messages: list[int],
    confidence: float = 0.95,
    **settings: str,
) -> pd.DataFrame:
    """Compute both changes under each definition of a reply, and each least number of messages.

    Parameters
    ----------
    level : AccountLevel
    reply_definition : str
        The definition that comes first.
    least_messages : list of int
        The least numbers of messages that an account needs for a share of its own; the account-weighted change is
        computed for each under the first definition, and for the first of them under the others.
    confidence : float
        Nominal level.
    **settings
        edition_before, edition_after, platform and region, as in `link_years`.

    Returns
    -------
    pandas.DataFrame
        reply_definition, weighting, least_messages (missing where messages are weighted), accounts_before and
        accounts_after (that count), before_percent, after_percent, change_points, low_points and high_points
        (linearised). A definition that the exports do not bear has no rows.
    """
    definitions = [reply_definition, *(name for name in REPLY_DEFINITIONS if name != reply_definition)]  # fmt: skip
    rows = []
    for definition in definitions:
        first = definition == reply_definition
        for place, least in enumerate(least_messages if first else least_messages[:1]):
            try:
                years = link_years(level, reply_definition=definition, least_messages=least, **settings)  # fmt: skip
            except NotAnswerable:
                continue
            if place == 0:
                rows.append(_describe_change(years, MESSAGE_WEIGHTED, confidence))
            rows.append(_describe_change(years, ACCOUNT_WEIGHTED, confidence))
    frame = pd.DataFrame(rows)
    frame["least_messages"] = frame["least_messages"].astype("Int64")
    return frame


def _describe_change(years: LinkedYears, weighting: str, confidence: float) -> dict:
    equally = weighting == ACCOUNT_WEIGHTED
    counts = years.equal_counts if equally else years.counts
    change = clusters.linearised_change(*counts, confidence=confidence).scaled(100, _POINTS)
    accounts = [
        int(frame["messages"].ge(years.least_messages if equally else 1).sum())
        for frame in (years.before, years.after)
    ]
    return {
        "reply_definition": years.reply_definition,
        "weighting": weighting,
        "least_messages": years.least_messages if equally else pd.NA,
        "accounts_before": accounts[0],
        "accounts_after": accounts[1],
        "before_percent": 100 * clusters.ratio_of_sums(*counts[:2]),
        "after_percent": 100 * clusters.ratio_of_sums(*counts[2:]),
        "change_points": change.value,
        "low_points": change.low,
        "high_points": change.high,
    }


def span_definitions(compared: pd.DataFrame, years: LinkedYears) -> Estimate:
    """Give the message-weighted change with its range over the definitions of a reply.

    Parameters
    ----------
    compared : pandas.DataFrame
        As `compare_definitions` returns it.
    years : LinkedYears

    Returns
    -------
    Estimate
        In percentage points, interval kind "sensitivity": point estimates only, without their own intervals; `n` the
        number of definitions that the exports bear.
    """
    changes = compared.loc[compared["weighting"] == MESSAGE_WEIGHTED, "change_points"]
    return Estimate(
        float(changes.iloc[0]), float(changes.min()), float(changes.max()), "sensitivity",
        f"{years.name_change(MESSAGE_WEIGHTED)}, over the definitions of a reply", _POINTS, len(changes),
    )  # fmt: skip


def name_most_influential(influence: pd.DataFrame) -> str:
    """Name the unit that moves the change most, by its published name or by its size.

    Parameters
    ----------
    influence : pandas.DataFrame
        As `measure_influence` returns it.

    Returns
    -------
    str
        Such as "Utrecht" or "one below 20,000 inhabitants".
    """
    label = influence["label"].iloc[0]
    return f"{label} inhabitants" if label in _CLASS_NAMES.values() else label


def say_zero(estimate: Estimate) -> str:
    """Say whether an interval holds zero: "leaves zero out" or "holds zero".

    Parameters
    ----------
    estimate : Estimate

    Returns
    -------
    str
    """
    return "holds zero" if estimate.low <= 0 <= estimate.high else "leaves zero out"
