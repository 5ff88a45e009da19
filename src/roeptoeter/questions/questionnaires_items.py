"""What did they say, and of whom is it true? Every answer of a wave, and its size classes.

What a share says of all organisations is told three times: not at all (Wilson's interval, the respondents as one draw), as far as
those who did not answer resemble those of their size who did (post-stratified), and whatever they would have said (worst-case
bounds).
"""

import math

import numpy as np
import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators import survey_samples as samples
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.regression import adjust_p_values
from roeptoeter.estimators.survey_shares import worst_case_bounds
from roeptoeter.questions.disclosure import hide_small_groups, hide_small_parts, is_disclosive
from roeptoeter.questions.questionnaires_answers import (
    WaveAnswers,
    count_share,
    express_in_percent,
    hide_bases,
    keep_shown,
    tells_not_asked,
)

#: What is read of every answer; the rest of `tabulate_items` stands in the figure's table.
ITEM_COLUMNS = [
    "name", "n", "share_percent", "low_percent", "high_percent", "weighted_percent", "weighted_low_percent",
    "weighted_high_percent", "worst_low_percent", "worst_high_percent",
]  # fmt: skip


def tabulate_items(answers: WaveAnswers, confidence: float) -> pd.DataFrame:
    """Give the share of respondents for every answer of a wave, and what it says of all organisations.

    Parameters
    ----------
    answers : WaveAnswers
    confidence : float
        Level of the intervals.

    Returns
    -------
    pandas.DataFrame
        A row per answer, open items left out: topic, item, question, answer, name, asked_of, n (asked and answered), share_percent
        with low_percent and high_percent (Wilson), weighted_percent with weighted_low_percent and weighted_high_percent
        (post-stratified, in whole percent; NaN where nothing is known to weight by), shift_points (weighted less unweighted,
        both in whole percent), worst_low_percent and worst_high_percent (worst case over the register; NaN without one),
        is_hidden. Hidden is a row in which those asked, those who said so or those who said otherwise are below the threshold.
        Hidden is also what tells of fewer: the weighted share where a row of `tabulate_classes` is hidden, because one could
        solve for it with the sizes of the classes; the base and the worst case where fewer than the threshold were not asked, the shares being in whole
        percent there.

    Raises
    ------
    NotAnswerable
        If the wave has no item with answers to choose from.
    """
    aspects = answers.aspects[answers.aspects["kind"].ne("open")]
    if aspects.empty:
        raise NotAnswerable(
            f"wave {answers.wave} of the questionnaire {answers.survey.form.name} has no answers to choose from"
        )
    rows = [
        {**aspect, **_estimate_shares(answers, place, confidence)}
        for place, aspect in zip(aspects.index, aspects.to_dict("records"), strict=True)
    ]
    table = pd.DataFrame(rows)
    said = ["share_percent", "low_percent", "high_percent"]
    weighted = ["weighted_percent", "weighted_low_percent", "weighted_high_percent", "shift_points"]
    worst = ["worst_low_percent", "worst_high_percent"]
    by_class = _count_classes(answers, confidence, answers.people["size_class"].map(answers.joined_classes))  # fmt: skip
    is_small = aspects.index.to_series().isin(by_class.loc[by_class["is_hidden"], "place"])
    # answers that exclude each other add up: one weighted share would tell the other
    is_small |= is_small.groupby(aspects["item"]).transform("any") & _is_one_of_several(aspects)
    if len(answers.frame):
        table.loc[is_small.to_numpy(), weighted] = np.nan
    hidden = hide_small_parts(
        table,
        cells=["n", "yes", "no"],
        values=[*said, *weighted, *worst],
        smallest_group=answers.smallest_group,
        wholes=[table["item"].where(_is_one_of_several(table))],
        sums=["yes"],
    )
    telling = pd.Series([tells_not_asked(answers, place) for place in aspects.index])
    return hide_bases(hidden, telling, ["n", *worst]).drop(columns=["kind", "yes", "no"])


def say_intervals(answers: WaveAnswers, items: pd.DataFrame) -> str:
    """Say of what the intervals are, and why some of them are missing.

    Parameters
    ----------
    answers : WaveAnswers
    items : pandas.DataFrame
        As `tabulate_items` returns it.

    Returns
    -------
    str
    """
    said = "The interval beside the share is Wilson's, of a superpopulation"
    if answers.weighting:
        kind = (
            "a superpopulation too, with design weights"
            if answers.has_weights
            else "a finite population, the organisations of the register"
        )
        said += (
            f"; that of the weighted share is of {kind}. Weighted shares are in whole percent, and missing where one could "
            "reckon from them how few of a size class said so, or otherwise"
        )
    if (items["n"].isna() & ~items["is_hidden"]).any():
        said += (
            ". A base and a worst case that would tell how few were not asked are missing, and the share beside them is in "
            "whole percent"
        )
    return f"{said}."


def _is_one_of_several(table: pd.DataFrame) -> pd.Series:
    """Say which answers exclude each other, so that those who gave them add up to those who answered."""
    return table["kind"].isin(["single", "scale"])


def _estimate_shares(answers: WaveAnswers, place: str, confidence: float) -> dict:
    row = count_share(answers.values[place], confidence)
    # with more digits the classes could be solved for, because their sizes are public
    weighted, weighted_low, weighted_high = np.round(
        express_in_percent(_weigh(answers, place, confidence))
    )
    # those who were not asked are known not to count; who names no organisation counts as one of the register
    asked = len(answers.frame) - int((~answers.is_asked[place]).sum())
    is_bounded = answers.people["is_known"].any() and 0 < row["n"] <= asked
    bounds = worst_case_bounds(row["yes"], row["n"], asked) if is_bounded else None
    _, worst_low, worst_high = express_in_percent(bounds)
    return row | {
        "weighted_percent": weighted,
        "weighted_low_percent": weighted_low,
        "weighted_high_percent": weighted_high,
        "shift_points": weighted - np.round(row["share_percent"]),
        "worst_low_percent": worst_low,
        "worst_high_percent": worst_high,
    }


def _weigh(answers: WaveAnswers, place: str, confidence: float) -> Estimate | None:
    """Weight a share by what is known of the respondents; None where that is nothing."""
    values = answers.values[place]
    # who was asked and did not answer is as one who did not answer at all
    counted = values.notna() | ~answers.is_asked[place]
    if len(answers.frame):
        counted &= answers.people["is_known"]
    if counted.sum() < 2 or not values[counted].notna().any():
        return None
    joined = answers.joined_classes
    classes = answers.people["size_class"][counted].map(joined)
    sizes = answers.frame["size_class"].map(joined).value_counts()
    if answers.has_weights:
        return samples.weigh_sample(
            values[counted],
            classes=classes if len(sizes) else None,
            population=sizes if len(sizes) else None,
            weights=answers.people["weight"][counted],
            confidence=confidence,
            limits=(0.0, 1.0),
            unit="share",
        ).estimate
    if answers.frame.empty:
        return None
    order = list(dict.fromkeys(joined.values()))
    places = pd.Index(order).get_indexer(classes)
    given = values[counted].to_numpy()
    yes, answered, respondents = (
        np.bincount(places[chosen], minlength=len(order))
        for chosen in (given == 1, ~np.isnan(given), slice(None))
    )
    sizes = sizes.reindex(order, fill_value=0)
    return samples.poststratify_share(
        yes, answered, sizes, respondents=respondents, confidence=confidence
    ).estimate


def tabulate_numbers(answers: WaveAnswers, confidence: float) -> pd.DataFrame:
    """Give the mean of every item that is answered with a number.

    Parameters
    ----------
    answers : WaveAnswers
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row per item: item, question, n, mean, low, high (Student's), weighted_mean,
        median, is_hidden. Hidden is an item that fewer than the threshold answered, or were not asked.

    Raises
    ------
    NotAnswerable
        If the wave has none.
    """
    rows = []
    for code in answers.numbers:
        values = answers.numbers[code].dropna()
        item = answers.survey.form.items[code]
        row = {"item": code, "question": item.label("en"), "n": len(values)}
        row["not_asked"] = int((~answers.is_asked[code]).sum())
        row |= dict.fromkeys(["mean", "low", "high", "weighted_mean", "median"], np.nan)
        if len(values) > 1:
            mean = samples.weigh_sample(values, confidence=confidence, limits=item.limits).estimate
            row |= {
                "mean": mean.value,
                "low": mean.low,
                "high": mean.high,
                "median": values.median(),
            }
            row["weighted_mean"] = _weigh_number(answers, values)
        rows.append(row)
    if not rows:
        raise NotAnswerable(
            f"wave {answers.wave} of the questionnaire {answers.survey.form.name} has no answers that are numbers"
        )
    columns = ["item", "question", "n", "mean", "low", "high", "weighted_mean", "median"]
    hidden = hide_small_groups(
        pd.DataFrame(rows),
        counts=["n", "not_asked"],
        values=columns[3:],
        smallest_group=answers.smallest_group,
    )
    return hidden[[*columns, "is_hidden"]]


def _weigh_number(answers: WaveAnswers, values: pd.Series) -> float:
    if not answers.weighting:
        return math.nan
    people = answers.people.loc[values.index]
    if answers.frame.empty:
        classes = sizes = None
    else:
        people = people[people["is_known"]]
        order = answers.classes
        joined = samples.join_small_classes(
            people["size_class"].value_counts().reindex(order, fill_value=0),
            max(samples.FEWEST_IN_CLASS, answers.smallest_group),
        )
        joined = dict(zip(order, joined, strict=True))
        classes = people["size_class"].map(joined)
        sizes = answers.frame["size_class"].map(joined).value_counts()
    if len(people) < 2:
        return math.nan
    return samples.weigh_sample(
        values.loc[people.index],
        classes=classes,
        population=sizes,
        weights=people["weight"] if answers.has_weights else None,
    ).estimate.value


def estimate_largest_shift(items: pd.DataFrame) -> Estimate:
    """Give the most that weighting moves a share.

    Parameters
    ----------
    items : pandas.DataFrame
        As `tabulate_items` returns it.

    Returns
    -------
    Estimate
        Of shares in whole percent, in percentage points, without sign and without interval; n is the number of shares.

    Raises
    ------
    NotAnswerable
        If no share is weighted, or none may be shown.
    """
    shifts = items["shift_points"].dropna().abs()
    if shifts.empty:
        raise NotAnswerable(
            "no share can be weighted: no register lists who might have answered, and the answers carry no weights; or too few "
            "of a size class gave each answer, or another one (parameter `smallest_group`)"
        )
    value = float(shifts.max())
    return Estimate(
        value, value, value, "none", "largest difference between a weighted and an unweighted share", "percentage points", len(shifts),
    )  # fmt: skip


def summarise_items(items: pd.DataFrame) -> str:
    """Say in two lines what the shares of a wave show: a figure's title.

    Parameters
    ----------
    items : pandas.DataFrame
        Rows of `tabulate_items` that are not hidden.

    Returns
    -------
    str
        How far weighting moves them and how much those who did not answer leave open; the highest and the lowest where nothing
        is known of these.
    """
    shifts = items["shift_points"].dropna().abs()
    shift = shifts.max()
    width = (items["worst_high_percent"] - items["worst_low_percent"]).median()
    if pd.notna(shift) and pd.notna(width):
        return (
            f"Weighting moves none of {len(shifts)} shares by more than {shift:.0f} points;\n"
            f"those who did not answer leave {width:.0f} points open"
        )
    top, least = (items.loc[items["share_percent"].agg(which)] for which in ("idxmax", "idxmin"))
    return (
        f"From {top['share_percent']:.0f}% ({top['name']})\n"
        f"to {least['share_percent']:.0f}% ({least['name']}) of the respondents"
    )


def describe_items(items: pd.DataFrame, answers: WaveAnswers) -> str:
    """Describe the figure of all shares in words, for those who cannot see it.

    Parameters
    ----------
    items : pandas.DataFrame
        Rows of `tabulate_items` that are not hidden.
    answers : WaveAnswers

    Returns
    -------
    str
    """
    ordered = items.sort_values("share_percent", ascending=False, kind="stable")
    ends = [f"{row['name']} {row['share_percent']:.0f}%" for row in ordered.to_dict("records")]
    most = ends if len(ends) < 7 else [*ends[:3], "…", *ends[-3:]]
    summary = summarise_items(items).replace("\n", " ")
    return f"{len(items)} shares of the respondents of wave {answers.wave}, from the highest: {', '.join(most)}. {summary}."


def estimate_openness(items: pd.DataFrame) -> Estimate:
    """Give how wide the worst-case bounds are, in the median of the shares.

    Parameters
    ----------
    items : pandas.DataFrame
        As `tabulate_items` returns it.

    Returns
    -------
    Estimate
        In percentage points, from the narrowest to the widest.

    Raises
    ------
    NotAnswerable
        If no register lists who might have answered.
    """
    width = (items["worst_high_percent"] - items["worst_low_percent"]).dropna()
    if width.empty:
        raise NotAnswerable(
            "nobody knows how many did not answer: no register lists who might have, or no respondent is in it"
        )
    return Estimate(
        float(width.median()), float(width.min()), float(width.max()), "sensitivity",
        "width of the worst-case bounds of a share, median over the answers", "percentage points", len(width),
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ by size class


def tabulate_classes(answers: WaveAnswers, confidence: float) -> pd.DataFrame:
    """Give the share of respondents by size class.

    Parameters
    ----------
    answers : WaveAnswers
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row per answer and class: topic, item, question, answer, name, size_class, n, share_percent, low_percent, high_percent,
        is_hidden. Classes with fewer respondents than the threshold are joined to a neighbour. Where those of a class who said
        so, or otherwise, are below the threshold the row is hidden, and a second one with it. Where fewer than the threshold of
        a class, or of all, were not asked, the bases of that answer are hidden, and its shares are in whole percent.

    Raises
    ------
    NotAnswerable
        If the respondents are of fewer than two size classes of at least the threshold.
    """
    joined = _join_classes(answers)
    hidden = _count_classes(answers, confidence, joined)
    telling = {place: tells_not_asked(answers, place, joined) for place in hidden["place"].unique()}
    hidden = hide_bases(hidden, hidden["place"].map(telling), ["n"])
    return hidden.drop(columns=["kind", "asked_of", "place", "yes", "no"])


def _count_classes(answers: WaveAnswers, confidence: float, joined: pd.Series) -> pd.DataFrame:
    """Count who said so in each joined class, and hide what is too small: a row per answer and class."""
    aspects = answers.aspects[answers.aspects["kind"].ne("open")]
    rows = []
    for place, aspect in zip(aspects.index, aspects.to_dict("records"), strict=True):
        values = answers.values[place]
        for name in dict.fromkeys(joined):
            counts = count_share(values[joined.eq(name)], confidence)
            rows.append({**aspect, "place": place, "size_class": name, **counts})
    table = pd.DataFrame(rows)
    of_class = table["item"] + " " + table["size_class"]
    return hide_small_parts(
        table,
        cells=["n", "yes", "no"],
        values=["share_percent", "low_percent", "high_percent"],
        smallest_group=answers.smallest_group,
        wholes=[table["place"], of_class.where(_is_one_of_several(table))],
        sums=["yes", "no"],
    )


def lay_out_classes(classes: pd.DataFrame) -> pd.DataFrame:
    """Lay the shares by size class out with a column a class, for reading.

    Parameters
    ----------
    classes : pandas.DataFrame
        As `tabulate_classes` returns it.

    Returns
    -------
    pandas.DataFrame
        A row per answer of which any class may be shown: name, and the share in each class in %.

    Raises
    ------
    NotAnswerable
        If none may be shown.
    """
    keep_shown(classes, "answers by size class")
    order = classes["size_class"].drop_duplicates()
    names = classes["name"].drop_duplicates()
    wide = classes.pivot(index="name", columns="size_class", values="share_percent")
    wide = wide.loc[names, order].dropna(how="all").reset_index()
    return wide.rename_axis(columns=None)


def compare_classes(answers: WaveAnswers) -> pd.DataFrame:
    """Test for every item whether the size classes answered alike.

    Parameters
    ----------
    answers : WaveAnswers

    Returns
    -------
    pandas.DataFrame
        A row per item with answers of two classes at least, the least p-value first: item, question, n, classes, statistic,
        degrees_of_freedom, p, p_adjusted (Benjamini and Hochberg). Classes are joined as in `tabulate_classes`; an item of
        which fewer than the threshold of a joined class said so, or otherwise, is left out: from the statistic and the
        shares of the other classes one could reckon how many. n is missing where it tells how few were not asked.
        Pearson's chi-square for an item of one answer, with the correction of Rao and Scott for several.

    Raises
    ------
    NotAnswerable
        As `tabulate_classes`.
    """
    joined = _join_classes(answers)
    rows = []
    chosen = answers.aspects[answers.aspects["kind"].isin(["yes_no", "multiple", "single"])]
    for item, own in chosen.groupby("item", sort=False):
        values = answers.values[own.index].dropna()
        classes = joined[values.index]
        said = values.groupby(classes)
        cells = np.array([said.sum(), said.count() - said.sum()])
        if any(is_disclosive(number, answers.smallest_group) for number in cells.ravel()):
            continue
        if classes.nunique() < 2 or not np.ptp(values.to_numpy(), axis=0).any():
            continue
        test = samples.compare_options(values, list(classes))
        rows.append(
            {
                "item": item,
                "question": own["question"].iloc[0],
                "n": pd.NA if tells_not_asked(answers, own.index[0]) else len(values),
                "classes": classes.nunique(),
                "statistic": round(test.statistic, 2),
                "degrees_of_freedom": round(test.degrees_of_freedom, 1),
                "p": round(test.p, 4),
            }
        )
    columns = ["item", "question", "n", "classes", "statistic", "degrees_of_freedom", "p"]
    table = pd.DataFrame(rows, columns=columns)
    table["n"] = table["n"].astype("Int64")
    table["p_adjusted"] = adjust_p_values(table["p"].astype(float), "benjamini-hochberg")
    return table.sort_values(["p", "item"], ignore_index=True)


def _join_classes(answers: WaveAnswers) -> pd.Series:
    """Give each respondent's size class, small ones joined, from small to large."""
    joined = answers.joined_classes
    if len(set(joined.values())) < 2:
        raise NotAnswerable(
            f"the respondents of wave {answers.wave} are of fewer than two size classes with at least "
            f"{answers.smallest_group} of them: a register with populations, and the respondents' organisations, tell them apart"
        )
    order = pd.CategoricalDtype(list(dict.fromkeys(joined.values())), ordered=True)
    return answers.people["size_class"].map(joined).astype(order).sort_values().astype("str")


def estimate_differing_items(tests: pd.DataFrame, confidence: float) -> Estimate:
    """Count the items that the size classes answered differently, after adjustment for their number.

    Parameters
    ----------
    tests : pandas.DataFrame
        As `compare_classes` returns it.
    confidence : float
        One less the level of the tests.

    Returns
    -------
    Estimate
        Without interval; n is the number of items tested.

    Raises
    ------
    NotAnswerable
        If no item could be tested.
    """
    if tests.empty:
        raise NotAnswerable(
            "no item was answered by at least the threshold in each size class (parameter `smallest_group`)"
        )
    number = float(tests["p_adjusted"].lt(1 - confidence).sum())
    return Estimate(
        number, number, number, "none", "items answered differently by size class", "items", len(tests),
    )  # fmt: skip
