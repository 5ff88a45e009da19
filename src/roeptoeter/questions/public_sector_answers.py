"""The forms of the public sector as filled in, and accounts under the ceiling of their platform.

Nothing here is shown of fewer respondents than the parameter `smallest_group`, neither of those who say a thing nor of those
who do not. There is no frame, so that nothing is weighted; the intervals hold if the respondents were a random sample.
"""

import math

import pandas as pd
from scipy import stats

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.questionnaires import Item, read_codebook
from roeptoeter.questions.account_level import PLATFORM_NAMES
from roeptoeter.questions.disclosure import (
    hide_small_groups,
    hide_small_parts,
    refuse_small_group,
)
from roeptoeter.questions.public_sector import (
    FLEMISH_USERS,
    build_user_series,
    estimate_ceiling,
    get_number,
    read_range,
)
from roeptoeter.questions.survey_answers import Survey
from roeptoeter.registers import SIZE_CLASSES


def tabulate_answers(
    survey: Survey, wave: str, *, confidence: float, smallest_group: int, figures: pd.DataFrame
) -> pd.DataFrame:
    """Count who says yes to each yes-or-no item and ticks each option, small groups hidden.

    Parameters
    ----------
    survey : Survey
    wave : str
    confidence : float
        Of Wilson's intervals.
    smallest_group : int
        Neither those who say yes nor those who do not are shown if they are fewer.
    figures : pandas.DataFrame
        The processed figures, for the count that was printed.

    Returns
    -------
    pandas.DataFrame
        A row an item or option, in the order of the questionnaire: item, option ("" for yes or no), topic, statement,
        respondents (who say yes), answered, share_percent, low_percent, high_percent, figure_id, printed_respondents
        (missing: none was printed), is_hidden.

    Raises
    ------
    NotAnswerable
        If nobody answered the wave, or it has no such item.
    """
    wide = survey.tabulate(wave)
    rows = []
    for item, option, column in _list_yes_no(survey, wave):
        if column not in wide:
            continue
        given = wide[column].dropna()
        count = int(given.sum())
        share = (
            wilson_interval(count, len(given), confidence).scaled(100, "%") if len(given) else None
        )
        figure_id = item.option_figures.get(wave, {}).get(option) or (
            "" if option else item.figures.get(wave, "")
        )
        shared = {
            "item": item.code, "option": option, "topic": survey.form.topics[item.topic].en,
            "statement": item.option_label(option, "en") if option else item.label("en"),
            "answered": len(given), "figure_id": figure_id,
            "printed_respondents": get_number(figures, figure_id) if figure_id else None,
        }  # fmt: skip
        ends = (share.value, share.low, share.high) if share else (math.nan,) * 3
        named = dict(zip(("share_percent", "low_percent", "high_percent"), ends, strict=True))
        rows.append({**shared, "says": "yes", "respondents": count, **named})
        rows.append({**shared, "says": "no", "respondents": len(given) - count, **named})
    if not rows:
        raise NotAnswerable(
            f"the answers to {survey.form.name}, wave {wave}, hold no yes-or-no item and no options to tick"
        )
    both = pd.DataFrame(rows)
    hidden = hide_small_parts(
        both,
        cells=["respondents", "answered"],
        values=["share_percent", "low_percent", "high_percent"],
        smallest_group=smallest_group,
        wholes=[both["item"] + " " + both["option"]],
        sums=["respondents"],
    )
    table = hidden[hidden["says"].eq("yes")].drop(columns="says").reset_index(drop=True)
    return table.astype({"printed_respondents": "Int64"})[
        [
            "item", "option", "topic", "statement", "respondents", "answered", "share_percent", "low_percent",
            "high_percent", "figure_id", "printed_respondents", "is_hidden",
        ]
    ]  # fmt: skip


def _list_yes_no(survey: Survey, wave: str) -> list[tuple[Item, str, str]]:
    listed = []
    for item in survey.form.list_items(wave):
        if item.kind == "yes_no":
            listed.append((item, "", item.code))
        elif item.kind == "multiple":
            listed += [(item, option, f"{item.code}[{option}]") for option in item.options]
    return listed


def select_shown(answers: pd.DataFrame) -> pd.DataFrame:
    """Select the rows that are shown, for a figure.

    Parameters
    ----------
    answers : pandas.DataFrame
        From `tabulate_answers`.

    Returns
    -------
    pandas.DataFrame
        With is_open: the interval reaches to both sides of a half.

    Raises
    ------
    NotAnswerable
        If every row is hidden, or nobody answered.
    """
    shown = answers[~answers["is_hidden"] & answers["share_percent"].notna()].reset_index(drop=True)
    if shown.empty:
        raise NotAnswerable(_tell_hidden("those who answer in one way, for every item"))
    return shown.assign(is_open=shown["low_percent"].lt(50) & shown["high_percent"].gt(50))


def count_respondents(survey: Survey, wave: str, smallest_group: int) -> Estimate:
    """Count the respondents of a wave.

    Parameters
    ----------
    survey : Survey
    wave : str
    smallest_group : int

    Returns
    -------
    Estimate

    Raises
    ------
    NotAnswerable
        If nobody answered the wave, or too few to be shown.
    """
    number = len(survey.tabulate(wave))
    refuse_small_group(number, smallest_group, f"the respondents of {wave!r}")
    return Estimate(
        float(number), number, number, "none", f"respondents of {survey.form.name}, {wave}", "respondents", number
    )  # fmt: skip


def estimate_answer(answers: pd.DataFrame, item: str, confidence: float) -> Estimate:
    """Give the share that says yes to an item, with the interval that would hold for a random sample.

    Parameters
    ----------
    answers : pandas.DataFrame
        From `tabulate_answers`.
    item : str
        Code of a yes-or-no item.
    confidence : float

    Returns
    -------
    Estimate
        In %, n those who answered; a superpopulation interval.

    Raises
    ------
    NotAnswerable
        If the item is not among the answers, or a group is too small to be shown.
    """
    rows = answers[answers["item"].eq(item) & answers["option"].eq("")]
    if rows.empty:
        raise NotAnswerable(f"the answers hold no yes-or-no item {item!r}")
    row = rows.iloc[0]
    if row["is_hidden"]:
        raise NotAnswerable(_tell_hidden(f"those who answered {item!r} in one of the two ways"))
    return wilson_interval(
        int(row["respondents"]),
        int(row["answered"]),
        confidence,
        estimand=f"share that says yes: {row['statement']}, if the respondents were a random sample of advisers",
    ).scaled(100, "%")


def _tell_hidden(group: str) -> str:
    return f"{group} are too few to be shown (parameter `smallest_group`)"


def count_hidden(table: pd.DataFrame) -> Estimate:
    """Count the rows of a table that are not shown.

    Parameters
    ----------
    table : pandas.DataFrame
        With is_hidden.

    Returns
    -------
    Estimate
    """
    hidden = float(table["is_hidden"].sum())
    return Estimate(
        hidden,
        hidden,
        hidden,
        "none",
        "rows hidden because a group is too small",
        "rows",
        len(table),
    )


def cross_upkeep(survey: Survey, wave: str, smallest_group: int) -> pd.DataFrame:
    """Cross what is said of a channel's page with whether the channel was named, small groups hidden.

    Parameters
    ----------
    survey : Survey
    wave : str
    smallest_group : int

    Returns
    -------
    pandas.DataFrame
        A row a platform and "named" or "not named" among the channels: platform, channel, then a column of respondents
        for each state of the page (as the questionnaire words it; missing: hidden), and answered (in all).

    Raises
    ------
    NotAnswerable
        If the wave has no item on upkeep beside one on channels, or no cell can be shown.

    Notes
    -----
    What is hidden of a row, or of both rows of a platform, is at least two cells with at least the threshold in them: the
    sum of the one may stand in the table of channels, that of the other is `answered`.
    """
    wide = survey.tabulate(wave)
    rows = []
    for item, channel in _list_upkeep(survey, wave, wide):
        pair = wide[[f"channels[{channel}]", item.code]].dropna()
        for named, words in ((1.0, "named"), (0.0, "not named")):
            states = pair.loc[pair.iloc[:, 0].eq(named), item.code]
            rows += [
                {
                    "platform": PLATFORM_NAMES.get(channel, channel), "channel": words,
                    "state": item.option_label(state, "en"), "respondents": int(states.eq(state).sum()),
                    "answered": len(pair),
                }
                for state in item.options
            ]  # fmt: skip
    crossed = pd.DataFrame(rows)
    hidden = hide_small_parts(
        crossed,
        cells=["respondents", "answered"],
        smallest_group=smallest_group,
        wholes=[crossed["platform"] + " " + crossed["channel"], crossed["platform"]],
        sums=["respondents"],
    )
    table = hidden.pivot(index=["platform", "channel"], columns="state", values="respondents")
    states = list(dict.fromkeys(row["state"] for row in rows))
    if table.loc[:, states].isna().all(axis=None):
        raise NotAnswerable(_tell_hidden("those with a page that is kept up, idle or not there"))
    answered = hidden.groupby(["platform", "channel"])["answered"].max()
    return table[states].assign(answered=answered).astype("Int64").reset_index().rename_axis(columns=None)  # fmt: skip


def _list_upkeep(survey: Survey, wave: str, wide: pd.DataFrame) -> list[tuple[Item, str]]:
    listed = [
        (item, item.code.removeprefix("upkeep_"))
        for item in survey.form.list_items(wave)
        if item.kind == "single" and item.code.startswith("upkeep_") and item.code in wide
    ]
    listed = [(item, channel) for item, channel in listed if f"channels[{channel}]" in wide]
    if not listed:
        raise NotAnswerable(
            f"the answers to {survey.form.name}, wave {wave}, hold no item `upkeep_<channel>` beside `channels`"
        )
    return listed


def estimate_idle_named(survey: Survey, wave: str, smallest_group: int) -> Estimate:
    """Count, of the respondents with an idle page, those who named every such platform among their channels.

    Parameters
    ----------
    survey : Survey
    wave : str
    smallest_group : int

    Returns
    -------
    Estimate
        In respondents, n those with an idle page anywhere; nothing is left open.

    Raises
    ------
    NotAnswerable
        If one of the groups is too small to be shown, or nobody has an idle page.
    """
    wide = survey.tabulate(wave)
    idle = pd.DataFrame(
        {channel: wide[item.code].eq("idle") for item, channel in _list_upkeep(survey, wave, wide)}
    )
    named = pd.DataFrame({channel: wide[f"channels[{channel}]"].eq(1) for channel in idle})
    has_idle = idle.any(axis="columns")
    all_named = has_idle & (~idle | named).all(axis="columns")
    number, with_idle = int(all_named.sum()), int(has_idle.sum())
    if not with_idle:
        raise NotAnswerable("nobody says that a page is idle")
    for size in (with_idle, number, with_idle - number):
        refuse_small_group(
            size, smallest_group, "those with an idle page, or some of them taken apart,"
        )
    return Estimate(
        float(number),
        number,
        number,
        "none",
        "respondents with an idle page who named each platform of such a page among their channels",
        "respondents",
        with_idle,
    )


def compare_knowledge(survey: Survey, wave: str, smallest_group: int) -> pd.DataFrame:
    """Count who sets the leaders' knowledge below, level with or above that of the staff, small groups hidden.

    Parameters
    ----------
    survey : Survey
    wave : str
    smallest_group : int

    Returns
    -------
    pandas.DataFrame
        Three rows: leaders ("know less", "know as much", "know more"), respondents, answered (both items), is_hidden.

    Raises
    ------
    NotAnswerable
        If one of the two items is not among the answers.
    """
    pairs = _pair_knowledge(survey, wave)
    difference = pairs["knowledge_of_leaders"] - pairs["knowledge_of_staff"]
    table = pd.DataFrame(
        {
            "leaders": ["know less", "know as much", "know more"],
            "respondents": [int(sign.sum()) for sign in (difference < 0, difference == 0, difference > 0)],
            "answered": len(pairs),
        }
    )  # fmt: skip
    return hide_small_parts(
        table,
        cells=["respondents", "answered"],
        smallest_group=smallest_group,
        wholes=[pd.Series("all", index=table.index)],
        sums=["respondents"],
    )


def _pair_knowledge(survey: Survey, wave: str) -> pd.DataFrame:
    wide = survey.tabulate(wave)
    items = ["knowledge_of_staff", "knowledge_of_leaders"]
    missing = [item for item in items if item not in wide]
    if missing:
        raise NotAnswerable(
            f"the answers to {survey.form.name}, wave {wave}, lack {' and '.join(missing)}"
        )
    return wide[items].dropna()


def average_knowledge(survey: Survey, wave: str, smallest_group: int) -> pd.Series:
    """Average the marks for what staff and leaders know, over those who gave both.

    Parameters
    ----------
    survey : Survey
    wave : str
    smallest_group : int

    Returns
    -------
    pandas.Series
        staff, leaders (mean marks), respondents.

    Raises
    ------
    NotAnswerable
        If an item is not among the answers, or too few gave both marks.
    """
    pairs = _pair_knowledge(survey, wave)
    if pairs.empty:
        raise NotAnswerable("nobody marked both the staff and the leaders")
    refuse_small_group(len(pairs), smallest_group, "those who marked both staff and leaders")
    staff, leaders = pairs["knowledge_of_staff"].mean(), pairs["knowledge_of_leaders"].mean()
    return pd.Series({"staff": staff, "leaders": leaders, "respondents": len(pairs)})


def weigh_signs(knowledge: pd.DataFrame, confidence: float) -> tuple[Estimate, float]:
    """Ask with the sign test whether leaders are set below the staff as often as above it.

    Parameters
    ----------
    knowledge : pandas.DataFrame
        From `compare_knowledge`.
    confidence : float

    Returns
    -------
    share : Estimate
        In % of those who do not set the two level: those who set the leaders lower; Wilson, superpopulation.
    p : float
        Exact and two-sided.

    Raises
    ------
    NotAnswerable
        If one of the groups is hidden: the share would tell it.

    Notes
    -----
    The sign test (Arbuthnot, 1710) is the exact test of McNemar on the pairs that differ; scipy's ``binomtest``.

    Examples
    --------
    >>> leaders = ["know less", "know as much", "know more"]
    >>> counts = pd.DataFrame({"leaders": leaders, "respondents": [15, 12, 11], "is_hidden": False})
    >>> share, p = weigh_signs(counts, 0.95)
    >>> round(share.value, 1), round(p, 3)
    (57.7, 0.557)
    """
    if knowledge["is_hidden"].any():
        raise NotAnswerable(
            _tell_hidden("those who set the leaders lower than the staff, level with it or higher")
        )
    counts = knowledge.set_index("leaders")["respondents"]
    less, more = int(counts["know less"]), int(counts["know more"])
    if not less + more:
        raise NotAnswerable("nobody sets leaders and staff apart")
    share = wilson_interval(
        less,
        less + more,
        confidence,
        estimand="share that sets the leaders' knowledge below that of the staff, of those who set them apart",
    ).scaled(100, "%")
    return share, float(stats.binomtest(less, less + more).pvalue)


def count_needs(
    survey: Survey, wave: str, smallest_group: int, item: str = "needs"
) -> pd.DataFrame:
    """Count in how many open answers each code of the codebook occurs, small groups hidden.

    Parameters
    ----------
    survey : Survey
    wave : str
    smallest_group : int
    item : str
        An open item with a codebook.

    Returns
    -------
    pandas.DataFrame
        A row a code, in the order of the codebook: code, need, respondents, answered, share_percent, is_hidden.

    Raises
    ------
    NotAnswerable
        If the item has no codebook or no coded answers, or no code can be shown.

    Notes
    -----
    Codes do not exclude each other, so that they need not add up to those who answered. Those who do not name a need
    are no group of their own: they said something else, or nothing.
    """
    declared = survey.form.items.get(item)
    if declared is None or declared.codebook is None:
        raise NotAnswerable(
            f"the questionnaire {survey.form.name} has no open item {item!r} with a codebook"
        )
    wide = survey.tabulate(wave)
    book = read_codebook(declared.codebook)
    columns = {code: f"{item}[{code}]" for code in book.codes if f"{item}[{code}]" in wide}
    if not columns:
        raise NotAnswerable(
            f"the answers to {survey.form.name}, wave {wave}, hold no coded answers to {item!r}"
        )
    coded = wide[list(columns.values())].dropna()
    counts = coded.sum().astype(int).to_numpy()
    table = pd.DataFrame(
        {
            "code": list(columns), "need": [book.codes[code].label.en for code in columns], "respondents": counts,
            "answered": len(coded), "share_percent": 100 * counts / max(len(coded), 1),
        }
    )  # fmt: skip
    hidden = hide_small_groups(
        table,
        counts=["respondents", "answered"],
        values=["share_percent"],
        smallest_group=smallest_group,
    )
    if hidden["is_hidden"].all():
        raise NotAnswerable(_tell_hidden(f"those whose answer to {item!r} has any one code"))
    return hidden


# ---- own accounts under the ceiling ---------------------------------------------------------------------------


def find_ceiling(
    figures: pd.DataFrame, organisations: pd.DataFrame, *, platform: str, region: str, year: int
) -> Estimate:
    """Find what share of the inhabitants a platform has, for the accounts of one edition.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.
    platform : str
        As a reader writes it: "Facebook".
    region : {"NL", "VL"}
    year : int

    Returns
    -------
    Estimate
        In % of the inhabitants.

    Raises
    ------
    NotAnswerable
        If none is printed for that region and year.
    """
    if region == "VL" and year == 2016 and platform in FLEMISH_USERS:
        value, low, high = read_range(figures, *FLEMISH_USERS[platform])
        kind = "sensitivity" if math.isnan(value) else "rounding"
        words = f"share of the inhabitants of Flanders on {platform}, as printed for {year}"
        return Estimate(value, low, high, kind, words, "%")
    try:
        if region != "NL":
            raise InputError(f"no users of {platform} in {year} are printed for {region}")
        return estimate_ceiling(build_user_series(figures, organisations), platform, year)
    except InputError as reason:
        raise NotAnswerable(
            f"no share of the inhabitants on {platform} is known ({reason}); name another `platform`, `region` or "
            "`edition`"
        ) from None


def compare_accounts(accounts: pd.DataFrame, ceiling: Estimate) -> pd.DataFrame:
    """Set the followers of accounts beside the inhabitants whom the platform can reach, by size class.

    Parameters
    ----------
    accounts : pandas.DataFrame
        From `account_level.tabulate_organisations`.
    ceiling : Estimate
        From `find_ceiling`.

    Returns
    -------
    pandas.DataFrame
        A row a size class and one for all: size_class, organisations, with_followers (accounts whose followers are
        known), inhabitants (of all), followers, reached_percent (of all inhabitants), reached_holders_percent (of the
        inhabitants of those with known followers), of_reachable_low_percent, of_reachable_high_percent (over both bases
        and the ceiling).

    Raises
    ------
    NotAnswerable
        If no account's followers are known.
    """
    known = accounts["followers"].notna()
    if not known.any():
        raise NotAnswerable("the study knows no account's followers on this platform and edition")
    frame = accounts.assign(
        held=accounts["population"].where(known, 0), with_followers=known.astype(int), organisations=1
    )  # fmt: skip
    sums = frame.groupby("size_class")[
        ["organisations", "with_followers", "population", "held", "followers"]
    ].sum()
    sums = sums.reindex([name for name in SIZE_CLASSES if name in sums.index])
    sums.loc["all"] = sums.sum()
    table = sums.astype("float64").rename_axis("size_class").reset_index()
    table["reached_percent"] = 100 * table["followers"] / table["population"]
    table["reached_holders_percent"] = (
        100 * table["followers"] / table["held"].where(table["held"].gt(0))
    )
    table["of_reachable_low_percent"] = 100 * table["reached_percent"] / ceiling.high
    table["of_reachable_high_percent"] = 100 * table["reached_holders_percent"] / ceiling.low
    table = table.rename(columns={"population": "inhabitants"}).drop(columns="held")
    whole = ["organisations", "with_followers", "inhabitants", "followers"]
    return table.astype(dict.fromkeys(whole, "int64"))


def estimate_accounts_reached(compared: pd.DataFrame, ceiling: Estimate) -> Estimate:
    """Give the part of the reachable that the accounts of all organisations reach.

    Parameters
    ----------
    compared : pandas.DataFrame
        From `compare_accounts`.
    ceiling : Estimate

    Returns
    -------
    Estimate
        In % of the users, without a point where the ceiling has none; sensitivity over the base and the ceiling.
    """
    row = compared.set_index("size_class").loc["all"]
    return Estimate(
        100 * float(row["reached_percent"]) / ceiling.value,
        float(row["of_reachable_low_percent"]),
        float(row["of_reachable_high_percent"]),
        "sensitivity",
        f"followers per hundred of those whom the platform can reach ({ceiling.estimand})",
        "%",
        int(row["with_followers"]),
    )
