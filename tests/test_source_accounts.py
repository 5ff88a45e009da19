"""What accounts are for: purpose and owner in the account map, and a person's account that leaves no trace but a number."""

import dataclasses
import datetime as dt

import pandas as pd
import pyarrow.parquet as pq
import pytest
from test_intake import Workshop, make_format, message

from roeptoeter import study as study_module
from roeptoeter.errors import InputError
from roeptoeter.exports import ACCOUNT_METRICS, measure_accounts
from roeptoeter.messages import ACCOUNTS
from roeptoeter.questions.account_level import read_account_level, tabulate_organisations
from roeptoeter.sources import declaration
from roeptoeter.sources.accounts import PURPOSES, read_accounts
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.staging import Capabilities
from roeptoeter.study import Window

HEADER = "platform,account_id,handle,organisation,purpose,owner\n"
EVERYTHING = Capabilities(
    **{part.name: "yes" for part in dataclasses.fields(Capabilities) if part.name != "reasons"}
)
ALDERMAN, ALDERMANS_ID = "wethouderjansen", "660066"
SNAPSHOTS = {
    "format": "account-table", "organisation": None,
    "columns": {name: name for name in ("account_id", "account_handle", "observed_at", "followers", "messages_total", "last_message_at")},
}  # fmt: skip


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    for module in (study_module, declaration):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setitem(FORMATS, "told", make_format("told", capabilities=EVERYTHING))
    return Workshop(tmp_path)


def list_lines(workshop, *lines):
    (workshop.folder / "accounts.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return workshop


def look_up(workshop, *rows, file="profiles.csv"):
    """Declare an account table with these rows."""
    workshop.add([], file, **SNAPSHOTS, exported_on=dt.date(2024, 7, 15))
    lines = [",".join(SNAPSHOTS["columns"]), *(",".join(map(str, row)) for row in rows)]
    (workshop.folder / file).write_text("\n".join(lines) + "\n")
    return workshop


def read_everything(root) -> str:
    """Return every cell of every table, and the other files that the intake wrote, as one text."""
    tables = [
        str(pq.read_table(path).to_pylist())
        for path in (root / "data/processed").rglob("*.parquet")
    ]
    others = [
        path.read_text()
        for place in ("build", "data/processed")
        for path in (root / place).rglob("*.csv")
    ]
    assert len(tables) > 5
    return "\n".join([*tables, *others])


# --- the file ---------------------------------------------------------------------------------------------


def test_purpose_and_owner_are_read_and_an_empty_purpose_is_corporate(workshop):
    list_lines(
        workshop,
        "twitter,1,,GM0014,,",
        "twitter,2,,GM0014,Theme,  Dienst   Cultuur ",
        "twitter,3,,GM0014,person,J. Jansen",
    )
    found = [(account.purpose, account.owner) for account in read_accounts(workshop.folder)]
    assert found == [("corporate", None), ("theme", "Dienst Cultuur"), ("person", None)]


def test_a_map_without_the_columns_lists_corporate_accounts(workshop):
    (workshop.folder / "accounts.csv").write_text(
        "platform,account_id,handle,organisation\ntwitter,1,,GM0014\n"
    )
    (account,) = read_accounts(workshop.folder)
    assert (account.purpose, account.owner) == ("corporate", None)


@pytest.mark.parametrize(
    ("content", "says", "hides"),
    [
        (HEADER + "twitter,1,,GM0014,thema,\n", f"line 2: purpose 'thema' is not known; expected one of {', '.join(PURPOSES)}", None),
        (HEADER + f"twitter,1,,GM0014,theme,{'Jansen ' * 9}\n", "line 2: owner has 62 characters; name the department in at most 60, never a person", "Jansen"),
        (HEADER + "twitter,1,,GM0014,theme,jansen@haren.nl\n", "line 2: owner holds an address or a handle; name the department, never a person", "jansen"),
        (HEADER + f"twitter,,{ALDERMAN},GM0014,person,\ntwitter,,{ALDERMAN},GM0014,theme,\n", "line 3: handle on twitter stands in line 2 too", ALDERMAN),
        ("platform,account_id,handle,organisation,goal\ntwitter,1,,GM0014,\n", "in_use_to, purpose and owner; found", None),
        ("platform,account_id,handle,organisation,owner,owner\ntwitter,1,,GM0014,,\n", "expected the columns", None),
    ],
)  # fmt: skip
def test_a_wrong_purpose_or_owner_is_told_in_one_line(workshop, content, says, hides):
    (workshop.folder / "accounts.csv").write_text(content)
    with pytest.raises(InputError) as caught:
        read_accounts(workshop.folder)
    line = str(caught.value)
    assert says in line
    assert "\n" not in line
    assert hides is None or hides not in line


# --- the tables -------------------------------------------------------------------------------------------


def test_the_table_of_accounts_has_purpose_and_owner_and_finds_handles_in_the_exports(workshop):
    list_lines(
        workshop,
        "twitter,41,,GM0014,,Communicatie",
        "twitter,,@BiebHaren,GM0014,theme,Cultuur",
        "twitter,,vergeten,GM0014,campaign,",
    )
    rows = [message(0), message(1, account_id="42", account_handle="biebharen")]
    workshop.add(rows, organisation=None, direction="sent").read()
    assert (
        pq.read_schema(workshop.root / "data/processed/mine/accounts.parquet").names
        == ACCOUNTS.names
    )
    found = [(row["account_id"], row["organisation"], row["purpose"], row["owner"]) for row in workshop.table("accounts")]  # fmt: skip
    assert sorted(found, key=str) == [
        ("41", "GM0014", "corporate", "Communicatie"),
        ("42", "GM0014", "theme", "Cultuur"),
        (None, "GM0014", "campaign", None),
    ]


def test_accounts_of_declarations_are_corporate(workshop):
    workshop.add([message(0)]).read()
    (row,) = workshop.table("accounts")
    assert (row["account_id"], row["purpose"], row["is_simulated"]) == ("41", "corporate", False)


@pytest.mark.parametrize("named", [f"twitter,{ALDERMANS_ID},,", f"twitter,,{ALDERMAN},"])
@pytest.mark.parametrize("declared", [{"organisation": "GM0014"}, {"organisation": None}, {"organisation": "GM0014", "account_id": ALDERMANS_ID}])  # fmt: skip
def test_a_persons_account_leaves_a_number_and_nothing_else(workshop, named, declared):
    list_lines(workshop, "twitter,41,,GM0014,,", f"{named}GM0014,person,Jansen zelf")
    own = {"account_id": ALDERMANS_ID, "account_handle": ALDERMAN}
    rows = [message(0), message(1, **own), message(2, in_reply_to_account_id=ALDERMANS_ID)]
    workshop.add(rows, direction="sent", **declared)
    look_up(workshop, (ALDERMANS_ID, ALDERMAN, "2024-01-08", 900, 10, "2024-01-08")).read()
    told = read_everything(workshop.root)
    assert ALDERMANS_ID not in told
    assert ALDERMAN not in told.lower()
    assert "jansen" not in told.lower()
    listed = {row["purpose"]: row for row in workshop.table("accounts")}
    assert listed["person"]["account_id"] is None
    assert listed["person"]["organisation"] == "GM0014"
    by_person = workshop.messages[1]
    assert (by_person["organisation"], len(by_person["account_id"])) == (None, 24)
    (look,) = [row for row in workshop.table("account_snapshots") if row["basis"] == "profile"]
    assert (look["organisation"], len(look["account_id"])) == (None, 24)


def test_what_a_person_writes_to_the_organisation_is_received_by_it(workshop):
    list_lines(workshop, "twitter,41,,GM0014,,", f"twitter,{ALDERMANS_ID},,GM0014,person,")
    rows = [message(0), message(1, account_id=ALDERMANS_ID, in_reply_to_account_id="41")]
    workshop.add(rows, direction="both", organisation=None).read()
    assert [row["direction"] for row in workshop.messages] == ["sent", "received"]


# --- tables of accounts -----------------------------------------------------------------------------------


def test_a_handle_in_an_account_table_tells_whose_it_is_and_goes(workshop):
    list_lines(workshop, "twitter,,gemharen,GM0014,,")
    look_up(
        workshop,
        ("41", "@GemHaren", "2024-01-08", 900, 10, "2024-01-07"),
        ("42", "gem_harren", "2024-01-08", 20, 3, ""),
    ).read()
    looks = workshop.table("account_snapshots")
    assert [row["organisation"] for row in looks] == ["GM0014", None]
    assert looks[0]["last_message_at"] == dt.datetime(2024, 1, 7, tzinfo=dt.UTC)
    assert looks[1]["last_message_at"] is None
    assert "gem" not in str(looks).lower().replace("gem0014", "")
    unmapped = (workshop.root / "build/mine/unmapped_accounts.csv").read_text()
    assert "twitter,42,gem_harren" in unmapped
    assert "gemharen" not in unmapped.lower()


@pytest.mark.parametrize(
    ("day", "code"),
    [("2024-01-09T12:00:00Z", "TIMESTAMP_RANGE"), ("gisteren", "TIMESTAMP_UNPARSEABLE")],
)
def test_a_last_message_after_the_look_or_of_no_day_is_put_aside(workshop, day, code):
    rows = [("41", "", "2024-01-08T12:00:00Z", 900, 10, "2024-01-08T11:00:00Z")] * 1
    rows += [(str(50 + place), "", "2024-01-08T12:00:00Z", 1, 1, "-") for place in range(30)]
    rows.append(("99", "", "2024-01-08T11:59:00Z", 1, 1, day))
    look_up(workshop, *rows).files["profiles.csv"]["accept_partial"] = "one is wrong on purpose"
    workshop.read()
    assert workshop.codes() == {code: 1}
    (row,) = workshop.quarantine
    assert row["field"] == "last_message_at"


# --- the account level ------------------------------------------------------------------------------------


def test_questions_on_accounts_take_corporate_ones_whatever_else_is_listed(workshop):
    workshop.study = workshop.study.model_copy(
        update={"windows": [Window(edition="one", start=dt.date(2014, 4, 1), end=dt.date(2014, 6, 30))]}
    )  # fmt: skip
    april = dt.datetime(2014, 4, 7, 9, 0, tzinfo=dt.UTC)
    rows = [
        message(number, account_id=account, account_handle=None, created_at=(april + dt.timedelta(hours=number)).isoformat(), message_id=str(1000 + number))
        for number, account in enumerate(["41", "41", "42", "42", "42"])
    ] + [
        message(9, account_id="7", direction="received", in_reply_to_account_id=target, created_at=april.isoformat(), message_id=str(2000 + int(target)), account_handle=None)
        for target in ("41", "42")
    ]  # fmt: skip
    rows = [row | {"source_row": place} for place, row in enumerate(rows, start=1)]
    workshop.add(rows, organisation=None, direction="sent", platform="facebook")
    # a person's own export, of which the map knows no more than the handle
    own = rows[0] | {"account_id": None, "account_handle": ALDERMAN, "message_id": "3000"}
    workshop.add([own], "b.jsonl", platform="facebook", account_id=ALDERMANS_ID)
    list_lines(
        workshop,
        "facebook,41,,GM0014,,",
        "facebook,42,,GM0014,theme,",
        f"facebook,,{ALDERMAN},GM0014,person,",
    ).read()
    measure_accounts(workshop.study)
    told = read_everything(workshop.root)
    assert ALDERMANS_ID not in told
    assert ALDERMAN not in told
    path = workshop.study.processed / "account_metrics.parquet"
    metrics = pd.read_parquet(path)
    assert list(metrics.columns) == ACCOUNT_METRICS.names
    purposes = metrics.dropna(subset=["organisation"]).set_index("account_id")["purpose"]
    assert purposes.to_dict() == {"41": "corporate", "42": "theme"}
    assert metrics.loc[metrics["organisation"].isna(), "purpose"].isna().tolist() == [True]
    tables = []
    for purpose in ("theme", "corporate"):
        metrics.replace({"purpose": {"theme": purpose}}).to_parquet(path)
        level = read_account_level(workshop.study)
        table = tabulate_organisations(level, edition="one", platform="facebook", region="NL")
        tables.append((table.set_index("organisation").loc["GM0014"], level))
    (alone, level), (both, level_of_both) = tables
    assert (alone["accounts"], alone["messages_sent"]) == (1, 2)
    assert (both["accounts"], both["messages_sent"]) == (2, 5)
    assert set(level.responses["account_id"]) == {"41"}
    assert set(level_of_both.responses["account_id"]) == {"41", "42"}
