"""One environment, two ways in: the lock and environment.yml carry the same packages and pins."""

import re

import pytest
import yaml

from roeptoeter import environment
from roeptoeter.environment import (
    build_environment_file,
    check_environment,
    read_direct_dependencies,
    read_lock,
)
from roeptoeter.errors import InputError
from roeptoeter.study import ROOT


def test_environment_yml_has_the_packages_and_pins_of_the_lock():
    content = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert content["name"] == "roeptoeter"
    entries = [entry for entry in content["dependencies"] if isinstance(entry, str)]
    entries += next(entry["pip"] for entry in content["dependencies"] if isinstance(entry, dict))
    pins = {}
    for entry in entries:
        if match := re.fullmatch(r"([a-z0-9-]+)==?([0-9.]+)", entry):
            pins[match[1]] = match[2]
    python = pins.pop("python")
    assert tuple(map(int, python.split("."))) >= (3, 11)
    lock = read_lock()
    assert pins == {name: lock[name] for name in read_direct_dependencies()}


def test_environment_yml_is_what_make_lock_writes():
    assert (ROOT / "environment.yml").read_text() == build_environment_file()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-browser.lock"])
def test_a_lock_has_hashes_and_no_address(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    requirements = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in requirement for requirement in requirements)


def test_the_browser_lock_only_adds_to_the_lock():
    lock, browser = read_lock(), read_lock(ROOT / "requirements-browser.lock")
    assert lock.items() <= browser.items()
    assert "playwright" in browser


def test_each_direct_dependency_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text()
    block = text[text.index("dependencies = [") : text.index("[build-system]")]
    entries = [line for line in block.splitlines() if line.strip().startswith('"')]
    assert len(entries) >= len(read_direct_dependencies())
    assert all("#" in line for line in entries)


def test_the_environment_of_this_run_is_the_lock_and_another_is_told(monkeypatch):
    check_environment()
    monkeypatch.setattr(
        environment, "read_lock", lambda: dict.fromkeys(read_direct_dependencies(), "0")
    )
    with pytest.raises(InputError, match=r"differs from requirements\.lock: .* and \d+ more"):
        check_environment()
