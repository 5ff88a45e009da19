"""What the printed answers of the staff bear: the published figures, the registers and the declared questionnaire."""

import math

import pytest
from conftest import ROOT

from roeptoeter.errors import InputError
from roeptoeter.plots import questionnaires as plots
from roeptoeter.plots.style import draw_svg
from roeptoeter.published import read_figures
from roeptoeter.questionnaires import read_questionnaire
from roeptoeter.questions import questionnaires_published as printed
from roeptoeter.registers import build_organisations


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


@pytest.fixture(scope="module")
def organisations():
    return build_organisations(ROOT / "data" / "raw" / "registers")


@pytest.fixture(scope="module")
def form():
    return read_questionnaire(printed.FORM)


@pytest.fixture(scope="module")
def items(figures, form):
    return printed.describe_items(figures, form)


@pytest.fixture(scope="module")
def conversation(figures, organisations):
    return printed.bound_conversation(figures, organisations)


@pytest.fixture(scope="module")
def responses(figures, organisations):
    return printed.compare_responses(figures, organisations)


def change(figures, figure_id, **values):
    """Return the figures with another print of one of them."""
    changed = figures.copy()
    for column, value in values.items():
        changed.loc[changed["figure_id"].eq(figure_id), column] = value
    return changed


# ---- numbers written to -----------------------------------------------------------------------------------------


def test_the_flemish_letters_of_2016_follow_from_the_print(figures):
    letters = printed.take_letters(printed.recover_bases(figures))
    assert letters.to_dict() == {
        "municipality": 241,
        "ocmw": 181,
        "police_zone": 117,
        "rescue_zone": 20,
    }


def test_every_number_up_to_the_highest_is_tried(figures):
    recovered = printed.recover_bases(figures).set_index("figure_id")
    for row in recovered.itertuples():
        decimals = 10**row.printed_decimals
        fit = [
            n
            for n in range(row.answers, row.tried_to + 1)
            # half up on whole numbers: floor(100 k 10^d / n + 1/2)
            if (200 * row.answers * decimals + n) // (2 * n)
            == round(row.printed_percentage * decimals)
        ]
        assert len(fit) == row.bases
        if fit:
            assert (fit[0], fit[-1]) == (row.lowest_base, row.highest_base)
    assert recovered.loc["F231", "lowest_base"] == recovered.loc["F231", "highest_base"] == 308
    assert recovered.loc["F003", "bases"] > 1
    assert recovered.loc["F235", "bases"] == 0  # cut off instead of rounded
    assert printed.count_recovered(recovered).value == 5


def test_a_percentage_with_fewer_decimals_leaves_no_single_number(figures):
    coarse = change(figures, "F038", printed_number=49.0, printed_decimals=0)
    with pytest.raises(InputError, match=r"F037.*decimals"):
        printed.take_letters(printed.recover_bases(coarse))


# ---- three intervals --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("figure_id", "count", "base", "sample", "asked", "worst"),
    [
        ("F014", 183, 210, (0.819, 0.910), (0.837, 0.900), (0.45, 0.93)),
        ("F021", 147, 210, (0.635, 0.758), (0.655, 0.741), (0.36, 0.84)),
        ("F065", 88, 113, (0.694, 0.845), (0.718, 0.829), (0.37, 0.90)),
        ("F067", 17, 113, (0.096, 0.228), (0.109, 0.205), (0.07, 0.60)),
        ("F068", 27, 113, (0.170, 0.325), (0.186, 0.301), (0.11, 0.64)),
        ("F069", 41, 113, (0.280, 0.455), (0.301, 0.429), (0.17, 0.70)),
        ("F079", 74, 119, (0.532, 0.704), (0.558, 0.682), (0.31, 0.81)),
        ("F080", 64, 119, (0.448, 0.625), (0.474, 0.601), (0.27, 0.77)),
        ("F081", 62, 119, (0.432, 0.609), (0.457, 0.584), (0.26, 0.76)),
        ("F078", 81, 119, (0.592, 0.758), (0.618, 0.737), (0.34, 0.84)),
    ],
)
def test_the_three_intervals_of_the_printed_answers(
    items, figure_id, count, base, sample, asked, worst
):
    row = items.set_index("figure_id").loc[figure_id]
    assert (row["count"], row["base"]) == (count, base)
    assert (row["sample_low_percent"], row["sample_high_percent"]) == pytest.approx(
        (100 * sample[0], 100 * sample[1]), abs=0.051
    )
    assert (row["asked_low_percent"], row["asked_high_percent"]) == pytest.approx(
        (100 * asked[0], 100 * asked[1]), abs=0.051
    )
    assert (row["worst_low_percent"], row["worst_high_percent"]) == pytest.approx(
        (100 * worst[0], 100 * worst[1]), abs=0.51
    )


@pytest.mark.parametrize(
    ("figure_id", "low", "high"),
    [("F105", 0.727, 0.942), ("F110", 0.397, 0.699), ("F112", 0.234, 0.527)],
)
def test_where_nobody_knows_how_many_were_asked_there_is_a_sample_only(items, figure_id, low, high):
    estimate = printed.estimate_item(items, figure_id, "as a sample")
    assert (estimate.low, estimate.high) == pytest.approx((100 * low, 100 * high), abs=0.051)
    assert estimate.interval_kind == "superpopulation"
    for reading in ("as a sample of those asked", "whatever the others would say"):
        with pytest.raises(InputError, match=figure_id):
            printed.estimate_item(items, figure_id, reading)


def test_the_kinds_of_interval_are_not_merged(items):
    kinds = [printed.estimate_item(items, "F014", name).interval_kind for name in printed.READINGS]
    assert kinds == ["superpopulation", "finite population", "sensitivity"]
    assert printed.estimate_item(items, "F014", "whatever the others would say").confidence is None


def test_the_intervals_lie_within_one_another(items):
    known = items[items["asked"].notna()]
    assert len(known) == 29
    assert known["sample_low_percent"].lt(known["asked_low_percent"]).all()
    assert known["sample_high_percent"].gt(known["asked_high_percent"]).all()
    worst = known["worst_high_percent"] - known["worst_low_percent"]
    expected = 100 * (1 - known["base"] / known["asked"].astype(int))
    assert worst.to_list() == pytest.approx(expected.to_list())
    assert items["count"].between(items["lowest_count"], items["highest_count"]).all()


def test_a_higher_level_widens_chance_and_not_the_worst_case(figures, form, items):
    wider = printed.describe_items(figures, form, 0.99)
    assert wider["sample_low_percent"].lt(items["sample_low_percent"]).all()
    assert wider["worst_low_percent"].equals(items["worst_low_percent"])


def test_every_figure_that_the_form_names_is_shown_or_left_out_with_a_reason(figures, form, items):
    left = printed.list_left_out(figures, form)
    listed = set(", ".join(left["figure_ids"]).split(", "))
    named = set(printed._map_items(form))
    assert named <= set(items["figure_id"]) | listed
    assert not set(items["figure_id"]) & listed
    assert named & listed == {"F077"}  # "three in four": a fraction
    reasons = left.set_index("reason")["figure_ids"]
    assert reasons["no whole number of the respondents is printed so"] == "F241"
    assert left["figures"].sum() == len(listed)


def test_an_assumed_base_is_that_of_those_shown_the_item(items):
    assumed = items[items["base_from"].eq("assumed")].set_index("figure_id")["base"]
    assert (assumed["F071"], assumed["F075"]) == (113, 113)
    assert (assumed["F078"], assumed["F079"], assumed["F009"]) == (119, 119, 210)


def test_another_base_moves_the_worst_case_more_than_the_share(figures, form):
    varied = printed.vary_base(figures, form)
    assert set(varied["base"]) == {113, 119, 198}
    assert varied.groupby("figure_id").size().to_dict() == {
        "F071": 2, "F075": 2, "F078": 3, "F079": 3, "F080": 3, "F081": 3,
    }  # fmt: skip
    knowledge = varied[varied["figure_id"].eq("F079")].set_index("base")
    assert knowledge.loc[198, "asked"] == 241 + 181 + 117 + 20
    assert knowledge["lowest_count"].to_dict() == {113: 70, 119: 74, 198: 122}
    assert knowledge.loc[198, "worst_low_percent"] < knowledge.loc[119, "worst_low_percent"]


def test_leaving_out_the_inactive_narrows_the_worst_case(items):
    sharp = printed.narrow_by_inactive(items, "F065")
    wide = printed.estimate_item(items, "F065", "whatever the others would say")
    assert wide.low < sharp.low < sharp.high < wide.high
    # 6 of 119 are not active, so at most 235 of 241 are
    assert (sharp.low, sharp.high) == pytest.approx((100 * 88 / 235, 100 * 210 / 235))


def test_non_response_leaves_more_open_than_chance(items):
    widths = printed.measure_widths(items)
    assert widths["asked"] < widths["sample"] < widths["worst"]
    assert widths["items"] == 29
    ratio = printed.estimate_width_ratio(widths, items)
    assert 1 < ratio.low <= ratio.value <= ratio.high


# ---- response, activity, behaviour ------------------------------------------------------------------------------


def test_fewer_answered_although_the_percentage_rose(responses):
    before, after = responses.to_dict("records")
    assert (before["answered"], after["answered"]) == (129, 119)
    assert (before["written_to"], after["written_to"]) == (308, 241)
    assert (before["not_written_to"], after["not_written_to"]) == (0, 67)
    assert (before["printed_percent"], after["printed_percent"]) == (41.88, 49.4)
    for row in (before, after):
        assert row["answered"] + row["silent"] + row["not_written_to"] == row["municipalities"]
    moved = printed.estimate_response_change(responses)
    assert moved.value == moved.low == pytest.approx(-100 * 10 / 308)
    assert moved.high == pytest.approx(100 * (119 + 67 - 129) / 308)


def test_activity_and_census_can_both_be_right(figures, organisations):
    activity = printed.compare_activity(figures, organisations)
    facebook = printed.estimate_others_present(activity, "Facebook")
    # 73% of 308 is at least 224; at most all 119 respondents among them, active or not
    assert facebook.low == pytest.approx(100 * (224 - 119) / 189)
    assert facebook.high == 100
    twitter = printed.estimate_others_present(activity, "Twitter")
    assert twitter.low < facebook.low
    assert math.isnan(twitter.value)


def test_the_accounts_leave_less_room_than_is_said(items, conversation):
    most = conversation.set_index("platform")
    # C49 of the consistency checks, with the largest counts that rounding admits
    assert most.loc["Facebook", "most_percent"] == pytest.approx(100 * (67 + 95) / 308)
    assert 52 < most.loc["Facebook", "most_percent"] < 53
    assert most.loc["either", "most_percent"] == pytest.approx(100 * (67 + 24 + 95) / 308)
    assert most.loc["Twitter", "if_all_larger_percent"] == pytest.approx(100 * (24 + 95) / 308)
    # on Twitter 62 of the 83 middle and all 12 large ones have an account
    assert most.loc["Twitter", "most"] == 24 + 62 + 12
    said = printed.estimate_item(items, "F065", "as a sample")
    assert most["most_percent"].max() < said.low
    assert most["least"].le(most["most"]).all()


def test_more_interacting_small_ones_leave_more_room(figures, organisations, conversation):
    more = printed.bound_conversation(change(figures, "F055", printed_number=40.0), organisations)
    assert more["most"].tolist()[0] > conversation["most"].tolist()[0]
    assert more["most"].tolist()[1] == conversation["most"].tolist()[1]


def test_what_is_left_for_the_others(items, conversation):
    left = printed.combine_report_with_accounts(items, conversation)
    assert (left.low, left.n) == (0, 220)
    assert left.high == pytest.approx(100 * (186 - 88) / 220)


def test_saying_and_showing_stand_beside_each_other(figures, organisations, items):
    rows = printed.confront_reports(figures, organisations, items)
    said, seen = rows[rows["kind"].eq("said")], rows[rows["kind"].eq("seen")]
    assert len(said) == 2
    assert seen["percent"].tolist()[-1] == pytest.approx(100 * 290 / 408)
    # nobody is asked who was not: the Flemish worst case is over all 308
    assert said["worst_low_percent"].iloc[0] == pytest.approx(100 * 88 / 308)
    for place, part in rows.groupby("place"):
        reached = part["low_percent"][part["kind"].eq("seen")].max()
        most = part["high_percent"][part["kind"].eq("seen")].max()
        assert part["low_percent"][part["kind"].eq("said")].item() > most, place
        assert part["worst_low_percent"].max() <= most, place
        assert reached <= most


def test_the_test_question_is_counted(figures):
    assert printed.count_test_answers(figures) == {
        "twitter_answered": 22, "twitter_asked": 25, "facebook_answered": 9, "facebook_asked": 23,
    }  # fmt: skip


# ---- barriers and few answers -----------------------------------------------------------------------------------


def test_the_order_of_the_barriers_hangs_on_the_joint_table(figures, form):
    barriers = printed.compare_barriers(figures, form)
    assert barriers[["first_count", "second_count"]].to_numpy().tolist() == [
        [74, 64], [74, 62], [64, 62],
    ]  # fmt: skip
    lead = printed.estimate_barrier_lead(barriers)
    assert lead.value == pytest.approx(100 * 10 / 119)
    assert (lead.low, lead.high) == pytest.approx((-8, 24), abs=0.5)
    first = barriers.iloc[0]
    assert (first["most_low_points"], first["most_high_points"]) == pytest.approx((3, 13), abs=0.6)
    assert (first["fewest_both"], first["most_both"]) == (19, 64)
    assert first["fewest_both"] < first["needed_both"] < first["most_both"]
    assert barriers["needed_both"].isna().tolist() == [False, False, True]
    said = printed.say_needed_overlaps(barriers)
    assert "at least 57 of the 64 who" in said
    assert "Lack of time and lack of budget cannot be told apart" in said


def test_without_a_sure_lead_none_is_claimed(figures, form):
    # all but certain, no overlap makes any lead sure
    barriers = printed.compare_barriers(figures, form, 0.99999)
    assert barriers["needed_both"].isna().all()
    assert printed.say_needed_overlaps(barriers).count("cannot be told apart") == 3


def test_some_respondents_named_several_barriers(figures, form):
    two = printed.bound_several_barriers(figures, form, 2)
    one = printed.bound_several_barriers(figures, form, 1)
    assert (two.low, two.high) == (41, 100)
    assert (one.low, one.high) == (74, 119)
    assert two.unit == "respondents"


def test_five_answers_are_told_as_counts(figures):
    outcomes = printed.read_few_answers(figures, printed.recover_bases(figures))
    assert outcomes["say_so"].tolist() == [0, 1, 2, 3, 4, 5]
    assert not [column for column in outcomes if "percent" in column]
    assert (outcomes["fewest"].iloc[-1], outcomes["most"].iloc[-1]) == (11, 20)
    assert (outcomes["most"] + outcomes["fewest"].iloc[::-1].to_numpy()).eq(20).all()
    few = printed.estimate_few_answers(outcomes)
    assert (few.low, few.unit, few.n) == (11, "rescue zones", 5)


# ---- what is refused, and the figures ---------------------------------------------------------------------------


def test_an_unknown_figure_is_refused(items):
    with pytest.raises(InputError, match="F046"):
        printed.estimate_item(items, "F046", "as a sample")


def test_more_letters_than_municipalities_are_refused(figures, organisations):
    with pytest.raises(InputError, match="F037"):
        printed.compare_responses(change(figures, "F038", printed_number=34.2), organisations)


def test_the_figures_are_drawn_with_their_values(figures, organisations, items, responses):
    drawn = items[items["in_form"] & items["asked"].notna()]
    words = {"title": "A title", "source": "A source"}
    three = plots.draw_three_intervals(drawn, confidence=0.95, **words)
    assert len(three.axes[0].get_yticklabels()) == len(drawn) == 15
    said = plots.draw_reports_and_accounts(
        printed.confront_reports(figures, organisations, items), confidence=0.95, **words
    )
    texts = " ".join(text.get_text() for text in said.axes[0].texts)
    assert "at most 60%" in texts
    assert "78%" in texts
    answered = plots.draw_responses(responses, **words)
    texts = " ".join(text.get_text() for text in answered.axes[0].texts)
    assert "129 answered" in texts
    assert "67\nnot written to" in texts
    assert draw_svg(answered).startswith(b"<?xml")
