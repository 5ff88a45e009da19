"""A table of accounts: who had how many followers when, by columns that a person declares.

For what a tool's list of accounts, a look-up of profiles or a spreadsheet kept by hand says. A row is a
snapshot: the account was there at that moment, whether or not its followers are known.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from roeptoeter.sources.staging import FileRefused, Format
from roeptoeter.sources.tables import (
    check_date_order,
    clean_header,
    find_columns,
    open_table,
    stage_rows,
)
from roeptoeter.sources.values import ParsedTime, parse_count, parse_time, read_cell

_COUNTS = ("followers", "following", "messages_total")
_TIMES = ("observed_at", "last_message_at")

#: What a column may be declared to be.
COLUMNS = ("account_id", "account_handle", *_TIMES, "followers_kind", *_COUNTS)

#: What a number of followers may be a number of.
FOLLOWERS_KINDS = ("followers", "page_likes", "subscribers", "members")


def read_account_table(path: Path, source) -> Iterator[dict]:
    """Read a table of accounts by its declared columns.

    Parameters
    ----------
    path : pathlib.Path
    source : Source
        With `columns`: `account_id` (unless declared for the whole file) and `observed_at`, and of followers,
        following, messages_total, last_message_at, account_handle and followers_kind those that the file has. Without
        followers_kind they are followers; `values` may translate its words. last_message_at is when the account
        last sent a message, a time or a day; a handle helps the account map and is not kept.

    Yields
    ------
    dict
        Staged snapshots.

    Raises
    ------
    FileRefused
        FORMAT_INVALID for a name or word of the declaration that nobody knows; REQUIRED_COLUMN_MISSING for a declared
        column that is not there, or none for the account or the time; DATE_ORDER_INCONSISTENT.
    """
    kinds = _check_declaration(source)
    table = open_table(path, source)
    names = {name: [column] for name, column in source.columns.items()}
    columns = find_columns(table.header, names, names)
    positions = [columns[name] for name in _TIMES if name in columns]
    rows = (row.cells for row in open_table(path, source).rows if not row.fault)
    check_date_order((cells[position] for cells in rows for position in positions), source)
    yield from stage_rows(table, lambda cells: _stage(cells, columns, source, kinds))


def _check_declaration(source) -> dict[str, str]:
    """Return the declared words for kinds of followers, in small letters, with ours among them."""
    for name in source.columns:
        if name not in COLUMNS:
            raise FileRefused(
                "FORMAT_INVALID",
                f"columns: {name} is no name of ours here; known: {', '.join(COLUMNS)}",
            )
    for name in ("observed_at", *(() if source.account_id else ("account_id",))):
        if name not in source.columns:
            raise FileRefused("REQUIRED_COLUMN_MISSING", f"`columns` names no column for {name}")
    words = source.values.get("followers_kind", {})
    wrong = sorted({*words.values()} - {*FOLLOWERS_KINDS}) or sorted(
        {*source.values} - {"followers_kind"}
    )
    if wrong:
        raise FileRefused(
            "FORMAT_INVALID",
            f"values: {', '.join(wrong)} is not known; followers_kind becomes {', '.join(FOLLOWERS_KINDS)}",
        )
    told = {clean_header(word).casefold(): ours for word, ours in words.items()}
    return {kind: kind for kind in FOLLOWERS_KINDS} | told


def _stage(cells: list[str], columns: dict[str, int], source, kinds: dict[str, str]) -> dict:
    flags, counts = [], {}
    for name in _COUNTS:
        cell = cells[columns[name]] if name in columns else None
        digits, is_bad = parse_count(cell, source.decimal_mark, source.thousands_mark)
        counts[name] = None if digits is None else int(digits)
        if is_bad:
            flags.append("COUNT_BAD")
    kind = "followers"
    if "followers_kind" in columns:
        word = clean_header(cells[columns["followers_kind"]]).casefold()
        if word not in kinds:
            return {"problem": "UNKNOWN_RECORD_TYPE", "problem_field": "followers_kind"}
        kind = kinds[word]
    seen = parse_time(cells[columns["observed_at"]], order=source.date_order, zone=source.time_zone)
    last = _read_last_message(cells, columns, source, seen)
    found = {"observed_at": seen.problem, "last_message_at": last.problem}
    field = next((name for name, problem in found.items() if problem), None)
    return {
        "problem": found.get(field),
        "problem_field": field,
        "flags": sorted({*flags, *seen.flags}),
        "account_id": read_cell(cells[columns["account_id"]]) if "account_id" in columns else None,
        "account_handle": (
            read_cell(cells[columns["account_handle"]]) if "account_handle" in columns else None
        ),
        "observed_at": seen.at,
        "observed_precision": seen.precision,
        "followers_kind": kind,
        "last_message_at": last.at,
        "basis": "profile",
        **counts,
    }


def _read_last_message(
    cells: list[str], columns: dict[str, int], source, seen: ParsedTime
) -> ParsedTime:
    """Read when the account last sent a message; an empty cell says nothing, and so does a column that is not there."""
    cell = read_cell(cells[columns["last_message_at"]]) if "last_message_at" in columns else None
    if cell is None:
        return ParsedTime()
    last = parse_time(cell, order=source.date_order, zone=source.time_zone)
    # one of the two may be a day, whose time is its midnight
    if last.at and seen.at and last.at >= seen.at + dt.timedelta(days=1):
        return ParsedTime(problem="TIMESTAMP_RANGE")
    return last


FORMATS = (
    Format(
        name="account-table",
        title="A table of accounts and their followers, with declared columns",
        yields="account_snapshots",
        verified=False,
        capabilities=None,
        needs=("columns",),
        suffixes=(".csv", ".tsv", ".txt", ".xls", ".xlsx"),
        read=read_account_table,
    ),
)
