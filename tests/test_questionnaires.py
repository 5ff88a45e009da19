"""Questionnaires: declared as data, and the same answers out of three survey tools; what does not fit is told."""

import datetime as dt
import json
import re

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from roeptoeter import exports, questionnaires
from roeptoeter import study as study_module
from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.questionnaire_answers import match_answers
from roeptoeter.questionnaires import list_questionnaires, read_codebook, read_questionnaire
from roeptoeter.questions.disclosure import (
    check_smallest_group,
    hide_small_groups,
    hide_small_parts,
    is_disclosive,
    refuse_small_group,
)
from roeptoeter.questions.survey_answers import read_survey
from roeptoeter.sources import declaration
from roeptoeter.sources.intake import read_exports
from roeptoeter.study import Study

FORM = {
    "title": {"nl": "Proef", "en": "Trial"},
    "topics": {"use": {"nl": "Gebruik", "en": "Use"}},
    "waves": {
        "2024": {
            "region": "NL", "organisation_type": "municipality", "register_year": 2024, "invited": 4, "edition": "2024 Q2",
            "may_link": True,
        },
        "2025": {"region": "NL", "organisation_type": "municipality"},
    },
    "items": {
        "is_active": {"topic": "use", "kind": "yes_no", "wording": {"nl": "Actief?", "en": "Active?"}},
        "answers": {
            "topic": "use", "kind": "yes_no", "wording": {"nl": "Antwoordt u?", "en": "Do you answer?"},
            "asked_if": {"is_active": ["Y"]}, "waves": ["2024"], "names": ["V2"],
        },
        "often": {
            "topic": "use", "kind": "scale", "wording": {"nl": "Hoe vaak?", "en": "How often?"},
            "options": {"1": {"nl": "nooit", "en": "never"}, "2": {"nl": "soms", "en": "sometimes"}, "3": {"nl": "vaak", "en": "often"}},
        },
        "mark": {"topic": "use", "kind": "scale", "wording": {"nl": "Cijfer", "en": "Mark"}, "lowest": 1, "highest": 10},
        "style": {
            "topic": "use", "kind": "single", "wording": {"nl": "Stijl", "en": "Style"},
            "options": {"formal": {"nl": "zakelijk", "en": "formal"}, "loose": {"nl": "los", "en": "loose"}},
        },
        "barriers": {
            "topic": "use", "kind": "multiple", "wording": {"nl": "Wat houdt u tegen?", "en": "What holds you back?"},
            "options": {"time": {"nl": "tijd", "en": "lack of time"}, "money": {"nl": "geld", "en": "money"}},
        },
        "staff": {"topic": "use", "kind": "number", "wording": {"nl": "Hoeveel mensen?", "en": "How many people?"}, "lowest": 0},
        "remark": {"topic": "use", "kind": "open", "wording": {"nl": "Wat nog?", "en": "What else?"}, "codebook": "needs"},
    },
}  # fmt: skip

BOOK = {
    "title": {"nl": "Nodig", "en": "Needed"},
    "reason": "an example",
    "codes": {
        "time": {"label": {"nl": "tijd", "en": "time"}, "words": ["tijd", "uren"]},
        "money": {"label": {"nl": "geld", "en": "money"}, "words": ["geld*", "budget"]},
    },
}

ORGANISATIONS = """edition_year,region,code,name,organisation_type,province,population,latitude,longitude
2024,NL,GM0001,Alfastad,municipality,Utrecht,12000,52.1,5.1
2024,NL,GM0002,Betadorp,municipality,Utrecht,30000,52.2,5.2
2024,NL,GM0003,Gammaveen,municipality,Drenthe,60000,52.3,5.3
2024,NL,GM0004,Deltahove,municipality,Drenthe,15000,52.4,5.4
"""

SECRET = "GEHEIM-BERICHT-77 meer uren en budget"

#: What four respondents said: organisation, then the items in their order; None: not answered.
ANSWERS = [
    ("GM0001", "Y", "Y", 3, 8, "formal", ("time",), 2, SECRET),
    ("Betadorp", "Y", "N", 1, 6, "loose", ("time", "money"), 0, None),
    ("GM0003", "N", None, 2, 5, "formal", (), None, "geldgebrek"),
    ("gemeente Deltahove", "Y", "Y", None, 10, None, ("money",), 3, "niets"),
]


class Place:
    """A repository of its own, with a questionnaire and a study."""

    def __init__(self, root):
        self.root = root
        self.folder = root / "data/raw/exports/mine"
        self.folder.mkdir(parents=True)
        (self.folder / "organisations.csv").write_text(ORGANISATIONS)
        self.study = Study(name="mine", title="A study", evidence="measured")
        self.files = {}
        self.declare(FORM)
        self.write("data/manual/codebooks/needs.yaml", yaml.safe_dump(BOOK))

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def declare(self, form, name="trial"):
        self.write(f"studies/questionnaires/{name}.yaml", yaml.safe_dump(form, sort_keys=False))

    def add(self, file, kind, **entry):
        self.files[file] = {
            "format": kind, "platform": "survey", "exported_on": dt.date(2024, 12, 1), "survey": "trial",
            "wave": "2024", **entry,
        }  # fmt: skip
        self.files[file] = {key: told for key, told in self.files[file].items() if told is not None}
        return self.folder / file

    def add_limesurvey(self, answers=ANSWERS, file="answers.csv", labels=False, **entry):
        declared = {"organisation_column": "gemeente", "time_zone": "Europe/Amsterdam", **entry}
        path = self.add(file, "limesurvey", **declared)
        head = "id,submitdate,lastpage,gemeente,is_active,V2,often,mark,style,barriers[time],barriers[money],staff,remark"
        lines = [head]
        for number, (
            code,
            active,
            replies,
            often,
            mark,
            style,
            barriers,
            staff,
            remark,
        ) in enumerate(answers, start=1):
            if labels:
                active, replies = (
                    {"Y": "Ja", "N": "Nee", None: "N/A"}[x] for x in (active, replies)
                )
                often = {1: "Nooit", 2: "Soms", 3: "Vaak"}.get(often, often)
                style = {"formal": "Zakelijk", "loose": "Los"}.get(style, style)
            cells = [
                number, f"2024-05-{number:02d} 10:00:00", 1, code, active, replies or "N/A", often, mark, style,
                "Y" if "time" in barriers else "", "Y" if "money" in barriers else "", staff, remark,
            ]  # fmt: skip
            lines.append(",".join("" if cell is None else str(cell) for cell in cells))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return self

    def add_qualtrics(self, answers=ANSWERS):
        path = self.add(
            "answers.csv", "qualtrics", organisation_column="gemeente", time_zone="Europe/Amsterdam"
        )
        names = ["ResponseId", "EndDate", "Finished", "gemeente", "is_active", "answers", "often", "mark", "style",
                 "barriers_1", "barriers_2", "staff", "remark"]  # fmt: skip
        texts = ["Response ID", "End Date", "Finished", "Gemeente", "Actief?", "Antwoordt u?", "Hoe vaak?", "Cijfer",
                 "Stijl", "Wat houdt u tegen? - tijd", "Wat houdt u tegen? - geld", "Hoeveel mensen?", "Wat nog?"]  # fmt: skip
        ids = [json.dumps({"ImportId": f"QID{place}"}) for place in range(len(names))]
        ids[9:11] = [json.dumps({"ImportId": f"QID9_{option}"}) for option in (1, 2)]
        ids[0] = json.dumps({"ImportId": "_recordId"})
        ids[1] = json.dumps({"ImportId": "endDate", "timeZone": "Europe/Amsterdam"})
        rows = [names, texts, ids]
        words = {"Y": "Ja", "N": "Nee", None: ""}
        for number, (
            code,
            active,
            replies,
            often,
            mark,
            style,
            barriers,
            staff,
            remark,
        ) in enumerate(answers, start=1):
            rows.append(
                [f"R_00000{number}x", f"2024-05-{number:02d} 10:00:00", "True", code, words[active], words[replies],
                 {1: "nooit", 2: "soms", 3: "vaak", None: ""}[often], mark, {"formal": "formal", "loose": "loose", None: ""}[style],
                 "tijd" if "time" in barriers else "", "geld" if "money" in barriers else "", staff, remark]
            )  # fmt: skip
        frame = pd.DataFrame(rows[1:], columns=rows[0])
        frame.to_csv(path, index=False)
        return self

    def add_spss(self, answers=ANSWERS):
        path = self.add(
            "answers.sav", "spss", organisation_column="gemeente", respondent_column="nr"
        )
        rows = [
            (
                f"r{number}", code, {"Y": 1.0, "N": 2.0, None: np.nan}[active],
                {"Y": 1.0, "N": 2.0, None: np.nan}[replies], np.nan if often is None else float(often), float(mark),
                {"formal": 1.0, "loose": 2.0, None: np.nan}[style], float("time" in barriers), float("money" in barriers),
                np.nan if staff is None else float(staff), remark or "",
            )
            for number, (code, active, replies, often, mark, style, barriers, staff, remark) in enumerate(answers, start=1)
        ]  # fmt: skip
        names = ["nr", "gemeente", "is_active", "V2", "often", "mark", "style", "barriers_time", "barriers_money", "staff", "remark"]  # fmt: skip
        yes = {1.0: "Ja", 2.0: "Nee"}
        pyreadstat.write_sav(
            pd.DataFrame(rows, columns=names), path,
            variable_value_labels={
                "is_active": yes, "V2": yes, "often": {1.0: "nooit", 2.0: "soms", 3.0: "vaak"},
                "style": {1.0: "zakelijk", 2.0: "los"}, "barriers_time": {0.0: "niet genoemd", 1.0: "ja"},
                "barriers_money": {0.0: "nee", 1.0: "ja"},
            },
            variable_measure={"mark": "ordinal"},
        )  # fmt: skip
        return self

    def match(self):
        text = yaml.safe_dump({"files": self.files})
        (self.folder / "sources.yaml").write_text(text, encoding="utf-8")
        read_exports(self.study)
        return match_answers(self.study)

    def read(self):
        self.match()
        return read_survey(self.study, "trial")


@pytest.fixture
def place(tmp_path, monkeypatch):
    for module in (study_module, declaration, questionnaires, exports):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(exports, "build_organisations", lambda folder: OFFICIAL.copy())
    monkeypatch.setattr(exports, "read_changes", lambda folder: CHANGES.copy())
    questionnaires._read_once.cache_clear()
    return Place(tmp_path)


OFFICIAL = pd.DataFrame(
    {
        "edition_year": [2016], "region": ["NL"], "code": ["GM0009"], "name": ["Oud"], "province": ["Utrecht"],
        "population": [10000], "latitude": [52.0], "longitude": [5.0],
    }
)  # fmt: skip
CHANGES = pd.DataFrame(
    {
        "effective_date": pd.to_datetime(["2015-01-01"]),
        "change_type": ["merged"],
        "old_code": ["GM0008"],
        "new_code": ["GM0009"],
    }
)


def expected_table() -> pd.DataFrame:
    """The answers as a person would write them down."""
    rows = []
    for code, active, replies, often, mark, style, barriers, staff, remark in ANSWERS:
        code = {"Betadorp": "GM0002", "gemeente Deltahove": "GM0004"}.get(code, code)
        text = remark or ""
        rows.append(
            {
                "organisation": code, "is_active": float(active == "Y"),
                "answers": np.nan if replies is None else float(replies == "Y"), "often": often, "mark": mark,
                "style": style, "barriers[time]": float("time" in barriers),
                "barriers[money]": float("money" in barriers), "staff": staff,
                "remark": float(len(text)) if text else np.nan,
                "remark[time]": float("uren" in text) if text else np.nan,
                "remark[money]": float("geld" in text or "budget" in text) if text else np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows).set_index("organisation")


# --------------------------------------------------------------------------------------------- declarations


@pytest.mark.parametrize("name", list_questionnaires())
def test_a_shipped_questionnaire_is_valid_and_names_published_figures(name):
    form = read_questionnaire(name)
    known = set(pd.read_csv(study_module.ROOT / "data/raw/published/figures.csv")["figure_id"])
    named = {figure for item in form.items.values() for figure in item.figures.values()}
    for item in form.items.values():
        named |= {figure for each in item.option_figures.values() for figure in each.values()}
        assert item.codebook is None or read_codebook(item.codebook).codes
    named |= {wave.respondents for wave in form.waves.values()}
    assert named <= known


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "choice"}, "items.is_active.kind: Input should be"),
        ({"topic": "usage"}, "items.is_active: topic 'usage' is not among the topics"),
        ({"kind": "single"}, "an item of kind single needs `options`"),
        ({"kind": "scale"}, "a scale needs `options`, or `lowest` and `highest`"),
        ({"asked_if": {"other": ["Y"]}}, "asked_if names no other item 'other'"),
        ({"asked_if": {"often": ["7"]}}, "often has no option '7'"),
        ({"waves": ["2023"]}, "'2023' is not among the waves"),
        ({"names": ["often"]}, "is called 'often' too"),
        ({"lowest": 1}, "only a scale or a number has `lowest`"),
        ({"wording": {"nl": "Alleen dit"}}, "wording.en: is missing"),
        ({"codebook": "needs"}, "only an open item has a `codebook`"),
        ({"option_figures": {"2024": {"Z": "F001"}}}, "option_figures names no option 'Z'"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_told_in_one_line(place, change, told):
    items = {**FORM["items"], "is_active": {**FORM["items"]["is_active"], **change}}
    place.declare({**FORM, "items": items})
    with pytest.raises(InputError) as caught:
        read_questionnaire("trial")
    line = str(caught.value)
    assert line.startswith("studies/questionnaires/trial.yaml: ")
    assert "\n" not in line
    assert told in line


@pytest.mark.parametrize(("key", "one"), [("waves", "wave"), ("items", "question"), ("topics", "topic")])  # fmt: skip
def test_a_questionnaire_without_entries_is_refused_in_one_line(place, key, one):
    place.declare({**FORM, key: {}})
    with pytest.raises(InputError, match=rf"^studies/questionnaires/trial\.yaml: {key}: expected an entry for each {one}[^\n]*$"):  # fmt: skip
        read_questionnaire("trial")


@pytest.mark.parametrize("broken", ["studies/questionnaires/trial.yaml", "data/manual/codebooks/needs.yaml"])  # fmt: skip
def test_a_broken_declaration_reaches_the_user_as_it_is(place, broken):
    place.add_limesurvey()
    place.write(broken, "title: Trial\n")
    with pytest.raises(InputError, match=rf"^{re.escape(broken)}: ") as caught:
        place.match()
    assert "FORMAT_INVALID" not in str(caught.value)


def test_a_name_that_two_organisations_bear_names_neither(place):
    path = place.folder / "organisations.csv"
    path.write_text(
        path.read_text() + "2024,NL,GM0005,Alfa-Stad,municipality,Drenthe,9000,52.5,5.5\n"
    )
    place.add_limesurvey(change(0, 0, "alfastad"))
    assert place.match() == [
        "answers.csv: 1 record (row 1) names an organisation by a name that more than one municipality of NL in 2024 bears; "
        "write its code, such as GM0001; it counts in no size class"
    ]  # fmt: skip
    assert not read_survey(place.study, "trial").frame.query("organisation == 'GM0001'")["has_answered"].any()  # fmt: skip
    place.add_limesurvey()
    assert place.match() == []


def test_an_unknown_questionnaire_or_codebook_is_refused_by_name(place):
    with pytest.raises(InputError, match=r"no questionnaire 'trail'.*known: trial"):
        read_questionnaire("trail")
    (place.root / "data/manual/codebooks/needs.yaml").unlink()
    with pytest.raises(
        InputError, match=r"items\.remark: there is no data/manual/codebooks/needs\.yaml"
    ):
        read_questionnaire("trial")


@pytest.mark.parametrize("word", ["(tijd", "-", "'", "tijd -", "*"])
def test_a_word_of_a_codebook_that_is_none_is_refused(place, word):
    place.write("data/manual/codebooks/needs.yaml", yaml.safe_dump({**BOOK, "codes": {"x": {
        "label": {"nl": "x", "en": "x"}, "words": [word]}}}))  # fmt: skip
    with pytest.raises(InputError, match=rf"codes\.x\.words: {re.escape(repr(word))} is no word"):
        read_codebook("needs")


# ------------------------------------------------------------------------------------------------- matching


@pytest.mark.parametrize("tool", ["limesurvey", "labels", "qualtrics", "spss"])
def test_the_same_answers_come_out_of_every_tool(place, tool):
    if tool == "labels":
        place.add_limesurvey(labels=True)
    else:
        getattr(place, f"add_{tool}")()
    survey = place.read()
    assert survey.findings["message"].tolist() == []
    table = survey.tabulate("2024").set_index("organisation").sort_index()
    assert table["is_known"].all()
    assert table["population"].tolist() == [12000, 30000, 60000, 15000]
    own = table.drop(
        columns=["respondent_id", "is_known", "population", "size_class", "province", "weight"]
    )
    expected = expected_table()
    pd.testing.assert_frame_equal(own, expected[own.columns], check_dtype=False, check_names=False)
    assert set(own.columns) == set(expected_table().columns)
    shown = survey.tell_shown("2024")
    asked = table["is_active"].eq(1)
    names = survey.tabulate("2024")["organisation"]
    assert shown.set_index(names)["answers"].sort_index().tolist() == asked.tolist()
    assert survey.frame["has_answered"].all()


def test_nothing_that_somebody_wrote_leaves_the_export(place):
    place.add_limesurvey()
    place.match()
    for path in (place.root / "data/processed/mine").glob("*"):
        assert b"GEHEIM" not in path.read_bytes()


def change(number: int, place: int, cell) -> list[tuple]:
    row = list(ANSWERS[number])
    row[place] = cell
    return [*ANSWERS[:number], tuple(row), *ANSWERS[number + 1 :]]


@pytest.mark.parametrize(
    ("answers", "kind", "told"),
    [
        (change(1, 3, 7), "wrong code", "answers.csv: often, 1 record (row 2) with a code that is not declared, left out; expected one of 1, 2, 3"),
        (change(1, 4, 11), "wrong code", "mark, 1 record (row 2) with a code that is not declared, left out; expected a whole number from 1 to 10"),
        (change(2, 5, "strange"), "wrong code", "style, 1 record (row 3)"),
        (change(0, 0, "Nergens"), "unknown organisation", "answers.csv: 1 record (row 1) names an organisation that is no municipality of NL in 2024, by code (such as GM0001) or by name"),
        (change(0, 0, None), "unknown organisation", "answers.csv: 1 record names no organisation (row 1); write the code or the name there; it counts in no size class"),
        (change(3, 0, "Alfastad"), "duplicate respondent", "answers.csv: 1 record (row 1) of an organisation that has answered otherwise too"),
        (change(2, 2, "Y"), "answered though not asked", "1 respondent answered 'answers' though the answer to 'is_active' says"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_one_line_and_left_out(place, answers, kind, told):
    place.add_limesurvey(answers)
    lines = place.match()
    assert len(lines) == 1
    assert "\n" not in lines[0]
    assert told in lines[0]
    assert "Nergens" not in lines[0]
    assert "strange" not in lines[0]
    survey = read_survey(place.study, "trial")
    assert survey.findings["kind"].tolist() == [kind]
    table = survey.tabulate("2024")
    assert len(table) == (3 if kind == "duplicate respondent" else 4)
    if kind == "wrong code":
        item = survey.findings["item"][0]
        assert table[item].notna().sum() == expected_table()[item].notna().sum() - 1
    if kind == "unknown organisation":
        assert table["is_known"].sum() == 3
    if kind == "answered though not asked":
        assert table["answers"].notna().sum() == 3


def test_an_export_that_names_no_organisation_at_all_is_told_how_to_name_them(place):
    place.add_limesurvey([(None, *answer[1:]) for answer in ANSWERS], organisation_column=None)
    line = next(line for line in place.match() if "organisation" in line)
    assert line.startswith("answers.csv: 4 records name no organisation (rows 1")
    assert (
        "declare `organisation_column` in sources.yaml, or fill that column in; they count in no size class"
        in line
    )


def test_missing_and_undeclared_questions_and_waves_are_told(place):
    place.add_limesurvey()
    path = place.folder / "answers.csv"
    path.write_text(path.read_text().replace("style", "kleur").replace("often", "Q9"))
    assert place.match() == [
        "answers.csv: no question is called often, style, which wave 2024 of studies/questionnaires/trial.yaml asks; add what "
        "the export calls it to `names` of the item, or take the wave from its `waves`",
        "answers.csv: 2 questions that wave 2024 of studies/questionnaires/trial.yaml does not declare, left out: Q9, kleur",
    ]  # fmt: skip
    place.files["answers.csv"]["wave"] = "2023"
    (line,) = place.match()
    assert line.startswith(
        "answers.csv: '2023' is none of studies/questionnaires/trial.yaml (2024, 2025)"
    )
    with pytest.raises(NotAnswerable, match="no answers to the questionnaire 'trial'"):
        read_survey(place.study, "trial")


def test_a_tool_without_underscores_is_understood(place):
    place.declare({**FORM, "items": {"is_active_now" if k == "is_active" else k: (
        {**v, "asked_if": {"is_active_now": ["Y"]}} if "asked_if" in v else v) for k, v in FORM["items"].items()}})  # fmt: skip
    place.add_limesurvey()
    path = place.folder / "answers.csv"
    path.write_text(path.read_text().replace("is_active", "isactivenow"))
    assert place.match() == []
    assert read_survey(place.study, "trial").tabulate("2024")["is_active_now"].sum() == 3


def test_a_survey_that_is_not_declared_is_told_and_not_used(place):
    place.add_limesurvey(survey="other")
    (line,) = place.match()
    assert "no questionnaire 'other' is declared" in line
    assert "trial" in line
    with pytest.raises(NotAnswerable, match="survey: trial"):
        read_survey(place.study, "trial")


def test_a_repeated_record_is_told(place):
    place.add_limesurvey([*ANSWERS, ANSWERS[0]])
    path = place.folder / "answers.csv"
    path.write_text(path.read_text().replace("\n5,2024-05-05", "\n1,2024-05-05"))
    (line,) = place.match()
    assert "answers.csv: 1 record (row 1) of a respondent who stands there before or after" in line


def test_a_record_number_that_stands_in_two_files_is_told(place):
    place.add_limesurvey()
    place.add_limesurvey(change(0, 0, "GM0003")[:1], file="more.csv")
    lines = place.match()
    assert lines[0].startswith(
        "more.csv: 1 record (row 1) of a respondent who stands in answers.csv too"
    )


def test_an_answer_is_kept_where_the_question_before_was_left_open(place):
    place.add_limesurvey([(code, None, *rest) for code, _, *rest in ANSWERS])
    table = place.read().tabulate("2024").set_index("organisation")
    assert table["answers"].sort_index().tolist()[:2] == [1, 0]


def test_a_no_that_was_not_asked_is_told(place):
    place.add_limesurvey(change(2, 2, "N"))
    (line,) = place.match()
    assert "1 respondent answered 'answers' though the answer to 'is_active' says" in line


def test_options_without_a_column_are_told_and_not_taken_for_none(place):
    place.add_limesurvey()
    path = place.folder / "answers.csv"
    path.write_text(path.read_text().replace("barriers[money]", "barriers[other]"))
    (line,) = place.match()
    assert "no column of 'barriers' can be read as the option money" in line
    assert "barriers[money]" not in read_survey(place.study, "trial").tabulate("2024")


def test_options_under_headings_in_two_languages_are_the_options_they_are(place):
    place.add_qualtrics()
    path = place.folder / "answers.csv"
    path.write_text(path.read_text().replace("tegen? - tijd", "back? - lack of time"))
    assert place.match() == []
    table = read_survey(place.study, "trial").tabulate("2024").set_index("organisation")
    assert table["barriers[time]"].sort_index().tolist() == [1, 1, 0, 0]


def test_a_single_answer_under_an_option_of_its_own_is_told(place):
    place.add_limesurvey()
    path = place.folder / "answers.csv"
    path.write_text(path.read_text().replace("style", "style[SQ001]"))
    assert [line.split(",")[0] for line in place.match()] == [
        "answers.csv: no question is called style"
    ]


def test_two_columns_for_one_item_give_one_answer(place):
    place.add_limesurvey()
    path = place.folder / "answers.csv"
    head, *rows = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},Actief?", *(f"{row},N" for row in rows)]) + "\n")
    (line,) = place.match()
    assert line.startswith("answers.csv: more than one column stands for 'is_active'")
    active = read_survey(place.study, "trial").tabulate("2024").set_index("organisation")
    assert active["is_active"].sort_index().tolist() == [1, 1, 0, 1]


def test_a_wave_without_frame_and_organisations_still_counts(place):
    place.add_limesurvey(
        [(None, *answer[1:]) for answer in ANSWERS], wave="2025", organisation_column=None
    )
    path = place.folder / "answers.csv"
    path.write_text(path.read_text().replace("gemeente,", "token,").replace("V2", "token2"))
    survey = place.read()
    assert survey.waves == ["2025"]
    table = survey.tabulate("2025")
    assert len(table) == 4
    assert not table["is_known"].any()
    assert table["mark"].sum() == 29
    assert survey.frame.empty
    with pytest.raises(NotAnswerable, match=r"no answers to wave '2024'.*wave: \"2025\""):
        survey.tabulate("2024")


# ---------------------------------------------------------------------------------------------- disclosure


ROWS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from("de"), st.integers(0, 40), st.integers(0, 40)
    ),
    max_size=12,
)
COLUMNS = ["item", "place", "n", "yes"]


def check_shown(frame, hidden, smallest_group):
    """Check that what is shown is as it was, and of what is hidden nothing is left."""
    shown = hidden[~hidden["is_hidden"]]
    assert hidden.loc[hidden["is_hidden"], ["n", "yes"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        shown[["n", "yes"]].astype("int64"), frame.loc[shown.index, ["n", "yes"]]
    )
    assert not shown["n"].between(1, smallest_group - 1).any()


@given(ROWS, st.integers(2, 20))
@settings(max_examples=50, deadline=None)
def test_groups_that_stand_by_themselves_are_hidden_where_they_are_small(rows, smallest_group):
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"n": "int64", "yes": "int64"})
    hidden = hide_small_groups(frame, values=["yes"], smallest_group=smallest_group)
    check_shown(frame, hidden, smallest_group)
    is_small = frame["n"].between(1, smallest_group - 1)
    assert hidden["is_hidden"].tolist() == is_small.tolist()


@given(ROWS, st.integers(2, 20))
@settings(max_examples=40, deadline=None)
def test_no_part_below_the_threshold_is_shown_or_can_be_got_by_subtraction(rows, smallest_group):
    frame = pd.DataFrame(rows, columns=COLUMNS).astype({"n": "int64", "yes": "int64"})
    hidden = hide_small_parts(
        frame, cells=["n", "yes"], smallest_group=smallest_group,
        wholes=[frame["item"], frame["place"].where(frame["item"] != "a")], sums=["n", "yes"],
    )  # fmt: skip
    check_shown(frame, hidden, smallest_group)
    assert not hidden["yes"].between(1, smallest_group - 1).any()
    for rows_of in (frame.groupby("item"), frame[frame["item"].ne("a")].groupby("place")):
        for _, part in rows_of:
            out = hidden.loc[part.index, "is_hidden"]
            together = part.loc[out, ["n", "yes"]].sum()
            shown = part.loc[~out, ["n", "yes"]].sum(axis="columns").gt(0).any()
            assert not shown or out.sum() != 1
            assert not shown or (together.eq(0) | together.ge(smallest_group)).all()


@given(st.integers(2, 20), st.data())
@settings(max_examples=30, deadline=None)
def test_two_small_parts_that_are_few_together_take_a_third_along(smallest_group, data):
    one = data.draw(st.integers(1, max(1, smallest_group // 2)))
    other = max(1, smallest_group - 1 - one)
    table = pd.DataFrame({"n": [90, one, 50, other]})
    hidden = hide_small_parts(
        table, cells=["n"], smallest_group=smallest_group,
        wholes=[pd.Series("all", index=table.index)], sums=["n"],
    )  # fmt: skip
    expected = [False, True, one + other < smallest_group, True]
    assert hidden["is_hidden"].tolist() == expected
    assert hidden["n"].iloc[0] == 90


def test_a_claim_on_a_small_group_is_not_answerable():
    refuse_small_group(10, 10, "respondents above 50,000 inhabitants")
    with pytest.raises(NotAnswerable, match=r"respondents .* are fewer than 10") as caught:
        refuse_small_group(7, 10, "respondents above 50,000 inhabitants")
    assert "7" not in str(caught.value)
    assert is_disclosive(1, 2)
    with pytest.raises(InputError, match="smallest_group is 1"):
        check_smallest_group(1)


# ------------------------------------------------------------------- one bad cell spoils one answer and no column


@pytest.mark.parametrize(
    ("place_of", "cell", "item"),
    [(6, "X", "barriers"), (6, "misschien wel", "barriers"), (4, "zes", "mark"), (7, "twee", "staff"), (2, "dat weet ik niet", "is_active")],
)  # fmt: skip
def test_one_strange_cell_is_one_wrong_answer_whatever_stands_in_it(place, place_of, cell, item):
    place.add_limesurvey()
    path = place.folder / "answers.csv"
    lines = path.read_text().splitlines()
    heads = {6: "barriers[time]", 4: "mark", 7: "staff", 2: "is_active"}
    column = lines[0].split(",").index(heads[place_of])
    cells = lines[1].split(",")
    cells[column] = cell
    lines[1] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")
    told = place.match()
    assert any(f"{item}, 1 record" in line for line in told), told
    assert cell not in " ".join(told)
    table = read_survey(place.study, "trial").tabulate("2024").set_index("organisation")
    name = {"barriers": "barriers[time]"}.get(item, item)
    expected = expected_table()[name].drop("GM0001")
    pd.testing.assert_series_equal(
        table[name].drop("GM0001").reindex(expected.index), expected, check_dtype=False, check_names=False
    )  # fmt: skip
    assert pd.isna(table.loc["GM0001", name])
