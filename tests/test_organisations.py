"""A study's own organisations and mergers, and how they stand beside the registers."""

import datetime as dt

import pandas as pd
import pytest
from conftest import ROOT

from roeptoeter import exports
from roeptoeter.errors import InputError
from roeptoeter.sources.organisations import read_own_changes, read_own_organisations
from roeptoeter.study import Study

HEADER = "edition_year,region,code,name,organisation_type,province,population,latitude,longitude\n"
ZONE = "2016,VL,PZ5349,Een politiezone,police zone,,,,\n"
PLACE = "2026,NL,GM9001,Een gemeente,municipality,Utrecht,12345,52.1,5.1\n"


def write(folder, text, name="organisations.csv"):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_zone_needs_no_population_and_semicolons_will_do(tmp_path):
    table = read_own_organisations(write(tmp_path, (HEADER + ZONE + PLACE).replace(",", ";")))
    assert table["code"].tolist() == ["PZ5349", "GM9001"]
    assert pd.isna(table["population"][0])
    assert table["population"][1] == 12345
    assert table["latitude"].isna().tolist() == [True, False]


def test_without_a_file_there_are_none(tmp_path):
    assert read_own_organisations(tmp_path).empty
    assert read_own_changes(tmp_path).empty


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,name\nA,b\n", "expected the columns edition_year"),
        (HEADER + ZONE.replace("VL", "BE"), "line 2: region is 'BE'; expected NL or VL"),
        (HEADER + ZONE.replace("police zone", "zone"), "line 2: organisation_type is 'zone'"),
        (HEADER + ZONE.replace("PZ5349", ""), "line 2: code is empty"),
        (HEADER + ZONE.replace("2016", "16"), "line 2: edition_year is '16'"),
        (HEADER + PLACE.replace("12345", ""), "line 2: population is empty"),
        (HEADER + PLACE.replace("12345", "12.345 inw"), "line 2: population is '12.345 inw'"),
        (HEADER + PLACE.replace("12345", "nan"), "line 2: population is 'nan'"),
        (HEADER + PLACE.replace("2026", "2026.5"), "line 2: edition_year is '2026.5'; expected a whole number"),
        (HEADER + PLACE.replace("5.1\n", "nan\n"), "line 2: longitude is 'nan'"),
        (HEADER + PLACE.replace("52.1", "5.1"), "line 2: latitude is '5.1'; expected a number from 50 to 54"),
        (HEADER + PLACE + PLACE, "line 3: GM9001 stands in line 2 too"),
        (HEADER + "2026,NL\n", "line 2: 2 cells where the header has 9"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(tmp_path, text, told):
    with pytest.raises(InputError, match=told) as refusal:
        read_own_organisations(write(tmp_path, text))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "1-1-2019,merger,A,B",
            "line 2: effective_date is '1-1-2019'; write the day as 2019-01-01",
        ),
        ("2019-01-01,fusie,A,B", "change_type is 'fusie'"),
        ("2019-01-01,merger,A,", "give both"),
    ],
)
def test_a_mistake_in_a_merger_is_told_with_its_line(tmp_path, line, told):
    text = f"effective_date,change_type,old_code,new_code\n{line}\n"
    with pytest.raises(InputError, match=told):
        read_own_changes(write(tmp_path, text, "changes.csv"))


@pytest.fixture
def listed(tmp_path, monkeypatch):
    """Return a function: text of organisations.csv in, organisations and changes of two editions out."""
    monkeypatch.setattr(exports, "exports_folder", lambda name: tmp_path)
    windows = [
        {"edition": "old", "start": dt.date(2016, 4, 1), "end": dt.date(2016, 6, 30)},
        {"edition": "new", "start": dt.date(2026, 4, 1), "end": dt.date(2026, 6, 30)},
    ]

    def run(text=None, changes=None):
        if text:
            write(tmp_path, text)
        if changes:
            write(tmp_path, changes, "changes.csv")
        study = Study(name="mine", title="A study", evidence="measured")
        return exports.list_organisations(study, windows)

    return run


def test_the_registers_give_their_years_and_no_other(listed):
    organisations, _ = listed()
    assert organisations.groupby(["edition", "region"]).size().to_dict() == {
        ("old", "NL"): 390, ("old", "VL"): 308,
    }  # fmt: skip
    assert not organisations["is_simulated"].any()


def test_a_list_of_ones_own_adds_a_year_and_another_type_of_organisation(listed):
    organisations, _ = listed(HEADER + ZONE + PLACE)
    assert organisations.query("edition == 'new'")["organisation"].tolist() == ["GM9001"]
    flemish = organisations.query("edition == 'old' and region == 'VL'")
    assert flemish["organisation_type"].value_counts().to_dict() == {
        "municipality": 308,
        "police zone": 1,
    }


def test_a_list_of_ones_own_stands_in_the_place_of_the_register(listed):
    organisations, _ = listed(HEADER + PLACE.replace("2026", "2016"))
    assert organisations.query("edition == 'old' and region == 'NL'")["organisation"].tolist() == [
        "GM9001"
    ]
    assert len(organisations.query("edition == 'old' and region == 'VL'")) == 308


def test_mergers_of_ones_own_are_added_to_the_registers(listed):
    _, changes = listed(
        changes="effective_date,change_type,old_code,new_code\n2019-01-01,merger,A,B\n"
    )
    own = len(pd.read_csv(ROOT / "data/raw/registers/nl_changes.csv"))
    assert len(changes) == own + 1
    assert changes.query("old_code == 'A'")["new_code"].tolist() == ["B"]
