"""The map of municipalities as one page that opens from a USB stick, and as a drawing for print.

A table of scores goes in, one row per edition, region and organisation; nothing is computed here but where a municipality
stands on the page and which fifth a single measure falls in. Where the values are SIMULATED no real name, no boundary and
no number of inhabitants reaches the page.
"""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from roeptoeter.boundaries import Shapes, simplify_shapes
from roeptoeter.errors import InputError
from roeptoeter.hexagons import arrange_hexagons, find_centres, project
from roeptoeter.map_texts import TEXTS, find_words, format_number
from roeptoeter.registers import SIZE_CLASSES

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

#: What the map can show, in the order of its switch; `score` first.
MEASURES = ("score", "reply_share", "reach_per_message", "response_hours")

#: Of these a small value is the better one.
SMALL_IS_GOOD = ("response_hours",)

#: The columns of the table that the map is drawn from; each measure also has `_low` and `_high`.
COLUMNS = (
    "edition", "region", "organisation", "name", "latitude", "longitude", "population", "size_class", "is_simulated", "tier",
    *(f"{measure}{end}" for measure in MEASURES for end in ("", "_low", "_high")), "note",
)  # fmt: skip

#: A page of this size (bytes) is still sent by mail and opened on an old telephone.
LARGEST_PAGE = 1_500_000

#: Codes that stand for no municipality: those of the simulation.
_PSEUDONYM = re.compile(r"SIM-[A-Z]{2}-[0-9]+")

_CELL = 20  # width of a cell in units of the drawing
_HEXAGON = "M0-11 9.53-5.5V5.5L0 11-9.53 5.5V-5.5z"
_HEXAGON_BESIDE = "m0-11.1 9.6 5.55v11.1l-9.6 5.55-9.6-5.55v-11.1z"
_MARGIN = 14
_TRUE_MAP_WIDTH = 800


@dataclass(frozen=True, slots=True)
class MunicipalityMap:
    """A map ready to be drawn.

    Parameters
    ----------
    rows : pandas.DataFrame
        The table, by edition and name, with id (of its place on the page) and `class_` followed by each measure: 1 to 5,
        0 where there is no value.
    places : pandas.DataFrame
        One row per id: east and south (units of the drawing), sorted from north to south.
    shapes : dict or None
        Rings of corners by id, in the same units, where the map shows boundaries.
    bounds : dict
        By edition and measure the four values between the five classes; none for the score.
    width, height : float
        Of the drawing.
    is_simulated : bool
    """

    rows: pd.DataFrame
    places: pd.DataFrame
    shapes: dict | None
    bounds: dict
    width: float
    height: float
    is_simulated: bool

    @property
    def editions(self) -> list[str]:
        """The editions, in order."""
        return sorted(self.rows["edition"].unique())


def prepare_map(table: pd.DataFrame, shapes: Shapes | None = None) -> MunicipalityMap:
    """Place every municipality, and sort the values of each measure into five classes.

    Parameters
    ----------
    table : pandas.DataFrame
        `COLUMNS`, one row per edition, region ("NL", "VL") and organisation. `tier` is 1 to 5 (5: highest) or missing,
        `reply_share` 0 to 1; every number but the position may be missing, and where the position is the organisation is
        in the table of the page only.
    shapes : Shapes, optional
        Boundaries by code, from `roeptoeter.boundaries.read_boundaries`. Used if every placed organisation has one, and
        never for SIMULATED values.

    Returns
    -------
    MunicipalityMap

    Raises
    ------
    InputError
        If a column is missing, a row occurs twice, a region or a tier is none, values are SIMULATED in part, or a
        population stands beside a SIMULATED value of a real code.
    """
    rows = _check_table(table)
    is_simulated = bool(rows["is_simulated"].any())
    if is_simulated:
        rows, shapes = _mask_names(rows), None
    rows["id"] = _find_ids(rows["organisation"])
    rows = rows.sort_values(
        ["edition", "name", "organisation"],
        key=lambda column: column.map(_sort_key) if column.name == "name" else column,
        ignore_index=True,
    )
    bounds = {}
    for measure in MEASURES:
        rows[f"class_{measure}"] = 0
    rows["class_score"] = rows["tier"].fillna(0).astype(int)
    for edition, own in rows.groupby("edition"):
        for measure in MEASURES[1:]:
            values = own[measure].to_numpy(dtype=float)
            known = np.isfinite(values)
            if not known.any():
                continue
            limits = np.quantile(values[known], [0.2, 0.4, 0.6, 0.8])
            classes = np.searchsorted(limits, values[known], side="right") + 1
            if measure in SMALL_IS_GOOD:
                classes = 6 - classes
            rows.loc[own.index[known], f"class_{measure}"] = classes
            bounds[edition, measure] = limits.tolist()
    placed = rows.dropna(subset=["latitude", "longitude"])
    if shapes is not None and set(placed["organisation"]) <= set(shapes):
        drawn, places, size = _place_shapes(placed, shapes)
    else:
        drawn, (places, size) = None, _place_hexagons(placed)
    return MunicipalityMap(rows, places, drawn, bounds, *size, is_simulated)


def build_map_page(
    drawn: MunicipalityMap,
    language: str = "nl",
    *,
    edition: str | None = None,
    confidence: float = 0.95,
    title: str | None = None,
    lede: str | None = None,
    source: str | None = None,
    links: Mapping[str, str] | None = None,
    home: str | None = None,
    other_file: str | None = None,
    print_file: str | None = None,
    standalone: bool = False,
) -> str:
    """Write the page.

    Parameters
    ----------
    drawn : MunicipalityMap
    language : {"nl", "en"}
    edition : str, optional
        The one that the page opens with; without it the last.
    confidence : float
        Of the intervals, to be named.
    title, lede, source : str, optional
        In the language; without them the page's own words.
    links : mapping of str to str, optional
        Address of a page by organisation, such as its scorecard.
    home, other_file, print_file : str, optional
        Addresses of the site's front page, of this page in the other language and of the drawing for print.
    standalone : bool
        Whether style and script stand in the page itself, allowed by their hashes, so that one file is all; otherwise
        they are files in `static/`.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        If the language or the edition is not there, or the page would be larger than `LARGEST_PAGE`.
    """
    _ = find_words(language)
    edition = _find_edition(drawn, edition)
    links = links or {}
    decimals = _find_decimals(drawn.rows)
    legends = {
        name: {measure: _describe_classes(drawn, name, measure, decimals, language) for measure in MEASURES}
        for name in drawn.editions
    }  # fmt: skip
    texts = {key: TEXTS[language][key] for key in _SCRIPT_TEXTS} | {"language": language}
    absent = {name: _name_absent(drawn, name, language) for name in drawn.editions}
    shown = drawn.rows[drawn.rows["edition"] == edition].set_index("id")["class_score"]
    style, script = _read_static() if standalone else ("", "")
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES / "map"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    placed = drawn.rows["id"].isin(drawn.places.index)
    without = drawn.rows.loc[~placed, "id"].nunique()
    present = pd.crosstab(drawn.rows["id"], drawn.rows["edition"])
    page = environment.get_template("page.html.j2").render(
        _=_,
        language=language,
        title=title or _("page_title"),
        lede=lede or _("lede"),
        source=source or _source(drawn, language),
        home=home,
        other_file=other_file,
        other_language="en" if language == "nl" else "nl",
        print_file=print_file,
        style=_trust(style),
        script=_trust(script),
        style_source=_allow(style),
        script_source=_allow(script),
        is_simulated=drawn.is_simulated,
        is_true_map=drawn.shapes is not None,
        has_gaps=bool(present.eq(0).any(axis=None)),
        without_place=_("without_place", count=without) if without else "",
        measures=MEASURES,
        editions=drawn.editions,
        edition=edition,
        confidence=f"{100 * confidence:g}".replace(".", "," if language == "nl" else "."),
        texts=json.dumps(texts | {"absent": absent}, ensure_ascii=False, separators=(",", ":")),
        legends=json.dumps(legends, ensure_ascii=False, separators=(",", ":")),
        legend=legends[edition]["score"],
        absent=absent[edition],
        width=f"{drawn.width:g}",
        height=f"{drawn.height:g}",
        middle=(f"{drawn.width / 2:g}", f"{drawn.height / 2:g}"),
        alternative=_describe_picture(shown, edition, "score", language),
        hexagon=_HEXAGON,
        ground="" if drawn.shapes else _draw_ground(drawn.places),
        cells=_list_cells(drawn, shown),
        rows=[
            (name, [_describe_row(row, decimals, language, links, drawn.is_simulated) for row in own.to_dict("records")])
            for name, own in drawn.rows.groupby("edition", sort=True)
        ],
    )  # fmt: skip
    if len(page.encode()) > LARGEST_PAGE:
        raise InputError(
            f"the map would be {len(page.encode()) / 1e6:.1f} MB, more than {LARGEST_PAGE / 1e6:.1f} MB; draw fewer editions"
        )
    return page


def draw_print_map(
    drawn: MunicipalityMap,
    language: str = "nl",
    *,
    edition: str | None = None,
    measure: str = "score",
    title: str | None = None,
    source: str | None = None,
):
    """Draw the same map for print.

    Parameters
    ----------
    drawn : MunicipalityMap
    language : {"nl", "en"}
    edition : str, optional
        Without it the last.
    measure : str
        One of `MEASURES`.
    title, source : str, optional
        In the language; without them the page's own words.

    Returns
    -------
    figure : matplotlib.figure.Figure
        Marked as SIMULATED where the values are.
    alternative : str
        What it shows, in words.

    Raises
    ------
    InputError
        If the measure, the language or the edition is not there.
    """
    from roeptoeter.plots.municipality_map import draw_municipality_map
    from roeptoeter.plots.style import stamp_simulated

    _ = find_words(language)
    if measure not in MEASURES:
        raise InputError(f"no measure {measure!r} on the map; it has {', '.join(MEASURES)}")
    edition = _find_edition(drawn, edition)
    rows = drawn.rows[drawn.rows["edition"] == edition]
    tiers = rows.set_index("id")[f"class_{measure}"]
    labels = _describe_classes(drawn, edition, measure, _find_decimals(drawn.rows), language)
    figure = draw_municipality_map(
        drawn.places,
        tiers,
        [*labels, _("legend_none")],
        title or _("print_title", edition=edition),
        _("print_subtitle", measure=_(measure)),
        f"{_('source')}: {source or _source(drawn, language)}",
        drawn.shapes,
    )
    if drawn.is_simulated:
        stamp_simulated(figure)
    return figure, _describe_picture(tiers, edition, measure, language)


def write_map(
    table: pd.DataFrame,
    folder: Path,
    *,
    shapes: Shapes | None = None,
    mark: str = "",
    standalone: bool = False,
    **described,
) -> list[Path]:
    """Write the map in both languages, with its style and script beside it.

    Parameters
    ----------
    table : pandas.DataFrame
        See `prepare_map`.
    folder : pathlib.Path
        Gets `kaart.html` (Dutch), `map.html` (English) and `static/`.
    shapes : Shapes, optional
        See `prepare_map`.
    mark : str
        Put before the files' names.
    standalone : bool
        See `build_map_page`; without `static/` then.
    **described
        Passed to `build_map_page`.

    Returns
    -------
    list of pathlib.Path
        The two pages.
    """
    drawn = prepare_map(table, shapes)
    folder.mkdir(parents=True, exist_ok=True)
    names = {"nl": f"{mark}kaart.html", "en": f"{mark}map.html"}
    written = []
    for language, other in (("nl", "en"), ("en", "nl")):
        page = build_map_page(
            drawn, language, other_file=names[other], standalone=standalone, **described
        )
        path = folder / names[language]
        path.write_text(page, encoding="utf-8", newline="\n")
        written.append(path)
    if not standalone:
        copy_static(folder)
    return written


def copy_static(folder: Path) -> None:
    """Copy the style and script of the map into `static/` of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Of the pages.
    """
    (folder / "static").mkdir(exist_ok=True)
    for path in _STATIC:
        shutil.copyfile(TEMPLATES / path, folder / "static" / path.rpartition("/")[2])


_STATIC = (
    "site/static/icon.svg", "site/static/site.css", "map/static/map.css", "map/static/map.js",
)  # fmt: skip

#: The words that the script fills in.
_SCRIPT_TEXTS = (
    "search_none", "search_some", "search_one", "group_of", "no_group", "no_value", "interval", "inhabitants",
    "table_count", "details_empty", "NL", "VL", "map_label", *SIZE_CLASSES, *MEASURES,
    *(f"{measure}_{part}" for measure in MEASURES for part in ("meaning", "unit")),
)  # fmt: skip


def _find_edition(drawn: MunicipalityMap, edition: str | None) -> str:
    if edition is not None and edition not in drawn.editions:
        raise InputError(f"no edition {edition!r} on the map; it has {', '.join(drawn.editions)}")
    return drawn.editions[-1] if edition is None else edition


def _source(drawn: MunicipalityMap, language: str) -> str:
    _ = find_words(language)
    return _("made_by") + (" " + _("boundaries_source") if drawn.shapes else "")


def _describe_picture(tiers: pd.Series, edition: str, measure: str, language: str) -> str:
    _ = find_words(language)
    none = int(tiers.eq(0).sum())
    return _("print_alternative", count=len(tiers), edition=edition, measure=_(measure), none=none)


def _check_table(table: pd.DataFrame) -> pd.DataFrame:
    lacking = [column for column in COLUMNS if column not in table]
    if lacking:
        raise InputError(f"the table of the map lacks the column {lacking[0]}")
    rows = table[list(COLUMNS)].copy()
    if rows.empty:
        raise InputError("the table of the map has no rows")
    twice = rows.duplicated(["edition", "region", "organisation"])
    if twice.any():
        row = rows[twice].iloc[0]
        raise InputError(
            f"{row['organisation']} occurs twice in the edition {row['edition']}; the map has one place for each"
        )
    strange = ~rows["region"].isin(["NL", "VL"])
    if strange.any():
        raise InputError(f"region is {rows.loc[strange, 'region'].iloc[0]!r}; expected NL or VL")
    numbers = ["latitude", "longitude", "population", "tier"]
    numbers += [column for column in COLUMNS if column.startswith(MEASURES)]
    for column in numbers:
        rows[column] = pd.to_numeric(rows[column], errors="coerce").astype("float64")
    wrong = ~(rows["tier"].isna() | rows["tier"].isin([1, 2, 3, 4, 5]))
    if wrong.any():
        raise InputError(
            f"tier is {rows.loc[wrong, 'tier'].iloc[0]:g}; expected 1 to 5, or nothing"
        )
    rows["is_simulated"] = rows["is_simulated"].astype(bool)
    if rows["is_simulated"].nunique() > 1:
        raise InputError(
            "the table of the map mixes SIMULATED values with others; draw a map of each"
        )
    for column in ("edition", "organisation", "name"):
        rows[column] = rows[column].astype(str)
    rows["note"] = rows["note"].fillna("").astype(str)
    return rows


def _mask_names(rows: pd.DataFrame) -> pd.DataFrame:
    """Replace every name that stands beside no pseudonym, and forget the populations.

    The simulation keeps the names of the few municipalities that the studies themselves name; on a map such a name would
    be read as a statement about the place.
    """
    real = ~rows["organisation"].map(lambda code: _PSEUDONYM.fullmatch(code) is not None)
    codes = sorted(set(zip(rows["region"][real], rows["organisation"][real], strict=True)))
    known = set(rows["organisation"])
    aliases, number = {}, 0
    for region, code in codes:
        number += 1
        while f"SIM-{region}-{900 + number}" in known:
            number += 1
        aliases[code] = f"SIM-{region}-{900 + number}"
    rows.loc[real, "name"] = rows.loc[real, "organisation"].map(aliases)
    rows["organisation"] = rows["organisation"].map(lambda code: aliases.get(code, code))
    rows["population"] = np.nan
    return rows


def _find_ids(organisations: pd.Series) -> pd.Series:
    """Find an id for the page: the code itself, unless it has signs that an address cannot hold."""
    ids = {}
    for code in sorted(organisations.unique()):
        plain = re.sub(r"[^A-Za-z0-9.-]", "-", code) or "-"
        taken = set(ids.values())
        ids[code] = next(
            name
            for name in (plain, *(f"{plain}-{n}" for n in range(2, len(ids) + 3)))
            if name not in taken
        )
    return organisations.map(ids)


def _sort_key(name: str) -> str:
    """Sort as a Dutch index does: 's-Gravenhage under the G, IJsselstein under the I."""
    return re.sub(r"^'[st][ -]|^[^\w]+", "", name).casefold()


def _place_hexagons(placed: pd.DataFrame) -> tuple[pd.DataFrame, tuple[float, float]]:
    cells = arrange_hexagons(placed).join(placed["id"]).drop_duplicates("id")
    centres = find_centres(cells) * _CELL + _MARGIN
    places = pd.DataFrame(centres.round(1), columns=["east", "south"], index=cells["id"])
    size = tuple((places.max() + _MARGIN).round().tolist()) if len(places) else (100.0, 100.0)
    return _order_places(places, placed), size


def _place_shapes(placed: pd.DataFrame, shapes: Shapes):
    units = placed.drop_duplicates("id").set_index("id")
    chosen = {code: shapes[code] for code in units["organisation"]}
    smallest = 0.05
    while True:
        simple = simplify_shapes(chosen, smallest)
        corners = sum(len(ring) for rings in simple.values() for ring in rings)
        if corners <= 30_000:
            break
        smallest *= 2
    every = np.vstack([np.array(ring) for rings in simple.values() for ring in rings])
    low, high = every.min(axis=0), every.max(axis=0)
    scale = (_TRUE_MAP_WIDTH - 2 * _MARGIN) / (high[0] - low[0])
    points = (project(units) - low) * scale + _MARGIN
    places = pd.DataFrame(points.round(1), columns=["east", "south"], index=units.index)
    drawn = {
        key: [(np.array(ring) - low) * scale + _MARGIN for ring in simple[code]]
        for key, code in units["organisation"].items()
    }
    height = float(np.ceil((high[1] - low[1]) * scale + 2 * _MARGIN))
    return drawn, _order_places(places, placed), (float(_TRUE_MAP_WIDTH), height)


def _order_places(places: pd.DataFrame, placed: pd.DataFrame) -> pd.DataFrame:
    """Order as one reads: the Netherlands first, from north to south and from west to east."""
    regions = placed.drop_duplicates("id").set_index("id")["region"]
    return (
        places.assign(region=regions)
        .sort_values(["region", "south", "east"])
        .drop(columns="region")
    )


def _draw_ground(places: pd.DataFrame) -> str:
    """Draw all land at once; a cell that two municipalities share in turn is there once."""
    corners = places[["east", "south"]].drop_duplicates()
    return "".join(f"M{east:g} {south:g}{_HEXAGON_BESIDE}" for east, south in corners.to_numpy())


def _list_cells(drawn: MunicipalityMap, shown: pd.Series) -> list[dict]:
    cells = []
    keys = list(drawn.places.index)
    if drawn.shapes:
        # the larger below: a municipality that grew lies under the one that it took in later
        extent = {
            key: sum(abs(_measure_area(ring)) for ring in drawn.shapes[key][:1]) for key in keys
        }
        keys.sort(key=lambda key: -extent[key])
    for key in keys:
        east, south = drawn.places.loc[key]
        tier = int(shown[key]) if key in shown.index else None
        cell = {
            "id": key,
            "tier": "x" if tier is None else tier,
            "place": None if drawn.shapes else f"{east:g} {south:g}",
            "shape": _draw_rings(drawn.shapes[key]) if drawn.shapes else None,
            "point": (f"{east:g}", f"{south:g}") if drawn.shapes else None,
        }
        cells.append(cell)
    return cells


def _measure_area(ring: np.ndarray) -> float:
    east, south = np.array(ring).T
    return float(east @ np.roll(south, -1) - south @ np.roll(east, -1)) / 2


def _draw_rings(rings: list[np.ndarray]) -> str:
    """Write rings as a path: whole tenths of a unit, each corner from the one before."""
    parts = []
    for ring in rings:
        tenths = np.rint(np.array(ring) * 10).astype(int)
        steps = np.diff(tenths, axis=0)
        steps = steps[(steps != 0).any(axis=1)]
        if len(steps) < 2:
            continue
        numbers = "".join(_write_tenths(x) + _write_tenths(y) for x, y in steps.tolist())
        parts.append(f"M{tenths[0, 0] / 10:g} {tenths[0, 1] / 10:g}l{numbers.strip()}z")
    return "".join(parts)


def _write_tenths(tenths: int) -> str:
    """Write a number with its separator: a minus sign separates by itself."""
    text = f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"
    return text if text.startswith("-") else f" {text}"


def _find_decimals(rows: pd.DataFrame) -> dict[str, int]:
    """Find with how many decimals each measure is written: as many as tell its values apart."""
    decimals = {"reply_share": 1, "reach_per_message": 0, "response_hours": 1}
    largest = rows["score"].abs().max()
    return decimals | {"score": 2 if not largest >= 10 else 0}


def _write_value(value: float, measure: str, decimals: dict, language: str) -> str:
    return format_number(
        100 * value if measure == "reply_share" else value, decimals[measure], language
    )


def _describe_row(
    row: dict, decimals: dict, language: str, links: Mapping, is_simulated: bool
) -> dict:
    texts = []
    for measure in MEASURES:
        value, low, high = (row[f"{measure}{end}"] for end in ("", "_low", "_high"))
        text = _write_value(value, measure, decimals, language)
        if np.isfinite(value) and np.isfinite(low) and np.isfinite(high):
            low, high = (_write_value(end, measure, decimals, language) for end in (low, high))
            text += f" ({low}–{high})"
        texts.append(text)
    return {
        "id": row["id"],
        "tiers": "".join(str(row[f"class_{measure}"]) for measure in MEASURES),
        "size": SIZE_CLASSES.index(row["size_class"]) + 1
        if row["size_class"] in SIZE_CLASSES
        else 0,
        "population": int(row["population"]) if np.isfinite(row["population"]) else 0,
        "name": row["name"],
        "link": links.get(row["organisation"]),
        "region": row["region"],
        "tier": row["class_score"],
        "texts": texts,
        "note": row["note"],
    }


def _describe_classes(
    drawn: MunicipalityMap, edition: str, measure: str, decimals: dict, language: str
) -> list[str]:
    """Describe the five classes, the highest first."""
    _ = find_words(language)
    if measure == "score":
        return [_(f"legend_score_{tier}") for tier in (5, 4, 3, 2, 1)]
    limits = drawn.bounds.get((edition, measure))
    if limits is None:
        return [""] * 5
    a, b, c, d = (_write_value(limit, measure, decimals, language) for limit in limits)
    unit = " " + _(f"{measure}_unit") if measure != "reply_share" else "%"
    words = [
        _("below", high=a),
        *(_("between", low=x, high=y) for x, y in ((a, b), (b, c), (c, d))),
        _("above", low=d),
    ]
    words[0], words[-1] = _("below", high=a + unit), _("above", low=d + unit)
    return words if measure in SMALL_IS_GOOD else words[::-1]


def _name_absent(drawn: MunicipalityMap, edition: str, language: str) -> str:
    _ = find_words(language)
    here = set(drawn.rows.loc[drawn.rows["edition"] == edition, "region"])
    every = sorted(set(drawn.rows["region"]))
    return " ".join(_("absent_region", region=_(region)) for region in every if region not in here)


def _read_static() -> tuple[str, str]:
    """Read style and script for a page that is one file."""
    style = "".join(
        (TEMPLATES / path).read_text(encoding="utf-8") for path in _STATIC if path.endswith(".css")
    )
    icon = base64.b64encode((TEMPLATES / "site/static/icon.svg").read_bytes()).decode()
    style = style.replace('url("icon.svg")', f'url("data:image/svg+xml;base64,{icon}")')
    return style, (TEMPLATES / "map/static/map.js").read_text(encoding="utf-8")


def _trust(text: str):
    from markupsafe import Markup

    assert "</" not in text.replace("<\\/", ""), "style and script may not end their element"
    return Markup(text)


def _allow(text: str) -> str:
    if not text:
        return "'self'"
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
