"""Opens the built site as a reader does: from a folder, in a browser, at a desk and on a phone.

The site is `site/`, or the folder that ROEPTOETER_SITE names.
"""

import os
import shutil
from pathlib import Path

import pytest

SITE = Path(os.environ.get("ROEPTOETER_SITE", Path(__file__).resolve().parents[2] / "site"))
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = [1280, 375]
PAGES = sorted(path.name for path in SITE.glob("*.html"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not PAGES, reason=f"{SITE} holds no page; run `make` first"),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium or google-chrome on this machine"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'"
    )
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser):
    """Open a page of the site at a width; gives the page and what it said and asked for."""
    contexts = []

    def opener(name, width):
        context = browser.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.addresses = [], []
        page.on(
            "console",
            lambda message: (
                page.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.addresses.append(request.url))
        page.on("requestfailed", lambda request: page.complaints.append(f"failed: {request.url}"))
        page.goto((SITE / name).as_uri())
        return page

    yield opener
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_accessible_quiet_and_stays_at_home(open_page, name, width):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-playwright-python is not installed: pip install '.[browser]'",
    )
    page = open_page(name, width)
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    # lazy figures load when a reader comes near
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager' })")
    page.evaluate("Promise.all(Array.from(document.images, image => image.decode()))")
    # without preload: axe would fetch the style sheet again, and the policy forbids fetching
    results = axe.Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
    violations = [
        f"{violation['id']}: {violation['nodes'][0]['html'][:120]}"
        for violation in results.response["violations"]
    ]
    assert violations == []
    assert page.complaints == []
    assert page.addresses, "the page itself was asked for"
    assert all(address.startswith(("file:", "data:")) for address in page.addresses)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_style_and_script_are_at_work_from_a_folder(open_page):
    page = open_page("claims.html", 1280)
    assert page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
    assert page.locator("script").count() == 1


def test_policy_stops_a_request_to_another_host(open_page):
    page = open_page("index.html", 1280)
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


def open_long_table(open_page, width=1280, kind="table.long"):
    """Open the first page with a table of a kind."""
    for name in PAGES:
        if 'class="data long"' in (SITE / name).read_text(encoding="utf-8"):
            page = open_page(name, width)
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


def test_long_table_sorts_by_keyboard_in_both_directions(open_page):
    page = open_long_table(open_page)
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


def test_numbers_sort_by_size_and_missing_ones_come_last(open_page):
    kind = "table.long:has(td.number[data-sort])"
    page = open_long_table(open_page, kind=kind)
    head = page.locator(f"{kind} thead th.number").first
    place = head.evaluate("head => head.cellIndex")
    for sign in (1, -1):
        head.get_by_role("button").press("Enter")
        entries = column(page, place, kind)
        known = [entry for entry in entries if entry not in ("", "–")]
        assert entries[: len(known)] == known
        numbers = [sign * float(entry) for entry in known]
        assert numbers == sorted(numbers)


def test_long_table_is_searched_by_keyboard(open_page):
    page = open_long_table(open_page, width=375)
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


def test_keyboard_reaches_the_content_first(open_page):
    page = open_page("index.html", 1280)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "_content"


def test_long_tables_are_printed_whole(open_page):
    page = open_long_table(open_page)
    scroll = page.locator(".table-scroll:has(> table.long)").first
    on_screen = scroll.evaluate("box => box.scrollHeight > box.clientHeight")
    page.emulate_media(media="print")
    on_paper = scroll.evaluate("box => box.scrollHeight - box.clientHeight")
    assert on_paper <= 1, f"cut off on paper (scrolls on screen: {on_screen})"
