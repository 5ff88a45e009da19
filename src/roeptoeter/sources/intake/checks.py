"""The checks of a single row, as one SELECT: a row leaves at the first check that it fails, with the code of that check."""

import datetime as dt
import re

import duckdb

from roeptoeter.messages import REASONS
from roeptoeter.sources.declaration import Source

#: Words for "nothing" in columns of ids and counts. A closed list: "0" and "none given" are not in it.
_NOTHING = ("", "null", "None", "nan", "NaN", "N/A", "NA", "undefined", "-")

#: What an id of a message looks like.
_SHAPES = {
    "twitter": r"\d{1,20}",
    "facebook": r"\d+(_\d+)?|pfbid\w+",
    "mastodon": r"https?://\S+|tag:\S+|\d+",
    "bluesky": r"at://\S+|repost:\S+",
}
_LONGEST_ID = 1000

#: Platforms whose ids are digits, so that an exponent in one can only be damage.
_DIGITS_ONLY = {"twitter", "facebook", "instagram", "linkedin"}

#: The day before which nothing can have been written there.
_LAUNCHED = {
    "twitter": dt.date(2006, 3, 21),
    "facebook": dt.date(2004, 2, 4),
    "instagram": dt.date(2010, 10, 6),
    "linkedin": dt.date(2003, 5, 5),
    "mastodon": dt.date(2016, 3, 16),
    "bluesky": dt.date(2022, 11, 17),
    "youtube": dt.date(2005, 2, 14),
}
_WEB = dt.date(1995, 1, 1)

#: Seconds by which the clock in an id may differ from the stated time; elsewhere 2.
_CLOCK_TOLERANCE = {"mastodon": 1, "bluesky": 5}

#: Twitter's ids hold a clock from here on (November 2010), in milliseconds from the second number.
_FIRST_SNOWFLAKE, _SNOWFLAKE_EPOCH_MS = 30_000_000_000, 1_288_834_974_657

#: 2^53: below it every whole number survives as a float.
_EXACT_FLOATS = 9_007_199_254_740_992

COUNTS = ("reactions", "comments", "shares", "quotes", "views", "reach", "clicks")
_IDS = (
    "message_id", "account_id", "in_reply_to_message_id", "in_reply_to_account_id", "parent_account_id",
    "conversation_id", "quoted_message_id", "reposted_message_id", "edit_group_id",
)  # fmt: skip


def define_macros(connection: duckdb.DuckDBPyConnection) -> None:
    """Define what the SELECTs of this room call.

    A macro repeats its argument; so none is called on the outcome of another, but on a column of a SELECT below.

    Examples
    --------
    ``drop_decimals('12345678.0')`` is '12345678'; ``drop_decimals('1234567890123456768.0')`` stays as it is,
    because digits may be lost; ``whole_number('1,5')`` is null.
    """
    longest = max(len(word) for word in _NOTHING)
    # not IN (...), which becomes a join
    nothing = " OR ".join(f"trim(given) = '{word}'" for word in _NOTHING)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP MACRO bare_text(given) AS
            CASE WHEN given >= '0' AND given < ':' THEN rtrim(given)
                 WHEN length(given) <= {longest} AND ({nothing}) THEN NULL ELSE trim(given) END;
        CREATE OR REPLACE TEMP MACRO unquote(given) AS
            CASE WHEN starts_with(given, '="') AND ends_with(given, '"')
                 THEN nullif(trim(given[3:-2]), '') ELSE given END;
        CREATE OR REPLACE TEMP MACRO drop_decimals(given) AS
            CASE WHEN contains(given, '.') AND regexp_full_match(given, '\\d{{1,16}}\\.0+')
                  AND TRY_CAST(given AS DOUBLE) < {_EXACT_FLOATS}
                 THEN split_part(given, '.', 1) ELSE given END;
        CREATE OR REPLACE TEMP MACRO is_decimal(given) AS
            regexp_full_match(given, '[\\d_]+[.,].*')
            AND regexp_full_match(given, '(\\d+_)?\\d+[.,]0*|\\d+[.,]0*_\\S+');
        CREATE OR REPLACE TEMP MACRO is_scientific(given, digits_only) AS
            regexp_full_match(given, '[\\d_.,]+[eE].*')
            AND (regexp_full_match(given, '(\\d+_)?\\d+[.,]\\d+[eE][+-]?\\d+(_\\S*)?|\\d+[eE]\\+\\d+')
                OR (digits_only AND regexp_full_match(given, '(\\d+_)?\\d+[eE]-?\\d+')));
        CREATE OR REPLACE TEMP MACRO whole_number(given) AS
            CASE WHEN regexp_full_match(given, '\\d{{1,18}}') THEN CAST(given AS BIGINT)
                 WHEN regexp_full_match(given, '\\d{{1,18}}\\.0+')
                 THEN CAST(split_part(given, '.', 1) AS BIGINT) END;
        CREATE OR REPLACE TEMP MACRO as_float(given) AS
            TRY_CAST(replace(given, ',', '.') AS DOUBLE);
        CREATE OR REPLACE TEMP MACRO printed_digits(given) AS
            length(replace(replace(regexp_extract(given, '^[\\d.,]+'), '.', ''), ',', ''));
        """
    )


def judge_messages(staged: str, source: Source, number: int) -> str:
    """Write the SELECT that judges the staged messages of one file, row by row, without state.

    Parameters
    ----------
    staged : str
        What stands after FROM: a relation with every column of STAGED_MESSAGE.
    source : Source
        The file's declaration.
    number : int
        Number of the file in the study, from 0.

    Returns
    -------
    str
        A SELECT. `problem` is null for a row that is kept. `kind` is decided in the order repost, reply,
        directed mention, quote, post. `clock_ahead_s` is the clock inside the id minus the stated time, in seconds.
        No column holds the text; `raw` is filled for the quarantine only.
    """
    numeric = (*COUNTS, "author_followers")
    bare = ", ".join(
        f"{_unless_plain(f'bare_text({name})', name)} AS {name}" for name in (*_IDS, *numeric)
    )
    unquoted, repaired = (
        ", ".join(f"{_unless_plain(f'{mend}({name})', name)} AS {name}" for name in _IDS)
        for mend in ("unquote", "drop_decimals")
    )
    # where both directions are in the file, an author who is not named may be anybody
    author = (
        f"CASE WHEN coalesce(said_direction, '{source.direction}') = 'sent' THEN {quote(source.account_id)} END"
        if source.account_id
        else "NULL"
    )
    is_plain = _are_digits({20: _IDS, 18: numeric})
    if source.account_id and not re.fullmatch(r"[0-9]{1,20}", source.account_id):
        is_plain += " AND account_id IS NOT NULL"  # it will stand for an account that is not named
    cleaned = f"""
        SELECT source_row, raw, problem AS reader_problem, problem_field, problem_detail, flags,
            account_handle,
            CASE WHEN direction IN ('sent', 'received') THEN direction END AS said_direction,
            created_at, coalesce(created_at_precision, 'second') AS created_at_precision,
            coalesce(created_at_source, 'explicit') AS created_at_source, id_clock_at,
            coalesce(is_repost, false) AS is_repost, coalesce(is_directed, false) AS is_directed,
            coalesce(reply_known, false) AS reply_known, {bare}, parent_created_at,
            lower(coalesce(visibility, 'public')) AS visibility, text, language,
            coalesce(metrics_at, {_instant(source.exported_at)}) AS metrics_at, promoted, is_plain
        FROM (SELECT *, {is_plain} AS is_plain FROM {staged})"""
    mended = f"""
        SELECT * REPLACE ({repaired}) FROM (
            SELECT * REPLACE ({unquoted}), message_id AS given_message_id, account_id AS given_account_id
            FROM ({cleaned}))"""
    clocked = f"""
        SELECT * REPLACE (coalesce(account_id, {author}) AS account_id),
            epoch_us({_id_clock(source.platform)}) / 1e6 - epoch_us(created_at) / 1e6 AS clock_ahead_s
        FROM ({mended})"""
    numbers = ", ".join(
        f"{_unless_plain(f'whole_number({name})', f'CAST({name} AS BIGINT)')} AS n_{name}"
        for name in numeric
    )
    judged = f"""
        SELECT *, {_verdict(source)} AS verdict, {_damaged_references(source.platform)}, {numbers}
        FROM ({clocked})"""
    decided = f"""
        SELECT * EXCLUDE (verdict), nullif(split_part(verdict, '|', 1), '') AS problem,
            nullif(split_part(verdict, '|', 2), '') AS field, {_kind()} AS kind
        FROM ({judged})"""
    kept_counts = ", ".join(_count(name, source) for name in COUNTS)
    is_read = f"(problem IS NULL OR problem NOT IN ({_codes('excluded')}))"
    whole = "(kind <> 'repost' AND NOT {0}_damaged)"
    return f"""
        SELECT {number} AS file_number, source_row, problem, field,
            CASE WHEN {is_read} THEN left(problem_detail, 200) END AS detail,
            CASE WHEN problem IS NOT NULL AND {is_read} THEN raw END AS raw,
            CASE WHEN {is_read} THEN message_id END AS message_id,
            CASE WHEN problem IS NULL THEN account_id END AS account_id,
            CASE WHEN problem IS NULL THEN account_handle END AS account_handle,
            said_direction, kind, created_at, created_at_precision, created_at_source, clock_ahead_s,
            CASE WHEN {whole.format("reply")} THEN in_reply_to_message_id END AS in_reply_to_message_id,
            CASE WHEN kind = 'repost' THEN NULL
                 WHEN kind = 'self_reply' THEN account_id
                 WHEN NOT target_damaged THEN coalesce(parent_account_id, in_reply_to_account_id)
            END AS in_reply_to_account_id,
            CASE WHEN kind <> 'repost' THEN parent_created_at END AS parent_created_at,
            CASE WHEN {whole.format("target")} THEN parent_account_id END AS parent_account_id,
            CASE WHEN NOT conversation_damaged THEN conversation_id END AS conversation_id,
            edit_group_id, visibility, length(text) AS text_length,
            CASE WHEN regexp_full_match(language, '[a-z]{{2,3}}(-([A-Za-z]{{2}}|[A-Za-z]{{4}}|\\d{{3}}))*') THEN language
            END AS language,
            {kept_counts}, metrics_at, n_author_followers AS author_followers, promoted,
            CASE WHEN {is_read} THEN {_flags(source.platform)} END AS quality_flags
        FROM ({decided})"""


def judge_others(
    staged: str, columns: tuple[str, ...], required: tuple[str, ...], number: int
) -> str:
    """Write the SELECT that judges staged snapshots or answers: the reader's own findings, and what is required.

    Parameters
    ----------
    staged : str
        What stands after FROM.
    columns : tuple of str
        The columns of the table, all in `staged`.
    required : tuple of str
        Those that may not be null.
    number : int
        Number of the file in the study, from 0.
    """
    missing = " ".join(f"WHEN {name} IS NULL THEN '{name}'" for name in required)
    others = ", ".join(f'"{name}"' for name in columns)
    return f"""
        SELECT {number} AS file_number, source_row,
            coalesce(reader_problem, CASE WHEN lacks IS NOT NULL THEN 'REQUIRED_NULL' END) AS problem,
            coalesce(problem_field, lacks) AS field, left(problem_detail, 200) AS detail,
            CASE WHEN reader_problem NOT IN ({_codes("excluded")}) OR
                      (reader_problem IS NULL AND lacks IS NOT NULL) THEN raw END AS raw,
            list_sort(list_distinct(coalesce(flags, []))) AS quality_flags, {others}
        FROM (SELECT *, problem AS reader_problem, CASE {missing} END AS lacks FROM {staged})"""


def quote(text: str | None) -> str:
    """Write a text as a literal of SQL."""
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def _are_digits(names_of: dict[int, tuple[str, ...]]) -> str:
    """Write one test for a whole row: each column is null or digits, at most so many, and so needs no mending.

    Nearly all rows pass, and one search in the columns together is far cheaper than several in each.
    """
    names = [name for group in names_of.values() for name in group]
    together = ", ".join(f"coalesce({name}, '0'), '|'" for name in names)
    fit = " AND ".join(
        f"coalesce(greatest({', '.join(f'strlen({name})' for name in group)}) <= {most}, true)"
        for most, group in names_of.items()
    )
    return f"regexp_full_match(concat({together}), '(?:[0-9]+\\|){{{len(names)}}}') AND {fit}"


def _unless_plain(otherwise: str, plain: str) -> str:
    return f"CASE WHEN is_plain THEN {plain} ELSE {otherwise} END"


def _codes(severity: str) -> str:
    return ", ".join(f"'{code}'" for code, (where, _) in REASONS.items() if where == severity)


def _instant(at: dt.datetime) -> str:
    return f"CAST('{at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}+00' AS TIMESTAMPTZ)"


def _id_clock(platform: str) -> str:
    if platform != "twitter":
        return "id_clock_at"
    number = "TRY_CAST(message_id AS UBIGINT)"
    return f"""coalesce(id_clock_at, CASE WHEN {number} > {_FIRST_SNOWFLAKE}
        THEN make_timestamptz(CAST({number} // 4194304 + {_SNOWFLAKE_EPOCH_MS} AS BIGINT) * 1000) END)"""


def _clock_differs(platform: str) -> str:
    tolerance = _CLOCK_TOLERANCE.get(platform, 2)
    # a day is midnight of a zone that may be anywhere between UTC-12 and UTC+14
    return f"""(created_at_source <> 'id' AND NOT CASE created_at_precision
        WHEN 'day' THEN clock_ahead_s BETWEEN -50400 AND 136800
        WHEN 'minute' THEN clock_ahead_s BETWEEN -{tolerance} AND {60 + tolerance}
        ELSE abs(clock_ahead_s) <= {tolerance} END)"""


def _verdict(source: Source) -> str:
    platform = source.platform
    digits_only = str(platform in _DIGITS_ONLY).lower()
    first = _LAUNCHED.get(platform, _WEB)
    last = f"least(greatest({_instant(source.exported_at)}, metrics_at), now()) + INTERVAL 1 DAY"
    # clients of Bluesky may state an earlier time, as imports of old posts do: a flag there
    clock = (
        ""
        if platform == "bluesky"
        else f"WHEN {_clock_differs(platform)} THEN 'SNOWFLAKE_MISMATCH|created_at'"
    )
    return f"""CASE
        WHEN reader_problem IN ({_codes("excluded")}) THEN reader_problem
        WHEN visibility NOT IN ('public', 'unlisted') THEN 'EXCLUDED_NON_PUBLIC'
        WHEN reader_problem IS NOT NULL THEN reader_problem || '|' || coalesce(problem_field, '')
        WHEN message_id IS NULL THEN 'REQUIRED_NULL|message_id'
        WHEN {_is_odd("message_id", platform)} AND NOT (list_contains(coalesce(flags, []), 'URL_AS_ID')
                AND regexp_full_match(message_id, 'https?://\\S+')) THEN CASE
            WHEN is_scientific(message_id, {digits_only}) THEN 'ID_SCIENTIFIC|message_id'
            WHEN is_decimal(message_id) THEN 'ID_IS_FLOAT|message_id'
            ELSE 'ID_BAD_FORM|message_id' END
        WHEN account_id IS NULL THEN 'REQUIRED_NULL|account_id'
        WHEN {_is_odd("account_id")} THEN CASE
            WHEN is_scientific(account_id, false) THEN 'ID_SCIENTIFIC|account_id' ELSE 'ID_IS_FLOAT|account_id' END
        WHEN created_at IS NULL THEN 'REQUIRED_NULL|created_at'
        WHEN NOT created_at BETWEEN CAST('{first} 00:00:00+00' AS TIMESTAMPTZ) AND {last}
            THEN 'TIMESTAMP_RANGE|created_at'
        {clock} END"""


def _is_odd(name: str, platform: str | None = None) -> str:
    """Write the test of an id's shape; where a platform has no shape, or for accounts, that of spreadsheet damage."""
    digits_only = str(platform in _DIGITS_ONLY).lower()
    test = f"""(is_scientific({name}, {digits_only}) OR is_decimal({name})
        OR length({name}) > {_LONGEST_ID} OR contains({name}, '\n'))"""
    if platform in _SHAPES:
        test = f"NOT regexp_full_match({name}, '{_SHAPES[platform]}')"
        if not re.fullmatch(_SHAPES[platform], "1" * 20):
            return test
    return f"({_unless_plain(test, 'false')})"


def _damaged_references(platform: str) -> str:
    reply = "in_reply_to_message_id"
    address = f"regexp_full_match({reply}, 'https?://\\S+')"
    return f"""
        coalesce(CASE WHEN {_is_odd(reply, platform)} THEN NOT {address} END, false) AS reply_damaged,
        coalesce({_is_odd("coalesce(parent_account_id, in_reply_to_account_id)")}, false) AS target_damaged,
        coalesce({_is_odd("conversation_id")}, false) AS conversation_damaged"""


def _kind() -> str:
    target = "coalesce(parent_account_id, in_reply_to_account_id)"
    ref, own = f"as_float({target})", "as_float(account_id)"
    # half a unit of the last digit that is left
    nearby = (
        f"abs({ref} - {own}) <= 0.5 * pow(10, floor(log10({ref})) + 1 - printed_digits({target}))"
    )
    return f"""CASE
        WHEN is_repost OR reposted_message_id IS NOT NULL THEN 'repost'
        WHEN reply_known OR in_reply_to_message_id IS NOT NULL THEN CASE
            WHEN {target} IS NULL THEN 'reply_unknown_target'
            WHEN {target} = account_id THEN 'self_reply'
            WHEN target_damaged AND {ref} = {own} THEN 'self_reply'
            WHEN target_damaged AND {ref} > 0 AND {nearby} THEN 'reply_unknown_target'
            ELSE 'reply' END
        WHEN is_directed OR {target} IS NOT NULL THEN 'directed_mention'
        WHEN quoted_message_id IS NOT NULL THEN 'quote'
        ELSE 'post' END"""


def _count(name: str, source: Source) -> str:
    absent = "kind = 'repost'"  # its numbers belong to the original
    if name == "views" and source.views_since:
        absent += f" OR created_at < CAST('{source.views_since} 00:00:00+00' AS TIMESTAMPTZ)"
    return f"CASE WHEN {absent} THEN NULL ELSE n_{name} END AS {name}"


def _flags(platform: str) -> str:
    bad = " OR ".join(
        f"({name} IS NOT NULL AND n_{name} IS NULL)" for name in (*COUNTS, "author_followers")
    )
    found = {
        "ID_REPAIRED": "message_id <> given_message_id OR account_id <> given_account_id",
        "REF_ID_DAMAGED": "kind <> 'repost' AND (reply_damaged OR target_damaged OR conversation_damaged)",
        "COUNT_BAD": bad,
        "TEXT_MOJIBAKE": "contains(text, '\ufffd') OR contains(text, 'â€') OR "
        "(contains(text, 'Ã') AND regexp_matches(text, 'Ã[\\x{80}-\\x{BF}]'))",
    }
    if platform == "bluesky":
        found["ID_CLOCK_DIFFERS"] = _clock_differs(platform)
    own = ", ".join(f"CASE WHEN {test} THEN '{code}' END" for code, test in found.items())
    any_found = " OR ".join(f"coalesce({test}, false)" for test in found.values())
    return f"""CASE WHEN coalesce(len(flags), 0) > 0 OR {any_found}
        THEN list_sort(list_distinct([{own}] || coalesce(flags, []))) ELSE [] END"""
