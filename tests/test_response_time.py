"""Notebook 06: what published means imply, and waits of questions on two clocks."""

import json
import math

import matplotlib
import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from roeptoeter import report as report_module
from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.clocks import add_office_hours, list_holidays
from roeptoeter.estimators.survival import (
    ClusterDraws,
    estimate_survival,
    find_quantile,
    restrict_mean,
)
from roeptoeter.plots import response_time as plots
from roeptoeter.published import read_figures
from roeptoeter.questions import account_level, response_time, response_time_accounts
from roeptoeter.questions.account_level import AccountLevel
from roeptoeter.questions.consistency import mean_wait_behind_office_hours
from roeptoeter.report import Report
from roeptoeter.runner.engine import find_part
from roeptoeter.study import STAGING_VARIABLE, load_study

PLACE = {"edition": "2014 Q2", "region": "NL", "platform": "twitter"}
OFFICE = {"opening": 8.5, "closing": 17.0}


def make_responses(seed=1, accounts=80, office_share=0.8, unanswered=0.3, tail_days=10):
    """Questions to accounts that differ in speed: most are answered in office hours, some never."""
    rng = np.random.default_rng(seed)
    numbers = rng.integers(1, 90, accounts)
    account = np.repeat(np.arange(accounts), numbers)
    minutes = rng.integers(0, 91 * 1440, len(account))
    arrived = np.datetime64("2014-04-01T00:00:00") + minutes.astype("timedelta64[m]")
    needed = np.exp(rng.normal(0, 0.7, accounts)[account] + rng.normal(0, 1.5, len(account)))
    holidays = list_holidays("NL", [2014])
    by_office = add_office_hours(arrived, needed, holidays)
    by_clock = arrived + (needed * 3600).astype("timedelta64[s]")
    answered = np.where(rng.random(len(account)) < office_share, by_office, by_clock)
    answered[rng.random(len(account)) < unanswered] = np.datetime64("NaT")
    followed = np.datetime64("2014-07-01") + np.timedelta64(tail_days, "D")
    answered[answered > followed] = np.datetime64("NaT")

    def in_utc(local):
        return pd.Series(local).dt.tz_localize("Europe/Amsterdam").dt.tz_convert("UTC")

    return pd.DataFrame(
        {
            "edition": "2014 Q2",
            "platform": "twitter",
            "account_id": np.char.add("account-", account.astype(str)),
            "organisation": np.char.add("GM", account.astype(str)),
            "basis": "received message",
            "received_at": in_utc(arrived),
            "answered_at": in_utc(answered),
            "followed_to": pd.Timestamp(followed, tz="UTC"),
            "sure_clock": True,
            "edition_year": 2014,
            "region": "NL",
            "organisation_type": "municipality",
        }
    )


def make_level(responses):
    accounts = responses[["edition", "platform", "account_id"]].drop_duplicates()
    return AccountLevel(load_study("demo"), pd.DataFrame(), accounts, responses, pd.DataFrame())


def make_waits(responses, **changes):
    arguments = {**PLACE, **OFFICE, "holidays": list_holidays("NL", [2014]), **changes}
    return response_time_accounts.list_waits(make_level(responses), **arguments)


def make_row(received, answered=None, followed="2014-07-10T00:00Z", **changes):
    return {
        "edition": "2014 Q2", "platform": "twitter", "account_id": "a", "organisation": "GM1",
        "basis": "received message", "received_at": pd.Timestamp(received),
        "answered_at": pd.Timestamp(answered) if answered else pd.NaT,
        "followed_to": pd.Timestamp(followed) if followed else pd.NaT, "sure_clock": True,
        "edition_year": 2014, "region": "NL", "organisation_type": "municipality", **changes,
    }  # fmt: skip


def make_frame(*rows):
    frame = pd.DataFrame(rows)
    for column in ("received_at", "answered_at", "followed_to"):
        frame[column] = pd.to_datetime(frame[column], utc=True)
    return frame


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


@pytest.fixture(scope="module")
def responses():
    return make_responses()


@pytest.fixture(scope="module")
def waits(responses):
    return make_waits(responses)


@pytest.fixture(scope="module")
def answered(waits):
    return response_time_accounts.take_answered(waits)


@pytest.fixture(scope="module")
def questions(waits):
    return response_time_accounts.take_questions(waits, 168)


@pytest.fixture(scope="module")
def answered_draws(answered):
    return response_time_accounts.draw_accounts(answered, 1000, 3)


@pytest.fixture(scope="module")
def question_draws(questions):
    return response_time_accounts.draw_accounts(questions, 1000, 3)


# The published half ------------------------------------------------------------------------------


def test_the_printed_means_are_read_with_their_unit_and_rounding(figures):
    mean = response_time.read_printed_mean(figures, "F015")
    assert (mean.low, mean.value, mean.high, mean.unit) == (23.5, 24, 24.5, "hours")
    assert response_time.read_printed_mean(figures, "F187").unit == "minutes"
    assert response_time.read_printed_share(figures).value == 40
    with pytest.raises(InputError, match="F010: expected a mean time"):
        response_time.read_printed_mean(figures, "F010")


def test_the_means_imply_a_median_of_about_three_hours(figures):
    implied = response_time.imply_waits(figures)
    assert implied["year"].tolist() == [2014, 2015, 2016]
    assert implied["region"].tolist() == ["NL", "NL", "VL"]
    assert implied["mean_hours"].tolist() == [24, 21, 19]
    assert implied["median_hours"].round(1).tolist() == [3.3, 3.3, 3.2]
    assert implied["percentile_90_hours"].round(0).tolist() == [42, 39, 36]
    assert implied["scale"].iloc[:2].round(2).tolist() == [1.99, 1.93]
    assert implied["above_mean_percent"].iloc[:2].round(0).tolist() == [16, 17]
    assert (
        implied["median_hours"]
        .between(implied["median_low_hours"], implied["median_high_hours"])
        .all()
    )
    assert implied["greatest_median_hours"].iloc[0] == pytest.approx(47.6)


def test_other_shares_move_the_implied_median(figures):
    varied = response_time.vary_share(24, [30, 40, 50])
    assert varied["median_hours"].is_monotonic_decreasing
    assert varied["median_hours"].iloc[-1] == pytest.approx(2)
    assert varied["greatest_median_hours"].tolist() == pytest.approx([47.2, 47.6, 2])
    median = response_time.estimate_implied_median(response_time.imply_waits(figures), varied)
    assert (median.low, median.high) == pytest.approx((2, varied["median_hours"].iloc[0]), abs=1e-9)
    assert median.interval_kind == "sensitivity"
    bounds = response_time.estimate_median_bounds(response_time.imply_waits(figures))
    assert (bounds.low, bounds.high) == (2, pytest.approx(47.6))
    with pytest.raises(InputError, match="shares_within_two_hours_percent"):
        response_time.vary_share(24, [0])


def test_opening_hours_alone_make_people_wait_fifteen_hours():
    opened = response_time.wait_for_opening(9, 17)
    # the middle of each minute against a continuous week
    assert opened["mean_hours"].iloc[0] == pytest.approx(
        mean_wait_behind_office_hours(5, 9, 17), abs=1e-3
    )
    assert opened["mean_hours"].iloc[0] == pytest.approx(15.2, abs=0.05)
    assert opened["at_once_percent"].iloc[0] == pytest.approx(100 * 40 / 168)
    assert opened["within_2_hours_percent"].iloc[0] == pytest.approx(100 * 50 / 168, abs=0.1)


def test_holidays_and_shorter_days_lengthen_the_wait_for_the_opening():
    long = response_time.wait_for_opening(8.5, 17)
    short = response_time.wait_for_opening(9, 16)
    assert long["mean_hours"].iloc[1] > long["mean_hours"].iloc[0]
    assert (short["mean_hours"] > long["mean_hours"]).all()
    found = response_time.estimate_opening_wait(long)
    assert found.low == found.value < found.high
    never_closed = response_time.wait_for_opening(0, 24)
    assert never_closed["at_once_percent"].iloc[0] == pytest.approx(100 * 5 / 7)


def test_the_implied_classes_hold_all_answers_and_the_printed_share():
    classes = response_time.class_implied_waits(24, 40)
    assert classes["answers_percent"].sum() == pytest.approx(100)
    assert classes.loc[classes["to_hours"] <= 2, "answers_percent"].sum() == pytest.approx(40)


# Which questions count ---------------------------------------------------------------------------


def test_every_question_found_is_accounted_for():
    found = make_frame(
        make_row("2014-04-07T08:00Z", "2014-04-07T09:00Z"),
        make_row("2014-04-07T08:00Z"),
        make_row("2014-04-07T08:00Z", "2014-04-07T07:00Z"),
        make_row("2014-04-07T08:00Z", "2014-04-07T09:00Z", sure_clock=False),
        make_row("2014-04-07T08:00Z", "2014-04-08T09:00Z", basis="reply only"),
        make_row("2014-04-07T08:00Z", edition="2013 Q3"),
        make_row("2014-04-07T08:00Z", region=None),
        # half past eleven in the evening before the edition, in Amsterdam
        make_row("2014-03-31T21:30Z", "2014-04-01T08:00Z", basis="reply only"),
    )
    waits = make_waits(found)
    assert waits.left_out["count"].tolist() == [6, 1, 1, 1, 3, 2, 1, 0]
    assert waits.rows["wait_hours"].tolist() == [1, math.inf, 25]
    assert response_time_accounts.take_answered(waits)["wait_hours"].tolist() == [1, 25]
    assert response_time_accounts.take_questions(waits, 168)["wait_hours"].tolist() == [1, math.inf]
    assert waits.place == "on Twitter in 2014 Q2"


def test_a_platform_is_called_as_it_calls_itself():
    on = make_frame(make_row("2014-04-07T08:00Z", platform="youtube"))
    assert make_waits(on, platform="youtube").place == "on YouTube in 2014 Q2"


def test_questions_to_other_organisations_are_not_those_to_municipalities(responses):
    others = responses.assign(organisation_type="province")
    both = pd.concat([responses, others.assign(account_id="province", sure_clock=False)])
    assert make_waits(both).left_out.equals(make_waits(responses).left_out)
    assert make_waits(both).rows.equals(make_waits(responses).rows)
    with pytest.raises(NotAnswerable, match="to a municipality's account"):
        make_waits(others)


def test_questions_drop_out_visibly_where_their_follow_up_is_not_known():
    waits = make_waits(
        make_frame(
            make_row("2014-04-07T08:00Z", "2014-04-07T09:00Z", followed=None),
            make_row("2014-04-07T08:00Z", followed=None),
            make_row("2014-04-07T08:00Z"),
            make_row("2014-04-07T08:00Z", "2014-04-07T09:00Z", followed=None, basis="reply only"),
        )
    )
    last = waits.left_out.iloc[-1]
    assert last["questions"] == "of these received, until when answers were looked for not known"
    assert last["count"] == 2
    received = (waits.rows["basis"] == response_time_accounts.RECEIVED).sum()
    assert len(response_time_accounts.take_questions(waits, 0)) == received - last["count"]


def test_a_wait_is_measured_on_both_clocks_in_local_time():
    # Friday 16:00 to Monday 9:00 in Amsterdam; over Easter Monday; in the evening
    waits = make_waits(
        make_frame(
            make_row("2014-04-04T14:00Z", "2014-04-07T07:00Z"),
            make_row("2014-04-19T10:00Z", "2014-04-22T07:00Z"),
            make_row("2014-04-08T18:00Z", "2014-04-08T19:00Z"),
            make_row("2014-04-04T15:00Z"),
        )
    )
    assert waits.rows["wait_hours"].tolist() == [65, 69, 1, math.inf]
    assert waits.rows["office_hours"].tolist() == [1.5, 0.5, 0, math.inf]
    assert waits.rows["is_weekend"].tolist() == [False, True, False, True]
    assert waits.rows["weekday"].tolist() == [4, 5, 1, 4]


def test_only_questions_followed_long_enough_tell_of_those_left_open():
    found = make_frame(
        make_row("2014-06-29T08:00Z", "2014-06-29T09:00Z", followed="2014-07-01T00:00Z"),
        make_row("2014-06-20T08:00Z", followed="2014-07-01T00:00Z"),
        make_row("2014-06-20T08:00Z", followed=None),
    )
    waits = make_waits(found)
    assert len(response_time_accounts.take_questions(waits, 24)) == 2
    assert response_time_accounts.take_questions(waits, 168)["is_answered"].tolist() == [False]
    assert len(response_time_accounts.follow_questions(waits)) == 2
    with pytest.raises(NotAnswerable, match="horizon_hours"):
        response_time_accounts.take_questions(waits, 1000)


def test_replies_alone_say_nothing_of_questions_left_open(responses):
    only = responses[responses["answered_at"].notna()].assign(basis="reply only")
    waits = make_waits(only)
    assert len(response_time_accounts.take_answered(waits)) == len(only)
    with pytest.raises(NotAnswerable, match="messages received"):
        response_time_accounts.take_questions(waits, 168)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"edition": "2012"}, "name in `edition` one of '2014 Q2'"),
        ({"region": "VL"}, "region VL"),
        ({"platform": "facebook"}, "one of 'twitter'"),
    ],
)
def test_what_the_study_lacks_is_told_in_one_line(responses, changes, word):
    with pytest.raises(NotAnswerable, match=word) as refusal:
        make_waits(responses, **changes)
    assert "\n" not in str(refusal.value)


def test_nothing_answered_and_no_sure_clock_are_told(responses):
    never = pd.Series(pd.NaT, responses.index).dt.tz_localize("UTC")
    unanswered = make_waits(responses.assign(answered_at=never))
    with pytest.raises(NotAnswerable, match="was answered"):
        response_time_accounts.take_answered(unanswered)
    with pytest.raises(NotAnswerable, match="sure to the minute"):
        make_waits(responses.assign(sure_clock=False))
    with pytest.raises(NotAnswerable, match="nor of any other"):
        make_waits(responses.iloc[:0])


def test_the_holidays_are_those_of_the_editions_years(responses):
    days = response_time_accounts.list_holidays_around(
        make_level(responses), "2014 Q2", "NL", ["Good Friday"], ["Whit Monday"]
    )
    assert {np.datetime64("2014-04-18"), np.datetime64("2015-01-01")} <= set(days)
    assert np.datetime64("2014-06-09") not in days


def test_thresholds_and_draws_are_checked():
    response_time_accounts.check_hours([2, 24, 72], 72)
    assert response_time_accounts.check_draws(200) == 200
    for thresholds, horizon in (([], 72), ([24, 2], 72), ([0, 2], 72), ([2, 72], 48)):
        with pytest.raises(InputError, match="_hours"):
            response_time_accounts.check_hours(thresholds, horizon)
    with pytest.raises(InputError, match="draws is 10"):
        response_time_accounts.check_draws(10)


# Answered questions ------------------------------------------------------------------------------


def test_the_report_set_is_that_of_the_plain_rows(answered, answered_draws):
    found = response_time_accounts.summarise_answered(answered, answered_draws, 0.95)
    hours = answered["wait_hours"]
    by_account = hours.groupby(answered["account_id"])
    assert found["mean"].value == pytest.approx(hours.mean())
    assert found["median"].value == np.sort(hours)[math.ceil(len(hours) / 2) - 1]
    assert (hours <= found["percentile_90"].value).mean() >= 0.9
    assert found["mean_of_account_means"].value == pytest.approx(by_account.mean().mean())
    medians = by_account.apply(find_quantile)
    assert found["median_of_account_medians"].value == find_quantile(medians)
    slowest = hours[hours > found["percentile_90"].value].sum() / hours.sum()
    assert found["slowest_tenth"].value == pytest.approx(100 * slowest)
    assert found["mean"].value > found["median"].value
    for estimate in found.values():
        assert estimate.low < estimate.value < estimate.high
        assert estimate.interval_kind == "superpopulation"


def test_ten_times_the_questions_leave_every_interval_alone(answered):
    tenfold = pd.concat([answered] * 10, ignore_index=True)
    once, often = (
        response_time_accounts.summarise_answered(
            rows, ClusterDraws(rows["account_id"], 300, 1), 0.95
        )
        for rows in (answered, tenfold)
    )
    for measure, estimate in once.items():
        assert (estimate.low, estimate.high) == pytest.approx(
            (often[measure].low, often[measure].high)
        )
    narrow = [
        response_time_accounts.compare_intervals(
            rows, ClusterDraws(rows["account_id"], 300, 1), 0.95
        )
        for rows in (answered, tenfold)
    ]
    widths = [table["width_hours"].tolist() for table in narrow]
    assert widths[1][0] == pytest.approx(widths[0][0])
    assert widths[1][1] == pytest.approx(widths[0][1] / math.sqrt(10), rel=0.01)
    assert widths[0][0] > 1.3 * widths[0][1]


def test_one_account_has_estimates_but_no_intervals(waits):
    one = waits.rows[waits.rows["account_id"] == "account-7"].reset_index(drop=True)
    one = one[one["is_answered"]].reset_index(drop=True)
    draws = response_time_accounts.draw_accounts(one, 300, 1)
    assert (
        response_time_accounts.summarise_answered(one, draws, 0.95)["mean"].interval_kind == "none"
    )
    with pytest.raises(NotAnswerable, match="one account"):
        response_time_accounts.compare_intervals(one, draws, 0.95)


def test_slower_accounts_lengthen_every_measure(answered, answered_draws):
    slower = answered.assign(wait_hours=2 * answered["wait_hours"])
    before, after = (
        response_time_accounts.summarise_answered(rows, answered_draws, 0.95)
        for rows in (answered, slower)
    )
    for measure in response_time_accounts.ANSWERED_MEASURES:
        assert after[measure].value == pytest.approx(2 * before[measure].value)
        assert after[measure].high == pytest.approx(2 * before[measure].high)
    assert after["slowest_tenth"].value == pytest.approx(before["slowest_tenth"].value)


def test_classes_of_waits_hold_every_answer_once(answered):
    classes = response_time_accounts.class_waits(answered)
    assert classes["answers_percent"].sum() == pytest.approx(100)
    in_two = classes.loc[classes["to_hours"] <= 2, "answers_percent"].sum()
    assert in_two == pytest.approx(100 * (answered["wait_hours"] <= 2).mean())


def test_the_office_clock_takes_the_weekend_out(answered, answered_draws):
    clocks = response_time_accounts.compare_clocks(answered, answered_draws, 0.95)
    wall, office = clocks["wall"], clocks["office"]
    for measure in response_time_accounts.CLOCK_MEASURES:
        assert office[measure].value <= wall[measure].value
    assert wall["weekend_mean"].value > wall["other_mean"].value + 10
    assert abs(office["weekend_mean"].value - office["other_mean"].value) < 2
    table = response_time_accounts.tabulate_clocks(clocks)
    assert table["measure"].tolist() == list(response_time_accounts.CLOCK_MEASURES.values())
    assert table["answers"].iloc[-2:].sum() == len(answered)


def test_the_weekends_part_is_what_the_mean_loses_without_it(answered, answered_draws):
    part = response_time_accounts.weigh_weekend(answered, answered_draws, 0.95)
    other = answered[~answered["is_weekend"]]
    assert part.value == pytest.approx(answered["wait_hours"].mean() - other["wait_hours"].mean())
    # the same as the weekend's share times how much longer its questions wait
    clocks = response_time_accounts.compare_clocks(answered, answered_draws, 0.95)["wall"]
    share = answered["is_weekend"].mean()
    assert part.value == pytest.approx(
        share * (clocks["weekend_mean"].value - clocks["other_mean"].value)
    )
    assert 0 < part.low < part.value < part.high
    with pytest.raises(NotAnswerable, match="weekend"):
        response_time_accounts.weigh_weekend(
            other.reset_index(drop=True), response_time_accounts.draw_accounts(other, 300, 1), 0.95
        )


def test_leaving_out_an_account_is_dropping_its_rows(answered):
    found = response_time_accounts.leave_out_accounts(answered)
    means = [
        answered.loc[answered["account_id"] != account, "wait_hours"].mean()
        for account in answered["account_id"].unique()
    ]
    assert (found.low, found.high) == pytest.approx((min(means), max(means)))
    assert found.low < found.value < found.high


def test_a_calendar_keeps_waits_from_being_lognormal(answered):
    implied = response_time_accounts.imply_observed_median(answered)
    assert implied < 0.8 * find_quantile(answered["wait_hours"])
    smooth = answered.assign(
        wait_hours=np.exp(np.random.default_rng(1).normal(1, 1.5, len(answered)))
    )
    assert response_time_accounts.imply_observed_median(smooth) == pytest.approx(math.e, rel=0.15)
    with pytest.raises(NotAnswerable, match="two hours"):
        response_time_accounts.imply_observed_median(answered.assign(wait_hours=1.0))


# All questions -----------------------------------------------------------------------------------


def test_shares_of_all_questions_keep_those_left_open(questions, question_draws):
    found = response_time_accounts.summarise_questions(
        questions, question_draws, [2, 24, 72], 168, 0.95
    )
    hours, is_answered = questions["wait_hours"], questions["is_answered"]
    for threshold in (2, 24, 72):
        share = found[f"within_{threshold}"]
        assert share.value == pytest.approx(100 * (hours <= threshold).mean())
        assert share.value < 100 * (hours[is_answered] <= threshold).mean()
    shares = [found[f"within_{threshold}"].value for threshold in (2, 24, 72)]
    assert shares == sorted(shares)
    assert shares[-1] + found["open"].value <= 100
    assert found["median"].value > find_quantile(hours[is_answered])
    # Kaplan and Meier's estimator says the same where everyone is followed to the horizon
    curve = estimate_survival(
        np.where(is_answered, hours, questions["followed_hours"]), is_answered
    )
    assert found["restricted_mean"].value == pytest.approx(restrict_mean(curve, 168)[0])
    names = response_time_accounts.name_question_measures([2, 24, 72], 168)
    table = response_time_accounts.tabulate_estimates(found, names)
    assert len(table) == len(found) == 6


def test_a_median_that_is_never_reached_is_infinite(responses):
    mostly_open = make_waits(make_responses(seed=4, unanswered=0.7))
    questions = response_time_accounts.take_questions(mostly_open, 168)
    draws = response_time_accounts.draw_accounts(questions, 300, 2)
    found = response_time_accounts.summarise_questions(questions, draws, [2], 168, 0.95)
    assert found["median"].value == math.inf
    assert response_time_accounts.describe_hours(found["median"].value) == "not reached"
    assert found["restricted_mean"].value < 168


def test_short_follow_up_is_censored_and_not_counted_as_open():
    long, short = (make_waits(make_responses(tail_days=days)) for days in (30, 0))
    whole, cut = (
        response_time_accounts.estimate_open_ended(
            response_time_accounts.follow_questions(waits), 168
        )
        for waits in (long, short)
    )
    assert cut["questions"] == whole["questions"]
    assert cut["restricted_mean_hours"] == pytest.approx(whole["restricted_mean_hours"], rel=0.02)
    assert cut["median_hours"] == pytest.approx(whole["median_hours"], rel=0.05)


def test_questions_of_the_weekend_are_answered_later(questions, question_draws):
    compared = response_time_accounts.compare_weekend(questions, question_draws, [2, 24, 72], 0.95)
    assert (compared["difference_points"] < 0).all()
    assert (compared["high_points"].iloc[:2] < 0).all()
    assert (compared["p_holm"] >= compared["p_value"]).all()
    assert compared["p_holm"].iloc[:2].max() < 0.05
    weekend = questions[questions["is_weekend"]]
    assert compared["weekend_percent"].iloc[1] == pytest.approx(
        100 * (weekend["wait_hours"] <= 24).mean()
    )
    picked = response_time_accounts.pick_difference(compared, 24, len(questions), 0.95)
    assert picked.value == compared["difference_points"].iloc[1]


def test_a_p_value_at_its_floor_is_called_a_bound(questions, question_draws):
    compared = response_time_accounts.compare_weekend(questions, question_draws, [2, 24, 72], 0.95)
    # none of a thousand draws lies beyond zero: twice one in 1,001, and three tests
    assert compared["draws_beyond_zero"].iloc[0] == 0
    assert compared["p_holm"].iloc[0] == pytest.approx(6 / 1001)
    assert response_time_accounts.describe_adjusted_p(compared, 2) == "at most 0.006"
    known = compared.assign(draws_beyond_zero=[1, 1, 40], p_value=[4 / 1001, 4 / 1001, 0.08], p_holm=[12 / 1001, 12 / 1001, 0.08])  # fmt: skip
    assert response_time_accounts.describe_adjusted_p(known, 2) == "= 0.012"
    # beside a test at its floor, one above it keeps a value of its own
    mixed = known.assign(draws_beyond_zero=[0, 1, 40], p_value=[2 / 1001, 4 / 1001, 0.08], p_holm=[6 / 1001, 8 / 1001, 0.08])  # fmt: skip
    said = [response_time_accounts.describe_adjusted_p(mixed, hours) for hours in (2, 24, 72)]
    assert said == ["at most 0.006", "= 0.008", "= 0.080"]


def test_without_an_office_the_weekend_makes_no_difference():
    rng = np.random.default_rng(9)
    p_values = []
    for seed in rng.integers(0, 10_000, 8):
        waits = make_waits(make_responses(seed=int(seed), office_share=0.0, accounts=50))
        questions = response_time_accounts.take_questions(waits, 168)
        draws = response_time_accounts.draw_accounts(questions, 200, 1)
        compared = response_time_accounts.compare_weekend(questions, draws, [2, 24, 72], 0.95)
        p_values.append(compared["p_holm"].min())
    assert sum(p < 0.05 for p in p_values) <= 2


def test_a_weekend_without_questions_is_no_comparison(questions):
    rows = questions[~questions["is_weekend"]].reset_index(drop=True)
    with pytest.raises(NotAnswerable, match="two accounts"):
        response_time_accounts.compare_weekend(
            rows, response_time_accounts.draw_accounts(rows, 300, 1), [2], 0.95
        )


def test_weekday_curves_rise_to_the_share_answered(waits):
    followed = response_time_accounts.follow_questions(waits)
    curves = response_time_accounts.trace_weekdays(followed, 96)
    assert curves["weekday"].unique().tolist() == list(response_time_accounts.WEEKDAYS)
    by_day = curves.groupby("weekday")["answered_percent"]
    assert by_day.apply(lambda curve: curve.is_monotonic_increasing).all()
    at_a_day = curves[curves["hours"] == 24].set_index("weekday")["answered_percent"]
    assert at_a_day["Saturday"] < at_a_day["Tuesday"] - 10
    assert at_a_day["Friday"] < at_a_day["Tuesday"]
    assert curves.drop_duplicates("weekday")["questions"].sum() == len(followed)
    chi_squared, p_value = response_time_accounts.compare_weekdays(followed)
    assert chi_squared > 0
    assert p_value < 0.05
    with pytest.raises(NotAnswerable, match="one weekday"):
        response_time_accounts.compare_weekdays(followed[followed["weekday"] == 2])


def test_few_effective_accounts_are_called_few(answered):
    effective = response_time_accounts.count_effective_accounts(answered)
    assert 1 < effective < answered["account_id"].nunique()
    assert "too short" in response_time_accounts.judge_effective_accounts(12.0)
    assert "enough" in response_time_accounts.judge_effective_accounts(120.0)


# The figures and the notebook --------------------------------------------------------------------


def read_texts(figure):
    return [found.get_text() for found in figure.findobj(matplotlib.text.Text)]


def test_the_figures_draw_their_message_and_the_numbers_they_are_given(
    answered, answered_draws, waits
):
    said = {"title": "A message", "subtitle": "of", "source": "made up"}
    clocks = response_time_accounts.tabulate_clocks(
        response_time_accounts.compare_clocks(answered, answered_draws, 0.95)
    )
    curves = response_time_accounts.trace_weekdays(
        response_time_accounts.follow_questions(waits), 96
    )
    drawings = {
        "Median\n3.3 hours": plots.draw_waits(
            response_time_accounts.class_waits(answered),
            {"Median": 3.3, "Mean": 24.0},
            region="VL",
            **said,
        ),
        f"{clocks['wall_hours'][1]:.1f}": plots.draw_clocks(clocks, **said),
        "Monday to Thursday": plots.draw_weekdays(curves, **said),
        "Sunday": plots.draw_weekdays(curves[curves["weekday"] == "Sunday"], **said),
    }
    for text, figure in drawings.items():
        assert "A message" in read_texts(figure)
        assert text in read_texts(figure)


def test_a_mark_stands_in_the_class_of_its_time(answered):
    classes = response_time_accounts.class_waits(answered)
    places = [plots._place(hours, classes) for hours in (0.01, 1 / 12, 2, 2.01, 4, 167, 500)]
    assert places == sorted(places)
    edges = np.array(response_time.WAIT_CLASSES)
    assert [math.ceil(place) - 1 for place in places] == [
        int(np.searchsorted(edges, hours) - 1) for hours in (0.01, 1 / 12, 2, 2.01, 4, 167, 500)
    ]


def run_notebook(tmp_path, monkeypatch, figures, responses=None, *, draw=False, **parameters):
    """Run the notebook's own code as its runner does; return its claims and the parts left out."""
    if not draw:
        monkeypatch.setattr(report_module, "draw_svg", lambda figure: b"<svg/>")
    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path))
    monkeypatch.setattr(Report, "read", lambda report, table: {"figures": figures}[table])
    if responses is not None:
        level = make_level(responses)
        monkeypatch.setattr(account_level, "read_account_level", lambda study: level)
    notebook = nbformat.read(ROOT / "notebooks" / "06-response-time.ipynb", 4)
    study, names, left_out = parameters.pop("study", "demo"), {}, []
    for cell in notebook.cells:
        part = find_part(cell)
        if cell.cell_type != "code" or (left_out and part.startswith(tuple(left_out))):
            continue
        try:
            exec(cell.source, names)
        except NotAnswerable:
            assert part
            left_out.append(part)
        if "parameters" in cell.metadata.get("tags", []):
            assert set(parameters) <= set(names)
            names.update({"study": study} | parameters)
    results = tmp_path / "results" / study / "06-response-time.json"
    recorded = json.loads(results.read_text("utf-8"))
    return {claim["claim_id"]: claim for claim in recorded["claims"]}, left_out


PUBLISHED_CLAIMS = {"median-behind-mean", "median-bounds", "opening-hours"}


def test_the_notebook_answers_from_publications_alone(tmp_path, monkeypatch, figures):
    claims, left_out = run_notebook(tmp_path, monkeypatch, figures, study="published")
    assert left_out == ["account-level"]
    assert set(claims) == PUBLISHED_CLAIMS
    assert claims["median-behind-mean"]["value"] == pytest.approx(3.311451)
    assert "from 2 to 47.6 hours" in claims["median-bounds"]["sentence"]
    assert "open from 8:30 to 17:00" in claims["opening-hours"]["sentence"]


def test_the_notebook_asks_the_same_of_accounts(
    tmp_path, monkeypatch, figures, responses, answered
):
    claims, left_out = run_notebook(
        tmp_path, monkeypatch, figures, responses, draw=True, draws=300, opening_hour=9.0
    )
    assert left_out == []
    of_accounts = {name: claim for name, claim in claims.items() if name not in PUBLISHED_CLAIMS}
    assert len(of_accounts) == 7
    assert all(name.startswith("accounts-") for name in of_accounts)
    assert {claim["evidence"] for claim in of_accounts.values()} == {"SIMULATED"}
    assert claims["accounts-median-and-mean"]["value"] == pytest.approx(
        find_quantile(answered["wait_hours"]), rel=1e-6
    )
    assert "open from 9:00" in claims["opening-hours"]["sentence"]
    assert "(p at most 0.020, adjusted" in claims["accounts-weekend-in-time"]["sentence"]
    drawn = sorted(path.name for path in (tmp_path / "figures" / "demo").glob("*.svg"))
    assert drawn == [
        "06-SIMULATED-clocks.svg", "06-SIMULATED-waits.svg", "06-SIMULATED-weekdays.svg",
        "06-implied-waits.svg",
    ]  # fmt: skip


def test_the_first_claims_are_followed_by_how_many_accounts_they_rest_on(
    tmp_path, monkeypatch, figures, responses, answered, questions
):
    said = []
    monkeypatch.setattr(report_module, "_show", lambda markup, plain: said.append(plain))
    run_notebook(tmp_path, monkeypatch, figures, responses, draws=300)
    for start, rows in (("half came within", answered), ("had an answer within", questions)):
        position = next(i for i, text in enumerate(said) if start in text)
        number = response_time_accounts.count_effective_accounts(rows)
        assert f"spread as over {number:.0f} equal accounts" in said[position + 1]
        assert response_time_accounts.judge_effective_accounts(number) in said[position + 1]


def test_the_notebook_leaves_out_what_replies_alone_cannot_tell(
    tmp_path, monkeypatch, figures, responses
):
    only = responses[responses["answered_at"].notna()].assign(basis="reply only")
    claims, left_out = run_notebook(tmp_path, monkeypatch, figures, only, draws=300)
    assert left_out == ["account-level:questions"]
    assert "accounts-answered-shares" not in claims
    assert "accounts-office-clock" in claims


def test_the_notebook_runs_on_one_account(tmp_path, monkeypatch, figures, responses):
    one = responses[responses["account_id"] == "account-7"]
    claims, left_out = run_notebook(tmp_path, monkeypatch, figures, one, draws=300)
    assert left_out == ["account-level:questions:weekend", "account-level:answered:intervals"]
    assert claims["accounts-median-and-mean"]["interval"] == ""


def test_the_notebook_runs_where_hardly_anything_is_answered(
    tmp_path, monkeypatch, figures, responses
):
    few = responses.copy()
    few.loc[few.index[5:], "answered_at"] = pd.NaT
    claims, _ = run_notebook(tmp_path, monkeypatch, figures, few, draws=300)
    assert claims["accounts-answered-shares"]["value"] < 1
