"""Files of labelled sentences, the sets that ship, and checks of splits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from qnlp.datasets import (
    LabelledSentences,
    SplitCheck,
    check_splits,
    load_dataset,
    load_sentences,
)
from qnlp.errors import DataError
from qnlp.grammar import PregroupReader, SourceLine

PAIRS = (("woman cooks soup", "1"), ("man debugs code", "0"))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def errors_of(path: Path, **options: object) -> list[str]:
    """The lines of the error that a file gives, without its folder."""
    with pytest.raises(DataError) as caught:
        load_sentences(path, **options)  # type: ignore[arg-type]
    return str(caught.value).replace(f"{path.parent}/", "").split("\n")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "1  woman cooks soup\n0 man debugs code"),
        ("a.txt", "1\twoman cooks soup\n0\tman debugs code\n"),
        (
            "a.txt",
            '{"text": "woman cooks soup", "label": 1}\n{"text": "man debugs code", "label": "0"}',
        ),
        ("a.tsv", "1\twoman cooks soup\n0\tman debugs code\n\n\n"),
        ("a.tsv", "sentence\tlabel\nwoman cooks soup\t1\nman debugs code\t0\n"),
        ("a.tsv", "Label\tid\tText\n1\t7\twoman cooks soup\n0\t8\tman debugs code\n"),
        ("a.csv", '1,"woman cooks soup"\n0,man debugs code\n'),
        ("a.csv", "text,label\nwoman cooks soup,1\nman debugs code,0\n"),
        ("a.CSV", "1, woman cooks soup \n 0 ,man debugs code"),
        (
            "a.jsonl",
            '{"sentence": "woman cooks soup", "class": "1"}\n{"sentence": "man debugs code", "class": 0}\n',
        ),
        ("a", "\ufeff1 woman cooks soup\r\n0 man debugs code\r\n"),
    ],
)
def test_auto_reads_every_format(tmp_path: Path, name: str, content: str) -> None:
    data = load_sentences(write(tmp_path, name, content))
    assert tuple(data) == PAIRS


def test_a_label_of_several_characters_is_not_cut(tmp_path: Path) -> None:
    data = load_sentences(write(tmp_path, "a.txt", "10 cats sleep .\n1 dogs run .\n"))
    assert tuple(data) == (("cats sleep .", "10"), ("dogs run .", "1"))
    assert errors_of(tmp_path / "a.txt", labels=["0", "1"]) == [
        "a.txt:1:1: label '10' is not one of ['0', '1']"
    ]


def test_columns_can_be_named_or_numbered(tmp_path: Path) -> None:
    content = "id\treview\tstars\n1\tgood film\tpos\n"
    path = write(tmp_path, "a.tsv", content)
    assert tuple(load_sentences(path, text="review", label="stars")) == (("good film", "pos"),)
    path = write(tmp_path, "b.csv", "7,good film,pos\n")
    assert tuple(load_sentences(path, text=1, label=2)) == (("good film", "pos"),)
    path = write(tmp_path, "c.jsonl", json.dumps({"review": "good film", "stars": 5}))
    assert tuple(load_sentences(path, text="review", label="stars")) == (("good film", "5"),)


def test_a_quoted_field_of_csv_may_hold_commas_quotes_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", '1,"a ""b"", c\nd"\n0,e\nX,f\n')
    assert load_sentences(path).sentences == ('a "b", c\nd', "e", "f")
    assert errors_of(path, labels="01") == ["a.csv:4:1: label 'X' is not one of ['0', '1']"]


def test_a_quotation_mark_in_tsv_is_part_of_the_sentence(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tsv", '1\t"fine" is 5" long\n0\t"\n')
    assert load_sentences(path).sentences == ('"fine" is 5" long', '"')


def test_every_sentence_knows_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv", 'label,text\n1,"a\nb"\n0,c\n')
    assert load_sentences(path).sources == (SourceLine(str(path), 2), SourceLine(str(path), 4))


def test_an_error_lists_file_line_and_column_of_each_fault(tmp_path: Path) -> None:
    path = write(tmp_path, "mc.txt", "1 a b\nX c\n 2 d\n\n0\n0 e\n")
    assert errors_of(path, labels=["0", "1"]) == [
        "mc.txt:2:1: label 'X' is not one of ['0', '1']",
        "mc.txt:3:2: label '2' is not one of ['0', '1']",
        "mc.txt:4:1: line is blank, expected LABEL<space>sentence",
        "mc.txt:5:2: line has no sentence (got '0', expected LABEL<space>sentence)",
    ]


def test_an_error_counts_what_it_does_not_list(tmp_path: Path) -> None:
    path = write(tmp_path, "mc.txt", "1 a\n" * 16 + "X b\n" * 4)
    assert errors_of(path, labels=["0", "1"], max_errors=1) == [
        "mc.txt:17:1: label 'X' is not one of ['0', '1'] (and 3 more errors; see --max-errors)"
    ]
    path = write(tmp_path, "many.txt", "X b\n" * 30)
    listed = errors_of(path, labels=["0", "1"])
    assert len(listed) == 20
    assert listed[-1].endswith("(and 10 more errors; see --max-errors)")


@pytest.mark.parametrize(
    ("name", "content", "errors"),
    [
        ("a.tsv", b"", ["1:1: file is empty, expected labelled sentences"]),
        ("a.txt", b"\xef\xbb\xbf\r\n \n", ["1:1: file is empty, expected labelled sentences"]),
        ("a.tsv", b"label\ttext\n", ["1:1: file has a header and no sentences"]),
        ("a.tsv", b"1\ta\n1 b\n", ["2:1: line has 1 column (got '1 b', expected label<TAB>sentence)"]),
        ("a.tsv", b"1\ta\tb\n", ["1:1: line has 3 columns (got '1\\ta\\tb', expected label<TAB>sentence)"]),
        ("a.csv", b"1,a\n0,b,c\n", ["2:1: line has 3 columns (got '0,b,c', expected label,sentence)"]),
        ("a.csv", b'1,a\n0,"b\n', ["2:1: line is not CSV: unexpected end of data"]),
        ("a.csv", b'1,"a"b\n0,c\n', ["1:1: line is not CSV: ',' expected after '\"'"]),
        ("a.tsv", b"1\ta\n\n0\tb\n", ["2:1: line is blank, expected label<TAB>sentence"]),
        ("a.tsv", b"\ta\n1\t \n", ["1:1: label is empty", "2:1: sentence is empty"]),
        ("a.tsv", b"1\tcaf\xe9\n0\tb\xff\n", ["1:6: byte 0xe9 is not UTF-8", "2:4: byte 0xff is not UTF-8"]),
        ("a.tsv", "1\té\xe9".encode() + b"\xe9\n", ["1:5: byte 0xe9 is not UTF-8"]),
        ("a.tsv", "1\ta\n".encode("utf-16"), ["1:1: file is UTF-16, expected UTF-8"]),
        ("a.jsonl", b'{"text": "a", "label": 1}\n{"text": \n', ["2:10: line is not JSON: Expecting value"]),
        ("a.jsonl", b"[1]\n", ["1:1: line is JSON of type list, expected an object"]),
        ("a.jsonl", b'{"a": 1}\n', [
            "1:1: object has the keys ['a'], expected 'label' among them",
            "1:1: object has the keys ['a'], expected 'text' among them",
        ]),
        ("a.jsonl", b'{"text": 2, "label": true}\n', [
            "1:1: 'label' has type bool, expected str or int",
            "1:1: 'text' has type int, expected str",
        ]),
        ("a.jsonl", b"[" * 100_000, ["1:1: line is JSON of a depth or size that is not read"]),
        ("a.jsonl", b'{"text": "a", "label": ' + b"9" * 5000 + b"}", [
            "1:1: line is JSON of a depth or size that is not read"
        ]),
    ],
)  # fmt: skip
def test_a_faulty_file_is_refused_with_its_faults(
    tmp_path: Path, name: str, content: bytes, errors: list[str]
) -> None:
    assert errors_of(write(tmp_path, name, content)) == [f"{name}:{error}" for error in errors]


def test_a_column_of_a_label_is_where_it_stands(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tsv", "text\tlabel\nfour\tX\n")
    assert errors_of(path, labels="01") == ["a.tsv:2:6: label 'X' is not one of ['0', '1']"]
    path = write(tmp_path, "b.csv", 'text,label\n"a, b",X\n')
    assert errors_of(path, labels="01") == ["b.csv:2:8: label 'X' is not one of ['0', '1']"]


@pytest.mark.parametrize(
    ("content", "options", "error"),
    [
        ("a\tb\n1\tc\n", {"text": "b"}, "header has the columns ['a', 'b'], expected 'label'"),
        ("a\tlabel\n1\tc\n", {"text": "c"}, "header has the columns ['a', 'label'], expected 'c'"),
        ("1\tc\n", {"text": 1, "label": 2}, "line has 2 columns, expected one at index 2"),
    ],
)
def test_a_missing_column_is_named(
    tmp_path: Path, content: str, options: dict[str, object], error: str
) -> None:
    assert error in errors_of(write(tmp_path, "a.tsv", content), **options)[0]


def test_the_format_of_lambeq_has_no_columns(tmp_path: Path) -> None:
    path = write(tmp_path, "a.txt", "1 a b\n")
    assert "format 'lambeq' has no columns" in errors_of(path, text="text")[0]


def test_a_format_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="format has 'xml', expected one of"):
        load_sentences(tmp_path / "a.xml", "xml")


def test_a_line_of_ten_megabytes_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tsv", b"1\ta\n1\t" + b"x" * 10_000_000 + b"\nbad\n")
    assert errors_of(path) == [
        "a.tsv:2:1048577: line has over 1048576 bytes, expected at most that many",
        "a.tsv:3:1: line has 1 column (got 'bad', expected label<TAB>sentence)",
    ]


def test_a_line_just_within_the_limit_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tsv", b"1\t" + b"x" * ((1 << 20) - 2) + b"\r\n")
    assert len(load_sentences(path).sentences[0]) == (1 << 20) - 2


def test_unusual_characters_do_not_end_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a.tsv", "1\ta\x0b\x85\u2028b\x00c\n")
    assert load_sentences(path).sentences == ("a\x0b\x85\u2028b\x00c",)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_sentences(tmp_path / "absent.tsv")


def test_labelled_sentences_check_what_they_are_given() -> None:
    with pytest.raises(DataError, match="labels has length 1, expected 2"):
        LabelledSentences(["a", "b"], ["x"])
    with pytest.raises(DataError, match="sources has length 0, expected 1"):
        LabelledSentences(["a"], ["x"], [])
    with pytest.raises(TypeError, match=r"sentences\[1\] has type NoneType, expected str"):
        LabelledSentences(["a", None], ["x", "y"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"labels\[0\] has type int, expected str"):
        LabelledSentences(["a"], [1])  # type: ignore[list-item]


def test_labelled_sentences_slice_with_their_labels_and_sources() -> None:
    lines = [SourceLine("a.txt", i) for i in range(1, 4)]
    data = LabelledSentences("abc", "xyx", lines)
    assert data[1:] == LabelledSentences("bc", "yx", lines[1:])
    assert data.take(np.array([2, 0])) == LabelledSentences("ca", "xx", [lines[2], lines[0]])
    assert data.classes == ("x", "y")
    assert repr(data) == "LabelledSentences(<3 sentences>, classes={'x': 2, 'y': 1})"
    assert LabelledSentences([], []).classes == ()


@pytest.mark.parametrize("name", ["food-it", "relative-clauses"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_splits_of_a_shipped_set_are_disjoint_and_balanced(name: str, seed: int) -> None:
    splits = [load_dataset(name, split, seed=seed) for split in ("train", "dev", "test")]
    sentences = [sentence for data in splits for sentence in data.sentences]
    assert len(set(sentences)) == len(sentences) == {"food-it": 200}.get(name, 160)
    for data in splits:
        assert len(set(data.counts().values())) == 1
    assert sorted(load_dataset(name, "all", seed=seed).sentences) == sorted(sentences)


@pytest.mark.parametrize("name", ["food-it", "relative-clauses"])
def test_no_word_of_a_shipped_set_is_unseen_in_training(name: str) -> None:
    train, dev, test = (load_dataset(name, split) for split in ("train", "dev", "test"))
    seen = {word for sentence in train.sentences for word in sentence.split()}
    for sentence in dev.sentences + test.sentences:
        assert seen.issuperset(sentence.split())


def test_the_food_set_has_more_words_than_mc() -> None:
    data = load_dataset("food-it", "all")
    assert len({word for sentence in data.sentences for word in sentence.split()}) > 17


@pytest.mark.parametrize(("name", "target"), [("food-it", "s"), ("relative-clauses", "n")])
def test_every_shipped_sentence_reads_by_its_pattern(name: str, target: str) -> None:
    size = {"food-it": 3000, "relative-clauses": None}[name]
    data = load_dataset(name, "all", size=size)
    patterns = {
        "food": {"n / n.r s n.l / n", "n / n.r s n.l / n n.l / n", "n n.l / n / n.r s n.l / n"},
        "it": {"n / n.r s n.l / n", "n / n.r s n.l / n n.l / n", "n n.l / n / n.r s n.l / n"},
        "subject": {"n / n.r n s.l n / n.r s n.l / n"},
        "object": {"n / n.r n n.l.l s.l / n / n.r s n.l"},
    }
    reader = PregroupReader(target=target)
    for sentence, label in data:
        types = reader.derive(sentence).types
        assert " / ".join(str(t).replace(" @ ", " ") for t in types) in patterns[label], sentence


def test_a_shipped_set_depends_on_its_seed_and_on_nothing_else() -> None:
    code = (
        "from qnlp.datasets import load_dataset as load; import hashlib;"
        "data = [load(n, 'all', seed=5) for n in ('food-it', 'relative-clauses')];"
        "print(hashlib.sha256(repr([list(d) for d in data]).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("0", "1", "random")
    }
    assert digests == {"5daf57586ecca19d081a1d03feebd90188d578e3be1ca35b0c1bb4ebb02919f2"}
    assert load_dataset("food-it", seed=5) != load_dataset("food-it", seed=6)


def test_a_generator_gives_whole_sets() -> None:
    data = load_dataset("food-it", "all", seed=np.random.Generator(np.random.PCG64(3)))
    assert data == load_dataset("food-it", "all", seed=3)
    with pytest.raises(DataError, match="seed has a generator with split 'test'"):
        load_dataset("food-it", "test", seed=np.random.default_rng(3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "mc"}, "dataset has 'mc', expected one of"),
        ({"name": "food-it", "split": "valid"}, "split has 'valid', expected one of"),
        ({"name": "food-it", "size": 0}, "size has 0, expected at least 10"),
        ({"name": "food-it", "size": 10**6}, "size has 1000000, expected at most 3024"),
    ],
)
def test_a_set_that_is_not_there_is_refused(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_dataset(**arguments)  # type: ignore[arg-type]


def test_no_seed_is_no_seed() -> None:
    with pytest.raises(TypeError):
        load_dataset("food-it", seed=None)  # type: ignore[arg-type]


def test_clean_splits_pass_in_silence() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = check_splits(load_dataset("food-it"), load_dataset("food-it", "test"), strict=True)
    assert found == SplitCheck(0, 0)


def test_duplicates_and_conflicts_are_counted_and_warned_of() -> None:
    train = LabelledSentences(["Cats sleep.", "dogs run", "dogs run"], ["x", "x", "y"])
    lines = [SourceLine("test.txt", i) for i in (1, 2, 3)]
    test = LabelledSentences(["cats  sleep", "birds fly", "birds fly"], ["y", "x", "x"], lines)
    with pytest.warns(UserWarning, match="training data too") as caught:
        assert check_splits(train, test) == SplitCheck(duplicates=1, conflicts=2)
    assert str(caught[0].message) == (
        "1 of 3 test sentences stand in the training data too, first 'cats  sleep' (test.txt:1); "
        "2 sentences have several labels, first 'cats sleep': 'x' at sentence 0, 'y' at test.txt:1"
    )
    assert caught[0].filename == __file__


def test_strict_makes_an_error_of_the_warning() -> None:
    data = LabelledSentences(["cats sleep"], ["x"])
    with pytest.raises(DataError, match="1 of 1 test sentences stand in the training data"):
        check_splits(data, data, strict=True)
