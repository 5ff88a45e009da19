"""In which phase of the growth model does each municipality stand? The rules, laid over answers and behaviour.

The rules of `studies/growth-model.yaml` are laid over each organisation's answers and over what its accounts did in the
same quarter. What is not known of it stays open, as an interval of phases.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.phases import (
    Placement,
    assign_phases,
    find_steps,
    place_units,
)
from roeptoeter.estimators.regression import adjust_p_values
from roeptoeter.growth_rules import RULES, GrowthModel, Indicator, Theme
from roeptoeter.questionnaires import Questionnaire
from roeptoeter.questions.account_level import read_account_level
from roeptoeter.questions.disclosure import (
    check_smallest_group,
    hide_small_groups,
    hide_small_parts,
    is_disclosive,
    refuse_small_group,
)
from roeptoeter.questions.growth_model import asks_for_yes
from roeptoeter.questions.scorecard import measure_organisations
from roeptoeter.questions.survey_answers import Survey, read_survey
from roeptoeter.registers import SIZE_CLASSES
from roeptoeter.study import Study

SIZE_NAMES = dict(
    zip(SIZE_CLASSES, ("below 20,000", "20,000 to 50,000", "above 50,000"), strict=True)
)

#: How far apart the phases of one organisation's themes may lie before one number would hide it.
APART = 2

#: What the table of phases holds, a row an organisation, theme and rule.
PHASE_COLUMNS = (
    "wave", "edition", "region", "organisation", "theme", "rule", "phase", "phase_low", "phase_high", "score",
    "next_phase", "distance_indicators", "missing_items", "moves", "is_simulated",
)  # fmt: skip


# The organisations: what is known of them -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Growth:
    """The organisations that answered, and what is known of each indicator; from `read_growth`.

    Parameters
    ----------
    study : Study
    model : GrowthModel
    form : Questionnaire
    wave, edition, region : str
    might_answer : int
        Organisations that might have answered.
    may_show : bool
        Whether respondents know that their organisation's page tells its phase.
    without_accounts : str
        Why what accounts did is not known; empty where it is.
    organisations : pandas.DataFrame
        organisation, population, size_class; in order of the code.
    values : pandas.DataFrame
        Row by row with them, a column an indicator: the answer or measurement that it judges.
    met : pandas.DataFrame
        The same judged: 1, 0 or NaN.
    """

    study: Study
    model: GrowthModel
    form: Questionnaire
    wave: str
    edition: str
    region: str
    might_answer: int
    may_show: bool
    without_accounts: str
    organisations: pd.DataFrame
    values: pd.DataFrame
    met: pd.DataFrame

    def take_theme(self, theme: Theme) -> np.ndarray:
        """Return what is known of one theme's indicators, a row an organisation."""
        return self.met[list(theme.indicators)].to_numpy(dtype=float)


def read_growth(study: Study, model: GrowthModel, wave: str) -> Growth:
    """Read the answers of a wave and lay what the same organisations' accounts did beside them.

    Parameters
    ----------
    study : Study
    model : GrowthModel
    wave : str

    Returns
    -------
    Growth
        Of organisations that the registers know. Where the wave may not be linked, has no edition, or the study has no
        accounts of it, measured indicators are missing, and `without_accounts` says why.

    Raises
    ------
    NotAnswerable
        If the study has no answers to the wave, or the wave is none of the model's.
    """
    if wave not in model.waves:
        raise NotAnswerable(
            f"the growth model is not declared for the wave {wave!r}: it needs items that only "
            f"{', '.join(map(repr, model.waves))} asked; name one of these, or write other indicators into "
            f"studies/{model.name}.yaml"
        )
    survey = read_survey(study, model.questionnaire)
    answers = survey.tabulate(wave)
    answers = answers[answers["is_known"]].sort_values("organisation", ignore_index=True)
    if answers.empty:
        raise NotAnswerable(f"no organisation that answered the wave {wave!r} is in the registers")
    declared = survey.form.waves[wave]
    measured, reason = _measure(study, model, survey, wave)
    values = {}
    for code, indicator in model.indicators.items():
        if indicator.metric is not None:
            own = measured.get(code, pd.Series(dtype=float))
            values[code] = answers["organisation"].map(own).to_numpy(dtype=float)
        elif indicator.column in answers:
            values[code] = answers[indicator.column].to_numpy()
        else:
            values[code] = np.full(len(answers), np.nan)
    values = pd.DataFrame(values, index=answers.index)
    met = {
        code: judge_values(indicator, values[code], survey.form)
        for code, indicator in model.indicators.items()
    }
    frame = survey.frame[survey.frame["wave"].eq(wave)]
    return Growth(
        study,
        model,
        survey.form,
        wave,
        declared.edition or "",
        declared.region,
        max(len(frame), len(answers)),
        declared.may_show_organisation,
        reason,
        answers[["organisation", "population", "size_class"]],
        values,
        pd.DataFrame(met, index=answers.index),
    )


def _measure(
    study: Study, model: GrowthModel, survey: Survey, wave: str
) -> tuple[dict[str, pd.Series], str]:
    """Measure the indicators that are metrics, by organisation; or say why not."""
    declared = survey.form.waves[wave]
    wanted = {code: one for code, one in model.indicators.items() if one.metric is not None}
    if not wanted:
        return {}, ""
    if not declared.may_link:
        return {}, (
            "the respondents were not told that their answers are laid beside what their accounts did "
            f"(`may_link` of the wave {wave!r})"
        )
    if declared.edition is None:
        return {}, f"the wave {wave!r} names no edition in which accounts were observed"
    measured = {}
    try:
        level = read_account_level(study)
        for platform in sorted({indicator.platform for indicator in wanted.values()}):
            frame = measure_organisations(
                level, edition=declared.edition, platform=platform, region=declared.region
            ).set_index("organisation")
            for code, indicator in wanted.items():
                if indicator.platform == platform:
                    measured[code] = _take_metric(frame, indicator)
    except NotAnswerable as refusal:
        return {}, str(refusal)
    return measured, ""


def _take_metric(frame: pd.DataFrame, indicator: Indicator) -> pd.Series:
    """Take one metric of all organisations; without an account nothing is sent and nothing answered."""
    absent = ~frame["is_present"]
    if indicator.metric == "has_account":
        return frame["is_present"].astype(float)
    if indicator.metric == "messages_per_week":
        return frame["messages_per_week"].mask(absent, 0.0)
    if indicator.metric == "reply_share":
        known = frame["is_measured"] & frame["messages"].ge(indicator.fewest)
        silent = frame["is_measured"] & frame["messages_sent"].eq(0)
        return frame["reply_share"].where(known).mask(absent | silent, 0.0)
    known = frame["questions"].ge(indicator.fewest)
    if indicator.metric == "answered_share":
        return frame["answered_share"].where(known).mask(absent, 0.0)
    unanswered = known & frame["answers"].eq(0)
    hours = frame["response_hours"].where(frame["answers"].ge(indicator.fewest))
    return hours.mask(absent | unanswered, np.inf)


def judge_values(indicator: Indicator, values: pd.Series, form: Questionnaire) -> np.ndarray:
    """Judge of each organisation whether an indicator is met.

    Parameters
    ----------
    indicator : Indicator
    values : pandas.Series
        Answers or measures; missing where nothing is known.
    form : Questionnaire

    Returns
    -------
    numpy.ndarray
        1 (met), 0 (not met) or NaN, in the order of `values`.
    """
    known = values.notna().to_numpy()
    if indicator.at_least is not None:
        is_met = values.ge(indicator.at_least)
    elif indicator.at_most is not None:
        is_met = values.le(indicator.at_most)
    elif indicator.answer is not None and form.items[indicator.item].kind == "yes_no":
        is_met = values.eq(float(asks_for_yes(indicator, form.items[indicator.item])))
    elif indicator.answer is not None:
        is_met = values.eq(indicator.answer)
    else:
        is_met = values.eq(1)
    return np.where(known, is_met.to_numpy(dtype=float), np.nan)


def say_measured(growth: Growth) -> str:
    """Say where the measured indicators come from, or why they are not known."""
    number = sum(one.metric is not None for one in growth.model.indicators.values())
    if growth.without_accounts:
        return (
            f"The {number} indicators that measure accounts are not known: {growth.without_accounts}. A phase is then an "
            "interval wherever one of them decides."
        )
    return (
        f"The {number} indicators that measure accounts are those of the edition {growth.edition}."
    )


# Phases ---------------------------------------------------------------------------------------------


def place_themes(growth: Growth, rule: str | None = None) -> dict[str, Placement]:
    """Place all organisations in each theme.

    Parameters
    ----------
    growth : Growth
    rule : {"gate", "sum"}, optional
        Default: the model's.

    Returns
    -------
    dict of str to Placement
        By theme; organisations in their order.
    """
    return {
        code: place_units(growth.take_theme(theme), theme.cut_points, rule or growth.model.rule)
        for code, theme in growth.model.themes.items()
    }


def list_phases(growth: Growth) -> pd.DataFrame:
    """List the phase of each organisation in each theme under each rule, for its own page.

    Parameters
    ----------
    growth : Growth

    Returns
    -------
    pandas.DataFrame
        `PHASE_COLUMNS`, a row an organisation, theme and rule: phase (Int64; missing where what is not known leaves more
        than one), phase_low and phase_high, score (Int64; likewise), next_phase (Int64; missing in the last),
        distance_indicators (how many more the next phase asks for), missing_items and moves (codes of indicators with
        blanks between: not known, and those that lead to the next phase; under the gate all of them are needed). Empty
        where respondents were not told that their organisation's page tells its phase.
    """
    tables = []
    for code, theme in growth.model.themes.items():
        met = growth.take_theme(theme)
        names = np.array(list(theme.indicators))
        for rule in RULES:
            placed = place_units(met, theme.cut_points, rule)
            steps = find_steps(met, theme.cut_points, rule)
            is_last = placed.phase_low == len(growth.model.phases)
            tables.append(
                pd.DataFrame(
                    {
                        "wave": growth.wave,
                        "edition": growth.edition,
                        "region": growth.region,
                        "organisation": growth.organisations["organisation"],
                        "theme": code,
                        "rule": rule,
                        "phase": pd.array(placed.phase_low, "Int64"),
                        "phase_low": placed.phase_low,
                        "phase_high": placed.phase_high,
                        "score": pd.array(placed.score_low, "Int64"),
                        "next_phase": pd.array(placed.phase_low + 1, "Int64"),
                        "distance_indicators": steps.distance,
                        "missing_items": [" ".join(names[row]) for row in np.isnan(met)],
                        "moves": [" ".join(names[row]) for row in steps.candidates],
                        "is_simulated": growth.study.evidence == "SIMULATED",
                    }
                ).assign(
                    phase=lambda rows, known=placed.is_known: rows["phase"].where(known),
                    score=lambda rows, p=placed: rows["score"].where(p.score_low == p.score_high),
                    next_phase=lambda rows, last=is_last: rows["next_phase"].mask(last),
                )
            )
    table = pd.concat(tables, ignore_index=True)[list(PHASE_COLUMNS)]
    kept = table if growth.may_show else table.iloc[:0]
    return kept.sort_values(["wave", "organisation"], kind="stable", ignore_index=True)


def tabulate_phases(growth: Growth, smallest_group: int) -> pd.DataFrame:
    """Count the organisations in each phase of each theme.

    Parameters
    ----------
    growth : Growth
    smallest_group : int
        Groups below it are not shown.

    Returns
    -------
    pandas.DataFrame
        A row a theme and phase, and one for those whose answers leave more than one phase: theme, theme_name, phase
        (number; 0: more than one), name, organisations (Int64), share_percent, is_hidden.

    Raises
    ------
    NotAnswerable
        If fewer than `smallest_group` organisations answered.
    """
    refuse_few(growth, smallest_group)
    number = len(growth.organisations)
    rows = []
    for code, placed in place_themes(growth).items():
        decided = np.where(placed.is_known, placed.phase_low, 0)
        for phase in [*range(1, len(growth.model.phases) + 1), 0]:
            count = int((decided == phase).sum())
            rows.append(
                {
                    "theme": code,
                    "theme_name": growth.model.themes[code].name.en,
                    "phase": phase,
                    "name": growth.model.name_phase(phase, "en") if phase else "more than one",
                    "organisations": count,
                    "share_percent": 100 * count / number,
                }
            )
    table = pd.DataFrame(rows)
    # the sum is known with and without those of more than one phase, and so is who is past the first
    theme, phase = table["theme"], table["phase"]
    return hide_small_parts(
        table,
        cells=["organisations"],
        values=["share_percent"],
        smallest_group=smallest_group,
        wholes=[theme, *(theme.where(own) for own in (phase > 0, phase > 1, phase != 1))],
        sums=["organisations"],
    )


def say_largest(phases: pd.DataFrame) -> str:
    """Say which phase of which theme most organisations stand in; from `tabulate_phases`."""
    told = phases[phases["phase"].gt(0) & phases["share_percent"].gt(0)]
    if told.empty:
        return "Every group is too small to be shown"
    row = told.loc[told["share_percent"].astype(float).idxmax()]
    return (
        f"{row['share_percent']:.0f}% stand in phase {row['phase']} of {row['theme_name'].lower()}"
    )


def refuse_few(growth: Growth, smallest_group: int) -> None:
    """Refuse to tell of so few organisations that each could be recognised.

    Parameters
    ----------
    growth : Growth
    smallest_group : int

    Raises
    ------
    InputError
        If `smallest_group` is none.
    NotAnswerable
        If fewer organisations than that answered.
    """
    check_smallest_group(smallest_group)
    refuse_small_group(
        len(growth.organisations), smallest_group, "the municipalities that answered"
    )


def estimate_reached(growth: Growth, theme: str, phase: int, smallest_group: int) -> Estimate:
    """Estimate the share of the organisations that answered which have reached a phase.

    Parameters
    ----------
    growth : Growth
    theme : str
    phase : int
    smallest_group : int

    Returns
    -------
    Estimate
        In %, interval kind "sensitivity": from the lowest to the highest completion of what is not known; "none" where it
        is known of all. Where those who have reached it, or those who have not, are fewer than `smallest_group`, the
        interval is widened to what that says and there is no value.

    Raises
    ------
    NotAnswerable
        If fewer than `smallest_group` organisations answered.
    """
    refuse_few(growth, smallest_group)
    placed = place_themes(growth)[theme]
    number = len(placed.phase_low)
    low, high = (int((ends >= phase).sum()) for ends in (placed.phase_low, placed.phase_high))
    known = (placed.phase_low >= phase) == (placed.phase_high >= phase)
    value = 100 * low / known.sum() if known.any() else float("nan")
    # what is short of the threshold is told as "fewer than that", at either end
    few = smallest_group - 1
    if is_disclosive(low, smallest_group) or is_disclosive(number - high, smallest_group):
        low = 0 if low <= few else low
        high = number if number - high <= few else high
        if number - low <= few:
            low = number - few
        if high <= few:
            high = few
        value = float("nan")
    return Estimate(
        value,
        100 * low / number,
        100 * high / number,
        "none" if low == high else "sensitivity",
        f"share of the municipalities that answered in phase {phase} or beyond of {theme}",
        "%",
        number,
    )


def say_share(estimate: Estimate) -> str:
    """Write a share: one number where its ends round to the same, else both ends."""
    low, high = f"{estimate.low:.0f}", f"{estimate.high:.0f}"
    if low == high:
        return f"{low}%"
    if estimate.high == 100:
        return f"at least {low}%"
    return f"between {low} and {high}%" if estimate.low else f"at most {high}%"


def bound_all(estimate: Estimate, growth: Growth) -> Estimate:
    """Bound the same share among all organisations that might have answered, whatever the others would have said."""
    answered, everybody = len(growth.organisations), growth.might_answer
    return Estimate(
        float("nan"),
        estimate.low * answered / everybody,
        (estimate.high * answered + 100 * (everybody - answered)) / everybody,
        "sensitivity",
        f"{estimate.estimand}, of all that might have answered",
        "%",
        everybody,
    )


def tabulate_sizes(growth: Growth, phase: int, smallest_group: int) -> pd.DataFrame:
    """Compare by size class how many organisations have reached a phase.

    Parameters
    ----------
    growth : Growth
    phase : int
    smallest_group : int

    Returns
    -------
    pandas.DataFrame
        A row a theme and size class: theme, theme_name, size_class, known (organisations of which it is known, Int64),
        reached, not_reached (Int64), reached_percent, is_hidden.
    """
    refuse_few(growth, smallest_group)
    rows = []
    for code, placed in place_themes(growth).items():
        surely, perhaps = placed.phase_low >= phase, placed.phase_high >= phase
        for size in SIZE_CLASSES:
            own = growth.organisations["size_class"].eq(size).to_numpy(dtype=bool)
            reached, short = int((own & surely).sum()), int((own & ~perhaps).sum())
            known = reached + short
            rows.append(
                {
                    "theme": code,
                    "theme_name": growth.model.themes[code].name.en,
                    "size_class": SIZE_NAMES[size],
                    "known": known,
                    "reached": reached,
                    "not_reached": short,
                    "reached_percent": 100 * reached / known if known else np.nan,
                }
            )
    table = pd.DataFrame(rows)
    return hide_small_parts(
        table,
        cells=["known", "reached", "not_reached"],
        values=["reached_percent"],
        smallest_group=smallest_group,
        wholes=[table["theme"]],
        sums=["reached", "not_reached"],
    )


def test_sizes(growth: Growth) -> pd.DataFrame:
    """Test in each theme whether the phase goes with population: the family of tests of this question.

    Parameters
    ----------
    growth : Growth

    Returns
    -------
    pandas.DataFrame
        theme, theme_name, organisations (with one phase), kendall_tau, p, p_holm. A theme in which all have the same
        phase has no test.

    Notes
    -----
    Kendall's tau-b of phase and population, which takes ties into account; Holm's adjustment over the themes.
    """
    rows = []
    population = growth.organisations["population"].to_numpy(dtype=float, na_value=np.nan)
    for code, placed in place_themes(growth).items():
        known = placed.is_known & np.isfinite(population)
        tau, p = np.nan, np.nan
        if len(set(placed.phase_low[known])) > 1:
            tau, p = stats.kendalltau(placed.phase_low[known], population[known])
        rows.append(
            {
                "theme": code,
                "theme_name": growth.model.themes[code].name.en,
                "organisations": int(known.sum()),
                "kendall_tau": float(tau),
                "p": float(p),
            }
        )
    table = pd.DataFrame(rows)
    tested = table["p"].notna()
    table["p_holm"] = np.nan
    table.loc[tested, "p_holm"] = adjust_p_values(table.loc[tested, "p"], "holm")
    return table


test_sizes.__test__ = False  # no test of pytest


def count_themes_by_size(tests: pd.DataFrame, level: float) -> Estimate:
    """Count the themes in which larger organisations are further, at a level of the whole family."""
    found = int((tests["p_holm"].lt(level) & tests["kendall_tau"].gt(0)).sum())
    return Estimate(
        found, found, found, "none", "themes in which the phase rises with population", "themes", len(tests)
    )  # fmt: skip


def estimate_apart(growth: Growth, smallest_group: int) -> Estimate:
    """Estimate the share of organisations whose themes stand at least `APART` phases from one another.

    Parameters
    ----------
    growth : Growth
    smallest_group : int

    Returns
    -------
    Estimate
        In %, of the organisations with one phase in each theme; interval kind "none".

    Raises
    ------
    NotAnswerable
        If they, or those to either side, are fewer than `smallest_group`.
    """
    check_smallest_group(smallest_group)
    placed = place_themes(growth).values()
    known = np.all([one.is_known for one in placed], axis=0)
    phases = np.array([one.phase_low[known] for one in placed])
    number = int(known.sum())
    apart = int((np.ptp(phases, axis=0) >= APART).sum()) if number else 0
    for count, group in (
        (number, "the municipalities with one phase in each theme"),
        (apart, "those with phases far apart"),
        (number - apart, "those with phases near one another"),
    ):
        refuse_small_group(count, smallest_group, group)
    if not number:
        raise NotAnswerable("no municipality has one phase in each theme: too much is not known")
    share = 100 * apart / number
    return Estimate(
        share, share, share, "none", f"share whose themes stand at least {APART} phases apart", "%", number
    )  # fmt: skip


# What leads on ----------------------------------------------------------------------------------------


def tabulate_met(growth: Growth, indicators: pd.DataFrame, smallest_group: int) -> pd.DataFrame:
    """Count who meets each indicator, in the order of the model.

    Parameters
    ----------
    growth : Growth
    indicators : pandas.DataFrame
        From `tabulate_indicators`.
    smallest_group : int

    Returns
    -------
    pandas.DataFrame
        theme, theme_name, indicator, wording, known, met, not_met (Int64), met_percent, printed_percent (of this wave's
        publication), is_out_of_order (met more often than the one before; missing where either is hidden), is_hidden.
        Hidden is also what, less those in a phase or those whom the gate stops, would tell a small group.
    """
    refuse_few(growth, smallest_group)
    table = indicators[["theme", "theme_name", "indicator", "wording", "printed_percent"]].copy()
    met = growth.met[table["indicator"]]
    table["known"] = met.notna().sum().to_numpy()
    table["met"] = met.eq(1).sum().to_numpy()
    table["not_met"] = met.eq(0).sum().to_numpy()
    table["met_percent"] = (100 * table["met"] / table["known"]).where(table["known"] > 0)
    besides = _count_besides(growth)
    table["beside"] = [besides[code] for code in table["indicator"]]
    table = hide_small_groups(
        table,
        counts=["known", "met", "not_met", "beside"],
        values=["met_percent"],
        smallest_group=smallest_group,
    ).drop(columns="beside")
    before = table.groupby("theme", sort=False)["met_percent"].shift()
    later = (table["met_percent"] > before).astype("boolean")
    table["is_out_of_order"] = later.where(before.notna() & table["met_percent"].notna())
    return table


def _count_besides(growth: Growth) -> dict[str, int]:
    """Count by indicator the fewest whom its number and one of the phases, or of where the gate ends, tell by subtraction."""
    fewest = {}
    for theme in growth.model.themes.values():
        known = growth.take_theme(theme)
        placed = place_units(known, theme.cut_points, growth.model.rule)
        told = []
        for phase in range(2, len(growth.model.phases) + 1):
            told += [placed.phase_low >= phase, placed.phase_high < phase]
        if growth.model.rule == "gate":
            for end in range(1, known.shape[1] + 1):
                told += [(known[:, :end] == 1).all(axis=1), (known[:, :end] == 0).any(axis=1)]
        for code, own in zip(theme.indicators, known.T, strict=True):
            left = [
                int((group != one).sum())
                for group, one in itertools.product(told, (own == 1, own == 0))
                if (group <= one).all() or (one <= group).all()
            ]
            fewest[code] = min((count for count in left if count), default=0)
    return fewest


def count_out_of_order(met: pd.DataFrame) -> Estimate:
    """Count the indicators that are met more often than the one before, which is declared easier."""
    told = met["is_out_of_order"].dropna()
    found = int(told.sum())
    return Estimate(
        found, found, found, "none", "indicators met more often than the easier one before", "indicators", len(told)
    )  # fmt: skip


def tabulate_moves(growth: Growth, smallest_group: int) -> pd.DataFrame:
    """Count at which indicator the gate ends for how many organisations: what would lead them on.

    Parameters
    ----------
    growth : Growth
    smallest_group : int

    Returns
    -------
    pandas.DataFrame
        theme, theme_name, indicator, wording, organisations (Int64: the first that they do not meet), share_percent (of
        those in the theme of which it is known), is_hidden. The last row of a theme, without indicator, is of those that
        meet all. Hidden is also what the sum of a theme, or of a phase under the gate, would tell.
    """
    refuse_few(growth, smallest_group)
    rows = []
    for code, theme in growth.model.themes.items():
        met = growth.take_theme(theme)
        # the first that is not known to be met; known only where it is surely not met
        first = np.argmax(met != 1, axis=1)
        decided = met[np.arange(len(met)), first] == 0
        beyond = (met == 1).all(axis=1)
        everybody = int(decided.sum() + beyond.sum())
        stops = {name: one.wording.en for name, one in theme.indicators.items()} | {"": "meets all"}
        for place, (name, wording) in enumerate(stops.items()):
            count = int((decided & (first == place)).sum() if name else beyond.sum())
            rows.append(
                {
                    "theme": code,
                    "theme_name": theme.name.en,
                    "indicator": name,
                    "wording": wording,
                    "organisations": count,
                    "share_percent": 100 * count / everybody if everybody else np.nan,
                    "phase": f"{code} {assign_phases(place, theme.cut_points)}",
                }
            )
    table = pd.DataFrame(rows)
    # where the gate ends is the phase: what is hidden there is hidden here
    phases = tabulate_phases(growth, smallest_group).query("is_hidden and phase > 0")
    told = table["phase"].isin(phases["theme"] + " " + phases["phase"].astype(str))
    table["told"] = np.where(told & (growth.model.rule == "gate"), 1, smallest_group)
    hidden = hide_small_parts(
        table,
        cells=["organisations", "told"],
        values=["share_percent"],
        smallest_group=smallest_group,
        # how many fail the first is also in the table of who meets each
        wholes=[
            table["theme"],
            table["theme"].where(table["theme"].duplicated()),
            table["phase"],
        ],
        sums=["organisations"],
    )
    return hidden.drop(columns=["phase", "told"])
