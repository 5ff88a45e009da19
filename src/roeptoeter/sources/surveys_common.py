"""What readers of surveys share: tables with questions as columns become answers, without anybody's words.

A table is read more than once, row by row. The first pass learns what each column holds, because an export does not tell an
open question from a closed one; the last hands the answers on. Words leave the file only where they are known to be
an option: as the declaration lists it (`options`) or as the file itself defines it (value labels, headings). Whatever
else is written in words counts as open text, of which only the length is kept.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from roeptoeter.messages import SURVEY_ANSWERS
from roeptoeter.questionnaires import Codebook, find_questionnaire, read_codebook
from roeptoeter.sources import tables
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.survey_cells import (
    classify_cell,
    describe_text,
    describe_tick,
    normalise,
    one_line,
    parse_number,
    split_options,
)
from roeptoeter.sources.values import ParsedTime, clean_text, parse_time

_EMPTY_ANSWER = dict.fromkeys(SURVEY_ANSWERS.names)

#: Above so many different codes a column of "1,3,4" is no multiple question.
_MOST_OPTIONS = 300

#: What stands in the cell of an option that was chosen, beside its own name.
_TICKS = frozenset({"y", "yes", "j", "ja", "1", "true"})

_JOINED = re.compile(r"\d{1,4}(?:, ?\d{1,4})+")


@dataclass(slots=True)
class Column:
    """A column that holds answers.

    Parameters
    ----------
    position : int
        In the row, from 0.
    question, option : str
        As SURVEY_ANSWERS has them.
    option_label : str or None
        What the heading calls the option.
    content : {"unknown", "entry", "number", "text"}
        "entry": typed by the respondent, so that numbers and dates are kept but no codes; "number": declared as one, so
        that a word among numbers is one bad answer and not an open question; "text": only its length is kept.
    options : tuple of str
        The declared options of the question.
    codebook : Codebook, optional
        How its open answers are coded.
    tick_words : frozenset of str
        Of an option that the questionnaire declares, what may stand in its cells as a tick, normalised.
    """

    position: int
    question: str
    option: str = ""
    option_label: str | None = None
    content: str = "unknown"
    options: tuple[str, ...] = ()
    codebook: Codebook | None = None
    tick_words: frozenset[str] = frozenset()


@dataclass(slots=True)
class Seen:
    """What the first pass saw in a column: kinds of cells, some of the cells, the codes of joined answers."""

    kinds: set[str] = field(default_factory=set)
    cells: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    has_empty: bool = False


@dataclass(slots=True)
class Layout:
    """Where a table has what, as its header says.

    Parameters
    ----------
    header : list of list of str
        The header rows.
    columns : list of Column
    respondent, submitted : int or None
        Positions. Without `respondent` the record number stands for the respondent.
    organisation : int or None
    read_time : callable
        ``read_time(cell) -> ParsedTime | None``; None where the cell is known to say nothing.
    read_status : callable
        ``read_status(cells) -> "complete" | "partial" | None``.
    is_preview : callable
        ``is_preview(cells) -> bool``.
    not_shown : frozenset of str
        Cells that say that the question was not shown.
    not_answered : frozenset of str
        Cells that say that it was shown and left open. Where the file has any, an empty cell means not shown.
    find_ticks : callable
        ``find_ticks(columns, seen) -> list of Column``: which of the columns of one question are the options of a
        multiple one; empty for any other question.
    unticked : frozenset of str
        Cells, normalised, of such options that were not chosen; whatever else is not empty was.
    separators : tuple of str
        What stands between several answers in one cell.
    has_joined_codes : bool
        Whether several answers may stand in one cell as codes, "1,3".
    """

    header: list[list[str]]
    columns: list[Column]
    respondent: int | None
    organisation: int | None
    submitted: int | None
    read_time: Callable[[str], ParsedTime | None]
    read_status: Callable[[list[str]], str | None] = lambda cells: None
    is_preview: Callable[[list[str]], bool] = lambda cells: False
    not_shown: frozenset[str] = frozenset()
    not_answered: frozenset[str] = frozenset()
    find_ticks: Callable[[list[Column], list[Seen]], list[Column]] = lambda columns, seen: []
    unticked: frozenset[str] = frozenset({"0"})
    separators: tuple[str, ...] = (",",)
    has_joined_codes: bool = False


# --------------------------------------------------------------------------------------------------- header


def read_rows(path: Path, source: Source, delimiter: str) -> Iterator[list[str] | None]:
    """Read the rows of a table from the declared header on; None is a row that cannot be cut into cells.

    Blank lines are no rows. A quoted cell may hold line ends.
    """
    rows = tables.read_rows(path, source, delimiter=delimiter)
    for cells in islice(rows, source.header_row - 1, None):
        if isinstance(cells, tables.BrokenRow):
            yield None
        elif any(cells):
            yield cells


def check_header(head: list[list[str] | None]) -> list[str]:
    """Return the first row as a header; refuse a file without one, and one that is not split into columns."""
    cells = trim_header(head[0] or []) if head else []
    if not cells:
        raise FileRefused("FORMAT_INVALID", "is empty, or its first row cannot be read")
    if len(cells) < 2:
        raise FileRefused(
            "ROW_WIDTH_FILE",
            "the header has one cell only: declare the `delimiter` that the file has, such as ';'",
        )
    return cells


def trim_header(names: list[str]) -> list[str]:
    """Leave out empty cells at the end of a header, as some exports write one."""
    while names and not names[-1].strip():
        names = names[:-1]
    return names


def find_column(names: list[str], wanted: str, key: str) -> int:
    """Find a declared column by its heading; refuse the file where it is not there, or twice."""
    found = [i for i, name in enumerate(names) if one_line(name) == one_line(wanted)]
    if len(found) != 1:
        code = "HEADER_AMBIGUOUS" if found else "REQUIRED_COLUMN_MISSING"
        count = "more than one column" if found else "no column"
        raise FileRefused(code, f"{key}: {count} is headed {one_line(wanted)[:60]!r}")
    return found[0]


def find_field(names: list[str], words: frozenset[str], meaning: str) -> int | None:
    """Find the column of one of the tool's own fields; refuse the file where two mean the same."""
    found = [i for i, name in enumerate(names) if normalise(name) in words]
    if len(found) > 1:
        raise FileRefused("HEADER_AMBIGUOUS", f"{len(found)} columns are the {meaning}")
    return found[0] if found else None


def check_columns(layout: Layout, source: Source) -> None:
    """Refuse a header without questions, with one twice, or without a question that the declaration names."""
    keys: set[tuple[str, str]] = set()
    for column in layout.columns:
        key = (column.question, column.option)
        if not column.question:
            raise FileRefused("HEADER_AMBIGUOUS", f"column {column.position + 1} has no name")
        if key in keys:
            raise FileRefused(
                "HEADER_AMBIGUOUS",
                f"column {column.position + 1}: a column before is headed {' '.join(key).strip()[:60]!r} too; "
                "export with question codes, or rename one",
            )
        keys.add(key)
    if not layout.columns:
        raise FileRefused("REQUIRED_COLUMN_MISSING", "there is no column of a question")
    unknown = set(map(one_line, source.options)) - {question for question, _ in keys}
    if unknown:
        raise FileRefused(
            "REQUIRED_COLUMN_MISSING", f"options: no question is called {min(unknown)[:60]!r}"
        )


def find_options(source: Source, question: str, option: str = "") -> tuple[str, ...]:
    """Return the words that may stand in the cells of a question: those of the declaration, else of the questionnaire.

    A questionnaire in `studies/questionnaires/` knows each option as a code and by its name in two languages, any of
    which an export may hold. A column of one option of a multiple question holds none of them, but a tick.
    """
    for name, options in source.options.items():
        if one_line(name) == question:
            return tuple(options)
    form = find_questionnaire(source.survey)
    item = form.find_item(question) if form else None
    if item is None or (option and item.kind == "multiple"):
        return ()
    texts = [
        text
        for code, words in item.options.items()
        for name in (code, words.nl, words.en)
        for text in (name, name[:1].upper() + name[1:])
    ]
    low, high = item.limits
    if item.kind == "scale" and not item.options and high - low <= _MOST_OPTIONS:
        texts = [str(step) for step in range(int(low), int(high) + 1)]
    return tuple(dict.fromkeys(texts))


def find_tick_words(source: Source, column: Column) -> frozenset[str]:
    """Return what may stand as a tick in the column of an option that the questionnaire declares; else nothing.

    Without it one strange cell would make the reader take the whole column for something else.
    """
    form = find_questionnaire(source.survey)
    item = form.find_item(column.question) if form and column.option else None
    if item is None or item.kind != "multiple":
        return frozenset()
    own = {normalise(text) for text in (column.option, column.option_label) if text}
    for code, words in item.options.items():
        names = {normalise(text) for text in (code, words.nl, words.en)}
        if own & names:
            return frozenset(names | own | _TICKS)
    return frozenset()


def is_declared_number(source: Source, question: str) -> bool:
    """Say whether the questionnaire declares a question as a number."""
    form = find_questionnaire(source.survey)
    item = form.find_item(question) if form else None
    return item is not None and item.kind == "number"


def find_codebook(source: Source, question: str) -> Codebook | None:
    """Return the codebook of an open question, where the questionnaire declares one."""
    form = find_questionnaire(source.survey)
    item = form.find_item(question) if form else None
    return read_codebook(item.codebook) if item and item.codebook else None


def code_text(text: str, codebook: Codebook | None) -> Iterator[dict]:
    """Say of each code of a codebook whether an open answer gets it; nothing of its words is kept."""
    if codebook is not None:
        codes = codebook.code_answer(clean_text(text))
        for code in codebook.codes:
            yield {"option": code, **describe_tick(code in codes)}


# ------------------------------------------------------------------------------------------------ the reading


def read_table(
    path: Path,
    source: Source,
    delimiter: str,
    lay_out: Callable[[list[list[str] | None], Source], Layout],
) -> Iterator[dict]:
    """Read a delimited survey export.

    Parameters
    ----------
    path : pathlib.Path
    source : Source
    delimiter : str
        Used where none is declared.
    lay_out : callable
        ``lay_out(head, source) -> Layout``: says from the first three rows where what stands.

    Yields
    ------
    dict
        An answer with the keys of SURVEY_ANSWERS, or for a record that is left out `source_row`, `problem`,
        `problem_field` and `problem_detail`. Records are numbered from 1 after the header.

    Raises
    ------
    FileRefused
    """
    layout = lay_out(list(islice(read_rows(path, source, delimiter), 3)), source)
    check_columns(layout, source)
    for column in layout.columns:
        column.codebook = find_codebook(source, column.question)
        if is_declared_number(source, column.question):
            column.content = "number"
        column.tick_words = find_tick_words(source, column)

    def read_records() -> Iterator[list[str] | None]:
        return islice(read_rows(path, source, delimiter), len(layout.header), None)

    seen = {column.position: Seen() for column in layout.columns}
    is_marked = _look_through(read_records(), layout, source, seen)
    if layout.submitted is not None:
        tables.check_date_order(
            (
                cells[layout.submitted]
                for cells in read_records()
                if _find_problem(cells, layout) is None
            ),
            source,
        )
    plan = _plan_answers(layout, seen)
    for row, cells in enumerate(read_records(), start=1):
        problem = _find_problem(cells, layout)
        if problem is not None:
            yield {"source_row": row, **problem}
            continue
        try:
            yield from list(_read_record(row, cells, layout, source, plan, is_marked))
        except _Problem as error:
            yield {"source_row": row, **describe_problem(*error.args)}
        except Exception as error:
            yield {
                "source_row": row,
                **describe_problem("READER_ERROR", None, type(error).__name__),
            }


class _Problem(Exception):
    """A record that is left out: code, field, detail."""


def describe_problem(code: str, field: str | None, detail: str) -> dict:
    """Say why a record is left out, without anything of its content."""
    return {"problem": code, "problem_field": field, "problem_detail": detail[:200]}


def _find_problem(cells: list[str] | None, layout: Layout) -> dict | None:
    if cells is None:
        return describe_problem("ROW_WIDTH", None, "a quote is missing or too many")
    header = layout.header[0]
    width, least = len(header), len(trim_header(header))
    if len(cells) < least or any(cell.strip() for cell in cells[width:]):
        return describe_problem("ROW_WIDTH", None, f"{len(cells)} cells, expected {width}")
    if layout.is_preview(cells):
        return describe_problem("EXCLUDED_PREVIEW", None, "")
    return None


def _look_through(
    rows: Iterator[list[str] | None], layout: Layout, source: Source, seen: dict[int, Seen]
) -> bool:
    """Learn what each column holds; return whether the file marks what was not shown, or left open."""
    is_marked = False
    marks = layout.not_shown | layout.not_answered
    for cells in rows:
        if _find_problem(cells, layout) is not None:
            continue
        for column in layout.columns:
            cell = cells[column.position].strip()
            state = seen[column.position]
            if cell in marks:
                is_marked = True
            elif not cell:
                state.has_empty = True
            else:
                _look_at(cell, column, state, layout, source)
    return is_marked


def _look_at(cell: str, column: Column, state: Seen, layout: Layout, source: Source) -> None:
    if len(state.cells) < 4:
        state.cells.add(cell)
    elif "word" in state.kinds:
        return  # an open question, whatever else it holds
    if column.options:
        known, rest = split_options(cell, column.options, layout.separators)
        if len(known) + (rest is not None) > 1:
            state.kinds.add("joined")
    elif layout.has_joined_codes and column.content == "unknown" and _JOINED.fullmatch(cell):
        state.kinds.add("joined")
        if len(state.codes) <= _MOST_OPTIONS:
            state.codes.update(part.strip() for part in cell.split(","))
    else:
        kind = classify_cell(cell, source.decimal_mark, source.thousands_mark)
        state.kinds.add(kind)
        if kind in {"scale", "number"} and len(state.codes) <= _MOST_OPTIONS:
            state.codes.add(cell)


# ------------------------------------------------------------------------------------------------- the answers


@dataclass(slots=True)
class _Question:
    """How to answer one column, or the columns of a multiple question."""

    columns: list[Column]
    kind: str
    options: list[tuple[str, str | None]] = field(
        default_factory=list
    )  # of joined answers: code, label


def _plan_answers(layout: Layout, seen: dict[int, Seen]) -> list[_Question]:
    groups: dict[str, list[Column]] = {}
    for column in layout.columns:
        if column.option and column.content == "unknown" and not column.options:
            groups.setdefault(column.question, []).append(column)
    ticks = {
        question: [column for column in columns if column.tick_words]
        or layout.find_ticks(columns, [seen[column.position] for column in columns])
        for question, columns in groups.items()
    }
    plan, done = [], set()
    for column in layout.columns:
        if column in ticks.get(column.question, ()):
            if column.question not in done:
                plan.append(_Question(ticks[column.question], "ticks"))
                done.add(column.question)
            continue
        state = seen[column.position]
        kind = _decide_type(column, state)
        options = []
        if kind == "multiple":
            numbers = enumerate(column.options, start=1)
            options = [(str(number), label) for number, label in numbers]
            options = options or [(code, None) for code in sorted(state.codes, key=int)]
        plan.append(_Question([column], kind, options))
    return plan


def _decide_type(column: Column, state: Seen) -> str:
    kinds = state.kinds
    if column.content == "text":
        return "text"
    if column.content == "number":
        return "numeric"
    if column.options:
        return "multiple" if "joined" in kinds else "single"
    if not kinds:
        return "text" if column.content == "entry" else "single"
    if kinds == {"date"}:
        return "date"
    if kinds <= {"scale", "number"}:
        return "scale" if kinds == {"scale"} and column.content != "entry" else "numeric"
    if kinds <= {"scale", "number", "joined"} and all(map(str.isdigit, state.codes)):
        return "multiple" if len(state.codes) <= _MOST_OPTIONS else "text"
    if kinds <= {"scale", "number", "code"} and column.content != "entry":
        return "single"
    return "text"


def _read_record(
    row: int,
    cells: list[str],
    layout: Layout,
    source: Source,
    plan: list[_Question],
    is_marked: bool,
) -> Iterator[dict]:
    base = {
        **begin_record(source, row),
        "submitted_at": _read_submitted(cells, layout),
        "status": layout.read_status(cells),
    }
    if layout.respondent is not None:
        base["respondent_id"] = cells[layout.respondent].strip() or None
        if base["respondent_id"] is None:
            raise _Problem("REQUIRED_NULL", "respondent_id", "the record names no respondent")
    if layout.organisation is not None:
        base["organisation"] = cells[layout.organisation].strip() or None
    for question in plan:
        if question.kind == "ticks":
            answers = _read_ticks(question.columns, cells, layout, is_marked)
        else:
            column = question.columns[0]
            cell = cells[column.position].strip()
            missing = _find_missing(cell, layout, is_marked)
            answers = _read_answers(question, column, cell, missing, layout, source)
        for answer in answers:
            yield {**base, **answer}


def begin_record(source: Source, row: int) -> dict:
    """Return what the answers of a record have in common as far as the declaration says it.

    The respondent is the record, until the reader knows better.
    """
    return {
        **_EMPTY_ANSWER,
        "survey": source.survey,
        "wave": source.wave,
        "respondent_id": f"{source.file}#{row}",
        "organisation": source.organisation,
        "source_file": source.file,
        "source_row": row,
    }


def _read_submitted(cells: list[str], layout: Layout) -> Any:
    if layout.submitted is None:
        return None
    parsed = layout.read_time(cells[layout.submitted].strip())
    if parsed is None:
        return None
    if parsed.problem is not None:
        details = {
            "TIMEZONE_MISSING": "declare `time_zone`",
        }
        field = one_line(layout.header[0][layout.submitted])[:60]
        raise _Problem(
            parsed.problem,
            field,
            details.get(parsed.problem, "the time of submission cannot be read"),
        )
    return parsed.at


def _find_missing(cell: str, layout: Layout, is_marked: bool) -> str | None:
    if cell in layout.not_shown:
        return "not_shown"
    if cell in layout.not_answered:
        return "not_answered"
    if not cell:
        return "not_shown" if layout.not_answered and is_marked else "not_answered"
    return None


def _read_answers(
    question: _Question,
    column: Column,
    cell: str,
    missing: str | None,
    layout: Layout,
    source: Source,
) -> Iterable[dict]:
    key = {"question": column.question, "option": column.option, "question_type": question.kind}
    if question.kind == "multiple":
        yield from _read_joined(question, column, cell, missing, layout)
    elif missing is not None:
        yield {**key, "missing_kind": missing}
    elif question.kind == "text":
        yield {**key, **describe_text(cell)}
        if not column.option:
            for code in code_text(cell, column.codebook):
                yield {**key, **code}
    else:
        number = parse_number(cell, source.decimal_mark, source.thousands_mark)
        answer = {**key, "answer_number": number, "missing_kind": "answered"}
        if column.options:
            found, rest = split_options(cell, column.options, ())
            if found:
                answer |= {
                    "answer_code": str(found[0] + 1),
                    "answer_label": column.options[found[0]],
                }
            elif classify_cell(cell) in {"word", "date"}:
                answer |= describe_text(rest or "") | {"question_type": "text"}
            else:
                answer["answer_code"] = cell
        elif question.kind == "date":
            answer["answer_code"] = cell[:10]
        elif question.kind != "numeric":
            answer["answer_code"] = cell
        yield answer


def _read_joined(
    question: _Question, column: Column, cell: str, missing: str | None, layout: Layout
) -> Iterable[dict]:
    rest = None
    if missing is not None:
        chosen: set[str] = set()
    elif column.options:
        found, rest = split_options(cell, column.options, layout.separators)
        chosen = {str(i + 1) for i in found}
    else:
        chosen = {part.strip() for part in cell.split(",")}
    prefix = f"{column.option}_" if column.option else ""
    key = {"question": column.question, "question_type": "multiple"}
    for code, label in question.options:
        answer = {**key, "option": f"{prefix}{code}", "answer_label": label}
        if missing is not None:
            yield {**answer, "missing_kind": missing}
        else:
            yield {**answer, **describe_tick(code in chosen)}
    if rest is not None:
        yield {**key, "option": f"{prefix}other", **describe_text(rest)}


def _read_ticks(
    columns: list[Column], cells: list[str], layout: Layout, is_marked: bool
) -> Iterable[dict]:
    """Read a multiple question with a column per option: an empty one is "no" only where the question was shown."""
    values = [cells[column.position].strip() for column in columns]
    answered = [value for value in values if value and _find_missing(value, layout, False) is None]
    # a file that marks what was not shown has shown whatever is empty
    is_shown = bool(answered) or (is_marked and not layout.not_answered)
    for column, value in zip(columns, values, strict=True):
        key = {
            "question": column.question,
            "option": column.option,
            "question_type": "multiple",
            "answer_label": column.option_label,
        }
        missing = _find_missing(value, layout, is_marked)
        if (
            missing is None
            and column.tick_words
            and normalise(value) not in column.tick_words | layout.unticked
        ):
            yield {
                **key,
                "missing_kind": "answered",
            }  # neither a tick nor none: for the questionnaire to tell
        elif missing is None or (not value and is_shown):
            is_ticked = bool(value) and normalise(value) not in layout.unticked
            yield {**key, **describe_tick(is_ticked)}
        else:
            yield {**key, "missing_kind": missing}


def read_local_time(source: Source) -> Callable[[str], ParsedTime | None]:
    """Return the reading of times in the declared order and zone; an empty cell is no time."""
    return lambda cell: (
        parse_time(cell, order=source.date_order, zone=source.time_zone) if cell else None
    )
