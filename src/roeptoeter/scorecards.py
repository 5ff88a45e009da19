"""Scorecards by the hundred: one warm process, a fork for each page, papermill's engine in it, only what is stale.

One fork reads the tables, so that no thread of the readers is left behind; another, the warm process, has everything
imported, renders a page once to fill all caches, and then only forks and waits. Each fork of it runs the notebook
`scorecard` as any notebook is run, writes its page aside and renames it into place. A page carries the digest of what it
was made from; one whose digest still fits is left alone.
"""

import ast
import contextlib
import gc
import hashlib
import json
import os
import pickle
import re
import resource
import selectors
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roeptoeter.errors import InputError
from roeptoeter.languages import LANGUAGES, SOURCE_LANGUAGE, locate_catalogue
from roeptoeter.runner.execute import import_jupyter
from roeptoeter.runner.parameters import check_parameters, read_parameters
from roeptoeter.study import ROOT, Study, display_path, load_study
from roeptoeter.templates import TEMPLATES

NOTEBOOK = ROOT / "notebooks" / "scorecard.ipynb"
TABLES = ("account_metrics", "edition_organisations", "responses", "changes", "metric_status", "scores", "phases")  # fmt: skip

#: Seconds one scorecard may take; usually it is a fifth of one.
TIME_LIMIT_SECONDS = 60.0
_KILL_GRACE_SECONDS = 10.0

_DIGEST = re.compile(r'<meta name="made-from" content="([0-9a-f]+)">')


@dataclass(slots=True)
class Outcome:
    """What became of a run.

    Parameters
    ----------
    folder : pathlib.Path
        Where the pages are.
    pages : list of pathlib.Path
        Those that were asked for.
    made : int
        Pages made in this run.
    kept : int
        Pages that were as they should be.
    failed : dict of str to str
        What went wrong by name and code of the organisation.
    told : list of str
        What else a person should mend, such as a reply of an unknown organisation.
    grown_megabytes : float
        By how much the warm process grew from its first page to its last.
    """

    folder: Path
    pages: list[Path] = field(default_factory=list)
    made: int = 0
    kept: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    grown_megabytes: float = 0.0


@dataclass(frozen=True, slots=True)
class _Task:
    """One page to make."""

    organisation: str
    label: str
    title: str
    parameters: dict[str, Any]
    page: Path
    digest: str


def make_scorecards(
    study_name: str,
    organisation: str | None = None,
    *,
    jobs: int = 2,
    into: str | None = None,
    home: str = "",
    force: bool = False,
    **given: Any,
) -> None:
    """Make the scorecards of all organisations, or of one, and tell; behind `make scorecards`.

    Parameters
    ----------
    study_name : str
    organisation : str, optional
        Code or name of the one.
    jobs : int
        Pages made at the same time.
    into : str, optional
        Folder, relative to the root; default `build/<study>/scorecards`.
    home : str
        Folder of the front pages, as seen from the list of scorecards; no link without.
    force : bool
        Whether pages that are as they should be are made again.
    **given
        Parameters of the notebook, typed: `platform`, `edition`, `language`.

    Raises
    ------
    InputError
        If the organisation is not known, naming the nearest; and at the end, naming the scorecards that failed and
        what else is to be mended: the others are made.
    """
    outcome = render_scorecards(
        load_study(study_name),
        None if organisation is None else [organisation],
        jobs=jobs,
        into=ROOT / into if into else None,
        home=home,
        force=force,
        given=given,
    )
    for line in outcome.told:
        print(f"roeptoeter: {line}", file=sys.stderr)
    for label, reason in outcome.failed.items():
        print(f"roeptoeter: scorecard of {label}: {reason}", file=sys.stderr)
    single = outcome.pages[0] if len(outcome.pages) == 1 else outcome.folder / "index.html"
    print(
        f"Scorecards: {outcome.made} made, {outcome.kept} were as they should be; see {display_path(single)}"
    )
    if outcome.failed:
        raise InputError(
            f"scorecards that failed: {', '.join(outcome.failed)}; all others are made"
        )
    if outcome.told:
        raise InputError("the scorecards are made, but what is told above needs mending")


def render_scorecards(
    study: Study,
    organisations: Sequence[str] | None = None,
    *,
    jobs: int = 2,
    into: Path | None = None,
    home: str = "",
    force: bool = False,
    given: dict[str, Any] | None = None,
    notebook: Path = NOTEBOOK,
    time_limit: float = TIME_LIMIT_SECONDS,
) -> Outcome:
    """Render the scorecards of a study's organisations, and the page that lists them.

    Parameters
    ----------
    study : Study
    organisations : sequence of str, optional
        Codes or names; default all of the last measured edition of each region.
    jobs : int
        Pages made at the same time.
    into : pathlib.Path, optional
        Folder of the pages; default `build/<study>/scorecards`.
    home : str
        Folder of the front pages, as seen from the list; no link without.
    force : bool
        Whether pages that are as they should be are made again.
    given : dict, optional
        Parameters of the notebook, typed; they take precedence over the study file's.
    notebook : pathlib.Path
    time_limit : float
        Seconds for one page.

    Returns
    -------
    Outcome

    Raises
    ------
    InputError
        If a parameter is refused, the study has no accounts, or an organisation is not known, naming the nearest.

    Notes
    -----
    Memory does not grow with the number of pages: a fork ends with its page, and the warm process keeps none.
    """
    from roeptoeter.questions.scorecard import find_organisation

    parameters = check_parameters(
        notebook.stem,
        {**study.notebooks.get(notebook.stem, {}), **(given or {})},
        read_parameters(notebook),
    )
    defaults = read_parameters(notebook) | parameters
    folder = into or study.build / "scorecards"
    folder.mkdir(parents=True, exist_ok=True)
    import_jupyter()
    gathered = call_in_fork(_gather, study, defaults["platform"], parameters.get("edition"))
    if organisations is None:
        chosen = [(peers, code) for peers in gathered for code in peers.names]
    else:
        chosen = list(
            {code: (peers, code) for peers, code in (find_organisation(gathered, wanted) for wanted in organisations)}.values()
        )  # fmt: skip
    digest = digest_inputs(study, notebook, defaults)
    tasks = _plan(study, chosen, digest, folder, defaults["platform"], defaults["language"])
    outcome = Outcome(folder, [task.page for task in tasks], told=_check_replies(study, gathered))
    waiting = [task for task in tasks if force or _read_digest(task.page) != task.digest]
    outcome.kept = len(tasks) - len(waiting)
    if waiting:
        outcome = call_in_fork(
            _render, waiting, gathered, notebook, study, jobs, time_limit, outcome
        )
    if organisations is None:
        for page in set(folder.glob("*.html")) - {task.page for task in tasks}:
            page.unlink()
    _write_list(gathered, folder, defaults["language"], digest, home)
    return outcome


def call_in_fork(function: Callable, *arguments: Any) -> Any:
    """Call a function in a fork and return what it returned, so that this process starts no thread for it.

    Parameters
    ----------
    function : callable
    *arguments
        What it returns must be picklable.

    Returns
    -------
    object

    Raises
    ------
    Exception
        What the function raised.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if not process:
        with contextlib.suppress(BaseException):
            os.close(reading)
            try:
                answer = (True, function(*arguments))
            except Exception as error:
                if not isinstance(error, InputError):
                    traceback.print_exc()
                answer = (False, error)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(answer, pipe, protocol=pickle.HIGHEST_PROTOCOL)
        os._exit(0)
    os.close(writing)
    try:
        with os.fdopen(reading, "rb") as pipe:
            said = pipe.read()
    finally:
        os.waitpid(process, 0)
    if not said:
        raise RuntimeError(f"the fork that ran {function.__name__} ended without an answer")
    succeeded, answer = pickle.loads(said)
    if not succeeded:
        raise answer
    return answer


def _gather(study: Study, platform: str, edition: str | None) -> list:
    from roeptoeter.errors import NotAnswerable
    from roeptoeter.questions.account_level import read_account_level
    from roeptoeter.questions.scorecard import gather_peers, list_editions

    level = read_account_level(study)
    editions = list_editions(level, platform)
    if edition is not None:
        editions = [(edition, region) for _, region in editions]
    gathered, refusals = [], []
    for name, region in editions:
        try:
            gathered.append(gather_peers(level, edition=name, platform=platform, region=region))
        except NotAnswerable as refusal:
            refusals.append(refusal)
    if not gathered:
        raise refusals[0]
    return gathered


# What there is to do ----------------------------------------------------------------------------


def digest_inputs(study: Study, notebook: Path, parameters: dict[str, Any]) -> str:
    """Digest what every scorecard of a run is made from: notebook, code, templates, words, tables, parameters.

    Parameters
    ----------
    study : Study
    notebook : pathlib.Path
    parameters : dict

    Returns
    -------
    str
        Hexadecimal.
    """
    files = [
        notebook,
        *sorted(path for path in (TEMPLATES / "scorecard").iterdir() if path.is_file()),
        *(locate_catalogue(code) for code in LANGUAGES if code != SOURCE_LANGUAGE),
        *list_modules(notebook),
        ROOT / "requirements.lock",
        ROOT / "studies" / f"{study.name}.yaml",
        ROOT / "studies" / "growth-model.yaml",
        *sorted((ROOT / "studies" / "questionnaires").glob("*.yaml")),
        *(study.processed / f"{table}.parquet" for table in TABLES),
    ]
    total = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for path in files:
        content = path.read_bytes() if path.is_file() else b""
        total.update(f"\0{path.name}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()[:32]


def list_modules(notebook: Path) -> list[Path]:
    """List the files of this package that a notebook, and this module, rest on.

    Parameters
    ----------
    notebook : pathlib.Path

    Returns
    -------
    list of pathlib.Path
    """
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")
    package = Path(__file__).parent
    found: set[Path] = set()
    waiting = [code, Path(__file__).read_text(encoding="utf-8")]
    while waiting:
        for node in ast.walk(ast.parse(waiting.pop())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("roeptoeter"):
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names if alias.name.startswith("roeptoeter")]
            else:
                continue
            for name in names:
                stem = package.joinpath(*name.split(".")[1:])
                for path in (stem.with_suffix(".py"), stem / "__init__.py"):
                    if path.is_file() and path not in found:
                        found.add(path)
                        waiting.append(path.read_text(encoding="utf-8"))
    return sorted(found)


def _plan(
    study: Study, chosen: Iterable[tuple], digest: str, folder: Path, platform: str, language: str
) -> list[_Task]:
    from roeptoeter.scorecard_page import list_reply_files, title_page

    replies: dict[str, list[Path]] = {}
    for path in list_reply_files():
        replies.setdefault(path.name.partition(".")[0], []).append(path)
    tasks, pages = [], {}
    for peers, code in chosen:
        page = folder / name_page(code)
        if page in pages:
            raise InputError(
                f"the codes {pages[page]} and {code} would have the same page; change one of them"
            )
        pages[page] = code
        own = hashlib.sha256(f"{digest}\0{code}\0{peers.edition}".encode())
        for path in replies.get(code, []):
            own.update(path.name.encode() + b"\0" + path.read_bytes())
        name = peers.names[code]
        tasks.append(
            _Task(
                code,
                name if name == code else f"{name} ({code})",
                title_page(name, peers.edition),
                {
                    "study": study.name,
                    "organisation": code,
                    "edition": peers.edition,
                    "platform": platform,
                    "language": language,
                },
                page,
                own.hexdigest()[:32],
            )
        )  # fmt: skip
    return tasks


def name_page(organisation: str) -> str:
    """Name the page of an organisation: its code, with a hyphen for what no address should hold.

    Examples
    --------
    >>> name_page("GM0344"), name_page("zone 5/A")
    ('GM0344.html', 'zone-5-A.html')
    """
    return f"{re.sub(r'[^A-Za-z0-9_-]', '-', organisation)}.html"


def _read_digest(page: Path) -> str:
    try:
        with page.open(encoding="utf-8") as file:
            head = file.read(2000)
    except (OSError, UnicodeDecodeError):
        return ""
    found = _DIGEST.search(head)
    return found.group(1) if found else ""


def _check_replies(study: Study, gathered: Sequence) -> list[str]:
    """Tell the replies that stand on no page although they are meant for one."""
    from roeptoeter.questions.scorecard import find_organisation
    from roeptoeter.scorecard_page import list_reply_files, read_reply

    codes = {peers.edition: set() for peers in gathered}
    for peers in gathered:
        codes[peers.edition] |= set(peers.names)
    everyone = set().union(*codes.values())
    told = []
    for path in list_reply_files():
        try:
            reply = read_reply(path)
        except InputError as error:
            # that of an organisation with a page is told with its page
            if path.name.partition(".")[0] not in everyone:
                told.append(str(error))
            continue
        if reply.study != study.name or reply.edition not in codes:
            continue
        if reply.organisation not in codes[reply.edition]:
            try:
                hint = f"it is the code of {find_organisation(gathered, reply.organisation)[1]}"
            except InputError as error:
                hint = str(error)
            told.append(f"{display_path(path)}: {hint}")
    return told


# Rendering --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Child:
    task: _Task
    process: int
    deadline: float
    said: bytes = b""
    wait_status: int = 0


def _render(
    tasks: Sequence[_Task],
    gathered: Sequence,
    notebook: Path,
    study: Study,
    jobs: int,
    time_limit: float,
    outcome: Outcome,
) -> Outcome:
    """Be the warm process: fork for each page and wait."""
    from tqdm import tqdm

    from roeptoeter.questions.scorecard import keep_peers

    keep_peers(gathered)
    # its monitor would be a thread
    tqdm.monitor_interval = 0
    with tempfile.TemporaryDirectory(prefix="roeptoeter-") as scratch:
        os.environ["IPYTHONDIR"] = scratch
        render = prepare_renderer(notebook, time_limit)
        # fills every cache there is; should it fail, it fails again in its own fork, which tells
        with contextlib.suppress(Exception):
            render(tasks[0])
        gc.collect()
        # what is there now is never freed, so that forks need not touch its memory
        gc.freeze()
        with tqdm(
            total=len(tasks), unit="page", desc="scorecards", file=sys.stderr, disable=None
        ) as bar:
            memory = _measure_memory()
            try:
                for child in _fork_each(tasks, render, study, max(1, jobs), time_limit):
                    _finish(child, outcome)
                    bar.update()
            finally:
                for part in outcome.folder.glob(".*.part"):
                    part.unlink(missing_ok=True)
            outcome.grown_megabytes = _measure_memory() - memory
    return outcome


def _measure_memory() -> float:
    """Megabytes at most that this process held so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # kilobytes, but bytes on macOS
    return most / (1e6 if sys.platform == "darwin" else 1e3)


def _fork_each(
    tasks: Iterable[_Task], render: Callable, study: Study, jobs: int, time_limit: float
) -> Iterator[_Child]:
    """Fork for each task, `jobs` at a time; yield each child when it has ended."""
    waiting = iter(tasks)
    children: dict[int, _Child] = {}
    selector = selectors.DefaultSelector()
    try:
        while True:
            while len(children) < jobs and (task := next(waiting, None)):
                pipe, child = _start(task, render, study, time_limit)
                children[pipe] = child
                selector.register(pipe, selectors.EVENT_READ)
            if not children:
                return
            for key, _ in selector.select(timeout=1.0):
                child = children[key.fd]
                if heard := os.read(key.fd, 65536):
                    child.said += heard
                    continue
                selector.unregister(key.fd)
                os.close(key.fd)
                del children[key.fd]
                _, child.wait_status = os.waitpid(child.process, 0)
                yield child
            for child in children.values():
                if time.monotonic() > child.deadline:
                    os.kill(child.process, signal.SIGKILL)
    finally:
        for pipe, child in children.items():
            os.kill(child.process, signal.SIGKILL)
            os.waitpid(child.process, 0)
            os.close(pipe)
        selector.close()


def _start(
    task: _Task, render: Callable[[_Task], str], study: Study, time_limit: float
) -> tuple[int, _Child]:
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        os.close(writing)
        limit = time.monotonic() + time_limit + _KILL_GRACE_SECONDS
        return reading, _Child(task, process, limit)
    status = 1
    try:
        # it lives too short to have anything to collect
        gc.disable()
        os.close(reading)
        failed = study.build / f"scorecard-{task.page.stem}.failed.ipynb"
        reason = _render_in_fork(task, render, failed)
        if reason:
            os.write(writing, reason.encode())
        else:
            status = 0
    except BaseException:
        os.write(writing, traceback.format_exc().strip().splitlines()[-1].encode())
    finally:
        # not sys.exit: what the parent registered to happen at its end is not for the fork to do
        os._exit(status)


def _render_in_fork(task: _Task, render: Callable[[_Task], str], failed: Path) -> str:
    from papermill.exceptions import PapermillExecutionError

    try:
        page = render(task)
    except PapermillExecutionError as error:
        first_line = error.source.strip().splitlines()[0]
        message = " ".join(str(error.evalue).split())
        if error.ename not in ("InputError", "NotAnswerable"):
            message = f"cell In [{error.exec_count}] ({first_line[:60]}): {error.ename}: {message}"
        return message
    except InputError as error:
        return str(error)
    aside = task.page.with_name(f".{task.page.name}.{os.getpid()}.part")
    aside.write_text(page, encoding="utf-8", newline="\n")
    aside.replace(task.page)
    failed.unlink(missing_ok=True)
    return ""


def _finish(child: _Child, outcome: Outcome) -> None:
    if child.wait_status == 0:
        outcome.made += 1
        return
    reason = child.said.decode(errors="replace")
    if os.WIFSIGNALED(child.wait_status):
        name = signal.Signals(os.WTERMSIG(child.wait_status)).name
        reason = f"it was killed ({name}): out of memory, or far over its time"
    outcome.failed[child.task.label] = reason or "it ended without a word"


def prepare_renderer(notebook: Path, time_limit: float = TIME_LIMIT_SECONDS) -> Callable:
    """Import, read and make once what every scorecard needs, and return the function that renders one.

    Parameters
    ----------
    notebook : pathlib.Path
    time_limit : float

    Returns
    -------
    callable
        Takes a task and returns the page's HTML, through papermill and nbconvert; meant to be called in a fork.
    """
    import copy

    import_jupyter()
    import nbformat
    import papermill
    from nbconvert.exporters.templateexporter import TemplateExporter

    from roeptoeter import scorecard_page
    from roeptoeter.runner.engine import ENGINE_NAME

    source = nbformat.read(notebook, as_version=4)
    # not HTMLExporter, which would take every page apart and put it together again
    exporter = TemplateExporter(
        template_name="scorecard",
        template_file="index.html.j2",
        default_preprocessors=[],
        extra_template_basedirs=[str(TEMPLATES)],
    )

    def render(task: _Task) -> str:
        executed = papermill.execute_notebook(
            copy.deepcopy(source),
            None,
            parameters=task.parameters,
            engine_name=ENGINE_NAME,
            progress_bar=False,
            cwd=str(notebook.parent),
            time_limit=time_limit,
        )
        body, _ = exporter.from_notebook_node(executed)
        return scorecard_page.frame_page(
            body, title=task.title, language=task.parameters["language"], digest=task.digest
        )

    return render


def _write_list(gathered: Sequence, folder: Path, language: str, digest: str, home: str) -> None:
    from roeptoeter.scorecard_page import FONTS, TYPEFACES, build_list

    files = {
        (peers.edition, code): name_page(code)
        for peers in gathered
        for code in peers.names
        if (folder / name_page(code)).exists()
    }
    page = build_list(gathered, files, language, digest, home)
    aside = folder / f".index.html.{os.getpid()}.part"
    aside.write_text(page, encoding="utf-8", newline="\n")
    aside.replace(folder / "index.html")
    (folder / "static").mkdir(exist_ok=True)
    for name in FONTS:
        if not (folder / "static" / name).exists():
            shutil.copyfile(TYPEFACES / name, folder / "static" / name)
