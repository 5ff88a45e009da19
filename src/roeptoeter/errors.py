"""The one exception that stands for a mistake a person can mend.

Everything else that goes wrong is a fault of ours and keeps its traceback.
"""


class InputError(Exception):
    """Bad input, told in one line.

    The message names the file, the row or the field, says what was expected and how to mend it.
    The command line prints it without a traceback and ends with status 1.
    """


class NotAnswerable(InputError):
    """A question that the study at hand has no data for; the message says which data are missing.

    Raised by the first step of a part of a notebook. The runner then prints the reason in that part's place and goes
    on with the next; see `roeptoeter.runner.engine`.
    """

    def _render_traceback_(self) -> list[str]:
        # what JupyterLab shows instead of a traceback
        return [f"Not answerable: {self}"]
