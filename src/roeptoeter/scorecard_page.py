"""A scorecard as a page: complete in itself, in both languages, with a place for the organisation's own reply.

The notebook `scorecard` shows its parts; `roeptoeter.scorecards` puts the frame around them, for one or for hundreds.
"""

import base64
import datetime as dt
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from IPython.display import display
from jinja2 import Template
from markupsafe import Markup
from matplotlib.figure import Figure

from roeptoeter.errors import InputError
from roeptoeter.languages import LANGUAGES, Language, get_language
from roeptoeter.plots.scorecard import Strip, write_svg
from roeptoeter.plots.style import stamp_simulated
from roeptoeter.questions.scorecard import Peers, Scorecard
from roeptoeter.questions.scorecard_words import (
    REGIONS,
    Texts,
    name_platform,
    write_ticks,
)
from roeptoeter.report import Report
from roeptoeter.study import ROOT, display_path
from roeptoeter.templates import TEMPLATES, make_environment

TYPEFACES = Path(__file__).with_name("plots") / "fonts"
REPLIES = ROOT / "data" / "manual" / "replies"

#: The typefaces beside the pages; a page that travels alone takes one of the reader's.
FONTS = ("SourceSans3-Regular.ttf", "SourceSans3-Semibold.ttf")

#: Characters of a reply that fit on the one sheet that a scorecard prints on.
LONGEST_REPLY = 900

_REPLY_LINES = ("study", "edition", "date", "language")


@dataclass(frozen=True, slots=True)
class Reply:
    """What an organisation answered to its scorecard.

    Parameters
    ----------
    organisation, study, edition : str
        Which page it stands on.
    date : datetime.date
    language : str
        Empty if it is not told.
    paragraphs : tuple of str
        Plain text, never markup.
    """

    organisation: str
    study: str
    edition: str
    date: dt.date
    language: str
    paragraphs: tuple[str, ...]


def read_reply(path: Path) -> Reply:
    """Read a reply; see `data/manual/replies/README.md`.

    Parameters
    ----------
    path : pathlib.Path
        `<code>.txt` or `<code>.<anything>.txt`.

    Returns
    -------
    Reply

    Raises
    ------
    InputError
        If a line before the text is missing, unknown or wrong, or there is no text, or too much.
    """
    name = display_path(path)
    try:
        text = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise InputError(f"{name} is not UTF-8; save it as UTF-8 text") from None
    head, _, body = text.partition("\n\n")
    told = {}
    for line in head.strip().splitlines():
        key, colon, entry = line.partition(":")
        if not colon or key.strip() not in _REPLY_LINES:
            raise InputError(
                f"{name}: expected a line `study: ...`, `edition: ...`, `date: ...` or `language: ...` and then an "
                f"empty line, found {line[:40]!r}"
            )
        told[key.strip()] = entry.strip()
    for key in _REPLY_LINES[:3]:
        if not told.get(key):
            raise InputError(f"{name}: the line `{key}: ...` is missing")
    try:
        date = dt.date.fromisoformat(told["date"])
    except ValueError:
        raise InputError(f"{name}: date is {told['date']!r}; write 2014-11-03") from None
    language = told.get("language", "")
    if not re.fullmatch(r"([A-Za-z]{2,3}(-[A-Za-z0-9]+)*)?", language):
        raise InputError(f"{name}: language is {language!r}; write nl, en, fr and so on")
    paragraphs = tuple(part.strip() for part in body.split("\n\n") if part.strip())
    if not paragraphs:
        raise InputError(f"{name} holds no text below its first lines")
    if (length := len(body.strip())) > LONGEST_REPLY:
        raise InputError(
            f"{name}: the text has {length} characters; {LONGEST_REPLY} fit on the sheet"
        )
    return Reply(
        path.name.partition(".")[0], told["study"], told["edition"], date, language, paragraphs
    )


def find_reply(study: str, edition: str, organisation: str) -> Reply | None:
    """Find the reply to one scorecard; of several the latest.

    Parameters
    ----------
    study, edition, organisation : str

    Returns
    -------
    Reply or None

    Raises
    ------
    InputError
        If one of the organisation's files cannot be read.
    """
    replies = [read_reply(path) for path in list_reply_files(organisation)]
    fitting = [reply for reply in replies if (reply.study, reply.edition) == (study, edition)]
    return max(fitting, key=lambda reply: reply.date, default=None)


def list_reply_files(organisation: str | None = None) -> list[Path]:
    """List the files of replies, of one organisation or of all."""
    return [
        path
        for path in sorted(REPLIES.glob("*.txt"))
        if organisation in (None, path.name.partition(".")[0])
    ]


def order_languages(first: str) -> list[Language]:
    """Return the languages of a page, the one that it opens in last.

    Parameters
    ----------
    first : {"nl", "en"}

    Returns
    -------
    list of Language
        In the order in which their sections stand on the page: the stylesheet hides the last one when another is
        asked for, and can only look back.

    Raises
    ------
    InputError
        If there is no such language.
    """
    return [*(get_language(code) for code in LANGUAGES if code != first), get_language(first)]


def make_strips(card: Scorecard, texts: Texts, words: Language) -> list[Strip]:
    """Make the strips of the figure from a scorecard and its words.

    Parameters
    ----------
    card : Scorecard
    texts : Texts
    words : Language

    Returns
    -------
    list of Strip
    """
    return [
        Strip(
            row.name,
            row.explanation,
            row.own if own.is_known else words._("not known"),
            own.value,
            own.low,
            own.high,
            own.size_class,
            own.province,
            own.median("size_class"),
            own.median("province"),
            own.ends,
            own.measure.scale,
            write_ticks(own.measure, words),
        )
        for own, row in zip(card.measures.values(), texts.rows, strict=True)
    ]


def show_card(
    report: Report, card: Scorecard, texts: Texts, figure: Figure, words: Language, *, first: str
) -> None:
    """Show a scorecard in one language: the section that the page is made of.

    Parameters
    ----------
    report : Report
        For accounts: a simulated study's figure is stamped.
    card : Scorecard
    texts : Texts
    figure : matplotlib.figure.Figure
        From `roeptoeter.plots.scorecard.draw_scorecard`.
    words : Language
    first : str
        The language that the page opens in.

    Raises
    ------
    InputError
        If the organisation's reply cannot be read.
    """
    reply = find_reply(report.study.name, card.peers.edition, card.organisation)
    markup = build_card(card, texts, figure, words, first, reply, report.is_simulated)
    display({"text/html": markup, "text/plain": "\n".join(texts.summary)}, raw=True)


def build_card(
    card: Scorecard,
    texts: Texts,
    figure: Figure,
    words: Language,
    first: str,
    reply: Reply | None,
    is_simulated: bool,
) -> str:
    """Build the section of a page that holds a scorecard in one language; see `show_card`."""
    if is_simulated:
        stamp_simulated(figure)
    return get_template("card.html.j2").render(
        card=card,
        texts=texts,
        figure=Markup(write_svg(figure, texts.figure_alt)),
        words=words,
        _=words._,
        other=_other_language(words),
        is_first=words.code == first,
        reply=reply,
    )


def _other_language(words: Language) -> Language:
    return next(get_language(code) for code in LANGUAGES if code != words.code)


@lru_cache
def get_template(name: str) -> Template:
    """Return a template of the scorecards, made once in a process."""
    environment = make_environment("scorecard")
    return environment.get_template(name)


@lru_cache
def _read_asset(name: str) -> str:
    return (TEMPLATES / "scorecard" / name).read_text(encoding="utf-8").strip()


def frame_page(body: str, *, title: str, language: str, digest: str = "", script: str = "") -> str:
    """Put the frame of a page around its sections.

    Parameters
    ----------
    body : str
        HTML.
    title, language : str
    digest : str
        What the page was made from; see `roeptoeter.scorecards`.
    script : str
        The only script that the page may run.

    Returns
    -------
    str
    """
    digest_of_script = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return get_template("frame.html.j2").render(
        body=Markup(body.strip()),
        title=title,
        language=language,
        digest=digest,
        style=Markup(_read_asset("scorecard.css")),
        script=Markup(script),
        script_hash=digest_of_script,
    )


def title_page(name: str, edition: str) -> str:
    """Write the title of an organisation's page, for the list of bookmarks and of open windows."""
    return f"{name}, {edition} – Roeptoeter"


def build_list(
    gathered: Sequence[Peers],
    files: dict[tuple[str, str], str],
    first: str,
    digest: str,
    home: str = "",
) -> str:
    """Build the page that lists all scorecards, with a search by name and province.

    Parameters
    ----------
    gathered : sequence of Peers
    files : dict
        The page's file by edition and organisation; others are not listed.
    first : {"nl", "en"}
        The language that it opens in.
    digest : str
        What the list was made from.
    home : str
        Folder of the front pages, as seen from it; no link without.

    Returns
    -------
    str
        HTML.
    """
    sections = []
    for words in order_languages(first):
        groups = []
        for peers in gathered:
            region = words._(REGIONS[peers.region]) if peers.region in REGIONS else peers.region
            rows = peers.measured.sort_values("name", key=lambda names: names.map(_fold))
            entries = [
                {
                    "file": files[peers.edition, row.organisation],
                    "name": row.name,
                    "province": row.province,
                    "search": f"{_fold(row.name)} {_fold(row.province)} {row.organisation.lower()}",
                }
                for row in rows[["organisation", "name", "province"]].itertuples(index=False)
                if (peers.edition, row.organisation) in files
            ]
            period = words.period(*peers.period) if peers.period else peers.edition
            if entries:
                groups.append({"title": f"{region}, {period}", "entries": entries})
        sections.append(
            get_template("list.html.j2").render(
                words=words,
                _=words._,
                other=_other_language(words),
                is_first=words.code == first,
                is_simulated=any(peers.is_simulated for peers in gathered),
                platform=name_platform(gathered[0].platform),
                groups=groups,
                home=home,
            )
        )
    words = get_language(first)
    return frame_page(
        "\n".join(sections),
        title=words._("Find your municipality"),
        language=first,
        digest=digest,
        script=_read_asset("list.js"),
    )


def _fold(text: str) -> str:
    plain = unicodedata.normalize("NFD", str(text))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
