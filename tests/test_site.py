"""The export of a notebook and the site around it, on a small invented study."""

import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from types import SimpleNamespace

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from roeptoeter import export, markup, site
from roeptoeter.errors import InputError

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="72pt" height="36pt" viewBox="0 0 72 36"></svg>'
)
TABLE = (
    '<div class="table-scroll" role="region" aria-labelledby="table-02-towns" tabindex="0">'
    '<table class="data"><caption id="table-02-towns">Invented towns</caption><thead><tr>'
    '<th scope="col">Town</th></tr></thead><tbody><tr><th scope="row">Doorn &amp; Dal</th></tr>'
    "</tbody></table></div>"
)
EVIL = "<script>alert('x')</script>"


def show_figure(**described):
    described = {
        "name": "02-replies",
        "alt": "A line that rises.",
        "caption": "Replies",
    } | described
    return new_output(
        "display_data",
        data={"image/svg+xml": SVG, "text/plain": "figure"},
        metadata={"image/svg+xml": described},
    )


def show_html(html):
    return new_output("display_data", data={"text/html": html, "text/plain": "html"})


def make_notebook(title, *outputs, text=""):
    return new_notebook(
        cells=[
            new_markdown_cell(f"# {title}\n\n{text}"),
            new_code_cell('study = "tiny"', metadata={"tags": ["injected-parameters"]}),
            new_markdown_cell("## What could be wrong"),
            new_code_cell("share = replies / messages  # a < b", outputs=list(outputs)),
        ]
    )


def make_claim(claim_id, **other):
    return {
        "claim_id": claim_id,
        "headline": True,
        "lead": False,
        "sentence": f"A sentence about {claim_id}.",
        "value": 7.0,
        "low": 6.0,
        "high": None,
        "unit": "percentage points",
        "interval_kind": "rounding",
        "interval": "at least 6.0 percentage points; rounding interval",
        "confidence": None,
        "n": 403,
        "estimand": "change of the reply share",
        "evidence": "published",
    } | other


@pytest.fixture
def study(tmp_path):
    """A study of two notebooks, with everything that lies beside them in the repository."""
    tiny = SimpleNamespace(
        name="tiny",
        title="What two invented notebooks can bear",
        title_nl="",
        evidence="published",
        root=tmp_path,
        build=tmp_path / "build" / "tiny",
        results=tmp_path / "results" / "tiny",
        figures=tmp_path / "figures" / "tiny",
        processed=tmp_path / "data" / "processed" / "tiny",
    )
    raw = tmp_path / "data" / "raw"
    folders = [tiny.build, tiny.results, tiny.figures, tiny.processed]
    for folder in [*folders, tmp_path / "studies", tmp_path / "notebooks", raw / "published"]:
        folder.mkdir(parents=True)
    (tmp_path / "METHODS.md").write_text("# Methods\n")
    (tmp_path / "studies" / "tiny.yaml").write_text(
        "title: Tiny\nnotebooks:\n  02-b:\n    seed: 7\n"
    )
    (raw / "published" / "sources.csv").write_text(
        "source_key,publisher,title,authors,date,url,language,how_read,is_core,reliability,note\n"
        "one,Weekly,Claxonneren <b>,,2014,https://example.org/a?b=1&c=2,nl,full text,true,high,\n"
        "two,Daily,Converseren,,2016,,nl,full text,false,high,\n"
    )
    (raw / "published" / "sources.csv.yml").write_text(
        f"title: Sources\nproducer: us\nurl: null\naccessed: 2026\nlicence: CC0\n"
        f"sha256: {'ab' * 32}\n"
    )
    (tiny.figures / "02-replies.svg").write_text(SVG)
    (tiny.figures / "02-replies.csv").write_text("year,share\n2013,13\n")
    (tiny.results / "02-towns.csv").write_text("town\nDoorn & Dal\n")
    (tiny.results / "claims.csv").write_text("claim_id\nb\n")
    write_notebook(tiny, "01-a", "Which rows count?", [make_claim("rows", interval_kind="none")])
    write_notebook(
        tiny,
        "02-b",
        "Who *replies*?",
        [make_claim("b", sentence=f"More {EVIL} reply."), make_claim("c", headline=False)],
        show_figure(caption=f"Replies {EVIL}", alt='A "line" & more'),
        show_html('<p class="claim" id="claim-b">More reply.</p>'),
        show_html(TABLE + '<p class="downloads"><a href="tables/02-towns.csv">Table (CSV)</a></p>'),
        text="[Rows](01-a.ipynb#what-could-be-wrong), [methods](../METHODS.md), "
        "[article](https://example.org/), [source](sources.html#source-one)",
    )
    return tiny


def write_notebook(study, name, title, claims, *outputs, text=""):
    fragment = export.export_fragment(make_notebook(title, *outputs, text=text), name)
    (study.build / f"{name}.html").write_text(fragment)
    ledger = {"notebook": name, "study": study.name, "title": title, "claims": claims}
    (study.results / f"{name}.json").write_text(json.dumps(ledger))


def build(study):
    return site.build_site(study, root=study.root)


class Inventory(HTMLParser):
    """What stands in a page, read independently of the code under test."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def all(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]


def read_all(folder):
    pages = {path.name: path.read_text() for path in sorted(folder.glob("*.html"))}
    assert len(pages) == 8
    return {name: (html, Inventory(html)) for name, html in pages.items()}


def test_pages_ask_nothing_of_another_host(study):
    folder = build(study)
    for name, (html, page) in read_all(folder).items():
        for attributes in page.all("script", "img", "link", "source", "iframe"):
            address = attributes.get("src") or attributes.get("href")
            assert not re.match(r"[a-z]+:|//", address), f"{name} fetches {address}"
        for attributes in page.all("a"):
            if re.match(r"[a-z]+:|//", attributes["href"]):
                assert attributes["rel"] == "noopener"
        assert "@import" not in html
    for style in folder.rglob("*.css"):
        assert not re.search(r"@import|url\(\s*[\"']?(https?:|//)", style.read_text())
    for script in folder.rglob("*.js"):
        assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(", script.read_text())


def test_pages_hold_no_script_handler_or_style_of_their_own(study):
    for _, page in read_all(build(study)).values():
        assert all(attributes["src"] == "static/site.js" for attributes in page.all("script"))
        assert not page.all("style")
        for tag, attributes in page.tags:
            assert not [key for key in attributes if key.startswith("on") or key == "style"], tag
        policies = [a for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
        assert policies[0]["content"].startswith("default-src 'none';")
        assert "unsafe" not in policies[0]["content"]


def test_every_page_has_language_landmarks_and_one_main_heading(study):
    for name, (_, page) in read_all(build(study)).items():
        assert page.all("html") == [{"lang": "nl" if name == "index.html" else "en"}]
        assert len(page.all("h1")) == len(page.all("main")) == 1
        assert page.all("header", "footer", "nav")
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        steps = [after - before for before, after in pairwise(levels)]
        assert max(steps, default=0) <= 1, f"{name} leaves out a level of heading: {levels}"
        first_link = page.all("a")[0]
        assert first_link == {"class": "skip", "href": "#_content"}
        assert {"id": "_content", "tabindex": "-1"} in page.all("main")


def test_every_link_and_anchor_resolves_inside_the_site(study):
    folder = build(study)
    pages = read_all(folder)
    ids = {name: [a["id"] for _, a in page.tags if "id" in a] for name, (_, page) in pages.items()}
    for name, (_, page) in pages.items():
        assert len(ids[name]) == len(set(ids[name]))
        addresses = [a.get("href") or a.get("src") for a in page.all("a", "img", "link", "script")]
        for address in addresses:
            file, _, anchor = address.partition("#")
            if ":" in file:
                continue
            assert not file or (folder / file).is_file(), f"{name} leads to {address}"
            assert not anchor or anchor in ids[file or name], f"{name} leads to {address}"
    assert "files/METHODS.md" in [a["href"] for a in pages["02-b.html"][1].all("a")]
    assert "01-a.html#what-could-be-wrong" in [a["href"] for a in pages["02-b.html"][1].all("a")]


def test_claims_and_captions_are_escaped(study):
    pages = read_all(build(study))
    for name in ("index.html", "index.en.html", "claims.html", "02-b.html", "downloads.html"):
        html, page = pages[name]
        assert "&lt;script&gt;alert(" in html, name
        assert len(page.all("script")) == 1, name
    figure = pages["02-b.html"][1].all("img")[0]
    assert figure["alt"] == 'A "line" & more'
    assert (figure["width"], figure["height"]) == ("96", "48")  # 72 pt are one inch, 96 px
    assert "Claxonneren &lt;b&gt;" in pages["sources.html"][0]


def test_front_page_prints_headlines_from_the_ledger_only(study):
    pages = read_all(build(study))
    for name in ("index.html", "index.en.html"):
        text = re.sub(r"<[^>]+>", "", pages[name][0])
        assert "at least 6.0 percentage points" in text
        assert "A sentence about rows." in text
        assert "A sentence about c." not in text
    assert "A sentence about c." in pages["claims.html"][0]
    answer = re.search(r'<section class="answer".*?</section>', pages["02-b.html"][0], re.DOTALL)
    assert "reply." in answer.group()
    assert "about c" not in answer.group()
    # with another ledger the page says another thing
    write_notebook(study, "01-a", "Which rows count?", [make_claim("rows", sentence="Twelve.")])
    assert "Twelve." in (build(study) / "index.html").read_text()


def test_current_page_is_marked_and_neighbours_are_linked(study):
    pages = read_all(build(study))
    assert 'href="claims.html" aria-current="page"' in pages["claims.html"][0]
    assert [a["href"] for a in pages["01-a.html"][1].all("a") if a.get("rel") == "next"] == [
        "02-b.html"
    ]
    assert not [a for a in pages["01-a.html"][1].all("a") if a.get("rel") == "prev"]


def test_two_builds_give_the_same_bytes(study):
    def read(folder):
        return {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }

    first = read(build(study))
    assert first == read(build(study))
    assert len(first) > 10


def test_a_simulated_study_says_so_on_every_page(study):
    study.evidence = "SIMULATED"
    for name, (html, _) in read_all(build(study)).items():
        if name == "index.html":
            assert "Bewijs: gepubliceerd en SIMULATED" in html
            assert "niets daarvan is een feit over een gemeente" in html
        else:
            assert "Evidence: published and SIMULATED" in html
            assert "nothing in it is a fact about any municipality" in html


def test_tables_of_accounts_are_not_published(study):
    for name in ("figures", "messages"):
        (study.processed / f"{name}.csv").write_text("text\nprivate\n")
    folder = build(study)
    assert (folder / "tables" / "figures.csv").exists()
    assert not (folder / "tables" / "messages.csv").exists()
    study.evidence = "measured"
    assert not (build(study) / "tables" / "figures.csv").exists()


def test_failure_leaves_the_former_site_as_it_was(study):
    folder = build(study)
    before = (folder / "02-b.html").read_bytes()
    (study.results / "02-b.json").unlink()
    with pytest.raises(InputError, match=r"02-b\.json does not exist"):
        build(study)
    assert (folder / "02-b.html").read_bytes() == before


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        ("<p>no heading</p>", "0 main headings"),
        ("<h1>a</h1><h1>b</h1>", "2 main headings"),
        ('<h1>a</h1><a href="../nowhere.md">x</a>', "nowhere.md"),
        ('<h1>a</h1><a href="../../outside.md">x</a>', "outside.md"),
        ('<h1>a</h1><a href="02-b.html#no-such-place">x</a>', "no-such-place"),
        ('<h1>a</h1><img src="figures/02-replies.svg">', "without alternative text"),
        ('<h1>a</h1><img src="figures/99.svg" alt="x">', "figures/99.svg"),
        ('<h1>a</h1><img src="https://example.org/a.svg" alt="x">', "fetched from elsewhere"),
        ("<h1>a</h1><script>1</script>", "a script"),
        ('<h1>a</h1><p onclick="x()">b</p>', "onclick"),
        ('<h1>a</h1><a href="javascript:x()">b</a>', "no web address"),
    ],
)
def test_unsound_fragment_stops_the_site(study, html, complaint):
    (study.build / "01-a.html").write_text(html)
    (study.root.parent / "outside.md").write_text("not of this repository")
    with pytest.raises(InputError, match=re.escape(complaint)):
        build(study)
    assert not (study.root / "site").exists()


def test_an_analysts_exports_are_never_carried_along(study):
    exports = study.root / "data" / "raw" / "exports"
    exports.mkdir()
    (exports / "messages.csv").write_text("private\n")
    write_notebook(study, "01-a", "Rows?", [], text="[mine](../data/raw/exports/messages.csv)")
    with pytest.raises(InputError, match=r"messages\.csv"):
        build(study)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"interval_kind": "credible"}, "unknown interval_kind 'credible'"),
        ({"estimand": None}, None),
        ({"sentence": ...}, "the field sentence is missing"),
    ],
)
def test_broken_claims_are_refused_by_name(tmp_path, change, complaint):
    claim = {key: entry for key, entry in (make_claim("b") | change).items() if entry is not ...}
    path = tmp_path / "02-b.json"
    path.write_text(json.dumps({"claims": [claim]}))
    if complaint is None:
        assert site.read_claims(path) == [claim]
    else:
        with pytest.raises(InputError, match=complaint):
            site.read_claims(path)


def test_a_claim_id_used_twice_is_refused(tmp_path):
    path = tmp_path / "02-b.json"
    path.write_text(json.dumps({"claims": [make_claim("b"), make_claim("b")]}))
    with pytest.raises(InputError, match="used twice"):
        site.read_claims(path)


def test_front_page_opens_with_findings_and_the_marked_figure(study):
    (study.figures / "01-early.svg").write_text(SVG)
    (study.figures / "01-early.csv").write_text("a\n")
    early = [make_claim("rows", sentence="Twelve rows.")]
    write_notebook(study, "01-a", "Rows?", early, show_figure(name="01-early"))
    write_notebook(study, "02-b", "Who?", [make_claim("b")], show_figure())
    folder = build(study)
    for name in ("index.html", "index.en.html"):
        page = (folder / name).read_text()
        assert page.index("A sentence about b.") < page.index("Twelve rows.")
        assert 'src="figures/02-replies.svg"' in page
        assert "loading=" not in page  # the first thing a reader sees is not put off
    write_notebook(study, "01-a", "Rows?", early, show_figure(name="01-early", lead=True))
    assert 'src="figures/01-early.svg"' in (build(study) / "index.html").read_text()


# ---- the reader's language --------------------------------------------------------------------------------------


def make_page(kind, language, file, **other):
    return {"kind": kind, "language": language, "file": file, "title": f"{kind} {language}", "is_simulated": False} | other  # fmt: skip


@pytest.fixture
def officials(study):
    """The study with pages for officials beside its notebooks: a map, an edition and one scorecard."""
    study.evidence = "SIMULATED"
    pages = study.build / "pages"
    pages.mkdir()
    number = {"number": "20%", "headline": "van de tweets", "margin": "19 tot 21%", "link": "02-b.html#claim-b"}  # fmt: skip
    listed = []
    for code, drawn in (("nl", "kaart.html"), ("en", "map.html")):
        (pages / drawn).write_text(
            f'<html lang="{code}"><h1>x</h1><p id="SIM-NL-001">1</p><p id="SIM-NL-002">2</p>'
        )
        for stem in ("edition-2014", "edition-SIMULATED-2014"):
            (pages / f"{stem}-{code}.html").write_text(f'<html lang="{code}"><h1>x</h1>')
            listed.append(
                make_page(
                    "edition", code, f"{stem}-{code}.html", region="NL",
                    is_simulated="SIM" in stem, numbers=[number | {"number": "99%" if "SIM" in stem else "20%"}],
                )
            )  # fmt: skip
        listed.append(make_page("map", code, drawn, is_simulated=True))
    (pages / "pages.json").write_text(json.dumps(listed))
    places = [
        {"name": "Abbelburen", "province": "Drenthe", "card": "SIM-NL-001.html", "place": "SIM-NL-001"},
        {"name": "Zwirre <b>", "province": "", "card": "SIM-NL-002.html", "place": "SIM-NL-002"},
        {"name": "Nergens", "province": "", "card": "SIM-NL-003.html", "place": ""},
    ]  # fmt: skip
    (pages / "municipalities.json").write_text(json.dumps(places))
    return study


def find_all(html, pattern):
    return re.findall(pattern, html, re.DOTALL)


def test_front_page_is_dutch_with_english_beside_it(study):
    pages = read_all(build(study))
    for name, other, code in (("index.html", "index.en.html", "en"), ("index.en.html", "index.html", "nl")):  # fmt: skip
        page = pages[name][1]
        assert {"href": other, "lang": code, "hreflang": code} in page.all("a")
        assert {"rel": "alternate", "hreflang": code, "href": other} in page.all("link")
    assert "Voeren gemeenten een gesprek" in pages["index.html"][0]
    assert "Do local governments converse" in pages["index.en.html"][0]
    # the other pages are English, and lead to the English front page and to the Dutch one
    for name in set(pages) - {"index.html", "index.en.html"}:
        links = pages[name][1].all("a")
        assert {"class": "brand", "href": "index.en.html"} in links
        assert {"href": "index.html", "lang": "nl", "hreflang": "nl"} in links


def test_what_is_english_on_the_dutch_front_page_says_so(study):
    html = (build(study) / "index.html").read_text()

    class Languages(HTMLParser):
        """The language of each text of the page."""

        def __init__(self):
            super().__init__()
            self.open, self.texts = [], []

        def handle_starttag(self, tag, attrs):
            if tag not in {"meta", "link", "img", "input", "br"}:
                self.open.append((tag, dict(attrs).get("lang")))

        def handle_startendtag(self, tag, attrs):
            pass

        def handle_endtag(self, tag):
            while self.open and self.open.pop()[0] != tag:
                pass

        def handle_data(self, data):
            if data.strip():
                language = next((code for _, code in reversed(self.open) if code), None)
                self.texts.append((language, data.strip()))

    reader = Languages()
    reader.feed(html)
    english = " ".join(text for code, text in reader.texts if code == "en")
    dutch = " ".join(text for code, text in reader.texts if code == "nl")
    for words in ("A sentence about rows.", "Who replies?", "What two invented notebooks can bear", "rounding"):  # fmt: skip
        assert words in english, words
        assert words not in dutch, words
    assert not re.search(r"\b(the|and|with|which|from)\b", dutch)
    assert "Leesvolgorde" in dutch


def test_municipality_leads_to_its_scorecard_where_there_is_one_and_else_to_the_map(officials):
    for made in (False, True):
        if made:
            cards = officials.build / "scorecards"
            cards.mkdir()
            for name in ("index.html", "SIM-NL-001.html"):
                (cards / name).write_text('<section id="nl"></section><section id="en"></section>')
        folder = build(officials)
        for name, code, drawn in (("index.html", "nl", "kaart"), ("index.en.html", "en", "map")):
            html = (folder / name).read_text()
            listed = find_all(
                html, r'<li><a href="([^"]+)">([^<]+)</a>(?: <small>([^<]*)</small>)?'
            )
            first = f"scorecards/SIM-NL-001.html#{code}" if made else f"{drawn}.html#SIM-NL-001"
            assert (first, "Abbelburen", "Drenthe") in listed
            assert (f"{drawn}.html#SIM-NL-002", "Zwirre &lt;b&gt;", "") in listed
            assert "Nergens" not in html
            assert (f'href="scorecards/index.html#{code}"' in html) == made
        assert not (folder / "municipalities.json").exists()
        assert not (folder / "pages.json").exists()


def test_front_page_says_where_values_of_municipalities_are_invented(officials):
    html = (build(officials) / "index.html").read_text()
    hint = find_all(html, r'<p class="hint">(.*?)</p>')
    assert "SIMULATED" in hint[0]
    assert "schuilnamen" in hint[0]
    assert 'href="kaart.html">map nl</a> <span class="badge">SIMULATED</span>' in html
    officials.evidence = "measured"
    assert 'class="hint"' not in (build(officials) / "index.html").read_text()


def test_dutch_front_page_sums_up_in_the_numbers_of_the_editions_that_are_no_invention(officials):
    html = (build(officials) / "index.html").read_text()
    assert "<strong>20%</strong> van de tweets" in html
    assert "19 tot 21%" in html
    assert 'href="02-b.html#claim-b"' in html
    assert "99%" not in html
    assert "20%" not in (build(officials) / "index.en.html").read_text()


def test_title_stands_in_dutch_where_the_study_has_one_and_else_is_marked_as_english(officials):
    folder = build(officials)
    assert (
        f'<p class="kicker" lang="en">{officials.title}</p>' in (folder / "index.html").read_text()
    )
    officials.title_nl = "Wat twee notebooks kunnen dragen"
    folder = build(officials)
    assert f'<p class="kicker">{officials.title_nl}</p>' in (folder / "index.html").read_text()
    assert f'<p class="kicker">{officials.title}</p>' in (folder / "index.en.html").read_text()


def test_page_that_the_front_page_would_miss_stops_the_site(officials):
    (officials.build / "pages" / "kaart.html").write_text('<html lang="nl"><h1>x</h1>')
    with pytest.raises(InputError, match=r"kaart\.html#SIM-NL-001, but that place is not on"):
        build(officials)


def test_study_without_pages_for_officials_has_no_part_for_them(study):
    html = (build(study) / "index.html").read_text()
    assert 'class="for-officials"' not in html
    assert 'class="own"' not in html


HASH = "sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI="  # of alert(1)
POLICY = f"""<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src '{HASH}'">"""


@pytest.mark.parametrize(
    ("html", "complaint"),
    [
        (f"<html><head>{POLICY}</head><body><script>alert(1)</script></body></html>", None),
        (f"<html><head>{POLICY}</head><body><script>alert(2)</script></body></html>", "does not name"),
        (f"<html><head></head><body>{POLICY}<script>alert(1)</script></body></html>", "beside the one policy"),
        (f"<html><head>{POLICY}{POLICY}</head><body></body></html>", "beside the one policy"),
        (f"<html><head>{POLICY.replace('default-src', 'media-src')}</head><body><script>alert(1)</script></body></html>", "does not name"),
        ("<html><head><meta http-equiv='refresh' content='0; x'></head></html>", "beside the one policy"),
        ("<p>a</p><div>", "a <div> that is not closed"),
        ("<p>a<b>c</p>", "a <b> that is not closed"),
        ("a</p>", "a </p> that closes nothing"),
        ("<p>a</p><!-- b", "does not end"),
        ("<p>a</p><img alt='a' onerror=b ", "does not end"),
        ("<table><caption>a</caption><tr><th>b<td>c<tr><td>d</table><br><ul><li>e<li>f</ul>", None),
    ],
)  # fmt: skip
def test_markup_allows_what_the_policy_in_the_head_names_and_wants_ends(html, complaint):
    faults = markup.read_markup(html).faults
    assert not faults if complaint is None else any(complaint in fault for fault in faults)


@pytest.mark.parametrize("source", [f"{POLICY}\n\n<script>alert(1)</script>", "<div>open", "a\n\n<!-- never", "<meta name='a'>"])  # fmt: skip
def test_a_text_that_brings_markup_of_its_own_is_refused(source):
    notebook = new_notebook(cells=[new_markdown_cell(source)])
    with pytest.raises(InputError, match="03-x: its page would hold"):
        export.export_fragment(notebook, "03-x")


@pytest.mark.parametrize("part", ["alt", "caption", "name"])
def test_a_figure_that_lacks_a_part_is_refused(part):
    with pytest.raises(InputError, match="03-x: a figure without"):
        export.export_fragment(make_notebook("Why?", show_figure(**{part: " "})), "03-x")


@pytest.mark.parametrize(
    "output",
    [
        show_html("<style>td {}</style><table><tr><td>1</td></tr></table>"),
        show_html('<table class="dataframe"><tr><td>1</td></tr></table>'),
        show_html(EVIL),
        show_html('<img src="a.svg">'),
        new_output("display_data", data={"application/javascript": "alert(1)"}),
        new_output("display_data", data={"image/png": "aGk="}),
        new_output("error", ename="ValueError", evalue="no", traceback=["no"]),
    ],
    ids=["style", "pandas", "script", "no alt", "javascript", "bitmap", "error"],
)
def test_outputs_that_a_page_may_not_hold_are_refused(output):
    with pytest.raises(InputError, match=r"^03-x: "):
        export.export_fragment(make_notebook("Why?", output), "03-x")


def test_code_is_folded_and_hidden_cells_are_left_out():
    notebook = make_notebook("Why?", new_output("stream", text="1 < 2\n"))
    notebook.cells.append(new_code_cell("secret = 1", metadata={"tags": ["hide"]}))
    notebook.cells.append(new_code_cell("   "))
    html = export.export_fragment(notebook, "03-x")
    assert html.count('<details class="code">') == 2
    assert "<summary>Parameters of this run</summary>" in html
    assert "<summary>Code</summary>" in html
    assert "1 &lt; 2" in html
    assert "secret" not in html
    assert "In [" not in html


def test_headings_of_one_notebook_get_ids_of_their_own():
    notebook = make_notebook("Why?")
    notebook.cells.append(
        new_markdown_cell("## What could be wrong\n\n## §\n\n| a | b |\n|-|-:|\n|1|2|")
    )
    found = markup.read_markup(export.export_fragment(notebook, "03-x"))
    ids = [heading.id for heading in found.headings]
    assert ids == ["why", "what-could-be-wrong", "what-could-be-wrong-2", "section"]
    assert found.faults == []


@pytest.mark.parametrize("heading", ["Content", "The answer", "Answer", "Search 1"])
def test_a_heading_never_meets_the_frame_of_the_page(study, heading):
    html = f'<h1 id="a">a</h1><h2 id="{export.make_anchor(heading, Counter())}">{heading}</h2>'
    (study.build / "01-a.html").write_text(f'{html}<h2 id="what-could-be-wrong">x</h2>')
    page = Inventory((build(study) / "01-a.html").read_text())
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("address", "leaves"),
    [
        ("https://a.nl", True),
        ("//a.nl/x", True),
        ("mailto:a@b.nl", True),
        ("JavaScript:x", True),
        ("01-a.html#b:c", False),
        ("files/a.md?x=b:c", False),
        ("#top", False),
        ("", False),
    ],
)
def test_addresses_that_leave_the_site_are_known(address, leaves):
    assert markup.is_external(address) is leaves


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (13913.0, "13,913"), (0.0123, "0.0123"), (71.64, "71.6"), (-0.5, "−0.500")],
)
def test_values_are_written_with_three_digits(number, text):
    assert site.format_number(number) == text


def test_anchor_never_meets_an_earlier_one():
    used = Counter()
    made = [export.make_anchor(text, used) for text in ["a", "a", "a 2", "A!", "a"]]
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("changes", "words"),
    [("", "abc"), (" M README.md\n", "abc and uncommitted changes")],
)
def test_commit_says_when_files_differ_from_it(tmp_path, monkeypatch, changes, words):
    def answer(command, **options):
        known = {"HEAD": "abc\n", "--show-toplevel": f"{tmp_path}\n", "--porcelain": changes}
        return SimpleNamespace(returncode=0, stdout=known[command[-1]])

    monkeypatch.setattr(site.subprocess, "run", answer)
    assert site.describe_commit(tmp_path) == words


def test_a_folder_outside_git_has_no_commit(tmp_path):
    assert site.describe_commit(tmp_path) == "not under version control"
