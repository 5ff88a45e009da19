"""X (Twitter): the messages of an account's own archive, `data/tweets.js` and its like.

An archive is a folder of JavaScript files, each an assignment of a JSON list to a variable. Whose messages they are,
when the archive was made and how many there should be stands in other files of the same folder.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.records import as_text, dig, stage, stage_time
from roeptoeter.sources.staging import Capabilities, FileRefused, Format
from roeptoeter.sources.values import clean_text, open_bytes, parse_json, parse_time, split_array

_ASSIGNMENT = re.compile(rb"\s*window\.(?:YTD\.(\w+)\.part\d+|__THAR_CONFIG)\s*=\s*")
_LISTS = {b"tweet", b"tweets", b"community_tweet", b"community_tweets"}
_LONGEST_HEAD = 1 << 12

#: So much of a long message and of its shortened form in the list is the same.
_SAME_START = 150


def read_archive(path: Path, source: Source) -> Iterator[dict]:
    """Read one list of messages of an archive: tweets.js, tweet.js, tweets-part1.js or community-tweet.js.

    Parameters
    ----------
    path : pathlib.Path
        `account.js` lies beside it or in the folder above, unless the declaration gives `account_id`. From
        `manifest.js` comes the time of the counts, from `note-tweet.js` the text of long messages, from
        `follower.js` how many followers there were, if they are there.
    source : Source

    Yields
    ------
    dict
        Staged messages. `retweeted` is false on every message of an archive; a repost is known by its text, which
        begins with "RT @" and is often cut.

    Raises
    ------
    FileRefused
        FORMAT_INVALID for direct messages and deleted messages, which are not read, and for what is no list of messages;
        REQUIRED_COLUMN_MISSING if nothing says whose archive it is.
    """
    with _open_list(path) as (start, stream):
        account = _read_account(path, source)
        made_at = parse_time(as_text(dig(_read_manifest(path), "archiveInfo", "generationDate"))).at
        convert = partial(
            _convert_message,
            account=account,
            made_at=made_at or source.exported_at,
            long_texts=_read_long_texts(path),
            followers=_count_followers(path),
        )
        elements = (raw for raw in split_array(stream, start) if raw != b";")
        for row, raw in enumerate(elements, start=1):
            yield stage(row, parse_json(raw), raw.decode("utf-8", "replace"), convert)


def count_archive(path: Path, source: Source) -> int | None:
    """Return how many messages the archive's own manifest says the file holds; None where it does not say."""
    types = dig(_read_manifest(path), "dataTypes")
    for kind in types.values() if isinstance(types, dict) else ():
        for file in dig(kind, "files") or ():
            if Path(as_text(dig(file, "fileName")) or "").name == path.name:
                count = as_text(dig(file, "count")) or ""
                return int(count) if count.isdecimal() else None
    return None


@contextmanager
def _open_list(path: Path) -> Iterator[tuple[bytes, BinaryIO]]:
    """Open a list of messages behind its assignment; what is another list is left unread."""
    name = path.name.lower()
    for start, what in (
        ("direct-message", "direct messages"),
        ("deleted-tweet", "deleted messages"),
    ):
        if name.startswith(start):
            raise FileRefused(
                "FORMAT_INVALID", f"holds {what}, which are never read: take the file away"
            )
    with open_bytes(path) as stream:
        head = stream.read(_LONGEST_HEAD).removeprefix(b"\xef\xbb\xbf")
        found = _ASSIGNMENT.match(head)
        if found and found[1] not in _LISTS:
            kind = (found[1] or b"its own files").decode()
            raise FileRefused(
                "FORMAT_INVALID",
                f"is the archive's list of {kind}, not of messages: declare tweets.js",
            )
        content = head[found.end() :] if found else head.lstrip()
        if not content.startswith(b"["):
            raise FileRefused(
                "FORMAT_INVALID",
                "does not begin with `window.YTD.tweets.part0 = [`; is it tweets.js?",
            )
        yield content, stream


def _read_companion(path: Path, name: str) -> Any:
    """Return the content of another file of the archive, parsed; None if it is missing or broken."""
    for folder in (path.parent, path.parent.parent):
        beside = folder / name
        if beside.is_file():
            content = beside.read_bytes().removeprefix(b"\xef\xbb\xbf")
            found = _ASSIGNMENT.match(content)
            return parse_json(content[found.end() :].rstrip().rstrip(b";") if found else content)
    return None


def _read_account(path: Path, source: Source) -> dict:
    entries = _read_companion(path, "account.js")
    account = dig(entries[0], "account") if isinstance(entries, list) and entries else None
    account_id = source.account_id or as_text(dig(account, "accountId"))
    if account_id is None:
        raise FileRefused(
            "REQUIRED_COLUMN_MISSING",
            "does not say whose messages it holds: put the archive's account.js beside it, or declare `account_id`",
        )
    is_same = account_id == as_text(dig(account, "accountId"))
    return {
        "account_id": account_id,
        "account_handle": as_text(dig(account, "username")) if is_same else None,
    }


def _read_manifest(path: Path) -> Any:
    return _read_companion(path, "manifest.js")


def _count_followers(path: Path) -> str | None:
    # the list holds the ids of people: only its length is used
    followers = _read_companion(path, "follower.js")
    return str(len(followers)) if isinstance(followers, list) else None


def _read_long_texts(path: Path) -> dict[str, str | None]:
    """Return the texts of long messages by their id and by how they begin; None where two begin the same."""
    notes = _read_companion(path, "note-tweet.js")
    texts: dict[str, str | None] = {}
    for note in notes if isinstance(notes, list) else ():
        text = as_text(dig(note, "noteTweet", "core", "text"))
        if text is None:
            continue
        for key in ("noteTweetId", "tweetId"):
            note_id = as_text(dig(note, "noteTweet", key))
            if note_id:
                texts[note_id] = text
        start = text[:_SAME_START]
        if len(start) == _SAME_START:
            texts[start] = None if start in texts else text
    return texts


def _convert_message(
    record: Any,
    account: dict,
    made_at: Any,
    long_texts: dict[str, str | None],
    followers: str | None,
) -> dict:
    message = record.get("tweet", record) if isinstance(record, dict) else None
    if not isinstance(message, dict) or not message.keys() & {"id_str", "full_text", "text"}:
        return {"problem": "UNKNOWN_RECORD_TYPE"}
    message_id = as_text(message.get("id_str"))
    text = clean_text(as_text(message.get("full_text")) or as_text(message.get("text")))
    is_repost = (text or "").startswith("RT @")
    long_text = long_texts.get(message_id or "") or (
        None if is_repost else long_texts.get((text or "")[:_SAME_START])
    )
    reply_to, target = (
        as_text(message.get(f"in_reply_to_{name}_id_str")) for name in ("status", "user")
    )
    staged = {
        **account,
        "message_id": message_id,
        "is_repost": is_repost,
        "is_directed": target is not None and reply_to is None and not is_repost,
        "in_reply_to_message_id": reply_to,
        "in_reply_to_account_id": target,
        "edit_group_id": _find_first_version(message),
        "visibility": "public",
        "text": clean_text(long_text) or text,
        "language": as_text(message.get("lang")),
        "reactions": as_text(message.get("favorite_count")),
        "shares": as_text(message.get("retweet_count")),
        "metrics_at": made_at,
        "author_followers": followers,
        **stage_time(message.get("created_at"), "created_at"),
    }
    if is_repost and (text or "").endswith("…"):
        staged["flags"] = [*(staged.get("flags") or ()), "TEXT_TRUNCATED"]
    return staged


def _find_first_version(message: dict) -> str | None:
    for path in (("initial",), ("edit", "editControlInitial")):
        versions = dig(message, "edit_info", *path, "editTweetIds")
        ids = [as_text(version) for version in versions] if isinstance(versions, list) else []
        if ids and None not in ids:
            return min(ids, key=lambda version: (len(version), version))
    return as_text(dig(message, "edit_info", "edit", "initialTweetId"))


FORMATS = (
    Format(
        name="x-archive",
        title="X (Twitter) archive of one account",
        yields="messages",
        verified=True,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="yes",
            self_replies="yes",
            parents="no",
            reposts="conditional",
            followers="conditional",
            reach="no",
            interactions="conditional",
            reasons={
                "parents": "an archive holds the account's own messages only, not those it replied to",
                "reposts": "known only by a text that begins with RT @",
                "followers": "only how many there were on the day of the archive, if follower.js lies beside it",
                "reach": "an archive holds no number of views or of people reached",
                "interactions": "likes and reposts on the day of the archive; an archive does not count replies",
            },
        ),
        needs=(),
        suffixes=(".js",),
        read=read_archive,
        followers_basis="at_export",
        expected_count=count_archive,
    ),
)
