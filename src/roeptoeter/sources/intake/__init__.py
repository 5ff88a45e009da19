"""The intake: exports in, canonical tables out, every row accounted for.

Readers (the modules beside this folder) know their format; what is common to all is judged here, once.
"""

from roeptoeter.sources.intake.run import read_exports

__all__ = ["read_exports"]
