"""lambeq's scripts with one line changed: our model in the place of lambeq's NumpyModel."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qnlp.errors import DiagramError, UnknownWordError

pytest.importorskip("lambeq")

DATA = Path(os.environ.get("MONOIDAL_DATA", Path(__file__).parents[3] / "shared" / "data")) / "qnlp"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def circuits(sentences: list[str], ansatz: str = "IQPAnsatz", **options: Any) -> list[Any]:
    import lambeq
    from lambeq import AtomicType
    from lambeq.backend.grammar import Cup, Id, Ty, Word

    n, s = Ty("n"), Ty("s")
    options.setdefault("n_layers", 1)
    made = getattr(lambeq, ansatz)({AtomicType.SENTENCE: 1, AtomicType.NOUN: 1}, **options)
    out = []
    for sentence in sentences:
        words = sentence.split()
        types = [n, n.r @ s @ n.l, *[n @ n.l] * (len(words) - 3), n]
        diagram = Id().tensor(*[Word(w, t) for w, t in zip(words, types, strict=True)])
        cups = Cup(n, n.r) @ s
        for _ in words[2:]:
            cups = cups @ Cup(n.l, n)
        out.append(made(diagram >> cups))
    return out


SENTENCES = ["man cooks dinner", "woman debugs nice code", "man writes very nice code"]


@pytest.mark.parametrize(
    ("ansatz", "options"),
    [
        ("IQPAnsatz", {"n_layers": 2}),
        ("Sim4Ansatz", {"n_layers": 1}),
        ("Sim14Ansatz", {"n_layers": 1}),
        ("Sim15Ansatz", {"n_layers": 1}),
        ("StronglyEntanglingAnsatz", {"n_layers": 1}),
    ],
)
def test_outcomes_are_those_of_lambeq(ansatz: str, options: dict[str, Any]) -> None:
    from lambeq import NumpyModel

    from qnlp.lambeq import KernelModel

    made = circuits(SENTENCES, ansatz, **options)
    theirs, ours = NumpyModel.from_diagrams(made), KernelModel.from_diagrams(made)
    assert ours.symbols == theirs.symbols
    rng = np.random.default_rng(0)
    ours.weights = theirs.weights = rng.random(len(theirs.symbols))
    np.testing.assert_allclose(ours(made), theirs(made), atol=1e-10)
    np.testing.assert_allclose(ours(made[::-1]), theirs(made[::-1]), atol=1e-10)


@pytest.mark.parametrize("ansatz", ["IQPAnsatz", "Sim4Ansatz", "Sim14Ansatz", "Sim15Ansatz"])
@pytest.mark.parametrize("options", [{}, {"discard": True}], ids=["post-selected", "discarded"])
def test_ancillas_and_discards_are_those_of_lambeq_and_ours(
    ansatz: str, options: dict[str, Any]
) -> None:
    from lambeq import NumpyModel
    from lambeq.backend.quantum import Measure

    import qnlp
    from qnlp.lambeq import KernelModel

    plain = circuits(SENTENCES[:2], ansatz, n_layers=1, n_ancillas=1, **options)
    made = [circuit >> Measure() for circuit in plain]
    theirs, ours = NumpyModel.from_diagrams(made), KernelModel.from_diagrams(made)
    rng = np.random.default_rng(0)
    ours.weights = theirs.weights = rng.random(len(theirs.symbols))
    expected = np.asarray(theirs(made))
    np.testing.assert_allclose(ours(made), expected, atol=1e-10)
    np.testing.assert_allclose(ours(plain), expected, atol=1e-10)

    n, s = qnlp.Ty("n"), qnlp.Ty("s")
    own = getattr(qnlp, ansatz)({"n": 1, "s": 1}, n_ancillas=1, **options)
    for sentence, row in zip(SENTENCES[:2], expected, strict=True):
        words = sentence.split()
        types = [n, n.r @ s @ n.l, *[n @ n.l] * (len(words) - 3), n]
        cups = [(0, 1), *((3 + 2 * k, 4 + 2 * k) for k in range(len(words) - 2))]
        boxes = [qnlp.Word(w, t) for w, t in zip(words, types, strict=True)]
        circuit = own.mixed(qnlp.pregroup_diagram(boxes, cups))
        names = [_plain(symbol.name) for symbol in theirs.symbols]
        values = dict(zip(names, theirs.weights, strict=True))
        found = circuit.simulate({name: values[_plain(name)] for name in circuit.symbols})
        np.testing.assert_allclose(found.probabilities(), row, atol=1e-10)


def _plain(name: str) -> str:
    """Word and number of a parameter: types are written otherwise by lambeq."""
    word, _, rest = name.partition("__")
    return f"{word} {rest.rpartition('_')[2]}"


def test_gates_scalars_and_several_open_qubits_are_those_of_lambeq() -> None:
    from lambeq import NumpyModel
    from lambeq.backend.quantum import (
        CX,
        CY,
        CZ,
        SWAP,
        Bra,
        Controlled,
        CRx,
        CRy,
        CRz,
        H,
        Id,
        Ket,
        Rx,
        Ry,
        Rz,
        S,
        Sqrt,
        T,
        X,
        Y,
        Z,
        qubit,
    )
    from lambeq.backend.symbol import Symbol

    from qnlp.lambeq import KernelModel

    a, b = Symbol("a"), Symbol("b")
    q = Id(qubit)
    walk = Ket(0, 1, 0) >> H @ Rx(a) @ Ry(-b) >> CX @ q >> q @ CRx(0.3 * a) >> CRz(b) @ q
    walk = walk >> q @ CY >> CZ @ q >> CRy(a, 2) >> CRz(b, -2) >> Controlled(X, -1) @ q
    walk = walk >> S @ T.dagger() @ Rz(0.1) >> S.dagger() @ X @ Y >> q @ SWAP >> Z @ T @ q
    open_two = walk >> q @ Bra(1) @ q
    closed = open_two @ Sqrt(2) >> Bra(0, 1)
    for made in ([walk], [open_two], [closed]):
        theirs, ours = NumpyModel.from_diagrams(made), KernelModel.from_diagrams(made)
        ours.weights = theirs.weights = np.array([0.37, 0.81])
        np.testing.assert_allclose(ours(made), theirs(made), atol=1e-12)


def test_what_cannot_run_is_refused_by_name() -> None:
    from lambeq.backend.quantum import CCX, Discard, H, Ket, Rx
    from lambeq.backend.symbol import Symbol

    from qnlp.lambeq import KernelModel, circuit_from_lambeq

    with pytest.raises(DiagramError, match="circuit has 1 inputs"):
        circuit_from_lambeq(H.to_diagram() if hasattr(H, "to_diagram") else H >> H)
    with pytest.raises(DiagramError, match=r"circuit is mixed: it discards 1 qubits"):
        circuit_from_lambeq(Ket(0) >> Discard())
    with pytest.raises(DiagramError, match="is not known"):
        circuit_from_lambeq(Ket(0, 0, 0) >> CCX)
    model = KernelModel.from_diagrams([Ket(0) >> Rx(Symbol("a"))])
    with pytest.raises(ValueError, match="weights are not initialised"):
        model([Ket(0) >> Rx(Symbol("a"))])
    model.initialise_weights()
    with pytest.raises(UnknownWordError, match="symbol 'b' is not one of the model's"):
        model([Ket(0) >> Rx(Symbol("b"))])


def _trained(name: str, optimizer: Any, hyper: dict[str, float], epochs: int, out: Path) -> Any:
    """The usual script; `name` is the one line that changes."""
    import lambeq
    from lambeq import BinaryCrossEntropyLoss, Dataset, QuantumTrainer

    import qnlp.lambeq as ours

    lines = (DATA / "mc_train_data.txt").read_text().splitlines()
    known = [line for line in lines if len(line.split()) == 5]
    labels = [[t := float(line[0]), 1 - t] for line in known]
    made = circuits([" ".join(line.split()[1:4]) for line in known])
    cls = getattr(ours, name, None) or getattr(lambeq, name)
    np.random.seed(0)  # noqa: NPY002 - where lambeq draws from
    model = cls.from_diagrams(made)
    trainer = QuantumTrainer(
        model,
        loss_function=BinaryCrossEntropyLoss(),
        epochs=epochs,
        optimizer=optimizer,
        optim_hyperparams=hyper,
        evaluate_functions={"acc": lambda p, y: float((p.argmax(1) == np.argmax(y, 1)).mean())},
        verbose="suppress",
        log_dir=out,
        seed=0,
    )
    trainer.fit(Dataset(made, labels, batch_size=10))
    return model, trainer


@pytest.fixture
def data() -> None:
    if not DATA.is_dir():
        pytest.skip("the published sets are not here")


@pytest.mark.slow
@pytest.mark.usefixtures("data")
def test_spsa_takes_the_same_steps_on_either_model(tmp_path: Path) -> None:
    from lambeq import SPSAOptimizer

    hyper = {"a": 0.2, "c": 0.06, "A": 0.05}
    found = [
        _trained(name, SPSAOptimizer, hyper, 3, tmp_path / name)
        for name in ("NumpyModel", "KernelModel")
    ]
    np.testing.assert_allclose(found[0][0].weights, found[1][0].weights, atol=1e-6)
    np.testing.assert_allclose(
        found[0][1].train_epoch_costs, found[1][1].train_epoch_costs, atol=1e-6
    )


@pytest.mark.usefixtures("data")
def test_exact_gradients_train_within_lambeqs_trainer(tmp_path: Path) -> None:
    from qnlp.lambeq import GradientOptimizer

    _, trainer = _trained("KernelModel", GradientOptimizer, {"lr": 0.05}, 30, tmp_path)
    assert trainer.train_eval_results["acc"][-1] > 0.9
    assert trainer.train_epoch_costs[-1] < 0.3 * trainer.train_epoch_costs[0]


def test_tensors_of_words_have_the_pieces_of_lambeq() -> None:
    import lambeq
    from lambeq.backend import grammar, tensor

    import qnlp

    noun, sentence = qnlp.Ty("n"), qnlp.Ty("s")
    ours = {"n": 3, "s": 2}
    n, s = grammar.Ty("n"), grammar.Ty("s")
    dims = {n: tensor.Dim(3), s: tensor.Dim(2)}
    pairs = [
        (lambeq.TensorAnsatz(dims), qnlp.TensorAnsatz(ours)),
        (lambeq.SpiderAnsatz(dims), qnlp.SpiderAnsatz(ours)),
        (lambeq.SpiderAnsatz(dims, max_order=3), qnlp.SpiderAnsatz(ours, max_order=3)),
        (lambeq.MPSAnsatz(dims, bond_dim=2), qnlp.MPSAnsatz(ours, bond_dim=2)),
        (
            lambeq.MPSAnsatz(dims, bond_dim=4, max_order=4),
            qnlp.MPSAnsatz(ours, bond_dim=4, max_order=4),
        ),
    ]
    for theirs, made in pairs:
        for there, here in (
            (n.r @ s @ n.l @ n.l, noun.r @ sentence @ noun.l @ noun.l),
            (n @ n.l, noun @ noun.l),
        ):
            split = theirs(grammar.Word("w", there))
            expected = sum(
                symbol.directed_dom * symbol.directed_cod for symbol in split.free_symbols
            )
            assert len(made.symbols(qnlp.Word("w", here))) == expected
