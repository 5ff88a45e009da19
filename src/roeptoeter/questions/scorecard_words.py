"""What a scorecard says, in the reader's language: sentences that a communication officer can forward to a mayor.

Every number comes from the scorecard. English sentences are the keys of the catalogues; see `roeptoeter.languages`.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from roeptoeter.languages import N_, Language
from roeptoeter.questions.scorecard import (
    CONFIDENCE,
    FEWEST,
    Change,
    Measure,
    Own,
    Profile,
    Scorecard,
    ThemePhase,
)

#: What each measure is called, and below it what it is.
MEASURE_NAMES = {
    "reply_share": (N_("Reply share"), N_("replies among its own messages")),
    "messages_per_week": (N_("Messages per week"), N_("its own, without those passed on")),
    "response_hours": (N_("Response time"), N_("half of the answers came within")),
    "answered_share": (N_("Answered within 24 hours"), N_("of the messages to the municipality")),
    "potential_reach_per_message": (N_("Potential reach per message"), N_("followers, on average")),
    "followers_per_1000": (N_("Followers per 1,000 inhabitants"), N_("of the official account")),
}

#: What the measures are, where a page explains its words.
MEANINGS = {
    "reply_share": N_(
        "How many of the messages that a municipality wrote itself answer somebody else."
    ),
    "response_hours": N_(
        "The time between a message to the municipality and its answer. The clock also runs at night and in weekends, "
        "not only in office hours."
    ),
    "potential_reach_per_message": N_(
        "How many followers the account had when a message was sent. Whether they read it is not known."
    ),
}

SIZE_CLASSES = {
    "below_20000": N_("fewer than 20,000 inhabitants"),
    "20000_to_50000": N_("20,000 to 50,000 inhabitants"),
    "above_50000": N_("more than 50,000 inhabitants"),
}

REGIONS = {"NL": N_("Dutch municipalities"), "VL": N_("Flemish municipalities")}

#: Reasons of `metric_status` in words for an official. Others are shown as they stand there.
REASONS = {
    "no export that holds this account reaches into the window": N_(
        "no data of this account in this period were supplied"
    ),
    "no message sent in the window": N_("the account sent nothing in this period"),
    "no message but reposts in the window, of the formats that mark replies": N_(
        "the account sent no message of its own in this period"
    ),
    "no reply in the window of which the message replied to is found, with a sure clock": N_(
        "no answer is known of which it is known when the question was asked"
    ),
    "no message to this account in the window is in the exports": N_(
        "no message to the municipality is known in this period"
    ),
    "no message to this account in the window is followed for 24 hours with a sure clock": N_(
        "no message to the municipality is known in this period"
    ),
    "no such message in the window has its number of followers": N_(
        "of no message is it known how many followers the account had"
    ),
    "no snapshot with a number of followers in the window": N_(
        "the number of followers in this period is not known"
    ),
    "the format does not list messages": N_("the data supplied hold no single messages"),
    "the format does not give the time to the minute": N_("the data supplied hold no exact times"),
    "the format does not mark replies": N_("the data supplied do not say which messages are replies"),
    "the format does not tell replies to others from replies to oneself": N_(
        "the data supplied do not tell replies to others from replies to oneself"
    ),
    "the format does not give the time of the message replied to": N_(
        "the data supplied do not hold the messages that were answered"
    ),
    "the format does not mark reposts": N_("the data supplied do not say which messages were passed on"),
    "the format does not give the number of followers": N_(
        "the data supplied do not hold the number of followers"
    ),
}  # fmt: skip

#: Why an organisation has no place in the order; the keys are those of `roeptoeter.questions.ranking_accounts.REASONS`.
NO_PLACE = {
    "no_account": N_("it has no official account"),
    "not_measured": N_("its messages are not known"),
    "silent": N_("it sent nothing"),
    "few_messages": N_("it sent too few messages"),
    "few_answers": N_("it answered too few messages"),
    "no_reach": N_("its reach is not known"),
}

#: Why the page tells no phase of the growth model; the keys are those of `roeptoeter.questions.scorecard.NO_PHASE`.
NO_PHASE = {
    "not asked": N_(
        "Not known: no questionnaire of this period asked what the growth model needs."
    ),
    "not told": N_(
        "Not shown: those who answered the questionnaire of this period were not told that it would stand here."
    ),
    "did not answer": N_("Not known: {name} did not answer the questionnaire of this period."),
}

#: How a phase comes about, by the rule of the growth model.
PHASE_RULES = {
    "gate": N_(
        "The last phase of which a municipality meets everything that is asked, by its own answers and its account."
    ),
    "sum": N_(
        "Follows from how much of what is asked a municipality meets, by its own answers and its account."
    ),
}

_PLATFORM_NAMES = {"twitter": "Twitter", "linkedin": "LinkedIn", "youtube": "YouTube"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: one measure, own and others', each written out; "–" where it is not known."""

    name: str
    explanation: str
    own: str
    range: str
    size_class: str
    province: str
    before: str


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A theme of the growth model: its phase, and what leads to the next one; `steps` are the phases as a strip."""

    theme: str
    phase: str
    next: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Texts:
    """What a scorecard says; from `write_scorecard`.

    Parameters
    ----------
    title, facts : str
        Whom the page is about.
    summary : tuple of str
        Sentences; the first ones answer.
    figure_title, figure_subtitle, figure_alt : str
    rows : tuple of Row
        The measures, in their order.
    column_before : str
        Heads the column of the edition before; empty where there is none.
    missing : tuple of (str, str, bool)
        Measure, why it is missing, and whether the reason is English.
    meanings : tuple of (str, str)
        Word and what it means.
    phases : tuple of PhaseRow
        The themes of the growth model; empty where no phase is told.
    without_phases : str
        Why not; empty where there are phases, and where the study has no questionnaire.
    """

    title: str
    facts: str
    summary: tuple[str, ...]
    figure_title: str
    figure_subtitle: str
    figure_alt: str
    rows: tuple[Row, ...]
    column_before: str
    missing: tuple[tuple[str, str, bool], ...]
    meanings: tuple[tuple[str, str], ...]
    phases: tuple[PhaseRow, ...]
    without_phases: str


def write_scorecard(card: Scorecard, words: Language) -> Texts:
    """Write what a scorecard says.

    Parameters
    ----------
    card : Scorecard
    words : Language

    Returns
    -------
    Texts
    """
    return Texts(
        title=words._(
            "{name} on {platform}", name=card.name, platform=name_platform(card.peers.platform)
        ),
        facts=" · ".join(
            [
                write_period(card, words),
                card.province,
                _write_population(card, words),
            ]
        ),
        summary=tuple(_summarise(card, words)),
        figure_title=_write_figure_title(card, words),
        figure_subtitle=_write_figure_subtitle(card, words),
        figure_alt=_describe_figure(card, words),
        rows=tuple(_write_row(card, own, words) for own in card.measures.values()),
        column_before=_head_column_before(card, words),
        missing=tuple(_list_missing(card, words)),
        meanings=tuple(_explain_words(card, words)),
        phases=tuple(_write_phase(card.profile, own, words) for own in card.profile.themes)
        if card.profile
        else (),
        without_phases=_explain_no_phase(card, words),
    )


def name_platform(platform: str) -> str:
    """Write the name of a platform as it writes itself."""
    return _PLATFORM_NAMES.get(platform, platform.capitalize())


def _write_population(card: Scorecard, words: Language) -> str:
    # the number is a real one; on a page that is forwarded it would be read as a name
    if card.peers.is_simulated and card.size_class in SIZE_CLASSES:
        return words._(SIZE_CLASSES[card.size_class])
    return words.ngettext("{count} inhabitant", "{count} inhabitants", card.population)


def write_period(card: Scorecard, words: Language) -> str:
    """Write the period of the edition: its days where the study declares them, else its name."""
    return words.period(*card.peers.period) if card.peers.period else card.peers.edition


# Values -----------------------------------------------------------------------------------------


def write_value(measure: Measure, value: float, words: Language) -> str:
    """Write a value of a measure with its unit; "–" where it is not known.

    Parameters
    ----------
    measure : Measure
    value : float
    words : Language

    Returns
    -------
    str
    """
    if np.isnan(value):
        return "–"
    if measure.kind == "share":
        return words.percent(value, 1 if 0.0005 <= value < 0.00995 else 0)
    if measure.kind == "hours":
        if round(60 * value) < 60:
            return words.ngettext("{count} minute", "{count} minutes", round(60 * value))
        return words._("{number} hours", number=words.number(value, 1 if value < 9.95 else 0))
    return words.number(value, 1 if value < 9.95 else 0)


#: Values that a strip of the figure may be marked with, by the kind of measure.
_TICKS = {
    "share": [k / 10 for k in range(11)],
    "number": [0, *(m * 10**e for e in range(7) for m in (1, 2, 5))],
    "hours": [1 / 60, 1 / 12, 0.5, 1, 4, 12, 24, 72, 168, 720],
}


@lru_cache
def write_ticks(measure: Measure, words: Language) -> tuple[tuple[float, str], ...]:
    """Write the values that a strip of the figure may be marked with: "5 min", "12 h"."""
    return tuple((value, _write_tick(measure, value, words)) for value in _TICKS[measure.kind])


def _write_tick(measure: Measure, value: float, words: Language) -> str:
    if measure.kind == "share":
        return words.percent(value)
    if measure.kind == "number":
        return words.number(value)
    if value < 1:
        return words._("{number} min", number=words.number(60 * value))
    if value < 72:
        return words._("{number} h", number=words.number(value))
    return words._("{number} days", number=words.number(value / 24))


def write_range(own: Own, words: Language) -> str:
    """Write a range: "14% to 28%"; empty where there is none."""
    if np.isnan(own.low):
        return ""
    return words._(
        "{low} to {high}",
        low=write_value(own.measure, own.low, words),
        high=write_value(own.measure, own.high, words),
    )


def write_own(own: Own, words: Language) -> str:
    """Write what the organisation has: the value, the range where it rests on too little, or "–"."""
    return write_range(own, words) if own.is_range else write_value(own.measure, own.value, words)


def write_reason(own: Own, words: Language) -> tuple[str, bool]:
    """Write why a measure is missing, and tell whether the words are English because nobody translated them."""
    if own.missing_because == "no account":
        return words._("no official account in this period"), False
    if own.reason in REASONS:
        return words._(REASONS[own.reason]), False
    if own.reason:
        return own.reason, True
    return words._("not known"), False


# Sentences --------------------------------------------------------------------------------------


def _summarise(card: Scorecard, words: Language) -> list[str]:
    if not card.accounts:
        return [
            words._(
                "{name} had no official account on {platform} in this period.",
                name=card.name,
                platform=name_platform(card.peers.platform),
            ),
            *_tell_other_platforms(card, words),
            *_tell_change(card, words),
        ]
    if not card.is_measured:
        return [
            words._(
                "{name} has an official account on {platform}, but its messages in this period are not known.",
                name=card.name,
                platform=name_platform(card.peers.platform),
            ),
            *_tell_other_platforms(card, words),
        ]
    sentences = [
        *_tell_replies(card, words),
        *_tell_change(card, words),
        *_tell_answers(card, words),
        *_tell_reach(card, words),
        *_tell_place(card, words),
        *_tell_other_platforms(card, words),
    ]
    return sentences


def _tell_replies(card: Scorecard, words: Language) -> list[str]:
    own = card.measures["reply_share"]
    if card.messages == 0:
        return [
            words._(
                "{name} sent no message of its own on {platform} in this period.",
                name=card.name,
                platform=name_platform(card.peers.platform),
            )
        ]
    counts = _count_replies(card, words)
    if own.is_range:
        return [
            words._(
                "{counts}. With so few messages no more can be said than that the share lies between {low} and {high}.",
                counts=counts,
                low=write_value(own.measure, own.low, words),
                high=write_value(own.measure, own.high, words),
            )
        ]
    sentence = f"{counts}."
    if card.replies:
        share = write_value(own.measure, own.value, words)
        sentence = words._("{counts}: {share}.", counts=counts, share=share)
    return [f"{sentence} {comparison}" if (comparison := _compare(own, words)) else sentence]


def _count_replies(card: Scorecard, words: Language) -> str:
    """Write how many of its messages were replies, without the full stop."""
    if card.messages == 1:
        sentence = (
            N_("The only message that {name} wrote itself was a reply to somebody else")
            if card.replies
            else N_("The only message that {name} wrote itself was no reply to somebody else")
        )
        return words._(sentence, name=card.name)
    if not card.replies:
        return words._(
            "None of the {messages} messages that {name} wrote itself was a reply to somebody else",
            messages=words.number(card.messages),
            name=card.name,
        )
    return words.ngettext(
        "Of the {messages} messages that {name} wrote itself, {count} was a reply to somebody else",
        "Of the {messages} messages that {name} wrote itself, {count} were replies to somebody else",
        card.replies,
        messages=words.number(card.messages),
        name=card.name,
    )


def _compare(own: Own, words: Language) -> str:
    """Say how a measure with a range stands to the middle municipality of its size."""
    outcome = own.compare()
    if outcome == "unknown":
        return ""
    sentence = {
        "more": N_("That is more than in the middle municipality of its size ({middle})."),
        "less": N_("That is less than in the middle municipality of its size ({middle})."),
        "same": N_("That is as much as in the middle municipality of its size."),
        "unclear": N_(
            "Whether that is more or less than in the middle municipality of its size ({middle}) cannot be told from "
            "this number of messages."
        ),
    }[outcome]
    middle = write_value(own.measure, own.median("size_class"), words)
    return words._(sentence, middle=middle)


def _tell_answers(card: Scorecard, words: Language) -> list[str]:
    hours, share = card.measures["response_hours"], card.measures["answered_share"]
    sentences = []
    if share.is_range:
        sentences.append(
            words.ngettext(
                "Only one message to the municipality is known; that is too few for a share that was answered in time.",
                "Only {count} messages to the municipality are known: between {low} and {high} were answered within 24 "
                "hours, as far as so few can tell.",
                card.questions,
                low=write_value(share.measure, share.low, words),
                high=write_value(share.measure, share.high, words),
            )
        )
    elif share.is_known:
        sentence = words.ngettext(
            "Of {count} message to the municipality {share} was answered within 24 hours.",
            "Of {count} messages to the municipality {share} were answered within 24 hours.",
            card.questions,
            share=write_value(share.measure, share.value, words),
        )
        comparison = _compare(share, words)
        sentences.append(f"{sentence} {comparison}" if comparison else sentence)
    if hours.is_known and not hours.is_range:
        sentences.append(
            words._(
                "Where it answered, half of the answers came within {hours}.",
                hours=write_value(hours.measure, hours.value, words),
            )
        )
    if not share.is_known and not hours.is_known:
        sentences.append(
            words._(
                "How fast it answers is not known: {reason}.", reason=write_reason(share, words)[0]
            )
        )
    return sentences  # fmt: skip


def _tell_reach(card: Scorecard, words: Language) -> list[str]:
    reach = card.measures["potential_reach_per_message"]
    followers = card.measures["followers_per_1000"]
    if not followers.is_known:
        return []
    sentence = {
        "more": N_("It has {followers} followers per 1,000 inhabitants, more than the middle municipality of its size ({middle})."),
        "less": N_("It has {followers} followers per 1,000 inhabitants, fewer than the middle municipality of its size ({middle})."),
        "same": N_("It has {followers} followers per 1,000 inhabitants, as many as the middle municipality of its size."),
        "unclear": N_("It has {followers} followers per 1,000 inhabitants."),
        "unknown": N_("It has {followers} followers per 1,000 inhabitants."),
    }[followers.compare()]  # fmt: skip
    told = words._(
        sentence,
        followers=write_value(followers.measure, followers.value, words),
        middle=write_value(followers.measure, followers.median("size_class"), words),
    )
    if not reach.is_known:
        return [told]
    return [
        words._(
            "{followers} A message could reach {reach} followers.",
            followers=told,
            reach=write_value(reach.measure, reach.value, words),
        )
    ]


def _tell_place(card: Scorecard, words: Language) -> list[str]:
    place = card.place
    if place is None:
        return [words._("An order of municipalities was not made for this period.")]
    if place.why_not:
        why = words._(NO_PLACE[place.why_not]) if place.why_not in NO_PLACE else place.why_not
        return [words._("It has no place in the order of municipalities: {why}.", why=why)]
    ends = {"ranked": words.number(place.ranked), "low": words.number(place.low), "high": words.number(place.high)}  # fmt: skip
    if place.low == place.high:
        return [words._("In the order of {ranked} municipalities it has place {low}.", **ends)]
    return [
        words._(
            "In the order of {ranked} municipalities its place lies between {low} and {high}; the data do not allow a more "
            "exact one.",
            **ends,
        )
    ]


def _tell_other_platforms(card: Scorecard, words: Language) -> list[str]:
    if not card.other_platforms:
        return []
    platforms = words.join([name_platform(platform) for platform in card.other_platforms])
    return [
        words._("It also has an official account on {platforms}; this page is not about it.", platforms=platforms)
        if card.accounts
        else words._("It does have an official account on {platforms}; this page is not about it.", platforms=platforms)
    ]  # fmt: skip


def _tell_change(card: Scorecard, words: Language) -> list[str]:
    change = card.change
    if change is None:
        if card.peers.edition_before is None:
            return [words._("There is no earlier measurement to compare with.")]
        return []
    if change.reply_points is None:
        return [
            words._(
                "How the reply share changed since {period} cannot be told: one of the two periods has fewer than {fewest} "
                "messages.",
                period=_write_period_before(change, words),
                fewest=words.number(FEWEST),
            )
        ]
    value, low, high = change.reply_points
    template = {
        1: N_("Since {period} the reply share rose by {points} percentage points ({low} to {high})."),
        -1: N_("Since {period} the reply share fell by {points} percentage points ({low} to {high})."),
        0: N_(
            "Since {period} the reply share changed by {change} percentage points; with a range from {low} to {high} that "
            "may be chance."
        ),
    }[(low > 0) - (high < 0)]  # fmt: skip
    signed = low <= 0 <= high
    ends = (low, high) if low > 0 or signed else (-high, -low)
    sentence = words._(
        template,
        period=_write_period_before(change, words),
        change=words.number(value, 1, signed=True),
        points=words.number(abs(value), 1),
        low=words.number(ends[0], 1, signed=signed),
        high=words.number(ends[1], 1, signed=signed),
    )
    return [" ".join([sentence, *_tell_unit(change, words)])]


def _tell_unit(change: Change, words: Language) -> list[str]:
    told = []
    if change.organisations_before > 1:
        told.append(
            words._(
                "The {number} municipalities of then that cover the same ground are taken together.",
                number=words.number(change.organisations_before),
            )
        )
    if change.organisations_after > 1:
        told.append(
            words._(
                "Because boundaries moved, that is the change of {number} municipalities of now together.",
                number=words.number(change.organisations_after),
            )
        )
    return told


def _write_period_before(change: Change, words: Language) -> str:
    return words.period(*change.period) if change.period else change.edition


# The growth model ---------------------------------------------------------------------------------


def _write_phase(profile: Profile, own: ThemePhase, words: Language) -> PhaseRow:
    number = len(profile.model.phases)
    if own.low == own.high:
        phase = words._(
            "{phase} of {phases}: {name}",
            phase=words.number(own.low),
            phases=words.number(number),
            name=profile.model.name_phase(own.low, words.code),
        )
    else:
        phase = words._(
            "{low} to {high} of {phases}; not all of it is known",
            low=words.number(own.low),
            high=words.number(own.high),
            phases=words.number(number),
        )
    steps = tuple(
        "surely" if step <= own.low else "perhaps" if step <= own.high else "not"
        for step in range(1, number + 1)
    )
    return PhaseRow(
        getattr(own.theme.name, words.code), phase, _write_moves(profile, own, words), steps
    )


def _write_moves(profile: Profile, own: ThemePhase, words: Language) -> str:
    if not own.moves:
        return words._("the last phase")
    unknown = {indicator.code for indicator in own.missing}
    asked = [
        words._("{indicator} (not known)", indicator=text) if move.code in unknown else text
        for move in own.moves
        for text in [getattr(move.wording, words.code)]
    ]
    if profile.model.rule == "gate":
        return "; ".join(asked)
    return words._("one or more of: {indicators}", indicators="; ".join(asked))


def _explain_no_phase(card: Scorecard, words: Language) -> str:
    if card.profile is None or not card.profile.why_not:
        return ""
    return words._(NO_PHASE[card.profile.why_not], name=card.name)


def _explain_phases(profile: Profile, words: Language) -> str:
    phases = enumerate(profile.model.phases.values(), start=1)
    ours = [words.number(number) for number, phase in phases if not phase.named_in_source]
    told = [words._(PHASE_RULES[profile.model.rule])]
    if ours:
        told.append(
            words.ngettext(
                "What is asked, and the name of phase {ours}, is ours and not the makers'.",
                "What is asked, and the names of phases {ours}, are ours and not the makers'.",
                len(ours),
                ours=words.join(ours),
            )
        )
    return " ".join(told)


# The figure, the table and the words below ------------------------------------------------------


def _write_figure_title(card: Scorecard, words: Language) -> str:
    title = {
        "more": N_("{name} replies more than the middle municipality of its size"),
        "less": N_("{name} replies less than the middle municipality of its size"),
        "same": N_("{name} replies as much as the middle municipality of its size"),
        "unclear": N_("Whether {name} replies more or less than others of its size cannot be told"),
        "unknown": N_("How much {name} replies is not known"),
    }[card.measures["reply_share"].compare()]  # fmt: skip
    return words._(title, name=card.name)


def _write_figure_subtitle(card: Scorecard, words: Language) -> str:
    return words._(
        "{platform}, {period}. Each dot is another municipality: above the line those of {size_class}, below it those in the "
        "province of {province}. The short line is the middle one.",
        platform=name_platform(card.peers.platform),
        period=write_period(card, words),
        size_class=words._(SIZE_CLASSES[card.size_class]) if card.size_class in SIZE_CLASSES else words._("its size"),
        province=card.province,
    )  # fmt: skip


def _describe_figure(card: Scorecard, words: Language) -> str:
    parts = []
    for own in card.measures.values():
        name = words._(MEASURE_NAMES[own.measure.name][0])
        middle = write_value(own.measure, own.median("size_class"), words)
        parts.append(
            words._("{measure} {own}, middle of its size {middle}", measure=name, own=write_own(own, words), middle=middle)
            if own.is_known
            else words._("{measure} not known, middle of its size {middle}", measure=name, middle=middle)
        )  # fmt: skip
    return words._(
        "{name} beside the municipalities of its size and province, one dot each. {measures}.",
        name=card.name,
        measures="; ".join(parts),
    )


def _write_row(card: Scorecard, own: Own, words: Language) -> Row:
    name, explanation = MEASURE_NAMES[own.measure.name]
    before = float("nan")
    if card.change is not None and card.change.organisations_after == 1:
        before = card.change.before.get(own.measure.name, before)
    return Row(
        words._(name),
        words._(explanation),
        write_own(own, words),
        "" if own.is_range else write_range(own, words),
        write_value(own.measure, own.median("size_class"), words),
        write_value(own.measure, own.median("province"), words),
        write_value(own.measure, before, words),
    )


def _head_column_before(card: Scorecard, words: Language) -> str:
    if card.change is None or card.change.organisations_after > 1:
        return ""
    return _write_period_before(card.change, words)


def _list_missing(card: Scorecard, words: Language) -> list[tuple[str, str, bool]]:
    told = []
    for own in card.measures.values():
        if own.is_known:
            continue
        told.append((words._(MEASURE_NAMES[own.measure.name][0]), *write_reason(own, words)))
    # what all lack for one reason is said once
    if len(told) > 1 and len({reason for _, reason, _ in told}) == 1:
        return [(words._("All measures") if len(told) == len(card.measures) else words.join([name for name, *_ in told]), *told[0][1:])]  # fmt: skip
    return told


def _explain_words(card: Scorecard, words: Language) -> list[tuple[str, str]]:
    told = [(words._(MEASURE_NAMES[name][0]), words._(MEANINGS[name])) for name in MEANINGS]
    size = card.measures["messages_per_week"]
    told.append(
        (
            words._("Middle municipality"),
            words._(
                "Half of the others have less, half have more. Of its size: {size_class}, {others} other {region}; shares and "
                "times only of those with at least {fewest} messages.",
                size_class=words._(SIZE_CLASSES[card.size_class]) if card.size_class in SIZE_CLASSES else words._("its size"),
                others=words.number(len(size.size_class)),
                region=words._(REGIONS[card.peers.region]) if card.peers.region in REGIONS else card.peers.region,
                fewest=words.number(FEWEST),
            ),
        )
    )  # fmt: skip
    told.append(
        (
            words._("Range"),
            words._(
                "How far chance in these messages alone may have moved a value: of all ranges made in this way about "
                "{confidence} hold the true level (a confidence interval). It is wide where there are few messages.",
                confidence=words.percent(CONFIDENCE),
            ),
        )
    )
    if card.profile is not None and card.profile.themes:
        told.append((words._("Phase"), _explain_phases(card.profile, words)))
    return told
