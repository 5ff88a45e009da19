"""The simulated study comes in through the front door: what was put into its exports comes out of intake and metrics."""

import csv
import datetime as dt
import json
from dataclasses import replace

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from roeptoeter import __main__ as commands
from roeptoeter import simulate as simulate_module
from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.exports import measure_accounts
from roeptoeter.questionnaire_answers import match_answers
from roeptoeter.questions.account_level import read_account_level, tabulate_organisations
from roeptoeter.questions.survey_answers import read_survey
from roeptoeter.simulate import SimulatedStudy
from roeptoeter.simulate_exports import write_exports
from roeptoeter.sources import declaration
from roeptoeter.sources.accounts import read_accounts
from roeptoeter.sources.intake import read_exports
from roeptoeter.study import Simulation, Study, Window

WINDOWS = [
    Window(edition="2013 Q3", start=dt.date(2013, 7, 1), end=dt.date(2013, 9, 30)),
    Window(edition="2014 Q2", start=dt.date(2014, 4, 1), end=dt.date(2014, 6, 30)),
    Window(edition="2016 Q2", start=dt.date(2016, 4, 1), end=dt.date(2016, 6, 30)),
]
EDITIONS = {"2013 Q3": "2013-07-01", "2014 Q2": "2014-04-01", "2016 Q2": "2016-04-01"}


class Desk:
    """Writes messages by hand, one after the other; ids of X carry the clock."""

    def __init__(self):
        self.rows = []

    def add(
        self,
        edition,
        platform,
        account,
        after,
        kind="post",
        direction="sent",
        parent=None,
        **changes,
    ):
        """Add a message so many hours after the first day of the edition, in answer to another row or to an earlier time."""
        at = pd.Timestamp(EDITIONS[edition], tz="UTC") + pd.Timedelta(hours=after)
        number = len(self.rows) + 1
        row = {
            "edition": edition, "platform": platform, "account_id": account, "direction": direction, "kind": kind,
            "message_id": self.number(platform, at, number), "created_at": at, "parent_message_id": pd.NA,
            "parent_created_at": pd.NaT, "author_number": -1 if direction == "sent" else number, "followers": 1000,
            "reactions": 3, "comments": 2, "shares": 1,
        }  # fmt: skip
        if isinstance(parent, dict):
            row |= {
                "parent_message_id": parent["message_id"],
                "parent_created_at": parent["created_at"],
            }
        elif (
            parent is not None
        ):  # asked so many hours after the first day, by somebody whose message was not collected
            asked = pd.Timestamp(EDITIONS[edition], tz="UTC") + pd.Timedelta(hours=parent)
            row |= {
                "parent_message_id": self.number(platform, asked, 100_000 + number),
                "parent_created_at": asked,
            }
        if direction == "received":
            row |= dict.fromkeys(("followers", "reactions", "comments", "shares"), pd.NA)
        self.rows.append(row | changes)
        return self.rows[-1]

    @staticmethod
    def number(platform, at, number):
        milliseconds = int(at.timestamp() * 1000)
        return (
            (milliseconds - 1_288_834_974_657 << 22) + 977 * number
            if platform == "twitter"
            else 10**14 + 977 * number
        )

    def frame(self):
        counts = ["parent_message_id", "followers", "reactions", "comments", "shares"]
        table = pd.DataFrame(self.rows).astype(dict.fromkeys(counts, "Int64"))
        for name in ("created_at", "parent_created_at"):
            table[name] = pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]")
        return table


def make_messages():
    desk = Desk()
    for edition, account in (("2013 Q3", "9001"), ("2014 Q2", "9001"), ("2014 Q2", "9003")):
        # 130 posts: more than a page of the API holds; 10 before the window
        for number in range(130):
            desk.add(edition, "twitter", account, 13.5 * number - 130)
    # 2014: 9001 answers in 90 seconds, in 2 h 0 min 1 s and after a day; one question stays open, one answer is the second
    asked = [
        desk.add("2014 Q2", "twitter", "9001", 24 * day, "directed_mention", "received")
        for day in (3, 10, 20, 30)
    ]
    for question, seconds in zip(asked, (90, 7201, 86400), strict=False):
        after = (question["created_at"] - pd.Timestamp("2014-04-01", tz="UTC")).total_seconds()
        desk.add("2014 Q2", "twitter", "9001", (after + seconds) / 3600, "reply", parent=question)
    desk.add("2014 Q2", "twitter", "9001", 24 * 5, "reply", parent=asked[0])
    # a question that was not received (found elsewhere), a question that was deleted, a reply of a resident to a post
    desk.add("2014 Q2", "twitter", "9001", 24 * 40, "reply", parent=24 * 40 - 5, author_number=77)
    gone = desk.add("2014 Q2", "twitter", "9001", 24 * 41, "reply", parent=24 * 40)
    gone["parent_created_at"] = pd.NaT
    desk.add("2014 Q2", "twitter", "9001", 24 * 42, "reply", "received", parent=desk.rows[200])
    thread = desk.add("2014 Q2", "twitter", "9001", 24 * 43, followers=1100)
    desk.add("2014 Q2", "twitter", "9001", 24 * 43 + 1, "self_reply", parent=thread, followers=1100)
    for kind in ("directed_mention", "repost", "repost", "quote"):
        desk.add("2014 Q2", "twitter", "9001", 24 * 44 + len(desk.rows) / 100, kind)
    # silent in 2014: only an older message, and a question that nobody answers
    desk.add("2014 Q2", "twitter", "9002", -200)
    desk.add("2014 Q2", "twitter", "9002", 500, "directed_mention", "received")
    # Flanders on X and on Facebook: a page that answers, one that only sends, a silent one
    for number in range(12):
        desk.add("2016 Q2", "twitter", "9101", 48 * number + 1)
    page = [
        desk.add(
            "2016 Q2",
            "facebook",
            "8101",
            24 * number + 5.2531,
            followers=2000 + number,
            reactions=1200,
        )
        for number in range(20)
    ]
    for number in range(15):
        desk.add("2016 Q2", "facebook", "8102", 24 * number + 9.1, reactions=pd.NA)
    desk.add("2016 Q2", "facebook", "8103", -100)
    question = desk.add("2016 Q2", "facebook", "8101", 100, "directed_mention", "received")
    desk.add("2016 Q2", "facebook", "8101", 101.5, "reply", parent=question)
    comment = desk.add("2016 Q2", "facebook", "8101", 200, "reply", "received", parent=page[3])
    desk.add("2016 Q2", "facebook", "8101", 200.25, "reply", parent=comment)
    desk.add("2016 Q2", "facebook", "8101", 301, "self_reply", parent=page[4])
    desk.add("2016 Q2", "facebook", "8101", 302, "reply", parent=300)
    desk.add("2016 Q2", "facebook", "8101", 303, "repost")
    # after the last window, as an answer to a last question would be: the exports are made after it
    desk.add("2014 Q2", "twitter", "9003", 24 * 95)
    desk.add("2016 Q2", "facebook", "8102", 24 * 95)
    return desk.frame()


ACCOUNTS = [
    ("twitter", "9001", "gemeentebrugveen", "SIM-NL-001", None, None),
    ("twitter", "9002", "gemeenteduinwoude", "SIM-NL-002", None, dt.date(2013, 12, 31)),
    ("twitter", "9003", "gemeentelindrecht", "SIM-NL-003", dt.date(2014, 1, 1), None),
    ("twitter", "9004", "gemeentestil", "SIM-NL-004", None, None),
    ("twitter", "9101", "kerkbeke", "SIM-VL-001", None, None),
    ("facebook", "8101", "kerkbeke", "SIM-VL-001", None, None),
    ("facebook", "8102", "zandgem", "SIM-VL-002", None, None),
    ("facebook", "8103", "molenzele", "SIM-VL-003", None, None),
    ("facebook", "8004", "gemeentestil", "SIM-NL-004", dt.date(2015, 3, 1), None),
]  # fmt: skip


def make_study():
    names = ["platform", "account_id", "handle", "organisation", "in_use_from", "in_use_to"]
    places = [("NL", 1), ("NL", 2), ("NL", 4), ("VL", 1), ("VL", 2), ("VL", 3)]
    rows = [(year, region, number) for year in (2013, 2014, 2016) for region, number in places]
    # 002 was joined to 003, which is new, on 1 January 2014
    rows = [row for row in rows if row[0] == 2013 or row[1:] != ("NL", 2)] + [
        (2014, "NL", 3),
        (2016, "NL", 3),
    ]
    organisations = pd.DataFrame(
        [
            {
                "edition_year": year, "region": region, "code": f"SIM-{region}-{number:03}", "name": f"Plaats {number}",
                "province": "Utrecht", "population": 10_000 * number, "size_class": "below_20000", "latitude": 52.0,
                "longitude": 5.0, "register_code": f"GEHEIM-{number}",
            }
            for year, region, number in rows
        ]
    )  # fmt: skip
    changes = pd.DataFrame(
        {"effective_date": [pd.Timestamp("2014-01-01")], "change_type": ["merger"], "old_code": ["SIM-NL-002"],
         "new_code": ["SIM-NL-003"]}
    )  # fmt: skip
    seen = pd.Timestamp("2016-06-15 10:00:00", tz="UTC")
    snapshots = pd.DataFrame(
        [
            ("twitter", "9004", seen, 1288, 12, 345), ("facebook", "8004", seen, 2257, pd.NA, pd.NA),
            ("twitter", "9001", pd.Timestamp("2014-06-30 20:00:00", tz="UTC"), 1234, 5, 6),
            ("facebook", "8103", pd.Timestamp("2016-06-30 20:00:00", tz="UTC"), pd.NA, pd.NA, pd.NA),
        ],
        columns=["platform", "account_id", "observed_at", "followers", "following", "messages_total"],
    )  # fmt: skip
    snapshots["observed_at"] = snapshots["observed_at"].astype("datetime64[us, UTC]")
    at = pd.to_datetime(
        ["2014-09-02 08:00", "2014-09-03 09:30", "2016-09-04 10:00", "2016-09-05 10:00"], utc=True
    )
    survey = pd.DataFrame(
        {
            "wave": ["2014", "2014", "2016", "2016"], "region": ["NL", "NL", "VL", "VL"],
            "organisation": ["SIM-NL-003", "SIM-NL-001", "SIM-VL-002", "SIM-VL-003"], "submitted_at": at,
            "language": ["nl", "en", "nl", "nl"],
            "uses_facebook": [1, 0, pd.NA, pd.NA], "is_active": [pd.NA, pd.NA, 1, 0],
            "uses_snapchat": [pd.NA, pd.NA, 0, pd.NA],
            "goals[decisions]": [1, 0, pd.NA, pd.NA], "goals[crisis]": [0, 1, pd.NA, pd.NA],
            "barriers[time]": [pd.NA, pd.NA, 0, 1], "barriers[budget]": [pd.NA, pd.NA, 0, 1],
            "joins_outside": [1, 4, 2, pd.NA], "self_score": [4, 10, 7, 7],
            "remark": ["", "SIMULATED antwoord: meer tijd en een cursus.", "", "SIMULATED answer: no remarks."],
        }
    )  # fmt: skip
    items = [name for name in survey if survey[name].isna().any() or name in ("joins_outside", "self_score")]  # fmt: skip
    public_sector = pd.DataFrame(
        {
            "wave": "2019", "submitted_at": pd.to_datetime(["2019-03-05 10:00", "2019-03-06 11:00"], utc=True),
            "language": ["nl", "en"], "is_active": [1, 0], "channels[website]": [1, 0], "channels[facebook]": [1, 0],
            "upkeep_facebook": ["idle", "none"], "offers_email": [1, 1], "knowledge_of_staff": [2, 5],
            "needs": ["SIMULATED antwoord: wat geld.", ""],
        }
    )  # fmt: skip
    others = pd.DataFrame(
        [
            ("facebook", "8901", "zandgem_2", "SIM-VL-002", dt.date(2012, 5, 6), None, "theme", "Bibliotheek"),
            ("facebook", "8902", "zandgem_3", "SIM-VL-002", None, None, "person", ""),
            ("twitter", "9901", "kerkbeke_2", "SIM-VL-001", None, None, "campaign", ""),
        ],
        columns=[*names, "purpose", "owner"],
    )  # fmt: skip
    looks = pd.DataFrame(
        [
            (platform, account, pd.Timestamp(day, tz="UTC"), followers, total, pd.Timestamp(last, tz="UTC"))
            for platform, account, day, followers, total, last in (
                ("facebook", "8901", "2016-04-01 07:00", 100, 40, "2016-03-02 09:00"),
                ("facebook", "8901", "2016-06-30 21:59", 110, 45, "2016-06-29 11:30"),
                ("twitter", "9901", "2016-04-01 07:00", 20, 7, "2014-01-02 03:00"),
                ("twitter", "9901", "2016-06-30 21:59", 20, 7, "2014-01-02 03:00"),
            )
        ],
        columns=["platform", "account_id", "observed_at", "followers", "messages_total", "last_message_at"],
    )  # fmt: skip
    return SimulatedStudy(
        7,
        organisations,
        changes,
        pd.DataFrame(ACCOUNTS, columns=names),
        make_messages(),
        snapshots,
        survey.astype(dict.fromkeys(items, "Int64")),
        public_sector,
        others,
        looks,
    )


@pytest.fixture(scope="module")
def made():
    return make_study()


def move_root(patch, root):
    for module in (study_module, declaration):
        patch.setattr(module, "ROOT", root)


class Outcome:
    """A study that was written, read and measured in a root of its own."""

    def __init__(self, root, study, surveys, level):
        self.root, self.study = root, study
        self.surveys, self.level = surveys, level
        self.folder = root / "data/raw/exports" / study.name

    def table(self, name):
        return pq.read_table(
            self.root / f"data/processed/{self.study.name}/{name}.parquet"
        ).to_pandas()

    def metrics(self, edition, platform, account):
        table = self.table("account_metrics").set_index(["edition", "platform", "account_id"])
        return table.loc[(edition, platform, account)]


@pytest.fixture(scope="module")
def outcome(made, tmp_path_factory):
    root = tmp_path_factory.mktemp("simulated")
    study = Study(
        name="demo",
        title="A study",
        evidence="SIMULATED",
        simulation=Simulation(seed=7),
        windows=WINDOWS,
    )
    with pytest.MonkeyPatch.context() as patch:
        move_root(patch, root)
        write_exports(made, root / "data/raw/exports/demo")
        read_exports(study, progress=False)
        measure_accounts(study)
        match_answers(study)
        surveys = {
            name: read_survey(study, name) for name in ("local-governments", "public-sector")
        }
        return Outcome(root, study, surveys, read_account_level(study))


# ------------------------------------------------------------------------------------ what went in comes out


def test_every_message_is_read_once_and_none_is_left_out(made, outcome):
    log = outcome.table("file_log").set_index("file")
    assert log[["quarantined", "excluded"]].to_numpy().sum() == 0
    assert log["flags"].eq("").all()
    duplicates = log[log["duplicates"] > 0]
    # CrowdTangle's posts stand in the webcare tool's file too, and nothing else stands anywhere twice
    assert duplicates.index.tolist() == ["SIMULATED_facebook-2016-q2-crowdtangle.csv"]
    assert (duplicates["duplicates"] == duplicates["rows_in"]).all()
    assert set(outcome.table("duplicates")["reason"]) == {"DUPLICATE"}
    found, given = outcome.table("messages"), made.messages
    assert len(found) == len(given)
    keys = ["platform", "direction", "kind"]
    pd.testing.assert_series_equal(
        found.groupby(keys).size().sort_index(),
        given.groupby(keys).size().sort_index(),
        check_index_type=False,
    )


def test_times_parents_and_counts_are_those_that_went_in(made, outcome):
    found = outcome.table("messages")
    keys = [
        "platform",
        "direction",
        "kind",
        "created_at",
        "parent_created_at",
        "followers",
        "reactions",
        "comments",
        "shares",
    ]
    found = found.rename(columns={"author_followers": "followers"})
    given = made.messages.sort_values("created_at")
    given["followers"] = given.groupby(["platform", "edition", "account_id"])[
        "followers"
    ].transform("last")
    tables = []
    for table in (found, given):
        table = table[keys].copy()
        table["followers"] = table["followers"].where(table["direction"] == "sent")
        for name in ("created_at", "parent_created_at"):
            table[name] = table[name].dt.floor("s").astype("datetime64[us, UTC]")
        table = table.astype(dict.fromkeys(keys[5:], "float64") | dict.fromkeys(keys[:3], "str"))
        # of a repost the numbers are the original's, and no parent is told
        table.loc[table["kind"].eq("repost"), ["reactions", "comments", "shares"]] = float("nan")
        tables.append(table.sort_values(keys, ignore_index=True))
    pd.testing.assert_frame_equal(*tables)


def test_the_account_that_answers_is_measured_to_the_second(outcome):
    account = outcome.metrics("2014 Q2", "twitter", "9001")
    # 130 posts of which 10 came before the window, in local time; 6 replies, a thread of two, a mention, two reposts, a quote
    assert account["posts_sent"] == 120 + 1
    assert account["replies_sent"] == 6
    assert (
        account["self_replies_sent"]
        == account["directed_mentions_sent"]
        == account["quotes_sent"]
        == 1
    )
    assert account["reposts_sent"] == 2
    assert account["own_messages_sent"] == account["messages_sent"] - 2 == 130
    assert account["reply_share"] == pytest.approx(6 / 130)
    assert account["reply_share_with_own_threads"] == pytest.approx(7 / 130)
    assert account["response_replies"] == 6
    assert account["response_timed"] == account["response_parents_found"] == 5
    seconds = [90, 7201, 86400, 2 * 86400, 5 * 3600]
    assert account["mean_response_hours"] == pytest.approx(sum(seconds) / 5 / 3600)
    assert account["median_response_hours"] == 5
    assert account["replies_within_2_hours_share"] == 1 / 5
    assert account["received_messages"] == 5
    assert account["received_answered"] == 3
    assert account["received_followed_72_hours"] == 5
    assert account["received_answered_within_2_hours_share"] == 1 / 5
    assert account["organisation"] == "SIM-NL-001"


def test_followers_are_those_of_the_snapshot_and_of_the_collection(made, outcome):
    account = outcome.metrics("2014 Q2", "twitter", "9001")
    assert (account["followers"], account["followers_basis"]) == (1234, "profile")
    # the thread was sent when there were 1100, the last message when there were 1000, and so says the API of all of them
    assert account["potential_reach_messages"] == 121 + 1 + 1
    assert account["potential_reach"] == 123 * 1000
    assert account["potential_reach_basis"] == "at_collection"


def test_a_silent_account_has_sent_nothing_and_is_not_missing(outcome):
    for keys in (("2014 Q2", "twitter", "9002"), ("2016 Q2", "facebook", "8103")):
        account = outcome.metrics(*keys)
        assert (
            account[
                ["messages_sent", "own_messages_sent", "replies_sent", "reply_share_denominator"]
            ]
            .eq(0)
            .all()
        )
        assert pd.isna(account["reply_share"])
        assert not account["active_in_window"]
    asked = outcome.metrics("2014 Q2", "twitter", "9002")
    assert (asked["received_messages"], asked["received_answered"]) == (1, 0)
    # of an edition that no export of the account reaches into nothing is known
    assert pd.isna(outcome.metrics("2013 Q3", "twitter", "9002")["messages_sent"])


def test_on_facebook_replies_are_counted_on_every_page_and_posts_once(outcome):
    page = outcome.metrics("2016 Q2", "facebook", "8101")
    assert (
        page["posts_sent"],
        page["replies_sent"],
        page["self_replies_sent"],
        page["reposts_sent"],
    ) == (20, 3, 1, 1)
    assert page["reply_share"] == pytest.approx(3 / 24)
    assert page["mean_response_hours"] == pytest.approx((1.5 + 0.25 + 2) / 3)
    assert (page["received_messages"], page["received_answered"]) == (2, 2)
    assert page["reactions_per_message"] == pytest.approx((20 * 1200 + 4 * 3) / 24)
    # the number beside the last post, which CrowdTangle tells by the day
    assert page["followers"] == 2019
    sender = outcome.metrics("2016 Q2", "facebook", "8102")
    assert (sender["own_messages_sent"], sender["replies_sent"], sender["reply_share"]) == (
        15,
        0,
        0,
    )
    status = outcome.table("metric_status")
    status = status[
        status["edition"].eq("2016 Q2")
        & status["platform"].eq("facebook")
        & status["source_formats"].notna()
    ]
    lacking = set(status.loc[status["status"].eq("not computable"), "metric"])
    assert lacking == {"views_per_message", "reach_per_message"}


def test_an_account_without_messages_is_present_through_its_snapshot(outcome):
    for platform, account_id, followers in (("twitter", "9004", 1288), ("facebook", "8004", 2257)):
        account = outcome.metrics("2016 Q2", platform, account_id)
        assert account["followers"] == followers
        assert account["account_exists"]
        assert account["organisation"] == "SIM-NL-004"
        assert pd.isna(account["messages_sent"])
    seen = outcome.table("account_snapshots").set_index("account_id").loc["9004"]
    assert (seen["following"], seen["messages_total"], seen["followers_kind"]) == (
        12,
        345,
        "followers",
    )


def test_the_merger_and_the_days_of_use_stand_beside_the_exports(outcome):
    rows = list(csv.DictReader((outcome.folder / "changes.csv").open(encoding="utf-8")))
    assert rows == [
        {
            "effective_date": "2014-01-01",
            "change_type": "merger",
            "old_code": "SIM-NL-002",
            "new_code": "SIM-NL-003",
        }
    ]
    accounts = {(one.platform, one.account_id): one for one in read_accounts(outcome.folder)}
    assert len(accounts) == len(ACCOUNTS) + 3  # and the further ones
    assert accounts["twitter", "9002"].in_use_to == dt.date(2013, 12, 31)
    assert accounts["twitter", "9003"].in_use_from == dt.date(2014, 1, 1)
    organisations = list(
        csv.DictReader((outcome.folder / "organisations.csv").open(encoding="utf-8"))
    )
    assert list(organisations[0]) == [
        "edition_year", "region", "code", "name", "organisation_type", "province", "population", "latitude", "longitude",
    ]  # fmt: skip
    assert {row["organisation_type"] for row in organisations} == {"municipality"}


def test_the_answers_of_the_questionnaires_are_read_as_they_were_given(made, outcome):
    survey = outcome.surveys["local-governments"]
    assert survey.waves == ["2014", "2016"]
    numbers = {}
    for wave in survey.waves:
        table = survey.tabulate(wave).set_index("organisation")
        given = made.survey[made.survey["wave"] == wave].set_index("organisation").sort_index()
        numbers[wave] = table.sort_index()
        for column in given.columns[4:-1]:
            if column in table:
                there = numbers[wave][column].to_numpy(float, na_value=-1)
                assert there.tolist() == given[column].to_numpy(float, na_value=-1).tolist(), column
            else:
                assert given[column].isna().all(), column
    dutch, flemish = numbers["2014"], numbers["2016"]
    written = dutch.loc["SIM-NL-001", ["remark[time]", "remark[knowledge]", "remark[budget]"]]
    assert written.tolist() == [1, 1, 0]
    # a question that was not shown is not a no; an option that was shown and left is one
    shown = survey.tell_shown("2016").set_axis(survey.tabulate("2016")["organisation"])
    assert shown["uses_snapchat"].to_dict() == {"SIM-VL-002": True, "SIM-VL-003": False}
    assert flemish.loc["SIM-VL-002", ["barriers[time]", "barriers[budget]"]].tolist() == [0, 0]
    people = survey.respondents.set_index("organisation")
    # half past nine in UTC is half past eleven in Amsterdam, and again half past nine when read
    assert people.loc["SIM-NL-001", "submitted_at"] == pd.Timestamp("2014-09-03 09:30", tz="UTC")


def test_the_forms_of_the_public_sector_are_read_as_they_were_filled_in(outcome):
    survey = outcome.surveys["public-sector"]
    table = survey.tabulate("2019").sort_values("knowledge_of_staff", ignore_index=True)
    assert table["organisation"].isna().all()
    for column, answers in {
        "is_active": [1, 0], "channels[website]": [1, 0], "channels[facebook]": [1, 0],
        "upkeep_facebook": ["idle", "none"], "offers_email": [1, 1], "knowledge_of_staff": [2, 5],
    }.items():  # fmt: skip
        assert table[column].tolist() == answers, column
    assert table["needs[budget]"].tolist()[0] == 1
    assert survey.tell_shown("2019")["channels[website]"].all()
    times = survey.respondents["submitted_at"].sort_values().tolist()
    assert times == pd.to_datetime(["2019-03-05 10:00", "2019-03-06 11:00"], utc=True).tolist()


def test_the_other_accounts_are_listed_with_purpose_and_owner_and_looked_at_twice(outcome):
    listed = {one.account_id: one for one in read_accounts(outcome.folder)}
    assert (listed["8901"].purpose, listed["8901"].owner) == ("theme", "Bibliotheek")
    assert (listed["9901"].purpose, listed["9901"].owner) == ("campaign", None)
    assert (listed["8101"].purpose, listed["8101"].owner) == ("corporate", None)
    looks = outcome.table("account_snapshots").set_index("account_id")
    looks = looks[looks["source_file"].str.contains("inventory")].sort_values("observed_at")
    assert looks.loc["8901", "messages_total"].tolist() == [40, 45]
    assert looks.loc["8901", "last_message_at"].max() == pd.Timestamp("2016-06-29 11:30", tz="UTC")
    assert looks.loc["9901", "messages_total"].tolist() == [7, 7]
    assert set(looks["organisation"]) == {"SIM-VL-001", "SIM-VL-002"}
    # and of the corporate accounts nothing changes
    frame = tabulate_organisations(
        outcome.level, edition="2016 Q2", platform="facebook", region="VL"
    )
    assert frame.set_index("organisation").loc["SIM-VL-002", ["accounts", "followers"]].tolist() == [1, 1000]  # fmt: skip


# ------------------------------------------------------------------------------------------- the files themselves


def test_the_files_have_the_shape_of_the_tools(outcome):
    pages = [
        json.loads(line)
        for line in (outcome.folder / "SIMULATED_x-2014-q2.jsonl").read_text().splitlines()
    ]
    assert max(len(page["data"]) for page in pages) == 100
    for page in pages:
        assert len({message["author_id"] for message in page["data"]}) == 1
        ids = [int(message["id"]) for message in page["data"]]
        assert ids == sorted(ids, reverse=True)
        assert page["meta"]["result_count"] == len(ids)
        users = {user["id"] for user in page["includes"]["users"]}
        wanted = {message.get("in_reply_to_user_id") for message in page["data"]} - {None}
        assert wanted | {page["data"][0]["author_id"]} == users
    crowdtangle = list(
        csv.DictReader(
            (outcome.folder / "SIMULATED_facebook-2016-q2-crowdtangle.csv").open(encoding="utf-8")
        )
    )
    assert crowdtangle[0]["Post Created"] == "2016-04-01 01:15:11 EDT"
    assert crowdtangle[0]["Total Interactions"] == "1,203"


def test_every_text_and_every_name_of_an_export_says_simulated(outcome):
    names = {path.name for path in outcome.folder.iterdir()}
    exports = {name for name in names if name.startswith("SIMULATED_")}
    assert names - exports == {"sources.yaml", "accounts.csv", "organisations.csv", "changes.csv"}
    declared = yaml.safe_load((outcome.folder / "sources.yaml").read_text(encoding="utf-8"))[
        "files"
    ]
    assert set(declared) == exports
    assert len(exports) == 13
    for path in outcome.folder.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            page = json.loads(line)
            texts = [
                message["text"] for message in page["data"] + page["includes"].get("tweets", [])
            ]
            assert all(text.startswith("SIMULATED ") for text in texts)
            assert all(user["name"].startswith("SIMULATED ") for user in page["includes"]["users"])
    for name, column in (("crowdtangle", "Message"), ("webcare", "Bericht")):
        table = pd.read_csv(outcome.folder / f"SIMULATED_facebook-2016-q2-{name}.csv")
        assert table[column].str.startswith("SIMULATED ").all()
    everything = b"".join(path.read_bytes() for path in outcome.folder.iterdir())
    assert b"GEHEIM" not in everything  # the code of the register behind a pseudonym


def test_the_same_study_gives_the_same_bytes_and_nothing_of_an_earlier_one_stays(made, tmp_path):
    first = write_exports(made, tmp_path / "a")
    shuffled = replace(
        made, messages=made.messages.sample(frac=1, random_state=3), accounts=made.accounts[::-1]
    )
    second = write_exports(shuffled, tmp_path / "b")
    assert [path.name for path in first] == [path.name for path in second]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    smaller = replace(made, messages=made.messages[made.messages["platform"] == "twitter"])
    third = write_exports(smaller, tmp_path / "a")
    assert {path.name for path in third} == {path.name for path in (tmp_path / "a").iterdir()}
    assert {path.name for path in first} - {path.name for path in third} == {
        "SIMULATED_facebook-2016-q2-crowdtangle.csv", "SIMULATED_facebook-2016-q2-webcare.csv",
    }  # fmt: skip


def test_a_run_that_breaks_off_leaves_everything_as_it_was(made, tmp_path):
    folder = tmp_path / "a"
    before = {path: path.read_bytes() for path in write_exports(made, folder)}
    accounts = made.accounts[made.accounts["account_id"] != "9101"]
    with pytest.raises(AssertionError, match="9101"):
        write_exports(replace(made, accounts=accounts, snapshots=made.snapshots[:1]), folder)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_what_a_person_put_there_is_never_overwritten(made, tmp_path):
    (tmp_path / "sources.yaml").write_text("files: {}\n")
    with pytest.raises(InputError, match="was not written by `roeptoeter simulate`"):
        write_exports(made, tmp_path)
    (tmp_path / "sources.yaml").unlink()
    (tmp_path / "tweets.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match=r"tweets.jsonl is not simulated; .* move the file away"):
        write_exports(made, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tweets.jsonl"]


# ---------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def studies(tmp_path, monkeypatch):
    move_root(monkeypatch, tmp_path)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/made.yaml").write_text(
        "title: A study\nevidence: SIMULATED\nsimulation:\n  seed: 7\n"
    )
    (tmp_path / "studies/mine.yaml").write_text("title: A study\nevidence: measured\n")
    return tmp_path


def test_the_command_writes_the_exports_of_the_seed_and_says_so_in_a_line(
    made, studies, monkeypatch, capsys
):
    seeds = []
    monkeypatch.setattr(
        simulate_module, "simulate_study", lambda registers, seed: seeds.append(seed) or made
    )
    assert commands.run_in_this_process(["simulate", "--study", "made"]) == 0
    assert seeds == [7]
    (line,) = capsys.readouterr().out.splitlines()
    number = f"{len(made.messages)} SIMULATED messages of 9 accounts, from the seed 7"
    assert line == f"{number}, are in 17 files in data/raw/exports/made/"
    assert len(list((studies / "data/raw/exports/made").iterdir())) == 17


def test_a_study_without_a_seed_is_not_simulated(studies, capsys):
    assert commands.run_in_this_process(["simulate", "--study", "mine"]) == 1
    assert "studies/mine.yaml has no key `simulation`" in capsys.readouterr().err
    assert not (studies / "data").exists()
