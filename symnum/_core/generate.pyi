from typing import Any, Final

from numpy.typing import NDArray

from symnum._core.expression import Program

MAX_VARIABLES: Final[int]

def sample(
    seed: int,
    first: int,
    n: int,
    max_variables: int,
    max_extra: int,
    max_unary: int,
    n_points: int,
    max_value: float,
) -> dict[str, NDArray[Any]]: ...
def skeleton(program: Program) -> int: ...
