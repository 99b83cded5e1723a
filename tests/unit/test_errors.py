"""One tree of errors, each catchable as the standard class that fits it."""

from __future__ import annotations

import pickle

import pytest

import qnlp
from qnlp import errors
from qnlp._lazy import require

CLASSES = [getattr(errors, name) for name in errors.__all__]


@pytest.mark.parametrize("error", CLASSES)
def test_error_is_a_value_error_of_the_one_tree(error: type[Exception]) -> None:
    assert issubclass(error, qnlp.QnlpError)
    assert issubclass(error, ValueError)


@pytest.mark.parametrize("error", CLASSES)
def test_error_keeps_its_message_through_pickle(error: type[Exception]) -> None:
    copy = pickle.loads(pickle.dumps(error("x has 3 rows, expected 4")))
    assert type(copy) is error
    assert str(copy) == "x has 3 rows, expected 4"


@pytest.mark.parametrize("error", CLASSES)
def test_traceback_names_the_public_class(error: type[Exception]) -> None:
    assert error.__module__ == "qnlp"
    assert getattr(qnlp, error.__name__) is error


@pytest.mark.parametrize(
    ("error", "standard"),
    [
        (qnlp.CircuitTooLargeError, MemoryError),
        (qnlp.CheckpointError, OSError),
        (qnlp.CheckpointCorruptError, OSError),
        (qnlp.MissingDependencyError, ImportError),
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


def test_require_shows_an_import_that_fails_inside_an_installed_package() -> None:
    with pytest.raises(ModuleNotFoundError) as hit:
        require("json.no_such_part", extra="qiskit")
    assert not isinstance(hit.value, qnlp.MissingDependencyError)
