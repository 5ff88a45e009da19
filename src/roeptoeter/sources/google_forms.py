"""Reads responses of Google Forms as CSV. Never held against a real export."""

import re
from collections.abc import Iterable
from pathlib import Path

from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused, Format
from roeptoeter.sources.survey_cells import is_personal, normalise, one_line, word_set
from roeptoeter.sources.surveys_common import (
    Column,
    Layout,
    check_header,
    find_column,
    find_field,
    find_options,
    read_local_time,
    read_table,
)

_GRID = re.compile(r"(?P<question>.*\S)\s*\[(?P<row>[^\[\]]+)\]")


def read(path: Path, source: Source) -> Iterable[dict]:
    """Read a Google Forms export to survey answers; see `roeptoeter.sources.surveys_common.read_table`.

    Several answers to one question stand in one cell, joined by ", " (sheet) or ";" (download), and an option may
    hold a comma itself: without the `options` of its question in the declaration a cell of words is open text.
    Responses have no number: the record stands for the respondent, unless `respondent_column` is declared.
    """
    return read_table(path, source, ",", lay_out)


def lay_out(head: list[list[str] | None], source: Source) -> Layout:
    """Say from the header what stands where.

    Parameters
    ----------
    head : list of list of str
    source : Source

    Returns
    -------
    Layout

    Raises
    ------
    FileRefused
        If no column is the timestamp.
    """
    names = [one_line(name) for name in check_header(head)]
    submitted = find_field(names, word_set("google_forms", "submitted"), "time of submission")
    if submitted is None:
        raise FileRefused(
            "REQUIRED_COLUMN_MISSING",
            "no column Timestamp or Tijdstempel, with which Google Forms begins",
        )
    respondent = organisation = None
    if source.respondent_column:
        respondent = find_column(names, source.respondent_column, "respondent_column")
    if source.organisation_column:
        organisation = find_column(names, source.organisation_column, "organisation_column")
    columns = [
        _make_column(position, name, source)
        for position, name in enumerate(names)
        if position not in {submitted, respondent, organisation}
        and normalise(name) not in word_set("google_forms", "other_fields")
        and not is_personal(name)
    ]
    read_time = read_local_time(source)
    return Layout(
        header=[head[0]],
        columns=columns,
        respondent=respondent,
        organisation=organisation,
        submitted=submitted,
        read_time=lambda cell: read_time(_write_zone(cell)),
        separators=(";", ","),
    )


def _write_zone(cell: str) -> str:
    """Write "GMT+2", as downloads have it, as "GMT+02"."""
    return re.sub(r"GMT([+-])(\d)$", r"GMT\g<1>0\2", cell)


def _make_column(position: int, name: str, source: Source) -> Column:
    options = find_options(source, name)
    grid = _GRID.fullmatch(name) if not options else None
    if grid is None:
        return Column(position, name, options=options)
    options = find_options(source, grid["question"], grid["row"])
    return Column(position, grid["question"], grid["row"], options=options)


FORMAT = Format(
    name="google-forms",
    title="Google Forms, responses as CSV",
    yields="survey_answers",
    verified=False,
    capabilities=None,
    needs=("survey", "date_order", "time_zone"),
    suffixes=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    read=read,
)
