"""The map page: everyone on it once, sound, small, at home, and nothing SIMULATED under a real name."""

import base64
import doctest
import hashlib
import json
import os
import re
from html import unescape
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import requests
from map_table import EDITIONS, make_up, read_towns, write_map

from roeptoeter import boundaries, map_page
from roeptoeter.boundaries import fetch_boundaries, parse_shapes, read_boundaries, simplify_shapes
from roeptoeter.errors import InputError
from roeptoeter.map_page import (
    MEASURES,
    build_map_page,
    draw_print_map,
    prepare_map,
)
from roeptoeter.markup import read_markup
from roeptoeter.plots.municipality_map import TIER_COLOURS, TIER_SIZES
from roeptoeter.plots.style import draw_svg
from roeptoeter.provenance import verify_file
from roeptoeter.site import find_faults
from roeptoeter.templates import TEMPLATES

#: Real boundaries for the test of the true map, where there are any; none are passed on with the project.
BOUNDARIES = Path(
    os.environ.get("ROEPTOETER_BOUNDARIES", Path(__file__).parents[1] / "data/raw/boundaries")
)


@pytest.fixture(scope="module")
def towns():
    return read_towns()


@pytest.fixture(scope="module")
def table(towns):
    return make_up(towns, is_simulated=False)


@pytest.fixture(scope="module")
def drawn(table):
    return prepare_map(table)


@pytest.fixture(scope="module")
def page(drawn):
    return build_map_page(drawn, "nl")


@pytest.fixture(scope="module")
def pages(drawn, page):
    return {"nl": page, "en": build_map_page(drawn, "en")}


@pytest.fixture(scope="module")
def simulated(towns):
    return make_up(towns, is_simulated=True)


def list_cells(page):
    cells = page[page.index('<g class="cells">') : page.index("</svg>")]
    return re.findall(r'<g id="([^"]+)" class="t([0-5x])"', cells)


def list_rows(page):
    """Rows of the table by edition: id, classes and texts."""
    found = {}
    for edition, body in re.findall(
        r'<tbody data-edition="([^"]+)">(.*?)</tbody>', page, re.DOTALL
    ):
        found[unescape(edition)] = [
            (key, tiers, [unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in re.split(r"<t[hd]\b[^>]*>", rest)[1:]])
            for key, tiers, rest in re.findall(r'<tr data-o="([^"]+)" data-t="(\d{4})"[^>]*>(.*?)\n', body)
        ]  # fmt: skip
    return found


@pytest.mark.parametrize("module", [boundaries])
def test_examples_of_the_documentation(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


# ---- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "en"])
def test_page_is_sound_small_and_fetches_nothing_from_elsewhere(pages, language):
    page = pages[language]
    markup = read_markup(page)
    assert markup.faults == []
    assert [heading.level for heading in markup.headings].count(1) == 1
    assert f'<html lang="{language}">' in page
    assert "default-src 'none'" in page
    assert len(page.encode()) < 450_000
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)


def test_every_municipality_has_one_cell_and_a_row_in_each_of_its_editions(table, page):
    cells = [key for key, _ in list_cells(page)]
    assert len(cells) == len(set(cells))
    assert set(cells) == set(table["organisation"])
    rows = list_rows(page)
    assert list(rows) == list(EDITIONS)
    for edition, own in table.groupby("edition"):
        assert sorted(key for key, _, _ in rows[edition]) == sorted(own["organisation"])
    assert [len(rows[edition]) for edition in EDITIONS] == [408, 403, 698]


def test_cells_show_the_groups_of_the_edition(table, page):
    own = table[table["edition"] == "2016 Q2"].set_index("organisation")
    shown = dict(list_cells(page))
    for key, tier in shown.items():
        if key not in own.index:
            assert tier == "x"
        else:
            assert tier == ("0" if pd.isna(own.loc[key, "tier"]) else str(own.loc[key, "tier"]))
    assert list(shown.values()).count("x") > 10


def test_row_holds_the_values_as_its_language_writes_them(table, pages, page):
    row = table[table["edition"].eq("2014 Q2") & table["name"].eq("Ameland")].iloc[0]
    for language, html in pages.items():
        cells = next(cells for key, _, cells in list_rows(html)["2014 Q2"] if key == "GM0060")
        assert cells[:3] == ["Ameland", "NL", str(row["tier"])]
        numbers = [
            float(number.replace(",", ".") if language == "nl" else number.replace(",", ""))
            for number in re.findall(r"[\d.,]*\d", cells[4])
        ]
        expected = [100 * row[f"reply_share{end}"] for end in ("", "_low", "_high")]
        assert numbers == pytest.approx(expected, abs=0.051)
    silent = table[table["score"].isna()].iloc[0]
    rows = {key: cells for key, _, cells in list_rows(page)[silent["edition"]]}
    assert rows[silent["organisation"]][2:] == ["–"] * 5 + ["te weinig berichten"]


def test_single_measures_fall_into_fifths_and_five_is_good(drawn, page):
    rows = drawn.rows[drawn.rows["edition"] == "2016 Q2"]
    for measure in MEASURES[1:]:
        known = rows[rows[measure].notna()]
        assert known[f"class_{measure}"].value_counts().between(125, 137).all()
        best = known.groupby(f"class_{measure}")[measure].median()
        assert best.is_monotonic_decreasing if measure == "response_hours" else best.is_monotonic_increasing  # fmt: skip
        assert rows.loc[rows[measure].isna(), f"class_{measure}"].eq(0).all()
    key, tiers, _ = list_rows(page)["2016 Q2"][0]
    row = rows.set_index("id").loc[key]
    assert tiers == "".join(str(row[f"class_{measure}"]) for measure in MEASURES)


def test_legend_names_the_values_between_the_classes(drawn, page):
    legends = json.loads(unescape(re.search(r'data-legends="([^"]*)"', page).group(1)))
    limits = drawn.bounds["2014 Q2", "response_hours"]
    words = legends["2014 Q2"]["response_hours"]
    assert words[0] == f"tot {limits[0]:.1f} uur".replace(".", ",")
    assert words[-1] == f"{limits[3]:.1f} uur en meer".replace(".", ",")
    assert legends["2014 Q2"]["reply_share"][0].endswith("% en meer")
    assert legends["2014 Q2"]["score"][0] == "zeker in het eerste kwart"


def test_region_without_the_edition_is_named(drawn):
    page = build_map_page(drawn, "nl", edition="2014 Q2")
    assert "Vlaanderen is in deze editie niet gemeten." in page
    cells = dict(list_cells(page))
    assert cells["11002"] == "x"
    assert cells["GM0363"] != "x"


def test_names_of_organisations_cannot_bring_markup_along(table):
    rows = table[table["edition"] == "2014 Q2"].copy()
    evil = "<script>alert('x')</script>\"&"
    rows.loc[rows["name"] == "Ameland", ["name", "note", "organisation"]] = [
        evil,
        evil,
        'G"M><0060',
    ]
    page = build_map_page(prepare_map(rows), "nl", links={'G"M><0060': 'x.html"><b>'})
    assert "<script>alert" not in page
    assert read_markup(page).faults == []
    assert 'id="G-M--0060"' in page


def test_page_leads_to_cards_home_and_the_other_language(drawn, tmp_path):
    links = {"GM0060": "scorecards/GM0060.html"}
    page = build_map_page(
        drawn, "en", links=links, home="index.html", other_file="kaart.html", print_file="kaart.svg"
    )
    markup = read_markup(page)
    assert {*links.values(), "index.html", "kaart.html", "kaart.svg"} <= set(markup.links)
    assert page.count("scorecards/GM0060.html") == 3


def test_written_map_is_a_site_without_faults_and_the_same_every_time(table, tmp_path):
    table = table[table["edition"] == "2014 Q2"]
    for folder in ("one", "two"):
        written = write_map(table, tmp_path / folder)
        assert [path.name for path in written] == ["kaart.html", "map.html"]
    assert find_faults(tmp_path / "one") == []
    for path in sorted((tmp_path / "one").rglob("*.*")):
        twin = tmp_path / "two" / path.relative_to(tmp_path / "one")
        assert path.read_bytes() == twin.read_bytes()
    assert (tmp_path / "one" / "kaart.html").stat().st_size < 250_000


def test_one_file_is_all_and_its_policy_allows_just_that(drawn):
    page = build_map_page(drawn, "nl")
    assert len(page.encode()) < 500_000
    markup = read_markup(page)
    assert all(address.startswith("data:image/svg+xml;") for address in markup.fetched)
    assert markup.faults == []
    other = read_markup(page.replace("<script>", "<script>alert(1);"))
    assert other.faults == ["a script in the page itself that its policy does not name"]
    assert read_markup("<style>p { color: red").faults == ["a <style> that is not closed"]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    for tag in ("style", "script"):
        content = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert len(content) == 1
        digest = base64.b64encode(hashlib.sha256(content[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in unescape(policy)
    assert "unsafe" not in policy
    assert 'url("icon.svg")' not in page


def test_organisation_without_a_position_is_in_the_table_only(table):
    rows = table[table["edition"] == "2014 Q2"].copy()
    rows.loc[rows["name"] == "Urk", ["latitude", "longitude"]] = np.nan
    page = build_map_page(prepare_map(rows), "nl")
    assert "GM0184" not in dict(list_cells(page))
    assert "GM0184" in [key for key, _, _ in list_rows(page)["2014 Q2"]]
    assert "Van 1 gemeente is de plaats niet bekend" in page


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda rows: rows.drop(columns="tier"), "lacks the column tier"),
        (lambda rows: rows.iloc[:0], "has no rows"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "occurs twice in the edition"),
        (lambda rows: rows.assign(region="BE"), "region is 'BE'; expected NL or VL"),
        (lambda rows: rows.assign(tier=6), "tier is 6; expected 1 to 5"),
        (lambda rows: rows.assign(is_simulated=rows.index % 2 == 0), "mixes SIMULATED values"),
    ],
)
def test_table_that_is_none_is_refused(table, damage, message):
    with pytest.raises(InputError, match=message):
        prepare_map(damage(table))


def test_unknown_language_edition_and_measure_are_refused(drawn, monkeypatch):
    with pytest.raises(InputError, match="language is 'fr'; expected one of 'nl', 'en'"):
        build_map_page(drawn, "fr")
    with pytest.raises(InputError, match="no edition '2015'"):
        build_map_page(drawn, edition="2015")
    with pytest.raises(InputError, match="no measure 'likes'"):
        draw_print_map(drawn, measure="likes")
    monkeypatch.setattr(map_page, "LARGEST_PAGE", 100_000)
    with pytest.raises(InputError, match="draw fewer editions"):
        build_map_page(drawn)


# ---- SIMULATED ---------------------------------------------------------------------------------------------------


def test_simulated_values_stand_under_no_real_name_or_code_or_population(simulated, towns):
    drawn = prepare_map(simulated)
    assert drawn.is_simulated
    real = set(towns["name"])
    assert simulated["population"].notna().all()
    page = build_map_page(drawn)
    rows = [row for own in list_rows(page).values() for row in own]
    assert len(rows) == len(simulated)
    assert {cells[0] for _, _, cells in rows} & real == set()
    assert all(key.startswith("SIM-") for key, _, _ in rows)
    assert all(key.startswith("SIM-") for key, _ in list_cells(page))
    assert not re.search(r"GM\d{4}", page)
    assert "data-p=" not in page
    assert "<strong>SIMULATED" in page
    assert '<text class="stamp"' in page
    assert read_markup(page).faults == []
    keys = drawn.rows.groupby("edition")["organisation"]
    assert keys.nunique().eq(keys.size()).all()


@pytest.mark.parametrize(("region", "code"), [("NL", "GM0344"), ("VL", "11002")])
def test_a_simulated_value_beside_the_code_of_a_municipality_is_refused(simulated, region, code):
    rows = simulated.copy()
    chosen = rows.loc[rows["region"] == region, "organisation"].iloc[0]
    rows.loc[rows["organisation"] == chosen, "organisation"] = code
    with pytest.raises(InputError, match=f"stand beside '{code}', which is no pseudonym"):
        prepare_map(rows)
    assert not prepare_map(rows.assign(is_simulated=False)).is_simulated


def test_simulated_values_never_get_boundaries(simulated):
    few = simulated[simulated["edition"] == "2014 Q2"].iloc[:30]
    shapes = {code: [square(5, 52)] for code in few["organisation"]}
    assert prepare_map(few, shapes).shapes is None
    assert prepare_map(few.assign(is_simulated=False), shapes).shapes is not None


def test_real_values_carry_no_banner(page):
    assert "SIMULATED" not in page


# ---- colours -----------------------------------------------------------------------------------------------------


def to_linear(colour):
    parts = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def measure_luminance(colour):
    return float(to_linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(first, second):
    bright, dark = sorted((measure_luminance(first), measure_luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def to_lab(linear):
    xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    ) @ np.clip(linear, 0, 1) / [0.9505, 1, 1.089]  # fmt: skip
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


#: Machado, Oliveira and Fernandes (2009), severity 1; and grey, as on a copier.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}  # fmt: skip


@pytest.mark.parametrize("kind", BLINDNESS)
def test_colours_go_evenly_from_light_to_dark_for_every_eye(kind):
    seen = [to_lab(np.array(BLINDNESS[kind]) @ to_linear(colour)) for colour in TIER_COLOURS]
    lightness = [colour[0] for colour in seen]
    assert all(before - after > 6 for before, after in pairwise(lightness))
    apart = [
        np.linalg.norm(first - second)
        for place, first in enumerate(seen)
        for second in seen[:place]
    ]
    assert min(apart) > (6 if kind == "grey" else 15)


def test_digits_can_be_read_on_their_colours():
    for tier, colour in enumerate(TIER_COLOURS, start=1):
        assert contrast(colour, "#ffffff" if tier >= 4 else "#1c2126") >= 4.5


def test_page_and_print_have_the_same_colours_and_sizes():
    style = (TEMPLATES / "map" / "map.css").read_text(encoding="utf-8")
    assert tuple(re.findall(r"--tier-\d: (#\w{6});", style)) == TIER_COLOURS
    sizes = re.findall(r"\.hexagons \.t(\d) use \{ transform: scale\((\.\d+)\)", style)
    assert {int(tier): float(size) for tier, size in sizes if tier != "0"} == {
        tier: size for tier, size in enumerate(TIER_SIZES, start=1) if size != 1
    }
    assert list(TIER_SIZES) == sorted(set(TIER_SIZES))


# ---- print -------------------------------------------------------------------------------------------------------


def test_print_is_the_same_every_time_and_says_what_it_shows(drawn):
    pictures = []
    for _ in range(2):
        figure, alternative = draw_print_map(drawn, "en", edition="2016 Q2", measure="reply_share")
        pictures.append(draw_svg(figure))
    assert pictures[0] == pictures[1]
    assert len(pictures[0]) < 700_000
    none = int(drawn.rows.query("edition == '2016 Q2'")["reply_share"].isna().sum())
    assert alternative == (
        "Map of 698 municipalities as hexagons, 2016 Q2: Reply share in five groups; "
        f"{none} municipalities have no figure."
    )


def test_print_of_simulated_values_is_stamped(simulated, drawn):
    def words(figure):
        return " ".join(text.get_text() for text in figure.texts)

    figure, _ = draw_print_map(prepare_map(simulated[simulated["edition"] == "2014 Q2"]))
    assert "SIMULATED" in words(figure)
    assert "SIMULATED" not in words(draw_print_map(drawn, edition="2014 Q2")[0])


# ---- boundaries --------------------------------------------------------------------------------------------------


def square(west, south, size=0.1):
    east, north = round(west + size, 4), round(south + size, 4)
    return [(west, south), (east, south), (east, north), (west, north), (west, south)]


def write_geojson(shapes, key="statcode"):
    features = [
        {"type": "Feature", "properties": {key: code}, "geometry": {"type": "Polygon", "coordinates": rings}}
        for code, rings in shapes.items()
    ]  # fmt: skip
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.fixture
def neighbours():
    """Two municipalities with a ragged border between them, and an enclave in the second."""
    rng = np.random.default_rng(2)
    border = [(round(5 + 0.002 * rng.normal(), 5), round(52 + 0.1 * k / 60, 5)) for k in range(61)]
    west = [*border, (4.9, 52.1), (4.9, 52.0), border[0]]
    east = [*border[::-1], (5.2, 52.0), (5.2, 52.1), border[-1]]
    enclave = square(5.1, 52.04, 0.02)
    return {"GM0001": [west], "GM0002": [east, enclave[::-1]], "GM0003": [enclave]}


@pytest.mark.parametrize("smallest", [0.001, 0.02, 0.5])
def test_simplified_neighbours_still_share_their_border(neighbours, smallest):
    simple = simplify_shapes(neighbours, smallest)
    west, east = ({tuple(corner) for corner in simple[code][0].round(9)} for code in ("GM0001", "GM0002"))  # fmt: skip
    assert len(west) < 63
    # all that the one has beside its outer two corners, the other has too
    assert len(west - east) == 2
    assert len(east - west) == 2
    if smallest < 0.2:
        hole, inside = simple["GM0002"][1], simple["GM0003"][0]
        assert {tuple(c) for c in hole} == {tuple(c) for c in inside}


def test_more_is_taken_away_the_larger_the_limit(neighbours):
    counts = [
        sum(len(ring) for rings in simplify_shapes(neighbours, limit).values() for ring in rings)
        for limit in (0, 0.005, 0.02, 0.1)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    assert set(simplify_shapes(neighbours, 1e6)) == set(neighbours)
    assert all(len(rings[0]) > 2 for rings in simplify_shapes(neighbours, 1e6).values())


def test_shapes_are_read_whatever_the_order_of_their_axes(tmp_path):
    shapes = {"GM0001": [square(5, 52)]}
    swapped = {"GM0001": [[(north, east) for east, north in square(5, 52)]]}
    assert parse_shapes(write_geojson(shapes), "a") == parse_shapes(write_geojson(swapped, "code"), "b")  # fmt: skip
    assert read_boundaries(tmp_path / "nothing") is None
    assert read_boundaries(tmp_path) is None
    # the later year counts
    (tmp_path / "nl_2016.geojson").write_bytes(write_geojson(shapes))
    (tmp_path / "nl_2014.geojson").write_bytes(write_geojson({"GM0001": [square(6, 52)], "GM0009": [square(6, 53)]}))  # fmt: skip
    found = read_boundaries(tmp_path)
    assert found["GM0001"][0][0] == (5, 52)
    assert set(found) == {"GM0001", "GM0009"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<html>", "a.geojson is no GeoJSON"),
        (b'{"features": []}', "holds no municipality"),
        (write_geojson({"x": [square(5, 52)]}, "fid"), "feature 1: none of statcode"),
        (write_geojson({"GM0001": [[(155000, 463000)] * 4]}), "no longitude and latitude in the Low"),
        (b'{"features": [{"properties": {"code": "a"}, "geometry": {"type": "Point"}}]}', "Point, expected a Polygon"),
    ],
)  # fmt: skip
def test_file_without_boundaries_is_refused(content, message):
    with pytest.raises(InputError, match=message):
        parse_shapes(content, "a.geojson")


class Answer:
    def __init__(self, content, status=200):
        self.content, self.status = content, status

    def raise_for_status(self):
        if self.status != 200:
            raise requests.HTTPError(f"{self.status} Not Found")


def test_fetching_offline_ends_in_one_line(monkeypatch, tmp_path):
    def refuse(address, timeout):
        raise requests.ConnectionError("no route")

    monkeypatch.setattr(requests, "get", refuse)
    with pytest.raises(InputError, match=r"offline: service\.pdok\.nl cannot be reached") as told:
        fetch_boundaries(tmp_path / "boundaries")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "boundaries").exists()


def test_fetched_files_get_a_checksum_and_a_licence(monkeypatch, tmp_path, capsys):
    asked = []

    def answer(address, timeout):
        asked.append(address)
        if "2013" in address:
            return Answer(b"", 404)
        code = "11001" if "vlaanderen" in address else "GM0001"
        return Answer(write_geojson({code: [square(5, 52)]}, "NISCODE"))

    monkeypatch.setattr(requests, "get", answer)
    folder = tmp_path / "data" / "raw" / "boundaries"
    written = fetch_boundaries(folder, years=(2013, 2014))
    assert [path.name for path in written] == ["nl_2014.geojson", "vl.geojson"]
    assert len(asked) == 3
    assert all(address.startswith("https://") for address in asked)
    for path in written:
        told = verify_file(path)
        assert told.licence
        assert told.url in asked
    assert "has no nl_2013.geojson" in capsys.readouterr().out
    assert set(read_boundaries(folder)) == {"GM0001", "11001"}
    monkeypatch.setattr(requests, "get", lambda address, timeout: Answer(b"<html>"))
    with pytest.raises(InputError, match="no service has what was asked for"):
        fetch_boundaries(tmp_path / "other")


def test_shapes_are_drawn_only_if_everyone_has_one(table):
    rows = table[table["edition"] == "2014 Q2"].iloc[:40]
    shapes = {
        row.organisation: [square(round(row.longitude, 4), round(row.latitude, 4), 0.05)]
        for row in rows.itertuples()
    }
    drawn = prepare_map(rows, shapes)
    page = build_map_page(drawn, "nl")
    assert set(drawn.shapes) == set(rows["organisation"])
    assert read_markup(page).faults == []
    assert page.count('<path d="M') == 40
    assert '<svg class="shapes"' in page
    assert "CBS, Kadaster" in page
    del shapes[rows["organisation"].iloc[0]]
    assert prepare_map(rows, shapes).shapes is None


@pytest.mark.skipif(
    not list(BOUNDARIES.glob("*.geojson")),
    reason="no boundary files; `make boundaries` fetches them",
)
def test_true_map_of_both_regions_stays_small(towns):
    shapes = read_boundaries(BOUNDARIES)
    rows = make_up(towns, is_simulated=False)
    rows = rows[rows["edition"].eq("2016 Q2") & rows["organisation"].isin(shapes)]
    drawn = prepare_map(rows, shapes)
    page = build_map_page(drawn, "nl")
    assert drawn.shapes is not None
    assert len(rows) > 650
    assert len(page.encode()) < 700_000
    assert read_markup(page).faults == []
    # islands and enclaves included, everyone's point lies within the drawing
    assert drawn.places["east"].between(0, drawn.width).all()
    assert drawn.places["south"].between(0, drawn.height).all()
