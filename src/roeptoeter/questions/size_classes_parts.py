"""Each of the four questions on size in its parts: classes and curves, two parts of interaction, counts by three models.

Of the slopes here only those that `size_classes_accounts` declares are confirmatory; the rest explores.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.count_models import (
    fit_beta_binomial,
    fit_negative_binomial,
    fit_poisson,
    fit_two_parts,
)
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.glm import Fit
from roeptoeter.estimators.logistic import (
    SeparationError,
    find_infinite_terms,
    fit_firth,
    fit_maximum_likelihood,
)
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.regression import (
    NaturalSpline,
    average_marginal_effect,
    fit_linear,
    fit_shares,
)
from roeptoeter.questions.size_classes import GROUP_NAMES
from roeptoeter.questions.size_classes_accounts import (
    ELASTICITY,
    FEWEST_EVENTS,
    LOG_ODDS,
    QUESTIONS,
    REFERENCE_POPULATION,
    Samples,
    fit_slope,
    name_platform,
    write_ledger,
)
from roeptoeter.registers import SIZE_CLASSES

_MARK_COLUMNS = [
    "platform", "mark", "population", "share_percent", "low_percent", "high_percent", "organisations",
]  # fmt: skip

#: The two parts of interaction, and the two one-part models that mix them.
REPLIES_AT_ALL = "replies at all"
SHARE_WHERE_ANY = "share of replies, accounts that reply at all"
SHARE_BY_ACCOUNT = "share of replies, all accounts, each once"
SHARE_BY_MESSAGE = "share of replies, all messages, each once"

#: Regressions of a count, the declared one first.
NEGATIVE_BINOMIAL = "negative binomial, HC1"
LOGARITHM = "least squares of the logarithm, HC3"
POISSON = "Poisson, HC3"
COUNT_MODELS = (NEGATIVE_BINOMIAL, LOGARITHM, POISSON)


# ---- presence -----------------------------------------------------------------------------------------------------


def compare_classes(samples: Samples, question: str, confidence: float) -> pd.DataFrame:
    """Compare the size classes on a share, by Firth's penalty where a class has all or none.

    Parameters
    ----------
    samples : Samples
    question : {"presence", "interaction"}
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a platform and class, small to large: platform, size_class (in words), organisations, with_property,
        share_percent, share_low_percent, share_high_percent (Wilson), odds_ratio, odds_ratio_low, odds_ratio_high
        (against the smallest class that has organisations, NaN for itself), p, method.
    """
    rows = []
    for platform in samples.require(question):
        frame = samples.frames[question, platform]
        counts = frame.groupby("size_class")["outcome"].agg(["size", "sum"]).astype(int)
        counts = counts.reindex([name for name in SIZE_CLASSES if name in counts.index])
        ratios, method = _fit_classes(counts, confidence)
        for name, count in counts.iterrows():
            share = wilson_interval(int(count["sum"]), int(count["size"]), confidence)
            rows.append(
                {
                    "platform": name_platform(platform),
                    "size_class": GROUP_NAMES[name],
                    "organisations": int(count["size"]),
                    "with_property": int(count["sum"]),
                    "share_percent": 100 * share.value,
                    "share_low_percent": 100 * share.low,
                    "share_high_percent": 100 * share.high,
                    **ratios.get(name, {}),
                    "method": method if name in ratios else "reference",
                }
            )
    columns = ["odds_ratio", "odds_ratio_low", "odds_ratio_high", "p"]
    table = pd.DataFrame(rows).reindex(
        columns=[
            "platform", "size_class", "organisations", "with_property", "share_percent",
            "share_low_percent", "share_high_percent", *columns, "method",
        ]
    )  # fmt: skip
    table[columns] = table[columns].astype(float)
    return table


def _fit_classes(counts: pd.DataFrame, confidence: float) -> tuple[dict, str]:
    others = list(counts.index[1:])
    if not others or counts["sum"].sum() in (0, counts["size"].sum()):
        return {}, "reference"
    design = pd.DataFrame(np.eye(len(counts))[:, 1:], columns=others)
    arguments = design, counts["sum"].to_numpy(), counts["size"].to_numpy()
    penalised = bool(find_infinite_terms(*arguments))
    fit = (fit_firth if penalised else fit_maximum_likelihood)(*arguments, confidence)
    terms = fit.set_index("term")[["estimate", "low", "high", "p"]].astype(float)
    ratios = {
        name: {
            "odds_ratio": np.exp(terms.loc[name, "estimate"]),
            "odds_ratio_low": np.exp(terms.loc[name, "low"]),
            "odds_ratio_high": np.exp(terms.loc[name, "high"]),
            "p": terms.loc[name, "p"],
        }
        for name in others
    }
    return ratios, "Firth’s penalty" if penalised else "maximum likelihood"


def classes_to_coefficients(classes: pd.DataFrame, question: str) -> pd.DataFrame:
    """Write the comparison of the size classes as rows of the ledger of coefficients, in log-odds.

    Parameters
    ----------
    classes : pandas.DataFrame
        As `compare_classes` returns it.
    question : {"presence", "interaction"}

    Returns
    -------
    pandas.DataFrame
        With the columns that `Report.record_coefficients` takes.
    """
    rows = classes[classes["odds_ratio"].notna()]
    logs = np.log(rows[["odds_ratio", "odds_ratio_low", "odds_ratio_high"]])
    return write_ledger(
        pd.DataFrame(
            {
                **dict(zip(("estimate", "low", "high"), logs.to_numpy().T, strict=True)),
                "unit": "log-odds",
                "p": rows["p"].to_numpy(),
                "n": rows["platform"]
                .map(classes.groupby("platform")["organisations"].sum())
                .to_numpy(),
            }
        ),
        model=[
            f"accounts: {question} on {platform}, classes, {method}"
            for platform, method in zip(rows["platform"], rows["method"], strict=True)
        ],
        term=rows["size_class"].tolist(),
        plain_name=[f"{name} inhabitants" for name in rows["size_class"]],
        reference_category=f"{classes['size_class'].iloc[0]} inhabitants",
    )


def trace_shares(samples: Samples, question: str, confidence: float) -> pd.DataFrame:
    """Compute what a figure of a share against population draws: two curves, and the observed shares in bins.

    Parameters
    ----------
    samples : Samples
    question : {"presence", "interaction"}
    confidence : float

    Returns
    -------
    pandas.DataFrame
        platform, mark, population, share_percent, low_percent, high_percent, organisations. Marks: "logit" (on the
        logarithm of the population, with its band; none where it was penalised), "spline" (left out where it has no
        finite answer) and "observed" (ten bins of equally many organisations, at their geometric mean population).
    """
    marks = []
    for platform in samples.require(question):
        frame = samples.frames[question, platform]
        rank = pd.qcut(frame["doublings"].rank(method="first"), 10, labels=False)
        grouped = frame.groupby(rank)
        observed = pd.DataFrame(
            {
                "mark": "observed",
                "population": REFERENCE_POPULATION * 2 ** grouped["doublings"].mean(),
                "share_percent": 100 * grouped["outcome"].mean(),
                "organisations": grouped.size(),
            }
        )
        curves = _predict_curves(frame, confidence)
        marks.append(pd.concat([curves, observed], ignore_index=True).assign(platform=platform))
    return pd.concat(marks, ignore_index=True).reindex(columns=_MARK_COLUMNS)


def _predict_curves(frame: pd.DataFrame, confidence: float) -> pd.DataFrame:
    ones = np.ones(len(frame))
    grid = pd.DataFrame(
        {"doublings": np.linspace(frame["doublings"].min(), frame["doublings"].max(), 81)}
    )
    try:
        fit = fit_shares(frame[["doublings"]], frame["outcome"], ones)
        curves = [_trace_fit(fit, grid, confidence).assign(mark="logit")]
    except SeparationError:
        terms = fit_firth(frame[["doublings"]], frame["outcome"].astype(int), ones.astype(int))
        intercept, slope = terms["estimate"]
        line = 100 * expit(intercept + slope * grid["doublings"])
        curves = [_place(grid).assign(mark="logit", share_percent=line)]
    try:
        spline = NaturalSpline.at_quantiles(frame["doublings"])
        bent = fit_shares(spline.columns(frame["doublings"]), frame["outcome"], ones)
    except ValueError:
        return curves[0]
    curve = 100 * expit(bent.predict(spline.columns(grid["doublings"])))
    return pd.concat([*curves, _place(grid).assign(mark="spline", share_percent=curve)])


def _place(grid: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"population": REFERENCE_POPULATION * 2 ** grid["doublings"]})


def _trace_fit(fit: Fit, grid: pd.DataFrame, confidence: float) -> pd.DataFrame:
    low, high = fit.predict_limits(grid, confidence)
    return _place(grid).assign(
        share_percent=100 * expit(fit.predict(grid)),
        low_percent=100 * expit(low),
        high_percent=100 * expit(high),
    )


# ---- interaction --------------------------------------------------------------------------------------------------


def fit_interaction(samples: Samples, confidence: float) -> pd.DataFrame:
    """Split interaction into whether an account replies at all, and how much where it does; and do not split it.

    Parameters
    ----------
    samples : Samples
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a platform and part: platform, part (`REPLIES_AT_ALL`, `SHARE_WHERE_ANY`, and the two one-part models
        `SHARE_BY_ACCOUNT`, `SHARE_BY_MESSAGE`), covariance, slope, low, high (log-odds per doubling of the population),
        effect, effect_low, effect_high (percentage points per doubling, average), p, n, mean_percent. A part without a
        finite or possible answer is missing.
    """
    rows = []
    for platform in samples.require("interaction"):
        frame = samples.frames["interaction", platform]
        some = frame[frame["replies"].gt(0)]
        ones = pd.Series(1.0, index=frame.index)
        parts = {
            REPLIES_AT_ALL: (frame, frame["outcome"], ones, {}),
            SHARE_WHERE_ANY: (some, some["replies"], some["messages"], {"weigh": "rows", "covariance": "HC1"}),
            SHARE_BY_ACCOUNT: (frame, frame["replies"], frame["messages"], {"weigh": "rows", "covariance": "HC1"}),
            SHARE_BY_MESSAGE: (frame, frame["replies"], frame["messages"], {"covariance": "HC1"}),
        }  # fmt: skip
        for part, (units, successes, trials, how) in parts.items():
            design = units[["doublings"]].reset_index(drop=True)
            try:
                fit = fit_shares(design, successes, trials, **how)
            except ValueError:
                continue
            effect = average_marginal_effect(fit, design, "doublings", confidence).scaled(100, "")
            term = fit.coefficients(confidence).iloc[1]
            weights = trials if part == SHARE_BY_MESSAGE else np.ones(len(units))
            rows.append(
                {
                    "platform": platform,
                    "part": part,
                    "covariance": fit.covariance_kind,
                    "slope": term["estimate"],
                    "low": term["low"],
                    "high": term["high"],
                    "effect": effect.value,
                    "effect_low": effect.low,
                    "effect_high": effect.high,
                    "p": term["p"],
                    "n": len(units),
                    "mean_percent": 100 * np.average(successes / trials, weights=weights),
                }
            )
    return pd.DataFrame(rows)


def parts_to_coefficients(parts: pd.DataFrame) -> pd.DataFrame:
    """Write the parts of interaction as rows of the ledger of coefficients; the declared one is there already.

    Parameters
    ----------
    parts : pandas.DataFrame
        As `fit_interaction` returns them.

    Returns
    -------
    pandas.DataFrame
        With the columns that `Report.record_coefficients` takes.
    """
    rows = parts[parts["part"].ne(REPLIES_AT_ALL)].rename(columns={"slope": "estimate"})
    return write_ledger(
        rows.assign(unit=LOG_ODDS),
        model=[
            f"accounts: interaction on {name_platform(row.platform)}, {row.part}, {row.covariance}"
            for row in rows.itertuples()
        ],
        plain_name=[f"{part}, by population" for part in rows["part"]],
    )


def estimate_part(parts: pd.DataFrame, platform: str, part: str, confidence: float) -> Estimate:
    """Take the effect of size on one part of the interaction, in points per doubling of the population.

    Parameters
    ----------
    parts : pandas.DataFrame
        As `fit_interaction` returns them.
    platform, part : str
    confidence : float

    Returns
    -------
    Estimate

    Raises
    ------
    NotAnswerable
        If that part could not be fitted.
    """
    rows = parts[parts["platform"].eq(platform) & parts["part"].eq(part)]
    if rows.empty:
        raise NotAnswerable(
            f"interaction on {name_platform(platform)}: “{part}” has no finite slope on the population"
        )
    row = rows.iloc[0]
    return Estimate(
        row["effect"],
        row["effect_low"],
        row["effect_high"],
        "superpopulation",
        f"average change per doubling of the population, {part}, {name_platform(platform)}",
        "percentage points per doubling of the population",
        int(row["n"]),
        confidence,
    )


def phrase_parts(parts: pd.DataFrame, platform: str) -> str:
    """Say what size does to both parts, as the title of a figure.

    Parameters
    ----------
    parts : pandas.DataFrame
        As `fit_interaction` returns them.
    platform : str

    Returns
    -------
    str
    """
    rows = parts[parts["platform"].eq(platform)].set_index("part")
    words = {
        REPLIES_AT_ALL: ("more often reply at all", "less often reply at all", "do not clearly more often reply at all"),
        SHARE_WHERE_ANY: ("those that reply, reply more", "those that reply, reply less", "those that reply, reply no more"),
    }  # fmt: skip
    chosen = {}
    for part, (rises, falls, neither) in words.items():
        chosen[part] = neither
        if part in rows.index and rows.loc[part, "low"] > 0:
            chosen[part] = rises
        elif part in rows.index and rows.loc[part, "high"] < 0:
            chosen[part] = falls
    return f"Larger municipalities {chosen[REPLIES_AT_ALL]};\n{chosen[SHARE_WHERE_ANY]}"


def pick_platform(samples: Samples) -> str:
    """Return the platform on which most accounts reply at all: on them the second part rests.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    str
    """
    return max(
        samples.require("interaction"),
        key=lambda platform: samples.frames["interaction", platform]["outcome"].sum(),
    )


def measure_dispersion(samples: Samples, platform: str) -> dict[str, float]:
    """Say how much more the reply shares of accounts differ than messages drawn one by one would.

    Parameters
    ----------
    samples : Samples
    platform : str

    Returns
    -------
    dict
        dispersion: Pearson's chi-square over its degrees of freedom (1 if messages were independent); rho: the
        correlation of two messages of one account (beta-binomial, population in the mean; 0 where the dispersion is
        not above 1); prior_messages: how many messages the other accounts weigh in an empirical Bayes estimate of one.

    Raises
    ------
    NotAnswerable
        If the shares, or how they scatter, cannot be fitted.
    """
    frame = samples.frames["interaction", platform]
    arguments = frame[["doublings"]], frame["replies"], frame["messages"]
    try:
        dispersion = fit_shares(*arguments, covariance="dispersion").dispersion
        if dispersion <= 1:
            return {"dispersion": dispersion, "rho": 0.0, "prior_messages": np.inf}
        rho = fit_beta_binomial(*arguments).dispersion
    except ValueError as error:
        raise NotAnswerable(
            f"how far the reply shares of accounts on {name_platform(platform)} scatter cannot be told ({error}); add "
            "the exports of more accounts"
        ) from None
    return {"dispersion": dispersion, "rho": rho, "prior_messages": (1 - rho) / rho}


def phrase_dispersion(scatter: Mapping[str, float], platform: str) -> str:
    """Say how far reply shares scatter, and what that does to errors that forget it.

    Parameters
    ----------
    scatter : mapping
        As `measure_dispersion` returns it.
    platform : str

    Returns
    -------
    str

    Examples
    --------
    >>> phrase_dispersion({"dispersion": 0.81, "rho": 0.0}, "twitter")
    'On Twitter the reply shares of accounts scatter 0.8 times as much as messages drawn one by one would: errors that take every message as drawn by itself are no shorter here.'
    """
    start = (
        f"On {name_platform(platform)} the reply shares of accounts scatter {scatter['dispersion']:.1f} times as much "
        "as messages drawn one by one would"
    )
    factor = round(scatter["dispersion"] ** 0.5, 1)
    if factor <= 1:
        return f"{start}: errors that take every message as drawn by itself are no shorter here."
    return (
        f"{start}; two messages of one account correlate by {scatter['rho']:.2f}. Errors that forget this would be "
        f"{factor:.1f} times too short."
    )


def trace_parts(samples: Samples, platform: str, confidence: float) -> pd.DataFrame:
    """Compute what the figure of both parts of interaction draws.

    Parameters
    ----------
    samples : Samples
    platform : str
    confidence : float

    Returns
    -------
    pandas.DataFrame
        part (`REPLIES_AT_ALL`, `SHARE_WHERE_ANY`) and the columns of `trace_shares`, with messages. Marks of the second
        part: "account" (its share of replies) and "fractional logit" (left out where it has no answer).
    """
    marks = trace_shares(samples, "interaction", confidence)
    marks = marks[marks["platform"].eq(platform)].assign(part=REPLIES_AT_ALL)
    frame = samples.frames["interaction", platform]
    some = frame[frame["replies"].gt(0)].reset_index(drop=True)
    accounts = pd.DataFrame(
        {
            "mark": "account",
            "population": some["population"],
            "share_percent": 100 * some["replies"] / some["messages"],
            "messages": some["messages"],
        }
    )
    second = [accounts]
    grid = pd.DataFrame({"doublings": np.linspace(*some["doublings"].agg(["min", "max"]), 81)})
    try:
        fit = fit_two_parts(frame[["doublings"]], frame["replies"], frame["messages"]).share
        second.append(_trace_fit(fit, grid, confidence).assign(mark="fractional logit"))
    except ValueError:
        pass
    share = pd.concat(second, ignore_index=True).assign(platform=platform, part=SHARE_WHERE_ANY)
    together = pd.concat([marks, share], ignore_index=True)
    return together.reindex(columns=["part", *_MARK_COLUMNS, "messages"])


# ---- reach and activity -------------------------------------------------------------------------------------------


def compare_count_models(samples: Samples, question: str, confidence: float) -> pd.DataFrame:
    """Compare the elasticities that different regressions of a count give, with and without the two largest.

    Parameters
    ----------
    samples : Samples
    question : {"reach", "activity"}
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a platform and model: platform, model, units ("all" or "without the two largest"), elasticity, low, high, p,
        p_against_one (that the count is proportional to the population; what the same model with the population as
        an offset gives), alpha (of
        the negative binomial), n. The first of each platform is the declared one. Of a regression without an answer the
        numbers are missing, and n is that of all units.

    Notes
    -----
    Least squares of the logarithm leaves zeros out. Poisson's is the elasticity of the total: the largest decide.
    """
    rows = []
    for platform in samples.require(question):
        frame = samples.frames[question, platform]
        for units, part in (
            ("all", frame),
            ("without the two largest", frame[~frame["is_largest"]]),
        ):
            for model in COUNT_MODELS:
                names = {"platform": platform, "model": model, "units": units}
                try:
                    # a fit that fails overflows on its way
                    with np.errstate(over="ignore", invalid="ignore"):
                        fit = fit_count_model(part, model)
                except ValueError:
                    # the declared one was tried before the question was asked; that another fails is a finding too
                    rows.append({**names, "n": len(part)})
                    continue
                term = fit.coefficients(confidence).iloc[1]
                against_one = (term["estimate"] - 1) / term["standard_error"]
                rows.append(
                    {
                        **names,
                        "elasticity": term["estimate"],
                        "low": term["low"],
                        "high": term["high"],
                        "p": term["p"],
                        "p_against_one": 2 * stats.t.sf(abs(against_one), fit.degrees_of_freedom),
                        "alpha": fit.dispersion if model == NEGATIVE_BINOMIAL else np.nan,
                        "n": fit.n,
                    }
                )
    return pd.DataFrame(rows)


def fit_count_model(
    frame: pd.DataFrame,
    model: str,
    controls: pd.DataFrame | None = None,
    *,
    proportional: bool = False,
) -> Fit:
    """Fit one of `COUNT_MODELS` to an outcome.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame of `Samples`.
    model : str
    controls : pandas.DataFrame, optional
        Further columns of the design, rows as in `frame`.
    proportional : bool
        Whether the population is an offset as well (taken off the logarithm), so that a coefficient of 0 means a
        count proportional to it.

    Returns
    -------
    Fit
        Its second coefficient is the elasticity; less one if `proportional`.
    """
    design = frame[["log_population"]]
    if controls is not None:
        design = pd.concat([design, controls], axis=1)
    taken_off = frame["log_population"] * proportional
    if model == LOGARITHM:
        kept = frame["outcome"].gt(0)
        return fit_linear(design[kept], np.log(frame.loc[kept, "outcome"]) - taken_off[kept])
    if model == NEGATIVE_BINOMIAL:
        return fit_negative_binomial(design, frame["outcome"], offset=taken_off, covariance="HC1")
    return fit_poisson(design, frame["outcome"], offset=taken_off, covariance="HC3")


def count_models_to_coefficients(models: pd.DataFrame, question: str) -> pd.DataFrame:
    """Write the elasticities as rows of the ledger of coefficients; the declared ones are there already.

    Parameters
    ----------
    models : pandas.DataFrame
        As `compare_count_models` returns them.
    question : {"reach", "activity"}

    Returns
    -------
    pandas.DataFrame
        With the columns that `Report.record_coefficients` takes.
    """
    declared = models["model"].eq(NEGATIVE_BINOMIAL) & models["units"].eq("all")
    known = models["elasticity"].notna()
    rows = models[~declared & known].rename(columns={"elasticity": "estimate"})
    return write_ledger(
        rows.assign(unit=ELASTICITY),
        model=[
            f"accounts: {question} on {name_platform(row.platform)}, {row.model}, {row.units}"
            for row in rows.itertuples()
        ],
        plain_name=f"{QUESTIONS[question].outcome}, by population",
    )


def estimate_elasticity(models: pd.DataFrame, platform: str, confidence: float) -> Estimate:
    """Take the declared elasticity of a count.

    Parameters
    ----------
    models : pandas.DataFrame
        As `compare_count_models` returns them.
    platform : str
    confidence : float

    Returns
    -------
    Estimate
    """
    row = models[models["platform"].eq(platform)].iloc[0]
    return Estimate(
        row["elasticity"],
        row["low"],
        row["high"],
        "superpopulation",
        f"elasticity on the population, {name_platform(platform)}, {row['model']}",
        ELASTICITY,
        int(row["n"]),
        confidence,
    )


def measure_reach(samples: Samples) -> pd.DataFrame:
    """Put followers over inhabitants in each way that is called reach.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    pandas.DataFrame
        A row a platform: platform, accounts (with a known number of followers), mean_followers,
        of_all_inhabitants_percent (sum over the inhabitants of all organisations), of_their_inhabitants_percent (over
        those of the accounts' organisations), mean_of_ratios_percent (of the organisations' own ratios),
        printed_way_percent (mean per account over mean population of all organisations, as the study of 2016 printed
        it).
    """
    rows = []
    for platform in samples.require("reach"):
        frame = samples.frames["reach", platform]
        everybody = samples.populations[platform].astype(float)
        followers, population = frame["outcome"], frame["population"].astype(float)
        rows.append(
            {
                "platform": platform,
                "accounts": len(frame),
                "mean_followers": followers.mean(),
                "of_all_inhabitants_percent": 100 * followers.sum() / everybody.sum(),
                "of_their_inhabitants_percent": 100 * followers.sum() / population.sum(),
                "mean_of_ratios_percent": 100 * (followers / population).mean(),
                "printed_way_percent": 100 * followers.mean() / everybody.mean(),
            }
        )
    return pd.DataFrame(rows)


def trace_reach(samples: Samples) -> pd.DataFrame:
    """Compute what the figure of followers against population draws.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    pandas.DataFrame
        platform, mark, population, followers. Marks: "account" (those with any), "expected" (by the declared model) and
        "proportional" (a constant share of the inhabitants, the same as expected at 20,000).
    """
    marks = []
    for platform in samples.require("reach"):
        frame = samples.frames["reach", platform]
        shown = frame[frame["outcome"].gt(0)]
        dots = pd.DataFrame({"population": shown["population"], "followers": shown["outcome"]})
        places = np.linspace(frame["log_population"].min(), frame["log_population"].max(), 41)
        fit = fit_count_model(frame, NEGATIVE_BINOMIAL)
        expected = fit.predict(pd.DataFrame({"log_population": places}))
        line = pd.DataFrame({"population": REFERENCE_POPULATION * np.exp(places)})
        marks += [
            dots.assign(mark="account", platform=platform),
            line.assign(mark="expected", platform=platform, followers=np.exp(expected)),
            line.assign(
                mark="proportional",
                platform=platform,
                followers=np.exp(fit.estimates[0] + places),
            ),
        ]
    return pd.concat(marks, ignore_index=True)[["platform", "mark", "population", "followers"]]


def count_silent(samples: Samples, confidence: float) -> pd.DataFrame:
    """Count the accounts that sent nothing, and ask whether they are the small ones.

    Parameters
    ----------
    samples : Samples
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a platform: platform, accounts, silent, silent_percent, median_messages, and per doubling of the
        population effect, effect_low, effect_high (percentage points of being silent) and p; these missing where
        fewer than five are silent, or fewer than five are not.
    """
    rows = []
    for platform in samples.require("activity"):
        frame = samples.frames["activity", platform]
        silent = frame["outcome"].eq(0)
        row = {
            "platform": platform,
            "accounts": len(frame),
            "silent": int(silent.sum()),
            "silent_percent": 100 * silent.mean(),
            "median_messages": frame["outcome"].median(),
        }
        if FEWEST_EVENTS <= silent.sum() <= len(frame) - FEWEST_EVENTS:
            slope = fit_slope(frame.assign(outcome=silent.astype(float)), "presence", confidence)
            row |= {name: slope[name] for name in ("effect", "effect_low", "effect_high", "p")}
        rows.append(row)
    columns = ["platform", "accounts", "silent", "silent_percent", "median_messages"]
    return pd.DataFrame(rows).reindex(
        columns=[*columns, "effect", "effect_low", "effect_high", "p"]
    )
