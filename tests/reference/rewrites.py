"""What each rule makes of a word, written as numpy without any diagram.

`meaning(rule, small)` is the word's tensor if `small` is that of the smaller word that the rule leaves
(None where it leaves none); axes are the wires of the word's type. Dimensions of n and s are DIM.
"""

from __future__ import annotations

import numpy as np

DIM = {"n": 2, "s": 3, "p": 2}
TYPES = {
    "determiner": "n n.l",
    "auxiliary": "n.r s s.l n",
    "connector": "s s.l",
    "subject_relative": "n.r n s.l n",
    "object_relative": "n.r n n.l.l s.l",
    "coordination": "n.r n n.l",
    "preadverb": "n.r s s.l n",
    "postadverb": "s.r n.r.r n.r s",
    "prepositional_phrase": "s.r n.r.r n.r s n.l",
    "curry": "n.r s n.l",
}
NAMES = {
    "determiner": "the",
    "auxiliary": "has",
    "connector": "that",
    "subject_relative": "who",
    "object_relative": "that",
    "coordination": "and",
}
SMALL = {"preadverb": "s s.l", "postadverb": "s.r s", "prepositional_phrase": "s.r s n.l"}


def meaning(rule: str, small: np.ndarray | None) -> np.ndarray:
    n, s = np.eye(DIM["n"]), np.eye(DIM["s"])
    ghz = np.einsum("ab,bc->abc", n, n)
    ones = np.ones(DIM["s"])
    if rule == "determiner":
        return n
    if rule == "connector":
        return s
    if rule == "auxiliary":
        return np.einsum("ad,bc->abcd", n, s)
    if rule == "subject_relative":
        return np.einsum("abd,c->abcd", ghz, ones)
    if rule == "object_relative":
        return np.einsum("abc,d->abcd", ghz, ones)
    if rule == "coordination":
        return ghz
    if rule == "preadverb":
        return np.einsum("ad,bc->abcd", n, small)
    if rule == "postadverb":
        return np.einsum("bc,ad->abcd", n, small)
    if rule == "prepositional_phrase":
        return np.einsum("bc,ade->abcde", n, small)
    assert rule == "curry"
    return np.asarray(small)
