"""One peer a file: ``prepare(problem)`` gives its ways to compute loss and gradient.

`prepare` does all that a user would do once; what it returns maps a name to a `Call`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _as_it_is(theta: Any) -> Any:
    return theta


@dataclass(frozen=True)
class Call:
    """A way to compute loss and gradient."""

    run: Callable[[Any], Any]
    """From what `place` gives to (loss, gradient)."""
    place: Callable[[Any], Any] = _as_it_is
    """Brings parameters to where the peer wants them; not timed."""
    has_gradient: bool = True
