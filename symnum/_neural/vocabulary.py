"""The tokens of formulas, from the core's table of operations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from symnum._core import expression as core
from symnum._neural.numbers import LARGEST_EXPONENT, PAIRS, number_codes, numbers_of
from symnum.errors import ExpressionError, TooLargeError
from symnum.expression import Expression

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

PAD, START, END, NEXT, CONSTANT = range(5)
NAMES = [name for name, _, _, _ in core.OPERATIONS]
ARITY = [arity for _, arity, _, _ in core.OPERATIONS]
_SPECIAL = ("<pad>", "<start>", "<end>", "|", "constant")
LARGEST_INTEGER = 10  # in size, of those that have a token of their own and stay exact
_INTEGERS = range(-LARGEST_INTEGER, LARGEST_INTEGER + 1)
_SIGNS = ("+", "-")
NUMBER, _CONSTANT, _VARIABLE = (NAMES.index(n) for n in ("number", "constant", "variable"))


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of formulas over some variables.

    Parameters
    ----------
    variables : sequence of str
        Names, each a token.
    numbers : bool
        Whether constants have their values as tokens: sign, two halves of the mantissa, exponent.
        Without it every constant is one token, ``constant``.

    Attributes
    ----------
    words : tuple of str
        The tokens; a token is a place in it. First <pad>, <start>, <end>, | between equations,
        and ``constant``, one whose value is not told.

    Raises
    ------
    ParseError, ExpressionError
        If a name of `variables` is not one, or stands there twice.

    Examples
    --------
    >>> from symnum import Expression
    >>> from symnum.tokens import Vocabulary
    >>> vocabulary = Vocabulary(("x", "y"))
    >>> tokens = vocabulary.encode(Expression("2.5*x + sin(y)/2"))
    >>> vocabulary.text(tokens)
    'add mul + N25 N00 E-3 x div sin y 2 <end>'
    >>> vocabulary.decode(tokens)
    [Expression('2.5*x + sin(y)/2')]
    """

    variables: tuple[str, ...]
    numbers: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", tuple(self.variables))
        for name in self.variables:
            core.check_name(name)
        if len(set(self.variables)) != len(self.variables):
            message = f"variables has a name twice: {', '.join(self.variables)}"
            raise ExpressionError(message)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The tokens."""
        return tuple(word for word, _ in self.table)

    @cached_property
    def table(self) -> tuple[tuple[str, str], ...]:
        """Each token and its kind."""
        rows = [(word, "special") for word in _SPECIAL]
        rows += [(str(value), "integer") for value in _INTEGERS]
        rows += [
            (name, "operation")
            for name, arity in zip(NAMES, ARITY, strict=True)
            if arity > 0 or name == "pi"
        ]
        rows += [(name, "variable") for name in self.variables]
        if self.numbers:
            rows += [(sign, "sign") for sign in _SIGNS]
            rows += [(f"N{pair:02}", "pair") for pair in range(PAIRS)]
            exponents = range(-LARGEST_EXPONENT, LARGEST_EXPONENT + 1)
            rows += [(f"E{exponent}", "exponent") for exponent in exponents]
        return tuple(rows)

    def places(self, kind: str) -> NDArray[np.int64]:
        """Tokens of a kind.

        Parameters
        ----------
        kind : {"special", "integer", "operation", "variable", "sign", "pair", "exponent"}

        Returns
        -------
        ndarray of int64
            In their order.
        """
        return np.array([k for k, row in enumerate(self.table) if row[1] == kind], np.int64)

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the words: a model's weights are for one vocabulary."""
        return sha256("\n".join(f"{kind} {word}" for word, kind in self.table).encode()).hexdigest()

    @cached_property
    def _first(self) -> dict[str, int]:
        """The first token of each kind that lies in one stretch."""
        kinds = ("integer", "variable", "sign", "pair", "exponent")
        return {kind: int(found[0]) for kind in kinds if len(found := self.places(kind))}

    @cached_property
    def _of_operation(self) -> list[int]:
        """The token of each line of the core's table; -1 for leaves that have a payload."""
        own = {self.table[k][0]: int(k) for k in self.places("operation")}
        return [own.get(name, -1) for name in NAMES]

    def encode(
        self,
        expressions: Expression | Sequence[Expression],
        *,
        placeholder: bool = False,
        max_length: int = 1000,
    ) -> NDArray[np.int64]:
        """The tokens of a formula, or of a system of them.

        Parameters
        ----------
        expressions : Expression or sequence of Expression
            Over `variables`, in any order and number. Constants are rounded to four digits; an
            integer beyond 10 in size becomes a constant.
        placeholder : bool
            Whether each constant is the token ``constant`` instead of its value.
        max_length : int
            Of the result.

        Returns
        -------
        ndarray of int64, shape (n_tokens,)
            Ends with <end>; has no <start>.

        Raises
        ------
        ExpressionError
            If a formula has another variable.
        TooLargeError
            If there are more tokens.

        Notes
        -----
        A common subexpression is written out each time: constants in it are then told apart.
        """
        system = [expressions] if isinstance(expressions, Expression) else list(expressions)
        tokens: list[int] = []
        for expression in system:
            program = expression._program
            if program.tree_size > max_length:
                message = f"a formula has {program.tree_size} nodes, expected at most {max_length}"
                raise TooLargeError(message)
            tokens += [NEXT] if tokens else []
            codes = [NAMES.index(name) for name in program.operations]
            places = self.variable_tokens(expression.variables)
            constants = list(program.constants)
            nodes = (codes, program.left, program.right)
            tokens += self.encode_nodes(*nodes, constants, places, placeholder=placeholder)
        tokens.append(END)
        if len(tokens) > max_length:
            message = f"the formulas have {len(tokens)} tokens, expected at most {max_length}"
            raise TooLargeError(message)
        return np.array(tokens, np.int64)

    def variable_tokens(self, names: Sequence[str]) -> list[int]:
        first = self._first.get("variable", 0)
        try:
            return [first + self.variables.index(name) for name in names]
        except ValueError:
            wrong = sorted(set(names) - set(self.variables))
            message = (
                f"a formula has the variable {wrong[0]!r}, expected {', '.join(self.variables)}"
            )
            raise ExpressionError(message) from None

    def encode_nodes(
        self,
        codes: Sequence[int],
        left: Sequence[int],
        right: Sequence[int],
        constants: Sequence[float],
        variables: Sequence[int],
        *,
        placeholder: bool = False,
    ) -> list[int]:
        """The tokens of one program given as arrays, such as those of a corpus.

        Parameters
        ----------
        codes : sequence of int
            Of each node: a line of the core's table of operations.
        left, right : sequence of int
        constants : sequence of float
        variables : sequence of int
            The token of each variable.
        placeholder : bool
            As for `encode`.

        Returns
        -------
        list of int
            Without <end>.
        """
        hide = placeholder or not self.numbers
        value_tokens = [[CONSTANT]] * len(constants) if hide else self._numbers(constants)
        of_operation, integer = self._of_operation, self._first["integer"]
        tokens: list[int] = []
        todo = [len(codes) - 1]
        while todo:
            k = todo.pop()
            code = codes[k]
            if (arity := ARITY[code]) or code not in (NUMBER, _CONSTANT, _VARIABLE):
                tokens.append(of_operation[code])
                todo += [right[k], left[k]][2 - arity :]
            elif code == _VARIABLE:
                tokens.append(variables[left[k]])
            elif code == _CONSTANT:
                tokens += value_tokens[left[k]]
            elif left[k] in _INTEGERS:
                tokens.append(integer + left[k] - _INTEGERS[0])
            else:
                tokens += [CONSTANT] if hide else self._numbers([left[k]])[0]
        return tokens

    def _numbers(self, values: Sequence[float]) -> list[list[int]]:
        if not len(values):
            return []
        firsts = [self._first[kind] for kind in ("sign", "pair", "pair", "exponent")]
        found: list[list[int]] = (number_codes(values) + firsts).tolist()
        return found

    def decode(self, tokens: Sequence[int] | NDArray[np.int64]) -> list[Expression]:
        """The formulas of a sequence.

        Parameters
        ----------
        tokens : sequence of int
            Up to its <end>, or whole where it has none.

        Returns
        -------
        list of Expression
            Over `variables`. The token ``constant`` is a constant of value 1.

        Raises
        ------
        ExpressionError
            If the sequence is not well formed: it names the place.
        """
        row = [int(token) for token in tokens]
        row = row[: row.index(END)] if END in row else row
        system: list[Expression] = []
        start = 0
        for end in [*(k for k, token in enumerate(row) if token == NEXT), len(row)]:
            system.append(self._read(row[start:end], start))
            start = end + 1
        return system

    def _read(self, row: list[int], start: int) -> Expression:
        """One formula, from its last token to its first: operands are then there when needed."""
        builder = core.Builder(len(self.variables))
        stack: list[int] = []
        k = len(row) - 1
        while k >= 0:
            word, kind = self.table[row[k]] if 0 <= row[k] < len(self) else ("", "unknown")
            if kind == "exponent":
                k -= 3
                stack.append(builder.constant(self._number(row, k, start)))
            elif kind == "integer":
                stack.append(builder.number(int(word)))
            elif kind == "variable":
                stack.append(builder.variable(row[k] - self._first["variable"]))
            elif row[k] == CONSTANT:
                stack.append(builder.constant(1.0))
            elif kind == "operation" and len(stack) >= (arity := ARITY[NAMES.index(word)]):
                operands = [stack.pop() for _ in range(arity)]
                stack.append(builder.apply(word, operands))
            else:
                message = f"tokens[{start + k}] is {word!r}, which cannot stand there"
                raise ExpressionError(message)
            k -= 1
        if len(stack) != 1:
            message = f"tokens[{start}:] are {len(stack)} formulas, expected 1"
            raise ExpressionError(message)
        return Expression._of(builder.build(stack[0]), self.variables)

    def _number(self, row: list[int], k: int, start: int) -> float:
        """The value of the four tokens from place `k`."""
        kinds = ("sign", "pair", "pair", "exponent")
        four = row[max(k, 0) : k + 4]
        if len(four) != 4 or any(
            self.table[t][1] != kind for t, kind in zip(four, kinds, strict=True)
        ):
            message = f"tokens[{start + max(k, 0)}:] are no number"
            raise ExpressionError(message)
        codes = np.array(four) - [self._first[kind] for kind in kinds]
        return float(numbers_of(codes))

    def text(self, tokens: Sequence[int] | NDArray[np.int64]) -> str:
        """The words of a sequence, with spaces.

        Parameters
        ----------
        tokens : sequence of int

        Returns
        -------
        str
        """
        return " ".join(self.words[int(token)] for token in tokens)
