"""Reading HTML that this project wrote: what a page holds, and what it may not hold.

Used by the export of notebooks and by the assembly of the site. It knows no notebook and no study.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Elements that run code or fetch something by themselves.
_FORBIDDEN = {"iframe", "object", "embed", "base", "form", "audio", "video", "source"}
#: Elements that have no end.
_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"
}  # fmt: skip
#: Elements whose end HTML lets one leave out, as the long tables do.
_ENDS_BY_ITSELF = {"html", "head", "body", "td", "th", "tr", "li"}
#: What a part of a page may not hold: the page around it has it already.
_FRAME = {"html", "head", "body", "title", "meta", "link", "style", "script"}
#: What a style fetches: anything but a drawing that it holds itself.
_FETCHING_STYLE = re.compile(r"@import|url\((?!\s*[\"']?data:image/)", re.IGNORECASE)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
#: Attributes whose address a browser fetches as soon as it shows the page.
_FETCHED = ("src", "srcset", "data", "poster", "background", "xlink:href")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page: its level, its text and its id (empty if it has none)."""

    level: int
    text: str
    id: str


@dataclass(slots=True)
class Markup:
    """What a piece of HTML holds, in the order in which it stands there."""

    headings: list[Heading] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def is_external(address: str) -> bool:
    """Tell whether an address leaves the site: it names a scheme or a host."""
    start = address.strip().lower()
    scheme = start.split("/", 1)[0].split("#", 1)[0].split("?", 1)[0]
    return start.startswith(("//", "\\")) or ":" in scheme


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.markup = Markup()
        self._heading = None
        self._open_table = []
        self.open = []
        self.seen = set()
        self._inline = None
        self._policy = None

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        markup, faults = self.markup, self.markup.faults
        self.seen.add(tag)
        if tag in _FORBIDDEN:
            faults.append(f"a <{tag}> element")
        if tag == "meta" and "http-equiv" in attributes:
            is_policy = attributes["http-equiv"] == "Content-Security-Policy"
            if is_policy and self._policy is None and self.open == ["html", "head"]:
                self._policy = attributes.get("content", "")
            else:
                faults.append("a <meta http-equiv> beside the one policy in the head")
        if tag == "style" or (tag == "script" and "src" not in attributes):
            self._inline = ""
        for name in attributes:
            if name.startswith("on"):
                faults.append(f"a script in the attribute {name} of <{tag}>")
        if "style" in attributes:
            faults.append(f"a style attribute on <{tag}>")
        if tag == "img" and not attributes.get("alt", "").strip():
            faults.append(f"an image without alternative text ({attributes.get('src', '')[:60]})")
        for name in _FETCHED:
            if name in attributes:
                markup.fetched.append(attributes[name])
        if tag == "link":
            markup.fetched.append(attributes.get("href", ""))
        if tag in {"a", "area"} and "href" in attributes:
            address = attributes["href"]
            markup.links.append(address)
            if is_external(address):
                if not address.lower().startswith(("https://", "http://", "mailto:")):
                    faults.append(f"a link to {address[:60]}, which is no web address")
                elif "noopener" not in attributes.get("rel", "").split():
                    faults.append(f'a link to {address[:60]} without rel="noopener"')
        if attributes.get("id"):
            markup.ids.append(attributes["id"])
        if tag in _HEADINGS:
            self._heading = [_HEADINGS[tag], "", attributes.get("id", "")]
        if tag == "table":
            self._open_table.append(False)
        if tag == "caption" and self._open_table:
            self._open_table[-1] = True
        if tag not in _VOID:
            self.open.append(tag)

    def handle_data(self, data):
        if self._heading is not None:
            self._heading[1] += data
        if self._inline is not None:
            self._inline += data

    def handle_endtag(self, tag):
        self._close(tag)
        if tag in _HEADINGS and self._heading is not None:
            level, text, anchor = self._heading
            self.markup.headings.append(Heading(level, " ".join(text.split()), anchor))
            self._heading = None
        if tag in {"style", "script"} and self._inline is not None:
            digest = base64.b64encode(hashlib.sha256(self._inline.encode()).digest()).decode()
            allowed = {part.strip() for part in (self._policy or "").split(";")}
            if not {"default-src 'none'", f"{tag}-src 'sha256-{digest}'"} <= allowed:
                self.markup.faults.append(
                    f"a {tag} in the page itself that its policy does not name"
                )
            elif tag == "style" and _FETCHING_STYLE.search(self._inline):
                self.markup.faults.append("a style that fetches something")
            self._inline = None
        if tag == "table" and self._open_table and not self._open_table.pop():
            self.markup.faults.append("a table without a caption")

    def _close(self, tag):
        if tag in _VOID:
            return
        if tag not in self.open:
            self.markup.faults.append(f"a </{tag}> that closes nothing")
            return
        while (inner := self.open.pop()) != tag:
            if inner not in _ENDS_BY_ITSELF:
                self.markup.faults.append(f"a <{inner}> that is not closed")


def read_markup(html: str, *, is_fragment: bool = False) -> Markup:
    """Read a page or a fragment of one.

    Parameters
    ----------
    html : str
    is_fragment : bool
        Whether it goes into a page, and so may not hold what belongs to a page's frame.

    Returns
    -------
    Markup
        Headings, ids, addresses of links, addresses that a browser fetches, and `faults`: words
        for everything that the pages of this project may not hold. Those are script and style
        within the page whose hash the policy in its head does not name, handlers, images without
        alternative text, tables without a caption, two equal ids, elements, comments and tags that
        do not end, links that leave without `rel="noopener"`, and whatever would be fetched from
        elsewhere.

    Examples
    --------
    >>> read_markup('<img src="a.svg" alt=" ">').faults
    ['an image without alternative text (a.svg)']
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    markup = reader.markup
    left = [tag for tag in reader.open if tag not in _ENDS_BY_ITSELF]
    markup.faults += [f"a <{tag}> that is not closed" for tag in left]
    if html.count("<!--") > html.count("-->") or html.rfind("<") > html.rfind(">"):
        markup.faults.append("a comment or a tag that does not end")
    if is_fragment:
        markup.faults += [f"a <{tag}> of its own" for tag in sorted(reader.seen & _FRAME)]
    for address in markup.fetched:
        if is_external(address) and not address.startswith("data:image/"):
            markup.faults.append(f"something fetched from elsewhere ({address[:60]})")
    seen = set()
    for anchor in markup.ids:
        if anchor in seen:
            markup.faults.append(f'the id "{anchor}" twice')
        seen.add(anchor)
    return markup
