"""CrowdTangle: CSV exports of posts of Facebook pages and Instagram accounts (closed in August 2024)."""

import re
from collections.abc import Iterator
from pathlib import Path

from roeptoeter.sources.staging import Capabilities, Format
from roeptoeter.sources.tables import find_columns, load_headers, open_table, stage_rows
from roeptoeter.sources.values import clean_text, parse_count, parse_time, read_cell

_REACTIONS = ("like", "love", "wow", "haha", "sad", "angry", "care")

#: Where the number of a post stands in an address of Facebook, and its code in one of Instagram.
_POST = re.compile(
    r"/(?:posts|permalink|reel)/(?:[^/?]+/)?(\d+)|/videos/(?:[^/?]+/)?(\d+)|/photos/(?:[^/?]+/)?(\d+)"
    r"|[?&](?:story_fbid|fbid|v)=(\d+)"
)
_SHORTCODE = re.compile(r"instagram\.com/(?:[^/]+/)?(?:p|reel|tv)/([\w-]+)")


def _read(path: Path, source) -> Iterator[dict]:
    kind = load_headers()[
        "crowdtangle-instagram" if source.platform == "instagram" else "crowdtangle-facebook"
    ]
    table = open_table(path, source)
    required = ["created_at", "url", *([] if source.account_id else ["account_id"])]
    columns = find_columns(table.header, kind.columns, required)
    yield from stage_rows(table, lambda cells: _stage(cells, columns, source))


def _stage(cells: list[str], columns: dict[str, int], source) -> dict:
    def get(name: str) -> str | None:
        return cells[columns[name]] if name in columns else None

    flags: list[str] = []

    def count(name: str) -> str | None:
        digits, is_bad = parse_count(get(name), ".", ",")
        if is_bad:
            flags.append("COUNT_BAD")
        return digits

    account, url = read_cell(get("account_id")) or source.account_id, read_cell(get("url"))
    message = _find_id(url, account, source.platform)
    if message is None and url is not None:
        message = url
        flags.append("URL_AS_ID")
    created = parse_time(get("created_at"), order=source.date_order, zone=source.time_zone)
    flags.extend(created.flags)
    parts = [count(name) for name in _REACTIONS if name in columns]
    reactions = str(sum(map(int, parts))) if parts and None not in parts else None
    comments, shares, total = count("comments"), count("shares"), count("total")
    known = [reactions, comments, *([shares] if "shares" in columns else [])]
    if total is not None and None not in known and int(total) != sum(map(int, known)):
        flags.append("COUNT_INCONSISTENT")
    views = count("views")
    if views == "0" and "video" not in (get("type") or "video").lower():
        views = None  # only videos have views; elsewhere the zero is no count
    followers = count("author_followers" if "author_followers" in columns else "page_likes")
    return {
        "problem": created.problem,
        "problem_field": "created_at" if created.problem else None,
        "flags": sorted(set(flags)),
        "message_id": message,
        "account_id": account,
        "account_handle": read_cell(get("account_handle")),
        "created_at": created.at,
        "created_at_precision": created.precision,
        "created_at_source": created.source,
        "text": clean_text(get("text")),
        "reactions": reactions,
        "comments": comments,
        "shares": shares,
        "views": views,
        "author_followers": None if followers == "0" else followers,  # 0 stands for unknown
    }


def _find_id(url: str | None, account: str | None, platform: str) -> str | None:
    """Return the id of a post from its address: page_post, or the shortcode of Instagram."""
    if url is None or account is None:
        return None
    if platform == "instagram":
        found = _SHORTCODE.search(url)
        return found[1] if found else None
    found = _POST.search(url)
    return f"{account}_{next(filter(None, found.groups()))}" if found else None


FORMATS = (
    Format(
        name="crowdtangle",
        title="CrowdTangle, posts as CSV",
        yields="messages",
        # of some 40 columns a few were seen in a real file; the full width is known from a program that reads it
        verified=False,
        capabilities=Capabilities(
            messages="yes",
            created_at="yes",
            replies="no",
            self_replies="no",
            parents="no",
            reposts="no",
            followers="yes",
            reach="no",
            interactions="yes",
            reasons={
                "replies": "CrowdTangle does not mark replies",
                "self_replies": "CrowdTangle does not mark replies",
                "parents": "CrowdTangle does not mark replies",
                "reposts": "CrowdTangle tells shares of other pages' posts only by the kind of content",
                "reach": "CrowdTangle gives views of videos only",
            },
        ),
        needs=(),
        suffixes=(".csv", ".tsv", ".txt", ".xlsx", ".xls"),
        read=_read,
        followers_basis="at_posting",
        row_cap=30_000,
    ),
)
