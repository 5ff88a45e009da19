"""How many messages and replies: the process, its calibration, and many draws of it at once.

`draw_accounts` and `simulate_study` call the same steps; calibration comes between them and moves as little as it can.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from roeptoeter.simulate.assumptions import Assumptions
from roeptoeter.simulate.ground import draw_with_noise

#: Published of Dutch Twitter; `roeptoeter.simulate.constraints` says which reading of each is met.
REPLY_SHARES = (0.13, 0.20)
MEAN_MESSAGES_2013 = 109
SENDERS_ONLY_2013, SENDERS_BELOW_TEN_2013, SILENT_2013 = 101, 12, 17
UTRECHT_SHARE_2014 = 0.85


@dataclass(frozen=True, slots=True)
class AccountDraws:
    """Counts of many simulated studies.

    Parameters
    ----------
    messages, replies : numpy.ndarray of int
        Own messages and replies to others, shape (draws, units, 2), the earlier year first; 0 where a unit has no
        account.
    present : numpy.ndarray of bool
        Who has an account, same shape.
    expected_replies : numpy.ndarray of float
        Messages times the chance of a reply: what `replies` would be on average.
    """

    messages: np.ndarray
    replies: np.ndarray
    present: np.ndarray
    expected_replies: np.ndarray


def centre_sizes(population: np.ndarray) -> np.ndarray:
    """Return log population minus its mean over all that exist; NaN where a unit does not.

    Parameters
    ----------
    population : array_like
        Inhabitants, NaN where a unit does not exist in a year.

    Returns
    -------
    numpy.ndarray of float
    """
    sizes = np.log(np.asarray(population, dtype=float))
    return sizes - np.nanmean(sizes)


def draw_intensities(
    rng: np.random.Generator, sizes: np.ndarray, assumptions: Assumptions, draws: int
) -> np.ndarray:
    """Draw how many messages each account is expected to send.

    Parameters
    ----------
    rng : numpy.random.Generator
    sizes : numpy.ndarray
        From `centre_sizes`, shape (units, 2).
    assumptions : Assumptions
    draws : int

    Returns
    -------
    numpy.ndarray of float
        Shape (draws, units, 2); 0 where a unit does not exist.

    Notes
    -----
    ``mu[i, t] a[i] g[i, t]``: mu is proportional to ``exp(elasticity * size)`` and averages the mean of its year, a is
    gamma with mean 1 and the same in both years, g is gamma with mean 1 and is not. Over them counts are Poisson, and
    so overdispersed within a year and correlated between years.
    """
    units = len(sizes)
    expected = np.exp(assumptions.volume_elasticity * sizes)
    growth = assumptions.message_growth ** np.array([-0.5, 0.5])
    expected *= assumptions.message_mean * growth / np.nanmean(expected, axis=0)
    shape, year_shape = assumptions.volume_shape, assumptions.volume_year_shape
    lasting = rng.gamma(shape, 1 / shape, size=(draws, units, 1))
    passing = rng.gamma(year_shape, 1 / year_shape, size=(draws, units, 2))
    return np.nan_to_num(expected) * lasting * passing


def draw_reply_chances(
    rng: np.random.Generator, sizes: np.ndarray, assumptions: Assumptions, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the log-odds with which a message is a reply, and who never replies.

    Parameters
    ----------
    rng : numpy.random.Generator
    sizes : numpy.ndarray
        From `centre_sizes`, shape (units, 2).
    assumptions : Assumptions
    draws : int

    Returns
    -------
    log_odds : numpy.ndarray of float
        Shape (draws, units, 2).
    never : numpy.ndarray of bool
        Same shape.

    Notes
    -----
    ``log_odds[i, t] = intercept + shift t + slope size[i, t] + spread z[i, t]`` with z bivariate normal.
    """
    units = len(sizes)
    correlation = assumptions.reply_year_correlation
    noise = rng.standard_normal((draws, units, 2))
    noise[..., 1] = correlation * noise[..., 0] + np.sqrt(1 - correlation**2) * noise[..., 1]
    intercepts = assumptions.reply_intercept + np.array([0, assumptions.reply_shift])
    log_odds = intercepts + assumptions.reply_slope * np.nan_to_num(sizes)
    log_odds = log_odds + assumptions.reply_spread * noise
    never = rng.random((draws, units, 2))
    never[..., 0] = never[..., 0] < assumptions.never_reply_share
    never[..., 1] = never[..., 0].astype(bool) & (never[..., 1] < assumptions.never_reply_stays)
    return log_odds, never.astype(bool)


def draw_accounts(
    population: np.ndarray, draws: int, seed: int, assumptions: Assumptions | None = None
) -> AccountDraws:
    """Draw many uncalibrated studies of two years at once, down to counts per account.

    Parameters
    ----------
    population : array_like
        Inhabitants by unit, shape (units,) or (units, 2); NaN where a unit does not exist in a year.
    draws : int
    seed : int
    assumptions : Assumptions, optional

    Returns
    -------
    AccountDraws

    Notes
    -----
    For coverage. Calibrated draws would not do: they are conditioned on the answer, so that every interval covers it.
    """
    assumptions = assumptions or Assumptions()
    population = np.asarray(population, dtype=float)
    if population.ndim == 1:
        population = np.column_stack([population, population])
    rng = np.random.default_rng(np.random.SeedSequence([seed, 1]))
    sizes = centre_sizes(population)
    exists = np.isfinite(sizes)
    scores = assumptions.dutch_presence_intercept + assumptions.dutch_presence_slope * sizes
    scores = np.broadcast_to(scores, (draws, *sizes.shape))
    scores = draw_with_noise(rng, scores, assumptions.presence_renewal)
    present = exists & (np.nan_to_num(scores, nan=-1) > 0)
    messages = rng.poisson(draw_intensities(rng, sizes, assumptions, draws)) * present
    log_odds, never = draw_reply_chances(rng, sizes, assumptions, draws)
    chances = np.where(never, 0, expit(log_odds))
    replies = rng.binomial(messages, chances)
    return AccountDraws(messages, replies, present, messages * chances)


def measure_true_change(
    population: np.ndarray,
    assumptions: Assumptions | None = None,
    draws: int = 2000,
    seed: int = 0,
    least_messages: int = 1,
) -> dict[str, float]:
    """Measure the change that the uncalibrated process has in the long run.

    Parameters
    ----------
    population, assumptions, seed
        As `draw_accounts`.
    draws : int
        So many draws are pooled.
    least_messages : int
        An account counts in the account-weighted change from so many own messages on.

    Returns
    -------
    dict of str to float
        "message_weighted" and "account_weighted": the change of the reply share, as a share; with "_error" behind, the
        Monte Carlo standard error of each.

    Notes
    -----
    Expected replies instead of drawn ones enter, which have the same mean and less noise. The ratio of sums is that of
    all draws together, which is where the estimator of one study goes as municipalities multiply.
    """
    batch = 200
    sums, means = [], []
    for number, start in enumerate(range(0, draws, batch)):
        many = min(batch, draws - start)
        drawn = draw_accounts(population, many, _mix_seed(seed, number), assumptions)
        sums.append(np.stack([drawn.expected_replies.sum(1), drawn.messages.sum(1)], axis=-1))
        counts = drawn.messages >= max(least_messages, 1)
        shares = drawn.expected_replies / np.maximum(drawn.messages, 1)
        means.append(np.where(counts, shares, 0).sum(1) / counts.sum(1))
    sums, means = np.concatenate(sums).astype(float), np.concatenate(means)
    replies, messages = sums[..., 0], sums[..., 1]
    levels = replies.sum(0) / messages.sum(0)
    errors = (replies - levels * messages) / messages.mean(0)
    change = means[:, 1] - means[:, 0]
    return {
        "message_weighted": float(levels[1] - levels[0]),
        "message_weighted_error": float(np.std(errors[:, 1] - errors[:, 0]) / np.sqrt(len(errors))),
        "account_weighted": float(change.mean()),
        "account_weighted_error": float(change.std(ddof=1) / np.sqrt(len(change))),
    }


def _mix_seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, 2, number]).generate_state(1)[0])


def rake_counts(
    rng: np.random.Generator, counts: np.ndarray, total: int, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Move whole numbers within bounds until they add up.

    Parameters
    ----------
    rng : numpy.random.Generator
    counts : numpy.ndarray of int
    total : int
        What they shall add up to.
    low, high : numpy.ndarray of int
        Bounds of each.

    Returns
    -------
    numpy.ndarray of int

    Raises
    ------
    ValueError
        If no counts within the bounds add up to the total.

    Notes
    -----
    Steps are shared out at random in proportion to the room left, at most a fifth of it at a time, so that no unit takes
    more than the others of its kind.

    Examples
    --------
    >>> raked = rake_counts(np.random.default_rng(1), np.array([5, 5, 0]), 14, np.zeros(3), np.array([9, 9, 0]))
    >>> int(raked.sum()), int(raked[2])
    (14, 0)
    """
    low, high = np.asarray(low, dtype=np.int64), np.asarray(high, dtype=np.int64)
    counts = np.clip(counts, low, high).astype(np.int64)
    while (missing := int(total - counts.sum())) != 0:
        room = high - counts if missing > 0 else counts - low
        if room.sum() < abs(missing):
            raise ValueError(
                f"no counts between {low.sum()} and {high.sum()} in all add up to {total}"
            )
        number = min(abs(missing), max(1, int(0.2 * room.sum())))
        step = np.minimum(rng.multinomial(number, room / room.sum()), room)
        counts = counts + step if missing > 0 else counts - step
    return counts


@dataclass(frozen=True, slots=True)
class DutchTwitter:
    """Counts of the two Dutch editions, with who is who.

    Parameters
    ----------
    messages, replies : numpy.ndarray of int
        Shape (units, 2).
    """

    messages: np.ndarray
    replies: np.ndarray


def simulate_dutch_twitter(
    population: np.ndarray,
    present: np.ndarray,
    named: dict[str, int],
    rng: np.random.Generator,
    assumptions: Assumptions,
    calibrate: bool,
) -> DutchTwitter:
    """Simulate own messages and replies of the two Dutch editions.

    Parameters
    ----------
    population : numpy.ndarray
        Shape (units, 2), NaN where a unit does not exist.
    present : numpy.ndarray of bool
        Who has an account, shape (units, 2).
    named : dict of str to int
        Row of "utrecht", "first" and "second": the one that replies most and the two fastest.
    rng : numpy.random.Generator
    assumptions : Assumptions
    calibrate : bool
        Whether the published figures are met.

    Returns
    -------
    DutchTwitter
    """
    sizes = centre_sizes(population)
    intensities = draw_intensities(rng, sizes, assumptions, 1)[0] * present
    log_odds, never = (part[0] for part in draw_reply_chances(rng, sizes, assumptions, 1))
    if not calibrate:
        messages = rng.poisson(intensities)
        return DutchTwitter(messages, rng.binomial(messages, np.where(never, 0, expit(log_odds))))
    utrecht, fastest = named["utrecht"], [named["first"], named["second"]]
    by_hand = [utrecht, *fastest]
    never[by_hand] = False
    least = np.log(assumptions.fastest_least_share / (1 - assumptions.fastest_least_share))
    log_odds[fastest] = np.maximum(log_odds[fastest], least)
    messages, silent = _calibrate_messages(rng, intensities, present, utrecht, fastest, assumptions)
    senders_only = _choose_senders_only(rng, messages, log_odds, never, by_hand)
    replies = np.zeros_like(messages)
    for year, share in enumerate(REPLY_SHARES):
        zero = senders_only if year == 0 else never[:, 1]
        replies[:, year] = _calibrate_replies(
            rng, messages[:, year], log_odds[:, year], zero, share, named, year, assumptions
        )
    assert not replies[silent, 0].any()
    return DutchTwitter(messages, replies)


def _calibrate_messages(rng, intensities, present, utrecht, fastest, assumptions):
    """Make 2013 add up to the published mean, with the published number of silent accounts; 2014 follows."""
    by_hand = np.array([utrecht, *fastest])
    messages_utrecht = np.array(
        [
            round(assumptions.utrecht_messages / assumptions.utrecht_growth),
            assumptions.utrecht_messages,
        ]
    )
    total = MEAN_MESSAGES_2013 * int(present[:, 0].sum())
    others = intensities.copy()
    others[utrecht] = 0
    intensities = intensities * (total - messages_utrecht[0]) / others[:, 0].sum()
    least = assumptions.fastest_least_messages
    intensities[fastest] = np.maximum(intensities[fastest], 1.5 * least)
    scores = np.where(present[:, 0], -np.log(np.maximum(intensities[:, 0], 1e-9)), -np.inf)
    scores += rng.logistic(size=len(scores))
    scores[by_hand] = -np.inf
    silent = np.zeros(len(scores), dtype=bool)
    silent[np.argsort(-scores, kind="stable")[:SILENT_2013]] = True
    messages = rng.poisson(intensities)
    messages[utrecht] = messages_utrecht
    messages[fastest] = np.maximum(messages[fastest], least)
    # whoever is not silent sends two or more, so that replying is open to all of them
    low = np.where(present[:, 0] & ~silent, 2, 0)
    high = np.where(low > 0, 2 * messages[:, 0] + 20, 0)
    low[by_hand] = messages[by_hand, 0]
    high[by_hand] = messages[by_hand, 0]
    messages[:, 0] = rake_counts(rng, messages[:, 0], total, low, high)
    return messages, silent


def _choose_senders_only(rng, messages, log_odds, never, by_hand):
    """Choose who of 2013 sent without ever replying: the published number, so many of them below ten messages."""
    sent = messages[:, 0]
    expected = np.log(np.maximum(sent, 1) * expit(log_odds[:, 0]))
    # an account that never replies by nature comes first, then whoever would have replied least
    scores = np.where(never[:, 0], 100, 0) - expected + rng.logistic(size=len(sent))
    scores[by_hand] = -np.inf
    scores[sent == 0] = -np.inf
    chosen = np.zeros(len(sent), dtype=bool)
    few = sent < 10
    for inside, count in (
        (few, SENDERS_BELOW_TEN_2013),
        (~few, SENDERS_ONLY_2013 - SENDERS_BELOW_TEN_2013),
    ):
        places = np.flatnonzero(inside & np.isfinite(scores))
        if len(places) < count:
            raise ValueError(f"only {len(places)} accounts can be senders only, {count} are wanted")
        chosen[places[np.argsort(-scores[places], kind="stable")[:count]]] = True
    return chosen


def _calibrate_replies(rng, messages, log_odds, zero, share, named, year, assumptions):
    """Shift the log-odds until the expected replies add up to the published share, draw, and rake the rest."""
    utrecht, fastest = named["utrecht"], [named["first"], named["second"]]
    total = round(share * int(messages.sum()))
    fixed = UTRECHT_SHARE_2014 if year == 1 else assumptions.utrecht_reply_share_2013
    own = round(fixed * int(messages[utrecht]))
    cap = assumptions.other_share_cap if year == 1 else 0.99
    free = messages * ~zero
    free[utrecht] = 0
    shift = brentq(lambda step: (free * expit(log_odds + step)).sum() - (total - own), -10, 10)
    replies = rng.binomial(free, expit(log_odds + shift))
    high = np.floor(cap * free).astype(np.int64)
    # in 2013 everybody else who sent also replied, else there would be more senders-only than were counted
    low = np.where(free > 0, 1, 0) if year == 0 else np.zeros_like(high)
    low[fastest] = np.ceil(assumptions.fastest_least_share * messages[fastest])
    low[utrecht] = high[utrecht] = own
    return rake_counts(rng, replies, total, np.minimum(low, high), high)


def simulate_flemish_twitter(
    population: np.ndarray,
    present: np.ndarray,
    interacting: np.ndarray,
    rng: np.random.Generator,
    assumptions: Assumptions,
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate own messages on Flemish Twitter, and the replies among them.

    Parameters
    ----------
    population : numpy.ndarray
    present, interacting : numpy.ndarray of bool
        Who has an account, and who replies at least once.
    rng : numpy.random.Generator
    assumptions : Assumptions

    Returns
    -------
    messages, replies : numpy.ndarray of int
    """
    messages = _draw_posts(population, present, rng, assumptions)
    messages = np.where(interacting, np.maximum(messages, 1), messages)
    return messages, _draw_flemish_replies(messages, interacting, rng, assumptions)


def simulate_flemish_facebook(
    population: np.ndarray,
    present: np.ndarray,
    interacting: np.ndarray,
    rng: np.random.Generator,
    assumptions: Assumptions,
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate messages on Flemish Facebook, posts and replies together, and the replies among them.

    Parameters and returns are those of `simulate_flemish_twitter`. Replies come on top of the posts, for on Facebook
    they are comments.
    """
    posts = _draw_posts(population, present, rng, assumptions)
    posts = np.where(interacting, np.maximum(posts, 1), posts)
    replies = _draw_flemish_replies(posts, interacting, rng, assumptions)
    return posts + replies, replies


def _draw_posts(population, present, rng, assumptions):
    size = assumptions.post_shape
    mean = assumptions.post_mean * (population / population.mean()) ** assumptions.post_elasticity
    return rng.negative_binomial(size, size / (size + mean)) * present


def _draw_flemish_replies(messages, interacting, rng, assumptions):
    chance = rng.beta(
        assumptions.interaction_replies_a, assumptions.interaction_replies_b, size=len(messages)
    )
    replies = rng.binomial(messages, np.clip(chance, 0.01, 0.9))
    return np.where(interacting, np.maximum(replies, 1), 0)


def draw_audience(
    rng: np.random.Generator,
    population: np.ndarray,
    elasticity: float,
    spread: float,
    mean: float,
    exact: bool,
) -> np.ndarray:
    """Draw fans or followers of accounts.

    Parameters
    ----------
    rng : numpy.random.Generator
    population : numpy.ndarray
        Inhabitants by account.
    elasticity, spread : float
        Of log audience: its slope by log population, and its standard deviation around that.
    mean : float
        Mean audience.
    exact : bool
        Whether the whole numbers have exactly that mean (times the number of accounts rounded); otherwise it is the
        mean of the process.

    Returns
    -------
    numpy.ndarray of int

    Notes
    -----
    Exactness by largest remainders: all are rounded down, and those that lost most get one back.
    """
    shape = np.exp(elasticity * np.log(population))
    noise = np.exp(spread * rng.standard_normal(len(population)) - spread**2 / 2)
    if not exact:
        return np.floor(mean * shape / shape.mean() * noise).astype(np.int64)
    audience = shape * noise
    audience *= mean / audience.mean()
    whole = np.floor(audience).astype(np.int64)
    lost = round(mean * len(audience)) - int(whole.sum())
    whole[np.argsort(whole - audience, kind="stable")[:lost]] += 1
    return whole
