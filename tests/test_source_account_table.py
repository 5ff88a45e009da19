import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_damage import damaged, read_whatever

from roeptoeter.sources.account_table import FORMATS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused

(TABLE,) = FORMATS
FILE = Path(__file__).parent / "fixtures/exports/account-table/followers-by-hand.csv"
COLUMNS = {
    "account_id": "Account", "observed_at": "Datum", "followers": "Volgers", "following": "Volgend",
    "followers_kind": "Soort",
}  # fmt: skip
VALUES = {"followers_kind": {"volgers": "followers", "vind-ik-leuks": "page_likes"}}


def declare(**keys):
    entry = {
        "file": "a.csv", "format": "account-table", "platform": "facebook", "exported_on": dt.date(2024, 9, 2),
        "time_zone": "Europe/Brussels", "date_order": "dmy", "delimiter": ";", "decimal_mark": ",",
        "thousands_mark": ".", "columns": COLUMNS, "values": VALUES,
    }  # fmt: skip
    return Source(**(entry | keys))


def read(**keys):
    return list(TABLE.read(FILE, declare(**keys)))


def test_a_row_is_an_account_at_a_moment_in_the_declared_zone_and_order():
    first = read()[0]
    assert first["account_id"] == "2001"
    assert first["observed_at"] == dt.datetime(2024, 7, 25, 14, 30, tzinfo=dt.UTC)
    assert first["observed_precision"] == "minute"
    assert (first["followers"], first["following"], first["messages_total"]) == (5120, 80, None)
    assert (first["followers_kind"], first["basis"]) == ("followers", "profile")


def test_an_account_that_was_seen_counts_though_nobody_noted_its_followers():
    seen = read()[1]
    assert seen["problem"] is None
    assert seen["followers"] is None
    assert seen["flags"] == []
    assert seen["observed_precision"] == "day"


def test_what_is_no_count_is_left_empty_and_flagged():
    assert read()[2]["followers"] is None
    assert read()[2]["flags"] == ["COUNT_BAD"]


def test_kinds_of_followers_are_told_apart_by_declared_words_only():
    rows = read()
    assert rows[4]["followers_kind"] == "page_likes"
    assert (rows[5]["problem"], rows[5]["problem_field"]) == (
        "UNKNOWN_RECORD_TYPE",
        "followers_kind",
    )
    without = {name: column for name, column in COLUMNS.items() if name != "followers_kind"}
    assert {row.get("followers_kind") for row in read(columns=without, values={})} == {"followers"}


def test_a_time_that_does_not_exist_and_a_row_without_account_are_told():
    rows = read()
    assert rows[3]["problem"] == "TIMESTAMP_NONEXISTENT"
    assert (
        rows[6]["account_id"] is None
    )  # which the intake refuses, unless the declaration names one


@pytest.mark.parametrize(
    ("keys", "code", "message"),
    [
        ({"columns": COLUMNS | {"text": "Naam"}}, "FORMAT_INVALID", "text is no name of ours here"),
        (
            {"columns": {"account_id": "Account"}},
            "REQUIRED_COLUMN_MISSING",
            "no column for observed_at",
        ),
        (
            {"columns": {"observed_at": "Datum"}},
            "REQUIRED_COLUMN_MISSING",
            "no column for account_id",
        ),
        ({"columns": COLUMNS | {"followers": "Fans"}}, "REQUIRED_COLUMN_MISSING", "expected Fans"),
        (
            {"values": {"followers_kind": {"volgers": "fans"}}},
            "FORMAT_INVALID",
            "fans is not known",
        ),
        ({"values": {"kind": {"a": "post"}}}, "FORMAT_INVALID", "kind is not known"),
        ({"date_order": None}, "DATE_ORDER_INCONSISTENT", "declare `date_order`"),
        ({"date_order": "mdy"}, "DATE_ORDER_INCONSISTENT", "contradicts the declared date_order"),
    ],
)
def test_each_mistake_in_a_declaration_is_told_in_one_line(keys, code, message):
    with pytest.raises(FileRefused) as refusal:
        read(**keys)
    assert refusal.value.code == code
    assert message in refusal.value.detail
    assert "\n" not in refusal.value.detail


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_whatever_happens_to_the_file_a_refusal_is_the_worst(data, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(data.draw(damaged(FILE.read_bytes(), "utf-8", ";")))
    read_whatever(TABLE, path, declare())
