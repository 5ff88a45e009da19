import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_damage import damaged, read_whatever

from roeptoeter.sources.crowdtangle import FORMATS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused

(CROWDTANGLE,) = FORMATS
FOLDER = Path(__file__).parent / "fixtures" / "exports" / "crowdtangle"


def declare(**keys):
    keys = {"platform": "facebook", "exported_on": dt.date(2023, 1, 2)} | keys
    return Source(file="a.csv", format="crowdtangle", **keys)


def read(name="facebook.csv", **keys):
    return list(CROWDTANGLE.read(FOLDER / name, declare(**keys)))


@pytest.fixture(scope="module")
def posts():
    return read()


def test_both_zones_of_a_file_over_the_clock_change_are_read(posts):
    assert posts[0]["created_at"] == dt.datetime(2022, 11, 5, 14, 11, 12, tzinfo=dt.UTC)
    assert posts[1]["created_at"] == dt.datetime(2022, 11, 7, 15, 11, 12, tzinfo=dt.UTC)
    assert posts[0]["created_at_source"] == "explicit"


def test_a_zone_with_several_meanings_is_not_guessed(posts):
    assert posts[5]["problem"] == "TIMEZONE_UNKNOWN"


def test_reactions_are_the_sum_of_all_seven(posts):
    assert posts[0]["reactions"] == "1134"
    assert posts[0]["flags"] == []


def test_a_total_with_a_thousands_comma_agrees_with_its_parts(posts):
    assert 1134 + 60 + 40 == 1234
    assert "COUNT_INCONSISTENT" not in posts[0]["flags"]


def test_a_total_that_is_not_the_sum_of_its_parts_is_flagged_and_kept(posts):
    assert posts[2]["flags"] == ["COUNT_INCONSISTENT"]
    assert posts[2]["problem"] is None
    assert posts[2]["reactions"] == "5"


def test_an_abbreviated_count_is_empty_and_flagged_not_one(posts):
    assert posts[6]["reactions"] is None
    assert posts[6]["flags"] == ["COUNT_BAD"]


def test_zero_followers_mean_unknown(posts):
    assert posts[3]["author_followers"] is None
    assert posts[0]["author_followers"] == "5321"


def test_no_views_of_a_photo_are_not_zero_views(posts):
    assert posts[0]["views"] is None
    assert posts[3]["views"] == "0"


def test_the_id_is_page_and_post(posts):
    assert posts[0]["message_id"] == "100000000000001_501"


def test_an_address_without_number_stands_for_the_id_with_a_flag(posts):
    assert posts[4]["message_id"].startswith("https://")
    assert posts[4]["flags"] == ["URL_AS_ID"]


def test_a_text_that_reads_na_is_a_text(posts):
    assert posts[2]["text"] == "NA"


def test_headers_from_before_april_2021_are_known():
    (post,) = read("before-2021.csv")
    assert post["author_followers"] == "4000"
    assert post["message_id"] == "100000000000001_701"
    assert post["created_at"] == dt.datetime(2019, 5, 6, 5, 8, 9, tzinfo=dt.UTC)
    assert post["reactions"] == "4"
    assert post["flags"] == []


def test_a_file_of_the_link_checker_is_read_from_its_declared_header_row():
    (post,) = read("link-checker.csv", header_row=4)
    assert post["created_at"] == dt.datetime(2022, 1, 15, 20, 32, 5, tzinfo=dt.UTC)


def test_without_the_declared_header_row_the_refusal_asks_for_it_and_quotes_nothing():
    with pytest.raises(
        FileRefused, match="no column for created_at: expected Post Created"
    ) as refusal:
        read("link-checker.csv")
    assert refusal.value.code == "REQUIRED_COLUMN_MISSING"
    assert "`header_row`" in refusal.value.detail
    assert "Link Checker" not in refusal.value.detail


def test_a_row_of_data_taken_for_the_header_is_not_quoted():
    with pytest.raises(FileRefused) as refusal:
        read(header_row=3)
    assert "Mareike" not in refusal.value.detail


def test_instagram_posts_have_their_shortcode_as_id():
    (post,) = read("instagram.csv", platform="instagram")
    assert post["message_id"] == "CeXample_-1"
    assert post["account_id"] == "gemeentevoorbeeld"
    assert (post["reactions"], post["comments"]) == ("12", "2")


def test_reply_share_cannot_be_computed_and_the_format_says_why():
    assert CROWDTANGLE.capabilities.replies == "no"
    assert CROWDTANGLE.capabilities.reasons["replies"] == "CrowdTangle does not mark replies"
    assert CROWDTANGLE.row_cap == 30_000
    assert CROWDTANGLE.followers_basis == "at_posting"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_crashes_the_reader_or_loses_a_record(data, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(data.draw(damaged((FOLDER / "facebook.csv").read_bytes(), "utf-8")))
    read_whatever(CROWDTANGLE, path, declare())
