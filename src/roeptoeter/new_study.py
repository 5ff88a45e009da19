"""Starts a study of one's own: a study file and a commented declaration, and what to do next."""

from roeptoeter.errors import InputError
from roeptoeter.sources.declaration import exports_folder
from roeptoeter.study import ROOT, STUDY_NAME, display_path, list_studies, write_text

_STUDY = """\
# The study {name}: its parameters. Change what stands here, then run `make STUDY={name}`.
title: {title}
# title_nl:          # the same in Dutch, for the Dutch front page
evidence: measured   # your own exports

# The days over which the accounts were observed, one entry an edition. Rates are per week of these days, also of weeks without
# a message; years are compared between editions.
# As long as none is named, one edition runs from the first message to the last, and its weekly rates are too high.
windows:
#  - edition: "2024"
#    start: 2024-04-01
#    end: 2024-06-30

dormant_after_days: 90   # an account without a message for this long, before the end of a window, is dormant
maturity_days: 7         # reactions are compared only where they were counted at least this long after the message

# Where the step from messages to metrics is computed: duckdb, on this machine, is right for up to some hundred million messages.
engine: duckdb

# Parameters of single notebooks, by name; anything not named keeps the notebook's default. Codes are text: quote them.
# Which edition, wave or platform a page looks at is such a parameter.
notebooks:
#  03-year-on-year: {{edition_before: "2023", edition_after: "2024"}}
#  08-questionnaires: {{questionnaire: local-governments, wave: "2026", wave_before: "2014"}}
"""

_SOURCES = """\
# What each file in this folder is. Nothing is guessed: a file without an entry is refused, and so is an entry without a file.
# `make describe FILE=data/raw/exports/{name}/FILE` looks at a file and proposes its entry; you confirm it by copying it here.
# This folder is ignored by git: exports hold what citizens wrote. The names of the files are printed on the page; no persons in them, please.
#
# files:
#   tweets-2024.jsonl:
#     format: x-api-v2              # how the file is built; `make describe` lists the formats
#     platform: twitter
#     exported_on: 2024-07-15       # the counts were read on this day, unless the records say so themselves
#     direction: both               # sent, received, or both: then accounts.csv tells which accounts are yours
#   facebook.csv:
#     format: crowdtangle
#     platform: facebook
#     exported_on: 2024-07-15
#   answers.csv:
#     format: limesurvey            # or qualtrics, google-forms, spss
#     platform: survey
#     exported_on: 2026-06-01
#     time_zone: Europe/Amsterdam
#     survey: local-governments     # a questionnaire in studies/questionnaires/; data/manual/README.md explains how to declare one
#     wave: "2026"                  # one of its waves, in quotes
#     organisation_column: gemeente # the column with the organisation, by code or name; without it the answers are anonymous
#
# accounts.csv, beside this file, says whose account is whose: platform, account_id, handle, organisation (a code of the
# register, such as GM0344 or 44021); columns in_use_from and in_use_to may follow, for accounts that were opened or closed
# in between. So may purpose (corporate, theme, neighbourhood, council, person, campaign or other; empty: corporate) and owner, a
# department and never a person: only corporate accounts are measured, the others are counted in the inventory, and of a person's
# account nothing else is kept. A file of a single organisation can say `organisation: GM0344` here instead.
#
# The registers hold the municipalities of 2013 to 2016. For another year, and for police zones, OCMWs and rescue zones, list all of them in
# organisations.csv: edition_year, region, code, name, organisation_type, province, population, latitude, longitude; and what merged
# since in changes.csv: effective_date, change_type, old_code, new_code.
files:
"""


def start_study(name: str) -> str:
    """Write the study file and the declaration of a new study.

    Parameters
    ----------
    name : str
        Lower-case letters, digits, hyphen and underscore.

    Returns
    -------
    str
        What to do next, for a person.

    Raises
    ------
    InputError
        If the name is no name, or one of the two files exists already; nothing is then written.
    """
    if not STUDY_NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name of a study: use lower-case letters, digits, - and _, at most 40"
        )
    study = ROOT / "studies" / f"{name}.yaml"
    sources = exports_folder(name) / "sources.yaml"
    for path in (study, sources):
        if path.exists():
            raise InputError(
                f"{display_path(path)} exists already; studies: {', '.join(list_studies())}"
            )
    write_text(study, _STUDY.format(name=name, title=name.replace("-", " ").capitalize()))
    write_text(sources, _SOURCES.format(name=name))
    folder = display_path(sources.parent)
    return (
        f"The study {name} is begun. Next:\n"
        f"  1. put your export files into {folder}/\n"
        f"  2. declare each in {display_path(sources)}; `make describe FILE={folder}/...` proposes an entry\n"
        f"  3. make STUDY={name}\n"
        f"Its parameters, such as the days observed, are in {display_path(study)}."
    )
