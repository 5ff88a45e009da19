"""The growth model as data: `studies/growth-model.yaml`, its phases, themes and indicators, checked.

What puts an organisation into a phase is a file and not code, so that whoever disagrees with a threshold changes a line
and reads what it moves.
"""

from functools import cached_property
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from roeptoeter.errors import InputError
from roeptoeter.questionnaires import CODE, Item, Questionnaire, Words, read_questionnaire
from roeptoeter.study import ROOT, display_path, explain_validation, read_yaml

#: What can be measured of an organisation's accounts; the file says what each is.
METRICS = ("has_account", "messages_per_week", "reply_share", "response_hours", "answered_share")

RULES = ("gate", "sum")

_SHARES = ("reply_share", "answered_share")


class _Declared(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Phase(_Declared):
    """A phase, and whether its name is the source's or ours."""

    name: Words
    named_in_source: bool
    reason: str = Field(min_length=10)


class Indicator(_Declared):
    """What an organisation answers or does, or not.

    Examples
    --------
    >>> words = {"nl": "antwoordt vlot", "en": "answers fast"}
    >>> fast = Indicator(code="fast", metric="response_hours", at_most=24, wording=words, reason="an example")
    >>> fast.threshold, fast.replace_threshold(12).at_most
    (24.0, 12.0)
    """

    code: str
    item: str | None = None
    answer: str | None = None
    option: str | None = None
    metric: Literal[METRICS] | None = None
    platform: str = Field(default="twitter", min_length=1)
    fewest: int = Field(default=1, ge=1)  # messages, answers or questions that it must rest on
    at_least: float | None = None
    at_most: float | None = None
    other_thresholds: list[float] = Field(default_factory=list)
    counted_without: str | None = None  # published figure: how many of all do not meet it
    wording: Words
    reason: str = Field(min_length=10)

    @model_validator(mode="after")
    def _is_one_rule(self) -> "Indicator":
        rules = [self.answer, self.option, self.at_least, self.at_most]
        named = sum(rule is not None for rule in rules)
        if (self.item is None) == (self.metric is None):
            raise ValueError("needs `item` or `metric`, and not both")
        if self.metric is not None and (self.answer is not None or self.option is not None):
            raise ValueError("`answer` and `option` belong to an item; a metric has a threshold")
        if self.counted_without is not None and self.metric is None:
            raise ValueError("`counted_without` belongs to a metric; an item names its own figures")
        if self.metric == "has_account":
            if named:
                raise ValueError("has_account has no threshold: there is an account or not")
        elif named != 1:
            raise ValueError("needs exactly one of `answer`, `option`, `at_least` and `at_most`")
        if self.other_thresholds and self.threshold is None:
            raise ValueError("`other_thresholds` without a threshold")
        for other in self.other_thresholds:
            if other == self.threshold:
                raise ValueError(f"`other_thresholds` repeats {other:g}, the threshold itself")
        if self.metric in _SHARES:
            for share in (self.threshold, *self.other_thresholds):
                if not 0 < share <= 1:
                    raise ValueError(f"{share:g} is no share; write 0.2 for 20 %")
        return self

    @property
    def threshold(self) -> float | None:
        """The number that is asked for, at least or at most; None where the rule is an answer."""
        return self.at_least if self.at_least is not None else self.at_most

    @property
    def column(self) -> str:
        """Column of the table of answers, or the metric."""
        if self.item is None:
            return self.metric
        return self.item if self.option is None else f"{self.item}[{self.option}]"

    def replace_threshold(self, threshold: float) -> "Indicator":
        """Return the same indicator with another threshold."""
        side = "at_least" if self.at_least is not None else "at_most"
        return self.model_copy(update={side: float(threshold)})


class Theme(_Declared):
    """One theme: its indicators from the easiest to the hardest, and how many each phase asks for."""

    code: str
    name: Words
    reason: str = Field(min_length=10)
    cut_points: list[int]
    indicators: dict[str, Indicator] = Field(min_length=1)

    @field_validator("indicators", mode="before")
    @classmethod
    def _name_indicators(cls, indicators: Any) -> Any:
        return _name_entries(indicators, "indicator")

    @model_validator(mode="after")
    def _asks_for_what_there_is(self) -> "Theme":
        rising = all(a < b for a, b in zip(self.cut_points, self.cut_points[1:], strict=False))
        if not rising or not self.cut_points or self.cut_points[0] < 1:
            raise ValueError(f"cut_points must rise from at least 1; it says {self.cut_points}")
        if self.cut_points[-1] > len(self.indicators):
            raise ValueError(
                f"cut_points asks for {self.cut_points[-1]} of {len(self.indicators)} indicators"
            )
        return self


class GrowthModel(_Declared):
    """A growth model: phases, themes, and the rules that put an organisation into a phase of each theme.

    Parameters
    ----------
    name : str
        Of the file.
    title : Words
    source : str
        Key of the published source that the names come from.
    questionnaire : str
        Whose items it uses.
    waves : list of str
        The waves that asked them.
    rule : {"gate", "sum"}
        The rule that pages show.
    phases : dict of str to Phase
        From the first to the end state; numbered from 1.
    themes : dict of str to Theme
    """

    name: str
    title: Words
    source: str
    questionnaire: str
    waves: list[str] = Field(min_length=1)
    rule: Literal[RULES]
    phases: dict[str, Phase] = Field(min_length=2)
    themes: dict[str, Theme] = Field(min_length=1)

    @field_validator("themes", mode="before")
    @classmethod
    def _name_themes(cls, themes: Any) -> Any:
        return _name_entries(themes, "theme")

    @model_validator(mode="after")
    def _goes_together(self) -> "GrowthModel":
        seen: dict[str, str] = {}
        rules: dict[tuple, str] = {}
        for theme in self.themes.values():
            if len(theme.cut_points) != len(self.phases) - 1:
                raise ValueError(
                    f"themes.{theme.code}: {len(self.phases)} phases need {len(self.phases) - 1} cut_points, there are "
                    f"{len(theme.cut_points)}"
                )
            for code, indicator in theme.indicators.items():
                if code in seen:
                    raise ValueError(f"themes.{theme.code}: {code} stands in {seen[code]} too")
                seen[code] = theme.code
                rule = (indicator.column, indicator.answer, indicator.platform)
                if rules.setdefault(rule, code) != code:
                    raise ValueError(
                        f"themes.{theme.code}: {code} asks for the same as {rules[rule]}; one answer counts once"
                    )
        return self

    @cached_property
    def indicators(self) -> dict[str, Indicator]:
        """All indicators by code, theme after theme."""
        return {
            code: indicator
            for theme in self.themes.values()
            for code, indicator in theme.indicators.items()
        }

    def name_phase(self, number: int, language: str) -> str:
        """Return the name of a phase by its number, in "nl" or "en"."""
        return getattr(list(self.phases.values())[number - 1].name, language)


def _name_entries(entries: Any, kind: str) -> Any:
    if not isinstance(entries, dict) or not entries:
        raise ValueError(f"expected an entry for each {kind}")
    for code, entry in entries.items():
        if not isinstance(code, str) or not CODE.fullmatch(code):
            raise ValueError(f"{code!r} is no code: letters, digits and _, at most 60")
        if not isinstance(entry, dict):
            raise ValueError(f"{code} needs keys such as reason")
    return {code: {**entry, "code": code} for code, entry in entries.items()}


def read_growth_model(name: str = "growth-model") -> GrowthModel:
    """Read `studies/growth-model.yaml` and hold it against the questionnaire that it uses.

    Parameters
    ----------
    name : str
        The file's name without ending.

    Returns
    -------
    GrowthModel

    Raises
    ------
    InputError
        In one line: no such file, an unknown key, cut points that do not fit, an indicator that is no rule, or an item,
        option, answer or wave that the questionnaire does not have.
    """
    path = ROOT / "studies" / f"{name}.yaml"
    content = read_yaml(path)
    shown = display_path(path)
    if not isinstance(content, dict):
        raise InputError(f"{shown} must hold keys and values, such as `title: ...`")
    try:
        model = GrowthModel(name=name, **{str(key): entry for key, entry in content.items()})
    except (ValidationError, TypeError) as error:
        raise InputError(f"{shown}: {explain_validation(error)}") from None
    try:
        form = read_questionnaire(model.questionnaire)
        _hold_against(model, form)
    except InputError as error:
        raise InputError(f"{shown}: {error}") from None
    return model


def _hold_against(model: GrowthModel, form: Questionnaire) -> None:
    for wave in model.waves:
        if wave not in form.waves:
            raise InputError(
                f"the questionnaire {form.name} has no wave {wave!r}; it has {', '.join(map(repr, form.waves))}"
            )
    for theme in model.themes.values():
        for code, indicator in theme.indicators.items():
            if indicator.item is None:
                continue
            place = f"themes.{theme.code}.indicators.{code}"
            if indicator.item not in form.items:
                raise InputError(
                    f"{place}: the questionnaire {form.name} has no item {indicator.item!r}"
                )
            item = form.items[indicator.item]
            if fault := _find_fault(indicator, item):
                raise InputError(f"{place}: {item.code} {fault}")
            for wave in model.waves:
                if item.waves and wave not in item.waves:
                    raise InputError(f"{place}: the wave {wave!r} did not ask {item.code}")


def _find_fault(indicator: Indicator, item: Item) -> str:
    """Say in which way a rule does not suit an item; empty where it does."""
    if indicator.answer is not None:
        if item.kind not in ("yes_no", "single"):
            return f"is of kind {item.kind}, for which there is no `answer`"
        if indicator.answer not in item.options:
            return f"has no answer {indicator.answer!r}; it has {', '.join(item.options)}"
    elif indicator.option is not None:
        if item.kind != "multiple":
            return f"is of kind {item.kind}, for which there is no `option`"
        if indicator.option not in item.options:
            return f"has no option {indicator.option!r}; it has {', '.join(item.options)}"
    elif item.kind not in ("scale", "number"):
        return f"is of kind {item.kind}, for which there is no threshold"
    else:
        low, high = item.limits
        for threshold in (indicator.threshold, *indicator.other_thresholds):
            if not low <= threshold <= high:
                return f"goes from {low:g} to {high:g}; {threshold:g} lies outside"
    return ""
