"""A study's own organisations: those that the registers do not have, in `data/raw/exports/<study>/organisations.csv`.

The registers hold the municipalities of 2013 to 2016. A later year, a police zone, an OCMW (public centre for social
welfare) or a rescue zone is listed here by whoever knows it; mergers of later years stand in `changes.csv` beside it.
"""

import csv
import datetime as dt
import math
from pathlib import Path

import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.study import display_path

ORGANISATION_TYPES = ("municipality", "police zone", "OCMW", "rescue zone", "province", "other")

_ORGANISATION_COLUMNS = [
    "edition_year", "region", "code", "name", "organisation_type", "province", "population", "latitude", "longitude",
]  # fmt: skip
_CHANGE_COLUMNS = ["effective_date", "change_type", "old_code", "new_code"]


def read_own_organisations(folder: Path) -> pd.DataFrame:
    """Read the organisations that a study lists itself.

    Parameters
    ----------
    folder : pathlib.Path
        `data/raw/exports/<study>`. The file has a line per year and organisation: edition_year, region (NL or VL),
        code, name, organisation_type (one of `ORGANISATION_TYPES`), province, population, latitude, longitude; commas
        or semicolons. Only a municipality must have a population; province and position may be empty.

    Returns
    -------
    pandas.DataFrame
        Those columns; edition_year int, population Int64, latitude and longitude float (degrees, WGS84). Empty if
        there is no file.

    Raises
    ------
    InputError
        In one line, with the line number: other columns, a year, region, type or number that is none, no code, or a
        code that stands twice in a year.
    """
    path = folder / "organisations.csv"
    rows, seen = [], {}
    for number, line in _read_lines(path, _ORGANISATION_COLUMNS):
        place = f"{display_path(path)}, line {number}"
        kind, code = line["organisation_type"], line["code"]
        if line["region"] not in ("NL", "VL"):
            raise InputError(f"{place}: region is {line['region']!r}; expected NL or VL")
        if kind not in ORGANISATION_TYPES:
            raise InputError(
                f"{place}: organisation_type is {kind!r}; expected one of {', '.join(ORGANISATION_TYPES)}"
            )
        if not code:
            raise InputError(f"{place}: code is empty; it is what accounts.csv names")
        year = _read_count(line["edition_year"], f"{place}: edition_year", 2006, 2100)
        population = line["population"]
        if not population and kind == "municipality":
            raise InputError(f"{place}: population is empty; a municipality needs its inhabitants")
        if (year, code) in seen:
            raise InputError(
                f"{place}: {code} stands in line {seen[year, code]} too, for the same year; keep one"
            )
        seen[year, code] = number
        rows.append(
            {
                **line,
                "edition_year": year,
                "population": _read_count(population, f"{place}: population", 1, 20_000_000)
                if population
                else None,
                "latitude": _read_degrees(line["latitude"], f"{place}: latitude", 50, 54),
                "longitude": _read_degrees(line["longitude"], f"{place}: longitude", 2, 8),
            }
        )
    table = pd.DataFrame(rows, columns=_ORGANISATION_COLUMNS)
    return table.astype(
        {
            "edition_year": "int64",
            "population": "Int64",
            "latitude": "float64",
            "longitude": "float64",
        }
    )


def read_own_changes(folder: Path) -> pd.DataFrame:
    """Read the mergers and renames that a study lists itself.

    Parameters
    ----------
    folder : pathlib.Path
        The file `changes.csv` has a line per old and new code: effective_date (2019-01-01), change_type (merger,
        split_part or rename), old_code, new_code.

    Returns
    -------
    pandas.DataFrame
        Those columns, the date as datetime; empty if there is no file.

    Raises
    ------
    InputError
        In one line, with the line number.
    """
    path = folder / "changes.csv"
    rows = []
    for number, line in _read_lines(path, _CHANGE_COLUMNS):
        place = f"{display_path(path)}, line {number}"
        try:
            day = dt.date.fromisoformat(line["effective_date"])
        except ValueError:
            raise InputError(
                f"{place}: effective_date is {line['effective_date']!r}; write the day as 2019-01-01"
            ) from None
        if line["change_type"] not in ("merger", "split_part", "rename"):
            raise InputError(
                f"{place}: change_type is {line['change_type']!r}; expected merger, split_part or rename"
            )
        if not line["old_code"] or not line["new_code"]:
            raise InputError(f"{place}: give both old_code and new_code")
        rows.append({**line, "effective_date": pd.Timestamp(day)})
    table = pd.DataFrame(rows, columns=_CHANGE_COLUMNS)
    return table.astype({"effective_date": "datetime64[us]"})


def _read_lines(path: Path, columns: list[str]):
    """Yield line number and cells by column of a CSV written by a person; nothing if there is no file."""
    if not path.exists():
        return
    name = display_path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8 text"
        ) from None
    header = text.partition("\n")[0]
    lines = csv.reader(text.splitlines(), delimiter=";" if ";" in header else ",", strict=True)
    try:
        found = [cell.strip() for cell in next(lines, [])]
        if sorted(found) != sorted(columns):
            raise InputError(
                f"{name}: expected the columns {', '.join(columns)}; found {', '.join(found) or 'none'}"
            )
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(found):
                raise InputError(
                    f"{name}, line {lines.line_num}: {len(cells)} cells where the header has {len(found)}"
                )
            yield lines.line_num, dict(zip(found, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        raise InputError(f"{name}, line {lines.line_num}: {error}") from None


def _read_count(text: str, place: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
        raise InputError(f"{place} is {text!r}; expected a whole number from {low} to {high}")
    return int(text)


def _read_degrees(text: str, place: str, low: float, high: float) -> float:
    if not text:
        return math.nan
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise InputError(
            f"{place} is {text!r}; expected a number from {low:g} to {high:g}, or nothing"
        )
    return number
