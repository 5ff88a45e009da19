"""Documents keep their promises: every file named exists, every number is the ledger's, every import goes down."""

import ast
import csv
import re
import subprocess

import pytest
from conftest import ROOT

from roeptoeter.documents import DOCUMENTS, fill_document
from roeptoeter.errors import InputError

MARKDOWN = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {".venv", "build", "site", "node_modules", ".pytest_cache"}
    & set(path.relative_to(ROOT).parts)
    and path.name != "LICENSE.md"
)

CLAIM = {
    "claim_id": "rise", "notebook": "03-year-on-year", "headline": "True", "sentence": "It rose by 7.",
    "interval": "6 to 8; rounding interval", "evidence": "published",
}  # fmt: skip

#: Where each module of the package stands; a module imports only from its own floor or from below.
FLOORS = {
    "errors": 1, "estimators": 1, "messages": 1, "engines": 1, "sources": 2, "metrics": 3, "study": 1, "environment": 1, "markup": 1, "templates": 1,
    "provenance": 2, "published": 2, "registers": 2, "refresh_registers": 2,
    "questions": 3, "plots": 3, "simulate": 3, "simulate_exports": 3, "hexagons": 2, "languages": 1, "public_words": 1, "growth_rules": 2, "questionnaires": 2,
    "ingest": 4, "report": 4, "site": 4, "export": 4, "documents": 4, "new_study": 4, "exports": 4, "questionnaire_answers": 4, "runner": 4, "map_page": 4, "ranking_page": 4, "boundaries": 2, "scorecards": 4, "scorecard_page": 4, "edition_page": 4, "public_pages": 4, "__main__": 4, "": 4,
}  # fmt: skip


def read_ledger():
    with (ROOT / "results/demo/claims.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_prints_the_ledgers_sentences_and_no_others(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "<!-- claim" in text
    assert fill_document(text, read_ledger()) == text
    outside = re.sub(r"<!-- claim.*?<!-- end -->", "", text, flags=re.DOTALL)
    outside = re.sub(r"```.*?```|`[^`]*`", "", outside, flags=re.DOTALL)
    assert not re.search(r"\d+([.,]\d+)?\s?(%|percent|points?\b)", outside)


def test_filling_takes_the_sentence_and_refuses_an_unknown_claim():
    text = "<!-- claim 03-year-on-year rise -->old<!-- end -->\n<!-- claims table -->\nold\n<!-- end -->"
    filled = fill_document(text, [CLAIM])
    assert "-->It rose by 7.<!-- end -->" in filled
    assert "| 03 | It rose by 7. | 6 to 8; rounding interval |" in filled
    assert "old" not in filled
    assert fill_document(filled, [CLAIM]) == filled
    assert (
        "7"
        not in fill_document(text, [CLAIM | {"evidence": "SIMULATED"}]).partition(
            "<!-- claims table -->"
        )[2]
    )
    with pytest.raises(InputError, match="03-year-on-year fall"):
        fill_document("<!-- claim 03-year-on-year fall --><!-- end -->", [CLAIM])


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_a_document_names_exists(path):
    text = path.read_text(encoding="utf-8")
    names = set(re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text))
    names |= {
        name
        for name in re.findall(r"`([\w./-]+)`", text)
        if re.search(r"\w\.(py|csv|md|yaml|yml|lock|toml|ipynb|cff)$|/$", name)
    }
    made = ("build/", "site/", "site-", "data/raw/exports/")
    for name in names:
        if name.startswith(made) or re.search(
            r"NAME|NN-|\bmine\b|^(sources|studies/\w+)\.yaml$|^(accounts|organisations|changes)\.csv$",
            name,
        ):
            continue
        # a document names files from the root or from its own folder
        found = [
            base / name
            for base in (path.parent, ROOT, ROOT / "src/roeptoeter", ROOT / "data/raw/published")
        ]
        assert any(place.exists() for place in found), name


def test_the_tree_in_the_readme_is_the_tree_on_disk():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text[text.index("## Where things are") :].split("```")[1]
    named = {line.split()[0].rstrip("/").split("/")[0] for line in block.strip().splitlines()}
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    present = {name.split("/")[0] for name in listed.stdout.splitlines()}
    unexplained = {
        ".ci", ".gitattributes", ".gitignore", "CITATION.cff", "LICENSE", "LICENSE-DATA", "README.md",
        "pyproject.toml", "requirements.lock", "requirements-browser.lock",
    }  # fmt: skip
    assert named == present - unexplained


def test_the_readme_lists_every_notebook_with_its_own_title():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    from roeptoeter.report import read_title

    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        assert f"| [{path.stem}](notebooks/{path.name}) | {read_title(path)} |" in text


def test_imports_go_down_only():
    package = ROOT / "src" / "roeptoeter"
    for path in package.rglob("*.py"):
        own = path.relative_to(package).parts[0].removesuffix(".py").replace("__init__", "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
                if node.module == "roeptoeter":
                    names = [f"roeptoeter.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.startswith("roeptoeter."):
                    other = name.split(".")[1]
                    assert FLOORS[other] <= FLOORS[own], f"{path.name} imports {name}"


def test_every_claim_names_estimand_unit_and_kind_of_interval():
    claims = read_ledger()
    kinds = {"rounding", "finite population", "superpopulation", "sensitivity", "none"}
    assert len({(claim["notebook"], claim["claim_id"]) for claim in claims}) == len(claims)
    for claim in claims:
        assert claim["interval_kind"] in kinds
        assert claim["estimand"]
        assert claim["unit"]
        if claim["interval_kind"] == "superpopulation":
            assert claim["confidence"]


def test_nothing_of_an_analysts_exports_can_be_committed():
    result = subprocess.run(
        ["git", "check-ignore", "data/raw/exports/mine/tweets.jsonl"], cwd=ROOT, capture_output=True, check=False
    )  # fmt: skip
    assert result.returncode == 0
