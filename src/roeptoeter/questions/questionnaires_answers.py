"""What do the staff say, answer by answer? A wave of a questionnaire as a study holds it, and who answered it.

The base of the account-level half of 08-questionnaires: `questionnaires_items` gives what was said, `questionnaires_options`
which answers go together, `questionnaires_waves` what changed, and `questionnaires_behaviour` what the accounts did beside it.

A *share* is a share of the respondents who were asked and answered; each has its base beside it. A group of respondents below
the threshold is in no table, and those who gave the same answer are a group too.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.survey_samples import join_small_classes, standardise_difference
from roeptoeter.questionnaires import Item, Questionnaire, read_codebook
from roeptoeter.questions.account_level import PLATFORM_NAMES
from roeptoeter.questions.disclosure import (
    check_smallest_group,
    hide_small_parts,
    is_disclosive,
    refuse_small_group,
)
from roeptoeter.questions.survey_answers import Survey
from roeptoeter.registers import SIZE_CLASSES

# Size classes as a reader writes them; the last one for organisations whose population no register knows.
_CLASS_NAMES = {
    "below_20000": "below 20,000",
    "20000_to_50000": "20,000 to 50,000",
    "above_50000": "above 50,000",
    "unknown": "size not known",
}

_JOINED_NAMES = {
    ("below_20000", "20000_to_50000"): "50,000 and fewer",
    ("20000_to_50000", "above_50000"): "20,000 and more",
    ("below_20000", "20000_to_50000", "above_50000"): "all sizes",
}

_REGION_NAMES = {"NL": "Dutch", "VL": "Flemish"}


@dataclass(frozen=True, slots=True)
class WaveAnswers:
    """The answers to one wave as zeros and ones; from `read_wave`.

    Parameters
    ----------
    survey : Survey
    wave : str
    people : pandas.DataFrame
        A row per respondent: respondent_id, organisation, is_known, population, size_class ("unknown" where no register has
        it), province, weight.
    aspects : pandas.DataFrame
        What a share can be given of, a row each in the order of the questionnaire; the index is the column of `values`. Columns
        topic, item, kind, question (the wording), answer ("yes", or the option), name (short), asked_of.
    values : pandas.DataFrame
        A row per respondent, a column per aspect: 1 said so, 0 said otherwise, NaN did not answer or was not asked.
    is_asked : pandas.DataFrame
        Whether the respondent was asked, a column per aspect and per item whose answer is a number.
    numbers : pandas.DataFrame
        A column per item whose answer is a number.
    frame : pandas.DataFrame
        The organisations that might answer, size_class as in `people`; empty where no register lists them.
    smallest_group : int
    """

    survey: Survey
    wave: str
    people: pd.DataFrame
    aspects: pd.DataFrame
    values: pd.DataFrame
    is_asked: pd.DataFrame
    numbers: pd.DataFrame
    frame: pd.DataFrame
    smallest_group: int

    @property
    def units(self) -> str:
        """What answers: "municipalities", "organisations", or "respondents" where they name no organisation."""
        if self.people["organisation"].isna().all():
            return "respondents"
        kind = self.survey.form.waves[self.wave].organisation_type
        return "municipalities" if kind == "municipality" else "organisations"

    @property
    def who(self) -> str:
        """Who was asked: "Dutch municipalities"."""
        region = self.survey.form.waves[self.wave].region
        return f"{_REGION_NAMES.get(region, region)} {self.units}"

    @property
    def has_weights(self) -> bool:
        """Whether every respondent has a design weight."""
        weights = self.people["weight"].astype("float64")
        return bool(weights.gt(0).all())

    @property
    def weighting(self) -> str:
        """What the weighted shares are weighted by; empty where nothing is known to weight by."""
        parts = ["design weights"] * self.has_weights + ["size classes"] * bool(len(self.frame))
        return " and ".join(parts)

    @property
    def classes(self) -> list[str]:
        """The size classes of the frame and of the respondents, from small to large."""
        there = {*self.frame["size_class"].unique(), *self.people["size_class"].unique()}
        return [name for name in _CLASS_NAMES if name in there]

    @property
    def joined_classes(self) -> dict[str, str]:
        """Size classes in words, those with fewer respondents than the threshold joined to a neighbour."""
        counts = self.people["size_class"].value_counts().reindex(self.classes, fill_value=0)
        groups = join_small_classes(counts, self.smallest_group)
        names: dict[int, tuple[str, ...]] = {}
        for name, group in zip(self.classes, groups, strict=True):
            names[group] = (*names.get(group, ()), name)
        words = {
            own: _JOINED_NAMES.get(own, " or ".join(_CLASS_NAMES[name] for name in own))
            for own in names.values()
        }
        return {name: words[names[group]] for name, group in zip(self.classes, groups, strict=True)}


def read_wave(survey: Survey, wave: str, smallest_group: int) -> WaveAnswers:
    """Read the answers to one wave of a questionnaire.

    Parameters
    ----------
    survey : Survey
    wave : str
        One of the questionnaire's waves.
    smallest_group : int
        The threshold below which a group of respondents is not shown.

    Returns
    -------
    WaveAnswers

    Raises
    ------
    NotAnswerable
        If nobody answered the wave, or fewer than the threshold did.
    InputError
        If the threshold is none.
    """
    check_smallest_group(smallest_group)
    table = survey.tabulate(wave)
    refuse_small_group(len(table), smallest_group, f"the respondents of wave {wave}")
    shown = survey.tell_shown(wave)
    aspects, values, asked, numbers = [], {}, {}, {}
    for item in survey.form.list_items(wave):
        if item.kind == "number" or (item.kind == "scale" and not item.options):
            if item.code in table:
                numbers[item.code] = table[item.code].astype("float64")
                asked[item.code] = shown[item.code]
            continue
        for option, answer in _list_answers(item):
            place = f"{item.code}[{option}]" if option else item.code
            column = place if item.kind in ("multiple", "open") else item.code
            if column not in table:
                continue
            given = table[column]
            if item.kind in ("single", "scale"):
                chosen = given.eq(option if item.kind == "single" else float(option))
                given = chosen.astype("float64").where(given.notna())
            values[place] = given.astype("float64")
            asked[place] = shown[column]
            aspects.append(
                {"place": place, **_describe_aspect(survey.form, item, option, answer, wave)}
            )
    people = table[
        ["respondent_id", "organisation", "is_known", "population", "size_class", "province", "weight"]
    ].copy()  # fmt: skip
    frame = survey.frame[survey.frame["wave"].eq(wave)].reset_index(drop=True)
    for part in (people, frame):
        part["size_class"] = part["size_class"].where(
            part["size_class"].isin(SIZE_CLASSES), "unknown"
        )
    columns = ["place", "topic", "item", "kind", "question", "answer", "name", "asked_of"]
    return WaveAnswers(
        survey,
        wave,
        people,
        pd.DataFrame(aspects, columns=columns).set_index("place"),
        pd.DataFrame(values, index=people.index),
        pd.DataFrame(asked, index=people.index).astype(bool),
        pd.DataFrame(numbers, index=people.index),
        frame,
        smallest_group,
    )


def _list_answers(item: Item) -> list[tuple[str, str]]:
    """List what a share of respondents can be given of, as option and answer; yes-or-no items have one."""
    if item.kind == "yes_no":
        return [("", item.option_label(next(iter(item.options)), "en"))]
    if item.kind == "open":
        book = read_codebook(item.codebook) if item.codebook else None
        codes = book.codes if book else {}
        return [(code, entry.label.en) for code, entry in codes.items()]
    return [(option, item.option_label(option, "en")) for option in item.options]


def _describe_aspect(form: Questionnaire, item: Item, option: str, answer: str, wave: str) -> dict:
    asked = {other.code for other in form.list_items(wave)}
    conditions = [
        f"{name_item(other)}: {' or '.join(form.items[other].option_label(c, 'en') for c in codes)}"
        for other, codes in item.asked_if.items()
        if other in asked
    ]
    return {
        "topic": form.topics[item.topic].en,
        "item": item.code,
        "kind": item.kind,
        "question": item.label("en"),
        "answer": answer,
        "name": f"{name_item(item.code)}: {answer}" if option else name_item(item.code),
        "asked_of": f"those with {', '.join(conditions)}" if conditions else "all",
    }


def name_item(code: str) -> str:
    """Write the code of an item as a short name.

    Examples
    --------
    >>> name_item("uses_facebook"), name_item("measures_success")
    ('uses Facebook', 'measures success')
    """
    platforms = {name.lower(): name for name in PLATFORM_NAMES.values()}
    return " ".join(platforms.get(word, word) for word in code.split("_"))


def say_bases(answers: WaveAnswers) -> str:
    """Say which items were asked only after another answer.

    Parameters
    ----------
    answers : WaveAnswers

    Returns
    -------
    str
    """
    chosen = answers.aspects[
        answers.aspects["asked_of"].ne("all") & answers.aspects["kind"].ne("open")
    ]
    if chosen.empty:
        return f"Every item of wave {answers.wave} was asked of all respondents."
    parts = [
        f"{', '.join(name_item(item) for item in own['item'].drop_duplicates())} (asked of {asked})"
        for asked, own in chosen.groupby("asked_of", sort=False)
    ]
    return f"Not asked of all respondents: {'; '.join(parts)}."


def tells_not_asked(answers: WaveAnswers, place: str, groups: pd.Series | None = None) -> bool:
    """Say whether the base of an answer tells that somebody was not asked, but fewer than the threshold.

    Who was not asked gave another answer before: so few are shown nowhere.

    Parameters
    ----------
    answers : WaveAnswers
    place : str
        A column of `answers.is_asked`.
    groups : pandas.Series, optional
        Labels the respondents: then also whether the base of any group tells it.

    Returns
    -------
    bool
    """
    not_asked = ~answers.is_asked[place]
    numbers = [not_asked.sum(), *([] if groups is None else not_asked.groupby(groups).sum())]
    return any(is_disclosive(number, answers.smallest_group) for number in numbers)


def hide_bases(table: pd.DataFrame, is_telling: pd.Series, bases: list[str]) -> pd.DataFrame:
    """Empty bases that tell how few were not asked, and round the shares of which they could be reckoned.

    Parameters
    ----------
    table : pandas.DataFrame
    is_telling : pandas.Series
        Of bool, for each row in order.
    bases : list of str
        Columns to empty.

    Returns
    -------
    pandas.DataFrame
        In the rows chosen every other column that ends in _percent is in whole percent.
    """
    table, chosen = table.copy(), is_telling.to_numpy(dtype=bool)
    for column in bases:
        kind = "Int64" if pd.api.types.is_integer_dtype(table[column]) else "float64"
        table[column] = table[column].astype(kind).mask(chosen)
    shares = [column for column in table if column.endswith("_percent")]
    table.loc[chosen, shares] = table.loc[chosen, shares].round()
    return table


def count_share(values: pd.Series, confidence: float) -> dict[str, float]:
    """Count who said so, with their share of those who answered.

    Parameters
    ----------
    values : pandas.Series
        1 said so, 0 said otherwise, NaN did not answer.
    confidence : float

    Returns
    -------
    dict
        n, yes, no, share_percent, low_percent, high_percent (Wilson; NaN where nobody answered).

    Examples
    --------
    >>> shares = count_share(pd.Series([1, 0, float("nan"), 0]), 0.95)
    >>> {name: round(number) for name, number in shares.items()}
    {'n': 3, 'yes': 1, 'no': 2, 'share_percent': 33, 'low_percent': 6, 'high_percent': 79}
    """
    given = values.dropna()
    n, yes = len(given), int(given.sum())
    share = express_in_percent(wilson_interval(yes, n, confidence) if n else None)
    columns = ("share_percent", "low_percent", "high_percent")
    return {"n": n, "yes": yes, "no": n - yes, **dict(zip(columns, share, strict=True))}


def express_in_percent(share: Estimate | None) -> tuple[float, float, float]:
    """Give a share and the ends of its interval in %; NaN where there is none.

    Parameters
    ----------
    share : Estimate or None

    Returns
    -------
    value, low, high : float
    """
    if share is None:
        return np.nan, np.nan, np.nan
    return 100 * share.value, 100 * share.low, 100 * share.high


def keep_shown(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Keep the rows of a table that may be shown, for a figure.

    Parameters
    ----------
    table : pandas.DataFrame
        With is_hidden.
    what : str
        What its rows are, for the message: "answers".

    Returns
    -------
    pandas.DataFrame
        Without is_hidden.

    Raises
    ------
    NotAnswerable
        If none may be shown.
    """
    shown = table[~table["is_hidden"]].drop(columns="is_hidden")
    if shown.empty:
        raise NotAnswerable(
            f"none of the {what} is of groups of at least the threshold (parameter `smallest_group`)"
        )
    return shown.reset_index(drop=True)


def write_p(p: float) -> str:
    """Write a p-value to three digits.

    Examples
    --------
    >>> write_p(0.0304), write_p(0.00001)
    ('0.030', '< 0.001')
    """
    return f"{p:.3f}" if p >= 0.0005 else "< 0.001"


# ------------------------------------------------------------------------------------------------- who answered


def tabulate_response(answers: WaveAnswers) -> pd.DataFrame:
    """Count who answered, by size class, against the register.

    Parameters
    ----------
    answers : WaveAnswers

    Returns
    -------
    pandas.DataFrame
        A row per size class: size_class, organisations, answered, answered_percent, of_organisations_percent and
        of_respondents_percent (the class's share of the one and of the other), is_hidden.

    Raises
    ------
    NotAnswerable
        If no register lists who might have answered, or nobody who answered is in it.
    """
    frame = _need_frame(answers)
    joined = answers.joined_classes
    table = frame.groupby(frame["size_class"].map(joined))["has_answered"].agg(["size", "sum"])
    order = [name for name in dict.fromkeys(joined.values()) if name in table.index]
    table = table.loc[order].astype("int64").reset_index()
    table.columns = ["size_class", "organisations", "answered"]
    table["answered_percent"] = 100 * table["answered"] / table["organisations"]
    for column, share in (("organisations", "of_organisations"), ("answered", "of_respondents")):
        table[f"{share}_percent"] = 100 * table[column] / table[column].sum()
    return hide_small_parts(
        table,
        cells=["answered"],
        values=["answered_percent", "of_respondents_percent"],
        smallest_group=answers.smallest_group,
        wholes=[pd.Series("all", index=table.index)],
        sums=["answered"],
    )


def estimate_response(answers: WaveAnswers) -> Estimate:
    """Give the share of the organisations in the register that answered.

    Parameters
    ----------
    answers : WaveAnswers

    Returns
    -------
    Estimate
        In %, without interval: both are counted.

    Raises
    ------
    NotAnswerable
        As `tabulate_response`.
    """
    frame = _need_frame(answers)
    share = 100 * float(frame["has_answered"].mean())
    return Estimate(
        share, share, share, "none", f"share of {answers.who} that answered wave {answers.wave}", "%", len(frame),
    )  # fmt: skip


def estimate_difference_in_size(answers: WaveAnswers) -> Estimate:
    """Give the difference in size between those who answered and those who did not, in standard deviations.

    Parameters
    ----------
    answers : WaveAnswers

    Returns
    -------
    Estimate
        Of the logarithm of the population, positive where those who answered are larger; without interval, because all
        organisations of the register are in one of the two groups.

    Raises
    ------
    NotAnswerable
        As `tabulate_response`; also where populations are not known, or a group is below the threshold.
    """
    frame = _need_frame(answers)
    known = frame[frame["population"].notna() & frame["population"].gt(0)]
    size = np.log2(known["population"].astype("float64"))
    answered = known["has_answered"].astype(bool)
    threshold = max(answers.smallest_group, 2)
    if min(answered.sum(), (~answered).sum()) < threshold:
        raise NotAnswerable(
            f"of those who answered wave {answers.wave}, or of those who did not, fewer than {threshold} have a population in "
            "the register; so few are not compared"
        )
    value = standardise_difference(size[answered], size[~answered])
    return Estimate(
        value, value, value, "none",
        f"standardised difference of log population, {answers.who} that answered less those that did not",
        "standard deviations", len(known),
    )  # fmt: skip


def say_size(difference: Estimate) -> str:
    """Say who answered more often: "the larger ones did so more often", "size made hardly a difference".

    Parameters
    ----------
    difference : Estimate
        From `estimate_difference_in_size`.

    Returns
    -------
    str
    """
    if abs(difference.value) < 0.1:
        return "size made hardly a difference"
    return f"the {'larger' if difference.value > 0 else 'smaller'} ones did so more often"


def _need_frame(answers: WaveAnswers) -> pd.DataFrame:
    form = answers.survey.form
    if answers.frame.empty:
        raise NotAnswerable(
            f"no register lists who might have answered wave {answers.wave} of the questionnaire {form.name}: name its "
            f"`register_year` in studies/questionnaires/{form.name}.yaml, and list organisations that are no municipalities in "
            "organisations.csv beside the exports"
        )
    number = int(answers.frame["has_answered"].sum())
    if not number:
        raise NotAnswerable(
            f"no respondent of wave {answers.wave} is known by organisation; declare `organisation_column` for the export in "
            "sources.yaml"
        )
    refuse_small_group(
        number, answers.smallest_group, f"the respondents of wave {answers.wave} that the register knows",
    )  # fmt: skip
    return answers.frame


# ----------------------------------------------------------------------------------------------- what was wrong


def list_findings(survey: Survey) -> pd.DataFrame:
    """List what was wrong with the answers, a line each.

    Parameters
    ----------
    survey : Survey

    Returns
    -------
    pandas.DataFrame
        kind, wave, item, message; a single row that says so where nothing was found. It tells of files and records, never what
        somebody answered.
    """
    found = survey.findings[["kind", "wave", "item", "message"]].reset_index(drop=True)
    if found.empty:
        return pd.DataFrame(
            [{"kind": "nothing found", "wave": "", "item": "", "message": "every answer fits the questionnaire"}]
        )  # fmt: skip
    return found
