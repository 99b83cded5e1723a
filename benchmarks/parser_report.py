"""How well and how fast the readers by grammar read, written to benchmarks/results/parser.txt.

    python benchmarks/parser_report.py               # all sentences
    python benchmarks/parser_report.py --sentences 500 --peers /path/to/peers/bin/python

Exact types on the published sets and on the gold of tests/golden/ccg_gold.tsv, what training on
half of that gold does to the other half, coverage of real reviews, and speed on one core in
processor time, so that a busy machine tells little. "pregroup" is the complete matcher over the
hand-made lexicon, "ccg+tags" is `CCGReader(tags="spacy")`. Peers of their own environment
(benchmarks/peers.txt) are nltk; spaCy and lambeq are those of this one. Published data are read from
MONOIDAL_DATA, by default ../shared/data.
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
from statistics import median

import qnlp
from qnlp.errors import MissingDependencyError, QnlpError
from qnlp.grammar import (
    CCGReader,
    GoldSentence,
    PregroupReader,
    SpacyReader,
    parse_type,
    score_reader,
    tokenise,
    train_weights,
)
from qnlp.grammar.engine import bare_category
from tools import Absent, call

HERE = Path(__file__).parent
DATA = Path(os.environ.get("MONOIDAL_DATA", HERE.parents[1] / "shared" / "data")) / "qnlp"
GOLD = runpy.run_path(str(HERE.parent / "tests" / "unit" / "test_ccg_gold.py"))
STEMS = ("prepare", "bake", "cook", "run", "debug")
MC_TYPES = {w: "n.r s n.l" for stem in STEMS for w in (stem, stem + "s")}
MC_TYPES |= dict.fromkeys(("skillful", "tasty", "useful"), "n n.l")
MARKS = {"comma", "dash", "stop", "mark"}
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
    """The readers by grammar, and those with spaCy if it is there."""
    made: Readers = {"ccg": CCGReader(target=target, on_failure="fragments")}
    made["pregroup"] = PregroupReader(target=target)
    try:
        made["ccg+tags"] = CCGReader(target=target, on_failure="fragments", tags="spacy")
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


def learning() -> list[str]:
    """Costs learnt from one half of the gold, on the other: by hand, then learnt, both ways."""
    listed = [
        GoldSentence(sentence, tuple(parse_type(t) for t in types))
        for _, sentence, types in GOLD["load_gold"]()
    ]
    lines = ["costs learnt on half of the gold (train_weights), scored on the other half"]
    for first in (0, 1):
        train, test = listed[first::2], listed[1 - first :: 2]
        found = train_weights(train)
        for name, reader in (
            ("by hand", CCGReader(on_failure="fragments")),
            ("learnt", CCGReader(on_failure="fragments", weights=found.weights)),
        ):
            lines.append(f"  half {first + 1} {name:8s} {score_reader(reader, test)}")
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
        worst, index = slowest_alone(reader, sentences)
        lines.append(f"  {name}: {report}".replace("\n", "\n  "))
        if len(listed) > len(sentences):
            lines.append(f"    {len(listed) - len(sentences)} more without a word are left out")
        lines.append(
            f"    {seconds:.1f} s of processor, {len(sentences) / seconds:.0f} sentences/s; the "
            f"slowest {worst:.3f} s of processor (sentence {index})"
        )
        few = sentences[:300]
        other = PregroupReader(target=("s", "n"))
        read = sum(bool(types(other, s)) for s in few)
        lines.append(f"    pregroup reader: {read} of the first {len(few)} ({read / 3:.1f} %)")
    return lines


def slowest_alone(reader: CCGReader, sentences: list[str]) -> tuple[float, int]:
    """Processor seconds of the slowest sentence, read by itself, and its number.

    Those that took the chart most steps are timed again, the least of three.
    """
    items = reader._prepare(sentences, [""] * len(sentences))
    steps = [outcome.n_steps for outcome in reader._parse(items)]
    found = []
    for index in sorted(range(len(steps)), key=lambda k: -steps[k])[:10]:
        times = []
        for _ in range(3):
            start = time.process_time()
            reader(sentences[index])
            times.append(time.process_time() - start)
        found.append((min(times), index))
    return max(found)


def threads_agree() -> list[str]:
    """Whether 1, 2 and 4 threads give the same diagrams."""
    sentences = [s for _, s in labelled("sentiment_movie_train.tsv")][:1000]
    found = []
    for n_threads in (1, 2, 4):
        qnlp.set_num_threads(n_threads)
        found.append(CCGReader(on_failure="fragments").read_many(sentences))
    qnlp.set_num_threads(1)
    same = found[0] == found[1] == found[2]
    return [f"{len(sentences)} reviews on 1, 2 and 4 threads: {'equal' if same else 'DIFFERENT'}"]


def peers(python: str) -> list[str]:
    """Sentences a second of others, from text to their trees."""
    real = [s for _, s in labelled("sentiment_movie_train.tsv") if len(s.split()) == 18][:200]
    reader = CCGReader(on_failure="skip")
    tagged = []
    for sentence in real:
        try:
            tree = reader.derive(sentence).tree
        except QnlpError:
            continue
        words = [bare_category(n.category) for n in tree if n.rule == "word"]
        tagged.append([["word", category] for category in words if category not in MARKS])
    here = sys.executable
    rows = [
        ("spaCy's small model, piped, trees only", here, "spacy_piped", {"sentences": real}),
        (
            "SpacyReader alone, to diagrams",
            here,
            "spacy_reader",
            {"sentences": real, "trust": None},
        ),
        ("SpacyReader, to diagrams", here, "spacy_reader", {"sentences": real, "trust": 4.0}),
        ("Bobcat, random BERT-base", here, "bobcat", {"sentences": real}),
        ("nltk.ccg, right categories given", python, "nltk_ccg", {"tagged": tagged}),
    ]
    lines = ["peers on film reviews of 18 words, one core, processor time"]
    for title, path, function, arguments in rows:
        try:
            rate = call(path, f"peers.readers:{function}", seconds=20.0, **arguments)
            lines.append(f"  {title:40s} {rate:8.2f} sentences/s")
        except Absent as reason:
            lines.append(f"  {title:40s} left out: {reason}")
    return lines


def speed() -> list[str]:
    """Sentences a second on one core, from text to diagram."""
    mc = [s for part in ("train", "dev", "test") for _, s in labelled(f"mc_{part}_data.txt")] * 10
    real = [s for _, s in labelled("sentiment_movie_train.tsv") if len(s.split()) == 18]
    lines = ["speed on one core, text to diagram, processor time"]
    for name, sentences in (("MC, 3-4 words", mc), ("film reviews of 18 words", real)):
        reader = CCGReader(on_failure="fragments")
        reader.read_many(sentences[:50])
        rates = []
        for _ in range(9):
            start = time.process_time()
            reader.read_many(sentences)
            rates.append(len(sentences) / (time.process_time() - start))
        lines.append(
            f"  {name:26s} {median(rates):8.0f} sentences/s ({len(sentences)} sentences;"
            f" {min(rates):.0f} to {max(rates):.0f} in {len(rates)} rounds)"
        )
    return lines


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=None, help="at most, of each review set")
    parser.add_argument("--peers", default=os.environ.get("MONOIDAL_PEERS", sys.executable))
    given = parser.parse_args()
    qnlp.set_num_threads(1)
    CCGReader().derive("Dogs bark")
    parts = [exact(), gold(), learning(), coverage(given.sentences), threads_agree(), speed()]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    parts.append(peers(given.peers))
    head = f"python benchmarks/parser_report.py --peers ENV\nThe readers by grammar, {datetime.now(UTC):%Y-%m-%d}, {platform.machine()}"
    foot = [f"peak memory of all {peak:.0f} MiB, load {os.getloadavg()[0]:.1f}"]
    text = "\n\n".join("\n".join(part) for part in ([head], *parts, foot)) + "\n"
    folder = HERE / "results"
    folder.mkdir(exist_ok=True)
    (folder / "parser.txt").write_text(text, "utf-8")
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
