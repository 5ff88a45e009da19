"""Whether the published figures came out: computed from what came back through intake and metrics, not from within."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.questions.account_level import AccountLevel, link_editions, tabulate_organisations
from roeptoeter.questions.survey_answers import read_survey
from roeptoeter.registers import SIZE_CLASSES, link_units
from roeptoeter.simulate import public_sector
from roeptoeter.simulate.ground import PLAYS_GOEREE_OVERFLAKKEE, PLAYS_UTRECHT, PLAYS_VEERE
from roeptoeter.simulate.inventory import EDITION, PUBLISHED_MEANS
from roeptoeter.simulate.study import SimulatedStudy
from roeptoeter.simulate.survey import ACTIVE_2016, PUBLISHED_ANSWERS, WAVES
from roeptoeter.simulate.times import SUMMER_TIME, WINDOWS, read_window

CONSTRAINT_COLUMNS = [
    "constraint", "figure_id", "sentence", "reading", "target", "achieved", "tolerance", "unit", "is_met",
]  # fmt: skip

_CLASS_NAMES = {
    "below_20000": "below 20,000 inhabitants",
    "20000_to_50000": "20,000 to 50,000 inhabitants",
    "above_50000": "above 50,000 inhabitants",
}

#: Of a sentence about a municipality by name.
_PLAYED = "a pseudonym plays its part"


@dataclass(frozen=True, slots=True)
class Observed:
    """What the constraints are computed from.

    Parameters
    ----------
    tabulate : callable
        Takes edition, platform and region; returns a frame of
        `roeptoeter.questions.account_level.tabulate_organisations`.
    accounts : pandas.DataFrame
        edition, platform, region, own_messages_sent, reposts_sent.
    responses : pandas.DataFrame
        edition, platform, region, organisation, basis, received_at, answered_at.
    units : pandas.Series
        Linked unit by organisation, from the edition of 2013 to that of 2014.
    respondents : pandas.Series
        Filled questionnaires by wave.
    answers : pandas.DataFrame
        By wave and column ("item", "item[option]"): count of those who say yes, choose or tick, and base, of those who
        answered.
    listed : pandas.DataFrame
        Every account of the Flemish municipalities in 2016: platform, organisation.
    """

    tabulate: Callable[[str, str, str], pd.DataFrame]
    accounts: pd.DataFrame
    responses: pd.DataFrame
    units: pd.Series
    respondents: pd.Series
    answers: pd.DataFrame
    listed: pd.DataFrame


def check_constraints(level: AccountLevel) -> pd.DataFrame:
    """Compare every targeted published figure with what the account-level tables give.

    Parameters
    ----------
    level : AccountLevel
        From `roeptoeter.questions.account_level.read_account_level`.

    Returns
    -------
    pandas.DataFrame
        A row a constraint: constraint (its id), figure_id (in `data/raw/published/figures.csv`), sentence (what was
        published), reading (how it was understood, where that is open), target, achieved, tolerance (around the target,
        inside), unit, is_met.

    Raises
    ------
    NotAnswerable
        If an edition, a questionnaire or the list of accounts is missing.
    """
    respondents, answers = _read_answers(level)
    return check_observed(
        Observed(
            lambda edition, platform, region: tabulate_organisations(
                level, edition=edition, platform=platform, region=region
            ),
            level.accounts,
            level.responses,
            link_editions(level, before="2013 Q3", after="2014 Q2", region="NL"),
            respondents,
            answers,
            _read_listed(level),
        )
    )


def _read_answers(level):
    """Count the answers that came through the intake, and were matched with the questionnaires."""
    respondents, tables = {}, []
    for name in ("local-governments", "public-sector"):
        survey = read_survey(level.study, name)
        for wave in survey.waves:
            table = survey.tabulate(wave)
            respondents[wave] = len(table)
            tables.append(_count_answers(table, wave))
    return pd.Series(respondents, dtype="int64"), pd.concat(tables)


def _read_listed(level):
    path = level.study.processed / "accounts.parquet"
    if not path.exists():
        raise NotAnswerable(
            f"the study {level.study.name} has no list of its accounts; `make STUDY={level.study.name}` makes it"
        )
    accounts = pd.read_parquet(path, columns=["platform", "organisation"])
    own = level.organisations
    there = own.loc[own["edition"].eq(EDITION) & own["region"].eq("VL"), "organisation"]
    return accounts[accounts["organisation"].isin(there)]


def _count_answers(table: pd.DataFrame, wave: str) -> pd.DataFrame:
    """Count by column those who say yes; of what is chosen from three or more by option, among those with a page."""
    rows = []
    for column in table:
        given = table[column].dropna()
        if column.startswith("upkeep_"):
            chosen = given[given != "none"]
            rows += [
                (f"{column}[{code}]", int(number), len(chosen))
                for code, number in chosen.value_counts().items()
            ]
        elif pd.api.types.is_numeric_dtype(given) and given.isin([0, 1]).all():
            rows.append((column, int(given.sum()), len(given)))
    counts = pd.DataFrame(rows, columns=["column", "count", "base"]).assign(wave=wave)
    return counts.set_index(["wave", "column"])


def check_observed(observed: Observed) -> pd.DataFrame:
    """Compare every targeted published figure with observed tables; see `check_constraints`.

    Parameters
    ----------
    observed : Observed

    Returns
    -------
    pandas.DataFrame
    """
    rows: list[tuple] = []
    add = partial(_add, rows)
    dutch_2013 = observed.tabulate("2013 Q3", "twitter", "NL")
    dutch_2014 = observed.tabulate("2014 Q2", "twitter", "NL")
    _check_dutch_presence(add, dutch_2013, dutch_2014, observed)
    _check_replies(add, dutch_2013, dutch_2014)
    _check_volume(add, dutch_2013, observed.accounts)
    _check_responses(add, dutch_2013, dutch_2014, observed.responses)
    flemish = {
        platform: observed.tabulate("2016 Q2", platform, "VL")
        for platform in ("twitter", "facebook")
    }
    _check_flemish(add, flemish, observed.responses)
    _check_dutch_2016(add, observed)
    _check_questionnaires(add, observed)
    _check_listed(add, observed.listed)
    return pd.DataFrame(rows, columns=CONSTRAINT_COLUMNS)


def observe_frames(simulated: SimulatedStudy) -> Observed:
    """Observe a simulated study straight from its frames, past the files and the intake.

    Parameters
    ----------
    simulated : SimulatedStudy

    Returns
    -------
    Observed

    Notes
    -----
    To try many seeds quickly. That a study meets its constraints is shown by `check_constraints`, on what came through
    the front door.
    """
    messages = _place_in_windows(simulated)
    counts = _count_messages(simulated, messages)

    def tabulate(edition: str, platform: str, region: str) -> pd.DataFrame:
        own = simulated.organisations
        own = own[own["region"].eq(region) & own["edition_year"].eq(int(edition[:4]))]
        rows = counts[counts["edition"].eq(edition) & counts["platform"].eq(platform)]
        table = own.rename(columns={"code": "organisation"}).merge(
            rows.drop(columns=["edition", "platform", "region"]), how="left", on="organisation"
        )
        table["is_present"] = table["own_messages_sent"].notna()
        table["messages_sent"] = table["messages"] = (
            table["own_messages_sent"].fillna(0).astype(int)
        )
        table["replies"] = table["replies"].fillna(0).astype(int)
        return table.sort_values("organisation", ignore_index=True)

    dutch = simulated.organisations[simulated.organisations["region"].eq("NL")]
    codes = {year: rows["code"] for year, rows in dutch.groupby("edition_year")}
    surveys = [simulated.survey, simulated.public_sector]
    waves = {wave: part for survey in surveys for wave, part in survey.groupby("wave")}
    listed = pd.concat([simulated.accounts, simulated.other_accounts])
    listed = listed[listed["organisation"].str.startswith("SIM-VL")]
    return Observed(
        tabulate,
        counts,
        _list_responses(simulated, messages),
        link_units(simulated.changes, codes, 2013, 2014),
        pd.Series({wave: len(part) for wave, part in waves.items()}),
        pd.concat([_count_answers(part, wave) for wave, part in waves.items()]),
        listed[["platform", "organisation"]],
    )


def _place_in_windows(simulated):
    windows = {edition: read_window(edition) for edition in WINDOWS}
    seconds = simulated.messages["created_at"].astype("int64") // 1_000_000 + SUMMER_TIME
    edition = simulated.messages["edition"]
    inside = seconds.ge(edition.map({name: window.start for name, window in windows.items()}))
    inside &= seconds.lt(edition.map({name: window.end for name, window in windows.items()}))
    return simulated.messages.assign(inside=inside)


def _count_messages(simulated, messages):
    """Count by edition and account in use, with the last number of followers."""
    accounts = simulated.accounts.assign(
        region=np.where(simulated.accounts["organisation"].str.startswith("SIM-VL"), "VL", "NL")
    )
    sent = messages[messages["inside"] & messages["direction"].eq("sent")]
    keys = ["edition", "platform", "account_id"]
    marked = sent[keys].assign(
        own_messages_sent=sent["kind"].ne("repost"),
        replies=sent["kind"].eq("reply"),
        reposts_sent=sent["kind"].eq("repost"),
    )
    counts = marked.groupby(keys).sum()
    tables = []
    for edition, (first, last) in WINDOWS.items():
        begun = pd.to_datetime(accounts["in_use_from"]).le(pd.Timestamp(last))
        ended = pd.to_datetime(accounts["in_use_to"]).lt(pd.Timestamp(first))
        there = (begun | accounts["in_use_from"].isna()) & ~ended
        tables.append(accounts[there].assign(edition=edition))
    table = pd.concat(tables, ignore_index=True).join(counts, on=keys)
    numbers = ["own_messages_sent", "replies", "reposts_sent"]
    table[numbers] = table[numbers].fillna(0).astype(int)
    days = simulated.snapshots.assign(
        edition=simulated.snapshots["observed_at"]
        .dt.strftime("%Y-%m")
        .map({f"{last:%Y-%m}": edition for edition, (_, last) in WINDOWS.items()})
    )
    table = table.merge(days[[*keys, "followers"]], how="left", on=keys)
    return table[["edition", "platform", "region", "organisation", *numbers, "followers"]]


def _list_responses(simulated, messages):
    received = messages[messages["inside"] & messages["direction"].eq("received")]
    answers = messages[messages["direction"].eq("sent") & messages["kind"].eq("reply")]
    answered = answers.groupby(["platform", "parent_message_id"])["created_at"].min()
    keys = pd.MultiIndex.from_frame(received[["platform", "message_id"]])
    homes = simulated.accounts.set_index(["platform", "account_id"])["organisation"]
    organisation = homes.loc[pd.MultiIndex.from_frame(received[["platform", "account_id"]])]
    return pd.DataFrame(
        {
            "edition": received["edition"].to_numpy(),
            "platform": received["platform"].to_numpy(),
            "region": np.where(organisation.str.startswith("SIM-VL"), "VL", "NL"),
            "organisation": organisation.to_numpy(),
            "basis": "received message",
            "received_at": received["created_at"].to_numpy(),
            "answered_at": answered.reindex(keys).to_numpy(),
        }
    )


def _add(rows, constraint, figure, sentence, reading, target, achieved, tolerance, unit):
    achieved = float(achieved)
    met = bool(abs(achieved - target) <= tolerance + 1e-9)
    rows.append(
        (
            constraint,
            figure,
            sentence,
            reading,
            float(target),
            achieved,
            float(tolerance),
            unit,
            met,
        )
    )


def _check_dutch_presence(add, dutch_2013, dutch_2014, observed):
    add(
        "dutch-twitter-2013", "F171", "96% of the municipalities have a Twitter account",
        "of the 408 municipalities of that year, at the edition", 96, 100 * dutch_2013["is_present"].mean(), 0.5, "%",
    )  # fmt: skip
    add(
        "dutch-twitter-2014", "F008", "all but thirteen of the 403 municipalities have a Twitter account",
        "exactly as counted", 390, dutch_2014["is_present"].sum(), 0, "municipalities",
    )  # fmt: skip
    for edition, figure, target in (("2013 Q3", "F174", 72), ("2014 Q2", "F009", 75)):
        pages = observed.tabulate(edition, "facebook", "NL")
        add(
            f"dutch-facebook-{edition[:4]}", figure, f"{target}% of the municipalities use Facebook",
            "a page of their own, of all municipalities of that year; the studies name neither", target,
            100 * pages["is_present"].mean(), 0.5, "%",
        )  # fmt: skip
    add(
        "linked-units", "", "408 municipalities in 2013, 403 in 2014, by the register",
        "what merged in between, and what was divided, is one unit", 400, observed.units.nunique(), 0, "units",
    )  # fmt: skip


def _check_replies(add, dutch_2013, dutch_2014):
    reading = "replies to others over own messages, reposts left out; messages weigh alike"
    for year, figure, frame, target in (
        (2013, "F010", dutch_2013, 13),
        (2014, "F011", dutch_2014, 20),
    ):
        share = 100 * frame["replies"].sum() / frame["messages"].sum()
        add(
            f"reply-share-{year}", figure, f"{target}% of the tweets were replies in {year}", reading, target, share,
            0.005, "%",
        )  # fmt: skip
    sent = dutch_2014[dutch_2014["messages"] > 0].set_index("organisation")
    shares = 100 * sent["replies"] / sent["messages"]
    own = shares.get(PLAYS_UTRECHT, np.nan)
    add(
        "utrecht-share", "F012", "85% of Utrecht's messages are replies", f"{reading}; {_PLAYED}", 85, own, 0.05, "%",
    )  # fmt: skip
    add(
        "utrecht-highest", "F013", "the highest share of all Dutch municipalities",
        f"strictly, however few messages another sent; {_PLAYED}", 0, (shares.drop(PLAYS_UTRECHT, errors="ignore") >= own).sum(), 0,
        "municipalities as high",
    )  # fmt: skip


def _check_volume(add, dutch_2013, accounts):
    present = dutch_2013[dutch_2013["is_present"]]
    sent = present["messages_sent"]
    senders = present[present["replies"].eq(0) & sent.gt(0)]
    add(
        "mean-messages-2013", "F177", "on average 109 tweets from July to September 2013",
        "own messages over all accounts, the silent among them; reposts left out", 109, sent.mean(), 0.005, "messages",
    )  # fmt: skip
    add(
        "senders-only-2013", "F180", "101 municipalities only send",
        "sent in the quarter, and not one reply to others", 101, len(senders), 0, "municipalities",
    )  # fmt: skip
    add(
        "few-senders-2013", "F181", "twelve of them sent less than ten tweets",
        "own messages", 12, senders["messages_sent"].lt(10).sum(), 0, "municipalities",
    )  # fmt: skip
    add(
        "silent-2013", "F183", "seventeen accounts sent nothing",
        "no own message in the quarter", 17, sent.eq(0).sum(), 0, "municipalities",
    )  # fmt: skip
    everything = count_all_messages(accounts, "2013 Q3", "twitter", "NL")
    add(
        "replies-of-all-2013", "F179", "11% was a reply to another tweet",
        "replies over all messages, reposts among them; so the 13% printed later fits beside it", 11,
        100 * dutch_2013["replies"].sum() / everything, 0.5, "%",
    )  # fmt: skip
    starters = sent.sum() - dutch_2013["replies"].sum()
    add(
        "starters-of-all-2013", "F178", "73% were conversation starters",
        "neither reply to others nor repost, over all messages", 73, 100 * starters / everything, 0.5, "%",
    )  # fmt: skip


def count_all_messages(accounts: pd.DataFrame, edition: str, platform: str, region: str) -> int:
    """Count the messages sent in an edition, reposts among them.

    Parameters
    ----------
    accounts : pandas.DataFrame
        As `Observed` has it.
    edition, platform, region : str

    Returns
    -------
    int
    """
    inside = accounts["edition"].eq(edition) & accounts["platform"].eq(platform)
    own = accounts[inside & accounts["region"].eq(region)]
    return int(own["own_messages_sent"].sum() + own["reposts_sent"].sum())


def measure_waits(
    responses: pd.DataFrame, edition: str, platform: str, region: str
) -> pd.DataFrame:
    """List the hours that each answered question of an edition waited.

    Parameters
    ----------
    responses : pandas.DataFrame
        As `Observed` has it.
    edition, platform, region : str

    Returns
    -------
    pandas.DataFrame
        organisation, hours: of messages received in the window and answered at all.
    """
    inside = responses["edition"].eq(edition) & responses["platform"].eq(platform)
    inside &= responses["region"].eq(region) & responses["basis"].eq("received message")
    answered = responses[inside & responses["answered_at"].notna()]
    hours = (answered["answered_at"] - answered["received_at"]).dt.total_seconds() / 3600
    return pd.DataFrame({"organisation": answered["organisation"], "hours": hours})


def _check_responses(add, dutch_2013, dutch_2014, responses):
    waits = measure_waits(responses, "2014 Q2", "twitter", "NL")
    reading = "over the messages received in the quarter that were answered; messages weigh alike"
    add(
        "response-time-2014", "F015", "the mean response time is 24 hours", reading, 24, waits["hours"].mean(), 0.005,
        "hours",
    )  # fmt: skip
    counted = dutch_2014.loc[dutch_2014["messages_sent"] > 10, "organisation"]
    means = waits[waits["organisation"].isin(counted)].groupby("organisation")["hours"].mean()
    reading = f"mean of each account with more than ten own messages sent and any answer; {_PLAYED}"
    for constraint, figure, code, name, rank in (
        ("fastest-2014", "F017", PLAYS_GOEREE_OVERFLAKKEE, "Goeree-Overflakkee the fastest", 1),
        ("second-fastest-2014", "F018", PLAYS_VEERE, "followed by Veere", 2),
    ):
        add(constraint, figure, name, reading, rank, _rank(means, code), 0, "rank")
    waits = measure_waits(responses, "2013 Q3", "twitter", "NL")
    counted = dutch_2013.loc[dutch_2013["replies"] >= 20, "organisation"]
    means = waits[waits["organisation"].isin(counted)].groupby("organisation")["hours"].mean()
    add(
        "fastest-2013", "F019", "Veere was the fastest in 2013",
        f"mean of each account with 20 replies or more; {_PLAYED}", 1, _rank(means, PLAYS_VEERE), 0, "rank",
    )  # fmt: skip


def _rank(means, code):
    return (means < means[code]).sum() + 1 if code in means.index else np.nan


def _check_flemish(add, flemish, responses):
    counts = {"twitter": (126, 62, 12), "facebook": (151, 62, 12)}
    figures = {"twitter": ("F052", "F051", "F049"), "facebook": ("F046", "F046", "F048")}
    for platform, frame in flemish.items():
        present = frame[frame["is_present"]]
        for number, figure, size_class in zip(
            counts[platform], figures[platform], SIZE_CLASSES, strict=True
        ):
            share = {
                "twitter": ("59%", "75%", "all"),
                "facebook": ("73% of all 308",) * 2 + ("all",),
            }
            printed = share[platform][SIZE_CLASSES.index(size_class)]
            reading = "the count behind the rounded share"
            if platform == "facebook" and size_class != "above_50000":
                reading = "ASSUMED: 225 of 308, of which 151 and 62 below 50,000 inhabitants"
            add(
                f"flemish-{platform}-{size_class.replace('_', '-')}", figure,
                f"{printed} {_CLASS_NAMES[size_class]} on {platform.capitalize()}"
                if size_class == "above_50000" or platform == "twitter"
                else f"{printed} on {platform.capitalize()}: {_CLASS_NAMES[size_class]}",
                reading, number, present["size_class"].eq(size_class).sum(), 0, "municipalities",
            )  # fmt: skip
    for platform, figure, name, target in (
        ("facebook", "F058", "fans on Facebook", 2257),
        ("twitter", "F059", "followers on Twitter", 1288),
    ):
        followers = flemish[platform].loc[flemish[platform]["is_present"], "followers"]
        add(
            f"flemish-{platform}-audience", figure, f"on average {target:,} {name}", "the mean over account holders",
            target, followers.mean(skipna=False), 0.005, "followers",
        )  # fmt: skip
    for platform, figure, printed, count, holders in (
        ("facebook", "F055", "31%", 47, 151),
        ("twitter", "F056", "11%", 14, 126),
    ):
        frame = flemish[platform]
        small = frame[frame["is_present"] & frame["size_class"].eq("below_20000")]
        add(
            f"flemish-{platform}-interaction", figure,
            f"only {printed} of the small ones interact on {platform.capitalize()}",
            f"at least one reply in the quarter, of the {holders} small account holders", count,
            small["replies"].gt(0).sum(), 0, "municipalities",
        )  # fmt: skip
    waits = measure_waits(responses, "2016 Q2", "twitter", "VL")
    add(
        "response-time-2016", "F066", "the mean response time on Twitter is 19 hours",
        "over the messages received in the quarter that were answered; messages weigh alike", 19, waits["hours"].mean(),
        0.005, "hours",
    )  # fmt: skip


def _check_dutch_2016(add, observed):
    for platform, figure, printed, count, reading in (
        ("facebook", "F073", "90%", 351, "of 390; the middle one of the counts that are printed so"),
        ("twitter", "F074", "99%", 387, "of 390; three without an account, as another count of that year has it"),
    ):  # fmt: skip
        frame = observed.tabulate("2016 Q2", platform, "NL")
        add(
            f"dutch-{platform}-2016", figure,
            f"{printed} of the Dutch municipalities on {platform.capitalize()}", reading, count,
            frame["is_present"].sum(), 0, "municipalities",
        )  # fmt: skip


#: What the printed sentences say, by figure; the sentences are shortened.
_SAID = {
    "F175": "96% are more active than a year ago", "F009": "75% use Facebook",
    "F014": "87% answer simple questions", "F021": "70% leave it wholly to communication",
    "F045": "95% are active on social media", "F065": "78% answer questions, reports and complaints",
    "F067": "15% let inhabitants participate", "F068": "24% enter into discussion", "F069": "36% build a community",
    "F075": "82% leave it to communication alone", "F071": "14% take first steps on Snapchat",
    "F077": "three in four are more active than a year ago", "F078": "68% plan new steps",
    "F079": "62%: colleagues lack knowledge", "F080": "54%: lack of time", "F081": "52%: lack of budget",
    "F105": "33 of 38 are active on social media", "F106": "33 keep a website", "F107": "33 are on Facebook",
    "F108": "25 are on LinkedIn", "F109": "20 are on Instagram", "F110": "21 offer direct messages",
    "F111": "33 offer e-mail", "F112": "14 say that they get too little information",
    "F113": "six have an Instagram page and do not keep it up", "F114": "five do not keep up LinkedIn",
}  # fmt: skip

#: Figures of which it is printed, or follows from what is, of how many they are a share.
_BASE_PRINTED = {"F045", "F105", "F106", "F107", "F108", "F109", "F110", "F111", "F112", "F175"}


def _check_questionnaires(add, observed):
    figures = {"2013": "F169", "2014": "F003", "2016": "F037", "2019": "F104"}
    numbers = {name: wave.respondents for name, wave in WAVES.items()}
    for wave, number in (numbers | {"2019": public_sector.RESPONDENTS}).items():
        add(
            f"respondents-{wave}", figures[wave], f"{number} filled in the questionnaire of {wave}", "exactly as counted",
            number, observed.respondents.get(wave, np.nan), 0, "respondents",
        )  # fmt: skip
    counts = [("2019", *row) for row in public_sector.PUBLISHED_COUNTS]
    for wave, column, number, base, figure in (*PUBLISHED_ANSWERS, *counts):
        whom = "who are active on social media" if base == ACTIVE_2016 else "respondents"
        if column.startswith("upkeep_"):
            whom = "who call themselves active there"
        is_printed = figure in _BASE_PRINTED and not column.startswith("upkeep_")
        reading = f"{'' if is_printed else 'ASSUMED: '}{number} of the {base} {whom}"
        key = (wave, column)
        found = observed.answers.loc[key] if key in observed.answers.index else None
        # another base is another share, whatever the count
        is_comparable = found is not None and found["base"] == base
        add(
            f"answers-{wave}-{column.replace('_', '-').replace('[', '-').rstrip(']')}", figure, _SAID[figure],
            reading, number,
            found["count"] if is_comparable else np.nan, 0, "respondents",
        )  # fmt: skip


def _check_listed(add, listed):
    for platform, (figure, mean) in PUBLISHED_MEANS.items():
        own = listed[listed["platform"].eq(platform)]
        kind = "pages on Facebook" if platform == "facebook" else "accounts on Twitter"
        add(
            f"flemish-{platform}-accounts-each", figure, f"on average {mean:g} {kind} in 2015",
            "every account of 2016 counts, over the municipalities that have any", mean,
            len(own) / own["organisation"].nunique(), 0.005, "accounts",
        )  # fmt: skip
