"""Strict, typed parameters of notebooks.

papermill itself warns of an unknown name, accepts any type, and reads the code 01001 as the number 1001.
"""

import ast
import difflib
import json
import re
from pathlib import Path
from typing import Any

from roeptoeter.errors import InputError
from roeptoeter.study import display_path

_TYPES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def read_parameters(notebook: Path) -> dict[str, Any]:
    """Read the names and defaults of a notebook's parameters.

    Parameters
    ----------
    notebook : pathlib.Path
        An .ipynb file with one cell tagged `parameters`.

    Returns
    -------
    dict
        Default by name, in the order of the cell.

    Raises
    ------
    InputError
        If the notebook is missing or unreadable, has not exactly one such cell, or the cell holds anything but
        assignments of literals (a default of None has no type and is refused too).
    """
    name = display_path(notebook)
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        known = ", ".join(sorted(path.stem for path in notebook.parent.glob("*.ipynb")))
        raise InputError(f"{name} does not exist; notebooks: {known or 'none'}") from None
    except (ValueError, KeyError):
        raise InputError(
            f"{name} is no notebook that can be read; restore it with `git checkout -- {name}`"
        ) from None
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise InputError(
            f"{name} has {len(tagged)} cells tagged `parameters`; a notebook has exactly one"
        )
    source = "".join(tagged[0]["source"])
    defaults: dict[str, Any] = {}
    try:
        for statement in ast.parse(source).body:
            target = statement.targets[0] if isinstance(statement, ast.Assign) else None
            if not isinstance(target, ast.Name):
                raise ValueError(f"line {statement.lineno} is no assignment")
            defaults[target.id] = ast.literal_eval(statement.value)
            if defaults[target.id] is None:
                raise ValueError(f"{target.id} = None has no type")
    except (SyntaxError, ValueError) as error:
        raise InputError(
            f"{name}, cell `parameters`: {error}; write `name = literal`, a line each"
        ) from None
    return defaults


def parse_assignment(text: str, defaults: dict[str, Any]) -> tuple[str, Any]:
    """Read `name=value` from the command line into the type of the parameter's default.

    Parameters
    ----------
    text : str
        A default that is text takes the value as it stands, so that "01001" stays a code.
    defaults : dict
        From `read_parameters`.

    Returns
    -------
    name : str
    value : object

    Raises
    ------
    InputError
        If there is no equals sign, or the value is none of the default's type.
    """
    name, equals, value = text.partition("=")
    name = name.strip()
    if not equals or not name:
        raise InputError(f"parameter {text!r}: write name=value")
    if isinstance(defaults.get(name, ""), str):
        return name, value
    if re.fullmatch(r"[-+]?0[0-9_]+", value):
        raise InputError(
            f"parameter {name}={value} would lose its leading zero; "
            "the notebook takes a number here: write it without"
        )
    try:
        return name, json.loads(value)
    except ValueError:
        raise InputError(
            f"parameter {name}={value}: expected {_describe(defaults[name])}"
        ) from None


def check_parameters(
    notebook: str, given: dict[str, Any], defaults: dict[str, Any]
) -> dict[str, Any]:
    """Check given parameters against the defaults' names and types.

    Parameters
    ----------
    notebook : str
        Named in the message.
    given, defaults : dict
        By name.

    Returns
    -------
    dict
        The given parameters, a whole number made a float where the default is one.

    Raises
    ------
    InputError
        If a name is unknown or a type is another than the default's.

    Examples
    --------
    >>> check_parameters("05-nl-flanders-gap", {"confidence": 1}, {"confidence": 0.95})
    {'confidence': 1.0}
    """
    checked = {}
    for name, value in given.items():
        if name not in defaults:
            close = difflib.get_close_matches(name, defaults, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(defaults)}"
            raise InputError(f"{notebook} has no parameter {name!r}; {hint}")
        checked[name] = _check_type(f"{notebook}, parameter {name}", value, defaults[name])
    return checked


def _check_type(place: str, value: Any, default: Any) -> Any:
    if isinstance(default, float) and type(value) is int:
        return float(value)
    # bool is a subclass of int: True would pass as the number 1
    if type(value) is not type(default):
        raise InputError(f"{place}: expected {_describe(default)}, found {value!r}")
    if isinstance(default, list) and default:
        return [_check_type(f"{place}, item {i + 1}", v, default[0]) for i, v in enumerate(value)]
    if isinstance(default, dict) and default:
        example = next(iter(default.values()))
        return {k: _check_type(f"{place}, {k}", v, example) for k, v in value.items()}
    return value


def _describe(default: Any) -> str:
    kind = _TYPES.get(type(default))
    if kind is None:
        kind = "a list" if isinstance(default, list) else "names with values"
    return f"{kind}, such as {json.dumps(default, ensure_ascii=False)}"
