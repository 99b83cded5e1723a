"""The settings of a training run: defaults, then one YAML file, then the command line.

A setting names things out of registries; no file can name code to run.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from qnlp._generated_sets import SETS
from qnlp._labelled_files import FORMATS
from qnlp.ansatz import ANSAETZE
from qnlp.backend import BACKENDS
from qnlp.commands.output import UsageFault
from qnlp.grammar.reader import READERS
from qnlp.noise import CHANNELS
from qnlp.rewrite.rewriter import RULES
from qnlp.training import OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["RunConfig", "dump_config", "parse_qubits", "resolve"]

MAX_BYTES = 1 << 20
MAX_DEPTH = 10
_STARTS = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_ENDS = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)
_ALIASES = (yaml.AliasToken, yaml.AnchorToken)


def _one_of(names: Callable[[], list[str]]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in names():
            message = f"expected one of {', '.join(names())}{nearest(value, names())}"
            raise ValueError(message)
        return value

    return AfterValidator(check)


def parse_qubits(value: object) -> object:
    """``n=1,s=2`` as a mapping; anything else as it is.

    Examples
    --------
    >>> parse_qubits("n=1,s=2")
    {'n': 1, 's': 2}
    """
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",")]
    if not all(atom.strip() and number.strip().isdecimal() for atom, _, number in pairs):
        message = "expected numbers of qubits such as n=1,s=1"
        raise ValueError(message)
    return {atom.strip(): int(number) for atom, _, number in pairs}


def parse_noise(value: object) -> object:
    """``depolarizing=0.01,readout=0.02`` as a mapping; anything else as it is.

    Examples
    --------
    >>> parse_noise("depolarizing=0.01,readout=0.02")
    {'depolarizing': '0.01', 'readout': '0.02'}
    """
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",")]
    if not all(name.strip() and number.strip() for name, _, number in pairs):
        message = "expected strengths such as depolarizing=0.01,readout=0.02"
        raise ValueError(message)
    return {name.strip(): number.strip() for name, _, number in pairs}


Count = Annotated[int, Field(ge=1, le=2**31)]
Rules = Annotated[
    list[Annotated[str, _one_of(lambda: list(RULES))]],
    BeforeValidator(lambda v: [w.strip() for w in v.split(",")] if isinstance(v, str) else v),
]
Qubits = Annotated[dict[str, Annotated[int, Field(ge=0, le=64)]], BeforeValidator(parse_qubits)]
Dims = Annotated[dict[str, Annotated[int, Field(ge=1, le=2**20)]], BeforeValidator(parse_qubits)]
Errors = Annotated[
    dict[
        Annotated[str, _one_of(lambda: [*CHANNELS, "readout"])], Annotated[float, Field(ge=0, le=1)]
    ],
    BeforeValidator(parse_noise),
]


class RunConfig(BaseModel):
    """Every setting of `qnlp train`, with its default.

    Examples
    --------
    >>> RunConfig(train="mine.tsv").reader
    'ccg'
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    train: str | None = None
    dev: str | None = None
    test: str | None = None
    dataset: Annotated[str, _one_of(lambda: sorted(SETS))] | None = None
    format: Annotated[str, _one_of(lambda: ["auto", *FORMATS])] = "auto"
    text: str | None = None
    label: str | None = None
    max_errors: Annotated[int, Field(ge=1)] = 20

    reader: Annotated[str, _one_of(lambda: sorted(READERS))] = "ccg"
    lexicon: str | None = None
    weights: str | None = None
    tags: Annotated[str, _one_of(lambda: ["spacy"])] | None = None
    trees: str | None = None
    target: str | None = None
    unreadable: Annotated[str, _one_of(lambda: ["fragments", "skip", "error"])] | None = None
    rewrite: Rules = []
    simplify: bool = False
    ansatz: Annotated[str, _one_of(lambda: sorted(ANSAETZE))] = "iqp"
    qubits: Qubits = {}
    layers: Annotated[int, Field(ge=1, le=1000)] = 1
    ancillas: Annotated[int, Field(ge=0, le=64)] = 0
    discard: bool = False
    dims: Dims = {}
    bond_dim: Count | None = None
    max_order: Annotated[int, Field(ge=2, le=64)] | None = None

    backend: Annotated[str, _one_of(lambda: list(BACKENDS))] = "kernel"
    device: str | None = None
    shots: Count | None = None
    noise: Errors = {}
    optimization_level: Annotated[int, Field(ge=0, le=3)] | None = None
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None

    optimizer: Annotated[str, _one_of(lambda: sorted(OPTIMIZERS))] = "lbfgs"
    max_iter: Count = 200
    learning_rate: Annotated[float, Field(gt=0)] = 0.05
    batch_size: Count | None = None
    tol: Annotated[float, Field(ge=0)] = 1e-6
    restarts: Count = 5
    l2: Annotated[float, Field(ge=0)] = 0.0
    patience: Count | None = None
    max_time: Annotated[float, Field(gt=0)] | None = None
    run_dir: str | None = None
    resume: bool = False
    tensorboard: str | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    oov: Annotated[str, _one_of(lambda: ["error", "unk", "skip"])] = "error"
    min_freq: Count = 1

    out: str = "qnlp-model"

    @model_validator(mode="before")
    @classmethod
    def _suit_shots(cls, given: Any) -> Any:
        """Adam where losses are counted: a line search sees every step's chance as a slope."""
        if isinstance(given, dict) and given.get("shots") is not None:
            return {"optimizer": "adam", **given}
        return given


def resolve(path: Path | None, options: Mapping[str, Any]) -> RunConfig:
    """The settings of a run.

    Parameters
    ----------
    path : Path or None
        A YAML file of settings.
    options : mapping
        Settings of the command line; those that are None are not given.

    Returns
    -------
    RunConfig

    Raises
    ------
    UsageFault
        Naming the file, line and column of each fault, or the option.

    Examples
    --------
    >>> resolve(None, {"train": "mine.tsv", "seed": 3, "reader": None}).seed
    3
    """
    given = {key: value for key, value in options.items() if value is not None}
    settings, places = read_yaml(path) if path is not None else ({}, {})
    try:
        return RunConfig.model_validate({**settings, **given})
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        raise UsageFault("\n".join(_line(fault, given, places) for fault in faults)) from None


def dump_config(config: RunConfig) -> str:
    """Every setting as YAML, defaults included: ``--config`` of it repeats the run.

    Examples
    --------
    >>> dump_config(RunConfig(seed=3)).splitlines()[-1]
    'out: qnlp-model'
    """
    return yaml.safe_dump(config.model_dump(), sort_keys=False, allow_unicode=True)


def nearest(name: str, names: Mapping[str, Any] | list[str]) -> str:
    """What a misspelled name may have meant, as the end of a message."""
    found = get_close_matches(name, list(names), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def read_yaml(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """The keys and values of a file, and where each stands: ``file:line:column``."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        message = f"{path}: has over {MAX_BYTES} bytes, expected a file of settings"
        raise UsageFault(message)
    try:
        _check_tokens(path, data)
        node = yaml.compose(data, Loader=yaml.SafeLoader)
        values = yaml.safe_load(data)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or type(error).__name__
        message = f"{_place(path, mark) if mark else path}: is not YAML: {problem}"
        raise UsageFault(message) from None
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode) or not all(isinstance(key, str) for key in values):
        message = f"{_place(path, node.start_mark)}: expected lines such as 'reader: pregroup'"
        raise UsageFault(message)
    places: dict[str, str] = {}
    for key, _ in node.value:
        place = _place(path, key.start_mark)
        if key.value in places:
            message = f"{place}: has the key {key.value!r} a second time"
            raise UsageFault(message)
        places[key.value] = place
    return values, places


def _check_tokens(path: Path, data: bytes) -> None:
    """Refuse what makes a small file large or deep, before it is built."""
    depth = 0
    for token in yaml.scan(data, Loader=yaml.SafeLoader):
        depth += isinstance(token, _STARTS) - isinstance(token, _ENDS)
        fault = "has an anchor or alias, expected none" if isinstance(token, _ALIASES) else ""
        if depth > MAX_DEPTH:
            fault = f"is nested over {MAX_DEPTH} deep"
        if fault:
            message = f"{_place(path, token.start_mark)}: {fault}"
            raise UsageFault(message)


def _place(path: Path, mark: yaml.Mark) -> str:
    return f"{path}:{mark.line + 1}:{mark.column + 1}"


def _line(fault: Any, given: Mapping[str, Any], places: Mapping[str, str]) -> str:
    key = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return f"{places[key]}: unknown key {key!r}{nearest(key, RunConfig.model_fields)}"
    name = f"--{key.replace('_', '-')}" if key in given else f"{places[key]}: {key}"
    reason = fault["msg"].removeprefix("Value error, ").replace("Input should", "should")
    return f"{name} has {str(fault['input'])[:60]!r}, {reason}"
