"""The pages for officials beside the notebooks: the map of municipalities, and one page an edition.

Written to `build/<study>/pages/`, from where the site takes them, with a list of what there is.
"""

import json
import shutil
from pathlib import Path

import pandas as pd

from roeptoeter.boundaries import read_boundaries
from roeptoeter.edition_page import build_editions, list_editions, list_quoted_notebooks
from roeptoeter.errors import NotAnswerable
from roeptoeter.hexagons import fill_positions
from roeptoeter.languages import LANGUAGES, N_, Language, get_language
from roeptoeter.map_page import build_map_page, copy_static, draw_print_map, prepare_map
from roeptoeter.plots.style import draw_svg
from roeptoeter.questions.account_level import AccountLevel, read_account_level
from roeptoeter.registers import read_positions
from roeptoeter.study import ROOT, Study

#: Names of the map's files; Dutch is what an official meets first.
MAP_FILES = {"nl": "kaart.html", "en": "map.html"}

#: Why an organisation has no place, by the code in the table `scores`.
NO_PLACE = {
    "no_account": N_("no account on this platform"),
    "not_measured": N_("its messages are not known"),
    "silent": N_("sent nothing in this period"),
    "few_messages": N_("sent too few messages for a place"),
    "few_answers": N_("gave too few answers for a place"),
    "no_reach": N_("its reach is not known"),
}


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
        What there is: `file`, `title`, `language` and `is_simulated`, in the order of reading; `pages.json` holds the same.
    """
    folder = into or study.build / "pages"
    aside = folder.with_name(f"{folder.name}-unfinished")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        listed = _write_map(study, read_account_level(study), aside)
    except NotAnswerable:
        listed = []  # a study without accounts, or without any that can be ordered, has no map
    made = all((study.build / f"{name}.html").exists() for name in list_quoted_notebooks())
    editions = list_editions(study) if made else []
    if made:  # each number leads to the page of its notebook, so that all of them have to be there
        build_editions(study, aside)
    for edition in editions:
        for code in LANGUAGES:
            title = edition.short_title(get_language(code))
            listed.append(
                {
                    "file": edition.file(code),
                    "title": title,
                    "language": code,
                    "is_simulated": edition.is_simulated,
                }
            )
    (aside / "pages.json").write_text(
        json.dumps(listed, ensure_ascii=False, indent=1), encoding="utf-8"
    )
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
    return listed


def _write_map(study: Study, level: AccountLevel, folder: Path) -> list[dict]:
    path = study.processed / "scores.parquet"
    if not path.exists():
        raise NotAnswerable("no edition has an order")
    scores = pd.read_parquet(path)
    cards = study.build / "scorecards"
    links = {
        code: f"scorecards/{code}.html"
        for code in scores["organisation"].unique()
        if (cards / f"{code}.html").exists()
    }
    # the map opens with the edition that has most to show
    edition = scores.groupby("edition")["rank"].count().idxmax()
    listed = []
    for code in LANGUAGES:
        words = get_language(code)
        drawn = prepare_map(tabulate_map(level, scores, words), read_boundaries())
        printed = f"{Path(MAP_FILES[code]).stem}.svg"
        others = [MAP_FILES[other] for other in LANGUAGES if other != code]
        page = build_map_page(
            drawn, code, edition=edition, links=links, home="index.html", other_file=others[0], print_file=printed
        )  # fmt: skip
        (folder / MAP_FILES[code]).write_text(page, encoding="utf-8", newline="\n")
        figure, _ = draw_print_map(drawn, code, edition=edition)
        (folder / printed).write_bytes(draw_svg(figure))
        listed.append(
            {
                "file": MAP_FILES[code],
                "title": words._("Map of municipalities"),
                "language": code,
                "is_simulated": level.study.evidence == "SIMULATED",
            }
        )
    copy_static(folder)
    return listed


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
