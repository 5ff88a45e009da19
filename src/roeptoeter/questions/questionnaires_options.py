"""Which answers go together, and what do the open ones name? Items of a wave that take several answers, and open ones.

The shares of such an item are of the same respondents, so that they depend on one another: a lead is compared as paired data.
"""

import numpy as np
import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.regression import adjust_p_values
from roeptoeter.estimators.survey_samples import cochran_q_test
from roeptoeter.estimators.survey_shares import newcombe_paired_interval
from roeptoeter.questions.disclosure import hide_small_groups, is_disclosive, refuse_small_group
from roeptoeter.questions.questionnaires_answers import WaveAnswers, count_share


def tabulate_multiple(answers: WaveAnswers, confidence: float) -> pd.DataFrame:
    """Compare the options of every item that takes several answers.

    Parameters
    ----------
    answers : WaveAnswers
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row per item: item, question, n, options, named_mean (options that a respondent names), first and second (the two most
        named), first_percent, second_percent, difference_points with low_points and high_points (paired, Newcombe), q
        (Cochran's, of all options), p, p_adjusted (Benjamini and Hochberg), is_hidden. Missing is the interval, and of two
        options q and p, where a cell of their joint table is below the threshold: from either the cell can be reckoned. Hidden
        is also an item of which the base tells that fewer than the threshold were not asked.

    Raises
    ------
    NotAnswerable
        If the wave has no such item with answers.
    """
    rows = []
    for item, options in _list_multiple(answers):
        values = answers.values[options.index].dropna()
        shares = values.mean().sort_values(ascending=False, kind="stable")
        first, second = shares.index[:2]
        cells = _cross(values[first], values[second])
        difference = newcombe_paired_interval(*cells.values(), confidence)
        row = {
            "item": item,
            "question": options["question"].iloc[0],
            "n": len(values),
            "not_asked": int((~answers.is_asked[first]).sum()),
            "options": len(options),
            "named_mean": float(values.sum(axis="columns").mean()),
            "first": options.loc[first, "answer"],
            "second": options.loc[second, "answer"],
            "first_percent": 100 * shares.iloc[0],
            "second_percent": 100 * shares.iloc[1],
            "difference_points": 100 * difference.value,
            "low_points": 100 * difference.low,
            "high_points": 100 * difference.high,
            "q": np.nan,
            "p": np.nan,
        }
        if np.ptp(values.to_numpy(), axis=1).any():
            test = cochran_q_test(values)
            row |= {"q": round(test.statistic, 2), "p": round(test.p, 4)}
        for name, place in (("first", first), ("second", second)):
            yes = int(values[place].sum())
            row |= {f"{name}_yes": yes, f"{name}_no": len(values) - yes}
        if any(is_disclosive(number, answers.smallest_group) for number in cells.values()):
            telling = ["low_points", "high_points", *["q", "p"] * (len(options) == 2)]
            row |= dict.fromkeys(telling, np.nan)
        rows.append(row)
    table = pd.DataFrame(rows)
    tested = table["p"].notna()
    table.loc[tested, "p_adjusted"] = adjust_p_values(table.loc[tested, "p"], "benjamini-hochberg")
    cells = [f"{name}_{said}" for name in ("first", "second") for said in ("yes", "no")]
    cells.append("not_asked")
    values = [
        "named_mean", "first", "second", "first_percent", "second_percent", "difference_points", "low_points", "high_points",
        "q", "p", "p_adjusted",
    ]  # fmt: skip
    hidden = hide_small_groups(
        table.reindex(columns=[*table.columns.difference(values, sort=False), *values]),
        counts=["n", *cells],
        values=values,
        smallest_group=answers.smallest_group,
    )
    return hidden.drop(columns=cells)


def tabulate_pairs(answers: WaveAnswers) -> pd.DataFrame:
    """Count for every two options of an item who named both: the joint table that printed shares leave out.

    Parameters
    ----------
    answers : WaveAnswers

    Returns
    -------
    pandas.DataFrame
        A row per item and two options: item, first, second, n, both, both_percent, if_unrelated_percent (the product of the two
        shares), is_hidden. Hidden is a row in which any cell of the joint table, or those not asked, are below the threshold.

    Raises
    ------
    NotAnswerable
        As `tabulate_multiple`.
    """
    rows = []
    for item, options in _list_multiple(answers):
        values = answers.values[options.index].dropna()
        for place, first in enumerate(options.index):
            for second in options.index[place + 1 :]:
                shares = values[[first, second]].mean()
                cells = _cross(values[first], values[second])
                rows.append(
                    {
                        "item": item,
                        "first": options.loc[first, "answer"],
                        "second": options.loc[second, "answer"],
                        "n": len(values),
                        "not_asked": int((~answers.is_asked[first]).sum()),
                        **cells,
                        "both_percent": 100 * (cells["both"] / len(values)),
                        "if_unrelated_percent": 100 * float(shares.prod()),
                    }
                )
    cells = ["first_only", "second_only", "neither", "not_asked"]
    hidden = hide_small_groups(
        pd.DataFrame(rows),
        counts=["n", "both", *cells],
        values=["both_percent", "if_unrelated_percent"],
        smallest_group=answers.smallest_group,
    )
    return hidden.drop(columns=cells)


def _cross(one: pd.Series, other: pd.Series) -> dict[str, int]:
    """Count the joint table of two options, in the order in which the paired interval takes it."""
    one, other = one.eq(1), other.eq(1)
    cells = {"both": one & other, "first_only": one & ~other, "second_only": ~one & other}
    cells |= {"neither": ~one & ~other}
    return {name: int(cell.sum()) for name, cell in cells.items()}


def estimate_lead(multiple: pd.DataFrame, confidence: float) -> tuple[pd.Series, Estimate]:
    """Give by how much the most named option leads the next, for the first item that may be shown.

    Parameters
    ----------
    multiple : pandas.DataFrame
        As `tabulate_multiple` returns it.
    confidence : float

    Returns
    -------
    row : pandas.Series
        That item's row.
    lead : Estimate
        In percentage points, paired.

    Raises
    ------
    NotAnswerable
        If no item may be shown.
    """
    shown = multiple[~multiple["is_hidden"] & multiple["low_points"].notna()]
    if shown.empty:
        raise NotAnswerable(
            "of every item that takes several answers, a group is below the threshold (parameter `smallest_group`)"
        )
    row = shown.iloc[0]
    lead = Estimate(
        *row[["difference_points", "low_points", "high_points"]].astype(float), "superpopulation",
        f"share that names the most named answer less share that names the next, {row['question']}", "percentage points",
        int(row["n"]), confidence,
    )  # fmt: skip
    return row, lead


def _list_multiple(answers: WaveAnswers) -> list[tuple[str, pd.DataFrame]]:
    chosen = answers.aspects[answers.aspects["kind"].eq("multiple")]
    items = [
        (item, options)
        for item, options in chosen.groupby("item", sort=False)
        if len(options) > 1 and len(answers.values[options.index].dropna())
    ]
    if not items:
        raise NotAnswerable(
            f"wave {answers.wave} of the questionnaire {answers.survey.form.name} has no answers to an item that takes several "
            "(kind: multiple)"
        )
    return items


# ------------------------------------------------------------------------------------------------- open answers


def tabulate_open(answers: WaveAnswers, confidence: float) -> pd.DataFrame:
    """Count the codes of open answers; an answer may have several, or none.

    Parameters
    ----------
    answers : WaveAnswers
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row per open item and code, and one for "no code": item, question, code, n (who wrote something), share_percent,
        low_percent, high_percent (Wilson), is_hidden.

    Raises
    ------
    NotAnswerable
        If the wave has no open answers with a codebook, or too few wrote something.
    """
    chosen = answers.aspects[answers.aspects["kind"].eq("open")]
    rows = []
    for item, codes in chosen.groupby("item", sort=False):
        values = answers.values[codes.index].dropna()
        parts = {codes.loc[place, "answer"]: values[place].eq(1) for place in codes.index}
        parts["no code"] = values.eq(0).all(axis="columns")
        for code, own in parts.items():
            row = {"item": item, "question": codes["question"].iloc[0], "code": code}
            rows.append(row | count_share(own, confidence))
    wrote = max((row["n"] for row in rows), default=0)
    if not wrote:
        raise NotAnswerable(
            f"wave {answers.wave} of the questionnaire {answers.survey.form.name} has no open answers that a codebook in "
            "data/manual/codebooks/ codes; name one as `codebook` of an open item"
        )
    refuse_small_group(
        wrote, answers.smallest_group, f"those who wrote an open answer in wave {answers.wave}"
    )
    hidden = hide_small_groups(
        pd.DataFrame(rows),
        counts=["n", "yes", "no"],
        values=["share_percent", "low_percent", "high_percent"],
        smallest_group=answers.smallest_group,
    )
    return hidden.drop(columns=["yes", "no"])


def estimate_without_code(coded: pd.DataFrame, confidence: float) -> Estimate:
    """Give the share of the open answers that no code of the codebook fits, of the first item that may be shown.

    Parameters
    ----------
    coded : pandas.DataFrame
        As `tabulate_open` returns it.
    confidence : float

    Returns
    -------
    Estimate
        In %.

    Raises
    ------
    NotAnswerable
        If those without a code, or those with one, are below the threshold.
    """
    shown = coded[coded["code"].eq("no code") & ~coded["is_hidden"]]
    if shown.empty:
        raise NotAnswerable(
            "the open answers with a code, or those without, are below the threshold (parameter `smallest_group`)"
        )
    row = shown.iloc[0]
    return Estimate(
        *row[["share_percent", "low_percent", "high_percent"]].astype(float), "superpopulation",
        "share of the open answers that no code of the codebook fits", "%", int(row["n"]), confidence,
    )  # fmt: skip
