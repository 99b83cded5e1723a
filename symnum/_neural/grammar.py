"""Which token may follow which, so that a well-formed system of formulas comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from symnum._neural.vocabulary import ARITY, CONSTANT, END, NAMES, NEXT, PAD
from symnum.errors import ShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from symnum._neural.vocabulary import Vocabulary


@dataclass(frozen=True)
class State:
    """How far each of several sequences has come."""

    open: NDArray[np.int64]  # operands that the equation still lacks
    phase: NDArray[np.int64]  # tokens of a number that are there: 0, or 1 to 3
    equation: NDArray[np.int64]
    length: NDArray[np.int64]  # tokens so far
    done: NDArray[np.bool_]

    def take(self, index: NDArray[np.int64]) -> State:
        """Those of these sequences, as a beam search needs it.

        Parameters
        ----------
        index : ndarray of int64

        Returns
        -------
        State
        """
        return State(
            self.open[index],
            self.phase[index],
            self.equation[index],
            self.length[index],
            self.done[index],
        )


class Grammar:
    """Which tokens may follow, so that a well-formed system of formulas comes out in time.

    Parameters
    ----------
    vocabulary : Vocabulary
    n_equations : int
        Of a system, at least 1.
    max_length : int
        Tokens with the last, <end>.
    variables : sequence of str, optional
        Those that may occur, at first all.
    placeholder : bool
        Whether the token ``constant`` may occur; values of numbers then may not.

    Raises
    ------
    ShapeError
        If `max_length` is too short for so many equations.
    ExpressionError
        If a name of `variables` is unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from symnum.tokens import Grammar, Vocabulary
    >>> vocabulary = Vocabulary(("x",), numbers=False)
    >>> grammar = Grammar(vocabulary, max_length=4, placeholder=True)
    >>> state = grammar.begin(1)
    >>> state = grammar.advance(state, np.array([vocabulary.words.index("sin")]))
    >>> "add" in [w for w, ok in zip(vocabulary.words, grammar.allowed(state)[0]) if ok]
    False
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        n_equations: int = 1,
        max_length: int = 64,
        variables: Sequence[str] | None = None,
        placeholder: bool = False,
    ) -> None:
        if n_equations < 1 or max_length < 2 * n_equations:
            message = (
                f"max_length is {max_length} for {n_equations} equations,"
                f" expected at least {2 * max(n_equations, 1)} for 1 or more"
            )
            raise ShapeError(message)
        self.vocabulary, self.n_equations, self.max_length = vocabulary, n_equations, max_length
        n = len(vocabulary)
        kind = np.array([row[1] for row in vocabulary.table])
        arity = dict(zip(NAMES, ARITY, strict=True))
        # What a token adds to the number of operands that are open.
        self._change = np.full(n, -1, np.int64)
        for k in vocabulary.places("operation"):
            self._change[k] = arity[vocabulary.words[k]] - 1
        self._change[np.isin(kind, ["sign", "pair"])] = 0
        allowed = self._variables_mask(vocabulary, variables)
        shows_values = vocabulary.numbers and not placeholder
        begins = np.isin(kind, ["integer", "operation"]) | allowed
        begins |= (kind == "sign") & shows_values
        begins[CONSTANT] = not shows_values
        self._by_phase = np.stack([begins, kind == "pair", kind == "pair", kind == "exponent"])
        self._next_phase = np.array([1, 2, 3, 0])
        self._is_number_part = np.isin(kind, ["sign", "pair", "exponent"])

    @staticmethod
    def _variables_mask(
        vocabulary: Vocabulary, variables: Sequence[str] | None
    ) -> NDArray[np.bool_]:
        mask = np.zeros(len(vocabulary), bool)
        mask[
            vocabulary.variable_tokens(vocabulary.variables if variables is None else variables)
        ] = True
        return mask

    def begin(self, n: int) -> State:
        """The state of `n` empty sequences.

        Parameters
        ----------
        n : int

        Returns
        -------
        State
        """
        zero = np.zeros(n, np.int64)
        return State(zero + 1, zero, zero, zero, np.zeros(n, bool))

    def allowed(self, state: State) -> NDArray[np.bool_]:
        """Which tokens may come next.

        Parameters
        ----------
        state : State
            Of n sequences.

        Returns
        -------
        ndarray of bool, shape (n, len(vocabulary))
            Never all False; after <end> only <pad>.
        """
        is_open = (state.open > 0) & ~state.done
        mask = self._by_phase[state.phase] & is_open[:, None]
        # What the rest needs at least, were this token chosen: the open operands, one token each,
        # and two tokens an equation that is to come, the <end> being the first one's second.
        rest = 2 * (self.n_equations - state.equation) - 1
        of_number = np.where(
            self._next_phase[state.phase] > 0, 4 - self._next_phase[state.phase], 0
        )
        need = (state.open + rest)[:, None] + np.where(
            self._is_number_part,
            np.where(state.phase == 3, -1, of_number - 1)[:, None],
            self._change,
        )
        mask &= need <= (self.max_length - state.length - 1)[:, None]
        is_complete = (state.open == 0) & ~state.done
        mask[:, NEXT] = is_complete & (state.equation + 1 < self.n_equations)
        mask[:, END] = is_complete & (state.equation + 1 == self.n_equations)
        mask[:, PAD] = state.done
        return mask

    def advance(self, state: State, tokens: NDArray[np.int64]) -> State:
        """The state after one more token each.

        Parameters
        ----------
        state : State
        tokens : ndarray of int64, shape (n,)
            Allowed ones: this is not looked at again.

        Returns
        -------
        State
        """
        is_part = self._is_number_part[tokens]
        phase = np.where(is_part, self._next_phase[state.phase], 0)
        is_next = tokens == NEXT
        is_formula = ~np.isin(tokens, [PAD, END, NEXT])
        change = np.where(is_formula, self._change[tokens], 0)
        return State(
            np.where(is_next, 1, state.open + change),
            phase,
            state.equation + is_next,
            state.length + (tokens != PAD),
            state.done | (tokens == END),
        )
