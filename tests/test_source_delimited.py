import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_damage import damaged, read_whatever

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.delimited import COLUMNS, FORMATS, MAPPINGS, list_carried
from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.tables import (
    BrokenRow,
    check_date_order,
    find_columns,
    load_headers,
    open_table,
    read_rows,
)

KINDS = {kind.name: kind for kind in FORMATS}
FOLDER = Path(__file__).parent / "fixtures" / "exports" / "delimited"

WEBCARE = {
    "platform": "other",
    "delimiter": ";",
    "encoding": "cp1252",
    "time_zone": "Europe/Amsterdam",
    "date_order": "dmy",
    "decimal_mark": ",",
    "thousands_mark": ".",
    "direction": "both",
    "columns": {
        "message_id": "Berichtnummer",
        "created_at": "Datum",
        "direction": "Richting",
        "account_id": "Account",
        "text": "Bericht",
        "conversation_id": "Gesprek",
        "in_reply_to_message_id": "Antwoord op",
        "visibility": "Zichtbaarheid",
        "reach": "Bereik",
        "author_followers": "Volgers",
    },
    "values": {
        "direction": {"Uitgaand": "sent", "Inkomend": "received"},
        "visibility": {"Openbaar": "public", "Privé": "private"},
    },
}


def declare(**keys):
    keys = {"format": "delimited", "platform": "twitter", "exported_on": dt.date(2024, 9, 2)} | keys
    return Source(file="a.csv", **keys)


def read(name, form="delimited", **keys):
    return list(KINDS[form].read(FOLDER / name, declare(format=form, **keys)))


@pytest.fixture(scope="module")
def webcare():
    return read("webcare.csv", **WEBCARE)


@pytest.fixture
def write(tmp_path):
    def write_text(text, encoding="utf-8", name="a.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write_text


def test_declared_columns_are_read_in_the_declared_zone_and_order(webcare):
    answer = webcare[1]
    assert answer["created_at"] == dt.datetime(2024, 7, 1, 8, 20, tzinfo=dt.UTC)
    assert answer["created_at_precision"] == "minute"
    assert answer["direction"] == "sent"
    assert answer["in_reply_to_message_id"] == "0001"
    assert answer["conversation_id"] == "G1"
    assert answer["text"].endswith("café incluis")


def test_ids_stay_text_with_their_zeros(webcare):
    assert webcare[0]["message_id"] == "0001"


def test_counts_follow_the_declared_marks_and_no_others(webcare):
    assert webcare[0]["reach"] == "1250"
    assert webcare[1]["author_followers"] == "5321"
    assert webcare[1]["reach"] is None
    assert webcare[6]["reach"] is None
    assert webcare[6]["flags"] == ["COUNT_BAD"]


def test_a_private_message_is_excluded_unread(webcare):
    assert webcare[2] == {"source_row": 3, "problem": "EXCLUDED_NON_PUBLIC"}


def test_a_visibility_that_nobody_named_is_taken_for_private():
    words = {"visibility": {"Privé": "private"}, "direction": WEBCARE["values"]["direction"]}
    rows = read("webcare.csv", **WEBCARE | {"values": words})
    assert {row.get("problem") for row in rows} == {"EXCLUDED_NON_PUBLIC"}


def test_a_direction_that_nobody_named_is_not_guessed(webcare):
    assert webcare[5]["problem"] == "UNKNOWN_RECORD_TYPE"
    assert webcare[5]["problem_field"] == "direction"


def test_the_hours_of_the_clock_change_are_told_apart(webcare):
    assert webcare[3]["problem"] == "TIMESTAMP_NONEXISTENT"
    assert webcare[4]["flags"] == ["TIMESTAMP_AMBIGUOUS"]


def test_a_missing_column_is_told_with_what_was_found():
    columns = WEBCARE["columns"] | {"created_at": "Tijdstip"}
    with pytest.raises(
        FileRefused, match="created_at: expected Tijdstip; found: Berichtnummer, Datum"
    ) as refusal:
        read("webcare.csv", **WEBCARE | {"columns": columns})
    assert refusal.value.code == "REQUIRED_COLUMN_MISSING"


def test_a_declared_column_that_is_not_needed_must_be_there_too():
    columns = WEBCARE["columns"] | {"language": "Taal"}
    with pytest.raises(FileRefused, match="no column for language: expected Taal"):
        read("webcare.csv", **WEBCARE | {"columns": columns})


def test_another_delimiter_than_the_declared_one_is_suspected():
    with pytest.raises(FileRefused, match="`delimiter` right"):
        read("webcare.csv", **WEBCARE | {"delimiter": "|"})


def test_two_columns_of_one_meaning_are_refused():
    columns = {"message_id": "id", "created_at": "Datum", "account_id": "Account"}
    with pytest.raises(
        FileRefused, match=r"'Datum' \(column 2\) and 'datum' \(column 3\)"
    ) as refusal:
        read("two-columns-alike.csv", columns=columns)
    assert refusal.value.code == "HEADER_AMBIGUOUS"


def test_dates_that_can_be_read_two_ways_need_a_declared_order():
    with pytest.raises(FileRefused, match="declare `date_order`") as refusal:
        read("webcare.csv", **WEBCARE | {"date_order": None})
    assert refusal.value.code == "DATE_ORDER_INCONSISTENT"


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"columns": {"bericht": "Bericht"}}, "bericht is no name of ours"),
        ({"columns": {}}, "declare `columns`"),
        ({"mapping": "facebook"}, "no mapping 'facebook'; known: .*linkedin-posts"),
        ({"mapping": "crowdtangle-facebook"}, "no mapping"),
        (
            {"values": {"direction": {"Uitgaand": "uit"}}},
            "direction cannot become uit; it takes received, sent",
        ),
        ({"values": {"text": {"a": "b"}}}, "text cannot become b"),
        ({"delimiter": ";;"}, "a delimiter is one character"),
        ({"encoding": "utf-8"}, "cannot be decoded as utf-8"),
        ({"encoding": "utf-16"}, "does not begin with the mark of UTF-16"),
        ({"header_row": 99}, "ends before row 99"),
    ],
)
def test_each_mistake_in_a_declaration_is_told_in_one_line(keys, message):
    with pytest.raises(FileRefused, match=message) as refusal:
        read("webcare.csv", **WEBCARE | keys)
    assert "\n" not in refusal.value.detail


def test_without_a_column_for_the_account_a_declared_account_will_do(write):
    path = write("id,at\n1,2024-07-01T10:00Z\n")
    source = {"columns": {"message_id": "id", "created_at": "at"}, "platform": "other"}
    with pytest.raises(FileRefused, match="no column for account_id"):
        list(KINDS["delimited"].read(path, declare(**source)))
    (row,) = KINDS["delimited"].read(path, declare(**source, account_id="gemeente"))
    assert row["message_id"] == "1"


def test_an_address_stands_for_a_missing_id_with_a_flag(write):
    path = write("url,at,who\nhttps://voorbeeld.example/1,2024-07-01T10:00Z,gemeente\n")
    columns = {"url": "url", "created_at": "at", "account_id": "who"}
    (row,) = KINDS["delimited"].read(path, declare(columns=columns, platform="other"))
    assert row["message_id"] == "https://voorbeeld.example/1"
    assert row["flags"] == ["URL_AS_ID"]


def test_day_and_time_may_stand_in_two_columns(write):
    path = write("id,dag,tijd,wie\n1,25-07-2024,10:05,gemeente\n")
    columns = {"message_id": "id", "created_at": "dag", "created_time": "tijd", "account_id": "wie"}
    source = declare(columns=columns, platform="other", date_order="dmy", time_zone="UTC")
    (row,) = KINDS["delimited"].read(path, source)
    assert row["created_at"] == dt.datetime(2024, 7, 25, 10, 5, tzinfo=dt.UTC)


# ------------------------------------------------------------------------------------------- named columns


def test_linkedin_gives_the_day_only_and_employees_are_never_read():
    rows = read(
        "linkedin.xls",
        "linkedin-posts",
        platform="linkedin",
        account_id="1",
        sheet="All posts",
        date_order="mdy",
    )
    assert rows[0]["message_id"] == "urn:li:activity:7218000000000000001"
    assert rows[0]["created_at"] == dt.datetime(2024, 7, 15, tzinfo=dt.UTC)
    assert rows[0]["created_at_precision"] == "day"
    assert [row["promoted"] for row in rows] == [False, True, False]
    assert [row["is_repost"] for row in rows] == [False, False, True]
    assert rows[2]["flags"] == ["URL_AS_ID"]
    assert rows[0]["views"] == "400"
    assert all("Mareike" not in json.dumps(row, default=str) for row in rows)


def test_a_workbook_with_several_sheets_needs_a_declared_one():
    with pytest.raises(FileRefused, match="has the sheets Metrics, All posts"):
        read("linkedin.xls", "linkedin-posts", account_id="1")
    with pytest.raises(FileRefused, match="has no sheet 'Posts'"):
        read("linkedin.xls", "linkedin-posts", account_id="1", sheet="Posts")


def test_a_named_mapping_and_a_format_of_that_name_are_the_same():
    keys = {"platform": "linkedin", "account_id": "1", "sheet": "All posts", "date_order": "mdy"}
    by_name = read("linkedin.xls", "linkedin-posts", **keys)
    assert by_name == read("linkedin.xls", mapping="linkedin-posts", **keys)


def test_a_rounded_id_of_a_workbook_is_seen_to_be_one():
    columns = {"message_id": "id", "created_at": "created", "account_id": "account"}
    rows = read("numbers.xlsx", columns=columns, time_zone="UTC")
    assert [row["message_id"] for row in rows] == ["1.57956304184295e+18"] * 3
    assert rows[0]["account_id"] == "2001"
    assert rows[0]["created_at"] == dt.datetime(2022, 10, 10, 20, 19, 24, tzinfo=dt.UTC)


def test_text_that_is_called_a_workbook_is_refused(write):
    path = write("id;datum\n1;2\n", name="a.xlsx")
    with pytest.raises(FileRefused, match="is no workbook"):
        list(KINDS["delimited"].read(path, declare(columns={"message_id": "id"})))


def test_twarc_csv_has_the_kinds_and_the_line_ends_in_words():
    post, reply, repost, mention = read("twarc.csv", "twarc-csv")
    assert post["text"] == "Eerste regel\ntweede regel & meer"
    assert reply["in_reply_to_message_id"] == post["message_id"]
    assert not post["reply_known"]
    assert repost["reposted_message_id"] == post["message_id"]
    assert mention["in_reply_to_message_id"] is None
    assert mention["in_reply_to_account_id"] == "3001"
    assert not mention["reply_known"]
    assert mention["edit_group_id"] == repost["message_id"]
    assert post["metrics_at"] == dt.datetime(2022, 8, 1, tzinfo=dt.UTC)


def test_x_analytics_takes_the_time_from_the_id():
    first, second = read("x-analytics.csv", "x-analytics", account_id="2001")
    assert first["created_at"] == dt.datetime(2026, 9, 12, 20, 15, 30, tzinfo=dt.UTC)
    assert first["created_at_precision"] == "second"
    assert first["created_at_source"] == "id"
    assert first["flags"] == ["ID_REPAIRED"]
    assert first["is_directed"]
    assert second["problem"] == "SNOWFLAKE_MISMATCH"


def test_without_a_column_for_the_message_replied_to_an_account_means_a_reply():
    columns = {
        "message_id": "id",
        "account_id": "user",
        "created_at": "date",
        "text": "text",
        "in_reply_to_account_id": "reply_to",
    }
    rows = read("script.csv", columns=columns, time_zone="UTC")
    assert [row["reply_known"] for row in rows] == [False, True, True]
    assert rows[0]["text"] == "Hallo\nallemaal"
    assert rows[1]["in_reply_to_account_id"] == "3001.0"


def test_every_named_mapping_uses_names_of_ours_and_says_what_it_rests_on():
    headers = load_headers()
    for name in MAPPINGS:
        assert set(headers[name].columns) <= set(COLUMNS)
        assert headers[name].evidence
    assert {name for name in MAPPINGS if headers[name].verified} == {"twarc-csv"}


# --------------------------------------------------------------------------------------------- capabilities


def test_a_table_without_a_column_for_replies_cannot_give_a_reply_share():
    columns = {"message_id": "Id", "created_at": "Datum", "account_id": "Account"}
    carried = list_carried(declare(columns=columns))
    assert carried.replies == carried.self_replies == carried.parents == "no"
    assert "in_reply_to_message_id" in carried.reasons["replies"]


def test_a_table_with_a_column_for_replies_can():
    carried = list_carried(declare(**WEBCARE))
    assert carried.replies == "yes"
    assert carried.parents == "conditional"


@pytest.mark.parametrize(
    "name", ["linkedin-posts", "x-analytics", "x-analytics-classic", "meltwater"]
)
def test_exports_that_do_not_mark_replies_say_so(name):
    assert KINDS[name].capabilities.replies == "no"
    assert KINDS[name].capabilities.reasons["replies"]


# --------------------------------------------------------------------------------------------------- rows


def test_a_quote_that_is_never_closed_costs_one_row_not_the_rest():
    columns = {"message_id": "id", "created_at": "created", "account_id": "account", "text": "text"}
    rows = read(
        "open-quote.csv",
        columns=columns,
        time_zone="UTC",
        accept_partial="the export is broken there",
    )
    assert [row.get("problem") for row in rows] == [None, "ROW_WIDTH", None, None, "ROW_WIDTH"]
    assert rows[3]["text"] == "twee\nregels"


def test_two_rows_of_another_width_in_a_hundred_refuse_the_file():
    columns = {"message_id": "id", "created_at": "created", "account_id": "account"}
    with pytest.raises(FileRefused, match="2 of 5 rows") as refusal:
        read("open-quote.csv", columns=columns, time_zone="UTC")
    assert refusal.value.code == "ROW_WIDTH_FILE"


def test_one_truncated_last_row_does_not_refuse_the_file(write):
    path = write("id,at,who\n1,2024-07-01T10:00Z,a\n2,2024-07")
    columns = {"message_id": "id", "created_at": "at", "account_id": "who"}
    rows = list(KINDS["delimited"].read(path, declare(columns=columns)))
    assert [row.get("problem") for row in rows] == [None, "ROW_WIDTH"]


def test_blank_rows_are_no_records_and_empty_cells_beyond_the_header_no_fault(write):
    path = write("a,b\n\n1,2,,\n,\n3,4\n")
    table = open_table(path, declare())
    assert [(row.number, row.cells, row.fault) for row in table.rows] == [
        (1, ["1", "2"], None),
        (2, ["3", "4"], None),
    ]


def test_the_line_that_names_the_delimiter_for_excel_is_no_header(write):
    path = write("sep=;\na;b\n1;2\n")
    assert open_table(path, declare(delimiter=";")).header == ("a", "b")
    with pytest.raises(FileRefused, match="the file says sep=;"):
        open_table(path, declare())


def test_utf16_and_gzip_are_read_alike(tmp_path):
    import gzip

    (tmp_path / "a.tsv.gz").write_bytes(gzip.compress("a\tb\n1\té\n".encode("utf-16")))
    rows = list(read_rows(tmp_path / "a.tsv.gz", declare(encoding="utf-16", delimiter="tab")))
    assert rows == [["a", "b"], ["1", "é"]]


def test_a_cut_archive_is_refused_in_one_line(tmp_path):
    import gzip
    import random

    noise = "".join(random.Random(1).choices("abcdefghij,\n", k=50_000))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(noise.encode())[:-2_000])
    with pytest.raises(FileRefused, match="cut or damaged"):
        list(read_rows(tmp_path / "a.csv.gz", declare()))


def test_stray_quotes_lose_no_line(write):
    path = write('a,b\n"x" y,1\n"open,2\n3,4\n')
    assert list(read_rows(path, declare())) == [
        ["a", "b"],
        BrokenRow('"x" y,1'),
        BrokenRow('"open,2'),
        ["3", "4"],
    ]


def test_headers_are_compared_without_capitals_margins_and_marks():
    assert find_columns(["\ufeff Post  ID", '="Page"'], {"a": ["post id"], "b": ["PAGE"]}) == {
        "a": 0,
        "b": 1,
    }


def test_a_date_order_is_confirmed_by_one_day_after_the_12th():
    check_date_order(["01-02-2024", "13-02-2024"], declare(date_order="dmy"))
    check_date_order(["2024-02-01", "Feb 1, 2024"], declare())
    with pytest.raises(FileRefused, match="no date of the file tells"):
        check_date_order(["01-02-2023", "12-02-2023"], declare(date_order="dmy"))


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), name=st.sampled_from(["webcare.csv", "twarc.csv", "x-analytics.csv"]))
def test_no_damage_crashes_the_reader_or_loses_a_record(data, name, tmp_path):
    encoding, delimiter = ("cp1252", ";") if name == "webcare.csv" else ("utf-8", ",")
    path = tmp_path / "a.csv"
    path.write_bytes(data.draw(damaged((FOLDER / name).read_bytes(), encoding, delimiter)))
    if name == "webcare.csv":
        read_whatever(KINDS["delimited"], path, declare(**WEBCARE))
    else:
        form = name.removesuffix(".csv").replace("twarc", "twarc-csv")
        read_whatever(KINDS[form], path, declare(format=form, account_id="2001"))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=2, max_size=2
        )
    ),
    shuffled=st.randoms(),
)
def test_whole_tables_are_read_row_by_row_whatever_their_order(rows, shuffled, tmp_path):
    import csv

    shuffled.shuffle(rows)
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *rows])
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [row.cells for row in open_table(path, declare()).rows] == kept
