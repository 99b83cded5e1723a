"""How many sentences a reader could read, and why it could not read the others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

__all__ = ["CoverageReport"]


@dataclass
class CoverageReport:
    """The outcome of reading a list of sentences.

    Parameters
    ----------
    n_sentences : int
    parsed : list of int
        Indices of the sentences that have a full parse.
    fragments : dict of int to str
        Indices of those that were joined from fragments, with the reason why there is no parse.
    failed : dict of int to str
        Indices of those without a diagram, with the reason.
    seconds : float
        Wall-clock time for all of them.
    slowest : tuple of (int, float)
        The index of the sentence that took the parser longest, and its seconds.

    Examples
    --------
    >>> report = CoverageReport(n_sentences=2, parsed=[0], fragments={1: "no_parse"})
    >>> print(report)
    2 sentences in 0.00 s: 1 parsed (50.0 %), 1 fragments, 0 failed
      1 fragments: no_parse
    """

    n_sentences: int
    parsed: list[int] = field(default_factory=list)
    fragments: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0
    slowest: tuple[int, float] = (-1, 0.0)

    @property
    def coverage(self) -> float:
        """The share of sentences with a full parse; NaN where there are none.

        Examples
        --------
        >>> CoverageReport(n_sentences=4, parsed=[0, 2, 3]).coverage
        0.75
        """
        return len(self.parsed) / self.n_sentences if self.n_sentences else float("nan")

    def include(self, part: CoverageReport, begin: int) -> None:
        """Add the outcome of some of the sentences, the first of which has index `begin`.

        Parameters
        ----------
        part : CoverageReport
        begin : int

        Examples
        --------
        >>> report = CoverageReport(n_sentences=2, parsed=[0])
        >>> report.include(CoverageReport(n_sentences=1, failed={0: "no words"}), 1)
        >>> report.failed
        {1: 'no words'}
        """
        self.parsed += [begin + k for k in part.parsed]
        self.fragments |= {begin + k: reason for k, reason in part.fragments.items()}
        self.failed |= {begin + k: reason for k, reason in part.failed.items()}
        self.seconds += part.seconds
        if part.slowest[1] > self.slowest[1]:
            self.slowest = (begin + part.slowest[0], part.slowest[1])

    def __str__(self) -> str:
        first = (
            f"{self.n_sentences} sentences in {self.seconds:.2f} s: {len(self.parsed)} parsed "
            f"({100 * self.coverage:.1f} %), {len(self.fragments)} fragments, "
            f"{len(self.failed)} failed"
        )
        lines = [first]
        for name, reasons in (("fragments", self.fragments), ("failed", self.failed)):
            for reason, count in Counter(reasons.values()).most_common():
                lines.append(f"  {count} {name}: {reason}")
        return "\n".join(lines)
