"""Derivations and phrase-structure trees that were made elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from qnlp import SentenceClassifier, Swap, TensorFunctor
from qnlp.cli import main
from qnlp.errors import DataError, EmptySentenceError, GrammarError, ParseFailure
from qnlp.grammar import (
    CCGReader,
    CCGTree,
    PhraseTree,
    TreebankReader,
    TreeNode,
    read_trees,
    reader_from_config,
)

# The first sentence of CCGbank, as its manual prints it.
VINKEN = (
    r"(<T S[dcl] 0 2> (<T S[dcl] 1 2> (<T NP 0 2> (<T NP 0 2> (<T NP 0 2> (<T NP 0 1> "
    r"(<T N 1 2> (<L N/N NNP NNP Pierre N_73/N_73>) (<L N NNP NNP Vinken N>) ) ) "
    r"(<L , , , , ,>) ) (<T NP\NP 0 1> (<T S[adj]\NP 1 2> (<T NP 0 1> (<T N 1 2> "
    r"(<L N/N CD CD 61 N_93/N_93>) (<L N NNS NNS years N>) ) ) "
    r"(<L (S[adj]\NP)\NP JJ JJ old (S[adj]\NP_83)\NP_84>) ) ) ) (<L , , , , ,>) ) "
    r"(<T S[dcl]\NP 0 2> (<L (S[dcl]\NP)/(S[b]\NP) MD MD will (S[dcl]\NP)/(S[b]\NP)>) "
    r"(<T S[b]\NP 0 2> (<L (S[b]\NP)/NP VB VB join (S[b]\NP)/NP>) (<T NP 1 2> "
    r"(<L NP[nb]/N DT DT the NP[nb]_29/N_29>) (<L N NN NN board N>) ) ) ) ) (<L . . . . .>) )"
)


def leaf(category: str, word: str = "w") -> TreeNode:
    return TreeNode(category, 0, word)


def binary(left: str, right: str, whole: str) -> CCGTree:
    return CCGTree((leaf(left, "left"), leaf(right, "right"), TreeNode(whole, 2)))


def types(tree: CCGTree, **options: bool) -> list[str]:
    return [str(t).replace(" @ ", " ") for t in tree.derive(**options).types]


def test_sentence_of_ccgbank_has_its_types_with_unary_changes_pushed_into_words() -> None:
    derivation = CCGTree.from_auto(VINKEN).derive()
    found = dict(zip(derivation.words, map(str, derivation.types), strict=True))
    assert found["old"] == "n.r @ n.r @ n"
    assert found["will"] == "n.r @ s @ s.l @ n"
    assert "," not in found
    assert str(derivation.diagram().cod) == "s"


@pytest.mark.parametrize(
    ("left", "right", "whole", "expected"),
    [
        ("S/NP", "NP", "S", ["s n.l", "n"]),
        ("NP", r"S\NP", "S", ["n", "n.r s"]),
        ("S/PP", "PP/NP", "S/NP", ["s p.l", "p n.l"]),
        (r"PP\NP", r"S\PP", r"S\NP", ["n.r p", "p.r s"]),
        ("S/PP", "(PP/NP)/S", "(S/NP)/S", ["s p.l", "p n.l s.l"]),
        (r"(PP\NP)\S", r"S\PP", r"(S\NP)\S", ["s.r n.r p", "p.r s"]),
        ("S/PP", r"PP\NP", r"S\NP", ["s p.l", "n.r p"]),
        ("PP/NP", r"S\PP", "S/NP", ["p n.l", "p.r s"]),
        ("S/PP", r"(PP\NP)/S", r"(S\NP)/S", ["s p.l", "n.r p s.l"]),
        (r"(PP/NP)\S", r"S\PP", r"(S/NP)\S", ["s.r p n.l", "p.r s"]),
        (r"((PP/NP)/NP)/S", r"S\PP", r"((S/NP)/NP)/S", ["p n.l n.l s.l", "p.r s"]),
        ("conj", "NP", "NP[conj]", ["n.r n n.l", "n"]),
        ("NP", "conj", "NP/NP", ["n", "n.r n n.l"]),
        (",", "NP", "NP[conj]", ["n.r n"]),
        ("conj", "S", "S", ["s s.l", "s"]),
        (",", "NP", r"(S\NP)\(S\NP)", ["s.r n.r.r n.r s"]),
        ("NP", ",", "S/S", ["s s.l"]),
        ("NP", "PP[conj]", "NP", ["n", "n.r n"]),
        ("NP[nb]", ".", "NP", ["n"]),
    ],
)
def test_binary_rule_leaves_the_types_of_the_words_as_they_are(
    left: str, right: str, whole: str, expected: list[str]
) -> None:
    tree = binary(left, right, whole)
    assert types(tree) == expected
    wanted = CCGTree((leaf(whole),)).derive().types[0]
    assert tree.diagram().cod == wanted


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([leaf("NP"), TreeNode(r"S/(S\NP)", 1), leaf(r"S\NP"), TreeNode("S", 2)], ["n", "n.r s"]),
        ([leaf("S/NP"), leaf("NP"), TreeNode(r"S\(S/NP)", 1), TreeNode("S", 2)], ["s n.l", "n"]),
        (
            [leaf("NP"), TreeNode(r"S/(S\NP)", 1), leaf(r"(S\NP)/NP"), TreeNode("S/NP", 2)],
            ["n", "n.r s n.l"],
        ),
        ([leaf(r"S[pss]\NP"), TreeNode(r"N\N", 1)], ["n.r n"]),
        ([leaf("N"), TreeNode("NP", 1)], ["n"]),
    ],
)
def test_unary_rule_is_a_bend_or_a_change_of_the_word(
    nodes: list[TreeNode], expected: list[str]
) -> None:
    tree = CCGTree(tuple(nodes))
    assert types(tree) == expected
    assert tree.diagram().cod == CCGTree((leaf(nodes[-1].category),)).diagram().cod


def test_crossed_composition_swaps_or_is_nested() -> None:
    tree = binary("PP/NP", r"S\PP", "S/NP")
    swapped, nested = tree.diagram(), tree.diagram(planar=True)
    assert any(isinstance(box, Swap) for box in swapped.boxes)
    assert not any(isinstance(box, Swap) for box in nested.boxes)
    assert types(tree, planar=True) == ["p n.l", "n p.r s n.l"]
    assert swapped.cod == nested.cod


def test_tree_that_cannot_be_planar_says_so() -> None:
    # A raised argument has no word into which the nested wire could be written.
    nodes = [leaf("(S/PP)/NP"), leaf("PP"), TreeNode(r"S\(S/PP)", 1), TreeNode("S/NP", 2)]
    tree = CCGTree(tuple(nodes))
    assert str(tree.diagram().cod) == "s @ n.l"
    with pytest.raises(GrammarError, match="without planar=True it has swaps"):
        tree.diagram(planar=True)


def test_every_parse_of_the_package_comes_back_through_both_formats() -> None:
    reader = CCGReader()
    for sentence in (
        "The old film that we saw yesterday was surprisingly good.",
        "Starts promisingly, but disintegrates into a dreary soap opera.",
        "It rained. We stayed at home, and read.",
        "What did she say to him?",
    ):
        derivation = reader.derive(sentence)
        tree = CCGTree.from_derivation(derivation)
        read = CCGTree.from_auto(tree.to_auto())
        assert read == tree
        for made in (tree, read, CCGTree.from_json(json.dumps(tree.to_json()))):
            back = made.derive(planar=True)
            assert (back.words, back.types, back.links) == (
                derivation.words,
                derivation.types,
                derivation.links,
            )


def test_fragments_are_no_tree() -> None:
    derivation = CCGReader(on_failure="fragments").derive("of of the the")
    with pytest.raises(DataError, match="fragments"):
        CCGTree.from_derivation(derivation)


def test_tree_of_ten_thousand_levels_is_read_converted_and_written() -> None:
    n = 10_000
    nodes = [leaf("S"), *(x for _ in range(n) for x in (leaf(r"S\S"), TreeNode("S", 2)))]
    deep = CCGTree(tuple(nodes))
    assert CCGTree.from_auto(deep.to_auto()) == deep
    assert len(deep.diagram()) == len(deep.diagram(planar=True)) == 2 * n + 1
    right = CCGTree((*[leaf("S/S")] * n, leaf("S"), *[TreeNode("S", 2)] * n))
    assert CCGTree.from_auto(right.to_auto()) == right
    assert str(right.diagram().cod) == "s"
    text = '{"type":"s","children":[{"type":"s/s","text":"w"},' * n
    text += '{"type":"s","text":"w"}' + "]}" * n
    assert CCGTree.from_json(text).derive().links == right.derive().links
    brackets = "(S (A a) " * n + "(A a)" + ")" * n
    assert len(PhraseTree.from_brackets(brackets).diagram()) == 2 * n + 1
    assert PhraseTree.from_brackets(brackets).to_brackets() == brackets


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("(<T S 0 2> (<L NP X X a NP>)", "ends inside 1 nodes"),
        ("(<T S 0 2> (<L NP X X a NP>) )", "1 parts, expected 2"),
        ("(<L NP X X a>)", "column 1"),
        ("(<L NP X X a NP>) )", "column 18"),
        ("(<L NP X X a NP>) (<L NP X X a NP>)", "column 18"),
        (")", "closing parenthesis too many"),
        ("(<T S 0 3> )", "column 1"),
    ],
)
def test_malformed_auto_tree_names_its_column(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        CCGTree.from_auto(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1", "column 3: tree is not JSON"),
        ("[1]", "has type list, expected an object"),
        ('{"text": "a"}', "lacks 'type'"),
        ('{"type": "n"}', "neither 'children' nor a 'text'"),
        ('{"type": "n", "text": 3}', "neither 'children' nor a 'text'"),
        ('{"type": "n", "children": [1, 2, 3]}', "at most two"),
        ('{"type": "n", "text": "a", "rule": 3}', "'rule' that is no text"),
        ('{"type": "n", "children": [null]}', "has type NoneType"),
    ],
)
def test_malformed_json_tree_names_its_node(text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        CCGTree.from_json(text)


@pytest.mark.parametrize(
    ("category", "message"),
    [
        ("", "ends too early at column 1"),
        ("S/", "ends too early at column 3"),
        ("(S", "ends too early"),
        ("S)", r"has '\)' out of place at column 2"),
        ("S S", "has ' ' at column 2"),
        ("/S", "out of place at column 1"),
        ("S/" * 200 + "S", "has 401 characters, expected at most 300"),
    ],
)
def test_malformed_category_names_its_column(category: str, message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        CCGTree((leaf(category),)).derive()


@pytest.mark.parametrize(
    ("left", "right", "whole"),
    [("NP", "NP", "NP"), ("S/NP", "PP", "S"), ("S/NP", "NP/PP", "S/S"), (",", ",", "NP")],
)
def test_constituent_that_no_rule_makes_names_its_words(left: str, right: str, whole: str) -> None:
    with pytest.raises(GrammarError, match=r"no rule makes .* in 'left right'"):
        binary(left, right, whole).derive()


def test_tree_of_punctuation_has_no_words() -> None:
    with pytest.raises(EmptySentenceError, match="has no words"):
        binary(",", ".", ".").derive()


def test_nodes_that_are_no_tree_are_refused() -> None:
    with pytest.raises(DataError, match="has 2 roots"):
        CCGTree((leaf("NP"), leaf("NP")))
    with pytest.raises(DataError, match="node 0 has 2 parts"):
        CCGTree((TreeNode("NP", 2),))


def test_penn_tree_loses_traces_tags_and_the_outer_bracket() -> None:
    text = """( (S (NP-SBJ-1 (DT The) (NN dog)) (VP (VBD was)
        (VP (VBN seen) (NP (-NONE- *-1)))) (. .)) )"""
    tree = PhraseTree.from_brackets(text)
    assert tree.to_brackets() == ("(S (NP (DT The) (NN dog)) (VP (VBD was) (VP (VBN seen))) (. .))")
    boxes = [box.name for box in tree.diagram().boxes]
    assert boxes == [
        "the", "dog", "NP -> DT NN", "was", "seen", "VP -> VBN", "VP -> VBD VP", "S -> NP VP",
    ]  # fmt: skip


def test_functor_gives_phrase_structure_rules_a_meaning() -> None:
    tree = PhraseTree.from_brackets("(S (NP (NN tea)) (VP (VB cools)))")
    dims = dict.fromkeys(("S", "NP", "NN", "VP", "VB"), 2)
    arrays = {
        "tea": [1.0, 2.0],
        "cools": [3.0, 4.0],
        "NP -> NN": np.eye(2),
        "VP -> VB": np.eye(2),
        "S -> NP VP": np.einsum("ij,jk->ijk", np.eye(2), np.eye(2)),
    }
    functor = TensorFunctor(dims, {k: np.asarray(v) for k, v in arrays.items()})
    assert functor(tree.diagram()).tolist() == [3.0, 8.0]
    with pytest.raises(GrammarError, match="label 'NN' has no type"):
        tree.diagram({"S": "s"})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("(S (NP a)\n  b)", "x:2:3"),
        ("(S ()", "x:1:5"),
        ("(S (NP a)", "x:1:10"),
        ("(S a))", "x:1:6"),
        ("a", "x:1:1"),
        ("((S a) (S b))", "x:1:13"),
    ],
)
def test_malformed_brackets_name_their_place(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "x"
    path.write_text(text)
    with pytest.raises(DataError, match=place):
        read_trees(path, "penn")


def test_file_errors_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "a.auto"
    path.write_text(f"ID=1\n{VINKEN}\nID=2\n(<T S 0 2> )\n")
    with pytest.raises(DataError, match=r"a\.auto:4: column 11"):
        read_trees(path)
    path = tmp_path / "a.jsonl"
    path.write_text('{"type": "n", "text": "a"}\nnull\n{"type": "n"}\n')
    with pytest.raises(DataError, match=r"a\.jsonl:3: node 0"):
        read_trees(path)
    path.write_bytes(b'{"type": "n",\n "text": "\xff"}')
    with pytest.raises(DataError, match=r"a\.jsonl:2:11: byte 0xff is not UTF-8"):
        read_trees(path)
    path.write_text(" \n")
    with pytest.raises(DataError, match="file is empty"):
        read_trees(path)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_trees(tmp_path / "none")
    with pytest.raises(GrammarError, match="format has 'conll'"):
        read_trees(path, "conll")


def test_error_of_a_tree_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.auto"
    path.write_text("\n(<T S 0 2> (<L NP X X a NP>) (<L NP X X b NP>) )\n")
    with pytest.raises(GrammarError, match=r"a\.auto:2: tree of 'a b': no rule makes S"):
        TreebankReader(path)("a b")


def test_sentences_of_a_file_are_found_whatever_their_case_and_punctuation(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"ID=1\n{VINKEN}\n")
    reader = TreebankReader(path)
    assert reader.sentences == ["Pierre Vinken , 61 years old , will join the board ."]
    diagram = reader("pierre vinken, 61 years old, will join the board!")
    assert diagram == CCGTree.from_auto(VINKEN).diagram()
    with pytest.raises(ParseFailure, match=r"sentence 1: 'Dogs bark' is none of the 1 sentences"):
        reader.read_many([reader.sentences[0], "Dogs bark"])
    with pytest.raises(EmptySentenceError):
        reader(" . ")


def test_one_document_of_many_trees_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"type": "n", "text": "a"},\n null, {"type": "n", "text": "b"}]')
    assert [tree.words for tree in read_trees(path)] == [("a",), ("b",)]


def test_classifier_learns_from_a_file_of_trees(tmp_path: Path) -> None:
    reader = CCGReader(target="s")
    good = ["she likes tea", "he likes milk", "they like food"]
    bad = ["she hates tea", "he hates milk", "they hate food"]
    path = tmp_path / "trees.auto"
    path.write_text(
        "\n".join(CCGTree.from_derivation(reader.derive(s)).to_auto() for s in good + bad)
    )
    model = SentenceClassifier(reader=TreebankReader(path), seed=0)
    model.fit(good + bad, [1, 1, 1, 0, 0, 0])
    assert model.score(good + bad, [1, 1, 1, 0, 0, 0]) == 1.0


def test_codomain_is_given_to_every_tree(tmp_path: Path) -> None:
    path = tmp_path / "a.auto"
    path.write_text("(<T NP 0 2> (<L NP/N X X the NP/N>) (<L N X X dog N>) )\n(<L S X X go S>)\n")
    reader = TreebankReader(path, codomain="s")
    assert {str(reader(s).cod) for s in reader.sentences} == {"s"}
    assert reader_from_config(reader.config()) == reader
    with pytest.raises(GrammarError, match="codomain has 'S/S'"):
        TreebankReader(path, codomain="S/S")


def test_command_reads_sentences_by_a_file_of_trees(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.mrg"
    path.write_text("(S (NP (NNS Dogs)) (VP (VBP bark)))")
    assert main(["parse", "--reader", "treebank", "--trees", str(path), "dogs bark"]) == 0
    assert "NP -> NNS" in capsys.readouterr().out
    assert main(["parse", "--reader", "treebank", "dogs bark"]) == 2
    assert "give it with --trees" in capsys.readouterr().err
    assert main(["parse", "--trees", str(path), "dogs bark"]) == 2
    assert "--trees is for the reader treebank" in capsys.readouterr().err
