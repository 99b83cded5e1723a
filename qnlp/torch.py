"""Compiled sentences as a torch module: any torch optimiser, loss, and network after it.

A batch is one custom operator, ``qnlp::probabilities``, whose gradient is another,
``qnlp::pull_back``; both run in the compiled core and are known to ``torch.compile``.

Examples
--------
>>> import pytest
>>> torch = pytest.importorskip("torch")
>>> from qnlp import CCGReader, IQPAnsatz
>>> from qnlp.torch import SentenceModule
>>> texts = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
>>> diagrams = CCGReader().read_many(texts)
>>> circuits = SentenceModule(diagrams, IQPAnsatz({"n": 1, "s": 1}))
>>> head = torch.nn.Linear(2, 2, dtype=torch.float64)
>>> model = torch.nn.Sequential(circuits, head)
>>> optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
>>> labels = torch.tensor([0, 0, 1, 1])
>>> for _ in range(60):
...     optimizer.zero_grad()
...     loss = torch.nn.functional.cross_entropy(model(torch.arange(4)), labels)
...     loss.backward()
...     optimizer.step()
>>> model(torch.arange(4)).argmax(1).tolist()
[0, 0, 1, 1]
"""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np

from qnlp._lazy import require
from qnlp.backend import get_backend
from qnlp.backend.protocol import DifferentiableProgram
from qnlp.errors import BackendError, DataError, QnlpError
from qnlp.objective import FeatureParameters, FreeParameters
from qnlp.vocabulary import Vocabulary, named_boxes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from qnlp.ansatz import WordAnsatz
    from qnlp.diagram import Diagram
    from qnlp.features import FeatureMap, WordFeatures
    from qnlp.objective import Parameters

__all__ = ["SentenceModule"]  # noqa: F822 - made on demand


class _Compiled:
    """Sentences and what their weights mean, under a number that operators know them by."""

    _numbers = count()
    _at: ClassVar[WeakValueDictionary[int, _Compiled]] = WeakValueDictionary()

    def __init__(self, program: DifferentiableProgram, parameters: Parameters) -> None:
        self.program, self.parameters = program, parameters
        self.number = next(self._numbers)
        self._at[self.number] = self

    @classmethod
    def of(cls, number: int) -> _Compiled:
        if number not in cls._at:
            message = f"sentences {number} are no longer there: keep the module that compiled them"
            raise QnlpError(message)
        return cls._at[number]

    def __deepcopy__(self, memo: dict[int, Any]) -> _Compiled:
        return self

    def __reduce__(self) -> Any:
        message = "a SentenceModule cannot be pickled; save its state_dict() and compile it anew"
        raise TypeError(message)


@cache
def _operators() -> tuple[Any, Any]:
    """The two operators, registered at their first use."""
    torch: Any = require("torch", "torch")

    def array(values: Any) -> NDArray[np.float64]:
        return np.ascontiguousarray(values.detach().numpy(), np.float64)

    def probabilities(weight: Any, rows: Any, sentences: int) -> Any:
        at = _Compiled.of(sentences)
        theta = at.parameters.angles(array(weight))
        p, _ = at.program.probabilities(theta, rows.numpy())
        return torch.from_numpy(p).to(weight.dtype)

    def pull_back(weight: Any, slopes: Any, rows: Any, sentences: int) -> Any:
        at = _Compiled.of(sentences)
        theta = at.parameters.angles(array(weight))
        gradient = at.program.pull_back(theta, array(slopes), rows.numpy())
        return torch.from_numpy(np.array(at.parameters.pull_back(gradient))).to(weight.dtype)

    forward = torch.library.custom_op(
        "qnlp::probabilities",
        probabilities,
        mutates_args=(),
        device_types="cpu",
        schema="(Tensor weight, Tensor rows, int sentences) -> Tensor",
    )
    backward = torch.library.custom_op(
        "qnlp::pull_back",
        pull_back,
        mutates_args=(),
        device_types="cpu",
        schema="(Tensor weight, Tensor slopes, Tensor rows, int sentences) -> Tensor",
    )

    @forward.register_fake  # type: ignore[untyped-decorator]
    def _(weight: Any, rows: Any, sentences: int) -> Any:
        return weight.new_empty(rows.shape[0], _Compiled.of(sentences).program.n_classes)

    @backward.register_fake  # type: ignore[untyped-decorator]
    def _(weight: Any, slopes: Any, rows: Any, sentences: int) -> Any:
        return torch.empty_like(weight)

    def keep(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        weight, rows, ctx.sentences = inputs
        ctx.save_for_backward(weight, rows)

    def gradient(ctx: Any, slopes: Any) -> tuple[Any, None, None]:
        weight, rows = ctx.saved_tensors
        return backward(weight, slopes, rows, ctx.sentences), None, None

    forward.register_autograd(gradient, setup_context=keep)
    return forward, backward


def _compile(
    diagrams: Sequence[Diagram],
    ansatz: WordAnsatz,
    n_classes: int,
    vocabulary: Vocabulary,
    feature_map: FeatureMap | None,
    backend: Any,
) -> _Compiled:
    parameters: Parameters = FreeParameters(vocabulary, ansatz)
    if feature_map is not None:
        vocabulary = Vocabulary(ansatz, named_boxes(diagrams))
        parameters = FeatureParameters(feature_map, vocabulary, ansatz)
    program = get_backend(backend).compile(diagrams, ansatz, vocabulary, n_classes)
    if not isinstance(program, DifferentiableProgram):
        message = f"{type(program).__name__} has no pull_back, so torch cannot differentiate it"
        raise BackendError(message)
    return _Compiled(program, parameters)


@cache
def _sentence_module() -> type:
    torch: Any = require("torch", "torch")
    forward, _ = _operators()

    class SentenceModule(torch.nn.Module):  # type: ignore[misc]
        """Class probabilities of compiled sentences as a function of one trained vector.

        Parameters
        ----------
        diagrams : sequence of Diagram
            Sentences, as a reader's `read_many` gives them.
        ansatz : Ansatz or TensorAnsatz
        n_classes : int, default 2
            The first so many outcomes of each sentence are its classes.
        features : WordFeatures, optional
            Makes words' angles out of their spelling and vectors; sentences given to `on` may then
            have words that these do not.
        backend : str, mapping or Backend, default "kernel"
            One whose programs have `pull_back`.
        seed : int, default 0
            Of the beginning.
        dtype : torch.dtype, default torch.float64
            Of `weight` and of the results; the kernel computes in double precision.

        Attributes
        ----------
        weight : torch.nn.Parameter, shape (n_weights,)
            Angles in full turns in the order of `vocabulary.symbols`, or weights of the features.
        vocabulary : Vocabulary

        Raises
        ------
        MissingDependencyError
            If torch is not installed.
        DataError
            If there are no sentences.
        CircuitTooLargeError, ShapeError, UnknownWordError
            As the backend's `compile` does.

        Notes
        -----
        Differentiable once: second derivatives are refused by torch. The weight may be on any
        device; it is brought to the CPU for each batch. Copies made by `copy.deepcopy` share the
        compiled sentences; a ``state_dict`` holds the weight.
        """

        def __init__(
            self,
            diagrams: Sequence[Diagram],
            ansatz: WordAnsatz,
            n_classes: int = 2,
            *,
            features: WordFeatures | None = None,
            backend: Any = "kernel",
            seed: int = 0,
            dtype: Any = torch.float64,
        ) -> None:
            super().__init__()
            diagrams = _some(diagrams)
            self.vocabulary = Vocabulary(ansatz, named_boxes(diagrams))
            self._feature_map: FeatureMap | None = None
            if features is not None:
                words = [[box.name for box in named_boxes([d])] for d in diagrams]
                self._feature_map = features.fit(words, self.vocabulary, ansatz, seed)
            self._made = ansatz, n_classes, self.vocabulary, self._feature_map, backend
            self._sentences = _compile(diagrams, *self._made)
            begin = self._sentences.parameters.begin(np.random.default_rng(seed))
            self.weight = torch.nn.Parameter(torch.as_tensor(begin, dtype=dtype))

        @property
        def n_sentences(self) -> int:
            """How many sentences there are."""
            return self._sentences.program.n_sentences

        def on(self, diagrams: Sequence[Diagram]) -> SentenceModule:
            """A module of other sentences, such as those to predict, with the same weight.

            Parameters
            ----------
            diagrams : sequence of Diagram

            Returns
            -------
            SentenceModule
                Its `weight` is this one's, so training either changes both.

            Raises
            ------
            UnknownWordError
                Without `features`, if these have a word that the first sentences had not.
            """
            other = type(self).__new__(type(self))
            torch.nn.Module.__init__(other)
            other.vocabulary, other._feature_map = self.vocabulary, self._feature_map
            other._made = self._made
            other._sentences = _compile(_some(diagrams), *self._made)
            other.weight = self.weight
            return other

        def _rows(self, rows: Any) -> Any:
            if rows is None:
                return torch.arange(self.n_sentences)
            return torch.as_tensor(rows, device="cpu")

        def forward(self, rows: Any = None) -> Any:
            """Class probabilities.

            Parameters
            ----------
            rows : tensor of int64, shape (n,), optional
                Numbers of the sentences, all by default.

            Returns
            -------
            tensor, shape (n, n_classes)
                Of the weight's dtype and device. Rows sum to 1; those whose post-selection cannot
                succeed are 0.

            Raises
            ------
            DomainError
                If an angle is not finite; names it.
            ShapeError
                If `rows` are no sentence numbers.
            """
            weight = self.weight
            p = forward(weight.cpu(), self._rows(rows), self._sentences.number)
            return p.to(weight.device)

        def success_probability(self, rows: Any = None) -> Any:
            """How likely each sentence's post-selections succeed, shape (n,); without gradient."""
            at = self._sentences
            theta = at.parameters.angles(self.weight.detach().cpu().double().numpy())
            _, success = at.program.probabilities(theta, self._rows(rows).numpy())
            return torch.from_numpy(success).to(self.weight)

        def extra_repr(self) -> str:
            """What the module's text shows."""
            return f"n_sentences={self.n_sentences}, n_weights={len(self.weight)}"

    SentenceModule.__module__, SentenceModule.__qualname__ = __name__, "SentenceModule"
    return SentenceModule


def _some(diagrams: Sequence[Diagram]) -> list[Diagram]:
    listed = list(diagrams)
    if not listed:
        message = "there are no sentences to compile"
        raise DataError(message)
    return listed


def __getattr__(name: str) -> type:
    if name == "SentenceModule":
        return _sentence_module()
    message = f"module 'qnlp.torch' has no attribute {name!r}"
    raise AttributeError(message)
