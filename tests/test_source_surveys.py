"""Readers of surveys: each trap of the formats, and files damaged at random."""

import csv
import datetime as dt
import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from roeptoeter.messages import REASONS, SURVEY_ANSWERS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.survey_cells import is_personal, split_options
from roeptoeter.sources.surveys import FORMATS

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
READERS = {kind.name: kind for kind in FORMATS}
MARKERS = (
    "Mareike", "Proefpersoon", "proefpersoon_zz", "proef@persoon.example", "00000042", "GEHEIM-BERICHT-77",
)  # fmt: skip
CHANNELS = "Welke kanalen gebruikt u?"
OPTIONS = {CHANNELS: ["Facebook", "X", "Ja, soms LinkedIn", "Ja"]}
DECLARED = {
    "limesurvey/codes.csv": {"organisation_column": "Q1"},
    "limesurvey/codes_and_texts.csv": {},
    "limesurvey/texts.csv": {
        "options": {"Hoe vaak antwoordt uw gemeente?": ["Meestal wel", "Nooit, te druk"]}
    },
    "limesurvey/skipped_hour.csv": {},
    "limesurvey/undated.csv": {},
    "qualtrics/three_header_rows.csv": {"organisation_column": "gemeente", "time_zone": None},
    "qualtrics/two_header_rows.csv": {},
    "qualtrics/recoded.tsv": {},
    "google-forms/sheet.csv": {
        "options": OPTIONS, "date_order": "dmy", "organisation_column": "Gemeentecode",
    },
    "google-forms/download.csv": {"options": OPTIONS, "date_order": "ymd"},
}  # fmt: skip
HEADER_ROWS = {"three_header_rows.csv": 3, "two_header_rows.csv": 2, "recoded.tsv": 3}


def declare(file: str, **declared) -> Source:
    given_keys = {"time_zone": "Europe/Amsterdam", **declared}
    return Source(
        file=Path(file).name,
        format=file.split("/")[0],
        platform="survey",
        exported_on=dt.date(2024, 12, 1),
        survey="personeel",
        wave="2024",
        **{key: entry for key, entry in given_keys.items() if entry is not None},
    )


def read(file: str, path: Path | None = None, **declared) -> list[dict]:
    declared = {**DECLARED.get(file, {}), **declared}
    return list(READERS[file.split("/")[0]].read(path or EXPORTS / file, declare(file, **declared)))


def pick(rows: list[dict], row: int, question: str, option: str = "") -> dict:
    found = [
        answer
        for answer in rows
        if (answer["source_row"], answer.get("question"), answer.get("option"))
        == (row, question, option)
    ]
    assert len(found) == 1, found
    return found[0]


def problems(rows: list[dict]) -> dict[int, str]:
    return {answer["source_row"]: answer["problem"] for answer in rows if "problem" in answer}


def refuse(file: str, path: Path | None = None, **declared) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        read(file, path, **declared)
    assert "\n" not in caught.value.detail
    assert REASONS[caught.value.code][0] == "file"
    return caught.value


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def write_workbook(path: Path, rows: list[list[str]]) -> None:
    """Write the smallest .xlsx there is: one sheet of texts."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    cells = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        + "</row>"
        for row in rows
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets>'
        '<sheet name="Blad1" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship '
        f'Id="r1" Type="{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def check_rows(rows: list[dict]) -> None:
    """Every row is an answer of the schema, or one reason with nothing of the content."""
    reasons = {}
    answered = set()
    for answer in rows:
        if "problem" in answer:
            assert set(answer) <= {"source_row", "problem", "problem_field", "problem_detail"}
            assert REASONS[answer["problem"]][0] in {"quarantine", "excluded"}
            assert len(answer["problem_detail"]) <= 200
            assert answer["source_row"] not in reasons
            reasons[answer["source_row"]] = answer["problem"]
        else:
            answered.add(answer["source_row"])
    assert not answered & set(reasons)
    answers = [answer for answer in rows if "problem" not in answer]
    table = pa.Table.from_pylist(answers, schema=SURVEY_ANSWERS)
    assert set().union(*answers) <= set(SURVEY_ANSWERS.names)
    keys = table.select(["source_row", "question", "option"]).to_pylist()
    assert len({tuple(key.values()) for key in keys}) == len(keys)
    kinds = set(table["missing_kind"].to_pylist())
    assert kinds <= {"answered", "not_answered", "not_shown", "user_missing"}
    numbers = sorted(answered | set(reasons))
    assert numbers == list(range(1, len(numbers) + 1))


def check_private(rows: list[dict]) -> None:
    # the respondent is hashed at intake, the organisation is the declared column
    for answer in rows:
        told = repr({k: v for k, v in answer.items() if k not in {"respondent_id", "organisation"}})
        assert not any(marker in told for marker in MARKERS), answer["source_row"]


# ------------------------------------------------------------------------------------------------ all formats


@pytest.mark.parametrize("file", DECLARED)
def test_every_record_is_accounted_for_and_nobodys_words_come_out(file):
    rows = read(file)
    check_rows(rows)
    check_private(rows)
    text = (EXPORTS / file).read_text("utf-8-sig")
    delimiter = "\t" if file.endswith(".tsv") else ","
    records = [cells for cells in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cells)]
    expected = len(records) - HEADER_ROWS.get(Path(file).name, 1)
    assert max(answer["source_row"] for answer in rows) == expected


@pytest.mark.parametrize("file", DECLARED)
def test_a_packed_file_and_one_in_utf_16_read_the_same(file, tmp_path):
    expected = read(file)
    content = (EXPORTS / file).read_bytes()
    packed = tmp_path / (Path(file).name + ".gz")
    packed.write_bytes(gzip.compress(content))
    assert read(file, packed) == expected
    wide = write(tmp_path / Path(file).name, content.decode("utf-8-sig"), "utf-16")
    assert read(file, wide, encoding="utf-16") == expected


@pytest.mark.parametrize("file", DECLARED)
def test_a_workbook_reads_the_same(file, tmp_path):
    if file.endswith("skipped_hour.csv"):
        pytest.skip("its last row is cut, which a workbook cannot be")
    text = (EXPORTS / file).read_text("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter="\t" if file.endswith("tsv") else ","))
    write_workbook(tmp_path / "export.xlsx", rows)
    assert read(file, tmp_path / "export.xlsx") == read(file)


def test_the_readers_say_what_they_need_and_what_they_rest_on():
    assert {kind.yields for kind in FORMATS} == {"survey_answers"}
    assert {kind.name for kind in FORMATS if not kind.verified} == {"google-forms"}
    assert all("survey" in kind.needs for kind in FORMATS)


def test_an_export_in_another_encoding_than_declared_is_refused(tmp_path):
    path = write(tmp_path / "x.csv", "id,submitdate,Q1\n1,2024-07-01 10:00:00,café\n", "cp1252")
    assert refuse("limesurvey/x.csv", path).code == "ENCODING_INVALID"
    assert pick(read("limesurvey/x.csv", path, encoding="cp1252"), 1, "Q1")["answer_number"] == 4


def test_a_wrong_delimiter_is_refused_with_the_way_to_mend_it(tmp_path):
    path = write(tmp_path / "x.csv", "id;submitdate;Q1\n1;2024-07-01 10:00:00;A1\n")
    assert "delimiter" in refuse("limesurvey/x.csv", path).detail
    assert pick(read("limesurvey/x.csv", path, delimiter=";"), 1, "Q1")["answer_code"] == "A1"


@pytest.mark.parametrize("name", ["limesurvey", "qualtrics", "google-forms"])
def test_an_empty_file_is_refused(name, tmp_path):
    path = write(tmp_path / "x.csv", "")
    assert refuse(f"{name}/x.csv", path, date_order="dmy").code == "FORMAT_INVALID"


@pytest.mark.parametrize(
    ("key", "declared"),
    [
        ("respondent_column", "Deelnemer"),
        ("organisation_column", "Gemeente"),
        ("options", {"Q99": ["Ja"]}),
    ],
)
def test_a_declared_column_that_is_not_there_is_named(key, declared):
    refused = refuse("limesurvey/undated.csv", **{key: declared})
    assert refused.code == "REQUIRED_COLUMN_MISSING"
    assert key in refused.detail


def test_a_column_of_a_person_is_left_at_the_door_unless_declared(tmp_path):
    text = "id,submitdate,token,e-mail,Voornaam,Q1\n1,2024-07-01 10:00:00,tok1,12,3,A1\n"
    path = write(tmp_path / "x.csv", text)
    rows = read("limesurvey/x.csv", path)
    assert [answer["question"] for answer in rows] == ["Q1"]
    rows = read("limesurvey/x.csv", path, respondent_column="token")
    assert {answer["respondent_id"] for answer in rows} == {"tok1"}
    assert is_personal("E-mail Address:")
    assert not is_personal("Hoe vaak antwoordt u?")


@pytest.mark.parametrize("cell", ["0612345678", "+31 6 00000042", "31600000042", "1.000.000"])
def test_a_number_that_may_be_a_telephone_number_is_kept_as_a_length_only(cell, tmp_path):
    path = write(tmp_path / "x.csv", f'id,submitdate,Q1\n1,2024-07-01 10:00:00,"{cell}"\n')
    answer = pick(read("limesurvey/x.csv", path), 1, "Q1")
    assert (answer["question_type"], answer["answer_number"]) == ("text", len(cell))
    assert answer["answer_code"] is None


def test_numbers_are_read_by_the_declared_marks(tmp_path):
    path = write(tmp_path / "x.csv", 'id,submitdate,Q1\n1,2024-07-01 10:00:00,"1.234,5"\n')
    assert pick(read("limesurvey/x.csv", path), 1, "Q1")["question_type"] == "text"
    rows = read("limesurvey/x.csv", path, decimal_mark=",", thousands_mark=".")
    assert pick(rows, 1, "Q1")["answer_number"] == 1234.5


def test_one_answer_in_words_makes_an_undeclared_question_open(tmp_path):
    text = "id,submitdate,Q1\n1,2024-07-01 10:00:00,A1\n2,2024-07-01 10:00:00,Mareike\n"
    path = write(tmp_path / "x.csv", text)
    rows = read("limesurvey/x.csv", path)
    assert {answer["question_type"] for answer in rows} == {"text"}
    rows = read("limesurvey/x.csv", path, options={"Q1": ["Ja", "Nee"]})
    assert [answer["answer_code"] for answer in rows] == ["A1", None]
    check_private(rows)


# ------------------------------------------------------------------------------------------------- LimeSurvey


def test_not_shown_is_not_the_same_as_not_answered():
    rows = read("limesurvey/codes.csv")
    assert pick(rows, 3, "Q5")["missing_kind"] == "not_shown"
    assert pick(rows, 4, "Q5")["missing_kind"] == "not_answered"


def test_an_option_that_was_shown_and_not_chosen_is_a_no():
    rows = read("limesurvey/codes.csv")
    chosen = [pick(rows, 1, "Q3", f"SQ00{i}")["answer_code"] for i in (1, 2, 3)]
    assert chosen == ["1", "0", "1"]
    # nobody chose anything, but the export marks what was not shown: all were seen
    assert pick(rows, 2, "Q3", "SQ001")["answer_code"] == "0"
    assert pick(rows, 3, "Q3", "SQ001")["answer_code"] is None


def test_without_the_mark_for_not_shown_an_empty_question_is_no_row_of_noes():
    rows = read("limesurvey/codes_and_texts.csv")
    assert pick(rows, 1, "Q3", "SQ002")["answer_code"] == "0"
    assert pick(rows, 2, "Q3", "SQ002")["answer_code"] is None
    assert pick(rows, 2, "Q3", "SQ002")["missing_kind"] == "not_answered"


def test_an_empty_time_of_submission_is_a_partial_response():
    rows = read("limesurvey/codes.csv")
    assert {answer["status"] for answer in rows if answer["source_row"] == 3} == {"partial"}
    assert pick(rows, 1, "Q2")["status"] == "complete"


def test_times_are_read_in_the_declared_zone():
    rows = read("limesurvey/codes.csv")
    assert pick(rows, 1, "Q2")["submitted_at"] == dt.datetime(2024, 7, 1, 8, 20, tzinfo=dt.UTC)
    # the hour that the clock change repeats: the first
    assert pick(rows, 2, "Q2")["submitted_at"] == dt.datetime(2024, 10, 27, 0, 30, tzinfo=dt.UTC)


def test_a_time_that_the_clock_change_skips_and_a_cut_row_leave_the_record_out():
    expected = {
        1: "TIMESTAMP_NONEXISTENT", 3: "REQUIRED_NULL", 4: "TIMESTAMP_UNPARSEABLE", 5: "ROW_WIDTH",
    }  # fmt: skip
    assert problems(read("limesurvey/skipped_hour.csv")) == expected


def test_the_date_of_surveys_that_keep_none_is_not_taken_for_one():
    rows = read("limesurvey/undated.csv")
    assert pick(rows, 1, "Q1")["submitted_at"] is None
    assert pick(rows, 1, "Q1")["status"] == "complete"
    assert pick(rows, 2, "Q1")["status"] == "partial"


def test_headings_with_line_ends_are_read():
    rows = read("limesurvey/codes_and_texts.csv")
    assert pick(rows, 3, "Q3", "SQ002")["answer_label"] == "X, voorheen Twitter"
    assert "Q8" not in {
        answer["question"] for answer in rows
    }  # its text asks for the e-mail address


def test_labels_are_read_where_the_options_are_declared():
    rows = read("limesurvey/texts.csv")
    answer = pick(rows, 2, "Hoe vaak antwoordt uw gemeente?")
    assert (answer["answer_code"], answer["answer_label"]) == ("2", "Nooit, te druk")
    assert pick(rows, 1, CHANNELS, "Instagram")["answer_code"] == "0"
    assert pick(rows, 1, CHANNELS, "Anders")["question_type"] == "text"
    assert pick(rows, 3, "Hoe vaak antwoordt uw gemeente?")["question_type"] == "text"
    without = read("limesurvey/texts.csv", options={})
    types = {a["question_type"] for a in without if a["question"].startswith("Hoe vaak")}
    assert types == {"text"}


def test_arrays_numbers_and_other_are_told_apart():
    rows = read("limesurvey/codes.csv")
    assert pick(rows, 1, "Q4", "SQ002")["question_type"] == "scale"
    assert pick(rows, 2, "Q5")["answer_number"] == 7.5
    assert pick(rows, 2, "Q2")["answer_code"] == "-oth-"
    other = pick(rows, 2, "Q2", "other")
    assert (other["question_type"], other["answer_number"]) == ("text", 30)


def test_an_array_of_yes_and_no_codes_is_no_multiple_question(tmp_path):
    text = (
        "id,submitdate,Q1[SQ001],Q1[SQ002]\n1,2024-07-01 10:00:00,Y,N\n2,2024-07-01 10:00:00,,U\n"
    )
    rows = read("limesurvey/x.csv", write(tmp_path / "x.csv", text))
    assert pick(rows, 1, "Q1", "SQ002")["answer_code"] == "N"
    assert pick(rows, 2, "Q1", "SQ001")["missing_kind"] == "not_answered"


def test_both_scales_of_an_array_are_kept_apart(tmp_path):
    text = "id,submitdate,Q1[SQ001][1],Q1[SQ001][2]\n1,2024-07-01 10:00:00,A1,A2\n"
    rows = read("limesurvey/x.csv", write(tmp_path / "x.csv", text))
    assert [answer["option"] for answer in rows] == ["SQ001#1", "SQ001#2"]


def test_two_questions_with_one_heading_are_refused(tmp_path):
    path = write(tmp_path / "x.csv", "id,submitdate,Q1,Q1\n1,2024-07-01 10:00:00,A1,A2\n")
    assert refuse("limesurvey/x.csv", path).code == "HEADER_AMBIGUOUS"


# -------------------------------------------------------------------------------------------------- Qualtrics


def test_previews_and_tests_are_excluded_unread():
    expected = {2: "EXCLUDED_PREVIEW", 5: "EXCLUDED_PREVIEW"}
    assert problems(read("qualtrics/three_header_rows.csv")) == expected


def test_a_preview_is_known_by_its_dutch_name():
    assert problems(read("qualtrics/recoded.tsv")) == {1: "EXCLUDED_PREVIEW"}


def test_an_offline_response_is_no_preview():
    assert 4 not in problems(read("qualtrics/three_header_rows.csv"))


def test_the_zone_of_the_file_holds_and_a_declared_one_may_not_contradict_it():
    file = "qualtrics/three_header_rows.csv"
    at = dt.datetime(2024, 7, 1, 8, 20, tzinfo=dt.UTC)
    assert pick(read(file), 1, "Q1")["submitted_at"] == at
    assert pick(read(file, time_zone="Europe/Amsterdam"), 1, "Q1")["submitted_at"] == at
    assert refuse(file, time_zone="America/Denver").code == "TZ_SHIFT"


def test_without_any_zone_the_records_are_quarantined():
    assert problems(read("qualtrics/two_header_rows.csv", time_zone=None)) == {
        1: "TIMEZONE_MISSING", 2: "TIMEZONE_MISSING",
    }  # fmt: skip


def test_answers_joined_in_one_cell_become_one_row_per_option():
    rows = read("qualtrics/three_header_rows.csv")
    assert [pick(rows, 1, "Q2", str(i))["answer_code"] for i in (1, 2, 3, 4)] == list("1010")
    assert pick(rows, 3, "Q2", "4_TEXT")["answer_number"] == 19


def test_a_column_per_option_is_a_multiple_question_and_a_matrix_is_not():
    rows = read("qualtrics/three_header_rows.csv")
    assert [pick(rows, 1, "Q4", str(i))["answer_code"] for i in (1, 2, 3)] == list("101")
    assert pick(rows, 1, "Q4", "3")["answer_label"] == "bestuur"
    assert pick(rows, 3, "Q4", "1")["missing_kind"] == "not_answered"
    assert pick(rows, 1, "Q3", "1")["question_type"] == "scale"


def test_a_number_typed_in_is_a_number_and_words_typed_in_are_a_length():
    rows = read("qualtrics/three_header_rows.csv")
    assert pick(rows, 1, "Q5")["answer_number"] == 12
    assert pick(rows, 4, "Q6")["question_type"] == "text"


def test_fields_of_the_tool_and_of_the_person_are_no_questions():
    questions = {a["question"] for a in read("qualtrics/three_header_rows.csv") if "question" in a}
    assert questions == {"Q1", "Q2", "Q3", "Q4", "Q5", "Q6"}


def test_old_exports_with_two_header_rows_and_an_empty_last_column_are_read():
    rows = read("qualtrics/two_header_rows.csv")
    assert {answer["question"] for answer in rows} == {"Q1", "Q2"}
    assert pick(rows, 1, "Q1")["respondent_id"] == "R_9bbbbbbbbbbbbbb"
    assert [pick(rows, i, "Q1")["status"] for i in (1, 2)] == ["complete", "partial"]


def test_where_seen_but_unanswered_is_recoded_an_empty_cell_was_not_shown():
    rows = read("qualtrics/recoded.tsv")
    assert pick(rows, 2, "Q1")["missing_kind"] == "not_answered"
    assert pick(rows, 3, "Q6")["missing_kind"] == "not_shown"
    assert pick(rows, 3, "Q4", "1")["missing_kind"] == "not_shown"


def test_joined_labels_are_options_where_they_are_declared(tmp_path):
    text = 'ResponseId,Q1\nResponse ID,Waar?\nR_1aaaaaaaa,"Ja, thuis,Nee"\n'
    path = write(tmp_path / "x.csv", text.replace("R_1aaaaaaaa", "1"))
    assert pick(read("qualtrics/x.csv", path), 1, "Q1")["question_type"] == "text"
    rows = read("qualtrics/x.csv", path, options={"Q1": ["Ja", "Ja, thuis", "Nee"]})
    assert [answer["answer_code"] for answer in rows] == ["0", "1", "1"]


def test_a_response_in_the_place_of_the_second_header_row_is_not_swallowed(tmp_path):
    text = "ResponseId,Finished,Q1\nR_1aaaaaaaaa,1,2\nR_2aaaaaaaaa,1,3\n"
    assert refuse("qualtrics/x.csv", write(tmp_path / "x.csv", text)).code == "FORMAT_INVALID"


def test_an_import_row_as_second_row_ends_the_header(tmp_path):
    text = (
        'ResponseId,Q1\n"{""ImportId"":""_recordId""}","{""ImportId"":""QID1""}"\nR_1aaaaaaaa,2\n'
    )
    rows = read("qualtrics/x.csv", write(tmp_path / "x.csv", text))
    assert [(answer["source_row"], answer["answer_code"]) for answer in rows] == [(1, "2")]


def test_an_export_without_response_ids_is_refused(tmp_path):
    path = write(tmp_path / "x.csv", "A,B\nC,D\n1,2\n")
    assert refuse("qualtrics/x.csv", path).code == "REQUIRED_COLUMN_MISSING"


# ----------------------------------------------------------------------------------------------- Google Forms


def test_an_option_with_a_comma_is_one_option():
    rows = read("google-forms/sheet.csv")
    assert [pick(rows, 1, CHANNELS, str(i))["answer_code"] for i in (1, 2, 3, 4)] == list("1010")
    assert pick(rows, 1, CHANNELS, "3")["answer_label"] == "Ja, soms LinkedIn"


def test_what_is_no_option_is_somebodys_own_answer():
    rows = read("google-forms/sheet.csv")
    other = pick(rows, 2, CHANNELS, "other")
    assert (other["question_type"], other["answer_number"]) == ("text", 21)


def test_without_declared_options_answers_in_words_are_lengths():
    rows = read("google-forms/sheet.csv", options={})
    assert pick(rows, 1, CHANNELS)["question_type"] == "text"


def test_downloads_with_semicolons_and_an_offset_in_the_time_are_read():
    rows = read("google-forms/download.csv")
    assert [pick(rows, 1, CHANNELS, str(i))["answer_code"] for i in (1, 2)] == ["1", "1"]
    at = dt.datetime(2024, 7, 14, 22, 5, tzinfo=dt.UTC)
    assert pick(rows, 2, CHANNELS, "1")["submitted_at"] == at


def test_rows_of_a_grid_are_options():
    assert (
        pick(read("google-forms/sheet.csv"), 1, "Hoe tevreden bent u?", "toon")["answer_number"]
        == 5
    )


@pytest.mark.parametrize("file", ["month_first.csv", "undecided.csv"])
def test_a_date_order_that_is_contradicted_or_not_confirmed_is_refused(file):
    assert refuse(f"google-forms/{file}", date_order="dmy").code == "DATE_ORDER_INCONSISTENT"


def test_a_table_without_timestamp_is_no_google_form(tmp_path):
    path = write(tmp_path / "x.csv", "Datum,Vraag\n1-1-2024,X\n")
    assert refuse("google-forms/x.csv", path, date_order="dmy").code == "REQUIRED_COLUMN_MISSING"


@given(st.permutations(range(4)), st.integers(0, 4), st.sampled_from([", ", ";"]))
def test_joined_options_come_apart_again(order, count, joint):
    options = ("Ja", "Ja, soms", "soms, Nee", "X; of toch")
    chosen = order[:count]
    found, rest = split_options(joint.join(options[i] for i in chosen), options, (";", ","))
    if rest is None and sorted(found) != sorted(chosen):
        # two readings that nothing can tell apart: both are made of the same options
        assert joint == ", "
    assert rest is None


# ------------------------------------------------------------------------------------------------------- SPSS


def write_sav(path: Path, **what) -> Path:
    """Write a small .sav: a user-missing code, an unlabelled code, open text, a day, an e-mail address."""
    frame = pd.DataFrame(
        {
            "resp": [101.0, 102.0, 103.0, None],
            "gemeente": ["GM0001", "GM0002", "", "GM0004"],
            "v1": [1.0, 2.0, 99.0, 1.0],
            "v2": [4.0, None, 5.0, 1.0],
            "v3": [12.5, 1.0, 31600000042.0, 2.0],
            "toelichting": ["Bel Mareike Proefpersoon", "", "GEHEIM-BERICHT-77", "x"],
            "email": ["proef@persoon.example"] * 4,
            "dag": pd.to_datetime(["2024-07-01", None, "1975-02-03", "2024-07-02"]),
            "k1": [1.0, 0.0, None, 1.0],
            "k2": [0.0, 0.0, None, 1.0],
        }
    )
    pyreadstat.write_sav(
        frame,
        path,
        column_labels=[
            None,
            None,
            "Antwoordt u?",
            "Oordeel",
            None,
            None,
            None,
            None,
            "Facebook",
            "X",
        ],
        variable_value_labels={
            "v1": {1.0: "ja", 2.0: "één keer", 99.0: "weet niet"},
            "v2": {1.0: "slecht", 5.0: "goed"},
        },
        missing_ranges={"v1": [99]},
        variable_measure={"v2": "ordinal"},
        **what,
    )
    return path


def read_sav(path: Path, **declared) -> list[dict]:
    return read(
        "spss/x.sav",
        path,
        **{"respondent_column": "resp", "organisation_column": "gemeente", **declared},
    )


@pytest.fixture(scope="module")
def sav_rows(tmp_path_factory) -> list[dict]:
    rows = read_sav(write_sav(tmp_path_factory.mktemp("spss") / "x.sav"))
    check_rows(rows)
    check_private(rows)
    return rows


def test_user_missing_codes_keep_their_code_and_label(sav_rows):
    rows = sav_rows
    answer = pick(rows, 3, "v1")
    assert (answer["missing_kind"], answer["answer_code"], answer["answer_label"]) == (
        "user_missing", "99", "weet niet",
    )  # fmt: skip
    assert answer["answer_number"] is None
    assert pick(rows, 2, "v2")["missing_kind"] == "not_answered"


def test_labels_types_respondents_and_organisations_come_from_the_file(sav_rows):
    rows = sav_rows
    answer = pick(rows, 2, "v1")
    assert (answer["answer_code"], answer["answer_label"]) == ("2", "één keer")
    assert (answer["respondent_id"], answer["organisation"]) == ("102", "GM0002")
    assert pick(rows, 1, "v2")["question_type"] == "scale"
    assert pick(rows, 1, "v2")["answer_label"] is None  # a code without label stays a code
    assert pick(rows, 1, "v3")["answer_number"] == 12.5
    assert pick(rows, 3, "dag")["answer_code"] == "1975-02-03"
    assert pick(rows, 3, "v1")["organisation"] is None
    assert problems(rows) == {4: "REQUIRED_NULL"}


def test_open_text_long_numbers_and_addresses_of_spss_stay_behind(sav_rows):
    rows = sav_rows
    assert pick(rows, 1, "toelichting")["answer_number"] == 24
    assert pick(rows, 3, "v3")["question_type"] == "text"
    assert "email" not in {answer.get("question") for answer in rows}


def test_without_a_declared_respondent_the_record_stands_for_it(tmp_path):
    rows = read_sav(write_sav(tmp_path / "x.sav"), respondent_column=None)
    assert pick(rows, 4, "v1")["respondent_id"] == "x.sav#4"


@pytest.mark.parametrize("how", ["row_compress", "compress"])
def test_compressed_spss_files_read_the_same(how, sav_rows, tmp_path):
    assert read_sav(write_sav(tmp_path / "x.sav", **{how: True})) == sav_rows


@pytest.mark.parametrize("count", [99, 200, 201])
def test_long_spss_files_are_read_in_blocks(count, tmp_path, monkeypatch):
    monkeypatch.setattr("roeptoeter.sources.spss._CELLS_AT_A_TIME", 1)  # 100 rows at a time
    path = tmp_path / "x.sav"
    pyreadstat.write_sav(pd.DataFrame({"v1": [float(i) for i in range(count)]}), path)
    rows = read("spss/x.sav", path)
    assert [answer["answer_number"] for answer in rows] == list(range(count))
    assert [answer["source_row"] for answer in rows] == list(range(1, count + 1))


def add_set(path: Path, definition: bytes) -> None:
    """Add a multiple-response set (extension record 7) to a .sav before the end of its dictionary."""
    content = path.read_bytes()
    end = content.index(struct.pack("<ii", 999, 0))
    record = struct.pack("<iiii", 7, 7, 1, len(definition)) + definition
    path.write_bytes(content[:end] + record + content[end:])


def test_multiple_response_sets_become_options(tmp_path):
    path = write_sav(tmp_path / "x.sav")
    add_set(path, b"$kanalen=D1 1 8 Kanalen? k1 k2\n")
    rows = read_sav(path)
    check_rows(rows)
    answer = pick(rows, 1, "kanalen", "k1")
    assert (answer["question_type"], answer["answer_code"]) == ("multiple", "1")
    assert answer["answer_label"] == "Facebook"
    assert pick(rows, 2, "kanalen", "k1")["answer_code"] == "0"
    assert pick(rows, 3, "kanalen", "k2")["missing_kind"] == "not_answered"


def recode_sav(path: Path) -> None:
    """Make of a .sav an old one: windows-1252, and no record of its encoding."""
    content = path.read_bytes()
    name = struct.pack("<iiii", 7, 20, 1, 5) + b"UTF-8"
    assert name in content
    # the label keeps its length: é is two bytes in UTF-8, one and a blank in windows-1252
    content = content.replace(name, b"").replace("één keer".encode(), "één keer  ".encode("cp1252"))
    # the code page also stands in the record of machine integers
    path.write_bytes(content.replace(struct.pack("<i", 65001), struct.pack("<i", 1252)))


def test_an_old_spss_file_in_windows_1252_is_read_as_declared(tmp_path):
    path = write_sav(tmp_path / "x.sav")
    recode_sav(path)
    rows = read_sav(path, encoding="cp1252")
    assert pick(rows, 2, "v1")["answer_label"] == "één keer"


def test_a_damaged_spss_file_that_ends_its_reader_is_refused(tmp_path):
    path = write_sav(tmp_path / "x.sav")
    content = bytearray(path.read_bytes())
    # the labels of the variable with this number: there are not that many
    place = content.rindex(struct.pack("<iii", 4, 1, 4))
    content[place + 8 : place + 12] = struct.pack("<i", -(2**30))
    path.write_bytes(bytes(content))
    assert refuse("spss/x.sav", path).code == "FORMAT_INVALID"


def test_what_is_no_spss_file_is_refused(tmp_path):
    path = write(tmp_path / "x.sav", "id,submitdate\n1,2\n")
    assert refuse("spss/x.sav", path).code == "FORMAT_INVALID"


# ---------------------------------------------------------------------------------------------- damaged files


def split_file(file: str) -> tuple[list[list[str]], list[list[str]], str]:
    delimiter = "\t" if file.endswith(".tsv") else ","
    text = (EXPORTS / file).read_text("utf-8-sig")
    records = [cells for cells in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cells)]
    count = HEADER_ROWS.get(Path(file).name, 1)
    return records[:count], records[count:], delimiter


def join(records: list[list[str]], delimiter: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(records)
    return out.getvalue().encode()


def read_or_refuse(reading: Callable[[], list[dict]]) -> list[dict] | None:
    """Return the rows, or None for a file that is refused in one line."""
    try:
        return reading()
    except FileRefused as error:
        refused = error
    assert "\n" not in refused.detail
    assert REASONS[refused.code][0] == "file"
    return None


QUIET = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
FILES = st.sampled_from([file for file in DECLARED if "skipped" not in file])


@QUIET
@given(file=FILES, data=st.data())
def test_shuffled_repeated_and_type_damaged_records_are_all_accounted_for(file, data, tmp_path):
    header, records, delimiter = split_file(file)
    places = st.integers(0, len(records) - 1)
    chosen = [list(records[i]) for i in data.draw(st.lists(places, min_size=1, max_size=8))]
    junk = st.sampled_from(
        [
            "",
            "N/A",
            "nan",
            "1e5",
            "-99",
            "∞",
            "12,5",
            "A1",
            "Y",
            "true",
            "2024-13-45",
            "９",
            "1,2,3",
        ]
    ) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
    for cells in chosen:
        for _ in range(data.draw(st.integers(0, 3))):
            cells[data.draw(st.integers(0, len(cells) - 1))] = data.draw(junk)
        if data.draw(st.booleans()):
            del cells[data.draw(st.integers(1, len(cells))) :]
    path = tmp_path / Path(file).name
    path.write_bytes(join(header + chosen, delimiter))
    rows = read_or_refuse(lambda: read(file, path))
    if rows is None:
        return
    check_rows(rows)
    check_private(rows)
    assert "READER_ERROR" not in problems(rows).values()
    expected = sum(any(cells) for cells in chosen)
    assert len({answer["source_row"] for answer in rows}) == expected


@QUIET
@given(file=FILES, data=st.data())
def test_files_cut_or_changed_at_any_byte_are_read_or_refused_in_one_line(file, data, tmp_path):
    header, records, delimiter = split_file(file)
    head, content = join(header, delimiter), bytearray(join(records, delimiter))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    path = tmp_path / Path(file).name
    path.write_bytes(head + bytes(content))
    encoding = data.draw(st.sampled_from(["utf-8", "cp1252", "latin-1", "utf-16"]))
    rows = read_or_refuse(lambda: read(file, path, encoding=encoding))
    if rows is None:
        return
    check_rows(rows)
    assert "READER_ERROR" not in problems(rows).values()


@example(share=0.0, place=0.37, byte=0)  # the type of a variable
@settings(QUIET, max_examples=5)  # each starts a process
@given(share=st.floats(0, 1), place=st.floats(0, 1), byte=st.integers(0, 255))
def test_a_cut_or_changed_spss_file_is_read_or_refused_in_one_line(share, place, byte, tmp_path):
    content = bytearray(write_sav(tmp_path / "whole.sav").read_bytes())
    content = content[: int(share * len(content))] if byte % 2 else content
    if content:
        content[int(place * (len(content) - 1))] = byte
    path = tmp_path / "x.sav"
    path.write_bytes(bytes(content))
    rows = read_or_refuse(lambda: read_sav(path))
    if rows is None:
        return
    check_rows(rows)
