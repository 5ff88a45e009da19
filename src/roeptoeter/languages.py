"""The reader's language: messages, numbers and dates for the pages that officials read.

English source strings are the keys. The translations stand in `locale/<language>/LC_MESSAGES/roeptoeter.po`, which is
read as it is: nothing is compiled beside it. The analysis notebooks stay English and need none of this.
"""

import datetime as dt
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_interval
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from roeptoeter.errors import InputError

#: Locale by language: European English writes its days as the Dutch do.
LANGUAGES = {"nl": "nl", "en": "en_GB"}

#: What each language calls itself.
LANGUAGE_NAMES = {"nl": "Nederlands", "en": "English"}

#: The site's front page in each language; Dutch is what an official meets first.
FRONT_PAGES = {"nl": "index.html", "en": "index.en.html"}

#: The language of the keys, which needs no catalogue.
SOURCE_LANGUAGE = "en"

CATALOGUES = Path(__file__).with_name("locale")


def N_(message: str) -> str:
    """Mark a message for translation where it stands; `Language._` translates it where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the reader; `get_language` makes it.

    Parameters
    ----------
    code : str
        "nl" or "en".
    locale : babel.Locale
    translations : gettext.NullTranslations
    """

    code: str
    locale: Locale
    translations: NullTranslations

    @property
    def name(self) -> str:
        """What the language calls itself."""
        return LANGUAGE_NAMES[self.code]

    @property
    def front_page(self) -> str:
        """File of the site's front page in the language."""
        return FRONT_PAGES[self.code]

    def _(self, message: str, **values: Any) -> str:
        """Translate a message and fill its `{placeholders}`.

        Parameters
        ----------
        message : str
            The English sentence, a literal or marked with `N_`.
        **values
            Texts for the placeholders; numbers through `number` and its like first.

        Returns
        -------
        str
        """
        return self.translations.gettext(message).format(**values)

    def template(self, message: str, plural: str | None = None) -> str:
        """Translate a message and leave its `{placeholders}` open, for a script to fill.

        Parameters
        ----------
        message : str
        plural : str, optional
            The form for several, which is then the one returned.

        Returns
        -------
        str
        """
        if plural is None:
            return self.translations.gettext(message)
        return self.translations.ngettext(message, plural, 2)

    def ngettext(self, singular: str, plural: str, count: int, **values: Any) -> str:
        """Translate a message that depends on a number; `{count}` is filled with it.

        Parameters
        ----------
        singular, plural : str
        count : int
        **values
            Texts for the other placeholders.

        Returns
        -------
        str
        """
        template = self.translations.ngettext(singular, plural, count)
        return template.format(count=self.number(count), **values)

    def number(self, value: float, decimals: int = 0, *, signed: bool = False) -> str:
        """Write a number: thousands apart, a true minus sign.

        Parameters
        ----------
        value : float
        decimals : int
        signed : bool
            Whether a positive number gets its sign too.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If the number is missing (NaN).

        Examples
        --------
        >>> get_language("nl").number(-1234.5, 1), get_language("en").number(1234.5, 1)
        ('−1.234,5', '1,234.5')
        """
        if math.isnan(value):
            raise ValueError("a sentence cannot print a missing number")
        rounded = round(float(value), decimals) + 0.0
        sign = "+" if signed and rounded > 0 else ""
        return sign + _write_decimal(rounded, decimals, self.code)

    def percent(self, share: float, decimals: int = 0) -> str:
        """Write a share between 0 and 1 as a percentage.

        Examples
        --------
        >>> get_language("nl").percent(0.205, 1)
        '20,5%'
        """
        if math.isnan(share):
            raise ValueError("a sentence cannot print a missing number")
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
        text = format_percent(round(float(share), decimals + 2) + 0.0, pattern, locale=self.locale)
        return text.replace("-", "−")

    def date(self, day: dt.date) -> str:
        """Write a day in full.

        Examples
        --------
        >>> get_language("nl").date(dt.date(2014, 10, 23)), get_language("en").date(dt.date(2014, 10, 23))
        ('23 oktober 2014', '23 October 2014')
        """
        return format_date(day, "d MMMM y", locale=self.locale)

    def period(self, start: dt.date, end: dt.date) -> str:
        """Write the days from one to another, both inside; whole months without their days.

        Examples
        --------
        >>> get_language("nl").period(dt.date(2014, 4, 1), dt.date(2014, 6, 30))
        'april – juni 2014'
        >>> get_language("en").period(dt.date(2014, 4, 2), dt.date(2014, 6, 30))
        '2 Apr – 30 Jun 2014'
        """
        whole = start.day == 1 and (end + dt.timedelta(days=1)).day == 1
        text = format_interval(start, end, "yMMMM" if whole else "yMMMd", locale=self.locale)
        # CLDR sets thin spaces in some places and none in others
        return re.sub(r"\s*–\s*", " – ", text)

    def join(self, items: Sequence[str]) -> str:
        """Join texts as a list in a sentence.

        Examples
        --------
        >>> get_language("nl").join(["Facebook", "Twitter", "Instagram"])
        'Facebook, Twitter en Instagram'
        """
        return format_list(list(items), locale=self.locale)


@lru_cache(maxsize=20_000)
def _write_decimal(rounded: float, decimals: int, code: str) -> str:
    # a page of a thousand municipalities writes the same few thousand numbers over and over
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(rounded, pattern, locale=LANGUAGES[code]).replace("-", "−")


@lru_cache
def get_language(code: str) -> Language:
    """Return a language with its catalogue.

    Parameters
    ----------
    code : {"nl", "en"}

    Returns
    -------
    Language

    Raises
    ------
    InputError
        If there is no such language, or its catalogue is missing or broken.

    Examples
    --------
    >>> get_language("en")._("Reply share")
    'Reply share'
    >>> get_language("nl").template("{low} to {high}")
    '{low} tot {high}'
    """
    if code not in LANGUAGES:
        raise InputError(f"language is {code!r}; expected one of {', '.join(map(repr, LANGUAGES))}")
    translations = NullTranslations() if code == SOURCE_LANGUAGE else _compile_catalogue(code)
    return Language(code, Locale.parse(LANGUAGES[code]), translations)


def locate_catalogue(code: str) -> Path:
    """Return the path of a language's catalogue."""
    return CATALOGUES / code / "LC_MESSAGES" / "roeptoeter.po"


def _compile_catalogue(code: str) -> Translations:
    path = locate_catalogue(code)
    try:
        with path.open("rb") as file:
            catalogue = read_po(file, locale=code, abort_invalid=True)
    except (OSError, ValueError) as error:
        raise InputError(f"the catalogue locale/{code} cannot be read: {error}") from None
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
