"""What do the printed answers of the staff say of all? The published half of 08-questionnaires.

The articles print percentages of those who answered, most without saying of how many. Each stands
here with three intervals of one and the same count: as a sample of a process, as a sample of a
known number of organisations, and with any answer allowed to those who gave none. They answer
different questions and are never merged.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.rounding import admissible_bases, admissible_counts
from roeptoeter.estimators.survey_shares import (
    bound_number_with_several,
    compare_over_overlaps,
    hypergeometric_interval,
    worst_case_bounds,
)
from roeptoeter.published import get_figure
from roeptoeter.questionnaires import Item, Questionnaire
from roeptoeter.questions.size_classes import (
    LARGE,
    MIDDLE,
    admit_counts,
    count_municipalities,
    read_interaction,
    split_facebook,
)

#: The questionnaire that the printed figures repeat, in `studies/questionnaires/`.
FORM = "local-governments"

#: First and last year of the questionnaires that are read.
STUDIED_YEARS = (2011, 2019)

#: Largest number of letters that a response percentage is tried on.
HIGHEST_BASE = 2000

#: The three readings of one count: the kind of its interval, and the columns that hold its ends.
READINGS = {
    "as a sample": ("superpopulation", "sample"),
    "as a sample of those asked": ("finite population", "asked"),
    "whatever the others would say": ("sensitivity", "worst"),
}

#: The barriers whose order is asked, first to last as printed.
BARRIERS = {"F079": "too little knowledge", "F080": "lack of time", "F081": "lack of budget"}

_REGIONS = {"NL": "Netherlands", "VL": "Flanders"}

# What is printed, as a row of a table says it; other metrics are written as they are called.
_SAYS = {
    "answers_simple_questions": "answer simple questions",
    "answers_questions_reports_complaints": "answer questions, reports, complaints",
    "sole_responsibility_communication_department": "communication alone responsible",
    "lets_inhabitants_participate": "let inhabitants participate",
    "enters_discussion": "enter into discussion",
    "builds_community": "build a community",
    "active_on_social_media": "active on social media",
    "more_active_than_previous_year": "more active than the year before",
    "plans_new_steps_next_year": "plan new steps",
    "expects_more_next_year": "expect more next year",
    "does_webcare": "do webcare",
    "intends_more_use": "intend more use",
    "used_as_additional_channel": "use it as an additional channel",
    "speed_named_as_advantage": "name speed as an advantage",
    "capacity_named_as_drawback": "name capacity as a drawback",
    "no_social_media_policy": "have no policy for social media",
    "no_staff_policy": "have no policy for staff",
    "no_specific_staffing": "have no staff for it",
    "no_specific_budget": "have no budget for it",
    "keeps_website": "keep a website",
    "offers_direct_messaging": "offer direct messages",
    "offers_email_contact": "offer e-mail",
    "organisation_gives_too_little_information": "hear too little from the organisation",
    "barrier_colleagues_lack_knowledge": "barrier: too little knowledge",
    "barrier_lack_of_time": "barrier: lack of time",
    "barrier_lack_of_budget": "barrier: lack of budget",
}
_SAYS_ON_PLATFORM = {
    "presence": "use {}",
    "active_on_platform": "active on {}",
    "page_not_actively_kept": "{} page idle, of those with one",
}

_COUNTS_RESPONDENTS = "questionnaire_respondents"
_SHARES_RESPONSE = "questionnaire_response_share"
_GROUPS_OF_RESPONDENTS = ("respondents", "respondents_active", "respondents_with_page")

# Answers are one row a municipality; what a police zone says is counted apart.
_PLURALS = {
    "municipality": "municipalities",
    "ocmw": "OCMWs (public welfare centres)",
    "police_zone": "police zones",
    "rescue_zone": "rescue zones",
    "local_authority": "all kinds of local authority",
}


def recover_bases(figures: pd.DataFrame, highest: int = HIGHEST_BASE) -> pd.DataFrame:
    """Find every number of letters of which the printed answers are the printed percentage.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed figures.
    highest : int
        Every number from that of the answers to this one is tried.

    Returns
    -------
    pandas.DataFrame
        A row a count of answers with its percentage, by year: asked (who, where and when), region,
        measured_year, organisation_type, figure_id (of the count), answers, printed_percentage,
        printed_decimals, bases (how many fit; none if the percentage was cut off instead of
        rounded, or one of the two is wrong), lowest_base, highest_base, tried_to.
    """
    counts, shares = (
        figures[figures["metric"].eq(metric) & figures["edition_year"].between(*STUDIED_YEARS)]
        for metric in (_COUNTS_RESPONDENTS, _SHARES_RESPONSE)
    )
    keys = ["source_key", "region", "measured_year", "organisation_type"]
    pairs = counts.merge(shares, on=keys, suffixes=("", "_share"))
    rows = []
    for pair in pairs.sort_values(["measured_year", "figure_id"]).itertuples():
        answers, decimals = int(pair.printed_number), int(pair.printed_decimals_share)
        percentage = float(pair.printed_number_share)
        bases = admissible_bases(answers, percentage, decimals, highest)
        rows.append(
            {
                "asked": f"{_PLURALS[pair.organisation_type]}, "
                f"{_REGIONS[pair.region]} {pair.measured_year}",
                "region": pair.region,
                "measured_year": int(pair.measured_year),
                "organisation_type": pair.organisation_type,
                "figure_id": pair.figure_id,
                "answers": answers,
                "printed_percentage": percentage,
                "printed_decimals": decimals,
                "bases": len(bases),
                "lowest_base": min(bases, default=pd.NA),
                "highest_base": max(bases, default=pd.NA),
                "tried_to": highest,
            }
        )
    return pd.DataFrame(rows).astype({"lowest_base": "Int64", "highest_base": "Int64"})


def take_letters(recovered: pd.DataFrame) -> pd.Series:
    """Return the numbers of letters to Flemish organisations in 2016, by kind of organisation.

    Parameters
    ----------
    recovered : pandas.DataFrame
        As `recover_bases` returns it.

    Returns
    -------
    pandas.Series
        Of int, index organisation_type.

    Raises
    ------
    InputError
        If a count and its percentage leave more than one number possible.
    """
    rows = recovered[recovered["region"].eq("VL") & recovered["measured_year"].eq(2016)]
    several = rows[rows["bases"].ne(1)]
    if len(several):
        raise InputError(
            f"figures.csv, {several['figure_id'].iloc[0]}: the printed percentage no longer leaves "
            "one number of letters; check its decimals"
        )
    return rows.set_index("organisation_type")["lowest_base"].astype(int)


def count_recovered(recovered: pd.DataFrame) -> Estimate:
    """Count the response percentages that leave one number of letters only.

    Parameters
    ----------
    recovered : pandas.DataFrame
        As `recover_bases` returns it.

    Returns
    -------
    Estimate
        Unit "numbers of letters", interval kind "none", n all that were tried.
    """
    single = int(recovered["bases"].eq(1).sum())
    return Estimate(
        single,
        single,
        single,
        "none",
        "numbers of letters that a count and a percentage leave no choice about",
        "numbers of letters",
        len(recovered),
    )


def _list_respondents(figures: pd.DataFrame) -> pd.DataFrame:
    """Return who answered: a row a study, index (region, year), columns n and asked."""
    counts = figures[
        figures["metric"].eq(_COUNTS_RESPONDENTS)
        & figures["organisation_type"].isin(["municipality", "public_organisation"])
        & figures["edition_year"].between(*STUDIED_YEARS)
    ]
    recovered = recover_bases(figures).set_index("figure_id")
    single = recovered.loc[recovered["bases"].eq(1), "lowest_base"]
    table = counts.set_index(["region", "measured_year"])
    asked = table["figure_id"].map(single).astype("Int64").fillna(table["denominator"])
    return pd.DataFrame({"n": table["printed_number"].astype(int), "asked": asked})


def _map_items(form: Questionnaire) -> dict[str, tuple[Item, str]]:
    """Return item and wave by the figure that they repeat."""
    named = {}
    for item in form.items.values():
        named |= {figure_id: (item, wave) for wave, figure_id in item.figures.items()}
        for wave, options in item.option_figures.items():
            named |= dict.fromkeys(options.values(), (item, wave))
    return named


def _assume_base(
    figures: pd.DataFrame, form: Questionnaire, item: Item | None, wave: str | None, n: int
) -> int:
    """Return the respondents to whom the form shows an item, where the article names none."""
    if item is None or form.was_asked_of_all(item, wave):
        return n
    for other in item.asked_if:
        figure_id = form.items[other].figures.get(wave)
        if figure_id is not None:
            figure = get_figure(figures, figure_id)
            return int(
                admissible_counts(figure["printed_number"], n, int(figure["printed_decimals"]))[0]
            )
    return n


def _say(figure) -> str:
    metric = figure.metric
    if metric in _SAYS_ON_PLATFORM and pd.notna(figure.platform):
        return _SAYS_ON_PLATFORM[metric].format(figure.platform)
    return _SAYS.get(metric, metric.replace("_", " "))


def _is_item(figure) -> bool:
    return figure.metric not in (_COUNTS_RESPONDENTS, _SHARES_RESPONSE, "organisations_invited")


def _sort_items(figures: pd.DataFrame, form: Questionnaire) -> tuple[list[dict], list[dict]]:
    """Part the printed answers into those that can be counted and those that cannot, with reason."""
    named, respondents = _map_items(form), _list_respondents(figures)
    rows, left = [], []
    asked = figures["sample_basis"].eq("questionnaire") | figures["figure_id"].isin(list(named))
    chosen = figures[asked & figures["edition_year"].between(*STUDIED_YEARS)]
    for figure in filter(_is_item, chosen.itertuples()):
        item, wave = named.get(figure.figure_id, (None, None))
        key = (figure.region, figure.measured_year)
        reason = _refuse(figure, key in respondents.index, item is not None)
        count = base = None
        if reason is None:
            n, asked_of = int(respondents.loc[key, "n"]), respondents.loc[key, "asked"]
            base_from = figure.denominator_basis
            if pd.notna(figure.denominator):
                base = int(figure.denominator)
            else:
                base, base_from = _assume_base(figures, form, item, wave, n), "assumed"
            if pd.notna(figure.numerator):
                counts = np.array([int(figure.numerator)])
            else:
                counts = admissible_counts(
                    figure.printed_number, base, int(figure.printed_decimals)
                )
            reason = None if len(counts) else "no whole number of the respondents is printed so"
        if reason is not None:
            left.append({"figure_id": figure.figure_id, "says": _say(figure), "reason": reason})
            continue
        # the count whose share lies nearest to the print; where two admit it, neither is surer
        is_percentage = figure.unit == "%"
        aim = float(figure.printed_number) * base / 100 if is_percentage else counts[0]
        count = int(counts[np.abs(counts - aim).argmin()])
        place = _REGIONS[figure.region]
        if figure.organisation_type == "public_organisation":
            place = "public sector"
        rows.append(
            {
                "figure_id": figure.figure_id,
                "study": f"{place} {figure.measured_year}",
                "says": _say(figure),
                "printed": f"{figure.printed_number:g}%"
                if is_percentage
                else f"{figure.printed_number:.0f}",
                "count": count,
                "lowest_count": int(counts.min()),
                "highest_count": int(counts.max()),
                "base": base,
                "base_from": base_from,
                "asked": asked_of,
                "in_form": item is not None,
            }
        )
    return rows, left


def _refuse(figure, is_counted: bool, is_named: bool) -> str | None:
    """Return why a printed answer has no count, or None."""
    if not is_counted or figure.organisation_type == "vng_poll_participant":
        return "the number of respondents is not printed"
    if pd.notna(figure.numerator) and pd.notna(figure.denominator):
        return None
    if figure.statistic in ("mean", "typical"):
        return "a mean without its spread"
    if figure.unit != "%" or figure.statistic != "share" or pd.isna(figure.printed_decimals):
        return "printed in words, as a fraction or as a bound"
    if not is_named and figure.subgroup not in _GROUPS_OF_RESPONDENTS:
        return "the number of respondents in the group is not printed"
    return None


def describe_items(
    figures: pd.DataFrame, form: Questionnaire, confidence: float = 0.95
) -> pd.DataFrame:
    """Put three intervals beside every printed answer whose base is known or can be assumed.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed figures.
    form : roeptoeter.questionnaires.Questionnaire
        The declared questionnaire: which figure repeats which item, and to whom it was shown.
    confidence : float
        Nominal level of the first two.

    Returns
    -------
    pandas.DataFrame
        A row a figure, by year and then as in the article: figure_id, study, says, printed, count,
        lowest_count, highest_count (what the rounding admits), base (respondents), base_from
        ("stated", "derived" or "assumed": where the article names none, those to whom the form
        shows the item), asked (organisations written to; missing where unknown), in_form (bool),
        percent, and the ends of three intervals in percent:

        - sample_low_percent, sample_high_percent: Wilson's interval.
        - asked_low_percent, asked_high_percent: the same for a finite population; *only if those
          who did not answer are like those who did*.
        - worst_low_percent, worst_high_percent: any answer allowed to those who gave none.

        The last two are missing where nobody knows how many were asked.

    Notes
    -----
    All three take the same count, so that they differ by what is assumed and nothing else. Where an
    item was shown to some respondents only, the others count as having said nothing: the worst case
    then holds for the share of those shown it and for the share of all asked.
    """
    rows, _ = _sort_items(figures, form)
    for row in rows:
        count, base, asked = row["count"], row["base"], row["asked"]
        row["percent"] = 100 * count / base
        row |= _name_ends(wilson_interval(count, base, confidence), "sample")
        known = pd.notna(asked)
        missing = {f"{name}_{end}_percent": np.nan for name in ("asked", "worst") for end in ENDS}
        row |= missing
        if known:
            row |= _name_ends(wilson_interval(count, base, confidence, int(asked)), "asked")
            row |= _name_ends(worst_case_bounds(count, base, int(asked)), "worst")
    table = pd.DataFrame(rows)
    table["asked"] = table["asked"].astype("Int64")
    year = table["study"].str[-4:]
    return table.iloc[np.argsort(year, kind="stable")].reset_index(drop=True)


#: The two ends of an interval, in the names of columns.
ENDS = ("low", "high")


def _name_ends(estimate: Estimate, name: str) -> dict[str, float]:
    return {f"{name}_{end}_percent": 100 * getattr(estimate, end) for end in ENDS}


def list_left_out(figures: pd.DataFrame, form: Questionnaire) -> pd.DataFrame:
    """List the printed answers that bear no interval, with the reason.

    Parameters
    ----------
    figures, form
        As for `describe_items`.

    Returns
    -------
    pandas.DataFrame
        A row a reason, the most frequent first: reason, figures (how many), figure_ids.
    """
    left = pd.DataFrame(_sort_items(figures, form)[1], columns=["figure_id", "says", "reason"])
    grouped = left.groupby("reason", sort=False)["figure_id"]
    table = grouped.agg(figures="size", figure_ids=", ".join).reset_index()
    return table.sort_values("figures", ascending=False, kind="stable", ignore_index=True)


def estimate_item(
    items: pd.DataFrame, figure_id: str, reading: str, confidence: float = 0.95
) -> Estimate:
    """Give one printed answer with one of its three intervals.

    Parameters
    ----------
    items : pandas.DataFrame
        As `describe_items` returns it.
    figure_id : str
    reading : {"as a sample", "as a sample of those asked", "whatever the others would say"}
    confidence : float
        The level with which `items` was made.

    Returns
    -------
    Estimate
        In %; the value is the share of the respondents.

    Raises
    ------
    InputError
        If the figure is not among them, or its number asked is not known.
    """
    row = _item(items, figure_id)
    kind, name = READINGS[reading]
    low, high = row[f"{name}_low_percent"], row[f"{name}_high_percent"]
    if np.isnan(low):
        raise InputError(f"{figure_id}: nobody printed how many were asked; read it as a sample")
    return Estimate(
        row["percent"],
        low,
        high,
        kind,
        f"share that say: {row['says']} ({row['study']}), {reading}",
        "%",
        row["base"],
        None if kind == "sensitivity" else confidence,
    )


def _item(items: pd.DataFrame, figure_id: str) -> dict:
    found = items[items["figure_id"].eq(figure_id)]
    if found.empty:
        raise InputError(f"{figure_id} is no printed answer with a count; see `describe_items`")
    return found.to_dict("records")[0]


def measure_widths(items: pd.DataFrame) -> dict[str, float]:
    """Compare what chance leaves open with what those who did not answer leave open.

    Parameters
    ----------
    items : pandas.DataFrame
        As `describe_items` returns it; rows whose number asked is unknown do not count.

    Returns
    -------
    dict
        Medians over the items, in points: sample, asked, worst (widths of the intervals), and
        ratio (the last over the first); items (how many); rounding (the most points that another
        admissible count would move a share).
    """
    known = items[items["worst_low_percent"].notna()]
    widths = {
        name: float((known[f"{name}_high_percent"] - known[f"{name}_low_percent"]).median())
        for _, name in READINGS.values()
    }
    off = pd.concat(
        [known["count"] - known["lowest_count"], known["highest_count"] - known["count"]]
    )
    return {
        **widths,
        "ratio": widths["worst"] / widths["sample"],
        "items": len(known),
        "rounding": float((100 * off / pd.concat([known["base"]] * 2)).max()),
    }


def estimate_width_ratio(widths: Mapping[str, float], items: pd.DataFrame) -> Estimate:
    """Give how many times as much non-response leaves open as chance does.

    Parameters
    ----------
    widths : mapping
        As `measure_widths` returns it.
    items : pandas.DataFrame
        As `describe_items` returns it.

    Returns
    -------
    Estimate
        The ratio of the median widths; the interval runs from the smallest to the largest ratio of
        a single item, kind "sensitivity".
    """
    known = items[items["worst_low_percent"].notna()]
    ratios = (known["worst_high_percent"] - known["worst_low_percent"]) / (
        known["sample_high_percent"] - known["sample_low_percent"]
    )
    return Estimate(
        widths["ratio"],
        float(ratios.min()),
        float(ratios.max()),
        "sensitivity",
        "width of the worst-case bounds over that of Wilson's interval, median items",
        "times",
        len(known),
    )


def vary_base(figures: pd.DataFrame, form: Questionnaire, confidence: float = 0.95) -> pd.DataFrame:
    """Repeat the Flemish answers of 2016 whose base is assumed under each base that they may have.

    Parameters
    ----------
    figures, form, confidence
        As for `describe_items`.

    Returns
    -------
    pandas.DataFrame
        A row a figure and base: figure_id, says, base_is ("active municipalities",
        "municipalities", "all local authorities"), base, lowest_count, highest_count,
        sample_low_percent, sample_high_percent (Wilson; over all admissible counts), asked,
        worst_low_percent, worst_high_percent (likewise). A base of which no whole number is printed
        so has no row.
    """
    items = describe_items(figures, form, confidence)
    assumed = items[items["base_from"].eq("assumed") & items["study"].eq("Flanders 2016")]
    letters = take_letters(recover_bases(figures))
    answers = figures[
        figures["metric"].eq(_COUNTS_RESPONDENTS)
        & figures["region"].eq("VL")
        & figures["measured_year"].eq(2016)
    ].set_index("organisation_type")["printed_number"]
    n = int(answers["municipality"])
    wave = next(name for name, wave in form.waves.items() if wave.region == "VL")
    shown_to_active = next(item for item in form.items.values() if item.asked_if)
    active = _assume_base(figures, form, shown_to_active, wave, n)
    bases = {
        "active municipalities": (active, int(letters["municipality"])),
        "municipalities": (n, int(letters["municipality"])),
        "all local authorities": (int(answers.sum()), int(letters.sum())),
    }
    rows = []
    for item in assumed.itertuples():
        figure = get_figure(figures, item.figure_id)
        is_municipality = figure["organisation_type"] == "municipality"
        for name, (base, asked) in bases.items():
            if is_municipality and name == "all local authorities":
                continue
            counts = admissible_counts(
                figure["printed_number"], base, int(figure["printed_decimals"])
            )
            if not len(counts):
                continue
            least, most = int(counts[0]), int(counts[-1])
            rows.append(
                {
                    "figure_id": item.figure_id,
                    "says": item.says,
                    "base_is": name,
                    "base": base,
                    "lowest_count": least,
                    "highest_count": most,
                    "sample_low_percent": 100 * wilson_interval(least, base, confidence).low,
                    "sample_high_percent": 100 * wilson_interval(most, base, confidence).high,
                    "asked": asked,
                    "worst_low_percent": 100 * least / asked,
                    "worst_high_percent": 100 * (most + asked - base) / asked,
                }
            )
    return pd.DataFrame(rows)


def narrow_by_inactive(items: pd.DataFrame, figure_id: str) -> Estimate:
    """Sharpen the worst case of an item that was shown to the active only.

    The respondents who are not active are known not to belong; leaving them out narrows the bounds.

    Parameters
    ----------
    items : pandas.DataFrame
        As `describe_items` returns it, with the item "active on social media" of the same study.
    figure_id : str

    Returns
    -------
    Estimate
        In % of the active among those asked, interval kind "sensitivity".

    Notes
    -----
    Of N asked, n - a answered and are not active; at most N - n + a are. The lowest share lets all
    who did not answer be active without the property, the highest with it.
    """
    row = _item(items, figure_id)
    same = items[
        items["study"].eq(row["study"]) & items["says"].eq(_SAYS["active_on_social_media"])
    ]
    respondents = int(same["base"].iloc[0])
    may_be_active = int(row["asked"]) - (respondents - row["base"])
    bounds = worst_case_bounds(row["count"], row["base"], may_be_active)
    return Estimate(
        100 * bounds.value,
        100 * bounds.low,
        100 * bounds.high,
        "sensitivity",
        f"share of the active that say: {row['says']} ({row['study']})",
        "%",
        row["base"],
    )


def compare_responses(figures: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Put the Flemish response of 2015 and 2016 on one number of municipalities.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        A row a year: year, municipalities (register), written_to, answered, silent (written to, no
        answer), not_written_to, printed_percent, of_all_percent (answers over all municipalities),
        at_most_percent (had all that were not written to been asked, and answered).

    Raises
    ------
    InputError
        If more were written to than there are.
    """
    recovered = recover_bases(figures)
    rows = recovered[
        recovered["region"].eq("VL") & recovered["organisation_type"].eq("municipality")
    ]
    flemish = organisations[organisations["region"].eq("VL")]
    of_year = flemish.groupby("edition_year").size()
    table = []
    for row in rows.itertuples():
        all_ = int(of_year[row.measured_year])
        # where several numbers fit, the figure's own denominator is one of them
        own = get_figure(figures, row.figure_id)["denominator"]
        written = int(row.lowest_base) if row.bases == 1 else int(own)
        if written > all_:
            raise InputError(
                f"figures.csv, {row.figure_id}: {written} letters to {all_} municipalities; check "
                "the count and its percentage"
            )
        table.append(
            {
                "year": row.measured_year,
                "municipalities": all_,
                "written_to": written,
                "answered": row.answers,
                "silent": written - row.answers,
                "not_written_to": all_ - written,
                "printed_percent": row.printed_percentage,
                "of_all_percent": 100 * row.answers / all_,
                "at_most_percent": 100 * (row.answers + all_ - written) / all_,
            }
        )
    return pd.DataFrame(table)


def estimate_response_change(responses: pd.DataFrame) -> Estimate:
    """Give the change of the response on one number of municipalities.

    Parameters
    ----------
    responses : pandas.DataFrame
        As `compare_responses` returns it: two years.

    Returns
    -------
    Estimate
        In percentage points. The value, and the low end, count those who were not written to as
        not answering; at the high end they would all have answered. Interval kind "sensitivity".
    """
    before, after = responses.sort_values("year").itertuples()
    change = after.of_all_percent - before.of_all_percent
    return Estimate(
        change,
        change,
        after.at_most_percent - before.of_all_percent,
        "sensitivity",
        "change of the share of all Flemish municipalities that answer",
        "percentage points",
        int(after.municipalities),
    )


def compare_activity(figures: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Ask what the municipalities outside the questionnaire must have for both figures to be right.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        A row a platform: platform, municipalities, respondents, active (respondents who say they
        are on social media), active_percent, census_percent (as printed), fewest_present (that the
        census admits), others (municipalities outside the questionnaire), others_least_percent
        (share of the others with an account: if every respondent has one there; one who is not active may have one too),
        others_most_percent (if none has).
    """
    admitted = admit_counts(figures, count_municipalities(figures, organisations))
    active = get_figure(figures, "F045")
    n, count = int(active["denominator"]), int(active["numerator"])
    rows = []
    for platform in ("Facebook", "Twitter"):
        row = _census(admitted, platform, "all")
        others = row["municipalities"] - n
        rows.append(
            {
                "platform": platform,
                "municipalities": row["municipalities"],
                "respondents": n,
                "active": count,
                "active_percent": 100 * count / n,
                "census_percent": row["printed_percentage"],
                "fewest_present": row["present_low"],
                "others": others,
                "others_least_percent": max(0.0, 100 * (row["present_low"] - n) / others),
                "others_most_percent": min(100.0, 100 * row["present_high"] / others),
            }
        )
    return pd.DataFrame(rows)


def estimate_others_present(activity: pd.DataFrame, platform: str) -> Estimate:
    """Bound the share with an account among the municipalities outside the questionnaire.

    Parameters
    ----------
    activity : pandas.DataFrame
        As `compare_activity` returns it.
    platform : {"Facebook", "Twitter"}

    Returns
    -------
    Estimate
        In %; no value. At the low end every respondent has an account on the platform, the
        high end is that of the most that the census admits; kind "sensitivity".
    """
    row = activity[activity["platform"].eq(platform)].to_dict("records")[0]
    return Estimate(
        float("nan"),
        row["others_least_percent"],
        row["others_most_percent"],
        "sensitivity",
        f"share with {platform} among Flemish municipalities outside the questionnaire",
        "%",
        row["others"],
    )


def bound_conversation(figures: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Bound the Flemish municipalities that can have conversed on their accounts in 2016.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        A row a platform, and "either": platform, municipalities, small_least, small_most (below
        20,000 inhabitants, that interact: over both readings of their base), larger (20,000 and
        more), larger_present (most of these with an account), least, most (municipalities that
        interact, if every larger one with an account does), least_percent, most_percent,
        if_all_larger_percent (the most if every larger one interacted, account or not).

    Notes
    -----
    How many larger municipalities interact is not published. Who interacts needs an account, and
    the census counts those. On either platform the most is reached if no small municipality does
    both, and every larger one has one of the two accounts.
    """
    municipalities = count_municipalities(figures, organisations)
    admitted = admit_counts(figures, municipalities)
    interaction = read_interaction(figures, admitted)
    total = int(municipalities["municipalities"].sum())
    larger = int(
        municipalities.set_index("size_class").loc[[MIDDLE, LARGE], "municipalities"].sum()
    )
    splits = split_facebook(admitted)
    present = {
        # with as many larger holders as possible, the small holders still number more than interact
        "Facebook": splits["present_20000_to_50000"].max()
        + _census(admitted, "Facebook", LARGE)["present_high"],
        "Twitter": sum(
            _census(admitted, "Twitter", size)["present_high"] for size in (MIDDLE, LARGE)
        ),
    }
    rows = []
    for platform in ("Facebook", "Twitter"):
        small = interaction[interaction["platform"].eq(platform)]
        rows.append(
            {
                "platform": platform,
                "small_least": int(small["interacting_low"].min()),
                "small_most": int(small["interacting_high"].max()),
                "larger_present": int(present[platform]),
            }
        )
    either = {
        "platform": "either",
        "small_least": max(row["small_least"] for row in rows),
        "small_most": sum(row["small_most"] for row in rows),
        "larger_present": min(larger, sum(row["larger_present"] for row in rows)),
    }
    table = pd.DataFrame([*rows, either])
    table.insert(1, "municipalities", total)
    table.insert(4, "larger", larger)
    table["least"] = table["small_least"]
    table["most"] = table["small_most"] + table["larger_present"]
    for end in ("least", "most"):
        table[f"{end}_percent"] = 100 * table[end] / total
    table["if_all_larger_percent"] = 100 * (table["small_most"] + larger) / total
    return table


def estimate_conversation(conversation: pd.DataFrame, platform: str) -> Estimate:
    """Give the share of all Flemish municipalities that can have conversed, as bounds.

    Parameters
    ----------
    conversation : pandas.DataFrame
        As `bound_conversation` returns it.
    platform : {"Facebook", "Twitter", "either"}

    Returns
    -------
    Estimate
        In %; no value, because nothing between the bounds is likelier; kind "sensitivity".
    """
    row = conversation[conversation["platform"].eq(platform)].to_dict("records")[0]
    where = "Facebook or Twitter" if platform == "either" else platform
    return Estimate(
        float("nan"),
        row["least_percent"],
        row["most_percent"],
        "sensitivity",
        f"share of all Flemish municipalities that interact on {where}, second quarter of 2016",
        "%",
        row["municipalities"],
    )


def confront_reports(
    figures: pd.DataFrame, organisations: pd.DataFrame, items: pd.DataFrame
) -> pd.DataFrame:
    """Lay what the staff say of answering beside what the accounts leave room for.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.
    items : pandas.DataFrame
        As `describe_items` returns it.

    Returns
    -------
    pandas.DataFrame
        A row a statement or a bound, as drawn: place, what, kind ("said" or "seen"), percent (NaN
        for bounds), low_percent, high_percent (Wilson, or what the accounts admit),
        worst_low_percent, worst_high_percent (any answer allowed to every municipality that gave
        none, asked or not; NaN where seen).

    Notes
    -----
    The Dutch accounts were observed a year before the Dutch answers, on Twitter only; the count
    taken is of the municipalities that did not stay silent.
    """
    rows = []
    for place, figure_id, what, region, year in (
        ("Flanders, 2016", "F065", "say that they answer questions", "VL", 2016),
        ("Netherlands, 2014", "F014", "say that they answer simple questions", "NL", 2014),
    ):
        item = _item(items, figure_id)
        here = organisations["region"].eq(region) & organisations["edition_year"].eq(year)
        worst = worst_case_bounds(item["count"], item["base"], int(here.sum()))
        rows.append(
            {
                "place": place,
                "what": what,
                "kind": "said",
                "percent": item["percent"],
                "low_percent": item["sample_low_percent"],
                "high_percent": item["sample_high_percent"],
            }
            | _name_ends(worst, "worst")
        )
    conversation = bound_conversation(figures, organisations)
    seen = [
        {
            "place": rows[0]["place"],
            "what": f"can have conversed on {row.platform}",
            "kind": "seen",
            "percent": np.nan,
            "low_percent": row.least_percent,
            "high_percent": row.most_percent,
        }
        for row in conversation.itertuples()
    ]
    silent = get_figure(figures, "F182")
    replied = 100 * (1 - int(silent["numerator"]) / int(silent["denominator"]))
    seen.append(
        {
            "place": rows[1]["place"],
            "what": "replied on Twitter (2013)",
            "kind": "seen",
            "percent": replied,
            "low_percent": replied,
            "high_percent": replied,
        }
    )
    return pd.DataFrame([rows[0], *seen[:-1], rows[1], seen[-1]])


def count_test_answers(figures: pd.DataFrame) -> dict[str, int]:
    """Count the municipalities of Overijssel that answered a broadcaster's question.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed figures.

    Returns
    -------
    dict
        twitter_answered, twitter_asked, facebook_answered, facebook_asked.
    """
    counts = {}
    for platform, figure_id in (("twitter", "F298"), ("facebook", "F299")):
        figure = get_figure(figures, figure_id)
        counts[f"{platform}_answered"] = int(figure["numerator"])
        counts[f"{platform}_asked"] = int(figure["denominator"])
    return counts


def combine_report_with_accounts(items: pd.DataFrame, conversation: pd.DataFrame) -> Estimate:
    """Bound what the other Flemish municipalities can do if the respondents do what they say.

    Parameters
    ----------
    items, conversation : pandas.DataFrame
        As `describe_items` and `bound_conversation` return them.

    Returns
    -------
    Estimate
        The share of the municipalities that did not say so which can have conversed on either
        platform, in %; no value; kind "sensitivity". n is their number.

    Notes
    -----
    At the high end, the most that the accounts admit, less those who said that they answer.
    """
    said = _item(items, "F065")["count"]
    row = conversation[conversation["platform"].eq("either")].to_dict("records")[0]
    others = row["municipalities"] - said
    return Estimate(
        float("nan"),
        0.0,
        100 * min(max(row["most"] - said, 0), others) / others,
        "sensitivity",
        "share that can have conversed, of the municipalities that did not say that they answer",
        "%",
        others,
    )


def compare_barriers(
    figures: pd.DataFrame, form: Questionnaire, confidence: float = 0.95
) -> pd.DataFrame:
    """Compare the barriers two by two without knowing who named both.

    Parameters
    ----------
    figures, form, confidence
        As for `describe_items`.

    Returns
    -------
    pandas.DataFrame
        A row a pair, the one named more often first: first, second (words), first_count,
        second_count, n, lead_points, fewest_both, most_both (respondents who can have named both),
        most_low_points, most_high_points (Newcombe's paired interval if as many as possible did),
        fewest_low_points, fewest_high_points (if as few as possible did), needed_both (fewest for
        which the interval leaves out 0; missing if none).
    """
    items = describe_items(figures, form, confidence)
    counts = {figure_id: _item(items, figure_id) for figure_id in BARRIERS}
    ids = sorted(BARRIERS, key=lambda figure_id: -counts[figure_id]["count"])
    rows = []
    for place, first in enumerate(ids):
        for second in ids[place + 1 :]:
            n = counts[first]["base"]
            one, other = counts[first]["count"], counts[second]["count"]
            overlaps = compare_over_overlaps(one, other, n, confidence)
            sure = overlaps[overlaps["low"].gt(0)]
            fewest, most = overlaps.iloc[0], overlaps.iloc[-1]
            rows.append(
                {
                    "first": BARRIERS[first],
                    "second": BARRIERS[second],
                    "first_count": one,
                    "second_count": other,
                    "n": n,
                    "lead_points": 100 * fewest["difference"],
                    "fewest_both": int(fewest["both"]),
                    "most_both": int(most["both"]),
                    "most_low_points": 100 * most["low"],
                    "most_high_points": 100 * most["high"],
                    "fewest_low_points": 100 * fewest["low"],
                    "fewest_high_points": 100 * fewest["high"],
                    "needed_both": pd.NA if sure.empty else int(sure["both"].min()),
                }
            )
    return pd.DataFrame(rows).astype({"needed_both": "Int64"})


def estimate_barrier_lead(barriers: pd.DataFrame) -> Estimate:
    """Give the lead of the first barrier over the second with the range over all overlaps.

    Parameters
    ----------
    barriers : pandas.DataFrame
        As `compare_barriers` returns it; its first row is taken.

    Returns
    -------
    Estimate
        In percentage points; the interval is the union of the paired intervals of all joint tables
        that the printed shares admit, kind "sensitivity".
    """
    row = barriers.to_dict("records")[0]
    return Estimate(
        row["lead_points"],
        min(row["most_low_points"], row["fewest_low_points"]),
        max(row["most_high_points"], row["fewest_high_points"]),
        "sensitivity",
        f"share naming {row['first']} less share naming {row['second']}, Flanders 2016",
        "percentage points",
        row["n"],
    )


def say_needed_overlaps(barriers: pd.DataFrame) -> str:
    """Say for each pair of barriers what it takes for the lead to be sure as a sample.

    Parameters
    ----------
    barriers : pandas.DataFrame
        As `compare_barriers` returns it.

    Returns
    -------
    str
        A sentence a pair.
    """
    sentences = []
    for row in barriers.itertuples():
        if pd.isna(row.needed_both):
            text = f"{row.first} and {row.second} cannot be told apart under any joint table"
        else:
            text = (
                f"{row.first} is surely ahead of {row.second}, as a sample, if at least "
                f"{row.needed_both} of the {row.second_count} who named the latter named both"
            )
        sentences.append(f"{text[0].upper()}{text[1:]}.")
    return " ".join(sentences)


def bound_several_barriers(figures: pd.DataFrame, form: Questionnaire, least: int = 2) -> Estimate:
    """Bound the respondents who named at least so many of the printed barriers.

    Parameters
    ----------
    figures, form
        As for `describe_items`.
    least : int

    Returns
    -------
    Estimate
        Respondents; no value, because the print prefers none; kind "sensitivity".
    """
    items = describe_items(figures, form)
    rows = [_item(items, figure_id) for figure_id in BARRIERS]
    n = rows[0]["base"]
    low, high = bound_number_with_several([row["count"] for row in rows], n, least)
    return Estimate(
        float("nan"),
        low,
        high,
        "sensitivity",
        f"respondents that named at least {least} of the {len(rows)} printed barriers",
        "respondents",
        n,
    )


def read_few_answers(
    figures: pd.DataFrame, recovered: pd.DataFrame, confidence: float = 0.95
) -> pd.DataFrame:
    """Tell what each outcome among the rescue zones that answered would say of all, exactly.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed figures.
    recovered : pandas.DataFrame
        As `recover_bases` returns it.
    confidence : float
        Nominal level.

    Returns
    -------
    pandas.DataFrame
        A row an outcome: say_so (zones that answered and say so), answered, fewest, most (zones of
        all that may do so, if the ones that answered were drawn at random), zones. Counts only: a
        percentage of five is none.
    """
    answered = int(get_figure(figures, "F043")["printed_number"])
    zones = int(take_letters(recovered)["rescue_zone"])
    rows = []
    for say_so in range(answered + 1):
        interval = hypergeometric_interval(say_so, answered, zones, confidence)
        rows.append(
            {
                "say_so": say_so,
                "answered": answered,
                "fewest": round(interval.low * zones),
                "most": round(interval.high * zones),
                "zones": zones,
            }
        )
    return pd.DataFrame(rows)


def estimate_few_answers(outcomes: pd.DataFrame, confidence: float = 0.95) -> Estimate:
    """Give the fewest of all rescue zones that do what all that answered say.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        As `read_few_answers` returns it.
    confidence : float
        The level with which it was made.

    Returns
    -------
    Estimate
        Zones, with the exact interval; kind "finite population".
    """
    row = outcomes.to_dict("records")[-1]
    return Estimate(
        row["zones"],
        row["fewest"],
        row["most"],
        "finite population",
        "rescue zones of all that do what all that answered say",
        "rescue zones",
        row["answered"],
        confidence,
    )


def _census(admitted: pd.DataFrame, platform: str, group: str) -> dict:
    found = admitted[admitted["platform"].eq(platform) & admitted["size_class"].eq(group)]
    return found.to_dict("records")[0]
