"""The recovery study: the committed table is the code's, and intervals cover as they should."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from roeptoeter import report as report_module
from roeptoeter.errors import InputError
from roeptoeter.plots import recovery as plots
from roeptoeter.plots.style import draw_svg
from roeptoeter.questions import recovery
from roeptoeter.questions.recovery import SCENARIOS
from roeptoeter.simulate import draw_accounts
from roeptoeter.study import ROOT, STAGING_VARIABLE

FOLDER = ROOT / "data" / "processed" / "recovery"
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@pytest.fixture(scope="module")
def committed():
    return recovery.read_recovery(FOLDER)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_the_committed_draws_are_those_of_the_code(committed, scenario):
    seed = int(committed.coverage["seed"].iloc[0])
    again = recovery.simulate_scenario(scenario, 4, seed).reset_index(drop=True)
    kept = committed.first_draws
    kept = kept[(kept["scenario"] == scenario.name) & (kept["draw"] < 4)]
    keys = ["question", "scenario", "draw", "interval"]
    numbers = ["estimate", "low", "high", "effective_accounts"]
    both = again.merge(kept, on=keys, suffixes=("", "_committed"), validate="one_to_one")
    assert len(both) == len(again) == len(kept) == 4 * len(recovery.INTERVALS[scenario.question])
    np.testing.assert_allclose(
        both[numbers], both[[f"{name}_committed" for name in numbers]], rtol=1e-6, atol=1e-8
    )


def test_the_committed_table_is_complete_and_adds_up(committed):
    table = committed.coverage
    expected = {
        (scenario.name, interval)
        for scenario in SCENARIOS
        for interval in recovery.INTERVALS[scenario.question]
    }
    assert set(zip(table["scenario"], table["interval"], strict=True)) == expected
    assert table["draws"].min() >= 600
    assert table["draws"].nunique() == table["seed"].nunique() == 1
    sides = table[["coverage", "truth_above_share", "truth_below_share"]].sum(axis=1)
    missing = table["draws_without_interval"] / table["draws"]
    assert np.allclose(sides + missing, 1)
    assert missing.max() < 0.02


def test_the_truth_is_known_far_better_than_any_study_finds_it(committed):
    table = committed.coverage
    needed = table["mean_width"] / table["width_over_needed"] / 3.92
    assert (table["truth_error"] < needed / 20).all()


def test_the_committed_findings_stand(committed):
    coverage = committed.coverage.set_index(["scenario", "interval"])["coverage"]
    for interval in ("linearised", "bootstrap percentile", "account-weighted percentile"):
        assert 0.92 <= coverage["as assumed", interval] <= 0.98
    assert coverage.xs("message-level", level="interval").max() < 0.6
    # the fewer accounts decide, the less the linearised interval holds
    concentration = ["as assumed", "concentrated", "very concentrated", "cities dominate"]
    assert coverage[concentration].xs("linearised", level="interval").is_monotonic_decreasing
    assert coverage["cities dominate", "linearised"] < 0.9
    assert coverage["as assumed", "unpaired"] > 0.98
    assert (
        coverage["all of Flanders", "Poisson, HC1"] < coverage["all of Flanders", "log-linear, HC3"]
    )
    assert coverage["Flanders up to 50,000", "Firth"] > 0.92


def test_a_small_run_covers_as_it_should():
    # 120 draws: two Monte Carlo standard errors are four points
    rows = recovery.simulate_scenario(BY_NAME["as assumed"], 120, seed=77)
    table = recovery.summarise_coverage(BY_NAME["as assumed"], rows, seed=77).set_index("interval")
    for interval in ("linearised", "bootstrap percentile", "bootstrap-t"):
        assert 0.89 <= table.loc[interval, "coverage"] <= 0.99
        assert 0.8 < table.loc[interval, "width_over_needed"] < 1.2
    assert table.loc["message-level", "coverage"] < 0.6
    assert table.loc["message-level", "width_over_needed"] < 0.4
    assert table.loc["unpaired", "coverage"] > 0.95
    assert 90 < table.loc["linearised", "effective_accounts"] < 160


def test_the_first_draws_do_not_depend_on_how_many_follow():
    scenario = BY_NAME["forty municipalities"]
    few, more = (recovery.simulate_scenario(scenario, draws, 5) for draws in (3, 12))
    pd.testing.assert_frame_equal(
        few.sort_values(["draw", "interval"], ignore_index=True),
        more[more["draw"] < 3].sort_values(["draw", "interval"], ignore_index=True),
    )
    other = recovery.simulate_scenario(scenario, 3, 6)
    assert not np.allclose(few["estimate"], other["estimate"])


def test_coverage_counts_what_it_says():
    scenario = BY_NAME["Flanders up to 50,000"]
    truth = recovery.find_truth(scenario)["slope"][0]
    rows = pd.DataFrame(
        {
            "draw": [0, 1, 2, 3],
            "interval": "Firth",
            "estimate": [truth, truth, truth + 2, np.nan],
            "low": [truth - 1, truth - 3, truth + 1, np.nan],
            "high": [truth + 1, truth - 2, truth + 3, np.nan],
            "effective_accounts": np.nan,
        }
    )
    both = pd.concat([rows, rows.assign(interval="maximum likelihood")])
    row = recovery.summarise_coverage(scenario, both).set_index("interval").loc["Firth"]
    assert row[["coverage", "truth_above_share", "truth_below_share"]].tolist() == [0.25] * 3
    assert row["draws_without_interval"] == 1
    assert row["coverage_error"] == pytest.approx(np.sqrt(0.25 * 0.75 / 4))


def test_the_scenarios_differ_in_what_they_say_they_do():
    forty = recovery._read_units(BY_NAME["forty municipalities"])
    assert forty.shape == (40, 2)
    assert recovery._read_units(BY_NAME["as assumed"]).shape == (400, 2)
    assert recovery._read_units(BY_NAME["without Antwerp and Ghent"]).max() < 200_000
    assert recovery._read_units(BY_NAME["Flanders up to 50,000"]).max() <= 50_000
    effective = {
        name: recovery.simulate_scenario(BY_NAME[name], 10, 1)["effective_accounts"].median()
        for name in ("as assumed", "concentrated", "very concentrated", "cities dominate")
    }
    assert list(effective.values()) == sorted(effective.values(), reverse=True)
    assert effective["as assumed"] > 100 > 50 > effective["very concentrated"] > 20
    assert effective["cities dominate"] < 20
    # the sentence on the cities is typed: three send about half
    cities = BY_NAME["cities dominate"]
    drawn = draw_accounts(recovery._read_units(cities), 50, 1, recovery._assume(cities))
    messages = np.sort(drawn.messages[..., 1], axis=1)
    assert 0.4 < (messages[:, -3:].sum(axis=1) / messages.sum(axis=1)).mean() < 0.6


def test_a_run_tells_its_progress_and_leaves_both_tables(tmp_path, monkeypatch):
    few = tuple(BY_NAME[name] for name in ("forty municipalities", "Flanders up to 50,000"))
    monkeypatch.setattr(recovery, "SCENARIOS", few)
    monkeypatch.setattr(recovery, "_TRUTH_DRAWS", 50)
    done = []
    result = recovery.run_recovery(recovery.FIRST_DRAWS, 3, done.append)
    assert sum(done) == recovery.count_studies(recovery.FIRST_DRAWS) == 2 * recovery.FIRST_DRAWS
    paths = recovery.write_recovery(result, tmp_path)
    assert [path.name for path in paths] == ["coverage.csv", "first_draws.csv"]
    back = recovery.read_recovery(tmp_path)
    assert back.coverage["coverage"].tolist() == pytest.approx(result.coverage["coverage"].tolist())
    with pytest.raises(InputError, match="at least 30"):
        recovery.run_recovery(3)


def test_tables_that_are_missing_or_old_are_named(tmp_path):
    with pytest.raises(InputError, match="make recovery"):
        recovery.read_recovery(tmp_path)
    for table in ("coverage", "first_draws"):
        (tmp_path / f"{table}.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="other columns"):
        recovery.read_recovery(tmp_path)


def test_a_coverage_is_an_estimate_that_says_of_how_many_studies(committed):
    estimate = recovery.pick_coverage(committed.coverage, "as assumed", "linearised")
    row = committed.coverage.iloc[0]
    assert (estimate.value, estimate.n) == (pytest.approx(100 * row["coverage"]), row["draws"])
    assert estimate.interval_kind == "none"
    with pytest.raises(KeyError, match="0 rows"):
        recovery.pick_coverage(committed.coverage, "as assumed", "guessed")


def test_a_verdict_leaves_room_for_chance():
    table = pd.DataFrame(
        {
            "question": "change",
            "scenario": "x",
            "interval": list("abcd"),
            "nominal": 0.95,
            "coverage": [0.94, 0.90, 1.0, 0.90],
            "coverage_error": [0.01, 0.01, 0.0, 0.02],
            "width_over_needed": 1.0,
        }
    )
    verdicts = recovery.judge_coverage(table, 2.0)["verdict"].tolist()
    assert verdicts == ["holds", "too short", "too wide", "holds"]


def test_the_figures_show_the_rows_they_are_given(committed):
    wide = recovery.spread_coverage(committed.coverage, "change")
    assert wide.columns.tolist()[1:] == [s.name for s in SCENARIOS if s.question == "change"]
    first = committed.first_draws.query("scenario == 'as assumed'")
    truth = committed.coverage["truth"].iloc[0]
    pair = ["linearised", "message-level"]
    figure = plots.draw_studies(first, truth, pair, "title", "what", "source")
    missed = first[(first["low"] > truth) | (first["high"] < truth)].groupby("interval").size()
    assert (
        figure.axes[1]
        .get_title(loc="left")
        .startswith(f"message-level: {missed['message-level']} of {recovery.FIRST_DRAWS}")
    )
    rows = committed.coverage[committed.coverage["question"] == "elasticity"]
    intervals = list(recovery.INTERVALS["elasticity"])
    figure = plots.draw_coverage(rows, intervals, "title", "what", "source", lowest=70, tolerance=2)
    labels = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert labels == intervals * 2
    assert draw_svg(figure) == draw_svg(figure)


def test_the_notebook_marks_what_it_writes_also_beside_a_study_that_is_not_simulated(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(report_module, "draw_svg", lambda figure: b"<svg/>")
    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path))
    content = json.loads((ROOT / "notebooks" / "12-recovery.ipynb").read_text("utf-8"))
    names = {}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]).replace('study = "demo"', 'study = "published"'), names)
    written = {path.name: path for path in tmp_path.rglob("12-*")}
    claims = json.loads(written.pop("12-recovery.json").read_text("utf-8"))["claims"]
    assert {claim["evidence"] for claim in claims} == {"SIMULATED"}
    assert all(name.startswith("12-SIMULATED-") for name in written)
    tables = [path for name, path in written.items() if name.endswith(".csv")]
    assert all(pd.read_csv(path)["is_simulated"].all() for path in tables)
    # and make waits for these files by their names
    rule = re.search(r"^12-recovery\.writes.*?\n\n", (ROOT / "Makefile").read_text(), re.M | re.S)[
        0
    ]
    stems = {path.stem.removeprefix("12-SIMULATED-") for path in written.values()}
    assert all(re.search(rf"\b{stem}\b", rule) for stem in stems)
    assert rule.count("12-SIMULATED-") == 2
