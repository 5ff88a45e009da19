"""The whole simulated study, from the registers and a seed."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.simulate.counts import (
    draw_audience,
    rake_counts,
    simulate_dutch_twitter,
    simulate_flemish_facebook,
    simulate_flemish_twitter,
)
from roeptoeter.simulate.ground import (
    PLAYS_GOEREE_OVERFLAKKEE,
    PLAYS_UTRECHT,
    PLAYS_VEERE,
    Registers,
    draw_with_noise,
    list_accounts,
    rename_organisations,
    simulate_presence,
    take_largest,
)
from roeptoeter.simulate.inventory import simulate_inventory
from roeptoeter.simulate.messages import Block, build_messages, join_blocks
from roeptoeter.simulate.public_sector import simulate_public_sector
from roeptoeter.simulate.survey import simulate_survey
from roeptoeter.simulate.times import (
    SUMMER_TIME,
    WINDOWS,
    count_open_questions,
    read_window,
    simulate_responses,
)

#: Mean response time in hours over answered questions; of 2013 no number in hours was published.
MEAN_RESPONSE_HOURS = {("2014 Q2", "NL"): 24.0, ("2016 Q2", "VL"): 19.0}

#: The fastest accounts of an edition, fastest first.
FASTEST = {"2013 Q3": (PLAYS_VEERE,), "2014 Q2": (PLAYS_GOEREE_OVERFLAKKEE, PLAYS_VEERE)}

#: Mean fans and followers of Flemish account holders.
FLEMISH_AUDIENCE = {"facebook": 2257.0, "twitter": 1288.0}

#: Small Flemish municipalities that replied at least once, of those with an account.
SMALL_INTERACTING = {"facebook": 47, "twitter": 14}


@dataclass(frozen=True, slots=True)
class SimulatedStudy:
    """What `simulate_study` makes.

    Parameters
    ----------
    seed : int
    organisations : pandas.DataFrame
        edition_year, region, code, name, province, population, size_class, latitude, longitude, register_code (for tests;
        never written to a file).
    changes : pandas.DataFrame
        effective_date, change_type, old_code, new_code.
    accounts : pandas.DataFrame
        The corporate ones: platform, account_id, handle, organisation, in_use_from, in_use_to (dates or None).
    messages : pandas.DataFrame
        A row a message: edition, platform, account_id (of the organisation that sent it or is addressed), message_id,
        direction ("sent", "received"), kind ("post", "reply", "self_reply", "directed_mention", "repost", "quote"),
        created_at, parent_message_id, parent_created_at, author_number (-1: the organisation; else an invented resident),
        followers (of the sending account at that moment), reactions, comments, shares (missing for received messages,
        reposts and comments).
    snapshots : pandas.DataFrame
        platform, account_id, observed_at (UTC), followers, following, messages_total.
    survey : pandas.DataFrame
        From `roeptoeter.simulate.survey.simulate_survey`.
    public_sector : pandas.DataFrame
        From `roeptoeter.simulate.public_sector.simulate_public_sector`.
    other_accounts, other_snapshots : pandas.DataFrame
        From `roeptoeter.simulate.inventory.simulate_inventory`.
    """

    seed: int
    organisations: pd.DataFrame
    changes: pd.DataFrame
    accounts: pd.DataFrame
    messages: pd.DataFrame
    snapshots: pd.DataFrame
    survey: pd.DataFrame
    public_sector: pd.DataFrame
    other_accounts: pd.DataFrame
    other_snapshots: pd.DataFrame


def simulate_study(
    registers: Registers, seed: int, calibrate: bool = True, assumptions: Assumptions | None = None
) -> SimulatedStudy:
    """Simulate a study: organisations under invented names, accounts, messages, snapshots, questionnaires.

    Parameters
    ----------
    registers : Registers
        From `roeptoeter.simulate.read_registers`.
    seed : int
        The same seed gives the same study.
    calibrate : bool
        Whether every targeted published figure comes out. Without it the same process runs free, for coverage.
    assumptions : Assumptions, optional

    Returns
    -------
    SimulatedStudy
    """
    assumptions = assumptions or Assumptions()
    # a generator for each room, so that a change in one leaves the others' draws alone; a new one comes last
    parts = np.random.SeedSequence(seed).spawn(8)
    names, presence, audience, dutch, flemish, survey, sector, others = map(
        np.random.default_rng, parts
    )
    organisations, changes = rename_organisations(registers, names)
    present = simulate_presence(organisations, presence, assumptions, calibrate)
    accounts = list_accounts(present, changes, presence)
    accounts = _add_audience(accounts, organisations, audience, assumptions, calibrate)
    blocks = [
        *_simulate_dutch(organisations, accounts, dutch, assumptions, calibrate),
        *_simulate_flemish(organisations, accounts, flemish, assumptions, calibrate),
    ]
    snapshots = _take_snapshots(accounts, blocks, audience, assumptions)
    columns = ["platform", "account_id", "handle", "organisation", "in_use_from", "in_use_to"]
    return SimulatedStudy(
        seed,
        organisations,
        changes,
        accounts[columns],
        join_blocks([table for _, table in blocks]),
        snapshots,
        simulate_survey(
            organisations, _sum_behaviour(accounts, blocks), survey, assumptions, calibrate
        ),
        simulate_public_sector(sector, assumptions, calibrate),
        *simulate_inventory(accounts, organisations, snapshots, others, assumptions, calibrate),
    )


def _sum_behaviour(accounts, blocks):
    """Sum over platforms what each organisation's accounts did in an edition, and tell which accounts it had."""
    owners = accounts["organisation"]
    did = pd.concat(
        [
            pd.DataFrame(
                {
                    "edition_year": int(block.edition[:4]),
                    "organisation": owners[block.account_rows].to_numpy(),
                    "messages": block.messages,
                    "replies": block.replies,
                }
            )
            for block, _ in blocks
        ]
    )
    keys = ["edition_year", "organisation"]
    there = []
    for year in (2013, 2014, 2016):
        present = accounts[accounts["first_year"].le(year) & accounts["last_year"].ge(year)]
        pages = present["platform"].eq("facebook").groupby(present["organisation"]).any()
        there.append(pd.DataFrame({"edition_year": year, "has_account": True, "has_page": pages}))
    known = pd.concat(there).rename_axis("organisation").reset_index().set_index(keys)
    return known.join(did.groupby(keys).sum()).fillna({"messages": 0, "replies": 0}).reset_index()


def _add_audience(accounts, organisations, rng, assumptions, calibrate):
    """Give each account its fans or followers at the end of each edition in which it is there."""
    accounts = accounts.copy()
    sizes = organisations.drop_duplicates("code", keep="last").set_index("code")["population"]
    population = sizes[accounts["organisation"]].to_numpy(dtype=float)
    levels = {
        ("NL", "twitter"): (assumptions.dutch_follower_mean, 2014, False),
        ("NL", "facebook"): (assumptions.dutch_fan_mean, 2016, False),
        ("VL", "twitter"): (FLEMISH_AUDIENCE["twitter"], 2016, calibrate),
        ("VL", "facebook"): (FLEMISH_AUDIENCE["facebook"], 2016, calibrate),
    }
    for year in (2013, 2014, 2016):
        accounts[f"audience_{year}"] = 0
    for (region, platform), (mean, year, exact) in levels.items():
        inside = accounts["region"].eq(region) & accounts["platform"].eq(platform)
        kind = "fan" if platform == "facebook" else "follower"
        drawn = draw_audience(
            rng, population[inside], getattr(assumptions, f"{kind}_elasticity"),
            getattr(assumptions, f"{kind}_spread"), mean, exact,
        )  # fmt: skip
        for other in (2013, 2014, 2016):
            factor = assumptions.audience_growth ** (other - year)
            grown = drawn if other == year else np.floor(drawn * factor).astype(np.int64)
            accounts.loc[inside, f"audience_{other}"] = grown
    return accounts


def _choose(accounts, region, platform, year):
    inside = accounts["region"].eq(region) & accounts["platform"].eq(platform)
    inside &= accounts["first_year"].le(year) & accounts["last_year"].ge(year)
    return accounts[inside].sort_values("organisation")


def _simulate_dutch(organisations, accounts, rng, assumptions, calibrate):
    own = organisations[
        organisations["region"].eq("NL") & organisations["edition_year"].isin([2013, 2014])
    ]
    population = own.pivot(index="code", columns="edition_year", values="population")
    chosen = {year: _choose(accounts, "NL", "twitter", year) for year in (2013, 2014)}
    present = np.column_stack(
        [population.index.isin(chosen[year]["organisation"]) for year in (2013, 2014)]
    )
    parts = {
        "utrecht": PLAYS_UTRECHT, "first": PLAYS_GOEREE_OVERFLAKKEE, "second": PLAYS_VEERE
    }  # fmt: skip
    named = {part: population.index.get_loc(code) for part, code in parts.items()}
    counts = simulate_dutch_twitter(
        population.to_numpy(dtype=float), present, named, rng, assumptions, calibrate
    )
    blocks = []
    for column, (year, edition) in enumerate(((2013, "2013 Q3"), (2014, "2014 Q2"))):
        rows = population.index.get_indexer(chosen[year]["organisation"])
        blocks.append(
            _build_block(
                edition,
                chosen[year],
                counts.messages[rows, column],
                counts.replies[rows, column],
                population[year].to_numpy(dtype=float)[rows],
                rng,
                assumptions,
                calibrate,
            )
        )
    return blocks


def _simulate_flemish(organisations, accounts, rng, assumptions, calibrate):
    own = organisations[organisations["region"].eq("VL") & organisations["edition_year"].eq(2016)]
    own = own.set_index("code")
    blocks = []
    for platform, simulate in (
        ("twitter", simulate_flemish_twitter),
        ("facebook", simulate_flemish_facebook),
    ):
        chosen = _choose(accounts, "VL", platform, 2016)
        rows = own.loc[chosen["organisation"]]
        population = rows["population"].to_numpy(dtype=float)
        interacting = _draw_interacting(rows, platform, rng, assumptions, calibrate)
        messages, replies = simulate(
            population, np.ones(len(rows), dtype=bool), interacting, rng, assumptions
        )
        blocks.append(
            _build_block(
                "2016 Q2", chosen, messages, replies, population, rng, assumptions, calibrate
            )
        )
    return blocks


def _draw_interacting(rows, platform, rng, assumptions, calibrate):
    """Draw who replies at least once: among small municipalities by size, elsewhere with an ASSUMED chance."""
    small = rows["size_class"].eq("below_20000").to_numpy()
    large = rows["size_class"].eq("above_50000").to_numpy()
    sizes = np.log(rows["population"].to_numpy(dtype=float))
    count = SMALL_INTERACTING[platform]
    holders = {"facebook": 151, "twitter": 126}[platform]
    centred = sizes - sizes[small].mean()
    scores = np.log(count / (holders - count)) + assumptions.interaction_slope * centred
    scores = draw_with_noise(rng, scores[:, None], 1.0)[:, 0]
    chance = np.where(large, assumptions.interaction_large, assumptions.interaction_middle)
    interacting = np.where(small, scores > 0, rng.random(len(rows)) < chance)
    if calibrate:
        places = np.flatnonzero(small)
        interacting[places] = take_largest(scores[places], count)
    return interacting


def _build_block(edition, chosen, messages, replies, population, rng, assumptions, calibrate):
    region, platform = chosen["region"].iloc[0], chosen["platform"].iloc[0]
    window = read_window(edition)
    on_twitter = platform == "twitter"
    fastest = FASTEST.get(edition, ()) if calibrate and on_twitter else ()
    codes = chosen["organisation"].tolist()
    target = MEAN_RESPONSE_HOURS.get((edition, region)) if calibrate and on_twitter else None
    responses = simulate_responses(
        replies, messages, population, window, region, rng, assumptions, target,
        tuple(codes.index(code) for code in fastest),
    )  # fmt: skip
    reposts = np.zeros_like(messages)
    if on_twitter:
        rate = assumptions.repost_share / (1 - assumptions.repost_share)
        reposts = rng.poisson(rate * messages)
        if calibrate:
            total = round(rate * int(messages.sum()))
            reposts = rake_counts(rng, reposts, total, 0 * reposts, 2 * messages)
    block = Block(
        edition, platform, chosen["account_id"].to_numpy(), chosen.index.to_numpy(), messages, replies, reposts,
        count_open_questions(replies, messages, rng, assumptions),
        chosen[f"audience_{edition[:4]}"].to_numpy(), responses,
    )  # fmt: skip
    return block, build_messages(block, window, rng, assumptions)


def _take_snapshots(accounts, blocks, rng, assumptions):
    """Observe every account in the last minute of each edition that looked at it, so that no export has a later number."""
    spread = np.exp(assumptions.following_spread * rng.standard_normal(len(accounts)))
    following = np.rint(assumptions.following_median * spread).astype(np.int64)
    sent_before = np.rint(900 * np.exp(0.8 * rng.standard_normal(len(accounts)))).astype(np.int64)
    looked_at = [
        ("2013 Q3", "NL", "twitter"), ("2014 Q2", "NL", "twitter"), ("2016 Q2", "NL", "twitter"),
        ("2016 Q2", "NL", "facebook"), ("2016 Q2", "VL", "twitter"), ("2016 Q2", "VL", "facebook"),
    ]  # fmt: skip
    sent = {}
    for block, _ in blocks:
        for account, number in zip(block.account_rows, block.messages + block.reposts, strict=True):
            sent[block.edition, int(account)] = int(number)
    tables = []
    for edition, region, platform in looked_at:
        year = int(edition[:4])
        chosen = _choose(accounts, region, platform, year)
        last_minute = read_window(edition).end - 60 - SUMMER_TIME
        rows = chosen.index.to_numpy()
        in_edition = np.array([sent.get((edition, int(row)), 0) for row in rows])
        tables.append(
            pd.DataFrame(
                {
                    "platform": platform,
                    "account_id": chosen["account_id"].to_numpy(),
                    "observed_at": pd.to_datetime(
                        np.full(len(rows), last_minute), unit="s", utc=True
                    ).as_unit("us"),
                    "followers": chosen[f"audience_{year}"].to_numpy(),
                    "following": following[rows],
                    "messages_total": sent_before[rows] * (year - 2009) // 4 + in_edition,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def list_editions() -> list[str]:
    """List the editions that are simulated, the earliest first."""
    return list(WINDOWS)
