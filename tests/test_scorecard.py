"""Scorecards: one organisation beside its like, in two languages, by the hundred."""

import re
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from roeptoeter import scorecard_page, scorecards, study
from roeptoeter.errors import InputError, NotAnswerable
from roeptoeter.growth_rules import read_growth_model
from roeptoeter.languages import LANGUAGES, get_language
from roeptoeter.metrics import DEFAULT_REASONS, list_metrics
from roeptoeter.plots.scorecard import draw_scorecard, write_svg
from roeptoeter.plots.style import NETHERLANDS
from roeptoeter.questions import scorecard
from roeptoeter.questions.account_level import read_account_level
from roeptoeter.questions.ranking_accounts import REASONS as WITHOUT_PLACE
from roeptoeter.questions.scorecard import FEWEST, MEASURES, Place, make_scorecard
from roeptoeter.questions.scorecard_words import (
    NO_PHASE,
    NO_PLACE,
    REASONS,
    write_scorecard,
    write_ticks,
)
from roeptoeter.registers import SIZE_CLASSES
from roeptoeter.scorecards import render_scorecards
from roeptoeter.study import load_study

PERSON = "Mareike Proefpersoon"
STUDY_FILE = """title: A study for tests
evidence: {evidence}
windows:
  - {{edition: "2013 Q3", start: 2013-07-01, end: 2013-09-30}}
  - {{edition: "2014 Q2", start: 2014-04-01, end: 2014-06-30}}
{simulation}"""

#: What each organisation sent: messages, replies, questions, answered in time, followers; None: no account.
SENT_2014 = {
    "GM0001": (100, 40, 20, 15, 5_000), "GM0002": (200, 20, 40, 10, 2_000), "GM0003": (50, 5, 12, 6, 800),
    "GM0004": (6, 2, 3, 1, 300), "GM0005": (0, 0, 0, 0, 120), "GM0006": None, "GM0007": (400, 10, 50, 30, 9_000),
    "GM0008": (80, 8, 15, 5, 1_500), "GM0009": (90, 9, 11, 4, 1_700), "GM0010": (300, 150, 90, 80, 4_000),
}  # fmt: skip
#: In 2013 GM0001 was GM0091 and GM0092.
SENT_2013 = {
    "GM0091": (60, 6, 20, 5, 1_000), "GM0092": (40, 4, 10, 5, 1_000), "GM0002": (100, 5, 10, 1, 1_500),
    "GM0003": (8, 1, 2, 1, 500), "GM0007": (300, 9, 20, 2, 6_000), "GM0010": (200, 100, 50, 40, 3_000),
}  # fmt: skip


def describe_organisations(edition, year, codes):
    rows = []
    for place, code in enumerate(codes):
        rows.append(
            {
                "edition": edition, "edition_year": year, "region": "NL", "organisation": code,
                "name": f"Plaats{code[-2:]}", "organisation_type": "municipality",
                "province": ("Utrecht", "Zeeland")[place % 2], "population": 10_000 + 5_000 * place,
                "size_class": SIZE_CLASSES[0] if place < 6 else SIZE_CLASSES[1],
                "latitude": 52.0, "longitude": 5.0, "is_simulated": False,
            }
        )  # fmt: skip
    return rows


def describe_accounts(edition, sent):
    accounts, responses, status = [], [], []
    for code, counts in sent.items():
        if counts is None:
            continue
        messages, replies, questions, in_time, followers = counts
        account = f"9{code[2:]}0815"
        accounts.append(
            {
                "edition": edition, "platform": "twitter", "account_id": account, "organisation": code,
                "account_exists": True, "active_in_window": messages > 0, "messages_sent": messages + 3,
                "own_messages_sent": messages, "reply_share_numerator": replies,
                "reply_share_denominator": messages, "messages_per_week": messages / 13,
                "followers": followers, "potential_reach": messages * followers,
                "potential_reach_messages": messages, "display_name": PERSON, "purpose": "corporate",
                "is_simulated": False,
            }
        )  # fmt: skip
        start = pd.Timestamp(f"{edition[:4]}-05-05 10:00" if edition.startswith("2014") else "2013-08-05 10:00", tz="UTC")  # fmt: skip
        for k in range(questions):
            asked = start + pd.Timedelta(hours=k)
            answered = asked + pd.Timedelta(hours=1 + k % 7) if k < in_time else pd.NaT
            responses.append(
                {
                    "edition": edition, "platform": "twitter", "account_id": account, "organisation": code,
                    "basis": "received message", "received_at": asked, "answered_at": answered,
                    "followed_to": start + pd.Timedelta(days=40), "sure_clock": True, "is_simulated": False,
                }
            )  # fmt: skip
        for metric, reason in (
            ("reply_share", "no message but reposts in the window, of the formats that mark replies"),
            ("median_response_hours", "an export of our own that tells nothing"),
        ):  # fmt: skip
            status.append(
                {
                    "edition": edition, "platform": "twitter", "account_id": account, "organisation": code,
                    "metric": metric, "status": "no data" if messages == 0 else "computed",
                    "reason": reason if messages == 0 else None, "source_formats": "x-api-v2",
                }
            )  # fmt: skip
    return accounts, responses, status


def write_tables(folder: Path, sent_2014=SENT_2014):
    folder.mkdir(parents=True, exist_ok=True)
    after, before = describe_accounts("2014 Q2", sent_2014), describe_accounts("2013 Q3", SENT_2013)
    organisations = describe_organisations("2014 Q2", 2014, list(sent_2014))
    organisations += describe_organisations(
        "2013 Q3", 2013, ["GM0091", "GM0092", *(code for code in sent_2014 if code != "GM0001")]
    )
    changes = pd.DataFrame(
        {
            "effective_date": pd.to_datetime(["2014-01-01"] * 2, utc=True),
            "change_type": "merger",
            "old_code": ["GM0091", "GM0092"],
            "new_code": "GM0001",
        }
    )
    accounts = pd.DataFrame(after[0] + before[0])
    counts = [name for name in accounts if accounts[name].dtype == "int64"]
    tables = {
        "edition_organisations": pd.DataFrame(organisations).astype({"population": "Int64"}),
        "account_metrics": accounts.astype(dict.fromkeys(counts, "Int64") | {"account_exists": "boolean"}),
        "responses": pd.DataFrame(after[1] + before[1]).astype({"sure_clock": "boolean"}),
        "metric_status": pd.DataFrame(after[2] + before[2]),
        "changes": changes,
    }  # fmt: skip
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Be a repository of its own, with a measured study `mine`."""
    monkeypatch.setattr(study, "ROOT", tmp_path)
    monkeypatch.setattr(scorecard_page, "REPLIES", tmp_path / "replies")
    (tmp_path / "studies").mkdir()
    (tmp_path / "replies").mkdir()
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "studies" / "mine.yaml").write_text(
        STUDY_FILE.format(evidence="measured", simulation="")
    )
    write_tables(tmp_path / "data" / "processed" / "mine")
    scorecard.keep_peers([])
    return tmp_path


@pytest.fixture
def peers(root):
    return gather()


def gather():
    level = read_account_level(load_study("mine"))
    return scorecard.gather_peers(level, edition="2014 Q2", platform="twitter", region="NL")


def write_reply(root, name, text="Wij zijn tevreden.", **lines):
    head = {"study": "mine", "edition": "2014 Q2", "date": "2014-11-03"} | lines
    path = root / "replies" / name
    path.write_text("".join(f"{k}: {v}\n" for k, v in head.items() if v) + f"\n{text}\n", "utf-8")
    return path


def draw(card, code="nl"):
    words = get_language(code)
    texts = write_scorecard(card, words)
    strips = scorecard_page.make_strips(card, texts, words)
    return texts, write_svg(draw_scorecard(strips, region="NL"), texts.figure_alt)


# ------------------------------------------------------------------------------------------------ measures


def test_the_measures_are_those_of_the_tables(peers):
    card = make_scorecard(peers, "GM0002")
    assert (card.messages, card.replies, card.questions) == (200, 20, 40)
    own = {name: measure.value for name, measure in card.measures.items()}
    assert own["reply_share"] == pytest.approx(0.1)
    assert own["answered_share"] == pytest.approx(0.25)
    assert own["messages_per_week"] == pytest.approx(200 / 13)
    assert own["potential_reach_per_message"] == pytest.approx(2_000)
    assert own["followers_per_1000"] == pytest.approx(1000 * 2_000 / 15_000)
    # answers after 1, 2, ... 7, 1, 2, 3 hours
    assert own["response_hours"] == pytest.approx(np.median([1, 2, 3, 4, 5, 6, 7, 1, 2, 3]))


def test_all_messages_are_on_some_scorecard(peers):
    cards = [make_scorecard(peers, code) for code in peers.names]
    assert sum(card.messages for card in cards) == sum(c[0] for c in SENT_2014.values() if c)
    assert sum(card.replies for card in cards) == sum(c[1] for c in SENT_2014.values() if c)


def test_a_share_has_wilsons_interval_and_a_count_has_none(peers):
    measures = make_scorecard(peers, "GM0002").measures
    low, high = proportion_confint(20, 200, method="wilson")
    assert (measures["reply_share"].low, measures["reply_share"].high) == pytest.approx((low, high))
    low, high = proportion_confint(10, 40, method="wilson")
    assert (measures["answered_share"].low, measures["answered_share"].high) == pytest.approx((low, high))  # fmt: skip
    assert np.isnan(measures["messages_per_week"].low)


def test_a_median_lies_between_two_of_its_own_values_as_in_the_tables_of_the_sign_test():
    # 95% limits of the median of ten values: the second and the ninth
    number, middle, low, high = scorecard._describe_waits(np.arange(10, 0, -1.0))
    assert (number, middle, low, high) == (10, 5.5, 2, 9)
    assert scorecard._describe_waits(np.array([3.0]))[1:] == (3, 3, 3)
    # too few for such an interval: from the shortest to the longest
    assert scorecard._describe_waits(np.array([1.0, 5.0, 2.0]))[2:] == (1, 5)


def test_the_others_are_those_of_its_size_and_province_and_never_itself(peers):
    own = make_scorecard(peers, "GM0001").measures["reply_share"]
    # of its size send enough: 2 and 3; of its province: 3, 7 and 9
    assert own.size_class == pytest.approx([0.1, 0.1])
    assert own.province == pytest.approx(sorted([0.1, 10 / 400, 0.1]))
    assert 0.4 not in own.size_class
    assert np.isnan(own.median("size_class"))  # the middle of two tells nothing
    assert own.median("province") == pytest.approx(0.1)


def test_few_messages_give_a_range_and_no_value_and_no_dot_for_others(peers):
    card = make_scorecard(peers, "GM0004")
    own = card.measures["reply_share"]
    assert card.messages < FEWEST
    assert own.is_range
    assert own.low < 2 / 6 < own.high
    assert 2 / 6 not in make_scorecard(peers, "GM0002").measures["reply_share"].size_class
    text = " ".join(write_scorecard(card, get_language("en")).summary)
    assert "With so few messages" in text
    assert "33%" not in text


@pytest.mark.parametrize(
    ("own", "outcome"), [((0.30, 0.25, 0.35), "more"), ((0.05, 0.02, 0.09), "less"),
                         ((0.12, 0.05, 0.20), "unclear"), ((np.nan, 0.0, 0.4), "unclear"),
                         ((np.nan, np.nan, np.nan), "unknown"), ((0.1, np.nan, np.nan), "same"),
                         ((0.2, np.nan, np.nan), "more")],
)  # fmt: skip
def test_it_is_more_or_less_only_where_the_whole_range_is(own, outcome):
    others = np.array([0.05, 0.1, 0.4])
    measure = scorecard.Own(MEASURES[0], *own, 100, "", "", others, others, (0.0, 1.0))
    assert measure.compare() == outcome
    none = scorecard.Own(MEASURES[0], *own, 100, "", "", others[:2], others, (0.0, 1.0))
    assert none.compare() == "unknown"


def test_none_of_many_is_not_more_than_none(root):
    # Wilson's lower limit of none is nothing only up to the last bit
    sent = {f"GM00{k:02}": (30 + k, 0, 20, 20, 500) for k in range(1, 9)}
    write_tables(root / "data" / "processed" / "mine", sent)
    card = make_scorecard(gather(), "GM0002")
    assert (card.measures["reply_share"].low, card.measures["answered_share"].high) == (0, 1)
    assert card.measures["reply_share"].compare() == "unclear"
    assert card.measures["answered_share"].compare() == "unclear"


# ------------------------------------------------------------------------------------------------ change, place, missing


def test_the_change_is_that_of_the_linked_unit(peers):
    change = make_scorecard(peers, "GM0001").change
    assert (change.organisations_before, change.organisations_after) == (2, 1)
    low, high = confint_proportions_2indep(40, 100, 10, 100, method="newcomb", compare="diff")
    assert change.reply_points == pytest.approx((30, 100 * low, 100 * high))
    assert change.before["reply_share"] == pytest.approx(0.1)
    assert change.before["messages_per_week"] == pytest.approx(100 / 13)
    assert change.before["followers_per_1000"] == pytest.approx(1000 * 2_000 / 25_000)
    # the middle of two middles is none
    assert "response_hours" not in change.before
    text = " ".join(write_scorecard(make_scorecard(peers, "GM0001"), get_language("en")).summary)
    assert "rose by 30.0 percentage points" in text
    assert "The 2 municipalities of then" in text


def test_a_change_that_may_be_chance_is_called_so_and_too_few_messages_tell_none(peers):
    told = {
        code: " ".join(write_scorecard(make_scorecard(peers, code), get_language("en")).summary)
        for code in ("GM0007", "GM0003")
    }
    assert "may be chance" in told["GM0007"]
    assert f"fewer than {FEWEST} messages" in told["GM0003"]


def test_without_an_edition_before_that_is_said(peers, root):
    level = read_account_level(load_study("mine"))
    first = scorecard.gather_peers(level, edition="2013 Q3", platform="twitter", region="NL")
    card = make_scorecard(first, "GM0002")
    assert card.change is None
    assert "There is no earlier measurement" in " ".join(write_scorecard(card, get_language("en")).summary)  # fmt: skip


def test_a_place_is_an_interval_and_its_absence_a_sentence(root):
    assert make_scorecard(gather(), "GM0002").place is None
    scores = pd.DataFrame(
        {
            "edition": "2014 Q2", "region": "NL", "organisation": ["GM0001", "GM0002", "GM0004"],
            "score": [1.0, -1.0, np.nan], "rank": [1.0, 2.0, np.nan], "rank_low": [1.0, 1.0, np.nan],
            "rank_high": [1.0, 2.0, np.nan], "tier": [1.0, 3.0, np.nan],
            "not_ranked_because": [None, None, "few_messages"],
        }
    )  # fmt: skip
    scores.to_parquet(root / "data" / "processed" / "mine" / "scores.parquet")
    ranked = gather()
    assert make_scorecard(ranked, "GM0002").place == Place(2, 1, 2, 2)
    told = {
        code: " ".join(write_scorecard(make_scorecard(ranked, code), get_language("en")).summary)
        for code in ("GM0001", "GM0002", "GM0004")
    }
    assert "of 2 municipalities it has place 1." in told["GM0001"]
    assert "its place lies between 1 and 2" in told["GM0002"]
    assert "no place in the order of municipalities: it sent too few messages." in told["GM0004"]


def test_what_is_missing_says_why(peers):
    words = get_language("nl")
    silent = write_scorecard(make_scorecard(peers, "GM0005"), words)
    missing = {measure: (reason, is_english) for measure, reason, is_english in silent.missing}
    assert missing["Aandeel reacties"] == (
        "het account verstuurde in deze periode geen eigen bericht",
        False,
    )
    # a reason that nobody translated stands as it is
    assert missing["Reactietijd"] == ("an export of our own that tells nothing", True)
    absent = write_scorecard(make_scorecard(peers, "GM0006"), words)
    assert absent.missing == (("Alle maten", "geen officieel account in deze periode", False),)
    assert absent.summary[0] == "Plaats06 had in deze periode geen officieel account op Twitter."
    assert {row.own for row in absent.rows} == {"–"}


def test_every_reason_that_the_tables_can_give_is_known_to_the_words():
    metrics = list_metrics()
    for measure in MEASURES:
        assert metrics[measure.metric].without_data in REASONS
        for need in metrics[measure.metric].needs:
            assert DEFAULT_REASONS[need] in REASONS
    assert set(NO_PLACE) == set(WITHOUT_PLACE)


def test_an_organisation_that_is_not_there_is_told_with_the_nearest(peers):
    assert scorecard.find_organisation([peers], "gm0003")[1] == "GM0003"
    assert scorecard.find_organisation([peers], "PLAATS03")[1] == "GM0003"
    with pytest.raises(InputError, match=r"called 'Plats03'; nearest: .*Plaats03 \(GM0003\)"):
        scorecard.find_organisation([peers], "Plats03")
    with pytest.raises(InputError, match="several organisations are called 'plaats03'"):
        scorecard.find_organisation([peers, peers], "plaats03")
    with pytest.raises(InputError, match="has the code 'GM9999'"):
        make_scorecard(peers, "GM9999")


def test_a_study_without_accounts_cannot_answer(root):
    (root / "studies" / "empty.yaml").write_text(STUDY_FILE.format(evidence="measured", simulation=""))  # fmt: skip
    with pytest.raises(NotAnswerable, match="has no exports of accounts"):
        render_scorecards(load_study("empty"), into=root / "pages")
    level = read_account_level(load_study("mine"))
    with pytest.raises(NotAnswerable, match="name another platform"):
        scorecard.list_editions(level, "facebook")


# ------------------------------------------------------------------------------------------------ figure and words


def test_the_figure_marks_nothing_but_the_own_values(peers):
    for code in ("GM0001", "GM0002", "GM0010"):
        card = make_scorecard(peers, code)
        _, svg = draw(card)
        known = [own for own in card.measures.values() if own.is_known]
        coloured = re.findall(rf"<(\w+)[^>]*{NETHERLANDS}[^>]*>", svg)
        # a label for each, and all lines and all ranges in a path each
        assert coloured.count("text") == len(known)
        assert coloured.count("path") == 2
        dots = sum(len(own.size_class) + len(own.province) for own in card.measures.values())
        assert svg.count("h.01") == dots
        others = set(peers.names.values()) - {card.name}
        assert not [name for name in others if name in svg]


def test_the_figure_keeps_every_digit_of_its_words(peers):
    # the file is shortened; what stands in it as text is not
    texts, svg = draw(make_scorecard(peers, "GM0007"))
    labels = [unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    for row in texts.rows:
        assert row.own in labels
        assert row.name in labels
    assert "9.000" in labels
    assert "font-family" not in svg
    assert "id=" not in svg


def test_the_figure_is_the_same_each_time(peers):
    assert draw(make_scorecard(peers, "GM0002")) == draw(make_scorecard(peers, "GM0002"))


def test_ticks_are_written_in_the_language():
    ticks = dict(write_ticks(MEASURES[2], get_language("nl")))
    assert (ticks[1 / 12], ticks[12], ticks[72]) == ("5 min", "12 u", "3 dagen")
    assert dict(write_ticks(MEASURES[4], get_language("nl")))[10_000] == "10.000"


def test_every_number_of_a_language_is_in_its_form(peers):
    for code in peers.names:
        dutch = write_scorecard(make_scorecard(peers, code), get_language("nl"))
        text = " ".join([*dutch.summary, dutch.facts, *(row.own for row in dutch.rows)])
        assert not re.search(r"\d,\d{3}\b|\d\.\d\b", text), text
        assert "{" not in text


# ------------------------------------------------------------------------------------------------ the growth model


def write_phases(root, **changed):
    """Write the phases of GM0001 (one is open) and of GM0002."""
    model = read_growth_model()
    rows = []
    for code in ("GM0001", "GM0002"):
        for place, theme in enumerate(model.themes):
            names = list(model.themes[theme].indicators)
            last = place == 3
            rows.append(
                {
                    "wave": "2014", "edition": "2014 Q2", "region": "NL", "organisation": code, "theme": theme,
                    "rule": model.rule, "phase": 5 if last else place + 1, "phase_low": 5 if last else place + 1,
                    "phase_high": 5 if last else place + 1, "moves": "" if last else " ".join(names[1:3]),
                    "missing_items": "", "is_simulated": False,
                }
            )  # fmt: skip
    table = pd.DataFrame(rows)
    table.loc[1, ["phase_low", "phase_high", "missing_items"]] = [2, 4, table.loc[1, "moves"].split()[0]]  # fmt: skip
    other = table.assign(rule="sum", phase_low=1, phase_high=1)
    table = pd.concat([table, other]).assign(**changed)
    table.to_parquet(root / "data" / "processed" / "mine" / "phases.parquet")


def test_the_page_tells_the_phase_of_each_theme_and_of_nobody_else(root):
    write_phases(root)
    peers = gather()
    card = make_scorecard(peers, "GM0001")
    assert [(one.low, one.high) for one in card.profile.themes] == [(1, 1), (2, 4), (3, 3), (5, 5)]
    dutch, english = (write_scorecard(card, get_language(code)) for code in ("nl", "en"))
    assert [row.phase for row in english.phases] == [
        "1 of 5: the municipality discovers",
        "2 to 4 of 5; not all of it is known",
        "3 of 5: the municipality embeds",
        "5 of 5: the networking municipality",
    ]
    assert english.phases[1].steps == ("surely", "surely", "perhaps", "perhaps", "not")
    assert (
        english.phases[0].next
        == "answers simple questions; follows messages outside office hours too"
    )
    assert (
        english.phases[1].next
        == "wants conversation with inhabitants (not known); builds a community"
    )
    assert english.phases[3].next == "the last phase"
    assert dutch.phases[0].phase == "1 van 5: de gemeente ontdekt"
    assert dutch.phases[0].theme == "Interactie"
    explained = dict(english.meanings)["Phase"]
    assert "names of phases 3 and 4, are ours" in explained
    assert english.without_phases == ""


def test_a_page_without_phases_says_why(root, monkeypatch):
    assert make_scorecard(gather(), "GM0003").profile is None  # a study without questionnaire
    write_phases(root)
    silent = write_scorecard(make_scorecard(gather(), "GM0003"), get_language("en"))
    assert (
        silent.without_phases
        == "Not known: Plaats03 did not answer the questionnaire of this period."
    )
    assert silent.phases == ()
    assert "Phase" not in dict(silent.meanings)
    level = read_account_level(load_study("mine"))
    before = scorecard.gather_peers(level, edition="2013 Q3", platform="twitter", region="NL")
    told = write_scorecard(make_scorecard(before, "GM0002"), get_language("nl"))
    assert "geen vragenlijst" in told.without_phases

    form = scorecard.read_questionnaire("local-governments")
    secret = form.waves["2014"].model_copy(update={"may_show_organisation": False})
    closed = form.model_copy(update={"waves": form.waves | {"2014": secret}})
    monkeypatch.setattr(scorecard, "read_questionnaire", lambda name: closed)
    card = make_scorecard(gather(), "GM0001")
    assert (card.profile.why_not, card.profile.themes) == ("not told", ())
    assert "were not told" in write_scorecard(card, get_language("en")).without_phases
    assert set(NO_PHASE) == set(scorecard.NO_PHASE)


def test_an_indicator_that_the_file_no_longer_has_is_left_out(root):
    write_phases(root, moves="answers_simple_questions gone_since")
    card = make_scorecard(gather(), "GM0002")
    assert [move.code for move in card.profile.themes[0].moves] == ["answers_simple_questions"]


@pytest.mark.parametrize("code", ["nl", "en"])
def test_phases_stand_in_the_section_of_a_language(root, code):
    write_phases(root)
    peers, words = gather(), get_language(code)
    sections = []
    for organisation in ("GM0001", "GM0003"):
        card = make_scorecard(peers, organisation)
        texts = write_scorecard(card, words)
        figure = draw_scorecard(scorecard_page.make_strips(card, texts, words), region="NL")
        sections.append(scorecard_page.build_card(card, texts, figure, words, "nl", None, False))
    told, silent = sections
    assert told.count('<span class="steps" aria-hidden="true">') == 4
    assert {"nl": "Het groeimodel", "en": "The growth model"}[code] in told
    assert f'aria-labelledby="{code}-phases"' in told
    assert '<div class="phases">' in silent
    assert '<span class="steps"' not in silent
    assert write_scorecard(make_scorecard(peers, "GM0003"), words).without_phases in silent


# ------------------------------------------------------------------------------------------------ replies


def test_a_reply_is_read_with_its_date_and_only_for_its_study_and_edition(root):
    write_reply(root, "GM0002.txt", "Eerste.\n\nTweede <b>alinea</b>.", language="nl")
    write_reply(root, "GM0002.older.txt", "Ouder.", date="2014-10-01")
    reply = scorecard_page.find_reply("mine", "2014 Q2", "GM0002")
    assert reply.paragraphs == ("Eerste.", "Tweede <b>alinea</b>.")
    assert reply.date.isoformat() == "2014-11-03"
    assert scorecard_page.find_reply("demo", "2014 Q2", "GM0002") is None
    assert scorecard_page.find_reply("mine", "2013 Q3", "GM0002") is None
    assert scorecard_page.find_reply("mine", "2014 Q2", "GM0003") is None


@pytest.mark.parametrize(
    ("lines", "text", "message"),
    [
        ({"date": "3 november"}, "Tekst.", "date is '3 november'; write 2014-11-03"),
        ({"study": ""}, "Tekst.", "the line `study: ...` is missing"),
        ({"mood": "glad"}, "Tekst.", "found 'mood: glad'"),
        ({"language": "<b>"}, "Tekst.", "language is '<b>'"),
        ({}, "", "holds no text"),
        ({}, "x" * 901, "has 901 characters"),
    ],
)
def test_a_reply_that_cannot_be_read_is_told_in_one_line(root, lines, text, message):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        scorecard_page.read_reply(write_reply(root, "GM0002.txt", text, **lines))
    assert "GM0002.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_example_of_a_reply_is_one_and_the_dictionary_explains_its_lines():
    folder = ROOT / "data" / "manual" / "replies"
    for path in folder.glob("*.txt"):
        scorecard_page.read_reply(path)
    readme = (folder / "README.md").read_text("utf-8")
    assert all(f"| `{line}` |" in readme for line in scorecard_page._REPLY_LINES)
    assert str(scorecard_page.LONGEST_REPLY) in readme


# ------------------------------------------------------------------------------------------------ pages by the hundred


def render(root, organisations=None, **options):
    return render_scorecards(load_study("mine"), organisations, into=root / "pages", **options)


def test_pages_are_made_once_and_again_only_where_something_changed(root, capfd):
    write_reply(root, "GM0002.txt", f"<script>alert(1)</script> {'Wij'}")
    write_reply(root, "GM0333.txt")
    write_reply(root, "GM0001.txt", language="nl", edition="2012 Q3")
    first = render(root)
    assert (first.made, first.kept, first.failed) == (10, 0, {})
    assert len(first.told) == 1
    assert "replies/GM0333.txt" in first.told[0]
    pages = {path.name: path.read_bytes() for path in (root / "pages").glob("GM*.html")}
    assert len(pages) == 10
    assert not list((root / "pages").glob(".*"))
    check_page(pages["GM0002.html"].decode(), first)

    again = render(root)
    assert (again.made, again.kept) == (0, 10)

    # one reply changed, one page lost, one of an organisation that is gone
    write_reply(root, "GM0002.txt", "Nieuw.")
    (root / "pages" / "GM0007.html").unlink()
    (root / "pages" / "GM0099.html").write_text("left over")
    few = render(root)
    assert (few.made, few.kept) == (2, 8)
    assert not (root / "pages" / "GM0099.html").exists()
    assert (root / "pages" / "GM0007.html").read_bytes() == pages["GM0007.html"]
    assert (root / "pages" / "GM0003.html").read_bytes() == pages["GM0003.html"]
    assert "Nieuw." in (root / "pages" / "GM0002.html").read_text("utf-8")

    # another table: every page has other others
    write_tables(root / "data" / "processed" / "mine", SENT_2014 | {"GM0003": (60, 5, 12, 6, 800)})
    single = render(root, ["plaats03"])
    assert (single.made, single.kept) == (1, 0)
    assert (root / "pages" / "GM0002.html").read_bytes() != pages["GM0002.html"]
    listed = (root / "pages" / "index.html").read_text("utf-8")
    assert len(re.findall(r'href="GM\d{4}\.html"', listed)) == 10
    assert capfd.readouterr().out == ""


def check_page(page, outcome):
    """What every page is: two languages, complete, safe, and about nobody else."""
    assert page.count("<h1") == 2
    assert re.findall(r'<section class="card[^"]*" id="(\w+)" lang="(\w+)"', page) == [
        ("en", "en"),
        ("nl", "nl"),
    ]
    assert '<html lang="nl">' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "default-src 'none'" in page
    assert "SIMULATED" not in page
    fetched = re.findall(r'(?:src|href)="([^"]*)"|url\("?([^")]*)', page)
    addresses = {address for pair in fetched for address in pair if address}
    assert not [address for address in addresses if "//" in address]
    assert len(re.findall(r'<svg [^>]*role="img" aria-label="[^"]{40,}"', page)) == 2
    # nobody else's name, code or account, and no person's
    assert "Plaats02" in page
    assert not re.search(rf"Plaats(?!02)\d|GM00(?!02)\d\d|0815|{PERSON}", page)  # fmt: skip


def test_a_scorecard_that_fails_is_named_and_the_others_are_made(root, capfd):
    broken = nbformat.read(scorecards.NOTEBOOK, as_version=4)
    broken.cells[-2].source = (
        'if organisation == "GM0003":\n    import os\n\n    os.kill(os.getpid(), 9)\n'
        'assert organisation != "GM0007", "seven"\n' + broken.cells[-2].source
    )
    notebook = root / "notebooks" / "scorecard.ipynb"
    nbformat.write(broken, notebook)
    write_reply(root, "GM0002.txt", date="gisteren")
    outcome = render(root, notebook=notebook)
    assert outcome.made == 7
    assert set(outcome.failed) == {"Plaats02 (GM0002)", "Plaats03 (GM0003)", "Plaats07 (GM0007)"}
    assert "SIGKILL" in outcome.failed["Plaats03 (GM0003)"]
    assert re.search(r"cell In \[\d\].*AssertionError: seven", outcome.failed["Plaats07 (GM0007)"])
    assert "date is 'gisteren'" in outcome.failed["Plaats02 (GM0002)"]
    assert not (root / "pages" / "GM0003.html").exists()
    assert not list((root / "pages").glob(".*"))
    with pytest.raises(InputError, match=r"failed: .*Plaats02 \(GM0002\)"):
        scorecards.make_scorecards("mine", "Plaats02", into=str(root / "pages"), force=True)
    assert "scorecard of Plaats02 (GM0002): " in capfd.readouterr().err


def test_a_simulated_study_is_marked_on_page_and_figure_and_has_pseudonyms_only(root):
    (root / "studies" / "mine.yaml").write_text(
        STUDY_FILE.format(evidence="SIMULATED", simulation="simulation: {seed: 1}\n")
    )
    with pytest.raises(InputError, match=r"stand beside 'GM\d{4}', which is no pseudonym"):
        render(root, ["Plaats02"])
    for path in (root / "data" / "processed" / "mine").glob("*.parquet"):
        table = pd.read_parquet(path)
        for column in {"organisation", "old_code", "new_code"} & set(table):
            table[column] = table[column].str.replace("GM0", "SIM-NL-")
        table.to_parquet(path)
    outcome = render(root, ["Plaats02"], jobs=1, given={"language": "en"})
    page = outcome.pages[0].read_text("utf-8")
    assert outcome.pages[0].name == "SIM-NL-002.html"
    assert page.count('<p class="simulated">') == 2
    assert page.count(">SIMULATED</text>") == 2
    assert ">Plaats02 on Twitter</h1>" in page
    assert "Zeeland · fewer than 20,000 inhabitants" in page
    assert "15,000" not in page
    assert '<html lang="en">' in page
    assert page.index('id="nl" lang="nl"') < page.index('id="en" lang="en"')
    assert "SIMULATED" in (root / "pages" / "index.html").read_text("utf-8")


def test_the_parameters_of_the_study_file_hold_and_unknown_ones_are_refused(root):
    with (root / "studies" / "mine.yaml").open("a") as file:
        file.write("notebooks: {scorecard: {language: en}}\n")
    nbformat.write(nbformat.read(scorecards.NOTEBOOK, as_version=4), root / "notebooks" / "scorecard.ipynb")  # fmt: skip
    assert '<html lang="en">' in render(root, ["GM0002"]).pages[0].read_text("utf-8")
    with pytest.raises(InputError, match="no parameter 'langage'; did you mean language"):
        render(root, ["GM0002"], given={"langage": "nl"})
    with pytest.raises(InputError, match="has no edition '2015 Q2'"):
        render(root, ["GM0002"], given={"edition": "2015 Q2"})


def test_what_the_pages_are_made_from_is_complete(root):
    names = {path.relative_to(ROOT / "src" / "roeptoeter").as_posix() for path in scorecards.list_modules(scorecards.NOTEBOOK)}  # fmt: skip
    assert {
        "questions/scorecard.py", "questions/scorecard_words.py", "plots/scorecard.py", "plots/style.py",
        "languages.py", "report.py", "runner/engine.py", "questions/account_level.py", "estimators/ranking.py",
    } <= names  # fmt: skip
    assert "site.py" not in names
    assert "map_page.py" not in names
    given = {"language": "nl"}
    before = scorecards.digest_inputs(load_study("mine"), scorecards.NOTEBOOK, given)
    assert before == scorecards.digest_inputs(load_study("mine"), scorecards.NOTEBOOK, given)
    assert before != scorecards.digest_inputs(load_study("mine"), scorecards.NOTEBOOK, {"language": "en"})  # fmt: skip
    (root / "data" / "processed" / "mine" / "scores.parquet").write_bytes(b"new")
    assert before != scorecards.digest_inputs(load_study("mine"), scorecards.NOTEBOOK, given)


def test_what_is_kept_is_not_read_again(root, monkeypatch):
    peers = gather()
    scorecard.keep_peers([peers])
    monkeypatch.setattr(scorecard, "read_account_level", None)
    wanted = {"edition": "2014 Q2", "platform": "twitter", "organisation": "GM0002"}
    assert scorecard.read_peers(load_study("mine"), **wanted) is peers
    scorecard.keep_peers([])
    with pytest.raises(TypeError):
        scorecard.read_peers(load_study("mine"), **wanted)


def test_a_fork_hands_back_what_it_found_and_what_went_wrong():
    assert scorecards.call_in_fork(sorted, [3, 1]) == [1, 3]
    with pytest.raises(InputError, match="language is 'fr'"):
        scorecards.call_in_fork(get_language, "fr")


def test_the_notebook_runs_by_hand_with_its_defaults():
    from roeptoeter.runner.parameters import read_parameters

    assert read_parameters(scorecards.NOTEBOOK) == {
        "study": "demo", "organisation": "SIM-NL-004", "edition": "2014 Q2", "platform": "twitter", "language": "nl",
    }  # fmt: skip
    assert set(LANGUAGES) == {"nl", "en"}
