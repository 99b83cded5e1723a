"""Import of optional packages at their first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from symnum.errors import MissingDependencyError

if TYPE_CHECKING:
    from types import ModuleType


def require(module: str, extra: str) -> ModuleType:
    """Import an optional module, or say which extra installs it.

    Parameters
    ----------
    module : str
        Dotted name, such as ``"sympy.core"``. A name in the source code, never from data.
    extra : str
        The extra of this distribution that installs it.

    Returns
    -------
    module
        The module `module` itself, not its top-level package.

    Raises
    ------
    MissingDependencyError
        If the package that holds `module` is not installed. An import that fails inside an
        installed package is raised as it is.

    Examples
    --------
    >>> from symnum._lazy import require
    >>> require("json", extra="sr").dumps([1])
    '[1]'
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name != package:
            raise
        message = f'{package} is not installed: pip install "monoidal[{extra}]"'
        missing = MissingDependencyError(message)
        missing.name = package
        raise missing from error
