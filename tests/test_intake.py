"""The intake: every row is judged once, accounted for, and leaves without anybody's name or words."""

import datetime as dt
import json
import random
import stat

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.messages import ACCOUNT_SNAPSHOTS, KINDS, MESSAGES, REASONS, SURVEY_ANSWERS
from roeptoeter.sources import declaration
from roeptoeter.sources.accounts import read_accounts
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.intake import read_exports
from roeptoeter.sources.intake.examine import describe_damage
from roeptoeter.sources.staging import STAGED_MESSAGE, FileRefused, Format
from roeptoeter.study import Study

START = dt.datetime(2024, 1, 8, 9, 0, tzinfo=dt.UTC)
TIMES = {
    "created_at",
    "id_clock_at",
    "parent_created_at",
    "metrics_at",
    "observed_at",
    "submitted_at",
}


def snowflake(at: dt.datetime, sequence: int = 0) -> str:
    milliseconds = round(at.timestamp() * 1000)
    return str((milliseconds - 1288834974657 << 22) | sequence)


def message(number: int, **changes) -> dict:
    at = START + dt.timedelta(minutes=7 * number, milliseconds=13 * number)
    row = {
        "source_row": number + 1,
        "raw": json.dumps({"row": number}),
        "message_id": snowflake(at, (number * 7919 + 3) % 4194304),
        "account_id": "41",
        "account_handle": "gemeente",
        "created_at": at.isoformat(),
        "text": "Goedemorgen",
        "reactions": "3",
    }
    return row | changes


def read_lines(path, source):
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for name in TIMES & set(row):
            row[name] = row[name] and dt.datetime.fromisoformat(row[name])
        yield row


def select_lines(path, source):
    kinds = {pa.int64(): "BIGINT", pa.bool_(): "BOOLEAN", pa.list_(pa.string()): "VARCHAR[]"}
    columns = {
        field.name: kinds.get(field.type, "TIMESTAMPTZ" if field.name in TIMES else "VARCHAR")
        for field in STAGED_MESSAGE
    }
    return f"SELECT * FROM read_json('{path}', format = 'newline_delimited', columns = {columns})"


def make_format(name: str, **changes) -> Format:
    arguments = {
        "title": name, "yields": "messages", "verified": True, "capabilities": None, "needs": (),
        "suffixes": (".jsonl",), "read": read_lines, "followers_basis": "at_collection",
    }  # fmt: skip
    return Format(name, **(arguments | changes))


class Workshop:
    """A repository of its own, with a study whose exports a test writes."""

    def __init__(self, root):
        self.root = root
        self.folder = root / "data" / "raw" / "exports" / "mine"
        self.folder.mkdir(parents=True)
        self.study = Study(name="mine", title="A study", evidence="measured")
        self.files: dict[str, dict] = {}

    def add(self, rows, file="a.jsonl", **entry):
        (self.folder / file).write_text(
            "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
        )
        defaults = {
            "format": "told", "platform": "twitter", "exported_on": dt.date(2024, 7, 15),
            "organisation": "GM0014",
        }  # fmt: skip
        self.files[file] = {
            key: given for key, given in (defaults | entry).items() if given is not None
        }
        return self

    def read(self):
        (self.folder / "sources.yaml").write_text(
            yaml.safe_dump({"files": self.files}), encoding="utf-8"
        )
        read_exports(self.study)
        return self

    def table(self, name: str) -> list[dict]:
        return pq.read_table(self.root / "data/processed/mine" / f"{name}.parquet").to_pylist()

    @property
    def messages(self) -> list[dict]:
        return self.table("messages")

    @property
    def quarantine(self) -> list[dict]:
        return pq.read_table(self.root / "build/mine/quarantine.parquet").to_pylist()

    def codes(self) -> dict[str, int]:
        return {row["code"]: row["rows"] for row in self.table("reasons")}

    def refusal(self) -> str:
        with pytest.raises(InputError) as caught:
            self.read()
        line = str(caught.value)
        assert "\n" not in line
        return line


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    monkeypatch.setattr(study_module, "ROOT", tmp_path)
    monkeypatch.setattr(declaration, "ROOT", tmp_path)
    for kind in (
        make_format("told"),
        make_format("selected", read=None, select=select_lines),
        make_format("at-posting", followers_basis="at_posting"),
        make_format("counted", expected_count=lambda path, source: 40, row_cap=30),
        make_format("snapshots", yields="account_snapshots"),
        make_format("survey", yields="survey_answers"),
    ):
        monkeypatch.setitem(FORMATS, kind.name, kind)
    return Workshop(tmp_path)


def clean(number: int = 30) -> list[dict]:
    return [message(position) for position in range(number)]


# --- the tables -------------------------------------------------------------------------------------------


def test_the_tables_have_the_canonical_columns_and_types(workshop):
    workshop.add(clean()).read()
    for name, schema in {
        "messages": MESSAGES,
        "account_snapshots": ACCOUNT_SNAPSHOTS,
        "survey_answers": SURVEY_ANSWERS,
    }.items():
        found = pq.read_schema(workshop.root / f"data/processed/mine/{name}.parquet")
        assert found.names == schema.names
        for field in schema:
            assert str(found.field(field.name).type).replace("element", "item") == str(
                field.type
            ).replace("element", "item")


def test_dicts_and_a_select_give_the_same_tables(workshop):
    rows = [
        *clean(),
        message(30, message_id="12345678.0", created_at="2010-01-05T10:00:00+00:00"),
        message(31, text="Ã© kapot", reactions="1,5"),
        message(32, in_reply_to_message_id="7.7e+17", in_reply_to_account_id="99"),
        message(33, is_repost=True, reactions="12"),
        message(33, metrics_at="2024-02-01T00:00:00+00:00", is_repost=True),
        message(34, visibility="direct", text="GEHEIM"),
        message(35, message_id=None),
        {"source_row": 37, "raw": "{", "problem": "JSON_INVALID"},
    ]
    told = workshop.add(rows, accept_partial="made for this test").read()
    first = {name: told.table(name) for name in ("messages", "duplicates", "reasons")}
    first["quarantine"] = workshop.quarantine
    workshop.files["a.jsonl"]["format"] = "selected"
    workshop.read()
    for name in ("messages", "duplicates", "reasons"):
        second = workshop.table(name)
        for row in second:
            if "source_format" in row:
                row["source_format"] = "told"
        assert first[name] == second
    left_out = [row | {"source_format": "told"} for row in workshop.quarantine]
    key = "source_row"
    assert sorted(first["quarantine"], key=lambda row: row[key]) == sorted(
        left_out, key=lambda row: row[key]
    )


def test_a_study_without_exports_is_left_alone(workshop):
    workshop.folder.rmdir()
    read_exports(workshop.study)
    assert not (workshop.root / "data/processed").exists()


# --- row checks -------------------------------------------------------------------------------------------


FAULTS = {
    "twitter": [
        ({"message_id": None}, "REQUIRED_NULL"),
        ({"message_id": "nan"}, "REQUIRED_NULL"),
        ({"account_id": None}, "REQUIRED_NULL"),
        ({"created_at": None}, "REQUIRED_NULL"),
        ({"message_id": "1744645920000000000.0"}, "ID_IS_FLOAT"),
        ({"account_id": "9007199254740993.0"}, "ID_IS_FLOAT"),
        ({"account_id": "7.7e+17"}, "ID_SCIENTIFIC"),
        ({"message_id": "status/17"}, "ID_BAD_FORM"),
        ({"message_id": "status/17", "account_id": None, "created_at": None}, "ID_BAD_FORM"),
        ({"message_id": "https://x.example/17"}, "ID_BAD_FORM"),
        ({"created_at": "2005-01-01T00:00:00+00:00"}, "TIMESTAMP_RANGE"),
        ({"created_at": "2024-01-08T13:00:03+00:00"}, "SNOWFLAKE_MISMATCH"),
        ({"problem": "READER_ERROR"}, "READER_ERROR"),
        ({"visibility": "followers"}, "EXCLUDED_NON_PUBLIC"),
        ({"visibility": "direct", "problem": "READER_ERROR"}, "EXCLUDED_NON_PUBLIC"),
        ({"problem": "EXCLUDED_DELETED"}, "EXCLUDED_DELETED"),
        ({"message_id": "https://x.example/17", "flags": ["URL_AS_ID"]}, None),
    ],
    "facebook": [
        ({"message_id": "17_18_19"}, "ID_BAD_FORM"),
        ({"created_at": "2024-07-17T00:00:00+00:00"}, "TIMESTAMP_RANGE"),
        ({"created_at": "2024-07-16T12:00:00+00:00"}, None),
        ({"message_id": "pfbid02aBc"}, None),
    ],
    "bluesky": [({"message_id": "a word"}, "ID_BAD_FORM")],
    "mastodon": [
        ({"message_id": "https://a.example/b c"}, "ID_BAD_FORM"),
        ({"id_clock_at": "2024-01-08T09:00:02+00:00"}, "SNOWFLAKE_MISMATCH"),
        ({"id_clock_at": "2024-01-08T09:00:00.5+00:00"}, None),
        ({"message_id": "tag:a.example,2017-01-01:objectId=1:objectType=Status"}, None),
    ],
    "other": [({"message_id": "1,7E+18"}, "ID_SCIENTIFIC"), ({"message_id": "12e45"}, None)],
}  # fmt: skip
SHAPES = {"facebook": "1_{}", "bluesky": "at://did/{}", "mastodon": "https://a.example/{}", "other": "post-{}"}  # fmt: skip


def test_a_row_leaves_at_the_first_check_that_it_fails(workshop):
    for platform, faults in FAULTS.items():
        rows = [message(position) for position in range(len(faults))]
        if platform != "twitter":
            common = {"created_at": START.isoformat()}
            rows = [
                row | common | {"message_id": SHAPES[platform].format(row["source_row"])}
                for row in rows
            ]
        rows = [row | changes for row, (changes, _) in zip(rows, faults, strict=True)]
        sound = [
            message(300)
            | {"message_id": SHAPES.get(platform, message(300)["message_id"]).format(300)}
        ]
        workshop.add(
            [*rows, *sound],
            f"{platform}.jsonl",
            platform=platform,
            accept_partial="all faults at once",
        )
    workshop.read()
    found = {(row["source_file"], row["source_row"]): row["code"] for row in workshop.quarantine}
    kept = {(row["source_file"], row["source_row"]) for row in workshop.messages}
    for platform, faults in FAULTS.items():
        for number, (changes, code) in enumerate(faults, start=1):
            place = (f"{platform}.jsonl", number)
            excluded = code is not None and REASONS[code][0] == "excluded"
            assert found.get(place) == (None if excluded else code), (platform, changes)
            assert (place in kept) == (code is None), (platform, changes)
    assert {"EXCLUDED_NON_PUBLIC", "EXCLUDED_DELETED"} <= set(workshop.codes())


def test_what_is_not_public_is_not_kept_anywhere(workshop):
    rows = clean()
    rows[3] |= {"visibility": "direct", "text": "GEHEIM-BERICHT-77", "raw": "GEHEIM-BERICHT-77"}
    workshop.add(rows).read()
    assert "GEHEIM" not in repr(workshop.quarantine) + repr(workshop.messages)
    assert workshop.table("file_log")[0]["excluded"] == 1


def test_a_day_or_a_minute_is_held_against_the_id_clock_as_loosely_as_it_is_told(workshop):
    rows = clean()
    rows[0] |= {"created_at": "2024-01-08T00:00:00+00:00", "created_at_precision": "day"}
    rows[1] |= {"created_at": "2024-01-08T09:07:00+00:00", "created_at_precision": "minute"}
    rows[2] |= {"created_at": "2024-01-08T09:12:00+00:00", "created_at_precision": "minute"}
    rows += [message(position) for position in range(30, 60)]
    workshop.add(rows).read()
    assert workshop.codes()["SNOWFLAKE_MISMATCH"] == 1
    assert [row["source_row"] for row in workshop.quarantine] == [3]


def test_a_spurious_decimal_is_repaired_and_a_rounded_id_is_not(workshop):
    rows = clean()
    rows[0] |= {"message_id": "12345678.0", "created_at": "2010-01-05T10:00:00+00:00"}
    rows[1] |= {"message_id": f'="{rows[1]["message_id"]}"'}
    rows[2] |= {"account_id": "41.0"}
    workshop.add(rows).read()
    flagged = {
        row["source_row"] for row in workshop.messages if "ID_REPAIRED" in row["quality_flags"]
    }
    assert flagged == {1, 2, 3}
    assert {row["account_id"] for row in workshop.messages} == {"41"}


def test_authors_on_bluesky_may_state_an_earlier_time(workshop):
    rows = [
        message(position, message_id=f"at://did:plc:a/{position}", id_clock_at=START.isoformat(), created_at=START.isoformat())
        for position in range(20)
    ]  # fmt: skip
    rows[4]["created_at"] = "2024-01-01T00:00:00+00:00"
    workshop.add(rows, platform="bluesky").read()
    assert [row["source_row"] for row in workshop.messages if row["quality_flags"]] == [5]
    assert workshop.codes() == {"ID_CLOCK_DIFFERS": 1}


KIND_OF = [
    ({}, "post"),
    ({"is_repost": True, "in_reply_to_message_id": "17"}, "repost"),
    ({"reposted_message_id": "17"}, "repost"),
    ({"in_reply_to_message_id": "17", "in_reply_to_account_id": "9"}, "reply"),
    ({"in_reply_to_message_id": "17", "in_reply_to_account_id": "9", "quoted_message_id": "3"}, "reply"),
    ({"in_reply_to_message_id": "17", "in_reply_to_account_id": "41"}, "self_reply"),
    ({"in_reply_to_message_id": "17", "in_reply_to_account_id": "41.0"}, "self_reply"),
    ({"in_reply_to_message_id": "17"}, "reply_unknown_target"),
    ({"in_reply_to_message_id": "17", "in_reply_to_account_id": "9", "parent_account_id": "41"}, "self_reply"),
    ({"reply_known": True}, "reply_unknown_target"),
    ({"reply_known": True, "in_reply_to_account_id": "9"}, "reply"),
    ({"in_reply_to_account_id": "9"}, "directed_mention"),
    ({"is_directed": True, "quoted_message_id": "3"}, "directed_mention"),
    ({"quoted_message_id": "3"}, "quote"),
    ({"quoted_message_id": "None", "in_reply_to_message_id": "-"}, "post"),
]  # fmt: skip


def test_the_kind_is_decided_in_one_order(workshop):
    rows = [message(number, **changes) for number, (changes, _) in enumerate(KIND_OF)]
    workshop.add(rows).read()
    found = [row["kind"] for row in workshop.messages]
    assert found == [kind for _, kind in KIND_OF]
    assert set(found) == set(KINDS)


def test_a_damaged_reference_keeps_the_reply(workshop):
    targets = {
        "770123456789012345.0": "self_reply",  # equal to the author as floats
        "7.7e+17": "reply_unknown_target",  # two digits are left: who knows
        "7.80e+17": "reply",
        "7,70123456789012E+17": "reply_unknown_target",
    }
    rows = [
        message(number, account_id="770123456789012345", in_reply_to_message_id="1.7e+18", in_reply_to_account_id=target)
        for number, target in enumerate(targets)
    ]  # fmt: skip
    workshop.add(rows).read()
    assert [row["kind"] for row in workshop.messages] == list(targets.values())
    assert {row["in_reply_to_message_id"] for row in workshop.messages} == {None}
    assert {tuple(row["quality_flags"]) for row in workshop.messages} == {("REF_ID_DAMAGED",)}


def test_null_is_not_zero_and_a_repost_has_no_counts(workshop):
    rows = clean(4)
    rows[0] |= {"reactions": "0", "comments": "N/A", "shares": "", "views": "1.2K", "quotes": "-3"}
    rows[1] |= {"is_repost": True, "reactions": "812", "shares": "12,5"}
    rows[2] |= {"reactions": "12.0", "views": "7"}
    workshop.add(rows, views_since=dt.date(2024, 1, 9)).read()
    one, repost, third, _ = workshop.messages
    assert (one["reactions"], one["comments"], one["shares"], one["views"], one["quotes"]) == (0, None, None, None, None)  # fmt: skip
    assert one["quality_flags"] == ["COUNT_BAD"]
    assert (repost["reactions"], repost["shares"], repost["kind"]) == (None, None, "repost")
    assert (third["reactions"], third["views"]) == (12, None)


def test_text_leaves_its_length_and_its_faults(workshop):
    rows = clean(3)
    rows[0] |= {"text": "cafÃ©"}
    rows[1] |= {"text": None, "language": "nl-BE"}
    rows[2] |= {"text": "één", "language": "Jan Jansen"}
    workshop.add(rows).read()
    assert [row["text_length"] for row in workshop.messages] == [5, None, 3]
    assert [row["quality_flags"] for row in workshop.messages] == [["TEXT_MOJIBAKE"], [], []]
    assert [row["language"] for row in workshop.messages] == [None, "nl-BE", None]


# --- what a file as a whole gives away --------------------------------------------------------------------


def random_ids(generator: random.Random, number: int, year: int, busy: float = 0.4) -> list[int]:
    """Make honest ids: a clock, the number of a machine, and a sequence that is mostly 0."""
    start = int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp() * 1000)
    ids = []
    for _ in range(number):
        clock = start + generator.randrange(300 * 86_400_000) - 1288834974657
        sequence = generator.randrange(64) if generator.random() < busy else 0
        ids.append(clock << 22 | generator.randrange(1024) << 12 | sequence)
    return ids


def damage_of(connection, ids):
    connection.register("ids", pa.table({"message_id": [str(number) for number in ids]}))
    return describe_damage(connection, "ids")[0]


def cut(number: int, digits: int) -> int:
    return (
        int(f"{float(f'{number:.{digits - 1}e}'):.0f}")
        if digits <= 15
        else round(number, digits - len(str(number)))
    )


@pytest.mark.parametrize("year", [2012, 2014, 2017, 2020, 2024])
@pytest.mark.parametrize("number", [20, 60, 400])
def test_rounded_ids_are_found(year, number):
    generator = random.Random(f"{year} {number}")
    with duckdb.connect() as connection:
        ids = random_ids(generator, number, year)
        assert damage_of(connection, [cut(one, 15) for one in ids])
        if year >= 2012:
            assert damage_of(connection, [cut(one, 17) for one in ids])
        if year >= 2013:  # below 2^58, that is before 2013, a float leaves no trace
            assert damage_of(connection, [int(float(one)) for one in ids])


def test_sound_ids_raise_no_alarm():
    generator = random.Random(3)
    with duckdb.connect() as connection:
        for position in range(200):
            ids = random_ids(generator, (20, 35, 80, 300)[position % 4], 2011 + position % 14)
            assert damage_of(connection, ids) is None


def test_ids_of_several_lengths_do_not_hide_each_other():
    generator = random.Random(5)
    ids = [cut(one, 17) for one in random_ids(generator, 80, 2016)]
    with duckdb.connect() as connection:
        assert damage_of(connection, ids + random_ids(generator, 120, 2024))


def test_the_post_in_a_facebook_id_is_looked_at():
    with duckdb.connect() as connection:
        ids = [f"1042_{cut(one, 15)}" for one in random_ids(random.Random(1), 30, 2020)]
        assert damage_of(connection, ids)


@pytest.mark.parametrize("damaged", ["1.74464592E+18", "1,74464592E+18", "1234567890123456e3"])
def test_one_id_in_scientific_notation_refuses_the_file(workshop, damaged):
    rows = clean(50)
    rows[7] |= {"message_id": damaged}
    line = workshop.add(rows).refusal()
    assert line.startswith("data/raw/exports/mine/a.jsonl is refused: ID_FILE_DAMAGED")
    workshop.files["a.jsonl"]["accept_partial"] = "typed over by hand, one row"
    workshop.read()
    assert workshop.codes() == {"ID_SCIENTIFIC": 1}
    assert workshop.table("file_log")[0]["verdict"] == "ok"


def test_a_file_with_rounded_ids_is_refused_whatever_is_accepted(workshop):
    rows = [row | {"message_id": str(int(float(row["message_id"])))} for row in clean(60)]
    line = workshop.add(rows, accept_partial="we have nothing better").refusal()
    assert "ID_FILE_DAMAGED" in line
    assert "as text" in line


@pytest.mark.parametrize(("hours", "word"), [(2, "late"), (-5, "early")])
def test_a_wrong_zone_is_told_by_the_ids(workshop, hours, word):
    shift = dt.timedelta(hours=hours)
    rows = [
        row | {"created_at": (dt.datetime.fromisoformat(row["created_at"]) + shift).isoformat()}
        for row in clean()
    ]
    line = workshop.add(rows, time_zone="Europe/Brussels").refusal()
    assert "TZ_SHIFT" in line
    assert f"{abs(hours):.2f} hours too {word}" in line
    assert "Europe/Brussels" in line


def test_a_zone_that_is_wrong_in_summer_only_is_told_too(workshop):
    rows = clean(60)
    for row in rows[::4]:  # a quarter of the year is an hour off
        at = dt.datetime.fromisoformat(row["created_at"]) + dt.timedelta(hours=1)
        row["created_at"] = at.isoformat()
    line = workshop.add(rows).refusal()
    assert "MUCH_QUARANTINED" in line
    assert "15 of 60 rows (25.0%)" in line
    assert "SNOWFLAKE_MISMATCH" in line
    assert "time_zone" in line


def test_up_to_a_twentieth_of_the_rows_may_be_bad(workshop):
    rows = clean(40)
    for row in rows[:2]:
        row["account_id"] = None
    workshop.add(rows).read()
    rows[2]["account_id"] = None
    line = workshop.add(rows).refusal()
    assert "3 of 40 rows (7.5%)" in line
    assert "accept_partial" in line
    workshop.add(rows, accept_partial="the export has gaps").read()
    (log,) = workshop.table("file_log")
    assert (log["verdict"], log["accept_partial"], log["kept"]) == (
        "partial",
        "the export has gaps",
        37,
    )


def test_a_refused_file_leaves_what_was_there_and_says_why(workshop):
    workshop.add(clean()).read()
    before = workshop.messages
    rows = [row | {"account_id": None} for row in clean()]
    line = workshop.add(rows).refusal()
    assert "NOTHING_KEPT" in line
    assert workshop.messages == before
    assert len(workshop.quarantine) == 30
    assert not (workshop.root / "build/mine/intake").exists()
    hidden = list((workshop.root / "data/processed").rglob(".*"))
    assert not hidden


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], "NOTHING_KEPT"),
        ([{"source_row": 1, "problem": "JSON_INVALID"}, {"source_row": 2, "problem": "UNKNOWN_RECORD_TYPE"}], "ALL_UNKNOWN"),
        ([message(0, visibility="direct")], "NOTHING_KEPT"),
    ],
)  # fmt: skip
def test_a_file_without_anything_is_refused(workshop, rows, code):
    assert code in workshop.add(rows).refusal()


def test_warnings_are_noted_and_refuse_nothing(workshop):
    workshop.add(clean(), format="counted").add(clean(5), "b.jsonl").read()
    first, second = workshop.table("file_log")
    assert first["warnings"].startswith("ROW_CAP")
    assert "COUNT_MISMATCH: 30 records, the export states 40" in first["warnings"]
    assert second["warnings"].startswith("FEW_IDS: 5 long ids")


# --- readers that fail ------------------------------------------------------------------------------------


def test_a_reader_that_fails_is_told_in_one_line_without_content(workshop, monkeypatch):
    def read(path, source):
        yield message(0)
        raise ValueError("Mareike Proefpersoon")

    monkeypatch.setitem(FORMATS, "told", make_format("told", read=read))
    line = workshop.add([]).refusal()
    assert "FORMAT_INVALID" in line
    assert "after record 1 (ValueError in test_intake.py" in line
    assert "Mareike" not in line


def test_what_a_reader_refuses_is_refused(workshop, monkeypatch):
    def read(path, source):
        raise FileRefused("ENCODING_INVALID", "byte 7 is no UTF-8; declare `encoding`")

    monkeypatch.setitem(FORMATS, "told", make_format("told", read=read))
    line = workshop.add([]).refusal()
    assert line.endswith(
        "ENCODING_INVALID, cannot be decoded as declared: byte 7 is no UTF-8; declare `encoding`"
    )


def test_a_cell_of_a_wrong_type_costs_its_row_only(workshop):
    rows = clean(50)
    rows[3] |= {"reactions": 7}
    rows[4] |= {"text": "half a pair \ud83d"}
    workshop.add(rows).read()
    assert {(row["source_row"], row["code"], row["field"]) for row in workshop.quarantine} == {
        (4, "READER_ERROR", "reactions"),
        (5, "READER_ERROR", "text"),
    }


def test_a_select_that_fails_gives_way_to_the_reader(workshop, monkeypatch):
    kind = make_format("told", select=lambda path, source: "SELECT error('no') AS message_id")
    monkeypatch.setitem(FORMATS, "told", kind)
    workshop.add(clean()).read()
    assert len(workshop.messages) == 30


def test_a_column_that_is_not_staged_is_our_fault(workshop):
    workshop.add([message(0, likes="3")])
    with pytest.raises(AssertionError, match="likes"):
        workshop.read()


# --- across files -----------------------------------------------------------------------------------------


def test_of_the_same_message_the_latest_counts_are_kept(workshop):
    early = [message(position, metrics_at="2024-02-01T00:00:00+00:00", reactions="1") for position in range(20)]  # fmt: skip
    late = [message(position, metrics_at="2024-03-01T00:00:00+00:00", reactions="9") for position in range(10, 30)]  # fmt: skip
    workshop.add(late, "a.jsonl").add(early, "b.jsonl").read()
    assert len(workshop.messages) == 30
    assert sorted(row["reactions"] for row in workshop.messages) == [1] * 10 + [9] * 20
    repeats = workshop.table("duplicates")
    assert {(row["reason"], row["kept_file"], row["dropped_file"]) for row in repeats} == {("DUPLICATE", "a.jsonl", "b.jsonl")}  # fmt: skip
    assert [(log["kept"], log["duplicates"]) for log in workshop.table("file_log")] == [
        (20, 0),
        (10, 10),
    ]


def test_a_row_without_counts_does_not_replace_one_with_counts(workshop):
    bare = message(0, reactions=None, metrics_at="2024-06-01T00:00:00+00:00", parent_account_id="9", in_reply_to_message_id="17")  # fmt: skip
    full = message(0, metrics_at="2024-02-01T00:00:00+00:00", in_reply_to_message_id="17")
    workshop.add([bare], "a.jsonl").add([full], "b.jsonl").read()
    (row,) = workshop.messages
    assert (row["reactions"], row["source_file"], row["kind"]) == (3, "b.jsonl", "reply")


def test_a_message_with_two_dates_keeps_the_earliest_and_is_flagged(workshop):
    ids = [{"message_id": f"1_{position}"} for position in range(5)]
    first = [
        message(position, metrics_at="2024-02-01T00:00:00+00:00") | ids[position]
        for position in range(5)
    ]
    again = [
        message(position, created_at="2024-05-01T00:00:00+00:00", reactions="50", metrics_at="2024-06-01T00:00:00+00:00")
        | ids[position] for position in range(2)
    ]  # fmt: skip
    workshop.add(first + again, platform="facebook").read()
    changed = [row for row in workshop.messages if row["quality_flags"] == ["CONFLICT_IMMUTABLE"]]
    assert [(row["reactions"], row["created_at"].month) for row in changed] == [(50, 1), (50, 1)]
    assert workshop.codes() == {"CONFLICT_IMMUTABLE": 2}


def test_a_date_told_by_the_day_does_not_contradict_one_told_by_the_second(workshop):
    day = message(0, created_at="2024-01-08T00:00:00+00:00", created_at_precision="day")
    workshop.add([day], "a.jsonl").add([message(0)], "b.jsonl").read()
    (row,) = workshop.messages
    assert (row["created_at"], row["created_at_precision"]) == (START, "second")
    assert row["quality_flags"] == []


def test_an_edited_message_is_one_with_the_first_date_and_the_last_counts(workshop):
    first = message(0)
    second = message(1, edit_group_id=first["message_id"], reactions="8", text="Goedemiddag, allen")
    answer = message(2, in_reply_to_message_id=first["message_id"], in_reply_to_account_id="41")
    workshop.add([first | {"edit_group_id": first["message_id"]}, second, answer]).read()
    edited, reply = workshop.messages
    assert (edited["reactions"], edited["text_length"], edited["created_at"]) == (8, 18, START)
    assert edited["quality_flags"] == ["EDITED_LATER"]
    assert workshop.codes()["EDITED"] == 1
    assert reply["in_reply_to_message_id"] == edited["message_id"]
    assert reply["parent_created_at"] == START


def test_an_edit_known_to_one_file_only_does_not_stand_twice(workshop):
    first = message(0)
    second = message(1, edit_group_id=first["message_id"])
    workshop.add([first, second], "a.jsonl").add([message(1), message(2)], "b.jsonl").read()
    ids = [row["message_id"] for row in workshop.messages]
    assert len(ids) == len(set(ids)) == 2


def test_parents_are_found_in_the_other_files(workshop):
    question = message(0, account_id="9", account_handle="bewoner")
    answer = message(1, in_reply_to_message_id=question["message_id"])
    thread = message(2, in_reply_to_message_id=answer["message_id"], in_reply_to_account_id="9")
    early = message(3, in_reply_to_message_id=question["message_id"], parent_created_at="2024-02-01T00:00:00+00:00")  # fmt: skip
    workshop.add([question], "in.jsonl", direction="received")
    workshop.add([answer, thread, early], "out.jsonl").read()
    asked, answered, own, before = workshop.messages
    assert answered["kind"] == "reply"
    assert answered["parent_created_at"] == START
    assert (
        answered["parent_account_id"] == asked["account_id"] == answered["in_reply_to_account_id"]
    )
    assert answered["in_reply_to_message_id"] == asked["message_id"]
    assert own["kind"] == "self_reply"  # the parent decides, not what the export carried over
    assert before["quality_flags"] == ["RESPONSE_NEGATIVE"]


def test_a_parent_known_by_the_day_gives_no_time(workshop):
    question = message(0, account_id="9", created_at="2024-01-08T00:00:00+00:00", created_at_precision="day")  # fmt: skip
    answer = message(1, in_reply_to_message_id=question["message_id"])
    workshop.add([question], "in.jsonl", direction="received").add([answer], "out.jsonl").read()
    assert workshop.messages[1]["parent_created_at"] is None
    assert workshop.messages[1]["kind"] == "reply"


def test_the_account_map_tells_sent_from_received(workshop):
    (workshop.folder / "accounts.csv").write_text(
        "platform,account_id,handle,organisation\ntwitter,41,,GM0014\ntwitter,,@Zeewolde,GM0050\n"
    )
    rows = [
        message(0),
        message(1, account_id="77", account_handle="zeewolde"),
        message(2, account_id="9", account_handle="bewoner", in_reply_to_account_id="41"),
        message(3, account_id="9", account_handle="bewoner"),
        message(4, account_id="41", direction="received"),
    ]
    workshop.add(rows, direction="both", organisation=None).read()
    found = [
        (row["direction"], row["organisation"], row["account_id"]) for row in workshop.messages
    ]
    resident = found[2][2]
    assert resident != "9"
    assert found == [
        ("sent", "GM0014", "41"),
        ("sent", "GM0050", "77"),
        ("received", "GM0014", resident),
        ("received", None, resident),
        ("received", None, "41"),
    ]
    assert workshop.messages[2]["in_reply_to_account_id"] == "41"


def test_both_directions_without_any_account_is_refused(workshop):
    line = workshop.add(clean(), direction="both", organisation=None).refusal()
    assert "accounts.csv" in line


def test_an_account_declared_for_two_organisations_is_refused(workshop):
    workshop.add(clean(), "a.jsonl").add(clean(), "b.jsonl", organisation="GM0015")
    assert "GM0014 and as GM0015" in workshop.refusal()


def test_an_account_of_nobody_is_kept_and_listed(workshop):
    workshop.add(clean(), organisation=None).read()
    assert {row["organisation"] for row in workshop.messages} == {None}
    assert {row["account_id"] for row in workshop.messages} != {"41"}
    listed = (workshop.root / "build/mine/unmapped_accounts.csv").read_text()
    assert "twitter,41,gemeente" in listed


def test_the_declared_account_is_used_where_the_export_names_none(workshop):
    rows = [row | {"account_id": None} for row in clean()]
    workshop.add(rows, account_id="41").read()
    assert {row["account_id"] for row in workshop.messages} == {"41"}


# --- accounts.csv -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("platform,account_id\n", "expected the columns"),
        ("platform,account_id,handle,organisation\nmyspace,1,,GM0014\n", "line 2: platform 'myspace'"),
        ("platform,account_id,handle,organisation\ntwitter,,,GM0014\n", "account_id, or at least the handle"),
        ("platform,account_id,handle,organisation\ntwitter,1,,\n", "organisation is empty"),
        ("platform,account_id,handle,organisation\ntwitter,1.7E+18,,GM0014\n", "spreadsheet"),
        ("platform,account_id,handle,organisation\ntwitter,1,,GM0014\n\ntwitter,1,a,GM0015\n", "line 4: account_id 1 on twitter stands in line 2"),
        ("platform,account_id,handle,organisation\ntwitter,1\n", "2 cells where the header has 4"),
        ('platform,account_id,handle,organisation\ntwitter,"1"x,,GM0014\n', "line 2"),
        ("platform,account_id,handle,organisation,since\ntwitter,1,,GM0014,2014\n", "perhaps in_use_from and in_use_to"),
        ("platform,account_id,handle,organisation,in_use_from\ntwitter,1,,GM0014,1-4-2014\n", "line 2: in_use_from is '1-4-2014'; write the day as 2014-01-31"),
        ("platform,account_id,handle,organisation,in_use_from,in_use_to\ntwitter,1,,GM0014,2014-02-01,2014-01-31\n", "line 2: in_use_to (2014-01-31) is before"),
    ],
)  # fmt: skip
def test_a_wrong_account_map_is_told_in_one_line(workshop, content, says):
    (workshop.folder / "accounts.csv").write_text(content)
    with pytest.raises(InputError) as caught:
        read_accounts(workshop.folder)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "accounts.csv" in str(caught.value)


def test_an_account_map_saved_by_a_spreadsheet_is_read(workshop):
    (workshop.folder / "accounts.csv").write_bytes(
        "\ufeffplatform;account_id;handle;organisation\r\ntwitter;41;@Gemeente;GM0014\r\n".encode()
    )
    (account,) = read_accounts(workshop.folder)
    assert (account.account_id, account.handle) == ("41", "gemeente")


def test_an_account_map_may_say_when_an_account_was_in_use(workshop):
    (workshop.folder / "accounts.csv").write_text(
        "platform,account_id,handle,organisation,in_use_to\ntwitter,1,,GM0014,2014-01-31\ntwitter,2,,GM0014,\n"
    )
    first, second = read_accounts(workshop.folder)
    assert (first.in_use_from, first.in_use_to) == (None, dt.date(2014, 1, 31))
    assert (second.in_use_from, second.in_use_to) == (None, None)


def test_an_account_map_that_is_not_utf8_is_refused(workshop):
    (workshop.folder / "accounts.csv").write_bytes("platform;é".encode("cp1252"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_accounts(workshop.folder)


# --- snapshots and answers --------------------------------------------------------------------------------


def test_followers_beside_messages_become_one_snapshot_a_day(workshop):
    rows = [
        message(position, author_followers=str(1000 + position), metrics_at=f"2024-02-0{1 + position % 2}T0{position}:00:00+00:00")
        for position in range(6)
    ]  # fmt: skip
    workshop.add(rows, "a.jsonl").add(
        [message(300, author_followers="7")], "b.jsonl", format="at-posting"
    )
    workshop.read()
    found = [(row["observed_at"].day, row["followers"], row["basis"], row["organisation"]) for row in workshop.table("account_snapshots")]  # fmt: skip
    assert sorted(found) == [(1, 1004, "message_row", "GM0014"), (2, 1005, "message_row", "GM0014"), (9, 7, "message_row", "GM0014")]  # fmt: skip


def test_snapshots_of_residents_are_not_kept(workshop):
    workshop.add([message(0, author_followers="12")], direction="received").read()
    assert workshop.table("account_snapshots") == []
    assert workshop.messages[0]["author_followers"] == 12


def test_snapshots_of_their_own_file_are_accounted_for(workshop):
    rows = [
        {"source_row": position + 1, "raw": "{}", "account_id": "41", "observed_at": f"2024-02-{1 + position // 2:02}T00:00:00+00:00", "followers": position}
        for position in range(40)
    ]  # fmt: skip
    rows[0]["observed_at"] = None
    workshop.add(rows, format="snapshots").read()
    (log,) = workshop.table("file_log")
    assert (log["rows_in"], log["kept"], log["duplicates"], log["quarantined"]) == (40, 20, 19, 1)
    assert {row["account_id"] for row in workshop.table("account_snapshots")} == {"41"}


def answers(respondent: int, row: int | None = None, **changes) -> list[dict]:
    common = {
        "source_row": respondent if row is None else row, "raw": "{}", "respondent_id": str(respondent),
        "submitted_at": "2024-03-01T00:00:00+00:00", "status": "complete",
    }  # fmt: skip
    single = {
        "question": "Q1",
        "question_type": "single",
        "answer_code": "A2",
        "answer_label": "ja",
    }
    words = {"question": "Q2", "question_type": "text", "answer_label": "Mareike Proefpersoon"}
    return [common | single | changes, common | words | changes]


def test_respondents_are_accounted_for_not_answers(workshop):
    rows = [answer for respondent in range(1, 41) for answer in answers(respondent)]
    rows += [*answers(1, 41), {"source_row": 42, "problem": "EXCLUDED_PREVIEW"}]
    rows += [{"source_row": 43, "raw": "{}", "problem": "TIMESTAMP_UNPARSEABLE"}]
    rows += [{"source_row": 2, "raw": "{}", "problem": "COUNT_BAD"}]
    workshop.add(rows, format="survey", platform="survey", survey="webcare 2024").read()
    (log,) = workshop.table("file_log")
    assert (log["rows_in"], log["kept"], log["duplicates"], log["quarantined"], log["excluded"]) == (43, 40, 1, 1, 1)  # fmt: skip
    assert log["flags"] == "COUNT_BAD: 1"
    found = workshop.table("survey_answers")
    assert len(found) == 80
    assert {(row["survey"], row["organisation"], row["option"]) for row in found} == {
        ("webcare 2024", "GM0014", "")
    }
    assert {row["answer_label"] for row in found if row["question_type"] == "text"} == {None}
    assert "1" not in {row["respondent_id"] for row in found}


def test_of_two_waves_each_respondent_is_kept(workshop):
    for wave in ("2023", "2024"):
        workshop.add(
            answers(1), f"{wave}.jsonl", format="survey", platform="survey", survey="s", wave=wave
        )
    workshop.read()
    assert len(workshop.table("survey_answers")) == 4


# --- conservation and privacy -----------------------------------------------------------------------------

faults = st.fixed_dictionaries(
    {"position": st.integers(0, 12)},
    optional={
        "message_id": st.sampled_from([None, "", "x", "1.5", "1e18", "12345678.0", "99999999999999999999"]),
        "account_id": st.sampled_from([None, "nan", "7", "7.7e+17"]),
        "created_at": st.sampled_from([None, "1999-01-01T00:00:00+00:00", "2024-01-08T09:00:00+00:00"]),
        "visibility": st.sampled_from(["public", "unlisted", "direct", "private"]),
        "problem": st.sampled_from(["JSON_INVALID", "EXCLUDED_DELETED", "READER_ERROR"]),
        "edit_group_id": st.sampled_from([message(0)["message_id"], "17"]),
        "metrics_at": st.sampled_from(["2024-02-01T00:00:00+00:00", "2024-03-01T00:00:00+00:00"]),
        "reactions": st.sampled_from(["0", "x", "1.5", "99999999999999999999"]),
        "in_reply_to_message_id": st.sampled_from([message(1)["message_id"], "1e18", "-"]),
        "is_repost": st.booleans(),
    },
)  # fmt: skip


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(faults, min_size=1, max_size=40), st.integers(0, 40))
def test_every_row_is_accounted_for(workshop, changes, split):
    rows = []
    for number, change in enumerate(changes):
        change = dict(change)
        rows.append(message(change.pop("position"), source_row=number + 1) | change)
    accepted = {"accept_partial": "whatever comes"}
    workshop.files.clear()
    for old in workshop.folder.glob("*.jsonl"):
        old.unlink()
    workshop.add(rows[:split], "a.jsonl", **accepted).add(rows[split:], "b.jsonl", **accepted)
    unreadable = [
        part
        for part in (rows[:split], rows[split:])
        if part
        and all(
            row.get("problem") == "JSON_INVALID"
            and row.get("visibility", "public") in ("public", "unlisted")
            for row in part
        )
    ]
    if unreadable:
        assert "ALL_UNKNOWN" in workshop.refusal()
        return
    workshop.read()
    logs = workshop.table("file_log")
    assert [log["rows_in"] for log in logs] == [len(rows[:split]), len(rows[split:])]
    for log in logs:
        assert (
            log["rows_in"] == log["kept"] + log["duplicates"] + log["quarantined"] + log["excluded"]
        )
    kept = workshop.messages
    assert len(kept) == sum(log["kept"] for log in logs)
    assert len({row["message_id"] for row in kept}) == len(kept)
    assert len(workshop.table("duplicates")) == sum(log["duplicates"] for log in logs)
    assert len(workshop.quarantine) == sum(log["quarantined"] for log in logs)
    out = {(row["source_file"], row["source_row"]) for row in [*kept, *workshop.quarantine]}
    assert len(out) == len(kept) + len(workshop.quarantine)


MARKERS = ("Mareike", "proefpersoon_zz", "proef@persoon.example", "00000042", "GEHEIM-BERICHT-77", "880011223344")  # fmt: skip


def test_nothing_of_a_person_is_in_a_processed_table(workshop):
    person = {
        "account_id": "880011223344", "account_handle": "proefpersoon_zz",
        "text": "Mareike Proefpersoon, proef@persoon.example, +31 6 00000042", "raw": "Mareike GEHEIM-BERICHT-77",
    }  # fmt: skip
    received = [message(position, **person) for position in range(30)]
    received[3] |= {"visibility": "direct", "text": "GEHEIM-BERICHT-77"}
    received[4] |= {"message_id": None, "problem_detail": "Mareike"}
    received[5] |= {"language": "Mareike", "conversation_id": "880011223344"}
    sent = [
        message(position + 100, in_reply_to_message_id=received[position]["message_id"], in_reply_to_account_id="880011223344", parent_account_id="880011223344")
        for position in range(30)
    ]  # fmt: skip
    workshop.add(received, "in.jsonl", direction="received").add(sent, "out.jsonl")
    workshop.add(
        [a for r in range(30) for a in answers(r, r + 1)],
        "s.jsonl",
        format="survey",
        platform="survey",
    )
    workshop.read()
    assert len(workshop.messages) == 58
    ids = {row["message_id"] for row in received if row["message_id"]}
    for path in (workshop.root / "data/processed/mine").iterdir():
        content = path.read_bytes() + repr(pq.read_table(path).to_pylist()).encode()
        for marker in (*MARKERS, *ids):
            assert marker.encode() not in content, (path.name, marker)
    assert {row["code"] for row in workshop.quarantine} == {"REQUIRED_NULL"}


def test_hashes_stay_the_same_for_their_key_only(workshop):
    workshop.add(clean()).read()
    key = workshop.folder / ".key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    first = [row["message_id"] for row in workshop.messages]
    assert {len(one) for one in first} == {24}
    workshop.read()
    assert [row["message_id"] for row in workshop.messages] == first
    key.unlink()
    workshop.read()
    assert not set(first) & {row["message_id"] for row in workshop.messages}


def test_a_simulated_study_needs_no_secret(workshop):
    workshop.study = Study(
        name="mine", title="A study", evidence="SIMULATED", simulation={"seed": 1}
    )
    workshop.add(clean(), file="SIMULATED_a.jsonl").read()
    assert not (workshop.folder / ".key").exists()
    first = workshop.messages
    workshop.read()
    assert workshop.messages == first
