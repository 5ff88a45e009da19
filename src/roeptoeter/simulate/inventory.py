"""The accounts beside the corporate one: of themes, neighbourhoods, aldermen; listed and looked at, without messages.

Only for Flemish municipalities, of which it was published how many accounts they had in all.
"""

import numpy as np
import pandas as pd

from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.simulate.counts import rake_counts
from roeptoeter.simulate.times import DAY, SUMMER_TIME, read_window

#: Accounts by municipality that has one: figure and mean, of every account and not the corporate one only.
PUBLISHED_MEANS = {"facebook": ("F239", 5.8), "twitter": ("F240", 2.71)}

#: The edition at whose beginning and end the accounts were looked at.
EDITION = "2016 Q2"

#: What the accounts are for, in the order of `Assumptions.inventory_purposes`, and who may answer for them.
OWNERS = {
    "theme": (
        "Bibliotheek", "Jeugd", "Sport", "Cultuur", "Toerisme", "Milieu", "Lokale economie", "Onderwijs", "Musea",
        "Senioren", "Mobiliteit", "Kinderopvang", "Zwembad", "Archief", "Erfgoed",
    ),
    "neighbourhood": (
        "Wijkwerking noord", "Wijkwerking oost", "Wijkwerking zuid", "Wijkwerking west", "Wijkwerking centrum",
    ),
    "council": ("Secretariaat",),
    "person": (),  # whose it is, nobody writes down
    "campaign": ("Communicatie", "Preventie", "Evenementen", "Duurzaamheid"),
    "other": ("Technische dienst", "Burgerzaken", "Markten", "Uitleendienst"),
}  # fmt: skip

# Ids beyond those of the corporate accounts.
_FIRST_ID = 9_100_000_001


def simulate_inventory(
    accounts: pd.DataFrame,
    organisations: pd.DataFrame,
    snapshots: pd.DataFrame,
    rng: np.random.Generator,
    assumptions: Assumptions,
    calibrate: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Simulate the further accounts of Flemish municipalities, and two looks at each.

    Parameters
    ----------
    accounts : pandas.DataFrame
        The corporate ones: platform, organisation, region and handle; each municipality with one may have others.
    organisations : pandas.DataFrame
        From `roeptoeter.simulate.ground.rename_organisations`.
    snapshots : pandas.DataFrame
        Of the corporate accounts: platform, account_id, followers.
    rng : numpy.random.Generator
    assumptions : Assumptions
    calibrate : bool
        Whether the means of `PUBLISHED_MEANS` come out; otherwise the numbers are draws around them.

    Returns
    -------
    accounts : pandas.DataFrame
        platform, account_id, handle, organisation, in_use_from, in_use_to, purpose, owner (a department; empty: not
        declared).
    snapshots : pandas.DataFrame
        platform, account_id, observed_at, followers, messages_total, last_message_at: on the first morning and in the last
        minute of the edition. An account that sent nothing in between is dormant: its total stands still. Accounts of
        persons are listed and not looked at.

    Notes
    -----
    Two accounts of a municipality on one platform have the same purpose and owner only where they are doubles.
    """
    sizes = organisations.query("region == 'VL' and edition_year == 2016")
    sizes = sizes.set_index("code")["population"]
    audience = snapshots.groupby(["platform", "account_id"])["followers"].last()
    tables = []
    for platform, (_, mean) in PUBLISHED_MEANS.items():
        corporate = accounts[accounts["platform"].eq(platform) & accounts["region"].eq("VL")]
        corporate = corporate.sort_values("organisation", ignore_index=True)
        population = sizes[corporate["organisation"]].to_numpy(dtype=float)
        number = _draw_numbers(population, mean - 1, rng, assumptions, calibrate)
        rows = np.repeat(np.arange(len(corporate)), number)
        keys = pd.MultiIndex.from_frame(corporate[["platform", "account_id"]])
        table = corporate.loc[rows, ["platform", "organisation", "handle"]].reset_index(drop=True)
        table["followers"] = audience.reindex(keys).to_numpy(dtype=float)[rows]
        tables.append(table)
    table = pd.concat(tables, ignore_index=True)
    table["account_id"] = [str(_FIRST_ID + place) for place in rng.permutation(len(table))]
    order = table.groupby(["platform", "organisation"]).cumcount() + 2
    table["handle"] = table["handle"] + "_" + order.astype(str)
    weights = np.cumsum(assumptions.inventory_purposes)
    drawn = np.searchsorted(weights, rng.random(len(table)) * weights[-1], side="right")
    table["purpose"] = np.array(list(OWNERS), dtype=object)[drawn]
    table["owner"] = _name_owners(table, rng, assumptions)
    first_days = pd.Timestamp(2010, 1, 1) + pd.to_timedelta(
        rng.integers(0, 6 * 365, len(table)), unit="D"
    )
    table["in_use_from"] = first_days.date
    table["in_use_to"] = None
    names = ["platform", "account_id", "handle", "organisation", "in_use_from", "in_use_to"]
    return table[[*names, "purpose", "owner"]], _look_twice(table, rng, assumptions)


def _draw_numbers(population, mean, rng, assumptions, calibrate):
    """Draw how many further accounts each municipality has: more at larger ones, and unequal at one size."""
    expected = np.exp(assumptions.inventory_elasticity * np.log(population))
    expected *= mean / expected.mean()
    shape = assumptions.inventory_shape
    number = rng.poisson(expected * rng.gamma(shape, 1 / shape, len(expected)))
    if calibrate:
        total = round(mean * len(expected))
        number = rake_counts(rng, number, total, 0 * number, 3 * number + 6)
    return number


def _name_owners(table, rng, assumptions):
    """Name the department of each account, another one for each of a municipality's accounts with one purpose."""
    keys = ["platform", "organisation", "purpose"]
    place = table.groupby(keys).cumcount().to_numpy()
    start = table.groupby(keys)["account_id"].transform("min").astype("int64").to_numpy()
    owners = np.full(len(table), "", dtype=object)
    for purpose, names in OWNERS.items():
        rows = np.flatnonzero(table["purpose"].eq(purpose) & (place < len(names)))
        owners[rows] = np.array([*names, ""], dtype=object)[(start[rows] + place[rows]) % max(len(names), 1)]  # fmt: skip
    told = rng.random(len(table)) < assumptions.inventory_owner_share
    declared = np.where(told, owners, "")
    # doubles: the second account of a theme turns out to be the first one's again
    second = np.flatnonzero(table["purpose"].eq("theme") & (place == 1))
    again = second[rng.random(len(second)) < assumptions.inventory_double_share]
    first = table.assign(place=place).reset_index().set_index([*keys, "place"])["index"]
    for row in again:
        before = first[(*table.loc[row, keys], 0)]
        declared[[before, row]] = owners[before]
    return declared


def _look_twice(table, rng, assumptions):
    """Look at each account at the beginning and at the end of the edition."""
    number = len(table)
    campaign = table["purpose"].eq("campaign").to_numpy()
    chance = np.where(
        campaign, assumptions.inventory_dormant_campaigns, assumptions.inventory_dormant_share
    )
    dormant = rng.random(number) < chance
    spread = assumptions.inventory_message_spread
    sent = 1 + rng.poisson(
        assumptions.inventory_message_median * np.exp(spread * rng.standard_normal(number))
    )
    mean = assumptions.inventory_history * assumptions.inventory_message_median
    before = 1 + rng.poisson(rng.exponential(mean, number))
    followers = assumptions.inventory_audience_share * table["followers"].to_numpy()
    spread = assumptions.inventory_audience_spread
    followers = np.rint(followers * np.exp(spread * rng.standard_normal(number))).astype(np.int64)
    grown = 1 + assumptions.inventory_growth * ~dormant
    window = read_window(EDITION)
    looks = np.array([window.start + 9 * 3600, window.end - 60])
    mean = np.where(dormant, assumptions.inventory_dormant_days, assumptions.inventory_active_days)
    days_ago = rng.exponential(mean, (2, number))
    earliest = pd.to_datetime(table["in_use_from"]).astype("datetime64[s]").astype("int64").to_numpy()  # fmt: skip
    last = np.maximum(looks[0] - (days_ago[0] * DAY).astype(np.int64), earliest)
    length = (looks[1] - looks[0]) / DAY - 1  # what was sent was sent between the looks
    later = looks[1] - (np.minimum(days_ago[1], length) * DAY).astype(np.int64)
    columns = {
        looks[0]: (before, last, np.rint(followers / grown).astype(np.int64)),
        looks[1]: (before + np.where(dormant, 0, sent), np.where(dormant, last, later), followers),
    }
    tables = [
        pd.DataFrame(
            {
                "platform": table["platform"], "account_id": table["account_id"],
                "observed_at": _tell_time(np.full(number, at)), "followers": counted, "messages_total": total,
                "last_message_at": _tell_time(sent_last), "purpose": table["purpose"],
            }
        )
        for at, (total, sent_last, counted) in columns.items()
    ]  # fmt: skip
    looked_at = pd.concat(tables, ignore_index=True).query("purpose != 'person'")
    return looked_at.drop(columns="purpose").sort_values(
        ["platform", "account_id", "observed_at"], ignore_index=True
    )


def _tell_time(seconds):
    return pd.to_datetime(seconds - SUMMER_TIME, unit="s", utc=True).as_unit("us")
