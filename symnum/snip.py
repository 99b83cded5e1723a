"""Formulas and data in one space: what is near each other means the same. Needs the extra `torch`.

Two encoders, one of points and one of formulas, are trained so that a formula lies nearest the
points that it gives (`symnum train snip`). Then data find the formulas that look like them, and a
property of the function behind data is read off with few labels.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from symnum import _programs
from symnum._lazy import require
from symnum._neural.fitted import fitted
from symnum._snip.properties import PROPERTIES, sorted_points
from symnum.errors import DomainError, ExpressionError, ShapeError
from symnum.expression import Expression
from symnum.generate import FunctionOptions, generate_functions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray

    from symnum._snip.model import SnipTask

__all__ = ["SNIP", "function_property", "retrieval"]

_BANK = 2_000
_AT_ONCE = 64
_NEAREST = 40  # formulas of the bank that are fitted,
_PROPOSED = 10  # and of these proposed


def function_property(x: ArrayLike, y: ArrayLike, name: str) -> float:
    """A property of a function of one variable, from its values.

    Parameters
    ----------
    x, y : array_like, shape (n_points,)
        At least 3 points; sorted by x, y mapped to 0 to 1, before anything is computed.
    name : {"ncr", "upwardness", "oscillation", "average"}
        Non-convexity ratio: 1 less the share of random triples whose middle lies on or below the
        line through the others. Upwardness: steps up less steps down, a point. Oscillation:
        logarithm of 1 plus the changes of direction. Average: mean of y.

    Returns
    -------
    float

    Raises
    ------
    DomainError
        If there is no such property.
    ShapeError
        If `x` and `y` are not as long as each other.

    Notes
    -----
    As Meidani et al., arXiv:2310.02227, define them.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum.snip import function_property
    >>> x = np.linspace(-1, 1, 50)
    >>> function_property(x, x**2, "ncr"), round(function_property(x, x, "upwardness"), 2)
    (0.0, 0.98)
    """
    if name not in PROPERTIES:
        message = f"name is {name!r}, expected one of {', '.join(PROPERTIES)}"
        raise DomainError(message)
    return PROPERTIES[name](*sorted_points(x, y))


def retrieval(points: ArrayLike, formulas: ArrayLike, k: int = 1) -> tuple[float, float]:
    """How often a row finds its own row of the other side among its nearest.

    Parameters
    ----------
    points, formulas : array_like, shape (n, d)
        Latents, row by row of the same functions.
    k : int
        How many of the nearest are looked at.

    Returns
    -------
    formula_of_points, points_of_formula : float
        Shares of the n rows.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum.snip import retrieval
    >>> retrieval(np.eye(3), np.eye(3)[[1, 0, 2]])
    (0.3333333333333333, 0.3333333333333333)
    """
    a, b = np.asarray(points, np.float64), np.asarray(formulas, np.float64)
    if a.ndim != 2 or a.shape != b.shape or not len(a):
        message = f"points and formulas have shapes {a.shape} and {b.shape}, expected one (n, d)"
        raise ShapeError(message)
    products = a @ b.T
    own = np.diag(products)
    ranks = [(p > own[:, None]).sum(1) for p in (products, products.T)]
    first, second = (float(np.mean(rank < k)) for rank in ranks)
    return first, second


class SNIP:
    """A trained pair of encoders.

    Parameters
    ----------
    weights : path, optional
        A folder that ``symnum train snip`` wrote, by ``--out`` or ``--export``. By default the one
        that comes with the package.
    seed : int
        Of the choice of points where there are more than the model reads, and of heads.

    Attributes
    ----------
    max_variables : int
    n_dimensions : int
        Of a latent.
    card : dict
        What is known of the weights: data, seed, figures, limits, licence. Empty of a mere run.

    Raises
    ------
    MissingDependencyError
        If torch is not installed.
    CheckpointError, CheckpointCorruptError
        If the files are absent, damaged, of another model or vocabulary.

    Notes
    -----
    Meidani et al., SNIP, arXiv:2310.02227.

    Examples
    --------
    >>> from symnum.snip import SNIP
    >>> SNIP().similar_expressions(X, y)  # doctest: +SKIP
    """

    def __init__(self, weights: str | PathLike[str] | None = None, seed: int = 0) -> None:
        self.seed = seed
        self._task, self.card = _load(weights)
        self.max_variables = self._task.model.max_variables
        self.n_dimensions = self._task.model.d_latent
        self._heads: dict[str, Any] = {}

    def embed_data(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.float64]:
        """The latent of a set of points.

        Parameters
        ----------
        x : array_like, shape (n_rows, n_features) or (n_sets, n_rows, n_features)
            Finite; at most `max_variables` features.
        y : array_like, shape (n_rows,) or (n_sets, n_rows)

        Returns
        -------
        ndarray of float64, shape (n_dimensions,) or (n_sets, n_dimensions)
            Of length 1.

        Raises
        ------
        ShapeError, DomainError
            If the shapes are others, or a number is not finite.
        """
        torch = require("torch", extra="torch")
        from symnum._neural.examples import number_arrays

        xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if xs.ndim not in {2, 3} or ys.shape != xs.shape[:-1] or not ys.size:
            message = (
                f"x and y have shapes {xs.shape} and {ys.shape}, expected (n_rows, n_features) and"
                " (n_rows,), or (n_sets, n_rows, n_features) and (n_sets, n_rows)"
            )
            raise ShapeError(message)
        n = self._task.data.n_points
        if ys.shape[-1] > n:
            rows = np.random.default_rng(self.seed).choice(ys.shape[-1], n, replace=False)
            xs, ys = xs[..., rows, :], ys[..., rows]
        codes, standard = number_arrays(xs, ys, self.max_variables + 1)
        single = xs.ndim == 2
        found = []
        with torch.inference_mode():
            for k in range(0, 1 if single else len(xs), _AT_ONCE):
                part = slice(None) if single else slice(k, k + _AT_ONCE)
                c, s = (torch.from_numpy(a[None] if single else a[part]) for a in (codes, standard))
                found.append(self._task.module.of_points(c.int(), s).double().numpy())
        latents: NDArray[np.float64] = np.concatenate(found)
        return latents[0] if single else latents

    def embed_expression(
        self, expressions: Expression | Sequence[Expression]
    ) -> NDArray[np.float64]:
        """The latents of formulas.

        Parameters
        ----------
        expressions : Expression or sequence of Expression
            Over x0, x1, ... or, if there are no such names, over any, in their order.

        Returns
        -------
        ndarray of float64, shape (n_dimensions,) or (n_expressions, n_dimensions)
            Of length 1.

        Raises
        ------
        ExpressionError, TooLargeError
            If a formula has too many variables or tokens.
        """
        torch = require("torch", extra="torch")
        from symnum._neural.examples import padded

        if isinstance(expressions, Expression):
            latent: NDArray[np.float64] = self.embed_expression([expressions])[0]
            return latent
        rows = [self._tokens(expression) for expression in expressions]
        latents = np.zeros((len(rows), self.n_dimensions))
        order = np.argsort([len(row) for row in rows], kind="stable")
        with torch.inference_mode():
            for k in range(0, len(rows), _AT_ONCE):
                part = order[k : k + _AT_ONCE]
                tokens = torch.from_numpy(padded([rows[j] for j in part]))
                latents[part] = self._task.module.of_formulas(tokens).double().numpy()
        return latents

    def _tokens(self, expression: Expression) -> NDArray[np.int64]:
        from symnum.tokens import START

        vocabulary, own = self._task.vocabulary, expression
        if len(own.variables) > self.max_variables:
            message = (
                f"a formula has {len(own.variables)} variables, expected at most"
                f" {self.max_variables}: {', '.join(own.variables)}"
            )
            raise ExpressionError(message)
        if not set(own.variables) <= set(vocabulary.variables):
            own = Expression._of(own._program, vocabulary.variables[: len(own.variables)])
        tokens = vocabulary.encode(own, max_length=self._task.model.max_length - 1)
        return np.concatenate([[START], tokens])

    @cached_property
    def _bank(self) -> tuple[list[Expression], NDArray[np.float64]]:
        """Random formulas, and their latents."""
        options = FunctionOptions(max_variables=self.max_variables, max_extra=1, max_unary=2)
        corpus = generate_functions(_BANK, seed=self.seed, options=options)
        longest = self._task.model.max_length // 2
        formulas = [corpus.expression(k) for k in range(len(corpus))]
        formulas = [f for f in formulas if f.complexity + 3 * len(f.constants) < longest]
        return formulas, self.embed_expression(formulas)

    def similar_expressions(
        self,
        x: ArrayLike,
        y: ArrayLike,
        n: int = 10,
        among: Sequence[Expression] | None = None,
    ) -> list[tuple[Expression, float]]:
        """The formulas whose latents are nearest to that of the data.

        Parameters
        ----------
        x : array_like, shape (n_rows, n_features)
        y : array_like, shape (n_rows,)
        n : int
        among : sequence of Expression, optional
            By default about 2,000 random ones.

        Returns
        -------
        list of (Expression, float)
            With the cosine of the angle between the latents, the nearest first.

        Raises
        ------
        ShapeError, DomainError
            As `embed_data`, and if there are no formulas to choose from.
        """
        if among is not None and not len(among):
            message = "among has 0 formulas, expected at least 1"
            raise ShapeError(message)
        formulas, latents = (
            self._bank if among is None else (list(among), self.embed_expression(list(among)))
        )
        near = latents @ self.embed_data(x, y)
        return [(formulas[k], float(near[k])) for k in np.argsort(-near, kind="stable")[:n]]

    def propose(self, x: ArrayLike, y: ArrayLike) -> list[Expression]:
        """Formulas near the data, with fitted constants: for ``SymbolicRegressor(proposers=...)``.

        Parameters
        ----------
        x : array_like, shape (n_rows, n_features)
        y : array_like, shape (n_rows,)

        Returns
        -------
        list of Expression
            Over x0, x1, ..., at most 10; none where there are more than `max_variables` features.

        Raises
        ------
        ShapeError, DomainError
            As `embed_data`.
        """
        xs, ys = np.asarray(x, np.float64), np.asarray(y, np.float64)
        if xs.ndim == 2 and xs.shape[1] > self.max_variables:
            return []
        names = self._task.vocabulary.variables
        near = [f for f, _ in self.similar_expressions(xs, ys, n=_NEAREST)]
        over = [f for f in near if len(f.variables) <= xs.shape[1]]
        found = [
            Expression._of(_programs.over(f._program, f.variables, list(names)), names)
            for f in over
        ]
        return fitted(found, xs, ys, _PROPOSED, self.seed) if found else []

    def fit_property(self, name: str, n_labels: int = 1_000) -> float:
        """Learn to read a property of functions of one variable off their latents.

        Parameters
        ----------
        name : str
            As for `function_property`.
        n_labels : int
            Random functions to learn from; as many again are held out.

        Returns
        -------
        float
            R2 on those held out.

        Raises
        ------
        DomainError
            If there is no such property, or `n_labels` is below 10.

        Notes
        -----
        The encoder stays as it is; the head is one layer of 128, as in the paper.
        """
        from sklearn.neural_network import MLPRegressor

        if n_labels < 10:
            message = f"n_labels is {n_labels}, expected at least 10"
            raise DomainError(message)
        function_property([0, 1, 2], [0, 1, 2], name)
        options = FunctionOptions(max_variables=1, max_extra=2, max_unary=2, n_points=200)
        corpus = generate_functions(2 * n_labels, seed=self.seed + 1, options=options)
        points = [corpus.points(k) for k in range(len(corpus))]
        labels = np.array([function_property(x[:, 0], y, name) for x, y in points])
        latents = self.embed_data(
            np.stack([x for x, _ in points]), np.stack([y for _, y in points])
        )
        head = MLPRegressor(
            hidden_layer_sizes=(128,), max_iter=300, early_stopping=True, random_state=self.seed
        )
        head.fit(latents[:n_labels], labels[:n_labels])
        self._heads[name] = head
        return float(head.score(latents[n_labels:], labels[n_labels:]))

    def predict_property(self, x: ArrayLike, y: ArrayLike, name: str) -> float:
        """A property of the function of one variable behind some points.

        Parameters
        ----------
        x : array_like, shape (n_rows,) or (n_rows, 1)
        y : array_like, shape (n_rows,)
        name : str
            As for `function_property`. Learned at the first call, from 1,000 random functions,
            unless `fit_property` was called before.

        Returns
        -------
        float

        Raises
        ------
        ShapeError, DomainError
            As `embed_data` and `fit_property`.
        """
        if name not in self._heads:
            self.fit_property(name)
        xs = np.asarray(x, np.float64)
        latent = self.embed_data(xs[:, None] if xs.ndim == 1 else xs, y)
        return float(self._heads[name].predict(latent[None])[0])


def _load(weights: str | PathLike[str] | None) -> tuple[SnipTask, dict[str, Any]]:
    """The model of a folder, ready to embed, and its card."""
    require("torch", extra="torch")
    from symnum._neural import files
    from symnum._neural.examples import data_of
    from symnum._snip.model import ModelConfig, SnipTask, vocabulary_of

    def vocabulary(config: dict[str, Any]) -> str:
        return vocabulary_of(config["model"]["max_variables"]).digest

    def make(config: dict[str, Any]) -> SnipTask:
        return SnipTask(ModelConfig(**config["model"]), data_of(config))

    return files.load_task("snip", weights, make, vocabulary=vocabulary)
