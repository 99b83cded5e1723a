"""One tree of errors, each catchable as the standard class that fits it."""

from __future__ import annotations

import pickle
import sys

import pytest

import qnlp
import qnlp.errors
import symnum
import symnum.errors
from qnlp._lazy import require
from symnum._lazy import require as symnum_require

BASES = {"qnlp": qnlp.QnlpError, "symnum": symnum.SymnumError}
CLASSES = [
    getattr(module, name) for module in (qnlp.errors, symnum.errors) for name in module.__all__
]


@pytest.mark.parametrize("error", CLASSES)
def test_error_is_a_value_error_of_its_package_s_tree(error: type[Exception]) -> None:
    assert issubclass(error, BASES[error.__module__])
    assert issubclass(error, ValueError)


@pytest.mark.parametrize("error", CLASSES)
def test_error_keeps_its_message_through_pickle(error: type[Exception]) -> None:
    copy = pickle.loads(pickle.dumps(error("x has 3 rows, expected 4")))
    assert type(copy) is error
    assert str(copy) == "x has 3 rows, expected 4"


@pytest.mark.parametrize("error", CLASSES)
def test_traceback_names_the_public_class(error: type[Exception]) -> None:
    assert getattr(sys.modules[error.__module__], error.__name__) is error


@pytest.mark.parametrize(
    ("error", "standard"),
    [
        (qnlp.CircuitTooLargeError, MemoryError),
        (qnlp.CheckpointError, OSError),
        (qnlp.CheckpointCorruptError, OSError),
        (qnlp.MissingDependencyError, ImportError),
        (symnum.TooLargeError, MemoryError),
        (symnum.MissingDependencyError, ImportError),
    ],
)
def test_error_is_also_the_standard_class(error: type, standard: type) -> None:
    assert issubclass(error, standard)


def test_require_returns_the_submodule() -> None:
    assert require("json.decoder", extra="qiskit").__name__ == "json.decoder"


def test_require_names_the_extra_that_installs_the_package() -> None:
    with pytest.raises(qnlp.MissingDependencyError, match=r"^absent_pkg is not installed: ") as hit:
        require("absent_pkg.part", extra="qiskit")
    assert hit.value.name == "absent_pkg"
    assert '"monoidal[qiskit]"' in str(hit.value)


def test_each_package_raises_the_missing_package_in_its_own_tree() -> None:
    with pytest.raises(symnum.MissingDependencyError, match=r"pip install \"monoidal\[sr\]\""):
        symnum_require("absent_pkg.part", extra="sr")


def test_require_shows_an_import_that_fails_inside_an_installed_package() -> None:
    with pytest.raises(ModuleNotFoundError) as hit:
        require("json.no_such_part", extra="qiskit")
    assert not isinstance(hit.value, qnlp.MissingDependencyError)
