"""Who a pronoun speaks of: a simple rule over the nouns of a text.

Candidates are the nouns before it, and earlier pronouns that have been resolved. One agrees if neither
its gender nor its number speaks against it, by a list of words and WordNet's inflection. The sentence
itself is looked at first, then the one before, and so on: there the first subject that agrees is
taken, else the last noun that does. An object that is no reflexive looks at earlier sentences only.
"""

from __future__ import annotations

from typing import NamedTuple

from qnlp.grammar.wordnet import senses

__all__ = ["Mention", "antecedent", "is_pronoun"]

_PRONOUNS = {
    "he": "m", "him": "m", "himself": "m",
    "she": "f", "her": "f", "herself": "f",
    "it": "t", "itself": "t",
    "they": "p", "them": "p", "themselves": "p",
}  # fmt: skip
_MALE = frozenset(
    [
        "man",
        "boy",
        "father",
        "son",
        "brother",
        "husband",
        "uncle",
        "nephew",
        "king",
        "prince",
        "gentleman",
        "guy",
        "actor",
        "waiter",
        "sir",
        "mr",
        "lad",
        "monk",
    ]
)
_FEMALE = frozenset(
    [
        "woman",
        "girl",
        "mother",
        "daughter",
        "sister",
        "wife",
        "aunt",
        "niece",
        "queen",
        "princess",
        "lady",
        "actress",
        "waitress",
        "madam",
        "mrs",
        "ms",
        "miss",
        "nun",
    ]
)
_PEOPLE = (
    _MALE
    | _FEMALE
    | frozenset(
        [
            "person",
            "child",
            "kid",
            "baby",
            "adult",
            "teacher",
            "doctor",
            "engineer",
            "student",
            "professional",
            "friend",
            "worker",
            "guest",
            "someone",
            "somebody",
            "anyone",
            "everybody",
            "everyone",
            "nobody",
            "people",
            "customer",
            "chef",
            "cook",
        ]
    )
)


class Mention(NamedTuple):
    """A noun of a text, or a pronoun that stands for one.

    ``referent`` numbers what it speaks of; ``sentence`` and ``word`` are its place.
    """

    name: str
    sentence: int
    word: int
    is_subject: bool
    referent: int


def is_pronoun(name: str) -> bool:
    """Whether a word in lower case is a pronoun that the rule knows.

    Examples
    --------
    >>> is_pronoun("she"), is_pronoun("nobody")
    (True, False)
    """
    return name in _PRONOUNS


def antecedent(
    name: str, sentence: int, earlier: list[Mention], *, is_object: bool
) -> Mention | None:
    """The mention that a pronoun stands for, or None if none agrees.

    Parameters
    ----------
    name : str
        The pronoun, in lower case.
    sentence : int
        Number of its sentence.
    earlier : list of Mention
        What was mentioned before it, in order.
    is_object : bool
        Whether it is an object, or follows a preposition.

    Examples
    --------
    >>> said = [Mention("woman", 0, 0, True, 0), Mention("code", 0, 2, False, 1)]
    >>> antecedent("she", 1, said, is_object=False).name
    'woman'
    >>> antecedent("it", 1, said, is_object=True).name
    'code'
    """
    skip = is_object and not name.endswith(("self", "selves"))
    for number in range(sentence - skip, -1, -1):
        fitting = [m for m in earlier if m.sentence == number and _agrees(name, m.name)]
        subjects = [m for m in fitting if m.is_subject]
        if fitting:
            return subjects[0] if subjects else fitting[-1]
    return None


def _agrees(pronoun: str, name: str) -> bool:
    kind = _PRONOUNS[pronoun]
    if name in _PRONOUNS:
        return _PRONOUNS[name] == kind
    forms = {sense.form for sense in senses(name) if sense.part == "n"}
    is_plural = name == "people" or (bool(forms) and "sg" not in forms)
    if kind == "p":
        return is_plural
    against = {"m": _FEMALE, "f": _MALE, "t": _PEOPLE}[kind]
    return not is_plural and name not in against
