"""How does one organisation do, beside its like? The measures of one municipality among those of its size and province.

Everything here is about one organisation; of the others only values remain, without name or code. A share or a median
that rests on few messages is a range and no number. A measure that is not known says why.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.proportions import newcombe_interval
from roeptoeter.estimators.ranking import share_limits
from roeptoeter.growth_rules import GrowthModel, Indicator, Theme, read_growth_model
from roeptoeter.questionnaires import read_questionnaire
from roeptoeter.questions.account_level import (
    AccountLevel,
    link_editions,
    read_account_level,
    tabulate_organisations,
)
from roeptoeter.registers import refuse_other_codes
from roeptoeter.study import Study

#: Fewer messages, answers or questions than this give a range and no value; the studies asked for more than ten.
FEWEST = 10

#: Of fewer others than this no middle one is told.
FEWEST_OTHERS = 3

CONFIDENCE = 0.95

IN_TIME_HOURS = 24


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of a scorecard.

    Parameters
    ----------
    name : str
        Its column in `Peers.measured`; `name_low` and `name_high` its range, `name_base` what it rests on.
    kind : {"share", "hours", "number"}
        How it is written.
    metric : str
        The metric in `metric_status` that says why it is missing.
    base : str
        Column of `Peers.measured`: of how many messages, answers or questions it is a share or median; empty for
        what is counted and has no range.
    scale : {"linear", "logarithmic", "logarithmic from zero"}
        On which the values of municipalities can be told apart.
    """

    name: str
    kind: Literal["share", "hours", "number"]
    metric: str
    base: str
    scale: Literal["linear", "logarithmic", "logarithmic from zero"]


MEASURES = (
    Measure("reply_share", "share", "reply_share", "messages", "linear"),
    Measure("messages_per_week", "number", "messages_per_week", "", "logarithmic from zero"),
    Measure("response_hours", "hours", "median_response_hours", "answers", "logarithmic"),
    Measure(
        "answered_share",
        "share",
        f"received_answered_within_{IN_TIME_HOURS}_hours_share",
        "questions",
        "linear",
    ),
    Measure(
        "potential_reach_per_message", "number", "potential_reach_per_message", "", "logarithmic"
    ),
    Measure("followers_per_1000", "number", "followers", "", "logarithmic"),
)

#: Why a measure of an organisation is missing: `metric_status` has the last two, the others are seen before it.
MISSING = ("no account", "not computable", "no data")


#: Why an organisation's page tells no phase.
NO_PHASE = ("not asked", "not told", "did not answer")


@dataclass(frozen=True, slots=True)
class ThemePhase:
    """Where an organisation stands in one theme of the growth model.

    Parameters
    ----------
    theme : Theme
    low, high : int
        Phases that its answers leave, from 1; equal where there is one.
    moves : tuple of Indicator
        Those that the phase after the lower one still asks for; none in the last phase.
    missing : tuple of Indicator
        Those of which it is not known whether they are met.
    """

    theme: Theme
    low: int
    high: int
    moves: tuple[Indicator, ...]
    missing: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Phases of an organisation in the growth model; `why_not` is one of `NO_PHASE` where there are none."""

    model: GrowthModel
    themes: tuple[ThemePhase, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Phases:
    """Phases of the organisations that answered the questionnaire of an edition; see `Profile`."""

    model: GrowthModel
    rows: pd.DataFrame
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Peers:
    """What the scorecards of one edition, platform and region share; from `gather_peers`.

    Parameters
    ----------
    study : str
        The study's name.
    is_simulated : bool
    edition, platform, region : str
    period : tuple of datetime.date, or None
        First and last day, where the study declares them.
    measured : pandas.DataFrame
        A row per organisation: see `measure_organisations`.
    status : pandas.DataFrame
        Of `metric_status` the rows that are not computed: organisation, metric, status, reason.
    elsewhere : pandas.DataFrame
        The organisations' accounts on other platforms in this edition: organisation, platform.
    scores : pandas.DataFrame or None
        Places of this edition: organisation, rank, rank_low, rank_high, ranked, not_ranked_because.
    edition_before : str or None
        The last edition before in which organisations of the region were measured.
    period_before : tuple of datetime.date, or None
    before : pandas.DataFrame or None
        The organisations of that edition, as `measured`.
    units : pandas.Series or None
        Linked unit by organisation, over both editions.
    phases : Phases or None
        Phases of the growth model; None where the study has no answers to a questionnaire.
    """

    study: str
    is_simulated: bool
    edition: str
    platform: str
    region: str
    period: tuple[dt.date, dt.date] | None
    measured: pd.DataFrame
    status: pd.DataFrame
    elsewhere: pd.DataFrame
    scores: pd.DataFrame | None
    edition_before: str | None
    period_before: tuple[dt.date, dt.date] | None
    before: pd.DataFrame | None
    units: pd.Series | None
    phases: Phases | None = None

    @property
    def names(self) -> dict[str, str]:
        """Name by organisation, in order of the code."""
        return dict(zip(self.measured["organisation"], self.measured["name"], strict=True))


@dataclass(frozen=True, slots=True)
class Own:
    """One measure of the organisation, beside the others.

    Parameters
    ----------
    measure : Measure
    value : float
        NaN where it is missing, or rests on so little that only its range is told.
    low, high : float
        Its range; NaN where it is missing or counted.
    base : int
        How many messages, answers or questions it rests on; 0 for what is counted.
    missing_because, reason : str
        One of `MISSING` and its reason in the words of `metric_status`; empty where it is known.
    size_class, province : numpy.ndarray
        The values of the others, in ascending order; of those with at least `FEWEST` of the base.
    ends : tuple of float
        Least and greatest value in the region, over all scorecards the same.
    """

    measure: Measure
    value: float
    low: float
    high: float
    base: int
    missing_because: str
    reason: str
    size_class: np.ndarray
    province: np.ndarray
    ends: tuple[float, float]

    @property
    def is_range(self) -> bool:
        """Whether it rests on so little that only a range is told."""
        return np.isnan(self.value) and not np.isnan(self.low)

    @property
    def is_known(self) -> bool:
        """Whether there is a value or a range."""
        return not (np.isnan(self.value) and np.isnan(self.low))

    def median(self, group: Literal["size_class", "province"]) -> float:
        """Return the value of the middle one of the others; NaN of too few."""
        values = getattr(self, group)
        return float(np.median(values)) if len(values) >= FEWEST_OTHERS else float("nan")

    def compare(self) -> Literal["more", "less", "same", "unclear", "unknown"]:
        """Say how it stands to the middle one of its size.

        Returns
        -------
        str
            "more" or "less" where the whole range does, "unclear" where the range holds the middle one; what is
            counted has no range and is more, less or the same.
        """
        middle = self.median("size_class")
        if np.isnan(middle) or not self.is_known:
            return "unknown"
        low, high = (self.value, self.value) if np.isnan(self.low) else (self.low, self.high)
        if low > middle:
            return "more"
        if high < middle:
            return "less"
        return "same" if low == high else "unclear"


@dataclass(frozen=True, slots=True)
class Change:
    """What changed since the edition before, over linked units.

    Parameters
    ----------
    edition : str
        The edition before.
    period : tuple of datetime.date, or None
    organisations_before, organisations_after : int
        Municipalities of the unit in either edition; the organisation itself is one of them.
    before : dict of str to float
        Value of the unit by name of the measure, of those that are known.
    reply_points : tuple of float, or None
        Change of the unit's reply share in percentage points with its range; None where either edition has fewer
        than `FEWEST` messages.
    """

    edition: str
    period: tuple[dt.date, dt.date] | None
    organisations_before: int
    organisations_after: int
    before: dict[str, float]
    reply_points: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Place:
    """Between which places of the order it stands; `why_not` is a key of `ranking_accounts.REASONS` where it has none."""

    rank: int = 0
    low: int = 0
    high: int = 0
    ranked: int = 0
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One organisation beside its like; from `make_scorecard`.

    Parameters
    ----------
    organisation, name, province, size_class : str
    population : int
    peers : Peers
    accounts : int
    is_measured : bool
        Whether its messages are known, be they none.
    messages, replies, answers, questions : int
    measures : dict of str to Own
        By name, in the order of `MEASURES`.
    other_platforms : tuple of str
        Where it has an account too.
    place : Place or None
        None where the study has no order.
    change : Change or None
        None where there is no edition before.
    profile : Profile or None
        None where the study has no answers to a questionnaire.
    """

    organisation: str
    name: str
    province: str
    size_class: str
    population: int
    peers: Peers
    accounts: int
    is_measured: bool
    messages: int
    replies: int
    answers: int
    questions: int
    measures: dict[str, Own]
    other_platforms: tuple[str, ...]
    place: Place | None
    change: Change | None
    profile: Profile | None = None


# What all scorecards of an edition share -----------------------------------------------------------


def measure_organisations(
    level: AccountLevel, *, edition: str, platform: str, region: str
) -> pd.DataFrame:
    """Take every measure of every organisation of an edition.

    Parameters
    ----------
    level : AccountLevel
    edition, platform, region : str

    Returns
    -------
    pandas.DataFrame
        The columns of `roeptoeter.questions.account_level.tabulate_organisations`, then for each of `MEASURES` its
        value (NaN: not known) and, where it is no count, `_low` and `_high`; and answers, questions, in_time (of
        these, answered within a day).

    Raises
    ------
    NotAnswerable
        If there are no such accounts.

    Notes
    -----
    Shares have Wilson's interval, messages seen as draws of how the account behaves; the median response time the
    interval between two order statistics, and from shortest to longest where there are too few for one. Response
    times are those of questions asked in the edition, on a clock that runs at all hours.
    """
    frame = tabulate_organisations(level, edition=edition, platform=platform, region=region)
    accounts = level.accounts.query("edition == @edition and platform == @platform")
    by_organisation = accounts.groupby("organisation")
    frame["messages_per_week"] = frame["organisation"].map(
        by_organisation["messages_per_week"].sum(min_count=1)
    )
    frame["messages_per_week"] = frame["messages_per_week"].where(frame["is_measured"])
    frame["followers_per_1000"] = 1000 * frame["followers"] / frame["population"].astype("float64")
    frame["reply_share"] = (frame["replies"] / frame["messages"]).where(frame["messages"] > 0)
    limits = _limit_shares(frame["messages"], frame["replies"])
    frame["reply_share_low"], frame["reply_share_high"] = limits
    return _add_responses(frame, level, edition, platform)


def _limit_shares(total: pd.Series, count: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    low, high = share_limits(total, count, CONFIDENCE)
    # none of n and n of n reach the border only up to the last bit, and would be more than others that are on it
    return np.where(count == 0, 0.0 * low, low), np.where(count == total, 1.0 + 0.0 * high, high)


def _add_responses(
    frame: pd.DataFrame, level: AccountLevel, edition: str, platform: str
) -> pd.DataFrame:
    rows = level.responses.query("edition == @edition and platform == @platform")
    rows = rows[rows["sure_clock"].fillna(False).astype(bool)]
    hours = (rows["answered_at"] - rows["received_at"]).dt.total_seconds() / 3600
    followed = (rows["followed_to"] - rows["received_at"]).dt.total_seconds() / 3600
    is_question = rows["basis"].eq("received message") & followed.ge(IN_TIME_HOURS)
    timed = pd.DataFrame(
        {
            "organisation": rows["organisation"],
            "question": is_question,
            "in_time": is_question & hours.between(0, IN_TIME_HOURS),
            "hours": hours.where(hours >= 0),
        }
    )
    sums = timed.groupby("organisation")[["question", "in_time"]].sum().astype("int64")
    for column, name in (("question", "questions"), ("in_time", "in_time")):
        frame[name] = frame["organisation"].map(sums[column]).fillna(0).astype("int64")
    frame["answered_share"] = (frame["in_time"] / frame["questions"]).where(frame["questions"] > 0)
    limits = _limit_shares(frame["questions"], frame["in_time"])
    frame["answered_share_low"], frame["answered_share_high"] = limits
    waits = {
        organisation: _describe_waits(group.to_numpy(dtype=float))
        for organisation, group in timed.dropna(subset="hours").groupby("organisation")["hours"]
    }
    columns = ["answers", "response_hours", "response_hours_low", "response_hours_high"]
    described = pd.DataFrame.from_dict(waits, orient="index", columns=columns)
    for column in columns:
        frame[column] = frame["organisation"].map(described[column]).astype("float64")
    frame["answers"] = frame["answers"].fillna(0).astype("int64")
    return frame


def _describe_waits(hours: np.ndarray) -> tuple[int, float, float, float]:
    ordered = np.sort(hours)
    low, high = _rank_median_limits(len(ordered))
    return len(ordered), float(np.median(ordered)), float(ordered[low]), float(ordered[high])


@lru_cache
def _rank_median_limits(number: int) -> tuple[int, int]:
    """Find which of so many ordered values bound the median; the first and the last where there are too few."""
    if number < 2:
        return 0, number - 1
    places = stats.quantile_test(np.arange(number), p=0.5).confidence_interval(CONFIDENCE)
    low, high = (0 if np.isnan(places.low) else places.low, places.high)
    return int(low), number - 1 if np.isnan(high) else int(high)


def gather_peers(level: AccountLevel, *, edition: str, platform: str, region: str) -> Peers:
    """Gather what the scorecards of one edition, platform and region share.

    Parameters
    ----------
    level : AccountLevel
    edition, platform, region : str

    Returns
    -------
    Peers

    Raises
    ------
    NotAnswerable
        If nothing is known of any organisation there.
    InputError
        If a SIMULATED value stands beside anything but a pseudonym.
    """
    measured = measure_organisations(level, edition=edition, platform=platform, region=region)
    if not measured["is_measured"].any():
        raise NotAnswerable(
            f"no messages of organisations of region {region} on {platform} are known in the edition {edition!r}; "
            "add their exports, or name another edition"
        )
    is_simulated = level.study.evidence == "SIMULATED"
    if is_simulated:
        refuse_other_codes(measured)
    edition_before = _find_edition_before(level, edition, platform, region)
    before = units = None
    if edition_before is not None:
        before = measure_organisations(
            level, edition=edition_before, platform=platform, region=region
        )
        units = link_editions(level, before=edition_before, after=edition, region=region)
    others = level.accounts.query("edition == @edition and platform != @platform")
    others = others[others["account_exists"].fillna(False).astype(bool)]
    periods = {
        window.edition: (window.start.date(), window.end.date())
        for window in level.windows.itertuples()
        if pd.notna(window.start)
    }
    return Peers(
        level.study.name,
        is_simulated,
        edition,
        platform,
        region,
        periods.get(edition),
        measured,
        _read_status(level, edition, platform, region),
        others[["organisation", "platform"]].drop_duplicates().reset_index(drop=True),
        _read_scores(level.study, edition, platform, region),
        edition_before,
        periods.get(edition_before),
        before,
        units,
        _read_phases(level.study, edition, region),
    )


def _find_edition_before(
    level: AccountLevel, edition: str, platform: str, region: str
) -> str | None:
    rows = level.accounts
    known = rows["platform"].eq(platform) & rows["region"].eq(region) & rows["messages_sent"].notna()  # fmt: skip
    earlier = [name for name in level.windows["edition"] if name < edition]
    measured = set(rows.loc[known, "edition"])
    return next((name for name in reversed(earlier) if name in measured), None)


def _read_status(level: AccountLevel, edition: str, platform: str, region: str) -> pd.DataFrame:
    path = level.study.processed / "metric_status.parquet"
    columns = ["organisation", "metric", "status", "reason"]
    if not path.exists():
        return pd.DataFrame(columns=columns, dtype="str")
    rows = pd.read_parquet(path)
    keys = ["platform", "account_id"]
    # without what is told of accounts that are not corporate
    measured = pd.MultiIndex.from_frame(level.accounts[keys].drop_duplicates())
    rows = rows[pd.MultiIndex.from_frame(rows[keys]).isin(measured)]
    at = level.organisations.query("edition == @edition and region == @region")["organisation"]
    kept = (
        rows["edition"].eq(edition)
        & rows["platform"].eq(platform)
        & rows["status"].ne("computed")
        & rows["metric"].isin([measure.metric for measure in MEASURES])
        & rows["organisation"].isin(at)
    )
    return rows.loc[kept, columns].reset_index(drop=True)


def _read_scores(study: Study, edition: str, platform: str, region: str) -> pd.DataFrame | None:
    path = study.processed / "scores.parquet"
    if not path.exists():
        return None
    scores = pd.read_parquet(path)
    kept = scores["edition"].eq(edition) & scores["region"].eq(region)
    if "platform" in scores:
        kept &= scores["platform"].eq(platform)
    scores = scores[kept].reset_index(drop=True)
    if "ranked" not in scores:
        scores["ranked"] = scores["rank"].notna().sum()
    if "not_ranked_because" not in scores:
        scores["not_ranked_because"] = None
    columns = ["organisation", "rank", "rank_low", "rank_high", "ranked", "not_ranked_because"]
    return None if scores.empty else scores[columns]


def _read_phases(study: Study, edition: str, region: str) -> Phases | None:
    path = study.processed / "phases.parquet"
    if not path.exists():
        return None
    model, rows = read_growth_model(), pd.read_parquet(path)
    form = read_questionnaire(model.questionnaire)
    asked = [
        form.waves[wave]
        for wave in model.waves
        if (form.waves[wave].edition, form.waves[wave].region) == (edition, region)
    ]
    kept = rows["edition"].eq(edition) & rows["region"].eq(region) & rows["rule"].eq(model.rule)
    why_not = ""
    if not asked:
        why_not = "not asked"
    elif not any(wave.may_show_organisation for wave in asked):
        why_not = "not told"
    return Phases(model, rows[kept & (not why_not)].reset_index(drop=True), why_not)


def list_editions(level: AccountLevel, platform: str) -> list[tuple[str, str]]:
    """List, by region, the last edition in which organisations of it were measured.

    Parameters
    ----------
    level : AccountLevel
    platform : str

    Returns
    -------
    list of (str, str)
        Edition and region, in order of the region.

    Raises
    ------
    NotAnswerable
        If nothing was measured on the platform.
    """
    rows = level.accounts
    known = rows[rows["platform"].eq(platform) & rows["messages_sent"].notna()].dropna(
        subset="region"
    )
    if known.empty:
        raise NotAnswerable(
            f"the study {level.study.name} has no messages of organisations on {platform}; name another platform"
        )
    last = known.groupby("region")["edition"].max()
    return [(str(edition), str(region)) for region, edition in last.sort_index().items()]


# One scorecard ----------------------------------------------------------------------------------


def make_scorecard(peers: Peers, organisation: str) -> Scorecard:
    """Put one organisation beside its like.

    Parameters
    ----------
    peers : Peers
    organisation : str
        Its code.

    Returns
    -------
    Scorecard

    Raises
    ------
    InputError
        If no organisation of the edition has that code.
    """
    frame = peers.measured
    position = np.flatnonzero((frame["organisation"] == organisation).to_numpy())
    if not len(position):
        raise InputError(
            f"no organisation of region {peers.region} has the code {organisation!r} in the edition {peers.edition!r}"
        )
    row = frame.iloc[position[0]]
    others = (np.arange(len(frame)) != position[0]) & frame["is_measured"].to_numpy()
    groups = {
        name: others & (frame[name] == row[name]).to_numpy() for name in ("size_class", "province")
    }
    status = peers.status[(peers.status["organisation"] == organisation).to_numpy()]
    elsewhere = peers.elsewhere[(peers.elsewhere["organisation"] == organisation).to_numpy()]
    return Scorecard(
        organisation,
        str(row["name"]),
        str(row["province"]),
        str(row["size_class"]),
        int(row["population"]),
        peers,
        int(row["accounts"]),
        bool(row["is_measured"]),
        *(int(row[column]) for column in ("messages", "replies", "answers", "questions")),
        {measure.name: _take_own(measure, frame, row, groups, status) for measure in MEASURES},
        tuple(sorted(elsewhere["platform"])),
        _find_place(peers, organisation),
        _find_change(peers, organisation),
        _find_profile(peers.phases, organisation),
    )


def _take_own(
    measure: Measure,
    frame: pd.DataFrame,
    row: pd.Series,
    groups: Mapping[str, np.ndarray],
    status: pd.DataFrame,
) -> Own:
    values = frame[measure.name].to_numpy(dtype=float, copy=True)
    if measure.base:
        values[frame[measure.base].to_numpy() < FEWEST] = np.nan
    known = np.isfinite(values)
    base = int(row[measure.base]) if measure.base else 0
    low, high = (
        (float(row[f"{measure.name}_low"]), float(row[f"{measure.name}_high"]))
        if measure.base
        else (np.nan, np.nan)
    )
    value = float(row[measure.name])
    missing, reason = "", ""
    if np.isnan(value):
        missing, reason = _explain_missing(measure, row, status)
    if measure.base and base < FEWEST:
        value = np.nan
    return Own(
        measure,
        value,
        low,
        high,
        base,
        missing,
        reason,
        *(np.sort(values[groups[name] & known]) for name in ("size_class", "province")),
        _find_ends(measure, values[known]),
    )


def _find_ends(measure: Measure, values: np.ndarray) -> tuple[float, float]:
    if measure.kind == "share":
        return 0.0, 1.0
    if measure.scale == "logarithmic":
        values = values[values > 0]
    return (float(values.min()), float(values.max())) if len(values) else (1.0, 10.0)


def _explain_missing(measure: Measure, row: pd.Series, status: pd.DataFrame) -> tuple[str, str]:
    if not row["is_present"]:
        return "no account", ""
    told = status[(status["metric"] == measure.metric).to_numpy()]
    for kind in ("not computable", "no data"):
        reasons = told.loc[(told["status"] == kind).to_numpy(), "reason"]
        if len(reasons):
            return kind, str(reasons.iloc[0])
    return "no data", ""


def _find_place(peers: Peers, organisation: str) -> Place | None:
    if peers.scores is None:
        return None
    rows = peers.scores[(peers.scores["organisation"] == organisation).to_numpy()]
    if rows.empty:
        return Place(why_not="not_measured")
    row = rows.iloc[0]
    if pd.isna(row["rank"]):
        why_not = row["not_ranked_because"]
        return Place(why_not="not_measured" if pd.isna(why_not) else str(why_not))
    return Place(*(int(row[name]) for name in ("rank", "rank_low", "rank_high", "ranked")))


def _find_change(peers: Peers, organisation: str) -> Change | None:
    if peers.before is None or organisation not in peers.units.index:
        return None
    unit = peers.units[organisation]
    members = [
        frame[(frame["organisation"].map(peers.units) == unit).to_numpy()]
        for frame in (peers.before, peers.measured)
    ]
    if members[0].empty:
        return None
    sums = [rows[["messages", "replies"]].sum() for rows in members]
    points = None
    if all(total["messages"] >= FEWEST for total in sums):
        difference = newcombe_interval(
            *(int(sums[1][name]) for name in ("replies", "messages")),
            *(int(sums[0][name]) for name in ("replies", "messages")),
            CONFIDENCE,
        )
        points = tuple(100 * end for end in (difference.value, difference.low, difference.high))
    return Change(
        peers.edition_before,
        peers.period_before,
        len(members[0]),
        len(members[1]),
        {
            measure.name: value
            for measure in MEASURES
            if not np.isnan(value := _pool(measure, members[0]))
        },
        points,
    )


def _find_profile(phases: Phases | None, organisation: str) -> Profile | None:
    if phases is None:
        return None
    model = phases.model
    if phases.why_not:
        return Profile(model, why_not=phases.why_not)
    rows = phases.rows[(phases.rows["organisation"] == organisation).to_numpy()].set_index("theme")
    if rows.empty:
        return Profile(model, why_not="did not answer")
    themes = []
    # a theme that the file has and the table has not is one that was added since
    for code in model.themes.keys() & set(rows.index):
        row = rows.loc[code]
        moves, missing = (
            tuple(model.indicators[name] for name in str(row[column]).split() if name in model.indicators)
            for column in ("moves", "missing_items")
        )  # fmt: skip
        themes.append(ThemePhase(model.themes[code], int(row["phase_low"]), int(row["phase_high"]), moves, missing))  # fmt: skip
    order = list(model.themes)
    return Profile(model, tuple(sorted(themes, key=lambda one: order.index(one.theme.code))))


#: Of several municipalities together: what is added up, above and below the line; None stands for one of it.
_POOLED = {
    "reply_share": ("replies", "messages"),
    "messages_per_week": ("messages_per_week", None),
    "answered_share": ("in_time", "questions"),
    "followers_per_1000": ("followers", "population"),
}


def _pool(measure: Measure, rows: pd.DataFrame) -> float:
    """Return a measure of one or several municipalities taken together; NaN where it cannot be told."""
    if measure.base and rows[measure.base].sum() < FEWEST:
        return float("nan")
    if len(rows) == 1:
        return float(rows[measure.name].iloc[0])
    # the middle response time and the reach of several do not follow from those of each
    if measure.name not in _POOLED:
        return float("nan")
    above, below = _POOLED[measure.name]
    present = rows[rows["is_present"]]
    if present.empty or present[above].isna().any():
        return float("nan")
    factor = 1000 if measure.name == "followers_per_1000" else 1
    return factor * float(present[above].sum()) / (float(rows[below].sum()) if below else 1.0)


# Reading, and what is kept between scorecards -------------------------------------------------------

_KEPT: dict[tuple[str, str, str], list[Peers]] = {}


def read_peers(study: Study, *, edition: str, platform: str, organisation: str) -> Peers:
    """Read what a scorecard needs: what `keep_peers` kept, else the study's tables.

    Parameters
    ----------
    study : Study
    edition, platform : str
    organisation : str
        Its code; decides the region.

    Returns
    -------
    Peers

    Raises
    ------
    NotAnswerable
        If the study has no exports of accounts, or nothing of the region is known in the edition.
    InputError
        If no organisation of the edition has that code.
    """
    for peers in _KEPT.get((study.name, edition, platform), []):
        if organisation in peers.names:
            return peers
    level = read_account_level(study)
    rows = level.organisations.query("edition == @edition and organisation == @organisation")
    if rows.empty:
        raise InputError(
            f"the edition {edition!r} has no organisation with the code {organisation!r}; `make scorecard` takes names "
            "too and says which are near"
        )
    return gather_peers(
        level, edition=edition, platform=platform, region=str(rows["region"].iloc[0])
    )


def keep_peers(gathered: Sequence[Peers]) -> None:
    """Keep what scorecards share in this process, so that each of many does not read it again.

    Parameters
    ----------
    gathered : sequence of Peers
        Replaces what was kept.
    """
    _KEPT.clear()
    for peers in gathered:
        _KEPT.setdefault((peers.study, peers.edition, peers.platform), []).append(peers)


def find_organisation(gathered: Sequence[Peers], wanted: str) -> tuple[Peers, str]:
    """Find an organisation by its code or its name.

    Parameters
    ----------
    gathered : sequence of Peers
    wanted : str
        Code or name, in capitals or not.

    Returns
    -------
    peers : Peers
    organisation : str
        Its code.

    Raises
    ------
    InputError
        If there is none, naming the nearest, or several of that name.
    """
    known = [(peers, code, name) for peers in gathered for code, name in peers.names.items()]
    plain = _simplify(wanted)
    found = [entry for entry in known if plain in (_simplify(entry[1]), _simplify(entry[2]))]
    if len(found) == 1:
        return found[0][:2]
    if found:
        choices = ", ".join(f"{name} ({code}, {peers.edition})" for peers, code, name in found)
        raise InputError(f"several organisations are called {wanted!r}: {choices}; give the code")
    nearest = _find_nearest(plain, known)
    hint = f"nearest: {', '.join(nearest)}" if nearest else f"it has {len(known)} others"
    editions = ", ".join(dict.fromkeys(peers.edition for peers in gathered))
    raise InputError(f"no organisation of {editions} is called {wanted!r}; {hint}")


def _find_nearest(plain: str, known: Sequence[tuple[Peers, str, str]]) -> list[str]:
    import difflib

    labels = {}
    for _, code, name in known:
        for key in (_simplify(name), _simplify(code)):
            labels.setdefault(key, f"{name} ({code})")
    close = difflib.get_close_matches(plain, labels, n=4, cutoff=0.6)
    begun = [key for key in labels if plain and key.startswith(plain)][:4]
    return list(dict.fromkeys(labels[key] for key in [*begun, *close]))[:4]


def _simplify(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()
