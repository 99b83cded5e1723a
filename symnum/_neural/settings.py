"""How a training goes: its settings and its learning rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

from symnum.errors import DomainError


@dataclass(frozen=True)
class Settings:
    """How a training goes.

    Parameters
    ----------
    steps : int
        Of the optimiser, over all sittings.
    learning_rate : float
        Reached after the warm-up, kept until the decay.
    warmup : int
        Steps of linear growth from 0.
    decay : float
        The share of the steps, at the end, in which it falls linearly to 0.
    weight_decay : float
        Of matrices; vectors have none.
    clip : float
        Largest norm of a gradient.
    seed : int
        Of the first weights and of all that is random in a step.
    checkpoint_every, evaluate_every, log_every : int
        Steps between two checkpoints, looks at held-out examples, and lines of the curve.
    keep : int
        Checkpoints that stay.
    trackers : tuple of str
        Of Accelerate, such as ``"tensorboard"``.

    Raises
    ------
    DomainError
        If one is out of range.

    Examples
    --------
    >>> from symnum.training import Settings
    >>> Settings(steps=100).warmup
    1000
    """

    steps: int = 10_000
    learning_rate: float = 1e-3
    warmup: int = 1_000
    decay: float = 0.2
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 0
    checkpoint_every: int = 1_000
    evaluate_every: int = 1_000
    log_every: int = 100
    keep: int = 2
    trackers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("steps", "checkpoint_every", "evaluate_every", "log_every", "keep"):
            if getattr(self, name) < 1:
                message = f"{name} is {getattr(self, name)}, expected at least 1"
                raise DomainError(message)
        for name in ("warmup", "weight_decay", "seed"):
            if not getattr(self, name) >= 0:
                message = f"{name} is {getattr(self, name)}, expected at least 0"
                raise DomainError(message)
        for name in ("learning_rate", "clip"):
            if not 0 < getattr(self, name) < math.inf:
                message = f"{name} is {getattr(self, name)}, expected a positive number"
                raise DomainError(message)
        if not 0 <= self.decay <= 1:
            message = f"decay is {self.decay}, expected 0 to 1"
            raise DomainError(message)


def learning_rate(settings: Settings, step: int) -> float:
    """The share of ``settings.learning_rate`` that a step has.

    Parameters
    ----------
    settings : Settings
    step : int
        From 0.

    Returns
    -------
    float

    Notes
    -----
    Warm-up, plateau, decay: a run can be prolonged up to the decay (Hägele et al.,
    arXiv:2405.18392).

    Examples
    --------
    >>> from symnum.training import Settings, learning_rate
    >>> settings = Settings(steps=100, warmup=10, decay=0.5)
    >>> [learning_rate(settings, step) for step in (0, 9, 49, 75, 99)]
    [0.1, 1.0, 1.0, 0.5, 0.02]
    """
    warm = min(1.0, (step + 1) / max(settings.warmup, 1))
    falling = settings.decay * settings.steps
    left = (settings.steps - step) / falling if falling > 0 else 1.0
    return min(warm, left, 1.0)
