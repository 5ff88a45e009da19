"""A table of accounts: who had how many followers when, by columns that a person declares.

For what a tool's list of accounts, a look-up of profiles or a spreadsheet kept by hand says. A row is a
snapshot: the account was there at that moment, whether or not its followers are known.
"""

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
from roeptoeter.sources.values import parse_count, parse_time, read_cell

_COUNTS = ("followers", "following", "messages_total")

#: What a column may be declared to be.
COLUMNS = ("account_id", "observed_at", "followers_kind", *_COUNTS)

#: What a number of followers may be a number of.
FOLLOWERS_KINDS = ("followers", "page_likes", "subscribers", "members")


def read_account_table(path: Path, source) -> Iterator[dict]:
    """Read a table of accounts by its declared columns.

    Parameters
    ----------
    path : pathlib.Path
    source : Source
        With `columns`: `account_id` (unless declared for the whole file) and `observed_at`, and of followers,
        following, messages_total and followers_kind those that the file has. Without followers_kind they are
        followers; `values` may translate its words.

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
    position = columns["observed_at"]
    dates = (row.cells[position] for row in open_table(path, source).rows if not row.fault)
    check_date_order(dates, source)
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
    return {
        "problem": seen.problem,
        "problem_field": "observed_at" if seen.problem else None,
        "flags": sorted({*flags, *seen.flags}),
        "account_id": read_cell(cells[columns["account_id"]]) if "account_id" in columns else None,
        "observed_at": seen.at,
        "observed_precision": seen.precision,
        "followers_kind": kind,
        "basis": "profile",
        **counts,
    }


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
