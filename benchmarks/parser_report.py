"""How well and how fast the readers by grammar read, written to benchmarks/results/parser.txt.

    python benchmarks/parser_report.py               # all sentences
    python benchmarks/parser_report.py --sentences 500

Exact types on the published sets and on the gold of tests/golden/ccg_gold.tsv, coverage of real
reviews, and speed on one core in processor time, so that a busy machine tells little. The other
reader is the complete matcher over the hand-made lexicon ("pregroup"). Published data are read
from MONOIDAL_DATA, by default ../shared/data.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import runpy
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import qnlp
from qnlp.errors import MissingDependencyError, QnlpError
from qnlp.grammar import CCGReader, PregroupReader, SpacyReader, tokenise

HERE = Path(__file__).parent
DATA = Path(os.environ.get("MONOIDAL_DATA", HERE.parents[1] / "shared" / "data")) / "qnlp"
GOLD = runpy.run_path(str(HERE.parent / "tests" / "unit" / "test_ccg_gold.py"))
STEMS = ("prepare", "bake", "cook", "run", "debug")
MC_TYPES = {w: "n.r s n.l" for stem in STEMS for w in (stem, stem + "s")}
MC_TYPES |= dict.fromkeys(("skillful", "tasty", "useful"), "n n.l")
RP_TYPES = {
    "0": ["n", "n.r n s.l n", "n.r s n.l", "n"],
    "1": ["n", "n.r n n.l.l s.l", "n", "n.r s n.l"],
}


def labelled(name: str) -> list[tuple[str, str]]:
    """Labels and sentences of a published file."""
    lines = (DATA / name).read_text("utf-8").splitlines()
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines if line]


Readers = dict[str, CCGReader | PregroupReader | SpacyReader]


def readers(target: str | tuple[str, str]) -> Readers:
    """The readers by grammar; those by spaCy's trees, alone and with the lexicon, if it is there."""
    made: Readers = {"ccg": CCGReader(target=target, on_failure="fragments")}
    made["pregroup"] = PregroupReader(target=target)
    try:
        made["spacy+lexicon"] = SpacyReader(target=target)
        made["spacy alone"] = SpacyReader(target=target, trust=None)
    except MissingDependencyError as error:
        print(f"without spaCy: {error}", file=sys.stderr)
    return made


def types(reader: CCGReader | PregroupReader | SpacyReader, sentence: str) -> list[str]:
    """The types of the words, or none if there is no reading."""
    try:
        return [str(t).replace(" @ ", " ") for t in reader.derive(sentence).types]
    except QnlpError:
        return []


def exact() -> list[str]:
    """Sentences of MC and RP whose types are all right."""
    mc = [pair for part in ("train", "dev", "test") for pair in labelled(f"mc_{part}_data.txt")]
    rp = [pair for part in ("train", "test") for pair in labelled(f"rp_{part}_data.txt")]
    lines = ["exact types           " + "".join(f"{name:>15s}" for name in readers("s"))]
    for name, target, pairs in (("MC", "s", mc), ("RP", "n", rp)):
        row = []
        for reader in readers(target).values():
            good = 0
            for label, sentence in pairs:
                words = sentence.removesuffix(" .").split()
                gold = [MC_TYPES.get(w, "n") for w in words] if name == "MC" else RP_TYPES[label]
                good += types(reader, sentence) == gold
            row.append(f"{good}/{len(pairs)}")
        lines.append(f"  {name}, target {target:9s}" + "".join(f"{cell:>15s}" for cell in row))
    return lines


def gold() -> list[str]:
    """Word types of the gold that are right, by kind."""
    made = readers(("s", "n"))
    right = {name: Counter[str]() for name in made}
    total: Counter[str] = Counter()
    for kind, sentence, expected in GOLD["load_gold"]():
        total[kind] += len(expected)
        for name, reader in made.items():
            found = types(reader, sentence)
            if len(found) == len(expected):
                right[name][kind] += sum(a == b for a, b in zip(found, expected, strict=True))
    lines = ["gold, word types, %    " + "".join(f"{name:>15s}" for name in made) + "   words"]
    for kind in [*total, "all"]:
        counts = [sum(c.values()) if kind == "all" else c[kind] for c in (*right.values(), total)]
        row = "".join(f"{100 * count / counts[-1]:15.1f}" for count in counts[:-1])
        lines.append(f"  {kind:21s}{row}   {counts[-1]:5d}")
    return lines


def coverage(limit: int | None) -> list[str]:
    """Real sentences with a full parse, and what they took."""
    lines = ["coverage of real reviews (train), target s or n"]
    for name in ("movie", "amazon"):
        listed = [s for _, s in labelled(f"sentiment_{name}_train.tsv")][:limit]
        sentences = [s for s in listed if tokenise(s)]
        reader = CCGReader(on_failure="fragments")
        start = time.process_time()
        _, report = reader.read_report(sentences)
        seconds = time.process_time() - start
        worst = max(reader.read_report([sentences[report.slowest[0]]])[1].slowest[1] for _ in "ab")
        lines.append(f"  {name}: {report}".replace("\n", "\n  "))
        if len(listed) > len(sentences):
            lines.append(f"    {len(listed) - len(sentences)} more without a word are left out")
        lines.append(
            f"    {seconds:.1f} s of processor, {len(sentences) / seconds:.0f} sentences/s; the "
            f"slowest {report.slowest[1]:.3f} s, alone {worst:.3f} s"
        )
        few = sentences[:300]
        other = PregroupReader(target=("s", "n"))
        read = sum(bool(types(other, s)) for s in few)
        lines.append(f"    pregroup reader: {read} of the first {len(few)} ({read / 3:.1f} %)")
    return lines


def speed() -> list[str]:
    """Sentences a second on one core, from text to diagram."""
    mc = [s for part in ("train", "dev", "test") for _, s in labelled(f"mc_{part}_data.txt")] * 10
    real = [s for _, s in labelled("sentiment_movie_train.tsv") if len(s.split()) == 18]
    lines = ["speed on one core, text to diagram, processor time"]
    for name, sentences in (("MC, 3-4 words", mc), ("film reviews of 18 words", real)):
        reader = CCGReader(on_failure="fragments")
        reader.read_many(sentences[:50])
        start = time.process_time()
        reader.read_many(sentences)
        rate = len(sentences) / (time.process_time() - start)
        lines.append(f"  {name:26s} {rate:8.0f} sentences/s ({len(sentences)} sentences)")
    return lines


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=None, help="at most, of each review set")
    given = parser.parse_args()
    qnlp.set_num_threads(1)
    CCGReader().derive("Dogs bark")
    parts = [exact(), gold(), coverage(given.sentences), speed()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    head = f"The readers by grammar, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}"
    foot = [f"peak memory of all {peak:.0f} MiB, load {os.getloadavg()[0]:.1f}"]
    text = "\n\n".join("\n".join(part) for part in ([head], *parts, foot)) + "\n"
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / "parser.txt").write_text(text, "utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
