"""How fast are exports read? The same file of API v2, several readers, each in a process of its own, in turn.

    .venv/bin/python benchmarks/readers.py --rounds 3 --rows 50000

Prints rows/s, MB/s and peak memory of the process (interpreter and libraries included), at 1, 4 and 16 times the rows,
and by what factor time and memory grow. Seconds are those of the work; starting Python and importing is left out.

whole intake    read_exports: every check, duplicates, edits, parents, hashed ids, Parquet tables on disk
staged rows     the SELECT of the reader alone, every column of it computed and counted
orjson loop     parses each line, counts messages per author; checks nothing
duckdb          read_json with given columns, counts messages per author; checks nothing
pandas          read_json(lines=True), counts messages per author; at 1x only

The records are invented: 400 accounts, two thirds posts, the rest replies with their parent and reposts.
"""

import argparse
import datetime as dt
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import orjson

FACTORS = (1, 4, 16)
READERS = ("whole intake", "staged rows", "orjson loop", "duckdb", "pandas")
START_MS = 1_640_995_200_000  # 2022-01-01
WORDS = [
    "raad",
    "plein",
    "afval",
    "vuurwerk",
    "bibliotheek",
    "wegwerkzaamheden",
    "morgen",
    "vandaag",
    "inwoners",
    "vergadering",
    "welkom",
    "sport",
    "kermis",
    "fietspad",
]


def write_records(path: Path, rows: int) -> None:
    """Write flattened messages of about 650 bytes."""
    draw = random.Random(20)
    accounts = [str(10**9 + 7919 * number) for number in range(400)]

    def place(at_ms: int, sequence: int) -> dict:
        at = dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
        return {
            "id": str((at_ms - 1_288_834_974_657) << 22 | sequence),
            "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z",
        }

    with path.open("wb") as stream:
        for number in range(rows):
            at_ms = START_MS + number * 20_000
            author, other = accounts[number % 400], accounts[(number + 1) % 400]
            record = place(at_ms, number % 4096)
            record |= {
                "author_id": author,
                "conversation_id": record["id"],
                "lang": "nl",
                "text": " ".join(draw.choices(WORDS, k=14)),
                "edit_history_tweet_ids": [record["id"]],
                "public_metrics": {
                    "retweet_count": number % 7,
                    "reply_count": number % 3,
                    "like_count": number % 50,
                    "quote_count": 0,
                    "impression_count": number % 900,
                },
                "entities": {"hashtags": [{"start": 3, "end": 9, "tag": "plein"}]},
                "author": {
                    "id": author,
                    "username": f"gemeente_{number % 400}",
                    "public_metrics": {"followers_count": 1000 + number % 400},
                },
            }
            if number % 4 == 0:
                parent = {"type": "replied_to", "author_id": other}
                record["in_reply_to_user_id"] = other
                record["referenced_tweets"] = [parent | place(at_ms - 600_000, 5)]
            elif number % 12 == 1:
                record["referenced_tweets"] = [{"type": "retweeted", **place(at_ms - 900_000, 7)}]
            stream.write(orjson.dumps(record) + b"\n")


# ------------------------------------------------------------------------------ readers: path in, messages counted


def read_whole(path: Path) -> int:
    import pyarrow.parquet as pq

    from roeptoeter import study as study_module
    from roeptoeter.sources import declaration
    from roeptoeter.sources.intake import read_exports

    with tempfile.TemporaryDirectory(dir=path.parent) as root:
        study_module.ROOT = declaration.ROOT = Path(root)
        folder = Path(root) / "data" / "raw" / "exports" / "benchmark"
        folder.mkdir(parents=True)
        (folder / "v2.jsonl").symlink_to(path)
        (folder / "sources.yaml").write_text(
            "files:\n  v2.jsonl:\n    format: x-api-v2\n    platform: twitter\n"
            "    exported_on: 2026-01-01\n",
            encoding="utf-8",
        )
        study = study_module.Study(name="benchmark", title="Benchmark", evidence="SIMULATED")
        read_exports(study, progress=False)
        return pq.read_metadata(study.processed / "messages.parquet").num_rows


def read_staged(path: Path) -> int:
    import duckdb

    from roeptoeter.sources.declaration import Source
    from roeptoeter.sources.record_batches import read_record_batches, stream_batches
    from roeptoeter.sources.x_api import select_v2

    source = Source(
        file="v2.jsonl", format="x-api-v2", platform="twitter", exported_on=dt.date(2026, 1, 1)
    )
    with stream_batches(read_record_batches(path)) as records, duckdb.connect() as connection:
        connection.register("records", records)
        counts = connection.execute(
            f"SELECT count(*) FILTER (problem IS NULL), count(COLUMNS(*)) FROM ({select_v2(path, source)})"
        ).fetchall()
        return counts[0][0]


def read_loop(path: Path) -> int:
    authors: Counter[str] = Counter()
    with path.open("rb") as stream:
        for line in stream:
            authors[orjson.loads(line)["author_id"]] += 1
    return authors.total()


def read_duckdb(path: Path) -> int:
    import duckdb

    columns = "{id: 'VARCHAR', author_id: 'VARCHAR', created_at: 'VARCHAR', text: 'VARCHAR'}"
    rows = (
        duckdb.connect()
        .execute(
            f"SELECT author_id, count(*) FROM read_json('{path}', format='newline_delimited', columns={columns}) "
            "GROUP BY author_id"
        )
        .fetchall()
    )
    return sum(count for _, count in rows)


def read_pandas(path: Path) -> int:
    import pandas as pd

    frame = pd.read_json(path, lines=True, dtype=False, convert_dates=False)
    return int(frame.groupby("author_id").size().sum())


FUNCTIONS = dict(
    zip(READERS, (read_whole, read_staged, read_loop, read_duckdb, read_pandas), strict=True)
)


def measure(reader: str, path: Path) -> None:
    """Run one reader in this process, after a small file has made it import what it needs; print a line of JSON."""
    small = path.parent / "small.jsonl"
    FUNCTIONS[reader](small)
    started = time.perf_counter()
    rows = FUNCTIONS[reader](path)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": seconds, "peak_mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=50_000, help="at 1x")
    parser.add_argument("--measure", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(chosen.measure[0], Path(chosen.measure[1]))
        return
    with tempfile.TemporaryDirectory(prefix="benchmark-readers-") as folder:
        compare(Path(folder), chosen.rows, chosen.rounds)


def compare(folder: Path, base_rows: int, rounds: int) -> None:
    write_records(folder / "small.jsonl", 100)
    first: dict[str, tuple[float, float]] = {}
    print(f"{rounds} rounds in turn; median seconds; peak memory of the process; growth against 1x")
    for factor in FACTORS:
        rows, path = base_rows * factor, folder / f"{factor}x.jsonl"
        write_records(path, rows)
        size = path.stat().st_size / 1e6
        print(f"\n{factor}x: {rows:,} rows, {size:.0f} MB, {size * 1e6 / rows:.0f} bytes a row")
        readers = [name for name in READERS if factor == 1 or name != "pandas"]
        seconds: dict[str, list[float]] = {name: [] for name in readers}
        peaks = dict.fromkeys(readers, 0.0)
        for _ in range(rounds):
            for name in readers:
                command = [sys.executable, __file__, "--measure", name, str(path)]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    sys.exit(f"{name} failed:\n{done.stderr}")
                found = json.loads(done.stdout.splitlines()[-1])
                if found["rows"] != rows:
                    sys.exit(f"{name} counted {found['rows']:,} messages, not {rows:,}")
                seconds[name].append(found["seconds"])
                peaks[name] = max(peaks[name], found["peak_mb"])
        loop = statistics.median(seconds["orjson loop"])
        for name in readers:
            taken = statistics.median(seconds[name])
            first.setdefault(name, (taken, peaks[name]))
            grown = (
                f"time x{taken / first[name][0]:.1f}, memory x{peaks[name] / first[name][1]:.2f}"
            )
            print(
                f"{name:14} {taken:7.2f} s  {rows / taken:>11,.0f} rows/s {size / taken:7.0f} MB/s "
                f"{peaks[name]:7.0f} MB  speed of the orjson loop x{loop / taken:.2f}  ({grown})"
            )
        path.unlink()


if __name__ == "__main__":
    main()
