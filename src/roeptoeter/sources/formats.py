"""The formats that a declaration can name, gathered from the readers."""

from roeptoeter.sources import (
    account_table,
    bluesky,
    crowdtangle,
    delimited,
    hootsuite,
    mastodon,
    meta,
    surveys,
    x_api,
    x_archive,
)
from roeptoeter.sources.staging import Format

_READERS = (
    x_api, x_archive, mastodon, bluesky, crowdtangle, meta, hootsuite, delimited, account_table, surveys,
)  # fmt: skip


def _gather() -> dict[str, Format]:
    formats: dict[str, Format] = {}
    for reader in _READERS:
        for kind in reader.FORMATS:
            assert kind.name not in formats, f"two readers for the format {kind.name}"
            formats[kind.name] = kind
    return formats


#: Every format by its name, as a declaration writes it.
FORMATS: dict[str, Format] = _gather()
