"""The shape in which every estimate leaves the estimators."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

IntervalKind = Literal["rounding", "finite population", "superpopulation", "sensitivity", "none"]

#: What each kind of interval means, in the words that pages print beside it.
INTERVAL_MEANING: dict[str, str] = {
    "rounding": "every value that the printed, rounded figures admit",
    "finite population": "sampling error only, for a known and finite number of organisations",
    "superpopulation": "the organisations or respondents seen as one draw of a process; "
    "not the margin of error of a census",
    "sensitivity": "the range over the readings and assumptions named; not a confidence interval",
    "none": "no interval: a count or a value that leaves nothing open",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its interval and with what it is an estimate of.

    Parameters
    ----------
    value : float
        The point estimate; NaN where only an interval is known.
    low, high : float
        The interval's ends, in the unit of `value`; infinite where the data set no bound.
    interval_kind : {"rounding", "finite population", "superpopulation", "sensitivity", "none"}
        What the interval says; see `INTERVAL_MEANING`. The kinds are never merged.
    estimand : str
        What is estimated, in the terms of the field: "share of municipalities with an account".
    unit : str
        "%", "percentage points", "years", "odds ratio" and so on.
    n : int or None
        How many units (organisations, respondents, messages) it rests on.
    confidence : float or None
        Nominal level of a superpopulation or finite-population interval, between 0 and 1.

    Raises
    ------
    ValueError
        If the kind is not one of the five, or the value lies outside its interval.
    """

    value: float
    low: float
    high: float
    interval_kind: IntervalKind
    estimand: str
    unit: str
    n: int | None = None
    confidence: float | None = None

    def __post_init__(self):
        if self.interval_kind not in get_args(IntervalKind):
            raise ValueError(f"unknown kind of interval: {self.interval_kind!r}")
        slack = 1e-9 * max(1.0, abs(self.value)) if self.value == self.value else 0.0
        if self.low > self.high or self.value < self.low - slack or self.value > self.high + slack:
            raise ValueError(f"{self.value} is not within [{self.low}, {self.high}]")

    def scaled(self, factor: float, unit: str) -> "Estimate":
        """Return the same estimate in another unit, every number times a positive `factor`."""
        if factor <= 0:
            raise ValueError("the factor must be positive")
        return replace(
            self,
            value=self.value * factor,
            low=self.low * factor,
            high=self.high * factor,
            unit=unit,
        )
