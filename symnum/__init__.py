"""Formulas and numbers: symbolic regression and operator learning on the compiled core.

Names are loaded at their first use, so that ``import symnum`` costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from symnum._core import __version__ as __version__
    from symnum.errors import CheckpointCorruptError as CheckpointCorruptError
    from symnum.errors import CheckpointError as CheckpointError
    from symnum.errors import DivergedError as DivergedError
    from symnum.errors import DomainError as DomainError
    from symnum.errors import ExpressionError as ExpressionError
    from symnum.errors import MissingDependencyError as MissingDependencyError
    from symnum.errors import ParseError as ParseError
    from symnum.errors import ShapeError as ShapeError
    from symnum.errors import SymnumError as SymnumError
    from symnum.errors import TooLargeError as TooLargeError
    from symnum.expression import Expression as Expression
    from symnum.fitting import Fit as Fit
    from symnum.fitting import fit_all as fit_all
    from symnum.ode_regressor import ODERegressor as ODERegressor
    from symnum.odes import ODESystem as ODESystem
    from symnum.odes import Simulation as Simulation
    from symnum.population import evaluate_all as evaluate_all
    from symnum.regressor import SymbolicRegressor as SymbolicRegressor
    from symnum.threads import num_threads as num_threads
    from symnum.threads import set_num_threads as set_num_threads

# The public API: the module of each name. The imports above tell type checkers the same.
_MODULE_OF = {
    "CheckpointCorruptError": "errors",
    "CheckpointError": "errors",
    "DivergedError": "errors",
    "DomainError": "errors",
    "Expression": "expression",
    "ExpressionError": "errors",
    "Fit": "fitting",
    "MissingDependencyError": "errors",
    "ODERegressor": "ode_regressor",
    "ODESystem": "odes",
    "ParseError": "errors",
    "ShapeError": "errors",
    "Simulation": "odes",
    "SymbolicRegressor": "regressor",
    "SymnumError": "errors",
    "TooLargeError": "errors",
    "__version__": "_core",
    "evaluate_all": "population",
    "fit_all": "fitting",
    "num_threads": "threads",
    "set_num_threads": "threads",
}

__all__ = list(_MODULE_OF)


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        message = f"module 'symnum' has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"symnum.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
