"""make, as its users meet it: in a copy of the repository, from nothing to the site, and every mistake in one line."""

import json
import os
import shutil
import subprocess

import pytest
from conftest import ROOT

pytestmark = pytest.mark.build

#: What make does with a notebook can be seen on a few; the study without accounts is the quick one.
QUICK = ["01-ingest", "10-public-sector"]


@pytest.fixture(scope="session")
def make_published(run_make):
    """Return a function that runs make for the study `published`, with a few notebooks."""

    def run(folder, *arguments):
        return run_make(folder, "STUDY=published", f"NOTEBOOKS={' '.join(QUICK)}", *arguments)

    return run


@pytest.fixture(scope="session")
def published(copy_repository, make_published):
    """A copy of the repository in which make has run for the study `published`."""
    folder = copy_repository("published")
    result = make_published(folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture
def clone(published, tmp_path):
    """A copy of that copy, with all time stamps, to be spoilt by one test."""
    folder = tmp_path / "clone"
    shutil.copytree(published, folder, copy_function=shutil.copy2)
    return folder


def own_lines(result: subprocess.CompletedProcess) -> list[str]:
    """The lines on standard error that are ours; make adds its own about the recipe that failed."""
    return [line for line in result.stderr.splitlines() if not line.startswith("make")]


def refused(result: subprocess.CompletedProcess, *parts: str) -> str:
    assert result.returncode != 0
    assert "Traceback" not in result.stdout + result.stderr
    lines = own_lines(result)
    assert len(lines) == 1, result.stderr
    for part in parts:
        assert part in lines[0], lines[0]
    return lines[0]


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_study_without_exports_tells_so_and_reads_none(published):
    text = (published / "build/published/01-ingest.html").read_text(encoding="utf-8")
    assert "the study published has no export files" in text
    assert not list((published / "results/published").glob("01-export-*"))
    assert not (published / "data/processed/published/messages.parquet").exists()


def test_editing_a_notebook_reruns_it_and_what_depends_on_it_and_nothing_else(
    clone, make_published
):
    (clone / "notebooks" / "10-public-sector.ipynb").touch()
    assert "[1/1] 10-public-sector" in make_published(clone).stdout
    (clone / "notebooks" / "01-ingest.ipynb").touch()
    said = make_published(clone).stdout
    for position, name in enumerate(QUICK, start=1):
        assert f"[{position}/{len(QUICK)}]" in said
        assert f"{name} took" in said
    assert make_published(clone).stdout.startswith("Nothing to do")


def test_two_clean_builds_give_the_same_bytes(published, clone, make_published):
    assert make_published(clone, "clean").returncode == 0
    assert not (clone / "site-published").exists()
    assert make_published(clone, "-j1").returncode == 0

    def read(folder):
        kept = [p for p in folder.rglob("*") if p.is_file() and ".git" not in p.parts]
        return {
            p.relative_to(folder).as_posix(): p.read_bytes()
            for p in kept
            if p.relative_to(folder).parts[0]
            in {"site-published", "build", "figures", "results", "data"}
        }

    first, second = read(published), read(clone)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_failing_notebook_stops_make_in_one_line_and_leaves_its_report(clone, make_published):
    path = clone / "notebooks" / "10-public-sector.ipynb"
    notebook = json.loads(path.read_text())
    next(c for c in notebook["cells"] if c["id"] == "imports")["source"].append("\n1 / 0")
    path.write_text(json.dumps(notebook))
    result = make_published(clone)
    refused(
        result, "10-public-sector, cell In [", "ZeroDivisionError", "10-public-sector.failed.ipynb"
    )
    assert "FAILED" in result.stdout
    assert (clone / "build/published/10-public-sector.failed.ipynb").exists()
    edit(path, "\\n1 / 0", "")
    assert make_published(clone, "build/published/10-public-sector.html").returncode == 0
    assert not (clone / "build/published/10-public-sector.failed.ipynb").exists()


def test_a_changed_byte_in_a_raw_file_is_refused_by_name(clone, make_published):
    path = clone / "data/raw/registers/vl_municipalities.csv"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    refused(make_published(clone), "data/raw/registers/vl_municipalities.csv", "has changed")


def test_a_missing_column_is_refused_by_name(clone, make_published):
    path = clone / "data/raw/published/figures.csv"
    edit(path, "printed_number,", "printed_nmber,")
    assert make_published(clone, "accept-raw", f"FILE={path.relative_to(clone)}").returncode == 0
    refused(
        make_published(clone, "build/published/01-ingest.html"), "figures.csv", "printed_number"
    )


def test_an_unknown_study_is_refused_and_the_known_ones_named(clone, run_make):
    refused(run_make(clone, "STUDY=nowhere"), "no study 'nowhere'", "known: demo, published")
    refused(run_make(clone, "STUDY=../x"), "no name of a study")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("notebooks: {10-public-sector: {nonsense: 1}}", "no parameter 'nonsense'"),
        ("notebooks: {10-public-sector: {confidence: high}}", "expected a number"),
        ("notebooks: {10-public-sector: {confidence: 007}}", "leading zero"),
    ],
)
def test_an_invalid_parameter_is_refused_before_anything_runs(
    clone, make_published, line, expected
):
    edit(clone / "studies/published.yaml", "notebooks: {}", line)
    result = make_published(clone)
    refused(result, "studies/published.yaml", expected)
    assert "[1/" not in result.stdout


def test_an_old_make_gets_one_clear_line(tmp_path, run_make):
    # an old make has no grouped targets among its features
    text = (ROOT / "Makefile").read_text().replace("$(.FEATURES)", "archives jobserver")
    (tmp_path / "Makefile").write_text(text)
    result = run_make(tmp_path)
    assert result.returncode != 0
    assert "needs GNU make 4.3 or newer" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_an_old_python_gets_one_clear_line(clone):
    old = clone / "old-python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in {"VIRTUAL_ENV", "CONDA_DEFAULT_ENV", "PYTHON", "MAKEFLAGS", "MAKELEVEL"}
    }
    result = subprocess.run(
        ["make", f"BASE_PYTHON={old}"], cwd=clone, env=kept, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    refused(result, "needs Python 3.11 or newer")


def test_a_fault_of_ours_keeps_its_traceback(clone, run_make):
    edit(
        clone / "src/roeptoeter/report.py",
        "    claims = []\n    for path in sorted(study.results",
        "    {}['ours']\n    claims = []\n    for path in sorted(study.results",
    )
    result = run_make(clone, "STUDY=published", f"NOTEBOOKS={QUICK[0]}")
    assert result.returncode != 0
    assert "KeyError: 'ours'" in result.stderr
    assert "FAILED" in result.stdout


def test_another_study_has_its_own_site_and_leaves_the_findings_of_others_alone(
    clone, make_published
):
    text = (clone / "studies/published.yaml").read_text(encoding="utf-8")
    (clone / "studies/mine.yaml").write_text(
        text.replace("notebooks: {}", "notebooks: {10-public-sector: {confidence: 0.9}}")
    )
    before = {
        name: (clone / name).read_bytes() for name in ("README.md", "site-published/index.html")
    }
    result = make_published(clone, "STUDY=mine")
    assert result.returncode == 0, result.stderr
    assert "The site is at site-mine/index.html" in result.stdout
    assert "90%" in (clone / "site-mine/10-public-sector.html").read_text(encoding="utf-8")
    assert {name: (clone / name).read_bytes() for name in before} == before
    assert make_published(clone).stdout.startswith("Nothing to do")


def test_what_was_deleted_is_made_again(clone, make_published):
    site, counts = clone / "site-published", clone / "results/published/10-counts.csv"
    shutil.rmtree(site)
    counts.unlink()
    assert make_published(clone).returncode == 0
    assert (site / "index.html").exists()
    assert counts.exists()
