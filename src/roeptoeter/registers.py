"""The registers: which municipalities there were on 1 January, how large, where, and their mergers.

Reads `data/raw/registers` and refuses what cannot be a register. A gemeente (municipality) is known
by its code, which is text: `GM0363` in the Netherlands, in Flanders the five digits of the NIS
code, `11002`. How the numbers were made stands in `data/raw/registers/README.md`.
"""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from roeptoeter.errors import InputError

#: From small to large; the classes of the Flemish study of 2016.
SIZE_CLASSES = ("below_20000", "20000_to_50000", "above_50000")

CODE_FORMS = {
    "NL": (r"GM[0-9]{4}", "GM and four digits"),
    "VL": (r"[0-9]{5}", "five digits"),
}

#: What the simulation calls an organisation.
PSEUDONYM = r"SIM-[A-Z]{2}-[0-9]+"

MUNICIPALITY_COLUMNS = [
    "edition_year",
    "region",
    "code",
    "name",
    "province",
    "population",
    "population_low",
    "population_high",
    "population_precision",
]


def read_municipalities(folder):
    """Read the municipalities of both regions on 1 January of each year.

    Parameters
    ----------
    folder : path-like
        `data/raw/registers`, with `nl_municipalities.csv` and `vl_municipalities.csv`.

    Returns
    -------
    pandas.DataFrame
        One row per edition_year, region ("NL", "VL") and code, in that order: edition_year, region,
        code, name, province, population, population_low, population_high (inhabitants, integers),
        population_precision ("published", "derived_exact", "derived_bounded").

    Raises
    ------
    InputError
        If a file or column is missing, a code is without its `GM` or short of a digit, a population
        is not a positive whole number or lies outside its bounds, or a key occurs twice; the
        message names file and line.
    """
    folder = Path(folder)
    path = folder / "nl_municipalities.csv"
    bounds = ["population_low", "population_high"]
    dutch = _read_register(
        path, ["year", "code", "name", "province", "population", *bounds, "precision"]
    )
    _check_municipalities(dutch, path, "NL", ["population", *bounds])
    known = dutch["precision"].isin(["published", "derived_exact", "derived_bounded"])
    expected = "published, derived_exact or derived_bounded"
    _refuse_unless(known, path, dutch, "precision", expected)
    inside = dutch["population"].between(dutch["population_low"], dutch["population_high"])
    _refuse_unless(inside, path, dutch, "population", "a number between its two bounds")

    path = folder / "vl_municipalities.csv"
    flemish = _read_register(path, ["year", "code", "name", "province", "population"])
    _check_municipalities(flemish, path, "VL", ["population"])
    flemish["population_low"] = flemish["population_high"] = flemish["population"]
    flemish["precision"] = "published"

    both = pd.concat([dutch.assign(region="NL"), flemish.assign(region="VL")], ignore_index=True)
    both = both.rename(columns={"year": "edition_year", "precision": "population_precision"})
    keys = ["edition_year", "region", "code"]
    return both[MUNICIPALITY_COLUMNS].sort_values(keys, ignore_index=True)


def read_changes(folder):
    """Read the Dutch mergers, part-splits and renames, 2013-01-01 to 2016-01-01.

    Returns
    -------
    pandas.DataFrame
        effective_date (datetime), change_type ("merger", "split_part", "rename"), old_code,
        old_name, new_code, new_name, area_share (share of the old area, 0 to 1; NaN where not
        measured), date_in_table_33, note.

    Raises
    ------
    InputError
        If the file or a column is missing, or a date, kind or code is not one: file and line.
    """
    path = Path(folder) / "nl_changes.csv"
    columns = ["effective_date", "change_type", "old_code", "old_name", "new_code", "new_name"]
    columns += ["area_share", "date_in_table_33", "note"]
    changes = _read_register(path, columns)
    changes["effective_date"] = pd.to_datetime(
        changes["effective_date"], format="%Y-%m-%d", errors="coerce"
    )
    _refuse_unless(changes["effective_date"].notna(), path, changes, "effective_date", "YYYY-MM-DD")
    known = changes["change_type"].isin(["merger", "split_part", "rename"])
    _refuse_unless(known, path, changes, "change_type", "merger, split_part or rename")
    for column in ("old_code", "new_code"):
        _check_codes(changes, path, column, "NL")
    _check_unique(changes, path, ["effective_date", "old_code", "new_code"])
    shares = pd.to_numeric(changes["area_share"], errors="coerce")
    sound = shares.between(0, 1) | changes["area_share"].eq("")
    _refuse_unless(sound, path, changes, "area_share", "a number from 0 to 1, or nothing")
    changes["area_share"] = shares
    return changes[columns].reset_index(drop=True)


def read_positions(folder):
    """Read a point inside each municipality, and its area.

    Returns
    -------
    pandas.DataFrame
        region, code, name, boundary_year (int: NL 2013 and 2014, VL 2011), latitude, longitude
        (degrees, WGS84), area_km2 (with inland water in the Netherlands).

    Raises
    ------
    InputError
        If the file or a column is missing, a code is not one, a point lies outside the Low
        Countries (latitude 50 to 54, longitude 2 to 8), or a key occurs twice: file and line.
    """
    path = Path(folder) / "positions.csv"
    columns = ["region", "code", "name", "boundary_year", "latitude", "longitude", "area_km2"]
    positions = _read_register(path, columns)
    _refuse_unless(positions["region"].isin(CODE_FORMS), path, positions, "region", "NL or VL")
    for region in CODE_FORMS:
        _check_codes(positions, path, "code", region, positions["region"].eq(region))
    _to_positive_integers(positions, path, "boundary_year")
    limits = {"latitude": (50, 54), "longitude": (2, 8), "area_km2": (0.01, 1000)}
    for column, (low, high) in limits.items():
        numbers = pd.to_numeric(positions[column], errors="coerce")
        expected = f"a number between {low} and {high}"
        _refuse_unless(numbers.between(low, high), path, positions, column, expected)
        positions[column] = numbers
    _check_unique(positions, path, ["region", "code", "boundary_year"])
    return positions[columns].reset_index(drop=True)


def classify_size(population):
    """Put each municipality in the size class of the Flemish study of 2016.

    Parameters
    ----------
    population : pandas.Series
        Inhabitants, positive.

    Returns
    -------
    pandas.Series
        One of `SIZE_CLASSES`, on the index of `population`.

    Raises
    ------
    InputError
        If a population is missing or not positive.

    Notes
    -----
    The study prints "below 20,000", "20,000 to 50,000" and "above 50,000". So 20,000 belongs to the
    middle class, and exactly 50,000 does too: it is not above. No municipality of 2013-2016 has
    either number, so that no result rests on this reading.

    Examples
    --------
    >>> classify_size(pd.Series([19_999, 20_000, 50_000, 50_001])).tolist()
    ['below_20000', '20000_to_50000', '20000_to_50000', 'above_50000']
    """
    if not population.gt(0).all():
        wrong = population[~population.gt(0)].iloc[0]
        raise InputError(f"population {wrong} has no size class: expected a positive number")
    classes = np.select(
        [population < 20_000, population <= 50_000], SIZE_CLASSES[:2], SIZE_CLASSES[2]
    )
    return pd.Series(classes, index=population.index, name="size_class", dtype="str")


def link_units(changes, codes_by_year, year_1, year_2):
    """Join municipalities into units that cover the same ground in both years.

    The units are the connected components of the graph whose nodes are municipalities and whose
    edges are the changes that took effect after 1 January of `year_1`, up to and including
    1 January of `year_2`. A part-split joins too: messages cannot be divided over parts.

    Parameters
    ----------
    changes : pandas.DataFrame
        As `read_changes` gives it.
    codes_by_year : mapping of int to iterable of str
        The municipalities of each year; those of `year_1` and `year_2` are used.
    year_1, year_2 : int
        Two editions, the earlier first.

    Returns
    -------
    pandas.Series
        Indexed by `code` (every code of either year, sorted), named `linked_unit`: the smallest
        code of the unit's municipalities in either year. A municipality that nothing happened to is
        a unit by itself.

    Raises
    ------
    InputError
        If the years are not in order or have no codes, or a code came or went without a change that
        says so.

    Examples
    --------
    A rename halfway leaves no trace but the link, here GM0002 by way of GM0009:

    >>> changes = pd.DataFrame({"effective_date": pd.to_datetime(["2014-01-01", "2015-07-01"]),
    ...                         "old_code": ["GM0002", "GM0009"], "new_code": ["GM0009", "GM0005"]})
    >>> link_units(changes, {2013: ["GM0001", "GM0002"], 2016: ["GM0001", "GM0005"]}, 2013, 2016)
    code
    GM0001    GM0001
    GM0002    GM0002
    GM0005    GM0002
    Name: linked_unit, dtype: str
    """
    missing = [year for year in (year_1, year_2) if year not in codes_by_year]
    if missing or year_1 >= year_2:
        raise InputError(
            f"linked units need two register years, the earlier first: got {year_1} and {year_2}, "
            f"the register has {', '.join(str(year) for year in sorted(dict(codes_by_year)))}"
        )
    before, after = set(codes_by_year[year_1]), set(codes_by_year[year_2])
    dates = changes["effective_date"]
    window = changes[dates.gt(f"{year_1}-01-01") & dates.le(f"{year_2}-01-01")]
    unexplained = sorted((before - after) - set(window["old_code"])) + sorted(
        (after - before) - set(window["new_code"])
    )
    if unexplained:
        raise InputError(
            f"nl_changes.csv: {unexplained[0]} exists in only one of {year_1} and {year_2}, and no "
            f"change in between says why (such codes: {len(unexplained)}); add the change"
        )
    nodes = pd.Index(sorted(before | after | set(window["old_code"]) | set(window["new_code"])))
    ends = nodes.get_indexer(window["old_code"]), nodes.get_indexer(window["new_code"])
    graph = coo_array((np.ones(len(window)), ends), shape=(len(nodes), len(nodes)))
    _, component = connected_components(graph, directed=False)
    # Codes that lived only between the two dates link others but name no unit and get no row.
    component = pd.Series(component, index=nodes)[sorted(before | after)]
    codes = component.index.to_series()
    units = codes.groupby(component).transform("min").astype("str")
    return units.rename("linked_unit").rename_axis("code")


def build_organisations(folder):
    """Build the processed table of municipalities: one row per edition, region and code.

    There is no column `linked_unit`: which municipalities form one unit depends on the two years
    compared (links over 2013-2016 would join more than 2013 against 2014 needs), so `link_units`
    makes it for the two at hand.

    Parameters
    ----------
    folder : path-like
        `data/raw/registers`.

    Returns
    -------
    pandas.DataFrame
        The columns of `read_municipalities`, then size_class, latitude, longitude (degrees). The
        point is that of the latest boundaries not younger than the edition: NL 2013 for 2013, NL
        2014 for 2014 to 2016, VL 2011. Both are NaN for the Dutch codes that came after 2014: 2 in
        2015, 5 in 2016.

    Raises
    ------
    InputError
        As `read_municipalities` and `read_positions`.
    """
    municipalities = read_municipalities(folder)
    municipalities["size_class"] = classify_size(municipalities["population"])
    points = read_positions(folder)[["region", "code", "boundary_year", "latitude", "longitude"]]
    organisations = pd.merge_asof(
        municipalities.sort_values("edition_year", kind="stable"),
        points.sort_values("boundary_year", kind="stable"),
        left_on="edition_year",
        right_on="boundary_year",
        by=["region", "code"],
    ).drop(columns="boundary_year")
    keys = ["edition_year", "region", "code"]
    organisations = organisations.sort_values(keys, ignore_index=True)
    assert len(organisations) == len(municipalities)
    assert not organisations.duplicated(keys).any()
    return organisations


def _read_register(path, columns):
    """Read a CSV as text, each value as written; the index is the line in the file."""
    try:
        # index_col=False keeps a field too many from shifting every column; pandas then drops it
        # with no more than a warning.
        with warnings.catch_warnings(action="error", category=pd.errors.ParserWarning):
            table = pd.read_csv(
                path, dtype=str, keep_default_na=False, skip_blank_lines=False, index_col=False
            )
    except pd.errors.ParserWarning:
        raise InputError(
            f"{path.name}, line 2: more fields than the header has; put text with a comma in quotes"
        ) from None
    except FileNotFoundError:
        raise InputError(
            f"{path.name} is missing from {path.parent}; restore it with `git checkout`"
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as fault:
        reason = " ".join(str(fault).split())
        raise InputError(f"{path.name} is not a CSV in UTF-8: {reason}") from None
    for column in columns:
        if column not in table.columns:
            raise InputError(
                f"{path.name}: column {column!r} is missing; found {', '.join(table.columns)}"
            )
    table.index = table.index + 2  # the header is line 1
    return table.fillna("")


def _refuse_unless(accepted, path, table, column, expected):
    if not accepted.all():
        line = accepted.index[~accepted][0]
        found = table.loc[line, column]
        raise InputError(f"{path.name}, line {line}: {column} is '{found}', expected {expected}")


def _check_codes(table, path, column, region, rows=slice(None)):
    pattern, meaning = CODE_FORMS[region]
    accepted = table.loc[rows, column].str.fullmatch(pattern)
    expected = f"{meaning}, kept as text (a spreadsheet drops leading zeros)"
    _refuse_unless(accepted, path, table, column, expected)


def refuse_other_codes(rows: pd.DataFrame) -> None:
    """Refuse SIMULATED values that stand beside anything but a pseudonym of the simulation.

    Parameters
    ----------
    rows : pandas.DataFrame
        organisation (code) of what is SIMULATED.

    Raises
    ------
    InputError
        If a code is no pseudonym, naming the first.
    """
    codes = rows["organisation"].astype("str")
    others = codes[~codes.str.fullmatch(PSEUDONYM)]
    if len(others):
        raise InputError(
            f"SIMULATED values stand beside {others.iloc[0]!r}, which is no pseudonym such as SIM-NL-001; delete the folder of "
            "the study's exports and run `make STUDY=...` with its name, which makes all of it again"
        )


def _to_positive_integers(table, path, column):
    accepted = table[column].str.fullmatch(r"[1-9][0-9]*")
    _refuse_unless(accepted, path, table, column, "a positive whole number without separators")
    table[column] = table[column].astype("int64")


def _check_unique(table, path, keys):
    repeated = table.duplicated(keys)
    if repeated.any():
        line = repeated.index[repeated][0]
        key = ", ".join(f"{column} {table.loc[line, column]}" for column in keys)
        raise InputError(f"{path.name}, line {line}: {key} occurs twice, expected once")


def _check_municipalities(table, path, region, counts):
    _check_codes(table, path, "code", region)
    for column in ("year", *counts):
        _to_positive_integers(table, path, column)
    _check_unique(table, path, ["year", "code"])
