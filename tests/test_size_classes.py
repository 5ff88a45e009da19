"""Does a larger Flemish municipality do more: the published figures and the register of 2016."""

import math
from pathlib import Path

import pytest

from roeptoeter.errors import InputError
from roeptoeter.plots import size_classes as plots
from roeptoeter.published import read_figures
from roeptoeter.questions.parameters import check_confidence, check_filled
from roeptoeter.questions.size_classes import (
    CLASSES_FAILING,
    CLASSES_FIRTH,
    GROUP_NAMES,
    LARGE,
    LINEAR_FIRTH,
    MIDDLE,
    REACH_READINGS,
    SMALL,
    admit_counts,
    associate_with_size,
    bound_facebook_classes,
    bound_largest_class,
    check_facebook_statement,
    choose_counts,
    compare_neighbours,
    compare_shapes,
    count_municipalities,
    describe_shares,
    estimate_interaction,
    estimate_odds_ratio,
    estimate_reach,
    estimate_share,
    estimate_trend,
    fit_models,
    label_odds_ratios,
    name_groups,
    read_interaction,
    read_reach,
    show_ordinary_fits,
    split_facebook,
    to_odds_ratios,
    vary_analysis,
)
from roeptoeter.registers import build_organisations
from roeptoeter.report import COEFFICIENT_COLUMNS

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


@pytest.fixture(scope="module")
def organisations():
    return build_organisations(ROOT / "data" / "raw" / "registers")


@pytest.fixture(scope="module")
def municipalities(figures, organisations):
    return count_municipalities(figures, organisations)


@pytest.fixture(scope="module")
def admitted(figures, municipalities):
    return admit_counts(figures, municipalities)


@pytest.fixture(scope="module")
def counts(admitted):
    return choose_counts(admitted, 126)


@pytest.fixture(scope="module")
def coefficients(counts):
    return fit_models(counts, 0.95)


@pytest.fixture(scope="module")
def odds_ratios(coefficients):
    return to_odds_ratios(coefficients)


@pytest.fixture(scope="module")
def reach(figures, organisations, admitted):
    return read_reach(figures, organisations, admitted)


def test_register_has_the_published_classes(municipalities):
    assert municipalities["municipalities"].tolist() == [213, 83, 12]
    assert municipalities["inhabitants"].sum() == 6_477_804
    assert municipalities["printed_count"].iloc[0] == 213


def test_register_that_differs_from_the_study_is_refused(figures, organisations):
    flemish = organisations["region"].eq("VL") & organisations["edition_year"].eq(2016)
    smallest = organisations[flemish]["population"].idxmin()
    with pytest.raises(InputError, match="212 municipalities where F053 prints 213"):
        count_municipalities(figures, organisations.drop(index=smallest))
    grown = organisations.copy()
    grown.loc[smallest, "size_class"] = MIDDLE
    with pytest.raises(InputError, match="212 municipalities where F053 prints 213"):
        count_municipalities(figures, grown)


def test_percentages_admit_the_known_counts(admitted):
    found = {
        (row.platform, row.size_class): (row.present_low, row.present_high, row.municipalities)
        for row in admitted.itertuples()
    }
    assert found == {
        ("Twitter", SMALL): (125, 126, 213),
        ("Twitter", MIDDLE): (62, 62, 83),
        ("Twitter", LARGE): (12, 12, 12),
        ("Twitter", "all"): (199, 200, 308),
        ("Facebook", LARGE): (12, 12, 12),
        ("Facebook", "all"): (224, 226, 308),
        ("Facebook", "up_to_50000"): (212, 214, 296),
    }


def test_classes_that_miss_the_total_are_refused(figures, municipalities):
    changed = figures.copy()
    changed.loc[changed["figure_id"].eq("F047"), "printed_number"] = 70.0
    with pytest.raises(InputError, match="F047"):
        admit_counts(changed, municipalities)
    changed.loc[changed["figure_id"].eq("F049"), "printed_number"] = 98.0
    with pytest.raises(InputError, match="F049: 98% of 12 municipalities is no whole number"):
        admit_counts(changed, municipalities)


@pytest.mark.parametrize("count", [124, 127, 0, -1])
def test_count_that_rounding_does_not_admit_is_refused(admitted, count):
    with pytest.raises(InputError, match=f"is {count}: 59% of 213 .* admits 125 or 126"):
        choose_counts(admitted, count)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5])
def test_level_that_is_none_is_refused(confidence):
    with pytest.raises(InputError, match="between 0 and 1"):
        check_confidence(confidence)


def test_facebook_sentence_contradicts_the_total(admitted, figures):
    rest = estimate_share(admitted, "Facebook", "up_to_50000")
    assert (round(rest.low, 1), round(rest.high, 1)) == (71.6, 72.3)
    assert rest.interval_kind == "rounding"
    statement = check_facebook_statement(admitted, figures)
    assert round(statement["implied_low"], 1) == 75.6
    assert round(statement["implied_high"], 1) == 76.3
    assert statement["implied_low"] > statement["printed_all"] + 0.5


def test_step_between_classes_is_open_to_rounding_only(admitted, counts):
    step = compare_neighbours(admitted, counts, MIDDLE)
    assert step.low == pytest.approx(100 * (62 / 83 - 126 / 213))
    assert step.high == pytest.approx(100 * (62 / 83 - 125 / 213))
    assert step.interval_kind == "rounding"
    assert compare_neighbours(admitted, counts, LARGE).value == pytest.approx(100 * (1 - 62 / 83))


def test_both_intervals_stand_apart(admitted, counts):
    shares = describe_shares(admitted, counts, 0.95)
    assert (shares["superpopulation_low"] < shares["share_low"]).all()
    assert (shares["superpopulation_high"] >= shares["share_high"] - 1e-9).all()
    assert shares["share"].between(shares["share_low"], shares["share_high"]).all()
    twitter = shares[shares["platform"].eq("Twitter")]
    assert twitter["size_class"].tolist() == [SMALL, MIDDLE, LARGE, "all"]
    facebook = shares[shares["platform"].eq("Facebook")]
    assert facebook["size_class"].tolist() == ["up_to_50000", LARGE, "all"]


def test_association_is_the_published_arithmetic(admitted, counts):
    tests = associate_with_size(admitted).set_index("count_below_20000")
    assert tests.index.tolist() == [125, 126]
    assert tests["heterogeneity"].round(3).tolist() == [13.537, 13.080]
    assert tests["trend"].round(3).tolist() == [13.260, 12.773]
    assert tests.loc[126, "heterogeneity_p"] == pytest.approx(0.0014, abs=5e-5)
    assert tests.loc[126, "trend_p"] == pytest.approx(0.00035, abs=5e-6)
    assert tests.loc[126, "fisher_p"] == pytest.approx(0.0039, abs=5e-5)
    trend = estimate_trend(tests.reset_index(), counts)
    assert (trend.value, trend.low) == (tests.loc[126, "trend"], tests.loc[126, "trend"])
    assert trend.high == tests.loc[125, "trend"]


def test_odds_ratios_are_those_of_the_reference(odds_ratios):
    ratios = odds_ratios.set_index(["model", "term"])
    large = ratios.loc[(CLASSES_FIRTH, LARGE)]
    assert round(large["odds_ratio"], 1) == 17.3
    assert round(large["low"], 1) == 2.2
    assert large["high"] == pytest.approx(2226, abs=1)
    middle = ratios.loc[(CLASSES_FIRTH, MIDDLE)]
    assert [round(middle[end], 2) for end in ("odds_ratio", "low", "high")] == [2.01, 1.16, 3.58]


def test_linear_model_is_that_of_the_reference(coefficients):
    linear = coefficients[coefficients["model"].eq(LINEAR_FIRTH)].set_index("term")
    step = linear.loc["size_class"]
    assert [round(step[end], 3) for end in ("estimate", "low", "high")] == [0.882, 0.398, 1.413]


def test_coefficients_have_the_columns_of_the_ledger(coefficients):
    assert set(coefficients.columns) == set(COEFFICIENT_COLUMNS) - {"notebook"}
    assert coefficients["n"].eq(308).all()


def test_failing_fit_has_no_interval_and_no_p(coefficients):
    failing = coefficients[coefficients["model"].eq(CLASSES_FAILING)].set_index("term")
    assert failing.loc[LARGE, "estimate"] == 22.2
    assert failing.loc[LARGE, ["low", "high", "p"]].isna().all()
    assert failing.loc[LARGE, "interval_kind"] == "none"
    assert failing.drop(index=LARGE)[["low", "high", "p"]].notna().all(axis=None)


def test_two_ordinary_routines_stop_in_two_places(counts):
    fits = show_ordinary_fits(counts).set_index("routine")
    assert fits["found_infinite_before_fitting"].all()
    assert fits.loc["GLM", "coefficient"] == 22.2
    assert fits.loc["GLM", "standard_error"] == 13_913
    assert fits.loc["GLM", "routine_converged"]
    assert not fits.loc["Logit", "routine_converged"]
    assert fits["standard_error"].nunique() == 2


def test_one_odds_ratio_becomes_an_estimate(odds_ratios):
    estimate = estimate_odds_ratio(odds_ratios, LARGE, 0.95)
    assert estimate.interval_kind == "superpopulation"
    assert estimate.confidence == 0.95
    assert round(estimate.value, 1) == 17.3
    assert "one class larger" in estimate_odds_ratio(odds_ratios, "size_class", 0.95).estimand
    assert estimate.n == 308


def test_full_score_is_bounded_from_below(counts):
    wilson, exact = bound_largest_class(counts, 0.95)
    assert (round(wilson.low, 1), round(exact.low, 1)) == (75.8, 73.5)
    assert wilson.n == exact.n == 12


def test_straight_line_keeps_the_total_and_misses_the_top(counts):
    shapes = compare_shapes(counts)
    for column in ("observed_share", "linear_share"):
        assert (shapes[column] * shapes["municipalities"]).sum() == pytest.approx(100 * 200)
    assert shapes["linear_share"].iloc[2] < 95


def test_rise_survives_other_choices(counts, municipalities):
    choices = vary_analysis(counts, municipalities, 0.95).set_index("choice")
    assert choices["p"].lt(0.05).all()
    without = choices.loc["without the class above 50,000"]
    assert without["result"] == pytest.approx(6.227, abs=1e-3)
    merged = choices.loc["all from 20,000 against below, ordinary fit"]
    assert merged["result"] == pytest.approx((74 / 21) / (126 / 87))


def test_facebook_divisions_fill_all_the_room(admitted):
    splits = split_facebook(admitted)
    total = splits["present_below_20000"] + splits["present_20000_to_50000"]
    assert set(total) == {212, 213, 214}
    assert splits["present_below_20000"].between(129, 213).all()
    assert splits["present_20000_to_50000"].between(0, 83).all()
    assert not splits.duplicated().any()
    bounds = bound_facebook_classes(admitted)
    assert bounds["small_low"] == pytest.approx(100 * 129 / 213)
    assert (bounds["middle_low"], bounds["middle_high"]) == (0, 100)


def test_interaction_has_two_bases(figures, admitted):
    readings = read_interaction(figures, admitted).set_index(["platform", "reading"])
    literal, holders = "all small municipalities", "small municipalities with an account"
    interacting = readings[["interacting_low", "interacting_high"]].apply(tuple, axis=1)
    assert interacting["Facebook", literal] == (65, 67)
    assert interacting["Twitter", literal] == (23, 24)
    assert interacting["Twitter", holders] == (14, 14)
    assert interacting["Facebook", holders] == (40, 67)
    twitter = estimate_interaction(readings.reset_index(), "Twitter")
    assert (round(twitter.low, 1), round(twitter.high, 1)) == (6.6, 11.3)
    assert twitter.interval_kind == "sensitivity"


def test_reach_depends_on_its_base(reach):
    points = reach.set_index(["platform", "reading"])["reach"].round(1)
    assert points["Facebook", "mean over all municipalities"] == 10.7
    assert points["Facebook", "mean over holders, of all inhabitants"] == 7.8
    assert points["Twitter", "mean over all municipalities"] == 6.1
    assert points["Twitter", "mean over holders, of all inhabitants"] == 4.0
    facebook = estimate_reach(reach, "Facebook")
    assert (round(facebook.low, 1), round(facebook.high, 1)) == (7.8, 10.7)


def test_reach_of_the_holders_own_inhabitants_is_bounded_by_the_register(reach, organisations):
    bounds = reach[reach["reach"].isna()].set_index("platform")
    flemish = organisations[
        organisations["region"].eq("VL") & organisations["edition_year"].eq(2016)
    ].sort_values("population")
    largest = flemish["population"].to_numpy()[-226:].sum()
    assert bounds.loc["Facebook", "reach_low"] <= 100 * 2257 * 226 / largest
    assert bounds.loc["Facebook", "reach_low"] > 100 * 2257 * 224 / 6_477_804
    # the smallest holders that the counts admit: all twelve cities and the smallest of the others
    others = flemish["population"].to_numpy()[:212].sum()
    cities = flemish["population"].to_numpy()[-12:].sum()
    assert bounds.loc["Facebook", "reach_high"] == pytest.approx(
        100 * 2257.5 * 224 / (others + cities), rel=0.01
    )


def test_table_names_its_classes(admitted):
    named = name_groups(admitted)
    assert named.columns[:2].tolist() == ["platform", "size_class"]
    assert set(named["size_class"]) == set(GROUP_NAMES.values())


def test_figures_can_be_drawn_also_at_another_level(admitted, odds_ratios, reach):
    shares = describe_shares(admitted, choose_counts(admitted, 125), 0.8)
    presence = plots.plot_presence(shares, GROUP_NAMES, confidence=0.8, title="Title")
    texts = [text.get_text() for text in presence.axes[0].texts]
    assert "125–126 of 213" in texts
    assert any(text.startswith("80%") for text in texts)
    assert any("about 75%" in text for text in texts)
    drawn = label_odds_ratios(odds_ratios)
    assert drawn["low"].isna().sum() == 1
    assert drawn["odds_ratio"].map(math.isfinite).all()
    odds = plots.plot_odds_ratios(drawn, exploding="no answer", title="Title")
    assert "no answer" in [text.get_text() for text in odds.axes[0].texts]
    reached = plots.plot_reach(reach, REACH_READINGS, title="Title")
    assert "10.7%" in [text.get_text() for text in reached.axes[0].texts]


def test_scores_of_the_classes_come_from_the_register(municipalities):
    means = municipalities["inhabitants"] / municipalities["municipalities"]
    assert means.is_monotonic_increasing
    assert means.between([0, 20_000, 50_000], [20_000, 50_000, 1_000_000]).all()


def test_an_empty_list_is_refused_by_its_name():
    with pytest.raises(InputError, match="year_correlations is empty"):
        check_filled("year_correlations", [])
