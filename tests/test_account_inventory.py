"""The inventory of accounts: what a corporate count leaves out, which accounts sleep, and what nobody may see."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from roeptoeter import study as study_module
from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.plots import account_inventory as plots
from roeptoeter.plots.style import draw_svg
from roeptoeter.published import get_figure, read_figures
from roeptoeter.questions import account_inventory as inventory
from roeptoeter.questions import account_inventory_published as printed
from roeptoeter.questions import account_look_alikes as work
from roeptoeter.questions.account_inventory import NOT_CORPORATE, Draws, build_inventory
from roeptoeter.registers import build_organisations
from roeptoeter.sources import declaration
from roeptoeter.sources.accounts import PURPOSES
from roeptoeter.study import ROOT, Study, Window

WINDOW = Window(edition="2016 Q2", start=dt.date(2016, 4, 1), end=dt.date(2016, 6, 30))
# a study remembers its folders, so that each test that moves the root has one of its own
NEW = {"name": "mine", "title": "A study", "evidence": "measured", "windows": [WINDOW]}
STUDY = Study(**NEW)
HOW = Draws(draws=200)
CODES = [f"V{number:02d}" for number in range(12)]


@pytest.fixture(scope="module")
def figures():
    return read_figures(ROOT / "data" / "raw" / "published")


def account(
    number, organisation="V00", purpose="theme", owner="Sport", platform="facebook", **more
):
    row = {
        "platform": platform, "account_id": None if number is None else str(number), "organisation": organisation, "purpose": purpose,
        "owner": owner, "in_use_from": None, "in_use_to": None, "is_simulated": False,
    }  # fmt: skip
    return row | more


def measured(accounts, **more):
    """Make `account_metrics` of accounts of which nothing is known but that they exist, unless told."""
    table = pd.DataFrame(accounts)[["platform", "account_id"]].dropna()
    table = table.assign(
        edition=WINDOW.edition, account_exists=True, active_in_window=pd.NA, exports_from=pd.NaT,
        exports_to=pd.NaT, followers=100,
    )  # fmt: skip
    for name in ("exports_from", "exports_to"):
        table[name] = pd.to_datetime(table[name], utc=True)
    for name, cells in more.items():
        table[name] = table["account_id"].map(cells).combine_first(table[name])
    return table.astype({"active_in_window": "boolean", "followers": "Int64"})


def look(number, day, total=None, last=None, platform="facebook"):
    return {
        "platform": platform, "account_id": str(number), "observed_at": day, "messages_total": total,
        "last_message_at": last,
    }  # fmt: skip


def build(accounts, looks=(), *, study=STUDY, tolerance_days=7, codes=CODES, **metrics):
    snapshots = pd.DataFrame(
        list(looks), columns=["platform", "account_id", "observed_at", "messages_total", "last_message_at"]
    ).astype({"messages_total": "Int64"})  # fmt: skip
    for name in ("observed_at", "last_message_at"):
        snapshots[name] = pd.to_datetime(snapshots[name], utc=True)
    organisations = pd.DataFrame(
        {"organisation": codes, "name": [f"Dorp {code}" for code in codes], "population": 1000, "size_class": "x"}
    )  # fmt: skip
    return build_inventory(
        study, WINDOW, organisations, pd.DataFrame(accounts), measured(accounts, **metrics), snapshots,
        tolerance_days=tolerance_days,
    )  # fmt: skip


def judge(looks=(), *, tolerance_days=7, **metrics):
    """Return what is found of one account."""
    return build([account(1)], looks, tolerance_days=tolerance_days, **metrics).accounts.loc[0]


@pytest.fixture(scope="module")
def mapped():
    """A made-up map: the first organisation has ten accounts, each other one or three; some persons'."""
    generator = np.random.default_rng(1)
    accounts, looks, number = [], [], 0
    for place, code in enumerate(CODES[:10]):
        purposes = ["corporate", *generator.choice(["theme", "campaign", "council"], size=9 if place == 0 else 2 * (place % 2))]  # fmt: skip
        for purpose in purposes:
            number += 1
            accounts.append(account(number, code, purpose, owner=None, platform="twitter" if place == 9 else "facebook"))  # fmt: skip
            sent = 0 if purpose == "campaign" else 5
            platform = accounts[-1]["platform"]
            looks += [look(number, "2016-04-01", 10, platform=platform), look(number, "2016-06-30", 10 + sent, platform=platform)]  # fmt: skip
    accounts += [account(None, CODES[place % 3], "person", None) for place in range(12)]
    return build(accounts, looks, followers={"1": 5000})


# --- the published half -----------------------------------------------------------------------------------


def test_a_corporate_count_sees_at_most_one_account_of_the_printed_mean(figures):
    assert round(printed.estimate_seen(figures, "facebook").value) == 17
    assert round(printed.estimate_seen(figures, "twitter").value) == 37
    seen = printed.estimate_seen(figures, "facebook")
    assert seen.low == pytest.approx(100 / 5.85)
    assert seen.high == pytest.approx(100 / 5.75)


def test_municipalities_without_an_account_in_the_mean_make_the_count_see_less(figures):
    for platform in printed.PUBLISHED_MEANS:
        bounds, most = (
            printed.bound_seen(figures, platform),
            printed.estimate_seen(figures, platform),
        )
        assert bounds.low < most.low < most.high == bounds.high
    rows = printed.tabulate_published(figures)
    assert (rows["low_percent"] < rows["seen_percent"]).all()
    assert (rows["seen_percent"] < rows["high_percent"]).all()
    seen = rows["accounts_per_municipality"] - rows["accounts_unseen_per_municipality"]
    assert np.allclose(100 * seen / rows["accounts_per_municipality"], rows["seen_percent"])


def test_a_later_range_of_pages_is_divided_at_both_ends(figures):
    bounds = printed.bound_seen_later(figures)
    assert (bounds.low, bounds.high) == pytest.approx((20, 100 / 3))


def test_other_accounts_only_are_bounded_by_counts_that_fit_the_printed_shares(figures):
    organisations = build_organisations(ROOT / "data" / "raw" / "registers")
    bounds = printed.bound_other_accounts_only(figures, organisations)
    said = get_figure(figures, printed.SAID_ON_FACEBOOK)
    # by hand: at most 200 of 224 and all 169 others are there, and at least 270 of 393 have a corporate account
    assert int(said["denominator"]) == 224
    assert bounds.n == 393
    assert bounds.high == pytest.approx(100 * (200 + 169 - 270) / 393)
    assert bounds.low == 0


def test_the_silent_of_2013_are_a_share_of_those_with_an_account(figures):
    silent = printed.estimate_silent_2013(figures)
    assert silent.value == pytest.approx(100 * 17 / silent.n)
    assert 17 / 408 < silent.low / 100 < silent.high / 100 < 17 / 385


# --- which accounts sleep, one way at a time --------------------------------------------------------------


def test_an_account_of_which_nothing_is_told_is_not_known_to_sleep():
    found = judge()
    assert found["state"] == "unknown"
    assert found[["by_messages", "by_totals", "by_last_message"]].isna().all()


@pytest.mark.parametrize(
    ("active", "first", "last", "state"),
    [
        (True, "2016-05-01", "2016-05-02", "active"),
        (False, "2016-03-01", "2016-07-01", "dormant"),
        (False, "2016-04-07", "2016-06-25", "dormant"),
        (False, "2016-04-20", "2016-07-01", "unknown"),  # the export begins too late to tell
        (False, "2016-03-01", "2016-06-01", "unknown"),
    ],
)
def test_silence_in_messages_counts_where_the_exports_cover_the_window(active, first, last, state):
    ends = {"exports_from": {"1": pd.Timestamp(first, tz="UTC")}, "exports_to": {"1": pd.Timestamp(last, tz="UTC")}}  # fmt: skip
    found = judge(active_in_window={"1": active}, **ends)
    assert found["state"] == state


@pytest.mark.parametrize(
    ("looks", "state"),
    [
        ([("2016-04-01", 40), ("2016-06-30", 40)], "dormant"),
        ([("2016-04-01", 40), ("2016-06-30", 41)], "active"),
        ([("2016-04-01", 40), ("2016-06-30", 39)], "unknown"),  # some were deleted
        ([("2016-03-28", 40), ("2016-07-03", 40)], "dormant"),
        ([("2016-03-01", 40), ("2016-06-30", 40)], "unknown"),
        ([("2016-04-01", 40), ("2016-05-30", 40)], "unknown"),
        ([("2016-04-01", 40)], "unknown"),
        ([("2016-04-01", 40), ("2016-06-30", None)], "unknown"),
        # the look nearest to the day is taken
        ([("2016-03-27", 39), ("2016-04-01", 40), ("2016-06-30", 40)], "dormant"),
    ],
)
def test_equal_totals_at_two_looks_are_silence(looks, state):
    assert judge([look(1, day, total) for day, total in looks])["state"] == state


@pytest.mark.parametrize(
    ("day", "last", "state"),
    [
        ("2016-06-30", "2016-03-31", "dormant"),
        ("2016-06-30", "2016-04-01", "active"),
        ("2016-09-01", "2016-06-30", "active"),
        ("2016-09-01", "2016-07-20", "unknown"),  # what it did before that day nobody saw
        ("2016-05-01", "2016-03-01", "unknown"),  # it may have sent something in June
        ("2016-05-01", "2016-04-20", "active"),
    ],
)
def test_the_day_of_the_last_message_tells_at_the_windows_end(day, last, state):
    assert judge([look(1, day, last=last)])["state"] == state


def test_days_are_those_of_the_country_not_of_the_clock_in_greenwich():
    # half past midnight on the first of April, local time
    assert judge([look(1, "2016-06-30", last="2016-03-31T22:30:00")])["state"] == "active"


def test_one_sign_of_a_message_outweighs_silence_and_is_told():
    looks = [look(1, "2016-04-01", 40), look(1, "2016-06-30", 40, "2016-05-05")]
    found = judge(looks)
    assert (found["state"], found["is_contradicted"]) == ("active", True)
    table = inventory.tabulate_routes(build([account(1)], looks)).set_index("told_by")
    assert table.loc["all together", ["active", "dormant", "contradicted"]].tolist() == [1, 0, 1]
    assert table["dormant"].tolist() == [0, 1, 0, 0]


def test_a_wider_tolerance_never_knows_less():
    looks = [look(1, "2016-04-20", 40), look(1, "2016-06-10", 40)]
    assert judge(looks)["state"] == "unknown"
    assert judge(looks, tolerance_days=20)["state"] == "dormant"
    with pytest.raises(InputError, match="tolerance_days is -1"):
        judge(looks, tolerance_days=-1)


# --- which accounts count ---------------------------------------------------------------------------------


def test_accounts_that_are_not_in_use_or_elsewhere_are_counted_apart():
    accounts = [
        account(1, in_use_from=dt.date(2016, 6, 30)), account(2, in_use_from=dt.date(2016, 7, 1)),
        account(3, in_use_to=dt.date(2016, 3, 31)), account(4, "X99"), account(None, purpose="campaign"),
        account(None, purpose="person", owner=None), account(7),
    ]  # fmt: skip
    found = build(accounts, account_exists={"7": False})
    assert found.accounts["account_id"].fillna("none").tolist() == ["1", "none"]
    assert (found.listed, found.elsewhere, found.not_in_use, len(found.people)) == (7, 1, 3, 1)
    flow = inventory.tabulate_flow(found, 2)
    assert flow["accounts"].iloc[:-1].sum() == flow["accounts"].iloc[-1] == 2


def test_no_account_no_inventory():
    with pytest.raises(NotAnswerable, match=r"no account of these organisations .* accounts\.csv"):
        build([account(1, "X99")])


def test_what_a_study_lacks_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(study_module, "ROOT", tmp_path)
    study = Study(**NEW)
    ask = {"edition": "2016 Q2", "region": "VL"}
    with pytest.raises(NotAnswerable, match=r"no data/processed/mine/accounts\.parquet"):
        inventory.read_inventory(study, **ask)
    with pytest.raises(NotAnswerable, match=r"unmapped_accounts\.csv is not there"):
        work.read_unmapped(study)
    only = build([account(1, purpose="corporate")])
    with pytest.raises(NotAnswerable, match="lists corporate accounts only"):
        inventory.check_other_purposes(only)
    with pytest.raises(NotAnswerable, match="of no account is it known"):
        inventory.check_some_known(only)
    with pytest.raises(NotAnswerable, match="of no purpose is it known"):
        inventory.find_sleepiest(only)


# --- identities and signs ---------------------------------------------------------------------------------


def test_purposes_platforms_and_states_add_up_to_all_accounts(mapped):
    table = inventory.tabulate_purposes(mapped, 10)
    own = table[table["purpose"] != "person"]
    assert own["accounts"].sum() == len(mapped.accounts)
    assert (own[["active", "dormant", "unknown"]].sum(axis=1) == own["accounts"]).all()
    assert own["followers"].sum() == mapped.accounts["followers"].sum()
    numbers = inventory.tabulate_numbers(mapped, HOW)
    assert numbers["accounts"].sum() == len(mapped.accounts)
    assert np.allclose(numbers["mean_per_holder"] * numbers["holders"], numbers["accounts"])
    assert np.allclose(numbers["mean_per_organisation"] * len(CODES), numbers["accounts"])
    assert (numbers["mean_per_organisation"] <= numbers["mean_per_holder"]).all()
    spread = inventory.tabulate_distribution(mapped)
    assert spread.drop(columns="accounts").sum().tolist() == [len(CODES)] * 2


def test_an_additional_account_raises_the_mean_and_a_theme_of_it_what_is_left_out():
    few = build([account(1, purpose="corporate"), account(2), account(3, "V01", "corporate")])
    more = build([account(1, purpose="corporate"), account(2), account(3, "V01", "corporate"), account(4, "V01")])  # fmt: skip
    means = [inventory.estimate_mean(one, "facebook", HOW).value for one in (few, more)]
    shares = [inventory.estimate_left_out(one, HOW).value for one in (few, more)]
    assert means == [1.5, 2.0]
    assert shares == pytest.approx([100 / 3, 50])
    everybody = inventory.estimate_mean(more, "facebook", HOW, base="organisations")
    assert everybody.value == pytest.approx(4 / len(CODES))


def test_followers_weigh_what_is_left_out_and_what_sleeps():
    accounts = [account(1, purpose="corporate"), account(2)]
    looks = [look(2, "2016-04-01", 4), look(2, "2016-06-30", 4), look(1, "2016-04-01", 4), look(1, "2016-06-30", 9)]  # fmt: skip
    found = build(accounts, looks, followers={"1": 300, "2": 100})
    assert inventory.estimate_left_out(found, HOW, of="followers").value == 25
    assert inventory.estimate_followers_asleep(found, HOW).value == 25
    turned = build(accounts, looks, followers={"1": 100, "2": 300})
    assert inventory.estimate_followers_asleep(turned, HOW).value == 75


def test_campaigns_that_sleep_make_other_accounts_sleep_more(mapped):
    gap = inventory.compare_dormant(mapped, HOW)
    other, corporate = (inventory.estimate_dormant(mapped, HOW, purposes=which) for which in (NOT_CORPORATE, "corporate"))  # fmt: skip
    assert gap.value == pytest.approx(other.value - corporate.value)
    assert gap.value > 0
    assert gap.low <= gap.value <= gap.high
    turned = mapped.accounts.assign(state=mapped.accounts["state"].map({"active": "dormant", "dormant": "active"}))  # fmt: skip
    assert inventory.compare_dormant(replace(mapped, accounts=turned), HOW).value == pytest.approx(-gap.value)  # fmt: skip
    assert inventory.find_sleepiest(mapped, least=3) == "campaign"
    assert inventory.find_sleepiest(replace(mapped, accounts=turned), least=3) != "campaign"


def test_what_is_not_known_widens_the_bounds_around_what_is():
    looks = [look(1, "2016-04-01", 4), look(1, "2016-06-30", 4), look(2, "2016-04-01", 4), look(2, "2016-06-30", 5)]  # fmt: skip
    sure = inventory.bound_dormant(build([account(1), account(2)], looks))
    open_ = inventory.bound_dormant(build([account(1), account(2), account(3), account(4)], looks))
    assert (sure.low, sure.value, sure.high) == (50, 50, 50)
    assert (open_.low, open_.value, open_.high) == (25, 50, 75)


def test_intervals_draw_organisations_whole(mapped):
    narrow, wide = (inventory.estimate_mean(mapped, "facebook", Draws(confidence=level)) for level in (0.5, 0.95))  # fmt: skip
    assert wide.low < narrow.low <= narrow.value <= narrow.high < wide.high
    # the analytic standard error of a mean over the organisations with an account
    number = mapped.accounts.query("platform == 'facebook'").groupby("organisation").size()
    error = number.std(ddof=0) / np.sqrt(len(number))
    assert (wide.high - wide.low) / 2 == pytest.approx(1.96 * error, rel=0.35)
    assert (
        inventory.estimate_mean(mapped, "twitter", HOW).interval_kind == "none"
    )  # one organisation
    with pytest.raises(NotAnswerable, match="no organisation has an account on mastodon"):
        inventory.estimate_mean(mapped, "mastodon", HOW)


def test_an_organisation_with_other_accounts_only_is_found():
    found = build(
        [account(1, "V00", "corporate"), account(2, "V00"), account(3, "V01"), account(4, "V01")]
    )
    assert inventory.estimate_without_corporate(found, "facebook", HOW).value == 50
    assert inventory.tabulate_numbers(found, HOW).loc[0, "without_corporate"] == 1


# --- doubles and owners -----------------------------------------------------------------------------------


def test_a_double_is_of_one_organisation_platform_purpose_and_owner():
    accounts = [
        account(1), account(2, owner="sport"), account(3, owner="Jeugd"), account(4, purpose="campaign"),
        account(5, platform="twitter"), account(6, "V01"), account(7, owner=None), account(8, owner=None),
        account(9, purpose="corporate", owner=None), account(10, purpose="corporate", owner=None),
    ]  # fmt: skip
    looks = [look(2, "2016-04-01", 4), look(2, "2016-06-30", 4)]
    found = build(accounts, looks)
    doubles = work.list_doubles(found)
    assert doubles[["purpose", "accounts", "dormant"]].to_numpy().tolist() == [["corporate", 2, 0], ["theme", 2, 1]]  # fmt: skip
    assert work.count_doubles(found).value == 2
    assert inventory.estimate_with_owner(found, HOW).value == 60


def test_names_that_look_alike_are_found_by_the_letters_they_share():
    unmapped = pd.DataFrame(
        {
            "platform": "twitter", "account_id": list("abcdef"), "files": "[]",
            "handle": ["gem_haaren", "GEMHAREN", "bakkerij_jansen", "gèmharen1", "ge", ""],
        }
    )  # fmt: skip
    names = pd.DataFrame({"organisation": ["V01", "V00", "V00"], "text": ["gemzeewolde", "gemharen", "Haren"]})  # fmt: skip
    found = work.find_look_alikes(unmapped, names, 0.85)
    assert found["handle"].tolist() == ["GEMHAREN", "gem_haaren", "gèmharen1"]
    assert found["organisation"].tolist() == ["V00"] * 3
    assert found["similarity"].iloc[0] == 1
    assert found["similarity"].is_monotonic_decreasing
    assert len(work.find_look_alikes(unmapped, names, 1.0)) == 1
    assert len(work.find_look_alikes(unmapped, names, 0.1)) >= 4  # never those with too few letters
    assert work.find_look_alikes(unmapped.iloc[:0], names, 0.85).empty
    for wrong in (0, 1.2):
        with pytest.raises(InputError, match="least_similarity"):
            work.find_look_alikes(unmapped, names, wrong)


# --- what nobody may see ----------------------------------------------------------------------------------


def test_persons_are_a_number_and_below_the_smallest_group_not_even_that(mapped):
    shown, hidden = (inventory.tabulate_purposes(mapped, least) for least in (12, 13))
    (row,) = shown[shown["purpose"] == "person"].to_dict("records")
    assert (row["platform"], row["accounts"]) == ("all", 12)
    assert all(
        pd.isna(row[name]) for name in ("active", "dormant", "unknown", "with_owner", "followers")
    )
    assert hidden.loc[hidden["purpose"] == "person", "accounts"].isna().all()
    assert (inventory.may_show_people(mapped, 12), inventory.may_show_people(mapped, 13)) == (
        True,
        False,
    )
    flow = inventory.tabulate_flow(mapped, 13)
    assert not flow["accounts"].isin([12, -12]).any() or mapped.not_in_use == 0
    assert "of persons: counted, and no more" not in set(flow["accounts_are"])
    assert flow["accounts"].iloc[:-1].sum() == flow["accounts"].iloc[-1]


def test_persons_by_platform_need_every_platform_to_be_large_enough(mapped):
    people = pd.concat([mapped.people, mapped.people.iloc[:3].assign(platform="twitter")])
    both = replace(mapped, people=people)
    assert inventory.may_show_people(both, 10)
    assert not inventory.may_show_people(both, 10, by_platform=True)


def test_accounts_of_persons_count_in_the_mean_only_when_asked_to(mapped):
    without, with_people = (inventory.estimate_mean(mapped, "facebook", HOW, people=people) for people in (False, True))  # fmt: skip
    assert with_people.value > without.value
    assert "persons included" in with_people.estimand


def test_the_list_of_work_holds_no_person_and_stays_in_the_build_folder(
    tmp_path, monkeypatch, mapped
):
    for module in (study_module, declaration):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    folder = tmp_path / "data/raw/exports/mine"
    folder.mkdir(parents=True)
    (folder / "accounts.csv").write_text(
        "platform,account_id,handle,organisation,purpose\nfacebook,1,gemharen,V00,\nfacebook,2,wethouderjansen,V00,person\n"
    )
    names = work.list_names(mapped)
    assert "gemharen" in set(names["text"])
    assert "Dorp V00" in set(names["text"])
    assert "wethouderjansen" not in set(names["text"])
    unmapped = pd.DataFrame({"platform": ["facebook"], "account_id": ["9"], "handle": ["gemharren"], "files": ["[]"]})  # fmt: skip
    found = work.find_look_alikes(unmapped, names, 0.85)
    number = work.write_look_alikes(Study(**NEW), found)
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path).as_posix() for path in written} == {"data/raw/exports/mine/accounts.csv", "build/mine/look_alikes.csv"}  # fmt: skip
    assert number.value == 1
    text = (tmp_path / "build/mine/look_alikes.csv").read_text()
    assert "gemharren" in text
    assert "jansen" not in text


# --- words and figures ------------------------------------------------------------------------------------


def test_every_purpose_has_its_words():
    assert set(inventory.PURPOSE_NAMES) == set(PURPOSES)
    assert inventory.name_accounts("corporate") == "corporate accounts"
    assert inventory.name_accounts(NOT_CORPORATE) == "not corporate accounts"


def test_figures_say_what_they_are_given(figures, mapped):
    bars = inventory.list_bars(inventory.tabulate_purposes(mapped, 10))
    assert "person" not in set(bars["purpose"])
    assert set(inventory.list_bars(inventory.tabulate_purposes(mapped, 10), 1)["platform"]) == {
        "Facebook"
    }
    figure = plots.draw_purposes(bars, "A title", "A subtitle", "A source")
    texts = {text.get_text() for axes in figure.axes for text in axes.texts}
    assert "sent nothing" in texts
    assert "100%" in texts  # of campaigns
    drawn = printed.tabulate_published(figures).drop_duplicates("platform")
    figure = plots.draw_seen(drawn, "A title", "A subtitle", "A source")
    (axes,) = figure.axes
    assert len(axes.patches) == 6 + 3
    assert "5.8\nat most 17% seen" in {text.get_text() for text in axes.texts}
    assert draw_svg(figure).startswith(b"<?xml")
