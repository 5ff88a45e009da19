"""Do the accounts do what their staff say? What respondents said of answering, beside what the accounts of the same organisations did."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.weightstats import CompareMeans, DescrStatsW

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.survey_shares import worst_case_bounds
from roeptoeter.questions.account_level import PLATFORM_NAMES, AccountLevel, tabulate_organisations
from roeptoeter.questions.disclosure import (
    hide_small_parts,
    is_disclosive,
    refuse_small_group,
)
from roeptoeter.questions.questionnaires_answers import WaveAnswers

#: What an organisation's accounts did, beside what its staff said.
REPLIED, NOBODY, NOT_KNOWN = "replied", "replied to nobody", "not known"

#: Where too few are not known to stand by themselves: replied to nobody, or not known.
NO_REPLY_SEEN = "no reply seen"


@dataclass(frozen=True, slots=True)
class SaidAndDone:
    """What the staff said of answering, and what the accounts of the same organisations did; from `link_behaviour`.

    Parameters
    ----------
    answers : WaveAnswers
    item : str
        What was asked.
    question : str
    edition : str
        The window in which the accounts were observed.
    platforms : list of str
        On which they were.
    people : pandas.DataFrame
        A row per respondent who said yes or no: says_yes (bool), did (one of `REPLIED`, `silent`, `NOT_KNOWN`), reply_share
        (of the messages sent; NaN: none, or not known).
    silent : str
        `NOBODY`, or `NO_REPLY_SEEN` where those of whom it is not known are too few to stand by themselves.
    """

    answers: WaveAnswers
    item: str
    question: str
    edition: str
    platforms: list[str]
    people: pd.DataFrame
    silent: str

    @property
    def where(self) -> str:
        """The platforms in words: "Twitter and Facebook"."""
        names = [PLATFORM_NAMES.get(platform, platform) for platform in self.platforms]
        return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)

    @property
    def silent_words(self) -> str:
        """What the accounts did that did not reply: "replied to nobody"."""
        return self.silent if self.silent == NOBODY else "showed no reply"


def link_behaviour(
    answers: WaveAnswers,
    level: AccountLevel,
    *,
    items: Sequence[str],
    platforms: Sequence[str],
) -> SaidAndDone:
    """Lay what the staff said of answering beside what the accounts of the same organisations did.

    Parameters
    ----------
    answers : WaveAnswers
    level : AccountLevel
    items : sequence of str
        Yes-or-no items on answering; the first one that the wave has answers to is taken.
    platforms : sequence of str
        Where accounts are looked at; those on which the study has none are passed over.

    Returns
    -------
    SaidAndDone

    Raises
    ------
    NotAnswerable
        If the respondents were not told of this, no edition belongs to the wave, no such item was asked, no organisation is known,
        the study has no accounts of them, or those who were not asked the item are below the threshold: from those who say yes
        and those who say no one could reckon how many.

    Notes
    -----
    An organisation *replied* if an account of it sent a reply in the edition, or answered a message that came in. It *replied to
    nobody* if it has an account on one of the platforms and all that it sent there is known, be that nothing, without a reply.
    What those did who have no account in the exports, or name no organisation, is *not known*: they may have one elsewhere.
    Where these are fewer than the threshold, of those who say yes or of those who say no, they are put together with those that
    replied to nobody.
    """
    form = answers.survey.form
    wave = form.waves[answers.wave]
    where = f"studies/questionnaires/{form.name}.yaml"
    if not wave.may_link:
        raise NotAnswerable(
            f"respondents of wave {answers.wave} were not told that their answers are laid beside their accounts; if they were, "
            f"say `may_link: true` under the wave in {where}"
        )
    if wave.edition is None:
        raise NotAnswerable(
            f"no edition of the study belongs to wave {answers.wave}; name its `edition` in {where}"
        )
    own = answers.aspects[answers.aspects["kind"].eq("yes_no")]
    item = next((code for code in items if code in own.index), None)
    if item is None:
        raise NotAnswerable(
            f"wave {answers.wave} has no answers to {', '.join(map(repr, items))}; name a yes-or-no item on answering in "
            "`behaviour_items`"
        )
    refuse_small_group(
        int((~answers.is_asked[item]).sum()), answers.smallest_group, f"those who were not asked {item!r}",
    )  # fmt: skip
    said = answers.values[item].set_axis(answers.people["organisation"]).dropna()
    if said.index.isna().all():
        raise NotAnswerable(
            f"no respondent of wave {answers.wave} is known by organisation; declare `organisation_column` for the export in "
            "sources.yaml"
        )
    tables, found, reason = [], [], None
    for platform in platforms:
        try:
            table = tabulate_organisations(
                level,
                edition=wave.edition,
                platform=platform,
                region=wave.region,
                organisation_type=wave.organisation_type,
            )
        except NotAnswerable as error:
            reason = reason or error
            continue
        tables.append(_add_answered(table, level, wave.edition, platform))
        found.append(platform)
    if not tables:
        raise reason or InputError("behaviour_platforms is empty; name at least one platform")
    done = _sum_behaviour(pd.concat(tables, ignore_index=True)).reindex(said.index)
    done["did"] = done["did"].fillna(NOT_KNOWN)
    people = done.assign(says_yes=said.eq(1)).reset_index(drop=True)
    refuse_small_group(int(people["says_yes"].sum()), answers.smallest_group, "those who say yes")
    people, silent = _merge_not_known(people, answers.smallest_group)
    return SaidAndDone(
        answers, item, own.loc[item, "question"], wave.edition, found, people[["says_yes", "did", "reply_share"]],
        silent,
    )  # fmt: skip


def _merge_not_known(people: pd.DataFrame, smallest_group: int) -> tuple[pd.DataFrame, str]:
    numbers = people.loc[people["did"].eq(NOT_KNOWN), "says_yes"].value_counts()
    if not any(is_disclosive(number, smallest_group) for number in numbers):
        return people, NOBODY
    merged = people["did"].where(people["did"].eq(REPLIED), NO_REPLY_SEEN)
    return people.assign(did=merged), NO_REPLY_SEEN


def _add_answered(
    table: pd.DataFrame, level: AccountLevel, edition: str, platform: str
) -> pd.DataFrame:
    replies = level.responses
    answered = replies[
        replies["edition"].eq(edition)
        & replies["platform"].eq(platform)
        & replies["answered_at"].notna()
    ]["organisation"]
    return table.assign(has_answered=table["organisation"].isin(answered))


def _sum_behaviour(tables: pd.DataFrame) -> pd.DataFrame:
    """Say of each organisation what it did on all platforms together."""
    # where the exports do not mark replies, messages were sent of which nothing is known
    told = tables["is_measured"] & (tables["messages"].gt(0) | tables["messages_sent"].eq(0))
    groups = tables.assign(
        replied=tables["replies"].gt(0) | tables["has_answered"],
        untold=tables["is_present"] & ~told,
    ).groupby("organisation")
    done = groups[["replied", "untold", "is_present"]].any()
    sums = groups[["messages", "replies"]].sum()
    done["did"] = np.select(
        [done["replied"], done["is_present"] & ~done["untold"]], [REPLIED, NOBODY], NOT_KNOWN
    )
    done["reply_share"] = sums["replies"] / sums["messages"].where(sums["messages"].gt(0))
    return done


def tabulate_behaviour(linked: SaidAndDone) -> pd.DataFrame:
    """Count what the accounts did by what the staff said.

    Parameters
    ----------
    linked : SaidAndDone

    Returns
    -------
    pandas.DataFrame
        A row per answer and behaviour: says ("yes" or "no"), did, n (who says so), organisations (of these, those that did so),
        percent, is_hidden. What accounts did is public: so a row is hidden as well if all those who did so, whatever they say,
        are below the threshold, and a second one of the same answer with it.
    """
    people = linked.people
    rows = []
    for says in (True, False):
        group = people[people["says_yes"].eq(says)]
        kinds = [REPLIED, linked.silent, *[NOT_KNOWN] * (linked.silent == NOBODY)]
        for did in kinds:
            number = int(group["did"].eq(did).sum())
            rows.append(
                {
                    "says": "yes" if says else "no",
                    "did": did,
                    "n": len(group),
                    "organisations": number,
                    "others": len(group) - number,
                    "did_so": int(people["did"].eq(did).sum()),
                    "percent": 100 * number / len(group) if len(group) else np.nan,
                }
            )
    table = pd.DataFrame(rows)
    hidden = hide_small_parts(
        table,
        cells=["n", "organisations", "others", "did_so"],
        values=["percent"],
        smallest_group=linked.answers.smallest_group,
        wholes=[table["says"]],
        sums=["organisations"],
    )
    return hidden.drop(columns=["others", "did_so"])


def describe_behaviour(behaviour: pd.DataFrame, linked: SaidAndDone) -> str:
    """Describe the figure of what accounts did in words, for those who cannot see it.

    Parameters
    ----------
    behaviour : pandas.DataFrame
        Rows of `tabulate_behaviour` that are not hidden.
    linked : SaidAndDone

    Returns
    -------
    str
    """
    parts = [
        f"of {own['n'].iloc[0]} that say {says}, "
        + ", ".join(f"{row.percent:.0f}% {row.did}" for row in own.itertuples())
        for says, own in behaviour.groupby("says", sort=False)
    ]
    return f"What accounts did on {linked.where} in {linked.edition}: {'; '.join(parts)}."


def estimate_said_without_doing(
    linked: SaidAndDone, confidence: float
) -> tuple[Estimate, Estimate]:
    """Give the share of those who say that they answer whose accounts replied to nobody.

    Parameters
    ----------
    linked : SaidAndDone
    confidence : float

    Returns
    -------
    among_known : Estimate
        In % of those whose accounts are known, Wilson.
    bounds : Estimate
        In % of all who say so: from nobody to everybody of those whose accounts are not known.

    Raises
    ------
    NotAnswerable
        If a group that it speaks of is below the threshold.
    """
    threshold = linked.answers.smallest_group
    yes = linked.people[linked.people["says_yes"]]
    silent, known = int(yes["did"].eq(linked.silent).sum()), int(yes["did"].ne(NOT_KNOWN).sum())
    groups = {
        "those who say yes and whose accounts are known": known,
        "those who say yes and whose accounts replied to nobody": silent,
        "those who say yes and whose accounts replied": known - silent,
        "those whose accounts replied to nobody": int(linked.people["did"].eq(linked.silent).sum()),
    }
    for group, number in groups.items():
        refuse_small_group(number, threshold, group)
    if not known:
        raise NotAnswerable(
            f"of no organisation that says yes are the accounts known in {linked.edition!r} on {linked.where}"
        )
    estimand = f"share of {linked.answers.who} that say yes ({linked.item}) whose accounts replied to nobody"
    share = wilson_interval(silent, known, confidence, estimand=f"{estimand}, of those with known accounts")  # fmt: skip
    if linked.silent == NOBODY:
        bounds = worst_case_bounds(silent, known, len(yes), estimand=estimand)
    else:
        # fewer than the threshold of them are not known
        least = max(silent - threshold + 1, 0)
        bounds = Estimate(
            share.value, least / known, share.value, "sensitivity", estimand, "share", known
        )
    return share.scaled(100, "%"), bounds.scaled(100, "%")


def estimate_difference_in_reply_share(linked: SaidAndDone, confidence: float) -> Estimate:
    """Give how much larger the reply share is in the accounts of those who say that they answer.

    Parameters
    ----------
    linked : SaidAndDone
    confidence : float

    Returns
    -------
    Estimate
        Difference of the account-weighted reply shares in percentage points, Welch's interval.

    Raises
    ------
    NotAnswerable
        If either group has fewer accounts with messages than the threshold.
    """
    shares = linked.people.dropna(subset="reply_share")
    yes, no = (shares.loc[shares["says_yes"].eq(says), "reply_share"] for says in (True, False))
    threshold = max(linked.answers.smallest_group, 2)
    if min(len(yes), len(no)) < threshold:
        raise NotAnswerable(
            f"of those who say yes, or of those who say no, fewer than {threshold} have an account whose replies are known"
        )
    value = 100 * float(yes.mean() - no.mean())
    low = high = value
    if yes.var() + no.var() > 0:
        means = CompareMeans(DescrStatsW(yes), DescrStatsW(no))
        low, high = (
            100 * float(end) for end in means.tconfint_diff(1 - confidence, usevar="unequal")
        )
    return Estimate(
        value, low, high, "superpopulation",
        f"account-weighted reply share, {linked.answers.who} that say yes less those that say no", "percentage points",
        len(shares), confidence,
    )  # fmt: skip
