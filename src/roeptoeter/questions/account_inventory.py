"""The inventory of accounts: how many a municipality has, and which of them sleep.

It takes the account map: every account of an organisation, whatever it is for. It is the only question that looks beyond
corporate accounts. Accounts of persons are counted and never looked at: no table of a study holds an id or a handle of
one. `account_inventory_published` has what was printed, `account_look_alikes` what a person should look at.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.clusters import draw_multiplicities, resample_ratios
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.survival import estimate_from_draws
from roeptoeter.metrics import MetricSettings
from roeptoeter.questions.account_level import PLATFORM_NAMES
from roeptoeter.questions.disclosure import is_disclosive
from roeptoeter.sources.accounts import PURPOSES
from roeptoeter.study import Study, Window, display_path

#: What stands in tables and figures for the purposes of the account map.
PURPOSE_NAMES = {
    "corporate": "corporate", "theme": "a theme", "neighbourhood": "a neighbourhood", "council": "the council",
    "person": "a person", "campaign": "a campaign", "other": "anything else",
}  # fmt: skip

#: All purposes but the one of the studies.
NOT_CORPORATE = "not corporate"

#: Classes of the number of accounts an organisation has.
_CLASSES = ((0, 0), (1, 1), (2, 3), (4, 6), (7, 10), (11, np.inf))

_ROUTES = {
    "by_messages": "its messages",
    "by_totals": "its total number of messages at two looks",
    "by_last_message": "the day of its last message",
}


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
