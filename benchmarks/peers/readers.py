"""Other readers of English, for their speed: each says sentences a second of processor time.

Every function is called in a process of its own (`tools.call`), on one thread.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

Item = TypeVar("Item")
BOBCAT_TAGS = ["N", "NP", "NP/N", "N/N", r"(S[dcl]\NP)/NP", r"S[dcl]\NP"]


def spacy_piped(sentences: list[str], seconds: float) -> float:
    """The small English model's tags and dependency trees, many texts at a time: no diagram yet."""
    from qnlp.grammar.spacy import load_model

    pipeline = load_model(None)
    return _rate(lambda part: list(pipeline.pipe(part)), sentences, seconds, batch=100)


def spacy_reader(sentences: list[str], seconds: float, trust: float | None) -> float:
    """This package's reader over those trees, to diagrams."""
    from qnlp.grammar import SpacyReader

    return _rate(SpacyReader(trust=trust).read_many, sentences, seconds, batch=100)


def nltk_ccg(tagged: list[list[list[str]]], seconds: float) -> float:
    """nltk's chart parser of CCG, given for every word the one category that is right."""
    from nltk.ccg import chart, lexicon

    def parse(part: Sequence[list[list[str]]]) -> None:
        for pairs in part:
            # Words are numbered, so that each has its own category and no other.
            words = [f"w{k}" for k in range(len(pairs))]
            lines = [f"w{k} => {category}" for k, (_, category) in enumerate(pairs)]
            atoms = dict.fromkeys(re.findall(r"[A-Za-z]+", " ".join(c for _, c in pairs)))
            grammar = lexicon.fromstring(f":- {', '.join(atoms)}\n" + "\n".join(lines))
            parser = chart.CCGChartParser(grammar, chart.DefaultRuleSet)
            next(iter(parser.parse(words)), None)

    return _rate(parse, tagged, seconds, batch=1)


def bobcat(sentences: list[str], seconds: float) -> float:
    """lambeq's Bobcat with random weights of BERT-base's size: its trees mean nothing."""
    import torch
    import transformers
    from lambeq import BobcatParser
    from lambeq.bobcat import BertForChartClassification
    from lambeq.bobcat.tagger import ChartClassifierConfig

    torch.set_num_threads(1)
    torch.manual_seed(0)
    transformers.logging.set_verbosity_error()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = sorted({word.lower() for s in sentences for word in s.split()})
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        (folder / "vocab.txt").write_text("\n".join([*special, *words]))
        tokenizer = transformers.BertTokenizerFast(vocab_file=str(folder / "vocab.txt"))
        tokenizer.save_pretrained(folder)
        config = ChartClassifierConfig(
            tags=BOBCAT_TAGS, cats=["N", "NP", "S[dcl]"], vocab_size=len(special) + len(words)
        )
        BertForChartClassification(config).save_pretrained(folder)
        for file, content in _bobcat_files().items():
            (folder / file).write_text(json.dumps(content))
        parser = BobcatParser(folder, verbose="suppress", device="cpu")

        def parse(part: Sequence[str]) -> None:
            parser.sentences2trees(list(part), suppress_exceptions=True, verbose="suppress")

        return _rate(parse, sentences, seconds, batch=16)


def _bobcat_files() -> dict[str, object]:
    tagger = {
        "batch_size": 16,
        "tag_top_k": 5,
        "tag_prob_threshold": 0.2,
        "tag_prob_threshold_strategy": "relative",
        "span_top_k": 0,
        "span_prob_threshold": 0.0,
        "span_prob_threshold_strategy": "absolute",
    }
    parser = {
        "eisner_normal_form": True,
        "max_parse_trees": 100000,
        "beam_size": 100,
        "input_tag_score_weight": 1.0,
        "missing_cat_score": 0.001,
        "missing_span_score": 0.001,
    }
    transitive = r"((S[dcl]{_}\NP{Y}<1>){_}/NP{Z}<2>){_}"
    categories = {
        "N": "N{_}",
        "NP": "NP{_}",
        "NP/N": "(NP{Y}/N{Y}<1>){_}",
        "N/N": "(N{Y}/N{Y}<1>){_}",
        r"(S[dcl]\NP)/NP": transitive,
        r"S[dcl]\NP": r"(S[dcl]{_}\NP{Y}<1>){_}",
    }
    rules = [
        ["NP/N", "N"],
        ["N/N", "N"],
        [r"(S[dcl]\NP)/NP", "NP"],
        ["NP", r"S[dcl]\NP"],
    ]
    grammar = {
        "categories": categories,
        "binary_rules": rules,
        "type_changing_rules": [],
        "type_raising_rules": [],
    }
    return {"pipeline_config.json": {"tagger": tagger, "parser": parser}, "grammar.json": grammar}


def _rate(
    parse: Callable[[Sequence[Item]], object], items: Sequence[Item], seconds: float, batch: int
) -> float:
    """Items a second of processor time: all once, or as many as `seconds` last."""
    parse(items[:batch])
    begin = time.process_time()
    done = 0
    for start in range(0, len(items), batch):
        part = items[start : start + batch]
        parse(part)
        done += len(part)
        if time.process_time() - begin > seconds:
            break
    return done / (time.process_time() - begin)
