"""Opens the built site as a reader does: from a folder, in a browser, at a desk and on a phone.

The site is `site/`, or the folder that ROEPTOETER_SITE names.
"""

import os
from pathlib import Path

import pytest

SITE = Path(os.environ.get("ROEPTOETER_SITE", Path(__file__).resolve().parents[2] / "site"))
WIDTHS = [1280, 375]
PAGES = sorted(path.name for path in SITE.glob("*.html"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not PAGES, reason=f"{SITE} holds no page; run `make` first"),
]


@pytest.fixture
def open_site(open_page):
    """Open a page of the site by its name."""
    return lambda name, width: open_page((SITE / name).as_uri(), width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_quiet_and_stays_at_home(open_site, check_page, name, width):
    page = open_site(name, width)
    # lazy figures load when a reader comes near
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager' })")
    page.evaluate("Promise.all(Array.from(document.images, image => image.decode()))")
    check_page(page, width)


@pytest.mark.parametrize("name", ["index.html", "index.en.html"])
def test_municipality_is_found_from_the_front_page_in_two_steps(open_site, name):
    page = open_site(name, 375)
    if not page.locator(".own").count():
        pytest.skip("the study has no municipalities to find")
    wanted = page.locator(".everyone li a").last.text_content()
    assert page.locator(".everyone li").first.is_hidden()
    page.locator("#_municipality").fill(wanted.upper())
    hits = page.locator(".hits a")
    assert hits.first.inner_text() == wanted
    assert page.locator(".own [role=status]").inner_text()
    hits.first.click()
    page.wait_for_load_state()
    assert page.complaints == []
    heading = page.locator("h1:visible, #_details-name:visible").all_inner_texts()
    assert any(wanted in text for text in heading)
    language = "nl" if name == "index.html" else "en"
    assert (
        page.evaluate("document.documentElement.lang") == language
        or page.locator(f"section[lang={language}]:visible").count()
    )
    page.go_back()
    page.locator("#_municipality").fill("no such place")
    assert page.locator(".hits a").count() == 0
    assert page.locator(".own [role=status]").inner_text()


def test_front_pages_lead_to_each_other(open_site):
    page = open_site("index.html", 1280)
    for language, file in (("en", "index.en.html"), ("nl", "index.html")):
        page.locator(".language a").click()
        assert page.url.endswith(f"/{file}")
        assert page.evaluate("document.documentElement.lang") == language


def test_style_and_script_are_at_work_from_a_folder(open_site):
    page = open_site("claims.html", 1280)
    assert page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
    assert page.locator("script").count() == 1


def test_policy_stops_a_request_to_another_host(open_site):
    page = open_site("index.html", 1280)
    blocked = page.evaluate(
        """() => new Promise(resolve => {
            document.addEventListener('securitypolicyviolation', e => resolve(e.violatedDirective));
            const image = document.createElement('img');
            image.src = 'https://example.org/pixel.png';
            document.body.append(image);
            setTimeout(() => resolve('nothing was stopped'), 1500);
        })"""
    )
    assert blocked == "img-src"


def open_long_table(open_site, width=1280, kind="table.long"):
    """Open the first page with a table of a kind."""
    for name in PAGES:
        if 'class="data long"' in (SITE / name).read_text(encoding="utf-8"):
            page = open_site(name, width)
            if page.locator(kind).count():
                return page
    pytest.skip(f"no page holds a {kind}")


def column(page, number, kind="table.long"):
    """Return what a column of the first table of a kind holds, from top to bottom, as shown."""
    return page.evaluate(
        """([number, kind]) => Array.from(document.querySelector(kind).tBodies[0].rows)
            .filter(row => !row.hidden)
            .map(row => row.cells[number].dataset.sort ?? row.cells[number].textContent.trim())""",
        [number, kind],
    )


def test_long_table_sorts_by_keyboard_in_both_directions(open_site):
    page = open_long_table(open_site)
    head = page.locator("table.long thead th").first
    before = column(page, 0)
    head.get_by_role("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    rising = column(page, 0)
    page.keyboard.press("Space")
    assert head.get_attribute("aria-sort") == "descending"
    falling = column(page, 0)
    assert sorted(rising) == sorted(before)
    order = (
        "(rows) => rows.every((row, i) => !i || rows[i - 1].localeCompare(row, 'en', OPTIONS) <= 0)"
    )
    order = order.replace("OPTIONS", "{numeric: true, sensitivity: 'base'}")
    assert page.evaluate(order, rising)
    assert page.evaluate(order, falling[::-1])


def test_numbers_sort_by_size_and_missing_ones_come_last(open_site):
    kind = "table.long:has(td.number[data-sort])"
    page = open_long_table(open_site, kind=kind)
    head = page.locator(f"{kind} thead th.number").first
    place = head.evaluate("head => head.cellIndex")
    for sign in (1, -1):
        head.get_by_role("button").press("Enter")
        entries = column(page, place, kind)
        known = [entry for entry in entries if entry not in ("", "–")]
        assert entries[: len(known)] == known
        numbers = [sign * float(entry) for entry in known]
        assert numbers == sorted(numbers)


def test_long_table_is_searched_by_keyboard(open_site):
    page = open_long_table(open_site, width=375)
    rows = column(page, 0)
    word = max(rows[-1].split(), key=len)
    field = page.get_by_label("Search in this table").first
    field.focus()
    page.keyboard.type(word.upper())
    found = column(page, 0)
    assert rows[-1] in found
    assert page.get_by_role("status").first.inner_text() == f"{len(found)} of {len(rows)} rows"
    field.fill("no such word anywhere")
    assert column(page, 0) == []
    field.fill("")
    assert column(page, 0) == rows


def test_keyboard_reaches_the_content_first(open_site):
    page = open_site("index.html", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "_content"


def test_long_tables_are_printed_whole(open_site):
    page = open_long_table(open_site)
    scroll = page.locator(".table-scroll:has(> table.long)").first
    on_screen = scroll.evaluate("box => box.scrollHeight > box.clientHeight")
    page.emulate_media(media="print")
    on_paper = scroll.evaluate("box => box.scrollHeight - box.clientHeight")
    assert on_paper <= 1, f"cut off on paper (scrolls on screen: {on_screen})"
