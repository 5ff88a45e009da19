"""The commands behind the Makefile: `python -m roeptoeter COMMAND`; `make help` is for people."""

import argparse
import sys


def main(arguments: list[str]) -> int:
    """Run one command.

    Parameters
    ----------
    arguments : list of str
        The command line without the program's name.

    Returns
    -------
    int
        Exit status: 0, or 1 after one line that says what is wrong.
    """
    parsed, rest = _read_command_line(arguments)
    if parsed.command == "build":
        from roeptoeter.runner.warm import run_make

        return run_make(rest, run_in_this_process)
    from roeptoeter.runner.warm import call_warm_process

    status = call_warm_process(arguments)
    return run_in_this_process(arguments) if status is None else status


def run_in_this_process(arguments: list[str]) -> int:
    """Run a command here and now; a person's mistake is told in one line, without a traceback."""
    from roeptoeter.errors import InputError

    parsed, _ = _read_command_line(arguments)
    try:
        parsed.run(parsed)
    except InputError as error:
        print(f"roeptoeter: {error}", file=sys.stderr)
        return 1
    return 0


def _run_notebook(parsed: argparse.Namespace) -> None:
    from roeptoeter.runner.execute import run_from_study_file

    run_from_study_file(
        parsed.notebook,
        parsed.study,
        parsed.parameter,
        parsed.writes,
        parsed.time_limit,
        parsed.may_write,
    )


def _check_study(parsed: argparse.Namespace) -> None:
    from roeptoeter.errors import InputError
    from roeptoeter.runner.parameters import check_parameters, read_parameters
    from roeptoeter.study import ROOT, load_study

    study = load_study(parsed.study)
    for notebook, given in study.notebooks.items():
        defaults = read_parameters(ROOT / "notebooks" / f"{notebook}.ipynb")
        if "study" in given:
            raise InputError(
                f"studies/{study.name}.yaml: {notebook}: the study is this file's; take `study` out"
            )
        check_parameters(f"studies/{study.name}.yaml: {notebook}", given, defaults)


def _join_ledger(parsed: argparse.Namespace) -> None:
    from roeptoeter.report import join_ledger
    from roeptoeter.study import load_study

    join_ledger(load_study(parsed.study))


def _build_site(parsed: argparse.Namespace) -> None:
    from roeptoeter.site import build_site
    from roeptoeter.study import load_study

    build_site(load_study(parsed.study), parsed.into)


def _write_documents(parsed: argparse.Namespace) -> None:
    from roeptoeter.documents import write_documents
    from roeptoeter.study import load_study

    write_documents(load_study(parsed.study))


def _verify_raw(parsed: argparse.Namespace) -> None:
    from roeptoeter.provenance import verify_raw
    from roeptoeter.study import ROOT

    print(f"{len(verify_raw(ROOT))} raw files are as their provenance says.")


def _accept_raw(parsed: argparse.Namespace) -> None:
    from pathlib import Path

    from roeptoeter.provenance import accept_raw

    accept_raw(Path(parsed.file))
    print(f"The provenance of {parsed.file} now holds its size and checksum; say why in its notes.")


def _refresh_registers(parsed: argparse.Namespace) -> None:
    from roeptoeter.refresh_registers import refresh_registers

    refresh_registers()


def _simulate(parsed: argparse.Namespace) -> None:
    from roeptoeter.errors import InputError
    from roeptoeter.simulate import read_registers, simulate_study
    from roeptoeter.simulate_exports import write_exports
    from roeptoeter.sources.declaration import exports_folder
    from roeptoeter.study import display_path, load_study

    study = load_study(parsed.study)
    if study.simulation is None:
        raise InputError(
            f"studies/{study.name}.yaml has no key `simulation`: only a study with a seed there is simulated"
        )
    simulated = simulate_study(read_registers(), study.simulation.seed)
    folder = exports_folder(study.name)
    written = write_exports(simulated, folder)
    print(
        f"{len(simulated.messages):,} SIMULATED messages of {len(simulated.accounts):,} accounts, from the seed "
        f"{simulated.seed}, are in {len(written)} files in {display_path(folder)}/"
    )


def _read_exports(parsed: argparse.Namespace) -> None:
    from roeptoeter.sources.intake import read_exports
    from roeptoeter.study import load_study

    read_exports(load_study(parsed.study))


def _measure_accounts(parsed: argparse.Namespace) -> None:
    from roeptoeter.exports import measure_accounts
    from roeptoeter.study import load_study

    measure_accounts(load_study(parsed.study))


def _match_answers(parsed: argparse.Namespace) -> None:
    from roeptoeter.questionnaire_answers import match_answers
    from roeptoeter.study import load_study

    for line in match_answers(load_study(parsed.study)):
        print(f"roeptoeter: {line}", file=sys.stderr)


def _start_study(parsed: argparse.Namespace) -> None:
    from roeptoeter.new_study import start_study

    print(start_study(parsed.name))


def _describe_file(parsed: argparse.Namespace) -> None:
    from pathlib import Path

    from roeptoeter.sources.describe import describe_file

    print(describe_file(Path(parsed.file)))


def _write_public_pages(parsed: argparse.Namespace) -> None:
    from roeptoeter.public_pages import write_public_pages
    from roeptoeter.study import load_study

    write_public_pages(load_study(parsed.study))


def _make_scorecards(parsed: argparse.Namespace) -> None:
    from roeptoeter.scorecards import make_scorecards

    make_scorecards(parsed.study, jobs=parsed.jobs, home="..", **_read_card(parsed))


def _make_scorecard(parsed: argparse.Namespace) -> None:
    from roeptoeter.scorecards import make_scorecards

    make_scorecards(parsed.study, parsed.organisation, force=True, **_read_card(parsed))


def _read_card(parsed: argparse.Namespace) -> dict[str, str]:
    given = {name: getattr(parsed, name) for name in ("platform", "edition", "language")}
    return {name: value for name, value in given.items() if value is not None}


def _fetch_boundaries(parsed: argparse.Namespace) -> None:
    from roeptoeter.boundaries import fetch_boundaries
    from roeptoeter.study import display_path

    for path in fetch_boundaries():
        print(f"{display_path(path)} is there; its provenance stands beside it.")


def _recover(parsed: argparse.Namespace) -> None:
    from tqdm import tqdm

    from roeptoeter.questions.recovery import count_studies, run_recovery, write_recovery
    from roeptoeter.study import ROOT

    with tqdm(total=count_studies(parsed.draws), unit=" studies", disable=None) as bar:
        recovery = run_recovery(parsed.draws, progress=bar.update)
    folder = ROOT / "data" / "processed" / "recovery"
    write_recovery(recovery, folder)
    print(
        f"Coverage over {count_studies(parsed.draws):,} studies is in {folder.relative_to(ROOT)}/"
    )


def _check_environment(parsed: argparse.Namespace) -> None:
    from roeptoeter.environment import check_environment

    check_environment()


def _write_environment_file(parsed: argparse.Namespace) -> None:
    from roeptoeter.environment import write_environment_file

    write_environment_file()


def _serve_site(parsed: argparse.Namespace) -> None:
    import functools
    import http.server

    from roeptoeter.errors import InputError
    from roeptoeter.study import ROOT

    folder = ROOT / parsed.folder
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", parsed.port), handler)
    except OSError as error:
        raise InputError(
            f"port {parsed.port} cannot be used ({error.strerror}); try `make serve PORT=8001`"
        ) from None
    with server:
        print(f"The site is at http://127.0.0.1:{parsed.port}/ ; stop with Ctrl-C.")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


def _read_command_line(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="roeptoeter", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    build = commands.add_parser("build", help="run make with the scientific stack imported once")
    build.add_argument("make", nargs=argparse.REMAINDER)

    run = commands.add_parser("run", help="run one notebook")
    run.add_argument("notebook")
    run.add_argument("--study", required=True)
    run.add_argument("--parameter", "-p", action="append", default=[], metavar="NAME=VALUE")
    run.add_argument("--time-limit", type=float, default=600.0, metavar="SECONDS")
    run.add_argument("--writes", nargs="*", default=[], metavar="FILE")
    run.add_argument("--may-write", nargs="*", default=[], metavar="FILE")
    run.set_defaults(run=_run_notebook)

    for name, function, text in (
        ("check-study", _check_study, "check a study file and its notebooks' parameters"),
        ("simulate", _simulate, "write the exports of a simulated study from its seed"),
        ("read-exports", _read_exports, "read and check a study's export files"),
        ("measure-accounts", _measure_accounts, "compute the metrics of a study's accounts"),
        ("match-answers", _match_answers, "hold answers against the questionnaires declared"),
        ("ledger", _join_ledger, "join the claims of all notebooks"),
        ("public-pages", _write_public_pages, "write the map, the ranking and the edition pages"),
        ("site", _build_site, "assemble the site"),
        (
            "documents",
            _write_documents,
            "write the ledger's sentences into README.md and METHODS.md",
        ),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("--study", required=True)
        if name == "site":
            command.add_argument("--into", default="site", metavar="FOLDER")
        command.set_defaults(run=function)

    for name, function, text in (
        ("verify-raw", _verify_raw, "check every raw file against its provenance"),
        ("refresh-registers", _refresh_registers, "compare the registers with the official tables"),
        ("boundaries", _fetch_boundaries, "fetch the official boundaries of municipalities"),
        ("check-environment", _check_environment, "compare what is installed with the lock"),
        ("environment-file", _write_environment_file, "write environment.yml from the lock"),
    ):
        commands.add_parser(name, help=text).set_defaults(run=function)

    for name, function, text in (
        ("scorecards", _make_scorecards, "make a page for each organisation"),
        ("scorecard", _make_scorecard, "make the page of one organisation"),
    ):
        command = commands.add_parser(name, help=text)
        if name == "scorecard":
            command.add_argument("organisation")
        else:
            command.add_argument("--jobs", type=int, default=2)
        command.add_argument("--study", required=True)
        for option in ("--platform", "--edition", "--language"):
            command.add_argument(option)
        command.set_defaults(run=function)

    accept = commands.add_parser("accept-raw", help="record a raw file's new checksum")
    accept.add_argument("file")
    accept.set_defaults(run=_accept_raw)

    start = commands.add_parser("new-study", help="begin a study of your own")
    start.add_argument("name")
    start.set_defaults(run=_start_study)

    recover = commands.add_parser("recover", help="count how often each interval holds the truth")
    recover.add_argument("--draws", type=int, default=1000, metavar="STUDIES")
    recover.set_defaults(run=_recover)

    describe = commands.add_parser("describe", help="look at an export file, propose its entry")
    describe.add_argument("file")
    describe.set_defaults(run=_describe_file)

    serve = commands.add_parser("serve", help="show the site on this machine")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--folder", default="site")
    serve.set_defaults(run=_serve_site)

    parsed = parser.parse_args(arguments)
    return parsed, getattr(parsed, "make", [])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("Stopped; nothing half-written is left.", file=sys.stderr)
        sys.exit(130)
