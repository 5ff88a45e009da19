"""Hootsuite: reports of posts that were sent, and of messages that came in."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

from roeptoeter.sources.staging import Capabilities, FileRefused, Format
from roeptoeter.sources.tables import (
    check_date_order,
    find_columns,
    load_headers,
    open_table,
    stage_rows,
)
from roeptoeter.sources.values import clean_text, parse_count, parse_time, read_cell

_PLACEHOLDER = "(Post with no description)"
_COUNTS = ("reactions", "comments", "shares", "views", "reach", "clicks")

#: The name of a report ends in the time at which it was made, in UTC: created_on_20190112T0507Z.
_MADE = re.compile(r"created_on_(\d{8}T\d{4})Z")

#: What a type of received messages is; any other is a record of another kind.
_RECEIVED = {"received comment", "received post"}
_PRIVATE = "private message"


def _read_posts(path: Path, source) -> Iterator[dict]:
    yield from _read(path, source, "hootsuite-posts", _stage_post)


def _read_inbound(path: Path, source) -> Iterator[dict]:
    if source.direction != "received":
        raise FileRefused(
            "FORMAT_INVALID", "holds received messages; declare `direction: received`"
        )
    yield from _read(path, source, "hootsuite-inbound", _stage_received)


def _read(path: Path, source, kind_name: str, stage) -> Iterator[dict]:
    kind = load_headers()[kind_name]
    required = ["message_id", "created_at", *(["type"] if "type" in kind.columns else [])]
    table = open_table(path, source)
    columns = find_columns(table.header, kind.columns, required)
    position = columns["created_at"]
    dates = (row.cells[position] for row in open_table(path, source).rows if not row.fault)
    check_date_order(dates, source)
    made = _MADE.search(path.name)
    metrics_at = None
    if made:
        metrics_at = dt.datetime.strptime(made[1], "%Y%m%dT%H%M").replace(tzinfo=dt.UTC)
    yield from stage_rows(
        table,
        lambda cells: stage(cells, columns, source) | {"metrics_at": metrics_at},
        kind.dropped,
    )


def _stage_post(cells: list[str], columns: dict[str, int], source) -> dict:
    message = read_cell(cells[columns["message_id"]])
    staged = _stage_common(cells, columns, source)
    for name in _COUNTS:
        if name in columns:
            staged[name], is_bad = parse_count(
                cells[columns[name]], source.decimal_mark, source.thousands_mark
            )
            if is_bad:
                staged["flags"].append("COUNT_BAD")
    account, underscore, _ = (message or "").partition("_")
    handle = read_cell(cells[columns["account_handle"]]) if "account_handle" in columns else None
    return staged | {"account_id": account if underscore else None, "account_handle": handle}


def _stage_received(cells: list[str], columns: dict[str, int], source) -> dict:
    kind = cells[columns["type"]].strip().lower()
    if _PRIVATE in kind:
        return {"problem": "EXCLUDED_NON_PUBLIC"}
    if kind not in _RECEIVED:
        return {"problem": "UNKNOWN_RECORD_TYPE", "problem_field": "type"}
    # the sender's name is not read, and there is no other trace of who wrote
    return _stage_common(cells, columns, source) | {
        "direction": "received",
        "account_id": "not identified",
    }


def _stage_common(cells: list[str], columns: dict[str, int], source) -> dict:
    # that the column is in GMT stands in its header
    created = parse_time(cells[columns["created_at"]], order=source.date_order, zone="UTC")
    text = clean_text(cells[columns["text"]]) if "text" in columns else None
    return {
        "problem": created.problem,
        "problem_field": "created_at" if created.problem else None,
        "flags": [],
        "message_id": read_cell(cells[columns["message_id"]]),
        "created_at": created.at,
        "created_at_precision": created.precision,
        "created_at_source": "explicit" if created.at else None,
        "text": None if text == _PLACEHOLDER else text,
    }


_NO_REPLIES = {
    "replies": "Hootsuite's report of posts holds no replies",
    "self_replies": "Hootsuite's report of posts holds no replies",
    "parents": "Hootsuite does not say which message was answered",
    "reposts": "Hootsuite does not mark reposts",
    "followers": "Hootsuite gives followers summed over pages only",
}

FORMATS = (
    Format(
        name="hootsuite-posts",
        title="Hootsuite, performance of posts",
        yields="messages",
        verified=True,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="no",
            self_replies="no",
            parents="no",
            reposts="no",
            followers="no",
            reach="conditional",
            interactions="yes",
            reasons=_NO_REPLIES | {"reach": "where the report has the column Reach"},
        ),
        needs=(),
        suffixes=(".csv", ".tsv", ".xlsx", ".xls"),
        read=_read_posts,
        row_cap=10_000,
    ),
    Format(
        name="hootsuite-inbound",
        title="Hootsuite, received messages",
        yields="messages",
        # which kinds of messages there are is known from real files, the names of most columns are not
        verified=False,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="no",
            self_replies="no",
            parents="no",
            reposts="no",
            followers="no",
            reach="no",
            interactions="no",
            reasons=_NO_REPLIES
            | {
                "replies": "the report holds received messages only",
                "self_replies": "the report holds received messages only",
                "parents": "the report holds neither answers nor ids of the messages answered",
                "reach": "the report holds received messages only",
                "interactions": "the report holds received messages only",
            },
        ),
        needs=("organisation",),
        suffixes=(".csv", ".tsv", ".xlsx", ".xls"),
        read=_read_inbound,
        row_cap=10_000,
    ),
)
