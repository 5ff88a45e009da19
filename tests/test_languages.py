"""The reader's language: every message translated, no one too many, the same placeholders; numbers and dates as the language writes them."""

import ast
import datetime as dt
import io
import math
import re
import string

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from conftest import ROOT

from roeptoeter import languages
from roeptoeter.errors import InputError
from roeptoeter.languages import LANGUAGES, SOURCE_LANGUAGE, get_language

TRANSLATED = [code for code in LANGUAGES if code != SOURCE_LANGUAGE]


def list_modules():
    """The modules of the package that use the catalogues."""
    modules = (ROOT / "src" / "roeptoeter").rglob("*.py")
    return [path for path in modules if "roeptoeter.languages import" in path.read_text("utf-8")]


def list_templates():
    """The folders of templates that modules with a language render."""
    named = re.findall(
        r'make_environment\("(\w+)"\)', "".join(path.read_text("utf-8") for path in list_modules())
    )
    return [ROOT / "templates" / name for name in sorted(set(named))]


def extract_messages():
    """Every message in the code and the templates: a text, or singular and plural."""
    files = {path.relative_to(ROOT).as_posix() for path in list_modules()}
    found = []
    for filename, _, message, *_ in extract_from_dir(ROOT / "src", [("**.py", "python")], {}):
        if f"src/{filename}" in files:
            found.append(message)
    for folder in list_templates():
        found += [
            message for _, _, message, *_ in extract_from_dir(folder, [("**.j2", "jinja2")], {})
        ]
    return set(found)


def find_faults(catalogue, messages):
    """What is wrong with a catalogue: a line for each."""
    faults = [
        f"not translated: {message!r}"
        for message in messages - {entry.id for entry in catalogue if entry.id}
    ]
    faults += [f"obsolete: {entry.id!r}" for entry in catalogue.obsolete.values()]
    for entry in catalogue:
        if not entry.id:
            continue
        if entry.id not in messages:
            faults.append(f"not used: {entry.id!r}")
        if entry.fuzzy:
            faults.append(f"fuzzy: {entry.id!r}")
        sources, targets = (
            part if isinstance(part, tuple | list) else [part] for part in (entry.id, entry.string)
        )
        if len(targets) != len(sources) or not all(text.strip() for text in targets):
            faults.append(f"not translated: {entry.id!r}")
        for source, target in zip(sources, targets, strict=False):
            if find_placeholders(source) != find_placeholders(target):
                faults.append(f"other placeholders: {target!r}")
    return faults  # fmt: skip


def find_placeholders(message):
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


def read_catalogue(text):
    return read_po(io.BytesIO(text.encode()), locale="nl")


@pytest.fixture(scope="module")
def messages():
    return extract_messages()


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_and_none_is_left_over(code, messages):
    with languages.locate_catalogue(code).open("rb") as file:
        catalogue = read_po(file, locale=code, abort_invalid=True)
    faults = find_faults(catalogue, messages)
    assert not faults, "\n".join([f"in locale/{code}:", *faults])


def test_the_extraction_sees_every_call_that_the_parser_sees(messages):
    # Babel reads tokens; the syntax tree is another way to the same messages
    seen = set()
    for path in list_modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            texts = [
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            ]
            if name in {"_", "N_"} and texts:
                seen.add(texts[0])
            elif name in {"ngettext", "template"} and texts:
                seen.add(tuple(texts[:2]) if len(texts) > 1 else texts[0])
    assert len(seen) > 80
    assert seen <= messages


def test_the_templates_of_the_scorecards_hold_no_words_but_messages():
    folder = ROOT / "templates" / "scorecard"
    assert folder in list_templates()
    for path in folder.glob("*.j2"):
        text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
        words = re.findall(r"[A-Za-z]{3,}", re.sub(r"<[^>]*>", " ", text))
        assert set(words) <= {"SIMULATED", "Roeptoeter"}, path.name


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Half"\nmsgstr ""', "not translated"),
        ('#, fuzzy\nmsgid "Half"\nmsgstr "Helft"', "fuzzy"),
        ('msgid "Half"\nmsgstr "Helft"\n\nmsgid "Third"\nmsgstr "Derde"', "not used"),
        ('msgid "Half"\nmsgstr "Helft {of}"', "other placeholders"),
        ('msgid "Half"\nmsgstr "Helft"\n\n#~ msgid "Third"\n#~ msgstr "Derde"', "obsolete"),
    ],
)
def test_each_fault_of_a_catalogue_is_found(entry, fault):
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    assert find_faults(read_catalogue(head + 'msgid "Half"\nmsgstr "Helft"'), {"Half"}) == []
    assert any(
        line.startswith(fault) for line in find_faults(read_catalogue(head + entry), {"Half"})
    )
    assert find_faults(read_catalogue(head), {"Half"}) == ["not translated: 'Half'"]


def test_dutch_says_the_terms_of_the_studies():
    nl = get_language("nl")
    assert nl._("Reply share") == "Aandeel reacties"
    assert nl._("Potential reach per message") == "Potentieel bereik per bericht"
    assert nl._("Response time") == "Reactietijd"
    assert "officieel account" in nl._("it has no official account")
    assert "werkuren" in languages.locate_catalogue("nl").read_text("utf-8")


def test_a_message_is_filled_and_counted_in_the_language():
    nl, en = get_language("nl"), get_language("en")
    singular, plural = "{count} inhabitant", "{count} inhabitants"
    assert nl.ngettext(singular, plural, 1) == "1 inwoner"
    assert nl.ngettext(singular, plural, 26_069) == "26.069 inwoners"
    assert en.ngettext(singular, plural, 26_069) == "26,069 inhabitants"
    assert nl._("{low} to {high}", low="1", high="2") == "1 tot 2"


def test_numbers_are_written_as_the_language_writes_them():
    nl, en = get_language("nl"), get_language("en")
    assert (nl.number(1234.56, 1), en.number(1234.56, 1)) == ("1.234,6", "1,234.6")
    assert (nl.number(-2.5, 1), nl.number(2.5, 1, signed=True)) == ("−2,5", "+2,5")
    # what rounds to nothing has no sign
    assert (nl.number(-0.04, 1, signed=True), nl.percent(-0.0001)) == ("0,0", "0%")
    assert (nl.percent(0.205, 1), en.percent(0.205, 1)) == ("20,5%", "20.5%")
    with pytest.raises(ValueError, match="missing"):
        nl.number(math.nan)
    with pytest.raises(ValueError, match="missing"):
        nl.percent(math.nan)


def test_days_and_lists_are_written_as_the_language_writes_them():
    nl, en = get_language("nl"), get_language("en")
    assert nl.date(dt.date(2014, 3, 3)) == "3 maart 2014"
    assert en.period(dt.date(2013, 12, 1), dt.date(2014, 2, 28)) == "December 2013 – February 2014"
    assert nl.period(dt.date(2014, 4, 1), dt.date(2014, 4, 29)) == "1 – 29 apr 2014"
    assert (nl.join(["a", "b"]), en.join(["a", "b", "c"])) == ("a en b", "a, b and c")


def test_another_language_is_refused():
    with pytest.raises(InputError, match="language is 'fr'; expected one of 'nl', 'en'"):
        get_language("fr")


def test_nothing_is_compiled_beside_the_catalogue():
    get_language.cache_clear()
    assert get_language("nl")._("not known") == "niet bekend"
    assert [path.suffix for path in languages.CATALOGUES.rglob("*.*")] == [".po"]


def test_a_broken_catalogue_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(languages, "CATALOGUES", tmp_path)
    get_language.cache_clear()
    with pytest.raises(InputError, match="the catalogue locale/nl cannot be read"):
        get_language("nl")
    get_language.cache_clear()
