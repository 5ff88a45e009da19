"""Privacy: whatever people wrote, and who they are, comes into no table, figure, page or message of the program."""

import csv
import datetime as dt
import gzip
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import ROOT
from test_source_delimited import WEBCARE
from test_source_surveys import OPTIONS, write_sav

from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.sources import declaration
from roeptoeter.sources.delimited import MAPPINGS
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.intake import read_exports
from roeptoeter.sources.tables import load_headers
from roeptoeter.study import Study

NAME, HANDLE, MAIL, PHONE = (
    "Mareike Proefpersoon", "proefpersoon_zz", "proef@persoon.example", "+31 6 00000042",
)  # fmt: skip
SECRET = "GEHEIM-BERICHT-77"
#: What must be found nowhere: the markers whole and in parts, and ids of accounts that are persons'.
MARKERS = (
    "Mareike", "Proefpersoon", HANDLE, MAIL, "persoon.example", "6 00000042", "600000042", SECRET, "GEHEIM",
    "900000000000000042", "burger-1",
)  # fmt: skip

FIXTURES = ROOT / "tests" / "fixtures" / "exports"
PARTIAL = {"accept_partial": "made for tests: a trap a file"}
SURVEY = {
    "platform": "survey",
    "exported_on": dt.date(2024, 12, 1),
    "survey": "personeel",
    "wave": "2024",
    "time_zone": "Europe/Amsterdam",
}
X = {"platform": "twitter", "exported_on": dt.date(2023, 5, 2), "direction": "both"} | PARTIAL
MASTODON = {
    "platform": "mastodon",
    "exported_on": dt.date(2026, 4, 1),
    "direction": "both",
} | PARTIAL
BLUESKY = MASTODON | {"platform": "bluesky"}
META = {
    "platform": "facebook",
    "exported_on": dt.date(2024, 9, 2),
    "time_zone": "Europe/Brussels",
    "date_order": "mdy",
}
SCRIPT = {
    "message_id": "id",
    "account_id": "user",
    "created_at": "date",
    "text": "text",
    "in_reply_to_account_id": "reply_to",
}

ENTRIES = {
    **{f"x-api-v2/{name}": X for name in (
        "pages.jsonl", "flattened.jsonl", "mixed.jsonl", "document.json", "array.json", "other-records.jsonl",
        "broken.jsonl", "damaged-types.jsonl", "protected.jsonl",
    )},
    **{f"x-api-v1/{name}": X for name in (
        "timeline.jsonl", "array.json", "search-pages.jsonl", "stream.jsonl", "truncated.jsonl", "damaged.jsonl",
    )},
    **{f"x-archive/{name}": X | {"direction": "sent"} for name in (
        "data/tweets.js", "data/tweets-part1.js", "truncated/tweets.js",
    )},
    "x-archive/without-account/tweet.js": X | {"direction": "sent", "account_id": "2001"},
    **{f"mastodon-api/{name}": MASTODON for name in (
        "self-thread.json", "unknown-target.json", "overlapping-pages.jsonl", "boosts.json", "private.json",
        "edited-and-quoted.json", "context.json", "wrong-clock.json", "truncated.jsonl",
    )},
    **{f"mastodon-outbox/{name}": MASTODON for name in (
        "replies.json", "direct-messages.json", "boosts-and-others.json", "fewer-than-stated.json", "truncated.json",
        "without-actor/outbox.json",
    )},
    **{f"bluesky-author-feed/{name}": BLUESKY for name in (
        "replies.json", "pinned-and-overlapping-pages.jsonl", "reposts.json", "quotes.json", "backdated.json",
        "truncated.jsonl",
    )},
    "bluesky-car/proefdorp.car": BLUESKY,
    "crowdtangle/facebook.csv": META | PARTIAL,
    "crowdtangle/before-2021.csv": META | PARTIAL,
    "crowdtangle/link-checker.csv": META | {"header_row": 4},
    "crowdtangle/instagram.csv": META | {"platform": "instagram"},
    "meta-posts/posts.csv": META | PARTIAL,
    "meta-posts/posts-other-headers.csv": META,
    "meta-posts/posts-day-first.csv": META | {"date_order": "dmy"},
    **{f"meta-followers/{name}": META | {"account_id": "100000000000002", "year": 2023} | PARTIAL for name in (
        "followers.csv", "followers-without-year.csv",
    )},
    "hootsuite-posts/facebook_post_performance_created_on_20240716T0507Z.csv": META,
    "hootsuite-inbound/inbound.csv": META | PARTIAL | {"direction": "received", "organisation": "GM0001"},
    "delimited/webcare.csv": WEBCARE | {"exported_on": dt.date(2024, 9, 2)} | PARTIAL,
    "twarc-csv/twarc.csv": X,
    "x-analytics/x-analytics.csv": X | {"exported_on": dt.date(2026, 9, 30), "account_id": "2001"},
    "delimited/script.csv": X | {"columns": SCRIPT, "time_zone": "UTC"},
    "delimited/open-quote.csv": X | {
        "columns": {"message_id": "id", "account_id": "account", "created_at": "created"}, "time_zone": "UTC",
    },
    "delimited/numbers.xlsx": X | {
        "columns": {"message_id": "id", "created_at": "created", "account_id": "account"}, "time_zone": "UTC",
    },
    "linkedin-posts/linkedin.xls": {
        "platform": "linkedin", "exported_on": dt.date(2024, 9, 2), "account_id": "1", "sheet": "All posts",
        "date_order": "mdy",
    },
    "account-table/followers-by-hand.csv": META | PARTIAL | {
        "delimiter": ";", "date_order": "dmy", "decimal_mark": ",", "thousands_mark": ".",
        "columns": {"account_id": "Account", "observed_at": "Datum", "followers": "Volgers", "followers_kind": "Soort"},
        "values": {"followers_kind": {"volgers": "followers", "vind-ik-leuks": "page_likes"}},
    },
    "limesurvey/codes.csv": SURVEY | {"organisation_column": "Q1"},
    "limesurvey/codes_and_texts.csv": SURVEY,
    "limesurvey/texts.csv": SURVEY | {
        "options": {"Hoe vaak antwoordt uw gemeente?": ["Meestal wel", "Nooit, te druk"]},
    },
    "limesurvey/skipped_hour.csv": SURVEY | PARTIAL,
    "limesurvey/undated.csv": SURVEY,
    "qualtrics/three_header_rows.csv": SURVEY | {"organisation_column": "gemeente"},
    "qualtrics/two_header_rows.csv": SURVEY,
    "qualtrics/recoded.tsv": SURVEY,
    "google-forms/sheet.csv": SURVEY | {
        "options": OPTIONS, "date_order": "dmy", "organisation_column": "Gemeentecode",
    },
    "google-forms/download.csv": SURVEY | {"options": OPTIONS, "date_order": "ymd"},
}  # fmt: skip

FOLDERS = {
    "meta-posts": "meta", "meta-followers": "meta", "hootsuite-posts": "hootsuite", "hootsuite-inbound": "hootsuite",
    "twarc-csv": "delimited", "x-analytics": "delimited", "linkedin-posts": "delimited",
}  # fmt: skip
COMPANIONS = ("account.js", "manifest.js", "note-tweet.js", "follower.js", "actor.json")

#: Fixtures that are in no study, because the whole file, or its place, is refused; what it says then is tested too.
LEFT_OUT = {
    "x-archive/renamed/messages.js": ("FORMAT_INVALID", X),
    "x-archive/data/direct-messages.js": ("FORMAT_INVALID", X),
    "x-archive/data/deleted-tweets.js": ("FORMAT_INVALID", X),
    "meta-posts/posts-first-days.csv": ("DATE_ORDER_INCONSISTENT", META),
    "meta-followers/reach.csv": ("FORMAT_INVALID", META | {"account_id": "100000000000002"}),
    "meta-followers/audience.csv": ("FORMAT_INVALID", META | {"account_id": "100000000000002"}),
    "delimited/two-columns-alike.csv": ("HEADER_AMBIGUOUS", X | {
        "columns": {"message_id": "id", "account_id": "account", "created_at": "Datum"}, "time_zone": "UTC",
    }),
    "google-forms/month_first.csv": ("DATE_ORDER_INCONSISTENT", SURVEY | {"date_order": "dmy"}),
    "google-forms/undecided.csv": ("DATE_ORDER_INCONSISTENT", SURVEY | {"date_order": "dmy"}),
    # declared wrongly: what people wrote stands where a header, a time, an id or another format is looked for
    "crowdtangle/facebook.csv": ("REQUIRED_COLUMN_MISSING", META | {"header_row": 4}),
    "delimited/webcare.csv": ("NOTHING_KEPT", WEBCARE | {
        "exported_on": dt.date(2024, 9, 2),
        "columns": {"message_id": "Afzender", "created_at": "Bericht", "account_id": "Medewerker"},
        "values": {},
    }),
    "twarc-csv/twarc.csv": ("REQUIRED_COLUMN_MISSING", X | {"header_row": 3}),
    "x-api-v2/pages.jsonl": ("ALL_UNKNOWN", X | {"format": "x-api-v1"}),
    "mastodon-outbox/replies.json": ("ALL_UNKNOWN", BLUESKY | {"format": "bluesky-author-feed"}),
    "mastodon-api/private.json": ("FORMAT_INVALID", MASTODON | {"format": "mastodon-outbox"}),
    "limesurvey/codes.csv": ("REQUIRED_COLUMN_MISSING", SURVEY | {"format": "qualtrics"}),
    "qualtrics/three_header_rows.csv": ("FORMAT_INVALID", SURVEY | {"header_row": 4}),
    "google-forms/sheet.csv": ("REQUIRED_COLUMN_MISSING", SURVEY | {"header_row": 2, "date_order": "dmy"}),
}  # fmt: skip

ACCOUNTS = """\
platform,account_id,handle,organisation
twitter,2001,,GM0344
mastodon,109000000000000001,,GM0344
mastodon,https://social.proefdorp.example/users/proefdorp,,GM0344
bluesky,did:plc:proefdorpproefdorpproefd,,GM0344
other,gemeente,,GM0344
"""


def place(folder: Path, entries: dict) -> None:
    """Put fixtures into the folder of a study, each with what belongs beside it, and declare them."""
    declared = {}
    for file, entry in entries.items():
        kind, _, name = file.partition("/")
        source = FIXTURES / FOLDERS.get(kind, kind) / name
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        for path in (source, *(source.with_name(name) for name in COMPANIONS)):
            if path.exists():
                shutil.copyfile(path, target.with_name(path.name))
        declared[file] = {"format": kind} | entry
    (folder / "accounts.csv").write_text(ACCOUNTS, encoding="utf-8")
    declare(folder, declared)


def declare(folder: Path, entries: dict) -> None:
    text = yaml.safe_dump({"files": entries}, allow_unicode=True)
    (folder / "sources.yaml").write_text(text, encoding="utf-8")


def write_tables_of_tools(folder: Path) -> dict:
    """Write a file of one message for every named set of columns that has no fixture; return the entries."""
    cells = {
        "message_id": "1632669596513206272", "account_id": "2001", "account_handle": HANDLE, "url": f"https://x.com/{HANDLE}",
        "created_at": "2023-03-06 09:09:00", "created_time": "09:09:00", "text": f"@{HANDLE} {NAME} {MAIL} {PHONE}",
        "kind": "reply", "language": "nl", "conversation_id": "1632669596513206272", "is_private": "nee",
    }  # fmt: skip
    entries = {}
    fixed = {file.partition("/")[0] for file in ENTRIES}
    for name in sorted(set(MAPPINGS) - fixed):
        headers = load_headers()[name]
        columns = {ours: aliases[0] for ours, aliases in headers.columns.items()}
        more = {ours: f"our {ours}" for ours in ("message_id", "account_id", "created_at", "text")}
        more = {ours: column for ours, column in more.items() if ours not in columns}
        if name == "meltwater":
            cells = cells | {"created_at": "03/06/2023"}
        row = {column: cells.get(ours, "1") for ours, column in {**columns, **more}.items()}
        row |= dict.fromkeys([*headers.dropped, "Naam", "E-mail"], f"{NAME} {MAIL}")
        buffer = io.StringIO()
        delimiter = "\t" if headers.delimiter == "tab" else headers.delimiter
        writer = csv.DictWriter(buffer, list(row), delimiter=delimiter)
        writer.writeheader()
        writer.writerow(row)
        file = f"{name}/table.csv"
        (folder / name).mkdir()
        (folder / file).write_bytes(buffer.getvalue().encode(headers.encoding or "utf-8"))
        entries[file] = X | {"format": name, "time_zone": "UTC", "date_order": "mdy"}
        if more:
            entries[file]["columns"] = more
    return entries


def write_other_forms(folder: Path) -> dict:
    """Write what is no text file, and exports in other encodings; return the entries."""
    for name in ("spss", "packed", "utf-16"):
        (folder / name).mkdir()
    write_sav(folder / "spss" / "survey.sav")
    pages = (FIXTURES / "x-api-v2" / "pages.jsonl").read_bytes()
    (folder / "packed" / "pages.jsonl.gz").write_bytes(gzip.compress(pages))
    posts = (FIXTURES / "crowdtangle" / "facebook.csv").read_text(encoding="utf-8")
    (folder / "utf-16" / "facebook.csv").write_text(posts, encoding="utf-16")
    people = {"respondent_column": "resp", "organisation_column": "gemeente"}
    return {
        "spss/survey.sav": SURVEY | PARTIAL | people | {"format": "spss"},
        "packed/pages.jsonl.gz": X | {"format": "x-api-v2"},
        "utf-16/facebook.csv": META | PARTIAL | {"format": "crowdtangle", "encoding": "utf-16"},
    }


def find_markers(*places: Path, markers=MARKERS) -> list[str]:
    """Search files for markers, in bytes of several encodings and in every cell of a Parquet file.

    Returns a line for each find: the file, and the marker.
    """
    found = []
    for path in sorted(file for place in places for file in list_files(place)):
        words = [str(path), *read_words(path)]
        found += [
            f"{path}: {marker}"
            for marker in markers
            if any(marker.casefold() in word.casefold() for word in words)
        ]
    return found


def list_files(place: Path) -> list[Path]:
    return [place] if place.is_file() else [path for path in place.rglob("*") if path.is_file()]


def read_words(path: Path) -> Iterator[str]:
    content = path.read_bytes()
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        yield content.decode(encoding, "ignore")
        yield content[1:].decode(encoding, "ignore")  # a text that begins at an odd byte
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield str(table.schema)
        yield str(table.schema.metadata)
        for column in table.columns:
            yield "\n".join(
                f"{cell:f}" if isinstance(cell, float) else str(cell) for cell in column.to_pylist()
            )


class Everything:
    """A copy of the repository with a study of every fixture, after `make STUDY=everything`."""

    def __init__(self, folder: Path, result: subprocess.CompletedProcess):
        self.folder = folder
        self.result = result
        self.exports = folder / "data/raw/exports/everything"
        self.build = folder / "build/everything"
        self.outputs = [
            folder / "data/processed/everything",
            folder / "figures/everything",
            folder / "results/everything",
            folder / "site-everything",
            *sorted(self.build.glob("*.ipynb")),
            *sorted(self.build.glob("*.html")),
            *list_files(self.build / "pages"),
        ]

    def read(self, name: str) -> list[dict]:
        return pq.read_table(self.folder / f"data/processed/everything/{name}.parquet").to_pylist()


#: Notebooks that read each of the tables made of exports.
OF_ACCOUNTS = [
    "01-ingest", "07-ranking-and-map", "08-questionnaires", "14-account-inventory",
]  # fmt: skip


@pytest.fixture(scope="session")
def everything(copy_repository, run_make):
    folder = copy_repository("everything")
    begun = run_make(folder, "new-study", "NAME=everything")
    assert begun.returncode == 0, begun.stderr
    exports = folder / "data/raw/exports/everything"
    place(exports, ENTRIES)
    more = {**write_tables_of_tools(exports), **write_other_forms(exports)}
    declared = yaml.safe_load((exports / "sources.yaml").read_text(encoding="utf-8"))["files"]
    declare(exports, declared | more)
    result = run_make(folder, "STUDY=everything", f"NOTEBOOKS={' '.join(OF_ACCOUNTS)}")
    assert result.returncode == 0, result.stdout + result.stderr
    return Everything(folder, result)


pytestmark = pytest.mark.build


def test_every_format_and_every_fixture_is_in_the_study_or_left_out_with_a_reason(everything):
    log = {row["file"]: row for row in everything.read("file_log")}
    assert {row["format"] for row in log.values()} == set(FORMATS)
    used = {
        f"{FOLDERS.get(kind, kind)}/{name}"
        for kind, _, name in (file.partition("/") for file in [*ENTRIES, *LEFT_OUT])
    }
    there = {
        path.relative_to(FIXTURES).as_posix()
        for path in FIXTURES.rglob("*")
        if path.is_file() and path.name not in {*COMPANIONS, "README.md"}
    }
    assert there == used
    assert sum(row["kept"] for row in log.values()) > 100


def test_the_markers_are_in_the_exports(everything):
    found = find_markers(everything.exports, markers=(NAME, HANDLE, MAIL, PHONE, SECRET))
    assert len(found) > 100
    assert {line.rpartition(": ")[2] for line in found} == {NAME, HANDLE, MAIL, PHONE, SECRET}


def test_no_marker_is_in_tables_figures_results_notebooks_or_pages(everything):
    assert all(place.exists() for place in everything.outputs)
    assert (everything.folder / "site-everything/01-ingest.html").exists()
    assert find_markers(*everything.outputs) == []


def test_no_marker_is_in_what_make_says(everything):
    said = (everything.result.stdout + everything.result.stderr).casefold()
    assert [marker for marker in MARKERS if marker.casefold() in said] == []
    # the surveys among the fixtures answer a questionnaire that nobody declared, and make says so
    lines = everything.result.stderr.splitlines()
    assert [line.partition(" is declared")[0] for line in lines] == [
        "roeptoeter: no questionnaire 'personeel'"
    ]


def test_the_key_of_the_hashes_is_in_no_output(everything):
    key = (everything.exports / ".key").read_text(encoding="ascii").strip()
    assert find_markers(*everything.outputs, everything.build, markers=(key,)) == []


def test_what_holds_raw_content_is_ignored_by_git_and_not_on_the_site(everything):
    raw = [everything.build / "quarantine.parquet", everything.build / "unmapped_accounts.csv"]
    assert set(list_files(everything.build)) - {
        path for path in everything.outputs if path.is_file()
    } == set(raw)
    assert find_markers(raw[0])  # so that the search has something to keep in
    ignored = [*raw, everything.exports / "accounts.csv", everything.exports / ".key"]
    for path in ignored:
        name = path.relative_to(everything.folder).as_posix()
        checked = subprocess.run(["git", "check-ignore", "--quiet", name], cwd=ROOT, check=False)
        assert checked.returncode == 0, name
    site = everything.folder / "site-everything"
    assert {path.suffix for path in list_files(site)}.isdisjoint({".parquet", ".jsonl"})
    assert not {path.name for path in list_files(site)} & {path.name for path in ignored}
    contents = {path.read_bytes() for path in list_files(site)}
    assert not contents & {path.read_bytes() for path in ignored}


def test_what_is_not_public_is_in_no_file_at_all(everything):
    outside = [
        place for place in everything.folder.iterdir() if place.name not in {"tests", "data"}
    ]
    places = [*outside, everything.folder / "data/processed"]
    assert find_markers(*places, markers=("GEHEIM-BERICHT",)) == []


def test_the_quarantine_holds_no_row_that_was_excluded(everything):
    quarantine = pq.read_table(everything.build / "quarantine.parquet").to_pylist()
    assert quarantine
    assert not any(row["code"].startswith("EXCLUDED") for row in quarantine)
    excluded = sum(
        row["rows"] for row in everything.read("reasons") if row["severity"] == "excluded"
    )
    assert excluded == sum(row["excluded"] for row in everything.read("file_log"))
    assert excluded > 5
    put_aside = sum(row["quarantined"] for row in everything.read("file_log"))
    assert len(quarantine) == put_aside


@pytest.mark.parametrize("marker", [NAME, HANDLE, MAIL, PHONE, SECRET])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_the_search_finds_a_marker_that_is_planted_in_a_page(
    everything, tmp_path, marker, encoding
):
    page = tmp_path / "01-ingest.html"
    content = (everything.folder / "site-everything/01-ingest.html").read_bytes()
    middle = len(content) // 2
    page.write_bytes(content[:middle] + f"<td>{marker}</td>".encode(encoding) + content[middle:])
    assert find_markers(tmp_path)


@pytest.mark.parametrize("marker", [NAME, HANDLE, MAIL, PHONE, SECRET])
def test_the_search_finds_a_marker_inside_a_compressed_table(everything, tmp_path, marker):
    hashes = [row["message_id"] for row in everything.read("messages")]
    table = pa.table({"message_id": [*hashes, marker, *hashes]})
    pq.write_table(table, tmp_path / "messages.parquet", compression="zstd", write_statistics=False)
    assert marker.encode() not in (tmp_path / "messages.parquet").read_bytes()
    assert find_markers(tmp_path)


@pytest.mark.parametrize("file", LEFT_OUT)
def test_a_refusal_quotes_nothing_that_people_wrote(file, tmp_path, monkeypatch):
    for module in (study_module, declaration):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    code, entry = LEFT_OUT[file]
    entry = {key: given for key, given in entry.items() if key != "accept_partial"}
    place(tmp_path / "data/raw/exports/mine", {file: entry})
    with pytest.raises(InputError) as refusal:
        read_exports(Study(name="mine", title="A study", evidence="measured"))
    line = str(refusal.value)
    assert f" is refused: {code}, " in line
    assert "\n" not in line
    assert [marker for marker in (*MARKERS, HANDLE) if marker.casefold() in line.casefold()] == []
