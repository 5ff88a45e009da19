"""An executed notebook becomes the body of a page, through nbconvert and our own template.

The fragment fetches nothing, runs nothing and carries no style; the page around it is
made by `roeptoeter.site`.
Only the runner imports this module: Jupyter is slow to import, and the site needs none of it.
"""

import re
import unicodedata
from collections import Counter
from html import escape, unescape

from jinja2 import pass_context
from nbconvert.exporters.html import HTMLExporter
from nbconvert.filters import Highlight2HTML, strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter

from roeptoeter.errors import InputError
from roeptoeter.markup import is_external, read_markup
from roeptoeter.runner.engine import find_part
from roeptoeter.templates import TEMPLATES, CompiledTemplates

_COMPILED = CompiledTemplates()

_FIGURE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]|SIMULATED)*")
#: CSS pixels per unit of an SVG length; matplotlib writes points.
_PIXELS = {"pt": 96 / 72, "px": 1.0, "": 1.0, "in": 96.0, "mm": 96 / 25.4, "cm": 96 / 2.54}


def make_anchor(text: str, used: Counter) -> str:
    """Make the id of a heading from its text: lower-case ASCII, unique among `used`.

    Parameters
    ----------
    text : str
        The heading as HTML; tags are dropped.
    used : collections.Counter
        How often each id was given so far; updated in place.

    Returns
    -------
    str

    Examples
    --------
    >>> used = Counter()
    >>> make_anchor("Did <em>Gemeenten</em> reply?", used), make_anchor("Did gemeenten reply", used)
    ('did-gemeenten-reply', 'did-gemeenten-reply-2')
    """
    plain = unescape(re.sub(r"<[^>]*>", "", text))
    ascii_text = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    anchor = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "section"
    used[anchor] += 1
    return anchor if used[anchor] == 1 else make_anchor(f"{anchor}-{used[anchor]}", used)


class _PageRenderer(IPythonRenderer):
    """Markdown as our pages want it: plain ids, links between pages, tables that scroll."""

    def __init__(self, used_anchors: Counter, **options):
        super().__init__(**options)
        self._used_anchors = used_anchors

    def heading(self, text, level, **attrs):
        return f'<h{level} id="{make_anchor(text, self._used_anchors)}">{text}</h{level}>\n'

    def link(self, text, url, title=None):
        html = super().link(text, url, title)
        if is_external(url):
            return html.replace("<a ", '<a rel="noopener" ', 1)
        # in JupyterLab a link leads to the next notebook, on the site to its page
        return re.sub(r'(href="[^"#]*)\.ipynb(?=["#])', r"\1.html", html, count=1)

    def table(self, text):
        anchor = make_anchor("table", self._used_anchors)
        # a region needs a name of its own; Markdown has no caption to give it one
        name = f"Table {self._used_anchors['table']}"
        return (
            f'<div class="table-scroll" role="region" aria-labelledby="{anchor}" tabindex="0">'
            f'<table class="data"><caption id="{anchor}" class="unseen">{name}</caption>\n'
            f"{text}</table></div>\n"
        )

    def table_cell(self, text, align=None, head=False):
        kind = ' class="number"' if align == "right" else ""
        return f'  <th scope="col"{kind}>{text}</th>\n' if head else f"  <td{kind}>{text}</td>\n"


class _PageExporter(HTMLExporter):
    """nbconvert's exporter with our renderer for Markdown."""

    def __init__(self, **options):
        super().__init__(**options)
        self.used_anchors = Counter()

    def _create_environment(self):
        environment = super()._create_environment()
        environment.bytecode_cache = _COMPILED
        return environment

    def from_notebook_node(self, nb, resources=None, **options):
        """Convert as nbconvert does, but for its last step: to take the page apart for alternative texts, which ours has.

        What that step mended on its way, an element that is not closed, `read_markup` refuses.
        """
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        resources = self._init_resources(resources)
        kinds = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("highlight_code", Highlight2HTML(pygments_lexer=lexer, parent=self))
        self.register_filter("filter_data_type", kinds)
        return super(HTMLExporter, self).from_notebook_node(nb, resources, **options)

    @pass_context
    def markdown2html(self, context, source):
        """Turn the Markdown of a cell into HTML."""
        attachments = context.get("cell", {}).get("attachments", {})
        renderer = _PageRenderer(self.used_anchors, escape=False, attachments=attachments)
        return MarkdownWithMath(renderer=renderer).render(source)


def _measure_svg(svg: str) -> tuple[int | None, int | None]:
    """Return width and height in CSS pixels, or None twice where the drawing does not say."""
    root = re.search(r"<svg\b[^>]*>", svg)
    sizes = []
    for side in ("width", "height"):
        found = re.search(rf'\s{side}="([0-9.]+)([a-z]*)"', root.group()) if root else None
        if not found or found.group(2) not in _PIXELS:
            return None, None
        sizes.append(round(float(found.group(1)) * _PIXELS[found.group(2)]))
    return sizes[0], sizes[1]


def _figure_parts(output, mimetype: str) -> dict:
    described = output.get("metadata", {}).get(mimetype, {})
    for part in ("name", "alt", "caption"):
        if not str(described.get(part) or "").strip():
            raise InputError(
                f"a figure without {'alternative text' if part == 'alt' else part}; "
                "show figures through roeptoeter.report, with alt and caption"
            )
    if not _FIGURE_NAME.fullmatch(described["name"]):
        raise InputError(
            f"the figure name {described['name']!r}: use lower-case letters, digits and hyphens"
        )
    width, height = _measure_svg(output["data"][mimetype])
    return {**described, "width": width, "height": height, "lead": bool(described.get("lead"))}


def _refuse_output(output, what: str) -> str:
    raise InputError(
        f"{what} among the outputs; a page shows text, tables and figures made by roeptoeter.report"
    )


def _mark_account_level(cells, evidence: str) -> None:
    """Tell the template where a section of the account level begins and ends."""
    parts = [bool(find_part(cell)) for cell in cells]
    for cell, before, here, after in zip(
        cells, [False, *parts], parts, [*parts[1:], False], strict=False
    ):
        if here:
            cell.metadata["account_level"] = {
                "opens": not before, "closes": not after, "is_simulated": evidence == "SIMULATED"
            }  # fmt: skip


def export_fragment(notebook, name: str, evidence: str = "published") -> str:
    r"""Turn an executed notebook into the body of its page.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed, of format 4.5 or later.
    name : str
        The notebook's name without ending, for messages: "03-year-on-year".
    evidence : str
        The study's: "SIMULATED" sets the account-level half apart as made up.

    Returns
    -------
    str
        HTML without head and body element. Code is folded; cells with the tag `hide` are left out; neighbouring
        cells of the account level form a section.

    Raises
    ------
    InputError
        If a figure lacks its name, alternative text or caption, a table its caption, or if an
        output carries script, style, a widget, a bitmap or an error.

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> export_fragment(new_notebook(cells=[new_markdown_cell("# Who replies?")]), "03-replies")
    '<h1 id="who-replies">Who replies?</h1>\n'
    """
    _mark_account_level(notebook.cells, evidence)
    exporter = _PageExporter(
        template_name="notebook",
        extra_template_basedirs=[str(TEMPLATES)],
        filters={
            "figure_parts": _figure_parts,
            "refuse_output": _refuse_output,
            "plain_text": lambda text: escape(strip_ansi(text).rstrip("\n"), quote=False),
        },
    )
    try:
        html, _ = exporter.from_notebook_node(notebook)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    faults = read_markup(html, is_fragment=True).faults
    if faults:
        raise InputError(
            f"{name}: its page would hold {faults[0]}; "
            "show tables and figures through roeptoeter.report, and no HTML of your own"
        )
    return html.strip() + "\n"
