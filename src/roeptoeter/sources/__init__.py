"""An analyst's own exports: declarations, one reader a format, checks that are the same for all.

A reader turns a file into staged rows (`staging.py`) and knows only its format. What a row is worth is decided
in one place, `intake.py`, for every format alike.
"""
