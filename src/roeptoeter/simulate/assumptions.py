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
    utrecht_messages: int = _assume(
        2600, "own messages", "who plays Utrecht, in the quarter of 2014"
    )
    utrecht_growth: float = _assume(
        1.25, "ratio", "own messages of who plays Utrecht, 2014 over 2013"
    )

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
        0.65,
        "share of own messages",
        "replies in 2013 of who plays Utrecht; of Utrecht nothing was published",
    )
    other_share_cap: float = _assume(
        0.845, "share of own messages", "no other account of 2014 replies more, so that who plays Utrecht is the highest"
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
    survey_account_shift: float = _assume(
        0.6, "log-odds", "municipalities with an account answer more often"
    )
    survey_willingness_renewal: float = _assume(
        0.8, "share of municipalities", "decide on the questionnaire of another year as if anew"
    )
    survey_maturity_loading: float = _assume(
        0.8, "correlation", "of an answer with how far a municipality is, which no item measures"
    )
    survey_option_loading: float = _assume(
        0.4, "correlation", "of a ticked option with how far a municipality is"
    )
    survey_size_loading: float = _assume(
        0.4, "correlation", "of how far a municipality is with its log population"
    )
    survey_maturity_stability: float = _assume(
        0.85, "correlation", "of how far a municipality is over the years, at one population"
    )
    survey_answer_stability: float = _assume(
        0.5, "correlation", "of the rest of an answer over the years"
    )
    survey_behaviour_loading: float = _assume(
        0.4, "correlation", "of what is said on answering and conversation with the replies of the same quarter"
    )  # fmt: skip
    survey_presence_shift: float = _assume(
        2.0, "standard deviations", "said to be on a platform, where there is an account"
    )
    survey_barrier_loading: float = _assume(
        0.75, "correlation", "of each barrier with what all barriers have in common"
    )
    survey_joins_outside: tuple[float, ...] = _assume(
        (0.34, 0.46, 0.16, 0.04), "share of respondents", "join conversations elsewhere: never, sporadically, regularly, often",
        "one study calls it sporadic, without a number",
    )  # fmt: skip
    survey_self_score_mean: float = _assume(6.5, "mark from 1 to 10", "mean of the own mark")
    survey_self_score_spread: float = _assume(
        1.4, "standard deviation, marks", "of the own mark before it is rounded"
    )
    survey_shares: tuple[tuple[str, str, float], ...] = _assume(
        (
            ("uses_facebook", "2013", 0.72),
            ("goals[decisions]", "2013", 0.72), ("goals[decisions]", "2014", 0.70),
            ("goals[marketing]", "2013", 0.84), ("goals[marketing]", "2014", 0.86),
            ("goals[crisis]", "2013", 0.76), ("goals[crisis]", "2014", 0.80),
            ("goals[dialogue]", "2013", 0.40), ("goals[dialogue]", "2014", 0.46),
            ("answers_simple_questions", "2013", 0.83),
            ("monitors_outside_office_hours", "2013", 0.36), ("monitors_outside_office_hours", "2014", 0.40),
            ("monitors_policy_themes", "2014", 0.44),
            ("lets_inhabitants_participate", "2013", 0.13), ("lets_inhabitants_participate", "2014", 0.16),
            ("enters_discussion", "2013", 0.21), ("enters_discussion", "2014", 0.26),
            ("builds_community", "2013", 0.28), ("builds_community", "2014", 0.33),
            ("communication_solely_responsible", "2013", 0.74),
            ("has_guideline", "2013", 0.53), ("has_guideline", "2014", 0.60),
            ("measures_success[reach]", "2014", 0.62), ("measures_success[interaction]", "2014", 0.48),
            ("measures_success[variety]", "2014", 0.19), ("measures_success[goals]", "2014", 0.33),
            ("motivated[college]", "2014", 0.45), ("motivated[council]", "2014", 0.27),
            ("motivated[communication]", "2014", 0.93), ("motivated[contact]", "2014", 0.41),
            ("motivated[management]", "2014", 0.16),
            ("channels[twitter]", "2019", 0.63), ("upkeep_facebook[idle]", "2019", 0.08),
        ),
        "share of respondents", "who say yes, choose or tick", "no figure was published, or none that names its base",
    )  # fmt: skip
    survey_knowledge_of_staff: tuple[float, ...] = _assume(
        (0.10, 0.34, 0.36, 0.16, 0.04), "share of respondents", "marks 1 to 5 for what the staff knows"
    )  # fmt: skip
    survey_knowledge_of_leaders: tuple[float, ...] = _assume(
        (0.20, 0.40, 0.28, 0.10, 0.02), "share of respondents", "marks 1 to 5 for what the leaders know"
    )  # fmt: skip
    survey_remark_share: float = _assume(
        0.6, "share of respondents", "write an answer to the open question"
    )
    survey_needs: tuple[float, ...] = _assume(
        (0.28, 0.13, 0.22, 0.10, 0.05, 0.13, 0.09), "weight",
        "what open answers ask for: time, budget, knowledge, content, less fear, colleagues, plans",
    )  # fmt: skip
    survey_barrier_pull: float = _assume(
        3.0, "ratio of weights", "asked for by those who tick it as a barrier"
    )
    survey_no_need_share: float = _assume(0.2, "share of open answers", "ask for none of these")
    survey_second_need_share: float = _assume(
        0.25, "share of open answers that ask for something", "ask for two things"
    )
    survey_english_share: float = _assume(
        0.1, "share of respondents", "fill in the English version"
    )

    # accounts beside the corporate one
    inventory_elasticity: float = _assume(
        0.55, "elasticity", "further accounts of a Flemish municipality by population"
    )
    inventory_shape: float = _assume(
        2.5, "gamma shape", "how unequally municipalities of one size have further accounts"
    )
    inventory_purposes: tuple[float, ...] = _assume(
        (0.48, 0.14, 0.04, 0.12, 0.12, 0.10), "weight",
        "further accounts for a theme, a neighbourhood, the council, a person, a campaign, anything else",
    )  # fmt: skip
    inventory_owner_share: float = _assume(
        0.7, "share of further accounts", "the municipality says which department answers for it"
    )
    inventory_double_share: float = _assume(
        0.08, "share of municipalities with two accounts for themes", "have two for the same one"
    )
    inventory_dormant_share: float = _assume(
        0.22, "share of further accounts", "sent nothing in the quarter"
    )
    inventory_dormant_campaigns: float = _assume(
        0.65, "share of accounts of campaigns", "sent nothing in the quarter"
    )
    inventory_message_median: float = _assume(
        14.0, "messages per quarter", "median of further accounts that send"
    )
    inventory_message_spread: float = _assume(
        0.9, "standard deviation, log", "of the messages of further accounts that send"
    )
    inventory_history: float = _assume(
        12.0, "quarters of the median", "mean of what further accounts sent before"
    )
    inventory_active_days: float = _assume(
        6.0, "days", "mean since the last message of those that send"
    )
    inventory_dormant_days: float = _assume(
        240.0, "days", "mean since the last message of those that had fallen silent"
    )
    inventory_audience_share: float = _assume(
        0.25, "ratio", "audience of a further account to that of the corporate one, median"
    )
    inventory_audience_spread: float = _assume(0.8, "standard deviation, log", "of that ratio")
    inventory_growth: float = _assume(
        0.03, "share per quarter", "by which the audience of further accounts that send grows"
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
        A row a constant, of the shares of the questionnaires a row an answer: name, value (text), unit, meaning, source.
    """
    assumptions = assumptions or Assumptions()
    return pd.DataFrame(
        [
            {
                "name": name,
                "value": value,
                "unit": part.metadata["unit"],
                "meaning": part.metadata["meaning"],
                "source": part.metadata["source"],
            }
            for part in fields(Assumptions)
            for name, value in _write_rows(part.name, getattr(assumptions, part.name))
        ]
    )


def _write_rows(name: str, value) -> list[tuple[str, str]]:
    """Write a constant as name and value; shares by answer and year as a row an answer."""
    if not (isinstance(value, tuple) and isinstance(value[0], tuple)):
        return [(name, _write(value))]
    rows: dict[str, list[str]] = {}
    for answer, wave, share in value:
        rows.setdefault(f"{name}: {answer}", []).append(f"{share:g} ({wave})")
    return [(label, " ".join(texts)) for label, texts in rows.items()]


def _write(value) -> str:
    return " ".join(f"{entry:g}" for entry in (value if isinstance(value, tuple) else (value,)))
