"""The growth model: its file refused in one line, printed shares as bounds, phases by hand, small groups hidden."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT

from roeptoeter import growth_rules
from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.growth_rules import Indicator, read_growth_model
from roeptoeter.plots import growth_model as plots
from roeptoeter.published import read_figures, read_sources
from roeptoeter.questionnaires import read_questionnaire
from roeptoeter.questions import growth_model, growth_model_answers, growth_model_rules
from roeptoeter.questions.growth_model_answers import PHASE_COLUMNS, Growth
from roeptoeter.registers import SIZE_CLASSES

PUBLISHED = ROOT / "data" / "raw" / "published"
FILE = (ROOT / "studies" / "growth-model.yaml").read_text("utf-8")
SMALLEST = 10


@pytest.fixture(scope="module")
def model():
    return read_growth_model()


@pytest.fixture(scope="module")
def form(model):
    return read_questionnaire(model.questionnaire)


@pytest.fixture(scope="module")
def figures():
    return read_figures(PUBLISHED)


@pytest.fixture(scope="module")
def indicators(model, form, figures):
    return growth_model.tabulate_indicators(model, form, figures, "2014")


class Made:
    """A study of tests, with no files."""

    name, evidence = "mine", "measured"


def make_growth(model, form, met, *, may_show=True, values=None):
    """Make the answers of as many organisations as `met` has rows; the larger ones come last."""
    met = pd.DataFrame(np.asarray(met, dtype=float), columns=list(model.indicators))
    population = 5_000 + 400 * np.arange(len(met))
    organisations = pd.DataFrame(
        {
            "organisation": [f"GM{place:04d}" for place in range(len(met))],
            "population": pd.array(population, "Int64"),
            "size_class": np.select([population < 20_000, population <= 50_000], SIZE_CLASSES[:2], SIZE_CLASSES[2]),
        }
    )  # fmt: skip
    return Growth(Made(), model, form, "2014", "2014 Q2", "NL", 2 * len(met), may_show, "", organisations, met if values is None else values, met)  # fmt: skip


def draw_met(number=150, seed=1, missing=0.03):
    """Draw answers of organisations that get further with size."""
    rng = np.random.default_rng(seed)
    further = np.linspace(-1, 1, number)[:, None] + rng.normal(size=(number, 1))
    harder = np.tile(np.linspace(-1.2, 1.6, 6), 4)[:22]
    met = (further + rng.normal(size=(number, 22)) > harder).astype(float)
    met[rng.random(met.shape) < missing] = np.nan
    return met


# ------------------------------------------------------------------------------------------------ the file


def test_the_model_is_the_sources_where_the_source_says_something(model):
    phases = list(model.phases.values())
    assert [phase.name.nl for phase in phases if phase.named_in_source] == [
        "de gemeente ontdekt",
        "de gemeente experimenteert",
        "de netwerkende gemeente",
    ]
    assert all("Ours" in phase.reason for phase in phases if not phase.named_in_source)
    assert len(model.themes) == 4
    assert model.source in set(read_sources(PUBLISHED)["source_key"])
    assert growth_model.count_named_phases(model).value == 3
    assert growth_model.number_phases(model).startswith("1 discovers, 2 experiments")
    # the printed thresholds that the file quotes
    assert model.indicators["replies_often"].threshold == 0.2
    assert model.indicators["answers_within_a_day"].threshold == 24


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rule: gate", "rule: mean", "rule: Input should be 'gate' or 'sum'"),
        ("rule: gate", "rule: gate\ncolour: red", "colour: is not a known key"),
        ('waves: ["2014"]', 'waves: ["1999"]', "has no wave '1999'; it has '2013', '2014', '2016'"),
        ('waves: ["2014"]', 'waves: ["2013", "2014"]', "the wave '2013' did not ask monitors_policy_themes"),
        ("cut_points: [2, 4, 5, 6]", "cut_points: [2, 4, 4, 6]", "cut_points must rise from at least 1"),
        ("cut_points: [2, 4, 5, 6]", "cut_points: [2, 4, 5, 7]", "cut_points asks for 7 of 6 indicators"),
        ("cut_points: [2, 4, 5, 6]", "cut_points: [2, 4, 5]", "5 phases need 4 cut_points, there are 3"),
        ("item: has_guideline", "item: has_guidelines", "has no item 'has_guidelines'"),
        ("option: dialogue", "option: dialog", "goals has no option 'dialog'; it has decisions, "),
        ("option: dialogue", "answer: Y", "goals is of kind multiple, for which there is no `answer`"),
        ("at_least: 3\n        other_thresholds: [2, 4]", "at_least: 9", "joins_outside goes from 1 to 4; 9 lies outside"),
        ("at_least: 0.20", "at_least: 20", "20 is no share; write 0.2 for 20 %"),
        ("at_least: 0.20", "at_least: 0.13", "repeats 0.13, the threshold itself"),
        ("at_least: 5\n", "at_least: 5\n        at_most: 9\n", "exactly one of `answer`, `option`, `at_least` and `at_most`"),
        ("metric: has_account", "metric: has_account\n        at_least: 1", "has_account has no threshold"),
        ("item: has_guideline", "item: has_guideline\n        counted_without: F007", "`counted_without` belongs to a metric"),
        ("metric: messages_per_week", "metric: messages_per_month", "metric: Input should be"),
        ("option: council", "option: college", "council_motivated asks for the same as college_motivated"),
        ("      has_guideline:", "      enters_discussion:", "enters_discussion stands in participation_society too"),
        ("questionnaire: local-governments", "questionnaire: local", "there is no questionnaire 'local'"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_in_one_line(tmp_path, monkeypatch, old, new, message):
    assert FILE.count(old) == 1
    monkeypatch.setattr(growth_rules, "ROOT", tmp_path)
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "growth-model.yaml").write_text(FILE.replace(old, new), "utf-8")
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        read_growth_model()
    assert "\n" not in str(caught.value)
    assert "growth-model.yaml: " in str(caught.value)


def test_a_missing_file_is_refused_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(growth_rules, "ROOT", tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        read_growth_model()


# ------------------------------------------------------------------------------------------------ the published half


def test_three_indicators_have_a_printed_number(indicators):
    printed = indicators[indicators["figure_id"].ne("")].set_index("indicator")
    # 13 of all 403 are without an account, so that of 210 respondents at least 197 have one
    assert printed.loc["has_account", ["figure_id", "count_low", "count_high"]].tolist() == ["F007", 197, 210]  # fmt: skip
    assert printed.loc["has_account", "printed_percent"] == pytest.approx(100 * 390 / 403)
    printed = printed.drop(index="has_account")
    assert printed["figure_id"].to_dict() == {"answers_simple_questions": "F014", "shares_responsibility": "F021"}  # fmt: skip
    assert printed["printed_percent"].to_dict() == {"answers_simple_questions": 87, "shares_responsibility": 30}  # fmt: skip
    # 87 % of 210 are 182 or 183; 70 % are 146 to 148, whose complement meets it
    assert printed.loc["answers_simple_questions", ["count_low", "count_high"]].tolist() == [182, 183]  # fmt: skip
    assert printed.loc["shares_responsibility", ["count_low", "count_high"]].tolist() == [62, 64]
    assert growth_model.count_printed(indicators).value == 3
    assert indicators["taken_from"].str.len().gt(10).all()


def test_from_what_is_printed_only_the_first_step_of_one_theme_is_bounded_on_both_sides(
    model, indicators
):
    bounds = growth_model.bound_published_phases(model, indicators)
    gate = bounds[bounds["rule"].eq("gate")].set_index(["theme", "phase"])
    assert gate.loc[("interaction", 2), ["low_percent", "high_percent"]].tolist() == pytest.approx([100 * 169 / 210, 100 * 183 / 210])  # fmt: skip
    assert gate.loc[("interaction", 3), "low_percent"] == 0
    assert gate.loc[("task_maturity", 3), "high_percent"] == 100
    assert gate.loc[("task_maturity", 4), "high_percent"] == pytest.approx(100 * 64 / 210)
    # of the sum, one widespread indicator is enough for the second phase
    total = bounds[bounds["rule"].eq("sum")].set_index(["theme", "phase"])
    assert total.loc[("task_maturity", 2), "low_percent"] == pytest.approx(100 * 62 / 210)
    assert growth_model.count_open_themes(bounds, model) == 2
    estimate = growth_model.estimate_printed_reach(bounds, model, "interaction", 2, 210)
    assert (estimate.n, estimate.interval_kind) == (210, "sensitivity")
    # another order of the same two numbers: without the count nothing is left below
    without = indicators.assign(count_low=indicators["count_low"].mask(indicators["indicator"].eq("has_account")))  # fmt: skip
    assert growth_model.bound_published_phases(model, without)["low_percent"].iloc[0] == 0


# ------------------------------------------------------------------------------------------------ judging


def judge(form, values, **rule):
    indicator = Indicator(code="one", wording={"nl": "een", "en": "one"}, reason="for the test", **rule)  # fmt: skip
    return growth_model_answers.judge_values(indicator, pd.Series(values), form).tolist()


def test_an_answer_is_judged_by_its_rule(form):
    nan = np.nan
    item = "communication_solely_responsible"
    assert judge(form, [1.0, 0.0, nan], item=item, answer="N")[:2] == [0, 1]
    assert judge(form, [1.0, 0.0, nan], item=item, answer="Y")[:2] == [1, 0]
    assert np.isnan(judge(form, [nan], item=item, answer="N")).all()
    assert judge(form, [1.0, 0.0], item="goals", option="dialogue") == [1, 0]
    assert judge(form, [1.0, 3.0, 4.0], item="joins_outside", at_least=3) == [0, 1, 1]
    assert judge(form, [24.0, 24.1, np.inf], metric="response_hours", at_most=24) == [1, 0, 0]
    # a stricter threshold is met by nobody else
    few, many = (judge(form, np.linspace(0, 1, 9), metric="reply_share", at_least=t) for t in (0.3, 0.2))  # fmt: skip
    assert all(one <= other for one, other in zip(few, many, strict=True))


def test_what_an_account_did_is_known_only_of_enough_messages(model):
    frame = pd.DataFrame(
        {
            "is_present": [True, True, True, True, False],
            "is_measured": [True, True, True, False, False],
            "messages": [40, 6, 0, 0, 0], "messages_sent": [40, 6, 0, 0, 0],
            "reply_share": [0.25, 0.5, np.nan, np.nan, np.nan],
            "messages_per_week": [3.0, 0.5, 0.0, np.nan, np.nan],
            "questions": [20, 3, 9, 0, 0], "answers": [12, 2, 0, 0, 0],
            "response_hours": [8.0, 1.0, np.nan, np.nan, np.nan],
            "answered_share": [0.6, 0.7, 0.0, np.nan, np.nan],
        }
    )  # fmt: skip
    taken = {
        code: growth_model_answers._take_metric(frame, model.indicators[code]).tolist()
        for code in ("has_account", "replies_often", "sends_regularly", "answers_within_a_day")
    }
    nan = pytest.approx(np.nan, nan_ok=True)
    assert taken["has_account"] == [1, 1, 1, 1, 0]
    # few messages say nothing, none sent is no reply, and no account neither
    assert taken["replies_often"] == [0.25, nan, 0, nan, 0]
    assert taken["sends_regularly"] == [3, 0.5, 0, nan, 0]
    # asked and never answered, or no account: it takes for ever
    assert taken["answers_within_a_day"] == [8, nan, np.inf, nan, np.inf]


# ------------------------------------------------------------------------------------------------ reading


class Answers:
    """Answers of one wave, as the reader of questionnaires hands them over."""

    def __init__(self, form, table):
        self.form, self.table = form, table
        self.frame = pd.DataFrame({"wave": ["2014"] * 40})

    def tabulate(self, wave):
        return self.table


@pytest.fixture
def answers(form, monkeypatch):
    table = pd.DataFrame(
        {
            "organisation": ["GM0002", "GM0001", "GM0009"], "is_known": [True, True, False],
            "population": pd.array([9_000, 30_000, pd.NA], "Int64"),
            "size_class": [SIZE_CLASSES[0], SIZE_CLASSES[1], None],
            "answers_simple_questions": [1.0, 0.0, 1.0], "joins_outside": [3.0, 1.0, 4.0],
            "goals[dialogue]": [np.nan, 1.0, 1.0],
        }
    )  # fmt: skip
    survey = Answers(form, table)
    monkeypatch.setattr(growth_model_answers, "read_survey", lambda study, name: survey)
    return survey


def refuse(study):
    raise NotAnswerable("the study mine has no accounts")


def test_answers_are_read_and_accounts_laid_beside_them(model, answers, monkeypatch):
    monkeypatch.setattr(growth_model_answers, "read_account_level", lambda study: None)
    measured = pd.DataFrame({"organisation": ["GM0001", "GM0002"], "is_present": [True, False], "is_measured": [True, False], "messages": [30, 0],
                             "messages_sent": [30, 0], "reply_share": [0.5, np.nan], "messages_per_week": [9.0, np.nan],
                             "questions": [0, 0], "answers": [0, 0], "response_hours": [np.nan] * 2, "answered_share": [np.nan] * 2})  # fmt: skip
    monkeypatch.setattr(growth_model_answers, "measure_organisations", lambda *_, **__: measured)
    growth = growth_model_answers.read_growth(Made(), model, "2014")
    assert growth.organisations["organisation"].tolist() == ["GM0001", "GM0002"]
    assert growth.met["answers_simple_questions"].tolist() == [0, 1]
    assert growth.met["replies_often"].tolist() == [1, 0]
    assert growth.met["sends_regularly"].tolist() == [1, 0]
    # an item that the export lacks is not known of anybody
    assert growth.met["has_guideline"].isna().all()
    assert (growth.might_answer, growth.edition, growth.without_accounts) == (40, "2014 Q2", "")
    assert "edition 2014 Q2" in growth_model_answers.say_measured(growth)


def test_without_accounts_phases_are_intervals_and_the_reason_is_told(model, answers, monkeypatch):
    monkeypatch.setattr(growth_model_answers, "read_account_level", refuse)
    growth = growth_model_answers.read_growth(Made(), model, "2014")
    assert growth.met["has_account"].isna().all()
    assert "has no accounts" in growth_model_answers.say_measured(growth)
    interaction = growth_model_answers.place_themes(growth)["interaction"]
    assert interaction.phase_low.tolist() == [1, 1]
    assert interaction.phase_high.tolist() == [1, 5]


def test_answers_that_may_not_be_linked_are_not(model, answers, monkeypatch):
    waves = answers.form.waves
    apart = waves["2014"].model_copy(update={"may_link": False})
    answers.form = answers.form.model_copy(update={"waves": waves | {"2014": apart}})
    monkeypatch.setattr(growth_model_answers, "measure_organisations", None)
    growth = growth_model_answers.read_growth(Made(), model, "2014")
    assert "were not told" in growth.without_accounts
    assert growth.met["has_account"].isna().all()


def test_what_cannot_be_answered_says_why(model, answers):
    with pytest.raises(NotAnswerable, match="not declared for the wave '2016'"):
        growth_model_answers.read_growth(Made(), model, "2016")
    answers.table = answers.table.assign(is_known=False)
    with pytest.raises(NotAnswerable, match="is in the registers"):
        growth_model_answers.read_growth(Made(), model, "2014")


# ------------------------------------------------------------------------------------------------ phases


def test_the_table_of_phases_is_that_by_hand(model, form):
    met = np.zeros((3, 22))
    codes = list(model.indicators)
    met[0, [codes.index(c) for c in ("has_account", "answers_simple_questions", "answers_within_a_day")]] = 1  # fmt: skip
    met[1, :] = 1
    met[2, codes.index("has_account")] = 1
    met[2, codes.index("answers_simple_questions")] = np.nan
    table = growth_model_answers.list_phases(make_growth(model, form, met))
    assert list(table.columns) == list(PHASE_COLUMNS)
    assert len(table) == 3 * 4 * 2
    own = table.set_index(["organisation", "theme", "rule"])
    first = own.loc[("GM0000", "interaction", "gate")]
    assert (first["phase"], first["score"], first["next_phase"]) == (2, 2, 3)
    assert (first["moves"], first["distance_indicators"]) == ("monitors_outside_office_hours", 1)
    assert own.loc[("GM0000", "interaction", "sum"), "score"] == 3
    last = own.loc[("GM0001", "context", "gate")]
    assert (last["phase"], last["moves"], last["distance_indicators"]) == (5, "", 0)
    assert pd.isna(last["next_phase"])
    between = own.loc[("GM0002", "interaction", "gate")]
    assert pd.isna(between["phase"])
    assert (between["phase_low"], between["phase_high"]) == (1, 2)
    assert between["missing_items"] == "answers_simple_questions"
    assert not table["is_simulated"].any()


def test_of_a_wave_whose_respondents_were_not_told_no_phase_is_written(model, form):
    table = growth_model_answers.list_phases(make_growth(model, form, draw_met(20), may_show=False))
    assert table.empty
    assert list(table.columns) == list(PHASE_COLUMNS)


def test_counts_of_phases_add_up_to_those_that_answered(model, form):
    growth = make_growth(model, form, draw_met())
    shown = growth_model_answers.tabulate_phases(growth, 2)
    whole = shown.groupby("theme")["organisations"].sum(min_count=6).dropna()
    assert len(whole)
    assert (whole == 150).all()
    assert shown["share_percent"].dropna().between(0, 100).all()
    most = shown[shown["phase"].gt(0)].nlargest(1, "share_percent").iloc[0]
    assert growth_model_answers.say_largest(shown) == (
        f"{most['share_percent']:.0f}% stand in phase {most['phase']} of {most['theme_name'].lower()}"
    )
    none = growth_model_answers.tabulate_phases(make_growth(model, form, draw_met(12)), 12)
    assert growth_model_answers.say_largest(none) == "Every group is too small to be shown"


def test_a_share_past_a_phase_lies_between_its_completions(model, form):
    growth = make_growth(model, form, draw_met(missing=0.1))
    for theme, phase in itertools.product(model.themes, (2, 3)):
        estimate = growth_model_answers.estimate_reached(growth, theme, phase, SMALLEST)
        placed = growth_model_answers.place_themes(growth)[theme]
        assert estimate.low <= 100 * (placed.phase_low >= phase).mean() + 1e-9
        assert estimate.high >= 100 * (placed.phase_high >= phase).mean() - 1e-9
        wider = growth_model_answers.bound_all(estimate, growth)
        assert wider.low == pytest.approx(estimate.low / 2)
        assert wider.high == pytest.approx(50 + estimate.high / 2)


@pytest.mark.parametrize("few", [1, 4, 9])
def test_a_few_on_either_side_are_told_as_fewer_than_the_threshold(model, form, few):
    met = np.ones((60, 22))
    met[:few] = 0
    told = growth_model_answers.estimate_reached(
        make_growth(model, form, met), "context", 2, SMALLEST
    )
    other = growth_model_answers.estimate_reached(
        make_growth(model, form, 1 - met), "context", 2, SMALLEST
    )
    # the same, whether one or nine are on the small side
    assert (told.low, told.high) == pytest.approx((85, 100))
    assert (other.low, other.high) == pytest.approx((0, 15))
    assert np.isnan(told.value)
    assert growth_model_answers.say_share(told) == "at least 85%"
    assert growth_model_answers.say_share(other) == "at most 15%"


def test_what_is_known_of_all_has_no_interval(model, form):
    whole, part = (make_growth(model, form, draw_met(missing=share)) for share in (0, 0.2))
    assert (
        growth_model_answers.estimate_reached(whole, "context", 3, SMALLEST).interval_kind == "none"
    )
    assert growth_model_answers.estimate_reached(part, "context", 3, SMALLEST).interval_kind == "sensitivity"  # fmt: skip


def test_a_share_is_said_with_as_many_ends_as_it_has():
    ends = {(40.2, 40.4): "40%", (40.0, 52.0): "between 40 and 52%"}
    for (low, high), text in ends.items():
        estimate = Estimate(low, low, high, "sensitivity", "share", "%")
        assert growth_model_answers.say_share(estimate) == text


# ------------------------------------------------------------------------------------------------ disclosure


def list_tables(growth, indicators, smallest_group):
    yield growth_model_answers.tabulate_phases(growth, smallest_group), ["organisations"]
    yield growth_model_answers.tabulate_sizes(growth, 2, smallest_group), ["known", "reached", "not_reached"]  # fmt: skip
    yield (
        growth_model_answers.tabulate_met(growth, indicators, smallest_group),
        ["known", "met", "not_met"],
    )
    yield growth_model_answers.tabulate_moves(growth, smallest_group), ["organisations"]
    yield growth_model_rules.compare_rules(growth, smallest_group, 0.95), ["organisations", "same", "different"]  # fmt: skip


@pytest.mark.parametrize("number", [12, 40, 150])
def test_no_table_shows_a_small_group_or_an_organisation(model, form, indicators, number):
    growth = make_growth(model, form, draw_met(number))
    hidden = 0
    for table, counts in list_tables(growth, indicators, SMALLEST):
        sizes = table[counts].stack()
        assert not sizes.between(1, SMALLEST - 1).any()
        hidden += int(table["is_hidden"].sum())
        assert "GM0" not in table.to_csv()
    assert hidden


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("missing", [0, 0.03])
def test_no_sum_less_what_is_shown_leaves_a_small_group(model, form, monkeypatch, seed, missing):
    growth, hidden = make_growth(model, form, draw_met(110, seed, missing)), 0
    for table, whole, cells in (
        (growth_model_answers.tabulate_phases, lambda t: t["theme"], ["organisations"]),
        # past the first phase is a claim, and who has one phase a column of the tests
        (growth_model_answers.tabulate_phases, lambda t: t["theme"].where(t["phase"] > 1), ["organisations"]),
        (growth_model_answers.tabulate_phases, lambda t: t["theme"].where(t["phase"] > 0), ["organisations"]),
        (growth_model_answers.tabulate_moves, lambda t: t["theme"], ["organisations"]),
        # who fails the first indicator is in the table of who meets each
        (growth_model_answers.tabulate_moves, lambda t: t["theme"].where(t["theme"].duplicated()), ["organisations"]),
        (lambda g, n: growth_model_answers.tabulate_sizes(g, 2, n), lambda t: t["theme"], ["reached", "not_reached"]),
    ):  # fmt: skip
        shown = table(growth, SMALLEST)
        with monkeypatch.context() as patched:
            patched.setattr(
                growth_model_answers, "hide_small_parts", lambda t, **_: t.assign(is_hidden=False)
            )
            raw = table(growth, SMALLEST)[cells].to_numpy(dtype=float)
        for _, part in shown.groupby(whole(shown)):
            out = part["is_hidden"]
            sums = raw[part.index[out]].sum(axis=0)
            all_small = not (raw[part.index[~out]].sum(axis=1) > 0).any()
            assert all_small or ((sums == 0) | (sums >= SMALLEST)).all()
            assert all_small or out.sum() != 1
            hidden += out.sum()
    assert hidden


def test_who_meets_an_indicator_is_hidden_where_a_phase_tells_the_few_beside(
    model, form, indicators
):
    context = [list(model.indicators).index(c) for c in model.themes["context"].indicators]
    for start, few in ((5, True), (10, False), (0, False)):
        met = np.ones((60, 22))
        # 45 stop at one of the first two; less those who fail the second, those who fail the first only
        met[:20, context[0]], met[start:45, context[1]] = 0, 0
        table = growth_model_answers.tabulate_met(
            make_growth(model, form, met), indicators, SMALLEST
        )
        own = table[table["theme"].eq("context")]["is_hidden"].tolist()
        assert own[:2] == [False, few]


def test_a_change_of_the_rules_tells_no_number_to_subtract(model, form):
    def vary(met):
        return growth_model_rules.vary_rules(make_growth(model, form, met), SMALLEST)

    met = np.ones((200, 22))
    # all stop at the third of participation; the fifth is met, but by some
    society = [list(model.indicators).index(c) for c in model.themes["participation_society"].indicators]  # fmt: skip
    met[:60, society[2]] = 0
    met[:52, society[3]] = 0
    one = vary(met)
    assert not {"changed", "unchanged", "organisations"} & set(one.columns)
    assert (one["changed_percent"] % 5 == 0).all()
    # 60 less 52 are 8; 10 or 6 look the same
    for number in (50, 54):
        other = met.copy()
        other[:number, society[3]] = 0
        pd.testing.assert_frame_equal(one, vary(other))
    steps = {10: 100, 12: 100, 20: 50, 40: 25, 99: 20, 100: 10, 150: 10, 199: 10, 200: 5, 400: 5}
    for number, step in steps.items():
        growth = make_growth(model, form, np.ones((number, 22)))
        assert growth_model_rules.find_step(growth, SMALLEST) == step


def test_fewer_answers_than_the_threshold_answer_nothing(model, form, indicators):
    growth = make_growth(model, form, draw_met(SMALLEST - 1))
    with pytest.raises(NotAnswerable, match="fewer than 10"):
        growth_model_answers.tabulate_phases(growth, SMALLEST)
    with pytest.raises(NotAnswerable, match="fewer than 10"):
        growth_model_answers.estimate_reached(growth, "context", 2, SMALLEST)
    with pytest.raises(InputError, match="smallest_group is 1"):
        growth_model_rules.vary_rules(growth, 1)


# ------------------------------------------------------------------------------------------------ the rules


def test_on_a_ladder_gate_and_sum_are_one_and_order_decides_nothing_else(model, form):
    steps = np.arange(120)[:, None] % 7
    ladder = np.concatenate([(steps > np.arange(len(t.indicators))) for t in model.themes.values()], axis=1)  # fmt: skip
    growth = make_growth(model, form, ladder)
    agreement = growth_model_rules.compare_rules(growth, SMALLEST, 0.95)
    assert agreement["different"].eq(0).all()
    assert agreement["kappa"].tolist() == pytest.approx([1] * 4)
    moved = growth_model_rules.vary_rules(growth, SMALLEST).set_index(["theme", "kind"])
    assert moved.xs("rule", level="kind")["changed_percent"].eq(0).all()
    assert growth_model_rules.estimate_least_agreement(agreement, 0.95)[0].value == pytest.approx(1)


def test_the_sum_does_not_notice_the_order(model, form):
    by_sum = model.model_copy(update={"rule": "sum"})
    moved = growth_model_rules.vary_rules(make_growth(by_sum, form, draw_met()), SMALLEST)
    assert moved.query("kind == 'order'")["changed_percent"].eq(0).all()
    assert moved.query("kind == 'rule'")["change"].str.contains("gate instead of sum").all()


def test_each_single_change_is_tried_and_a_threshold_judges_anew(model, form):
    met = draw_met(missing=0)
    values = pd.DataFrame(met, columns=list(model.indicators))
    values["joins_outside"] = np.tile([1.0, 2.0, 3.0], 50)
    met[:, list(model.indicators).index("joins_outside")] = values["joins_outside"] >= 3
    met[:, :5] = 1
    growth = make_growth(model, form, met, values=values)
    moved = growth_model_rules.vary_rules(growth, SMALLEST)
    own = moved[moved["theme"].eq("interaction")].set_index("change")
    # every third comes into the last phase when sporadically is enough; often, and the third that does it leaves it
    assert own.loc["“joins outside” at least 2 instead of 3", "changed_percent"] == 30
    assert own.loc["“joins outside” at least 4 instead of 3", "changed_percent"] == 30
    assert own.loc["without “joins outside”", "changed_percent"] == 70
    thresholds = sum(len(one.other_thresholds) for one in model.indicators.values())
    counts = moved["kind"].value_counts()
    assert (counts["indicator"], counts["threshold"], counts["rule"]) == (22, thresholds, 4)
    summary = growth_model_rules.summarise_variations(moved)
    assert summary["tried"].sum() == len(moved)
    largest, row = growth_model_rules.estimate_largest_change(moved, growth, SMALLEST)
    assert largest.value == moved["changed_percent"].max() == row["changed_percent"]
    assert (largest.interval_kind, largest.high - largest.low, largest.n) == ("rounding", 10, 150)
    assert growth_model_rules.find_typical_change(moved) in set(moved["changed_percent"])


def test_moves_are_counted_where_the_gate_ends(model, form):
    met = np.ones((30, 22))
    met[:12, 1] = 0
    met[12:, 3] = 0
    moves = growth_model_answers.tabulate_moves(make_growth(model, form, met), SMALLEST)
    own = moves[moves["theme"].eq("interaction")].set_index("indicator")["organisations"]
    assert own["answers_simple_questions"] == 12
    assert own["answers_within_a_day"] == 18
    assert own.sum() == 30


def test_where_the_gate_ends_is_hidden_as_far_as_the_phase_or_those_at_the_end_would_tell(
    model, form
):
    met = np.ones((60, 22))
    society = [list(model.indicators).index(c) for c in model.themes["participation_society"].indicators]  # fmt: skip
    # cut points 1, 2, 4, 5: the third and the fourth indicator lead to the same phase
    met[:20, society[0]], met[20:38, society[2]], met[38:42, society[3]] = 0, 0, 0
    moves = growth_model_answers.tabulate_moves(make_growth(model, form, met), SMALLEST)
    own = moves[moves["theme"].eq("participation_society")]["organisations"]
    assert own.tolist() == [20, 0, pd.NA, pd.NA, 0, 18]
    # those that meet all are a group as well
    met[42:, society[4]], met[57:, society[4]] = 0, 1
    moves = growth_model_answers.tabulate_moves(make_growth(model, form, met), SMALLEST)
    assert moves[moves["theme"].eq("participation_society")]["is_hidden"].tolist()[-2:] == [
        True,
        True,
    ]


def test_an_order_that_does_not_hold_is_seen(model, form, indicators):
    met = np.zeros((60, 22))
    met[:20, 0], met[:40, 1] = 1, 1
    table = growth_model_answers.tabulate_met(make_growth(model, form, met), indicators, SMALLEST)
    assert table["is_out_of_order"].iloc[:3].tolist() == [pd.NA, True, False]
    assert growth_model_answers.count_out_of_order(table).value == 1
    assert table["met_percent"].iloc[1] == pytest.approx(100 * 40 / 60)


# ------------------------------------------------------------------------------------------------ size, themes, classes


def test_the_phase_rises_with_population_where_it_was_made_to(model, form):
    tests = growth_model_answers.test_sizes(make_growth(model, form, draw_met(missing=0)))
    assert tests["kendall_tau"].gt(0).all()
    ordered = tests.sort_values("p")
    holm = np.minimum(1, np.maximum.accumulate(ordered["p"] * [4, 3, 2, 1]))
    assert ordered["p_holm"].tolist() == pytest.approx(holm.tolist())
    found = growth_model_answers.count_themes_by_size(tests, 0.05).value
    assert found == tests["p_holm"].lt(0.05).sum() >= 3
    falling = growth_model_answers.test_sizes(make_growth(model, form, draw_met(missing=0)[::-1]))
    assert falling["kendall_tau"].lt(0).all()
    assert growth_model_answers.count_themes_by_size(falling, 0.05).value == 0
    alike = growth_model_answers.test_sizes(make_growth(model, form, np.ones((30, 22))))
    assert alike["p_holm"].isna().all()


def test_themes_far_apart_are_counted(model, form):
    met = np.ones((40, 22))
    met[:15, :6] = 0
    apart = growth_model_answers.estimate_apart(make_growth(model, form, met), SMALLEST)
    assert (apart.value, apart.n) == (37.5, 40)
    met[:15, :6] = 1
    met[:5, :6] = 0
    with pytest.raises(NotAnswerable, match="phases far apart are fewer than 10"):
        growth_model_answers.estimate_apart(make_growth(model, form, met), SMALLEST)


def test_classes_are_explored_and_small_ones_hidden(model, form):
    rng = np.random.default_rng(4)
    further = np.arange(90) < 60
    met = (rng.random((90, 22)) < np.where(further, 0.8, 0.2)[:, None]).astype(float)
    met[:, 0] = np.nan
    growth = make_growth(model, form, met)
    fits = growth_model_rules.fit_classes(growth, SMALLEST, most=2, starts=3, seed=1)
    table = growth_model_rules.tabulate_fits(fits)
    assert table["parameters"].tolist() == [21, 43]
    assert growth_model_rules.choose_classes(fits) is fits[1]
    described = growth_model_rules.describe_classes(growth, fits[1], SMALLEST)
    assert described["organisations"].tolist() == [30, 60]
    assert described["met_percent"].is_monotonic_increasing
    assert growth_model_rules.describe_classes(growth, fits[1], 40)["organisations"].isna().all()
    indices = growth_model_rules.resample_classes(growth, fits[1], draws=3, seed=1)
    stability = growth_model_rules.estimate_stability(indices)
    assert stability.value > 0.9
    # a range of three draws is no interval of 95 %
    assert (stability.low, stability.high) == (min(indices), max(indices))
    assert (stability.interval_kind, stability.confidence, stability.n) == ("sensitivity", None, 3)
    assert "3 resamplings" in stability.estimand
    with pytest.raises(NotAnswerable, match="latent classes: 90 units cannot tell"):
        growth_model_rules.fit_classes(growth, SMALLEST, most=5, starts=1, seed=1)


# ------------------------------------------------------------------------------------------------ figures


def test_figures_draw_what_is_shown_and_mark_what_is_hidden(model, form, indicators):
    growth = make_growth(model, form, draw_met(120))
    phases = growth_model_answers.tabulate_phases(growth, SMALLEST)
    look = {"title": "t", "subtitle": "s", "source": "x"}
    axes = plots.draw_phases(phases, **look).axes[0]
    widths = [patch.get_width() for patch in axes.patches]
    assert sum(widths) == pytest.approx(400)
    assert any(patch.get_hatch() for patch in axes.patches) == phases["is_hidden"].any()
    met = growth_model_answers.tabulate_met(growth, indicators, SMALLEST)
    told = [text.get_text() for text in plots.draw_met(met, **look).axes[0].texts]
    assert sum("too few" in text for text in told) == int(met["is_hidden"].sum())
    variations = growth_model_rules.vary_rules(growth, SMALLEST)
    axes = plots.draw_variations(variations, **look).axes[0]
    dots = sum(len(drawn.get_offsets()) for drawn in axes.collections)
    shared = [int(text.get_text()) for text in axes.texts if text.get_text().isdigit()]
    assert shared
    assert dots - len(shared) + sum(shared) == len(variations)
