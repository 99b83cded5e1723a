"""JSON of any depth: derivations nest as deeply as their sentences are long.

The parser of the standard library recurses, and gives up on a tree of about a thousand levels. This
one keeps its own stack, and takes and refuses exactly what the other does within that depth.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

__all__ = ["load_json"]

_BLANK = re.compile(r"[ \t\n\r]*")


def _refuse(name: str) -> NoReturn:
    message = f"{name} is no JSON"
    raise ValueError(message)


_DECODER = json.JSONDecoder(parse_constant=_refuse)


def load_json(text: str) -> Any:
    """Read one JSON document.

    Parameters
    ----------
    text : str

    Returns
    -------
    object
        Dicts, lists, strings, numbers, bools and None, as `json.loads` gives them.

    Raises
    ------
    json.JSONDecodeError
        If `text` is not JSON; has the line and the column. NaN and infinities are refused, and
        integers of over 4300 digits.

    Examples
    --------
    >>> load_json('{"type": "n", "children": [1, null]}')
    {'type': 'n', 'children': [1, None]}
    >>> deep = load_json("[" * 100_000 + "]" * 100_000)
    """
    return _Reader(text).read()


class _Reader:
    """A stack machine: the containers that are open, and the key that each dict waits for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.stack: list[dict[str, Any] | list[Any]] = []
        self.keys: list[str] = []

    def read(self) -> Any:
        while True:
            value = self.value()
            if value is self:
                continue  # a container was opened, and has something in it
            while self.stack:
                if not self.add(value):
                    break
                value = self.stack.pop()
            else:
                self.skip()
                if self.at < len(self.text):
                    self.fail("Extra data", self.at)
                return value

    def fail(self, reason: str, at: int) -> NoReturn:
        raise json.JSONDecodeError(reason, self.text, at)

    def skip(self) -> str:
        """The next character that is no blank, which is not consumed; empty at the end."""
        found = _BLANK.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        """A value that is whole; or this object, if a container was opened."""
        mark = self.skip()
        if mark in ("{", "["):
            self.at += 1
            made: dict[str, Any] | list[Any] = {} if mark == "{" else []
            if self.skip() == ("}" if mark == "{" else "]"):
                self.at += 1
                return made
            self.stack.append(made)
            if mark == "{":
                self.key()
            return self
        return self.scalar()

    def scalar(self) -> Any:
        """A string, a number or a name, which the standard parser reads without recursion."""
        try:
            value, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError:
            raise
        except ValueError as error:  # a constant that is refused, or too many digits
            self.fail(str(error), self.at)
        return value

    def key(self) -> None:
        if self.skip() != '"':
            self.fail("Expecting property name enclosed in double quotes", self.at)
        name = self.scalar()
        if self.skip() != ":":
            self.fail("Expecting ':' delimiter", self.at)
        self.at += 1
        self.keys.append(name)

    def add(self, value: Any) -> bool:
        """Put a value into the innermost container; whether that is whole now."""
        inside = self.stack[-1]
        if isinstance(inside, dict):
            inside[self.keys.pop()] = value
        else:
            inside.append(value)
        mark = self.skip()
        self.at += 1
        if mark == ("}" if isinstance(inside, dict) else "]"):
            return True
        if mark != ",":
            self.fail("Expecting ',' delimiter", self.at - 1)
        if isinstance(inside, dict):
            self.key()
        return False
