"""Each data dictionary describes the files beside it: no column more, none less, in their order."""

import csv
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"


def read_dictionary(readme):
    """Return {file name: [columns]} from headings `## name.csv` and the table below each."""
    documented, columns = {}, None
    for line in readme.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            title = line.lstrip("#").strip().strip("`")
            columns = documented.setdefault(title, []) if title.endswith(".csv") else None
        elif columns is not None and line.startswith("|"):
            cell = line.split("|")[1].strip().strip("`")
            if cell != "column" and cell.strip("-: "):
                columns.append(cell)
    return documented


def header(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return next(csv.reader(stream))


#: Their columns stand in data/processed/README.md, which tests/test_account_dictionary.py compares.
MADE_OF_EXPORTS = ("account_metrics", "metric_status", "phases", "scores")


def folders_with_tables():
    folders = {path.parent for path in DATA.rglob("*.csv")} | {
        path.parent for path in DATA.rglob("README.md") if read_dictionary(path)
    }
    # exports are an analyst's own, and so are the tables made of them
    return sorted(
        folder
        for folder in folders
        if "exports" not in folder.parts
        and (folder.parent.name != "processed" or folder.name in ("demo", "recovery"))
    )


@pytest.mark.parametrize(
    "folder", folders_with_tables(), ids=lambda folder: folder.relative_to(DATA).as_posix()
)
def test_dictionary_and_files_have_the_same_columns(folder):
    readme = folder / "README.md"
    assert readme.is_file(), f"{folder} holds tables and no README.md that describes them"
    files = {
        path.name: header(path) for path in folder.glob("*.csv") if path.stem not in MADE_OF_EXPORTS
    }
    assert read_dictionary(readme) == files


def test_registers_are_among_the_dictionaries_compared():
    assert DATA / "raw" / "registers" in folders_with_tables()


def test_a_column_left_out_of_the_dictionary_is_noticed(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(
        "# Room\n\n| column | not of a file |\n|---|---|\n| `x` | y |\n\n"
        "## `table.csv`\n\nText.\n\n| column | meaning |\n|:---|---|\n| `code` | a code |\n\n"
        "## How it was made\n\n| column | other |\n|---|---|\n| `z` | z |\n"
    )
    assert read_dictionary(readme) == {"table.csv": ["code"]}
