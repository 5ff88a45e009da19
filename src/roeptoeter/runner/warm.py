"""One warm process for a whole run of make.

`roeptoeter build` imports the scientific stack once, listens on a socket in a folder of its own and starts make as
its child. Each recipe that calls `roeptoeter` hands its arguments to that process, which forks: the fork
is a fresh process that has nothing left to import. When make ends, so does the warm process; it prints
one report of the whole run. Without it, the same commands run in a process of their own.
"""

import contextlib
import importlib
import json
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

#: Tells the commands that make starts where the warm process listens.
SOCKET_VARIABLE = "ROEPTOETER_WARM_PROCESS"

# What the notebooks import. The process only imports; work in it would start threads, which a fork does not survive.
_STACK = (
    "pandas", "numpy", "scipy.stats", "scipy.sparse.csgraph", "matplotlib.figure", "matplotlib.backends.backend_svg",
    "seaborn", "statsmodels.api", "statsmodels.stats.proportion", "statsmodels.stats.power", "firthmodels",
    "pyarrow.parquet", "pydantic", "yaml", "simpleeval", "jinja2", "papermill", "nbconvert", "IPython",
    "nbclient", "roeptoeter.runner.engine", "roeptoeter.runner.execute", "roeptoeter.report", "roeptoeter.export",
)  # fmt: skip

_KILL_GRACE_SECONDS = 30.0


@dataclass
class _Job:
    label: str
    connection: socket.socket
    started: float
    deadline: float


def call_warm_process(arguments: list[str]) -> int | None:
    """Hand a command to the warm process, where there is one.

    Parameters
    ----------
    arguments : list of str
        The command line after `roeptoeter`.

    Returns
    -------
    int or None
        The command's exit status; None where no warm process listens, and the caller runs it itself.
    """
    address = os.environ.get(SOCKET_VARIABLE)
    if not address:
        return None
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(address)
    except OSError:
        return None
    with connection:
        connection.sendall(json.dumps(arguments).encode() + b"\n")
        reply = connection.makefile("rb").readline()
    return int(reply) if reply.strip() else 1


def run_make(command: list[str], run_command: Callable[[list[str]], int]) -> int:
    """Run make with a warm process behind its recipes.

    Parameters
    ----------
    command : list of str
        The make command, such as ``["make", "-j2", "site"]``.
    run_command : callable
        Runs the arguments of one command in the fork and returns its exit status.

    Returns
    -------
    int
        make's exit status.
    """
    started = time.perf_counter()
    total = _count_notebooks(command)
    for module in _STACK:
        _import(module)
    with tempfile.TemporaryDirectory(prefix="roeptoeter-") as folder:
        address = str(Path(folder) / "socket")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(address)
        listener.listen()
        make = subprocess.Popen(
            command,
            env={**os.environ, SOCKET_VARIABLE: address},
            stderr=subprocess.PIPE,
            close_fds=False,  # make hands its job slots down as open files
        )
        try:
            report = _serve(listener, make, run_command, total)
        finally:
            listener.close()
            if make.poll() is None:
                make.terminate()
    status = make.wait()
    _print_report(report, total, time.perf_counter() - started, status)
    return status


def _import(module: str) -> None:
    # a module that is missing or broken is told by the notebook that needs it, with its cell
    with contextlib.suppress(ImportError):
        if module == "papermill":
            from roeptoeter.runner.execute import import_jupyter

            import_jupyter()
        importlib.import_module(module)


def _count_notebooks(command: list[str]) -> int:
    """Ask make how many notebooks it is going to run.

    In a dry run make does not see that a notebook's products will be new, so what depends on them is asked for
    again, with these products taken for new, until nothing more comes up.
    """
    names: set[str] = set()
    products: set[str] = set()
    while True:
        dry = subprocess.run(
            [*command, "--dry-run", *(f"--what-if={product}" for product in products)],
            capture_output=True,
            text=True,
            check=False,
            close_fds=False,
        )
        found = re.findall(r"-m roeptoeter run (\S+) --study (\S+) .*--writes (.*)", dry.stdout)
        if {name for name, *_ in found} <= names:
            return len(names)
        for name, study, written in found:
            names.add(name)
            products |= {f"build/{study}/{name}.{ending}" for ending in ("ipynb", "html")}
            products |= set(written.split())


def _serve(
    listener: socket.socket,
    make: subprocess.Popen,
    run_command: Callable[[list[str]], int],
    total: int,
) -> list[tuple[str, float, bool]]:
    """Fork for each command until make ends; return label, seconds and success of each."""
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    selector.register(make.stderr, selectors.EVENT_READ)
    jobs: dict[int, _Job] = {}
    report: list[tuple[str, float, bool]] = []
    begun = 0
    said = b""
    make_talks = True
    while make_talks or jobs:
        for key, _ in selector.select(timeout=0.05):
            if key.fileobj is listener:
                connection, _ = listener.accept()
                arguments = json.loads(connection.makefile("rb").readline() or b"null")
                if arguments is None:
                    connection.close()
                    continue
                if arguments[0] == "run":
                    begun += 1
                    _say(f"[{begun}/{max(total, begun)}] {arguments[1]} …")
                process = _fork(arguments, connection, listener, run_command)
                limit = _time_limit_of(arguments) + _KILL_GRACE_SECONDS
                now = time.monotonic()
                jobs[process] = _Job(_label(arguments), connection, now, now + limit)
            else:
                heard = os.read(make.stderr.fileno(), 65536)
                *lines, said = (said + heard).split(b"\n")
                if not heard:
                    lines, make_talks = [*lines, said], False
                    selector.unregister(make.stderr)
                for line in lines:
                    _forward_line(line.decode(errors="replace"))
        _finish_jobs(jobs, report)
    return report


def _fork(
    arguments: list[str],
    connection: socket.socket,
    listener: socket.socket,
    run_command: Callable[[list[str]], int],
) -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        listener.close()
        os.environ.pop(SOCKET_VARIABLE, None)
        status = run_command(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        connection.sendall(f"{status}\n".encode())
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        # a fault of ours keeps its traceback
        traceback.print_exc()
    finally:
        # not sys.exit: what the parent registered to happen at its end is not for the fork to do
        os._exit(status)


def _finish_jobs(jobs: dict[int, _Job], report: list[tuple[str, float, bool]]) -> None:
    for process, job in list(jobs.items()):
        if time.monotonic() > job.deadline:
            os.kill(process, signal.SIGKILL)
        ended, wait_status = os.waitpid(process, os.WNOHANG)
        if not ended:
            continue
        del jobs[process]
        seconds = time.monotonic() - job.started
        if os.WIFSIGNALED(wait_status):
            # the fork could not speak for itself: out of memory, or far over its time
            name = signal.Signals(os.WTERMSIG(wait_status)).name
            _say(f"{job.label} was killed ({name}) after {seconds:.0f} s; is there enough memory?")
            with contextlib.suppress(OSError):
                job.connection.sendall(b"1\n")
        job.connection.close()
        success = wait_status == 0
        report.append((job.label, seconds, success))
        if job.label[:1].isdigit() and success:
            _say(f"      {job.label} took {seconds:.1f} s")


def _forward_line(line: str) -> None:
    """Pass on what make says, but not that a recipe failed: the recipe has said why, in one line."""
    if line and not re.match(r"make(\[\d+\])?: (\*\*\* \[|\*\*\* Waiting for)", line):
        print(line, file=sys.stderr, flush=True)


def _label(arguments: list[str]) -> str:
    return arguments[1] if arguments[0] == "run" else arguments[0]


def _time_limit_of(arguments: list[str]) -> float:
    from roeptoeter.runner.execute import TIME_LIMIT_SECONDS

    if arguments[0] != "run":
        return float("inf")
    if "--time-limit" in arguments:
        return float(arguments[arguments.index("--time-limit") + 1])
    return TIME_LIMIT_SECONDS


def _print_report(
    report: list[tuple[str, float, bool]], total: int, seconds: float, status: int
) -> None:
    done = [label for label, _, success in report if success and label[:1].isdigit()]
    failed = [label for label, _, success in report if not success]
    _say(f"\n{len(done)} of {max(total, len(done))} notebooks in {seconds:.1f} s")
    for label, took, success in sorted(report):
        _say(f"  {'done  ' if success else 'FAILED'}  {took:5.1f} s  {label}")
    if failed:
        _say(f"Stopped by {', '.join(failed)}; nothing of theirs was written.")
    elif status:
        _say("make stopped; see its message above.")


def _say(text: str) -> None:
    # whoever reads along may have gone, as `make | head` does; that is no reason to stop
    with contextlib.suppress(BrokenPipeError):
        print(text, flush=True)
