"""Sentences through circuits, then a small torch network, trained in one by a torch optimiser.

Needs the extra torch: ``pip install "monoidal[torch]"``.
"""

from __future__ import annotations

import torch

from qnlp import CopyAnsatz, SpidersReader, WordFeatures, load_dataset
from qnlp.torch import SentenceModule

EPOCHS, BATCH = 40, 16


def main() -> None:
    """Train on the set that ships, and score on its unseen sentences."""
    torch.manual_seed(0)
    train, test = load_dataset("food-it", "train"), load_dataset("food-it", "test")
    number = {label: k for k, label in enumerate(train.classes)}
    labels, expected = (torch.tensor([number[y] for y in data.labels]) for data in (train, test))
    reader, ansatz = SpidersReader(), CopyAnsatz({"s": 1})

    # Words have features in common, so that the test's new words have angles too.
    circuits = SentenceModule(
        reader.read_many(train.sentences), ansatz, features=WordFeatures(), dtype=torch.float32
    )
    head = torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 2))
    model = torch.nn.Sequential(circuits, head)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(labels)).split(BATCH):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(rows), labels[rows]).backward()
            optimizer.step()

    unseen = circuits.on(reader.read_many(test.sentences))  # other sentences, the same weight
    with torch.no_grad():
        found = head(unseen()).argmax(1)
    print(f"accuracy {(found == expected).float().mean():.3f} on {len(expected)} unseen sentences")


if __name__ == "__main__":
    main()
