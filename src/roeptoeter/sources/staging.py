"""What a reader hands over: staged rows, one per record, not yet judged."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

_TEXT = pa.string()

#: A staged message. Everything is as the file has it, except times, which readers bring to UTC. A reader sets
#: `problem` (a code of roeptoeter.messages.REASONS) where the record cannot become a message; then only
#: `source_row` and `raw` need to be there. `text` is used by the checks and then dropped.
STAGED_MESSAGE = pa.schema(
    [
        ("source_row", pa.int64()),  # record number in the file, from 1
        ("raw", _TEXT),  # the record as JSON text, for the quarantine
        ("problem", _TEXT),
        ("problem_field", _TEXT),
        ("problem_detail", _TEXT),
        ("flags", pa.list_(_TEXT)),
        ("message_id", _TEXT),
        ("account_id", _TEXT),
        ("account_handle", _TEXT),
        ("direction", _TEXT),  # only where the record itself says so: sent, received
        ("created_at", pa.timestamp("us", tz="UTC")),
        ("created_at_precision", _TEXT),
        ("created_at_source", _TEXT),
        (
            "id_clock_at",
            pa.timestamp("us", tz="UTC"),
        ),  # only where the reader knows the clock of the id (Mastodon, TID)
        ("is_repost", pa.bool_()),
        (
            "is_directed",
            pa.bool_(),
        ),  # to an account, without a message replied to, where the format tells
        (
            "reply_known",
            pa.bool_(),
        ),  # the record says that it is a reply even if no id of the parent is left
        ("in_reply_to_message_id", _TEXT),
        ("in_reply_to_account_id", _TEXT),  # null on a reply: unknown target
        ("parent_created_at", pa.timestamp("us", tz="UTC")),
        ("parent_account_id", _TEXT),
        ("conversation_id", _TEXT),
        ("quoted_message_id", _TEXT),
        ("reposted_message_id", _TEXT),
        ("edit_group_id", _TEXT),
        ("visibility", _TEXT),  # public, unlisted; anything else is excluded
        ("text", _TEXT),
        ("language", _TEXT),
        (
            "reactions",
            _TEXT,
        ),  # counts as text, in plain digits after the declared marks are applied
        ("comments", _TEXT),
        ("shares", _TEXT),
        ("quotes", _TEXT),
        ("views", _TEXT),
        ("reach", _TEXT),
        ("clicks", _TEXT),
        ("metrics_at", pa.timestamp("us", tz="UTC")),
        ("author_followers", _TEXT),
        ("promoted", pa.bool_()),
    ]
)

Availability = Literal["yes", "no", "conditional"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a format carries; metrics ask before they compute.

    Each is "yes", "no" or "conditional"; `reasons` says, by name, why not or under which condition, in a sentence for
    a person: "CrowdTangle does not mark replies".
    """

    messages: Availability
    created_at: Availability  # to the minute or better
    replies: Availability  # replies to others are marked
    self_replies: Availability  # and told from replies to oneself
    parents: Availability  # the time of the message replied to
    reposts: Availability
    followers: Availability
    reach: Availability
    interactions: Availability
    reasons: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Format:
    """A format of export and its reader.

    Parameters
    ----------
    name : str
        What a declaration calls it: "x-api-v2".
    title : str
        What a person calls it: "X (Twitter) API v2, as twarc2 writes it".
    yields : {"messages", "account_snapshots", "survey_answers"}
        The table its rows belong to.
    verified : bool
        Whether what is known of the format rests on real files. A synthetic fixture does not make it so.
    capabilities : Capabilities or None
        None for formats that hold no messages.
    needs : tuple of str
        Keys that a declaration of this format must have beside format, platform and exported_on.
    suffixes : tuple of str
        Endings of files of this format, for refusing a declaration that cannot be meant (".jsonl", ".json", ".csv").
    read : callable
        ``read(path, source) -> Iterable[dict]``: staged rows, in the order of the file, without holding the file
        in memory. `source` is the `roeptoeter.sources.declaration.Source` of the file. Raises
        `FileRefused` for what makes the whole file unusable.
    select : callable or None
        ``select(path, source) -> str``: for formats that DuckDB reads itself, a SELECT whose columns are those of
        STAGED_MESSAGE; preferred over `read` where it is there. It may read, once, the relation `records`
        (`roeptoeter.sources.record_batches.RECORDS`), the records of the file as text.
    followers_basis : str or None
        at_posting, at_collection or at_export.
    expected_count : callable or None
        ``expected_count(path, source) -> int | None``: how many records the export itself says it holds.
    row_cap : int or None
        The number of rows at which the tool cuts an export.
    carries : callable or None
        ``carries(source) -> Capabilities``: of one file, where that depends on its declaration, as for tables whose
        columns a person declares; preferred over `capabilities` where it is there.
    """

    name: str
    title: str
    yields: str
    verified: bool
    capabilities: Capabilities | None
    needs: tuple[str, ...]
    suffixes: tuple[str, ...]
    read: Callable[[Path, Any], Iterable[dict]] | None
    select: Callable[[Path, Any], str] | None = None
    followers_basis: str | None = None
    expected_count: Callable[[Path, Any], int | None] | None = None
    row_cap: int | None = None
    carries: Callable[[Any], Capabilities] | None = None


class FileRefused(Exception):
    """A file that cannot be used at all: a code of REASONS with severity "file", and one line for a person."""

    def __init__(self, code: str, detail: str):
        super().__init__(detail)
        self.code = code
        self.detail = detail
