"""Who there is: the registers under invented names, and who has which account.

Of every municipality the population and the province remain, so that the simulation has the sizes that there were; name,
code and position are another's. What was published of three municipalities by name is played by three pseudonyms: nothing
that is SIMULATED stands under the name of a place.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from roeptoeter.registers import build_organisations, read_changes
from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.study import ROOT

#: The years whose registers the editions rest on.
YEARS = {"NL": (2013, 2014, 2016), "VL": (2016,)}

#: Who plays the part of the municipalities that a published figure names: Utrecht, Veere, Goeree-Overflakkee.
PARTS = {"GM0344": "SIM-NL-001", "GM0717": "SIM-NL-002", "GM1924": "SIM-NL-003"}
PLAYS_UTRECHT, PLAYS_VEERE, PLAYS_GOEREE_OVERFLAKKEE = PARTS.values()

#: Accounts by region, platform and year: the counts behind the printed shares; `constraints` says which reading is met.
PUBLISHED_ACCOUNTS = {
    ("NL", "twitter"): {2013: 392, 2014: 390, 2016: 387},
    ("NL", "facebook"): {2013: 294, 2014: 302, 2016: 351},
    ("VL", "twitter"): {2016: {"below_20000": 126, "20000_to_50000": 62, "above_50000": 12}},
    ("VL", "facebook"): {2016: {"below_20000": 151, "20000_to_50000": 62, "above_50000": 12}},
}

# Stems and endings that sound like places and are none; combined they give more names than are needed.
_STEMS = (
    "Vlemmer", "Brondel", "Quaster", "Zwirre", "Dromsel", "Hulpen", "Kravel", "Lissel", "Mondre", "Nuffel", "Orsel", "Plumpe",
    "Rostel", "Snavel", "Trommel", "Ubbel", "Wimpel", "Yssel", "Zomper", "Abbel", "Blinker", "Crommel", "Duimel", "Evert",
    "Flodder", "Gansel", "Hobbel", "Imker", "Jutter", "Knoester", "Lummel", "Mopper", "Nevel", "Okker", "Prutsel", "Rammel",
    "Schobber", "Tjilp", "Uilen", "Vodder", "Wobbel", "Zeuvel",
)  # fmt: skip
_ENDINGS = {
    "NL": ("meerde", "drechte", "wolde", "horne", "grafte", "sluize", "waarde", "tille", "buren", "hovene", "kampe", "wijke"),
    "VL": ("gemme", "zele", "hovel", "beke", "donke", "rode", "keerke", "lare", "voorde", "bosse", "stede", "mere"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Registers:
    """What the simulation needs of the registers; `read_registers` reads it.

    Parameters
    ----------
    organisations : pandas.DataFrame
        As `roeptoeter.registers.build_organisations`.
    changes : pandas.DataFrame
        As `roeptoeter.registers.read_changes`.
    """

    organisations: pd.DataFrame
    changes: pd.DataFrame


def read_registers(folder: Path = ROOT / "data" / "raw" / "registers") -> Registers:
    """Read the registers that the simulation rests on.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    Registers
    """
    return Registers(build_organisations(folder), read_changes(folder))


def draw_with_noise(rng: np.random.Generator, scores: np.ndarray, renewal: float) -> np.ndarray:
    """Add to log-odds of several years a noise that mostly stays the same.

    Parameters
    ----------
    rng : numpy.random.Generator
    scores : numpy.ndarray
        Log-odds, shape (..., years).
    renewal : float
        Chance that a unit's noise is drawn anew from one year to the next.

    Returns
    -------
    numpy.ndarray
        Positive with probability expit(scores) in every year. Calibration takes the k largest instead of the
        positive ones, so that both generators share the draw.
    """
    noise = rng.logistic(size=scores.shape)
    fresh = rng.random(scores.shape) < renewal
    for year in range(1, scores.shape[-1]):
        noise[..., year] = np.where(fresh[..., year], noise[..., year], noise[..., year - 1])
    return scores + noise


def take_largest(scores: np.ndarray, count: int) -> np.ndarray:
    """Return which entries are the `count` largest, as booleans.

    Examples
    --------
    >>> take_largest(np.array([0.1, 3.0, 2.0]), 2).tolist()
    [False, True, True]
    """
    taken = np.zeros(len(scores), dtype=bool)
    taken[np.argsort(-scores, kind="stable")[:count]] = True
    return taken


def rename_organisations(
    registers: Registers, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the municipalities invented codes, names and positions.

    Parameters
    ----------
    registers : Registers
    rng : numpy.random.Generator

    Returns
    -------
    organisations : pandas.DataFrame
        edition_year, region, code, name, province, population, size_class, latitude, longitude, register_code; a code
        stands for the same ground in every year. `register_code` is for the simulation only and is never written.
    changes : pandas.DataFrame
        effective_date, change_type, old_code, new_code: those after the first edition's 1 January.
    """
    known = registers.organisations
    wanted = [
        known[(known["region"] == region) & known["edition_year"].isin(years)]
        for region, years in YEARS.items()
    ]
    organisations = pd.concat(wanted, ignore_index=True)
    first_day = pd.Timestamp(min(YEARS["NL"]), 1, 1)
    last_day = pd.Timestamp(max(YEARS["NL"]), 1, 1)
    dates = registers.changes["effective_date"]
    changes = registers.changes[dates.gt(first_day) & dates.le(last_day)]
    aliases = []
    for region in YEARS:
        codes = set(organisations.loc[organisations["region"] == region, "code"])
        if region == "NL":  # some codes lived between two editions only
            codes |= set(changes["old_code"]) | set(changes["new_code"])
        aliases.append(_draw_aliases(sorted(codes), region, organisations, rng))
    aliases = pd.concat(aliases)
    organisations = organisations.rename(columns={"code": "register_code"})
    found = aliases.loc[organisations["register_code"]].reset_index(drop=True)
    for column in ("code", "name", "latitude", "longitude"):
        organisations[column] = found[column]
    columns = ["edition_year", "region", "code", "name", "province", "population", "size_class"]
    columns += ["latitude", "longitude", "register_code"]
    organisations = organisations[columns].sort_values(columns[:3], ignore_index=True)
    renamed = changes[["effective_date", "change_type", "old_code", "new_code"]].reset_index(
        drop=True
    )
    for column in ("old_code", "new_code"):
        renamed[column] = aliases.loc[renamed[column], "code"].to_numpy()
    assert not organisations.duplicated(["edition_year", "code"]).any()
    return organisations, renamed


def _draw_aliases(
    codes: list[str], region: str, organisations: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw an alias for each code: code, name, latitude, longitude."""
    latest = organisations[organisations["region"] == region].drop_duplicates("code", keep="last")
    points = latest.set_index("code")[["latitude", "longitude"]].reindex(codes)
    names = [stem + ending for stem in _STEMS for ending in _ENDINGS[region]]
    parts = [code for code in codes if code in PARTS]
    others = [code for code in codes if code not in PARTS]
    drawn = rng.permutation(names)[: len(codes)]
    assert len(drawn) == len(codes)
    # the first numbers are those of the parts
    numbers = rng.permutation(len(others)) + len(parts) + 1
    pseudonyms = [*(f"SIM-{region}-{number:03d}" for number in numbers), *map(PARTS.get, parts)]
    aliases = pd.DataFrame(
        {"code": pseudonyms, "name": drawn}, index=pd.Index([*others, *parts], name="register_code")
    )
    aliases = aliases.loc[codes]
    placed = points.dropna()
    # the few codes without a point of their own take that of a municipality gone by then
    gone = latest.loc[latest["edition_year"] < max(YEARS[region]), "code"]
    spare = placed.loc[placed.index.intersection(gone)]
    # around a ring in random order, so that nobody keeps the own point
    ring = rng.permutation(len(placed))
    moved = placed.to_numpy().copy()
    moved[ring] = placed.to_numpy()[np.roll(ring, 1)]
    points.loc[placed.index] = moved
    lacking = points.index[points["latitude"].isna()]
    if len(lacking):
        points.loc[lacking] = points.loc[rng.permutation(spare.index)[: len(lacking)]].to_numpy()
    return aliases.join(points)


def simulate_presence(
    organisations: pd.DataFrame,
    rng: np.random.Generator,
    assumptions: Assumptions,
    calibrate: bool,
) -> dict[tuple[str, str], pd.DataFrame]:
    """Draw who has an account, by region and platform.

    Parameters
    ----------
    organisations : pandas.DataFrame
        From `rename_organisations`.
    rng : numpy.random.Generator
    assumptions : Assumptions
    calibrate : bool
        Whether the numbers of accounts are the published ones; otherwise each is a draw.

    Returns
    -------
    dict
        By region and platform, a boolean frame: a row a code, a column a year.
    """
    shapes = {
        ("NL", "twitter"): ("dutch_presence", None, (0.0, 0.0, 0.0)),
        ("NL", "facebook"): ("dutch_facebook", None, (-0.2, 0.0, 1.0)),
        ("VL", "twitter"): ("flemish_twitter", 9.6, (0.0,)),
        ("VL", "facebook"): ("flemish_facebook", 9.6, (0.0,)),
    }
    present = {}
    for (region, platform), (name, centre, shifts) in shapes.items():
        own = organisations[organisations["region"] == region]
        wide = own.pivot(index="code", columns="edition_year", values="population")
        classes = own.pivot(index="code", columns="edition_year", values="size_class")
        sizes = np.log(wide)
        centre = float(np.nanmean(sizes)) if centre is None else centre
        scores = getattr(assumptions, f"{name}_intercept") + np.array(shifts)
        scores = scores + getattr(assumptions, f"{name}_slope") * (sizes - centre)
        scores = draw_with_noise(rng, scores.to_numpy(), assumptions.presence_renewal)
        if platform == "twitter":
            scores[wide.index.isin(PARTS.values())] = np.inf
        if region == "VL":  # "allemaal": no city of Flanders was without
            scores[classes.to_numpy() == "above_50000"] = np.inf
        frame = pd.DataFrame(False, index=wide.index, columns=wide.columns)
        for column, year in enumerate(wide.columns):
            exists = wide[year].notna().to_numpy()
            if not calibrate:
                frame[year] = exists & (scores[:, column] > 0)
                continue
            targets = PUBLISHED_ACCOUNTS[region, platform][year]
            groups = targets.items() if isinstance(targets, dict) else [(None, targets)]
            for size_class, count in groups:
                inside = exists & ((classes[year] == size_class) if size_class else True)
                places = np.flatnonzero(inside)
                taken = places[take_largest(scores[places, column], count)]
                frame.iloc[taken, column] = True
        present[region, platform] = frame
    return present


def list_accounts(
    present: dict[tuple[str, str], pd.DataFrame],
    changes: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """List the accounts behind a pattern of presence, each with the days of its use.

    Parameters
    ----------
    present : dict
        From `simulate_presence`.
    changes : pandas.DataFrame
        From `rename_organisations`: an account ends with its municipality, and begins with it.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        platform, account_id, handle, organisation, in_use_from, in_use_to (dates; None: since ever, and still), first_year,
        last_year. Who gives an account up and comes back has two.
    """
    begins = changes.groupby("new_code")["effective_date"].min().dt.date.to_dict()
    ends = changes.groupby("old_code")["effective_date"].max().dt.date.to_dict()
    # between the follow-up of one edition and the lead-in of the next
    gaps = {
        2014: (dt.date(2013, 10, 20), dt.date(2014, 3, 10)),
        2016: (dt.date(2014, 7, 20), dt.date(2016, 3, 10)),
    }
    rows = []
    for (region, platform), frame in present.items():
        years = list(frame.columns)
        known = {code: set() for code in frame.index}
        for code, flags in zip(frame.index, frame.to_numpy(), strict=True):
            for position, year in enumerate(years):
                if flags[position] and (position == 0 or not flags[position - 1]):
                    rows.append([platform, region, code, year, year, len(known[code])])
                    known[code].add(year)
                elif flags[position]:
                    rows[-1][4] = year
    accounts = pd.DataFrame(
        rows, columns=["platform", "region", "organisation", "first_year", "last_year", "number"]
    )
    order = rng.permutation(len(accounts))
    accounts = accounts.iloc[order].sort_values(
        ["platform", "region"], ascending=False, kind="stable"
    )
    accounts = accounts.reset_index(drop=True)
    accounts["account_id"] = [f"{9_000_000_001 + number}" for number in accounts.index]
    stem = accounts["organisation"].str.replace("SIM-", "").str.replace("-", "_")
    again = np.where(accounts["number"] > 0, "b", "")
    accounts["handle"] = "SIM_" + stem + again
    share = rng.random((len(accounts), 2))
    first_days, last_days = [], []
    for place, row in enumerate(accounts.itertuples(index=False)):
        years = list(present[row.region, row.platform].columns)
        first_days.append(_draw_start(row, years, begins, gaps, share[place, 0]))
        last_days.append(_draw_end(row, years, ends, gaps, share[place, 1]))
    accounts["in_use_from"] = pd.Series(first_days, dtype=object)
    accounts["in_use_to"] = pd.Series(last_days, dtype=object)
    columns = ["platform", "account_id", "handle", "organisation", "in_use_from", "in_use_to"]
    return accounts[[*columns, "region", "first_year", "last_year"]]


def _draw_start(row, years, begins, gaps, share):
    if row.first_year == years[0]:
        return None
    low, high = gaps[row.first_year]
    begin = begins.get(row.organisation, low)
    # a municipality that existed before can have taken in another later
    low = max(low, begin) if begin <= high else low
    return low + (high - low) * share


def _draw_end(row, years, ends, gaps, share):
    if row.last_year == years[-1]:
        return None
    low, high = gaps[years[years.index(row.last_year) + 1]]
    end = ends.get(row.organisation, high)
    high = min(high, end - dt.timedelta(days=1)) if end > low else high
    return low + (high - low) * share
