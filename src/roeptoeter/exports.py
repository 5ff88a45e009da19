"""An analyst's own exports after they are read: their metrics, and what there is to say of each file."""

import datetime as dt
import io
from dataclasses import dataclass, fields

import pandas as pd

from roeptoeter.engines import open_engine
from roeptoeter.errors import InputError
from roeptoeter.messages import REASONS
from roeptoeter.metrics import MetricSettings, compute_account_metrics
from roeptoeter.sources.accounts import read_accounts
from roeptoeter.sources.declaration import Source, exports_folder, read_declarations
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.staging import Capabilities
from roeptoeter.study import Study, display_path, write_bytes

#: Questions a file may answer, by the capability that decides, in the order of the table.
QUESTIONS = {
    "messages": "messages listed",
    "created_at": "time of each",
    "replies": "replies to others",
    "self_replies": "replies to oneself apart",
    "parents": "response time",
    "reposts": "reposts apart",
    "followers": "followers",
    "reach": "views or reach",
    "interactions": "reactions",
}


@dataclass(frozen=True, slots=True)
class Exports:
    """What 01-ingest tells of a study's exports; every table is empty for a study without any.

    Parameters
    ----------
    files : pandas.DataFrame
        A row a file: the file log.
    reasons : pandas.DataFrame
        Rows per file and reason code, with what the code means.
    answers : pandas.DataFrame
        A row a file: what it can and cannot answer, "yes", or the reason why not.
    metrics, status : pandas.DataFrame
        See `roeptoeter.metrics.compute_account_metrics`.
    """

    files: pd.DataFrame
    reasons: pd.DataFrame
    answers: pd.DataFrame
    metrics: pd.DataFrame
    status: pd.DataFrame


def measure_accounts(study: Study) -> None:
    """Compute the account metrics of a study and write them beside its messages.

    Writes `account_metrics` and `metric_status`, as Parquet and as CSV. Without declared windows, one window runs from
    the first to the last message; rates are then biased upwards, and the edition is called "all messages".

    Parameters
    ----------
    study : Study

    Raises
    ------
    InputError
        If the exports were not read yet, a window is wrong, or the engine is missing.
    """
    messages = study.processed / "messages.parquet"
    snapshots = study.processed / "account_snapshots.parquet"
    if not messages.exists():
        raise InputError(
            f"{display_path(messages)} is not there; run `make STUDY={study.name}` first"
        )
    folder = exports_folder(study.name)
    sources = read_declarations(folder)
    engine = open_engine(study.engine, study.spark)
    try:
        metrics, status = compute_account_metrics(
            engine,
            messages,
            snapshots,
            list_accounts(study, sources),
            [window.model_dump() for window in study.windows] or _span_messages(messages),
            combine_capabilities(sources),
            MetricSettings(
                dormant_after_days=study.dormant_after_days, maturity_days=study.maturity_days
            ),
        )
    finally:
        engine.disconnect()
    for name, frame in (("account_metrics", metrics), ("metric_status", status)):
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, compression="zstd")
        write_bytes(study.processed / f"{name}.parquet", buffer.getvalue())
        text = frame.to_csv(index=False, float_format="%.8g", lineterminator="\n")
        write_bytes(study.processed / f"{name}.csv", text.encode("utf-8"))


def list_accounts(study: Study, sources: list[Source]) -> pd.DataFrame:
    """List whose account is whose: the account map, and what declarations and messages add to it.

    Parameters
    ----------
    study : Study
    sources : list of Source

    Returns
    -------
    pandas.DataFrame
        platform, account_id, organisation; accounts that the map names by handle only are found in the messages.
    """
    rows = [
        (account.platform, account.account_id, account.organisation)
        for account in read_accounts(exports_folder(study.name))
        if account.account_id
    ]
    rows += [
        (source.platform, source.account_id, source.organisation)
        for source in sources
        if source.account_id and source.organisation and source.platform != "survey"
    ]
    keys = ["platform", "account_id", "organisation"]
    return pd.DataFrame(rows, columns=keys).drop_duplicates(ignore_index=True)


def _span_messages(path) -> list[dict]:
    times = pd.read_parquet(path, columns=["created_at"])["created_at"]
    if times.empty:
        today = dt.date(1970, 1, 1)
        return [{"edition": "all messages", "start": today, "end": today}]
    return [{"edition": "all messages", "start": times.min().date(), "end": times.max().date()}]


def combine_capabilities(sources: list[Source]) -> dict[str, Capabilities]:
    """Say what each format of a study carries, by name of the format.

    Where a format's files carry different things, because each maps its own columns, only what all of them carry is
    said of the format: a metric is then computed from none rather than from a part that nobody sees.

    Parameters
    ----------
    sources : list of Source

    Returns
    -------
    dict of str to Capabilities
    """
    combined: dict[str, Capabilities] = {}
    for source in sources:
        carried = describe_capabilities(source)
        if carried is None:
            continue
        known = combined.get(source.format)
        combined[source.format] = carried if known is None else _take_worse(known, carried)
    return combined


def describe_capabilities(source: Source) -> Capabilities | None:
    """Say what one declared file carries; None for a file without messages."""
    kind = FORMATS[source.format]
    return kind.carries(source) if kind.carries else kind.capabilities


def _take_worse(first: Capabilities, second: Capabilities) -> Capabilities:
    order = ("no", "conditional", "yes")
    answers, reasons = {}, {}
    for name in (field.name for field in fields(Capabilities) if field.name != "reasons"):
        worse = min(first, second, key=lambda carried: order.index(getattr(carried, name)))
        answers[name] = getattr(worse, name)
        if name in worse.reasons:  # never the reason of the better of the two
            reasons[name] = worse.reasons[name]
    return Capabilities(**answers, reasons=reasons)


def tabulate_answers(sources: list[Source]) -> pd.DataFrame:
    """Tell of each declared file with messages what it can and cannot answer.

    Parameters
    ----------
    sources : list of Source

    Returns
    -------
    pandas.DataFrame
        file, format, reader ("has met real files" or "unverified: ..."), then a column for each of `QUESTIONS`
        with "yes", or with the reason.
    """
    rows = []
    for source in sources:
        carried = describe_capabilities(source)
        if carried is None:
            continue
        verified = FORMATS[source.format].verified
        row = {
            "file": source.file,
            "format": FORMATS[source.format].title,
            "reader": "has met real files" if verified else "unverified: no real file was seen",
        }
        for name, question in QUESTIONS.items():
            answer = getattr(carried, name)
            row[question] = answer if answer == "yes" else carried.reasons.get(name, answer)
        rows.append(row)
    return pd.DataFrame(rows, columns=["file", "format", "reader", *QUESTIONS.values()])


def open_exports(study: Study) -> Exports:
    """Read what was found out about a study's exports.

    Parameters
    ----------
    study : Study

    Returns
    -------
    Exports

    Raises
    ------
    InputError
        If there are exports, but they were not read yet.
    """
    sources = read_declarations(exports_folder(study.name))
    if not sources:
        empty = pd.DataFrame()
        return Exports(empty, empty, empty, empty, empty)
    tables = {}
    for name in ("file_log", "reasons", "account_metrics", "metric_status"):
        path = study.processed / f"{name}.parquet"
        if not path.exists():
            raise InputError(
                f"{display_path(path)} is not there yet; run `make STUDY={study.name}`"
            )
        tables[name] = pd.read_parquet(path)
    reasons = tables["reasons"].assign(
        meaning=tables["reasons"]["code"].map(lambda code: REASONS[code][1])
    )
    log = tables["file_log"]
    whole = log[["kept", "duplicates", "quarantined", "excluded"]].sum(axis=1)
    assert (log["rows_in"] == whole).all(), "a row was lost"
    return Exports(
        log, reasons, tabulate_answers(sources), tables["account_metrics"], tables["metric_status"]
    )


def summarise_status(status: pd.DataFrame) -> pd.DataFrame:
    """Count accounts by metric and status, with the reason where a metric is not computable.

    Parameters
    ----------
    status : pandas.DataFrame
        The table `metric_status`.

    Returns
    -------
    pandas.DataFrame
        metric, status, reason, accounts; in order of metric and status.
    """
    keys = ["metric", "status", "reason"]
    if status.empty:
        return pd.DataFrame(columns=[*keys, "accounts"])
    counted = status.assign(reason=status["reason"].fillna(""))
    return counted.groupby(keys, as_index=False, sort=True).agg(accounts=("account_id", "nunique"))
