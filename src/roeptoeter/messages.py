"""The canonical tables of account-level data: their columns, types and reason codes.

One place says what a message, a snapshot of an account, an answer of a questionnaire is; readers, checks, metrics and the
data dictionaries follow it. No column holds the text of a message, a name or a handle: what people wrote is
read, used (its length, whether it begins with a mention) and left behind.
"""

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
COUNT = pa.int64()

KINDS = (
    "post", "reply", "self_reply", "directed_mention", "repost", "quote", "reply_unknown_target",
)  # fmt: skip

#: One row per message. Key: platform, message_id. Ids of messages, and of accounts that are no organisation's, are
#: keyed hashes.
MESSAGES = pa.schema(
    [
        (
            "platform",
            TEXT,
        ),  # twitter, facebook, instagram, linkedin, mastodon, bluesky, youtube, other
        ("message_id", TEXT),  # keyed hash
        ("account_id", TEXT),  # of an organisation as in the export; of anybody else a keyed hash
        ("organisation", TEXT),  # code of the register; null: the account is in no account map
        ("direction", TEXT),  # sent, received: seen from the organisation
        ("kind", TEXT),  # one of KINDS
        ("created_at", TIME),
        ("created_at_precision", TEXT),  # second, minute, day
        ("created_at_source", TEXT),  # explicit, declared:<zone>, id
        ("in_reply_to_message_id", TEXT),  # keyed hash
        ("in_reply_to_account_id", TEXT),
        ("parent_created_at", TIME),  # of the message replied to, where the corpus has it
        ("parent_account_id", TEXT),
        ("conversation_id", TEXT),  # keyed hash
        ("visibility", TEXT),  # public, unlisted
        ("text_length", COUNT),  # characters; null: the format withholds the text
        ("language", TEXT),
        ("reactions", COUNT),  # null: not carried, and always null for reposts
        ("comments", COUNT),
        ("shares", COUNT),
        ("quotes", COUNT),
        ("views", COUNT),
        ("reach", COUNT),
        ("clicks", COUNT),
        ("metrics_at", TIME),  # when the counts were read
        ("author_followers", COUNT),
        ("followers_basis", TEXT),  # at_posting, at_collection, at_export
        ("promoted", pa.bool_()),
        ("quality_flags", pa.list_(TEXT)),  # codes of REASONS
        ("source_file", TEXT),
        ("source_row", COUNT),  # record number in the file, from 1
        ("source_format", TEXT),
    ]
)

#: One row per account and moment. Key: platform, account_id, observed_at, source_file.
ACCOUNT_SNAPSHOTS = pa.schema(
    [
        ("platform", TEXT),
        ("account_id", TEXT),
        ("organisation", TEXT),
        ("observed_at", TIME),
        ("observed_precision", TEXT),  # second, day
        ("followers", COUNT),
        (
            "followers_kind",
            TEXT,
        ),  # followers, page_likes, subscribers, members: never mixed in one series
        ("following", COUNT),
        ("messages_total", COUNT),
        ("last_message_at", TIME),  # of the last message that it had sent then
        ("basis", TEXT),  # profile, message_row, daily_series, file_count
        ("source_file", TEXT),
        ("source_row", COUNT),
    ]
)

#: One row per account of an organisation, from the account map, the declarations and the exports. No key: of an account
#: of a person, and of one that the map names by a handle that no export has, the id is null.
ACCOUNTS = pa.schema(
    [
        ("platform", TEXT),
        ("account_id", TEXT),
        ("organisation", TEXT),
        ("purpose", TEXT),  # one of roeptoeter.sources.accounts.PURPOSES
        ("owner", TEXT),  # the department that answers for it
        ("in_use_from", pa.date32()),
        ("in_use_to", pa.date32()),
        ("is_simulated", pa.bool_()),
    ]
)

#: One row per respondent, question and option. Key: survey, respondent_id, question, option.
SURVEY_ANSWERS = pa.schema(
    [
        ("survey", TEXT),
        ("wave", TEXT),
        ("respondent_id", TEXT),  # keyed hash
        ("organisation", TEXT),
        ("question", TEXT),  # code in the export
        ("option", TEXT),  # code of the sub-question or option; empty for a question without
        ("question_type", TEXT),  # single, multiple, numeric, text, scale, date
        ("answer_code", TEXT),  # "1"/"0" for an option of a multiple question
        ("answer_label", TEXT),
        ("answer_number", pa.float64()),
        ("missing_kind", TEXT),  # answered, not_answered, not_shown, user_missing
        ("submitted_at", TIME),
        ("status", TEXT),  # complete, partial
        ("weight", pa.float64()),
        ("source_file", TEXT),
        ("source_row", COUNT),
    ]
)

#: What becomes of a row or file, by reason code: where it goes, and what a person should know.
#: "file": the file is refused; "quarantine", "excluded", "duplicate": the row is left out; "flag": it is kept.
REASONS: dict[str, tuple[str, str]] = {
    "ENCODING_INVALID": ("file", "cannot be decoded as declared"),
    "REQUIRED_COLUMN_MISSING": ("file", "a column that is needed is not there"),
    "HEADER_AMBIGUOUS": ("file", "two columns mean the same"),
    "DATE_ORDER_INCONSISTENT": ("file", "dates contradict the declared order, or cannot confirm it"),
    "ID_FILE_DAMAGED": ("file", "ids were rounded, as a spreadsheet does; export again, as text"),
    "TZ_SHIFT": ("file", "the clock inside the ids contradicts the declared time zone"),
    "ALL_UNKNOWN": ("file", "no record of the declared format"),
    "ROW_WIDTH_FILE": ("file", "many rows have another number of cells than the header"),
    "FORMAT_INVALID": ("file", "is not what its declared format looks like"),
    "NOTHING_KEPT": ("file", "not one row can be used"),
    "MUCH_QUARANTINED": ("file", "too large a part of the rows cannot be used"),
    "JSON_INVALID": ("quarantine", "a record that cannot be read, such as a truncated last line"),
    "ROW_WIDTH": ("quarantine", "a row with another number of cells than the header"),
    "UNKNOWN_RECORD_TYPE": ("quarantine", "a record of another kind"),
    "FLATTEN_FAILED": ("quarantine", "a page without messages"),
    "REQUIRED_NULL": ("quarantine", "no id, no account or no time"),
    "ID_IS_FLOAT": ("quarantine", "an id that has become a decimal number"),
    "ID_SCIENTIFIC": ("quarantine", "an id in scientific notation"),
    "ID_BAD_FORM": ("quarantine", "an id of another shape than the platform's"),
    "TIMESTAMP_UNPARSEABLE": ("quarantine", "a time that cannot be read in the declared form"),
    "TIMESTAMP_RANGE": ("quarantine", "a time before the platform existed, or in the future"),
    "TIMEZONE_MISSING": ("quarantine", "a time without zone, and none declared"),
    "TIMEZONE_UNKNOWN": ("quarantine", "a zone abbreviation that is ambiguous"),
    "TIMESTAMP_NONEXISTENT": ("quarantine", "a local time that the clock change skipped"),
    "SNOWFLAKE_MISMATCH": ("quarantine", "the clock inside the id contradicts the stated time"),
    "READER_ERROR": ("quarantine", "the reader failed on this record"),
    "EXCLUDED_NON_PUBLIC": ("excluded", "not public; its content was not read"),
    "EXCLUDED_DELETED": ("excluded", "deleted by its author"),
    "EXCLUDED_PREVIEW": ("excluded", "a preview or test response"),
    "DUPLICATE": ("duplicate", "the same message, or the same respondent, again, from another page or export"),
    "CONFLICT_IMMUTABLE": ("duplicate", "the same message with another date, account or kind"),
    "EDITED": ("duplicate", "an earlier version of a message edited later"),
    "ID_REPAIRED": ("flag", "an id without its spurious decimals or quotes"),
    "REF_ID_DAMAGED": ("flag", "the id of the message replied to is damaged; that it is a reply is kept"),
    "TIMESTAMP_AMBIGUOUS": ("flag", "a local time that the clock change repeats; the first is taken"),
    "TIMESTAMP_BACKDATED": ("flag", "the author's clock and the server's differ by more than a day"),
    "COUNT_BAD": ("flag", "a count that is no whole number; left empty"),
    "COUNT_INCONSISTENT": ("flag", "a total that is not the sum of its parts"),
    "TEXT_MOJIBAKE": ("flag", "text in a wrong encoding"),
    "TEXT_TRUNCATED": ("flag", "text that was cut"),
    "URL_AS_ID": ("flag", "the address stands for an id that the export does not give"),
    "EDITED_LATER": ("flag", "edited after it was published"),
    "ID_CLOCK_DIFFERS": ("flag", "the clock inside the id differs from the time its author states"),
    "RESPONSE_NEGATIVE": ("flag", "answered before it was asked"),
    "ROW_CAP": ("warning", "exactly as many rows as the tool exports at most: probably cut"),
    "COUNT_MISMATCH": ("warning", "another number of records than the export itself states"),
    "FEW_IDS": ("warning", "too few ids to tell whether they were rounded"),
}  # fmt: skip
