"""An analyst's own exports after they are read: their metrics, and what there is to say of each file."""

import datetime as dt
import io
from dataclasses import dataclass, fields

import pandas as pd
import pyarrow as pa

from roeptoeter.engines import open_engine
from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.messages import REASONS
from roeptoeter.metrics import (
    MetricSettings,
    account_metrics_schema,
    compute_account_metrics,
    compute_responses,
)
from roeptoeter.registers import build_organisations, classify_size, read_changes
from roeptoeter.sources.accounts import read_accounts
from roeptoeter.sources.declaration import Source, exports_folder, read_declarations
from roeptoeter.sources.formats import FORMATS
from roeptoeter.sources.organisations import read_own_changes, read_own_organisations
from roeptoeter.sources.staging import Capabilities
from roeptoeter.study import ROOT, Study, display_path, write_bytes

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


_METRICS = account_metrics_schema()
_PURPOSE = pa.field("purpose", pa.string())  # null: the account is no organisation's
#: One row per edition, platform and account: the metrics, what the account is for, and whether it is SIMULATED.
ACCOUNT_METRICS = _METRICS.insert(_METRICS.get_field_index("organisation") + 1, _PURPOSE).append(
    pa.field("is_simulated", pa.bool_())
)

#: One row per edition and organisation; see `list_organisations`.
EDITION_ORGANISATIONS = pa.schema(
    [
        ("edition", pa.string()),
        ("edition_year", pa.int64()),
        ("region", pa.string()),
        ("organisation", pa.string()),
        ("name", pa.string()),
        ("organisation_type", pa.string()),
        ("province", pa.string()),
        ("population", pa.int64()),
        ("size_class", pa.string()),
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("is_simulated", pa.bool_()),
    ]
)

#: One row per merged, split or renamed organisation.
CHANGES = pa.schema(
    [
        ("effective_date", pa.timestamp("us", tz="UTC")),
        ("change_type", pa.string()),
        ("old_code", pa.string()),
        ("new_code", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Exports:
    """What 01-ingest tells of a study's exports.

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

    Writes `account_metrics` and `metric_status`, as Parquet and as CSV, and `responses`, `edition_organisations`
    and `changes` as Parquet. All accounts of organisations are measured and say what they are for; which of them a
    question is about is the question's to choose. Without declared windows, one window runs from
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
    purposes = pd.read_parquet(
        study.processed / "accounts.parquet", columns=["platform", "account_id", "purpose"]
    ).dropna()
    accounts = list_accounts(study, sources).merge(
        purposes, how="inner", on=["platform", "account_id"], validate="many_to_one"
    )  # an account of a person is in no metric
    windows = list_windows(study)
    capabilities = combine_capabilities(sources)
    settings = MetricSettings(
        dormant_after_days=study.dormant_after_days, maturity_days=study.maturity_days
    )
    engine = open_engine(study.engine, study.spark)
    try:
        metrics, status = compute_account_metrics(
            engine, messages, snapshots, accounts, windows, capabilities, settings
        )
        responses = compute_responses(engine, messages, accounts, windows, capabilities, settings)
    finally:
        engine.disconnect()
    is_simulated = study.evidence == "SIMULATED"
    metrics = metrics.merge(
        purposes, how="left", on=["platform", "account_id"], validate="many_to_one"
    )[ACCOUNT_METRICS.names[:-1]].assign(is_simulated=is_simulated)
    _write_parquet(study, "responses", responses.assign(is_simulated=is_simulated))
    organisations, changes = list_organisations(study, windows)
    _write_parquet(study, "edition_organisations", organisations)
    _write_parquet(study, "changes", changes)
    for name, frame in (("account_metrics", metrics), ("metric_status", status)):
        _write_parquet(study, name, frame)
        text = frame.to_csv(index=False, float_format="%.8g", lineterminator="\n")
        write_bytes(study.processed / f"{name}.csv", text.encode("utf-8"))


def _write_parquet(study: Study, name: str, frame: pd.DataFrame) -> None:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False, compression="zstd")
    write_bytes(study.processed / f"{name}.parquet", buffer.getvalue())


def list_windows(study: Study) -> list[dict]:
    """List the study's windows; without any, the one from the first message to the last.

    Parameters
    ----------
    study : Study
        Its exports are read.

    Returns
    -------
    list of dict
        edition, start and end (dates, both inside).
    """
    declared = [window.model_dump() for window in study.windows]
    return declared or _span_messages(study.processed / "messages.parquet")


def list_organisations(study: Study, windows: list[dict]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the organisations of each edition, and the mergers between editions.

    The registers hold municipalities of some years. Where the study's own `organisations.csv` has organisations of a
    type for a region and year, its list is taken as complete and stands in the place of the register's. A SIMULATED study
    has its own organisations and mergers only: nothing of it stands beside a real one.

    Parameters
    ----------
    study : Study
    windows : list of dict
        From `list_windows`; an edition's year is that of its first day.

    Returns
    -------
    organisations : pandas.DataFrame
        One row per edition, region and organisation, in this order: edition, edition_year, region, organisation
        (code), name, organisation_type, province, population (Int64), size_class (null without population),
        latitude, longitude (degrees), is_simulated. An edition of a year that neither has is without rows.
    changes : pandas.DataFrame
        effective_date, change_type, old_code, new_code: the registers' and the study's own.
    """
    folder = exports_folder(study.name)
    registers = ROOT / "data" / "raw" / "registers"
    own = read_own_organisations(folder)
    official = build_organisations(registers).assign(organisation_type="municipality")
    mergers = read_changes(registers)
    if study.evidence == "SIMULATED":
        official, mergers = official.head(0), mergers.head(0)
    keys = ["edition_year", "region", "organisation_type"]
    listed = pd.MultiIndex.from_frame(official[keys]).isin(pd.MultiIndex.from_frame(own[keys]))
    both = pd.concat([official[~listed], own], ignore_index=True)
    both["size_class"] = classify_size(both["population"].dropna().astype("int64"))
    editions = pd.DataFrame(
        {
            "edition": [window["edition"] for window in windows],
            "edition_year": [window["start"].year for window in windows],
        }
    )
    organisations = editions.merge(both.rename(columns={"code": "organisation"}), on="edition_year")
    organisations = organisations.assign(is_simulated=study.evidence == "SIMULATED")
    organisations = organisations.sort_values(
        ["edition", "region", "organisation"], ignore_index=True
    ).astype({"edition": "str", "population": "Int64", "size_class": "str", "province": "str"})
    changes = pd.concat([mergers, read_own_changes(folder)])
    changes["effective_date"] = changes["effective_date"].astype("datetime64[us]")
    changes["effective_date"] = changes["effective_date"].dt.tz_localize("UTC")
    return (
        organisations[EDITION_ORGANISATIONS.names],
        changes[CHANGES.names].sort_values(CHANGES.names, ignore_index=True),
    )


def list_accounts(study: Study, sources: list[Source]) -> pd.DataFrame:
    """List whose account is whose: the account map, and what declarations and messages add to it.

    Parameters
    ----------
    study : Study
    sources : list of Source

    Returns
    -------
    pandas.DataFrame
        platform, account_id, organisation, in_use_from, in_use_to (dates or None); accounts that the map names by
        handle only are found in the messages. Accounts of persons are not among them.
    """
    rows = [
        (
            account.platform,
            account.account_id,
            account.organisation,
            account.in_use_from,
            account.in_use_to,
        )
        for account in read_accounts(exports_folder(study.name))
        if account.account_id and account.purpose != "person"
    ]
    rows += [
        (source.platform, source.account_id, source.organisation, None, None)
        for source in sources
        if source.account_id and source.organisation and source.platform != "survey"
    ]
    keys = ["platform", "account_id", "organisation"]
    table = pd.DataFrame(rows, columns=[*keys, "in_use_from", "in_use_to"], dtype=object)
    return table.drop_duplicates(keys, ignore_index=True)


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
    NotAnswerable
        If the study has no exports.
    InputError
        If there are exports, but they were not read yet.
    """
    sources = read_declarations(exports_folder(study.name))
    if not sources:
        raise NotAnswerable(
            f"the study {study.name} has no export files; it rests on what was published"
        )
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
