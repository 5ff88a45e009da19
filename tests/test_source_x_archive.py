"""X archive: whose it is, what its text hides, and what of it is never read."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roeptoeter.messages import REASONS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import STAGED_MESSAGE, FileRefused
from roeptoeter.sources.x_archive import FORMATS, count_archive, read_archive

ARCHIVE = Path(__file__).parent / "fixtures" / "exports" / "x-archive"
TWEETS = ARCHIVE / "data" / "tweets.js"
OWN = "2001"
PREFIX = b"window.YTD.tweets.part0 = "


def declare(**more):
    return Source(
        file="tweets.js", format="x-archive", platform="twitter", exported_on=dt.date(2023, 5, 2), **more
    )  # fmt: skip


def read(path, **more):
    return list(read_archive(path, declare(**more)))


def test_every_message_is_of_the_account_in_account_js():
    rows = read(TWEETS)
    assert len(rows) == count_archive(TWEETS, declare()) == 7
    assert {(row["account_id"], row["account_handle"]) for row in rows} == {(OWN, "proefdorp")}
    assert not any(row.get("problem") for row in rows)


def test_counts_are_of_the_day_of_the_archive():
    row = read(TWEETS)[0]
    assert row["metrics_at"] == dt.datetime(2023, 5, 1, 8, tzinfo=dt.UTC)
    assert row["created_at"] == dt.datetime(2023, 3, 6, 9, 5, tzinfo=dt.UTC)
    assert (row["reactions"], row["shares"], row.get("comments")) == ("5", "2", None)
    assert row["author_followers"] == "3"


def test_a_repost_is_known_by_its_text_and_flagged_where_cut():
    rows = read(TWEETS)
    assert [row["is_repost"] for row in rows] == [False] * 4 + [True] + [False] * 2
    assert rows[4]["flags"] == ["TEXT_TRUNCATED"]


def test_self_replies_and_mentions_can_be_told_apart():
    rows = read(TWEETS)
    assert rows[1]["in_reply_to_account_id"] == "900000000000000042"
    assert rows[2]["in_reply_to_account_id"] == rows[2]["account_id"]
    assert [row["is_directed"] for row in rows] == [False] * 3 + [True] + [False] * 3


def test_long_texts_come_from_the_list_of_long_messages():
    rows = read(TWEETS)
    assert len(rows[5]["text"]) > 280
    assert rows[0]["text"] == "De bibliotheek & het archief"


def test_an_edited_message_names_its_first_version():
    rows = read(TWEETS)
    assert int(rows[6]["edit_group_id"]) < int(rows[6]["message_id"])
    assert rows[0]["edit_group_id"] == rows[0]["message_id"]


def test_a_further_part_is_read_and_its_stated_number_is_another():
    part = ARCHIVE / "data" / "tweets-part1.js"
    assert len(read(part)) == 1
    assert count_archive(part, declare()) == 2


def test_without_account_js_the_declaration_must_name_the_account():
    path = ARCHIVE / "without-account" / "tweet.js"
    with pytest.raises(FileRefused, match=r"account\.js") as refusal:
        read(path)
    assert refusal.value.code == "REQUIRED_COLUMN_MISSING"
    rows = read(path, account_id=OWN)
    assert [row["account_id"] for row in rows] == [OWN, OWN]
    assert rows[0]["metrics_at"] == declare().exported_at
    assert count_archive(path, declare()) is None


def test_account_js_may_lie_in_the_folder_above(tmp_path):
    (tmp_path / "data").mkdir()
    shutil.copy(TWEETS, tmp_path / "data")
    shutil.copy(ARCHIVE / "data" / "account.js", tmp_path)
    assert read(tmp_path / "data" / "tweets.js")[0]["account_id"] == OWN


@pytest.mark.parametrize("name", ["direct-messages.js", "deleted-tweets.js"])
def test_private_lists_are_refused_by_their_name_unread(name, monkeypatch):
    def refuse(*_):
        raise AssertionError("was opened")

    monkeypatch.setattr("roeptoeter.sources.x_archive.open_bytes", refuse)
    with pytest.raises(FileRefused, match="never read"):
        read(ARCHIVE / "data" / name)


@pytest.mark.parametrize("name", ["renamed/messages.js", "data/follower.js", "data/manifest.js"])
def test_other_lists_are_refused_by_what_they_assign(name):
    with pytest.raises(FileRefused, match=r"declare tweets\.js") as refusal:
        read(ARCHIVE / name, account_id=OWN)
    assert "GEHEIM" not in refusal.value.detail


def test_a_cut_archive_keeps_its_whole_messages():
    rows = read(ARCHIVE / "truncated" / "tweets.js")
    assert [row.get("problem") for row in rows] == [None, None, "JSON_INVALID"]


def test_what_stands_after_the_list_is_no_record_if_it_is_a_semicolon(tmp_path):
    path = tmp_path / "tweets.js"
    path.write_bytes(TWEETS.read_bytes() + b";\n")
    assert len(read(path, account_id=OWN)) == 7


def test_no_companions_are_mixed_up_with_the_rows():
    for row in read(TWEETS):
        assert "proef@persoon.example" not in json.dumps(row, default=str)


def test_the_format_says_what_an_archive_lacks():
    (kind,) = FORMATS
    for name in ("parents", "reposts", "followers", "reach", "interactions"):
        assert getattr(kind.capabilities, name) != "yes"
        assert kind.capabilities.reasons[name]


ENTRIES = json.loads(TWEETS.read_bytes().removeprefix(PREFIX))
JSON_VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just([{}])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_the_records_each_comes_out(tmp_path, data):
    entries = data.draw(st.lists(st.sampled_from(ENTRIES), max_size=5))
    damaged = []
    for entry in entries:
        tweet = dict(entry["tweet"])
        tweet[data.draw(st.sampled_from(sorted(tweet)))] = data.draw(JSON_VALUES)
        damaged.append(data.draw(st.sampled_from([{"tweet": tweet}, tweet, entry, None, [], "x"])))
    path = tmp_path / "tweets.js"
    path.write_bytes(PREFIX + json.dumps(damaged).encode())
    rows = read(path, account_id=OWN)
    assert [row["source_row"] for row in rows] == list(range(1, len(damaged) + 1))
    for row in rows:
        assert row.keys() <= set(STAGED_MESSAGE.names)
        assert row.get("problem") is None or row["problem"] in REASONS


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=200), has_prefix=st.booleans())
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path, content, has_prefix):
    path = tmp_path / "tweets.js"
    path.write_bytes(PREFIX + content if has_prefix else content)
    try:
        rows = read(path, account_id=OWN)
    except FileRefused as refusal:
        refused = refusal
    else:
        assert all(row["problem"] for row in rows)
        return
    assert REASONS[refused.code][0] == "file"
    assert "\n" not in refused.detail
