"""Who converses most, and how sure is that order? What accounts can bear.

Three measures of every account, reply share, potential reach per message and response time, are averaged into a score, and
of each place it is said how far it could be another one: messages and answers are seen as draws of how an account
behaves, the accounts are all there are. Nothing here names a municipality.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators import ranking as estimators
from roeptoeter.estimators.clocks import to_local_time
from roeptoeter.estimators.clusters import (
    draw_multiplicities,
    intra_class_correlation,
)
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.ranking import BetaPrior
from roeptoeter.questions.account_level import PLATFORM_NAMES, AccountLevel, tabulate_organisations
from roeptoeter.questions.parameters import check_confidence

#: How measures come onto one scale: whether reach and time are taken as logarithms, and the scale.
NORMALISATIONS = {
    "z": (True, "z"),
    "rank": (False, "rank"),
    "min-max": (False, "min-max"),
    "min-max of logarithms": (True, "min-max"),
}
AGGREGATIONS = estimators.AGGREGATIONS
RESPONSE_STATISTICS = ("mean", "median")
REACH_MEASURES = ("per message", "per message and inhabitant")

#: The measures in their order, as they are called in tables and figures.
MEASURES = ("reply share", "potential reach", "response time")

#: What a tier says of an account; see `roeptoeter.estimators.ranking.assign_tiers`.
TIERS = {
    1: "surely in the first quarter",
    2: "surely in the first half",
    3: "in either half",
    4: "surely in the second half",
    5: "surely in the last quarter",
}

#: Why an organisation has no place, in the order in which it is asked.
REASONS = {
    "no_account": "no account",
    "not_measured": "its messages are not known",
    "silent": "sent nothing",
    "few_messages": "too few messages",
    "few_answers": "too few answers",
    "no_reach": "its reach is not known",
}

#: How many places make up the top that is asked for.
TOP = 10

#: With no more accounts than this, nearly all of them are the top.
FEWEST_RANKED = TOP + 1

#: Fewer draws than this do not settle the ends of an interval.
FEWEST_DRAWS = 200

#: A mean of a minute or less is taken as a minute: the logarithm of nothing is no speed.
SHORTEST_HOURS = 1 / 60

#: Columns of the table `scores`, in order.
SCORES = (
    "edition", "region", "platform", "organisation", "name", "province", "messages", "replies", "reply_share",
    "reply_share_low", "reply_share_high", "potential_reach_per_message", "potential_reach_per_message_low",
    "potential_reach_per_message_high", "answers", "response_hours", "response_hours_low", "response_hours_high",
    "score", "rank", "rank_low", "rank_high", "ranked", "tier", "top_ten_probability", "not_ranked_because",
    "is_simulated",
)  # fmt: skip

_REGION_NAMES = {"NL": "Dutch municipalities", "VL": "Flemish municipalities"}


@dataclass(frozen=True, slots=True)
class MeasuredAccounts:
    """The three measures of every organisation of an edition; from `measure_accounts`.

    Parameters
    ----------
    edition, region, platform : str
    table : pandas.DataFrame
        One row per organisation: organisation, name, province, population, size_class, messages, replies,
        messages_sent, reply_share (NaN without messages), shrunk_share (moved towards the mean of all), reach
        (in the measure chosen), potential_reach_per_message, answers, response_hours (NaN without answers),
        not_ranked_because (a key of `REASONS`; missing for those that have a place).
    waits : pandas.DataFrame
        One row per answer: organisation, hours; in order of the organisation.
    prior : roeptoeter.estimators.ranking.BetaPrior
        How the reply shares of all accounts are distributed.
    response_statistic, reach_measure : str
    least_messages, least_answers : int
    is_simulated : bool
    """

    edition: str
    region: str
    platform: str
    table: pd.DataFrame
    waits: pd.DataFrame
    prior: BetaPrior
    response_statistic: str
    reach_measure: str
    least_messages: int
    least_answers: int
    is_simulated: bool

    @property
    def ranked(self) -> pd.DataFrame:
        """The rows that have a place."""
        return self.table[self.table["not_ranked_because"].isna()].reset_index(drop=True)

    @property
    def who(self) -> str:
        """Whose accounts are ranked: "Dutch municipalities on Twitter, 2014 Q2"."""
        region = _REGION_NAMES.get(self.region, self.region)
        return f"{region} on {PLATFORM_NAMES.get(self.platform, self.platform)}, {self.edition}"


def measure_accounts(
    level: AccountLevel,
    *,
    edition: str,
    region: str,
    platform: str,
    reply_definition: str = "replies to others",
    reach_measure: str = "per message",
    response_statistic: str = "mean",
    least_messages: int = 10,
    least_answers: int = 10,
) -> MeasuredAccounts:
    """Take the three measures of every organisation, and say which can have a place.

    Parameters
    ----------
    level : AccountLevel
    edition, region, platform, reply_definition : str
        See `roeptoeter.questions.account_level.tabulate_organisations`.
    reach_measure : str
        One of `REACH_MEASURES`.
    response_statistic : str
        One of `RESPONSE_STATISTICS`, of the hours that answered questions waited.
    least_messages, least_answers : int
        What an account must have sent and answered to have a place.

    Returns
    -------
    MeasuredAccounts

    Raises
    ------
    NotAnswerable
        If there are no accounts, or too few of them have all measures.
    InputError
        If a parameter is none of those known, or a least number is below one.

    Notes
    -----
    Questions that came before the edition began, those whose clock is not sure, and those answered before they were
    asked are set aside, as in the notebook on response time.
    """
    _check_choice("reach_measure", reach_measure, REACH_MEASURES)
    _check_choice("response_statistic", response_statistic, RESPONSE_STATISTICS)
    for name, least in (("least_messages", least_messages), ("least_answers", least_answers)):
        if least < 1:
            raise InputError(f"{name} is {least}; a measure takes one at least")
    table = tabulate_organisations(
        level, edition=edition, platform=platform, region=region, reply_definition=reply_definition
    )
    waits = _list_waits(level, edition, region, platform, table["organisation"])
    hours = waits.groupby("organisation")["hours"]
    table["answers"] = table["organisation"].map(hours.size()).fillna(0).astype("int64")
    table["response_hours"] = table["organisation"].map(hours.agg(response_statistic))
    table["reply_share"] = (table["replies"] / table["messages"]).where(table["messages"] > 0)
    table["reach"] = table["potential_reach_per_message"]
    if reach_measure == "per message and inhabitant":
        table["reach"] = table["reach"] / table["population"]
    reasons = {
        "no_account": ~table["is_present"],
        "not_measured": ~table["is_measured"],
        "silent": table["messages"].eq(0) & table["messages_sent"].eq(0),
        "few_messages": table["messages"] < least_messages,
        "few_answers": table["answers"] < least_answers,
        "no_reach": ~table["reach"].gt(0),
    }
    assert list(reasons) == list(REASONS)
    table["not_ranked_because"] = pd.Series(
        np.select(list(reasons.values()), list(reasons), default=""), dtype="str"
    ).replace("", None)
    ranked = int(table["not_ranked_because"].isna().sum())
    if ranked < FEWEST_RANKED:
        most = table["not_ranked_because"].value_counts()
        raise NotAnswerable(
            f"{ranked} organisations of region {region} have all three measures on {platform} in the edition "
            f"{edition!r}, and an order takes {FEWEST_RANKED} ({most.iloc[0]} of the others: {REASONS[most.index[0]]}); "
            "add exports with replies, the messages that they answer, and followers, or lower `least_messages` and "
            "`least_answers`"
        )
    sending = table[table["messages"] > 0]
    try:
        prior = estimators.fit_prior(sending["messages"], sending["replies"])
    except ValueError as error:
        raise NotAnswerable(f"the reply shares have no distribution: {error}") from None
    table["shrunk_share"] = pd.Series(
        estimators.shrink_shares(sending["messages"], sending["replies"], prior), index=sending.index
    )  # fmt: skip
    return MeasuredAccounts(
        edition, region, platform, table, waits, prior, response_statistic, reach_measure, least_messages, least_answers,
        level.study.evidence == "SIMULATED",
    )  # fmt: skip


def _check_choice(name: str, chosen: str, known) -> None:
    if chosen not in known:
        raise InputError(f"{name} is {chosen!r}; expected one of {', '.join(map(repr, known))}")


def _list_waits(
    level: AccountLevel, edition: str, region: str, platform: str, organisations: pd.Series
) -> pd.DataFrame:
    rows = level.responses
    chosen = (rows["edition"] == edition) & (rows["platform"] == platform)
    # those of other kinds and regions have no place here
    chosen &= rows["organisation"].isin(organisations)
    rows = rows[
        chosen & rows["answered_at"].notna() & rows["sure_clock"].fillna(False).astype(bool)
    ]
    start = level.windows.set_index("edition")["start"].get(edition, pd.NaT)
    if pd.notna(start) and len(rows):
        rows = rows[~(to_local_time(rows["received_at"], region) < start)]
    hours = (rows["answered_at"] - rows["received_at"]).dt.total_seconds() / 3600
    waits = pd.DataFrame({"organisation": rows["organisation"].astype("str"), "hours": hours})
    return waits[waits["hours"] >= 0].sort_values("organisation", kind="stable", ignore_index=True)


def count_reasons(measured: MeasuredAccounts) -> pd.DataFrame:
    """Count the organisations that have a place, and the others by the reason why not.

    Parameters
    ----------
    measured : MeasuredAccounts

    Returns
    -------
    pandas.DataFrame
        outcome, organisations, messages; a reason that holds for nobody is left out.
    """
    outcome = measured.table["not_ranked_because"].map(REASONS).fillna("has a place")
    table = (
        measured.table.groupby(outcome)
        .agg(organisations=("organisation", "size"), messages=("messages", "sum"))
        .reindex(["has a place", *REASONS.values()])
        .dropna()
        .astype("int64")
        .rename_axis("outcome")
        .reset_index()
    )
    assert table["organisations"].sum() == len(measured.table)
    return table


def compare_thresholds(
    measured: MeasuredAccounts, least_sent: int, least_answers: tuple[int, ...]
) -> pd.DataFrame:
    """Put the lists of the fastest side by side that different rules of admission give, without a name.

    Parameters
    ----------
    measured : MeasuredAccounts
    least_sent : int
        Messages *sent* that admit by the rule of 2014.
    least_answers : tuple of int
        *Answers* that admit, a rule each.

    Returns
    -------
    pandas.DataFrame
        rule, accounts (admitted), and of the ten fastest: fewest_answers, median_answers, below_least (with fewer
        answers than `measured.least_answers`), first_hours, tenth_hours, in_first_list (how many of the ten stand
        among the ten of the first rule).
    """
    timed = measured.table[measured.table["answers"] > 0]
    rules = {f"at least {least_sent} messages sent": timed["messages_sent"] >= least_sent} | {
        f"at least {least} answers": timed["answers"] >= least for least in least_answers
    }
    rows, first = [], set()
    for rule, admitted in rules.items():
        listed = timed[admitted].sort_values(["response_hours", "organisation"])
        top = listed.head(TOP)
        first = first or set(top["organisation"])
        rows.append(
            {
                "rule": rule,
                "accounts": len(listed),
                "fewest_answers": top["answers"].min(),
                "median_answers": top["answers"].median(),
                "below_least": int((top["answers"] < measured.least_answers).sum()),
                "first_hours": top["response_hours"].min(),
                "tenth_hours": top["response_hours"].max(),
                "in_first_list": len(first & set(top["organisation"])),
            }
        )
    return pd.DataFrame(rows)


def estimate_trapped(measured: MeasuredAccounts, thresholds: pd.DataFrame) -> Estimate:
    """Count the ten fastest by the rule of 2014 whose mean rests on too few answers.

    Parameters
    ----------
    measured : MeasuredAccounts
    thresholds : pandas.DataFrame
        As `compare_thresholds` returns it.

    Returns
    -------
    Estimate
        Without interval: they are counted.
    """
    count = int(thresholds["below_least"].iloc[0])
    return Estimate(
        count, count, count, "none",
        f"accounts with fewer than {measured.least_answers} answers among the {TOP} fastest that sent enough",
        "accounts", int(thresholds["accounts"].iloc[0]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranking:
    """An order of accounts with what is known of each place; from `rank_accounts`.

    Parameters
    ----------
    measured : MeasuredAccounts
    table : pandas.DataFrame
        The ranked rows of `measured`, in order of the organisation, with reply_share_low, reply_share_high,
        response_hours_low, response_hours_high, score, rank, rank_low, rank_high, tier and top_ten_probability.
    drawn_scores : numpy.ndarray, shape (draws, ranked)
    normalisation, aggregation : str
    confidence : float
    """

    measured: MeasuredAccounts
    table: pd.DataFrame
    drawn_scores: np.ndarray
    normalisation: str
    aggregation: str
    confidence: float

    @property
    def widths(self) -> pd.Series:
        """How many places each interval reaches over, less one."""
        return self.table["rank_high"] - self.table["rank_low"]


def _orient(
    shares: np.ndarray, reach: np.ndarray, hours: np.ndarray, normalisation: str
) -> np.ndarray:
    """Turn the three measures so that more is better, and put them on one scale: (..., 3, units)."""
    hours = np.maximum(hours, SHORTEST_HOURS)
    logarithms, method = NORMALISATIONS[normalisation]
    reach, speed = (np.log(reach), -np.log(hours)) if logarithms else (reach, -hours)
    shape = np.broadcast_shapes(shares.shape, reach.shape, speed.shape)
    measures = np.stack([np.broadcast_to(part, shape) for part in (shares, reach, speed)], axis=-2)
    try:
        return estimators.normalise(measures, method)
    except ValueError as error:
        raise NotAnswerable(f"no order: {error}") from None


def _take(ranked: pd.DataFrame) -> Iterator[np.ndarray]:
    return (ranked[column].to_numpy(dtype=float) for column in ("shrunk_share", "reach", "response_hours"))  # fmt: skip


def rank_accounts(
    measured: MeasuredAccounts,
    *,
    normalisation: str = "z",
    aggregation: str = "arithmetic",
    draws: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Ranking:
    """Average the measures into a score, and find out between which places each account may stand.

    Parameters
    ----------
    measured : MeasuredAccounts
    normalisation : str
        A key of `NORMALISATIONS`.
    aggregation : str
        One of `AGGREGATIONS`.
    draws, seed : int
    confidence : float
        Nominal level of each interval by itself.

    Returns
    -------
    Ranking

    Raises
    ------
    NotAnswerable
        If the accounts do not differ in a measure.
    InputError
        If a parameter is none of those known, or the draws are too few.

    Notes
    -----
    In every draw the reply share comes from its beta distribution given the account's messages and the shares of all
    accounts, the response time from the account's answers drawn with replacement; reach is counted and stays. Then
    all are put on the scale, averaged and ranked anew. An interval is lengthened to its place where that lies outside.

    Waits have long tails, and the mean of few of them is known less well than drawing them again shows: on made-up
    accounts with lognormal waits, ten answers at least, and a nominal level of 95 %, 85 % of the intervals held the
    true place (93 % with medians, 91 % with sixty answers at least), and 98 % of the tiers were right.
    """
    _check_choice("normalisation", normalisation, NORMALISATIONS)
    _check_choice("aggregation", aggregation, AGGREGATIONS)
    check_confidence(confidence)
    if draws < FEWEST_DRAWS:
        raise InputError(
            f"draws is {draws}; the ends of an interval take at least {FEWEST_DRAWS}, better 2000"
        )
    table = measured.ranked
    scores = estimators.aggregate(_orient(*_take(table), normalisation), method=aggregation)
    shares = estimators.draw_shares(
        table["messages"], table["replies"], measured.prior, draws, seed
    )
    hours = _draw_hours(measured, table, draws, seed + 1)
    drawn = estimators.aggregate(
        _orient(shares, table["reach"].to_numpy(dtype=float), hours, normalisation),
        method=aggregation,
    )
    places = estimators.rank_scores(drawn)
    low, high = estimators.rank_limits(places, confidence)
    rank = estimators.rank_scores(scores)
    low, high = np.minimum(low, rank), np.maximum(high, rank)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    hours_low, hours_high = np.quantile(hours, tails, axis=0)
    share_low, share_high = estimators.share_limits(table["messages"], table["replies"], confidence)
    table = table.assign(
        reply_share_low=share_low,
        reply_share_high=share_high,
        response_hours_low=np.minimum(hours_low, table["response_hours"]),
        response_hours_high=np.maximum(hours_high, table["response_hours"]),
        score=scores,
        rank=rank,
        rank_low=low,
        rank_high=high,
        tier=estimators.assign_tiers(low, high),
        top_ten_probability=estimators.chance_of_top(places, TOP),
    )
    return Ranking(measured, table, drawn, normalisation, aggregation, confidence)


def _draw_hours(
    measured: MeasuredAccounts, table: pd.DataFrame, draws: int, seed: int
) -> np.ndarray:
    waits = measured.waits[measured.waits["organisation"].isin(table["organisation"])]
    sizes = table["answers"].to_numpy()
    assert (waits["organisation"].to_numpy() == np.repeat(table["organisation"], sizes)).all()
    return estimators.resample_waits(waits["hours"], sizes, draws, seed, measured.response_statistic)  # fmt: skip


def count_tiers(ranking: Ranking) -> pd.DataFrame:
    """Count the accounts of each tier.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    pandas.DataFrame, 5 rows
        tier, meaning, accounts, accounts_percent, and of its accounts median_messages, median_answers and
        median_places (that the interval reaches over); NaN for a tier without accounts.
    """
    table = ranking.table.assign(places=ranking.widths)
    found = table.groupby("tier").agg(
        accounts=("organisation", "size"),
        median_messages=("messages", "median"),
        median_answers=("answers", "median"),
        median_places=("places", "median"),
    )
    tiers = found.reindex(list(TIERS)).rename_axis("tier").reset_index()
    tiers["accounts"] = tiers["accounts"].fillna(0).astype("int64")
    tiers.insert(1, "meaning", tiers["tier"].map(TIERS))
    tiers.insert(3, "accounts_percent", 100 * tiers["accounts"] / len(table))
    return tiers


def estimate_settled(ranking: Ranking) -> Estimate:
    """Count the accounts of which the half of the order is settled.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    Estimate
        Without interval; `n` is the number ranked.
    """
    settled = int((ranking.table["tier"] != 3).sum())
    return Estimate(
        settled, settled, settled, "none", "accounts whose interval of places lies in one half of the order",
        "accounts", len(ranking.table),
    )  # fmt: skip


def estimate_place(ranking: Ranking, place: int = TOP) -> Estimate:
    """Give the interval of the account at one place.

    Parameters
    ----------
    ranking : Ranking
    place : int
        Of accounts that share one, the first in order of the organisation.

    Returns
    -------
    Estimate
        Superpopulation: messages and answers seen as draws of how the account behaves.
    """
    row = ranking.table.sort_values("rank", kind="stable").iloc[place - 1]
    return Estimate(
        int(row["rank"]), int(row["rank_low"]), int(row["rank_high"]), "superpopulation",
        f"place of the account that stands at place {place}", "places", len(ranking.table), ranking.confidence,
    )  # fmt: skip


def estimate_width(ranking: Ranking) -> Estimate:
    """Give the median number of places that an interval reaches over.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    Estimate
        Without interval.
    """
    median = float(ranking.widths.median())
    return Estimate(
        median, median, median, "none", "median length of the intervals of places", "places",
        len(ranking.table),
    )  # fmt: skip


def estimate_contenders(ranking: Ranking, least: float = 0.05) -> Estimate:
    """Count the accounts that may well belong to the top ten.

    Parameters
    ----------
    ranking : Ranking
    least : float
        The chance from which on an account counts.

    Returns
    -------
    Estimate
        Without interval.
    """
    count = int((ranking.table["top_ten_probability"] >= least).sum())
    return Estimate(
        count, count, count, "none", f"accounts with a chance of {least:.0%} or more of a place in the top {TOP}",
        "accounts", len(ranking.table),
    )  # fmt: skip


def compare_volumes(ranking: Ranking) -> pd.DataFrame:
    """Compare the intervals of accounts that answered little with those that answered much.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    pandas.DataFrame, 3 rows
        third ("fewest answers", "middle", "most answers"), accounts, fewest_answers, most_answers, median_places.
    """
    order = ranking.table["answers"].rank(method="first", pct=True)
    names = ["fewest answers", "middle", "most answers"]
    third = pd.cut(order, [0, 1 / 3, 2 / 3, 1], labels=names)
    return (
        ranking.table.assign(places=ranking.widths)
        .groupby(third, observed=False)
        .agg(
            accounts=("organisation", "size"),
            fewest_answers=("answers", "min"),
            most_answers=("answers", "max"),
            median_places=("places", "median"),
        )
        .rename_axis("third")
        .reset_index()
        .astype({"third": "str"})
    )


def compare_pairs(ranking: Ranking) -> pd.DataFrame:
    """Count the accounts of each tier when all intervals are to hold at once.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    pandas.DataFrame, 5 rows
        tier, meaning, each_by_itself, all_at_once.

    Notes
    -----
    See `roeptoeter.estimators.ranking.pairwise_rank_limits`.
    """
    low, high = estimators.pairwise_rank_limits(
        ranking.table["score"], ranking.drawn_scores, ranking.confidence
    )
    together = estimators.assign_tiers(low, high)
    return pd.DataFrame(
        {
            "tier": list(TIERS),
            "meaning": list(TIERS.values()),
            "each_by_itself": [int((ranking.table["tier"] == tier).sum()) for tier in TIERS],
            "all_at_once": [int((together == tier).sum()) for tier in TIERS],
        }
    )


def estimate_settled_at_once(ranking: Ranking, together: pd.DataFrame) -> Estimate:
    """Count the accounts whose half remains settled when all statements are to hold at once.

    Parameters
    ----------
    ranking : Ranking
    together : pandas.DataFrame
        As `compare_pairs` returns it.

    Returns
    -------
    Estimate
        Without interval; `n` is the number ranked.
    """
    settled = int(together.loc[together["tier"] != 3, "all_at_once"].sum())
    return Estimate(
        settled, settled, settled, "none", "accounts whose half of the order is settled, all statements at once",
        "accounts", len(ranking.table),
    )  # fmt: skip


def compare_choices(ranking: Ranking) -> pd.DataFrame:
    """Rank the same accounts under each other choice, one changed at a time.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    pandas.DataFrame
        A row a choice: kind ("as chosen", "scale", "average", "measure left out", "definition"), choice, spearman
        (rank correlation with the order as chosen), in_both_tops (accounts in the top ten of both), median_move and
        largest_move (places), and place_1 to place_10: where the accounts at the first ten places as chosen stand.
    """
    measured, table = ranking.measured, ranking.table
    kept = {"normalisation": ranking.normalisation, "aggregation": ranking.aggregation}
    shares, reach, hours = _take(table)
    rows = [("as chosen", f"as chosen: {ranking.normalisation}, {ranking.aggregation} mean", {})]
    rows += [
        ("scale", f"scale: {name}", {"normalisation": name})
        for name in NORMALISATIONS
        if name != ranking.normalisation
    ]
    rows += [
        ("average", f"{name} mean", {"aggregation": name})
        for name in AGGREGATIONS
        if name != ranking.aggregation
    ]
    rows += [
        ("measure left out", f"without {name}", {"weights": weights})
        for name, weights in zip(MEASURES, estimators.leave_one_measure_out(3), strict=True)
    ]
    raw = (table["replies"] / table["messages"]).to_numpy()
    log_odds = np.log((table["replies"] + 0.5) / (table["messages"] - table["replies"] + 0.5))
    other = next(name for name in RESPONSE_STATISTICS if name != measured.response_statistic)
    other_hours = measured.waits.groupby("organisation")["hours"].agg(other)
    per_head = measured.reach_measure != REACH_MEASURES[0]
    population = table["population"].to_numpy(dtype=float)
    rows += [
        ("definition", "log-odds of the reply share", {"shares": log_odds.to_numpy()}),
        ("definition", "reply share not shrunk", {"shares": raw}),
        ("definition", f"{other} response time", {"hours": table["organisation"].map(other_hours).to_numpy()}),
        (
            "definition", "reach " + ("per message" if per_head else "per inhabitant"),
            {"reach": reach * population if per_head else reach / population},
        ),
    ]  # fmt: skip
    chosen = table["rank"].to_numpy()
    first = np.argsort(chosen, kind="stable")[:TOP]
    found = []
    for kind, choice, changes in rows:
        settings = kept | {"weights": None, "shares": shares, "reach": reach, "hours": hours} | changes  # fmt: skip
        ranks = estimators.rank_scores(
            estimators.aggregate(
                _orient(settings["shares"], settings["reach"], settings["hours"], settings["normalisation"]),
                settings["weights"],
                settings["aggregation"],
            )
        )  # fmt: skip
        agreement = estimators.compare_orders(chosen, ranks, TOP)
        found.append(
            {"kind": kind, "choice": choice, **agreement._asdict()}
            | {f"place_{place}": int(ranks[unit]) for place, unit in enumerate(first, start=1)}
        )
    assert found[0]["largest_move"] == 0
    return pd.DataFrame(found)


def span_choices(choices: pd.DataFrame, ranked: int) -> Estimate:
    """Give how many of the top ten stay in it, over all other choices.

    Parameters
    ----------
    choices : pandas.DataFrame
        As `compare_choices` returns it.
    ranked : int
        How many accounts are ranked.

    Returns
    -------
    Estimate
        From the fewest to the most; the value is the median. Sensitivity.
    """
    others = choices["in_both_tops"].iloc[1:]
    return Estimate(
        float(others.median()), float(others.min()), float(others.max()), "sensitivity",
        f"accounts of the top {TOP} that stay in it under other choices", "accounts", ranked,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WeightedOrders:
    """What random weights do to the order; from `weigh_at_random`.

    Parameters
    ----------
    median_width : Estimate
        Places between which the middle account stands under nearly all weights.
    spearman : Estimate
        Rank correlation with the order as chosen: median and the range of nearly all weights.
    always_top : int
        Accounts that stand in the top ten under nearly all weights.
    ever_top : int
        Accounts that stand in it under some.
    """

    median_width: Estimate
    spearman: Estimate
    always_top: int
    ever_top: int


def weigh_at_random(ranking: Ranking, draws: int = 2000, seed: int = 0) -> WeightedOrders:
    """Rank the accounts under weights of which none is preferred.

    Parameters
    ----------
    ranking : Ranking
    draws, seed : int

    Returns
    -------
    WeightedOrders
        The measures stay as they are; only their weights change, each mixture being as likely as another.
    """
    normalised = _orient(*_take(ranking.table), ranking.normalisation)
    weights = estimators.draw_weights(len(MEASURES), draws, seed)
    ranks = estimators.rank_scores(
        estimators.aggregate(normalised, weights, method=ranking.aggregation)
    )
    low, high = estimators.rank_limits(ranks, ranking.confidence)
    alike = estimators.correlate_orders(ranks, ranking.table["rank"])
    tails = np.quantile(alike, [(1 - ranking.confidence) / 2, (1 + ranking.confidence) / 2])
    places = "places between which an account stands under random weights"
    top = estimators.chance_of_top(ranks, TOP)
    return WeightedOrders(
        Estimate(
            float(np.median(high - low)), float((high - low).min()), float((high - low).max()), "sensitivity",
            f"{places}: median over accounts, and the least and the most moved", "places", len(ranking.table),
        ),
        Estimate(
            float(np.median(alike)), float(tails[0]), float(tails[1]), "sensitivity",
            "rank correlation of the order under random weights with that under equal ones", "", len(ranking.table),
        ),
        int((top >= ranking.confidence).sum()),
        int((top > 0).sum()),
    )  # fmt: skip


def tabulate_effective_weights(ranking: Ranking) -> pd.DataFrame:
    """Compute what each measure contributes to the differences between scores, under each scale.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    pandas.DataFrame, 4 rows
        normalisation, and a column a measure: reply_share_percent, potential_reach_percent, response_time_percent.
        All have equal weights in name.
    """
    rows = []
    for normalisation in NORMALISATIONS:
        weights = estimators.effective_weights(_orient(*_take(ranking.table), normalisation))
        rows.append(
            {"normalisation": normalisation}
            | {
                f"{name.replace(' ', '_')}_percent": 100 * float(weight)
                for name, weight in zip(MEASURES, weights, strict=True)
            }
        )
    return pd.DataFrame(rows)


def estimate_speed_weight(weights: pd.DataFrame) -> Estimate:
    """Give the part of the differences that the response time accounts for, over the scales.

    Parameters
    ----------
    weights : pandas.DataFrame
        As `tabulate_effective_weights` returns it.

    Returns
    -------
    Estimate
        The value is that of the raw min-max scale; sensitivity over all.
    """
    percent = weights.set_index("normalisation")["response_time_percent"]
    return Estimate(
        float(percent["min-max"]), float(percent.min()), float(percent.max()), "sensitivity",
        "part of the variance of the score that the response time accounts for, raw min-max scale", "%",
    )  # fmt: skip


def tabulate_shrinkage(measured: MeasuredAccounts) -> pd.DataFrame:
    """List how far the reply share of each account is moved towards the mean of all.

    Parameters
    ----------
    measured : MeasuredAccounts

    Returns
    -------
    pandas.DataFrame
        messages, share_percent, shrunk_percent, is_small (fewer messages than the least); accounts that sent any,
        in order of their messages. Without a name.
    """
    sending = measured.table[measured.table["messages"] > 0]
    return (
        pd.DataFrame(
            {
                "messages": sending["messages"],
                "share_percent": 100 * sending["reply_share"],
                "shrunk_percent": 100 * sending["shrunk_share"],
                "is_small": sending["messages"] < measured.least_messages,
            }
        )
        .sort_values(["messages", "share_percent"], ignore_index=True)
    )  # fmt: skip


def estimate_prior_size(measured: MeasuredAccounts, draws: int, seed: int, confidence: float = 0.95) -> Estimate:  # fmt: skip
    """Estimate how many messages the distribution over all accounts weighs as much as.

    Parameters
    ----------
    measured : MeasuredAccounts
    draws, seed : int
    confidence : float

    Returns
    -------
    Estimate
        Superpopulation: accounts drawn with replacement.
    """
    sending = measured.table[measured.table["messages"] > 0]
    counts = sending[["messages", "replies"]].to_numpy(dtype=float).T
    multiplicities = draw_multiplicities(len(sending), draws, seed).astype(int)
    units = np.arange(len(sending))
    rows = np.stack([np.repeat(units, times) for times in multiplicities])
    correlation = np.clip(intra_class_correlation(*counts[:, rows]), 1e-4, 0.95)
    size = measured.prior.size
    low, high = np.quantile(
        (1 - correlation) / correlation, [(1 - confidence) / 2, (1 + confidence) / 2]
    )
    return Estimate(
        size, min(float(low), size), max(float(high), size), "superpopulation",
        "messages that the distribution over all accounts weighs as much as", "messages", len(sending), confidence,
    )  # fmt: skip


def compare_least_answers(ranking: Ranking, least_answers: int) -> Estimate:
    """Give how many of the top ten answered at least so many questions.

    Parameters
    ----------
    ranking : Ranking
    least_answers : int

    Returns
    -------
    Estimate
        Without interval; `n` is how many of all ranked did.
    """
    enough = ranking.table["answers"] >= least_answers
    count = int((enough & (ranking.table["rank"] <= TOP)).sum())
    return Estimate(
        count, count, count, "none", f"accounts of the top {TOP} with {least_answers} answers or more", "accounts",
        int(enough.sum()),
    )  # fmt: skip


def list_intervals(ranking: Ranking) -> pd.DataFrame:
    """List the intervals of places in the order of the places, without a name.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    pandas.DataFrame
        rank, rank_low, rank_high, tier, answers.
    """
    columns = ["rank", "rank_low", "rank_high", "tier", "answers"]
    return ranking.table[columns].sort_values(["rank", "rank_low", "rank_high"], ignore_index=True)


# The table for the map and the scorecards --------------------------------------------------------


def tabulate_scores(ranking: Ranking) -> pd.DataFrame:
    """List every organisation of an edition with its measures, its place and its tier, or why it has none.

    Parameters
    ----------
    ranking : Ranking

    Returns
    -------
    pandas.DataFrame
        Columns of `SCORES`, a row an organisation, in order of its code. The intervals of the reply share are
        Wilson's, for any account with messages; those of the response time are there from `least_answers` answers on;
        reach is counted and has none. `ranked` is how many have a place; what an organisation without one lacks is
        missing.
    """
    measured = ranking.measured
    table = measured.table
    low, high = estimators.share_limits(table["messages"], table["replies"], ranking.confidence)
    placed = ranking.table[
        [
            "organisation", "response_hours_low", "response_hours_high", "score", "rank", "rank_low", "rank_high",
            "tier", "top_ten_probability",
        ]
    ]  # fmt: skip
    scores = table.merge(placed, how="left", on="organisation", validate="one_to_one").assign(
        edition=measured.edition,
        region=measured.region,
        platform=measured.platform,
        reply_share_low=low,
        reply_share_high=high,
        potential_reach_per_message_low=np.nan,
        potential_reach_per_message_high=np.nan,
        ranked=len(ranking.table),
        is_simulated=measured.is_simulated,
    )
    for column in ("rank", "rank_low", "rank_high", "tier", "ranked"):
        scores[column] = scores[column].astype("Int64")
    return scores[list(SCORES)].sort_values("organisation", ignore_index=True)


def score_editions(
    level: AccountLevel,
    *,
    platform: str,
    normalisation: str,
    aggregation: str,
    draws: int,
    seed: int,
    confidence: float,
    **settings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rank the accounts of every edition and region, each by itself.

    Parameters
    ----------
    level : AccountLevel
    platform, normalisation, aggregation, draws, seed, confidence
        See `rank_accounts`.
    **settings
        Further parameters of `measure_accounts`.

    Returns
    -------
    scores : pandas.DataFrame
        `tabulate_scores` of all that have an order, one below the other.
    outcomes : pandas.DataFrame
        edition, region, organisations, ranked, settled (whose half is settled), median_places, reason (why there is
        no order; missing where there is one).

    Raises
    ------
    NotAnswerable
        If no edition has an order.
    """
    homes = level.organisations[["edition", "region"]].drop_duplicates().sort_values(["edition", "region"])  # fmt: skip
    if homes.empty:
        raise NotAnswerable(
            "the organisations of no edition are known; list them in organisations.csv beside the exports"
        )
    tables, rows = [], []
    for edition, region in homes.itertuples(index=False):
        row = {"edition": edition, "region": region, "organisations": 0, "ranked": 0}
        known = level.organisations.query("edition == @edition and region == @region")
        row["organisations"] = len(known)
        try:
            measured = measure_accounts(
                level, edition=edition, region=region, platform=platform, **settings
            )
            ranking = rank_accounts(
                measured, normalisation=normalisation, aggregation=aggregation, draws=draws, seed=seed,
                confidence=confidence,
            )  # fmt: skip
        except NotAnswerable as reason:
            rows.append(row | {"reason": str(reason)})
            continue
        tables.append(tabulate_scores(ranking))
        rows.append(
            row
            | {
                "organisations": len(measured.table),
                "ranked": len(ranking.table),
                "settled": int((ranking.table["tier"] != 3).sum()),
                "median_places": float(ranking.widths.median()),
            }
        )
    outcomes = pd.DataFrame(rows).reindex(
        columns=["edition", "region", "organisations", "ranked", "settled", "median_places", "reason"]
    )  # fmt: skip
    if not tables:
        raise NotAnswerable(f"no edition has an order: {outcomes['reason'].iloc[0]}")
    outcomes["settled"] = outcomes["settled"].astype("Int64")
    scores = pd.concat(tables, ignore_index=True)
    assert not scores.duplicated(["edition", "region", "organisation"]).any()
    return scores, outcomes
