"""The published evidence: figures as articles and reports print them, and those sources.

The files and their vocabularies are described in `data/raw/published/README.md`.
"""

import csv
import difflib
from pathlib import Path

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError

#: The columns of figures.csv and their types.
FIGURE_COLUMNS = {
    "figure_id": "str",
    "source_key": "str",
    "edition_year": "Int64",
    "measured_year": "Int64",
    "period": "str",
    "region": "str",
    "organisation_type": "str",
    "subgroup": "str",
    "platform": "str",
    "metric": "str",
    "statistic": "str",
    "printed_number": "Float64",
    "printed_text": "str",
    "unit": "str",
    "qualifier": "str",
    "printed_decimals": "Int64",
    "numerator": "Int64",
    "denominator": "Int64",
    "denominator_basis": "str",
    "sample_basis": "str",
    "reliability": "str",
    "quote": "str",
    "note": "str",
}

#: The columns of sources.csv and their types.
SOURCE_COLUMNS = {
    "source_key": "str",
    "publisher": "str",
    "title": "str",
    "authors": "str",
    "date": "str",
    "url": "str",
    "language": "str",
    "how_read": "str",
    "is_core": "boolean",
    "reliability": "str",
    "reports_on": "str",
    "note": "str",
}

#: The words a column may hold; `sample_basis` may join two of them with a plus sign.
VOCABULARIES = {
    "region": ("NL", "VL", "BE", "INT"),
    "statistic": (
        "share",
        "count",
        "mean",
        "sum",
        "amount",
        "rank",
        "lower_bound",
        "upper_bound",
        "maximum",
        "threshold",
        "range",
        "difference",
        "relative_change",
        "interval",
        "typical",
        "claim",
        "date",
        "ordinal",
    ),
    "sample_basis": (
        "census_of_accounts",
        "questionnaire",
        "census_of_websites",
        "census_of_tweets",
        "population_survey",
        "content_sample",
        "mystery_question",
        "mystery_shopping",
        "round_of_enquiries",
        "own_administration",
        "secondary_report",
        "method",
        "advice",
        "unclear",
    ),
    "denominator_basis": ("stated", "derived", "unknown"),
    "qualifier": ("about", "almost", "just_over", "more_than", "less_than", "at_least"),
    "reliability": ("high", "medium", "low"),
    "how_read": (
        "full text",
        "opening excerpt",
        "machine-translated copy",
        "secondary mention",
    ),
    "is_core": ("true", "false"),
}

#: Metrics whose share may pass 100%: an extrapolation can find more accounts than inhabitants.
METRICS_ABOVE_100_PERCENT = ("accounts_extrapolated_per_inhabitant",)

_FILLED_IN_FIGURES = (
    "source_key",
    "edition_year",
    "measured_year",
    "region",
    "organisation_type",
    "metric",
    "statistic",
    "denominator_basis",
    "sample_basis",
    "reliability",
)
_FILLED_IN_SOURCES = ("publisher", "title", "date", "how_read", "is_core")


def _refuse(
    path: Path, table: pd.DataFrame, faulty: pd.Series | np.ndarray, field: str, expected: str
) -> None:
    if not faulty.any():
        return
    position = int(np.argmax(np.asarray(faulty, dtype=bool)))
    row = table.iloc[position]
    found = "an empty cell" if pd.isna(row[field]) else row[field]
    named = "" if pd.isna(row.iloc[0]) else f" ({row.iloc[0]})"
    # the header is row 1, as a spreadsheet shows it
    raise InputError(
        f"{path}, row {position + 2}{named}, {field}: expected {expected}, found {found}"
    )


def _read_table(path: Path, columns: dict[str, str], filled: tuple[str, ...]) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            header, *rows = list(csv.reader(lines, strict=True)) or [[]]
    except OSError as fault:
        raise InputError(
            f"{path}: cannot be read ({fault.strerror}); put it back from the repository"
        ) from None
    except (UnicodeDecodeError, csv.Error) as fault:
        raise InputError(
            f"{path}: expected comma-separated values in UTF-8 ({fault}); save it again as such"
        ) from None
    for column in columns:
        if header.count(column) != 1:
            raise InputError(
                f"{path}, row 1, {column}: expected this column once, "
                f"found it {header.count(column)} times; mend the header"
            )
    for column in header:
        if column not in columns:
            raise InputError(
                f"{path}, row 1, {column or 'a column without a name'}: unknown column; remove it"
            )
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise InputError(
                f"{path}, row {number}: expected {len(header)} cells, found {len(row)}; "
                "look for a missing comma or quotation mark"
            )
    table = pd.DataFrame(rows, columns=header, dtype="str")[list(columns)]
    table = table.mask(table == "")
    key = table.columns[0]
    _refuse(path, table, table[key].isna(), key, "an id; give the row one")
    _refuse(path, table, table[key].duplicated(), key, "each id once; remove or renumber the row")
    for column in filled:
        _refuse(path, table, table[column].isna(), column, "a filled cell")
    for column, words in VOCABULARIES.items():
        if column in columns:
            found = table[column].dropna()
            if column == "sample_basis":
                found = found.str.split("+").explode()
            unknown = table.index.isin(found.index[~found.isin(words)])
            _refuse(path, table, unknown, column, f"one of {', '.join(words)}")
    typed = table.copy()
    for column, kind in columns.items():
        if kind == "boolean":
            typed[column] = (table[column] == "true").astype("boolean")
        elif kind != "str":
            numbers = pd.to_numeric(table[column], errors="coerce").astype(float)
            faulty = table[column].notna() & ~np.isfinite(numbers)
            _refuse(path, table, faulty, column, "a number such as 1200 or 41.88")
            if kind == "Int64":
                _refuse(path, table, numbers % 1 > 0, column, "a whole number")
            typed[column] = numbers.astype(kind)
    return typed


def read_sources(folder: Path) -> pd.DataFrame:
    """Read the articles, reports and pages that print the figures.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that holds `sources.csv`.

    Returns
    -------
    pandas.DataFrame
        One row a source, in the order of the file, with the columns and types of `SOURCE_COLUMNS`;
        an empty cell is a missing value.

    Raises
    ------
    InputError
        If the file cannot be read, a column or a required cell is missing, a key stands twice, or a
        word lies outside its vocabulary. Rows are counted with the header as row 1.
    """
    return _read_table(Path(folder) / "sources.csv", SOURCE_COLUMNS, _FILLED_IN_SOURCES)


def read_figures(folder: Path) -> pd.DataFrame:
    """Read the figures as printed, each with its source, base and wording.

    Parameters
    ----------
    folder : pathlib.Path
        The folder that holds `figures.csv` and the `sources.csv` it refers to.

    Returns
    -------
    pandas.DataFrame
        One row a figure, in the order of the file, with the columns and types of `FIGURE_COLUMNS`;
        an empty cell is a missing value. Shares are percentages.

    Raises
    ------
    InputError
        If a file cannot be read; a column or a required cell is missing; an id stands twice; a
        source is unknown; a number is none, has more decimals than printed or is no possible
        share; number and text are both there or both missing; a numerator is negative or above
        its denominator; or a word lies outside its vocabulary.

    Notes
    -----
    A share is refused outside 0-100 unless its metric is in `METRICS_ABOVE_100_PERCENT`; signed
    changes of a share carry the statistic `difference` or `relative_change` and may be negative.
    """
    path = Path(folder) / "figures.csv"
    figures = _read_table(path, FIGURE_COLUMNS, _FILLED_IN_FIGURES)
    sources = read_sources(folder)
    number, decimals = figures["printed_number"], figures["printed_decimals"]

    unknown = ~figures["source_key"].isin(sources["source_key"])
    _refuse(path, figures, unknown, "source_key", "a key of sources.csv; add the source there")
    both_or_none = number.isna() == figures["printed_text"].isna()
    _refuse(
        path, figures, both_or_none, "printed_number", "either this or printed_text to be filled"
    )
    # a Dutch "1.631" for 1,631 fans would otherwise pass as 1.631
    places = decimals.fillna(0).astype(int)
    printed = [round(n, d) for n, d in zip(number.fillna(0.0), places, strict=True)]
    too_fine = decimals.notna() & number.notna() & (number.fillna(0.0) != printed)
    _refuse(path, figures, too_fine, "printed_number", "no more decimals than printed_decimals")
    is_share = (
        (figures["unit"] == "%")
        & ~figures["statistic"].isin(["difference", "relative_change"])
        & ~figures["metric"].isin(METRICS_ABOVE_100_PERCENT)
    )
    no_share = is_share & ~number.fillna(0.0).between(0, 100)
    _refuse(path, figures, no_share, "printed_number", "a percentage from 0 to 100")
    for column in ("numerator", "denominator"):
        negative = (figures[column] < 0).fillna(False)
        _refuse(path, figures, negative, column, "a count of 0 or more")
    above = (figures["numerator"] > figures["denominator"]).fillna(False)
    _refuse(path, figures, above, "numerator", "no more than the denominator")
    return figures


def core_figures(figures: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Select the figures of the core articles, those read in full.

    Parameters
    ----------
    figures : pandas.DataFrame
        As `read_figures` returns them.
    sources : pandas.DataFrame
        As `read_sources` returns them.

    Returns
    -------
    pandas.DataFrame
        The figures whose source has `is_core` true, numbered anew from 0; none if no source has.
    """
    core = sources.loc[sources["is_core"], "source_key"]
    return figures[figures["source_key"].isin(core)].reset_index(drop=True)


def get_figure(figures: pd.DataFrame, figure_id: str) -> pd.Series:
    """Look up one figure by its id.

    Parameters
    ----------
    figures : pandas.DataFrame
        As `read_figures` returns them.
    figure_id : str
        Such as "F015".

    Returns
    -------
    pandas.Series
        The row; its `printed_number` is missing where the source has words only (`printed_text`).

    Raises
    ------
    InputError
        If no figure has this id, with the ids nearest to it in spelling.

    Examples
    --------
    An id in small letters is not mended but answered with what was probably meant:

    >>> get_figure(pd.DataFrame({"figure_id": ["F015", "F373"]}), "f015")
    Traceback (most recent call last):
    roeptoeter.errors.InputError: figures.csv, figure_id: no figure f015; the nearest are F015, F373
    """
    found = figures[figures["figure_id"] == figure_id]
    if found.empty:
        nearest = difflib.get_close_matches(str(figure_id), figures["figure_id"], n=3, cutoff=0)
        raise InputError(
            f"figures.csv, figure_id: no figure {figure_id}; the nearest are {', '.join(nearest)}"
        )
    return found.iloc[0]
