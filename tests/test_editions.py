"""What each edition counted: printed numbers as intervals, and the same few measures of accounts."""

import json

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from test_account_level import STUDY, account

from roeptoeter.errors import NotAnswerable
from roeptoeter.published import read_figures
from roeptoeter.questions.account_level import AccountLevel
from roeptoeter.questions.editions import (
    MEASURES,
    measure_editions,
    read_printed_numbers,
    tabulate_editions,
    tabulate_printed,
)

CHOICES = {
    "platform": "twitter", "in_time_hours": 24.0, "followed_hours": 168.0, "draws": 400, "seed": 1, "confidence": 0.95,
}  # fmt: skip


def make_level(questions=True, **more):
    """Twelve municipalities; the first has no account, and the larger the number, the more it sends and replies."""
    codes = [f"M{number:02d}" for number in range(12)]
    organisations = pd.DataFrame({"organisation": codes, "name": codes}).assign(
        edition="one", edition_year=2013, region="NL", organisation_type="municipality", province="P",
        population=10_000, size_class="below_20000",
    )  # fmt: skip
    accounts = pd.DataFrame(
        [
            account(
                "one", f"a{number}", code, reply_share_denominator=10 * number, reply_share_numerator=number,
                potential_reach=100 * number * 8, potential_reach_messages=8,
            )
            | more
            for number, code in enumerate(codes)
            if number
        ]
    )  # fmt: skip
    received = pd.date_range("2013-07-02", periods=44, freq="12h", tz="UTC")
    waits = pd.to_timedelta([2, 5, 30, np.nan] * 11, unit="h")
    responses = pd.DataFrame(
        {
            "edition": "one", "platform": "twitter", "account_id": [f"a{1 + i % 11}" for i in range(44)],
            "organisation": [codes[1 + i % 11] for i in range(44)], "basis": "received message",
            "received_at": received, "answered_at": received + waits, "followed_to": received[-1] + pd.Timedelta(days=30),
            "sure_clock": True, "organisation_type": "municipality", "region": "NL",
        }
    )  # fmt: skip
    homes = organisations[
        ["edition", "organisation", "edition_year", "region", "organisation_type"]
    ]
    return AccountLevel(
        STUDY, organisations, accounts.merge(homes, how="left"), responses if questions else responses.head(0), pd.DataFrame()
    )  # fmt: skip


@pytest.fixture(scope="module")
def measured():
    (numbers,) = measure_editions(make_level(), **CHOICES)
    return numbers


def test_printed_numbers_are_the_printed_ones_with_what_rounding_admits():
    figures = read_figures(ROOT / "data/raw/published")
    organisations = pd.read_csv(ROOT / "data/processed/demo/organisations.csv")
    printed = read_printed_numbers(figures, organisations)
    replies = printed["reply-share-nl-2014"]
    assert (replies.value, replies.low, replies.high) == (20.0, 19.5, 20.5)
    assert printed["response-time-nl-2014"].unit == "hours"
    present = printed["presence-twitter-nl-2014"]
    assert present.value == pytest.approx(100 * 390 / 403)
    assert (present.interval_kind, present.n) == ("none", 403)
    flemish = printed["presence-twitter-vl-2016"]
    # every admitted share is a whole number of municipalities that is printed as 65%
    assert [round(end * 3.08, 6) for end in (flemish.low, flemish.value, flemish.high)] == [
        199,
        200,
        201,
    ]
    assert len(tabulate_printed(printed)) == len(printed)


def test_each_measure_is_what_it_says(measured):
    found = measured.estimates
    assert list(found) == list(MEASURES)
    assert found["presence"].value == pytest.approx(100 * 11 / 12)
    assert found["presence"].interval_kind == "none"
    # a tenth in each account, so that no draw of accounts changes it
    share = found["reply-share"]
    assert (share.low, share.value, share.high) == pytest.approx((10, 10, 10))
    assert found["potential-reach"].value == 600  # the sixth of eleven
    assert found["potential-reach"].low < 600 < found["potential-reach"].high
    assert found["response-time"].value == pytest.approx(5)
    assert found["answered-in-time"].value == pytest.approx(50)
    assert found["answered-in-time"].n == 44
    assert (measured.slug, measured.place, measured.whose) == ("one-nl", "on Twitter in one", "Dutch municipalities")  # fmt: skip


def test_the_share_weighs_messages_and_its_interval_lets_municipalities_vary():
    level = make_level()
    level.accounts.loc[level.accounts["organisation"] == "M11", "reply_share_numerator"] = 110
    (numbers,) = measure_editions(level, **CHOICES)
    share = numbers.estimates["reply-share"]
    messages = 10 * sum(range(1, 12))
    assert share.value == pytest.approx(100 * (sum(range(1, 11)) + 110) / messages)
    assert share.high - share.low > 20
    assert share.n == 11


def test_what_the_exports_do_not_bear_has_a_reason_and_no_number():
    (numbers,) = measure_editions(
        make_level(questions=False, reply_share_denominator=0, reply_share_numerator=0), **CHOICES
    )
    assert list(numbers.estimates) == ["presence", "potential-reach"]
    assert set(numbers.reasons) == {"reply-share", "response-time", "answered-in-time"}
    table = tabulate_editions([numbers]).set_index("measure")
    assert table.index.tolist() == list(MEASURES)
    assert table.loc["presence", "claim_id"] == "accounts-presence-one-nl"
    assert table["claim_id"].isna().tolist() == table["missing_because"].notna().tolist()
    assert table.loc["answered-in-time", "within_hours"] == 24


def test_an_edition_whose_messages_are_not_known_is_left_out():
    level = make_level(messages_sent=None)
    with pytest.raises(NotAnswerable, match="no municipality on twitter"):
        measure_editions(level, **CHOICES)


def test_the_ledger_agrees_with_the_notebooks_that_ask_one_question():
    def read(notebook):
        claims = json.loads((ROOT / f"results/demo/{notebook}.json").read_text("utf-8"))["claims"]
        return {claim["claim_id"]: claim for claim in claims}

    own, waits, change = read("13-editions"), read("06-response-time"), read("03-year-on-year")
    for key in ("value", "low", "high", "n"):
        other = waits["accounts-median-and-mean"][key]
        assert own["accounts-response-time-2014-q2-nl"][key] == other
    before, after = (own[f"accounts-reply-share-{edition}-nl"]["value"] for edition in ("2013-q3", "2014-q2"))  # fmt: skip
    assert after - before == pytest.approx(change["accounts-change-by-messages"]["value"], abs=1e-5)
