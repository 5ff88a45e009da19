"""The order of accounts: what the articles name, who has a place, how sure it is, and what leaves for the map."""

import datetime as dt
import json
import re
from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators import ranking as estimators
from roeptoeter.plots import ranking as plots
from roeptoeter.published import read_figures, read_sources
from roeptoeter.questions import account_level, ranking, ranking_accounts
from roeptoeter.questions.account_level import AccountLevel
from roeptoeter.report import Report
from roeptoeter.study import STAGING_VARIABLE, Simulation, Study, Window

EDITION = "2014 Q2"
WHERE = {"edition": EDITION, "region": "NL", "platform": "twitter"}
DRAWS = {"draws": 400, "seed": 3}
STUDY = Study(
    name="made-up", title="A study", evidence="measured",
    windows=[Window(edition=EDITION, start=dt.date(2014, 4, 1), end=dt.date(2014, 6, 30))],
)  # fmt: skip


def make_level(seed=1, municipalities=60, times=1):
    """Make accounts that differ in all three measures; the first six lack something each."""
    rng = np.random.default_rng(seed)
    codes = [f"M{number:03d}" for number in range(municipalities)]
    organisations = pd.DataFrame(
        {
            "edition": EDITION, "edition_year": 2014, "region": "NL", "organisation": codes,
            "name": [f"Someplace-{code}" for code in codes], "organisation_type": "municipality", "province": "P",
            "population": rng.integers(5_000, 200_000, municipalities), "size_class": "20000_to_50000",
            "is_simulated": False,
        }
    )  # fmt: skip
    sent = rng.integers(40, 300, municipalities) * times
    replied = rng.binomial(sent, rng.beta(1.5, 4, municipalities))
    answers = rng.integers(12, 60, municipalities) * times
    pace = rng.normal(1.5, 0.8, municipalities)
    followers = np.exp(rng.normal(7.5, 0.8, municipalities)).round()
    sent[2:4], replied[2:4] = (0, 6), (0, 2)
    answers[1:5] = 0, 0, 2, 3
    accounts = pd.DataFrame(
        {
            "edition": EDITION, "platform": "twitter", "account_id": codes, "organisation": codes,
            "account_exists": True, "active_in_window": sent > 0, "messages_sent": sent, "own_messages_sent": sent,
            "reply_share_numerator": replied, "reply_share_denominator": sent,
            "reply_share_with_own_threads_numerator": replied, "reply_share_with_own_threads_denominator": sent,
            "reply_share_with_mentions_numerator": replied, "reply_share_with_mentions_denominator": sent,
            "followers": followers, "potential_reach": followers * sent, "potential_reach_messages": sent,
        }
    ).astype({"messages_sent": "Int64", "own_messages_sent": "Int64", "potential_reach": "Float64"})  # fmt: skip
    unknown = accounts.index[1]
    accounts.loc[unknown, ["messages_sent", "own_messages_sent"]] = pd.NA
    accounts.loc[
        unknown, [column for column in accounts if column.endswith(("_numerator", "_denominator"))]
    ] = 0
    accounts.loc[5, "potential_reach"] = pd.NA
    rows = []
    for code, number, level_of_pace in zip(codes, answers, pace, strict=True):
        for hours in rng.lognormal(level_of_pace, 1, number):
            asked = pd.Timestamp("2014-04-02", tz="UTC") + pd.Timedelta(hours=rng.uniform(0, 1900))
            rows.append(question(code, asked, hours))
    homes = organisations[["edition", "organisation", "edition_year", "region"]]
    return AccountLevel(
        STUDY,
        organisations,
        accounts.iloc[1:].merge(homes, how="left"),
        pd.DataFrame(rows).merge(homes, how="left"),
        pd.DataFrame(),
    )


def question(code, asked, hours, **changes):
    row = {
        "edition": EDITION, "platform": "twitter", "account_id": code, "organisation": code,
        "basis": "received message", "received_at": asked,
        "answered_at": pd.NaT if hours is None else asked + pd.Timedelta(hours=hours), "sure_clock": True,
    }  # fmt: skip
    return row | changes


@pytest.fixture(scope="module")
def figures():
    raw = ROOT / "data" / "raw" / "published"
    return read_figures(raw).merge(
        read_sources(raw)[["source_key", "how_read"]], on="source_key", how="left"
    )


@pytest.fixture(scope="module")
def level():
    return make_level()


@pytest.fixture(scope="module")
def measured(level):
    return ranking_accounts.measure_accounts(level, **WHERE)


@pytest.fixture(scope="module")
def order(measured):
    return ranking_accounts.rank_accounts(measured, **DRAWS)


# --- the published half --------------------------------------------------------------------------


def test_only_places_on_single_measures_are_published(figures):
    places = ranking.list_named_places(figures)
    named = places[places["place"].notna()]
    assert named["municipality"].tolist() == ["Utrecht", "Goeree-Overflakkee", "Veere", "Veere"]
    assert named["place"].tolist() == [1, 1, 2, 1]
    assert named["printed"].dropna().tolist() == ["85%", "1 minute"]
    assert named["condition"].dropna().tolist() == [
        "more than 10 messages", "more than 10 messages", "at least 20 responses",
    ]  # fmt: skip
    # what rests on the translated copy says so
    assert named["how_read"].tolist()[-1] == "machine-translated copy"
    assert places["municipality"].tolist()[-2:] == ["nobody", "nobody"]
    assert ranking.count_named_places(figures, places).value == 3


def test_the_thresholds_of_the_two_editions_count_different_things(figures):
    assert ranking.read_threshold(figures) == 11  # more than ten
    assert ranking.read_threshold(figures, ranking.THRESHOLD_2013) == 20  # at least twenty
    with pytest.raises(InputError, match="expected a threshold"):
        ranking.read_threshold(figures, "F011")


def test_what_the_published_numbers_imply(figures):
    assert ranking.count_measures(figures).value == 3
    replies = ranking.estimate_replies_at_threshold(figures)
    # 11 messages at 20%, rounded from 19.5 to 20.5
    assert (replies.low, replies.value, replies.high) == pytest.approx((2.145, 2.2, 2.255))
    assert ranking.estimate_without_speed(figures).value == pytest.approx(100 * 118 / 408)
    share = ranking.estimate_share_at_mean_volume(figures)
    assert share.n == 109
    # Wilson's limits of .2 among 109
    assert (share.low, share.high) == pytest.approx((13.57, 28.47), abs=0.01)


def test_the_funnels_narrow_and_part_where_the_number_says(figures):
    spans = ranking.span_shares(figures)
    for _, rows in spans.groupby("share"):
        assert rows["messages"].is_monotonic_increasing
        assert {11, 109, 2000} <= set(rows["messages"])
        assert (rows["high_percent"] - rows["low_percent"]).is_monotonic_decreasing
    parting = ranking.find_parting(figures)
    for messages, apart in ((parting - 1, False), (parting, True)):
        _, (high,) = estimators.share_limits([messages], [0.20 * messages])
        (low,), _ = estimators.share_limits([messages], [0.85 * messages])
        assert (low > high) == apart


# --- who has a place -----------------------------------------------------------------------------


def test_each_lack_is_told_by_the_first_reason_that_holds(measured):
    reasons = measured.table.set_index("organisation")["not_ranked_because"]
    assert reasons.iloc[:6].tolist() == [
        "no_account", "not_measured", "silent", "few_messages", "few_answers", "no_reach",
    ]  # fmt: skip
    assert reasons.iloc[6:].isna().all()
    counts = ranking_accounts.count_reasons(measured).set_index("outcome")["organisations"]
    assert counts["has a place"] == 54
    assert counts.drop("has a place").tolist() == [1] * 6


def test_answers_are_those_of_the_edition_with_a_sure_clock(level):
    asked = pd.Timestamp("2014-05-05 12:00", tz="UTC")
    early = pd.Timestamp("2014-03-31 12:00", tz="UTC")
    odd = pd.DataFrame(
        [
            question("M004", asked, 7.0),
            question("M004", asked, None),
            question("M004", asked, 9.0, sure_clock=False),
            question("M004", asked, -1.0),
            question("M004", early, 30.0),
            question("M004", asked, 2.0, platform="facebook"),
            question("M004", asked, 2.0, basis="reply only"),
        ]
    ).assign(edition_year=2014, region="NL")
    plain = level.responses[level.responses["organisation"] != "M004"]
    changed = replace(level, responses=pd.concat([plain, odd]))
    row = (
        ranking_accounts.measure_accounts(changed, **WHERE)
        .table.set_index("organisation")
        .loc["M004"]
    )
    assert (row["answers"], row["response_hours"]) == (2, 4.5)


def test_answers_of_other_organisations_are_not_waited_for(level):
    province = level.responses.head(40).assign(organisation="PV20", account_id="PV20")
    both = replace(level, responses=pd.concat([level.responses, province]))
    measured = ranking_accounts.measure_accounts(both, **WHERE)
    assert set(measured.waits["organisation"]) <= set(measured.table["organisation"])
    assert len(measured.waits) == len(ranking_accounts.measure_accounts(level, **WHERE).waits)


def test_a_platform_is_called_as_it_calls_itself(measured):
    assert replace(measured, platform="youtube").who == "Dutch municipalities on YouTube, 2014 Q2"


def test_the_measures_are_counted_as_they_say(level, measured):
    row = measured.ranked.iloc[10]
    own = level.responses[level.responses["organisation"] == row["organisation"]]
    hours = (own["answered_at"] - own["received_at"]).dt.total_seconds() / 3600
    assert row["response_hours"] == pytest.approx(hours.mean())
    assert row["reply_share"] == row["replies"] / row["messages"]
    assert min(row["reply_share"], measured.prior.mean) < row["shrunk_share"]
    assert row["shrunk_share"] < max(row["reply_share"], measured.prior.mean)
    other = ranking_accounts.measure_accounts(
        level, **WHERE, reach_measure="per message and inhabitant", response_statistic="median"
    ).ranked.iloc[10]
    assert other["reach"] == pytest.approx(row["reach"] / row["population"])
    assert other["response_hours"] == pytest.approx(hours.median())


def test_what_cannot_be_ordered_says_why_and_how_to_mend_it(level):
    with pytest.raises(NotAnswerable, match=r"takes 11 .*too few answers.*least_answers"):
        ranking_accounts.measure_accounts(level, **WHERE, least_answers=500)
    with pytest.raises(NotAnswerable, match="no edition '2019 Q1'"):
        ranking_accounts.measure_accounts(level, **WHERE | {"edition": "2019 Q1"})
    alike = replace(level, accounts=level.accounts.assign(potential_reach=100, potential_reach_messages=1))  # fmt: skip
    with pytest.raises(NotAnswerable, match="do not differ in a measure"):
        ranking_accounts.rank_accounts(ranking_accounts.measure_accounts(alike, **WHERE), **DRAWS)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reach_measure": "per head"}, "reach_measure is 'per head'; expected one of"),
        ({"response_statistic": "mode"}, "response_statistic"),
        ({"least_answers": 0}, "least_answers is 0"),
        ({"reply_definition": "likes"}, "reply_definition"),
    ],
)
def test_a_wrong_parameter_is_named(level, changes, message):
    with pytest.raises(InputError, match=message):
        ranking_accounts.measure_accounts(level, **WHERE | changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"normalisation": "softmax"}, "normalisation"),
        ({"aggregation": "harmonic"}, "aggregation"),
        ({"draws": 50}, "draws is 50"),
        ({"confidence": 95}, "confidence is 95"),
    ],
)
def test_a_wrong_choice_of_the_order_is_named(measured, changes, message):
    with pytest.raises(InputError, match=message):
        ranking_accounts.rank_accounts(measured, **DRAWS | changes)


# --- the order -----------------------------------------------------------------------------------


def test_scores_by_hand(measured, order):
    table = measured.ranked
    z = [
        (values - values.mean()) / values.std(ddof=1)
        for values in (table["shrunk_share"], np.log(table["reach"]), -np.log(table["response_hours"]))
    ]  # fmt: skip
    np.testing.assert_allclose(order.table["score"], sum(z) / 3, atol=1e-12)
    best = order.table.loc[order.table["score"].idxmax()]
    assert best["rank"] == 1
    assert order.table["rank"].tolist() == [
        1 + int((order.table["score"] > score).sum()) for score in order.table["score"]
    ]


def test_every_interval_holds_its_place_and_its_measure(order):
    table = order.table
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()
    for measure in ("reply_share", "response_hours"):
        assert (table[f"{measure}_low"] <= table[measure]).all()
        assert (table[measure] <= table[f"{measure}_high"]).all()
        assert (table[f"{measure}_low"] < table[f"{measure}_high"]).all()
    assert table["top_ten_probability"].sum() == pytest.approx(10, abs=0.01)
    tiers = ranking_accounts.count_tiers(order)
    assert tiers["accounts"].sum() == len(table)
    assert ranking_accounts.estimate_settled(order).value == len(table) - tiers["accounts"][2]
    place = ranking_accounts.estimate_place(order, 10)
    assert place.low <= place.value == 10 <= place.high


def test_the_same_seed_gives_the_same_places_and_another_nearly_the_same(measured, order):
    again = ranking_accounts.rank_accounts(measured, **DRAWS)
    pd.testing.assert_frame_equal(again.table, order.table)
    other = ranking_accounts.rank_accounts(measured, **DRAWS | {"seed": 99})
    assert not (other.drawn_scores == order.drawn_scores).any()
    assert (other.table["rank_high"] - order.table["rank_high"]).abs().median() <= 2
    assert other.table["rank"].tolist() == order.table["rank"].tolist()


def test_a_better_measure_leads_to_a_better_place(level, measured, order):
    middle = order.table.sort_values("rank").iloc[len(order.table) // 2]
    mine = level.responses["organisation"] == middle["organisation"]
    faster = level.responses.copy()
    wait = faster["answered_at"] - faster["received_at"]
    faster.loc[mine, "answered_at"] = (faster["received_at"] + wait / 20)[mine]
    moved = ranking_accounts.rank_accounts(
        ranking_accounts.measure_accounts(replace(level, responses=faster), **WHERE), **DRAWS
    ).table.set_index("organisation")
    assert moved.loc[middle["organisation"], "rank"] < middle["rank"]
    assert moved.loc[middle["organisation"], "rank_high"] < middle["rank_high"]


def test_ten_times_the_messages_make_surer_places(order):
    many = ranking_accounts.rank_accounts(
        ranking_accounts.measure_accounts(make_level(times=10), **WHERE), **DRAWS
    )
    assert (
        ranking_accounts.estimate_width(many).value
        < 0.6 * ranking_accounts.estimate_width(order).value
    )
    assert (
        ranking_accounts.estimate_settled(many).value
        > ranking_accounts.estimate_settled(order).value
    )


def test_all_statements_at_once_settle_no_more_than_each_by_itself(order):
    together = ranking_accounts.compare_pairs(order)
    assert together["all_at_once"].sum() == together["each_by_itself"].sum() == len(order.table)
    at_once = ranking_accounts.estimate_settled_at_once(order, together).value
    assert 0 <= at_once < ranking_accounts.estimate_settled(order).value


def test_places_hold_less_often_than_promised_where_means_rest_on_few_long_waits():
    # what the page warns of: means of ten and more lognormal waits, and medians, which do better
    held = {"mean": [], "median": []}
    rng = np.random.default_rng(21)
    sizes = rng.integers(10, 40, 50)
    for seed in range(25):
        pace, reach = rng.normal(1.5, 0.75, 50), rng.normal(7, 0.8, 50)
        waits = np.exp(np.repeat(pace, sizes) + 1.55 * rng.normal(size=sizes.sum()))
        for statistic, found in held.items():
            drawn = estimators.resample_waits(waits, sizes, 300, seed, statistic)
            both = [
                estimators.rank_scores(reach - np.log(hours)) for hours in (drawn, np.exp(pace))
            ]
            low, high = estimators.rank_limits(both[0])
            found.append(((low <= both[1]) & (both[1] <= high)).mean())
    mean, median = np.mean(held["mean"]), np.mean(held["median"])
    assert 0.75 < mean < 0.92
    assert mean < median < 0.99


# --- thresholds, choices, weights, shrinkage -----------------------------------------------------


def test_a_threshold_of_messages_lets_single_quick_answers_in(level, measured):
    quick = pd.DataFrame(
        [question("M004", pd.Timestamp("2014-05-05", tz="UTC"), 0.01)]
    ).assign(edition_year=2014, region="NL")  # fmt: skip
    plain = level.responses[level.responses["organisation"] != "M004"]
    trapped = ranking_accounts.measure_accounts(
        replace(level, responses=pd.concat([plain, quick])), **WHERE
    )
    rules = ranking_accounts.compare_thresholds(trapped, 11, (10, 20))
    assert rules["rule"].tolist() == ["at least 11 messages sent", "at least 10 answers", "at least 20 answers"]  # fmt: skip
    assert rules["fewest_answers"].iloc[0] == 1
    assert rules["first_hours"].iloc[0] == pytest.approx(0.01)
    assert rules["fewest_answers"].iloc[1:].ge([10, 20]).all()
    assert rules["below_least"].tolist() == [1, 0, 0]
    assert rules["in_first_list"].iloc[:2].tolist() == [10, 9]
    assert rules["accounts"].is_monotonic_decreasing
    assert ranking_accounts.estimate_trapped(trapped, rules).value == 1


def test_choices_are_changed_one_at_a_time(order):
    choices = ranking_accounts.compare_choices(order)
    assert choices["choice"].is_unique
    assert len(choices) == 12
    places = choices.filter(regex=r"^place_\d+$")
    assert places.iloc[0].tolist() == list(range(1, 11))
    assert places.le(10).sum(axis=1).tolist() == choices["in_both_tops"].tolist()
    assert choices["spearman"].between(-1, 1).all()
    # nearly nothing is shrunk here, and a left-out measure matters more than that
    by_choice = choices.set_index("choice")["spearman"]
    assert by_choice["reply share not shrunk"] > 0.99
    assert by_choice.filter(like="without").max() < by_choice["reply share not shrunk"]
    stay = ranking_accounts.span_choices(choices, len(order.table))
    assert stay.low == choices["in_both_tops"].iloc[1:].min()
    # the other way round, from ranks and the geometric mean, the same kinds of row come out
    turned = ranking_accounts.rank_accounts(
        order.measured, normalisation="rank", aggregation="geometric", **DRAWS
    )
    assert ranking_accounts.compare_choices(turned)["kind"].tolist() == choices["kind"].tolist()
    equal = ranking_accounts.compare_choices(turned).set_index("choice")
    assert "scale: z" in equal.index
    assert "arithmetic mean" in equal.index


def test_random_weights_and_effective_weights(order):
    weighted = ranking_accounts.weigh_at_random(order, 500, seed=2)
    assert weighted.always_top <= 10 <= weighted.ever_top
    assert 0 < weighted.spearman.low < weighted.spearman.value < weighted.spearman.high <= 1
    assert 0 < weighted.median_width.value < len(order.table)
    weights = ranking_accounts.tabulate_effective_weights(order)
    assert weights["normalisation"].tolist() == list(ranking_accounts.NORMALISATIONS)
    np.testing.assert_allclose(weights.iloc[:, 1:].sum(axis=1), 100, atol=1e-9)
    speed = ranking_accounts.estimate_speed_weight(weights)
    assert speed.value == weights["response_time_percent"][2]


def test_shrinkage_is_listed_without_a_name_and_the_small_are_moved_most(measured):
    shares = ranking_accounts.tabulate_shrinkage(measured)
    assert "organisation" not in shares
    moved = (shares["share_percent"] - shares["shrunk_percent"]).abs()
    mean = 100 * measured.prior.mean
    away = (shares["share_percent"] - mean).abs()
    # the part of the way to the mean depends on the messages alone
    expected = measured.prior.size / (shares["messages"] + measured.prior.size)
    np.testing.assert_allclose(moved / away, expected, atol=1e-9)
    assert shares["is_small"].tolist() == (shares["messages"] < 10).tolist()
    size = ranking_accounts.estimate_prior_size(measured, 500, seed=1)
    assert size.low < size.value == measured.prior.size < size.high


# --- the table for the map -----------------------------------------------------------------------


def test_scores_have_a_row_for_everybody_and_a_place_for_some(level, order):
    scores = ranking_accounts.tabulate_scores(order)
    assert tuple(scores.columns) == ranking_accounts.SCORES
    assert scores["organisation"].tolist() == sorted(level.organisations["organisation"])
    placed = scores["rank"].notna()
    assert placed.equals(scores["not_ranked_because"].isna())
    assert placed.sum() == 54
    assert scores.loc[~placed, ["score", "rank_low", "rank_high", "tier"]].isna().all(axis=None)
    assert scores.loc[placed, "tier"].isin(range(1, 6)).all()
    assert set(scores.loc[~placed, "not_ranked_because"]) <= set(ranking_accounts.REASONS)
    # one with messages but without a place still has its share, with an interval
    few = scores.set_index("organisation").loc["M003"]
    assert few["reply_share"] == pytest.approx(1 / 3)
    assert few["reply_share_low"] < few["reply_share"] < few["reply_share_high"]
    assert not scores["is_simulated"].any()


def test_every_edition_is_scored_or_says_why_not(level):
    settings = {
        "platform": "twitter", "normalisation": "z", "aggregation": "arithmetic", "confidence": 0.95,
    } | DRAWS  # fmt: skip
    empty = level.organisations.assign(region="VL", organisation=lambda rows: "V" + rows["organisation"])  # fmt: skip
    both = replace(level, organisations=pd.concat([level.organisations, empty]))
    scores, outcomes = ranking_accounts.score_editions(both, **settings)
    assert outcomes["region"].tolist() == ["NL", "VL"]
    assert outcomes["ranked"].tolist() == [54, 0]
    assert "no account" in outcomes["reason"].iloc[1]
    assert set(scores["region"]) == {"NL"}
    with pytest.raises(NotAnswerable, match="no edition has an order"):
        ranking_accounts.score_editions(replace(both, accounts=both.accounts.iloc[:0]), **settings)


# --- the figures and the notebook ----------------------------------------------------------------


def written(figure):
    return [found.get_text() for found in figure.findobj(matplotlib.text.Text)]


def test_the_figures_say_what_they_are_given_and_name_nobody(figures, measured, order):
    text = {"title": "A message", "subtitle": "Of whom", "source": "Source: a study"}
    tiers, choices = ranking_accounts.count_tiers(order), ranking_accounts.compare_choices(order)
    spans = plots.draw_share_spans(
        ranking.span_shares(figures), least_messages=11, mean_messages=109, **text
    )
    assert {"14%", "28%", "85%\nUtrecht"} <= set(written(spans))
    intervals = plots.draw_rank_intervals(ranking_accounts.list_intervals(order), tiers, **text)
    for row in tiers.itertuples():
        assert f"{row.accounts} {row.meaning}" in written(intervals)
    lines = [
        segment
        for collection in intervals.findobj(matplotlib.collections.LineCollection)
        for segment in collection.get_segments()
    ]
    assert len(lines) == len(order.table)
    chosen = plots.draw_choices(choices, ranked=len(order.table), **text)
    assert set(choices["choice"]) <= set(written(chosen))
    shrunk = plots.draw_shrinkage(
        ranking_accounts.tabulate_shrinkage(measured), mean_percent=24.6, least_messages=10, **text
    )
    assert "25% of\nall messages" in written(shrunk)
    for figure in (intervals, chosen, shrunk):
        assert not re.search(r"Someplace|M\d{3}", " ".join(written(figure)))


def test_the_notebook_orders_the_accounts(tmp_path, monkeypatch, level, figures):
    study = Study(
        name="made-up", title="A study", evidence="SIMULATED", simulation=Simulation(seed=1)
    )
    simulated = replace(level, study=study)
    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path))
    monkeypatch.setattr(Report, "read", lambda report, table: {"figures": figures}[table])
    monkeypatch.setattr("roeptoeter.report.load_study", lambda name: study)
    monkeypatch.setattr(account_level, "read_account_level", lambda study: simulated)
    content = json.loads((ROOT / "notebooks" / "07-ranking-and-map.ipynb").read_text("utf-8"))
    names = {}
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"]).replace("draws = 2000", "draws = 300")
            exec(source, names)  # the notebook's own code, as in its kernel
    recorded = json.loads(next(tmp_path.rglob("07-ranking-and-map.json")).read_text("utf-8"))
    claims = {claim["claim_id"]: claim for claim in recorded["claims"]}
    assert [name for name, claim in claims.items() if claim["lead"]] == ["order-not-repeatable"]
    assert claims["threshold-of-messages"]["value"] == pytest.approx(2.2)
    # a census has no unknown share; what may be chance is a difference
    assert "known to lie" not in claims["share-at-mean-volume"]["sentence"]
    assert claims["share-at-mean-volume"]["sentence"].endswith(
        "fit a usual share of anything from 14% to 28%: a difference within that range may be chance."
    )
    own = {name: claim for name, claim in claims.items() if name.startswith("accounts-")}
    assert {claim["evidence"] for claim in own.values()} == {"SIMULATED"}
    assert own["accounts-settled"]["n"] == 54
    for name in ("intervals", "shrinkage", "choices"):
        path = next(tmp_path.rglob(f"07-SIMULATED-account-{name}.csv"))
        assert pd.read_csv(path)["is_simulated"].all()
    # no place under a name or a code but in the table for the map
    for path in tmp_path.rglob("07-SIMULATED-*.csv"):
        assert not re.search(r"M\d{3}|Someplace", path.read_text("utf-8"))
    scores = pd.read_parquet(next(tmp_path.rglob("scores.parquet")))
    assert scores["is_simulated"].all()
    assert scores["rank"].notna().sum() == 54
    assert next(tmp_path.rglob("scores.csv")).exists()
