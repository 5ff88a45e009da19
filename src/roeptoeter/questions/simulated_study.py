"""What was made up for a simulated study, and whether it meets the published figures it was aimed at."""

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.questions.account_level import AccountLevel, tabulate_organisations
from roeptoeter.simulate import list_assumptions, read_registers, simulate_study
from roeptoeter.simulate.constraints import (
    check_observed,
    count_all_messages,
    measure_waits,
    observe_frames,
)
from roeptoeter.study import Study

#: What the constraints that are drawn are called on a figure, in its order. Ranks have no scale, and the numbers of
#: respondents, of their answers and of all accounts of a municipality would only double the rows.
DRAWN = {
    "dutch-twitter-2013": "Dutch Twitter accounts, 2013",
    "dutch-twitter-2014": "Dutch Twitter accounts, 2014",
    "dutch-twitter-2016": "Dutch Twitter accounts, 2016",
    "dutch-facebook-2013": "Dutch Facebook pages, 2013",
    "dutch-facebook-2014": "Dutch Facebook pages, 2014",
    "dutch-facebook-2016": "Dutch Facebook pages, 2016",
    "reply-share-2013": "Share of replies, 2013",
    "reply-share-2014": "Share of replies, 2014",
    "utrecht-share": "Share of replies, who plays Utrecht",
    "replies-of-all-2013": "Replies of all messages, 2013",
    "starters-of-all-2013": "Starters of all messages, 2013",
    "mean-messages-2013": "Messages an account, 2013",
    "senders-only-2013": "Only send, 2013",
    "few-senders-2013": "Only send, below ten messages",
    "silent-2013": "Silent accounts, 2013",
    "response-time-2014": "Mean response time, 2014",
    "response-time-2016": "Mean response time, Flanders",
    "flemish-twitter-below-20000": "Flemish Twitter, small",
    "flemish-twitter-20000-to-50000": "Flemish Twitter, middle",
    "flemish-twitter-above-50000": "Flemish Twitter, large",
    "flemish-facebook-below-20000": "Flemish Facebook, small",
    "flemish-facebook-20000-to-50000": "Flemish Facebook, middle",
    "flemish-facebook-above-50000": "Flemish Facebook, large",
    "flemish-twitter-audience": "Followers, Flanders",
    "flemish-facebook-audience": "Fans, Flanders",
    "flemish-twitter-interaction": "Small ones that reply, Twitter",
    "flemish-facebook-interaction": "Small ones that reply, Facebook",
}

_LOOKED_AT = (
    ("2013 Q3", "NL", "twitter"), ("2014 Q2", "NL", "twitter"), ("2016 Q2", "NL", "twitter"),
    ("2016 Q2", "NL", "facebook"), ("2016 Q2", "VL", "twitter"), ("2016 Q2", "VL", "facebook"),
)  # fmt: skip


def get_seed(study: Study) -> int:
    """Return the seed from which a study was made up.

    Parameters
    ----------
    study : Study

    Returns
    -------
    int

    Raises
    ------
    NotAnswerable
        If nothing in it was.
    """
    if study.simulation is None:
        raise NotAnswerable(
            f"nothing in the study {study.name} was made up: studies/{study.name}.yaml has no key `simulation`"
        )
    return study.simulation.seed


def count_met(constraints: pd.DataFrame) -> Estimate:
    """Count the constraints that are met.

    Parameters
    ----------
    constraints : pandas.DataFrame
        From `roeptoeter.simulate.check_constraints`.

    Returns
    -------
    Estimate
    """
    met = float(constraints["is_met"].sum())
    return Estimate(
        met, met, met, "none", "targeted published figures that come out", "figures", len(constraints)
    )  # fmt: skip


def count_assumptions() -> Estimate:
    """Count the ASSUMED constants.

    Returns
    -------
    Estimate
    """
    number = float(len(list_assumptions()))
    return Estimate(number, number, number, "none", "constants that nobody published", "constants")


def tabulate_contents(level: AccountLevel) -> pd.DataFrame:
    """Count what was made up, by edition, region and platform.

    Parameters
    ----------
    level : AccountLevel

    Returns
    -------
    pandas.DataFrame
        edition, region, platform, municipalities, accounts, silent_accounts, own_messages, replies, messages_received,
        messages_answered; missing where only the presence of accounts was made up.
    """
    rows = []
    for edition, region, platform in _LOOKED_AT:
        frame = tabulate_organisations(level, edition=edition, platform=platform, region=region)
        row = {
            "edition": edition, "region": region, "platform": platform, "municipalities": len(frame),
            "accounts": int(frame["is_present"].sum()),
        }  # fmt: skip
        if frame["is_measured"].any():
            inside = level.responses.query(
                "edition == @edition and region == @region and platform == @platform and basis == 'received message'"
            )
            row |= {
                "silent_accounts": int((frame["is_measured"] & ~frame["is_active"]).sum()),
                "own_messages": int(frame["messages_sent"].sum()),
                "replies": int(frame["replies"].sum()),
                "messages_received": len(inside),
                "messages_answered": int(inside["answered_at"].notna().sum()),
            }
        rows.append(row)
    table = pd.DataFrame(rows)
    return table.astype(dict.fromkeys(table.columns[5:], "Int64"))


def compare_free_runs(constraints: pd.DataFrame, seed: int, runs: int) -> pd.DataFrame:
    """Compare the study with runs of the same process that nothing held to the published figures.

    Parameters
    ----------
    constraints : pandas.DataFrame
        From `roeptoeter.simulate.check_constraints`.
    seed : int
        The runs have the seeds that follow it.
    runs : int

    Returns
    -------
    pandas.DataFrame
        A row a constraint of `DRAWN` and run: constraint, label, run (0: the study; from 1 on the free runs), target,
        achieved, unit, deviation_percent (of the target).

    Raises
    ------
    InputError
        If there are to be no runs.
    """
    if runs < 1:
        raise InputError(f"free_runs is {runs}; expected 1 or more")
    registers = read_registers()
    tables = [constraints]
    for number in range(1, runs + 1):
        free = simulate_study(registers, seed + number, calibrate=False)
        tables.append(check_observed(observe_frames(free)))
    compared = pd.concat([table.assign(run=number) for number, table in enumerate(tables)])
    compared = compared[compared["constraint"].isin(DRAWN)].reset_index(drop=True)
    compared["label"] = compared["constraint"].map(DRAWN)
    compared["deviation_percent"] = 100 * (compared["achieved"] / compared["target"] - 1)
    order = compared["constraint"].map({name: place for place, name in enumerate(DRAWN)})
    compared = compared.assign(order=order).sort_values(["order", "run"], ignore_index=True)
    return compared[
        ["constraint", "label", "run", "target", "achieved", "unit", "deviation_percent"]
    ]


def tabulate_other_readings(level: AccountLevel) -> pd.DataFrame:
    """Compute, where a sentence can be read in another way, what that reading would give.

    Parameters
    ----------
    level : AccountLevel

    Returns
    -------
    pandas.DataFrame
        figure_id, published, reading_taken, under_it, other_reading, under_the_other, unit.
    """
    tables = {
        edition: tabulate_organisations(level, edition=edition, platform="twitter", region="NL")
        for edition in ("2013 Q3", "2014 Q2")
    }
    rows = []
    for edition, figure, printed in (("2013 Q3", "F010", 13), ("2014 Q2", "F011", 20)):
        frame = tables[edition]
        sent = frame[frame["messages"] > 0]
        taken = 100 * sent["replies"].sum() / sent["messages"].sum()
        everything = count_all_messages(level.accounts, edition, "twitter", "NL")
        readings = (
            ("every account alike", 100 * (sent["replies"] / sent["messages"]).mean()),
            ("reposts counted too", 100 * sent["replies"].sum() / everything),
        )
        rows += [
            (figure, f"{printed}% replies, {edition[:4]}", "own messages alike", taken, *other, "%")
            for other in readings
        ]
    present = tables["2013 Q3"].query("is_present")
    everything = count_all_messages(level.accounts, "2013 Q3", "twitter", "NL")
    taken = ("own messages, silent accounts too", present["messages_sent"].mean())
    for other in (
        ("reposts counted too", everything / len(present)),
        ("accounts that sent anything", present.loc[present["is_active"], "messages_sent"].mean()),
    ):
        rows.append(("F177", "109 tweets on average, 2013", *taken, *other, "messages"))
    waits = measure_waits(level.responses, "2014 Q2", "twitter", "NL")
    taken = ("answered messages alike", waits["hours"].mean())
    for other in (
        ("every account alike", waits.groupby("organisation")["hours"].mean().mean()),
        ("the median instead of the mean", waits["hours"].median()),
    ):
        rows.append(("F015", "24 hours on average, 2014", *taken, *other, "hours"))
    for platform, figure, printed in (
        ("facebook", "F058", "2,257 fans on average"),
        ("twitter", "F059", "1,288 followers on average"),
    ):
        frame = tabulate_organisations(level, edition="2016 Q2", platform=platform, region="VL")
        followers = frame["followers"]
        rows.append(
            (figure, printed, "account holders", followers.mean(), "all municipalities",
             followers.fillna(0).mean(), "followers")
        )  # fmt: skip
    for platform, figure, printed in (
        ("facebook", "F055", "31% of the small ones interact"),
        ("twitter", "F056", "11% of the small ones interact"),
    ):
        frame = tabulate_organisations(level, edition="2016 Q2", platform=platform, region="VL")
        small = frame[frame["size_class"] == "below_20000"]
        replying = small["replies"].gt(0).sum()
        rows.append(
            (figure, printed, "account holders", 100 * replying / small["is_present"].sum(), "all small municipalities",
             100 * replying / len(small), "%")
        )  # fmt: skip
    columns = ["figure_id", "published", "reading_taken", "under_it", "other_reading", "under_the_other", "unit"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def find_largest_miss(comparison: pd.DataFrame) -> pd.Series:
    """Return the free run's row that lies furthest from its target.

    Parameters
    ----------
    comparison : pandas.DataFrame
        From `compare_free_runs`.

    Returns
    -------
    pandas.Series
    """
    free = comparison[comparison["run"] > 0]
    return free.loc[free["deviation_percent"].abs().idxmax()]


def count_missed_by_free_runs(comparison: pd.DataFrame, percent: float = 5.0) -> int:
    """Count the figures that the free runs miss on average by more than so many per cent of the target.

    Parameters
    ----------
    comparison : pandas.DataFrame
        From `compare_free_runs`.
    percent : float

    Returns
    -------
    int
    """
    free = comparison[comparison["run"] > 0]
    misses = free["deviation_percent"].abs().groupby(free["constraint"]).mean()
    return int(np.count_nonzero(misses > percent))
