from collections.abc import Sequence
from typing import TypeAlias, final

import numpy as np
from numpy.typing import NDArray

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
