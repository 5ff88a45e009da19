import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_damage import damaged, read_whatever

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.hootsuite import FORMATS
from roeptoeter.sources.staging import FileRefused

POSTS, INBOUND = FORMATS
FOLDER = Path(__file__).parent / "fixtures" / "exports" / "hootsuite"
REPORT = "facebook_post_performance_created_on_20240716T0507Z.csv"


def declare(**keys):
    keys = {
        "format": "hootsuite-posts",
        "platform": "facebook",
        "exported_on": dt.date(2024, 7, 20),
    } | keys
    return Source(file="a.csv", **keys)


def declare_inbound(**keys):
    return declare(format="hootsuite-inbound", direction="received", organisation="GM0001", **keys)


@pytest.fixture(scope="module")
def posts():
    return list(POSTS.read(FOLDER / REPORT, declare()))


@pytest.fixture(scope="module")
def received():
    return list(INBOUND.read(FOLDER / "inbound.csv", declare_inbound()))


def test_a_time_in_gmt_needs_no_declared_zone(posts):
    assert posts[0]["created_at"] == dt.datetime(2024, 7, 1, 9, tzinfo=dt.UTC)
    assert posts[0]["created_at_source"] == "explicit"


def test_the_placeholder_for_a_post_without_text_is_no_text(posts):
    assert posts[1]["text"] is None


def test_the_account_is_the_first_part_of_the_id(posts):
    assert posts[0]["account_id"] == "100000000000003"


def test_the_counts_were_read_when_the_report_was_made(posts):
    assert posts[0]["metrics_at"] == dt.datetime(2024, 7, 16, 5, 7, tzinfo=dt.UTC)
    assert posts[0]["views"] == "1200"


def test_a_post_that_stands_there_again_with_a_later_date_is_two_records(posts):
    assert posts[0]["message_id"] == posts[2]["message_id"]
    assert posts[0]["created_at"] < posts[2]["created_at"]


def test_names_of_employees_are_not_even_in_the_raw_row(posts):
    assert all("Author" not in json.loads(post["raw"]) for post in posts)
    assert all("Mareike" not in post["raw"] for post in posts)


def test_a_private_message_is_excluded_unread(received):
    assert received[1] == {"source_row": 2, "problem": "EXCLUDED_NON_PUBLIC"}


def test_comments_and_posts_are_received_from_somebody_who_is_not_identified(received):
    assert received[0]["direction"] == received[2]["direction"] == "received"
    assert received[0]["account_id"] == "not identified"
    assert "Mareike" not in json.dumps(received, default=str)


def test_a_kind_that_nobody_knows_is_left_out_with_its_reason(received):
    assert received[3]["problem"] == "UNKNOWN_RECORD_TYPE"


def test_received_messages_declared_as_sent_are_refused():
    with pytest.raises(FileRefused, match="direction: received"):
        list(INBOUND.read(FOLDER / "inbound.csv", declare(format="hootsuite-inbound")))


def test_what_it_cannot_answer_is_said():
    assert POSTS.capabilities.replies == INBOUND.capabilities.parents == "no"
    assert "neither answers nor ids" in INBOUND.capabilities.reasons["parents"]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), name=st.sampled_from([REPORT, "inbound.csv"]))
def test_no_damage_crashes_the_readers_or_loses_a_record(data, name, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(data.draw(damaged((FOLDER / name).read_bytes(), "utf-8")))
    if name == REPORT:
        read_whatever(POSTS, path, declare())
    else:
        read_whatever(INBOUND, path, declare_inbound())
