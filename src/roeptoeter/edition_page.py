"""The page of an edition: the few numbers that matter with their margin, a small picture each, on one sheet.

Which claims a page shows, and the words around them, stands in `editions.yaml`. Nothing is computed here: every number
is that of a claim in the ledger, and a page that wants a claim which is not there is not made.
"""

import csv
import datetime as dt
import io
import math
import re
import shutil
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup

from roeptoeter.errors import InputError
from roeptoeter.languages import LANGUAGES, N_, Language, get_language
from roeptoeter.plots.edition import (
    Mark,
    Panel,
    Picture,
    Sheet,
    choose_ticks,
    draw_picture,
    draw_sheet,
    write_picture,
)
from roeptoeter.site import read_claims, read_rows
from roeptoeter.study import ROOT, Study, Window, display_path, read_yaml
from roeptoeter.templates import TEMPLATES, make_environment

DECLARATION = Path(__file__).with_name("editions.yaml")
PICTURES = ("hundred", "bars", "scale")

#: The language that a reader gets who asks for none.
FIRST_LANGUAGE = "nl"

REGIONS = {"NL": N_("Dutch municipalities"), "VL": N_("Flemish municipalities")}
_REGION_SLUGS = {"NL": "netherlands", "VL": "flanders"}
_PLATFORMS = {"linkedin": "LinkedIn", "youtube": "YouTube"}

#: What a margin is, behind its two ends, by the kind of interval.
MARGIN_KINDS = {
    "rounding": N_("the rounding allows no more"),
    "sensitivity": N_("depending on what is assumed"),
    "superpopulation": N_("{confidence} margin"),
    "finite population": N_("{confidence} margin of the sample"),
    "none": N_("counted: no margin"),
}

#: The same, at length: term and meaning.
MARGIN_MEANINGS = {
    "rounding": (
        N_("Rounding"),
        N_("all values that the printed, rounded numbers allow. Other doubts are not in it."),
    ),
    "sensitivity": (
        N_("Assumptions"),
        N_("the lowest and the highest outcome of the readings and assumptions that were tried."),
    ),
    "superpopulation": (
        N_("{confidence} margin"),
        N_(
            "how far chance may have moved the number, the municipalities seen as one draw of many possible ones. It is "
            "not the margin of error of a census, and other doubts are not in it."
        ),
    ),
    "finite population": (
        N_("{confidence} margin of the sample"),
        N_("how far chance may have moved the number because not all municipalities took part."),
    ),
    "none": (
        N_("Counted"),
        N_("a count of all, as far as is known. Whether it was counted well is not in it."),
    ),
}

#: What texts may quote of a claim.
QUOTABLE = ("value", "low", "high", "n")

#: Columns of the file with the numbers of a page.
DATA_COLUMNS = (
    "position", "role", "notebook", "claim_id", "sentence", "value", "low", "high", "unit", "interval_kind",
    "confidence", "n", "estimand", "evidence",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quoted:
    """A claim of the ledger, as texts quote it: `{name.value}`, `{name.low}`, `{name.high}`, `{name.n}`."""

    notebook: str
    record: dict

    def __getattr__(self, name: str) -> Any:
        if name not in QUOTABLE:
            raise InputError(
                f"editions.yaml: a claim has no {name!r}; a text may quote {', '.join(QUOTABLE)}"
            )
        if self.record[name] is None:
            raise InputError(
                f"editions.yaml: a text quotes {name} of the claim {self.notebook} {self.record['claim_id']}, which "
                "has none"
            )
        return self.record[name]

    @property
    def link(self) -> str:
        """Where the claim stands on the site."""
        return f"{self.notebook}.html#claim-{self.record['claim_id']}"

    def end(self, name: str) -> float:
        """Return a number of the claim, NaN where it has none."""
        return math.nan if self.record[name] is None else float(self.record[name])


class _Writer(string.Formatter):
    """`str.format` in the form of a language: `{value:.1}` is a number with one decimal, `{value:+.1}` with its sign."""

    def __init__(self, words: Language) -> None:
        self.words = words

    def get_value(self, key, args, kwargs):
        if key not in kwargs:
            raise InputError(
                f"editions.yaml: {{{key}}} is not known here; known: {', '.join(sorted(kwargs))}"
            )
        return kwargs[key]

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, str):
            return value
        decimals = re.fullmatch(r"(\+?)\.(\d)", format_spec)
        if decimals:
            return self.words.number(float(value), int(decimals[2]), signed=bool(decimals[1]))
        if format_spec or float(value) != int(value):
            raise InputError(
                f"editions.yaml: write how many decimals a number has, such as {{value:.1}}, not {format_spec!r}"
            )
        return self.words.number(int(value))


@dataclass(frozen=True, slots=True)
class EditionNumber:
    """A number of a page: its declaration, its claim, and the claims that its texts and its picture also quote."""

    declared: dict
    claim: Quoted
    also: dict[str, Quoted]


@dataclass(frozen=True)
class Edition:
    """The page of an edition, before it is written in a language.

    Parameters
    ----------
    name : str
        Part of the names of its files.
    region : str
    declared : dict
        Title, lede and the like from `editions.yaml`.
    names : dict
        What its texts may quote beside claims: edition, before and so on. A text, or texts by language.
    numbers : tuple of EditionNumber
    sources : tuple of dict
        Rows of sources.csv.
    missing : tuple of (dict, str)
        What an analyst's exports do not bear, by language, and why.
    """

    name: str
    region: str
    declared: dict
    names: dict[str, Any]
    numbers: tuple[EditionNumber, ...]
    sources: tuple[dict, ...] = ()
    missing: tuple[tuple[Any, str], ...] = ()

    @cached_property
    def evidence(self) -> str:
        """SIMULATED if any number is, else measured or published."""
        kinds = {
            quoted.record["evidence"]
            for number in self.numbers
            for quoted in (number.claim, *number.also.values())
        }
        return next((kind for kind in ("SIMULATED", "measured") if kind in kinds), "published")

    @property
    def is_simulated(self) -> bool:
        """Whether its numbers are made up."""
        return self.evidence == "SIMULATED"

    @property
    def stem(self) -> str:
        """What the names of its files begin with; of made-up numbers it says so."""
        return f"edition-{'SIMULATED-' if self.is_simulated else ''}{self.name}"

    def file(self, language: str, ending: str = "html") -> str:
        """Return the name of its page, or of its picture (ending "png"), in a language."""
        return f"{self.stem}-{language}.{ending}"

    @property
    def data_file(self) -> str:
        """Name of the file with its numbers."""
        return f"{self.stem}.csv"

    def write(self, text: Any, words: Language, number: EditionNumber | None = None) -> str:
        """Write a text of the declaration in a language, filled with names and claims."""
        quoted: dict[str, Any] = {key: pick(name, words) for key, name in self.names.items()}
        if number is not None:
            record = number.claim.record
            quoted |= {name: record[name] for name in QUOTABLE if record[name] is not None}
            quoted |= number.also
        return _Writer(words).format(pick(text, words), **quoted)

    def title(self, words: Language) -> str:
        """Return the title of the page."""
        return self.write(self.declared["title"], words)

    def short_title(self, words: Language) -> str:
        """Return the title for a list of pages."""
        return self.write(self.declared["short"], words)


def pick(text: Any, words: Language) -> str:
    """Return a text in a language: the same for both, or given in each.

    Examples
    --------
    >>> pick({"nl": "jaar", "en": "years"}, get_language("nl")), pick("2014", get_language("nl"))
    ('jaar', '2014')
    """
    if isinstance(text, dict):
        if words.code not in text:
            raise InputError(f"editions.yaml: {text} has no text in {words.name}")
        return text[words.code]
    return str(text)


def read_declaration(path: Path = DECLARATION) -> dict:
    """Read which claims the pages show, and the words around them.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    dict
        `published` (a list of pages) and `accounts` (one page for every edition measured).

    Raises
    ------
    InputError
        If a key is missing or unknown, or a picture is of no known kind.
    """
    declared, name = read_yaml(path), display_path(path)
    if not isinstance(declared, dict) or set(declared) != {"published", "accounts"}:
        raise InputError(f"{name} must hold the keys published and accounts")
    page = {"short", "title", "lede", "numbers"}
    for place, entry in enumerate(declared["published"], start=1):
        _check_keys(
            entry, page | {"name", "edition", "before", "region", "sources"}, set(), f"{name}, published {place}"
        )  # fmt: skip
    _check_keys(declared["accounts"], page | {"table"}, set(), f"{name}, accounts")
    for entry in [*declared["published"], declared["accounts"]]:
        for place, number in enumerate(entry["numbers"], start=1):
            where = f"{name}, {entry.get('name', 'accounts')}, number {place}"
            _check_keys(
                number,
                {"claim", "number", "headline", "reading", "picture"},
                {"also", "margin", "because", "labels", "text", "texts", "note", "measure", "name"},
                where,
            )
            if number["picture"] not in PICTURES:
                raise InputError(
                    f"{where}: picture is {number['picture']!r}; expected one of {', '.join(PICTURES)}"
                )
    return declared


def list_quoted_notebooks(path: Path = DECLARATION) -> list[str]:
    """List the notebooks whose claims the pages show, and to which they lead.

    Parameters
    ----------
    path : pathlib.Path
        The declaration.

    Returns
    -------
    list of str
        Names without ending, in their order.
    """
    text = path.read_text(encoding="utf-8")
    return sorted(set(re.findall(r"\b([0-9]{2}-[a-z][a-z-]*) [a-z]", text)))


def _check_keys(entry: Any, needed: set[str], allowed: set[str], where: str) -> None:
    if not isinstance(entry, dict):
        raise InputError(f"{where}: expected keys and values")
    if missing := sorted(needed - set(entry)):
        raise InputError(f"{where}: {missing[0]} is missing")
    if unknown := sorted(set(entry) - needed - allowed):
        raise InputError(f"{where}: {unknown[0]} is no known key")


class _Ledger:
    """The claims of a study by notebook and id, each notebook read once."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.read: dict[str, dict[str, dict]] = {}

    def get(self, name: str) -> Quoted:
        notebook, _, claim_id = name.partition(" ")
        if notebook not in self.read:
            path = self.study.results / f"{notebook}.json"
            self.read[notebook] = {claim["claim_id"]: claim for claim in read_claims(path)}
        if claim_id not in self.read[notebook]:
            raise InputError(
                f"editions.yaml asks for the claim {name}, which the ledger of the study {self.study.name} does not "
                "hold; correct it there, or run the notebook with make"
            )
        return Quoted(notebook, self.read[notebook][claim_id])


def list_editions(
    study: Study, root: Path = ROOT, declaration: Path = DECLARATION
) -> list[Edition]:
    """List the pages that a study can have, those of what was published first.

    Parameters
    ----------
    study : Study
    root : pathlib.Path
        Holds data/raw/published/sources.csv.
    declaration : pathlib.Path

    Returns
    -------
    list of Edition

    Raises
    ------
    InputError
        If a claim is missing, or the declaration is not in order.
    """
    declared, ledger = read_declaration(declaration), _Ledger(study)
    sources = {
        row["source_key"]: row
        for row in read_rows(root / "data" / "raw" / "published" / "sources.csv")
    }
    editions = []
    for page in declared["published"]:
        unknown = [key for key in page["sources"] if key not in sources]
        if unknown:
            raise InputError(f"editions.yaml, {page['name']}: no source {unknown[0]!r}")
        edition = Edition(
            name=page["name"],
            region=page["region"],
            declared=page,
            names={"edition": page["edition"], "before": page["before"]},
            numbers=tuple(
                EditionNumber(
                    number,
                    ledger.get(number["claim"]),
                    {key: ledger.get(claim) for key, claim in number.get("also", {}).items()},
                )
                for number in page["numbers"]
            ),
            sources=tuple(sources[key] for key in page["sources"]),
        )
        if edition.evidence != "published":
            raise InputError(
                f"editions.yaml, {edition.name}: a page of what was published quotes a claim whose evidence is "
                f"{edition.evidence}; the two are never mixed"
            )
        editions.append(edition)
    return [*editions, *_list_account_editions(study, declared["accounts"], ledger)]


def _list_account_editions(study: Study, declared: dict, ledger: _Ledger) -> Iterator[Edition]:
    """List the pages of accounts, one for each edition and region in the table of the notebook."""
    number, _, name = declared["table"].partition("-")
    mark = "SIMULATED-" if study.evidence == "SIMULATED" else ""
    path = study.results / f"{number}-{mark}{name}.csv"
    if not path.is_file():
        return
    windows = {window.edition: window for window in study.windows}
    editions: dict[str, list[dict]] = {}
    for row in read_rows(path):
        editions.setdefault(row["slug"], []).append(row)
    for slug, measured in editions.items():
        edition, region, platform = (measured[0][key] for key in ("edition", "region", "platform"))
        rows = {row["measure"]: row for row in measured}
        numbers, missing = [], []
        for entry in declared["numbers"]:
            row = rows.get(entry["measure"], {})
            if row.get("claim_id"):
                claim = ledger.get(entry["claim"].format(measure=entry["measure"], slug=slug))
                numbers.append(EditionNumber(entry, claim, {}))
            else:
                missing.append((entry["name"], row.get("missing_because") or "not measured"))
        if not numbers:
            continue
        within = next((float(row["within_hours"]) for row in measured if row["within_hours"]), 0.0)
        yield Edition(
            name=f"{slug.removesuffix(f'-{region.lower()}')}-{_REGION_SLUGS.get(region, region.lower())}",
            region=region,
            declared=declared,
            names={
                "whose": _in_each_language(lambda words, r=region: words._(REGIONS.get(r, r))),
                "platform": _PLATFORMS.get(platform, platform.capitalize()),
                "period": _in_each_language(
                    lambda words, e=edition: _write_period(windows.get(e), e, words)
                ),
                "within_hours": _in_each_language(
                    lambda words, w=within: words.number(w, 0 if w.is_integer() else 1)
                ),
            },
            numbers=tuple(numbers),
            missing=tuple(missing),
        )


def _in_each_language(write) -> dict[str, str]:
    return {code: write(get_language(code)) for code in LANGUAGES}


def _write_period(window: Window | None, edition: str, words: Language) -> str:
    # kept together where a title is broken into lines
    return words.period(window.start, window.end).replace(" ", "\u00a0") if window else edition


def build_editions(study: Study, into: Path, root: Path = ROOT) -> list[Path]:
    """Write the pages of all editions of a study, in both languages, with their pictures and numbers beside them.

    Parameters
    ----------
    study : Study
        Its folder of results holds the claims.
    into : pathlib.Path
        The site's folder: the pages lead to its other pages, and their stylesheet goes to `static/` in it.
    root : pathlib.Path
        The repository.

    Returns
    -------
    list of pathlib.Path
        The pages, by edition; of each the Dutch one first.

    Raises
    ------
    InputError
        If a claim is missing, or the declaration is not in order.
    """
    editions = list_editions(study, root)
    (into / "static").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TEMPLATES / "edition" / "edition.css", into / "static" / "edition.css")
    pages = []
    for edition in editions:
        _write_text(into / edition.data_file, write_data(edition))
        for code in sorted(LANGUAGES, key=lambda code: code != FIRST_LANGUAGE):
            words = get_language(code)
            (into / edition.file(code, "png")).write_bytes(draw_sheet(make_sheet(edition, words)))
            pages.append(into / edition.file(code))
            _write_text(pages[-1], write_page(edition, words))
    return pages


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def write_data(edition: Edition) -> str:
    """Write the numbers of a page as CSV: every claim that it quotes, with its interval.

    Parameters
    ----------
    edition : Edition

    Returns
    -------
    str
    """
    buffer = io.StringIO()
    writer = csv.DictWriter(
        buffer, DATA_COLUMNS, restval="", extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    for position, number in enumerate(edition.numbers, start=1):
        for role, quoted in {"number": number.claim, **number.also}.items():
            writer.writerow(
                quoted.record | {"position": position, "role": role, "notebook": quoted.notebook}
            )
    return buffer.getvalue()


def make_panel(edition: Edition, number: EditionNumber, words: Language) -> Panel:
    """Write a number, the words around it and its picture in a language.

    Parameters
    ----------
    edition : Edition
    number : EditionNumber
    words : Language

    Returns
    -------
    Panel
    """
    return Panel(
        edition.write(number.declared["number"], words, number),
        edition.write(number.declared["headline"], words, number),
        describe_margin(edition, number, words),
        make_picture(edition, number, words),
    )


def describe_margin(edition: Edition, number: EditionNumber, words: Language) -> str:
    """Write the margin of a number with what kind of margin it is, in plain words.

    Parameters
    ----------
    edition : Edition
    number : EditionNumber
    words : Language

    Returns
    -------
    str
    """
    declared, kind = number.declared, number.claim.record["interval_kind"]
    if "because" in declared:
        what = edition.write(declared["because"], words, number)
    else:
        what = _name_margin(MARGIN_KINDS[kind], number, words)
    if "margin" not in declared or kind == "none":
        return _capitalise(what)
    return f"{edition.write(declared['margin'], words, number)}: {what}"


def _name_margin(text: str, number: EditionNumber, words: Language) -> str:
    confidence = number.claim.record["confidence"]
    return words._(text, confidence=words.percent(confidence) if confidence else "")


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]


def make_picture(edition: Edition, number: EditionNumber, words: Language) -> Picture:
    """Make the picture of a number from its claim and those beside it.

    Parameters
    ----------
    edition : Edition
    number : EditionNumber
    words : Language

    Returns
    -------
    Picture
    """
    declared = number.declared
    labels = declared.get("labels", {"value": ""})
    quoted = {"value": number.claim} | {
        key: number.also[key] for key in labels if key in number.also
    }
    marks = []
    for key, claim in quoted.items():
        text = declared.get("texts", {}).get(key, declared.get("text", declared["number"]))
        marks.append(
            Mark(
                edition.write(labels.get(key, ""), words, number),
                edition.write(text, words, EditionNumber(declared, claim, {})),
                claim.end("value"),
                claim.end("low"),
                claim.end("high"),
            )
        )
    note = edition.write(declared.get("note", ""), words, number)
    if declared["picture"] != "scale":
        return Picture(declared["picture"], tuple(marks), note)
    ticks = choose_ticks(max(mark.high for mark in marks))
    decimals = 0 if all(tick.is_integer() for tick in ticks) else 1
    written = tuple((tick, words.number(tick, decimals if tick else 0)) for tick in ticks)
    return Picture("scale", tuple(marks), note, written)


def describe_picture(edition: Edition, panel: Panel, words: Language) -> str:
    """Say what a picture shows, to a reader who cannot see it.

    Parameters
    ----------
    edition : Edition
    panel : Panel
    words : Language

    Returns
    -------
    str
    """
    if panel.picture.kind == "hundred":
        mark = panel.picture.marks[0]
        shown = words._(
            "A hundred dots, of which {filled} are filled.", filled=words.number(round(mark.low))
        )
        if (perhaps := round(mark.high) - round(mark.low)) > 0:
            shown += " " + words._("{open} more are open: the margin.", open=words.number(perhaps))
    else:
        listed = words.join(
            [
                f"{mark.label}: {mark.text}" if mark.label else mark.text
                for mark in panel.picture.marks
            ]
        )
        start = (
            words._("Bars. {listed}.", listed=listed)
            if panel.picture.kind == "bars"
            else words._("A scale. {listed}.", listed=listed)
        )
        shown = start
    mark = words._("SIMULATED: invented data.") + " " if edition.is_simulated else ""
    return f"{mark}{shown} {panel.number} {panel.headline}."


def list_meanings(edition: Edition, words: Language) -> tuple[tuple[str, str], ...]:
    """List what the margins of a page cover, a term and its meaning for each kind that it has.

    Parameters
    ----------
    edition : Edition
    words : Language

    Returns
    -------
    tuple of (str, str)
    """
    meanings: dict[str, str] = {}
    for kind, (term, meaning) in MARGIN_MEANINGS.items():
        for number in edition.numbers:
            if number.claim.record["interval_kind"] == kind:
                meanings[_name_margin(term, number, words)] = _capitalise(words._(meaning))
    return tuple((_capitalise(term), meaning) for term, meaning in meanings.items())


def describe_source(edition: Edition, words: Language) -> str:
    """Name where the numbers come from.

    Parameters
    ----------
    edition : Edition
    words : Language

    Returns
    -------
    str
    """
    if not edition.sources:
        named = words._("exports of the accounts")
    else:
        named = "; ".join(name_source(source, words) for source in edition.sources)
    return words._("Source: {named}; own calculation.", named=named)


def name_source(source: dict, words: Language) -> str:
    """Name a source with its date, and with how it was read where that was no full text.

    Parameters
    ----------
    source : dict
        A row of sources.csv.
    words : Language

    Returns
    -------
    str
    """
    date = source["date"]
    if re.fullmatch(r"\d{4}-\d\d-\d\d", date):
        date = words.date(dt.date.fromisoformat(date)).replace(" ", "\u00a0")
    if source["how_read"] == "machine-translated copy":
        return words._("a machine-translated copy, {date}", date=date)
    return f"{source['publisher']}, {date}"


def _warn_simulated(edition: Edition, words: Language) -> str:
    if not edition.is_simulated:
        return ""
    told = words._("invented data: nothing on this page is a fact about any municipality.")
    return f"SIMULATED – {told}"


def make_sheet(edition: Edition, words: Language) -> Sheet:
    """Make the sheet of an edition, the picture that is passed on.

    Parameters
    ----------
    edition : Edition
    words : Language

    Returns
    -------
    Sheet
    """
    return Sheet(
        title=edition.title(words),
        lede=edition.write(edition.declared["lede"], words),
        panels=tuple(make_panel(edition, number, words) for number in edition.numbers),
        meanings=list_meanings(edition, words),
        source=f"{describe_source(edition, words)} Roeptoeter",
        region=edition.region,
        simulated=_warn_simulated(edition, words),
    )


def write_page(edition: Edition, words: Language) -> str:
    """Write the page of an edition in a language.

    Parameters
    ----------
    edition : Edition
    words : Language

    Returns
    -------
    str
        HTML.
    """
    environment = make_environment("edition")
    entries = []
    for number in edition.numbers:
        panel = make_panel(edition, number, words)
        figure = draw_picture(
            panel.picture,
            region=edition.region,
            simulated="SIMULATED" if edition.is_simulated else "",
        )
        entries.append(
            {
                "panel": panel,
                "picture": Markup(write_picture(figure, describe_picture(edition, panel, words))),
                "reading": edition.write(number.declared["reading"], words, number),
                "claim": number.claim,
            }
        )
    other = next(get_language(code) for code in LANGUAGES if code != words.code)
    return environment.get_template("edition.html.j2").render(
        _=words._,
        words=words,
        other=other,
        edition=edition,
        missing=[(pick(name, words), reason) for name, reason in edition.missing],
        title=edition.title(words),
        lede=edition.write(edition.declared["lede"], words),
        entries=entries,
        meanings=list_meanings(edition, words),
        sources=[(name_source(source, words), source["source_key"]) for source in edition.sources],
    )
