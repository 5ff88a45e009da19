"""The runner: strict parameters, one line a failure, nothing half-written, nothing that changes from run to run."""

import json
import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.runner import execute
from roeptoeter.runner.parameters import check_parameters, parse_assignment, read_parameters
from roeptoeter.study import Study

DEFAULTS = {"code": "GM0001", "n": 3, "share": 0.5, "strict": True, "years": [2013, 2014]}


def write_notebook(path, *cells, parameters='study = "mine"'):
    """Write a notebook; a cell is a text, or a pair of a tag and a text."""
    tagged = [cell if isinstance(cell, tuple) else (None, cell) for cell in cells]
    sources = [("parameters", parameters), *tagged]
    content = {
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{i}",
                "execution_count": None,
                "metadata": {"tags": [tag]} if tag else {},
                "outputs": [],
                "source": source,
            }
            for i, (tag, source) in enumerate(sources)
        ],
        "metadata": {"kernelspec": {"name": "python3", "language": "python", "display_name": "p"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def root(tmp_path, monkeypatch):
    for module in (study_module, execute):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def run(root, *cells, given=None, products=(), time_limit=30.0, may_write=(), **kwargs):
    write_notebook(root / "notebooks" / "01-x.ipynb", *cells, **kwargs)
    study = Study(name="mine", title="Mine", evidence="measured")
    execute.run_notebook("01-x", study, given or {}, products, time_limit, may_write)
    return root / "build" / "mine"


WRITE = (
    "from roeptoeter.study import write_text, ROOT; import roeptoeter.study as s\n"
    "write_text(s.ROOT / 'results/mine/a.csv', 'x\\n')"
)


def test_parameters_are_read_with_their_types(tmp_path):
    text = "\n".join(f"{name} = {value!r}" for name, value in DEFAULTS.items())
    assert read_parameters(write_notebook(tmp_path / "n.ipynb", parameters=text)) == DEFAULTS


@pytest.mark.parametrize(
    "cell", ["n = len('x')", "n = None", "n += 1", "import os", "n = (", "a = b = 1\nprint(a)"]
)
def test_a_parameters_cell_holds_literals_only(tmp_path, cell):
    with pytest.raises(InputError, match="write `name = literal`"):
        read_parameters(write_notebook(tmp_path / "n.ipynb", parameters=cell))


def test_a_notebook_that_is_not_there_names_those_that_are(tmp_path):
    write_notebook(tmp_path / "01-here.ipynb")
    with pytest.raises(InputError, match="notebooks: 01-here"):
        read_parameters(tmp_path / "02-gone.ipynb")


@pytest.mark.parametrize(
    ("given_parameters", "expected"),
    [
        ({"shar": 0.4}, "no parameter 'shar'; did you mean share?"),
        ({"quite_other": 1}, "known: code, n, share, strict, years"),
        ({"n": "3"}, "expected a whole number, such as 3, found '3'"),
        ({"n": 3.0}, "expected a whole number"),
        ({"n": True}, "expected a whole number"),
        ({"code": 1001}, "expected text"),
        ({"strict": 1}, "expected true or false"),
        ({"years": [2013, "2014"]}, "item 2: expected a whole number"),
        ({"years": 2013}, "expected a list"),
    ],
)
def test_an_unknown_name_or_another_type_is_refused_in_one_line(given_parameters, expected):
    with pytest.raises(InputError) as refusal:
        check_parameters("01-x", given_parameters, DEFAULTS)
    assert expected in str(refusal.value)
    assert "\n" not in str(refusal.value)


@given(st.integers(), st.text(), st.booleans(), st.floats(allow_nan=False))
def test_parameters_of_the_right_types_pass_unchanged(n, code, strict, share):
    same = {"n": n, "code": code, "strict": strict, "share": share}
    assert check_parameters("01-x", same, DEFAULTS) == same


def test_the_command_line_keeps_a_code_as_text_and_refuses_a_number_with_a_leading_zero():
    assert parse_assignment("code=01001", DEFAULTS) == ("code", "01001")
    assert parse_assignment("n=12", DEFAULTS) == ("n", 12)
    with pytest.raises(InputError, match="would lose its leading zero"):
        parse_assignment("n=012", DEFAULTS)
    with pytest.raises(InputError, match="write name=value"):
        parse_assignment("n", DEFAULTS)
    with pytest.raises(InputError, match="expected a whole number"):
        parse_assignment("n=twelve", DEFAULTS)


def test_products_come_into_place_and_outputs_keep_their_order(root):
    build = run(
        root, "print('first')", "from IPython.display import display\ndisplay({'text/plain': 'x'}, raw=True)\nprint('then')\n1 + 1",
        WRITE, products=["results/mine/a.csv"],
    )  # fmt: skip
    assert (root / "results/mine/a.csv").read_text() == "x\n"
    cells = json.loads((build / "01-x.ipynb").read_text())["cells"]
    kinds = [output["output_type"] for output in cells[3]["outputs"]]
    assert kinds == ["display_data", "stream", "execute_result"]
    assert "".join(cells[2]["outputs"][0]["text"]) == "first\n"


def test_given_parameters_replace_the_defaults_and_the_types_hold(root):
    build = run(
        root, "print(code)", parameters='study = "x"\ncode = "GM1"', given={"code": "01001"}
    )
    assert "01001" in (build / "01-x.ipynb").read_text()


def test_two_runs_give_the_same_bytes(root):
    cells = ["import random\nprint(len({'a', 'b'}))", "2"]
    first = {p.name: p.read_bytes() for p in run(root, *cells, given={}).iterdir() if p.is_file()}
    second = {p.name: p.read_bytes() for p in run(root, *cells, given={}).iterdir() if p.is_file()}
    assert first == second
    assert set(first) == {"01-x.ipynb", "01-x.html"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("raise ValueError('two\\nlines')", "cell In [3] (raise ValueError('two\\nlines')): ValueError: two lines"),
        ("from roeptoeter.errors import InputError\nraise InputError('file x, row 3: no')", "file x, row 3: no"),
        ("import sys\nsys.exit(0)", "sys.exit"),
        ("1 +", "SyntaxError"),
    ],
)  # fmt: skip
def test_a_failing_cell_leaves_the_failed_notebook_and_no_product(root, cell, expected):
    with pytest.raises(execute.NotebookError) as failure:
        run(root, cell, WRITE, products=["results/mine/a.csv"])
    message = str(failure.value)
    assert expected in message
    assert "01-x" in message
    assert "build/mine/01-x.failed.ipynb" in message
    assert "\n" not in message
    assert (root / "build/mine/01-x.failed.ipynb").exists()
    assert not (root / "build/mine/01-x.ipynb").exists()
    assert not (root / "results").exists()
    assert not list((root / "build/.staging").iterdir())


def test_a_product_written_before_the_failure_does_not_come_into_place(root):
    with pytest.raises(execute.NotebookError):
        run(root, WRITE, "1 / 0", products=["results/mine/a.csv"])
    assert not (root / "results").exists()


def test_success_removes_the_failed_notebook(root):
    with pytest.raises(execute.NotebookError):
        run(root, "1 / 0")
    assert not (run(root, "1") / "01-x.failed.ipynb").exists()


def test_missing_and_unlisted_products_are_both_refused(root):
    with pytest.raises(execute.NotebookError, match=r"did not write results/mine/a\.csv"):
        run(root, "1", products=["results/mine/a.csv"])
    with pytest.raises(execute.NotebookError, match=r"wrote results/mine/a\.csv; list it"):
        run(root, WRITE)


def test_a_notebook_that_takes_too_long_is_stopped_in_its_cell(root):
    with pytest.raises(execute.NotebookError, match=r"In \[3\].*time limit of 0\.3 seconds"):
        run(
            root,
            "try:\n    import time; time.sleep(20)\nexcept Exception:\n    pass",
            time_limit=0.3,
        )


def test_no_network_port_is_opened(root, monkeypatch):
    opened = []
    original = socket.socket.bind
    monkeypatch.setattr(socket.socket, "bind", lambda *a: (opened.append(a[1]), original(*a))[1])
    run(root, "1")
    assert opened == []


def test_products_are_dated_at_the_start_so_that_an_edit_during_the_run_counts(root):
    build = run(root, "import pathlib\npathlib.Path('01-x.ipynb').touch()")
    source = os.stat(root / "notebooks/01-x.ipynb").st_mtime
    assert os.stat(build / "01-x.html").st_mtime < source


CANNOT = "from roeptoeter.errors import NotAnswerable\nraise NotAnswerable('no <messages> of 2013')"


def read_executed(folder):
    cells = json.loads((folder / "01-x.ipynb").read_text())["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    shown = json.dumps([cell.get("outputs", []) for cell in cells])
    return sources, shown


def test_a_part_that_cannot_be_answered_says_why_and_the_next_part_goes_on(root):
    folder = run(
        root,
        ("account-level:reach", CANNOT), ("account-level:reach", "print('reached')"),
        ("account-level:presence", "print('present')"), "print('end')",
    )  # fmt: skip
    sources, shown = read_executed(folder)
    assert "print('reached')" not in sources
    assert "print('present')" in sources
    assert "Not answered by this study: no &lt;messages&gt; of 2013." in shown
    assert "present\\n" in shown
    assert "end\\n" in shown
    assert "error" not in shown
    assert "Not answered by this study" in (folder / "01-x.html").read_text()


def test_without_the_account_level_all_its_parts_are_left_out(root):
    sources, shown = read_executed(
        run(
            root,
            ("account-level", CANNOT),
            ("account-level:presence", "print('present')"),
            "print('end')",
        )
    )
    assert "print('present')" not in sources
    assert "end\\n" in shown


def test_what_is_not_answerable_outside_such_a_part_is_a_failure(root):
    with pytest.raises(execute.NotebookError, match="no <messages> of 2013"):
        run(root, CANNOT)


def test_any_other_mistake_in_such_a_part_is_a_failure(root):
    with pytest.raises(execute.NotebookError, match="ZeroDivisionError"):
        run(root, ("account-level:reach", "1 / 0"))


def test_a_file_of_an_unanswered_part_is_removed_and_an_answered_one_may_be_there(root):
    stale = root / "results" / "mine" / "old.csv"
    stale.parent.mkdir(parents=True)
    stale.write_text("from an earlier run")
    run(root, WRITE, may_write=["results/mine/a.csv", "results/mine/old.csv"])
    assert (root / "results/mine/a.csv").exists()
    assert not stale.exists()


@pytest.mark.parametrize("evidence", ["SIMULATED", "measured"])
def test_the_page_sets_the_account_level_apart_and_says_where_it_is_simulated(root, evidence):
    write_notebook(
        root / "notebooks" / "01-x.ipynb",
        "print(1)",
        ("account-level", "print(2)"),
        ("account-level:a", "print(3)"),
        "print(4)",
    )
    given = {"simulation": {"seed": 1}} if evidence == "SIMULATED" else {}
    execute.run_notebook(
        "01-x", Study(name="mine", title="Mine", evidence=evidence, **given), {}, ()
    )
    page = (root / "build/mine/01-x.html").read_text()
    before, section, after = (
        page.partition('<section class="account-level')[0],
        page,
        page.rpartition("</section>")[2],
    )
    assert page.count("<section") == page.count("</section>") == 1
    assert "print" in before
    assert "print" in after
    assert ("nothing in it is a fact about any municipality" in section) == (
        evidence == "SIMULATED"
    )
