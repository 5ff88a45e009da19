"""A study of one's own exports, as a newcomer meets it: three commands, one edited file, and one line for each mistake."""

import dataclasses
import datetime as dt
import html
import json
import re
import shutil

import pandas as pd
import pytest
import yaml
from conftest import ROOT
from test_make import refused

from roeptoeter import __main__ as commands
from roeptoeter import new_study
from roeptoeter import study as study_module
from roeptoeter.errors import NotAnswerable
from roeptoeter.exports import (
    QUESTIONS,
    combine_capabilities,
    describe_capabilities,
    list_accounts,
    open_exports,
    summarise_status,
    tabulate_answers,
)
from roeptoeter.sources import declaration
from roeptoeter.sources.declaration import Source, read_declarations
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.staging import Capabilities
from roeptoeter.study import Study, load_study

FIXTURES = ROOT / "tests" / "fixtures" / "exports"
TWEETS = FIXTURES / "x-api-v2" / "pages.jsonl"
POSTS = FIXTURES / "crowdtangle" / "facebook.csv"

#: What a newcomer writes: the entries for a v2 collection and a CrowdTangle file.
SOURCES = """\
files:
  tweets.jsonl:
    format: x-api-v2
    platform: twitter
    exported_on: 2023-04-02
    organisation: GM0344
    account_id: "2001"
    direction: both
  facebook.csv:
    format: crowdtangle
    platform: facebook
    exported_on: 2023-01-15
    organisation: GM0344
    accept_partial: one row has a zone that may be several
"""
#: The same, and nothing in the files that needs to be accepted.
CLEAN = SOURCES.replace("    accept_partial: one row has a zone that may be several\n", "")


def put_files(folder, sources=SOURCES):
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TWEETS, folder / "tweets.jsonl")
    shutil.copyfile(POSTS, folder / "facebook.csv")
    (folder / "sources.yaml").write_text(sources, encoding="utf-8")


def move_root(patch, root):
    for module in (study_module, declaration, new_study):
        patch.setattr(module, "ROOT", root)


# ------------------------------------------------------------------------------- from a fresh clone to the page


@pytest.fixture(scope="session")
def small(copy_repository, run_make):
    """A copy of the repository, in which a newcomer's study was begun, declared and brought to its first page."""
    folder = copy_repository("small")
    begun = run_make(folder, "new-study", "NAME=small")
    assert begun.returncode == 0, begun.stderr
    put_files(folder / "data/raw/exports/small")
    made = run_make(folder, "STUDY=small", "build/small/01-ingest.html")
    assert made.returncode == 0, made.stdout + made.stderr
    return folder, begun, made


@pytest.fixture
def opened(small, monkeypatch):
    """The study of `small`, and what 01-ingest tells of it, read in this process."""
    move_root(monkeypatch, small[0])
    study = load_study("small")
    return study, open_exports(study)


@pytest.fixture
def clone(small, tmp_path):
    """A copy of the repository with its study, with all time stamps, to be spoilt by one test."""
    folder = tmp_path / "clone"
    shutil.copytree(small[0], folder, copy_function=shutil.copy2)
    return folder


def read_page(folder):
    text = (folder / "build/small/01-ingest.html").read_text(encoding="utf-8")
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.mark.build
def test_a_new_study_says_what_to_do_next(small):
    folder, begun, _ = small
    assert "put your export files into data/raw/exports/small/" in begun.stdout
    assert "make STUDY=small" in begun.stdout
    assert (folder / "studies/small.yaml").is_file()


@pytest.mark.build
def test_the_first_page_and_its_products_are_there(small):
    folder, _, made = small
    assert made.stderr == ""
    for product in (
        "data/processed/small/messages.parquet", "data/processed/small/account_metrics.csv",
        "figures/small/01-export-rows.svg", "figures/small/01-export-rows.csv",
        *(f"results/small/01-export-{name}.csv" for name in ("files", "reasons", "answers", "metrics")),
    ):  # fmt: skip
        assert (folder / product).stat().st_size > 0, product
    claims = json.loads((folder / "results/small/01-ingest.json").read_text(encoding="utf-8"))
    assert "export-rows" in json.dumps(claims)


@pytest.mark.build
def test_every_row_of_every_file_is_accounted_for_on_the_page(small, opened):
    _, exports = opened
    log = exports.files.set_index("file")
    assert log.loc["tweets.jsonl", "rows_in"] == 10
    assert log.loc["facebook.csv", ["rows_in", "kept", "quarantined"]].tolist() == [7, 6, 1]
    assert (
        log["rows_in"] == log[["kept", "duplicates", "quarantined", "excluded"]].sum(axis=1)
    ).all()
    assert log.loc["facebook.csv", "verdict"] == "partial"
    page = read_page(small[0])
    assert f"Of {log['rows_in'].sum()} rows in 2 export files {log['kept'].sum()} count" in page
    assert "one row has a zone that may be several" in page
    assert "TIMEZONE_UNKNOWN" in page
    assert "a zone abbreviation that is ambiguous" in page
    assert (exports.reasons["meaning"].str.len() > 5).all()


@pytest.mark.build
def test_the_reply_share_of_a_crowdtangle_account_is_not_computable_and_says_why(small, opened):
    _, exports = opened
    facebook = exports.metrics[exports.metrics["platform"] == "facebook"]
    assert len(facebook) == 1
    shares = ["reply_share", "reply_share_with_own_threads", "reply_share_with_mentions"]
    assert facebook[shares].isna().all(axis=None)
    assert facebook["messages_sent"].tolist() == [6]
    status = exports.status[exports.status["platform"] == "facebook"].set_index("metric")
    for share in shares:
        assert status.loc[share, "status"] == "not computable"
        assert "CrowdTangle does not" in status.loc[share, "reason"]
    page = read_page(small[0])
    assert "not computable" in page
    assert status.loc["reply_share", "reason"] in page


@pytest.mark.build
def test_the_reply_share_of_the_x_account_is_counted(opened):
    # by hand: of the ten messages of pages.jsonl the account sent ten; see the table of fixtures
    _, exports = opened
    kinds = [
        sorted({reference["type"] for reference in message.get("referenced_tweets", [])})
        for line in TWEETS.read_text(encoding="utf-8").splitlines()
        for message in json.loads(line)["data"]
        if message["author_id"] == "2001"
    ]
    reposts = sum(kind == ["retweeted"] for kind in kinds)
    (x,) = exports.metrics[exports.metrics["platform"] == "twitter"].to_dict("records")
    assert x["account_id"] == "2001"
    assert x["organisation"] == "GM0344"
    assert x["messages_sent"] == len(kinds)
    assert 0 < reposts < len(kinds)
    replies = sum("replied_to" in kind for kind in kinds)
    assert x["reply_share_with_own_threads"] == pytest.approx(replies / (len(kinds) - reposts))
    assert 0 < x["reply_share"] < x["reply_share_with_own_threads"]


@pytest.mark.build
def test_without_declared_windows_one_edition_spans_all_messages(opened):
    _, exports = opened
    assert set(exports.metrics["edition"]) == {"all messages"}


@pytest.mark.build
def test_statuses_are_counted_by_account_with_their_reason(opened):
    _, exports = opened
    counted = summarise_status(exports.status)
    assert list(counted) == ["metric", "status", "reason", "accounts"]
    assert counted["accounts"].sum() == len(
        exports.status.drop_duplicates(["metric", "status", "reason", "account_id"])
    )
    share = counted[counted["metric"] == "reply_share"].set_index("status")
    assert share.loc[["computed", "not computable"], "accounts"].tolist() == [1, 1]
    assert "CrowdTangle" in share.loc["not computable", "reason"]
    silent = counted[counted["status"] != "computed"]
    assert (silent["reason"] != "").all()
    assert summarise_status(exports.status.head(0)).empty


@pytest.mark.build
def test_a_second_make_reads_nothing_again(small, run_make):
    folder = small[0]
    before = (folder / "data/processed/small/messages.parquet").stat().st_mtime_ns
    assert run_make(folder, "STUDY=small", "build/small/01-ingest.html").returncode == 0
    assert (folder / "data/processed/small/messages.parquet").stat().st_mtime_ns == before


@pytest.mark.build
def test_make_tells_a_newcomers_mistakes_in_one_line(clone, run_make):
    shutil.copyfile(POSTS, clone / "data/raw/exports/small/more posts.csv")
    made = run_make(clone, "STUDY=small", "build/small/01-ingest.html")
    refused(made, "data/raw/exports/small/more posts.csv has no entry", "make describe FILE=")
    # what else can be wrong is told by the same command, below without make
    assert run_make(clone, "new-study", "NAME=begun").returncode == 0
    refused(run_make(clone, "new-study", "NAME=begun"), "studies/begun.yaml exists already")
    assert run_make(clone, "new-study", "NAME=../x").returncode != 0


# ----------------------------------------------------------------------------- mistakes, each told in one line


@pytest.fixture
def workshop(tmp_path, monkeypatch, capsys):
    """Begin a study in an empty repository, and return its folder of exports and a function that reads it."""
    move_root(monkeypatch, tmp_path)
    assert commands.main(["new-study", "mine"]) == 0
    capsys.readouterr()
    folder = tmp_path / "data/raw/exports/mine"

    def read() -> str:
        """Run the command behind `make STUDY=mine`; return the one line it says, empty if it succeeds."""
        status = commands.main(["read-exports", "--study", "mine"])
        said = capsys.readouterr()
        assert said.out == ""
        assert (status != 0) == (said.err != "")
        assert said.err.count("\n") == status
        assert "Traceback" not in said.err
        return said.err.rstrip("\n")

    return folder, read


def test_the_newcomers_study_is_read_without_a_word(workshop):
    folder, read = workshop
    put_files(folder)
    assert read() == ""
    assert (folder.parents[2] / "processed/mine/messages.parquet").exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("  facebook.csv:", "  facebok.csv:", "facebok.csv: there is no such file in data/raw/exports/mine"),
        ("organisation: GM0344", "organization: GM0344", "organization: is not a known key"),
        ("format: x-api-v2", "format: twitter-v2", "format 'twitter-v2' is not known; known: "),
        ("format: x-api-v2", "format: meta-posts", "meta-posts needs `time_zone`"),
        ("format: x-api-v2", "format: crowdtangle", "the format crowdtangle comes as .csv"),
        ("exported_on: 2023-01-15", "exported_on: 2023-01-15\n    time_zone: Brussel", "time_zone: no such time zone"),
        ("exported_on: 2023-01-15", "exported_on: '2023-01-15'", "exported_on: write the day as 2024-07-15, without quotes"),
        ("exported_on: 2023-01-15", "exported_on: 15-01-2023", "exported_on"),
        ("    exported_on: 2023-01-15\n", "", "exported_on: is missing"),
        ("organisation: GM0344", "organisation: 0344", '0344 would lose its leading zero; if it is a code, write "0344"'),
        ("organisation: GM0344", "organisation: 344", "organisation"),
        ('account_id: "2001"', "account_id: 2001", "account_id"),
        ("platform: facebook", "platform: facebok", "platform"),
        ("  facebook.csv:", "  tweets.jsonl:", "tweets.jsonl stands twice"),
        ("    platform: facebook", "   platform: facebook", "is no valid YAML"),
        ("direction: both", "direction: out", "direction"),
        (SOURCES, "files:\n", "has no entry"),
        (SOURCES, "", "must hold one key, `files`"),
        (SOURCES, "files: {}\n", "tweets.jsonl has no entry"),
        (SOURCES + "", SOURCES + "files: {}\n", "files stands twice"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_declaration_is_told_in_one_line(workshop, old, new, says):
    folder, read = workshop
    assert old in SOURCES
    put_files(folder, SOURCES.replace(old, new, 1))
    if new == "files: {}\n":
        (folder / "facebook.csv").unlink()
    line = read()
    assert line.startswith("roeptoeter: data/raw/exports/mine/")
    assert says in line


def test_a_file_without_entry_is_named_with_the_way_to_mend_it(workshop):
    folder, read = workshop
    put_files(folder)
    shutil.copyfile(POSTS, folder / "more.csv")
    assert "more.csv has no entry" in read()


def test_a_missing_declaration_is_named(workshop):
    folder, read = workshop
    put_files(folder)
    (folder / "sources.yaml").unlink()
    assert read() == "roeptoeter: data/raw/exports/mine/sources.yaml does not exist"


def test_a_study_just_begun_is_told_to_put_files_there(workshop):
    _, read = workshop
    assert "sources.yaml declares no file yet; put your exports beside it" in read()


@pytest.mark.parametrize("file", ["tweets.jsonl", "facebook.csv"])
@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", b"\x00" * 300, b"\x1f\x8b\x08"])
def test_a_file_of_nothing_is_refused_with_its_name(workshop, file, content):
    folder, read = workshop
    put_files(folder)
    (folder / file).write_bytes(content)
    assert f"data/raw/exports/mine/{file} is refused: " in read()


def test_a_collection_declared_as_a_table_is_refused_as_another_format(workshop):
    folder, read = workshop
    put_files(
        folder, CLEAN.replace("tweets.jsonl", "tweets.csv").replace("x-api-v2", "crowdtangle")
    )
    (folder / "tweets.jsonl").rename(folder / "tweets.csv")
    line = read()
    assert "tweets.csv is refused: REQUIRED_COLUMN_MISSING" in line
    assert "proefpersoon" not in line


def test_a_table_declared_as_a_collection_is_refused_as_another_format(workshop):
    folder, read = workshop
    put_files(folder, CLEAN)
    shutil.copyfile(POSTS, folder / "tweets.jsonl")
    assert "tweets.jsonl is refused: ALL_UNKNOWN" in read()


def test_too_many_unusable_rows_refuse_a_file_until_a_reason_is_given(workshop):
    folder, read = workshop
    put_files(folder, CLEAN)
    line = read()
    assert "facebook.csv is refused: MUCH_QUARANTINED" in line
    assert "accept_partial" in line
    put_files(folder)
    assert read() == ""


def test_ids_that_a_spreadsheet_rounded_refuse_the_file(workshop):
    folder, read = workshop
    columns = {"message_id": "id", "account_id": "user", "created_at": "date"}
    entry = {
        "format": "delimited", "platform": "twitter", "exported_on": dt.date(2023, 4, 2), "time_zone": "UTC",
        "organisation": "GM0344", "columns": columns,
    }  # fmt: skip
    start = dt.datetime(2023, 3, 6, 9, 0, tzinfo=dt.UTC)
    rows = []
    for number in range(40):
        at = start + dt.timedelta(minutes=61 * number)
        identity = (int(at.timestamp() * 1000) - 1288834974657 << 22) + 977 * number
        rows.append((identity, at.strftime("%Y-%m-%d %H:%M:%S")))

    def write(spoil):
        folder.mkdir(exist_ok=True)
        lines = [f"{spoil(identity)},2001,{at}" for identity, at in rows]
        (folder / "a.csv").write_text("\n".join(["id,user,date", *lines, ""]), encoding="utf-8")
        text = yaml.safe_dump({"files": {"a.csv": entry}})
        (folder / "sources.yaml").write_text(text, encoding="utf-8")

    write(str)
    assert read() == ""
    write(lambda identity: f"{float(identity):.14e}".replace("e+", "E+"))
    assert "a.csv is refused: " in read()
    write(lambda identity: str(int(f"{identity:.14e}".replace(".", "")[:15]) * 10**4))
    line = read()
    assert "a.csv is refused: ID_FILE_DAMAGED" in line
    assert "export again, as text" in line


def test_metrics_before_the_exports_are_read_are_refused(workshop, capsys):
    folder, _ = workshop
    put_files(folder)
    assert commands.main(["measure-accounts", "--study", "mine"]) == 1
    assert "messages.parquet is not there; run `make STUDY=mine` first" in capsys.readouterr().err


# ------------------------------------------------------------------------------------ what a format can answer


def declare(kind, **keys):
    entry = {
        "file": f"{kind}.x",
        "format": kind,
        "platform": "twitter",
        "exported_on": dt.date(2023, 4, 2),
    }
    return Source(**(entry | keys))


def test_every_format_of_messages_answers_every_question_or_says_why_not():
    sources = [
        declare(name, columns={"message_id": "id", "account_id": "user", "created_at": "date"})
        for name, kind in FORMATS.items()
        if kind.yields == "messages"
    ]
    answers = tabulate_answers(sources)
    assert answers["file"].tolist() == [source.file for source in sources]
    told = answers[list(QUESTIONS.values())]
    bare = [
        (answers["format"][row], question)
        for row, cells in told.iterrows()
        for question, answer in cells.items()
        if answer in ("no", "conditional", "")
    ]
    assert bare == []
    assert not told.isna().any(axis=None)
    read_by = answers.set_index("file")["reader"]
    assert read_by["crowdtangle.x"] == "unverified: no real file was seen"
    assert read_by["x-api-v2.x"] == "has met real files"


def test_surveys_and_series_of_followers_are_asked_no_question_about_messages():
    sources = [declare("limesurvey", platform="survey"), declare("meta-followers")]
    assert tabulate_answers(sources).empty
    assert combine_capabilities(sources) == {}
    assert describe_capabilities(sources[0]) is None


def test_of_two_files_of_one_format_only_what_both_carry_is_said():
    columns = {"message_id": "id", "account_id": "user", "created_at": "date"}
    plain = declare("delimited", file="a.csv", columns=columns)
    rich = declare("delimited", file="b.csv", columns=columns | {
        "in_reply_to_message_id": "reply", "author_followers": "followers",
    })  # fmt: skip
    alone = combine_capabilities([rich])["delimited"]
    assert alone.followers == "yes"
    order = ("no", "conditional", "yes")
    parts = [part.name for part in dataclasses.fields(Capabilities) if part.name != "reasons"]
    for sources in ([rich, plain], [plain, rich]):
        both = combine_capabilities(sources)["delimited"]
        assert both.followers == "no"
        for part in parts:
            each = [describe_capabilities(source) for source in sources]
            answers = [getattr(one, part) for one in each]
            assert getattr(both, part) == min(answers, key=order.index)
            # the reason is that of a file that lacks it, never that of the one that has it
            reasons = [
                one.reasons.get(part) for one in each if getattr(one, part) == getattr(both, part)
            ]
            assert both.reasons.get(part) in reasons


def test_a_reason_is_never_that_of_the_file_that_answers_better(monkeypatch):
    yes = dict.fromkeys(
        (part.name for part in dataclasses.fields(Capabilities) if part.name != "reasons"), "yes"
    )
    carried = {
        "a.csv": Capabilities(**yes | {"replies": "no"}, reasons={"replies": "no column tells"}),
        "b.csv": Capabilities(
            **yes | {"replies": "conditional"}, reasons={"replies": "by their mention"}
        ),
    }
    kind = dataclasses.replace(FORMATS["delimited"], carries=lambda source: carried[source.file])
    monkeypatch.setitem(FORMATS, "delimited", kind)
    for files in (["a.csv", "b.csv"], ["b.csv", "a.csv"]):
        both = combine_capabilities([declare("delimited", file=file) for file in files])
        assert both["delimited"] == carried["a.csv"]


def test_accounts_of_declarations_and_of_the_map_are_listed_once(tmp_path, monkeypatch):
    move_root(monkeypatch, tmp_path)
    folder = tmp_path / "data/raw/exports/mine"
    put_files(folder)
    (folder / "accounts.csv").write_text(
        "platform,account_id,handle,organisation,in_use_from\ntwitter,2001,,GM0344,\ntwitter,,gemeente,GM0344,\n"
        "mastodon,7,,GM0363,2014-01-31\n"
    )
    listed = list_accounts(
        Study(name="mine", title="A study", evidence="measured"), read_declarations(folder)
    )
    expected = pd.DataFrame(
        {
            "platform": ["twitter", "mastodon"], "account_id": ["2001", "7"], "organisation": ["GM0344", "GM0363"],
            "in_use_from": [None, dt.date(2014, 1, 31)], "in_use_to": [None, None],
        }
    )  # fmt: skip
    pd.testing.assert_frame_equal(listed, expected, check_dtype=False)


def test_a_study_without_a_folder_of_exports_says_so(tmp_path, monkeypatch):
    move_root(monkeypatch, tmp_path)
    with pytest.raises(NotAnswerable, match="rests on what was published"):
        open_exports(Study(name="quiet", title="A study", evidence="published"))
