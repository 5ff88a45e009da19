"""Did Dutch municipalities reply more in 2014 than in 2013? What the published shares can bear.

Published figures and the register in, frames and estimates out; shares are percentages.
"""

from dataclasses import dataclass
from itertools import product

import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.estimators.change import (
    change_between,
    effective_accounts_needed,
    effective_number,
    messages_needed,
    ratio_between,
    share_of_rest,
    share_of_two,
    weight_that_levels,
)
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.rounding import admissible_counts, rounding_interval
from roeptoeter.published import get_figure

#: What the share of 2013 may be a share of; the first is the one that the article of 2014 prints.
DENOMINATORS = ("as stated in 2014", "all messages", "replies and starters")

REPLIES_2013_IN_2014, REPLIES_2014, REPLIES_UTRECHT = "F010", "F011", "F012"
REPLIES_2013_IN_2013, STARTERS_2013, MEAN_MESSAGES_2013 = "F179", "F178", "F177"
ON_TWITTER_2013, WITHOUT_TWITTER_2014 = "F171", "F007"
MESSAGES_UTRECHT_LATER = "F279"

#: Mean response times as printed, by year measured; not one series.
RESPONSE_TIMES = {2013: "F187", 2014: "F015", 2015: "F221"}


@dataclass(frozen=True, slots=True)
class ReplyShares:
    """The shares that the question rests on, in %, with their rounding intervals.

    Parameters
    ----------
    before, after : Estimate
        All corporate Twitter accounts, third quarter of 2013 and second quarter of 2014.
    utrecht : Estimate
        The account of Utrecht, second quarter of 2014.
    """

    before: Estimate
    after: Estimate
    utrecht: Estimate

    @property
    def change(self) -> Estimate:
        """Rise from 2013 to 2014, in percentage points."""
        return change_between(
            self.before,
            self.after,
            estimand="change of the share of replies among messages of corporate accounts",
        )

    @property
    def ratio(self) -> Estimate:
        """Share of 2014 divided by that of 2013."""
        return ratio_between(
            self.before,
            self.after,
            estimand="ratio of the shares of replies among messages of corporate accounts",
        )


def read_printed_share(figures: pd.DataFrame, figure_id: str, estimand: str) -> Estimate:
    """Read a printed percentage as the interval that its rounding admits.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.
    figure_id : str
    estimand : str
        What it is the share of.

    Returns
    -------
    Estimate
        In %, interval kind "rounding".

    Raises
    ------
    InputError
        If the figure is unknown or no printed percentage.
    """
    figure = get_figure(figures, figure_id)
    if figure["unit"] != "%" or pd.isna(figure["printed_number"]):
        raise InputError(f"figures.csv, {figure_id}: expected a printed percentage; correct the id")
    printed, decimals = float(figure["printed_number"]), int(figure["printed_decimals"])
    return Estimate(printed, *rounding_interval(printed, decimals), "rounding", estimand, "%")


def read_reply_shares(figures: pd.DataFrame, denominator: str = "as stated in 2014") -> ReplyShares:
    """Read the reply shares of 2013 and 2014, with 2013 on the denominator asked for.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.
    denominator : str
        One of `DENOMINATORS`. "as stated in 2014": the share of 2013 that the article of 2014
        prints. "all messages": the one that the article of 2013 prints. "replies and starters": the
        latter again, without the messages that are neither reply nor conversation starter.

    Returns
    -------
    ReplyShares
        The share of 2014 and that of Utrecht are as printed under every denominator; the article
        does not say what they are shares of.

    Raises
    ------
    InputError
        If the denominator is not one of the three, or a figure is missing.
    """
    if denominator not in DENOMINATORS:
        raise InputError(
            f"reply_share_denominator: {denominator!r} is unknown; "
            f"write one of {', '.join(DENOMINATORS)}"
        )
    if denominator == "as stated in 2014":
        before = read_printed_share(
            figures, REPLIES_2013_IN_2014, "share of replies in 2013, as printed in 2014"
        )
    else:
        before = read_printed_share(
            figures, REPLIES_2013_IN_2013, "share of replies among all messages in 2013"
        )
    if denominator == "replies and starters":
        before = share_of_two(
            before,
            read_printed_share(figures, STARTERS_2013, "share of conversation starters in 2013"),
            estimand="share of replies among replies and conversation starters in 2013",
        )
    return ReplyShares(
        before,
        read_printed_share(figures, REPLIES_2014, "share of replies in 2014"),
        read_printed_share(figures, REPLIES_UTRECHT, "share of replies in 2014, Utrecht"),
    )


def compare_readings(figures: pd.DataFrame) -> pd.DataFrame:
    """Compute the rise under every reading of what the shares are shares of.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.

    Returns
    -------
    pandas.DataFrame, 4 rows
        reading, assumption (text; what the sources do not say), before_percent, after_percent,
        change_points, and for each of the three its `_low_` and `_high_` under rounding.

    Notes
    -----
    The last reading takes the share of 2014 as one of replies and starters, and turns it into a
    share of all messages with the further messages of 2013:
    ``after = printed * (replies + starters) / 100``. The change, ``after - replies``, rises with
    the printed share and with the starters and falls with the replies of 2013, so that its ends lie
    at the corners of the three intervals.
    """
    stated, everything, two_kinds = (read_reply_shares(figures, name) for name in DENOMINATORS)
    readings = [
        (
            "both as printed in 2014",
            "both years count alike",
            stated.before,
            stated.after,
            stated.change,
        ),
        (
            "replies and starters, both years",
            "2014 leaves further messages out",
            two_kinds.before,
            two_kinds.after,
            two_kinds.change,
        ),
        (
            "all messages, both years",
            "2014 counts every message",
            everything.before,
            everything.after,
            everything.change,
        ),
        (
            "all messages, 2014 converted",
            "2014 leaves further messages out, and they were as many as in 2013 (ASSUMED)",
            everything.before,
            *_convert_to_all_messages(figures, everything),
        ),
    ]
    rows = [
        {
            "reading": reading,
            "assumption": assumption,
            "before_percent": before.value,
            "before_low_percent": before.low,
            "before_high_percent": before.high,
            "after_percent": after.value,
            "after_low_percent": after.low,
            "after_high_percent": after.high,
            "change_points": change.value,
            "change_low_points": change.low,
            "change_high_points": change.high,
        }
        for reading, assumption, before, after, change in readings
    ]
    return pd.DataFrame(rows)


def _convert_to_all_messages(
    figures: pd.DataFrame, shares: ReplyShares
) -> tuple[Estimate, Estimate]:
    replies, printed = shares.before, shares.after
    starters = read_printed_share(figures, STARTERS_2013, "share of conversation starters in 2013")

    def convert(after, reply, starter):
        return after * (reply + starter) / 100

    after = Estimate(
        convert(printed.value, replies.value, starters.value),
        convert(printed.low, replies.low, starters.low),
        convert(printed.high, replies.high, starters.high),
        "sensitivity",
        "share of replies among all messages in 2014, if as many were neither as in 2013",
        "%",
    )
    change = Estimate(
        after.value - replies.value,
        convert(printed.low, replies.high, starters.low) - replies.high,
        convert(printed.high, replies.low, starters.high) - replies.low,
        "sensitivity",
        "change of the share of replies among all messages",
        "percentage points",
    )
    return after, change


def span_readings(readings: pd.DataFrame) -> Estimate:
    """Give the rise as first printed, with the range over all readings.

    Parameters
    ----------
    readings : pandas.DataFrame
        As `compare_readings` returns them.

    Returns
    -------
    Estimate
        In percentage points, interval kind "sensitivity".
    """
    return Estimate(
        float(readings["change_points"].iloc[0]),
        float(readings["change_low_points"].min()),
        float(readings["change_high_points"].max()),
        "sensitivity",
        "change of the share of replies, over all readings of its denominator",
        "percentage points",
    )


def compare_editions(figures: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Count the municipalities of both editions, and how many of them had an account.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame, 2 rows
        edition_year, period (quarter measured), municipalities (in the register on 1 January),
        accounts_low, accounts_high (with a Twitter account; two numbers where only a rounded
        percentage is printed), basis (the figure that says so).

    Raises
    ------
    InputError
        If the register and the article of 2014 count different municipalities.
    """
    dutch = organisations[organisations["region"] == "NL"]
    registered = dutch["edition_year"].value_counts()
    before, after = int(registered.get(2013, 0)), int(registered.get(2014, 0))
    without = get_figure(figures, WITHOUT_TWITTER_2014)
    if after != without["denominator"]:
        raise InputError(
            f"figures.csv, {WITHOUT_TWITTER_2014}, denominator: expected the {after} of the "
            f"register of 2014, found {without['denominator']}; correct one of the two"
        )
    present = get_figure(figures, ON_TWITTER_2013)
    counts = admissible_counts(
        float(present["printed_number"]), before, int(present["printed_decimals"])
    )
    accounts = after - int(without["printed_number"])
    periods = [
        get_figure(figures, figure_id)["period"]
        for figure_id in (REPLIES_2013_IN_2014, REPLIES_2014)
    ]
    return pd.DataFrame(
        {
            "edition_year": [2013, 2014],
            "period": periods,
            "municipalities": [before, after],
            "accounts_low": [int(counts.min()), accounts],
            "accounts_high": [int(counts.max()), accounts],
            "basis": [ON_TWITTER_2013, WITHOUT_TWITTER_2014],
        }
    )


def weigh_utrecht(shares: ReplyShares, weights_percent: list[float]) -> pd.DataFrame:
    """Compute where all other accounts stood in 2014, for each weight that Utrecht may have had.

    Parameters
    ----------
    shares : ReplyShares
    weights_percent : list of float
        ASSUMED. Utrecht's share of all messages, in %.

    Returns
    -------
    pandas.DataFrame
        A row a weight: weight_percent, others_percent, others_low_percent, others_high_percent
        (rounding), and change_points, the others of 2014 minus all of 2013.

    Raises
    ------
    InputError
        If a weight is one that Utrecht cannot have had: the others would be below zero.
    """
    rows = []
    for weight in weights_percent:
        try:
            others = share_of_rest(
                shares.after, shares.utrecht, weight / 100, estimand="share of replies, others"
            )
        except ValueError:
            raise InputError(
                f"Utrecht cannot have sent {weight}% of all messages, the others would have "
                f"replied less than never: choose a weight from 0 to "
                f"{100 * shares.after.value / shares.utrecht.value:.1f}%"
            ) from None
        rows.append(
            {
                "weight_percent": weight,
                "others_percent": others.value,
                "others_low_percent": others.low,
                "others_high_percent": others.high,
                "change_points": others.value - shares.before.value,
            }
        )
    return pd.DataFrame(rows)


def find_levelling_weight(shares: ReplyShares) -> Estimate:
    """Find Utrecht's weight at which all others stood in 2014 where all had stood in 2013.

    Parameters
    ----------
    shares : ReplyShares

    Returns
    -------
    Estimate
        Utrecht's share of all messages in %, interval kind "rounding".
    """
    return weight_that_levels(
        shares.after,
        shares.utrecht,
        shares.before,
        estimand="Utrecht's share of all messages at which the others replied no more than in 2013",
    ).scaled(100, "%")


def convert_weight_to_messages(
    figures: pd.DataFrame, editions: pd.DataFrame, weight: Estimate
) -> Estimate:
    """Turn a share of all messages into messages in a quarter, at the volume of 2013.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.
    editions : pandas.DataFrame
        As `compare_editions` returns them.
    weight : Estimate
        A share of all messages, in %.

    Returns
    -------
    Estimate
        Messages a quarter, interval kind "sensitivity": the volume is ASSUMED to be that of 2013,
        and the published mean may be one over municipalities with an account (the point) or over
        all municipalities (the upper end).
    """
    mean = get_figure(figures, MEAN_MESSAGES_2013)
    low, high = rounding_interval(float(mean["printed_number"]), int(mean["printed_decimals"]))
    first = editions.iloc[0]
    return Estimate(
        float(weight.value / 100 * mean["printed_number"] * first["accounts_low"]),
        float(weight.low / 100 * low * first["accounts_low"]),
        float(weight.high / 100 * high * first["municipalities"]),
        "sensitivity",
        "messages in a quarter that would give Utrecht that weight, at the volume of 2013",
        "messages",
    )


def count_needed_accounts(
    shares: ReplyShares,
    intra_class_correlations: list[float],
    year_correlations: list[float],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compute how many effective accounts the sign of the rise needs, for each pair of assumptions.

    Parameters
    ----------
    shares : ReplyShares
    intra_class_correlations : list of float
        ASSUMED. See `roeptoeter.estimators.change.effective_accounts_needed`.
    year_correlations : list of float
        ASSUMED.
    confidence : float
        Two-sided level.

    Returns
    -------
    pandas.DataFrame
        A row a pair: year_correlation, intra_class_correlation, effective_accounts, and its
        `_low` and `_high` at the largest and the smallest rise that rounding admits (high is
        infinite where rounding admits no rise).

    Notes
    -----
    The number falls with the rise, so its ends lie where the two shares are farthest apart and
    where they are closest.
    """
    before, after = shares.before.scaled(0.01, "share"), shares.after.scaled(0.01, "share")
    rows = []
    for year, cluster in product(year_correlations, intra_class_correlations):

        def need(first, second, cluster=cluster, year=year):
            if second <= first:
                return float("inf")
            return effective_accounts_needed(first, second, cluster, year, confidence)

        rows.append(
            {
                "year_correlation": year,
                "intra_class_correlation": cluster,
                "effective_accounts": need(before.value, after.value),
                "effective_accounts_low": need(before.low, after.high),
                "effective_accounts_high": need(before.high, after.low),
            }
        )
    return pd.DataFrame(rows)


def span_needed_accounts(needed: pd.DataFrame) -> Estimate:
    """Give the most effective accounts needed at the printed shares, and the range over all rows.

    Parameters
    ----------
    needed : pandas.DataFrame
        As `count_needed_accounts` returns it.

    Returns
    -------
    Estimate
        Interval kind "sensitivity": the assumed correlations and rounding together.
    """
    return Estimate(
        float(needed["effective_accounts"].max()),
        float(needed["effective_accounts_low"].min()),
        float(needed["effective_accounts_high"].max()),
        "sensitivity",
        "effective accounts from which the sign of the rise is beyond the chance of accounts",
        "effective accounts",
    )


def count_effective_accounts(weight_percent: float, accounts: int) -> float:
    """Count accounts by evenness, if one has a given weight and the others share the rest equally.

    Parameters
    ----------
    weight_percent : float
        The one account's share of all messages, in %.
    accounts : int
        All accounts, the one included; at least 2.

    Returns
    -------
    float
        Effective accounts.
    """
    weight = weight_percent / 100
    return effective_number([weight] + [(1 - weight) / (accounts - 1)] * (accounts - 1))


def repeat_by_denominator(
    figures: pd.DataFrame,
    intra_class_correlations: list[float],
    year_correlations: list[float],
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Compute the results again with the share of 2013 on each denominator.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.
    intra_class_correlations, year_correlations : list of float
        ASSUMED. As in `count_needed_accounts`.
    confidence : float
        Two-sided level.

    Returns
    -------
    pandas.DataFrame, 3 rows
        denominator, before_percent, change_points, ratio, levelling_weight_percent,
        most_effective_accounts.
    """
    rows = []
    for denominator in DENOMINATORS:
        shares = read_reply_shares(figures, denominator)
        needed = count_needed_accounts(
            shares, intra_class_correlations, year_correlations, confidence
        )
        rows.append(
            {
                "denominator": denominator,
                "before_percent": shares.before.value,
                "change_points": shares.change.value,
                "ratio": shares.ratio.value,
                "levelling_weight_percent": find_levelling_weight(shares).value,
                "most_effective_accounts": span_needed_accounts(needed).value,
            }
        )
    return pd.DataFrame(rows)


def size_textbook_sample(shares: ReplyShares, power: float, confidence: float) -> pd.DataFrame:
    """Compute the messages a year that a textbook test of two shares asks for.

    Parameters
    ----------
    shares : ReplyShares
    power, confidence : float
        See `roeptoeter.estimators.change.messages_needed`.

    Returns
    -------
    pandas.DataFrame, 2 rows
        method ("arcsine", "normal"), messages_per_year.
    """
    before, after = shares.before.value / 100, shares.after.value / 100
    methods = ["arcsine", "normal"]
    return pd.DataFrame(
        {
            "method": methods,
            "messages_per_year": [
                messages_needed(before, after, power, confidence, method) for method in methods
            ],
        }
    )
