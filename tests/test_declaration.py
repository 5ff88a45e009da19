"""Declarations: each mistake a person can make in sources.yaml is told in one line."""

import datetime as dt

import pytest

from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.sources import declaration
from roeptoeter.sources.declaration import exports_folder, read_declarations
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.staging import Format

ENTRY = "format: told\n    platform: twitter\n    exported_on: 2024-07-15"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(study_module, "ROOT", tmp_path)
    monkeypatch.setattr(declaration, "ROOT", tmp_path)
    for name, needs in {"told": (), "needy": ("time_zone", "columns")}.items():
        kind = Format(name, name, "messages", True, None, needs, (".csv", ".jsonl"), lambda *_: [])
        monkeypatch.setitem(FORMATS, name, kind)
    folder = tmp_path / "data" / "raw" / "exports" / "mine"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("id\n")
    return folder


def declare(folder, text: str) -> None:
    (folder / "sources.yaml").write_text(text, encoding="utf-8")


def entry(more: str = "", file: str = "a.csv", base: str = ENTRY) -> str:
    return f"files:\n  {file}:\n    {base}\n    {more}\n"


def refusal(folder) -> str:
    with pytest.raises(InputError) as caught:
        read_declarations(folder)
    line = str(caught.value)
    assert "\n" not in line
    assert "data/raw/exports/mine" in line
    return line


def test_a_declaration_is_read_with_its_defaults(folder):
    declare(folder, entry("time_zone: Europe/Amsterdam"))
    (source,) = read_declarations(folder)
    assert (source.file, source.format, source.platform) == ("a.csv", "told", "twitter")
    assert source.exported_on == dt.date(2024, 7, 15)
    assert source.exported_at == dt.datetime(2024, 7, 15, 23, 59, 59, tzinfo=dt.UTC)
    assert (source.direction, source.encoding, source.decimal_mark) == ("sent", "utf-8", ".")


def test_a_study_without_a_folder_has_no_exports(tmp_path):
    assert read_declarations(tmp_path / "nowhere") == []


def test_exports_lie_in_a_folder_of_the_study(folder):
    assert exports_folder("mine") == folder


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("formt: told", "formt: is not a known key"),
        ("platform_name: x", "platform_name"),
        ("time_zone: Amsterdam", "no such time zone"),
        ("encoding: utf-9", "no such encoding"),
        ("date_order: DMY", "date_order"),
        ("decimal_mark: ';'", "decimal_mark"),
        ("header_row: 0", "header_row"),
        ("header_row: '2'", "header_row"),
        ("direction: out", "direction"),
        ("organisation: 14", "organisation"),
        ("organisation: 0014", "leading zero"),
        ("accept_partial: ok", "accept_partial"),
        ("views_since: '2022-12-15'", "without quotes"),
        ("columns: [a, b]", "columns"),
        ("platform: twitter", "platform stands twice"),
    ],
)
def test_a_wrong_key_or_type_is_named(folder, more, says):
    declare(folder, entry(more))
    assert says in refusal(folder)


@pytest.mark.parametrize(
    ("base", "says"),
    [
        ("platform: twitter\n    exported_on: 2024-07-15", "format: is missing"),
        ("format: told\n    exported_on: 2024-07-15", "platform: is missing"),
        ("format: told\n    platform: twitter", "exported_on: is missing"),
        ("format: told\n    platform: myspace\n    exported_on: 2024-07-15", "myspace"),
        ("format: told\n    platform: twitter\n    exported_on: 15-07-2024", "exported_on"),
        ("format: tolt\n    platform: twitter\n    exported_on: 2024-07-15", "'tolt' is not known; known: "),
        ("format: needy\n    platform: twitter\n    exported_on: 2024-07-15", "needs `time_zone`"),
        ("format: needy\n    platform: twitter\n    exported_on: 2024-07-15\n    time_zone: UTC", "needs `columns`"),
    ],
)  # fmt: skip
def test_what_is_missing_or_unknown_is_named(folder, base, says):
    declare(folder, entry(base=base))
    assert says in refusal(folder)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "must hold one key"),
        ("a.csv:\n  format: told\n", "must hold one key"),
        ("files: [a.csv]\n", "must hold one key"),
        ("files:\n  a.csv:\nmore: 1\n", "must hold one key"),
        ("files:\n  a.csv: told\n", "expected keys such as"),
        ("files:\n  a.csv:\n", "expected keys such as"),
        ("files:\n\ta.csv:\n", "no valid YAML"),
        ("files:\n  a.csv:\n    file: b.csv\n", "file"),
    ],
)
def test_a_file_of_another_form_is_refused(folder, text, says):
    declare(folder, text)
    assert says in refusal(folder)


def test_a_missing_sources_file_is_named(folder):
    assert "sources.yaml" in refusal(folder)


def test_a_file_declared_twice_is_refused(folder):
    declare(folder, entry() + f"  a.csv:\n    {ENTRY}\n")
    assert "a.csv stands twice" in refusal(folder)


def test_an_entry_without_file_is_refused(folder):
    declare(folder, entry(file="b.csv"))
    line = refusal(folder)
    assert "b.csv" in line
    assert "no such file" in line


def test_a_file_without_entry_is_refused_with_what_to_do(folder):
    declare(folder, entry())
    (folder / "deep").mkdir()
    (folder / "deep" / "b.csv").write_text("id\n")
    line = refusal(folder)
    assert "deep/b.csv has no entry" in line
    assert "make describe FILE=data/raw/exports/mine/deep/b.csv" in line


def test_companions_and_hidden_files_need_no_entry(folder):
    declare(folder, entry())
    for name in ("accounts.csv", "README.md", ".key", ".DS_Store"):
        (folder / name).write_text("")
    assert len(read_declarations(folder)) == 1


@pytest.mark.parametrize("file", ["../a.csv", "/etc/passwd", "deep/../../a.csv"])
def test_a_path_out_of_the_folder_is_refused(folder, file):
    declare(folder, entry(file=file))
    assert "must lie inside the folder" in refusal(folder)


def test_another_kind_of_file_than_the_format_comes_as_is_refused(folder):
    (folder / "a.csv").rename(folder / "a.xlsx")
    declare(folder, entry(file="a.xlsx"))
    assert "comes as .csv, .jsonl" in refusal(folder)


def test_a_compressed_file_is_taken_by_the_ending_inside(folder):
    (folder / "a.csv").rename(folder / "A.CSV.gz")
    declare(folder, entry(file="A.CSV.gz"))
    assert len(read_declarations(folder)) == 1


def test_every_known_format_can_be_declared_by_its_name():
    for name, kind in FORMATS.items():
        assert kind.name == name
        assert kind.read is not None or kind.select is not None
        assert (kind.yields == "messages") == (kind.capabilities is not None)
        assert kind.suffixes
        assert set(kind.needs) <= set(declaration.Source.model_fields)
