"""The account map: which account belongs to which organisation, in `data/raw/exports/<study>/accounts.csv`.

A person fills it. An account that is not in it belongs to nobody: names that look alike are no evidence. An account
with the purpose `person` is a person's, such as an alderman's: it is counted, and nothing else of it is kept.
"""

import csv
import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from roeptoeter.errors import InputError
from roeptoeter.sources.declaration import PLATFORMS
from roeptoeter.study import display_path

_COLUMNS = ("platform", "account_id", "handle", "organisation")
_DAYS = ("in_use_from", "in_use_to")
_MORE = ("purpose", "owner")
_LONGEST_OWNER = 60

#: What an account may be for. The studies measured corporate accounts only, and so does every question but the inventory.
PURPOSES = ("corporate", "theme", "neighbourhood", "council", "person", "campaign", "other")

_DAMAGED = re.compile(r"\d+([.,]\d+)?[eE]\+?\d+|\d+[.,]0+")


@dataclass(frozen=True, slots=True)
class Account:
    """One line of the account map; `account_id` or `handle` may be missing, not both."""

    platform: str
    account_id: str | None
    handle: str | None  # lower case, without @
    organisation: str  # code of the register
    in_use_from: dt.date | None = (
        None  # first and last day, both inside; None: not known, and so taken as always
    )
    in_use_to: dt.date | None = None
    purpose: str = "corporate"
    owner: str | None = None  # the department that answers for it; of a person's account none


def read_accounts(folder: Path) -> list[Account]:
    """Read the account map of a study.

    Parameters
    ----------
    folder : pathlib.Path
        `data/raw/exports/<study>`. The file has a header and the columns platform, account_id, handle and
        organisation, separated by commas or by semicolons; each line has an id, a handle, or both. An id is
        preferred: a handle can change hands. The columns in_use_from and in_use_to may follow: the first and the last
        day on which the account was the organisation's, as 2014-01-31; empty means that it always was. So may
        purpose, one of `PURPOSES` (empty: corporate), and owner: the department that answers for the account, in at
        most 60 characters, never a person. The owner of a person's account is not kept.

    Returns
    -------
    list of Account
        In the order of the file; empty if there is no file.

    Raises
    ------
    InputError
        In one line, with the line number: no UTF-8, other columns, a platform that is not known, neither id nor
        handle, no organisation, an id that a spreadsheet turned into a number, a day that is none, a purpose that is
        not known, an owner that is too long or an address, an account that stands twice.
    """
    path = folder / "accounts.csv"
    if not path.exists():
        return []
    name = display_path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8 text"
        ) from None
    header, _, _ = text.partition("\n")
    lines = csv.reader(text.splitlines(), delimiter=";" if ";" in header else ",", strict=True)
    try:
        columns = tuple(cell.strip() for cell in next(lines, []))
        needed = set(columns) - {*_DAYS, *_MORE}
        if needed != set(_COLUMNS) or len(set(columns)) < len(columns):
            raise InputError(
                f"{name}: expected the columns {', '.join(_COLUMNS)}, and perhaps {' and '.join(_DAYS)}, "
                f"{' and '.join(_MORE)}; found {', '.join(columns) or 'none'}"
            )
        accounts: list[Account] = []
        seen: dict[tuple[str, str, str], tuple[int, str]] = {}
        for cells in lines:
            if any(cell.strip() for cell in cells):
                account = _read_line(columns, cells, f"{name}, line {lines.line_num}")
                _refuse_double(account, seen, name, lines.line_num)
                accounts.append(account)
    except csv.Error as error:
        raise InputError(f"{name}, line {lines.line_num}: {error}") from None
    return accounts


def _read_line(columns: tuple[str, ...], cells: list[str], place: str) -> Account:
    if len(cells) != len(columns):
        raise InputError(f"{place}: {len(cells)} cells where the header has {len(columns)}")
    line = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
    if line["platform"] not in PLATFORMS:
        raise InputError(
            f"{place}: platform {line['platform']!r} is not known; known: {', '.join(PLATFORMS)}"
        )
    if not line["account_id"] and not line["handle"]:
        raise InputError(f"{place}: give the account_id, or at least the handle")
    if not line["organisation"]:
        raise InputError(f"{place}: organisation is empty; give its code in the register")
    if _DAMAGED.fullmatch(line["account_id"]):
        raise InputError(
            f"{place}: account_id {line['account_id']} was turned into a number by a spreadsheet; "
            "write it out, in a column formatted as text"
        )
    first, last = (_read_day(line.get(column), f"{place}: {column}") for column in _DAYS)
    if first and last and last < first:
        raise InputError(f"{place}: in_use_to ({last}) is before in_use_from ({first})")
    purpose = line.get("purpose", "").lower() or "corporate"
    if purpose not in PURPOSES:
        raise InputError(
            f"{place}: purpose {line['purpose']!r} is not known; expected one of {', '.join(PURPOSES)}, or nothing "
            "for corporate"
        )
    return Account(
        line["platform"],
        line["account_id"] or None,
        line["handle"].removeprefix("@").lower() or None,
        line["organisation"],
        first,
        last,
        purpose,
        _read_owner(line.get("owner", ""), place) if purpose != "person" else None,
    )


def _read_owner(text: str, place: str) -> str | None:
    # the text itself is not repeated in the message: it may be a person's
    if len(text) > _LONGEST_OWNER:
        raise InputError(
            f"{place}: owner has {len(text)} characters; name the department in at most {_LONGEST_OWNER}, never a person"
        )
    if "@" in text:
        raise InputError(
            f"{place}: owner holds an address or a handle; name the department, never a person"
        )
    return " ".join(text.split()) or None


def _read_day(text: str | None, place: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{place} is {text!r}; write the day as 2014-01-31") from None


def _refuse_double(account: Account, seen: dict, name: str, line: int) -> None:
    for field in ("account_id", "handle"):
        key = (account.platform, field, getattr(account, field))
        if key[2] is None:
            continue
        if key in seen:
            first, purpose = seen[key]
            # what names a person is not repeated
            shown = "" if "person" in (purpose, account.purpose) else f" {key[2]}"
            raise InputError(
                f"{name}, line {line}: {field}{shown} on {key[0]} stands in line {first} too; "
                "keep one of the two"
            )
        seen[key] = (line, account.purpose)
