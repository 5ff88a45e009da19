"""Who converses most? What a published ranking can bear, from the few places that articles name.

`ranking_accounts` has what accounts can bear. Nothing here names a municipality but those that the articles name.
"""

import numpy as np
import pandas as pd

from roeptoeter.errors import InputError
from roeptoeter.estimators import ranking as estimators
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.rounding import rounding_interval
from roeptoeter.published import get_figure
from roeptoeter.questions.parameters import check_confidence

MEASURES_AVERAGED, REPLIES_2014, REPLIES_UTRECHT = "F020", "F011", "F012"
THRESHOLD_2014, THRESHOLD_2013 = "F016", "F190"
MEAN_MESSAGES_2013, WITHOUT_REPLY_2013 = "F177", "F182"

#: The places that the articles name on a single measure: measure, figure of the place, of its value, of its condition.
NAMED_PLACES = (
    ("reply share", "F013", "F012", None),
    ("response time", "F017", None, "F016"),
    ("response time", "F018", None, "F016"),
    ("response time", "F019", "F188", "F190"),
)


def list_named_places(figures: pd.DataFrame) -> pd.DataFrame:
    """List every place in an order of municipalities that the articles name.

    Parameters
    ----------
    figures : pandas.DataFrame
        The processed table of published figures.

    Returns
    -------
    pandas.DataFrame
        measure, edition ("2014-Q2"), place, municipality, printed ("85 %"; missing where no value is), condition
        (missing where none is stated), how_read. The measures without a named place stand last, with "nobody".
    """
    rows = []
    for measure, place_id, value_id, condition_id in NAMED_PLACES:
        place = get_figure(figures, place_id)
        rows.append(
            {
                "measure": measure,
                "edition": place["period"],
                "place": int(place["printed_number"]),
                "municipality": place["subgroup"],
                "printed": _print_figure(figures, value_id),
                "condition": _print_figure(figures, condition_id),
                "how_read": get_figure(figures, value_id or place_id)["how_read"],
            }
        )
    averaged = get_figure(figures, MEASURES_AVERAGED)
    for measure in ("potential reach per message", "mean of all measures"):
        rows.append(
            {
                "measure": measure,
                "edition": averaged["period"],
                "municipality": "nobody",
                "how_read": averaged["how_read"],
            }
        )
    table = pd.DataFrame(rows)
    table["place"] = table["place"].astype("Int64")
    return table


def _print_figure(figures: pd.DataFrame, figure_id: str | None) -> str | None:
    if figure_id is None:
        return None
    figure = get_figure(figures, figure_id)
    qualifier = figure["qualifier"]
    words = "" if pd.isna(qualifier) else f"{qualifier.replace('_', ' ')} "
    number = f"{figure['printed_number']:g}"
    unit = str(figure["unit"]).removesuffix("s" if number == "1" else "")
    return f"{words}{number}%" if unit == "%" else f"{words}{number} {unit}"


def count_named_places(figures: pd.DataFrame, places: pd.DataFrame) -> Estimate:
    """Count the places of the edition of 2014 that are named on a single measure.

    Parameters
    ----------
    figures : pandas.DataFrame
    places : pandas.DataFrame
        As `list_named_places` returns it.

    Returns
    -------
    Estimate
        Without interval.
    """
    edition = get_figure(figures, MEASURES_AVERAGED)["period"]
    named = int((places["edition"].eq(edition) & places["place"].notna()).sum())
    return Estimate(
        named, named, named, "none", "places named on single measures in the article of 2014", "places"
    )  # fmt: skip


def count_measures(figures: pd.DataFrame) -> Estimate:
    """Give how many measures the ranking of 2014 averages, each in a unit of its own."""
    number = float(get_figure(figures, MEASURES_AVERAGED)["printed_number"])
    return Estimate(
        number, number, number, "none", "measures averaged into the ranking of 2014", "measures"
    )


def read_threshold(figures: pd.DataFrame, figure_id: str = THRESHOLD_2014) -> int:
    """Read the least number that admits an account to a list of the fastest.

    Parameters
    ----------
    figures : pandas.DataFrame
    figure_id : str
        `THRESHOLD_2014` (messages sent) or `THRESHOLD_2013` (answers).

    Returns
    -------
    int
        With "more than ten", eleven.

    Raises
    ------
    InputError
        If the figure is unknown or no threshold.
    """
    figure = get_figure(figures, figure_id)
    if figure["statistic"] != "threshold":
        raise InputError(f"figures.csv, {figure_id}: expected a threshold; correct the id")
    return int(figure["printed_number"]) + (figure["qualifier"] == "more_than")


def estimate_replies_at_threshold(figures: pd.DataFrame) -> Estimate:
    """Compute how many replies the smallest account on the list of 2014 sent, had it replied as all together did.

    Parameters
    ----------
    figures : pandas.DataFrame

    Returns
    -------
    Estimate
        Replies among the least number of messages; interval of the printed share's rounding.
    """
    least = read_threshold(figures)
    figure = get_figure(figures, REPLIES_2014)
    printed = float(figure["printed_number"])
    low, high = rounding_interval(printed, int(figure["printed_decimals"]))
    return Estimate(
        least * printed / 100, least * low / 100, least * high / 100, "rounding",
        "replies among the fewest messages that admit to the list of the fastest, at the share of all messages",
        "replies",
    )  # fmt: skip


def estimate_without_speed(figures: pd.DataFrame) -> Estimate:
    """Compute the share of municipalities that answered nobody in 2013 and so had no response time."""
    figure = get_figure(figures, WITHOUT_REPLY_2013)
    share = 100 * float(figure["numerator"]) / float(figure["denominator"])
    return Estimate(
        share, share, share, "none", "share of Dutch municipalities that did not respond to any tweet, third "
        "quarter of 2013", "%", int(figure["denominator"]),
    )  # fmt: skip


def estimate_share_at_mean_volume(figures: pd.DataFrame, confidence: float = 0.95) -> Estimate:
    """Give how sure the reply share of 2014 is for one account that sent as many messages as the mean of 2013.

    Parameters
    ----------
    figures : pandas.DataFrame
    confidence : float

    Returns
    -------
    Estimate
        In %; Wilson's interval, messages seen as draws of how the account replies.
    """
    messages = round(float(get_figure(figures, MEAN_MESSAGES_2013)["printed_number"]))
    share = float(get_figure(figures, REPLIES_2014)["printed_number"]) / 100
    low, high = estimators.share_limits([messages], [share * messages], confidence)
    return Estimate(
        100 * share, 100 * float(low[0]), 100 * float(high[0]), "superpopulation",
        "reply share of an account with the mean number of messages of 2013", "%", messages, confidence,
    )  # fmt: skip


def span_shares(figures: pd.DataFrame, confidence: float = 0.95) -> pd.DataFrame:
    """Compute how sure the published reply shares are for one account, by the number of its messages.

    Parameters
    ----------
    figures : pandas.DataFrame
    confidence : float
        Nominal level of Wilson's interval.

    Returns
    -------
    pandas.DataFrame
        share ("all accounts", "Utrecht"), messages (from the least that admits to the list of the fastest to two
        thousand), share_percent, low_percent, high_percent.

    Raises
    ------
    InputError
        If the level is none.
    """
    check_confidence(confidence)
    mean = float(get_figure(figures, MEAN_MESSAGES_2013)["printed_number"])
    messages = np.unique(np.round([mean, *np.geomspace(read_threshold(figures), 2000, 120)]))
    parts = []
    for name, figure_id in (("all accounts", REPLIES_2014), ("Utrecht", REPLIES_UTRECHT)):
        percent = float(get_figure(figures, figure_id)["printed_number"])
        low, high = estimators.share_limits(messages, messages * percent / 100, confidence)
        parts.append(
            pd.DataFrame(
                {
                    "share": name,
                    "messages": messages.astype(int),
                    "share_percent": percent,
                    "low_percent": 100 * low,
                    "high_percent": 100 * high,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def find_parting(figures: pd.DataFrame, confidence: float = 0.95) -> int:
    """Find from how many messages on Utrecht's share and that of all accounts can be told apart.

    Parameters
    ----------
    figures : pandas.DataFrame
    confidence : float
        Nominal level of either Wilson interval.

    Returns
    -------
    int
        From this number of messages of either account on, the intervals do not overlap.
    """
    messages = np.arange(1, 10_001)
    all_accounts, utrecht = (
        float(get_figure(figures, figure_id)["printed_number"]) / 100
        for figure_id in (REPLIES_2014, REPLIES_UTRECHT)
    )
    _, high = estimators.share_limits(messages, all_accounts * messages, confidence)
    low, _ = estimators.share_limits(messages, utrecht * messages, confidence)
    overlapping = messages[low <= high]
    return int(overlapping.max(initial=0)) + 1
