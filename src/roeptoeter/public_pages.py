"""The pages for officials beside the notebooks: the map of municipalities, their ranking, and one page an edition.

Written to `build/<study>/pages/`, from where the site takes them, with a list of what there is.
"""

import json
import shutil
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from roeptoeter.boundaries import read_boundaries
from roeptoeter.edition_page import (
    Edition,
    build_editions,
    list_editions,
    list_quoted_notebooks,
    make_panel,
)
from roeptoeter.errors import NotAnswerable
from roeptoeter.hexagons import fill_positions
from roeptoeter.languages import LANGUAGES, Language, get_language
from roeptoeter.map_page import (
    build_map_page,
    draw_print_map,
    find_places,
    prepare_map,
    sort_key,
)
from roeptoeter.plots.style import draw_svg
from roeptoeter.public_words import NO_PLACE
from roeptoeter.questions.account_level import AccountLevel, read_account_level
from roeptoeter.ranking_page import build_ranking_page, copy_ranking_static, prepare_ranking
from roeptoeter.registers import read_positions, refuse_other_codes
from roeptoeter.scorecards import name_page
from roeptoeter.study import ROOT, Study

#: Names of the files; Dutch is what an official meets first.
MAP_FILES = {"nl": "kaart.html", "en": "map.html"}
RANKING_FILES = {"nl": "ranglijst.html", "en": "ranking.html"}

#: The notebook that writes the table of scores.
RANKING_NOTEBOOK = "07-ranking-and-map"


def write_public_pages(study: Study, into: Path | None = None) -> list[dict]:
    """Write the pages for officials, as far as the study has the tables.

    Parameters
    ----------
    study : Study
    into : pathlib.Path, optional
        Folder; default `build/<study>/pages`. It is made anew.

    Returns
    -------
    list of dict
        What there is: `kind` ("map", "ranking", "edition"), `file`, `title`, `language`, `is_simulated`, and of an edition its
        `numbers`; in the order of reading. `pages.json` holds the same, `municipalities.json` where each municipality is
        found.
    """
    folder = into or study.build / "pages"
    aside = folder.with_name(f"{folder.name}-unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    listed, places = [], []
    # the editions take as long as all else; forked before a table is read, so that no thread of its reader is in the fork.
    # not `call_in_fork`, which waits
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as beside:
        editions = beside.submit(_write_editions, study, aside)
        try:
            level = read_account_level(study)
        except NotAnswerable:
            level = None  # a study without accounts has neither map nor ranking
        if level is not None:
            scores = _read_scores(study)
            if scores is not None:
                listed += _write_map(study, level, scores, aside)
                listed += _write_ranking(study, level, scores, aside)
            places = list_municipalities(level, scores)
        listed += editions.result()
    for name, content in (("pages", listed), ("municipalities", places)):
        (aside / f"{name}.json").write_text(
            json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8"
        )
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
    return listed


def _read_scores(study: Study) -> pd.DataFrame | None:
    path = study.processed / "scores.parquet"
    scores = pd.read_parquet(path) if path.exists() else None
    return scores if scores is not None and scores["rank"].notna().any() else None


def _write_editions(study: Study, folder: Path) -> list[dict]:
    # each number leads to the page of its notebook, so that all of them have to be there
    if not all((study.build / f"{name}.html").exists() for name in list_quoted_notebooks()):
        return []
    build_editions(study, folder)
    return [
        _describe_edition(edition, get_language(code))
        for edition in list_editions(study)
        for code in LANGUAGES
    ]


def _describe_edition(edition: Edition, words: Language) -> dict:
    """Describe a page of an edition for the list of pages, with the numbers that it prints."""
    panels = [make_panel(edition, number, words) for number in edition.numbers]
    return {
        "kind": "edition",
        "file": edition.file(words.code),
        "title": edition.short_title(words),
        "language": words.code,
        "is_simulated": edition.is_simulated,
        "region": edition.region,
        "numbers": [
            {
                "number": panel.number,
                "headline": panel.headline,
                "margin": panel.margin,
                "link": number.claim.link,
            }
            for number, panel in zip(edition.numbers, panels, strict=True)
        ],
    }


def _link_cards(study: Study, scores: pd.DataFrame, language: str) -> dict[str, str]:
    """Find the scorecards that there are; each page opens in the language asked for."""
    cards = study.build / "scorecards"
    return {
        code: f"scorecards/{name_page(code)}#{language}"
        for code in scores["organisation"].unique()
        if (cards / name_page(code)).exists()
    }


def _read_confidence(study: Study) -> float:
    return float(study.notebooks.get(RANKING_NOTEBOOK, {}).get("confidence", 0.95))


def _describe_page(kind: str, file: str, title: str, language: str, level: AccountLevel) -> dict:
    simulated = level.study.evidence == "SIMULATED"
    return {
        "kind": kind, "file": file, "title": title, "language": language, "is_simulated": simulated
    }  # fmt: skip


def _write_map(study: Study, level: AccountLevel, scores: pd.DataFrame, folder: Path) -> list[dict]:
    # the map opens with the edition that has most to show
    edition = scores.groupby("edition")["rank"].count().idxmax()
    listed = []
    for code in LANGUAGES:
        words = get_language(code)
        drawn = prepare_map(tabulate_map(level, scores, words), read_boundaries())
        printed = f"{Path(MAP_FILES[code]).stem}.svg"
        page = build_map_page(
            drawn,
            code,
            edition=edition,
            confidence=_read_confidence(study),
            links=_link_cards(study, scores, code),
            home=words.front_page,
            other_file=next(MAP_FILES[other] for other in LANGUAGES if other != code),
            print_file=printed,
            neighbours={RANKING_FILES[code]: words._("Ranking")},
        )
        (folder / MAP_FILES[code]).write_text(page, encoding="utf-8", newline="\n")
        figure, _ = draw_print_map(drawn, code, edition=edition)
        (folder / printed).write_bytes(draw_svg(figure))
        title = words._("Map of municipalities")
        listed.append(_describe_page("map", MAP_FILES[code], title, code, level))
    return listed


def _write_ranking(
    study: Study, level: AccountLevel, scores: pd.DataFrame, folder: Path
) -> list[dict]:
    prepared = prepare_ranking(scores)
    analysis = f"{RANKING_NOTEBOOK}.html"
    placed = find_places(scores)
    listed = []
    for code in LANGUAGES:
        words = get_language(code)
        page = build_ranking_page(
            prepared,
            code,
            periods={window.edition: (window.start, window.end) for window in study.windows},
            confidence=_read_confidence(study),
            # a municipality without a page of its own is shown on the map
            links={own: f"{MAP_FILES[code]}#{place}" for own, place in placed.items()}
            | _link_cards(study, scores, code),
            home=words.front_page,
            other_file=next(RANKING_FILES[other] for other in LANGUAGES if other != code),
            analysis=analysis if (study.build / analysis).exists() else None,
            neighbours={MAP_FILES[code]: words._("Map")},
        )
        (folder / RANKING_FILES[code]).write_text(page, encoding="utf-8", newline="\n")
        title = words._("Ranking of municipalities")
        listed.append(_describe_page("ranking", RANKING_FILES[code], title, code, level))
    copy_ranking_static(folder)
    return listed


def list_municipalities(level: AccountLevel, scores: pd.DataFrame | None) -> list[dict]:
    """List where a municipality is found, by name: what the search on the front page knows.

    Parameters
    ----------
    level : AccountLevel
    scores : pandas.DataFrame or None
        The table `scores`, whose organisations are on the map.

    Returns
    -------
    list of dict
        `name`, `province`, `card` (the file of its scorecard, whether or not it was made) and `place` (its id on the map,
        empty if it is not there); each organisation once, under its last name.
    """
    everyone = level.organisations.sort_values("edition").drop_duplicates(
        "organisation", keep="last"
    )
    if level.study.evidence == "SIMULATED":
        refuse_other_codes(everyone)
    placed = {} if scores is None else find_places(scores)
    rows = [
        {
            "name": row.name,
            "province": row.province if pd.notna(row.province) else "",
            "card": name_page(row.organisation),
            "place": placed.get(row.organisation, ""),
        }
        for row in everyone[["organisation", "name", "province"]].itertuples(index=False)
    ]
    return sorted(rows, key=lambda row: (sort_key(row["name"]), row["card"]))


def tabulate_map(level: AccountLevel, scores: pd.DataFrame, words: Language) -> pd.DataFrame:
    """Put positions beside scores, as the map wants them.

    Parameters
    ----------
    level : AccountLevel
    scores : pandas.DataFrame
        The table `scores`.
    words : Language
        In which the notes are written.

    Returns
    -------
    pandas.DataFrame
        Columns of `roeptoeter.map_page.COLUMNS`; `tier` 5 is the first quarter of the order. The score has no interval:
        its uncertainty is that of the place, which stands in the note.
    """
    keys = ["edition", "region", "organisation"]
    places = level.organisations[[*keys, "latitude", "longitude", "population", "size_class"]]
    table = scores.merge(_complete(places, level), on=keys, how="left", validate="one_to_one")
    table = table.rename(
        columns=lambda name: name.replace("potential_reach_per_message", "reach_per_message")
    )
    table["tier"] = 6 - table["tier"].astype("Int64")
    table["score_low"] = table["score_high"] = float("nan")
    table["note"] = [
        words._(
            "place {low} to {high} of {ranked}",
            low=words.number(row.rank_low),
            high=words.number(row.rank_high),
            ranked=words.number(row.ranked),
        )
        if pd.notna(row.rank_low)
        else words._(NO_PLACE[row.not_ranked_because])
        for row in table.itertuples()
    ]
    return table


def _complete(places: pd.DataFrame, level: AccountLevel) -> pd.DataFrame:
    """Give a position to municipalities that have none, from those that merged into them."""
    if places["latitude"].notna().all() or level.study.evidence == "SIMULATED":
        return places
    points = read_positions(ROOT / "data" / "raw" / "registers")
    points = points.sort_values("boundary_year").drop_duplicates("code", keep="last")
    points = points.rename(columns={"code": "organisation"})[
        ["organisation", "latitude", "longitude"]
    ]
    filled = fill_positions(pd.concat([places, points], ignore_index=True), level.changes)
    return filled.head(len(places))
