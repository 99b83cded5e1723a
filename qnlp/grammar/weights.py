"""What a reader's choices cost: by hand as shipped, or learnt, and then kept in a file."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from qnlp._run_folder import replace_file
from qnlp.errors import CheckpointCorruptError, DataError, GrammarError
from qnlp.grammar.supertags import rows

__all__ = ["ReaderWeights", "change_costs", "default_weights"]

FORMAT = "monoidal reader weights"
VERSION = 1
MAX_BYTES = 1 << 28
MAX_COST = 1_000_000
_SPECIAL = ("opened", "fronted")
"""Places of changes that may also apply elsewhere, at another cost."""
_PARTS = ("rules", "changes", "categories", "words")
_CATEGORY = re.compile(r"[\w\[\],\\/()&$.]{1,200}")


@dataclass(frozen=True)
class ReaderWeights:
    r"""Costs of what a derivation of `CCGReader` is made of, in thousandths.

    A derivation costs what its words' categories, its rules and its unary changes cost; the reader
    takes the cheapest. What is not named here keeps its built-in cost.

    Parameters
    ----------
    rules : mapping of str to int
        Costs of rules, none negative, in place of those of `default_weights`.
    changes : mapping of str to int
        Costs of unary changes, at least 1 each, in place of those of `change_costs`.
    categories : mapping of str to int
        What is added to the cost of a category, for every word.
    words : mapping of str to mapping of str to int
        What is added for a word in lower case, by category.

    Raises
    ------
    GrammarError
        If a name is none, or a cost is no such int, or is larger than 1,000,000 either way.

    Examples
    --------
    >>> from qnlp.grammar import CCGReader
    >>> far = ReaderWeights(rules={"length": 200})
    >>> derivation = CCGReader(weights=far).derive("I saw the man with the telescope")
    >>> str(derivation.types[4])
    'n.r @ n @ n.l'
    """

    rules: Mapping[str, int] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)
    categories: Mapping[str, int] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in _PARTS:
            if not isinstance(getattr(self, part), Mapping):
                message = f"{part} of weights is no mapping of names to costs"
                raise GrammarError(message)
        _check("weight", self.rules, default_weights(), 0)
        _check("unary change", self.changes, change_costs(), 1)
        _check("category", self.categories, None, -MAX_COST)
        for word, costs in self.words.items():
            if not _is_a(word, str) or not _is_a(costs, Mapping):
                message = f"weights of word {word!r} are no mapping of categories to costs"
                raise GrammarError(message)
            _check("category", costs, None, -MAX_COST)

    def config(self) -> dict[str, Any]:
        """The same as JSON-able data.

        Examples
        --------
        >>> ReaderWeights(rules={"list": 500}).config()
        {'rules': {'list': 500}, 'changes': {}, 'categories': {}, 'words': {}}
        """
        found: dict[str, Any] = {part: dict(getattr(self, part)) for part in _PARTS}
        found["words"] = {word: dict(costs) for word, costs in self.words.items()}
        return found

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ReaderWeights:
        """Weights out of a `config`, or out of the costs of rules alone.

        Examples
        --------
        >>> ReaderWeights.from_config({"list": 500}) == ReaderWeights(rules={"list": 500})
        True
        """
        return (
            cls(**config)
            if set(config) & set(_PARTS) <= set(config) <= set(_PARTS)
            else cls(config)
        )

    def save(self, path: str | Path) -> None:
        """Write the weights to a file of JSON, all at once.

        Parameters
        ----------
        path : str or Path

        Raises
        ------
        OSError
            If it cannot be written; what was there is intact.

        Examples
        --------
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "mine.json"
        >>> ReaderWeights(rules={"list": 500}).save(path)
        >>> ReaderWeights.load(path).rules
        {'list': 500}
        """
        weights = self.config()
        data = {
            "format": FORMAT,
            "version": VERSION,
            "sha256": _digest(weights),
            "weights": weights,
        }
        replace_file(Path(path), (json.dumps(data, indent=1, ensure_ascii=False) + "\n").encode())

    @classmethod
    def load(cls, path: str | Path) -> ReaderWeights:
        """Read the weights of a file that `save` wrote.

        Parameters
        ----------
        path : str or Path

        Returns
        -------
        ReaderWeights

        Raises
        ------
        DataError
            If it cannot be read, is not such a file, or is of a newer version; names it.
        CheckpointCorruptError
            If its content is not the one that was written.

        Examples
        --------
        >>> ReaderWeights.load("no such file")
        Traceback (most recent call last):
        ...
        qnlp.DataError: no such file: cannot be read: No such file or directory
        """
        data = _document(Path(path))
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            message = f"{path}: is no file of reader weights, as ReaderWeights.save writes them"
            raise DataError(message)
        if data.get("version") != VERSION:
            message = f"{path}: has version {data.get('version')!r}, this package reads {VERSION}"
            raise DataError(message)
        weights = data.get("weights")
        if not isinstance(weights, dict) or data.get("sha256") != _digest(weights):
            message = f"{path}: its weights are not the ones that were written (SHA-256 differs)"
            raise CheckpointCorruptError(message)
        try:
            return cls(**weights)
        except (GrammarError, TypeError) as error:
            message = f"{path}: {error}"
            raise DataError(message) from None


def default_weights() -> dict[str, int]:
    """The built-in costs of the parser's rules, in thousandths.

    Examples
    --------
    >>> default_weights()["conjoin"]
    0
    """
    return {name: int(cost) for name, cost in (row.split("\t") for row in _rows("weights.tsv"))}


def change_costs() -> dict[str, int]:
    r"""The built-in costs of unary changes, in thousandths.

    Examples
    --------
    >>> change_costs()["N[pl] -> NP"]
    100
    """
    listed = (row.split("\t") for row in _rows("changes.tsv"))
    return {
        f"{a} -> {b}" + (f" ({place})" if place in _SPECIAL else ""): int(cost)
        for a, b, cost, place in listed
    }


@cache
def _rows(name: str) -> tuple[str, ...]:
    return tuple(rows(name))


def _is_a(value: object, kind: type) -> bool:
    """`isinstance`, of what a caller's types say but a file may belie."""
    return isinstance(value, kind)


def _check(
    what: str, costs: Mapping[str, int], known: Mapping[str, int] | None, least: int
) -> None:
    for name, cost in costs.items():
        if known is not None and name not in known:
            message = f"no {what} {name!r}, expected one of {', '.join(known)}"
            raise GrammarError(message)
        if not _is_a(name, str) or (known is None and not _CATEGORY.fullmatch(name)):
            message = f"weights name the {what} {name!r}, which is none"
            raise GrammarError(message)
        if _is_a(cost, bool) or not _is_a(cost, int) or not least <= cost <= MAX_COST:
            message = (
                f"{what} {name!r} has cost {cost!r}, expected an int from {least} to {MAX_COST}"
            )
            raise GrammarError(message)


def _digest(weights: object) -> str:
    text = json.dumps(weights, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _document(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"{path}: cannot be read: {error.strerror}"
        raise DataError(message) from None
    if len(content) > MAX_BYTES:
        message = f"{path}: has over {MAX_BYTES} bytes, expected a file of reader weights"
        raise DataError(message)
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        message = f"{path}: is no JSON, expected a file that ReaderWeights.save wrote"
        raise DataError(message) from None
