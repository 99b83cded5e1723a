r"""Dependency trees as derivations of CCG, so that every projective tree reduces.

Each word is planned from the top: it is told which category its constituent must have, is given one
that takes its arguments in order, nearest first, and its modifiers become functions of what it is by
then: left of it X/X, right of it X\X. Function words are headed anew: an auxiliary is such a
modifier, a relative pronoun, subordinator or possessive clitic takes the whole constituent that it
belongs to, and a fronted ``what`` takes a clause with a gap. Where base and demand differ, a unary
change makes up for it, so a derivation exists for any labels: that it exists proves nothing.

Construction after Clark, "Something Old, Something New: Grammar-based CCG Parsing with Transformer
Models", arXiv:2109.10044, for the categories, and de Marneffe and Nivre,
doi:10.1146/annurev-linguistics-011718-011842, for the trees.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from qnlp.grammar.arcs import Arc, DependencyTree
from qnlp.grammar.trees import CCGTree, TreeNode

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Arc", "tree_of_arcs"]

S, NP, VP, PP, MARK = "S", "NP", r"S\NP", "PP", ","
_LONG = 80
"""Characters of a category beyond which what modifies a modifier modifies its head instead."""
_LONGEST_CONJUNCT = 80
_MOST_ARGUMENTS = 4

_SUBJECTS = frozenset({"nsubj", "nsubjpass", "csubj", "csubjpass", "expl"})
_OBJECTS = frozenset({"dobj", "dative", "pobj", "attr", "oprd"})
_PHRASES = _SUBJECTS | _OBJECTS | {"appos", "poss", "npadvmod"}
_CLAUSAL = frozenset(
    {"ROOT", "ccomp", "xcomp", "advcl", "relcl", "acl", "csubj", "csubjpass", "parataxis", "pcomp"}
)
_AUXILIARIES = frozenset({"aux", "auxpass"})
_WH = frozenset({"WDT", "WP", "WP$", "WRB"})


class _Part(NamedTuple):
    """A constituent as it is built."""

    category: str
    left: _Part | None = None
    right: _Part | None = None
    word: str = ""


class _Order(NamedTuple):
    """What a constituent must be, whether a noun phrase is missing at its end, what is left out."""

    token: int
    category: str
    has_gap: bool = False
    skip: tuple[int, ...] = ()


@dataclass
class _Clause:
    """What hangs on a verb, nearest first on the left, and which of it has a part of its own."""

    order: _Order
    left: list[int]
    right: list[int]
    gap: int | None = None
    front: int | None = None
    opener: int | None = None
    asked_subject: int | None = None


_Build = Generator[_Order, _Part, _Part]
_Grow = Generator[_Order, _Part, "_State"]
_Attach = Generator[_Order, _Part, None]


def tree_of_arcs(arcs: Sequence[Arc], target: str | None = None) -> CCGTree:
    """The derivation that a dependency tree stands for.

    Parameters
    ----------
    arcs : sequence of Arc
        Tokens in order. Where the tree is not projective, a word is lifted to its head's head until
        it is; further roots hang on the first.
    target : str, optional
        The category of the whole. By default NP if the root is a noun, else S.

    Returns
    -------
    CCGTree

    Raises
    ------
    GrammarError
        If the heads are no tree.

    Examples
    --------
    >>> arcs = [Arc("Dogs", 1, "nsubj", "NNS"), Arc("bark", 1, "ROOT", "VBP")]
    >>> [str(t) for t in tree_of_arcs(arcs).derive().types]
    ['n', 'n.r @ s']
    """
    made = _Builder(DependencyTree(arcs)).run(target)
    return CCGTree(tuple(_flat(made)))


def _flat(whole: _Part) -> list[TreeNode]:
    nodes: list[TreeNode] = []
    stack = [whole]
    while stack:  # from the right, so that the reverse has parts before wholes
        part = stack.pop()
        below = [p for p in (part.left, part.right) if p is not None]
        nodes.append(TreeNode(part.category, len(below), part.word))
        stack.extend(below)
    return nodes[::-1]


def _over(result: str, argument: str) -> str:
    return f"{_bracketed(result)}/{_bracketed(argument)}"


def _under(result: str, argument: str) -> str:
    return f"{_bracketed(result)}\\{_bracketed(argument)}"


def _bracketed(category: str) -> str:
    return f"({category})" if "/" in category or "\\" in category else category


class _State:
    """A constituent that grows around its head: `base`, still to be given its slots on the right.

    The last slot is the next to be filled; a slot that stays is a gap.
    """

    def __init__(self, word: str, base: str, slots: Sequence[str] = ()) -> None:
        self.base = base
        self.slots = list(slots)
        self.part = _Part(self.category, word=word)

    @property
    def category(self) -> str:
        category = self.base
        for slot in self.slots:
            category = _over(category, slot)
        return category

    def fill(self, part: _Part, has_gap: bool) -> None:
        """Give the next slot; what misses a noun phrase itself passes its gap on."""
        self.slots.pop()
        if has_gap:
            self.slots.append(NP)
        self.part = _Part(self.category, self.part, part)

    def after(self, part: _Part, base: str | None = None) -> None:
        """Stand to the right of a function, which makes a `base` of this."""
        self.base = base or self.base
        self.part = _Part(self.category, part, self.part)

    def before(self, part: _Part) -> None:
        """Stand to the left of a modifier or a mark."""
        self.part = _Part(self.category, self.part, part)

    def change(self, base: str) -> None:
        """Make up for a difference by a unary change; the slots stay."""
        if base != self.base:
            self.base = base
            self.part = _Part(self.category, self.part)

    def change_whole(self, category: str) -> None:
        """The same, of all that it is, slots included."""
        if category != self.category:
            self.base, self.slots = category, []
            self.part = _Part(category, self.part)


class _Builder:
    def __init__(self, tree: DependencyTree) -> None:
        self.tree = tree

    def run(self, target: str | None) -> _Part:
        """Drive the builds: each is a generator that yields orders, so that none recurses."""
        root = self.tree.root
        waiting = [self.build(_Order(root, target or (NP if self.is_noun(root) else S)))]
        answer: _Part | None = None
        while waiting:
            try:
                order = waiting[-1].send(answer)  # type: ignore[arg-type]
            except StopIteration as done:
                answer = done.value
                waiting.pop()
            else:
                waiting.append(self.build(order))
                answer = None
        assert answer is not None
        return answer

    def build(self, order: _Order) -> _Build:
        token, goal = order.token, order.category
        is_phrase = self.label(token) in _PHRASES and bool(self.tree.children(token))
        is_phrase = is_phrase or (self.is_noun(token) and goal in (S, VP, PP))
        if self.is_clause(token, goal):
            state = yield from self.clause(order)
        elif goal == NP or is_phrase:
            state = yield from self.phrase(order)
        else:
            state = yield from self.function(order)
        if order.has_gap and state.slots != [NP]:
            state.change_whole(_over(goal, NP))
        elif not order.has_gap:
            state.change_whole(goal)
        elif state.base != goal:
            state.change_whole(_over(goal, NP))
        return state.part

    # What a token is.

    def label(self, token: int) -> str:
        return self.tree.arcs[token].label

    def tag(self, token: int) -> str:
        return self.tree.arcs[token].tag

    def word(self, token: int) -> str:
        return self.tree.arcs[token].word

    def is_verb(self, token: int) -> bool:
        return self.tag(token)[:2] in ("VB", "MD")

    def is_noun(self, token: int) -> bool:
        nominal = self.tag(token)[:2] in ("NN", "PR", "CD", "DT", "WP", "EX", "FW", "$", "#")
        return nominal and self.subject(token) is None

    def is_mark(self, token: int) -> bool:
        return self.label(token) == "punct" and not any(c.isalnum() for c in self.word(token))

    def is_clause(self, token: int, category: str) -> bool:
        if self.subject(token) is not None:
            return True
        return self.is_verb(token) and (category in (S, VP) or self.label(token) in _CLAUSAL)

    def is_wh(self, token: int) -> bool:
        """Whether it is a wh-word, or a relative ``that``."""
        tag, word = self.tag(token), self.word(token).lower()
        return tag in _WH or (word == "that" and tag in ("DT", "IN", "WDT"))

    def subject(self, token: int) -> int | None:
        both = [*self.tree.left[token], *self.tree.right[token]]
        return next((t for t in both if self.label(t) in _SUBJECTS), None)

    def has(self, token: int, *labels: str) -> bool:
        both = [*self.tree.left[token], *self.tree.right[token]]
        return any(self.label(t) in labels for t in both)

    def wh_inside(self, token: int) -> bool:
        """Whether a phrase asks or relates: ``who``, ``which book``, ``whose dog``, ``in which``."""
        if self.is_wh(token):
            return True
        first = self.tree.left[token][:1]
        objects = [t for t in self.tree.right[token] if self.label(t) == "pobj"]
        return any(self.tag(t) in _WH for t in [*first, *objects])

    # Modifiers: functions of what stands there already.

    def modify(self, state: _State, token: int, *, on_left: bool) -> _Attach:
        """Attach a modifier, or word by word what would have too long a category."""
        if self.is_mark(token) and not self.tree.left[token] and not self.tree.right[token]:
            part = _Part(MARK, word=self.word(token))
            (state.after if on_left else state.before)(part)
            return
        category = (_over if on_left else _under)(state.base, state.base)
        if len(category) > _LONG:
            span = range(*self.tree.span(token))
            for k in reversed(span) if on_left else span:
                part = _Part(category, word=self.word(k))
                (state.after if on_left else state.before)(part)
            return
        part = yield _Order(token, category)
        (state.after if on_left else state.before)(part)

    def coordinate(self, state: _State, tokens: list[int]) -> Generator[_Order, _Part, int]:
        """Attach a conjunct with its conjunction or comma; how many of `tokens` that takes."""
        opening, base = tokens[0], state.base
        is_word = self.label(opening) == "cc" and not self.tree.children(opening)
        marks = 0
        while is_word and 1 + marks < len(tokens) and self.is_mark(tokens[1 + marks]):
            marks += 1
        place = 1 + marks
        follows = place < len(tokens) and self.label(tokens[place]) == "conj"
        whole = _under(base, base)
        if not follows or not (is_word or self.is_mark(opening)) or len(base) > _LONGEST_CONJUNCT:
            return 0
        part = yield _Order(tokens[place], base)
        for k in reversed(tokens[1:place]):
            part = _Part(base, _Part(MARK, word=self.word(k)), part)
        start = _Part("conj" if is_word else MARK, word=self.word(opening))
        state.before(_Part(whole, start, part))
        return place + 1

    def rightwards(self, state: _State, tokens: list[int]) -> _Attach:
        """Attach what stands to the right, where nothing is an argument."""
        at = 0
        while at < len(tokens):
            taken = yield from self.coordinate(state, tokens[at:])
            if not taken:
                if self.label(tokens[at]) in ("relcl", "acl") and state.base == NP:
                    yield from self.relative(state, tokens[at])
                else:
                    yield from self.modify(state, tokens[at], on_left=False)
            at += taken or 1

    # Noun phrases.

    def phrase(self, order: _Order) -> _Grow:
        token, goal = order.token, order.category
        state = _State(self.word(token), NP)
        left = [t for t in reversed(self.tree.left[token]) if t not in order.skip]
        right = list(self.tree.right[token])
        first = left[-1] if left and goal != NP and self.tag(left[-1]) in _WH else None
        for other in left:
            if other != first:
                yield from self.modify(state, other, on_left=True)
        clitic = right[-1] if right and self.label(right[-1]) == "case" and goal != NP else None
        yield from self.rightwards(state, [t for t in right if t != clitic])
        if clitic is not None:
            state.base = goal
            state.before((yield _Order(clitic, _under(goal, NP))))
        elif first is not None:
            state.after((yield _Order(first, _over(goal, NP))), goal)
        return state

    def relative(self, state: _State, token: int) -> _Attach:
        """A clause on a noun: its pronoun takes the rest of it."""
        goal = _under(state.base, state.base)
        left = self.tree.left[token]
        pronoun = left[0] if left and self.wh_inside(left[0]) else None
        if not self.is_clause(token, S):
            state.before((yield _Order(token, goal)))
            return
        if pronoun is None:
            has_gap = self.is_gapped(token)
            part = yield _Order(token, S if has_gap else goal, has_gap)
            state.before(_Part(goal, part) if has_gap else part)
            return
        label = self.label(pronoun)
        if label in _SUBJECTS:
            asked = _Order(token, VP, skip=(pronoun,))
        elif label in _OBJECTS and self.gap_of(token, pronoun) is not None:
            asked = _Order(token, S, has_gap=True, skip=(pronoun,))
        else:
            asked = _Order(token, S, skip=(pronoun,))
        taken = _over(S, NP) if asked.has_gap else asked.category
        opener = yield _Order(pronoun, _over(goal, taken))
        state.before(_Part(goal, opener, (yield asked)))

    # Function words, adjectives and adverbs: their category is what is asked of them.

    def function(self, order: _Order) -> _Grow:
        token = order.token
        right = [t for t in self.tree.right[token] if t not in order.skip]
        wanted = [(t, self.complement(t)) for t in right]
        arguments = [(t, c) for t, c in wanted if c][:1]
        slots = [NP] if order.has_gap and not arguments else [c for _, c in arguments]
        if len(order.category) > _LONG + 20:
            arguments, slots = [], []
        state = _State(self.word(token), order.category, slots)
        object_at = right.index(arguments[0][0]) if arguments else -1
        yield from self.rightwards(state, right[: max(object_at, 0)])
        if arguments:
            state.fill((yield _Order(*arguments[0])), has_gap=False)
        yield from self.rightwards(state, right[object_at + 1 :])
        for other in reversed(self.tree.left[token]):
            if other not in order.skip:
                yield from self.modify(state, other, on_left=True)
        return state

    def complement(self, token: int) -> str:
        """What a preposition or an adjective takes this as; empty if it is no argument."""
        label = self.label(token)
        if label == "pobj":
            return NP
        if label in ("pcomp", "xcomp", "ccomp"):
            has_subject = self.subject(token) is not None
            return S if has_subject else VP if self.is_clause(token, VP) else NP
        return ""

    # Clauses.

    def argument(self, token: int) -> str:
        """What a verb takes this as, on its right; empty if it is a modifier."""
        label, tag = self.label(token), self.tag(token)
        if label == "ccomp":
            return S if self.subject(token) is not None else VP
        if label in ("xcomp", "acomp", "attr", "oprd"):
            return NP if self.is_noun(token) else VP
        if label in ("dative", "pobj"):
            return "" if tag in ("IN", "TO") else NP
        return NP if label in _SUBJECTS or label == "dobj" else ""

    def gap_of(self, token: int, mover: int | None) -> int | None:
        """Where a noun phrase is missing: the verb itself, a stranded preposition or a complement."""
        right = self.tree.right[token]
        is_own = mover is None or self.tree.arcs[mover].head == token
        if is_own and self.label(mover or token) == "pobj":
            is_own = False
        stranded = [t for t in right if self.label(t) in ("prep", "agent", "dative")]
        stranded = [
            t
            for t in stranded
            if self.tag(t) in ("IN", "TO", "RP") and not self.has(t, "pobj", "pcomp")
        ]
        deeper = [t for t in right if self.label(t) in ("xcomp", "ccomp") and self.is_clause(t, VP)]
        if (
            is_own
            and not any(self.label(t) in ("dobj", "attr") for t in right)
            and not (mover is None and (stranded or deeper))
        ):
            return token
        return next(iter(stranded or deeper), None)

    def is_gapped(self, token: int) -> bool:
        """Whether a clause without a pronoun lacks an object: ``(the film) we saw``."""
        left = self.tree.left[token]
        if not any(self.label(t) in _SUBJECTS for t in left) or self.has(token, "dobj", "acomp"):
            return False
        return self.gap_of(token, None) is not None

    def clause(self, order: _Order) -> _Grow:
        token = order.token
        left = [t for t in reversed(self.tree.left[token]) if t not in order.skip]
        right = list(self.tree.right[token])
        plan = _Clause(order, left, right)
        self.find_front(plan)
        arguments = self.arguments(plan)
        state = self.head(plan, arguments)
        cut = self.cut(plan)
        yield from self.predicate(state, plan, right[:cut], arguments)
        yield from self.leftwards(state, plan, right[cut:])
        return state

    def find_front(self, plan: _Clause) -> None:
        """What opens the clause: a fronted object or subject that asks, or a subordinator."""
        goal, left = plan.order.category, plan.left
        plan.gap = self.gap_of(plan.order.token, None) if plan.order.has_gap else None
        if goal not in (S, VP, NP):
            opener = next(
                (t for t in left if self.label(t) == "mark" or self.tag(t) == "WRB"), None
            )
            plan.opener = opener
            return
        if goal != S or plan.order.has_gap:
            return
        for other in left:
            label = self.label(other)
            if not self.wh_inside(other) or self.word(other).lower() == "that":
                continue
            if label in ("nsubj", "nsubjpass"):
                plan.asked_subject = other
            elif label in _OBJECTS and other == left[-1]:
                gap = self.gap_of(plan.order.token, other)
                if gap is not None:
                    plan.front, plan.gap = other, gap

    def arguments(self, plan: _Clause) -> dict[int, str]:
        """Arguments on the right, nearest first, with their categories."""
        found: dict[int, str] = {}
        for other in plan.right:
            category = self.argument(other)
            if other == plan.gap and other != plan.order.token and not category:
                category = PP
            if category and len(found) < _MOST_ARGUMENTS:
                found[other] = category
        if plan.gap != plan.order.token and plan.gap not in list(found)[-1:]:
            plan.gap = None
        return found

    def head(self, plan: _Clause, arguments: dict[int, str]) -> _State:
        token = plan.order.token
        is_inverted = any(self.label(t) in _SUBJECTS for t in arguments) and not any(
            self.label(t) in _SUBJECTS for t in plan.left
        )
        slots = []
        for other, category in arguments.items():
            owner = self.raised_subject(other) if category == S else None
            slots += [NP, VP] if owner is not None else [category]
        if plan.gap == token:
            slots.append(NP)
        return _State(self.word(token), S if is_inverted else VP, slots[::-1])

    def raised_subject(self, token: int) -> int | None:
        """The subject of an infinitive, which its verb takes: ``want [him] [to leave]``."""
        left = self.tree.left[token]
        if left and self.label(left[0]) == "nsubj" and any(self.tag(t) == "TO" for t in left):
            return left[0]
        return None

    def cut(self, plan: _Clause) -> int:
        """Where on the right the modifiers of the whole clause begin, not of its verb phrase."""
        if not any(self.label(t) in _SUBJECTS for t in plan.left):
            return len(plan.right)
        for k, other in enumerate(plan.right):
            is_clause = self.label(other) == "conj" and self.subject(other) is not None
            if is_clause or self.label(other) in ("parataxis", "ROOT"):
                while k > 0 and (
                    self.label(plan.right[k - 1]) == "cc" or self.is_mark(plan.right[k - 1])
                ):
                    k -= 1
                return k
            if self.label(other) == "advcl" and self.has(other, "mark"):
                return k
        return len(plan.right)

    def predicate(
        self, state: _State, plan: _Clause, right: list[int], arguments: dict[int, str]
    ) -> _Attach:
        """The verb with what stands to its right."""
        waiting: list[int] = []  # adverbs before a complement, which modify that
        ahead = [t for t in right if t in arguments]
        at = 0
        while at < len(right):
            other = right[at]
            takes_clause = bool(ahead) and arguments[ahead[0]] in (VP, S)
            if other in arguments:
                yield from self.give(state, plan, other, arguments[other], waiting)
                waiting = []
                ahead.remove(other)
            elif takes_clause and self.label(other) in ("advmod", "neg"):
                waiting.append(other)
            else:
                yield from self.rightwards(state, waiting)
                waiting = []
                taken = yield from self.coordinate(state, right[at:])
                if not taken:
                    yield from self.modify(state, other, on_left=False)
                at += max(taken - 1, 0)
            at += 1
        yield from self.rightwards(state, waiting)

    def give(
        self, state: _State, plan: _Clause, token: int, category: str, waiting: list[int]
    ) -> _Attach:
        has_gap = plan.gap == token
        owner = self.raised_subject(token) if category == S else None
        if owner is not None:
            state.fill((yield _Order(owner, NP)), has_gap=False)
            category = VP
        skip = () if owner is None else (owner,)
        made = _State("", category, [NP] if has_gap else [])
        made.part = yield _Order(token, category, has_gap, skip)
        for adverb in reversed(waiting):
            yield from self.modify(made, adverb, on_left=True)
        state.fill(made.part, has_gap)

    def leftwards(self, state: _State, plan: _Clause, later: list[int]) -> _Attach:
        """What stands to the left, nearest first; the clause's own modifiers after its subject."""
        left = plan.left
        at = 0
        done = not later
        while at < len(left):
            other = left[at]
            if self.label(other) in _SUBJECTS and state.base == VP and plan.order.category != VP:
                at += yield from self.give_subject(state, plan, at)
                if not done:
                    yield from self.rightwards(state, later)
                    done = True
                continue
            if other == plan.opener:
                if not done:
                    yield from self.rightwards(state, later)
                    done = True
                goal = plan.order.category
                part = yield _Order(other, _over(goal, state.category))
                state.slots = []
                state.after(part, goal)
            elif other == plan.front and state.slots:
                state.change(S)
                part = yield _Order(other, _over(S, state.category))
                state.slots = []
                state.after(part, S)
            else:
                yield from self.modify(state, other, on_left=True)
            at += 1
        if not done:
            yield from self.rightwards(state, later)

    def give_subject(self, state: _State, plan: _Clause, at: int) -> Generator[_Order, _Part, int]:
        """The subject, and an auxiliary before it in a question; how many words of the left."""
        subject = plan.left[at]
        if subject == plan.asked_subject:
            state.after((yield _Order(subject, _over(S, VP))), S)
            return 1
        noun = yield _Order(subject, NP)
        auxiliary = next(
            (k for k in range(at + 1, len(plan.left)) if self.label(plan.left[k]) in _AUXILIARIES),
            None,
        )
        raised = _over(S, VP)
        if auxiliary is not None:
            opener = _State("", _over(raised, NP))
            opener.part = yield _Order(plan.left[auxiliary], opener.base)
            for other in reversed(plan.left[at + 1 : auxiliary]):
                yield from self.modify(opener, other, on_left=False)
            state.after(_Part(raised, opener.part, noun), S)
            return auxiliary + 1 - at
        if state.slots:
            state.after(_Part(raised, noun), S)
        else:
            state.base = S
            state.part = _Part(S, noun, state.part)
        return 1
