"""The matcher by its definition: every choice of types, every set of planar cups. Exponential."""

from __future__ import annotations

from itertools import product


def fits(left, right):
    """Whether a cup may join two wires (atom, winding, features), the left one first."""
    return left[0] == right[0] and left[1] + 1 == right[1] and left[2] & right[2] != 0


def faults_of_links(types, links, target):
    """What is wrong with cups over the objects of chosen types, as sentences; none if all is well."""
    wires = [(wire, word) for word, objects in enumerate(types) for wire in objects]
    faults = []
    ends = [end for link in links for end in link]
    if len(set(ends)) != len(ends):
        faults.append("a wire has two cups")
    for i, j in links:
        (left, left_word), (right, right_word) = wires[i], wires[j]
        if not i < j or left[0] != right[0] or left[1] + 1 != right[1]:
            faults.append(f"{left} and {right} at {i}, {j} are no adjoints")
        if left_word == right_word:
            faults.append(f"word {left_word} is joined to itself")
        for k, m in links:
            if i < k < j < m:
                faults.append(f"cups {i}-{j} and {k}-{m} cross")
    free = [i for i in range(len(wires)) if i not in ends]
    if [wires[i][0][:2] for i in free] != [tuple(o[:2]) for o in target]:
        faults.append("what is left is not the target")
    for free_wire in free:
        if any(i < free_wire < j for i, j in links):
            faults.append(f"wire {free_wire} is left under a cup")
    return faults


def cost_of(words, choice, links):
    """Lexical cost, then the distance in words that cups span."""
    lexical = sum(candidates[i].cost for candidates, i in zip(words, choice, strict=True))
    word_of = [word for word, i in enumerate(choice) for _ in range(len(words[word][i].wires))]
    return lexical, sum(word_of[j] - word_of[i] for i, j in links)


def cheapest(words, target):
    """The least cost of any choice and cups that leave `target`, or None."""
    best = None
    for choice in product(*(range(len(candidates)) for candidates in words)):
        wires = [(wire, word) for word, i in enumerate(choice) for wire in words[word][i].wires]
        for links in _matchings(wires, 0, len(wires), tuple(target)):
            cost = cost_of(words, choice, links)
            if best is None or cost < best:
                best = cost
    return best


def _matchings(wires, start, end, target):
    """Every set of planar cups on wires[start:end] that leaves wires which fit `target`."""
    if start == end:
        if not target:
            yield ()
        return
    wire, word = wires[start]
    if target and wire[:2] == target[0][:2] and wire[2] & target[0][2]:
        for rest in _matchings(wires, start + 1, end, target[1:]):
            yield rest
    for j in range(start + 1, end):
        if fits(wire, wires[j][0]) and word != wires[j][1]:
            for inside in _matchings(wires, start + 1, j, ()):
                for rest in _matchings(wires, j + 1, end, target):
                    yield ((start, j), *inside, *rest)
