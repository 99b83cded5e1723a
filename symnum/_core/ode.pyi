from collections.abc import Sequence
from typing import Final, final

import numpy as np
from numpy.typing import NDArray

from symnum._core.expression import Program

OUTCOMES: Final[tuple[tuple[str, str], ...]]
METHODS: Final[tuple[str, ...]]

@final
class System:
    def __init__(self, programs: Sequence[Program], n_named: int) -> None: ...
    def with_sensitivities(self, initial: Sequence[int], parameters: Sequence[int]) -> System: ...
    @property
    def n_states(self) -> int: ...
    @property
    def n_own_states(self) -> int: ...
    @property
    def n_parameters(self) -> int: ...

def solve(
    system: System,
    initial: NDArray[np.float64],
    parameters: NDArray[np.float64],
    times: NDArray[np.float64],
    method: str,
    tol_rel: float,
    tol_abs: Sequence[float],
    first_step: float,
    max_step: float,
    limit: float,
    max_steps: int,
    max_seconds: float,
    max_bytes: int,
) -> tuple[
    NDArray[np.float64],
    NDArray[np.uint8],
    NDArray[np.bool_],
    NDArray[np.float64],
    NDArray[np.uint64],
    NDArray[np.uint64],
]: ...
