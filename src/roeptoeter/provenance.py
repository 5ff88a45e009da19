"""Where raw data came from, and the proof that nothing in it has changed since.

Beside every raw file lies `<file>.yml` with its origin, licence and SHA-256. 01-ingest calls
`verify_raw` before it reads a row. `data/raw/exports`, an analyst's own files, is never entered.
"""

import csv
import hashlib
import io
import re
from datetime import date
from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from roeptoeter.errors import InputError


class Provenance(BaseModel):
    """The origin of one raw file, as its `.yml` tells it.

    Every key is required and an unknown one is refused, so that a misspelt key cannot pass for an
    absent fact. `url`, `published` and `notes` may be null: not known, or nothing to say.

    Parameters
    ----------
    title, producer, citation : str
        What it is, who made the figures, and the line to print when they are used.
    url : str or None
        Official address of the source.
    published, accessed : str or None, str
        When the source appeared and when it was read: a year, a month (2026-11) or a day.
    licence, redistribution : str
        The terms as understood, and what they allow this repository to pass on.
    sha256 : str
        64 hexadecimal digits, of the bytes of the file.
    bytes, rows : int
        Size in bytes and number of records below the header.
    notes : str or None
        How the numbers were made, when they are not simply copied.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    title: str = Field(min_length=1)
    producer: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    url: str | None
    published: str | None
    accessed: str
    licence: str = Field(min_length=1)
    redistribution: str = Field(min_length=1)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    bytes: int = Field(ge=0)
    rows: int = Field(ge=0)
    notes: str | None

    @field_validator("published", "accessed", mode="before")
    @classmethod
    def _date_as_text(cls, moment):
        # YAML reads an unquoted 2016 as a number and 2016-06-14 as a date; neither loses anything.
        return str(moment) if type(moment) in (int, date) else moment


def read_provenance(path):
    """Read one provenance file.

    Parameters
    ----------
    path : path-like
        The `<file>.yml`.

    Returns
    -------
    Provenance

    Raises
    ------
    InputError
        If the file is absent, is not YAML, or a key is missing, unknown or of the wrong type.
    """
    path = Path(path)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{_shown(path)} is missing: every raw file needs one") from None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        where = " ".join(str(fault).split())
        raise InputError(f"{_shown(path)} is not YAML in UTF-8: {where}") from None
    if not isinstance(content, dict):
        raise InputError(f"{_shown(path)} must be a list of `key: text` lines")
    try:
        return Provenance.model_validate(content)
    except ValidationError as fault:
        first, *others = fault.errors()
        key = ".".join(str(part) for part in first["loc"])
        more = f" (and {len(others)} more)" if others else ""
        known = ", ".join(Provenance.model_fields)
        raise InputError(
            f"{_shown(path)}, key {key!r}: {first['msg']}{more}; the keys are {known}"
        ) from None


def verify_file(csv_path):
    """Prove that one raw file is the file its provenance describes.

    Parameters
    ----------
    csv_path : path-like
        The raw file; `<csv_path>.yml` lies beside it.

    Returns
    -------
    Provenance
        Of the file, when SHA-256, bytes and rows all agree.

    Raises
    ------
    InputError
        If the file or its provenance is absent, or a single byte differs.
    """
    csv_path = Path(csv_path)
    provenance_path = _provenance_path(csv_path)
    shown = _shown(csv_path)
    if not csv_path.is_file():
        raise InputError(
            f"{shown} is missing though {_shown(provenance_path)} describes it; "
            f"restore it with `git checkout -- {shown}`"
        )
    if not provenance_path.is_file():
        raise InputError(
            f"{shown} has no provenance; write {provenance_path.name} beside it, "
            "with the keys of the other files"
        )
    stated = read_provenance(provenance_path)
    found = _measure(csv_path)
    if found["sha256"] != stated.sha256:
        raise InputError(
            f"{shown} has changed: its SHA-256 begins with {found['sha256'][:8]}, its provenance says "
            f"{stated.sha256[:8]}; restore it with `git checkout -- {shown}` or, if the change is "
            f"meant, `make accept-raw FILE={shown}`"
        )
    for key in ("bytes", "rows"):
        if found[key] != getattr(stated, key):
            raise InputError(
                f"{_shown(provenance_path)} says {getattr(stated, key)} {key}, {csv_path.name} has "
                f"{found[key]}; correct it with `make accept-raw FILE={shown}`"
            )
    return stated


def verify_raw(root):
    """Prove that every raw file of the project is as its provenance describes it.

    Parameters
    ----------
    root : path-like
        The project's root; its `data/raw` is read, without `data/raw/exports`, README files and
        names that begin with a dot.

    Returns
    -------
    pandas.DataFrame
        One row a file, in order of path: file, producer, licence, bytes, rows, sha256.

    Raises
    ------
    InputError
        If a file has changed, has no provenance, or is described but absent: the first such file
        by name, and how many more there are. Also if there is no raw file at all.
    """
    raw = Path(root) / "data" / "raw"
    rows, problems = [], []
    for path in _raw_files(raw):
        try:
            stated = verify_file(path)
        except InputError as problem:
            problems.append(str(problem))
            continue
        rows.append(
            {
                "file": _shown(path),
                "producer": stated.producer,
                "licence": stated.licence,
                "bytes": stated.bytes,
                "rows": stated.rows,
                "sha256": stated.sha256,
            }
        )
    if problems:
        others = len(problems) - 1
        more = f" (and {others} more raw file{'s' if others > 1 else ''} refused)" if others else ""
        raise InputError(problems[0] + more)
    if not rows:
        raise InputError(f"{raw}: no raw file found; restore them with `git checkout -- data/raw`")
    return pd.DataFrame(rows)


def accept_raw(path):
    """Write the SHA-256, bytes and rows of a changed raw file into its provenance.

    Only these three lines are rewritten; every other line, comments too, stays as it is. Whoever
    calls it vouches for the change, and says in `notes` what changed.

    Parameters
    ----------
    path : path-like
        The raw file, not its `.yml`.

    Returns
    -------
    Provenance
        As it now stands.

    Raises
    ------
    InputError
        If the file or its provenance is absent or unreadable, or has not these three keys on a line
        each.
    """
    path = Path(path)
    provenance_path = _provenance_path(path)
    if not path.is_file():
        raise InputError(f"{_shown(path)} is missing; name a file under data/raw")
    read_provenance(provenance_path)
    text = provenance_path.read_bytes().decode("utf-8")
    for key, found in _measure(path).items():
        text, times = re.subn(rf"(?m)^{key}:[^\r\n]*", f"{key}: {_as_yaml(found)}", text)
        if times != 1:
            raise InputError(f"{_shown(provenance_path)}: expected one line that begins `{key}:`")
    provenance_path.write_bytes(text.encode("utf-8"))
    return verify_file(path)


def _as_yaml(number_or_digest):
    # Quoted, because a digest of digits alone would be read as a number.
    return f'"{number_or_digest}"' if isinstance(number_or_digest, str) else str(number_or_digest)


def _measure(path):
    content = path.read_bytes()
    try:
        text = io.StringIO(content.decode("utf-8"), newline="")
        records = sum(1 for record in csv.reader(text) if record)
    except (UnicodeDecodeError, csv.Error):
        records = 0  # the SHA-256 refuses such a file; its rows need not be known
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "rows": max(records - 1, 0),
    }


def _provenance_path(path):
    return path.with_name(path.name + ".yml")


def _raw_files(raw):
    """List the files that are there together with those that a provenance file describes."""
    found = set()
    for path in raw.rglob("*"):
        inside = path.relative_to(raw)
        hidden = any(part.startswith(".") for part in inside.parts)
        if hidden or inside.parts[0] == "exports" or not path.is_file():
            continue
        if path.name == "README.md":
            continue
        found.add(path.with_suffix("") if path.suffix == ".yml" else path)
    return sorted(found)


def _shown(path):
    """Return the path as seen from the project's root, whatever folder the caller works in."""
    parts = path.absolute().parts
    for place in range(len(parts) - 1, 0, -1):
        if parts[place - 1 : place + 1] == ("data", "raw"):
            return "/".join(parts[place - 1 :])
    return str(path)
