from typing import Final

from . import expression as expression
from . import generate as generate
from . import ode as ode
from . import search as search

__version__: Final[str]
isa: Final[str]

def set_num_threads(n_threads: int) -> None: ...
def num_threads() -> int: ...
def restart_after_fork(n_threads: int) -> None: ...
