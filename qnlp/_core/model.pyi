from collections.abc import Mapping, Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

from qnlp._core.circuit import Circuit
from qnlp._core.diagram import Diagram
from qnlp._core.tensor import Network

@final
class Shapes:
    def __init__(
        self,
        networks: Sequence[Network],
        shape_of: NDArray[np.uint32],
        words: NDArray[np.uint32],
    ) -> None: ...
    def __len__(self) -> int: ...
    @property
    def networks(self) -> list[Network]: ...
    @property
    def operands(self) -> list[list[int]]: ...
    @property
    def log2_success(self) -> list[float]: ...
    @property
    def mixed(self) -> bool: ...
    @property
    def shape_of(self) -> NDArray[np.uint32]: ...
    @property
    def words(self) -> NDArray[np.uint32]: ...
    def costs(self) -> list[tuple[int, int, int]]: ...
    def with_sentences(self, shape_of: NDArray[np.uint32], words: NDArray[np.uint32]) -> Shapes: ...
    def doubled(
        self,
        hidden: NDArray[np.uint64],
        is_fed: Sequence[bool],
        discarded: NDArray[np.uint32],
    ) -> Shapes: ...

def group(diagrams: Sequence[Diagram], dimension: Mapping[str, int]) -> Shapes: ...

@final
class Corpus:
    def __init__(
        self,
        shapes: Shapes,
        circuits: Sequence[Circuit | int],
        first: Sequence[NDArray[np.uint32]],
        operand_family: NDArray[np.uint32],
        operand_conjugate: Sequence[bool],
        words: NDArray[np.uint32],
        n_classes: int,
        n_parameters: int,
    ) -> None: ...
    @property
    def n_sentences(self) -> int: ...
    @property
    def n_shapes(self) -> int: ...
    @property
    def n_parameters(self) -> int: ...
    def n_bytes(self, n_threads: int) -> int: ...
    def probabilities(
        self, theta: NDArray[np.float64], rows: NDArray[np.uint32], memory_limit: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]: ...
    def loss_and_gradient(
        self,
        theta: NDArray[np.float64],
        rows: NDArray[np.uint32],
        labels: NDArray[np.uint32],
        weights: NDArray[np.float64],
        smoothing: float,
        memory_limit: int,
    ) -> tuple[float, NDArray[np.float64]]: ...
    def pull_back(
        self,
        theta: NDArray[np.float64],
        rows: NDArray[np.uint32],
        slopes: NDArray[np.float64],
        memory_limit: int,
    ) -> NDArray[np.float64]: ...
