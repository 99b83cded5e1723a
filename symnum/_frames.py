"""Rows of a result as a data frame, where pandas is installed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from symnum._lazy import require
from symnum.errors import MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Sequence


def as_frame(rows: Sequence[Any], kind: type[Any], without: Sequence[str] = ()) -> Any:
    """A pandas data frame of rows of one dataclass; without pandas, the rows themselves.

    `without`: fields that get no column.
    """
    try:
        pandas = require("pandas", extra="sr")
    except MissingDependencyError:
        return list(rows)
    names = [field.name for field in fields(kind) if field.name not in without]
    return pandas.DataFrame({name: [getattr(r, name) for r in rows] for name in names})
