"""Simulated exports and real ones are never read together, whatever the files are called."""

import datetime as dt
import gzip
import io
import json
import zipfile

import pytest
import yaml

from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.sources import declaration
from roeptoeter.sources.intake import read_exports
from roeptoeter.study import Simulation, Study

REAL = Study(name="mine", title="A study", evidence="measured")
DEMO = Study(name="mine", title="A study", evidence="SIMULATED", simulation=Simulation(seed=1))


def write_line(number: int, text: str) -> str:
    at = dt.datetime(2024, 1, 8, 9, 0, tzinfo=dt.UTC) + dt.timedelta(hours=number)
    identity = (int(at.timestamp() * 1000) - 1288834974657 << 22) + 977 * number
    message = {
        "id": str(identity), "author_id": "41", "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z", "text": text,
    }  # fmt: skip
    return json.dumps(message) + "\n"


@pytest.fixture
def intake(tmp_path, monkeypatch):
    """Return a function that reads one file, as a study of the given kind, and tells the refusal or ''."""
    for module in (study_module, declaration):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    folder = tmp_path / "data/raw/exports/mine"

    def read(study, name, content, **entry):
        folder.mkdir(parents=True)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        defaults = {
            "format": "x-api-v2", "platform": "twitter", "exported_on": dt.date(2024, 7, 15), "organisation": "GM0014",
        }  # fmt: skip
        text = yaml.safe_dump({"files": {name: defaults | entry}})
        (folder / "sources.yaml").write_text(text, encoding="utf-8")
        try:
            read_exports(study, progress=False)
        except InputError as refusal:
            told = str(refusal)
        else:
            told = ""
        assert (tmp_path / "data/processed").exists() == (told == "")
        assert "\n" not in told
        return told

    return read


def lines(text="Goedemorgen"):
    return "".join(write_line(number, text) for number in range(30))


def test_a_simulated_study_takes_files_that_say_so(intake):
    assert intake(DEMO, "SIMULATED_a.jsonl", lines("SIMULATED bericht")) == ""


def test_a_simulated_study_takes_no_other(intake):
    line = intake(DEMO, "a.jsonl", lines())
    assert "exports/mine/a.jsonl is not simulated, but the study mine is" in line
    assert "put real exports into a study of their own (`make new-study NAME=mine`)" in line


def test_a_real_study_takes_real_files(intake):
    # the word in small letters, or inside another, is anybody's
    text = "simulated of UNSIMULATED; een oefening: gesimuleerd"
    assert intake(REAL, "simulated_a.jsonl", lines(text)) == ""


def test_a_real_study_takes_no_file_that_is_called_simulated(intake):
    line = intake(REAL, "SIMULATED_a.jsonl", lines())
    assert "SIMULATED_a.jsonl is SIMULATED, by its name, but the study mine is not" in line
    assert "move the file away" in line


@pytest.mark.parametrize("evidence", ["measured", "published"])
def test_a_file_that_was_renamed_is_known_by_its_first_lines(intake, evidence):
    study = Study(name="mine", title="A study", evidence=evidence)
    line = intake(study, "tweets.jsonl", lines("SIMULATED bericht"))
    assert "tweets.jsonl is SIMULATED, as its first lines say, but the study mine is not" in line


def test_packing_or_another_encoding_hides_nothing(intake):
    packed = gzip.compress(lines("SIMULATED bericht").encode())
    assert "as its first lines say" in intake(REAL, "a.jsonl.gz", packed)


def test_utf_16_hides_nothing(intake):
    columns = {"message_id": "id", "account_id": "user", "created_at": "date", "text": "text"}
    content = "id,user,date,text\n1,2,2024-01-08,SIMULATED bericht\n".encode("utf-16")
    line = intake(REAL, "a.csv", content, format="delimited", columns=columns, encoding="utf-16")
    assert "as its first lines say" in line


def make_workbook(rows):
    """Make the smallest workbook that can be read: one sheet, its cells as text."""
    office = "http://schemas.openxmlformats.org"
    cells = "".join(
        "<row>" + "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in row) + "</row>"
        for row in rows
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{office}/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{office}/spreadsheetml/2006/main" xmlns:r="{office}/officeDocument/2006/'
        'relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument/2006/relationships/worksheet" Target="worksheets/a.xml"/></Relationships>',
        "xl/worksheets/a.xml": f'<worksheet xmlns="{office}/spreadsheetml/2006/main"><sheetData>{cells}</sheetData>'
        "</worksheet>",
    }  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_a_workbook_hides_nothing(intake):
    content = make_workbook(
        [("id", "user", "date", "text"), ("1", "2", "2024-01-08", "SIMULATED bericht")]
    )
    assert b"SIMULATED" not in content
    columns = {"message_id": "id", "account_id": "user", "created_at": "date", "text": "text"}
    line = intake(REAL, "a.xlsx", content, format="delimited", columns=columns)
    assert "as its first lines say" in line


def test_a_damaged_archive_is_left_to_its_reader(intake):
    packed = gzip.compress(lines().encode())[:200]
    assert "FORMAT_INVALID" in intake(REAL, "a.jsonl.gz", packed)
