"""What several tests share."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# JupyterLab's presence would add about a second to every Jupyter import; see roeptoeter.runner.execute.
sys.modules.setdefault("rfc3987_syntax", None)

#: Fixtures of the tests in browser/, in a module of another name: a second conftest would hide this one.
pytest_plugins = ["browser_pages"]

ROOT = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items):
    """Begin with what runs make: at the end, one long file would leave the other process idle."""
    items.sort(key=lambda item: item.get_closest_marker("build") is None)


@pytest.fixture(scope="session")
def copy_repository(tmp_path_factory):
    """Return a function that copies the files git knows, or could know, into an empty folder."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    files = [name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).exists()]

    def copy(name: str) -> Path:
        target = tmp_path_factory.mktemp(name)
        for file in files:
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, target / file)
        return target

    return copy


@pytest.fixture(scope="session")
def run_make():
    """Return a function that runs make in a copy, with the Python of this test run."""

    def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        inherited = {
            key: text
            for key, text in os.environ.items()
            if key not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
        }
        return subprocess.run(
            ["make", f"PYTHON={sys.executable}", *arguments],
            cwd=folder, env={**inherited, **environment}, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip

    return run


#: Notebooks of the default study that are enough to see make at work: the intake, and one that reads answers.
#: `.ci/run` makes all of them.
BUILT = ["01-ingest", "10-public-sector"]


@pytest.fixture(scope="session")
def built(copy_repository, run_make):
    """Return a copy of the repository in which `make` has run for these notebooks, and what make said."""
    folder = copy_repository("built")
    result = run_make(folder, f"NOTEBOOKS={' '.join(BUILT)}")
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, result
