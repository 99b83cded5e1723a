"""A classifier of sentences with scikit-learn's interface."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError

from qnlp._fingerprint import fingerprint
from qnlp._inputs import check_labels, check_weights, unknown_words, warn_of_defaults
from qnlp._reading import adapt, make_reader, read, rewritten, warn_of_coverage
from qnlp._run_lock import locked
from qnlp.ansatz import WordAnsatz, default_ansatz
from qnlp.backend import Backend, get_backend
from qnlp.backend.protocol import SMOOTHING
from qnlp.errors import CircuitTooLargeError, DataError, QnlpError
from qnlp.features import WordFeatures
from qnlp.heads import LinearHead
from qnlp.objective import Evaluator, FeatureParameters, FreeParameters, Objective
from qnlp.restarts import Restarts, TrainingFolder
from qnlp.rewrite.rewriter import Rewriter
from qnlp.training import Outcome, Problem, Settings
from qnlp.vocabulary import (
    Vocabulary,
    are_known,
    named_boxes,
    rare_words,
    rename_words,
    unknown_parameters,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from qnlp.diagram import Diagram
    from qnlp.grammar import Reader
    from qnlp.objective import Parameters

__all__ = ["SentenceClassifier"]

_OOV = ("error", "unk", "skip")
_QUICK = 1000  # sentences that the kernel trains on in a fraction of a second


class SentenceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Sentences to classes, by way of diagrams and parameterised quantum circuits.

    A reader gives each sentence a diagram, an ansatz gives the diagram a circuit, and the parameters
    of the words are trained on the cross-entropy of the outcomes. With K classes, the first K outcomes
    of the sentence's open qubits are the classes; the others are post-selected away.

    Parameters
    ----------
    reader : str or Reader, default "ccg"
        A name (``"ccg"``, ``"pregroup"``, ``"text"``, ``"tree"``, ``"cups"``, ``"stairs"``,
        ``"sequence"``, ``"spiders"``) or a reader. By the
        name, "ccg" reads every sentence, those without a full parse in parts, and gives all of a set
        one type, that of sentences or of noun phrases, whichever more of the training set are.
    ansatz : Ansatz, TensorAnsatz or str, optional
        By its name in `qnlp.ansatz.ANSAETZE`, ``"iqp"`` by default, of one layer, with one qubit (a
        tensor: dimension 2) a wire and as many for the target as the classes need.
    backend : str, mapping or Backend, default "kernel"
        ``"kernel"``, ``"aer"``, ``"pennylane"``, ``"torch"``, or a mapping such as
        ``{"name": "kernel", "shots": 1024, "seed": 0}``,
        ``{"name": "aer", "shots": 1024, "noise": {"depolarizing": 0.01}}``,
        ``{"name": "pennylane", "device": "lightning.qubit"}`` or ``{"name": "torch", "device": "cuda"}``.
    optimizer : {"lbfgs", "bfgs", "cg", "adam", "spsa"}, default "lbfgs"
        With shots ``"adam"``, by parameter shift, or ``"spsa"``, by two losses a step.
    max_iter : int, default 200
        Iterations, or epochs of Adam and SPSA.
    learning_rate : float, default 0.05
        Of Adam, and of SPSA at its first step.
    batch_size : int, optional
        Sentences a step of Adam or SPSA; all of them by default.
    tol : float, default 1e-6
        Stop when the largest entry of the gradient (Adam: ten epochs' improvement) is below. With
        shots Adam and SPSA do not stop by it, as losses go up and down by chance.
    n_restarts : int, optional
        Train from so many random beginnings and keep the one of least loss; with an `eval_set`, of
        least loss there. By default 5 for up to 1,000 sentences on the kernel, where one takes a
        fraction of a second and some end in poor minima; else 1.
    oov : {"error", "unk", "skip"}, default "error"
        What to do with a word that training did not see: refuse, put the unknown word of its type in
        its place, or give the sentence the classes' frequencies. The last is also done by ``"unk"``
        where training saw no word of that type; both warn with the count.
    min_freq : int, default 1
        With ``oov="unk"``, words that occur less often train the unknown word of their type.
    rewrite : str or iterable of str, optional
        Rules of `qnlp.rewrite` that every diagram is rewritten by, such as ``["determiner"]``.
    simplify : bool, default False
        Whether to add all rules that make diagrams smaller, `qnlp.rewrite.SIMPLIFY`.
    seed : int, Generator or None, default 0
        Draws the beginnings, uniform over one turn (near the neutral angles where the ansatz has
        those), and Adam's batches.
    features : WordFeatures, optional
        Makes words' parameters out of their spelling and vectors, with weights that all words share.
        No word is unknown then, and `oov` and `min_freq` have no effect.
    head : LinearHead, optional
        Makes class probabilities out of the outcomes' ones, trained with the circuits.
    l2 : float, default 0
        Adds ``l2 / 2`` times the squared weights to the loss: of features, else of the angles' way
        from their beginnings.
    patience : int, optional
        Stop after so many iterations without a smaller loss of the `eval_set`, and keep the
        parameters of the smallest.
    max_time : float, optional
        Seconds after which each run stops, at the end of an iteration.
    run_dir : str or Path, optional
        Where to save the training under way, every `checkpoint_every` iterations. Only one process
        at a time can use it. SciPy's optimisers begin anew at each checkpoint.
    checkpoint_every : int, default 10
    resume : bool, default False
        Go on from the newest checkpoint in `run_dir`, if there is one: the model comes out bit for
        bit as if training had never been stopped.
    n_jobs : int, default 1
        Restarts at once, each in a thread; for the kernel, and without `run_dir`. Which beginning
        wins does not depend on it where the optimiser draws nothing: with batches, or SPSA, runs
        draw from generators of their own then.
    callbacks : sequence of callable, optional
        Each is called after an iteration with its record, as in `history_`.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
    theta_ : ndarray of float64, shape (n_parameters_,)
        In full turns.
    vocabulary_ : Vocabulary
    reader_ : Reader
        The reader, as it suits the training set.
    coverage_ : CoverageReport or None
        Of the training sentences: how many have a full parse, and why the others have none.
    weights_ : ndarray of float64
        What was trained: `theta_`, or the weights of the features.
    head_weights_ : ndarray of float64
        Those of the head; empty without one.
    loss_ : float
        Mean cross-entropy (natural logarithm) of the training sentences, penalty included.
    history_ : list of dict
        ``iteration``, ``loss``, ``seconds``, and ``eval_loss``, ``eval_accuracy`` with an `eval_set`.
    n_iter_ : int
    converged_ : bool

    Notes
    -----
    Source: Lorenz et al., "QNLP in Practice", arXiv:2102.12846. A sentence whose post-selection can
    not succeed gets equal probabilities, with a warning.

    Examples
    --------
    >>> from qnlp import SentenceClassifier
    >>> sentences = ["man cooks dinner", "woman bakes cake", "man writes code", "woman debugs code"]
    >>> model = SentenceClassifier(seed=0).fit(sentences, ["food", "food", "it", "it"])
    >>> model.predict(["man bakes dinner", "woman writes code"]).tolist()
    ['food', 'it']
    """

    def __init__(
        self,
        reader: str | Reader = "ccg",
        ansatz: WordAnsatz | str | None = None,
        backend: str | dict[str, Any] | Backend = "kernel",
        optimizer: str = "lbfgs",
        *,
        max_iter: int = 200,
        learning_rate: float = 0.05,
        batch_size: int | None = None,
        tol: float = 1e-6,
        n_restarts: int | None = None,
        oov: str = "error",
        min_freq: int = 1,
        rewrite: str | Sequence[str] | None = None,
        simplify: bool = False,
        seed: int | np.random.Generator | None = 0,
        features: WordFeatures | None = None,
        head: LinearHead | None = None,
        l2: float = 0.0,
        patience: int | None = None,
        max_time: float | None = None,
        run_dir: str | Path | None = None,
        checkpoint_every: int = 10,
        resume: bool = False,
        n_jobs: int = 1,
        callbacks: Sequence[Callable[[dict[str, Any]], None]] | None = None,
    ) -> None:
        self.reader = reader
        self.ansatz = ansatz
        self.backend = backend
        self.optimizer = optimizer
        self.max_iter = max_iter
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.tol = tol
        self.n_restarts = n_restarts
        self.oov = oov
        self.min_freq = min_freq
        self.rewrite = rewrite
        self.simplify = simplify
        self.seed = seed
        self.features = features
        self.head = head
        self.l2 = l2
        self.patience = patience
        self.max_time = max_time
        self.run_dir = run_dir
        self.checkpoint_every = checkpoint_every
        self.resume = resume
        self.n_jobs = n_jobs
        self.callbacks = callbacks

    def fit(
        self,
        X: Sequence[str | Diagram],
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        eval_set: tuple[Sequence[str | Diagram], ArrayLike] | None = None,
    ) -> Self:
        """Train on labelled sentences.

        Parameters
        ----------
        X : sequence of str or Diagram, length n
        y : array_like, shape (n,)
            Labels of any kind that sorts.
        sample_weight : array_like of float, shape (n,), optional
        eval_set : (X, y), optional
            Its loss and accuracy are recorded at every iteration. Training does not look at them, but
            the choice among several restarts does.

        Returns
        -------
        SentenceClassifier

        Raises
        ------
        DataError
            If there are no sentences, fewer than two classes, or as many labels as not sentences.
        QnlpError
            If a sentence cannot be read; names its index.
        CircuitTooLargeError
            Before allocation, if a sentence does not fit in memory.
        KeyboardInterrupt
            On Ctrl-C, after the best parameters so far were kept: the model can be used and saved.
        """
        settings = self._settings()
        self.__dict__.pop("theta_", None)  # what an earlier fit found does not fit this one's words
        self.__dict__.pop("reader_", None)
        labels = check_labels(y, len(X))
        weights = check_weights(sample_weight, len(labels))
        self.reader_ = adapt(make_reader(self.reader), X)
        found, self.coverage_ = read(self.reader_, X)
        found = rewritten(found, Rewriter(self.rewrite, simplify=self.simplify))
        warn_of_coverage(self.coverage_, "are left out of training")
        rows = [row for row, diagram in enumerate(found) if diagram is not None]
        diagrams = [diagram for diagram in found if diagram is not None]
        labels = labels[rows]
        weights = None if weights is None else weights[rows]
        if not diagrams:
            message = "there are no sentences to train on"
            raise DataError(message)
        self.classes_, targets = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            message = (
                f"all {len(diagrams)} sentences have the label {self.classes_[0]!r}, "
                "expected two classes or more"
            )
            raise DataError(message)
        self.class_frequencies_ = np.bincount(targets) / len(targets)
        self.ansatz_ = self._make_ansatz(diagrams)
        if self.oov == "unk" and self.features is None:
            rare = rare_words(diagrams, self.min_freq)
            diagrams = [rename_words(d, lambda box: box.generator in rare) for d in diagrams]
        self.vocabulary_ = Vocabulary(self.ansatz_, named_boxes(diagrams))
        self.feature_map_ = None
        if self.features is not None:
            names = [[box.name for box in named_boxes([d])] for d in diagrams]
            seed = int(self.seed) if isinstance(self.seed, int | np.integer) else 0
            self.feature_map_ = self.features.fit(names, self.vocabulary_, self.ansatz_, seed)
        self._evaluator_ = self._evaluator(diagrams, rows)
        objective = Objective(self._evaluator_, targets, weights, self.l2)
        observe = self._observer(eval_set)
        try:
            is_noisy = getattr(get_backend(self.backend), "shots", None) is not None
            problem = Problem(objective, len(diagrams), observe, objective.loss, is_noisy)
            self._train(problem, settings, diagrams)
        finally:
            del self._evaluator_
        return self

    def _settings(self) -> Settings:
        if self.oov not in _OOV:
            message = f"oov is {self.oov!r}, expected one of {list(_OOV)}"
            raise QnlpError(message)
        for name in ("n_restarts", "min_freq", "checkpoint_every", "n_jobs"):
            value = getattr(self, name)
            if name == "n_restarts" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                message = f"{name} is {value!r}, expected an int of 1 or more"
                raise QnlpError(message)
        for name, kind in (("features", WordFeatures), ("head", LinearHead)):
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                message = f"{name} must be a {kind.__name__}, got {type(value).__name__}"
                raise TypeError(message)
        if not (np.isfinite(self.l2) and self.l2 >= 0):
            message = f"l2 is {self.l2!r}, expected a finite number of 0 or more"
            raise QnlpError(message)
        if self.n_jobs > 1:
            name = get_backend(self.backend).name
            if name != "kernel" or self.run_dir is not None:
                where = "a run_dir" if name == "kernel" else f"the backend {name!r}"
                message = f"n_jobs is {self.n_jobs} with {where}, expected 1: restarts go in turn"
                raise QnlpError(message)
        return Settings(
            self.optimizer,
            self.max_iter,
            self.learning_rate,
            self.batch_size,
            self.tol,
            tuple(self.callbacks or ()),
            self.patience,
            self.max_time,
            None if self.run_dir is None else self.checkpoint_every,
        )

    def _train(self, problem: Problem, settings: Settings, words: Sequence[Diagram]) -> None:
        restarts = Restarts(
            self._evaluator_,
            np.random.default_rng(self.seed),
            self._count_restarts(problem.n_items),
            self.n_jobs,
        )
        try:
            if self.run_dir is None:
                restarts.train(problem, settings, None)
                return
            folder = TrainingFolder(Path(self.run_dir), fingerprint(self, words, problem))
            folder.path.mkdir(parents=True, exist_ok=True)
            with locked(folder.path):
                if self.resume:
                    folder.load(restarts)
                restarts.train(problem, settings, folder)
        finally:
            if restarts.best.n_iter:
                self._keep(restarts.best)
                if self.feature_map_ is None:
                    self._add_unknown_words()

    def _count_restarts(self, n_sentences: int) -> int:
        if self.n_restarts is not None:
            return self.n_restarts
        is_quick = n_sentences <= _QUICK and get_backend(self.backend).name == "kernel"
        return 5 if is_quick else 1

    def _keep(self, outcome: Outcome) -> None:
        self.theta_, self.head_weights_ = self._evaluator_.split(outcome.theta)
        n = self._evaluator_.parameters.n_weights
        self.weights_ = self.theta_ if self.feature_map_ is None else outcome.theta[:n]
        self.loss_ = outcome.loss
        self.history_ = outcome.history
        self.n_iter_ = outcome.n_iter
        self.converged_ = outcome.converged
        self.message_ = outcome.message

    def _add_unknown_words(self) -> None:
        """So that at prediction time every type that training saw has an unknown word."""
        added = unknown_parameters(self.vocabulary_, self.theta_)
        full = Vocabulary(self.ansatz_, [*self.vocabulary_.boxes, *added])
        theta = np.empty(len(full))
        for box in full.boxes:
            begin = full.first[box.generator]
            old = self.vocabulary_.first.get(box.generator)
            n = len(self.ansatz_.symbols(box))
            theta[begin : begin + n] = added[box] if old is None else self.theta_[old : old + n]
        self.vocabulary_, self.theta_ = full, theta
        self.weights_ = theta

    def _observer(
        self, eval_set: tuple[Sequence[str | Diagram], ArrayLike] | None
    ) -> Callable[[NDArray[np.float64]], dict[str, Any]]:
        if eval_set is None:
            return lambda theta: {}
        X, y = eval_set
        labels = self._class_numbers(check_labels(y, len(X)))
        diagrams, known = self._known(self._read(X), trained=self.vocabulary_)
        if not known.any():
            return lambda theta: {}
        evaluator = self._evaluator(diagrams, np.flatnonzero(known), "eval_set")
        targets = labels[known]

        def observe(weights: NDArray[np.float64]) -> dict[str, Any]:
            p, _ = evaluator.probabilities(weights)
            hits = int((p.argmax(1) == targets).sum())
            return {"eval_loss": _cross_entropy(p, targets), "eval_accuracy": hits / len(labels)}

        return observe

    def predict_proba(self, X: Sequence[str | Diagram]) -> NDArray[np.float64]:
        """Probabilities of the classes.

        Parameters
        ----------
        X : sequence of str or Diagram, length n

        Returns
        -------
        ndarray of float64, shape (n, n_classes)
            Columns in the order of `classes_`; each row sums to 1.

        Raises
        ------
        UnknownWordError
            With ``oov="error"``, if training did not see a word; lists them all.

        Warns
        -----
        RuntimeWarning
            With the number of sentences that got default probabilities, and why.
        """
        self._check_fitted()
        found = self._read(X)
        diagrams, known = self._known(found, trained=self.vocabulary_)
        out = np.tile(self.class_frequencies_, (len(known), 1))
        unknown = int((~known).sum()) - sum(diagram is None for diagram in found)
        if unknown:
            warn_of_defaults(unknown, "words that training did not see", "the classes' frequencies")
        if diagrams:
            evaluator = self._evaluator(diagrams, np.flatnonzero(known))
            p, _ = evaluator.probabilities(self._all_weights())
            vanishing = p.sum(1) == 0
            if vanishing.any():
                counted = getattr(get_backend(self.backend), "shots", None)
                reason = "a post-selection that cannot succeed"
                if counted is not None:
                    reason = f"a post-selection that none of {counted} shots survived"
                warn_of_defaults(int(vanishing.sum()), reason, "equal probabilities")
                p[vanishing] = 1 / len(self.classes_)
            out[known] = p
        return out

    def predict(self, X: Sequence[str | Diagram]) -> NDArray[Any]:
        """The most probable class of each sentence; of equally probable ones the first.

        Parameters
        ----------
        X : sequence of str or Diagram, length n

        Returns
        -------
        ndarray, shape (n,)
        """
        numbers = self.predict_proba(X).argmax(1)
        return np.asarray(self.classes_[numbers])

    def loss(self, X: Sequence[str | Diagram], y: ArrayLike) -> float:
        """Mean cross-entropy (natural logarithm) of labelled sentences.

        Parameters
        ----------
        X : sequence of str or Diagram, length n
        y : array_like, shape (n,)
            Labels out of `classes_`.

        Returns
        -------
        float
        """
        p = self.predict_proba(X)
        numbers = self._class_numbers(check_labels(y, len(p)))
        return _cross_entropy(p, numbers)

    def success_probability(self, X: Sequence[str | Diagram]) -> NDArray[np.float64]:
        """How likely all post-selections of each sentence's circuit succeed, cups kept.

        Parameters
        ----------
        X : sequence of str or Diagram, length n

        Returns
        -------
        ndarray of float64, shape (n,)
            NaN where a word is unknown.
        """
        self._check_fitted()
        diagrams, known = self._known(self._read(X), trained=self.vocabulary_)
        out = np.full(len(known), np.nan)
        if diagrams:
            evaluator = self._evaluator(diagrams, np.flatnonzero(known))
            _, out[known] = evaluator.probabilities(self._all_weights())
        return out

    @property
    def n_parameters_(self) -> int:
        """Number of trained parameters, those of unknown words included."""
        self._check_fitted()
        return len(self.theta_)

    def save(self, path: str | Path) -> Path:
        """Write the model, whole or not at all.

        Parameters
        ----------
        path : str or Path
            A directory. What an earlier save left there stays until this one is complete.

        Returns
        -------
        Path
            The directory of this version of the model, within `path`.

        Raises
        ------
        CheckpointError
            If the reader or backend has no registered name, or the files cannot be written.
        """
        from qnlp import saving

        self._check_fitted()
        return saving.save_classifier(self, Path(path))

    @classmethod
    def load(cls, path: str | Path, *, allow_previous: bool = False) -> SentenceClassifier:
        """Read a model that `save` wrote. Runs no code from the files.

        Parameters
        ----------
        path : str or Path
        allow_previous : bool, default False
            Fall back to the version before, if there is one and the newest is corrupt.

        Returns
        -------
        SentenceClassifier

        Raises
        ------
        CheckpointCorruptError
            If a file is not what was written; names it.
        """
        from qnlp import saving

        return saving.load_classifier(Path(path), allow_previous=allow_previous)

    def _check_fitted(self) -> None:
        if not hasattr(self, "theta_"):
            message = "this SentenceClassifier is not fitted yet; call fit, or load a saved one"
            raise NotFittedError(message)

    def _read(self, X: Sequence[str | Diagram]) -> list[Diagram | None]:
        diagrams, report = read(self.reader_, X)
        warn_of_coverage(report, "get the classes' frequencies")
        return rewritten(diagrams, Rewriter(self.rewrite, simplify=self.simplify))

    def _make_ansatz(self, diagrams: Sequence[Diagram]) -> WordAnsatz:
        if isinstance(self.ansatz, WordAnsatz):
            return self.ansatz
        if self.ansatz is not None and not isinstance(self.ansatz, str):
            message = f"ansatz must be an Ansatz or a name, got {type(self.ansatz).__name__}"
            raise TypeError(message)
        n_outcomes = len(self.classes_)
        if self.head is not None:
            n_outcomes = self.head.outcomes(n_outcomes)
        return default_ansatz(diagrams, n_outcomes, self.ansatz or "iqp")

    def _evaluator(
        self, diagrams: Sequence[Diagram], rows: ArrayLike, argument: str = ""
    ) -> Evaluator:
        """The sentences compiled; with features for their own words, else for the trained ones.

        `rows` are their places in the argument of that name, for the refusal of one that is too large.
        """
        n_classes, ansatz = len(self.classes_), self.ansatz_
        vocabulary = self.vocabulary_
        parameters: Parameters = FreeParameters(vocabulary, ansatz)
        if self.feature_map_ is not None:
            vocabulary = Vocabulary(ansatz, named_boxes(diagrams))
            parameters = FeatureParameters(self.feature_map_, vocabulary, ansatz)
        n_outcomes = n_classes if self.head is None else self.head.outcomes(n_classes)
        try:
            program = get_backend(self.backend).compile(diagrams, ansatz, vocabulary, n_outcomes)
        except CircuitTooLargeError as error:
            if error.sentence is not None:
                error.sentence = int(np.asarray(rows)[error.sentence])
                error.argument = argument
            raise
        return Evaluator(program, parameters, self.head, n_classes)

    def _all_weights(self) -> NDArray[np.float64]:
        own = self.theta_ if self.feature_map_ is None else self.weights_
        return np.concatenate([own, self.head_weights_])

    def _known(
        self, given: Sequence[Diagram | None], trained: Vocabulary
    ) -> tuple[list[Diagram], NDArray[np.bool_]]:
        """The diagrams whose words all have parameters, and which of the given ones they are."""
        diagrams = [d for d in given if d is not None]
        is_read = np.array([d is not None for d in given], bool)
        if self.feature_map_ is not None:
            return diagrams, is_read
        known = are_known(diagrams, trained)
        if self.oov == "error" and not known.all():
            raise unknown_words(b for b in named_boxes(diagrams) if b not in trained)
        if self.oov == "unk" and not known.all():
            diagrams = [
                d if is_known else rename_words(d, lambda box: box not in trained)
                for d, is_known in zip(diagrams, known, strict=True)
            ]
            known = are_known(diagrams, trained)
        kept = [d for d, is_known in zip(diagrams, known, strict=True) if is_known]
        is_read[is_read] = known
        return kept, is_read

    def _class_numbers(self, labels: NDArray[Any]) -> NDArray[np.intp]:
        numbers = np.searchsorted(self.classes_, labels)
        numbers = np.minimum(numbers, len(self.classes_) - 1)
        wrong = np.flatnonzero(self.classes_[numbers] != labels)
        if len(wrong):
            message = (
                f"label {labels[wrong[0]]!r} of sentence {wrong[0]} is not one of "
                f"{self.classes_.tolist()}"
            )
            raise DataError(message)
        return numbers


def _cross_entropy(p: NDArray[np.float64], numbers: NDArray[np.intp]) -> float:
    chosen = (p[np.arange(len(p)), numbers] + SMOOTHING) / (1 + p.shape[1] * SMOOTHING)
    return float(-np.log(chosen).mean())
