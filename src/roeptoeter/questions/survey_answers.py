"""The answers to a questionnaire: what every question on them starts from."""

from dataclasses import dataclass

import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.questionnaires import Questionnaire, list_questionnaires, read_questionnaire
from roeptoeter.study import Study, display_path

_TABLES = ("respondents", "answers", "frame", "findings")
_PERSON = [
    "respondent_id", "organisation", "is_known", "population", "size_class", "province", "weight",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Survey:
    """The answers to one questionnaire, as `roeptoeter.questionnaire_answers` has matched them.

    Parameters
    ----------
    study : Study
    form : Questionnaire
    respondents : pandas.DataFrame
        A row per wave and respondent: wave, respondent_id (keyed hash), organisation (code, or null), is_known (in the
        frame), name, region, organisation_type, province, population (Int64), size_class, status, submitted_at,
        weight (NaN: none), is_simulated.
    answers : pandas.DataFrame
        A row per wave, respondent, item and option: code, number (1 and 0 for yes and no and for a ticked option,
        the characters of an open answer), is_shown, is_answered.
    frame : pandas.DataFrame
        The organisations that might answer: wave, organisation, name, region, organisation_type, province, population,
        size_class, has_answered. Empty for a wave without register year.
    findings : pandas.DataFrame
        What was found wrong: kind, wave, file, item, rows, message.
    """

    study: Study
    form: Questionnaire
    respondents: pd.DataFrame
    answers: pd.DataFrame
    frame: pd.DataFrame
    findings: pd.DataFrame

    @property
    def waves(self) -> list[str]:
        """The waves that somebody answered, in the order of the questionnaire."""
        answered = set(self.respondents["wave"])
        return [wave for wave in self.form.waves if wave in answered]

    def check_wave(self, wave: str) -> None:
        """Refuse a wave that nobody answered.

        Raises
        ------
        NotAnswerable
            If the study has no answers of it; the message names those there are.
        """
        if wave not in self.waves:
            there = ", ".join(f'"{name}"' for name in self.waves)
            raise NotAnswerable(
                f"the study {self.study.name} has no answers to wave {wave!r} of the questionnaire {self.form.name}, "
                f"but to {there}; name the wave as a parameter of the notebook, in studies/{self.study.name}.yaml below "
                f'`notebooks:` as `08-questionnaires: {{wave: "{self.waves[-1]}"}}`'
            )

    def tabulate(self, wave: str) -> pd.DataFrame:
        """Put the answers of a wave in a row per respondent.

        Parameters
        ----------
        wave : str

        Returns
        -------
        pandas.DataFrame
            In the order of respondent_id: respondent_id, organisation, is_known, population, size_class, province and
            weight, then a column an item: 1 and 0 for yes and no, the code of a single choice, the number of a scale
            or number, the characters of an open answer; and for each option of a multiple item, and each code of a
            codebook, "item[option]" with 1 and 0. NaN: not shown, or not answered. An item that the export lacks
            has no column.

        Raises
        ------
        NotAnswerable
            As `check_wave`.
        """
        self.check_wave(wave)
        people = self.respondents[self.respondents["wave"].eq(wave)]
        people = people[_PERSON].sort_values("respondent_id", ignore_index=True)
        own = self.answers[self.answers["wave"].eq(wave)]
        columns = {}
        for item in self.form.list_items(wave):
            for option, part in own[own["item"].eq(item.code)].groupby("option", sort=False):
                name = f"{item.code}[{option}]" if option else item.code
                given = part.set_index("respondent_id")
                given = given["code"] if item.kind == "single" else given["number"]
                columns[name] = people["respondent_id"].map(given)
        return pd.concat([people, pd.DataFrame(columns, index=people.index)], axis="columns")

    def tell_shown(self, wave: str) -> pd.DataFrame:
        """Say for each cell of `tabulate` whether the respondent was shown the item.

        Parameters
        ----------
        wave : str

        Returns
        -------
        pandas.DataFrame
            Columns of items and options and rows as in `tabulate`; boolean.

        Raises
        ------
        NotAnswerable
            As `check_wave`.
        """
        table = self.tabulate(wave)
        own = self.answers[self.answers["wave"].eq(wave)]
        names = own["item"].where(
            own["option"].eq(""), own["item"] + "[" + own["option"].astype("str") + "]"
        )
        shown = own.assign(name=names).pivot(
            index="respondent_id", columns="name", values="is_shown"
        )
        shown = shown.reindex(index=table["respondent_id"], columns=table.columns[len(_PERSON) :])
        return shown.eq(True).reset_index(drop=True)


def read_survey(study: Study, questionnaire: str) -> Survey:
    """Read the answers of a study to a questionnaire.

    Parameters
    ----------
    study : Study
    questionnaire : str
        Name of a file in `studies/questionnaires/`.

    Returns
    -------
    Survey

    Raises
    ------
    NotAnswerable
        If the study has no answers to it, or they were not read yet.
    InputError
        If no questionnaire of that name is declared, or its file is wrong.
    """
    form = read_questionnaire(questionnaire)
    tables = {}
    for name in _TABLES:
        path = study.processed / f"questionnaire_{name}.parquet"
        if not path.exists():
            raise NotAnswerable(
                f"the study {study.name} has no {display_path(path)}: it has no exports, or they were not read yet. "
                f"`make STUDY={study.name}` reads what is in data/raw/exports/{study.name}/"
            )
        table = pd.read_parquet(path)
        own = table["survey"].eq(form.name)
        tables[name] = table[own].drop(columns="survey").reset_index(drop=True)
        if name == "respondents" and not own.any():
            others = sorted(set(table["survey"]) & set(list_questionnaires()))
            raise NotAnswerable(
                f"the study {study.name} has no answers to the questionnaire {form.name!r}; declare the export of your "
                f"survey with `survey: {form.name}` in data/raw/exports/{study.name}/sources.yaml"
                + (
                    f"; or name the one it has ({', '.join(others)}) as the parameter `questionnaire` of the notebook, "
                    f"in studies/{study.name}.yaml below `notebooks:`"
                    if others
                    else ""
                )
            )
    return Survey(study, form, *(tables[name] for name in _TABLES))
