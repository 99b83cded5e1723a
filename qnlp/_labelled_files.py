"""Files of labelled sentences: their lines, their formats, and every fault with its place."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, NamedTuple

from qnlp.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["FORMATS", "Fault", "Row", "error_of_faults", "read_rows"]

MAX_LINE_BYTES = 1 << 20
"""A longer line is refused before it is read whole: no sentence is that long."""

_TEXT_NAMES = ("text", "sentence")
_LABEL_NAMES = ("label", "class")
_SUFFIXES = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}

Column = str | int | None


class Row(NamedTuple):
    """One example, with the place of its label: a line and a column, counted from 1."""

    label: str
    text: str
    line: int
    column: int


class Fault(NamedTuple):
    """What is wrong with a file, and where; lines and columns count from 1."""

    line: int
    column: int
    reason: str


class _Line(NamedTuple):
    number: int
    text: str


def read_rows(
    path: Path, format: str, text: Column, label: Column
) -> tuple[list[Row], list[Fault]]:
    """Read every example that a file holds, and collect what is wrong with it.

    Parameters
    ----------
    path : Path
    format : str
        One of `FORMATS`.
    text, label : str, int or None
        The columns (or keys of JSONL) of the sentence and its label.

    Returns
    -------
    rows : list of Row
    faults : list of Fault
        In the order of their lines.
    """
    faults: list[Fault] = []
    lines = list(_lines(path, faults))
    while lines and not lines[-1].text.strip():
        lines.pop()
    if not lines and not faults:
        faults.append(Fault(1, 1, "file is empty, expected labelled sentences"))
    if format == "auto":
        format = _guess_format(path, lines)
    rows = list(FORMATS[format](lines, faults, text, label))
    return rows, sorted(faults)


def error_of_faults(path: Path | str, faults: Sequence[Fault], max_errors: int) -> DataError:
    """One error that lists faults, one a line, and says how many more there are."""
    listed = [f"{path}:{line}:{column}: {reason}" for line, column, reason in faults[:max_errors]]
    message = "\n".join(listed)
    if len(faults) > max_errors:
        message += f" (and {len(faults) - max_errors} more errors; see --max-errors)"
    return DataError(message)


def _lines(path: Path, faults: list[Fault]) -> Iterator[_Line]:
    """Decoded lines without their ends. LF and CRLF end a line, nothing else does."""
    with path.open("rb") as file:
        number = 0
        while raw := file.readline(MAX_LINE_BYTES + 2):
            number += 1
            if number == 1:
                raw = raw.removeprefix(b"\xef\xbb\xbf")
                if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
                    faults.append(Fault(1, 1, "file is UTF-16, expected UTF-8"))
                    return
            line = raw.removesuffix(b"\n").removesuffix(b"\r")
            if len(line) > MAX_LINE_BYTES:
                while raw and not raw.endswith(b"\n"):
                    raw = file.readline(MAX_LINE_BYTES)
                reason = f"line has over {MAX_LINE_BYTES} bytes, expected at most that many"
                faults.append(Fault(number, MAX_LINE_BYTES + 1, reason))
                continue
            try:
                yield _Line(number, line.decode("utf-8"))
            except UnicodeDecodeError as error:
                column = len(line[: error.start].decode("utf-8")) + 1
                reason = f"byte 0x{line[error.start]:02x} is not UTF-8"
                faults.append(Fault(number, column, reason))


def _guess_format(path: Path, lines: list[_Line]) -> str:
    by_suffix = _SUFFIXES.get(path.suffix.lower())
    if by_suffix is not None or not lines:
        return by_suffix or "lambeq"
    first = lines[0].text
    if first.lstrip().startswith("{"):
        return "jsonl"
    return "tsv" if "\t" in first else "lambeq"


def _read_lambeq(
    lines: list[_Line], faults: list[Fault], text: Column, label: Column
) -> Iterator[Row]:
    """Lines ``LABEL<spaces>tokens .``; the label is everything before the first space."""
    if text is not None or label is not None:
        faults.append(Fault(1, 1, "format 'lambeq' has no columns, expected no text= or label="))
        return
    for number, line in lines:
        if _is_blank(line, number, "LABEL<space>sentence", faults):
            continue
        found = line.split(None, 1)
        if len(found) < 2:
            reason = f"line has no sentence (got {_quoted(line)}, expected LABEL<space>sentence)"
            faults.append(Fault(number, len(line) + 1, reason))
            continue
        yield Row(found[0], found[1].strip(), number, line.index(found[0]) + 1)


def _read_jsonl(
    lines: list[_Line], faults: list[Fault], text: Column, label: Column
) -> Iterator[Row]:
    for number, line in lines:
        if _is_blank(line, number, "a JSON object", faults):
            continue
        try:
            item = json.loads(line)
        except json.JSONDecodeError as error:
            faults.append(Fault(number, error.colno, f"line is not JSON: {error.msg}"))
            continue
        except (ValueError, RecursionError):
            faults.append(Fault(number, 1, "line is JSON of a depth or size that is not read"))
            continue
        if not isinstance(item, dict):
            reason = f"line is JSON of type {type(item).__name__}, expected an object"
            faults.append(Fault(number, 1, reason))
            continue
        values = [
            _json_field(item, number, key, names, types, faults)
            for key, names, types in (
                (label, _LABEL_NAMES, (str, int)),
                (text, _TEXT_NAMES, (str,)),
            )
        ]
        if None not in values and _has_both(str(values[0]), str(values[1]), number, faults):
            yield Row(str(values[0]).strip(), str(values[1]).strip(), number, 1)


def _json_field(
    item: dict[str, object],
    number: int,
    key: Column,
    names: tuple[str, ...],
    types: tuple[type, ...],
    faults: list[Fault],
) -> object:
    name = key if key is not None else next((n for n in names if n in item), names[0])
    if not isinstance(name, str) or name not in item:
        reason = f"object has the keys {sorted(item)}, expected {name!r} among them"
        faults.append(Fault(number, 1, reason))
        return None
    value = item[name]
    if not isinstance(value, types) or isinstance(value, bool):
        expected = " or ".join(t.__name__ for t in types)
        reason = f"{name!r} has type {type(value).__name__}, expected {expected}"
        faults.append(Fault(number, 1, reason))
        return None
    return value


def _read_tsv(
    lines: list[_Line], faults: list[Fault], text: Column, label: Column
) -> Iterator[Row]:
    """Cut lines at tabs. There is no quoting: a quotation mark is part of the sentence."""
    table = _Table("<TAB>", text, label, faults)
    for number, line in lines:
        if not _is_blank(line, number, table.shape(), faults):
            yield from table.row(line.split("\t"), number, line)


def _read_csv(
    lines: list[_Line], faults: list[Fault], text: Column, label: Column
) -> Iterator[Row]:
    """RFC 4180: fields in double quotes may hold commas, doubled quotes and line ends."""
    table = _Table(",", text, label, faults)
    consumed: list[_Line] = []

    def feed() -> Iterator[str]:
        for line in lines:
            consumed.append(line)
            yield line.text + "\n"

    reader = csv.reader(feed(), strict=True)
    while True:
        consumed.clear()
        try:
            fields = next(reader, None)
        except csv.Error as error:
            faults.append(Fault(consumed[0].number, 1, f"line is not CSV: {error}"))
            continue
        if fields is None:
            return
        number, line = consumed[0]
        if not _is_blank(line, number, table.shape(), faults):
            yield from table.row(fields, number, line)


class _Table:
    """Which columns of a table of fields hold the label and the sentence."""

    def __init__(self, separator: str, text: Column, label: Column, faults: list[Fault]) -> None:
        self.separator = separator
        self.text = text
        self.label = label
        self.faults = faults
        self.columns: tuple[int, int] | None = None  # of the label and the text, once known
        self.width = 2

    def shape(self) -> str:
        if self.columns in (None, (0, 1)) and self.width == 2:
            return f"label{self.separator}sentence"
        return f"{self.width} columns"

    def row(self, fields: list[str], number: int, line: str) -> Iterator[Row]:
        """The example of these fields, if they are not the header and nothing is wrong."""
        if self.columns is None and self._is_header(fields, number):
            return
        if self.columns is None:
            return  # the header lacks a column: reported once
        if len(fields) != self.width:
            noun = "column" if len(fields) == 1 else "columns"
            reason = f"line has {len(fields)} {noun} (got {_quoted(line)}, expected {self.shape()})"
            self.faults.append(Fault(number, 1, reason))
            return
        label, text = (fields[index] for index in self.columns)
        if _has_both(label, text, number, self.faults):
            column = _column_of(fields, self.columns[0], line)
            yield Row(label.strip(), text.strip(), number, column)

    def _is_header(self, fields: list[str], number: int) -> bool:
        """Settle the columns on the first line, and say whether it is a header."""
        if self.width < 0:
            return True
        names = [field.strip().lower() for field in fields]
        by_default = self.text is None and self.label is None
        named = isinstance(self.text, str) or isinstance(self.label, str)
        has_names = any(n in names for n in _TEXT_NAMES) and any(n in names for n in _LABEL_NAMES)
        if by_default and not has_names:
            self.columns = (0, 1)
            return False
        header = named or has_names
        found = [
            self._index(key, default, names, number)
            for key, default in ((self.label, _LABEL_NAMES), (self.text, _TEXT_NAMES))
        ]
        self.width = len(fields)
        if found[0] is None or found[1] is None:
            self.width = -1
        else:
            self.columns = (found[0], found[1])
        return header

    def _index(
        self, key: Column, default: tuple[str, ...], names: list[str], number: int
    ) -> int | None:
        if isinstance(key, int):
            if 0 <= key < len(names):
                return key
            reason = f"line has {len(names)} columns, expected one at index {key}"
        else:
            wanted = default if key is None else (key.strip().lower(),)
            index = next((names.index(name) for name in wanted if name in names), None)
            if index is not None:
                return index
            reason = f"header has the columns {names}, expected {wanted[0]!r} among them"
        self.faults.append(Fault(number, 1, reason))
        return None


def _column_of(fields: list[str], index: int, line: str) -> int:
    """Where a field starts in its line; 1 where quoting hides that."""
    start = 0
    for field in fields[:index]:
        found = line.find(field, start)
        if found < 0:
            return 1
        start = found + len(field)
    return max(line.find(fields[index], start), 0) + 1


def _is_blank(line: str, number: int, expected: str, faults: list[Fault]) -> bool:
    if line.strip():
        return False
    faults.append(Fault(number, 1, f"line is blank, expected {expected}"))
    return True


def _has_both(label: str, text: str, number: int, faults: list[Fault]) -> bool:
    for name, value in (("label", label), ("sentence", text)):
        if not value.strip():
            faults.append(Fault(number, 1, f"{name} is empty"))
            return False
    return True


def _quoted(line: str, limit: int = 40) -> str:
    return repr(line if len(line) <= limit else line[:limit] + "...")


FORMATS: dict[str, Callable[[list[_Line], list[Fault], Column, Column], Iterator[Row]]] = {
    "lambeq": _read_lambeq,
    "tsv": _read_tsv,
    "csv": _read_csv,
    "jsonl": _read_jsonl,
}
