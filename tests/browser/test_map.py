"""Walks over the map as readers do: with a mouse, a finger, a keyboard, a screen reader, and without its script."""

import os
import shutil

import pytest
from map_table import make_up, read_towns, write_map

from roeptoeter.map_page import MEASURES, prepare_map

pytestmark = pytest.mark.browser

#: Few enough for axe and for shapes, with whatever the pages can show: an island, an old name, no figure, either region.
SAMPLE = 90


@pytest.fixture(scope="module")
def tables():
    towns = read_towns()
    real = make_up(towns, is_simulated=False)
    simulated = make_up(towns, is_simulated=True)

    def take(table):
        step = table["organisation"].nunique() // SAMPLE
        known = ["GM0060", "GM0363", "11002"]
        codes = sorted(table["organisation"].unique())[::step]
        return table[table["organisation"].isin([*known, *codes])]

    return {"real": real, "small": take(real), "simulated": take(simulated)}


@pytest.fixture(scope="module")
def maps(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    small = tables["small"]
    write_map(tables["real"], folder / "real", links={"GM0060": "map.html"})
    write_map(small, folder / "small", links={"GM0060": "map.html"})
    write_map(tables["simulated"], folder / "simulated")
    # squares in place of boundaries: as far as the page goes, shapes are shapes
    shapes = {}
    few = small[small["edition"] == "2014 Q2"]
    for row in few.itertuples():
        west, south = row.longitude - 0.015, row.latitude - 0.01
        corners = [(west, south), (west + 0.03, south), (west + 0.03, south + 0.02), (west, south + 0.02)]  # fmt: skip
        shapes[row.organisation] = [[*corners, corners[0]]]
    write_map(few, folder / "shapes", shapes=shapes)
    return folder


@pytest.fixture
def open_map(open_page, maps):
    """Open a map at a width."""
    return lambda name, width=1200, mark="", **settings: open_page(
        (maps / name).as_uri() + mark, width, **settings
    )


@pytest.fixture(scope="module")
def full_maps(visit, maps):
    """The whole map, opened once at a desk and once on a telephone."""
    address = (maps / "real" / "kaart.html").as_uri()
    pages = {
        "desk": visit(address),
        "phone": visit(address, 375, has_touch=True, is_mobile=True),
    }
    yield pages
    for page in pages.values():
        assert page.complaints == []
        page.context.close()


def begin_again(page):
    """Bring a page that several tests use back to how it opened, but for the municipality chosen."""
    page.evaluate(
        """() => {
            for (const id of ['_measure-score', '_edition-3']) document.getElementById(id).click();
            for (const id of ['_find', '_table-find']) {
                const field = document.getElementById(id);
                field.value = '';
                field.dispatchEvent(new Event('input'));
            }
            while (!document.querySelector('[data-zoom="-1"]').disabled) document.querySelector('[data-zoom="-1"]').click();
            window.scrollTo({ top: 0, behavior: 'instant' });
        }"""
    )
    return page


@pytest.fixture
def desk(full_maps):
    return begin_again(full_maps["desk"])


@pytest.fixture
def phone(full_maps):
    return begin_again(full_maps["phone"])


def open_at(page, code):
    """As an address that ends in a municipality does."""
    page.evaluate("code => { location.hash = ''; location.hash = code }", code)
    page.wait_for_function(
        "code => document.getElementById(code).hasAttribute('aria-selected')", arg=code
    )


def focused(page):
    return page.evaluate("document.activeElement.id")


def chosen(page):
    return page.locator("#_details-name").inner_text()


@pytest.mark.parametrize(
    ("name", "width"),
    [
        ("small/kaart.html", 1200),
        ("small/map.html", 375),
        ("simulated/kaart.html", 375),
        ("shapes/kaart.html", 1200),
    ],
)
def test_map_is_accessible_quiet_and_stays_at_home(open_map, check_page, name, width):
    page = open_map(name, width)
    page.locator(".cells > g[tabindex='0']").focus()
    check_page(page, width)


def test_the_whole_map_fits_a_telephone_and_asks_for_nothing_outside(phone):
    assert phone.evaluate("document.documentElement.scrollWidth") <= 375
    assert all(address.startswith(("file:", "data:")) for address in phone.addresses)


def test_one_file_is_enough(open_map, maps, tmp_path):
    alone = maps / "alone"
    alone.mkdir()
    shutil.copyfile(maps / "small" / "kaart.html", alone / "kaart.html")
    page = open_map("alone/kaart.html")
    assert len([address for address in page.addresses if not address.startswith("data:")]) == 1
    assert page.complaints == []
    assert page.locator("svg[role=listbox]").count() == 1
    assert page.evaluate("getComputedStyle(document.querySelector('.skip')).position") == "absolute"
    page.fill("#_find", "Ameland")
    assert chosen(page) == "Ameland"


def test_picture_and_table_are_there_without_script(open_map, tables):
    page = open_map("small/kaart.html", java_script_enabled=False)
    assert page.locator("#_controls").is_hidden()
    assert page.locator("#_details").is_hidden()
    assert page.locator(".cells > g.t5").first.is_visible()
    count = tables["small"]["edition"].eq("2016 Q2").sum()
    told = page.locator("svg[role=img]").get_attribute("aria-label")
    assert told.startswith(f"Kaart van {count} gemeenten")
    assert page.locator("#_table tbody tr[data-o]").count() == len(tables["small"])
    assert page.locator("#_table tbody tr[data-o]").last.is_visible()


def test_one_cell_is_in_the_order_of_the_tab_key_and_says_everything(desk):
    page = desk
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
    for words in ("groep", "Aandeel reacties", "Potentieel bereik", "Reactiesnelheid", " tot ", "uur"):  # fmt: skip
        assert words in label or "geen cijfer" in label
    assert cell.get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowRight")
    assert page.locator(".cells > g[tabindex='0']").count() == 1
    assert page.locator(".cells > g[aria-selected]").count() == 1
    assert chosen(page) != name
    # one more press of the Tab key leaves the map
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") != "option"


def test_arrow_keys_go_to_the_neighbour_and_back(desk):
    page = desk
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


def find_lost(page):
    """Walk with the arrow keys from the first municipality; return those that no walk leads to."""
    return page.evaluate(
        """() => {
            // what a step shows beside the map takes most of the time; here only the way counts
            const hidden = ['.map-table', '#_details', '.legend', '.masthead'].map(name => document.querySelector(name));
            hidden.forEach(part => { part.style.display = 'none' });
            const scroll = Element.prototype.scrollIntoView;
            Element.prototype.scrollIntoView = () => {};
            const keys = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'];
            const all = Array.from(document.querySelectorAll('.cells > g[role=option]'), cell => cell.id);
            const seen = new Set([all[0]]), waiting = [all[0]];
            while (waiting.length && seen.size < all.length) {
                const from = document.getElementById(waiting.pop());
                for (const key of keys) {
                    from.focus({ preventScroll: true });
                    from.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
                    const to = document.activeElement.id;
                    if (!seen.has(to)) { seen.add(to); waiting.push(to); }
                }
            }
            Element.prototype.scrollIntoView = scroll;
            hidden.forEach(part => { part.style.display = '' });
            return all.filter(id => !seen.has(id));
        }"""
    )


def test_arrow_keys_reach_every_municipality(desk, open_map):
    assert desk.locator(".cells > g[role=option]").count() == 698
    assert find_lost(desk) == []
    assert find_lost(open_map("shapes/kaart.html")) == []


def test_search_finds_by_a_part_of_the_name(phone):
    page = phone
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


def test_switch_of_measure_and_edition_repaints_the_map(desk, tables):
    page = desk
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
    page = open_map("small/kaart.html", mark="#GM0363")
    assert chosen(page) == "Amsterdam"
    page.locator("#GM0060 use").hover()
    assert chosen(page) == "Ameland"
    assert page.locator("#_details-list > div").count() == 4
    assert page.locator("#_details-card a").get_attribute("href") == "map.html"
    page.locator("h1").hover()
    assert chosen(page) == "Amsterdam"
    assert page.locator("#_details-card").is_hidden()


def test_address_of_a_municipality_finds_the_edition_that_has_it(open_map, tables):
    gone = set(tables["real"].query("edition == '2013 Q3'")["organisation"])
    gone -= set(tables["real"].query("edition != '2013 Q3'")["organisation"])
    page = open_map("real/kaart.html", mark=f"#{min(gone)}")
    name = tables["real"].set_index("organisation").loc[[min(gone)], "name"].iloc[0]
    assert chosen(page) == name
    assert page.locator("[name=edition]:checked").get_attribute("value") == "2013 Q3"
    assert page.locator("#_table tbody:visible").get_attribute("data-edition") == "2013 Q3"
    assert page.complaints == []


def test_details_hold_the_measures_with_their_intervals(desk, tables):
    page = desk
    open_at(page, "GM0060")
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


def test_finger_chooses_and_the_details_stay_in_sight(phone):
    page = phone
    page.locator("#_meaning").scroll_into_view_if_needed()
    page.evaluate("document.getElementById('_meaning').scrollIntoView()")
    page.locator("#GM0363").tap()
    assert chosen(page) == "Amsterdam"
    assert focused(page) == "GM0363"
    box = page.locator("#_details").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 901
    assert box["height"] < 300


def test_map_grows_within_its_frame(phone):
    page = phone
    open_at(page, "GM0363")
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


def test_table_sorts_and_searches(phone):
    page = phone

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
