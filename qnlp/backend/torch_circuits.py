"""The tensors of words in torch: circuits run for all words of a type at once, or free elements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from qnlp._lazy import require
from qnlp.ansatz import Ansatz
from qnlp.circuit import GATES
from qnlp.circuit_network import FIXED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.circuit import Angle, Circuit, Gate
    from qnlp.ty import Ty

    Words = Callable[[Any, NDArray[np.int64]], Any]

__all__ = ["word_tensors"]


def word_tensors(ansatz: WordAnsatz, dom: Ty, cod: Ty) -> Words:
    """A function from all parameters and each word's first to the tensors of words of a type.

    Its result has shape (n_words, n_elements), axes of the domain, then of the codomain.
    """
    if isinstance(ansatz, Ansatz):
        circuit = ansatz.box_circuit(dom, cod)
        return lambda theta, first: _run(circuit, theta, first)
    size = ansatz.n_outcomes(dom @ cod)
    return lambda theta, first: theta[_places(theta, first, size)]


def _places(theta: Any, first: NDArray[np.int64], size: int) -> Any:
    torch: Any = require("torch", "torch")
    return torch.from_numpy(first[:, None] + np.arange(size)).to(theta.device)


def _run(circuit: Circuit, theta: Any, first: NDArray[np.int64]) -> Any:
    """Simulate a circuit for many words: one axis for them, one a qubit, one a copy of an input."""
    torch: Any = require("torch", "torch")
    own = theta[_places(theta, first, len(circuit.symbols))]  # (words, symbols)
    complex_dtype = torch.promote_types(theta.dtype, torch.complex64)
    column = {name: k for k, name in enumerate(circuit.symbols)}
    n = circuit.n_qubits
    state = _begin(circuit, len(first), complex_dtype, theta.device)
    for gate in circuit.gates:
        matrix = _matrix(gate, own, column).to(complex_dtype)
        m = len(gate.qubits)
        labels = list(range(state.dim()))
        fresh = [state.dim() + k for k in range(m)]
        axes = [1 + q for q in gate.qubits]
        out = [fresh[axes.index(k)] if k in axes else k for k in labels]
        matrix = matrix.reshape(-1, *(2,) * (2 * m)).expand(len(first), *(2,) * (2 * m))
        state = torch.einsum(matrix, [0, *fresh, *axes], state, labels, out)
    ended = set(circuit.outputs)
    state = state[(slice(None), *(slice(None) if q in ended else 0 for q in range(n)))]
    kept = [q for q in range(n) if q in ended]
    copies = [1 + len(kept) + k for k in range(len(circuit.inputs))]
    order = [0, *copies, *(1 + kept.index(q) for q in circuit.outputs)]
    return circuit.factor * state.permute(order).reshape(len(first), -1)


def _begin(circuit: Circuit, n_words: int, dtype: Any, device: Any) -> Any:
    torch: Any = require("torch", "torch")
    n, n_in = circuit.n_qubits, len(circuit.inputs)
    state = torch.zeros((2,) * (n + n_in), dtype=dtype, device=device)
    for bits in np.ndindex(*(2,) * n_in):
        place = [0] * n
        for q, bit in zip(circuit.inputs, bits, strict=True):
            place[q] = bit
        state[(*place, *bits)] = 1
    return state.expand(n_words, *state.shape)


def _matrix(gate: Gate, own: Any, column: dict[str, int]) -> Any:
    """Of shape (words or 1, 2 ** n, 2 ** n)."""
    torch: Any = require("torch", "torch")
    info = GATES[gate.name]
    complex_dtype = torch.promote_types(own.dtype, torch.complex64)
    if gate.name == "Swap":
        swap = np.eye(4)[[0, 2, 1, 3]][None]
        return torch.from_numpy(swap).to(device=own.device, dtype=complex_dtype)
    name = gate.name[info.n_controls :]
    if gate.angle is None:
        fixed = np.array(FIXED[name], np.complex128).reshape(1, 2, 2)
        inner = torch.from_numpy(fixed).to(device=own.device, dtype=complex_dtype)
    else:
        inner = _rotation(name, _turns(gate.angle, own, column))
    if not info.n_controls:
        return inner
    outer = torch.eye(4, dtype=complex_dtype, device=own.device).repeat(len(inner), 1, 1)
    outer[:, 2:, 2:] = inner
    return outer


def _turns(angle: Angle, own: Any, column: dict[str, int]) -> Any:
    if angle.symbol is None:
        return own.new_full((1,), angle.shift)
    return angle.scale * own[:, column[angle.symbol]] + angle.shift


def _rotation(name: str, turns: Any) -> Any:
    torch: Any = require("torch", "torch")
    half = torch.pi * torch.remainder(turns, 2.0)
    c, s = torch.cos(half), torch.sin(half)
    zero = torch.zeros_like(c)
    if name == "Ry":
        rows = [torch.complex(x, zero) for x in (c, -s, s, c)]
    elif name == "Rx":
        rows = [torch.complex(*x) for x in ((c, zero), (zero, -s), (zero, -s), (c, zero))]
    elif name == "Rz":
        nothing = torch.complex(zero, zero)
        rows = [torch.complex(c, -s), nothing, nothing, torch.complex(c, s)]
    else:
        nothing = torch.complex(zero, zero)
        whole = torch.complex(torch.cos(2 * half), torch.sin(2 * half))
        rows = [torch.complex(zero + 1, zero), nothing, nothing, whole]
    return torch.stack(rows, -1).reshape(-1, 2, 2)
