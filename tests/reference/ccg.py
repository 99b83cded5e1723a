"""CCG rules by their definition, on categories without features: is a tree a derivation?"""

from __future__ import annotations

import re


def parse(text):
    """A category as ("S",) or (slash, result, argument); N and NP are one atom, features go."""
    if text[0] in "&+":
        return (text[0], parse(text[1:]), None)
    tokens = re.findall(r"[()/\\]|[^()/\\\[\]]+|\[[^\]]*\]", text)
    tokens = [t for t in tokens if not t.startswith("[")]
    cat, rest = _expression(tokens)
    assert not rest, text
    return cat


def _expression(tokens):
    cat, tokens = _part(tokens)
    while tokens and tokens[0] in "/\\":
        argument, rest = _part(tokens[1:])
        cat, tokens = (tokens[0], cat, argument), rest
    return cat, tokens


def _part(tokens):
    if tokens[0] != "(":
        return ("N" if tokens[0] == "NP" else tokens[0],), tokens[1:]
    cat, rest = _expression(tokens[1:])
    assert rest[0] == ")"
    return cat, rest[1:]


def wires(cat):
    """The pregroup type, as pairs of an atom's name and a winding."""
    if len(cat) == 1:
        return [({"S": "s", "N": "n", "PP": "p"}.get(cat[0], cat[0]), 0)]
    slash, result, argument = cat
    if slash == "/":
        return wires(result) + [(a, z - 1) for a, z in reversed(wires(argument))]
    return [(a, z + 1) for a, z in reversed(wires(argument))] + wires(result)


MARKS = {("comma",), ("dash",), ("stop",), ("mark",)}


def results(rule, left, right):
    """What a binary rule makes of two categories; empty where it does not apply."""
    forward = len(left) == 3 and left[0] == "/"
    backward = len(right) == 3 and right[0] == "\\"
    if rule == ">" and forward and left[2] == right:
        yield left[1]
    if rule == "<" and backward and right[2] == left:
        yield right[1]
    if (
        rule in (">B", ">Bx")
        and forward
        and len(right) == 3
        and left[2] == right[1]
        and ((right[0] == "/") == (rule == ">B"))
    ):
        yield (right[0], left[1], right[2])
    if (
        rule == ">B2"
        and forward
        and right[0] == "/"
        and right[1][0] == "/"
        and (left[2] == right[1][1])
    ):
        yield ("/", ("/", left[1], right[1][2]), right[2])
    if (
        rule in ("<B", "<Bx")
        and backward
        and len(left) == 3
        and right[2] == left[1]
        and ((left[0] == "\\") == (rule == "<B"))
    ):
        yield (left[0], right[1], left[2])
    if (
        rule in ("<B2", "<Bx2")
        and backward
        and len(left) == 3
        and left[1][0] == left[0]
        and (right[2] == left[1][1])
    ):
        yield (left[0], (left[0], right[1], left[1][2]), left[2])
    if rule == "conj" and left == ("conj",):
        yield ("&", right, None)
    if rule == "list" and left in MARKS:
        yield ("&", right, None)
    if rule == "coord" and right[0] == "&" and right[1] == left:
        yield left
    if rule == "adjoin" and left in MARKS:
        yield ("+", right, None)
    if rule == "seq" and right[0] == "+":
        yield ("S",)
        yield ("N",)
    if rule == "punct" and left in MARKS:
        yield right
    if rule == "punct" and right in MARKS:
        yield left


def raised(cat):
    """What type raising and unary changes are not checked for: they are the grammar's own."""
    return len(cat) == 3 and len(cat[2]) == 3 and cat[2][1] == cat[1]


def faults_of_tree(tree, changes):
    """What is wrong with (depth, rule, category, begin, end) rows in preorder."""
    rows = [(d, rule, parse(cat), begin, end) for d, rule, cat, begin, end in tree]
    allowed = {(parse(a), parse(b)) for a, b in changes}
    faults = []
    for k, (depth, rule, cat, begin, end) in enumerate(rows):
        parts = []
        for row in rows[k + 1 :]:
            if row[0] <= depth:
                break
            if row[0] == depth + 1:
                parts.append(row)
        spans = [begin, *(p[4] for p in parts)]
        if parts and (spans[-1] != end or [p[3] for p in parts] != spans[:-1]):
            faults.append(f"row {k}: parts do not cover {begin}-{end}")
        if rule == "word":
            good = not parts and end == begin + 1
        elif len(parts) == 1:
            below = parts[0][2]
            good = (below, cat) in allowed or raised(cat) or below == cat
        else:
            good = len(parts) == 2 and cat in results(rule, parts[0][2], parts[1][2])
        if not good:
            faults.append(f"row {k}: {rule} does not make {cat} of {[p[2] for p in parts]}")
    return faults
