"""Texts of three sentences as one circuit each: a whole training with exact gradients.

``python benchmarks/texts.py TRAIN DEV TEST`` with files in lambeq's format (``LABEL tokens .``) reads
the texts with the reader "text", compiles them with Sim4 of three layers, and trains 30 epochs of
Adam on batches; seconds of processor time, and the accuracies.
"""

from __future__ import annotations

import os
import resource
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")


def main(*paths: str) -> None:
    from qnlp import SentenceClassifier, Sim4Ansatz, load_sentences, set_num_threads

    set_num_threads(1)
    train, dev, test = (load_sentences(path) for path in paths)
    model = SentenceClassifier(
        "text",
        Sim4Ansatz(dict.fromkeys(("n", "s", "p", "conj"), 1), n_layers=3),
        optimizer="adam",
        learning_rate=0.02,
        batch_size=20,
        max_iter=30,
        tol=1e-9,
        n_restarts=1,
        oov="unk",
        seed=0,
    )
    begin, clock = time.process_time(), time.perf_counter()
    model.fit(train.sentences, train.labels, eval_set=(dev.sentences, dev.labels))
    spent, elapsed = time.process_time() - begin, time.perf_counter() - clock
    print(
        f"{len(train)} texts, {model.n_parameters_} parameters, {model.n_iter_} epochs of "
        f"{-(-len(train) // 20)} steps: {spent:.2f} s of processor time from text to a trained "
        f"model, {elapsed:.2f} s elapsed, peak "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )
    for name, data in (("train", train), ("dev", dev), ("test", test)):
        print(f"{name} accuracy {model.score(data.sentences, data.labels):.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
