"""Files of comma-separated numbers with a header."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from symnum.errors import DomainError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def read_table(path: Path, *, gaps: bool = False) -> tuple[list[str], NDArray[np.float64]]:
    """Names and numbers of a file of comma-separated values with a header.

    Parameters
    ----------
    path : Path
    gaps : bool
        Whether an empty cell is NaN rather than an error.

    Returns
    -------
    names : list of str
    values : ndarray of float64, shape (n_rows, n_columns)

    Raises
    ------
    DomainError
        With the line, if a row has another length than the header or a value that is no number.
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
        rows = [_row(path, reader.line_num, names, cells, gaps) for cells in reader if cells]
    return names, np.array(rows, np.float64).reshape(len(rows), len(names))


def _row(path: Path, line: int, names: list[str], cells: list[str], gaps: bool) -> list[float]:
    if len(cells) != len(names):
        message = f"{path}:{line}: row has {len(cells)} values, expected {len(names)}"
        raise DomainError(message)
    values = []
    for name, cell in zip(names, cells, strict=True):
        try:
            values.append(np.nan if gaps and not cell.strip() else float(cell))
        except ValueError:
            message = f"{path}:{line}: column {name!r} has {cell!r}, expected a number"
            raise DomainError(message) from None
    return values
