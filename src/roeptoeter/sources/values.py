"""What every reader needs of a file: its bytes, lines and records; its times, counts and texts.

Nothing here guesses: an encoding, a date order, a time zone and the marks of numbers come from the declaration.
"""

import datetime as dt
import gzip
import html
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO
from zoneinfo import ZoneInfo

import orjson

from roeptoeter.sources.staging import FileRefused

#: Cells that stand for nothing. Not for texts: "NA" may be what somebody wrote.
NULL_STRINGS = frozenset({"", "null", "None", "nan", "NaN", "N/A", "NA", "undefined", "-"})

#: Hours from UTC of the abbreviations that exports use and that mean one thing. CST, IST and others mean several
#: zones and are refused.
ZONE_HOURS = {
    "GMT": 0, "UTC": 0, "WET": 0, "BST": 1, "WEST": 1, "CET": 1, "CEST": 2, "EST": -5, "EDT": -4,
}  # fmt: skip

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januari", "feb february februari", "mar march mrt maart", "apr april", "may mei",
            "jun june juni", "jul july juli", "aug august augustus", "sep sept september",
            "oct october okt oktober", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_CHUNK = 1 << 20
_FIRST_READ = 1 << 16
_LONGEST_LINE = 1 << 26  # of 64 MB; a page of the X API may have several
_LONGEST_BROKEN_RECORD = 10_000


# --------------------------------------------------------------------------------------------------- files


@contextmanager
def _refuse_broken_archive() -> Iterator[None]:
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FileRefused(
            "FORMAT_INVALID", "the compressed file is cut or damaged; copy it again"
        ) from None


def open_bytes(path: Path) -> BinaryIO:
    """Open a file for reading bytes, unpacking it on the way where its name ends in .gz.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    BinaryIO
        A buffered stream. Reading a damaged .gz from it raises EOFError, zlib.error or gzip.BadGzipFile;
        `read_json_records` and `read_text` turn these into `FileRefused`.
    """
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def open_text(path: Path, encoding: str, newline: str = "\n") -> TextIO:
    r"""Open a file for reading text in the declared encoding, strictly; a byte-order mark is left out.

    Parameters
    ----------
    path : pathlib.Path
        Plain or .gz.
    encoding : str
        As declared. UTF-16 is read only with its byte-order mark.
    newline : {"\\n", ""}
        As for `open`: "\\n" ends lines at line feeds only (JSON lines), "" is what the csv module wants.

    Returns
    -------
    TextIO

    Raises
    ------
    FileRefused
        ENCODING_INVALID, when the first bytes contradict the declared encoding.
    """
    with open_bytes(path) as stream, _refuse_broken_archive():
        start = stream.read(4)
    name = encoding.lower().replace("_", "-")
    is_utf16 = start.startswith((b"\xff\xfe", b"\xfe\xff"))
    if name.startswith("utf-16"):
        if start and not is_utf16:
            raise FileRefused(
                "ENCODING_INVALID",
                f"declared as {encoding}, but the file does not begin with the mark of UTF-16; "
                "is it utf-8 or cp1252?",
            )
        name = "utf-16"
    elif is_utf16:
        raise FileRefused(
            "ENCODING_INVALID",
            f"declared as {encoding}, but the file is UTF-16: `encoding: utf-16`",
        )
    elif name in {"utf-8", "utf8", "utf-8-sig"}:
        name = "utf-8-sig"
    return TextIOWrapper(open_bytes(path), encoding=name, errors="strict", newline=newline)


@contextmanager
def read_text(path: Path, encoding: str, newline: str = "\n") -> Iterator[TextIO]:
    """Open a text for the length of a `with` block; what cannot be decoded in it refuses the file.

    Parameters
    ----------
    path, encoding, newline
        As for `open_text`.

    Yields
    ------
    TextIO

    Raises
    ------
    FileRefused
        ENCODING_INVALID or FORMAT_INVALID (a damaged .gz), also in the middle of the file.
    """
    try:
        with _refuse_broken_archive(), open_text(path, encoding, newline) as stream:
            yield stream
    except UnicodeError as error:
        place = f" (byte {error.start} of a block)" if isinstance(error, UnicodeDecodeError) else ""
        raise FileRefused(
            "ENCODING_INVALID",
            f"cannot be decoded as {encoding}{place}; declare the encoding it was saved in, such as cp1252",
        ) from None


# ------------------------------------------------------------------------------------------------- records


def parse_json(raw: bytes) -> object | None:
    r"""Parse one JSON value, or return None where it is none.

    Half of a surrogate pair, as a tool leaves that cuts a text inside an emoji, becomes "?"; the record is kept.

    Examples
    --------
    >>> parse_json(b'{"text": "kort \\ud83d"}')
    {'text': 'kort ?'}
    >>> parse_json(b'{"text": "ko') is None
    True
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        if b"\\ud" not in raw.lower():
            return None
    try:
        text = json.dumps(json.loads(raw), ensure_ascii=False)
        return orjson.loads(text.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def read_json_records(path: Path) -> Iterator[tuple[int, object | None, str]]:
    """Read the records of a JSON file: JSON lines, one document, or documents one after the other.

    The elements of an array, be it the whole document or one line, are the records; any other value is one
    record. Lines and arrays are streamed: memory holds one record and a block of 1 MB (an array on a single line
    is cut into its elements by the position of brackets outside strings, without parsing the whole).

    Parameters
    ----------
    path : pathlib.Path
        Plain or .gz, UTF-8 with or without byte-order mark.

    Yields
    ------
    row : int
        Number of the record, from 1. Blank lines are no records.
    record : object or None
        Parsed; None where it is no valid JSON, such as a truncated last line.
    raw : str
        The record as it stands in the file; of a broken one the first 10,000 characters.

    Raises
    ------
    FileRefused
        ENCODING_INVALID for UTF-16, FORMAT_INVALID for a damaged .gz.
    """
    with _refuse_broken_archive(), open_bytes(path) as stream:
        for row, raw in enumerate(_split_records(stream), start=1):
            record = parse_json(raw)
            if record is None and raw != b"null":
                yield row, None, raw[:_LONGEST_BROKEN_RECORD].decode("utf-8", "replace")
            else:
                yield row, record, raw.decode("utf-8", "replace")


def _split_records(stream: BinaryIO) -> Iterator[bytes]:
    """Cut a JSON file into records; see `read_json_records`."""
    start = stream.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused("ENCODING_INVALID", "is UTF-16; JSON is UTF-8: save it as UTF-8")
    head = start.removeprefix(b"\xef\xbb\xbf")
    # the first two lines tell lines from a document; a longer one is cut by its brackets
    while len(head) < _LONGEST_LINE and head.lstrip().count(b"\n") < 2:
        block = stream.read(max(_FIRST_READ, len(head)))
        if not block:
            break
        head += block
    lines = head.lstrip().split(b"\n", 2)
    # a first line that is broken is no reason to take the file for one document, if the second is a whole record
    has_lines = len(lines) > 1 and any(
        isinstance(parse_json(line), dict) for line in lines[: 2 if lines[0].strip() != b"[" else 1]
    )
    if has_lines:
        for line in _read_byte_lines(head, stream):
            if line.startswith(b"[") and isinstance(parse_json(line), list):
                yield from _split_values(line, None)
            else:
                yield line
    else:
        yield from _split_values(head, stream)


def _read_byte_lines(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    *lines, rest = head.split(b"\n")
    yield from filter(None, map(bytes.strip, lines))
    line = (rest + stream.readline()).strip()
    if line:
        yield line
    for line in stream:
        line = line.strip()
        if line:
            yield line


# What stands between two marks that matter: brackets inside an element, also commas and line ends outside. A string is
# skipped as a whole; one that runs into a line end is broken and must not swallow the rest of the file.
_STRING = rb'"(?:[^"\\\n]++|\\.)*+"'
_INSIDE = re.compile(rb'(?:[^"\[\]{}]++|' + _STRING + rb")*+")
_OUTSIDE = re.compile(rb'(?:[^"\[\]{},\n]++|' + _STRING + rb")*+")


def split_array(stream: BinaryIO, head: bytes = b"") -> Iterator[bytes]:
    """Cut a JSON array into its elements without holding it in memory.

    Parameters
    ----------
    stream : BinaryIO
        Where the array goes on.
    head : bytes
        What has been read of it already; the first character that is no white space is "[".

    Yields
    ------
    bytes
        Each element, unparsed. What stands after the array, or a last element that is cut, is yielded as it is:
        it will not parse, and is so accounted for.
    """
    yield from _split_values(head, stream)


def _split_values(head: bytes, stream: BinaryIO | None) -> Iterator[bytes]:
    """Cut a row of JSON values, or the elements of arrays among them, by brackets outside strings."""
    buffer, start, position = head, 0, 0
    depth, base = 0, 0  # base is 1 inside an array whose elements are the records
    while True:
        while True:
            end = (_INSIDE if depth > base else _OUTSIDE).match(buffer, position).end()
            mark = buffer[end : end + 1]
            if not mark or (mark == b'"' and buffer.find(b"\n", end) < 0):
                position = end  # the block ends, perhaps inside a string
                break
            position = end + 1
            if mark in b"{[":
                if depth == 0 and mark == b"[" and not buffer[start:end].strip():
                    base, start = 1, position
                depth += 1
            elif mark in b"}]":
                depth -= 1
                if depth < base or depth <= 0:
                    value = buffer[start : end if base and depth < base else position].strip()
                    if value:
                        yield value
                    start, base, depth = position, 0, 0
            elif mark in b",\n" and (depth == 0 or (mark == b"," and depth == base)):
                value = buffer[start:end].strip()
                if value or base:
                    yield value
                start = position
        block = stream.read(max(_CHUNK, len(buffer) - start)) if stream is not None else b""
        if not block:
            break
        buffer = buffer[start:] + block
        position, start = position - start, 0
    rest = buffer[start:].strip()
    if rest:
        yield rest
    if depth > 0 and (not rest or depth == base):
        # the array ends without its bracket between two elements: the cut is told, not passed over
        yield b"["


# --------------------------------------------------------------------------------------------------- times


@dataclass(frozen=True, slots=True)
class ParsedTime:
    """A time as it could be read, or the reason why not.

    Parameters
    ----------
    at : datetime.datetime or None
        In UTC. Of a day: its midnight in UTC, so that the date stays what the file says.
    precision : {"second", "minute", "day"} or None
    source : str or None
        "explicit", where the text itself names its zone (or is a day); else "declared:<zone>".
    flags : tuple of str
        TIMESTAMP_AMBIGUOUS.
    problem : str or None
        TIMESTAMP_UNPARSEABLE, TIMEZONE_MISSING, TIMEZONE_UNKNOWN, TIMESTAMP_NONEXISTENT, REQUIRED_NULL (empty);
        then everything else is empty.
    """

    at: dt.datetime | None = None
    precision: str | None = None
    source: str | None = None
    flags: tuple[str, ...] = ()
    problem: str | None = None


_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_ZONE = r"(?P<zone>Z|(?:GMT|UTC)?[+-]\d{2}:?(?:\d{2})?|[A-Za-z]{2,5})"
_WEEKDAY = r"(?:[^\W\d]{2,9}\.?,?\s+)?"
_TAIL = rf"(?:(?:[T,]?\s*|\s+at\s+|\s+om\s+){_CLOCK}(?:\s*{_ZONE})?(?:\s*\([^)]*\))?)?"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){_TAIL}"
)
_YEAR_LAST = re.compile(
    rf"(?P<first>\d{{1,2}})(?P<mark>[-/.])(?P<other>\d{{1,2}})(?P=mark)(?P<year>\d{{4}}|\d{{2}}){_TAIL}"
)
_MONTH = r"(?P<name>[^\W\d]{3,9})\.?"
_NAMED = (
    # Thu Jan 15 2026 20:32:05 GMT+0000; Sat, Sep 12, 2026
    re.compile(rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}){_TAIL}"),
    # Thu, 15 Jan 2026 20:32:05 GMT; 12 september 2026 14:05
    re.compile(rf"{_WEEKDAY}(?P<day>\d{{1,2}})[\s-]{_MONTH}[\s-](?P<year>\d{{4}}){_TAIL}"),
    # Wed Oct 10 20:19:24 +0000 2018
    re.compile(
        rf"{_WEEKDAY}{_MONTH}\s+(?P<day>\d{{1,2}})\s+{_CLOCK}\s+{_ZONE}\s+(?P<year>\d{{4}})"
    ),
)


def read_date_components(text: str) -> tuple[int, int, int] | None:
    """Return the three numbers of a date whose year stands last, or None for any other text.

    For the check of a declared order over a whole file.

    Examples
    --------
    >>> read_date_components("09/25/2026 18:30")
    (9, 25, 2026)
    >>> read_date_components("2026-09-25") is None
    True
    """
    found = _YEAR_LAST.fullmatch(text.strip())
    if not found:
        return None
    century = 2000 if len(found["year"]) == 2 else 0
    return int(found["first"]), int(found["other"]), century + int(found["year"])


def parse_time(
    text: str | None, *, order: str | None = None, zone: str | None = None
) -> ParsedTime:
    """Read a time, with the zone it names or else the declared one.

    Known: year first (ISO 8601 and with / or .), year last in the declared order, month names in English and
    Dutch as in "Wed Oct 10 20:19:24 +0000 2018", "Thu Jan 15 2026 20:32:05 GMT+0000", "Sat, Sep 12, 2026",
    "12 okt 2026 14:05"; 12-hour clocks with AM and PM. A year of two digits is one of this century.

    Parameters
    ----------
    text : str or None
    order : {"dmy", "mdy", "ymd"} or None
        Declared order of dates whose year stands last. None: such dates cannot be read.
    zone : str or None
        IANA name declared for times without zone.

    Returns
    -------
    ParsedTime

    Examples
    --------
    The hour that the clock change repeats: the first one is taken, and flagged.

    >>> parsed = parse_time("2026-10-25 02:30", zone="Europe/Brussels")
    >>> parsed.at.isoformat(), parsed.flags
    ('2026-10-25T00:30:00+00:00', ('TIMESTAMP_AMBIGUOUS',))

    The hour that it skips does not exist.

    >>> parse_time("2026-03-29 02:30", zone="Europe/Brussels").problem
    'TIMESTAMP_NONEXISTENT'
    """
    text = "" if text is None else " ".join(text.split())
    if text in NULL_STRINGS:
        return ParsedTime(problem="REQUIRED_NULL")
    parts = _match_time(text, order)
    if parts is None:
        return ParsedTime(problem="TIMESTAMP_UNPARSEABLE")
    year, month, day, found = parts
    try:
        if found["hour"] is None:
            at = dt.datetime(year, month, day, tzinfo=dt.UTC)
            return ParsedTime(at, "day", "explicit")
        local = _read_clock(year, month, day, found)
    except (ValueError, OverflowError):
        return ParsedTime(problem="TIMESTAMP_UNPARSEABLE")
    precision = "minute" if found["second"] is None else "second"
    try:
        if found["zone"] is not None:
            offset = _read_offset(found["zone"])
            if offset is None:
                return ParsedTime(problem="TIMEZONE_UNKNOWN")
            return ParsedTime((local - offset).replace(tzinfo=dt.UTC), precision, "explicit")
        if zone is None:
            return ParsedTime(problem="TIMEZONE_MISSING")
        return _place_in_zone(local, zone, precision)
    except OverflowError:
        return ParsedTime(problem="TIMESTAMP_UNPARSEABLE")


def _match_time(text: str, order: str | None) -> tuple[int, int, int, re.Match] | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return int(found["year"]), int(found["month"]), int(found["day"]), found
    if found := _YEAR_LAST.fullmatch(text):
        first, other, year = int(found["first"]), int(found["other"]), int(found["year"])
        if order == "ymd" and len(found["year"]) == 2:
            return 2000 + first, other, year, found
        if order not in {"dmy", "mdy"}:
            return None
        year += 2000 if len(found["year"]) == 2 else 0
        return (year, other, first, found) if order == "dmy" else (year, first, other, found)
    for pattern in _NAMED:
        found = pattern.fullmatch(text)
        if found and (month := _MONTHS.get(found["name"].lower())):
            return int(found["year"]), month, int(found["day"]), found
    return None


def _read_clock(year: int, month: int, day: int, found: re.Match) -> dt.datetime:
    hour = int(found["hour"])
    if found["half"]:
        if not 1 <= hour <= 12:
            raise ValueError("no hour of a 12-hour clock")
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    microsecond = int((found["fraction"] or "0")[:6].ljust(6, "0"))
    return dt.datetime(
        year, month, day, hour, int(found["minute"]), int(found["second"] or 0), microsecond
    )


def _read_offset(zone: str) -> dt.timedelta | None:
    if zone in {"Z", "z"}:
        return dt.timedelta(0)
    digits = re.fullmatch(r"(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})?", zone)
    if digits:
        minutes = 60 * int(digits[2]) + int(digits[3] or 0)
        return dt.timedelta(minutes=-minutes if digits[1] == "-" else minutes)
    hours = ZONE_HOURS.get(zone)
    return None if hours is None else dt.timedelta(hours=hours)


def _place_in_zone(local: dt.datetime, zone: str, precision: str) -> ParsedTime:
    aware = local.replace(tzinfo=ZoneInfo(zone))
    at = aware.astimezone(dt.UTC)
    flags: tuple[str, ...] = ()
    if aware.utcoffset() != aware.replace(fold=1).utcoffset():
        if at.astimezone(aware.tzinfo).replace(tzinfo=None) != local:
            return ParsedTime(problem="TIMESTAMP_NONEXISTENT")
        flags = ("TIMESTAMP_AMBIGUOUS",)
    return ParsedTime(at, precision, f"declared:{zone}", flags)


# ------------------------------------------------------------------------------------------ counts and texts


def parse_count(
    text: str | int | None, decimal_mark: str = ".", thousands_mark: str = ""
) -> tuple[str | None, bool]:
    """Bring a count to plain digits, by the declared marks and no others.

    Parameters
    ----------
    text : str, int or None
    decimal_mark, thousands_mark : str
        As declared. Thousands are taken for such only in groups of three; decimals only if they are one or two
        zeros, as spreadsheets and data frames append ("12.0"). "1.000" without a declared thousands mark is no
        count: it may be one or a thousand.

    Returns
    -------
    digits : str or None
        None for an empty cell, and for what is no count.
    is_bad : bool
        True for what is no count; false for an empty cell.

    Examples
    --------
    >>> parse_count("1,234,567", thousands_mark=",")
    ('1234567', False)
    >>> parse_count("1.2K")
    (None, True)
    >>> parse_count("-")
    (None, False)
    """
    if text is None:
        return None, False
    cell = str(text)
    if not _DIGITS.fullmatch(cell):
        cell = strip_excel_quotes(cell.strip()).strip()
        if cell in NULL_STRINGS:
            return None, False
        cell = _drop_marks(cell, decimal_mark, thousands_mark)
    if _DIGITS.fullmatch(cell):
        return cell.lstrip("0") or "0", False
    return None, True


_DIGITS = re.compile(r"[0-9]{1,18}")


def _drop_marks(cell: str, decimal_mark: str, thousands_mark: str) -> str:
    whole = re.sub(rf"{re.escape(decimal_mark)}0{{1,2}}$", "", cell)
    if thousands_mark:
        mark = r"[ \u00a0\u202f]" if thousands_mark == " " else re.escape(thousands_mark)
        if re.fullmatch(rf"[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+", whole):
            return re.sub(mark, "", whole)
    return whole


def strip_excel_quotes(text: str) -> str:
    """Take a cell out of the formula that keeps spreadsheets from rounding it.

    Examples
    --------
    >>> strip_excel_quotes('="1579563041842950144"')
    '1579563041842950144'
    """
    if text.startswith('="') and text.endswith('"') and len(text) > 2:
        return text[2:-1]
    return text


def read_cell(text: str | None) -> str | None:
    """Return a cell without margins and formula quotes, or None where it stands for nothing.

    Examples
    --------
    >>> read_cell(" N/A ") is None
    True
    """
    if text is None:
        return None
    cell = text.strip()
    if cell.startswith("="):
        cell = strip_excel_quotes(cell).strip()
    return None if cell in NULL_STRINGS else cell


class _TextOnly(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "p":
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def clean_text(text: str | None, *, is_html: bool = False) -> str | None:
    r"""Bring a text to the form that its length is taken of.

    Entities are resolved once (``&amp;lt;`` becomes ``&lt;``), composed characters are composed (NFC), white space
    around the text goes.

    Parameters
    ----------
    text : str or None
        None: the format withholds the text. The empty text is a text.
    is_html : bool
        Whether the text is HTML: paragraphs and line breaks become line ends, other tags go.

    Returns
    -------
    str or None

    Examples
    --------
    >>> clean_text("<p>Dag &amp;lt;3</p><p>Tot&nbsp;zo</p>", is_html=True)
    'Dag &lt;3\n\nTot\xa0zo'
    """
    if text is None:
        return None
    if is_html:
        parser = _TextOnly()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    else:
        text = html.unescape(text)
    # half a surrogate pair cannot be written as UTF-8
    text = text.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", text).strip()
