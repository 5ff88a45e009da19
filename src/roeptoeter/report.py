"""What a notebook says and leaves behind: claims, prose made of values, tables, figures, files.

A notebook opens one `Report`. Through it, every number that a reader sees comes from a value, and every
sentence that may be quoted becomes a claim in the ledger.
"""

import csv
import html
import io
import json
import math
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import display
from matplotlib.figure import Figure

from roeptoeter.errors import InputError
from roeptoeter.estimators.estimate import INTERVAL_MEANING, Estimate
from roeptoeter.plots.style import draw_svg, stamp_simulated
from roeptoeter.study import ROOT, Study, display_path, load_study, write_bytes, write_text

#: Columns of the ledger, in order.
CLAIM_COLUMNS = [
    "claim_id", "headline", "sentence", "value", "low", "high", "unit", "interval_kind", "interval",
    "confidence", "n", "estimand", "evidence", "notebook", "study",
]  # fmt: skip

#: Columns of the ledger of coefficients, in order.
COEFFICIENT_COLUMNS = [
    "notebook", "model", "term", "plain_name", "reference_category", "estimate", "low", "high", "unit",
    "interval_kind", "p", "n",
]  # fmt: skip

EVIDENCE = {"published", "register", "published and register", "measured", "SIMULATED"}

# Eight digits are more than any figure here bears, and few enough that another processor writes the same bytes.
_DIGITS = 8


class _ProseFormatter(string.Formatter):
    """`str.format` for sentences: a real minus sign, and missing values refused rather than printed."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, float) and math.isnan(value):
            raise ValueError("a sentence cannot print a missing number")
        text = format(value, format_spec)
        return text.replace("-", "−") if isinstance(value, int | float) else text


def write_sentence(template: str, **values: Any) -> str:
    """Fill a sentence's `{placeholders}` from values.

    Parameters
    ----------
    template : str
        Text with `str.format` fields: ``"{change.value:.1f} points"``.
    **values
        Numbers, texts or `Estimate` objects.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a number is missing (NaN).

    Examples
    --------
    >>> write_sentence("a change of {change:.1f} points", change=-0.3)
    'a change of −0.3 points'
    """
    return _ProseFormatter().format(template, **values)


def describe_interval(estimate: Estimate, decimals: int = 1) -> str:
    """Write an interval with its kind in words; empty for an estimate without interval.

    Parameters
    ----------
    estimate : Estimate
    decimals : int
        Decimals to print.

    Returns
    -------
    str
        Such as "6.0 to 8.0 percentage points; interval of rounding".
    """
    if estimate.interval_kind == "none":
        return ""
    low, high = (
        write_sentence("{end:,.{decimals}f}", end=end, decimals=decimals)
        for end in (estimate.low, estimate.high)
    )
    if math.isinf(estimate.high):
        ends = f"at least {low}"
    elif math.isinf(estimate.low):
        ends = f"at most {high}"
    else:
        ends = f"{low} to {high}"
    level = f"{estimate.confidence:.0%} " if estimate.confidence else ""
    unit = estimate.unit if estimate.unit.startswith("%") else f" {estimate.unit}"
    return f"{ends}{unit}; {level}{estimate.interval_kind} interval"


def _clean(number: float | None) -> float | None:
    """Round to the digits that are kept, so that two machines write the same file."""
    if number is None or math.isnan(number):
        return None
    return float(f"{number:.{_DIGITS}g}")


@dataclass
class Report:
    """The record of one run of one notebook.

    Made by `open_report`. What it writes goes to `figures/<study>/`, `results/<study>/` and
    `data/processed/<study>/`; names begin with the notebook's number.
    """

    notebook: str
    study: Study
    claims: list[dict] = field(default_factory=list)
    coefficients: list[pd.DataFrame] = field(default_factory=list)
    own_evidence: str | None = None

    @property
    def number(self) -> str:
        """The notebook's number, with which the names of its files begin."""
        return self.notebook.split("-")[0]

    @property
    def is_simulated(self) -> bool:
        """Whether what it reports is made up: the account level of a simulated study, or a simulation."""
        return self.own_evidence == "SIMULATED"

    def for_accounts(self) -> "Report":
        """Return the report for what rests on account-level data: the study's own evidence, and marked as such.

        Claims go into the same ledger. Of a simulated study every file name, table and figure says SIMULATED.

        Returns
        -------
        Report
        """
        return replace(self, own_evidence=self.study.evidence)

    def for_simulation(self) -> "Report":
        """Return the report for what a simulation of a notebook's own shows: marked SIMULATED, whatever the study.

        Claims go into the same ledger. Every file name, table and figure says SIMULATED.

        Returns
        -------
        Report
        """
        return replace(self, own_evidence="SIMULATED")

    @property
    def _prefix(self) -> str:
        return "SIMULATED: " if self.is_simulated else ""

    @property
    def _badge(self) -> str:
        return '<span class="badge">SIMULATED</span> ' if self.is_simulated else ""

    def _name_file(self, name: str) -> str:
        return f"{self.number}-SIMULATED-{name}" if self.is_simulated else f"{self.number}-{name}"

    def _mark(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame if self.own_evidence is None else frame.assign(is_simulated=self.is_simulated)

    def read(self, table: str) -> pd.DataFrame:
        """Read a processed table of the study.

        Parameters
        ----------
        table : str
            "figures", "organisations" and so on; see the dictionary in `data/processed/<study>/README.md`.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        InputError
            If 01-ingest has not written it yet.
        """
        path = self.study.processed / f"{table}.parquet"
        if not path.exists():
            raise InputError(
                f"{display_path(path)} is not there yet; run `make`, or the notebook 01-ingest first"
            )
        return pd.read_parquet(path)

    def write(self, frame: pd.DataFrame, table: str) -> None:
        """Write a processed table: Parquet for the notebooks, CSV for a person.

        Parameters
        ----------
        frame : pandas.DataFrame
        table : str
            The file's name without ending.
        """
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, compression="zstd")
        write_bytes(self.study.processed / f"{table}.parquet", buffer.getvalue())
        write_text(self.study.processed / f"{table}.csv", _write_csv(frame))

    def claim(
        self,
        claim_id: str,
        template: str,
        estimate: Estimate,
        *,
        evidence: str | None = None,
        headline: bool = False,
        lead: bool = False,
        decimals: int = 1,
        **values: Any,
    ) -> None:
        """Record a sentence that may be quoted, and show it with its interval.

        Parameters
        ----------
        claim_id : str
            Unique in the notebook, kebab-case.
        template : str
            The sentence; `{value}`, `{low}`, `{high}`, `{n}` are those of the estimate.
        estimate : Estimate
            The number claimed, with its interval, estimand and unit.
        evidence : {"published", "register", "published and register", "measured", "SIMULATED"}
            What it rests on; at account level that is the study's, of a simulation SIMULATED, and not given.
        headline : bool
            Whether it belongs to the answer on top of the page.
        lead : bool
            Whether it is the one of its notebook that the site's front page begins with; a headline then.
        decimals : int
            Decimals of the printed interval.
        **values
            Further numbers of the sentence.

        Raises
        ------
        ValueError
            If the id is used already or the evidence is not one of the known kinds.
        """
        if any(claim["claim_id"] == claim_id for claim in self.claims):
            raise ValueError(f"claim {claim_id!r} is recorded already")
        if self.own_evidence is not None:
            if evidence is not None:
                raise ValueError(
                    "at account level the evidence is the study's, of a simulation SIMULATED; leave it out"
                )
            evidence = self.own_evidence
        if evidence not in EVIDENCE:
            raise ValueError(f"unknown evidence {evidence!r}; known: {sorted(EVIDENCE)}")
        sentence = write_sentence(
            template,
            value=estimate.value,
            low=estimate.low,
            high=estimate.high,
            n=estimate.n,
            **values,
        )
        interval = describe_interval(estimate, decimals)
        self.claims.append(
            {
                "claim_id": claim_id,
                "headline": headline or lead,
                "lead": lead,
                "sentence": sentence,
                "value": _clean(estimate.value),
                "low": _clean(estimate.low) if math.isfinite(estimate.low) else None,
                "high": _clean(estimate.high) if math.isfinite(estimate.high) else None,
                "unit": estimate.unit,
                "interval_kind": estimate.interval_kind,
                "interval": interval,
                "confidence": estimate.confidence,
                "n": None if estimate.n is None else int(estimate.n),
                "estimand": estimate.estimand,
                "evidence": evidence,
            }
        )
        span = (
            f' <span class="interval" title="{html.escape(INTERVAL_MEANING[estimate.interval_kind])}">'
            f"{html.escape(interval)}</span>"
            if interval
            else ""
        )
        _show(
            f'<p class="claim" id="claim-{html.escape(claim_id)}">{self._badge}{html.escape(sentence)}{span}</p>',
            f"{self._prefix}{sentence} [{interval}]" if interval else f"{self._prefix}{sentence}",
        )

    def tell(self, template: str, **values: Any) -> None:
        """Show a paragraph whose numbers come from values; it is not recorded as a claim.

        Parameters
        ----------
        template : str
            Text with `{placeholders}`.
        **values
            What fills them.
        """
        text = write_sentence(template, **values)
        _show(f'<p class="told">{html.escape(text)}</p>', f"{self._prefix}{text}")

    def table(
        self,
        frame: pd.DataFrame,
        caption: str,
        *,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
        formats: Mapping[str, str | Callable[[Any], str]] | None = None,
        missing: str = "–",
    ) -> None:
        """Show a table that a screen reader can walk, and optionally write it as CSV.

        Parameters
        ----------
        frame : pandas.DataFrame
            The first column heads the rows. The index is not shown.
        caption : str
            What the table holds.
        name : str, optional
            Writes `results/<study>/NN-name.csv` and links it.
        labels : mapping, optional
            Headings by column; without one, the column's name with spaces.
        formats : mapping, optional
            By column, a format specification (".1f") or a function to text.
        missing : str
            What stands where there is no value.
        """
        labels, formats = dict(labels or {}), dict(formats or {})
        unknown = (set(labels) | set(formats)) - set(frame.columns)
        if unknown:
            raise ValueError(f"the table has no columns {sorted(unknown)}")
        caption = f"{self._prefix}{caption}"
        stem = self._name_file(name or _slug(caption))
        identifier = f"table-{stem}"
        link = ""
        if name:
            write_text(self.study.results / f"{stem}.csv", _write_csv(self._mark(frame)))
            link = f'<p class="downloads"><a href="tables/{stem}.csv">Table (CSV)</a></p>'
        columns = list(frame.columns)
        # the first column names the rows, and a name stands at the left
        numeric = {
            column: place > 0
            and pd.api.types.is_numeric_dtype(frame[column])
            and not pd.api.types.is_bool_dtype(frame[column])
            for place, column in enumerate(columns)
        }
        head = "".join(
            f'<th scope="col"{" class=" + chr(34) + "number" + chr(34) if numeric[column] else ""}>'
            f"{html.escape(labels.get(column, _heading(column)))}</th>"
            for column in columns
        )
        rows = []
        for record in frame.itertuples(index=False, name=None):
            cells = []
            for position, (column, entry) in enumerate(zip(columns, record, strict=True)):
                text = html.escape(_format_cell(entry, formats.get(column), missing))
                if position == 0:
                    text = text or html.escape(
                        missing
                    )  # a row's head that says nothing cannot be read aloud
                    cells.append(f'<th scope="row">{text}</th>')
                elif numeric[column]:
                    sort = "" if _is_missing(entry) else f' data-sort="{entry:.{_DIGITS}g}"'
                    cells.append(f'<td class="number"{sort}>{text}</td>')
                else:
                    cells.append(f"<td>{text}</td>")
            rows.append(f"<tr>{''.join(cells)}</tr>")
        long = " long" if len(frame) > 12 else ""
        _show(
            f'<div class="table-scroll" role="region" aria-labelledby="{identifier}" tabindex="0">'
            f'<table class="data{long}"><caption id="{identifier}">{html.escape(caption)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>{link}",
            f"{caption}\n{frame.to_string(index=False, max_rows=20)}",
        )

    def figure(
        self,
        figure: Figure,
        name: str,
        *,
        alt: str,
        caption: str,
        data: pd.DataFrame,
        lead: bool = False,
    ) -> None:
        """Show a figure and write it as SVG with the numbers drawn in it as CSV beside it.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
        name : str
            Kebab-case; the files are `figures/<study>/NN-name.svg` and `.csv`.
        alt : str
            What a reader who cannot see the figure should know, in words: at least 40 characters. Numbers in it
            come from values, through `write_sentence`.
        caption : str
            What it shows and how to read it.
        data : pandas.DataFrame
            Exactly what is drawn.
        lead : bool
            Whether it is the figure for the site's front page.

        Raises
        ------
        ValueError
            If the alternative text says too little or the data are empty.
        """
        if len(alt) < 40:
            raise ValueError(f"the alternative text of {name} says too little: {alt!r}")
        if data.empty:
            raise ValueError(f"{name} has no data beside it")
        if self.is_simulated:
            stamp_simulated(figure)
            alt, caption = f"SIMULATED data. {alt}", f"SIMULATED data. {caption}"
        svg = draw_svg(figure)
        stem = self._name_file(name)
        write_bytes(self.study.figures / f"{stem}.svg", svg)
        write_text(self.study.figures / f"{stem}.csv", _write_csv(self._mark(data)))
        display(
            {"image/svg+xml": svg.decode("utf-8"), "text/plain": alt},
            metadata={
                "image/svg+xml": {"name": stem, "alt": alt, "caption": caption, "lead": lead}
            },
            raw=True,
        )

    def record_coefficients(self, coefficients: pd.DataFrame) -> None:
        """Add the coefficients of a model to the ledger `results/<study>/regressions.csv`.

        Parameters
        ----------
        coefficients : pandas.DataFrame
            A row a term, with the columns of `COEFFICIENT_COLUMNS` except `notebook`.

        Raises
        ------
        ValueError
            If a column is missing or unknown.
        """
        expected = set(COEFFICIENT_COLUMNS) - {"notebook"}
        if set(coefficients.columns) != expected:
            difference = sorted(expected ^ set(coefficients.columns))
            raise ValueError(f"the coefficients' columns differ in {difference}")
        self.coefficients.append(coefficients.assign(notebook=self.notebook)[COEFFICIENT_COLUMNS])

    def save(self) -> None:
        """Write the claims, and the coefficients where there are any; the last cell of a notebook.

        Raises
        ------
        ValueError
            If nothing was claimed, or no claim is a headline.
        """
        if not any(claim["headline"] for claim in self.claims):
            raise ValueError(f"{self.notebook} records no headline claim")
        content = {
            "notebook": self.notebook,
            "study": self.study.name,
            "title": read_title(ROOT / "notebooks" / f"{self.notebook}.ipynb"),
            "claims": self.claims,
        }
        write_text(
            self.study.results / f"{self.notebook}.json",
            json.dumps(content, indent=1, ensure_ascii=False) + "\n",
        )
        if self.coefficients:
            write_text(
                self.study.results / f"{self.number}-regressions.csv",
                _write_csv(pd.concat(self.coefficients)),
            )
        text = f"{len(self.claims)} claims recorded."
        _show(f'<p class="told">{text}</p>', text)


def open_report(notebook: str, study: str) -> Report:
    """Open the report of a notebook on a study; the first thing a notebook does.

    Parameters
    ----------
    notebook : str
        The notebook's name without ending, "03-year-on-year".
    study : str
        A study with a file in `studies/`.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        If the study is unknown or its file is not valid.
    """
    return Report(notebook, load_study(study))


def read_title(notebook: Path) -> str:
    """Return the question that heads a notebook: the text of its first line, without the `#`.

    Parameters
    ----------
    notebook : pathlib.Path
        An .ipynb file.

    Returns
    -------
    str
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "".join(cells[0]["source"]).splitlines()[0].removeprefix("#").strip()


def join_ledger(study: Study) -> None:
    """Join the claims and the coefficients of all notebooks into `claims.csv` and `regressions.csv`.

    Parameters
    ----------
    study : Study
    """
    claims = []
    for path in sorted(study.results.glob("[0-9][0-9]-*.json")):
        # claims whose notebook is gone are left over from an earlier run
        if not (ROOT / "notebooks" / f"{path.stem}.ipynb").exists():
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        claims += [
            {**claim, "notebook": content["notebook"], "study": content["study"]}
            for claim in content["claims"]
        ]
    if not claims:
        raise InputError(f"{display_path(study.results)} holds no claims; run `make` first")
    write_text(study.results / "claims.csv", _write_csv(pd.DataFrame(claims)[CLAIM_COLUMNS]))
    tables = [
        pd.read_csv(path, dtype=str, keep_default_na=False)
        for path in sorted(study.results.glob("[0-9][0-9]-regressions.csv"))
    ]
    joined = pd.concat(tables) if tables else pd.DataFrame(columns=COEFFICIENT_COLUMNS)
    write_text(study.results / "regressions.csv", _write_csv(joined))


def _show(markup: str, plain: str) -> None:
    display({"text/html": markup, "text/plain": plain}, raw=True)


def _write_csv(frame: pd.DataFrame) -> str:
    return frame.to_csv(
        index=False,
        float_format=f"%.{_DIGITS}g",
        lineterminator="\n",
        quoting=csv.QUOTE_MINIMAL,
    )


def _is_missing(entry: Any) -> bool:
    return entry is None or entry is pd.NA or (isinstance(entry, float) and math.isnan(entry))


def _format_cell(entry: Any, how: str | Callable[[Any], str] | None, missing: str) -> str:
    if _is_missing(entry):
        return missing
    if callable(how):
        return how(entry)
    if how is not None:
        return write_sentence("{entry:" + how + "}", entry=entry)
    return write_sentence("{entry}", entry=entry)


def _heading(column: str) -> str:
    text = column.replace("_", " ")
    return text[:1].upper() + text[1:]


def _slug(text: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in text.lower())
    return "-".join(part for part in kept.split("-") if part)[:40]
