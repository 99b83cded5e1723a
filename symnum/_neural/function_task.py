"""What models of functions and their points learn from, whatever they make of it.

This file imports torch: import it where it is used, not at the top of a file.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._lazy import require
from symnum._neural.examples import FunctionData, FunctionExamples, number_arrays, padded
from symnum.training import Chunks

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor

    from symnum._neural.examples import Example
    from symnum.tokens import Vocabulary
else:
    torch = require("torch", extra="torch")


class FunctionTask:
    """Batches of random functions. A subclass sets `module` and says what is lost.

    Parameters
    ----------
    model : dataclass
        The size of the model, with ``max_variables``.
    data : FunctionData
    vocabulary : Vocabulary
    placeholder, unique : bool
        Of `FunctionExamples`.
    """

    def __init__(
        self,
        model: Any,
        data: FunctionData,
        vocabulary: Vocabulary,
        *,
        placeholder: bool,
        unique: bool = False,
    ) -> None:
        self.model, self.data, self.vocabulary = model, data, vocabulary
        self.examples = FunctionExamples(vocabulary, data, placeholder=placeholder, unique=unique)
        self._chunks = Chunks(self._chunk, data.batch_size, data.n_batches)
        self._held_out: list[Example] = []

    def config(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "model": asdict(self.model),
            "data": asdict(self.data) | {"excluded_sha256": self.examples.excluded.digest},
            "vocabulary": self.vocabulary.digest,
        }

    def _chunk(self, number: int) -> tuple[list[Example], NDArray[np.int64]]:
        examples = self.examples.chunk(number)
        return examples, np.array([len(e.tokens) for e in examples])

    def held_out(self, n: int) -> list[Example]:
        """The first of those that no training sees."""
        if not self._held_out:
            self._held_out = self.examples.chunk(0, n, held_out=True)
        return self._held_out

    def batch(self, step: int) -> dict[str, Tensor]:
        """Codes, standardised values and tokens."""
        return self.tensors(self._chunks.items(step))

    def tensors(self, examples: list[Example]) -> dict[str, Tensor]:
        """Of some examples."""
        x, y = (np.stack([getattr(e, name) for e in examples]) for name in "xy")
        codes, standard = number_arrays(x, y, self.model.max_variables + 1)
        return {
            "codes": torch.from_numpy(codes).int(),
            "standard": torch.from_numpy(standard),
            "tokens": torch.from_numpy(padded([e.tokens for e in examples])),
        }
