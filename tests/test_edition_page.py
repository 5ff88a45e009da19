"""The pages of the editions: every number from the ledger, in the reader's language, on a sheet, a phone and a screen reader."""

import csv
import json
import re
import shutil
import struct

import pytest
from conftest import ROOT
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.text import Text

from roeptoeter import edition_page
from roeptoeter.edition_page import (
    Edition,
    EditionNumber,
    Quoted,
    build_editions,
    describe_margin,
    describe_picture,
    list_editions,
    list_meanings,
    make_panel,
    make_sheet,
    name_source,
    read_declaration,
    write_data,
    write_page,
)
from roeptoeter.errors import InputError
from roeptoeter.languages import get_language
from roeptoeter.markup import read_markup
from roeptoeter.plots import edition as plots
from roeptoeter.plots.edition import (
    Mark,
    Picture,
    choose_ticks,
    draw_picture,
    draw_sheet,
    wrap_text,
)
from roeptoeter.study import load_study, read_yaml

NL, EN = get_language("nl"), get_language("en")
RESULTS = ROOT / "results" / "demo"
PUBLISHED, WINDOWS = ["2014", "2016"], ["2013-q3-netherlands", "2014-q2-netherlands", "2016-q2-flanders"]  # fmt: skip

#: Keys of the declaration whose texts a reader sees.
TEXTS = (
    "short",
    "title",
    "lede",
    "number",
    "headline",
    "margin",
    "because",
    "reading",
    "text",
    "note",
)


@pytest.fixture
def results(tmp_path):
    """A copy of the ledger, to be damaged."""
    folder = tmp_path / "results"
    folder.mkdir()
    for path in [*RESULTS.glob("[0-9][0-9]-*.json"), *RESULTS.glob("13-*.csv")]:
        shutil.copy2(path, folder)
    return folder


def take_study(folder, name="demo"):
    study = load_study(name)
    study.__dict__["results"] = folder  # where its claims are, is all that the pages ask of it
    return study


def rewrite(folder, notebook, change):
    path = folder / f"{notebook}.json"
    content = json.loads(path.read_text("utf-8"))
    content["claims"] = [claim for claim in map(change, content["claims"]) if claim]
    path.write_text(json.dumps(content), "utf-8")


@pytest.fixture(scope="module")
def editions():
    return {edition.name: edition for edition in list_editions(load_study("demo"))}


@pytest.fixture(scope="module")
def pages(editions):
    return {
        (name, words.code): write_page(edition, words)
        for name, edition in editions.items()
        for words in (NL, EN)
    }


def make_claim(**more):
    claim = {
        "claim_id": "made-up", "value": 1234.5, "low": 1200.0, "high": 1300.25, "n": 5678, "unit": "%", "sentence": "A sentence.",
        "interval_kind": "superpopulation", "interval": "", "confidence": 0.95, "estimand": "made up", "evidence": "measured",
    }  # fmt: skip
    return Quoted("03-year-on-year", claim | more)


def make_edition(declared=None, claim=None, **also):
    declared = {
        "number": "{value:.1}", "headline": "of {n} in {edition}", "reading": "It is so.", "picture": "scale",
    } | (declared or {})  # fmt: skip
    number = EditionNumber(declared, claim or make_claim(), also)
    page = {"title": "Title, {edition}", "short": "Short", "lede": "Lede"}
    return Edition("made-up", "NL", page, {"edition": "one"}, (number,)), number


def list_texts(declared):
    for page in [*declared["published"], declared["accounts"]]:
        for entry in [page, *page["numbers"]]:
            texts = [entry[key] for key in TEXTS if key in entry]
            texts += [*entry.get("labels", {}).values(), *entry.get("texts", {}).values()]
            yield from texts


# ------------------------------------------------------------------------------------ numbers and where they come from


def test_no_digit_is_typed_in_a_text_and_each_has_both_languages():
    texts = list(list_texts(read_declaration()))
    assert len(texts) > 100
    for text in texts:
        both = text if isinstance(text, dict) else {"nl": text, "en": text}
        assert set(both) == {"nl", "en"}
        for words in both.values():
            assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", words)), words
        placeholders = [sorted(re.findall(r"\{[^}]*\}", words)) for words in both.values()]
        assert placeholders[0] == placeholders[1], text


def test_every_edition_has_five_numbers_and_says_which_are_made_up(editions):
    assert list(editions) == PUBLISHED + WINDOWS
    for name, edition in editions.items():
        assert len(edition.numbers) == 5
        assert edition.is_simulated == (name in WINDOWS)
        assert edition.stem.startswith("edition-SIMULATED-") == (name in WINDOWS)
    assert editions["2014"].short_title(NL) == "Nederland, 2014"
    assert "juli – september 2013" in editions["2013-q3-netherlands"].title(NL).replace("\xa0", " ")


def test_every_number_on_a_page_is_that_of_a_claim(editions):
    for edition in editions.values():
        for words in (NL, EN):
            known = set()
            for number in edition.numbers:
                for quoted in (number.claim, *number.also.values()):
                    found = [quoted.record[key] for key in ("value", "low", "high", "n")]
                    known |= {
                        words.number(each, decimals)
                        for each in found
                        if each is not None
                        for decimals in (0, 1)
                    }
            # names of the edition, level of the margins, and the threshold that the question names
            for name in (*map(str, edition.names.values()), "2016", words.percent(0.95), "24"):
                known |= set(re.findall(r"\d+", name))
            for number in edition.numbers:
                panel = make_panel(edition, number, words)
                reading = edition.write(number.declared["reading"], words, number)
                marks = " ".join(f"{mark.label} {mark.text}" for mark in panel.picture.marks)
                text = f"{panel.number} {panel.headline} {panel.margin} {reading} {marks}"
                for printed in re.findall(r"\d+(?:[.,]\d+)*", text):
                    assert printed in known, (edition.name, printed)


def test_a_page_follows_the_ledger(results):
    def change(claim):
        return claim | {"value": 43.21, "low": 40.9, "high": 47.6} if claim["claim_id"] == "reply-share-nl-2014" else claim  # fmt: skip

    before = make_sheet(list_editions(load_study("demo"))[0], NL)
    rewrite(results, "13-editions", change)
    after = make_sheet(list_editions(take_study(results))[0], NL)
    assert (before.panels[0].number, after.panels[0].number) == ("20%", "43%")
    assert after.panels[0].margin.startswith("40,9 tot 47,6%")
    assert before.panels[1:] == after.panels[1:]


@pytest.mark.parametrize(
    "missing",
    ["03-year-on-year reply-share-rise", "05-nl-flanders-gap size-share-twitter", "13-editions accounts-presence-2014-q2-nl"],
)  # fmt: skip
def test_a_claim_that_is_not_in_the_ledger_is_named(results, missing):
    notebook, claim_id = missing.split()
    rewrite(results, notebook, lambda claim: None if claim["claim_id"] == claim_id else claim)
    with pytest.raises(InputError, match=missing):
        list_editions(take_study(results))


def test_a_page_of_what_was_published_takes_no_made_up_claim(results):
    rewrite(results, "03-year-on-year", lambda claim: claim | {"evidence": "SIMULATED"})
    with pytest.raises(InputError, match="never mixed"):
        list_editions(take_study(results))


def test_a_study_without_accounts_has_the_published_pages_only(results):
    assert [edition.name for edition in list_editions(take_study(results, "published"))] == PUBLISHED  # fmt: skip


def test_a_number_that_exports_do_not_bear_is_left_out_and_the_reason_told(results):
    path = results / "13-SIMULATED-edition-numbers.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    for row in rows:
        if (row["slug"], row["measure"]) == ("2014-q2-nl", "answered-in-time"):
            row["claim_id"], row["missing_because"] = "", "only <answers> were exported"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    edition = {found.name: found for found in list_editions(take_study(results))}["2014-q2-netherlands"]  # fmt: skip
    assert len(edition.numbers) == 4
    html = write_page(edition, NL)
    assert 'Op tijd beantwoord: <span lang="en">only &lt;answers&gt; were exported</span>' in html
    assert len(make_sheet(edition, NL).panels) == 4


def test_the_file_of_numbers_is_the_ledger(editions):
    edition = editions["2014"]
    rows = list(csv.DictReader(write_data(edition).splitlines()))
    assert [row["role"] for row in rows if row["position"] == "1"] == ["number", "earlier", "rise"]
    for row in rows:
        claims = json.loads((RESULTS / f"{row['notebook']}.json").read_text("utf-8"))["claims"]
        claim = next(claim for claim in claims if claim["claim_id"] == row["claim_id"])
        assert row["sentence"] == claim["sentence"]
        assert float(row["value"]) == claim["value"]


# ---------------------------------------------------------------------------------------------------- words and numbers


def test_numbers_are_written_as_the_language_writes_them():
    edition, number = make_edition({"number": "{value:.1}%", "margin": "{low:.0} – {high:+.2}"})
    nl, en = make_panel(edition, number, NL), make_panel(edition, number, EN)
    assert (nl.number, en.number) == ("1.234,5%", "1,234.5%")
    assert (nl.headline, en.headline) == ("of 5.678 in one", "of 5,678 in one")
    assert nl.margin == "1.200 – +1.300,25: marge van 95%"
    assert en.margin == "1,200 – +1,300.25: 95% margin"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{other.value:.1}", "made-up, which has none"),
        ("{other.unit}", "no 'unit'"),
        ("{nobody:.1}", "{nobody} is not known here"),
        ("{value}", "write how many decimals"),
        ("{value:.1f}", "write how many decimals"),
    ],
)
def test_what_a_text_cannot_quote_is_refused(text, complaint):
    edition, number = make_edition({"headline": text}, other=make_claim(value=None))
    with pytest.raises(InputError, match=re.escape(complaint)):
        make_panel(edition, number, NL)


@pytest.mark.parametrize(
    ("kind", "nl", "term"),
    [
        ("rounding", "1.200: meer laat de afronding niet toe", "Afronding"),
        ("sensitivity", "1.200: afhankelijk van wat wordt aangenomen", "Aannames"),
        ("superpopulation", "1.200: marge van 95%", "Marge van 95%"),
        ("finite population", "1.200: steekproefmarge van 95%", "Steekproefmarge van 95%"),
        ("none", "Geteld: geen marge", "Geteld"),
    ],
)
def test_every_kind_of_interval_is_said_in_plain_words(kind, nl, term):
    edition, number = make_edition({"margin": "{low:.0}"}, make_claim(interval_kind=kind))
    assert describe_margin(edition, number, NL) == nl
    ((found, meaning),) = list_meanings(edition, NL)
    assert found == term
    assert "superpopul" not in meaning
    number.declared["because"] = "for a reason"
    expected = "For a reason" if kind == "none" else "1.200: for a reason"
    assert describe_margin(edition, number, NL) == expected


def test_a_declaration_that_is_not_in_order_is_refused_by_name(tmp_path):
    text = edition_page.DECLARATION.read_text("utf-8")
    for old, new, complaint in [
        ("picture: bars", "picture: pie", "2014, number 1: picture is 'pie'"),
        ("headline:", "heading:", "2014, number 1: headline is missing"),
        ("\naccounts:", "\naccount:", "must hold the keys"),
        ("    region: NL\n", "    region: NL\n    colour: red\n", "published 1: colour is no known key"),
    ]:  # fmt: skip
        path = tmp_path / "editions.yaml"
        path.write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(InputError, match=complaint):
            read_declaration(path)


def test_a_source_says_when_it_was_read_in_translation_only():
    source = {"publisher": "A paper", "date": "2014-10-23", "how_read": "full text"}
    assert name_source(source, NL) == "A paper, 23\xa0oktober\xa02014"
    assert name_source(source | {"date": "2014"}, NL) == "A paper, 2014"
    copy = source | {"how_read": "machine-translated copy"}
    assert name_source(copy, EN) == "a machine-translated copy, 23\xa0October\xa02014"


# --------------------------------------------------------------------------------------------------------- the page


@pytest.mark.parametrize("name", PUBLISHED + WINDOWS)
@pytest.mark.parametrize("words", [NL, EN], ids=["nl", "en"])
def test_a_page_is_sound_and_leads_to_the_other_language(editions, pages, name, words):
    edition, html = editions[name], pages[name, words.code]
    markup = read_markup(html)
    assert markup.faults == []
    assert [heading.level for heading in markup.headings].count(1) == 1
    assert html.count("<h2") == 6 == html.count('aria-labelledby="_')
    assert f'<html lang="{words.code}">' in html
    other = {"nl": "en", "en": "nl"}[words.code]
    assert edition.file(other) in markup.links
    assert {words.front_page, edition.file(words.code, "png"), edition.data_file} <= set(
        markup.links
    )
    for link in markup.links:
        notebook, _, anchor = link.partition(".html#claim-")
        if anchor:
            claims = json.loads((RESULTS / f"{notebook}.json").read_text("utf-8"))["claims"]
            assert anchor in {claim["claim_id"] for claim in claims}
    warning = {"nl": "verzonnen gegevens", "en": "invented data"}[words.code]
    assert html.count("SIMULATED</text>") == (5 if edition.is_simulated else 0)
    assert (warning in html) == edition.is_simulated


def test_a_page_allows_what_the_other_pages_allow_and_needs_no_more(pages):
    base = (ROOT / "templates/site/base.html.j2").read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', base)[1]
    html = pages["2014", "nl"]
    assert policy in html
    assert "style=" not in html
    assert "<style" not in html
    assert "<script" not in html
    assert "url(" not in html


def test_every_picture_is_told_in_words(editions, pages):
    for (name, _), html in pages.items():
        told = re.findall(r'role="img" aria-label="([^"]+)"', html)
        assert len(told) == 5
        assert min(map(len, told)) >= 40
        assert all(text.startswith("SIMULATED") == editions[name].is_simulated for text in told)


def test_a_picture_of_a_hundred_is_told_as_it_is_drawn():
    claim = make_claim(value=20.0, low=13.8, high=27.9, evidence="published")
    edition, number = make_edition({"picture": "hundred"}, claim)
    told = describe_picture(edition, make_panel(edition, number, EN), EN)
    assert "of which 14 are filled. 14 more are open" in told


def test_building_writes_page_picture_and_numbers_in_both_languages(results, tmp_path, monkeypatch):
    monkeypatch.setattr(edition_page, "draw_sheet", lambda sheet: sheet.title.encode())
    into = tmp_path / "site"
    pages = build_editions(take_study(results, "published"), into)
    assert [page.name for page in pages] == [
        f"edition-{year}-{language}.html" for year in PUBLISHED for language in ("nl", "en")
    ]
    assert {path.name for path in into.iterdir()} == {"static"} | {
        f"edition-{year}{rest}"
        for year in PUBLISHED
        for rest in ("-nl.html", "-en.html", "-nl.png", "-en.png", ".csv")
    }
    assert (into / "edition-2014-en.png").read_text() == "Dutch municipalities on Twitter, 2014"
    assert (into / "static" / "edition.css").is_file()


# --------------------------------------------------------------------------------------------------------- pictures


def count_dots(figure):
    return [
        len(artist.get_path().vertices) // 2
        for artist in figure.findobj(PathPatch)
        if artist.get_capstyle() == "round"
    ]


@pytest.mark.parametrize(
    ("low", "high", "dots"),
    [(13.8, 27.9, [72, 28, 14]), (96.8, 96.8, [3, 97]), (0.0, 0.2, [100]), (100.0, 100.0, [100])],
)
def test_so_many_dots_are_filled_open_and_empty(low, high, dots):
    picture = Picture("hundred", (Mark("", "", (low + high) / 2, low, high),))
    assert count_dots(draw_picture(picture, region="NL")) == dots


def test_a_bar_is_as_long_as_its_number_and_fits_with_the_number_behind_it():
    marks = (Mark("a", "20%", 20.0, 19.0, 21.0), Mark("b", "10%", 10.0, 10.0, 10.0))
    figure = draw_picture(Picture("bars", marks), region="NL")
    boxes = [box for box in figure.findobj(Rectangle) if box is not figure.patch]
    solid, margin, other = (box.get_bbox() for box in boxes)
    assert solid.width / other.width == pytest.approx(19 / 10)
    assert margin.x0 == pytest.approx(solid.x1)
    assert margin.width / other.width == pytest.approx(2 / 10)
    assert margin.x1 < plots.WIDTH - 0.4


def test_a_scale_begins_at_nothing_and_holds_all():
    for highest in (0.3, 2.95, 24.5, 1557.0):
        ticks = choose_ticks(highest)
        assert ticks[0] == 0
        assert highest <= ticks[-1] <= 2.5 * highest
        assert 3 <= len(ticks) <= 6
    with pytest.raises(ValueError, match="above nothing"):
        choose_ticks(0.0)


def test_labels_fit_in_a_wider_typeface(editions):
    for edition in editions.values():
        for words in (NL, EN):
            for panel in make_sheet(edition, words).panels:
                picture = panel.picture
                assert 1.15 * plots._measure(picture.note, 9.5) <= plots.WIDTH, picture.note
                for mark in picture.marks:
                    alone = picture.kind == "bars"
                    label = mark.label if alone else f"{mark.label}: {mark.text}"
                    width = plots._measure(label, 10.5 if alone else 13, "semibold")
                    assert 1.15 * width <= plots.WIDTH


def test_two_marks_close_together_stand_on_two_lines():
    ticks = tuple((tick, str(tick)) for tick in (0, 10, 20))
    near = (Mark("a", "10", 10.0, 9.0, 11.0), Mark("b", "11", 11.0, 11.0, 11.0))
    far = (Mark("a", "2", 2.0, 1.0, 3.0), Mark("b", "18", 18.0, 18.0, 18.0))
    for marks, lines in ((near, 2), (far, 1)):
        figure = draw_picture(Picture("scale", marks, ticks=ticks), region="VL")
        labels = [text for text in figure.findobj(Text) if ": " in text.get_text()]
        heights = {text.get_position()[1] for text in labels}
        assert len(heights) == lines


def test_lines_are_broken_at_blanks_and_never_too_wide():
    text = "Van elke honderd tweets waren er twintig een reactie op\xa0een\xa0ander"
    lines = wrap_text(text, 20, 3.0)
    assert " ".join(lines) == text
    assert len(lines) > 1
    assert all(plots._measure(line, 20) <= 3.0 for line in lines)
    assert any("op\xa0een\xa0ander" in line for line in lines)


def test_the_sheet_is_a_picture_of_the_size_asked_for_and_the_same_every_time(editions):
    sheet = make_sheet(editions["2016-q2-flanders"], NL)
    assert sheet.simulated.startswith("SIMULATED")
    first = draw_sheet(sheet)
    assert first[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", first[16:24]) == (1200, 1500)
    assert draw_sheet(sheet) == first
    assert b"tEXt" not in first


def test_the_sheet_of_made_up_numbers_is_stamped(editions, monkeypatch):
    written = []
    monkeypatch.setattr(
        plots._Pen, "write", lambda pen, x, y, text, size, **style: written.append(text)
    )
    draw_sheet(make_sheet(editions["2014"], NL))
    assert "SIMULATED" not in " ".join(written)
    written.clear()
    draw_sheet(make_sheet(editions["2014-q2-netherlands"], NL))
    assert "SIMULATED" in written


def test_the_declaration_is_where_the_package_finds_it():
    assert set(read_yaml(edition_page.DECLARATION)) == {"published", "accounts"}


def test_every_quoted_notebook_is_known():
    quoted = edition_page.list_quoted_notebooks()
    assert {"03-year-on-year", "13-editions"} <= set(quoted)
    assert all((ROOT / "notebooks" / f"{name}.ipynb").exists() for name in quoted)
