"""Phases from indicators: by hand, every completion of what is missing, signs, and oracles for agreement and classes."""

import itertools

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from roeptoeter.estimators.phases import (
    RULES,
    Placement,
    assign_phases,
    differs,
    find_steps,
    fit_latent_classes,
    place_units,
    resample_latent_classes,
    score_indicators,
    waive_indicator,
    weigh_agreement,
)

NAN = np.nan
CUTS = [1, 3, 4]

WITH_GAPS = arrays(float, st.tuples(st.integers(1, 4), st.just(5)), elements=st.sampled_from([0.0, 1.0, NAN]))  # fmt: skip
WHOLE = arrays(float, st.tuples(st.integers(1, 6), st.just(5)), elements=st.sampled_from([0.0, 1.0]))  # fmt: skip
CUT_POINTS = st.lists(st.integers(1, 5), min_size=1, max_size=4, unique=True).map(sorted)
FEW = settings(max_examples=60, deadline=None)


def place(met, cuts, rule):
    return place_units(np.atleast_2d(met), cuts, rule)


# ------------------------------------------------------------------------------------------------ by hand


@pytest.mark.parametrize(
    ("met", "gate", "total"),
    [
        ([0, 0, 0, 0, 0], (0, 1), (0, 1)),
        ([1, 0, 1, 1, 1], (1, 2), (4, 4)),
        ([1, 1, 1, 0, 1], (3, 3), (4, 4)),
        ([0, 1, 1, 1, 1], (0, 1), (4, 4)),
        ([1, 1, 1, 1, 0], (4, 4), (4, 4)),
        ([1, 1, 0, 0, 0], (2, 2), (2, 2)),
    ],
)
def test_expected_phases_by_hand(met, gate, total):
    for rule, (score, phase) in (("gate", gate), ("sum", total)):
        placed = place(met, CUTS, rule)
        assert (placed.score_low[0], placed.phase_low[0]) == (score, phase)
        assert placed.is_known.all()


def test_the_phase_is_the_number_of_cut_points_reached_and_one():
    assert assign_phases([0, 1, 2, 3, 4, 5], CUTS).tolist() == [1, 2, 2, 3, 4, 4]
    # two cut points that fell together leave the phase between them empty
    assert assign_phases([0, 1, 2], [1, 1, 2]).tolist() == [1, 3, 4]


@FEW
@given(WHOLE)
def test_the_gate_never_counts_more_than_the_sum_and_both_agree_on_a_ladder(met):
    gate, total = (score_indicators(met, rule) for rule in RULES)
    assert (gate <= total).all()
    is_ladder = (np.diff(met, axis=1) <= 0).all(axis=1)
    assert ((gate == total) == is_ladder).all()
    assert (total == met.sum(axis=1)).all()
    # the gate by its definition, one unit after another
    assert gate.tolist() == [next((j for j, y in enumerate(row) if not y), 5) for row in met]


# ------------------------------------------------------------------------------------------------ what is missing


@FEW
@given(WITH_GAPS, CUT_POINTS, st.sampled_from(RULES))
def test_an_interval_holds_every_completion_and_no_more(met, cuts, rule):
    placed = place_units(met, cuts, rule)
    for unit, row in enumerate(met):
        gaps = np.flatnonzero(np.isnan(row))
        phases = set()
        for completion in itertools.product((0.0, 1.0), repeat=len(gaps)):
            filled = row.copy()
            filled[gaps] = completion
            phases.add(int(place(filled, cuts, rule).phase_low[0]))
        assert (placed.phase_low[unit], placed.phase_high[unit]) == (min(phases), max(phases))


def test_what_stands_behind_a_failed_gate_need_not_be_known():
    placed = place([1, 0, NAN, NAN, NAN], CUTS, "gate")
    assert placed.is_known.all()
    assert place([1, 0, NAN, NAN, NAN], CUTS, "sum").phase_high[0] == 4


# ------------------------------------------------------------------------------------------------ signs


@FEW
@given(WHOLE, CUT_POINTS, st.sampled_from(RULES), st.integers(0, 4))
def test_meeting_one_more_lowers_no_phase_and_asking_for_more_raises_none(
    met, cuts, rule, place_of
):
    before = place_units(met, cuts, rule)
    better = met.copy()
    better[:, place_of] = 1
    assert (place_units(better, cuts, rule).phase_low >= before.phase_low).all()
    stricter = [min(cut + 1, 5) for cut in cuts]
    assert (place_units(met, stricter, rule).phase_low <= before.phase_low).all()
    waived = waive_indicator(met, place_of)
    assert (place_units(waived, cuts, rule).phase_low >= before.phase_low).all()
    assert (met <= waived).all()


@FEW
@given(WHOLE, CUT_POINTS, st.integers(0, 4))
def test_an_indicator_that_is_waived_is_one_that_is_left_out(met, cuts, place_of):
    waived = place_units(waive_indicator(met, place_of), cuts, "gate").phase_low
    fewer = np.delete(met, place_of, axis=1)
    lower = [cut - (cut > place_of) for cut in cuts]
    assert (place_units(fewer, lower, "gate").phase_low == waived).all()


# ------------------------------------------------------------------------------------------------ the next phase


@FEW
@given(WITH_GAPS, CUT_POINTS, st.sampled_from(RULES))
def test_the_steps_lead_to_the_next_phase_and_none_can_be_spared(met, cuts, rule):
    placed, steps = place_units(met, cuts, rule), find_steps(met, cuts, rule)
    known = np.where(np.isnan(met), 0.0, met)
    for unit in range(len(met)):
        phase, distance = placed.phase_low[unit], steps.distance[unit]
        candidates = np.flatnonzero(steps.candidates[unit])
        if phase == len(cuts) + 1:
            assert (distance, len(candidates)) == (0, 0)
            continue
        assert 1 <= distance <= len(candidates)
        assert rule == "sum" or distance == len(candidates)
        reached = known[unit].copy()
        reached[candidates[:distance]] = 1
        assert place(reached, cuts, rule).phase_low[0] > phase
        reached[candidates[distance - 1]] = 0
        assert place(reached, cuts, rule).phase_low[0] == phase


# ------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: score_indicators([[0.5]], "sum"), "1 \\(met\\), 0"),
        (lambda: score_indicators([[1, NAN]], "sum"), "see place_units"),
        (lambda: score_indicators([[1]], "mean"), "unknown rule 'mean'"),
        (lambda: place_units([[1, 0]], [1, 3], "gate"), "3 of 2 indicators"),
        (lambda: assign_phases([1], [2, 1]), "must not fall"),
        (lambda: waive_indicator([[1]], 1), "no indicator 1 among 1"),
        (lambda: weigh_agreement([1, 1], [1, 1], 3, estimand="a"), "by chance"),
        (lambda: weigh_agreement([1, 4], [1, 1], 3, estimand="a"), "from 1 to 3"),
        (lambda: fit_latent_classes(np.ones((7, 3)), 2, seed=1), "7 units cannot tell 7 parameters"),
        (lambda: fit_latent_classes(np.full((9, 3), NAN), 2, seed=1), "nothing is known"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ------------------------------------------------------------------------------------------------ agreement


def rate(table):
    """Turn a table of two raters into the ratings of each unit."""
    table = np.array(table)
    rows, columns = np.indices(table.shape)
    return np.repeat(rows.ravel() + 1, table.ravel()), np.repeat(columns.ravel() + 1, table.ravel())


def test_kappa_is_that_of_published_tables():
    # Sim and Wright (2005), Physical Therapy 85, 257-268: pain of 100 patients in four grades, quadratic .67
    first, second = rate([[15, 3, 1, 1], [4, 18, 3, 2], [4, 5, 16, 4], [1, 2, 4, 17]])
    agreement = weigh_agreement(first, second, 4, estimand="agreement")
    assert agreement.value == pytest.approx(0.67, abs=0.005)
    assert agreement.n == 100
    # irr (R), kappa2(anxiety[, 2:3], "squared"): 20 persons, raters 2 and 3, the grades in order
    second = [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4]
    third = [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2]
    grades = {grade: place for place, grade in enumerate(sorted({*second, *third}), start=1)}
    ratings = ([grades[grade] for grade in rater] for rater in (second, third))
    assert weigh_agreement(*ratings, 5, estimand="agreement").value == pytest.approx(0.2520325, abs=1e-6)  # fmt: skip


def test_kappa_by_its_formula_and_its_ends():
    rng = np.random.default_rng(5)
    first = rng.integers(1, 6, 80)
    second = np.clip(first + rng.integers(-1, 2, 80), 1, 5)
    expected = 1 - np.mean((first - second) ** 2) / np.mean(np.subtract.outer(first, second) ** 2)
    agreement = weigh_agreement(first, second, 5, estimand="agreement")
    assert agreement.value == pytest.approx(expected, abs=1e-12)
    assert agreement.low < agreement.value < agreement.high <= 1
    same = weigh_agreement(first, first, 5, estimand="agreement")
    assert (same.value, same.low, same.high) == pytest.approx((1, 1, 1))
    assert weigh_agreement(first, 6 - first, 5, estimand="agreement").value < 0


def test_a_unit_is_placed_otherwise_where_either_end_moved():
    one = Placement(*(np.array(ends) for ends in ([1, 1, 1], [1, 2, 1], [1, 1, 2], [2, 2, 2])))
    other = one._replace(phase_high=np.array([2, 3, 2]))
    assert differs(one, other).tolist() == [False, True, False]


# ------------------------------------------------------------------------------------------------ latent classes


@pytest.fixture(scope="module")
def carcinoma():
    return pd.read_csv(ROOT / "tests" / "oracles" / "carcinoma.csv").to_numpy(dtype=float)


def test_latent_classes_are_those_of_polca(carcinoma):
    two = fit_latent_classes(carcinoma, 2, seed=1)
    assert two.log_likelihood == pytest.approx(-317.2568, abs=1e-3)
    assert two.parameters == 15
    assert two.bic == pytest.approx(2 * 317.2568 + 15 * np.log(118), abs=2e-3)
    assert two.shares.sum() == pytest.approx(1)
    # the class that meets more comes last
    assert (np.diff(two.probabilities.mean(axis=1)) > 0).all()
    assert carcinoma[two.assigned == 1].mean() > carcinoma[two.assigned == 0].mean()


def test_one_class_is_independence_and_another_class_fits_no_worse(carcinoma):
    shares = carcinoma.mean(axis=0)
    expected = (carcinoma * np.log(shares) + (1 - carcinoma) * np.log(1 - shares)).sum()
    one = fit_latent_classes(carcinoma, 1, starts=1, seed=1)
    assert one.log_likelihood == pytest.approx(expected, abs=1e-6)
    assert fit_latent_classes(carcinoma, 2, seed=1).log_likelihood > one.log_likelihood
    gaps = carcinoma.copy()
    gaps[:6, 0] = NAN
    known = fit_latent_classes(gaps, 2, seed=1)
    assert -317.2568 < known.log_likelihood < -300


def test_stability_is_one_where_classes_are_apart_and_near_none_where_there_are_none():
    rng = np.random.default_rng(8)
    kinds = rng.random(80) < 0.5
    apart = (rng.random((80, 6)) < np.where(kinds, 0.95, 0.05)[:, None]).astype(float)
    fitted = fit_latent_classes(apart, 2, seed=3)
    assert ((fitted.assigned == 1) == kinds).all()
    stable = resample_latent_classes(apart, fitted, draws=4, starts=2, seed=3)
    noise = (rng.random((80, 6)) < 0.5).astype(float)
    loose = resample_latent_classes(noise, fit_latent_classes(noise, 2, starts=3, seed=3), draws=4, starts=2, seed=3)  # fmt: skip
    assert len(stable) == 4
    assert stable.min() > 0.9
    assert np.median(loose) < 0.6
    assert (stable == resample_latent_classes(apart, fitted, draws=4, starts=2, seed=3)).all()
