"""What do 38 forms say of the public sector, and whom can any of it reach? The survey of 2019 and the users of platforms.

The survey has no frame: how many were asked is not stated. Its counts are therefore given twice, as what they are (of the
respondents, with nothing left open) and with the interval that would hold if the respondents were a random sample of
advisers like them; there is no known population, and so no correction for a finite one. The users of platforms, measured
yearly and passed on by several pages, bound what a municipality can reach there.
"""

import math

import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.rounding import rounding_interval
from roeptoeter.published import get_figure
from roeptoeter.questions.consistency import evaluate_checks, read_as_interval
from roeptoeter.questions.size_classes import (
    admit_counts,
    count_municipalities,
    estimate_reach,
    read_reach,
)

#: The figure that counts the filled forms, and the one that counts those active on social media.
RESPONDENTS, ACTIVE = "F104", "F105"

#: The printed counts of 2019 by figure: the topic, and what the respondents said of their organisation.
COUNTS = {
    "F105": ("organisation", "active on social media"),
    "F112": ("organisation", "gives too little information"),
    "F106": ("channel", "website"),
    "F107": ("channel", "Facebook"),
    "F108": ("channel", "LinkedIn"),
    "F109": ("channel", "Instagram"),
    "F111": ("contact", "e-mail"),
    "F110": ("contact", "direct message"),
}

#: By platform, the figure of those active on it and the one of those whose page is idle (None: not printed).
UPKEEP = {"Facebook": ("F107", None), "LinkedIn": ("F108", "F114"), "Instagram": ("F109", "F113")}

#: The two readings of "have a page but do not keep it up".
AMONG, ON_TOP = "idle pages are among the active", "idle pages come on top"

#: What 2019 is not comparable with, and why: the printed share of municipalities by figure.
NOT_COMPARABLE = {
    "F105": "the survey itself: advisers all over the public sector, who came by themselves",
    "F120": "municipalities, not public organisations; eight years earlier",
    "F238": "Flemish municipalities, asked as such",
    "F045": "Flemish municipalities, of a known number that was asked",
    "F215": "municipalities, and one platform only",
    "F216": "accounts that were counted, not asked for, and one platform only",
    "F074": "all municipalities, and one platform only; no origin given",
    "F252": "Flemish municipalities, asked as such",
}

#: The checks of 02 on the survey and on the users.
CHECK_TOPICS = ("survey_2019", "newcom")

#: The printed share of the inhabitants of Flanders on a platform, by platform: the figures of its lower and upper end.
FLEMISH_USERS = {"Facebook": ("F063", "F064"), "Twitter": ("F246", "F246")}

#: Followers per inhabitant on Twitter that a Dutch study printed for 2015, by size class.
DUTCH_REACH_2015 = {
    "F225": "below 50,000",
    "F226": "50,000 to 100,000",
    "F227": "from 100,000",
}


def get_number(figures: pd.DataFrame, figure_id: str) -> float:
    """Return the number that a figure prints.

    Parameters
    ----------
    figures : pandas.DataFrame
    figure_id : str

    Returns
    -------
    float

    Raises
    ------
    InputError
        If there is no such figure, or it is stated in words.
    """
    number = get_figure(figures, figure_id)["printed_number"]
    if pd.isna(number):
        raise InputError(
            f"figures.csv, {figure_id}: expected a number, found none; put it back from the source"
        )
    return float(number)


# ---- the 38 forms ---------------------------------------------------------------------------------------------


def tabulate_counts(figures: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Put Wilson's interval beside every printed count of the survey of 2019.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed figures.
    confidence : float
        Nominal level.

    Returns
    -------
    pandas.DataFrame
        A row a count, by topic: figure_id, topic, statement, respondents (how many say so), asked (how many could),
        share_percent, low_percent, high_percent (Wilson, without a finite population), is_majority (the interval lies
        wholly above a half), is_open (it reaches to both sides of a half). The last row is the direct message again,
        of those active on social media.

    Raises
    ------
    InputError
        If a count exceeds the number of respondents.

    Notes
    -----
    The share is of the respondents and exact. The interval, Wilson (1927), is of another estimand: the share among
    advisers of whom the respondents were a random sample. Nothing says that they were.
    """
    asked = int(get_number(figures, RESPONDENTS))
    active = int(get_number(figures, ACTIVE))
    rows = [(key, *words, asked) for key, words in COUNTS.items()]
    rows.append(("F110", "contact", "direct message, of the active", active))
    table = []
    for figure_id, topic, statement, base in rows:
        count = int(get_number(figures, figure_id))
        if count > base:
            raise InputError(
                f"figures.csv, {figure_id}: {count} of {base} respondents is no share; check it and {RESPONDENTS}"
            )
        table.append((figure_id, topic, statement, count, *_describe(count, base, confidence)))
    columns = ["figure_id", "topic", "statement", "respondents", *_DESCRIBED]
    return pd.DataFrame(table, columns=columns)


_DESCRIBED = ["asked", "share_percent", "low_percent", "high_percent", "is_majority", "is_open"]


def _describe(count: int, asked: int, confidence: float) -> tuple:
    share = wilson_interval(count, asked, confidence).scaled(100, "%")
    return asked, share.value, share.low, share.high, share.low > 50, share.low < 50 < share.high


def estimate_count(counts: pd.DataFrame, statement: str, confidence: float) -> Estimate:
    """Give a count as a share, with the interval that would hold for a random sample.

    Parameters
    ----------
    counts : pandas.DataFrame
        From `tabulate_counts`.
    statement : str
        One of its rows.
    confidence : float

    Returns
    -------
    Estimate
        In %, n the respondents who could say so; a superpopulation interval.
    """
    row = counts[counts["statement"].eq(statement)].iloc[0]
    return wilson_interval(
        int(row["respondents"]),
        int(row["asked"]),
        confidence,
        estimand=f"share of public-sector organisations ({row['topic']}: {statement}), if the advisers who answered "
        "were a random sample of advisers like them",
    ).scaled(100, "%")


def bound_overlap(counts: pd.DataFrame, first: str, second: str) -> Estimate:
    """Bound how many respondents say two things, of which only the two counts are printed.

    Parameters
    ----------
    counts : pandas.DataFrame
        From `tabulate_counts`.
    first, second : str
        Statements.

    Returns
    -------
    Estimate
        In respondents, without a point; the sensitivity interval runs over every joint table.

    Notes
    -----
    Fréchet's bounds: from max(0, a + b - n) to min(a, b).

    Examples
    --------
    >>> counts = pd.DataFrame({"statement": ["mail", "phone"], "respondents": [33, 30], "asked": 38})
    >>> both = bound_overlap(counts, "mail", "phone")
    >>> both.low, both.high
    (25, 30)
    """
    rows = counts.set_index("statement").loc[[first, second]]
    asked = int(rows["asked"].max())
    low = max(0, int(rows["respondents"].sum()) - asked)
    high = int(rows["respondents"].min())
    return Estimate(
        math.nan if low != high else float(low),
        low,
        high,
        "sensitivity",
        f"respondents who say both: {first}, {second}",
        "respondents",
        asked,
    )


def read_idle_pages(figures: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Read the idle pages both ways: among those active on the platform, or besides them.

    Parameters
    ----------
    figures : pandas.DataFrame
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row a platform and reading: platform, reading, with_page, kept_up, idle, without_page (respondents),
        idle_percent, low_percent, high_percent (of the pages; Wilson). Where no idle pages are printed, one row of
        which only with_page and without_page are known.

    Raises
    ------
    InputError
        If a reading needs more pages than there are respondents, or fewer than none kept up.
    """
    asked = int(get_number(figures, RESPONDENTS))
    rows = []
    for platform, (active_id, idle_id) in UPKEEP.items():
        active = int(get_number(figures, active_id))
        if idle_id is None:
            nothing = (pd.NA, pd.NA, asked - active, math.nan, math.nan, math.nan)
            rows.append((platform, "idle pages not printed", active, *nothing))
            continue
        idle = int(get_number(figures, idle_id))
        for reading, pages in ((AMONG, active), (ON_TOP, active + idle)):
            if pages > asked or idle > pages:
                raise InputError(
                    f"figures.csv, {idle_id}: {idle} idle pages of {pages} among {asked} respondents cannot be; "
                    f"check it and {active_id}"
                )
            share = wilson_interval(idle, pages, confidence).scaled(100, "%")
            ends = share.value, share.low, share.high
            rows.append((platform, reading, pages, pages - idle, idle, asked - pages, *ends))
    columns = ["platform", "reading", "with_page", "kept_up", "idle", "without_page"]
    columns += ["idle_percent", "low_percent", "high_percent"]
    return pd.DataFrame(rows, columns=columns).astype({"kept_up": "Int64", "idle": "Int64"})


def estimate_idle(idle_pages: pd.DataFrame, platform: str) -> Estimate:
    """Give the share of a platform's pages that is idle, over both readings.

    Parameters
    ----------
    idle_pages : pandas.DataFrame
        From `read_idle_pages`.
    platform : str

    Returns
    -------
    Estimate
        In % of the respondents' pages, without a point: neither reading is the better one.
    """
    rows = idle_pages[idle_pages["platform"].eq(platform)]
    return Estimate(
        math.nan,
        float(rows["idle_percent"].min()),
        float(rows["idle_percent"].max()),
        "sensitivity",
        f"share of the respondents' {platform} pages that is not kept up, over both readings",
        "%",
    )


def estimate_kept_up(idle_pages: pd.DataFrame, platform: str, asked: int) -> Estimate:
    """Give how many respondents keep a page up on a platform, over both readings.

    Parameters
    ----------
    idle_pages : pandas.DataFrame
        From `read_idle_pages`.
    platform : str
    asked : int
        Respondents.

    Returns
    -------
    Estimate
        In respondents, without a point.
    """
    rows = idle_pages[idle_pages["platform"].eq(platform)]
    return Estimate(
        math.nan,
        float(rows["kept_up"].min()),
        float(rows["kept_up"].max()),
        "sensitivity",
        f"respondents who keep up a page on {platform}, over both readings",
        "respondents",
        asked,
    )


def set_beside_municipalities(figures: pd.DataFrame) -> pd.DataFrame:
    """Set the share of 2019 beside those of municipalities, each with why the two do not compare.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        By year, 2019 last: figure_id, measured_year, region, of_whom, platform ("any": social media as a whole),
        share_percent (as printed; of 2019 the counts' ratio), base (missing: not stated), known_from (how the source
        knows), difference (why the two are not comparable).
    """
    rows = []
    for figure_id, reason in NOT_COMPARABLE.items():
        figure = get_figure(figures, figure_id)
        is_count = figure["statistic"] == "count"
        share = (
            100 * figure["numerator"] / figure["denominator"]
            if is_count
            else figure["printed_number"]
        )
        rows.append(
            {
                "figure_id": figure_id,
                "measured_year": int(figure["measured_year"]),
                "region": figure["region"],
                "of_whom": _name_plural(figure["organisation_type"], figure["subgroup"]),
                "platform": figure["platform"],
                "share_percent": float(share),
                "base": figure["denominator"],
                "known_from": str(figure["sample_basis"]).replace("_", " "),
                "difference": reason,
            }
        )
    table = pd.DataFrame(rows).astype({"base": "Int64"})
    is_survey = table["figure_id"].eq(ACTIVE)
    return (
        table.assign(is_survey=is_survey)
        .sort_values(["is_survey", "measured_year"], kind="stable", ignore_index=True)
        .drop(columns="is_survey")
    )


def _name_plural(organisation_type: str, subgroup: str) -> str:
    kinds = {"municipality": "municipalities", "public_organisation": "public organisations"}
    return f"{kinds[organisation_type]}, {subgroup}"


def check_statements(
    checks: pd.DataFrame, figures: pd.DataFrame, organisations: pd.DataFrame
) -> pd.DataFrame:
    """Recompute the checks of the survey of 2019 and of the users that it quotes.

    Parameters
    ----------
    checks : pandas.DataFrame
        `data/manual/checks.csv`, as `consistency.read_decisions` reads it.
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        A row a check: check_id, statement, computed (of the users; the shares of so few respondents are not printed with
        decimals), verdict, reason (missing: the criterion says all).
    """
    rows = evaluate_checks(checks[checks["topic"].isin(CHECK_TOPICS)], figures, organisations)
    of_users = rows["topic"].eq("newcom")
    return pd.DataFrame(
        {
            "check_id": rows["check_id"],
            "statement": rows["statement"],
            "computed": rows["computed"].where(of_users, None),
            "verdict": rows["verdict"].str.replace("_", " "),
            "reason": rows["reason"].where(rows["reason"].ne(""), None),
        }
    ).reset_index(drop=True)


# ---- who uses the platforms -----------------------------------------------------------------------------------


def build_user_series(figures: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """Put the published users of each platform in the Netherlands in one series.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        By platform and year: platform, year, users, users_low, users_high (what the rounding of the print leaves
        open), basis ("printed" or "printed change", the year before a printed change taken off), figure_ids,
        daily_users, daily_percent, daily_low_percent, daily_high_percent (of the users), inhabitants (of the register
        of that year; of its last year for later ones), is_own_year (the register has that year), inhabitants_percent,
        inhabitants_low_percent, inhabitants_high_percent (users per hundred inhabitants),
        growth_percent_per_year, growth_low_percent, growth_high_percent (since the platform's point before).

    Notes
    -----
    Where two sources print the same number of users, the one with more digits stands for both. The survey behind most
    of the figures asks people of 15 and older; inhabitants are of all ages, because what municipalities count as reach
    is per inhabitant. Growth over several years is the constant yearly rate that leads from one point to the next.
    """
    dutch = figures[figures["region"].eq("NL") & figures["organisation_type"].eq("inhabitants")]
    points = _read_users(dutch, "users")
    points.update(
        {key: value for key, value in _undo_changes(dutch, points).items() if key not in points}
    )
    daily = _read_users(dutch, "daily_users")
    register = organisations[organisations["region"].eq("NL")]
    population = register.groupby("edition_year")["population"].sum()
    last = int(population.index.max())
    rows, previous = [], {}
    for platform, year in sorted(points, key=lambda key: (key[0].casefold(), key[1])):
        users, low, high, basis, figure_ids = points[platform, year]
        inhabitants = int(population[min(year, last)])
        rows.append(
            {
                "platform": platform, "year": year, "users": users, "users_low": low, "users_high": high,
                "basis": basis, "figure_ids": figure_ids,
                **_relate_daily(daily.get((platform, year)), points[platform, year]),
                "inhabitants": inhabitants, "is_own_year": year <= last,
                "inhabitants_percent": 100 * users / inhabitants,
                "inhabitants_low_percent": 100 * low / inhabitants,
                "inhabitants_high_percent": 100 * high / inhabitants,
                **_measure_growth(previous.get(platform), (year, users, low, high)),
            }
        )  # fmt: skip
        previous[platform] = (year, users, low, high)
    return pd.DataFrame(rows)


def _read_users(dutch: pd.DataFrame, metric: str) -> dict[tuple[str, int], tuple]:
    found = dutch[dutch["metric"].eq(metric) & dutch["statistic"].eq("count")]
    points = {}
    for key, rows in found.groupby(["platform", "measured_year"], sort=True):
        # more digits first, and of equals the one that was given a number first
        rows = rows.sort_values(
            ["printed_decimals", "figure_id"], ascending=[False, True], kind="stable"
        )
        finest = rows.iloc[0]
        points[key[0], int(key[1])] = (
            float(finest["printed_number"]),
            *_read_persons(finest),
            "printed",
            ", ".join(sorted(rows["figure_id"])),
        )
    return points


def _read_persons(figure: pd.Series) -> tuple[float, float]:
    """Read a number of persons as an interval; one printed in full, such as 700000, is round to its last zero."""
    printed = int(figure["printed_number"])
    if figure["printed_decimals"] < 0 or not printed:
        return read_as_interval(figure)
    digits = str(abs(printed))
    zeros = len(digits) - len(digits.rstrip("0"))
    low, high = rounding_interval(abs(printed), -zeros)
    return (low, high) if printed > 0 else (-high, -low)


def _undo_changes(dutch: pd.DataFrame, points: dict) -> dict[tuple[str, int], tuple]:
    """Find the users of the year before a printed change in persons, as the survey itself gives it."""
    changes = dutch[
        dutch["metric"].eq("users_change")
        & dutch["unit"].eq("persons")
        & dutch["subgroup"].eq("age_15_plus")
    ]
    earlier = {}
    for change in changes.itertuples(index=False):
        now = points.get((change.platform, int(change.measured_year)))
        if now is None:
            continue
        low, high = _read_persons(pd.Series(change._asdict()))
        earlier[change.platform, int(change.measured_year) - 1] = (
            now[0] - float(change.printed_number), now[1] - high, now[2] - low, "printed change",
            f"{now[4]}, {change.figure_id}",
        )  # fmt: skip
    return earlier


def _relate_daily(daily: tuple | None, users: tuple) -> dict:
    names = ["daily_users", "daily_percent", "daily_low_percent", "daily_high_percent"]
    if daily is None:
        return dict.fromkeys(names, math.nan)
    shares = [daily[0] / users[0], daily[1] / users[2], min(1.0, daily[2] / users[1])]
    return dict(zip(names, [daily[0], *(100 * share for share in shares)], strict=True))


def _measure_growth(before: tuple | None, now: tuple) -> dict:
    names = ["growth_percent_per_year", "growth_low_percent", "growth_high_percent"]
    if before is None:
        return dict.fromkeys(names, math.nan)
    years = now[0] - before[0]
    ratios = (now[1] / before[1], now[2] / before[3], now[3] / before[2])
    rates = [100 * (ratio ** (1 / years) - 1) for ratio in ratios]
    return dict(zip(names, rates, strict=True))


def _get_point(series: pd.DataFrame, platform: str, year: int) -> pd.Series:
    rows = series[series["platform"].eq(platform) & series["year"].eq(year)]
    if rows.empty:
        known = series.loc[series["platform"].eq(platform), "year"].tolist()
        raise InputError(
            f"figures.csv: no users of {platform} in {year}; known are the years {known or 'none'}"
        )
    return rows.iloc[0]


def estimate_growth(series: pd.DataFrame, platform: str, start: int, end: int) -> Estimate:
    """Give how much the users of a platform changed between two years.

    Parameters
    ----------
    series : pandas.DataFrame
        From `build_user_series`.
    platform : str
    start, end : int
        Years of the series.

    Returns
    -------
    Estimate
        In % of the users at the start, over the whole time; the interval is that of rounding.

    Raises
    ------
    InputError
        If the series lacks a year.
    """
    before, now = (_get_point(series, platform, year) for year in (start, end))
    return Estimate(
        100 * (now["users"] / before["users"] - 1),
        100 * (now["users_low"] / before["users_high"] - 1),
        100 * (now["users_high"] / before["users_low"] - 1),
        "rounding",
        f"change of the users of {platform} in the Netherlands, {start} to {end}",
        "%",
    )


def estimate_yearly_growth(series: pd.DataFrame, platform: str, start: int, end: int) -> Estimate:
    """Give the constant yearly rate at which the users of a platform would have changed so.

    Parameters and errors are those of `estimate_growth`.

    Returns
    -------
    Estimate
        In % a year; the interval is that of rounding.
    """
    before, now = (_get_point(series, platform, year) for year in (start, end))
    names = ("users", "users_low", "users_high")
    rates = _measure_growth((start, *before[list(names)]), (end, *now[list(names)]))
    return Estimate(
        *rates.values(),
        "rounding",
        f"yearly rate of change of the users of {platform} in the Netherlands, {start} to {end}",
        "% a year",
    )


def estimate_daily(series: pd.DataFrame, platform: str, year: int) -> Estimate:
    """Give the share of a platform's users who are there daily.

    Parameters
    ----------
    series : pandas.DataFrame
        From `build_user_series`.
    platform : str
    year : int

    Returns
    -------
    Estimate
        In % of the users; the interval is that of rounding.

    Raises
    ------
    InputError
        If no daily users are printed for that year.
    """
    row = _get_point(series, platform, year)
    if math.isnan(row["daily_percent"]):
        raise InputError(f"figures.csv: no daily users of {platform} in {year}")
    return Estimate(
        row["daily_percent"],
        row["daily_low_percent"],
        row["daily_high_percent"],
        "rounding",
        f"share of the users of {platform} in the Netherlands who use it daily, {year}",
        "%",
    )


def estimate_ceiling(series: pd.DataFrame, platform: str, year: int) -> Estimate:
    """Give the users of a platform per hundred inhabitants: more cannot follow a municipality there.

    Parameters
    ----------
    series : pandas.DataFrame
        From `build_user_series`.
    platform : str
    year : int
        Of the register.

    Returns
    -------
    Estimate
        In % of the inhabitants of all ages; the interval is that of rounding.

    Raises
    ------
    InputError
        If the series lacks the year, or the register does.
    """
    row = _get_point(series, platform, year)
    if not row["is_own_year"]:
        raise InputError(f"organisations: no register of {year}; take a year that it has")
    return Estimate(
        row["inhabitants_percent"],
        row["inhabitants_low_percent"],
        row["inhabitants_high_percent"],
        "rounding",
        f"users of {platform} per hundred inhabitants of the Netherlands, {year}",
        "%",
    )


def project_inhabitants(organisations: pd.DataFrame, year: int) -> Estimate:
    """Continue the growth of the Dutch register, to see how old its last year is by then.

    Parameters
    ----------
    organisations : pandas.DataFrame
    year : int
        After the register's last year.

    Returns
    -------
    Estimate
        In % more inhabitants than in the register's last year; nothing is known of how the growth went on, so there
        is no interval.
    """
    dutch = organisations[organisations["region"].eq("NL")]
    population = dutch.groupby("edition_year")["population"].sum()
    first, last = int(population.index.min()), int(population.index.max())
    rate = (population[last] / population[first]) ** (1 / (last - first))
    growth = 100 * (rate ** (year - last) - 1)
    return Estimate(
        float(growth),
        float(growth),
        float(growth),
        "none",
        f"growth of the Dutch population from {last} to {year}, at the rate of {first} to {last}",
        "%",
    )


# ---- what is reached of what can be reached -------------------------------------------------------------------


def compare_with_ceilings(
    figures: pd.DataFrame, organisations: pd.DataFrame, series: pd.DataFrame
) -> pd.DataFrame:
    """Set what municipalities reached beside what they could have reached.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.
    series : pandas.DataFrame
        From `build_user_series`.

    Returns
    -------
    pandas.DataFrame
        A row a printed reach: case, region, platform, year, group (size of the municipalities; empty: all), reached_percent, reached_low_percent,
        reached_high_percent (followers per hundred inhabitants, over rounding and the readings of the mean's base),
        ceiling_percent (missing where a range is printed), ceiling_low_percent, ceiling_high_percent (users per
        hundred inhabitants), of_reachable_percent (missing likewise), of_reachable_low_percent,
        of_reachable_high_percent.

    Notes
    -----
    Followers over users: the share of the users in a municipality who follow it *if* every follower is a person, lives
    there and counts once. Where one of these fails, fewer users are reached. The Flemish reach is that of
    `size_classes.read_reach`. The Dutch mean of 2013 is divided by the register's mean population, once over all
    municipalities and once over those with an account. For 2015 no users are printed; those of 2013 and 2016 bound
    them, as long as they went from the one to the other without a detour.
    """
    rows = [
        *_compare_flemish(figures, organisations),
        _compare_dutch_2013(figures, organisations, series),
        *_compare_dutch_2015(figures, series),
    ]
    names = ("reached", "ceiling")
    columns = ["case", "region", "platform", "year", "group"]
    columns += [f"{name}_{end}percent" for name in names for end in ("", "low_", "high_")]
    table = pd.DataFrame(rows, columns=columns)
    table["of_reachable_percent"] = 100 * table["reached_percent"] / table["ceiling_percent"]
    table["of_reachable_low_percent"] = (
        100 * table["reached_low_percent"] / table["ceiling_high_percent"]
    )
    table["of_reachable_high_percent"] = (
        100 * table["reached_high_percent"] / table["ceiling_low_percent"]
    )
    return table


def read_range(figures: pd.DataFrame, low_id: str, high_id: str) -> tuple[float, float, float]:
    """Read a printed range, or the rounding interval of a single printed share.

    Parameters
    ----------
    figures : pandas.DataFrame
    low_id, high_id : str
        The figures of the two ends; twice the same one for a single number.

    Returns
    -------
    value, low, high : float
        The value is NaN for a range.
    """
    if low_id == high_id:
        figure = get_figure(figures, low_id)
        return (float(figure["printed_number"]), *read_as_interval(figure))
    return (math.nan, get_number(figures, low_id), get_number(figures, high_id))


def _compare_flemish(figures: pd.DataFrame, organisations: pd.DataFrame) -> list[tuple]:
    admitted = admit_counts(figures, count_municipalities(figures, organisations))
    reach = read_reach(figures, organisations, admitted)
    rows = []
    for platform, (low_id, high_id) in FLEMISH_USERS.items():
        reached = estimate_reach(reach, platform)
        ends = reached.value, reached.low, reached.high
        ceiling = read_range(figures, low_id, high_id)
        rows.append((f"Flanders, {platform}", "VL", platform, 2016, "", *ends, *ceiling))
    return rows


def _compare_dutch_2013(
    figures: pd.DataFrame, organisations: pd.DataFrame, series: pd.DataFrame
) -> tuple:
    register = organisations[
        organisations["region"].eq("NL") & organisations["edition_year"].eq(2013)
    ]
    mean_population = register["population"].mean()
    low, high = read_as_interval(get_figure(figures, "F164"))
    with_account = get_figure(figures, "F150")
    held = with_account["numerator"] / with_account["denominator"]
    ends = [get_number(figures, "F164"), low * held, high]
    ceiling = estimate_ceiling(series, "Twitter", 2013)
    return (
        "Netherlands, Twitter", "NL", "Twitter", 2013, "", *(100 * end / mean_population for end in ends),
        ceiling.value, ceiling.low, ceiling.high,
    )  # fmt: skip


def _compare_dutch_2015(figures: pd.DataFrame, series: pd.DataFrame) -> list[tuple]:
    around = [estimate_ceiling(series, "Twitter", year) for year in (2013, 2016)]
    ceiling = (
        math.nan,
        min(estimate.low for estimate in around),
        max(estimate.high for estimate in around),
    )
    return [
        (f"Netherlands, Twitter, {words}", "NL", "Twitter", 2015, words, *read_range(figures, key, key), *ceiling)
        for key, words in DUTCH_REACH_2015.items()
    ]  # fmt: skip


def estimate_reached(compared: pd.DataFrame, case: str) -> Estimate:
    """Give the part of the reachable that was reached.

    Parameters
    ----------
    compared : pandas.DataFrame
        From `compare_with_ceilings`.
    case : str
        One of its rows.

    Returns
    -------
    Estimate
        In % of the users there; without a point where the ceiling is printed as a range. The sensitivity interval runs
        over rounding, the base of the mean and the ceiling.
    """
    row = compared[compared["case"].eq(case)].iloc[0]
    return Estimate(
        row["of_reachable_percent"],
        row["of_reachable_low_percent"],
        row["of_reachable_high_percent"],
        "sensitivity",
        f"followers of municipalities per hundred users who live there, {case}, {row['year']}",
        "%",
    )
