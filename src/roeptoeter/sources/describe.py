"""A look at an export file, for a person who has to declare it: what was seen, which formats fit, an entry to copy.

Only the start of the file is read, and nothing of what stands in it is told but names of columns and known keys: no value, no
text, no name of a person, no id. What is proposed decides nothing: a declaration is a person's.
"""

import codecs
import csv
import gzip
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path

import yaml
from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from roeptoeter.errors import InputError
from roeptoeter.questionnaires import (
    Item,
    Questionnaire,
    list_questionnaires,
    read_questionnaire,
)
from roeptoeter.sources.declaration import COMPANIONS, Source, exports_folder
from roeptoeter.sources.delimited import COUNTS, MAPPINGS, WORDS
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.qualtrics import read_import_id
from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.survey_cells import normalise, one_line, read_words, word_set
from roeptoeter.sources.tables import (
    WORKBOOKS,
    Headers,
    clean_header,
    load_headers,
    match_key,
    read_rows,
)
from roeptoeter.sources.values import (
    NULL_STRINGS,
    open_bytes,
    parse_time,
    read_cell,
    read_date_components,
)
from roeptoeter.study import display_path

_SAMPLE = 1 << 18
#: A workbook is compressed as a whole and can only be opened as a whole, bytes.
_LARGEST_WORKBOOK = 30_000_000
_ROWS = 2000
_HEADER_ROWS = 20
_LONGEST_NAME = 80
#: A declared questionnaire is named where at least so many of its items stand in the file.
_FEWEST_ITEMS = 3

#: Which keys, as paths through objects (lists do not count), mark a record of which format: one of the sets.
_JSON_MARKS: dict[str, tuple[frozenset[str], ...]] = {
    "x-api-v2": (
        frozenset({"author_id"}), frozenset({"data.author_id"}), frozenset({"data", "includes"}),
        frozenset({"data", "__twarc"}),
    ),
    "x-api-v1": (frozenset({"id_str", "user.id_str"}), frozenset({"statuses.id_str", "statuses.user.id_str"})),
    "mastodon-outbox": (frozenset({"orderedItems"}),),
    "mastodon-api": tuple(
        frozenset({f"{page}uri", f"{page}account", f"{page}visibility"})
        for page in ("", "statuses.", "ancestors.", "descendants.")
    ),
    "bluesky-author-feed": (frozenset({"post.uri"}), frozenset({"feed.post.uri"})),
}  # fmt: skip
_ARCHIVE_MARKS = (frozenset({"tweet.id_str"}), frozenset({"id_str", "full_text"}))
_DIRECT_MESSAGE_KEYS = {
    "dm_conversation_id", "data.dm_conversation_id", "direct_message", "direct_message_events", "message_create",
    "dmConversation",
}  # fmt: skip
#: Keys that may be named. Others are counted: the keys of an object can be ids or handles of people.
_KNOWN_KEYS = {
    "data", "includes", "meta", "errors", "__twarc", "id", "id_str", "author_id", "text", "full_text", "created_at", "user",
    "statuses", "search_metadata", "uri", "account", "visibility", "content", "ancestors", "descendants", "@context", "type",
    "totalItems", "orderedItems", "feed", "cursor", "post", "reply", "reason", "tweet", "public_metrics",
    "referenced_tweets", "conversation_id", "lang",
}  # fmt: skip
_JSON_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(:?)|[{}\[\]]')

_ASSIGNMENT = re.compile(r"\s*window\.(?:YTD\.(\w+)\.part\d+|__THAR_CONFIG)\s*=")
_NEVER_NEEDED = {"direct-message": "direct messages", "deleted-tweet": "deleted messages"}

#: What marks an export of known columns: the entry of headers.yaml, its format, the columns that must be there.
_TABLE_MARKS = {
    "crowdtangle-facebook": ("crowdtangle", {"created_at", "url", "account_id"}),
    "crowdtangle-instagram": ("crowdtangle", {"created_at", "url", "account_id"}),
    "meta-posts": ("meta-posts", {"post_id", "account_id", "created_at"}),
    "meta-posts-instagram": ("meta-posts", {"post_id", "account_id", "created_at"}),
    "hootsuite-posts": ("hootsuite-posts", {"message_id", "created_at"}),
    "hootsuite-inbound": ("hootsuite-inbound", {"message_id", "created_at", "type"}),
}

#: Names of columns that hardly mean anything else, in Dutch and English, for a table of no known tool. A name with two
#: meanings is not here ("reacties", "type", "reply_to"): a person knows which one holds.
_OBVIOUS = {
    "message_id": (
        "id", "message_id", "message id", "post_id", "post id", "tweet_id", "tweet id", "status_id", "berichtnummer", "bericht id",
        "bericht-id",
    ),
    "url": ("url", "link", "permalink", "post url", "post link", "tweet url"),
    "created_at": (
        "created_at", "created at", "created", "date", "datum", "datum/tijd", "datum en tijd", "date/time", "published",
        "published at", "published_at", "publish time", "publicatiedatum", "posted at", "timestamp", "tijdstip",
    ),
    "created_time": ("time", "tijd"),
    "account_id": ("account_id", "account id", "author_id", "author id", "user_id", "user id", "page id", "account", "user"),
    "account_handle": ("handle", "username", "user name", "screen_name", "screen name", "gebruikersnaam", "accountnaam"),
    "direction": ("direction", "richting"),
    "text": ("text", "full_text", "message", "bericht", "tekst", "content", "inhoud"),
    "conversation_id": ("conversation_id", "conversation id", "thread_id", "thread id", "gesprek", "gesprek-id"),
    "in_reply_to_message_id": ("in_reply_to_message_id", "in_reply_to_status_id", "in_reply_to_id"),
    "in_reply_to_account_id": ("in_reply_to_account_id", "in_reply_to_user_id"),
    "visibility": ("visibility", "zichtbaarheid"),
    "is_private": ("is_private", "private", "private_message", "privé"),
    "language": ("language", "lang", "taal"),
    "reactions": ("reactions", "likes", "like_count", "favorite_count", "favourites_count"),
    "comments": ("comments", "replies", "reply_count", "comment_count"),
    "shares": ("shares", "retweets", "reposts", "retweet_count", "share_count"),
    "views": ("views", "impressions", "weergaven", "impressies"),
    "reach": ("reach", "bereik"),
    "clicks": ("clicks", "klikken"),
    "author_followers": ("followers", "volgers", "followers_count"),
}  # fmt: skip

_DELIMITERS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
#: Formats of whose files messages received may be a part.
_MAY_HOLD_RECEIVED = {
    "x-api-v1", "x-api-v2", "mastodon-api", "delimited", "twarc-csv", "twarc-json2csv", "coosto", "obi4wan", "meltwater",
    "brandwatch", "engage",
}  # fmt: skip
_PLATFORM_BY_FORMAT = {"x": "twitter", "mastodon": "mastodon", "bluesky": "bluesky"}

_EXPORTED_ON = "? the day of the export, such as 2024-07-15"
_TIME_ZONE = (
    "? the zone of times that do not name theirs: Europe/Amsterdam, Europe/Brussels, UTC, ..."
)


@dataclass(frozen=True, slots=True)
class _Start:
    """The start of a file."""

    path: Path
    size: int
    content: bytes
    is_whole: bool

    @property
    def name(self) -> str:
        """The name without .gz, lower case."""
        return self.path.name.lower().removesuffix(".gz")


@dataclass(slots=True)
class _Proposal:
    """A format that fits, and its entry: key, what it may be (None: a person must say), comment.

    A key that begins with # is a comment as a whole.
    """

    format: str
    why: str
    platform: str | None = None
    is_verified: bool = True  # what is known of this variant, beside the format's own flag
    keys: list[tuple[str, object, str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Finding:
    """What was seen, which formats fit, and what a person should know."""

    seen: list[str]
    proposals: list[_Proposal] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    needs_no_entry: bool = False


def describe_file(path: Path) -> str:
    """Describe an export file and propose its entry in sources.yaml.

    Parameters
    ----------
    path : pathlib.Path
        Any file; .gz is unpacked on the way. Read are its first 256 kB; a workbook, which opens only as a whole, up to
        30 MB.

    Returns
    -------
    str
        Some lines for a person: what was seen, which formats fit and why, what remains to be said, and an entry for
        each format that fits. At `# ?` something is to be confirmed; an empty key is refused until it is filled.
        Nothing of the file's content is in it but the names of columns and known keys.

    Raises
    ------
    InputError
        In one line: no such file, a folder, an empty file, a damaged .gz, a binary file of no known kind.
    """
    path = Path(path)
    finding = _recognise(path)
    lines = [display_path(path), "", "Seen", *(f"  {line}" for line in finding.seen)]
    if finding.warnings:
        lines += ["", "Mind", *(f"  - {warning}" for warning in finding.warnings)]
    if finding.needs_no_entry:
        return "\n".join([*lines, "", "Nothing needs to be declared."])
    lines += ["", "Fits"]
    for proposal in finding.proposals:
        lines += _tell_fit(proposal, path)
    if not finding.proposals:
        lines.append(
            f"  no known format; there are: {', '.join(sorted(FORMATS))}. A table of messages of any tool can be "
            "declared as `delimited`"
        )
    for number, proposal in enumerate(finding.proposals):
        title = "Entry, to copy below `files:` in sources.yaml" if number == 0 else "Or, instead"
        lines += ["", f"{title} ({proposal.format})", "", *_write_entry(proposal, path)]
    if finding.proposals:
        lines += ["", "At `# ?` confirm or fill in. A key left empty is refused."]
    return "\n".join([*lines, "", "Confirm: nothing was decided."])


# ---------------------------------------------------------------------------------------------- recognition


def _recognise(path: Path) -> _Finding:
    name = display_path(path)
    if path.is_dir():
        raise InputError(f"{name} is a folder; name one file in it")
    if not path.is_file():
        raise InputError(f"there is no file {name}")
    for begin, what in _NEVER_NEEDED.items():
        if path.name.lower().startswith(begin) and path.suffix.lower() == ".js":
            # not even opened
            return _refuse_private(what, [f"by its name the archive's list of {what}; not opened"])
    if path.name in COMPANIONS:
        return _Finding(
            ["by its name no export, but a file that is looked up beside one"], needs_no_entry=True
        )
    start = _read_start(path)
    binary = _recognise_binary(start)
    if binary is not None:
        return binary
    text, encoding, seen = _decode(start)
    if found := _ASSIGNMENT.match(text):
        return _recognise_archive(start, found[1] or "", seen)
    if text.lstrip()[:1] in {"{", "["}:
        return _recognise_json(start, text, encoding, seen)
    return _recognise_delimited(start, text, encoding, seen)


def _refuse_private(what: str, seen: list[str]) -> _Finding:
    warning = f"{what} are never needed and never read: move the file away"
    return _Finding(seen, warnings=[warning], needs_no_entry=True)


def _read_start(path: Path) -> _Start:
    name = display_path(path)
    try:
        size = path.stat().st_size
        with open_bytes(path) as stream:
            content = stream.read(_SAMPLE + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise InputError(
            f"{name} is no .gz, or is cut or damaged; copy it again, or name it as what it is"
        ) from None
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from None
    if not content.strip():
        raise InputError(f"{name} is empty; export it again")
    return _Start(path, size, content[:_SAMPLE], len(content) <= _SAMPLE)


def _tell_size(start: _Start) -> str:
    packed = ", compressed" if start.path.suffix.lower() == ".gz" else ""
    return f"{start.size:,} bytes{packed}"


def _recognise_binary(start: _Start) -> _Finding | None:
    name, content = display_path(start.path), start.content
    if content.startswith((b"$FL2", b"$FL3")):
        proposal = _Proposal(
            "spss", "begins as SPSS data files do", "survey", keys=_list_survey_keys("spss")
        )
        return _Finding(
            [f"{_tell_size(start)}, an SPSS data file; its variables are not listed here"],
            [proposal],
        )
    if b"eroots" in content[:100] and b"gversion" in content[:200]:
        proposal = _Proposal(
            "bluesky-car", "begins as a repository (CAR, version 1) does", "bluesky"
        )
        return _Finding([f"{_tell_size(start)}, binary"], [proposal])
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return _recognise_workbook(start)
    if content.startswith(b"\x1f\x8b"):
        raise InputError(f"{name} is compressed; let its name end in .gz")
    has_mark = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    controls = len(re.findall(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", content))
    if not has_mark and (b"\x00" in content or controls > 0.01 * len(content)):
        raise InputError(
            f"{name} is binary and of no kind that is known (.xlsx, .xls, .sav, .car, .gz); UTF-16 text without its mark "
            "is none either"
        )
    return None


def _decode(start: _Start) -> tuple[str, str, list[str]]:
    """Return the text, the encoding to declare, and what to say of both."""
    content, size = start.content, _tell_size(start)
    part = "" if start.is_whole else f" in its first {_SAMPLE // 1024} kB"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        attempts = {"utf-16": "UTF-16, by its mark"}
    elif content.startswith(b"\xef\xbb\xbf"):
        attempts = {"utf-8": "UTF-8, by its mark"}
    else:
        attempts = {
            "utf-8": f"UTF-8{part}",
            "cp1252": "not UTF-8; cp1252 is possible, in which Windows programs write",
        }
    for encoding, told in attempts.items():
        try:
            text = _decode_strictly(content, encoding, start.is_whole)
        except UnicodeError:
            if encoding == "utf-8" and content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in b"{[":
                # of JSON only the record is lost that is damaged
                text = content.decode("utf-8", "replace")
                told = "UTF-8, with damaged bytes: the records that hold them cannot be read"
            else:
                continue
        return text.removeprefix("\ufeff"), encoding, [f"{size}, text, {told}"]
    known = " or ".join(attempts)
    raise InputError(
        f"{display_path(start.path)} cannot be decoded as {known}; save it as UTF-8 text"
    )


def _decode_strictly(content: bytes, encoding: str, is_whole: bool) -> str:
    # an incremental decoder waits for the rest of a character that the end of the sample cuts
    return codecs.getincrementaldecoder(encoding)("strict").decode(content, final=is_whole)


# --------------------------------------------------------------------------------------------- JSON, archives


def _recognise_archive(start: _Start, kind: str, seen: list[str]) -> _Finding:
    for begin, what in _NEVER_NEEDED.items():
        if kind.startswith(begin.replace("-", "_")):
            return _refuse_private(
                what, [*seen, f"an X archive's list of {what}, by its first line"]
            )
    if kind not in {"tweet", "tweets", "community_tweet", "community_tweets"}:
        return _Finding(
            [*seen, "an X archive's list of something else than messages"], needs_no_entry=True
        )
    return _Finding(
        [*seen, "an X archive's list of messages"],
        [_propose_archive(start, f"begins with window.YTD.{kind}")],
    )


def _propose_archive(start: _Start, why: str) -> _Proposal:
    folders = (start.path.parent, start.path.parent.parent)
    keys: list[tuple[str, object, str]] = []
    if not any((folder / "account.js").is_file() for folder in folders):
        keys = [
            (
                "account_id",
                None,
                "? the number of the account; or put the archive's account.js beside the file",
            )
        ]
    return _Proposal("x-archive", why, "twitter", keys=keys)


def _list_paths(text: str) -> Counter[str]:
    """Count the keys of the objects in the start of a JSON file, each with the keys that lead to it.

    The text may be cut anywhere; a line that begins an object or list begins a record.
    """
    paths: Counter[str] = Counter()
    above: list[str | None] = []
    key: str | None = None
    for line in text.split("\n"):
        if line.startswith(("{", "[")):
            above, key = [], None
        for token in _JSON_TOKEN.finditer(line):
            mark = token[0]
            if mark in ("{", "["):
                above.append(key)
                key = None
            elif mark in ("}", "]"):
                del above[-1:]
                key = None
            elif token[2]:
                key = token[1]
                paths[".".join([*filter(None, above), key])] += 1
            else:
                key = None
    return paths


def _count_marks(
    marks: Iterable[frozenset[str]], paths: Counter[str]
) -> tuple[int, frozenset[str]]:
    return max(
        ((min(paths[path] for path in mark), mark) for mark in marks), key=lambda found: found[0]
    )


def _recognise_json(start: _Start, text: str, encoding: str, seen: list[str]) -> _Finding:
    paths = _list_paths(text)
    top = {path for path in paths if "." not in path}
    known = sorted(top & _KNOWN_KEYS)
    others = len(top - _KNOWN_KEYS)
    told = ", ".join(known) or "none that is known"
    if others:
        told += f" (and {others} other{'s' if others > 1 else ''}, not shown: a key can be a name or an id)"
    finding = _Finding([*seen, f"JSON; keys of the first records: {told}"])
    if encoding != "utf-8":
        finding.warnings.append("JSON is read as UTF-8 only: save it as UTF-8")
    if _DIRECT_MESSAGE_KEYS & set(paths):
        finding.warnings.append(
            "it holds direct messages, which are never needed: leave them out of the export"
        )
    if start.name.endswith(".js"):
        count, mark = _count_marks(_ARCHIVE_MARKS, paths)
        if count:
            finding.proposals.append(
                _propose_archive(start, f"a .js file whose records have {_join(mark)}")
            )
        return finding
    counts = {name: _count_marks(marks, paths) for name, marks in _JSON_MARKS.items()}
    if '"at://' not in text:
        counts.pop("bluesky-author-feed")
    for name, (count, mark) in sorted(counts.items(), key=lambda found: -found[1][0]):
        if count:
            platform = _PLATFORM_BY_FORMAT[name.split("-")[0]]
            times = f"{count} times" if count > 1 else "once"
            keys = "keys" if len(mark) > 1 else "key"
            why = f"records have the {keys} {_join(mark)}, {times}"
            finding.proposals.append(_Proposal(name, why, platform))
    if len(finding.proposals) > 1:
        finding.warnings.append(
            "records of more than one format seem to be mixed; those of the others are set aside"
        )
    return finding


def _join(names: Iterable[str]) -> str:
    return " and ".join(sorted(names))


# ---------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True, slots=True)
class _Table:
    """The first rows of a table, and how they are to be read."""

    rows: list[list[str]]
    delimiter: str | None  # None in a workbook
    encoding: str
    sheet: str | None = None  # to declare, where there are several


def _recognise_delimited(start: _Start, text: str, encoding: str, seen: list[str]) -> _Finding:
    if not start.is_whole:
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
    hint = re.match(r'"?sep=(.)"?[ \t]*\r?\n', text)
    if hint:
        text = text[hint.end() :]
    cut = {mark: _cut_rows(text, mark) for mark in ([hint[1]] if hint else _DELIMITERS)}
    delimiter = max(cut, key=lambda mark: _rate_rows(cut[mark]))
    finding = _recognise_table(start, _Table(cut[delimiter], delimiter, encoding), seen)
    if start.name.endswith(WORKBOOKS):
        finding.warnings.append("it is text, though its name says workbook: name it .csv")
    return finding


def _cut_rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    # a cell beyond the module's limit is a quote that is never closed; what came before it is enough
    with suppress(csv.Error):
        rows.extend(islice(reader, _ROWS))
    return rows


def _rate_rows(rows: list[list[str]]) -> tuple[int, float, int]:
    """Rate how well rows were cut: known names in one row, how many rows are of one width, the width."""
    known = max((len(_keys(row) & _known_names()) for row in rows[:_HEADER_ROWS]), default=0)
    widths = Counter(len(row) for row in rows if any(row))
    if not widths:
        return known, 0.0, 0
    width, often = widths.most_common(1)[0]
    return known, often / widths.total() if width > 1 else 0.0, width


def _keys(row: Iterable[str]) -> set[str]:
    return {match_key(cell) for cell in row} - {""}


@cache
def _known_names() -> frozenset[str]:
    """Names of columns that are known, of whatever tool, in the form in which headers are compared."""
    names = [
        name
        for kind in load_headers().values()
        for names in kind.columns.values()
        for name in names
    ]
    names += [name for kind in load_headers().values() for name in kind.dropped]
    names += [name for names in _OBVIOUS.values() for name in names]
    words = read_words()
    names += [
        *words["limesurvey"]["id"],
        *words["limesurvey"]["submitdate"],
        *words["limesurvey"]["other_fields"],
    ]
    for key in ("respondent", "submitted", "status", "channel", "finished", "other_fields"):
        names += words["qualtrics"][key]
    names += words["google_forms"]["submitted"]
    return frozenset(map(match_key, names))


def _recognise_workbook(start: _Start) -> _Finding:
    name = display_path(start.path)
    if not start.path.name.lower().endswith(WORKBOOKS):
        is_workbook = b"[Content_Types].xml" in start.content or start.content.startswith(b"\xd0")
        what = (
            "a workbook of Excel, by its content; name it .xlsx or .xls"
            if is_workbook
            else "a zip archive"
        )
        raise InputError(
            f"{name} is {what}; unpack it and describe the files inside"
            if not is_workbook
            else f"{name} is {what}"
        )
    if start.size > _LARGEST_WORKBOOK:
        raise InputError(
            f"{name} is a workbook of {start.size:,} bytes, and a workbook cannot be read in part; export as CSV instead"
        )
    try:
        sheets = CalamineWorkbook.from_path(start.path).sheet_names
        findings = []
        for sheet in sheets:
            source = Source.model_construct(sheet=sheet)
            rows = [
                row for row in islice(read_rows(start.path, source), _ROWS) if isinstance(row, list)
            ]
            table = _Table(rows, None, "utf-8", sheet if len(sheets) > 1 else None)
            seen = [f"{_tell_size(start)}, a workbook; sheets: {', '.join(sheets)}"]
            findings.append((_rate_rows(rows), _recognise_table(start, table, seen)))
    except (PasswordError, CalamineError, FileRefused, zipfile.BadZipFile, OSError):
        raise InputError(
            f"{name} cannot be opened as a workbook: damaged, or locked with a password"
        ) from None
    if not findings:
        raise InputError(f"{name} has no sheet")
    return max(findings, key=lambda found: (bool(found[1].proposals), found[0]))[1]


def _recognise_table(start: _Start, table: _Table, seen: list[str]) -> _Finding:
    rows = table.rows
    finding = _Finding(list(seen))
    followers = _propose_followers(table)
    surveys = _propose_surveys(start, table)
    known = _propose_known(table)
    header_row = known[0] if known else 0
    finding.proposals = [*surveys, *(known[1] if known else []), *followers]
    others = _find_header(rows)
    if (
        not known
        and not followers
        and others is not None
        and (not surveys or _is_message_header(rows[others]))
    ):
        header_row = others
        if _is_account_header(rows[others]):
            finding.proposals.append(_propose_account_table(table, others))
        finding.proposals.append(_propose_delimited(table, others))
    elif not finding.proposals and others is None and len(_usual_width(rows)) > 2:
        finding.proposals.append(_propose_delimited(table, None))
    finding.seen.append(
        _tell_columns(table, header_row, bool(known or surveys or others is not None))
    )
    header = rows[header_row] if rows else []
    twice = [
        name
        for name, often in Counter(match_key(cell) for cell in header if cell.strip()).items()
        if often > 1
    ]
    if finding.proposals and twice and not followers:
        finding.warnings.append(
            f"{len(twice)} names of columns stand twice but for capitals: if one of them is needed, the file is refused"
        )
    if followers and sum(1 for row in rows if row and match_key(row[0]) == "date") > 1:
        finding.warnings.append(
            "several tables seem to stand one below the other: export one of them"
        )
    return finding


def _usual_width(rows: list[list[str]]) -> range:
    """Return the columns of most rows."""
    widths = Counter(len(row) for row in rows if any(row))
    return range(widths.most_common(1)[0][0]) if widths else range(0)


def _tell_columns(table: _Table, header_row: int, is_header: bool) -> str:
    how = (
        ""
        if table.delimiter is None
        else f", separated by {_DELIMITERS.get(table.delimiter, table.delimiter)}"
    )
    how += f", in the sheet {table.sheet}" if table.sheet else ""
    if not is_header or not table.rows:
        count = len(_usual_width(table.rows))
        return f"columns{how}: {count}; no row of names was recognised, so none is shown: it might be data"
    names = [
        _show_name(cell, number) for number, cell in enumerate(table.rows[header_row], start=1)
    ]
    row = f" (in row {header_row + 1})" if header_row else ""
    return f"columns{how}{row}: {len(names)}: {' | '.join(names)}"


def _show_name(cell: str, number: int) -> str:
    name = clean_header(cell)
    if not name:
        return f"(column {number}, no name)"
    if _is_value(name):
        return f"(column {number}, not shown: looks like a value)"
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def _is_value(cell: str) -> bool:
    """Say whether a cell cannot well be the name of a column: an address, a long number, a date, a number."""
    return bool(re.search(r"@\w|\w@|https?:|\d{5,}|\d[\d .,/:+-]{6,}\d|\+\d", cell)) or bool(
        re.fullmatch(r"[\d\s.,:/%+-]+", cell)
    )


def _find_header(rows: list[list[str]]) -> int | None:
    """Return the row that holds names of columns for certain, from 0, or None.

    A row of two known names; or a first row that differs in kind from the rows below it, and none of whose cells
    comes again below: names of people do.
    """
    counts = [len(_keys(row) & _obvious_names()) for row in rows[:_HEADER_ROWS]]
    if counts and max(counts) >= 2:
        return counts.index(max(counts))
    if len(rows) < 3 or len(rows[0]) < 2:
        return None
    header = [clean_header(cell) for cell in rows[0]]
    if any(_is_value(name) for name in header if name) or len(set(header)) < len(header):
        return None
    contrasts = 0
    for position, name in enumerate(header):
        below = [row[position].strip() for row in rows[1:] if position < len(row)]
        below = [cell for cell in below if cell not in NULL_STRINGS]
        if name in below:
            return None
        contrasts += (
            bool(below) and all(_is_value(cell) for cell in below) and name not in NULL_STRINGS
        )
    return 0 if contrasts + min(counts[0], 1) >= 2 else None


@cache
def _obvious_names() -> frozenset[str]:
    return frozenset(match_key(name) for names in _OBVIOUS.values() for name in names)


def _is_message_header(row: list[str]) -> bool:
    found = _find_obvious(row)
    return "created_at" in found and bool({"message_id", "url"} & set(found)) and "text" in found


def _is_account_header(row: list[str]) -> bool:
    found = set(_find_obvious(row))
    return {"account_id", "author_followers"} <= found and not {"message_id", "url", "text"} & found


def _find_obvious(row: list[str]) -> dict[str, int]:
    keys = [match_key(cell) for cell in row]
    return {
        ours: min(keys.index(name) for name in map(match_key, names) if name in keys)
        for ours, names in _OBVIOUS.items()
        if set(map(match_key, names)) & set(keys)
    }


def _match_kind(row: list[str], kind: Headers) -> dict[str, int]:
    keys = [match_key(cell) for cell in row]
    found = {}
    for ours, names in kind.columns.items():
        positions = [keys.index(name) for name in map(match_key, names) if name in keys]
        if positions:
            found[ours] = min(positions)
    return found


def _fits_kind(name: str, found: set[str], kind: Headers) -> bool:
    if name in _TABLE_MARKS:
        return _TABLE_MARKS[name][1] <= found
    needed = max(3, len(kind.columns) / 2)
    return "created_at" in found and bool({"message_id", "url"} & found) and len(found) >= needed


def _propose_known(table: _Table) -> tuple[int, list[_Proposal]] | None:
    """Find the exports of known columns that fit, and the row of the names; None if none fits."""
    kinds = {
        name: kind
        for name, kind in load_headers().items()
        if name in _TABLE_MARKS or name in MAPPINGS
    }
    best: dict[str, tuple[int, int, str, dict[str, int]]] = {}
    for number, row in enumerate(table.rows[:_HEADER_ROWS]):
        for name, kind in kinds.items():
            found = _match_kind(row, kind)
            wanted = _TABLE_MARKS.get(name, (name,))[0]
            if _fits_kind(name, set(found), kind) and len(found) > best.get(wanted, (0,))[0]:
                best[wanted] = (len(found), number, name, found)
    # a format all of whose columns another one knows too, and more, explains nothing
    fits = [
        fit for fit in best.values()
        if not any(set(fit[3].values()) < set(other[3].values()) for other in best.values() if other[1] == fit[1])
    ]  # fmt: skip
    if not fits:
        return None
    fits.sort(key=lambda fit: -fit[0])
    row = fits[0][1]
    return row, [
        _propose_kind(table, name, row, found) for _, number, name, found in fits if number == row
    ]


def _propose_kind(table: _Table, name: str, row: int, found: dict[str, int]) -> _Proposal:
    kind = load_headers()[name]
    wanted = _TABLE_MARKS.get(name, (name,))[0]
    count = len(set(found.values()))
    why = f"{count} of its columns are there: {', '.join(_show_name(table.rows[row][position], position + 1) for position in sorted(set(found.values())))}"
    proposal = _Proposal(wanted, why, kind.platform, kind.verified and FORMATS[wanted].verified)
    if name == "hootsuite-posts" and "account_handle" in found:
        proposal.platform = "facebook"
    proposal.keys += _list_table_keys(table, kind.delimiter, kind.encoding, kind.header_row, row)
    if wanted in MAPPINGS and "account_id" not in found:
        proposal.keys.append(("account_id", None, "? whose messages these are: no column says it"))
    if wanted == "hootsuite-inbound":
        proposal.keys.append(("direction", "received", ""))
        proposal.keys.append(
            ("organisation", None, "? code of the one organisation these are for, such as GM0344")
        )
    if "created_at" in found and "created_time" not in found:
        times = _column(table.rows, row, found["created_at"])
        _add_times(proposal, times, is_zone_known=wanted.startswith("hootsuite"))
    counts = [found[ours] for ours in (*COUNTS, "boosted_views") if ours in found]
    if wanted != "crowdtangle":  # its counts have a comma for thousands, always
        _add_marks(proposal, table.rows, row, counts)
    _warn_of_rounded_ids(
        proposal, table.rows, row, [found[key] for key in ("message_id", "post_id") if key in found]
    )
    return proposal


def _list_table_keys(
    table: _Table, delimiter: str, encoding: str | None, header_row: int, row: int
) -> list[tuple[str, object, str]]:
    keys: list[tuple[str, object, str]] = []
    if table.sheet:
        keys.append(("sheet", table.sheet, "? of several sheets, the one that fits best"))
    if table.delimiter and _DELIMITERS.get(table.delimiter, table.delimiter) != _DELIMITERS.get(
        delimiter, delimiter
    ):
        keys.append(("delimiter", _DELIMITERS.get(table.delimiter, table.delimiter), ""))
    if table.delimiter and table.encoding != (encoding or "utf-8"):
        comment = (
            "? the file is not UTF-8; this is what Windows programs write"
            if table.encoding == "cp1252"
            else ""
        )
        keys.append(("encoding", table.encoding, comment))
    if row + 1 != header_row:
        keys.append(("header_row", row + 1, ""))
    return keys


def _column(rows: list[list[str]], header_row: int, position: int) -> list[str]:
    cells = (read_cell(row[position]) for row in rows[header_row + 1 :] if position < len(row))
    return [cell for cell in cells if cell is not None]


def _add_marks(
    proposal: _Proposal, rows: list[list[str]], row: int, positions: Iterable[int]
) -> None:
    cells = [cell for position in positions for cell in _column(rows, row, position)]
    marks = {
        mark for cell in cells if re.fullmatch(r"\d[\d., ]*", cell) for mark in cell if mark in ".,"
    }
    if marks:
        names = _join({".": "a point", ",": "a comma"}[mark] for mark in marks)
        proposal.remarks.append(
            f"some counts hold {names}: say `decimal_mark` and `thousands_mark`"
        )


def _warn_of_rounded_ids(
    proposal: _Proposal, rows: list[list[str]], row: int, positions: Iterable[int]
) -> None:
    cells = [cell for position in positions for cell in _column(rows, row, position)]
    if any(re.fullmatch(r"\d(?:[.,]\d+)?[eE]\+?\d+", cell) for cell in cells):
        proposal.remarks.append(
            "ids were rounded by a spreadsheet, and the file will be refused: export again, ids as text"
        )


def _propose_delimited(table: _Table, row: int | None) -> _Proposal:
    found = _find_obvious(table.rows[row]) if row is not None else {}
    why = (
        f"a table; {len(found)} columns have names that hardly mean anything else"
        if found
        else "a table"
    )
    proposal = _Proposal("delimited", why, is_verified=False)
    proposal.keys += _list_table_keys(table, ",", None, 1, row or 0)
    columns: dict[str, str | None] = {}
    for ours in ("message_id", "created_at", "account_id"):
        if ours not in found and not (ours == "message_id" and "url" in found):
            columns[ours] = None
    columns |= {ours: clean_header(table.rows[row][position]) for ours, position in found.items()}
    proposal.keys.append(("columns", columns, "our name: the name of the file's column"))
    unknown = [
        ours for ours in WORDS if ours in found and not _has_our_words(table, row, ours, found)
    ]
    if unknown:
        comment = f"? the words in it for {_join(unknown)}, as {{direction: {{Uitgaand: sent}}}}"
        proposal.keys.append(("values", None, comment))
    if row is not None:
        free = [
            _show_name(cell, number)
            for number, cell in enumerate(table.rows[row])
            if number not in found.values() and cell.strip()
        ]
        if free:
            proposal.remarks.append(f"not assigned: {' | '.join(free)}")
        if "created_at" in found and "created_time" not in found:
            _add_times(proposal, _column(table.rows, row, found["created_at"]))
        _add_marks(proposal, table.rows, row, [found[ours] for ours in COUNTS if ours in found])
        _warn_of_rounded_ids(
            proposal, table.rows, row, [found[ours] for ours in ("message_id",) if ours in found]
        )
    if "account_id" not in found:
        proposal.remarks.append(
            "`account_id` beside `columns`, instead of in it, if all messages are of one account"
        )
    if not {"in_reply_to_message_id", "in_reply_to_account_id"} & set(found):
        proposal.remarks.append(
            "without a column for in_reply_to_message_id, in_reply_to_account_id, is_reply or kind no reply is known, and "
            "no reply share can be computed"
        )
    if not {"visibility", "is_private"} & set(found):
        proposal.remarks.append(
            "if it holds private messages, name their column: visibility or is_private"
        )
    for name in MAPPINGS:
        kind = load_headers()[name]
        fits = row is not None and len(_match_kind(table.rows[row], kind)) == len(kind.columns) < 4
        if fits and kind.delimiter == table.delimiter:
            proposal.remarks.append(
                f"if it comes from {kind.title.split(',')[0]}: `mapping: {name}` adds what little is known of it"
            )
    return proposal


def _propose_account_table(table: _Table, row: int) -> _Proposal:
    found = _find_obvious(table.rows[row])
    why = "accounts with a number of followers, and no column of messages"
    proposal = _Proposal("account-table", why, is_verified=False)
    proposal.keys += _list_table_keys(table, ",", None, 1, row)
    known = {
        "account_id": "account_id",
        "observed_at": "created_at",
        "followers": "author_followers",
    }
    columns = {
        ours: clean_header(table.rows[row][found[name]]) if name in found else None
        for ours, name in known.items()
    }
    proposal.keys.append(("columns", columns, "our name: the name of the file's column"))
    if "created_at" in found:
        _add_times(proposal, _column(table.rows, row, found["created_at"]))
    _add_marks(proposal, table.rows, row, [found["author_followers"]])
    proposal.remarks.append(
        "following, messages_total and followers_kind may be named in `columns` too"
    )
    return proposal


def _has_our_words(table: _Table, row: int, ours: str, found: dict[str, int]) -> bool:
    return {cell.casefold() for cell in _column(table.rows, row, found[ours])} <= WORDS[ours]


def _add_times(proposal: _Proposal, times: list[str], is_zone_known: bool = False) -> None:
    """Add date_order and time_zone as far as the format or the dates ask for them, and what the dates tell."""
    needs = FORMATS[proposal.format].needs
    orders = Counter(
        _tell_order(*parts[:2]) for text in times if (parts := read_date_components(text))
    )
    if orders or "date_order" in needs:
        order, comment = None, "? dmy or mdy"
        if orders["dmy"] and not orders["mdy"]:
            order, comment = "dmy", "? as the dates suggest"
        elif orders["mdy"] and not orders["dmy"]:
            order, comment = "mdy", "? as the dates suggest"
        elif not orders and times:
            order, comment = (
                "ymd",
                "? in no date does the year stand last; then the order is not used",
            )
        proposal.keys.append(("date_order", order, comment))
    if orders:
        proposal.remarks.append(
            f"of the first {orders.total()} dates {orders['dmy']} can only be day first, {orders['mdy']} only month first, "
            f"{orders['either']} either"
        )
    parsed = [parse_time(text, order=order) for text in times for order in ("dmy", "mdy")]
    zoneless = any(time.problem == "TIMEZONE_MISSING" for time in parsed)
    if "time_zone" in needs or (zoneless and not is_zone_known):
        proposal.keys.append(("time_zone", None, _TIME_ZONE))
    if zoneless and not is_zone_known:
        proposal.remarks.append("its times do not name their zone")
    if (
        parsed
        and all(time.problem is not None or time.precision == "day" for time in parsed)
        and not zoneless
    ):
        days = any(time.precision == "day" for time in parsed)
        proposal.remarks.append(
            "its times give the day only" if days else "none of its times is in a form that is read"
        )


def _tell_order(first: int, other: int) -> str:
    if first > 12 >= other:
        return "dmy"
    return "mdy" if other > 12 >= first else "either"


# -------------------------------------------------------------------------------------- followers and surveys


def _propose_followers(table: _Table) -> list[_Proposal]:
    kind = load_headers()["meta-followers"]
    rows = [
        [cell for cell in row if cell.strip()]
        for row in table.rows
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        return []
    totals = {match_key(name): name for name in kind.columns["total"]}
    title = match_key(rows[0][0]) if len(rows[0]) == 1 else None
    body = rows[1:] if title is not None else rows
    has_header = (
        bool(body) and len(body[0]) == 2 and match_key(body[0][0]) in _keys(kind.columns["date"])
    )
    days = [
        row[0]
        for row in (body[1:] if has_header else body)[:50]
        if len(row) == 2 and row[1].strip().isdigit()
    ]
    yearless = bool(days) and all(parse_time(f"{day}, 2000").at is not None for day in days)
    if title is not None and title not in totals:
        return []
    if not (
        yearless
        or (
            has_header
            and (
                title is not None
                or match_key(body[0][1]) in {*_keys(kind.columns["count"]), *totals}
            )
        )
    ):
        return []
    why = "dates and numbers" + (f", under the line {totals[title]}" if title else "")
    platform = next((name for name in ("facebook", "instagram") if title and name in title), None)
    proposal = _Proposal("meta-followers", why, platform)
    # the reader knows both of the encodings in which these come
    proposal.keys += _list_table_keys(replace(table, encoding="utf-8"), ",", None, 1, 0)
    proposal.keys.append(
        ("account_id", None, "? the account whose followers these are, as in accounts.csv")
    )
    if yearless:
        proposal.keys.append(("year", None, "? of the first row: its dates have none"))
    else:
        _add_times(proposal, days)
        proposal.keys = [key for key in proposal.keys if key[0] != "time_zone"]
        proposal.remarks = [remark for remark in proposal.remarks if "zone" not in remark]
    if title is None:
        proposal.remarks.append(
            "make sure that it is the total number of followers, not of new ones"
        )
    return [proposal]


def _propose_surveys(start: _Start, table: _Table) -> list[_Proposal]:
    head = [row for row in table.rows[:_HEADER_ROWS] if any(cell.strip() for cell in row)][:3]
    if not head or len(head[0]) < 2:
        return []
    proposals = []
    names = [normalise(re.split(r"\.\s", one_line(cell), maxsplit=1)[0]) for cell in head[0]]
    own = word_set("limesurvey", "submitdate") | word_set("limesurvey", "other_fields")
    own -= {"startdate"}  # a field of Qualtrics too
    if set(names) & word_set("limesurvey", "id") and set(names) & own:
        proposals.append(
            _propose_survey(
                start, table, "limesurvey", names, word_set("limesurvey", "submitdate"), 1
            )
        )
    imports = [
        number
        for number, row in enumerate(head)
        if number and any(read_import_id(cell) for cell in row)
    ]
    meanings = [
        word_set("qualtrics", key) for key in ("status", "channel", "finished", "submitted")
    ]
    for number, row in enumerate(head[:2]):
        fields = [normalise(cell) for cell in row]
        fits = (
            set(fields) & word_set("qualtrics", "respondent")
            and sum(bool(set(fields) & words) for words in meanings) >= 2
        )
        if fits or (imports and number == 0):
            rows = imports[0] + 1 if imports else 2
            proposal = _propose_survey(
                start, table, "qualtrics", fields, word_set("qualtrics", "submitted"), rows
            )
            if imports and any(read_import_id(cell).get("timeZone") for cell in head[imports[0]]):
                proposal.keys = [key for key in proposal.keys if key[0] != "time_zone"]
                proposal.remarks = [remark for remark in proposal.remarks if "zone" not in remark]
                proposal.remarks.append("it states its time zone itself")
            proposals.append(proposal)
            break
    if normalise(head[0][0]) in word_set("google_forms", "submitted"):
        fields = [normalise(cell) for cell in head[0]]
        proposals.append(
            _propose_survey(
                start, table, "google-forms", fields, word_set("google_forms", "submitted"), 1
            )
        )
    return proposals


def _propose_survey(
    start: _Start,
    table: _Table,
    name: str,
    fields: list[str],
    submitted: frozenset[str],
    header_rows: int,
) -> _Proposal:
    why = {
        "limesurvey": "its columns are LimeSurvey's: the number of the response and the time of submission or another field",
        "qualtrics": f"its columns are Qualtrics', with {header_rows} rows of names",
        "google-forms": "it begins with the timestamp, as responses of Google Forms do",
    }[name]
    proposal = _Proposal(name, why, "survey")
    is_tabbed = name == "qualtrics" and start.name.endswith((".tsv", ".txt"))
    proposal.keys += _list_table_keys(table, "\t" if is_tabbed else ",", None, 1, 0)
    position = next((place for place, field in enumerate(fields) if field in submitted), None)
    times = _column(table.rows, header_rows - 1, position) if position is not None else []
    _add_times(proposal, times)
    proposal.keys += _list_survey_keys(name, table.rows[0])
    return proposal


def _list_survey_keys(name: str, headings: Sequence[str] = ()) -> list[tuple[str, object, str]]:
    """List the keys of a survey; the questionnaire is the declared one that has most of the questions, if any."""
    forms = {known: read_questionnaire(known) for known in list_questionnaires()}
    shared = {
        known: len({item.code for heading in headings if (item := _find_item(form, heading))})
        for known, form in forms.items()
    }
    best = max(shared, key=shared.get, default=None)
    if best is not None and shared[best] >= _FEWEST_ITEMS:
        waves = ", ".join(forms[best].waves)
        keys: list[tuple[str, object, str]] = [
            ("survey", best, f"? {shared[best]} of its {len(forms[best].items)} items stand in the file"),
            ("wave", None, f"? in quotes, one of studies/questionnaires/{best}.yaml: {waves}"),
        ]  # fmt: skip
    else:
        known = ", ".join(forms)
        keys = [
            ("survey", None, f"? a questionnaire of studies/questionnaires/: {known}, or a new one"),
            ("wave", None, "? in quotes, one of its waves"),
        ]  # fmt: skip
    if name in ("spss", "google-forms"):
        keys.append(
            (
                "# respondent_column:",
                None,
                "? the column that tells respondents apart, if there is one",
            )
        )
    keys.append(
        (
            "# organisation_column:",
            None,
            "? the column with the code of the organisation, if there is one",
        )
    )
    if name == "google-forms":
        keys.append(
            (
                "# options: {}",
                None,
                "? the options by question; without them words are open text and not kept",
            )
        )
    return keys


def _find_item(form: Questionnaire, heading: str) -> Item | None:
    """Find the item of a heading such as ``Q3[SQ001]. Which of these?`` or ``channels_2``."""
    code = re.split(r"\[|\.\s", one_line(heading), maxsplit=1)[0]
    return (
        form.find_item(one_line(heading))
        or form.find_item(code)
        or form.find_item(re.sub(r"_\d+$", "", code))
    )


# ---------------------------------------------------------------------------------------------------- writing


def _tell_fit(proposal: _Proposal, path: Path) -> list[str]:
    kind = FORMATS[proposal.format]
    verdict = (
        "" if proposal.is_verified and kind.verified else "; its reader has not met a real file"
    )
    lines = [f"  {proposal.format}: {kind.title}{verdict}", f"    because: {proposal.why}"]
    if not path.name.lower().removesuffix(".gz").endswith(kind.suffixes):
        lines.append(f"    the name of its file must end in {', '.join(kind.suffixes)}: rename it")
    return [*lines, *(f"    {remark}" for remark in proposal.remarks)]


def _write_entry(proposal: _Proposal, path: Path) -> list[str]:
    kind = FORMATS[proposal.format]
    keys: list[tuple[str, object, str]] = [
        ("format", proposal.format, "? as it seems"),
        ("platform", proposal.platform, "" if proposal.platform == "survey" else "? as it seems" if proposal.platform else "? twitter, facebook, instagram, linkedin, mastodon, bluesky, youtube or other"),
        ("exported_on", None, _tell_day(path)),
        *proposal.keys,
    ]  # fmt: skip
    if proposal.format in _MAY_HOLD_RECEIVED:
        comment = "? sent, received, or both: then accounts.csv says which accounts are yours"
        keys.append(("direction", "sent", comment))
    if kind.yields != "survey_answers" and "organisation" not in kind.needs:
        keys.append(
            (
                "# organisation:",
                None,
                "? its code, such as GM0344, if the file is of one organisation; else accounts.csv tells",
            )
        )
    lines = [f"  {_write_scalar(_name_in_study(path))}:"]
    for key, content, comment in keys:
        told = f"   # {comment}" if comment else ""
        if key.startswith("#"):
            lines.append(f"    {key}{told}")
        elif isinstance(content, dict):
            lines.append(f"    {key}:{told}")
            for ours, column in content.items():
                named = "" if column is None else f" {_write_scalar(column, quoted=True)}"
                lines.append(f"      {ours}:{named}   # ?")
        elif content is None:
            lines.append(f"    {key}:{told}")
        else:
            lines.append(
                f"    {key}: {content if isinstance(content, int) else _write_scalar(str(content))}{told}"
            )
    return lines


def _name_in_study(path: Path) -> str:
    """Return the path inside its study's folder, as a declaration names it; of a file elsewhere its name."""
    try:
        parts = path.resolve().relative_to(exports_folder("-").parent.resolve()).parts
    except ValueError:
        return path.name
    return "/".join(parts[1:]) or path.name


def _write_scalar(text: str, quoted: bool = False) -> str:
    if not quoted and re.fullmatch(r"[A-Za-z_][\w./-]*", text, re.ASCII):
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf")).strip()


def _tell_day(path: Path) -> str:
    found = re.search(r"(20\d\d)[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)", path.name)
    return f"{_EXPORTED_ON}; its name holds {'-'.join(found.groups())}" if found else _EXPORTED_ON
