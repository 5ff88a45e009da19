"""Bluesky: what a feed repeats and hides, what a repository calls its records, and that no record gets lost."""

import datetime as dt
import gzip
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roeptoeter.messages import REASONS
from roeptoeter.sources.bluesky import FORMATS, read_author_feed, read_car
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import STAGED_MESSAGE, FileRefused

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
OWN = "did:plc:proefdorpproefdorpproefd"
OTHER = "did:plc:persoonpersoonpersoonper"
MARKERS = ("Mareike Proefpersoon", "proefpersoon_zz", "proef@persoon.example", "+31 6 00000042")


def declare(name):
    return Source(
        file="x.json", format=name, platform="bluesky", exported_on=dt.date(2026, 4, 1)
    )  # fmt: skip


def read_feed(path):
    return check(list(read_author_feed(path, declare("bluesky-author-feed"))))


def read_repository(path):
    return check(list(read_car(path, declare("bluesky-car"))))


def feed(name):
    return read_feed(EXPORTS / "bluesky-author-feed" / name)


def read_or_refuse(read, path):
    try:
        return read(path), ""
    except FileRefused as refusal:
        return [], refusal.detail


def check(rows):
    assert [row["source_row"] for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        assert set(row) <= set(STAGED_MESSAGE.names)
        assert row.get("problem") is None or row["problem"] in REASONS
    return rows


def column(rows, name):
    return [row.get(name) for row in rows]


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# ------------------------------------------------------------------------------------------- author feed


def test_whom_a_post_answers_is_known_even_if_the_parent_is_gone_or_blocked():
    bare, blocked, gone, own, answer = feed("replies.json")
    assert column([bare, blocked, gone, own, answer], "reply_known") == [True] * 5
    assert column([bare, blocked, gone, answer], "in_reply_to_account_id") == [OTHER] * 4
    assert own["in_reply_to_account_id"] == own["account_id"] == OWN
    assert column([bare, blocked, gone], "parent_created_at") == [None] * 3
    assert column([bare, blocked, gone], "parent_account_id") == [None] * 3
    assert answer["parent_created_at"] == at("2026-03-02T09:00:00")
    assert answer["parent_account_id"] == OTHER
    assert own["parent_created_at"] == answer["created_at"] == at("2026-03-02T09:25:00")
    assert own["in_reply_to_message_id"] == answer["message_id"]
    assert own["conversation_id"] == answer["in_reply_to_message_id"]


def test_a_pinned_post_and_overlapping_pages_give_a_post_twice():
    rows = feed("pinned-and-overlapping-pages.jsonl")
    ids = column(rows, "message_id")
    assert len(ids) == 6
    assert ids[0] == ids[5]
    assert ids[2] == ids[3]
    assert (rows[2]["reactions"], rows[3]["reactions"]) == ("3", "9")
    assert not any(column(rows, "is_repost"))


def test_a_repost_has_the_server_s_time_and_nothing_of_the_original():
    named, nameless = feed("reposts.json")
    original = named["reposted_message_id"]
    assert original.startswith(f"at://{OTHER}/app.bsky.feed.post/")
    assert named["message_id"].startswith(f"at://{OWN}/app.bsky.feed.repost/")
    assert nameless["message_id"] == f"repost:{OWN}:{original}"
    assert column([named, nameless], "account_id") == [OWN, OWN]
    assert column([named, nameless], "created_at") == [
        at("2026-03-04T09:00:00"), at("2026-03-04T08:00:00"),
    ]  # fmt: skip
    for name in ("text", "reactions", "reply_known", "in_reply_to_message_id", "id_clock_at"):
        assert column([named, nameless], name) == [None, None]


def test_both_forms_of_a_quote_are_quotes_and_an_embedded_list_is_none():
    plain, with_pictures, of_a_list = column(feed("quotes.json"), "quoted_message_id")
    assert plain == with_pictures
    assert plain.startswith(f"at://{OTHER}/app.bsky.feed.post/")
    assert of_a_list is None


def test_the_earlier_of_the_two_times_holds_and_a_day_between_them_is_flagged():
    imported, ahead, older = feed("backdated.json")
    assert imported["created_at"] == at("2024-02-01T08:00:00")
    assert imported["flags"] == ["TIMESTAMP_BACKDATED"]
    assert imported["id_clock_at"] == at("2026-03-06T10:00:00")
    assert ahead["created_at"] == at("2026-03-06T11:00:01")
    assert ahead["flags"] == []
    # before there was a Bluesky: for the checks to judge, not for the reader
    assert older["created_at"] == at("2019-05-01T08:00:00")


def test_counts_language_and_text_are_taken_over_as_they_are(tmp_path):
    row = feed("replies.json")[4]
    names = ("reactions", "comments", "shares", "quotes", "language", "account_handle")
    assert [row[name] for name in names] == ["3", "1", "2", "0", "nl", "proefdorp.example"]
    item = json.loads((EXPORTS / "bluesky-author-feed/quotes.json").read_text())[0]
    item["post"]["record"] |= {"text": "x &amp; y", "langs": ["nl", "en"]}
    path = tmp_path / "item.json"
    path.write_text(json.dumps(item))
    [row] = read_feed(path)
    assert (row["text"], row["language"]) == ("x &amp; y", None)


def test_an_answer_that_is_no_feed_and_a_cut_line_are_told():
    rows = feed("truncated.jsonl")
    assert column(rows, "problem") == [None, "UNKNOWN_RECORD_TYPE", "JSON_INVALID"]


# ------------------------------------------------------------------------------------------- repository


class Link(bytes):
    """A CID inside a record."""


def encode(entry):
    """Write DAG-CBOR: what libipld reads and cannot write, because it knows no links when writing."""

    def head(major, number):
        if number < 24:
            return bytes([major << 5 | number])
        power = next(power for power in range(4) if number < 1 << (8 << power))
        return bytes([major << 5 | 24 + power]) + number.to_bytes(1 << power, "big")

    if isinstance(entry, Link):
        return b"\xd8\x2a" + head(2, len(entry) + 1) + b"\x00" + bytes(entry)
    if entry is None or isinstance(entry, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[entry]
    if isinstance(entry, int):
        return head(0, entry)
    if isinstance(entry, bytes):
        return head(2, len(entry)) + entry
    if isinstance(entry, str):
        return head(3, len(entry.encode())) + entry.encode()
    if isinstance(entry, list):
        return head(4, len(entry)) + b"".join(map(encode, entry))
    pairs = sorted(entry.items(), key=lambda pair: (len(pair[0]), pair[0]))
    return head(5, len(pairs)) + b"".join(encode(key) + encode(item) for key, item in pairs)


def link_to(block):
    return Link(b"\x01\x71\x12\x20" + hashlib.sha256(block).digest())


def write_car(records, *, owner=OWN, leave_out=(), orphans=()):
    """Write a repository as an account exports it: its root, a tree of three nodes, its records.

    `records` are (key, record) pairs. Keys in `leave_out` are named by the tree, but their records are missing;
    "tree" leaves out a node. Records in `orphans` are there, but the tree does not name them.
    """
    records = sorted(records)
    blocks = {key: encode(record) for key, record in records}
    third = len(records) // 3

    def build_node(part, left=None, below=None):
        entries, before = [], b""
        for key, _ in part:
            whole = key.encode()
            shared = next(
                (n for n, (one, two) in enumerate(zip(before, whole, strict=False)) if one != two),
                min(len(before), len(whole)),
            )
            entries.append({"p": shared, "k": whole[shared:], "v": link_to(blocks[key]), "t": None})
            before = whole
        if entries:
            entries[-1]["t"] = below
        return encode({"l": left, "e": entries})

    left, below = build_node(records[:third]), build_node(records[2 * third :])
    top = build_node(records[third : 2 * third], link_to(left), link_to(below))
    root = encode(
        {"did": owner, "version": 3, "data": link_to(top), "rev": "3mg", "prev": None, "sig": b"x"}
    )
    kept = [root, top, left, *([] if "tree" in leave_out else [below])]
    kept += [block for key, block in blocks.items() if key not in leave_out]
    kept += [encode(record) for record in orphans]

    def measure(part):
        number, digits = len(part), b""
        while number > 127:
            number, digits = number >> 7, digits + bytes([number & 127 | 128])
        return digits + bytes([number]) + part

    header = encode({"version": 1, "roots": [link_to(root)]})
    return measure(header) + b"".join(measure(link_to(block) + block) for block in kept)


def write_tid(text):
    number = int(at(text).timestamp() * 1_000_000) << 10 | 3
    return "".join("234567abcdefghijklmnopqrstuvwxyz"[number >> 5 * n & 31] for n in range(12, -1, -1))  # fmt: skip


def make_post(text, created_at, **more):
    return {"$type": "app.bsky.feed.post", "text": text, "createdAt": created_at + "Z", **more}


def make_records():
    """Return the records of the repository in the fixtures."""
    post, repost = "app.bsky.feed.post", "app.bsky.feed.repost"
    theirs = f"at://{OTHER}/{post}/{write_tid('2026-03-02T08:00:00')}"
    times = [f"2026-03-02T{hour:02}:00:00" for hour in range(9, 15)]
    keys = [f"{post}/{write_tid(time)}" for time in times]
    mine = f"at://{OWN}/{keys[0]}"
    cid = link_to(b"somewhere else")

    def refer(address):
        return {"uri": address, "cid": str(cid.hex())}

    return [
        (keys[0], make_post("Café open", times[0], langs=["nl"])),
        (keys[1], make_post("Van 9 tot 17. proef@persoon.example +31 6 00000042", times[1],
                            reply={"parent": refer(theirs), "root": refer(theirs)})),
        (keys[2], make_post("En donderdag", times[2],
                            reply={"parent": refer(mine), "root": refer(mine)})),
        (keys[3], make_post("Lees Mareike Proefpersoon (proefpersoon_zz)", times[3], embed={
            "$type": "app.bsky.embed.record", "record": refer(theirs)})),
        (keys[4], make_post("Ingevoerd", "2024-02-01T08:00:00")),
        (f"{post}/eigen-naam", make_post("Zonder klok", times[5], embed={
            "$type": "app.bsky.embed.images",
            "images": [{"alt": "", "image": {"$type": "blob", "ref": cid, "size": 9}}]})),
        (f"{repost}/{write_tid(times[5])}", {
            "$type": repost, "subject": refer(theirs), "createdAt": times[5] + "Z"}),
        ("app.bsky.feed.like/3kh5rarknk22a", {
            "$type": "app.bsky.feed.like", "subject": refer(theirs), "createdAt": times[5] + "Z"}),
        ("app.bsky.actor.profile/self", {
            "$type": "app.bsky.actor.profile", "displayName": "Gemeente Proefdorp"}),
    ]  # fmt: skip


CAR = EXPORTS / "bluesky-car" / "proefdorp.car"


def test_the_repository_in_the_fixtures_is_the_one_that_is_written_here():
    assert CAR.read_bytes() == write_car(make_records())


def test_addresses_are_put_together_from_the_tree():
    rows = read_repository(CAR)
    assert column(rows, "message_id") == sorted(
        f"at://{OWN}/{key}" for key, _ in make_records() if "post/" in key
    )
    assert set(column(rows, "account_id")) == {OWN}
    assert not any(column(rows, "problem"))
    # likes and the profile are no messages
    assert not any("like" in row["message_id"] for row in rows)


def test_a_repository_tells_replies_to_others_from_replies_to_oneself():
    first, answer, more, *_ = read_repository(CAR)
    assert answer["in_reply_to_account_id"] == OTHER
    assert more["in_reply_to_account_id"] == more["account_id"]
    assert more["in_reply_to_message_id"] == first["message_id"]
    assert column([first, answer, more], "reply_known") == [False, True, True]
    assert first["language"] == "nl"
    assert first["text"] == "Café open"
    assert first.get("reactions") is None


def test_reposts_quotes_and_clocks_of_a_repository_are_told():
    *_, quote, imported, nameless, repost = read_repository(CAR)
    assert quote["quoted_message_id"] == repost["reposted_message_id"]
    assert repost["is_repost"] is True
    assert repost["created_at"] == repost["id_clock_at"] == at("2026-03-02T14:00:00")
    assert imported["id_clock_at"] - imported["created_at"] > dt.timedelta(days=700)
    assert nameless["id_clock_at"] is None


def test_a_packed_repository_is_read_too(tmp_path):
    path = tmp_path / "repo.car.gz"
    path.write_bytes(gzip.compress(CAR.read_bytes()))
    assert read_repository(path) == read_repository(CAR)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FileRefused):
        read_repository(path)


def test_a_record_without_address_and_an_address_without_record_are_told(tmp_path):
    records = make_records()
    path = tmp_path / "repo.car"
    stray = make_post("Verwijderd", "2026-03-02T20:00:00")
    path.write_bytes(write_car(records, leave_out=[records[0][0]], orphans=[stray]))
    rows = read_repository(path)
    assert len(rows) == 8
    assert column(rows, "problem") == ["REQUIRED_NULL", *[None] * 6, "REQUIRED_NULL"]
    assert "record" in rows[0]["problem_detail"]
    assert "address" in rows[7]["problem_detail"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        CAR.read_bytes()[:-20],
        CAR.read_bytes()[:300],
        write_car(make_records(), leave_out=["tree"]),
        write_car(make_records(), owner=None),
    ],
    ids=["empty", "json", "cut in a record", "cut in the tree", "a node missing", "no owner"],
)
def test_what_is_no_whole_repository_is_refused_in_one_line(tmp_path, content):
    path = tmp_path / "repo.car"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refusal:
        read_repository(path)
    assert refusal.value.code == "FORMAT_INVALID"
    assert "\n" not in refusal.value.detail


# --------------------------------------------------------------------------------- files damaged on purpose

ODD = st.one_of(
    st.none(), st.booleans(), st.integers(0, 1 << 62), st.text(max_size=8), st.just([]),
    st.just({}), st.just([[{}]]), st.just("1.15e17"), st.just("at://x/app.bsky.feed.post/zzzzzzzzzzzzz"),
)  # fmt: skip
small = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def damage(data, record):
    """Put something odd at one place of a record, at any depth."""
    key = data.draw(st.sampled_from(list(record)))
    if isinstance(record[key], dict) and record[key] and data.draw(st.booleans()):
        return record | {key: damage(data, record[key])}
    if data.draw(st.booleans()):
        return {name: entry for name, entry in record.items() if name != key}
    return record | {key: data.draw(ODD)}


def feed_items():
    items = []
    for name in ("replies.json", "reposts.json", "quotes.json"):
        page = json.loads((EXPORTS / "bluesky-author-feed" / name).read_text())
        items += page["feed"] if isinstance(page, dict) else page
    return items


@small
@given(data=st.data())
def test_items_of_damaged_types_are_all_accounted_for(tmp_path, data):
    items = [damage(data, item) for item in feed_items()]
    items = data.draw(st.permutations(items + items[: data.draw(st.integers(0, 3))]))
    path = tmp_path / "feed.json"
    path.write_text(json.dumps({"feed": items}))
    rows = read_feed(path)
    assert len(rows) == len(items)
    assert "READER_ERROR" not in column(rows, "problem")


@small
@given(data=st.data())
def test_lines_cut_anywhere_lose_at_most_the_last_record(tmp_path, data):
    lines = [json.dumps(item) for item in feed_items()]
    whole = "\n".join(lines)
    cut = data.draw(st.integers(len(lines[0]) + 2, len(whole)))
    path = tmp_path / "feed.jsonl"
    path.write_text(whole[:cut])
    rows = read_feed(path)
    assert len(rows) == len(whole[:cut].split("\n")) - whole[:cut].endswith("\n")
    assert not any(column(rows[:-1], "problem"))
    if whole[:cut].rpartition("\n")[2] not in {"", *lines}:
        assert rows[-1]["problem"] == "JSON_INVALID"


@small
@given(data=st.data())
def test_repositories_of_damaged_records_are_all_accounted_for(tmp_path, data):
    records = [(key, damage(data, record)) for key, record in make_records()]
    path = tmp_path / "repo.car"
    path.write_bytes(write_car(records))
    rows = read_repository(path)
    assert len(rows) == 7
    assert "READER_ERROR" not in column(rows, "problem")


@small
@given(noise=st.binary(max_size=200), place=st.integers(0, 3000), replace=st.booleans())
def test_bytes_that_are_no_repository_never_crash_the_reader(tmp_path, noise, place, replace):
    whole = CAR.read_bytes()
    path = tmp_path / "repo.car"
    path.write_bytes(noise if replace else whole[:place] + noise + whole[place + len(noise) :])
    _, refusal = read_or_refuse(read_repository, path)
    assert "\n" not in refusal


@small
@given(noise=st.binary(max_size=300))
def test_bytes_that_are_no_feed_never_crash_the_reader(tmp_path, noise):
    path = tmp_path / "feed.json"
    path.write_bytes(noise)
    rows, refusal = read_or_refuse(read_feed, path)
    assert "\n" not in refusal
    assert all(row.get("problem") for row in rows)


def test_an_item_nested_beyond_reason_does_not_stop_the_file(tmp_path):
    deep = '{"post": {"record": ' + "[" * 700 + "]" * 700 + "}}"
    path = tmp_path / "feed.json"
    path.write_text(f'{{"feed": [{deep}, {json.dumps(feed_items()[0])}]}}')
    rows = read_feed(path)
    assert len(rows) == 2
    assert rows[1].get("problem") is None


def test_the_fixtures_hold_the_markers_that_must_not_get_through():
    texts = "".join(path.read_text() for path in EXPORTS.glob("bluesky-author-feed/*.json*"))
    assert all(marker in texts for marker in MARKERS)
    assert all(marker.encode() in CAR.read_bytes() for marker in MARKERS)


def test_formats_say_why_something_cannot_be_computed():
    for format_ in FORMATS:
        for name in ("parents", "followers", "reach", "interactions"):
            if getattr(format_.capabilities, name) != "yes":
                assert name in format_.capabilities.reasons
