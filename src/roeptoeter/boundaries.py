"""Boundaries of municipalities: fetched from the official services on request, read, and simplified for a map.

`make boundaries` fetches them when there is a network, with checksum and licence beside each file, and is never part of
`make`. Where `data/raw/boundaries/` holds files, the map draws true shapes; without them it has its hexagons.
"""

import datetime as dt
import heapq
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import requests
import yaml

from roeptoeter.errors import InputError
from roeptoeter.hexagons import project
from roeptoeter.provenance import accept_raw
from roeptoeter.study import ROOT, display_path

#: Rings of (longitude, latitude) by code of the municipality; the first ring is the largest.
Shapes = dict[str, list[list[tuple[float, float]]]]

#: The code of a municipality goes by one of these names.
CODE_NAMES = ("statcode", "gemeentecode", "code", "NISCODE", "niscode", "nis_code")

#: Where the official boundaries are: file name, address and provenance. PDOK serves a year as a part of the address and,
#: without a count, a first page only. The Flemish file is that of today; the 308 municipalities until the end of 2018 are
#: served by nobody, so that an edition before 2019 needs a file put there by hand.
DUTCH_ADDRESS = (
    "https://service.pdok.nl/cbs/gebiedsindelingen/{year}/wfs/v1_0?service=WFS&version=2.0.0&request=GetFeature"
    "&typeName=gebiedsindelingen:gemeente_gegeneraliseerd&count=2000&outputFormat=application/json&srsName=EPSG:4326"
)
FLEMISH_ADDRESS = (
    "https://geo.api.vlaanderen.be/VRBG/wfs?service=WFS&version=2.0.0&request=GetFeature&typeNames=VRBG:Refgem"
    "&count=2000&outputFormat=application/json&srsName=EPSG:4326"
)

_DUTCH = {
    "producer": "Statistics Netherlands (CBS) and Kadaster, by way of PDOK",
    "citation": "(c) CBS, Kadaster",
    "licence": "As understood: CC BY 4.0; CBS and Kadaster are to be named.",
}
_FLEMISH = {
    "producer": "Digitaal Vlaanderen",
    "citation": "Bron: Voorlopig referentiebestand gemeentegrenzen, Digitaal Vlaanderen",
    "licence": "As understood: Modellicentie Gratis Hergebruik Vlaanderen; the source is to be named.",
}


def fetch_boundaries(
    folder: Path = ROOT / "data" / "raw" / "boundaries", years: Iterable[int] = (2013, 2014, 2016)
) -> list[Path]:
    """Fetch the official boundaries, and write the provenance beside each file.

    Not tried against the live services where it was written (there was no network): what comes back is read as the map
    reads it before anything is written, and a service that has no such year is told in a line.

    Parameters
    ----------
    folder : pathlib.Path
        Gets `nl_YEAR.geojson`, `vl.geojson` and a `.yml` for each.
    years : iterable of int
        Of the Dutch boundaries, 1 January.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    InputError
        If no service can be reached, or none has what is asked for.
    """
    wanted = [
        (f"nl_{year}.geojson", DUTCH_ADDRESS.format(year=year), f"Dutch municipalities, 1 January {year}", str(year), _DUTCH)
        for year in years
    ]  # fmt: skip
    wanted.append(("vl.geojson", FLEMISH_ADDRESS, "Flemish municipalities", None, _FLEMISH))
    written = []
    for name, address, title, published, origin in wanted:
        host = address.split("/")[2]
        try:
            answer = requests.get(address, timeout=60)
            answer.raise_for_status()
        except requests.HTTPError as fault:
            print(f"{host} has no {name}: {' '.join(str(fault).split())[:120]}")
            continue
        except requests.RequestException as fault:
            if written:
                print(f"{host} cannot be reached ({type(fault).__name__}); {name} is left out")
                continue
            raise InputError(
                f"offline: {host} cannot be reached ({type(fault).__name__}); no boundaries were fetched"
            ) from None
        try:
            shapes = parse_shapes(answer.content, name)
        except InputError as fault:
            print(f"{host}: {fault}; it is left out")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(answer.content)
        facts = {
            "title": title,
            **origin,
            "url": address,
            "published": published,
            "accessed": dt.datetime.now(dt.UTC).date().isoformat(),
            "redistribution": "Not passed on by this repository: fetched by whoever wants it.",
            "sha256": "0" * 64,
            "bytes": 0,
            "rows": 0,
            "notes": None,
        }
        beside = path.with_name(f"{name}.yml")
        beside.write_text(
            yaml.safe_dump(facts, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8"
        )
        accept_raw(path)
        print(f"{display_path(path)}: {len(shapes)} municipalities")
        written.append(path)
    if not written:
        raise InputError("no boundaries were fetched: no service has what was asked for")
    return written


def read_boundaries(folder: Path = ROOT / "data" / "raw" / "boundaries") -> Shapes | None:
    """Read the boundary files of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Holds any number of `.geojson` files. Of a code that several files have, the one whose name holds the latest year
        counts.

    Returns
    -------
    Shapes or None
        None where there is no such file.

    Raises
    ------
    InputError
        If a file is no GeoJSON of municipalities in degrees; the message names it.
    """
    paths = sorted(folder.glob("*.geojson")) if folder.is_dir() else []
    shapes = {}
    for path in sorted(paths, key=lambda path: (_find_year(path.name), path.name)):
        shapes |= parse_shapes(path.read_bytes(), path.name)
    return shapes or None


def parse_shapes(content: bytes, name: str) -> Shapes:
    """Read the boundaries in a GeoJSON file.

    Parameters
    ----------
    content : bytes
    name : str
        Of the file, for messages.

    Returns
    -------
    Shapes

    Raises
    ------
    InputError
        If it is no collection of features, a feature has no code or no polygon, or the coordinates are not degrees in the
        Low Countries.
    """
    try:
        features = json.loads(content)["features"]
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{name} is no GeoJSON collection of features") from None
    shapes = {}
    for number, feature in enumerate(features, start=1):
        properties, geometry = feature.get("properties") or {}, feature.get("geometry") or {}
        code = next((properties[key] for key in CODE_NAMES if properties.get(key)), None)
        if code is None:
            raise InputError(f"{name}, feature {number}: none of {', '.join(CODE_NAMES)}")
        kind = geometry.get("type")
        if kind not in {"Polygon", "MultiPolygon"}:
            raise InputError(f"{name}, feature {number} ({code}): {kind or 'nothing'}, expected a Polygon or MultiPolygon")  # fmt: skip
        polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
        rings = [[tuple(corner[:2]) for corner in ring] for polygon in polygons for ring in polygon]
        shapes[str(code).strip()] = [_to_degrees(ring, f"{name}, feature {number} ({code})") for ring in rings]  # fmt: skip
    if not shapes:
        raise InputError(f"{name} holds no municipality")
    return shapes


def simplify_shapes(shapes: Shapes, smallest: float) -> dict[str, list[np.ndarray]]:
    """Take corners away that matter least, from both neighbours alike, so that no gap opens between them.

    Parameters
    ----------
    shapes : Shapes
    smallest : float
        Square kilometres: a corner is taken away if its triangle with the corners beside it is smaller, and an island or
        enclave if it is smaller than ten times this.

    Returns
    -------
    dict
        By code the rings, the largest first: arrays of kilometres east and south, without a closing corner. Each code keeps
        its largest ring.

    Notes
    -----
    Visvalingam and Whyatt (1993), on the stretches of border between the points where three shapes meet: each stretch is
    simplified once, for both sides.

    Examples
    --------
    >>> square = [(5.0, 52.0), (5.05, 52.0), (5.1, 52.0), (5.1, 52.1), (5.0, 52.1), (5.0, 52.0)]
    >>> len(simplify_shapes({"GM0001": [square]}, 0.01)["GM0001"][0])
    4
    """
    rings = {
        (code, number): ring[:-1] if ring[0] == ring[-1] else ring
        for code, own in shapes.items()
        for number, ring in enumerate(own)
    }
    corners = sorted({corner for ring in rings.values() for corner in ring})
    flat = project(pd.DataFrame(corners, columns=["longitude", "latitude"]))
    numbers = {corner: number for number, corner in enumerate(corners)}
    traced = {key: [numbers[corner] for corner in ring] for key, ring in rings.items()}
    beside = {}
    for ring in traced.values():
        for before, corner, after in zip(
            ring[-1:] + ring[:-1], ring, ring[1:] + ring[:1], strict=True
        ):
            beside.setdefault(corner, set()).add(frozenset((before, after)))
    joints = {corner for corner, pairs in beside.items() if len(pairs) > 1}
    done, simple = {}, {code: [] for code in shapes}
    for (code, _), ring in traced.items():
        kept = []
        for stretch in _cut_ring(ring, joints):
            forward = stretch if stretch <= stretch[::-1] else stretch[::-1]
            if forward not in done:
                done[forward] = _thin_out(forward, flat, smallest)
            thin = done[forward]
            kept += (thin if stretch == forward else thin[::-1])[:-1]
        # so small that nothing but a line would be left: as it is
        simple[code].append(flat[kept if len(kept) > 2 else ring])
    return {code: _drop_small(own, 10 * smallest) for code, own in simple.items()}


def _find_year(name: str) -> int:
    found = re.findall(r"(?:19|20)[0-9]{2}", name)
    return int(found[-1]) if found else 0


def _to_degrees(ring: list[tuple], place: str) -> list[tuple[float, float]]:
    """Check that corners are (longitude, latitude); some services give them the other way round."""
    first = ring[0]
    if 49 < first[0] < 54.5 and 2 < first[1] < 8:
        return [(east, north) for north, east in ring]
    if not (2 < first[0] < 8 and 49 < first[1] < 54.5):
        raise InputError(f"{place}: {first[0]:g}, {first[1]:g} is no longitude and latitude in the Low Countries")  # fmt: skip
    return ring


def _cut_ring(ring: list[int], joints: set[int]) -> list[tuple[int, ...]]:
    """Cut a ring where three shapes meet; one without such a place at two corners that both sides would choose."""
    places = [place for place, corner in enumerate(ring) if corner in joints]
    if len(places) < 2:
        start = places[0] if places else ring.index(min(ring))
        turned = ring[start:] + ring[:start]
        middle = turned.index(max(turned[1:])) if len(turned) > 1 else 0
        places, ring = [0, middle], turned
    else:
        ring = ring[places[0] :] + ring[: places[0]]
        places = [place - places[0] for place in places]
    closed = [*ring, ring[0]]
    return [tuple(closed[a : b + 1]) for a, b in zip(places, [*places[1:], len(ring)], strict=True)]


def _thin_out(stretch: tuple[int, ...], flat: np.ndarray, smallest: float) -> list[int]:
    """Take the corners away whose triangle is too small, the smallest first; the ends stay."""
    count = len(stretch)
    points = flat[list(stretch)]
    before, after = list(range(-1, count - 1)), list(range(1, count + 1))

    def measure(corner: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = (points[k] for k in (before[corner], corner, after[corner]))
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    waiting = [(measure(corner), corner) for corner in range(1, count - 1)]
    heapq.heapify(waiting)
    areas = {corner: area for area, corner in waiting}
    gone = set()
    while waiting:
        area, corner = heapq.heappop(waiting)
        if corner in gone or area != areas[corner]:
            continue
        if area >= smallest:
            break
        gone.add(corner)
        before[after[corner]], after[before[corner]] = before[corner], after[corner]
        for other in (before[corner], after[corner]):
            if 0 < other < count - 1:
                # never less than what has gone: or a corner could outlive a larger one
                areas[other] = max(area, measure(other))
                heapq.heappush(waiting, (areas[other], other))
    return [corner for place, corner in enumerate(stretch) if place not in gone]


def _drop_small(rings: list[np.ndarray], smallest: float) -> list[np.ndarray]:
    areas = []
    for ring in rings:
        east, south = ring.T
        areas.append(abs(east @ np.roll(south, -1) - south @ np.roll(east, -1)) / 2)
    order = np.argsort(-np.array(areas), kind="stable")
    return [rings[k] for place, k in enumerate(order) if place == 0 or (areas[k] >= smallest and len(rings[k]) > 2)]  # fmt: skip
