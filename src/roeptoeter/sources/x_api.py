"""X (Twitter) as its API gave it: JSON of versions 1.1 and 2.

Both come as one record a line, or as pages that hold many. Python cuts the file into records (`record_batches`), DuckDB
takes them apart: one SELECT a format, from the relation `records` to staged messages, in one pass over the file.

Nothing in a record is trusted to have its type. Every scalar is taken as text, what is no object where one should be is
null, and a record that cannot be parsed becomes a row that says so.
"""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.record_batches import read_record_batches, stream_batches
from roeptoeter.sources.staging import Capabilities, Format

_LONGEST_BROKEN_RECORD = 10_000

_V2_USER = {
    "id": "VARCHAR",
    "username": "VARCHAR",
    "protected": "VARCHAR",
    "public_metrics": {"followers_count": "VARCHAR"},
}
_V2_PARENT = {"id": "VARCHAR", "author_id": "VARCHAR", "created_at": "VARCHAR"}
_V2_PAGE = {
    "data": "JSON",
    "includes": {"users": [_V2_USER], "tweets": [_V2_PARENT]},
    "__twarc": {"retrieved_at": "VARCHAR"},
}
_V2_MESSAGE = {
    **dict.fromkeys(
        ("id", "author_id", "conversation_id", "created_at", "in_reply_to_user_id", "lang", "text"),
        "VARCHAR",
    ),
    "note_tweet": {"text": "VARCHAR"},
    "edit_history_tweet_ids": ["VARCHAR"],
    "public_metrics": dict.fromkeys(
        ("like_count", "reply_count", "retweet_count", "quote_count", "impression_count"), "VARCHAR"
    ),
    "author": _V2_USER,
    "referenced_tweets": [{"type": "VARCHAR", **_V2_PARENT}],
    "__twarc": {"retrieved_at": "VARCHAR"},
    # what other records have
    **dict.fromkeys(("id_str", "meta", "errors", "includes", "dm_conversation_id"), "JSON"),
}

_V1_TEXTS = {
    "text": "VARCHAR", "full_text": "VARCHAR", "truncated": "VARCHAR", "extended_tweet": {"full_text": "VARCHAR"},
}  # fmt: skip
_V1_PAGE = {"statuses": "JSON"}
_V1_MESSAGE = {
    **dict.fromkeys(
        (
            "id_str", "created_at", "timestamp_ms", "lang", "in_reply_to_status_id_str", "in_reply_to_user_id_str",
            "quoted_status_id_str", "favorite_count", "reply_count", "retweet_count", "quote_count",
        ),
        "VARCHAR",
    ),
    **_V1_TEXTS,
    "user": dict.fromkeys(("id_str", "screen_name", "followers_count", "protected"), "VARCHAR"),
    "retweeted_status": {"id_str": "VARCHAR", **_V1_TEXTS},
    # what other records have
    **dict.fromkeys(("author_id", "screen_name", "direct_message", "direct_message_events", "message_create"), "JSON"),
}  # fmt: skip


# --------------------------------------------------------------------------------------------------- version 2


def select_v2(path: Path, source: Source) -> str:
    """Write the SELECT for JSON of version 2 as twarc2 keeps it: pages and flattened messages, also mixed.

    Parameters
    ----------
    path : pathlib.Path
        Not used: the relation `records` holds its records.
    source : Source
        For the day of the export, where a record does not say when it was fetched.

    Returns
    -------
    str
        Reads the relation `records` (`roeptoeter.sources.record_batches.RECORDS`) once. Yields a row for each
        message, with the number of the record that it stood in, and a row for each record that holds none.

    Notes
    -----
    The author and the messages referred to stand inside a flattened message, and beside the messages of a page under
    `includes`. Both forms of the same messages give the same rows, except for `source_row` and `raw`.

    A page that says itself that it found nothing, as the last one of a timeline may, is no record: nothing is lost
    with it. One that lacks what it says it found, or that names errors, is a record without messages.
    """
    return f"""
        WITH {_unfold("data", _V2_PAGE, _V2_MESSAGE, ("dm_conversation_id",))},
        known AS (
            SELECT *, list_transform(page.includes.users, lambda known: known.id) AS users,
                list_transform(page.includes.tweets, lambda known: known.id) AS tweets,
                list_transform(message.referenced_tweets, lambda reference: reference.type) AS relations
            FROM messages),
        related AS (
            SELECT *, CASE WHEN users IS NULL THEN message.author
                    ELSE page.includes.users[list_position(users, message.author_id)] END AS author,
                coalesce(message.__twarc.retrieved_at, page.__twarc.retrieved_at) AS fetched,
                message.referenced_tweets[list_position(relations, 'replied_to')] AS parent,
                page.includes.tweets[list_position(tweets,
                    message.referenced_tweets[list_position(relations, 'replied_to')].id)] AS known_parent,
                message.referenced_tweets[list_position(relations, 'retweeted')] AS reposted,
                message.referenced_tweets[list_position(relations, 'quoted')] AS quoted,
                {_clean_text("coalesce(message.note_tweet.text, message.text)")} AS text,
                {_iso_time("message.created_at")} AS created_at
            FROM known)
        SELECT source_row, raw,
            CASE
                WHEN is_private THEN 'EXCLUDED_NON_PUBLIC'
                WHEN message IS NULL THEN {_judge_unread()}
                WHEN message.id_str IS NOT NULL THEN 'UNKNOWN_RECORD_TYPE'
                WHEN message.author_id IS NULL AND text IS NULL THEN
                    CASE WHEN coalesce(message.meta, message.errors, message.includes) IS NOT NULL
                            OR json_exists(raw, '$.data')
                        THEN 'FLATTEN_FAILED' ELSE 'UNKNOWN_RECORD_TYPE' END
                ELSE {_judge_time("created_at")}
            END AS problem,
            CASE WHEN problem[:4] = 'TIME' THEN 'created_at' END AS problem_field,
            CASE WHEN message.id_str IS NOT NULL THEN 'as version 1.1 of the API writes it: format x-api-v1'
            END AS problem_detail,
            CASE WHEN reposted IS NOT NULL AND ends_with(text, '…') THEN ['TEXT_TRUNCATED'] END AS flags,
            message.id AS message_id, message.author_id AS account_id,
            author.username AS account_handle,
            created_at, 'second' AS created_at_precision, 'explicit' AS created_at_source,
            reposted IS NOT NULL AS is_repost,
            message.in_reply_to_user_id IS NOT NULL AND parent IS NULL AND reposted IS NULL AS is_directed,
            parent IS NOT NULL AS reply_known,
            parent.id AS in_reply_to_message_id,
            message.in_reply_to_user_id AS in_reply_to_account_id,
            {_iso_time("coalesce(parent.created_at, known_parent.created_at)")} AS parent_created_at,
            coalesce(parent.author_id, known_parent.author_id) AS parent_account_id,
            message.conversation_id, quoted.id AS quoted_message_id, reposted.id AS reposted_message_id,
            CASE WHEN len(message.edit_history_tweet_ids) = 1 THEN message.edit_history_tweet_ids[1]
                ELSE list_min(list_transform(message.edit_history_tweet_ids,
                    lambda id: {{'digits': length(id), 'id': id}})).id END AS edit_group_id,
            CASE WHEN author.protected = 'true' THEN 'protected' ELSE 'public' END AS visibility,
            text, message.lang AS language,
            message.public_metrics.like_count AS reactions, message.public_metrics.reply_count AS comments,
            message.public_metrics.retweet_count AS shares, message.public_metrics.quote_count AS quotes,
            message.public_metrics.impression_count AS views,
            coalesce({_iso_time("fetched")}, {_instant(source.exported_at)}) AS metrics_at,
            author.public_metrics.followers_count AS author_followers
        FROM related WHERE NOT {_is_empty_page()}"""


# ------------------------------------------------------------------------------------------------- version 1.1


def select_v1(path: Path, source: Source) -> str:
    """Write the SELECT for JSON of version 1.1: messages, a line or an element of an array each, or search pages.

    Parameters
    ----------
    path : pathlib.Path
        Not used: the relation `records` holds its records.
    source : Source
        For the day of the export, which is when the counts were read; a message caught from the stream was counted
        when it was published, so that its counts are those of that moment.

    Returns
    -------
    str
        Reads the relation `records` once; see `select_v2`.

    Notes
    -----
    `retweeted` says whether the collecting user has reposted the message; only `retweeted_status` makes a repost. Ids
    are taken from the fields that hold them as text, for numbers may have been rounded.
    """

    def longest(message: str) -> str:
        return f"coalesce({message}.extended_tweet.full_text, {message}.full_text, {message}.text)"

    def is_cut(message: str) -> str:
        return (
            f"({message}.truncated = 'true' AND coalesce({message}.extended_tweet.full_text, "
            f"{message}.full_text) IS NULL)"
        )

    private = ("direct_message", "direct_message_events", "message_create")
    own, original = "message", "message.retweeted_status"
    has_original = f"{longest(original)} IS NOT NULL"
    at = "try_strptime(message.created_at, '%a %b %d %H:%M:%S %z %Y')"
    return f"""
        WITH {_unfold("statuses", _V1_PAGE, _V1_MESSAGE, private)},
        related AS (
            SELECT *, {original} IS NOT NULL AS is_repost, {at} AS created_at,
                {_clean_text(f"coalesce({longest(original)}, {longest(own)})")} AS text
            FROM messages)
        SELECT source_row, raw,
            CASE
                WHEN is_private THEN 'EXCLUDED_NON_PUBLIC'
                WHEN message IS NULL THEN {_judge_unread()}
                WHEN message.author_id IS NOT NULL OR message.screen_name IS NOT NULL
                    OR (message.id_str IS NULL AND message.user IS NULL AND text IS NULL)
                    THEN CASE WHEN json_exists(raw, '$.statuses') THEN 'FLATTEN_FAILED' ELSE 'UNKNOWN_RECORD_TYPE' END
                WHEN message.created_at IS NOT NULL AND created_at IS NULL THEN 'TIMESTAMP_UNPARSEABLE'
            END AS problem,
            CASE WHEN problem[:4] = 'TIME' THEN 'created_at' END AS problem_field,
            CASE WHEN message.author_id IS NOT NULL THEN 'as version 2 of the API writes it: format x-api-v2'
            END AS problem_detail,
            CASE WHEN CASE WHEN {has_original} THEN {is_cut(original)}
                    ELSE {is_cut(own)} OR (is_repost AND ends_with(text, '…')) END
                THEN ['TEXT_TRUNCATED'] END AS flags,
            message.id_str AS message_id, message.user.id_str AS account_id,
            message.user.screen_name AS account_handle, created_at,
            'second' AS created_at_precision, 'explicit' AS created_at_source, is_repost,
            message.in_reply_to_user_id_str IS NOT NULL AND message.in_reply_to_status_id_str IS NULL
                AND NOT is_repost AS is_directed,
            message.in_reply_to_status_id_str AS in_reply_to_message_id,
            message.in_reply_to_user_id_str AS in_reply_to_account_id,
            CASE WHEN NOT is_repost THEN message.quoted_status_id_str END AS quoted_message_id,
            {original}.id_str AS reposted_message_id,
            CASE WHEN message.user.protected = 'true' THEN 'protected' ELSE 'public' END AS visibility,
            text, message.lang AS language,
            message.favorite_count AS reactions, message.reply_count AS comments,
            message.retweet_count AS shares, message.quote_count AS quotes,
            CASE WHEN message.timestamp_ms IS NOT NULL THEN created_at ELSE {_instant(source.exported_at)} END
                AS metrics_at,
            message.user.followers_count AS author_followers
        FROM related"""


# ------------------------------------------------------------------------------------------------------ both


def read_v2(path: Path, source: Source) -> Iterator[dict]:
    """Yield the rows of `select_v2` as dictionaries, batch by batch; see `roeptoeter.sources.staging.Format`."""
    return _read(path, select_v2(path, source))


def read_v1(path: Path, source: Source) -> Iterator[dict]:
    """Yield the rows of `select_v1` as dictionaries, batch by batch; see `roeptoeter.sources.staging.Format`."""
    return _read(path, select_v1(path, source))


def _read(path: Path, select: str) -> Iterator[dict]:
    with duckdb.connect() as connection, stream_batches(read_record_batches(path)) as records:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("records", records)
        for batch in connection.sql(select).to_arrow_reader(2048):
            yield from batch.to_pylist()


def _unfold(key: str, page: dict, message: dict, private: tuple[str, ...]) -> str:
    """Write the CTEs that lead from `records` to `messages`: source_row, page, raw and the parsed message.

    Of a record with a list (or one object) under `key`, each element becomes a row; any other is a row itself. Of
    a record with one of the keys `private`, nothing is handed on.
    """
    is_private = f"coalesce({', '.join(f'parsed.{name}' for name in private)}) IS NOT NULL"
    # most records are no pages: looking for the key as text spares parsing them twice
    return f"""
        lines AS (
            SELECT source_row, raw AS line, is_readable,
                CASE WHEN is_readable AND contains(raw, '"{key}"')
                    THEN TRY(json_transform(raw, '{json.dumps(page)}')) END AS page
            FROM records),
        listed AS (
            SELECT *, CASE json_type(page.{key})
                WHEN 'ARRAY' THEN CAST(from_json(page.{key}, '["JSON"]') AS VARCHAR[])
                WHEN 'OBJECT' THEN [CAST(page.{key} AS VARCHAR)] END AS items
            FROM lines),
        elements AS (
            SELECT source_row, page, is_readable,
                coalesce(unnest(CASE WHEN len(items) > 0 THEN items ELSE [line] END), 'null') AS raw
            FROM listed),
        opened AS (
            SELECT *, CASE WHEN is_readable THEN TRY(json_transform(raw, '{json.dumps(message)}')) END AS parsed
            FROM elements),
        messages AS (
            SELECT source_row, page, is_readable, {is_private} AS is_private,
                CASE WHEN {is_private} THEN NULL ELSE parsed END AS message,
                CASE WHEN {is_private} THEN NULL
                    WHEN parsed IS NULL THEN raw[:{_LONGEST_BROKEN_RECORD}] ELSE raw END AS raw
            FROM opened)"""


def _is_empty_page() -> str:
    own = ", ".join(f"message.{name}" for name in ("id", "id_str", "author_id", "text", "errors"))
    return f"""CASE WHEN message.meta IS NOT NULL AND coalesce({own}) IS NULL
        THEN coalesce(message.meta->>'result_count' = '0', false) AND CASE coalesce(json_type(raw, '$.data'), 'NULL')
            WHEN 'NULL' THEN true WHEN 'ARRAY' THEN json_array_length(raw, '$.data') = 0 ELSE false END
        ELSE false END"""


def _judge_unread() -> str:
    return "CASE WHEN is_readable AND json_valid(raw) THEN 'UNKNOWN_RECORD_TYPE' ELSE 'JSON_INVALID' END"


def _iso_time(text: str) -> str:
    # without a zone DuckDB would take that of the session
    return (
        f"CASE WHEN ends_with({text}, 'Z') OR regexp_matches({text}, '[+-]\\d\\d:?\\d\\d$') "
        f"THEN TRY_CAST({text} AS TIMESTAMPTZ) END"
    )


def _judge_time(parsed: str) -> str:
    return f"""CASE WHEN message.created_at IS NOT NULL AND {parsed} IS NULL THEN
        CASE WHEN TRY_CAST(message.created_at AS TIMESTAMP) IS NULL OR ends_with(message.created_at, 'Z')
            THEN 'TIMESTAMP_UNPARSEABLE' ELSE 'TIMEZONE_MISSING' END END"""


def _clean_text(text: str) -> str:
    # X escapes these; the ampersand last, so that "&amp;lt;" becomes "&lt;"
    plain = text
    for entity, character in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#39;", "''"),
        ("&amp;", "&"),
    ):
        plain = f"replace({plain}, '{entity}', '{character}')"
    return f"nfc_normalize(CASE WHEN contains({text}, '&') THEN {plain} ELSE {text} END)"


def _instant(at: dt.datetime) -> str:
    return f"CAST('{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}+00' AS TIMESTAMPTZ)"


FORMATS = (
    Format(
        name="x-api-v1",
        title="X (Twitter) API v1.1",
        yields="messages",
        verified=True,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="yes",
            self_replies="yes",
            parents="no",
            reposts="yes",
            followers="yes",
            reach="no",
            interactions="conditional",
            reasons={
                "reach": "version 1.1 counts neither views nor people reached",
                "parents": "version 1.1 gives the id of the message replied to, not when it was written; "
                "collect those messages too",
                "interactions": "the number of replies is only in files of the paid interfaces, and messages caught "
                "from the stream were counted at the moment they appeared",
            },
        ),
        needs=(),
        suffixes=(".json", ".jsonl"),
        read=read_v1,
        select=select_v1,
        followers_basis="at_collection",
    ),
    Format(
        name="x-api-v2",
        title="X (Twitter) API v2, as twarc2 writes it",
        yields="messages",
        verified=True,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="yes",
            self_replies="yes",
            parents="conditional",
            reposts="yes",
            followers="yes",
            reach="conditional",
            interactions="yes",
            reasons={
                "parents": "for the replies whose original the API sent along; deleted and protected ones are missing",
                "reach": "views, not people reached, and only for messages since X began to count them "
                "(`views_since`)",
            },
        ),
        needs=(),
        suffixes=(".json", ".jsonl"),
        read=read_v2,
        select=select_v2,
        followers_basis="at_collection",
    ),
)
