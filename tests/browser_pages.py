"""The browser that all these tests share, and how they open a page and look at it."""

import shutil

import pytest

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

#: Leaves a few of what a page repeats by the hundred, of each kind: rows of a table, cells of a map, lines of a list.
#: axe takes a quarter of a minute for a thousand rows that are alike, and finds nothing in the last that is not in the first.
THIN = """() => {
    const seen = new Map();
    const few = (part, kind, most) => {
        seen.set(kind, (seen.get(kind) || 0) + 1);
        if (seen.get(kind) > most) part.remove();
    };
    document.querySelectorAll('tbody').forEach((body, place) => {
        Array.from(body.rows).forEach(row => few(row, place + row.className + row.cells.length + !!row.querySelector('a') + !!row.querySelector('svg'), 12));
    });
    document.querySelectorAll('.cells > g').forEach(cell => cell.tabIndex === 0 || few(cell, cell.getAttribute('class'), 5));
    document.querySelectorAll('li').forEach((item, place) => few(item, item.parentElement.className + (item.closest('details') ? 'folded' : place), 20));
}"""


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.skip("no chromium or google-chrome on this machine")
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install '.[browser]'"
    )
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def visit(browser):
    """Return a function that opens an address at a width, the page with what it said and asked for."""

    def visit(address, width=1200, **settings):
        page = browser.new_context(viewport={"width": width, "height": 900}, **settings).new_page()
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
        page.goto(address)
        return page

    return visit


@pytest.fixture
def open_page(visit):
    """`visit`, and everything opened is closed after the test."""
    opened = []

    def opener(address, width=1200, **settings):
        opened.append(visit(address, width, **settings))
        return opened[-1]

    yield opener
    for page in opened:
        page.context.close()


@pytest.fixture(scope="session")
def find_violations():
    """Return a function that lists what axe finds on a page, thinned out first."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-playwright-python is not installed: pip install '.[browser]'",
    )

    def find(page):
        page.evaluate(THIN)
        # without preload: axe would fetch the style sheet again, and the policy forbids fetching
        results = axe.Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
        return [
            f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"
            for violation in results.response["violations"]
        ]

    return find


@pytest.fixture(scope="session")
def check_page(find_violations):
    """Return a function that holds a page to what every page keeps: axe, console, no request outside, no sideways scrolling."""

    def check(page, width):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert find_violations(page) == []
        assert page.complaints == []
        assert page.addresses, "the page itself was asked for"
        assert all(address.startswith(("file:", "data:")) for address in page.addresses)

    return check
