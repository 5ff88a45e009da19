"""The site: fragments, claims, figures and sources become pages that open from a USB stick.

The front page is Dutch, with English beside it; the notebooks and what belongs to them are English. Nothing is computed here. Every number about a finding comes from the claims that the notebooks
recorded. The pages fetch nothing from another host; the same input gives the same bytes.
"""

import csv
import hashlib
import json
import math
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

import yaml
from markupsafe import Markup as SafeText

from roeptoeter.errors import InputError
from roeptoeter.estimators.estimate import INTERVAL_MEANING
from roeptoeter.languages import FRONT_PAGES, LANGUAGES, N_, SOURCE_LANGUAGE, Language, get_language
from roeptoeter.markup import Heading, is_external, read_markup
from roeptoeter.study import ROOT, Study, display_path
from roeptoeter.templates import TEMPLATES, make_environment

#: Processed tables that hold published and official figures only. Any other table can hold an
#: analyst's own exports, with texts and names of persons, and stays off the site.
PUBLIC_TABLES = ("figures", "organisations")

#: What the label of a study's evidence is.
EVIDENCE_LABEL = {
    "published": N_("published"),
    "measured": N_("published and measured"),
    "SIMULATED": N_("published and SIMULATED"),
}

#: What each label of evidence says to a reader, beside it on every page.
EVIDENCE_MEANING = {
    "published": N_(
        "computed from figures that the studies printed and from official registers. The data of single accounts were never "
        "published."
    ),
    "measured": N_(
        "what is marked published was computed from figures that the studies printed and from official registers; what is "
        "marked measured from exports of accounts, messages and questionnaires."
    ),
    "SIMULATED": N_(
        "what is marked SIMULATED shows the method on invented data: nothing in it is a fact about any municipality. "
        "Everything else was computed from figures that the studies printed and from official registers."
    ),
}


@dataclass(frozen=True, slots=True)
class Page:
    """A notebook as a page: its fragment taken apart, with the claims that it recorded."""

    name: str
    title: str
    heading: str
    body: str
    contents: list[Heading]
    anchors: frozenset[str]
    claims: list[dict] = field(default_factory=list)

    @property
    def file(self) -> str:
        """Name of the page's file."""
        return f"{self.name}.html"

    @property
    def headlines(self) -> list[dict]:
        """The claims that answer the notebook's question."""
        return [claim for claim in self.claims if claim["headline"]]

    @property
    def answers(self) -> list[dict]:
        """The headlines, those on invented data apart and last: `is_simulated` and `claims`."""
        groups = [
            {"is_simulated": simulated, "claims": claims}
            for simulated in (False, True)
            if (
                claims := [
                    claim
                    for claim in self.headlines
                    if (claim["evidence"] == "SIMULATED") == simulated
                ]
            )
        ]
        return groups

    @property
    def leads(self) -> list[dict]:
        """The claims that the front page begins with; none of them rests on invented data."""
        return [
            claim for claim in self.claims if claim["lead"] and claim["evidence"] != "SIMULATED"
        ]


def build_site(study: Study, into: str = "site", root: Path = ROOT) -> Path:
    """Assemble the site from what the notebooks of a study wrote.

    The site is written aside and renamed into place, so a failure leaves the former site as it was.

    Parameters
    ----------
    study : Study
        Its folders hold the fragments (`build`), the claims (`results`) and the `figures`.
    into : str
        Name of the site's folder.
    root : pathlib.Path
        The repository: holds data/raw/, studies/ and the lock; the site's folder is made in it.

    Returns
    -------
    pathlib.Path
        The folder of the site.

    Raises
    ------
    InputError
        If a notebook's fragment or claims are missing or broken, if a link leads nowhere, or if a
        page would hold what our pages may not hold; see `roeptoeter.markup.read_markup`.
    """
    pages = read_pages(study)
    aside = study.build / "site-unfinished"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    shutil.copytree(TEMPLATES / "site" / "static", aside / "static")
    for path in sorted(study.figures.glob("*.svg")) + sorted(study.figures.glob("*.csv")):
        _copy_file(path, aside / "figures" / path.name)
    for folder, place in (
        (study.build / "pages", aside),
        (study.build / "scorecards", aside / "scorecards"),
    ):
        if folder.is_dir():
            shutil.copytree(folder, place, dirs_exist_ok=True, ignore=_NOT_FOR_READERS)
    downloads = _copy_downloads(study, aside)
    pages = [_bring_linked_files(page, pages, root, aside) for page in pages]

    for file, html in render_pages(study, pages, downloads, root).items():
        (aside / file).write_text(html, encoding="utf-8", newline="\n")
    faults = find_faults(aside)
    if faults:
        raise InputError(f"the site is not finished: {faults[0]}")
    return _put_in_place(aside, root / into)


#: The kinds of pages for officials, in the order of the front page.
PUBLIC_KINDS = ("map", "ranking", "scorecards", "edition")

#: Tells the front page what there is, or was left by a run that failed.
_NOT_FOR_READERS = shutil.ignore_patterns(
    "pages.json", "municipalities.json", "*.failed.ipynb", ".*"
)


def render_pages(study: Study, pages: list[Page], downloads: dict, root: Path) -> dict[str, str]:
    """Write the HTML of every page.

    Parameters
    ----------
    study : Study
    pages : list of Page
        The notebooks, in reading order.
    downloads : dict
        What there is to take along, by kind: `results`, `tables` and `figures`.
    root : pathlib.Path
        The repository, for sources, provenance and version.

    Returns
    -------
    dict
        HTML by file name.
    """
    environment = make_environment("site")
    environment.filters |= {
        "number": format_number,
        "size": describe_size,
        "capitalize_first": lambda text: text[:1].upper() + text[1:],
    }
    environment.tests["starting"] = str.startswith
    english = get_language(SOURCE_LANGUAGE)
    environment.globals |= {
        "words": english,
        "_": english._,
        "front_pages": FRONT_PAGES,
        "study": study,
        "pages": pages,
        "claims": [claim for page in pages for claim in page.claims],
        "evidence_label": EVIDENCE_LABEL[study.evidence],
        "evidence_meaning": EVIDENCE_MEANING[study.evidence],
        "interval_meaning": INTERVAL_MEANING,
    }
    sources = read_rows(root / "data" / "raw" / "published" / "sources.csv")
    raw_files = list_raw_files(root / "data" / "raw")
    # the first notebook tells which rows count; a reader comes for what they say
    front = pages[1:] + pages[:1]
    public = list_public_pages(study)
    figure = find_lead_figure(front)
    written = {
        "claims.html": ("claims", {}),
        "sources.html": ("sources", {"sources": sources, "raw_files": raw_files}),
        "downloads.html": (
            "downloads",
            {"downloads": downloads, "captions": find_captions(pages)},
        ),
        "provenance.html": (
            "provenance",
            {
                "commit": describe_commit(root),
                "parameters": _read_parameters(root / "studies" / f"{study.name}.yaml"),
                "raw_files": raw_files,
                "lock": _hash_file(root / "requirements.lock"),
            },
        ),
    }
    for position, page in enumerate(pages):
        before, after = pages[:position], pages[position + 1 :]
        written[page.file] = (
            "notebook",
            {
                "page": page,
                "position": position + 1,
                "previous": before[-1] if before else None,
                "next": after[0] if after else None,
            },
        )
    for code in LANGUAGES:
        words = get_language(code)
        own = [page for page in public if page["language"] == code]
        written[words.front_page] = (
            "index",
            {
                "words": words,
                "_": words._,
                "ngettext": words.ngettext,
                "other": next(get_language(other) for other in LANGUAGES if other != code),
                "front": front,
                "figure": figure,
                "officials": {
                    kind: [page for page in own if page["kind"] == kind] for kind in PUBLIC_KINDS
                },
                "municipalities": list_municipalities(study, words, public),
            },
        )
    return {
        file: environment.get_template(f"{template}.html.j2").render(file=file, **content)
        for file, (template, content) in written.items()
    }


def read_pages(study: Study) -> list[Page]:
    """Read the fragments of a study, in reading order, each with its claims.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of Page

    Raises
    ------
    InputError
        If there is no fragment, a fragment has not exactly one main heading, or its claims are
        missing, lack a field or share an id.
    """
    paths = sorted(study.build.glob("[0-9][0-9]-*.html"))
    if not paths:
        raise InputError(
            f"{display_path(study.build)} holds no rendered notebook; run the notebooks with make"
        )
    pages = []
    for path in paths:
        html = path.read_text(encoding="utf-8")
        markup = read_markup(html)
        main = [heading for heading in markup.headings if heading.level == 1]
        if len(main) != 1:
            raise InputError(
                f"{display_path(path)} has {len(main)} main headings; "
                "a notebook has one, the question in its first cell"
            )
        heading = re.search(r"<h1\b[^>]*>(.*?)</h1>", html, re.DOTALL)
        body = html[: heading.start()] + html[heading.end() :]
        claims = read_claims(study.results / f"{path.stem}.json")
        pages.append(
            Page(
                name=path.stem,
                title=main[0].text,
                heading=SafeText(heading.group(1).strip()),
                body=SafeText(body.strip()),
                contents=[h for h in markup.headings if h.level == 2 and h.id],
                anchors=frozenset(markup.ids),
                claims=[
                    claim
                    | {
                        "notebook": path.stem,
                        "link": f"{path.stem}.html#claim-{claim['claim_id']}"
                        if f"claim-{claim['claim_id']}" in markup.ids
                        else f"{path.stem}.html",
                    }
                    for claim in claims
                ],
            )
        )
    return pages


_CLAIM_FIELDS = [
    "claim_id", "headline", "lead", "sentence", "value", "low", "high", "unit", "interval_kind", "interval",
    "confidence", "n", "estimand", "evidence",
]  # fmt: skip


def read_claims(path: Path) -> list[dict]:
    """Read the claims that a notebook recorded.

    Parameters
    ----------
    path : pathlib.Path
        results/<study>/NN-name.json.

    Returns
    -------
    list of dict

    Raises
    ------
    InputError
        If the file is missing or no JSON, a claim lacks a field or has an unknown kind of interval,
        or two claims share an id.
    """
    name = display_path(path)
    try:
        claims = json.loads(path.read_text(encoding="utf-8"))["claims"]
    except FileNotFoundError:
        raise InputError(f"{name} does not exist; run its notebook with make") from None
    except (json.JSONDecodeError, KeyError, TypeError):
        raise InputError(f"{name} is no ledger of claims; delete it and run its notebook") from None
    used = set()
    for number, claim in enumerate(claims, start=1):
        lacking = [key for key in _CLAIM_FIELDS if key not in claim]
        if lacking:
            raise InputError(f"{name}, claim {number}: the field {lacking[0]} is missing")
        if claim["interval_kind"] not in INTERVAL_MEANING:
            raise InputError(
                f"{name}, claim {number}: unknown interval_kind {claim['interval_kind']!r}; "
                f"expected one of {', '.join(INTERVAL_MEANING)}"
            )
        if claim["claim_id"] in used:
            raise InputError(f"{name}, claim {number}: the id {claim['claim_id']!r} is used twice")
        used.add(claim["claim_id"])
    return claims


def format_number(number: float) -> str:
    """Write a value for a table: thousands apart, three digits of what is no whole number.

    Parameters
    ----------
    number : float

    Returns
    -------
    str

    Examples
    --------
    >>> format_number(2226.0), format_number(2226.4), format_number(71.646), format_number(-0.4)
    ('2,226', '2,226', '71.6', '−0.400')
    """
    decimals = 0
    if not float(number).is_integer():
        decimals = min(max(0, 2 - math.floor(math.log10(abs(number)))), 4)
    return f"{number:,.{decimals}f}".replace("-", "−")


def describe_size(size: int) -> str:
    """Say the size of a file: bytes below a thousand, then kB and MB of a thousand each.

    Examples
    --------
    >>> describe_size(999), describe_size(1000), describe_size(2_340_000)
    ('999 bytes', '1 kB', '2.3 MB')
    """
    if size < 1000:
        return f"{size} bytes"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def find_lead_figure(pages: list[Page]) -> dict | None:
    """Find the figure of the front page: the one marked `lead`, else the first.

    Parameters
    ----------
    pages : list of Page

    Returns
    -------
    dict or None
        `html` and `page`; None where no page has a figure.
    """
    found = []
    for page in pages:
        for figure in re.finditer(r"<figure\b[^>]*>.*?</figure>", page.body, re.DOTALL):
            start = figure.group().split(">", 1)[0]
            marked = re.search(r'class="[^"]*\blead\b', start) is not None
            # lazy loading would leave a gap where the reader looks first
            html = figure.group().replace(' loading="lazy"', "")
            found.append((not marked, {"html": SafeText(html), "page": page}))
    return min(found, key=lambda entry: entry[0])[1] if found else None


def find_captions(pages: list[Page]) -> dict[str, str]:
    """Find what tables and figures hold, in the words of their captions.

    Parameters
    ----------
    pages : list of Page

    Returns
    -------
    dict
        Caption by id: `table-NN-name` and `figure-NN-name`.
    """
    patterns = [
        r'<caption\b[^>]*\bid="(table-[^"]+)"[^>]*>([^<]*)',
        r'<figure\b[^>]*\bid="(figure-[^"]+)".*?<figcaption>([^<]*)',
    ]
    return {
        found.group(1): unescape(found.group(2)).strip()
        for page in pages
        for pattern in patterns
        for found in re.finditer(pattern, page.body, re.DOTALL)
    }


def read_rows(path: Path) -> list[dict]:
    """Read a CSV file as one dict a row.

    Raises
    ------
    InputError
        If the file does not exist.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        raise InputError(f"{display_path(path)} does not exist") from None


def list_raw_files(folder: Path) -> list[dict]:
    """List the raw files with what the provenance beside each says.

    The files are taken at their word: 01-ingest has proved them before any page exists, and the
    strict reader in `roeptoeter.provenance` would bring pandas into a step of a tenth of a second.

    Parameters
    ----------
    folder : pathlib.Path
        data/raw; every `<file>.yml` one folder below describes `<file>`.

    Returns
    -------
    list of dict
        In the order of their paths, with `file` added: the path below `folder`.
    """
    return [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        | {"file": path.with_suffix("").relative_to(folder).as_posix()}
        for path in sorted(folder.glob("*/*.yml"))
    ]


def describe_commit(root: Path) -> str:
    """Name the commit that a folder stands at, and say when the folder differs from it.

    Parameters
    ----------
    root : pathlib.Path

    Returns
    -------
    str
        The commit's 40 digits, with "and uncommitted changes" where there are any;
        "not under version control" outside git.
    """

    def ask(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit, top = ask("rev-parse", "HEAD"), ask("rev-parse", "--show-toplevel")
    if not commit or Path(top).resolve() != root.resolve():
        return "not under version control"
    changes = ask("status", "--porcelain")
    return f"{commit} and uncommitted changes" if changes else commit


def find_faults(site: Path) -> list[str]:
    """Check every page of a site: its markup, its outline, and where its links lead.

    Parameters
    ----------
    site : pathlib.Path

    Returns
    -------
    list of str
        A line for each fault, with the page's name; empty for a sound site.
    """
    read = {
        path.name: read_markup(path.read_text(encoding="utf-8"))
        for path in sorted(site.glob("*.html"))
    }
    ids = {site / name: frozenset(markup.ids) for name, markup in read.items()}
    faults = []
    for name, markup in read.items():
        faults += [f"{name} holds {fault}" for fault in markup.faults]
        if [heading.level for heading in markup.headings].count(1) != 1:
            faults.append(f"{name} has not exactly one main heading")
        for address in markup.links + markup.fetched:
            if is_external(address):
                continue
            file, _, anchor = address.partition("#")
            target = site / unquote(file) if file else site / name
            if target not in ids:
                ids[target] = _find_ids(target, site)
            if ids[target] is None:
                faults.append(f"{name} leads to {address}, which is not there")
            elif anchor and unquote(anchor) not in ids[target]:
                faults.append(f"{name} leads to {address}, but that place is not on the page")
    return faults


def _find_ids(target: Path, site: Path) -> frozenset[str] | None:
    """Find the ids of a page in a folder of the site, of other files none; None if there is no such file."""
    if not target.is_file() or not target.resolve().is_relative_to(site.resolve()):
        return None
    if target.suffix != ".html":
        return frozenset()
    # a page of a municipality was checked when it was made; there are hundreds
    return frozenset(re.findall(r'\sid="([^"]+)"', target.read_text(encoding="utf-8")))


def _bring_linked_files(page: Page, pages: list[Page], root: Path, site: Path) -> Page:
    """Copy the repository's files that a notebook links to, and lead its links to the copies."""
    body = str(page.body)
    made = {other.file for other in pages} | {
        *FRONT_PAGES.values(),
        *(f"{name}.html" for name in ("claims", "sources", "downloads", "provenance")),
    }
    for address in dict.fromkeys(read_markup(body).links):
        file = address.partition("#")[0]
        if is_external(address) or not file or file in made or (site / unquote(file)).is_file():
            continue
        if (root / "notebooks" / file).with_suffix(".ipynb").is_file():
            # a notebook that this study does not run; its question stays as words
            link = rf'<a href="{re.escape(escape(address))}"[^>]*>(.*?)</a>'
            body = re.sub(link, r"\1", body, flags=re.DOTALL)
            continue
        source = (root / "notebooks" / unquote(file)).resolve()
        if source.is_dir():
            source = source / "README.md"
        inside = source.is_relative_to(root.resolve())
        below = source.relative_to(root.resolve()).as_posix() if inside else ""
        if not inside or not source.is_file() or below.startswith(("data/raw/exports/", ".")):
            raise InputError(
                f"{page.name} links to {address}, which is no page of the site and no file that it "
                "may carry; mend the link in the notebook"
            )
        _copy_file(source, site / "files" / below)
        body = body.replace(f'href="{escape(address)}"', f'href="files/{escape(below)}"')
    return Page(**{key: getattr(page, key) for key in page.__slots__} | {"body": SafeText(body)})


def _copy_downloads(study: Study, site: Path) -> dict[str, list[dict]]:
    """Copy what a reader may take along, and list it by kind."""
    kinds = {
        # the coefficients of single notebooks stand joined in regressions.csv
        "results": [
            path
            for path in sorted(study.results.glob("*.csv"))
            if not re.fullmatch(r"\d\d-regressions", path.stem)
        ],
        "tables": [
            path
            for name in PUBLIC_TABLES
            if (path := study.processed / f"{name}.csv").is_file() and study.evidence != "measured"
        ],
    }
    listed = {
        kind: [_copy_file(path, site / "tables" / path.name) for path in paths]
        for kind, paths in kinds.items()
    }
    names = sorted(path.stem for path in (site / "figures").glob("*.svg"))
    listed["figures"] = [
        {
            "name": name,
            "files": [
                {"path": f"figures/{path.name}", "size": path.stat().st_size}
                for path in (site / "figures" / f"{name}.csv", site / "figures" / f"{name}.svg")
                if path.is_file()
            ],
        }
        for name in names
    ]
    return listed


def list_public_pages(study: Study) -> list[dict]:
    """List the pages for officials that there are.

    Parameters
    ----------
    study : Study

    Returns
    -------
    list of dict
        `kind` (one of `PUBLIC_KINDS`), `file`, `title`, `language`, `is_simulated`, and of an edition its `numbers`.
    """
    path = study.build / "pages" / "pages.json"
    listed = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    if (study.build / "scorecards" / "index.html").is_file():
        listed += [
            {
                "kind": "scorecards",
                "file": f"scorecards/index.html#{code}",
                "title": get_language(code)._("A page for each municipality"),
                "language": code,
                "is_simulated": study.evidence == "SIMULATED",
            }
            for code in LANGUAGES
        ]
    return listed


def list_municipalities(study: Study, words: Language, public: list[dict]) -> list[dict]:
    """List where a reader finds each municipality: on its scorecard where that was made, else on the map.

    Parameters
    ----------
    study : Study
    words : Language
    public : list of dict
        As `list_public_pages` returns it.

    Returns
    -------
    list of dict
        `name`, `province` and `link`, by name; empty where nothing is known of single municipalities.
    """
    path = study.build / "pages" / "municipalities.json"
    if not path.is_file():
        return []
    cards = {card.name for card in (study.build / "scorecards").glob("*.html")}
    drawn = next(
        (
            page["file"]
            for page in public
            if page["kind"] == "map" and page["language"] == words.code
        ),
        None,
    )
    found = []
    for row in json.loads(path.read_text(encoding="utf-8")):
        link = f"scorecards/{row['card']}#{words.code}" if row["card"] in cards else None
        if link is None and drawn and row["place"]:
            link = f"{drawn}#{row['place']}"
        if link:
            found.append({"name": row["name"], "province": row["province"], "link": link})
    return found


def _copy_file(source: Path, target: Path) -> dict:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    return {
        "name": target.name,
        "path": f"{target.parent.name}/{target.name}",
        "size": target.stat().st_size,
    }


def _read_parameters(path: Path) -> list[tuple[str, str]]:
    """List a study file's parameters, nested keys joined by points."""

    def flatten(prefix: str, content) -> list[tuple[str, str]]:
        if isinstance(content, dict) and content:
            return [
                row for key, part in content.items() for row in flatten(f"{prefix}{key}.", part)
            ]
        text = "none" if content in ({}, [], None) else content
        return [
            (
                prefix.rstrip("."),
                json.dumps(text, default=str, ensure_ascii=False)
                if isinstance(text, list)
                else str(text),
            )
        ]

    if not path.is_file():
        raise InputError(f"{display_path(path)} does not exist")
    return flatten("", yaml.safe_load(path.read_text(encoding="utf-8")) or {})


def _hash_file(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _put_in_place(finished: Path, site: Path) -> Path:
    """Rename the finished folder over the former one; a folder cannot be replaced in one step."""
    former = finished.with_name("site-former")
    shutil.rmtree(former, ignore_errors=True)
    if site.exists():
        site.rename(former)
    finished.rename(site)
    shutil.rmtree(former, ignore_errors=True)
    return site
