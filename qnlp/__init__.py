"""English sentences as string diagrams, compiled to circuits and tensor networks, and trained.

Names are loaded at their first use, so that ``import qnlp`` costs little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qnlp._core import __version__ as __version__
    from qnlp._rotosolve import rotosolve as rotosolve
    from qnlp.ansatz import CopyAnsatz as CopyAnsatz
    from qnlp.ansatz import IQPAnsatz as IQPAnsatz
    from qnlp.ansatz import MPSAnsatz as MPSAnsatz
    from qnlp.ansatz import Sim4Ansatz as Sim4Ansatz
    from qnlp.ansatz import Sim9Ansatz as Sim9Ansatz
    from qnlp.ansatz import Sim9CxAnsatz as Sim9CxAnsatz
    from qnlp.ansatz import Sim14Ansatz as Sim14Ansatz
    from qnlp.ansatz import Sim15Ansatz as Sim15Ansatz
    from qnlp.ansatz import SpiderAnsatz as SpiderAnsatz
    from qnlp.ansatz import StronglyEntanglingAnsatz as StronglyEntanglingAnsatz
    from qnlp.ansatz import TensorAnsatz as TensorAnsatz
    from qnlp.ansatz import circuit_ansatz as circuit_ansatz
    from qnlp.baselines import baseline_scores as baseline_scores
    from qnlp.bubble import Bubble as Bubble
    from qnlp.callbacks import TensorBoard as TensorBoard
    from qnlp.causal import CausalGraph as CausalGraph
    from qnlp.channel import ChannelFunctor as ChannelFunctor
    from qnlp.checkpoint import load_checkpoint as load_checkpoint
    from qnlp.checkpoint import save_checkpoint as save_checkpoint
    from qnlp.circuit import Angle as Angle
    from qnlp.circuit import Circuit as Circuit
    from qnlp.circuit import Gate as Gate
    from qnlp.classifier import SentenceClassifier as SentenceClassifier
    from qnlp.convert import from_discopy as from_discopy
    from qnlp.convert import from_lambeq as from_lambeq
    from qnlp.convert import from_qasm as from_qasm
    from qnlp.convert import from_qiskit as from_qiskit
    from qnlp.convert import to_discopy as to_discopy
    from qnlp.convert import to_lambeq as to_lambeq
    from qnlp.convert import to_qasm as to_qasm
    from qnlp.convert import to_qiskit as to_qiskit
    from qnlp.datasets import LabelledSentences as LabelledSentences
    from qnlp.datasets import check_splits as check_splits
    from qnlp.datasets import load_dataset as load_dataset
    from qnlp.datasets import load_sentences as load_sentences
    from qnlp.diagram import Box as Box
    from qnlp.diagram import Diagram as Diagram
    from qnlp.diagram import Word as Word
    from qnlp.errors import BackendError as BackendError
    from qnlp.errors import CheckpointCorruptError as CheckpointCorruptError
    from qnlp.errors import CheckpointError as CheckpointError
    from qnlp.errors import CircuitTooLargeError as CircuitTooLargeError
    from qnlp.errors import DataError as DataError
    from qnlp.errors import DiagramError as DiagramError
    from qnlp.errors import DomainError as DomainError
    from qnlp.errors import EmptySentenceError as EmptySentenceError
    from qnlp.errors import GrammarError as GrammarError
    from qnlp.errors import MissingDependencyError as MissingDependencyError
    from qnlp.errors import ParseFailure as ParseFailure
    from qnlp.errors import QnlpError as QnlpError
    from qnlp.errors import ShapeError as ShapeError
    from qnlp.errors import UnknownWordError as UnknownWordError
    from qnlp.features import WordFeatures as WordFeatures
    from qnlp.functions import FunctionFunctor as FunctionFunctor
    from qnlp.functor import Functor as Functor
    from qnlp.grammar import CCGReader as CCGReader
    from qnlp.grammar import CupsReader as CupsReader
    from qnlp.grammar import Lexicon as Lexicon
    from qnlp.grammar import PregroupReader as PregroupReader
    from qnlp.grammar import Reader as Reader
    from qnlp.grammar import SpidersReader as SpidersReader
    from qnlp.grammar import StairsReader as StairsReader
    from qnlp.heads import LinearHead as LinearHead
    from qnlp.matching import Rule as Rule
    from qnlp.matching import find_matches as find_matches
    from qnlp.mixed import Channel as Channel
    from qnlp.mixed import MixedCircuit as MixedCircuit
    from qnlp.noise import Noise as Noise
    from qnlp.rewrite import Rewriter as Rewriter
    from qnlp.runtime import memory_limit as memory_limit
    from qnlp.runtime import num_threads as num_threads
    from qnlp.runtime import set_memory_limit as set_memory_limit
    from qnlp.runtime import set_num_threads as set_num_threads
    from qnlp.stochastic import StochasticFunctor as StochasticFunctor
    from qnlp.structure import Cap as Cap
    from qnlp.structure import Cup as Cup
    from qnlp.structure import Id as Id
    from qnlp.structure import Spider as Spider
    from qnlp.structure import Swap as Swap
    from qnlp.structure import pregroup_diagram as pregroup_diagram
    from qnlp.sums import Sum as Sum
    from qnlp.tensor import TensorFunctor as TensorFunctor
    from qnlp.torch_tensor import TorchFunctor as TorchFunctor
    from qnlp.tuning import cross_validate as cross_validate
    from qnlp.tuning import optuna_objective as optuna_objective
    from qnlp.tuning import tune as tune
    from qnlp.ty import Ty as Ty
    from qnlp.vocabulary import Vocabulary as Vocabulary

# The public API: the module of each name. The imports above tell type checkers the same.
_MODULE_OF = {
    "find_matches": "matching",
    "Rule": "matching",
    "Sum": "sums",
    "Bubble": "bubble",
    "Angle": "circuit",
    "BackendError": "errors",
    "Box": "diagram",
    "CCGReader": "grammar",
    "Cap": "structure",
    "CausalGraph": "causal",
    "ChannelFunctor": "channel",
    "CheckpointCorruptError": "errors",
    "CheckpointError": "errors",
    "Circuit": "circuit",
    "CircuitTooLargeError": "errors",
    "CopyAnsatz": "ansatz",
    "Cup": "structure",
    "CupsReader": "grammar",
    "DataError": "errors",
    "Diagram": "diagram",
    "DiagramError": "errors",
    "DomainError": "errors",
    "EmptySentenceError": "errors",
    "FunctionFunctor": "functions",
    "Functor": "functor",
    "Gate": "circuit",
    "GrammarError": "errors",
    "IQPAnsatz": "ansatz",
    "Id": "structure",
    "LabelledSentences": "datasets",
    "Lexicon": "grammar",
    "LinearHead": "heads",
    "MissingDependencyError": "errors",
    "ParseFailure": "errors",
    "PregroupReader": "grammar",
    "QnlpError": "errors",
    "Reader": "grammar",
    "Rewriter": "rewrite",
    "SentenceClassifier": "classifier",
    "ShapeError": "errors",
    "Sim14Ansatz": "ansatz",
    "Sim15Ansatz": "ansatz",
    "Sim4Ansatz": "ansatz",
    "Sim9Ansatz": "ansatz",
    "Sim9CxAnsatz": "ansatz",
    "Spider": "structure",
    "SpidersReader": "grammar",
    "StairsReader": "grammar",
    "StochasticFunctor": "stochastic",
    "StronglyEntanglingAnsatz": "ansatz",
    "Swap": "structure",
    "TensorFunctor": "tensor",
    "TorchFunctor": "torch_tensor",
    "Ty": "ty",
    "UnknownWordError": "errors",
    "Vocabulary": "vocabulary",
    "Word": "diagram",
    "Channel": "mixed",
    "MPSAnsatz": "ansatz",
    "MixedCircuit": "mixed",
    "Noise": "noise",
    "SpiderAnsatz": "ansatz",
    "TensorAnsatz": "ansatz",
    "circuit_ansatz": "ansatz",
    "cross_validate": "tuning",
    "rotosolve": "_rotosolve",
    "tune": "tuning",
    "optuna_objective": "tuning",
    "TensorBoard": "callbacks",
    "WordFeatures": "features",
    "__version__": "_core",
    "baseline_scores": "baselines",
    "check_splits": "datasets",
    "from_discopy": "convert",
    "from_lambeq": "convert",
    "from_qasm": "convert",
    "from_qiskit": "convert",
    "load_checkpoint": "checkpoint",
    "load_dataset": "datasets",
    "load_sentences": "datasets",
    "memory_limit": "runtime",
    "num_threads": "runtime",
    "pregroup_diagram": "structure",
    "save_checkpoint": "checkpoint",
    "set_memory_limit": "runtime",
    "set_num_threads": "runtime",
    "to_discopy": "convert",
    "to_qasm": "convert",
    "to_qiskit": "convert",
    "to_lambeq": "convert",
}

__all__ = list(_MODULE_OF)


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        message = f"module 'qnlp' has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(f"qnlp.{_MODULE_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
