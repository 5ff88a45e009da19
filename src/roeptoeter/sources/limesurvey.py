"""Reads responses exported by LimeSurvey as CSV, with question codes, texts or both as headings."""

import re
from collections.abc import Iterable
from pathlib import Path

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

# Q3[SQ001]. Which of these? [Facebook]; the text is there only in exports with both
_CODED = re.compile(r"(?P<code>\w+)(?P<options>(?:\[[^\[\]]*\])*)(?:\.\s+(?P<text>.*))?", re.DOTALL)
_LAST_BRACKETS = re.compile(r"(?P<text>.*\S)\s*\[(?P<option>[^\[\]]+)\]", re.DOTALL)

#: What LimeSurvey writes as the time of submission if the survey does not keep dates.
_NO_DATE = "1980-01-01 00:00:00"


def read(path: Path, source: Source) -> Iterable[dict]:
    """Read a LimeSurvey export to survey answers; see `roeptoeter.sources.surveys_common.read_table`."""
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
        If the table is not LimeSurvey's, or no column tells the respondents apart.
    """
    names = check_header(head)
    is_coded = any(re.fullmatch(r"(id|submitdate|lastpage)(\..*)?", name.strip()) for name in names)
    headings = [_read_heading(name, is_coded) for name in names]
    codes = [question for question, *_ in headings]
    submitted = find_field(codes, word_set("limesurvey", "submitdate"), "time of submission")
    if source.respondent_column:
        respondent = find_column(names, source.respondent_column, "respondent_column")
    else:
        respondent = find_field(codes, word_set("limesurvey", "id"), "number of the response")
    own = word_set("limesurvey", "only_here")
    if submitted is None and not any(normalise(code) in own for code in codes):
        raise FileRefused(
            "FORMAT_INVALID",
            "has none of LimeSurvey's own columns (submitdate, lastpage, startlanguage); is it from LimeSurvey?",
        )
    if respondent is None:
        raise FileRefused(
            "REQUIRED_COLUMN_MISSING",
            "no column `id`: export with question codes as headings, or declare `respondent_column`",
        )
    organisation = None
    if source.organisation_column:
        organisation = find_column(names, source.organisation_column, "organisation_column")
    columns = [
        column
        for position, heading in enumerate(headings)
        if position not in {submitted, respondent, organisation}
        and (column := _make_column(position, heading, codes, source)) is not None
    ]

    def read_status(cells: list[str]) -> str | None:
        if submitted is None:
            return None
        return "partial" if cells[submitted].strip() in {"", "N/A"} else "complete"

    read_time = read_local_time(source)
    return Layout(
        header=[head[0]],
        columns=columns,
        respondent=respondent,
        organisation=organisation,
        submitted=submitted,
        read_time=lambda cell: None if cell in {"", "N/A", _NO_DATE} else read_time(cell),
        read_status=read_status,
        not_shown=frozenset({"N/A"}),
        find_ticks=find_ticks,
        unticked=word_set("limesurvey", "unticked"),
    )


def _read_heading(name: str, is_coded: bool) -> tuple[str, str, str, str | None]:
    """Split a heading into question, option, text and what the text calls the option."""
    coded = _CODED.fullmatch(name.strip()) if is_coded else None
    if coded is None:
        text = one_line(name)
        found = _LAST_BRACKETS.fullmatch(text)
        if found is None:
            return text, "", text, None
        return found["text"], found["option"], text, found["option"]
    text = one_line(coded["text"] or "")
    found = _LAST_BRACKETS.fullmatch(text)
    # the second brackets of a dual scale are its scale
    option = "#".join(re.findall(r"\[([^\]]*)\]", coded["options"]))
    return coded["code"], option, text, found["option"] if found and option else None


def _make_column(
    position: int, heading: tuple[str, str, str, str | None], codes: list[str], source: Source
) -> Column | None:
    question, option, text, label = heading
    is_own = (
        normalise(question) in word_set("limesurvey", "other_fields")
        or matches_pattern(question, "limesurvey")
        or (question.endswith("Time") and question.removesuffix("Time") in codes)
    )
    if is_own or is_personal(question, text, label or ""):
        return None
    is_text = option == "other" or option.endswith("comment")
    return Column(
        position,
        question,
        option,
        option_label=label,
        content="text" if is_text else "unknown",
        options=() if is_text else find_options(source, question, option),
    )


def find_ticks(columns: list[Column], seen: list[Seen]) -> list[Column]:
    """Find the options of a multiple question: columns with nothing but "Y", or "Yes" and "No" as words.

    One column of the question may hold words: what respondents added themselves.
    """
    ticked, unticked = word_set("limesurvey", "ticked"), word_set("limesurvey", "unticked")
    cells = [set(map(normalise, state.cells)) for state in seen]
    ticks = [
        column for column, words in zip(columns, cells, strict=True) if words <= ticked | unticked
    ]
    others = [
        state for state, words in zip(seen, cells, strict=True) if not words <= ticked | unticked
    ]
    is_multiple = any(words & ticked for words in cells) and (
        not others or (len(others) == 1 and len(ticks) > 1 and "word" in others[0].kinds)
    )
    return ticks if is_multiple else []


FORMAT = Format(
    name="limesurvey",
    title="LimeSurvey, responses as CSV",
    yields="survey_answers",
    verified=True,
    capabilities=None,
    needs=("survey", "time_zone"),
    suffixes=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
    read=read,
)
