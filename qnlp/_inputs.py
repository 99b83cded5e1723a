"""Checks of what users give a classifier, and the messages where it is off."""

from __future__ import annotations

import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp.errors import DataError, UnknownWordError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray

    from qnlp.diagram import Box


def unknown_words(boxes: Iterable[Box]) -> UnknownWordError:
    counts = Counter(f"{box.name!r} (type {str(box.cod).replace(' ', '')})" for box in boxes)
    shown = ", ".join(list(counts)[:20])
    more = f" and {len(counts) - 20} more" if len(counts) > 20 else ""
    plural = "word was" if len(counts) == 1 else "words were"
    message = (
        f'{len(counts)} {plural} not in the training data: {shown}{more}. Use oov="unk" or retrain.'
    )
    return UnknownWordError(message)


def check_labels(y: ArrayLike, n: int) -> NDArray[Any]:
    labels = np.asarray(y)
    if labels.shape != (n,):
        message = f"y has shape {labels.shape}, expected one label for each of {n} sentences"
        raise DataError(message)
    if labels.dtype.kind == "U" and not isinstance(y, np.ndarray):
        labels = np.array(list(y), object)  # type: ignore[arg-type]  # numpy makes text of numbers
    if labels.dtype.kind not in "UOiufb":
        message = f"labels have dtype {labels.dtype}, expected text or numbers"
        raise DataError(message)
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        where = np.flatnonzero(~np.isfinite(labels))[0]
        message = f"label {labels[where]} of sentence {where} is not finite"
        raise DataError(message)
    if labels.dtype.kind == "O":
        kinds = {type(label).__name__ for label in labels.tolist()}
        if len(kinds) > 1 or not kinds <= {"str", "int", "bool"}:
            message = f"labels are of kinds {sorted(kinds)}, expected all str or all int"
            raise DataError(message)
        labels = np.array(labels.tolist())
    return labels


def check_weights(sample_weight: ArrayLike | None, n: int) -> NDArray[np.float64] | None:
    if sample_weight is None:
        return None
    weights = np.ascontiguousarray(sample_weight, np.float64)
    if weights.shape != (n,) or not np.isfinite(weights).all() or (weights < 0).any():
        message = f"sample_weight must be {n} finite numbers, none negative"
        raise DataError(message)
    return weights


def warn_of_defaults(count: int, reason: str, default: str) -> None:
    plural = "sentence has" if count == 1 else "sentences have"
    warnings.warn(f"{count} {plural} {reason}: given {default}", RuntimeWarning, stacklevel=3)
