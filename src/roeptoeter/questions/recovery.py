"""Do the intervals hold what they promise: how often each of them holds a truth that is known.

Studies are simulated many times over by a process whose true answer is known, *uncalibrated*: a
calibrated one is made to give the published answer, so that every interval would hold it. A 95%
interval should hold the truth in 95 of 100 studies. What is found holds for this family of processes,
with the registers' sizes and the constants of `roeptoeter.simulate.assumptions`, and for no other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from roeptoeter.errors import InputError
from roeptoeter.estimators.clusters import (
    bootstrap_limits,
    change_of_ratios,
    change_variance,
    draw_multiplicities,
    message_variance,
    weigh_equally,
)
from roeptoeter.estimators.count_models import fit_negative_binomial, fit_poisson
from roeptoeter.estimators.counterfactual import find_coefficient_limits
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.regression import fit_linear
from roeptoeter.registers import link_units
from roeptoeter.simulate import Assumptions, draw_accounts, measure_true_change, read_registers
from roeptoeter.study import display_path, write_text

#: Nominal level of every interval here.
CONFIDENCE = 0.95

#: Bootstrap samples of each simulated study.
RESAMPLES = 2000

#: Draws of each scenario that are kept one by one: a figure shows them, and a test makes some of them again.
FIRST_DRAWS = 30

#: Seed of the committed table.
SEED = 2014

_Z = float(stats.norm.ppf(0.5 + CONFIDENCE / 2))
# So many studies at once, by question. Those of a batch share the resamples of the bootstrap, and are so few that it
# does not matter; regressions go one by one in any case.
_BATCH = {"change": 10, "elasticity": 2, "presence": 50}
# the truth is known to a sixty-third of the standard deviation of an estimate
_TRUTH_DRAWS = 4000
# only the level, which no elasticity depends on
_MEAN_FANS = 2000.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A process, and the intervals that are tried on it.

    Parameters
    ----------
    name : str
        As the tables print it.
    question : {"change", "elasticity", "presence"}
        What is estimated: the change of the reply share, the elasticity of the audience by
        population, or the slope of presence on log population.
    meaning : str
        What is particular about it, in a sentence.
    constants : dict
        Constants of `roeptoeter.simulate.Assumptions` that differ from the default.
    municipalities : {"all", "forty", "without the two largest"}
        Of which the study consists.
    """

    name: str
    question: str
    meaning: str
    constants: dict[str, float] = field(default_factory=dict)
    municipalities: str = "all"


#: From the easiest to the hardest, question by question.
SCENARIOS = (
    Scenario("as assumed", "change", "Accounts send as unequally as the demo study assumes."),
    Scenario(
        "concentrated",
        "change",
        "Messages are concentrated in fewer accounts of every size.",
        {"volume_shape": 0.3},
    ),
    Scenario(
        "very concentrated",
        "change",
        "Messages are concentrated in very few accounts of every size.",
        {"volume_shape": 0.125},
    ),
    Scenario(
        "cities dominate",
        "change",
        "Messages grow so fast with population that three cities send about half of them.",
        {"volume_elasticity": 1.8},
    ),
    Scenario(
        "forty municipalities",
        "change",
        "The study holds every tenth municipality only, by population.",
        municipalities="forty",
    ),
    Scenario("all of Flanders", "elasticity", "Every Flemish municipality has a page."),
    Scenario(
        "without Antwerp and Ghent",
        "elasticity",
        "The two largest are left out.",
        municipalities="without the two largest",
    ),
    Scenario(
        "Flanders up to 50,000",
        "presence",
        "Each municipality up to 50,000 inhabitants has an account or not, by its population.",
    ),
)

#: The intervals by question, with what they are intervals of.
INTERVALS = {
    "change": {
        "linearised": "message-weighted",
        "linearised, Student's t": "message-weighted",
        "bootstrap percentile": "message-weighted",
        "bootstrap-t": "message-weighted",
        "account-weighted percentile": "account-weighted",
        "unpaired": "message-weighted",
        "message-level": "message-weighted",
    },
    "elasticity": {
        "negative binomial": "elasticity",
        "negative binomial, robust": "elasticity",
        "log-linear, HC3": "elasticity",
        "Poisson, HC1": "elasticity",
        "Poisson, HC3": "elasticity",
    },
    "presence": {"maximum likelihood": "slope", "Firth": "slope"},
}

#: What each estimand means, in words.
ESTIMANDS = {
    "message-weighted": "change of the message-weighted reply share",
    "account-weighted": "change of the account-weighted reply share",
    "elasticity": "elasticity of fans by population",
    "slope": "slope of presence on log population, log-odds",
}

DRAW_COLUMNS = [
    "question", "scenario", "draw", "interval", "estimate", "low", "high", "effective_accounts",
]  # fmt: skip

COVERAGE_COLUMNS = [
    "question", "scenario", "interval", "estimand", "truth", "truth_error", "nominal", "draws",
    "draws_without_interval", "coverage", "coverage_error", "truth_above_share",
    "truth_below_share", "mean_width", "width_over_needed", "effective_accounts", "seed",
]  # fmt: skip


class Recovery(NamedTuple):
    """What a run leaves behind: a row an interval and scenario, and the first draws one by one."""

    coverage: pd.DataFrame
    first_draws: pd.DataFrame


def list_scenarios() -> pd.DataFrame:
    """List the scenarios.

    Returns
    -------
    pandas.DataFrame
        question, scenario, meaning.
    """
    return pd.DataFrame(
        [(scenario.question, scenario.name, scenario.meaning) for scenario in SCENARIOS],
        columns=["question", "scenario", "meaning"],
    )


def run_recovery(
    draws: int, seed: int = SEED, progress: Callable[[int], object] | None = None
) -> Recovery:
    """Simulate every scenario many times and count how often each interval holds the truth.

    Parameters
    ----------
    draws : int
        Simulated studies of each scenario.
    seed : int
    progress : callable, optional
        Called with the number of studies just finished; `count_studies` tells how many there are.

    Returns
    -------
    Recovery

    Raises
    ------
    InputError
        If there are fewer draws than are kept one by one.
    """
    if draws < FIRST_DRAWS:
        raise InputError(
            f"draws is {draws}; expected at least {FIRST_DRAWS}, and some hundred to say anything"
        )
    tables, first = [], []
    for scenario in SCENARIOS:
        rows = simulate_scenario(scenario, draws, seed, progress)
        tables.append(summarise_coverage(scenario, rows, seed))
        first.append(rows[rows["draw"] < FIRST_DRAWS])
    return Recovery(pd.concat(tables, ignore_index=True), pd.concat(first, ignore_index=True))


def count_studies(draws: int) -> int:
    """Count the studies of a whole run, for a progress bar.

    Parameters
    ----------
    draws : int
        As for `run_recovery`.

    Returns
    -------
    int
    """
    return draws * len(SCENARIOS)


def simulate_scenario(
    scenario: Scenario,
    draws: int,
    seed: int = SEED,
    progress: Callable[[int], object] | None = None,
) -> pd.DataFrame:
    """Simulate the studies of one scenario and put every interval around each.

    Parameters
    ----------
    scenario : Scenario
    draws, seed, progress
        As for `run_recovery`. The first draws do not depend on how many follow.

    Returns
    -------
    pandas.DataFrame
        A row per draw and interval: `DRAW_COLUMNS`. Ends are missing where an estimator gave none;
        the effective number of accounts is that of the later year, missing for other questions.
    """
    simulate = {
        "change": _simulate_changes,
        "elasticity": _simulate_elasticities,
        "presence": _simulate_presence,
    }[scenario.question]
    tables, size = [], _BATCH[scenario.question]
    for batch, start in enumerate(range(0, draws, size)):
        # the last batch is simulated whole too, so that no draw depends on how many follow
        found = simulate(scenario, size, _mix(seed, scenario, batch))
        found = found[found["draw"] < draws - start]
        tables.append(found.assign(draw=found["draw"] + start))
        if progress is not None:
            progress(min(size, draws - start))
    return pd.concat(tables, ignore_index=True).assign(
        question=scenario.question, scenario=scenario.name
    )[DRAW_COLUMNS]


def _mix(seed: int, scenario: Scenario, batch: int) -> np.ndarray:
    return np.random.SeedSequence([seed, SCENARIOS.index(scenario), batch]).generate_state(2)


def find_truth(scenario: Scenario, seed: int = SEED) -> dict[str, tuple[float, float]]:
    """Find the true answers of a scenario, with their own Monte Carlo standard errors.

    Parameters
    ----------
    scenario : Scenario
    seed : int

    Returns
    -------
    dict
        By estimand, the true value and its error; exact where it is a constant of the process.
    """
    assumptions = _assume(scenario)
    if scenario.question == "elasticity":
        return {"elasticity": (assumptions.fan_elasticity, 0.0)}
    if scenario.question == "presence":
        return {"slope": (assumptions.flemish_twitter_slope, 0.0)}
    # other numbers than those of the studies themselves
    start = int(np.random.SeedSequence([seed, 1000]).generate_state(1)[0])
    true = measure_true_change(_read_units(scenario), assumptions, _TRUTH_DRAWS, start)
    return {
        name: (true[key], true[f"{key}_error"])
        for name, key in (
            ("message-weighted", "message_weighted"),
            ("account-weighted", "account_weighted"),
        )
    }


def summarise_coverage(scenario: Scenario, rows: pd.DataFrame, seed: int = SEED) -> pd.DataFrame:
    """Count how often each interval of a scenario holds the truth.

    Parameters
    ----------
    scenario : Scenario
    rows : pandas.DataFrame
        From `simulate_scenario`.
    seed : int
        For the truth.

    Returns
    -------
    pandas.DataFrame
        `COVERAGE_COLUMNS`, a row an interval. coverage_error is its Monte Carlo standard error; a
        draw without interval covers nothing. truth_above_share: how often the truth lies above the
        interval. width_over_needed: the mean width over that of an interval as wide as the
        estimates really scatter, 2 · 1.96 standard deviations.
    """
    truths = find_truth(scenario, seed)
    summaries = []
    for interval, estimand in INTERVALS[scenario.question].items():
        found = rows[rows["interval"] == interval]
        truth, error = truths[estimand]
        above, below = found["high"] < truth, found["low"] > truth
        covered = (found["low"] <= truth) & (truth <= found["high"])
        coverage, width = covered.mean(), (found["high"] - found["low"]).mean()
        summaries.append(
            {
                "question": scenario.question,
                "scenario": scenario.name,
                "interval": interval,
                "estimand": estimand,
                "truth": truth,
                "truth_error": error,
                "nominal": CONFIDENCE,
                "draws": len(found),
                "draws_without_interval": int(found["low"].isna().sum()),
                "coverage": coverage,
                "coverage_error": np.sqrt(coverage * (1 - coverage) / len(found)),
                "truth_above_share": above.mean(),
                "truth_below_share": below.mean(),
                "mean_width": width,
                "width_over_needed": width / (2 * _Z * found["estimate"].std(ddof=1)),
                "effective_accounts": found["effective_accounts"].median(),
                "seed": seed,
            }
        )
    return pd.DataFrame(summaries)[COVERAGE_COLUMNS]


def _assume(scenario: Scenario) -> Assumptions:
    return replace(Assumptions(), **scenario.constants)


@cache
def _read_populations(region: str) -> np.ndarray:
    """Read the linked Dutch units' populations of 2013 and 2014, or the Flemish ones of 2016."""
    registers = read_registers()
    own = registers.organisations[registers.organisations["region"] == region]
    if region == "VL":
        return own.loc[own["edition_year"] == 2016, "population"].to_numpy(dtype=float)
    years = (2013, 2014)
    codes = {year: own.loc[own["edition_year"] == year, "code"].tolist() for year in years}
    units = link_units(registers.changes, codes, *years)
    own = own[own["edition_year"].isin(years)]
    wide = own.groupby([own["code"].map(units), "edition_year"])["population"].sum().unstack()
    return wide.sort_index()[list(years)].to_numpy(dtype=float)


def _read_units(scenario: Scenario) -> np.ndarray:
    units = _read_populations("NL" if scenario.question == "change" else "VL")
    if scenario.municipalities == "forty":
        return units[np.argsort(units[:, 1])[5::10]]
    if scenario.municipalities == "without the two largest":
        return np.sort(units)[:-2]
    return units[units <= 50_000] if scenario.question == "presence" else units


def _simulate_changes(scenario: Scenario, draws: int, seeds: np.ndarray) -> pd.DataFrame:
    drawn = draw_accounts(_read_units(scenario), draws, int(seeds[0]), _assume(scenario))
    counts = [
        counted[..., year].astype(float)
        for year in (0, 1)
        for counted in (drawn.messages, drawn.replies)
    ]
    equal = [
        part
        for year in (0, 1)
        for part in weigh_equally(drawn.messages[..., year], drawn.replies[..., year])
    ]
    chosen = draw_multiplicities(counts[0].shape[1], RESAMPLES, int(seeds[1]))
    change, again = change_of_ratios(*counts), bootstrap_limits(*counts, chosen, CONFIDENCE)
    account_limits = bootstrap_limits(*equal, chosen, CONFIDENCE)
    effective = counts[2].sum(axis=1) ** 2 / (counts[2] ** 2).sum(axis=1)
    error = np.sqrt(change_variance(*counts))
    ends = {
        "linearised": _reach(change, _Z * error),
        "linearised, Student's t": _reach(
            change, stats.t.ppf(0.5 + CONFIDENCE / 2, np.maximum(effective - 1, 1)) * error
        ),
        "bootstrap percentile": (again.percentile_low, again.percentile_high),
        "bootstrap-t": (again.studentised_low, again.studentised_high),
        "account-weighted percentile": (
            account_limits.percentile_low,
            account_limits.percentile_high,
        ),
        "unpaired": _reach(change, _Z * np.sqrt(change_variance(*counts, paired=False))),
        "message-level": _reach(change, _Z * np.sqrt(message_variance(*counts))),
    }
    account_change = change_of_ratios(*equal)
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "draw": np.arange(draws),
                    "interval": interval,
                    "estimate": account_change if interval.startswith("account") else change,
                    "low": low,
                    "high": high,
                    "effective_accounts": effective,
                }
            )
            for interval, (low, high) in ends.items()
        ]
    )


def _reach(middle: np.ndarray, half: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return middle - half, middle + half


def _simulate_elasticities(scenario: Scenario, draws: int, seeds: np.ndarray) -> pd.DataFrame:
    assumptions, population = _assume(scenario), _read_units(scenario)
    generator = np.random.default_rng(seeds)
    logarithms = np.log(population)
    design = pd.DataFrame({"log_population": logarithms - logarithms.mean()})
    rows = []
    for draw in range(draws):
        shape = np.exp(assumptions.fan_elasticity * design["log_population"].to_numpy())
        noise = np.exp(assumptions.fan_spread * generator.standard_normal(len(population)))
        # whole fans, drawn so that rounding moves no mean
        fans = generator.poisson(_MEAN_FANS * shape / shape.mean() * noise)
        kept = fans > 0
        for interval, fit in (
            ("negative binomial", lambda x, y: fit_negative_binomial(x, y, covariance="model")),
            (
                "negative binomial, robust",
                lambda x, y: fit_negative_binomial(x, y, covariance="HC1"),
            ),
            ("Poisson, HC1", lambda x, y: fit_poisson(x, y, covariance="HC1")),
            ("Poisson, HC3", lambda x, y: fit_poisson(x, y, covariance="HC3")),
            ("log-linear, HC3", lambda x, y: fit_linear(x, np.log(y), covariance="HC3")),
        ):
            try:
                slope = fit(design[kept], fans[kept]).coefficients(CONFIDENCE).iloc[1]
                found = slope["estimate"], slope["low"], slope["high"]
            except ValueError:
                # no convergence: that study has no such interval, which is counted
                found = np.nan, np.nan, np.nan
            rows.append((draw, interval, *found, np.nan))
    return pd.DataFrame(rows, columns=DRAW_COLUMNS[2:])


def _simulate_presence(scenario: Scenario, draws: int, seeds: np.ndarray) -> pd.DataFrame:
    assumptions, population = _assume(scenario), _read_units(scenario)
    generator = np.random.default_rng(seeds)
    sizes = np.log(population) - 9.6
    odds = assumptions.flemish_twitter_intercept + assumptions.flemish_twitter_slope * sizes
    present = (generator.random((draws, len(sizes))) < expit(odds)).astype(float)
    tables = []
    for interval, penalty in (("maximum likelihood", "none"), ("Firth", "firth")):
        limits = find_coefficient_limits(
            sizes[:, None], present, np.ones_like(present), penalty, CONFIDENCE
        )[:, 1]
        tables.append(
            pd.DataFrame(limits, columns=["estimate", "low", "high"]).assign(
                draw=np.arange(draws), interval=interval, effective_accounts=np.nan
            )
        )
    return pd.concat(tables)


def write_recovery(recovery: Recovery, folder: Path) -> list[Path]:
    """Write both tables as CSV.

    Parameters
    ----------
    recovery : Recovery
    folder : pathlib.Path
        `data/processed/recovery`.

    Returns
    -------
    list of pathlib.Path
    """
    paths = []
    for table, frame in recovery._asdict().items():
        path = Path(folder) / f"{table}.csv"
        # eight digits: as many as another machine agrees on
        write_text(path, frame.to_csv(index=False, float_format="%.8g", lineterminator="\n"))
        paths.append(path)
    return paths


def read_recovery(folder: Path) -> Recovery:
    """Read both tables.

    Parameters
    ----------
    folder : pathlib.Path
        `data/processed/recovery`.

    Returns
    -------
    Recovery

    Raises
    ------
    InputError
        If a table is missing or has other columns.
    """
    tables = []
    for table, columns in (("coverage", COVERAGE_COLUMNS), ("first_draws", DRAW_COLUMNS)):
        path = Path(folder) / f"{table}.csv"
        if not path.exists():
            raise InputError(f"{display_path(path)} is missing; `make recovery` writes it")
        frame = pd.read_csv(path)
        if list(frame.columns) != columns:
            raise InputError(
                f"{display_path(path)} has other columns; `make recovery` writes it anew"
            )
        tables.append(frame)
    return Recovery(*tables)


def pick_coverage(coverage: pd.DataFrame, scenario: str, interval: str) -> Estimate:
    """Give one coverage as an estimate.

    Parameters
    ----------
    coverage : pandas.DataFrame
        From `run_recovery` or `read_recovery`.
    scenario, interval : str

    Returns
    -------
    Estimate
        In % of the simulated studies, `n` their number. Without interval: no kind of interval here
        is one of a simulation's own chance; `coverage_error` of the table tells that.

    Raises
    ------
    KeyError
        If there is no such row.
    """
    chosen = coverage[(coverage["scenario"] == scenario) & (coverage["interval"] == interval)]
    if len(chosen) != 1:
        raise KeyError(f"{len(chosen)} rows of {interval!r} in {scenario!r}")
    row = chosen.iloc[0]
    percent = 100 * float(row["coverage"])
    return Estimate(
        percent,
        percent,
        percent,
        "none",
        f"share of simulated studies ({scenario}) whose nominal {row['nominal']:.0%} interval "
        f"({interval}) holds the true {ESTIMANDS[row['estimand']]}",
        "% of the simulated studies",
        int(row["draws"]),
    )


def spread_coverage(coverage: pd.DataFrame, question: str) -> pd.DataFrame:
    """Put the coverage of one question in a table with a column a scenario.

    Parameters
    ----------
    coverage : pandas.DataFrame
    question : str

    Returns
    -------
    pandas.DataFrame
        interval, then each scenario in the order of `SCENARIOS`, in %.
    """
    rows = coverage[coverage["question"] == question]
    wide = rows.pivot(index="interval", columns="scenario", values="coverage") * 100
    names = [scenario.name for scenario in SCENARIOS if scenario.question == question]
    return wide.loc[list(INTERVALS[question]), names].rename_axis(columns=None).reset_index()


def judge_coverage(coverage: pd.DataFrame, tolerance: float) -> pd.DataFrame:
    """Say of every interval whether it holds what it promises.

    Parameters
    ----------
    coverage : pandas.DataFrame
    tolerance : float
        How far the coverage may lie from the nominal level, in percentage points, beyond two Monte
        Carlo standard errors.

    Returns
    -------
    pandas.DataFrame
        question, scenario, interval, coverage_percent, error_points, verdict: "holds", "too short"
        or "too wide", width_over_needed.
    """
    slack = tolerance / 100 + 2 * coverage["coverage_error"]
    verdict = np.select(
        [
            coverage["coverage"] < coverage["nominal"] - slack,
            coverage["coverage"] > coverage["nominal"] + slack,
        ],
        ["too short", "too wide"],
        "holds",
    )
    return coverage[["question", "scenario", "interval"]].assign(
        coverage_percent=100 * coverage["coverage"],
        error_points=100 * coverage["coverage_error"],
        verdict=verdict,
        width_over_needed=coverage["width_over_needed"],
    )
