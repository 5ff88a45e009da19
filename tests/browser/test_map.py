"""Walks over the map as readers do: with a mouse, a finger, a keyboard, a screen reader, and without its script."""

import os
import shutil

import pytest
from map_table import make_up, read_towns

from roeptoeter.map_page import MEASURES, prepare_map, write_map

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

pytestmark = [
    pytest.mark.browser,
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


@pytest.fixture(scope="module")
def tables():
    towns = read_towns()
    return {"real": make_up(towns, is_simulated=False), "simulated": make_up(towns, is_simulated=True)}  # fmt: skip


@pytest.fixture(scope="module")
def maps(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    real = tables["real"]
    write_map(real, folder / "real", links={"GM0060": "map.html"})
    write_map(tables["simulated"], folder / "simulated")
    write_map(real, folder / "one-file", standalone=True)
    # squares in place of boundaries: as far as the page goes, shapes are shapes
    shapes = {}
    real = real[real["edition"] == "2014 Q2"]
    for row in real.itertuples():
        west, south = row.longitude - 0.015, row.latitude - 0.01
        corners = [(west, south), (west + 0.03, south), (west + 0.03, south + 0.02), (west, south + 0.02)]  # fmt: skip
        shapes[row.organisation] = [[*corners, corners[0]]]
    write_map(real, folder / "shapes", shapes=shapes)
    return folder


@pytest.fixture
def open_map(browser, maps):
    """Open a map at a width; gives the page and what it said and asked for."""
    contexts = []

    def opener(name="real/kaart.html", width=1200, mark="", **settings):
        context = browser.new_context(viewport={"width": width, "height": 900}, **settings)
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.addresses = [], []
        page.on("console", lambda message: page.complaints.append(message.text) if message.type in {"error", "warning"} else None)  # fmt: skip
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.addresses.append(request.url))
        page.on("requestfailed", lambda request: page.complaints.append(f"failed: {request.url}"))
        page.goto((maps / name).as_uri() + mark)
        return page

    yield opener
    for context in contexts:
        context.close()


def focused(page):
    return page.evaluate("document.activeElement.id")


def chosen(page):
    return page.locator("#_details-name").inner_text()


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("real/kaart.html", 1200),
        ("real/map.html", 375),
        ("simulated/kaart.html", 375),
        ("shapes/kaart.html", 1200),
    ],
)
def test_map_is_accessible_quiet_and_stays_at_home(open_map, name, width):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="axe-playwright-python is not installed: pip install '.[browser]'",
    )
    page = open_map(name, width)
    page.locator(".cells > g[tabindex='0']").focus()
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true })")
    # without preload: axe would fetch the style sheet again, and the policy forbids fetching
    results = axe.Axe().run(page, options={"resultTypes": ["violations"], "preload": False})
    violations = [
        f"{violation['id']}: {violation['nodes'][0]['html'][:160]}"
        for violation in results.response["violations"]
    ]
    assert violations == []
    assert page.complaints == []
    assert page.addresses, "the page itself was asked for"
    assert all(address.startswith(("file:", "data:")) for address in page.addresses)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_one_file_is_enough(open_map, maps, tmp_path):
    alone = maps / "alone"
    alone.mkdir()
    shutil.copyfile(maps / "one-file" / "kaart.html", alone / "kaart.html")
    page = open_map("alone/kaart.html")
    assert len([address for address in page.addresses if not address.startswith("data:")]) == 1
    assert page.complaints == []
    assert page.locator("svg[role=listbox]").count() == 1
    assert page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
    page.fill("#_find", "Ameland")
    assert chosen(page) == "Ameland"


def test_picture_and_table_are_there_without_script(open_map, tables):
    page = open_map(java_script_enabled=False)
    assert page.locator("#_controls").is_hidden()
    assert page.locator("#_details").is_hidden()
    assert page.locator(".cells > g.t5").first.is_visible()
    assert page.locator("svg[role=img]").get_attribute("aria-label").startswith("Kaart van 698")
    assert page.locator("#_table tbody tr[data-o]").count() == len(tables["real"])
    assert page.locator("#_table tbody tr[data-o]").last.is_visible()


def test_one_cell_is_in_the_order_of_the_tab_key_and_says_everything(open_map):
    page = open_map()
    assert page.locator(".cells > g[tabindex='0']").count() == 1
    page.locator("#_find").focus()
    page.keyboard.press("Tab")
    for _ in range(4):
        if page.evaluate("document.activeElement.getAttribute('role')") == "option":
            break
        page.keyboard.press("Tab")
    cell = page.locator(".cells > g:focus")
    label = cell.get_attribute("aria-label")
    name = chosen(page)
    assert label.startswith(f"{name}. Score ")
    for words in ("groep", "Interactiepercentage", "Potentieel bereik", "Reactiesnelheid", " tot ", "uur"):  # fmt: skip
        assert words in label or "geen cijfer" in label
    assert cell.get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowRight")
    assert page.locator(".cells > g[tabindex='0']").count() == 1
    assert page.locator(".cells > g[aria-selected]").count() == 1
    assert chosen(page) != name
    # one more press of the Tab key leaves the map
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") != "option"


def test_arrow_keys_go_to_the_neighbour_and_back(open_map):
    page = open_map()
    page.fill("#_find", "Utrecht")
    page.press("#_find", "Enter")
    start = focused(page)
    assert start == "GM0344"

    def place(key):
        return page.evaluate(
            "id => { const box = document.getElementById(id).querySelector('use').getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2] }",
            key,
        )

    for there, back, axis, sign in (
        ("ArrowRight", "ArrowLeft", 0, 1), ("ArrowLeft", "ArrowRight", 0, -1),
        ("ArrowUp", "ArrowDown", 1, -1), ("ArrowDown", "ArrowUp", 1, 1),
    ):  # fmt: skip
        page.keyboard.press(there)
        other = focused(page)
        assert other != start
        assert sign * (place(other)[axis] - place(start)[axis]) > 5
        page.keyboard.press(back)
        assert focused(page) == start
    page.keyboard.press("End")
    east = place(focused(page))[0]
    page.keyboard.press("Home")
    assert place(focused(page))[0] < place(start)[0] < east


@pytest.mark.parametrize("name", ["real/kaart.html", "shapes/kaart.html"])
def test_arrow_keys_reach_every_municipality(open_map, name):
    page = open_map(name)
    lost = page.evaluate(
        """() => {
            document.querySelector('.map-table').style.display = 'none';  // in a third of the time
            const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
            const all = Array.from(document.querySelectorAll('.cells > g[role=option]'), cell => cell.id);
            const seen = new Set([all[0]]), waiting = [all[0]];
            while (waiting.length) {
                const from = document.getElementById(waiting.pop());
                for (const key of keys) {
                    from.focus();
                    from.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
                    const to = document.activeElement.id;
                    if (!seen.has(to)) { seen.add(to); waiting.push(to); }
                }
            }
            return all.filter(id => !seen.has(id));
        }"""
    )
    assert lost == []


def test_search_finds_by_a_part_of_the_name(open_map):
    page = open_map(width=375)
    assert page.locator("#_names option").count() == 698
    page.fill("#_find", "no such place")
    assert page.locator("#_found").inner_text() == "Geen gemeente gevonden"
    page.fill("#_find", "OUDE")
    assert "gemeenten gevonden; Enter kiest Oude" in page.locator("#_found").inner_text()
    page.fill("#_find", "gravenhage")
    assert chosen(page) == "'s-Gravenhage"
    page.press("#_find", "Enter")
    assert focused(page) == "GM0518"
    assert page.locator("#GM0518").bounding_box()["y"] > 0
    details = page.locator("#_details").bounding_box()
    assert details["y"] + details["height"] <= 901
    page.fill("#_find", "Súdwest-Fryslân".replace("ú", "u").replace("â", "a"))
    assert chosen(page) == "Súdwest-Fryslân"


def test_switch_of_measure_and_edition_repaints_the_map(open_map, tables):
    page = open_map()
    for place, measure in enumerate(MEASURES):
        page.locator(f"label[for='_measure-{measure}']").click()
        wrong = page.evaluate(
            """place => Array.from(document.querySelectorAll("tbody[data-edition='2016 Q2'] tr[data-o]")).filter(row => {
                const cell = document.getElementById(row.dataset.o);
                const tier = row.dataset.t[place];
                return cell.getAttribute('class') !== 't' + tier || cell.querySelector('text').textContent !== (tier === '0' ? '–' : tier);
            }).length""",
            place,
        )
        assert wrong == 0
        label = page.locator(".cells > g[role=option]").nth(5).get_attribute("aria-label")
        assert "groep" in label
    words = page.locator("#_legend .words").all_inner_texts()
    assert words[0].startswith("tot ")
    assert words[-1].endswith("uur en meer")

    page.fill("#_find", "Amsterdam")
    before = page.locator("#_details-list").inner_text()
    page.locator("label", has_text="2014 Q2").click()
    assert chosen(page) == "Amsterdam"
    assert page.locator("#_details-list").inner_text() != before
    drawn = prepare_map(tables["real"])
    here = drawn.rows[drawn.rows["edition"] == "2014 Q2"]
    assert page.locator(".cells > g[role=option]").count() == len(here)
    assert page.locator("[id='11002']").get_attribute("aria-hidden") == "true"
    assert page.locator("#_absent").inner_text() == "Vlaanderen is in deze editie niet gemeten."
    assert page.locator("#_table tbody:visible tr[data-o]:visible").count() == len(here)
    assert page.locator("#_names option").count() == len(here)


def test_details_follow_the_mouse_and_return_to_the_chosen(open_map):
    page = open_map(mark="#GM0363")
    assert chosen(page) == "Amsterdam"
    page.locator("#GM0060 use").hover()
    assert chosen(page) == "Ameland"
    assert page.locator("#_details-list > div").count() == 4
    assert page.locator("#_details-card a").get_attribute("href") == "map.html"
    page.locator("h1").hover()
    assert chosen(page) == "Amsterdam"
    assert page.locator("#_details-card").is_hidden()


def test_details_hold_the_measures_with_their_intervals(open_map, tables):
    page = open_map(mark="#GM0060")
    row = tables["real"].query("edition == '2016 Q2' and organisation == 'GM0060'").iloc[0]
    told = page.locator("#_details-list").inner_text()
    for measure, factor in (("reply_share", 100), ("response_hours", 1)):
        low, high = (f"{factor * row[f'{measure}_{end}']:.1f}".replace(".", ",") for end in ("low", "high"))  # fmt: skip
        assert f"({low} tot {high})" in told
    assert (
        f"{int(row['population']):,}".replace(",", ".")
        in page.locator("#_details-where").inner_text()
    )
    drawn = page.evaluate(
        """() => Array.from(document.querySelectorAll('#_details-list .scale')).map(scale => {
            const box = kind => scale.querySelector('.' + kind).getBoundingClientRect();
            const dot = box('dot').x + box('dot').width / 2, range = box('range'), all = scale.getBoundingClientRect();
            return dot >= range.x - 1 && dot <= range.right + 1 && range.x >= all.x - 1 && range.right <= all.right + 1;
        })"""
    )
    assert drawn == [True] * 4


def test_finger_chooses_and_the_details_stay_in_sight(open_map):
    page = open_map(width=375, has_touch=True, is_mobile=True)
    page.locator("#_meaning").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('_meaning').scrollIntoView()")
    page.locator("#GM0363").tap()
    assert chosen(page) == "Amsterdam"
    assert focused(page) == "GM0363"
    box = page.locator("#_details").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 901
    assert box["height"] < 300


def test_map_grows_within_its_frame(open_map):
    page = open_map(width=375, mark="#GM0363")
    cell = page.locator("#GM0363 use")
    before = cell.bounding_box()["width"]
    assert page.locator("#GM0363 text").is_hidden()
    for _ in range(2):
        page.get_by_role("button", name="Kaart groter").click()
    assert cell.bounding_box()["width"] > 3 * before
    assert page.locator("#GM0363 text").is_visible()
    assert page.locator("#GM0363").bounding_box()["x"] > 0
    assert page.get_by_role("button", name="Kaart groter").is_disabled()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    for button in page.locator(".zoom button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44


def test_table_sorts_and_searches(open_map):
    page = open_map(width=375)

    def column(place):
        return page.evaluate(
            """place => Array.from(document.querySelectorAll("tbody[data-edition='2016 Q2'] tr[data-o]"))
                .filter(row => !row.hidden).map(row => row.cells[place].textContent.trim())""",
            place,
        )

    head = page.locator("#_table thead th").nth(5)
    for sign in (1, -1):
        head.get_by_role("button").press("Enter")
        entries = column(5)
        known = [entry for entry in entries if entry != "–"]
        assert entries[: len(known)] == known
        numbers = [sign * int(entry.split(" (")[0].replace(".", "")) for entry in known]
        assert numbers == sorted(numbers)
        assert head.get_attribute("aria-sort") == ("ascending" if sign == 1 else "descending")
    page.fill("#_table-find", "bergen")
    assert column(0)
    assert all("bergen" in name.lower() for name in column(0))
    assert page.locator("#_table-count").inner_text() == f"{len(column(0))} gemeenten"


def test_simulated_map_has_its_banner_in_sight(open_map):
    for width in (1200, 375):
        page = open_map("simulated/kaart.html", width)
        banner = page.locator(".evidence.simulated")
        assert banner.bounding_box()["y"] < 200
        assert "verzonnen" in banner.inner_text()
        assert page.locator("svg .stamp").is_visible()


@pytest.mark.skipif("ROEPTOETER_PICTURES" not in os.environ, reason="names no folder for pictures")
@pytest.mark.parametrize("width", [1200, 375])
@pytest.mark.parametrize("name", ["real", "simulated"])
def test_pictures_to_look_at(open_map, name, width):
    page = open_map(f"{name}/kaart.html", width)
    page.screenshot(path=f"{os.environ['ROEPTOETER_PICTURES']}/{name}-{width}.png", full_page=False)
