"""The simulated study as raw exports: files of the same formats as an analyst's own, which the same intake then reads.

Nothing downstream knows the generator. What is written here is what a collector would have kept: pages of the X API with
the messages replied to beside them, a CrowdTangle file of Facebook posts, the export of a webcare tool, lists of accounts
with their followers, answers of a questionnaire, and the account map. Every export's name begins with SIMULATED_, and every
text in it with SIMULATED; the intake refuses to read such a file together with any other (`roeptoeter.sources.intake`).
"""

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pandas as pd
import yaml

from roeptoeter.errors import InputError
from roeptoeter.sources.declaration import COMPANIONS
from roeptoeter.sources.intake.mixture import SIMULATED_PREFIX
from roeptoeter.study import display_path

#: The first words of `sources.yaml`, by which a later run knows that no person wrote it.
_MARK = "# SIMULATED: written by `roeptoeter simulate`"

#: Account ids of invented residents: this plus their number, far from the accounts of organisations.
_FIRST_RESIDENT = 7_000_000_000
#: Residents of whom nothing is known but a message that an account answered; beyond every number of a resident.
_FIRST_STRANGER, _STRANGERS = 7_500_000_000, 499_999_999

_MESSAGES_A_PAGE = 100  # as many as the API gives at once
_EXPORT_AFTER = dt.timedelta(days=21)  # after a file's last message, when all counts have matured

_TEXTS = {
    "post": "SIMULATED bericht", "reply": "SIMULATED antwoord", "self_reply": "SIMULATED vervolg",
    "directed_mention": "SIMULATED vermelding", "repost": "SIMULATED herhaling", "quote": "SIMULATED citaat",
}  # fmt: skip

#: Of the webcare tool's export: our name, its column.
_WEBCARE_COLUMNS = {
    "message_id": "Bericht-id", "created_at": "Datum", "direction": "Richting", "kind": "Soort",
    "account_id": "Afzender-id", "account_handle": "Afzender", "in_reply_to_message_id": "Antwoord op",
    "in_reply_to_account_id": "Aan-id", "parent_created_at": "Datum vraag", "text": "Bericht",
    "reactions": "Reacties", "comments": "Opmerkingen", "shares": "Gedeeld", "author_followers": "Volgers",
}  # fmt: skip
_WEBCARE_WORDS = {
    "direction": {"uitgaand": "sent", "inkomend": "received"},
    "kind": {
        "bericht": "post", "antwoord": "reply", "vervolg": "self_reply", "vermelding": "directed_mention",
        "gedeeld": "repost",
    },
}  # fmt: skip

#: The columns of a CrowdTangle file, in its order.
_CROWDTANGLE_COLUMNS = (
    "Page Name", "User Name", "Facebook Id", "Page Category", "Page Admin Top Country", "Page Description",
    "Page Created", "Likes at Posting", "Followers at Posting", "Post Created", "Post Created Date",
    "Post Created Time", "Type", "Total Interactions", "Likes", "Comments", "Shares", "Love", "Wow", "Haha", "Sad",
    "Angry", "Care", "Video Share Status", "Is Video Owner?", "Post Views", "Total Views",
    "Total Views For All Crossposts", "Video Length", "URL", "Message", "Link", "Final Link", "Image Text", "Link Text",
    "Description", "Sponsor Id", "Sponsor Name", "Sponsor Category",
)  # fmt: skip

_TIME_ZONES = {"NL": "Europe/Amsterdam", "VL": "Europe/Brussels"}
_ACCOUNT_COLUMNS = [
    "platform",
    "account_id",
    "handle",
    "organisation",
    "in_use_from",
    "in_use_to",
    "purpose",
    "owner",
]
_ORGANISATION_COLUMNS = [
    "edition_year", "region", "code", "name", "organisation_type", "province", "population", "latitude", "longitude",
]  # fmt: skip
_CHANGE_COLUMNS = ["effective_date", "change_type", "old_code", "new_code"]

#: Columns of the survey that are no items.
_SURVEY_KEYS = ("wave", "region", "organisation", "submitted_at", "language")

#: How every invented text begins.
_MARKED = "SIMULATED"


class _Plainly(yaml.SafeDumper):
    """YAML without references: the same day is written out each time."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@dataclass
class _Bundle:
    """The files of one run, written aside so far, and what `sources.yaml` will say of them."""

    aside: Path
    entries: dict[str, dict] = field(default_factory=dict)

    def declare(self, name: str, **entry: Any) -> Path:
        """Add an entry for an export and return where to write it."""
        file = f"{SIMULATED_PREFIX}{name}"
        self.entries[file] = entry
        return self.aside / file


def write_exports(simulated, folder: Path) -> list[Path]:
    """Write a simulated study as raw exports, with their declarations and account map.

    Everything is written aside first and then renamed, `sources.yaml` last; exports of an earlier run that are no longer
    part of the study are removed. The same study gives the same bytes.

    Parameters
    ----------
    simulated : SimulatedStudy
        From `roeptoeter.simulate.simulate_study`.
    folder : pathlib.Path
        `data/raw/exports/<study>`; made if it is not there.

    Returns
    -------
    list of pathlib.Path
        The files written, sorted.

    Raises
    ------
    InputError
        If the folder holds declarations or exports that are not simulated: they are never overwritten.

    Notes
    -----
    A message's number of followers is, on X, the one that its account had at the end of the edition's messages: a collector
    comes afterwards, and the API tells today's. CrowdTangle tells that of the moment of each post.

    CrowdTangle lists the posts of a page and no replies. So that replies can be counted on Facebook, all that
    the pages sent and received stands in the export of a webcare tool too, read later than CrowdTangle's: of each post
    the intake keeps the webcare tool's row, whose format marks replies, and counts the other as a duplicate.
    """
    folder = Path(folder)
    _refuse_foreign(folder)
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".simulated.{os.getpid()}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    try:
        bundle = _Bundle(aside)
        regions = simulated.organisations.drop_duplicates("code").set_index("code")["region"]
        accounts = simulated.accounts.assign(
            region=simulated.accounts["organisation"].map(regions),
            account_id=simulated.accounts["account_id"].astype("str"),
        )
        messages = _count_at_collection(_name_people(simulated.messages, accounts))
        _write_x(bundle, messages[messages["platform"] == "twitter"])
        _write_facebook(bundle, messages[messages["platform"] == "facebook"])
        _write_snapshots(bundle, simulated.snapshots, "account-snapshots")
        _write_snapshots(bundle, simulated.other_snapshots, "account-inventory")
        _write_surveys(bundle, simulated.survey)
        _write_public_sector(bundle, simulated.public_sector)
        _write_companions(bundle, simulated, accounts)
        return _put_in_place(bundle, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    """Refuse a folder with anything in it that a person put there."""
    if not folder.exists():
        return
    sources = folder / "sources.yaml"
    if sources.exists() and not sources.read_bytes().startswith(_MARK.encode()):
        raise InputError(
            f"{display_path(sources)} was not written by `roeptoeter simulate` and is not overwritten; simulate into a study "
            "of its own"
        )
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        own = path.name.startswith(SIMULATED_PREFIX) or path.name in COMPANIONS
        if path.is_file() and not own and not any(part.startswith(".") for part in inside):
            raise InputError(
                f"{display_path(path)} is not simulated; simulate into a study of its own, or move the file away"
            )


def _put_in_place(bundle: _Bundle, folder: Path) -> list[Path]:
    names = sorted(path.name for path in bundle.aside.iterdir())
    names.remove("sources.yaml")
    for path in folder.glob(f"{SIMULATED_PREFIX}*"):
        if path.name not in names:
            path.unlink()
    for name in [*names, "sources.yaml"]:
        (bundle.aside / name).replace(folder / name)
    return sorted(folder / name for name in [*names, "sources.yaml"])


# ------------------------------------------------------------------------------------------------ messages


def _name_people(messages: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Add who wrote each message (`author`), to whom (`target`), and the account's handle and region."""
    keys = ["platform", "account_id"]
    table = messages.assign(account_id=messages["account_id"].astype("str"))
    table = table.merge(accounts[[*keys, "handle", "region"]], on=keys, how="left", validate="m:1")
    missing = table["region"].isna()
    assert not missing.any(), (
        f"account {table.loc[missing, 'account_id'].iloc[0]} is in no account map"
    )
    number = table["author_number"].to_numpy(np.int64, na_value=-1)
    sent = table["direction"].eq("sent").to_numpy()
    own = table["account_id"].to_numpy(object)
    table["author"] = np.where(sent, own, _name_residents(number))
    parent = table["parent_message_id"]
    has_parent = parent.notna().to_numpy()
    # an answer to a message that is not in the study is to somebody of whom nothing else is known
    stranger = np.where(has_parent, parent.fillna(0), table["message_id"]).astype(np.int64)
    stranger = (_FIRST_STRANGER + stranger % _STRANGERS).astype(str).astype(object)
    target = np.where(number >= 0, _name_residents(number), stranger)
    authors = table.set_index(["platform", "message_id"])["author"]
    assert authors.index.is_unique, "a message id stands twice on one platform"
    asked = pd.MultiIndex.from_arrays([table["platform"], parent.fillna(-1).astype("int64")])
    known = authors.reindex(asked).to_numpy(object)
    target = np.where(pd.notna(known) & has_parent, known, target)
    kind = table["kind"].to_numpy(object)
    target = np.where((kind == "self_reply") | ~sent, own, target)
    addressed = np.isin(kind, ["reply", "self_reply", "directed_mention"]) | ~sent
    table["target"] = np.where(addressed, target, None)
    return table


def _count_at_collection(messages: pd.DataFrame) -> pd.DataFrame:
    """Add what a collector sees who comes once, after an edition: the followers of then (`followers_collected`)."""
    sent = messages[messages["direction"].eq("sent") & messages["followers"].notna()]
    sent = sent.sort_values(["created_at", "message_id"])
    keys = ["platform", "edition", "account_id"]
    last = sent.groupby(keys)["followers"].last().rename("followers_collected")
    table = messages.join(last, on=keys)
    table["followers_collected"] = table["followers_collected"].where(table["direction"] == "sent")
    return table


def _name_residents(number: np.ndarray) -> np.ndarray:
    return (_FIRST_RESIDENT + np.maximum(number, 0)).astype(str).astype(object)


def _plain(column: pd.Series) -> list:
    """Return numbers with gaps as Python's, the gaps as None."""
    return _none_for_gaps(column.astype("Int64"))


def _none_for_gaps(column: pd.Series) -> list:
    return column.astype(object).where(column.notna(), None).tolist()


def _iso_times(column: pd.Series, unit: str = "ms") -> list[str | None]:
    """Write times as the API does, 2013-07-01T09:00:00.000Z; None where there is none."""
    times = column.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy(f"datetime64[{unit}]")
    texts = np.char.add(np.datetime_as_string(times, unit=unit), "Z").astype(object)
    texts[np.isnat(times)] = None
    return texts.tolist()


def _export_day(times: pd.Series) -> dt.date:
    return (times.max() + _EXPORT_AFTER).date()


# ----------------------------------------------------------------------------------------------------------- X


def _write_x(bundle: _Bundle, messages: pd.DataFrame) -> None:
    """Write a file of sent and one of received messages for each edition and region."""
    for (edition, region), part in messages.groupby(["edition", "region"], sort=True):
        place = "flanders-" if region == "VL" else ""
        slug = f"{place}{edition.lower().replace(' ', '-')}"
        exported_on = _export_day(part["created_at"])
        for direction, name in (("sent", f"x-{slug}"), ("received", f"x-received-{slug}")):
            chosen = part[part["direction"] == direction]
            if chosen.empty:
                continue
            path = bundle.declare(
                f"{name}.jsonl",
                format="x-api-v2",
                platform="twitter",
                exported_on=exported_on,
                direction=direction,
            )
            with path.open("wb") as file:
                for page in _lay_out_pages(chosen, exported_on):
                    file.write(orjson.dumps(page) + b"\n")


def _lay_out_pages(messages: pd.DataFrame, exported_on: dt.date) -> Iterator[dict]:
    """Yield pages as the timelines of the API come: one account each, the newest first, at most 100 messages."""
    messages = messages.sort_values(["account_id", "message_id"], ascending=[True, False])
    fetched = f"{exported_on}T12:00:00+00:00"
    account = messages["account_id"].to_numpy(object)
    followers = _plain(messages["followers_collected"])
    handles = messages["handle"].tolist()
    items = _lay_out_messages(messages)
    parents = _lay_out_parents(messages)
    authors, targets = messages["author"].tolist(), _none_for_gaps(messages["target"])
    breaks = (np.flatnonzero(account[1:] != account[:-1]) + 1).tolist()
    for first, last in zip([0, *breaks], [*breaks, len(messages)], strict=True):
        for start in range(first, last, _MESSAGES_A_PAGE):
            stop = min(start + _MESSAGES_A_PAGE, last)
            own = account[start]
            user = {"id": own, "name": f"SIMULATED {handles[start]}", "username": handles[start]}
            if followers[start] is not None:
                user["public_metrics"] = {"followers_count": followers[start]}
            others = dict.fromkeys([*authors[start:stop], *targets[start:stop]])
            residents = [
                {"id": other, "name": "SIMULATED inwoner", "username": f"inwoner{other}"}
                for other in others
                if other is not None and other != own
            ]
            includes: dict[str, list] = {"users": [user, *residents]}
            tweets = {tweet["id"]: tweet for tweet in parents[start:stop] if tweet is not None}
            if tweets:
                includes["tweets"] = list(tweets.values())
            yield {
                "data": items[start:stop],
                "includes": includes,
                "meta": {
                    "result_count": stop - start,
                    "newest_id": items[start]["id"],
                    "oldest_id": items[stop - 1]["id"],
                },
                "__twarc": {"version": "SIMULATED", "retrieved_at": fetched},
            }


def _lay_out_messages(messages: pd.DataFrame) -> list[dict]:
    """Write each message as version 2 of the API has it; of a parent only the id."""
    ids = messages["message_id"].astype("int64").astype("str").tolist()
    parents = messages["parent_message_id"].astype("Int64").astype("str").tolist()
    has_parent = messages["parent_message_id"].notna().tolist()
    # an hour before, where the generator does not say what was repeated or quoted
    earlier = (messages["message_id"].astype("int64") - (3_600_000 << 22)).astype("str").tolist()
    relations = {"repost": "retweeted", "quote": "quoted"}
    items = []
    for identity, author, target, at, kind, parent, is_known, before, likes, comments, shares in zip(
        ids, messages["author"].tolist(), _none_for_gaps(messages["target"]), _iso_times(messages["created_at"]),
        messages["kind"].tolist(), parents, has_parent, earlier, _plain(messages["reactions"]),
        _plain(messages["comments"]), _plain(messages["shares"]), strict=True,
    ):  # fmt: skip
        item = {
            "id": identity,
            "text": _TEXTS[kind],
            "author_id": author,
            "created_at": at,
            "lang": "nl",
            "conversation_id": identity,
        }
        if kind in relations:
            original = parent if is_known else before
            item["referenced_tweets"] = [{"type": relations[kind], "id": original}]
        elif is_known:
            item["referenced_tweets"] = [{"type": "replied_to", "id": parent}]
            item["conversation_id"] = parent
        if target is not None:
            item["in_reply_to_user_id"] = target
        counts = {"retweet_count": shares, "reply_count": comments, "like_count": likes}
        counts = {name: number for name, number in counts.items() if number is not None}
        if counts:
            item["public_metrics"] = counts
        items.append(item)
    return items


def _lay_out_parents(messages: pd.DataFrame) -> list[dict | None]:
    """Write the message that each message answers, where its time is known: the API sends it along."""
    answers = messages["kind"].isin(["reply", "self_reply"]) & messages["parent_message_id"].notna()
    parents = messages["parent_message_id"].astype("Int64").astype("str").tolist()
    return [
        {"id": parent, "author_id": author, "created_at": at, "text": "SIMULATED bericht"}
        if is_answer and at is not None
        else None
        for parent, author, at, is_answer in zip(
            parents,
            _none_for_gaps(messages["target"]),
            _iso_times(messages["parent_created_at"]),
            answers.tolist(),
            strict=True,
        )
    ]


# ---------------------------------------------------------------------------------------------------- Facebook


def _write_facebook(bundle: _Bundle, messages: pd.DataFrame) -> None:
    """Write the posts as CrowdTangle has them, and everything as a webcare tool has it."""
    written_ids = _write_facebook_ids(messages)
    for edition, part in messages.groupby("edition", sort=True):
        part = part.sort_values(["account_id", "message_id"])
        slug = edition.lower().replace(" ", "-")
        exported_on = _export_day(part["created_at"])
        posts = part[part["direction"].eq("sent") & part["kind"].eq("post")]
        if not posts.empty:
            path = bundle.declare(
                f"facebook-{slug}-crowdtangle.csv",
                format="crowdtangle",
                platform="facebook",
                exported_on=exported_on,
            )
            _write_csv(_lay_out_crowdtangle(posts), path)
        path = bundle.declare(
            f"facebook-{slug}-webcare.csv",
            format="delimited",
            platform="facebook",
            # later than CrowdTangle's, so that of the same post this row is the latest reading
            exported_on=exported_on + dt.timedelta(days=7),
            direction="both",
            columns=_WEBCARE_COLUMNS,
            values=_WEBCARE_WORDS,
        )
        _write_csv(_lay_out_webcare(part, written_ids), path)


def _write_facebook_ids(messages: pd.DataFrame) -> dict[int, str]:
    """Write the ids as Facebook does: page_post, and of a comment the post it stands under before its own."""
    ids: dict[int, str] = {}
    owners = dict(zip(messages["message_id"], messages["account_id"], strict=True))
    for number, account, kind, parent in zip(
        messages["message_id"].tolist(),
        messages["account_id"].tolist(),
        messages["kind"].tolist(),
        _plain(messages["parent_message_id"]),
        strict=True,
    ):
        is_comment = kind in ("reply", "self_reply") and parent is not None
        ids[number] = f"{parent if is_comment else account}_{number}"
        if is_comment and parent not in owners:
            ids[parent] = f"{account}_{parent}"
    return ids


def _lay_out_crowdtangle(posts: pd.DataFrame) -> pd.DataFrame:
    # CrowdTangle's clock is that of its users' dashboard; the company's own was New York
    local = posts["created_at"].dt.tz_convert("America/New_York")
    is_summer = local.map(lambda at: bool(at.dst())).to_numpy()
    parts = {name: posts[name].astype("Int64") for name in ("reactions", "comments", "shares")}
    total = parts["reactions"] + parts["comments"] + parts["shares"]
    ids = posts["message_id"].astype("str")
    table = pd.DataFrame("", index=posts.index, columns=list(_CROWDTANGLE_COLUMNS))
    numbers = {
        "Likes at Posting": posts["followers"], "Followers at Posting": posts["followers"],
        "Likes": parts["reactions"], "Comments": parts["comments"], "Shares": parts["shares"],
    }  # fmt: skip
    for column, count in numbers.items():
        table[column] = count.astype("Int64").astype("str").replace("<NA>", "")
    table["Total Interactions"] = [
        "" if number is None else f"{number:,}" for number in _plain(total)
    ]
    for column in ("Love", "Wow", "Haha", "Sad", "Angry", "Care"):
        table[column] = np.where(posts["reactions"].isna(), "", "0")
    table["Page Name"] = "SIMULATED " + posts["handle"]
    table["User Name"] = posts["handle"]
    table["Facebook Id"] = posts["account_id"]
    table["Page Category"] = "GOVERNMENT_ORGANIZATION"
    clock = local.dt.strftime("%H:%M:%S")
    table["Post Created Date"] = local.dt.strftime("%Y-%m-%d")
    table["Post Created Time"] = clock
    zone = np.where(is_summer, " EDT", " EST")
    table["Post Created"] = table["Post Created Date"] + " " + clock + zone
    table["Type"] = "Status"
    table["URL"] = "https://www.facebook.com/" + posts["account_id"] + "/posts/" + ids
    table["Message"] = _TEXTS["post"]
    return table


def _lay_out_webcare(messages: pd.DataFrame, written_ids: dict[int, str]) -> pd.DataFrame:
    ours = {ours: word for word, ours in _WEBCARE_WORDS["kind"].items()}
    directions = {ours: word for word, ours in _WEBCARE_WORDS["direction"].items()}
    is_answer = messages["kind"].isin(["reply", "self_reply"]).tolist()
    parents = [
        written_ids.get(parent, "") if answers and parent is not None else ""
        for parent, answers in zip(_plain(messages["parent_message_id"]), is_answer, strict=True)
    ]
    sent = messages["direction"].eq("sent").to_numpy()
    columns = {
        "message_id": [written_ids[number] for number in messages["message_id"].tolist()],
        "created_at": _iso_times(messages["created_at"], "s"),
        "direction": messages["direction"].map(directions),
        "kind": messages["kind"].map(ours),
        "account_id": messages["author"],
        "account_handle": np.where(sent, messages["handle"], "inwoner" + messages["author"]),
        "in_reply_to_message_id": parents,
        "in_reply_to_account_id": messages["target"],
        "parent_created_at": _iso_times(
            messages["parent_created_at"].where(messages["kind"].isin(["reply", "self_reply"])), "s"
        ),
        "text": messages["kind"].map(_TEXTS),
        **{name: messages[name].astype("Int64") for name in ("reactions", "comments", "shares")},
        "author_followers": messages["followers_collected"].astype("Int64"),
    }
    assert messages["kind"].isin(list(ours)).all(), "a kind of message that Facebook does not have"
    table = pd.DataFrame(columns, index=messages.index)
    return table.rename(columns=_WEBCARE_COLUMNS)[list(_WEBCARE_COLUMNS.values())]


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


# ------------------------------------------------------------------------------------- snapshots and surveys


def _write_snapshots(bundle: _Bundle, snapshots: pd.DataFrame, name: str) -> None:
    """Write lists of accounts with the columns that are known of any."""
    counts = [count for count in ("followers", "following", "messages_total") if count in snapshots]
    times = [time for time in ("observed_at", "last_message_at") if time in snapshots]
    for platform, part in snapshots.groupby("platform", sort=True):
        part = part.sort_values(["account_id", "observed_at"])
        columns = {"account_id": part["account_id"].astype("str")}
        columns |= {time: _iso_times(part[time], "s") for time in times}
        columns |= {count: part[count].astype("Int64") for count in counts}
        table = pd.DataFrame(columns).assign(source="SIMULATED")
        path = bundle.declare(
            f"{name}-{platform}.csv",
            format="account-table",
            platform=platform,
            exported_on=part["observed_at"].max().date() + dt.timedelta(days=1),
            columns={column: column for column in ("account_id", *times, *counts)},
        )
        _write_csv(table, path)


def _write_surveys(bundle: _Bundle, survey: pd.DataFrame) -> None:
    """Write the answers of each wave as LimeSurvey exports them with question codes as headings."""
    for wave, part in survey.groupby("wave", sort=True):
        part = part.sort_values(["submitted_at", "organisation"], ignore_index=True)
        part = part.dropna(axis="columns", how="all")
        zone = _TIME_ZONES[part["region"].iloc[0]]
        numbers = np.arange(1, len(part) + 1)
        columns = {
            "id": numbers,
            "submitdate": _write_local(part["submitted_at"], zone),
            "lastpage": 1,
            "startlanguage": part["language"],
            "token": [f"SIMULATED{number:04d}" for number in numbers],
            "organisation": part["organisation"],
        }
        items = [name for name in part.columns if name not in _SURVEY_KEYS]
        columns |= {name: _write_answers(part[name]) for name in items}
        path = bundle.declare(
            f"survey-{wave}.csv",
            format="limesurvey",
            platform="survey",
            exported_on=_export_day(part["submitted_at"]),
            survey="local-governments",
            wave=str(wave),
            time_zone=zone,
            organisation_column="organisation",
        )
        _write_csv(pd.DataFrame(columns), path)


def _write_local(times: pd.Series, zone: str) -> pd.Series:
    return times.dt.tz_convert(zone).dt.strftime("%Y-%m-%d %H:%M:%S")


def _write_answers(answers: pd.Series) -> pd.Series:
    """Write yes and no as LimeSurvey's codes, a tick as Y and none as nothing, and N/A where a question was not shown."""
    known = answers.dropna()
    if pd.api.types.is_integer_dtype(known) and known.isin([0, 1]).all():
        no = "" if str(answers.name).endswith("]") else "N"
        answers = answers.map({1: "Y", 0: no})
    return answers.astype(object).where(answers.notna(), "N/A")


def _write_public_sector(bundle: _Bundle, survey: pd.DataFrame) -> None:
    """Write the answers of each wave as Qualtrics exports them: three rows of headings above the answers."""
    for wave, part in survey.groupby("wave", sort=True):
        part = part.sort_values("submitted_at", kind="stable", ignore_index=True)
        zone = _TIME_ZONES["NL"]
        columns = _lay_out_fields(part, zone) | _lay_out_questions(part)
        body = pd.DataFrame({column: cells for column, (_, _, cells) in columns.items()})
        texts = [text for text, _, _ in columns.values()]
        imports = [f'{{"ImportId":"{identity}"}}' for _, identity, _ in columns.values()]
        head = pd.DataFrame([texts, imports], columns=body.columns)
        path = bundle.declare(
            f"survey-public-sector-{wave}.csv",
            format="qualtrics",
            platform="survey",
            exported_on=_export_day(part["submitted_at"]),
            survey="public-sector",
            wave=str(wave),
            time_zone=zone,
        )
        _write_csv(pd.concat([head, body.astype(object)], ignore_index=True), path)


def _lay_out_fields(forms: pd.DataFrame, zone: str) -> dict[str, tuple]:
    """Lay out the tool's own columns: the second heading, the ImportId and the cells of each."""
    recorded = _write_local(forms["submitted_at"], zone)
    started = _write_local(forms["submitted_at"] - pd.Timedelta(minutes=9), zone)
    numbers = [f"R_SIMULATED{number:04d}" for number in range(1, len(forms) + 1)]
    told = f'","timeZone":"{zone}'
    return {
        "StartDate": ("Start Date", f"startDate{told}", started),
        "EndDate": ("End Date", f"endDate{told}", recorded),
        "Status": ("Response Type", "status", "0"),
        "Progress": ("Progress", "progress", "100"),
        "Duration (in seconds)": ("Duration (in seconds)", "duration", "540"),
        "Finished": ("Finished", "finished", "1"),
        "RecordedDate": ("Recorded Date", f"recordedDate{told}", recorded),
        "ResponseId": ("Response ID", "_recordId", numbers),
        "DistributionChannel": ("Distribution Channel", "distributionChannel", "anonymous"),
        "UserLanguage": ("User Language", "userLanguage", forms["language"].str.upper()),
    }


def _lay_out_questions(forms: pd.DataFrame) -> dict[str, tuple]:
    """Lay out the questions; of one with several answers a column for each, headed by its number and named in the text.

    Unticked options that were seen are 0, as Qualtrics writes them on request; without it nobody could tell whether who
    ticks nothing saw the question.
    """
    items = [name for name in forms.columns if name not in _SURVEY_KEYS]
    questions = list(dict.fromkeys(name.partition("[")[0] for name in items))
    columns: dict[str, tuple] = {}
    for name in items:
        question, _, option = name.rstrip("]").partition("[")
        identity = f"QID{questions.index(question) + 1}"
        answers = forms[name]
        if option:
            number = 1 + sum(column.startswith(f"{question}_") for column in columns)
            text, column = f"{question} - {option}", f"{question}_{number}"
            identity = f'{identity}","choiceId":"{number}'
        else:
            text = column = question
            if pd.api.types.is_integer_dtype(answers) and answers.isin([0, 1]).all():
                answers = answers.map({1: "Y", 0: "N"})
            elif answers.astype(str).str.startswith(_MARKED).any():
                identity = f"{identity}_TEXT"
        columns[column] = (text, identity, answers)
    return columns


# ------------------------------------------------------------------------------------------------- companions


def _write_companions(bundle: _Bundle, simulated, accounts: pd.DataFrame) -> None:
    accounts = pd.concat([accounts, simulated.other_accounts]).sort_values(
        ["platform", "account_id"]
    )
    days = {name: _write_days(accounts[name]) for name in ("in_use_from", "in_use_to")}
    _write_csv(accounts.assign(**days)[_ACCOUNT_COLUMNS], bundle.aside / "accounts.csv")
    organisations = simulated.organisations.assign(organisation_type="municipality")
    organisations = organisations.sort_values(["edition_year", "region", "code"])
    _write_csv(organisations[_ORGANISATION_COLUMNS], bundle.aside / "organisations.csv")
    changes = simulated.changes.sort_values(["effective_date", "old_code", "new_code"])
    changes = changes.assign(effective_date=_write_days(changes["effective_date"]))
    _write_csv(changes[_CHANGE_COLUMNS], bundle.aside / "changes.csv")
    text = yaml.dump({"files": bundle.entries}, Dumper=_Plainly, sort_keys=False)
    text = f"{_MARK}, to be made again by it and never edited.\n{text}"
    (bundle.aside / "sources.yaml").write_text(text, encoding="utf-8", newline="\n")


def _write_days(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column).dt.strftime("%Y-%m-%d").fillna("")
