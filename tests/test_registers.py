"""The registers hold the official counts and totals, and refuse what cannot be a register."""

import doctest
import shutil
from pathlib import Path

import pandas as pd
import pytest
import requests

from roeptoeter import refresh_registers, registers
from roeptoeter.errors import InputError
from roeptoeter.registers import (
    SIZE_CLASSES,
    build_organisations,
    classify_size,
    link_units,
    read_changes,
    read_municipalities,
    read_positions,
)

FOLDER = Path(__file__).parents[1] / "data" / "raw" / "registers"

# Official totals of CBS and Statbel; classes below 20,000 / 20,000 to 50,000 / above 50,000.
OFFICIAL = [
    ("NL", 2013, 16_779_575, (142, 193, 73)),
    ("NL", 2014, 16_829_289, (137, 192, 74)),
    ("NL", 2015, 16_900_726, (125, 192, 76)),
    ("NL", 2016, 16_979_120, (122, 191, 77)),
    ("VL", 2013, 6_381_859, (218, 78, 12)),
    ("VL", 2014, 6_410_705, (217, 79, 12)),
    ("VL", 2015, 6_444_127, (213, 83, 12)),
    ("VL", 2016, 6_477_804, (213, 83, 12)),
]
ROWS = {("NL", 2013): 408, ("NL", 2014): 403, ("NL", 2015): 393, ("NL", 2016): 390}


@pytest.fixture(scope="module")
def organisations():
    return build_organisations(FOLDER)


@pytest.fixture(scope="module")
def changes():
    return read_changes(FOLDER)


@pytest.fixture(scope="module")
def dutch_codes(organisations):
    dutch = organisations[organisations["region"] == "NL"]
    return dutch.groupby("edition_year")["code"].agg(list).to_dict()


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(FOLDER, tmp_path / "registers"))


def change_text(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refusal(call, *arguments):
    with pytest.raises(InputError) as caught:
        call(*arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize(("region", "year", "total", "classes"), OFFICIAL)
def test_each_year_has_the_official_total_and_the_known_classes(
    organisations, region, year, total, classes
):
    edition = organisations.query("region == @region and edition_year == @year")
    assert len(edition) == ROWS.get((region, year), 308) == sum(classes)
    assert edition["population"].sum() == total
    counts = edition["size_class"].value_counts()
    assert tuple(counts[size_class] for size_class in SIZE_CLASSES) == classes


def test_flanders_2016_gives_back_the_mean_that_the_study_printed(organisations):
    flemish = organisations.query("region == 'VL' and edition_year == 2016")
    assert round(flemish["population"].mean()) == 21_032
    assert flemish["province"].value_counts().to_dict() == {
        "Antwerpen": 70,
        "Vlaams-Brabant": 65,
        "Oost-Vlaanderen": 65,
        "West-Vlaanderen": 64,
        "Limburg": 44,
    }


def test_a_municipality_is_one_row_an_edition_and_its_code_is_text(organisations):
    assert not organisations.duplicated(["edition_year", "region", "code"]).any()
    dutch = organisations["region"].eq("NL")
    assert organisations.loc[dutch, "code"].str.fullmatch(r"GM\d{4}").all()
    assert organisations.loc[~dutch, "code"].str.fullmatch(r"\d{5}").all()


def test_no_result_rests_on_the_class_of_exactly_20000_or_50000(organisations):
    assert not organisations["population"].isin([20_000, 50_000]).any()
    low = classify_size(organisations["population_low"])
    high = classify_size(organisations["population_high"])
    assert low.eq(high).all()  # nor on where within its bounds a population lies


def test_the_borders_fall_as_the_study_words_them():
    population = pd.Series([1, 19_999, 20_000, 50_000, 50_001], index=list("abcde"))
    classes = classify_size(population)
    assert classes.index.tolist() == list("abcde")
    assert classes.tolist() == [SIZE_CLASSES[place] for place in (0, 0, 1, 1, 2)]


@pytest.mark.parametrize("population", [0, -5, float("nan")])
def test_a_population_that_is_not_positive_has_no_class(population):
    assert "positive" in refusal(classify_size, pd.Series([100.0, population]))


@pytest.mark.parametrize(
    ("year", "bounded", "widest", "largest_error"),
    [(2013, 30, 4, 3), (2014, 16, 3, 2), (2015, 5, 2, 2), (2016, 0, None, None)],
)
def test_the_bounds_are_as_narrow_as_the_readme_says(
    organisations, year, bounded, widest, largest_error
):
    edition = organisations.query("region == 'NL' and edition_year == @year")
    below = edition["population"] - edition["population_low"]
    above = edition["population_high"] - edition["population"]
    is_bounded = edition["population_precision"].eq("derived_bounded")
    assert is_bounded.sum() == bounded
    assert (below + above)[~is_bounded].eq(0).all()
    if bounded:
        assert (below + above).max() == widest
        assert max(below.max(), above.max()) == largest_error


def test_units_of_2013_and_2014_are_400_with_two_merged_groups(changes, dutch_codes, organisations):
    units = link_units(changes, dutch_codes, 2013, 2014)
    assert units.nunique() == 400
    groups = {
        unit: tuple(len(set(codes.index) & set(dutch_codes[year])) for year in (2013, 2014))
        for unit, codes in units.groupby(units)
        if len(codes) > 1
    }
    assert groups == {"GM0484": (3, 1), "GM0051": (7, 4)}
    names = organisations.query("edition_year == 2014").set_index("code")["name"]
    assert names["GM0484"] == "Alphen aan den Rijn"
    frisian = [code for code in units.index[units == "GM0051"] if code in names.index]
    assert sorted(names[frisian]) == [
        "De Friese Meren",
        "Heerenveen",
        "Leeuwarden",
        "Súdwest-Fryslân",
    ]


def test_a_change_on_the_first_day_is_over_and_one_on_the_last_day_counts():
    part_split = pd.DataFrame(
        {
            "effective_date": pd.to_datetime(["2013-01-01"]),
            "old_code": ["GM0001"],
            "new_code": ["GM0002"],
        }
    )
    codes = {year: ["GM0001", "GM0002"] for year in (2012, 2013, 2014)}
    assert link_units(part_split, codes, 2013, 2014).nunique() == 2
    assert link_units(part_split, codes, 2012, 2013).nunique() == 1


def test_links_follow_a_code_that_lived_only_between_the_years(changes, dutch_codes):
    units = link_units(changes, dutch_codes, 2013, 2016)
    assert "GM1921" not in units.index  # De Friese Meren, 2014 to mid-2015
    assert units["GM1940"] == "GM0051"  # its successor De Fryske Marren
    assert units["GM1945"] == units["GM0265"] == "GM0241"  # Berg en Dal, by way of Groesbeek


def test_more_years_never_make_more_units(changes, dutch_codes):
    units = [link_units(changes, dutch_codes, 2013, year).nunique() for year in (2014, 2015, 2016)]
    assert units == sorted(units, reverse=True)
    assert units[0] > units[-1]


def test_units_follow_from_the_changes_alone(changes):
    units = link_units(changes[:0], {1: ["GM0001"], 2: ["GM0001"]}, 1, 2)
    assert units.to_dict() == {"GM0001": "GM0001"}


@pytest.mark.parametrize(("side", "code"), [("old_code", "GM0499"), ("new_code", "GM1921")])
def test_a_code_that_comes_or_goes_without_a_change_is_refused(changes, dutch_codes, side, code):
    # Another code in its place leaves the other side of each change explained.
    without = changes.assign(**{side: changes[side].replace(code, "GM9999")})
    message = refusal(link_units, without, dutch_codes, 2013, 2014)
    assert message.startswith(f"nl_changes.csv: {code}")
    assert "such codes: 1" in message


@pytest.mark.parametrize("years", [(2014, 2013), (2013, 2013), (2013, 2020)])
def test_years_that_cannot_be_compared_are_refused(changes, dutch_codes, years):
    assert "two register years" in refusal(link_units, changes, dutch_codes, *years)


def test_changes_are_complete_and_their_shares_add_up(changes):
    mergers = changes[changes["change_type"] == "merger"]
    assert mergers.groupby(mergers["effective_date"].dt.year).size().tolist() == [9, 6, 12, 4]
    assert changes["change_type"].value_counts()[["split_part", "rename"]].tolist() == [5, 2]
    shares = changes.query("old_code == 'GM0055'")["area_share"]  # Boarnsterhim went four ways
    assert len(shares) == 4
    assert shares.sum() == pytest.approx(1, abs=0.002)


def test_counted_units_are_what_the_files_hold(organisations):
    every = pd.read_csv(FOLDER / "unit_counts.csv")
    assert set(every["basis"]) == {"counted", "quoted", "inferred"}
    assert every["unit_count"].dtype == "int64"
    counts = every[every["basis"] == "counted"]
    assert len(counts) == 6
    for row in counts.itertuples():
        same_year = organisations["edition_year"].eq(int(row.reference_period[:4]))
        edition = organisations[same_year & organisations["region"].eq(row.region)]
        column = {"municipalities": "code", "provinces": "province"}[row.unit]
        assert edition[column].nunique() == row.unit_count


def test_only_dutch_codes_younger_than_2014_are_without_a_point(organisations):
    without = organisations[organisations["latitude"].isna()]
    assert without.groupby("edition_year")["name"].agg(list).to_dict() == {
        2015: ["Nissewaard", "Krimpenerwaard"],
        2016: ["Nissewaard", "Krimpenerwaard", "De Fryske Marren", "Gooise Meren", "Berg en Dal"],
    }
    assert without["longitude"].isna().all()


def test_an_edition_takes_the_latest_boundaries_that_it_can_have_known(organisations):
    points = read_positions(FOLDER).set_index(["code", "boundary_year"])["latitude"]
    leeuwarden = organisations.query("code == 'GM0080'").set_index("edition_year")["latitude"]
    assert points["GM0080", 2013] != points["GM0080", 2014]
    assert leeuwarden[2013] == points["GM0080", 2013]
    assert leeuwarden[2016] == leeuwarden[2014] == points["GM0080", 2014]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "nl_municipalities.csv",
            ",code,",
            ",gemeentecode,",
            "column 'code' is missing; found year",
        ),
        ("nl_municipalities.csv", "GM0003", "3", "line 2: code is '3', expected GM and four"),
        ("nl_municipalities.csv", "GM0005", "GM5", "line 3: code is 'GM5', expected GM and four"),
        (
            "nl_municipalities.csv",
            "GM0005",
            "GM0003",
            "line 3: year 2013, code GM0003 occurs twice",
        ),
        ("nl_municipalities.csv", "12053,", "0,", "line 2: population is '0', expected a positive"),
        ("nl_municipalities.csv", "12053,", "12.053,", "line 2: population is '12.053'"),
        (
            "nl_municipalities.csv",
            "12053,",
            "12054,",
            "line 2: population is '12054', expected a num",
        ),
        ("nl_municipalities.csv", "derived_exact", "guess", "line 2: precision is 'guess'"),
        ("nl_municipalities.csv", "2013-01-01,GM0003", "x,y,GM0003", "line 2: more fields than"),
        ("vl_municipalities.csv", "11001", "1101", "line 2: code is '1101', expected five digits"),
        ("vl_municipalities.csv", "14226", "-14226", "line 2: population is '-14226'"),
        ("vl_municipalities.csv", "14226", "", "line 2: population is ''"),
    ],
)
def test_a_damaged_register_is_refused_with_file_and_line(copy, name, old, new, expected):
    change_text(copy / name, old, new)
    message = refusal(read_municipalities, copy)
    assert message.startswith(name)
    assert expected in message


@pytest.mark.parametrize(
    ("reader", "name", "old", "new", "expected"),
    [
        (read_changes, "nl_changes.csv", "2013-01-01", "1-1-2013", "line 2: effective_date"),
        (read_changes, "nl_changes.csv", "merger", "fusie", "line 2: change_type is 'fusie'"),
        (read_changes, "nl_changes.csv", "GM0395", "395", "line 2: old_code is '395'"),
        (read_changes, "nl_changes.csv", "0.048", "4,8", "line 11"),
        (read_changes, "nl_changes.csv", "0.048", "4.8", "line 11: area_share is '4.8'"),
        (read_changes, "nl_changes.csv", "area_share", "share", "column 'area_share' is missing"),
        (
            read_positions,
            "positions.csv",
            "53.31842,6.84412",
            "6.84412,53.31842",
            "line 2: latitude",
        ),
        (read_positions, "positions.csv", "NL,GM0003", "DE,GM0003", "line 2: region is 'DE'"),
        (
            read_positions,
            "positions.csv",
            "NL,GM0005",
            "NL,GM0003",
            "line 3: region NL, code GM0003",
        ),
    ],
)
def test_damage_in_the_other_files_is_refused_too(copy, reader, name, old, new, expected):
    change_text(copy / name, old, new)
    message = refusal(reader, copy)
    assert message.startswith(name)
    assert expected in message


def test_an_absent_or_empty_file_is_refused(copy):
    (copy / "positions.csv").write_text("")
    assert "positions.csv" in refusal(read_positions, copy)
    (copy / "positions.csv").unlink()
    assert "positions.csv is missing" in refusal(read_positions, copy)


def test_examples_in_the_docstrings_hold():
    result = doctest.testmod(registers)
    assert result.attempted >= 3
    assert result.failed == 0


def invented_register():
    return pd.DataFrame(
        {
            "edition_year": [2013, 2013, 2013, 2013],
            "code": ["GM0001", "GM0002", "GM0003", "GM0004"],
            "name": ["Exact", "Bounded", "Outside", "Gone"],
            "population": [100, 200, 300, 400],
            "population_low": [100, 199, 299, 400],
            "population_high": [100, 202, 301, 400],
            "population_precision": ["derived_exact", *["derived_bounded"] * 2, "derived_exact"],
        }
    )


def invented_official(populations):
    return pd.DataFrame(
        {
            "edition_year": 2013,
            "code": [f"GM000{place}" for place in populations],
            "official_population": list(populations.values()),
        }
    )


def test_official_numbers_may_differ_within_the_bounds_only():
    official = invented_official({1: 100, 2: 202, 3: 302, 5: 500})
    compared = refresh_registers.compare_with_register(invented_register(), official)
    assert compared["verdict"].tolist() == [
        "equal",
        "within bounds",
        "differs",
        "only in the register",
        "only in the official table",
    ]
    assert compared["difference"].tolist()[:3] == [0, 2, 2]


def test_an_exact_number_may_not_be_one_off():
    official = invented_official({1: 101, 2: 200, 3: 300, 4: 400})
    compared = refresh_registers.compare_with_register(invented_register(), official)
    assert compared["verdict"].tolist() == ["differs", "equal", "equal", "equal"]


def test_a_municipality_twice_in_the_official_table_is_refused():
    twice = pd.concat([invented_official({1: 100})] * 2)
    assert "GM0001" in refusal(refresh_registers.compare_with_register, invented_register(), twice)


def test_being_offline_is_told_in_one_line_and_changes_nothing(monkeypatch, copy):
    def fail(*_, **__):
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(refresh_registers.cbsodata, "get_meta", fail)
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    assert refusal(refresh_registers.refresh_registers, copy).startswith("offline: ")
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_refresh_prints_the_municipalities_that_differ(monkeypatch, capsys, organisations):
    official = organisations.query("region == 'NL'")[["edition_year", "code", "population"]]
    official = official.rename(columns={"population": "official_population"})
    monkeypatch.setattr(refresh_registers, "fetch_official", lambda years: official)
    refresh_registers.refresh_registers(FOLDER)
    assert "agrees with the official table" in capsys.readouterr().out

    one_off = official.copy()
    appingedam = one_off["code"].eq("GM0003") & one_off["edition_year"].eq(2013)
    one_off.loc[appingedam, "official_population"] += 1
    monkeypatch.setattr(refresh_registers, "fetch_official", lambda years: one_off)
    compared = refresh_registers.refresh_registers(FOLDER)
    assert compared["verdict"].value_counts().to_dict() == {"equal": 1593, "differs": 1}
    assert "Appingedam" in capsys.readouterr().out


def test_the_official_table_is_asked_for_totals_and_its_padded_keys_are_understood(monkeypatch):
    # The shape of the answers follows the client's source; the service itself was not asked.
    meta = {
        "DataProperties": [
            {"Key": "Geslacht", "Type": "Dimension"},
            {"Key": "RegioS", "Type": "GeoDimension"},
            {"Key": "Perioden", "Type": "TimeDimension"},
            {"Key": "BevolkingOp1Januari_1", "Type": "Topic"},
        ],
        "Geslacht": [{"Key": "T001038 "}, {"Key": "3000   "}],
    }
    rows = [
        {"RegioS": "GM0001", "Perioden": "2013JJ00", "BevolkingOp1Januari_1": 100},
        {"RegioS": "GM0002", "Perioden": "2013JJ00", "BevolkingOp1Januari_1": None},
        {"RegioS": "NL01  ", "Perioden": "2013JJ00", "BevolkingOp1Januari_1": 100},
    ]
    asked = {}

    def download(table, **options):
        asked.update(options, table=table)
        return {"TypedDataSet": rows}

    monkeypatch.setattr(refresh_registers.cbsodata, "get_meta", lambda _, name, **__: meta[name])
    monkeypatch.setattr(refresh_registers.cbsodata, "download_data", download)
    official = refresh_registers.fetch_official([2013, 2014])
    assert official.to_dict("records") == [
        {"edition_year": 2013, "code": "GM0001", "official_population": 100}
    ]
    assert asked["table"] == "03759ned"
    assert asked["filters"] == (
        "(Geslacht eq 'T001038 ') and (Perioden eq '2013JJ00' or Perioden eq '2014JJ00')"
    )
