"""From counts to messages: each with its time, its kind and the message it answers."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.simulate.times import AROUND, DAY, SUMMER_TIME, Responses, Window, draw_moments

MESSAGE_COLUMNS = [
    "edition", "platform", "account_id", "message_id", "direction", "kind", "created_at", "parent_message_id",
    "parent_created_at", "author_number", "followers", "reactions", "comments", "shares",
]  # fmt: skip

_SNOWFLAKE_EPOCH_MS = 1_288_834_974_657
_SEQUENCE = 1 << 22
_FIRST_FACEBOOK_ID = 7_100_000_000_000
_RESIDENTS = (
    1000  # an account's questions come from so many people, numbered apart from those of others
)


@dataclass(frozen=True, slots=True)
class Block:
    """One edition on one platform in one region: the accounts and what they sent.

    Parameters
    ----------
    edition, platform : str
    account_ids : numpy.ndarray of str
    account_rows : numpy.ndarray of int
        Numbers of the accounts in the table of all accounts.
    messages, replies : numpy.ndarray of int
        By account, in the window.
    reposts : numpy.ndarray of int
    open_questions : numpy.ndarray of int
        Received and never answered.
    audience : numpy.ndarray of int
        Fans or followers at the end of the window.
    responses : Responses
    """

    edition: str
    platform: str
    account_ids: np.ndarray
    account_rows: np.ndarray
    messages: np.ndarray
    replies: np.ndarray
    reposts: np.ndarray
    open_questions: np.ndarray
    audience: np.ndarray
    responses: Responses


@dataclass(slots=True)
class _Rows:
    """Rows of one block in the making; `parent` numbers a row of the same block, -1 for none."""

    parts: list[dict] = field(default_factory=list)
    number: int = 0

    def add(self, account, created, direction, kind, author=-1, parent=-1) -> np.ndarray:
        many = len(account)
        entries = {"direction": direction, "kind": kind, "author": author, "parent": parent}
        columns = {name: np.broadcast_to(entry, many) for name, entry in entries.items()}
        self.parts.append({"account": account, "created": created, **columns})
        self.number += many
        return np.arange(self.number - many, self.number)

    def join(self) -> dict[str, np.ndarray]:
        return {name: np.concatenate([part[name] for part in self.parts]) for name in self.parts[0]}


def build_messages(
    block: Block, window: Window, rng: np.random.Generator, assumptions: Assumptions
) -> pd.DataFrame:
    """Build the messages of one edition on one platform.

    Parameters
    ----------
    block : Block
    window : Window
    rng : numpy.random.Generator
    assumptions : Assumptions

    Returns
    -------
    pandas.DataFrame
        Columns of `MESSAGE_COLUMNS` but the two ids, and `parent`, the row of the message answered (-1: none). Times are
        UTC.
    """
    rows = _Rows()
    on_twitter = block.platform == "twitter"
    quotes = assumptions.quote_share if window.edition >= "2015" and on_twitter else 0.0
    posts, times, kinds, parents = _draw_posts(block, window, rng, assumptions, quotes)
    numbers = rows.add(posts, times, "sent", kinds)
    rows.parts[-1]["parent"] = np.where(parents >= 0, numbers[parents], -1)
    before, after = _draw_outside(block, window, rng, assumptions)
    for account, created in (before, after):
        rows.add(account, created, "sent", "post")
    reposts = np.repeat(np.arange(len(block.reposts)), block.reposts)
    rows.add(reposts, _draw_post_times(len(reposts), window, rng, assumptions), "sent", "repost")

    answered = block.responses
    open_account = np.repeat(np.arange(len(block.open_questions)), block.open_questions)
    open_times = draw_moments(
        rng, len(open_account), window.start, window.end, assumptions.question_weekdays, assumptions.question_hours
    )  # fmt: skip
    asked_account = np.concatenate([answered.account, open_account])
    asked_at = np.concatenate([answered.received_at, open_times])
    above = np.full(len(asked_account), -1)
    if not on_twitter:  # a question on Facebook is a comment below a post
        pages = rows.join()
        above = find_previous(asked_account, asked_at, pages["account"], pages["created"])
    resident = asked_account * _RESIDENTS + rng.integers(0, _RESIDENTS, len(asked_account))
    kind = "directed_mention" if on_twitter else "reply"
    questions = rows.add(asked_account, asked_at, "received", kind, resident, above)
    rows.add(
        answered.account, answered.answered_at, "sent", "reply",
        parent=questions[: len(answered.account)],
    )  # fmt: skip
    return _finish(rows.join(), block, window, rng, assumptions)


def _draw_posts(block, window, rng, assumptions, quotes):
    """Draw the own messages that answer nobody, by account and time; own threads continue the message before."""
    account = np.repeat(np.arange(len(block.messages)), block.messages - block.replies)
    created = _draw_post_times(len(account), window, rng, assumptions)
    order = np.lexsort([created, account])
    account, created = account[order], created[order]
    bounds = np.cumsum([assumptions.self_reply_share, assumptions.mention_share, quotes])
    names = np.array(["self_reply", "directed_mention", "quote", "post"])
    if block.platform != "twitter":
        bounds = np.zeros(3)
    kinds = names[np.searchsorted(bounds, rng.random(len(account)), side="right")]
    follows = np.zeros(len(account), dtype=bool)
    follows[1:] = (account[1:] == account[:-1]) & (created[1:] > created[:-1])
    kinds = np.where((kinds == "self_reply") & ~follows, "post", kinds)
    parents = np.where(kinds == "self_reply", np.arange(len(account)) - 1, -1)
    return account, created, kinds, parents


def _draw_post_times(number, window, rng, assumptions):
    return draw_moments(
        rng, number, window.start, window.end, assumptions.post_weekdays, assumptions.post_hours
    )


def _draw_outside(block, window, rng, assumptions):
    """Draw a few messages before and after the window; a silent account has one before, so that its export holds it."""
    length = (window.end - window.start) / AROUND
    rate = assumptions.outside_message_share * block.messages / length
    silent = (block.messages == 0) & (block.reposts == 0)
    spans = (
        (np.where(silent, 1, rng.poisson(rate)), window.start - AROUND, window.start),
        (rng.poisson(rate), window.end, window.end + AROUND),
    )
    drawn = []
    for numbers, start, end in spans:
        account = np.repeat(np.arange(len(numbers)), numbers)
        times = draw_moments(
            rng, len(account), start, end, assumptions.post_weekdays, assumptions.post_hours
        )
        drawn.append((account, times))
    return drawn


def find_previous(
    account: np.ndarray, times: np.ndarray, known: np.ndarray, known_times: np.ndarray
) -> np.ndarray:
    """Find for each row the last known one of the same account before it.

    Parameters
    ----------
    account, times : numpy.ndarray of int
    known, known_times : numpy.ndarray of int
        The rows to find.

    Returns
    -------
    numpy.ndarray of int
        Row numbers in `known`; -1 where there is none.

    Examples
    --------
    >>> find_previous(np.array([0, 0, 1]), np.array([5, 9, 9]), np.array([0, 0]), np.array([4, 7])).tolist()
    [0, 1, -1]
    """
    far = np.int64(1) << 40
    keys = known * far + known_times
    order = np.argsort(keys, kind="stable")
    places = np.searchsorted(keys[order], account * far + times) - 1
    found = np.where(places >= 0, order[places], -1) if len(order) else np.full(len(account), -1)
    return np.where((found >= 0) & (known[found] == account), found, -1) if len(order) else found


def _finish(rows, block, window, rng, assumptions):
    sent = rows["direction"] == "sent"
    account = rows["account"]
    years = (rows["created"] - window.end) / (365 * DAY)
    followers = np.rint(block.audience[account] * assumptions.audience_growth**years)
    counted = sent & (rows["kind"] != "repost")
    if block.platform != "twitter":
        counted &= rows["kind"] == "post"
    liked = rng.gamma(1.5, 1 / 1.5, len(account)) * np.where(counted, followers, 0) / 1000
    columns = {
        "edition": block.edition,
        "platform": block.platform,
        "account_id": block.account_ids[account],
        "direction": rows["direction"],
        "kind": rows["kind"],
        "created_at": pd.to_datetime(rows["created"] - SUMMER_TIME, unit="s", utc=True).as_unit(
            "us"
        ),
        "parent": rows["parent"],
        "author_number": np.where(
            sent, -1, block.account_rows[account] * _RESIDENTS + rows["author"] % _RESIDENTS
        ),
        "followers": pd.Series(followers).astype("Int64").where(sent),
    }
    for name in ("reactions", "comments", "shares"):
        rate = getattr(assumptions, f"{block.platform}_{name}")
        columns[name] = pd.Series(rng.poisson(rate * liked)).astype("Int64").where(counted)
    return pd.DataFrame(columns)


def join_blocks(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Join the messages of all blocks and number them, so that an id tells the time as the platform's do.

    Parameters
    ----------
    tables : list of pandas.DataFrame
        From `build_messages`.

    Returns
    -------
    pandas.DataFrame
        Columns of `MESSAGE_COLUMNS`, by platform and time.

    Notes
    -----
    On Twitter an id is a snowflake: the milliseconds since the platform's epoch, shifted by 22 bits, below them a running
    number. Facebook's carry no clock.
    """
    starts = np.cumsum([0, *(len(table) for table in tables)])
    parents = np.concatenate(
        [
            np.where(table["parent"] >= 0, table["parent"] + start, -1)
            for table, start in zip(tables, starts, strict=False)
        ]
    )
    messages = pd.concat(tables, ignore_index=True)
    seconds = messages["created_at"].astype("int64").to_numpy() // 1_000_000
    order = np.lexsort([seconds])
    sequence = np.empty(len(messages), dtype=np.int64)
    sequence[order] = np.arange(len(messages))
    snowflakes = ((seconds * 1000 - _SNOWFLAKE_EPOCH_MS) << 22) + sequence % _SEQUENCE
    on_twitter = messages["platform"].eq("twitter").to_numpy()
    ids = np.where(on_twitter, snowflakes, _FIRST_FACEBOOK_ID + sequence)
    has_parent = pd.Series(parents >= 0)
    messages["message_id"] = ids
    messages["parent_message_id"] = pd.Series(ids[parents]).astype("Int64").where(has_parent)
    parent_times = messages["created_at"].take(parents).reset_index(drop=True)
    messages["parent_created_at"] = parent_times.where(has_parent)
    messages = messages.iloc[order].sort_values("platform", ascending=False, kind="stable")
    messages = messages[MESSAGE_COLUMNS].reset_index(drop=True)
    assert not messages.duplicated(["platform", "message_id"]).any()
    return messages
