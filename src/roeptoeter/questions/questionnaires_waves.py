"""What changed between the waves? Two waves of one questionnaire, with what is known of those who answered both."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from roeptoeter.errors import NotAnswerable
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.regression import adjust_p_values
from roeptoeter.estimators.survey_samples import compare_waves, correlate_answers, mcnemar_test
from roeptoeter.questions.disclosure import hide_small_groups, is_disclosive
from roeptoeter.questions.questionnaires_answers import WaveAnswers, read_wave


@dataclass(frozen=True, slots=True)
class PairedWaves:
    """Two waves of one questionnaire; from `pair_waves`.

    Parameters
    ----------
    before, after : WaveAnswers
    places : list of str
        The answers that both asked for, of the same respondents.
    shared : int
        Organisations that answered both.
    """

    before: WaveAnswers
    after: WaveAnswers
    places: list[str]
    shared: int

    @property
    def overlap(self) -> str:
        """Who answered both, in words that tell no small number: "124 municipalities answered both waves"."""
        threshold = self.before.smallest_group
        if is_disclosive(self.shared, threshold):
            return (
                f"fewer than {threshold} {self.after.units} answered both waves, too few to follow"
            )
        if not self.shared:
            return "no respondent is known to have answered both waves, so that both count as drawn apart"
        return f"{self.shared} {self.after.units} answered both waves"


def pair_waves(answers: WaveAnswers, wave_before: str) -> PairedWaves:
    """Put an earlier wave of a questionnaire beside a later one, and find who answered both.

    Parameters
    ----------
    answers : WaveAnswers
        Of the later wave.
    wave_before : str

    Returns
    -------
    PairedWaves

    Raises
    ------
    NotAnswerable
        If both are the same, the earlier has no answers, the two asked different organisations, or no item was asked alike.
    """
    survey, wave_after = answers.survey, answers.wave
    if wave_before == wave_after:
        raise NotAnswerable(
            f"wave_before and wave are both {wave_after!r}; name an earlier wave in `wave_before` to compare two"
        )
    form = survey.form
    if wave_before not in survey.waves:
        others = [name for name in survey.waves if name != wave_after]
        raise NotAnswerable(
            f"the study has no answers to wave {wave_before!r}, with which wave {wave_after!r} would be compared; "
            + (
                f"name another in `wave_before`: {', '.join(map(repr, others))}"
                if others
                else "no other wave has been answered"
            )
        )
    before, after = read_wave(survey, wave_before, answers.smallest_group), answers
    asked = [(form.waves[w].region, form.waves[w].organisation_type) for w in (wave_before, wave_after)]  # fmt: skip
    if asked[0] != asked[1]:
        raise NotAnswerable(
            f"waves {wave_before} and {wave_after} asked different organisations ({' '.join(asked[0])}, {' '.join(asked[1])}); "
            "name an earlier wave of the same in `wave_before`"
        )
    both = [
        place
        for place in after.aspects.index.intersection(before.aspects.index, sort=False)
        if after.aspects.loc[place, "kind"] in ("yes_no", "multiple")
        and after.aspects.loc[place, "asked_of"] == before.aspects.loc[place, "asked_of"]
    ]
    if not both:
        raise NotAnswerable(
            f"no item of the questionnaire {form.name} with the answers yes and no, or several, was asked in both "
            f"{wave_before} and {wave_after}"
        )
    shared = pd.Index(before.people["organisation"].dropna()).intersection(
        after.people["organisation"].dropna()
    )
    return PairedWaves(before, after, both, len(shared))


def tabulate_changes(pairs: PairedWaves, confidence: float) -> pd.DataFrame:
    """Give the change of every share between two waves, with what is known of those who answered both.

    Parameters
    ----------
    pairs : PairedWaves
    confidence : float

    Returns
    -------
    pandas.DataFrame
        A row per answer: topic, item, question, answer, name, n_before, before_percent, n_after, after_percent, n_both (Int64;
        missing where below the threshold), correlation (of the two answers of those in both; 0 where not known),
        change_points, low_points, high_points, unlinked_low_points and unlinked_high_points (as if nobody were known to be in
        both), p (McNemar, of those in both; yes-or-no items only), p_adjusted (Holm, over all items tested), is_rejected (at
        one less the confidence), is_hidden. p and p_adjusted are missing where those who turned either way are below the
        threshold: a p-value of so few tells how many.
    """
    rows = []
    threshold = pairs.after.smallest_group
    for place in pairs.places:
        aspect = pairs.after.aspects.loc[place]
        old, new = (
            wave.values[place].set_axis(wave.people["organisation"]).dropna()
            for wave in (pairs.before, pairs.after)
        )
        if old.empty or new.empty:
            continue
        joined = pd.concat(
            [part[part.index.notna()] for part in (old, new)], axis="columns", join="inner"
        )
        first, second = joined.iloc[:, 0], joined.iloc[:, 1]
        linked = len(joined) >= threshold
        # two digits: more would tell, in the interval too, how many single respondents turned
        correlation = round(correlate_answers(first, second), 2) if linked else 0.0
        shares = (old.mean(), len(old), new.mean(), len(new))
        change = compare_waves(
            *shares, shared=len(joined) if linked else 0, correlation=correlation, confidence=confidence
        ).estimate  # fmt: skip
        apart = compare_waves(*shares, confidence=confidence).estimate
        row = aspect[["topic", "item", "question", "answer", "name"]].to_dict()
        row |= {
            "n_before": len(old),
            "before_percent": 100 * old.mean(),
            "n_after": len(new),
            "after_percent": 100 * new.mean(),
            "n_both": len(joined) if linked else pd.NA,
            "correlation": correlation,
            "change_points": 100 * change.value,
            "low_points": 100 * change.low,
            "high_points": 100 * change.high,
            "unlinked_low_points": 100 * apart.low,
            "unlinked_high_points": 100 * apart.high,
            "p": np.nan,
            "is_telling": False,
        }
        if linked and aspect["kind"] == "yes_no":
            turned = (int((first > second).sum()), int((second > first).sum()))
            row["p"] = round(mcnemar_test(*turned).p, 4)
            row["is_telling"] = any(is_disclosive(number, threshold) for number in turned)
        for name, part in (("before", old), ("after", new)):
            row |= {f"yes_{name}": int(part.sum()), f"no_{name}": int((1 - part).sum())}
        for name, wave in (("before", pairs.before), ("after", pairs.after)):
            row[f"not_asked_{name}"] = int((~wave.is_asked[place]).sum())
        rows.append(row)
    table = pd.DataFrame(rows)
    table["n_both"] = table["n_both"].astype("Int64")
    tested = table["p"].notna()
    table["p_adjusted"] = np.nan
    table.loc[tested, "p_adjusted"] = adjust_p_values(table.loc[tested, "p"].astype(float), "holm")
    rejected = table["p_adjusted"].lt(1 - confidence).astype("boolean")
    table["is_rejected"] = rejected.where(tested)
    # of so few the p-value tells how many turned either way
    telling = table["is_telling"].eq(True)
    table.loc[telling, ["p", "p_adjusted"]] = np.nan
    table = table.drop(columns="is_telling")
    cells = ["yes_before", "no_before", "not_asked_before", "yes_after", "no_after", "not_asked_after"]  # fmt: skip
    values = [
        "before_percent", "after_percent", "n_both", "correlation", "change_points", "low_points", "high_points",
        "unlinked_low_points", "unlinked_high_points", "p", "p_adjusted", "is_rejected",
    ]  # fmt: skip
    hidden = hide_small_groups(
        table, counts=["n_before", "n_after", *cells], values=values, smallest_group=threshold
    )
    return hidden.drop(columns=cells)


def estimate_changed_items(changes: pd.DataFrame, confidence: float) -> Estimate:
    """Count the yes-or-no items of the declared family for which as many turning either way is rejected.

    Parameters
    ----------
    changes : pandas.DataFrame
        As `tabulate_changes` returns it.
    confidence : float
        One less the level of the family.

    Returns
    -------
    Estimate
        Without interval; n is the number of items tested and shown.

    Raises
    ------
    NotAnswerable
        If no item was tested.
    """
    tested = changes["is_rejected"].dropna()
    if tested.empty:
        raise NotAnswerable(
            "the declared test needs organisations that answered both waves, at least as many as the threshold, to a yes-or-no "
            "item; declare `organisation_column` for both exports in sources.yaml"
        )
    number = float(tested.sum())
    return Estimate(
        number, number, number, "none",
        "yes-or-no items for which more organisations turned one way than the other (McNemar, Holm)", "items", len(tested),
    )  # fmt: skip


def estimate_largest_change(changes: pd.DataFrame, confidence: float) -> tuple[pd.Series, Estimate]:
    """Give the largest change of a share between two waves.

    Parameters
    ----------
    changes : pandas.DataFrame
        As `tabulate_changes` returns it.
    confidence : float

    Returns
    -------
    row : pandas.Series
    change : Estimate
        In percentage points.

    Raises
    ------
    NotAnswerable
        If no change may be shown.
    """
    shown = changes[~changes["is_hidden"]]
    if shown.empty:
        raise NotAnswerable(
            "of every item that both waves asked, a group is below the threshold (parameter `smallest_group`)"
        )
    row = shown.loc[shown["change_points"].abs().idxmax()]
    change = Estimate(
        *row[["change_points", "low_points", "high_points"]].astype(float), "superpopulation",
        f"change of the share that says {row['answer']}: {row['question']}", "percentage points",
        int(row["n_before"] + row["n_after"] - (0 if pd.isna(row["n_both"]) else row["n_both"])), confidence,
    )  # fmt: skip
    return row, change


def estimate_gain_of_linking(changes: pd.DataFrame) -> Estimate:
    """Give by how much knowing who answered twice shortens the intervals of the changes.

    Parameters
    ----------
    changes : pandas.DataFrame
        As `tabulate_changes` returns it.

    Returns
    -------
    Estimate
        In %, the median over the answers, from the least to the most; negative where an interval grows.

    Raises
    ------
    NotAnswerable
        If no interval can be shortened.
    """
    linked = changes[changes["n_both"].notna() & ~changes["is_hidden"]]
    long = linked["unlinked_high_points"] - linked["unlinked_low_points"]
    gain = 100 * (1 - (linked["high_points"] - linked["low_points"]) / long)[long.gt(0)]
    if gain.empty:
        raise NotAnswerable(
            "nobody is known to have answered both waves, or too few; declare `organisation_column` for both exports"
        )
    return Estimate(
        float(gain.median()), float(gain.min()), float(gain.max()), "sensitivity",
        "shortening of the interval of a change by knowing who answered both waves", "%", len(gain),
    )  # fmt: skip
