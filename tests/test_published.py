"""The published evidence: the collection itself, and the reader that guards it."""

import csv
import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from roeptoeter.errors import InputError
from roeptoeter.published import (
    FIGURE_COLUMNS,
    SOURCE_COLUMNS,
    VOCABULARIES,
    core_figures,
    get_figure,
    read_figures,
    read_sources,
)

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "data" / "raw" / "published"
COLUMNS = {"figures": FIGURE_COLUMNS, "sources": SOURCE_COLUMNS}

#: Figures whose printed number is not their numerator over their denominator, and why.
NOT_ROUNDED_TO_NEAREST = {
    "F060": "10.7% printed as 10%, 'een tiende' in the same article",
    "F237": "24.8985% cut off to 24.89%",
}


@pytest.fixture(scope="module")
def figures():
    return read_figures(FOLDER)


@pytest.fixture(scope="module")
def sources():
    return read_sources(FOLDER)


def read_cells(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_cells(path, rows, columns):
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# ---------------------------------------------------------------- the collection


def test_the_collection_is_complete(figures, sources):
    assert list(figures["figure_id"]) == [f"F{number:03d}" for number in range(1, 374)]
    assert len(sources) == 71
    core = core_figures(figures, sources)
    assert len(core) == 117
    assert list(core["source_key"].value_counts(sort=False).items()) == [
        ("fw_2014_claxonneren", 23),
        ("trade_press_2014_roeptoetergehalte", 12),
        ("smb_2016_opmars", 47),
        ("lokaal_2016_hele_bestuur", 14),
        ("fw_2019_publieke_sector", 21),
    ]


def test_every_source_key_resolves(figures, sources):
    keys = set(sources["source_key"])
    assert set(figures["source_key"]) <= keys
    retold = {key for cell in sources["reports_on"].dropna() for key in cell.split("; ")}
    assert retold
    assert retold <= keys
    assert len(keys - set(figures["source_key"])) == 15


def test_every_figure_named_in_a_note_exists(figures):
    named = figures["note"].dropna().str.findall(r"\bF\d+\b").explode().dropna()
    assert len(named) > 20
    assert set(named) <= set(figures["figure_id"])


def test_printed_shares_agree_with_their_counts_within_the_printed_rounding(figures):
    both = figures.dropna(subset=["numerator", "denominator", "printed_number"])
    shares = both[both["unit"] == "%"]
    assert len(shares) > 20
    half_step = 0.5 * 10.0 ** -shares["printed_decimals"].astype(int)
    exact = 100.0 * shares["numerator"] / shares["denominator"]
    off = (exact - shares["printed_number"]).abs() > half_step + 1e-9
    assert set(shares.loc[off, "figure_id"]) == set(NOT_ROUNDED_TO_NEAREST)


def test_printed_counts_are_their_numerators(figures):
    counts = figures.dropna(subset=["numerator", "printed_number"])
    counts = counts[counts["unit"] != "%"]
    assert len(counts) > 20
    assert (counts["numerator"] == counts["printed_number"]).all()


def test_a_denominator_never_goes_without_its_basis(figures):
    has_denominator = figures["denominator"].notna()
    assert (has_denominator == (figures["denominator_basis"] != "unknown")).all()


def test_quotations_have_at_most_fifteen_words(figures):
    words = figures["quote"].dropna().str.split().str.len()
    assert len(words) == 319
    assert words.max() <= 15


def test_numbers_keep_their_printed_decimals_and_text_its_spelling(figures):
    assert get_figure(figures, "F152")["printed_number"] == 112.65
    assert get_figure(figures, "F099")["printed_number"] == -650000
    assert get_figure(figures, "F082")["printed_text"] == "Twitter > Facebook"
    assert pd.isna(get_figure(figures, "F082")["printed_number"])
    assert "Goeree-Overvlakkee" in get_figure(figures, "F017")["quote"]
    assert get_figure(figures, "F017")["subgroup"] == "Goeree-Overflakkee"


def test_ids_are_text_and_numbers_are_nullable(figures, sources):
    assert {name: str(kind) for name, kind in figures.dtypes.items()} == FIGURE_COLUMNS
    assert {name: str(kind) for name, kind in sources.dtypes.items()} == SOURCE_COLUMNS


@pytest.mark.parametrize("name", COLUMNS)
def test_the_provenance_file_fits_its_bytes(name):
    content = (FOLDER / f"{name}.csv").read_bytes()
    provenance = yaml.safe_load((FOLDER / f"{name}.csv.yml").read_text(encoding="utf-8"))
    assert provenance["sha256"] == hashlib.sha256(content).hexdigest()
    assert provenance["bytes"] == len(content)
    assert provenance["rows"] == len(read_cells(FOLDER / f"{name}.csv"))


@pytest.mark.parametrize("name", COLUMNS)
def test_the_dictionary_describes_every_column_in_the_order_of_the_file(name):
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {name}.csv\n")[1].split("\n## ")[0]
    described = re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)
    assert described == list(COLUMNS[name])
    empty = re.findall(r"^\| `(\w+)` \|.*\| never empty \|$", section, flags=re.MULTILINE)
    rows = read_cells(FOLDER / f"{name}.csv")
    assert empty == [column for column in described if all(row[column] for row in rows)]


def test_the_dictionary_explains_every_word_in_use(figures, sources):
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`([^`]+)`", text.split("\n## Vocabularies\n")[1]))
    for column in ("statistic", "sample_basis", "denominator_basis", "qualifier", "region"):
        assert set(VOCABULARIES[column]) <= explained
        used = figures[column].dropna().str.split("+").explode()
        assert set(used) == set(VOCABULARIES[column])
    assert set(figures["organisation_type"]) <= explained
    assert set(sources["how_read"]) <= explained


@pytest.mark.parametrize(("name", "key"), [("figures", "figure_id"), ("sources", "source_key")])
def test_the_facts_are_those_of_the_collection_they_were_taken_from(name, key):
    places = sorted(ROOT.parent.glob(f"*/data/published/{name}.csv"))
    if not places:
        pytest.skip("the collection the facts were taken from does not lie beside the project")
    renamed = {"value": "printed_number", "value_text": "printed_text"}
    renamed["decimals"] = "printed_decimals"
    ours, theirs = read_cells(FOLDER / f"{name}.csv"), read_cells(places[0])
    assert [row[key] for row in ours] == [row[key] for row in theirs]
    for our_row, their_row in zip(ours, theirs, strict=True):
        facts = {renamed.get(column, column): cell for column, cell in their_row.items()}
        note, our_note = facts.pop("note"), our_row.pop("note")
        assert our_row == facts
        assert not note or our_note != note, our_row[key]


# ---------------------------------------------------------------- the reader


@pytest.fixture
def rows():
    return {name: read_cells(FOLDER / f"{name}.csv") for name in COLUMNS}


@pytest.fixture
def refusal(rows, tmp_path):
    """Write the changed rows, read them, and return the one line of the refusal."""

    def read(columns=None):
        for name, cells in rows.items():
            kept = columns if columns and name == "figures" else list(COLUMNS[name])
            cells = [{column: row.get(column, "") for column in kept} for row in cells]
            write_cells(tmp_path / f"{name}.csv", cells, kept)
        with pytest.raises(InputError) as caught:
            read_figures(tmp_path)
        line = str(caught.value)
        assert "\n" not in line
        return line.replace(str(tmp_path), "")

    return read


@pytest.mark.parametrize(
    ("figure_id", "field", "cell", "expected"),
    [
        ("F004", "figure_id", "F003", "each id once"),
        ("F004", "figure_id", "", "an id"),
        ("F004", "source_key", "fw_2104", "a key of sources.csv"),
        ("F004", "printed_number", "52%", "a number"),
        ("F004", "printed_number", "41,88", "a number"),
        ("F004", "printed_number", "inf", "a number"),
        ("F004", "printed_number", "100.5", "no more decimals than printed_decimals"),
        ("F004", "printed_number", "101", "a percentage from 0 to 100"),
        ("F004", "printed_number", "-1", "a percentage from 0 to 100"),
        ("F004", "printed_number", "", "either this or printed_text"),
        ("F004", "printed_text", "half", "either this or printed_text"),
        ("F058", "printed_number", "2.257", "no more decimals than printed_decimals"),
        ("F004", "edition_year", "2014.5", "a whole number"),
        ("F004", "edition_year", "", "a filled cell"),
        ("F004", "numerator", "404", "no more than the denominator"),
        ("F004", "numerator", "-210", "a count of 0 or more"),
        ("F004", "denominator", "many", "a number"),
        ("F004", "statistic", "percentage", "one of share"),
        ("F004", "sample_basis", "questionnaire+rumour", "one of census_of_accounts"),
        ("F004", "sample_basis", "questionnaire+", "one of census_of_accounts"),
        ("F004", "statistic", "share+mean", "one of share"),
        ("F004", "region", "nl", "one of NL, VL"),
        ("F004", "denominator_basis", "guessed", "one of stated"),
        ("F004", "qualifier", "roughly", "one of about"),
    ],
)
def test_a_bad_figure_is_refused_by_row_and_field(rows, refusal, figure_id, field, cell, expected):
    position = next(
        number for number, row in enumerate(rows["figures"]) if row["figure_id"] == figure_id
    )
    rows["figures"][position][field] = cell
    line = refusal()
    figure_id = rows["figures"][position]["figure_id"]
    named = f" ({figure_id})" if figure_id else ""
    told = "printed_number" if field == "printed_text" else field
    assert line.startswith(f"/figures.csv, row {position + 2}{named}, {told}: expected {expected}")


def test_an_extrapolated_share_may_pass_100(rows, refusal):
    above = [row for row in rows["figures"] if row["figure_id"] == "F152"]
    assert above[0]["printed_number"] == "112.65"  # reads well, see the collection above
    above[0]["metric"] = "presence"
    assert "(F152), printed_number: expected a percentage" in refusal()


def test_a_missing_column_is_refused_by_name(refusal):
    columns = [column for column in FIGURE_COLUMNS if column != "denominator_basis"]
    line = refusal(columns)
    assert line.startswith("/figures.csv, row 1, denominator_basis: expected this column once")


def test_an_unknown_column_is_refused_by_name(refusal):
    assert "row 1, value: unknown column" in refusal([*FIGURE_COLUMNS, "value"])


def test_a_source_listed_twice_is_refused(rows, refusal):
    rows["sources"].append(rows["sources"][0])
    line = refusal()
    assert line.startswith("/sources.csv, row 73 (fw_2014_claxonneren), source_key: expected each")


def test_a_core_mark_other_than_true_or_false_is_refused(rows, refusal):
    rows["sources"][1]["is_core"] = "yes"
    assert "/sources.csv, row 3 (" in (line := refusal())
    assert "is_core: expected one of true, false, found yes" in line


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"", "row 1, figure_id: expected this column once, found it 0 times"),
        (b"figure_id,\xe9\n", "expected comma-separated values in UTF-8"),
        (b'figure_id\n"F001', "expected comma-separated values in UTF-8"),
        ((",".join(FIGURE_COLUMNS) + "\nF001,x\n").encode(), "row 2: expected 23 cells, found 2"),
    ],
)
def test_a_broken_file_is_refused_in_one_line(tmp_path, content, told):
    if content is not None:
        (tmp_path / "figures.csv").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_figures(tmp_path)
    assert told in str(caught.value)
    assert "figures.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_id_is_answered_with_the_nearest(figures):
    with pytest.raises(InputError, match=r"no figure f015; the nearest are F015, F\d+, F\d+$"):
        get_figure(figures, "f015")
    with pytest.raises(InputError, match=r"no figure F374; the nearest are") as caught:
        get_figure(figures, "F374")
    assert set(re.findall(r"F\d+", str(caught.value))) - {"F374"} <= set(figures["figure_id"])


def test_no_core_source_gives_no_core_figure(figures, sources):
    none = core_figures(figures, sources.assign(is_core=pd.array([False] * 71, dtype="boolean")))
    assert none.empty
    assert list(none.columns) == list(figures.columns)
