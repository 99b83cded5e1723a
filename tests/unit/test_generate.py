"""Corpora of random functions: what is in them, what is not, and the files they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import symnum
from symnum import DomainError, Expression, ExpressionError
from symnum.cli import app
from symnum.generate import (
    FunctionOptions,
    generate_functions,
    read_functions,
    read_problems,
    write_functions,
)

SMALL = FunctionOptions(max_variables=2, max_extra=0, max_unary=1, n_points=8)


def test_values_are_those_of_the_formulas() -> None:
    corpus = generate_functions(200, seed=4)
    for k in range(len(corpus)):
        x, y = corpus.points(k)
        own = corpus.expression(k).evaluate(x.astype(np.float64))
        np.testing.assert_array_equal(own.astype(np.float32), y)


def test_no_two_functions_are_equal() -> None:
    corpus = generate_functions(500, seed=0, options=SMALL)
    assert len({corpus.expression(k) for k in range(len(corpus))}) == 500


def test_what_is_excluded_does_not_occur_in_any_order_of_variables_or_with_other_constants() -> (
    None
):
    plain = generate_functions(300, seed=0, options=SMALL)
    formulas = [plain.expression(k) for k in range(300)]
    chosen = [k for k, f in enumerate(formulas) if len(f.constants) and f.complexity > 5][:5]
    assert {len(formulas[k].variables) for k in chosen} == {1, 2}
    exclude = [Expression(str(formulas[k]).replace("x0", "b").replace("x1", "a")) for k in chosen]
    other = [f.with_constants(f.constants * 1.37) for f in exclude]
    corpus = generate_functions(250, seed=0, options=SMALL, exclude=other)
    items = set(corpus.arrays["item"].tolist())
    assert not items & set(plain.arrays["item"][chosen].tolist())
    # All else is as it was.
    kept = [k for k in plain.arrays["item"].tolist() if k in items]
    assert len(kept) > 200


def test_corpus_does_not_depend_on_the_number_of_threads() -> None:
    one = generate_functions(300, seed=9)
    symnum.set_num_threads(4)
    try:
        four = generate_functions(300, seed=9)
    finally:
        symnum.set_num_threads(1)
    for name, values in one.arrays.items():
        np.testing.assert_array_equal(values, four.arrays[name])


def test_corpus_holds_exact_integers_and_terms_without_constants_and_physical_ranges() -> None:
    corpus = generate_functions(400, seed=2)
    formulas = [corpus.expression(k) for k in range(len(corpus))]
    without = np.mean([len(f.constants) == 0 for f in formulas])
    assert 0.15 < without < 0.6
    positive = np.mean([np.all(corpus.points(k)[0] > 0) for k in range(len(corpus))])
    assert 0.2 < positive < 0.7


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_stopped_and_resumed_corpus_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    write_functions(whole, 250, seed=1, options=SMALL, shard_size=100)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_functions(parts, 250, seed=1, options=SMALL, shard_size=100, on_shard=stop)
    assert len(files(parts)) == 2
    write_functions(parts, 250, seed=1, options=SMALL, shard_size=100)
    assert files(whole) == files(parts)
    assert sum(len(corpus) for corpus in read_functions(parts)) == 250


def test_folder_of_another_corpus_is_refused(tmp_path: Path) -> None:
    write_functions(tmp_path, 20, seed=1, options=SMALL)
    with pytest.raises(DomainError, match=r"other settings \(seed\)"):
        write_functions(tmp_path, 20, seed=2, options=SMALL)


def test_damaged_shard_is_refused_by_name(tmp_path: Path) -> None:
    write_functions(tmp_path, 20, seed=1, options=SMALL)
    shard = tmp_path / "shard-00000.safetensors"
    data = bytearray(shard.read_bytes())
    data[-1] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.raises(DomainError, match="shard-00000"):
        list(read_functions(tmp_path))
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text().replace("shard-00000", "../shard-00000"))
    with pytest.raises(DomainError, match="a file of that folder"):
        list(read_functions(tmp_path))
    manifest.write_text("{}")
    with pytest.raises(DomainError, match="not the manifest"):
        list(read_functions(tmp_path))


def test_problem_files_are_read(tmp_path: Path) -> None:
    text = tmp_path / "laws.txt"
    text.write_text("# laws\nE = m*c**2\n\nsin(x)\n")
    assert read_problems(text) == [Expression("m*c**2"), Expression("sin(x)")]
    found = tmp_path / "laws.json"
    found.write_text(json.dumps({"systems": [{"equation_sympy": ["x_1", "-sin(x_0)"]}]}))
    assert read_problems(found) == [Expression("x_1"), Expression("-sin(x_0)")]
    text.write_text("x + 1\nzeta(x)")
    with pytest.warns(UserWarning, match=r"zeta.*left out"):
        assert read_problems(text) == [Expression("x + 1")]
    text.write_text("sin(x")
    with pytest.raises(ExpressionError, match=r"laws\.txt: formula 'sin\(x'"):
        read_problems(text)
    text.write_text("")
    with pytest.raises(ExpressionError, match="has no formulas"):
        read_problems(text)
    found.write_text("{")
    with pytest.raises(ExpressionError, match="is not JSON"):
        read_problems(found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (FunctionOptions(max_variables=9), "max_variables is 9"),
        (FunctionOptions(n_points=1), "n_points is 1"),
        (FunctionOptions(max_value=float("nan")), "max_value is nan"),
    ],
)
def test_options_that_cannot_be_met_are_refused(options: FunctionOptions, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        generate_functions(10, seed=0, options=options)


def test_more_functions_than_there_are_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FunctionOptions, "chunk", 3)
    monkeypatch.setattr("symnum._generate.source._LONGEST_GAP", 1)
    few = FunctionOptions(max_variables=1, max_extra=0, max_unary=0, n_points=2)
    with pytest.raises(DomainError, match="no item of 1 chunks in a row is new after"):
        generate_functions(10_000, seed=0, options=few)


def test_command_writes_a_corpus_and_reports_on_standard_error(tmp_path: Path) -> None:
    laws = tmp_path / "laws.txt"
    laws.write_text("a*b\n")
    folder = tmp_path / "corpus"
    arguments = ["generate", str(folder), "-n", "60", "--variables", "2", "--points", "10"]
    answer = CliRunner().invoke(app, [*arguments, "--exclude", str(laws), "--shard-size", "40"])
    assert answer.exit_code == 0, answer.output
    assert answer.stdout.strip() == str(folder / "manifest.json")
    assert answer.stderr.splitlines() == ["40 of 60 functions", "60 of 60 functions"]
    formulas = [c.expression(k) for c in read_functions(folder) for k in range(len(c))]
    assert len(formulas) == 60
    assert Expression("x0*x1") not in formulas
