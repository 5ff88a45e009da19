"""The dictionary of account-level tables names their columns and the reason codes: all of them, in order, and no others."""

from pathlib import Path

import pyarrow as pa
import pytest

from roeptoeter.exports import ACCOUNT_METRICS, CHANGES, EDITION_ORGANISATIONS
from roeptoeter.messages import (
    ACCOUNT_SNAPSHOTS,
    ACCOUNTS,
    KINDS,
    MESSAGES,
    REASONS,
    SURVEY_ANSWERS,
)
from roeptoeter.metrics import METRIC_STATUS, RESPONSES
from roeptoeter.questionnaire_answers import TABLES as QUESTIONNAIRE_TABLES
from roeptoeter.questions.growth_model_answers import PHASE_COLUMNS
from roeptoeter.questions.ranking_accounts import SCORES
from roeptoeter.sources.declaration import PLATFORMS
from roeptoeter.sources.intake.merge import DUPLICATES
from roeptoeter.sources.intake.run import FILE_LOG, FILE_REASONS

README = Path(__file__).parents[1] / "data" / "processed" / "README.md"
_TYPES_OF_SCORES = {
    **dict.fromkeys(
        ("edition", "region", "platform", "organisation", "name", "province", "not_ranked_because"), pa.string()
    ),
    **dict.fromkeys(("messages", "replies", "answers", "rank", "rank_low", "rank_high", "ranked", "tier"), pa.int64()),
    "is_simulated": pa.bool_(),
}  # fmt: skip
_TYPES_OF_PHASES = {
    **dict.fromkeys(("phase", "phase_low", "phase_high", "score", "next_phase", "distance_indicators"), pa.int64()),
    "is_simulated": pa.bool_(),
}  # fmt: skip
SIMULATED = pa.field("is_simulated", pa.bool_())
_ARROW = {
    "str": pa.string(), "bool": pa.bool_(), "Int64": pa.int64(), "int64": pa.int64(), "float64": pa.float64(),
    "datetime64[us, UTC]": pa.timestamp("us", tz="UTC"),
}  # fmt: skip
SCHEMAS = {
    "messages": MESSAGES,
    "account_snapshots": ACCOUNT_SNAPSHOTS,
    "accounts": ACCOUNTS,
    "survey_answers": SURVEY_ANSWERS,
    **{
        name: pa.schema([(column, _ARROW[kind]) for column, kind in types.items()])
        for name, types in QUESTIONNAIRE_TABLES.items()
    },
    "duplicates": DUPLICATES,
    "file_log": FILE_LOG,
    "reasons": FILE_REASONS,
    "account_metrics": ACCOUNT_METRICS,
    "metric_status": METRIC_STATUS,
    "responses": RESPONSES.append(SIMULATED),
    "edition_organisations": EDITION_ORGANISATIONS,
    "changes": CHANGES,
    "scores": pa.schema([(name, _TYPES_OF_SCORES.get(name, pa.float64())) for name in SCORES]),
    "phases": pa.schema(
        [(name, _TYPES_OF_PHASES.get(name, pa.string())) for name in PHASE_COLUMNS]
    ),
}
#: What a type of column may be called, by how its Arrow type begins.
TYPES = {
    "string": ("text",),
    "int64": ("whole number",),
    "double": ("decimal number", "share"),
    "bool": ("true",),
    "timestamp": ("time, UTC",),
    "date32": ("date",),
    "list": ("list of text",),
}


def read_tables(text: str) -> dict[str, list[list[str]]]:
    """Return the cells below each second-level heading, without the row of titles."""
    tables, rows = {}, None
    for line in text.splitlines():
        if line.startswith("## "):
            rows = tables.setdefault(line.removeprefix("## ").strip(), [])
        elif rows is not None and line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells[0] not in ("column", "code") and set(cells[0]) != {"-"}:
                rows.append([cells[0].strip("`"), *cells[1:]])
    return tables


TABLES = read_tables(README.read_text(encoding="utf-8"))


def test_every_table_has_its_heading_and_no_other_is_there():
    assert list(TABLES) == [*(f"{name}.parquet" for name in SCHEMAS), "Reason codes"]


@pytest.mark.parametrize("name", SCHEMAS)
def test_columns_are_those_of_the_schema_in_its_order(name):
    assert [row[0] for row in TABLES[f"{name}.parquet"]] == SCHEMAS[name].names


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_says_meaning_type_and_what_empty_means(name):
    for column, *cells in TABLES[f"{name}.parquet"]:
        assert len(cells) == 3, column
        assert all(cells), column


@pytest.mark.parametrize("name", SCHEMAS)
def test_stated_types_are_those_of_the_schema(name):
    for column, _, kind, _ in TABLES[f"{name}.parquet"]:
        stored = str(SCHEMAS[name].field(column).type)
        (allowed,) = (words for begin, words in TYPES.items() if stored.startswith(begin))
        assert kind.startswith(allowed), f"{column} is stored as {stored}"


def test_reason_codes_are_told_with_what_happens():
    told = {code: happens for code, happens, _ in TABLES["Reason codes"]}
    assert told == {code: happens for code, (happens, _) in REASONS.items()}
    assert [row[0] for row in TABLES["Reason codes"]] == list(REASONS)


def test_every_kind_and_platform_of_messages_is_named():
    meanings = {row[0]: row[1] for row in TABLES["messages.parquet"]}
    assert all(f"`{kind}`" in meanings["kind"] for kind in KINDS)
    assert all(f"`{name}`" in meanings["platform"] for name in PLATFORMS if name != "survey")


def test_a_column_left_out_is_noticed():
    text = README.read_text(encoding="utf-8")
    damaged = "\n".join(line for line in text.splitlines() if not line.startswith("| `kind` |"))
    assert [row[0] for row in read_tables(damaged)["messages.parquet"]] != MESSAGES.names
