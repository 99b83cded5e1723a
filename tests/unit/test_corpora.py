"""Corpora of laws, systems and trajectories, and what spoils them."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import symnum
from symnum import DomainError, Expression, ODESystem, ShapeError
from symnum._generate.draws import Draws, bits, normals, units
from symnum._generate.laws import most_general
from symnum._terms import terms, total
from symnum.cli import app
from symnum.generate import (
    FAMILIES,
    FunctionOptions,
    LawOptions,
    SystemOptions,
    TrajectoryOptions,
    add_noise,
    corrupt_system,
    generate_corpus,
    read_corpus,
    read_problems,
    write_corpus,
)
from symnum.units import null_space

KINDS: list[Any] = [
    FunctionOptions(max_variables=2, n_points=10),
    LawOptions(max_variables=3, n_points=10),
    SystemOptions(max_states=2, n_times=20),
    TrajectoryOptions(n_times=20),
]
NAMES = [options.kind for options in KINDS]


def equal(one: Any, other: Any) -> bool:
    return one.arrays.keys() == other.arrays.keys() and all(
        np.array_equal(values, other.arrays[name]) for name, values in one.arrays.items()
    )


def split_mix(seed: int, k: int) -> int:
    """Slow: SplitMix64 of the k-th counter, in whole numbers."""

    def mix(z: int) -> int:
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    golden = 0x9E3779B97F4A7C15
    return mix((mix((seed + golden) % 2**64) + (k + 1) * golden) % 2**64)


def test_numbers_are_those_of_split_mix() -> None:
    seeds, counters = np.array([0, 7, 2**64 - 1], np.uint64), np.arange(5, dtype=np.uint64)
    found = bits(seeds[:, np.newaxis], counters)
    assert found.tolist() == [[split_mix(int(s), k) for k in range(5)] for s in seeds]
    drawn = Draws(7)
    assert [drawn.unit() for _ in range(300)] == [
        (split_mix(7, k) >> 11) / 2**53 for k in range(300)
    ]


def test_numbers_have_their_distributions() -> None:
    seeds = np.arange(400, dtype=np.uint64)
    drawn = units(seeds[:, np.newaxis], np.arange(50, dtype=np.uint64)).ravel()
    assert np.abs(np.histogram(drawn, 10, (0, 1))[0] / len(drawn) - 0.1).max() < 0.01
    normal = normals(seeds, 51).ravel()
    assert abs(np.mean(normal)) < 0.02
    assert abs(np.std(normal) - 1) < 0.02
    assert abs(np.mean(normal[1:] * normal[:-1])) < 0.02


@pytest.mark.parametrize("options", KINDS, ids=NAMES)
def test_corpus_does_not_depend_on_threads_workers_or_what_was_drawn_before(options: Any) -> None:
    one = generate_corpus(options, 45, seed=3)
    symnum.set_num_threads(3)
    try:
        assert equal(one, generate_corpus(options, 45, seed=3))
    finally:
        symnum.set_num_threads(1)
    assert equal(one.take(np.arange(30)), generate_corpus(options, 30, seed=3))
    assert not equal(one, generate_corpus(options, 45, seed=4))


def test_corpus_does_not_depend_on_the_number_of_workers() -> None:
    options = SystemOptions(max_states=2, n_times=20)
    assert equal(
        generate_corpus(options, 40, seed=3), generate_corpus(options, 40, seed=3, n_workers=2)
    )


@pytest.mark.parametrize("options", KINDS, ids=NAMES)
def test_stopped_and_resumed_files_are_the_same_and_read_back(options: Any, tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    write_corpus(whole, options, 25, seed=1, shard_size=10)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_corpus(part, options, 25, seed=1, shard_size=10, on_shard=stop)
    write_corpus(part, options, 25, seed=1, shard_size=10)
    files = {path.name: path.read_bytes() for path in whole.iterdir()}
    assert files == {path.name: path.read_bytes() for path in part.iterdir()}
    read = list(read_corpus(whole))
    assert equal(type(read[0]).joined(read), generate_corpus(options, 25, seed=1))
    assert read[0].options == options


def test_manifest_of_another_version_is_refused(tmp_path: Path) -> None:
    write_corpus(tmp_path, TrajectoryOptions(n_times=5), 3, seed=0)
    file = tmp_path / "manifest.json"
    content = json.loads(file.read_text())
    for name, value, message in (
        ("equations", {}, "has other equations than this version"),
        ("kind", "poems", "of kind 'poems', expected one of functions"),
        ("options", {"n_verses": 3}, "none of TrajectoryOptions"),
    ):
        settings = {**content["settings"], name: value}
        file.write_text(json.dumps({**content, "settings": settings}))
        with pytest.raises(DomainError, match=message):
            list(read_corpus(tmp_path))


def is_consistent(formula: Expression, powers: list[dict[str, Any]]) -> bool:
    """Slow: multiply each variable by a factor of its unit; a sound law takes that of its own."""
    rng = np.random.default_rng(0)
    factor = {base: rng.uniform(1.1, 1.9) for base in ("m", "s", "kg", "K", "A")}
    scale = [np.prod([factor[b] ** float(p) for b, p in own.items()]) for own in powers]
    x = rng.uniform(0.5, 2.0, (8, len(powers) - 1))
    before, after = formula.evaluate(x) * scale[-1], formula.evaluate(x * scale[:-1])
    good = np.isfinite(before) & np.isfinite(after)
    return bool(np.allclose(before[good], after[good], rtol=1e-9))


def test_units_of_laws_agree() -> None:
    corpus = generate_corpus(LawOptions(), 300, seed=0)
    several = 0
    for k in range(len(corpus)):
        units_ = corpus.units(k)
        assert is_consistent(corpus.expression(k), [unit.exponents for unit in units_])
        assert any(unit.exponents for unit in units_[:-1])
        several += len({str(unit) for unit in units_[:-1]}) > 1
        x, y = corpus.points(k)
        assert np.all(x > 0)
        own = corpus.expression(k).evaluate(x.astype(np.float64))
        np.testing.assert_array_equal(own.astype(np.float32), y)
    assert several > 100


@pytest.mark.parametrize(
    ("text", "free"),
    [
        ("m*c**2", 2),
        ("a + b", 1),
        ("sin(a*t) + b/c", 2),
        ("exp(a)", 0),
        ("sqrt(a**2 + b**2)/c", 2),
        ("a**b", 0),
        ("a**0.5*b", 2),
        ("max(a, b) - 3*c", 1),
        ("a + 1", 0),
        ("sign(a)*b", 2),
    ],
)
def test_most_general_units_leave_as_much_free_as_the_formula_does(text: str, free: int) -> None:
    program = Expression(text)._program
    assert len(null_space(most_general(program)[1], program.n_variables)) == free


def test_families_are_those_of_the_published_file(shared_data: Path) -> None:
    published = json.loads((shared_data / "symreg" / "prose_ode15.json").read_text())["systems"]
    rng = np.random.default_rng(0)
    assert [family.name for family in FAMILIES] == [system["id"] for system in published]
    for family, system in zip(FAMILIES, published, strict=True):
        centres = system["parameters_center"]
        values = {
            f"p_{name}": centre for name, centre in (centres | system["fixed_parameters"]).items()
        }
        own = family.system
        drawn = [f.evaluate([list(family.centres.values())])[0] for f in family.formulas]
        own = own.with_parameters(dict(zip(own.parameter_names, drawn, strict=True)))
        u = rng.uniform(-2, 2, (20, family.n_states))
        for k, text in enumerate(system["equations_sympy"]):
            side = Expression(
                text.replace("u_", "u"),
                functions={},
            )
            at = {f"u{j}": u[:, j] for j in range(family.n_states)}
            at |= {
                name: np.full(20, values[f"p_{name}"]) for name in side.variables if name not in at
            }
            expected = np.broadcast_to(side.evaluate(at), (20,))
            np.testing.assert_allclose(own.derivatives(u)[:, k], expected, rtol=1e-12)


def test_trajectories_are_solutions_within_their_ranges() -> None:
    options = TrajectoryOptions()
    corpus = generate_corpus(options, 45, seed=11)
    for k in range(45):
        family = FAMILIES[k % 15]
        assert corpus.family(k) == family.name
        values = corpus.values(k)
        assert np.abs(values[0]).max() <= 2.0
        assert np.abs(values).max() < 1e3
        system = corpus.system(k)
        assert system.parameter_names == family.system.parameter_names
        # A short way on from a point in the middle, solved by itself.
        own = system.simulate(values[100], corpus.times[100:105], rtol=1e-10, atol=1e-12).values
        size = np.abs(values).max()
        np.testing.assert_allclose(own, values[100:105], atol=2e-5 * size)
    lorenz = [corpus.system(k).parameters for k in range(1, 45, 15)]
    assert all(9.0 <= p["sigma"] <= 11.0 and 25.2 <= p["rho"] <= 30.8 for p in lorenz)
    assert len({tuple(p.values()) for p in lorenz}) == 3
    rough = corpus.arrays["attempts"]
    assert np.all(rough >= 1)
    assert rough.max() > 1


def test_trajectory_that_cannot_stay_below_the_limit_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("symnum._generate.trajectories._ATTEMPTS", 3)
    options = TrajectoryOptions(families=("lorenz_3d",), limit=0.5)
    with pytest.raises(DomainError, match=r"lorenz_3d stays below 0\.5 in 3 draws"):
        generate_corpus(options, 3, seed=0)


def test_systems_move_and_their_values_are_solutions() -> None:
    corpus = generate_corpus(SystemOptions(), 40, seed=5)
    for k in range(len(corpus)):
        values, system = corpus.values(k), corpus.system(k)
        assert values.shape == (192, system.n_states)
        again = system.simulate(values[0], corpus.times, limit=1e4).values
        np.testing.assert_allclose(again[:20], values[:20], rtol=1e-3, atol=1e-4)
        assert np.ptp(values, axis=0).max() > 0
    sizes = [corpus.system(k).n_states for k in range(len(corpus))]
    assert set(sizes) == {1, 2, 3}


def test_no_two_systems_are_equal_up_to_constants_and_the_order_of_states(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = SystemOptions(max_states=1, max_terms=1, n_times=5)
    corpus = generate_corpus(options, 12, seed=0)
    assert len(set(corpus.arrays["key"].tolist())) == 12
    monkeypatch.setattr(SystemOptions, "chunk", 8)
    monkeypatch.setattr("symnum._generate.source._LONGEST_GAP", 2)
    with pytest.raises(DomainError, match="in a row is new"):
        generate_corpus(replace(options, damping=0.0), 10_000, seed=0)


@pytest.mark.parametrize("options", KINDS[:3], ids=NAMES[:3])
def test_excluded_formulas_do_not_occur(options: Any) -> None:
    plain = generate_corpus(options, 60, seed=2)
    sides = [
        side
        for k in range(60)
        for side in (plain.system(k).equations if "text" in plain.arrays else [plain.expression(k)])
    ]
    exclude = [f.with_constants(f.constants * 1.3) for f in sides if f.complexity > 6][:8]
    skeletons = {f._key[:2] for f in exclude}
    corpus = generate_corpus(options, 50, seed=2, exclude=exclude)
    found = corpus.arrays["item"].tolist()
    assert len(exclude) == 8
    gone = set(plain.arrays["item"].tolist()) - set(found)
    assert len(gone) >= 4
    assert skeletons


@pytest.mark.slow
def test_no_published_problem_occurs_in_a_corpus(shared_data: Path) -> None:
    files = sorted((shared_data / "symreg").glob("*.json"))
    problems = []
    for file in files:
        if file.name not in {"reference_results.json"}:
            with warnings.catch_warnings():  # of functions that no corpus has
                warnings.simplefilter("ignore", UserWarning)
                problems += read_problems(file)
    small = {
        "functions": FunctionOptions(max_variables=2, max_extra=1, max_unary=1, n_points=2),
        "laws": LawOptions(max_variables=3, max_extra=0, max_unary=1, n_points=2),
        "systems": SystemOptions(max_states=2, max_terms=2, n_times=5),
    }
    forms = {f._key[0] for f in problems if f.complexity > 3}
    for options in small.values():
        corpus = generate_corpus(options, 400, seed=0, exclude=problems)
        for k in range(len(corpus)):
            own = corpus.system(k).equations if "text" in corpus.arrays else [corpus.expression(k)]
            assert not any(f._key[0] in forms for f in own if f.complexity > 3)


def test_noise_has_its_size_and_is_each_trajectory_s_own() -> None:
    x = np.random.default_rng(0).normal(size=(3, 400, 2)) * np.array([1, 10, 100])[:, None, None]
    noisy = add_noise(x, 0.05, seed=1, item=4)
    size = np.linalg.norm(noisy - x, axis=(1, 2)) / np.linalg.norm(x, axis=(1, 2))
    np.testing.assert_allclose(size, 0.05, rtol=0.1)
    np.testing.assert_array_equal(noisy[2], add_noise(x[2], 0.05, seed=1, item=6))
    with pytest.raises(DomainError, match="level is -1"):
        add_noise(x, -1, seed=0)
    with pytest.raises(ShapeError, match="values has shape"):
        add_noise([1.0], 0.1, seed=0)


LORENZ = ODESystem(
    {"x": "sigma*(y - x)", "y": "x*(28 - z) - y", "z": "x*y - 2.67*z"}, parameters={"sigma": 10.0}
)


def n_terms(system: ODESystem) -> int:
    return sum(len(terms(side)) for side in system.equations)


def test_corruptions_change_one_term_or_all_coefficients() -> None:
    found = [corrupt_system(LORENZ, seed=0, item=k, misspecify=0.2) for k in range(300)]
    counts = {change: sum(f.change == change for f in found) for change in ("none", "deleted", "added", "coefficients")}  # fmt: skip
    assert abs(counts["none"] - 150) < 30
    assert all(abs(counts[c] - n) < 25 for c, n in (("deleted", 45), ("added", 45), ("coefficients", 60)))  # fmt: skip
    difference = {"none": 0, "deleted": -1, "added": 1, "coefficients": 0}
    u = np.random.default_rng(0).normal(size=(5, 3))
    for guess in found:
        assert n_terms(guess.system) == n_terms(LORENZ) + difference[guess.change]
        same = np.allclose(guess.system.derivatives(u), LORENZ.derivatives(u))
        assert same == (guess.change == "none")
    assert corrupt_system(LORENZ, seed=0, item=7) == corrupt_system(LORENZ, seed=0, item=7)


def test_corruption_refuses_what_is_no_distribution_or_has_no_values() -> None:
    with pytest.raises(DomainError, match="expected probabilities"):
        corrupt_system(LORENZ, seed=0, delete=0.8, add=0.5)
    with pytest.raises(ShapeError, match="no value for 'k'"):
        corrupt_system(ODESystem({"x": "-k*x"}), seed=0)


def test_terms_add_up_to_their_formula() -> None:
    for seed in range(100):
        formula = generate_corpus(FunctionOptions(n_points=5), 1, seed=seed).expression(0)
        x = np.random.default_rng(seed).uniform(0.5, 2, (6, len(formula.variables)))
        again = total(terms(formula), formula.variables)
        np.testing.assert_allclose(again.evaluate(x), formula.evaluate(x), rtol=1e-9, atol=1e-9)
    assert str(total([], ("x",))) == "0"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (TrajectoryOptions(families=("duffin",)), "families has 'duffin', expected some of thomas"),
        (TrajectoryOptions(families=()), "families has none"),
        (TrajectoryOptions(n_times=1), "n_times is 1, expected 2"),
        (SystemOptions(max_states=7), "max_states is 7, expected 1 to 6"),
        (SystemOptions(damping=float("nan")), "damping is nan"),
        (LawOptions(max_variables=9), "max_variables is 9"),
    ],
)
def test_options_out_of_range_are_refused(options: Any, message: str) -> None:
    with pytest.raises(DomainError, match=message):
        generate_corpus(options, 3, seed=0)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"seed": -1}, "seed is -1, expected 0 to"),
        ({"n": 0}, "n is 0, expected at least 1"),
        ({"n_workers": 0}, "n_workers is 0"),
    ],
)
def test_arguments_out_of_range_are_refused(more: dict[str, int], message: str) -> None:
    arguments: dict[str, Any] = {"n": 3, "seed": 0, **more}
    with pytest.raises(DomainError, match=message):
        generate_corpus(LawOptions(), **arguments)


@pytest.mark.parametrize("kind", ["laws", "systems", "trajectories"])
def test_command_writes_every_kind(kind: str, tmp_path: Path) -> None:
    more = ["--family", "thomas"] if kind == "trajectories" else []
    answer = CliRunner().invoke(app, ["generate", str(tmp_path), "--kind", kind, "-n", "6", *more])
    assert answer.exit_code == 0, answer.output
    assert answer.stderr.splitlines() == [f"6 of 6 {kind}"]
    (corpus,) = read_corpus(tmp_path)
    assert len(corpus) == 6
