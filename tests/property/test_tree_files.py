"""Files of trees: what was written is read, and anything else is refused with its place."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qnlp import Swap
from qnlp.errors import DataError, GrammarError, QnlpError
from qnlp.grammar import CCGTree, PhraseTree, TreebankReader, TreeNode, read_trees
from qnlp.grammar.combinators import read_category
from qnlp.grammar.deepjson import load_json

ATOMS = st.sampled_from(["S", "NP", "N", "PP", "S[dcl]", "S[b]", "NP[nb]", "X"])
CATEGORIES = st.recursive(
    ATOMS,
    lambda inner: st.tuples(inner, st.sampled_from("/\\"), inner).map(
        lambda t: "".join(f"({c})" if len(c) > 1 and ("/" in c or "\\" in c) else c for c in t)
    ),
    max_leaves=3,
)
WORDS = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=6)


@st.composite
def derivations(draw: st.DrawFn) -> CCGTree:
    """A tree grown from its root: every rule is undone at random."""

    def part(category: str) -> str:
        return f"({category})" if "/" in category or "\\" in category else category

    nodes: list[TreeNode] = []

    def grow(category: str, depth: int) -> None:
        is_leaf = depth == 4 or category == ","
        rule = "word" if is_leaf else draw(st.sampled_from(RULES))
        other = draw(CATEGORIES) if rule in OTHERS else ""
        parts: list[str] = []
        if rule == ">":
            parts = [f"{part(category)}/{part(other)}", other]
        elif rule == "<":
            parts = [other, f"{part(category)}\\{part(other)}"]
        elif rule == "conj":
            parts = [category, f"{part(category)}\\{part(category)}"]
        elif rule == "mark":
            parts = draw(st.permutations([",", category]))
        elif rule == "change":
            parts = [other]
        form = read_category(category).form
        if rule == "compose" and isinstance(form, tuple):
            whole, slash, argument = category_parts(category)
            forward = draw(st.booleans())
            function = f"{part(whole)}{'/' if forward else chr(92)}{part(other)}"
            value = f"{part(other)}{slash}{part(argument)}"
            parts = [function, value] if forward else [value, function]
        for below in parts:
            grow(below, depth + 1)
        word = draw(WORDS) if not parts and category != "," else ","
        nodes.append(TreeNode(category, len(parts), "" if parts else word))

    grow(draw(CATEGORIES), 0)
    return CCGTree(tuple(nodes))


OTHERS = [">", "<", "change", "compose"]
RULES = ["word", *OTHERS, "conj", "mark"]


def category_parts(category: str) -> tuple[str, str, str]:
    """The result, the last slash and the argument of a complex category."""
    depth = 0
    for at in range(len(category) - 1, -1, -1):
        depth += {")": 1, "(": -1, "]": 1, "[": -1}.get(category[at], 0)
        if not depth and category[at] in "/\\":
            strip = [category[:at], category[at + 1 :]]
            result, argument = (
                c[1:-1] if c.startswith("(") and c.endswith(")") else c for c in strip
            )
            if strip[0].startswith("(") and not balanced(result):
                result = strip[0]
            return result, category[at], argument
    raise AssertionError(category)


def balanced(text: str) -> bool:
    depth = 0
    for c in text:
        depth += {"(": 1, ")": -1}.get(c, 0)
        if depth < 0:
            return False
    return depth == 0


@given(derivations())
def test_tree_comes_back_from_both_formats(tree: CCGTree) -> None:
    from qnlp.grammar.auto import unescape

    plain = all(unescape(word) == word for word in tree.words)
    if plain:
        assert CCGTree.from_auto(tree.to_auto()) == tree
    back = CCGTree.from_json(json.dumps(tree.to_json()))
    assert back.words == tree.words
    assert [n.n_parts for n in back.nodes] == [n.n_parts for n in tree.nodes]


@given(derivations())
def test_every_derivation_has_a_diagram_of_its_root(tree: CCGTree) -> None:
    """Swaps always do; without them a diagram has the same type, or is refused."""
    root = CCGTree((tree.nodes[-1]._replace(n_parts=0, word="w"),))
    expected = root.diagram().cod
    assert tree.diagram().cod == expected
    try:
        planar = tree.diagram(planar=True)
    except GrammarError:
        return
    assert planar.cod == expected
    assert not any(isinstance(box, Swap) for box in planar.boxes)


def read(content: bytes, format: str | None) -> list[CCGTree] | list[PhraseTree]:
    with NamedTemporaryFile(delete=False) as file:
        file.write(content)
    try:
        return read_trees(file.name, format)
    finally:
        Path(file.name).unlink()


LINE = b"(<T S 0 2> (<L NP X X a NP>) (<L S\\NP X X b S\\NP>) )"
TREE = b'{"type": "s", "children": [{"type": "n", "text": "a"}, {"type": "s\\\\n", "text": "b"}]}'
PENN = b"( (S (NP-SBJ (NN a)) (VP (VB b) (-NONE- *))) )"
ALPHABETS = {
    "auto": "(<TL SNP/\\[conj]0123> )aX,\nID",
    "json": '{}[]",:\\ntypechildrenruletextSN/0.eE-tfalsu \n',
    "penn": "()SNPVB-NONE* ab=1.\n",
}
START = {"auto": LINE, "json": TREE, "penn": PENN}


def mutations(format: str) -> st.SearchStrategy[bytes]:
    """A good line with a piece replaced, text over the format's letters, or any bytes."""

    def replaced(at: int, length: int, piece: str) -> bytes:
        line = START[format]
        at %= len(line)
        return line[:at] + piece.encode() + line[at + length :]

    texts = st.text(ALPHABETS[format], max_size=12)
    return st.one_of(
        st.builds(replaced, st.integers(0, 200), st.integers(0, 8), texts),
        st.text(ALPHABETS[format], max_size=60).map(str.encode),
        st.text(max_size=40).map(lambda t: t.encode("utf-8", "surrogatepass")),
        st.binary(max_size=60),
    )


@pytest.mark.parametrize("format", ["auto", "json", "penn"])
@given(data=st.data())
def test_any_bytes_are_read_or_refused_with_a_place(format: str, data: st.DataObject) -> None:
    content = data.draw(mutations(format))
    try:
        trees = read(content, format)
    except DataError as error:
        message = str(error)
    else:
        message = ""
        for tree in trees:
            check(tree)
    assert not message or message.partition("tmp")[2].partition(":")[2][:1].isdigit()


def check(tree: CCGTree | PhraseTree) -> None:
    assert tree.words
    try:
        assert len(tree.diagram())
    except QnlpError:
        return


@given(st.one_of(st.text(max_size=40), st.text("()/\\[]SNPdclconj, ", max_size=30)))
def test_any_category_is_read_or_refused(text: str) -> None:
    try:
        category = read_category(text)
    except QnlpError:
        return
    assert read_category(category.text).form == category.form


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(JSON, st.sampled_from([None, 1]))
def test_deep_json_reads_what_the_standard_parser_reads(value: object, indent: int | None) -> None:
    assert load_json(json.dumps(value, indent=indent)) == value


@given(st.one_of(st.text(max_size=20), st.text('{}[]",:ab0.eE-+ \\ntrufals', max_size=20)))
def test_deep_json_refuses_what_the_standard_parser_refuses(text: str) -> None:
    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        expected = json.loads(text, parse_constant=refuse)
    except ValueError:
        with pytest.raises(json.JSONDecodeError):
            load_json(text)
    else:
        assert load_json(text) == expected


def test_reader_of_a_file_reads_each_of_its_sentences(tmp_path: Path) -> None:
    path = tmp_path / "a.auto"
    path.write_bytes(LINE)
    reader = TreebankReader(path)
    assert [str(d.cod) for d in reader.read_many(reader.sentences)] == ["s"]
