"""The arrangement on hexagons: everyone once, and the country recognised."""

import doctest
import time
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from roeptoeter import hexagons
from roeptoeter.errors import InputError
from roeptoeter.hexagons import (
    arrange_hexagons,
    count_steps,
    fill_positions,
    find_centres,
    measure_arrangement,
)
from roeptoeter.registers import read_changes, read_municipalities, read_positions

FOLDER = Path(__file__).parents[1] / "data" / "raw" / "registers"
ROWS = {2013: 408, 2014: 403, 2016: 390}

WADDEN = ["Texel", "Vlieland", "Terschelling", "Ameland", "Schiermonnikoog"]
ZEELAND_SOUTH = ["Sluis", "Terneuzen", "Hulst"]


@pytest.fixture(scope="module")
def registers():
    towns = read_municipalities(FOLDER).rename(columns={"code": "organisation"})
    points = (
        read_positions(FOLDER).sort_values("boundary_year").drop_duplicates("code", keep="last")
    )
    points = points.rename(columns={"code": "organisation"})[
        ["organisation", "latitude", "longitude"]
    ]
    towns = towns.merge(points, on="organisation", how="left")
    gone = points[~points["organisation"].isin(towns["organisation"])]
    towns = fill_positions(pd.concat([towns, gone]), read_changes(FOLDER))
    return towns.dropna(subset="edition_year").astype({"edition_year": int}).reset_index(drop=True)


@pytest.fixture(scope="module")
def arranged(registers):
    """Each Dutch register year, with the Flemish one of that year: organisations and cells."""
    found = {}
    for year in ROWS:
        own = registers[registers["edition_year"] == year].assign(edition=str(year))
        found[year] = own, arrange_hexagons(own)
    return found


def name_cells(own, cells, region="NL"):
    both = cells.join(own["name"])
    both = both[both["region"] == region].set_index("name")
    centres = pd.DataFrame(find_centres(both), columns=["east", "south"], index=both.index)
    return both[["column", "row"]].join(centres)


def least_steps(first, second):
    near, far = np.indices((len(first), len(second))).reshape(2, -1)
    cells = ["column", "row"]
    return count_steps(
        pd.DataFrame(first[cells].to_numpy()[near], columns=cells),
        pd.DataFrame(second[cells].to_numpy()[far], columns=cells),
    ).reshape(len(first), len(second))


def find_parts(cells):
    """Sets of cells that hang together."""
    left = {tuple(cell) for cell in cells[["column", "row"]].to_numpy().tolist()}
    parts = []
    while left:
        part, waiting = set(), [left.pop()]
        while waiting:
            column, row = waiting.pop()
            part.add((column, row))
            lean = row % 2
            around = {(column - 1, row), (column + 1, row)}
            around |= {(column + step + lean, row + side) for step in (-1, 0) for side in (-1, 1)}
            waiting += around & left
            left -= around
        parts.append(part)
    return sorted(parts, key=len, reverse=True)


def test_examples_of_the_documentation():
    assert doctest.testmod(hexagons).failed == 0


@pytest.mark.parametrize("year", ROWS)
def test_everyone_has_a_cell_and_nobody_shares_it(arranged, year):
    own, cells = arranged[year]
    assert own["latitude"].notna().all()
    assert cells["region"].value_counts().to_dict() == {"NL": ROWS[year], "VL": 308}
    assert not cells.duplicated(["column", "row"]).any()
    assert cells.index.equals(own.index)
    assert cells[["column", "row"]].min().tolist() == [0, 0]


@pytest.mark.parametrize("year", ROWS)
def test_arrangement_is_faithful(arranged, year):
    own, cells = arranged[year]
    quality = measure_arrangement(own, cells)
    assert quality.mean_displacement < 1.2
    assert quality.neighbours_within_two > 0.96
    assert quality.direction_error_degrees < 27


def test_the_measure_of_quality_tells_a_bad_arrangement(arranged):
    own, cells = arranged[2014]
    rng = np.random.default_rng(8)
    worse = cells.copy()
    for _, rows in cells.groupby("region"):
        mixed = rng.permutation(len(rows))
        worse.loc[rows.index, ["column", "row"]] = rows[["column", "row"]].to_numpy()[mixed]
    quality = measure_arrangement(own, worse)
    assert quality.mean_displacement > 5
    assert quality.neighbours_within_two < 0.1
    assert quality.direction_error_degrees == pytest.approx(90, abs=8)
    mirrored = cells.assign(row=cells["row"].max() - cells["row"])
    assert measure_arrangement(own, mirrored).direction_error_degrees > 60


@pytest.mark.parametrize("year", ROWS)
def test_wadden_islands_lie_apart_north_of_the_coast_in_their_order(arranged, year):
    dutch = name_cells(*arranged[year])
    islands, coast = dutch.loc[WADDEN], dutch.drop(WADDEN)
    assert least_steps(islands, coast).min() >= 2
    assert islands["east"].is_monotonic_increasing
    assert (islands["south"].diff().dropna() <= 0).all()
    for _, island in islands.iterrows():
        beside = coast[(coast["east"] - island["east"]).abs() <= 1]
        assert (beside["south"] > island["south"]).all()


@pytest.mark.parametrize("year", ROWS)
def test_zeeland_and_limburg_are_where_a_reader_looks_for_them(arranged, year):
    dutch = name_cells(*arranged[year])
    south = dutch.loc[ZEELAND_SOUTH]
    assert least_steps(south, dutch.drop(ZEELAND_SOUTH)).min() >= 2
    assert least_steps(south, south)[[0, 1], [1, 2]].tolist() == [1, 1]
    assert south["east"].is_monotonic_increasing
    assert south["south"].min() > dutch.loc[["Vlissingen", "Borsele"], "south"].max()
    west = dutch["east"].nsmallest(8).index
    assert {"Veere", "Vlissingen"} & set(west)
    tail = dutch["south"].nlargest(12).index
    assert {"Vaals", "Maastricht", "Eijsden-Margraten", "Gulpen-Wittem"} <= set(tail)
    # the tail is a tail: nothing of the Netherlands lies beside it
    low = dutch[dutch["south"] > dutch.loc["Weert", "south"]]
    assert np.ptp(low["east"]) < 7
    assert dutch.loc["Den Helder", "south"] < dutch.loc["Haarlem", "south"] - 4
    assert dutch["east"].nlargest(12).index.isin(["Losser", "Bellingwedde", "Vlagtwedde", "Oldambt", "Emmen", "Dinkelland"]).any()  # fmt: skip


@pytest.mark.parametrize("year", ROWS)
def test_a_gap_separates_the_netherlands_from_flanders(arranged, year):
    own, cells = arranged[year]
    dutch, flemish = (name_cells(own, cells, region) for region in ("NL", "VL"))
    steps = least_steps(dutch, flemish)
    assert steps.min() == 2
    # and they are neighbours still
    assert steps.min(axis=1).min() <= 2
    assert dutch["south"].mean() < flemish["south"].mean()


@pytest.mark.parametrize("year", ROWS)
def test_land_hangs_together_and_has_no_holes_but_brussels_and_the_lake(arranged, year):
    _, cells = arranged[year]
    parts = [len(part) for part in find_parts(cells[cells["region"] == "NL"])]
    assert parts == [ROWS[year] - 8, 3, 1, 1, 1, 1, 1]
    assert len(find_parts(cells[cells["region"] == "VL"])) == 1
    every = {tuple(cell) for cell in cells[["column", "row"]].to_numpy().tolist()}
    wide, high = cells[["column", "row"]].max()
    empty = [(c, r) for c in range(-1, wide + 2) for r in range(-1, high + 2) if (c, r) not in every]  # fmt: skip
    holes = find_parts(pd.DataFrame(empty, columns=["column", "row"]))[1:]
    assert sum(map(len, holes)) <= 3 + 11
    assert any(len(hole) == 3 for hole in holes), "Brussels"


def test_arrangement_rests_on_the_positions_alone(arranged):
    own, cells = arranged[2014]
    mixed = own.sample(frac=1, random_state=3)
    again = arrange_hexagons(mixed)
    pd.testing.assert_frame_equal(again.sort_index(), cells)
    renamed = own.assign(organisation=[f"SIM-{n:04d}" for n in range(len(own))][::-1])
    pd.testing.assert_frame_equal(arrange_hexagons(renamed)[["column", "row"]], cells[["column", "row"]])  # fmt: skip


def test_arrangement_takes_seconds_at_most(registers):
    own = registers[registers["edition_year"] == 2013].assign(edition="2013")
    start = time.perf_counter()
    arrange_hexagons(own)
    assert time.perf_counter() - start < 8  # 0.6 seconds on an idle machine


def test_cells_stay_from_edition_to_edition(registers):
    rows = registers[registers["region"].eq("NL") & registers["edition_year"].isin(ROWS)]
    rows = rows.assign(edition=rows["edition_year"].astype(str))
    cells = arrange_hexagons(rows)
    assert not cells.duplicated(["edition", "column", "row"]).any()
    places = cells.groupby("organisation")[["column", "row"]].nunique()
    assert places.eq(1).all(axis=None)
    # a successor stands on ground of those that merged into it
    ground = cells.drop_duplicates("organisation").join(rows["name"]).set_index("name")
    assert tuple(ground.loc["Nissewaard", ["column", "row"]]) in {
        tuple(ground.loc[name, ["column", "row"]]) for name in ("Bernisse", "Spijkenisse")
    }
    assert tuple(ground.loc["De Friese Meren", ["column", "row"]]) == tuple(
        ground.loc["De Fryske Marren", ["column", "row"]]
    )
    for year in ROWS:
        edition = cells[cells["edition"] == str(year)]
        own = rows[rows["edition"] == str(year)]
        assert measure_arrangement(own, edition).neighbours_within_two > 0.95


def test_steps_obey_the_rules_of_a_distance():
    rng = np.random.default_rng(4)
    a, b, c = (
        pd.DataFrame(rng.integers(-9, 9, (400, 2)), columns=["column", "row"]) for _ in range(3)
    )
    assert (count_steps(a, a) == 0).all()
    assert (count_steps(a, b) == count_steps(b, a)).all()
    assert (count_steps(a, c) <= count_steps(a, b) + count_steps(b, c)).all()
    straight = np.hypot(*(find_centres(a) - find_centres(b)).T)
    assert (count_steps(a, b) >= straight - 1e-9).all()
    assert ((count_steps(a, b) == 1) == np.isclose(straight, 1)).all()


def made_up(points, **other):
    rows = pd.DataFrame(points, columns=["longitude", "latitude"])
    rows["organisation"] = [f"M{n}" for n in range(len(rows))]
    return rows.assign(edition="2014", region="NL").assign(**other)


@pytest.mark.parametrize(
    "points",
    [
        [(5.0, 52.0)],
        [(5.0, 52.0), (6.0, 52.0)],
        [(5.0, 52.0), (5.5, 52.0), (6.0, 52.0)],
        [(5.0, 52.0), (5.0, 52.0), (5.0, 52.0), (5.0, 52.0)],
        [(4.5 + x / 3, 51.6 + y / 4) for x in range(5) for y in range(4)],
        [(5.0, 52.0), (5.01, 52.0), (5.0, 52.01), (6.7, 53.2)],
    ],
    ids=["one", "two", "a line", "one place", "a block", "one far off"],
)
def test_few_organisations_are_arranged_too(points):
    cells = arrange_hexagons(made_up(points))
    assert len(cells) == len(points)
    assert not cells.duplicated(["column", "row"]).any()
    if len(set(points)) > 1:
        own = made_up(points)
        assert measure_arrangement(own, cells).direction_error_degrees < 35


def test_a_sample_keeps_west_and_east_and_an_edition_may_have_others(registers):
    sample = registers[registers["edition_year"] == 2014].sample(60, random_state=5)
    first, second = sample.iloc[:40], sample.iloc[20:]
    rows = pd.concat([first.assign(edition="a"), second.assign(edition="b")], ignore_index=True)
    cells = arrange_hexagons(rows)
    assert not cells.duplicated(["edition", "column", "row"]).any()
    base = cells[cells["edition"] == "a"]
    quality = measure_arrangement(rows[rows["edition"] == "a"], base)
    assert quality.direction_error_degrees < 40


def test_organisation_without_a_position_is_left_out():
    rows = made_up([(5.0, 52.0), (6.0, 52.0), (np.nan, np.nan)])
    assert arrange_hexagons(rows)["organisation"].tolist() == ["M0", "M1"]
    assert arrange_hexagons(rows.iloc[2:]).empty


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"organisation": "M0"}, "occurs twice in the edition 2014"),
        ({"organisation": "M0", "edition": "2016"}, "another position or region"),
    ],
)
def test_contradictions_are_refused(change, message):
    rows = made_up([(5.0, 52.0), (6.0, 52.0)])
    for column, value in change.items():
        rows.loc[1, column] = value
    with pytest.raises(InputError, match=message):
        arrange_hexagons(rows)


def test_positions_are_filled_along_a_chain_of_changes():
    rows = pd.DataFrame(
        {
            "organisation": ["a", "b", "c", "e", "f"],
            "latitude": [51.0, 53.0, None, None, None],
            "longitude": [5.0, 6.0, None, None, None],
        }
    )
    changes = pd.DataFrame({"old_code": ["a", "b", "d", "x"], "new_code": ["d", "d", "c", "e"]})
    filled = fill_positions(rows, changes)
    assert filled.loc[2, ["latitude", "longitude"]].tolist() == [52.0, 5.5]
    assert filled.loc[[3, 4], "latitude"].isna().all()
    assert rows["latitude"].isna().sum() == 3


def test_regions_are_as_far_apart_as_asked_whatever_their_shape():
    rng = np.random.default_rng(11)
    for _ in range(2):
        north = made_up(np.column_stack([rng.uniform(4, 6, 25), rng.uniform(51.5, 53, 25)]))
        south = made_up(np.column_stack([rng.uniform(3, 5.5, 20), rng.uniform(50.7, 51.4, 20)]))
        south = south.assign(region="VL", organisation="V" + south["organisation"])
        cells = arrange_hexagons(pd.concat([north, south], ignore_index=True))
        nl, vl = (cells[cells["region"] == region] for region in ("NL", "VL"))
        assert least_steps(nl, vl).min() == 2
        for first, second in combinations([nl, vl], 2):
            assert find_centres(first)[:, 1].mean() < find_centres(second)[:, 1].mean()
