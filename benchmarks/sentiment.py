"""Real sentences from text to a trained model: what it costs, and how good it is beside TF-IDF.

``python benchmarks/sentiment.py ablation TRAIN.tsv DEV.tsv [KEPT]``, ``... scale TRAIN.tsv DEV.tsv
[PICTURE]`` and ``... vectors TRAIN.tsv DEV.tsv WORDNET VALENCES [KEPT]`` print tables; lines of the
files are ``LABEL<TAB>sentence``. Nothing but these two files is looked at: the baseline and the models
are tuned on the second one in the same way, by their best score there.

scale     each size in a process of its own: seconds of processor time of reading, compiling and one
          epoch, and the peak of memory, drawn to PICTURE; then the whole training of all sentences.
ablation  readers, ansaetze and features, five seeds each; the baseline; the paired difference. What
          a seed predicts is kept in the folder KEPT, so that a run that was stopped goes on.
vectors   the same with features made before training, of the folder of WordNet and a list of valences
          (see word_vectors.py), beside the baseline without and with them.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

SIZES = (1000, 2000, 3000, 5000, 7049)
SEEDS = range(5)
ATOMS = ("n", "s", "p", "conj")


def load(path: str) -> tuple[list[str], np.ndarray]:
    rows = [line.split("\t", 1) for line in Path(path).read_text("utf8").splitlines() if line]
    return [row[1] for row in rows], np.array([int(row[0]) for row in rows])


def reader(name: str) -> Any:
    from qnlp.grammar import CCGReader, SpidersReader

    if name == "spiders":
        return SpidersReader()
    return CCGReader(on_failure="fragments", codomain="s")


def ansatz(name: str) -> Any:
    from qnlp import CopyAnsatz, IQPAnsatz

    return {"copy": CopyAnsatz, "iqp": IQPAnsatz}[name](dict.fromkeys(ATOMS, 1))


def one_size(train: str, size: int) -> None:
    """Print the costs of one size."""
    from qnlp import Vocabulary, WordFeatures
    from qnlp.backend import get_backend
    from qnlp.objective import Evaluator, FeatureParameters, Objective
    from qnlp.vocabulary import named_boxes

    texts, labels = load(train)
    texts, labels = texts[:size], labels[:size]
    at = [time.process_time()]
    diagrams = reader("ccg").read_many(texts)
    at.append(time.process_time())
    made = ansatz("copy")
    vocabulary = Vocabulary(made, named_boxes(diagrams))
    words = [[box.name for box in named_boxes([d])] for d in diagrams]
    fitted = WordFeatures().fit(words, vocabulary, made)
    parameters = FeatureParameters(fitted, vocabulary, made)
    program = get_backend("kernel").compile(diagrams, made, vocabulary, 2)
    at.append(time.process_time())
    loss = Objective(Evaluator(program, parameters, None, 2), labels, None, 1e-4)
    weights = loss.evaluator.begin(np.random.default_rng(0))
    for _ in range(3):
        loss(weights, None)
    at.append(time.process_time())
    read, compiled, epoch = np.diff(at) / (1, 1, 3)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    each = 1000 * (read + compiled + 60 * epoch) / size
    print(f"{size:6d} {read:9.2f} {compiled:9.2f} {epoch:9.3f} {each:12.2f} {peak:9.0f}")


def scale(train: str, dev: str, picture: str | None = None) -> None:
    print("Cost of CCG readings with CopyAnsatz and WordFeatures, seconds of processor time")
    print("  size   reading compiling one epoch ms/sentence*  peak MiB")
    lines = []
    for size in SIZES:
        command = [sys.executable, __file__, "size", train, str(size)]
        lines.append(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        print(lines[-1], end="", flush=True)
    if picture is not None:
        plot_scale([[float(x) for x in line.split()] for line in lines], picture)
    print("* reading, compiling and 60 epochs")
    begin, clock = time.process_time(), time.perf_counter()
    texts, labels = load(train)
    model = classifier("ccg", "copy", True, 0, 5e-4)
    model.set_params(reader=reader("ccg"))
    model.fit(texts, labels, eval_set=load(dev))
    print(
        f"All {len(texts)} sentences from text to a trained model: {model.n_iter_} iterations, "
        f"{time.process_time() - begin:.0f} s of processor time, {time.perf_counter() - clock:.0f} s "
        f"elapsed, peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )


def plot_scale(rows: list[list[float]], picture: str) -> None:
    """Cost a sentence over the number of sentences: reading, compiling, epochs, one on the other."""
    from matplotlib.figure import Figure

    sizes, reading, compiling, epoch = np.array(rows).T[:4]
    parts = 1000 * np.array([reading, compiling, 60 * epoch]) / sizes
    axes = Figure(figsize=(5, 3), layout="constrained").subplots()
    axes.stackplot(sizes, *parts, labels=["reading", "compiling", "60 epochs"])
    axes.set(xlabel="sentences", ylabel="ms of CPU a sentence", ylim=(0, 1.3 * parts.sum(0).max()))
    axes.legend(loc="upper right")
    axes.figure.savefig(picture, metadata={"Date": None})


def classifier(kind: str, form: str, features: bool, seed: int, l2: float, **scales: Any) -> Any:
    from qnlp import SentenceClassifier, WordFeatures

    return SentenceClassifier(
        "spiders" if kind == "spiders" else reader(kind),
        ansatz(form),
        features=WordFeatures(**scales) if features else None,
        l2=l2,
        oov="unk",
        min_freq=1 if features else 2,
        patience=15,
        max_iter=60,
        n_restarts=1,
        seed=seed,
    )


def baseline(
    train: tuple[list[str], np.ndarray], dev: tuple[list[str], np.ndarray]
) -> tuple[str, np.ndarray]:
    """TF-IDF and logistic regression, its settings those that score best on dev."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    best: tuple[float, str, np.ndarray] = (0.0, "", np.zeros(0))
    for top in (1, 2):
        for sublinear in (False, True):
            vectors = TfidfVectorizer(ngram_range=(1, top), sublinear_tf=sublinear)
            x, z = vectors.fit_transform(train[0]), vectors.transform(dev[0])
            for c in (0.3, 1.0, 3.0, 10.0, 30.0):
                found = LogisticRegression(C=c, max_iter=2000).fit(x, train[1]).predict(z)
                hit = found == dev[1]
                if hit.mean() > best[0]:
                    best = hit.mean(), f"n-grams to {top}, sublinear={sublinear}, C={c}", hit
    return best[1], best[2]


# Reader, ansatz, features, penalties to choose from, and scales of features that are not the default.
ROWS: list[tuple[str, str, bool, tuple[float, ...], dict[str, float]]] = [
    ("spiders", "copy", False, (3e-3, 1e-2), {}),
    ("spiders", "copy", True, (3e-4, 5e-4), {}),
    ("ccg", "copy", False, (1e-2,), {}),
    ("ccg", "copy", True, (5e-4,), {"shape": 0.0, "typed": 0.0}),
    ("ccg", "copy", True, (5e-4,), {}),
    ("ccg", "iqp", True, (5e-4,), {"typed": 1.0, "rate": 0.5}),
]


def ablation(train: str, dev: str, kept: str | None = None) -> None:
    warnings.simplefilter("ignore")
    texts, labels = load(train)
    dev_texts, dev_labels = load(dev)
    name, base = baseline((texts, labels), (dev_texts, dev_labels))
    print(f"TF-IDF and logistic regression ({name}): {base.mean():.4f}", flush=True)
    read = {kind: [reader(kind).read_many(t) for t in (texts, dev_texts)] for kind in READERS}
    print("reader   ansatz features  scales  l2      dev accuracy of 5 seeds (mean +- sd)", end="")
    print("  minus TF-IDF (95 % of paired bootstrap)  vote of 5")
    for row in ((*r[:3], l2, r[4]) for r in ROWS for l2 in r[3]):
        kind, form, features, l2, scales = row
        data = read[kind][0], labels, (read[kind][1], dev_labels)
        p = np.array([predictions(row, seed, data, kept) for seed in SEEDS])
        name = f"{kind:8s} {form:5s} {'on ' if features else 'off'} {scales or ''} {l2:7.0e}"
        print(f"{name} {scored(p, dev_labels, base)}", flush=True)


def scored(p: np.ndarray, labels: np.ndarray, base: np.ndarray) -> str:
    """Mean and spread over seeds, the paired difference to the baseline, and the seeds' vote."""
    hits = p.argmax(2) == labels
    means = hits.mean(1)
    low, high = interval(hits.mean(0) - base)
    return (
        f"{means.mean():.4f} +- {means.std(ddof=1):.4f}   {means.mean() - base.mean():+.4f} "
        f"({low:+.4f} to {high:+.4f})  {(p.sum(0).argmax(1) == labels).mean():.4f}"
    )


# Reader, whether valences count too, and scales of features.
WITH_VECTORS: list[tuple[str, bool, dict[str, float]]] = [
    ("spiders", False, {"vector": 0.5}),
    ("spiders", True, {"vector": 0.5}),
    ("ccg", True, {"vector": 0.5, "shape": 0.0, "typed": 0.0}),
]


def with_vectors(train: str, dev: str, wordnet: str, lexicon: str, kept: str | None = None) -> None:
    import word_vectors

    from qnlp.vocabulary import named_boxes

    warnings.simplefilter("ignore")
    texts, labels = load(train)
    dev_texts, dev_labels = load(dev)
    plain = baseline((texts, labels), (dev_texts, dev_labels))
    vectors = word_vectors.wordnet_vectors(Path(wordnet))
    valence = word_vectors.valences(Path(lexicon))
    for name, base in (
        plain,
        baseline_with_vectors((texts, labels), (dev_texts, dev_labels), vectors, valence),
    ):
        print(f"TF-IDF and logistic regression ({name}): {base.mean():.4f}", flush=True)
    print("reader   valences  mean +- sd of 5 seeds  minus plain TF-IDF (95 %)  vote of 5")
    for kind, has_valences, scales in WITH_VECTORS:
        read = [reader(kind).read_many(t) for t in (texts, dev_texts)]
        words = {box.name for part in read for box in named_boxes(part)}
        known = word_vectors.joined(words, vectors, valence if has_valences else None)
        row = kind, "copy", True, 5e-4, {**scales, "vectors": known}
        data = read[0], labels, (read[1], dev_labels)
        folder = None if kept is None else f"{kept}/{'valences' if has_valences else 'wordnet'}"
        p = np.array([predictions(row, seed, data, folder) for seed in SEEDS])
        name = f"{kind:8s} {'on ' if has_valences else 'off'}"
        print(f"{name} {scored(p, dev_labels, plain[1])}", flush=True)


def baseline_with_vectors(
    train: tuple[list[str], np.ndarray],
    dev: tuple[list[str], np.ndarray],
    vectors: dict[str, np.ndarray],
    valence: dict[str, float],
) -> tuple[str, np.ndarray]:
    """TF-IDF with the mean of its words' vectors and valences beside it, tuned in the same way."""
    import word_vectors
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    counts = CountVectorizer().fit([*train[0], *dev[0]])
    names = counts.get_feature_names_out()
    known = word_vectors.joined(names, vectors, valence)
    nothing = np.zeros(word_vectors.DIMENSIONS + 1)
    table = np.array([known.get(name, nothing) for name in names])
    terms = TfidfVectorizer(sublinear_tf=True)
    weights = TfidfVectorizer(vocabulary=counts.vocabulary_, sublinear_tf=True).fit(train[0])
    x, z = terms.fit_transform(train[0]), terms.transform(dev[0])
    more = [csr_matrix(weights.transform(t) @ table) for t in (train[0], dev[0])]
    best: tuple[float, str, np.ndarray] = (0.0, "", np.zeros(0))
    for scale in (0.5, 1.0, 2.0, 4.0):
        a, b = (hstack([own, scale * m]).tocsr() for own, m in zip((x, z), more, strict=True))
        for c in (0.3, 1.0, 3.0, 10.0, 30.0):
            hit = LogisticRegression(C=c, max_iter=2000).fit(a, train[1]).predict(b) == dev[1]
            if hit.mean() > best[0]:
                best = hit.mean(), f"vectors and valences, {scale} of them, C={c}", hit
    return best[1], best[2]


def predictions(row: tuple[Any, ...], seed: int, data: tuple[Any, ...], kept: str | None) -> Any:
    """Class probabilities of the dev sentences, shape (n, 2), after training with one seed."""
    kind, form, features, l2, scales = row
    words = [kind, form, "features" if features else "free", f"{l2:.0e}", f"seed{seed}"]
    words += [f"{key}{value}" for key, value in scales.items() if key != "vectors"]
    at = None if kept is None else Path(kept) / ("-".join(words) + ".npy")
    if at is not None and at.exists():
        return np.load(at, allow_pickle=False)
    model = classifier(kind, form, features, seed, l2, **scales)
    model.fit(data[0], data[1], eval_set=data[2])
    found = model.predict_proba(data[2][0])
    if at is not None:
        at.parent.mkdir(parents=True, exist_ok=True)
        unfinished = at.with_suffix(".part.npy")
        np.save(unfinished, found)
        unfinished.replace(at)
    return found


READERS = ("spiders", "ccg")


def interval(difference: np.ndarray) -> tuple[float, float]:
    """Of a mean over sentences, by resampling them."""
    rng = np.random.default_rng(0)
    n = len(difference)
    means = [difference[rng.integers(0, n, n)].mean() for _ in range(2000)]
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


if __name__ == "__main__":
    if sys.argv[1] == "size":
        one_size(sys.argv[2], int(sys.argv[3]))
    else:
        jobs: dict[str, Any] = {"scale": scale, "ablation": ablation, "vectors": with_vectors}
        jobs[sys.argv[1]](*sys.argv[2:])
