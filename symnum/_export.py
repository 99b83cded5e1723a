"""Expressions written for other systems: SymPy, LaTeX, torch, C."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symnum._core import expression as core

if TYPE_CHECKING:
    from collections.abc import Mapping


class Exports:
    """The methods of an expression that write it."""

    _program: core.Program
    variables: tuple[str, ...]

    def sympy(self, symbols: Mapping[str, Any] | None = None) -> Any:
        """The formula as a SymPy object, built node by node. Needs the extra `sr`.

        Parameters
        ----------
        symbols : mapping from str to sympy.Expr, optional
            What stands for a variable. Without it, a real symbol of its name.

        Returns
        -------
        sympy.Expr
            SymPy applies its own rules as it builds: ``x/x`` becomes 1.
        """
        from symnum._sympy import to_sympy

        return to_sympy(self._program, self.variables, symbols)

    def latex(self) -> str:
        r"""The formula in LaTeX, for math mode.

        Returns
        -------
        str

        Examples
        --------
        >>> from symnum import Expression
        >>> print(Expression("sqrt(alpha_1/2)").latex())
        \sqrt{\frac{\alpha_{1}}{2}}
        """
        return core.to_latex(self._program, self.variables)

    def to_torch(self) -> Any:
        """A `torch.nn.Module` whose parameters are the constants. Needs the extra `torch`.

        Returns
        -------
        torch.nn.Module
            Takes a tensor of shape (..., n_variables), gives one of shape (...).
        """
        from symnum._torch import to_torch

        return to_torch(self._program)

    def to_c(self, name: str = "f") -> str:
        """C99 source of a function ``double name(const double *x)``.

        Parameters
        ----------
        name : str
            Letters, digits and ``_``.

        Returns
        -------
        str
            Needs ``math.h`` only. ``x`` has one value a variable, in order.

        Examples
        --------
        >>> from symnum import Expression
        >>> print(Expression("2*x + 0.5").to_c())
        #include <math.h>
        <BLANKLINE>
        /* x: x */
        double f(const double *x)
        {
            (void)x;
            const double t2 = 2.0 * x[0];
            const double t4 = t2 + 0.5;
            return t4;
        }
        <BLANKLINE>
        """
        core.check_name(name)
        return core.to_c(self._program, self.variables, name)

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"
