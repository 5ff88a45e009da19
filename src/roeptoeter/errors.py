"""The one exception that stands for a mistake a person can mend.

Everything else that goes wrong is a fault of ours and keeps its traceback.
"""


class InputError(Exception):
    """Bad input, told in one line.

    The message names the file, the row or the field, says what was expected and how to mend it.
    The command line prints it without a traceback and ends with status 1.
    """
