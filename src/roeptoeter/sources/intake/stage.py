"""From a file to its part: the staged rows of one export, judged in a single pass and written as Parquet."""

import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa

from roeptoeter.errors import InputError
from roeptoeter.messages import ACCOUNT_SNAPSHOTS, SURVEY_ANSWERS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.intake.checks import judge_messages, judge_others, quote
from roeptoeter.sources.record_batches import read_record_batches, stream_batches
from roeptoeter.sources.staging import STAGED_MESSAGE, FileRefused, Format

_ROWS, _CHARACTERS = 10_000, 16_000_000  # a batch is full at the first of the two
_DUCKDB_TYPES = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
}
#: Errors of a SELECT that no file can cause.
_OUR_FAULT = (
    AssertionError,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
)

#: Columns that every staged row may have, whatever its table.
_COMMON = ("source_row", "raw", "problem", "problem_field", "problem_detail", "flags")
_REQUIRED = {
    "account_snapshots": ("account_id", "observed_at"),
    "survey_answers": ("respondent_id", "question"),
}


def duckdb_type(kind: pa.DataType) -> str:
    """Return DuckDB's name of an Arrow type of the canonical tables."""
    return _DUCKDB_TYPES[kind]


def staged_schema(table: str) -> pa.Schema:
    """Return the columns that a reader may yield for a table of the study."""
    if table == "messages":
        return STAGED_MESSAGE
    target = {"account_snapshots": ACCOUNT_SNAPSHOTS, "survey_answers": SURVEY_ANSWERS}[table]
    own = [field for field in target if field.name not in _COMMON]
    if table == "account_snapshots":
        own.append(STAGED_MESSAGE.field("account_handle"))  # tells whose account it is, and goes
    return pa.schema([STAGED_MESSAGE.field(name) for name in _COMMON] + own)


def stage_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source,
    kind: Format,
    number: int,
    part: Path,
    report: Callable[[int], None] = lambda size: None,
) -> None:
    """Read one file, judge every row and write the outcome.

    Memory does not grow with the file: rows pass through in batches, whichever way the format is read.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the macros of `checks.define_macros`.
    path : pathlib.Path
    source : Source
    kind : Format
        Its `select` is preferred; where DuckDB fails on it, `read` has a try if it is there.
    number : int
        Number of the file in the study.
    part : pathlib.Path
        The Parquet file to write, one row a record, kept or not.
    report : callable
        Called now and then with the bytes that were read so far, approximately.

    Raises
    ------
    FileRefused
        If the reader refuses the file, or fails on it as a whole. What the reader's exception says may hold
        personal data and is left out; its type and place are named.
    InputError
        As the reader raises it, of a questionnaire or codebook that is no valid declaration for instance.
    """
    if kind.select is not None:
        try:
            _stage_selected(connection, path, source, kind, number, part, report)
            return
        except _OUR_FAULT:
            raise
        except duckdb.Error as error:
            if kind.read is None:
                raise FileRefused(
                    "FORMAT_INVALID",
                    f"it cannot be read as {kind.name} ({type(error).__name__})",
                ) from None
    feed = _Feed(staged_schema(kind.yields), lambda: kind.read(path, source))
    connection.register("staged", pa.RecordBatchReader.from_batches(feed.schema, feed.batches()))
    try:
        statement = _write(_judge("staged", source, kind, number), part)
        _execute(connection, statement, lambda: report(feed.characters))
    finally:
        connection.unregister("staged")
    if feed.failure is not None:
        raise feed.failure from None


def _stage_selected(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source,
    kind: Format,
    number: int,
    part: Path,
    report: Callable[[int], None],
) -> None:
    """Let DuckDB read; a SELECT may take the lines of the file from the relation `records`."""
    read = 0

    def tally() -> Iterator[pa.RecordBatch]:
        nonlocal read
        for batch in read_record_batches(path):
            read += batch.column("raw").nbytes
            yield batch

    with stream_batches(tally()) as records:
        connection.register("records", records)
        try:
            selected = f"({_complete(connection, kind.select(path, source), kind.yields)})"
            statement = _write(_judge(selected, source, kind, number), part)
            size = path.stat().st_size
            _execute(connection, statement, lambda: report(read or _share_read(connection, size)))
        finally:
            connection.unregister("records")


def _judge(staged: str, source: Source, kind: Format, number: int) -> str:
    if kind.yields == "messages":
        return judge_messages(staged, source, number)
    columns = tuple(
        name
        for name in staged_schema(kind.yields).names
        if name not in (*_COMMON, "platform", "source_file")
    )
    if kind.yields == "account_snapshots" and source.account_id:
        staged = f"(SELECT * REPLACE (coalesce(account_id, {quote(source.account_id)}) AS account_id) FROM {staged})"
    return judge_others(staged, columns, _REQUIRED[kind.yields], number)


def _complete(connection: duckdb.DuckDBPyConnection, selected: str, table: str) -> str:
    """Add to a SELECT the staged columns that it lacks, as nulls, and see to the types of the others."""
    found = {row[0] for row in connection.execute(f"DESCRIBE {selected}").fetchall()}
    schema = staged_schema(table)
    unknown = found - set(schema.names)
    assert not unknown, f"the reader selects columns that are not staged: {sorted(unknown)}"
    columns = ", ".join(
        f"CAST({field.name if field.name in found else 'NULL'} AS {duckdb_type(field.type)}) AS {field.name}"
        for field in schema
    )
    return f"SELECT {columns} FROM ({selected})"


def _write(select: str, part: Path) -> str:
    return f"COPY ({select}) TO {quote(str(part))} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"


def _share_read(connection: duckdb.DuckDBPyConnection, size: int) -> int:
    return int(max(connection.query_progress(), 0) / 100 * size)


def _execute(
    connection: duckdb.DuckDBPyConnection, statement: str, report: Callable[[], None]
) -> None:
    """Run a statement in a thread, so that progress can be shown and an interrupt is heard."""
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(connection.execute, statement)
        while True:
            try:
                work.result(timeout=0.2)
                return
            except TimeoutError:
                report()
            except KeyboardInterrupt:
                connection.interrupt()
                raise


class _Feed:
    """Staged dicts in, Arrow batches out; what goes wrong is kept, for it would not survive the way through DuckDB."""

    def __init__(self, schema: pa.Schema, read: Callable[[], Iterable[dict]]):
        self.schema = schema
        self.read = read
        self.characters = 0
        self.failure: Exception | None = None

    def batches(self) -> Iterator[pa.RecordBatch]:
        rows: list[dict] = []
        characters = 0
        last = 0
        try:
            for row in self.read():
                rows.append(row)
                last = row.get("source_row") or last
                characters += len(row.get("raw") or "")
                if len(rows) == _ROWS or characters > _CHARACTERS:
                    yield self._batch(rows)
                    self.characters += characters
                    rows, characters = [], 0
            if rows:
                yield self._batch(rows)
        except (FileRefused, InputError, *_OUR_FAULT) as error:
            self.failure = error
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            self.failure = FileRefused(
                "FORMAT_INVALID",
                f"the reader failed after record {last} "
                f"({type(error).__name__} in {Path(frame.filename).name}, line {frame.lineno}); "
                "the file may be incomplete or damaged",
            )

    def _batch(self, rows: list[dict]) -> pa.RecordBatch:
        given = set().union(*rows)
        assert given <= set(self.schema.names), (
            f"the reader yields columns that are not staged: {sorted(given - set(self.schema.names))}"
        )
        try:
            return self._to_arrow(rows, given)
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            return self._to_arrow([self._repair(row) for row in rows], given | set(_COMMON))

    def _to_arrow(self, rows: list[dict], given: set[str]) -> pa.RecordBatch:
        columns = [
            pa.array([row.get(field.name) for row in rows], field.type)
            if field.name in given
            else pa.nulls(len(rows), field.type)
            for field in self.schema
        ]
        return pa.RecordBatch.from_arrays(columns, schema=self.schema)

    def _repair(self, row: dict) -> dict:
        """Return the row if its types are right, else a row for the quarantine that names the field."""
        for name, cell in row.items():
            try:
                pa.array([cell], self.schema.field(name).type)
            except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
                raw = row.get("raw")
                return {
                    "source_row": row.get("source_row"),
                    "raw": raw.encode("utf-8", "replace").decode()
                    if isinstance(raw, str)
                    else None,
                    "problem": "READER_ERROR",
                    "problem_field": name,
                    "problem_detail": type(error).__name__,
                }
        return row
