"""Declarations: what a person says of each export file, in `data/raw/exports/<study>/sources.yaml`.

Nothing is guessed. A file without an entry and an entry without a file are refused, and so is a key that is unknown or
that the format does not take. A look at the file may confirm a declaration, never replace it.
"""

import datetime as dt
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from roeptoeter.errors import InputError
from roeptoeter.study import ROOT, display_path, explain_validation, read_yaml

PLATFORMS = (
    "twitter", "facebook", "instagram", "linkedin", "mastodon", "bluesky", "youtube", "other", "survey",
)  # fmt: skip

#: Names of files that are no exports, or that a reader looks up beside the file that it reads.
COMPANIONS = {
    "sources.yaml", "accounts.csv", "organisations.csv", "changes.csv", "README.md",
    "actor.json",  # beside a Mastodon outbox
    "account.js", "manifest.js", "note-tweet.js", "follower.js",  # beside the tweets of an X archive
}  # fmt: skip


class Source(BaseModel):
    """One export file as declared.

    Keys beside these are refused. Which of them a format needs stands with the format (`Format.needs`).
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    file: str  # relative to the folder of the study's exports
    format: str
    platform: Literal[PLATFORMS]
    exported_on: dt.date  # when the counts were read, unless the records say so
    direction: Literal["sent", "received", "both"] = "sent"  # both: told apart by the account map
    organisation: str | None = None  # code of the one organisation whose file this is
    account_id: str | None = None  # where the export does not name the account
    time_zone: str | None = None  # IANA name, "Europe/Amsterdam"
    date_order: Literal["dmy", "mdy", "ymd"] | None = None
    decimal_mark: Literal[".", ","] = "."
    thousands_mark: Literal[".", ",", " ", ""] = ""
    delimiter: str | None = None
    encoding: str = "utf-8"
    sheet: str | None = None  # of a workbook
    header_row: int = Field(default=1, ge=1)  # 1-based row of the column names
    columns: dict[str, str] = Field(
        default_factory=dict
    )  # our name: the file's column, for the generic reader
    values: dict[str, dict[str, str]] = Field(
        default_factory=dict
    )  # our name: {the file's word: ours}
    mapping: str | None = None  # a named set of columns from sources/headers.yaml, "linkedin-posts"
    options: dict[str, list[str]] = Field(
        default_factory=dict
    )  # question: its options, for Google Forms
    survey: str | None = None  # name of the questionnaire
    wave: str | None = None
    respondent_column: str | None = None
    organisation_column: str | None = None
    year: int | None = None  # for dates without a year
    views_since: dt.date | None = None  # counts of views before this day are not counts but absent
    accept_partial: str | None = Field(default=None, min_length=10)  # the reason, in words

    @field_validator("exported_on", "views_since", mode="before")
    @classmethod
    def _is_a_day(cls, day: Any) -> Any:
        if isinstance(day, str):
            raise ValueError("write the day as 2024-07-15, without quotes")
        return day

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                ZoneInfo(name)
            except (KeyError, ValueError, OSError):
                raise ValueError("no such time zone; write it as Europe/Amsterdam or UTC") from None
        return name

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError:
            raise ValueError("no such encoding; utf-8, utf-16 and cp1252 are usual") from None
        return name

    @model_validator(mode="after")
    def _is_in_its_folder(self) -> "Source":
        parts = Path(self.file).parts
        if Path(self.file).is_absolute() or ".." in parts:
            raise ValueError(f"file: {self.file} must lie inside the folder of the study's exports")
        return self

    @property
    def exported_at(self) -> dt.datetime:
        """The export day as an instant, at its end in UTC: no record can be later."""
        return dt.datetime.combine(self.exported_on, dt.time(23, 59, 59), dt.UTC)


def exports_folder(study: str) -> Path:
    """Return the folder of a study's exports; git ignores it."""
    return ROOT / "data" / "raw" / "exports" / study


def read_declarations(folder: Path) -> list[Source]:
    """Read `sources.yaml` and hold it against the files that are there.

    Parameters
    ----------
    folder : pathlib.Path
        `data/raw/exports/<study>`.

    Returns
    -------
    list of Source
        In the order of the declarations; empty if the folder does not exist, as for a study without exports.

    Raises
    ------
    InputError
        In one line: no sources.yaml, no entry in it, an unknown or missing key, a wrong type, an unknown format, a
        key that the format needs, a file without entry, an entry without file, a file declared twice.
    """
    from roeptoeter.sources.formats import FORMATS

    if not folder.exists():
        return []
    path = folder / "sources.yaml"
    name = display_path(path)
    content = read_yaml(path)
    if isinstance(content, dict) and content.get("files", {}) is None:
        content = {**content, "files": {}}
    if (
        not isinstance(content, dict)
        or not isinstance(content.get("files"), dict)
        or set(content) != {"files"}
    ):
        raise InputError(f"{name} must hold one key, `files`, with an entry for each file")
    sources = []
    for file, entry in content["files"].items():
        place = f"{name}, {file}"
        if not isinstance(entry, dict):
            raise InputError(f"{place}: expected keys such as `format: x-api-v2`")
        for key, given in entry.items():
            if given is None:
                raise InputError(f"{place}: `{key}` is empty; fill it in, or take the line out")
        try:
            source = Source(file=str(file), **entry)
        except (ValidationError, TypeError) as error:
            raise InputError(f"{place}: {explain_validation(error)}") from None
        if source.format not in FORMATS:
            raise InputError(
                f"{place}: format {source.format!r} is not known; known: {', '.join(sorted(FORMATS))}"
            )
        kind = FORMATS[source.format]
        for key in kind.needs:
            if getattr(source, key) in (None, {}, ""):
                raise InputError(f"{place}: the format {kind.name} needs `{key}`")
        if not (folder / source.file).is_file():
            raise InputError(f"{place}: there is no such file in {display_path(folder)}")
        if not source.file.lower().removesuffix(".gz").endswith(kind.suffixes):
            raise InputError(
                f"{place}: the format {kind.name} comes as {', '.join(kind.suffixes)}"
                f"; is the format right?"
            )
        sources.append(source)
    declared = {source.file for source in sources}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        known = relative in declared or path.name in COMPANIONS
        if path.is_file() and not hidden and not known:
            raise InputError(
                f"{display_path(path)} has no entry in {name}; add one (`make describe "
                f"FILE={display_path(path)}` proposes it) or move the file away"
            )
    if not sources:
        raise InputError(
            f"{name} declares no file yet; put your exports beside it and add an entry for each, or remove "
            f"the folder {display_path(folder)} if the study has none"
        )
    return sources
