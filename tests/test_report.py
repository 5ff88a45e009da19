"""What a notebook says: sentences made of values, claims with their interval, tables that can be read aloud."""

import json
import math

import pandas as pd
import pytest
from matplotlib.figure import Figure

from roeptoeter import report as module
from roeptoeter import study as study_module
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.plots.style import new_figure
from roeptoeter.report import Report, describe_interval, join_ledger, write_sentence
from roeptoeter.study import Study

RISE = Estimate(7.0, 6.0, 8.0, "rounding", "change of the reply share", "percentage points", 403)


@pytest.fixture
def shown(monkeypatch):
    collected = []
    monkeypatch.setattr(module, "display", lambda data, **_: collected.append(data))
    return collected


@pytest.fixture
def report(tmp_path, monkeypatch, shown):
    for place in (module, study_module):
        monkeypatch.setattr(place, "ROOT", tmp_path)
    notebook = tmp_path / "notebooks" / "03-year-on-year.ipynb"
    notebook.parent.mkdir()
    notebook.write_text(json.dumps({"cells": [{"source": ["# Did they reply more?\n", "text"]}]}))
    return Report("03-year-on-year", Study(name="mine", title="Mine", evidence="measured"))


def test_numbers_get_a_real_minus_and_a_missing_number_is_refused():
    assert write_sentence("{x:.1f} and {y:,}", x=-0.25, y=12345) == "−0.2 and 12,345"
    with pytest.raises(ValueError, match="missing number"):
        write_sentence("{x:.1f}", x=math.nan)


def test_an_interval_names_its_kind():
    assert describe_interval(RISE) == "6.0 to 8.0 percentage points; rounding interval"
    bound = Estimate(5, 4.9, math.inf, "sensitivity", "lag", "years")
    assert describe_interval(bound) == "at least 4.9 years; sensitivity interval"
    share = Estimate(0.5, 0.4, 0.6, "superpopulation", "share", "share", 10, 0.95)
    assert describe_interval(share, 2) == "0.40 to 0.60 share; 95% superpopulation interval"
    assert describe_interval(Estimate(3, 3, 3, "none", "count", "figures")) == ""


def test_a_claim_is_shown_and_recorded_with_all_that_the_ledger_needs(report, shown, tmp_path):
    report.claim("rise", "It rose by {value:.0f}.", RISE, evidence="published", headline=True)
    assert 'id="claim-rise"' in shown[0]["text/html"]
    report.save()
    content = json.loads((tmp_path / "results/mine/03-year-on-year.json").read_text())
    assert content["title"] == "Did they reply more?"
    assert content["claims"][0]["sentence"] == "It rose by 7."
    assert content["claims"][0]["low"] == 6.0
    assert content["claims"][0]["estimand"] == "change of the reply share"


def test_a_claim_is_recorded_once_and_only_with_known_evidence(report):
    report.claim("rise", "It rose.", RISE, evidence="published", headline=True)
    with pytest.raises(ValueError, match="recorded already"):
        report.claim("rise", "It rose.", RISE, evidence="published")
    with pytest.raises(ValueError, match="unknown evidence"):
        report.claim("fall", "It fell.", RISE, evidence="hearsay")


def test_a_notebook_without_a_headline_cannot_be_saved(report):
    report.claim("rise", "It rose.", RISE, evidence="published")
    with pytest.raises(ValueError, match="no headline claim"):
        report.save()


def test_a_table_has_caption_scopes_and_escapes_its_text(report, shown):
    frame = pd.DataFrame({"name": ["<script>x</script>", "b"], "reply_share": [0.25, None]})
    report.table(frame, "Shares & more", formats={"reply_share": ".2f"})
    markup = shown[0]["text/html"]
    assert "<script>" not in markup
    assert "&lt;script&gt;" in markup
    assert ">Shares &amp; more</caption>" in markup
    assert '<th scope="col">Name</th>' in markup
    assert '<th scope="row">b</th>' in markup
    assert '<td class="number" data-sort="0.25">0.25</td>' in markup
    assert '<td class="number">–</td>' in markup


def test_the_head_of_a_row_is_never_empty(report, shown):
    report.table(pd.DataFrame({"figure": ["F001", ""], "value": [1, 2]}), "Values")
    assert '<th scope="row">–</th>' in shown[0]["text/html"]


def test_a_named_table_is_written_beside_and_a_misspelt_column_refused(report, tmp_path):
    frame = pd.DataFrame({"name": ["a"], "share": [1 / 3]})
    report.table(frame, "Shares", name="shares")
    assert (tmp_path / "results/mine/03-shares.csv").read_text() == "name,share\na,0.33333333\n"
    with pytest.raises(ValueError, match="no columns"):
        report.table(frame, "Shares", formats={"shar": ".1f"})


def test_a_figure_needs_words_and_data_and_is_the_same_bytes_twice(report, tmp_path):
    alt = "A line from one to two, to show that the alternative text is long enough."
    data = pd.DataFrame({"x": [1, 2]})

    def draw():
        figure = Figure()
        figure.subplots().plot([1, 2])
        return figure

    report.figure(draw(), "line", alt=alt, caption="A line", data=data)
    first = (tmp_path / "figures/mine/03-line.svg").read_bytes()
    report.figure(draw(), "line", alt=alt, caption="A line", data=data)
    assert (tmp_path / "figures/mine/03-line.svg").read_bytes() == first
    assert (tmp_path / "figures/mine/03-line.csv").read_text() == "x\n1\n2\n"
    with pytest.raises(ValueError, match="says too little"):
        report.figure(draw(), "line", alt="A line", caption="A line", data=data)
    with pytest.raises(ValueError, match="no data"):
        report.figure(draw(), "line", alt=alt, caption="A line", data=data.iloc[:0])


def test_the_ledger_joins_claims_and_coefficients(report, tmp_path):
    report.claim("rise", "It rose.", RISE, evidence="published", headline=True)
    row = dict.fromkeys(module.COEFFICIENT_COLUMNS, "x")
    row.pop("notebook")
    report.record_coefficients(pd.DataFrame([row | {"estimate": 0.1234567891}]))
    with pytest.raises(ValueError, match="differ in"):
        report.record_coefficients(pd.DataFrame([{"model": "x"}]))
    report.save()
    join_ledger(report.study)
    claims = pd.read_csv(tmp_path / "results/mine/claims.csv")
    assert list(claims.columns) == module.CLAIM_COLUMNS
    assert claims.loc[0, "notebook"] == "03-year-on-year"
    regressions = pd.read_csv(tmp_path / "results/mine/regressions.csv", dtype=str)
    assert regressions.loc[0, "estimate"] == "0.12345679"


# ------------------------------------------------------------------------------------------- the account level


@pytest.fixture
def simulated(report):
    study = Study(name="mine", title="Mine", evidence="SIMULATED", simulation={"seed": 1})
    return Report(report.notebook, study).for_accounts()


def test_a_simulated_account_level_says_so_in_claims_tables_figures_and_names(
    simulated, shown, tmp_path
):
    simulated.claim("accounts-rise", "It rose by {value:.0f}.", RISE, headline=True)
    simulated.table(pd.DataFrame({"a": [1]}), "A table", name="rows")
    figure, _ = new_figure("A title", "What is shown", source="Where from")
    simulated.figure(figure, "bars", alt="x" * 40, caption="Bars.", data=pd.DataFrame({"a": [1]}))
    assert simulated.claims[0]["evidence"] == "SIMULATED"
    assert '<span class="badge">SIMULATED</span>' in shown[0]["text/html"]
    assert shown[0]["text/plain"].startswith("SIMULATED: ")
    assert "SIMULATED: A table" in shown[1]["text/html"]
    assert (
        tmp_path / "results/mine/03-SIMULATED-rows.csv"
    ).read_text() == "a,is_simulated\n1,True\n"
    assert (
        tmp_path / "figures/mine/03-SIMULATED-bars.csv"
    ).read_text() == "a,is_simulated\n1,True\n"
    assert "SIMULATED data." in shown[2]["text/plain"]
    assert sum("SIMULATED" in text.get_text() for text in figure.texts) == 2
    drawn = (tmp_path / "figures/mine/03-SIMULATED-bars.svg").read_text()
    assert drawn == shown[2]["image/svg+xml"]


def test_a_measured_account_level_has_no_such_mark(report, shown, tmp_path):
    own = report.for_accounts()
    own.claim("accounts-rise", "It rose by {value:.0f}.", RISE, headline=True)
    own.table(pd.DataFrame({"a": [1]}), "A table", name="rows")
    assert report.claims[0]["evidence"] == "measured"  # one ledger for both halves
    assert not any("SIMULATED" in text for text in map(str, shown))
    assert (tmp_path / "results/mine/03-rows.csv").read_text() == "a,is_simulated\n1,False\n"


def test_the_published_half_of_a_simulated_study_has_no_such_mark(simulated, shown):
    published = Report(simulated.notebook, simulated.study)
    published.claim("rise", "It rose by {value:.0f}.", RISE, evidence="published")
    published.table(pd.DataFrame({"a": [1]}), "A table", name="rows")
    assert not any("SIMULATED" in text for text in map(str, shown))


@pytest.mark.parametrize("evidence", ["measured", "published", "SIMULATED"])
def test_a_simulation_is_marked_whatever_the_study(evidence, report, shown, tmp_path):
    study = Study(name="mine", title="Mine", evidence=evidence, simulation={"seed": 1} if evidence == "SIMULATED" else None)  # fmt: skip
    report = Report(report.notebook, study)
    own = report.for_simulation()
    own.claim("coverage", "It held in {value:.0f}%.", RISE, headline=True)
    own.table(pd.DataFrame({"a": [1]}), "A table", name="rows")
    figure, _ = new_figure("A title", "What is shown", source="Where from")
    own.figure(figure, "bars", alt="x" * 40, caption="Bars.", data=pd.DataFrame({"a": [1]}))
    assert report.claims[0]["evidence"] == "SIMULATED"  # one ledger for both
    assert '<span class="badge">SIMULATED</span>' in shown[0]["text/html"]
    assert "SIMULATED: A table" in shown[1]["text/html"]
    for place in ("results/mine/03-SIMULATED-rows.csv", "figures/mine/03-SIMULATED-bars.csv"):
        assert (tmp_path / place).read_text() == "a,is_simulated\n1,True\n"
    assert sum("SIMULATED" in text.get_text() for text in figure.texts) == 2
    assert not list(tmp_path.rglob("03-[!S]*.csv"))
    with pytest.raises(ValueError, match="leave it out"):
        own.claim("other", "It held.", RISE, evidence="published")


def test_at_account_level_nobody_can_name_another_evidence(simulated):
    with pytest.raises(ValueError, match="leave it out"):
        simulated.claim("accounts-rise", "It rose.", RISE, evidence="published")
