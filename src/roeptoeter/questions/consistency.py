"""Can everything that was published be true at once? The question of 02-published-figures.

The checks and the tests of single figures are data: `data/manual/checks.csv`, `figure_tests.csv`
and `contradictions.yaml` hold expressions, and this module evaluates them on the figures and the
registers. The names and functions that an expression may use are listed in
`data/manual/README.md`.
"""

import ast
import math
import numbers
import re
from pathlib import Path

import numpy as np
import pandas as pd
from simpleeval import EvalWithCompoundTypes, FunctionNotDefined, InvalidExpression, NameNotDefined

from roeptoeter.errors import InputError
from roeptoeter.estimators.estimate import Estimate
from roeptoeter.estimators.proportions import wilson_interval
from roeptoeter.estimators.rounding import admissible_bases, admissible_counts, rounding_interval
from roeptoeter.published import get_figure

CHECKS_FILE = "data/manual/checks.csv"
TESTS_FILE = "data/manual/figure_tests.csv"
CONTRADICTIONS_FILE = "data/manual/contradictions.yaml"

#: What a person may decide about a check that arithmetic does not decide.
JUDGED_VERDICTS = ("not_comparable", "undecided", "holds", "fails")

#: What a figure may be compared with, and the verdict when the two agree.
COMPARED_WITH = {
    "register": "reproduced",
    "other source": "reproduced",
    "other figure of the article": "follows within rounding",
    "the article it retells": "follows within rounding",
    "another retelling of its source": "follows within rounding",
    "an article that retells it": "follows within rounding",
    "none": "not computable",
}

#: The verdicts on a figure, best first.
FIGURE_VERDICTS = ("reproduced", "follows within rounding", "contradicted", "not computable")

#: Why a figure cannot be tested.
NOT_COMPUTABLE_BECAUSE = (
    "account-level data not published",
    "answers not published",
    "base not stated",
    "stated in words",
    "stated nowhere else",
    "advice, not a measurement",
    "a rule or a description, not a measurement",
)

# Shares of municipalities: the register gives the base where the article gives none.
_SHARES_OF_MUNICIPALITIES = ("presence", "active_on_platform", "interacts_with_followers")

_REGIONS = {"NL": "the Netherlands", "VL": "Flanders", "BE": "Belgium", "INT": "international"}

_PLURALS = {
    "municipality": "municipalities",
    "local_authority": "local authorities",
    "public_organisation": "public organisations",
    "police_zone": "police zones",
    "rescue_zone": "rescue zones",
    "municipal_council": "municipal councils",
    "vng_poll_participant": "participants of a poll",
    "ocmw": "OCMWs",
    "municipality+police": "municipalities and police",
}

_HOURS_IN_WEEK = 7 * 24


def mean_wait_behind_office_hours(days: int, opens: float, closes: float) -> float:
    """Compute the mean wait that opening hours alone cause.

    Questions arrive evenly over the week; one that arrives while the desk is open is answered at
    once, the others when it next opens. A model, not an observation: real desks need time and
    questions come in bursts.

    Parameters
    ----------
    days : int
        Days a week that the desk is open, counted from Monday: 5 or 7.
    opens, closes : float
        Hours of the day, 0 to 24.

    Returns
    -------
    float
        Mean wait over all questions, in hours: the sum of half of each closed stretch squared,
        over the hours of a week.

    Raises
    ------
    ValueError
        If there is no such week.

    Examples
    --------
    >>> round(mean_wait_behind_office_hours(5, 9, 17), 1)
    15.2
    >>> mean_wait_behind_office_hours(7, 0, 24)
    0.0
    """
    if not 1 <= days <= 7 or not 0 <= opens < closes <= 24:
        raise ValueError(f"no week has {days} days from {opens} to {closes} h")
    night = 24 - closes + opens
    weekend = _HOURS_IN_WEEK - days * (closes - opens) - (days - 1) * night
    return ((days - 1) * night**2 / 2 + weekend**2 / 2) / _HOURS_IN_WEEK


class _Evidence:
    """The names and functions of the expressions, over one set of figures and registers."""

    def __init__(self, figures: pd.DataFrame, organisations: pd.DataFrame):
        self.figures = figures.set_index("figure_id", drop=False)
        self.organisations = organisations
        self.names = {
            figure_id: _plain(
                row.printed_text if pd.isna(row.printed_number) else row.printed_number
            )
            for figure_id, row in zip(self.figures.index, figures.itertuples(), strict=True)
        } | _count_registers(organisations)
        functions = {
            "round": round, "min": min, "max": max, "abs": abs, "len": len, "sum": sum, "all": all,
            "mean_wait": mean_wait_behind_office_hours,
        }  # fmt: skip
        functions |= {
            name: getattr(self, name)
            for name in (
                "share", "counts", "bases", "fitting_bases", "low", "high", "agrees", "truncates",
                "almost", "wilson", "count_of", "base_of", "measure", "subgroup", "says", "year",
                "edition", "days", "is_municipality", "province", "inhabitants",
            )
        }  # fmt: skip
        self.evaluator = EvalWithCompoundTypes(functions=functions, names=self.names)

    def evaluate(self, expression: str, place: str):
        """Evaluate one expression, telling every fault in one line that begins with `place`."""
        try:
            tree = ast.parse(expression.strip(), mode="eval").body
            return _plain(self.evaluator.eval(expression, previously_parsed=tree))
        except SyntaxError as fault:
            raise InputError(f"{place}: {expression!r} is no expression ({fault.msg})") from None
        except NameNotDefined as fault:
            raise InputError(
                f"{place}: unknown name {fault.name}; expected a figure such as F003 "
                "or a register quantity such as nl_municipalities_2014"
            ) from None
        except FunctionNotDefined as fault:
            raise InputError(
                f"{place}: unknown function {fault.func_name}; known: "
                f"{', '.join(sorted(self.evaluator.functions))}"
            ) from None
        except InputError as fault:
            raise InputError(f"{place}: {fault}") from None
        except (
            InvalidExpression, ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
        ) as fault:  # fmt: skip
            raise InputError(
                f"{place}: {expression!r} cannot be computed ({' '.join(str(fault).split())})"
            ) from None

    def fill(self, template: str, place: str, *results, **named) -> str:
        """Fill a text's `{placeholders}`: results by position, numbers and figures by name."""
        try:
            return template.format(*results, **(self.names | named)).strip()
        except (AttributeError, LookupError, TypeError, ValueError) as fault:
            raise InputError(
                f"{place}: the text {template[:60]!r} cannot be filled ({fault})"
            ) from None

    # What follows are the functions of the language.

    def share(self, part, whole):
        return 100 * part / whole

    def _row(self, figure_id):
        if figure_id in self.figures.index:
            return self.figures.loc[figure_id]
        return get_figure(self.figures, figure_id)  # refuses it, with the nearest ids

    def _percentage(self, figure_id):
        row = self._row(figure_id)
        if row.unit != "%" or pd.isna(row.printed_decimals):
            raise InputError(f"{figure_id} is no printed percentage")
        return float(row.printed_number), int(row.printed_decimals)

    def counts(self, figure_id, n):
        percentage, decimals = self._percentage(figure_id)
        return admissible_counts(percentage, int(n), decimals).tolist()

    def bases(self, count, figure_id):
        percentage, decimals = self._percentage(figure_id)
        return admissible_bases(int(count), percentage, decimals).tolist()

    def fitting_bases(self, figure_id, highest):
        return [n for n in range(1, int(highest) + 1) if self.counts(figure_id, n)]

    def low(self, figure_id):
        return read_as_interval(self._row(figure_id))[0]

    def high(self, figure_id):
        return read_as_interval(self._row(figure_id))[1]

    def agrees(self, figure_id, obtained):
        return _meets(self._row(figure_id), obtained)

    def truncates(self, figure_id, obtained):
        row = self._row(figure_id)
        unit = 10.0 ** -int(row.printed_decimals)
        return math.isclose(math.trunc(obtained / unit) * unit, row.printed_number)

    def almost(self, round_number, obtained):
        return round_number - _last_step(round_number, 0) <= obtained < round_number

    def wilson(self, count, n):
        interval = wilson_interval(int(count), int(n))
        return [100 * interval.low, 100 * interval.high]

    def count_of(self, figure_id):
        return self._known(figure_id, "numerator")

    def base_of(self, figure_id):
        return self._known(figure_id, "denominator")

    def year(self, figure_id):
        return self._known(figure_id, "measured_year")

    def edition(self, figure_id):
        return self._known(figure_id, "edition_year")

    def subgroup(self, figure_id):
        return self._known(figure_id, "subgroup")

    def _known(self, figure_id, column):
        found = self._row(figure_id)[column]
        if pd.isna(found):
            raise InputError(f"{figure_id} has no {column}")
        return _plain(found)

    def measure(self, figure_id):
        row = self._row(figure_id)
        return f"{row.metric} on {row.platform}"

    def says(self, figure_id, words):
        return words in self._known(figure_id, "quote")

    def days(self, figure_id):
        quarter = pd.Period(self._known(figure_id, "period").replace("-Q", "Q"), freq="Q")
        return (quarter.end_time.normalize() - quarter.start_time).days + 1

    def is_municipality(self, name, year):
        return not self._municipality(name, year).empty

    def province(self, name, year):
        return self._one_municipality(name, year).province

    def inhabitants(self, name, year):
        return int(self._one_municipality(name, year).population)

    def _municipality(self, name, year):
        table = self.organisations
        return table[table["name"].eq(name) & table["edition_year"].eq(year)]

    def _one_municipality(self, name, year):
        found = self._municipality(name, year)
        if len(found) != 1:
            raise InputError(
                f"the register of {year} has {len(found)} municipalities named {name!r}"
            )
        return found.iloc[0]


def read_as_interval(figure: pd.Series) -> tuple[float, float]:
    """Read a printed number as the interval that its decimals and its qualifier leave open.

    Parameters
    ----------
    figure : pandas.Series
        A row of figures: printed_number, printed_decimals, qualifier, figure_id.

    Returns
    -------
    low, high : float
        Without qualifier, or with "about", the rounding interval: "about" is given no room of its
        own, since nobody knows how much. "almost x" runs from one step below x, "just over x" to
        one step above, a step being one unit of the last digit that is not a zero: almost 80 is 70
        to 80. "more than", "at least" and "less than" are open to one side.

    Raises
    ------
    InputError
        If the figure is stated in words or as a fraction, so that no decimals are known.

    Examples
    --------
    >>> printed = {"figure_id": "F1", "printed_number": 80.0, "printed_decimals": 0}
    >>> read_as_interval(pd.Series({**printed, "qualifier": "almost"}))
    (70.0, 80.0)
    """
    if pd.isna(figure.printed_number) or pd.isna(figure.printed_decimals):
        raise InputError(f"{figure.figure_id} is stated in words; it has no rounding interval")
    printed, decimals = float(figure.printed_number), int(figure.printed_decimals)
    sign, size = (-1, -printed) if printed < 0 else (1, printed)
    step = _last_step(size, decimals)
    qualifier = "about" if pd.isna(figure.qualifier) else figure.qualifier
    low, high = {
        "about": rounding_interval(size, decimals),
        "almost": (size - step, size),
        "just_over": (size, size + step),
        "more_than": (size, math.inf),
        "at_least": (size, math.inf),
        "less_than": (0.0, size),
    }[qualifier]
    return (low, high) if sign > 0 else (-high, -low)


def _last_step(size: float, decimals: int) -> float:
    step = 10.0 ** -max(decimals, 0)
    while size and math.isclose(size % (10 * step), 0):
        step *= 10
    return step


def _meets(figure: pd.Series, obtained) -> bool:
    """Tell whether a number, or the range of a list of numbers, meets what is printed."""
    low, high = read_as_interval(figure)
    values = obtained if isinstance(obtained, list) else [obtained]
    if not values:
        return False
    smallest, largest = min(values), max(values)
    if figure.printed_number < 0:  # a printed loss: the half-open interval turns with its sign
        low, high, smallest, largest = -high, -low, -largest, -smallest
    # the low end belongs to the interval, the high end does not; the slack is that of floats
    return bool(largest >= low - 1e-9 and smallest < high - 1e-9)


def _count_registers(organisations: pd.DataFrame) -> dict[str, int]:
    """Compute every register quantity that an expression may name."""
    quantities = {}
    for (region, year), table in organisations.groupby(["region", "edition_year"]):
        counted = {"municipalities": len(table), "population": table["population"].sum()}
        counted |= table["size_class"].value_counts().to_dict()
        quantities |= {f"{region.lower()}_{what}_{year}": int(n) for what, n in counted.items()}
    return quantities


def _plain(found):
    """Turn numpy's and pandas' scalars into Python's, and whole floats into integers."""
    if isinstance(found, list | tuple | np.ndarray):
        return [_plain(item) for item in found]
    if isinstance(found, bool | np.bool_):
        return bool(found)
    if isinstance(found, numbers.Real):
        return int(found) if float(found).is_integer() else float(found)
    return found


def _as_text(result) -> str:
    if isinstance(result, list):
        return ", ".join(_as_text(item) for item in result) or "none"
    if isinstance(result, bool):
        return "yes" if result else "no"
    if isinstance(result, float):
        grouped = f"{result:,.2f}" if abs(result) >= 10_000 else f"{result:.2f}"
        return grouped.rstrip("0").rstrip(".").replace("-", "−")
    if isinstance(result, int):
        return (f"{result:,}" if abs(result) >= 10_000 else str(result)).replace("-", "−")
    return str(result)


def _require_columns(table: pd.DataFrame, file: str, columns: tuple[str, ...]) -> pd.DataFrame:
    for column in columns:
        if column not in table.columns:
            raise InputError(
                f"{file}: column {column} is missing; found {', '.join(table.columns)}"
            )
    repeated = table[columns[0]].duplicated()
    if repeated.any():
        raise InputError(
            f"{file}, {table.loc[repeated, columns[0]].iloc[0]}: stands twice; keep one row"
        )
    return table.fillna("")


def read_decisions(path: Path) -> pd.DataFrame:
    """Read checks.csv or figure_tests.csv, every cell as the text it is.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    pandas.DataFrame
        An empty cell is an empty text. The columns are looked at where the table is used.

    Raises
    ------
    InputError
        If the file is missing or is no CSV in UTF-8.
    """
    path = Path(path)
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, index_col=False)
    except FileNotFoundError:
        raise InputError(f"{path} is missing; put it back from the repository") from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as fault:
        raise InputError(
            f"{path}: expected comma-separated values in UTF-8 ({' '.join(str(fault).split())})"
        ) from None


def evaluate_checks(
    checks: pd.DataFrame, figures: pd.DataFrame, organisations: pd.DataFrame
) -> pd.DataFrame:
    """Recompute every consistency check and give its verdict.

    Parameters
    ----------
    checks : pandas.DataFrame
        `data/manual/checks.csv` as text.
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        One row a check, in the order of the file: check_id, topic, statement, figure_ids, computed
        (the results as text, separated by semicolons), verdict ("holds", "fails",
        "not_comparable", "undecided"), verdict_from ("criterion" where arithmetic decides,
        "judgement" where the wording does), reason.

    Raises
    ------
    InputError
        If a column is missing, an id stands twice, an expression names what does not exist or
        cannot be computed, or a row has both a criterion and a judged verdict, or neither: file,
        check and field.
    """
    checks = _require_columns(
        checks,
        CHECKS_FILE,
        (
            "check_id", "topic", "statement", "figure_ids", "expression", "criterion",
            "verdict_if_judged", "reason",
        ),
    )  # fmt: skip
    evidence = _Evidence(figures, organisations)
    rows = []
    for check in checks.itertuples(index=False):
        place = f"{CHECKS_FILE}, {check.check_id}"
        for figure_id in filter(None, check.figure_ids.split(";")):
            if figure_id not in evidence.figures.index:
                raise InputError(
                    f"{place}: figure_ids names {figure_id}, which is not in figures.csv"
                )
        results = [
            evidence.evaluate(expression, f"{place}, expression")
            for expression in check.expression.split(" ; ")
            if expression.strip()
        ]
        rows.append(
            {
                "check_id": check.check_id,
                "topic": check.topic,
                "statement": evidence.fill(check.statement, f"{place}, statement", *results),
                "figure_ids": check.figure_ids,
                "computed": "; ".join(_as_text(result) for result in results),
                "verdict": _decide(check, evidence, place),
                "verdict_from": "criterion" if check.criterion else "judgement",
                "reason": evidence.fill(check.reason, f"{place}, reason", *results),
            }
        )
    return pd.DataFrame(rows)


def _decide(check, evidence: _Evidence, place: str) -> str:
    if bool(check.criterion) == bool(check.verdict_if_judged):
        raise InputError(
            f"{place}: expected either a criterion or a verdict_if_judged, and not both"
        )
    if check.verdict_if_judged:
        if check.verdict_if_judged not in JUDGED_VERDICTS:
            raise InputError(
                f"{place}: verdict_if_judged is {check.verdict_if_judged!r}; expected one of "
                f"{', '.join(JUDGED_VERDICTS)}"
            )
        return check.verdict_if_judged
    met = evidence.evaluate(check.criterion, f"{place}, criterion")
    if not isinstance(met, bool):
        raise InputError(
            f"{place}: the criterion gives {met!r}; expected a comparison, true or false"
        )
    return "holds" if met else "fails"


def judge_figures(
    tests: pd.DataFrame, figures: pd.DataFrame, organisations: pd.DataFrame
) -> pd.DataFrame:
    """Test each figure against what else is known and give its verdict.

    Parameters
    ----------
    tests : pandas.DataFrame
        `data/manual/figure_tests.csv` as text, one row a figure.
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        One row a test: figure_id, source_key, says (what the figure says), printed, obtained,
        verdict (see `FIGURE_VERDICTS`), compared_with, not_computable_because, reason. An
        expression that gives a number or a list is held against the printed number's interval
        (`read_as_interval`), one that gives true or false speaks for itself. "Contradicted" means
        that the figure cannot stand beside what it is compared with, not that it is the figure
        that errs.

    Raises
    ------
    InputError
        As `evaluate_checks`; also if a figure without expression gives no known reason.
    """
    tests = _require_columns(
        tests,
        TESTS_FILE,
        ("figure_id", "expression", "compared_with", "not_computable_because", "reason"),
    )
    evidence = _Evidence(figures, organisations)
    rows = []
    for test in tests.itertuples(index=False):
        place = f"{TESTS_FILE}, {test.figure_id}"
        if test.figure_id not in evidence.figures.index:
            raise InputError(f"{place}: there is no such figure in figures.csv")
        figure = evidence.figures.loc[test.figure_id]
        if test.compared_with not in COMPARED_WITH:
            raise InputError(
                f"{place}: compared_with is {test.compared_with!r}; expected one of "
                f"{', '.join(COMPARED_WITH)}"
            )
        compared = test.compared_with != "none"
        if compared != bool(test.expression) or compared == bool(test.not_computable_because):
            raise InputError(
                f"{place}: expected either an expression and what it is compared with, "
                "or compared_with none and not_computable_because"
            )
        obtained, verdict = None, "not computable"
        if compared:
            obtained = evidence.evaluate(test.expression, f"{place}, expression")
            meets = obtained if isinstance(obtained, bool) else _meets(figure, obtained)
            verdict = COMPARED_WITH[test.compared_with] if meets else "contradicted"
        elif test.not_computable_because not in NOT_COMPUTABLE_BECAUSE:
            raise InputError(
                f"{place}: not_computable_because is {test.not_computable_because!r}; "
                f"expected one of: {'; '.join(NOT_COMPUTABLE_BECAUSE)}"
            )
        rows.append(
            {
                "figure_id": test.figure_id,
                "source_key": figure.source_key,
                "says": describe_figure(figure),
                "printed": _write_printed(figure),
                "obtained": _write_range(obtained),
                "verdict": verdict,
                "compared_with": test.compared_with,
                "not_computable_because": test.not_computable_because or None,
                "reason": evidence.fill(test.reason, f"{place}, reason", obtained),
            }
        )
    return pd.DataFrame(rows)


def _write_range(obtained) -> str | None:
    if isinstance(obtained, bool):
        return "agrees" if obtained else "differs"
    if isinstance(obtained, list) and obtained and min(obtained) != max(obtained):
        return f"{_as_text(min(obtained))} to {_as_text(max(obtained))}"
    if isinstance(obtained, list) and obtained:
        return _as_text(obtained[0])
    return None if obtained is None else _as_text(obtained)


def compute_claimed_numbers(
    entries: dict[str, dict], figures: pd.DataFrame, organisations: pd.DataFrame
) -> dict[str, Estimate]:
    """Compute the numbers of the claims, in the language of the checks.

    Parameters
    ----------
    entries : dict of dict
        `claimed_numbers` of `data/manual/contradictions.yaml`: by name, an expression, the
        estimand, the unit and the interval_kind. A list's middle entry is the estimate, its
        smallest and largest are the interval; a single number has none.
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    dict of str to Estimate

    Raises
    ------
    InputError
        If an entry lacks a field, or its expression names what does not exist or cannot be
        computed.
    """
    evidence = _Evidence(figures, organisations)
    estimates = {}
    for name, entry in entries.items():
        place = f"{CONTRADICTIONS_FILE}, claimed_numbers, {name}"
        for field in ("expression", "estimand", "unit", "interval_kind"):
            if field not in entry:
                raise InputError(f"{place}: {field} is missing")
        found = evidence.evaluate(entry["expression"], place)
        values = found if isinstance(found, list) else [found]
        estimates[name] = Estimate(
            values[len(values) // 2],
            min(values),
            max(values),
            entry["interval_kind"],
            entry["estimand"],
            entry["unit"],
        )
    return estimates


def estimate_count(table: pd.DataFrame, verdict: str, estimand: str, unit: str) -> Estimate:
    """Count the rows with a verdict, as an estimate that leaves nothing open.

    Parameters
    ----------
    table : pandas.DataFrame
        What `evaluate_checks` or `judge_figures` returns.
    verdict, estimand, unit : str

    Returns
    -------
    Estimate
        With the number of all rows as n.
    """
    count = int((table["verdict"] == verdict).sum())
    return Estimate(count, count, count, "none", estimand, unit, len(table))


def count_verdicts(judged: pd.DataFrame) -> pd.DataFrame:
    """Count the figures of each article by verdict.

    Parameters
    ----------
    judged : pandas.DataFrame
        What `judge_figures` returns.

    Returns
    -------
    pandas.DataFrame
        One row an article and verdict, also where there is none: source_key, verdict, figures;
        articles in the order of their first figure, verdicts in that of `FIGURE_VERDICTS`.
    """
    pairs = pd.MultiIndex.from_product(
        [judged["source_key"].unique(), FIGURE_VERDICTS], names=["source_key", "verdict"]
    )
    counts = judged.groupby(["source_key", "verdict"]).size().reindex(pairs, fill_value=0)
    return counts.rename("figures").reset_index()


def describe_figure(figure: pd.Series) -> str:
    """Write what a figure says: metric, organisations, platform, region and year.

    Parameters
    ----------
    figure : pandas.Series
        A row of figures.

    Returns
    -------
    str
        Such as "Presence: municipalities, below 20,000 inhabitants, Twitter, Flanders 2016".
    """
    who = _PLURALS.get(figure.organisation_type, figure.organisation_type.replace("_", " "))
    if pd.notna(figure.subgroup):
        words = _write_subgroup(figure.subgroup)
        written = {
            "all": f"all {who}",
            "respondents": f"{who} that answered",
            "corporate accounts": f"corporate accounts of {who}",
            "mean municipality": "the mean municipality",
        }.get(words, f"{who}, {words}")
        who = words if words[0].isupper() else written
    platform = None
    if pd.notna(figure.platform):
        # Google+ keeps its sign; one between two names joins them
        platform = re.sub(r"\+(?=\w)", " and ", figure.platform).replace("any", "social media")
    place = f"{_REGIONS[figure.region]} {figure.measured_year}"
    metric = figure.metric.replace("_", " ").replace("facebook", "Facebook")
    metric = metric.replace("netherlands", "the Netherlands")
    return f"{metric[0].upper()}{metric[1:]}: {', '.join(filter(None, (who, platform, place)))}"


def _write_subgroup(subgroup: str) -> str:
    words = subgroup.replace("_", " ")
    for pattern, written in (
        (r"inhabitants (\d+) (\d+)", "{} to {} inhabitants"),
        (r"inhabitants lt (\d+)", "below {} inhabitants"),
        (r"inhabitants le (\d+)", "up to {} inhabitants"),
        (r"inhabitants ge (\d+)", "{} inhabitants and more"),
        (r"inhabitants gt (\d+)", "above {} inhabitants"),
    ):
        found = re.fullmatch(pattern, words)
        if found:
            return written.format(*(f"{int(bound):,}" for bound in found.groups()))
    return words


def _write_printed(figure: pd.Series) -> str:
    if pd.isna(figure.printed_number):
        return figure.printed_text
    decimals = 0 if pd.isna(figure.printed_decimals) else max(int(figure.printed_decimals), 0)
    number = f"{figure.printed_number:,.{decimals}f}".replace("-", "−")
    unit = "" if pd.isna(figure.unit) else figure.unit.replace("_", " ")
    if unit in ("rank", "edition"):
        return f"{unit} {number}"
    if unit == "calendar year":
        return f"{figure.printed_number:.0f}"
    qualifier = "" if pd.isna(figure.qualifier) else figure.qualifier.replace("_", " ")
    return f"{qualifier} {number} {unit}".strip()


def admissible_count_table(figures: pd.DataFrame, organisations: pd.DataFrame) -> pd.DataFrame:
    """List the counts that each printed percentage admits, and the bases that a printed count does.

    Parameters
    ----------
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        One row a percentage of organisations or respondents whose base or count is known:
        figure_id, source_key, says, printed, base, base_from ("stated", "derived" or "register":
        where the article gives no base, all municipalities of the class are counted),
        lowest_count, highest_count, counts (how many; 0 if no count of this base is printed so),
        lowest_base, highest_base, bases (how many bases the printed count admits; only for
        response shares, whose count is printed).

    Notes
    -----
    A percentage without decimals admits at least one count of every base of 100 and more: that it
    does is then no evidence. Figures with a qualifier such as "almost" are left out, and those
    stated as a fraction.
    """
    evidence = _Evidence(figures, organisations)
    rows = []
    for figure in figures.itertuples(index=False):
        shown_exactly = figure.unit == "%" and figure.statistic == "share"
        shown_exactly &= pd.notna(figure.printed_decimals) and pd.notna(figure.printed_number)
        shown_exactly &= pd.isna(figure.qualifier) or figure.qualifier == "about"
        if not shown_exactly or figure.subgroup == "mean_municipality":
            continue
        base, base_from = figure.denominator, figure.denominator_basis
        if pd.isna(base):
            base, base_from = _find_base(figure, evidence.names), "register"
        has_count = figure.metric == "questionnaire_response_share" and pd.notna(figure.numerator)
        if pd.isna(base) and not has_count:
            continue
        counts = [] if pd.isna(base) else evidence.counts(figure.figure_id, base)
        bases = evidence.bases(figure.numerator, figure.figure_id) if has_count else []
        rows.append(
            {
                "figure_id": figure.figure_id,
                "source_key": figure.source_key,
                "says": describe_figure(figure),
                "printed": _write_printed(figure),
                "base": base,
                "base_from": None if pd.isna(base) else base_from,
                "lowest_count": min(counts, default=pd.NA),
                "highest_count": max(counts, default=pd.NA),
                "counts": pd.NA if pd.isna(base) else len(counts),
                "lowest_base": min(bases, default=pd.NA),
                "highest_base": max(bases, default=pd.NA),
                "bases": len(bases) if has_count else pd.NA,
            }
        )
    table = pd.DataFrame(rows)
    whole = [
        "base",
        "lowest_count",
        "highest_count",
        "counts",
        "lowest_base",
        "highest_base",
        "bases",
    ]
    return table.astype(dict.fromkeys(whole, "Int64"))


def _find_base(figure, names: dict):
    """Return the register's number of municipalities that a share is of, or a missing value."""
    if figure.organisation_type != "municipality" or figure.metric not in _SHARES_OF_MUNICIPALITIES:
        return pd.NA
    classes = {
        "all": ["municipalities"],
        "inhabitants_lt_20000": ["below_20000"],
        "inhabitants_20000_50000": ["20000_to_50000"],
        "inhabitants_le_50000": ["below_20000", "20000_to_50000"],
        "inhabitants_gt_50000": ["above_50000"],
    }.get(figure.subgroup, [])
    keys = [f"{figure.region.lower()}_{what}_{figure.measured_year}" for what in classes]
    return sum(names[key] for key in keys) if keys and all(key in names for key in keys) else pd.NA


def find_contradictions(
    entries: list[dict], checks: pd.DataFrame, figures: pd.DataFrame, organisations: pd.DataFrame
) -> pd.DataFrame:
    """Write out the statements that cannot all be true, with their numbers.

    Parameters
    ----------
    entries : list of dict
        `data/manual/contradictions.yaml`: contradiction_id, title, check_ids (the first decides),
        statements (texts), numbers (name to expression), paragraph. Texts have `{placeholders}`
        for the numbers and for figures by id.
    checks : pandas.DataFrame
        What `evaluate_checks` returns.
    figures, organisations : pandas.DataFrame
        The processed tables.

    Returns
    -------
    pandas.DataFrame
        One row a contradiction, in the order given: contradiction_id, title, check_ids, statements
        (joined by semicolons), paragraph. An entry whose first check no longer fails is left out.

    Raises
    ------
    InputError
        If an entry lacks a field, names an unknown check, or a text cannot be filled.
    """
    evidence = _Evidence(figures, organisations)
    verdicts = checks.set_index("check_id")["verdict"]
    rows = []
    for position, entry in enumerate(entries, start=1):
        place = f"{CONTRADICTIONS_FILE}, {entry.get('contradiction_id', f'entry {position}')}"
        for field in (
            "contradiction_id",
            "title",
            "check_ids",
            "statements",
            "numbers",
            "paragraph",
        ):
            if field not in entry:
                raise InputError(f"{place}: {field} is missing")
        unknown = [check_id for check_id in entry["check_ids"] if check_id not in verdicts.index]
        if unknown:
            raise InputError(f"{place}: there is no check {unknown[0]} in {CHECKS_FILE}")
        if verdicts[entry["check_ids"][0]] != "fails":
            continue
        numbers = {
            name: evidence.evaluate(expression, f"{place}, {name}")
            for name, expression in entry["numbers"].items()
        }
        statements = [evidence.fill(text, place, **numbers) for text in entry["statements"]]
        rows.append(
            {
                "contradiction_id": entry["contradiction_id"],
                "title": evidence.fill(entry["title"], place, **numbers),
                "check_ids": ", ".join(entry["check_ids"]),
                "statements": "; ".join(statements),
                "paragraph": " ".join(evidence.fill(entry["paragraph"], place, **numbers).split()),
            }
        )
    columns = ["contradiction_id", "title", "check_ids", "statements", "paragraph"]
    return pd.DataFrame(rows, columns=columns)
