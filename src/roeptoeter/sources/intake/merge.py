"""Across files: the same message twice, edits, parents, whose account it is; ids become keyed hashes on the way out."""

from pathlib import Path

import duckdb
import pyarrow as pa

from roeptoeter.errors import InputError
from roeptoeter.messages import ACCOUNT_SNAPSHOTS, ACCOUNTS, MESSAGES, SURVEY_ANSWERS
from roeptoeter.sources.accounts import Account
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.intake.checks import COUNTS, quote
from roeptoeter.sources.intake.stage import duckdb_type
from roeptoeter.sources.staging import Format

#: A row that was left out because another one stands for it.
DUPLICATES = pa.schema(
    [
        ("platform", pa.string()),  # survey for answers of a questionnaire
        (
            "message_id",
            pa.string(),
        ),  # keyed hash; of the account or the respondent where the rows are theirs
        ("reason", pa.string()),  # DUPLICATE, CONFLICT_IMMUTABLE, EDITED
        ("kept_file", pa.string()),
        ("kept_row", pa.int64()),
        ("dropped_file", pa.string()),
        ("dropped_row", pa.int64()),
    ]
)
_KEY = ("file_number", "file_row_number")


def prepare_merge(
    connection: duckdb.DuckDBPyConnection,
    sources: list[Source],
    kinds: list[Format],
    parts: list[Path],
    accounts: list[Account],
    key: str,
) -> None:
    """Lay out what the merges read: the files, the account map, the parts by table, the key.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    sources, kinds, parts : list
        A declaration, a format and a part per file, in the order of the study.
    accounts : list of Account
    key : str
        Of the hashes. ``hashed(id)`` is the first 24 hexadecimal digits of SHA-256 over key and id.
    """
    connection.execute(f"SET VARIABLE hash_key = {quote(key)}")
    connection.execute(
        """CREATE OR REPLACE TEMP MACRO hashed(id) AS
            left(sha256(getvariable('hash_key') || CAST(id AS VARCHAR)), 24)"""
    )
    files = pa.table(
        {
            "file_number": pa.array(range(len(sources)), pa.int64()),
            "file": [source.file for source in sources],
            "platform": [source.platform for source in sources],
            "format": [kind.name for kind in kinds],
            "declared_direction": [source.direction for source in sources],
            "declared_organisation": pa.array(
                [source.organisation for source in sources], pa.string()
            ),
            "declared_account": pa.array([source.account_id for source in sources], pa.string()),
            "declared_survey": pa.array([source.survey for source in sources], pa.string()),
            "declared_wave": pa.array([source.wave for source in sources], pa.string()),
            "followers_basis": pa.array([kind.followers_basis for kind in kinds], pa.string()),
            "exported_at": pa.array(
                [source.exported_at for source in sources], pa.timestamp("us", tz="UTC")
            ),
        }
    )
    account_map = pa.table(
        {
            name: pa.array([getattr(account, name) for account in accounts], pa.string())
            for name in ("platform", "account_id", "handle", "organisation", "purpose", "owner")
        }
        | {
            name: pa.array([getattr(account, name) for account in accounts], pa.date32())
            for name in ("in_use_from", "in_use_to")
        }
        | {"line": pa.array(range(len(accounts)), pa.int64())}
    )
    for name, table in {"files": files, "account_map": account_map}.items():
        connection.register("handed", table)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM handed")
        connection.unregister("handed")
    for table in {kind.yields for kind in kinds}:
        paths = ", ".join(
            quote(str(part))
            for part, kind in zip(parts, kinds, strict=True)
            if kind.yields == table
        )
        connection.execute(
            f"""CREATE OR REPLACE TEMP VIEW staged_{table} AS SELECT *
                FROM read_parquet([{paths}], file_row_number = true) JOIN files USING (file_number)"""
        )


def find_organisations(connection: duckdb.DuckDBPyConnection, tables: set[str]) -> None:
    """Tell which accounts are an organisation's: by id in the account map, by handle there, by declaration.

    Writes the table `organisation_accounts`. An account of a person is in it without organisation: its messages and
    snapshots are nobody's, and its id leaves as a keyed hash, whatever else declares it.

    Raises
    ------
    InputError
        If two files declare the same account for different organisations, or if a file declared `direction: both`
        has messages of which nothing says whose they are.
    """
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE authors (platform VARCHAR, account_id VARCHAR, account_handle VARCHAR,
            said_direction VARCHAR, file_number BIGINT)"""
    )
    if "messages" in tables:
        connection.execute(
            """INSERT INTO authors SELECT DISTINCT platform, account_id, account_handle, said_direction, file_number
                FROM staged_messages WHERE problem IS NULL"""
        )
    if "account_snapshots" in tables:
        connection.execute(
            """INSERT INTO authors SELECT DISTINCT platform, account_id, account_handle, 'sent', file_number
                FROM staged_account_snapshots WHERE problem IS NULL"""
        )
    own_files = (
        """UNION SELECT platform, account_id, coalesce(organisation, declared_organisation), 3, NULL
            FROM staged_account_snapshots
            WHERE problem IS NULL AND coalesce(organisation, declared_organisation) IS NOT NULL"""
        if "account_snapshots" in tables
        else ""
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE claims AS
        SELECT platform, account_id, organisation, 1 AS precedence, line FROM account_map WHERE account_id IS NOT NULL
        UNION SELECT platform, authors.account_id, organisation, 2, line FROM authors JOIN account_map m USING (platform)
            WHERE lower(ltrim(account_handle, '@')) = handle AND m.account_id IS NULL
        UNION SELECT platform, declared_account, declared_organisation, 3, NULL FROM files
            WHERE declared_account IS NOT NULL AND declared_organisation IS NOT NULL
        UNION SELECT a.platform, account_id, declared_organisation, 3, NULL FROM authors a JOIN files USING (file_number)
            WHERE declared_organisation IS NOT NULL AND coalesce(said_direction, declared_direction) = 'sent'
        {own_files};
        CREATE OR REPLACE TEMP TABLE organisation_accounts AS
        SELECT a.platform, a.account_id, line,
            CASE WHEN m.purpose IS DISTINCT FROM 'person' THEN a.organisation END AS organisation
        FROM (
            SELECT platform, account_id, arg_min(organisation, precedence) AS organisation,
                coalesce(min(line) FILTER (precedence = 1), min(line)) AS line
            FROM claims GROUP BY ALL) a LEFT JOIN account_map m USING (line)"""
    )
    conflict = connection.execute(
        """SELECT platform, account_id, min(organisation), max(organisation) FROM claims
            JOIN (SELECT platform, account_id, min(precedence) AS precedence FROM claims GROUP BY ALL)
            USING (platform, account_id, precedence)
            GROUP BY ALL HAVING min(organisation) <> max(organisation) ORDER BY ALL LIMIT 1"""
    ).fetchall()
    if conflict:
        platform, account, one, other = conflict[0]
        raise InputError(
            f"the {platform} account {account} is declared as {one} and as {other}; say in accounts.csv whose it is"
        )
    stranger = connection.execute(
        """SELECT file FROM authors JOIN files f USING (file_number)
            WHERE declared_direction = 'both' AND said_direction IS NULL AND declared_account IS NULL
              AND NOT EXISTS (SELECT 1 FROM organisation_accounts o WHERE o.platform = f.platform)
            ORDER BY file_number LIMIT 1"""
    ).fetchall()
    if stranger:
        raise InputError(
            f"{stranger[0][0]} is declared `direction: both`, but nothing says which messages the organisation sent; "
            "give its account in accounts.csv, or as `account_id`"
        )


def write_messages(connection: duckdb.DuckDBPyConnection, tables: set[str], target: Path) -> None:
    """Merge the messages of all files and write them.

    One row per message. Of several, the last version of an edited message and the latest reading of its counts is
    kept, with the earliest date; what only another row knows of the parent is added. Repeats go to the
    table `repeats`.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After `find_organisations`.
    tables : set of str
        The tables that the study's files yield.
    target : pathlib.Path
    """
    if "messages" not in tables:
        _write_union(connection, [], MESSAGES, target)
        return
    has_counts = " OR ".join(f"{name} IS NOT NULL" for name in COUNTS)
    connection.execute(
        f"""
        -- a message may stand in one file with its history of edits and in another without
        CREATE OR REPLACE TEMP TABLE edits AS
        SELECT platform, message_id, min(edit_group_id) AS group_id FROM staged_messages
        WHERE problem IS NULL AND edit_group_id <> message_id GROUP BY ALL;

        CREATE OR REPLACE TEMP VIEW kept AS
        SELECT s.*, coalesce(e.group_id, s.message_id) AS group_id,
            coalesce(said_direction, nullif(declared_direction, 'both'),
                CASE WHEN o.organisation IS NOT NULL OR s.account_id = declared_account THEN 'sent'
                     ELSE 'received' END) AS direction,
            o.organisation IS NOT NULL AS account_is_known, o.organisation AS account_organisation
        FROM staged_messages s LEFT JOIN edits e USING (platform, message_id)
            LEFT JOIN organisation_accounts o ON o.platform = s.platform AND o.account_id = s.account_id
        WHERE problem IS NULL;

        CREATE OR REPLACE TEMP TABLE ranked AS
        WITH several AS (
            SELECT platform, group_id FROM kept GROUP BY ALL HAVING count(*) > 1)
        SELECT {", ".join(_KEY)}, platform, group_id, message_id, account_id, kind, created_at, created_at_precision,
            CASE created_at_precision WHEN 'day' THEN 129600 WHEN 'minute' THEN 60 ELSE 0 END AS tolerance_s,
            direction, parent_created_at, parent_account_id, in_reply_to_message_id, in_reply_to_account_id, file, source_row,
            row_number() OVER (PARTITION BY platform, group_id ORDER BY length(message_id) DESC, message_id DESC,
                ({has_counts}) DESC, metrics_at DESC, file_number, source_row, file_row_number) AS rank
        FROM kept SEMI JOIN several USING (platform, group_id);

        CREATE OR REPLACE TEMP TABLE first_rows AS FROM ranked WHERE rank = 1;

        CREATE OR REPLACE TEMP TABLE repeats AS
        SELECT r.{_KEY[0]}, r.{_KEY[1]}, r.platform, r.group_id, r.message_id, f.file AS kept_file, f.source_row AS kept_row,
            r.file AS dropped_file, r.source_row AS dropped_row,
            CASE WHEN r.message_id <> f.message_id THEN 'EDITED'
                 WHEN r.account_id <> f.account_id
                   OR (r.kind <> f.kind AND 'reply_unknown_target' NOT IN (r.kind, f.kind))
                   OR abs(epoch_us(r.created_at) - epoch_us(f.created_at)) / 1e6
                      > greatest(r.tolerance_s, f.tolerance_s) THEN 'CONFLICT_IMMUTABLE'
                 ELSE 'DUPLICATE' END AS reason
        FROM ranked r JOIN first_rows f USING (platform, group_id) WHERE r.rank > 1;

        -- the earliest among the dates that are told most precisely
        CREATE OR REPLACE TEMP TABLE merged AS
        WITH precise AS (SELECT platform, group_id, min(tolerance_s) AS tolerance_s FROM ranked GROUP BY ALL),
        dates AS (
            SELECT platform, group_id, min(created_at) AS created_at,
                any_value(created_at_precision) AS created_at_precision
            FROM ranked JOIN precise USING (platform, group_id, tolerance_s) GROUP BY ALL),
        reasons AS (
            SELECT platform, group_id, list(DISTINCT CASE reason WHEN 'EDITED' THEN 'EDITED_LATER' ELSE reason END)
                FILTER (reason <> 'DUPLICATE') AS found
            FROM repeats GROUP BY ALL),
        others AS (
            SELECT platform, group_id, CASE WHEN bool_or(direction = 'sent') THEN 'sent' ELSE 'received' END AS direction,
                arg_min(parent_created_at, rank) AS parent_created_at,
                arg_min(parent_account_id, rank) AS parent_account_id,
                arg_min(in_reply_to_message_id, rank) AS in_reply_to_message_id,
                arg_min(in_reply_to_account_id, rank) AS in_reply_to_account_id,
                arg_min(kind, rank) FILTER (kind IN ('reply', 'self_reply')) AS known_kind
            FROM ranked GROUP BY ALL)
        SELECT f.{_KEY[0]}, f.{_KEY[1]}, d.created_at, d.created_at_precision, coalesce(found, []) AS found,
            o.* EXCLUDE (platform, group_id)
        FROM first_rows f JOIN dates d USING (platform, group_id) JOIN others o USING (platform, group_id)
            LEFT JOIN reasons USING (platform, group_id);

        CREATE OR REPLACE TEMP VIEW single AS
        SELECT k.* REPLACE (
                coalesce(m.created_at, k.created_at) AS created_at,
                coalesce(m.created_at_precision, k.created_at_precision) AS created_at_precision,
                coalesce(m.direction, k.direction) AS direction,
                coalesce(k.parent_created_at, m.parent_created_at) AS parent_created_at,
                coalesce(k.parent_account_id, m.parent_account_id) AS parent_account_id,
                coalesce(k.in_reply_to_message_id, m.in_reply_to_message_id) AS in_reply_to_message_id,
                coalesce(k.in_reply_to_account_id, m.in_reply_to_account_id) AS in_reply_to_account_id,
                CASE WHEN k.kind = 'reply_unknown_target' THEN coalesce(m.known_kind, k.kind) ELSE k.kind END AS kind,
                k.quality_flags || coalesce(m.found, []) AS quality_flags)
        FROM kept k LEFT JOIN merged m USING ({", ".join(_KEY)})
            ANTI JOIN repeats r USING ({", ".join(_KEY)});

        CREATE OR REPLACE TEMP TABLE parents AS
        WITH wanted AS (
            SELECT DISTINCT platform, in_reply_to_message_id AS message_id FROM staged_messages
            WHERE problem IS NULL AND in_reply_to_message_id IS NOT NULL),
        versions AS (
            SELECT platform, message_id, group_id FROM kept SEMI JOIN wanted USING (platform, message_id)
            GROUP BY ALL)
        SELECT v.platform, v.message_id AS asked_id, s.message_id, s.account_id,
            CASE WHEN s.created_at_precision <> 'day' THEN s.created_at END AS created_at
        FROM versions v JOIN single s USING (platform, group_id);"""
    )
    connection.execute(
        f"COPY ({_final_messages()}) TO {quote(str(target))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )


def _final_messages() -> str:
    expressions = {
        "message_id": "hashed_id",
        "account_id": _shown("account_id", "account_is_known"),
        "organisation": """CASE direction WHEN 'sent' THEN account_organisation
            ELSE coalesce(target_organisation, declared_organisation) END""",
        "in_reply_to_message_id": "hashed(in_reply_to_message_id)",
        "in_reply_to_account_id": _shown("in_reply_to_account_id", "target_is_known"),
        "parent_account_id": _shown("parent_account_id", "parent_is_known"),
        # most messages begin their conversation
        "conversation_id": "CASE WHEN begins_conversation THEN hashed_id ELSE hashed(conversation_id) END",
        "followers_basis": "CASE WHEN author_followers IS NOT NULL THEN followers_basis END",
        "quality_flags": """list_sort(list_distinct(quality_flags || [CASE WHEN parent_created_at > created_at
            + CASE created_at_precision WHEN 'minute' THEN INTERVAL 1 MINUTE ELSE INTERVAL 0 SECOND END
            AND created_at_precision <> 'day' THEN 'RESPONSE_NEGATIVE' END]))""",
        "source_file": "file",
        "source_format": "format",
    }
    replied = """
        SELECT s.* REPLACE (
                coalesce(p.message_id, s.in_reply_to_message_id) AS in_reply_to_message_id,
                coalesce(p.account_id, s.in_reply_to_account_id) AS in_reply_to_account_id,
                coalesce(s.parent_created_at, p.created_at) AS parent_created_at,
                coalesce(p.account_id, s.parent_account_id) AS parent_account_id,
                CASE WHEN p.account_id IS NULL OR s.kind NOT IN ('reply', 'self_reply', 'reply_unknown_target')
                     THEN s.kind WHEN p.account_id = s.account_id THEN 'self_reply' ELSE 'reply' END AS kind)
        FROM single s LEFT JOIN parents p
            ON p.platform = s.platform AND p.asked_id = s.in_reply_to_message_id"""
    return f"""
        SELECT {_columns(MESSAGES, expressions)} FROM (
            SELECT r.*, t.organisation AS target_organisation,
                t.organisation IS NOT NULL AS target_is_known, q.organisation IS NOT NULL AS parent_is_known,
                hashed(message_id) AS hashed_id,
                coalesce(conversation_id = message_id, false) AS begins_conversation
            FROM ({replied}) r
            LEFT JOIN organisation_accounts t
                ON t.platform = r.platform AND t.account_id = r.in_reply_to_account_id
            LEFT JOIN organisation_accounts q ON q.platform = r.platform AND q.account_id = r.parent_account_id)
        ORDER BY file_number, source_row, file_row_number"""


def write_snapshots(connection: duckdb.DuckDBPyConnection, tables: set[str], target: Path) -> None:
    """Write the snapshots of accounts: those of their own files, and the follower counts beside sent messages.

    Of the latter one per account, file and day, the last of the day. Those of residents' accounts are not kept:
    nothing is asked of them.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After `write_messages` where there are messages.
    tables : set of str
        The tables that the study's files yield.
    target : pathlib.Path
    """
    selects = []
    if "account_snapshots" in tables:
        connection.execute(
            """CREATE OR REPLACE TEMP TABLE snapshot_rows AS
                SELECT *, row_number() OVER same AS rank, first_value(source_row) OVER same AS kept_row
                FROM staged_account_snapshots WHERE problem IS NULL
                WINDOW same AS (PARTITION BY platform, account_id, observed_at, followers_kind, file_number
                    ORDER BY source_row, file_row_number)"""
        )
        expressions = {
            "account_id": "CASE WHEN o.organisation IS NULL THEN hashed(s.account_id) ELSE s.account_id END",
            "platform": "s.platform",
            "organisation": "o.organisation",
            "observed_precision": "coalesce(observed_precision, 'second')",
            "basis": "coalesce(basis, 'profile')",
            "source_file": "file",
        }
        selects.append(
            f"""SELECT {_columns(ACCOUNT_SNAPSHOTS, expressions)} FROM snapshot_rows s
                LEFT JOIN organisation_accounts o ON o.platform = s.platform AND o.account_id = s.account_id
                WHERE rank = 1 ORDER BY file_number, source_row, file_row_number"""
        )
    if "messages" in tables:
        expressions = {
            "account_id": _shown("account_id", "account_is_known"),
            "organisation": "account_organisation",
            "observed_precision": """CASE WHEN followers_basis = 'at_posting' THEN created_at_precision
                WHEN observed_at = exported_at THEN 'day' ELSE 'second' END""",
            "followers": "author_followers",
            "followers_kind": "'followers'",
            "following": "NULL",
            "messages_total": "NULL",
            "last_message_at": "NULL",
            "basis": "'message_row'",
            "source_file": "file",
        }
        selects.append(
            f"""SELECT {_columns(ACCOUNT_SNAPSHOTS, expressions)} FROM (
                SELECT *, CASE followers_basis WHEN 'at_posting' THEN created_at ELSE metrics_at END AS observed_at,
                    row_number() OVER (PARTITION BY file_number, account_id, observed_at::DATE
                        ORDER BY observed_at DESC, source_row, file_row_number) AS rank
                FROM kept WHERE author_followers IS NOT NULL AND direction = 'sent') WHERE rank = 1
                ORDER BY file_number, source_row, file_row_number"""
        )
    _write_union(connection, selects, ACCOUNT_SNAPSHOTS, target)


def write_accounts(connection: duckdb.DuckDBPyConnection, is_simulated: bool, target: Path) -> None:
    """Write the accounts of organisations, with what the account map says of each.

    Of an account of a person there is a row without id and without owner, so that it can be counted and no more.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After `find_organisations`.
    is_simulated : bool
    target : pathlib.Path
    """
    connection.execute(
        """CREATE OR REPLACE TEMP VIEW listed_accounts AS
            SELECT o.platform, o.account_id, o.organisation, coalesce(purpose, 'corporate') AS purpose, owner,
                in_use_from, in_use_to
            FROM organisation_accounts o LEFT JOIN account_map m USING (line) WHERE o.organisation IS NOT NULL
            UNION ALL
            SELECT platform, NULL, organisation, purpose, owner, in_use_from, in_use_to
            FROM account_map ANTI JOIN (SELECT line FROM organisation_accounts WHERE organisation IS NOT NULL)
                USING (line)
            WHERE purpose = 'person' OR account_id IS NULL"""
    )
    expressions = {"is_simulated": str(is_simulated).lower()}
    select = f"SELECT {_columns(ACCOUNTS, expressions)} FROM listed_accounts ORDER BY ALL"
    _write_union(connection, [select], ACCOUNTS, target)


def write_answers(connection: duckdb.DuckDBPyConnection, tables: set[str], target: Path) -> None:
    """Write the answers to questionnaires, one respondent once; what people wrote freely is left out.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    tables : set of str
    target : pathlib.Path
    """
    selects = []
    if "survey_answers" in tables:
        connection.execute(
            """
            CREATE OR REPLACE TEMP VIEW answers AS
            SELECT * REPLACE (coalesce("option", '') AS "option",
                coalesce(survey, declared_survey) AS survey, coalesce(wave, declared_wave) AS wave)
            FROM staged_survey_answers WHERE problem IS NULL;
            CREATE OR REPLACE TEMP TABLE respondents AS
            SELECT *, first_value(file_number) OVER same AS kept_file_number,
                first_value(source_row) OVER same AS kept_row, first_value(submitted_at) OVER same AS kept_at
            FROM (
                SELECT survey, wave, respondent_id, file_number, file, source_row, max(submitted_at) AS submitted_at,
                    bool_or(status = 'complete') AS is_complete
                FROM answers GROUP BY ALL)
            WINDOW same AS (PARTITION BY survey, wave, respondent_id
                ORDER BY is_complete DESC NULLS LAST, submitted_at DESC NULLS LAST, file_number, source_row)"""
        )
        expressions = {
            "survey": "a.survey",
            "wave": "a.wave",
            "respondent_id": _HASHED_RESPONDENT.format("a"),
            "organisation": "coalesce(organisation, declared_organisation)",
            "answer_code": "CASE WHEN question_type IS DISTINCT FROM 'text' THEN answer_code END",
            "answer_label": "CASE WHEN question_type IS DISTINCT FROM 'text' THEN answer_label END",
            "source_file": "a.file",
            "source_row": "a.source_row",
            "submitted_at": "a.submitted_at",
        }
        selects.append(
            f"""SELECT {_columns(SURVEY_ANSWERS, expressions)} FROM answers a JOIN respondents r
                ON r.file_number = a.file_number AND r.source_row = a.source_row
                WHERE r.file_number = r.kept_file_number AND r.source_row = r.kept_row
                ORDER BY a.file_number, file_row_number"""
        )
    _write_union(connection, selects, SURVEY_ANSWERS, target)


_HASHED_RESPONDENT = "hashed(coalesce({0}.survey, '') || '/' || {0}.respondent_id)"


def write_duplicates(connection: duckdb.DuckDBPyConnection, tables: set[str], target: Path) -> None:
    """Write which row was left out for which other one, of all three tables.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After the three tables were written.
    tables : set of str
    target : pathlib.Path
    """
    selects = []
    if "messages" in tables:
        expressions = {"message_id": "hashed(message_id)"}
        selects.append(
            f"SELECT {_columns(DUPLICATES, expressions)} FROM repeats ORDER BY file_number, dropped_row, file_row_number"
        )
    if "account_snapshots" in tables:
        expressions = {
            "message_id": "hashed(account_id)",
            "reason": "'DUPLICATE'",
            "kept_file": "file",
            "dropped_file": "file",
            "dropped_row": "source_row",
        }
        selects.append(
            f"SELECT {_columns(DUPLICATES, expressions)} FROM snapshot_rows WHERE rank > 1 "
            "ORDER BY file_number, source_row, file_row_number"
        )
    if "survey_answers" in tables:
        expressions = {
            "platform": "'survey'",
            "message_id": _HASHED_RESPONDENT.format("r"),
            "reason": "CASE WHEN submitted_at <> kept_at THEN 'CONFLICT_IMMUTABLE' ELSE 'DUPLICATE' END",
            "kept_file": "f.file",
            "dropped_file": "r.file",
            "dropped_row": "source_row",
        }
        selects.append(
            f"""SELECT {_columns(DUPLICATES, expressions)} FROM respondents r
                JOIN files f ON f.file_number = kept_file_number
                WHERE (r.file_number, source_row) <> (kept_file_number, kept_row)
                ORDER BY r.file_number, source_row"""
        )
    _write_union(connection, selects, DUPLICATES, target)


def _shown(account: str, is_known: str) -> str:
    return f"CASE WHEN {is_known} THEN {account} ELSE hashed({account}) END"


def _columns(schema: pa.Schema, expressions: dict[str, str]) -> str:
    return ", ".join(
        f"CAST({expressions.get(field.name, chr(34) + field.name + chr(34))} AS {duckdb_type(field.type)}) "
        f'AS "{field.name}"'
        for field in schema
    )


def _write_union(
    connection: duckdb.DuckDBPyConnection, selects: list[str], schema: pa.Schema, target: Path
) -> None:
    nothing = "SELECT " + ", ".join(
        f'CAST(NULL AS {duckdb_type(field.type)}) AS "{field.name}"' for field in schema
    )
    union = " UNION ALL ".join(f"(FROM ({select}))" for select in [f"{nothing} LIMIT 0", *selects])
    connection.execute(
        f"COPY ({union}) TO {quote(str(target))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
    )
