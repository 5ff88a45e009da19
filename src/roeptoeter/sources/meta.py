"""Meta Business Suite: posts of a page or an Instagram account, and the history of its number of followers."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import orjson

from roeptoeter.sources.staging import Capabilities, FileRefused, Format
from roeptoeter.sources.tables import (
    BrokenRow,
    check_date_order,
    find_columns,
    load_headers,
    match_key,
    open_table,
    read_rows,
    stage_rows,
)
from roeptoeter.sources.values import clean_text, open_bytes, parse_count, parse_time, read_cell

_COUNTS = ("reactions", "comments", "shares", "views", "reach", "clicks")


# --------------------------------------------------------------------------------------------------- posts


def _read_posts(path: Path, source) -> Iterator[dict]:
    kind = load_headers()[
        "meta-posts-instagram" if source.platform == "instagram" else "meta-posts"
    ]
    table = open_table(path, source)
    columns = find_columns(table.header, kind.columns, ["post_id", "account_id", "created_at"])
    position = columns["created_at"]
    check_date_order(
        (row.cells[position] for row in open_table(path, source).rows if not row.fault), source
    )
    yield from stage_rows(table, lambda cells: _stage_post(cells, columns, source))


def _stage_post(cells: list[str], columns: dict[str, int], source) -> dict:
    def get(name: str) -> str | None:
        return cells[columns[name]] if name in columns else None

    flags: set[str] = set()
    counts = {}
    for name in (*_COUNTS, "boosted_views"):
        counts[name], is_bad = parse_count(get(name), source.decimal_mark, source.thousands_mark)
        if is_bad:
            flags.add("COUNT_BAD")
    boosted = counts.pop("boosted_views")
    account, post = read_cell(get("account_id")), read_cell(get("post_id"))
    if account and post and source.platform == "facebook" and "_" not in post:
        post = f"{account}_{post}"
    created = parse_time(get("created_at"), order=source.date_order, zone=source.time_zone)
    texts = [
        text
        for text in (clean_text(get("title")), clean_text(get("description")))
        if text is not None
    ]
    return {
        "problem": created.problem,
        "problem_field": "created_at" if created.problem else None,
        "flags": sorted(flags.union(created.flags)),
        "message_id": post,
        "account_id": account,
        "account_handle": read_cell(get("account_handle")),
        "created_at": created.at,
        "created_at_precision": created.precision,
        "created_at_source": created.source,
        "is_repost": (get("is_share") or "").strip().lower() in {"1", "true"},
        "text": max(texts, key=len, default=None),
        **counts,
        "promoted": None if boosted is None else int(boosted) > 0,
    }


# ----------------------------------------------------------------------------------------------- followers


def _read_followers(path: Path, source) -> Iterator[dict]:
    """Read a daily series of followers, in either of its two layouts.

    One has a line with the metric's name, a header and dates with year; the other has dates such as "August 18" below
    its header or from the first row, and needs the declared year.
    """
    known = load_headers()["meta-followers"].columns
    rows = read_rows(path, source, encoding=_find_encoding(path, source))
    keys = {name: {match_key(alias) for alias in aliases} for name, aliases in known.items()}
    number, last, begun = 0, None, False
    for cells in rows:
        if isinstance(cells, BrokenRow):
            number += 1
            yield _fault(number, [str(cells)], "ROW_WIDTH", None)
            continue
        filled = [cell for cell in cells if cell.strip()]
        if not filled:
            continue
        if not begun and len(filled) == 1:
            if match_key(filled[0]) not in keys["total"]:
                raise FileRefused(
                    "FORMAT_INVALID",
                    "is a series of another metric; only a total of followers can be used, not what came or went on a "
                    f"day; known: {', '.join(known['total'])}",
                )
            continue
        if not begun and match_key(cells[0]) in keys["date"]:
            begun = True
            continue
        begun = True
        if match_key(cells[0]) in keys["date"] or filled[0].lower().startswith("sep="):
            raise FileRefused(
                "FORMAT_INVALID", "holds several tables one below the other; export one of them"
            )
        number += 1
        if len(cells) < 2 and filled[0].strip() != "undefined":
            yield _fault(number, cells, "ROW_WIDTH", None)
            continue
        if filled[0].strip() == "undefined":
            yield _fault(number, cells, "REQUIRED_NULL", "observed_at")
            continue
        day = _read_day(cells[0], source, last, number)
        if day is None:
            yield _fault(number, cells, "TIMESTAMP_UNPARSEABLE", "observed_at")
            continue
        last = day
        digits, _ = parse_count(cells[1], source.decimal_mark, source.thousands_mark)
        if digits is None:
            # the count is all that such a row has: without a usable one nothing is left to keep
            yield _fault(number, cells, "REQUIRED_NULL", "followers")
            continue
        yield {
            "source_row": number,
            "raw": orjson.dumps(cells).decode(),
            "account_id": source.account_id,
            "platform": source.platform,
            "observed_at": dt.datetime.combine(day, dt.time(), dt.UTC),
            "observed_precision": "day",
            "followers": int(digits),
            "followers_kind": "followers",
            "basis": "daily_series",
        }


def _find_encoding(path: Path, source) -> str | None:
    """Return utf-16 where nothing is declared and the file begins with its mark: both layouts belong to the format."""
    with open_bytes(path) as stream:
        return "utf-16" if stream.read(2) in (b"\xff\xfe", b"\xfe\xff") else None


def _read_day(text: str, source, last: dt.date | None, number: int) -> dt.date | None:
    parsed = parse_time(text, order=source.date_order, zone="UTC")
    if parsed.at is not None:
        return parsed.at.date()
    if parse_time(f"{text.strip()}, 2000").at is None:
        return None
    if source.year is None:
        raise FileRefused(
            "FORMAT_INVALID", "its dates have no year; declare `year`, that of the first row"
        )
    year = source.year if last is None else last.year
    # a year later only over the turn of the year: a step back elsewhere means another order, or another year
    if last is not None and last.month == 12 and parse_time(f"{text.strip()}, 2000").at.month == 1:
        year += 1
    parsed = parse_time(f"{text.strip()}, {year}")
    if parsed.at is None:
        raise FileRefused(
            "FORMAT_INVALID", f"{text.strip()!r} does not exist in {year}; is `year` right?"
        )
    day = parsed.at.date()
    if last is not None and day <= last:
        raise FileRefused(
            "FORMAT_INVALID",
            f"its dates step back at record {number}; without years they must ascend",
        )
    if day > source.exported_on + dt.timedelta(days=1):
        raise FileRefused(
            "FORMAT_INVALID", f"{text.strip()!r} of {year} lies after the export; is `year` right?"
        )
    return day


def _fault(number: int, cells: list[str], code: str, field: str | None) -> dict:
    return {
        "source_row": number,
        "problem": code,
        "problem_field": field,
        "raw": orjson.dumps(cells).decode(),
    }


_NOT_MARKED = "Meta Business Suite exports the posts of a page, not its replies to others"

FORMATS = (
    Format(
        name="meta-posts",
        title="Meta Business Suite, posts",
        yields="messages",
        verified=True,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="no",
            self_replies="no",
            parents="no",
            reposts="conditional",
            followers="no",
            reach="yes",
            interactions="yes",
            reasons={
                "replies": _NOT_MARKED,
                "self_replies": _NOT_MARKED,
                "parents": _NOT_MARKED,
                "reposts": "where the export has the column Is share, as that of a Facebook page has",
                "followers": "Meta Business Suite exports followers in a file of its own",
            },
        ),
        needs=("time_zone", "date_order"),
        suffixes=(".csv",),
        read=_read_posts,
    ),
    Format(
        name="meta-followers",
        title="Meta Business Suite, number of followers by day",
        yields="account_snapshots",
        verified=True,
        capabilities=None,
        needs=("account_id",),
        suffixes=(".csv",),
        read=_read_followers,
    ),
)
