"""What watches a training: callbacks of `SentenceClassifier`, each called after an iteration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qnlp._lazy import require

__all__ = ["TensorBoard"]


class TensorBoard:
    """Writes losses and accuracies for TensorBoard, one run a beginning.

    Parameters
    ----------
    folder : str or Path
        Has a subfolder ``restart-1``, ``restart-2``, ... for each of the beginnings that training
        goes through in turn. With ``n_jobs`` over 1 these are mixed up; give one.

    Raises
    ------
    MissingDependencyError
        If TensorBoard is not installed.

    Examples
    --------
    >>> import pytest, tempfile
    >>> tensorboard = pytest.importorskip("tensorboard")
    >>> from pathlib import Path
    >>> from qnlp import SentenceClassifier, TensorBoard
    >>> folder = tempfile.TemporaryDirectory()
    >>> curves = TensorBoard(folder.name)
    >>> model = SentenceClassifier("spiders", n_restarts=2, max_iter=3, callbacks=[curves])
    >>> model = model.fit(["good cake", "bad cake"], [1, 0])
    >>> curves.close()
    >>> sorted(path.name for path in Path(folder.name).iterdir())
    ['restart-1', 'restart-2']
    >>> folder.cleanup()
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._restart = 0
        self._iteration = 0
        self._writer: Any = None
        require("tensorboard.summary", "torch")

    def __call__(self, record: dict[str, Any]) -> None:
        """Write the numbers of one iteration."""
        iteration = record["iteration"]
        if self._writer is None or iteration <= self._iteration:
            self.close()
            self._restart += 1
            summary: Any = require("tensorboard.summary", "torch")
            path = self.folder / f"restart-{self._restart}"
            self._writer = summary.Writer(summary.DirectoryOutput(str(path)))
        self._iteration = iteration
        for name, value in record.items():
            if name not in ("iteration", "seconds"):
                self._writer.add_scalar(name, value, iteration)
        self._writer.flush()

    def close(self) -> None:
        """End the file that is written; a later record begins another run."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def __getstate__(self) -> dict[str, Any]:
        # A copy, of which scikit-learn makes some, writes runs of its own.
        return {**self.__dict__, "_writer": None}
