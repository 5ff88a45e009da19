"""How fast are the scorecards? Ours, the floor and the usual loop, in turn, in one go.

    .venv/bin/python benchmarks/scorecards.py --pages 40 --rounds 3

Prints pages a second (minimum, median, maximum) and, what carries to another machine, the ratios of the medians:

ours         `render_scorecards`: the notebook through papermill's engine, a fork for each page, and nbconvert
floor        a function without notebook that draws the same figure, fills the same template and writes the same page
usual loop   `papermill` and `jupyter nbconvert --to html`, a command each per page; a few pages only, as they are alike

Ours and the floor write the same bytes, which is checked, and both start with the tables read; the usual loop reads
them for each page, as it does. The study must have been made (`make`).
"""

import argparse
import contextlib
import functools
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
sys.path.insert(0, str(ROOT / "src"))
# JupyterLab's presence would add a second to the import, in ours and the floor alike
sys.modules.setdefault("rfc3987_syntax", None)
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

from roeptoeter import scorecards  # noqa: E402
from roeptoeter.scorecard_page import build_card, frame_page, order_languages  # noqa: E402
from roeptoeter.study import load_study  # noqa: E402


def draw_one(task) -> None:
    """Make the page of one task without a notebook."""
    from roeptoeter.plots.scorecard import draw_scorecard
    from roeptoeter.questions.scorecard import make_scorecard, read_peers
    from roeptoeter.questions.scorecard_words import write_scorecard
    from roeptoeter.scorecard_page import find_reply, make_strips

    given = task.parameters
    study = load_study_once(given["study"])
    peers = read_peers(
        study, edition=given["edition"], platform=given["platform"], organisation=task.organisation
    )
    card = make_scorecard(peers, task.organisation)
    sections = []
    for words in order_languages(given["language"]):
        texts = write_scorecard(card, words)
        figure = draw_scorecard(make_strips(card, texts, words), region=peers.region)
        reply = find_reply(study.name, peers.edition, card.organisation)
        sections.append(
            build_card(card, texts, figure, words, given["language"], reply, peers.is_simulated)
        )
    page = frame_page(
        "\n".join(sections), title=task.title, language=given["language"], digest=task.digest
    )
    task.page.write_text(page, encoding="utf-8", newline="\n")


load_study_once = functools.cache(load_study)


def plan(study, gathered, pages: int, folder: Path) -> list:
    chosen = [(peers, code) for peers in gathered for code in peers.names]
    step = max(1, len(chosen) // pages)
    folder.mkdir(parents=True, exist_ok=True)
    return scorecards._plan(study, chosen[::step][:pages], "benchmark", folder, "twitter", "nl")


@contextlib.contextmanager
def measured(rates: list[float], work: list[float], pages: int):
    """Record pages a second by the clock, and seconds of processor a page, which others on the machine disturb less."""
    clock, before = time.perf_counter(), os.times()
    yield
    after = os.times()
    rates.append(pages / (time.perf_counter() - clock))
    spent = [
        sum(getattr(t, f"children_{kind}") for kind in ("user", "system")) for t in (before, after)
    ]
    work.append((spent[1] - spent[0]) / pages)


def time_floor(tasks: list, jobs: int) -> None:
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        pool.map(draw_one, tasks, chunksize=1)
        pool.close()
        pool.join()


def render_ours(study, gathered, tasks: list, jobs: int) -> float:
    outcome = scorecards.Outcome(tasks[0].page.parent)
    outcome = scorecards.call_in_fork(
        scorecards._render, tasks, gathered, scorecards.NOTEBOOK, study, jobs, 60.0, outcome
    )
    if outcome.failed:
        sys.exit(f"failed: {outcome.failed}")
    return outcome.grown_megabytes


def run_usual_loop(tasks: list, folder: Path) -> None:
    settings = {"PYTHONPATH": str(ROOT / "src"), "TQDM_DISABLE": "1"}
    for task in tasks:
        executed = folder / f"{task.page.stem}.ipynb"
        given = [part for name, value in task.parameters.items() for part in ("-r", name, value)]
        for command in (
            [BIN / "papermill", scorecards.NOTEBOOK, executed, "--cwd", ROOT / "notebooks", *given],
            [BIN / "jupyter", "nbconvert", "--to", "html", executed],
        ):
            subprocess.run(
                [str(part) for part in command], cwd=ROOT, env={**os.environ, **settings}, check=True,
                capture_output=True,
            )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--usual", type=int, default=1, help="pages of the usual loop, a round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--study", default="demo")
    given = parser.parse_args()

    study = load_study(given.study)
    gathered = scorecards.call_in_fork(scorecards._gather, study, "twitter", None)
    from roeptoeter.questions.scorecard import keep_peers

    keep_peers(gathered)
    scorecards.prepare_renderer(scorecards.NOTEBOOK)
    rates: dict[str, list[float]] = {"floor": [], "ours": [], "usual loop": []}
    work: dict[str, list[float]] = {"floor": [], "ours": [], "usual loop": []}
    growth = []
    for _ in range(given.rounds):
        folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
        floor = plan(study, gathered, given.pages, folder / "floor")
        ours = plan(study, gathered, given.pages, folder / "ours")
        with measured(rates["floor"], work["floor"], len(floor)):
            time_floor(floor, given.jobs)
        with measured(rates["ours"], work["ours"], len(ours)):
            growth.append(render_ours(study, gathered, ours, given.jobs))
        with measured(rates["usual loop"], work["usual loop"], given.usual):
            run_usual_loop(ours[: given.usual], folder)
        for one, other in zip(floor, ours, strict=True):
            assert one.page.read_bytes() == other.page.read_bytes(), one.page.name
        shutil.rmtree(folder)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print(
        f"{given.pages} pages in two languages (usual loop: {given.usual}), {given.jobs} jobs, {given.rounds} rounds in "
        f"turn; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores. Pages a second: least, median, most"
    )
    costs = {name: statistics.median(values) for name, values in work.items()}
    for name, values in rates.items():
        print(
            f"{name:11} {min(values):6.2f} {middle[name]:6.2f} {max(values):6.2f}   "
            f"x{middle[name] / middle['floor']:.2f} of the floor, x{middle[name] / middle['usual loop']:.0f} of the usual loop; "
            f"processor {costs[name]:.2f} s a page, x{costs['floor'] / costs[name]:.2f} of the floor"
        )
    print(
        f"the warm process grew by {max(growth):.1f} MB from the first to the last of {given.pages} pages"
    )
    everyone = sum(len(peers.names) for peers in gathered)
    print(f"all {everyone} pages would take {everyone / middle['ours']:.0f} s")


if __name__ == "__main__":
    main()
