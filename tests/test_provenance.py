"""A raw file is what its provenance says, to the byte, or the build stops and names it."""

import hashlib
from pathlib import Path

import pytest

from roeptoeter.errors import InputError
from roeptoeter.provenance import accept_raw, read_provenance, verify_file, verify_raw

PROJECT = Path(__file__).parents[1]

# The NIST test vector of SHA-256 for "abc".
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

TABLE = 'code,note\nGM0001,"two\nlines"\n11002,ø\n'


def write_provenance(path, **changed):
    content = Path(path).read_bytes() if Path(path).exists() else b""
    keys = {
        "title": "A table",
        "producer": "An office",
        "citation": '"Bron: office"',
        "url": "null",
        "published": "2016",
        "accessed": '"2026-11"',
        "licence": "CC BY 4.0",
        "redistribution": "allowed",
        "sha256": f'"{hashlib.sha256(content).hexdigest()}"',
        "bytes": len(content),
        "rows": 2,
        "notes": "null # kept",
    } | changed
    text = "# a comment\n" + "".join(f"{key}: {told}\n" for key, told in keys.items() if told != "")
    Path(f"{path}.yml").write_text(text, encoding="utf-8")
    return Path(path)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "data" / "raw" / "registers"
    folder.mkdir(parents=True)
    for name in ("a.csv", "b.csv"):
        (folder / name).write_bytes(TABLE.encode())
        write_provenance(folder / name)
    (folder / "README.md").write_text("# Registers\n")
    return tmp_path


def refusal(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_every_raw_file_of_the_project_is_unchanged():
    verified = verify_raw(PROJECT)
    assert list(verified) == ["file", "producer", "licence", "bytes", "rows", "sha256"]
    rows = verified.set_index("file")["rows"]
    assert rows["data/raw/registers/nl_municipalities.csv"] == 1594
    assert rows["data/raw/registers/vl_municipalities.csv"] == 1232
    assert rows["data/raw/registers/positions.csv"] == 1119


def test_the_checksum_is_sha256(tmp_path):
    path = tmp_path / "abc.csv"
    path.write_bytes(b"abc")
    write_provenance(path, sha256=f'"{ABC}"', rows=0)
    assert verify_file(path).sha256 == ABC


def test_sound_files_give_one_row_each(project):
    verified = verify_raw(project)
    assert verified["file"].tolist() == [
        "data/raw/registers/a.csv",
        "data/raw/registers/b.csv",
    ]
    assert verified["rows"].tolist() == [2, 2]  # a line break within quotes makes no row
    assert verified["bytes"].tolist() == [len(TABLE.encode())] * 2


def test_a_changed_byte_is_refused_by_name_with_both_ways_out(project):
    path = project / "data/raw/registers/b.csv"
    path.write_bytes(path.read_bytes().replace(b"GM0001", b"GM0002"))
    message = refusal(verify_raw, project)
    assert message.startswith("data/raw/registers/b.csv has changed: its SHA-256 begins with ")
    assert "`git checkout -- data/raw/registers/b.csv`" in message
    assert "`make accept-raw FILE=data/raw/registers/b.csv`" in message
    assert "more raw file" not in message


def test_further_changed_files_are_counted(project):
    for name in ("a.csv", "b.csv"):
        (project / "data/raw/registers" / name).write_text("code\n")
    message = refusal(verify_raw, project)
    assert message.startswith("data/raw/registers/a.csv")
    assert message.endswith("(and 1 more raw file refused)")


def test_a_file_without_provenance_is_refused(project):
    (project / "data/raw/registers/a.csv.yml").unlink()
    message = refusal(verify_raw, project)
    assert message.startswith("data/raw/registers/a.csv has no provenance")


def test_provenance_without_its_file_is_refused(project):
    (project / "data/raw/registers/a.csv").unlink()
    message = refusal(verify_raw, project)
    assert message.startswith("data/raw/registers/a.csv is missing")


def test_exports_and_hidden_files_are_never_looked_into(project):
    for place in ("exports/mine/messages.csv", "registers/.ipynb_checkpoints/a.csv"):
        path = project / "data/raw" / place
        path.parent.mkdir(parents=True)
        path.write_text("code\n")
    assert len(verify_raw(project)) == 2


def test_a_project_without_raw_files_is_refused(tmp_path):
    assert "no raw file found" in refusal(verify_raw, tmp_path)


@pytest.mark.parametrize("key", ["bytes", "rows"])
def test_a_wrong_size_in_the_provenance_is_refused(project, key):
    path = write_provenance(project / "data/raw/registers/a.csv", **{key: 7})
    message = refusal(verify_file, path)
    assert message.startswith(f"data/raw/registers/a.csv.yml says 7 {key}")


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"licence": ""}, "'licence'"),
        ({"colour": "red"}, "'colour'"),
        ({"rows": '"2"'}, "'rows'"),
        ({"rows": "2.0"}, "'rows'"),
        ({"sha256": "abc"}, "'sha256'"),
        ({"title": "null"}, "'title'"),
    ],
)
def test_a_wrong_key_is_refused_by_name(project, changed, named):
    path = write_provenance(project / "data/raw/registers/a.csv", **changed)
    message = refusal(read_provenance, f"{path}.yml")
    assert message.startswith(f"data/raw/registers/a.csv.yml, key {named}")


@pytest.mark.parametrize("text", ["- a list\n", "title: [unclosed\n", ""])
def test_a_file_that_is_no_provenance_is_refused(project, text):
    path = project / "data/raw/registers/a.csv.yml"
    path.write_text(text)
    assert refusal(read_provenance, path).startswith("data/raw/registers/a.csv.yml")


@pytest.mark.parametrize(
    ("told", "read"), [("2016", "2016"), ("2016-06-14", "2016-06-14"), ("null", None)]
)
def test_a_date_is_read_as_the_text_that_stands_there(project, told, read):
    path = write_provenance(project / "data/raw/registers/a.csv", published=told)
    assert read_provenance(f"{path}.yml").published == read


def test_accepting_a_change_rewrites_three_lines_only(project):
    path = project / "data/raw/registers/a.csv"
    before = Path(f"{path}.yml").read_text().splitlines()
    path.write_bytes(b"abc\n1\n")
    accepted = accept_raw(path)
    after = Path(f"{path}.yml").read_text().splitlines()
    changed = [new.split(":")[0] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == ["sha256", "bytes", "rows"]
    assert (accepted.bytes, accepted.rows) == (6, 1)
    assert verify_file(path) == accepted


def test_nothing_can_be_accepted_that_is_not_there(project):
    message = refusal(accept_raw, project / "data/raw/registers/c.csv")
    assert message.startswith("data/raw/registers/c.csv is missing")


def test_a_provenance_not_written_key_by_line_is_not_rewritten(project):
    path = project / "data/raw/registers/a.csv"
    stated = read_provenance(f"{path}.yml")
    text = stated.model_dump_json()  # JSON is YAML, on one line
    Path(f"{path}.yml").write_text(text)
    assert "expected one line that begins `sha256:`" in refusal(accept_raw, path)
    assert Path(f"{path}.yml").read_text() == text
