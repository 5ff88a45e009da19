"""The formats of surveys."""

from roeptoeter.sources import google_forms, limesurvey, qualtrics, spss
from roeptoeter.sources.staging import Format

FORMATS: tuple[Format, ...] = (
    limesurvey.FORMAT,
    qualtrics.FORMAT,
    google_forms.FORMAT,
    spss.FORMAT,
)
