"""What the compiled core does when it is asked too much, interrupted, or called from many places."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import time
from typing import Any

import numpy as np
import pytest

from qnlp import _core, runtime
from qnlp.ansatz import IQPAnsatz
from qnlp.backend import get_backend
from qnlp.circuit import Circuit, Gate
from qnlp.diagram import Word
from qnlp.errors import CircuitTooLargeError, DomainError, QnlpError, ShapeError
from qnlp.ty import Ty
from qnlp.vocabulary import Vocabulary

S = Ty("s")


def run(code: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def check(code: str, *arguments: str, timeout: float = 60) -> str:
    done = run(code, *arguments, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return done.stdout


SIZES = """
    import resource, sys, time
    import numpy as np
    from qnlp.circuit import Circuit
    from qnlp.errors import CircuitTooLargeError, ShapeError

    assert issubclass(CircuitTooLargeError, MemoryError)
    Circuit(1).amplitudes()
    in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + 2**30,) * 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for n in [-1, *range(28, 81), 100, 1000, 2**20, 2**31 - 1, 2**31, 2**40, 2**63]:
        for inputs in ((), (0,)):
            begin = time.perf_counter()
            try:
                Circuit(n, inputs=inputs).amplitudes(limit=2**28, method="statevector")
            except CircuitTooLargeError as error:
                assert n > 20, n
            except ShapeError:
                assert n == -1, n
            else:
                raise SystemExit(f"{n} qubits went through")
            seconds = time.perf_counter() - begin
            assert seconds < 0.05, (n, seconds)
    for n in [28, 64, 1000, 2**20]:  # of no output qubits: contracted
        begin = time.perf_counter()
        assert Circuit(n).amplitudes(limit=2**28).tolist() == [1]
        try:
            Circuit(n, outputs=tuple(range(min(n, 1000)))).amplitudes(limit=2**28)
        except CircuitTooLargeError as error:
            assert "the limit is 256.0 MiB" in str(error)
        else:
            raise SystemExit(f"{n} outputs went through")
        assert time.perf_counter() - begin < 0.1, n
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    assert grown < 10_000, grown
    for n in range(18):
        assert len(Circuit(n, outputs=tuple(range(n))).amplitudes()) == 2**n
"""


def test_circuits_of_any_number_of_qubits_run_or_are_refused_at_once_in_no_memory() -> None:
    check(SIZES)


ANSATZ = """
    import resource, sys, time
    from qnlp.ansatz import IQPAnsatz
    from qnlp.backend import get_backend
    from qnlp.diagram import Word
    from qnlp.structure import Spider
    from qnlp.errors import CircuitTooLargeError
    from qnlp.ty import Ty
    from qnlp.vocabulary import Vocabulary

    s = Ty("s")
    backend = get_backend(sys.argv[1])
    get_backend("kernel").compile([Word("w", s)], IQPAnsatz({"s": 1}), Vocabulary(IQPAnsatz({"s": 1}), [Word("w", s)]), 2)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    def refuse(n):
        try:
            ansatz = IQPAnsatz({"s": n})
            words = [Word("left", s), Word("right", s)]
            sentence = words[0] @ words[1] >> Spider(2, 1, s)
            backend.compile([sentence], ansatz, Vocabulary(ansatz, words), 2)
        except CircuitTooLargeError as error:
            print(error)
        else:
            raise SystemExit(f"{n} qubits went through")
    def seconds(n):
        begin = time.perf_counter()
        refuse(n)
        return time.perf_counter() - begin
    for n in (40, 63, 64, 65, 200, 2**31):
        best = min(seconds(n) for _ in range(5))  # other work may take the processor meanwhile
        assert best < 0.05, (n, best)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
    assert grown < 10_000, grown
"""


@pytest.mark.parametrize("backend", ["kernel", "aer"])
def test_an_ansatz_of_forty_qubits_or_more_is_refused_at_once_by_sentence(backend: str) -> None:
    if backend == "aer":
        pytest.importorskip("qiskit_aer")
    lines = check(ANSATZ, backend).splitlines()
    assert lines[0].startswith('sentence 0 ("left right") needs ')
    assert "the limit is" in lines[0]


def test_the_limit_of_memory_is_the_users_where_that_is_lower() -> None:
    circuit = Circuit(10, outputs=tuple(range(10)))
    with pytest.raises(CircuitTooLargeError, match=r"^circuit of 10 qubits needs .* 32 KiB"):
        circuit.amplitudes(limit=32767)
    assert len(circuit.amplitudes(limit=32768)) == 1024
    runtime.set_memory_limit(1000)
    try:
        with pytest.raises(MemoryError):
            circuit.amplitudes()
    finally:
        runtime.set_memory_limit(None)


INTERRUPTED = """
    import os, signal, threading, time
    import numpy as np
    from qnlp import _core, runtime
    from qnlp._core import tensor
    from qnlp.circuit import Angle, Circuit, Gate

    runtime.set_num_threads(2)
    turns = tuple(Gate("CRx", (k % 22, (k + 7) % 22), Angle(None, 1.0, 0.1)) for k in range(10_000))
    turns = Circuit(22, turns, outputs=(0,))
    gates = Circuit(22, tuple(Gate("CX", (k % 22, (k + 1) % 22)) for k in range(10_000)), outputs=(0,))
    network = tensor.Network([[0, 1], [1, 2], [2, 3]], [0, 3], [2000] * 4)
    big = [np.ones((2000, 2000), complex)] * 3
    def hear(name, call):
        sent = []
        def send():
            time.sleep(0.3)
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)
        threading.Thread(target=send).start()
        try:
            call()
        except KeyboardInterrupt:
            print(name, time.perf_counter() - sent[0])
        else:
            raise SystemExit(f"{name} ended by itself")
    hear("turns", lambda: turns.amplitudes(method="statevector"))
    hear("gates", lambda: gates.amplitudes(method="statevector"))
    hear("tasks", lambda: _core.run_tasks(4, 30.0, -1))
    hear("one long task", lambda: _core.run_tasks(3, 5.0, -1))
    hear("contract", lambda: tensor.contract(network, [(0, 1), (3, 2)], big, 2**40))
    assert len(Circuit(3, outputs=(0, 1, 2)).amplitudes()) == 8
"""


def test_an_interrupt_ends_any_long_call_within_a_fifth_of_a_second() -> None:
    heard = dict(line.rsplit(" ", 1) for line in check(INTERRUPTED).splitlines())
    assert len(heard) == 5
    slow = {name: t for name, t in heard.items() if float(t) > 0.2}
    assert not slow


def test_an_exception_in_a_worker_comes_out_once_and_the_pool_stays_usable() -> None:
    for _ in range(20):
        with pytest.raises(DomainError, match=r"^task 3 failed as asked$"):
            _core.run_tasks(8, 0.001, 3)
        _core.run_tasks(8, 0.0, -1)


def program_of(n_words: int) -> tuple[object, int]:
    ansatz = IQPAnsatz({"s": 2}, n_layers=2)
    words = [Word(f"w{k}", S) for k in range(n_words)]
    vocabulary = Vocabulary(ansatz, words)
    return get_backend("kernel").compile(words, ansatz, vocabulary, 4), len(vocabulary)


def test_eight_threads_at_once_get_what_one_gets() -> None:
    program, n = program_of(300)
    rng = np.random.default_rng(0)
    thetas = [rng.random(n) for _ in range(8)]
    labels = rng.integers(0, 4, 300)
    expected = [program.loss_and_gradient(theta, labels) for theta in thetas]  # type: ignore[attr-defined]
    found: list[list[tuple[float, object]]] = [[] for _ in thetas]

    def work(k: int) -> None:
        for _ in range(20):
            found[k].append(program.loss_and_gradient(thetas[k], labels))  # type: ignore[attr-defined]

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for (loss, gradient), answers in zip(expected, found, strict=True):
        assert len(answers) == 20
        for other_loss, other in answers:
            assert other_loss == loss
            np.testing.assert_array_equal(other, gradient)


def test_other_threads_run_while_the_core_works() -> None:
    """A ticker every 10 ms makes over 80 % of its ticks during half a second's work."""
    ring = tuple(Gate("CX", (k % 20, (k + 1) % 20)) for k in range(100))
    circuit = Circuit(20, ring, outputs=(0,))
    begin = time.perf_counter()
    circuit.amplitudes(method="statevector")
    repeats = int(0.5 / (time.perf_counter() - begin)) + 1
    circuit = Circuit(20, ring * repeats, outputs=(0,))
    # Beside others on this machine ticks come late; work that held the GIL would let none through.
    assert any(_share_of_ticks(circuit) > 0.8 for _ in range(10))


def _share_of_ticks(circuit: Circuit) -> float:
    ticks: list[float] = []
    done = threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.01)

    ticker = threading.Thread(target=tick)
    ticker.start()
    begin = time.perf_counter()
    circuit.amplitudes(method="statevector")
    end = time.perf_counter()
    done.set()
    ticker.join()
    # A sleep of 10 ms takes a little longer; so does each tick.
    return sum(begin <= t <= end for t in ticks) / ((end - begin) / 0.0102)


AFTER_FORK = """
    import os, sys, threading
    import numpy as np
    from qnlp import _core, runtime
    from qnlp.circuit import Angle, Circuit, Gate

    runtime.set_num_threads(3)
    _core.run_tasks(6, 0.01, -1)
    circuit = Circuit(3, (Gate("H", (0,)), Gate("CX", (0, 1))), outputs=(0, 1, 2))
    expected = circuit.amplitudes()
    busy = threading.Thread(target=_core.run_tasks, args=(6, 0.5, -1))
    busy.start()
    child = os.fork()
    if child == 0:
        assert runtime.num_threads() == 3
        _core.run_tasks(6, 0.01, -1)
        np.testing.assert_array_equal(circuit.amplitudes(), expected)
        os._exit(7)
    busy.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    _core.run_tasks(6, 0.01, -1)
"""


def test_a_forked_child_computes_though_its_parents_threads_are_busy() -> None:
    check(AFTER_FORK)


NOT_MAIN = """
    import threading
    from qnlp import _core
    found = []
    def work():
        _core.run_tasks(6, 0.05, -1)
        found.append(True)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [True]
"""


def test_a_thread_that_is_not_the_main_one_computes() -> None:
    check(NOT_MAIN)


AT_SHUTDOWN = """
    import threading, time
    from qnlp import _core, runtime
    from qnlp.circuit import Angle, Circuit, Gate

    runtime.set_num_threads(2)
    circuit = Circuit(20, tuple(Gate("H", (k % 20,)) for k in range(100_000)), outputs=(0,))
    for work in (circuit.amplitudes, lambda: _core.run_tasks(4, 20.0, -1), lambda: _core.run_tasks(1, 20.0, -1)):
        threading.Thread(target=work, daemon=True).start()
    time.sleep(0.3)
    print("leaving")
"""


@pytest.mark.parametrize("_", range(3))
def test_the_interpreter_ends_while_daemon_threads_compute(_: int) -> None:
    begin = time.perf_counter()
    assert check(AT_SHUTDOWN) == "leaving\n"
    assert time.perf_counter() - begin < 10


def test_an_interrupt_by_another_signal_handler_raises_what_that_raises() -> None:
    class Heard(Exception):
        pass

    def handler(*_: object) -> None:
        raise Heard

    before = signal.signal(signal.SIGALRM, handler)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Heard):
            _core.run_tasks(4, 20.0, -1)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_the_core_copies_nothing_silently() -> None:
    from qnlp._core import state_vector as core

    evolution, _ = core.Evolution.of_circuit(Circuit(1, outputs=(0,)).to_core())
    state = core.State(1, False, 2**20)
    wrong: list[Any] = [np.zeros(0, np.float32), [], np.zeros(0, int)]
    for theta in wrong:
        with pytest.raises(TypeError):
            state.evolve(evolution, theta)
    with pytest.raises(ShapeError, match="theta has 1 values, the circuit has 0 parameters"):
        state.evolve(evolution, np.zeros(1))


@pytest.mark.parametrize(
    ("operands", "output", "dimension"),
    [
        ([[0, 1]], [0], [2]),
        ([[0]], [1], [2]),
        ([[0]], [0, 0], [2]),
        ([[0]], [0], [0]),
    ],
)
def test_a_network_that_is_none_is_refused(
    operands: list[list[int]], output: list[int], dimension: list[int]
) -> None:
    from qnlp._core import tensor as core

    with pytest.raises(QnlpError):
        core.Network(operands, output, dimension)


def test_a_network_of_endless_dimensions_is_refused_before_it_is_planned() -> None:
    from qnlp._core import tensor as core

    network = core.Network([list(range(40))] * 3, [], [2**62] * 40)
    for order in (core.exact_order(network), core.greedy_order(network)):
        with pytest.raises(CircuitTooLargeError):
            core.contract(network, order, [np.zeros(1, complex)] * 3, 2**40)
