"""Does a larger Flemish gemeente (municipality) do more? The census of accounts of 2016 by class.

The study counted all 308 municipalities, so there is no sampling error: what the printed
percentages leave open is the rounding range. Intervals that see the municipalities as one draw of a
process are kept apart and carry the kind "superpopulation".
"""

import math

import numpy as np
import pandas as pd
from scipy import stats

from roeptoeter.errors import InputError
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.logistic import (
    INTERCEPT,
    find_infinite_terms,
    fit_firth,
    fit_maximum_likelihood,
    predict_flic,
)
from roeptoeter.estimators.proportions import exact_interval, wilson_interval
from roeptoeter.estimators.rounding import admissible_counts, rounding_interval
from roeptoeter.estimators.trend import cochran_armitage
from roeptoeter.published import get_figure
from roeptoeter.registers import SIZE_CLASSES

#: The edition whose organisations are read: the register of 1 January 2016.
EDITION = 2016

SMALL, MIDDLE, LARGE = SIZE_CLASSES

#: Classes and groups of classes as a sentence names them.
GROUP_NAMES = {
    SMALL: "below 20,000",
    MIDDLE: "20,000 to 50,000",
    LARGE: "above 50,000",
    "up_to_50000": "up to 50,000",
    "all": "all municipalities",
}

#: The printed presence, by platform and group: the id of the figure.
PRESENCE_FIGURES = {
    ("Twitter", SMALL): "F052",
    ("Twitter", MIDDLE): "F051",
    ("Twitter", LARGE): "F049",
    ("Twitter", "all"): "F047",
    ("Facebook", LARGE): "F048",
    ("Facebook", "all"): "F046",
}

#: The readings of the base of the printed means, and the words for them in a figure.
REACH_READINGS = {
    "mean over all municipalities": "mean over all",
    "mean over holders, of all inhabitants": "mean over holders:\nall inhabitants",
    "mean over holders, of the inhabitants of holders": "mean over holders:\ntheir inhabitants",
}

#: The models whose coefficients are recorded.
CLASSES_FIRTH = "Twitter presence, classes, Firth"
LINEAR_FIRTH = "Twitter presence, linear in class, Firth"
CLASSES_FAILING = "Twitter presence, classes, maximum likelihood (fails)"


def count_municipalities(figures: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Count the Flemish municipalities of each size class in the register of 2016.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        A row a class, small to large: size_class, municipalities, inhabitants (their sum), and the
        count that the study prints, where it prints one, printed_count.

    Raises
    ------
    InputError
        If the register has another number below 20,000, or in all, than the study prints: then its
        percentages are not of these classes.
    """
    flemish = organisations[
        organisations["edition_year"].eq(EDITION) & organisations["region"].eq("VL")
    ]
    by_class = flemish.groupby("size_class")["population"].agg(["size", "sum"])
    counts = by_class.reindex(list(SIZE_CLASSES), fill_value=0).rename_axis("size_class")
    counts = counts.rename(columns={"size": "municipalities", "sum": "inhabitants"}).reset_index()
    printed = {SMALL: int(get_figure(figures, "F053")["printed_number"])}
    counts["printed_count"] = counts["size_class"].map(printed).astype("Int64")
    found = {"F053": int(counts["municipalities"].iloc[0]), "F054": len(flemish)}
    for figure_id, number in found.items():
        expected = int(get_figure(figures, figure_id)["printed_number"])
        if number != expected:
            raise InputError(
                f"organisations, edition {EDITION}, region VL: {number} municipalities where "
                f"{figure_id} prints {expected}; run 01-ingest again on the unchanged register"
            )
    return counts


def admit_counts(figures: pd.DataFrame, municipalities: pd.DataFrame) -> pd.DataFrame:
    """Find the numbers of municipalities that the printed shares with an account admit.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed figures.
    municipalities : pandas.DataFrame
        As `count_municipalities` returns them.

    Returns
    -------
    pandas.DataFrame
        A row a platform and group: platform, size_class (or "up_to_50000", "all"), municipalities,
        printed_percentage, present_low, present_high (municipalities), share_low, share_high (%),
        follows_from ("class percentage", "total", "total less the largest class").
        The total of Twitter is narrowed by what the classes add up to.

    Raises
    ------
    InputError
        If no counts of the classes add up to a count that the printed total admits.

    Notes
    -----
    Facebook is printed for all and for the class above 50,000 only; the classes below are not
    published, and their sum is what remains.
    """
    of_class = municipalities.set_index("size_class")["municipalities"]
    of_class["all"] = of_class.sum()
    of_class["up_to_50000"] = of_class["all"] - of_class[LARGE]
    rows = {}
    for (platform, group), figure_id in PRESENCE_FIGURES.items():
        figure = get_figure(figures, figure_id)
        counts = admissible_counts(
            figure["printed_number"], int(of_class[group]), int(figure["printed_decimals"])
        )
        if not len(counts):
            raise InputError(
                f"figures.csv, {figure_id}: {figure['printed_number']:.0f}% of {of_class[group]} "
                "municipalities is no whole number of them; check the figure and the register"
            )
        rows[platform, group] = [
            float(figure["printed_number"]),
            int(counts[0]),
            int(counts[-1]),
            "total" if group == "all" else "class percentage",
        ]
    classes = [rows["Twitter", group] for group in SIZE_CLASSES]
    total = rows["Twitter", "all"]
    total[1] = max(total[1], sum(row[1] for row in classes))
    total[2] = min(total[2], sum(row[2] for row in classes))
    if total[1] > total[2]:
        raise InputError(
            "figures.csv, F047: the Twitter counts that the classes admit add up to no count that "
            "the printed total admits; check F047, F049, F051 and F052"
        )
    largest, total = rows["Facebook", LARGE], rows["Facebook", "all"]
    rows["Facebook", "up_to_50000"] = [
        float(get_figure(figures, "F050")["printed_number"]),
        total[1] - largest[2],
        total[2] - largest[1],
        "total less the largest class",
    ]
    admitted = pd.DataFrame(
        [(*key, int(of_class[key[1]]), *row) for key, row in rows.items()],
        columns=[
            "platform",
            "size_class",
            "municipalities",
            "printed_percentage",
            "present_low",
            "present_high",
            "follows_from",
        ],
    )
    for end in ("low", "high"):
        admitted[f"share_{end}"] = 100 * admitted[f"present_{end}"] / admitted["municipalities"]
    return admitted


def name_groups(frame: pd.DataFrame) -> pd.DataFrame:
    """Write the size classes in words, as the first column of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        With a column size_class of keys of `GROUP_NAMES`.

    Returns
    -------
    pandas.DataFrame
        Where a platform is named, that stays the first column.
    """
    named = frame.drop(columns="size_class")
    place = int("platform" in frame)
    named.insert(place, "size_class", frame["size_class"].map(GROUP_NAMES))
    return named


def choose_counts(admitted: pd.DataFrame, below_20000: int) -> pd.DataFrame:
    """Choose one set of Twitter counts among those that the percentages admit.

    Parameters
    ----------
    admitted : pandas.DataFrame
        As `admit_counts` returns it.
    below_20000 : int
        Municipalities below 20,000 inhabitants with a Twitter account.

    Returns
    -------
    pandas.DataFrame
        A row a class, small to large: size_class, municipalities, present.

    Raises
    ------
    InputError
        If the printed percentage does not admit that number.
    """
    row = _row(admitted, "Twitter", SMALL)
    if not row["present_low"] <= below_20000 <= row["present_high"]:
        choices = " or ".join(str(k) for k in range(row["present_low"], row["present_high"] + 1))
        raise InputError(
            f"twitter_count_below_20000 is {below_20000}: {row['printed_percentage']:.0f}% of "
            f"{row['municipalities']} municipalities admits {choices}; use one of these"
        )
    classes = [_row(admitted, "Twitter", group) for group in SIZE_CLASSES]
    counts = pd.DataFrame(
        {
            "size_class": list(SIZE_CLASSES),
            "municipalities": [row["municipalities"] for row in classes],
            "present": [row["present_low"] for row in classes],
        }
    )
    counts.loc[counts["size_class"].eq(SMALL), "present"] = below_20000
    return counts


def describe_shares(
    admitted: pd.DataFrame, counts: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    """Put both kinds of interval beside the share of each group, never merged.

    Parameters
    ----------
    admitted : pandas.DataFrame
        As `admit_counts` returns it.
    counts : pandas.DataFrame
        As `choose_counts` returns it; where it has no count of a group, as for Facebook, the middle
        admissible count stands for the group.
    confidence : float
        Level of the superpopulation interval.

    Returns
    -------
    pandas.DataFrame
        platform, size_class, municipalities, printed_percentage, present_low, present_high, share,
        share_low, share_high (rounding, %), superpopulation_low, superpopulation_high (Wilson, %).
        By platform, Twitter first, each from small to large and its total last.
    """
    chosen = counts.set_index("size_class")["present"]
    rows = []
    for row in admitted.to_dict("records"):
        if row["platform"] == "Twitter" and row["size_class"] in chosen:
            present = int(chosen[row["size_class"]])
        elif row["platform"] == "Twitter":
            present = int(chosen.sum())
        else:
            present = (row["present_low"] + row["present_high"]) // 2
        wilson = wilson_interval(present, row["municipalities"], confidence).scaled(100, "%")
        rows.append(
            {
                **{key: row[key] for key in admitted.columns if key != "follows_from"},
                "share": 100 * present / row["municipalities"],
                "superpopulation_low": wilson.low,
                "superpopulation_high": wilson.high,
            }
        )
    order = [*GROUP_NAMES]
    order.insert(2, order.pop(order.index("up_to_50000")))
    shares = pd.DataFrame(rows)
    places = shares["size_class"].map(order.index)
    return (
        shares.assign(place=places)
        .sort_values(["platform", "place"], ascending=[False, True], ignore_index=True)
        .drop(columns="place")
    )


def estimate_share(admitted: pd.DataFrame, platform: str, group: str) -> Estimate:
    """Give the share of a group with an account as the interval that rounding admits.

    Parameters
    ----------
    admitted : pandas.DataFrame
        As `admit_counts` returns it.
    platform : {"Facebook", "Twitter"}
    group : str
        A key of `GROUP_NAMES`.

    Returns
    -------
    Estimate
        In %; the point is the middle admissible count, the interval kind "rounding".
    """
    row = _row(admitted, platform, group)
    middle = (row["present_low"] + row["present_high"]) // 2
    return Estimate(
        100 * middle / row["municipalities"],
        row["share_low"],
        row["share_high"],
        "rounding",
        f"share of Flemish municipalities with {platform}, {GROUP_NAMES[group]}",
        "%",
        row["municipalities"],
    )


def compare_neighbours(admitted: pd.DataFrame, counts: pd.DataFrame, larger: str) -> Estimate:
    """Give the lead of a class over the next smaller one on Twitter, as rounding admits it.

    Parameters
    ----------
    admitted, counts : pandas.DataFrame
        As `admit_counts` and `choose_counts` return them; the chosen counts make the point.
    larger : {"20000_to_50000", "above_50000"}

    Returns
    -------
    Estimate
        In percentage points, interval kind "rounding".
    """
    smaller = SIZE_CLASSES[SIZE_CLASSES.index(larger) - 1]
    above, below = _row(admitted, "Twitter", larger), _row(admitted, "Twitter", smaller)
    shares = counts.set_index("size_class").eval("100 * present / municipalities")
    return Estimate(
        shares[larger] - shares[smaller],
        above["share_low"] - below["share_high"],
        above["share_high"] - below["share_low"],
        "rounding",
        f"share with Twitter, {GROUP_NAMES[larger]} less {GROUP_NAMES[smaller]} inhabitants",
        "percentage points",
        above["municipalities"] + below["municipalities"],
    )


def associate_with_size(admitted: pd.DataFrame) -> pd.DataFrame:
    """Test Twitter presence against size class for every count that rounding admits.

    Parameters
    ----------
    admitted : pandas.DataFrame
        As `admit_counts` returns it.

    Returns
    -------
    pandas.DataFrame
        A row a count: count_below_20000, heterogeneity (Pearson's chi-square on two degrees of
        freedom), heterogeneity_p, trend (Cochran-Armitage, scores 0, 1, 2), trend_p, and the
        two-sided exact p of Fisher for the largest against the smallest class, fisher_p.
    """
    row = _row(admitted, "Twitter", SMALL)
    tests = []
    for below_20000 in range(row["present_low"], row["present_high"] + 1):
        counts = choose_counts(admitted, below_20000)
        table = _two_columns(counts)
        pearson = stats.chi2_contingency(table, correction=False)
        trend = cochran_armitage(counts["present"], counts["municipalities"])
        tests.append(
            {
                "count_below_20000": below_20000,
                "heterogeneity": float(pearson.statistic),
                "heterogeneity_p": float(pearson.pvalue),
                "trend": trend.statistic,
                "trend_p": trend.p,
                "fisher_p": float(stats.fisher_exact(table[[0, 2]]).pvalue),
            }
        )
    return pd.DataFrame(tests)


def estimate_trend(tests: pd.DataFrame, counts: pd.DataFrame) -> Estimate:
    """Give the trend statistic with the range over the counts that rounding admits.

    Parameters
    ----------
    tests, counts : pandas.DataFrame
        As `associate_with_size` and `choose_counts` return them; the chosen count makes the point.

    Returns
    -------
    Estimate
        Unit "chi-square", interval kind "rounding".
    """
    chosen = counts.set_index("size_class").loc[SMALL, "present"]
    return Estimate(
        float(tests.set_index("count_below_20000").loc[chosen, "trend"]),
        float(tests["trend"].min()),
        float(tests["trend"].max()),
        "rounding",
        "Cochran-Armitage chi-square of Twitter presence over the size classes",
        "chi-square",
        int(counts["municipalities"].sum()),
    )


def fit_models(counts: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Fit the three logistic regressions of Twitter presence on size class.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `choose_counts` returns it.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a model and term: model, term, plain_name, reference_category, estimate, low, high,
        unit ("log-odds"), interval_kind, p, n. Penalised profile intervals and likelihood-ratio
        tests, except in the ordinary fit, which is there to be seen failing: its infinite term has
        no interval and no p.
    """
    classes, linear = _class_design(), pd.DataFrame({"size_class": [0, 1, 2]})
    present, trials = counts["present"], counts["municipalities"]
    ordinary = fit_maximum_likelihood(classes, present, trials, confidence, despite_separation=True)
    # where the routine stopped is no result: three digits show the fault, the same everywhere
    ordinary.loc[~ordinary["is_finite"], "estimate"] = ordinary["estimate"].map(
        lambda number: float(f"{number:.3g}")
    )
    ordinary.loc[~ordinary["is_finite"], ["low", "high", "p"]] = np.nan
    fits = {
        CLASSES_FIRTH: fit_firth(classes, present, trials, confidence),
        LINEAR_FIRTH: fit_firth(linear, present, trials, confidence),
        CLASSES_FAILING: ordinary,
    }
    names = {
        INTERCEPT: "log-odds of an account, below 20,000 inhabitants",
        MIDDLE: "20,000 to 50,000 inhabitants",
        LARGE: "above 50,000 inhabitants",
        "size_class": "one class larger",
    }
    frames = []
    for model, fit in fits.items():
        frame = fit[["term", "estimate", "low", "high", "p"]].assign(
            model=model, unit="log-odds", interval_kind="superpopulation", n=int(trials.sum())
        )
        frame["plain_name"] = frame["term"].map(names)
        frame["reference_category"] = frame["term"].map(
            {MIDDLE: "below 20,000 inhabitants", LARGE: "below 20,000 inhabitants"}
        )
        frames.append(frame)
    models = pd.concat(frames, ignore_index=True)
    models.loc[models["low"].isna(), "interval_kind"] = "none"
    models["reference_category"] = models["reference_category"].fillna("")
    columns = ["model", "term", "plain_name", "reference_category", "estimate", "low", "high"]
    return models[[*columns, "unit", "interval_kind", "p", "n"]]


def to_odds_ratios(coefficients: pd.DataFrame) -> pd.DataFrame:
    """Turn log-odds coefficients into odds ratios; intercepts are left out.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        As `fit_models` returns them.

    Returns
    -------
    pandas.DataFrame
        model, term, plain_name, reference_category, odds_ratio, low, high, p, n.
    """
    ratios = coefficients[coefficients["term"].ne(INTERCEPT)].copy()
    ratios[["odds_ratio", "low", "high"]] = np.exp(ratios[["estimate", "low", "high"]])
    columns = ["model", "term", "plain_name", "reference_category", "odds_ratio", "low", "high"]
    return ratios[[*columns, "p", "n"]].reset_index(drop=True)


def label_odds_ratios(odds_ratios: pd.DataFrame) -> pd.DataFrame:
    """Keep the models by class and name their rows for a figure, penalised beside ordinary.

    Parameters
    ----------
    odds_ratios : pandas.DataFrame
        As `to_odds_ratios` returns them.

    Returns
    -------
    pandas.DataFrame
        row_label, model_label, is_penalised, odds_ratio, low, high, p; by class, penalised first.
    """
    drawn = odds_ratios[odds_ratios["model"].isin([CLASSES_FIRTH, CLASSES_FAILING])].copy()
    drawn["is_penalised"] = drawn["model"].eq(CLASSES_FIRTH)
    drawn["model_label"] = np.where(drawn["is_penalised"], "Firth’s penalty", "ordinary fit")
    drawn["row_label"] = drawn["term"].map(GROUP_NAMES)
    drawn["place"] = drawn["term"].map(SIZE_CLASSES.index)
    drawn = drawn.sort_values(["place", "is_penalised"], ascending=[True, False])
    columns = ["row_label", "model_label", "is_penalised", "odds_ratio", "low", "high", "p"]
    return drawn[columns].reset_index(drop=True)


def estimate_odds_ratio(odds_ratios: pd.DataFrame, term: str, confidence: float) -> Estimate:
    """Take one odds ratio of the penalised models with its superpopulation interval.

    Parameters
    ----------
    odds_ratios : pandas.DataFrame
        As `to_odds_ratios` returns them.
    term : {"20000_to_50000", "above_50000", "size_class"}
        A class against the smallest, or one class larger.
    confidence : float

    Returns
    -------
    Estimate
        Unit "odds ratio".
    """
    penalised = odds_ratios[odds_ratios["model"].ne(CLASSES_FAILING)]
    row = penalised.set_index("term").loc[term]
    against = row["reference_category"] or "one class smaller"
    return Estimate(
        row["odds_ratio"],
        row["low"],
        row["high"],
        "superpopulation",
        f"odds of a Twitter account, {row['plain_name']} against {against} (Firth's penalty)",
        "odds ratio",
        int(row["n"]),
        confidence,
    )


def show_ordinary_fits(counts: pd.DataFrame) -> pd.DataFrame:
    """Show what two routines print for the class of which all members have an account.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `choose_counts` returns it.

    Returns
    -------
    pandas.DataFrame
        A row a routine, for the class above 50,000: routine, found_infinite_before_fitting,
        coefficient (log-odds), standard_error, routine_converged. The two numbers are rounded to
        three and five digits: they tell where a routine stopped, not what the data say.
    """
    design = _class_design()
    infinite = find_infinite_terms(design, counts["present"], counts["municipalities"])
    rows = []
    for routine in ("GLM", "Logit"):
        fit = fit_maximum_likelihood(
            design,
            counts["present"],
            counts["municipalities"],
            routine=routine,
            despite_separation=True,
        ).set_index("term")
        rows.append(
            {
                "routine": routine,
                "found_infinite_before_fitting": LARGE in infinite,
                "coefficient": float(f"{fit.loc[LARGE, 'estimate']:.3g}"),
                "standard_error": float(f"{fit.loc[LARGE, 'standard_error']:.5g}"),
                "routine_converged": bool(fit.loc[LARGE, "routine_converged"]),
            }
        )
    return pd.DataFrame(rows)


def bound_largest_class(counts: pd.DataFrame, confidence: float) -> list[Estimate]:
    """Bound the share of a class in which every municipality has an account.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `choose_counts` returns it.
    confidence : float

    Returns
    -------
    list of Estimate
        Wilson's and the exact interval, in %.
    """
    row = counts.set_index("size_class").loc[LARGE]
    estimand = "share of municipalities above 50,000 inhabitants that a process gives Twitter"
    return [
        method(
            int(row["present"]), int(row["municipalities"]), confidence, estimand=estimand
        ).scaled(100, "%")
        for method in (wilson_interval, exact_interval)
    ]


def compare_shapes(counts: pd.DataFrame) -> pd.DataFrame:
    """Compare the observed shares with those of a model that is linear in the class.

    Parameters
    ----------
    counts : pandas.DataFrame
        As `choose_counts` returns it.

    Returns
    -------
    pandas.DataFrame
        size_class, municipalities, observed_share, linear_share (%; FLIC, so that both add up to
        the same number of municipalities).
    """
    present, trials = counts["present"], counts["municipalities"]
    linear = predict_flic(pd.DataFrame({"size_class": [0, 1, 2]}), present, trials)
    shapes = counts[["size_class", "municipalities"]].copy()
    shapes["observed_share"] = 100 * present / trials
    shapes["linear_share"] = 100 * linear
    return shapes


def vary_analysis(
    counts: pd.DataFrame, municipalities: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    """Repeat the answer under other choices than those made above.

    Parameters
    ----------
    counts, municipalities : pandas.DataFrame
        As `choose_counts` and `count_municipalities` return them.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a choice: choice, measure ("trend chi-square" or "odds ratio"), result, low, high (of
        odds ratios), p.
    """
    present, trials = counts["present"].to_numpy(), counts["municipalities"].to_numpy()
    means = municipalities["inhabitants"].to_numpy() / trials
    trends = {
        "classes at equal distances": (present, trials, None),
        "classes at the logarithm of their mean population": (present, trials, np.log(means)),
        "without the class above 50,000": (present[:2], trials[:2], None),
    }
    rows = []
    for choice, (successes, totals, scores) in trends.items():
        test = cochran_armitage(successes, totals, scores)
        rows.append((choice, "trend chi-square", test.statistic, math.nan, math.nan, test.p))
    merged = pd.DataFrame({"from_20000": [0, 1]})
    with_account = [present[0], present[1] + present[2]]
    of_all = [trials[0], trials[1] + trials[2]]
    fits = {
        "all from 20,000 against below, ordinary fit": fit_maximum_likelihood(
            merged, with_account, of_all, confidence
        ),
        "all from 20,000 against below, Firth": fit_firth(merged, with_account, of_all, confidence),
    }
    for choice, fit in fits.items():
        term = fit.set_index("term").loc["from_20000"]
        ends = np.exp(term[["estimate", "low", "high"]].astype(float))
        rows.append((choice, "odds ratio", *ends, term["p"]))
    return pd.DataFrame(rows, columns=["choice", "measure", "result", "low", "high", "p"])


def check_facebook_statement(admitted: pd.DataFrame, figures: pd.DataFrame) -> dict[str, float]:
    """Compute what the printed share of "the other" municipalities on Facebook would imply.

    Parameters
    ----------
    admitted, figures : pandas.DataFrame

    Returns
    -------
    dict
        printed_rest and printed_all (%, as printed); rest_low, rest_high: what the total leaves for
        the others (%); implied_low, implied_high: the total that the printed rest would make (%).
    """
    rest, all_ = _row(admitted, "Facebook", "up_to_50000"), _row(admitted, "Facebook", "all")
    figure = get_figure(figures, "F050")
    counts = admissible_counts(figure["printed_number"], rest["municipalities"])
    largest = all_["municipalities"] - rest["municipalities"]
    implied = [100 * (count + largest) / all_["municipalities"] for count in counts[[0, -1]]]
    return {
        "printed_rest": rest["printed_percentage"],
        "printed_all": all_["printed_percentage"],
        "rest_low": rest["share_low"],
        "rest_high": rest["share_high"],
        "implied_low": implied[0],
        "implied_high": implied[1],
    }


def split_facebook(admitted: pd.DataFrame) -> pd.DataFrame:
    """List every way in which the unpublished Facebook counts below 50,000 may divide.

    Parameters
    ----------
    admitted : pandas.DataFrame
        As `admit_counts` returns it.

    Returns
    -------
    pandas.DataFrame
        A row a division: present_below_20000, present_20000_to_50000, and the shares of both
        classes (%), share_below_20000, share_20000_to_50000. Nothing published prefers one to
        another.
    """
    rest = _row(admitted, "Facebook", "up_to_50000")
    small = _row(admitted, "Twitter", SMALL)["municipalities"]
    middle = _row(admitted, "Twitter", MIDDLE)["municipalities"]
    splits = pd.DataFrame(
        [
            (count, total - count)
            for total in range(rest["present_low"], rest["present_high"] + 1)
            for count in range(max(0, total - middle), min(small, total) + 1)
        ],
        columns=["present_below_20000", "present_20000_to_50000"],
    )
    splits["share_below_20000"] = 100 * splits["present_below_20000"] / small
    splits["share_20000_to_50000"] = 100 * splits["present_20000_to_50000"] / middle
    return splits


def bound_facebook_classes(admitted: pd.DataFrame) -> dict[str, float]:
    """Bound the unpublished Facebook shares of both classes below 50,000 inhabitants.

    Parameters
    ----------
    admitted : pandas.DataFrame
        As `admit_counts` returns it.

    Returns
    -------
    dict
        ways: how many divisions the counts admit; small_low, small_high: share below 20,000
        inhabitants (%); middle_low, middle_high: share from 20,000 to 50,000 (%).
    """
    splits = split_facebook(admitted)
    small, middle = splits["share_below_20000"], splits["share_20000_to_50000"]
    return {
        "ways": len(splits),
        "small_low": float(small.min()),
        "small_high": float(small.max()),
        "middle_low": float(middle.min()),
        "middle_high": float(middle.max()),
    }


def read_interaction(figures: pd.DataFrame, admitted: pd.DataFrame) -> pd.DataFrame:
    """Read the interacting small municipalities in both ways that the sentence allows.

    Parameters
    ----------
    figures, admitted : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        A row a platform and reading ("all small municipalities", "small municipalities with an
        account"): platform, reading, printed_percentage, base_low, base_high, interacting_low,
        interacting_high (municipalities), share_of_small_low, share_of_small_high (% of all below
        20,000).

    Notes
    -----
    How many small municipalities have a Facebook page is not published; the base of the second
    reading is what `split_facebook` leaves possible.
    """
    splits = split_facebook(admitted)["present_below_20000"]
    twitter = _row(admitted, "Twitter", SMALL)
    small = twitter["municipalities"]
    holders = {
        "Facebook": ("F055", int(splits.min()), int(splits.max())),
        "Twitter": ("F056", twitter["present_low"], twitter["present_high"]),
    }
    rows = []
    for platform, (figure_id, fewest, most) in holders.items():
        figure = get_figure(figures, figure_id)
        for reading, low, high in (
            ("all small municipalities", small, small),
            ("small municipalities with an account", fewest, most),
        ):
            counts = np.concatenate(
                [admissible_counts(figure["printed_number"], base) for base in range(low, high + 1)]
            )
            rows.append(
                {
                    "platform": platform,
                    "reading": reading,
                    "printed_percentage": float(figure["printed_number"]),
                    "base_low": low,
                    "base_high": high,
                    "interacting_low": int(counts.min()),
                    "interacting_high": int(counts.max()),
                    "share_of_small_low": 100 * counts.min() / small,
                    "share_of_small_high": 100 * counts.max() / small,
                }
            )
    return pd.DataFrame(rows)


def estimate_interaction(interaction: pd.DataFrame, platform: str) -> Estimate:
    """Give the share of small municipalities that interact with the range over both readings.

    Parameters
    ----------
    interaction : pandas.DataFrame
        As `read_interaction` returns it.
    platform : {"Facebook", "Twitter"}

    Returns
    -------
    Estimate
        In % of all municipalities below 20,000 inhabitants; the point is the printed percentage,
        the interval kind "sensitivity".
    """
    rows = interaction[interaction["platform"].eq(platform)]
    return Estimate(
        float(rows["printed_percentage"].iloc[0]),
        float(rows["share_of_small_low"].min()),
        float(rows["share_of_small_high"].max()),
        "sensitivity",
        f"share of municipalities below 20,000 inhabitants that interact on {platform}",
        "%",
        int(rows["base_high"].max()),
    )


def read_reach(
    figures: pd.DataFrame, organisations: pd.DataFrame, admitted: pd.DataFrame
) -> pd.DataFrame:
    """Compute the reach among inhabitants under each reading of the base of the printed means.

    Parameters
    ----------
    figures, organisations, admitted : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        A row a platform and reading: platform, reading, accounts_low, accounts_high (municipalities
        over which the mean is taken), reach, reach_low, reach_high (fans or followers in % of the
        inhabitants concerned), interval_kind. Readings:

        - "mean over all municipalities": printed mean over printed mean population.
        - "mean over holders, of all inhabitants": mean times holders over all inhabitants.
        - "mean over holders, of the inhabitants of holders": which municipalities hold an account
          is not published, so the ends take the largest and the smallest that the counts admit,
          and there is no point (NaN).

    Notes
    -----
    Fans and followers need not live in the municipality, nor be different people from one page to
    the next: the share of inhabitants that is reached can only be lower.
    """
    flemish = organisations[
        organisations["edition_year"].eq(EDITION) & organisations["region"].eq("VL")
    ]
    inhabitants = int(flemish["population"].sum())
    mean_population = float(get_figure(figures, "F057")["printed_number"])
    mean_low, mean_high = rounding_interval(mean_population)
    groups = {
        "Facebook": ("F058", ["up_to_50000", LARGE]),
        "Twitter": ("F059", list(SIZE_CLASSES)),
    }
    rows = []
    for platform, (figure_id, parts) in groups.items():
        printed = float(get_figure(figures, figure_id)["printed_number"])
        low, high = rounding_interval(printed)
        all_ = _row(admitted, platform, "all")
        fewest, most = int(all_["present_low"]), int(all_["present_high"])
        municipalities = int(all_["municipalities"])
        middle = (fewest + most) // 2
        population = _bound_population_of_holders(flemish, admitted, platform, parts)
        # more holders means more fans and more inhabitants: so the ends are sought count by count
        of_holders = [
            (
                low * count / population.loc[count, "most"],
                high * count / population.loc[count, "fewest"],
            )
            for count in range(fewest, most + 1)
        ]
        rows += [
            (
                platform,
                "mean over all municipalities",
                municipalities,
                municipalities,
                printed / mean_population,
                low / mean_high,
                high / mean_low,
                "rounding",
            ),
            (
                platform,
                "mean over holders, of all inhabitants",
                fewest,
                most,
                printed * middle / inhabitants,
                low * fewest / inhabitants,
                high * most / inhabitants,
                "rounding",
            ),
            (
                platform,
                "mean over holders, of the inhabitants of holders",
                fewest,
                most,
                math.nan,
                min(ends[0] for ends in of_holders),
                max(ends[1] for ends in of_holders),
                "sensitivity",
            ),
        ]
    columns = ["platform", "reading", "accounts_low", "accounts_high"]
    reach = pd.DataFrame(
        rows, columns=[*columns, "reach", "reach_low", "reach_high", "interval_kind"]
    )
    reach[["reach", "reach_low", "reach_high"]] *= 100
    return reach


def estimate_reach(reach: pd.DataFrame, platform: str) -> Estimate:
    """Give the reach of all inhabitants with the range over the readings of its base.

    Parameters
    ----------
    reach : pandas.DataFrame
        As `read_reach` returns it.
    platform : {"Facebook", "Twitter"}

    Returns
    -------
    Estimate
        In %; the point is the ratio of the printed means, the interval spans the two readings that
        concern all inhabitants and has the kind "sensitivity".
    """
    rows = reach[reach["platform"].eq(platform) & reach["reach"].notna()]
    return Estimate(
        float(rows["reach"].iloc[0]),
        float(rows["reach_low"].min()),
        float(rows["reach_high"].max()),
        "sensitivity",
        f"{platform} fans or followers in percent of all inhabitants of Flanders",
        "%",
        int(rows["accounts_high"].max()),
    )


def _bound_population_of_holders(
    flemish: pd.DataFrame, admitted: pd.DataFrame, platform: str, parts: list[str]
) -> pd.DataFrame:
    """Bound the inhabitants of holders: index count of holders, columns fewest and most."""
    classes = {"up_to_50000": [SMALL, MIDDLE]}
    ends = {0: (0, 0)}
    for part in parts:
        sizes = flemish.loc[flemish["size_class"].isin(classes.get(part, [part])), "population"]
        ascending = np.concatenate([[0], np.sort(sizes).cumsum()])
        descending = np.concatenate([[0], np.sort(sizes)[::-1].cumsum()])
        row = _row(admitted, platform, part)
        ends = {
            count + more: (fewest + ascending[more], most + descending[more])
            for count, (fewest, most) in ends.items()
            for more in range(row["present_low"], row["present_high"] + 1)
        }
    return pd.DataFrame.from_dict(ends, orient="index", columns=["fewest", "most"])


def _class_design() -> pd.DataFrame:
    """Return a row a class and a column for each but the smallest."""
    return pd.DataFrame({MIDDLE: [0, 1, 0], LARGE: [0, 0, 1]})


def _two_columns(counts: pd.DataFrame) -> np.ndarray:
    """Return present and absent, a row a class."""
    return np.column_stack([counts["present"], counts["municipalities"] - counts["present"]])


def _row(admitted: pd.DataFrame, platform: str, group: str) -> dict:
    found = admitted[admitted["platform"].eq(platform) & admitted["size_class"].eq(group)]
    return found.to_dict("records")[0]
