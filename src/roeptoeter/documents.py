"""Writes the ledger's sentences into README.md and METHODS.md, so that no number there is typed."""

import csv
import re

from roeptoeter.errors import InputError
from roeptoeter.study import ROOT, Study, display_path, write_text

#: The documents that print claims.
DOCUMENTS = ("README.md", "METHODS.md")

_CLAIM = re.compile(r"(<!-- claim ([0-9a-z-]+) ([0-9a-z-]+) -->).*?(<!-- end -->)", re.DOTALL)
_TABLE = re.compile(r"(<!-- claims table -->\n).*?(<!-- end -->)", re.DOTALL)


def fill_document(text: str, claims: list[dict[str, str]]) -> str:
    """Fill the marked places of a document from the ledger.

    Parameters
    ----------
    text : str
        Markdown. ``<!-- claim NOTEBOOK ID -->…<!-- end -->`` takes one sentence,
        ``<!-- claims table -->…<!-- end -->`` takes all headline claims but those on invented data.
    claims : list of dict
        The rows of the ledger.

    Returns
    -------
    str
        The text with both filled, the same for the same ledger however often it is filled.

    Raises
    ------
    InputError
        If a marked claim is not in the ledger.
    """
    by_key = {(claim["notebook"], claim["claim_id"]): claim for claim in claims}

    def fill_claim(match: re.Match) -> str:
        start, notebook, claim_id, end = match.groups()
        if (notebook, claim_id) not in by_key:
            raise InputError(
                f"a document prints the claim {notebook} {claim_id}, which the ledger does not hold"
            )
        return f"{start}{by_key[notebook, claim_id]['sentence']}{end}"

    def fill_table(match: re.Match) -> str:
        rows = ["| notebook | finding | interval |", "|---|---|---|"]
        for claim in claims:
            # a document of the repository holds findings; a SIMULATED number belongs beside its banner
            if claim["headline"] == "True" and claim["evidence"] != "SIMULATED":
                interval = claim["interval"] or "–"
                rows.append(f"| {claim['notebook'][:2]} | {claim['sentence']} | {interval} |")
        return match.group(1) + "\n".join(rows) + "\n" + match.group(2)

    return _TABLE.sub(fill_table, _CLAIM.sub(fill_claim, text))


def write_documents(study: Study) -> None:
    """Fill the documents from the study's ledger; each is written only if it changes.

    Parameters
    ----------
    study : Study

    Raises
    ------
    InputError
        If the ledger is not there, or lacks a claim that a document prints.
    """
    ledger = study.results / "claims.csv"
    if not ledger.exists():
        raise InputError(f"{display_path(ledger)} is not there; run `make`")
    with ledger.open(encoding="utf-8", newline="") as stream:
        claims = list(csv.DictReader(stream))
    for name in DOCUMENTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        filled = fill_document(text, claims)
        if filled != text:
            write_text(ROOT / name, filled)
