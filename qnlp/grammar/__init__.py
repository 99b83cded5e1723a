"""From sentences to diagrams: readers by grammar and without, and lexicons."""

from __future__ import annotations

from qnlp.grammar.binary import TreeReader
from qnlp.grammar.bobcat import BobcatReader
from qnlp.grammar.categories import parse_type
from qnlp.grammar.ccg import CCGReader
from qnlp.grammar.coverage import CoverageReport
from qnlp.grammar.derivations import CCGDerivation
from qnlp.grammar.flat import CupsReader, SequenceReader, SpidersReader, StairsReader
from qnlp.grammar.gold import GoldScore, GoldSentence, read_gold, score_reader
from qnlp.grammar.learning import TrainedWeights, train_weights
from qnlp.grammar.lexicon import LexicalEntry, Lexicon
from qnlp.grammar.penn import PhraseNode, PhraseTree
from qnlp.grammar.pregroup import Derivation, PregroupReader
from qnlp.grammar.reader import READERS, BaseReader, Reader, SentenceReader, reader_from_config
from qnlp.grammar.spacy import SpacyReader
from qnlp.grammar.texts import TextReader
from qnlp.grammar.tokens import SourceLine, tokenise
from qnlp.grammar.treebank import TreebankReader, read_trees
from qnlp.grammar.trees import CCGTree, TreeNode
from qnlp.grammar.weights import ReaderWeights

__all__ = [
    "READERS",
    "BaseReader",
    "BobcatReader",
    "CCGDerivation",
    "CCGReader",
    "CCGTree",
    "CoverageReport",
    "CupsReader",
    "Derivation",
    "GoldScore",
    "GoldSentence",
    "LexicalEntry",
    "Lexicon",
    "PhraseNode",
    "PhraseTree",
    "PregroupReader",
    "Reader",
    "ReaderWeights",
    "SentenceReader",
    "SequenceReader",
    "SourceLine",
    "SpacyReader",
    "SpidersReader",
    "StairsReader",
    "TextReader",
    "TrainedWeights",
    "TreeNode",
    "TreeReader",
    "TreebankReader",
    "parse_type",
    "read_gold",
    "read_trees",
    "reader_from_config",
    "score_reader",
    "tokenise",
    "train_weights",
]
