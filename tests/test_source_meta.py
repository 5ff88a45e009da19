import datetime as dt
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_damage import damaged, read_whatever

from roeptoeter.messages import REASONS
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.meta import FORMATS
from roeptoeter.sources.staging import FileRefused

POSTS, FOLLOWERS = FORMATS
FOLDER = Path(__file__).parent / "fixtures" / "exports" / "meta"


def declare(**keys):
    keys = {
        "format": "meta-posts",
        "platform": "facebook",
        "exported_on": dt.date(2024, 9, 2),
        "time_zone": "Europe/Brussels",
        "date_order": "mdy",
    } | keys
    return Source(file="a.csv", **keys)


def read_posts(name="posts.csv", **keys):
    return list(POSTS.read(FOLDER / name, declare(**keys)))


def read_followers(name, **keys):
    keys = {"format": "meta-followers", "account_id": "100000000000002"} | keys
    return list(FOLLOWERS.read(FOLDER / name, declare(**keys)))


@pytest.fixture(scope="module")
def posts():
    return read_posts()


def test_a_time_without_zone_is_read_in_the_declared_order_and_zone(posts):
    assert posts[0]["created_at"] == dt.datetime(2024, 7, 25, 16, 30, tzinfo=dt.UTC)
    assert posts[0]["created_at_source"] == "declared:Europe/Brussels"
    assert posts[0]["created_at_precision"] == "minute"
    assert posts[1]["created_at"] == dt.datetime(2024, 7, 3, 6, 5, tzinfo=dt.UTC)


def test_an_hour_that_the_clock_change_skips_does_not_exist(posts):
    assert posts[3]["problem"] == "TIMESTAMP_NONEXISTENT"


def test_an_hour_that_the_clock_change_repeats_is_taken_first_and_flagged(posts):
    assert posts[5]["created_at"] == dt.datetime(2023, 10, 29, 0, 30, tzinfo=dt.UTC)
    assert posts[5]["flags"] == ["TIMESTAMP_AMBIGUOUS"]
    assert posts[4]["flags"] == []


def test_the_longer_of_title_and_description_is_the_text(posts):
    assert posts[0]["text"].startswith("𝗟𝗲𝘁 𝗼𝗽")
    assert posts[1]["text"].startswith("Vraag?")


def test_views_from_boosted_posts_tell_whether_a_post_was_promoted(posts):
    assert posts[0]["promoted"] is False
    assert posts[1]["promoted"] is True


def test_an_export_without_boosted_views_does_not_say_that_nothing_was_promoted():
    (post,) = read_posts("posts-other-headers.csv")
    assert post["promoted"] is None


def test_other_columns_and_capitals_of_another_month_are_read():
    (post,) = read_posts("posts-other-headers.csv")
    assert post["message_id"] == "100000000000002_9007"
    assert post["text"] == "Een langer bericht"
    assert (post["reactions"], post["reach"]) == ("7", "90")


def test_half_a_view_is_no_count(posts):
    assert posts[2]["views"] is None
    assert posts[2]["flags"] == ["COUNT_BAD"]


def test_a_share_is_marked_as_repost(posts):
    assert [post["is_repost"] for post in posts[:3]] == [False, False, True]


def test_a_file_without_a_day_after_the_12th_cannot_confirm_its_order():
    with pytest.raises(FileRefused, match="export a period with a day after the 12th") as refusal:
        read_posts("posts-first-days.csv")
    assert refusal.value.code == "DATE_ORDER_INCONSISTENT"


def test_a_date_that_the_other_order_would_put_after_the_export_confirms_the_order():
    # 07/01/2024 to 07/06/2024: by day first these lie in January to June; by month first in July, after the export
    rows = read_posts("posts-first-days.csv", exported_on=dt.date(2024, 6, 20), date_order="dmy")
    assert rows[5]["created_at"].date() == dt.date(2024, 6, 7)


def test_one_date_against_the_declared_order_refuses_the_whole_file():
    with pytest.raises(FileRefused, match="contradicts the declared date_order mdy") as refusal:
        read_posts("posts-day-first.csv")
    assert refusal.value.code == "DATE_ORDER_INCONSISTENT"
    assert len(read_posts("posts-day-first.csv", date_order="dmy")) == 3


def test_a_series_of_followers_becomes_snapshots():
    rows = read_followers("followers.csv")
    assert rows[0]["followers"] == 12345
    assert rows[0]["observed_at"] == dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    assert rows[0]["observed_precision"] == "day"
    assert rows[0]["followers_kind"] == "followers"


def test_the_word_undefined_at_the_end_of_a_series_is_no_zero():
    rows = read_followers("followers.csv")
    assert rows[2]["problem"] == "REQUIRED_NULL"
    assert "followers" not in rows[2]


def test_dates_without_year_need_the_declared_year():
    with pytest.raises(FileRefused, match="declare `year`"):
        read_followers("followers-without-year.csv")


def test_the_year_goes_up_over_the_turn_of_the_year():
    rows = read_followers("followers-without-year.csv", year=2023)
    days = [row["observed_at"].date() for row in rows]
    assert days == [dt.date(2023, 12, 30), dt.date(2023, 12, 31), dt.date(2024, 1, 1)]


def test_a_year_that_lies_after_the_export_is_refused():
    with pytest.raises(FileRefused, match="is `year` right"):
        read_followers("followers-without-year.csv", year=2024)


def test_dates_without_year_that_step_back_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('"August 18","10"\n"August 17","11"\n')
    with pytest.raises(FileRefused, match="step back at record 2"):
        list(FOLLOWERS.read(path, declare(format="meta-followers", account_id="1", year=2023)))


def test_a_number_of_followers_that_is_none_is_put_aside_with_a_code_that_counts_rows(tmp_path):
    path = tmp_path / "followers.csv"
    text = (FOLDER / "followers-without-year.csv").read_text(encoding="utf-8-sig")
    last = text.rstrip("\n").rpartition(",")[0]
    path.write_text(f'{last},"1,5"\n', encoding="utf-8-sig")
    *_, row = FOLLOWERS.read(path, declare(format="meta-followers", account_id="1", year=2023))
    assert (row["problem"], row["problem_field"]) == ("REQUIRED_NULL", "followers")
    assert REASONS[row["problem"]][0] == "quarantine"


def test_a_series_of_reach_is_no_number_of_followers():
    with pytest.raises(FileRefused, match="a series of another metric"):
        read_followers("reach.csv")


def test_tables_one_below_the_other_are_refused():
    with pytest.raises(FileRefused, match="several tables"):
        read_followers("audience.csv")


def test_what_it_cannot_answer_is_said():
    assert POSTS.capabilities.replies == "no"
    assert "not its replies" in POSTS.capabilities.reasons["replies"]
    assert POSTS.needs == ("time_zone", "date_order")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_damage_crashes_the_reader_of_posts_or_loses_a_record(data, tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(data.draw(damaged((FOLDER / "posts.csv").read_bytes(), "utf-8-sig")))
    read_whatever(POSTS, path, declare())


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), name=st.sampled_from(["followers.csv", "followers-without-year.csv"]))
def test_no_damage_crashes_the_reader_of_followers_or_loses_a_record(data, name, tmp_path):
    encoding = "utf-16" if name == "followers.csv" else "utf-8-sig"
    path = tmp_path / "a.csv"
    path.write_bytes(data.draw(damaged((FOLDER / name).read_bytes(), encoding)))
    read_whatever(FOLLOWERS, path, declare(format="meta-followers", account_id="1", year=2023))
