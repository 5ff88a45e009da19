"""Rows of delimited files and workbooks, every cell as text, and what headers mean.

Readers of tabular exports share this: cutting into rows, counting cells, finding columns by their known headers
(`headers.yaml`), holding a declared date order against a whole file.
"""

import csv
import datetime as dt
import re
import unicodedata
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, Field
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound

from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.values import read_date_components, read_text, strip_excel_quotes
from roeptoeter.study import read_yaml

WORKBOOKS = (".xls", ".xlsx")

_HEADERS = Path(__file__).with_name("headers.yaml")
_DELIMITER_NAMES = {"tab": "\t", r"\t": "\t"}
#: From this number on a workbook no longer has all digits of a number: it keeps fifteen.
_ROUNDED_FROM = 1e15


# --------------------------------------------------------------------------------------------------- rows


class BrokenRow(str):
    """A line that cannot be cut into cells, such as one with a quote that is never closed."""


def read_rows(
    path: Path, source, *, delimiter: str = ",", encoding: str | None = None
) -> Iterator[list[str] | BrokenRow]:
    """Read the rows of a delimited file or of a sheet, header and blank rows included.

    Delimited files are streamed. A workbook is held in memory, as its compressed form demands; a sheet has at
    most about a million rows. A first line `sep=;`, written for Excel, is left out.

    Parameters
    ----------
    path : pathlib.Path
        .csv, .tsv, .txt (plain or .gz), .xls, .xlsx.
    source : Source
        Its delimiter, encoding and sheet hold where they are declared.
    delimiter, encoding : str
        Of the format, where nothing is declared.

    Yields
    ------
    list of str or BrokenRow
        Cells as they are, without quotes; an empty list for a blank line. After a broken row reading goes on with
        the next line.

    Raises
    ------
    FileRefused
        ENCODING_INVALID; FORMAT_INVALID for a workbook that cannot be read, a sheet that is not there, a
        delimiter that contradicts the file's own `sep=`.
    """
    if path.suffix.lower() in WORKBOOKS:
        yield from _read_sheet(path, source.sheet)
        return
    mark = source.delimiter or delimiter
    mark = _DELIMITER_NAMES.get(mark.lower(), mark)
    if len(mark) != 1:
        raise FileRefused(
            "FORMAT_INVALID", f"a delimiter is one character, or tab; declared: {mark!r}"
        )
    declared = source.encoding if "encoding" in source.model_fields_set else None
    with read_text(path, declared or encoding or source.encoding, newline="") as stream:
        taken: list[str] = []
        again: deque[str] = deque()

        def take_lines() -> Iterator[str]:
            while line := again.popleft() if again else stream.readline():
                taken.append(line)
                yield line

        first = stream.readline()
        hint = re.fullmatch(r'"?sep=(.)"?\s*', first)
        if hint and hint[1] != mark:
            raise FileRefused(
                "FORMAT_INVALID",
                f"the file says sep={hint[1]}, the declaration {mark!r}; declare `delimiter`",
            )
        if not hint and first:
            again.append(first)
        reader = csv.reader(take_lines(), delimiter=mark, strict=True)
        while True:
            taken.clear()
            try:
                yield next(reader)
            except StopIteration:
                return
            except csv.Error:
                # only the line in which it went wrong is lost: the lines that a stray quote swallowed are read again
                again.extendleft(reversed(taken[1:]))
                yield BrokenRow(taken[0].rstrip("\r\n"))
                reader = csv.reader(take_lines(), delimiter=mark, strict=True)


def _read_sheet(path: Path, name: str | None) -> Iterator[list[str]]:
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = workbook.sheet_names
        if name is None and len(names) != 1:
            raise FileRefused(
                "FORMAT_INVALID", f"has the sheets {', '.join(names)}; declare one: `sheet`"
            )
        rows = workbook.get_sheet_by_name(name or names[0]).iter_rows()
    except PasswordError:
        raise FileRefused("FORMAT_INVALID", "is locked with a password; save it without") from None
    except WorksheetNotFound:
        raise FileRefused(
            "FORMAT_INVALID", f"has no sheet {name!r}; it has {', '.join(names)}"
        ) from None
    except (CalamineError, OSError):
        raise FileRefused(
            "FORMAT_INVALID",
            "is no workbook that can be read, whatever its name says; if it is text, name it .csv",
        ) from None
    for row in rows:
        yield [_write_cell(cell) for cell in row]


def _write_cell(cell: object) -> str:
    """Write a cell of a workbook as text: whole numbers without decimals, times in ISO order."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if abs(cell) >= _ROUNDED_FROM:
            return f"{cell:.14e}"  # so that a rounded id is seen to be one
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    return str(cell)


# -------------------------------------------------------------------------------------------------- tables


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table.

    Parameters
    ----------
    number : int
        From 1, the first row below the header; blank rows are not counted.
    cells : list of str
        As many as the header has; of a broken row whatever there is.
    fault : str or None
        Why the cells cannot be told apart; then they must not be used.
    """

    number: int
    cells: list[str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A header and the rows below it."""

    header: tuple[str, ...]
    rows: Iterator[Row]


def open_table(
    path: Path,
    source,
    *,
    delimiter: str = ",",
    encoding: str | None = None,
    header_row: int | None = None,
) -> Table:
    """Read the header of a delimited file or sheet and hold the rows ready.

    Parameters
    ----------
    path, source, delimiter, encoding
        As for `read_rows`.
    header_row : int, optional
        Row of the header, from 1, where the declaration does not say otherwise.

    Returns
    -------
    Table
        Its rows are streamed. Rows with other than the header's number of cells have a `fault`; cells beyond the
        header that are empty are no fault.

    Raises
    ------
    FileRefused
        FORMAT_INVALID where the file ends before its header. While the rows are read: ROW_WIDTH_FILE at the end,
        if two or more rows and at least 1 % have another number of cells and the declaration does not
        accept a part of the file; and what `read_rows` raises.
    """
    if header_row is None or "header_row" in source.model_fields_set:
        header_row = source.header_row
    rows = read_rows(path, source, delimiter=delimiter, encoding=encoding)
    cells: list[str] = []
    for _ in range(header_row):
        found = next(rows, None)
        if found is None:
            raise FileRefused(
                "FORMAT_INVALID", f"ends before row {header_row}, where the column names should be"
            )
        cells = [] if isinstance(found, BrokenRow) else found
    header = tuple(clean_header(cell) for cell in cells)
    if not any(header):
        raise FileRefused(
            "FORMAT_INVALID", f"row {header_row} holds no column names; declare `header_row`"
        )
    return Table(header, _number_rows(rows, len(header), source.accept_partial is not None))


def _number_rows(
    rows: Iterator[list[str] | BrokenRow], width: int, accept_partial: bool
) -> Iterator[Row]:
    number = faults = 0
    for cells in rows:
        if isinstance(cells, BrokenRow):
            number, faults = number + 1, faults + 1
            yield Row(
                number, [str(cells)], "a quote that is not closed, or text after a closing quote"
            )
            continue
        if not any(cell.strip() for cell in cells):
            continue
        number += 1
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) == width:
            yield Row(number, cells)
        else:
            faults += 1
            yield Row(number, cells, f"{len(cells)} cells, the header has {width}")
    if faults >= 2 and faults >= 0.01 * number and not accept_partial:
        raise FileRefused(
            "ROW_WIDTH_FILE",
            f"{faults} of {number} rows do not have the {width} cells of the header; are `delimiter` and "
            "`header_row` right?",
        )


def stage_rows(
    table: Table, make: Callable[[list[str]], dict], dropped: Iterable[str] = ()
) -> Iterator[dict]:
    """Turn the rows of a table into staged rows; whatever fails on one row stays with that row.

    Parameters
    ----------
    table : Table
    make : callable
        ``make(cells) -> dict``: the staged row without number and raw text. A `problem` that begins with EXCLUDED_
        keeps nothing else of the row.
    dropped : iterable of str
        Headers of columns that are not kept even in `raw`, such as names of employees.

    Yields
    ------
    dict
        With `source_row` and, unless excluded, `raw`: a JSON object of the cells by their headers.
    """
    unwanted = {match_key(name) for name in dropped}
    names = [
        (position, name)
        for position, name in enumerate(_name_apart(table.header))
        if match_key(table.header[position]) not in unwanted
    ]
    for row in table.rows:
        if row.fault:
            yield {
                "source_row": row.number,
                "problem": "ROW_WIDTH",
                "problem_detail": row.fault,
                "raw": orjson.dumps(row.cells).decode(),
            }
            continue
        try:
            staged = make(row.cells)
        except Exception as error:  # a reader's fault must cost one row and be told, not the file
            staged = {"problem": "READER_ERROR", "problem_detail": type(error).__name__}
        if (staged.get("problem") or "").startswith("EXCLUDED_"):
            yield {"source_row": row.number, "problem": staged["problem"]}
            continue
        raw = orjson.dumps({name: row.cells[position] for position, name in names}).decode()
        yield {"source_row": row.number, "raw": raw, **staged}


def _name_apart(header: Iterable[str]) -> list[str]:
    names: list[str] = []
    for position, header_name in enumerate(header, start=1):
        name = header_name or f"column {position}"
        names.append(name if name not in names else f"{name} (column {position})")
    return names


# ------------------------------------------------------------------------------------------------- headers


class Headers(BaseModel):
    """What is known of the columns of one kind of export: an entry of `headers.yaml`."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    title: str
    verified: bool
    evidence: str  # where the headers are known from, in a few words
    columns: dict[str, list[str]]  # our name: headers that mean it, today's first
    dropped: list[str] = Field(default_factory=list)  # headers of columns that are never read
    platform: str | None = None
    delimiter: str = ","
    encoding: str | None = None
    header_row: int = 1
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    patterns: dict[str, str] = Field(default_factory=dict)  # our name: what of the cell is meant
    filled: list[str] = Field(
        default_factory=list
    )  # our names that are true where the cell is filled
    literal_newlines: bool = False  # line ends in texts are written \n
    time_from_id: bool = False  # the column of the time gives a day only; the id knows the time
    mentions_mark_direction: bool = False  # a text that begins with @ is to somebody
    not_carried: dict[str, str] = Field(
        default_factory=dict
    )  # a capability: why the export cannot give it
    note: str | None = None


@cache
def load_headers() -> dict[str, Headers]:
    """Read `headers.yaml`, the headers of every kind of export, as a dict from its name."""
    return {name: Headers(**entry) for name, entry in read_yaml(_HEADERS).items()}


def clean_header(cell: str) -> str:
    r"""Return a column's name without byte-order mark, formula quotes and white space around and doubled inside it.

    Examples
    --------
    >>> clean_header("\ufeff Publish\xa0 time ")
    'Publish time'
    """
    text = strip_excel_quotes(cell.lstrip("\ufeff").strip())
    return unicodedata.normalize("NFC", " ".join(text.split()))


def match_key(name: str) -> str:
    """Return the form in which two headers are compared: cleaned, without capitals."""
    return clean_header(name).casefold()


def find_columns(
    header: Iterable[str], columns: Mapping[str, Iterable[str]], required: Iterable[str] = ()
) -> dict[str, int]:
    """Find the position of each of our names in a header.

    Parameters
    ----------
    header : iterable of str
        Of the file.
    columns : mapping of str to iterable of str
        Our name to the headers that mean it.
    required : iterable of str
        Names of ours that must be found.

    Returns
    -------
    dict of str to int
        Our name to position, from 0, of those that are there.

    Raises
    ------
    FileRefused
        HEADER_AMBIGUOUS if two columns mean the same; REQUIRED_COLUMN_MISSING with what was expected and, if
        at least one name was recognised, what was found.
    """
    header = list(header)
    keys = [match_key(name) for name in header]
    found: dict[str, int] = {}
    for name, aliases in columns.items():
        wanted = {match_key(alias) for alias in aliases}
        positions = [position for position, key in enumerate(keys) if key in wanted]
        if len(positions) > 1:
            twice = " and ".join(
                f"{header[position]!r} (column {position + 1})" for position in positions
            )
            raise FileRefused(
                "HEADER_AMBIGUOUS", f"{twice} both mean {name}; take one out of the file"
            )
        if positions:
            found[name] = positions[0]
    for name in required:
        if name not in found:
            expected = " or ".join(columns.get(name, [name]))
            raise FileRefused(
                "REQUIRED_COLUMN_MISSING",
                f"no column for {name}: expected {expected}; {_describe_header(header, bool(found))}",
            )
    return found


def _describe_header(header: list[str], is_one: bool) -> str:
    """Tell what was found, unless it may be a row of data: what people wrote must not end in a message."""
    if is_one:
        return f"found: {', '.join(name[:40] for name in header if name)[:600]}"
    return (
        f"the row of the header has {len(header)} cells and none is a known name; are `header_row` and `delimiter` "
        "right? Names in another language can be added to sources/headers.yaml"
    )


# --------------------------------------------------------------------------------------------------- dates


def check_date_order(texts: Iterable[str], source, *, must_be_told: bool = True) -> None:
    """Hold the declared order of day and month against all dates of a file.

    A date read in the wrong order is mostly a date too, so the file as a whole must speak for the
    declared order: a day after the 12th, or a date that the other order would put after the day of the export.
    Dates whose year stands first, and those with the month's name, need no order.

    Parameters
    ----------
    texts : iterable of str
        The column of times.
    source : Source
        Its `date_order` and `exported_on`.
    must_be_told : bool
        Whether a file in which no date speaks for either order is refused. False where ids have a clock.

    Raises
    ------
    FileRefused
        DATE_ORDER_INCONSISTENT.
    """
    code = "DATE_ORDER_INCONSISTENT"
    order = source.date_order
    example = None
    told = False
    for text in texts:
        parts = read_date_components(text)
        if parts is None or order == "ymd":
            continue
        first, other, year = parts
        if order is None:
            raise FileRefused(
                code,
                f"dates such as {text.strip()[:20]!r} can be read two ways; declare `date_order`: dmy or mdy",
            )
        day, month = (first, other) if order == "dmy" else (other, first)
        if month > 12 >= day:
            raise FileRefused(
                code,
                f"{text.strip()[:20]!r} contradicts the declared date_order {order}; is it the other one?",
            )
        example = example or text.strip()[:20]
        told = told or day > 12 or _is_after(year, day, month, source.exported_on)
    if example and must_be_told and not told:
        raise FileRefused(
            code,
            f"no date of the file tells {order} from the other order ({example!r}); export a period with a day "
            "after the 12th of a month",
        )


def _is_after(year: int, month: int, day: int, limit: dt.date) -> bool:
    try:
        return dt.date(year, month, day) > limit + dt.timedelta(days=1)
    except ValueError:
        return False
