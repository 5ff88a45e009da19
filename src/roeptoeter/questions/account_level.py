"""The account level: what every question on accounts starts from.

The tables that `make` wrote of a study's exports, read together, and turned into one row per organisation: an
organisation without an account has sent nothing, one whose account is silent has sent nothing either, and one whose
exports do not reach into the edition is not measured.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.registers import link_units
from roeptoeter.study import Study, display_path

#: Which messages count as replies, and the metric of the accounts that counts them.
REPLY_DEFINITIONS = {
    "replies to others": "reply_share",
    "replies, own threads included": "reply_share_with_own_threads",
    "replies and mentions": "reply_share_with_mentions",
}

#: Platforms as a reader writes them, by the names of the declarations.
PLATFORM_NAMES = {
    "twitter": "Twitter", "facebook": "Facebook", "instagram": "Instagram", "linkedin": "LinkedIn",
    "mastodon": "Mastodon", "bluesky": "Bluesky", "youtube": "YouTube", "other": "other platforms",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AccountLevel:
    """The account-level tables of a study.

    Parameters
    ----------
    study : Study
    organisations : pandas.DataFrame
        The organisations of each edition: edition, edition_year, region, organisation (code), name,
        organisation_type, province, population (Int64), size_class, latitude, longitude, is_simulated.
    accounts : pandas.DataFrame
        `account_metrics`, a row per edition, platform and account, with edition_year, region and organisation_type
        (empty where the account belongs to no organisation of that edition). Of the accounts of organisations, the
        corporate ones only, as the studies did; `roeptoeter.questions.account_inventory` has all of them.
    responses : pandas.DataFrame
        A row per message to such an account, with the same three: see `roeptoeter.metrics.RESPONSES`.
    changes : pandas.DataFrame
        Mergers and renames: effective_date, change_type, old_code, new_code.
    """

    study: Study
    organisations: pd.DataFrame
    accounts: pd.DataFrame
    responses: pd.DataFrame
    changes: pd.DataFrame

    @property
    def windows(self) -> pd.DataFrame:
        """The editions: edition, edition_year, in their order; start and end are NaT where the study declares none."""
        declared = {window.edition: window for window in self.study.windows}
        editions = sorted(self.accounts["edition"].unique())
        return pd.DataFrame(
            {
                "edition": editions,
                "start": [pd.Timestamp(declared[e].start) if e in declared else pd.NaT for e in editions],
                "end": [pd.Timestamp(declared[e].end) if e in declared else pd.NaT for e in editions],
            }
        )  # fmt: skip


def read_account_level(study: Study) -> AccountLevel:
    """Read the account-level tables of a study.

    Parameters
    ----------
    study : Study

    Returns
    -------
    AccountLevel

    Raises
    ------
    NotAnswerable
        If the study has no exports of accounts, or they were not read yet.
    """
    tables = {}
    for name in ("edition_organisations", "account_metrics", "responses", "changes"):
        path = study.processed / f"{name}.parquet"
        if not path.exists():
            raise NotAnswerable(
                f"the study {study.name} has no {display_path(path)}: it has no exports of accounts, or they were not "
                f"read yet. `make STUDY={study.name}` reads what is in data/raw/exports/{study.name}/"
            )
        tables[name] = pd.read_parquet(path)
    accounts, responses = _keep_corporate(tables["account_metrics"], tables["responses"])
    organisations = tables["edition_organisations"]
    homes = organisations[
        ["edition", "organisation", "edition_year", "region", "organisation_type"]
    ]
    return AccountLevel(
        study,
        organisations,
        accounts.merge(homes, how="left", on=["edition", "organisation"]),
        responses.merge(homes, how="left", on=["edition", "organisation"]),
        tables["changes"].assign(
            effective_date=lambda rows: rows["effective_date"].dt.tz_localize(None)
        ),
    )


def _keep_corporate(
    accounts: pd.DataFrame, responses: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leave out the accounts of organisations that are for a theme, a neighbourhood or the like, and what was asked there."""
    is_other = accounts["purpose"].fillna("corporate") != "corporate"
    if not is_other.any():
        return accounts, responses
    keys = ["platform", "account_id"]
    others = pd.MultiIndex.from_frame(accounts.loc[is_other, keys].drop_duplicates())
    asked_there = pd.MultiIndex.from_frame(responses[keys]).isin(others)
    return (
        accounts[~is_other].reset_index(drop=True),
        responses[~asked_there].reset_index(drop=True),
    )


def tabulate_organisations(
    level: AccountLevel,
    *,
    edition: str,
    platform: str,
    region: str,
    reply_definition: str = "replies to others",
    organisation_type: str = "municipality",
) -> pd.DataFrame:
    """Put the accounts of one edition and platform beside all organisations of a region.

    Parameters
    ----------
    level : AccountLevel
    edition, platform : str
        Such as "2014 Q2" and "twitter".
    region : {"NL", "VL"}
    reply_definition : str
        One of `REPLY_DEFINITIONS`.
    organisation_type : str
        One of `roeptoeter.sources.organisations.ORGANISATION_TYPES`.

    Returns
    -------
    pandas.DataFrame
        One row per organisation, in order of its code: organisation, name, province, population, size_class,
        is_present (has an account), is_measured (its messages are known, be they none), is_active (sent a message),
        accounts, messages (its own, reposts excluded, of exports that mark replies: the denominator of the reply
        share), replies, messages_sent (its own, of any export), followers (NaN: not known; of several accounts the
        sum) and potential_reach_per_message (followers a message reaches, the mean over messages; NaN: not known).

    Raises
    ------
    NotAnswerable
        If the study has no such edition, no account on the platform, or no organisations of that kind.
    InputError
        If the definition of replies is not known.
    """
    if reply_definition not in REPLY_DEFINITIONS:
        raise InputError(
            f"reply_definition is {reply_definition!r}; expected one of {', '.join(map(repr, REPLY_DEFINITIONS))}"
        )
    editions = level.windows["edition"].tolist()
    if edition not in editions:
        raise NotAnswerable(
            f"the study {level.study.name} has no edition {edition!r}; it has {', '.join(map(repr, editions))}. Which "
            f"one this notebook takes stands in studies/{level.study.name}.yaml, under `notebooks`"
        )
    organisations = level.organisations.query(
        "edition == @edition and region == @region and organisation_type == @organisation_type"
    )
    if organisations.empty:
        raise NotAnswerable(
            f"no {organisation_type} of region {region} is known for the edition {edition!r}: the registers hold the "
            "municipalities of some years; list those of other years, and other organisations, in organisations.csv "
            "beside the exports"
        )
    accounts = level.accounts.query("edition == @edition and platform == @platform")
    accounts = accounts[accounts["account_exists"].fillna(False).astype(bool)]
    accounts = accounts[accounts["organisation"].isin(organisations["organisation"])]
    if accounts.empty:
        raise NotAnswerable(
            f"the study {level.study.name} has no account of a {organisation_type} of region {region} on {platform} in "
            f"the edition {edition!r}"
        )
    per_organisation = _sum_accounts(accounts, REPLY_DEFINITIONS[reply_definition])
    table = organisations[["organisation", "name", "province", "population", "size_class"]].merge(
        per_organisation, how="left", on="organisation", validate="one_to_one"
    )
    table["is_present"] = table["accounts"].notna()
    for column in ("is_measured", "is_active"):
        table[column] = table[column].fillna(False).astype(bool)
    for column in ("accounts", "messages", "replies", "messages_sent"):
        table[column] = table[column].fillna(0).astype("int64")
    if table["population"].notna().all():
        table["population"] = table["population"].astype("int64")
    assert (table["replies"] <= table["messages"]).all()
    return table.sort_values("organisation", ignore_index=True)[
        [
            "organisation", "name", "province", "population", "size_class", "is_present", "is_measured", "is_active",
            "accounts", "messages", "replies", "messages_sent", "followers", "potential_reach_per_message",
        ]
    ]  # fmt: skip


def _sum_accounts(accounts: pd.DataFrame, share: str) -> pd.DataFrame:
    reached = accounts["potential_reach"].astype("Float64")
    counted = accounts["potential_reach_messages"].where(reached.notna())
    frame = pd.DataFrame(
        {
            "organisation": accounts["organisation"],
            "is_measured": accounts["messages_sent"].notna(),
            "is_active": accounts["active_in_window"].fillna(False).astype(bool),
            "messages": accounts[f"{share}_denominator"],
            "replies": accounts[f"{share}_numerator"],
            "messages_sent": accounts["own_messages_sent"],
            "followers": accounts["followers"].astype("Float64"),
            "reached": reached,
            "reached_messages": counted,
        }
    )
    groups = frame.groupby("organisation", sort=True)
    summed = groups[["messages", "replies", "messages_sent"]].sum()
    summed[["is_measured", "is_active"]] = groups[["is_measured", "is_active"]].any()
    summed["accounts"] = groups.size()
    known = groups[["followers", "reached", "reached_messages"]].sum(min_count=1)
    summed["followers"] = known["followers"].astype("float64")
    summed["potential_reach_per_message"] = known["reached"].astype("float64") / known[
        "reached_messages"
    ].astype("float64").replace(0, np.nan)
    return summed.reset_index()


def link_editions(
    level: AccountLevel,
    *,
    before: str,
    after: str,
    region: str,
    organisation_type: str = "municipality",
) -> pd.Series:
    """Join the organisations of two editions into units that cover the same ground in both.

    Parameters
    ----------
    level : AccountLevel
    before, after : str
        Two editions.
    region : {"NL", "VL"}
    organisation_type : str
        Only these are linked.

    Returns
    -------
    pandas.Series
        Linked unit by organisation code; see `roeptoeter.registers.link_units`.

    Raises
    ------
    NotAnswerable
        If an edition has no organisations, or the earlier one is not the first.
    InputError
        If a code came or went without a merger or rename that says so.
    """
    listed = level.organisations.query(
        "region == @region and organisation_type == @organisation_type"
    )
    years, codes = [], {}
    for edition in (before, after):
        rows = listed[listed["edition"] == edition]
        if rows.empty:
            raise NotAnswerable(f"no organisation of region {region} is known for {edition!r}")
        years.append(int(rows["edition_year"].iloc[0]))
        codes.setdefault(years[-1], []).extend(rows["organisation"])
    if years[0] > years[1]:
        raise NotAnswerable(f"the edition {before!r} is not before {after!r}; exchange the two")
    if years[0] == years[1]:
        same = pd.Index(sorted(set(codes[years[0]])), name="code")
        return pd.Series(same, index=same, name="linked_unit", dtype="str")
    try:
        return link_units(level.changes, codes, *years)
    except InputError as error:
        raise InputError(
            f"{error}; in changes.csv beside the exports, if it is the study's own"
        ) from None


def pair_units(before: pd.DataFrame, after: pd.DataFrame, units: pd.Series) -> pd.DataFrame:
    """Put the messages of two editions side by side, a row a linked unit.

    Parameters
    ----------
    before, after : pandas.DataFrame
        From `tabulate_organisations`.
    units : pandas.Series
        From `link_editions`.

    Returns
    -------
    pandas.DataFrame
        linked_unit, organisations_before, organisations_after (with messages that are known), population_after,
        messages_before, replies_before, messages_after, replies_after; in order of the unit, without those in
        which neither edition measured an account.

    Raises
    ------
    InputError
        If an organisation has no unit.
    """
    parts = []
    for frame, suffix in ((before, "before"), (after, "after")):
        unit = frame["organisation"].map(units)
        if unit.isna().any():
            code = frame.loc[unit.isna(), "organisation"].iloc[0]
            raise InputError(f"organisation {code} belongs to no linked unit")
        sums = frame.assign(organisations=frame["is_measured"].astype("int64")).groupby(unit)[
            ["organisations", "messages", "replies", "population"]
        ].sum()  # fmt: skip
        parts.append(sums.add_suffix(f"_{suffix}"))
    pairs = parts[0].join(parts[1], how="outer").fillna(0).astype("int64")
    measured = pairs["organisations_before"].gt(0) | pairs["organisations_after"].gt(0)
    pairs = pairs[measured].rename_axis("linked_unit").reset_index()
    return pairs.sort_values("linked_unit", ignore_index=True)[
        [
            "linked_unit", "organisations_before", "organisations_after", "population_after", "messages_before",
            "replies_before", "messages_after", "replies_after",
        ]
    ]  # fmt: skip
