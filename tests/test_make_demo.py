"""`make` for the SIMULATED study: what it says, what it leaves, and that all it was aimed at came through the intake."""

import subprocess
import time

import numpy as np
import pytest
from conftest import BUILT, ROOT

from roeptoeter import study as study_module
from roeptoeter.questions import simulated_study
from roeptoeter.questions.account_level import read_account_level
from roeptoeter.registers import read_municipalities, refuse_other_codes
from roeptoeter.simulate import check_constraints
from roeptoeter.study import load_study

pytestmark = pytest.mark.build


def test_make_says_where_the_site_is_and_reports_every_notebook(built):
    folder, result = built
    assert "The site is at site/index.html" in result.stdout
    assert (folder / "site" / "index.html").exists()
    for position, name in enumerate(BUILT, start=1):
        assert f"/{len(BUILT)}] {name} …" in result.stdout
        assert f"{name} took " in result.stdout
        assert f"[{position}/{len(BUILT)}]" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("folder", ["data/processed/demo", "figures/demo", "results/demo"])
def test_what_make_writes_is_what_is_committed(built, folder):
    listed = ["git", "ls-files", folder]
    names = subprocess.run(
        listed, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert names
    differing = [
        name for name in names if (built[0] / name).read_bytes() != (ROOT / name).read_bytes()
    ]
    assert differing == []
    if folder != "data/processed/demo":  # there, what was made of the exports is not committed
        made = {f"{folder}/{path.name}" for path in (built[0] / folder).iterdir()}
        assert made == set(names)


def test_readme_prints_the_ledger(built):
    assert (built[0] / "README.md").read_bytes() == (ROOT / "README.md").read_bytes()


def test_a_second_make_does_nothing_and_says_so_at_once(built, run_make):
    started = time.monotonic()
    result = run_make(built[0], f"NOTEBOOKS={' '.join(BUILT)}")
    assert result.stdout.startswith("Nothing to do")
    assert result.returncode == 0
    # well under a second on an idle machine; the bound only has to tell it from a run
    assert time.monotonic() - started < 3


def test_help_names_every_public_target(built, run_make):
    text = run_make(built[0], "help").stdout
    for target in ("all", "test", "lab", "check", "lint", "serve", "clean", "refresh-registers"):
        assert f"  {target} " in text


# --------------------------------------------------- what came through the intake of the SIMULATED study as of any other


@pytest.fixture
def level(built, monkeypatch):
    monkeypatch.setattr(study_module, "ROOT", built[0])
    return read_account_level(load_study("demo"))


def test_what_came_in_through_the_front_door_meets_every_constraint(level):
    constraints = check_constraints(level)
    assert len(constraints) == 64
    assert constraints.loc[~constraints["is_met"], "constraint"].tolist() == []
    assert constraints["constraint"].is_unique


def test_nothing_that_came_in_stands_beside_a_real_organisation(built, level):
    refuse_other_codes(level.organisations)
    refuse_other_codes(level.accounts)
    codes = level.changes[["old_code", "new_code"]].stack()
    refuse_other_codes(codes.to_frame("organisation"))
    real = set(read_municipalities(built[0] / "data" / "raw" / "registers")["name"])
    assert not real & set(level.organisations["name"])


def test_the_contents_are_those_of_the_account_level(level):
    table = simulated_study.tabulate_contents(level).set_index(["edition", "region", "platform"])
    dutch = table.loc[("2014 Q2", "NL", "twitter")]
    assert (dutch["municipalities"], dutch["accounts"]) == (403, 390)
    assert dutch["replies"] == round(0.2 * dutch["own_messages"])
    assert dutch["messages_answered"] < dutch["messages_received"]
    assert table["own_messages"].isna().sum() == 2
    before = table.loc[("2013 Q3", "NL", "twitter")]
    assert before["silent_accounts"] == 17
    assert before["own_messages"] == 109 * 392


def test_another_reading_gives_another_number(level):
    readings = simulated_study.tabulate_other_readings(level)
    assert not np.isclose(readings["under_it"], readings["under_the_other"], rtol=1e-3).any()
    fans = readings.set_index("figure_id").loc["F058"]
    assert fans["under_the_other"] == pytest.approx(2257 * 225 / 308)
    small = readings.set_index("figure_id").loc["F056"]
    assert small["under_the_other"] == pytest.approx(100 * 14 / 213)
