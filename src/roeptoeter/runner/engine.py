"""A papermill engine that runs the cells in this process, without a kernel and so without network ports.

The process is one that `roeptoeter.runner.warm` forked for this notebook alone, so the notebook starts from a
clean state although nothing had to be imported again. Plain papermill runs the same notebooks with its own engine.

A part of a notebook whose cells carry a tag such as `account-level` or `account-level:reach` may raise `NotAnswerable`:
the reason then stands in the place of the part, and its other cells are left out. `account-level` itself is the
reading of the level, on which all its parts rest.
"""

import contextlib
import html
import signal
import sys
from collections.abc import Iterator
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat.v4 import new_output
from papermill.engines import Engine, papermill_engines
from traitlets.config import Config

from roeptoeter.errors import NotAnswerable

ENGINE_NAME = "in-process"

#: The tag of cells that need account-level data, alone or with the name of a part behind a colon.
ACCOUNT_LEVEL = "account-level"

#: The tag that the engine gives a cell of a part that the study cannot answer.
LEFT_OUT = "left-out"

#: With what the reason begins that stands in the place of a part.
UNANSWERED = "Not answered by this study: "


class TimeLimitError(BaseException):
    """The notebook ran longer than it may; a BaseException so that no cell can catch it by accident."""


class _Outputs:
    """The outputs of the cell that runs, in the order in which they came."""

    def __init__(self) -> None:
        self.of_cell: list = []

    def add(self, kind: str, **content: Any) -> None:
        self.of_cell.append(new_output(kind, **content))

    def write(self, name: str, text: str) -> None:
        last = self.of_cell[-1] if self.of_cell else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self.add("stream", name=name, text=text)


class _Stream:
    """Stands for sys.stdout or sys.stderr while a cell runs."""

    encoding = "utf-8"

    def __init__(self, outputs: _Outputs, name: str) -> None:
        self._outputs, self._name = outputs, name

    def write(self, text: str) -> int:
        self._outputs.write(self._name, text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def isatty(self) -> bool:
        """Tell libraries that nobody watches, so that they draw no progress bars."""
        return False


class _Publisher(DisplayPublisher):
    outputs: _Outputs

    def publish(self, data, metadata=None, *, transient=None, update=False, **_: Any) -> None:
        self.outputs.add("display_data", data=data, metadata=metadata or {})

    def clear_output(self, wait: bool = False) -> None:
        self.outputs.of_cell.clear()


class _Hook(DisplayHook):
    outputs: _Outputs

    def __call__(self, result: Any = None) -> None:
        if result is None or self.quiet():
            return
        data, metadata = self.shell.display_formatter.format(result)
        self.update_user_ns(result)
        if data:
            self.outputs.add(
                "execute_result",
                data=data,
                metadata=metadata,
                execution_count=self.shell.execution_count,
            )


class _Shell(InteractiveShell):
    outputs: _Outputs

    def _showtraceback(self, etype, evalue, stb) -> None:
        self.outputs.add(
            "error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb or [])
        )


@contextlib.contextmanager
def _streams(outputs: _Outputs) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(outputs, "stdout"), _Stream(outputs, "stderr")
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    def stop(*_: Any) -> None:
        raise TimeLimitError(f"the time limit of {seconds:g} seconds for the whole notebook")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class InProcessEngine(Engine):
    """Runs each code cell in one IPython shell of this process; stops at the first error."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, time_limit: float, **_: Any) -> None:
        """Run the cells of a managed notebook.

        Parameters
        ----------
        nb_man : papermill.engines.NotebookExecutionManager
            Holds the notebook and records what happens.
        kernel_name : str
            Ignored: there is no kernel.
        time_limit : float
            Seconds the whole notebook may take.
        """
        outputs = _Outputs()
        shell = _make_shell(outputs)
        unanswered: list[str] = []
        with _streams(outputs), _time_limit(time_limit):
            for index, cell in enumerate(nb_man.nb.cells):
                if find_part(cell).startswith(tuple(unanswered)):
                    cell.metadata.setdefault("tags", []).append(LEFT_OUT)
                    continue
                if cell.cell_type != "code" or not cell.source.strip():
                    continue
                outputs.of_cell = cell.outputs = []
                nb_man.cell_start(cell, index)
                result = shell.run_cell(cell.source, store_history=True)
                cell.execution_count = result.execution_count
                if isinstance(result.error_in_exec, NotAnswerable) and find_part(cell):
                    unanswered.append(find_part(cell))
                    cell.outputs = [_tell_unanswered(result.error_in_exec)]
                    nb_man.cell_complete(cell, index)
                    continue
                if not result.success:
                    nb_man.cell_exception(cell, cell_index=index)
                nb_man.cell_complete(cell, index)
                if not result.success:
                    return


def find_part(cell) -> str:
    """Return the tag of the part of the account-level half that a cell belongs to; empty for any other cell.

    Parameters
    ----------
    cell : nbformat.NotebookNode

    Returns
    -------
    str

    Examples
    --------
    >>> from nbformat.v4 import new_markdown_cell
    >>> find_part(new_markdown_cell("", metadata={"tags": ["account-level:reach"]}))
    'account-level:reach'
    """
    tags = cell.metadata.get("tags", [])
    return next((tag for tag in tags if tag.partition(":")[0] == ACCOUNT_LEVEL), "")


def _tell_unanswered(reason: NotAnswerable):
    text = f"{UNANSWERED}{reason}."
    markup = f'<p class="told unanswered">{html.escape(text)}</p>'
    return new_output("display_data", data={"text/html": markup, "text/plain": text})


def _make_shell(outputs: _Outputs) -> _Shell:
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    config.InteractiveShell.cache_size = 0
    # IPython keeps one shell a process; where two notebooks run in one process, each gets its own all the same
    _Shell.clear_instance()
    shell = _Shell.instance(config=config, display_pub_class=_Publisher, displayhook_class=_Hook)
    shell.outputs = shell.display_pub.outputs = shell.displayhook.outputs = outputs
    return shell


papermill_engines.register(ENGINE_NAME, InProcessEngine)
