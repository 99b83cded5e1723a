from typing import Final

from . import circuit as circuit
from . import diagram as diagram
from . import grammar as grammar
from . import model as model
from . import state_vector as state_vector
from . import tensor as tensor

__version__: Final[str]
isa: Final[str]

def set_num_threads(n_threads: int) -> None: ...
def num_threads() -> int: ...
def restart_after_fork(n_threads: int) -> None: ...
def run_tasks(n_tasks: int, seconds_each: float, failing: int) -> None: ...
