"""The ranking of municipalities as one page that opens from a USB stick: intervals in groups, never a bare list.

A table of scores goes in, as the notebook on the ranking writes it; nothing is estimated here. What is worked out is only
on which side of the middle municipality the interval of a single measure lies. Where the values are SIMULATED only pseudonyms
are taken.
"""

import datetime as dt
import json
import math
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup

from roeptoeter.errors import InputError
from roeptoeter.languages import LANGUAGES, N_, Language, get_language
from roeptoeter.map_page import sort_key, write_value
from roeptoeter.public_words import (
    MEASURE_HEADS,
    MEASURE_NAMES,
    MEASURE_UNITS,
    MEASURES,
    NO_PLACE,
    REGIONS,
    SMALL_IS_GOOD,
    TIERS,
)
from roeptoeter.registers import refuse_other_codes
from roeptoeter.templates import TEMPLATES, make_environment

#: Of these long tails are shown on a logarithmic scale.
LONG_TAILED = ("reach_per_message", "response_hours")

#: A page of this size (bytes) is still sent by mail and opened on an old telephone.
LARGEST_PAGE = 600_000

#: With how many decimals each measure is written.
DECIMALS = {"reply_share": 1, "reach_per_message": 0, "response_hours": 1}

#: The groups of a single measure, from the first to the last; a measure that is counted has no margin.
SIDES = {
    "reply_share": {
        1: N_("surely above the middle municipality"),
        2: N_("above or below the middle one: these data cannot tell"),
        3: N_("surely below the middle municipality"),
    },
    "reach_per_message": {
        1: N_("above the middle municipality"),
        2: N_("as the middle municipality"),
        3: N_("below the middle municipality"),
    },
    "response_hours": {
        1: N_("surely faster than the middle municipality"),
        2: N_("faster or slower than the middle one: these data cannot tell"),
        3: N_("surely slower than the middle municipality"),
    },
}

#: What the last group holds, by measure.
WITHOUT = {
    "score": N_("without a place, and why"),
    "reply_share": N_("no figure: no messages known"),
    "reach_per_message": N_("no figure: reach not known"),
    "response_hours": N_("no margin: too few answers, or none"),
}

#: What the picture shows, by measure.
MEANINGS = {
    "score": N_(
        "Three measures together: reply share, potential reach and response speed. The bar runs over all places that go with "
        "the data, the dot is the place if every figure were exactly right."
    ),
    "reply_share": N_(
        "The share of its own messages that answer somebody else; the studies say interaction percentage. The bar is the "
        "margin: few messages, a wide bar. The line is the middle municipality: {middle}."
    ),
    "reach_per_message": N_(
        "How many followers a message can reach on average; each step to the right is as many times more. Followers are "
        "counted, so that there is a dot and no bar. The line is the middle municipality: {middle}."
    ),
    "response_hours": N_(
        "How many hours a question waits for its answer on average; left is fast, and each step to the right is as many times "
        "slower. The bar is the margin: few answers, a wide bar. The line is the middle municipality: {middle}."
    ),
}

#: What the script of the page writes, its braces still open.
_SCRIPT_WORDS = {
    "search_none": N_("No municipality found"),
    "found": N_("{count} found"),
    "show": N_("Show them"),
    "hide": N_("Hide them"),
    "counted": N_("{count} municipalities"),
    "counted_one": N_("1 municipality"),
}

_WIDTH = 1000  # of a picture, in units of the drawing


@dataclass(frozen=True, slots=True)
class RankedEdition:
    """An edition of a region, ready to be shown.

    Parameters
    ----------
    edition, region, platform : str
    rows : pandas.DataFrame
        One row per organisation, those with a place first and in its order, the others by name; `group_` followed by each
        measure: 1 for the first group, 0 for the last, which has no margin.
    ranked : int
        How many have a place.
    middles : dict of str to float
        The median of each single measure.
    """

    edition: str
    region: str
    platform: str
    rows: pd.DataFrame
    ranked: int
    middles: dict


def prepare_ranking(scores: pd.DataFrame) -> list[RankedEdition]:
    """Sort the scores of each edition and region into groups.

    Parameters
    ----------
    scores : pandas.DataFrame
        The table `scores`: see `roeptoeter.questions.ranking_accounts.SCORES`.

    Returns
    -------
    list of RankedEdition
        In order of the edition, the Netherlands before Flanders.

    Raises
    ------
    InputError
        If nobody has a place, values are SIMULATED in part, or a SIMULATED value stands beside anything but
        a pseudonym.
    """
    if scores["rank"].notna().sum() == 0:
        raise InputError("the table of scores has nobody with a place; a ranking needs some")
    if scores["is_simulated"].nunique() > 1:
        raise InputError(
            "the table of scores mixes SIMULATED values with others; make a page of each"
        )
    rows = scores.rename(
        columns=lambda name: name.replace("potential_reach_per_message", "reach_per_message")
    )
    if rows["is_simulated"].any():
        refuse_other_codes(rows)
    prepared = []
    for (edition, region, platform), own in rows.groupby(["edition", "region", "platform"]):
        if not own["rank"].notna().any():
            continue
        own = own.assign(group_score=own["tier"].fillna(0).astype(int))
        middles = {}
        for measure in MEASURES[1:]:
            middles[measure] = float(own[measure].median())
            own[f"group_{measure}"] = _find_sides(own, measure, middles[measure])
        own = own.assign(by_name=own["name"].map(sort_key)).sort_values(
            ["group_score", "rank", "by_name"],
            key=lambda column: column.replace(0, 9) if column.name == "group_score" else column,
            ignore_index=True,
        )
        prepared.append(
            RankedEdition(edition, region, platform, own, int(own["rank"].notna().sum()), middles)
        )
    return prepared


def _find_sides(own: pd.DataFrame, measure: str, middle: float) -> np.ndarray:
    """Tell on which side of the middle an interval lies: 1 the better, 2 on both, 3 the other, 0 without interval."""
    value, low, high = (
        own[f"{measure}{end}"].to_numpy(dtype=float) for end in ("", "_low", "_high")
    )
    if not np.isfinite(low).any():  # counted: the value is its own interval
        low = high = value
    above, below = (3, 1) if measure in SMALL_IS_GOOD else (1, 3)
    sides = np.where(low > middle, above, np.where(high < middle, below, 2))
    return np.where(np.isfinite(low) & np.isfinite(high), sides, 0)


def build_ranking_page(
    editions: list[RankedEdition],
    language: str = "nl",
    *,
    periods: Mapping[str, tuple[dt.date, dt.date]] | None = None,
    confidence: float = 0.95,
    links: Mapping[str, str] | None = None,
    home: str | None = None,
    other_file: str | None = None,
    analysis: str | None = None,
    neighbours: Mapping[str, str] | None = None,
) -> str:
    """Write the page.

    Parameters
    ----------
    editions : list of RankedEdition
        The page opens with the one in which most have a place.
    language : {"nl", "en"}
    periods : mapping of str to (datetime.date, datetime.date), optional
        First and last day by edition; without them its name is shown.
    confidence : float
        Of the intervals, to be named.
    links : mapping of str to str, optional
        Address of a page by organisation, such as its scorecard.
    home, other_file : str, optional
        Addresses of the site's front page and of this page in the other language.
    analysis : str, optional
        Address of the notebook that computed the scores.
    neighbours : mapping of str to str, optional
        Title by address of other pages for officials.

    Returns
    -------
    str
        HTML; style and script are files in `static/`.

    Raises
    ------
    InputError
        If the language is not there, or the page would be larger than `LARGEST_PAGE`.
    """
    words = get_language(language)
    environment = make_environment("ranking")
    first = max(range(len(editions)), key=lambda place: editions[place].ranked)
    texts = {key: words.template(text) for key, text in _SCRIPT_WORDS.items()}
    texts |= {
        "language": words.code,
        "meanings": {measure: words.template(text) for measure, text in MEANINGS.items()},
        "heads": {measure: words._(head) for measure, head in MEASURE_HEADS.items()}
        | {"score": words._("Place")},
        "groups": {
            measure: [
                [group, words._(text)]
                for group, text in [*sides.items(), (0, WITHOUT[measure])]
            ]
            for measure, sides in ({"score": TIERS} | SIDES).items()
        },
    }  # fmt: skip
    page = environment.get_template("page.html.j2").render(
        _=words._,
        words=words,
        other=next(get_language(code) for code in LANGUAGES if code != language),
        home=home,
        other_file=other_file,
        analysis=analysis,
        neighbours=neighbours or {},
        is_simulated=bool(editions[0].rows["is_simulated"].any()),
        measures=MEASURES,
        names=MEASURE_NAMES,
        heads=MEASURE_HEADS,
        meanings=MEANINGS,
        confidence=words.percent(confidence, 0 if (100 * confidence).is_integer() else 1),
        texts=json.dumps(texts, ensure_ascii=False, separators=(",", ":")),
        first=first,
        editions=[
            _describe_edition(edition, words, periods or {}, links or {}) for edition in editions
        ],
    )
    if len(page.encode()) > LARGEST_PAGE:
        raise InputError(
            f"the ranking would be {len(page.encode()) / 1e3:.0f} kB, more than {LARGEST_PAGE / 1e3:.0f} kB; rank fewer editions"
        )
    return page


def copy_ranking_static(folder: Path) -> None:
    """Copy the style and script of the ranking into `static/` of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Of the pages.
    """
    (folder / "static").mkdir(exist_ok=True)
    for path in (
        "site/static/icon.svg",
        "site/static/site.css",
        "ranking/static/ranking.css",
        "ranking/static/ranking.js",
    ):
        shutil.copyfile(TEMPLATES / path, folder / "static" / Path(path).name)


def _describe_edition(
    edition: RankedEdition, words: Language, periods: Mapping, links: Mapping
) -> dict:
    rows, period = edition.rows, periods.get(edition.edition)
    region = words._(REGIONS[edition.region]) if edition.region in REGIONS else edition.region
    counts = {tier: int(rows["group_score"].eq(tier).sum()) for tier in (*TIERS, 0)}
    settled = edition.ranked - counts[3]
    scales = {measure: _find_scale(edition, measure, words) for measure in MEASURES}
    return {
        "title": f"{region}, {words.period(*period) if period else edition.edition}",
        "settled": _tell_settled(settled, edition.ranked, words),
        "bar": _draw_bar(counts, edition.ranked),
        "bar_words": words.join(
            [f"{words.number(counts[tier])} {words._(TIERS[tier])}" for tier in TIERS]
        ),
        "scales": json.dumps(scales, ensure_ascii=False, separators=(",", ":")),
        "ticks": [label for _, label in scales["score"]["ticks"]],
        "groups": [
            {
                "group": group,
                "title": words._(text),
                "counted": words.ngettext(
                    "{count} municipality", "{count} municipalities", counts[group]
                ),
                "rows": [
                    _describe_row(row, edition.ranked, words, links)
                    for row in rows[rows["group_score"] == group].to_dict("records")
                ],
            }
            for group, text in [*TIERS.items(), (0, WITHOUT["score"])]
            if counts[group]
        ],
    }


def _tell_settled(settled: int, ranked: int, words: Language) -> str:
    return words._(
        "Of {settled} of the {ranked} municipalities with a place it is sure in which half they stand; of the other {open} it is "
        "not.",
        settled=words.number(settled),
        ranked=words.number(ranked),
        open=words.number(ranked - settled),
    )


def _describe_row(row: dict, ranked: int, words: Language, links: Mapping) -> dict:
    texts = []
    for measure in MEASURES[1:]:
        value, low, high = (row[f"{measure}{end}"] for end in ("", "_low", "_high"))
        text = write_value(value, measure, DECIMALS, words)
        if np.isfinite(value) and np.isfinite(low) and np.isfinite(high):
            low, high = (write_value(end, measure, DECIMALS, words) for end in (low, high))
            text += f" ({low}–\u2060{high})"  # kept together where a line is broken
        texts.append(text)
    has_place = pd.notna(row["rank"])
    reason = row["not_ranked_because"]
    why = "" if has_place else words._(NO_PLACE[reason])
    place = "–"
    if has_place:
        low, high = words.number(row["rank_low"]), words.number(row["rank_high"])
        place = low if low == high else words._("{low} to {high}", low=low, high=high)
    return {
        "name": row["name"],
        "link": links.get(row["organisation"]),
        "province": row["province"] if pd.notna(row["province"]) else "",
        "groups": "".join(str(row[f"group_{measure}"]) for measure in MEASURES),
        "rank": int(row["rank"]) if has_place else "",
        "picture": _draw_places(row, ranked) if has_place else "",
        "why": why,
        "place": place,
        "texts": texts,
    }


def _find_share(value: float, scale: dict) -> float:
    """Find where a value stands on a scale, from 0 to 1."""
    low, high, value = (
        math.log(max(number, 1e-9)) if scale["log"] else number
        for number in (scale["low"], scale["high"], value)
    )
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _scale_of_places(ranked: int) -> dict:
    # half a place at either end, so that a quarter of the places is a quarter of the width
    return {"low": 0.5, "high": ranked + 0.5, "log": False}


def _draw_places(row: dict, ranked: int) -> Markup:
    scale = _scale_of_places(ranked)
    low, dot, high = (
        round(_WIDTH * _find_share(float(row[name]), scale))
        for name in ("rank_low", "rank", "rank_high")
    )
    return Markup(
        f'<svg viewBox="0 0 {_WIDTH} 10" preserveAspectRatio="none" aria-hidden="true"><path d="M{low} 5H{high}"/><path d="M{dot} 5h0"/></svg>'
    )


def _draw_bar(counts: Mapping[int, int], ranked: int) -> Markup:
    parts, left = [], 0
    for tier in TIERS:
        parts.append(f'<rect class="t{6 - tier}" x="{left}" width="{counts[tier]}" height="10"/>')
        left += counts[tier]
    return Markup(
        f'<svg viewBox="0 0 {ranked} 10" preserveAspectRatio="none" aria-hidden="true">{"".join(parts)}</svg>'
    )


def _find_scale(edition: RankedEdition, measure: str, words: Language) -> dict:
    """Find the ends of a scale and what is written along it."""
    if measure == "score":
        middle = round((edition.ranked + 1) / 2)
        ticks = [(place, words.number(place)) for place in (1, middle, edition.ranked)]
        return _scale_of_places(edition.ranked) | {"ticks": ticks}
    middle = edition.middles[measure]
    told = write_value(middle, measure, DECIMALS, words)
    unit = MEASURE_UNITS[measure]
    told += unit if unit == "%" else f" {words._(unit)}"
    if measure not in LONG_TAILED:
        ticks = [(share, words.percent(share)) for share in (0, 0.25, 0.5, 0.75, 1)]
        ticks = [(100 * share, label) for share, label in ticks]
        return {
            "low": 0, "high": 100, "log": False, "middle": 100 * middle, "told": told, "ticks": ticks,
        }  # fmt: skip
    columns = edition.rows[[measure, f"{measure}_low", f"{measure}_high"]]
    values = columns.to_numpy(dtype=float)
    known = values[np.isfinite(values) & (values > 0)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (1.0, 10.0)
    low, high = low / 1.1, high * 1.1
    powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
    ticks = [(10.0**power, words.number(10.0**power, max(0, -power))) for power in powers]
    return {"low": low, "high": high, "log": True, "middle": middle, "told": told, "ticks": ticks}
