"""How long does a resident wait for an answer? What accounts show.

Each question has its answer, or the time until when an answer was looked for. Times are hours. Two clocks: the *wall
clock* counts every hour, the *office clock* only those in which an office is open.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.change import effective_number
from roeptoeter.estimators.clocks import (
    count_office_hours,
    falls_in_weekend,
    list_holidays,
    to_local_time,
)
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.survival import (
    ClusterDraws,
    check_zero,
    compare_survival,
    estimate_from_draws,
    estimate_survival,
    find_cluster_medians,
    find_quantile,
    find_survival_quantile,
    naive_mean,
    read_survival,
    restrict_mean,
    solve_lognormal,
)
from roeptoeter.questions.account_level import PLATFORM_NAMES, AccountLevel
from roeptoeter.questions.response_time import (
    PRINTED_HOURS,
    WAIT_CLASSES,
    tabulate_wait_classes,
)

RECEIVED, REPLY_ONLY = "received message", "reply only"

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

#: Below this effective number of accounts a cluster interval covers less often than it says.
FEWEST_EFFECTIVE_ACCOUNTS = 50

#: Fewer draws than this do not settle the ends of an interval.
FEWEST_DRAWS = 200

_ADJECTIVES = {"NL": "Dutch", "VL": "Flemish"}


@dataclass(frozen=True, slots=True)
class Waits:
    """The questions to the accounts of one edition, region and platform.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row per question: account_id, basis, arrived (local time), weekday (0 is Monday), is_weekend (from
        Friday's closing to the end of Sunday), is_answered, wait_hours and office_hours (infinite where not
        answered), followed_hours (until when an answer was looked for; NaN where not known).
    left_out : pandas.DataFrame
        questions, count: what was found, what was set aside and why.
    edition, region, platform : str
    """

    rows: pd.DataFrame
    left_out: pd.DataFrame
    edition: str
    region: str
    platform: str

    @property
    def place(self) -> str:
        """Where and when, in words: "on Twitter in 2014 Q2"."""
        return f"on {PLATFORM_NAMES.get(self.platform, self.platform)} in {self.edition}"

    @property
    def accounts(self) -> str:
        """Whose accounts, in words: "accounts of Dutch municipalities"."""
        return f"accounts of {_ADJECTIVES[self.region]} municipalities"


def list_holidays_around(
    level: AccountLevel, edition: str, region: str, extra: Sequence[str], without: Sequence[str]
) -> np.ndarray:
    """List the holidays of an edition's years and of the year after, in which answers may still come.

    Parameters
    ----------
    level : AccountLevel
    edition : str
    region : {"NL", "VL"}
    extra, without : sequence of str
        As in `roeptoeter.estimators.clocks.list_holidays`.

    Returns
    -------
    numpy.ndarray of datetime64[D]

    Raises
    ------
    NotAnswerable
        If the study has no such edition or no question in it.
    """
    times = _select(level, edition, region, None)["received_at"]
    return list_holidays(
        region, range(times.min().year, times.max().year + 2), extra=extra, without=without
    )


def _select(level: AccountLevel, edition: str, region: str, platform: str | None) -> pd.DataFrame:
    responses, name = level.responses, level.study.name
    chosen = responses[responses["edition"] == edition]
    if chosen.empty:
        known = ", ".join(repr(known) for known in sorted(responses["edition"].unique()))
        raise NotAnswerable(
            f"the study {name} knows no question of the edition {edition!r}"
            + (f"; name in `edition` one of {known}" if known else " nor of any other")
        )
    # the title says municipalities: the accounts of other organisations are not theirs
    chosen = chosen[(chosen["region"] == region) & (chosen["organisation_type"] == "municipality")]
    if chosen.empty:
        raise NotAnswerable(
            f"the study {name} knows no question to a municipality's account of region {region} in the edition {edition!r}; name "
            "the other one in `region`, or give the accounts their organisations"
        )
    if platform is not None:
        platforms = ", ".join(repr(known) for known in sorted(chosen["platform"].unique()))
        chosen = chosen[chosen["platform"] == platform]
        if chosen.empty:
            raise NotAnswerable(
                f"the study {name} knows no question on {platform} in the edition {edition!r}; name in `platform` "
                f"one of {platforms}"
            )
    return chosen


def list_waits(
    level: AccountLevel,
    *,
    edition: str,
    region: str,
    platform: str,
    holidays: np.ndarray,
    opening: float,
    closing: float,
) -> Waits:
    """List the questions of one edition with the wait for each answer, on both clocks.

    Parameters
    ----------
    level : AccountLevel
    edition : str
    region : {"NL", "VL"}
    platform : str
    holidays : numpy.ndarray of datetime64[D]
        As `list_holidays_around` returns them.
    opening, closing : float
        Hours of the day.

    Returns
    -------
    Waits
        Set aside are questions that came before the edition began, known through an answer in it; those whose clock
        is not sure; and those answered before they were asked, which no clock can have been right about.

    Raises
    ------
    NotAnswerable
        If there is no question of that edition, region and platform with a sure clock.
    InputError
        If the office does not open before it closes.
    """
    found = _select(level, edition, region, platform)
    start = level.windows.set_index("edition")["start"].get(edition, pd.NaT)
    early = (to_local_time(found["received_at"], region) < start).to_numpy(dtype=bool)
    unsure = ~early & ~found["sure_clock"].fillna(False).to_numpy(dtype=bool)
    reversed_ = (found["answered_at"] < found["received_at"]).to_numpy(dtype=bool)
    reversed_ = reversed_ & ~early & ~unsure
    kept = found[~(early | unsure | reversed_)]
    if kept.empty:
        raise NotAnswerable(
            f"no question on {platform} in the edition {edition!r} has times that are sure to the minute; export them "
            "with seconds and a time zone"
        )
    arrived, answered = (
        to_local_time(kept[column], region) for column in ("received_at", "answered_at")
    )
    office = count_office_hours(arrived, answered, holidays, opening, closing)
    is_answered = kept["answered_at"].notna().to_numpy()
    rows = pd.DataFrame(
        {
            "account_id": kept["account_id"].to_numpy(),
            "basis": kept["basis"].to_numpy(),
            "arrived": arrived.to_numpy(),
            "weekday": arrived.dt.day_of_week.to_numpy(),
            "is_weekend": falls_in_weekend(arrived, closing),
            "is_answered": is_answered,
            "wait_hours": np.where(is_answered, _count_hours(kept, "answered_at"), math.inf),
            "office_hours": np.where(is_answered, office, math.inf),
            "followed_hours": _count_hours(kept, "followed_to"),
        }
    )
    received = rows["basis"] == RECEIVED
    counts = {
        "found": len(found),
        "of these set aside: asked before the edition": int(early.sum()),
        "of these set aside: clock not sure": int(unsure.sum()),
        "of these set aside: answered before it was asked": int(reversed_.sum()),
        "used": len(rows),
        "of these answered": int(is_answered.sum()),
        "of these known only because they were answered": int((rows["basis"] == REPLY_ONLY).sum()),
        "of these received, until when answers were looked for not known": int(
            (received & rows["followed_hours"].isna()).sum()
        ),
    }
    left_out = pd.DataFrame({"questions": list(counts), "count": list(counts.values())})
    return Waits(rows.reset_index(drop=True), left_out, edition, region, platform)


def _count_hours(rows: pd.DataFrame, until: str) -> np.ndarray:
    return ((rows[until] - rows["received_at"]) / pd.Timedelta(hours=1)).to_numpy(dtype=float)


def take_answered(waits: Waits) -> pd.DataFrame:
    """Take the questions that were answered, however they are known.

    Parameters
    ----------
    waits : Waits

    Returns
    -------
    pandas.DataFrame
        Rows of `Waits.rows`.

    Raises
    ------
    NotAnswerable
        If none was answered.
    """
    answered = waits.rows[waits.rows["is_answered"]]
    if answered.empty:
        raise NotAnswerable(
            f"no question {waits.place} was answered as far as the exports tell; export the replies with the times of "
            "the messages that they answer"
        )
    return answered.reset_index(drop=True)


def take_questions(waits: Waits, followed_hours: float) -> pd.DataFrame:
    """Take all questions received, answered or not, of which it is known what became of them.

    Parameters
    ----------
    waits : Waits
    followed_hours : float
        How long answers must have been looked for.

    Returns
    -------
    pandas.DataFrame
        Rows of `Waits.rows`.

    Raises
    ------
    NotAnswerable
        If questions are known only through their answers, or none is followed for so long.

    Notes
    -----
    The choice rests on when a question came, never on whether it was answered, so that shares of it are shares of
    all questions.
    """
    received = waits.rows[waits.rows["basis"] == RECEIVED]
    if received.empty:
        raise NotAnswerable(
            f"questions {waits.place} are known only through their answers, so that nothing is known of those left "
            "open; export the messages received as well"
        )
    followed = received[received["followed_hours"] >= followed_hours]
    if followed.empty:
        raise NotAnswerable(
            f"no question {waits.place} is followed for {followed_hours:g} hours; let the exports of messages sent "
            "run on after the edition, or shorten `horizon_hours`"
        )
    return followed.reset_index(drop=True)


def check_draws(draws: int, name: str = "draws") -> int:
    """Return a number of draws that settles an interval, or refuse it.

    Raises
    ------
    InputError
        If there are fewer than `FEWEST_DRAWS`.
    """
    if draws < FEWEST_DRAWS:
        raise InputError(
            f"{name} is {draws}; an interval takes at least {FEWEST_DRAWS}, better some thousand"
        )
    return draws


def check_hours(thresholds: Sequence[float], horizon: float) -> None:
    """Refuse thresholds that are not positive and rising, or that lie beyond the horizon.

    Parameters
    ----------
    thresholds : sequence of float
    horizon : float

    Raises
    ------
    InputError
    """
    if not thresholds or list(thresholds) != sorted(set(thresholds)) or thresholds[0] <= 0:
        raise InputError(
            f"thresholds_hours is {list(thresholds)}; expected positive hours, rising, such as [2, 24, 72]"
        )
    if horizon < thresholds[-1]:
        raise InputError(
            f"horizon_hours is {horizon:g}, before the last threshold of {thresholds[-1]:g} hours; "
            "choose it no shorter"
        )


def draw_accounts(rows: pd.DataFrame, draws: int, seed: int) -> ClusterDraws:
    """Draw the accounts of some questions, all questions of an account together.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `take_answered` or `take_questions`.
    draws, seed : int

    Returns
    -------
    ClusterDraws
    """
    return ClusterDraws(rows["account_id"].to_numpy(), draws, seed)


def count_effective_accounts(rows: pd.DataFrame) -> float:
    """Count the accounts by how evenly they share the questions.

    Parameters
    ----------
    rows : pandas.DataFrame
        Of `take_answered` or `take_questions`.

    Returns
    -------
    float
        See `roeptoeter.estimators.change.effective_number`.
    """
    return effective_number(rows["account_id"].value_counts().to_numpy())


def judge_effective_accounts(effective: float) -> str:
    """Say whether intervals over so many effective accounts hold what they promise."""
    if effective < FEWEST_EFFECTIVE_ACCOUNTS:
        return (
            f"that is fewer than {FEWEST_EFFECTIVE_ACCOUNTS}, so that the intervals are probably too "
            "short"
        )
    return "enough for the intervals to hold roughly what they promise"


def _make_estimator(rows: pd.DataFrame, draws: ClusterDraws, confidence: float):
    def estimate(value, drawn, estimand, unit="hours", factor=1.0, n=None):
        return estimate_from_draws(
            float(value) * factor, drawn * factor, confidence,
            estimand=estimand, unit=unit, n=len(rows) if n is None else n, clusters=draws.number,
        )  # fmt: skip

    return estimate


def summarise_answered(
    answered: pd.DataFrame, draws: ClusterDraws, confidence: float
) -> dict[str, Estimate]:
    """Estimate how long answered questions waited, in each of the ways that "on average" may mean.

    Parameters
    ----------
    answered : pandas.DataFrame
        As `take_answered` returns it.
    draws : ClusterDraws
        Of the same rows.
    confidence : float
        Two-sided level.

    Returns
    -------
    dict of str to Estimate
        Hours on the wall clock: "mean", "median", "percentile_90", "mean_of_account_means",
        "median_of_account_medians"; and "slowest_tenth", the share of all hours waited that the slowest tenth of
        the answers took, in %.
    """
    waits = answered["wait_hours"].to_numpy()
    estimate = _make_estimator(answered, draws, confidence)
    median, ninetieth = draws.quantiles(waits, [0.5, 0.9])
    means = answered.groupby("account_id")["wait_hours"].mean()
    medians = find_cluster_medians(waits, draws.codes)
    limit = find_quantile(waits, 0.9)
    slow = np.where(waits > limit, waits, 0)
    with np.errstate(invalid="ignore"):
        slow_drawn = draws.means(slow) / draws.means(waits)
    return {
        "mean": estimate(waits.mean(), draws.means(waits), "mean response time over answers"),
        "median": estimate(find_quantile(waits), median, "median response time over answers"),
        "percentile_90": estimate(limit, ninetieth, "time within which nine in ten answers came"),
        "mean_of_account_means": estimate(
            means.mean(), draws.means_of_cluster_means(waits), "mean over accounts of their mean response times"
        ),
        "median_of_account_medians": estimate(
            find_quantile(medians), draws.medians_of_cluster_medians(waits),
            "median over accounts of their median response times",
        ),
        "slowest_tenth": estimate(
            slow.sum() / waits.sum() if waits.sum() else 0.0, slow_drawn,
            "share of all hours waited that the slowest tenth of the answers took", "%", 100,
        ),
    }  # fmt: skip


def tabulate_estimates(estimates: dict[str, Estimate], names: dict[str, str]) -> pd.DataFrame:
    """Put estimates into a table: measure, value, low, high, unit, n.

    Parameters
    ----------
    estimates : dict of str to Estimate
    names : dict of str to str
        What each is called in the table; the others are left out.

    Returns
    -------
    pandas.DataFrame
    """
    rows = [
        {
            "measure": name,
            "value": estimates[key].value,
            "low": estimates[key].low,
            "high": estimates[key].high,
            "unit": estimates[key].unit,
            "n": estimates[key].n,
        }
        for key, name in names.items()
    ]
    return pd.DataFrame(rows)


#: What the measures of `summarise_answered` are called in a table.
ANSWERED_MEASURES = {
    "median": "Median over answers",
    "mean": "Mean over answers",
    "percentile_90": "Nine in ten answers within",
    "mean_of_account_means": "Mean over accounts of their means",
    "median_of_account_medians": "Median over accounts of their medians",
}


def describe_hours(hours: float) -> str:
    """Write hours for a table; a time that was never reached in words.

    Examples
    --------
    >>> describe_hours(3.26), describe_hours(float("inf"))
    ('3.3', 'not reached')
    """
    return "not reached" if math.isinf(hours) else f"{hours:.1f}"


def describe_clock(hour: float) -> str:
    """Write an hour of the day as a clock shows it.

    Examples
    --------
    >>> describe_clock(8.5), describe_clock(17)
    ('8:30', '17:00')
    """
    minutes = round(60 * hour)
    return f"{minutes // 60}:{minutes % 60:02d}"


def describe_p(p_value: float, *, at_most: bool = False) -> str:
    """Write a p-value as the end of "p".

    Parameters
    ----------
    p_value : float
    at_most : bool
        Whether it is only a bound: no draw lies on the other side, so that more draws would make it smaller. It is
        rounded upwards then.

    Returns
    -------
    str

    Examples
    --------
    >>> describe_p(0.0312), describe_p(0.0004), describe_p(0.0066, at_most=True)
    ('= 0.031', 'below 0.001', 'at most 0.007')
    """
    if p_value < 0.001:
        return "below 0.001"
    return (
        f"at most {math.ceil(1000 * p_value - 1e-9) / 1000:.3f}" if at_most else f"= {p_value:.3f}"
    )


def describe_adjusted_p(compared: pd.DataFrame, threshold: float) -> str:
    """Write the adjusted p-value of one threshold as the end of "p"; "at most" where it is only a bound.

    Parameters
    ----------
    compared : pandas.DataFrame
        As `compare_weekend` returns it.
    threshold : float
        Hours.

    Returns
    -------
    str

    Notes
    -----
    It is a bound where it would fall if the tests without a draw beyond zero had a p-value of nothing.
    """
    least = compared["p_value"].where(compared["draws_beyond_zero"] > 0, 0.0)
    is_bound = multipletests(least, method="holm")[1] < compared["p_holm"] - 1e-12
    row = compared["threshold_hours"].tolist().index(threshold)
    return describe_p(float(compared["p_holm"].iloc[row]), at_most=bool(is_bound[row]))


def class_waits(answered: pd.DataFrame) -> pd.DataFrame:
    """Count the answers in classes of waiting time.

    Parameters
    ----------
    answered : pandas.DataFrame
        As `take_answered` returns it.

    Returns
    -------
    pandas.DataFrame
        A row a class: from_hours (excluded, except 0), to_hours (included), answers_percent.
    """
    waits = np.sort(answered["wait_hours"].to_numpy())
    up_to = np.searchsorted(waits, WAIT_CLASSES[1:], side="right") / len(waits)
    return tabulate_wait_classes(np.diff(up_to, prepend=0))


def compare_clocks(
    answered: pd.DataFrame, draws: ClusterDraws, confidence: float
) -> dict[str, dict[str, Estimate]]:
    """Estimate the response times on the wall clock and on the office clock.

    Parameters
    ----------
    answered, draws, confidence
        As in `summarise_answered`.

    Returns
    -------
    dict of str to dict
        For "wall" and "office": "median", "mean", "percentile_90", "weekend_mean" and "other_mean", the means of
        what arrived in the weekend and at other times; the latter are missing where nothing did.
    """
    is_weekend = answered["is_weekend"].to_numpy()
    clocks = {}
    for clock, column in (("wall", "wait_hours"), ("office", "office_hours")):
        waits = answered[column].to_numpy()
        estimate = _make_estimator(answered, draws, confidence)
        median, ninetieth = draws.quantiles(waits, [0.5, 0.9])
        on_clock = f"by the {clock} clock"
        clocks[clock] = {
            "median": estimate(find_quantile(waits), median, f"median response time {on_clock}"),
            "mean": estimate(waits.mean(), draws.means(waits), f"mean response time {on_clock}"),
            "percentile_90": estimate(
                find_quantile(waits, 0.9), ninetieth, f"time of nine in ten answers {on_clock}"
            ),
        }
        for key, chosen, words in (
            ("weekend_mean", is_weekend, "asked in the weekend"),
            ("other_mean", ~is_weekend, "asked at other times"),
        ):
            if chosen.any():
                clocks[clock][key] = estimate(
                    waits[chosen].mean(), draws.means(waits, where=chosen),
                    f"mean response time {on_clock} of questions {words}", n=int(chosen.sum()),
                )  # fmt: skip
    return clocks


#: What the measures of `compare_clocks` are called in a table and in a figure.
CLOCK_MEASURES = {
    "median": "Median",
    "mean": "Mean",
    "percentile_90": "Nine in ten within",
    "weekend_mean": "Mean, asked in the weekend",
    "other_mean": "Mean, asked at other times",
}


def tabulate_clocks(clocks: dict[str, dict[str, Estimate]]) -> pd.DataFrame:
    """Put the estimates of the two clocks side by side.

    Parameters
    ----------
    clocks : dict
        As `compare_clocks` returns it.

    Returns
    -------
    pandas.DataFrame
        A row a measure: measure, then wall_hours and office_hours, each with its `_low_` and `_high_`; answers.
    """
    rows = []
    for key, name in CLOCK_MEASURES.items():
        if key not in clocks["wall"]:
            continue
        row: dict = {"measure": name}
        for clock, estimates in clocks.items():
            row[f"{clock}_hours"] = estimates[key].value
            row[f"{clock}_low_hours"] = estimates[key].low
            row[f"{clock}_high_hours"] = estimates[key].high
        rows.append({**row, "answers": clocks["wall"][key].n})
    return pd.DataFrame(rows)


def weigh_weekend(answered: pd.DataFrame, draws: ClusterDraws, confidence: float) -> Estimate:
    """Estimate the weekend's part of the mean: by how much it would be shorter without what arrived then.

    Parameters
    ----------
    answered, draws, confidence
        As in `summarise_answered`.

    Returns
    -------
    Estimate
        Hours: the mean over all answers less the mean over those whose question came outside the weekend.

    Raises
    ------
    NotAnswerable
        If all questions came in the weekend, or none did.
    """
    waits, is_weekend = answered["wait_hours"].to_numpy(), answered["is_weekend"].to_numpy()
    if is_weekend.all() or not is_weekend.any():
        raise NotAnswerable(
            "the answered questions came all in the weekend, or none did; the weekend has no part of its own"
        )
    estimate = _make_estimator(answered, draws, confidence)
    return estimate(
        waits.mean() - waits[~is_weekend].mean(),
        draws.means(waits) - draws.means(waits, where=~is_weekend),
        "mean response time less that of questions asked outside the weekend",
    )


def compare_intervals(
    answered: pd.DataFrame, draws: ClusterDraws, confidence: float
) -> pd.DataFrame:
    """Put the interval over accounts beside the one that takes every answer as independent.

    Parameters
    ----------
    answered, draws, confidence
        As in `summarise_answered`.

    Returns
    -------
    pandas.DataFrame, 2 rows
        drawn ("accounts", "answers, as if independent"), units, mean_hours, low_hours, high_hours, width_hours.

    Raises
    ------
    NotAnswerable
        If the answers are of one account.
    """
    if draws.number < 2:
        raise NotAnswerable(
            "all answers are of one account; how far accounts differ takes at least two"
        )
    waits = answered["wait_hours"].to_numpy()
    named = {"estimand": "mean response time over answers", "unit": "hours"}
    over_accounts = estimate_from_draws(
        float(waits.mean()), draws.means(waits), confidence, **named,
        n=len(waits), clusters=draws.number,
    )  # fmt: skip
    naive = naive_mean(waits, confidence, **named)
    rows = [
        {
            "drawn": drawn,
            "units": units,
            "mean_hours": estimate.value,
            "low_hours": estimate.low,
            "high_hours": estimate.high,
            "width_hours": estimate.high - estimate.low,
        }
        for drawn, units, estimate in (
            ("accounts", draws.number, over_accounts),
            ("answers, as if independent", len(waits), naive),
        )
    ]
    return pd.DataFrame(rows)


def leave_out_accounts(answered: pd.DataFrame) -> Estimate:
    """Give the mean response time with its range when any one account is left out.

    Parameters
    ----------
    answered : pandas.DataFrame
        As `take_answered` returns it, of at least two accounts.

    Returns
    -------
    Estimate
        Hours, interval kind "sensitivity".
    """
    totals = answered.groupby("account_id")["wait_hours"].agg(["sum", "count"])
    waits = answered["wait_hours"]
    without = (waits.sum() - totals["sum"]) / (len(waits) - totals["count"])
    mean = float(waits.mean())
    return Estimate(
        mean,
        min(mean, float(without.min())),
        max(mean, float(without.max())),
        "sensitivity",
        "mean response time over answers, any one account left out",
        "hours",
        len(waits),
    )


def imply_observed_median(answered: pd.DataFrame) -> float:
    """Compute the median that a lognormal with the observed mean and share within two hours would have.

    Parameters
    ----------
    answered : pandas.DataFrame
        As `take_answered` returns it.

    Returns
    -------
    float
        Hours.

    Raises
    ------
    NotAnswerable
        If all answers or none came within two hours, or the mean does not exceed these.
    """
    waits = answered["wait_hours"]
    share = float((waits <= PRINTED_HOURS).mean())
    if not 0 < share < 1 or waits.mean() <= PRINTED_HOURS:
        raise NotAnswerable(
            "a mean above two hours with some answers within two hours is needed to fit a lognormal as to the "
            "published numbers"
        )
    return solve_lognormal(float(waits.mean()), share, PRINTED_HOURS).median


def summarise_questions(
    questions: pd.DataFrame,
    draws: ClusterDraws,
    thresholds: Sequence[float],
    horizon: float,
    confidence: float,
) -> dict[str, Estimate]:
    """Estimate what became of all questions, those never answered among them.

    Parameters
    ----------
    questions : pandas.DataFrame
        As `take_questions` returns it for the horizon.
    draws : ClusterDraws
        Of the same rows.
    thresholds : sequence of float
        Hours.
    horizon : float
        Hours; no threshold lies beyond it.
    confidence : float
        Two-sided level.

    Returns
    -------
    dict of str to Estimate
        "within_2" and so on, one for each threshold, and "open", not answered within the horizon: % of all
        questions. "median" (infinite where fewer than half were answered) and "restricted_mean", a wait counting
        for the horizon at most: hours.

    Notes
    -----
    Everyone is followed to the horizon, so that the cumulative incidence is the plain share and the restricted mean
    the plain mean of ``min(wait, horizon)``; Kaplan and Meier's estimator gives the same.
    """
    waits = questions["wait_hours"].to_numpy()
    estimate = _make_estimator(questions, draws, confidence)
    found = {}
    for hours in thresholds:
        in_time = (waits <= hours).astype(float)
        found[f"within_{hours:g}"] = estimate(
            in_time.mean(), draws.means(in_time), f"share of all questions answered within {hours:g} hours", "%", 100
        )  # fmt: skip
    is_open = (waits > horizon).astype(float)
    found["open"] = estimate(
        is_open.mean(), draws.means(is_open), f"share of all questions not answered within {horizon:g} hours",
        "%", 100,
    )  # fmt: skip
    found["median"] = estimate(
        find_quantile(waits), draws.quantiles(waits, [0.5])[0], "median wait over all questions"
    )
    kept = np.minimum(waits, horizon)
    found["restricted_mean"] = estimate(
        kept.mean(), draws.means(kept), f"mean wait over all questions, restricted to {horizon:g} hours"
    )  # fmt: skip
    return found


def name_question_measures(thresholds: Sequence[float], horizon: float) -> dict[str, str]:
    """Name the measures of `summarise_questions` for a table."""
    return {
        **{f"within_{hours:g}": f"Answered within {hours:g} hours" for hours in thresholds},
        "open": f"Not answered within {horizon:g} hours",
        "median": "Median wait",
        "restricted_mean": f"Mean wait, restricted to {horizon:g} hours",
    }


def follow_questions(waits: Waits) -> pd.DataFrame:
    """Take every question received with the time for which it was followed, however short.

    Parameters
    ----------
    waits : Waits

    Returns
    -------
    pandas.DataFrame
        Rows of `Waits.rows` with duration_hours: the wait, or the time followed where it was not answered.
        Questions of which it is not known how long they were followed are left out.
    """
    rows = waits.rows[
        (waits.rows["basis"] == RECEIVED)
        & (waits.rows["is_answered"] | (waits.rows["followed_hours"] >= 0))
    ]
    return rows.assign(
        duration_hours=np.where(rows["is_answered"], rows["wait_hours"], rows["followed_hours"])
    ).reset_index(drop=True)


def estimate_open_ended(followed: pd.DataFrame, horizon: float) -> dict[str, float]:
    """Estimate the median and the restricted mean with questions censored where their follow-up ends.

    Parameters
    ----------
    followed : pandas.DataFrame
        As `follow_questions` returns it.
    horizon : float
        Hours.

    Returns
    -------
    dict
        "questions", "median_hours" (infinite where not reached), "restricted_mean_hours".
    """
    curve = estimate_survival(followed["duration_hours"], followed["is_answered"])
    return {
        "questions": len(followed),
        "median_hours": find_survival_quantile(curve),
        "restricted_mean_hours": restrict_mean(curve, horizon)[0],
    }


def trace_weekdays(followed: pd.DataFrame, until_hours: float) -> pd.DataFrame:
    """Trace for each weekday of arrival the share of questions answered by each hour.

    Parameters
    ----------
    followed : pandas.DataFrame
        As `follow_questions` returns it.
    until_hours : float
        Where the curves end.

    Returns
    -------
    pandas.DataFrame
        weekday (text), hours (every half hour), answered_percent, questions (that arrived on the weekday). One
        minus Kaplan and Meier's estimate.
    """
    hours = np.arange(0, until_hours + 0.25, 0.5)
    curves = []
    for day, rows in followed.groupby("weekday"):
        curve = estimate_survival(rows["duration_hours"], rows["is_answered"])
        curves.append(
            pd.DataFrame(
                {
                    "weekday": WEEKDAYS[day],
                    "hours": hours,
                    "answered_percent": 100 * (1 - read_survival(curve, hours)),
                    "questions": len(rows),
                }
            )
        )
    return pd.concat(curves, ignore_index=True)


def rank_weekdays(curves: pd.DataFrame, hours: float) -> pd.DataFrame:
    """Order the weekdays by the share of their questions that are answered by an hour.

    Parameters
    ----------
    curves : pandas.DataFrame
        As `trace_weekdays` returns it.
    hours : float
        After the question; the last half hour traced before it counts.

    Returns
    -------
    pandas.DataFrame
        weekday, answered_percent, questions; the lowest share first.
    """
    until = curves[curves["hours"] <= hours]
    last = until[until["hours"] == until["hours"].max()]
    return last.sort_values("answered_percent", kind="stable", ignore_index=True)[
        ["weekday", "answered_percent", "questions"]
    ]


def compare_weekdays(followed: pd.DataFrame) -> tuple[float, float]:
    """Test with the log-rank test whether weekdays are answered alike, every question taken as independent.

    Parameters
    ----------
    followed : pandas.DataFrame
        As `follow_questions` returns it.

    Returns
    -------
    chi_squared, p_value : float

    Raises
    ------
    NotAnswerable
        If all questions came on one weekday.
    """
    if followed["weekday"].nunique() < 2:
        raise NotAnswerable("all questions came on one weekday; there is nothing to compare")
    return compare_survival(
        followed["duration_hours"], followed["is_answered"], followed["weekday"]
    )


def compare_weekend(
    questions: pd.DataFrame, draws: ClusterDraws, thresholds: Sequence[float], confidence: float
) -> pd.DataFrame:
    """Test whether questions that come in the weekend are answered in time as often as others.

    Parameters
    ----------
    questions, draws, thresholds, confidence
        As in `summarise_questions`.

    Returns
    -------
    pandas.DataFrame
        A row a threshold: threshold_hours, weekend_percent, other_percent, difference_points with low_points and
        high_points (percentile interval over accounts), draws_beyond_zero (on the rarer side, zero included; with none of
        them p_value is a bound), p_value (two-sided, from the same draws) and p_holm, adjusted for the family of
        thresholds (Holm 1979).

    Raises
    ------
    NotAnswerable
        If all questions came in the weekend or none did, or they are to one account.
    """
    is_weekend = questions["is_weekend"].to_numpy()
    if is_weekend.all() or not is_weekend.any() or draws.number < 2:
        raise NotAnswerable(
            "a comparison over accounts takes questions in the weekend and at other times, to at least two accounts"
        )
    waits = questions["wait_hours"].to_numpy()
    rows = []
    for hours in thresholds:
        in_time = (waits <= hours).astype(float)
        drawn = draws.means(in_time, where=is_weekend) - draws.means(in_time, where=~is_weekend)
        weekend, other = in_time[is_weekend].mean(), in_time[~is_weekend].mean()
        difference = estimate_from_draws(
            100 * float(weekend - other), 100 * drawn, confidence,
            estimand=f"difference in the share answered within {hours:g} hours",
            unit="percentage points", n=len(waits), clusters=draws.number,
        )  # fmt: skip
        rows.append(
            {
                "threshold_hours": float(hours),
                "weekend_percent": 100 * float(weekend),
                "other_percent": 100 * float(other),
                "difference_points": difference.value,
                "low_points": difference.low,
                "high_points": difference.high,
                "draws_beyond_zero": int(min((drawn <= 0).sum(), (drawn >= 0).sum())),
                "p_value": check_zero(drawn),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(p_holm=multipletests(table["p_value"], method="holm")[1])


def pick_difference(
    compared: pd.DataFrame, threshold: float, n: int, confidence: float
) -> Estimate:
    """Take one difference of `compare_weekend` as an estimate.

    Parameters
    ----------
    compared : pandas.DataFrame
        As `compare_weekend` returns it.
    threshold : float
        Hours.
    n : int
        Questions.
    confidence : float
        Level of the interval.

    Returns
    -------
    Estimate
        Percentage points.
    """
    row = compared.set_index("threshold_hours").loc[threshold]
    return Estimate(
        float(row["difference_points"]), float(row["low_points"]), float(row["high_points"]),
        "superpopulation",
        f"share answered within {threshold:g} hours, questions of the weekend less others",
        "percentage points", n, confidence,
    )  # fmt: skip
