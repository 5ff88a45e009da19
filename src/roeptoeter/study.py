"""A study: its parameters, as a person writes them in `studies/<name>.yaml`, and its folders."""

import datetime as dt
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from roeptoeter.errors import InputError

#: The root of the repository: the folder that holds notebooks/, data/ and studies/.
ROOT = Path(__file__).resolve().parents[2]

#: Set by the runner while a notebook runs: what the notebook writes goes there first, and to its place only
#: when the whole notebook has succeeded. Unset in JupyterLab, where each file goes to its place at once.
STAGING_VARIABLE = "ROEPTOETER_STAGING"

#: What stands beside the studies in `studies/` and is none: the rules of the growth model.
_NO_STUDIES = {"growth-model"}

#: What the name of a study may be; it becomes the name of files and folders.
STUDY_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class _StrictLoader(yaml.SafeLoader):
    """YAML without the traps: a code with a leading zero is no number, a key stands once."""


def _refuse_leading_zero(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    if re.fullmatch(r"[-+]?0[0-9_]+", node.value):
        raise InputError(
            f"line {node.start_mark.line + 1}: {node.value} would lose its leading zero; "
            f'if it is a code, write "{node.value}" in quotes'
        )
    return yaml.SafeLoader.construct_yaml_int(loader, node)


def _refuse_double_key(loader: yaml.SafeLoader, node: yaml.MappingNode, deep: bool = False) -> dict:
    keys = [key.value for key, _ in node.value]
    for position, key in enumerate(keys):
        if key in keys[:position]:
            line = node.value[position][0].start_mark.line + 1
            raise InputError(f"line {line}: {key} stands twice; keep one of the two")
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_StrictLoader.add_constructor("tag:yaml.org,2002:int", _refuse_leading_zero)
_StrictLoader.add_constructor("tag:yaml.org,2002:map", _refuse_double_key)
# a number such as 09 matches no integer of YAML 1.1 and would pass as text; it is the same slip
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"[-+]?0[0-9_]+$"), list("-+0")
)


def read_yaml(path: Path) -> Any:
    """Read a YAML file written by a person, refusing what would be misread.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    object
        The content, as `yaml.safe_load` gives it.

    Raises
    ------
    InputError
        If the file is missing, is no YAML, repeats a key, or holds a number with a leading zero.
    """
    name = display_path(path)
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)
    except FileNotFoundError:
        raise InputError(f"{name} does not exist") from None
    except InputError as error:
        raise InputError(f"{name}, {error}") from None
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not UTF-8 (byte {error.start}); save it as UTF-8 text"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be read"
        raise InputError(f"{name}{place} is no valid YAML: {problem}") from None


def display_path(path: Path) -> str:
    """Write a path as a person of this project knows it: relative to the root where it is inside."""
    try:
        return Path(path).resolve().relative_to(ROOT).as_posix()
    except ValueError:
        return str(path)


class Window(BaseModel):
    """The days over which accounts were observed for one edition; rates are per week of it."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    edition: str = Field(min_length=1)
    start: dt.date
    end: dt.date

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> "Window":
        if self.end < self.start:
            raise ValueError(f"the window {self.edition} ends before it starts")
        return self


class Simulation(BaseModel):
    """That the exports of a study are made by `roeptoeter.simulate`, and from which seed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    seed: int = Field(ge=0)


class Study(BaseModel):
    """The parameters of one study, strictly typed.

    An unknown key and a wrong type are refused by name; nothing is converted silently. `title_nl` stands on the Dutch
    front page, where it is given. `windows`, `dormant_after_days` (days without a message after which an account counts
    as dormant), `maturity_days` (age at which counts of reactions are compared), `engine` and `spark` (its settings)
    concern the analyst's own exports. A study with a `simulation` has no exports of its own: they are made up, and its
    evidence is SIMULATED.
    """

    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, arbitrary_types_allowed=True
    )

    name: str
    title: str = Field(min_length=3)
    title_nl: str = ""
    evidence: str
    notebooks: dict[str, dict[str, Any]] = Field(default_factory=dict)
    windows: list[Window] = Field(default_factory=list)
    dormant_after_days: int = Field(default=90, ge=1)
    maturity_days: int = Field(default=7, ge=0)
    engine: Literal["duckdb", "spark"] = "duckdb"
    spark: dict[str, str] = Field(default_factory=dict)
    simulation: Simulation | None = None

    @model_validator(mode="after")
    def _simulated_is_called_simulated(self) -> "Study":
        if (self.simulation is None) == (self.evidence == "SIMULATED"):
            raise ValueError(
                "a study with a simulation has the evidence SIMULATED, and no other study has it"
            )
        return self

    @field_validator("windows", "notebooks", mode="before")
    @classmethod
    def _may_be_left_empty(cls, content: Any, info: ValidationInfo) -> Any:
        if content is None:
            return [] if info.field_name == "windows" else {}
        return content

    @field_validator("evidence")
    @classmethod
    def _evidence_is_known(cls, evidence: str) -> str:
        if evidence not in {"published", "measured", "SIMULATED"}:
            raise ValueError("expected published, measured or SIMULATED")
        return evidence

    @cached_property
    def processed(self) -> Path:
        """Folder of the tables that 01-ingest writes."""
        return ROOT / "data" / "processed" / self.name

    @cached_property
    def figures(self) -> Path:
        """Folder of the figures and of the data behind each."""
        return ROOT / "figures" / self.name

    @cached_property
    def results(self) -> Path:
        """Folder of the claims and of the coefficients."""
        return ROOT / "results" / self.name

    @cached_property
    def build(self) -> Path:
        """Folder of executed notebooks and page fragments; ignored by git."""
        return ROOT / "build" / self.name


def list_studies() -> list[str]:
    """Return the names of the studies that have a file in `studies/`, sorted."""
    names = {path.stem for path in (ROOT / "studies").glob("*.yaml")}
    return sorted(names - _NO_STUDIES)


def load_study(name: str) -> Study:
    """Read `studies/<name>.yaml` and check every key and type.

    Parameters
    ----------
    name : str
        Lower-case letters, digits, hyphen and underscore; the file's name without ending.

    Returns
    -------
    Study

    Raises
    ------
    InputError
        If the name is no name, has no file, or its file does not hold what a study file holds.
    """
    if not isinstance(name, str) or not STUDY_NAME.fullmatch(name):
        raise InputError(
            f"{name!r} is no name of a study: use lower-case letters, digits, - and _, at most 40"
        )
    path = ROOT / "studies" / f"{name}.yaml"
    if not path.exists() or name in _NO_STUDIES:
        known = ", ".join(list_studies()) or "none yet"
        raise InputError(f"there is no study {name!r} (no studies/{name}.yaml); known: {known}")
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError(f"{display_path(path)} must hold keys and values, such as `title: ...`")
    try:
        study = Study(name=name, **{str(key): entry for key, entry in content.items()})
    except (ValidationError, TypeError) as error:
        raise InputError(f"{display_path(path)}: {explain_validation(error)}") from None
    notebooks = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    for notebook in study.notebooks:
        if notebook not in notebooks:
            raise InputError(
                f"{display_path(path)}: notebooks.{notebook} is no notebook; "
                f"known: {', '.join(sorted(notebooks))}"
            )
    return study


def explain_validation(error: Exception) -> str:
    """Tell the first fault that pydantic found in one line: the field, what is wrong, what to write."""
    if not isinstance(error, ValidationError):
        return "`name` is taken from the file's name; take it out"
    fault, *others = error.errors()
    field = ".".join(str(part) for part in fault["loc"])
    texts = {
        "extra_forbidden": "is not a known key; take it out or correct its spelling",
        "missing": "is missing",
    }
    message = texts.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    given = "" if fault["type"] in texts else f" (it says {fault['input']!r})"
    more = f"; and {len(others)} more" if others else ""
    if not field:  # the fault is in how the keys go together
        return f"{message}{more}"
    return f"{field}: {message}{given}{more}"


def place_output(path: Path) -> Path:
    """Return where to write a file that belongs at `path`: aside while the runner runs, else in place.

    The folder is made. Only paths inside the repository are placed aside.
    """
    staging = os.environ.get(STAGING_VARIABLE)
    target = Path(staging) / path.relative_to(ROOT) if staging else path
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def write_text(path: Path, text: str) -> Path:
    """Write a text file whole or not at all, UTF-8 with LF line ends.

    Parameters
    ----------
    path : pathlib.Path
        Where the file belongs.
    text : str

    Returns
    -------
    pathlib.Path
        Where it was written; see `place_output`.
    """
    return write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all; see `write_text`."""
    target = place_output(path)
    aside = target.with_name(f".{target.name}.{os.getpid()}.part")
    aside.write_bytes(content)
    aside.replace(target)
    return target
