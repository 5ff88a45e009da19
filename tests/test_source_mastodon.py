"""Mastodon: what the API and the archive hide, and that no record gets lost."""

import datetime as dt
import gzip
import json
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roeptoeter.messages import REASONS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.mastodon import FORMATS, count_outbox, read_api, read_outbox
from roeptoeter.sources.staging import STAGED_MESSAGE, FileRefused

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
SERVER = "https://social.proefdorp.example"
OWN = f"{SERVER}/users/proefdorp"
OTHER = f"{SERVER}/users/proefpersoon_zz"
MARKERS = ("Mareike", "proef@persoon.example", "+31 6 00000042", "GEHEIM-BERICHT-77")


def declare(name, **more):
    return Source(
        file="x.json", format=name, platform="mastodon", exported_on=dt.date(2026, 4, 1), **more
    )


def read(name, **more):
    path = EXPORTS / name
    reader = read_api if path.parent.name == "mastodon-api" else read_outbox
    return check(list(reader(path, declare(path.parent.name, **more))))


def check(rows):
    assert [row["source_row"] for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        assert set(row) <= set(STAGED_MESSAGE.names)
        assert row.get("problem") is None or row["problem"] in REASONS
        assert all(isinstance(flag, str) for flag in row.get("flags", []))
    return rows


def column(rows, name):
    return [row.get(name) for row in rows]


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# --------------------------------------------------------------------------------------------------- API


def test_a_later_link_of_an_own_thread_is_no_reply_to_whom_the_thread_answers():
    second, first, more, answer, question = read("mastodon-api/self-thread.json")
    assert json.loads(more["raw"])["in_reply_to_account_id"] == "109000000000000002"  # the trap
    assert more["in_reply_to_account_id"] == more["account_id"] == OWN
    assert answer["in_reply_to_account_id"] == answer["parent_account_id"] == OTHER
    assert answer["parent_created_at"] == at("2026-03-02T09:00:00")
    assert answer["in_reply_to_message_id"] == question["message_id"]
    assert second["in_reply_to_account_id"] == OWN
    assert [row["reply_known"] for row in (first, question)] == [False, False]


def test_a_target_that_cannot_be_told_stays_unknown():
    rows = read("mastodon-api/unknown-target.json")
    assert column(rows, "reply_known") == [True, True, True, True, False]
    # its own id is certain even if the status replied to is not in the file
    assert column(rows, "in_reply_to_account_id") == [None, None, None, OWN, None]
    assert rows[2]["in_reply_to_message_id"] is None
    assert rows[4]["text"].startswith("@proefpersoon_zz heeft")


def test_pages_that_overlap_give_every_status_of_every_page():
    rows = read("mastodon-api/overlapping-pages.jsonl")
    assert len(rows) == 5
    assert rows[2]["message_id"] == rows[3]["message_id"]
    assert (rows[2]["reactions"], rows[3]["reactions"]) == ("3", "9")


def test_a_boost_is_the_account_s_own_and_carries_nothing_of_the_original():
    hidden, boost, remote = read("mastodon-api/boosts.json")
    assert hidden == {"source_row": 1, "problem": "EXCLUDED_NON_PUBLIC"}
    assert boost["is_repost"] is True
    assert boost["account_id"] == OWN
    assert boost["reposted_message_id"] == remote["message_id"]
    assert boost["created_at"] == at("2026-03-06T09:00:00")
    assert boost.get("text") is None
    assert boost.get("reactions") is None
    # a status of another server may have reached this one much later than it was written
    assert remote["account_handle"] == "veraf@elders.example"
    assert remote["id_clock_at"] is None


def test_what_is_not_public_is_counted_and_nothing_of_it_handed_on():
    rows = read("mastodon-api/private.json")
    assert column(rows, "visibility") == ["public", "unlisted", None, None]
    assert rows[2:] == [
        {"source_row": 3, "problem": "EXCLUDED_NON_PUBLIC"},
        {"source_row": 4, "problem": "EXCLUDED_NON_PUBLIC"},
    ]


def test_a_record_of_which_nobody_knows_whether_it_is_public_leaves_no_content(tmp_path):
    rows = read("mastodon-api/truncated.jsonl")
    assert column(rows, "problem") == [None, None, "JSON_INVALID"]
    assert rows[2]["raw"] is None
    [status] = json.loads((EXPORTS / "mastodon-api/wrong-clock.json").read_text())
    for visibility in (None, 3, ["public"]):
        path = tmp_path / "status.json"
        path.write_text(json.dumps([status | {"visibility": visibility}]))
        [row] = check(list(read_api(path, declare("mastodon-api"))))
        assert (row["problem"], row["raw"]) == ("REQUIRED_NULL", None)


def test_an_edit_is_flagged_and_a_quote_is_one_once_it_names_a_status():
    rows = read("mastodon-api/edited-and-quoted.json")
    assert column(rows, "flags") == [["EDITED_LATER"], [], [], []]
    quoted = column(rows, "quoted_message_id")
    assert quoted[0] is None
    assert quoted[1].startswith(f"{OTHER}/statuses/")
    assert quoted[2:] == ["5", None]


def test_the_clock_of_the_id_is_handed_on_beside_the_stated_time():
    [row] = read("mastodon-api/wrong-clock.json")
    assert row["created_at"] - row["id_clock_at"] == dt.timedelta(hours=1)


def test_the_answer_of_context_holds_statuses_too():
    ancestor, descendant = read("mastodon-api/context.json")
    assert ancestor["account_id"] == OTHER
    assert descendant["in_reply_to_account_id"] is None  # its parent is not in this file


def test_html_becomes_text_and_counts_stay_as_they_are():
    rows = read("mastodon-api/self-thread.json")
    assert rows[1]["text"] == "Werk aan de weg & omleiding\n\n1/2"
    names = ("reactions", "comments", "shares", "quotes", "author_followers", "language")
    assert [rows[1][name] for name in names] == ["3", "1", "2", "0", "4200", "nl"]
    assert rows[1]["metrics_at"] == at("2026-04-01T23:59:59")


def test_another_answer_of_the_server_is_another_kind_of_record(tmp_path):
    path = tmp_path / "account.json"
    path.write_text('[{"id": "1", "acct": "a", "note": ""}, {"error": "Record not found"}, 5, "x"]')
    rows = check(list(read_api(path, declare("mastodon-api"))))
    assert column(rows, "problem") == ["UNKNOWN_RECORD_TYPE"] * 4


# ------------------------------------------------------------------------------------------------ outbox


def test_the_address_replied_to_tells_a_reply_to_oneself():
    rows = read("mastodon-outbox/replies.json")
    assert column(rows, "reply_known") == [False, True, True, True, True, True]
    assert column(rows, "in_reply_to_account_id") == [
        None, OWN, OTHER,
        "https://foto.example/",  # no account in the address, but certainly not this one
        None,  # on its own server, and no account in the address
        f"{OWN}2",  # begins like the account, and is another
    ]  # fmt: skip
    assert rows[1]["in_reply_to_message_id"] == rows[0]["message_id"]
    assert rows[0]["language"] == "nl"
    assert rows[0]["conversation_id"].startswith("tag:")


def test_direct_messages_in_an_archive_are_excluded_unread():
    rows = read("mastodon-outbox/direct-messages.json")
    assert column(rows, "visibility") == ["public", "unlisted", None, None, None]
    assert all(set(row) == {"source_row", "problem"} for row in rows[2:])
    assert not any("GEHEIM" in str(row) for row in rows)


def test_an_object_narrower_than_its_activity_is_not_public(tmp_path):
    box = json.loads((EXPORTS / "mastodon-outbox/fewer-than-stated.json").read_text())
    box["orderedItems"][0]["object"]["to"] = [f"{OWN}/followers"]
    box["orderedItems"][0]["object"]["cc"] = []
    del box["orderedItems"][1]["to"], box["orderedItems"][1]["object"]["to"]
    path = tmp_path / "outbox.json"
    path.write_text(json.dumps(box))
    rows = check(list(read_outbox(path, declare("mastodon-outbox"))))
    assert column(rows, "problem") == ["EXCLUDED_NON_PUBLIC"] * 2


def test_boosts_edits_and_quotes_of_an_archive_are_told_apart():
    rows = read("mastodon-outbox/boosts-and-others.json")
    assert column(rows, "problem") == [
        None, "UNKNOWN_RECORD_TYPE", None, None, "UNKNOWN_RECORD_TYPE",
    ]  # fmt: skip
    assert rows[0]["is_repost"] is True
    assert rows[0]["message_id"].endswith("/activity")
    assert rows[0]["reposted_message_id"] == "https://elders.example/users/veraf/statuses/5001"
    assert rows[2]["flags"] == ["EDITED_LATER"]
    assert rows[3]["quoted_message_id"] == rows[0]["reposted_message_id"]
    assert rows[2].get("reactions") is None


def test_the_number_an_archive_states_is_read_from_its_head():
    path = EXPORTS / "mastodon-outbox" / "fewer-than-stated.json"
    source = declare("mastodon-outbox")
    assert count_outbox(path, source) == 3
    assert len(list(read_outbox(path, source))) == 2


def test_an_archive_that_was_cut_keeps_what_came_before_and_says_so():
    rows = read("mastodon-outbox/truncated.json")
    assert column(rows, "problem") == [None, None, "JSON_INVALID"]
    assert rows[2]["raw"] is None


def test_the_account_comes_from_the_activity_then_the_actor_file_then_the_declaration(tmp_path):
    [row] = read("mastodon-outbox/without-actor/outbox.json")
    assert (row["account_id"], row["account_handle"]) == (OWN, "proefdorp")
    alone = tmp_path / "outbox.json"
    alone.write_bytes((EXPORTS / "mastodon-outbox/without-actor/outbox.json").read_bytes())
    [row] = list(read_outbox(alone, declare("mastodon-outbox", account_id=OWN)))
    assert row["account_id"] == OWN
    [row] = list(read_outbox(alone, declare("mastodon-outbox")))
    assert row["account_id"] is None


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[]", "FORMAT_INVALID"),
        (b'{"id": "actor"}', "FORMAT_INVALID"),
        (b"", "FORMAT_INVALID"),
        ('{"orderedItems": []}'.encode("utf-16"), "ENCODING_INVALID"),
    ],
)
def test_what_is_no_outbox_is_refused_in_one_line(tmp_path, content, code):
    path = tmp_path / "outbox.json"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refusal:
        list(read_outbox(path, declare("mastodon-outbox")))
    assert refusal.value.code == code
    assert "\n" not in refusal.value.detail


def test_a_damaged_archive_file_is_refused_in_one_line(tmp_path):
    packed = gzip.compress((EXPORTS / "mastodon-outbox/replies.json").read_bytes())
    path = tmp_path / "outbox.json.gz"
    path.write_bytes(packed)
    source = declare("mastodon-outbox")
    assert len(list(read_outbox(path, source))) == count_outbox(path, source) == 6
    path.write_bytes(packed[:200])
    assert count_outbox(path, source) is None
    with pytest.raises(FileRefused) as refusal:
        list(read_outbox(path, source))
    assert refusal.value.code == "FORMAT_INVALID"


def test_a_list_longer_than_a_block_is_read_to_its_end(tmp_path):
    [item] = json.loads((EXPORTS / "mastodon-outbox/without-actor/outbox.json").read_text())["orderedItems"]  # fmt: skip
    line = json.dumps(item)
    path = tmp_path / "outbox.json"
    path.write_text(
        '{"totalItems":3000,"orderedItems":[' + ",".join([line] * 3000) + '],"last":{"a":[1]}}'
    )
    rows = check(list(read_outbox(path, declare("mastodon-outbox"))))
    assert len(rows) == 3000
    assert not any(column(rows, "problem"))


# --------------------------------------------------------------------------------- files damaged on purpose

PUBLIC = {"mastodon-api": "overlapping-pages.jsonl", "mastodon-outbox": "replies.json"}
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.just([]), st.just({}), st.just([[{}]]), st.just(1.15e17),
)  # fmt: skip
small = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def items_of(name):
    text = (EXPORTS / name / PUBLIC[name]).read_text()
    if name == "mastodon-outbox":
        return json.loads(text)["orderedItems"]
    return [status for line in text.splitlines() for status in json.loads(line)]


def write(path, name, items):
    body = ",".join(item if isinstance(item, str) else json.dumps(item) for item in items)
    path.write_text(f'{{"orderedItems":[{body}]}}' if name == "mastodon-outbox" else f"[{body}]")


def damage(data, record):
    """Put something odd at one place of a record, at any depth."""
    keys = list(record)
    key = data.draw(st.sampled_from(keys))
    if isinstance(record[key], dict) and record[key] and data.draw(st.booleans()):
        return record | {key: damage(data, record[key])}
    if data.draw(st.booleans()):
        return {name: entry for name, entry in record.items() if name != key}
    return record | {key: data.draw(ODD)}


@pytest.mark.parametrize("name", PUBLIC)
@small
@given(data=st.data())
def test_records_of_damaged_types_are_all_accounted_for(name, tmp_path, data):
    items = [damage(data, item) for item in items_of(name)]
    items = data.draw(st.permutations(items + items[: data.draw(st.integers(0, 3))]))
    path = tmp_path / "x.json"
    write(path, name, items)
    reader = {"mastodon-api": read_api, "mastodon-outbox": read_outbox}[name]
    rows = check(list(reader(path, declare(name))))
    assert len(rows) == len(items)
    assert all(row.get("problem") != "READER_ERROR" for row in rows)


@pytest.mark.parametrize("name", PUBLIC)
def test_a_file_cut_between_two_records_says_that_it_is_cut(name, tmp_path):
    items = items_of(name)
    path = tmp_path / "x.json"
    write(path, name, items)
    whole = path.read_bytes()
    first = whole.index(b"[") + len(json.dumps(items[0])) + 1
    reader = {"mastodon-api": read_api, "mastodon-outbox": read_outbox}[name]
    for cut in (first, first + 1):
        path.write_bytes(whole[:cut])
        rows = check(list(reader(path, declare(name))))
        assert [row.get("problem") for row in rows] == [None, "JSON_INVALID"]


@pytest.mark.parametrize("name", PUBLIC)
@small
@given(data=st.data())
def test_a_file_cut_anywhere_loses_at_most_its_last_record(name, tmp_path, data):
    items = items_of(name)
    path = tmp_path / "x.json"
    write(path, name, items)
    whole = path.read_bytes()
    begin = whole.index(b"[") + 1
    cut = data.draw(st.integers(begin, len(whole)))
    path.write_bytes(whole[:cut])
    reader = {"mastodon-api": read_api, "mastodon-outbox": read_outbox}[name]
    rows = check(list(reader(path, declare(name))))
    kept = [row for row in rows if not row.get("problem")]
    ends = [begin - 1]
    for item in items:
        ends.append(ends[-1] + 1 + len(json.dumps(item)))
    assert len(kept) == sum(end <= cut for end in ends[1:])
    if begin < cut < ends[-1]:
        assert rows[-1]["problem"] == "JSON_INVALID"


@pytest.mark.parametrize("name", PUBLIC)
@small
@given(noise=st.binary(max_size=300))
def test_bytes_that_are_no_export_never_crash_a_reader(name, tmp_path, noise):
    path = tmp_path / "x.json"
    path.write_bytes(noise)
    reader = {"mastodon-api": read_api, "mastodon-outbox": read_outbox}[name]
    rows, refusal = [], ""
    try:
        rows = check(list(reader(path, declare(name))))
    except FileRefused as error:
        refusal = error.detail
    assert "\n" not in refusal
    assert all(row.get("problem") for row in rows)


@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_another_encoding_is_read_or_told_record_by_record(name, encoding, tmp_path):
    items = items_of(name)
    for item in items:
        item.get("object", item)["content"] = "<p>Café</p>"
    path = tmp_path / "x.json"
    write(path, name, [json.dumps(item, ensure_ascii=False) for item in items])
    path.write_bytes(path.read_text().encode(encoding))
    reader = {"mastodon-api": read_api, "mastodon-outbox": read_outbox}[name]
    rows = check(list(reader(path, declare(name))))
    assert len(rows) == len(items)
    if encoding == "utf-8-sig":
        assert {row["text"] for row in rows} == {"Café"}
    else:
        assert set(column(rows, "problem")) == {"JSON_INVALID"}


def test_a_record_nested_beyond_reason_does_not_stop_the_file(tmp_path):
    items = items_of("mastodon-api")
    deep = '{"visibility": "public", "content": ' + "[" * 700 + "]" * 700 + "}"
    path = tmp_path / "pages.json"
    path.write_text(f"[[{deep}, {json.dumps(items[0])}]]")
    rows = check(list(read_api(path, declare("mastodon-api"))))
    assert len(rows) == 2
    assert rows[1].get("problem") is None


def test_each_file_of_fixtures_is_read_and_tells_no_secret():
    for path in sorted((EXPORTS / "mastodon-api").glob("*")):
        rows = read(f"mastodon-api/{path.name}")
        assert not any("GEHEIM-BERICHT-77" in orjson.dumps(row).decode() for row in rows)
    texts = "".join(path.read_text() for path in EXPORTS.glob("mastodon-*/*.json*"))
    assert all(marker in texts for marker in MARKERS)


def test_formats_say_why_something_cannot_be_computed():
    for format_ in FORMATS:
        for name in ("self_replies", "parents", "followers", "reach", "interactions"):
            if getattr(format_.capabilities, name) != "yes":
                assert name in format_.capabilities.reasons
