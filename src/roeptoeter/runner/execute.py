"""One notebook from source to products: run aside, checked, normalised, exported, renamed into place."""

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from roeptoeter.errors import InputError
from roeptoeter.runner.parameters import check_parameters, read_parameters
from roeptoeter.sources.declaration import exports_folder
from roeptoeter.study import ROOT, STAGING_VARIABLE, Study, display_path, load_study

TIME_LIMIT_SECONDS = 600.0


class NotebookError(InputError):
    """A notebook that stopped; the message names notebook, cell and error in one line."""


def import_jupyter() -> None:
    """Import papermill and nbconvert without what JupyterLab's presence would add to every import.

    Where JupyterLab is installed, jsonschema finds its optional checker of internationalised addresses, whose
    import builds grammars for about a second. No schema of a notebook uses that check; jsonschema does
    without it when the module cannot be imported.
    """
    sys.modules.setdefault("rfc3987_syntax", None)
    import papermill  # noqa: F401


def run_notebook(
    name: str,
    study: Study,
    given: dict[str, Any],
    products: Iterable[str],
    time_limit: float = TIME_LIMIT_SECONDS,
    may_write: Iterable[str] = (),
) -> None:
    """Run one notebook and put its products in place; all of them, or none.

    Parameters
    ----------
    name : str
        The notebook's name without ending.
    study : Study
    given : dict
        Parameters beyond `study`, already typed; they take precedence over the study file's.
    products : iterable of str
        The files the notebook must write, relative to the root, beside the executed notebook and its page.
    time_limit : float
        Seconds for the whole notebook.
    may_write : iterable of str
        Files of parts that not every study can answer. Those not written are removed from their place, where an
        earlier run may have left them.

    Raises
    ------
    InputError
        If a parameter is refused.
    NotebookError
        If a cell fails, the time is up, or the files written are not the `products` and some of `may_write`. The executed notebook, as
        far as it came, is then left as `build/<study>/NAME.failed.ipynb`.
    """
    source = ROOT / "notebooks" / f"{name}.ipynb"
    defaults = read_parameters(source)
    parameters = check_parameters(
        name, {"study": study.name, **study.notebooks.get(name, {}), **given}, defaults
    )
    staging = ROOT / "build" / ".staging" / f"{study.name}-{name}-{os.getpid()}"
    failed = study.build / f"{name}.failed.ipynb"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    # the clock of the file system, which lags some milliseconds behind time.time()
    started = staging.stat().st_mtime
    os.environ[STAGING_VARIABLE] = str(staging)
    os.environ["IPYTHONDIR"] = str(staging / ".ipython")
    try:
        notebook = _execute(source, parameters, staging, failed, time_limit)
        unwritten = _check_products(name, staging, set(products), set(may_write))
        _write_pages(notebook, name, study, staging)
        _put_in_place(staging, started)
        for file in unwritten:
            (ROOT / file).unlink(missing_ok=True)
        failed.unlink(missing_ok=True)
        if exports_folder(study.name).exists():
            _tell_unanswered(name, notebook)
    finally:
        del os.environ[STAGING_VARIABLE]
        shutil.rmtree(staging, ignore_errors=True)


def _tell_unanswered(name: str, notebook) -> None:
    """Say on the terminal what a study with exports could not answer; the page says it in each part's place."""
    from roeptoeter.runner.engine import UNANSWERED

    reasons = [
        output.data["text/plain"].removeprefix(UNANSWERED)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("data", {}).get("text/plain", "").startswith(UNANSWERED)
    ]
    if reasons:
        more = f" And {len(reasons) - 1} more: see its page." if len(reasons) > 1 else ""
        print(f"      {name}, not answered: {reasons[0]}{more}", flush=True)


def _execute(
    source: Path, parameters: dict[str, Any], staging: Path, failed: Path, time_limit: float
):
    import_jupyter()
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from roeptoeter.runner.engine import ENGINE_NAME

    output = staging / ".executed.ipynb"
    try:
        notebook = papermill.execute_notebook(
            str(source),
            str(output),
            parameters=parameters,
            engine_name=ENGINE_NAME,
            progress_bar=False,
            request_save_on_cell_execute=False,
            cwd=str(ROOT / "notebooks"),
            time_limit=time_limit,
        )
    except PapermillExecutionError as error:
        failed.parent.mkdir(parents=True, exist_ok=True)
        output.replace(failed)
        raise NotebookError(_explain_failure(source, error, failed)) from None
    output.unlink()
    # papermill lets sys.exit(0) pass as success although the rest of the notebook did not run
    if notebook.metadata.papermill.get("exception"):
        import nbformat

        failed.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, failed)
        raise NotebookError(f"{source.stem} ended itself with sys.exit; see {display_path(failed)}")
    return _normalise(notebook)


def _explain_failure(source: Path, error: Any, failed: Path) -> str:
    # papermill counts cells from 0, in a notebook that has one cell more: the injected parameters
    first_line = error.source.strip().splitlines()[0]
    message = " ".join(str(error.evalue).split())
    what = (
        message if error.ename in ("InputError", "NotAnswerable") else f"{error.ename}: {message}"
    )
    return (
        f"{source.stem}, cell In [{error.exec_count}] ({first_line[:60]}): {what}"
        f" – see {display_path(failed)}"
    )


def _normalise(notebook):
    """Take out what was left unrun, and whatever changes from run to run: times, paths, the injected cell's id."""
    from roeptoeter.runner.engine import LEFT_OUT

    notebook.metadata.pop("papermill", None)
    notebook.cells = [
        cell for cell in notebook.cells if LEFT_OUT not in cell.metadata.get("tags", [])
    ]
    for position, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.id = "injected-parameters"
        elif not cell.get("id"):
            cell.id = f"cell-{position}"
    return notebook


def _check_products(name: str, staging: Path, products: set[str], may_write: set[str]) -> set[str]:
    written = {
        path.relative_to(staging).as_posix()
        for path in staging.rglob("*")
        if path.is_file() and ".ipython" not in path.parts
    }
    if missing := sorted(products - written):
        raise NotebookError(
            f"{name} did not write {', '.join(missing)}, which the Makefile lists under {name}"
        )
    if unlisted := sorted(written - products - may_write):
        raise NotebookError(
            f"{name} wrote {', '.join(unlisted)}; list it under {name}.writes in the Makefile"
        )
    return may_write - written


def _write_pages(notebook, name: str, study: Study, staging: Path) -> None:
    import nbformat

    from roeptoeter.export import export_fragment

    folder = staging / study.build.relative_to(ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    (folder / f"{name}.html").write_text(
        export_fragment(notebook, name, study.evidence), encoding="utf-8"
    )


def _put_in_place(staging: Path, started: float) -> None:
    """Move every product to its place, dated at the start of the run.

    So a source edited while the notebook ran is newer than the products, and make runs it again.
    """
    for path in sorted(staging.rglob("*")):
        relative = path.relative_to(staging)
        if path.is_dir() or relative.parts[0] == ".ipython":
            continue
        target = ROOT / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        os.utime(path, (started, started))
        path.replace(target)


def run_from_study_file(
    name: str,
    study_name: str,
    assignments: list[str],
    products: list[str],
    time_limit: float,
    may_write: list[str],
) -> None:
    """Run a notebook with `name=value` parameters from the command line; see `run_notebook`."""
    from roeptoeter.runner.parameters import parse_assignment

    study = load_study(study_name)
    defaults = read_parameters(ROOT / "notebooks" / f"{name}.ipynb")
    given = dict(parse_assignment(text, defaults) for text in assignments)
    run_notebook(name, study, given, products, time_limit, may_write)
