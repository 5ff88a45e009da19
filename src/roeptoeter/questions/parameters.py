"""Checks of parameters that several notebooks take; names and types are checked before a notebook runs."""

from roeptoeter.errors import InputError


def check_confidence(confidence: float, name: str = "confidence") -> float:
    """Return a level between 0 and 1, or refuse what is none.

    Raises
    ------
    InputError
        If it does not lie between 0 and 1, both excluded; not-a-number does not.
    """
    if not 0 < confidence < 1:
        raise InputError(f"{name} is {confidence}; expected a level between 0 and 1, such as 0.95")
    return confidence


def check_filled(name: str, entries: list) -> list:
    """Return a list that holds something, or refuse an empty one.

    Raises
    ------
    InputError
        If it is empty.
    """
    if not entries:
        raise InputError(f"{name} is empty; name at least one")
    return entries
