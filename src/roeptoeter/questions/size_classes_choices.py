"""What hangs on the choices: shapes, units left out, every reasonable specification, and the tests that only explore."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import xlog1py, xlogy

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.count_models import fit_negative_binomial, quantile_residuals
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.glm import Fit
from roeptoeter.estimators.regression import (
    NaturalSpline,
    adjust_p_values,
    average_marginal_effect,
    fit_linear,
    fit_shares,
    likelihood_ratio_test,
)
from roeptoeter.questions.account_level import REPLY_DEFINITIONS, AccountLevel
from roeptoeter.questions.size_classes_accounts import (
    QUESTIONS,
    Samples,
    draw_samples,
    fit_slope,
    name_platform,
    to_percent_per_doubling,
)
from roeptoeter.questions.size_classes_parts import (
    COUNT_MODELS,
    NEGATIVE_BINOMIAL,
    REPLIES_AT_ALL,
    SHARE_WHERE_ANY,
    count_silent,
    fit_count_model,
    fit_interaction,
)

#: What may be chosen otherwise; the declared choice first.
SHARE_MODELS = ("logit", "linear probability, HC3")
UNITS = ("all", "without the two largest", "up to 50,000 inhabitants")
NO_CONTROL, PROVINCES, MESSAGES = "none", "provinces", "messages sent"

#: The choices that a specification makes, as columns of `vary_specification`.
CHOICES = ("model", "units", "control", "reply_definition")


def draw_definitions(
    level: AccountLevel, *, edition: str, platforms: Sequence[str], region: str
) -> dict[str, Samples]:
    """Draw the samples once under each definition of a reply.

    Parameters
    ----------
    level : AccountLevel
    edition, platforms, region
        As for `size_classes_accounts.draw_samples`.

    Returns
    -------
    dict
        `Samples` by definition; without those under which nothing can be answered.
    """
    drawn = {}
    for definition in REPLY_DEFINITIONS:
        try:
            drawn[definition] = draw_samples(
                level,
                edition=edition,
                platforms=platforms,
                region=region,
                reply_definition=definition,
            )
        except NotAnswerable:
            continue
    return drawn


def vary_specification(
    definitions: Mapping[str, Samples], declared: str, confidence: float
) -> pd.DataFrame:
    """Fit every combination of reasonable choices, and say what each makes of the effect of size.

    Parameters
    ----------
    definitions : mapping
        Samples by definition of a reply, as `draw_definitions` returns them; only interaction depends on it.
    declared : str
        The declared definition of a reply.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a specification: question, platform, model, units, control, reply_definition (empty where it does not
        matter), effect, low, high (points or % per doubling of the population), effect_unit, n, is_declared, and where
        there is no finite answer, failed_because.

    Notes
    -----
    Simonsohn, Simmons and Nelson (2020). Every model, restriction and control is combined with every other; none is
    chosen by what it gives.
    """
    rows = []
    for (question, platform), _ in definitions[declared]:
        for definition, samples in definitions.items():
            matters = question == "interaction"
            if (definition != declared and not matters) or (
                question,
                platform,
            ) not in samples.frames:
                continue
            kind = QUESTIONS[question].kind
            for part, units, control, columns in _restrict(
                samples.frames[question, platform], with_messages=matters
            ):
                for model in SHARE_MODELS if kind == "share" else COUNT_MODELS:
                    rows.append(
                        {
                            "question": question,
                            "platform": platform,
                            "model": model,
                            "units": units,
                            "control": control,
                            "reply_definition": definition if matters else "",
                            **_fit_specification(part, kind, model, columns, confidence),
                            "effect_unit": QUESTIONS[question].effect_unit,
                        }
                    )
    table = pd.DataFrame(rows).reindex(
        columns=[
            "question", "platform", *CHOICES, "effect", "low", "high", "effect_unit", "n", "failed_because",
        ]
    )  # fmt: skip
    first = [models[0] for models in (SHARE_MODELS, COUNT_MODELS)]
    table["is_declared"] = (
        table["model"].isin(first)
        & table["units"].eq(UNITS[0])
        & table["control"].eq(NO_CONTROL)
        & table["reply_definition"].isin(["", declared])
    )
    return table


def _restrict(
    frame: pd.DataFrame, *, with_messages: bool
) -> Iterator[tuple[pd.DataFrame, str, str, pd.DataFrame | None]]:
    """Go through the units to keep and the columns to hold equal, as far as the study has them."""
    kept = {
        UNITS[0]: np.ones(len(frame), dtype=bool),
        UNITS[1]: ~frame["is_largest"].to_numpy(),
        UNITS[2]: frame["population"].le(50_000).to_numpy(),
    }
    for units, rows in kept.items():
        part = frame[rows].reset_index(drop=True)
        yield part, units, NO_CONTROL, None
        if part["province"].notna().all() and part["province"].nunique() > 1:
            provinces = pd.get_dummies(part["province"], drop_first=True).astype(float)
            yield part, units, PROVINCES, provinces
        if with_messages:
            yield part, units, MESSAGES, np.log2(part[["messages"]].astype(float))


def _fit_specification(
    part: pd.DataFrame, kind: str, model: str, controls: pd.DataFrame | None, confidence: float
) -> dict:
    """Fit one combination, or say why it has no answer."""
    try:
        if kind == "count":
            fit = fit_count_model(part, model, controls)
            term = fit.coefficients(confidence).iloc[1]
            effect = {
                name: to_percent_per_doubling(term[end])
                for name, end in (("effect", "estimate"), ("low", "low"), ("high", "high"))
            }
        else:
            design = pd.concat([part[["doublings"]], controls], axis=1)
            if model == SHARE_MODELS[0]:
                fit = fit_shares(design, part["outcome"], np.ones(len(part)))
                found = average_marginal_effect(fit, design, "doublings", confidence)
                effect = {"effect": found.value, "low": found.low, "high": found.high}
            else:
                fit = fit_linear(design, part["outcome"])
                term = fit.coefficients(confidence).iloc[1]
                effect = {"effect": term["estimate"], "low": term["low"], "high": term["high"]}
            effect = {name: 100 * float(number) for name, number in effect.items()}
    except ValueError as reason:
        return {"n": len(part), "failed_because": str(reason)}
    return {**effect, "n": fit.n, "failed_because": ""}


def summarise_specifications(specifications: pd.DataFrame) -> pd.DataFrame:
    """Say of each question and platform how far its specifications agree, and which choice moves them most.

    Parameters
    ----------
    specifications : pandas.DataFrame
        As `vary_specification` returns them.

    Returns
    -------
    pandas.DataFrame
        A row a question and platform: question, platform, specifications, without_answer, same_sign (as the declared
        one), clear (same sign, and the interval excludes 0), declared, lowest, highest, effect_unit, choice_that_matters
        (the one whose levels differ most in their mean effect, the others averaged over) and moves_by (that difference).
    """
    rows = []
    for (question, platform), group in specifications.groupby(["question", "platform"], sort=False):
        answered = group[group["effect"].notna()]
        found = answered.loc[answered["is_declared"], "effect"]
        # a declared slope that only the penalty could fit has no row of its own
        declared = float(found.iloc[0]) if len(found) else float(answered["effect"].median())
        sign = 1 if declared >= 0 else -1
        ends = answered["low"] if sign > 0 else -answered["high"]
        spreads = {
            choice: float(np.ptp(answered.groupby(choice)["effect"].mean()))
            for choice in CHOICES
            if answered[choice].nunique() > 1
        }
        most = max(spreads, key=spreads.get) if spreads else ""
        rows.append(
            {
                "question": question,
                "platform": platform,
                "specifications": len(answered),
                "without_answer": len(group) - len(answered),
                "same_sign": int((sign * answered["effect"]).gt(0).sum()),
                "clear": int(ends.gt(0).sum()),
                "declared": declared,
                "lowest": float(answered["effect"].min()),
                "highest": float(answered["effect"].max()),
                "effect_unit": group["effect_unit"].iloc[0],
                "choice_that_matters": most.replace("_", " "),
                "moves_by": spreads.get(most, np.nan),
            }
        )
    return pd.DataFrame(rows)


def count_agreement(specifications: pd.DataFrame, summary: pd.DataFrame) -> Estimate:
    """Count the specifications that have the sign of the declared one.

    Parameters
    ----------
    specifications, summary : pandas.DataFrame
        As `vary_specification` and `summarise_specifications` return them.

    Returns
    -------
    Estimate
        In % of those with an answer; the interval kind "sensitivity" spans the questions and platforms.
    """
    answered = int(specifications["effect"].notna().sum())
    shares = 100 * summary["same_sign"] / summary["specifications"]
    return Estimate(
        100 * float(summary["same_sign"].sum()) / answered,
        float(shares.min()),
        float(shares.max()),
        "sensitivity",
        "share of specifications whose effect of size has the sign of the declared one",
        "%",
        answered,
    )


def name_curves(specifications: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Name each question and platform as the figure of the specifications does.

    Parameters
    ----------
    specifications : pandas.DataFrame
        As `vary_specification` returns them.

    Returns
    -------
    dict
        "Presence, Facebook" and so on, by question and platform, in their order.
    """
    keys = dict.fromkeys(zip(specifications["question"], specifications["platform"], strict=True))
    return {key: f"{key[0].capitalize()}, {name_platform(key[1])}" for key in keys}


def phrase_agreement(summary: pd.DataFrame) -> str:
    """Say how many specifications agree with the declared ones on the sign, for a title.

    Parameters
    ----------
    summary : pandas.DataFrame
        As `summarise_specifications` returns it.

    Returns
    -------
    str
    """
    agree, all_ = int(summary["same_sign"].sum()), int(summary["specifications"].sum())
    if agree == all_:
        return f"All {all_:,} ways to ask give size the same sign"
    return f"{agree:,} of {all_:,} ways to ask give size the same sign"


def leave_out(samples: Samples, slopes: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Fit each declared slope without the two largest organisations, and without one province at a time.

    Parameters
    ----------
    samples : Samples
    slopes : pandas.DataFrame
        As `size_classes_accounts.fit_slopes` returns them.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a question and platform: question, platform, effect (of all), without_two_largest, without_two_low,
        without_two_high (with its interval), provinces, province_lowest, province_highest (over the provinces left out
        one at a time; missing where provinces are not known), same_sign (in all of these), effect_unit.
    """
    rows = []
    for (question, platform), frame in samples:
        whole = slopes[slopes["question"].eq(question) & slopes["platform"].eq(platform)].iloc[0]
        without = _fit_part(frame[~frame["is_largest"]], question, confidence)
        provinces = sorted(frame["province"].dropna().unique())
        effects = [
            _fit_part(frame[frame["province"].ne(name)], question, confidence)["effect"]
            for name in provinces
            if len(provinces) > 1
        ]
        known = [number for number in [*effects, without["effect"]] if not np.isnan(number)]
        rows.append(
            {
                "question": question,
                "platform": platform,
                "effect": whole["effect"],
                "without_two_largest": without["effect"],
                "without_two_low": without["effect_low"],
                "without_two_high": without["effect_high"],
                "provinces": len(provinces),
                "province_lowest": np.nanmin(effects) if effects else np.nan,
                "province_highest": np.nanmax(effects) if effects else np.nan,
                "same_sign": all(np.sign(number) == np.sign(whole["effect"]) for number in known),
                "effect_unit": whole["effect_unit"],
            }
        )
    return pd.DataFrame(rows)


def _fit_part(frame: pd.DataFrame, question: str, confidence: float) -> dict:
    try:
        return fit_slope(frame.reset_index(drop=True), question, confidence)
    except ValueError:
        return {"effect": np.nan, "effect_low": np.nan, "effect_high": np.nan}


def compare_platforms(samples: Samples, question: str = "presence") -> Fit:
    """Ask whether size matters more on the first platform than on the second, organisations followed through both.

    Parameters
    ----------
    samples : Samples
    question : {"presence"}

    Returns
    -------
    Fit
        A logit of all organisations on both platforms with the terms doublings, platform and doublings:platform (log-odds
        per doubling, second platform less first); covariance clustered by organisation.

    Raises
    ------
    NotAnswerable
        If the question cannot be answered on two platforms.
    """
    platforms = samples.require(question)
    if len(platforms) < 2:
        raise NotAnswerable(f"{question} can be answered on {name_platform(platforms[0])} only")
    frames = [
        samples.frames[question, platform].assign(platform=float(place))
        for place, platform in enumerate(platforms[:2])
    ]
    both = pd.concat(frames, ignore_index=True)
    design = both[["doublings", "platform"]].copy()
    design["doublings:platform"] = design["doublings"] * design["platform"]
    return fit_shares(
        design,
        both["outcome"],
        np.ones(len(both)),
        covariance="cluster",
        clusters=both["organisation"],
    )


def explore(samples: Samples, shapes: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Gather the tests that were not declared, adjusted for their number (Benjamini and Hochberg).

    Parameters
    ----------
    samples : Samples
    shapes : pandas.DataFrame
        As `compare_shapes` returns them.
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a test: test (what would be rejected, in words), platform, p, p_adjusted; ascending by p.
    """
    rows = [
        (f"{row.question}: straight in the logarithm of the population", row.platform, row.spline_p)
        for row in shapes.itertuples()
    ]
    for (question, platform), frame in samples:
        if question == "reach":
            # a test that cannot be made is none of those that are adjusted for
            with contextlib.suppress(ValueError):
                fit = fit_count_model(frame, NEGATIVE_BINOMIAL, proportional=True)
                p = fit.coefficients().loc[1, "p"]
                rows.append(("reach: followers proportional to the population", platform, p))
    if any(question == "interaction" for question, _ in samples.frames):
        parts = fit_interaction(samples, confidence)
        rows += [
            (f"interaction: no slope of the {row.part}", row.platform, row.p)
            for row in parts[parts["part"].ne(REPLIES_AT_ALL)].itertuples()
            if row.part == SHARE_WHERE_ANY
        ]
    if any(question == "activity" for question, _ in samples.frames):
        rows += [
            ("activity: as many silent accounts at every size", row.platform, row.p)
            for row in count_silent(samples, confidence).itertuples()
        ]
    try:
        p = (
            compare_platforms(samples)
            .coefficients()
            .set_index("term")
            .loc["doublings:platform", "p"]
        )
        rows.append(("presence: the same slope on both platforms", "", p))
    except (NotAnswerable, ValueError):
        pass
    tests = pd.DataFrame(rows, columns=["test", "platform", "p"]).dropna(subset="p")
    tests["platform"] = tests["platform"].map(lambda name: name_platform(name) if name else "both")
    tests["p_adjusted"] = adjust_p_values(tests["p"], "benjamini-hochberg")
    return tests.sort_values("p", kind="stable", ignore_index=True)


def check_residuals(samples: Samples, seed: int) -> pd.DataFrame:
    """Say whether the declared models of counts describe the counts, by randomised quantile residuals.

    Parameters
    ----------
    samples : Samples
    seed : int

    Returns
    -------
    pandas.DataFrame
        A row a question and platform of counts: question, platform, standard_deviation (1 if the model holds),
        beyond_percent (residuals beyond the central 95 % of a standard normal: 5 if it holds), lowest, highest, n.
    """
    rows = []
    for (question, platform), frame in samples:
        if QUESTIONS[question].kind == "count":
            fit = fit_count_model(frame, NEGATIVE_BINOMIAL)
            residuals = quantile_residuals(frame["outcome"], fit.fitted, fit.dispersion, seed)
            rows.append(
                {
                    "question": question,
                    "platform": platform,
                    "standard_deviation": residuals.std(ddof=1),
                    "beyond_percent": 100 * np.mean(np.abs(residuals) > 1.959964),
                    "lowest": residuals.min(),
                    "highest": residuals.max(),
                    "n": len(residuals),
                }
            )
    columns = [
        "question",
        "platform",
        "standard_deviation",
        "beyond_percent",
        "lowest",
        "highest",
        "n",
    ]
    return pd.DataFrame(rows, columns=columns)


def compare_shapes(samples: Samples) -> pd.DataFrame:
    """Compare a line in the logarithm of the population with a natural spline and with the size classes.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    pandas.DataFrame
        A row a question and platform: question, platform, line_aic, spline_aic, classes_aic (each less the smallest of
        the three), spline_p (likelihood-ratio test, spline against line). Missing where a shape has no finite answer.

    Notes
    -----
    Classes of a share need no fit: their likelihood is that of the observed shares, also where one is complete.
    """
    rows = []
    for (question, platform), frame in samples:
        is_share = QUESTIONS[question].kind == "share"
        line = _fit_shape(frame, frame[["doublings"]], is_share)
        bent = None
        try:
            spline = NaturalSpline.at_quantiles(frame["doublings"])
            bent = _fit_shape(frame, spline.columns(frame["doublings"]), is_share)
        except ValueError:
            bent = None
        test = None if line is None or bent is None else likelihood_ratio_test(line, bent)
        rows.append(
            {
                "question": question,
                "platform": platform,
                "line_aic": np.nan if line is None else line.aic,
                "spline_aic": np.nan if bent is None else bent.aic,
                "classes_aic": _class_aic(frame, is_share),
                "spline_p": np.nan if test is None else test.p,
            }
        )
    table = pd.DataFrame(rows)
    shapes = ["line_aic", "spline_aic", "classes_aic"]
    table[shapes] = table[shapes].sub(table[shapes].min(axis=1), axis=0)
    return table


def _fit_shape(frame: pd.DataFrame, design: pd.DataFrame, is_share: bool) -> Fit | None:
    try:
        if is_share:
            return fit_shares(design, frame["outcome"], np.ones(len(frame)))
        return fit_negative_binomial(design, frame["outcome"], covariance="model")
    except ValueError:
        return None


def _class_aic(frame: pd.DataFrame, is_share: bool) -> float:
    if not is_share:
        classes = pd.get_dummies(frame["size_class"], drop_first=True).astype(float)
        fit = _fit_shape(frame, classes, is_share)
        return np.nan if fit is None else fit.aic
    counts = frame.groupby("size_class")["outcome"].agg(["size", "sum"])
    share = counts["sum"] / counts["size"]
    likelihood = xlogy(counts["sum"], share) + xlog1py(counts["size"] - counts["sum"], -share)
    return float(2 * len(counts) - 2 * likelihood.sum())
