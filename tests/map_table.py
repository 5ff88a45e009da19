"""A made-up table for the map, from the registers and a seed: what tests of the map start from."""

from pathlib import Path

import numpy as np
import pandas as pd

from roeptoeter.hexagons import fill_positions
from roeptoeter.map_page import build_map_page, prepare_map
from roeptoeter.registers import (
    classify_size,
    read_changes,
    read_municipalities,
    read_positions,
)

FOLDER = Path(__file__).parents[1] / "data" / "raw" / "registers"
EDITIONS = {"2013 Q3": ("NL",), "2014 Q2": ("NL",), "2016 Q2": ("NL", "VL")}


def write_map(table, folder, *, shapes=None, **described):
    """Write the map in both languages and return the two files."""
    drawn = prepare_map(table, shapes)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for language, name, other in (
        ("nl", "kaart.html", "map.html"),
        ("en", "map.html", "kaart.html"),
    ):
        page = build_map_page(drawn, language, other_file=other, **described)
        (folder / name).write_text(page, encoding="utf-8", newline="\n")
        written.append(folder / name)
    return written


def read_towns():
    """Every municipality of every year, with a position."""
    towns = read_municipalities(FOLDER).rename(columns={"code": "organisation"})
    points = (
        read_positions(FOLDER).sort_values("boundary_year").drop_duplicates("code", keep="last")
    )
    points = points.rename(columns={"code": "organisation"})[
        ["organisation", "latitude", "longitude"]
    ]
    towns = towns.merge(points, on="organisation", how="left")
    gone = points[~points["organisation"].isin(towns["organisation"])]
    towns = fill_positions(pd.concat([towns, gone]), read_changes(FOLDER))
    return towns.dropna(subset="edition_year").astype({"edition_year": int}).reset_index(drop=True)


def make_up(towns, is_simulated, seed=5):
    """Scores for the municipalities of the editions; under pseudonyms and elsewhere if simulated."""
    rng = np.random.default_rng(seed)
    rows = pd.concat(
        [
            towns[towns["edition_year"].eq(int(edition[:4])) & towns["region"].isin(regions)].assign(edition=edition)
            for edition, regions in EDITIONS.items()
        ],
        ignore_index=True,
    )  # fmt: skip
    rows["size_class"] = classify_size(rows["population"])
    codes = rows["organisation"].unique()
    talent = pd.Series(rng.normal(size=len(codes)), index=codes)
    ability = rows["organisation"].map(talent) + 0.4 * rng.normal(size=len(rows))
    silent = rng.random(len(rows)) < 0.06
    values = {
        "score": (np.clip(50 + 14 * ability, 0, 100), 7.0),
        "reply_share": (1 / (1 + np.exp(1.6 - ability)), 0.03),
        "reach_per_message": (np.exp(6.5 + 0.5 * ability), 90.0),
        "response_hours": (np.exp(3 - 0.4 * ability), 2.5),
    }
    for measure, (value, width) in values.items():
        value = np.where(silent, np.nan, value)
        rows[measure], rows[f"{measure}_low"], rows[f"{measure}_high"] = value, value - width, value + width  # fmt: skip
    tiers = rows.groupby("edition")["score"].transform(lambda part: part.rank(pct=True) * 4.999)
    rows["tier"] = (tiers // 1 + 1).astype("Int64")
    rows["note"] = np.where(silent, "te weinig berichten", None)
    rows["is_simulated"] = is_simulated
    return _disguise(rows, rng) if is_simulated else rows


def _disguise(rows, rng):
    for region in ("NL", "VL"):
        own = rows["region"] == region
        places = rows[own].drop_duplicates("organisation").set_index("organisation")
        order = rng.permutation(len(places))
        aliases = dict(zip(places.index, (f"SIM-{region}-{n + 1:03d}" for n in order), strict=True))
        points = places[["latitude", "longitude"]]
        mixed = points.iloc[rng.permutation(len(points))].set_axis(points.index)
        for column in points:
            rows.loc[own, column] = rows.loc[own, "organisation"].map(mixed[column]).to_numpy()
        rows.loc[own, "name"] = rows.loc[own, "organisation"].map(aliases).str.replace("SIM-", "Quasterwolde ")  # fmt: skip
        rows.loc[own, "organisation"] = rows.loc[own, "organisation"].map(aliases)
    return rows
