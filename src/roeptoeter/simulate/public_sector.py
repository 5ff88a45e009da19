"""The questionnaire of 2019 among communication advisers in the public sector: 38 filled forms, without a frame.

The items are those of `studies/questionnaires/public-sector.yaml`.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtri

from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.simulate.ground import take_largest
from roeptoeter.simulate.survey import write_remarks

#: Filled forms.
RESPONDENTS = 38

#: Respondents by answer: column, those who say yes, choose or tick, of how many, figure. Whether the idle pages are among
#: the pages on which respondents call themselves active or come on top is open; ASSUMED: they are among them.
PUBLISHED_COUNTS = (
    ("is_active", 33, 38, "F105"),
    ("channels[website]", 33, 38, "F106"),
    ("channels[facebook]", 33, 38, "F107"),
    ("channels[linkedin]", 25, 38, "F108"),
    ("channels[instagram]", 20, 38, "F109"),
    ("offers_direct_messages", 21, 38, "F110"),
    ("offers_email", 33, 38, "F111"),
    ("too_little_information", 14, 38, "F112"),
    ("upkeep_instagram[idle]", 6, 20, "F113"),
    ("upkeep_linkedin[idle]", 5, 25, "F114"),
)

#: Steps of what is asked on upkeep.
UPKEEP = ("active", "idle", "none")

# What only those can do who are active on social media at all.
_OF_THE_ACTIVE = ("channels[facebook]", "channels[linkedin]", "channels[instagram]", "channels[twitter]",
                  "offers_direct_messages")  # fmt: skip


def simulate_public_sector(
    rng: np.random.Generator, assumptions: Assumptions, calibrate: bool
) -> pd.DataFrame:
    """Simulate the filled forms.

    Parameters
    ----------
    rng : numpy.random.Generator
    assumptions : Assumptions
    calibrate : bool
        Whether the counts are the published or ASSUMED ones; otherwise each is a draw.

    Returns
    -------
    pandas.DataFrame
        A row a respondent: wave, submitted_at (UTC), language, then a column an item or option: 1 and 0 for yes and no and
        for ticks; one of `UPKEEP` for the three questions on upkeep; 1 to 5 for the marks; `needs` text.

    Notes
    -----
    As in the other questionnaire, every answer is a noisy look at how far an organisation is.
    """
    far = rng.standard_normal(RESPONDENTS)
    loading = assumptions.survey_maturity_loading
    shares = {column: (yes / RESPONDENTS, yes) for column, yes, _, _ in PUBLISHED_COUNTS}
    assumed = {
        column: (share, round(share * RESPONDENTS))
        for column, wave, share in assumptions.survey_shares
        if wave == "2019"
    }

    def look(sign: int = 1) -> np.ndarray:
        return sign * loading * far + np.sqrt(1 - loading**2) * rng.standard_normal(RESPONDENTS)

    def say_yes(column: str, among: np.ndarray, sign: int = 1) -> np.ndarray:
        share, count = (shares | assumed)[column]
        scores = look(sign)
        yes = np.zeros(RESPONDENTS, dtype=bool)
        places = np.flatnonzero(among)
        if calibrate:
            yes[places[take_largest(scores[places], count)]] = True
        else:
            yes[places] = scores[places] > ndtri(
                1 - min(share * RESPONDENTS / max(len(places), 1), 1)
            )
        return yes

    everybody = np.ones(RESPONDENTS, dtype=bool)
    moments = rng.integers(0, 40, RESPONDENTS) * 86_400 + rng.integers(0, 9 * 3600, RESPONDENTS)
    english = rng.random(RESPONDENTS) < assumptions.survey_english_share
    active = say_yes("is_active", everybody)
    ticks = {"is_active": active}
    for channel in ("website", "facebook", "linkedin", "instagram", "twitter"):
        column = f"channels[{channel}]"
        ticks[column] = say_yes(column, active if column in _OF_THE_ACTIVE else everybody)
    columns = {
        "wave": np.full(RESPONDENTS, "2019"),
        "submitted_at": pd.Timestamp("2019-03-04 07:00", tz="UTC") + pd.to_timedelta(moments, unit="s"),
        "language": np.where(english, "en", "nl"),
    } | {column: yes.astype(int) for column, yes in ticks.items()}  # fmt: skip
    for channel in ("facebook", "linkedin", "instagram"):
        has_page = ticks[f"channels[{channel}]"]
        idle = say_yes(f"upkeep_{channel}[idle]", has_page, sign=-1)
        columns[f"upkeep_{channel}"] = np.select([~has_page, idle], ["none", "idle"], "active")
    columns["offers_direct_messages"] = say_yes("offers_direct_messages", active).astype(int)
    columns["offers_email"] = say_yes("offers_email", everybody).astype(int)
    columns["too_little_information"] = say_yes("too_little_information", everybody, sign=-1).astype(int)  # fmt: skip
    for name in ("knowledge_of_staff", "knowledge_of_leaders"):
        cuts = ndtri(np.cumsum(getattr(assumptions, f"survey_{name}"))[:-1])
        columns[name] = 1 + np.searchsorted(cuts, look())
    columns["needs"] = write_remarks(rng, english, {}, assumptions)
    return pd.DataFrame(columns).sort_values("submitted_at", ignore_index=True)
