"""The anatomy of the notebooks: they tell, the package computes; committed without outputs."""

import ast
import importlib
import itertools
import json
import re
import statistics
from types import ModuleType

import pytest
from conftest import ROOT

from roeptoeter.runner.parameters import read_parameters
from roeptoeter.study import STAGING_VARIABLE

EVERY = sorted((ROOT / "notebooks").glob("*.ipynb"))
#: Those that are read in order; the scorecard is run once for each organisation.
PATHS = [path for path in EVERY if path.stem[:2].isdigit()]

# a number that is a result: a percentage, a decimal, or a number with a unit. Years, class bounds and names pass.
RESULT = re.compile(r"\d+([.,]\d+)?\s?(%|percent|percentage|points?\b|hours?\b)|\b\d+\.\d+\b")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request):
    return request.param, json.loads(request.param.read_text(encoding="utf-8"))


def sources(content, kind):
    return ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == kind]


def code_lines(source):
    """Lines of code proper: sentences within calls are prose, and brackets on a line of their own say nothing."""
    lines = [line.strip() for line in source.splitlines()]
    return [line for line in lines if line.strip("()[]{},") and line[0] not in "#'\""]


def test_there_is_a_notebook_for_each_question_of_this_edition():
    assert [int(path.stem[:2]) for path in PATHS] == list(range(1, 15))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_what_a_notebook_asks_of_the_package_is_there(path):
    tree = ast.parse("\n".join(sources(json.loads(path.read_text(encoding="utf-8")), "code")))
    modules = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("roeptoeter"):
            for alias in node.names:
                found = vars(importlib.import_module(node.module)).get(alias.name)
                if found is None:
                    found = importlib.import_module(f"{node.module}.{alias.name}")
                modules[alias.asname or alias.name] = found
    assert modules
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id)
            if isinstance(module, ModuleType):
                assert hasattr(module, node.attr), f"{node.value.id}.{node.attr}"


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_notebook_is_committed_without_outputs_and_with_its_own_cell_ids(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in content["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    assert set(content["metadata"]) <= {"kernelspec", "language_info"}


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.stem)
def test_a_notebook_defines_nothing_and_its_cells_are_short(path):
    content = json.loads(path.read_text(encoding="utf-8"))
    code = sources(content, "code")
    for source in code:
        tree = ast.parse(source)
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        assert not [node for node in ast.walk(tree) if isinstance(node, kinds)], source
        assert len([line for line in source.splitlines() if line.strip()]) <= 25, source
    assert statistics.median(len(code_lines(source)) for source in code) <= 7


def test_a_notebook_is_as_much_prose_as_code(notebook):
    _, content = notebook
    prose, code = "".join(sources(content, "markdown")), "".join(sources(content, "code"))
    share = len(sources(content, "markdown")) / len(content["cells"])
    assert 0.35 <= share <= 0.6
    assert len(prose) >= 0.5 * len(code)


def test_a_notebook_asks_first_then_imports_then_takes_parameters(notebook):
    path, content = notebook
    first = "".join(content["cells"][0]["source"])
    title = first.splitlines()[0]
    assert title.startswith("# ")
    assert title.endswith("?")
    assert (
        sum(
            line.startswith("# ")
            for text in sources(content, "markdown")
            for line in text.splitlines()
        )
        == 1
    )
    imports = [
        i
        for i, source in enumerate(sources(content, "code"))
        if re.search(r"^(import|from) ", source, re.M)
    ]
    assert imports == [0]
    parameters = read_parameters(path)
    assert parameters["study"] == "demo"
    explained = next(
        text for text in sources(content, "markdown") if text.startswith("## Parameters")
    )
    assert all(f"`{name}`" in explained for name in parameters)


def test_headings_go_down_one_level_at_a_time(notebook):
    _, content = notebook
    levels = [
        len(match[1])
        for text in sources(content, "markdown")
        for match in re.finditer(r"^(#+) ", text, re.M)
    ]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in itertools.pairwise(levels))


def test_no_result_is_typed_into_prose(notebook):
    _, content = notebook
    for text in sources(content, "markdown"):
        assert not RESULT.search(text), RESULT.search(text).group()


def test_a_notebook_says_what_could_be_wrong_and_what_cannot_be_concluded(notebook):
    _, content = notebook
    headings = re.findall(r"^## (.+)$", "\n".join(sources(content, "markdown")), re.M)
    assert "What could be wrong" in headings
    assert "What cannot be concluded" in headings
    assert "report.save()" in sources(content, "code")[-1]


def test_a_notebook_ends_with_a_link_to_the_next(notebook):
    path, content = notebook
    last = content["cells"][-1]
    assert last["cell_type"] == "markdown"
    links = re.findall(r"\]\(([^)]+\.ipynb)\)", "".join(last["source"]))
    assert links
    assert all((path.parent / link).exists() for link in links)
    position = PATHS.index(path)
    if position + 1 < len(PATHS):
        assert links[-1] == PATHS[position + 1].name


def test_every_load_is_checked(notebook):
    _, content = notebook
    code = "\n".join(sources(content, "code"))
    assert "assert " in code


def test_a_notebook_runs_with_plain_papermill_too(tmp_path, monkeypatch):
    # with papermill's own engine and an ordinary kernel, as by hand in JupyterLab
    import papermill

    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path / "aside"))
    result = papermill.execute_notebook(
        str(ROOT / "notebooks" / "02-published-figures.ipynb"), str(tmp_path / "out.ipynb"),
        parameters={"study": "demo"}, progress_bar=False, cwd=str(ROOT / "notebooks"),
    )  # fmt: skip
    outputs = [
        output for cell in result.cells if cell.cell_type == "code" for output in cell.outputs
    ]
    assert any("image/svg+xml" in output.get("data", {}) for output in outputs)
