"""Notebook 03: the published numbers of 2013 and 2014, and what follows from them."""

import json

import matplotlib
import pandas as pd
import pytest
from conftest import ROOT

from roeptoeter.errors import InputError
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.plots import year_on_year as plots
from roeptoeter.published import read_figures
from roeptoeter.questions import year_on_year
from roeptoeter.registers import build_organisations
from roeptoeter.report import Report
from roeptoeter.study import STAGING_VARIABLE

CORRELATIONS = [0.05, 0.1, 0.2, 0.3, 0.4]


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


@pytest.fixture(scope="module")
def organisations():
    return build_organisations(ROOT / "data" / "raw" / "registers")


@pytest.fixture(scope="module")
def shares(figures):
    return year_on_year.read_reply_shares(figures)


def test_the_shares_are_read_with_their_rounding(shares):
    assert (shares.before.low, shares.before.value, shares.before.high) == (12.5, 13, 13.5)
    assert (shares.after.low, shares.after.value, shares.after.high) == (19.5, 20, 20.5)
    assert shares.utrecht.value == 85
    assert {part.interval_kind for part in (shares.before, shares.change, shares.ratio)} == {
        "rounding"
    }


@pytest.mark.parametrize(
    ("denominator", "low", "rise", "high"),
    [
        ("as stated in 2014", 6, 7, 8),
        ("all messages", 8, 9, 10),
        ("replies and starters", 19.5 - 1150 / 84, 20 - 1100 / 84, 8),
    ],
)
def test_the_rise_depends_on_the_denominator(figures, denominator, low, rise, high):
    change = year_on_year.read_reply_shares(figures, denominator).change
    assert (change.low, change.value, change.high) == pytest.approx((low, rise, high))


def test_the_ratio_is_between_144_and_164_hundredths(shares):
    assert (round(shares.ratio.low, 2), round(shares.ratio.high, 2)) == (1.44, 1.64)


def test_an_unknown_denominator_is_refused_in_one_line(figures):
    with pytest.raises(InputError, match="reply_share_denominator: 'all' is unknown") as refusal:
        year_on_year.read_reply_shares(figures, "all")
    assert "replies and starters" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_figure_that_is_no_percentage_is_refused(figures):
    with pytest.raises(InputError, match="F015: expected a printed percentage"):
        year_on_year.read_printed_share(figures, "F015", "response time")


def test_the_readings_span_five_to_ten_points(figures):
    readings = year_on_year.compare_readings(figures).set_index("reading")
    assert readings["change_points"].tolist() == pytest.approx([7, 20 - 1100 / 84, 9, 5.8])
    converted = readings.loc["all messages, 2014 converted"]
    assert converted["after_percent"] == pytest.approx(16.8)
    # the corners, written out: 19.5% of 11.5 + 72.5, less 11.5; 20.5% of 10.5 + 73.5, less 10.5
    assert converted["change_low_points"] == pytest.approx(4.88)
    assert converted["change_high_points"] == pytest.approx(6.72)
    span = year_on_year.span_readings(year_on_year.compare_readings(figures))
    assert (span.low, span.value, span.high) == pytest.approx((4.88, 7, 10))
    assert span.interval_kind == "sensitivity"


def test_the_editions_are_those_of_the_register_and_of_the_articles(figures, organisations):
    editions = year_on_year.compare_editions(figures, organisations).set_index("edition_year")
    assert editions["municipalities"].to_dict() == {2013: 408, 2014: 403}
    assert editions["accounts_low"].to_dict() == {2013: 390, 2014: 390}
    assert editions["accounts_high"].to_dict() == {2013: 393, 2014: 390}
    assert editions["period"].tolist() == ["2013-Q3", "2014-Q2"]


def test_a_register_that_counts_otherwise_than_the_article_is_refused(figures, organisations):
    dutch = organisations.query("region == 'NL' and edition_year == 2014").index[0]
    with pytest.raises(InputError, match="F007, denominator: expected the 402"):
        year_on_year.compare_editions(figures, organisations.drop(dutch))


def test_the_others_stand_where_utrechts_weight_puts_them(shares):
    curve = year_on_year.weigh_utrecht(shares, [0, 1, 3, 5, 8])
    assert curve["others_percent"].round(1).tolist() == [20, 19.3, 18.0, 16.6, 14.3]
    assert curve["change_points"].round(1).tolist() == [7, 6.3, 5.0, 3.6, 1.3]
    assert (curve["others_low_percent"] < curve["others_percent"]).all()
    assert (curve["others_percent"] < curve["others_high_percent"]).all()


def test_a_weight_that_utrecht_cannot_have_is_refused_with_the_largest_it_can(shares):
    with pytest.raises(InputError, match=r"from 0 to 23\.5%"):
        year_on_year.weigh_utrecht(shares, [1, 30])


def test_at_the_levelling_weight_the_others_did_not_rise(shares):
    weight = year_on_year.find_levelling_weight(shares)
    assert (weight.low, weight.value, weight.high) == pytest.approx((600 / 72, 700 / 72, 800 / 72))
    others = year_on_year.weigh_utrecht(shares, [weight.value])
    assert others["change_points"].iloc[0] == pytest.approx(0, abs=1e-9)


def test_the_levelling_weight_is_thousands_of_messages(figures, organisations, shares):
    editions = year_on_year.compare_editions(figures, organisations)
    weight = year_on_year.find_levelling_weight(shares)
    messages = year_on_year.convert_weight_to_messages(figures, editions, weight)
    assert messages.value == pytest.approx(7 / 72 * 109 * 390)
    assert messages.low == pytest.approx(6 / 72 * 108.5 * 390)
    assert messages.high == pytest.approx(8 / 72 * 109.5 * 408)


def test_the_effective_accounts_are_those_of_the_formula(shares):
    needed = year_on_year.count_needed_accounts(shares, CORRELATIONS, [0.0, 0.5])
    unrelated = needed[needed["year_correlation"] == 0]
    assert unrelated["effective_accounts"].round().tolist() == [11, 21, 43, 64, 86]
    related = needed[needed["year_correlation"] == 0.5]
    ratio = related["effective_accounts"].to_numpy() / unrelated["effective_accounts"].to_numpy()
    assert ratio == pytest.approx(0.5, abs=0.01)
    assert (needed["effective_accounts_low"] < needed["effective_accounts"]).all()
    assert (needed["effective_accounts"] < needed["effective_accounts_high"]).all()
    span = year_on_year.span_needed_accounts(needed)
    assert (round(span.low), round(span.value), round(span.high)) == (4, 86, 117)


def test_a_rise_that_rounding_may_undo_needs_endless_accounts(shares):
    close = year_on_year.ReplyShares(
        shares.before, Estimate(13.4, 12.9, 13.9, "rounding", "share", "%"), shares.utrecht
    )
    needed = year_on_year.count_needed_accounts(close, [0.1], [0.0])
    assert needed["effective_accounts_high"].iloc[0] == float("inf")


def test_evenness_is_that_of_all_accounts_only_where_all_send_the_same():
    assert year_on_year.count_effective_accounts(100 / 390, 390) == pytest.approx(390)
    expected = 1 / (0.1**2 + 0.9**2 / 389)
    assert year_on_year.count_effective_accounts(10, 390) == pytest.approx(expected)


def test_every_denominator_leaves_a_rise(figures):
    repeated = year_on_year.repeat_by_denominator(figures, CORRELATIONS, [0.0])
    assert tuple(repeated["denominator"]) == year_on_year.DENOMINATORS
    assert repeated["change_points"].gt(0).all()
    assert repeated["levelling_weight_percent"].round(1).tolist() == [9.7, 12.2, 9.6]


def test_the_textbook_sample_is_a_few_hundred_messages(shares):
    sample = year_on_year.size_textbook_sample(shares, 0.8, 0.95)
    assert sample["messages_per_year"].round().tolist() == [437, 440]


def test_the_figures_draw_their_message_and_the_numbers_they_are_given(figures, shares):
    readings = year_on_year.compare_readings(figures)
    curve = year_on_year.weigh_utrecht(shares, [0, 5, 12])
    needed = year_on_year.count_needed_accounts(shares, [0.1, 0.4], [0.0, 0.5])
    weight = year_on_year.find_levelling_weight(shares).value
    drawings = {
        "+5.8 points": plots.draw_readings(readings, "A message"),
        "no rise left": plots.draw_others(curve, curve, shares.before, weight, "A message"),
        "86 if the years are unrelated": plots.draw_needed_accounts(needed, 390, "A message"),
    }
    for text, figure in drawings.items():
        written = [found.get_text() for found in figure.findobj(matplotlib.text.Text)]
        assert "A message" in written
        assert any(text in found for found in written)


def run_notebook(tmp_path, monkeypatch, tables, **parameters):
    """Run the code cells of the notebook's published half here, writing aside; return what it recorded."""
    monkeypatch.setenv(STAGING_VARIABLE, str(tmp_path))
    monkeypatch.setattr(Report, "read", lambda report, table: tables[table])
    content = json.loads((ROOT / "notebooks" / "03-year-on-year.ipynb").read_text("utf-8"))
    names = {}
    for cell in content["cells"]:
        tags = cell["metadata"].get("tags", [])
        if cell["cell_type"] == "code" and not any(tag.startswith("account-level") for tag in tags):
            exec("".join(cell["source"]), names)  # the notebook's own code, as in its kernel
            if "parameters" in tags:
                assert set(parameters) <= set(names)
                names.update({"study": "published"} | parameters)
    results = tmp_path / "results" / "published" / "03-year-on-year.json"
    recorded = json.loads(results.read_text("utf-8"))
    return {claim["claim_id"]: claim for claim in recorded["claims"]}


def test_the_notebook_claims_what_the_published_shares_bear(
    tmp_path, monkeypatch, figures, organisations
):
    tables = {"figures": figures, "organisations": organisations}
    claims = run_notebook(tmp_path, monkeypatch, tables)
    rise = claims["reply-share-rise"]
    assert (rise["low"], rise["value"], rise["high"]) == (6, 7, 8)
    assert "13% were replies" in rise["sentence"]
    assert "rose by 6 to 8 points" in claims["sentence-that-may-be-said"]["sentence"]
    assert "9.7%" in claims["utrecht-weight"]["sentence"]
    assert "there were 390" in claims["effective-accounts"]["sentence"]
    assert sum(claim["headline"] for claim in claims.values()) == 6
    drawn = sorted(path.name for path in (tmp_path / "figures" / "published").iterdir())
    assert [name for name in drawn if name.endswith(".svg")] == [
        "03-effective-accounts.svg",
        "03-readings.svg",
        "03-utrecht-weight.svg",
    ]
    curve = pd.read_csv(tmp_path / "figures" / "published" / "03-utrecht-weight.csv")
    assert curve["others_percent"].iloc[0] == 20


def test_the_notebook_follows_its_denominator(tmp_path, monkeypatch, figures, organisations):
    tables = {"figures": figures, "organisations": organisations}
    claims = run_notebook(tmp_path, monkeypatch, tables, reply_share_denominator="all messages")
    assert claims["reply-share-rise"]["value"] == 9
    assert "11% were replies" in claims["reply-share-rise"]["sentence"]
    assert "12.2%" in claims["utrecht-weight"]["sentence"]
