"""Any table of messages: webcare tools, LinkedIn, twarc-csv and others, by columns that a person declares or names.

A set of columns is either declared (`columns`), named (`mapping`, from `headers.yaml`), or both: what is declared
replaces what is named.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roeptoeter.sources.staging import Capabilities, FileRefused, Format
from roeptoeter.sources.tables import (
    Headers,
    check_date_order,
    clean_header,
    find_columns,
    load_headers,
    open_table,
    stage_rows,
)
from roeptoeter.sources.values import clean_text, parse_count, parse_time, read_cell

COUNTS = (
    "reactions", "comments", "shares", "quotes", "views", "reach", "clicks", "author_followers",
)  # fmt: skip
_IDS = (
    "account_id", "account_handle", "in_reply_to_message_id", "in_reply_to_account_id", "parent_account_id",
    "conversation_id", "quoted_message_id", "reposted_message_id", "language",
)  # fmt: skip
_TIMES = ("parent_created_at", "metrics_at")
_YES_OR_NO = ("is_private", "is_repost", "is_reply", "promoted")

#: What a column may be declared to be.
COLUMNS = (
    "message_id", "url", "created_at", "created_time", "direction", "kind", "visibility", "text", "edit_group_id",
    *_IDS, *_TIMES, *_YES_OR_NO, *COUNTS,
)  # fmt: skip

#: The words of ours that a column of words ends in.
WORDS = {
    "direction": {"sent", "received"},
    "kind": {"post", "reply", "self_reply", "directed_mention", "repost", "quote"},
    "visibility": {"public", "unlisted", "private"},
}
_YES = {"true", "1", "yes", "ja", "waar", "y", "j"}
_NO = {"false", "0", "no", "nee", "onwaar", "n", ""}

_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_FIRST_SNOWFLAKE = 30_000_000_000


class _RowProblem(Exception):
    """A row that cannot be staged: a code, and the column."""

    def __init__(self, code: str, field: str):
        super().__init__(code)
        self.code = code
        self.field = field


def read_delimited(path: Path, source, mapping: str | None = None) -> Iterator[dict]:
    """Read a table of messages by its declared or named columns.

    Parameters
    ----------
    path : pathlib.Path
    source : Source
        With `columns`, `mapping` or both.
    mapping : str, optional
        Of a format that is a named set of columns itself.

    Yields
    ------
    dict
        Staged rows.

    Raises
    ------
    FileRefused
        REQUIRED_COLUMN_MISSING without a column for the id (or the address), the account (unless declared) or the
        time; HEADER_AMBIGUOUS; DATE_ORDER_INCONSISTENT; FORMAT_INVALID for a name or word that the declaration
        uses and nobody knows.
    """
    reader = _prepare(source, mapping)
    options = {
        "delimiter": reader.kind.delimiter,
        "encoding": reader.kind.encoding,
        "header_row": reader.kind.header_row,
    }
    table = open_table(path, source, **options)
    required = ["created_at"]
    if "message_id" not in reader.names:
        required.append("url")
    if source.account_id is None:
        required.append("account_id")
    reader.columns.update(find_columns(table.header, reader.names, required))
    if not {"message_id", "url"} & set(reader.columns):
        find_columns(table.header, reader.names, ["message_id"])
    for name in source.columns:
        if name not in reader.columns:
            find_columns(table.header, reader.names, [name])
    position = reader.columns["created_at"]
    dates = (
        row.cells[position] for row in open_table(path, source, **options).rows if not row.fault
    )
    # the ids of X hold a clock, against which the intake holds every time
    check_date_order(dates, source, must_be_told=source.platform != "twitter")
    yield from stage_rows(table, reader.stage, reader.kind.dropped)


def list_carried(source, mapping: str | None = None) -> Capabilities:
    """Tell what a table carries, from the columns that are declared or named for it.

    Parameters
    ----------
    source : Source
    mapping : str, optional
        As for `read_delimited`.

    Returns
    -------
    Capabilities
        "no" where no column is known that could tell; `reasons` names the column that would be needed.

    Examples
    --------
    A webcare export whose declaration names no column for replies: the reply share is not computable, not zero.

    >>> from roeptoeter.sources.declaration import Source
    >>> source = Source(file="a.csv", format="delimited", platform="other", exported_on=dt.date(2024, 7, 1),
    ...     columns={"message_id": "Id", "created_at": "Datum", "account_id": "Account"})
    >>> list_carried(source).replies
    'no'
    """
    reader = _prepare(source, mapping)
    return _carry(set(reader.names), reader.kind.not_carried)


#: The columns of which one is needed, and the sentence that says so.
_NEEDED = {
    "replies": (
        {"in_reply_to_message_id", "in_reply_to_account_id", "is_reply", "kind"},
        "is a reply",
    ),
    "self_replies": ({"in_reply_to_account_id", "parent_account_id"}, "is a reply to whom"),
    "parents": ({"in_reply_to_message_id", "parent_created_at"}, "answers which other"),
    "reposts": ({"is_repost", "reposted_message_id", "kind"}, "is a repost"),
    "followers": ({"author_followers"}, "had how many followers"),
    "reach": ({"reach"}, "reached how many"),
    "interactions": ({"reactions", "comments", "shares"}, "got how many reactions"),
}


def _carry(names: set[str], not_carried: dict[str, str]) -> Capabilities:
    carried, reasons = {}, dict(not_carried)
    for capability, (needed, what) in _NEEDED.items():
        if capability in not_carried:
            carried[capability] = "no"
        elif names & needed:
            carried[capability] = "yes"
        else:
            carried[capability] = "no"
            columns = sorted(needed)
            reasons[capability] = (
                f"no column tells which message {what}; `columns` would need {' or '.join(columns)}"
            )
    if carried["replies"] == "no":
        carried["self_replies"] = carried["parents"] = "no"
        reasons["self_replies"] = reasons["parents"] = reasons["replies"]
    if carried["parents"] == "yes":
        carried["parents"] = "conditional"
        reasons["parents"] = (
            "where the message answered is in the files too, or its time is a column"
        )
    created_at = "no" if "created_at" in not_carried else "conditional"
    reasons.setdefault("created_at", "where the column of the time gives more than the day")
    return Capabilities(messages="yes", created_at=created_at, **carried, reasons=reasons)


def _prepare(source, mapping: str | None) -> "_Reader":
    name = mapping or source.mapping
    known = {key: kind for key, kind in load_headers().items() if key in MAPPINGS}
    if name is not None and name not in known:
        raise FileRefused(
            "FORMAT_INVALID", f"no mapping {name!r}; known: {', '.join(sorted(known))}"
        )
    if name is None and not source.columns:
        raise FileRefused(
            "REQUIRED_COLUMN_MISSING",
            "declare `columns` (our name: the file's column) or a `mapping`",
        )
    kind = known[name] if name else Headers(title="", verified=False, evidence="", columns={})
    for key in source.columns:
        if key not in COLUMNS:
            raise FileRefused(
                "FORMAT_INVALID", f"columns: {key} is no name of ours; known: {', '.join(COLUMNS)}"
            )
    names = kind.columns | {key: [column] for key, column in source.columns.items()}
    words = {}
    for key, translations in (kind.values | source.values).items():
        allowed = WORDS.get(key) or ({"true", "false"} if key in _YES_OR_NO else None)
        if allowed is None or not set(translations.values()) <= allowed:
            wrong = sorted(set(translations.values()) - (allowed or set()))
            raise FileRefused(
                "FORMAT_INVALID",
                f"values: {key} cannot become {', '.join(wrong)}; it takes {', '.join(sorted(allowed or []))}",
            )
        words[key] = {clean_header(word).casefold(): ours for word, ours in translations.items()}
    return _Reader(source, kind, names, words, {})


@dataclass(frozen=True, slots=True)
class _Reader:
    """A declaration brought together with what is known of its kind of export."""

    source: object
    kind: Headers
    names: dict[str, list[str]]
    words: dict[str, dict[str, str]]
    columns: dict[str, int]  # filled when the header has been read

    def stage(self, cells: list[str]) -> dict:
        """Turn the cells of a row into a staged row; what is not public is not looked at any further."""
        try:
            if self._word(cells, "is_private") == "true":
                return {"problem": "EXCLUDED_NON_PUBLIC"}
            if "visibility" in self.columns and self._visibility(cells) == "private":
                return {"problem": "EXCLUDED_NON_PUBLIC"}
            return self._stage_public(cells)
        except _RowProblem as problem:
            return {"problem": problem.code, "problem_field": problem.field}

    def _cell(self, cells: list[str], name: str) -> str | None:
        if name not in self.columns:
            return None
        cell = read_cell(cells[self.columns[name]])
        if cell is not None and name in self.kind.patterns:
            found = re.search(self.kind.patterns[name], cell)
            return found[0] if found else None
        return cell

    def _word(self, cells: list[str], name: str) -> str | None:
        """Return our word for the cell of a column of words; a word that nobody declared is a problem of the row."""
        if name not in self.columns:
            return None
        cell = clean_header(cells[self.columns[name]]).casefold()
        if name in self.kind.filled:
            return "true" if read_cell(cell) else "false"
        words = self.words.get(name, {})
        if cell in words or "*" in words:
            return words.get(cell, words.get("*"))
        if name in WORDS:
            if cell in WORDS[name]:
                return cell
        elif cell in _YES | _NO:
            return "true" if cell in _YES else "false"
        raise _RowProblem("UNKNOWN_RECORD_TYPE", name)

    def _visibility(self, cells: list[str]) -> str:
        try:
            return self._word(cells, "visibility")
        except _RowProblem:
            return "private"  # what cannot be told to be public is not read

    def _stage_public(self, cells: list[str]) -> dict:
        source, flags = self.source, set()
        staged = {name: self._cell(cells, name) for name in _IDS if name in self.columns}
        for name in COUNTS:
            if name in self.columns:
                staged[name], is_bad = parse_count(
                    cells[self.columns[name]], source.decimal_mark, source.thousands_mark
                )
                if is_bad:
                    flags.add("COUNT_BAD")
        message = self._cell(cells, "message_id")
        url = read_cell(cells[self.columns["url"]]) if "url" in self.columns else None
        if message is None and url is not None:
            message = url
            flags.add("URL_AS_ID")
        elif message is not None and cells[self.columns["message_id"]].strip().startswith('="'):
            flags.add("ID_REPAIRED")
        created = self._read_created(cells, message)
        flags.update(created.pop("flags"))
        for name in _TIMES:
            if name in self.columns:
                cell = cells[self.columns[name]]
                staged[name] = parse_time(cell, order=source.date_order, zone=source.time_zone).at
        if "text" in self.columns:
            text = clean_text(cells[self.columns["text"]])
            staged["text"] = text.replace("\\n", "\n") if self.kind.literal_newlines else text
        if "edit_group_id" in self.columns:
            staged["edit_group_id"] = _find_first_edit(cells[self.columns["edit_group_id"]])
        if "promoted" in self.columns:
            staged["promoted"] = self._word(cells, "promoted") == "true"
        staged |= self._tell_kind(cells, staged)
        return (
            staged
            | created
            | {
                "message_id": message,
                "direction": self._word(cells, "direction"),
                "visibility": self._visibility(cells) if "visibility" in self.columns else None,
                "flags": sorted(flags),
            }
        )

    def _tell_kind(self, cells: list[str], staged: dict) -> dict:
        kind = self._word(cells, "kind")
        account = staged.get("in_reply_to_account_id")
        told = {
            "is_repost": kind == "repost" or self._word(cells, "is_repost") == "true",
            "reply_known": kind in {"reply", "self_reply"}
            or self._word(cells, "is_reply") == "true",
            "is_directed": kind == "directed_mention",
        }
        if account and "in_reply_to_message_id" not in self.columns:
            told["reply_known"] = (
                True  # the export has no other way to say that a message is a reply
            )
        if kind == "self_reply" and not account:
            told["in_reply_to_account_id"] = staged.get("account_id") or self.source.account_id
        if self.kind.mentions_mark_direction and (staged.get("text") or "").startswith("@"):
            told["is_directed"] = True
        return told

    def _read_created(self, cells: list[str], message: str | None) -> dict:
        text = cells[self.columns["created_at"]]
        if "created_time" in self.columns:
            text = f"{text.strip()} {cells[self.columns['created_time']].strip()}"
        parsed = parse_time(text, order=self.source.date_order, zone=self.source.time_zone)
        staged = {
            "created_at": parsed.at,
            "created_at_precision": parsed.precision,
            "created_at_source": parsed.source,
            "flags": parsed.flags,
            "problem": parsed.problem,
            "problem_field": "created_at" if parsed.problem else None,
        }
        clock = (
            _read_clock(message) if self.kind.time_from_id and parsed.precision == "day" else None
        )
        if clock is not None:
            if abs(clock.date() - parsed.at.date()) > dt.timedelta(days=1):
                raise _RowProblem("SNOWFLAKE_MISMATCH", "created_at")
            staged |= {
                "created_at": clock, "created_at_precision": "second", "created_at_source": "id",
            }  # fmt: skip
        return staged


def _read_clock(message: str | None) -> dt.datetime | None:
    """Return the time inside an id of X, or None for ids from before there was one."""
    if (
        message is None
        or not re.fullmatch(r"\d{11,19}", message)
        or int(message) <= _FIRST_SNOWFLAKE
    ):
        return None
    milliseconds = (int(message) >> 22) + _SNOWFLAKE_EPOCH_MS
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds)


def _find_first_edit(cell: str) -> str | None:
    """Return the smallest id of an edit history such as '["12", "9"]', by number and not as text."""
    return min(re.findall(r"\d+", cell), key=lambda text: (len(text), text), default=None)


#: The names of sets of columns that the generic reader takes.
MAPPINGS = (
    "linkedin-posts", "twarc-csv", "twarc-json2csv", "x-analytics", "x-analytics-classic", "coosto", "obi4wan",
    "meltwater", "brandwatch", "engage",
)  # fmt: skip

_SUFFIXES = (".csv", ".tsv", ".txt", ".xls", ".xlsx")
_BY_COLUMN = "where `columns` names the column for it"


def _describe(name: str) -> Format:
    kind = load_headers()[name]
    return Format(
        name=name,
        title=kind.title,
        yields="messages",
        verified=kind.verified,
        capabilities=_carry(set(kind.columns), kind.not_carried),
        needs=(),
        suffixes=_SUFFIXES,
        read=lambda path, source: read_delimited(path, source, name),
        followers_basis="at_collection",
        carries=lambda source: list_carried(source, name),
    )


FORMATS = (
    Format(
        name="delimited",
        title="A table of messages with declared columns",
        yields="messages",
        verified=False,
        capabilities=Capabilities(
            messages="yes",
            created_at="conditional",
            replies="conditional",
            self_replies="conditional",
            parents="conditional",
            reposts="conditional",
            followers="conditional",
            reach="conditional",
            interactions="conditional",
            reasons={
                name: f"{_BY_COLUMN}: {' or '.join(sorted(needed))}"
                for name, (needed, _) in _NEEDED.items()
            }
            | {"created_at": "where the column of the time gives more than the day"},
        ),
        needs=(),
        suffixes=_SUFFIXES,
        read=read_delimited,
        followers_basis="at_collection",
        carries=list_carried,
    ),
    *(_describe(name) for name in MAPPINGS),
)
