"""Bluesky: author feeds as the API gives them, and the repository (CAR) of an account."""

import datetime as dt
import gzip
import re
import unicodedata
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.records import as_text, dig, stage, stage_time, write_raw
from roeptoeter.sources.staging import Capabilities, FileRefused, Format
from roeptoeter.sources.values import open_bytes, parse_time, read_json_records

_POST, _REPOST = "app.bsky.feed.post", "app.bsky.feed.repost"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
_TID = re.compile("[234567a-j][234567a-z]{12}")
_BACKDATED = dt.timedelta(days=1)


# ------------------------------------------------------------------------------------------- author feed


def read_author_feed(path: Path, source: Source) -> Iterator[dict]:
    """Read the items of author feeds: pages with `feed`, arrays of items or pages, or JSON lines of either.

    Parameters
    ----------
    path : pathlib.Path
        Plain or .gz.
    source : Source

    Yields
    ------
    dict
        Staged messages, in the order of the file. A pinned post stands in it twice, and so do posts where pages
        overlap; the checks take one out.

    Raises
    ------
    FileRefused
        See `read_json_records`.

    Notes
    -----
    The time of a post is its author's claim; where the server saw the post earlier, the server's time holds. A
    repost has no time of its own but the server's.
    """
    for row, (item, raw) in enumerate(_read_items(path), start=1):
        yield stage(row, item, raw, partial(_convert_item, source=source))


def _read_items(path: Path) -> Iterator[tuple[Any, str | None]]:
    for _, record, raw in read_json_records(path):
        page = record if isinstance(record, list) else dig(record, "feed")
        if isinstance(page, list):
            for item in page:
                yield item, write_raw(item)
        else:
            yield record, raw


def _convert_item(item: Any, source: Source) -> dict:
    post = dig(item, "post")
    if not isinstance(post, dict):
        return {"problem": "UNKNOWN_RECORD_TYPE"}
    reason = item.get("reason")
    if (as_text(dig(reason, "$type")) or "").endswith("#reasonRepost"):
        return _convert_feed_repost(post, reason, source)
    record, reply = post.get("record"), item.get("reply")
    staged = {
        "message_id": as_text(post.get("uri")),
        "account_id": as_text(dig(post, "author", "did")),
        "account_handle": as_text(dig(post, "author", "handle")),
        "metrics_at": source.exported_at,
        "reactions": as_text(post.get("likeCount")),
        "comments": as_text(post.get("replyCount")),
        "shares": as_text(post.get("repostCount")),
        "quotes": as_text(post.get("quoteCount")),
        **_convert_post(record, as_text(post.get("uri"))),
    }
    if "created_at" in staged:
        claimed = staged["created_at"]
        staged["created_at"] = _take_earlier(claimed, post.get("indexedAt"))
        indexed = parse_time(as_text(post.get("indexedAt"))).at
        if indexed is not None and abs(indexed - claimed) > _BACKDATED:
            staged["flags"] = [*staged["flags"], "TIMESTAMP_BACKDATED"]
    parent = dig(reply, "parent")
    if staged.get("reply_known") and isinstance(parent, dict):
        _add_parent(staged, parent)
    return staged


def _convert_feed_repost(post: dict, reason: dict, source: Source) -> dict:
    account_id, original = as_text(dig(reason, "by", "did")), as_text(post.get("uri"))
    message_id = as_text(reason.get("uri"))
    if message_id is None and account_id and original:
        # older servers do not tell the address of the repost itself
        message_id = f"repost:{account_id}:{original}"
    return {
        "message_id": message_id,
        "account_id": account_id,
        "account_handle": as_text(dig(reason, "by", "handle")),
        "is_repost": True,
        "reposted_message_id": original,
        "visibility": "public",
        "metrics_at": source.exported_at,
        **stage_time(reason.get("indexedAt"), "reason.indexedAt"),
    }


def _add_parent(staged: dict, parent: dict) -> None:
    """Take over what the feed shows of the post replied to; of a missing or blocked one only its address."""
    address = as_text(parent.get("uri"))
    if staged["in_reply_to_message_id"] not in {None, address}:
        return
    author = _find_did(address) or as_text(dig(parent, "author", "did"))
    staged["in_reply_to_message_id"] = address
    staged["in_reply_to_account_id"] = author
    claimed = parse_time(as_text(dig(parent, "record", "createdAt"))).at
    if claimed is not None:
        staged["parent_account_id"] = author
        staged["parent_created_at"] = _take_earlier(claimed, parent.get("indexedAt"))


def _take_earlier(claimed: dt.datetime, indexed: Any) -> dt.datetime:
    at = parse_time(as_text(indexed)).at
    return claimed if at is None else min(claimed, at)


# ------------------------------------------------------------------------------------------- repository


def read_car(path: Path, source: Source) -> Iterator[dict]:
    """Read the posts and reposts of an account's repository; likes, follows and the like are no messages.

    Parameters
    ----------
    path : pathlib.Path
        Plain or .gz. The whole repository is held in memory, about five times the size of the file: a format of
        blocks that name each other cannot be read in one pass. It holds one account, a few megabytes as a rule.
    source : Source

    Yields
    ------
    dict
        Staged messages, in the order of their addresses, which is that of time. A record without address, or an
        address without record, is handed on as REQUIRED_NULL.

    Raises
    ------
    FileRefused
        FORMAT_INVALID: no CAR, cut, or without the signed root that tells whose it is.
    """
    blocks, root = _decode(path)
    owner, addresses = root["did"], _collect_addresses(blocks, root)
    placed = set(addresses.values())
    found = [
        (key, blocks.get(link))
        for key, link in sorted(addresses.items())
        if key.partition("/")[0] in {_POST, _REPOST}
    ]
    found += [
        (None, block)
        for link, block in blocks.items()
        if link not in placed and dig(block, "$type") in {_POST, _REPOST}
    ]
    for row, (key, record) in enumerate(found, start=1):
        raw = write_raw({"key": key, "record": record})
        yield stage(row, (key, record), raw, partial(_convert_car_record, owner=owner))


def _decode(path: Path) -> tuple[dict[bytes, Any], dict]:
    # only these repositories need it, and its import is not free
    import libipld

    try:
        with open_bytes(path) as stream:
            header, blocks = libipld.decode_car(stream.read())
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FileRefused(
            "FORMAT_INVALID", "the compressed file is cut or damaged; copy it again"
        ) from None
    except ValueError:
        raise FileRefused(
            "FORMAT_INVALID", "is no CAR file, or is cut or damaged; download it again"
        ) from None
    roots = dig(header, "roots")
    root = blocks.get(roots[0]) if roots and isinstance(roots[0], bytes) else None
    if not isinstance(dig(root, "did"), str):
        raise FileRefused(
            "FORMAT_INVALID",
            "its root does not say whose repository it is; export it with com.atproto.sync.getRepo",
        )
    return blocks, root


def _collect_addresses(blocks: dict[bytes, Any], root: dict) -> dict[str, bytes]:
    """Return the link of every record by its key, "collection/record key".

    The nodes of the tree leave out what a key shares with the one before it in the node (AT Protocol, repository
    specification, "MST structure"). A tree with a node missing would lose messages without a trace: refused.
    """
    addresses: dict[str, bytes] = {}
    open_links, seen = [root.get("data")], set()
    while open_links:
        link = open_links.pop()
        if link is None:
            continue
        node = blocks.get(link) if isinstance(link, bytes) else None
        if not isinstance(dig(node, "e"), list) or link in seen:
            raise FileRefused(
                "FORMAT_INVALID",
                "a part of the tree of its records is missing; download the whole repository again",
            )
        seen.add(link)
        key = b""
        for entry in node["e"]:
            prefix, rest, record = dig(entry, "p"), dig(entry, "k"), dig(entry, "v")
            if not (
                isinstance(prefix, int) and isinstance(rest, bytes) and isinstance(record, bytes)
            ):
                raise FileRefused("FORMAT_INVALID", "the tree of its records is damaged")
            key = key[:prefix] + rest
            addresses[key.decode("utf-8", "replace")] = record
            open_links.append(entry.get("t"))
        open_links.append(node.get("l"))
    return addresses


def _convert_car_record(found: tuple[str | None, Any], owner: str) -> dict:
    key, record = found
    if key is None or record is None:
        missing = "address" if key is None else "record"
        return {
            "problem": "REQUIRED_NULL",
            "problem_detail": f"the file does not hold its {missing}",
        }
    staged = {"message_id": f"at://{owner}/{key}", "account_id": owner}
    if not key.startswith(f"{_REPOST}/"):
        return staged | _convert_post(record, staged["message_id"])
    return staged | {
        "is_repost": True,
        "reposted_message_id": as_text(dig(record, "subject", "uri")),
        "visibility": "public",
        "id_clock_at": _read_tid_clock(staged["message_id"]),
        **stage_time(dig(record, "createdAt"), "createdAt"),
    }


# ------------------------------------------------------------------------------------------ what both share


def _convert_post(record: Any, address: str | None) -> dict:
    """Return what a record of the collection app.bsky.feed.post says, in a feed as in a repository."""
    text, languages = dig(record, "text"), dig(record, "langs")
    parent = as_text(dig(record, "reply", "parent", "uri"))
    one_language = isinstance(languages, list) and len(languages) == 1
    return {
        "is_repost": False,
        "reply_known": bool(dig(record, "reply")),
        "in_reply_to_message_id": parent,
        "in_reply_to_account_id": _find_did(parent),
        "conversation_id": as_text(dig(record, "reply", "root", "uri")),
        "quoted_message_id": _find_quoted(dig(record, "embed")),
        "id_clock_at": _read_tid_clock(address),
        "visibility": "public",
        # plain text: an entity in it is what was typed
        "text": unicodedata.normalize("NFC", text).strip() if isinstance(text, str) else None,
        "language": as_text(languages[0]) if one_language else None,
        **stage_time(dig(record, "createdAt"), "createdAt"),
    }


def _find_quoted(embed: Any) -> str | None:
    """Return the address of the quoted post; lists and feeds are embedded the same way and are no quotes."""
    record = dig(embed, "record")
    address = as_text(dig(record, "uri")) or as_text(dig(record, "record", "uri"))
    return address if address and f"/{_POST}/" in address else None


def _find_did(address: str | None) -> str | None:
    found = re.match("at://(did:[^/]+)/", address or "")
    return found[1] if found else None


def _read_tid_clock(address: str | None) -> dt.datetime | None:
    """Return the clock inside the last part of an address, where that has the form of a TID.

    Examples
    --------
    >>> _read_tid_clock("at://did:plc:a/app.bsky.feed.post/3kh5rarknk22a").year
    2023
    >>> _read_tid_clock("at://did:plc:a/app.bsky.feed.post/self") is None
    True
    """
    key = (address or "").rpartition("/")[2]
    if not _TID.fullmatch(key):
        return None
    number = 0
    for character in key:
        number = number << 5 | _TID_ALPHABET.index(character)
    return _EPOCH + dt.timedelta(microseconds=number >> 10)


_NO_DIRECTED = "a message that begins with a mention but answers no message is a post here"
_NO_REACH = "Bluesky counts neither views nor reach"

FORMATS: tuple[Format, ...] = (
    Format(
        name="bluesky-author-feed",
        title="Bluesky author feed (app.bsky.feed.getAuthorFeed)",
        yields="messages",
        # the shape was seen in real answers, the times and their relation were not
        verified=False,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="yes",
            self_replies="yes",
            parents="yes",
            reposts="yes",
            followers="no",
            reach="no",
            interactions="yes",
            reasons={
                "created_at": "claimed by the author's program; where the server saw the post earlier, the server's time holds",
                "replies": _NO_DIRECTED,
                "followers": "the feed does not count followers; the profile does",
                "reach": _NO_REACH,
            },
        ),
        needs=(),
        suffixes=(".json", ".jsonl", ".ndjson"),
        read=read_author_feed,
    ),
    Format(
        name="bluesky-car",
        title="Bluesky repository of an account (CAR)",
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
                "created_at": "claimed by the author's program; a repository has no time of the server",
                "replies": _NO_DIRECTED,
                "parents": "a repository holds the account's own messages only; the time of what it replies to is known "
                "only where another file of the study has it",
                "followers": "a repository does not say who follows the account",
                "reach": _NO_REACH,
                "interactions": "a repository holds what the account did, not what others did with it",
            },
        ),
        needs=(),
        suffixes=(".car",),
        read=read_car,
    ),
)
