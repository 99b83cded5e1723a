"""Build qnlp/grammar/data/wordnet.tsv.xz from the files of Debian's package wordnet-base.

    apt-get install wordnet-base
    python tools/build_wordnet_table.py

Each line is a word and its analysis, or an irregular form and its lemmas:

    word<TAB>nvar[<TAB>frames share]     four digits, then what a verb takes
    form<TAB>=<TAB>pos:lemma ...

The digits are 0 for a part of speech that the word does not have, else 1 + log2(1 + count),
rounded down, of the word's tagged occurrences with it. The letters of a verb are the classes below
that its sentence frames belong to; `share` is how much of its use is transitive, in tenths.
Nouns that were never tagged and look like nouns are left out: an unknown word is taken for a noun.
The notice of WordNet is LICENSES/WordNet.txt.
"""

from __future__ import annotations

import lzma
import re
import sys
from collections import defaultdict
from pathlib import Path

SOURCE = Path("/usr/share/wordnet")
TARGET = Path(__file__).parents[1] / "qnlp" / "grammar" / "data" / "wordnet.tsv.xz"

POS = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
SENSE_POS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
FRAMES = {
    "I": {1, 2, 3, 4, 12, 13, 22, 23, 27},
    "T": {8, 9, 10, 11, 15, 16, 17, 18, 19, 20, 21, 30, 31},
    "D": {14},
    "S": {26, 34},
    "N": {28, 35},
    "O": {24},
    "B": {25},
    "A": {6, 7},
    "C": {5},
    "G": {33},
    "W": {29},
}
LOOKS_OTHERWISE = re.compile(
    r"(ing|ed|ly|s|er|est|ful|ous|able|ible|less|ish|ive|ic|al|ary|ize|ise|ify)$"
)
WORD = re.compile(r"[a-z]+(?:[-'][a-z]+)*$")


def rows(path: Path) -> list[str]:
    """Return the lines of a file of WordNet, without the notice at its head."""
    return [line for line in path.read_text("latin-1").splitlines() if not line.startswith("  ")]


def counts() -> dict[str, dict[str, int]]:
    """Tagged occurrences of each word by part of speech; 0 where it was never tagged."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for pos, name in POS.items():
        for line in rows(SOURCE / f"index.{name}"):
            word = line.split(" ", 1)[0]
            if WORD.match(word):
                found[word][pos] = 0
    for line in rows(SOURCE / "cntlist.rev"):
        key, _, count = line.split()
        word, _, sense = key.partition("%")
        pos = SENSE_POS[sense[0]]
        if pos in found.get(word, {}):
            found[word][pos] += int(count)
    return found


def senses() -> dict[tuple[str, int], int]:
    """Tagged occurrences of each sense of each verb, by the offset of the sense."""
    sense_count: dict[tuple[str, str], int] = {}
    for line in rows(SOURCE / "cntlist.rev"):
        key, number, count = line.split()
        word, _, sense = key.partition("%")
        if sense[0] == "2":
            sense_count[word, number] = int(count)
    found = {}
    for line in rows(SOURCE / "index.verb"):
        part = line.split()
        offsets = part[-int(part[2]) :]
        for number, offset in enumerate(offsets, 1):
            found[part[0], int(offset)] = sense_count.get((part[0], str(number)), 0)
    return found


def frames() -> dict[str, str]:
    """What each verb takes: the letters of its classes, and its transitive share in tenths."""
    weight_of = senses()
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in rows(SOURCE / "data.verb"):
        part = line.split("|")[0].split()
        n_words = int(part[3], 16)
        words = [part[4 + 2 * i].lower() for i in range(n_words)]
        at = 4 + 2 * n_words
        at += 1 + 4 * int(part[at])
        for k in range(int(part[at])):
            frame, number = int(part[at + 3 * k + 2]), int(part[at + 3 * k + 3], 16)
            for word in [words[number - 1]] if number else words:
                weight = weight_of.get((word, int(part[0])), 0) + 0.5
                for letter, members in FRAMES.items():
                    if frame in members:
                        weights[word][letter] = max(weights[word][letter], 0) + weight
    packed = {}
    for word, by_letter in weights.items():
        total = sum(by_letter[letter] for letter in "IT") or 1.0
        share = round(9 * by_letter["T"] / total)
        packed[word] = "".join(k for k in FRAMES if by_letter.get(k)) + str(share)
    return packed


def irregular(known: dict[str, dict[str, int]]) -> dict[str, list[str]]:
    """Each irregular form of a known word, with its lemmas."""
    found: dict[str, list[str]] = defaultdict(list)
    for pos, name in POS.items():
        for line in rows(SOURCE / f"{name}.exc"):
            form, *lemmas = line.split()
            if WORD.match(form):
                found[form] += [
                    f"{pos}:{lemma}"
                    for lemma in lemmas
                    if pos in known.get(lemma, {}) and lemma != form
                ]
    return {form: lemmas for form, lemmas in found.items() if lemmas}


def table() -> str:
    """The whole table as text."""
    known, takes = counts(), frames()
    lines = []
    for word, by_pos in known.items():
        is_rare_noun = set(by_pos) == {"n"} and not by_pos["n"]
        if is_rare_noun and not LOOKS_OTHERWISE.search(word):
            continue
        if not any(by_pos.values()) and ("-" in word or "'" in word or len(word) > 14):
            continue
        digits = "".join(
            str(min(9, (1 + by_pos[p]).bit_length())) if p in by_pos else "0" for p in POS
        )
        lines.append("\t".join([word, digits, *([takes[word]] if word in takes else [])]))
    kept = {line.split("\t")[0] for line in lines}
    for form, lemmas in irregular(known).items():
        if any(lemma.partition(":")[2] in kept for lemma in lemmas):
            lines.append("\t".join([form, "=", " ".join(lemmas)]))
    return "\n".join(sorted(lines)) + "\n"


def main() -> None:
    """Write the table."""
    text = table()
    packed = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    TARGET.write_bytes(packed)
    sys.stdout.write(f"{len(text.splitlines())} lines, {len(packed)} bytes\n")


if __name__ == "__main__":
    main()
