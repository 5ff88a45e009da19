"""What the invention rests on: every constant that nobody published, in one place, with its meaning.

Nothing here was estimated from municipalities. A number is ASSUMED because the simulation needs one; a page that shows
simulated values shows this list too.
"""

from dataclasses import dataclass, field, fields

import pandas as pd


def _assume(default, unit: str, meaning: str, reason: str = "chosen to be plausible"):
    return field(default=default, metadata={"unit": unit, "meaning": meaning, "source": reason})


_QUIET_WEEKEND = "the article says that weekends are quiet"
_OFFICE = "working hours of an office"


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The ASSUMED constants of the simulation; `list_assumptions` says what each means.

    An instance with other values, from `dataclasses.replace`, simulates another world: a smaller `volume_shape`, for
    example, one in which a few accounts send most of the messages.
    """

    # presence
    dutch_presence_intercept: float = _assume(
        5.0, "log-odds", "Dutch Twitter account at mean log population, not calibrated"
    )
    dutch_presence_slope: float = _assume(
        2.0, "log-odds per unit of log population", "larger Dutch municipalities are more often on Twitter"
    )  # fmt: skip
    dutch_facebook_intercept: float = _assume(
        1.2, "log-odds", "Dutch Facebook page in 2014 at mean log population, not calibrated"
    )
    dutch_facebook_slope: float = _assume(
        0.8, "log-odds per unit of log population", "larger Dutch municipalities are more often on Facebook"
    )  # fmt: skip
    flemish_twitter_intercept: float = _assume(
        0.45, "log-odds", "Flemish Twitter account at a log population of 9.6, not calibrated"
    )
    flemish_twitter_slope: float = _assume(
        0.9, "log-odds per unit of log population", "slope of Flemish Twitter presence within size classes"
    )  # fmt: skip
    flemish_facebook_intercept: float = _assume(
        1.0, "log-odds", "Flemish Facebook page at a log population of 9.6, not calibrated"
    )
    flemish_facebook_slope: float = _assume(
        0.5, "log-odds per unit of log population", "slope of Flemish Facebook presence within size classes"
    )  # fmt: skip
    presence_renewal: float = _assume(
        0.1, "share of municipalities", "take up or give up an account between editions as if anew"
    )

    # volume on Dutch Twitter
    message_mean: float = _assume(
        117.0, "own messages per account and quarter", "geometric middle of both years; 2013 is scaled to its target"
    )  # fmt: skip
    message_growth: float = _assume(1.15, "ratio", "own messages per account, 2014 over 2013")
    volume_elasticity: float = _assume(0.45, "elasticity", "own messages by population")
    volume_shape: float = _assume(
        0.75, "gamma shape", "how unequally accounts of one size send, the same in both years"
    )
    volume_year_shape: float = _assume(
        8.0, "gamma shape", "how much an account's volume moves between years"
    )
    utrecht_messages: int = _assume(2600, "own messages", "Utrecht in the quarter of 2014")
    utrecht_growth: float = _assume(1.25, "ratio", "own messages of Utrecht, 2014 over 2013")

    # replies on Dutch Twitter
    reply_intercept: float = _assume(
        -3.05, "log-odds", "reply chance in 2013 at mean log population, not calibrated"
    )
    reply_shift: float = _assume(0.62, "log-odds", "2014 against 2013, not calibrated")
    reply_slope: float = _assume(
        0.35, "log-odds per unit of log population", "larger accounts reply more"
    )
    reply_spread: float = _assume(
        1.55, "standard deviation, log-odds", "how far accounts differ in replying"
    )
    reply_year_correlation: float = _assume(
        0.75, "correlation", "of an account's replying over the years"
    )
    never_reply_share: float = _assume(
        0.10, "share of accounts", "never reply in 2013, not calibrated"
    )
    never_reply_stays: float = _assume(0.70, "share of these", "still never reply in 2014")
    utrecht_reply_share_2013: float = _assume(
        0.65, "share of own messages", "replies of Utrecht in 2013, of which nothing was published"
    )
    other_share_cap: float = _assume(
        0.845, "share of own messages", "no other account of 2014 replies more, so that Utrecht is the highest"
    )  # fmt: skip
    fastest_least_messages: int = _assume(
        80, "own messages", "the two fastest municipalities send at least so many"
    )
    fastest_least_share: float = _assume(
        0.30, "share of own messages", "the two fastest municipalities reply at least so often"
    )

    # other kinds of message
    repost_share: float = _assume(
        0.16, "share of all messages", "reposts on Twitter",
        "with it the 11% replies and 73% starters printed in 2013 and the 13% printed in 2014 fit together",
    )  # fmt: skip
    self_reply_share: float = _assume(
        0.02, "share of own messages but replies", "continue an own thread"
    )
    mention_share: float = _assume(
        0.025, "share of own messages but replies", "begin by addressing somebody"
    )
    quote_share: float = _assume(
        0.015, "share of own messages but replies", "quote another message; from 2015 on, when Twitter had it"
    )  # fmt: skip

    # Flanders 2016
    post_shape: float = _assume(
        1.2, "negative binomial size", "how unequally Flemish accounts send"
    )
    post_mean: float = _assume(
        55.0, "own messages per quarter", "Flemish account at the mean population"
    )
    post_elasticity: float = _assume(0.3, "elasticity", "Flemish messages by population")
    interaction_slope: float = _assume(
        0.8, "log-odds per unit of log population", "interacting, among small Flemish municipalities"
    )  # fmt: skip
    interaction_middle: float = _assume(
        0.55, "share of account holders", "interacting, 20,000 to 50,000 inhabitants"
    )
    interaction_large: float = _assume(
        0.95, "share of account holders", "interacting, above 50,000 inhabitants"
    )
    interaction_replies_a: float = _assume(
        1.2, "first parameter of a beta distribution", "reply chance of those who interact"
    )
    interaction_replies_b: float = _assume(
        6.0, "second parameter of a beta distribution", "reply chance of those who interact"
    )

    # audience
    fan_elasticity: float = _assume(0.72, "elasticity", "Facebook fans by population")
    fan_spread: float = _assume(0.60, "standard deviation, log", "of fans at one population")
    follower_elasticity: float = _assume(0.80, "elasticity", "Twitter followers by population")
    follower_spread: float = _assume(
        0.55, "standard deviation, log", "of followers at one population"
    )
    dutch_follower_mean: float = _assume(
        2100.0, "followers", "mean of Dutch Twitter accounts in 2014"
    )
    dutch_fan_mean: float = _assume(2900.0, "fans", "mean of Dutch Facebook pages in 2016")
    audience_growth: float = _assume(1.3, "ratio per year", "audience of one account")
    following_median: float = _assume(
        88.0, "accounts", "median of the accounts that an account follows"
    )
    following_spread: float = _assume(
        1.45, "standard deviation, log", "of the accounts that an account follows"
    )
    twitter_reactions: float = _assume(
        0.8, "per message and 1,000 followers", "likes of an own message"
    )
    twitter_shares: float = _assume(
        0.6, "per message and 1,000 followers", "reposts of an own message by others"
    )
    twitter_comments: float = _assume(
        0.3, "per message and 1,000 followers", "replies of others to an own message"
    )
    facebook_reactions: float = _assume(6.0, "per post and 1,000 fans", "reactions to a post")
    facebook_shares: float = _assume(1.0, "per post and 1,000 fans", "shares of a post")
    facebook_comments: float = _assume(1.5, "per post and 1,000 fans", "comments on a post")

    # questions and answers
    unanswered_share: float = _assume(
        0.35, "share of questions", "never answered, at accounts that reply"
    )
    unheard_questions: float = _assume(
        0.08, "questions per own message", "received by accounts that never reply"
    )
    office_hours_median: float = _assume(
        1.6, "office hours", "needed for an answer, not calibrated; also where no mean was published"
    )  # fmt: skip
    response_spread: float = _assume(
        2.0, "standard deviation, log", "of the time needed, within accounts",
        "leaves the share answered within two hours near the 40% printed for 2015, which is no target",
    )  # fmt: skip
    response_account_spread: float = _assume(
        0.75, "standard deviation, log", "of the time needed, between accounts"
    )
    longest_hours: float = _assume(
        75.0, "hours on the clock that counts", "what took longer is never answered",
        "in working days it ends within the two weeks by which the exports outlast the quarter",
    )  # fmt: skip
    after_hours_share: float = _assume(
        0.22, "share of answers", "given outside office hours too, more at larger municipalities"
    )
    opening_hour: float = _assume(8.5, "hour of the day", "office opens", _OFFICE)
    closing_hour: float = _assume(17.0, "hour of the day", "office closes", _OFFICE)
    fastest_factors: tuple[float, float] = _assume(
        (0.80, 0.92), "of the fastest other mean", "mean response time of the fastest two"
    )
    fastest_other_hours: float = _assume(
        0.5, "hours", "no other account with more than ten messages is faster on average"
    )
    outside_message_share: float = _assume(
        0.15, "of the rate in the quarter", "messages in the two weeks before and after the quarter"
    )
    question_weekdays: tuple[float, ...] = _assume(
        (1.1, 1.1, 1.1, 1.05, 1.05, 0.75, 0.75), "weight, Monday to Sunday", "arrival of questions", _QUIET_WEEKEND
    )  # fmt: skip
    question_hours: tuple[float, ...] = _assume(
        (0.3, 0.2, 0.1, 0.1, 0.1, 0.3, 0.8, 2, 4, 5, 5.5, 5.5, 5, 5, 5, 5, 5, 4.5, 4.5, 5, 5.5, 5, 3.5, 1.5),
        "weight, hour 0 to 23", "arrival of questions",
    )  # fmt: skip
    post_weekdays: tuple[float, ...] = _assume(
        (1, 1, 1, 1, 1, 0.35, 0.3), "weight, Monday to Sunday", "messages that answer nobody", _QUIET_WEEKEND
    )  # fmt: skip
    post_hours: tuple[float, ...] = _assume(
        (0, 0, 0, 0, 0, 0, 0.3, 1.5, 5, 8, 8, 8, 6, 7, 8, 8, 7, 4, 2, 2, 2, 1, 0.5, 0.2),
        "weight, hour 0 to 23", "messages that answer nobody",
    )  # fmt: skip

    # questionnaires
    survey_size_slope: float = _assume(
        0.5, "log-odds per unit of log population", "larger municipalities answer more often"
    )
    survey_maturity_loading: float = _assume(
        0.8, "correlation", "of an answer with how far a municipality is, which no item measures"
    )
    survey_size_loading: float = _assume(
        0.4, "correlation", "of how far a municipality is with its log population"
    )


def list_assumptions(assumptions: Assumptions | None = None) -> pd.DataFrame:
    """List every ASSUMED constant.

    Parameters
    ----------
    assumptions : Assumptions, optional
        The defaults if left out.

    Returns
    -------
    pandas.DataFrame
        A row a constant: name, value (text), unit, meaning, source.
    """
    assumptions = assumptions or Assumptions()
    return pd.DataFrame(
        [
            {
                "name": part.name,
                "value": _write(getattr(assumptions, part.name)),
                "unit": part.metadata["unit"],
                "meaning": part.metadata["meaning"],
                "source": part.metadata["source"],
            }
            for part in fields(Assumptions)
        ]
    )


def _write(value) -> str:
    return " ".join(f"{entry:g}" for entry in (value if isinstance(value, tuple) else (value,)))
