"""Account metrics: from messages to one row per edition, platform and account.

The step is written once, as Ibis expressions that DuckDB and Spark both run; medians and percentiles rest on whole
seconds, so that both engines find the same numbers. A metric that an account's export formats cannot carry is null and
is told as "not computable", with the reason: null is not zero, and "not computable" is an answer.

What counts as what:

- A message belongs to an edition by its time, from midnight of the first day to midnight after the last, local time.
- Reposts are another's words: they are counted (`reposts_sent`) and are in no denominator.
- An account without messages in a window has sent nothing only if one of its exports reaches into the window.
  Otherwise nothing is known of it, and every metric is "no data".
- Shares and means over no messages are "no data".
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from roeptoeter.errors import InputError
from roeptoeter.sources.staging import Capabilities

#: Formats that hold an account's whole history up to the moment of export, so that silence until then is silence.
COMPLETE_TO_EXPORT = ("x-archive", "mastodon-outbox", "bluesky-car")

#: A clock that is known to be off, or not known to the hour, times no response.
UNSURE_CLOCK_FLAGS = ("TIMESTAMP_AMBIGUOUS", "TIMESTAMP_BACKDATED")

#: Why a metric is not computable, where the format itself gives no sentence of its own; by name of the capability.
DEFAULT_REASONS = {
    "messages": "the format does not list messages",
    "created_at": "the format does not give the time to the minute",
    "replies": "the format does not mark replies",
    "self_replies": "the format does not tell replies to others from replies to oneself",
    "parents": "the format does not give the time of the message replied to",
    "reposts": "the format does not mark reposts",
    "followers": "the format does not give the number of followers",
    "reach": "the format does not give views or reach",
    "interactions": "the format does not give reactions, comments and shares",
}

_INTERACTIONS = ("reactions", "comments", "shares")
_EXPOSURES = ("views", "reach")
_KEYS = ("edition", "platform", "account_id")


@dataclass(frozen=True, slots=True)
class MetricSettings:
    """The choices behind the metrics.

    Parameters
    ----------
    dormant_after_days : int
        An account is dormant if it sent nothing, reposts included, in so many days before the window's end.
    maturity_days : int
        Interactions are compared over messages whose counts were read at least so many days after publication.
    answered_within_hours : tuple of int
        Thresholds of the shares answered in time.
    time_zone : str
        IANA name of the zone in whose midnights the windows begin and end.
    """

    dormant_after_days: int = 90
    maturity_days: int = 7
    answered_within_hours: tuple[int, ...] = (2, 24, 72)
    time_zone: str = "Europe/Amsterdam"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its columns, and what a format must carry for it.

    Parameters
    ----------
    columns : dict of str to str
        Type by column, the metric itself first; they are null together. Types are "int", "float", "bool", "text" and
        "time".
    needs : tuple of str
        Names of `Capabilities`, each of which a format must carry at least conditionally.
    without_data : str
        Why it is empty although the formats carry it, in words.
    minds : tuple of str
        Names of `Capabilities` without which it is computed all the same, and the lack told beside it.
    """

    columns: dict[str, str]
    needs: tuple[str, ...]
    without_data: str
    minds: tuple[str, ...] = ()


def list_metrics(settings: MetricSettings | None = None) -> dict[str, Metric]:
    """List the metrics by name: `metric_status` has a row for each, `account_metrics` their columns.

    Parameters
    ----------
    settings : MetricSettings, optional
        Only `answered_within_hours` matters: a metric for each threshold.

    Returns
    -------
    dict
        `Metric` by name.
    """
    settings = settings or MetricSettings()
    silent = "no message sent in the window"
    wordless = "no message but reposts in the window, of the formats that mark replies"
    unanswered = (
        "no reply in the window of which the message replied to is found, with a sure clock"
    )
    unreceived = "no message to this account in the window is in the exports"
    metrics = {
        "account_exists": Metric({"account_exists": "bool"}, (), "first seen after the window, or not in use in it"),
        "active_in_window": Metric({"active_in_window": "bool"}, ("messages",), silent),
        "dormant": Metric(
            {"dormant": "bool", "last_message_at": "time"}, ("messages",),
            f"no message is known, but the exports begin less than {settings.dormant_after_days} days before the "
            "window's end",
        ),
        "messages_sent": Metric(
            {"messages_sent": "int", "own_messages_sent": "int", "posts_sent": "int", "quotes_sent": "int"},
            ("messages",), silent, minds=("replies", "reposts"),
        ),
        "replies_sent": Metric(
            {
                "replies_sent": "int", "self_replies_sent": "int", "replies_unknown_target_sent": "int",
                "directed_mentions_sent": "int",
            },
            ("replies",), silent,
        ),
        "reposts_sent": Metric({"reposts_sent": "int"}, ("reposts",), silent),
        "messages_per_week": Metric(
            {"messages_per_week": "float", "window_weeks": "float"}, ("messages",), silent, minds=("reposts",)
        ),
        "reply_share": Metric(
            _share_columns("reply_share") | {"reply_share_low": "float", "reply_share_high": "float"},
            ("replies", "self_replies"), wordless, minds=("reposts",),
        ),
        "reply_share_with_own_threads": Metric(
            _share_columns("reply_share_with_own_threads"), ("replies",), wordless, minds=("reposts",)
        ),
        "reply_share_with_mentions": Metric(
            _share_columns("reply_share_with_mentions"), ("replies",), wordless, minds=("reposts",)
        ),
        "response_coverage": Metric(
            {
                "response_coverage": "float", "response_replies": "int", "response_parents_found": "int",
                "response_timed": "int", "response_negative": "int", "response_unsure_clock": "int",
            },
            ("replies", "parents"), "no reply to another account in the window",
        ),
    }  # fmt: skip
    timed = ("replies", "parents", "created_at")
    for name in ("median_response_hours", "percentile_90_response_hours", "mean_response_hours"):
        metrics[name] = Metric({name: "float"}, timed, unanswered)
    for hours in settings.answered_within_hours:
        name = f"replies_within_{hours}_hours_share"
        metrics[name] = Metric({name: "float"}, timed, unanswered)
    metrics["received_answered_share"] = Metric(
        {
            "received_answered_share": "float", "received_messages": "int", "received_answered": "int",
            "received_unanswered": "int",
        },
        (), unreceived,
    )  # fmt: skip
    for hours in settings.answered_within_hours:
        name = f"received_answered_within_{hours}_hours_share"
        metrics[name] = Metric(
            {name: "float", f"received_followed_{hours}_hours": "int"}, (),
            f"no message to this account in the window is followed for {hours} hours with a sure clock",
        )  # fmt: skip
    for suffix in ("", "_with_replies"):
        metrics[f"potential_reach_per_message{suffix}"] = Metric(
            {
                f"potential_reach_per_message{suffix}": "float", f"potential_reach{suffix}": "int",
                f"potential_reach_messages{suffix}": "int", f"potential_reach_basis{suffix}": "text",
            },
            ("followers",), "no such message in the window has its number of followers", minds=("replies", "reposts"),
        )  # fmt: skip
    metrics["followers"] = Metric(
        {"followers": "int", "followers_kind": "text", "followers_basis": "text", "followers_observed_at": "time"},
        (), "no snapshot with a number of followers in the window",
    )  # fmt: skip
    for name in (*_INTERACTIONS, "interactions", *_EXPOSURES):
        carried = "reach" if name in _EXPOSURES else "interactions"
        metrics[f"{name}_per_message"] = Metric(
            {f"{name}_per_message": "float", f"{name}_messages": "int"}, (carried,),
            f"no message in the window has these counts, read at least {settings.maturity_days} days after it was sent",
        )  # fmt: skip
    return metrics


def _share_columns(name: str) -> dict[str, str]:
    return {name: "float", f"{name}_numerator": "int", f"{name}_denominator": "int"}


def explain_lack(needs: Sequence[str], capabilities: Capabilities) -> str | None:
    """Say why what needs so much cannot be computed from a format.

    Parameters
    ----------
    needs : sequence of str
        Fields of `Capabilities`, as a `Metric` has them.
    capabilities : Capabilities
        What the format carries.

    Returns
    -------
    str or None
        A sentence without its capital and full stop, to go behind "not computable: ", of the first that is lacking; None
        if nothing is.

    Examples
    --------
    >>> from dataclasses import fields
    >>> posts_only = Capabilities(
    ...     **{part.name: "yes" for part in fields(Capabilities) if part.name not in ("replies", "reasons")}, replies="no"
    ... )
    >>> explain_lack(list_metrics()["reply_share"].needs, posts_only)
    'the format does not mark replies'
    """
    for need in needs:
        if getattr(capabilities, need) == "no":
            return capabilities.reasons.get(need, DEFAULT_REASONS[need])
    return None


# ------------------------------------------------------------------------------------------------ expressions


def build_account_metrics(
    messages: ir.Table,
    snapshots: ir.Table,
    accounts: ir.Table,
    windows: Sequence[Mapping],
    capabilities: Mapping[str, Capabilities],
    settings: MetricSettings | None = None,
) -> tuple[ir.Table, ir.Table]:
    """Write the account metrics as expressions, for any engine.

    Parameters
    ----------
    messages, snapshots : ibis.Table
        As `roeptoeter.messages.MESSAGES` and `ACCOUNT_SNAPSHOTS`.
    accounts : ibis.Table
        The account map: platform, account_id, organisation, in_use_from and in_use_to (seconds since 1970; null: not
        known); may be empty. An account that sent messages without being on it gets its rows too.
    windows : sequence of mappings
        Observation windows: edition (text), start and end (dates, both inside).
    capabilities : mapping
        By source_format.
    settings : MetricSettings, optional

    Returns
    -------
    metrics : ibis.Table
        One row per edition, platform and account_id: organisation, the columns of `list_metrics`, and
        `exports_from` and `exports_to`, between which the exports that hold the account have messages. Times are
        seconds since 1970.
    formats : ibis.Table
        One row per edition, platform, account_id and source_format of the exports that reach into the window.

    Raises
    ------
    InputError
        If a window ends before it begins, lacks a key, or an edition stands twice.
    """
    settings = settings or MetricSettings()
    frame = ibis.memtable(_tabulate_windows(windows, settings))
    messages = _clock_in_seconds(messages)
    sent = messages.filter(messages.direction == "sent")
    coverage = _cover_windows(sent, frame)
    formats = coverage.group_by(*_KEYS, "source_format").agg(exports_to=coverage.last.max())
    covered = coverage.group_by(*_KEYS).agg(
        exports_from=coverage.first.min(),
        exports_to=coverage.last.max(),
        **{
            _name_needs(needs): _carried(coverage, needs, capabilities).any()
            for needs in dict.fromkeys(
                metric.needs for metric in list_metrics(settings).values() if metric.needs
            )
        },
    )
    in_windows = _place_in_windows(sent, frame)
    counted = in_windows.group_by(*_KEYS).agg(
        **_count_kinds(in_windows, capabilities),
        **_sum_followers(in_windows, capabilities),
        **_sum_counts(in_windows, capabilities, settings),
    )
    parts = [
        covered,
        counted,
        *_time_responses(in_windows, messages, capabilities, settings),
        _count_received(messages, sent, accounts, frame, settings),
        _take_last_snapshot(snapshots, frame),
    ]
    rows = _list_accounts(sent, snapshots, accounts, frame)
    for part in parts:
        rows = _attach(rows, part, _KEYS)
    return _finish(rows, settings), formats


def build_responses(
    messages: ir.Table,
    accounts: ir.Table,
    windows: Sequence[Mapping],
    capabilities: Mapping[str, Capabilities],
    settings: MetricSettings | None = None,
) -> ir.Table:
    """Write, for any engine, the messages to each account in each window, and when each was answered.

    Parameters are those of `build_account_metrics`.

    Returns
    -------
    ibis.Table
        Columns of `RESPONSES`; times are seconds since 1970. Where the export of received messages lacks a message
        that a reply names, the reply makes a row of its own, "reply only": its question is known because it was
        answered, so such rows say nothing of questions left open.
    """
    settings = settings or MetricSettings()
    frame = ibis.memtable(_tabulate_windows(windows, settings))
    messages = _clock_in_seconds(messages)
    sent = messages.filter(messages.direction == "sent")
    received = _list_received(messages, sent, accounts, frame)
    columns = [*_KEYS, "basis", "received_at", "answered_at", "followed_to", "sure_clock"]
    questions = received.mutate(
        basis=ibis.literal("received message"),
        received_at=received.created,
        sure_clock=received.sure,
    ).select(columns)
    replies = _list_replies(_place_in_windows(sent, frame), messages, capabilities)
    known = received.select("edition", "platform", in_reply_to_message_id=received.message_id)
    replies = replies.filter(replies.found & (replies.seconds >= 0))
    replies = replies.anti_join(known, ["edition", "platform", "in_reply_to_message_id"])
    first = replies.group_by(*_KEYS, "in_reply_to_message_id").agg(
        received_at=replies.parent_created.min(),
        answered_at=replies.created.min(),
        sure_clock=replies.sure.all(),
    )
    first = first.mutate(basis=ibis.literal("reply only"), followed_to=first.answered_at)
    both = ibis.union(questions, first.select(columns))
    owners = _identify_accounts(sent, accounts).select("platform", "account_id", "organisation")
    return _attach(both, owners, ("platform", "account_id")).select(RESPONSES.names)


def _tabulate_windows(windows: Sequence[Mapping], settings: MetricSettings) -> pa.Table:
    zone = ZoneInfo(settings.time_zone)
    if not windows:
        raise InputError("windows: none is declared; write edition, start and end of each")
    rows = []
    for window in windows:
        if set(window) != {"edition", "start", "end"}:
            raise InputError(
                f"windows: expected edition, start and end, found {', '.join(sorted(window))}"
            )
        edition, start, end = str(window["edition"]), window["start"], window["end"]
        if end < start:
            raise InputError(f"windows, {edition}: it ends ({end}) before it begins ({start})")
        if edition in {row["edition"] for row in rows}:
            raise InputError(f"windows, {edition}: this edition stands twice")
        after = dt.datetime.combine(end + dt.timedelta(days=1), dt.time(), zone)
        # in local time, so that it is a midnight over clock changes too
        active_from = after - dt.timedelta(days=settings.dormant_after_days)
        rows.append({
            "edition": edition,
            "window_start": int(dt.datetime.combine(start, dt.time(), zone).timestamp()),
            "window_end": int(after.timestamp()),
            "active_from": int(active_from.timestamp()),
            "window_days": (end - start).days + 1,
        })  # fmt: skip
    schema = pa.schema([
        ("edition", pa.string()), ("window_start", pa.int64()), ("window_end", pa.int64()),
        ("active_from", pa.int64()), ("window_days", pa.int64()),
    ])  # fmt: skip
    return pa.Table.from_pylist(rows, schema)


def _in_seconds(column: ir.TimestampColumn) -> ir.IntegerColumn:
    """Whole seconds since 1970: integers, on which both engines agree to the last bit."""
    # DuckDB gives a fraction here and Spark none; and a cast straight to integer would round
    return column.epoch_seconds().cast("float64").floor().cast("int64")


def _clock_in_seconds(messages: ir.Table) -> ir.Table:
    flagged = [
        messages.quality_flags.contains(flag).fill_null(False) for flag in UNSURE_CLOCK_FLAGS
    ]
    to_the_minute = messages.created_at_precision.isin(["second", "minute"]).fill_null(False)
    # what is not used below is left behind here, lest every step of the plan drags it along
    return messages.select(
        "platform", "message_id", "account_id", "organisation", "direction", "kind", "in_reply_to_message_id",
        "in_reply_to_account_id", "parent_account_id", "author_followers", "followers_basis", "source_file",
        "source_format", *_INTERACTIONS, *_EXPOSURES,
        created=_in_seconds(messages.created_at),
        parent_created=_in_seconds(messages.parent_created_at),
        counted=_in_seconds(messages.metrics_at),
        sure_clock=to_the_minute & ~flagged[0] & ~flagged[1],
    )  # fmt: skip


def _carried(
    table: ir.Table, needs: Sequence[str], capabilities: Mapping[str, Capabilities]
) -> ir.BooleanColumn:
    able = [name for name, carries in capabilities.items() if explain_lack(needs, carries) is None]
    return table.source_format.isin(
        able or ["-"]
    )  # an empty list would be no column but a constant


def _name_needs(needs: Sequence[str]) -> str:
    return "_and_".join(("carries", *needs))


def _span_exports(sent: ir.Table) -> ir.Table:
    """For each account and file that holds it: from when to when the file has messages, of whatever account."""
    files = sent.group_by("source_file", "source_format").agg(
        first=sent.created.min(), last_message=sent.created.max(), counted=sent.counted.max()
    )
    to_export = files.source_format.isin(COMPLETE_TO_EXPORT) & (files.counted > files.last_message)
    files = files.mutate(
        last=to_export.fill_null(False).ifelse(files.counted, files.last_message)
    ).drop("last_message", "counted")
    held = sent.select("platform", "account_id", "source_file", "source_format").distinct()
    return _attach(held, files, ("source_file", "source_format"))


def _cover_windows(sent: ir.Table, windows: ir.Table) -> ir.Table:
    spans = _span_exports(sent)
    return spans.inner_join(
        windows, [spans.first < windows.window_end, spans.last >= windows.window_start]
    )


def _place_in_windows(sent: ir.Table, windows: ir.Table) -> ir.Table:
    """Messages up to each window's end; `inside` says which are in the window."""
    placed = sent.inner_join(windows, [sent.created < windows.window_end])
    inside = placed.created >= placed.window_start
    return placed.mutate(inside=inside, own=inside & (placed.kind != "repost"))


def _count_kinds(sent: ir.Table, capabilities: Mapping[str, Capabilities]) -> dict[str, ir.Scalar]:
    marked = sent.own & _carried(sent, ["replies"], capabilities)
    separable = _carried(sent, ["self_replies"], capabilities)
    reply, unknown = sent.kind == "reply", sent.kind == "reply_unknown_target"
    reposts = sent.inside & (sent.kind == "repost") & _carried(sent, ["reposts"], capabilities)
    return {
        "first_message": sent.created.min(),
        "last_message": sent.created.max(),
        "messages_sent": sent.count(where=sent.inside),
        "own_messages_sent": sent.count(where=sent.own),
        "posts_sent": sent.count(where=sent.own & (sent.kind == "post")),
        "quotes_sent": sent.count(where=sent.own & (sent.kind == "quote")),
        "replies_sent": sent.count(where=marked & reply),
        "self_replies_sent": sent.count(where=marked & (sent.kind == "self_reply")),
        "replies_unknown_target_sent": sent.count(where=marked & unknown),
        "directed_mentions_sent": sent.count(where=marked & (sent.kind == "directed_mention")),
        "reposts_sent": sent.count(where=reposts),
        "marked_messages": sent.count(where=marked),
        "to_others": sent.count(where=marked & reply & separable),
        # where a format cannot tell them apart, a reply may be one to oneself
        "maybe_to_others": sent.count(where=marked & (unknown | (reply & ~separable))),
        "any_replies": sent.count(where=marked & (reply | unknown | (sent.kind == "self_reply"))),
    }


def _list_replies(
    sent: ir.Table, messages: ir.Table, capabilities: Mapping[str, Capabilities]
) -> ir.Table:
    """List replies to others in each window, with the seconds since the message replied to where known."""
    unsure = messages.filter(~messages.sure_clock).select(
        "platform", in_reply_to_message_id=messages.message_id, parent_unsure=True
    )
    replies = sent.filter(
        sent.own,
        sent.kind.isin(["reply", "reply_unknown_target"]),
        _carried(sent, ["replies"], capabilities),
    )
    replies = _attach(replies, unsure, ("platform", "in_reply_to_message_id"))
    by_other = replies.account_id != ibis.coalesce(
        replies.parent_account_id, replies.in_reply_to_account_id
    )
    # a reply of unknown target stays in: to whom it was cannot be known, and so nor can its response time
    replies = replies.filter(by_other.fill_null(True)).mutate(by_other=by_other.fill_null(False))
    replies = replies.mutate(
        found=replies.by_other & replies.parent_created.notnull(),
        sure=replies.sure_clock
        & ~replies.parent_unsure.fill_null(False)
        & _carried(replies, ["created_at"], capabilities),
        seconds=replies.created - replies.parent_created,
    )
    return replies.mutate(
        timed=replies.found & replies.sure & (replies.seconds >= 0).fill_null(False)
    )


def _time_responses(
    sent: ir.Table,
    messages: ir.Table,
    capabilities: Mapping[str, Capabilities],
    settings: MetricSettings,
) -> list[ir.Table]:
    replies = _list_replies(sent, messages, capabilities)
    counts = replies.group_by(*_KEYS).agg(
        response_replies=replies.count(),
        response_parents_found=replies.count(where=replies.found),
        response_timed=replies.count(where=replies.timed),
        response_negative=replies.count(where=replies.found & replies.sure & (replies.seconds < 0)),
        response_unsure_clock=replies.count(where=replies.found & ~replies.sure),
        # not `median(where=...)`: Ibis 12 would make the 0.5 conditional too, which Spark refuses
        median_seconds=replies.timed.ifelse(replies.seconds, ibis.null("int64")).median(),
        total_seconds=replies.seconds.sum(where=replies.timed),
        **{
            f"timed_within_{hours}": replies.count(
                where=replies.timed & (replies.seconds <= hours * 3600)
            )
            for hours in settings.answered_within_hours
        },
    )
    # the smallest time within which nine in ten were answered: an observed one, so that no engine interpolates
    timed = replies.filter(replies.timed)
    by_account = ibis.window(group_by=list(_KEYS))
    ranked = timed.mutate(
        rank=ibis.row_number().over(ibis.window(group_by=list(_KEYS), order_by="seconds")) + 1,
        number=timed.seconds.count().over(by_account),
    )
    ranked = ranked.filter(ranked["rank"] * 10 >= ranked.number * 9)
    return [counts, ranked.group_by(*_KEYS).agg(percentile_90_seconds=ranked.seconds.min())]


def _list_received(
    messages: ir.Table,
    sent: ir.Table,
    accounts: ir.Table,
    windows: ir.Table,
) -> ir.Table:
    """List messages to an account in each window, with the first answer and until when answers were followed."""
    known = _identify_accounts(sent, accounts)
    mapped = known.filter(known.organisation.notnull())
    sole = mapped.group_by("platform", "organisation").agg(
        number=mapped.count(), sole_account_id=mapped.account_id.min()
    )
    sole = sole.filter(sole.number == 1).drop("number")
    addressed = known.select(
        "platform", in_reply_to_account_id=known.account_id, addressee=known.account_id
    )

    received = messages.filter(messages.direction == "received", messages.kind != "repost")
    received = received.select(
        "platform", "message_id", "organisation", "in_reply_to_account_id", "created", "sure_clock"
    )
    received = _attach(received, addressed, ("platform", "in_reply_to_account_id"))
    received = _attach(received, sole, ("platform", "organisation"))
    # a message to nobody in particular is for the organisation, if it has but one account there
    to_organisation = received.in_reply_to_account_id.isnull().ifelse(
        received.sole_account_id, ibis.null(str)
    )
    received = received.mutate(account_id=ibis.coalesce(received.addressee, to_organisation))
    received = received.filter(received.account_id.notnull())

    replies = sent.filter(sent.kind != "repost", sent.in_reply_to_message_id.notnull())
    answers = replies.group_by(
        "platform", "account_id", message_id=replies.in_reply_to_message_id
    ).agg(answered_at=replies.created.min(), sure_answers=replies.sure_clock.all())
    spans = _span_exports(sent)
    followed = spans.group_by("platform", "account_id").agg(followed_to=spans.last.max())
    received = _attach(received, answers, ("platform", "account_id", "message_id"))
    received = _attach(received, followed, ("platform", "account_id"))
    received = received.inner_join(
        windows, [received.created >= windows.window_start, received.created < windows.window_end]
    )
    return received.mutate(
        sure=received.sure_clock & received.sure_answers.fill_null(True),
        seconds=received.answered_at - received.created,
    )


def _count_received(
    messages: ir.Table,
    sent: ir.Table,
    accounts: ir.Table,
    windows: ir.Table,
    settings: MetricSettings,
) -> ir.Table:
    received = _list_received(messages, sent, accounts, windows)
    shares = {}
    for hours in settings.answered_within_hours:
        # whoever is followed less long than the threshold says nothing of it, answered or not
        enough = received.sure & (
            received.followed_to - received.created >= hours * 3600
        ).fill_null(False)
        in_time = (received.seconds >= 0) & (received.seconds <= hours * 3600)
        shares[f"received_followed_{hours}_hours"] = received.count(where=enough)
        shares[f"received_within_{hours}"] = received.count(where=enough & in_time.fill_null(False))
    return received.group_by(*_KEYS).agg(
        received_messages=received.count(),
        received_answered=received.count(where=received.answered_at.notnull()),
        **shares,
    )


def _sum_followers(
    sent: ir.Table, capabilities: Mapping[str, Capabilities]
) -> dict[str, ir.Scalar]:
    counted = (
        sent.own & sent.author_followers.notnull() & _carried(sent, ["followers"], capabilities)
    )
    # followers see own threads; replies and directed mentions reach those who follow both sides only
    narrow = sent.kind.isin(["reply", "reply_unknown_target", "directed_mention"])
    columns = {}
    for suffix, which in (("", counted & ~narrow), ("_with_replies", counted)):
        first, last = (
            sent.followers_basis.min(where=which),
            sent.followers_basis.max(where=which),
        )
        columns[f"potential_reach{suffix}"] = sent.author_followers.sum(where=which)
        columns[f"potential_reach_messages{suffix}"] = sent.count(where=which)
        columns[f"potential_reach_basis{suffix}"] = (first == last).ifelse(first, "mixed")
    return columns


def _sum_counts(
    sent: ir.Table, capabilities: Mapping[str, Capabilities], settings: MetricSettings
) -> dict[str, ir.Scalar]:
    mature = sent.own & (sent.counted - sent.created >= settings.maturity_days * 86400).fill_null(
        False
    )
    parts = [sent[name] for name in _INTERACTIONS]
    # their sum is null unless all three are there
    counts = {name: sent[name] for name in (*_INTERACTIONS, *_EXPOSURES)} | {
        "interactions": sum(parts[1:], parts[0])
    }
    columns = {}
    for name, count in counts.items():
        carried = _carried(sent, ["reach" if name in _EXPOSURES else "interactions"], capabilities)
        columns[f"{name}_total"] = count.sum(where=mature & carried)
        columns[f"{name}_messages"] = count.count(where=mature & carried)
    return columns


def _take_last_snapshot(snapshots: ir.Table, windows: ir.Table) -> ir.Table:
    snapshots = snapshots.filter(snapshots.followers.notnull()).mutate(
        observed=_in_seconds(snapshots.observed_at)
    )
    placed = snapshots.inner_join(
        windows,
        [snapshots.observed >= windows.window_start, snapshots.observed < windows.window_end],
    )
    # of equally late ones the more direct; the rest of the order only makes the choice the same everywhere
    order = ("profile", "daily_series", "message_row", "file_count")
    directness = ibis.cases(
        *((placed.basis == basis, rank) for rank, basis in enumerate(order)), else_=len(order)
    )
    placed = placed.mutate(directness=directness)
    ordered = ibis.window(
        group_by=list(_KEYS),
        order_by=[
            ibis.desc("observed"), "directness", ibis.asc("followers_kind", nulls_first=True), ibis.desc("followers"),
        ],
    )  # fmt: skip
    last = placed.mutate(place=ibis.row_number().over(ordered))
    last = last.filter(last.place == 0)
    return last.select(
        *_KEYS,
        "followers",
        "followers_kind",
        followers_basis=last.basis,
        followers_observed_at=last.observed,
    )


def _identify_accounts(
    sent: ir.Table, accounts: ir.Table, snapshots: ir.Table | None = None
) -> ir.Table:
    """One row per account, with its organisation: that of the account map before that of its messages."""
    columns = ["platform", "account_id", "organisation"]
    parts = [
        accounts.select(columns).mutate(on_map=True),
        sent.select(columns).distinct().mutate(on_map=False),
    ]
    if snapshots is not None:
        parts.append(
            snapshots.filter(snapshots.organisation.notnull())
            .select(columns)
            .distinct()
            .mutate(on_map=False)
        )
    both = ibis.union(*parts)
    return both.group_by("platform", "account_id").agg(
        organisation=ibis.coalesce(
            both.organisation.max(where=both.on_map), both.organisation.max()
        ),
        on_map=both.on_map.any(),
    )


def _list_accounts(
    sent: ir.Table, snapshots: ir.Table, accounts: ir.Table, windows: ir.Table
) -> ir.Table:
    rows = _identify_accounts(sent, accounts, snapshots).cross_join(windows)
    observed = snapshots.select(
        "platform", "account_id", observed=_in_seconds(snapshots.observed_at)
    )
    first = observed.group_by("platform", "account_id").agg(first_snapshot=observed.observed.min())
    in_use = accounts.select("platform", "account_id", "in_use_from", "in_use_to")
    rows = _attach(rows, in_use, ("platform", "account_id"))
    return _attach(rows, first, ("platform", "account_id"))


def _attach(rows: ir.Table, part: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Left-join on columns of the same names, and keep them once."""
    joined = rows.left_join(part, list(keys), rname="{name}__part")
    return joined.drop(*[name for name in joined.columns if name.endswith("__part")])


def _finish(rows: ir.Table, settings: MetricSettings) -> ir.Table:
    """Turn counts into shares and means, and null what is not known or not carried."""

    def able(metric):
        return rows[_name_needs(list_metrics(settings)[metric].needs)].fill_null(False)

    def count(name):
        return rows[name].fill_null(0)

    def divide(part, whole):
        return part.cast("float64") / whole.nullif(0).cast("float64")

    def only_if(condition, expression):
        return ibis.cases((condition, expression))

    columns = {
        "edition": rows.edition,
        "platform": rows.platform,
        "account_id": rows.account_id,
        "organisation": rows.organisation,
        "exports_from": rows.exports_from,
        "exports_to": rows.exports_to,
    }
    seen = ibis.least(
        ibis.coalesce(rows.first_message, rows.window_end),
        ibis.coalesce(rows.first_snapshot, rows.window_end),
    )
    in_use = (rows.in_use_from < rows.window_end).fill_null(True) & (
        rows.in_use_to > rows.window_start
    ).fill_null(True)
    columns["account_exists"] = only_if(in_use & (rows.on_map | (seen < rows.window_end)), True)
    columns["active_in_window"] = only_if(able("active_in_window"), count("messages_sent") > 0)
    columns["dormant"] = ibis.cases(
        (rows.last_message >= rows.active_from, False),
        (able("dormant") & (rows.exports_from <= rows.active_from), True),
    )
    columns["last_message_at"] = rows.last_message
    for metric in ("messages_sent", "replies_sent", "reposts_sent"):
        for name in list_metrics(settings)[metric].columns:
            columns[name] = only_if(able(metric), count(name))
    weeks = rows.window_days.cast("float64") / 7.0
    columns["messages_per_week"] = only_if(
        able("messages_per_week"), count("own_messages_sent") / weeks
    )
    columns["window_weeks"] = only_if(able("messages_per_week"), weeks)

    numerators = {
        "reply_share": count("to_others"),
        "reply_share_with_own_threads": count("any_replies"),
        "reply_share_with_mentions": count("any_replies") + count("directed_mentions_sent"),
    }
    whole = count("marked_messages")
    for name, numerator in numerators.items():
        columns[name] = only_if(able(name), divide(numerator, whole))
        columns[f"{name}_numerator"] = only_if(able(name), numerator)
        columns[f"{name}_denominator"] = only_if(able(name), whole)
    columns["reply_share_low"] = columns["reply_share"]
    highest = count("to_others") + count("maybe_to_others")
    columns["reply_share_high"] = only_if(able("reply_share"), divide(highest, whole))

    # parents that another file holds make up for a format that has none
    answers = able("response_coverage") | (count("response_parents_found") > 0)
    columns["response_coverage"] = only_if(
        answers, divide(count("response_parents_found"), count("response_replies"))
    )
    for name in list(list_metrics(settings)["response_coverage"].columns)[1:]:
        columns[name] = only_if(answers, count(name))
    columns["median_response_hours"] = rows.median_seconds / 3600.0
    columns["percentile_90_response_hours"] = rows.percentile_90_seconds.cast("float64") / 3600.0
    columns["mean_response_hours"] = divide(rows.total_seconds, rows.response_timed) / 3600.0
    for hours in settings.answered_within_hours:
        columns[f"replies_within_{hours}_hours_share"] = divide(
            rows[f"timed_within_{hours}"], rows.response_timed
        )

    columns["received_answered_share"] = divide(rows.received_answered, rows.received_messages)
    columns["received_messages"] = rows.received_messages
    columns["received_answered"] = rows.received_answered
    columns["received_unanswered"] = rows.received_messages - rows.received_answered
    for hours in settings.answered_within_hours:
        followed = rows[f"received_followed_{hours}_hours"]
        columns[f"received_answered_within_{hours}_hours_share"] = divide(
            rows[f"received_within_{hours}"], followed
        )
        columns[f"received_followed_{hours}_hours"] = followed

    for suffix in ("", "_with_replies"):
        name = f"potential_reach_per_message{suffix}"
        number = rows[f"potential_reach_messages{suffix}"]
        columns[name] = divide(rows[f"potential_reach{suffix}"], number)
        columns[f"potential_reach{suffix}"] = rows[f"potential_reach{suffix}"]
        columns[f"potential_reach_messages{suffix}"] = only_if(able(name), number.fill_null(0))
        columns[f"potential_reach_basis{suffix}"] = only_if(
            number > 0, rows[f"potential_reach_basis{suffix}"]
        )
    for name in list_metrics(settings)["followers"].columns:
        columns[name] = rows[name]
    for name in (*_INTERACTIONS, "interactions", *_EXPOSURES):
        number = rows[f"{name}_messages"]
        columns[f"{name}_per_message"] = divide(rows[f"{name}_total"], number)
        columns[f"{name}_messages"] = only_if(able(f"{name}_per_message"), number.fill_null(0))
    return rows.select(**columns)


# ------------------------------------------------------------------------------------------------- computation


def account_metrics_schema(settings: MetricSettings | None = None) -> pa.Schema:
    """Return the columns and types of `account_metrics`, in their order."""
    types = {
        "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "text": pa.string(),
        "time": pa.timestamp("us", tz="UTC"),
    }  # fmt: skip
    columns = {
        "edition": "text", "platform": "text", "account_id": "text", "organisation": "text",
        "exports_from": "time", "exports_to": "time",
    }  # fmt: skip
    for metric in list_metrics(settings).values():
        columns |= metric.columns
    return pa.schema([(name, types[kind]) for name, kind in columns.items()])


#: One row per edition, platform, account and metric of `list_metrics`.
METRIC_STATUS = pa.schema(
    [
        ("edition", pa.string()),
        ("platform", pa.string()),
        ("account_id", pa.string()),
        ("organisation", pa.string()),
        ("metric", pa.string()),
        ("status", pa.string()),  # computed, not computable, no data
        ("reason", pa.string()),  # null: computed, and nothing to add
        ("source_formats", pa.string()),  # of the exports that reach into the window
    ]
)


#: One row per edition and message to an account; see `build_responses`.
RESPONSES = pa.schema(
    [
        ("edition", pa.string()),
        ("platform", pa.string()),
        ("account_id", pa.string()),
        ("organisation", pa.string()),
        ("basis", pa.string()),  # received message, reply only
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("answered_at", pa.timestamp("us", tz="UTC")),
        ("followed_to", pa.timestamp("us", tz="UTC")),
        ("sure_clock", pa.bool_()),
    ]
)


def compute_responses(
    engine: ibis.BaseBackend,
    messages: Path,
    accounts: pd.DataFrame,
    windows: Sequence[Mapping],
    capabilities: Mapping[str, Capabilities],
    settings: MetricSettings | None = None,
) -> pd.DataFrame:
    """List the messages to each account in each window, and when each was answered.

    Parameters are those of `compute_account_metrics`.

    Returns
    -------
    pandas.DataFrame
        Columns of `RESPONSES`, in order of edition, platform, account and time; no id and no text of a message.
    """
    settings = settings or MetricSettings()
    table = engine.to_pyarrow(
        build_responses(
            engine.read_parquet(str(messages)),
            ibis.memtable(_tabulate_accounts(accounts, settings)),
            windows,
            capabilities,
            settings,
        )
    ).to_pandas()
    table = _set_types(table, RESPONSES)
    return table.sort_values(
        [*_KEYS, "received_at", "answered_at", "basis", "followed_to"], ignore_index=True
    )


def compute_account_metrics(
    engine: ibis.BaseBackend,
    messages: Path,
    snapshots: Path,
    accounts: pd.DataFrame,
    windows: Sequence[Mapping],
    capabilities: Mapping[str, Capabilities],
    settings: MetricSettings | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute the account metrics, and say of each whether and why not.

    Parameters
    ----------
    engine : ibis.BaseBackend
        From `roeptoeter.engines.open_engine`.
    messages, snapshots : path-like
        Parquet files of the canonical tables, where the engine reads them.
    accounts : pandas.DataFrame
        The account map: platform, account_id, organisation, and perhaps in_use_from and in_use_to (dates or None);
        may be empty. An account known by its handle only has its rows through its messages.
    windows : sequence of mappings
        edition, start, end (dates, both inside the window).
    capabilities : mapping
        `Capabilities` by source_format.
    settings : MetricSettings, optional

    Returns
    -------
    account_metrics : pandas.DataFrame
        One row per edition, platform and account_id, in that order; columns of `account_metrics_schema`.
    metric_status : pandas.DataFrame
        One row per edition, platform, account_id and metric; columns of `METRIC_STATUS`.

    Raises
    ------
    InputError
        If a window or the account map is wrong.
    ValueError
        If a format in the messages has no capabilities.
    """
    settings = settings or MetricSettings()
    keys = ["platform", "account_id", "organisation"]
    accounts = accounts.dropna(subset=keys[:2]).drop_duplicates(keys)
    twice = accounts.duplicated(keys[:2])
    if twice.any():
        platform, account, _ = accounts.loc[twice].iloc[0]
        raise InputError(
            f"the account map gives {account} on {platform} to two organisations; keep one"
        )
    expressions = build_account_metrics(
        engine.read_parquet(str(messages)),
        engine.read_parquet(str(snapshots)),
        ibis.memtable(_tabulate_accounts(accounts, settings)),
        windows,
        capabilities,
        settings,
    )
    formats = engine.to_pyarrow(expressions[1]).to_pandas()
    unknown = set(formats["source_format"]) - set(capabilities)
    if unknown:
        raise ValueError(f"no capabilities are given for {', '.join(sorted(unknown))}")
    metrics = engine.to_pyarrow(expressions[0]).to_pandas()
    metrics = metrics.sort_values(list(_KEYS), ignore_index=True)
    metrics = _set_types(metrics, account_metrics_schema(settings))
    return metrics, _tell_status(metrics, formats, windows, capabilities, settings)


def _tabulate_accounts(accounts: pd.DataFrame, settings: MetricSettings) -> pa.Table:
    zone = ZoneInfo(settings.time_zone)

    def in_seconds(day: dt.date | None, more_days: int) -> int | None:
        if day is None or pd.isna(day):
            return None
        midnight = dt.datetime.combine(day + dt.timedelta(days=more_days), dt.time(), zone)
        return int(midnight.timestamp())

    columns = {
        name: pa.array(accounts[name].tolist(), pa.string(), from_pandas=True)
        for name in ("platform", "account_id", "organisation")
    }
    for name, more_days in (("in_use_from", 0), ("in_use_to", 1)):
        days = accounts[name] if name in accounts else [None] * len(accounts)
        columns[name] = pa.array([in_seconds(day, more_days) for day in days], pa.int64())
    return pa.table(columns)


def _set_types(table: pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """Give each column its type, whatever an engine made of a column with nulls."""
    columns = {}
    for part in schema:
        column = table[part.name]
        if pa.types.is_timestamp(part.type):
            columns[part.name] = pd.to_datetime(column.astype("Int64"), unit="s", utc=True).astype(
                "datetime64[us, UTC]"
            )
        elif pa.types.is_integer(part.type):
            columns[part.name] = column.astype("Int64")
        elif pa.types.is_boolean(part.type):
            columns[part.name] = column.astype("boolean")
        elif pa.types.is_floating(part.type):
            columns[part.name] = column.astype("float64")
        else:
            columns[part.name] = column.astype("str")
    return pd.DataFrame(columns)


def _tell_status(
    metrics: pd.DataFrame,
    formats: pd.DataFrame,
    windows: Sequence[Mapping],
    capabilities: Mapping[str, Capabilities],
    settings: MetricSettings,
) -> pd.DataFrame:
    formats = formats.sort_values([*_KEYS, "source_format"])
    names = formats.groupby(list(_KEYS))["source_format"].agg(", ".join).to_dict()
    head = metrics[[*_KEYS, "organisation"]]
    keys = zip(*(head[key] for key in _KEYS), strict=True)
    head = head.assign(
        source_formats=pd.Series([names.get(key) for key in keys], index=head.index, dtype="str")
    )
    held = head["source_formats"].fillna("")
    partly = _tell_partial_window(metrics, windows, settings)
    tables = []
    for name, metric in list_metrics(settings).items():
        lacks, notes = {}, {}
        for group in held.unique():
            lacks[group], notes[group] = _judge_formats(metric, group, capabilities)
        lack, note = held.map(lacks).astype("str"), held.map(notes).astype("str")
        if name in ("messages_sent", "messages_per_week"):
            both = note.str.cat(partly, sep="; ")
            note = both.fillna(note).fillna(partly)
        computed = metrics[name].notna()
        reason = lack.where(lack.notna(), metric.without_data).where(~computed, note)
        nothing = held.eq("") & ~computed & bool(metric.needs)
        status = (
            lack.notna()
            .map({True: "not computable", False: "no data"})
            .where(~computed, "computed")
        )
        reason = reason.where(~nothing, "no export that holds this account reaches into the window")
        tables.append(head.assign(metric=name, status=status, reason=reason))
    table = pd.concat(tables, ignore_index=True)[METRIC_STATUS.names]
    order = {name: place for place, name in enumerate(list_metrics(settings))}
    table = table.sort_values(
        [*_KEYS, "metric"], key=lambda column: column.map(order) if column.name == "metric" else column,
        ignore_index=True,
    )  # fmt: skip
    return table.astype("str")


def _judge_formats(
    metric: Metric, group: str, capabilities: Mapping[str, Capabilities]
) -> tuple[str | None, str | None]:
    """Say why no format of the group carries a metric (or None), and what to add where one does (or None)."""
    names = group.split(", ") if group else []
    lacks = {name: explain_lack(metric.needs, capabilities[name]) for name in names}
    if names and all(lacks.values()):
        return _join_reasons(lacks), None
    carrying = [name for name in names if not lacks[name]]
    notes = {name: lack for name, lack in lacks.items() if lack}
    for name in carrying:
        carries = capabilities[name]
        parts = [
            carries.reasons[need]
            for need in metric.needs
            if getattr(carries, need) == "conditional" and need in carries.reasons
        ]
        parts += [lack for need in metric.minds if (lack := explain_lack([need], carries))]
        if parts:
            notes[name] = "; ".join(parts)
    told = _join_reasons(notes) if notes else None
    return None, f"only from {', '.join(carrying)}; {told}" if len(carrying) < len(names) else told


def _join_reasons(reasons: Mapping[str, str]) -> str:
    if len(reasons) == 1:
        return next(iter(reasons.values()))
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())


def _tell_partial_window(
    metrics: pd.DataFrame, windows: Sequence[Mapping], settings: MetricSettings
) -> pd.Series:
    """Say where the exports begin or end more than a week inside the window: the rate may then be too low."""
    bounds = {str(window["edition"]): (window["start"], window["end"]) for window in windows}
    told = []
    for row in metrics[["edition", "exports_from", "exports_to"]].itertuples(index=False):
        start, end = bounds[row.edition]
        parts = []
        if pd.notna(row.exports_from):
            first = row.exports_from.tz_convert(settings.time_zone).date()
            last = row.exports_to.tz_convert(settings.time_zone).date()
            if first > start + dt.timedelta(days=7):
                parts.append(f"begin on {first}")
            if last < end - dt.timedelta(days=7):
                parts.append(f"end on {last}")
        told.append(f"the exports {' and '.join(parts)}, inside the window" if parts else None)
    return pd.Series(told, index=metrics.index, dtype="str")
