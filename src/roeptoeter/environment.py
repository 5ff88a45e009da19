"""Compares an active environment with the lock, so that a foreign one is told in one line."""

import re
from importlib import metadata
from pathlib import Path

from roeptoeter.errors import InputError
from roeptoeter.study import ROOT

LOCK = ROOT / "requirements.lock"


def read_lock(lock: Path = LOCK) -> dict[str, str]:
    """Read name and version of every package in a lock file.

    Parameters
    ----------
    lock : pathlib.Path
        A requirements file with exact versions and hashes.

    Returns
    -------
    dict
        Version by name, names in lower case with hyphens. A package that only some platforms need is included.
    """
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", lock.read_text(encoding="utf-8"), re.M)
    return {name.lower().replace("_", "-"): version for name, version in pins}


def read_direct_dependencies(pyproject: Path = ROOT / "pyproject.toml") -> list[str]:
    """Return the names of the packages that the project itself asks for."""
    import tomllib

    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    return [re.match(r"[A-Za-z0-9_.-]+", text).group() for text in project["dependencies"]]


def check_environment() -> None:
    """Refuse an environment whose direct dependencies are not the lock's.

    Raises
    ------
    InputError
        If a package is missing or has another version; the message names the first few.
    """
    lock = read_lock()
    differences = []
    for name in read_direct_dependencies():
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = None
        if installed != lock[name]:
            differences.append(f"{name} {installed or 'missing'} (lock: {lock[name]})")
    if differences:
        more = f" and {len(differences) - 4} more" if len(differences) > 4 else ""
        raise InputError(
            f"the active environment differs from requirements.lock: {', '.join(differences[:4])}{more}; "
            "update it, or leave it (`deactivate`, `conda deactivate`) and let make create .venv"
        )
