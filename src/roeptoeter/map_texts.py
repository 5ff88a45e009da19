"""The words on the map page, in Dutch and in English, and numbers as each language writes them."""

import math
from collections.abc import Callable

from roeptoeter.errors import InputError

#: All words of the page by language and key. Braces hold what is filled in.
TEXTS = {
    "nl": {
        "page_title": "De gemeentekaart: wie voert het gesprek?",
        "page_description": "Elke gemeente als een zeshoek: de score en drie metingen met hun onzekerheid, per editie.",
        "skip": "Naar de kaart",
        "home": "Naar de bevindingen",
        "other_language": "English",
        "lede": "Hoeveel van hun berichten zijn antwoorden, hoeveel volgers bereikt een bericht en hoe snel komt er antwoord? "
        "De kaart laat het per gemeente zien, met de onzekerheid erbij.",
        "simulated": "SIMULATED – verzonnen gegevens",
        "simulated_meaning": "Deze kaart toont hoe de methode werkt. De namen zijn schuilnamen en de plaatsen zijn verloot: "
        "geen enkele waarde zegt iets over een bestaande gemeente.",
        "controls": "Wat de kaart laat zien",
        "measure": "Meting",
        "edition": "Editie",
        "search": "Zoek een gemeente",
        "search_none": "Geen gemeente gevonden",
        "search_some": "{count} gemeenten gevonden; Enter kiest {name}",
        "search_one": "Gevonden: {name}; Enter gaat erheen",
        "zoom_in": "Kaart groter",
        "zoom_out": "Kaart kleiner",
        "score": "Score",
        "reply_share": "Interactiepercentage",
        "reach_per_message": "Potentieel bereik",
        "response_hours": "Reactiesnelheid",
        "score_unit": "",
        "reply_share_unit": "%",
        "reach_per_message_unit": "volgers",
        "response_hours_unit": "uur",
        "score_head": "Score",
        "reply_share_head": "Interactiepercentage (%)",
        "reach_per_message_head": "Potentieel bereik per bericht (volgers)",
        "response_hours_head": "Reactiesnelheid (uren)",
        "score_meaning": "Drie metingen samen: interactiepercentage, potentieel bereik en reactiesnelheid. Een groep zegt ongeveer waar een "
        "gemeente staat; een precieze plaats is er niet.",
        "reply_share_meaning": "Welk deel van de eigen berichten een antwoord aan een ander is. Elke groep telt een vijfde van "
        "de gemeenten.",
        "reach_per_message_meaning": "Hoeveel volgers een bericht gemiddeld kan bereiken. Elke groep telt een vijfde van de "
        "gemeenten.",
        "response_hours_meaning": "Hoeveel uur een vraag gemiddeld op antwoord wacht; groep 5 is het snelst. Elke groep telt een "
        "vijfde van de gemeenten.",
        "map_label": "Kaart van de gemeenten; met de pijltjestoetsen gaat u van buur naar buur",
        "map_heading": "De kaart",
        "NL": "Nederland",
        "VL": "Vlaanderen",
        "keys": "Ga met Tab naar de kaart en met de pijltjestoetsen van gemeente naar gemeente. Home en End gaan naar het begin "
        "en het einde van een rij. Alles staat ook in de tabel onder de kaart.",
        "hexagons": "Elke gemeente is één zeshoek van dezelfde grootte, zo dicht mogelijk bij haar plaats: Ameland is even "
        "zichtbaar als Amsterdam.",
        "shapes": "De gemeentegrenzen zijn de officiële, vereenvoudigd.",
        "merged": "Een lege plek in het land is grond van een gemeente die in deze editie met een buur was samengevoegd, of nog "
        "niet bestond.",
        "without_place": "Van {count} gemeenten is de plaats niet bekend; zij staan alleen in de tabel.",
        "absent_region": "{region} is in deze editie niet gemeten.",
        "legend": "Groepen",
        "legend_score_5": "zeker in het eerste kwart",
        "legend_score_4": "zeker in de eerste helft",
        "legend_score_3": "in een van beide helften",
        "legend_score_2": "zeker in de tweede helft",
        "legend_score_1": "zeker in het laatste kwart",
        "legend_none": "geen cijfer: te weinig gegevens",
        "legend_shape": "Donkerder en groter is een hogere groep; het cijfer is de groep.",
        "legend_colour": "Donkerder is een hogere groep; het cijfer is de groep.",
        "below": "tot {high}",
        "between": "{low} tot {high}",
        "above": "{low} en meer",
        "details": "Gekozen gemeente",
        "details_empty": "Wijs een gemeente aan, tik erop of zoek haar op.",
        "group_of": "groep {tier} van 5",
        "no_group": "geen groep",
        "group": "Groep",
        "interval": "{low} tot {high}",
        "no_value": "geen cijfer",
        "median": "Het streepje is de mediaan van alle gemeenten in deze editie, de balk het {confidence}%-interval.",
        "note": "Opmerking",
        "inhabitants": "{count} inwoners",
        "card": "Alle cijfers van deze gemeente",
        "below_20000": "minder dan 20.000 inwoners",
        "20000_to_50000": "20.000 tot 50.000 inwoners",
        "above_50000": "meer dan 50.000 inwoners",
        "table_heading": "De tabel",
        "table_caption": "Alle gemeenten, met tussen haakjes het {confidence}%-interval",
        "table_search": "Zoek in de tabel",
        "table_count": "{count} gemeenten",
        "municipality": "Gemeente",
        "region": "Gebied",
        "reading": "Zo leest u de kaart",
        "reading_interval": "Achter elk cijfer staat een interval. Hoe minder berichten een gemeente stuurde, hoe breder het is. "
        "Overlappen twee intervallen ruim, dan is het verschil niet aangetoond.",
        "reading_none": "Een gemeente zonder account, of met te weinig berichten, krijgt geen cijfer en geen groep.",
        "source": "Bron",
        "made_by": "Roeptoeter. Posities: registers van gemeenten.",
        "boundaries_source": "Grenzen: CBS, Kadaster; Digitaal Vlaanderen, Statbel.",
        "print_title": "Wie voert het gesprek? {edition}",
        "print_subtitle": "{measure} per gemeente in vijf groepen",
        "print_alternative": "Kaart van {count} gemeenten als zeshoeken, {edition}: {measure} in vijf groepen; {none} gemeenten "
        "hebben geen cijfer.",
        "download_print": "De kaart om af te drukken (SVG)",
    },
    "en": {
        "page_title": "The map of municipalities: who converses?",
        "page_description": "Each municipality as a hexagon: the score and three measures with their uncertainty, by edition.",
        "skip": "Skip to the map",
        "home": "To the findings",
        "other_language": "Nederlands",
        "lede": "How many of their messages are replies, how many followers does a message reach, and how soon does an answer "
        "come? The map shows it for each municipality, with its uncertainty.",
        "simulated": "SIMULATED – invented data",
        "simulated_meaning": "This map shows how the method works. The names are pseudonyms and the places were drawn by lot: no "
        "value says anything about a municipality that exists.",
        "controls": "What the map shows",
        "measure": "Measure",
        "edition": "Edition",
        "search": "Find a municipality",
        "search_none": "No municipality found",
        "search_some": "{count} municipalities found; Enter picks {name}",
        "search_one": "Found: {name}; Enter goes there",
        "zoom_in": "Larger map",
        "zoom_out": "Smaller map",
        "score": "Score",
        "reply_share": "Reply share",
        "reach_per_message": "Potential reach",
        "response_hours": "Response speed",
        "score_unit": "",
        "reply_share_unit": "%",
        "reach_per_message_unit": "followers",
        "response_hours_unit": "hours",
        "score_head": "Score",
        "reply_share_head": "Reply share (%)",
        "reach_per_message_head": "Potential reach per message (followers)",
        "response_hours_head": "Response speed (hours)",
        "score_meaning": "Three measures together: reply share, reach and response speed. A group says roughly where a "
        "municipality stands; it has no exact place.",
        "reply_share_meaning": "The share of its own messages that answer somebody else. Each group holds a fifth of the "
        "municipalities.",
        "reach_per_message_meaning": "How many followers a message can reach on average. Each group holds a fifth of the "
        "municipalities.",
        "response_hours_meaning": "How many hours a question waits for its answer on average; group 5 is the fastest. Each group "
        "holds a fifth of the municipalities.",
        "map_label": "Map of the municipalities; the arrow keys go from neighbour to neighbour",
        "map_heading": "The map",
        "NL": "Netherlands",
        "VL": "Flanders",
        "keys": "Tab goes to the map, the arrow keys go from one municipality to the next, Home and End to the beginning and the "
        "end of a row. Everything is also in the table below the map.",
        "hexagons": "Each municipality is one hexagon of the same size, as near to its place as can be: Ameland is as visible as "
        "Amsterdam.",
        "shapes": "The boundaries are the official ones, simplified.",
        "merged": "An empty place in the country is ground of a municipality that had merged with a neighbour in this edition, or "
        "did not yet exist.",
        "without_place": "The place of {count} municipalities is not known; they are in the table only.",
        "absent_region": "{region} was not measured in this edition.",
        "legend": "Groups",
        "legend_score_5": "surely in the first quarter",
        "legend_score_4": "surely in the first half",
        "legend_score_3": "in either half",
        "legend_score_2": "surely in the second half",
        "legend_score_1": "surely in the last quarter",
        "legend_none": "no figure: too few data",
        "legend_shape": "Darker and larger is a higher group; the digit is the group.",
        "legend_colour": "Darker is a higher group; the digit is the group.",
        "below": "up to {high}",
        "between": "{low} to {high}",
        "above": "{low} and more",
        "details": "Chosen municipality",
        "details_empty": "Point at a municipality, tap it or find it by name.",
        "group_of": "group {tier} of 5",
        "no_group": "no group",
        "group": "Group",
        "interval": "{low} to {high}",
        "no_value": "no figure",
        "median": "The tick is the median of all municipalities in this edition, the bar the {confidence}% interval.",
        "note": "Note",
        "inhabitants": "{count} inhabitants",
        "card": "All figures of this municipality",
        "below_20000": "fewer than 20,000 inhabitants",
        "20000_to_50000": "20,000 to 50,000 inhabitants",
        "above_50000": "more than 50,000 inhabitants",
        "table_heading": "The table",
        "table_caption": "All municipalities, with the {confidence}% interval in brackets",
        "table_search": "Search in the table",
        "table_count": "{count} municipalities",
        "municipality": "Municipality",
        "region": "Region",
        "reading": "How to read the map",
        "reading_interval": "An interval stands behind each figure. The fewer messages a municipality sent, the wider it is. Where "
        "two intervals overlap widely, the difference is not shown.",
        "reading_none": "A municipality without an account, or with too few messages, has no figure and no group.",
        "source": "Source",
        "made_by": "Roeptoeter. Positions: registers of municipalities.",
        "boundaries_source": "Boundaries: CBS, Kadaster; Digitaal Vlaanderen, Statbel.",
        "print_title": "Who converses? {edition}",
        "print_subtitle": "{measure} by municipality in five groups",
        "print_alternative": "Map of {count} municipalities as hexagons, {edition}: {measure} in five groups; {none} "
        "municipalities have no figure.",
        "download_print": "The map for print (SVG)",
    },
}  # fmt: skip

#: What stands before the decimals, and between the thousands.
_MARKS = {"nl": (",", "."), "en": (".", ",")}


def find_words(language: str) -> Callable[..., str]:
    """Get the function that gives the words of a language.

    Parameters
    ----------
    language : {"nl", "en"}

    Returns
    -------
    callable
        Takes a key and what its braces are filled with; gives the words.

    Raises
    ------
    InputError
        If there are no words in the language.

    Examples
    --------
    >>> _ = find_words("nl")
    >>> _("group_of", tier=4)
    'groep 4 van 5'
    """
    if language not in TEXTS:
        raise InputError(f"language is {language!r}; the map speaks {', '.join(TEXTS)}")
    words = TEXTS[language]

    def _(key: str, **filled) -> str:
        return words[key].format(**filled)

    return _


def format_number(number: float, decimals: int, language: str) -> str:
    """Write a number as a language does.

    Parameters
    ----------
    number : float
    decimals : int
    language : {"nl", "en"}

    Returns
    -------
    str

    Examples
    --------
    >>> format_number(-12345.67, 1, "nl"), format_number(12345.67, 1, "en")
    ('−12.345,7', '12,345.7')
    """
    if not math.isfinite(number):
        return "–"
    decimal, thousand = _MARKS[language]
    written = f"{number:,.{decimals}f}"
    if written.strip("-0.,") == "":
        written = written.lstrip("-")  # no minus before a zero
    return written.translate({ord(","): thousand, ord("."): decimal, ord("-"): "−"})
