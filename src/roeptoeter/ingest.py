"""From raw files to processed tables: verified, checked, and with an account of every row."""

from pathlib import Path

import pandas as pd

from roeptoeter.published import core_figures, read_figures, read_sources
from roeptoeter.registers import build_organisations

#: Why a published figure cannot be calculated with.
IN_WORDS = "stated in words, without a number"


def build_figures(folder: Path) -> pd.DataFrame:
    """Read the published figures and mark what can be calculated with.

    Parameters
    ----------
    folder : pathlib.Path
        `data/raw/published`, with figures.csv and sources.csv.

    Returns
    -------
    pandas.DataFrame
        Every figure, in the order of the file, none left out. Beside the raw columns: `is_core` (whether its source
        is one of the five core articles, read in full), `how_read` (how its source was read) and
        `excluded_because` (empty where the figure has a number).

    Raises
    ------
    InputError
        If a file is not what it should be.
    """
    figures, sources = read_figures(folder), read_sources(folder)
    core = set(core_figures(figures, sources)["figure_id"])
    how_read = figures["source_key"].map(sources.set_index("source_key")["how_read"])
    assert how_read.notna().all()
    return figures.assign(
        is_core=figures["figure_id"].isin(core),
        how_read=how_read,
        excluded_because=figures["printed_number"].isna().map({True: IN_WORDS, False: ""}),
    )


def trace_rows(
    figures: pd.DataFrame, organisations: pd.DataFrame, files: pd.DataFrame
) -> pd.DataFrame:
    """Account for every row of every raw file that becomes a row of a processed table.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `build_figures`.
    organisations : pandas.DataFrame
        From `roeptoeter.registers.build_organisations`.
    files : pandas.DataFrame
        From `roeptoeter.provenance.verify_raw`, with the rows of each file as its provenance states them.

    Returns
    -------
    pandas.DataFrame
        A row a file: file, becomes, rows_in, kept, excluded, excluded_because; rows_in is kept plus excluded.

    Raises
    ------
    AssertionError
        If a row is lost or comes twice.
    """
    rows_in = files.set_index(files["file"].map(lambda file: Path(file).name))["rows"]
    in_words = int((figures["excluded_because"] != "").sum())
    regions = organisations["region"].value_counts()
    flow = pd.DataFrame(
        [
            ("figures.csv", "figures", len(figures) - in_words, in_words, IN_WORDS),
            ("nl_municipalities.csv", "organisations", regions["NL"], 0, ""),
            ("vl_municipalities.csv", "organisations", regions["VL"], 0, ""),
        ],
        columns=["file", "becomes", "kept", "excluded", "excluded_because"],
    )
    flow.insert(2, "rows_in", flow["file"].map(rows_in).astype(int))
    assert (flow["rows_in"] == flow["kept"] + flow["excluded"]).all(), flow
    return flow


def count_by_reading(figures: pd.DataFrame) -> pd.DataFrame:
    """Count the published figures by how their source was read.

    Parameters
    ----------
    figures : pandas.DataFrame
        From `build_figures`.

    Returns
    -------
    pandas.DataFrame
        how_read, sources, figures, share_percent; most figures first.
    """
    table = (
        figures.groupby("how_read", as_index=False)
        .agg(sources=("source_key", "nunique"), figures=("figure_id", "size"))
        .sort_values("figures", ascending=False, ignore_index=True)
    )
    return table.assign(share_percent=100 * table["figures"] / len(figures))


def count_municipalities(organisations: pd.DataFrame) -> pd.DataFrame:
    """Count municipalities and inhabitants by region and year, with what the reconstruction leaves open.

    Parameters
    ----------
    organisations : pandas.DataFrame

    Returns
    -------
    pandas.DataFrame
        region, edition_year, municipalities, below_20000, 20000_to_50000, above_50000, inhabitants,
        bounded (municipalities of which only an interval of the population is known), widest_bound_persons,
        without_position.

    Raises
    ------
    AssertionError
        If a municipality is counted twice in a year.
    """
    assert not organisations.duplicated(["region", "edition_year", "code"]).any()
    frame = organisations.assign(
        bound=organisations["population_high"] - organisations["population_low"],
        no_position=organisations["latitude"].isna(),
    )
    keys = ["region", "edition_year"]
    counts = frame.groupby(keys, as_index=False).agg(
        municipalities=("code", "size"),
        inhabitants=("population", "sum"),
        bounded=("bound", lambda bound: int((bound > 0).sum())),
        widest_bound_persons=("bound", "max"),
        without_position=("no_position", "sum"),
    )
    classes = frame.groupby([*keys, "size_class"]).size().unstack(fill_value=0).reset_index()
    table = counts.merge(classes, on=keys, validate="one_to_one")
    order = ["below_20000", "20000_to_50000", "above_50000"]
    return table[
        [*keys, "municipalities", *order, "inhabitants", "bounded", "widest_bound_persons",
         "without_position"]
    ]  # fmt: skip


def build_tables(raw: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Build the two processed tables of the published half.

    Parameters
    ----------
    raw : pathlib.Path
        `data/raw`.

    Returns
    -------
    figures : pandas.DataFrame
        See `build_figures`.
    organisations : pandas.DataFrame
        See `roeptoeter.registers.build_organisations`.
    """
    return build_figures(raw / "published"), build_organisations(raw / "registers")
