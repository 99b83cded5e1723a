"""Rewriting: function words as wiring, so that diagrams are smaller and say more.

Each rule has a file with three functions: ``check_x(box)`` tells whether it applies to a word's box,
``x(box)`` gives the diagram to put there, or an error, and ``unsafe_x(box)`` the same without a look.
"""

from __future__ import annotations

from qnlp.rewrite.auxiliary import auxiliary, check_auxiliary, unsafe_auxiliary
from qnlp.rewrite.connector import check_connector, connector, unsafe_connector
from qnlp.rewrite.coordination import check_coordination, coordination, unsafe_coordination
from qnlp.rewrite.curry import check_curry, curry, unsafe_curry
from qnlp.rewrite.determiner import check_determiner, determiner, unsafe_determiner
from qnlp.rewrite.object_relative import (
    check_object_relative,
    object_relative,
    unsafe_object_relative,
)
from qnlp.rewrite.postadverb import check_postadverb, postadverb, unsafe_postadverb
from qnlp.rewrite.preadverb import check_preadverb, preadverb, unsafe_preadverb
from qnlp.rewrite.prepositional_phrase import (
    check_prepositional_phrase,
    prepositional_phrase,
    unsafe_prepositional_phrase,
)
from qnlp.rewrite.rewriter import RULES, SIMPLIFY, Rewriter, rule_names
from qnlp.rewrite.subject_relative import (
    check_subject_relative,
    subject_relative,
    unsafe_subject_relative,
)

__all__ = [
    "RULES",
    "SIMPLIFY",
    "Rewriter",
    "auxiliary",
    "check_auxiliary",
    "check_connector",
    "check_coordination",
    "check_curry",
    "check_determiner",
    "check_object_relative",
    "check_postadverb",
    "check_preadverb",
    "check_prepositional_phrase",
    "check_subject_relative",
    "connector",
    "coordination",
    "curry",
    "determiner",
    "object_relative",
    "postadverb",
    "preadverb",
    "prepositional_phrase",
    "rule_names",
    "subject_relative",
    "unsafe_auxiliary",
    "unsafe_connector",
    "unsafe_coordination",
    "unsafe_curry",
    "unsafe_determiner",
    "unsafe_object_relative",
    "unsafe_postadverb",
    "unsafe_preadverb",
    "unsafe_prepositional_phrase",
    "unsafe_subject_relative",
]
