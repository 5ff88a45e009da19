"""Headings and cells of survey exports: what a heading names, what a cell holds, what of it may be handed on."""

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from roeptoeter.sources.values import clean_text
from roeptoeter.study import read_yaml

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.0+)?)?)?")
# as questionnaires number their answers: A1, AO01, SQ001, 3a; short enough to be nobody's word
_CODE = re.compile(r"[A-Za-z]{1,2}_?\d{1,3}|[A-Z]{2,3}\d{2,4}|\d{1,2}[a-z]|[A-Za-z]")


@cache
def read_words() -> dict[str, Any]:
    """Read the words of survey exports from surveys.yaml."""
    return read_yaml(Path(__file__).with_name("surveys.yaml"))


def normalise(text: str) -> str:
    """Reduce a heading or cell to its letters and digits, so that spellings compare.

    Examples
    --------
    >>> normalise(" E-mail address: ")
    'emailaddress'
    """
    return re.sub(r"[\W_]", "", text).casefold()


@cache
def word_set(*keys: str) -> frozenset[str]:
    """Return a list of surveys.yaml, normalised: ``word_set("qualtrics", "preview")``."""
    words: Any = read_words()
    for key in keys:
        words = words[key]
    return frozenset(map(normalise, words))


def matches_pattern(name: str, tool: str) -> bool:
    """Say whether a code is one of the tool's own fields by its pattern."""
    return any(re.fullmatch(pattern, name) for pattern in read_words()[tool]["other_patterns"])


def is_personal(*headings: str) -> bool:
    """Say whether one of a column's headings names a person's data."""
    return any(normalise(heading) in word_set("personal") for heading in headings)


def one_line(text: str) -> str:
    r"""Bring a heading to one line.

    Examples
    --------
    >>> one_line("Hoe vaak\n reageert u? ")
    'Hoe vaak reageert u?'
    """
    return " ".join(text.split())


@lru_cache(maxsize=50_000)
def parse_number(cell: str, decimal_mark: str = ".", thousands_mark: str = "") -> float | None:
    """Read a number by the declared marks; what may be a telephone number is none.

    Examples
    --------
    >>> parse_number("12,5", decimal_mark=",")
    12.5
    >>> parse_number("0612345678") is None
    True
    """
    if thousands_mark and re.fullmatch(
        rf"-?\d{{1,3}}(?:{re.escape(thousands_mark)}\d{{3}})+(?:{re.escape(decimal_mark)}\d+)?",
        cell,
    ):
        cell = cell.replace(thousands_mark, "")
    if not re.fullmatch(
        rf"-?(?:0|[1-9]\d{{0,7}})(?:{re.escape(decimal_mark)}\d{{1,15}})?", cell, re.A
    ):
        return None
    return float(cell.replace(decimal_mark, "."))


@lru_cache(maxsize=50_000)
def classify_cell(cell: str, decimal_mark: str = ".", thousands_mark: str = "") -> str:
    """Say what a cell holds: scale (a whole number from 0 to 10), number, date, code or word."""
    number = parse_number(cell, decimal_mark, thousands_mark)
    if number is not None:
        return "scale" if number in range(11) and cell.isdigit() else "number"
    if _DATE.fullmatch(cell):
        return "date"
    if _CODE.fullmatch(cell) or normalise(cell) in word_set("closed_words"):
        return "code"
    return "word"


def split_options(
    cell: str, options: tuple[str, ...], separators: tuple[str, ...]
) -> tuple[list[int], str | None]:
    """Find the declared options in a cell that joins several answers.

    Parameters
    ----------
    cell : str
    options : tuple of str
        An option may hold a separator itself.
    separators : tuple of str

    Returns
    -------
    found : list of int
        Positions of the options, from 0.
    rest : str or None
        What is no option: somebody's own answer. It stands last.

    Examples
    --------
    >>> split_options("Ja, vaak, Nee", ("Ja", "Ja, vaak", "Nee"), (",",))
    ([1, 2], None)
    >>> split_options("Nee, anders namelijk", ("Ja", "Nee"), (",",))
    ([1], 'anders namelijk')
    """
    order = sorted(range(len(options)), key=lambda i: -len(options[i]))
    best: tuple[int, list[int]] = (0, [])
    # for each place in the cell at which an answer may begin: the options before it; longest options are tried first
    reached: dict[int, list[int]] = {0: []}
    waiting = [0]
    while waiting:
        start = waiting.pop()
        found = reached[start]
        if start > best[0]:
            best = (start, found)
        for i in reversed(order):
            end = start + len(options[i])
            if i in found or not cell.startswith(options[i], start):
                continue
            if end == len(cell):
                return [*found, i], None
            for separator in separators:
                if cell.startswith(separator, end):
                    follow = end + len(separator)
                    follow += len(cell[follow:]) - len(cell[follow:].lstrip())
                    if follow not in reached:
                        reached[follow] = [*found, i]
                        waiting.append(follow)
    start, found = best
    return found, cell[start:] or None


def describe_text(text: str) -> dict:
    """Keep of an open answer that it was given, and its length in characters.

    Examples
    --------
    >>> describe_text("Bel me")
    {'question_type': 'text', 'answer_number': 6.0, 'missing_kind': 'answered'}
    """
    return {
        "question_type": "text",
        "answer_number": float(len(clean_text(text))),
        "missing_kind": "answered",
    }


def describe_tick(is_ticked: bool) -> dict:
    """Say of an option that was shown whether it was chosen."""
    return {
        "question_type": "multiple",
        "answer_code": "1" if is_ticked else "0",
        "answer_number": float(is_ticked),
        "missing_kind": "answered",
    }
