"""The two ways into the environment, held to one set of versions: the lock, and environment.yml for conda."""

import re
from importlib import metadata
from pathlib import Path

from roeptoeter.errors import InputError
from roeptoeter.study import ROOT, write_text

LOCK = ROOT / "requirements.lock"

#: Direct dependencies that conda-forge does not carry, or carries under another name; environment.yml takes them
#: through pip.
_ONLY_PYPI = {
    "cbsodata", "duckdb", "firthmodels", "ibis-framework", "libipld", "simpleeval", "stepmix", "tzdata",
}  # fmt: skip

_HEAD = """\
# For conda and mamba users; `make` inside this environment uses it. Written by `make lock`, do not edit:
# the versions are those of requirements.lock, and a test compares the two.
"""


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


def build_environment_file() -> str:
    """Write out environment.yml: every direct dependency at the version of the lock.

    Returns
    -------
    str
        YAML text.
    """
    lock = read_lock()
    names = sorted(read_direct_dependencies())
    lines = ["name: roeptoeter", "channels:", "  - conda-forge", "  - nodefaults", "dependencies:"]
    lines += ["  - python=3.12", "  - pip", "  - make>=4.3"]
    lines += [f"  - {name}={lock[name]}" for name in names if name not in _ONLY_PYPI]
    lines += ["  - pip:"]
    lines += [f"      - {name}=={lock[name]}" for name in names if name in _ONLY_PYPI]
    return _HEAD + "\n".join(lines) + "\n"


def write_environment_file() -> None:
    """Write environment.yml at the root of the repository."""
    write_text(ROOT / "environment.yml", build_environment_file())
