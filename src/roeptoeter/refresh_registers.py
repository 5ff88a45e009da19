"""`make refresh-registers`: lay the official tables beside the committed registers.

Optional and never part of `make`: it needs the network. It fetches the population on 1 January by
municipality (StatLine table 03759ned) with the client of Statistics Netherlands, prints every
difference from `data/raw/registers/nl_municipalities.csv`, and writes nothing. Statbel has no such
client; its address is printed, to be looked at by hand.
"""

import json

import cbsodata
import pandas as pd
import requests

from roeptoeter.errors import InputError
from roeptoeter.registers import read_municipalities
from roeptoeter.study import ROOT

TABLE = "03759ned"
STATBEL_ADDRESS = "https://statbel.fgov.be/nl/themas/bevolking/structuur-van-de-bevolking"

#: Keys that stand for "everybody" in the dimensions sex, age and (in older versions of the table)
#: marital status.
TOTAL_KEYS = {"T001038", "10000", "T001019"}


def compare_with_register(register, official):
    """Compare official populations with the committed register, row by row.

    Parameters
    ----------
    register : pandas.DataFrame
        As `read_municipalities` gives it, Dutch rows only.
    official : pandas.DataFrame
        edition_year, code, official_population (int).

    Returns
    -------
    pandas.DataFrame
        One row per edition_year and code of either table: name, population, population_low,
        population_high, population_precision, official_population, difference (official minus
        register, inhabitants) and verdict:

        - "equal": the same number;
        - "within bounds": another number within the interval of a `derived_bounded` row;
        - "differs": everything else, so also a `published` or `derived_exact` number one off;
        - "only in the register", "only in the official table".

    Raises
    ------
    InputError
        If the official table has a municipality twice in a year.
    """
    keys = ["edition_year", "code"]
    if official.duplicated(keys).any():
        year, code = official.loc[official.duplicated(keys), keys].iloc[0]
        raise InputError(f"{TABLE}: {code} occurs twice in {year}, expected one row a year")
    columns = ["name", "population", "population_low", "population_high", "population_precision"]
    both = register[keys + columns].merge(
        official[[*keys, "official_population"]],
        on=keys,
        how="outer",
        validate="one_to_one",
        indicator="found_in",
    )
    both["difference"] = both["official_population"] - both["population"]
    inside = both["official_population"].between(both["population_low"], both["population_high"])
    verdict = pd.Series("differs", index=both.index, dtype="str")
    verdict[inside] = "within bounds"
    verdict[both["difference"].eq(0)] = "equal"
    verdict[both["found_in"].eq("left_only")] = "only in the register"
    verdict[both["found_in"].eq("right_only")] = "only in the official table"
    return both.drop(columns="found_in").assign(verdict=verdict)


def fetch_official(years):
    """Fetch the Dutch population on 1 January by municipality from Statistics Netherlands.

    Not tried against the live service where it was written (there was no network): the names of
    the table's dimensions are therefore read from the table itself, and anything unexpected stops
    with a line that says what was found.

    Parameters
    ----------
    years : iterable of int

    Returns
    -------
    pandas.DataFrame
        edition_year, code, official_population; only the municipalities that existed.

    Raises
    ------
    InputError
        If the service cannot be reached or refuses, or the table has no such measure or totals.
    """
    try:
        properties = cbsodata.get_meta(TABLE, "DataProperties", timeout=60)
        measure = _only_one(
            [p["Key"] for p in properties if str(p["Key"]).startswith("BevolkingOp1Januari")],
            "measure that begins with BevolkingOp1Januari",
        )
        filters = []
        for dimension in (p["Key"] for p in properties if p["Type"] == "Dimension"):
            # Keys may be padded with spaces, and a filter must repeat them as they are.
            keys = [entry["Key"] for entry in cbsodata.get_meta(TABLE, dimension, timeout=60)]
            total = _only_one([k for k in keys if k.strip() in TOTAL_KEYS], f"total of {dimension}")
            filters.append(f"({dimension} eq '{total}')")
        periods = " or ".join(f"Perioden eq '{year}JJ00'" for year in years)
        tables = cbsodata.download_data(
            TABLE,
            select=["RegioS", "Perioden", measure],
            filters=" and ".join([*filters, f"({periods})"]),
            timeout=60,
        )
    except requests.HTTPError as fault:
        reason = " ".join(str(fault).split())
        raise InputError(f"Statistics Netherlands refused table {TABLE}: {reason}") from None
    except requests.RequestException as fault:
        raise InputError(
            f"offline: opendata.cbs.nl cannot be reached ({type(fault).__name__}); "
            "nothing was compared"
        ) from None
    except json.JSONDecodeError:
        raise InputError(
            f"{TABLE}: the answer is not JSON (a proxy's page?); nothing was compared"
        ) from None
    # The client's option `typed` and the set it returns differ between versions; both sets will do.
    rows = pd.DataFrame(tables.get("TypedDataSet") or tables.get("UntypedDataSet"))
    if rows.empty:
        raise InputError(f"{TABLE}: no rows for {', '.join(map(str, years))}; nothing was compared")
    official = pd.DataFrame(
        {
            "edition_year": rows["Perioden"].str[:4].astype("int64"),
            "code": rows["RegioS"].str.strip(),
            "official_population": pd.to_numeric(rows[measure], errors="coerce"),
        }
    )
    official = official[official["code"].str.startswith("GM")].dropna()
    return official.astype({"official_population": "int64"}).reset_index(drop=True)


def refresh_registers(folder=ROOT / "data" / "raw" / "registers"):
    """Print how the official table differs from the committed register; change no file.

    Parameters
    ----------
    folder : path-like
        Where the committed register lies.

    Returns
    -------
    pandas.DataFrame
        See `compare_with_register`.

    Raises
    ------
    InputError
        As `read_municipalities` and `fetch_official`; so when offline.
    """
    print(f"Flanders: Statbel has no client; compare by hand with {STATBEL_ADDRESS}")
    municipalities = read_municipalities(folder)
    register = municipalities[municipalities["region"].eq("NL")]
    official = fetch_official(sorted(register["edition_year"].unique().tolist()))
    compared = compare_with_register(register, official)
    print(compared.groupby(["edition_year", "verdict"]).size().to_string())
    wrong = compared[~compared["verdict"].isin(["equal", "within bounds"])]
    if wrong.empty:
        print("The register agrees with the official table wherever it claims to.")
    else:
        print(wrong.to_string(index=False))
    return compared


def _only_one(found, what):
    if len(found) != 1:
        raise InputError(f"{TABLE}: expected one {what}, found {found or 'none'}")
    return found[0]
