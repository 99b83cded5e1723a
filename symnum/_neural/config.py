"""A training's settings from a file of TOML: sections that are dataclasses, nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MAX_BYTES = 1 << 20


def read_config(path: Path, sections: Mapping[str, type]) -> dict[str, Any]:
    """One object a section; a section that is absent has its defaults.

    Raises
    ------
    DomainError
        Naming the file, the line and what is wrong there.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        message = f"{path}: has over {MAX_BYTES} bytes, expected a file of settings"
        raise DomainError(message)
    try:
        text = data.decode()
        content = tomllib.loads(text)
    except ValueError as error:
        message = f"{path}: is not TOML: {error}"
        raise DomainError(message) from None
    for name, given in content.items():
        if name not in sections or not isinstance(given, dict):
            message = f"{_place(path, text, name)}: unknown section {name!r}{_near(name, sections)}"
            raise DomainError(message)
    return {
        name: _section(path, text, name, kind, content.get(name, {}))
        for name, kind in sections.items()
    }


def _section(path: Path, text: str, name: str, kind: Any, given: dict[str, Any]) -> Any:
    from pydantic import TypeAdapter, ValidationError

    known = [f.name for f in fields(kind)]
    for key in given:
        if key not in known:
            place = _place(path, text, key)
            message = f"{place}: [{name}] has no key {key!r}{_near(key, known)}"
            raise DomainError(message)
    try:
        # As JSON a list may be a tuple, and yet no text a number.
        return TypeAdapter(kind).validate_json(json.dumps(given), strict=True)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        key = str(fault["loc"][0]) if fault["loc"] else name
        reason = fault["msg"].removeprefix("Value error, ").replace("Input should", "should")
        place = _place(path, text, key)
        said = f" has {str(fault['input'])[:60]!r}," if fault["loc"] else ":"
        message = f"{place}: {key}{said} {reason}"
        raise DomainError(message) from None


def _place(path: Path, text: str, key: str) -> str:
    """The first line that begins with a key or a section's name."""
    found = re.search(rf"^\s*\[*\s*\"?{re.escape(key)}\b", text, re.MULTILINE)
    if found is None:
        return str(path)
    return f"{path}:{text.count(chr(10), 0, found.end()) + 1}"


def _near(name: str, names: Any) -> str:
    found = get_close_matches(name, list(names), n=1)
    return f"; did you mean {found[0]!r}?" if found else f", expected {', '.join(names)}"
