"""Make tests/golden/draw: pictures to look at, and to compare with.

Run it after a change that is meant to show, look at every file that differs, and commit them:

    python tests/golden/make_drawings.py
"""

from __future__ import annotations

from pathlib import Path

from qnlp import Box, Cap, Cup, Diagram, Id, IQPAnsatz, Spider, Swap, Ty, Word, pregroup_diagram
from qnlp.circuit import Angle, Circuit, Gate
from qnlp.draw import (
    Picture,
    animation,
    circuit_svg,
    circuit_text,
    diagram_svg,
    diagram_text,
    equation,
    picture,
)
from qnlp.gates import gate_box, ket
from qnlp.sums import Sum
from qnlp.zx import x_spider, z_spider

FOLDER = Path(__file__).parent / "draw"

n, s, a, b = map(Ty, "nsab")
VERB, ADJECTIVE = n.r @ s @ n.l, n @ n.l
ALICE, LOVES, BOB = Word("Alice", n), Word("loves", VERB), Word("Bob", n)


def transitive() -> Diagram:
    return pregroup_diagram([ALICE, LOVES, BOB], [(0, 1), (3, 4)])


def object_relative() -> Diagram:
    that = Word("that", n.r @ n @ n.l.l @ s.l)
    return pregroup_diagram([Word("dog", n), that, ALICE, LOVES], [(0, 1), (5, 6), (4, 7), (3, 8)])


def twelve_words() -> Diagram:
    sentence = "the old man who loves tall trees reads a very long book"
    types = [ADJECTIVE, ADJECTIVE, n, n.r @ n @ s.l @ n, VERB, ADJECTIVE, n, VERB]
    types += [ADJECTIVE, ADJECTIVE @ ADJECTIVE.l, ADJECTIVE, n]
    words = [Word(name, ty) for name, ty in zip(sentence.split(), types, strict=True)]
    links = [(1, 2), (4, 5), (3, 6), (7, 10), (8, 9), (11, 12), (13, 14), (0, 15)]
    links += [(17, 18), (19, 20), (23, 24), (22, 25), (21, 26)]
    return pregroup_diagram(words, links)


def nested_cups() -> Diagram:
    five = Ty(*"abcde")
    return Word("left", five) @ Word("right", five.r) >> Diagram.cups(five, five.r)


def spider_reader() -> Diagram:
    words = [Word(name, s) for name in ["words", "in", "one", "bag"]]
    return words[0].tensor(*words[1:]) >> Diagram.spiders(4, 1, s)


def stairs_reader() -> Diagram:
    step = Box("stair", s @ s, s)
    words = [Word(name, s) for name in ["one", "step", "at", "a", "time"]]
    stairs = [step @ Diagram.id(Ty(*"s" * k)) for k in (3, 2, 1, 0)]
    return words[0].tensor(*words[1:]).then(*stairs)


def turned() -> Diagram:
    f, g = Box("f", a @ a, a), Box("g", a, b)
    column = f >> g >> g.dagger() >> f.dagger()
    return column @ f.r @ f.dagger().l @ ALICE.dagger() @ ALICE.r @ LOVES.dagger().r


def tangled() -> Diagram:
    f, g, h = Box("split", a, a @ a), Box("join", a @ a, a), Box("a longer box", a @ a, a @ a)
    top = Swap(a, a) @ f @ h >> a @ Swap(a, a) @ g @ a >> h @ Diagram.swap(a, a @ a)
    bottom = a @ Cap(b, b.l) @ a @ a @ a @ a >> f @ b @ b.l @ a @ g @ a
    return top >> bottom >> a @ a @ b @ b.l @ h @ a @ Word("late", b)


def odd_names() -> Diagram:
    names = ["<&>\"'", "\u05e9\u05dc\u05d5\u05dd", "\u732b\u304c", "x" * 60, "nul\0", "", "e\u0301"]
    words = [Word(name, n) for name in names]
    return words[0].tensor(*words[1:]) >> Swap(n, n) @ Swap(n, n) @ n @ n @ n


def snake() -> Diagram:
    return Cap(n, n.l) @ n >> n @ Cup(n.l, n)


def gates() -> Circuit:
    listed = (
        Gate("Swap", (0, 2)),
        Gate("CZ", (3, 1)),
        Gate("CX", (0, 3)),
        Gate("Sdg", (1,)),
        Gate("Phase", (2,), Angle(None, 1, 0.25)),
        Gate("CRy", (3, 0), Angle("a", -1)),
    )
    return Circuit(4, listed, inputs=(0, 1), outputs=(1,))


def sentence_circuit() -> Circuit:
    return IQPAnsatz({"n": 1, "s": 1})(transitive())


def long_circuit() -> Circuit:
    return IQPAnsatz({"n": 1, "s": 1}, n_layers=4)(object_relative(), remove_cups=True)


def thirty_boxes() -> Diagram:
    """Boxes of one wire or two, in rows that are shifted against each other."""
    rows = []
    for k in range(6):
        two, one = Box(f"left {k}", a @ a, a @ a), Box(f"right {k}", a, a)
        rows.append(two @ one @ two if k % 2 else one @ two @ one @ one)
        rows.append(a @ Box(f"step {k}", a @ a @ a, a @ a @ a) @ a)
    return rows[0].then(*rows[1:])


def zx() -> Diagram:
    return z_spider(1, 2, 0.25).then(x_spider(1, 1, "a") @ gate_box("H"), Spider(2, 1, Ty("qubit")))


def bubble() -> Picture:
    inside = ket(0) >> gate_box("Rx", "t")
    return equation(inside.bubble("sin") >> gate_box("H"), inside, sign="->")


def formal_sum() -> Picture:
    f = Box("f", a, b)
    total: Sum[Diagram] = 2 * f - 0.5j * (f >> Box("g", b, b)) + (1 + 2j) * f
    return picture(total)


def snake_steps() -> Picture:
    return equation(snake(), Id(n), sign="=")


DIAGRAMS = (transitive, object_relative, twelve_words, nested_cups, spider_reader, stairs_reader)
DIAGRAMS += (turned, tangled, odd_names, snake, thirty_boxes, zx)
PICTURES = (bubble, formal_sum, snake_steps)
CIRCUITS = (gates, sentence_circuit, long_circuit)


def drawings() -> dict[str, str]:
    """Every file by its name."""
    made = {}
    for make in DIAGRAMS:
        made[f"{make.__name__}.svg"] = diagram_svg(make())
        made[f"{make.__name__}.txt"] = diagram_text(make()) + "\n"
    for draw in CIRCUITS:
        made[f"{draw.__name__}.svg"] = circuit_svg(draw())
        made[f"{draw.__name__}.txt"] = circuit_text(draw()) + "\n"
    for show in PICTURES:
        made[f"{show.__name__}.svg"] = show().svg()
        made[f"{show.__name__}.tex"] = show().tikz()
    for thing in (transitive, zx, gates):
        made[f"{thing.__name__}.tex"] = picture(thing()).tikz()
    made["snake_moves.svg"] = animation([snake(), Id(n)])
    return made


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in drawings().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
