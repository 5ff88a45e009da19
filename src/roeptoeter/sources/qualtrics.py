"""Reads responses exported by Qualtrics as CSV or TSV, with three header rows, or two as in old exports."""

import re
from collections.abc import Iterable
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused, Format
from roeptoeter.sources.survey_cells import (
    is_personal,
    matches_pattern,
    normalise,
    one_line,
    word_set,
)
from roeptoeter.sources.surveys_common import (
    Column,
    Layout,
    Seen,
    check_header,
    find_column,
    find_field,
    find_options,
    read_local_time,
    read_table,
)

_WHOLE_QUESTION = re.compile(r"QID\d+(?P<entry>_TEXT)?")
_OPTION = re.compile(r"(?P<question>.+?)_(?P<option>\d+(?:_\d+)*(?:_TEXT)?|TEXT)")
#: Bits of the numeric Status: preview (1) and test (2); 8, imported spam, and 16, offline, are answers.
_PREVIEW_BITS = 3


def read(path: Path, source: Source) -> Iterable[dict]:
    """Read a Qualtrics export to survey answers; see `roeptoeter.sources.surveys_common.read_table`."""
    is_tabbed = path.name.lower().removesuffix(".gz").endswith((".tsv", ".txt"))
    return read_table(path, source, "\t" if is_tabbed else ",", lay_out)


def read_import_id(cell: str) -> dict:
    """Read a cell of the row that says what Qualtrics calls a column; empty for any other cell.

    Examples
    --------
    >>> read_import_id('{"ImportId":"endDate","timeZone":"Europe/Brussels"}')["timeZone"]
    'Europe/Brussels'
    """
    cell = cell.strip()
    if not re.match(r"""\{\s*["']ImportId["']""", cell):
        return {}
    for text in (cell, cell.replace("'", '"')):
        try:
            return {key: str(part) for key, part in orjson.loads(text).items()}
        except orjson.JSONDecodeError:
            continue
    return {"ImportId": ""}


def lay_out(head: list[list[str] | None], source: Source) -> Layout:
    """Say from the two or three header rows what stands where.

    Parameters
    ----------
    head : list of list of str
        The first three rows. The last header row is the one that begins with ``{"ImportId"``; without any there are
        two.
    source : Source

    Returns
    -------
    Layout

    Raises
    ------
    FileRefused
    """
    names = [one_line(name) for name in check_header(head)]
    header = _find_header(head)
    texts, imports = names, [{} for _ in names]
    if len(header) == 3 or not _is_import_row(header[-1]):
        texts = [one_line(text) for text in _pad(header[1], len(names))]
    if _is_import_row(header[-1]):
        imports = [read_import_id(cell) for cell in _pad(header[-1], len(names))]
    # in old exports the fields are headed V1, V2 and named in the second row
    fields = [
        text if re.fullmatch(r"V\d+", name) else name
        for name, text in zip(names, texts, strict=True)
    ]
    places = {
        meaning: find_field(fields, word_set("qualtrics", meaning), meaning)
        for meaning in ("respondent", "status", "channel", "finished")
    }
    submitted = next(
        (
            fields.index(field)
            for word in ("recordeddate", "enddate")
            for field in fields
            if normalise(field) == word
        ),
        None,
    )
    respondent = places["respondent"]
    if source.respondent_column:
        respondent = find_column(names, source.respondent_column, "respondent_column")
    if respondent is None:
        raise FileRefused(
            "REQUIRED_COLUMN_MISSING", "no column ResponseId, and no `respondent_column` declared"
        )
    organisation = None
    if source.organisation_column:
        organisation = find_column(names, source.organisation_column, "organisation_column")
    own = {*places.values(), submitted, respondent, organisation}
    own_words = word_set("qualtrics", "other_fields") | word_set("qualtrics", "submitted")
    columns = [
        _make_column(position, names[position], texts[position], imports[position], source)
        for position in range(len(names))
        if position not in own
        and normalise(fields[position]) not in own_words
        and not is_personal(fields[position], texts[position])
        and not matches_pattern(names[position], "qualtrics")
        and not imports[position].get("ImportId", "").endswith("_DO")
    ]
    zone = _find_zone(imports[submitted], source) if submitted is not None else None
    return Layout(
        header=header,
        columns=columns,
        respondent=respondent,
        organisation=organisation,
        submitted=submitted,
        read_time=read_local_time(source.model_copy(update={"time_zone": zone})),
        read_status=lambda cells: _read_status(cells, places["finished"]),
        is_preview=lambda cells: _is_preview(cells, places["status"], places["channel"]),
        not_answered=frozenset({"-99"}),  # what "seen but unanswered" is recoded to
        find_ticks=find_ticks,
        has_joined_codes=True,
    )


def _is_import_row(cells: list[str] | None) -> bool:
    return bool(cells) and bool(read_import_id(cells[0]))


def _find_header(head: list[list[str] | None]) -> list[list[str]]:
    if _is_import_row(head[0]):
        raise FileRefused(
            "FORMAT_INVALID", "the row of column names above the row of ImportIds is missing"
        )
    for number, cells in enumerate(head, start=1):
        if _is_import_row(cells):
            return head[:number]
    if len(head) < 2 or head[1] is None:
        raise FileRefused(
            "FORMAT_INVALID", "Qualtrics writes two or three header rows; here is one"
        )
    if any(re.fullmatch(r"R_\w{6,}", cell.strip()) for cell in head[1]):
        raise FileRefused(
            "FORMAT_INVALID",
            "the second row is a response already; export again with Qualtrics' two or three header rows",
        )
    return head[:2]


def _pad(cells: list[str] | None, width: int) -> list[str]:
    return [*(cells or []), *[""] * width][:width]


def _make_column(position: int, name: str, text: str, import_id: dict, source: Source) -> Column:
    identity = import_id.get("ImportId", "")
    whole = _WHOLE_QUESTION.fullmatch(identity) if "choiceId" not in import_id else None
    split = _OPTION.fullmatch(name)
    if split is None or (whole and not name.endswith("_TEXT")):
        content = "entry" if whole and whole["entry"] else "unknown"
        return Column(position, name, content=content, options=find_options(source, name))
    question, option = split["question"], split["option"]
    label = text.rpartition(" - ")[2] if " - " in text else None
    if option.endswith("TEXT"):
        return Column(position, question, option, content="text")
    return Column(position, question, option, label, options=find_options(source, question, option))


def _find_zone(import_id: dict, source: Source) -> str | None:
    """Return the zone that the file states, held against the declared one."""
    stated = import_id.get("timeZone")
    if stated is None:
        return source.time_zone
    try:
        zone = ZoneInfo(stated)
    except (KeyError, ValueError, OSError):
        return source.time_zone
    if source.time_zone is not None:
        declared = ZoneInfo(source.time_zone)
        days = [source.exported_at.replace(month=month, day=1) for month in (1, 7)]
        if any(
            day.astimezone(zone).utcoffset() != day.astimezone(declared).utcoffset() for day in days
        ):
            raise FileRefused(
                "TZ_SHIFT", f"the file says {stated}, the declaration {source.time_zone}"
            )
    return stated


def _read_status(cells: list[str], finished: int | None) -> str | None:
    word = normalise(cells[finished]) if finished is not None else ""
    if word in word_set("qualtrics", "finished_words"):
        return "complete"
    return "partial" if word in word_set("qualtrics", "unfinished_words") else None


def _is_preview(cells: list[str], status: int | None, channel: int | None) -> bool:
    number = cells[status].strip() if status is not None else ""
    if re.fullmatch(r"[0-9]{1,4}", number) and int(number) & _PREVIEW_BITS:
        return True
    return any(
        place is not None and normalise(cells[place]) in word_set("qualtrics", "preview")
        for place in (status, channel)
    )


def find_ticks(columns: list[Column], seen: list[Seen]) -> list[Column]:
    """Find the options of a multiple question: each column holds one thing or nothing.

    The one thing is "1", the number of the option or its name in the heading. Columns that are never empty are the
    rows of a matrix.
    """
    if len(columns) < 2:
        return []
    for column, state in zip(columns, seen, strict=True):
        chosen = state.cells - {"0"}
        allowed = {"1", column.option, column.option_label}
        if len(chosen) > 1 or not chosen <= allowed or not (state.has_empty or "0" in state.cells):
            return []
    return columns if any(state.cells - {"0"} for state in seen) else []


FORMAT = Format(
    name="qualtrics",
    title="Qualtrics, responses as CSV or TSV",
    yields="survey_answers",
    verified=True,
    capabilities=None,
    needs=("survey",),
    suffixes=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    read=read,
)
