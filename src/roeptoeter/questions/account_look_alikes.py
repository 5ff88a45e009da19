"""Accounts that stand twice in the account map, and unmapped ones whose name is like that of an organisation.

Both are lists of work for a person. Accounts of persons are never looked at.
"""

import csv
import difflib
import unicodedata

import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.questions.account_inventory import Inventory
from roeptoeter.sources.accounts import read_accounts
from roeptoeter.sources.declaration import exports_folder
from roeptoeter.study import Study, display_path, write_text

# Shorter texts resemble too many others.
_SHORTEST_NAME = 4


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
