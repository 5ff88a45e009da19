"""How far Flanders is behind the Netherlands, asked of the organisations and accounts themselves.

What the published figures could only bound is counted here: how many organisations of each size have
an account in either country. Gaps are Dutch minus Flemish; both countries are resampled apart.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.change import effective_number
from roeptoeter.estimators.counterfactual import (
    Group,
    bootstrap_by_class,
    bootstrap_by_logit,
    decompose_by_class,
    decompose_by_line,
    decompose_by_logit,
    estimate_from_draws,
    find_coefficient_limits,
    find_p_value,
    predict_curve,
)
from roeptoeter.estimators.decomposition import standardise
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.questions.account_level import PLATFORM_NAMES, AccountLevel, tabulate_organisations
from roeptoeter.questions.year_on_year_accounts import FEWEST_EFFECTIVE_ACCOUNTS, say_zero
from roeptoeter.registers import SIZE_CLASSES

#: With fewer organisations of a country no curve is fitted: a bootstrap sample could hold a single one.
FEWEST_ORGANISATIONS = 10

#: The year whose gap the published figures count.
PUBLISHED_YEAR = 2016

#: Fewer organisations than this make no group of a figure.
_FEWEST_IN_GROUP = 5

#: The names a reader sees.
COUNTRY_NAMES = {"NL": "Netherlands", "VL": "Flanders"}

#: How a gap is split, the main one first.
METHODS = {
    "curves": "two logistic curves of the population, both orderings averaged",
    "classes": "three size classes (Kitagawa)",
    "lines": "two straight lines of the population instead of curves",
}

#: How the reply shares of accounts are put together.
WEIGHTINGS = ("message-weighted", "account-weighted")

_ACCOUNT_WEIGHTED = WEIGHTINGS[1]
_PARTS = {"gap": "total", "size": "composition", "behaviour": "rate"}
_MEANING = {
    "gap": "",
    "size": ": the part that different sizes make",
    "behaviour": ": the part that is there at equal size",
}
_TEN_THOUSAND = float(np.log2(10_000))
_COEFFICIENTS = [
    "model",
    "term",
    "plain_name",
    "reference_category",
    "estimate",
    "low",
    "high",
    "unit",
    "interval_kind",
    "p",
    "n",
]


class GapKey(NamedTuple):
    """Which part of which gap: names what an estimate is of."""

    subject: str
    method: str
    part: str


def read_presence(
    level: AccountLevel, *, edition_nl: str, edition_vl: str, platforms: Sequence[str]
) -> pd.DataFrame:
    """Say of every organisation of both countries whether it has an account on each platform.

    Parameters
    ----------
    level : AccountLevel
    edition_nl, edition_vl : str
        The edition of each country.
    platforms : sequence of str

    Returns
    -------
    pandas.DataFrame
        A row per platform, country and organisation: platform, region, organisation, population,
        log2_population, size_class, is_present.

    Raises
    ------
    InputError
        If no platform is named, or one is not known.
    NotAnswerable
        If the study has no such edition or platform, lists fewer than `FEWEST_ORGANISATIONS` of a
        country, or a population is not known.
    """
    if not platforms:
        raise InputError("platforms is empty; name at least one")
    unknown = [platform for platform in platforms if platform not in PLATFORM_NAMES]
    if unknown:
        raise InputError(
            f"platforms holds {unknown[0]!r}; expected some of {', '.join(PLATFORM_NAMES)}"
        )
    parts = []
    for platform in platforms:
        for region, edition in (("NL", edition_nl), ("VL", edition_vl)):
            frame = tabulate_organisations(level, edition=edition, platform=platform, region=region)
            if len(frame) < FEWEST_ORGANISATIONS:
                raise NotAnswerable(
                    f"of municipalities of {COUNTRY_NAMES[region]} only {len(frame)} are known for the edition "
                    f"{edition!r}; a curve needs {FEWEST_ORGANISATIONS} or more: list all, with or without an "
                    "account, in organisations.csv"
                )
            parts.append(frame.assign(platform=platform, region=region))
    return _describe_size(pd.concat(parts, ignore_index=True))[
        [
            "platform",
            "region",
            "organisation",
            "population",
            "log2_population",
            "size_class",
            "is_present",
        ]
    ]


def read_replies(
    level: AccountLevel,
    *,
    edition_nl: str,
    edition_vl: str,
    platform: str,
    reply_definition: str,
) -> pd.DataFrame:
    """Give the messages and replies of every organisation of both countries that sent any.

    Parameters
    ----------
    level : AccountLevel
    edition_nl, edition_vl : str
        The edition of each country.
    platform : str
    reply_definition : str
        One of `roeptoeter.questions.account_level.REPLY_DEFINITIONS`.

    Returns
    -------
    pandas.DataFrame
        A row per country and organisation: region, organisation, population, log2_population,
        size_class, messages, replies.

    Raises
    ------
    InputError
        If the definition is not known.
    NotAnswerable
        If the study lacks an edition, or has messages of fewer than `FEWEST_ORGANISATIONS` of a
        country on this platform.
    """
    parts = []
    for region, name, edition in (
        ("NL", "edition_nl_replies", edition_nl),
        ("VL", "edition_vl", edition_vl),
    ):
        frame = tabulate_organisations(
            level,
            edition=edition,
            platform=platform,
            region=region,
            reply_definition=reply_definition,
        )
        frame = frame[frame["messages"] > 0]
        if frame.empty:
            raise NotAnswerable(
                f"the study {level.study.name} has no messages of the edition {edition!r} on {platform} of "
                f"municipalities of {COUNTRY_NAMES[region]}; name another in `{name}`"
            )
        if len(frame) < FEWEST_ORGANISATIONS:
            raise NotAnswerable(
                f"in the edition {edition!r} only {len(frame)} municipalities of {COUNTRY_NAMES[region]} have messages "
                f"on {PLATFORM_NAMES.get(platform, platform)} of which it is known whether they are replies; a curve "
                f"needs {FEWEST_ORGANISATIONS} or more: name another edition in `{name}`, or add their exports"
            )
        parts.append(frame.assign(region=region))
    return _describe_size(pd.concat(parts, ignore_index=True))[
        [
            "region",
            "organisation",
            "population",
            "log2_population",
            "size_class",
            "messages",
            "replies",
        ]
    ]


def _describe_size(frame: pd.DataFrame) -> pd.DataFrame:
    missing = frame["population"].isna()
    if missing.any():
        raise NotAnswerable(
            f"the population of {frame.loc[missing, 'organisation'].iloc[0]} is not known, so that size cannot be "
            "taken out; add it to organisations.csv"
        )
    return frame.assign(log2_population=np.log2(frame["population"].astype(float)))


def tabulate_presence(presence: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Count organisations with an account per platform, country and size class.

    Parameters
    ----------
    presence : pandas.DataFrame
        From `read_presence`.
    confidence : float
        Level of the superpopulation intervals.

    Returns
    -------
    pandas.DataFrame
        platform, region, size_class ("all" first), organisations, present, present_percent,
        low_percent, high_percent (Wilson).
    """
    rows = []
    for (platform, region), frame in presence.groupby(["platform", "region"], sort=False):
        for size_class in ("all", *SIZE_CLASSES):
            chosen = frame if size_class == "all" else frame[frame["size_class"] == size_class]
            if chosen.empty:
                continue
            share = wilson_interval(int(chosen["is_present"].sum()), len(chosen), confidence)
            rows.append(
                {
                    "platform": platform,
                    "region": region,
                    "size_class": size_class,
                    "organisations": len(chosen),
                    "present": int(chosen["is_present"].sum()),
                    "present_percent": 100 * share.value,
                    "low_percent": 100 * share.low,
                    "high_percent": 100 * share.high,
                }
            )
    return pd.DataFrame(rows)


def decompose_presence(
    presence: pd.DataFrame, *, confidence: float, draws: int, seed: int
) -> tuple[dict[GapKey, Estimate], dict[str, float]]:
    """Split the gap in presence on each platform into size and behaviour, in three ways.

    Parameters
    ----------
    presence : pandas.DataFrame
        From `read_presence`.
    confidence : float
        Nominal level of the bootstrap intervals.
    draws, seed : int
        Of the bootstrap; each country is resampled apart, organisation by organisation.

    Returns
    -------
    parts : dict
        By platform, method and part. The methods are `METHODS`; the parts "gap", "size" and
        "behaviour" in percentage points, Dutch minus Flemish; and, of the classes, "Flanders on the
        Dutch mix" and "Netherlands on the Flemish mix" in %. The line has no interval: it is a check.
    p_values : dict
        Of no behaviour part, by platform, from the draws of the curves.

    Raises
    ------
    NotAnswerable
        If a size class has organisations of one country only.
    """
    parts: dict[GapKey, Estimate] = {}
    p_values = {}
    for platform, frame in presence.groupby("platform", sort=False):
        name, n = PLATFORM_NAMES[platform], len(frame)
        subject = f"share of municipalities on {name}, Netherlands minus Flanders"
        by_size, by_class = _group(frame, "is_present"), _group(frame, "is_present", by_class=True)
        _check_classes(frame)
        curves = bootstrap_by_logit(*by_size, draws, seed, "firth")
        classes = bootstrap_by_class(*by_class, draws, seed)
        for method, split, sampled in (
            ("curves", decompose_by_logit(*by_size, "firth"), curves),
            ("classes", decompose_by_class(*by_class), classes),
        ):
            for part, field in _PARTS.items():
                parts[GapKey(platform, method, part)] = estimate_from_draws(
                    getattr(split, field),
                    getattr(sampled, field),
                    confidence,
                    estimand=f"{subject}{_MEANING[part]}, by {METHODS[method]}",
                    unit="share",
                    n=n,
                ).scaled(100, "percentage points")
        line = decompose_by_line(*by_size)
        for part, field in _PARTS.items():
            value = 100 * getattr(line, field)
            estimand = f"{subject}{_MEANING[part]}, by {METHODS['lines']}"
            parts[GapKey(platform, "lines", part)] = Estimate(
                value, value, value, "none", estimand, "percentage points", n
            )
        parts |= _standardise(frame, platform, classes, confidence)
        p_values[platform] = find_p_value(curves.rate)
    return parts, p_values


def _group(frame: pd.DataFrame, column: str, *, by_class: bool = False) -> tuple[Group, Group]:
    """Put Flanders first: a gap is what the Netherlands has more."""
    groups = []
    for region in ("VL", "NL"):
        rows = frame[frame["region"] == region]
        design = (
            rows["size_class"].map({name: i for i, name in enumerate(SIZE_CLASSES)})
            if by_class
            else rows["log2_population"]
        )
        groups.append(
            Group(
                design.to_numpy(dtype=float),
                rows[column].to_numpy(dtype=float),
                np.ones(len(rows)),
            )
        )
    return groups[0], groups[1]


def _check_classes(frame: pd.DataFrame) -> None:
    held = {region: set(rows["size_class"]) for region, rows in frame.groupby("region")}
    alone = held["NL"] ^ held["VL"]
    if alone:
        raise NotAnswerable(
            f"the size class {min(alone)} has organisations of one country only, so that nothing is compared in it"
        )


def _standardise(
    frame: pd.DataFrame, platform: str, sampled: NamedTuple, confidence: float
) -> dict[GapKey, Estimate]:
    tables = {
        region: rows.groupby("size_class")["is_present"].agg(["size", "mean"])
        for region, rows in frame.groupby("region")
    }
    estimates = {}
    for own, other, part, field in (
        ("VL", "NL", "Flanders on the Dutch mix", "rates_1_on_mix_2"),
        ("NL", "VL", "Netherlands on the Flemish mix", "rates_2_on_mix_1"),
    ):
        estimates[GapKey(platform, "classes", part)] = estimate_from_draws(
            standardise(tables[other]["size"], tables[own]["mean"]),
            getattr(sampled, field),
            confidence,
            estimand=f"share of municipalities of {COUNTRY_NAMES[own]} on {PLATFORM_NAMES[platform]}, "
            f"standardised to the size classes of {COUNTRY_NAMES[other]}",
            unit="share",
            n=int(tables[own]["size"].sum()),
        ).scaled(100, "%")
    return estimates


def standardise_presence(presence: pd.DataFrame) -> pd.DataFrame:
    """Give both countries' presence on every mix of the common size classes.

    Parameters
    ----------
    presence : pandas.DataFrame
        From `read_presence`.

    Returns
    -------
    pandas.DataFrame
        A row per platform and mix: platform, mix ("own", "Dutch", "Flemish", "both countries
        together"), dutch_percent, flemish_percent, gap_points.
    """
    rows = []
    for platform, frame in presence.groupby("platform", sort=False):
        tables = {
            region: table.groupby("size_class")["is_present"].agg(["size", "mean"])
            for region, table in frame.groupby("region")
        }
        dutch, flemish = tables["NL"], tables["VL"]
        for mix, weights in (
            ("own", None),
            ("Dutch", dutch["size"]),
            ("Flemish", flemish["size"]),
            ("both countries together", dutch["size"] + flemish["size"]),
        ):
            shares = [
                100 * standardise(table["size"] if weights is None else weights, table["mean"])
                for table in (dutch, flemish)
            ]
            rows.append(
                {
                    "platform": platform,
                    "mix": mix,
                    "dutch_percent": shares[0],
                    "flemish_percent": shares[1],
                    "gap_points": shares[0] - shares[1],
                }
            )
    return pd.DataFrame(rows)


def share_of_gap(parts: Mapping[GapKey, Estimate], subject: str, method: str) -> float:
    """Return the part of a gap that size makes, in % of the gap.

    Parameters
    ----------
    parts : mapping
        From `decompose_presence` or `decompose_replies`.
    subject, method : str

    Returns
    -------
    float
        Between 0 and 100; NaN where the interval of the gap holds zero or the two parts differ in
        sign, because then there is nothing to divide.
    """
    if _find_no_share(parts, subject, method):
        return float("nan")
    return (
        100
        * parts[GapKey(subject, method, "size")].value
        / parts[GapKey(subject, method, "gap")].value
    )


def _find_no_share(parts: Mapping[GapKey, Estimate], subject: str, method: str) -> str:
    """Say why the gap has no share that size makes; empty if it has one."""
    gap, size, behaviour = (parts[GapKey(subject, method, part)] for part in _PARTS)
    if say_zero(gap) == "holds zero":
        return "the interval of the gap holds zero"
    if min(size.value * gap.value, behaviour.value * gap.value) < 0:
        return "its two parts have opposite signs"
    return ""


def phrase_share_of_gap(parts: Mapping[GapKey, Estimate], subject: str, method: str) -> str:
    """Say which share of a gap size makes, or why there is no such share.

    Parameters
    ----------
    parts : mapping
        From `decompose_presence`.
    subject, method : str

    Returns
    -------
    str
        Such as "size makes 12.3% of the gap on Twitter".
    """
    name, reason = PLATFORM_NAMES[subject], _find_no_share(parts, subject, method)
    if reason:
        return f"no share of the gap on {name} can be given to size: {reason}"
    return f"size makes {share_of_gap(parts, subject, method):.1f}% of the gap on {name}"


def is_published_year(level: AccountLevel, *, edition_nl: str, edition_vl: str) -> bool:
    """Say whether the editions of both countries are of the year of the published gap.

    Parameters
    ----------
    level : AccountLevel
    edition_nl, edition_vl : str

    Returns
    -------
    bool
        Only then can a published share and one of these accounts be set beside each other.
    """
    chosen = level.organisations["edition"].isin([edition_nl, edition_vl])
    return bool(level.organisations.loc[chosen, "edition_year"].eq(PUBLISHED_YEAR).all())


def tabulate_parts(parts: Mapping[GapKey, Estimate]) -> pd.DataFrame:
    """Put the parts of all gaps beside each other, with their intervals.

    Parameters
    ----------
    parts : mapping
        From `decompose_presence` or `decompose_replies`.

    Returns
    -------
    pandas.DataFrame
        subject, method, gap_points, size_points, size_low, size_high, behaviour_points,
        behaviour_low, behaviour_high; ends are missing where there is no interval.
    """
    rows = []
    for subject, method in dict.fromkeys((key.subject, key.method) for key in parts):
        row = {"subject": PLATFORM_NAMES.get(subject, subject), "method": METHODS[method]}
        row["gap_points"] = parts[GapKey(subject, method, "gap")].value
        for part in ("size", "behaviour"):
            estimate = parts[GapKey(subject, method, part)]
            known = estimate.interval_kind != "none"
            row[f"{part}_points"] = estimate.value
            row[f"{part}_low"] = estimate.low if known else float("nan")
            row[f"{part}_high"] = estimate.high if known else float("nan")
        rows.append(row)
    return pd.DataFrame(rows)


def list_parts(parts: Mapping[GapKey, Estimate]) -> pd.DataFrame:
    """List every part of every gap on a row of its own, for a figure.

    Parameters
    ----------
    parts : mapping
        From `decompose_presence`.

    Returns
    -------
    pandas.DataFrame
        subject (the name of the platform), method, part, points, low, high.
    """
    return pd.DataFrame(
        [
            {
                "subject": PLATFORM_NAMES[key.subject],
                "method": key.method,
                "part": key.part,
                "points": estimate.value,
                "low": estimate.low,
                "high": estimate.high,
            }
            for key, estimate in parts.items()
            if key.part in _PARTS
        ]
    )


def correct_for_family(p_values: Mapping[str, float], confidence: float) -> pd.DataFrame:
    """Correct the declared tests, no behaviour part on each platform, for their number (Holm).

    Parameters
    ----------
    p_values : mapping
        By platform, from `decompose_presence`.
    confidence : float
        One minus the level of the family.

    Returns
    -------
    pandas.DataFrame
        platform, p, p_holm, is_rejected.
    """
    rejected, corrected, _, _ = multipletests(
        list(p_values.values()), alpha=1 - confidence, method="holm"
    )
    return pd.DataFrame(
        {
            "platform": [PLATFORM_NAMES[platform] for platform in p_values],
            "p": list(p_values.values()),
            "p_holm": corrected,
            "is_rejected": rejected,
        }
    )


def trace_presence(presence: pd.DataFrame, *, groups: int = 8, points: int = 80) -> pd.DataFrame:
    """Trace presence against population, fitted and observed, for a figure.

    Parameters
    ----------
    presence : pandas.DataFrame
        From `read_presence`.
    groups : int
        Groups of equally many organisations whose observed share is given; fewer where they would
        hold fewer than five.
    points : int
        Points of each curve.

    Returns
    -------
    pandas.DataFrame
        platform, region, kind ("curve" or "observed"), population (of a group: its geometric mean),
        present_percent, organisations. A curve runs over the populations of its own country.
    """
    rows = []
    for (platform, region), frame in presence.groupby(["platform", "region"], sort=False):
        size = frame["log2_population"].to_numpy()
        grid = np.linspace(size.min(), size.max(), points)
        group = Group(size, frame["is_present"].to_numpy(dtype=float), np.ones(len(frame)))
        curve = predict_curve(group, grid, "firth")
        rows.append(
            pd.DataFrame(
                {
                    "kind": "curve",
                    "population": 2**grid,
                    "present_percent": 100 * curve,
                    "organisations": len(frame),
                }
            ).assign(platform=platform, region=region)
        )
        rank = frame["log2_population"].rank(method="first")
        place = pd.qcut(rank, max(1, min(groups, len(frame) // _FEWEST_IN_GROUP)), labels=False)
        observed = frame.groupby(place).agg(
            population=("log2_population", "mean"),
            present_percent=("is_present", "mean"),
            organisations=("is_present", "size"),
        )
        observed["population"] = 2 ** observed["population"]
        observed["present_percent"] *= 100
        rows.append(observed.assign(kind="observed", platform=platform, region=region))
    return pd.concat(rows, ignore_index=True)[
        ["platform", "region", "kind", "population", "present_percent", "organisations"]
    ]


def predict_typical(presence: pd.DataFrame) -> pd.DataFrame:
    """Read from the curves what an organisation of middling size would have in each country.

    Parameters
    ----------
    presence : pandas.DataFrame
        From `read_presence`.

    Returns
    -------
    pandas.DataFrame
        A row per platform: platform, population (median of both countries together, in whole
        thousands), dutch_percent, flemish_percent.
    """
    rows = []
    for platform, frame in presence.groupby("platform", sort=False):
        population = max(1000.0, round(frame["population"].median(), -3))
        flemish, dutch = (
            100 * float(predict_curve(group, np.log2([population]), "firth")[0])
            for group in _group(frame, "is_present")
        )
        rows.append(
            {
                "platform": PLATFORM_NAMES[platform],
                "population": population,
                "dutch_percent": dutch,
                "flemish_percent": flemish,
            }
        )
    return pd.DataFrame(rows)


def decompose_replies(
    replies: pd.DataFrame, *, confidence: float, draws: int, seed: int
) -> tuple[dict[GapKey, Estimate], dict[GapKey, Estimate]]:
    """Split the gap in reply share into size and behaviour, weighted in two ways.

    Parameters
    ----------
    replies : pandas.DataFrame
        From `read_replies`.
    confidence : float
        Nominal level of the bootstrap intervals.
    draws, seed : int
        Of the bootstrap over organisations, each country apart.

    Returns
    -------
    parts : dict
        By weighting, method ("curves", "classes") and part, in percentage points, Dutch minus
        Flemish.
    shares : dict
        By weighting, "observed" and region: the reply share in %.

    Raises
    ------
    NotAnswerable
        If a size class has organisations of one country only, or a bootstrap sample has no answer.
    """
    _check_classes(replies)
    try:
        return _decompose_replies(replies, confidence, draws, seed)
    except ValueError as error:
        raise NotAnswerable(
            f"the gap in reply share cannot be split into size and behaviour ({error}); add the exports of more "
            "accounts"
        ) from None


def _decompose_replies(
    replies: pd.DataFrame, confidence: float, draws: int, seed: int
) -> tuple[dict[GapKey, Estimate], dict[GapKey, Estimate]]:
    parts, shares = {}, {}
    for weighting in WEIGHTINGS:
        once = weighting == _ACCOUNT_WEIGHTED
        frame = replies.assign(share=replies["replies"] / replies["messages"])
        by_size, by_class = (
            _weigh(frame, _group(frame, "share", by_class=by_class), once)
            for by_class in (False, True)
        )
        for method, split, sampled in (
            (
                "curves",
                decompose_by_logit(*by_size, "firth"),
                bootstrap_by_logit(*by_size, draws, seed, "firth"),
            ),
            (
                "classes",
                decompose_by_class(*by_class),
                bootstrap_by_class(*by_class, draws, seed),
            ),
        ):
            for part, field in _PARTS.items():
                parts[GapKey(weighting, method, part)] = estimate_from_draws(
                    getattr(split, field),
                    getattr(sampled, field),
                    confidence,
                    estimand=f"{weighting} reply share, Netherlands minus Flanders{_MEANING[part]}, "
                    f"by {METHODS[method]}",
                    unit="share",
                    n=len(replies),
                ).scaled(100, "percentage points")
        for region, group in zip(("VL", "NL"), by_size, strict=True):
            value = 100 * float(np.sum(group.successes) / np.sum(group.trials))
            shares[GapKey(weighting, "observed", region)] = Estimate(
                value,
                value,
                value,
                "none",
                f"{weighting} reply share of municipalities of {COUNTRY_NAMES[region]}",
                "%",
                len(group.trials),
            )
    return parts, shares


def _weigh(frame: pd.DataFrame, groups: tuple[Group, Group], once: bool) -> tuple[Group, Group]:
    """Count each organisation once, or as often as it has messages."""
    if once:
        return groups
    weighed = []
    for region, group in zip(("VL", "NL"), groups, strict=True):
        messages = frame.loc[frame["region"] == region, "messages"].to_numpy(dtype=float)
        weighed.append(Group(group.design, group.successes * messages, messages))
    return weighed[0], weighed[1]


def judge_concentration(replies: pd.DataFrame) -> str:
    """Say on how many municipalities the message-weighted shares rest, and whether these are too few.

    Parameters
    ----------
    replies : pandas.DataFrame
        From `read_replies`.

    Returns
    -------
    str
    """
    dutch, flemish = (
        effective_number(replies.loc[replies["region"] == region, "messages"])
        for region in ("NL", "VL")
    )
    text = (
        f"The messages are spread as unevenly as over {dutch:.0f} equally active municipalities in the Netherlands "
        f"and {flemish:.0f} in Flanders."
    )
    if min(dutch, flemish) < FEWEST_EFFECTIVE_ACCOUNTS:
        return f"WARNING: {text} Below {FEWEST_EFFECTIVE_ACCOUNTS} the message-weighted intervals are probably too short."
    return f"{text} From {FEWEST_EFFECTIVE_ACCOUNTS} on, message-weighted intervals hold about what they promise."


def describe_curves(presence: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Put the coefficients behind the curves into the shape of the ledger.

    Parameters
    ----------
    presence : pandas.DataFrame
        From `read_presence`.
    confidence : float
        Nominal level of the intervals.

    Returns
    -------
    pandas.DataFrame
        The columns of `roeptoeter.report.COEFFICIENT_COLUMNS` without `notebook`. No p-values: the
        declared tests are of the behaviour parts. A country of which all or no organisations have
        an account has no curve and no rows.
    """
    tables = []
    for (platform, region), frame in presence.groupby(["platform", "region"], sort=False):
        if frame["is_present"].nunique() == 1:
            continue
        limits = find_coefficient_limits(
            frame[["log2_population"]] - _TEN_THOUSAND,
            [frame["is_present"]],
            np.ones((1, len(frame))),
            "firth",
            confidence,
        )[0]
        tables.append(
            pd.DataFrame(limits, columns=["estimate", "low", "high"]).assign(
                model=f"{COUNTRY_NAMES[region]} on {PLATFORM_NAMES[platform]}, logit with Firth's penalty",
                term=["intercept", "log2_population"],
                plain_name=[
                    "log odds of an account at 10,000 inhabitants",
                    "rise of the log odds per doubling of the population",
                ],
                reference_category="",
                unit="log odds",
                interval_kind="superpopulation",
                p=float("nan"),
                n=len(frame),
            )[_COEFFICIENTS]
        )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COEFFICIENTS)
