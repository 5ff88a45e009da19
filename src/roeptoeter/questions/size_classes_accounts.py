"""Does a larger municipality do more? Four slopes on population, from the accounts of one edition and region.

*Presence*: has an account. *Interaction*: replies at all. *Reach*: followers. *Activity*: messages sent. Shares are
asked by a logit on the logarithm of the population, counts by a negative binomial regression with robust errors, whose
slope is an elasticity. The four slopes on each platform are the one declared family of tests. `size_classes_parts` goes
into each question, `size_classes_choices` asks what hangs on the choices made here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize
from scipy.special import expit

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.count_models import fit_negative_binomial
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.logistic import SeparationError, fit_firth
from roeptoeter.estimators.regression import (
    adjust_p_values,
    average_marginal_effect,
    fit_shares,
)
from roeptoeter.questions.account_level import PLATFORM_NAMES, AccountLevel, tabulate_organisations

#: Regions as a sentence names them.
REGION_NAMES = {"VL": "Flemish", "NL": "Dutch"}

#: Populations are measured in doublings of this many inhabitants, where the two lower classes meet.
REFERENCE_POPULATION = 20_000

#: Below these a slope is not fitted: too few units, or too few with or without the property.
FEWEST_UNITS = 20
FEWEST_EVENTS = 5

ELASTICITY = "elasticity"
LOG_ODDS = "log-odds per doubling"


@dataclass(frozen=True, slots=True)
class Question:
    """What one of the four slopes is of."""

    outcome: str
    kind: Literal["share", "count"]
    estimand: str
    effect_unit: str


QUESTIONS = {
    "presence": Question(
        "has an account",
        "share",
        "average change of the probability of an account per doubling of the population",
        "percentage points",
    ),
    "interaction": Question(
        "replies at all",
        "share",
        "average change of the probability that an account replies at all per doubling of the population",
        "percentage points",
    ),
    "reach": Question(
        "followers", "count", "change of the expected followers per doubling of the population", "%"
    ),
    "activity": Question(
        "messages sent",
        "count",
        "change of the expected messages sent per doubling of the population",
        "%",
    ),
}

_COEFFICIENT_COLUMNS = [
    "model", "term", "plain_name", "reference_category", "estimate", "low", "high", "unit", "interval_kind", "p", "n",
]  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The organisations of each question on each platform, or why there are none.

    Parameters
    ----------
    region : str
    platforms : tuple of str
    frames : dict
        By question and platform, a row an organisation: organisation, population, doublings (of 20,000 inhabitants),
        log_population, size_class, province, is_largest (of the two largest of the region), outcome, messages, replies.
    reasons : dict
        By question and platform, why it cannot be answered.
    populations : dict
        By platform, the population of all organisations of the region.
    """

    region: str
    platforms: tuple[str, ...]
    frames: dict[tuple[str, str], pd.DataFrame]
    reasons: dict[tuple[str, str], str]
    populations: dict[str, pd.Series]

    def __iter__(self) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:
        """Go through what can be answered: question by question, the platforms in their order."""
        for question in QUESTIONS:
            for platform in self.platforms:
                if (question, platform) in self.frames:
                    yield (question, platform), self.frames[question, platform]

    def require(self, question: str) -> list[str]:
        """Return the platforms on which a question can be answered.

        Raises
        ------
        NotAnswerable
            If there are none, with the reason for each platform.
        """
        platforms = [name for name in self.platforms if (question, name) in self.frames]
        if not platforms:
            reasons = [self.reasons[question, name] for name in self.platforms]
            raise NotAnswerable("; ".join(dict.fromkeys(reasons)))
        return platforms


def name_platform(platform: str) -> str:
    """Return a platform's name as a reader writes it."""
    return PLATFORM_NAMES.get(platform, platform.title())


def draw_samples(
    level: AccountLevel,
    *,
    edition: str,
    platforms: Sequence[str],
    region: str,
    reply_definition: str = "replies to others",
) -> Samples:
    """Find for each question and platform the organisations that it can be asked of.

    Parameters
    ----------
    level : AccountLevel
    edition, region, reply_definition
        As for `account_level.tabulate_organisations`.
    platforms : sequence of str
        Such as "facebook" and "twitter".

    Returns
    -------
    Samples

    Raises
    ------
    NotAnswerable
        If not one question can be answered on any platform.
    InputError
        If no platform is named, or one twice, or the definition of replies is not known.
    """
    if not platforms or len(set(platforms)) < len(platforms):
        raise InputError(f"platforms is {list(platforms)}; name each platform once, at least one")
    tables: dict[str, pd.DataFrame | str] = {}
    for platform in platforms:
        try:
            tables[platform] = tabulate_organisations(
                level,
                edition=edition,
                platform=platform,
                region=region,
                reply_definition=reply_definition,
            )
        except NotAnswerable as reason:
            tables[platform] = str(reason)
    return build_samples(tables, region)


def build_samples(tables: Mapping[str, pd.DataFrame | str], region: str) -> Samples:
    """Do what `draw_samples` does from tables that are there already.

    Parameters
    ----------
    tables : mapping
        By platform, a frame as `account_level.tabulate_organisations` returns it, or why there is none.
    region : str

    Returns
    -------
    Samples

    Raises
    ------
    NotAnswerable
        As `draw_samples`.
    """
    frames, reasons, populations = {}, {}, {}
    for platform, table in tables.items():
        if isinstance(table, str):
            reasons.update({(question, platform): table for question in QUESTIONS})
            continue
        described = _describe_size(table)
        populations[platform] = described["population"]
        for question in QUESTIONS:
            frame, reason = _select(described, question, name_platform(platform))
            if reason:
                reasons[question, platform] = reason
            else:
                frames[question, platform] = frame
    if not frames:
        raise NotAnswerable("; ".join(dict.fromkeys(reasons.values())))
    return Samples(region, tuple(tables), frames, reasons, populations)


def _describe_size(table: pd.DataFrame) -> pd.DataFrame:
    described = table[table["population"].notna() & table["population"].gt(0)].copy()
    population = described["population"].astype(float)
    described["doublings"] = np.log2(population / REFERENCE_POPULATION)
    described["log_population"] = np.log(population / REFERENCE_POPULATION)
    described["is_largest"] = population.rank(ascending=False, method="first").le(2)
    return described


def _select(table: pd.DataFrame, question: str, platform: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of a question with their outcome, and why they cannot answer it, if so."""
    if question == "presence":
        rows, outcome = table, table["is_present"].astype(float)
        missing = "an organisation"
    elif question == "interaction":
        rows = table[table["is_measured"] & table["messages"].gt(0)]
        outcome = rows["replies"].gt(0).astype(float)
        missing = "an account with a message in an export that marks replies (posts alone do not)"
    elif question == "reach":
        rows = table[table["is_present"] & table["followers"].notna()]
        outcome = rows["followers"].round()
        missing = "an account whose number of followers is known in the window (a snapshot of the account)"
    else:
        rows = table[table["is_present"] & table["is_measured"]]
        outcome = rows["messages_sent"].astype(float)
        missing = "an account whose messages are in the exports"
    frame = rows.assign(outcome=outcome).reset_index(drop=True)
    kept = [
        "organisation", "population", "doublings", "log_population", "size_class", "province", "is_largest",
        "outcome", "messages", "replies",
    ]  # fmt: skip
    reason = ""
    if len(frame) < FEWEST_UNITS:
        reason = (
            f"{question} on {platform} needs {FEWEST_UNITS} organisations or more with {missing}; "
            f"the study has {len(frame)}"
        )
    elif frame["doublings"].nunique() < 4:
        reason = f"{question} on {platform}: fewer than four different populations are known"
    elif QUESTIONS[question].kind == "share":
        events = int(min(frame["outcome"].sum(), len(frame) - frame["outcome"].sum()))
        if events < FEWEST_EVENTS:
            reason = (
                f"{question} on {platform}: {int(frame['outcome'].sum())} of {len(frame)} organisations count as "
                f"“{QUESTIONS[question].outcome}”; a slope needs {FEWEST_EVENTS} that do and {FEWEST_EVENTS} that do "
                "not (organisations without an account are listed in organisations.csv)"
            )
        elif not _has_slope(frame):
            reason = (
                f"{question} on {platform}: one population parts those that count as "
                f"“{QUESTIONS[question].outcome}” from all others, which leaves no slope with an interval; the table by "
                "size class says what there is"
            )
    elif frame["outcome"].gt(0).sum() < FEWEST_UNITS:
        reason = f"{question} on {platform}: fewer than {FEWEST_UNITS} organisations have any"
    else:
        try:
            # a fit that fails overflows on its way
            with np.errstate(over="ignore", invalid="ignore"):
                _fit_count_slope(frame, 0.95)
        except ValueError as error:
            reason = (
                f"{question} on {platform}: the declared regression of {QUESTIONS[question].outcome} has no answer "
                f"({str(error).rstrip('.')}); look in the exports for a count that cannot be"
            )
    return frame[kept], reason


def _has_slope(frame: pd.DataFrame) -> bool:
    """Say whether a share has a slope: without overlap in size, the penalised fit need not arrive either."""
    some = frame["outcome"].gt(0)
    sizes, others = frame.loc[some, "doublings"], frame.loc[~some, "doublings"]
    if sizes.min() < others.max() and others.min() < sizes.max():
        return True
    try:
        _fit_penalised_slope(frame, 0.95)
    except ValueError:
        return False
    return True


# ---- the declared family ------------------------------------------------------------------------------------------


def fit_slopes(samples: Samples, confidence: float) -> pd.DataFrame:
    """Fit the declared slopes and adjust their p-values for their number (Holm).

    Parameters
    ----------
    samples : Samples
    confidence : float
        Level of each interval, which Holm leaves as it is; the family's level is one minus it.

    Returns
    -------
    pandas.DataFrame
        A row a question and platform that can be answered: question, platform, outcome, method, slope, low, high
        (log-odds per doubling of the population for shares, elasticity for counts), slope_unit, effect, effect_low,
        effect_high (percentage points, or %, per doubling), effect_unit, p, p_holm, holds (p_holm below the level), n.
    """
    rows = []
    for (question, platform), frame in samples:
        rows.append(
            {
                "question": question,
                "platform": platform,
                "outcome": QUESTIONS[question].outcome,
                **fit_slope(frame, question, confidence),
                "effect_unit": QUESTIONS[question].effect_unit,
                "n": len(frame),
            }
        )
    slopes = pd.DataFrame(rows)
    slopes["p_holm"] = adjust_p_values(slopes["p"], "holm")
    slopes["holds"] = slopes["p_holm"] < 1 - confidence
    return slopes[
        [
            "question", "platform", "outcome", "method", "slope", "low", "high", "slope_unit",
            "effect", "effect_low", "effect_high", "effect_unit", "p", "p_holm", "holds", "n",
        ]
    ]  # fmt: skip


def fit_slope(frame: pd.DataFrame, question: str, confidence: float) -> dict:
    """Fit one slope as declared.

    Parameters
    ----------
    frame : pandas.DataFrame
        A frame of `Samples`.
    question : str
    confidence : float

    Returns
    -------
    dict
        method, slope, low, high, slope_unit, effect, effect_low, effect_high, p; as `fit_slopes` has them.
    """
    if QUESTIONS[question].kind == "share":
        return _fit_share_slope(frame, confidence)
    return _fit_count_slope(frame, confidence)


def _fit_share_slope(frame: pd.DataFrame, confidence: float) -> dict:
    design, ones = frame[["doublings"]], np.ones(len(frame))
    try:
        fit = fit_shares(design, frame["outcome"], ones)
    except SeparationError:
        return _fit_penalised_slope(frame, confidence)
    term = fit.coefficients(confidence).iloc[1]
    effect = average_marginal_effect(fit, design, "doublings", confidence).scaled(100, "")
    return {
        "method": "logit",
        "slope": term["estimate"],
        "low": term["low"],
        "high": term["high"],
        "slope_unit": LOG_ODDS,
        "effect": effect.value,
        "effect_low": effect.low,
        "effect_high": effect.high,
        "p": term["p"],
    }


def _fit_penalised_slope(frame: pd.DataFrame, confidence: float) -> dict:
    """Fit by Firth; the effect at the slope and at both ends of its profile, the total kept (FLIC)."""
    design, total = frame[["doublings"]], frame["outcome"].sum()
    fit = fit_firth(design, frame["outcome"].astype(int), np.ones(len(frame), int), confidence)
    term = fit.set_index("term").loc["doublings"]
    if not term["low"] < term["estimate"] < term["high"]:
        raise ValueError("the profile of the penalised likelihood has no two ends")
    doublings = frame["doublings"].to_numpy()

    def spread(slope: float) -> float:
        def surplus(intercept: float) -> float:
            return float(expit(intercept + slope * doublings).sum() - total)

        reach = 50 + np.abs(slope * doublings).max()
        mean = expit(optimize.brentq(surplus, -reach, reach) + slope * doublings)
        return 100 * float(np.mean(mean * (1 - mean))) * slope

    effects = [spread(float(term[end])) for end in ("estimate", "low", "high")]
    return {
        "method": "logit, Firth’s penalty",
        "slope": float(term["estimate"]),
        "low": float(term["low"]),
        "high": float(term["high"]),
        "slope_unit": LOG_ODDS,
        "effect": effects[0],
        # past a certain steepness a steeper curve has a smaller average effect
        "effect_low": min(effects),
        "effect_high": max(effects),
        "p": float(term["p"]),
    }


def _fit_count_slope(frame: pd.DataFrame, confidence: float) -> dict:
    fit = fit_negative_binomial(frame[["log_population"]], frame["outcome"], covariance="HC1")
    term = fit.coefficients(confidence).iloc[1]
    return {
        "method": "negative binomial, HC1",
        "slope": term["estimate"],
        "low": term["low"],
        "high": term["high"],
        "slope_unit": ELASTICITY,
        **{
            name: to_percent_per_doubling(term[end])
            for name, end in (
                ("effect", "estimate"),
                ("effect_low", "low"),
                ("effect_high", "high"),
            )
        },
        "p": term["p"],
    }


def to_percent_per_doubling(elasticity: float) -> float:
    """Return by how many percent a count grows with twice the population.

    Examples
    --------
    >>> to_percent_per_doubling(1.0), round(to_percent_per_doubling(0.5), 1)
    (100.0, 41.4)
    """
    return float(100 * (2**elasticity - 1))


def estimate_effect(
    slopes: pd.DataFrame, question: str, platform: str, confidence: float
) -> Estimate:
    """Take the effect of one declared slope: points, or percent, per doubling of the population.

    Parameters
    ----------
    slopes : pandas.DataFrame
        As `fit_slopes` returns them.
    question, platform : str
    confidence : float

    Returns
    -------
    Estimate
    """
    row = slopes[slopes["question"].eq(question) & slopes["platform"].eq(platform)].iloc[0]
    return Estimate(
        float(row["effect"]),
        float(row["effect_low"]),
        float(row["effect_high"]),
        "superpopulation",
        f"{QUESTIONS[question].estimand}, {name_platform(platform)}",
        f"{row['effect_unit']} per doubling of the population",
        int(row["n"]),
        confidence,
    )


def count_slopes(slopes: pd.DataFrame) -> tuple[Estimate, dict[str, int]]:
    """Count the declared slopes that hold, by their sign.

    Parameters
    ----------
    slopes : pandas.DataFrame
        As `fit_slopes` returns them.

    Returns
    -------
    estimate : Estimate
        Of how many a positive slope holds; n is the number of tests.
    words : dict
        negative: of how many a negative slope holds; open: of how many neither.
    """
    rises = int((slopes["holds"] & slopes["slope"].gt(0)).sum())
    falls = int((slopes["holds"] & slopes["slope"].lt(0)).sum())
    estimate = Estimate(
        rises,
        rises,
        rises,
        "none",
        "declared slopes on population that are positive at the family's level (Holm)",
        "slopes",
        len(slopes),
    )
    return estimate, {"negative": falls, "open": len(slopes) - rises - falls}


def to_coefficients(slopes: pd.DataFrame) -> pd.DataFrame:
    """Write the declared slopes as rows of the ledger of coefficients; p is not adjusted there.

    Parameters
    ----------
    slopes : pandas.DataFrame
        As `fit_slopes` returns them.

    Returns
    -------
    pandas.DataFrame
        With the columns that `Report.record_coefficients` takes.
    """
    frame = slopes.rename(columns={"slope": "estimate", "slope_unit": "unit"})
    return write_ledger(
        frame,
        model=[
            f"accounts: {row.question} on {name_platform(row.platform)}, {row.method} (declared)"
            for row in slopes.itertuples()
        ],
        plain_name=[f"{outcome}, by population" for outcome in slopes["outcome"]],
    )


def write_ledger(
    rows: pd.DataFrame,
    *,
    model: Sequence[str],
    plain_name: Sequence[str],
    term: Sequence[str] | str = "population",
    reference_category: str = "",
) -> pd.DataFrame:
    """Give rows of estimates the columns of the ledger of coefficients.

    Parameters
    ----------
    rows : pandas.DataFrame
        With estimate, low, high, unit, p, n.
    model, plain_name, term, reference_category
        What the ledger says of each row, or of all.

    Returns
    -------
    pandas.DataFrame
    """
    return rows.assign(
        model=model,
        term=term,
        plain_name=plain_name,
        reference_category=reference_category,
        interval_kind="superpopulation",
    )[_COEFFICIENT_COLUMNS]


def list_unanswerable(samples: Samples) -> pd.DataFrame:
    """List what of the declared family the study cannot answer, and why.

    Parameters
    ----------
    samples : Samples

    Returns
    -------
    pandas.DataFrame
        question, platform, reason; empty if all can be answered.
    """
    return pd.DataFrame(
        [(question, name_platform(name), why) for (question, name), why in samples.reasons.items()],
        columns=["question", "platform", "reason"],
    )


def show_slopes(slopes: pd.DataFrame) -> pd.DataFrame:
    """Write the slopes for a table: platforms by name, the effect with its unit, no internal columns."""
    shown = slopes.assign(platform=slopes["platform"].map(name_platform))
    shown["effect_unit"] = shown["effect_unit"].replace("%", "percent")
    return shown[
        [
            "question", "platform", "outcome", "method", "slope", "slope_unit", "effect", "effect_low", "effect_high",
            "effect_unit", "p", "p_holm", "n",
        ]
    ]  # fmt: skip


def phrase_effects(slopes: pd.DataFrame, question: str, decimals: int = 0) -> str:
    """Say the effects of one question on each platform, for a title.

    Parameters
    ----------
    slopes : pandas.DataFrame
        As `fit_slopes` returns them.
    question : str
    decimals : int

    Returns
    -------
    str
        Such as "+5 points on Facebook, +9 on Twitter".
    """
    rows = slopes[slopes["question"].eq(question)]
    unit = " points" if QUESTIONS[question].kind == "share" else "%"
    texts = []
    for row in rows.itertuples():
        number = f"{row.effect:+.{decimals}f}".replace("-", "−")
        shown = unit if unit == "%" or not texts else ""
        texts.append(f"{number}{shown} on {name_platform(row.platform)}")
    return ", ".join(texts)


def phrase_reach(slopes: pd.DataFrame) -> str:
    """Say whether followers keep pace with inhabitants, for a title.

    Parameters
    ----------
    slopes : pandas.DataFrame
        As `fit_slopes` returns them.

    Returns
    -------
    str
        The claim of less, or more, than twice is made only where every interval bears it.
    """
    rows = slopes[slopes["question"].eq("reach")]
    pace = "how many more followers?"
    if (rows["effect_high"] < 100).all():
        pace = "less than twice the followers"
    elif (rows["effect_low"] > 100).all():
        pace = "more than twice the followers"
    return f"Twice the inhabitants, {pace}:\n{phrase_effects(slopes, 'reach')}"
