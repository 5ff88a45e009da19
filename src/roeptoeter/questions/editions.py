"""What each edition counted: the printed numbers with what their rounding admits, and the same of accounts.

The other notebooks ask one question each of the editions that can answer it; here every edition gets the same few
measures, from which its page is made.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.clusters import draw_multiplicities, ratio_of_sums, resample_ratios
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.survival import ClusterDraws, estimate_from_draws, find_quantile
from roeptoeter.published import get_figure
from roeptoeter.questions.account_level import PLATFORM_NAMES, AccountLevel, tabulate_organisations
from roeptoeter.questions.country_gap import count_presence, count_size_classes
from roeptoeter.questions.response_time import read_printed_mean
from roeptoeter.questions.response_time_accounts import (
    draw_accounts,
    list_holidays_around,
    list_waits,
    summarise_answered,
    summarise_questions,
    take_answered,
    take_questions,
)
from roeptoeter.questions.year_on_year import (
    REPLIES_2013_IN_2014,
    REPLIES_2014,
    WITHOUT_TWITTER_2014,
    read_printed_share,
)

SAY_THEY_ANSWER_VL, MEAN_TIME_2014 = "F065", "F015"

#: The measures of an edition at account level, in the order of its page.
MEASURES = ("presence", "reply-share", "response-time", "answered-in-time", "potential-reach")

#: Below this many accounts with a known reach the middle one says nothing.
FEWEST_ACCOUNTS = 5

_ADJECTIVES = {"NL": "Dutch", "VL": "Flemish"}

# the wall clock is the one that is asked for, so that no opening hours enter
_ANY_HOURS = {"opening": 9.0, "closing": 17.0}


def read_printed_numbers(figures: pd.DataFrame, organisations: pd.DataFrame) -> dict[str, Estimate]:
    """Read the numbers that the editions of 2014 and 2016 printed, each as the interval that it admits.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    dict of str to Estimate
        By the id of the claim, such as "reply-share-nl-2014". A share of which the count was printed has no interval.

    Raises
    ------
    InputError
        If a figure is missing, or more municipalities are without an account than the register has.
    """
    present = count_presence(figures, organisations, "counted absentees")
    twitter = present[present["platform"] == "Twitter"].set_index("region")
    return {
        "presence-twitter-nl-2014": _count_present_2014(figures, organisations),
        "reply-share-nl-2013": read_printed_share(
            figures, REPLIES_2013_IN_2014, "share of replies in 2013, as printed in 2014"
        ),
        "reply-share-nl-2014": read_printed_share(
            figures, REPLIES_2014, "share of replies among messages of corporate accounts in 2014"
        ),
        "response-time-nl-2014": read_printed_mean(figures, MEAN_TIME_2014),
        "presence-twitter-vl-2016": _share_present(twitter.loc["VL"], "Flemish"),
        "presence-twitter-nl-2016": _share_present(twitter.loc["NL"], "Dutch"),
        "say-they-answer-vl-2016": read_printed_share(
            figures, SAY_THEY_ANSWER_VL, "share of active municipalities that say they answer, 2016"
        ),
    }


def _count_present_2014(figures: pd.DataFrame, organisations: pd.DataFrame) -> Estimate:
    municipalities = int(count_size_classes(organisations, "NL", 2014).sum())
    absent = int(get_figure(figures, WITHOUT_TWITTER_2014)["printed_number"])
    if absent > municipalities:
        raise InputError(
            f"figures.csv, {WITHOUT_TWITTER_2014}: {absent} municipalities without an account, but the register of "
            f"2014 has {municipalities}"
        )
    share = 100 * (1 - absent / municipalities)
    return Estimate(
        share, share, share, "none", "share of Dutch municipalities with a Twitter account in 2014",
        "%", municipalities,
    )  # fmt: skip


def _share_present(counts: pd.Series, whose: str) -> Estimate:
    shares = {
        name: 100 * counts[f"count_{name}"] / counts["municipalities"]
        for name in ("central", "low", "high")
    }
    return Estimate(
        shares["central"], shares["low"], shares["high"],
        "none" if shares["low"] == shares["high"] else "rounding",
        f"share of {whose} municipalities with a Twitter account in 2016",
        "%", int(counts["municipalities"]),
    )  # fmt: skip


def tabulate_printed(printed: dict[str, Estimate]) -> pd.DataFrame:
    """Put the printed numbers into a table: estimand, value, low, high, unit.

    Parameters
    ----------
    printed : dict of str to Estimate
        From `read_printed_numbers`.

    Returns
    -------
    pandas.DataFrame
    """
    return pd.DataFrame(
        [
            {
                "estimand": number.estimand,
                "value": number.value,
                "low": number.low,
                "high": number.high,
                "unit": number.unit,
            }
            for number in printed.values()
        ]
    )


@dataclass(frozen=True, slots=True)
class EditionNumbers:
    """The measures of one edition, region and platform.

    Parameters
    ----------
    edition, region, platform : str
    in_time_hours : float
        Within how many hours an answer counts as in time.
    estimates : dict of str to Estimate
        By measure, of `MEASURES`.
    reasons : dict of str to str
        Why a measure is not among them.
    """

    edition: str
    region: str
    platform: str
    in_time_hours: float
    estimates: dict[str, Estimate] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Edition and region as part of an id: "2014-q2-nl"."""
        words = "".join(letter if letter.isalnum() else " " for letter in self.edition.lower())
        return "-".join([*words.split(), self.region.lower()])

    @property
    def place(self) -> str:
        """Where and when, in words: "on Twitter in 2014 Q2"."""
        return f"on {PLATFORM_NAMES.get(self.platform, self.platform)} in {self.edition}"

    @property
    def whose(self) -> str:
        """Whose accounts: "Dutch municipalities"."""
        return f"{_ADJECTIVES.get(self.region, self.region)} municipalities"


def measure_editions(
    level: AccountLevel,
    *,
    platform: str,
    in_time_hours: float,
    followed_hours: float,
    draws: int,
    seed: int,
    confidence: float,
) -> list[EditionNumbers]:
    """Measure every edition and region in which messages on a platform are known.

    Parameters
    ----------
    level : AccountLevel
    platform : str
        Such as "twitter".
    in_time_hours : float
        Within how many hours an answer counts as in time.
    followed_hours : float
        How long answers to a question must have been looked for.
    draws, seed : int
        How often municipalities, or their accounts, are drawn anew for the intervals.
    confidence : float
        Two-sided level.

    Returns
    -------
    list of EditionNumbers
        In order of edition and region. A measure that the exports do not bear has a reason instead of an estimate.

    Raises
    ------
    NotAnswerable
        If the messages of no edition are known.
    """
    found = []
    for edition in level.windows["edition"]:
        for region in sorted(
            level.organisations.loc[level.organisations["edition"] == edition, "region"].unique()
        ):
            try:
                table = tabulate_organisations(
                    level, edition=edition, platform=platform, region=region
                )
            except NotAnswerable:
                continue
            if not table["is_measured"].any():
                continue
            place = {"edition": edition, "region": region, "platform": platform}
            numbers = EditionNumbers(**place, in_time_hours=in_time_hours)
            steps: dict[str, Callable[[], Estimate]] = {
                "presence": lambda t=table: _estimate_presence(t),
                "reply-share": lambda t=table: _estimate_reply_share(t, draws, seed, confidence),
                "potential-reach": lambda t=table: _estimate_reach(t, draws, seed, confidence),
                "response-time": lambda p=place: _estimate_time(level, p, draws, seed, confidence),
                "answered-in-time": lambda p=place: _estimate_answered(
                    level, p, in_time_hours, followed_hours, draws, seed, confidence
                ),
            }
            for measure in MEASURES:
                try:
                    numbers.estimates[measure] = steps[measure]()
                except NotAnswerable as reason:
                    numbers.reasons[measure] = str(reason)
            found.append(numbers)
    if not found:
        raise NotAnswerable(
            f"the study {level.study.name} knows the messages of no municipality on {platform} in any edition; name "
            "another platform in `platform`"
        )
    return found


def _estimate_presence(table: pd.DataFrame) -> Estimate:
    share = 100 * float(table["is_present"].mean())
    return Estimate(
        share, share, share, "none", "share of municipalities with an account", "%", len(table)
    )


def _estimate_reply_share(
    table: pd.DataFrame, draws: int, seed: int, confidence: float
) -> Estimate:
    measured = table[table["is_measured"]]
    if not measured["messages"].sum():
        raise NotAnswerable("no message is known of which it is known whether it is a reply")
    counts = measured["messages"].to_numpy(), measured["replies"].to_numpy()
    drawn = resample_ratios(*counts, draw_multiplicities(len(measured), draws, seed))
    return estimate_from_draws(
        100 * float(ratio_of_sums(*counts)), 100 * drawn, confidence,
        estimand="share of replies among the messages of municipalities",
        unit="%", n=len(measured), clusters=len(measured),
    )  # fmt: skip


def _estimate_reach(table: pd.DataFrame, draws: int, seed: int, confidence: float) -> Estimate:
    reach = table["potential_reach_per_message"].dropna().to_numpy()
    if len(reach) < FEWEST_ACCOUNTS:
        raise NotAnswerable("the number of followers at the time of a message is hardly known")
    drawn = ClusterDraws(range(len(reach)), draws, seed).quantiles(reach, [0.5])[0]
    return estimate_from_draws(
        find_quantile(reach), drawn, confidence,
        estimand="followers that a message of the middle municipality could reach",
        unit="followers", n=len(reach), clusters=len(reach),
    )  # fmt: skip


def _list_waits(level: AccountLevel, place: dict[str, str]):
    holidays = list_holidays_around(level, place["edition"], place["region"], [], [])
    return list_waits(level, **place, holidays=holidays, **_ANY_HOURS)


def _estimate_time(
    level: AccountLevel, place: dict[str, str], draws: int, seed: int, confidence: float
) -> Estimate:
    answered = take_answered(_list_waits(level, place))
    drawn = draw_accounts(answered, draws, seed)
    return summarise_answered(answered, drawn, confidence)["median"]


def _estimate_answered(
    level: AccountLevel,
    place: dict[str, str],
    in_time_hours: float,
    followed_hours: float,
    draws: int,
    seed: int,
    confidence: float,
) -> Estimate:
    questions = take_questions(_list_waits(level, place), followed_hours)
    drawn = draw_accounts(questions, draws, seed)
    shares = summarise_questions(questions, drawn, [in_time_hours], followed_hours, confidence)
    return shares[f"within_{in_time_hours:g}"]


def tabulate_editions(editions: list[EditionNumbers]) -> pd.DataFrame:
    """Put the measures of all editions into a table, a row an edition, region and measure.

    Parameters
    ----------
    editions : list of EditionNumbers

    Returns
    -------
    pandas.DataFrame
        edition, region, platform, slug (of both, as part of an id), measure, within_hours (of answers in time), claim_id (missing without a number),
        value, low, high, unit, n and missing_because.
    """
    rows = []
    for numbers in editions:
        for measure in MEASURES:
            found = numbers.estimates.get(measure)
            rows.append(
                {
                    "edition": numbers.edition,
                    "region": numbers.region,
                    "platform": numbers.platform,
                    "slug": numbers.slug,
                    "measure": measure,
                    "within_hours": numbers.in_time_hours
                    if measure == "answered-in-time"
                    else None,
                    "claim_id": f"accounts-{measure}-{numbers.slug}" if found else None,
                    "value": found.value if found else None,
                    "low": found.low if found else None,
                    "high": found.high if found else None,
                    "unit": found.unit if found else None,
                    "n": found.n if found else None,
                    "missing_because": numbers.reasons.get(measure),
                }
            )
    numeric = dict.fromkeys(["within_hours", "value", "low", "high"], float)
    return pd.DataFrame(rows).astype(numeric | {"n": "Int64"})
