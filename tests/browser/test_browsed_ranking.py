"""Walks over the ranking as readers do: at a desk, on a phone, with a keyboard, and without its script."""

import os

import pytest
from ranking_table import make_scores

from roeptoeter.ranking_page import build_ranking_page, copy_ranking_static, prepare_ranking

pytestmark = pytest.mark.browser

FILES = {"nl": "ranglijst.html", "en": "ranking.html"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranking")
    for name, is_simulated in (("real", False), ("simulated", True)):
        prepared = prepare_ranking(make_scores(is_simulated))
        (folder / name).mkdir()
        for code, file in FILES.items():
            other = next(FILES[key] for key in FILES if key != code)
            page = build_ranking_page(prepared, code, other_file=other, links={"GM0001": file})
            (folder / name / file).write_text(page, encoding="utf-8")
        copy_ranking_static(folder / name)
    return folder


@pytest.fixture
def open_ranking(open_page, folder):
    return lambda name="real/ranglijst.html", width=1200, **settings: open_page(
        (folder / name).as_uri(), width, **settings
    )


def choose(page, text):
    page.locator(".choices label", has_text=text).click()


def rows(page):
    """Name, group and text of the figure chosen of the rows in sight."""
    return page.evaluate(
        """() => Array.from(document.querySelectorAll('.edition:not([hidden]) tr[data-t]')).filter(row => row.checkVisibility())
            .map(row => [row.cells[0].textContent.trim(), Number(row.parentElement.dataset.group), row.querySelector('td.chosen').textContent])"""
    )


@pytest.mark.parametrize(
    ("name", "width"),
    [("simulated/ranglijst.html", 1200), ("simulated/ranglijst.html", 375), ("real/ranking.html", 375)],
)  # fmt: skip
def test_ranking_is_accessible_quiet_and_stays_at_home(open_ranking, check_page, name, width):
    page = open_ranking(name, width)
    check_page(page, width)
    page = open_ranking(name, width)
    page.locator("#_measure-response_hours + label").click()
    page.locator("tr.group button:visible").click()
    check_page(page, width)


def test_simulated_ranking_has_its_banner_and_a_mark_at_every_group(open_ranking):
    page = open_ranking("simulated/ranglijst.html", 375)
    assert "verzonnen" in page.locator(".evidence.simulated").inner_text()
    for measure in ("score", "reply_share"):
        page.locator(f"#_measure-{measure} + label").click()
        groups = page.locator(".edition:visible tr.group")
        assert groups.count() > 2
        assert page.locator(".edition:visible tr.group .badge:visible").count() == groups.count()


def test_measure_moves_everyone_to_its_group_and_back(open_ranking):
    page = open_ranking()
    first = rows(page)
    assert first
    assert all(group for _, group, _ in first)  # who has no place is folded away
    assert page.locator(".overview:visible").count() == 1
    choose(page, "Reactiesnelheid")
    shown = rows(page)
    hours = [float(text.split(" ")[0].replace(",", ".")) for _, _, text in shown]
    for group in (1, 2, 3):
        own = [value for value, (_, other, _) in zip(hours, shown, strict=True) if other == group]
        assert own == sorted(own)
        assert own
    assert [group for _, group, _ in shown] == sorted(group for _, group, _ in shown)
    assert page.locator(".overview:visible").count() == 0
    # the dot lies on its bar, and the faster half of the groups left of the middle
    wrong = page.evaluate(
        """() => Array.from(document.querySelectorAll('.edition:not([hidden]) tr[data-t] svg')).filter(svg => {
            const [middle, bar, dot] = Array.from(svg.querySelectorAll('path'), path => path.getBBox());
            const group = Number(svg.closest('tbody').dataset.group);
            const inside = dot.x >= bar.x - 1 && dot.x <= bar.x + bar.width + 1;
            return !inside || (group === 1 && bar.x + bar.width > middle.x + 1) || (group === 3 && bar.x < middle.x - 1);
        }).length"""
    )
    assert wrong == 0
    choose(page, "Score")
    assert rows(page) == first
    assert page.complaints == []


def test_edition_is_switched_with_the_keyboard(open_ranking):
    page = open_ranking()
    before = page.locator(".edition:visible h2").inner_text()
    page.locator("[name=edition]:checked").focus()
    page.keyboard.press("ArrowRight")
    after = page.locator(".edition:visible h2").inner_text()
    assert after != before
    assert page.locator(".edition:visible").count() == 1
    assert "Vlaanderen" in after


def test_search_finds_those_without_a_place_too(open_ranking):
    page = open_ranking(width=375)
    everyone = page.evaluate(
        "Array.from(document.querySelectorAll('.edition:not([hidden]) tbody[data-group=\"0\"] th[scope=row]'), cell => cell.firstChild.textContent.trim())"
    )
    page.fill("#_find", everyone[0].upper())
    found = rows(page)
    assert everyone[0] in [name.rsplit(" ", 1)[0] for name, _, _ in found]
    assert page.locator("#_found").inner_text() == f"{len(found)} gevonden"
    page.fill("#_find", "no such place")
    assert page.locator("#_found").inner_text() == "Geen gemeente gevonden"
    assert rows(page) == []
    page.fill("#_find", "")
    assert page.locator("#_found").inner_text() == ""


def test_those_without_a_place_are_unfolded_by_a_button(open_ranking):
    page = open_ranking()
    button = page.locator("tr.group button:visible")
    assert button.get_attribute("aria-expanded") == "false"
    before = len(rows(page))
    button.press("Enter")
    button = page.locator("tr.group button:visible")
    assert button.get_attribute("aria-expanded") == "true"
    assert len(rows(page)) == before + 40
    assert page.locator("tbody[data-group='0'] td:visible", has_text="geen account").count()


def test_everything_is_there_without_script(open_ranking):
    page = open_ranking(java_script_enabled=False)
    assert page.locator("#_controls").is_hidden()
    assert page.locator(".edition:visible").count() == 3
    assert page.locator("tr[data-t]").last.is_visible()
    assert page.locator("td svg").first.is_visible()


def test_languages_lead_to_each_other(open_ranking):
    page = open_ranking()
    for code in ("en", "nl"):
        page.locator(".language a").click()
        assert page.url.endswith(FILES[code])
        assert page.evaluate("document.documentElement.lang") == code


@pytest.mark.skipif("ROEPTOETER_PICTURES" not in os.environ, reason="names no folder for pictures")
@pytest.mark.parametrize("width", [1200, 375])
def test_pictures_to_look_at(open_ranking, width):
    page = open_ranking("simulated/ranglijst.html", width)
    page.screenshot(path=f"{os.environ['ROEPTOETER_PICTURES']}/ranking-{width}.png")
