"""Mastodon: statuses as the API gives them, and the outbox of an account's archive."""

import datetime as dt
import gzip
import re
import zlib
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.records import as_text, dig, stage, stage_time, write_raw
from roeptoeter.sources.staging import Capabilities, FileRefused, Format
from roeptoeter.sources.values import (
    clean_text,
    open_bytes,
    parse_json,
    parse_time,
    read_json_records,
    split_array,
)

_KEPT = ("public", "unlisted")
_PUBLIC = {"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_FIRST_SERVER = dt.datetime(2016, 3, 1, tzinfo=dt.UTC)

#: How far into an outbox its list may begin, bytes.
_LONGEST_HEAD = 1 << 20


# --------------------------------------------------------------------------------------------------- API


class _Parent(NamedTuple):
    message_id: str | None
    account_id: str | None
    created_at: dt.datetime | None


def read_api(path: Path, source: Source) -> Iterator[dict]:
    """Read statuses: arrays (pages), arrays of arrays, JSON lines of statuses or of pages, answers of `context`.

    Parameters
    ----------
    path : pathlib.Path
        Plain or .gz.
    source : Source

    Yields
    ------
    dict
        Staged messages. Pages that overlap give the same status twice; the checks take one out.

    Raises
    ------
    FileRefused
        See `read_json_records`.

    Notes
    -----
    The file is read three times: for the ids of the statuses replied to, for who wrote those among them that are
    in the file, and for the rows. Between the readings only these ids, accounts and times are kept.

    The server does not say who wrote the status replied to: within an account's own thread it repeats the account
    that the thread answers. So its own id means a reply to itself; another id means something only if the status
    replied to is in the file, else the target stays unknown.
    """
    parents = _find_parents(path)
    for row, (status, raw) in enumerate(_read_statuses(path), start=1):
        convert = partial(_convert_status, parents=parents, source=source)
        yield stage(row, status, raw if _is_open(status) else None, convert)


def _read_statuses(path: Path) -> Iterator[tuple[Any, str | None]]:
    for _, record, raw in read_json_records(path):
        if isinstance(record, list):
            pages = [record]
        else:
            pages = [dig(record, key) for key in ("statuses", "ancestors", "descendants")]
            pages = [page for page in pages if isinstance(page, list)]
        if pages:
            for status in (status for page in pages for status in page):
                yield status, write_raw(status)
        else:
            yield record, raw


def _find_parents(path: Path) -> dict[str, _Parent]:
    wanted = {as_text(dig(status, "in_reply_to_id")) for status, _ in _read_statuses(path)}
    wanted.discard(None)
    parents: dict[str, _Parent] = {}
    if not wanted:
        return parents
    for status, _ in _read_statuses(path):
        # what was boosted or quoted stands there in full, and may have been replied to
        for known in (status, dig(status, "reblog"), dig(status, "quote", "quoted_status")):
            local_id = as_text(dig(known, "id"))
            if local_id in wanted:
                parents[local_id] = _Parent(
                    as_text(known.get("uri")),
                    _name_account(known.get("account")),
                    parse_time(as_text(known.get("created_at"))).at,
                )
    return parents


def _is_open(status: Any) -> bool:
    parts = [status, reblog] if (reblog := dig(status, "reblog")) else [status]
    return all(dig(part, "visibility") in _KEPT for part in parts)


def _convert_status(status: Any, parents: dict[str, _Parent], source: Source) -> dict:
    if not isinstance(status, dict) or not {"account", "visibility", "content"} & status.keys():
        return {"problem": "UNKNOWN_RECORD_TYPE"}
    if not isinstance(status.get("visibility"), str):
        return {"problem": "REQUIRED_NULL", "problem_field": "visibility"}
    if not _is_open(status):
        return {"problem": "EXCLUDED_NON_PUBLIC"}
    account, reblog = status.get("account"), status.get("reblog")
    staged = {
        "message_id": as_text(status.get("uri")),
        "account_id": _name_account(account),
        "account_handle": as_text(dig(account, "acct")),
        "id_clock_at": _read_id_clock(status),
        "visibility": status["visibility"],
        "language": as_text(status.get("language")),
        "metrics_at": source.exported_at,
        "author_followers": as_text(dig(account, "followers_count")),
        **stage_time(status.get("created_at"), "created_at"),
    }
    if "problem" in staged:
        return staged
    if status.get("edited_at"):
        staged["flags"] = [*staged["flags"], "EDITED_LATER"]
    if reblog:
        return staged | {"is_repost": True, "reposted_message_id": as_text(dig(reblog, "uri"))}
    content = status.get("content")
    return (
        staged
        | {
            "is_repost": False,
            "text": clean_text(content, is_html=True) if isinstance(content, str) else None,
            "quoted_message_id": _find_quoted(status.get("quote")),
            "reactions": as_text(status.get("favourites_count")),
            "comments": as_text(status.get("replies_count")),
            "shares": as_text(status.get("reblogs_count")),
            "quotes": as_text(status.get("quotes_count")),
        }
        | _find_target(status, parents)
    )


def _find_target(status: dict, parents: dict[str, _Parent]) -> dict:
    """Tell whom a status replies to, where that can be told; see `read_api`."""
    local_id = as_text(status.get("in_reply_to_id"))
    named = as_text(status.get("in_reply_to_account_id"))
    # a parent that was deleted leaves its account behind, and the other way round
    if local_id is None and named is None:
        return {"reply_known": False}
    parent = parents.get(local_id)
    if parent is not None:
        return {
            "reply_known": True,
            "in_reply_to_message_id": parent.message_id or local_id,
            "in_reply_to_account_id": parent.account_id,
            "parent_account_id": parent.account_id,
            "parent_created_at": parent.created_at,
        }
    is_own = named is not None and named == as_text(dig(status, "account", "id"))
    return {
        "reply_known": True,
        "in_reply_to_message_id": local_id,
        "in_reply_to_account_id": _name_account(status["account"]) if is_own else None,
    }


def _name_account(account: Any) -> str | None:
    # servers before 4.2 give no uri; the numbers are each server's own
    return as_text(dig(account, "uri")) or as_text(dig(account, "url"))


def _find_quoted(quote: Any) -> str | None:
    return as_text(dig(quote, "quoted_status", "uri")) or as_text(dig(quote, "quoted_status_id"))


def _read_id_clock(status: dict) -> dt.datetime | None:
    """Return when the server made the id, for statuses written on it; others may arrive years later."""
    local_id, handle = as_text(status.get("id")), as_text(dig(status, "account", "acct"))
    if handle is None or "@" in handle or not re.fullmatch("[0-9]{17,19}", local_id or ""):
        return None
    at = _EPOCH + dt.timedelta(milliseconds=int(local_id) >> 16)
    return at if at >= _FIRST_SERVER else None


# ------------------------------------------------------------------------------------------------ outbox


def read_outbox(path: Path, source: Source) -> Iterator[dict]:
    """Read the activities of `outbox.json`, cutting its list in pieces without holding it in memory.

    Parameters
    ----------
    path : pathlib.Path
        Plain or .gz. An `actor.json` beside it tells the handle.
    source : Source
        Its `account_id` stands in where neither the activity nor `actor.json` names the account.

    Yields
    ------
    dict
        Staged messages. Of what is not public, or may be, nothing is handed on but the number of its row.

    Raises
    ------
    FileRefused
        FORMAT_INVALID: no list `orderedItems` within the first megabyte, or a damaged .gz; ENCODING_INVALID.
    """
    actor = _read_actor(path)
    for row, raw in enumerate(_split_outbox(path), start=1):
        activity = parse_json(raw)
        is_open = _find_audience(activity) in _KEPT
        convert = partial(_convert_activity, actor=actor, source=source)
        yield stage(row, activity, raw.decode("utf-8", "replace") if is_open else None, convert)


def count_outbox(path: Path, source: Source) -> int | None:
    """Return the number of items that an outbox states before its list, or None.

    Good files are known to be off by a few per cent: a difference is worth a warning, no more.
    """
    try:
        with open_bytes(path) as stream:
            head = stream.read(_LONGEST_HEAD).partition(b'"orderedItems"')[0]
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return None
    stated = re.search(rb'"totalItems"\s*:\s*([0-9]{1,18})', head)
    return int(stated[1]) if stated else None


def _read_actor(path: Path) -> dict:
    beside = path.with_name("actor.json")
    actor = parse_json(beside.read_bytes()) if beside.is_file() else None
    return actor if isinstance(actor, dict) else {}


def _split_outbox(path: Path) -> Iterator[bytes]:
    try:
        with open_bytes(path) as stream:
            head = stream.read(_LONGEST_HEAD)
            if head.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise FileRefused("ENCODING_INVALID", "is UTF-16; JSON is UTF-8: save it as UTF-8")
            begin = re.search(rb'"orderedItems"\s*:\s*\[', head)
            if begin is None:
                raise FileRefused(
                    "FORMAT_INVALID",
                    "has no list `orderedItems`; is it the outbox.json of an archive?",
                )
            items = split_array(stream, head[begin.end() - 1 :])
            for item in items:
                if item.startswith((b"}", b",", b'"')):
                    yield from _check_end(item, items)
                else:
                    yield item
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FileRefused(
            "FORMAT_INVALID", "the compressed file is cut or damaged; copy it again"
        ) from None


def _check_end(item: bytes, items: Iterator[bytes]) -> Iterator[bytes]:
    """Pass over what properly closes the outbox after its list; anything else is records, if broken ones."""
    if parse_json(item) is not None:
        yield item
        return
    rest = [item, *islice(items, 20)]
    # the splitter may keep or drop the commas between the keys that follow
    end = b"".join(part if part.startswith((b"}", b",")) else b"," + part for part in rest)
    if not isinstance(parse_json(b'{"orderedItems":[]' + end), dict):
        yield from rest


def _find_audience(activity: Any) -> str | None:
    """Return "public", "unlisted" or "private"; None where neither the activity nor its object tells."""
    found = []
    for part in (activity, dig(activity, "object")):
        to, cc = _list_texts(dig(part, "to")), _list_texts(dig(part, "cc"))
        if to or cc:
            is_public, is_unlisted = not _PUBLIC.isdisjoint(to), not _PUBLIC.isdisjoint(cc)
            found.append("public" if is_public else "unlisted" if is_unlisted else "private")
    # if the two differ, the narrower holds
    return max(found, key=("public", "unlisted", "private").index, default=None)


def _list_texts(entry: Any) -> set[str]:
    entries = entry if isinstance(entry, list) else [entry]
    return {text for text in entries if isinstance(text, str)}


def _convert_activity(activity: Any, actor: dict, source: Source) -> dict:
    if dig(activity, "type") not in ("Create", "Announce"):
        return {"problem": "UNKNOWN_RECORD_TYPE"}
    audience = _find_audience(activity)
    if audience is None:
        return {"problem": "REQUIRED_NULL", "problem_field": "to"}
    if audience not in _KEPT:
        return {"problem": "EXCLUDED_NON_PUBLIC"}
    note = activity.get("object")
    account_id = (
        as_text(activity.get("actor")) or as_text(actor.get("id")) or as_text(source.account_id)
    )
    staged = {
        "account_id": account_id,
        "account_handle": (
            as_text(actor.get("preferredUsername")) if account_id == actor.get("id") else None
        ),
        "visibility": audience,
    }
    if activity["type"] == "Announce":
        return staged | {
            "message_id": as_text(activity.get("id")),
            "is_repost": True,
            "reposted_message_id": as_text(note) or as_text(dig(note, "id")),
            **stage_time(activity.get("published"), "published"),
        }
    if not isinstance(note, dict):
        return {"problem": "UNKNOWN_RECORD_TYPE", "problem_field": "object"}
    content, languages = note.get("content"), note.get("contentMap")
    staged |= {
        "message_id": as_text(note.get("id")),
        "is_repost": False,
        "conversation_id": as_text(note.get("conversation")),
        "quoted_message_id": as_text(note.get("quote")) or as_text(note.get("quoteUri")),
        "text": clean_text(content, is_html=True) if isinstance(content, str) else None,
        "language": next(iter(languages)) if isinstance(languages, dict) and len(languages) == 1 else None,
        **_find_outbox_target(note.get("inReplyTo"), account_id),
        **stage_time(note.get("published") or activity.get("published"), "published"),
    }  # fmt: skip
    if note.get("updated") and "flags" in staged:
        staged["flags"] = [*staged["flags"], "EDITED_LATER"]
    return staged


def _find_outbox_target(entry: Any, account_id: str | None) -> dict:
    """Tell whom an activity replies to, by the address of what it replies to."""
    if not entry:
        return {"reply_known": False}
    address = as_text(entry) or as_text(dig(entry, "id"))
    target = None
    if address and account_id:
        server = re.match("https?://[^/]+/", address)
        if address.startswith(account_id + "/"):
            target = account_id
        elif named := re.match(r"(https?://\S+)/statuses/[^/]+$", address):
            target = named[1]
        elif server and not account_id.startswith(server[0]):
            # addresses of other software do not name the account; that it is another one is certain
            target = server[0]
    return {
        "reply_known": True,
        "in_reply_to_message_id": address,
        "in_reply_to_account_id": target,
    }


_NO_DIRECTED = "a message that begins with a mention but answers no message is a post here"
_NO_REACH = "Mastodon counts neither views nor reach"

FORMATS: tuple[Format, ...] = (
    Format(
        name="mastodon-api",
        title="Mastodon API, statuses of accounts",
        yields="messages",
        verified=True,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="yes",
            self_replies="conditional",
            parents="conditional",
            reposts="yes",
            followers="yes",
            reach="no",
            interactions="yes",
            reasons={
                "self_replies": "within an account's own thread the server names the account that the thread answers, "
                "so a reply is told from a reply to oneself only where the status replied to is in the same file",
                "replies": _NO_DIRECTED,
                "parents": "only for replies to statuses that are in the same file; the API gives the others separately",
                "followers": "at the time of collection, not of posting",
                "reach": _NO_REACH,
            },
        ),
        needs=(),
        suffixes=(".json", ".jsonl", ".ndjson"),
        read=read_api,
        followers_basis="at_collection",
    ),
    Format(
        name="mastodon-outbox",
        title="Mastodon archive, outbox.json",
        yields="messages",
        verified=True,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="yes",
            self_replies="yes",
            parents="conditional",
            reposts="yes",
            followers="no",
            reach="no",
            interactions="no",
            reasons={
                "replies": _NO_DIRECTED,
                "parents": "the archive holds the account's own messages only; the time of what it replies to is known "
                "only where another file of the study has it",
                "followers": "the archive does not count followers",
                "reach": _NO_REACH,
                "interactions": "the archive does not count favourites, boosts and replies",
            },
        ),
        needs=(),
        suffixes=(".json",),
        read=read_outbox,
        expected_count=count_outbox,
    ),
)
