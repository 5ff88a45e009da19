"""A description of a file names the right format, gives an entry that can be used, and tells nothing of its content."""

import datetime as dt
import gzip
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.sources import declaration
from roeptoeter.sources.declaration import Source, read_declarations
from roeptoeter.sources.describe import describe_file
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.staging import FileRefused
from roeptoeter.study import read_yaml

EXPORTS = Path(__file__).parent / "fixtures" / "exports"
MARKERS = (
    "Mareike", "Proefpersoon", "proefpersoon_zz", "proef@persoon.example", "00000042", "GEHEIM-BERICHT-77",
)  # fmt: skip
FOLDERS = {"meta": "meta-posts", "hootsuite": "hootsuite-posts"}
FILES = {
    "delimited/twarc.csv": "twarc-csv",
    "delimited/linkedin.xls": "linkedin-posts",
    "delimited/x-analytics.csv": "x-analytics",
    "hootsuite/inbound.csv": "hootsuite-inbound",
    "meta/followers.csv": "meta-followers",
    "meta/followers-without-year.csv": "meta-followers",
    "meta/audience.csv": "meta-followers",
}
#: Looked up beside an export, never to be read, or of a metric that no format holds.
NO_EXPORTS = {
    "README.md", "mastodon-outbox/without-actor/actor.json", "x-archive/data/account.js", "x-archive/data/manifest.js",
    "x-archive/data/deleted-tweets.js", "x-archive/data/follower.js", "x-archive/data/note-tweet.js",
    "x-archive/data/direct-messages.js", "x-archive/renamed/messages.js", "x-archive/truncated/account.js",
    "meta/reach.csv",
}  # fmt: skip

#: What a person fills in, for a key that a description leaves empty.
ANSWERS = {
    "exported_on": dt.date(2026, 10, 1), "platform": "facebook", "time_zone": "Europe/Amsterdam", "date_order": "mdy",
    "survey": "webcare", "wave": "2024", "organisation": "GM0001", "account_id": "2001", "year": 2023,
    "values": {
        "direction": {"Uitgaand": "sent", "Inkomend": "received"}, "visibility": {"Openbaar": "public", "Privé": "private"},
    },
}  # fmt: skip


def every_fixture() -> list[str]:
    return sorted(
        path.relative_to(EXPORTS).as_posix() for path in EXPORTS.rglob("*") if path.is_file()
    )


EXPORT_FILES = [name for name in every_fixture() if name not in NO_EXPORTS]


def expected_format(name: str) -> str:
    folder = name.split("/")[0]
    return FILES.get(name, FOLDERS.get(folder, folder))


def read_entries(text: str, tmp_path: Path) -> list[tuple[str, dict]]:
    """Read the proposed entries as a person's sources.yaml would be read."""
    blocks: list[list[str]] = []
    lines = iter(text.split("\n"))
    for line in lines:
        if line.startswith(("Entry, to copy", "Or, instead")):
            assert next(lines) == ""
            blocks.append([])
            while (line := next(lines)) != "":
                blocks[-1].append(line)
    entries = []
    for block in blocks:
        path = tmp_path / "proposed.yaml"
        path.write_text("files:\n" + "\n".join(block) + "\n", encoding="utf-8")
        entries.extend(read_yaml(path)["files"].items())
    return entries


def fill(entry: dict) -> dict:
    filled = {key: ANSWERS[key] if part is None else part for key, part in entry.items()}
    if "columns" in filled:
        filled["columns"] = {ours: name or "id" for ours, name in filled["columns"].items()}
    return filled


def test_every_export_is_of_a_known_name_or_an_exception():
    assert set(NO_EXPORTS) <= set(every_fixture())
    assert {expected_format(name) for name in EXPORT_FILES} <= set(FORMATS)


@pytest.mark.parametrize("name", EXPORT_FILES)
def test_the_right_format_is_proposed_with_a_valid_entry(name, tmp_path):
    entries = read_entries(describe_file(EXPORTS / name), tmp_path)
    assert expected_format(name) in [entry["format"] for _, entry in entries]
    for file, entry in entries:
        assert file == Path(name).name
        source = Source(file=file, **fill(entry))
        for key in FORMATS[source.format].needs:
            assert getattr(source, key) not in (None, "", {})


@pytest.mark.parametrize("name", EXPORT_FILES)
def test_what_is_left_to_the_person_is_left_empty(name, tmp_path):
    for _, entry in read_entries(describe_file(EXPORTS / name), tmp_path):
        assert entry["exported_on"] is None
        assert entry.get("time_zone") is None
        assert entry.get("organisation") is None


@pytest.mark.parametrize("name", sorted(NO_EXPORTS))
def test_what_is_no_export_gets_no_entry(name, tmp_path):
    assert read_entries(describe_file(EXPORTS / name), tmp_path) == []


@pytest.mark.parametrize("name", every_fixture())
def test_no_content_is_told(name):
    text = describe_file(EXPORTS / name)
    assert not [marker for marker in MARKERS if marker.lower() in text.lower()]


@pytest.mark.parametrize("name", every_fixture())
def test_it_ends_by_saying_that_nothing_was_decided_or_needed(name):
    last = describe_file(EXPORTS / name).rstrip().splitlines()[-1]
    assert last in {"Confirm: nothing was decided.", "Nothing needs to be declared."}


#: Files whose trap is that their reader refuses them.
REFUSED = {
    "delimited/numbers.xlsx", "delimited/open-quote.csv", "delimited/two-columns-alike.csv", "google-forms/undecided.csv",
    "meta/posts-first-days.csv", "meta/audience.csv",
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in EXPORT_FILES
        if name not in REFUSED and FORMATS[expected_format(name)].read is not None
    ],
)
def test_a_filled_entry_lets_the_reader_read(name, tmp_path):
    proposed = read_entries(describe_file(EXPORTS / name), tmp_path)
    entries = {entry["format"]: entry for _, entry in proposed}
    source = Source(file=name, **fill(entries[expected_format(name)]))
    rows = list(FORMATS[source.format].read(EXPORTS / name, source))
    # a record may be a broken one; that none can be read would mean that the entry is wrong
    assert any(not row.get("problem") for row in rows)


def test_a_file_that_its_reader_refuses_is_proposed_all_the_same(tmp_path):
    name = "meta/posts-first-days.csv"
    ((_, entry),) = read_entries(describe_file(EXPORTS / name), tmp_path)
    assert entry["date_order"] is None
    with pytest.raises(FileRefused):
        list(FORMATS["meta-posts"].read(EXPORTS / name, Source(file=name, **fill(entry))))


def test_dates_tell_the_order_as_far_as_they_can():
    text = describe_file(EXPORTS / "meta" / "posts-day-first.csv")
    assert "can only be day first, 0 only month first" in text
    assert "date_order: dmy   # ?" in text
    assert "date_order:   # ? dmy or mdy" in describe_file(
        EXPORTS / "google-forms" / "undecided.csv"
    )


def test_an_unverified_reader_is_named_as_one_and_a_verified_one_is_not():
    assert "its reader has not met a real file" in describe_file(
        EXPORTS / "crowdtangle" / "facebook.csv"
    )
    assert "has not met" not in describe_file(EXPORTS / "meta" / "posts.csv")


def test_columns_are_named_and_keys_that_may_be_names_are_counted(tmp_path):
    text = describe_file(EXPORTS / "delimited" / "webcare.csv")
    assert "Afzender | Bericht | Gesprek | Antwoord op | Zichtbaarheid" in text
    assert "separated by ;" in text
    assert "cp1252" in text
    path = tmp_path / "people.json"
    path.write_text('{"proefpersoon_zz": {"text": "x"}, "text": "GEHEIM-BERICHT-77"}')
    text = describe_file(path)
    assert "text (and 1 other, not shown" in text
    assert "proefpersoon_zz" not in text


def test_rows_without_a_header_are_not_taken_for_names(tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text(
        "Mareike Proefpersoon,proef@persoon.example,goed\nMareike Proefpersoon,x@y.example,slecht\nJan,a@b.example,5\n"
    )
    text = describe_file(path)
    assert "no row of names was recognised" in text
    assert "Mareike" not in text
    assert "goed" not in text


def test_names_of_columns_in_an_unknown_language_are_shown_where_rows_below_differ_in_kind(
    tmp_path,
):
    path = tmp_path / "export.csv"
    path.write_text(
        "numero,quando,quem\n1001,2024-07-01 10:00,alguem\n1002,2024-07-02 10:00,outro\n"
    )
    assert "numero | quando | quem" in describe_file(path)


def test_a_value_among_the_names_is_not_shown(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text("id,date,text,proef@persoon.example\n1,2024-07-01,x,y\n")
    text = describe_file(path)
    assert "(column 4, not shown: looks like a value)" in text
    assert "proef@persoon.example" not in text


def test_an_entry_survives_names_that_yaml_would_misread(tmp_path):
    path = tmp_path / "yes: no #1.csv"
    path.write_text(
        'id,date,"Bericht: ja # nee",09,"te""kst",text,user\n1,2024-07-01 10:00,x,y,z,a,b\n'
    )
    ((file, entry),) = read_entries(describe_file(path), tmp_path)
    assert file == "yes: no #1.csv"
    assert entry["columns"]["message_id"] == "id"


def test_direct_messages_are_never_opened(tmp_path):
    path = tmp_path / "direct-messages-group.js"
    path.write_bytes(b"\x00")  # would be refused as binary, if it were looked into
    text = describe_file(path)
    assert "move the file away" in text
    assert "format:" not in text


def test_a_file_inside_a_study_is_named_as_its_declaration_must_name_it(tmp_path, monkeypatch):
    for module in (study_module, declaration):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    folder = tmp_path / "data" / "raw" / "exports" / "mine"
    target = folder / "2024" / "tweets.jsonl.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress((EXPORTS / "x-api-v2" / "pages.jsonl").read_bytes()))
    ((file, entry),) = read_entries(describe_file(target), tmp_path)
    assert file == "2024/tweets.jsonl.gz"
    written = yaml.safe_dump({"files": {file: fill(entry)}})
    (folder / "sources.yaml").write_text(written, encoding="utf-8")
    assert [source.format for source in read_declarations(folder)] == ["x-api-v2"]


def test_an_entry_copied_without_an_answer_is_refused(tmp_path, monkeypatch):
    for module in (study_module, declaration):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    folder = tmp_path / "data" / "raw" / "exports" / "mine"
    folder.mkdir(parents=True)
    for name in ("meta/posts.csv", "limesurvey/codes.csv", "hootsuite/inbound.csv"):
        shutil.copy(EXPORTS / name, folder)
        ((file, entry),) = read_entries(describe_file(EXPORTS / name), tmp_path)
        for key in [key for key, part in entry.items() if part is None]:
            written = yaml.safe_dump({"files": {file: fill(entry) | {key: None}}})
            (folder / "sources.yaml").write_text(written, encoding="utf-8")
            with pytest.raises(InputError, match=key):
                read_declarations(folder)
        (folder / file).unlink()


def test_only_the_start_of_a_large_file_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.jsonl"
    line = (EXPORTS / "x-api-v2" / "flattened.jsonl").read_bytes().splitlines(keepends=True)[0]
    with path.open("wb") as file:
        file.write(line * 2)
        file.truncate(1 << 36)  # sparse: 64 GB of nothing, which reading would not survive
    with pytest.raises(InputError, match="binary"):  # the nothing is NUL bytes
        describe_file(path)
    path.write_bytes(line * 2000)
    assert "in its first 256 kB" in describe_file(path)
    one_line = tmp_path / "one.json"
    one_line.write_bytes(b"[" + line.strip() + (b", " + line.strip()) * 2000 + b"]")
    assert "format: x-api-v2" in describe_file(one_line)


def test_a_character_cut_by_the_end_of_the_look_is_no_wrong_encoding(tmp_path):
    for shift in range(4):
        path = tmp_path / f"{shift}.csv"
        path.write_text(
            "id,date,text\n" + "x" * shift + "\n1,2024-07-01,🦆🦆🦆🦆🦆\n" * 20_000,
            encoding="utf-8",
        )
        assert "UTF-8 in its first" in describe_file(path)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \n", "is empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        ("cut.csv.gz", gzip.compress(b"id,text\n" * 9, mtime=0)[:-12], "cut or damaged"),
        ("no.csv.gz", b"id,text\n1,x\n", "no .gz"),
        ("packed.csv", gzip.compress(b"id,text\n", mtime=0), "end in .gz"),
        ("archive.zip", b"PK\x03\x04" + b"\x14\x00" * 30, "unpack it"),
        ("broken.xlsx", b"PK\x03\x04[Content_Types].xml" + b"\x14\x00" * 30, "workbook"),
        ("odd.csv", b"id,text\n1,\x81\x8d\xff\n", "utf-8 or cp1252"),
    ],
)
def test_what_cannot_be_looked_at_is_told_in_one_line(tmp_path, name, content, expected):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=expected) as caught:
        describe_file(path)
    assert "\n" not in str(caught.value)
    assert name in str(caught.value)


def test_a_missing_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        describe_file(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="is a folder"):
        describe_file(tmp_path)


def test_text_that_is_no_export_fits_nothing(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("Bel morgen.\nEn overmorgen ook.\n")
    text = describe_file(path)
    assert "no known format" in text
    assert "morgen" not in text


FIXTURE_BYTES = [(EXPORTS / name).read_bytes() for name in EXPORT_FILES]


@settings(max_examples=60, deadline=None)
@given(
    content=st.sampled_from(FIXTURE_BYTES),
    cut=st.integers(1, 3000),
    damage=st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=3)), max_size=4),
    suffix=st.sampled_from([".csv", ".json", ".jsonl", ".js", ".xlsx", ".car", ".sav", ".csv.gz"]),
)
def test_a_damaged_file_is_described_or_refused_in_one_line(
    tmp_path_factory, content, cut, damage, suffix
):
    content = bytearray(content[:cut])
    for place, piece in damage:
        content[place : place + len(piece)] = piece
    path = tmp_path_factory.mktemp("damaged") / f"file{suffix}"
    path.write_bytes(content)
    try:
        text = describe_file(path)
    except InputError as error:
        text = str(error)
        told = text.splitlines()
    else:
        told = [text]
    assert len(told) == 1
    assert not [marker for marker in MARKERS if marker in text]
