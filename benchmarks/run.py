"""How fast is the whole run? `make`, plain scripts and the usual loop of commands, in turn, in one go.

    .venv/bin/python benchmarks/run.py --rounds 5

Prints seconds (minimum, median, maximum) and, what carries to another machine, the ratios of the medians. All three
make the SIMULATED exports, read and measure them, and run the same notebooks, from scratch:

make            `make` after `make clean`: notebooks, ledger, documents, site
plain scripts   the notebooks' code cells as .py files, one after another; no notebook, no page
usual loop      `papermill` and `jupyter nbconvert --to html`, a command each per notebook
"""

import argparse
import json
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
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]-*.ipynb"))


def run(command: list, **environment: str) -> None:
    """Run a command silently; its output only matters when it fails."""
    fresh = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MAKELEVEL"}}
    settings = {
        "PYTHONPATH": str(ROOT / "src"),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=ROOT, env={**fresh, **settings, **environment}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"{command} failed:\n{done.stdout}{done.stderr}")


def time_make(jobs: int) -> float:
    run(["make", f"PYTHON={sys.executable}", "clean"])
    started = time.perf_counter()
    run(["make", f"PYTHON={sys.executable}", f"JOBS={jobs}"])
    return time.perf_counter() - started


def make_tables() -> None:
    """The steps before the notebooks, a command each."""
    for command in ("simulate", "read-exports", "match-answers", "measure-accounts"):
        run([sys.executable, "-m", "roeptoeter", command, "--study", "demo"])


def time_scripts(folder: Path) -> float:
    scripts = []
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        scripts.append(folder / f"{path.stem}.py")
        scripts[-1].write_text("\n\n".join(code), encoding="utf-8")
    started = time.perf_counter()
    make_tables()
    for script in scripts:
        run([sys.executable, script], ROEPTOETER_STAGING=str(folder / "aside"))
    return time.perf_counter() - started


def time_usual_loop(folder: Path) -> float:
    started = time.perf_counter()
    make_tables()
    for path in NOTEBOOKS:
        executed = folder / path.name
        run(
            [BIN / "papermill", path, executed, "--cwd", ROOT / "notebooks"],
            ROEPTOETER_STAGING=str(folder / "aside"),
        )
        run([BIN / "jupyter", "nbconvert", "--to", "html", executed])
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    seconds: dict[str, list[float]] = {
        "make": [],
        "make, one job": [],
        "plain scripts": [],
        "usual loop": [],
    }
    run(["make", f"PYTHON={sys.executable}"])
    for _ in range(rounds):
        folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
        seconds["make"].append(time_make(2))
        seconds["make, one job"].append(time_make(1))
        seconds["plain scripts"].append(time_scripts(folder))
        seconds["usual loop"].append(time_usual_loop(folder))
        shutil.rmtree(folder)
    base = statistics.median(seconds["plain scripts"])
    print(
        f"{len(NOTEBOOKS)} notebooks, {rounds} rounds in turn; seconds and ratio to plain scripts"
    )
    for name, taken in seconds.items():
        middle = statistics.median(taken)
        print(f"{name:16} {min(taken):6.1f} {middle:6.1f} {max(taken):6.1f}   x{middle / base:.2f}")


if __name__ == "__main__":
    main()
