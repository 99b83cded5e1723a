"""Files of comma-separated numbers with a header."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from symnum.errors import DomainError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_table(
    path: Path, *, gaps: bool = False, label: str | None = None
) -> tuple[list[str], NDArray[np.float64], list[str] | None]:
    """Names and numbers of a file of comma-separated values with a header.

    Parameters
    ----------
    path : Path
    gaps : bool
        Whether an empty cell is NaN rather than an error.
    label : str, optional
        A column of texts, which is not among the numbers.

    Returns
    -------
    names : list of str
    values : ndarray of float64, shape (n_rows, n_columns)
    labels : list of str with one a row, or None

    Raises
    ------
    DomainError
        With the line, if a row has another length than the header or a value that is no number;
        if no column has the name of the label.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        if not names:
            message = f"{path} is empty, expected a header and rows of numbers"
            raise DomainError(message)
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            message = f"{path}:1: header has {min(twice)!r} twice"
            raise DomainError(message)
        if label is not None and label not in names:
            message = f"{path}:1: header has no {label!r}, expected one of {', '.join(names)}"
            raise DomainError(message)
        place = None if label is None else names.index(label)
        labels = []
        rows = []
        for cells in filter(None, reader):
            _check_length(path, reader.line_num, names, cells)
            if place is not None:
                labels.append(cells.pop(place).strip())
            own = names if place is None else names[:place] + names[place + 1 :]
            rows.append(_row(path, reader.line_num, own, cells, gaps))
    if place is not None:
        del names[place]
    values = np.array(rows, np.float64).reshape(len(rows), len(names))
    return names, values, None if place is None else labels


def _check_length(path: Path, line: int, names: list[str], cells: list[str]) -> None:
    if len(cells) != len(names):
        message = f"{path}:{line}: row has {len(cells)} values, expected {len(names)}"
        raise DomainError(message)


def _row(path: Path, line: int, names: list[str], cells: list[str], gaps: bool) -> list[float]:
    values = []
    for name, cell in zip(names, cells, strict=True):
        try:
            values.append(np.nan if gaps and not cell.strip() else float(cell))
        except ValueError:
            message = f"{path}:{line}: column {name!r} has {cell!r}, expected a number"
            raise DomainError(message) from None
        if not gaps and not np.isfinite(values[-1]):
            what = "NaN" if np.isnan(values[-1]) else "inf"
            message = (
                f"{path}:{line}: column {name!r} has {cell.strip()!r}, which is {what}; leave such"
                " rows out, or fill the gaps first"
            )
            raise DomainError(message)
    return values
