"""Simulated exports and real ones are never read together: what keeps them apart."""

import re
import zlib
from itertools import islice
from pathlib import Path

from roeptoeter.errors import InputError
from roeptoeter.sources.declaration import Source
from roeptoeter.sources.staging import FileRefused
from roeptoeter.sources.tables import WORKBOOKS, read_rows
from roeptoeter.sources.values import open_bytes
from roeptoeter.study import Study, display_path

#: How the name of every simulated export begins.
SIMULATED_PREFIX = "SIMULATED_"

_LOOKED_AT = 1 << 15  # bytes at the beginning of a file, plain or unpacked
_ROWS_LOOKED_AT = 20  # of a workbook
_SAYS_SIMULATED = re.compile(rb"(?<![A-Za-z])SIMULATED(?![A-Za-z])")


def refuse_mixture(study: Study, folder: Path, sources: list[Source]) -> None:
    """Refuse a study that would read simulated exports as real ones, or real ones as simulated.

    A simulated study takes files whose names say so. Any other study takes none of these, nor a file that was renamed:
    every text in a simulated export begins with SIMULATED, so that its first lines tell.

    Parameters
    ----------
    study : Study
    folder : pathlib.Path
        Of its exports.
    sources : list of Source
        Its declarations.

    Raises
    ------
    InputError
        In one line, for the first file that does not belong.
    """
    for source in sources:
        path = folder / source.file
        is_named = path.name.startswith(SIMULATED_PREFIX)
        if study.evidence == "SIMULATED":
            if not is_named:
                raise InputError(
                    f"{display_path(path)} is not simulated, but the study {study.name} is; put real exports into a study of "
                    f"their own (`make new-study NAME=mine`), where no name begins with {SIMULATED_PREFIX}"
                )
        elif is_named or _says_simulated(path, source):
            told = "by its name" if is_named else "as its first lines say"
            raise InputError(
                f"{display_path(path)} is SIMULATED, {told}, but the study {study.name} is not; invented messages are never read "
                "with real ones: move the file away and take its entry out of sources.yaml"
            )


def _says_simulated(path: Path, source: Source) -> bool:
    if path.suffix.lower() in WORKBOOKS:
        try:
            rows = list(islice(read_rows(path, source), _ROWS_LOOKED_AT))
        except FileRefused:
            return False  # the reader will say what is wrong with it
        start = "\n".join(cell for row in rows for cell in row).encode()
    else:
        try:
            with open_bytes(path) as stream:
                # UTF-16 is UTF-8 with zeros in between, for what is looked for
                start = stream.read(_LOOKED_AT).replace(b"\0", b"")
        except (EOFError, OSError, zlib.error):
            return False
    return _SAYS_SIMULATED.search(start) is not None
