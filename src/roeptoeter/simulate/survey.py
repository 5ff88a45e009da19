"""Who filled in the questionnaires, and what they answered; the printed shares come out as counts."""

import numpy as np
import pandas as pd

from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.simulate.ground import take_largest

#: Respondents by edition year and region.
RESPONDENTS = {(2014, "NL"): 210, (2016, "VL"): 119}

#: Of the Flemish respondents, those who are active on social media; the others are not shown what follows.
ACTIVE_2016 = 113

#: Items with two answers: edition year, item, number of "yes", base, figure (None: no such figure was published).
BINARY_ITEMS = (
    (2014, "uses_facebook", 158, 210, "F009"),
    (2014, "answers_simple_questions", 183, 210, "F014"),
    (2014, "communication_solely_responsible", 147, 210, "F021"),
    (2014, "goal_crisis_communication", 168, 210, None),
    (2014, "has_guideline", 126, 210, None),
    (2014, "monitors_outside_office_hours", 84, 210, None),
    (2016, "answers_questions", 88, 113, "F065"),
    (2016, "lets_inhabitants_participate", 17, 113, "F067"),
    (2016, "enters_discussion", 27, 113, "F068"),
    (2016, "builds_community", 41, 113, "F069"),
    (2016, "communication_solely_responsible", 93, 113, "F075"),
    (2016, "uses_snapchat", 16, 113, "F071"),
    (2016, "plans_new_steps", 81, 119, "F078"),
    (2016, "barrier_knowledge", 74, 119, "F079"),
    (2016, "barrier_time", 64, 119, "F080"),
    (2016, "barrier_budget", 62, 119, "F081"),
)

#: Items that go down as a municipality is further.
_BARRIERS = (
    "barrier_knowledge",
    "barrier_time",
    "barrier_budget",
    "communication_solely_responsible",
)

#: How often: 1 never, 2 sporadically, 3 regularly, 4 often.
_JOINS_OUTSIDE = np.array([0.34, 0.46, 0.16, 0.04])

#: What the open item holds: invented, neutral, and marked as the rest.
OPEN_SENTENCES = (
    "SIMULATED answer: we would like more time for this.",
    "SIMULATED answer: colleagues ask us for advice more often.",
    "SIMULATED answer: no remarks.",
    "SIMULATED answer: we are writing a plan for next year.",
    "SIMULATED answer: most questions are about opening hours.",
)


def simulate_survey(
    organisations: pd.DataFrame,
    rng: np.random.Generator,
    assumptions: Assumptions,
    calibrate: bool,
) -> pd.DataFrame:
    """Simulate the two questionnaires.

    Parameters
    ----------
    organisations : pandas.DataFrame
        From `roeptoeter.simulate.ground.rename_organisations`.
    rng : numpy.random.Generator
    assumptions : Assumptions
    calibrate : bool
        Whether counts of respondents and of answers are the published ones; otherwise each is a draw.

    Returns
    -------
    pandas.DataFrame
        A row a respondent: edition_year, region, organisation, respondent_id, submitted_at (UTC), is_active (Int64, 2016
        only), an Int64 column an item of `BINARY_ITEMS` (1 yes, 0 no, missing: not shown), `joins_outside` (1 to 4),
        `self_score` (1 to 10) and `remark` (text, empty for most).

    Notes
    -----
    How far a municipality is, a standard normal that no item measures, rises with its population; every answer is a noisy
    look at it. The k highest say yes, so that the count is exact and the items still hang together.
    """
    tables = []
    for (year, region), number in RESPONDENTS.items():
        own = organisations[
            organisations["edition_year"].eq(year) & organisations["region"].eq(region)
        ].reset_index(drop=True)
        sizes = np.log(own["population"].to_numpy(dtype=float))
        sizes = (sizes - sizes.mean()) / sizes.std()
        loading = assumptions.survey_size_loading
        maturity = loading * sizes + np.sqrt(1 - loading**2) * rng.standard_normal(len(own))
        willing = assumptions.survey_size_slope * sizes + rng.logistic(size=len(own))
        if calibrate:
            answered = take_largest(willing, number)
        else:
            answered = willing > np.log(len(own) / number - 1)
        tables.append(
            _answer(own[answered], maturity[answered], year, region, rng, assumptions, calibrate)
        )
    survey = pd.concat(tables, ignore_index=True)
    front = ["edition_year", "region", "organisation", "respondent_id", "submitted_at", "is_active"]
    return survey[[*front, *(column for column in survey.columns if column not in front)]]


def _answer(own, maturity, year, region, rng, assumptions, calibrate):
    number = len(own)
    loading = assumptions.survey_maturity_loading

    def look():
        return loading * maturity + np.sqrt(1 - loading**2) * rng.standard_normal(number)

    def say_yes(scores, count, base, shown):
        if calibrate:
            places = np.flatnonzero(shown)
            yes = np.zeros(number, dtype=bool)
            yes[places[take_largest(scores[places], count)]] = True
        else:
            yes = scores > np.quantile(rng.standard_normal(4000), 1 - count / base)
        return pd.Series(yes.astype(int)).astype("Int64").where(pd.Series(shown))

    everybody = np.ones(number, dtype=bool)
    days = rng.integers(0, 30, number)
    begin = pd.Timestamp(year, 5 if region == "NL" else 9, 1, 7, tz="UTC")
    columns = {
        "edition_year": np.full(number, year),
        "region": region,
        "organisation": own["code"].to_numpy(),
        "respondent_id": [f"{region}{year}-{place:04d}" for place in rng.permutation(number) + 1],
        "submitted_at": begin
        + pd.to_timedelta(days, unit="D")
        + pd.to_timedelta(rng.integers(0, 9 * 3600, number), unit="s"),
    }
    active = everybody
    if year == 2016:
        is_active = say_yes(look(), ACTIVE_2016, RESPONDENTS[year, region], everybody)
        columns["is_active"] = is_active
        active = is_active.eq(1).to_numpy(dtype=bool)
    for edition_year, item, count, base, _ in BINARY_ITEMS:
        if edition_year == year:
            scores = look() * (-1 if item in _BARRIERS else 1)
            shown = active if base == ACTIVE_2016 else everybody
            columns[item] = say_yes(scores, count, base, shown)
    cuts = np.quantile(look(), np.cumsum(_JOINS_OUTSIDE)[:-1])
    columns["joins_outside"] = pd.Series(1 + np.searchsorted(cuts, look())).astype("Int64")
    columns["joins_outside"] = columns["joins_outside"].where(pd.Series(active))
    columns["self_score"] = pd.Series(np.clip(np.rint(6.5 + 1.4 * look()), 1, 10)).astype("Int64")
    remarks = np.array(OPEN_SENTENCES)[rng.integers(0, len(OPEN_SENTENCES), number)]
    columns["remark"] = np.where(rng.random(number) < 0.25, remarks, "")
    return pd.DataFrame(columns)
