"""Few forms of the public sector, users of platforms, and the ceiling that these put on reach."""

import dataclasses
import doctest
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.plots import public_sector as plots
from roeptoeter.published import read_figures
from roeptoeter.questionnaires import read_questionnaire
from roeptoeter.questions import public_sector, size_classes
from roeptoeter.questions import public_sector_answers as forms
from roeptoeter.questions.consistency import read_decisions
from roeptoeter.questions.survey_answers import Survey
from roeptoeter.registers import build_organisations

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


@pytest.fixture(scope="module")
def organisations():
    return build_organisations(ROOT / "data" / "raw" / "registers")


@pytest.fixture(scope="module")
def users(figures, organisations):
    return public_sector.build_user_series(figures, organisations)


@pytest.fixture(scope="module")
def compared(figures, organisations, users):
    return public_sector.compare_with_ceilings(figures, organisations, users)


def replace_number(figures, figure_id, number):
    return figures.assign(
        printed_number=figures["printed_number"].mask(figures["figure_id"].eq(figure_id), number)
    )


def test_the_examples_hold():
    assert doctest.testmod(public_sector).failed == 0
    assert doctest.testmod(forms).failed == 0


# ---- the printed counts ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure_id", "count", "low", "high"),
    [("F105", 33, 72.7, 94.2), ("F110", 21, 39.7, 69.9), ("F112", 14, 23.4, 52.7)],
)
def test_printed_counts_have_the_intervals_of_wilson(figures, figure_id, count, low, high):
    counts = public_sector.tabulate_counts(figures, 0.95)
    row = counts[counts["figure_id"].eq(figure_id) & counts["asked"].eq(38)].iloc[0]
    assert row["respondents"] == count
    assert row["low_percent"] == pytest.approx(low, abs=0.05)
    assert row["high_percent"] == pytest.approx(high, abs=0.05)


def test_the_direct_message_is_given_of_all_and_of_the_active(figures):
    counts = public_sector.tabulate_counts(figures, 0.95)
    rows = counts[counts["figure_id"].eq("F110")]
    assert rows["asked"].tolist() == [38, 33]
    assert rows["is_open"].all()
    assert rows["share_percent"].iloc[1] > rows["share_percent"].iloc[0]


def test_no_finite_population_narrows_the_interval(figures):
    counts = public_sector.tabulate_counts(figures, 0.95)
    estimate = public_sector.estimate_count(counts, "active on social media", 0.95)
    assert estimate.interval_kind == "superpopulation"
    assert "random sample" in estimate.estimand
    wider = public_sector.estimate_count(counts, "active on social media", 0.99)
    assert wider.low < estimate.low < estimate.high < wider.high


def test_a_count_above_the_respondents_is_refused(figures):
    with pytest.raises(InputError, match="F108: 39 of 38"):
        public_sector.tabulate_counts(replace_number(figures, "F108", 39), 0.95)


def test_two_counts_bound_those_who_have_both(figures):
    counts = public_sector.tabulate_counts(figures, 0.95)
    overlap = public_sector.bound_overlap(counts, "active on social media", "e-mail")
    assert (overlap.low, overlap.high) == (28, 33)
    little = public_sector.bound_overlap(counts, "Instagram", "gives too little information")
    assert (little.low, little.high) == (0, 14)


def test_idle_pages_are_read_both_ways(figures):
    pages = public_sector.read_idle_pages(figures, 0.95).set_index(["platform", "reading"])
    among, on_top = public_sector.AMONG, public_sector.ON_TOP
    expected = {
        ("Instagram", among): (20, 14, 6),
        ("Instagram", on_top): (26, 20, 6),
        ("LinkedIn", among): (25, 20, 5),
        ("LinkedIn", on_top): (30, 25, 5),
    }
    for key, numbers in expected.items():
        assert tuple(pages.loc[key, ["with_page", "kept_up", "idle"]]) == numbers
    assert pages.loc[("Instagram", among), "idle_percent"] == pytest.approx(30)
    assert pages.loc[("Instagram", on_top), "idle_percent"] == pytest.approx(100 * 6 / 26)
    known = pages.dropna(subset=["idle"])
    assert (known["kept_up"] + known["idle"] + known["without_page"]).eq(38).all()
    facebook = pages.loc["Facebook"].iloc[0]
    assert facebook["with_page"] == 33
    assert pd.isna(facebook["idle"])


def test_neither_reading_of_the_idle_pages_is_preferred(figures):
    pages = public_sector.read_idle_pages(figures, 0.95)
    idle = public_sector.estimate_idle(pages, "Instagram")
    kept_up = public_sector.estimate_kept_up(pages, "Instagram", 38)
    assert math.isnan(idle.value)
    assert math.isnan(kept_up.value)
    assert (round(idle.low), round(idle.high)) == (23, 30)
    assert (kept_up.low, kept_up.high) == (14, 20)
    assert {idle.interval_kind, kept_up.interval_kind} == {"sensitivity"}


def test_more_pages_than_respondents_are_refused(figures):
    with pytest.raises(InputError, match="F113: 19 idle pages of 39"):
        public_sector.read_idle_pages(replace_number(figures, "F113", 19), 0.95)


def test_municipalities_stand_beside_the_survey_each_with_what_differs(figures):
    beside = public_sector.set_beside_municipalities(figures)
    assert beside["figure_id"].iloc[-1] == "F105"
    assert beside["share_percent"].iloc[-1] == pytest.approx(100 * 33 / 38)
    assert beside["difference"].str.len().gt(20).all()
    assert beside["of_whom"].str.startswith("municipalities").sum() == len(beside) - 1
    recent = beside[beside["platform"].eq("any") & beside["measured_year"].ge(2015)]
    assert recent["share_percent"].iloc[:-1].gt(beside["share_percent"].iloc[-1]).all()


def test_the_statements_get_the_verdicts_of_the_checks(figures, organisations):
    checks = read_decisions(ROOT / "data" / "manual" / "checks.csv")
    table = public_sector.check_statements(checks, figures, organisations).set_index("check_id")
    assert table["verdict"].to_dict() == {
        "C86": "holds", "C87": "undecided", "C88": "not comparable", "C89": "undecided", "C90": "holds",
        "C91": "fails", "C92": "holds",
    }  # fmt: skip
    assert "640,000" in table.loc["C91", "computed"]
    assert table.loc["C86":"C89", "computed"].isna().all()


# ---- users of platforms ---------------------------------------------------------------------------------------


def point(users, platform, year):
    return users[users["platform"].eq(platform) & users["year"].eq(year)].iloc[0]


def test_the_finest_print_of_the_same_users_stands(users):
    row = point(users, "WhatsApp", 2019)
    assert row["users"] == 11_900_000
    assert row["figure_ids"] == "F097, F340"
    assert not users.duplicated(["platform", "year"]).any()


def test_a_printed_change_gives_the_year_before(users):
    facebook = point(users, "Facebook", 2018)
    assert facebook["users"] == 10_740_000
    assert facebook["basis"] == "printed change"
    # the rounding of the users and of the change add up
    assert facebook["users_low"] == 10_050_000 + 635_000
    assert facebook["users_high"] == 10_150_000 + 645_000
    # where the year before is printed too, the print stands, and the change agrees with it
    instagram = point(users, "Instagram", 2018)
    assert instagram["basis"] == "printed"
    assert instagram["users_low"] <= 4_900_000 - 830_000 < instagram["users_high"]


@pytest.mark.parametrize(
    ("platform", "start", "end", "growth", "yearly"),
    [
        ("Instagram", 2018, 2019, 19.5, 19.5),
        ("Instagram", 2017, 2020, 75.0, 20.5),
        ("Facebook", 2018, 2019, -6.0, -6.0),
        ("Facebook", 2016, 2020, 8.3, 2.0),
        ("Twitter", 2013, 2016, -21.2, -7.6),
    ],
)
def test_growth_comes_out_of_the_printed_users(users, platform, start, end, growth, yearly):
    whole = public_sector.estimate_growth(users, platform, start, end)
    rate = public_sector.estimate_yearly_growth(users, platform, start, end)
    assert whole.value == pytest.approx(growth, abs=0.05)
    assert rate.value == pytest.approx(yearly, abs=0.06)
    assert whole.low < whole.value < whole.high
    assert (1 + rate.value / 100) ** (end - start) == pytest.approx(1 + whole.value / 100)
    assert np.sign(rate.value) == np.sign(whole.value)


def test_yearly_steps_lead_from_the_first_point_to_the_last(users):
    steps = users[users["platform"].eq("Facebook")]
    factor = (1 + steps["growth_percent_per_year"].dropna() / 100).prod()
    assert factor == pytest.approx(10.4 / 9.6)
    assert steps["growth_percent_per_year"].isna().tolist() == [True, False, False, False, False]


def test_daily_users_are_a_share_of_the_users(users):
    daily = public_sector.estimate_daily(users, "Facebook", 2020)
    assert daily.value == pytest.approx(100 * 7.1 / 10.4)
    known = users.dropna(subset=["daily_percent"])
    assert known["daily_percent"].between(known["daily_low_percent"], known["daily_high_percent"]).all()  # fmt: skip
    assert known["daily_high_percent"].le(100).all()
    with pytest.raises(InputError, match="no daily users of YouTube in 2020"):
        public_sector.estimate_daily(users, "YouTube", 2020)


def test_a_number_printed_in_full_is_round_to_its_last_zero(users):
    tiktok = point(users, "TikTok", 2020)
    assert (tiktok["users_low"], tiktok["users_high"]) == (650_000, 750_000)


def test_the_ceiling_is_of_the_inhabitants_of_its_own_year(users, organisations):
    ceiling = public_sector.estimate_ceiling(users, "Facebook", 2016)
    dutch = organisations[organisations["region"].eq("NL") & organisations["edition_year"].eq(2016)]
    assert ceiling.value == pytest.approx(100 * 9_600_000 / dutch["population"].sum())
    assert round(ceiling.value) == 57
    with pytest.raises(InputError, match="no register of 2020"):
        public_sector.estimate_ceiling(users, "Facebook", 2020)
    with pytest.raises(InputError, match="no users of Facebook in 2014"):
        public_sector.estimate_ceiling(users, "Facebook", 2014)


def test_the_register_continued_has_more_inhabitants(organisations):
    growth = public_sector.project_inhabitants(organisations, 2020).value
    assert 1 < growth < 3
    assert public_sector.project_inhabitants(organisations, 2018).value == pytest.approx(
        100 * (math.sqrt(1 + growth / 100) - 1)
    )


# ---- reached and reachable ------------------------------------------------------------------------------------


def test_flemish_fans_are_a_fifth_of_the_reachable_at_most(compared, figures, organisations):
    admitted = size_classes.admit_counts(
        figures, size_classes.count_municipalities(figures, organisations)
    )
    reach = size_classes.estimate_reach(
        size_classes.read_reach(figures, organisations, admitted), "Facebook"
    )
    estimate = public_sector.estimate_reached(compared, "Flanders, Facebook")
    assert estimate.low == pytest.approx(100 * reach.low / 60)
    assert estimate.high == pytest.approx(100 * reach.high / 50)
    assert (round(estimate.low), round(estimate.high)) == (13, 21)
    assert estimate.interval_kind == "sensitivity"


def test_dutch_followers_of_2013_are_divided_by_users_of_2013(compared, organisations):
    dutch = organisations[organisations["region"].eq("NL") & organisations["edition_year"].eq(2013)]
    estimate = public_sector.estimate_reached(compared, "Netherlands, Twitter")
    assert estimate.value == pytest.approx(100 * 1485 * len(dutch) / 3_300_000)
    assert estimate.low < 100 * 1485 * len(dutch) * 397 / 411 / 3_300_000 < estimate.value


def test_a_lower_ceiling_means_more_of_the_reachable(figures, organisations, users):
    lower = replace_number(figures, "F064", 55)
    before = public_sector.compare_with_ceilings(figures, organisations, users).iloc[0]
    after = public_sector.compare_with_ceilings(lower, organisations, users).iloc[0]
    assert after["of_reachable_low_percent"] > before["of_reachable_low_percent"]
    assert after["of_reachable_high_percent"] == before["of_reachable_high_percent"]


def test_the_users_of_2015_lie_between_those_of_2013_and_2016(compared, users):
    row = compared[compared["year"].eq(2015)].iloc[0]
    for year in (2013, 2016):
        ceiling = public_sector.estimate_ceiling(users, "Twitter", year)
        assert row["ceiling_low_percent"] <= ceiling.value <= row["ceiling_high_percent"]
    assert math.isnan(row["ceiling_percent"])


# ---- own forms ------------------------------------------------------------------------------------------------


def make_survey(wide: pd.DataFrame) -> Survey:
    """Make a survey of a frame with a column an item or `item[option]`, as `Survey.tabulate` returns it."""
    form = read_questionnaire("public-sector")
    people = [f"r{place:03d}" for place in range(len(wide))]
    rows = []
    for name in wide:
        item, _, option = name.rstrip("]").partition("[")
        for person, given in zip(people, wide[name], strict=True):
            missing = given is None or given != given
            rows.append(
                {
                    "wave": "2019", "respondent_id": person, "item": item, "option": option,
                    "code": given if isinstance(given, str) else None,
                    "number": math.nan if missing or isinstance(given, str) else float(given),
                    "is_shown": True, "is_answered": not missing,
                }
            )  # fmt: skip
    respondents = pd.DataFrame({"wave": "2019", "respondent_id": people})
    for column in ("organisation", "is_known", "population", "size_class", "province", "weight"):
        respondents[column] = None
    return Survey(None, form, respondents, pd.DataFrame(rows), pd.DataFrame(), pd.DataFrame())


def fill(yes: int, n: int = 40) -> list[float]:
    return [1.0] * yes + [0.0] * (n - yes)


@pytest.fixture(scope="module")
def survey():
    # pages: of 40, 26 named Instagram, 12 of these idle; LinkedIn: 20 named and kept up, 14 idle besides them
    return make_survey(
        pd.DataFrame(
            {
                "is_active": fill(36),
                "offers_direct_messages": fill(22),
                "offers_email": fill(40),
                "too_little_information": [*fill(15, 38), None, None],
                "channels[instagram]": fill(26),
                "channels[linkedin]": fill(20),
                "upkeep_instagram": ["idle"] * 12 + ["active"] * 14 + ["none"] * 14,
                "upkeep_linkedin": ["active"] * 20 + ["idle"] * 14 + ["none"] * 6,
                "knowledge_of_staff": [3.0] * 40,
                "knowledge_of_leaders": [2.0] * 15 + [3.0] * 15 + [4.0] * 10,
                "needs": [20.0] * 30 + [None] * 10,
                "needs[time]": [*fill(14, 30)] + [None] * 10,
                "needs[fear]": [*fill(4, 30)] + [None] * 10,
            }
        )
    )


def tabulate(survey, figures, smallest_group=10):
    return forms.tabulate_answers(
        survey, "2019", confidence=0.95, smallest_group=smallest_group, figures=figures
    )


def test_own_counts_stand_beside_the_printed_ones(survey, figures):
    answers = tabulate(survey, figures).set_index(["item", "option"])
    row = answers.loc[("offers_direct_messages", "")]
    assert (row["respondents"], row["answered"], row["printed_respondents"]) == (22, 40, 21)
    assert answers.loc[("too_little_information", ""), "answered"] == 38
    assert answers.loc[("channels", "linkedin"), "printed_respondents"] == 25
    estimate = forms.estimate_answer(answers.reset_index(), "offers_direct_messages", 0.95)
    assert estimate.value == pytest.approx(55)
    assert estimate.n == 40


def test_those_who_differ_are_hidden_as_well(survey, figures):
    answers = tabulate(survey, figures)
    active = answers[answers["item"].eq("is_active")].iloc[0]
    # 36 say yes, so that 4 do not: neither number is shown, nor anything computed from it
    assert active["is_hidden"]
    hidden = ["respondents", "answered", "share_percent", "low_percent", "high_percent"]
    assert active[hidden].isna().all()
    with pytest.raises(NotAnswerable, match="too few"):
        forms.estimate_answer(answers, "is_active", 0.95)
    # everybody can be mailed: nobody is left who could be found
    assert answers.loc[answers["item"].eq("offers_email"), "respondents"].iloc[0] == 40
    assert tabulate(survey, figures, smallest_group=4)["is_hidden"].sum() == 0
    assert forms.count_hidden(answers).value == 1


@pytest.mark.parametrize("yes", [0, 1, 9, 10, 11, 29, 30, 31, 39, 40])
def test_no_count_below_the_threshold_is_shown_on_either_side(figures, yes):
    answers = tabulate(make_survey(pd.DataFrame({"is_active": fill(yes)})), figures)
    row = answers.iloc[0]
    is_small = 0 < yes < 10 or 0 < 40 - yes < 10
    assert row["is_hidden"] == is_small
    assert pd.isna(row["respondents"]) == is_small


def test_a_base_below_the_threshold_hides_even_a_zero(figures):
    few = make_survey(pd.DataFrame({"is_active": [0.0] * 6 + [None] * 34}))
    assert tabulate(few, figures)["is_hidden"].all()
    with pytest.raises(NotAnswerable, match="too few"):
        forms.select_shown(tabulate(few, figures))


def test_channel_by_upkeep_hides_what_the_row_would_tell(survey):
    table = forms.cross_upkeep(survey, "2019", 10).set_index(["platform", "channel"])
    instagram = table.loc[("Instagram", "named")]
    assert instagram[["actively", "not actively", "no page"]].tolist() == [14, 12, 0]
    beside = table.loc[("LinkedIn", "not named")]
    # 14 idle and 6 without a page: the row's sum is the count of those who did not name LinkedIn, so both are hidden
    assert beside[["not actively", "no page"]].isna().all()
    assert beside["actively"] == 0
    whole = forms.cross_upkeep(survey, "2019", 2).set_index(["platform", "channel"])
    assert whole.loc[("LinkedIn", "not named"), "not actively"] == 14
    assert whole[["actively", "not actively", "no page"]].sum().sum() == 80


def test_idle_pages_are_found_among_and_besides_the_named(survey):
    # twelve with an idle Instagram page named it; fourteen with an idle LinkedIn page did not name that
    estimate = forms.estimate_idle_named(survey, "2019", 10)
    assert (estimate.value, estimate.n) == (12, 26)
    with pytest.raises(NotAnswerable, match="fewer than 13"):
        forms.estimate_idle_named(survey, "2019", 13)
    kept_up = make_survey(
        pd.DataFrame({"channels[instagram]": fill(40), "upkeep_instagram": ["active"] * 40})
    )
    with pytest.raises(NotAnswerable, match="nobody"):
        forms.estimate_idle_named(kept_up, "2019", 10)


def test_leaders_below_the_staff_are_counted_in_pairs(survey):
    knowledge = forms.compare_knowledge(survey, "2019", 10)
    assert knowledge["respondents"].tolist() == [15, 15, 10]
    share, p = forms.weigh_signs(knowledge, 0.95)
    assert share.value == pytest.approx(60)
    assert share.n == 25
    # the exact sign test of 15 against 10: twice the upper tail of 25 fair coins
    tail = sum(math.comb(25, heads) for heads in range(15, 26)) / 2**25
    assert p == pytest.approx(2 * tail)
    means = forms.average_knowledge(survey, "2019", 10)
    assert means["leaders"] == pytest.approx((15 * 2 + 15 * 3 + 10 * 4) / 40)


def test_the_sign_test_turns_with_the_sign(survey):
    knowledge = forms.compare_knowledge(survey, "2019", 10)
    turned = knowledge.assign(respondents=knowledge["respondents"].to_numpy()[::-1])
    share, p = forms.weigh_signs(knowledge, 0.95)
    other, same_p = forms.weigh_signs(turned, 0.95)
    assert other.value == pytest.approx(100 - share.value)
    assert same_p == pytest.approx(p)


def test_the_sign_test_is_not_told_where_a_group_is_hidden(survey):
    knowledge = forms.compare_knowledge(survey, "2019", 11)
    assert knowledge["is_hidden"].sum() >= 2
    with pytest.raises(NotAnswerable, match="too few"):
        forms.weigh_signs(knowledge, 0.95)


def test_needs_are_counted_by_code_and_small_ones_hidden(survey):
    needs = forms.count_needs(survey, "2019", 10).set_index("code")
    assert needs.loc["time", "respondents"] == 14
    assert needs.loc["time", "share_percent"] == pytest.approx(100 * 14 / 30)
    assert needs.loc["fear", ["respondents", "share_percent"]].isna().all()
    with pytest.raises(NotAnswerable, match="any one code"):
        forms.count_needs(survey, "2019", 15)
    with pytest.raises(NotAnswerable, match="no open item 'channels'"):
        forms.count_needs(survey, "2019", 10, "channels")


def test_forms_without_the_items_are_told_which(figures):
    bare = make_survey(pd.DataFrame({"upkeep_facebook": ["active"] * 40}))
    with pytest.raises(NotAnswerable, match="no yes-or-no item"):
        tabulate(bare, figures)
    with pytest.raises(NotAnswerable, match="upkeep_<channel>"):
        forms.cross_upkeep(bare, "2019", 10)
    with pytest.raises(NotAnswerable, match="knowledge_of_staff and knowledge_of_leaders"):
        forms.compare_knowledge(bare, "2019", 10)
    with pytest.raises(NotAnswerable, match="no coded answers"):
        forms.count_needs(bare, "2019", 10)
    named = dataclasses.replace(bare, study=SimpleNamespace(name="own"))
    with pytest.raises(NotAnswerable, match="no answers to wave '2024'"):
        forms.count_respondents(named, "2024", 10)
    assert forms.count_respondents(bare, "2019", 10).value == 40


# ---- own accounts under the ceiling ---------------------------------------------------------------------------


@pytest.fixture
def accounts():
    return pd.DataFrame(
        {
            "size_class": ["below_20000", "below_20000", "above_50000"],
            "population": [10_000, 10_000, 80_000],
            "followers": [2_000.0, np.nan, 8_000.0],
        }
    )


def test_followers_are_held_under_the_ceiling(accounts, figures, organisations):
    ceiling = forms.find_ceiling(
        figures, organisations, platform="Facebook", region="VL", year=2016
    )
    assert (ceiling.low, ceiling.high) == (50, 60)
    table = forms.compare_accounts(accounts, ceiling).set_index("size_class")
    small = table.loc["below_20000"]
    assert (small["organisations"], small["with_followers"]) == (2, 1)
    assert small["reached_percent"] == pytest.approx(10)
    assert small["reached_holders_percent"] == pytest.approx(20)
    assert small["of_reachable_low_percent"] == pytest.approx(100 * 10 / 60)
    assert small["of_reachable_high_percent"] == pytest.approx(100 * 20 / 50)
    assert table.loc["all", "followers"] == 10_000
    estimate = forms.estimate_accounts_reached(table.reset_index(), ceiling)
    assert estimate.low == pytest.approx(100 * 10 / 60)
    assert estimate.n == 2


def test_a_ceiling_that_nobody_printed_is_refused(accounts, figures, organisations):
    dutch = forms.find_ceiling(figures, organisations, platform="Twitter", region="NL", year=2016)
    assert round(dutch.value) == 15
    for region, year in (("NL", 2014), ("VL", 2014)):
        with pytest.raises(NotAnswerable, match="name another"):
            forms.find_ceiling(figures, organisations, platform="Twitter", region=region, year=year)
    with pytest.raises(NotAnswerable, match="no account's followers"):
        forms.compare_accounts(accounts.assign(followers=np.nan), dutch)


# ---- figures --------------------------------------------------------------------------------------------------


def test_figures_draw_what_the_tables_hold(figures, users, compared, survey):
    words = {"title": "A title", "subtitle": "What is shown", "source": "Source: a test"}
    counts = public_sector.tabulate_counts(figures, 0.95)
    axes = plots.draw_counts(counts, **words).axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert "21 of 38" in texts
    assert "21 of 33" in texts
    shown = forms.select_shown(tabulate(survey, figures))
    rings = plots.draw_counts(shown, printed="printed_respondents", **words).axes[0]
    assert "22 of 40" in [text.get_text() for text in rings.texts]
    lines = plots.draw_users(users, first=2016, **words).axes[0]
    assert "Instagram 5.6" in [text.get_text() for text in lines.texts]
    bars = plots.draw_ceilings(compared, **words).axes[0]
    assert "13–21%" in [text.get_text() for text in bars.texts]
    assert len(bars.get_yticks()) == len(compared)
