from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias, final

import numpy as np
from numpy.typing import ArrayLike, NDArray

EXACT_LIMIT: int

_Order: TypeAlias = Sequence[tuple[int, int]]

@final
class Network:
    def __init__(
        self,
        operands: Sequence[Sequence[int]],
        output: Sequence[int],
        dimension: Sequence[int],
    ) -> None: ...
    @property
    def operands(self) -> list[list[int]]: ...
    @property
    def output(self) -> list[int]: ...
    @property
    def dimension(self) -> list[int]: ...
    @property
    def n_given(self) -> int: ...
    @property
    def scale(self) -> float: ...

def exact_order(network: Network) -> list[tuple[int, int]]: ...
def greedy_order(network: Network) -> list[tuple[int, int]]: ...
def contraction_order(network: Network) -> list[tuple[int, int]]: ...
def cost(network: Network, order: _Order) -> dict[str, int]: ...
def describe(network: Network, order: _Order) -> str: ...
def contract(
    network: Network,
    order: _Order,
    operands: Sequence[NDArray[np.complex128]],
    memory_limit: int,
) -> NDArray[np.complex128]: ...

@final
class Contraction:
    def __init__(
        self,
        inputs: Sequence[Sequence[Hashable]],
        output: Sequence[Hashable],
        shapes: Sequence[Sequence[int]],
        order: _Order | None,
        memory_limit: int | Callable[[], int],
        n_trials: int,
        seed: int,
    ) -> None: ...
    @property
    def order(self) -> list[tuple[int, int]]: ...
    @property
    def n_slices(self) -> float: ...
    @property
    def work(self) -> tuple[float, float]: ...
    def describe(self) -> str: ...
    def run(self, arrays: Sequence[ArrayLike]) -> NDArray[Any]: ...

def contract_labels(
    inputs: Sequence[Sequence[Hashable]],
    output: Sequence[Hashable],
    arrays: Sequence[NDArray[Any]],
    memory_limit: int | Callable[[], int],
    n_trials: int,
    seed: int,
) -> NDArray[Any]: ...
def contract_network(
    network: Network,
    arrays: Sequence[NDArray[Any]],
    memory_limit: int | Callable[[], int],
) -> NDArray[Any]: ...
def set_blas(s: Any, d: Any, c: Any, z: Any) -> None: ...
