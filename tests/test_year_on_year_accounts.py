"""The change of the reply share on accounts: what is linked, estimated, split, compared and refused."""

import dataclasses
import datetime as dt
import json
import re

import matplotlib
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators import clusters
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.plots import year_on_year_accounts as plots
from roeptoeter.published import read_figures
from roeptoeter.questions import account_level
from roeptoeter.questions import year_on_year_accounts as accounts
from roeptoeter.questions.account_level import AccountLevel
from roeptoeter.registers import build_organisations, read_changes
from roeptoeter.report import Report
from roeptoeter.study import STAGING_VARIABLE, Simulation, Study, Window

BEFORE, AFTER = "2013 Q3", "2014 Q2"
SETTINGS = {
    "edition_before": BEFORE, "edition_after": AFTER, "platform": "twitter", "region": "NL",
}  # fmt: skip
STUDY = Study(
    name="made-up", title="A study", evidence="measured",
    windows=[
        Window(edition=BEFORE, start=dt.date(2013, 7, 1), end=dt.date(2013, 9, 30)),
        Window(edition=AFTER, start=dt.date(2014, 4, 1), end=dt.date(2014, 6, 30)),
    ],
)  # fmt: skip


def make_level(seed=1, shift=0.6, utrecht=2600):
    """Make accounts for the Dutch municipalities of both registers: the tables that exports would give."""
    rng = np.random.default_rng(seed)
    registers = ROOT / "data" / "raw" / "registers"
    organisations = build_organisations(registers).query("region == 'NL'")
    organisations = organisations[organisations["edition_year"].isin([2013, 2014])].rename(
        columns={"code": "organisation"}
    )
    organisations = organisations.assign(
        edition=organisations["edition_year"].map({2013: BEFORE, 2014: AFTER}),
        organisation_type="municipality",
        is_simulated=False,
        name=organisations["name"].where(organisations["name"] == "Utrecht", "Someplace"),
    )
    codes = organisations["organisation"].unique()
    volume = dict(zip(codes, 130 * rng.gamma(0.75, 1 / 0.75, len(codes)), strict=True))
    deviation = dict(
        zip(
            codes,
            rng.multivariate_normal([0, 0], [[1, 0.75], [0.75, 1]], len(codes)) * 1.5,
            strict=True,
        )
    )
    rows = []
    for row in organisations.itertuples():
        later = row.edition == AFTER
        sent = rng.poisson(volume[row.organisation] * (1.1 if later else 1))
        odds = deviation[row.organisation][int(later)] - 2.9 + shift * later
        replied = rng.binomial(sent, 1 / (1 + np.exp(-odds)))
        if row.name == "Utrecht":
            sent, replied = (utrecht, round(0.85 * utrecht)) if later else (2000, 800)
        own_thread, mention = rng.binomial(sent - replied, 0.05), rng.binomial(sent - replied, 0.1)
        rows.append(
            {
                "edition": row.edition,
                "platform": "twitter",
                "account_id": row.organisation,
                "organisation": row.organisation,
                "account_exists": True,
                "active_in_window": sent > 0,
                "messages_sent": sent,
                "own_messages_sent": sent,
                "reply_share_numerator": replied,
                "reply_share_with_own_threads_numerator": replied + own_thread,
                "reply_share_with_mentions_numerator": min(sent, replied + own_thread + mention),
                "followers": 1000,
                "potential_reach": 1000 * sent,
                "potential_reach_messages": sent,
            }
        )
    table = pd.DataFrame(rows)
    for name in ("reply_share", "reply_share_with_own_threads", "reply_share_with_mentions"):
        table[f"{name}_denominator"] = table["messages_sent"]
    chosen = rng.random(len(table)) > 0.03  # a few have no account, so that some come and some go
    chosen |= table["organisation"].eq("GM0344")
    homes = organisations[["edition", "organisation", "edition_year", "region"]]
    return AccountLevel(
        STUDY,
        organisations.reset_index(drop=True),
        table[chosen].merge(homes, how="left"),
        pd.DataFrame(),
        read_changes(registers),
    )


@pytest.fixture(scope="module")
def level():
    return make_level()


@pytest.fixture(scope="module")
def years(level):
    return accounts.link_years(level, **SETTINGS)


@pytest.fixture(scope="module")
def multiplicities(years):
    return accounts.draw_units(years, 2000, seed=1)


@pytest.fixture(scope="module")
def changes(years, multiplicities):
    return accounts.estimate_changes(years, multiplicities)


# --- what is linked ------------------------------------------------------------------------------


def test_merged_municipalities_are_followed_as_one(years):
    # of the 408 and 403 municipalities of the registers 400 units remain; none without an account in either
    assert 395 <= len(years.pairs) <= 400
    assert years.pairs["linked_unit"].is_unique
    assert years.pairs["organisations_before"].max() >= 3


def test_the_message_weighted_shares_are_those_of_the_table_of_organisations(years):
    flow = accounts.count_flow(years)
    for row, frame in zip(flow.itertuples(), (years.before, years.after), strict=True):
        share = 100 * frame["replies"].sum() / frame["messages"].sum()
        assert row.message_weighted_percent == pytest.approx(share, abs=1e-12)


def test_the_account_weighted_shares_are_means_over_municipalities_not_over_units(level):
    years = accounts.link_years(level, **SETTINGS, least_messages=10)
    flow = accounts.count_flow(years)
    for row, frame in zip(flow.itertuples(), (years.before, years.after), strict=True):
        enough = frame[frame["messages"] >= 10]
        mean = 100 * (enough["replies"] / enough["messages"]).mean()
        assert row.account_weighted_percent == pytest.approx(mean, abs=1e-12)
        assert row.enough == len(enough) < row.sending < row.with_account


def test_other_codes_for_the_same_ground_move_nothing(level, years):
    # as if the register had numbered all municipalities anew: merged or not, the units stay what they are
    code = {old: f"X{old}" for old in level.organisations["organisation"]}
    relabelled = AccountLevel(
        level.study,
        level.organisations.replace({"organisation": code}),
        level.accounts.replace({"organisation": code}),
        level.responses,
        level.changes.replace({"old_code": code, "new_code": code}),
    )
    again = accounts.link_years(relabelled, **SETTINGS)
    pd.testing.assert_frame_equal(
        again.pairs.drop(columns="linked_unit"), years.pairs.drop(columns="linked_unit")
    )


def contributions(years):
    """Compute every unit's part of the change by the formula, a row a unit."""
    m1, r1, m2, r2 = years.counts
    level = (r1.sum() / m1.sum() + r2.sum() / m2.sum()) / 2
    w1, w2 = m1 / m1.sum(), m2 / m2.sum()
    p1, p2 = (np.divide(r, m, out=0 * m, where=m > 0) for r, m in ((r1, m1), (r2, m2)))
    both = (m1 > 0) & (m2 > 0)
    return pd.DataFrame(
        {
            "within": both * (w1 + w2) / 2 * (p2 - p1),
            "composition": both * (w2 - w1) * ((p1 + p2) / 2 - level),
            "entry": ~both * w2 * (p2 - level),
            "exit": ~both * -w1 * (p1 - level),
        },
        index=years.pairs["linked_unit"],
    )


def test_a_merger_that_is_not_linked_moves_its_own_parts_and_nothing_else(level, monkeypatch):
    linked = accounts.link_years(level, **SETTINGS)
    codes = level.organisations["organisation"].unique()
    each_for_itself = pd.Series(codes, index=codes, dtype="str")
    monkeypatch.setattr(accounts, "link_editions", lambda *_, **__: each_for_itself)
    unlinked = accounts.link_years(level, **SETTINGS)
    assert len(unlinked.pairs) > len(linked.pairs) + 5

    for counts in ("counts", "equal_counts"):
        change = [clusters.change_of_ratios(*getattr(each, counts)) for each in (linked, unlinked)]
        assert change[1] == pytest.approx(change[0], abs=1e-15)
    old, new = contributions(linked), contributions(unlinked)
    units = account_level.link_editions(level, before=BEFORE, after=AFTER, region="NL")
    joined = units[units.duplicated(keep=False)]
    untouched = old.index.difference(joined)
    pd.testing.assert_frame_equal(new.loc[untouched], old.loc[untouched], atol=1e-15)
    for each, by_unit in ((linked, old), (unlinked, new)):
        parts = clusters.decompose_change(*each.counts)
        assert parts[:4] == pytest.approx(by_unit.sum().tolist(), abs=1e-14)
    moved = new.sum() - old.sum()
    assert (moved[["entry", "exit"]].abs() > 1e-6).any()
    assert moved.sum() == pytest.approx(0, abs=1e-14)


def test_units_are_counted_by_where_they_sent(years):
    links = accounts.count_links(years)
    assert links["linked_units"].sum() == len(years.pairs)
    assert (links["linked_units"] > 0).all()
    both, came, went, silent = links.itertuples()
    assert (came.messages_before, went.messages_after) == (0, 0)
    assert (silent.messages_before, silent.messages_after) == (0, 0)
    flow = accounts.count_flow(years)
    assert links["messages_before"].sum() == flow["messages"][0]
    assert both.messages_after + came.messages_after == flow["messages"][1]


def test_no_municipality_is_named_but_those_that_were_published(years):
    labels = set(years.pairs["label"])
    assert labels == {
        "Utrecht", "one below 20,000", "one of 20,000 to 50,000", "one above 50,000",
    }  # fmt: skip
    influence = accounts.measure_influence(years)
    assert accounts.name_most_influential(influence) == "Utrecht"
    assert (
        accounts.name_most_influential(influence[influence["label"] == "one below 20,000"])
        == "one below 20,000 inhabitants"
    )


# --- what is estimated ---------------------------------------------------------------------------


def test_both_estimands_are_estimated_in_points_and_named_apart(changes, years):
    flow = accounts.count_flow(years)
    for change, column in (
        (changes.by_messages, "message_weighted_percent"),
        (changes.by_accounts, "account_weighted_percent"),
    ):
        assert change.value == pytest.approx(flow[column][1] - flow[column][0])
        assert (change.unit, change.interval_kind) == ("percentage points", "superpopulation")
        assert (change.n, change.confidence) == (len(years.pairs), 0.95)
    assert "message-weighted" in changes.by_messages.estimand
    assert "account-weighted" in changes.by_accounts.estimand
    table = accounts.tabulate_changes(changes)
    assert table.groupby("weighting")["change_points"].nunique().eq(1).all()
    assert not table.duplicated(["weighting", "method"]).any()


def test_the_intervals_over_municipalities_agree_and_the_naive_one_is_far_too_short(changes):
    linearised = changes.by_accounts
    for method in (accounts.PERCENTILE, accounts.BOOTSTRAP_T):
        drawn = changes.account_weighted[method]
        assert drawn.high - drawn.low == pytest.approx(linearised.high - linearised.low, rel=0.1)
    assert changes.length_ratio.value > 5
    assert changes.naive.high - changes.naive.low < 1.2
    assert changes.length_ratio.interval_kind == "none"
    # the same municipalities in both years: forgetting it makes the interval too long
    assert changes.unpaired.high > changes.by_messages.high


def test_a_message_level_interval_that_is_as_long_is_not_called_too_short(changes):
    assert changes.length_text == f"is {changes.length_ratio.value:.1f} times too short"
    reach = (changes.by_messages.high - changes.by_messages.low) / 2
    for factor, said in (
        (1.0, "is no shorter here"),
        (1.5, "is no shorter here"),
        (0.5, "is 2.0 times too short"),
    ):
        naive = dataclasses.replace(
            changes.naive,
            low=changes.naive.value - factor * reach,
            high=changes.naive.value + factor * reach,
        )
        assert dataclasses.replace(changes, naive=naive).length_text == said
    content = (ROOT / "notebooks" / "03-year-on-year.ipynb").read_text("utf-8")
    assert "too short" not in content


def test_platforms_are_written_as_their_readers_write_them(years):
    assert years.who == "Dutch municipalities on Twitter"
    assert dataclasses.replace(years, platform="linkedin").who == "Dutch municipalities on LinkedIn"


def test_ten_times_the_messages_leave_the_cluster_interval_and_shrink_the_naive_one(
    level, changes, multiplicities
):
    tenfold = level.accounts.copy()
    counts = [name for name in tenfold if name.endswith(("numerator", "denominator"))]
    tenfold[counts] *= 10
    level = AccountLevel(level.study, level.organisations, tenfold, level.responses, level.changes)
    years = accounts.link_years(level, **SETTINGS)
    again = accounts.estimate_changes(years, multiplicities)
    for method, estimate in changes.message_weighted.items():
        found = again.message_weighted[method]
        assert (found.low, found.high) == pytest.approx((estimate.low, estimate.high))
    shrunk = (again.naive.high - again.naive.low) / (changes.naive.high - changes.naive.low)
    assert shrunk == pytest.approx(1 / np.sqrt(10), rel=0.01)


def test_a_rise_is_a_rise_and_a_fall_a_fall():
    # nobody dominates, so that the sign is the process's and not one municipality's
    for shift, sign in ((0.8, 1), (-0.8, -1)):
        years = accounts.link_years(make_level(3, shift=shift, utrecht=20), **SETTINGS)
        changes = accounts.estimate_changes(years, accounts.draw_units(years, 400, seed=1))
        for change in (changes.by_messages, changes.by_accounts):
            assert np.sign(change.value) == sign
            assert accounts.say_zero(change) == "leaves zero out"
        assert np.sign(changes.test.z) == sign
        assert changes.test.p_value < 0.05
        assert changes.p_text.startswith("p ")


@pytest.mark.parametrize(
    ("low", "high", "said"), [(-1, 1, "holds zero"), (0, 1, "holds zero"), (0.1, 1, "leaves zero out"), (-2, -0.1, "leaves zero out")]
)  # fmt: skip
def test_zero_is_in_an_interval_or_not(low, high, said):
    estimate = Estimate((low + high) / 2, low, high, "superpopulation", "change", "points")
    assert accounts.say_zero(estimate) == said


def test_the_parts_lead_from_the_one_share_to_the_other(years, multiplicities, changes):
    parts = accounts.estimate_parts(years, multiplicities)
    assert sum(parts[part].value for part in accounts.PARTS) == pytest.approx(
        changes.by_messages.value, abs=1e-10
    )
    assert parts["total"].value == pytest.approx(changes.by_messages.value)
    table, flow = accounts.tabulate_parts(years, parts), accounts.count_flow(years)
    assert table["start_percent"].iloc[0] == pytest.approx(flow["message_weighted_percent"][0])
    assert table["end_percent"].iloc[-1] == pytest.approx(flow["message_weighted_percent"][1])
    assert (table["end_percent"].to_numpy()[:-1] == table["start_percent"].to_numpy()[1:]).all()
    assert table["meaning"].iloc[0] == "the same accounts reply more"
    assert table.loc[2:, "change_points"].abs().min() > 0


def test_influence_is_the_change_without(years, changes):
    influence = accounts.measure_influence(years)
    assert len(influence) == len(years.pairs)
    assert influence["influence_points"].abs().is_monotonic_decreasing
    first = influence.iloc[0]
    assert first["weight_after_percent"] == pytest.approx(100 * 2600 / years.counts[2].sum())
    assert first["share_after_percent"] == pytest.approx(85)
    without = accounts.estimate_without_most_influential(years)
    assert without.value == pytest.approx(first["change_without_points"])
    assert without.n == len(years.pairs) - 1
    assert first["influence_points"] == pytest.approx(changes.by_messages.value - without.value)
    assert without.high - without.low < changes.by_messages.high - changes.by_messages.low


def test_few_effective_accounts_are_warned_of():
    spread = pd.DataFrame({"effective_accounts": [124.2, 97.0]})
    assert "WARNING" not in accounts.judge_concentration(spread)
    assert "97 equal accounts" in accounts.judge_concentration(spread)
    few = accounts.judge_concentration(pd.DataFrame({"effective_accounts": [124.2, 37.0]}))
    assert few.startswith("WARNING")
    assert "37 equal accounts" in few
    dominated = accounts.link_years(make_level(utrecht=40_000), **SETTINGS)
    concentration = accounts.measure_concentration(dominated)
    assert concentration["effective_accounts"].iloc[1] < 10
    assert accounts.judge_concentration(concentration).startswith("WARNING")
    fewest = accounts.estimate_fewest_effective(dominated, concentration)
    assert fewest.value == concentration["effective_accounts"].min()
    assert fewest.value < fewest.n


def test_definitions_and_least_messages_are_compared(level, changes, years):
    compared = accounts.compare_definitions(
        level, reply_definition="replies to others", least_messages=[1, 10], **SETTINGS
    )
    assert len(compared) == 7
    first = compared.iloc[0]
    assert (first["change_points"], first["low_points"]) == pytest.approx(
        (changes.by_messages.value, changes.by_messages.low)
    )
    messages = compared[compared["weighting"] == "message-weighted"]
    assert messages[
        "after_percent"
    ].is_monotonic_increasing  # each definition takes in the one before
    span = accounts.span_definitions(compared, years)
    assert (span.low, span.high) == (
        messages["change_points"].min(),
        messages["change_points"].max(),
    )
    assert (span.value, span.n, span.interval_kind) == (first["change_points"], 3, "sensitivity")


def test_a_definition_that_the_exports_do_not_bear_is_left_out(level):
    poorer = level.accounts.copy()
    for part in ("numerator", "denominator"):
        poorer[f"reply_share_with_mentions_{part}"] = np.nan
    level = AccountLevel(level.study, level.organisations, poorer, level.responses, level.changes)
    compared = accounts.compare_definitions(
        level, reply_definition="replies to others", least_messages=[1], **SETTINGS
    )
    assert compared["reply_definition"].nunique() == 2


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "refusal", "told"),
    [
        ({"edition_before": "2016 Q2"}, NotAnswerable, "no edition '2016 Q2'"),
        ({"platform": "mastodon"}, NotAnswerable, "on mastodon"),
        ({"least_messages": 10**6}, NotAnswerable, "sent 1000000 or more messages on twitter"),
        ({"edition_after": BEFORE}, InputError, "name two editions"),
        ({"least_messages": 0}, InputError, "at least one message"),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_line(level, given, refusal, told):
    with pytest.raises(refusal, match=told) as said:
        accounts.link_years(level, **SETTINGS | given)
    assert "\n" not in str(said.value)


def test_municipalities_that_do_not_differ_leave_nothing_to_estimate(level):
    silent = level.accounts.assign(reply_share_numerator=0)
    level = AccountLevel(level.study, level.organisations, silent, level.responses, level.changes)
    with pytest.raises(NotAnswerable, match="do not differ"):
        accounts.link_years(level, **SETTINGS)


def test_too_few_draws_and_too_few_municipalities_are_refused(level, years):
    with pytest.raises(InputError, match="at least 200"):
        accounts.draw_units(years, 100, seed=1)
    some = level.accounts["organisation"].isin(["GM0344", "GM0363"])
    two = AccountLevel(
        level.study, level.organisations, level.accounts[some], level.responses, level.changes
    )
    pair = accounts.link_years(two, **SETTINGS)
    assert len(pair.pairs) == 2
    with pytest.raises(NotAnswerable, match="too few units decide"):
        accounts.estimate_changes(pair, accounts.draw_units(pair, 500, seed=1))
    with pytest.raises(NotAnswerable, match="fewer than three"):
        accounts.estimate_without_most_influential(pair)


# --- the figures and the notebook ----------------------------------------------------------------


def written(figure):
    return [found.get_text() for found in figure.findobj(matplotlib.text.Text)]


def test_the_figures_draw_their_message_and_the_numbers_they_are_given(
    years, changes, multiplicities
):
    text = {"title": "A message", "subtitle": "Of whom", "source": "Source: a study"}
    drawn = written(plots.draw_changes(accounts.tabulate_changes(changes), **text))
    for estimate in (changes.by_messages, changes.naive):
        expected = f"{estimate.value:+.1f} ({estimate.low:.1f} to {estimate.high:.1f})"
        assert expected in drawn
    assert {"A message", "messages independent", "no change"} <= set(drawn)

    parts = accounts.tabulate_parts(years, accounts.estimate_parts(years, multiplicities))
    drawn = written(plots.draw_parts(parts, editions=(BEFORE, AFTER), **text))
    assert {BEFORE, AFTER, "the same accounts reply more"} <= set(drawn)
    assert f"{parts['end_percent'].iloc[-1]:.1f}%" in drawn

    influence = accounts.measure_influence(years)
    drawn = written(plots.draw_influence(influence, changes.by_messages.value, shown=5, **text))
    assert "without Utrecht" in drawn
    assert f"without one of the {len(influence) - 5} others" in drawn


def test_what_rounds_to_nothing_is_drawn_without_a_sign():
    assert plots._write(-0.04, "+.1f") == "0.0"
    assert plots._write(-0.06, "+.1f") == "−0.1"
    assert plots._write(0.06, "+.1f") == "+0.1"


def test_the_notebook_asks_the_accounts(tmp_path, monkeypatch, level, changes):
    study = Study(
        name="made-up", title="A study", evidence="SIMULATED", simulation=Simulation(seed=1)
    )
    raw = ROOT / "data" / "raw"
    tables = {
        "figures": read_figures(raw / "published"),
        "organisations": build_organisations(raw / "registers"),
    }
    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path))
    monkeypatch.setattr(Report, "read", lambda report, table: tables[table])
    monkeypatch.setattr("roeptoeter.report.load_study", lambda name: study)
    monkeypatch.setattr(account_level, "read_account_level", lambda study: level)
    content = json.loads((ROOT / "notebooks" / "03-year-on-year.ipynb").read_text("utf-8"))
    names = {}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # the notebook's own code, as in its kernel

    recorded = json.loads(next(tmp_path.rglob("03-year-on-year.json")).read_text("utf-8"))
    claims = {claim["claim_id"]: claim for claim in recorded["claims"]}
    own = {name: claim for name, claim in claims.items() if name.startswith("accounts-")}
    assert {claim["evidence"] for claim in own.values()} == {study.evidence}
    assert own["accounts-change-by-messages"]["value"] == pytest.approx(
        changes.by_messages.value, rel=1e-6
    )
    assert own["accounts-change-by-messages"]["low"] == pytest.approx(
        changes.by_messages.low, rel=1e-6
    )
    assert "without it" in own["accounts-without-one"]["sentence"]
    assert "(Utrecht)" in own["accounts-without-one"]["sentence"]
    assert sum(claim["headline"] for claim in own.values()) == 5
    # the published half says what it said
    assert claims["reply-share-rise"]["value"] == 7
    drawn = {path.name for path in tmp_path.rglob("*.svg")}
    for name in ("changes", "parts", "influence"):
        assert f"03-SIMULATED-account-{name}.svg" in drawn
    path = next(tmp_path.rglob("03-SIMULATED-account-influence.csv"))
    assert pd.read_csv(path)["is_simulated"].all()
    # neither codes nor names of municipalities that were not published
    assert not re.search(r"GM\d|Someplace", path.read_text("utf-8"))
