"""The anytime tail of a search: formulas changed at random, fitted, kept where they are shorter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum._regression.archive import Archive
from symnum.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from symnum._regression.functions import Function
    from symnum._regression.problem import Candidate, Problem

_LARGEST = 60  # nodes of a formula, written out
_OFFSPRING = 150  # fitted between two looks at the clock
_PARENTS = 60
_MOST_ROWS = 600
_ROUGH = 5  # iterations of each offspring's first fit
_FINE = 40
_FITTED = 10  # of a generation, those that are fitted in full
_ARITY = {name: n for name, n, _, _ in core.OPERATIONS}


class Evolution:
    """Generations of formulas, from those of an archive."""

    def __init__(
        self,
        problem: Problem,
        operations: Sequence[str],
        seed: int,
        functions: Sequence[Function] = (),
    ) -> None:
        self.problem = problem
        self.rng = np.random.default_rng([seed, 7])
        self.own = {function.name: function.program for function in functions}
        arity = _ARITY | {function.name: function.arity for function in functions}
        names = [*operations, *self.own]
        self.unary = [name for name in names if arity[name] == 1]
        self.binary = [name for name in names if arity[name] == 2]
        has_powers = not {"pow", "pow2", "sqrt"}.isdisjoint(operations)
        self.scales = ("mul", "add", "pow") if has_powers else ("mul", "add")
        self.small = problem
        if problem.n_rows > _MOST_ROWS:
            rows = self.rng.choice(problem.n_rows, _MOST_ROWS, replace=False)
            self.small = problem.subset(np.sort(rows))
        self.changes: list[Callable[[_Editor], int | None]] = [
            self.replace_part,
            self.wrap,
            self.other_operation,
            self.shrink,
            self.cross,
            self.append,
            self.scale,
        ]
        self.known: set[int] = set()
        self.others: list[core.Program] = []

    def generations(self, archive: Archive) -> Iterator[list[core.Program]]:
        """The best of each generation, to be scored on all rows."""
        own = Archive()
        while not self.problem.clock.is_over:
            self.others = [c.program for c in self.parents(archive, own)]
            if not self.others:
                return
            children = self.offspring()
            rough = self.small.candidates(self.small.fit(children, _ROUGH))
            rough.sort(key=lambda c: c.length)
            chosen = [c.program for c in rough[:_FITTED]]
            own.add(self.small.candidates(self.small.fit(chosen, _FINE)))
            own.add(rough[: 2 * _FITTED])
            yield [c.program for c in own.everything()[:_FITTED]]

    def parents(self, archive: Archive, own: Archive) -> list[Candidate]:
        """Short descriptions and the front, of what was found before and here."""
        chosen: list[Candidate] = []
        for source in (archive, own):
            if source.is_empty:
                continue
            chosen += source.everything()[: _PARENTS // 2] + source.front()
        small = replace(self.small, dimensions=None)  # a mean without units may be a parent
        scored = small.candidates([c.program for c in chosen if c.complexity <= _LARGEST])
        scored.sort(key=lambda c: c.length)
        return scored[:_PARENTS]

    def offspring(self) -> list[core.Program]:
        """New formulas, none seen before; few where nothing new turns up."""
        children: list[core.Program] = []
        for _ in range(4 * _OFFSPRING):
            rank = int(self.rng.exponential(len(self.others) / 5.0)) % len(self.others)
            child = self.child(self.others[rank])
            if child is None or child.tree_size > _LARGEST:
                continue
            key = core.structural_hash(core.canonical(_without_values(child)))
            if key in self.known:
                continue
            self.known.add(key)
            children.append(child)
            if len(children) == _OFFSPRING:
                break
        return children

    def child(self, parent: core.Program) -> core.Program | None:
        """One or two random changes."""
        for _ in range(1 + int(self.rng.random() < 0.3)):
            editor = _Editor(parent, int(self.rng.integers(len(parent))))
            change = self.changes[int(self.rng.integers(len(self.changes)))]
            result = change(editor)
            if result is None:
                return None
            parent = editor.finish(result)
        try:
            return core.simplify(parent)
        except DomainError:  # its constants make one that overflows
            return None

    def apply(self, builder: core.Builder, name: str, operands: list[int]) -> int:
        """An operation, or one of the user's own."""
        if name in self.own:
            return builder.insert(self.own[name], operands)
        return builder.apply(name, operands)

    def leaf(self, builder: core.Builder) -> int:
        """A variable, at times a constant."""
        if self.rng.random() < 0.15:
            return builder.constant(float(self.rng.normal()))
        return builder.variable(int(self.rng.integers(len(self.problem.columns))))

    def fresh(self, builder: core.Builder) -> int:
        """A small random formula."""
        node = self.leaf(builder)
        for _ in range(int(self.rng.integers(3))):
            if self.unary and (not self.binary or self.rng.random() < 0.5):
                if self.rng.random() < 0.5:
                    node = builder.apply("mul", [builder.constant(float(self.rng.normal())), node])
                node = self.apply(builder, self.pick(self.unary), [node])
            elif self.binary:
                node = self.apply(builder, self.pick(self.binary), [node, self.leaf(builder)])
        return node

    def pick(self, names: Sequence[str]) -> str:
        """One at random."""
        return names[int(self.rng.integers(len(names)))]

    def replace_part(self, editor: _Editor) -> int | None:
        """A part becomes a fresh one."""
        return self.fresh(editor.builder)

    def wrap(self, editor: _Editor) -> int | None:
        """A part gets an operation around it."""
        part = editor.copy(editor.place)
        if self.unary and self.rng.random() < 0.5:
            return self.apply(editor.builder, self.pick(self.unary), [part])
        if not self.binary:
            return None
        pair = [part, self.fresh(editor.builder)]
        return self.apply(editor.builder, self.pick(self.binary), pair[:: self.rng.choice([1, -1])])

    def other_operation(self, editor: _Editor) -> int | None:
        """An operation becomes another of as many operands."""
        operands = editor.operands(editor.place)
        names = {1: self.unary, 2: self.binary}.get(len(operands))
        if not names:
            return None
        parts = [editor.copy(k) for k in operands]
        return self.apply(editor.builder, self.pick(names), parts)

    def shrink(self, editor: _Editor) -> int | None:
        """A part becomes one of its operands."""
        operands = editor.operands(editor.place)
        if not operands:
            return None
        return editor.copy(operands[int(self.rng.integers(len(operands)))])

    def cross(self, editor: _Editor) -> int | None:
        """A part becomes a part of another formula."""
        other = self.others[int(self.rng.integers(len(self.others)))]
        giver = _Editor(other, int(self.rng.integers(len(other))), editor.builder)
        return giver.copy(giver.place)

    def append(self, editor: _Editor) -> int | None:
        """The formula gets another term or factor."""
        editor.place = len(editor.program) - 1
        builder = editor.builder
        scaled = builder.apply("mul", [builder.constant(0.1), self.fresh(builder)])
        whole = editor.copy(editor.place)
        if self.rng.random() < 0.6:
            return builder.apply("add", [whole, scaled])
        return builder.apply("mul", [whole, builder.apply("add", [builder.number(1), scaled])])

    def scale(self, editor: _Editor) -> int | None:
        """A part gets a constant, as a factor, a term or a power."""
        name = self.pick(self.scales)
        value = 0.0 if name == "add" else 1.0
        constant = editor.builder.constant(value + 0.1 * float(self.rng.normal()))
        return editor.builder.apply(name, [editor.copy(editor.place), constant])


class _Editor:
    """A program whose node `place` is to become another."""

    def __init__(
        self, program: core.Program, place: int, builder: core.Builder | None = None
    ) -> None:
        self.program = program
        self.place = place
        self.builder = core.Builder(program.n_variables) if builder is None else builder
        self.nodes = (program.operations, program.left, program.right, program.constants)
        self.copied: dict[int, int] = {}

    def operands(self, k: int) -> list[int]:
        """The nodes that node k reads."""
        operations, left, right, _ = self.nodes
        return [left[k], right[k]][: _ARITY[operations[k]]]

    def copy(self, k: int) -> int:
        """Node k with all below it, in the builder."""
        if k not in self.copied:
            self.copied[k] = self._made(k, [self.copy(j) for j in self.operands(k)])
        return self.copied[k]

    def finish(self, result: int) -> core.Program:
        """The program with `result` in its place."""
        self.copied = {self.place: result}
        return self.builder.build(self.copy(len(self.program) - 1))

    def _made(self, k: int, operands: list[int]) -> int:
        operations, left, _, constants = self.nodes
        name = operations[k]
        if name == "number":
            return self.builder.number(left[k])
        if name == "variable":
            return self.builder.variable(left[k])
        if name == "constant":
            return self.builder.constant(constants[left[k]])
        return self.builder.apply(name, operands)


def _without_values(program: core.Program) -> core.Program:
    """The same for all values of the constants."""
    return program.with_constants([0.5 + 0.1 * k for k in range(len(program.constants))])
