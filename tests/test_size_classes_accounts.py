"""Four questions on size, asked of made-up accounts: what is found, what is refused, and what is said of it."""

import doctest
import json
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from conftest import ROOT
from scipy.special import expit

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.regression import (
    adjust_p_values,
    average_marginal_effect,
    fit_shares,
)
from roeptoeter.plots import size_classes_accounts as plots
from roeptoeter.plots.style import draw_svg
from roeptoeter.questions import (
    account_level,
    size_classes_accounts,
    size_classes_choices,
    size_classes_parts,
)
from roeptoeter.questions.size_classes_accounts import (
    QUESTIONS,
    build_samples,
    count_slopes,
    draw_samples,
    estimate_effect,
    fit_slopes,
    list_unanswerable,
    phrase_effects,
    phrase_reach,
    show_slopes,
    to_coefficients,
)
from roeptoeter.questions.size_classes_choices import (
    CHOICES,
    check_residuals,
    compare_platforms,
    compare_shapes,
    count_agreement,
    draw_definitions,
    explore,
    leave_out,
    name_curves,
    phrase_agreement,
    summarise_specifications,
    vary_specification,
)
from roeptoeter.questions.size_classes_parts import (
    NEGATIVE_BINOMIAL,
    REPLIES_AT_ALL,
    SHARE_BY_MESSAGE,
    SHARE_WHERE_ANY,
    classes_to_coefficients,
    compare_classes,
    compare_count_models,
    count_models_to_coefficients,
    count_silent,
    estimate_elasticity,
    estimate_part,
    fit_count_model,
    fit_interaction,
    measure_dispersion,
    measure_reach,
    parts_to_coefficients,
    phrase_dispersion,
    phrase_parts,
    pick_platform,
    trace_parts,
    trace_reach,
    trace_shares,
)
from roeptoeter.report import COEFFICIENT_COLUMNS

CONFIDENCE = 0.95
TEXTS = {"title": "A title", "subtitle": "What is drawn", "source": "Source: made up"}


def make_up(seed, presence=(0.5, 0.6), replying=1.3, *, marks_replies=True, organisations=308):
    """Return organisations as `tabulate_organisations` does, of which larger ones do more of everything.

    Presence, replying at all and messages rise with size, followers with an elasticity of 0.7; how much is replied where
    at all does not depend on it.
    """
    random = np.random.default_rng(seed)
    population = np.sort(np.exp(random.normal(9.55, 0.65, organisations))).astype(int)
    population[-2:] = [250_000, 510_000]
    doublings = np.log2(population / 20_000)
    present = random.random(organisations) < expit(presence[0] + presence[1] * doublings)
    present |= population > 50_000
    sent = random.negative_binomial(1.2, 1.2 / (1.2 + 60 * 2 ** (0.4 * doublings))) * present
    replies = np.maximum(1, random.binomial(sent, random.beta(2, 6, organisations)))
    replies = np.where((sent > 0) & (random.random(organisations) < expit(replying * doublings - 0.5)), replies, 0)  # fmt: skip
    followers = np.round(np.exp(7.4 + 0.7 * np.log(2) * doublings + random.normal(0, 0.6, organisations)))  # fmt: skip
    classes = np.select([population < 20_000, population <= 50_000], ["below_20000", "20000_to_50000"], "above_50000")  # fmt: skip
    return pd.DataFrame(
        {
            "organisation": [f"{code:05d}" for code in range(organisations)],
            "name": "somewhere",
            "province": np.array(list("ABCDE"))[np.arange(organisations) % 5],
            "population": population,
            "size_class": classes,
            "is_present": present,
            "is_measured": present,
            "is_active": sent > 0,
            "accounts": present.astype(int),
            "messages": sent if marks_replies else 0,
            "replies": replies if marks_replies else 0,
            "messages_sent": sent,
            "followers": np.where(present, followers, np.nan),
            "potential_reach_per_message": np.nan,
        }
    )


def ask_presence_only(table):
    return table.assign(is_measured=False, followers=np.nan)


@pytest.fixture(scope="module")
def samples():
    facebook = make_up(9, presence=(1.1, 0.35), marks_replies=False)
    return build_samples({"facebook": facebook, "twitter": make_up(4)}, "VL")


@pytest.fixture(scope="module")
def slopes(samples):
    return fit_slopes(samples, CONFIDENCE)


@pytest.fixture(scope="module")
def specifications(samples):
    other = build_samples({"twitter": make_up(4, replying=-1.5)}, "VL")
    return vary_specification({"replies to others": samples, "other": other}, "replies to others", CONFIDENCE)  # fmt: skip


# ---- whom each question is asked of --------------------------------------------------------------


def test_each_question_is_asked_of_those_it_concerns(samples):
    twitter = make_up(4)
    frames = {question: samples.frames[question, "twitter"] for question in QUESTIONS}
    assert len(frames["presence"]) == len(twitter)
    assert frames["presence"]["outcome"].sum() == twitter["is_present"].sum()
    assert len(frames["reach"]) == len(frames["activity"]) == twitter["is_present"].sum()
    assert len(frames["interaction"]) == twitter["messages"].gt(0).sum()
    assert len(frames["interaction"]) < len(
        frames["activity"]
    )  # the silent ones stay in the latter
    assert frames["activity"]["outcome"].eq(0).any()
    assert frames["presence"]["is_largest"].sum() == 2
    assert frames["presence"].loc[frames["presence"]["is_largest"], "population"].tolist() == [250_000, 510_000]  # fmt: skip


def test_what_an_export_cannot_answer_drops_out_with_its_reason(samples, slopes):
    assert ("interaction", "facebook") not in samples.frames
    assert samples.require("interaction") == ["twitter"]
    reasons = list_unanswerable(samples)
    assert reasons["platform"].tolist() == ["Facebook"]
    assert "marks replies" in reasons["reason"].iloc[0]
    assert len(slopes) == 7
    lacking = build_samples({"facebook": make_up(9, marks_replies=False)}, "VL")
    with pytest.raises(NotAnswerable, match="interaction on Facebook needs 20 organisations"):
        lacking.require("interaction")


def test_a_list_of_accounts_alone_says_nothing_of_presence():
    table = make_up(4)
    only_accounts = table[table["is_present"]]
    samples = build_samples({"twitter": only_accounts}, "VL")
    with pytest.raises(NotAnswerable, match=r"organisations\.csv"):
        samples.require("presence")
    assert samples.require("reach") == ["twitter"]


def test_a_platform_without_accounts_keeps_its_reason_and_the_others_go_on(samples):
    mixed = build_samples({"linkedin": "there is no account on linkedin", "twitter": make_up(4)}, "VL")  # fmt: skip
    assert mixed.require("presence") == ["twitter"]
    assert list_unanswerable(mixed)["platform"].unique().tolist() == ["LinkedIn"]
    with pytest.raises(NotAnswerable, match="no account on linkedin"):
        build_samples({"linkedin": "there is no account on linkedin"}, "VL")
    with pytest.raises(NotAnswerable, match="needs 20"):
        build_samples({"twitter": make_up(4).head(6)}, "VL")


def test_platforms_are_named_once_each():
    for platforms in ([], ["twitter", "twitter"]):
        with pytest.raises(InputError, match="name each platform once"):
            draw_samples(None, edition="2016 Q2", platforms=platforms, region="VL")


def test_samples_are_drawn_from_the_tables_of_the_account_level(monkeypatch):
    tables = {"twitter": make_up(4)}

    def tabulate(_, *, edition, platform, region, reply_definition):
        assert (edition, region) == ("2016 Q2", "VL")
        if platform not in tables or reply_definition == "replies and mentions":
            raise NotAnswerable(f"no account on {platform}")
        return tables[platform]

    monkeypatch.setattr(size_classes_accounts, "tabulate_organisations", tabulate)
    who = {"edition": "2016 Q2", "platforms": ["facebook", "twitter"], "region": "VL"}
    drawn = draw_samples(None, **who)
    assert drawn.require("activity") == ["twitter"]
    assert drawn.reasons["presence", "facebook"] == "no account on facebook"
    # a definition that nothing can be asked under is left out
    assert list(draw_definitions(None, **who)) == list(account_level.REPLY_DEFINITIONS)[:2]


def test_organisations_without_a_known_population_are_left_out():
    table = make_up(4).astype({"population": "Int64"})
    table.loc[0, "population"] = pd.NA
    samples = build_samples({"twitter": table}, "VL")
    assert len(samples.frames["presence", "twitter"]) == len(table) - 1
    assert len(samples.populations["twitter"]) == len(table) - 1


# ---- the declared family -------------------------------------------------------------------------


def test_what_was_made_to_rise_with_size_is_found_to(slopes):
    assert slopes["low"].gt(0).all()
    found = slopes.set_index(["question", "platform"])
    for key, truth in {
        ("presence", "twitter"): 0.6,
        ("interaction", "twitter"): 1.3,
        ("reach", "facebook"): 0.7,
        ("reach", "twitter"): 0.7,
        ("activity", "twitter"): 0.4,
    }.items():
        width = found.loc[key, "high"] - found.loc[key, "low"]
        assert abs(found.loc[key, "slope"] - truth) < width, key


def test_turning_the_sizes_round_turns_every_slope_round(slopes):
    tables = {}
    for platform, seed, presence in (("facebook", 9, (1.1, 0.35)), ("twitter", 4, (0.5, 0.6))):
        table = make_up(seed, presence=presence, marks_replies=platform == "twitter")
        table["population"] = (20_000**2 / table["population"]).round().clip(lower=1).astype(int)
        tables[platform] = table
    turned = fit_slopes(build_samples(tables, "VL"), CONFIDENCE)
    assert turned["slope"].to_numpy() == pytest.approx(-slopes["slope"].to_numpy(), rel=0.01)
    assert (turned["effect"] < 0).all()


def test_the_effect_of_a_share_is_the_average_marginal_effect_and_that_of_a_count_a_power_of_two(
    samples, slopes
):
    frame = samples.frames["presence", "twitter"]
    design = frame[["doublings"]]
    fit = fit_shares(design, frame["outcome"], np.ones(len(frame)))
    effect = average_marginal_effect(fit, design, "doublings")
    found = estimate_effect(slopes, "presence", "twitter", CONFIDENCE)
    assert [found.value, found.low, found.high] == pytest.approx([100 * effect.value, 100 * effect.low, 100 * effect.high])  # fmt: skip
    assert found.n == len(frame)
    row = slopes[slopes["question"].eq("reach")].iloc[0]
    assert row["effect"] == pytest.approx(100 * (2 ** row["slope"] - 1))
    assert estimate_effect(slopes, "reach", row["platform"], CONFIDENCE).unit.startswith("% per")


def test_holm_multiplies_the_smallest_p_by_the_number_of_tests(slopes):
    smallest = slopes["p"].idxmin()
    assert slopes.loc[smallest, "p_holm"] / slopes.loc[smallest, "p"] == pytest.approx(len(slopes))
    assert (slopes["p_holm"] >= slopes["p"]).all()
    assert slopes["holds"].equals(slopes["p_holm"] < 1 - CONFIDENCE)
    estimate, words = count_slopes(slopes)
    assert estimate.value + words["negative"] + words["open"] == estimate.n == len(slopes)


def test_noise_gives_no_slope_that_holds():
    random = np.random.default_rng(2)
    table = make_up(4)
    table["population"] = random.permutation(table["population"])
    found = fit_slopes(build_samples({"twitter": table}, "VL"), CONFIDENCE)
    estimate, words = count_slopes(found)
    assert (estimate.value, words["negative"], words["open"]) == (0, 0, 4)


def test_a_separated_slope_is_fitted_with_a_penalty_and_says_so():
    table = make_up(4, organisations=120)
    table["is_present"] = table["population"] > 15_000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = fit_slopes(build_samples({"twitter": table}, "VL"), CONFIDENCE)
    row = found[found["question"].eq("presence")].iloc[0]
    assert "Firth" in row["method"]
    assert 0 < row["low"] < row["slope"] < row["high"]
    assert row["effect_low"] <= row["effect"] <= row["effect_high"]
    # where all changes at one point, the average effect is large but stays within the possible
    assert 5 < row["effect"] < 100
    traced = trace_shares(build_samples({"twitter": table}, "VL"), "presence", CONFIDENCE)
    curve = traced[traced["mark"].eq("logit")]
    assert curve["low_percent"].isna().all()
    assert curve["share_percent"].is_monotonic_increasing


def test_a_cut_that_not_even_the_penalty_can_follow_is_told_and_not_fitted():
    table = make_up(4, organisations=60)
    table["is_present"] = table["population"] > 8_000
    samples = build_samples({"twitter": table}, "VL")
    with pytest.raises(NotAnswerable, match="one population parts those"):
        samples.require("presence")
    assert set(fit_slopes(samples, CONFIDENCE)["question"]) == {"interaction", "reach", "activity"}


def test_a_count_that_no_regression_can_follow_is_told_and_not_fitted():
    table = make_up(4)
    table.loc[0, ["is_present", "is_measured"]] = True
    table.loc[0, ["followers", "messages_sent"]] = 10**12
    samples = build_samples({"twitter": table}, "VL")
    for question in ("reach", "activity"):
        with pytest.raises(
            NotAnswerable, match=r"declared regression of .* has no answer \(.*[^.]\)"
        ):
            samples.require(question)
    assert set(fit_slopes(samples, CONFIDENCE)["question"]) == {"presence", "interaction"}


def test_titles_and_tables_are_made_of_the_values(slopes):
    assert phrase_effects(slopes, "presence") == "{:+.0f} points on Facebook, {:+.0f} on Twitter".format(*slopes["effect"].iloc[:2])  # fmt: skip
    assert phrase_reach(slopes).startswith("Twice the inhabitants, less than twice the followers")
    falling = slopes.assign(effect=-3.0)
    assert "−3%" in phrase_reach(falling)
    open_ = slopes.assign(effect_high=150.0)
    assert "how many more" in phrase_reach(open_)
    more = slopes.assign(effect_low=120.0, effect_high=150.0)
    assert "more than twice" in phrase_reach(more)
    assert set(show_slopes(slopes)["platform"]) == {"Facebook", "Twitter"}


def test_models_go_to_the_ledger_with_its_columns(samples, slopes):
    followers = compare_count_models(samples, "reach", CONFIDENCE)
    classes = compare_classes(samples, "presence", CONFIDENCE)
    ledgers = [
        to_coefficients(slopes),
        parts_to_coefficients(fit_interaction(samples, CONFIDENCE)),
        count_models_to_coefficients(followers, "reach"),
        classes_to_coefficients(classes, "presence"),
    ]
    for ledger in ledgers:
        assert [*ledger.columns] == [name for name in COEFFICIENT_COLUMNS if name != "notebook"]
        assert ledger[["estimate", "low", "high", "p", "n"]].notna().all().all()
        assert (ledger["low"] <= ledger["estimate"]).all()
    together = pd.concat(ledgers)
    assert not together.duplicated(["model", "term"]).any()
    assert set(ledgers[3]["reference_category"]) == {"below 20,000 inhabitants"}


# ---- each question in its parts ------------------------------------------------------------------


def test_classes_of_which_all_are_present_are_compared_with_a_penalty(samples):
    classes = compare_classes(samples, "presence", CONFIDENCE)
    complete = classes[classes["share_percent"].eq(100)]
    assert len(complete)
    assert complete["method"].str.contains("Firth").all()
    assert np.isfinite(complete[["odds_ratio", "odds_ratio_low", "odds_ratio_high"]]).all().all()
    shares = classes["share_percent"].between(classes["share_low_percent"], classes["share_high_percent"])  # fmt: skip
    assert shares.all()
    some = make_up(4)
    some.loc[some["population"].gt(50_000), "is_present"] = [True, False] * 4 + [True]
    method = compare_classes(build_samples({"twitter": some}, "VL"), "presence", CONFIDENCE)["method"]  # fmt: skip
    assert method.tolist() == ["reference", "maximum likelihood", "maximum likelihood"]


def test_odds_ratios_are_those_of_the_counts(samples):
    table = make_up(4)
    table.loc[table["population"].gt(50_000), "is_present"] = [True, False] * 4 + [True]
    rows = compare_classes(build_samples({"twitter": table}, "VL"), "presence", CONFIDENCE)
    odds = rows["with_property"] / (rows["organisations"] - rows["with_property"])
    assert rows["odds_ratio"].iloc[1:].to_numpy() == pytest.approx((odds / odds[0]).iloc[1:].to_numpy())  # fmt: skip
    penalised = compare_classes(samples, "presence", CONFIDENCE)
    assert penalised["odds_ratio"].dropna().gt(1).all()


def test_classes_that_nobody_belongs_to_are_left_out():
    table = make_up(4)
    small = build_samples({"twitter": table[table["population"] < 20_000]}, "VL")
    classes = compare_classes(small, "presence", CONFIDENCE)
    assert classes["size_class"].tolist() == ["below 20,000"]
    assert classes["odds_ratio"].isna().all()


def test_the_observed_tenths_add_up_to_all(samples):
    traced = trace_shares(samples, "presence", CONFIDENCE)
    for platform in ("facebook", "twitter"):
        tenths = traced[traced["platform"].eq(platform) & traced["mark"].eq("observed")]
        assert len(tenths) == 10
        assert tenths["organisations"].sum() == 308
        present = samples.frames["presence", platform]["outcome"].sum()
        assert (tenths["organisations"] * tenths["share_percent"]).sum() / 100 == pytest.approx(present)  # fmt: skip
    assert set(traced["mark"]) == {"logit", "spline", "observed"}


def test_size_decides_whether_to_reply_and_not_how_much(samples):
    parts = fit_interaction(samples, CONFIDENCE).set_index("part")
    assert parts.loc[REPLIES_AT_ALL, "low"] > 0
    assert parts.loc[SHARE_WHERE_ANY, "low"] < 0 < parts.loc[SHARE_WHERE_ANY, "high"]
    # a model of all shares in one mixes the two
    assert 0 < parts.loc[SHARE_BY_MESSAGE, "slope"] < parts.loc[REPLIES_AT_ALL, "slope"]
    assert parts.loc[SHARE_WHERE_ANY, "n"] < parts.loc[REPLIES_AT_ALL, "n"]
    assert parts.loc[SHARE_WHERE_ANY, "covariance"] == "HC1"
    some = samples.frames["interaction", "twitter"].query("replies > 0")
    fractional = fit_shares(some[["doublings"]], some["replies"], some["messages"], weigh="rows", covariance="HC1")  # fmt: skip
    assert parts.loc[SHARE_WHERE_ANY, "slope"] == pytest.approx(fractional.estimates[1])
    frame = samples.frames["interaction", "twitter"]
    assert parts.loc[SHARE_BY_MESSAGE, "mean_percent"] == pytest.approx(100 * frame["replies"].sum() / frame["messages"].sum())  # fmt: skip
    assert parts.loc[REPLIES_AT_ALL, "mean_percent"] == pytest.approx(100 * frame["outcome"].mean())


def test_the_title_of_both_parts_claims_what_the_intervals_bear(samples):
    parts = fit_interaction(samples, CONFIDENCE)
    assert phrase_parts(parts, "twitter") == "Larger municipalities more often reply at all;\nthose that reply, reply no more"  # fmt: skip
    falling = parts.assign(low=-2.0, high=-1.0)
    assert phrase_parts(falling, "twitter") == "Larger municipalities less often reply at all;\nthose that reply, reply less"  # fmt: skip
    gone = parts[parts["part"].eq(REPLIES_AT_ALL)]
    assert phrase_parts(gone, "twitter").endswith("reply no more")
    with pytest.raises(NotAnswerable, match="no finite slope"):
        estimate_part(gone, "twitter", SHARE_WHERE_ANY, CONFIDENCE)
    assert estimate_part(parts, "twitter", SHARE_WHERE_ANY, CONFIDENCE).interval_kind == "superpopulation"  # fmt: skip


def test_accounts_scatter_more_than_messages_drawn_one_by_one(samples):
    measured = measure_dispersion(samples, "twitter")
    assert measured["dispersion"] > 2
    assert 0 < measured["rho"] < 1
    assert measured["prior_messages"] == pytest.approx(1 / measured["rho"] - 1)


def test_accounts_that_scatter_no_more_than_messages_are_told_as_such():
    table = make_up(4)
    # every account the same share, as far as whole replies go: less scatter than chance gives
    table["messages"] = table["messages"].where(table["messages"].eq(0), 40 + table.index % 7)
    table["replies"] = (0.2 * table["messages"]).round().astype(int)
    table.loc[table.index % 9 == 0, ["messages", "replies"]] = [3, 0]
    samples = build_samples({"twitter": table}, "VL")
    measured = measure_dispersion(samples, "twitter")
    assert measured["dispersion"] < 1
    assert measured["rho"] == 0
    told = phrase_dispersion(measured, "twitter")
    assert "too short" not in told
    assert told.endswith("are no shorter here.")


def test_scatter_is_told_by_how_much_errors_would_be_too_short(samples):
    told = phrase_dispersion(measured := measure_dispersion(samples, "twitter"), "twitter")
    assert told.startswith(
        f"On Twitter the reply shares of accounts scatter {measured['dispersion']:.1f} times"
    )
    assert told.endswith(f"would be {measured['dispersion'] ** 0.5:.1f} times too short.")


def test_scatter_that_cannot_be_fitted_leaves_out_its_own_part_only(samples, monkeypatch):
    def fail(*_):
        raise ValueError("the beta-binomial fit did not converge")

    monkeypatch.setattr(size_classes_parts, "fit_beta_binomial", fail)
    with pytest.raises(NotAnswerable, match=r"accounts on Twitter scatter .*did not converge"):
        measure_dispersion(samples, "twitter")
    content = json.loads((ROOT / "notebooks" / "04-size-classes.ipynb").read_text("utf-8"))
    cells = {cell["id"]: cell for cell in content["cells"]}
    for name in ("accounts-interaction-scatter", "accounts-interaction-dispersion"):
        assert cells[name]["metadata"]["tags"] == ["account-level:interaction:scatter"]
    half = [
        "".join(cell["source"])
        for cell in content["cells"]
        if any(tag.startswith("account-level") for tag in cell["metadata"].get("tags", []))
    ]
    assert sum("measure_dispersion" in source for source in half) == 1
    # an edition need not be a quarter
    assert not [source for source in half if "quarter" in source]


def test_the_platform_shown_is_the_one_with_most_that_reply():
    few, many = make_up(4), make_up(9)
    few["replies"] = few["replies"].where(np.arange(len(few)) > 250, 0)
    assert pick_platform(build_samples({"facebook": few, "twitter": many}, "VL")) == "twitter"
    assert pick_platform(build_samples({"facebook": many, "twitter": few}, "VL")) == "facebook"


def test_the_offset_form_gives_the_p_value_against_one(samples):
    models = compare_count_models(samples, "reach", CONFIDENCE)
    for row in models[models["units"].eq("all")].itertuples():
        frame = samples.frames["reach", row.platform]
        offset = fit_count_model(frame, row.model, proportional=True).coefficients().iloc[1]
        assert offset["estimate"] == pytest.approx(row.elasticity - 1, abs=1e-5)
        assert offset["p"] == pytest.approx(row.p_against_one, rel=1e-2)


def test_a_regression_beside_the_declared_one_that_has_no_answer_leaves_the_others(
    samples, monkeypatch
):
    def refuse(*arguments, **settings):
        raise ValueError("did not converge")

    monkeypatch.setattr(size_classes_parts, "fit_poisson", refuse)
    models = compare_count_models(samples, "reach", CONFIDENCE)
    failed = models["elasticity"].isna()
    assert set(models.loc[failed, "model"]) == {size_classes_parts.POISSON}
    assert models.loc[failed, "n"].gt(0).all()
    assert models.columns[:4].tolist() == ["platform", "model", "units", "elasticity"]
    assert (
        len(count_models_to_coefficients(models, "reach"))
        == (~failed).sum() - models["platform"].nunique()
    )


def test_the_declared_elasticity_comes_first_and_the_two_largest_can_be_left_out(samples, slopes):
    models = compare_count_models(samples, "reach", CONFIDENCE)
    declared = estimate_elasticity(models, "twitter", CONFIDENCE)
    row = slopes[slopes["question"].eq("reach") & slopes["platform"].eq("twitter")].iloc[0]
    assert declared.value == pytest.approx(row["slope"])
    assert NEGATIVE_BINOMIAL in declared.estimand
    counted = models.groupby("platform")["n"].agg(["max", "min"])
    assert (counted["max"] - counted["min"]).eq(2).all()


def test_reach_by_each_base_on_four_organisations():
    table = make_up(4).head(40).assign(population=10_000 + np.arange(40), followers=np.nan)
    table["is_present"] = np.arange(40) < 20
    table.loc[table["is_present"], "followers"] = 1000.0
    row = measure_reach(build_samples({"twitter": table}, "VL")).iloc[0]
    assert row["accounts"] == 20
    assert row["of_all_inhabitants_percent"] == pytest.approx(100 * 20_000 / table["population"].sum())  # fmt: skip
    theirs = table.loc[table["is_present"], "population"]
    assert row["of_their_inhabitants_percent"] == pytest.approx(100 * 20_000 / theirs.sum())
    assert row["mean_of_ratios_percent"] == pytest.approx(100 * (1000 / theirs).mean())
    assert row["printed_way_percent"] == pytest.approx(100 * 1000 / table["population"].mean())


def test_silent_accounts_are_counted_and_asked_for_their_size():
    table = make_up(4, presence=(5, 0))
    small = table["population"] < 12_000
    table.loc[small & (np.arange(len(table)) % 2 == 0), ["messages", "replies", "messages_sent"]] = 0  # fmt: skip
    row = count_silent(build_samples({"twitter": table}, "VL"), CONFIDENCE).iloc[0]
    assert row["silent"] == (table["is_present"] & table["messages_sent"].eq(0)).sum()
    assert row["effect_high"] < 0
    assert row["p"] < 0.01


# ---- choices -------------------------------------------------------------------------------------


def test_a_share_that_is_straight_needs_no_spline_and_one_that_bends_does(samples):
    straight = compare_shapes(samples).set_index(["question", "platform"])
    assert straight.loc[("presence", "twitter"), "spline_p"] > 0.05
    assert straight[["line_aic", "spline_aic", "classes_aic"]].min(axis=1).eq(0).all()
    table = make_up(4)
    middle = table["population"].between(8_000, 25_000)
    table["is_present"] = np.where(middle, np.arange(308) % 8 > 0, np.arange(308) % 8 == 0)
    bent = compare_shapes(build_samples({"twitter": table}, "VL")).set_index("question")
    assert bent.loc["presence", "spline_p"] < 1e-6
    assert bent.loc["presence", "spline_aic"] < bent.loc["presence", "line_aic"]


def test_the_criterion_of_classes_is_that_of_a_logit_on_them():
    table = make_up(4)
    table.loc[table["population"].gt(50_000), "is_present"] = [True, False] * 4 + [True]
    samples = build_samples({"twitter": table}, "VL")
    frame = samples.frames["presence", "twitter"]
    classes = pd.get_dummies(frame["size_class"], drop_first=True).astype(float)
    by_class = fit_shares(classes, frame["outcome"], np.ones(len(frame)))
    line = fit_shares(frame[["doublings"]], frame["outcome"], np.ones(len(frame)))
    row = compare_shapes(samples).iloc[0]
    assert row["classes_aic"] - row["line_aic"] == pytest.approx(by_class.aic - line.aic)


def test_every_choice_is_combined_with_every_other(specifications):
    counts = specifications.groupby(["question", "platform"]).size()
    assert counts["presence", "twitter"] == 2 * 3 * 2
    assert counts["interaction", "twitter"] == 2 * 3 * 3 * 2  # two definitions of a reply
    assert counts["reach", "facebook"] == counts["activity", "twitter"] == 3 * 3 * 2
    assert not specifications.duplicated(["question", "platform", *CHOICES]).any()
    assert specifications.groupby(["question", "platform"])["is_declared"].sum().eq(1).all()


def test_the_declared_specification_is_the_declared_slope(specifications, slopes):
    declared = specifications[specifications["is_declared"]]
    both = declared.merge(slopes, on=["question", "platform"], suffixes=("_found", ""))
    assert len(both) == len(slopes)
    for one, two in (("effect_found", "effect"), ("low_found", "effect_low"), ("high_found", "effect_high")):  # fmt: skip
        assert both[one].to_numpy() == pytest.approx(both[two].to_numpy())


def test_the_summary_finds_the_choice_that_turns_the_answer(specifications):
    summary = summarise_specifications(specifications).set_index("question")
    row = summary.loc["interaction"]
    assert row["choice_that_matters"] == "reply definition"  # made up to fall with size under one
    assert row["lowest"] < 0 < row["declared"]
    assert row["same_sign"] < row["specifications"]
    estimate = count_agreement(specifications, summary)
    assert estimate.low == pytest.approx(100 * row["same_sign"] / row["specifications"])
    assert estimate.n == specifications["effect"].notna().sum()
    assert f"of {estimate.n} ways" in phrase_agreement(summary.reset_index())
    agreeing = summary.drop("interaction").reset_index()
    assert phrase_agreement(agreeing).startswith("All ")


def test_agreement_is_with_the_sign_of_the_declared_effect(specifications):
    turned = specifications.assign(
        effect=-specifications["effect"], low=-specifications["high"], high=-specifications["low"]
    )
    columns = ["same_sign", "clear", "specifications", "moves_by"]
    one, two = summarise_specifications(specifications), summarise_specifications(turned)
    assert one[columns].equals(two[columns])
    assert one["declared"].to_numpy() == pytest.approx(-two["declared"].to_numpy())


def test_a_specification_without_a_finite_answer_is_kept_with_its_reason():
    table = make_up(4)
    table.loc[table["province"].eq("A"), "is_present"] = True
    samples = build_samples({"twitter": ask_presence_only(table)}, "VL")
    found = vary_specification({"replies to others": samples}, "replies to others", CONFIDENCE)
    failed = found[found["failed_because"].ne("")]
    assert set(failed["control"]) == {"provinces"}
    assert failed["effect"].isna().all()
    assert failed["failed_because"].str.contains("no finite estimate").all()
    summary = summarise_specifications(found).set_index("question")
    assert summary.loc["presence", "without_answer"] == len(failed)


def test_without_provinces_none_is_left_out():
    table = ask_presence_only(make_up(4).assign(province=None))
    samples = build_samples({"twitter": table}, "VL")
    found = vary_specification({"replies to others": samples}, "replies to others", CONFIDENCE)
    assert "provinces" not in set(found["control"])
    left_out = leave_out(samples, fit_slopes(samples, CONFIDENCE), CONFIDENCE)
    assert left_out["provinces"].eq(0).all()
    assert left_out["province_lowest"].isna().all()


def test_leaving_out_shows_the_province_and_the_cities_that_carry_a_slope(samples, slopes):
    left_out = leave_out(samples, slopes, CONFIDENCE)
    assert left_out["same_sign"].all()
    assert (left_out["province_lowest"] < left_out["province_highest"]).all()
    assert left_out["provinces"].eq(5).all()
    table = make_up(4)
    small = table["population"] < 100_000
    table["followers"] = np.where(table["is_present"], np.where(small, 1000.0, 900_000.0), np.nan)
    carried = build_samples({"twitter": table.assign(is_measured=False)}, "VL")
    found = leave_out(carried, fit_slopes(carried, CONFIDENCE), CONFIDENCE).set_index("question")
    assert found.loc["reach", "effect"] > 50
    assert abs(found.loc["reach", "without_two_largest"]) < 1


def test_platforms_are_compared_within_organisations(samples):
    fit = compare_platforms(samples)
    assert fit.terms == ("intercept", "doublings", "platform", "doublings:platform")
    assert fit.covariance_kind == "cluster, G/(G-1)"
    one, two = (samples.frames["presence", name] for name in ("facebook", "twitter"))
    alone = [fit_shares(f[["doublings"]], f["outcome"], np.ones(308)).estimates[1] for f in (one, two)]  # fmt: skip
    assert fit.estimates[3] == pytest.approx(alone[1] - alone[0], abs=1e-6)
    # generalised estimating equations under independence are the same but for the correction
    both = pd.concat([one.assign(platform=0.0), two.assign(platform=1.0)], ignore_index=True)
    design = both[["doublings", "platform"]].assign(both=both["doublings"] * both["platform"])
    check = sm.GEE(
        both["outcome"], sm.add_constant(design), groups=both["organisation"], family=sm.families.Binomial()
    ).fit(ctol=1e-8)  # fmt: skip
    assert fit.covariance == pytest.approx(check.cov_params().to_numpy() * 308 / 307, rel=1e-4)
    with pytest.raises(NotAnswerable, match="on Twitter only"):
        compare_platforms(build_samples({"twitter": make_up(4)}, "VL"))


def test_what_was_not_declared_is_corrected_together(samples):
    tests = explore(samples, compare_shapes(samples), CONFIDENCE)
    expected = adjust_p_values(tests["p"], "benjamini-hochberg")
    assert tests["p_adjusted"].to_numpy() == pytest.approx(expected)
    assert (expected < adjust_p_values(tests["p"], "holm")).any()
    assert tests["p"].is_monotonic_increasing
    # those followers grow with an elasticity of 0.7
    proportional = tests[tests["test"].str.startswith("reach: followers proportional")]
    assert (proportional["p_adjusted"] < 0.01).all()
    assert tests["test"].str.contains("no slope of the share of replies").sum() == 1
    assert tests["platform"].isin(["Facebook", "Twitter", "both"]).all()


def test_residuals_of_counts_drawn_from_the_model_are_standard_normal(samples):
    residuals = check_residuals(samples, seed=1)
    activity = residuals[residuals["question"].eq("activity")]
    assert activity["standard_deviation"].between(0.85, 1.15).all()
    assert activity["beyond_percent"].between(1, 10).all()
    assert check_residuals(samples, seed=1).equals(residuals)


# ---- figures -------------------------------------------------------------------------------------


def test_every_figure_is_drawn_without_a_warning(samples, specifications):
    names = {platform: platform.title() for platform in samples.platforms}
    parts = {REPLIES_AT_ALL: "Reply at all", SHARE_WHERE_ANY: "Share"}
    presence = trace_shares(samples, "presence", CONFIDENCE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figures = [
            plots.draw_presence(presence, names, region="VL", **TEXTS),
            plots.draw_two_parts(trace_parts(samples, "twitter", CONFIDENCE), parts, region="VL", **TEXTS),
            plots.draw_reach(trace_reach(samples), names, region="NL", **TEXTS),
            plots.draw_specifications(specifications, name_curves(specifications), **TEXTS),
        ]  # fmt: skip
        drawn = [draw_svg(figure) for figure in figures]
    assert all(svg.startswith(b"<?xml") for svg in drawn)
    assert len(figures[0].axes) == 2
    dots = sum(len(collection.get_offsets()) for collection in figures[2].axes[0].collections)
    assert dots == samples.frames["reach", "facebook"]["outcome"].gt(0).sum()


def test_a_single_platform_is_one_panel(samples):
    presence = trace_shares(samples, "presence", CONFIDENCE)
    figure = plots.draw_presence(presence, {"twitter": "Twitter"}, region="VL", **TEXTS)
    assert len(figure.axes) == 1


@pytest.mark.parametrize(
    "module",
    [size_classes_accounts, size_classes_parts, size_classes_choices],
    ids=lambda module: module.__name__.rsplit(".", 1)[1],
)
def test_the_examples_in_the_docstrings_come_out(module):
    assert doctest.testmod(module).failed == 0
