"""A made-up table of scores, from a seed: what tests of the ranking page start from."""

import numpy as np
import pandas as pd

EDITIONS = {("2013 Q3", "NL"): 60, ("2014 Q2", "NL"): 120, ("2016 Q2", "VL"): 40}


def make_scores(is_simulated, editions=None, seed=7):
    """Scores of as many organisations as are given by edition and region; a third has no place."""
    rng = np.random.default_rng(seed)
    parts = []
    for (edition, region), size in (editions or EDITIONS).items():
        ranked = 2 * size // 3
        ability = np.sort(rng.normal(size=size))[::-1]
        rank = np.arange(1, ranked + 1)
        low = np.maximum(1, rank - rng.integers(0, ranked // 3, ranked))
        high = np.minimum(ranked, rank + rng.integers(0, ranked // 3, ranked))
        half, quarter = ranked / 2, ranked / 4
        tier = np.select(
            [high <= quarter, high <= half, low > ranked - quarter, low > half], [1, 2, 5, 4], 3
        )
        lacks = np.resize(["no_account", "silent", "few_messages", "few_answers"], size - ranked)
        known = np.r_[np.ones(ranked, bool), ~np.isin(lacks, ["no_account", "silent"])]
        share = np.where(known, 1 / (1 + np.exp(1.5 - ability)), np.nan)
        hours = np.where(known, np.exp(2.5 - 0.5 * ability + 0.2 * rng.normal(size=size)), np.nan)
        placed = np.arange(size) < ranked
        code = "SIM-NL-{:03d}" if is_simulated else "GM{:04d}"
        pad = np.full(size - ranked, np.nan)
        parts.append(
            pd.DataFrame(
                {
                    "edition": edition,
                    "region": region,
                    "platform": "twitter",
                    "organisation": [code.replace("NL", region).format(n + 1) for n in range(size)],
                    "name": [f"{region} Plaats {n + 1}" for n in rng.permutation(size)],
                    "province": np.resize(["Utrecht", "Zeeland", "Drenthe"], size),
                    "reply_share": share,
                    "reply_share_low": np.maximum(0, share - 0.06),
                    "reply_share_high": np.minimum(1, share + 0.06),
                    "potential_reach_per_message": np.where(
                        known, np.round(np.exp(6 + rng.normal(size=size))), np.nan
                    ),
                    "potential_reach_per_message_low": np.nan,
                    "potential_reach_per_message_high": np.nan,
                    "response_hours": hours,
                    "response_hours_low": np.where(placed, hours * 0.7, np.nan),
                    "response_hours_high": np.where(placed, hours * 1.5, np.nan),
                    "score": np.where(placed, ability, np.nan),
                    "rank": pd.array(np.r_[rank, pad], dtype="Int64"),
                    "rank_low": pd.array(np.r_[low, pad], dtype="Int64"),
                    "rank_high": pd.array(np.r_[high, pad], dtype="Int64"),
                    "ranked": ranked,
                    "tier": pd.array(np.r_[tier, pad], dtype="Int64"),
                    "not_ranked_because": [None] * ranked + lacks.tolist(),
                    "is_simulated": is_simulated,
                }
            ).sample(frac=1, random_state=seed)
        )
    return pd.concat(parts, ignore_index=True)
