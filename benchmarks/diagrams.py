"""Diagrams beside DisCoPy, on the same ones in one run.

    python benchmarks/diagrams.py

Times are CPU seconds, the least of several rounds; here every round has a fresh diagram, so that nothing
is remembered. Every result is checked: normal forms by their boxes, equality by its answer. Sizes are those
that DisCoPy ends in a minute.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import Any

import discopy
from discopy import compact, monoidal, symmetric

from qnlp import Box, Diagram, Id, Ty
from qnlp.differentiate import differentiate
from qnlp.gates import QUBIT, gate_box


def least(make: Callable[[], Any], run: Callable[[Any], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        made = make()
        begin = time.process_time()
        run(made)
        times.append(time.process_time() - begin)
    return min(times)


def row(name: str, there: float, here: float, goal: float) -> None:
    ratio = there / here
    verdict = "" if ratio >= goal else f"  SHORT of {goal:g}"
    print(f"{name:52} {there * 1e3:12.3f} {here * 1e3:10.4f} {ratio:10.0f}{verdict}", flush=True)


def spiral_there(n: int) -> Any:
    """That of DisCoPy's own documentation, whose normal form takes cubically many interchanges."""
    x = monoidal.Ty("n")
    unit, counit = monoidal.Box("unit", monoidal.Ty(), x), monoidal.Box("counit", x, monoidal.Ty())
    cup, cap = monoidal.Box("cup", x @ x, monoidal.Ty()), monoidal.Box("cap", monoidal.Ty(), x @ x)
    made: Any = unit
    for k in range(n):
        made = made >> x**k @ cap @ x ** (k + 1)
    made = made >> x**n @ counit @ x**n
    for k in range(n):
        made = made >> x ** (n - k - 1) @ cup @ x ** (n - k - 1)
    return made


def spiral_here(n: int) -> Diagram:
    x = Ty("n")

    def wires(k: int) -> Ty:
        return Ty(*["n"] * k)

    unit, counit = Box("unit", Ty(), x), Box("counit", x, Ty())
    cup, cap = Box("cup", x @ x, Ty()), Box("cap", Ty(), x @ x)
    parts: list[Any] = [wires(k) @ cap @ wires(k + 1) for k in range(n)]
    parts.append(wires(n) @ counit @ wires(n))
    parts += [wires(n - k - 1) @ cup @ wires(n - k - 1) for k in range(n)]
    return unit.then(*parts)


def transposed(box: Any, n: int) -> Any:
    for k in range(n):
        box = box.transpose(left=bool(k % 2))
    return box


def wall_there(n: int) -> Any:
    x = symmetric.Ty("x")
    made: Any = symmetric.Id(x**4)
    for k in range(n):
        box = symmetric.Box(f"g{k % 2}", x @ x, x @ x)
        made = made >> x ** (k % 3) @ box @ x ** (2 - k % 3)
    return made


def wall_here(n: int) -> Diagram:
    x = Ty("x")
    boxes = [Box(f"g{k}", x @ x, x @ x) for k in range(2)]
    parts = [Ty(*"x" * (k % 3)) @ boxes[k % 2] @ Ty(*"x" * (2 - k % 3)) for k in range(n)]
    return Id(Ty(*"xxxx")).then(*parts)


def beside_discopy() -> None:
    print(f"{'CPU time in ms':52} {'DisCoPy':>12} {'here':>10} {'ratio':>10}")
    assert len(spiral_here(10).normal_form()) == len(spiral_there(10).normal_form())
    there = least(lambda: spiral_there(10), lambda d: d.normal_form(), 2)
    here = least(lambda: spiral_here(10), lambda d: d.normal_form(), 20)
    row("normal form of the spiral, n = 10", there, here, 500)

    x, y = compact.Ty("x"), Ty("x")
    assert transposed(Box("f", y, y), 20) == Box("f", y, y)
    there = least(
        lambda: compact.Box("f", x, x), lambda box: transposed(box, 20).to_hypergraph(), 2
    )
    here = least(lambda: Box("f", y, y), lambda box: transposed(box, 20).graph(), 20)
    row("chain of 20 transposes -> hypergraph", there, here, 500)

    assert wall_here(800) == wall_here(800)
    assert wall_here(800) != wall_here(799) >> Ty("x") @ Box("g0", y @ y, y @ y) @ y
    there = least(
        lambda: (wall_there(30), wall_there(30)),
        lambda pair: pair[0].to_hypergraph() == pair[1].to_hypergraph(), 1,
    )  # fmt: skip
    here = least(lambda: (wall_here(30), wall_here(30)), _compare, 20)
    row("equality and hash of 30 boxes", there, here, 1000)

    from discopy.quantum import Rx
    from sympy import Symbol

    def chain_there(n: int) -> Any:
        made: Any = Rx(Symbol("a"))
        for _ in range(n - 1):
            made = made >> Rx(Symbol("a"))
        return made

    there = least(lambda: chain_there(25), lambda d: d.grad(Symbol("a"), mixed=False), 1)
    here = least(lambda: chain(25), lambda d: differentiate(d, "a"), 20)
    row("symbolic gradient of 25 Rx gates", there, here, 1)


def _compare(pair: tuple[Diagram, Diagram]) -> None:
    assert pair[0] == pair[1]
    assert hash(pair[0]) == hash(pair[1])


def interchanged(n: int) -> tuple[Diagram, Diagram]:
    """Boxes on two wires, all of one wire first and all of the other first."""
    x = Ty("x")
    left, right = (Id(x).then(*[Box(name, x, x)] * n) for name in "fg")
    return (left @ x).then(x @ right), (x @ right).then(left @ x)


def chain(n: int) -> Diagram:
    rx = gate_box("Rx", "a")
    return Id(QUBIT).then(*[rx] * n)


def alone() -> None:
    print("\nhere alone: gradients as formal sums, and chains of boxes")
    for n, goal in ((100, 0.005), (10_000, 1.0)):
        seconds = least(lambda n=n: chain(n), lambda d: differentiate(d, "a"), 5)  # type: ignore[misc]
        assert len(differentiate(chain(n), "a")) == n
        verdict = "" if seconds < goal else f"  SHORT of {goal}"
        print(f"  gradient of {n:6} Rx gates {seconds * 1e3:9.3f} ms{verdict}")
    seconds = least(lambda: (wall_here(800), wall_here(800)), _compare, 20)
    print(f"  equality and hash of 800 boxes {seconds * 1e3:.3f} ms")
    f = Box("f", Ty("x"), Ty("x"))
    for n in (10_000, 100_000, 1_000_000):
        compose = least(lambda: f, lambda d, n=n: d.then(*[f] * (n - 1)), 3)  # type: ignore[misc]
        done = f.then(*[f] * (n - 1))
        normal = least(lambda done=done: done, lambda d: d.normal_form(), 3)  # type: ignore[misc]
        graph = least(lambda done=done: done, lambda d: d._core.graph(), 3)  # type: ignore[misc]
        hashed = least(lambda done=done: done @ Id(), lambda d: hash(d), 3)  # type: ignore[misc]
        equal = least(lambda n=n: interchanged(n // 2), lambda pair: _compare(pair), 3)  # type: ignore[misc]
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        print(
            f"  {n:8} boxes, ns a box: compose {compose / n * 1e9:5.0f}, normal form "
            f"{normal / n * 1e9:5.0f}, graph {graph / n * 1e9:5.0f}, hash {hashed / n * 1e9:5.0f}, "
            f"equality with hashes of two orders {equal / n * 1e9:5.0f}; peak of the process {peak:5.0f} MB"
        )


if __name__ == "__main__":
    print(f"diagrams beside DisCoPy {discopy.__version__}\n")
    beside_discopy()
    alone()
