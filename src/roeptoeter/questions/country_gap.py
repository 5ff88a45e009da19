"""How far Flanders is behind the Netherlands, in points and in years, and how much of it is size.

Every number comes from a published figure by its id or from the registers. What is assumed (the
dates of measurement, which figures form one series) stands in `data/manual/adoption_series.csv`.
"""

from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.estimators.decomposition import (
    bound_decomposition,
    list_allocations,
    standardise,
)
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import newcombe_interval
from roeptoeter.estimators.rounding import admissible_counts, rounding_interval
from roeptoeter.estimators.time_distance import (
    LogisticLag,
    bound_time_distance,
    draw_time_distances,
    estimate_logistic_lag,
    measure_time_distance,
)
from roeptoeter.published import get_figure
from roeptoeter.registers import SIZE_CLASSES

#: The printed share of municipalities with an account in 2016, by platform and region.
PRESENCE_FIGURES = {
    ("Facebook", "NL"): "F073",
    ("Facebook", "VL"): "F046",
    ("Twitter", "NL"): "F074",
    ("Twitter", "VL"): "F047",
}

#: The Dutch municipalities without Twitter, counted by another source in the same year.
TWITTER_ABSENTEES = "F228"

#: Dutch municipalities on Twitter: every count printed so, or all but the counted absentees.
TWITTER_READINGS = ("printed share", "counted absentees")

#: Flemish presence on Twitter by size class, in the order of `SIZE_CLASSES`.
TWITTER_CLASS_FIGURES = ("F052", "F051", "F049")

#: Flemish presence on Facebook in the largest class; the other two are printed together only.
FACEBOOK_LARGEST = "F048"

#: "About two years behind".
CLAIMED_LAG = "F072"

SERIES_COLUMNS = ["indicator", "series", "figure_id", "assumed_decimal_year", "reads_as", "reason"]

#: What the two countries are compared on, with the name a reader sees.
INDICATORS = {
    "facebook_presence": "presence on Facebook",
    "twitter_presence": "presence on Twitter",
    "response_time": "response time on Twitter",
}

READINGS = ("printed", "complement", "no better")
MAIN_SERIES, UNIT_SERIES = "main series", "Flanders"

_HOURS = {"hours": 1.0, "minutes": 1 / 60}
_YEAR = 2016


def read_adoption_series(path: Path) -> pd.DataFrame:
    """Read which figures form which series, and when each is assumed to have been measured.

    Parameters
    ----------
    path : pathlib.Path
        `data/manual/adoption_series.csv`.

    Returns
    -------
    pandas.DataFrame
        A row a point of a series, in the order of the file: indicator, series, figure_id,
        assumed_decimal_year, reads_as, reason.

    Raises
    ------
    InputError
        If the file or a column is missing; an indicator or a reading is unknown; a date is no year
        of 2005 to 2030; a reason is empty; the points of a series are not in the order of their
        dates; or an indicator has no Flemish point or more than one. Rows are counted with the
        header as row 1.
    """
    path = Path(path)
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; put it back from the repository") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as fault:
        raise InputError(
            f"{path}: expected comma-separated values in UTF-8 ({' '.join(str(fault).split())})"
        ) from None
    missing = [column for column in SERIES_COLUMNS if column not in table.columns]
    if missing:
        raise InputError(f"{path}, row 1: column {missing[0]} is missing; mend the header")

    def refuse(faulty: pd.Series, column: str, expected: str) -> None:
        if faulty.any():
            position = int(np.argmax(faulty))
            found = table[column].iloc[position]
            raise InputError(
                f"{path}, row {position + 2}, {column}: expected {expected}, found {found!r}"
            )

    refuse(~table["indicator"].isin(INDICATORS), "indicator", f"one of {', '.join(INDICATORS)}")
    refuse(~table["reads_as"].isin(READINGS), "reads_as", f"one of {', '.join(READINGS)}")
    dates = pd.to_numeric(table["assumed_decimal_year"], errors="coerce")
    refuse(~dates.between(2005, 2030), "assumed_decimal_year", "a decimal year such as 2013.7")
    refuse(table["reason"].str.strip() == "", "reason", "why this date and this series")
    later = dates.groupby([table["indicator"], table["series"]]).diff()
    refuse(later <= 0, "assumed_decimal_year", "a date after that of the series' point before it")
    units = table[table["series"] == UNIT_SERIES].groupby("indicator").size()
    for indicator in table["indicator"].unique():
        if units.get(indicator, 0) != 1:
            raise InputError(
                f"{path}, series: {indicator} has {units.get(indicator, 0)} points of "
                f"{UNIT_SERIES}, expected one; add or remove a row"
            )
    return table[SERIES_COLUMNS].assign(assumed_decimal_year=dates)


def build_series(decisions: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Put the published numbers into the series.

    Parameters
    ----------
    decisions : pandas.DataFrame
        As `read_adoption_series` returns it.
    figures : pandas.DataFrame
        The processed table `figures`.

    Returns
    -------
    pandas.DataFrame
        The rows of `decisions` with level (share of municipalities in %, or hours), level_error
        (half a unit of the last printed digit; 0 for a count), unit ("%" or "hours"), source_key.
        A figure read as "no better" takes the level of the point before it: a running maximum
        loses nothing by it.

    Raises
    ------
    InputError
        If a figure is unknown, has no number where one is read, or a complement has no count and
        base.
    """
    rows = []
    for decision in decisions.to_dict("records"):
        figure = get_figure(figures, decision["figure_id"])
        where = f"adoption_series.csv, figure_id: {decision['figure_id']}"
        unit = "hours" if decision["indicator"] == "response_time" else "%"
        if decision["reads_as"] == "complement":
            if pd.isna(figure["numerator"]) or pd.isna(figure["denominator"]):
                raise InputError(f"{where} has no count and base; read it as printed")
            level, error = 100 - 100 * int(figure["numerator"]) / int(figure["denominator"]), 0.0
        elif decision["reads_as"] == "no better":
            before = rows[-1] if rows else None
            if before is None or before["series"] != decision["series"]:
                raise InputError(f"{where} is the first of its series, so that none is before it")
            level, error = before["level"], before["level_error"]
        elif pd.isna(figure["printed_number"]):
            raise InputError(f"{where} prints no number; read it as no better, or leave it out")
        else:
            factor = _HOURS[figure["unit"]] if unit == "hours" else 1.0
            low, high = rounding_interval(
                float(figure["printed_number"]), int(figure["printed_decimals"])
            )
            level, error = float(figure["printed_number"]) * factor, (high - low) / 2 * factor
        rows.append(
            {
                **decision,
                "level": level,
                "level_error": error,
                "unit": unit,
                "source_key": figure["source_key"],
            }
        )
    return pd.DataFrame(rows)


def count_size_classes(organisations: pd.DataFrame, region: str, edition_year: int) -> pd.Series:
    """Count a region's municipalities per size class.

    Parameters
    ----------
    organisations : pandas.DataFrame
        The processed table `organisations`.
    region : {"NL", "VL"}
    edition_year : int
        Register of 1 January of this year.

    Returns
    -------
    pandas.Series
        Municipalities, indexed by `roeptoeter.registers.SIZE_CLASSES`, from small to large.

    Raises
    ------
    InputError
        If the register does not have this year.
    """
    chosen = organisations[
        (organisations["region"] == region) & (organisations["edition_year"] == edition_year)
    ]
    if chosen.empty:
        years = sorted(organisations["edition_year"].unique())
        raise InputError(
            f"organisations: no municipalities of {region} in {edition_year}; "
            f"choose a year from {years[0]} to {years[-1]}"
        )
    counts = chosen["size_class"].value_counts().reindex(list(SIZE_CLASSES), fill_value=0)
    return counts.rename("municipalities").astype(int)


def count_presence(
    figures: pd.DataFrame, organisations: pd.DataFrame, dutch_twitter_reading: str
) -> pd.DataFrame:
    """Find the counts of municipalities that the printed shares of 2016 admit.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.
    dutch_twitter_reading : {"printed share", "counted absentees"}
        Whether every count that is printed as the Dutch share is admitted, or only the one that
        leaves the absentees of the other source.

    Returns
    -------
    pandas.DataFrame
        A row per platform and region: municipalities (all), count_low, count_high, and
        count_central: the middle of the admitted counts, and for Dutch Twitter the one with the
        counted absentees.

    Raises
    ------
    InputError
        If the reading is unknown, or the counted absentees contradict the printed share.
    """
    if dutch_twitter_reading not in TWITTER_READINGS:
        raise InputError(
            f"dutch_twitter_reading is {dutch_twitter_reading!r}, "
            f"expected one of {', '.join(TWITTER_READINGS)}"
        )
    rows = []
    for (platform, region), figure_id in PRESENCE_FIGURES.items():
        figure = get_figure(figures, figure_id)
        n = int(count_size_classes(organisations, region, _YEAR).sum())
        counts = admissible_counts(
            float(figure["printed_number"]), n, int(figure["printed_decimals"])
        )
        central = int(counts[(len(counts) - 1) // 2])
        if (platform, region) == ("Twitter", "NL"):
            central = n - int(get_figure(figures, TWITTER_ABSENTEES)["printed_number"])
            if central not in counts:
                raise InputError(
                    f"figures.csv: {central} of {n} ({TWITTER_ABSENTEES}) is not printed as "
                    f"{figure['printed_number']}% ({figure_id}); correct one of the two"
                )
            if dutch_twitter_reading == "counted absentees":
                counts = np.array([central])
        rows.append(
            {
                "platform": platform,
                "region": region,
                "municipalities": n,
                "count_low": int(counts[0]),
                "count_high": int(counts[-1]),
                "count_central": central,
            }
        )
    return pd.DataFrame(rows)


def measure_gap(
    presence: pd.DataFrame, platform: str, confidence: float
) -> tuple[Estimate, Estimate]:
    """Measure the gap in presence, the Netherlands minus Flanders, with two intervals kept apart.

    Parameters
    ----------
    presence : pandas.DataFrame
        As `count_presence` returns it.
    platform : {"Facebook", "Twitter"}
    confidence : float
        Level of the superpopulation interval.

    Returns
    -------
    rounding, superpopulation : Estimate
        Percentage points. The first holds every gap that the printed shares admit. The second is
        Newcombe's interval at the central counts; every municipality was counted, so that it is
        not a margin of error of the count.
    """
    rows = presence[presence["platform"] == platform].set_index("region")
    dutch, flemish = rows.loc["NL"], rows.loc["VL"]
    estimand = f"share of municipalities on {platform} in {_YEAR}, Netherlands minus Flanders"
    n = int(dutch["municipalities"] + flemish["municipalities"])

    def subtract(dutch_count: int, flemish_count: int) -> float:
        shares = dutch_count / dutch["municipalities"], flemish_count / flemish["municipalities"]
        return float(100 * (shares[0] - shares[1]))

    rounding = Estimate(
        subtract(dutch["count_central"], flemish["count_central"]),
        subtract(dutch["count_low"], flemish["count_high"]),
        subtract(dutch["count_high"], flemish["count_low"]),
        "rounding",
        estimand,
        "percentage points",
        n,
    )
    superpopulation = newcombe_interval(
        int(dutch["count_central"]),
        int(dutch["municipalities"]),
        int(flemish["count_central"]),
        int(flemish["municipalities"]),
        confidence,
        estimand=estimand,
    ).scaled(100, "percentage points")
    return rounding, superpopulation


def tabulate_gaps(presence: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Put shares, gaps and both kinds of interval beside each other, a row a platform.

    Parameters
    ----------
    presence : pandas.DataFrame
        As `count_presence` returns it.
    confidence : float
        Level of the superpopulation interval.

    Returns
    -------
    pandas.DataFrame
        platform, dutch_percent, flemish_percent (at the central counts), gap_points, rounding_low,
        rounding_high, superpopulation_low, superpopulation_high, municipalities.
    """
    rows = []
    for platform, counted in presence.groupby("platform", sort=False):
        rounding, superpopulation = measure_gap(presence, platform, confidence)
        shares = (100 * counted["count_central"] / counted["municipalities"]).to_numpy()
        dutch, flemish = (shares[counted["region"] == region][0] for region in ("NL", "VL"))
        rows.append(
            {
                "platform": platform,
                "dutch_percent": float(dutch),
                "flemish_percent": float(flemish),
                "gap_points": rounding.value,
                "rounding_low": rounding.low,
                "rounding_high": rounding.high,
                "superpopulation_low": superpopulation.low,
                "superpopulation_high": superpopulation.high,
                "municipalities": rounding.n,
            }
        )
    return pd.DataFrame(rows)


def list_flemish_twitter_counts(
    figures: pd.DataFrame, organisations: pd.DataFrame, presence: pd.DataFrame
) -> np.ndarray:
    """List the Flemish counts per size class that the printed class shares and the total admit.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.
    presence : pandas.DataFrame
        As `count_presence` returns it.

    Returns
    -------
    numpy.ndarray of int, shape (k, 3)
        Municipalities on Twitter per class of `SIZE_CLASSES`.

    Raises
    ------
    InputError
        If no counts agree with all four figures.
    """
    sizes = count_size_classes(organisations, "VL", _YEAR)
    printed = [get_figure(figures, figure_id) for figure_id in TWITTER_CLASS_FIGURES]
    per_class = [
        admissible_counts(float(figure["printed_number"]), n, int(figure["printed_decimals"]))
        for figure, n in zip(printed, sizes, strict=True)
    ]
    low, high = _admitted(presence, "Twitter", "VL")
    counts = [row for row in product(*per_class) if low <= sum(row) <= high]
    if not counts:
        raise InputError(
            f"figures.csv: the class shares {', '.join(TWITTER_CLASS_FIGURES)} and the total "
            f"{PRESENCE_FIGURES['Twitter', 'VL']} admit no common counts; correct one of them"
        )
    return np.array(counts, dtype=int)


def standardise_flemish_twitter(
    flemish_counts: np.ndarray,
    organisations: pd.DataFrame,
    presence: pd.DataFrame,
    size_mix_year: int,
) -> Estimate:
    """Give the Flemish share on Twitter if Flanders had the Dutch mix of sizes.

    Parameters
    ----------
    flemish_counts : numpy.ndarray of int, shape (k, 3)
        As `list_flemish_twitter_counts` returns them.
    organisations : pandas.DataFrame
        The processed table.
    presence : pandas.DataFrame
        As `count_presence` returns it.
    size_mix_year : int
        Register year of the Dutch mix.

    Returns
    -------
    Estimate
        In %, interval kind "rounding": over the admitted class counts. The value belongs to the
        class counts whose sum lies nearest to the central count.
    """
    sizes = count_size_classes(organisations, "VL", _YEAR).to_numpy()
    mix = count_size_classes(organisations, "NL", size_mix_year).to_numpy()
    shares = [100 * standardise(mix, counts / sizes) for counts in flemish_counts]
    rows = presence[(presence["platform"] == "Twitter") & (presence["region"] == "VL")]
    distance = np.abs(flemish_counts.sum(axis=1) - rows["count_central"].iloc[0])
    return Estimate(
        shares[int(np.argmin(distance))],
        min(shares),
        max(shares),
        "rounding",
        f"share of Flemish municipalities on Twitter in {_YEAR}, "
        f"standardised to the Dutch size classes of {size_mix_year}",
        "%",
        int(sizes.sum()),
    )


def decompose_twitter(
    flemish_counts: np.ndarray,
    organisations: pd.DataFrame,
    presence: pd.DataFrame,
    size_mix_year: int,
) -> dict[str, Estimate]:
    """Bound how much of the Twitter gap is the mix of sizes and how much behaviour.

    The Dutch shares per class were never published; the Dutch absentees, few as they are, are put
    into the classes in every possible way.

    Parameters
    ----------
    flemish_counts : numpy.ndarray of int, shape (k, 3)
        As `list_flemish_twitter_counts` returns them.
    organisations : pandas.DataFrame
        The processed table.
    presence : pandas.DataFrame
        As `count_presence` returns it; every Dutch count in it is tried.
    size_mix_year : int
        Register year of the Dutch mix.

    Returns
    -------
    dict of str to Estimate
        "composition" and "behaviour" in percentage points, "composition_share" in % of the gap,
        "at_flemish_rates" and "at_dutch_rates": the composition when one region's class shares are
        held fixed. Values are NaN, because only bounds are known; interval kind "sensitivity".
    """
    sizes = count_size_classes(organisations, "VL", _YEAR).to_numpy()
    mix = count_size_classes(organisations, "NL", size_mix_year).to_numpy()
    dutch = int(count_size_classes(organisations, "NL", _YEAR).sum())
    low, high = _admitted(presence, "Twitter", "NL")
    allocations = np.vstack([list_allocations(dutch - n, mix) for n in range(low, high + 1)])
    # the absentees are a share of the municipalities of 2016, whatever year the mix is taken from
    dutch_rates = 1 - allocations / dutch / (mix / mix.sum())
    return _decompose(
        flemish_counts / sizes, sizes, dutch_rates, mix, "Twitter", sizes.sum() + dutch
    )


def decompose_facebook(
    figures: pd.DataFrame,
    organisations: pd.DataFrame,
    presence: pd.DataFrame,
    size_mix_year: int,
    *,
    assume_larger_not_behind: bool,
) -> dict[str, Estimate]:
    """Bound the parts of the Facebook gap, of which only two Flemish classes are known apart.

    Every division of the totals over the classes is tried, in both regions, with the largest
    Flemish class as printed.

    Parameters
    ----------
    figures, organisations, presence : pandas.DataFrame
        As elsewhere in this module.
    size_mix_year : int
        Register year of the Dutch mix.
    assume_larger_not_behind : bool
        ASSUMED, not published: in neither region a larger size class has a smaller share than a
        smaller one.

    Returns
    -------
    dict of str to Estimate
        As `decompose_twitter`; interval kind "sensitivity".
    """
    sizes = count_size_classes(organisations, "VL", _YEAR).to_numpy()
    mix = count_size_classes(organisations, "NL", size_mix_year).to_numpy()
    dutch = int(count_size_classes(organisations, "NL", _YEAR).sum())
    largest = round(
        float(get_figure(figures, FACEBOOK_LARGEST)["printed_number"]) * sizes[-1] / 100
    )
    low, high = _admitted(presence, "Facebook", "VL")
    rest = np.vstack([list_allocations(n - largest, sizes[:-1]) for n in range(low, high + 1)])
    flemish_rates = np.column_stack([rest, np.full(len(rest), largest)]) / sizes
    low, high = _admitted(presence, "Facebook", "NL")
    absent = np.vstack([list_allocations(dutch - n, mix) for n in range(low, high + 1)])
    dutch_rates = 1 - absent / dutch / (mix / mix.sum())
    dutch_rates = dutch_rates[(dutch_rates >= 0).all(axis=1)]
    if assume_larger_not_behind:
        flemish_rates, dutch_rates = (
            rates[(np.diff(rates, axis=1) >= 0).all(axis=1)]
            for rates in (flemish_rates, dutch_rates)
        )
    return _decompose(flemish_rates, sizes, dutch_rates, mix, "Facebook", sizes.sum() + dutch)


def tabulate_size_readings(
    figures: pd.DataFrame, organisations: pd.DataFrame, size_mix_years: Iterable[int]
) -> pd.DataFrame:
    """Put the size results on Twitter for every mix year and every Dutch reading beside each other.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.
    size_mix_years : iterable of int
        Register years of the Dutch mix.

    Returns
    -------
    pandas.DataFrame
        A row per year and reading: size_mix_year, dutch_twitter_reading, standardised_percent,
        composition_low, composition_high (points), composition_share_low, composition_share_high
        (% of the gap), and the composition at the class shares of one region alone:
        at_flemish_rates_low, at_flemish_rates_high, at_dutch_rates_low, at_dutch_rates_high
        (points).
    """
    rows = []
    for year, reading in product(size_mix_years, TWITTER_READINGS):
        presence = count_presence(figures, organisations, reading)
        counts = list_flemish_twitter_counts(figures, organisations, presence)
        parts = decompose_twitter(counts, organisations, presence, year)
        row = {
            "size_mix_year": year,
            "dutch_twitter_reading": reading,
            "standardised_percent": standardise_flemish_twitter(
                counts, organisations, presence, year
            ).value,
        }
        for name in ("composition", "composition_share", "at_flemish_rates", "at_dutch_rates"):
            row |= {f"{name}_low": parts[name].low, f"{name}_high": parts[name].high}
        rows.append(row)
    return pd.DataFrame(rows)


def _admitted(presence: pd.DataFrame, platform: str, region: str) -> tuple[int, int]:
    row = presence[(presence["platform"] == platform) & (presence["region"] == region)].iloc[0]
    return int(row["count_low"]), int(row["count_high"])


def _decompose(
    flemish_rates: np.ndarray,
    flemish_sizes: np.ndarray,
    dutch_rates: np.ndarray,
    dutch_sizes: np.ndarray,
    platform: str,
    n: int,
) -> dict[str, Estimate]:
    flemish_mix = flemish_sizes / flemish_sizes.sum()
    dutch_mix = dutch_sizes / dutch_sizes.sum()
    bounds = bound_decomposition(flemish_mix, flemish_rates, dutch_mix, dutch_rates)
    one_sided = {
        "at_flemish_rates": flemish_rates @ (dutch_mix - flemish_mix),
        "at_dutch_rates": dutch_rates @ (dutch_mix - flemish_mix),
    }
    ends = {
        "composition": bounds.composition,
        "behaviour": bounds.rate,
        "composition_share": bounds.composition_share,
        **{name: (float(parts.min()), float(parts.max())) for name, parts in one_sided.items()},
    }
    meaning = {
        "composition": "part of the gap that the mix of sizes makes, class shares averaged",
        "behaviour": "part of the gap that is there within size classes, both mixes averaged",
        "composition_share": "share of the gap that the mix of sizes makes",
        "at_flemish_rates": "part of the gap that the mix of sizes makes at Flemish class shares",
        "at_dutch_rates": "part of the gap that the mix of sizes makes at Dutch class shares",
    }
    return {
        name: Estimate(
            float("nan"),
            100 * low,
            100 * high,
            "sensitivity",
            f"{platform} {_YEAR}: {meaning[name]}",
            "% of the gap" if name == "composition_share" else "percentage points",
            int(n),
        )
        for name, (low, high) in ends.items()
    }


def measure_time_distances(
    series: pd.DataFrame,
    figures: pd.DataFrame,
    dating_error_years: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """Measure how many years Flanders is behind, per indicator and per series.

    Parameters
    ----------
    series : pandas.DataFrame
        As `build_series` returns it.
    figures : pandas.DataFrame
        The processed table; gives the claim to compare with.
    dating_error_years : float
        How far each assumed Dutch date may lie to either side.
    draws, seed : int
        For the range of draws.

    Returns
    -------
    pandas.DataFrame
        A row per indicator and series: dutch_points, flemish_level, unit, position,
        passed_decimal_year, years, at_least, at_most (at the printed levels and assumed dates);
        then years_low and years_high: every combination of rounding and dates, rounding_low and
        rounding_high, dating_low and dating_high: one of the two alone, draws_low and draws_high:
        the middle 95% when both are drawn evenly and independently; fits_claim: whether `years`
        is what would be printed as the claimed lag.
    """
    claim = get_figure(figures, CLAIMED_LAG)
    claim_low, claim_high = rounding_interval(
        float(claim["printed_number"]), int(claim["printed_decimals"])
    )
    rows = []
    units = series[series["series"] == UNIT_SERIES].set_index("indicator")
    for (indicator, name), points in series[series["series"] != UNIT_SERIES].groupby(
        ["indicator", "series"], sort=False
    ):
        unit = units.loc[indicator]
        place = {
            "unit_time": float(unit["assumed_decimal_year"]),
            "unit_level": float(unit["level"]),
            "times": points["assumed_decimal_year"].to_numpy(float),
            "levels": points["level"].to_numpy(float),
            "higher_is_ahead": indicator != "response_time",
        }
        rounding = {
            "unit_level_error": float(unit["level_error"]),
            "level_errors": points["level_error"].to_numpy(float),
        }
        distance = measure_time_distance(**place)
        both = bound_time_distance(**place, **rounding, time_error=dating_error_years)
        by_rounding = bound_time_distance(**place, **rounding)
        by_dating = bound_time_distance(**place, time_error=dating_error_years)
        drawn = draw_time_distances(
            **place, **rounding, time_error=dating_error_years, draws=draws, seed=seed
        )
        # an order statistic, because between two infinite draws nothing can be interpolated
        middle = np.quantile(drawn, [0.025, 0.975], method="inverted_cdf")
        rows.append(
            {
                "indicator": indicator,
                "series": name,
                "dutch_points": len(points),
                "flemish_level": place["unit_level"],
                "unit": unit["unit"],
                "position": distance.position,
                "passed_decimal_year": place["unit_time"] - distance.years,
                "years": distance.years,
                "at_least": distance.at_least,
                "at_most": distance.at_most,
                "years_low": both[0],
                "years_high": both[1],
                "rounding_low": by_rounding[0],
                "rounding_high": by_rounding[1],
                "dating_low": by_dating[0],
                "dating_high": by_dating[1],
                "draws_low": middle[0],
                "draws_high": middle[1],
                "fits_claim": bool(claim_low <= distance.years < claim_high),
            }
        )
    return pd.DataFrame(rows)


def estimate_years(distances: pd.DataFrame, indicator: str, name: str = MAIN_SERIES) -> Estimate:
    """Give the time distance of one indicator and series as an estimate.

    Parameters
    ----------
    distances : pandas.DataFrame
        As `measure_time_distances` returns it.
    indicator, name : str
        Which row; `name` is the series.

    Returns
    -------
    Estimate
        Years behind; NaN where only bounds are known. Interval kind "sensitivity": every
        combination of rounding and dates.
    """
    row = distances[(distances["indicator"] == indicator) & (distances["series"] == name)].iloc[0]
    return Estimate(
        float(row["years"]),
        float(row["years_low"]),
        float(row["years_high"]),
        "sensitivity",
        f"years between Flanders in {_YEAR} and the Netherlands at the same level of "
        f"{INDICATORS[indicator]}, series: {name}",
        "years behind",
    )


def count_fitting_indicators(distances: pd.DataFrame) -> Estimate:
    """Count the indicators that the claim of about two years fits, by their main series.

    Parameters
    ----------
    distances : pandas.DataFrame
        As `measure_time_distances` returns it.

    Returns
    -------
    Estimate
        Indicators, without interval; n is how many were looked at.
    """
    fits = distances.loc[distances["series"] == MAIN_SERIES, "fits_claim"]
    count = int(fits.sum())
    return Estimate(
        count,
        count,
        count,
        "none",
        "indicators whose time distance would be printed as the claimed years",
        "indicators",
        len(fits),
    )


def fit_facebook_lag(
    series: pd.DataFrame, organisations: pd.DataFrame, confidence: float
) -> LogisticLag:
    """Fit a logistic curve to the Dutch Facebook shares and read the Flemish lag from it.

    The bases of these shares are not published. Each is taken to be all municipalities of its
    year, and those of the first register for the years before it; the lag hardly depends on it.

    Parameters
    ----------
    series : pandas.DataFrame
        As `build_series` returns it.
    organisations : pandas.DataFrame
        The processed table.
    confidence : float
        Nominal level of the interval.

    Returns
    -------
    roeptoeter.estimators.time_distance.LogisticLag
    """
    facebook = series[series["indicator"] == "facebook_presence"]
    flemish = facebook[facebook["series"] == UNIT_SERIES].iloc[0]
    dutch = facebook[facebook["series"] == MAIN_SERIES]
    first = int(organisations["edition_year"].min())
    bases = np.array(
        [
            count_size_classes(organisations, "NL", max(first, int(date))).sum()
            for date in dutch["assumed_decimal_year"]
        ]
    )
    n = int(count_size_classes(organisations, "VL", _YEAR).sum())
    return estimate_logistic_lag(
        float(flemish["assumed_decimal_year"]),
        float(flemish["level"]) / 100 * n,
        n,
        dutch["assumed_decimal_year"].to_numpy(float),
        dutch["level"].to_numpy(float) / 100 * bases,
        bases,
        confidence,
    )


def describe_curve(curve: LogisticLag) -> pd.DataFrame:
    """Put the curve's coefficients into the shape of the ledger.

    Parameters
    ----------
    curve : roeptoeter.estimators.time_distance.LogisticLag

    Returns
    -------
    pandas.DataFrame
        The columns of `roeptoeter.report.COEFFICIENT_COLUMNS` without `notebook`; no p-value,
        because no test was declared beforehand.
    """
    plain_names = {
        "intercept": "log odds at the mean date",
        "years": "rise of the log odds per year",
    }
    return curve.coefficients.assign(
        model="Dutch municipalities on Facebook over time, binomial logit",
        plain_name=curve.coefficients["term"].map(plain_names),
        reference_category="",
        unit="log odds",
        interval_kind="superpopulation",
        p=float("nan"),
        n=curve.residual_degrees_of_freedom + len(curve.coefficients),
    )
