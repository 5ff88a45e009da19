"""What the pages for officials call their measures, groups and reasons; the map and the ranking say the same."""

from roeptoeter.languages import N_

#: What the pages can show, in the order of their switch; `score` first.
MEASURES = ("score", "reply_share", "reach_per_message", "response_hours")

#: Of these a small value is the better one.
SMALL_IS_GOOD = ("response_hours",)

MEASURE_NAMES = {
    "score": N_("Score"),
    "reply_share": N_("Reply share"),
    "reach_per_message": N_("Potential reach"),
    "response_hours": N_("Response speed"),
}

#: The same at the head of a column.
MEASURE_HEADS = {
    "score": N_("Score"),
    "reply_share": N_("Reply share (%)"),
    "reach_per_message": N_("Potential reach per message (followers)"),
    "response_hours": N_("Response time (hours)"),
}

#: What stands behind a value; of a share the sign is part of the number.
MEASURE_UNITS = {
    "score": "",
    "reply_share": "%",
    "reach_per_message": N_("followers"),
    "response_hours": N_("hours"),
}

REGIONS = {"NL": N_("Netherlands"), "VL": N_("Flanders")}

#: What a tier says of a municipality, from the first (1) to the last (5); see `roeptoeter.estimators.ranking.assign_tiers`.
TIERS = {
    1: N_("surely in the first quarter"),
    2: N_("surely in the first half"),
    3: N_("in either half"),
    4: N_("surely in the second half"),
    5: N_("surely in the last quarter"),
}

#: Why an organisation has no place, by the code in the table `scores`.
NO_PLACE = {
    "no_account": N_("no account on this platform"),
    "not_measured": N_("its messages are not known"),
    "silent": N_("sent nothing in this period"),
    "few_messages": N_("sent too few messages for a place"),
    "few_answers": N_("gave too few answers for a place"),
    "no_reach": N_("its reach is not known"),
}
