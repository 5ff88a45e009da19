"""How much of a phase is the rule that was chosen? Other rules laid over the same answers, and classes without any rule."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.phases import (
    STARTS,
    LatentClasses,
    Placement,
    differs,
    fit_latent_classes,
    place_units,
    resample_latent_classes,
    waive_indicator,
    weigh_agreement,
)
from roeptoeter.growth_rules import RULES, Indicator, Theme
from roeptoeter.questions.disclosure import (
    hide_small_groups,
    hide_small_parts,
)
from roeptoeter.questions.growth_model_answers import Growth, judge_values, place_themes, refuse_few

# of the log-likelihood of one organisation: BIC to a hundredth, in half the time
_TOLERANCE = 1e-5

# parts of 100, so that the smallest and the largest share are rounded alike
_STEPS = (5, 10, 20, 25, 50, 100)


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
    refuse_few(growth, smallest_group)
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
    refuse_few(growth, smallest_group)
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
            judged[:, place] = judge_values(other, growth.values[code], growth.form)
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
    refuse_few(growth, smallest_group)
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
