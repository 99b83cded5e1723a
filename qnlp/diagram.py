"""Types, boxes and diagrams: the free rigid category in which sentences are written.

A diagram is a term: boxes from top to bottom, each with the number of wires on its left. It lives in
the compiled core; the classes here name things. Numbers never live in a diagram: a functor gives a
box its meaning.

Source: Toumi, "Category Theory for Quantum Natural Language Processing", arXiv:2212.06615, chapter 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from qnlp._core import diagram as core
from qnlp.errors import DiagramError

__all__ = [
    "Box",
    "Cap",
    "Cup",
    "Diagram",
    "Id",
    "Spider",
    "Swap",
    "Ty",
    "Word",
    "pregroup_diagram",
]

_SIGNATURE = core.Signature()

Objects = tuple[tuple[str, int], ...]


class Ty:
    """A type: a word of atoms, each with a winding.

    Parameters
    ----------
    *atoms : str
        Names of atoms, such as ``"n"`` and ``"s"``. No name gives the empty type.

    Examples
    --------
    >>> from qnlp import Ty
    >>> n, s = Ty("n"), Ty("s")
    >>> n.r @ s @ n.l
    Ty("n").r @ Ty("s") @ Ty("n").l
    >>> (n @ s).r == s.r @ n.r
    True
    """

    __slots__ = ("objects",)

    objects: Objects
    """Names and windings, from left to right."""

    def __init__(self, *atoms: str) -> None:
        for atom in atoms:
            if not isinstance(atom, str):
                message = f"atom must be a str, got {type(atom).__name__}"
                raise TypeError(message)
            if not atom or any(c in ".@ \t\n" for c in atom):
                message = f"atom {atom!r} must be a name without blanks, dots or @"
                raise DiagramError(message)
        self.objects = tuple((atom, 0) for atom in atoms)

    @classmethod
    def from_objects(cls, objects: Iterable[tuple[str, int]]) -> Ty:
        """Make a type of names and windings.

        Examples
        --------
        >>> from qnlp import Ty
        >>> Ty.from_objects([("n", 1), ("s", 0)])
        Ty("n").r @ Ty("s")
        """
        made = cls()
        made.objects = tuple((str(name), int(winding)) for name, winding in objects)
        return made

    @property
    def l(self) -> Ty:  # noqa: E743 - the mathematician's name
        """The left adjoint: the word reversed, each winding lowered by one."""
        return Ty.from_objects((name, z - 1) for name, z in reversed(self.objects))

    @property
    def r(self) -> Ty:
        """The right adjoint: the word reversed, each winding raised by one."""
        return Ty.from_objects((name, z + 1) for name, z in reversed(self.objects))

    def __matmul__(self, other: Ty) -> Ty:
        if not isinstance(other, Ty):
            return NotImplemented
        return Ty.from_objects(self.objects + other.objects)

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[Ty]:
        return (Ty.from_objects([o]) for o in self.objects)

    def __getitem__(self, index: int | slice) -> Ty:
        picked = self.objects[index]
        return Ty.from_objects(picked if isinstance(index, slice) else [picked])  # type: ignore[list-item,arg-type]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ty) and self.objects == other.objects

    def __hash__(self) -> int:
        return hash(self.objects)

    def __str__(self) -> str:
        return " @ ".join(name + _adjoints(z) for name, z in self.objects) or "Ty()"

    def __repr__(self) -> str:
        parts = [f'Ty("{name}"){_adjoints(z)}' for name, z in self.objects]
        return " @ ".join(parts) or "Ty()"

    def __reduce__(self) -> tuple[Any, ...]:
        return Ty.from_objects, (self.objects,)


def _adjoints(winding: int) -> str:
    return (".r" if winding > 0 else ".l") * abs(winding)


class Diagram:
    """An arrow: boxes wired together, from a domain to a codomain.

    Immutable. ``f >> g`` composes, ``f @ g`` places side by side, ``f[::-1]`` is the dagger, ``f.l``
    and ``f.r`` are the transposes by half a turn.

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
    """

    __slots__ = ("_core",)

    _core: core.Diagram

    def __init__(self, dom: Ty, layers: Iterable[tuple[Box, int]] = ()) -> None:
        ids = [(box.generator, offset) for box, offset in layers]
        self._core = core.Diagram(_SIGNATURE, dom.objects, ids)

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
        return [_box(generator) for generator, _ in self._core.layers]

    @property
    def offsets(self) -> list[int]:
        """For each box, the number of wires on its left."""
        return [offset for _, offset in self._core.layers]

    @property
    def layers(self) -> list[tuple[Box, int]]:
        """Boxes and offsets together."""
        return [(_box(generator), offset) for generator, offset in self._core.layers]

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
    def l(self) -> Diagram:  # noqa: E743 - the mathematician's name
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
        graph["boxes"] = [_box(generator) for generator in graph.pop("generators")]
        return graph

    @staticmethod
    def cups(left: Ty, right: Ty) -> Diagram:
        """Nested cups, for types of any length with ``right == left.r`` or ``left == right.l``.

        Examples
        --------
        >>> from qnlp import Diagram, Ty
        >>> n, s = Ty("n"), Ty("s")
        >>> Diagram.cups(n @ s, (n @ s).r).offsets
        [1, 0]
        """
        if len(left) != len(right):
            message = f"cups need types of one length, got {left} and {right}"
            raise DiagramError(message)
        n = len(left)
        pairs = [(Cup(left[n - 1 - k], right[k]), n - 1 - k) for k in range(n)]
        return Diagram(left @ right, pairs)

    @staticmethod
    def caps(left: Ty, right: Ty) -> Diagram:
        """Nested caps, for types of any length with ``left == right.r`` or ``right == left.l``.

        Examples
        --------
        >>> from qnlp import Diagram, Ty
        >>> n, s = Ty("n"), Ty("s")
        >>> Diagram.caps(n @ s, (n @ s).l).cod == n @ s @ (n @ s).l
        True
        """
        return _caps(left, right)

    @staticmethod
    def swap(left: Ty, right: Ty) -> Diagram:
        """Exchange two types of any length.

        Examples
        --------
        >>> from qnlp import Diagram, Ty
        >>> n, s = Ty("n"), Ty("s")
        >>> Diagram.swap(n @ n, s).cod
        Ty("s") @ Ty("n") @ Ty("n")
        """
        layers = [
            (Swap(a, b), i + j)
            for j, b in enumerate(right)
            for i, a in reversed(list(enumerate(left)))
        ]
        return Diagram(left @ right, layers)

    @staticmethod
    def permutation(ty: Ty, order: Sequence[int]) -> Diagram:
        """Bring wires into another order: wire ``order[k]`` of `ty` comes to place k.

        Examples
        --------
        >>> from qnlp import Diagram, Ty
        >>> Diagram.permutation(Ty("a", "b", "c"), [2, 0, 1]).cod
        Ty("c") @ Ty("a") @ Ty("b")
        """
        if sorted(order) != list(range(len(ty))):
            message = f"order {list(order)} is not a permutation of {len(ty)} wires"
            raise DiagramError(message)
        now = list(range(len(ty)))
        layers: list[tuple[Box, int]] = []
        for place, wire in enumerate(order):
            for k in range(now.index(wire), place, -1):
                layers.append((Swap(ty[now[k - 1]], ty[now[k]]), k - 1))
                now[k - 1], now[k] = now[k], now[k - 1]
        return Diagram(ty, layers)

    @staticmethod
    def spiders(n_in: int, n_out: int, ty: Ty) -> Diagram:
        """Spiders on a type of any length: one spider a wire, its legs brought together.

        Examples
        --------
        >>> from qnlp import Diagram, Ty
        >>> Diagram.spiders(2, 1, Ty("n", "s")).cod
        Ty("n") @ Ty("s")
        """
        width = len(ty)
        sort = [leg * width + k for k in range(width) for leg in range(n_in)]
        legs = Diagram.permutation(_power(ty, n_in), sort)
        spiders = Diagram.id().tensor(*(Spider(n_in, n_out, t) for t in ty))
        unsort = [k * n_out + leg for leg in range(n_out) for k in range(width)]
        return legs.then(spiders, Diagram.permutation(spiders.cod, unsort))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able description, readable across versions; `from_dict` reads it back.

        Examples
        --------
        >>> from qnlp import Diagram, Ty, Word
        >>> word = Word("Alice", Ty("n"))
        >>> Diagram.from_dict(word.to_dict()) == word
        True
        """
        return {
            "format": 1,
            "dom": [list(o) for o in self._core.dom],
            "layers": [[*_describe(generator), offset] for generator, offset in self._core.layers],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Diagram:
        """Read what `to_dict` wrote.

        Raises
        ------
        DiagramError
            If `data` has another format, or describes no well-typed diagram.
        """
        if data.get("format") != 1:
            message = f"diagram has format {data.get('format')!r}, this version reads 1"
            raise DiagramError(message)
        try:
            dom = Ty.from_objects((str(a), int(z)) for a, z in data["dom"])
            layers = [(_box(_intern(*row[:-1])), int(row[-1])) for row in data["layers"]]
        except (KeyError, TypeError, IndexError) as error:
            message = f"diagram is not well formed: {error}"
            raise DiagramError(message) from error
        return Diagram(dom, layers)

    def draw(self, path: str | None = None, **options: Any) -> str:
        """Draw as SVG; write it to `path` if given.

        Parameters
        ----------
        path : str, optional
            Written whole or not at all.
        **options
            See `qnlp.draw.diagram_svg`.

        Returns
        -------
        str
            The SVG.
        """
        from qnlp.draw import diagram_svg, write_svg

        svg = diagram_svg(self, **options)
        return svg if path is None else write_svg(path, svg)

    def _repr_svg_(self) -> str:
        return self.draw()

    def __rshift__(self, other: Diagram) -> Diagram:
        return self.then(other) if isinstance(other, Diagram) else NotImplemented

    def __lshift__(self, other: Diagram) -> Diagram:
        return other.then(self) if isinstance(other, Diagram) else NotImplemented

    def __matmul__(self, other: Diagram | Ty) -> Diagram:
        return self.tensor(other) if isinstance(other, Diagram | Ty) else NotImplemented

    def __rmatmul__(self, other: Ty) -> Diagram:
        return Diagram.id(other).tensor(self) if isinstance(other, Ty) else NotImplemented

    def __getitem__(self, key: slice) -> Diagram:
        if key == slice(None, None, -1):
            return self.dagger()
        message = "a diagram has only the slice [::-1], its dagger"
        raise TypeError(message)

    def __len__(self) -> int:
        return len(self._core)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Diagram) and self._core == other._core

    def __hash__(self) -> int:
        return hash((self._core.dom, tuple(self._core.layers)))

    def __str__(self) -> str:
        from qnlp.draw import diagram_text

        return diagram_text(self)

    def __repr__(self) -> str:
        n = len(self)
        shown = ", ".join(f"({box!r}, {offset})" for box, offset in self.layers[:8])
        more = f", ... {n - 8} more" if n > 8 else ""
        return f"Diagram({self.dom!r}, [{shown}{more}])"

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
        if not isinstance(name, str):
            message = f"name must be a str, got {type(name).__name__}"
            raise TypeError(message)
        self._set(_SIGNATURE.intern("box", name, dom.objects, cod.objects))

    def _set(self, generator: int) -> None:
        self.generator = generator
        self._core = core.Diagram.of(_SIGNATURE, generator)
        _BOXES.setdefault(generator, self)

    @property
    def kind(self) -> str:
        """One of ``box``, ``word``, ``cup``, ``cap``, ``swap``, ``spider``."""
        return _SIGNATURE.generator(self.generator)[0]

    @property
    def name(self) -> str:
        """The name; of a structural box, its class."""
        kind, name, *_ = _SIGNATURE.generator(self.generator)
        return name if kind in ("box", "word") else kind.capitalize()

    @property
    def is_dagger(self) -> bool:
        """Whether this is the adjoint of the named box."""
        return _SIGNATURE.generator(self.generator)[4]

    @property
    def rotation(self) -> int:
        """Half turns of the named box, to the right if positive."""
        return _SIGNATURE.generator(self.generator)[5]

    @property
    def base(self) -> Box:
        """The named box itself, neither daggered nor turned."""
        return _box(_SIGNATURE.base(self.generator))

    def dagger(self) -> Box:
        """The adjoint box."""
        return _only_box(super().dagger())

    @property
    def l(self) -> Box:  # noqa: E743 - the mathematician's name
        """The box turned half round to the left."""
        return _only_box(super().l)

    @property
    def r(self) -> Box:
        """The box turned half round to the right."""
        return _only_box(super().r)

    def __repr__(self) -> str:
        base = self.base
        text = f"Box({base.name!r}, {base.dom!r}, {base.cod!r})"
        if base.kind == "word":
            text = f"Word({base.name!r}, {base.cod!r})"
        return text + ".dagger()" * self.is_dagger + _adjoints(self.rotation)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, tuple(_describe(self.generator))


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
        if not isinstance(name, str):
            message = f"name must be a str, got {type(name).__name__}"
            raise TypeError(message)
        self._set(_SIGNATURE.intern("word", name, (), cod.objects))


class _Structural(Box):
    __slots__ = ()

    def _intern(self, kind: str, dom: Ty, cod: Ty) -> None:
        self._set(_SIGNATURE.intern(kind, "", dom.objects, cod.objects))


class Cup(_Structural):
    """Joins a wire and its adjoint: ``(x, x.r)`` or ``(x.l, x)``.

    Examples
    --------
    >>> from qnlp import Cup, Ty
    >>> Cup(Ty("n"), Ty("n").r)
    Cup(Ty("n"), Ty("n").r)
    """

    __slots__ = ()

    def __init__(self, left: Ty, right: Ty) -> None:
        self._intern("cup", left @ right, Ty())

    def __repr__(self) -> str:
        return f"Cup({self.dom[0]!r}, {self.dom[1]!r})"


class Cap(_Structural):
    """Opens a wire and its adjoint: ``(x, x.l)`` or ``(x.r, x)``.

    Examples
    --------
    >>> from qnlp import Cap, Ty
    >>> Cap(Ty("n"), Ty("n").l)
    Cap(Ty("n"), Ty("n").l)
    """

    __slots__ = ()

    def __init__(self, left: Ty, right: Ty) -> None:
        self._intern("cap", Ty(), left @ right)

    def __repr__(self) -> str:
        return f"Cap({self.cod[0]!r}, {self.cod[1]!r})"


class Swap(_Structural):
    """Exchanges two wires.

    Examples
    --------
    >>> from qnlp import Swap, Ty
    >>> Swap(Ty("n"), Ty("s")).cod
    Ty("s") @ Ty("n")
    """

    __slots__ = ()

    def __init__(self, left: Ty, right: Ty) -> None:
        self._intern("swap", left @ right, right @ left)

    def __repr__(self) -> str:
        return f"Swap({self.dom[0]!r}, {self.dom[1]!r})"


class Spider(_Structural):
    """Joins `n_in` wires and `n_out` wires of one simple type into one.

    Examples
    --------
    >>> from qnlp import Spider, Ty
    >>> Spider(2, 1, Ty("n")).dom
    Ty("n") @ Ty("n")
    """

    __slots__ = ()

    def __init__(self, n_in: int, n_out: int, ty: Ty) -> None:
        if len(ty) != 1:
            message = f"spider has type {ty}, expected one wire; use Diagram.spiders for more"
            raise DiagramError(message)
        if n_in < 0 or n_out < 0:
            message = f"spider has {n_in} and {n_out} legs, expected 0 or more"
            raise DiagramError(message)
        self._intern("spider", _power(ty, n_in), _power(ty, n_out))

    def __repr__(self) -> str:
        legs = self.dom or self.cod
        return f"Spider({len(self.dom)}, {len(self.cod)}, {legs[0]!r})"


def Id(ty: Ty | None = None) -> Diagram:  # noqa: N802 - reads as the constructors beside it
    """The identity diagram on a type.

    Examples
    --------
    >>> from qnlp import Id, Ty
    >>> Id(Ty("n")) == Id(Ty("n")).dagger()
    True
    """
    return Diagram.id(ty)


def pregroup_diagram(words: Sequence[Word], links: Iterable[tuple[int, int]]) -> Diagram:
    """Words side by side, then a cup for every pair of wires.

    Parameters
    ----------
    words : sequence of Word
    links : iterable of (int, int)
        Wires to join, ``i < j``, counted over all the words' types. Pairs must not cross.

    Returns
    -------
    Diagram
        Its codomain is the type of the wires that no link has.

    Raises
    ------
    DiagramError
        If two links cross, share a wire or go round an open one, or a pair is no pair of adjoints.

    Examples
    --------
    >>> from qnlp import Ty, Word, pregroup_diagram
    >>> n, s = Ty("n"), Ty("s")
    >>> words = [Word("Alice", n), Word("loves", n.r @ s @ n.l), Word("Bob", n)]
    >>> pregroup_diagram(words, [(0, 1), (3, 4)]).cod
    Ty("s")
    """
    flat = [wire for pair in links for wire in pair]
    if any(wire < 0 for wire in flat):
        message = f"links name wire {min(flat)}, expected 0 or more"
        raise DiagramError(message)
    ids = [word.generator for word in words]
    return Diagram._wrap(core.Diagram.pregroup(_SIGNATURE, ids, flat))


_BOXES: dict[int, Box] = {}
_CLASSES: dict[str, type[Box]] = {
    "box": Box,
    "word": Word,
    "cup": Cup,
    "cap": Cap,
    "swap": Swap,
    "spider": Spider,
}


def _box(generator: int) -> Box:
    """The box of a generator of the core."""
    known = _BOXES.get(generator)
    if known is None:
        kind, _, dom, *_ = _SIGNATURE.generator(generator)
        known = object.__new__(Box if kind == "word" and dom else _CLASSES[kind])
        known._set(generator)
    return known


def _only_box(diagram: Diagram) -> Box:
    return diagram.boxes[0]


def _describe(generator: int) -> list[Any]:
    kind, name, dom, cod, is_dagger, rotation = _SIGNATURE.generator(generator)
    return [kind, name, [list(o) for o in dom], [list(o) for o in cod], is_dagger, rotation]


def _intern(
    kind: str,
    name: str,
    dom: Iterable[tuple[str, int]],
    cod: Iterable[tuple[str, int]],
    is_dagger: bool,
    rotation: int,
) -> int:
    types = [[(str(a), int(z)) for a, z in side] for side in (dom, cod)]
    return _SIGNATURE.intern(kind, name, *types, is_dagger, rotation)


def _unpickle(*description: Any) -> Box:
    return _box(_intern(*description))


def _power(ty: Ty, n: int) -> Ty:
    return Ty.from_objects(ty.objects * n)


def _caps(left: Ty, right: Ty) -> Diagram:
    if len(left) != len(right):
        message = f"caps need types of one length, got {left} and {right}"
        raise DiagramError(message)
    n = len(left)
    return Diagram(Ty(), [(Cap(left[k], right[n - 1 - k]), k) for k in range(n)])
