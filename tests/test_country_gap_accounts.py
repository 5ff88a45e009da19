"""The gap on the accounts themselves: signs, identities, and what the study must hold."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from scipy.special import expit

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.decomposition import decompose_gap
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.plots import country_gap_accounts as plots
from roeptoeter.plots.style import draw_svg
from roeptoeter.questions import country_gap_accounts as accounts
from roeptoeter.questions.country_gap_accounts import GapKey
from roeptoeter.registers import SIZE_CLASSES, classify_size

EDITIONS = {"edition_nl": "2016 Q2", "edition_vl": "2016 Q2"}


def make_organisations(seed, n, typical, region):
    """Organisations of one country with lognormal populations."""
    generator = np.random.default_rng(seed)
    population = pd.Series(np.exp(generator.normal(np.log(typical), 0.8, n)).astype(int) + 500)
    return pd.DataFrame(
        {
            "organisation": [f"{region}{i:03d}" for i in range(n)],
            "name": "a place",
            "province": "a province",
            "population": population,
            "size_class": classify_size(population),
        }
    )


def make_frame(region, *, seed=1, shift=0.0, replies=True):
    """What `tabulate_organisations` returns: the Dutch are larger, and with `shift` do more."""
    n, typical = (390, 30_000) if region == "NL" else (308, 14_000)
    generator = np.random.default_rng(seed + (region == "NL"))
    frame = make_organisations(seed, n, typical, region)
    size = np.log(frame["population"]) - 9.6
    odds = 0.4 + 0.8 * size + (shift if region == "NL" else 0)
    frame["is_present"] = generator.random(n) < expit(odds)
    frame["messages"] = np.where(
        frame["is_present"] & replies, generator.poisson(60 * np.exp(0.4 * size)), 0
    )
    share = expit(-2 + 0.3 * size + generator.normal(0, 0.8, n) + (shift if region == "NL" else 0))
    frame["replies"] = generator.binomial(frame["messages"], share)
    return frame


@pytest.fixture
def level(monkeypatch):
    """A level whose organisations are made up; it records what was asked of it."""
    asked = []

    def tabulate(level, *, edition, platform, region, **choices):
        asked.append((edition, platform, region, choices))
        if edition == "2013 Q3":
            raise NotAnswerable("the study made-up has no edition '2013 Q3'")
        return make_frame(region, shift=1.5, replies=edition != "2012 Q1")

    monkeypatch.setattr(accounts, "tabulate_organisations", tabulate)
    return SimpleNamespace(study=SimpleNamespace(name="made-up"), asked=asked)


@pytest.fixture(scope="module")
def presence():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            accounts, "tabulate_organisations",
            lambda level, *, region, **_: make_frame(region, shift=1.5),
        )  # fmt: skip
        return accounts.read_presence(None, platforms=["twitter", "facebook"], **EDITIONS)


def decompose(presence):
    return accounts.decompose_presence(presence, confidence=0.95, draws=200, seed=1)


@pytest.fixture(scope="module")
def found(presence):
    return decompose(presence)


def test_each_country_is_read_in_its_own_edition(level):
    rows = accounts.read_presence(
        level, edition_nl="2014 Q2", edition_vl="2016 Q2", platforms=["facebook"]
    )
    assert [question[:3] for question in level.asked] == [
        ("2014 Q2", "facebook", "NL"),
        ("2016 Q2", "facebook", "VL"),
    ]
    assert rows.groupby("region").size().to_dict() == {"NL": 390, "VL": 308}
    assert np.allclose(2 ** rows["log2_population"], rows["population"])


def test_platforms_that_are_none_are_refused(level):
    with pytest.raises(InputError, match="platforms is empty"):
        accounts.read_presence(level, platforms=[], **EDITIONS)
    with pytest.raises(InputError, match="'myspace'; expected some of twitter, facebook"):
        accounts.read_presence(level, platforms=["myspace"], **EDITIONS)


def test_what_the_study_lacks_is_said(level, monkeypatch):
    with pytest.raises(NotAnswerable, match="2013 Q3"):
        accounts.read_presence(
            level, edition_nl="2013 Q3", edition_vl="2016 Q2", platforms=["twitter"]
        )
    with pytest.raises(
        NotAnswerable, match=r"no messages of the edition '2012 Q1'.*edition_nl_replies"
    ):
        accounts.read_replies(
            level, edition_nl="2012 Q1", edition_vl="2016 Q2", platform="twitter",
            reply_definition="replies to others",
        )  # fmt: skip

    def without_population(level, *, region, **choices):
        return make_frame(region).assign(
            population=pd.array([pd.NA] * len(make_frame(region)), "Int64")
        )

    monkeypatch.setattr(accounts, "tabulate_organisations", without_population)
    with pytest.raises(NotAnswerable, match="population of NL000 is not known"):
        accounts.read_presence(level, platforms=["twitter"], **EDITIONS)


@pytest.fixture
def few(monkeypatch):
    """Let Flanders have so many organisations, and so many of them messages."""

    def keep(organisations, sending):
        def tabulate(level, *, region, **_):
            frame = make_frame(region, shift=1.5)
            frame = frame.sort_values("messages", ascending=False, ignore_index=True)
            if region == "VL":
                frame = frame.head(organisations)
                frame["messages"] = frame["messages"].where(np.arange(len(frame)) < sending, 0)
            return frame

        monkeypatch.setattr(accounts, "tabulate_organisations", tabulate)

    return keep


def read_replies(platform="twitter"):
    return accounts.read_replies(
        None, edition_nl="2014 Q2", edition_vl="2016 Q2", platform=platform,
        reply_definition="replies to others",
    )  # fmt: skip


def test_too_few_organisations_bear_no_curve(few):
    few(9, 9)
    with pytest.raises(NotAnswerable, match=r"Flanders only 9 are known.*10 or more"):
        accounts.read_presence(None, platforms=["twitter"], **EDITIONS)
    few(308, 9)
    with pytest.raises(
        NotAnswerable, match=r"only 9 municipalities of Flanders.*Twitter.*`edition_vl`"
    ):
        read_replies()
    few(308, 10)
    assert read_replies().groupby("region").size()["VL"] == 10


def test_a_bootstrap_sample_without_an_answer_is_told_and_no_traceback(few):
    few(308, 10)
    alike = read_replies()
    # one population for all of Flanders: there is no slope on it
    alike.loc[alike["region"] == "VL", ["population", "log2_population"]] = [16384, 14.0]
    alike["size_class"] = "below_20000"
    with pytest.raises(NotAnswerable, match=r"cannot be split.*did not converge"):
        accounts.decompose_replies(alike, confidence=0.95, draws=20, seed=1)


@pytest.mark.parametrize(("organisations", "rings"), [(1, 1), (12, 2), (308, 8)])
def test_a_ring_stands_for_five_organisations_or_more(presence, organisations, rings):
    frame = presence.query("platform == 'twitter' and region == 'VL'").head(organisations)
    frame = frame.assign(is_present=True)
    observed = accounts.trace_presence(frame).query("kind == 'observed'")
    assert len(observed) == rings
    assert observed["organisations"].sum() == organisations


def test_the_parts_of_every_method_add_up_to_the_gap(presence, found):
    parts, _ = found
    shares = presence.groupby(["platform", "region"])["is_present"].mean() * 100
    for platform in ("twitter", "facebook"):
        gap = shares[platform, "NL"] - shares[platform, "VL"]
        for method in accounts.METHODS:
            pieces = [
                parts[GapKey(platform, method, part)].value for part in ("gap", "size", "behaviour")
            ]
            assert pieces[0] == pytest.approx(gap, abs=1e-9)
            assert pieces[1] + pieces[2] == pytest.approx(gap, abs=1e-9)
            assert accounts.share_of_gap(parts, platform, method) == pytest.approx(
                100 * pieces[1] / gap
            )


def make_parts(gap, size, *, reach=1.0):
    values = {"gap": gap, "size": size, "behaviour": gap - size}
    return {
        GapKey("twitter", "classes", part): Estimate(
            value, value - reach, value + reach, "superpopulation", part, "percentage points"
        )
        for part, value in values.items()
    }


@pytest.mark.parametrize(
    ("gap", "size", "said"),
    [
        (20, 5, "size makes 25.0% of the gap on Twitter"),
        (-20, -5, "size makes 25.0% of the gap on Twitter"),
        (0.5, 0.25, "no share of the gap on Twitter can be given to size: the interval of the gap holds zero"),
        (20, 30, "no share of the gap on Twitter can be given to size: its two parts have opposite signs"),
        (20, -5, "no share of the gap on Twitter can be given to size: its two parts have opposite signs"),
    ],
)  # fmt: skip
def test_the_share_of_a_gap_is_told_where_there_is_one(gap, size, said):
    parts = make_parts(gap, size)
    assert accounts.phrase_share_of_gap(parts, "twitter", "classes") == said
    assert np.isnan(accounts.share_of_gap(parts, "twitter", "classes")) == said.startswith("no")


def test_published_shares_are_compared_with_accounts_of_their_year_only():
    organisations = pd.DataFrame(
        {"edition": ["2016 Q2", "2016 Q4", "2014 Q2"], "edition_year": [2016, 2016, 2014]}
    )
    level = SimpleNamespace(organisations=organisations)
    for edition, same in (("2016 Q2", True), ("2016 Q4", True), ("2014 Q2", False)):
        assert accounts.is_published_year(level, edition_nl=edition, edition_vl="2016 Q2") is same


def test_few_municipalities_that_send_nearly_all_are_warned_of(level):
    replies = accounts.read_replies(
        level, edition_nl="2014 Q2", edition_vl="2016 Q2", platform="twitter",
        reply_definition="replies to others",
    )  # fmt: skip
    dutch = replies.loc[replies["region"] == "NL", "messages"].astype(float)
    effective = dutch.sum() ** 2 / (dutch**2).sum()
    told = accounts.judge_concentration(replies)
    assert f"over {effective:.0f} equally active municipalities in the Netherlands" in told
    assert "WARNING" not in told
    replies.loc[replies["region"].eq("VL").idxmax(), "messages"] = 10**6
    told = accounts.judge_concentration(replies)
    assert told.startswith("WARNING")
    assert "and 1 in Flanders" in told


def test_the_notebook_takes_the_platform_of_the_replies_from_its_parameters():
    content = json.loads((ROOT / "notebooks" / "05-nl-flanders-gap.ipynb").read_text("utf-8"))
    cells = {cell["id"]: "".join(cell["source"]) for cell in content["cells"]}
    assert 'reply_platform = "twitter"' in cells["parameters"]
    block = "".join(
        "".join(cell["source"])
        for cell in content["cells"]
        if "account-level:replies" in cell["metadata"].get("tags", [])
    )
    assert "platform=reply_platform" in block
    assert "judge_concentration(replying)" in block
    assert "twitter" not in block.lower()


def test_larger_municipalities_that_do_more_at_equal_size_make_both_parts_positive(found):
    parts, p_values = found
    for part in ("size", "behaviour"):
        assert parts[GapKey("twitter", "curves", part)].low > 0
    assert p_values["twitter"] == pytest.approx(2 / 201)


def test_equal_behaviour_leaves_size_alone(level, monkeypatch):
    monkeypatch.setattr(
        accounts, "tabulate_organisations", lambda level, *, region, **_: make_frame(region)
    )
    parts, p_values = decompose(accounts.read_presence(level, platforms=["twitter"], **EDITIONS))
    behaviour = parts[GapKey("twitter", "curves", "behaviour")]
    assert behaviour.low < 0 < behaviour.high
    assert parts[GapKey("twitter", "curves", "size")].low > 0
    assert p_values["twitter"] > 0.05
    assert not accounts.correct_for_family(p_values, 0.95)["is_rejected"].any()


def test_classes_are_those_of_kitagawa(presence, found):
    parts, _ = found
    tables = {
        region: rows.groupby("size_class")["is_present"]
        .agg(["size", "mean"])
        .loc[list(SIZE_CLASSES)]
        for region, rows in presence[presence["platform"] == "twitter"].groupby("region")
    }
    expected = decompose_gap(
        *(
            column
            for region in ("VL", "NL")
            for column in (
                tables[region]["size"] / tables[region]["size"].sum(),
                tables[region]["mean"],
            )
        )
    )
    assert parts[GapKey("twitter", "classes", "size")].value == pytest.approx(
        100 * expected.composition, abs=1e-9
    )
    by_hand = 100 * (tables["NL"]["size"] / 390) @ tables["VL"]["mean"]
    moved = parts[GapKey("twitter", "classes", "Flanders on the Dutch mix")]
    assert moved.value == pytest.approx(by_hand, abs=1e-9)
    assert moved.low < moved.value < moved.high
    table = accounts.standardise_presence(presence).set_index(["platform", "mix"])
    assert table.loc[("twitter", "Dutch"), "flemish_percent"] == pytest.approx(by_hand, abs=1e-9)
    assert table.loc[("twitter", "own"), "gap_points"] == pytest.approx(
        parts[GapKey("twitter", "classes", "gap")].value, abs=1e-9
    )
    # the mean of both one-sided standardisations is the part of behaviour
    both = table.loc["twitter"].loc[["Dutch", "Flemish"], "gap_points"].mean()
    assert both == pytest.approx(parts[GapKey("twitter", "classes", "behaviour")].value, abs=1e-9)


def test_a_size_class_of_one_country_is_not_compared(presence):
    without = presence[~((presence["region"] == "VL") & (presence["size_class"] == "above_50000"))]
    with pytest.raises(NotAnswerable, match="above_50000 has organisations of one country only"):
        decompose(without)


def test_counts_and_intervals_stand_for_every_class(presence):
    table = accounts.tabulate_presence(presence, 0.95).set_index(
        ["platform", "region", "size_class"]
    )
    whole = table.xs("all", level="size_class")
    classes = table.drop("all", level="size_class").groupby(["platform", "region"], sort=False)
    assert (classes["present"].sum() == whole["present"]).all()
    assert (classes["organisations"].sum() == whole["organisations"]).all()
    assert table["low_percent"].le(table["present_percent"]).all()


def test_holm_multiplies_the_smaller_p_value_by_two():
    family = accounts.correct_for_family({"twitter": 0.03, "facebook": 0.04}, 0.95)
    assert family["p_holm"].tolist() == pytest.approx([0.06, 0.06])
    assert family["is_rejected"].tolist() == [False, False]


def test_curves_run_over_the_populations_of_their_own_country(presence):
    traced = accounts.trace_presence(presence, groups=6, points=20)
    curve = traced.query("platform == 'twitter' and region == 'VL' and kind == 'curve'")
    sizes = presence.query("platform == 'twitter' and region == 'VL'")["population"]
    assert (curve["population"].min(), curve["population"].max()) == pytest.approx(
        (sizes.min(), sizes.max())
    )
    assert curve["present_percent"].is_monotonic_increasing
    observed = traced.query("platform == 'twitter' and region == 'VL' and kind == 'observed'")
    mean = np.average(observed["present_percent"], weights=observed["organisations"])
    assert mean == pytest.approx(
        100 * presence.query("platform == 'twitter' and region == 'VL'")["is_present"].mean()
    )


def test_a_country_in_which_all_are_present_has_a_flat_curve_and_no_coefficients(presence):
    full = presence.assign(is_present=presence["is_present"] | (presence["region"] == "NL"))
    traced = accounts.trace_presence(full)
    assert (traced.query("region == 'NL'")["present_percent"] == 100).all()
    coefficients = accounts.describe_curves(full, 0.95)
    assert coefficients["model"].str.startswith("Flanders").all()
    assert len(coefficients) == 4
    assert accounts.describe_curves(full.query("region == 'NL'"), 0.95).empty
    parts, _ = decompose(full)
    assert parts[GapKey("twitter", "curves", "gap")].value == pytest.approx(
        100 * (1 - full.query("region == 'VL' and platform == 'twitter'")["is_present"].mean())
    )


def test_the_coefficients_are_those_of_the_curves(presence):
    coefficients = accounts.describe_curves(presence, 0.95).set_index(["model", "term"])
    slope = coefficients.xs("log2_population", level="term")["estimate"]
    # made with a slope of 0.8 per unit of the natural logarithm
    assert slope.iloc[1] == pytest.approx(0.8 * np.log(2), abs=0.25)
    typical = accounts.predict_typical(presence).iloc[0]
    assert typical["dutch_percent"] > typical["flemish_percent"] + 10
    assert typical["population"] % 1000 == 0


def test_reply_gaps_add_up_in_both_weightings(level):
    replies = accounts.read_replies(
        level, edition_nl="2014 Q2", edition_vl="2016 Q2", platform="twitter",
        reply_definition="replies and mentions",
    )  # fmt: skip
    assert level.asked[0][3] == {"reply_definition": "replies and mentions"}
    assert (replies["messages"] > 0).all()
    parts, shares = accounts.decompose_replies(replies, confidence=0.95, draws=100, seed=1)
    sums = replies.groupby("region")[["replies", "messages"]].sum()
    by_message = 100 * sums["replies"] / sums["messages"]
    by_account = 100 * (replies["replies"] / replies["messages"]).groupby(replies["region"]).mean()
    for weighting, observed in zip(accounts.WEIGHTINGS, (by_message, by_account), strict=True):
        for region in ("NL", "VL"):
            assert shares[GapKey(weighting, "observed", region)].value == pytest.approx(
                observed[region], abs=1e-9
            )
        for method in ("curves", "classes"):
            pieces = [
                parts[GapKey(weighting, method, part)].value
                for part in ("gap", "size", "behaviour")
            ]
            assert pieces[0] == pytest.approx(observed["NL"] - observed["VL"], abs=1e-9)
            assert pieces[1] + pieces[2] == pytest.approx(pieces[0], abs=1e-9)
        assert parts[GapKey(weighting, "curves", "behaviour")].low > 0


def test_ten_times_the_messages_leave_the_intervals_of_the_reply_gap(level):
    replies = accounts.read_replies(
        level, edition_nl="2014 Q2", edition_vl="2016 Q2", platform="twitter",
        reply_definition="replies to others",
    )  # fmt: skip
    more = replies.assign(messages=replies["messages"] * 10, replies=replies["replies"] * 10)
    once, tenfold = (
        accounts.decompose_replies(frame, confidence=0.95, draws=60, seed=1)[0]
        for frame in (replies, more)
    )
    for key, estimate in once.items():
        assert tenfold[key].high - tenfold[key].low == pytest.approx(
            estimate.high - estimate.low, rel=0.01
        )


def test_tables_and_figures_show_what_was_found(presence, found):
    parts, _ = found
    table = accounts.tabulate_parts(parts)
    assert table["subject"].tolist() == ["Twitter"] * 3 + ["Facebook"] * 3
    assert table.loc[table["method"] == accounts.METHODS["lines"], "size_low"].isna().all()
    listed = accounts.list_parts(parts)
    assert len(listed) == 2 * 3 * 3
    traced = accounts.trace_presence(presence)
    for names in (["Twitter", "Facebook"], ["Facebook"]):
        keys = [key for key, name in accounts.PLATFORM_NAMES.items() if name in names]
        figure = plots.draw_parts(listed[listed["subject"].isin(names)], "title", "what", "source")
        assert len(figure.axes) == len(names)
        curves = plots.draw_presence_by_size(
            presence[presence["platform"].isin(keys)], traced[traced["platform"].isin(keys)],
            "title", "what", "source",
        )  # fmt: skip
        assert [axes.get_title(loc="left") for axes in curves.axes] == names
    assert draw_svg(curves) == draw_svg(curves)
