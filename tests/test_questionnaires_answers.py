"""A study's own answers: what is estimated of them, what is refused, and that no small group is shown."""

import contextlib
import dataclasses
import datetime as dt
import json
import re

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.survey_samples import mcnemar_test
from roeptoeter.plots import questionnaires_answers as plots
from roeptoeter.plots.style import draw_svg
from roeptoeter.questionnaires import Questionnaire, read_questionnaire
from roeptoeter.questions import questionnaires_answers as on_answers
from roeptoeter.questions import questionnaires_behaviour as on_behaviour
from roeptoeter.questions import questionnaires_items as on_items
from roeptoeter.questions import questionnaires_options as on_options
from roeptoeter.questions import questionnaires_waves as on_waves
from roeptoeter.questions.account_level import AccountLevel, tabulate_organisations
from roeptoeter.questions.survey_answers import Survey
from roeptoeter.registers import SIZE_CLASSES
from roeptoeter.study import Study, Window

STUDY = Study(
    name="made-up", title="A study", evidence="measured",
    windows=[Window(edition="2014 Q2", start=dt.date(2014, 4, 1), end=dt.date(2014, 6, 30))],
)  # fmt: skip
SIZES = dict(zip(SIZE_CLASSES, (9_000, 30_000, 120_000), strict=True))


def words(text):
    return {"nl": text, "en": text}


def item(kind, *options, **more):
    declared = {"topic": "t", "kind": kind, "wording": words(f"{kind}?")} | more
    return declared | ({"options": {code: words(code) for code in options}} if options else {})


FORM = Questionnaire(
    name="made-up",
    title=words("Made up"),
    topics={"t": words("Topic")},
    waves={
        "1": {"region": "NL", "organisation_type": "municipality", "register_year": 2013},
        "2": {
            "region": "NL", "organisation_type": "municipality", "register_year": 2014, "edition": "2014 Q2",
            "may_link": True,
        },
        "elsewhere": {"region": "VL", "organisation_type": "municipality"},
    },
    items={
        "answers": item("yes_no"),
        "asked": item("yes_no", asked_if={"answers": ["Y"]}),
        "reasons": item("multiple", "a", "b", "c"),
        "upkeep": item("single", "x", "y", "z"),
        "often": item("scale", "1", "2", "3"),
        "mark": item("scale", lowest=1, highest=10),
        "remark": item("open", codebook="needs"),
        "late": item("yes_no", waves=["2"]),
    },
)  # fmt: skip


def make_survey(
    rng, respondents=(80, 90), organisations=150, form=FORM, known=True, frame=True, answered=0.95, yes=None, weights=False
):  # fmt: skip
    """Make answers of the organisations of a frame; the large ones answer more often and say yes more often."""
    classes = rng.choice(SIZE_CLASSES, organisations, p=[0.5, 0.38, 0.12])
    register = pd.DataFrame(
        {
            "organisation": [f"GM{code:04d}" for code in range(organisations)],
            "name": "Someplace", "region": "NL", "organisation_type": "municipality", "province": "P",
            "population": pd.array([SIZES[name] for name in classes], dtype="Int64"), "size_class": classes,
        }
    )  # fmt: skip
    waves = [name for name in form.waves if name != "elsewhere"]
    people, answers, frames = [], [], []
    for wave, number in zip(waves, respondents, strict=False):
        number = min(number, organisations)
        willing = rng.gumbel(size=organisations) + np.log2(register["population"].astype(float)) / 4
        chosen = register.iloc[np.sort(np.argsort(-willing)[:number])]
        own = chosen.assign(wave=wave, is_known=known, respondent_id=[f"{wave}-{place:03d}" for place in range(number)])  # fmt: skip
        own["weight"] = rng.uniform(0.5, 2, number) if weights else np.nan
        if not known:
            own[["organisation", "size_class", "province"]] = None
            own["population"] = pd.NA
        people.append(own)
        frames.append(
            register.assign(
                wave=wave, has_answered=register["organisation"].isin(own["organisation"])
            )
        )
        answers += fill_in(rng, form, wave, own.assign(size_class=chosen["size_class"]), answered, yes)  # fmt: skip
    frames = pd.concat(frames, ignore_index=True)
    return Survey(
        STUDY, form, pd.concat(people, ignore_index=True), pd.DataFrame(answers), frames if frame else frames.iloc[:0],
        pd.DataFrame(columns=["kind", "wave", "file", "item", "rows", "message"]),
    )  # fmt: skip


def fill_in(rng, form, wave, people, answered, yes):
    rows, said = [], {}
    chance = people["size_class"].map(dict(zip(SIZE_CLASSES, (0.35, 0.5, 0.8), strict=True)))
    chance = chance.to_numpy() if yes is None else np.full(len(people), yes)
    for asked in form.list_items(wave):
        here = rng.random(len(people)) < answered
        shown = np.ones(len(people), dtype=bool)
        for other in set(asked.asked_if) & set(said):
            shown &= said[other] == 1
        here &= shown
        ones = (rng.random(len(people)) < chance).astype(float)
        options = {"": ones}
        if asked.kind == "multiple":
            options = {code: (rng.random(len(people)) < chance * 0.9).astype(float) for code in asked.options}  # fmt: skip
        elif asked.kind == "open":
            options = {"": ones * 20, **{code: (rng.random(len(people)) < 0.2).astype(float) for code in ("time", "budget", "fear")}}  # fmt: skip
        elif asked.kind == "single":
            options = {"": rng.integers(0, len(asked.options), len(people)).astype(float)}
        elif asked.kind == "scale":
            low, high = asked.limits
            options = {"": rng.integers(low, high + 1, len(people)).astype(float)}
        said[asked.code] = np.where(here, ones, np.nan)
        for option, numbers in options.items():
            for place, person in enumerate(people.itertuples()):
                code = list(asked.options)[int(numbers[place])] if asked.kind == "single" else f"{numbers[place]:g}"  # fmt: skip
                rows.append(
                    {
                        "wave": wave, "respondent_id": person.respondent_id, "organisation": person.organisation,
                        "item": asked.code, "option": option, "code": code if here[place] else None,
                        "number": numbers[place] if here[place] and asked.kind != "single" else np.nan,
                        "is_shown": shown[place], "is_answered": here[place],
                    }
                )  # fmt: skip
    return rows


def make_level(survey, wave="2", silent=0.3, absent=0.1, seed=1):
    """Make accounts for the frame of a wave: those that are there replied, or sent messages only."""
    rng = np.random.default_rng(seed)
    frame = survey.frame[survey.frame["wave"].eq(wave)]
    organisations = frame.assign(edition="2014 Q2", edition_year=2014)
    there = organisations[rng.random(len(organisations)) >= absent]
    replies = np.where(rng.random(len(there)) < silent, 0, rng.integers(1, 30, len(there)))
    accounts = pd.DataFrame(
        {
            "edition": "2014 Q2", "platform": "twitter", "organisation": there["organisation"],
            "account_id": there["organisation"], "account_exists": True, "active_in_window": True, "messages_sent": 60,
            "own_messages_sent": 60, "reply_share_denominator": 60, "reply_share_numerator": replies,
            "followers": 10, "potential_reach": 600, "potential_reach_messages": 60,
        }
    )  # fmt: skip
    responses = pd.DataFrame(columns=["edition", "platform", "organisation", "answered_at"])
    return AccountLevel(STUDY, organisations, accounts, responses, pd.DataFrame())


LINK = {"items": ["not_asked", "answers"], "platforms": ["facebook", "twitter"]}


@pytest.fixture(scope="module")
def survey():
    return make_survey(np.random.default_rng(20141023))


@pytest.fixture(scope="module")
def answers(survey):
    return on_answers.read_wave(survey, "2", 5)


# ------------------------------------------------------------------------------------- nothing small is shown


def is_small(numbers, threshold):
    numbers = pd.to_numeric(pd.Series(numbers), errors="coerce").dropna().round(6)
    return (numbers.gt(0) & numbers.lt(threshold)).any()


def check_counts(table, threshold, n="n", share="share_percent"):
    n, share = table[n].astype("float64"), table[share].astype("float64")
    yes = n * share / 100
    for numbers in (n, yes, n - yes):
        assert not is_small(numbers, threshold)
    return yes


def check_remainders(table, wholes, totals, threshold):
    """Hold every total less what is shown against the threshold: the attack that complementary hiding is against."""
    for key, own in table.groupby(wholes):
        if pd.notna(totals.get(key)) and own["yes"].notna().any():
            assert not is_small([totals[key] - own["yes"].sum()], threshold), (key, own)


def tables_of(answers, level, earlier):
    """All tables of the account-level half that can be made of some answers."""
    calls = {
        "response": lambda: on_answers.tabulate_response(answers),
        "items": lambda: on_items.tabulate_items(answers, 0.95),
        "numbers": lambda: on_items.tabulate_numbers(answers, 0.95),
        "classes": lambda: on_items.tabulate_classes(answers, 0.95),
        "tests": lambda: on_items.compare_classes(answers),
        "multiple": lambda: on_options.tabulate_multiple(answers, 0.95),
        "pairs": lambda: on_options.tabulate_pairs(answers),
        "changes": lambda: on_waves.tabulate_changes(on_waves.pair_waves(answers, earlier), 0.95),
        "open": lambda: on_options.tabulate_open(answers, 0.95),
        "behaviour": lambda: on_behaviour.tabulate_behaviour(on_behaviour.link_behaviour(answers, level, **LINK)),
    }  # fmt: skip
    tables = {}
    for name, call in calls.items():
        with contextlib.suppress(NotAnswerable):
            tables[name] = call()
    return tables


@pytest.mark.parametrize("seed", range(9))
def test_no_table_shows_a_group_below_the_threshold(seed):
    rng = np.random.default_rng(seed)
    threshold = int(rng.integers(2, 13))
    survey = make_survey(
        rng,
        respondents=rng.integers(4, 130, 2),
        organisations=int(rng.integers(20, 140)),
        known=rng.random() < 0.85,
        frame=rng.random() < 0.85,
        answered=rng.choice([0.4, 0.9, 1.0]),
        yes=rng.choice([None, None, 0.05, 0.95]),
        weights=rng.random() < 0.3,
    )
    level = make_level(survey, silent=rng.random(), absent=rng.random() / 2, seed=seed)
    try:
        answers = on_answers.read_wave(survey, "2", threshold)
    except NotAnswerable:
        assert survey.respondents["wave"].eq("2").sum() < threshold
        return
    tables = tables_of(answers, level, "1")
    items = tables["items"].assign(yes=check_counts(tables["items"], threshold))
    weighted = items.filter(regex="^weighted|^shift").dropna()
    assert (weighted == weighted.round()).all(axis=None)
    if "classes" in tables and len(answers.frame):
        hidden = tables["classes"].query("is_hidden")["name"]
        assert items.loc[items["name"].isin(hidden), "weighted_percent"].isna().all()
    exclusive = items[items["item"].isin(["upkeep", "often"])]
    asked = {code: answers.values[f"{code}[{option}]"].notna().sum() for code, option in (("upkeep", "x"), ("often", "1"))}  # fmt: skip
    check_remainders(exclusive, "item", asked, threshold)
    for name in (
        "response",
        "numbers",
        "tests",
        "multiple",
        "pairs",
        "open",
        "changes",
        "behaviour",
    ):
        counts = tables.get(name, pd.DataFrame()).filter(regex=r"^(n|n_\w+|answered|both|organisations)$")  # fmt: skip
        columns = [] if name == "response" else counts.columns
        assert not any(is_small(counts[column], threshold) for column in columns)
    if "response" in tables:
        number = int(answers.frame["has_answered"].sum())
        assert not is_small(tables["response"]["answered"], threshold)
        assert not is_small([number - tables["response"]["answered"].sum()], threshold)
    if "classes" in tables:
        by_class = tables["classes"].assign(yes=check_counts(tables["classes"], threshold))
        by_class["no"] = by_class["n"].astype("float64") - by_class["yes"]
        totals = items.set_index("name")["yes"]
        check_remainders(by_class, "name", totals, threshold)
        otherwise = items.set_index("name")["n"].astype("float64") - totals
        check_remainders(by_class.assign(yes=by_class["no"]), "name", otherwise, threshold)
        own = by_class[by_class["item"].isin(["upkeep", "often"])]
        bases = own.groupby(["item", "size_class"])["n"].max().astype("float64")
        check_remainders(own, ["item", "size_class"], bases, threshold)
    if "open" in tables:
        check_counts(tables["open"], threshold)
    if "changes" in tables:
        for moment in ("before", "after"):
            check_counts(tables["changes"], threshold, f"n_{moment}", f"{moment}_percent")
    if "pairs" in tables:
        pairs = tables["pairs"].merge(items, how="left", left_on=["item", "first"], right_on=["item", "answer"])  # fmt: skip
        check_counts(tables["pairs"], threshold, share="both_percent")
        assert not is_small(pairs["yes"] - pairs["both"].astype("float64"), threshold)
    if "behaviour" in tables:
        behaviour = tables["behaviour"].rename(columns={"organisations": "yes"})
        says = behaviour.groupby("says")["n"].max().astype("float64")
        check_remainders(behaviour.astype({"yes": "float64"}), "says", says, threshold)
        did = answers.values["answers"].dropna()
        assert behaviour["n"].dropna().isin([did.sum(), len(did) - did.sum()]).all()


@pytest.mark.parametrize("seed", range(2))
def test_no_claim_rests_on_a_group_below_the_threshold(seed):
    rng = np.random.default_rng(seed)
    survey = make_survey(rng, respondents=(40, 45), organisations=70, yes=rng.choice([None, 0.2]))
    level = make_level(survey, silent=0.2)
    threshold = 14
    answers = on_answers.read_wave(survey, "2", threshold)
    calls = [
        lambda: on_options.estimate_lead(on_options.tabulate_multiple(answers, 0.95), 0.95)[1],
        lambda: on_waves.estimate_largest_change(
            on_waves.tabulate_changes(on_waves.pair_waves(answers, "1"), 0.95), 0.95
        )[1],
        lambda: on_options.estimate_without_code(on_options.tabulate_open(answers, 0.95), 0.95),
        lambda: on_behaviour.estimate_said_without_doing(
            on_behaviour.link_behaviour(answers, level, **LINK), 0.95
        )[0],
        lambda: on_behaviour.estimate_difference_in_reply_share(
            on_behaviour.link_behaviour(answers, level, **LINK), 0.95
        ),
    ]
    estimates = []
    for call in calls:
        with contextlib.suppress(NotAnswerable):
            estimates.append(call())
    assert all(estimate.n >= threshold for estimate in estimates)
    assert len(estimates) < len(calls)  # the groups are too small for some


def test_the_threshold_itself_is_checked(survey):
    with pytest.raises(InputError, match="smallest_group"):
        on_answers.read_wave(survey, "2", 1)
    with pytest.raises(NotAnswerable, match="fewer than 500"):
        on_answers.read_wave(survey, "2", 500)


def test_the_few_whose_accounts_are_not_known_do_not_stand_by_themselves():
    survey = make_survey(np.random.default_rng(7), respondents=(80, 100), yes=0.6)
    level = make_level(survey, silent=0.4, absent=0.03)
    linked = on_behaviour.link_behaviour(on_answers.read_wave(survey, "2", 10), level, **LINK)
    table = on_behaviour.tabulate_behaviour(linked)
    assert linked.silent == on_behaviour.NO_REPLY_SEEN
    assert set(table["did"]) == {on_behaviour.REPLIED, on_behaviour.NO_REPLY_SEEN}
    share, bounds = on_behaviour.estimate_said_without_doing(linked, 0.95)
    assert bounds.high == pytest.approx(share.value)
    assert bounds.low == pytest.approx(share.value - 100 * 9 / share.n)


# ------------------------------------------------------------------------------------------------ estimates


def test_a_share_is_one_of_those_asked_who_answered(survey, answers):
    table = on_items.tabulate_items(answers, 0.9).set_index("name")
    own = survey.answers.query("wave == '2' and item == 'asked' and is_answered")
    assert table.loc["asked", "n"] == len(own)
    assert table.loc["asked", "share_percent"] == pytest.approx(100 * own["number"].mean())
    wilson = wilson_interval(int(own["number"].sum()), len(own), 0.9)
    assert table.loc["asked", "low_percent"] == pytest.approx(100 * wilson.low)
    assert table.loc["asked", "asked_of"] == "those with answers: yes"
    chosen = survey.answers.query("wave == '2' and item == 'upkeep' and is_answered")["code"]
    assert table.loc["upkeep: y", "share_percent"] == pytest.approx(100 * chosen.eq("y").mean())


def test_equal_shares_in_all_classes_need_no_weights():
    survey = make_survey(np.random.default_rng(1), answered=1.0)
    said = survey.answers["item"].eq("late")
    wide = survey.respondents.query("wave == '2'").sort_values(["size_class", "respondent_id"])
    # every second one of each class says yes
    every_second = wide.groupby("size_class").cumcount().mod(2).set_axis(wide["respondent_id"])
    odd = wide.groupby("size_class").cumcount(ascending=False).eq(0).to_numpy() & every_second.eq(0).to_numpy()  # fmt: skip
    survey.answers.loc[said, "number"] = survey.answers.loc[said, "respondent_id"].map(every_second)
    survey.answers.loc[said & survey.answers["respondent_id"].isin(wide["respondent_id"][odd]), ["is_answered"]] = False  # fmt: skip
    dropped = said & ~survey.answers["is_answered"]
    survey.answers.loc[dropped, "number"] = np.nan
    row = (
        on_items.tabulate_items(on_answers.read_wave(survey, "2", 2), 0.95)
        .set_index("name")
        .loc["late"]
    )
    assert row["share_percent"] == pytest.approx(50)
    assert row["weighted_percent"] == pytest.approx(50)
    assert row["shift_points"] == pytest.approx(0, abs=1e-9)


def test_weighting_lowers_what_the_large_ones_say_more_often(survey):
    answers = on_answers.read_wave(survey, "2", 2)
    table = on_items.tabulate_items(answers, 0.95).set_index("name")
    assert on_answers.estimate_difference_in_size(answers).value > 0.1
    assert on_answers.say_size(on_answers.estimate_difference_in_size(answers)).startswith(
        "the larger"
    )
    assert table.loc["answers", "shift_points"] < 0
    largest = on_items.estimate_largest_shift(table)
    assert largest.value == table["shift_points"].abs().max()
    assert largest.n == table["weighted_percent"].notna().sum()


def test_a_weighted_share_by_which_a_class_could_be_solved_for_is_hidden(survey):
    frame = survey.frame.query("wave == '2'")["size_class"].value_counts()
    answers = on_answers.read_wave(survey, "2", 5)
    items = on_items.tabulate_items(answers, 0.95).set_index("name")
    by_class = on_items.tabulate_classes(answers, 0.95)
    small = by_class[by_class["is_hidden"]]["name"].unique()
    weighted = items.filter(regex="^weighted|^shift")
    assert weighted.loc[small].isna().all(axis=None)
    shown = weighted.dropna()
    assert len(frame) == 3
    assert 0 < len(shown) < len(items)
    assert (shown == shown.round()).all(axis=None)
    largest = on_items.estimate_largest_shift(items)
    assert (largest.n, largest.value) == (len(shown), shown["shift_points"].abs().max())
    assert "in whole percent, and missing where" in on_items.say_intervals(answers, items)
    with pytest.raises(NotAnswerable, match="too few of a size class"):
        on_items.estimate_largest_shift(items.loc[small])


def spare(answers, place, number):
    """Let the first respondents not be asked."""
    spared = answers.is_asked.copy()
    spared[place] = np.arange(len(spared)) >= number
    values = answers.values.assign(**{place: answers.values[place].where(spared[place])})
    return dataclasses.replace(answers, is_asked=spared, values=values)


def test_a_base_that_tells_how_few_were_not_asked_is_hidden(survey):
    answers = on_answers.read_wave(survey, "2", 10)
    few = spare(answers, "late", 4)
    items = on_items.tabulate_items(few, 0.95).set_index("name")
    told = items.loc["late", ["n", "worst_low_percent", "worst_high_percent"]]
    assert told.isna().all()
    ends = items.loc["late", ["share_percent", "low_percent", "high_percent"]].astype(float)
    assert (ends == ends.round()).all()
    assert not items.loc["late", "is_hidden"]
    assert items.drop(index="late").query("not is_hidden and item != 'asked'")["n"].notna().all()
    assert "how few were not asked" in on_items.say_intervals(few, items)
    by_class = on_items.tabulate_classes(few, 0.95).query("item == 'late'")
    assert by_class["n"].isna().all()
    assert on_items.compare_classes(few).query("item == 'late'")["n"].isna().all()
    with pytest.raises(NotAnswerable, match="not asked 'late' are fewer than 10"):
        on_behaviour.link_behaviour(few, make_level(survey), items=["late"], platforms=["twitter"])
    for option in "abc":
        answers = spare(answers, f"reasons[{option}]", 4)
    assert on_options.tabulate_pairs(answers)["is_hidden"].all()
    assert on_options.tabulate_multiple(answers, 0.95)["is_hidden"].all()
    nobody = on_items.tabulate_items(spare(answers, "late", 0), 0.95).set_index("name")
    assert nobody.loc["late", "n"] == answers.values["late"].notna().sum()
    many = on_items.tabulate_items(spare(answers, "late", 30), 0.95).set_index("name")
    assert pd.notna(many.loc["late", "n"])


def test_the_worst_case_holds_every_other_estimate(answers):
    table = on_items.tabulate_items(answers, 0.95).dropna(subset="share_percent")
    for column in ("share_percent", "weighted_percent"):
        shown = table.dropna(subset=[column, "worst_low_percent"])
        low, high = shown["worst_low_percent"] - 0.5, shown["worst_high_percent"] + 0.5
        assert len(shown)
        assert shown[column].between(low, high).all()
    width = on_items.estimate_openness(table)
    not_answered = 1 - answers.values["answers"].notna().sum() / len(answers.frame)
    assert width.low <= 100 * not_answered <= width.high


def test_design_weights_are_used(survey):
    weighted = make_survey(np.random.default_rng(20141023), weights=True, frame=False)
    answers = on_answers.read_wave(weighted, "2", 5)
    assert answers.weighting == "design weights"
    row = on_items.tabulate_items(answers, 0.95).set_index("name").loc["answers"]
    values = answers.values["answers"]
    expected = np.average(values.dropna(), weights=answers.people.loc[values.notna(), "weight"])
    assert row["weighted_percent"] == round(100 * expected)
    said = on_items.say_intervals(answers, on_items.tabulate_items(answers, 0.95))
    assert "a superpopulation too, with design weights" in said
    assert on_answers.read_wave(survey, "2", 5).weighting == "size classes"


def test_the_response_is_counted_against_the_register(survey, answers):
    table = on_answers.tabulate_response(answers)
    assert not table["is_hidden"].any()
    assert table["answered"].sum() == 90
    assert table["organisations"].sum() == 150
    assert table["of_organisations_percent"].sum() == pytest.approx(100)
    assert on_answers.estimate_response(answers).value == pytest.approx(60)


def test_classes_with_few_respondents_are_joined(survey):
    counts = survey.respondents.query("wave == '2'")["size_class"].value_counts()
    threshold = int(counts["above_50000"]) + 1
    answers = on_answers.read_wave(survey, "2", threshold)
    by_class = on_items.tabulate_classes(answers, 0.95)
    classes = by_class["size_class"].unique().tolist()
    assert classes == ["below 20,000", "20,000 and more"]
    laid_out = on_items.lay_out_classes(by_class.assign(is_hidden=False))
    assert laid_out.columns.tolist() == ["name", *classes]


def test_the_larger_classes_say_yes_more_often_and_the_tests_see_it():
    large = make_survey(np.random.default_rng(9), respondents=(150, 240), organisations=300)
    answers = on_answers.read_wave(large, "2", 2)
    by_class = on_items.tabulate_classes(answers, 0.95).query("item == 'answers'")
    assert by_class["share_percent"].is_monotonic_increasing
    tests = on_items.compare_classes(answers).set_index("item")
    assert (tests["p_adjusted"] >= tests["p"]).all()
    assert tests.loc["upkeep", "p"] > 0.01  # drawn without regard to size
    assert tests.loc["answers", "p"] < 0.01
    assert on_items.estimate_differing_items(tests, 0.95).n == len(tests)


def test_the_joint_table_counts_who_named_both(answers):
    pairs = on_options.tabulate_pairs(answers)
    values = answers.values[["reasons[a]", "reasons[b]"]].dropna()
    assert pairs.loc[0, "both"] == (values.sum(axis="columns") == 2).sum()
    assert pairs.loc[0, "if_unrelated_percent"] == pytest.approx(100 * values.mean().prod())
    multiple = on_options.tabulate_multiple(answers, 0.95).iloc[0]
    assert multiple["first_percent"] >= multiple["second_percent"]
    row, lead = on_options.estimate_lead(on_options.tabulate_multiple(answers, 0.95), 0.95)
    assert lead.value == pytest.approx(row["first_percent"] - row["second_percent"])
    assert lead.low <= lead.value <= lead.high


def test_an_interval_that_tells_a_small_cell_of_the_joint_table_is_hidden(answers):
    one, other = "reasons[a]", "reasons[b]"
    values = answers.values.copy()
    values[[one, other, "reasons[c]"]] = 0.0
    values.loc[:59, one], values.loc[:39, other], values.loc[88:, other] = 1, 1, 1
    few = dataclasses.replace(answers, values=values)
    assert on_options.tabulate_pairs(few)["is_hidden"][0]
    multiple = on_options.tabulate_multiple(few, 0.95)
    assert multiple["first_percent"].notna().all()
    assert multiple[["low_points", "high_points"]].isna().all(axis=None)
    with pytest.raises(NotAnswerable, match="below the threshold"):
        on_options.estimate_lead(multiple, 0.95)


def test_no_test_by_size_tells_a_share_that_is_hidden():
    large = make_survey(np.random.default_rng(9), respondents=(150, 240), organisations=300)
    answers = on_answers.read_wave(large, "2", 5)
    assert "answers" in on_items.compare_classes(answers)["item"].tolist()
    said = pd.Series(1.0, index=answers.values.index)
    said.iloc[:3] = 0
    few = dataclasses.replace(answers, values=answers.values.assign(answers=said))
    assert "answers" not in on_items.compare_classes(few)["item"].tolist()


def test_a_p_value_that_tells_how_few_turned_is_hidden(survey, answers):
    changes = on_waves.tabulate_changes(on_waves.pair_waves(answers, "1"), 0.95)
    wide = [survey.tabulate(wave).set_index("organisation") for wave in ("1", "2")]
    for row in changes[changes["item"].isin(["answers", "asked"])].itertuples():
        both = pd.concat([one[row.item].dropna() for one in wide], axis="columns", join="inner")
        first, second = both.iloc[:, 0], both.iloc[:, 1]
        few = is_small([(first > second).sum(), (second > first).sum()], 5)
        assert pd.isna(row.p) == (few or row.is_hidden)
    strict = on_waves.tabulate_changes(
        on_waves.pair_waves(dataclasses.replace(answers, smallest_group=24), "1"), 0.95
    )
    assert strict["p"].isna().all()


def test_two_waves_are_linked_by_organisation(survey, answers):
    pairs = on_waves.pair_waves(answers, "1")
    codes = [set(part["organisation"]) for _, part in survey.respondents.groupby("wave")]
    assert pairs.shared == len(codes[0] & codes[1])
    changes = on_waves.tabulate_changes(pairs, 0.95).set_index("name")
    assert "late" not in changes.index
    wide = [
        survey.tabulate(wave).set_index("organisation")["answers"].dropna() for wave in ("1", "2")
    ]
    row = changes.loc["answers"]
    assert row["change_points"] == pytest.approx(100 * (wide[1].mean() - wide[0].mean()))
    both = pd.concat(wide, axis="columns", join="inner").to_numpy()
    turned = [int((both[:, place] > both[:, 1 - place]).sum()) for place in (0, 1)]
    assert row["p"] == pytest.approx(mcnemar_test(*turned).p, abs=1e-4)
    assert row["n_both"] == len(both)
    family = changes["p_adjusted"].dropna()
    assert set(family.index) <= {"answers", "asked"}  # yes-or-no items only
    assert (family >= changes.loc[family.index, "p"]).all()


def test_those_who_say_the_same_again_shorten_the_interval():
    survey = make_survey(np.random.default_rng(5), respondents=(120, 120), answered=1.0)
    again = survey.respondents.query("wave == '1'").set_index("organisation")["respondent_id"]
    first = survey.answers.query("wave == '1' and item == 'answers'").set_index("respondent_id")
    later = survey.answers["wave"].eq("2") & survey.answers["item"].eq("answers")
    before = survey.answers.loc[later, "organisation"].map(again).map(first["number"])
    survey.answers.loc[later, "number"] = before.fillna(survey.answers.loc[later, "number"])
    answers = on_answers.read_wave(survey, "2", 5)
    row = on_waves.tabulate_changes(on_waves.pair_waves(answers, "1"), 0.95).set_index("name").loc["answers"]  # fmt: skip
    assert row["correlation"] == 1
    assert row["p"] == 1
    linked, apart = row["high_points"] - row["low_points"], row["unlinked_high_points"] - row["unlinked_low_points"]  # fmt: skip
    assert linked < 0.7 * apart


def test_without_organisations_two_waves_count_as_drawn_apart():
    answers = on_answers.read_wave(make_survey(np.random.default_rng(2), known=False), "2", 5)
    pairs = on_waves.pair_waves(answers, "1")
    changes = on_waves.tabulate_changes(pairs, 0.95)
    assert "no respondent is known" in pairs.overlap
    assert (changes["low_points"] == changes["unlinked_low_points"]).all()
    with pytest.raises(NotAnswerable, match="organisation_column"):
        on_waves.estimate_changed_items(changes, 0.95)
    with pytest.raises(NotAnswerable, match="organisation_column"):
        on_waves.estimate_gain_of_linking(changes)


def test_what_accounts_did_is_laid_beside_what_was_said(survey, answers):
    level = make_level(survey, absent=0.3)
    linked = on_behaviour.link_behaviour(answers, level, **LINK)
    assert (linked.item, linked.where, linked.silent) == ("answers", "Twitter", on_behaviour.NOBODY)
    said = answers.values["answers"].set_axis(answers.people["organisation"]).dropna()
    replies = level.accounts.set_index("organisation")["reply_share_numerator"]
    yes = said[said.eq(1)].index
    expected = {
        on_behaviour.REPLIED: replies.reindex(yes).gt(0).sum(),
        on_behaviour.NOBODY: replies.reindex(yes).eq(0).sum(),
        on_behaviour.NOT_KNOWN: replies.reindex(yes).isna().sum(),
    }
    people = linked.people[linked.people["says_yes"]]
    assert people["did"].value_counts().to_dict() == expected
    share, bounds = on_behaviour.estimate_said_without_doing(linked, 0.95)
    nobody, unknown = expected[on_behaviour.NOBODY], expected[on_behaviour.NOT_KNOWN]
    assert share.value == pytest.approx(100 * nobody / (len(yes) - unknown))
    assert (bounds.low, bounds.high) == pytest.approx((100 * nobody / len(yes), 100 * (nobody + unknown) / len(yes)))  # fmt: skip


def test_an_answered_message_counts_as_a_reply_and_unmarked_messages_as_not_known(survey, answers):
    level = make_level(survey, silent=1.0, absent=0.0)
    level.accounts.loc[level.accounts.index[::2], "reply_share_denominator"] = 0
    answered = level.accounts["organisation"].iloc[:40]
    responses = pd.DataFrame(
        {
            "edition": "2014 Q2",
            "platform": "twitter",
            "organisation": answered,
            "answered_at": pd.Timestamp("2014-05-01", tz="UTC"),
        }
    )
    level = AccountLevel(STUDY, level.organisations, level.accounts, responses, level.changes)
    did = on_behaviour._sum_behaviour(
        on_behaviour._add_answered(
            tabulate_organisations(level, edition="2014 Q2", platform="twitter", region="NL"),
            level, "2014 Q2", "twitter",
        )
    )["did"]  # fmt: skip
    assert did[answered].eq(on_behaviour.REPLIED).all()
    others = did.drop(answered)
    unmarked = level.accounts.set_index("organisation")["reply_share_denominator"].eq(0)
    assert others[unmarked[others.index]].eq(on_behaviour.NOT_KNOWN).all()
    assert others[~unmarked[others.index]].eq(on_behaviour.NOBODY).all()


def test_those_who_answer_and_say_so_have_the_larger_reply_share():
    survey = make_survey(np.random.default_rng(3), respondents=(90, 120), yes=0.5)
    level = make_level(survey, silent=0.5, absent=0.2)
    yes = survey.answers.query("wave == '2' and item == 'answers' and number == 1")["organisation"]
    numerator = np.where(level.accounts["organisation"].isin(yes), 30, 10)
    level.accounts["reply_share_numerator"] = numerator * (level.accounts["reply_share_numerator"] > 0)  # fmt: skip
    linked = on_behaviour.link_behaviour(on_answers.read_wave(survey, "2", 5), level, **LINK)
    difference = on_behaviour.estimate_difference_in_reply_share(linked, 0.95)
    assert difference.value > 0
    assert difference.low < difference.value < difference.high


def test_open_answers_are_counted_by_code(answers):
    coded = on_options.tabulate_open(answers, 0.95).set_index("code")
    values = answers.values.filter(like="remark[").dropna()
    assert coded.loc["no code", "share_percent"] == pytest.approx(100 * values.eq(0).all(axis="columns").mean())  # fmt: skip
    assert coded["n"].dropna().eq(len(values)).all()
    assert on_options.estimate_without_code(coded.reset_index(), 0.95).n == len(values)


def test_numbers_have_a_mean(survey, answers):
    row = on_items.tabulate_numbers(answers, 0.95).set_index("item").loc["mark"]
    values = survey.tabulate("2")["mark"]
    assert row["mean"] == pytest.approx(values.mean())
    assert row["low"] < row["mean"] < row["high"]
    assert 1 <= row["weighted_mean"] <= 10


# ------------------------------------------------------------------------- what a study cannot answer, and why


def test_what_a_survey_without_frame_cannot_answer_says_why():
    answers = on_answers.read_wave(make_survey(np.random.default_rng(1), known=False, frame=False), "2", 5)  # fmt: skip
    assert answers.units == "respondents"
    items = on_items.tabulate_items(answers, 0.95)
    assert items["weighted_percent"].isna().all()
    assert items["share_percent"].notna().any()
    assert on_items.summarise_items(items.dropna(subset="share_percent")).startswith("From ")
    for call in (
        lambda: on_answers.tabulate_response(answers),
        lambda: on_answers.estimate_response(answers),
        lambda: on_items.estimate_largest_shift(items),
        lambda: on_items.estimate_openness(items),
        lambda: on_items.tabulate_classes(answers, 0.95),
        lambda: on_items.compare_classes(answers),
    ):
        with pytest.raises(NotAnswerable):
            call()


@pytest.mark.parametrize(
    ("earlier", "reason"),
    [("2", "name an earlier wave"), ("0", "no answers to wave '0'"), ("elsewhere", "no answers to wave")],
)  # fmt: skip
def test_waves_that_cannot_be_compared_say_why(answers, earlier, reason):
    with pytest.raises(NotAnswerable, match=reason):
        on_waves.pair_waves(answers, earlier)


def test_waves_of_different_organisations_are_not_compared(survey):
    moved = FORM.model_copy(
        update={"waves": FORM.waves | {"1": FORM.waves["1"].model_copy(update={"region": "VL"})}}
    )
    other = Survey(STUDY, moved, survey.respondents, survey.answers, survey.frame, survey.findings)
    with pytest.raises(NotAnswerable, match="asked different organisations"):
        on_waves.pair_waves(on_answers.read_wave(other, "2", 5), "1")


@pytest.mark.parametrize(
    ("change", "items", "platforms", "reason"),
    [
        ({"may_link": False}, ["answers"], ["twitter"], "may_link: true"),
        ({"edition": None}, ["answers"], ["twitter"], "name its `edition`"),
        ({}, ["reasons"], ["twitter"], "behaviour_items"),
        ({}, ["answers"], ["facebook"], "no account"),
    ],
)
def test_behaviour_that_cannot_be_linked_says_why(survey, change, items, platforms, reason):
    changed = FORM.waves["2"].model_copy(update=change)
    form = FORM.model_copy(update={"waves": FORM.waves | {"2": changed}})
    other = Survey(STUDY, form, survey.respondents, survey.answers, survey.frame, survey.findings)
    with pytest.raises(NotAnswerable, match=reason):
        on_behaviour.link_behaviour(
            on_answers.read_wave(other, "2", 5), make_level(survey), items=items, platforms=platforms
        )  # fmt: skip


def test_a_form_of_one_item_says_what_it_lacks():
    form = Questionnaire(
        name="short", title=words("Short"), topics={"t": words("Topic")},
        waves={"1": {"region": "NL", "organisation_type": "other"}}, items={"answers": item("yes_no")},
    )  # fmt: skip
    answers = on_answers.read_wave(make_survey(np.random.default_rng(4), form=form), "1", 5)
    assert len(on_items.tabulate_items(answers, 0.95)) == 1
    assert on_answers.say_bases(answers).endswith("was asked of all respondents.")
    for call in (
        lambda: on_options.tabulate_multiple(answers, 0.95),
        lambda: on_options.tabulate_pairs(answers),
        lambda: on_options.tabulate_open(answers, 0.95),
        lambda: on_items.tabulate_numbers(answers, 0.95),
    ):
        with pytest.raises(NotAnswerable, match="of the questionnaire short"):
            call()


@pytest.mark.parametrize("name", ["local-governments", "public-sector"])
def test_every_declared_questionnaire_can_be_read(name):
    form = read_questionnaire(name)
    wave = list(form.waves)[-1]
    survey = make_survey(np.random.default_rng(1), respondents=[60] * len(form.waves), form=form)
    items = on_items.tabulate_items(on_answers.read_wave(survey, wave, 5), 0.95)
    declared = {i.code for i in form.list_items(wave) if i.kind not in ("open", "number")}
    assert set(items["item"]) <= declared
    assert len(items) > 5


def test_nothing_wrong_is_told_too(survey):
    assert on_answers.list_findings(survey)["kind"].tolist() == ["nothing found"]
    finding = {"kind": "wrong code", "wave": "2", "file": "f", "item": "answers", "rows": 1, "message": "a line"}  # fmt: skip
    told = Survey(STUDY, FORM, survey.respondents, survey.answers, survey.frame, pd.DataFrame([finding]))  # fmt: skip
    assert on_answers.list_findings(told).columns.tolist() == ["kind", "wave", "item", "message"]


# ---------------------------------------------------------------------------------- the figures, the notebook


def test_the_figures_are_drawn_of_what_may_be_shown(survey, answers):
    items = on_answers.keep_shown(on_items.tabulate_items(answers, 0.95), "answers")
    changes = on_answers.keep_shown(
        on_waves.tabulate_changes(on_waves.pair_waves(answers, "1"), 0.95), "changes"
    )
    linked = on_behaviour.link_behaviour(answers, make_level(survey), **LINK)
    behaviour = on_answers.keep_shown(on_behaviour.tabulate_behaviour(linked), "behaviour")
    said = {"title": "A title", "subtitle": "what", "source": "where"}
    figures = [
        plots.draw_items(items, **said),
        plots.draw_waves(changes, waves=("1", "2"), **said),
        plots.draw_behaviour(behaviour, **said),
    ]
    for figure in figures:
        texts = [text.get_text() for axes in figure.axes for text in axes.texts]
        assert any(re.search(r"\d", text) for text in texts)
    assert len(draw_svg(figures[2])) > 5_000
    assert len(on_items.describe_items(items, answers)) > 40
    assert "say yes" in on_behaviour.describe_behaviour(behaviour, linked)
    with pytest.raises(NotAnswerable, match="smallest_group"):
        on_answers.keep_shown(items.assign(is_hidden=True), "answers")


def test_the_cells_on_answers_carry_their_tags():
    content = json.loads((ROOT / "notebooks" / "08-questionnaires.ipynb").read_text("utf-8"))
    cells = [cell for cell in content["cells"] if cell["id"].startswith("accounts")]
    tags = [cell["metadata"]["tags"][0] for cell in cells]
    assert len(cells) > 40
    assert all(tag.startswith("account-level") for tag in tags)
    claims = re.findall(r'own\.claim\(\s*"([^"]+)"', "".join("".join(cell["source"]) for cell in cells))  # fmt: skip
    assert claims
    assert all(claim.startswith("accounts-") for claim in claims)
    # a part whose reason is told leaves out those whose tag begins alike
    for part in ("items-weighting", "waves-tests", "multiple-lead", "behaviour-yes"):
        root = part.partition("-")[0]
        assert tags.index(f"account-level:{root}") < tags.index(f"account-level:{part}")
