"""Damage to delimited exports, and what must hold of a reader whatever it is given."""

import csv
import io

from hypothesis import strategies as st

from roeptoeter.messages import ACCOUNT_SNAPSHOTS, REASONS
from roeptoeter.sources.staging import STAGED_MESSAGE, FileRefused

_ODD_CELLS = [
    "",
    "NA",
    "undefined",
    "1e+18",
    "12.0",
    '="1"',
    "31/02/2024",
    "2024-07-01",
    "-1",
    "é",
    "\x00",
    '"',
    "a\nb",
]


@st.composite
def damaged(draw, content: bytes, encoding: str, delimiter: str = ",", before: int = 0) -> bytes:
    """Draw a damaged form of an export: rows shuffled, doubled, cells replaced, columns gone, re-encoded, cut."""
    text = content.decode(encoding)
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    head, body = rows[: before + 1], rows[before + 1 :]
    if draw(st.booleans()):
        body = draw(st.permutations(body))
    if draw(st.booleans()) and body:
        body = body + draw(st.lists(st.sampled_from(body), max_size=4))
    for _ in range(draw(st.integers(0, 4))):
        if body:
            row = draw(st.integers(0, len(body) - 1))
            if body[row]:
                cells = list(body[row])
                cell = draw(st.one_of(st.sampled_from(_ODD_CELLS), st.text(max_size=8)))
                cells[draw(st.integers(0, len(cells) - 1))] = cell
                body[row] = cells
    if draw(st.integers(0, 5)) == 0:
        gone = draw(st.integers(0, max(len(head[-1]) - 1, 0)))
        head, body = ([row[:gone] + row[gone + 1 :] for row in part] for part in (head, body))
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator="\n").writerows(head + body)
    target = draw(st.sampled_from([encoding, encoding, encoding, "utf-8", "utf-16", "cp1252"]))
    raw = stream.getvalue().encode(target, "replace")
    if draw(st.integers(0, 2)) == 0:
        raw = raw[: draw(st.integers(0, len(raw)))]
    return raw


def read_whatever(kind, path, source) -> list[dict] | None:
    """Read a file that may be damaged; return its rows, or None if it was refused in one line.

    Asserts that every record is accounted for: numbered from 1 without a gap, with columns that exist and codes that
    are known, and that excluded rows carry nothing of their content.
    """
    names = set(STAGED_MESSAGE.names) | set(ACCOUNT_SNAPSHOTS.names)
    refusal = None
    rows = []
    try:
        rows = list(kind.read(path, source))
    except FileRefused as error:
        refusal = error
    if refusal is not None:
        assert REASONS[refusal.code][0] == "file"
        assert refusal.detail.strip()
        assert "\n" not in refusal.detail
        return None
    assert [row["source_row"] for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        assert set(row) <= names
        code = row.get("problem")
        if code is None:
            assert row["raw"].startswith(("{", "["))
        else:
            assert REASONS[code][0] in {"quarantine", "excluded", "flag"}
            if code.startswith("EXCLUDED_"):
                assert set(row) == {"source_row", "problem"}
        assert all(REASONS[flag][0] == "flag" for flag in row.get("flags") or [])
    return rows
