"""Records of a JSON file as Arrow batches of text, for the formats whose records DuckDB takes apart.

Python only cuts the file into lines, block by block, and parses none of them: so it is not what takes the time.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.values import open_bytes, parse_json, read_json_records, split_array

#: The relation `records`, which the SELECT of a format reads.
RECORDS = pa.schema(
    [
        ("source_row", pa.int64()),  # number of the record, from 1; blank lines are no records
        ("raw", pa.string()),  # may end in the line's end
        ("is_readable", pa.bool_()),  # false: known to be broken; true: to be tried
    ]
)

_BLOCK = 1 << 22
_LONGEST_LINE = 1 << 26

# tables of the bytes that begin something else than an object, and of the third character after "\\u" in surrogates
_IS_ODD_START = np.isin(np.arange(256), list(b"[ \t\r\n"))
_IS_HIGH_HALF = np.isin(np.arange(256), list(b"89abAB"))
_IS_LOW_HALF = np.isin(np.arange(256), list(b"cdefCDEF"))


def read_record_batches(path: Path) -> Iterator[pa.RecordBatch]:
    r"""Cut a JSON file into its records, in the order of the file.

    JSON lines are cut at their ends, a block of 4 MB at a time. Everything else (one document, an array, documents
    over several lines) goes through `roeptoeter.sources.values.read_json_records`, more slowly. Either way memory
    does not grow with the file.

    Parameters
    ----------
    path : pathlib.Path
        Plain or .gz, UTF-8 with or without byte-order mark.

    Yields
    ------
    pyarrow.RecordBatch
        With the columns of RECORDS. Half a surrogate pair (``\ud83d`` alone) has become ``\ufffd``.

    Raises
    ------
    FileRefused
        See `read_json_records`; FORMAT_INVALID for a line of over 64 MB.
    """
    yield from (_cut_lines if _begins_with_lines(path) else _cut_documents)(path)


@contextmanager
def stream_batches(
    batches: Iterable[pa.RecordBatch], schema: pa.Schema = RECORDS
) -> Iterator[pa.RecordBatchReader]:
    """Offer batches to DuckDB, which asks for the next while it works on the last.

    Parameters
    ----------
    batches : iterable of pyarrow.RecordBatch
    schema : pyarrow.Schema

    Yields
    ------
    pyarrow.RecordBatchReader
        To be registered with a connection, and read once inside the `with` block.

    Raises
    ------
    FileRefused
        What the batches raised while DuckDB read them; DuckDB itself hands on no more than its text.
    """
    refusals: list[FileRefused] = []

    def watch() -> Iterator[pa.RecordBatch]:
        try:
            yield from batches
        except FileRefused as refusal:
            refusals.append(refusal)
            raise

    try:
        yield pa.RecordBatchReader.from_batches(schema, watch())
    except (duckdb.Error, pa.ArrowException):
        if refusals:
            raise refusals[0] from None
        raise


def _begins_with_lines(path: Path) -> bool:
    """Tell JSON lines by the first: a whole object. If that one is broken, the slower way finds out."""
    try:
        with open_bytes(path) as stream:
            line = stream.readline(_LONGEST_LINE).removeprefix(b"\xef\xbb\xbf")
            while line and not line.strip():
                line = stream.readline(_LONGEST_LINE)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        return False
    return line.endswith(b"\n") and isinstance(parse_json(line), dict)


def _cut_lines(path: Path) -> Iterator[pa.RecordBatch]:
    row, rest = 0, b""
    try:
        with open_bytes(path) as stream:
            block = stream.read(_BLOCK).removeprefix(b"\xef\xbb\xbf")
            while block or rest:
                lines = rest + (block or b"\n")
                cut = lines.rfind(b"\n") + 1
                rest = lines[cut:]
                if len(rest) > _LONGEST_LINE:
                    raise FileRefused("FORMAT_INVALID", "holds a line of over 64 MB")
                if cut:
                    batch = _split_lines(lines[:cut], row)
                    row += batch.num_rows
                    yield batch
                block = stream.read(_BLOCK)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise FileRefused(
            "FORMAT_INVALID", "the compressed file is cut or damaged; copy it again"
        ) from None


def _split_lines(lines: bytes, row: int) -> pa.RecordBatch:
    """Cut whole lines without copying them; line by line only where one is blank, an array or not UTF-8."""
    lines = _mend_lone_halves(lines)
    content = np.frombuffer(lines, dtype=np.uint8)
    ends = np.flatnonzero(content == ord("\n")) + 1
    offsets = np.concatenate(([0], ends)).astype(np.int32)
    if not _IS_ODD_START[content[offsets[:-1]]].any():
        raw = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(lines))
        try:
            raw.validate(full=True)
            return _build_batch(row, raw, pa.array(np.ones(len(ends), dtype=bool)))
        except pa.ArrowInvalid:
            pass
    records: list[bytes] = []
    for line in filter(None, map(bytes.strip, lines.split(b"\n"))):
        is_array = line.startswith(b"[") and isinstance(parse_json(line), list)
        records.extend(split_array(BytesIO(), line) if is_array else (line,))
    texts = [record.decode("utf-8", "replace") for record in records]
    readable = [text.encode() == record for text, record in zip(texts, records, strict=True)]
    return _build_batch(row, pa.array(texts, pa.string()), pa.array(readable, pa.bool_()))


def _mend_lone_halves(content: bytes) -> bytes:
    """Write U+FFFD, which is as long, where half a surrogate pair stands alone in JSON.

    A tool leaves it that cuts a text inside an emoji, and DuckDB rejects the whole record for it.
    """
    codes = np.frombuffer(content, dtype=np.uint8)
    at = np.flatnonzero(codes[: max(len(codes) - 5, 0)] == ord("\\"))
    at = at[
        (codes[at + 1] == ord("u"))
        & (codes[at + 2] | 0x20 == ord("d"))
        & (codes[at - 1] != ord("\\"))
    ]
    high, low = at[_IS_HIGH_HALF[codes[at + 3]]], at[_IS_LOW_HALF[codes[at + 3]]]
    alone = np.concatenate((high[~np.isin(high + 6, low)], low[~np.isin(low - 6, high)]))
    if not alone.size:
        return content
    mended = bytearray(content)
    for place in alone:
        mended[place + 2 : place + 6] = b"fffd"
    return bytes(mended)


def _cut_documents(path: Path) -> Iterator[pa.RecordBatch]:
    row, size = 0, 0  # the number of the last record, and the characters that wait
    texts: list[str] = []
    readable: list[bool] = []

    def build() -> pa.RecordBatch:
        return _build_batch(
            row - len(texts), pa.array(texts, pa.string()), pa.array(readable, pa.bool_())
        )

    for number, record, raw in read_json_records(path):
        row = number
        if "\\u" in raw:
            raw = _mend_lone_halves(raw.encode()).decode()
        texts.append(raw)
        readable.append(record is not None or raw == "null")
        size += len(raw)
        if size >= _BLOCK:
            yield build()
            texts, readable, size = [], [], 0
    if texts:
        yield build()


def _build_batch(row: int, raw: pa.Array, readable: pa.Array) -> pa.RecordBatch:
    rows = pa.array(np.arange(row + 1, row + 1 + len(raw), dtype=np.int64))
    return pa.RecordBatch.from_arrays([rows, raw, readable], schema=RECORDS)
