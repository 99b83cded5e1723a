"""Types, boxes and diagrams: the free rigid category in which sentences are written.

A diagram is a term: boxes from top to bottom, each with the number of wires on its left. It lives in
the compiled core; the classes here name things. Numbers never live in a diagram: a functor gives a
box its meaning.

Source: Toumi, "Category Theory for Quantum Natural Language Processing", arXiv:2212.06615, chapter 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qnlp import written
from qnlp._core import diagram as core
from qnlp.errors import DiagramError
from qnlp.ty import Ty, adjoints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from qnlp.sums import Sum
    from qnlp.tracing import Wire

__all__ = ["SIGNATURE", "Box", "Diagram", "Ty", "Word", "box_of"]

SIGNATURE = core.Signature()
"""Of all diagrams: names are interned once a process."""

PREFIX = "\N{LARGE CIRCLE}"
"""Begins the names of generators that stand for a bubble; no other box may be called so."""


class Diagram:
    """An arrow: boxes wired together, from a domain to a codomain.

    Immutable. ``f >> g`` composes, ``f @ g`` places side by side, ``f[::-1]`` is the dagger, ``f.l``
    and ``f.r`` are the transposes by half a turn, ``f + g`` is a formal sum.

    Two diagrams are equal as string diagrams: where the same boxes are wired the same, whatever the
    order of boxes side by side, the bends and crossings of wires and the way that spiders are put
    together. `layers` tells terms apart.

    Parameters
    ----------
    dom : Ty
    layers : iterable of (Box, int)
        Boxes from top to bottom, each with the number of wires on its left.

    Raises
    ------
    DiagramError
        Where a box's domain is not what the wires at its place are; names the layer and both types.

    Examples
    --------
    >>> from qnlp import Cup, Diagram, Ty, Word
    >>> n, s = Ty("n"), Ty("s")
    >>> words = Word("Alice", n) @ Word("runs", n.r @ s)
    >>> sentence = words >> Cup(n, n.r) @ s
    >>> sentence.cod
    Ty("s")
    >>> [box.name for box in sentence.boxes]
    ['Alice', 'runs', 'Cup']
    >>> sentence == Word("Alice", n) >> n @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s
    True
    """

    __slots__ = ("_core", "_hash")

    _core: core.Diagram
    _hash: int

    def __init__(self, dom: Ty, layers: Iterable[tuple[Box, int]] = ()) -> None:
        ids = [_layer(k, box, offset) for k, (box, offset) in enumerate(layers)]
        self._core = core.Diagram(SIGNATURE, dom.objects, ids)

    @classmethod
    def _wrap(cls, made: core.Diagram) -> Diagram:
        diagram = object.__new__(Diagram)
        diagram._core = made
        return diagram

    @classmethod
    def id(cls, ty: Ty | None = None) -> Diagram:
        """The identity on a type: wires and nothing else.

        Examples
        --------
        >>> from qnlp import Diagram, Ty
        >>> len(Diagram.id(Ty("n")))
        0
        """
        return Diagram(Ty() if ty is None else ty)

    @property
    def dom(self) -> Ty:
        """The type at the top."""
        return Ty.from_objects(self._core.dom)

    @property
    def cod(self) -> Ty:
        """The type at the bottom."""
        return Ty.from_objects(self._core.cod)

    @property
    def boxes(self) -> list[Box]:
        """The boxes from top to bottom."""
        return [box_of(generator) for generator, _ in self._core.layers]

    @property
    def offsets(self) -> list[int]:
        """For each box, the number of wires on its left."""
        return [offset for _, offset in self._core.layers]

    @property
    def layers(self) -> list[tuple[Box, int]]:
        """Boxes and offsets together."""
        return [(box_of(generator), offset) for generator, offset in self._core.layers]

    def then(self, *others: Diagram) -> Diagram:
        """Compose with any number of diagrams, in time linear in the result.

        Examples
        --------
        >>> from qnlp import Box, Ty
        >>> f = Box("f", Ty("a"), Ty("a"))
        >>> len(f.then(f, f))
        3
        """
        return Diagram._wrap(core.compose([self._core, *(_arrow(d)._core for d in others)]))

    def tensor(self, *others: Diagram | Ty) -> Diagram:
        """Place any number of diagrams side by side, in time linear in the result.

        Examples
        --------
        >>> from qnlp import Ty, Word
        >>> Word("old", Ty("n") @ Ty("n").l).tensor(Word("man", Ty("n"))).cod
        Ty("n") @ Ty("n").l @ Ty("n")
        """
        return Diagram._wrap(core.tensor([self._core, *(_arrow(d)._core for d in others)]))

    def dagger(self) -> Diagram:
        """The adjoint: upside down, every box daggered.

        Examples
        --------
        >>> from qnlp import Box, Ty
        >>> f = Box("f", Ty("a"), Ty("b"))
        >>> f.dagger().dom, f.dagger().dagger() == f
        (Ty("b"), True)
        """
        return Diagram._wrap(self._core.dagger())

    @property
    def l(self) -> Diagram:
        """The left transpose: f from a to b gives f.l from b.l to a.l."""
        return Diagram._wrap(self._core.rotate(-1))

    @property
    def r(self) -> Diagram:
        """The right transpose: f from a to b gives f.r from b.r to a.r."""
        return Diagram._wrap(self._core.rotate(1))

    def normal_form(self) -> Diagram:
        """Pull every snake straight.

        Returns
        -------
        Diagram
            Equal to this one in every category with cups and caps; time is linear in the boxes.

        Notes
        -----
        Not canonical: equal diagrams may have normal forms that are other terms, since boxes that do
        not meet stay where they were from top to bottom. ``==`` decides whether two diagrams are
        equal, and `hash` goes with it.

        Examples
        --------
        >>> from qnlp import Cap, Cup, Diagram, Ty
        >>> n = Ty("n")
        >>> snake = Cap(n, n.l) @ n >> n @ Cup(n.l, n)
        >>> snake.normal_form() == Diagram.id(n)
        True
        """
        return Diagram._wrap(self._core.normal_form())

    def graph(self) -> dict[str, Any]:
        """What is wired to what, bends and spiders dissolved into wires.

        Returns
        -------
        dict
            ``boxes`` of the nodes; ``port_begin`` and ``port_wire``, the wires at node k's ports being
            ``port_wire[port_begin[k]:port_begin[k + 1]]``, domain first; ``dom_wire`` and
            ``cod_wire`` at the boundary; ``wire_atom``, the atom of each wire; ``loop_atom``, of
            closed loops; ``turned``, the nodes to turn upside down so that no cup is needed.

        Examples
        --------
        >>> from qnlp import Cup, Ty, Word
        >>> n, s = Ty("n"), Ty("s")
        >>> graph = (Word("Alice", n) @ Word("runs", n.r @ s) >> Cup(n, n.r) @ s).graph()
        >>> graph["port_wire"], graph["cod_wire"], graph["turned"]
        ([0, 0, 1], [1], [1, 0])
        """
        graph = self._core.graph()
        graph["boxes"] = [box_of(generator) for generator in graph.pop("generators")]
        return graph

    def depth(self) -> int:
        """The most boxes one under another along wires; cups, caps and swaps are boxes here.

        Examples
        --------
        >>> from qnlp import Box, Ty
        >>> f = Box("f", Ty("a"), Ty("a"))
        >>> (f @ f >> f @ Ty("a")).depth()
        2
        """
        return self._core.depth()

    def width(self) -> int:
        """The most wires side by side at any height.

        Examples
        --------
        >>> from qnlp import Cap, Cup, Ty
        >>> n = Ty("n")
        >>> (Cap(n, n.l) @ n >> n @ Cup(n.l, n)).width()
        3
        """
        return self._core.width()

    def foliation(self) -> list[Diagram]:
        """Slices of boxes side by side, each box as high as its neighbours allow.

        Returns
        -------
        list of Diagram
            Their composite is this diagram, interchanged. No wires cross that did not before.

        Examples
        --------
        >>> from qnlp import Box, Ty
        >>> a = Ty("a")
        >>> f = Box("f", a, a)
        >>> slices = (f @ a >> a @ f >> f @ a).foliation()
        >>> [len(part) for part in slices]
        [2, 1]
        """
        return [Diagram._wrap(part) for part in self._core.foliation()]

    def transpose(self, *, left: bool = False) -> Diagram:
        """Bend the domain round to the right (or left) and the codomain back: equal to `r` (or `l`).

        Examples
        --------
        >>> from qnlp import Box, Ty
        >>> f = Box("f", Ty("a"), Ty("b"))
        >>> f.transpose() == f.r, len(f.transpose())
        (True, 3)
        """
        from qnlp import bending

        return bending.transpose(self, left=left)

    def curry(self, n: int = 1, *, left: bool = False) -> Diagram:
        """Bend wires of the domain into the codomain; see `qnlp.bending.curry`."""
        from qnlp import bending

        return bending.curry(self, n, left=left)

    def uncurry(self, n: int = 1, *, left: bool = False) -> Diagram:
        """Bend wires of the codomain into the domain; see `qnlp.bending.uncurry`."""
        from qnlp import bending

        return bending.uncurry(self, n, left=left)

    def trace(self, n: int = 1, *, left: bool = False) -> Diagram:
        """Join the last wires of both sides; see `qnlp.bending.trace`."""
        from qnlp import bending

        return bending.trace(self, n, left=left)

    def bubble(self, operator: str, dom: Ty | None = None, cod: Ty | None = None) -> Box:
        """Apply an operator to the whole diagram; see `qnlp.bubble.Bubble`."""
        from qnlp.bubble import Bubble

        return Bubble(self, operator, dom, cod)

    @staticmethod
    def from_callable(dom: Ty, cod: Ty) -> Callable[[Callable[..., Any]], Diagram]:
        """Turn a function of wires into a diagram; see `qnlp.tracing.from_callable`."""
        from qnlp import tracing

        return tracing.from_callable(dom, cod)

    @staticmethod
    def cups(left: Ty, right: Ty) -> Diagram:
        """Nested cups; see `qnlp.structure.cups`."""
        from qnlp import structure

        return structure.cups(left, right)

    @staticmethod
    def caps(left: Ty, right: Ty) -> Diagram:
        """Nested caps; see `qnlp.structure.caps`."""
        from qnlp import structure

        return structure.caps(left, right)

    @staticmethod
    def swap(left: Ty, right: Ty) -> Diagram:
        """Exchange two types of any length; see `qnlp.structure.swap`."""
        from qnlp import structure

        return structure.swap(left, right)

    @staticmethod
    def permutation(ty: Ty, order: Sequence[int]) -> Diagram:
        """Bring wires into another order; see `qnlp.structure.permutation`."""
        from qnlp import structure

        return structure.permutation(ty, order)

    @staticmethod
    def spiders(n_in: int, n_out: int, ty: Ty) -> Diagram:
        """Spiders on a type of any length; see `qnlp.structure.spiders`."""
        from qnlp import structure

        return structure.spiders(n_in, n_out, ty)

    @staticmethod
    def copy(ty: Ty, n: int = 2) -> Diagram:
        """Copy a type of any length: spiders with one leg in and `n` out."""
        return Diagram.spiders(1, n, ty)

    @staticmethod
    def merge(ty: Ty, n: int = 2) -> Diagram:
        """Merge `n` copies of a type into one: spiders with `n` legs in and one out."""
        return Diagram.spiders(n, 1, ty)

    @staticmethod
    def discard(ty: Ty) -> Diagram:
        """Throw a type away; see `qnlp.structure.discard`."""
        from qnlp import structure

        return structure.discard(ty)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able description, readable across versions; `from_dict` reads it back.

        Examples
        --------
        >>> from qnlp import Diagram, Ty, Word
        >>> word = Word("Alice", Ty("n"))
        >>> Diagram.from_dict(word.to_dict()) == word
        True
        """
        return written.to_dict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Diagram:
        """Read what `to_dict` wrote, in this version or an earlier one.

        Raises
        ------
        DiagramError
            If `data` has another format, describes no well-typed diagram, or one too large.
        """
        return written.from_dict(data)

    def to_json(self) -> str:
        """`to_dict` as JSON text."""
        return written.to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Diagram:
        """Read what `to_json` wrote.

        Raises
        ------
        DiagramError
            If `text` is no JSON, or `from_dict` refuses what it says.

        Examples
        --------
        >>> from qnlp import Diagram, Swap, Ty
        >>> swap = Swap(Ty("n"), Ty("s"))
        >>> Diagram.from_json(swap.to_json()).layers == swap.layers
        True
        """
        return written.from_json(text)

    def draw(self, path: str | None = None, **options: Any) -> str:
        """Draw as SVG; write it to `path` if given, or what else its suffix says.

        Parameters
        ----------
        path : str, optional
            Written whole or not at all. The suffixes ``.tex``, ``.tikz``, ``.png`` and ``.pdf`` say
            another format than SVG, as `qnlp.draw.save` has them.
        **options
            See `qnlp.draw.diagram_svg`.

        Returns
        -------
        str
            The SVG.
        """
        from qnlp.draw.files import draw

        return draw(self, path, **options)

    def _repr_svg_(self) -> str:
        return self.draw()

    def __rshift__(self, other: object) -> Diagram:
        return self.then(other) if isinstance(other, Diagram) else NotImplemented

    def __lshift__(self, other: object) -> Diagram:
        return other.then(self) if isinstance(other, Diagram) else NotImplemented

    def __matmul__(self, other: Diagram | Ty) -> Diagram:
        if not isinstance(other, Diagram | Ty):
            return NotImplemented
        return self.tensor(other)

    def __rmatmul__(self, other: Ty) -> Diagram:
        if not isinstance(other, Ty):
            return NotImplemented
        return Diagram.id(other).tensor(self)

    def __add__(self, other: Diagram | Sum[Diagram]) -> Sum[Diagram]:
        from qnlp.sums import Sum

        return Sum.of(self) + other

    def __sub__(self, other: Diagram | Sum[Diagram]) -> Sum[Diagram]:
        from qnlp.sums import Sum

        return Sum.of(self) - other

    def __mul__(self, factor: complex) -> Sum[Diagram]:
        from qnlp.sums import Sum

        return Sum.of(self) * factor

    __rmul__ = __mul__

    def __call__(self, *wires: Wire) -> Any:
        """Apply the diagram to wires, inside a function that `from_callable` reads."""
        from qnlp import tracing

        return tracing.apply(self, wires)

    def __getitem__(self, key: slice) -> Diagram:
        if key == slice(None, None, -1):
            return self.dagger()
        message = "a diagram has only the slice [::-1], its dagger"
        raise TypeError(message)

    def __len__(self) -> int:
        return len(self._core)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Diagram) and core.are_equal(self._core, other._core)

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            self._hash = self._core.hash()
            return self._hash

    def __str__(self) -> str:
        from qnlp.draw import diagram_text

        return diagram_text(self)

    def __repr__(self) -> str:
        shown = ", ".join(f"({box!r}, {offset})" for box, offset in self.layers)
        return f"Diagram({self.dom!r}, [{shown}])"

    def __reduce__(self) -> tuple[Any, ...]:
        return Diagram.from_dict, (self.to_dict(),)


def _arrow(value: Diagram | Ty) -> Diagram:
    if isinstance(value, Ty):
        return Diagram.id(value)
    if not isinstance(value, Diagram):
        message = f"expected a Diagram, got {type(value).__name__}"
        raise TypeError(message)
    return value


class Box(Diagram):
    """A named generator.

    Parameters
    ----------
    name : str
    dom, cod : Ty

    Examples
    --------
    >>> from qnlp import Box, Ty
    >>> Box("not", Ty("s"), Ty("s"))
    Box('not', Ty("s"), Ty("s"))
    """

    __slots__ = ("generator",)

    generator: int

    def __init__(self, name: str, dom: Ty, cod: Ty) -> None:
        _check_name(name)
        self._set(SIGNATURE.intern("box", name, dom.objects, cod.objects))

    @classmethod
    def interned(cls, description: tuple[Any, ...]) -> Box:
        """The box of a row that `qnlp.written` read: kind, name, domain, codomain, dagger, rotation."""
        _check_name(description[1])
        return box_of(SIGNATURE.intern(*description))

    def _set(self, generator: int) -> None:
        self.generator = generator
        self._core = core.Diagram.of(SIGNATURE, generator)
        _BOXES.setdefault(generator, self)

    @property
    def kind(self) -> str:
        """One of ``box``, ``word``, ``cup``, ``cap``, ``swap``, ``spider``."""
        return SIGNATURE.generator(self.generator)[0]

    @property
    def name(self) -> str:
        """The name; of a structural box, its class."""
        kind, name, *_ = SIGNATURE.generator(self.generator)
        return name if kind in ("box", "word") else kind.capitalize()

    @property
    def is_dagger(self) -> bool:
        """Whether this is the adjoint of the named box."""
        return SIGNATURE.generator(self.generator)[4]

    @property
    def rotation(self) -> int:
        """Half turns of the named box, to the right if positive."""
        return SIGNATURE.generator(self.generator)[5]

    @property
    def base(self) -> Box:
        """The named box itself, neither daggered nor turned."""
        return box_of(SIGNATURE.base(self.generator))

    def dagger(self) -> Box:
        """The adjoint box."""
        return _only_box(super().dagger())

    @property
    def l(self) -> Box:
        """The box turned half round to the left."""
        return _only_box(super().l)

    @property
    def r(self) -> Box:
        """The box turned half round to the right."""
        return _only_box(super().r)

    def __repr__(self) -> str:
        base = self.base
        if base is not self and base.generator != self.generator:
            return repr(base) + ".dagger()" * self.is_dagger + adjoints(self.rotation)
        if self.kind == "word":
            return f"Word({self.name!r}, {self.cod!r})"
        return f"Box({self.name!r}, {self.dom!r}, {self.cod!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return written.read_box, (written.describe(self),)


class Word(Box):
    """A word: a box with no domain.

    Parameters
    ----------
    name : str
    cod : Ty
        Its grammatical type.

    Examples
    --------
    >>> from qnlp import Ty, Word
    >>> Word("loves", Ty("n").r @ Ty("s") @ Ty("n").l)
    Word('loves', Ty("n").r @ Ty("s") @ Ty("n").l)
    """

    __slots__ = ()

    def __init__(self, name: str, cod: Ty) -> None:
        _check_name(name)
        self._set(SIGNATURE.intern("word", name, (), cod.objects))


_BOXES: dict[int, Box] = {}


def box_of(generator: int) -> Box:
    """The box of a generator of the core."""
    known = _BOXES.get(generator)
    if known is None:
        kind, _, dom, *_ = SIGNATURE.generator(generator)
        known = object.__new__(_class(kind, is_state=not dom))
        known._set(generator)
    return known


def _layer(index: int, box: object, offset: int) -> tuple[int, int]:
    if not isinstance(box, Box):
        message = f"layer {index} must be a Box, got {type(box).__name__}"
        raise TypeError(message)
    if not 0 <= offset < 2**32:
        message = f"layer {index}, box {box.name!r}, has {offset} wires on its left"
        raise DiagramError(message)
    return box.generator, offset


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        message = f"name must be a str, got {type(name).__name__}"
        raise TypeError(message)
    if name.startswith(PREFIX):
        message = f"name {name!r} begins with {PREFIX!r}, which only bubbles do"
        raise DiagramError(message)
    try:
        name.encode()
    except UnicodeEncodeError as error:
        message = f"name {name!r} is no Unicode text: {error.reason}"
        raise DiagramError(message) from None


def _class(kind: str, *, is_state: bool) -> type[Box]:
    if kind == "word" and is_state:
        return Word
    if kind in ("box", "word"):
        return Box
    from qnlp.structure import CLASSES

    return CLASSES[kind]


def _only_box(diagram: Diagram) -> Box:
    return diagram.boxes[0]
