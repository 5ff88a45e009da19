"""What readers of nested records share: looking into them, and never failing on one."""

from collections.abc import Callable
from typing import Any

import orjson

from roeptoeter.sources.values import parse_time


def dig(record: Any, *keys: str) -> Any:
    """Return what stands under a path of keys, or None where the path ends early.

    Parameters
    ----------
    record : object
        Parsed JSON or CBOR, of any shape.
    *keys : str

    Returns
    -------
    object or None

    Examples
    --------
    >>> dig({"reply": {"parent": {"uri": "at://a"}}}, "reply", "parent", "uri")
    'at://a'
    >>> dig({"reply": "damaged"}, "reply", "parent", "uri") is None
    True
    """
    for key in keys:
        if not isinstance(record, dict):
            return None
        record = record.get(key)
    return record


def as_text(scalar: Any) -> str | None:
    """Return a text or number as text; None for nothing, the empty text, lists and objects.

    Damage stays to be seen: a float id becomes "1.15e+17", which the checks of ids know.

    Examples
    --------
    >>> as_text(0), as_text(""), as_text(True), as_text({})
    ('0', None, 'True', None)
    """
    if isinstance(scalar, str):
        return scalar or None
    return str(scalar) if isinstance(scalar, bool | int | float) else None


def stage_time(scalar: Any, field: str) -> dict:
    """Return the columns of a staged row that a time with its own zone fills.

    Parameters
    ----------
    scalar : object
        As it stands in the record.
    field : str
        Its name in the record, for the person who looks into the quarantine.

    Returns
    -------
    dict
        `created_at` and its precision, source and flags; or `problem` and `problem_field`.
    """
    parsed = parse_time(as_text(scalar))
    if parsed.problem:
        return {"problem": parsed.problem, "problem_field": field}
    return {
        "created_at": parsed.at,
        "created_at_precision": parsed.precision,
        "created_at_source": parsed.source,
        "flags": list(parsed.flags),
    }


def stage(row: int, record: Any, raw: str | None, convert: Callable[[Any], dict]) -> dict:
    """Turn one record into one staged row, whatever happens.

    Parameters
    ----------
    row : int
        Number of the record in the file, from 1.
    record : object or None
        Parsed; None where the record could not be read.
    raw : str or None
        The record as text, for the quarantine; None where it must not be kept.
    convert : callable
        From the record to the columns of a staged row.

    Returns
    -------
    dict
        JSON_INVALID for a record that is None, READER_ERROR where `convert` fails; an excluded record is
        handed on without its content.
    """
    if record is None:
        return {"source_row": row, "raw": raw, "problem": "JSON_INVALID"}
    try:
        staged = convert(record)
    except Exception as error:
        # the name alone: the text of an exception may quote the record
        detail = f"unexpected {type(error).__name__}"
        return {"source_row": row, "raw": raw, "problem": "READER_ERROR", "problem_detail": detail}
    if (staged.get("problem") or "").startswith("EXCLUDED"):
        return {"source_row": row, "problem": staged["problem"]}
    return {"source_row": row, "raw": raw, **staged}


def write_raw(record: Any) -> str | None:
    r"""Write a parsed record as JSON text for the quarantine; bytes as hexadecimal digits.

    Parameters
    ----------
    record : object

    Returns
    -------
    str or None
        None for what JSON cannot hold: deeper than 254 levels, or whole numbers beyond 64 bits.

    Examples
    --------
    >>> write_raw({"link": b"\x01q"})
    '{"link":"0171"}'
    """
    try:
        return orjson.dumps(record, default=bytes.hex).decode()
    except orjson.JSONEncodeError:
        return None
