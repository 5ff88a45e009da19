"""The gap between the Netherlands and Flanders: what the published figures must give."""

import numpy as np
import pandas as pd
import pytest

from roeptoeter.errors import InputError
from roeptoeter.plots import country_gap as plots
from roeptoeter.published import read_figures
from roeptoeter.questions import country_gap
from roeptoeter.registers import SIZE_CLASSES, build_organisations
from roeptoeter.study import ROOT

SERIES_FILE = ROOT / "data" / "manual" / "adoption_series.csv"


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


@pytest.fixture(scope="module")
def organisations():
    return build_organisations(ROOT / "data" / "raw" / "registers")


@pytest.fixture(scope="module")
def presence(figures, organisations):
    return country_gap.count_presence(figures, organisations, "printed share")


@pytest.fixture(scope="module")
def classes(figures, organisations, presence):
    return country_gap.list_flemish_twitter_counts(figures, organisations, presence)


@pytest.fixture(scope="module")
def series(figures):
    return country_gap.build_series(country_gap.read_adoption_series(SERIES_FILE), figures)


@pytest.fixture(scope="module")
def distances(series, figures):
    return country_gap.measure_time_distances(series, figures, 0.25, 500, 2016)


def by_series(distances, indicator, name=country_gap.MAIN_SERIES):
    rows = distances[(distances["indicator"] == indicator) & (distances["series"] == name)]
    return rows.squeeze()


@pytest.mark.parametrize(
    ("platform", "gap", "rounding", "superpopulation"),
    [
        ("Facebook", 16.9, (16.4, 17.5), (11.2, 22.8)),
        ("Twitter", 34.3, (33.5, 34.9), (29.0, 39.8)),
    ],
)
def test_the_gap_of_2016_has_two_intervals(presence, platform, gap, rounding, superpopulation):
    by_rounding, as_draw = country_gap.measure_gap(presence, platform, 0.95)
    assert by_rounding.value == pytest.approx(gap, abs=0.05)
    assert as_draw.value == pytest.approx(by_rounding.value, abs=1e-12)
    assert (by_rounding.low, by_rounding.high) == pytest.approx(rounding, abs=0.05)
    assert (as_draw.low, as_draw.high) == pytest.approx(superpopulation, abs=0.05)
    assert (by_rounding.interval_kind, as_draw.interval_kind) == ("rounding", "superpopulation")


def test_counted_absentees_leave_one_dutch_count(figures, organisations):
    presence = country_gap.count_presence(figures, organisations, "counted absentees")
    counts = presence.set_index(["platform", "region"]).loc[("Twitter", "NL")]
    assert counts[["count_low", "count_high"]].tolist() == [387, 387]


def test_an_unknown_reading_is_refused(figures, organisations):
    with pytest.raises(InputError, match="counted absentees"):
        country_gap.count_presence(figures, organisations, "three")


def test_absentees_that_contradict_the_share_are_refused(figures, organisations):
    many = figures.copy()
    many.loc[many["figure_id"] == "F228", "printed_number"] = 30
    with pytest.raises(InputError, match="F228"):
        country_gap.count_presence(many, organisations, "printed share")


def test_two_sets_of_flemish_class_counts_fit(classes):
    assert classes.tolist() == [[125, 62, 12], [126, 62, 12]]


def test_class_shares_that_miss_the_total_are_refused(figures, organisations, presence):
    wrong = figures.copy()
    wrong.loc[wrong["figure_id"] == "F052", "printed_number"] = 40
    with pytest.raises(InputError, match="no common counts"):
        country_gap.list_flemish_twitter_counts(wrong, organisations, presence)


@pytest.mark.parametrize(("year", "expected"), [(2014, 74.1), (2016, 74.8)])
def test_the_dutch_mix_lifts_flanders_to_three_quarters(
    classes, organisations, presence, year, expected
):
    standardised = country_gap.standardise_flemish_twitter(classes, organisations, presence, year)
    assert standardised.value == pytest.approx(expected, abs=0.05)


def test_the_flemish_mix_leaves_flanders_as_it_is(classes, organisations, presence):
    flemish_twice = organisations.assign(region=organisations["region"].replace("NL", "other"))
    copied = flemish_twice[flemish_twice["region"] == "VL"].assign(region="NL")
    both = pd.concat([flemish_twice, copied], ignore_index=True)
    standardised = country_gap.standardise_flemish_twitter(classes, both, presence, 2016)
    assert standardised.value == pytest.approx(100 * 200 / 308, abs=1e-9)


@pytest.mark.parametrize(("year", "share"), [(2014, (12.2, 15.1)), (2016, (13.3, 16.5))])
def test_four_absentees_bound_the_share_that_is_size(classes, organisations, presence, year, share):
    four = presence.copy()
    dutch = (four["platform"] == "Twitter") & (four["region"] == "NL")
    four.loc[dutch, ["count_low", "count_high"]] = 386
    parts = country_gap.decompose_twitter(classes, organisations, four, year)
    found = parts["composition_share"]
    assert (found.low, found.high) == pytest.approx(share, abs=0.05)


def test_three_absentees_give_the_one_sided_parts_of_the_published_check(
    classes, figures, organisations
):
    presence = country_gap.count_presence(figures, organisations, "counted absentees")
    parts = country_gap.decompose_twitter(classes, organisations, presence, 2016)
    at_dutch = parts["at_dutch_rates"]
    assert (at_dutch.low, at_dutch.high) == pytest.approx((-0.6, 0.9), abs=0.05)
    # the check has 9.9 from the rounded class shares; the counts behind them give 9.9 to 10.1
    assert parts["at_flemish_rates"].low == pytest.approx(9.9, abs=0.05)
    assert parts["at_flemish_rates"].high == pytest.approx(10.1, abs=0.05)


def test_the_extremes_put_all_absentees_in_one_class(classes, organisations, presence):
    parts = country_gap.decompose_twitter(classes, organisations, presence, 2016)
    mixes = [
        country_gap.count_size_classes(organisations, region, 2016).to_numpy()
        for region in ("VL", "NL")
    ]
    shift = mixes[1] / 390 - mixes[0] / 308
    at_dutch = [
        100 * shift @ (1 - np.eye(3)[position] * absent / mixes[1])
        for position in range(3)
        for absent in (2, 3, 4, 5)
    ]
    found = parts["at_dutch_rates"]
    assert (found.low, found.high) == pytest.approx((min(at_dutch), max(at_dutch)), abs=1e-9)


def test_facebook_is_bounded_only_by_an_assumption(figures, organisations, presence):
    free, assumed = (
        country_gap.decompose_facebook(
            figures, organisations, presence, 2016, assume_larger_not_behind=assumption
        )["composition"]
        for assumption in (False, True)
    )
    assert free.low < 0 < assumed.low < assumed.high <= free.high


def test_size_readings_cover_every_year_and_reading(figures, organisations):
    readings = country_gap.tabulate_size_readings(figures, organisations, (2014, 2016))
    assert len(readings) == 4
    assert (readings["composition_share_low"] < readings["composition_share_high"]).all()


def test_facebook_is_two_and_a_half_years_by_all_figures(distances):
    row = by_series(distances, "facebook_presence")
    assert row["years"] == pytest.approx(2.47, abs=0.005)
    assert (row["draws_low"], row["draws_high"]) == pytest.approx((2.2, 2.8), abs=0.06)
    assert row["years_low"] < row["draws_low"] < row["draws_high"] < row["years_high"]
    assert row["fits_claim"]


def test_the_series_decides_the_years_on_facebook(distances):
    corporate = by_series(distances, "facebook_presence", "corporate accounts only")
    assert corporate["years"] == pytest.approx(0.81, abs=0.005)
    assert not corporate["fits_claim"]
    self_report = by_series(distances, "facebook_presence", "self-report only")
    assert self_report["years"] == pytest.approx(2.47, abs=0.005)


def test_twitter_was_passed_before_the_series(distances):
    row = by_series(distances, "twitter_presence")
    assert row["at_least"] == pytest.approx(4.9, abs=1e-9)
    assert row["position"] == "passed before the series"
    other = by_series(distances, "twitter_presence", "first point as printed in 2011")
    assert other["years"] == pytest.approx(3.96, abs=0.005)


def test_flanders_leads_in_response_time_unless_minutes_count(distances):
    assert by_series(distances, "response_time")["position"] == "not reached by the series"
    minutes = by_series(distances, "response_time", "with the minutes of 2013")
    assert minutes["position"] == "passed before the series"


def test_two_years_fit_one_indicator(distances):
    fitting = country_gap.count_fitting_indicators(distances)
    assert (fitting.value, fitting.n) == (1, 3)


def test_censored_years_leave_as_bounds_only(distances):
    estimate = country_gap.estimate_years(distances, "twitter_presence")
    assert np.isnan(estimate.value)
    assert np.isinf(estimate.high)


def test_the_logistic_lag_is_close_but_the_curve_does_not_fit(series, organisations):
    curve = country_gap.fit_facebook_lag(series, organisations, 0.95)
    assert curve.lag.value == pytest.approx(2.2, abs=0.05)
    assert (curve.lag.low, curve.lag.high) == pytest.approx((1.8, 2.5), abs=0.06)
    assert curve.deviance > 10 * curve.residual_degrees_of_freedom


def test_minutes_become_hours_and_absentees_become_shares(series):
    points = series.drop_duplicates("figure_id").set_index("figure_id")["level"]
    assert points["F187"] == pytest.approx(19 / 60)
    assert points["F007"] == pytest.approx(100 * 390 / 403)


def mend(tmp_path, change):
    table = pd.read_csv(SERIES_FILE, dtype=str)
    change(table)
    path = tmp_path / "adoption_series.csv"
    table.to_csv(path, index=False)
    return path


@pytest.mark.parametrize(
    ("column", "entry", "message"),
    [
        ("indicator", "followers", r"row 3, indicator: expected one of"),
        ("assumed_decimal_year", "2011-07", r"row 3, assumed_decimal_year: .*'2011-07'"),
        ("assumed_decimal_year", "2019", r"row 4, assumed_decimal_year: expected a date after"),
        ("reads_as", "guessed", r"row 3, reads_as"),
        ("reason", " ", r"row 3, reason"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, column, entry, message):
    def change(table):
        table.loc[1, column] = entry

    with pytest.raises(InputError, match=message):
        country_gap.read_adoption_series(mend(tmp_path, change))


def test_an_indicator_without_its_flemish_point_is_named(tmp_path):
    def change(table):
        table.loc[0, "series"] = "something else"

    with pytest.raises(InputError, match="facebook_presence has 0 points of Flanders"):
        country_gap.read_adoption_series(mend(tmp_path, change))


def test_a_missing_column_and_a_missing_file_are_named(tmp_path):
    path = mend(tmp_path, lambda table: table.pop("reason"))
    with pytest.raises(InputError, match="column reason is missing"):
        country_gap.read_adoption_series(path)
    with pytest.raises(InputError, match="is missing; put it back"):
        country_gap.read_adoption_series(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("figure_id", "reads_as", "message"),
    [
        ("F999", "printed", "no figure F999"),
        ("F229", "printed", "prints no number"),
        ("F173", "complement", "no count and base"),
        ("F173", "no better", "first of its series"),
    ],
)
def test_a_figure_that_cannot_be_read_so_is_named(figures, figure_id, reads_as, message):
    decisions = country_gap.read_adoption_series(SERIES_FILE)
    decisions.loc[1, ["figure_id", "reads_as"]] = [figure_id, reads_as]
    with pytest.raises(InputError, match=message):
        country_gap.build_series(decisions, figures)


def test_a_year_without_register_is_named(organisations):
    with pytest.raises(InputError, match="2011"):
        country_gap.count_size_classes(organisations, "NL", 2011)


def test_the_dutch_classes_are_those_of_the_register(organisations):
    counts = country_gap.count_size_classes(organisations, "NL", 2016)
    assert counts.index.tolist() == list(SIZE_CLASSES)
    assert counts.tolist() == [122, 191, 77]


def test_the_figures_show_what_they_are_given(presence, series, distances):
    gaps = country_gap.tabulate_gaps(presence, 0.95)
    drawn = plots.draw_gaps(gaps, "title", 0.95)
    words = " ".join(text.get_text() for axes in drawn.axes for text in axes.texts)
    assert "16.4–17.5" in words
    assert "33.5–34.9" in words
    alternative = "corporate accounts only"
    facebook = series[series["indicator"] == "facebook_presence"]
    chosen = distances[
        (distances["indicator"] == "facebook_presence")
        & distances["series"].isin([country_gap.MAIN_SERIES, alternative])
    ]
    drawn = plots.draw_time_distance(facebook, chosen, "title", alternative)
    words = " ".join(text.get_text() for axes in drawn.axes for text in axes.texts)
    assert "2.5 years" in words
    assert "0.8 years" in words
