"""The ranking page: everyone in a group with an interval, never a bare list; sound, small, at home, in both languages."""

import datetime as dt
import doctest
import json
import re
import shutil
from html import unescape
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from ranking_table import EDITIONS, make_scores

from roeptoeter import map_page, public_pages, ranking_page
from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.languages import LANGUAGES, get_language
from roeptoeter.markup import read_markup
from roeptoeter.public_words import MEASURES, NO_PLACE, TIERS
from roeptoeter.ranking_page import build_ranking_page, prepare_ranking
from roeptoeter.site import find_faults

PERIODS = {"2014 Q2": (dt.date(2014, 4, 1), dt.date(2014, 6, 30))}


@pytest.fixture(scope="module")
def scores():
    return make_scores(is_simulated=False)


@pytest.fixture(scope="module")
def pages(scores):
    prepared = prepare_ranking(scores)
    return {code: build_ranking_page(prepared, code, periods=PERIODS, links={"GM0003": f"scorecards/GM0003.html#{code}"}) for code in ("nl", "en")}  # fmt: skip


@pytest.fixture(scope="module")
def simulated():
    return make_scores(is_simulated=True)


def list_groups(page):
    """Groups by edition: number, heading, and rows of classes, rank and texts."""
    found = []
    for section in page.split('<section class="edition"')[1:]:
        groups = []
        for group, body in re.findall(
            r'<tbody data-group="(\d)">(.*?)</tbody>', section, re.DOTALL
        ):
            rows = [
                (classes, rank, [unescape(re.sub(r"</?(?!svg\b|path\b)[a-z][^>]*>", "", cell)).strip() for cell in re.split(r"<t[hd]\b[^>]*>", rest)[1:]])
                for classes, rank, rest in re.findall(r'<tr data-t="(\d{4})"(?: data-r="(\d+)")?>(.*?)\n', body)
            ]  # fmt: skip
            heading = re.search(r'<tr class="group">(.*?)\n', body).group(1)
            groups.append((int(group), heading, rows))
        found.append(groups)
    return found


def test_examples_of_the_documentation():
    for module in (ranking_page, map_page):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("language", ["nl", "en"])
def test_page_is_sound_and_fetches_nothing_from_elsewhere(pages, language):
    page = pages[language]
    markup = read_markup(page)
    assert markup.faults == []
    assert [heading.level for heading in markup.headings].count(1) == 1
    assert set(markup.fetched) == {"static/icon.svg", "static/site.css", "static/ranking.css", "static/ranking.js"}  # fmt: skip
    assert f'<html lang="{language}">' in page
    assert not re.search(r"https?://", page)
    # a table whose heads a screen reader can tell
    assert page.count("<caption") == page.count("<table") == len(EDITIONS)
    assert len(re.findall(r"<th\b(?![^>]*scope)", page)) == 0


def test_everyone_stands_once_in_each_edition_in_the_group_of_its_tier(scores, pages):
    for (edition, _), groups in zip(EDITIONS, list_groups(pages["nl"]), strict=True):
        own = scores[scores["edition"] == edition]
        tiers = own.set_index("name")["tier"].fillna(0).astype(int)
        shown = [(cells[0], group) for group, _, rows in groups for _, _, cells in rows]
        names = [re.sub(r" (Utrecht|Zeeland|Drenthe)$", "", name) for name, _ in shown]
        assert sorted(names) == sorted(own["name"])
        assert [tiers[name] for name in names] == [group for _, group in shown]
        assert [group for group, _, _ in groups] == [*(t for t in TIERS if (tiers == t).any()), 0]


def test_it_is_never_a_bare_list(scores, pages):
    page = pages["en"]
    assert "<ol" not in page
    row_of = scores.set_index(["edition", "name"])
    for (edition, _), groups in zip(EDITIONS, list_groups(page), strict=True):
        for group, heading, rows in groups:
            assert f"{len(rows)} municipalit" in heading
            for _, rank, cells in rows:
                row = row_of.loc[edition, re.sub(r" (Utrecht|Zeeland|Drenthe)$", "", cells[0])]
                if not group:
                    # who has no place has the reason and no picture
                    assert cells[1] == get_language("en")._(NO_PLACE[row["not_ranked_because"]])
                    assert (rank, cells[2]) == ("", "–")
                    continue
                assert int(rank) == row["rank"]
                low, high = row["rank_low"], row["rank_high"]
                assert cells[2] == (str(low) if low == high else f"{low} to {high}")
                assert cells[1].startswith("<svg")


def test_picture_reaches_from_end_to_end_of_the_interval(scores, pages):
    edition = "2014 Q2"
    own = scores[scores["edition"] == edition].dropna(subset=["rank"]).sort_values("rank")
    ranked = len(own)
    drawn = {
        int(rank): [int(number) for number in re.findall(r"M(\d+) 5H(\d+)\"/><path d=\"M(\d+) 5h0", cells[1])[0]]
        for group, _, rows in list_groups(pages["nl"])[1] if group
        for _, rank, cells in rows
    }  # fmt: skip
    for row in own.itertuples():
        expected = [1000 * (place - 0.5) / ranked for place in (row.rank_low, row.rank_high, row.rank)]  # fmt: skip
        assert drawn[row.rank] == pytest.approx(expected, abs=0.51)


def test_single_measures_stand_on_a_side_only_where_the_whole_interval_does(scores):
    prepared = prepare_ranking(scores)[1]
    for measure in MEASURES[1:]:
        rows, middle = prepared.rows, prepared.middles[measure]
        assert middle == rows[measure].median()
        for row in rows.to_dict("records"):
            low, high = row[f"{measure}_low"], row[f"{measure}_high"]
            if measure == "reach_per_message":
                low = high = row[measure]
            if np.isnan(low):
                expected = 0
            elif low <= middle <= high:
                expected = 2
            else:
                better = high < middle if measure == "response_hours" else low > middle
                expected = 1 if better else 3
            assert row[f"group_{measure}"] == expected
    assert prepared.rows["group_response_hours"].nunique() == 4


def test_values_are_written_as_the_language_writes_them(scores, pages):
    row = scores[scores["edition"].eq("2014 Q2") & scores["rank"].eq(5)].iloc[0]
    for language, html in pages.items():
        cells = next(cells for _, _, rows in list_groups(html)[1] for _, rank, cells in rows if rank == "5")  # fmt: skip
        percent = [f"{100 * row[f'reply_share{end}']:.1f}" for end in ("", "_low", "_high")]
        expected = "{} ({}–\u2060{})".format(*percent)
        assert cells[3] == (expected.replace(".", ",") if language == "nl" else expected)
    assert "Nederland, april – juni 2014" in pages["nl"]
    assert "Netherlands, April – June 2014" in pages["en"]
    assert "95%-interval" in pages["nl"]


def test_the_words_for_the_script_are_translated_and_its_numbers_are_numbers(pages):
    for code, page in pages.items():
        texts = json.loads(unescape(re.search(r'data-texts="([^"]*)"', page).group(1)))
        assert texts["language"] == code
        assert set(texts["groups"]) == set(texts["meanings"]) == set(MEASURES)
        for scales in re.findall(r'data-scales="([^"]*)"', page):
            read = json.loads(unescape(scales), parse_constant=lambda name: pytest.fail(name))
            for measure in MEASURES:
                scale = read[measure]
                assert scale["low"] < scale["high"]
                assert all(scale["low"] <= value <= scale["high"] for value, _ in scale["ticks"])
                assert len(scale["ticks"]) >= 1
    assert "zeker sneller dan de middelste gemeente" in unescape(pages["nl"])


def test_half_settled_is_what_the_groups_say(scores, pages):
    tiers = scores.loc[scores["edition"] == "2014 Q2", "tier"].dropna()
    assert f"Van {(tiers != 3).sum()} van de {len(tiers)} gemeenten" in pages["nl"]
    bar = re.findall(r'class="t(\d)" x="(\d+)" width="(\d+)"', pages["nl"].split("</svg>")[0])
    assert sum(int(width) for _, _, width in bar) == 40


def test_what_a_group_means_and_why_there_are_no_places_is_told(pages):
    assert "Waarom geen plaatsen" in pages["nl"]
    assert "Why no places" in pages["en"]
    assert pages["nl"].count('href="#_why"') == 1


def test_simulated_scores_carry_the_mark_and_stand_beside_no_code_of_a_municipality(simulated):
    prepared = prepare_ranking(simulated)
    page = build_ranking_page(prepared, "nl")
    assert '<p class="evidence simulated">' in page
    for groups in list_groups(page):
        assert all('<span class="badge">SIMULATED</span>' in heading for _, heading, _ in groups)
    real = simulated.replace({"organisation": {"SIM-NL-002": "GM0344"}})
    with pytest.raises(InputError, match="stand beside 'GM0344', which is no pseudonym"):
        prepare_ranking(real)


def test_real_scores_carry_no_mark(pages):
    assert "SIMULATED" not in pages["nl"] + pages["en"]


def test_names_cannot_bring_markup_along(scores):
    evil = "<script>alert('x')</script>\"&"
    rows = scores.assign(name=scores["name"].replace("NL Plaats 1", evil))
    page = build_ranking_page(prepare_ranking(rows), links={"GM0001": 'x.html"><b>'})
    assert "<script>alert" not in page
    assert read_markup(page).faults == []


def test_a_large_study_stays_small(monkeypatch):
    editions = {("2013 Q3", "NL"): 408, ("2014 Q2", "NL"): 403, ("2016 Q2", "VL"): 308}
    rows = make_scores(is_simulated=True, editions=editions)
    links = {code: f"scorecards/{code}.html#nl" for code in rows["organisation"]}
    prepared = prepare_ranking(rows)
    assert len(build_ranking_page(prepared, links=links).encode()) < 450_000
    monkeypatch.setattr(ranking_page, "LARGEST_PAGE", 100_000)
    with pytest.raises(InputError, match="rank fewer editions"):
        build_ranking_page(prepared, links=links)


def test_table_that_is_none_is_refused(scores):
    with pytest.raises(InputError, match="nobody with a place"):
        prepare_ranking(scores.assign(rank=pd.NA))
    with pytest.raises(InputError, match="mixes SIMULATED values"):
        prepare_ranking(scores.assign(is_simulated=scores.index % 2 == 0))
    with pytest.raises(InputError, match="language is 'fr'"):
        build_ranking_page(prepare_ranking(scores), "fr")


def test_edition_in_which_nobody_has_a_place_is_left_out(scores):
    rows = scores.copy()
    rows.loc[rows["edition"] == "2013 Q3", ["rank", "tier"]] = pd.NA
    assert [prepared.edition for prepared in prepare_ranking(rows)] == ["2014 Q2", "2016 Q2"]


# ---- the pages of a study ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def study(simulated, tmp_path_factory):
    """A SIMULATED study whose scorecards are made in part, with its pages for officials."""
    root = tmp_path_factory.mktemp("study")
    made = SimpleNamespace(
        name="tiny", evidence="SIMULATED", build=root / "build", processed=root / "tables", windows=[], notebooks={}
    )  # fmt: skip
    (made.build / "scorecards").mkdir(parents=True)
    made.processed.mkdir()
    simulated.to_parquet(made.processed / "scores.parquet")
    for code in ("SIM-NL-005", "SIM-VL-005"):
        (made.build / "scorecards" / f"{code}.html").write_text(
            '<section id="nl"><section id="en">'
        )
    places = simulated.groupby("organisation").ngroup()
    organisations = simulated[["edition", "region", "organisation", "name", "province"]].assign(
        population=1000, size_class="below_20000",
        latitude=50.8 + (places // 12) * 0.14, longitude=4 + (places % 12) * 0.22,
    )  # fmt: skip
    level = SimpleNamespace(study=made, organisations=organisations, changes=None)
    patch = pytest.MonkeyPatch()
    patch.setattr(public_pages, "read_account_level", lambda study: level)
    patch.setattr(public_pages, "list_quoted_notebooks", lambda: ["99-not-made"])
    made.listed = public_pages.write_public_pages(made)
    yield made
    patch.undo()


def test_pages_are_listed_by_kind_and_language(study):
    pages = study.build / "pages"
    assert [(entry["kind"], entry["language"], entry["file"]) for entry in study.listed] == [
        ("map", "nl", "kaart.html"), ("map", "en", "map.html"),
        ("ranking", "nl", "ranglijst.html"), ("ranking", "en", "ranking.html"),
    ]  # fmt: skip
    assert all(entry["is_simulated"] for entry in study.listed)
    assert json.loads((pages / "pages.json").read_text("utf-8")) == study.listed


def test_map_and_ranking_lead_home_to_each_other_and_to_the_other_language(study):
    pages = study.build / "pages"
    files = {"nl": ("kaart.html", "ranglijst.html"), "en": ("map.html", "ranking.html")}
    for code, other in (("nl", "en"), ("en", "nl")):
        for place in (0, 1):
            page = (pages / files[code][place]).read_text("utf-8")
            links = read_markup(page).links
            assert {get_language(code).front_page, files[other][place], files[code][1 - place]} <= set(links)  # fmt: skip
            assert f'href="{files[other][place]}" lang="{other}" hreflang="{other}"' in page


def test_a_language_that_a_scorecard_has_not_is_found(study, tmp_path):
    # where the cards and the front pages are, nothing leads to nowhere
    site = tmp_path / "site"
    shutil.copytree(study.build / "pages", site)
    shutil.copytree(study.build / "scorecards", site / "scorecards")
    for name in ("index.html", "index.en.html"):
        (site / name).write_text("<h1>x</h1>")
    assert find_faults(site) == []
    (site / "scorecards" / "SIM-NL-005.html").write_text('<section id="nl">')
    assert set(find_faults(site)) == {
        f"{name} leads to scorecards/SIM-NL-005.html#en, but that place is not on the page"
        for name in ("map.html", "ranking.html")
    }


def test_ranking_leads_to_the_scorecard_where_there_is_one_and_else_to_the_map(study):
    page = (study.build / "pages" / "ranking.html").read_text("utf-8")
    links = read_markup(page).links
    assert "scorecards/SIM-NL-005.html#en" in links
    assert "map.html#SIM-NL-006" in links
    assert "map.html#SIM-NL-005" not in links
    drawn = read_markup((study.build / "pages" / "map.html").read_text("utf-8"))
    assert "SIM-NL-006" in drawn.ids


def test_municipalities_are_listed_once_by_name(study, simulated):
    listed = json.loads((study.build / "pages" / "municipalities.json").read_text("utf-8"))
    assert len(listed) == simulated["organisation"].nunique()
    assert [row["name"] for row in listed] == sorted((row["name"] for row in listed), key=map_page.sort_key)  # fmt: skip
    ids = read_markup((study.build / "pages" / "kaart.html").read_text("utf-8")).ids
    assert {row["place"] for row in listed} <= set(ids)
    assert {row["card"] for row in listed} >= {"SIM-NL-005.html"}


def test_edition_pages_are_made_beside_the_map(study, tmp_path, monkeypatch):
    edition = object()
    monkeypatch.setattr(public_pages, "list_quoted_notebooks", list)
    monkeypatch.setattr(public_pages, "list_editions", lambda study: [edition])
    monkeypatch.setattr(public_pages, "build_editions", lambda study, folder: (folder / "e.html").touch())  # fmt: skip
    monkeypatch.setattr(public_pages, "_describe_edition", lambda edition, words: {"kind": words.code})  # fmt: skip
    listed = public_pages.write_public_pages(study, tmp_path / "pages")
    assert [page["kind"] for page in listed] == ["map"] * 2 + ["ranking"] * 2 + list(LANGUAGES)
    assert (tmp_path / "pages" / "e.html").exists()
    assert json.loads((tmp_path / "pages" / "pages.json").read_text("utf-8")) == listed


def test_study_without_accounts_has_neither_map_nor_ranking(tmp_path, monkeypatch):
    def refuse(study):
        raise NotAnswerable("no exports")

    monkeypatch.setattr(public_pages, "read_account_level", refuse)
    monkeypatch.setattr(public_pages, "list_quoted_notebooks", lambda: ["99-not-made"])
    study = SimpleNamespace(build=tmp_path / "build")
    study.build.mkdir()
    assert public_pages.write_public_pages(study) == []
    names = sorted(path.name for path in (study.build / "pages").rglob("*"))
    assert names == ["municipalities.json", "pages.json"]


def test_study_without_scores_has_no_ranking_but_its_municipalities(study, tmp_path, monkeypatch):
    level = public_pages.read_account_level(study)
    bare = SimpleNamespace(**vars(study) | {"build": tmp_path, "processed": tmp_path})
    monkeypatch.setattr(public_pages, "read_account_level", lambda study: level)
    assert public_pages.write_public_pages(bare) == []
    listed = json.loads((tmp_path / "pages" / "municipalities.json").read_text("utf-8"))
    assert listed
    assert {row["place"] for row in listed} == {""}
