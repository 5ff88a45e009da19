"""In which phase of the growth model does each municipality stand? What shares bear, and the rules laid over answers.

The published half says what the source names and what is printed of single indicators; of a phase nothing is. At account
level the rules of `studies/growth-model.yaml` are laid over each organisation's answers and over what its accounts
did in the same quarter. What is not known of it stays open, as an interval of phases.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.phases import (
    STARTS,
    LatentClasses,
    Placement,
    assign_phases,
    differs,
    find_steps,
    fit_latent_classes,
    place_units,
    resample_latent_classes,
    waive_indicator,
    weigh_agreement,
)
from roeptoeter.estimators.regression import adjust_p_values
from roeptoeter.estimators.rounding import admissible_counts
from roeptoeter.estimators.survey_shares import bound_number_with_several
from roeptoeter.growth_rules import RULES, GrowthModel, Indicator, Theme
from roeptoeter.published import get_figure
from roeptoeter.questionnaires import Item, Questionnaire
from roeptoeter.questions.account_level import PLATFORM_NAMES, read_account_level
from roeptoeter.questions.disclosure import (
    check_smallest_group,
    hide_small_groups,
    hide_small_parts,
    is_disclosive,
    refuse_small_group,
)
from roeptoeter.questions.scorecard import measure_organisations
from roeptoeter.questions.survey_answers import Survey, read_survey
from roeptoeter.registers import SIZE_CLASSES
from roeptoeter.study import Study

#: What a metric is, in a table for readers.
METRIC_NAMES = {
    "has_account": "an official account",
    "messages_per_week": "own messages a week",
    "reply_share": "replies among own messages",
    "response_hours": "median hours to an answer",
    "answered_share": "questions answered within 24 hours",
}

SIZE_NAMES = dict(
    zip(SIZE_CLASSES, ("below 20,000", "20,000 to 50,000", "above 50,000"), strict=True)
)

# of the log-likelihood of one organisation: BIC to a hundredth, in half the time
_TOLERANCE = 1e-5

#: How far apart the phases of one organisation's themes may lie before one number would hide it.
APART = 2

# parts of 100, so that the smallest and the largest share are rounded alike
_STEPS = (5, 10, 20, 25, 50, 100)

#: What the table of phases holds, a row an organisation, theme and rule.
PHASE_COLUMNS = (
    "wave", "edition", "region", "organisation", "theme", "rule", "phase", "phase_low", "phase_high", "score",
    "next_phase", "distance_indicators", "missing_items", "moves", "is_simulated",
)  # fmt: skip


# The published half ------------------------------------------------------------------------------


def count_named_phases(model: GrowthModel) -> Estimate:
    """Count the phases whose names the source gives."""
    named = sum(phase.named_in_source for phase in model.phases.values())
    return Estimate(
        named, named, named, "none", "phases that the source names", "phases", len(model.phases)
    )


def tabulate_indicators(
    model: GrowthModel, form: Questionnaire, figures: pd.DataFrame, wave: str
) -> pd.DataFrame:
    """List the indicators with what was printed of each.

    Parameters
    ----------
    model : GrowthModel
    form : Questionnaire
        The one of the model.
    figures : pandas.DataFrame
        The processed table of published figures.
    wave : str
        Whose printed shares are taken; others have other respondents.

    Returns
    -------
    pandas.DataFrame
        A row an indicator, in the order of the model: theme, theme_name, indicator (code), wording, taken_from, phase (the first that
        asks for it under the gate; empty: none does), figure_id (empty: none printed), printed_percent (who meets it, of
        the respondents; of all organisations where those without were counted), respondents (Int64), count_low and
        count_high (Int64: the respondents that the printed number admits).
    """
    respondents = _count_respondents(form, figures, wave)
    rows = []
    for theme in model.themes.values():
        for place, (code, indicator) in enumerate(theme.indicators.items(), start=1):
            number = 2 + int(np.searchsorted(theme.cut_points, place))
            figure_id, printed, counts = _read_printed(indicator, form, figures, wave, respondents)
            rows.append(
                {
                    "theme": theme.code,
                    "theme_name": theme.name.en,
                    "indicator": code,
                    "wording": indicator.wording.en,
                    "taken_from": _say_origin(indicator, form),
                    "phase": model.name_phase(number, "en") if number <= len(model.phases) else "",
                    "figure_id": figure_id,
                    "printed_percent": printed,
                    "respondents": respondents if figure_id else pd.NA,
                    "count_low": counts[0] if counts else pd.NA,
                    "count_high": counts[1] if counts else pd.NA,
                }
            )
    whole = dict.fromkeys(["respondents", "count_low", "count_high"], "Int64")
    return pd.DataFrame(rows).astype(whole)


def _count_respondents(form: Questionnaire, figures: pd.DataFrame, wave: str) -> int:
    figure_id = form.waves[wave].respondents
    if figure_id is None:
        raise NotAnswerable(f"no published figure counts the respondents of the wave {wave!r}")
    return int(get_figure(figures, figure_id)["printed_number"])


def _read_printed(
    indicator: Indicator,
    form: Questionnaire,
    figures: pd.DataFrame,
    wave: str,
    respondents: int,
) -> tuple[str, float, tuple[int, int] | None]:
    """Read what was printed of an indicator: figure, share that meets it in %, fewest and most respondents."""
    if indicator.counted_without is not None:
        figure = get_figure(figures, indicator.counted_without)
        without, everybody = int(figure["numerator"]), int(figure["denominator"])
        share = 100 * (everybody - without) / everybody
        # whoever is without among all may be a respondent or not
        least = max(0, respondents - without)
        return indicator.counted_without, share, (least, min(respondents, everybody - without))
    figure_id = ""
    if indicator.item is not None:
        figure_id = _find_figure(indicator, form.items[indicator.item], wave)
    if not figure_id:
        return "", np.nan, None
    figure = get_figure(figures, figure_id)
    printed, decimals = float(figure["printed_number"]), int(figure["printed_decimals"])
    low, high = (int(end) for end in admissible_counts(printed, respondents, decimals)[[0, -1]])
    if _asks_for_yes(indicator, form.items[indicator.item]):
        return figure_id, printed, (low, high)
    return figure_id, 100 - printed, (respondents - high, respondents - low)


def _find_figure(indicator: Indicator, item: Item, wave: str) -> str:
    if indicator.option is not None:
        return item.option_figures.get(wave, {}).get(indicator.option, "")
    return item.figures.get(wave, "") if indicator.answer is not None else ""


def _asks_for_yes(indicator: Indicator, item: Item) -> bool:
    return indicator.option is not None or indicator.answer == next(iter(item.options))


def _say_origin(indicator: Indicator, form: Questionnaire) -> str:
    if indicator.metric is not None:
        ends = {"at least": indicator.at_least, "at most": indicator.at_most}
        asked = "".join(f", {side} {end:g}" for side, end in ends.items() if end is not None)
        return f"{PLATFORM_NAMES.get(indicator.platform, indicator.platform)}: {METRIC_NAMES[indicator.metric]}{asked}"
    item = form.items[indicator.item]
    if indicator.answer is not None:
        return f"“{item.label('en')}” {item.option_label(indicator.answer, 'en')}"
    if indicator.option is not None:
        return f"“{item.label('en')}” {item.option_label(indicator.option, 'en')}"
    side = "at least" if indicator.at_least is not None else "at most"
    return f"“{item.label('en')}” {side} {item.option_label(f'{indicator.threshold:g}', 'en')}"


def count_printed(indicators: pd.DataFrame) -> Estimate:
    """Count the indicators of which it was printed how many meet them."""
    printed = int(indicators["figure_id"].ne("").sum())
    return Estimate(
        printed, printed, printed, "none", "indicators with a printed number", "indicators", len(indicators)
    )  # fmt: skip


def bound_published_phases(model: GrowthModel, indicators: pd.DataFrame) -> pd.DataFrame:
    """Bound how many respondents can have reached each phase, knowing printed shares of single indicators only.

    Parameters
    ----------
    model : GrowthModel
    indicators : pandas.DataFrame
        From `tabulate_indicators`.

    Returns
    -------
    pandas.DataFrame
        A row a theme, rule and phase from the second on: theme, theme_name, rule, phase (number), name, low_percent and high_percent
        (of the respondents, in that phase or beyond), is_open (nothing is known).

    Notes
    -----
    An indicator without a printed number may be met by nobody or by everybody. Under the gate a phase asks for all
    indicators up to its cut point, of the sum for so many of any; both bounds can be reached
    (`roeptoeter.estimators.survey_shares.bound_number_with_several`).
    """
    rows = []
    respondents = indicators["respondents"].dropna()
    number = int(respondents.iloc[0]) if len(respondents) else 1
    for theme in model.themes.values():
        own = indicators[indicators["theme"].eq(theme.code)]
        low = own["count_low"].fillna(0).tolist()
        high = own["count_high"].fillna(number).tolist()
        for rule in RULES:
            for phase, cut in enumerate(theme.cut_points, start=2):
                end = cut if rule == "gate" else len(own)
                least = bound_number_with_several(low[:end], number, cut)[0]
                most = bound_number_with_several(high[:end], number, cut)[1]
                rows.append(
                    {
                        "theme": theme.code,
                        "theme_name": theme.name.en,
                        "rule": rule,
                        "phase": phase,
                        "name": model.name_phase(phase, "en"),
                        "low_percent": 100 * least / number,
                        "high_percent": 100 * most / number,
                        "is_open": least == 0 and most == number,
                    }
                )
    return pd.DataFrame(rows)


def count_open_themes(bounds: pd.DataFrame, model: GrowthModel) -> int:
    """Count the themes of which printed shares say nothing at all about any phase, under the model's rule."""
    own = bounds[bounds["rule"].eq(model.rule)]
    return int(own.groupby("theme")["is_open"].all().sum())


def number_phases(model: GrowthModel) -> str:
    """Write the phases with their numbers: "1 discovers, 2 experiments"."""
    return ", ".join(f"{number} {code}" for number, code in enumerate(model.phases, start=1))


def estimate_printed_reach(
    bounds: pd.DataFrame, model: GrowthModel, theme: str, phase: int, respondents: int
) -> Estimate:
    """Read one bound as an estimate: the share of the respondents in a phase or beyond, under the model's rule."""
    row = bounds.query("theme == @theme and rule == @model.rule and phase == @phase").iloc[0]
    return Estimate(
        float("nan"),
        float(row["low_percent"]),
        float(row["high_percent"]),
        "sensitivity",
        f"share of respondents in phase {phase} or beyond of {theme}, from printed shares",
        "%",
        respondents,
    )


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
        code: _judge(indicator, values[code], survey.form)
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


def _judge(indicator: Indicator, values: pd.Series, form: Questionnaire) -> np.ndarray:
    known = values.notna().to_numpy()
    if indicator.at_least is not None:
        is_met = values.ge(indicator.at_least)
    elif indicator.at_most is not None:
        is_met = values.le(indicator.at_most)
    elif indicator.answer is not None and form.items[indicator.item].kind == "yes_no":
        is_met = values.eq(float(_asks_for_yes(indicator, form.items[indicator.item])))
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
    _refuse_few(growth, smallest_group)
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


def _refuse_few(growth: Growth, smallest_group: int) -> None:
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
    _refuse_few(growth, smallest_group)
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
    _refuse_few(growth, smallest_group)
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
    _refuse_few(growth, smallest_group)
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
    _refuse_few(growth, smallest_group)
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


# How much of it is the rules ----------------------------------------------------------------------------


def compare_rules(growth: Growth, smallest_group: int, confidence: float) -> pd.DataFrame:
    """Compare the phases of gate and sum.

    Parameters
    ----------
    growth : Growth
    smallest_group : int
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a theme: theme, theme_name, organisations (Int64, with one phase under both), same, different (Int64),
        same_percent, kappa, low, high (missing where chance alone makes them agree), is_hidden.
    """
    _refuse_few(growth, smallest_group)
    placed = [place_themes(growth, rule) for rule in RULES]
    rows = []
    for code, theme in growth.model.themes.items():
        gate, total = (one[code] for one in placed)
        known = gate.is_known & total.is_known
        phases = [one.phase_low[known] for one in (gate, total)]
        same, number = int((phases[0] == phases[1]).sum()), int(known.sum())
        kappa = None
        if number:
            kappa = _weigh(*phases, len(growth.model.phases), confidence)
        rows.append(
            {
                "theme": code,
                "theme_name": theme.name.en,
                "organisations": number,
                "same": same,
                "different": number - same,
                "same_percent": 100 * same / number if number else np.nan,
                "kappa": kappa.value if kappa else np.nan,
                "low": kappa.low if kappa else np.nan,
                "high": kappa.high if kappa else np.nan,
            }
        )
    return hide_small_groups(
        pd.DataFrame(rows),
        counts=["organisations", "same", "different"],
        values=["same_percent", "kappa", "low", "high"],
        smallest_group=smallest_group,
    )


def _weigh(first: np.ndarray, second: np.ndarray, phases: int, confidence: float):
    try:
        return weigh_agreement(
            first, second, phases, confidence=confidence, estimand="weighted kappa of gate and sum"
        )
    except ValueError:
        # all organisations in one phase
        return None


def estimate_least_agreement(agreement: pd.DataFrame, confidence: float) -> tuple[Estimate, str]:
    """Return the lowest kappa over the themes, and the name of its theme.

    Raises
    ------
    NotAnswerable
        If no theme has one that may be shown.
    """
    told = agreement.dropna(subset="kappa")
    if told.empty:
        raise NotAnswerable("in no theme can the agreement of gate and sum be shown")
    row = told.loc[told["kappa"].astype(float).idxmin()]
    estimate = Estimate(
        float(row["kappa"]),
        float(row["low"]),
        float(row["high"]),
        "superpopulation",
        "weighted kappa of gate and sum, lowest over the themes",
        "kappa",
        int(row["organisations"]),
        confidence,
    )
    return estimate, str(row["theme_name"])


def vary_rules(growth: Growth, smallest_group: int) -> pd.DataFrame:
    """Change one thing of the rules at a time and count who comes into another phase.

    Parameters
    ----------
    growth : Growth
    smallest_group : int

    Returns
    -------
    pandas.DataFrame
        A row a change: theme, theme_name, kind ("indicator", "threshold", "cut point", "order", "rule"), change (text),
        changed_percent (organisations whose phase or interval of phases is another, rounded to `find_step`).

    Notes
    -----
    No numbers: less those in a phase they would tell groups too small to be shown, because many a change moves a part of
    one phase only.

    *indicator*: one is asked for no more. *threshold*: one of the file's `other_thresholds`. *cut point*: a phase asks for
    one more or one less. *order*: two neighbours exchanged, or all in the order in which they are met in these data, both
    of which the sum does not notice. *rule*: the other rule.
    """
    step = find_step(growth, smallest_group)
    rows = []
    for code, theme in growth.model.themes.items():
        own = place_units(growth.take_theme(theme), theme.cut_points, growth.model.rule)
        for kind, change, other in _list_variations(growth, theme):
            share = 100 * differs(own, other).mean()
            rows.append(
                {
                    "theme": code,
                    "theme_name": theme.name.en,
                    "kind": kind,
                    "change": change,
                    "changed_percent": step * round(share / step),
                }
            )
    return pd.DataFrame(rows)


def find_step(growth: Growth, smallest_group: int) -> int:
    """Find to what shares of the organisations are rounded so that no number can be got back from them.

    Parameters
    ----------
    growth : Growth
    smallest_group : int

    Returns
    -------
    int
        In percentage points: the first of 5, 10, 20, 25, 50 and 100 that holds `smallest_group` organisations.

    Raises
    ------
    NotAnswerable
        If fewer than `smallest_group` organisations answered.
    """
    _refuse_few(growth, smallest_group)
    number = len(growth.organisations)
    return next(step for step in _STEPS if step * number >= 100 * smallest_group)


def _list_variations(growth: Growth, theme: Theme) -> Iterator[tuple[str, str, Placement]]:
    met, cuts, rule = growth.take_theme(theme), theme.cut_points, growth.model.rule
    names = [code.replace("_", " ") for code in theme.indicators]
    for place, name in enumerate(names):
        yield "indicator", f"without “{name}”", place_units(waive_indicator(met, place), cuts, rule)
    for place, (code, indicator) in enumerate(theme.indicators.items()):
        for threshold in indicator.other_thresholds:
            judged = met.copy()
            other = indicator.replace_threshold(threshold)
            judged[:, place] = _judge(other, growth.values[code], growth.form)
            change = f"“{names[place]}” {_say_side(indicator)} {threshold:g} instead of {indicator.threshold:g}"
            yield "threshold", change, place_units(judged, cuts, rule)
    for place, cut in enumerate(cuts):
        for moved in (cut - 1, cut + 1):
            others = [*cuts[:place], moved, *cuts[place + 1 :]]
            if others[0] < 1 or others[-1] > len(names) or len(set(others)) < len(others):
                continue
            change = f"phase {place + 2} asks for {moved} instead of {cut}"
            yield "cut point", change, place_units(met, others, rule)
    for place in range(len(names) - 1):
        order = np.arange(len(names))
        order[[place, place + 1]] = place + 1, place
        change = f"“{names[place + 1]}” before “{names[place]}”"
        yield "order", change, place_units(met[:, order], cuts, rule)
    shares = [np.nan_to_num(np.nanmean(row)) if (~np.isnan(row)).any() else 0.0 for row in met.T]
    order = np.argsort(-np.array(shares), kind="stable")
    yield "order", "in the order in which they are met", place_units(met[:, order], cuts, rule)
    other_rule = next(one for one in RULES if one != rule)
    yield "rule", f"{other_rule} instead of {rule}", place_units(met, cuts, other_rule)


def _say_side(indicator: Indicator) -> str:
    return "at least" if indicator.at_least is not None else "at most"


def summarise_variations(variations: pd.DataFrame) -> pd.DataFrame:
    """Summarise the changes by theme and kind: how many were tried, the middle one and the largest.

    Returns
    -------
    pandas.DataFrame
        theme_name, kind, tried, median_percent (the lower of two in the middle) and largest_percent, rounded as they are.
    """
    groups = variations.groupby(["theme_name", "kind"], sort=False)["changed_percent"]
    table = groups.agg(tried="size", largest_percent="max")
    table.insert(1, "median_percent", groups.quantile(0.5, interpolation="lower"))
    return table.reset_index()


def find_typical_change(variations: pd.DataFrame) -> float:
    """Find what share of the organisations the change in the middle moves, rounded as they are."""
    return float(variations["changed_percent"].quantile(0.5, interpolation="lower"))


def estimate_largest_change(
    variations: pd.DataFrame, growth: Growth, smallest_group: int
) -> tuple[Estimate, pd.Series]:
    """Return what share of the organisations the change that moves most moves, and its row.

    Parameters
    ----------
    variations : pandas.DataFrame
        From `vary_rules`.
    growth : Growth
    smallest_group : int

    Returns
    -------
    Estimate
        In %, interval kind "rounding": what the rounded share admits.
    pandas.Series
    """
    row = variations.loc[variations["changed_percent"].idxmax()]
    share, half = float(row["changed_percent"]), find_step(growth, smallest_group) / 2
    return Estimate(
        share,
        max(0.0, share - half),
        min(100.0, share + half),
        "rounding",
        "largest share that one change of the rules moves",
        "%",
        len(growth.organisations),
    ), row  # fmt: skip


# Latent classes, to explore --------------------------------------------------------------------------------


def fit_classes(
    growth: Growth,
    smallest_group: int,
    *,
    most: int = 4,
    starts: int = STARTS,
    seed: int,
) -> list[LatentClasses]:
    """Fit one to `most` latent classes to all indicators together.

    Parameters
    ----------
    growth : Growth
    smallest_group : int
    most, starts, seed : int

    Returns
    -------
    list of LatentClasses
        By the number of classes, from 1.

    Raises
    ------
    NotAnswerable
        If so few organisations answered that the largest number of classes has more parameters than there are
        organisations.
    """
    _refuse_few(growth, smallest_group)
    met = growth.met.to_numpy(dtype=float)
    # an indicator of which nothing is known, such as one on accounts that are not there, tells no classes apart
    met = met[:, ~np.isnan(met).all(axis=0)]
    try:
        return [
            fit_latent_classes(met, classes, starts=starts, seed=seed, tolerance=_TOLERANCE)
            for classes in range(1, most + 1)
        ]
    except ValueError as error:
        raise NotAnswerable(f"latent classes: {error}") from None


def tabulate_fits(fits: Sequence[LatentClasses]) -> pd.DataFrame:
    """List what each number of classes costs and brings: classes, log_likelihood, parameters, bic, bic_above_lowest."""
    table = pd.DataFrame(
        {
            "classes": np.arange(1, len(fits) + 1),
            "log_likelihood": [fit.log_likelihood for fit in fits],
            "parameters": [fit.parameters for fit in fits],
            "bic": [fit.bic for fit in fits],
        }
    )
    return table.assign(bic_above_lowest=table["bic"] - table["bic"].min())


def choose_classes(fits: Sequence[LatentClasses]) -> LatentClasses:
    """Choose the fit of the lowest BIC."""
    return min(fits, key=lambda fit: fit.bic)


def resample_classes(growth: Growth, fitted: LatentClasses, *, draws: int, seed: int) -> np.ndarray:
    """Draw how stable the classes are; see `roeptoeter.estimators.phases.resample_latent_classes`."""
    met = growth.met.to_numpy(dtype=float)
    met = met[:, ~np.isnan(met).all(axis=0)]
    return resample_latent_classes(met, fitted, draws=draws, starts=2, seed=seed)


def estimate_stability(indices: np.ndarray) -> Estimate:
    """Give the median adjusted Rand index of the resamplings, from the smallest to the largest of them."""
    number = len(indices)
    return Estimate(
        float(np.median(indices)),
        float(np.min(indices)),
        float(np.max(indices)),
        "sensitivity",
        f"adjusted Rand index of latent classes with those of resampled municipalities, median and range of {number} "
        "resamplings",
        "adjusted Rand index",
        number,
    )


def describe_classes(growth: Growth, fitted: LatentClasses, smallest_group: int) -> pd.DataFrame:
    """Describe the latent classes by what they meet and by their phases.

    Returns
    -------
    pandas.DataFrame
        A row a class, from the one that meets least: latent_class (text), organisations (Int64), share_percent, met_percent
        (of what is known) and the mean of the lowest phase in each theme; is_hidden.
    """
    placed = place_themes(growth)
    rows = []
    for place in range(len(fitted.shares)):
        own = fitted.assigned == place
        known = growth.met[own].to_numpy(dtype=float)
        rows.append(
            {
                "latent_class": f"class {place + 1}",
                "organisations": int(own.sum()),
                "share_percent": 100 * own.mean(),
                "met_percent": 100 * np.nanmean(known) if own.any() else np.nan,
                **{
                    f"{code}_phase": one.phase_low[own].mean() if own.any() else np.nan
                    for code, one in placed.items()
                },
            }
        )
    table = pd.DataFrame(rows)
    return hide_small_parts(
        table,
        cells=["organisations"],
        values=list(table.columns[2:]),
        smallest_group=smallest_group,
        wholes=[pd.Series("all", index=table.index)],
        sums=["organisations"],
    )
