"""Account metrics against hand-computed corpora: every number below was counted on paper."""

import datetime as dt
from dataclasses import fields
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from roeptoeter.engines import open_engine
from roeptoeter.errors import InputError
from roeptoeter.messages import ACCOUNT_SNAPSHOTS, KINDS, MESSAGES
from roeptoeter.metrics import (
    METRIC_STATUS,
    RESPONSES,
    MetricSettings,
    account_metrics_schema,
    compute_account_metrics,
    compute_responses,
    explain_lack,
    list_metrics,
)
from roeptoeter.sources.staging import Capabilities

EVERYTHING = {part.name: "yes" for part in fields(Capabilities) if part.name != "reasons"}
FULL = Capabilities(**EVERYTHING)
#: Like CrowdTangle: posts with followers, and nothing of replies.
POSTS = Capabilities(
    **EVERYTHING | {"replies": "no", "self_replies": "no", "parents": "no", "reach": "no"},
    reasons={
        "replies": "CrowdTangle does not mark replies",
        "self_replies": "CrowdTangle does not mark replies",
    },
)
#: Replies are marked, but not to whom; no parents, no followers, no reposts.
WEAK = Capabilities(
    **EVERYTHING | {
        "replies": "conditional", "self_replies": "no", "parents": "no", "reposts": "no", "followers": "no",
        "interactions": "no",
    },
    reasons={"replies": "only where the text begins with @"},
)  # fmt: skip
CAPABILITIES = {"full": FULL, "posts": POSTS, "weak": WEAK, "x-archive": FULL}

#: Four whole weeks, 1 to 28 April 2014.
APRIL = {"edition": "2014", "start": dt.date(2014, 4, 1), "end": dt.date(2014, 4, 28)}
KEYS = ["edition", "platform", "account_id"]
NO_MAP = pd.DataFrame({"platform": [], "account_id": [], "organisation": []}, dtype="str")


def at(text: str) -> dt.datetime:
    """Read "04-01 10:00" as UTC in 2014."""
    return dt.datetime.strptime(f"2014-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=dt.UTC)


#: Two months, of which the first is APRIL.
SPRING = {"edition": "spring", "start": dt.date(2014, 4, 1), "end": dt.date(2014, 5, 31)}
MAP = pd.DataFrame(
    {
        "platform": ["twitter"] * 4,
        "account_id": ["mapped", "renamed", "renamed", None],  # the last one by its handle only
        "organisation": ["M", "GM0363", "GM0363", "GM0344"],
    }
)
OTHER = MetricSettings(
    dormant_after_days=30, maturity_days=8, answered_within_hours=(1,), time_zone="UTC"
)


class Corpus:
    """Messages and snapshots, written down one by one; accounts and files of different scenes never meet."""

    def __init__(self):
        self.messages = []
        self.snapshots = []
        self.scene = ""

    def message(self, account, kind, when, file="a", **more):
        row = {
            "platform": "twitter", "message_id": f"m{len(self.messages)}", "account_id": account,
            "organisation": account.upper(), "direction": "sent", "kind": kind, "created_at": at(when),
            "created_at_precision": "second", "created_at_source": "explicit", "visibility": "public",
            "quality_flags": [], "source_file": f"{self.scene}/{file}", "source_row": len(self.messages) + 1,
            "source_format": "full",
        }  # fmt: skip
        self.messages.append(row | more)

    def reply(self, account, asked, answered, **more):
        number = len(self.messages)
        parent = {
            "parent_created_at": at(asked), "parent_account_id": "citizen", "in_reply_to_account_id": "citizen",
            "in_reply_to_message_id": f"q{number}",
        }  # fmt: skip
        self.message(account, "reply", answered, **parent | more)

    def snapshot(self, account, when, followers, **more):
        row = {
            "platform": "twitter", "account_id": account, "organisation": account.upper(), "observed_at": at(when),
            "observed_precision": "day", "followers": followers, "followers_kind": "followers", "basis": "profile",
            "source_file": "s.csv", "source_row": len(self.snapshots) + 1,
        }  # fmt: skip
        self.snapshots.append(row | more)

    def write(self, folder):
        """Write both tables as Parquet and return their paths."""
        paths = folder / "messages.parquet", folder / "account_snapshots.parquet"
        pq.write_table(pa.Table.from_pylist(self.messages, MESSAGES), paths[0])
        pq.write_table(pa.Table.from_pylist(self.snapshots, ACCOUNT_SNAPSHOTS), paths[1])
        return paths


SCENES = []


def scene(build):
    """Register a function that writes a scene into the corpus; all are computed together, once."""
    SCENES.append(build)
    return build


def build_corpus():
    corpus = Corpus()
    for build in SCENES:
        corpus.scene = build.__name__
        build(corpus)
    return corpus


@pytest.fixture(scope="module")
def engine():
    engine = open_engine()
    yield engine
    engine.disconnect()


@pytest.fixture(scope="module")
def compute(engine, tmp_path_factory):
    """Return a function: corpus in, metrics of its accounts and the status of each metric out."""

    def run(corpus, windows=(APRIL, SPRING), accounts=NO_MAP, settings=None):
        paths = corpus.write(tmp_path_factory.mktemp("corpus"))
        metrics, status = compute_account_metrics(
            engine, *paths, accounts, windows, CAPABILITIES, settings
        )
        assert list(metrics.columns) == account_metrics_schema(settings).names
        assert list(status.columns) == METRIC_STATUS.names
        assert len(status) == len(metrics) * len(list_metrics(settings))
        # the two tables never contradict each other
        names = list(list_metrics(settings))
        long = metrics.melt(KEYS, names, "metric", "number").merge(
            status, on=[*KEYS, "metric"], validate="1:1"
        )
        assert (long["number"].notna() == (long["status"] == "computed")).all()
        assert long.loc[long["status"] != "computed", "reason"].notna().all()
        return metrics, status

    return run


def take_edition(tables, edition):
    metrics, status = (table[table["edition"] == edition] for table in tables)
    return metrics.set_index("account_id"), status.set_index(["account_id", "metric"])


@pytest.fixture(scope="module")
def both_editions(compute):
    return compute(build_corpus(), accounts=MAP)


@pytest.fixture(scope="module")
def april(both_editions):
    return take_edition(both_editions, "2014")


@pytest.fixture(scope="module")
def otherwise(compute):
    """The same corpus under other settings."""
    return take_edition(compute(build_corpus(), accounts=MAP, settings=OTHER), "2014")


@scene
def every_kind(corpus):
    kinds = (
        ["post"] * 4
        + ["reply"] * 2
        + ["self_reply", "directed_mention", "quote", "reply_unknown_target"]
    )
    for kind in kinds + ["repost"] * 5:
        corpus.message("all_kinds", kind, "04-02 10:00")


def test_reply_share_has_three_definitions_and_reposts_are_in_no_denominator(april):
    row = april[0].loc["all_kinds"]
    assert row["messages_sent"] == 15
    assert row["own_messages_sent"] == 10
    assert row[
        ["posts_sent", "replies_sent", "self_replies_sent", "directed_mentions_sent"]
    ].tolist() == [4, 2, 1, 1]
    assert row[["quotes_sent", "replies_unknown_target_sent", "reposts_sent"]].tolist() == [1, 1, 5]
    assert (row["reply_share_numerator"], row["reply_share_denominator"]) == (2, 10)
    assert (row["reply_share_low"], row["reply_share"], row["reply_share_high"]) == (0.2, 0.2, 0.3)
    assert (row["reply_share_with_own_threads"], row["reply_share_with_own_threads_numerator"]) == (
        0.4,
        4,
    )
    assert (row["reply_share_with_mentions"], row["reply_share_with_mentions_numerator"]) == (
        0.5,
        5,
    )
    assert (
        row["reply_share_with_mentions_denominator"]
        == row["reply_share_with_own_threads_denominator"]
        == 10
    )


def test_definitions_nest_and_bounds_enclose_for_every_account(both_editions):
    metrics = both_editions[0].dropna(subset="reply_share")
    assert len(metrics) > 10
    assert (metrics["reply_share"] <= metrics["reply_share_with_own_threads"]).all()
    assert (metrics["reply_share_with_own_threads"] <= metrics["reply_share_with_mentions"]).all()
    assert (metrics["reply_share_with_mentions"] <= 1).all()
    assert (
        metrics["reply_share"]
        .between(metrics["reply_share_low"], metrics["reply_share_high"])
        .all()
    )
    assert (metrics["reply_share_high"] <= metrics["reply_share_with_own_threads"]).all()
    assert (metrics["reply_share_denominator"] <= metrics["own_messages_sent"]).all()


def test_counts_add_up_for_every_account(both_editions):
    metrics = both_editions[0]
    kinds = [
        "posts",
        "quotes",
        "replies",
        "self_replies",
        "replies_unknown_target",
        "directed_mentions",
    ]
    whole = metrics.dropna(subset=["replies_sent", "reposts_sent"])
    whole = whole[whole["reply_share_denominator"] == whole["own_messages_sent"]]
    assert len(whole) > 10
    assert (
        whole[[f"{kind}_sent" for kind in kinds]].sum(axis=1) == whole["own_messages_sent"]
    ).all()
    assert (whole["own_messages_sent"] + whole["reposts_sent"] == whole["messages_sent"]).all()
    found = metrics[["response_timed", "response_negative", "response_unsure_clock"]].sum(axis=1)
    assert (found == metrics["response_parents_found"].fillna(0)).all()


@scene
def posts_only(corpus):
    corpus.message(
        "posts_only",
        "post",
        "04-02 10:00",
        source_format="posts",
        followers_basis="at_posting",
        author_followers=9,
    )
    corpus.message("posts_only", "post", "04-28 10:00", source_format="posts")


def test_a_format_without_replies_makes_reply_share_not_computable_instead_of_zero(april):
    metrics, status = april
    row, status = metrics.loc["posts_only"], status.loc["posts_only"]
    assert row["messages_sent"] == 2
    for name in ("reply_share", "reply_share_with_own_threads", "reply_share_with_mentions"):
        assert pd.isna(row[[name, f"{name}_numerator", f"{name}_denominator"]]).all()
        assert status.loc[name, "status"] == "not computable"
        assert status.loc[name, "reason"] == "CrowdTangle does not mark replies"
    assert pd.isna(row["replies_sent"])
    assert status.loc["median_response_hours", "reason"] == "CrowdTangle does not mark replies"
    assert status.loc["views_per_message", "reason"] == "the format does not give views or reach"
    # computed, but what is called a post may be a reply
    assert row["potential_reach_per_message"] == 9
    assert status.loc["potential_reach_per_message", "status"] == "computed"
    assert (
        status.loc["potential_reach_per_message", "reason"] == "CrowdTangle does not mark replies"
    )


@scene
def no_replies(corpus):
    corpus.message("talks_only", "post", "04-02 10:00")


def test_no_replies_in_a_format_that_marks_them_is_zero(april):
    metrics, status = april
    zeros = ["reply_share", "reply_share_high", "replies_sent", "reposts_sent", "response_replies"]
    assert metrics.loc["talks_only", zeros].tolist() == [0] * 5
    assert status.loc[("talks_only", "reply_share"), "status"] == "computed"
    assert pd.isna(metrics.loc["talks_only", "response_coverage"])
    assert status.loc[("talks_only", "response_coverage"), "status"] == "no data"


@scene
def several_formats(corpus):
    for _ in range(3):
        corpus.message("two_formats", "post", "04-02 10:00", file="ct.csv", source_format="posts")
    corpus.message("two_formats", "post", "04-03 10:00")
    corpus.message("two_formats", "reply", "04-03 10:00")


def test_several_formats_of_one_account_are_computed_on_the_part_that_carries_the_metric(april):
    metrics, status = april
    row, told = metrics.loc["two_formats"], status.loc[("two_formats", "reply_share")]
    assert row["messages_sent"] == 5
    assert (row["reply_share"], row["reply_share_denominator"]) == (0.5, 2)
    assert told["status"] == "computed"
    assert told["reason"] == "only from full; CrowdTangle does not mark replies"
    assert told["source_formats"] == "full, posts"


@scene
def inseparable(corpus):
    corpus.message("weak", "post", "04-02 10:00", source_format="weak")
    corpus.message("weak", "reply", "04-02 10:00", source_format="weak")
    corpus.message("half_weak", "reply", "04-02 10:00", file="w.csv", source_format="weak")
    for kind in ("reply", "post", "post"):
        corpus.message("half_weak", kind, "04-02 10:00")


def test_where_own_threads_cannot_be_told_apart_only_replies_of_any_kind_have_a_share(april):
    metrics, status = april
    assert pd.isna(metrics.loc["weak", "reply_share"])
    assert status.loc[("weak", "reply_share"), "status"] == "not computable"
    assert metrics.loc["weak", "reply_share_with_own_threads"] == 0.5
    reason = status.loc[("weak", "reply_share_with_own_threads"), "reason"]
    assert reason == "only where the text begins with @; the format does not mark reposts"
    # beside a format that can, they widen the bounds
    shares = metrics.loc["half_weak", ["reply_share_low", "reply_share", "reply_share_high"]]
    assert shares.tolist() == [0.25, 0.25, 0.5]


@scene
def responses(corpus):
    corpus.reply("answers", "04-02 10:00", "04-02 11:00")
    corpus.reply("answers", "04-02 10:00", "04-02 13:00")
    corpus.reply("answers", "04-02 10:00", "04-04 10:00")
    corpus.reply("answers", "04-02 10:00", "04-02 10:00", parent_created_at=None)  # not found
    corpus.reply("answers", "04-05 10:00", "04-05 09:00")  # answered before it was asked
    corpus.reply("answers", "04-02 10:00", "04-03 00:00", created_at_precision="day")
    corpus.reply("answers", "04-02 10:00", "04-02 11:00", quality_flags=["TIMESTAMP_AMBIGUOUS"])
    corpus.reply(
        "answers", "04-02 10:00", "04-02 11:00", parent_account_id="answers"
    )  # to oneself after all
    own = {"parent_created_at": at("04-03 09:00"), "parent_account_id": "answers"}
    corpus.message("answers", "self_reply", "04-03 10:00", **own)


def test_response_times_are_those_of_replies_to_others_with_a_sure_clock(april):
    row = april[0].loc["answers"]
    assert (row["response_replies"], row["response_parents_found"]) == (7, 6)
    assert row["response_coverage"] == pytest.approx(6 / 7)
    assert row[["response_timed", "response_negative", "response_unsure_clock"]].tolist() == [
        3,
        1,
        2,
    ]
    assert row["median_response_hours"] == 3
    assert row["mean_response_hours"] == pytest.approx((1 + 3 + 48) / 3)
    assert row["percentile_90_response_hours"] == 48
    shares = row[[f"replies_within_{hours}_hours_share" for hours in (2, 24, 72)]]
    assert shares.tolist() == pytest.approx([1 / 3, 2 / 3, 1])


def test_the_thresholds_of_answering_in_time_are_a_setting(otherwise):
    assert otherwise[0].loc["answers", "replies_within_1_hours_share"] == pytest.approx(1 / 3)
    assert "replies_within_2_hours_share" not in otherwise[0]


@scene
def unsure_parent(corpus):
    corpus.message(
        "citizen",
        "post",
        "04-02 00:00",
        direction="received",
        created_at_precision="day",
        message_id="by_day",
    )
    corpus.reply("day_parent", "04-02 00:00", "04-02 15:00", in_reply_to_message_id="by_day")


def test_a_parent_whose_own_clock_is_unsure_times_no_response(april):
    row = april[0].loc["day_parent"]
    assert (row["response_parents_found"], row["response_unsure_clock"]) == (1, 1)
    assert pd.isna(row["median_response_hours"])


@scene
def ten_responses(corpus):
    for minute in range(1, 11):
        corpus.reply("ten_answers", "04-02 10:00", f"04-02 10:{minute:02}")


def test_the_median_lies_between_two_times_and_nine_in_ten_is_an_observed_one(april):
    row = april[0].loc["ten_answers"]
    assert row["median_response_hours"] == 5.5 * 60 / 3600
    assert row["percentile_90_response_hours"] == 9 * 60 / 3600


@scene
def parents_elsewhere(corpus):
    corpus.reply("lent_parent", "04-02 10:00", "04-02 11:00", source_format="weak")
    corpus.reply(
        "no_parent", "04-02 10:00", "04-02 11:00", source_format="weak", parent_created_at=None
    )


def test_a_parent_found_in_another_file_makes_up_for_a_format_without_parents(april):
    metrics, status = april
    assert metrics.loc["lent_parent", "median_response_hours"] == 1
    assert status.loc[("no_parent", "response_coverage"), "status"] == "not computable"
    reason = status.loc[("no_parent", "median_response_hours"), "reason"]
    assert reason == "the format does not give the time of the message replied to"


@scene
def questions(corpus):
    received = {"direction": "received", "organisation": "ASKED"}
    to_account = received | {"in_reply_to_account_id": "asked"}
    corpus.message("c1", "post", "04-02 10:00", message_id="q1", **to_account)
    corpus.message("c2", "post", "04-02 10:00", message_id="q2", **to_account)
    corpus.message("c3", "post", "04-20 10:00", message_id="q3", **to_account)
    corpus.message("c4", "post", "04-20 10:00", message_id="q4", **received)
    corpus.message(
        "c5", "post", "04-20 10:00", message_id="q5", in_reply_to_account_id="stranger", **received
    )
    corpus.message("c6", "repost", "04-20 10:00", message_id="q6", **to_account)
    corpus.reply("asked", "04-02 10:00", "04-02 11:30", in_reply_to_message_id="q1")
    corpus.reply(
        "asked", "04-02 10:00", "04-02 11:50", in_reply_to_message_id="q1"
    )  # again: changes nothing
    corpus.reply(
        "asked", "04-20 10:00", "04-21 09:00", in_reply_to_message_id="q3"
    )  # nothing later is known


def test_unanswered_messages_count_and_those_followed_too_short_say_nothing(april):
    metrics, status = april
    row = metrics.loc["asked"]
    assert row[["received_messages", "received_answered", "received_unanswered"]].tolist() == [
        4,
        2,
        2,
    ]
    assert row["received_answered_share"] == 0.5
    assert row[[f"received_followed_{hours}_hours" for hours in (2, 24, 72)]].tolist() == [4, 2, 2]
    assert row["received_answered_within_2_hours_share"] == 0.25
    assert row["received_answered_within_24_hours_share"] == 0.5
    assert "c1" not in metrics.index  # who asks is no account of the study
    assert status.loc[("asked", "received_answered_share"), "status"] == "computed"


@pytest.fixture(scope="module")
def response_rows(engine, tmp_path_factory):
    messages, _ = build_corpus().write(tmp_path_factory.mktemp("responses"))
    table = compute_responses(engine, messages, MAP, (APRIL,), CAPABILITIES)
    assert table.columns.tolist() == RESPONSES.names
    return table


def test_every_message_to_an_account_is_a_row_with_its_first_answer(response_rows):
    asked = response_rows[response_rows["account_id"] == "asked"]
    assert asked["basis"].eq("received message").all()  # each answer belongs to one of them
    assert asked["received_at"].tolist() == [at("04-02 10:00")] * 2 + [at("04-20 10:00")] * 2
    answered = asked["answered_at"].dropna().tolist()
    assert answered == [at("04-02 11:30"), at("04-21 09:00")]
    assert asked["followed_to"].eq(at("04-21 09:00")).all()
    assert asked["organisation"].eq("ASKED").all()
    assert asked["sure_clock"].all()


def test_responses_and_metrics_count_the_same(response_rows, april):
    metrics, _ = april
    received = response_rows[response_rows["basis"] == "received message"].groupby("account_id")
    counted = metrics["received_messages"].dropna()
    assert received.size().to_dict() == counted.to_dict()
    assert (
        received["answered_at"].count().to_dict() == metrics["received_answered"].dropna().to_dict()
    )


def test_an_answer_to_an_unseen_message_is_a_row_of_its_own(response_rows, april):
    metrics, _ = april
    alone = response_rows[response_rows["basis"] == "reply only"]
    hours = (alone["answered_at"] - alone["received_at"]) / pd.Timedelta(hours=1)
    assert (hours >= 0).all()
    lent = hours[alone["account_id"] == "lent_parent"]
    assert lent.tolist() == [metrics.loc["lent_parent", "median_response_hours"]]
    assert "self" not in set(alone["account_id"])


def test_an_account_exists_only_while_it_was_in_use(compute):
    days = pd.DataFrame(
        {
            "platform": "twitter", "account_id": ["before", "ends", "begins", "after", "always"],
            "organisation": list("ABCDE"),
            "in_use_from": [None, None, dt.date(2014, 4, 28), dt.date(2014, 4, 29), None],
            "in_use_to": [dt.date(2014, 3, 31), dt.date(2014, 4, 1), None, None, None],
        }
    )  # fmt: skip
    metrics, status = take_edition(compute(Corpus(), (APRIL,), days), APRIL["edition"])
    exists = metrics["account_exists"].fillna(False)
    assert exists.to_dict() == {
        "before": False, "ends": True, "begins": True, "after": False, "always": True,
    }  # fmt: skip
    assert "not in use" in status.loc[("after", "account_exists"), "reason"]


def test_without_received_messages_there_is_no_share_answered(april):
    metrics, status = april
    columns = ["received_messages", "received_unanswered", "received_answered_share"]
    assert pd.isna(metrics.loc["talks_only", columns]).all()
    assert status.loc[("talks_only", "received_answered_share"), "status"] == "no data"


@scene
def reach(corpus):
    followed = {"followers_basis": "at_collection"}
    corpus.message("followed", "post", "04-02 10:00", author_followers=100, **followed)
    corpus.message("followed", "self_reply", "04-02 10:00", author_followers=300, **followed)
    corpus.message("followed", "reply", "04-02 10:00", author_followers=500, **followed)
    corpus.message("followed", "directed_mention", "04-02 10:00", author_followers=700, **followed)
    corpus.message(
        "followed",
        "reply_unknown_target",
        "04-02 10:00",
        author_followers=900,
        followers_basis="at_posting",
    )
    corpus.message("followed", "repost", "04-02 10:00", author_followers=10_000, **followed)
    corpus.message(
        "followed", "post", "04-02 10:00"
    )  # followers unknown: in neither sum nor number
    corpus.message(
        "followed_weakly", "post", "04-02 10:00", source_format="weak", author_followers=5
    )


def test_potential_reach_leaves_replies_and_mentions_out_or_takes_them_in(april):
    metrics, status = april
    row = metrics.loc["followed"]
    assert (row["potential_reach"], row["potential_reach_messages"]) == (400, 2)
    assert row["potential_reach_per_message"] == 200
    assert row["potential_reach_basis"] == "at_collection"
    assert (row["potential_reach_with_replies"], row["potential_reach_messages_with_replies"]) == (
        2500,
        5,
    )
    assert row["potential_reach_per_message_with_replies"] == 500
    assert row["potential_reach_basis_with_replies"] == "mixed"
    assert pd.isna(
        metrics.loc["followed_weakly", ["potential_reach", "potential_reach_messages"]]
    ).all()
    assert (
        status.loc[("followed_weakly", "potential_reach_per_message"), "status"] == "not computable"
    )


@scene
def snapshots(corpus):
    corpus.snapshot("snapped", "03-30 10:00", 90)
    corpus.snapshot("snapped", "04-10 10:00", 100)
    corpus.snapshot("snapped", "04-20 10:00", 120, basis="message_row")
    corpus.snapshot("snapped", "04-20 10:00", 110)
    corpus.snapshot("snapped", "04-21 10:00", None)
    corpus.snapshot("snapped", "06-02 10:00", 130)
    corpus.snapshot("snapped_late", "06-02 10:00", 50)


def test_followers_are_those_of_the_last_snapshot_in_the_window(april):
    metrics, status = april
    row = metrics.loc["snapped"]
    assert (row["followers"], row["followers_kind"], row["followers_basis"]) == (
        110,
        "followers",
        "profile",
    )
    assert row["followers_observed_at"] == pd.Timestamp("2014-04-20 10:00", tz="UTC")
    assert row["account_exists"]
    assert pd.isna(row["messages_sent"])
    assert pd.isna(metrics.loc["snapped_late", "followers"])
    assert pd.isna(
        metrics.loc["snapped_late", "account_exists"]
    )  # that it was there in June says nothing of April
    assert (
        status.loc[("snapped_late", "account_exists"), "reason"]
        == "first seen after the window, or not in use in it"
    )


@scene
def rates(corpus):
    for _ in range(6):
        corpus.message("early", "post", "04-02 10:00")
    corpus.message("early", "repost", "04-02 10:00")
    corpus.message("late", "post", "04-28 10:00")  # so that the file reaches to the end


def test_weeks_without_messages_count(april):
    metrics, status = april
    assert metrics.loc["early", ["window_weeks", "messages_per_week"]].tolist() == [4, 1.5]
    assert pd.isna(status.loc[("early", "messages_per_week"), "reason"])


@scene
def short_export(corpus):
    corpus.message("short", "post", "04-12 10:00")


def test_an_export_that_begins_or_ends_inside_the_window_is_told(april):
    told = april[1].loc[("short", "messages_per_week"), "reason"]
    assert told == "the exports begin on 2014-04-12 and end on 2014-04-12, inside the window"


@scene
def silence(corpus):
    corpus.message("silent", "post", "01-01 10:00")
    corpus.message(
        "speaking", "post", "04-20 10:00"
    )  # in the same file, which so reaches into April
    corpus.message("elsewhere", "post", "01-01 10:00", file="b")
    read = {"file": "c", "metrics_at": at("06-01 10:00")}
    corpus.message("archived", "post", "01-01 10:00", source_format="x-archive", **read)
    corpus.message("collected", "post", "01-01 10:00", **read | {"file": "d"})


def test_silence_is_zero_only_where_an_export_reaches_into_the_window(april):
    metrics, status = april
    for account in ("silent", "archived"):
        assert (
            metrics.loc[account, "messages_sent"] == metrics.loc[account, "messages_per_week"] == 0
        )
        assert not metrics.loc[account, "active_in_window"]
        assert metrics.loc[account, "dormant"]
        assert pd.isna(metrics.loc[account, "reply_share"])
        assert status.loc[(account, "reply_share"), "status"] == "no data"
        assert "no message" in status.loc[(account, "reply_share"), "reason"]
    # a collection read in June may have been one of January only
    for account in ("elsewhere", "collected", "mapped"):
        unknown = [
            "messages_sent",
            "active_in_window",
            "dormant",
            "reply_share",
            "response_replies",
        ]
        assert pd.isna(metrics.loc[account, unknown]).all()
        assert status.loc[(account, "messages_sent"), "status"] == "no data"
        assert "no export" in status.loc[(account, "messages_sent"), "reason"]
    assert metrics.loc["mapped", "account_exists"]
    assert metrics.loc["mapped", "organisation"] == "M"


@scene
def dormancy(corpus):
    for account in ("reposting", "asleep"):
        corpus.message(account, "post", "01-01 10:00")
    corpus.message("reposting", "repost", "02-20 10:00")
    corpus.message("awake", "post", "04-20 10:00")


def test_a_repost_within_ninety_days_keeps_an_account_awake(april, otherwise):
    accounts = ["reposting", "asleep", "awake"]
    assert april[0].loc[accounts, "dormant"].tolist() == [False, True, False]
    assert otherwise[0].loc[accounts, "dormant"].tolist() == [True, True, False]
    assert not april[0].loc["reposting", "active_in_window"]


@scene
def late_start(corpus):
    corpus.message("starts_in_may", "post", "05-10 10:00")
    corpus.message("starts_in_april", "post", "04-20 10:00")


def test_dormant_is_unknown_where_the_exports_begin_too_late(april):
    metrics, status = april
    assert metrics.loc["starts_in_may", "messages_sent"] == 0
    assert pd.isna(metrics.loc["starts_in_may", "dormant"])
    assert "90 days" in status.loc[("starts_in_may", "dormant"), "reason"]


@scene
def interactions(corpus):
    ripe = {"metrics_at": at("05-01 10:00")}
    much = {"reactions": 1000, "comments": 1000, "shares": 1000}
    corpus.message("liked", "post", "04-02 10:00", reactions=10, comments=0, shares=2, **ripe)
    corpus.message(
        "liked", "post", "04-24 10:00", reactions=20, shares=4, **ripe
    )  # seven days to the minute
    corpus.message("liked", "post", "04-25 10:00", **much, **ripe)  # too fresh
    corpus.message("liked", "post", "04-02 10:00", **much)  # read nobody knows when
    corpus.message("liked_lately", "post", "04-25 10:00", reactions=1, **ripe)
    corpus.message("liked_weakly", "post", "04-02 10:00", reactions=5, source_format="weak", **ripe)


def test_interactions_are_compared_at_equal_maturity_and_null_is_not_zero(april, otherwise):
    metrics, status = april
    row = metrics.loc["liked"]
    assert row[["reactions_per_message", "reactions_messages"]].tolist() == [15, 2]
    assert row[["comments_per_message", "comments_messages"]].tolist() == [0, 1]
    assert row[["shares_per_message", "shares_messages"]].tolist() == [3, 2]
    assert row[["interactions_per_message", "interactions_messages"]].tolist() == [12, 1]
    assert pd.isna(row["views_per_message"])
    assert row["views_messages"] == 0
    assert metrics.loc["liked_lately", "reactions_messages"] == 0
    assert status.loc[("liked_lately", "reactions_per_message"), "status"] == "no data"
    assert pd.isna(metrics.loc["liked_weakly", "reactions_messages"])
    assert status.loc[("liked_weakly", "reactions_per_message"), "status"] == "not computable"
    assert otherwise[0].loc["liked", "reactions_messages"] == 1


@scene
def midnights(corpus):
    for when in ("03-31 21:59", "03-31 22:00", "03-31 22:30", "04-28 21:59", "04-28 22:00"):
        corpus.message("nightly", "post", when)


def test_the_window_runs_from_local_midnight_to_the_one_after_its_last_day(april, otherwise):
    assert april[0].loc["nightly", "messages_sent"] == 3  # summer time: 22:00 UTC to 21:59 UTC
    assert otherwise[0].loc["nightly", "messages_sent"] == 2  # UTC


@scene
def two_months(corpus):
    corpus.message("both_months", "post", "04-02 10:00")
    corpus.message("both_months", "post", "05-02 10:00")


def test_windows_may_overlap_and_each_edition_counts_for_itself(both_editions):
    metrics = both_editions[0].set_index(["account_id", "edition"])["messages_sent"]
    assert metrics.loc["both_months"].to_dict() == {"2014": 1, "spring": 2}


@scene
def organisations(corpus):
    corpus.message("renamed", "post", "04-02 10:00", organisation="OLD")
    corpus.message("nobody's", "post", "04-02 10:00", organisation=None)


def test_the_account_map_names_the_organisation_before_the_messages_do(april):
    assert april[0].loc["renamed", "organisation"] == "GM0363"
    assert pd.isna(april[0].loc["nobody's", "organisation"])


def test_each_account_has_one_row_an_edition(both_editions):
    metrics, status = both_editions
    assert not metrics.duplicated(KEYS).any()
    assert not status.duplicated([*KEYS, "metric"]).any()
    assert (
        metrics.groupby("edition")["account_id"].nunique() == metrics["account_id"].nunique()
    ).all()


def test_one_account_of_two_organisations_is_refused_in_one_line(compute):
    twice = pd.DataFrame(
        {"platform": ["twitter"] * 2, "account_id": ["a", "a"], "organisation": ["X", "Y"]}
    )
    with pytest.raises(InputError, match="gives a on twitter to two organisations"):
        compute(Corpus(), accounts=twice)


@pytest.mark.parametrize(
    ("windows", "told"),
    [
        ([], "none is declared"),
        ([APRIL, APRIL], "2014: this edition stands twice"),
        ([APRIL | {"end": dt.date(2014, 3, 1)}], "ends .* before it begins"),
        ([{"edition": "2014", "start": dt.date(2014, 3, 1)}], "expected edition, start and end"),
    ],
)
def test_wrong_windows_are_refused_in_one_line(compute, windows, told):
    with pytest.raises(InputError, match=told) as refusal:
        compute(Corpus(), windows=windows)
    assert "\n" not in str(refusal.value)


def test_an_empty_corpus_gives_empty_tables(compute):
    metrics, status = compute(Corpus())
    assert len(metrics) == len(status) == 0


def test_a_format_without_capabilities_is_a_fault_of_ours(compute):
    corpus = Corpus()
    corpus.message("a", "post", "04-02 10:00", source_format="unheard-of")
    with pytest.raises(ValueError, match="unheard-of"):
        compute(corpus)


def test_every_metric_is_explained_by_the_first_thing_that_a_format_lacks():
    nothing = Capabilities(**dict.fromkeys(EVERYTHING, "no"))
    for name, metric in list_metrics().items():
        assert explain_lack(metric.needs, FULL) is None, name
        assert (explain_lack(metric.needs, nothing) is not None) == bool(metric.needs), name
    needs = list_metrics()["reply_share"].needs
    assert explain_lack(needs, POSTS) == "CrowdTangle does not mark replies"
    assert (
        explain_lack(needs, WEAK)
        == "the format does not tell replies to others from replies to oneself"
    )


def generate_corpus(seed=20140401, number=4000):
    """Write a corpus of everything at once: kinds, formats, damaged clocks, empty cells, ties."""
    rng = np.random.default_rng(seed)
    corpus = Corpus()

    def pick(*choices):
        return choices[rng.integers(len(choices))]

    start = dt.datetime(2014, 2, 1, tzinfo=dt.UTC)
    for number_of_message in range(number):
        account = pick("a", "b", "c", "d", "e")
        created = start + dt.timedelta(
            seconds=int(rng.integers(120 * 86400)), microseconds=int(rng.integers(10**6))
        )
        parent = created - dt.timedelta(seconds=int(rng.normal(4000, 3000)))
        received = rng.random() < 0.2
        corpus.message(
            pick("citizen_1", "citizen_2") if received else account, pick(*KINDS, "reply", "reply"), "04-01 00:00",
            file=pick("1", "2"), platform=pick("twitter", "mastodon"), created_at=created,
            message_id=f"g{number_of_message}", direction="received" if received else "sent",
            organisation=pick(account.upper(), account.upper(), None),
            created_at_precision=pick("second", "second", "minute", "minute", "second", "day"),
            in_reply_to_message_id=pick(None, f"g{rng.integers(number)}"),
            in_reply_to_account_id=pick(None, account, "citizen_1"),
            parent_created_at=pick(None, parent, parent), parent_account_id=pick(None, account, "citizen_1"),
            quality_flags=pick([], [], [], [], None, ["TIMESTAMP_AMBIGUOUS"], ["COUNT_BAD", "TIMESTAMP_BACKDATED"]),
            source_format=pick(*CAPABILITIES), metrics_at=pick(None, created + dt.timedelta(days=int(rng.integers(20)))),
            author_followers=pick(None, int(rng.integers(10**7))), followers_basis=pick("at_posting", "at_collection"),
            **{name: pick(None, 0, int(rng.integers(1000))) for name in ("reactions", "comments", "shares", "views")},
        )  # fmt: skip
    for _ in range(200):
        corpus.snapshot(
            pick("a", "b", "z"), "04-01 00:00", pick(None, int(rng.integers(1000))), platform=pick("twitter", "mastodon"),
            observed_at=start + dt.timedelta(days=int(rng.integers(40, 70))), organisation=pick("A", "B", None),
            followers_kind=pick("followers", "page_likes", None), basis=pick("profile", "file_count", "message_row"),
        )  # fmt: skip
    return corpus


def test_a_random_corpus_counts_the_same_in_a_plain_loop(compute):
    corpus = generate_corpus()
    metrics = compute(corpus)[0].set_index(KEYS)
    zone = ZoneInfo("Europe/Amsterdam")
    capable = {name for name, carries in CAPABILITIES.items() if carries.replies != "no"}
    separable = {name for name, carries in CAPABILITIES.items() if carries.self_replies != "no"}
    unsure = {
        (row["platform"], row["message_id"]) for row in corpus.messages
        if row["created_at_precision"] == "day" or {"TIMESTAMP_AMBIGUOUS", "TIMESTAMP_BACKDATED"} & set(row["quality_flags"] or [])
    }  # fmt: skip
    timed = 0
    for platform in ("twitter", "mastodon"):
        for account in "abcde":
            rows = [
                row for row in corpus.messages
                if (row["platform"], row["account_id"], row["direction"]) == (platform, account, "sent")
                and APRIL["start"] <= row["created_at"].astimezone(zone).date() <= APRIL["end"]
            ]  # fmt: skip
            own = [row for row in rows if row["kind"] != "repost"]
            marked = [row for row in own if row["source_format"] in capable]
            to_others = [
                row
                for row in marked
                if row["kind"] == "reply" and row["source_format"] in separable
            ]
            any_reply = [
                row
                for row in marked
                if row["kind"] in ("reply", "self_reply", "reply_unknown_target")
            ]
            found = metrics.loc[("2014", platform, account)]
            assert (found["messages_sent"], found["own_messages_sent"]) == (len(rows), len(own))
            assert found["reply_share"] == pytest.approx(len(to_others) / len(marked))
            assert found["reply_share_with_own_threads"] == pytest.approx(
                len(any_reply) / len(marked)
            )
            hours = []
            for row in marked:
                other = row["parent_account_id"] or row["in_reply_to_account_id"]
                parent, itself = (
                    (platform, row[name]) for name in ("in_reply_to_message_id", "message_id")
                )
                if (
                    row["kind"] in ("reply", "reply_unknown_target")
                    and other not in (None, account)
                    and row["parent_created_at"]
                ):
                    seconds = int(row["created_at"].timestamp()) - int(
                        row["parent_created_at"].timestamp()
                    )
                    if seconds >= 0 and not {parent, itself} & unsure:
                        hours.append(seconds / 3600)
            timed += len(hours)
            assert found["response_timed"] == len(hours)
            if not hours:
                assert pd.isna(found["median_response_hours"])
                continue
            assert found["median_response_hours"] == pytest.approx(np.median(hours))
            assert found["mean_response_hours"] == pytest.approx(np.mean(hours))
            reach = [
                row["author_followers"] for row in own
                if row["author_followers"] is not None and row["source_format"] != "weak"
            ]  # fmt: skip
            assert found["potential_reach_with_replies"] == sum(reach)
            for name in ("reactions", "comments"):
                counts = [
                    row[name] for row in own
                    if row[name] is not None and row["metrics_at"] and row["source_format"] != "weak"
                    and row["metrics_at"] - row["created_at"] >= dt.timedelta(days=7)
                ]  # fmt: skip
                assert found[f"{name}_per_message"] == pytest.approx(np.mean(counts))
    assert timed > 20
