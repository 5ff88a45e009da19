import datetime as dt
import gzip
import json
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roeptoeter.sources import values
from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.values import (
    ZONE_HOURS,
    clean_text,
    parse_count,
    parse_json,
    parse_time,
    read_cell,
    read_date_components,
    read_json_records,
    read_text,
    strip_excel_quotes,
)


@pytest.fixture
def write(tmp_path):
    def write_bytes(content, name="a.json"):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write_bytes


def records(path):
    return [record for _, record, _ in read_json_records(path)]


# --------------------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2022-11-05T10:11:12Z", "2022-11-05T10:11:12+00:00"),
        ("2022-11-05T10:11:12.1234567Z", "2022-11-05T10:11:12.123456+00:00"),
        ("2022-11-05T10:11:12+01:00", "2022-11-05T09:11:12+00:00"),
        ("2022-11-05 10:11 +0100", "2022-11-05T09:11:00+00:00"),
        ("2022-11-05 10:11:12 EDT", "2022-11-05T14:11:12+00:00"),
        ("Wed Oct 10 20:19:24 +0000 2018", "2018-10-10T20:19:24+00:00"),
        ("Thu Jan 15 2026 20:32:05 GMT+0000", "2026-01-15T20:32:05+00:00"),
        ("Thu Jan 15 2026 20:32:05 GMT-0500 (Eastern Standard Time)", "2026-01-16T01:32:05+00:00"),
        ("Thu, 15 Jan 2026 20:32:05 GMT", "2026-01-15T20:32:05+00:00"),
    ],
)
def test_a_time_that_names_its_zone_needs_no_declaration(text, expected):
    parsed = parse_time(text)
    assert parsed.at.isoformat() == expected
    assert parsed.source == "explicit"


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("03-04-2026 10:00", "dmy", "2026-04-03T10:00:00+00:00"),
        ("03-04-2026 10:00", "mdy", "2026-03-04T10:00:00+00:00"),
        ("3/4/26 10:00 PM", "mdy", "2026-03-04T22:00:00+00:00"),
        ("3/4/26 12:05 am", "dmy", "2026-04-03T00:05:00+00:00"),
        ("26-04-03 10:00", "ymd", "2026-04-03T10:00:00+00:00"),
        ("2026/04/03 10:00:01", "dmy", "2026-04-03T10:00:01+00:00"),
        ("12 okt. 2026 14:05", None, "2026-10-12T14:05:00+00:00"),
    ],
)
def test_day_and_month_are_read_in_the_declared_order(text, order, expected):
    assert parse_time(text, order=order, zone="UTC").at.isoformat() == expected


def test_a_date_that_can_be_read_two_ways_is_not_read_without_an_order():
    assert parse_time("03-04-2026 10:00", zone="UTC").problem == "TIMESTAMP_UNPARSEABLE"


@pytest.mark.parametrize(
    "text",
    [
        "31-04-2026 10:00",
        "2026-02-29",
        "25:00",
        "soon",
        "2026-01-01 24:01",
        "13/13/2026",
        "10:00 1-1",
    ],
)
def test_what_is_no_time_is_not_made_one(text):
    assert parse_time(text, order="dmy", zone="UTC").problem == "TIMESTAMP_UNPARSEABLE"


@pytest.mark.parametrize("text", [None, "", " ", "undefined", "N/A"])
def test_an_empty_time_is_missing_not_unreadable(text):
    assert parse_time(text).problem == "REQUIRED_NULL"


def test_a_time_without_zone_needs_a_declared_one():
    assert parse_time("2026-07-15 10:00").problem == "TIMEZONE_MISSING"


@pytest.mark.parametrize("abbreviation", ["CST", "IST", "PST", "AMT", "gmt+1"])
def test_an_abbreviation_outside_the_closed_table_is_refused(abbreviation):
    assert parse_time(f"2026-07-15 10:00 {abbreviation}", zone="UTC").problem in {
        "TIMEZONE_UNKNOWN",
        "TIMESTAMP_UNPARSEABLE",
    }


def test_the_closed_table_of_zones():
    at = dt.datetime(2026, 7, 15, 12, tzinfo=dt.UTC)
    for name, hours in ZONE_HOURS.items():
        assert parse_time(f"2026-07-15 12:00 {name}").at == at - dt.timedelta(hours=hours)


def test_the_skipped_hour_does_not_exist_and_its_neighbours_do():
    assert parse_time("2026-03-29 02:30", zone="Europe/Brussels").problem == "TIMESTAMP_NONEXISTENT"
    before = parse_time("2026-03-29 01:50", zone="Europe/Brussels").at
    after = parse_time("2026-03-29 03:10", zone="Europe/Brussels").at
    assert after - before == dt.timedelta(minutes=20)


def test_the_repeated_hour_is_taken_first_and_flagged():
    parsed = parse_time("2026-10-25 02:30", zone="Europe/Brussels")
    assert parsed.flags == ("TIMESTAMP_AMBIGUOUS",)
    before = parse_time("2026-10-25 01:50", zone="Europe/Brussels").at
    after = parse_time("2026-10-25 03:10", zone="Europe/Brussels").at
    assert parsed.at - before == dt.timedelta(minutes=40)
    assert after - before == dt.timedelta(minutes=140)


def test_a_day_stays_the_day_that_the_file_names():
    parsed = parse_time("Sat, Sep 12, 2026", zone="Europe/Amsterdam")
    assert parsed.at.isoformat() == "2026-09-12T00:00:00+00:00"
    assert parsed.precision == "day"


@given(
    at=st.datetimes(dt.datetime(2006, 1, 1), dt.datetime(2037, 12, 31), timezones=st.just(dt.UTC))
)
def test_every_instant_written_in_local_time_is_read_back_or_flagged(at):
    zone = ZoneInfo("Europe/Amsterdam")
    at = at.replace(microsecond=0)
    text = at.astimezone(zone).strftime("%d/%m/%Y %H:%M:%S")
    parsed = parse_time(text, order="dmy", zone="Europe/Amsterdam")
    assert parsed.problem is None
    assert parsed.at == at or (parsed.flags and at - parsed.at == dt.timedelta(hours=1))


@given(text=st.text(max_size=40), order=st.sampled_from([None, "dmy", "mdy", "ymd"]))
def test_no_text_crashes_the_reading_of_times(text, order):
    parsed = parse_time(text, order=order, zone="Europe/Brussels")
    assert (parsed.at is None) == (parsed.problem is not None)


@given(
    numbers=st.lists(st.integers(0, 99999), min_size=3, max_size=6),
    marks=st.text("-/.: T", min_size=6),
)
def test_no_row_of_numbers_crashes_the_reading_of_times(numbers, marks):
    text = "".join(f"{number}{mark}" for number, mark in zip(numbers, marks, strict=False))
    parsed = parse_time(text, order="dmy", zone="Europe/Brussels")
    assert (parsed.at is None) == (parsed.problem is not None)


def test_a_year_at_the_end_of_time_is_no_crash():
    assert (
        parse_time("0001-01-01 00:00", zone="Europe/Amsterdam").problem == "TIMESTAMP_UNPARSEABLE"
    )


def test_the_numbers_of_a_date_are_found_for_the_check_of_its_order():
    assert read_date_components("25/09/26 18:30") == (25, 9, 2026)
    assert read_date_components("Sep 25, 2026") is None


# ------------------------------------------------------------------------------------------ counts and texts


@pytest.mark.parametrize(
    ("text", "decimal", "thousands", "expected"),
    [
        ("1234", ".", "", "1234"),
        ("0", ".", "", "0"),
        ("007", ".", "", "7"),
        ("1,234,567", ".", ",", "1234567"),
        ("1.234", ",", ".", "1234"),
        ("1 234", ",", " ", "1234"),
        ("1\u202f234", ",", " ", "1234"),
        ("12.0", ".", "", "12"),
        ("12,00", ",", ".", "12"),
        ('="12"', ".", "", "12"),
        (12, ".", "", "12"),
    ],
)
def test_a_count_is_brought_to_plain_digits_by_the_declared_marks(
    text, decimal, thousands, expected
):
    assert parse_count(text, decimal, thousands) == (expected, False)


@pytest.mark.parametrize(
    ("text", "decimal", "thousands"),
    [
        ("1,5", ".", ""),
        ("1,5", ",", "."),
        ("1.2K", ".", ","),
        ("-3", ".", ""),
        ("+3", ".", ""),
        ("1.000", ".", ""),  # one, or a thousand: the declaration must say
        ("1,23,456", ".", ","),
        ("1,234", ".", "."),
        ("12%", ".", ""),
        ("٣", ".", ""),
        (1.5, ".", ""),
        ("9" * 19, ".", ""),
    ],
)
def test_what_is_no_whole_number_is_empty_and_told(text, decimal, thousands):
    assert parse_count(text, decimal, thousands) == (None, True)


@pytest.mark.parametrize("text", [None, "", " ", "N/A", "-", "undefined", "null"])
def test_no_count_is_not_zero_and_not_bad(text):
    assert parse_count(text) == (None, False)


@given(count=st.integers(0, 10**15), mark=st.sampled_from([".", ",", " "]))
def test_thousands_are_read_back(count, mark):
    text = f"{count:,}".replace(",", mark)
    assert parse_count(text, "," if mark == "." else ".", mark) == (str(count), False)


def test_entities_are_resolved_once():
    assert clean_text("Jan &amp;amp; Piet &lt;3") == "Jan &amp; Piet <3"


def test_the_same_letter_has_the_same_length_however_it_was_composed():
    assert clean_text("cafe\u0301") == "café"


def test_tags_go_and_their_line_ends_stay():
    html = '<p>Dag <a href="https://voorbeeld.example">hier</a><br>nu</p><p>Tot zo</p>'
    assert clean_text(html, is_html=True) == "Dag hier\nnu\n\nTot zo"


def test_an_angle_bracket_in_plain_text_is_no_tag():
    assert clean_text("1 < 2 > 0") == "1 < 2 > 0"


def test_withheld_text_is_not_an_empty_text():
    assert clean_text(None) is None
    assert clean_text("") == ""


def test_half_an_emoji_can_be_written():
    assert clean_text("kort \ud83d").encode("utf-8") == b"kort ?"


def test_only_a_whole_formula_is_taken_apart():
    assert strip_excel_quotes('="12"') == "12"
    assert strip_excel_quotes('="12') == '="12'
    assert read_cell(' ="12" ') == "12"
    assert read_cell("-") is None


# --------------------------------------------------------------------------------------------------- lines


def read_lines(path, encoding="utf-8"):
    with read_text(path, encoding) as stream:
        yield from (line.rstrip("\r\n") for line in stream)


def test_lines_end_at_line_feeds_only_and_lose_the_mark_at_the_beginning(write):
    path = write("\ufeffeen\u2028twee\r\ndrie\x85".encode())
    assert list(read_lines(path)) == ["een\u2028twee", "drie\x85"]


def test_a_packed_file_is_read_like_a_plain_one(write):
    assert list(read_lines(write(gzip.compress(b"a\nb\n"), "a.txt.gz"))) == ["a", "b"]


def test_an_empty_file_has_no_lines(write):
    assert list(read_lines(write(b""))) == []
    assert list(read_lines(write(b""), "utf-16")) == []


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        ("é".encode("cp1252"), "utf-8", "cannot be decoded as utf-8"),
        ("a".encode("utf-16"), "utf-8", "the file is UTF-16"),
        (b"a", "utf-16", "does not begin with the mark"),
        ("aa".encode("utf-16")[:-1], "utf-16", "cannot be decoded as utf-16"),
    ],
)
def test_another_encoding_than_the_declared_one_is_refused_in_one_line(
    write, content, encoding, message
):
    with pytest.raises(FileRefused, match=message) as refusal:
        list(read_lines(write(content), encoding))
    assert refusal.value.code == "ENCODING_INVALID"
    assert "\n" not in refusal.value.detail


@pytest.mark.parametrize("content", [b"no archive", gzip.compress(b"a\n" * 1000, mtime=0)[:-9]])
def test_a_damaged_archive_is_refused(write, content):
    with pytest.raises(FileRefused, match="cut or damaged"):
        list(read_lines(write(content, "a.gz")))
    with pytest.raises(FileRefused, match="cut or damaged"):
        list(read_json_records(write(content, "a.gz")))


# ------------------------------------------------------------------------------------------------- records


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a":1}\n\n{"a":2}\r\n', [{"a": 1}, {"a": 2}]),
        (b'[{"a":1},{"a":[1,2]}]', [{"a": 1}, {"a": [1, 2]}]),
        (b'[\n{"a":1}\n]\n', [{"a": 1}]),
        (b'[{"a":1}]\n[{"a":2},{"a":3}]\n', [{"a": 1}, {"a": 2}, {"a": 3}]),
        (b'{\n "a": {"b": "}"}\n}', [{"a": {"b": "}"}}]),
        (b'{"a":1}{"a":2}', [{"a": 1}, {"a": 2}]),
        (b'{"a":1},\n{"a":2},\n', [{"a": 1}, {"a": 2}]),
        (b'\xef\xbb\xbf{"a":1}', [{"a": 1}]),
        (b'[{"a":"x\\"]}"} , {"b":"\\\\"}]', [{"a": 'x"]}'}, {"b": "\\"}]),
        (b"", []),
        (b"[]", []),
    ],
)
def test_documents_arrays_and_lines_give_the_same_records(write, content, expected):
    assert records(write(content)) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a":1}\n{"a":', [{"a": 1}, None]),
        (b'[{"a":1},{"a":', [{"a": 1}, None]),
        (b'[{"a":1},', [{"a": 1}, None]),
        (b'[{"a":1}] rest', [{"a": 1}, None]),
        (b'{"a": \n{"a":2}\n{"a":3}', [None, {"a": 2}, {"a": 3}]),
        (b'[\n{"a":"x},\n{"a":2}\n]', [None, {"a": 2}]),
        (b"id;text\n1;hallo\n", [None, None]),
        (b'{"a":"\xe9"}\n{"a":2}', [None, {"a": 2}]),
    ],
)
def test_a_broken_record_is_counted_and_the_others_are_read(write, content, expected):
    path = write(content)
    assert records(path) == expected
    assert [row for row, _, _ in read_json_records(path)] == list(range(1, len(expected) + 1))


def test_the_raw_record_is_as_it_stands_in_the_file(write):
    path = write(b'{"id": 1579563041842950144}\n{"id"')
    assert [raw for _, _, raw in read_json_records(path)] == [
        '{"id": 1579563041842950144}',
        '{"id"',
    ]


def test_utf16_is_refused_with_advice(write):
    with pytest.raises(FileRefused, match="save it as UTF-8"):
        records(write('{"a":1}'.encode("utf-16")))


def test_a_record_with_half_an_emoji_is_kept():
    assert parse_json(b'{"a":"x \\ud83d y \\ud83d\\ude00"}') == {"a": "x ? y 😀"}


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=5)
    | st.sampled_from(['"', "\\", "]}", ",["]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
_OBJECTS = st.lists(st.dictionaries(st.text(max_size=3), _JSON, max_size=3), max_size=5)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    objects=_OBJECTS,
    indent=st.sampled_from([None, 1]),
    as_lines=st.booleans(),
    block=st.integers(1, 40),
)
def test_every_form_of_the_same_records_is_read_alike_in_blocks_of_any_size(
    objects, indent, as_lines, block, tmp_path
):
    text = (
        "\n".join(json.dumps(entry) for entry in objects)
        if as_lines
        else json.dumps(objects, indent=indent)
    )
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "_CHUNK", block)
        patch.setattr(values, "_LONGEST_LINE", block)
        patch.setattr(values, "_FIRST_READ", block)
        assert records(path) == objects


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(objects=_OBJECTS, as_lines=st.booleans(), data=st.data())
def test_a_truncated_file_gives_its_whole_records_and_at_most_one_broken_one(
    objects, as_lines, data, tmp_path
):
    parts = [json.dumps(entry).encode() for entry in objects]
    whole = b"\n".join(parts) if as_lines else b"[" + b",".join(parts) + b"]"
    path = tmp_path / "a.json"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
    found = records(path)
    assert found[:-1] == objects[: len(found) - 1] if found else True
    assert not found or found[-1] is None or found[-1] == objects[len(found) - 1]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=60) | st.text('{}[]",:\\\n 1a', max_size=40).map(str.encode))
def test_no_bytes_crash_the_reading_of_records(content, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    try:
        rows = [row for row, _, _ in read_json_records(path)]
    except FileRefused as refusal:
        rows = []
        assert refusal.code == "ENCODING_INVALID"  # noqa: PT017
    assert rows == list(range(1, len(rows) + 1))
