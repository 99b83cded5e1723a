from collections.abc import Sequence
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from symnum._core.expression import Program

MAX_POINTS: Final[int]
MIN_POINTS: Final[int]
N_TRANSFORMS: Final[int]

@final
class Table:
    def __init__(
        self,
        x: NDArray[np.float64],
        operations: Sequence[str],
        max_entries: int,
        max_cost: int,
        max_seconds: float,
        cost_of_product: int,
        units: Sequence[Sequence[int]],
        target_units: Sequence[int],
    ) -> None: ...
    def __len__(self) -> int: ...
    def program(self, index: int) -> Program: ...
    def cost(self, index: int) -> int: ...

@final
class Proposal:
    @property
    def program(self) -> Program: ...
    @property
    def cost(self) -> int: ...
    @property
    def residual(self) -> float: ...

def match(
    table: Table,
    y: NDArray[np.float64],
    n_peels: int,
    n_entries: int,
    max_terms: int,
    n_transforms: int,
    keep: int,
    max_seconds: float,
) -> list[Proposal]: ...
def meet(
    table: Table,
    y: NDArray[np.float64],
    n_peels: int,
    n_entries: int,
    max_terms: int,
    n_transforms: int,
    keep: int,
    max_seconds: float,
) -> list[Proposal]: ...
def scan(
    table: Table,
    y: NDArray[np.float64],
    n_peels: int,
    n_entries: int,
    max_terms: int,
    n_transforms: int,
    keep: int,
    max_seconds: float,
) -> list[Proposal]: ...
def pursue(
    table: Table,
    y: NDArray[np.float64],
    n_peels: int,
    n_entries: int,
    max_terms: int,
    n_transforms: int,
    keep: int,
    max_seconds: float,
) -> list[Proposal]: ...
