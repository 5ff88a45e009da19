"""The map of municipalities as one file that opens from a mail or a USB stick, and as a drawing for print.

A table of scores goes in, one row per edition, region and organisation; nothing is computed here but where a municipality
stands on the page and which fifth a single measure falls in. Where the values are SIMULATED only pseudonyms are taken, and
no boundary and no number of inhabitants reaches the page.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from roeptoeter.boundaries import Shapes, simplify_shapes
from roeptoeter.errors import InputError
from roeptoeter.hexagons import arrange_hexagons, find_centres, project
from roeptoeter.languages import LANGUAGES, N_, Language, get_language
from roeptoeter.public_words import (
    MEASURE_HEADS,
    MEASURE_NAMES,
    MEASURE_UNITS,
    MEASURES,
    REGIONS,
    SMALL_IS_GOOD,
    TIERS,
)
from roeptoeter.questions.scorecard_words import SIZE_CLASSES as SIZE_WORDS
from roeptoeter.registers import SIZE_CLASSES, refuse_other_codes
from roeptoeter.templates import TEMPLATES, make_environment

#: The columns of the table that the map is drawn from; each measure also has `_low` and `_high`.
COLUMNS = (
    "edition", "region", "organisation", "name", "latitude", "longitude", "population", "size_class", "is_simulated", "tier",
    *(f"{measure}{end}" for measure in MEASURES for end in ("", "_low", "_high")), "note",
)  # fmt: skip

#: A page of this size (bytes) is still sent by mail and opened on an old telephone.
LARGEST_PAGE = 1_500_000

#: What each measure is, and what its groups are.
MEANINGS = {
    "score": N_(
        "Three measures together: reply share, potential reach and response speed. A group says roughly where a municipality "
        "stands; it has no exact place."
    ),
    "reply_share": N_(
        "The share of its own messages that answer somebody else; the studies say interaction percentage. Each group holds a "
        "fifth of the municipalities."
    ),
    "reach_per_message": N_(
        "How many followers a message can reach on average. Each group holds a fifth of the municipalities."
    ),
    "response_hours": N_(
        "How many hours a question waits for its answer on average; group 5 is the fastest. Each group holds a fifth of the "
        "municipalities."
    ),
}

#: What the script of the page writes, its braces still open.
_SCRIPT_WORDS = {
    "search_none": N_("No municipality found"),
    "search_some": N_("{count} municipalities found; Enter picks {name}"),
    "search_one": N_("Found: {name}; Enter goes there"),
    "group_of": N_("group {tier} of 5"),
    "no_group": N_("no group"),
    "no_value": N_("no figure"),
    "interval": N_("{low} to {high}"),
    "table_count": N_("{count} municipalities"),
    "details_empty": N_("Point at a municipality, tap it or find it by name."),
    "map_label": N_("Map of the municipalities; the arrow keys go from neighbour to neighbour"),
    **SIZE_WORDS,
    **REGIONS,
    **MEASURE_NAMES,
    **{f"{measure}_meaning": text for measure, text in MEANINGS.items()},
}

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
        SIMULATED value stands beside anything but a pseudonym.
    """
    rows = _check_table(table)
    is_simulated = bool(rows["is_simulated"].any())
    if is_simulated:
        refuse_other_codes(rows)
        rows["population"], shapes = np.nan, None
    rows["id"] = _find_ids(rows["organisation"])
    rows = rows.sort_values(
        ["edition", "name", "organisation"],
        key=lambda column: column.map(sort_key) if column.name == "name" else column,
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
    neighbours: Mapping[str, str] | None = None,
) -> str:
    """Write the page: one file, style and script in it and allowed by their hashes, that can be sent on by mail.

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
    neighbours : mapping of str to str, optional
        Title by address of other pages for officials.

    Returns
    -------
    str
        HTML.

    Raises
    ------
    InputError
        If the language or the edition is not there, or the page would be larger than `LARGEST_PAGE`.
    """
    words = get_language(language)
    _ = words._
    edition = _find_edition(drawn, edition)
    links = links or {}
    decimals = _find_decimals(drawn.rows)
    legends = {
        name: {measure: _describe_classes(drawn, name, measure, decimals, words) for measure in MEASURES}
        for name in drawn.editions
    }  # fmt: skip
    texts = _gather_script_texts(words)
    absent = {name: _name_absent(drawn, name, words) for name in drawn.editions}
    shown = drawn.rows[drawn.rows["edition"] == edition].set_index("id")["class_score"]
    style, script, icon = _read_static()
    environment = make_environment("map")
    placed = drawn.rows["id"].isin(drawn.places.index)
    without = drawn.rows.loc[~placed, "id"].nunique()
    present = pd.crosstab(drawn.rows["id"], drawn.rows["edition"])
    page = environment.get_template("page.html.j2").render(
        _=_,
        words=words,
        title=title or _("The map of municipalities: who converses?"),
        lede=lede
        or _(
            "How many of their messages are replies, how many followers does a message reach, and how soon does an answer "
            "come? The map shows it for each municipality, with its uncertainty."
        ),
        source=source or _source(drawn, words),
        home=home,
        other_file=other_file,
        other=next(get_language(code) for code in LANGUAGES if code != language),
        names=MEASURE_NAMES,
        heads=MEASURE_HEADS,
        meanings=MEANINGS,
        print_file=print_file,
        neighbours=neighbours or {},
        icon=icon,
        style=_trust(style),
        script=_trust(script),
        style_source=_allow(style),
        script_source=_allow(script),
        is_simulated=drawn.is_simulated,
        is_true_map=drawn.shapes is not None,
        has_gaps=bool(present.eq(0).any(axis=None)),
        without_place=words.ngettext(
            "The place of {count} municipality is not known; it is in the table only.",
            "The place of {count} municipalities is not known; they are in the table only.",
            without,
        )
        if without
        else "",
        measures=MEASURES,
        editions=drawn.editions,
        edition=edition,
        confidence=words.percent(confidence, 0 if (100 * confidence).is_integer() else 1),
        texts=json.dumps(texts | {"absent": absent}, ensure_ascii=False, separators=(",", ":")),
        legends=json.dumps(legends, ensure_ascii=False, separators=(",", ":")),
        legend=legends[edition]["score"],
        absent=absent[edition],
        width=f"{drawn.width:g}",
        height=f"{drawn.height:g}",
        middle=(f"{drawn.width / 2:g}", f"{drawn.height / 2:g}"),
        alternative=_describe_picture(shown, edition, "score", words),
        hexagon=_HEXAGON,
        ground="" if drawn.shapes else _draw_ground(drawn.places),
        cells=_list_cells(drawn, shown),
        rows=[
            (name, [_describe_row(row, decimals, words, links) for row in own.to_dict("records")])
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

    words = get_language(language)
    _ = words._
    if measure not in MEASURES:
        raise InputError(f"no measure {measure!r} on the map; it has {', '.join(MEASURES)}")
    edition = _find_edition(drawn, edition)
    rows = drawn.rows[drawn.rows["edition"] == edition]
    tiers = rows.set_index("id")[f"class_{measure}"]
    labels = _describe_classes(drawn, edition, measure, _find_decimals(drawn.rows), words)
    figure = draw_municipality_map(
        drawn.places,
        tiers,
        [*labels, _("no figure: too few data")],
        title or _("Who converses? {edition}", edition=edition),
        _("{measure} by municipality in five groups", measure=_(MEASURE_NAMES[measure])),
        f"{_('Source')}: {source or _source(drawn, words)}",
        drawn.shapes,
    )
    if drawn.is_simulated:
        stamp_simulated(figure)
    return figure, _describe_picture(tiers, edition, measure, words)


def _gather_script_texts(words: Language) -> dict[str, str]:
    texts = {key: words.template(text) for key, text in _SCRIPT_WORDS.items()}
    texts |= {
        f"{measure}_unit": words._(unit) if len(unit) > 1 else unit
        for measure, unit in MEASURE_UNITS.items()
    }
    counted = words.template("{count} inhabitant", "{count} inhabitants")
    return texts | {"inhabitants": counted, "language": words.code}


def _find_edition(drawn: MunicipalityMap, edition: str | None) -> str:
    if edition is not None and edition not in drawn.editions:
        raise InputError(f"no edition {edition!r} on the map; it has {', '.join(drawn.editions)}")
    return drawn.editions[-1] if edition is None else edition


def _source(drawn: MunicipalityMap, words: Language) -> str:
    made = words._("Roeptoeter. Positions: registers of municipalities.")
    if drawn.shapes is None:
        return made
    return made + " " + words._("Boundaries: CBS, Kadaster; Digitaal Vlaanderen, Statbel.")


def _describe_picture(tiers: pd.Series, edition: str, measure: str, words: Language) -> str:
    return words._(
        "Map of {count} municipalities as hexagons, {edition}: {measure} in five groups; {none} municipalities have no "
        "figure.",
        count=words.number(len(tiers)),
        edition=edition,
        measure=words._(MEASURE_NAMES[measure]),
        none=words.number(int(tiers.eq(0).sum())),
    )


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


def find_places(scores: pd.DataFrame) -> dict[str, str]:
    """Find the place of each organisation on the map: what stands behind the # in the address of the page.

    Parameters
    ----------
    scores : pandas.DataFrame
        organisation of the rows on the map, in any order.

    Returns
    -------
    dict
        Id by organisation.
    """
    return dict(zip(scores["organisation"], _find_ids(scores["organisation"]), strict=True))


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


def sort_key(name: str) -> str:
    """Sort as a Dutch index does: 's-Gravenhage under the G, IJsselstein under the I.

    Examples
    --------
    >>> sorted(["Zoetermeer", "'s-Gravenhage", "Haarlem"], key=sort_key)
    ["'s-Gravenhage", 'Haarlem', 'Zoetermeer']
    """
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


def write_value(value: float, measure: str, decimals: Mapping[str, int], words: Language) -> str:
    """Write a value of a measure, without its unit; a dash where there is none.

    Parameters
    ----------
    value : float
        A share between 0 and 1 where the measure is one.
    measure : str
    decimals : mapping of str to int
    words : Language

    Returns
    -------
    str
    """
    if not np.isfinite(value):
        return "–"
    return words.number(100 * value if measure == "reply_share" else value, decimals[measure])


def _describe_row(row: dict, decimals: dict, words: Language, links: Mapping) -> dict:
    texts = []
    for measure in MEASURES:
        value, low, high = (row[f"{measure}{end}"] for end in ("", "_low", "_high"))
        text = write_value(value, measure, decimals, words)
        if np.isfinite(value) and np.isfinite(low) and np.isfinite(high):
            low, high = (write_value(end, measure, decimals, words) for end in (low, high))
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
    drawn: MunicipalityMap, edition: str, measure: str, decimals: dict, words: Language
) -> list[str]:
    """Describe the five classes, the highest first."""
    _ = words._
    if measure == "score":
        return [_(TIERS[tier]) for tier in sorted(TIERS)]
    limits = drawn.bounds.get((edition, measure))
    if limits is None:
        return [""] * 5
    a, b, c, d = (write_value(limit, measure, decimals, words) for limit in limits)
    unit = "%" if measure == "reply_share" else f" {_(MEASURE_UNITS[measure])}"
    described = [
        _("up to {high}", high=a + unit),
        *(_("{low} to {high}", low=x, high=y) for x, y in ((a, b), (b, c), (c, d))),
        _("{low} and more", low=d + unit),
    ]
    return described if measure in SMALL_IS_GOOD else described[::-1]


def _name_absent(drawn: MunicipalityMap, edition: str, words: Language) -> str:
    here = set(drawn.rows.loc[drawn.rows["edition"] == edition, "region"])
    every = sorted(set(drawn.rows["region"]))
    return " ".join(
        words._("{region} was not measured in this edition.", region=words._(REGIONS[region]))
        for region in every
        if region not in here
    )


def _read_static() -> tuple[str, str, str]:
    """Read style and script, and the icon as an address that holds it."""
    site, own = TEMPLATES / "site" / "static", TEMPLATES / "map"
    drawn = base64.b64encode((site / "icon.svg").read_bytes()).decode()
    icon = f"data:image/svg+xml;base64,{drawn}"
    files = (site / "site.css", own / "map.css", own / "map.js")
    *styles, script = (path.read_text(encoding="utf-8") for path in files)
    return "".join(styles).replace('url("icon.svg")', f'url("{icon}")'), script, icon


def _trust(text: str):
    from markupsafe import Markup

    assert "</" not in text.replace("<\\/", ""), "style and script may not end their element"
    return Markup(text)


def _allow(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
