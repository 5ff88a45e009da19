"""From account metrics to one row an organisation: presence, silence, mergers, and what a study cannot answer."""

import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.questions.account_level import (
    AccountLevel,
    link_editions,
    pair_units,
    read_account_level,
    tabulate_organisations,
)
from roeptoeter.study import Study, Window

STUDY = Study(
    name="small", title="A study", evidence="measured",
    windows=[
        Window(edition="one", start=dt.date(2013, 7, 1), end=dt.date(2013, 9, 30)),
        Window(edition="two", start=dt.date(2014, 4, 1), end=dt.date(2014, 6, 30)),
    ],
)  # fmt: skip


def account(edition, account_id, organisation, **more):
    row = {
        "edition": edition, "platform": "twitter", "account_id": account_id, "organisation": organisation,
        "account_exists": True, "active_in_window": True, "messages_sent": 12, "own_messages_sent": 10,
        "reply_share_numerator": 2, "reply_share_denominator": 10,
        "reply_share_with_own_threads_numerator": 3, "reply_share_with_own_threads_denominator": 10,
        "reply_share_with_mentions_numerator": 4, "reply_share_with_mentions_denominator": 10,
        "followers": 100, "potential_reach": 900, "potential_reach_messages": 8,
    }  # fmt: skip
    return row | more


SILENT = {
    "active_in_window": False, "messages_sent": 0, "own_messages_sent": 0, "reply_share_numerator": 0,
    "reply_share_denominator": 0, "potential_reach": None, "potential_reach_messages": 0,
}  # fmt: skip
UNKNOWN = dict.fromkeys((*SILENT, "followers"))


@pytest.fixture
def level():
    organisations = pd.DataFrame(
        [
            ("one", 2013, code, name, 10_000 * size)
            for size, (code, name) in enumerate(zip("ABCDE", "abcde", strict=True), start=1)
        ]
        + [("two", 2014, "AB", "ab", 30_000), ("two", 2014, "C", "c", 30_000)]
        + [("two", 2014, "D", "d", 40_000), ("two", 2014, "E", "e", 50_000)],
        columns=["edition", "edition_year", "organisation", "name", "population"],
    ).assign(region="NL", organisation_type="municipality", province="P", size_class="below_20000")
    accounts = pd.DataFrame(
        [
            account("one", "1", "A"),
            account("one", "2", "B", reply_share_numerator=5),
            account("one", "3", "C", **SILENT),
            account("one", "4", "D", **UNKNOWN),
            account("two", "1", "A"),  # goes on under a code that is no more
            account("two", "5", "AB", reply_share_numerator=7, followers=300),
            account("two", "6", "AB", followers=None),
            account("two", "3", "C", account_exists=None),
            account("two", "7", None),
        ]
    )
    homes = organisations[["edition", "organisation", "edition_year", "region"]]
    changes = pd.DataFrame(
        {
            "effective_date": pd.to_datetime(["2014-01-01", "2014-01-01"]),
            "change_type": "merger", "old_code": ["A", "B"], "new_code": ["AB", "AB"],
        }
    )  # fmt: skip
    return AccountLevel(
        STUDY, organisations, accounts.merge(homes, how="left"), pd.DataFrame(), changes
    )


def tabulate(level, edition="one", **more):
    table = tabulate_organisations(
        level, **{"edition": edition, "platform": "twitter", "region": "NL"} | more
    )
    return table.set_index("organisation")


def test_every_organisation_has_a_row_and_absent_silent_and_unknown_are_told_apart(level):
    table = tabulate(level)
    assert table.index.tolist() == list("ABCDE")
    assert table["is_present"].tolist() == [True, True, True, True, False]
    assert table["is_measured"].tolist() == [True, True, True, False, False]
    assert table["is_active"].tolist() == [True, True, False, False, False]
    assert table["messages"].tolist() == [10, 10, 0, 0, 0]
    assert table["replies"].tolist() == [2, 5, 0, 0, 0]


def test_accounts_of_one_organisation_are_added_and_those_of_nobody_left_out(level):
    table = tabulate(level, "two")
    assert table.loc["AB", ["accounts", "messages", "replies"]].tolist() == [2, 20, 9]
    assert table.loc["AB", "followers"] == 300  # of the other account none are known
    assert table.loc["AB", "potential_reach_per_message"] == pytest.approx(1800 / 16)
    assert table["accounts"].sum() == 2
    assert not table.loc["C", "is_present"]  # its account was closed


@pytest.mark.parametrize(
    ("definition", "replies"),
    [("replies to others", 2), ("replies, own threads included", 3), ("replies and mentions", 4)],
)
def test_a_definition_of_replies_takes_its_own_counts(level, definition, replies):
    assert tabulate(level, reply_definition=definition).loc["A", "replies"] == replies


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"edition": "three"}, "no edition 'three'; it has 'one', 'two'"),
        ({"platform": "mastodon"}, "no account of a municipality of region NL on mastodon"),
        ({"region": "VL"}, "no municipality of region VL .* organisations.csv"),
        ({"organisation_type": "police zone"}, "no police zone of region NL"),
    ],
)
def test_what_a_study_cannot_answer_is_said_in_one_line(level, given, told):
    with pytest.raises(NotAnswerable, match=told) as refusal:
        tabulate(level, **given)
    assert "\n" not in str(refusal.value)


def test_an_unknown_definition_is_refused(level):
    with pytest.raises(InputError, match="replies and mentions"):
        tabulate(level, reply_definition="anything")


def test_merged_municipalities_are_one_unit_with_the_messages_of_both(level):
    units = link_editions(level, before="one", after="two", region="NL")
    assert units["A"] == units["B"] == units["AB"]
    pairs = pair_units(
        tabulate(level).reset_index(), tabulate(level, "two").reset_index(), units
    ).set_index("linked_unit")
    merged = pairs.loc[units["AB"]]
    assert merged[["organisations_before", "organisations_after"]].tolist() == [2, 1]
    assert merged[["messages_before", "replies_before"]].tolist() == [20, 7]
    assert merged[["messages_after", "replies_after"]].tolist() == [20, 9]
    assert merged["population_after"] == 30_000
    # C was silent and is gone: a unit with nothing; D and E were measured in neither edition
    assert pairs.index.tolist() == sorted({units["A"], units["C"]})
    assert pairs.loc["C", "messages_before"] == 0


def test_new_codes_for_the_same_ground_change_nothing_but_names(level):
    before, after = tabulate(level).reset_index(), tabulate(level, "two").reset_index()
    units = link_editions(level, before="one", after="two", region="NL")
    pairs = pair_units(before, after, units)
    renamed = {"AB": "ZZ", "A": "Y1", "B": "Y2"}
    other_units = units.rename(renamed).replace({"A": "Y1"})
    again = pair_units(
        before.replace({"organisation": renamed}),
        after.replace({"organisation": renamed}),
        other_units,
    )
    columns = [name for name in pairs if name != "linked_unit"]
    assert sorted(map(tuple, pairs[columns].to_numpy())) == sorted(
        map(tuple, again[columns].to_numpy())
    )


def test_a_zone_that_one_edition_has_does_not_stop_the_linking_of_municipalities(level):
    zone = level.organisations.iloc[:1].assign(organisation="PZ1", organisation_type="police zone")
    both = replace(level, organisations=pd.concat([level.organisations, zone]))
    units = link_editions(both, before="one", after="two", region="NL")
    assert "PZ1" not in units


def test_a_code_that_went_without_a_merger_is_told_with_the_file_to_mend(level):
    without = replace(level, changes=level.changes.iloc[:1])
    with pytest.raises(
        InputError, match=r"B exists in only one of 2013 and 2014.*changes\.csv beside the exports"
    ):
        link_editions(without, before="one", after="two", region="NL")


def test_editions_must_be_in_order(level):
    with pytest.raises(NotAnswerable, match="not before"):
        link_editions(level, before="two", after="one", region="NL")


def test_one_edition_is_linked_to_itself_code_by_code(level):
    units = link_editions(level, before="one", after="one", region="NL")
    assert (units == units.index).all()


def test_a_study_without_exports_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("roeptoeter.study.ROOT", tmp_path)
    with pytest.raises(NotAnswerable, match="no exports of accounts"):
        read_account_level(Study(name="quiet", title="A study", evidence="published"))
