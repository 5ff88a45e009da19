"""Every check and core figure gets the verdict that the evidence gives, and no other."""

import ast
import re
from pathlib import Path

import pandas as pd
import pytest

from roeptoeter.errors import InputError
from roeptoeter.published import core_figures, read_figures, read_sources
from roeptoeter.questions import consistency
from roeptoeter.registers import build_organisations
from roeptoeter.study import read_yaml

ROOT = Path(__file__).parents[1]
MANUAL = ROOT / "data" / "manual"

NOT_COMPARABLE = "10 25 30 34 35 37 39 47 48 60 66 68 69 76 88"
UNDECIDED = "04 26 32 46 51 53 59 61 64 70 73 75 81 87 89"
FAILS = "16 19 20 24 28 33 38 40 49 55 72 78 84 85 91"

# (text of the result that the check must give; worked out by hand from the articles)
ORACLES = {
    "C01": "52.11",
    "C05": "241",
    "C06": "181",
    "C07": "117",
    "C08": "20",
    "C09": "198; 559; 35.42",
    "C12": "24.9",
    "C17": "213; 83; 12",
    "C18": "21,031.83; 20,922.49",
    "C20": "Zuid-Holland; Zeeland",
    "C23": "62; 125, 126; 64.61, 64.94",
    "C24": "71.62, 71.96, 72.3; 75.65, 75.97, 76.3",
    "C28": "84",
    "C38": "13.1",
    "C39": "7; 9",
    "C49": "52.27; 38.31; 59.74",
    "C53": "none; none; 37, 64, 74, 91, 101, 111, 118, 128",
    "C55": "75.79; 5.33",
    "C56": "15.24; 5.33; 6.86",
    "C57": "33.67; 35",
    "C62": "10.73",
    "C72": "−2; −31; −8; 12; −9; −5",
    "C73": "74.93; 9.93; 34; 0.93; −0.62",
    "C78": "53.24; 33.52; 38.03",
    "C83": "22.41",
    "C87": "55.26; 39.71, 69.85",
    "C91": "640,000; 640,000; 650,000",
}


def read_manual(name):
    return pd.read_csv(MANUAL / name, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


@pytest.fixture(scope="module")
def organisations():
    return build_organisations(ROOT / "data" / "raw" / "registers")


@pytest.fixture(scope="module")
def checks():
    return read_manual("checks.csv")


@pytest.fixture(scope="module")
def tests():
    return read_manual("figure_tests.csv")


@pytest.fixture(scope="module")
def evaluated(checks, figures, organisations):
    return consistency.evaluate_checks(checks, figures, organisations).set_index("check_id")


@pytest.fixture(scope="module")
def judged(tests, figures, organisations):
    return consistency.judge_figures(tests, figures, organisations).set_index("figure_id")


def with_number(figures, figure_id, number):
    changed = figures.copy()
    changed.loc[changed["figure_id"] == figure_id, "printed_number"] = number
    return changed


def verdict_of(check_id, checks, figures, organisations):
    one = checks[checks["check_id"] == check_id]
    return consistency.evaluate_checks(one, figures, organisations)["verdict"].item()


def judge(figure_id, tests, figures, organisations):
    one = tests[tests["figure_id"] == figure_id]
    return consistency.judge_figures(one, figures, organisations)["verdict"].item()


def test_all_92_checks_have_the_verdict_expected(evaluated):
    expected = {f"C{number:02d}": "holds" for number in range(1, 93)}
    for verdict, ids in (
        ("not_comparable", NOT_COMPARABLE), ("undecided", UNDECIDED), ("fails", FAILS),
    ):  # fmt: skip
        expected |= {f"C{number}": verdict for number in ids.split()}
    assert evaluated["verdict"].to_dict() == expected


@pytest.mark.parametrize(("check_id", "computed"), ORACLES.items())
def test_results_of_checks_are_those_worked_out_by_hand(evaluated, check_id, computed):
    assert evaluated.loc[check_id, "computed"] == computed


def test_holds_and_fails_are_never_typed(checks, evaluated):
    assert set(checks["verdict_if_judged"]) == {"", "not_comparable", "undecided"}
    assert (evaluated["verdict_from"] == "criterion").sum() == 62


@pytest.mark.parametrize(
    ("check_id", "figure_id", "number", "verdict"),
    [
        ("C01", "F003", 230, "fails"),
        ("C05", "F038", 49.3, "fails"),  # 119 / 241 is 49.4%, no base gives 49.3%
        ("C23", "F047", 70, "fails"),
        ("C24", "F050", 72, "holds"),
        ("C38", "F010", 11, "holds"),
        ("C49", "F065", 59, "holds"),
        ("C55", "F187", 600, "holds"),
        ("C72", "F047", 97, "fails"),  # response time alone keeps it failing
        ("C91", "F342", -655_000, "holds"),
        ("C92", "F340", 12_100_000, "fails"),
    ],
)
def test_a_changed_figure_changes_the_verdict(
    checks, figures, organisations, check_id, figure_id, number, verdict
):
    changed = with_number(figures, figure_id, number)
    assert verdict_of(check_id, checks, changed, organisations) == verdict


def test_two_years_behind_would_hold_if_every_indicator_were_between(
    checks, figures, organisations
):
    changed = with_number(with_number(figures, "F047", 97), "F066", 22)
    assert verdict_of("C72", checks, changed, organisations) == "holds"


def test_another_register_changes_the_verdict(checks, figures, organisations):
    moved = organisations.copy()
    moved.loc[moved["name"] == "Goeree-Overflakkee", "province"] = "Zeeland"
    assert verdict_of("C20", checks, figures, moved) == "holds"
    fewer = organisations[organisations["name"] != "Veere"]
    assert verdict_of("C15", checks, figures, fewer) == "fails"


def test_every_criterion_rests_on_a_figure_or_a_register(checks):
    for check in checks[checks["criterion"] != ""].itertuples():
        tree = ast.parse(check.criterion, mode="eval")
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        quoted = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        evidence = {name for name in named | quoted if re.match(r"F\d{3}$|[nv]l_", str(name))}
        assert evidence, check.check_id


def test_every_figure_a_check_uses_is_listed_beside_it(checks):
    for check in checks.itertuples():
        used = set(re.findall(r"F\d{3}", f"{check.expression} {check.criterion}"))
        assert used <= set(check.figure_ids.split(";")), check.check_id


def test_every_core_figure_has_exactly_one_test(tests, figures):
    core = core_figures(figures, read_sources(ROOT / "data" / "raw" / "published"))
    assert sorted(tests["figure_id"]) == sorted(core["figure_id"])
    assert len(core) == 117


def test_no_figure_is_tested_with_itself_alone(tests):
    for test in tests[tests["expression"] != ""].itertuples():
        others = set(re.findall(r"F\d{3}", test.expression)) - {test.figure_id}
        assert others or re.search(r"[nv]l_|days\(", test.expression), test.figure_id


@pytest.mark.parametrize(
    ("figure_id", "verdict"),
    [
        ("F006", "reproduced"),
        ("F057", "reproduced"),
        ("F074", "reproduced"),
        ("F004", "follows within rounding"),
        ("F015", "follows within rounding"),  # only repeated by the same authors
        ("F028", "follows within rounding"),  # repeats an article, so never reproduced
        ("F052", "follows within rounding"),
        ("F010", "contradicted"),
        ("F029", "contradicted"),
        ("F032", "contradicted"),
        ("F046", "contradicted"),
        ("F050", "contradicted"),
        ("F060", "contradicted"),
        ("F072", "contradicted"),
        ("F099", "contradicted"),
        ("F011", "not computable"),
        ("F116", "not computable"),
    ],
)
def test_figures_have_the_verdict_expected(judged, figure_id, verdict):
    assert judged.loc[figure_id, "verdict"] == verdict


@pytest.mark.parametrize(
    ("figure_id", "changed_id", "number", "verdict"),
    [
        ("F006", "F006", 404, "contradicted"),
        ("F004", "F004", 53, "contradicted"),
        ("F010", "F179", 13, "reproduced"),
        ("F028", "F009", 76, "contradicted"),
        ("F050", "F050", 72, "follows within rounding"),
        ("F097", "F340", 12_000_000, "contradicted"),
    ],
)
def test_a_changed_figure_changes_its_verdict(
    tests, figures, organisations, figure_id, changed_id, number, verdict
):
    changed = with_number(figures, changed_id, number)
    assert judge(figure_id, tests, changed, organisations) == verdict


def test_every_verdict_has_a_reason_and_untested_figures_have_a_known_one(judged):
    assert judged["reason"].str.len().gt(10).all()
    untested = judged["verdict"] == "not computable"
    assert judged.loc[untested, "not_computable_because"].notna().all()
    assert judged.loc[untested, "obtained"].isna().all()
    assert judged.loc[~untested, "obtained"].notna().all()


@pytest.mark.parametrize(
    ("number", "decimals", "qualifier", "expected"),
    [
        (13, 0, None, (12.5, 13.5)),
        (75, 0, "about", (74.5, 75.5)),
        (80, 0, "almost", (70, 80)),
        (400_000, 0, "almost", (300_000, 400_000)),
        (11_000_000, -6, "just_over", (11_000_000, 12_000_000)),
        (650_000, 0, "just_over", (650_000, 660_000)),
        (-650_000, 0, "just_over", (-660_000, -650_000)),
        (2, 0, "less_than", (0, 2)),
        (10, 0, "more_than", (10, float("inf"))),
    ],
)
def test_a_printed_number_is_read_with_its_qualifier(number, decimals, qualifier, expected):
    printed = {"figure_id": "F1", "printed_number": number, "printed_decimals": decimals}
    row = pd.Series({**printed, "qualifier": qualifier})
    assert consistency.read_as_interval(row) == pytest.approx(expected)


def test_office_hours_alone_make_people_wait():
    wait = consistency.mean_wait_behind_office_hours
    assert wait(5, 9, 17) == pytest.approx((4 * 16**2 / 2 + 64**2 / 2) / 168)
    assert wait(7, 9, 17) == pytest.approx(7 * 16**2 / 2 / 168)
    assert wait(5, 0, 24) == pytest.approx(48**2 / 2 / 168)
    assert wait(7, 0, 24) == 0
    with pytest.raises(ValueError, match="no week"):
        wait(8, 9, 17)


def test_counts_table_recovers_the_frames_nobody_printed(figures, organisations):
    table = consistency.admissible_count_table(figures, organisations).set_index("figure_id")
    frames = table.loc[["F038", "F040", "F042", "F044"]]
    assert frames["lowest_base"].tolist() == [241, 181, 117, 20]
    assert frames["bases"].tolist() == [1, 1, 1, 1]
    assert table.loc["F046", ["lowest_count", "highest_count"]].tolist() == [224, 226]
    assert table.loc["F051", ["lowest_count", "highest_count"]].tolist() == [62, 62]
    assert table.loc["F052", ["lowest_count", "highest_count"]].tolist() == [125, 126]
    assert table.loc["F073", ["lowest_count", "highest_count"]].tolist() == [350, 352]
    assert table.loc["F237", "counts"] == 0  # 24.89% of 739 is no count: it was cut off
    assert "F010" not in table.index  # a share of messages has no base among municipalities


def find(figures, organisations, evaluated):
    entries = read_yaml(MANUAL / "contradictions.yaml")["contradictions"]
    return consistency.find_contradictions(
        entries, evaluated.reset_index(), figures, organisations
    ).set_index("contradiction_id")


def test_every_failing_check_is_told_as_a_contradiction(figures, organisations, evaluated):
    told = ", ".join(find(figures, organisations, evaluated)["check_ids"]).split(", ")
    failing = evaluated.index[evaluated["verdict"] == "fails"]
    assert set(failing) <= set(told)


def test_paragraphs_carry_the_computed_numbers(figures, organisations, evaluated):
    told = find(figures, organisations, evaluated)
    assert "71.6 to 72.3%" in told.loc["facebook-by-class", "paragraph"]
    assert "13.1%" in told.loc["replies-2013", "paragraph"]
    assert "15.2 hours" in told.loc["minutes-and-hours", "paragraph"]
    assert "52.3%" in told.loc["words-and-behaviour", "paragraph"]
    assert "Zuid-Holland" in told.loc["province", "paragraph"]


def test_a_contradiction_that_is_mended_is_no_longer_told(checks, figures, organisations):
    mended = with_number(figures, "F050", 72)
    evaluated = consistency.evaluate_checks(checks, mended, organisations)
    told = find(mended, organisations, evaluated.set_index("check_id"))
    assert "facebook-by-class" not in told.index
    assert len(told) == 13


def test_no_number_is_typed_in_the_contradictions():
    for entry in read_yaml(MANUAL / "contradictions.yaml")["contradictions"]:
        for text in (entry["title"], entry["paragraph"], *entry["statements"]):
            assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", text)), text


def test_claimed_numbers_are_those_worked_out_by_hand(figures, organisations):
    entries = read_yaml(MANUAL / "contradictions.yaml")["claimed_numbers"]
    numbers = consistency.compute_claimed_numbers(entries, figures, organisations)
    others = numbers["others_on_facebook"]
    assert (others.low, others.high) == pytest.approx((100 * 212 / 296, 100 * 214 / 296))
    most = numbers["highest_interacting"]
    assert (most.value, most.high) == pytest.approx((100 * 184 / 308, 100 * 186 / 308))
    assert numbers["wait_behind_office_hours"].value == pytest.approx(2560 / 168)
    assert numbers["wait_behind_office_hours"].low == pytest.approx(896 / 168)
    two_kinds = numbers["replies_of_two_kinds"]
    ends = (100 * 10.5 / 84, 100 * 11 / 84, 100 * 11.5 / 84)
    assert (two_kinds.low, two_kinds.value, two_kinds.high) == pytest.approx(ends)
    assert numbers["flemish_response"].value == pytest.approx(100 * 198 / 559)
    del entries["flemish_response"]["unit"]
    with pytest.raises(InputError, match="flemish_response: unit is missing"):
        consistency.compute_claimed_numbers(entries, figures, organisations)


def a_check(**fields):
    row = {
        "check_id": "C01", "topic": "response", "statement": "so", "figure_ids": "F003",
        "expression": "F003", "criterion": "F003 > 0", "verdict_if_judged": "", "reason": "",
    }  # fmt: skip
    return pd.DataFrame([row | fields])


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"expression": "F999"}, "C01, expression: unknown name F999"),
        ({"criterion": "nl_cows_2014 > 1"}, "C01, criterion: unknown name nl_cows_2014"),
        ({"criterion": "agrees('F999', 1)"}, "C01, criterion: .*no figure F999"),
        ({"expression": "share(F003,"}, "C01, expression: .* is no expression"),
        ({"expression": "open('x')"}, "C01, expression: unknown function open"),
        ({"expression": "share(F003, 0)"}, "C01, expression: .* cannot be computed"),
        ({"expression": "counts('F022', 9)"}, "C01, expression: F022 is no printed percentage"),
        ({"criterion": "F003"}, "C01: the criterion gives 210; expected a comparison"),
        ({"figure_ids": "F003;F999"}, "C01: figure_ids names F999"),
        ({"verdict_if_judged": "holds"}, "C01: expected either a criterion or"),
        ({"criterion": ""}, "C01: expected either a criterion or"),
        ({"criterion": "", "verdict_if_judged": "maybe"}, "C01: verdict_if_judged is 'maybe'"),
        ({"statement": "{F999} things"}, "C01, statement: the text"),
    ],
)
def test_a_faulty_check_is_refused_in_one_line(figures, organisations, fields, said):
    with pytest.raises(InputError, match=said) as refusal:
        consistency.evaluate_checks(a_check(**fields), figures, organisations)
    assert str(refusal.value).startswith("data/manual/checks.csv, C01")
    assert "\n" not in str(refusal.value)


def test_a_missing_column_and_a_double_id_are_refused(figures, organisations):
    with pytest.raises(InputError, match="column criterion is missing"):
        consistency.evaluate_checks(a_check().drop(columns="criterion"), figures, organisations)
    with pytest.raises(InputError, match="C01: stands twice"):
        consistency.evaluate_checks(pd.concat([a_check(), a_check()]), figures, organisations)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"figure_id": "F999"}, "F999: there is no such figure"),
        ({"compared_with": "a friend"}, "F006: compared_with is 'a friend'"),
        ({"compared_with": "none"}, "F006: expected either an expression"),
        (
            {"compared_with": "none", "expression": "", "not_computable_because": "too hard"},
            "F006: not_computable_because is 'too hard'",
        ),
        ({"expression": "nl_cows_2014"}, "F006, expression: unknown name"),
    ],
)
def test_a_faulty_figure_test_is_refused_in_one_line(figures, organisations, fields, said):
    row = {
        "figure_id": "F006", "expression": "nl_municipalities_2014", "compared_with": "register",
        "not_computable_because": "", "reason": "register of that year",
    }  # fmt: skip
    with pytest.raises(InputError, match=said) as refusal:
        consistency.judge_figures(pd.DataFrame([row | fields]), figures, organisations)
    assert str(refusal.value).startswith("data/manual/figure_tests.csv")
    assert "\n" not in str(refusal.value)
