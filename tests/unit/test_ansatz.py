"""Ansaetze: numbers of qubits and parameters, and what they refuse."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from qnlp import Box, Cup, IQPAnsatz, Swap, Ty, Word
from qnlp.ansatz import ansatz_from_config
from qnlp.errors import CircuitTooLargeError, DiagramError, QnlpError, ShapeError
from qnlp.vocabulary import Vocabulary

N, S = Ty("n"), Ty("s")
ANSATZ = IQPAnsatz({"n": 1, "s": 1})


@pytest.mark.parametrize("n_layers", [1, 2, 3])
@pytest.mark.parametrize("n", [2, 3, 5])
def test_iqp_has_hadamards_and_controlled_rotations_between_neighbours(
    n: int, n_layers: int
) -> None:
    circuit = IQPAnsatz({"n": n}, n_layers).box_circuit(Ty(), N)
    names = [gate.name for gate in circuit.gates]
    assert names == (["H"] * n + ["CRz"] * (n - 1)) * n_layers + ["H"] * n
    assert len(circuit.symbols) == n_layers * (n - 1)
    pairs = [gate.qubits for gate in circuit.gates if gate.name == "CRz"]
    assert pairs == [(q, q + 1) for q in range(n - 1)] * n_layers


@pytest.mark.parametrize("count", range(6))
def test_one_qubit_has_rotations_about_x_and_z_in_turn_whatever_the_layers(count: int) -> None:
    circuit = IQPAnsatz({"n": 1}, 4, count).box_circuit(Ty(), N)
    assert [gate.name for gate in circuit.gates] == ["Rx", "Rz", "Rx", "Rz", "Rx"][:count]


def test_no_qubit_is_the_scalar_one() -> None:
    circuit = IQPAnsatz({"n": 0}).box_circuit(Ty(), N)
    assert (circuit.n_qubits, circuit.symbols, circuit.amplitudes().tolist()) == (0, (), [1])


def test_a_box_has_the_qubits_of_its_larger_side() -> None:
    assert ANSATZ.box_circuit(N, N @ S).n_qubits == 2
    shrinking = ANSATZ.box_circuit(N @ S, N)
    assert (shrinking.inputs, shrinking.outputs, shrinking.post_selected) == ((0, 1), (0,), (1,))


def test_parameters_are_named_by_word_and_type_and_turned_boxes_share_them() -> None:
    word = Word("runs", N.r @ S)
    assert ANSATZ.symbols(word) == ("runs__n.r@s_0",)
    for turned in (word.r, word.l.l, word.dagger(), word.dagger().r):
        assert ANSATZ.circuit(turned).symbols == ANSATZ.symbols(word)
    assert ANSATZ.symbols(Box("f", N, S)) == tuple(f"f__n_s_{k}" for k in range(3))


def test_atoms_may_be_given_as_types() -> None:
    assert IQPAnsatz({N: 1, S: 1}) == ANSATZ
    with pytest.raises(ShapeError, match="expected one atom"):
        IQPAnsatz({N @ S: 1})


@pytest.mark.parametrize("value", [-1, 1.5, True, "1", None])
def test_numbers_of_qubits_and_layers_are_counts(value: Any) -> None:
    with pytest.raises(ShapeError, match="expected an int of 0 or more"):
        IQPAnsatz({"n": value})
    with pytest.raises(ShapeError, match="n_layers has"):
        IQPAnsatz({"n": 1}, n_layers=value if value is not True else False)
    with pytest.raises(ShapeError, match="n_layers has 0, expected an int of 1 or more"):
        IQPAnsatz({"n": 1}, n_layers=0)


def test_an_atom_without_qubits_is_named() -> None:
    with pytest.raises(
        ShapeError, match=r"no number of qubits for atom 'p', only for \['n', 's'\]"
    ):
        ANSATZ(Word("w", Ty("p")))


def test_a_box_too_large_to_describe_is_refused() -> None:
    with pytest.raises(CircuitTooLargeError, match="needs 2147483648 qubits"):
        IQPAnsatz({"n": 2**31}).box_circuit(Ty(), N)


def test_removing_cups_saves_two_qubits_a_cup_and_needs_words() -> None:
    words = Word("Alice", N) @ Word("loves", N.r @ S @ N.l) @ Word("Bob", N)
    sentence = words >> Cup(N, N.r) @ S @ Cup(N.l, N)
    assert ANSATZ(sentence).n_qubits == 5
    assert ANSATZ(sentence, remove_cups=True).n_qubits == 3
    assert ANSATZ(sentence, remove_cups=True).factor == 1
    with pytest.raises(DiagramError, match="cups stay where boxes have a domain, as 'f' has"):
        ANSATZ(Word("w", N) >> Box("f", N, S), remove_cups=True)


def test_swaps_cost_no_gate() -> None:
    crossed = Word("a", N) @ Word("b", S) >> Swap(N, S)
    circuit = ANSATZ(crossed)
    assert circuit.outputs == (1, 0)
    assert len(circuit.gates) == 6


def test_ansaetze_are_values_with_a_config() -> None:
    ansatz = IQPAnsatz({"n": 2, "s": 1}, 3, 4)
    for again in (
        ansatz_from_config(ansatz.config()),
        pickle.loads(pickle.dumps(ansatz)),
        eval(repr(ansatz), {"IQPAnsatz": IQPAnsatz}),
    ):
        assert again == ansatz
        assert hash(again) == hash(ansatz)
    assert ansatz != IQPAnsatz({"n": 2, "s": 1}, 3)


@pytest.mark.parametrize(
    "config", [{}, {"name": "os.system"}, {"name": "iqp", "qubits": {"n": -1}}]
)
def test_a_config_that_is_none_is_refused(config: dict[str, Any]) -> None:
    with pytest.raises(QnlpError):
        ansatz_from_config(config)


def test_two_boxes_with_one_name_for_their_parameters_are_refused() -> None:
    with pytest.raises(DiagramError, match="two boxes have the parameter 'f__n_0'"):
        Vocabulary(ANSATZ, [Word("f", N), Box("f", Ty(), N)])
