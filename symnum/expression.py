"""Formulas as objects: read, combine, evaluate, differentiate, rewrite and export them.

An `Expression` is a checked program of the compiled core and the names of its variables. Numbers
written as integers are exact and stay; numbers written with a point or an exponent are constants,
which `fit` moves. Nothing that is read, from a text or a file, is ever run as code.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from symnum import _programs
from symnum._arithmetic import Arithmetic, is_number
from symnum._arrays import columns_of
from symnum._core import expression as core
from symnum._export import Exports
from symnum.errors import ShapeError, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from symnum._arithmetic import Number
    from symnum.fitting import Fit

__all__ = ["Expression"]

_LONGEST_REPR = 400


class Expression(Arithmetic, Exports):
    """A formula over named variables.

    Parameters
    ----------
    text : str
        Numbers, names, ``+ - * / ** ^``, brackets and calls such as ``sin(x)``. ``pi`` is a number.
        An integer is exact; ``2.0`` is a constant with that value.
    variables : sequence of str, optional
        The names allowed, in the order of the columns of data. Without it, the names in the text,
        sorted with their digits as numbers: x2 before x10.
    functions : mapping from str to Expression, optional
        The user's own operations: a call's operands stand for the variables, in their order.

    Raises
    ------
    ParseError
        If the text is no expression, or is longer or deeper than the limits: 500,000 characters,
        200 levels, 10,000 nodes, 300 digits.

    Notes
    -----
    Immutable. Equality and hash are those of the canonical form: they hold up to the algebra that
    `simplify` knows, with constants at their values.

    Examples
    --------
    >>> from symnum import Expression
    >>> f = Expression("2.5*x*exp(-t/3)")
    >>> f.variables
    ('t', 'x')
    >>> f.evaluate({"t": [0.0, 3.0], "x": 2.0}).round(4)
    array([5.    , 1.8394])
    >>> f + f == 2 * f
    True
    """

    _program: core.Program
    variables: tuple[str, ...]

    def __init__(
        self,
        text: str,
        variables: Sequence[str] | None = None,
        functions: Mapping[str, Expression] | None = None,
    ) -> None:
        own = {name: f._program for name, f in (functions or {}).items()}
        self._program, self.variables = _programs.read(text, variables, own)

    @classmethod
    def parse(
        cls,
        text: str,
        variables: Sequence[str] | None = None,
        functions: Mapping[str, Expression] | None = None,
    ) -> Self:
        """Read an expression: the same as ``Expression(text, ...)``.

        Parameters
        ----------
        text, variables, functions
            As for the class.

        Returns
        -------
        Expression

        Examples
        --------
        >>> from symnum import Expression
        >>> bump = Expression.parse("exp(-u**2)")
        >>> Expression.parse("3*bump(x - 1)", functions={"bump": bump})
        Expression('3*exp(-(x - 1)**2)')
        """
        return cls(text, variables, functions)

    @classmethod
    def _of(cls, program: core.Program, variables: tuple[str, ...]) -> Self:
        self = cls.__new__(cls)
        self._program = program
        self.variables = variables
        return self

    @classmethod
    def from_sympy(cls, formula: Any, variables: Sequence[str] | None = None) -> Self:
        """Convert a SymPy object, node by node. Needs the extra `sr`.

        Parameters
        ----------
        formula : sympy.Expr
        variables : sequence of str, optional
            As for the class.

        Returns
        -------
        Expression

        Raises
        ------
        ExpressionError
            If a part of `formula` has no counterpart here, such as a complex number.
        """
        from symnum._sympy import from_sympy

        return cls._of(*from_sympy(formula, variables))

    @classmethod
    def call(cls, operation: str, *operands: Expression | Number) -> Self:
        """Apply an operation by its name.

        Parameters
        ----------
        operation : str
            A name such as ``"sin"`` or ``"max"``.
        *operands : Expression or number
            As many as the operation takes, one of them an expression.

        Returns
        -------
        Expression
            Its variables are those of the operands, in order of their first appearance.

        Raises
        ------
        ExpressionError
            If there is no such operation.
        ShapeError
            If it takes another number of operands.

        Examples
        --------
        >>> from symnum import Expression
        >>> Expression.call("max", Expression("x"), 0)
        Expression('max(x, 0)')
        """
        parts = [(f._program, f.variables) if isinstance(f, Expression) else f for f in operands]
        return cls._of(*_programs.combine(operation, parts))

    def _apply(self, operation: str, *operands: Any) -> Self:
        if all(isinstance(operand, Expression) or is_number(operand) for operand in operands):
            return self.call(operation, *operands)
        return cast("Self", NotImplemented)

    @property
    def constants(self) -> NDArray[np.float64]:
        """Values of the constants, as they stand in the text; a copy."""
        return np.array(self._program.constants, np.float64)

    @property
    def complexity(self) -> int:
        """Number of leaves and operations when written out."""
        return self._program.tree_size

    @property
    def fingerprint(self) -> int:
        """Hash of its values on fixed points.

        Equal for nearly all pairs that are equal up to algebra, whether or not `simplify` sees it.
        It depends on the order of the variables.
        """
        return core.fingerprint(self._program)

    def with_constants(self, values: ArrayLike) -> Self:
        """The same expression with other values of its constants.

        Parameters
        ----------
        values : array_like, shape (n_constants,)

        Returns
        -------
        Expression

        Examples
        --------
        >>> from symnum import Expression
        >>> Expression("1.5*x + 0.5").with_constants([2, 3])
        Expression('2.0*x + 3.0')
        """
        numbers = np.asarray(values, np.float64).ravel().tolist()
        return self._of(self._program.with_constants(numbers), self.variables)

    def evaluate(self, X: object) -> NDArray[Any]:
        """Values on every row.

        Parameters
        ----------
        X : array_like, shape (n_rows, n_variables), or mapping from names to arrays, or data frame
            One column a variable, in the order of `variables`. Arrays of a mapping broadcast. In
            the units that the formula was written for: none is converted.

        Returns
        -------
        ndarray of float64, or of float32 if X is
            Shape (n_rows,), or that of the arrays of a mapping. NaN or inf where a row lies outside
            an operation's domain, as IEEE 754 has it: nothing is "protected".

        Raises
        ------
        ShapeError
            If `X` has another number of columns, lacks a name, or is not of real numbers.

        Notes
        -----
        Copies `X` unless its transpose is C-ordered. Releases the GIL; Ctrl-C is heard.

        Method: postfix evaluation over blocks of rows, after Burlacu, Kronberger and Kommenda,
        "Operon C++", GECCO 2020, doi:10.1145/3377929.3398099.

        Examples
        --------
        >>> from symnum import Expression
        >>> Expression("log(x) + y").evaluate([[1.0, 2.0], [-1.0, 2.0]])
        array([ 2., nan])
        """
        columns, shape = columns_of(X, self.variables)
        run = core.evaluate_float32 if columns.dtype == np.float32 else core.evaluate_float64
        values: NDArray[Any] = run([self._program], [self._program.constants], columns)[0]
        return np.reshape(values, shape)

    def value_and_jacobian(
        self,
        X: object,
        by: str = "constants",
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Values and first derivatives on every row, in one pass of reverse mode.

        Parameters
        ----------
        X : as for `evaluate`
        by : {"constants", "variables"}

        Returns
        -------
        values : ndarray of float64, shape (n_rows,)
        jacobian : ndarray of float64, shape (n_rows, n_constants) or (n_rows, n_variables)
            abs has derivative 0 at 0; min and max count half for each of two equal operands.

        Raises
        ------
        ShapeError
            As `evaluate`, and if `by` is another word.

        Examples
        --------
        >>> from symnum import Expression
        >>> Expression("x**2*y").value_and_jacobian([[3.0, 2.0]], by="variables")
        (array([18.]), array([[12.,  9.]]))
        """
        if by not in {"constants", "variables"}:
            message = f"by is {by!r}, expected 'constants' or 'variables'"
            raise ShapeError(message)
        columns, _ = columns_of(X, self.variables)
        values, slopes = core.jacobian(
            self._program,
            self._program.constants,
            np.ascontiguousarray(columns, np.float64),
            "constant" if by == "constants" else "variable",
        )
        return values, slopes.T

    def derivative(self, variable: str) -> Self:
        """The derivative by a variable, as a simplified expression.

        Parameters
        ----------
        variable : str
            One of `variables`.

        Returns
        -------
        Expression
            Over the same variables. The derivative of sign is 0 and that of abs is sign.

        Raises
        ------
        ShapeError
            If there is no such variable.

        Examples
        --------
        >>> from symnum import Expression
        >>> Expression("x**2*sin(y)").derivative("x")
        Expression('2*x*sin(y)')
        """
        if variable not in self.variables:
            message = f"variable is {variable!r}, expected one of {', '.join(self.variables)}"
            raise ShapeError(message)
        slope = core.derive(self._program, "variable", self.variables.index(variable))
        return self._of(core.simplify(slope), self.variables)

    def simplify(self) -> Self:
        """An expression with the same values, no larger than this one.

        Where this one and its parts are finite, the result has the same value to rounding; where
        it is NaN or infinite, so is the result: ``x/x`` stays, as it is NaN at 0. That is said of
        real numbers: what IEEE 754 makes of an infinite part or an overflow is not kept.

        Returns
        -------
        Expression

        Examples
        --------
        >>> from symnum import Expression
        >>> Expression("sqrt(x**2) + x/2 + x/3 + (y - x)**2 - (x - y)**2").simplify()
        Expression('abs(x) + 5*x/6', variables=('x', 'y'))
        """
        return self._of(core.simplify(self._program), self.variables)

    def fit(self, X: object, y: ArrayLike, **options: Any) -> Fit:
        """Fit the constants by least squares. See `symnum.fitting.fit` for the options.

        Parameters
        ----------
        X : as for `evaluate`
        y : array_like, shape (n_rows,)
        **options
            ``sample_weight``, ``max_iterations``, ``tol_rel``, ``n_starts``, ``seed``.

        Returns
        -------
        Fit
            With the fitted expression, and why the fit ended.

        Examples
        --------
        >>> import numpy as np
        >>> from symnum import Expression
        >>> x = np.linspace(0, 4, 50)
        >>> result = Expression("1.0*exp(-1.0*x) + 0.0").fit(x, 3 * np.exp(-2 * x) + 1)
        >>> result.expression.constants.round(6)
        array([ 3., -2.,  1.])
        """
        from symnum.fitting import fit

        return fit(self, X, y, **options)

    @cached_property
    def _key(self) -> _programs.Key:
        return _programs.canonical_key(self._program, self.variables)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        return self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key[:2])

    def __str__(self) -> str:
        return core.to_text(self._program, self.variables)

    def __repr__(self) -> str:
        try:
            text = str(self)
        except TooLargeError:
            return f"<Expression of {self.complexity} nodes>"
        found = core.parse(text, None, [])[1] if len(text) <= _LONGEST_REPR else None
        shown = text if found is not None else text[:_LONGEST_REPR] + "..."
        tail = "" if found == list(self.variables) else f", variables={self.variables}"
        return f"Expression({shown!r}{tail})"

    def __reduce__(self) -> tuple[Callable[..., Expression], tuple[object, ...]]:
        program = self._program
        nodes = (program.operations, program.left, program.right, program.constants)
        return _restore, (nodes, self.variables)


def _restore(nodes: Sequence[Sequence[object]], variables: Sequence[str]) -> Expression:
    return Expression._of(*_programs.checked(nodes, variables))
