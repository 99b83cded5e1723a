"""Expressions as torch modules, built operation by operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symnum._core import expression as core
from symnum._lazy import require

if TYPE_CHECKING:
    from collections.abc import Callable

# How each operation is computed on tensors. `t` is the module.
BUILD: dict[str, Callable[..., Any]] = {
    "add": lambda t, a, b: a + b,
    "sub": lambda t, a, b: a - b,
    "mul": lambda t, a, b: a * b,
    "div": lambda t, a, b: a / b,
    "pow": lambda t, a, b: t.pow(a, b),
    "min": lambda t, a, b: t.minimum(a, b),
    "max": lambda t, a, b: t.maximum(a, b),
    "neg": lambda t, a: -a,
    "inv": lambda t, a: t.reciprocal(a),
    "abs": lambda t, a: t.abs(a),
    "sign": lambda t, a: t.where(t.isnan(a), a, t.sign(a)),
    "sqrt": lambda t, a: t.sqrt(a),
    "pow2": lambda t, a: a * a,
    "pow3": lambda t, a: a * a * a,
    "exp": lambda t, a: t.exp(a),
    "log": lambda t, a: t.log(a),
    "sin": lambda t, a: t.sin(a),
    "cos": lambda t, a: t.cos(a),
    "tan": lambda t, a: t.tan(a),
    "asin": lambda t, a: t.asin(a),
    "acos": lambda t, a: t.acos(a),
    "atan": lambda t, a: t.atan(a),
    "sinh": lambda t, a: t.sinh(a),
    "cosh": lambda t, a: t.cosh(a),
    "tanh": lambda t, a: t.tanh(a),
}


def to_torch(program: core.Program) -> Any:
    """A module that computes the program on the last axis of a tensor."""
    torch = require("torch", extra="torch")
    arity = {name: n for name, n, _, _ in core.OPERATIONS}
    nodes = list(zip(program.operations, program.left, program.right, strict=True))

    class ExpressionModule(torch.nn.Module):  # type: ignore[misc, name-defined]
        """Values of an expression; its constants are the parameter `constants`."""

        def __init__(self) -> None:
            super().__init__()
            start = torch.tensor(program.constants, dtype=torch.float64)
            self.constants = torch.nn.Parameter(start)

        def forward(self, x: Any) -> Any:
            constants = self.constants.to(x.dtype)
            leaves: dict[str, Callable[[int], Any]] = {
                "number": lambda k: x.new_tensor(float(k)),
                "constant": lambda k: constants[k],
                "variable": lambda k: x[..., k],
                "pi": lambda _: x.new_tensor(torch.pi),
            }
            built: list[Any] = []
            for name, left, right in nodes:
                if name in leaves:
                    built.append(leaves[name](left))
                else:
                    operands = (built[k] for k in (left, right)[: arity[name]])
                    built.append(BUILD[name](torch, *operands))
            return built[-1].expand(x.shape[:-1])

    return ExpressionModule()
