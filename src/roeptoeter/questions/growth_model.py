"""In which phase of the growth model do municipalities stand? What the source names, and what printed shares bear.

Of a phase nothing is printed, of single indicators something is. `growth_model_answers` lays the rules over answers,
`growth_model_rules` others than the chosen ones.
"""

import numpy as np
import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.rounding import admissible_counts
from roeptoeter.estimators.survey_shares import bound_number_with_several
from roeptoeter.growth_rules import RULES, GrowthModel, Indicator
from roeptoeter.published import get_figure
from roeptoeter.questionnaires import Item, Questionnaire
from roeptoeter.questions.account_level import PLATFORM_NAMES

#: What a metric is, in a table for readers.
METRIC_NAMES = {
    "has_account": "an official account",
    "messages_per_week": "own messages a week",
    "reply_share": "replies among own messages",
    "response_hours": "median hours to an answer",
    "answered_share": "questions answered within 24 hours",
}


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
    if asks_for_yes(indicator, form.items[indicator.item]):
        return figure_id, printed, (low, high)
    return figure_id, 100 - printed, (respondents - high, respondents - low)


def _find_figure(indicator: Indicator, item: Item, wave: str) -> str:
    if indicator.option is not None:
        return item.option_figures.get(wave, {}).get(indicator.option, "")
    return item.figures.get(wave, "") if indicator.answer is not None else ""


def asks_for_yes(indicator: Indicator, item: Item) -> bool:
    """Tell whether an indicator is met by whoever says yes, or ticks its option."""
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
