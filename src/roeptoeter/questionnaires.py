"""Questionnaires and codebooks as data: `studies/questionnaires/<name>.yaml`, `data/manual/codebooks/<name>.yaml`.

A questionnaire says what was asked, of whom and when, so that the survey of a new edition is a file and not code. An
export is matched to it by the key `survey` of its declaration. A codebook says which words of an open answer stand for
which code; the answers themselves never leave the export.
"""

import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from roeptoeter.errors import InputError
from roeptoeter.sources.organisations import ORGANISATION_TYPES
from roeptoeter.study import ROOT, STUDY_NAME, display_path, explain_validation, read_yaml

#: Codes of items, options, topics and codes of a codebook.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,59}")

#: The two options of an item of kind yes_no that declares none; the first one is yes.
YES_NO = {"Y": {"nl": "ja", "en": "yes"}, "N": {"nl": "nee", "en": "no"}}

KINDS = ("yes_no", "single", "multiple", "scale", "number", "open")


class _Declared(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Words(_Declared):
    """A text in both languages."""

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Wave(_Declared):
    """One time that the questionnaire was sent out."""

    region: Literal["NL", "VL"]
    organisation_type: Literal[ORGANISATION_TYPES]
    register_year: int | None = None  # the organisations of this year are those that might answer
    invited: int | None = Field(default=None, ge=1)  # how many were asked
    edition: str | None = None  # the window in which the same organisations' accounts were observed
    respondents: str | None = None  # the published figure that counts those who answered
    may_link: bool = False  # respondents know that answers are laid beside what their accounts did
    may_show_organisation: bool = False  # respondents know that their organisation's own page tells its phase and what is lacking


class Item(_Declared):
    """One question.

    Examples
    --------
    >>> item = Item(code="has_plan", topic="plans", kind="yes_no", wording={"nl": "Een plan?", "en": "A plan?"})
    >>> item.label("nl"), item.option_label("Y", "nl")
    ('Een plan?', 'ja')
    """

    code: str
    topic: str
    kind: Literal[KINDS]
    wording: Words
    options: dict[str, Words] = Field(default_factory=dict)
    lowest: int | None = None  # of a scale or a number
    highest: int | None = None
    asked_if: dict[str, list[str]] = Field(
        default_factory=dict
    )  # item: its codes; any other answer and this item was not shown
    waves: list[str] = Field(default_factory=list)  # all, where none is named
    figures: dict[str, str] = Field(default_factory=dict)  # wave: the published figure it repeats
    option_figures: dict[str, dict[str, str]] = Field(default_factory=dict)
    names: list[str] = Field(default_factory=list)  # other codes under which exports carry it
    codebook: str | None = None  # of an open item

    @model_validator(mode="before")
    @classmethod
    def _give_yes_and_no(cls, content: Any) -> Any:
        if isinstance(content, dict) and content.get("kind") == "yes_no":
            return {**content, "options": content.get("options") or YES_NO}
        return content

    @model_validator(mode="after")
    def _goes_together(self) -> "Item":
        for code in self.options:
            if not CODE.fullmatch(code):
                raise ValueError(f"option {code!r} is no code: letters, digits and _, at most 60")
        if self.kind in ("single", "multiple") and not self.options:
            raise ValueError(f"an item of kind {self.kind} needs `options`")
        if self.kind in ("number", "open") and self.options:
            raise ValueError(f"an item of kind {self.kind} has no `options`")
        if self.kind == "yes_no" and len(self.options) != 2:
            raise ValueError("an item of kind yes_no has two options, the first of which is yes")
        if self.kind == "scale":
            steps = all(code.isdigit() for code in self.options)
            if self.options and not steps:
                raise ValueError("the options of a scale are whole numbers in quotes")
            if not self.options and (self.lowest is None or self.highest is None):
                raise ValueError("a scale needs `options`, or `lowest` and `highest`")
        elif self.kind != "number" and (self.lowest, self.highest) != (None, None):
            raise ValueError("only a scale or a number has `lowest` and `highest`")
        if None not in (self.lowest, self.highest) and self.lowest >= self.highest:
            raise ValueError("lowest must be below highest")
        if self.codebook is not None and self.kind != "open":
            raise ValueError("only an open item has a `codebook`")
        return self

    def label(self, language: str) -> str:
        """Return the wording in "nl" or "en"."""
        return getattr(self.wording, language)

    def option_label(self, code: str, language: str) -> str:
        """Return what an option is called; the code itself for a step of a scale without words."""
        return getattr(self.options[code], language) if code in self.options else code

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest admissible number of a scale or number; infinite where not declared."""
        steps = [int(code) for code in self.options] if self.kind == "scale" else []
        low = min(steps) if steps else self.lowest
        high = max(steps) if steps else self.highest
        return (float("-inf") if low is None else low, float("inf") if high is None else high)


class Questionnaire(_Declared):
    """What was asked, of whom and when.

    Parameters
    ----------
    name : str
        Of the file, and what `survey` of a declaration names.
    title : Words
    topics : dict of str to Words
    waves : dict of str to Wave
    items : dict of str to Item
        In the order in which they are reported.
    """

    name: str
    title: Words
    topics: dict[str, Words]
    waves: dict[str, Wave]
    items: dict[str, Item]

    @field_validator("topics", "waves", mode="before")
    @classmethod
    def _has_entries(cls, entries: Any, info: ValidationInfo) -> Any:
        if not isinstance(entries, dict) or not entries:
            raise ValueError(f"expected an entry for each {info.field_name.removesuffix('s')}")
        return entries

    @field_validator("items", mode="before")
    @classmethod
    def _name_items(cls, items: Any) -> Any:
        if not isinstance(items, dict) or not items:
            raise ValueError("expected an entry for each question")
        for code, item in items.items():
            if not isinstance(code, str) or not CODE.fullmatch(code):
                raise ValueError(f"{code!r} is no code: letters, digits and _, at most 60")
            if not isinstance(item, dict):
                raise ValueError(f"{code} needs keys such as topic, kind and wording")
        return {code: {**item, "code": code} for code, item in items.items()}

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> "Questionnaire":
        names: dict[str, str] = {}
        for code, item in self.items.items():
            if item.topic not in self.topics:
                raise ValueError(f"items.{code}: topic {item.topic!r} is not among the topics")
            for wave in (*item.waves, *item.figures, *item.option_figures):
                if wave not in self.waves:
                    raise ValueError(f"items.{code}: {wave!r} is not among the waves")
            for options in item.option_figures.values():
                for option in set(options) - set(item.options):
                    raise ValueError(f"items.{code}: option_figures names no option {option!r}")
            for other, codes in item.asked_if.items():
                if other not in self.items or other == code:
                    raise ValueError(f"items.{code}: asked_if names no other item {other!r}")
                for answer in codes:
                    if answer not in self.items[other].options:
                        raise ValueError(
                            f"items.{code}: asked_if: {other} has no option {answer!r}"
                        )
            for name in (code, *item.names):
                if names.setdefault(name, code) != code:
                    raise ValueError(f"items.{code}: {names[name]} is called {name!r} too")
        return self

    @cached_property
    def item_names(self) -> dict[str, str]:
        """Item by each name under which an export may carry it."""
        return {name: code for code, item in self.items.items() for name in (code, *item.names)}

    def find_item(self, heading: str) -> Item | None:
        """Find the item of an export's code or heading: its code, another name or its wording, in any spelling."""
        code = self.item_names.get(heading) or self._spellings.get(simplify(heading))
        return self.items[code] if code else None

    @cached_property
    def _spellings(self) -> dict[str, str]:
        # LimeSurvey allows no underscore in a code
        names = {simplify(name): code for name, code in self.item_names.items()}
        return names | {
            simplify(item.label(language)): code
            for code, item in self.items.items()
            for language in ("nl", "en")
        }

    def list_items(self, wave: str) -> list[Item]:
        """List the items that a wave asked."""
        return [item for item in self.items.values() if not item.waves or wave in item.waves]

    def was_asked_of_all(self, item: Item, wave: str) -> bool:
        """Say whether every respondent of a wave was shown an item."""
        asked = {other.code for other in self.list_items(wave)}
        return not asked & set(item.asked_if)


class Code(_Declared):
    """A code of a codebook: what it is called, and the words that stand for it."""

    label: Words
    words: list[str] = Field(min_length=1)

    @field_validator("words")
    @classmethod
    def _are_words(cls, words: list[str]) -> list[str]:
        for word in words:
            if not re.fullmatch(r"\w[\w'’-]*( \w[\w'’-]*)*\*?", word):
                raise ValueError(
                    f"{word!r} is no word; write a word or words, and * for any ending"
                )
        return words


class Codebook(_Declared):
    """How open answers are coded.

    Examples
    --------
    >>> time = {"label": {"nl": "tijd", "en": "time"}, "words": ["tijd", "uren", "druk*"]}
    >>> book = Codebook(
    ...     name="needs", title={"nl": "Nodig", "en": "Needed"}, reason="an example", codes={"time": time})
    >>> book.code_answer("Meer UREN graag"), book.code_answer("drukte"), book.code_answer("altijd")
    (['time'], ['time'], [])
    """

    name: str
    title: Words
    reason: str
    codes: dict[str, Code] = Field(min_length=1)

    @model_validator(mode="after")
    def _has_codes(self) -> "Codebook":
        for code in self.codes:
            if not CODE.fullmatch(code):
                raise ValueError(f"codes.{code}: is no code: letters, digits and _, at most 60")
        return self

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern]:
        patterns = {}
        for code, entry in self.codes.items():
            stems = [
                (re.escape(word.removesuffix("*")), word.endswith("*")) for word in entry.words
            ]
            words = "|".join(stem + (r"\w*" if is_open else "") for stem, is_open in stems)
            patterns[code] = re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
        return patterns

    def code_answer(self, text: str) -> list[str]:
        """Return the codes of an open answer, in the order of the codebook.

        A code is given where one of its words occurs as a whole word, in any case; it may be denied in the same
        sentence, which no list of words can see.
        """
        return [code for code, pattern in self._patterns.items() if pattern.search(text)]


def simplify(text: str) -> str:
    """Reduce a heading or label to its letters and digits, so that spellings compare.

    Examples
    --------
    >>> simplify(" Ja, vaak! ")
    'javaak'
    """
    return re.sub(r"[\W_]", "", text).casefold()


def list_questionnaires() -> list[str]:
    """Return the names of the questionnaires that are declared, sorted."""
    return sorted(path.stem for path in (ROOT / "studies" / "questionnaires").glob("*.yaml"))


def read_questionnaire(name: str) -> Questionnaire:
    """Read `studies/questionnaires/<name>.yaml`, and check every key.

    Parameters
    ----------
    name : str
        The file's name without ending.

    Returns
    -------
    Questionnaire

    Raises
    ------
    InputError
        In one line: no such file, another key, an item of an unknown kind or without what its kind needs, or a
        reference to a topic, wave, item, option or codebook that is not there.
    """
    if not isinstance(name, str) or not STUDY_NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name of a questionnaire: use lower-case letters, digits, - and _, at most 40"
        )
    path = ROOT / "studies" / "questionnaires" / f"{name}.yaml"
    if not path.exists():
        known = ", ".join(list_questionnaires()) or "none yet"
        raise InputError(
            f"there is no questionnaire {name!r} (no {display_path(path)}); known: {known}"
        )
    form = _read_model(path, Questionnaire)
    for code, item in form.items.items():
        if item.codebook is not None:
            book = _find_codebook(item.codebook)
            if not book.exists():
                raise InputError(
                    f"{display_path(path)}: items.{code}: there is no {display_path(book)}"
                )
    return form


def read_codebook(name: str) -> Codebook:
    """Read `data/manual/codebooks/<name>.yaml`.

    Parameters
    ----------
    name : str

    Returns
    -------
    Codebook

    Raises
    ------
    InputError
        In one line: no such file, another key, or a word that is none.
    """
    return _read_model(_find_codebook(name), Codebook)


def find_questionnaire(survey: str | None) -> Questionnaire | None:
    """Return the questionnaire that a declaration's `survey` names, or None if none of that name is declared."""
    path = ROOT / "studies" / "questionnaires" / f"{survey}.yaml"
    if survey is None or not STUDY_NAME.fullmatch(survey) or not path.exists():
        return None
    return _read_once(survey, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _read_once(name: str, path: Path, changed_at: int) -> Questionnaire:
    return read_questionnaire(name)


def _find_codebook(name: str) -> Path:
    return ROOT / "data" / "manual" / "codebooks" / f"{name}.yaml"


def _read_model(path: Path, model: type[BaseModel]) -> Any:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError(f"{display_path(path)} must hold keys and values, such as `title: ...`")
    try:
        return model(name=path.stem, **{str(key): entry for key, entry in content.items()})
    except (ValidationError, TypeError) as error:
        raise InputError(f"{display_path(path)}: {explain_validation(error)}") from None
