"""Who filled in the questionnaires of municipalities, and what they answered; the printed shares come out as counts.

The items are those of `studies/questionnaires/local-governments.yaml`. A column is called as LimeSurvey heads it: by the
code of the item, and of an item with several answers by `item[option]`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.simulate.ground import take_largest


@dataclass(frozen=True, slots=True)
class Wave:
    """A questionnaire: edition year, region, who answered, how many were written to (None: all), its first day."""

    year: int
    region: str
    respondents: int
    invited: int | None
    first_day: str


#: By the name of the wave.
WAVES = {
    "2013": Wave(2013, "NL", 238, None, "2013-09-02"),
    "2014": Wave(2014, "NL", 210, None, "2014-05-05"),
    "2016": Wave(2016, "VL", 119, 241, "2016-09-01"),
}

#: Of the Flemish respondents, those who are active on social media; the others are not shown what is asked of these.
ACTIVE_2016 = 113

#: Answers of which a share was published: wave, column, number of "yes", base, figure.
PUBLISHED_ANSWERS = (
    ("2013", "more_active_than_last_year", 228, 238, "F175"),
    ("2014", "uses_facebook", 158, 210, "F009"),
    ("2014", "answers_simple_questions", 183, 210, "F014"),
    ("2014", "communication_solely_responsible", 147, 210, "F021"),
    ("2016", "is_active", ACTIVE_2016, 119, "F045"),
    ("2016", "answers_questions", 88, ACTIVE_2016, "F065"),
    ("2016", "lets_inhabitants_participate", 17, ACTIVE_2016, "F067"),
    ("2016", "enters_discussion", 27, ACTIVE_2016, "F068"),
    ("2016", "builds_community", 41, ACTIVE_2016, "F069"),
    ("2016", "communication_solely_responsible", 93, ACTIVE_2016, "F075"),
    ("2016", "uses_snapchat", 16, ACTIVE_2016, "F071"),
    ("2016", "more_active_than_last_year", 89, 119, "F077"),
    ("2016", "plans_new_steps", 81, 119, "F078"),
    ("2016", "barriers[knowledge]", 74, 119, "F079"),
    ("2016", "barriers[time]", 64, 119, "F080"),
    ("2016", "barriers[budget]", 62, 119, "F081"),
)

# In the order of the questionnaire; is_active first, because others hang on it.
_COLUMNS = (
    "is_active", "uses_facebook", "uses_snapchat", "goals[decisions]", "goals[marketing]", "goals[crisis]",
    "goals[dialogue]", "answers_simple_questions", "answers_questions", "monitors_outside_office_hours",
    "monitors_policy_themes", "joins_outside", "lets_inhabitants_participate", "enters_discussion",
    "builds_community", "communication_solely_responsible", "has_guideline", "measures_success[reach]",
    "measures_success[interaction]", "measures_success[variety]", "measures_success[goals]", "motivated[college]",
    "motivated[council]", "motivated[communication]", "motivated[contact]", "motivated[management]",
    "barriers[knowledge]", "barriers[time]", "barriers[budget]", "more_active_than_last_year", "plans_new_steps",
    "self_score", "remark",
)  # fmt: skip

# Answers that also look at what the accounts did in the quarter, and those that know whether there is an account.
_ON_BEHAVIOUR = ("answers_simple_questions", "answers_questions", "goals[dialogue]")
_ON_PRESENCE = {"is_active": "has_account", "uses_facebook": "has_page"}

#: What open answers ask for, in two languages; the codes are those of `data/manual/codebooks/needs.yaml`.
NEEDS = {
    "time": {"nl": ("meer tijd", "een paar uren per week"), "en": ("more time", "a few hours a week")},
    "budget": {"nl": ("een eigen budget", "wat geld voor campagnes"), "en": ("a budget of our own", "some funds")},
    "knowledge": {
        "nl": ("kennis van de kanalen", "een cursus"), "en": ("knowledge of the channels", "a course"),
    },
    "content": {
        "nl": ("inhoud van de afdelingen", "verhalen uit de wijken"), "en": ("content", "stories to tell"),
    },
    "fear": {"nl": ("minder angst voor fouten", "afspraken over risico's"), "en": ("less fear of mistakes", "rules for risks")},
    "colleagues": {
        "nl": ("collega's die meedoen", "draagvlak"), "en": ("colleagues who join in", "support"),
    },
    "plans": {"nl": ("een plan voor volgend jaar", "duidelijk beleid"), "en": ("plans for next year", "a strategy")},
}  # fmt: skip

_OPENINGS = {
    "nl": "SIMULATED antwoord: wij hebben behoefte aan",
    "en": "SIMULATED answer: we would like",
}
_NO_NEEDS = {
    "nl": (
        "SIMULATED antwoord: geen opmerkingen.",
        "SIMULATED antwoord: de meeste vragen gaan over openingstijden.",
    ),
    "en": (
        "SIMULATED answer: no remarks.",
        "SIMULATED answer: most questions are about the town hall.",
    ),
}


def simulate_survey(
    organisations: pd.DataFrame,
    behaviour: pd.DataFrame,
    rng: np.random.Generator,
    assumptions: Assumptions,
    calibrate: bool,
) -> pd.DataFrame:
    """Simulate the questionnaires of all waves.

    Parameters
    ----------
    organisations : pandas.DataFrame
        From `roeptoeter.simulate.ground.rename_organisations`.
    behaviour : pandas.DataFrame
        What the accounts did in the edition of the same year: edition_year, organisation, messages (own), replies,
        has_account, has_page (on Facebook); organisations that are not in it have neither.
    rng : numpy.random.Generator
    assumptions : Assumptions
    calibrate : bool
        Whether counts of respondents and of answers are the published or ASSUMED ones; otherwise each is a draw.

    Returns
    -------
    pandas.DataFrame
        A row a respondent: wave, region, organisation, submitted_at (UTC), language ("nl", "en"), then a column an item or
        option, in the order of the questionnaire. Yes and no, and ticks, are 1 and 0; `joins_outside` is 1 to 4,
        `self_score` 1 to 10, `remark` text, empty where nothing was written. Missing (Int64): the wave did not ask, or
        the respondent was not shown the question.

    Notes
    -----
    How far a municipality is, a standard normal that no item measures, rises with its population and mostly lasts; every
    answer is a noisy look at it, and those on answering also at the share of replies among the messages of the same
    quarter. The k highest say yes, so that the count is exact and the items still hang together. Most say that they
    answer questions, so that many do whose accounts hardly reply. The barriers have a common part beside it.
    """
    tables = []
    for region in sorted({wave.region for wave in WAVES.values()}):
        waves = {name: wave for name, wave in WAVES.items() if wave.region == region}
        tables += _simulate_region(
            organisations, behaviour, region, waves, rng, assumptions, calibrate
        )
    survey = pd.concat(tables, ignore_index=True).sort_values(
        ["wave", "submitted_at", "organisation"], ignore_index=True
    )
    keys = ["wave", "region", "organisation", "submitted_at", "language"]
    return survey[[*keys, *_COLUMNS]]


def _simulate_region(organisations, behaviour, region, waves, rng, assumptions, calibrate):
    """Simulate the waves of one region; what lasts of a municipality lasts under its code."""
    own = organisations[organisations["region"].eq(region)]
    years = [wave.year for wave in waves.values()]
    population = own.pivot(index="code", columns="edition_year", values="population")[years]
    sizes = np.log(population)
    # who is not there in a year gets any number: nothing is asked of it
    sizes = ((sizes - sizes.mean()) / sizes.std(ddof=0)).fillna(0.0).to_numpy()
    known = _place_behaviour(behaviour, population.index, years)
    lasting = _Lasting(rng, len(population), assumptions.survey_answer_stability)
    far = _simulate_maturity(sizes, rng, assumptions)
    willing = _draw_willingness(sizes, known["has_account"], rng, assumptions)
    tables = []
    for column, (name, wave) in enumerate(waves.items()):
        exists = population[wave.year].notna().to_numpy()
        invited = exists.copy()
        if wave.invited is not None:
            invited[:] = False
            invited[rng.choice(np.flatnonzero(exists), wave.invited, replace=False)] = True
        answered = _choose_respondents(willing[:, column], invited, wave, calibrate)
        look = _Look(
            name, far[:, column], {key: part[:, column] for key, part in known.items()}, exists, answered, lasting,
            lasting.draw("burden"), assumptions, calibrate,
        )  # fmt: skip
        tables.append(_answer(look, population.index.to_numpy(), wave, rng, assumptions))
    return tables


class _Lasting:
    """Standard normal noise by name, of which a part stays with a municipality over the waves."""

    def __init__(self, rng, number, stability):
        self.rng, self.number, self.stability = rng, number, stability
        self.parts = {}

    def draw(self, name):
        if name not in self.parts:
            self.parts[name] = self.rng.standard_normal(self.number)
        fresh = self.rng.standard_normal(self.number)
        return np.sqrt(self.stability) * self.parts[name] + np.sqrt(1 - self.stability) * fresh


def _simulate_maturity(sizes, rng, assumptions):
    stays = assumptions.survey_maturity_stability
    lasting = rng.standard_normal((len(sizes), 1))
    fresh = rng.standard_normal(sizes.shape)
    loading = assumptions.survey_size_loading
    own = np.sqrt(stays) * lasting + np.sqrt(1 - stays) * fresh
    return loading * sizes + np.sqrt(1 - loading**2) * own


def _draw_willingness(sizes, has_account, rng, assumptions):
    scores = assumptions.survey_size_slope * sizes + assumptions.survey_account_shift * has_account
    noise = rng.logistic(size=scores.shape)
    fresh = rng.random(scores.shape) < assumptions.survey_willingness_renewal
    for wave in range(1, scores.shape[1]):
        noise[:, wave] = np.where(fresh[:, wave], noise[:, wave], noise[:, wave - 1])
    return scores + noise


def _choose_respondents(willing, invited, wave, calibrate):
    places = np.flatnonzero(invited)
    answered = np.zeros(len(willing), dtype=bool)
    if calibrate:
        answered[places[take_largest(willing[places], wave.respondents)]] = True
    else:
        share = wave.respondents / len(places)
        centre = willing[places].mean()
        answered[places] = willing[places] > centre - np.log(share / (1 - share))
    return answered


def _place_behaviour(behaviour, codes, years):
    """Lay out by code and year the normal score of the share of replies, and who has which account."""
    placed = {
        name: np.zeros((len(codes), len(years))) for name in ("replying", "has_account", "has_page")
    }
    for column, year in enumerate(years):
        rows = behaviour[behaviour["edition_year"].eq(year)].set_index("organisation")
        rows = rows.reindex(codes)
        share = (rows["replies"] / rows["messages"].where(rows["messages"] > 0)).fillna(0)
        ranks = (rankdata(share) - 0.5) / len(share)
        placed["replying"][:, column] = ndtri(ranks)
        for name in ("has_account", "has_page"):
            placed[name][:, column] = rows[name].eq(True).to_numpy(dtype=float)
    return placed


@dataclass
class _Look:
    """One wave's looks at its municipalities; arrays have a row a municipality of the region."""

    wave: str
    far: np.ndarray
    known: dict[str, np.ndarray]
    exists: np.ndarray
    answered: np.ndarray
    lasting: _Lasting
    burden: np.ndarray
    assumptions: Assumptions
    calibrate: bool

    def score(self, column: str) -> np.ndarray:
        """Return a standard normal look; the further a municipality, the higher, but of what goes down with it."""
        loading = self.assumptions.survey_maturity_loading
        noise = self.lasting.draw(column)
        if column.endswith("]"):
            loading = self.assumptions.survey_option_loading
        if column.startswith("barriers"):
            common = self.assumptions.survey_barrier_loading
            noise = common * self.burden + np.sqrt(1 - common**2) * noise
        if column.startswith("barriers") or column == "communication_solely_responsible":
            loading = -loading
        scores = loading * self.far + np.sqrt(1 - loading**2) * noise
        if column in _ON_BEHAVIOUR:
            loading = self.assumptions.survey_behaviour_loading
            scores = loading * self.known["replying"] + np.sqrt(1 - loading**2) * scores
        if column in _ON_PRESENCE:
            scores = scores + self.assumptions.survey_presence_shift * self.known[_ON_PRESENCE[column]]  # fmt: skip
        return scores

    def say_yes(self, column: str, share: float, shown: np.ndarray) -> np.ndarray:
        """Return who of those to whom it was shown says yes: the share that was aimed at, or a draw around it."""
        scores = self.score(column)
        if not self.calibrate:
            return shown & (scores > np.quantile(scores[self.exists], 1 - share))
        places = np.flatnonzero(shown)
        yes = np.zeros(len(scores), dtype=bool)
        yes[places[take_largest(scores[places], round(share * len(places)))]] = True
        return yes


def _answer(look, codes, wave, rng, assumptions):
    """Lay out the answers of one wave."""
    shares = {
        column: (yes / base, base) for name, column, yes, base, _ in PUBLISHED_ANSWERS if name == look.wave
    } | {
        column: (share, None) for column, name, share in assumptions.survey_shares if name == look.wave
    }  # fmt: skip
    number = len(codes)
    begin = pd.Timestamp(wave.first_day, tz="UTC") + pd.Timedelta(hours=7)
    moments = rng.integers(0, 30, number) * 86_400 + rng.integers(0, 9 * 3600, number)
    english = rng.random(number) < assumptions.survey_english_share
    columns = {
        "wave": np.full(number, look.wave), "region": np.full(number, wave.region), "organisation": codes,
        "submitted_at": begin + pd.to_timedelta(moments, unit="s"),
        "language": np.where(english, "en", "nl"),
    }  # fmt: skip
    active = look.answered
    ticked = {}
    for column in _COLUMNS[:-2]:
        if column == "joins_outside":
            cuts = ndtri(np.cumsum(assumptions.survey_joins_outside)[:-1])
            steps = pd.Series(1 + np.searchsorted(cuts, look.score(column))).astype("Int64")
            columns[column] = steps.where(pd.Series(active))
            continue
        if column not in shares:
            columns[column] = pd.array([pd.NA] * number, dtype="Int64")
            continue
        share, base = shares[column]
        shown = active if base == ACTIVE_2016 else look.answered
        ticked[column] = look.say_yes(column, share, shown)
        columns[column] = (
            pd.Series(ticked[column].astype(int)).astype("Int64").where(pd.Series(shown))
        )
        if column == "is_active":
            active = ticked[column]
    marks = assumptions.survey_self_score_mean + assumptions.survey_self_score_spread * look.score("self_score")  # fmt: skip
    columns["self_score"] = np.clip(np.rint(marks), 1, 10).astype(int)
    columns["remark"] = write_remarks(rng, english, ticked, assumptions)
    table = pd.DataFrame(columns)[look.answered]
    return table.astype({"self_score": "Int64"})


def write_remarks(
    rng: np.random.Generator,
    english: np.ndarray,
    ticked: dict[str, np.ndarray],
    assumptions: Assumptions,
) -> np.ndarray:
    """Write invented answers to an open question on what is needed.

    Parameters
    ----------
    rng : numpy.random.Generator
    english : numpy.ndarray of bool
        By respondent: in English, else in Dutch.
    ticked : dict of str to numpy.ndarray of bool
        Who ticked `barriers[knowledge]`, `barriers[time]` and `barriers[budget]`, where that was asked.
    assumptions : Assumptions

    Returns
    -------
    numpy.ndarray of object
        Texts beginning with SIMULATED; empty where nothing was written.
    """
    number = len(english)
    weights = np.tile(assumptions.survey_needs, (number, 1))
    for place, need in enumerate(NEEDS):
        named = ticked.get(f"barriers[{need}]", np.zeros(number, dtype=bool))
        weights[named, place] *= assumptions.survey_barrier_pull
    # the first of exponential draws over their weights are a weighted draw without replacement
    order = np.argsort(rng.exponential(size=weights.shape) / weights, axis=1)
    variants = rng.integers(0, 2, weights.shape)
    written = rng.random(number) < assumptions.survey_remark_share
    none = rng.random(number) < assumptions.survey_no_need_share
    second = rng.random(number) < assumptions.survey_second_need_share
    needs = list(NEEDS)
    texts = np.full(number, "", dtype=object)
    for place in np.flatnonzero(written):
        language = "en" if english[place] else "nl"
        if none[place]:
            texts[place] = _NO_NEEDS[language][variants[place, 0]]
            continue
        asked = [
            NEEDS[needs[need]][language][variants[place, need]]
            for need in order[place, : 1 + second[place]]
        ]
        joined = (" en " if language == "nl" else " and ").join(asked)
        texts[place] = f"{_OPENINGS[language]} {joined}."
    return texts
