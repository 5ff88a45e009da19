"""The inventory of accounts, as far as it was published: two means, and one definition of an account that sleeps."""

import numpy as np
import pandas as pd

from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.rounding import admissible_counts, rounding_interval
from roeptoeter.published import get_figure
from roeptoeter.questions.account_level import PLATFORM_NAMES

#: Dutch municipalities of 2015 on Facebook: by their own word, and with a corporate account.
SAID_ON_FACEBOOK, COUNTED_ON_FACEBOOK = "F215", "F216"

#: Dutch accounts of 2013 that sent nothing in the quarter, and the share of municipalities with an account.
SILENT_2013, PRESENT_2013 = "F183", "F171"

#: Published numbers of accounts a municipality: platform and figure, and the share with a corporate one a year later.
PUBLISHED_MEANS = {"facebook": ("F239", "F046"), "twitter": ("F240", "F047")}

#: Facebook pages of a Flemish municipality in 2019, a range.
PAGES_2019 = "F256"

#: What accounts are called on a platform.
NOUNS = {"facebook": "pages"}


def _read_mean(figures: pd.DataFrame, platform: str) -> tuple[float, float, float]:
    """Return a published mean number of accounts and the ends of its rounding."""
    figure = get_figure(figures, PUBLISHED_MEANS[platform][0])
    printed = float(figure["printed_number"])
    return printed, *rounding_interval(printed, int(figure["printed_decimals"]))


def estimate_published_mean(figures: pd.DataFrame, platform: str) -> Estimate:
    """Return the published mean number of accounts a municipality, with what its rounding leaves open.

    Parameters
    ----------
    figures : pandas.DataFrame
    platform : {"facebook", "twitter"}

    Returns
    -------
    Estimate
    """
    mean, low, high = _read_mean(figures, platform)
    return Estimate(
        mean, low, high, "rounding",
        f"accounts of a Flemish municipality on {PLATFORM_NAMES[platform]} in 2015, by the word of respondents",
        f"{NOUNS.get(platform, 'accounts')} per municipality",
    )  # fmt: skip


def estimate_seen(figures: pd.DataFrame, platform: str) -> Estimate:
    """Say how many of a municipality's accounts a count of corporate ones sees at most.

    Parameters
    ----------
    figures : pandas.DataFrame
    platform : {"facebook", "twitter"}

    Returns
    -------
    Estimate
        Percentage; interval of rounding.

    Notes
    -----
    One corporate account each: at most ``1 / mean`` of all accounts, with equality where every municipality that
    has an account has a corporate one.
    """
    mean, low, high = _read_mean(figures, platform)
    return Estimate(
        100 / mean, 100 / high, 100 / low, "rounding",
        f"largest share of the accounts of Flemish municipalities on {PLATFORM_NAMES[platform]} that a count of "
        "corporate accounts can see",
        "%",
    )  # fmt: skip


def bound_seen(figures: pd.DataFrame, platform: str) -> Estimate:
    """Bound the share that a count of corporate accounts sees over the readings of the published mean.

    Parameters
    ----------
    figures : pandas.DataFrame
    platform : {"facebook", "twitter"}

    Returns
    -------
    Estimate
        Percentage; sensitivity interval, rounding included; no value.

    Notes
    -----
    The base of the mean is not printed. If it is a mean over municipalities with an account, ``1 / mean`` is the
    most. If it is a mean over all that answered, those without are in it with none, and the count sees
    ``p / mean``, with p the share of municipalities that have a corporate account: here that of all municipalities in
    the count of the year after, because that of the respondents was not printed.
    """
    _, mean_low, mean_high = _read_mean(figures, platform)
    present = get_figure(figures, PUBLISHED_MEANS[platform][1])
    share_low, _ = rounding_interval(
        float(present["printed_number"]), int(present["printed_decimals"])
    )
    return Estimate(
        np.nan, share_low / mean_high, 100 / mean_low, "sensitivity",
        f"share of the accounts of Flemish municipalities on {PLATFORM_NAMES[platform]} that a count of corporate "
        "accounts sees, over both bases of the mean",
        "%",
    )  # fmt: skip


def tabulate_published(figures: pd.DataFrame) -> pd.DataFrame:
    """List what follows from the published means under either base.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        platform, base, accounts_per_municipality, accounts_unseen_per_municipality, seen_percent, low_percent,
        high_percent (rounding).
    """
    rows = []
    for platform, (_, presence) in PUBLISHED_MEANS.items():
        mean, mean_low, mean_high = _read_mean(figures, platform)
        present = get_figure(figures, presence)
        share = float(present["printed_number"])
        ends = rounding_interval(share, int(present["printed_decimals"]))
        bases = {
            "municipalities with an account": (100.0, (100.0, 100.0)),
            "municipalities that answered": (share, ends),
        }
        rows += [
            {
                "platform": PLATFORM_NAMES[platform],
                "base": base,
                "accounts_per_municipality": mean,
                "accounts_unseen_per_municipality": mean - seen / 100,
                "seen_percent": seen / mean,
                "low_percent": low / mean_high,
                "high_percent": high / mean_low,
            }
            for base, (seen, (low, high)) in bases.items()
        ]
    return pd.DataFrame(rows)


def bound_seen_later(figures: pd.DataFrame) -> Estimate:
    """Say what a count of corporate pages would see at most of the number of pages that was printed for 2019.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    Estimate
        Percentage, between the ends of the printed range; sensitivity interval, no value.
    """
    fewest, most = map(float, get_figure(figures, PAGES_2019)["printed_text"].split("-"))
    return Estimate(
        np.nan, 100 / most, 100 / fewest, "sensitivity",
        "largest share of the Facebook pages of Flemish municipalities that a count of corporate ones could see in 2019",
        "%",
    )  # fmt: skip


def bound_other_accounts_only(figures: pd.DataFrame, organisations: pd.DataFrame) -> Estimate:
    """Bound the share of Dutch municipalities of 2015 that were on Facebook without a corporate account.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        Published figures, and the registers.

    Returns
    -------
    Estimate
        Percentage of all municipalities; sensitivity interval, no value: nothing is assumed of those that did not
        answer.

    Notes
    -----
    k of n respondents use Facebook and c of N municipalities have a corporate account, each of which is a use. Then
    between ``max(k - c, 0)`` and ``min(k + N - n, N) - c`` municipalities have other accounts only (Manski 2003),
    over all counts that round to the printed shares.
    """
    said, counted = (
        get_figure(figures, figure) for figure in (SAID_ON_FACEBOOK, COUNTED_ON_FACEBOOK)
    )
    everywhere = len(organisations.query("region == 'NL' and edition_year == 2015"))
    respondents = int(said["denominator"])
    users = admissible_counts(
        float(said["printed_number"]), respondents, int(said["printed_decimals"])
    )
    corporate = admissible_counts(
        float(counted["printed_number"]), everywhere, int(counted["printed_decimals"])
    )
    fewest = max(users.min() - corporate.max(), 0)
    most = min(users.max() + everywhere - respondents, everywhere) - corporate.min()
    return Estimate(
        np.nan, 100 * fewest / everywhere, 100 * most / everywhere, "sensitivity",
        "share of Dutch municipalities on Facebook in 2015 without a corporate account", "%", everywhere,
    )  # fmt: skip


def estimate_silent_2013(figures: pd.DataFrame) -> Estimate:
    """Estimate which share of the Dutch Twitter accounts of 2013 sent nothing in the quarter.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    Estimate
        Percentage of municipalities with an account; interval of rounding, of the share with one.
    """
    silent = int(get_figure(figures, SILENT_2013)["printed_number"])
    present = get_figure(figures, PRESENT_2013)
    holders = admissible_counts(
        float(present["printed_number"]),
        int(present["denominator"]),
        int(present["printed_decimals"]),
    )
    middle = int(np.median(holders))
    return Estimate(
        100 * silent / middle, 100 * silent / holders.max(), 100 * silent / holders.min(), "rounding",
        "share of the corporate Twitter accounts of Dutch municipalities that sent nothing in a quarter of 2013",
        "%", middle,
    )  # fmt: skip
