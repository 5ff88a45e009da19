"""The inventory of accounts: how many a municipality has, and which of them sleep.

The published half knows two means and one definition. The account-level half takes the account map: every account of
an organisation, whatever it is for. It is the only question that looks beyond corporate accounts. Accounts of persons
are counted and never looked at: no table of a study holds an id or a handle of one.
"""

import csv
import datetime as dt
import difflib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.clusters import draw_multiplicities, resample_ratios
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.rounding import admissible_counts, rounding_interval
from roeptoeter.estimators.survival import estimate_from_draws
from roeptoeter.metrics import MetricSettings
from roeptoeter.published import get_figure
from roeptoeter.questions.account_level import PLATFORM_NAMES
from roeptoeter.questions.disclosure import is_disclosive
from roeptoeter.sources.accounts import PURPOSES, read_accounts
from roeptoeter.sources.declaration import exports_folder
from roeptoeter.study import Study, Window, display_path, write_text

#: What stands in tables and figures for the purposes of the account map.
PURPOSE_NAMES = {
    "corporate": "corporate", "theme": "a theme", "neighbourhood": "a neighbourhood", "council": "the council",
    "person": "a person", "campaign": "a campaign", "other": "anything else",
}  # fmt: skip

#: All purposes but the one of the studies.
NOT_CORPORATE = "not corporate"

#: Published numbers of accounts a municipality: platform and figure, and the share with a corporate one a year later.
PUBLISHED_MEANS = {"facebook": ("F239", "F046"), "twitter": ("F240", "F047")}

#: Facebook pages of a Flemish municipality in 2019, a range.
PAGES_2019 = "F256"

#: Dutch municipalities of 2015 on Facebook: by their own word, and with a corporate account.
SAID_ON_FACEBOOK, COUNTED_ON_FACEBOOK = "F215", "F216"

#: Dutch accounts of 2013 that sent nothing in the quarter, and the share of municipalities with an account.
SILENT_2013, PRESENT_2013 = "F183", "F171"

#: What accounts are called on a platform.
NOUNS = {"facebook": "pages"}

#: Classes of the number of accounts an organisation has.
_CLASSES = ((0, 0), (1, 1), (2, 3), (4, 6), (7, 10), (11, np.inf))

_ROUTES = {
    "by_messages": "its messages",
    "by_totals": "its total number of messages at two looks",
    "by_last_message": "the day of its last message",
}

# Shorter texts resemble too many others.
_SHORTEST_NAME = 4


# ------------------------------------------------------------------------------------------------- published


def _read_mean(figures: pd.DataFrame, platform: str) -> tuple[float, float, float]:
    """Return a published mean number of accounts and the ends of its rounding."""
    figure = get_figure(figures, PUBLISHED_MEANS[platform][0])
    printed = float(figure["printed_number"])
    return printed, *rounding_interval(printed, int(figure["printed_decimals"]))


def estimate_published_mean(figures: pd.DataFrame, platform: str) -> Estimate:
    """Return the published mean number of accounts a municipality, with what its rounding leaves open.

    Parameters
    ----------
    figures : pandas.DataFrame
    platform : {"facebook", "twitter"}

    Returns
    -------
    Estimate
    """
    mean, low, high = _read_mean(figures, platform)
    return Estimate(
        mean, low, high, "rounding",
        f"accounts of a Flemish municipality on {PLATFORM_NAMES[platform]} in 2015, by the word of respondents",
        f"{NOUNS.get(platform, 'accounts')} per municipality",
    )  # fmt: skip


def estimate_seen(figures: pd.DataFrame, platform: str) -> Estimate:
    """Say how many of a municipality's accounts a count of corporate ones sees at most.

    Parameters
    ----------
    figures : pandas.DataFrame
    platform : {"facebook", "twitter"}

    Returns
    -------
    Estimate
        Percentage; interval of rounding.

    Notes
    -----
    One corporate account each: at most ``1 / mean`` of all accounts, with equality where every municipality that
    has an account has a corporate one.
    """
    mean, low, high = _read_mean(figures, platform)
    return Estimate(
        100 / mean, 100 / high, 100 / low, "rounding",
        f"largest share of the accounts of Flemish municipalities on {PLATFORM_NAMES[platform]} that a count of "
        "corporate accounts can see",
        "%",
    )  # fmt: skip


def bound_seen(figures: pd.DataFrame, platform: str) -> Estimate:
    """Bound the share that a count of corporate accounts sees over the readings of the published mean.

    Parameters
    ----------
    figures : pandas.DataFrame
    platform : {"facebook", "twitter"}

    Returns
    -------
    Estimate
        Percentage; sensitivity interval, rounding included; no value.

    Notes
    -----
    The base of the mean is not printed. If it is a mean over municipalities with an account, ``1 / mean`` is the
    most. If it is a mean over all that answered, those without are in it with none, and the count sees
    ``p / mean``, with p the share of municipalities that have a corporate account: here that of all municipalities in
    the count of the year after, because that of the respondents was not printed.
    """
    _, mean_low, mean_high = _read_mean(figures, platform)
    present = get_figure(figures, PUBLISHED_MEANS[platform][1])
    share_low, _ = rounding_interval(
        float(present["printed_number"]), int(present["printed_decimals"])
    )
    return Estimate(
        np.nan, share_low / mean_high, 100 / mean_low, "sensitivity",
        f"share of the accounts of Flemish municipalities on {PLATFORM_NAMES[platform]} that a count of corporate "
        "accounts sees, over both bases of the mean",
        "%",
    )  # fmt: skip


def tabulate_published(figures: pd.DataFrame) -> pd.DataFrame:
    """List what follows from the published means under either base.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        platform, base, accounts_per_municipality, accounts_unseen_per_municipality, seen_percent, low_percent,
        high_percent (rounding).
    """
    rows = []
    for platform, (_, presence) in PUBLISHED_MEANS.items():
        mean, mean_low, mean_high = _read_mean(figures, platform)
        present = get_figure(figures, presence)
        share = float(present["printed_number"])
        ends = rounding_interval(share, int(present["printed_decimals"]))
        bases = {
            "municipalities with an account": (100.0, (100.0, 100.0)),
            "municipalities that answered": (share, ends),
        }
        rows += [
            {
                "platform": PLATFORM_NAMES[platform],
                "base": base,
                "accounts_per_municipality": mean,
                "accounts_unseen_per_municipality": mean - seen / 100,
                "seen_percent": seen / mean,
                "low_percent": low / mean_high,
                "high_percent": high / mean_low,
            }
            for base, (seen, (low, high)) in bases.items()
        ]
    return pd.DataFrame(rows)


def bound_seen_later(figures: pd.DataFrame) -> Estimate:
    """Say what a count of corporate pages would see at most of the number of pages that was printed for 2019.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    Estimate
        Percentage, between the ends of the printed range; sensitivity interval, no value.
    """
    fewest, most = map(float, get_figure(figures, PAGES_2019)["printed_text"].split("-"))
    return Estimate(
        np.nan, 100 / most, 100 / fewest, "sensitivity",
        "largest share of the Facebook pages of Flemish municipalities that a count of corporate ones could see in 2019",
        "%",
    )  # fmt: skip


def bound_other_accounts_only(figures: pd.DataFrame, organisations: pd.DataFrame) -> Estimate:
    """Bound the share of Dutch municipalities of 2015 that were on Facebook without a corporate account.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        Published figures, and the registers.

    Returns
    -------
    Estimate
        Percentage of all municipalities; sensitivity interval, no value: nothing is assumed of those that did not
        answer.

    Notes
    -----
    k of n respondents use Facebook and c of N municipalities have a corporate account, each of which is a use. Then
    between ``max(k - c, 0)`` and ``min(k + N - n, N) - c`` municipalities have other accounts only (Manski 2003),
    over all counts that round to the printed shares.
    """
    said, counted = (
        get_figure(figures, figure) for figure in (SAID_ON_FACEBOOK, COUNTED_ON_FACEBOOK)
    )
    everywhere = len(organisations.query("region == 'NL' and edition_year == 2015"))
    respondents = int(said["denominator"])
    users = admissible_counts(
        float(said["printed_number"]), respondents, int(said["printed_decimals"])
    )
    corporate = admissible_counts(
        float(counted["printed_number"]), everywhere, int(counted["printed_decimals"])
    )
    fewest = max(users.min() - corporate.max(), 0)
    most = min(users.max() + everywhere - respondents, everywhere) - corporate.min()
    return Estimate(
        np.nan, 100 * fewest / everywhere, 100 * most / everywhere, "sensitivity",
        "share of Dutch municipalities on Facebook in 2015 without a corporate account", "%", everywhere,
    )  # fmt: skip


def estimate_silent_2013(figures: pd.DataFrame) -> Estimate:
    """Estimate which share of the Dutch Twitter accounts of 2013 sent nothing in the quarter.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    Estimate
        Percentage of municipalities with an account; interval of rounding, of the share with one.
    """
    silent = int(get_figure(figures, SILENT_2013)["printed_number"])
    present = get_figure(figures, PRESENT_2013)
    holders = admissible_counts(
        float(present["printed_number"]),
        int(present["denominator"]),
        int(present["printed_decimals"]),
    )
    middle = int(np.median(holders))
    return Estimate(
        100 * silent / middle, 100 * silent / holders.max(), 100 * silent / holders.min(), "rounding",
        "share of the corporate Twitter accounts of Dutch municipalities that sent nothing in a quarter of 2013",
        "%", middle,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------- the account map


@dataclass(frozen=True, slots=True)
class Inventory:
    """The accounts of the organisations of one edition.

    Parameters
    ----------
    study : Study
    window : Window
    organisations : pandas.DataFrame
        organisation (code), name, population, size_class; in order of the code.
    accounts : pandas.DataFrame
        A row per account in use that is no person's: platform, account_id (missing: the account map names a handle
        that no export has), organisation, purpose, owner, followers, what each of three ways tells (by_messages,
        by_totals, by_last_message: active, or not, or missing), state ("active", "dormant", "unknown") and
        is_contradicted.
    people : pandas.DataFrame
        platform and organisation of each account of a person; nothing else is known of them.
    listed, elsewhere, not_in_use : int
        Accounts of the account map; of these, of organisations that are not of this edition, region and type; and of
        the others, closed before or opened after it.
    """

    study: Study
    window: Window
    organisations: pd.DataFrame
    accounts: pd.DataFrame
    people: pd.DataFrame
    listed: int
    elsewhere: int
    not_in_use: int

    @property
    def platforms(self) -> list[str]:
        """The platforms of the accounts, those with most accounts first."""
        return self.accounts["platform"].value_counts().index.tolist()


def read_inventory(
    study: Study,
    *,
    edition: str,
    region: str,
    organisation_type: str = "municipality",
    tolerance_days: int = 7,
) -> Inventory:
    """Read the accounts of the organisations of one edition, and find out which of them sleep.

    Parameters
    ----------
    study : Study
    edition : str
        One of the study's windows.
    region : {"NL", "VL"}
    organisation_type : str
    tolerance_days : int
        How far from the window's first and last day a look or the ends of an export may lie.

    Returns
    -------
    Inventory

    Raises
    ------
    NotAnswerable
        If the study has no account map or no such edition, or if it holds no account of such organisations.
    """
    tables = {}
    for name in ("accounts", "account_metrics", "account_snapshots", "edition_organisations"):
        path = study.processed / f"{name}.parquet"
        if not path.exists():
            raise NotAnswerable(
                f"the study {study.name} has no {display_path(path)}: it has no exports of accounts, or they were not "
                f"read yet. `make STUDY={study.name}` reads what is in data/raw/exports/{study.name}/"
            )
        tables[name] = pd.read_parquet(path)
    window = next((one for one in study.windows if one.edition == edition), None)
    if window is None:
        known = ", ".join(repr(one.edition) for one in study.windows) or "none"
        raise NotAnswerable(
            f"the study {study.name} has no edition {edition!r}; it declares {known}. Whether an account sleeps can "
            f"be said of days that are declared, in studies/{study.name}.yaml under `windows`"
        )
    organisations = tables["edition_organisations"].query(
        "edition == @edition and region == @region and organisation_type == @organisation_type"
    )
    organisations = organisations.sort_values("organisation", ignore_index=True)[
        ["organisation", "name", "population", "size_class"]
    ]
    return build_inventory(
        study, window, organisations, tables["accounts"], tables["account_metrics"],
        tables["account_snapshots"], tolerance_days=tolerance_days,
    )  # fmt: skip


def build_inventory(
    study: Study,
    window: Window,
    organisations: pd.DataFrame,
    accounts: pd.DataFrame,
    metrics: pd.DataFrame,
    snapshots: pd.DataFrame,
    *,
    tolerance_days: int = 7,
) -> Inventory:
    """Choose the accounts of an edition from a study's tables; see `read_inventory`.

    Parameters
    ----------
    study : Study
    window : Window
    organisations : pandas.DataFrame
        Those whose accounts are wanted.
    accounts, metrics, snapshots : pandas.DataFrame
        The tables `accounts`, `account_metrics` and `account_snapshots`.
    tolerance_days : int

    Returns
    -------
    Inventory

    Raises
    ------
    NotAnswerable
        If no account is left.
    InputError
        If the tolerance is negative.
    """
    if tolerance_days < 0:
        raise InputError(
            f"tolerance_days is {tolerance_days}; expected a number of days, 0 or more"
        )
    keys = ["platform", "account_id"]
    wanted = accounts[accounts["organisation"].isin(organisations["organisation"])]
    measured = metrics.loc[
        (metrics["edition"] == window.edition) & metrics["account_id"].notna(),
        [*keys, "account_exists", "active_in_window", "exports_from", "exports_to", "followers"],
    ]
    merged = wanted.merge(measured, how="left", on=keys, validate="many_to_one")
    is_person = merged["purpose"] == "person"
    exists = merged["account_exists"].fillna(False).astype(bool) | merged["account_id"].isna()
    is_used = exists & _is_in_use(merged, window)
    kept = merged[is_used & ~is_person].reset_index(drop=True)
    if kept.empty:
        raise NotAnswerable(
            f"the study {study.name} has no account of these organisations in the edition {window.edition!r}; "
            f"accounts.csv beside the exports says whose account is whose"
        )
    kept = _judge_activity(kept, snapshots, window, tolerance_days)
    columns = [
        *keys, "organisation", "purpose", "owner", "followers", *_ROUTES, "state", "is_contradicted",
    ]  # fmt: skip
    return Inventory(
        study,
        window,
        organisations,
        kept[columns].sort_values(["platform", "organisation", "account_id"], ignore_index=True),
        merged.loc[is_used & is_person, ["platform", "organisation"]].reset_index(drop=True),
        listed=len(accounts),
        elsewhere=len(accounts) - len(wanted),
        not_in_use=int((~is_used).sum()),
    )


def _is_in_use(accounts: pd.DataFrame, window: Window) -> pd.Series:
    first, last = (pd.to_datetime(accounts[name]) for name in ("in_use_from", "in_use_to"))
    begun = first.isna() | (first <= pd.Timestamp(window.end))
    return begun & (last.isna() | (last >= pd.Timestamp(window.start)))


# ------------------------------------------------------------------------------------------- which accounts sleep


def _judge_activity(
    accounts: pd.DataFrame, snapshots: pd.DataFrame, window: Window, tolerance_days: int
) -> pd.DataFrame:
    """Add what each way tells of every account, and what follows: one sign of a message is enough."""
    keys = ["platform", "account_id"]
    looks = _date_looks(snapshots.dropna(subset=["account_id"]), window)
    told = {
        "by_messages": _judge_by_messages(accounts, window, tolerance_days),
        "by_totals": _judge_by_totals(looks, window, tolerance_days),
        "by_last_message": _judge_by_last_message(looks, window, tolerance_days),
    }
    places = pd.MultiIndex.from_frame(accounts[keys])
    for name in ("by_totals", "by_last_message"):
        told[name] = told[name].reindex(places).to_numpy()
    accounts = accounts.assign(
        **{name: pd.array(found, dtype="boolean") for name, found in told.items()}
    )
    found = accounts[list(_ROUTES)]
    any_active, any_silent = found.eq(True).any(axis=1), found.eq(False).any(axis=1)
    state = np.where(any_active, "active", np.where(any_silent, "dormant", "unknown"))
    return accounts.assign(state=state, is_contradicted=(any_active & any_silent).astype(bool))


def _date_looks(snapshots: pd.DataFrame, window: Window) -> pd.DataFrame:
    zone = ZoneInfo(MetricSettings().time_zone)
    looks = snapshots[
        ["platform", "account_id", "observed_at", "messages_total", "last_message_at"]
    ].copy()
    for name, days in (("observed_at", "observed"), ("last_message_at", "last")):
        looks[days] = (
            pd.to_datetime(looks[name], utc=True)
            .dt.tz_convert(zone)
            .dt.tz_localize(None)
            .dt.normalize()
        )
    looks["from_start"] = (looks["observed"] - pd.Timestamp(window.start)).dt.days
    looks["from_end"] = (looks["observed"] - pd.Timestamp(window.end)).dt.days
    return looks


def _judge_by_messages(accounts: pd.DataFrame, window: Window, tolerance_days: int) -> list:
    """Active or not by the exports' messages; silence counts only where the exports cover the window."""
    zone, slack = ZoneInfo(MetricSettings().time_zone), dt.timedelta(days=tolerance_days)
    told = []
    for active, first, last in zip(
        accounts["active_in_window"], accounts["exports_from"], accounts["exports_to"], strict=True
    ):
        if pd.isna(active):
            told.append(pd.NA)
            continue
        if not active:
            begun = first.tz_convert(zone).date() <= window.start + slack
            covered = begun and last.tz_convert(zone).date() >= window.end - slack
            told.append(False if covered else pd.NA)
            continue
        told.append(True)
    return told


def _judge_by_totals(looks: pd.DataFrame, window: Window, tolerance_days: int) -> pd.Series:
    """Active or not by the total number of messages at two looks, near the window's first day and near its last."""
    keys = ["platform", "account_id"]
    counted = looks.dropna(subset=["messages_total"])
    ends = []
    for column, suffix in (("from_start", "_first"), ("from_end", "_last")):
        near = counted[counted[column].abs() <= tolerance_days]
        near = near.assign(distance=near[column].abs()).sort_values(["distance", "observed"])
        near = near.drop_duplicates(keys).set_index(keys)[["observed", "messages_total"]]
        ends.append(near.add_suffix(suffix))
    both = ends[0].join(ends[1], how="inner")
    both = both[both["observed_first"] < both["observed_last"]]
    more = both["messages_total_last"].astype("int64") - both["messages_total_first"].astype(
        "int64"
    )
    # fewer than before: some were deleted, and whether others were sent nobody knows
    told = np.where(more > 0, True, np.where(more == 0, False, None))
    return pd.Series(told, index=both.index, dtype="boolean")


def _judge_by_last_message(looks: pd.DataFrame, window: Window, tolerance_days: int) -> pd.Series:
    """Active or not by the day of the last message, as a look after the window's end knows it."""
    known = looks.dropna(subset=["last"])
    inside = known["last"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))
    before = (known["last"] < pd.Timestamp(window.start)) & (known["from_end"] >= -tolerance_days)
    signs = pd.Series(np.where(inside, 1.0, np.where(before, 0.0, np.nan)), index=known.index)
    # one sign of a message outweighs looks that show none
    told = signs.groupby([known["platform"], known["account_id"]]).max()
    return told.map({1.0: True, 0.0: False}).astype("boolean")


# ---------------------------------------------------------------------------------------------------- estimates


@dataclass(frozen=True, slots=True)
class Draws:
    """How intervals over organisations are made.

    Parameters
    ----------
    confidence : float
    draws, seed : int
        Bootstrap draws of organisations, with all accounts of each.
    """

    confidence: float = 0.95
    draws: int = 2000
    seed: int = 2015


def check_other_purposes(inventory: Inventory) -> None:
    """Refuse to count accounts where nobody listed any but corporate ones.

    Raises
    ------
    NotAnswerable
    """
    if (inventory.accounts["purpose"] == "corporate").all() and inventory.people.empty:
        raise NotAnswerable(
            "accounts.csv lists corporate accounts only, so that nobody can say how many there are in all; list the "
            "others too, each with its `purpose`: " + ", ".join(PURPOSES[1:])
        )


def check_some_known(inventory: Inventory) -> None:
    """Refuse to count sleeping accounts where it is known of none.

    Raises
    ------
    NotAnswerable
    """
    if (inventory.accounts["state"] == "unknown").all():
        raise NotAnswerable(
            f"of no account is it known whether it sent a message in {inventory.window.edition!r}; give an export of "
            "its messages, or an account table with `messages_total` at the beginning and the end of the window, or "
            "with `last_message_at` at its end"
        )


def _count_by_organisation(inventory: Inventory, rows: pd.DataFrame) -> np.ndarray:
    """Count accounts for every organisation of the edition, those without included."""
    counted = rows.groupby("organisation").size()
    return counted.reindex(inventory.organisations["organisation"], fill_value=0).to_numpy(float)


def _sum_by_organisation(inventory: Inventory, rows: pd.DataFrame, values: pd.Series) -> np.ndarray:
    summed = values.groupby(rows["organisation"]).sum()
    return summed.reindex(inventory.organisations["organisation"], fill_value=0).to_numpy(float)


def _estimate_ratio(
    whole: np.ndarray, part: np.ndarray, how: Draws, *, factor: float, estimand: str, unit: str, n: int
) -> Estimate:  # fmt: skip
    """Estimate a ratio of sums over organisations, which are drawn whole."""
    drawn = draw_multiplicities(len(whole), how.draws, how.seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = (drawn @ part) / (drawn @ whole)
    return estimate_from_draws(
        factor * float(part.sum() / whole.sum()),
        factor * ratios[np.isfinite(ratios)],
        how.confidence,
        estimand=estimand,
        unit=unit,
        n=n,
        clusters=int((whole > 0).sum()),
    )


def estimate_mean(
    inventory: Inventory, platform: str, how: Draws, *, base: str = "holders", people: bool = False
) -> Estimate:
    """Estimate how many accounts an organisation has on a platform.

    Parameters
    ----------
    inventory : Inventory
    platform : str
    how : Draws
    base : {"holders", "organisations"}
        Organisations with an account on the platform, or all.
    people : bool
        Whether accounts of persons count too; whether they may is `may_show_people`'s to say, by platform.

    Returns
    -------
    Estimate
        Superpopulation interval: organisations drawn anew.

    Raises
    ------
    NotAnswerable
        If no organisation has an account on the platform.
    """
    rows = inventory.accounts.query("platform == @platform")
    if people:
        rows = pd.concat([rows, inventory.people.query("platform == @platform")])
    number = _count_by_organisation(inventory, rows)
    if not number.any():
        raise NotAnswerable(
            f"no organisation has an account on {platform} in {inventory.window.edition!r}"
        )
    among = (number > 0).astype(float) if base == "holders" else np.ones(len(number))
    name = PLATFORM_NAMES[platform]
    who = f"organisation with an account on {name}" if base == "holders" else "organisation"
    return _estimate_ratio(
        among, number, how, factor=1.0, n=int(among.sum()),
        estimand=f"accounts on {name} of an {who} in {inventory.window.edition}"
        + (", those of persons included" if people else ""),
        unit="accounts",
    )  # fmt: skip


def tabulate_numbers(inventory: Inventory, how: Draws) -> pd.DataFrame:
    """Count the accounts by platform.

    Parameters
    ----------
    inventory : Inventory
    how : Draws

    Returns
    -------
    pandas.DataFrame
        platform, organisations, holders (with an account there), accounts, mean_per_organisation, mean_per_holder,
        mean_low, mean_high (of the latter), median_per_holder, most, corporate, without_corporate (holders that have
        other accounts only).
    """
    rows = []
    for platform in inventory.platforms:
        accounts = inventory.accounts.query("platform == @platform")
        number = _count_by_organisation(inventory, accounts)
        corporate = accounts.query("purpose == 'corporate'")
        mean = estimate_mean(inventory, platform, how)
        rows.append(
            {
                "platform": PLATFORM_NAMES[platform],
                "organisations": len(number),
                "holders": int((number > 0).sum()),
                "accounts": int(number.sum()),
                "mean_per_organisation": number.mean(),
                "mean_per_holder": mean.value,
                "mean_low": mean.low,
                "mean_high": mean.high,
                "median_per_holder": float(np.median(number[number > 0])),
                "most": int(number.max()),
                "corporate": len(corporate),
                "without_corporate": int((number > 0).sum() - corporate["organisation"].nunique()),
            }
        )
    return pd.DataFrame(rows)


def tabulate_distribution(inventory: Inventory) -> pd.DataFrame:
    """Count the organisations by the number of their accounts, persons' accounts left out.

    Parameters
    ----------
    inventory : Inventory

    Returns
    -------
    pandas.DataFrame
        accounts (a class of numbers), then a column a platform: organisations.
    """
    labels = [
        f"{low}" if low == high else f"{low} or more" if high == np.inf else f"{low} to {high}"
        for low, high in _CLASSES
    ]
    columns = {}
    for platform in inventory.platforms:
        number = _count_by_organisation(
            inventory, inventory.accounts.query("platform == @platform")
        )
        columns[PLATFORM_NAMES[platform]] = [
            int(((number >= low) & (number <= high)).sum()) for low, high in _CLASSES
        ]
    return pd.DataFrame({"accounts": labels, **columns})


def may_show_people(
    inventory: Inventory, smallest_group: int, *, by_platform: bool = False
) -> bool:
    """Say whether the number of persons' accounts may be shown: none, or at least the smallest group.

    Parameters
    ----------
    inventory : Inventory
    smallest_group : int
    by_platform : bool
        Whether the number on each platform is to be shown, or may be worked out from what is.

    Returns
    -------
    bool
    """
    groups = [len(inventory.people)]
    if by_platform:
        groups += inventory.people["platform"].value_counts().tolist()
    return not any(is_disclosive(number, smallest_group) for number in groups)


def tabulate_flow(inventory: Inventory, smallest_group: int) -> pd.DataFrame:
    """Account for every line of the account map: which are counted, and why not the others.

    Parameters
    ----------
    inventory : Inventory
    smallest_group : int
        Persons' accounts fewer than this are not told apart from those that are not in use.

    Returns
    -------
    pandas.DataFrame
        accounts_are, accounts.
    """
    rows = [
        ("listed, or found in an export of an organisation", inventory.listed),
        ("of organisations that are not asked about here", -inventory.elsewhere),
        ("not in use in the edition", -inventory.not_in_use),
        ("of persons: counted, and no more", -len(inventory.people)),
        ("in this inventory", len(inventory.accounts)),
    ]
    if not may_show_people(inventory, smallest_group):
        rows[2:4] = [
            ("not in use in the edition, or of persons", rows[2][1] + rows[3][1])
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["accounts_are", "accounts"])


def tabulate_purposes(inventory: Inventory, smallest_group: int) -> pd.DataFrame:
    """Count the accounts by platform and purpose: who answers for them, and which of them sleep.

    Parameters
    ----------
    inventory : Inventory
    smallest_group : int
        Persons' accounts are a total over platforms, and missing where fewer than this.

    Returns
    -------
    pandas.DataFrame
        platform, purpose, accounts (Int64), active, dormant, unknown, with_owner, followers and followers_dormant
        (Int64; missing where no number is known, and for persons), platforms and purposes in their order.
    """
    rows = []
    for platform in inventory.platforms:
        of_platform = inventory.accounts.query("platform == @platform")
        for purpose in PURPOSES:
            part = of_platform.query("purpose == @purpose")
            if part.empty:
                continue
            states = part["state"].value_counts()
            asleep = part.query("state == 'dormant'")["followers"]
            rows.append(
                {
                    "platform": PLATFORM_NAMES[platform],
                    "purpose": purpose,
                    "accounts": len(part),
                    **{state: int(states.get(state, 0)) for state in ("active", "dormant", "unknown")},
                    "with_owner": int(part["owner"].notna().sum()),
                    "followers": part["followers"].sum(min_count=1),
                    "followers_dormant": asleep.sum(min_count=1) if len(asleep) else 0,
                }
            )  # fmt: skip
    if len(inventory.people):
        shown = may_show_people(inventory, smallest_group)
        rows.append(
            {
                "platform": "all",
                "purpose": "person",
                "accounts": len(inventory.people) if shown else pd.NA,
            }
        )
    columns = [
        "accounts", "active", "dormant", "unknown", "with_owner", "followers", "followers_dormant",
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["platform", "purpose", *columns])
    return table.astype(dict.fromkeys(columns, "Int64"))


def list_bars(purposes: pd.DataFrame, most_platforms: int = 3) -> pd.DataFrame:
    """Choose from the counts by purpose what a figure has room for: no persons, and the platforms with most accounts.

    Parameters
    ----------
    purposes : pandas.DataFrame
        From `tabulate_purposes`.
    most_platforms : int

    Returns
    -------
    pandas.DataFrame
        platform, purpose, label (the purpose in words), accounts, active, dormant, unknown.
    """
    bars = purposes[purposes["purpose"] != "person"]
    platforms = list(dict.fromkeys(bars["platform"]))[:most_platforms]
    bars = bars[bars["platform"].isin(platforms)].reset_index(drop=True)
    bars.insert(2, "label", bars["purpose"].map(PURPOSE_NAMES))
    return bars[["platform", "purpose", "label", "accounts", "active", "dormant", "unknown"]]


def estimate_left_out(inventory: Inventory, how: Draws, *, of: str = "accounts") -> Estimate:
    """Estimate what the studies' definition leaves out: the share that is not of corporate accounts.

    Parameters
    ----------
    inventory : Inventory
    how : Draws
    of : {"accounts", "followers"}
        Of followers, over accounts whose number of followers is known.

    Returns
    -------
    Estimate
        Percentage of the accounts that are no person's, or of their followers; superpopulation interval.

    Raises
    ------
    NotAnswerable
        If no number of followers is known.
    """
    rows = inventory.accounts
    if of == "followers":
        rows = rows.dropna(subset=["followers"])
        if not rows["followers"].sum() > 0:
            raise NotAnswerable(
                f"of no account of {inventory.window.edition!r} is the number of followers known; an account table "
                "with `followers` tells it"
            )
    size = rows["followers"].astype(float) if of == "followers" else pd.Series(1.0, index=rows.index)  # fmt: skip
    other = size.where(rows["purpose"] != "corporate", 0.0)
    return _estimate_ratio(
        _sum_by_organisation(inventory, rows, size), _sum_by_organisation(inventory, rows, other), how,
        factor=100.0, n=len(rows), unit="%",
        estimand=f"share of the {of} of organisations that is not of corporate accounts",
    )  # fmt: skip


def estimate_without_corporate(inventory: Inventory, platform: str, how: Draws) -> Estimate:
    """Estimate how many of the organisations on a platform are there without a corporate account.

    Parameters
    ----------
    inventory : Inventory
    platform : str
    how : Draws

    Returns
    -------
    Estimate
        Percentage of the organisations with an account there, persons' left out; Wilson's superpopulation interval.
    """
    rows = inventory.accounts.query("platform == @platform")
    present = rows["organisation"].nunique()
    corporate = rows.query("purpose == 'corporate'")["organisation"].nunique()
    return wilson_interval(
        present - corporate, present, how.confidence,
        estimand=f"share of the organisations on {PLATFORM_NAMES[platform]} without a corporate account there",
    ).scaled(100, "%")  # fmt: skip


def _choose(inventory: Inventory, purposes: str | None) -> pd.DataFrame:
    rows = inventory.accounts
    if purposes is None:
        return rows
    if purposes == NOT_CORPORATE:
        return rows[rows["purpose"] != "corporate"]
    return rows[rows["purpose"] == purposes]


def name_accounts(purposes: str) -> str:
    """Return what accounts are called in a sentence.

    Examples
    --------
    >>> name_accounts("campaign")
    'accounts for a campaign'
    """
    if purposes in ("corporate", NOT_CORPORATE):
        return f"{purposes} accounts"
    return f"accounts for {PURPOSE_NAMES[purposes]}"


def find_sleepiest(inventory: Inventory, least: int = 10) -> str:
    """Find the purpose of which the largest share of accounts sleeps.

    Parameters
    ----------
    inventory : Inventory
    least : int
        Purposes with fewer accounts of which it is known are passed over.

    Returns
    -------
    str
        One of `PURPOSES`.

    Raises
    ------
    NotAnswerable
        If no purpose has as many.
    """
    known = inventory.accounts.query("state != 'unknown'")
    shares = (known["state"] == "dormant").groupby(known["purpose"]).agg(["mean", "size"])
    shares = shares[shares["size"] >= least]
    if shares.empty:
        raise NotAnswerable(
            f"of no purpose is it known of {least} accounts whether they sent a message"
        )
    return str(shares["mean"].idxmax())


def estimate_dormant(inventory: Inventory, how: Draws, *, purposes: str | None = None) -> Estimate:
    """Estimate the share of accounts that sleep, of those of which it is known.

    Parameters
    ----------
    inventory : Inventory
    how : Draws
    purposes : str, optional
        One of `PURPOSES`, or `NOT_CORPORATE`: only these accounts.

    Returns
    -------
    Estimate
        Percentage; superpopulation interval, organisations drawn with all their accounts.

    Raises
    ------
    NotAnswerable
        If it is known of none.
    """
    rows = _choose(inventory, purposes).query("state != 'unknown'")
    if rows.empty:
        raise NotAnswerable(
            f"of no such account is it known whether it slept in {inventory.window.edition!r}"
        )
    asleep = rows[rows["state"] == "dormant"]
    which = name_accounts(purposes) if purposes else "accounts"
    return _estimate_ratio(
        _count_by_organisation(inventory, rows), _count_by_organisation(inventory, asleep), how,
        factor=100.0, n=len(rows), unit="%",
        estimand=f"share of {which} without a message in {inventory.window.edition}, "
        "of those of which it is known",
    )  # fmt: skip


def compare_dormant(inventory: Inventory, how: Draws) -> Estimate:
    """Estimate how much more often other accounts sleep than corporate ones.

    Parameters
    ----------
    inventory : Inventory
    how : Draws

    Returns
    -------
    Estimate
        Percentage points, other minus corporate; organisations are drawn with all their accounts.

    Raises
    ------
    NotAnswerable
        If it is known of none of the one or of the other.
    """
    counts, shares = [], []
    for purposes in (NOT_CORPORATE, "corporate"):
        shares.append(estimate_dormant(inventory, how, purposes=purposes))
        rows = _choose(inventory, purposes).query("state != 'unknown'")
        asleep = rows[rows["state"] == "dormant"]
        counts.append([_count_by_organisation(inventory, part) for part in (rows, asleep)])
    drawn = draw_multiplicities(len(counts[0][0]), how.draws, how.seed)
    changes = 100 * (resample_ratios(*counts[0], drawn) - resample_ratios(*counts[1], drawn))
    return estimate_from_draws(
        shares[0].value - shares[1].value, changes, how.confidence, unit="percentage points",
        estimand="share of accounts that sleep, other than corporate minus corporate",
        n=shares[0].n + shares[1].n, clusters=int((counts[0][0] + counts[1][0] > 0).sum()),
    )  # fmt: skip


def bound_dormant(inventory: Inventory) -> Estimate:
    """Bound the share of all accounts that sleep, whatever those do of which it is not known.

    Parameters
    ----------
    inventory : Inventory

    Returns
    -------
    Estimate
        Percentage; sensitivity interval around the share of those of which it is known.

    Notes
    -----
    ``[d / N, (d + u) / N]`` with d dormant and u unknown of N accounts (Manski 2003).
    """
    states = inventory.accounts["state"].value_counts()
    number, dormant, unknown = (
        len(inventory.accounts), int(states.get("dormant", 0)), int(states.get("unknown", 0))
    )  # fmt: skip
    known = number - unknown
    return Estimate(
        100 * dormant / known if known else np.nan, 100 * dormant / number, 100 * (dormant + unknown) / number,
        "sensitivity", f"share of accounts without a message in {inventory.window.edition}", "%", number,
    )  # fmt: skip


def estimate_followers_asleep(inventory: Inventory, how: Draws) -> Estimate:
    """Estimate which share of the followers follows an account that sleeps.

    Parameters
    ----------
    inventory : Inventory
    how : Draws

    Returns
    -------
    Estimate
        Percentage of the followers of accounts of which state and followers are known; superpopulation interval.
        Who follows two accounts counts twice.

    Raises
    ------
    NotAnswerable
        If there are none.
    """
    rows = inventory.accounts.query("state != 'unknown'").dropna(subset=["followers"])
    size = rows["followers"].astype(float)
    if not size.sum() > 0:
        raise NotAnswerable(
            "of no account are both known: its followers, and whether it sent a message"
        )
    return _estimate_ratio(
        _sum_by_organisation(inventory, rows, size),
        _sum_by_organisation(inventory, rows, size.where(rows["state"] == "dormant", 0.0)), how,
        factor=100.0, n=len(rows), unit="%", estimand="share of followers who follow an account that sleeps",
    )  # fmt: skip


def estimate_with_owner(inventory: Inventory, how: Draws) -> Estimate:
    """Estimate for which share of the accounts a department is named.

    Parameters
    ----------
    inventory : Inventory
    how : Draws

    Returns
    -------
    Estimate
        Percentage; superpopulation interval.
    """
    rows = inventory.accounts
    return _estimate_ratio(
        _count_by_organisation(inventory, rows),
        _count_by_organisation(inventory, rows.dropna(subset=["owner"])), how,
        factor=100.0, n=len(rows), unit="%", estimand="share of accounts with a department named as owner",
    )  # fmt: skip


def tabulate_routes(inventory: Inventory) -> pd.DataFrame:
    """Count how it is known of an account that it sent a message or slept.

    Parameters
    ----------
    inventory : Inventory

    Returns
    -------
    pandas.DataFrame
        told_by, active, dormant, silent_on (accounts of which it tells nothing); a row for all ways together,
        and contradicted: accounts that sent a message by one way and none by another.
    """
    accounts = inventory.accounts
    rows = []
    for name, label in _ROUTES.items():
        told = accounts[name]
        active, dormant = int(told.eq(True).sum()), int(told.eq(False).sum())
        rows.append((label, active, dormant, len(told) - active - dormant, pd.NA))
    states = accounts["state"].value_counts()
    rows.append(
        (
            "all together",
            *(int(states.get(state, 0)) for state in ("active", "dormant", "unknown")),
            int(accounts["is_contradicted"].sum()),
        )
    )
    table = pd.DataFrame(
        rows, columns=["told_by", "active", "dormant", "nothing_told", "contradicted"]
    )
    return table.astype({"contradicted": "Int64"})


def tabulate_tolerances(
    study: Study, *, edition: str, region: str, days: Sequence[int]
) -> pd.DataFrame:
    """Count the accounts that sleep under several tolerances.

    Parameters
    ----------
    study : Study
    edition, region : str
        As for `read_inventory`.
    days : sequence of int
        How far a look may lie from the first and the last day.

    Returns
    -------
    pandas.DataFrame
        tolerance_days, active, dormant, unknown, dormant_percent (of those of which it is known).
    """
    rows = []
    for tolerance in sorted(set(days)):
        inventory = read_inventory(study, edition=edition, region=region, tolerance_days=tolerance)
        states = inventory.accounts["state"].value_counts()
        counts = {state: int(states.get(state, 0)) for state in ("active", "dormant", "unknown")}
        known = counts["active"] + counts["dormant"]
        share = 100 * counts["dormant"] / known if known else np.nan
        rows.append({"tolerance_days": tolerance, **counts, "dormant_percent": share})
    return pd.DataFrame(rows)


# ------------------------------------------------------------------------------------------ doubles and look-alikes


def list_doubles(inventory: Inventory) -> pd.DataFrame:
    """List the accounts that one organisation has twice for the same thing.

    Parameters
    ----------
    inventory : Inventory

    Returns
    -------
    pandas.DataFrame
        A row per organisation, platform, purpose and owner with more than one account: these, accounts, dormant.
        Without an owner only corporate accounts can be doubles: two themes without a department are two themes.
    """
    rows = inventory.accounts
    keys = ["organisation", "platform", "purpose", "owner"]
    owner = rows["owner"].str.casefold().fillna("")
    rows = rows.assign(owner=owner, dormant=(rows["state"] == "dormant").astype("int64"))
    rows = rows[(rows["owner"] != "") | (rows["purpose"] == "corporate")]
    groups = rows.groupby(keys, sort=True).agg(
        accounts=("platform", "size"), dormant=("dormant", "sum")
    )
    return groups[groups["accounts"] > 1].reset_index()


def count_doubles(inventory: Inventory) -> Estimate:
    """Count the accounts beyond the first for the same thing.

    Parameters
    ----------
    inventory : Inventory

    Returns
    -------
    Estimate
        No interval: a count.
    """
    doubles = list_doubles(inventory)
    beyond = float((doubles["accounts"] - 1).sum())
    return Estimate(
        beyond, beyond, beyond, "none",
        "accounts beyond the first of the same organisation, platform, purpose and owner", "accounts",
        len(inventory.accounts),
    )  # fmt: skip


def read_unmapped(study: Study) -> pd.DataFrame:
    """Read the accounts of the exports that are in no account map.

    Parameters
    ----------
    study : Study

    Returns
    -------
    pandas.DataFrame
        platform, account_id, handle, files; all text.

    Raises
    ------
    NotAnswerable
        If the list is not there.
    """
    path = study.build / "unmapped_accounts.csv"
    if not path.exists():
        raise NotAnswerable(
            f"{display_path(path)} is not there; `make STUDY={study.name}` writes it when it reads the exports"
        )
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def find_look_alikes(
    unmapped: pd.DataFrame, names: pd.DataFrame, least_similarity: float
) -> pd.DataFrame:
    """Find accounts of nobody whose handle resembles an organisation's.

    Parameters
    ----------
    unmapped : pandas.DataFrame
        From `read_unmapped`.
    names : pandas.DataFrame
        organisation and text: handles of its accounts, and its name.
    least_similarity : float
        Ratio of Ratcliff and Obershelp from which two texts resemble each other, over 0 and at most 1.

    Returns
    -------
    pandas.DataFrame
        platform, account_id, handle, files, organisation (the one resembled most), resembles (its handle or name),
        similarity; the most similar first. A list of work for a person, and for nobody else: an account that
        resembles may be the organisation's own, somebody's joke, or chance.

    Raises
    ------
    InputError
        If the similarity is none.

    Notes
    -----
    Twice the letters in common, in order, over the letters of both (Ratcliff and Metzener 1988), as `difflib`
    computes it, without capitals, accents and marks.

    Examples
    --------
    >>> unmapped = pd.DataFrame({"platform": ["twitter"], "account_id": ["1"], "handle": ["gem_utrechtt"], "files": "[]"})
    >>> names = pd.DataFrame({"organisation": ["GM0344"], "text": ["GemUtrecht"]})
    >>> find_look_alikes(unmapped, names, 0.8)["similarity"].round(2).tolist()
    [0.95]
    """
    if not 0 < least_similarity <= 1:
        raise InputError(
            f"least_similarity is {least_similarity}; expected a number over 0 and at most 1, such as 0.85"
        )
    texts = names.assign(plain=names["text"].map(_simplify)).drop_duplicates(
        ["organisation", "plain"]
    )
    texts = texts[texts["plain"].str.len() >= _SHORTEST_NAME]
    known = list(zip(texts["organisation"], texts["text"], texts["plain"], strict=True))
    rows = []
    for account in unmapped.to_dict("records"):
        plain = _simplify(account["handle"])
        if len(plain) < _SHORTEST_NAME:
            continue
        best = _find_nearest(plain, known, least_similarity)
        if best is not None:
            organisation, text, similarity = best
            rows.append(
                account
                | {"organisation": organisation, "resembles": text, "similarity": similarity}
            )
    columns = [*unmapped.columns, "organisation", "resembles", "similarity"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(
        ["similarity", "platform", "handle"], ascending=[False, True, True], ignore_index=True
    )


def _simplify(text: str | None) -> str:
    spread = unicodedata.normalize("NFKD", text or "").casefold()
    return "".join(letter for letter in spread if letter.isalnum())


def _find_nearest(
    plain: str, known: list[tuple[str, str, str]], least: float
) -> tuple[str, str, float] | None:
    matcher = difflib.SequenceMatcher(autojunk=False)
    matcher.set_seq2(plain)
    best = None
    for organisation, text, other in known:
        matcher.set_seq1(other)
        needed = least if best is None else best[2]
        # the two quick ones are never below the true ratio
        if matcher.real_quick_ratio() < needed or matcher.quick_ratio() < needed:
            continue
        ratio = matcher.ratio()
        if ratio >= least and (best is None or ratio > best[2]):
            best = (organisation, text, ratio)
    return best


def list_names(inventory: Inventory) -> pd.DataFrame:
    """List what organisations are called: handles of their accounts, and their names.

    Handles are read from the account map itself, because no table holds any; those of persons are left out.

    Parameters
    ----------
    inventory : Inventory

    Returns
    -------
    pandas.DataFrame
        organisation, text.
    """
    codes = set(inventory.organisations["organisation"])
    handles = [
        (account.organisation, account.handle)
        for account in read_accounts(exports_folder(inventory.study.name))
        if account.handle and account.purpose != "person" and account.organisation in codes
    ]
    named = inventory.organisations[["organisation", "name"]].itertuples(index=False, name=None)
    both = [*handles, *(pair for pair in named if isinstance(pair[1], str))]
    return pd.DataFrame(both, columns=["organisation", "text"]).drop_duplicates(ignore_index=True)


def write_look_alikes(study: Study, look_alikes: pd.DataFrame) -> Estimate:
    """Write the list of work to `build/<study>/look_alikes.csv`, which git ignores, and return how many there are.

    Parameters
    ----------
    study : Study
    look_alikes : pandas.DataFrame
        From `find_look_alikes`.

    Returns
    -------
    Estimate
        No interval: a count.
    """
    text = look_alikes.to_csv(
        index=False, float_format="%.3f", lineterminator="\n", quoting=csv.QUOTE_MINIMAL
    )
    write_text(study.build / "look_alikes.csv", text)
    number = float(len(look_alikes))
    return Estimate(
        number, number, number, "none",
        "accounts in no account map whose handle resembles a handle or the name of an organisation", "accounts",
    )  # fmt: skip
