"""Formulas that a trained set-to-sequence model proposes for a table of numbers.

The model reads points and writes skeletons: formulas whose constants are left open. They are then
fitted, and the best are given to whoever asks. Needs the extra `torch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._lazy import require
from symnum._neural.fitted import fitted
from symnum.errors import DomainError, ShapeError
from symnum.tokens import Grammar

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from symnum._propose.model import ProposeTask
    from symnum.expression import Expression

__all__ = ["Proposer"]


class Proposer:
    """Skeletons from a trained model, with constants fitted: for ``SymbolicRegressor(proposers=...)``.

    Parameters
    ----------
    weights : path, optional
        A folder that ``symnum train propose`` wrote, by ``--out`` or ``--export``. By default the one
        that comes with the package.
    n : int
        Formulas to propose at most.
    beam : int
        Skeletons to decode for each choice of points.
    n_choices : int
        How many times points are chosen at random where there are more than the model reads.
    temperature : float
        0 for the likeliest skeletons by a beam search; above, they are drawn.
    seed : int
        Of the choices and draws.

    Attributes
    ----------
    max_variables : int
        It proposes nothing for more columns.
    card : dict
        What is known of the weights: data, seed, figures, limits, licence. Empty of a mere run.

    Raises
    ------
    MissingDependencyError
        If torch is not installed.
    CheckpointError, CheckpointCorruptError
        If the files are absent, damaged, of another model or vocabulary.
    DomainError
        If a parameter is out of range.

    Notes
    -----
    After Biggio et al. (NeSymReS), arXiv:2106.06427, and Kamienny et al., arXiv:2204.10532, with a
    Perceiver for the set. A token that would make an ill-formed formula is never written.

    Examples
    --------
    >>> from symnum import SymbolicRegressor
    >>> from symnum.propose import Proposer
    >>> model = SymbolicRegressor(proposers=[Proposer()])  # doctest: +SKIP
    """

    def __init__(
        self,
        weights: str | PathLike[str] | None = None,
        n: int = 10,
        beam: int = 16,
        n_choices: int = 3,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> None:
        given: dict[str, object] = {"n": n, "beam": beam, "n_choices": n_choices}
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                message = f"{name} is {value!r}, expected a whole number from 1"
                raise DomainError(message)
        if not temperature >= 0.0:
            message = f"temperature is {temperature}, expected 0 or more"
            raise DomainError(message)
        self.n, self.beam = n, beam
        self.n_choices, self.temperature, self.seed = n_choices, temperature, seed
        self._task, self.card = _load(weights)
        self.max_variables = self._task.model.max_variables

    def skeletons(self, x: ArrayLike, y: ArrayLike) -> list[Expression]:
        """Formulas before their constants, which are all 1, are fitted.

        Parameters
        ----------
        x : array_like, shape (n_rows, n_features)
            At most `max_variables` features.
        y : array_like, shape (n_rows,)

        Returns
        -------
        list of Expression
            Over x0, x1, ..., the likeliest first, no two alike.

        Raises
        ------
        ShapeError, DomainError
            If the shapes are others, or a number is not finite.
        """
        x, y = self._checked(x, y)
        data, vocabulary = self._task.data, self._task.vocabulary
        grammar = Grammar(
            vocabulary,
            max_length=self._task.model.max_length - 1,
            variables=vocabulary.variables[: x.shape[1]],
            placeholder=True,
        )
        rng = np.random.default_rng(self.seed)
        n_choices = self.n_choices if len(y) > data.n_points else 1
        best: dict[bytes, tuple[float, NDArray[np.int64]]] = {}
        for _ in range(n_choices):
            rows = rng.choice(len(y), data.n_points, replace=len(y) < data.n_points)
            for tokens, score in self._decoded(x[rows], y[rows], grammar, rng):
                known = best.get(tokens.tobytes(), (-np.inf, tokens))[0]
                best[tokens.tobytes()] = max(score, known), tokens
        ranked = sorted(best.values(), key=lambda pair: -pair[0])
        return [vocabulary.decode(tokens)[0] for _, tokens in ranked]

    def _checked(self, x: Any, y: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if x.ndim != 2 or y.shape != x.shape[:1] or not 1 <= x.shape[1] <= self.max_variables:
            message = (
                f"x and y have shapes {x.shape} and {y.shape}, expected (n_rows, n_features) and"
                f" (n_rows,) with 1 to {self.max_variables} features"
            )
            raise ShapeError(message)
        if len(y) == 0:
            message = "x has 0 rows, expected at least 1"
            raise ShapeError(message)
        return x, y

    def _decoded(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        grammar: Grammar,
        rng: np.random.Generator,
    ) -> list[tuple[NDArray[np.int64], float]]:
        torch = require("torch", extra="torch")
        from symnum._neural.decoding import beam, sample
        from symnum._neural.examples import number_arrays

        codes, standard = number_arrays(x[None], y[None], self.max_variables + 1)
        module = self._task.module
        with torch.inference_mode():
            memory = module.encoder(torch.from_numpy(codes).int(), torch.from_numpy(standard))
        if self.temperature > 0.0:
            found = sample(
                module.decoder, memory, grammar, self.beam, temperature=self.temperature, rng=rng
            )
        else:
            found = beam(module.decoder, memory, grammar, self.beam)
        return [(w.tokens, w.log_probability) for w in found]

    def propose(self, x: ArrayLike, y: ArrayLike) -> list[Expression]:
        """Formulas with fitted constants.

        Parameters
        ----------
        x : array_like, shape (n_rows, n_features)
        y : array_like, shape (n_rows,)

        Returns
        -------
        list of Expression
            Over x0, x1, ..., those of the least squared error a node first; none where there are
            more than `max_variables` features.

        Raises
        ------
        ShapeError, DomainError
            As `skeletons`.
        """
        shape = np.shape(x)
        if len(shape) == 2 and shape[1] > self.max_variables:
            return []
        x, y = self._checked(x, y)
        return fitted(self.skeletons(x, y), x, y, self.n, self.seed)


def _load(weights: str | PathLike[str] | None) -> tuple[ProposeTask, dict[str, Any]]:
    """The model of a folder, ready to decode, and its card."""
    require("torch", extra="torch")
    from symnum._neural import files
    from symnum._neural.examples import data_of
    from symnum._propose.model import ModelConfig, ProposeTask, vocabulary_of

    def vocabulary(config: dict[str, Any]) -> str:
        return vocabulary_of(config["model"]["max_variables"]).digest

    def make(config: dict[str, Any]) -> ProposeTask:
        return ProposeTask(ModelConfig(**config["model"]), data_of(config))

    return files.load_task("propose", weights, make, vocabulary=vocabulary)
