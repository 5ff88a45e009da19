"""Study files: every key and type is checked, every mistake told in one line."""

import pytest

from roeptoeter import study as module
from roeptoeter.errors import InputError
from roeptoeter.study import load_study, place_output, read_yaml, write_text


@pytest.fixture
def root(tmp_path, monkeypatch):
    (tmp_path / "studies").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "03-year-on-year.ipynb").write_text("{}")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def refuse(root, text):
    (root / "studies" / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refusal:
        load_study("mine")
    assert "\n" not in str(refusal.value)
    assert "studies/mine.yaml" in str(refusal.value)
    return str(refusal.value)


def test_a_valid_study_has_its_own_folders(root):
    (root / "studies" / "mine.yaml").write_text("title: My own\nevidence: measured\n")
    study = load_study("mine")
    assert study.processed == root / "data" / "processed" / "mine"
    assert study.notebooks == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("title: Mine\nevidence: measured\ntitel: x\n", "titel: is not a known key"),
        ("title: 5\nevidence: measured\n", "title: Input should be a valid string (it says 5)"),
        ("evidence: measured\n", "title: is missing"),
        ("title: Mine\nevidence: true facts\n", "expected published, measured or SIMULATED"),
        ("title: Mine\ntitle: Other\nevidence: measured\n", "line 2: title stands twice"),
        ("title: [\n", "line 2 is no valid YAML"),
        ("just words\n", "must hold keys and values"),
        ("name: other\ntitle: Mine\nevidence: measured\n", "take it out"),
        ("title: Mine\nevidence: measured\nnotebooks: {03-year: {}}\n", "notebooks.03-year is no notebook"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_study_file_is_told_in_one_line(root, text, expected):
    assert expected in refuse(root, text)


@pytest.mark.parametrize("code", ["01001", "09001", "007"])
def test_a_code_that_would_lose_its_leading_zero_is_refused(root, code):
    message = refuse(root, f"title: Mine\nevidence: measured\nnotebooks: {{x: {{code: {code}}}}}\n")
    assert f'write "{code}" in quotes' in message


def test_a_quoted_code_stays_text_and_ordinary_numbers_stay_numbers(tmp_path):
    path = tmp_path / "some.yaml"
    path.write_text('code: "01001"\nshare: 0.5\nzero: 0\nbelow: -3\n')
    assert read_yaml(path) == {"code": "01001", "share": 0.5, "zero": 0, "below": -3}


@pytest.mark.parametrize("name", ["../published", "Published", "", "a/b", "x" * 41, 3])
def test_a_name_that_is_no_name_is_refused(name):
    with pytest.raises(InputError, match="no name of a study"):
        load_study(name)


def test_an_unknown_study_names_the_known_ones():
    with pytest.raises(InputError, match=r"known: .*published"):
        load_study("nowhere")


def test_the_studies_of_the_repository_are_valid():
    for name in module.list_studies():
        assert load_study(name).name == name


def test_output_goes_aside_while_the_runner_runs(root, tmp_path, monkeypatch):
    staging = tmp_path / "aside"
    monkeypatch.setenv(module.STAGING_VARIABLE, str(staging))
    write_text(root / "figures" / "x.csv", "a\n")
    assert (staging / "figures" / "x.csv").read_text() == "a\n"
    assert not (root / "figures" / "x.csv").exists()
    monkeypatch.delenv(module.STAGING_VARIABLE)
    assert place_output(root / "figures" / "x.csv") == root / "figures" / "x.csv"


def test_a_file_is_written_whole_or_not_at_all(root, monkeypatch):
    target = root / "x.csv"
    write_text(target, "before\n")
    monkeypatch.setattr(module.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_text(target, "after\n")
    assert target.read_text() == "before\n"
