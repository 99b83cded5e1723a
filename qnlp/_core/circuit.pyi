from collections.abc import Sequence
from typing import final

GATES: tuple[tuple[str, int, int, bool, int], ...]

@final
class Circuit:
    def __init__(
        self,
        n_qubits: int,
        operations: Sequence[tuple[str, Sequence[int], int, float, float]],
        inputs: Sequence[int],
        outputs: Sequence[int],
        n_parameters: int,
        factor: float,
    ) -> None: ...
    @property
    def n_qubits(self) -> int: ...
    @property
    def n_parameters(self) -> int: ...
