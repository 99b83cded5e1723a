"""Train a classifier of sentences on a file of your own, and save it.

    python classify_sentences.py [sentences.tsv]

The file has a label, a tab and a sentence a line. The one that ships tells who acts, a person or an
animal: the same words stand under both labels, so that a model has to look at their order.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from qnlp import IQPAnsatz, SentenceClassifier
from qnlp.baselines import baseline_scores
from qnlp.datasets import load_sentences

MODEL = Path("sentence-model")

path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("who_acts.tsv")
data = load_sentences(path)
order = np.random.default_rng(0).permutation(len(data))
ends = [len(data) * 6 // 10, len(data) * 8 // 10]
train, dev, test = (data.take(rows) for rows in np.split(order, ends))
print(f"{len(train)} sentences to train on, {len(dev)} to choose by, {len(test)} to test with")

# One qubit for a noun and one for a sentence: a transitive verb is a state of three qubits. Of five
# random beginnings the one with the least loss on `dev` is kept. With oov="unk" a word that
# training did not see is read as an unknown word of its type.
model = SentenceClassifier(
    reader="pregroup", ansatz=IQPAnsatz({"n": 1, "s": 1}), n_restarts=5, oov="unk", seed=0
)
model.fit(train.sentences, train.labels, eval_set=(dev.sentences, dev.labels))
print(f"{model.n_parameters_} parameters, loss {model.loss_:.4f} after {model.n_iter_} iterations")

print(f"accuracy on the test sentences: {model.score(test.sentences, test.labels):.3f}")
for name, score in baseline_scores(train, test).items():
    print(f"  baseline {name}: {score:.3f}")

model.save(MODEL)
again = SentenceClassifier.load(MODEL)
for sentence in ("young girl greets monkey", "monkey greets young girl"):
    probabilities = again.predict_proba([sentence])[0]
    shown = ", ".join(f"{c} {p:.3f}" for c, p in zip(again.classes_, probabilities, strict=True))
    print(f"{sentence!r}: {shown}")
