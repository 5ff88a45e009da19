"""The templates of the pages: in `templates/`, strict about what is undefined, and compiled once in a process."""

from pathlib import Path

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined

#: A folder for each kind of page.
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


class CompiledTemplates(BytecodeCache):
    """What was compiled in this process, for the next environment and for every fork."""

    def __init__(self):
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket):
        """Give the code of a template, if it was compiled of the same text."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket):
        """Keep the code of a template."""
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = CompiledTemplates()


def make_environment(kind: str) -> Environment:
    """Make the environment in which the pages of a kind are rendered.

    Parameters
    ----------
    kind : str
        A folder of `TEMPLATES`: "site", "map".

    Returns
    -------
    jinja2.Environment
        What is undefined raises, and text is escaped; filters and globals are the caller's to add.
    """
    return Environment(
        loader=FileSystemLoader(TEMPLATES / kind),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=_COMPILED,
    )
