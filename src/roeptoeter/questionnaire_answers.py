"""Answers held against the questionnaire that they answer, and respondents against the organisations that might answer.

What does not fit is left out and told in one line each; nothing is guessed. A code that is not declared, an item that
an export lacks, two answers of one organisation, an organisation that nobody knows: the line says where it stands and
how to mend it, never what somebody wrote.
"""

import io
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.exports import list_organisations
from roeptoeter.questionnaires import (
    Item,
    Questionnaire,
    Wave,
    find_questionnaire,
    list_questionnaires,
    simplify,
)
from roeptoeter.study import Study, display_path, write_bytes

#: The tables that are written, `data/processed/<study>/<name>.parquet`, and their columns.
TABLES = {
    "questionnaire_respondents": {
        "survey": "str", "wave": "str", "respondent_id": "str", "organisation": "str", "is_known": "bool",
        "name": "str", "region": "str", "organisation_type": "str", "province": "str", "population": "Int64",
        "size_class": "str", "status": "str", "submitted_at": "datetime64[us, UTC]", "weight": "float64",
        "is_simulated": "bool",
    },
    "questionnaire_answers": {
        "survey": "str", "wave": "str", "respondent_id": "str", "organisation": "str", "item": "str", "option": "str",
        "code": "str", "number": "float64", "is_shown": "bool", "is_answered": "bool", "is_simulated": "bool",
    },
    "questionnaire_frame": {
        "survey": "str", "wave": "str", "organisation": "str", "name": "str", "region": "str",
        "organisation_type": "str", "province": "str", "population": "Int64", "size_class": "str",
        "has_answered": "bool", "is_simulated": "bool",
    },
    "questionnaire_findings": {
        "survey": "str", "wave": "str", "file": "str", "kind": "str", "item": "str", "rows": "int64",
        "message": "str", "is_simulated": "bool",
    },
}  # fmt: skip

#: What can be wrong with answers, in the order in which it is told.
FINDINGS = (
    "not declared questionnaire",
    "unknown wave",
    "duplicate respondent",
    "unknown organisation",
    "missing item",
    "not declared item",
    "wrong code",
    "answered though not asked",
)

#: Formats that write an option only where it was ticked.
_TICKS_ONLY = ("limesurvey", "qualtrics")

_YES = frozenset({"1", "y", "yes", "ja", "true"})
_NO = frozenset({"0", "n", "no", "nee", "false"})


@dataclass
class _Findings:
    rows: list[dict] = field(default_factory=list)

    def add(self, kind: str, message: str, *, survey, wave="", file="", item="", rows=0) -> None:
        self.rows.append(
            {"survey": survey, "wave": wave, "file": file, "kind": kind, "item": item, "rows": rows, "message": message}
        )  # fmt: skip


def match_answers(study: Study) -> list[str]:
    """Hold the answers of a study's questionnaires against their declarations, and write the tables of `TABLES`.

    Parameters
    ----------
    study : Study
        Its exports are read: survey_answers and duplicates stand in `study.processed`.

    Returns
    -------
    list of str
        What was found wrong, a line each. The answers concerned are left out, the others stand.

    Raises
    ------
    InputError
        If the exports were not read yet, or a questionnaire or codebook is no valid declaration.
    """
    path = study.processed / "survey_answers.parquet"
    if not path.exists():
        raise InputError(f"{display_path(path)} is not there; run `make STUDY={study.name}` first")
    answers = pd.read_parquet(path)
    files = pd.read_parquet(study.processed / "file_log.parquet", columns=["file", "format"])
    answers["format"] = answers["source_file"].map(files.set_index("file")["format"])
    answers["wave"] = answers["wave"].fillna("")
    duplicates = pd.read_parquet(study.processed / "duplicates.parquet")
    findings = _Findings()
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in TABLES}
    for survey, own in answers.groupby("survey", sort=True):
        form = find_questionnaire(survey)
        if form is None:
            findings.add(
                "not declared questionnaire",
                f"no questionnaire {survey!r} is declared, so its answers are not used: describe it in "
                f"studies/questionnaires/, or write one of {', '.join(list_questionnaires())} as `survey` in sources.yaml",
                survey=survey,
                rows=own["respondent_id"].nunique(),
            )
            continue
        for name, part in _match_survey(study, form, own, duplicates, findings).items():
            parts[name].append(part.assign(survey=survey))
    order = {kind: place for place, kind in enumerate(FINDINGS)}
    found = pd.DataFrame(findings.rows, columns=list(TABLES["questionnaire_findings"])[:-1])
    found = found.sort_values(
        ["survey", "kind", "wave", "file", "item"],
        key=lambda column: column.map(order) if column.name == "kind" else column,
        kind="stable",
    )
    parts["questionnaire_findings"] = [found]
    for name, types in TABLES.items():
        tables = [part for part in parts[name] if len(part)]
        whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
        whole = whole.assign(is_simulated=study.evidence == "SIMULATED")
        whole = whole.reindex(columns=list(types)).astype(types)
        buffer = io.BytesIO()
        whole.to_parquet(buffer, index=False, compression="zstd")
        write_bytes(study.processed / f"{name}.parquet", buffer.getvalue())
    return found["message"].tolist()


def _match_survey(
    study: Study,
    form: Questionnaire,
    answers: pd.DataFrame,
    duplicates: pd.DataFrame,
    findings: _Findings,
) -> dict[str, pd.DataFrame]:
    answers = _place_in_waves(form, answers, findings)
    _tell_repeated_records(form, answers, duplicates, findings)
    frame = _list_frame(study, form)
    respondents = _identify_respondents(form, answers, frame, findings)
    answers = answers.drop(columns="organisation").merge(
        respondents[["wave", "respondent_id", "organisation"]], on=["wave", "respondent_id"]
    )
    matched = pd.concat(
        [
            _match_wave(form, wave, part, findings)
            for wave, part in answers.groupby("wave", sort=True)
        ]
        or [pd.DataFrame(columns=list(TABLES["questionnaire_answers"]))],
        ignore_index=True,
    )
    known = respondents[respondents["is_known"]]
    answered = pd.MultiIndex.from_frame(known[["wave", "organisation"]])
    frame["has_answered"] = pd.MultiIndex.from_frame(frame[["wave", "organisation"]]).isin(answered)
    frame = frame[frame["wave"].isin(respondents["wave"].unique())]
    return {
        "questionnaire_respondents": respondents,
        "questionnaire_answers": matched,
        "questionnaire_frame": frame,
    }


def _place_in_waves(
    form: Questionnaire, answers: pd.DataFrame, findings: _Findings
) -> pd.DataFrame:
    """Give answers without a wave the only one there is; leave out those of a wave that is not declared."""
    if len(form.waves) == 1:
        answers = answers.assign(wave=answers["wave"].replace("", next(iter(form.waves))))
    strange = ~answers["wave"].isin(form.waves)
    for (file, wave), part in answers[strange].groupby(["source_file", "wave"], sort=True):
        findings.add(
            "unknown wave",
            f"{file}: {repr(wave) if wave else 'no wave'} is none of studies/questionnaires/{form.name}.yaml "
            f"({', '.join(form.waves)}); correct `wave` in sources.yaml, or add a wave to the questionnaire",
            survey=form.name,
            wave=wave,
            file=file,
            rows=part["respondent_id"].nunique(),
        )
    return answers[~strange]


def _tell_repeated_records(
    form: Questionnaire, answers: pd.DataFrame, duplicates: pd.DataFrame, findings: _Findings
) -> None:
    """Tell of records with the same respondent number; the intake has kept one of each already."""
    own = duplicates[duplicates["platform"].eq("survey")]
    files = answers.groupby("source_file")["wave"].first()
    for (file, kept), part in own.groupby(["dropped_file", "kept_file"], sort=True):
        if kept in files.index:
            where = (
                "there before or after; the last complete one is kept"
                if file == kept
                else f"in {kept} too; the last complete one is kept. If the numbers are of two people, change them in one file"
            )
            findings.add(
                "duplicate respondent",
                f"{file}: {_count(len(part), 'record')} ({_name_rows(part['dropped_row'])}) of a respondent who stands {where}",
                survey=form.name,
                wave=files[kept],
                file=file,
                rows=len(part),
            )


def _list_frame(study: Study, form: Questionnaire) -> pd.DataFrame:
    """List the organisations that might answer each wave: those of its register year, region and type."""
    waves = {name: wave for name, wave in form.waves.items() if wave.register_year is not None}
    windows = [
        {"edition": name, "start": pd.Timestamp(wave.register_year, 1, 1)}
        for name, wave in waves.items()
    ]
    columns = [*TABLES["questionnaire_frame"]][1:-2]
    if not windows:
        return pd.DataFrame(columns=columns).astype({"population": "Int64"})
    listed, _ = list_organisations(study, windows)
    listed = listed.rename(columns={"edition": "wave"})
    wanted = [
        listed["wave"].eq(name)
        & listed["region"].eq(wave.region)
        & listed["organisation_type"].eq(wave.organisation_type)
        for name, wave in waves.items()
    ]
    return listed[np.logical_or.reduce(wanted)][columns].reset_index(drop=True)


def _identify_respondents(
    form: Questionnaire, answers: pd.DataFrame, frame: pd.DataFrame, findings: _Findings
) -> pd.DataFrame:
    """Name each respondent's organisation by the frame; of two answers of one organisation one is kept."""
    keys = ["wave", "respondent_id"]
    columns = ["organisation", "status", "submitted_at", "weight", "source_file", "source_row"]
    people = answers.groupby(keys, sort=True, as_index=False)[columns].first()
    people = people.rename(columns={"organisation": "written"})
    codes: dict[tuple[str, str], set[str]] = {}
    names: dict[tuple[str, str], set[str]] = {}
    for row in frame.itertuples():
        codes[row.wave, simplify(row.organisation)] = {row.organisation}
        for text in (simplify(row.name), f"gemeente{simplify(row.name)}"):
            names.setdefault((row.wave, text), set()).add(row.organisation)
    places = [
        (wave, simplify(written)) if isinstance(written, str) else None
        for wave, written in zip(people["wave"], people["written"], strict=True)
    ]
    found = [codes.get(place) or names.get(place, set()) for place in places]
    people["organisation"] = [next(iter(own)) if len(own) == 1 else None for own in found]
    people["is_shared"] = [len(own) > 1 for own in found]
    has_frame = people["wave"].isin(frame["wave"].unique())
    strange = people["organisation"].isna() & has_frame
    people["is_blank"] = people["written"].isna()
    keys = ["wave", "source_file", "is_shared", "is_blank"]
    for (wave, file, is_shared, is_blank), part in people[strange].groupby(keys, sort=True):
        if is_blank:
            whole = people["wave"].eq(wave) & people["source_file"].eq(file)
            text = _tell_blank_organisation(file, part, is_declared=not people.loc[whole, "is_blank"].all())  # fmt: skip
        else:
            text = _tell_unknown_organisation(form.waves[wave], frame[frame["wave"].eq(wave)], file, part, is_shared)  # fmt: skip
        findings.add(
            "unknown organisation", text, survey=form.name, wave=wave, file=file, rows=len(part)
        )
    # where there is no frame, what an export names is taken as it stands
    people["organisation"] = people["organisation"].where(has_frame, people["written"])
    people["is_known"] = people["organisation"].notna() & has_frame
    people = _keep_one_each(form, people, findings).drop(columns="is_blank")
    known = frame.drop(columns=["has_answered"], errors="ignore")
    people = people.merge(known, how="left", on=["wave", "organisation"])
    for name, attribute in (("region", "region"), ("organisation_type", "organisation_type")):
        declared = people["wave"].map({key: getattr(w, attribute) for key, w in form.waves.items()})
        people[name] = people[name].fillna(declared)
    return people


def _tell_blank_organisation(file: str, part: pd.DataFrame, is_declared: bool) -> str:
    verb, those = ("names", "it counts") if len(part) == 1 else ("name", "they count")
    mend = "write the code or the name there" if is_declared else "declare `organisation_column` in sources.yaml, or fill that column in"  # fmt: skip
    return (
        f"{file}: {_count(len(part), 'record')} {verb} no organisation ({_name_rows(part['source_row'])}); {mend}; {those} in no "
        "size class"
    )


def _tell_unknown_organisation(
    wave: Wave, frame: pd.DataFrame, file: str, part: pd.DataFrame, is_shared: bool
) -> str:
    who = f"{file}: {_count(len(part), 'record')}"
    rows = f"({_name_rows(part['source_row'])})"
    verb, those = ("names", "it counts") if len(part) == 1 else ("name", "they count")
    where = f"{those} in no size class"
    example = frame["organisation"].min()
    which = f"{wave.organisation_type} of {wave.region} in {wave.register_year}"
    if is_shared:
        return (
            f"{who} {rows} {verb} an organisation by a name that more than one {which} bears; write its code, such as "
            f"{example}; {where}"
        )
    return (
        f"{who} {rows} {verb} an organisation that is no {which}, by code (such as {example}) or by name; correct it, or list "
        f"it in organisations.csv; {where}"
    )


def _keep_one_each(form: Questionnaire, people: pd.DataFrame, findings: _Findings) -> pd.DataFrame:
    """Keep the last complete answer of each organisation, and tell of the others."""
    order = people.assign(is_complete=people["status"].ne("partial")).sort_values(
        ["is_complete", "submitted_at", "source_file", "source_row"], na_position="first"
    )
    named = order[order["organisation"].notna()]
    double = named[named.duplicated(["wave", "organisation"], keep="last")]
    for (wave, file), part in double.groupby(["wave", "source_file"], sort=True):
        findings.add(
            "duplicate respondent",
            f"{file}: {_count(len(part), 'record')} ({_name_rows(part['source_row'])}) of an organisation that has "
            "answered otherwise too; its last complete answer is kept",
            survey=form.name,
            wave=wave,
            file=file,
            rows=len(part),
        )
    return people.drop(double.index)


# ------------------------------------------------------------------------------------------------- the answers


def _match_wave(
    form: Questionnaire, wave: str, answers: pd.DataFrame, findings: _Findings
) -> pd.DataFrame:
    answers = answers.assign(written_option=answers["option"].fillna(""))
    places = {
        key: _find_place(form, *key)
        for key in zip(answers["question"], answers["written_option"], strict=True)
    }
    found = [
        places[key] for key in zip(answers["question"], answers["written_option"], strict=True)
    ]
    answers["item"] = [item for item, _ in found]
    answers["place"] = [option for _, option in found]
    _tell_strange_questions(form, wave, answers, findings)
    tables, missing = [], []
    for item in form.list_items(wave):
        own = answers[answers["item"].eq(item.code)]
        if item.kind not in ("multiple", "open"):
            own = own[own["place"].eq("")]
        if own.empty:
            missing.append(item.code)
            continue
        tables.append(_match_item(form, item, wave, own, findings))
    if missing:
        files = ", ".join(sorted(answers["source_file"].unique()))
        findings.add(
            "missing item",
            f"{files}: no question is called {', '.join(missing)}, which wave {wave} of "
            f"studies/questionnaires/{form.name}.yaml asks; add what the export calls it to `names` of the item, or take the "
            "wave from its `waves`",
            survey=form.name,
            wave=wave,
            file=files,
            item=" ".join(missing),
            rows=len(missing),
        )
    matched = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return _hide_what_was_not_asked(form, wave, matched, findings) if tables else matched


def _find_place(form: Questionnaire, question: str, option: str) -> tuple[str | None, str]:
    """Find the item and option of a column; also where an export makes each option a question of its own."""
    item = form.find_item(question)
    if item is not None:
        return item.code, option
    for name, code in form.item_names.items():
        rest = question.removeprefix(f"{name}_")
        is_multiple = form.items[code].kind == "multiple"
        if is_multiple and rest != question and rest in form.items[code].options:
            return code, rest
    return None, ""


def _tell_strange_questions(
    form: Questionnaire, wave: str, answers: pd.DataFrame, findings: _Findings
) -> None:
    asked = {item.code for item in form.list_items(wave)}
    strange = answers[~answers["item"].isin(asked)]
    for file, part in strange.groupby("source_file", sort=True):
        names = sorted(part["question"].str.slice(0, 40).unique())
        shown = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        findings.add(
            "not declared item",
            f"{file}: {_count(len(names), 'question')} that wave {wave} of studies/questionnaires/{form.name}.yaml does not "
            f"declare, left out: {shown}",
            survey=form.name,
            wave=wave,
            file=file,
            rows=len(names),
        )


def _match_item(
    form: Questionnaire,
    item: Item,
    wave: str,
    own: pd.DataFrame,
    findings: _Findings,
) -> pd.DataFrame:
    own = own.assign(
        is_shown=own["missing_kind"].ne("not_shown"),
        is_answered=own["missing_kind"].eq("answered"),
    )
    if item.kind == "multiple":
        if form.was_asked_of_all(item, wave):
            own = _take_silence_for_none(own)
        cells = _match_multiple(item, own)
        _tell_missing_options(form, item, wave, own, cells, findings)
    elif item.kind == "open":
        cells = _keep_one_column(form, item, wave, _match_open(item, own), findings)
    else:
        cells = _keep_one_column(form, item, wave, _match_single(item, own), findings)
    wrong = cells["is_wrong"]
    for file, part in cells[wrong].groupby("source_file", sort=True):
        findings.add(
            "wrong code",
            _tell_wrong_code(form, item, file, part),
            survey=form.name,
            wave=wave,
            file=file,
            item=item.code,
            rows=part["respondent_id"].nunique(),
        )
    cells["is_answered"] &= ~wrong
    cells.loc[~cells["is_answered"], ["code", "number"]] = [None, np.nan]
    # a multiple question in which one code is wrong is answered for the options that are right
    cells = cells[cells["option"].notna()].assign(item=item.code)
    return cells[
        ["wave", "respondent_id", "organisation", "item", "option", "code", "number", "is_shown", "is_answered"]
    ]  # fmt: skip


def _keep_one_column(
    form: Questionnaire, item: Item, wave: str, cells: pd.DataFrame, findings: _Findings
) -> pd.DataFrame:
    """Keep one answer of each respondent where two columns stand for the same item, and tell of it."""
    people = ["source_file", "respondent_id", "option"]
    double = cells.duplicated(people)
    for file in sorted(cells.loc[double, "source_file"].unique()):
        findings.add(
            "not declared item",
            f"{file}: more than one column stands for {item.code!r} of studies/questionnaires/{form.name}.yaml; of each record "
            "the first one with an answer is taken; take the others out of the export",
            survey=form.name,
            wave=wave,
            file=file,
            item=item.code,
        )
    if not double.any():
        return cells
    return cells.sort_values("is_answered", ascending=False, kind="stable").drop_duplicates(people)


def _match_single(item: Item, own: pd.DataFrame) -> pd.DataFrame:
    known = {simplify(code): code for code in item.options}
    labels = {
        simplify(getattr(words, language)): code
        for code, words in item.options.items()
        for language in ("nl", "en")
    }
    if item.kind == "yes_no":
        yes, no = item.options
        labels |= dict.fromkeys(_YES - set(known), yes) | dict.fromkeys(_NO - set(known), no)
    low, high = item.limits
    codes, numbers = [], []
    for row in own.itertuples():
        code, number = None, np.nan
        if row.is_answered and row.question_type != "text":
            label = simplify(row.answer_label) if isinstance(row.answer_label, str) else ""
            written = row.answer_code if isinstance(row.answer_code, str) else ""
            code = known.get(label) or labels.get(label)
            if code is None and label == "":
                code = written if written in item.options else None
                code = code or known.get(simplify(written)) or labels.get(simplify(written))
            elif code is None:
                code = written if written in item.options else None
            if code is not None:
                number = _number_code(item, code)
            elif item.kind in ("scale", "number") and not item.options:
                number = row.answer_number
                fits = not np.isnan(number) and low <= number <= high
                fits &= item.kind == "number" or float(number).is_integer()
                code, number = (f"{number:g}", number) if fits else (None, np.nan)
        codes.append(code)
        numbers.append(number)
    cells = own.assign(option="", code=codes, number=numbers)
    return cells.assign(is_wrong=cells["is_answered"] & cells["code"].isna())


def _number_code(item: Item, code: str) -> float:
    if item.kind == "yes_no":
        return float(code == next(iter(item.options)))
    return float(code) if item.kind == "scale" else np.nan


def _take_silence_for_none(own: pd.DataFrame) -> pd.DataFrame:
    """Take a multiple question without any tick as answered with none, where it was shown to everybody.

    Some tools write nothing for an option that was not ticked, and so the same for somebody who ticked none as for
    somebody who was not asked. Who handed in a form on which the question stood was asked.
    """
    people = ["source_file", "respondent_id"]
    is_empty = own["missing_kind"].eq("not_answered").groupby([own[key] for key in people])
    silent = (
        is_empty.transform("all")
        & own["format"].isin(_TICKS_ONLY)
        & own["status"].eq("complete")
        & own["question_type"].eq("multiple")
    )
    return own.assign(
        answer_number=own["answer_number"].mask(silent, 0.0),
        is_answered=own["is_answered"] | silent,
    )


def _match_multiple(item: Item, own: pd.DataFrame) -> pd.DataFrame:
    """Match the options of a multiple question; several columns may stand for one, in two languages say."""
    labels = {simplify(code): code for code in item.options} | {
        simplify(getattr(words, language)): code
        for code, words in item.options.items()
        for language in ("nl", "en")
    }
    rows = []
    for row in own.itertuples():
        texts = [row.answer_label, row.answer_code if row.question_type != "multiple" else None, row.place]  # fmt: skip
        found = [
            labels.get(simplify(text)) for text in texts if isinstance(text, str) and text != ""
        ]
        option = next((code for code in found if code), None)
        # what respondents add themselves is open text beside the options
        if option is None and row.question_type == "text":
            continue
        ticked = (
            row.answer_number
            if row.question_type == "multiple"
            else (_read_tick(row) if row.place else 1.0)
        )
        rows.append((row.Index, option, ticked))
    places = pd.DataFrame(rows, columns=["index", "option", "number"]).set_index("index")
    cells = own.drop(columns=["option"]).join(places, how="inner")
    cells = cells.assign(code=np.where(cells["number"].eq(1), "1", "0"))
    cells["is_wrong"] = cells["is_answered"] & (
        (cells["option"].isna() & cells["number"].ne(0)) | (cells["option"].notna() & cells["number"].isna())
    )  # fmt: skip
    cells = cells[cells["option"].notna() | cells["is_wrong"]]
    wrong = cells[cells["option"].isna()]
    keys = ["wave", "respondent_id", "organisation", "option"]
    fine = cells[cells["option"].notna()].sort_values("number", ascending=False, na_position="last")
    fine = fine.groupby(keys, as_index=False, dropna=False, sort=False).first()
    return pd.concat([_fill_options(item, own, fine), wrong], ignore_index=True)


def _read_tick(row) -> float:
    text = simplify(row.answer_code) if isinstance(row.answer_code, str) else ""
    return 1.0 if text in _YES else 0.0 if text in _NO else np.nan


def _fill_options(item: Item, own: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Add the options that a respondent did not choose, where an export lists only those that were chosen."""
    keys = ["wave", "respondent_id", "organisation"]
    people = own.groupby(keys, as_index=False, dropna=False, sort=False).agg(
        is_shown=("is_shown", "max"),
        is_answered=("is_answered", "max"),
        source_file=("source_file", "first"),
        source_row=("source_row", "first"),
    )
    whole = people.merge(pd.DataFrame({"option": list(item.options)}), how="cross")
    # an option without a column was not in the export: that nobody ticked it is not known
    carried = _list_carried_options(item, own, cells)
    pairs = zip(whole["source_file"], whole["option"], strict=True)
    whole = whole[[option in carried[file] for file, option in pairs]]
    given = cells[[*keys, "option", "number", "is_wrong"]].assign(is_given=True)
    whole = whole.merge(given, how="left", on=[*keys, "option"])
    whole.loc[whole["is_given"].isna() & whole["is_answered"], "number"] = 0.0
    whole["is_wrong"] = whole["is_wrong"].eq(True)
    return whole.assign(code=np.where(whole["number"].eq(1), "1", "0"))


def _list_carried_options(
    item: Item, own: pd.DataFrame, cells: pd.DataFrame
) -> dict[str, set[str]]:
    """List the options of a multiple question that each file carries: all of them, unless it has a column for each."""
    found = cells.groupby("source_file")["option"].agg(set).to_dict()
    has_columns = own.groupby("source_file")["place"].agg(lambda places: places.ne("").any())
    return {
        file: found.get(file, set()) if separate else set(item.options)
        for file, separate in has_columns.items()
    }


def _tell_missing_options(
    form: Questionnaire,
    item: Item,
    wave: str,
    own: pd.DataFrame,
    cells: pd.DataFrame,
    findings: _Findings,
) -> None:
    """Tell of files in which options of a multiple question have no column, or none that can be read as ticks."""
    there = cells[cells["option"].notna()].groupby("source_file")["option"].agg(set).to_dict()
    for file in sorted(own["source_file"].unique()):
        missing = [option for option in item.options if option not in there.get(file, set())]
        if missing:
            findings.add(
                "missing item",
                f"{file}: no column of {item.code!r} can be read as the option {', '.join(missing)} of "
                f"studies/questionnaires/{form.name}.yaml; left out. Name it in the export by its code or its wording, in one "
                "language for the whole question",
                survey=form.name,
                wave=wave,
                file=file,
                item=item.code,
            )


def _match_open(item: Item, own: pd.DataFrame) -> pd.DataFrame:
    """Match an open item: its length, and the codes of its codebook that the intake gave."""
    is_code = own["question_type"].eq("multiple")
    codes = own["answer_code"].where(is_code)
    numbers = own["answer_number"].where(own["is_answered"])
    return own.assign(option=own["place"], code=codes, number=numbers, is_wrong=False)


def _hide_what_was_not_asked(
    form: Questionnaire, wave: str, answers: pd.DataFrame, findings: _Findings
) -> pd.DataFrame:
    """Take an item as not shown where the questionnaire asks it only after another answer."""
    codes = answers[answers["option"].eq("")].set_index(["item", "respondent_id"])["code"]
    for item in form.list_items(wave):
        for other, admitted in item.asked_if.items():
            if other not in codes.index.get_level_values("item"):
                continue
            own = answers["item"].eq(item.code)
            given = answers["respondent_id"].map(codes[other])
            # who answered without having answered the other was shown it
            says = answers["is_answered"] & (answers["option"].eq("") | answers["number"].ne(0))
            told = own & given.isna() & says
            told = answers["respondent_id"].isin(answers.loc[told, "respondent_id"])
            hidden = own & ~given.isin(admitted) & ~told
            against = hidden & says
            number = answers.loc[against, "respondent_id"].nunique()
            if number:
                findings.add(
                    "answered though not asked",
                    f"wave {wave}: {_count(number, 'respondent')} answered {item.code!r} though the answer to {other!r} says "
                    "that it was not asked; those answers are left out",
                    survey=form.name,
                    wave=wave,
                    item=item.code,
                    rows=number,
                )
            answers.loc[hidden, ["is_shown", "is_answered"]] = False
            answers.loc[hidden, ["code", "number"]] = [None, np.nan]
    return answers


# --------------------------------------------------------------------------------------------------- wording


def _tell_wrong_code(form: Questionnaire, item: Item, file: str, wrong: pd.DataFrame) -> str:
    records = wrong["respondent_id"].nunique()
    place = f"{file}: {item.code}, {_count(records, 'record')} ({_name_rows(wrong['source_row'])})"
    if item.kind in ("number", "scale") and not item.options:
        low, high = item.limits
        expected = (
            f"a whole number from {low:g} to {high:g}" if item.kind == "scale" else "a number"
        )
    else:
        expected = f"one of {', '.join(item.options)}"
    return (
        f"{place} with a code that is not declared, left out; expected {expected}: correct the export, or add the option "
        f"to studies/questionnaires/{form.name}.yaml"
    )


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _name_rows(rows: pd.Series) -> str:
    """Name the first rows: "rows 3, 8, 12 and 4 more"."""
    numbers = sorted(set(rows.astype("int64")))
    shown = ", ".join(map(str, numbers[:3]))
    if len(numbers) == 1:
        return f"row {shown}"
    return f"rows {shown} and {len(numbers) - 3} more" if len(numbers) > 3 else f"rows {shown}"
