"""The way of a study's exports: declared, staged and judged file by file, merged, written all at once."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from roeptoeter.errors import InputError
from roeptoeter.messages import REASONS
from roeptoeter.sources.accounts import read_accounts
from roeptoeter.sources.declaration import Source, exports_folder, read_declarations
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.intake.checks import define_macros, quote
from roeptoeter.sources.intake.examine import FileAccount, examine_file
from roeptoeter.sources.intake.merge import (
    find_organisations,
    prepare_merge,
    write_accounts,
    write_answers,
    write_duplicates,
    write_messages,
    write_snapshots,
)
from roeptoeter.sources.intake.mixture import refuse_mixture
from roeptoeter.sources.intake.stage import stage_file
from roeptoeter.sources.staging import FileRefused, Format
from roeptoeter.study import Study, display_path, place_output

#: One row per export file. rows_in is kept plus duplicates plus quarantined plus excluded.
FILE_LOG = pa.schema(
    [
        ("file", pa.string()),
        ("format", pa.string()),
        ("title", pa.string()),  # the format in words
        ("verified", pa.bool_()),  # whether the reader has met real files
        ("yields", pa.string()),  # messages, account_snapshots, survey_answers
        ("platform", pa.string()),
        ("direction", pa.string()),  # as declared
        ("exported_on", pa.date32()),
        ("bytes", pa.int64()),
        ("sha256", pa.string()),
        ("rows_in", pa.int64()),  # messages, snapshots, or respondents
        ("kept", pa.int64()),
        ("duplicates", pa.int64()),
        ("quarantined", pa.int64()),
        ("excluded", pa.int64()),
        ("flags", pa.string()),  # "CODE: rows; ...", of the rows that passed the checks
        ("warnings", pa.string()),
        ("verdict", pa.string()),  # ok, partial; a refused file stops the study
        ("accept_partial", pa.string()),  # the declared reason
    ]
)

#: Rows per file and reason code.
FILE_REASONS = pa.schema(
    [("file", pa.string()), ("code", pa.string()), ("severity", pa.string()), ("rows", pa.int64())]
)

_MEMORY = "500MB"
_MOST_THREADS = (
    8  # each has rows in hand, beside that limit; the lines are cut by one thread anyway
)
_TABLES = (
    "messages", "account_snapshots", "accounts", "survey_answers", "duplicates", "file_log", "reasons",
)  # fmt: skip


def read_exports(study: Study, progress: bool = True) -> None:
    """Read every export of a study and write its tables.

    Writes messages, account_snapshots, accounts, survey_answers, duplicates, file_log and reasons as Parquet to
    `study.processed`, all of them or none. Rows that cannot be used go with their content to
    `build/<study>/quarantine.parquet`, which git ignores; also when a file is refused, so that one can see why.
    Accounts of sent messages and of profiles that are in no account map are listed beside it, in `unmapped_accounts.csv`.

    Ids of messages, of respondents and of accounts that are no organisation's leave as keyed hashes, those of accounts
    with the purpose `person` among them; nothing ties these to an organisation. The key is
    made once, at random, and stays beside the exports; for a simulated study it is fixed.

    Parameters
    ----------
    study : Study
        Without a folder `data/raw/exports/<study>` nothing is done.
    progress : bool
        Whether to show a bar on stderr; only where that is a terminal.

    Raises
    ------
    InputError
        In one line: a declaration or the account map is wrong, a simulated file stands among real ones or a real one
        among simulated ones, or a file is refused, with its code, what that means and how to mend it.
    """
    folder = exports_folder(study.name)
    if not folder.exists():
        return
    sources = read_declarations(folder)
    refuse_mixture(study, folder, sources)
    accounts = read_accounts(folder)
    kinds = [FORMATS[source.format] for source in sources]
    workplace = study.build / "intake"
    shutil.rmtree(workplace, ignore_errors=True)
    workplace.mkdir(parents=True)
    connection = _connect(workplace)
    try:
        parts, file_accounts = _stage_all(
            connection, study, folder, sources, kinds, workplace, progress
        )
        prepare_merge(connection, sources, kinds, parts, accounts, _read_key(study, folder))
        tables = {kind.yields for kind in kinds}
        find_organisations(connection, tables)
        written = {name: workplace / f"{name}.parquet" for name in _TABLES}
        write_messages(connection, tables, written["messages"])
        write_snapshots(connection, tables, written["account_snapshots"])
        write_accounts(connection, study.evidence == "SIMULATED", written["accounts"])
        write_answers(connection, tables, written["survey_answers"])
        write_duplicates(connection, tables, written["duplicates"])
        _write_log(connection, folder, sources, kinds, file_accounts, written)
        _list_unmapped(connection, study)
        _put_in_place(study, written)
    finally:
        connection.close()
        shutil.rmtree(workplace, ignore_errors=True)


def _connect(workplace: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "threads": min(os.cpu_count() or 1, _MOST_THREADS),
            "temp_directory": str(workplace / "spill"),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    define_macros(connection)
    return connection


def _stage_all(
    connection: duckdb.DuckDBPyConnection,
    study: Study,
    folder: Path,
    sources: list[Source],
    kinds: list[Format],
    workplace: Path,
    progress: bool,
) -> tuple[list[Path], list[FileAccount]]:
    sizes = [(folder / source.file).stat().st_size for source in sources]
    parts: list[Path] = []
    file_accounts = []
    done = 0
    # disable=None: silent where stderr is no terminal
    with tqdm(
        total=sum(sizes), unit="B", unit_scale=True, disable=None if progress else True
    ) as bar:
        for number, (source, kind, size) in enumerate(zip(sources, kinds, sizes, strict=True)):
            path = folder / source.file
            part = workplace / f"{number}.part.parquet"
            bar.set_description(source.file)
            try:
                stage_file(connection, path, source, kind, number, part, _advance(bar, done, size))
                parts.append(part)
                file_accounts.append(examine_file(connection, part, path, source, kind))
            except FileRefused as refusal:
                _write_quarantine(connection, study, sources, parts)
                raise InputError(
                    f"{display_path(path)} is refused: {refusal.code}, {REASONS[refusal.code][1]}: {refusal.detail}"
                ) from None
            done += size
            bar.update(done - bar.n)
    _write_quarantine(connection, study, sources, parts)
    return parts, file_accounts


def _advance(bar: tqdm, done: int, size: int) -> Callable[[int], None]:
    def advance(read: int) -> None:
        bar.update(max(done + min(read, size) - bar.n, 0))

    return advance


def _write_quarantine(
    connection: duckdb.DuckDBPyConnection, study: Study, sources: list[Source], parts: list[Path]
) -> None:
    target = study.build / "quarantine.parquet"
    target.unlink(missing_ok=True)
    if not parts:
        return
    codes = ", ".join(
        quote(code) for code, (severity, _) in REASONS.items() if severity == "quarantine"
    )
    selects = " UNION ALL ".join(
        f"""SELECT {quote(source.file)} AS source_file, source_row, {quote(source.format)} AS source_format,
            problem AS code, field, detail, raw FROM read_parquet({quote(str(part))})
            WHERE problem IN ({codes})"""
        for source, part in zip(sources, parts, strict=False)
    )
    connection.execute(
        f"COPY ({selects}) TO {quote(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _read_key(study: Study, folder: Path) -> str:
    """Return the key of the hashes; make it on the first occasion."""
    if study.evidence == "SIMULATED":
        return f"simulated study {study.name}"
    path = folder / ".key"
    if not path.exists():
        aside = folder / f".key.{os.getpid()}"
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
        aside.rename(path)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise InputError(
            f"{display_path(path)} is too short for a key; delete it, and a new one is made (all hashes change)"
        )
    return key


def _write_log(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    sources: list[Source],
    kinds: list[Format],
    file_accounts: list[FileAccount],
    written: dict[str, Path],
) -> None:
    dropped = _count_by(connection, written["duplicates"], ["dropped_file", "reason"])
    log, reasons = [], []
    for source, kind, account in zip(sources, kinds, file_accounts, strict=True):
        repeats = {reason: rows for (file, reason), rows in dropped.items() if file == source.file}
        quarantined, excluded = account.count("quarantine"), account.count("excluded")
        kept = _count_kept(connection, written[kind.yields], source, kind)
        duplicates = sum(repeats.values())
        assert account.rows_in == kept + duplicates + quarantined + excluded, (
            f"{source.file}: {account.rows_in} rows in, but {kept} kept, {duplicates} duplicates, "
            f"{quarantined} quarantined and {excluded} excluded"
        )
        path = folder / source.file
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        log.append(
            (
                source.file, kind.name, kind.title, kind.verified, kind.yields, source.platform, source.direction,
                source.exported_on, path.stat().st_size, digest, account.rows_in, kept, duplicates, quarantined,
                excluded, "; ".join(f"{code}: {rows}" for code, rows in account.flags.items()),
                "; ".join(account.warnings), "partial" if account.accepted else "ok", source.accept_partial,
            )
        )  # fmt: skip
        for code, rows in {**account.codes, **repeats}.items():
            reasons.append((source.file, code, REASONS[code][0], rows))
        for code, rows in account.flags.items():
            reasons.append((source.file, code, "flag", rows))
    _write_rows(log, FILE_LOG, written["file_log"])
    _write_rows(reasons, FILE_REASONS, written["reasons"])


def _count_kept(
    connection: duckdb.DuckDBPyConnection, path: Path, source: Source, kind: Format
) -> int:
    """Count the records of a file in the table that was written, as the table has them."""
    counted = "DISTINCT source_row" if kind.yields == "survey_answers" else "*"
    return connection.execute(
        f"SELECT count({counted}) FROM read_parquet({quote(str(path))}) "
        f"WHERE source_file = {quote(source.file)}"
    ).fetchall()[0][0]


def _count_by(
    connection: duckdb.DuckDBPyConnection, path: Path, columns: list[str]
) -> dict[tuple, int]:
    rows = connection.execute(
        f"SELECT {', '.join(columns)}, count(*) FROM read_parquet({quote(str(path))}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return {tuple(row[:-1]): row[-1] for row in rows}


def _write_rows(rows: list[tuple], schema: pa.Schema, path: Path) -> None:
    columns = zip(*rows, strict=True) if rows else [[] for _ in schema]
    arrays = [
        pa.array(list(column), field.type) for column, field in zip(columns, schema, strict=True)
    ]
    pq.write_table(pa.table(arrays, schema=schema), path)


def _list_unmapped(connection: duckdb.DuckDBPyConnection, study: Study) -> None:
    """List the accounts of no organisation that sent or were looked up, for a person to add to the account map."""
    target = study.build / "unmapped_accounts.csv"
    connection.execute(
        f"""COPY (
            SELECT platform, account_id, min(account_handle) AS handle, list(DISTINCT file ORDER BY file) AS files
            FROM authors JOIN files USING (platform, file_number)
            ANTI JOIN organisation_accounts USING (platform, account_id)
            WHERE coalesce(said_direction, declared_direction) = 'sent'
            GROUP BY ALL ORDER BY ALL) TO {quote(str(target))} (HEADER)"""
    )


def _put_in_place(study: Study, written: dict[str, Path]) -> None:
    """Put all tables in their places, after all of them could be copied there."""
    asides = []
    for name, path in written.items():
        target = place_output(study.processed / f"{name}.parquet")
        aside = target.with_name(f".{target.name}.{os.getpid()}.part")
        shutil.move(path, aside)
        asides.append((aside, target))
    for aside, target in asides:
        aside.replace(target)
