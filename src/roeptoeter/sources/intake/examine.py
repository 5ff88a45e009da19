"""What a file as a whole gives away: ids that were rounded, a wrong clock, too little that can be used."""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from roeptoeter.messages import REASONS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.intake.checks import quote
from roeptoeter.sources.staging import FileRefused, Format

#: A larger part of the rows in quarantine than this refuses the file.
LARGEST_QUARANTINE = 0.05

_FEWEST_IDS = 20  # to tell whether ids were rounded
_FEWEST_OF_A_LENGTH = 50  # to tell it of the ids of one length, where several are mixed
_FEWEST_CLOCKS, _SHIFT_S = 10, 900  # to tell a wrong zone
_NOT_THE_FORMAT = {"UNKNOWN_RECORD_TYPE", "JSON_INVALID", "FLATTEN_FAILED"}

#: How to mend what a file is refused for; readers say it themselves for what they refuse.
_MENDING = {
    "JSON_INVALID": "collect or copy it again",
    "ROW_WIDTH": "is `delimiter` right?",
    "UNKNOWN_RECORD_TYPE": "is `format` right?",
    "FLATTEN_FAILED": "is `format` right?",
    "REQUIRED_NULL": "export it with these columns, or declare `account_id` or `columns`",
    "ID_IS_FLOAT": "export it again, with the ids as text",
    "ID_SCIENTIFIC": "export it again and do not save it from a spreadsheet",
    "ID_BAD_FORM": "are `platform` and `columns` right?",
    "TIMESTAMP_UNPARSEABLE": "is `date_order` right?",
    "TIMESTAMP_RANGE": "are `exported_on`, `date_order` and `platform` right?",
    "TIMEZONE_MISSING": "declare `time_zone`",
    "TIMEZONE_UNKNOWN": "export it with a clear time zone",
    "TIMESTAMP_NONEXISTENT": "is `time_zone` right?",
    "SNOWFLAKE_MISMATCH": "are `time_zone` and `date_order` right?",
}


@dataclass
class FileAccount:
    """The account of one file: how many records, what became of them, and what a person should know."""

    rows_in: int
    codes: dict[str, int]  # rows by code, of those left out at the door
    flags: dict[str, int]
    warnings: list[str] = field(default_factory=list)
    accepted: bool = False  # usable in part only, and declared so

    def count(self, severity: str) -> int:
        """Count the rows that were left out with a code of this severity."""
        return sum(rows for code, rows in self.codes.items() if REASONS[code][0] == severity)


def examine_file(
    connection: duckdb.DuckDBPyConnection, part: Path, path: Path, source: Source, kind: Format
) -> FileAccount:
    """Count what became of a file's rows and refuse the file where they show that it cannot be trusted.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    part : pathlib.Path
        From `stage_file`.
    path : pathlib.Path
        The export itself, for the count that some exports state.
    source : Source
    kind : Format

    Returns
    -------
    FileAccount

    Raises
    ------
    FileRefused
        ID_FILE_DAMAGED, TZ_SHIFT and ALL_UNKNOWN always; NOTHING_KEPT and MUCH_QUARANTINED, and single ids in
        scientific notation, unless the declaration has `accept_partial`.
    """
    rows = f"read_parquet({quote(str(part))}, file_row_number = true)"
    count = _count_records if kind.yields == "survey_answers" else _count_rows
    account = count(connection, rows)
    strange = (set(account.codes) | set(account.flags)) - set(REASONS)
    assert not strange, f"codes that are not in REASONS: {sorted(strange)}"
    if account.rows_in and set(account.codes) <= _NOT_THE_FORMAT:
        unknown = sum(account.codes.values())
        if unknown == account.rows_in:
            raise FileRefused(
                "ALL_UNKNOWN",
                f"none of its {unknown:,} records is one of {kind.name}; is `format` right?",
            )
    if kind.yields == "messages":
        _refuse_damage(connection, rows, source, account)
        _refuse_shift(connection, rows, source)
    _refuse_remains(account, source)
    _warn_counts(account, path, source, kind)
    return account


def _count_rows(connection: duckdb.DuckDBPyConnection, rows: str) -> FileAccount:
    codes = connection.execute(
        f"SELECT problem, count(*) FROM {rows} GROUP BY 1 ORDER BY 1"
    ).fetchall()
    flags = connection.execute(
        f"SELECT unnest(quality_flags), count(*) FROM {rows} WHERE problem IS NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return FileAccount(
        sum(number for _, number in codes),
        {code: number for code, number in codes if code is not None},
        dict(flags),
    )


def _count_records(connection: duckdb.DuckDBPyConnection, rows: str) -> FileAccount:
    """Count respondents, not answers: a respondent with a single readable answer is kept."""
    codes = connection.execute(
        f"""SELECT code, count(*) FROM (
                SELECT CASE WHEN NOT bool_or(problem IS NULL) THEN arg_min(problem, file_row_number) END AS code
                FROM {rows} GROUP BY source_row) GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    flags = connection.execute(
        f"""SELECT flag, count(DISTINCT source_row) FROM (
                SELECT source_row, unnest(quality_flags || CASE WHEN problem IS NULL THEN [] ELSE [problem] END)
                    AS flag
                FROM {rows} WHERE source_row IN (SELECT source_row FROM {rows} WHERE problem IS NULL))
            GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    return FileAccount(
        sum(number for _, number in codes),
        {code: number for code, number in codes if code is not None},
        dict(flags),
    )


def describe_damage(connection: duckdb.DuckDBPyConnection, ids: str) -> tuple[str | None, int]:
    """Tell whether the ids of a file were rounded; what rounding leaves behind, no honest file has.

    Honest ids end in 00 once in a hundred times; ids cut to 17 digits always do (of 19 digits), or end in 0 (of 18).
    Ids cut to 15 digits are their own rounding to 15 digits. Ids that went through a 64-bit float are their own
    float; since many honest ids of Twitter end in zero bits too, nearly all must be.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
    ids : str
        What stands after FROM: a relation with a column `message_id`. Ids of 17 to 19 digits are looked at, of
        Facebook's `page_post` the second; each id once.

    Returns
    -------
    str or None
        What was found, in words; None below 20 ids, and for sound ones.
    int
        The number of ids that were looked at.
    """
    traces = connection.execute(
        f"""
        WITH given AS (
            SELECT TRY_CAST(CASE WHEN contains(message_id, '_') THEN split_part(message_id, '_', 2)
                ELSE message_id END AS BIGINT) AS id FROM {ids}
            WHERE regexp_full_match(message_id, '(\\d+_)?\\d{{17,19}}')),
        long_ids AS (
            SELECT id, CAST(id AS DOUBLE) AS rounded, CAST(id AS UBIGINT) AS whole,
                CASE WHEN id < 100000000000000000 THEN 100 WHEN id < 1000000000000000000 THEN 1000 ELSE 10000 END
                    ::UBIGINT AS unit
            FROM (SELECT DISTINCT id FROM given WHERE id IS NOT NULL))
        SELECT length(CAST(id AS VARCHAR)), count(*),
            avg(CAST(id % 100 = 0 AS INT)), avg(CAST(id % 10 = 0 AS INT)),
            avg(CAST(CAST((whole + unit // 2) // unit * unit AS DOUBLE) = rounded AS INT)),
            count(*) FILTER (id >= 1::BIGINT << 58),
            avg(CAST(CAST(rounded AS HUGEINT) = id AS INT)) FILTER (id >= 1::BIGINT << 58)
        FROM long_ids GROUP BY GROUPING SETS ((1), ()) ORDER BY 1 NULLS FIRST"""
    ).fetchall()
    total = traces[0][1] if traces else 0
    for length, number, hundreds, tens, fifteen, large, floats in traces:
        if number < (_FEWEST_IDS if length is None else _FEWEST_OF_A_LENGTH):
            continue
        if hundreds > 0.5 or tens > 0.6:
            return f"{tens:.0%} of the ids end in 0: they were cut to 17 digits", total
        if fifteen > 0.5:
            return f"{fifteen:.0%} of the ids have no more than 15 digits that count", total
        if large >= _FEWEST_IDS and floats > 0.95:
            return f"{floats:.0%} of the ids went through a floating-point number", total
    return None, total


def _refuse_damage(
    connection: duckdb.DuckDBPyConnection, rows: str, source: Source, account: FileAccount
) -> None:
    advice = "export it again, with the ids as text, and do not save it from a spreadsheet"
    scientific = connection.execute(
        f"SELECT count(*) FROM {rows} WHERE problem = 'ID_SCIENTIFIC' AND field = 'message_id'"
    ).fetchall()[0][0]
    if scientific and not source.accept_partial:
        raise FileRefused(
            "ID_FILE_DAMAGED", f"{scientific:,} ids are in scientific notation; {advice}"
        )
    found, number = describe_damage(connection, rows)
    if found:
        raise FileRefused("ID_FILE_DAMAGED", f"{found}; {advice}")
    if 0 < number < _FEWEST_IDS:
        account.warnings.append(
            f"FEW_IDS: {number} long ids, {_FEWEST_IDS} are needed to tell whether they were rounded"
        )


def _refuse_shift(connection: duckdb.DuckDBPyConnection, rows: str, source: Source) -> None:
    if source.platform == "bluesky":  # authors may state any earlier time
        return
    told = f"""{rows} WHERE clock_ahead_s IS NOT NULL AND created_at_source <> 'id'
        AND created_at_precision <> 'day'"""
    ((shift,),) = connection.execute(f"SELECT median(clock_ahead_s) FROM {told}").fetchall()
    if shift is None or abs(shift) < _SHIFT_S:
        return
    ((number,),) = connection.execute(f"SELECT count(DISTINCT message_id) FROM {told}").fetchall()
    if number >= _FEWEST_CLOCKS:
        raise FileRefused(
            "TZ_SHIFT",
            f"by the clock inside {number:,} ids the times are {abs(shift) / 3600:,.2f} hours too "
            f"{'early' if shift > 0 else 'late'}; are `time_zone` ({source.time_zone or 'not declared'}) "
            f"and `date_order` right?",
        )


def _refuse_remains(account: FileAccount, source: Source) -> None:
    left_out = account.count("quarantine")
    kept = account.rows_in - sum(account.codes.values())
    share = left_out / account.rows_in if account.rows_in else 0.0
    if kept and share <= LARGEST_QUARANTINE:
        return
    if source.accept_partial:
        account.accepted = True
        return
    if not account.rows_in:
        raise FileRefused(
            "NOTHING_KEPT",
            "it holds no records; export it again, or accept it with `accept_partial: <reason>`",
        )
    code, number = max(account.codes.items(), key=lambda item: (item[1], item[0]))
    most = f"above all {code} ({number:,} rows: {REASONS[code][1]})"
    advice = "accept it with `accept_partial: <reason>`"
    if code in _MENDING:
        advice = f"{_MENDING[code]}; or {advice}"
    if not kept:
        raise FileRefused("NOTHING_KEPT", f"{account.rows_in:,} rows, {most}; {advice}")
    raise FileRefused(
        "MUCH_QUARANTINED",
        f"{left_out:,} of {account.rows_in:,} rows ({share:.1%}), {most}; {advice}",
    )


def _warn_counts(account: FileAccount, path: Path, source: Source, kind: Format) -> None:
    if kind.row_cap is not None and account.rows_in == kind.row_cap:
        account.warnings.append(
            f"ROW_CAP: exactly {kind.row_cap:,} rows, {REASONS['ROW_CAP'][1].split(': ')[-1]}"
        )
    if kind.expected_count is not None:
        expected = kind.expected_count(path, source)
        if expected is not None and expected != account.rows_in:
            account.warnings.append(
                f"COUNT_MISMATCH: {account.rows_in:,} records, the export states {expected:,}"
            )
