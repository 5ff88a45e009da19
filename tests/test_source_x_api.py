"""X API: both forms of version 2 say the same, version 1.1 says what it can, and no record gets lost."""

import datetime as dt
import gzip
import json
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roeptoeter.messages import REASONS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.record_batches import RECORDS, read_record_batches
from roeptoeter.sources.staging import STAGED_MESSAGE, FileRefused
from roeptoeter.sources.x_api import FORMATS, read_v1, read_v2, select_v1, select_v2

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
V1, V2 = EXPORTS / "x-api-v1", EXPORTS / "x-api-v2"
OWN, PERSON = "2001", "900000000000000042"
START = dt.datetime(2023, 3, 6, 9, tzinfo=dt.UTC)
TEXT_ALONE = ("source_row", "raw")


def declare(name):
    return Source(file="x.jsonl", format=name, platform="twitter", exported_on=dt.date(2023, 4, 3))


def read(path):
    version_1 = path.parent.name == "x-api-v1"
    name = "x-api-v1" if version_1 else "x-api-v2"
    return list((read_v1 if version_1 else read_v2)(path, declare(name)))


def strip(rows):
    return [{key: cell for key, cell in row.items() if key not in TEXT_ALONE} for row in rows]


def write(folder, content, name="records.jsonl"):
    path = folder / name
    path.write_bytes(content)
    return path


def trimmed(rows):
    return [{**row, "raw": row["raw"].strip()} for row in rows]


def problems(rows):
    return [row["problem"] for row in rows]


def at(minutes):
    return START + dt.timedelta(minutes=minutes)


# ------------------------------------------------------------------------------------------------- version 2


@pytest.mark.parametrize("name", ["flattened.jsonl", "mixed.jsonl", "document.json", "array.json"])
def test_every_form_of_version_2_gives_the_rows_of_the_pages(name):
    pages = read(V2 / "pages.jsonl")
    assert len(pages) == 10
    assert strip(read(V2 / name)) == strip(pages)


def test_packed_files_give_the_same_rows(tmp_path):
    packed = write(tmp_path, gzip.compress((V2 / "pages.jsonl").read_bytes()), "pages.jsonl.gz")
    assert read(packed) == read(V2 / "pages.jsonl")


def test_rows_of_a_page_carry_the_number_of_its_record():
    assert [row["source_row"] for row in read(V2 / "pages.jsonl")] == [1] * 6 + [2] * 4
    assert [row["source_row"] for row in read(V2 / "flattened.jsonl")] == list(range(1, 11))


def test_a_reply_has_its_parents_author_and_time():
    reply = read(V2 / "pages.jsonl")[1]
    assert reply["reply_known"]
    assert reply["parent_account_id"] == reply["in_reply_to_account_id"] == PERSON
    assert (reply["parent_created_at"], reply["created_at"]) == (at(0), at(9))
    assert not reply["is_directed"]


def test_a_deleted_parent_leaves_the_reply_and_its_target():
    reply = read(V2 / "flattened.jsonl")[9]
    assert reply["in_reply_to_message_id"]
    assert reply["in_reply_to_account_id"] == "2003"
    assert (reply["parent_created_at"], reply["parent_account_id"]) == (None, None)


def test_a_mention_without_parent_is_directed():
    rows = read(V2 / "flattened.jsonl")
    assert [row["is_directed"] for row in rows] == [False] * 3 + [True] + [False] * 6


def test_a_reply_that_quotes_keeps_both_references():
    row = read(V2 / "flattened.jsonl")[5]
    assert row["in_reply_to_message_id"]
    assert row["quoted_message_id"]
    assert row["parent_created_at"] == at(0)


def test_a_repost_is_marked_and_its_cut_text_flagged():
    rows = read(V2 / "pages.jsonl")
    assert [row["is_repost"] for row in rows].count(True) == 1
    assert rows[6]["reposted_message_id"]
    assert rows[6]["flags"] == ["TEXT_TRUNCATED"]


def test_entities_are_resolved_once_and_long_texts_are_whole():
    rows = read(V2 / "pages.jsonl")
    assert rows[0]["text"] == "De bibliotheek & het archief zijn weer open <maandag>"
    assert len(rows[7]["text"]) > 280


def test_edits_share_the_smallest_id():
    edited = read(V2 / "pages.jsonl")[8]
    assert int(edited["edit_group_id"]) < int(edited["message_id"])


def test_ids_of_other_lengths_are_compared_as_numbers(tmp_path):
    record = {
        "id": "1000",
        "author_id": "1",
        "text": "x",
        "edit_history_tweet_ids": ["1000", "999"],
    }
    (row,) = read(write(tmp_path, json.dumps(record).encode()))
    assert row["edit_group_id"] == "999"


def test_counts_are_of_the_moment_of_fetching_or_else_of_the_export(tmp_path):
    assert read(V2 / "pages.jsonl")[0]["metrics_at"] == dt.datetime(2023, 4, 2, 10, tzinfo=dt.UTC)
    (row,) = read(write(tmp_path, b'{"id": "1", "author_id": "1", "text": "x"}'))
    assert row["metrics_at"] == dt.datetime(2023, 4, 3, 23, 59, 59, tzinfo=dt.UTC)


def test_counts_and_followers_come_as_text():
    row = read(V2 / "pages.jsonl")[0]
    counts = [row[name] for name in ("reactions", "comments", "shares", "quotes", "views")]
    assert counts == ["3", "2", "1", "0", "250"]
    assert (row["author_followers"], row["account_handle"]) == ("5120", "proefdorp")


def test_other_records_are_told_apart():
    rows = read(V2 / "other-records.jsonl")
    other = ["UNKNOWN_RECORD_TYPE"] * 6
    assert problems(rows) == [None, *other, "FLATTEN_FAILED", "EXCLUDED_NON_PUBLIC"]
    assert "x-api-v1" in rows[6]["problem_detail"]


@pytest.mark.parametrize("data", ["", '"data": [], '])
def test_a_page_that_says_it_is_empty_is_no_record(tmp_path, data):
    page = f'{{{data}"meta": {{"result_count": 0}}}}\n'.encode()
    message = b'{"id": "1", "author_id": "1", "text": "x"}\n'
    rows = read(write(tmp_path, message + page + message + page))
    assert [(row["source_row"], row["problem"]) for row in rows] == [(1, None), (3, None)]


@pytest.mark.parametrize(
    "page",
    [
        {"meta": {"result_count": 3}},
        {"data": [], "meta": {"result_count": 3}},
        {"data": [], "meta": {}},
        {"data": 5, "meta": {"result_count": 0}},
        {"meta": {"result_count": 0}, "errors": [{"title": "Not Found Error"}]},
    ],
)
def test_a_page_that_lost_its_messages_is_a_record(tmp_path, page):
    (row,) = read(write(tmp_path, json.dumps(page).encode()))
    assert row["problem"] == "FLATTEN_FAILED"


def test_a_direct_message_leaves_nothing_but_its_number():
    row = read(V2 / "other-records.jsonl")[-1]
    said = {key for key, cell in row.items() if cell not in (None, False)}
    assert said <= {
        "source_row", "problem", "created_at_precision", "created_at_source", "visibility", "metrics_at",
    }  # fmt: skip


def test_messages_of_protected_accounts_are_not_public():
    assert [row["visibility"] for row in read(V2 / "protected.jsonl")] == ["public", "protected"]


def test_broken_lines_come_out_with_their_numbers():
    rows = read(V2 / "broken.jsonl")
    assert [row["source_row"] for row in rows] == list(range(1, 8))
    bad = "JSON_INVALID"
    assert problems(rows) == [None, bad, bad, None, None, bad, bad]
    assert rows[1]["raw"].strip() == "geen json"
    assert rows[3]["text"] == "En dinsdag \ufffd ook."


def test_damaged_types_do_not_take_the_record_along():
    rows = read(V2 / "damaged-types.jsonl")
    wrong_times = {8: "TIMESTAMP_UNPARSEABLE", 9: "TIMEZONE_MISSING"}
    assert problems(rows) == [wrong_times.get(number) for number in range(12)]
    assert rows[1]["reactions"] == "1.2K"
    assert rows[1]["comments"] == "-1"
    assert rows[5]["message_id"].isdecimal()
    assert "e+" in rows[6]["message_id"]
    assert rows[7]["account_id"] is None


def test_an_empty_file_has_no_rows(tmp_path):
    assert read(write(tmp_path, b"")) == []
    assert read(write(tmp_path, b"\n \n")) == []


def test_a_cut_archive_refuses_the_file(tmp_path):
    packed = gzip.compress((V2 / "pages.jsonl").read_bytes() * 50)
    with pytest.raises(FileRefused, match="cut or damaged") as refusal:
        read(write(tmp_path, packed[:-200], "pages.jsonl.gz"))
    assert refusal.value.code == "FORMAT_INVALID"
    assert "\n" not in refusal.value.detail


def test_utf_16_refuses_the_file(tmp_path):
    content = (V2 / "flattened.jsonl").read_text(encoding="utf-8").encode("utf-16")
    with pytest.raises(FileRefused) as refusal:
        read(write(tmp_path, content))
    assert refusal.value.code == "ENCODING_INVALID"


# ------------------------------------------------------------------------------------------------ version 1.1


@pytest.mark.parametrize("name", ["array.json", "search-pages.jsonl"])
def test_every_form_of_version_1_gives_the_same_rows(name):
    rows = strip(read(V1 / "timeline.jsonl"))
    assert len(rows) == 8
    found = strip(read(V1 / name))
    assert found[:8] == rows
    assert [row["problem"] for row in found[8:]] in ([], ["FLATTEN_FAILED"])


def test_version_1_marks_reposts_by_the_message_reposted_only():
    rows = read(V1 / "timeline.jsonl")
    assert [row["is_repost"] for row in rows] == [False] * 4 + [True] + [False] * 2 + [True]
    assert rows[4]["text"].startswith("@proefdorp Wanneer gaat de bibliotheek open?")
    assert rows[4]["flags"] is None
    assert rows[6]["quoted_message_id"]
    assert rows[7]["quoted_message_id"] is None


def test_version_1_takes_ids_from_the_text_fields():
    rows = read(V1 / "timeline.jsonl")
    assert rows[1]["in_reply_to_account_id"] == PERSON
    assert rows[2]["in_reply_to_account_id"] == rows[2]["account_id"] == OWN
    assert [row["is_directed"] for row in rows[:5]] == [False, False, False, True, False]
    assert rows[1]["created_at"] == at(9)


def test_messages_from_the_stream_were_counted_when_they_appeared():
    rows = read(V1 / "stream.jsonl")
    assert rows[0]["metrics_at"] == rows[0]["created_at"] == at(5)
    assert rows[1]["text"].endswith("maar verder gaat")
    assert (rows[1]["flags"], rows[2]["flags"]) == (None, ["TEXT_TRUNCATED"])


def test_other_lines_of_the_stream_are_told_apart():
    rows = read(V1 / "stream.jsonl")
    other = "UNKNOWN_RECORD_TYPE"
    assert problems(rows) == [None] * 3 + [other] * 3 + ["EXCLUDED_NON_PUBLIC", None, other]
    assert rows[6]["raw"] is None
    assert rows[7]["account_id"] is None
    assert "x-api-v2" in rows[8]["problem_detail"]


def test_version_1_keeps_a_truncated_last_line():
    assert problems(read(V1 / "truncated.jsonl")) == [None, None, "JSON_INVALID"]


def test_version_1_survives_damaged_records():
    rows = read(V1 / "damaged.jsonl")
    assert problems(rows) == [None, None, "TIMESTAMP_UNPARSEABLE", None, None, None, None]
    assert "e+" in rows[1]["message_id"]
    assert rows[3]["account_id"] is None
    assert (rows[4]["reactions"], rows[4]["shares"]) == ("1,2K", "-3")
    assert rows[5]["visibility"] == "protected"


# ----------------------------------------------------------------------------------------------- any file


@pytest.mark.parametrize(("select", "name"), [(select_v1, "x-api-v1"), (select_v2, "x-api-v2")])
def test_the_columns_are_those_of_a_staged_message(select, name):
    connection = duckdb.connect()
    connection.register("records", RECORDS.empty_table())
    described = connection.execute(f"DESCRIBE {select(Path('x'), declare(name))}").fetchall()
    types = {"string": "VARCHAR", "bool": "BOOLEAN", "int64": "BIGINT", "list": "VARCHAR[]"}
    for column, kind, *_ in described:
        expected = str(STAGED_MESSAGE.field(column).type).split("<")[0]
        assert kind == types.get(expected, "TIMESTAMP WITH TIME ZONE"), column


def test_blocks_do_not_show_in_the_rows(tmp_path, monkeypatch):
    lines = (V2 / "mixed.jsonl").read_bytes() + b"\n\xff\n[1, 2]\n  {}\nx"
    path = write(tmp_path, lines)
    whole = trimmed(read(path))
    for size in (1, 7, 1000):
        monkeypatch.setattr("roeptoeter.sources.record_batches._BLOCK", size)
        assert trimmed(read(path)) == whole


def test_a_line_of_no_end_refuses_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("roeptoeter.sources.record_batches._BLOCK", 10)
    monkeypatch.setattr("roeptoeter.sources.record_batches._LONGEST_LINE", 50)
    with pytest.raises(FileRefused, match="line of over"):
        list(read_record_batches(write(tmp_path, b'{"id": 1}\n' + b"x" * 200)))


def test_verified_formats_say_why_something_is_missing():
    for kind in FORMATS:
        assert kind.verified
        for name in ("parents", "reach", "interactions"):
            if getattr(kind.capabilities, name) != "yes":
                assert kind.capabilities.reasons[name]


SAMPLES = {
    read_v2: [*(V2 / "mixed.jsonl").read_bytes().splitlines(), *(V2 / "other-records.jsonl").read_bytes().splitlines()],
    read_v1: [*(V1 / "timeline.jsonl").read_bytes().splitlines(), *(V1 / "stream.jsonl").read_bytes().splitlines()],
}  # fmt: skip
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def damage(line, draw):
    """Cut, re-encode, or replace a field of a record by something else."""
    how = draw(st.sampled_from(["keep", "cut", "encode", "retype", "drop"]))
    if how == "cut":
        return line[: draw(st.integers(0, len(line)))]
    if how == "encode":
        return line.decode().encode("utf-16-le").replace(b"\n", b"")
    record = json.loads(line) if line.strip() else {}
    if how in ("retype", "drop") and record:
        key = draw(st.sampled_from(sorted(record)))
        if how == "drop":
            del record[key]
        else:
            record[key] = draw(JSON_VALUES)
    return json.dumps(record).encode()


def says_it_is_empty(line):
    try:
        page = json.loads(line.decode())
    except ValueError:
        return False
    if not isinstance(page, dict) or not isinstance(page.get("meta"), dict):
        return False
    is_whole = page.get("errors") is None and page.get("data") in (None, [])
    return is_whole and str(page["meta"].get("result_count")) == "0"


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data(), reader=st.sampled_from([read_v1, read_v2]))
def test_whatever_the_records_each_comes_out(tmp_path, data, reader):
    lines = data.draw(st.lists(st.sampled_from(SAMPLES[reader]), min_size=1, max_size=6))
    # the first line stays whole: it tells JSON lines from a document
    lines = [b"{}", *(damage(line, data.draw) for line in lines)]
    path = write(tmp_path, b"\n".join(lines))
    rows = list(reader(path, declare("x-api-v2")))
    records = [line for line in lines if line.strip()]
    empty = {place for place, line in enumerate(records, 1) if says_it_is_empty(line)}
    assert {row["source_row"] for row in rows} == set(range(1, len(records) + 1)) - empty
    for row in rows:
        assert row["problem"] is None or row["problem"] in REASONS
        excluded = (row["problem"] or "").startswith("EXCLUDED")
        assert (row["raw"] is None) == excluded
        assert row.keys() <= set(STAGED_MESSAGE.names)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=300), reader=st.sampled_from([read_v1, read_v2]))
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path, content, reader):
    path = write(tmp_path, content)
    try:
        rows = list(reader(path, declare("x-api-v2")))
    except FileRefused as refusal:
        refused = refusal
    else:
        assert all(row["problem"] for row in rows)
        return
    assert REASONS[refused.code][0] == "file"
    assert "\n" not in refused.detail


def test_half_an_emoji_is_replaced_and_whole_ones_stay(tmp_path):
    texts = [r"\ud83d\ude00", r"\ud83d", r"\ude00", r"\ud83d\ud83d\ude00", r"\\ud83d", r"a\ud83dz"]
    lines = [f'{{"id": "1", "author_id": "1", "text": "{text}"}}' for text in texts]
    rows = read(write(tmp_path, "\n".join(lines).encode() + b"\n"))
    expected = ["😀", "\ufffd", "\ufffd", "\ufffd😀", "\\ud83d", "a\ufffdz"]
    assert [row["text"] for row in rows] == expected
