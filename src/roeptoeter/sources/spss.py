"""Reads SPSS files (.sav), with value labels, user-missing codes and multiple-response sets."""

import codecs
import datetime as dt
import math
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyreadstat

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused, Format
from roeptoeter.sources.survey_cells import (
    classify_cell,
    describe_text,
    describe_tick,
    is_personal,
    one_line,
)
from roeptoeter.sources.surveys_common import (
    Column,
    begin_record,
    code_text,
    describe_problem,
    find_codebook,
    find_column,
    find_options,
)

#: Cells read at a time: memory stays the same for a file of any length.
_CELLS_AT_A_TIME = 1_000_000

_TRIAL_SECONDS = 120

_FIRST_DAY = dt.datetime(1582, 10, 14)
_DATE_FORMATS = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "DATETIME", "YMDHMS")
#: Numbers from here on may be telephone numbers; of them only the length is kept.
_LONG_NUMBER = 1e8


@dataclass(slots=True)
class _Variable:
    """A variable that holds answers: where it stands in the questionnaire, its labels and missing codes."""

    column: Column
    kind: str
    labels: dict[float | str, str]
    missing: list[dict] = field(default_factory=list)
    counted: str | None = None  # of an option of a multiple-response set: the code that means yes


def read(path: Path, source: Source) -> Iterator[dict]:
    """Read an SPSS file to survey answers, block by block.

    Parameters
    ----------
    path : pathlib.Path
    source : Source
        `encoding` other than utf-8 overrides what the file says of itself; old files say nothing.

    Yields
    ------
    dict
        An answer with the keys of SURVEY_ANSWERS, or for a record that is left out `source_row`, `problem`,
        `problem_field` and `problem_detail`.

    Raises
    ------
    FileRefused
    """
    if path.suffix.lower() == ".gz":
        raise FileRefused("FORMAT_INVALID", "SPSS files are read unpacked: unpack the .gz")
    _try_apart(path)
    _, meta = _read_block(path, source, metadataonly=True)
    names = meta.column_names
    if not names or not all(names):
        raise FileRefused("FORMAT_INVALID", "is damaged: a variable has no name; copy it again")
    if not all(meta.original_variable_types.get(name) for name in names):
        raise FileRefused("FORMAT_INVALID", "is damaged: a variable has no type; copy it again")
    places = {}
    for key in ("respondent_column", "organisation_column"):
        declared = getattr(source, key)
        places[key] = names[find_column(names, declared, key)] if declared else None
    variables = _find_variables(meta, source, set(places.values()))
    if not variables:
        raise FileRefused("REQUIRED_COLUMN_MISSING", "there is no variable of a question")
    limit = max(100, _CELLS_AT_A_TIME // len(names))
    row = 0
    while True:
        block, _ = _read_block(path, source, row_offset=row, row_limit=limit)
        rows = len(block[names[0]]) if block else 0
        for i in range(rows):
            row += 1
            try:
                yield from list(_read_record(row, block, i, variables, places, source))
            except Exception as error:
                problem = describe_problem("READER_ERROR", None, type(error).__name__)
                yield {"source_row": row, **problem}
        if rows < limit:
            return


#: What the process that tries a file runs; any ordinary fault is told later, by the reading itself.
_TRIAL = """
import sys, pyreadstat
try:
    pyreadstat.read_sav(sys.argv[1], metadataonly=True, output_format="dict")
except Exception:
    pass
"""


def _try_apart(path: Path) -> None:
    """Read the dictionary of a file in a process of its own, because a damaged one ends the process that reads it.

    Some changed bytes make pyreadstat 1.3.7 leave its memory (a segmentation fault, no exception); all that were found
    are in the dictionary.
    """
    command = [sys.executable, "-I", "-c", _TRIAL, str(path)]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_TRIAL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        ended = None
    if ended is None or ended.returncode < 0:
        raise FileRefused("FORMAT_INVALID", "its list of variables is damaged; copy it again")


def _read_block(path: Path, source: Source, **what: Any) -> tuple[dict, Any]:
    encoding = codecs.lookup(source.encoding).name
    try:
        return pyreadstat.read_sav(
            path,
            user_missing=True,
            disable_datetime_conversion=True,
            output_format="dict",
            encoding=None if encoding == "utf-8" else encoding,
            **what,
        )
    except Exception as error:
        if isinstance(error, UnicodeError) or "convert" in str(error) or "encoding" in str(error):
            raise FileRefused(
                "ENCODING_INVALID",
                "texts cannot be decoded; declare the `encoding` the file was saved in, such as cp1252",
            ) from None
        raise FileRefused(
            "FORMAT_INVALID", "is no SPSS file, or is cut or damaged; copy it again"
        ) from None


def _find_variables(meta: Any, source: Source, own: set[str | None]) -> dict[str, _Variable]:
    sets = _find_sets(meta)
    variables, options = {}, set()
    for position, name in enumerate(meta.column_names):
        label = one_line(meta.column_names_to_labels.get(name) or "")
        if name in own or is_personal(name, label):
            continue
        question, counted = sets.get(name.lower(), (name, None))
        column = Column(
            position,
            question,
            options=find_options(source, question, name if question != name else ""),
            codebook=find_codebook(source, question),
        )
        if question != name:
            column.option, column.option_label = name, label or None
        labels = meta.variable_value_labels.get(name, {})
        missing = meta.missing_ranges.get(name, [])
        kind = (
            "multiple" if counted is not None else _decide_type(name, meta, column, labels, missing)
        )
        variables[name] = _Variable(column, kind, labels, missing, counted)
        options.add(question)
    unknown = set(map(one_line, source.options)) - options
    if unknown:
        raise FileRefused(
            "REQUIRED_COLUMN_MISSING", f"options: no question is called {min(unknown)[:60]!r}"
        )
    return variables


def _find_sets(meta: Any) -> dict[str, tuple[str, str | None]]:
    """Return the set of each variable that is in one, and the code that means yes, for sets of yes and no."""
    return {
        member.lower(): (
            name.removeprefix("$"),
            _write_code(described["counted_value"]) if described.get("is_dichotomy") else None,
        )
        for name, described in meta.mr_sets.items()
        for member in described["variable_list"]
    }


def _decide_type(name: str, meta: Any, column: Column, labels: dict, missing: list) -> str:
    is_labelled = any(not _is_in(code, missing) for code in labels)
    if column.options:
        return "single"
    if meta.readstat_variable_types[name] == "string":
        return "single" if is_labelled else "text"
    written = meta.original_variable_types[name].rstrip("0123456789.")
    if written in _DATE_FORMATS:
        return "date"
    measure = meta.variable_measure.get(name)
    if not is_labelled or measure == "scale":
        return "numeric"
    return "scale" if measure == "ordinal" else "single"


def _write_code(cell: Any) -> str:
    """Write a code without the decimals that SPSS gives every number.

    Examples
    --------
    >>> _write_code(3.0), _write_code("3 "), _write_code(2.5)
    ('3', '3', '2.5')
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _is_in(cell: Any, missing: list[dict]) -> bool:
    for limits in missing:
        try:
            if limits["lo"] <= cell <= limits["hi"]:
                return True
        except TypeError:
            continue
    return False


def _read_record(
    row: int,
    block: dict,
    i: int,
    variables: dict[str, _Variable],
    places: dict[str, str | None],
    source: Source,
) -> Iterable[dict]:
    base = begin_record(source, row)
    for key, target in (
        ("respondent_column", "respondent_id"),
        ("organisation_column", "organisation"),
    ):
        if places[key] is not None:
            cell = block[places[key]][i]
            base[target] = None if _is_empty(cell) else _write_code(cell)
    if base["respondent_id"] is None:
        problem = describe_problem(
            "REQUIRED_NULL", "respondent_id", "the record names no respondent"
        )
        yield {"source_row": row, **problem}
        return
    for name, variable in variables.items():
        answer = {
            "question": variable.column.question,
            "option": variable.column.option,
            "question_type": variable.kind,
        }
        given = _read_answer(block[name][i], variable)
        yield {**base, **answer, **given}
        if given.get("question_type") == "text":
            for code in code_text(_write_code(block[name][i]), variable.column.codebook):
                yield {**base, **answer, **code}


def _is_empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell)) or str(cell).strip() == ""


def _read_answer(cell: Any, variable: _Variable) -> dict:
    if _is_empty(cell):
        return {"missing_kind": "not_answered"}
    code = _write_code(cell)
    label = variable.labels.get(cell)
    number = float(cell) if not isinstance(cell, str) else None
    if _is_in(cell, variable.missing):
        return {"answer_code": code, "answer_label": label, "missing_kind": "user_missing"}
    if variable.kind == "multiple":
        return {
            **describe_tick(code == variable.counted),
            "answer_label": variable.column.option_label,
        }
    answer = {"answer_label": label, "answer_number": number, "missing_kind": "answered"}
    if variable.kind == "date":
        try:
            day = (_FIRST_DAY + dt.timedelta(seconds=number)).date().isoformat()
        except (OverflowError, TypeError):
            return {"missing_kind": "not_answered"}
        return {"answer_code": day, "missing_kind": "answered"}
    if variable.column.options and label is None and code in variable.column.options:
        place = variable.column.options.index(code)
        return {**answer, "answer_code": str(place + 1), "answer_label": code}
    is_open = variable.kind == "text" or (
        label is None
        and (
            classify_cell(code) in {"word", "date"}
            if isinstance(cell, str)
            else abs(cell) >= _LONG_NUMBER
        )
    )
    if is_open:
        return describe_text(code)
    return {**answer, "answer_code": None if variable.kind == "numeric" and label is None else code}


FORMAT = Format(
    name="spss",
    title="SPSS data file (.sav)",
    yields="survey_answers",
    verified=True,
    capabilities=None,
    needs=("survey",),
    suffixes=(".sav", ".zsav"),
    read=read,
)
