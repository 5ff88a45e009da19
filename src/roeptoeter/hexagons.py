"""A hexagon for every municipality, arranged so that the country is recognised: a map from positions alone.

A true map gives the eye area: Ameland and Amsterdam, the large empty and the small full. Here each has one cell of one
size. The positions are spread until they are equally dense, keeping the direction from each to its neighbours; the cells
of a grid are then dealt out so that together they move as little as possible, and pairs change places while that helps.

Cells are named by column and row: rows run from north to south, and every odd row lies half a cell further east.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.signal import fftconvolve
from scipy.sparse import coo_array, diags_array
from scipy.sparse.linalg import spsolve
from scipy.spatial import Delaunay, QhullError, cKDTree

from roeptoeter.errors import InputError

#: Height of a row, where neighbouring cells of a row are 1 apart.
ROW_HEIGHT = np.sqrt(3) / 2

#: Where no municipality of the region is, and by which the eye knows the country: points (longitude, latitude) in the
#: IJsselmeer, the Markermeer and the Waddenzee behind them, and in Brussels, which is no part of Flanders. Each takes part
#: in the arrangement as a municipality does, and its cell stays empty.
GAPS = {
    "NL": (
        (4.95, 53.06), (5.10, 53.13), (5.22, 53.07),
        (5.25, 53.00), (5.30, 52.88), (5.42, 52.85), (5.28, 52.77), (5.45, 52.73), (5.35, 52.63), (5.22, 52.58), (5.17, 52.48),
    ),
    "VL": ((4.33, 50.86), (4.38, 50.84), (4.35, 50.81)),
}  # fmt: skip

#: Parts that water sets apart from the rest of their region: on which side of a line (longitude, latitude) they lie, and
#: whether each stands alone. The Wadden islands, north of the Waddenzee; Zeeuws-Vlaanderen, south of the Westerschelde.
PARTS = {
    "NL": (
        ("north", True, ((4.4, 53.0), (4.9, 53.02), (5.3, 53.3), (6.0, 53.4), (6.4, 53.44), (7.3, 53.6))),
        ("south", False, ((3.2, 51.4), (3.6, 51.4), (3.9, 51.37), (4.15, 51.37), (4.25, 51.33), (4.26, 50.0))),
    ),
}  # fmt: skip

#: With fewer municipalities of a region than this, gaps and water would weigh more than the land.
_FEWEST_FOR_GAPS = 150

#: Neighbours in axial coordinates: steps of the column, which slants with the rows, and of the row.
_AROUND = np.array([(1, 0), (-1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)])

_LONGEST_EDGE = 1.9  # times the local spacing; longer ones span a bay or the hollow of a coast
_WEIGHT_OF_PLACE = 3.0  # against one for each neighbour, of which there are about six
_TIGHTNESS = 0.94  # discs that no longer overlap still leave more room than hexagons do
_KILOMETRES_A_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Quality:
    """How faithful an arrangement is to the positions.

    Parameters
    ----------
    mean_displacement : float
        Mean distance between a cell and its municipality's position, in cell widths, after the positions of each
        region were scaled and moved for the best fit.
    neighbours_within_two : float
        Share (0 to 1) of the true neighbours, pairs of the Delaunay triangulation without its long edges, whose cells
        are at most two steps apart.
    direction_error_degrees : float
        Mean angle between the true direction to a neighbour and that on the grid.
    """

    mean_displacement: float
    neighbours_within_two: float
    direction_error_degrees: float


def arrange_hexagons(organisations: pd.DataFrame) -> pd.DataFrame:
    """Give every municipality a cell of one hexagonal grid, the same in every edition.

    Parameters
    ----------
    organisations : pandas.DataFrame
        One row per edition, region and organisation, with latitude and longitude (degrees, WGS84),
        the same in every edition; a row without a position is left out.

    Returns
    -------
    pandas.DataFrame
        edition, region, organisation, column and row (int, from 0), on the index and in the order
        of what was given. No two of an edition share a cell; between regions a cell stays empty.

    Raises
    ------
    InputError
        If an organisation occurs twice in an edition, or changes its position or region.

    Notes
    -----
    The edition with the most organisations of a region is arranged. In other editions they keep
    their cells, and one that is not among them takes the nearest cell that is free then: that of a
    municipality which merged into it.

    Examples
    --------
    >>> made_up = pd.DataFrame({"edition": "2014", "region": "NL", "organisation": ["west", "east"],
    ...                         "latitude": 52.0, "longitude": [5.0, 6.0]})
    >>> arrange_hexagons(made_up)[["organisation", "column", "row"]].to_numpy().tolist()
    [['west', 0, 0], ['east', 1, 0]]
    """
    known = organisations.dropna(subset=["latitude", "longitude"])
    _check_organisations(known)
    result = known[["edition", "region", "organisation"]].copy()
    if known.empty:
        return result.assign(column=0, row=0)
    # ties are broken by place and not by code, so that pseudonyms give the same picture
    units = known.drop_duplicates("organisation").sort_values(
        ["region", "longitude", "latitude", "organisation"]
    )
    units = units.set_index("organisation")
    cells = {}
    settled = None
    for region, own in units.groupby("region"):
        points = project(own)
        places = {code: place for place, code in enumerate(own.index)}
        members = [
            np.sort([places[code] for code in rows["organisation"]])
            for _, rows in known[known["region"] == region].groupby("edition", sort=True)
        ]
        placed = _settle_editions(own, members, region)
        if settled is not None:
            placed = placed + _find_shift(*settled, points, placed)
        else:
            settled = (points, placed)
        cells |= dict(zip(own.index, placed.tolist(), strict=True))
    axial = np.array([cells[code] for code in known["organisation"]])
    first = axial[:, 1].min()
    columns = axial[:, 0] + (axial[:, 1] + first % 2) // 2
    return result.assign(column=columns - columns.min(), row=axial[:, 1] - first)


def project(points: pd.DataFrame) -> np.ndarray:
    """Turn positions into kilometres from the middle of the Low Countries.

    Parameters
    ----------
    points : pandas.DataFrame
        latitude and longitude, degrees.

    Returns
    -------
    numpy.ndarray
        Kilometres east and kilometres south, a row a position.

    Notes
    -----
    Equirectangular: over 300 km the curvature of the earth does not matter to a drawing.

    Examples
    --------
    >>> project(pd.DataFrame({"latitude": [51.8, 52.8], "longitude": [4.9, 4.9]})).tolist()
    [[0.0, 0.0], [0.0, -111.2]]
    """
    east = (points["longitude"].to_numpy() - 4.9) * np.cos(np.radians(51.8))
    south = 51.8 - points["latitude"].to_numpy()
    return np.column_stack([east, south]).astype(float) * _KILOMETRES_A_DEGREE


def find_centres(cells: pd.DataFrame) -> np.ndarray:
    """Find the centres of cells.

    Parameters
    ----------
    cells : pandas.DataFrame
        column and row.

    Returns
    -------
    numpy.ndarray
        Distance east and distance south, in cell widths, a row a cell.

    Examples
    --------
    >>> find_centres(pd.DataFrame({"column": [0, 3], "row": [0, 1]})).round(3).tolist()
    [[0.0, 0.0], [3.5, 0.866]]
    """
    row = cells["row"].to_numpy()
    return np.column_stack([cells["column"].to_numpy() + 0.5 * (row % 2), row * ROW_HEIGHT])


def count_steps(first: pd.DataFrame, second: pd.DataFrame) -> np.ndarray:
    """Count the steps from cell to cell, row by row; neighbours are one step apart.

    Parameters
    ----------
    first, second : pandas.DataFrame
        column and row, as many of the one as of the other.

    Returns
    -------
    numpy.ndarray
        Whole numbers.

    Examples
    --------
    >>> corner = pd.DataFrame({"column": [0, 0], "row": [0, 0]})
    >>> count_steps(corner, pd.DataFrame({"column": [0, 2], "row": [1, 2]})).tolist()
    [1, 3]
    """
    apart = _to_axial(second) - _to_axial(first)
    return np.abs(np.column_stack([apart, apart.sum(axis=1)])).max(axis=1)


def measure_arrangement(organisations: pd.DataFrame, cells: pd.DataFrame) -> Quality:
    """Measure how faithful an arrangement is to the positions, each region by itself.

    Parameters
    ----------
    organisations : pandas.DataFrame
        Those of one edition, as `arrange_hexagons` takes them.
    cells : pandas.DataFrame
        What it gave for them.

    Returns
    -------
    Quality
    """
    both = cells.join(organisations[["latitude", "longitude"]])
    displaced, steps, angles = [], [], []
    for _, rows in both.groupby("region"):
        points, centres = project(rows), find_centres(rows)
        points = points - points.mean(axis=0)
        wanted = centres - centres.mean(axis=0)
        spread = (points**2).sum()
        scale = (points * wanted).sum() / spread if spread else 0.0
        displaced.append(np.hypot(*(wanted - scale * points).T))
        edges, _ = _find_neighbours(points)
        steps.append(count_steps(rows.iloc[edges[:, 0]], rows.iloc[edges[:, 1]]))
        true = points[edges[:, 1]] - points[edges[:, 0]]
        drawn = centres[edges[:, 1]] - centres[edges[:, 0]]
        turned = np.arctan2(true[:, 1], true[:, 0]) - np.arctan2(drawn[:, 1], drawn[:, 0])
        angles.append(np.abs((turned + np.pi) % (2 * np.pi) - np.pi))
    return Quality(
        float(np.concatenate(displaced).mean()),
        float((np.concatenate(steps) <= 2).mean()),
        float(np.degrees(np.concatenate(angles).mean())),
    )


def fill_positions(organisations: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Give a municipality that has no position that of those which merged into it.

    Parameters
    ----------
    organisations : pandas.DataFrame
        Rows of any number of editions: organisation, latitude, longitude (NaN: not known).
    changes : pandas.DataFrame
        Mergers and renames: old_code, new_code. The old ones' positions are among `organisations`.

    Returns
    -------
    pandas.DataFrame
        The same rows. A position that was not known is the mean of the positions of those it came
        from, and NaN still where none of these is known.

    Examples
    --------
    >>> rows = pd.DataFrame({"organisation": ["a", "b", "ab"], "latitude": [51.0, 52.0, None],
    ...                      "longitude": [5.0, 5.0, None]})
    >>> changes = pd.DataFrame({"old_code": ["a", "b"], "new_code": ["ab", "ab"]})
    >>> fill_positions(rows, changes)["latitude"].tolist()
    [51.0, 52.0, 51.5]
    """
    axes = ["latitude", "longitude"]
    known = organisations.dropna(subset=axes).groupby("organisation")[axes].first()
    lacking = set(organisations["organisation"]) - set(known.index)
    sources = changes[changes["old_code"] != changes["new_code"]]
    # a chain of changes is followed one link a round; codes in between are of use too
    for _ in range(len(sources)):
        found = sources[~sources["new_code"].isin(known.index)].join(
            known, on="old_code", how="inner"
        )
        if found.empty:
            break
        known = pd.concat([known, found.groupby("new_code")[axes].mean()])
    filled = organisations.copy()
    wanted = filled["organisation"].isin(lacking & set(known.index))
    filled.loc[wanted, axes] = known.loc[filled.loc[wanted, "organisation"], axes].to_numpy()
    return filled


def _check_organisations(known: pd.DataFrame) -> None:
    twice = known.duplicated(["edition", "organisation"])
    if twice.any():
        row = known.loc[twice.idxmax()]
        raise InputError(
            f"the organisation {row['organisation']} occurs twice in the edition {row['edition']}; "
            "a map has one hexagon for each"
        )
    moved = known.groupby("organisation")[["region", "latitude", "longitude"]].nunique().gt(1)
    if moved.any(axis=None):
        code = moved.any(axis=1).idxmax()
        raise InputError(
            f"the organisation {code} has another position or region in another edition; "
            "give it the same in all of them"
        )


def _to_axial(cells: pd.DataFrame) -> np.ndarray:
    row = cells["row"].to_numpy()
    return np.column_stack([cells["column"].to_numpy() - row // 2, row])


def _from_axial(axial: np.ndarray) -> np.ndarray:
    return np.column_stack([axial[:, 0] + axial[:, 1] / 2, axial[:, 1] * ROW_HEIGHT])


def _find_neighbours(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the pairs of neighbours, and how long each is against the spacing around it."""
    number = len(points)
    try:
        corners = Delaunay(points).simplices
        edges = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    except (QhullError, ValueError):  # fewer than three, or all in a line
        edges = np.column_stack(np.triu_indices(number, 1))
    edges = np.unique(np.sort(edges, axis=1), axis=0)
    if not len(edges):
        return edges.reshape(0, 2), np.zeros(0)
    around = min(7, number)
    spacing = np.median(cKDTree(points).query(points, around)[0][:, 1:], axis=1)
    spacing = np.maximum(spacing, 1e-6)
    lengths = np.hypot(*(points[edges[:, 1]] - points[edges[:, 0]]).T)
    lengths = lengths / spacing[edges].mean(axis=1)
    near = (lengths < _LONGEST_EDGE) & (lengths > 0)
    return edges[near], lengths[near]


def _settle_editions(own: pd.DataFrame, members: list[np.ndarray], region: str) -> np.ndarray:
    """Arrange the fullest edition; deal free cells to those of other editions only."""
    fullest = max(members, key=len)
    points = project(own)
    cells = np.full((len(points), 2), np.iinfo(np.int64).min)
    cells[fullest], empty = _arrange_region(own.iloc[fullest], region)
    settled = np.zeros(len(points), dtype=bool)
    settled[fullest] = True
    others = np.setdiff1d(np.concatenate(members), fullest)
    if not len(others):
        return cells
    # a cell may pass from one that merged to its successor, but not between two of one edition
    nearest = fullest[cKDTree(points[fullest]).query(points[others])[1]]
    room = 3 + int(np.sqrt(len(others)))
    lowest, highest = cells[fullest].min(axis=0) - room, cells[fullest].max(axis=0) + room
    grid = np.stack(
        np.meshgrid(*(np.arange(a, b + 1) for a, b in zip(lowest, highest, strict=True))), axis=-1
    ).reshape(-1, 2)
    grid = np.array([cell for cell in grid.tolist() if tuple(cell) not in empty])
    place = {tuple(cell): number for number, cell in enumerate(grid.tolist())}
    inside = np.zeros(len(grid), dtype=bool)
    inside[[place[tuple(cell)] for cell in cells[fullest].tolist()]] = True
    for new, near in zip(others, nearest, strict=True):
        together = np.unique(np.concatenate([present for present in members if new in present]))
        blocked = {place[tuple(cell)] for cell in cells[together[settled[together]]].tolist()}
        apart = _from_axial(grid) - _from_axial(cells[[near]])
        cost = (apart**2).sum(axis=1) + np.where(inside, 0, 9)
        cost[sorted(blocked)] = np.inf
        cells[new] = grid[np.argmin(cost)]
        settled[new] = True
    return cells


def _arrange_region(own: pd.DataFrame, region: str) -> tuple[np.ndarray, set]:
    """Arrange one region: first the main land, then beside it what lies across water."""
    points = project(own)
    if len(own) < _FEWEST_FOR_GAPS:
        return _arrange_points(points, np.zeros((0, 2))), set()
    main, groups = np.ones(len(own), dtype=bool), []
    for side, alone, line in PARTS.get(region, ()):
        border = np.interp(own["longitude"], *np.array(line).T)
        beyond = own["latitude"] > border if side == "north" else own["latitude"] < border
        part = np.flatnonzero(beyond)
        main[part] = False
        groups += [part[[place]] for place in range(len(part))] if alone else [part]
    gaps = project(pd.DataFrame(GAPS.get(region, ()), columns=["longitude", "latitude"]))
    dealt = _arrange_points(points[main], gaps)
    settled, cells = np.flatnonzero(main), np.zeros((len(own), 2), dtype=int)
    cells[settled], empty = dealt[: len(settled)], dealt[len(settled) :]
    for part in filter(len, groups):
        own_cells = _arrange_points(points[part], np.zeros((0, 2)))
        shift = _find_shift(points[settled], cells[settled], points[part], own_cells)
        cells[part] = own_cells + shift
        settled = np.concatenate([settled, part])
    return cells, {tuple(cell) for cell in empty.tolist()}


def _arrange_points(points: np.ndarray, gaps: np.ndarray) -> np.ndarray:
    """Arrange points that lie together; gives their cells, and after these those of the gaps."""
    number = len(points)
    points = np.vstack([points, gaps])
    if len(points) == 1:
        return np.zeros((1, 2), dtype=int)
    edges, lengths = _find_neighbours(points)
    vectors = points[edges[:, 1]] - points[edges[:, 0]]
    # where it is empty the neighbours may stay a little further apart
    stretch = np.sqrt(np.clip(lengths, 0.8, 1.5))
    stretch[(edges >= number).any(axis=1)] = 1.0
    vectors = vectors / np.hypot(*vectors.T)[:, None] * stretch[:, None]
    return _deal_cells(_spread(points, edges, vectors) * _TIGHTNESS, edges, vectors)


def _spread(points: np.ndarray, edges: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Move the points so that each neighbour lies in its direction, about one cell away."""
    number, links = len(points), len(edges)
    ends = np.tile(np.arange(links), 2), np.r_[edges[:, 0], edges[:, 1]]
    signs = np.r_[-np.ones(links), np.ones(links)]
    incidence = coo_array((signs, ends), shape=(links, number)).tocsr()
    # a little weight for the place itself, or parts without a link between them would drift
    faint = 1e-6
    matrix = (incidence.T @ incidence + faint * diags_array(np.ones(number))).tocsc()
    typical = np.hypot(*(points[edges[:, 1]] - points[edges[:, 0]]).T) if links else np.ones(1)
    start = points / np.median(typical)
    wanted = incidence.T @ vectors + faint * start
    spread = np.column_stack([spsolve(matrix, wanted[:, axis]) for axis in (0, 1)])
    for _ in range(200):
        pairs = cKDTree(spread).query_pairs(1.0, output_type="ndarray")
        apart = spread[pairs[:, 1]] - spread[pairs[:, 0]]
        length = np.maximum(np.hypot(*apart.T), 1e-6)
        push = apart * ((1 - length) / 2 / length)[:, None]
        pull = 0.06 * (spread[edges[:, 1]] - spread[edges[:, 0]] - vectors)
        move = np.zeros_like(spread)
        for ends, force in ((pairs, -push), (edges, pull)):
            np.add.at(move, ends[:, 0], force)
            np.add.at(move, ends[:, 1], -force)
        spread = spread + 0.5 * move
    return spread - spread.mean(axis=0)


def _deal_cells(spread: np.ndarray, edges: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Deal the cells of a grid to spread points, near their places and beside their neighbours."""
    lowest, highest = spread.min(axis=0) - 3, spread.max(axis=0) + 3
    rows = np.arange(np.floor(lowest[1] / ROW_HEIGHT), np.ceil(highest[1] / ROW_HEIGHT) + 1)
    columns = np.arange(
        np.floor(lowest[0] - rows.max() / 2), np.ceil(highest[0] - rows.min() / 2) + 1
    )
    grid = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2).astype(int)
    grid = grid[cKDTree(spread).query(_from_axial(grid))[0] < 2]
    centres = _from_axial(grid)

    apart = ((spread[:, None] - centres[None]) ** 2).sum(axis=2)
    dealt = linear_sum_assignment(apart)[1]
    return grid[_swap_cells(dealt, centres, spread, edges, vectors)]


def _swap_cells(dealt, centres, spread, edges, vectors) -> np.ndarray:
    """Let pairs of near points change cells, the most useful pair first, until none helps."""
    dealt = dealt.copy()
    links = np.bincount(edges.ravel(), minlength=len(spread))
    linked = {tuple(edge) for edge in edges.tolist()}
    for _ in range(4 * len(dealt)):
        places = centres[dealt]
        pairs = cKDTree(places).query_pairs(2.1, output_type="ndarray")
        if not len(pairs):
            break
        pairs = pairs[np.lexsort(pairs.T[::-1])]
        # what each point would like to be: at its own place, and beside its neighbours where they are
        wishes = _WEIGHT_OF_PLACE * spread
        np.add.at(wishes, edges[:, 1], places[edges[:, 0]] + vectors)
        np.add.at(wishes, edges[:, 0], places[edges[:, 1]] - vectors)
        # a sum of squares, weight |x|^2 - 2 x.wishes, so that a swap gains this much
        weight = links + _WEIGHT_OF_PLACE
        i, j = pairs.T
        squares = (places**2).sum(axis=1)
        gain = (weight[i] - weight[j]) * (squares[i] - squares[j])
        gain -= 2 * ((places[i] - places[j]) * (wishes[i] - wishes[j])).sum(axis=1)
        # neighbours do not stay put for each other: their link turns round
        beside = np.array([tuple(pair) in linked for pair in pairs.tolist()])
        gain[beside] -= 2 * ((places[i] - places[j]) ** 2).sum(axis=1)[beside]
        best = np.argmax(gain)
        if gain[best] < 1e-9:
            break
        first, second = pairs[best]
        dealt[[first, second]] = dealt[[second, first]]
    return dealt


def _find_shift(settled_points, settled_cells, points, cells) -> np.ndarray:
    """Find where one region's cells go beside another's: near, and an empty cell between them."""
    both = np.vstack([settled_points, points])
    edges, _ = _find_neighbours(both)
    across = edges[(edges < len(settled_points)).sum(axis=1) == 1]
    here, there = across[:, 0], across[:, 1] - len(settled_points)
    if not len(across):  # no common border: the two nearest stand for it
        distance, nearest = cKDTree(settled_points).query(points)
        there = np.array([np.argmin(distance)])
        here = nearest[there]
    true = points[there] - settled_points[here]
    true = 2 * true / np.maximum(np.hypot(*true.T), 1e-6)[:, None]
    wanted = (_from_axial(settled_cells[here]) + true - _from_axial(cells[there])).mean(axis=0)

    around = np.vstack([[(0, 0)], _AROUND])
    wide = np.unique((settled_cells[:, None] + around[None]).reshape(-1, 2), axis=0)
    low, other_low = wide.min(axis=0), cells.min(axis=0)
    held = np.zeros(np.ptp(wide, axis=0) + 1)
    held[tuple((wide - low).T)] = 1
    moved = np.zeros(np.ptp(cells, axis=0) + 1)
    moved[tuple((cells - other_low).T)] = 1
    clashes = np.rint(fftconvolve(np.pad(held, 3), moved[::-1, ::-1], mode="full"))
    shifts = np.argwhere(clashes == 0) - 3 - (np.array(moved.shape) - 1) + low - other_low
    return shifts[np.argmin(((_from_axial(shifts) - wanted) ** 2).sum(axis=1).round(6))]
