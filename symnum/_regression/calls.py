"""Parts of a formula that are calls of other formulas, found by matching trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from symnum._core import expression as core

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# ("number", value), ("constant", value), ("variable", index), (operation, *trees) or
# ("call", name, *trees).
Tree = tuple[Any, ...]
Bound = dict[int, Tree]  # trees of a formula's operands
Pattern = tuple[str, int, Tree]  # name, number of operands, formula over them

_ARITY = {name: n for name, n, _, _ in core.OPERATIONS}
_GROUPS = {"add": "sum", "sub": "sum", "neg": "sum", "mul": "product", "div": "product"}
_GROUPS |= {"inv": "product"}
_MOST_PARTS = 8  # of a sum or product in which a formula is looked for


def tree_of(program: core.Program) -> Tree:
    """A program written out."""
    made: list[Tree] = []
    constants = program.constants
    for name, left, right in zip(program.operations, program.left, program.right, strict=True):
        if name in {"number", "variable"}:
            made.append((name, left))
        elif name == "constant":
            made.append((name, constants[left]))
        else:
            made.append((name, *(made[k] for k in (left, right)[: _ARITY[name]])))
    return made[-1]


def program_of(
    tree: Tree, n_variables: int, definitions: Mapping[str, core.Program]
) -> core.Program:
    """The program of a tree; calls become what they stand for."""
    builder = core.Builder(n_variables)

    def node(part: Tree) -> int:
        name = part[0]
        if name == "number":
            return builder.number(part[1])
        if name == "constant":
            return builder.constant(part[1])
        if name == "variable":
            return builder.variable(part[1])
        if name == "call":
            return builder.insert(definitions[part[1]], [node(p) for p in part[2:]])
        return builder.apply(name, [node(p) for p in part[1:]])

    return builder.build(node(tree))


def calls_in(tree: Tree, patterns: Sequence[Pattern]) -> Tree:
    """The tree with calls in the place of the parts that are some, the outermost first."""
    for name, arity, pattern in patterns:
        for bound, others in _calls(pattern, tree):
            if len(bound) < arity:
                continue
            operands = [calls_in(bound[k], patterns) for k in range(arity)]
            call = _joined(
                _GROUPS.get(pattern[0], ""),
                [(("call", name, *operands), 1)],
                [(calls_in(part, patterns), sign) for part, sign in others],
            )
            if size(call) < size(tree):
                return call
    if tree[0] in {"number", "constant", "variable"}:
        return tree
    return (tree[0], *(calls_in(part, patterns) for part in tree[1:]))


def size(tree: Tree) -> int:
    """Leaves and operations; a call is one operation."""
    return 1 + sum(size(part) for part in tree[1:] if isinstance(part, tuple))


def _calls(pattern: Tree, tree: Tree) -> Iterator[tuple[Bound, list[tuple[Tree, int]]]]:
    """Operands of ways to read a tree as a call, and the parts of a sum or product beside it."""
    if pattern[0] == tree[0] != "variable":
        yield from ((bound, []) for bound in _operands_match(pattern, tree, {}))
    kind = _GROUPS.get(pattern[0])
    if kind is None or _GROUPS.get(tree[0]) != kind:
        return
    wanted, given = list(_parts(kind, pattern, 1)), list(_parts(kind, tree, 1))
    if len(wanted) <= len(given) <= _MOST_PARTS:
        yield from _among(wanted, given, {})


def _parts(kind: str, tree: Tree, sign: int) -> Iterator[tuple[Tree, int]]:
    """Terms with signs, or factors with 1 above and -1 below."""
    name = tree[0]
    if _GROUPS.get(name) != kind:
        yield tree, sign
    elif name in {"neg", "inv"}:
        yield from _parts(kind, tree[1], -sign)
    else:
        yield from _parts(kind, tree[1], sign)
        yield from _parts(kind, tree[2], sign if name in {"add", "mul"} else -sign)


def _among(
    wanted: Sequence[tuple[Tree, int]], given: list[tuple[Tree, int]], bound: Bound
) -> Iterator[tuple[Bound, list[tuple[Tree, int]]]]:
    """Each wanted part as one of those given, and what is left of them."""
    if not wanted:
        yield bound, given
        return
    (pattern, sign), rest = wanted[0], wanted[1:]
    for k, (part, other) in enumerate(given):
        if sign != other:
            continue
        for more in _matches(pattern, part, bound):
            yield from _among(rest, given[:k] + given[k + 1 :], more)


def _joined(kind: str, first: list[tuple[Tree, int]], rest: list[tuple[Tree, int]]) -> Tree:
    plus, minus = ("add", "sub") if kind == "sum" else ("mul", "div")
    above = [part for part, sign in rest if sign > 0] + [p for p, s in first if s > 0]
    whole = above[0]
    for part in above[1:]:
        whole = (plus, whole, part)
    for part in (p for p, sign in rest if sign < 0):
        whole = (minus, whole, part)
    return whole


def _matches(pattern: Tree, tree: Tree, bound: Bound) -> Iterator[Bound]:
    """Operands for which the pattern is the tree."""
    name = pattern[0]
    if name == "variable":
        known = bound.get(pattern[1])
        if known is None:
            yield {**bound, pattern[1]: tree}
        elif known == tree:
            yield bound
        return
    if name in {"number", "pi"}:
        if pattern == tree:
            yield bound
        return
    if name == tree[0]:
        yield from _operands_match(pattern, tree, bound)
    kind = _GROUPS.get(name)
    if kind is not None and _GROUPS.get(tree[0]) == kind:
        wanted, given = list(_parts(kind, pattern, 1)), list(_parts(kind, tree, 1))
        if 2 < len(wanted) == len(given) <= _MOST_PARTS:
            yield from (more for more, _ in _among(wanted, given, bound))
    yield from _inverted(pattern, tree, bound)


def _operands_match(pattern: Tree, tree: Tree, bound: Bound) -> Iterator[Bound]:
    if len(pattern) < 3:
        if len(pattern) == 2:
            yield from _matches(pattern[1], tree[1], bound)
        return
    orders = [(1, 2)] if pattern[0] not in {"add", "mul", "min", "max"} else [(1, 2), (2, 1)]
    for i, j in orders:
        for more in _matches(pattern[1], tree[i], bound):
            yield from _matches(pattern[2], tree[j], more)


def _inverted(pattern: Tree, tree: Tree, bound: Bound) -> Iterator[Bound]:
    """Where one side of an operation is a number: its other side is the inverse of the tree."""
    name = pattern[0]
    if name == "neg" and tree[0] != "neg":
        yield from _matches(pattern[1], _simplified(("neg", tree)), bound)
    elif name in {"mul", "div", "add", "sub"}:
        left, right = pattern[1], pattern[2]
        back = {"mul": "div", "div": "mul", "add": "sub", "sub": "add"}[name]
        if _is_fixed(right) and not _is_fixed(left):
            yield from _matches(left, _simplified((back, tree, right)), bound)
        elif _is_fixed(left) and not _is_fixed(right):
            inverse = (back, tree, left) if name in {"mul", "add"} else (name, left, tree)
            yield from _matches(right, _simplified(inverse), bound)
    elif name == "pow2":
        root = _root(tree)
        if root is not None:
            yield from _matches(pattern[1], root, bound)


def _root(tree: Tree) -> Tree | None:
    """Of a positive number times or over squares, or a square over a number; else None."""
    factors = list(_parts("product", tree, 1))
    numbers = [(p, s) for p, s in factors if p[0] in {"number", "constant"}]
    squares = [(p, s) for p, s in factors if p[0] == "pow2"]
    if not squares or len(numbers) + len(squares) < len(factors):
        return None
    value = float(np.prod([float(p[1]) ** s for p, s in numbers]))
    if not 0.0 < value < np.inf:
        return None
    size = float(np.sqrt(value))
    scale: Tree = ("number", int(size)) if size == int(size) < 2**31 else ("constant", size)
    parts = [(p[1], s) for p, s in squares]
    if scale != ("number", 1) or all(s < 0 for _, s in parts):
        parts = [(scale, 1), *parts]
    return _simplified(_joined("product", [], parts))


def _is_fixed(tree: Tree) -> bool:
    if tree[0] in {"variable", "call", "constant"}:
        return False
    return tree[0] == "number" or all(_is_fixed(part) for part in tree[1:])


def _simplified(tree: Tree) -> Tree:
    program = program_of(tree, 1 + _largest_variable(tree), {})
    return tree_of(core.simplify(program))


def _largest_variable(tree: Tree) -> int:
    if tree[0] == "variable":
        return int(tree[1])
    return max((_largest_variable(p) for p in tree[1:] if isinstance(p, tuple)), default=0)
