"""Systems and their solutions from noisy windows: what is read, written, fitted and refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from symnum import DomainError, Expression, ExpressionError, ODESystem, ShapeError
from symnum._prose.examples import ProseData, Visits, over_states, scales
from symnum._prose.refine import Window, alike
from symnum.generate import TrajectoryOptions, add_noise, generate_corpus

torch = pytest.importorskip("torch")
pytest.importorskip("accelerate")

from symnum import CheckpointError
from symnum._neural.command import run
from symnum._prose.model import ModelConfig, ProseTask, relative_squares, tensors
from symnum._prose.operators import DECODERS, n_parameters, operator_decoder
from symnum.nn import Width
from symnum.prose import Prose

CONFIGS = Path(__file__).parents[2] / "symnum" / "configs"
SMALL = ProseData(batch_size=5, n_batches=6)


def test_tokens_of_a_visit_are_those_of_its_system() -> None:
    visits = Visits(SMALL)
    for visit in visits.chunk(0):
        corpus = SMALL.trajectories.draw(SMALL.seed, visit.item, 1)
        true = corpus.system(0)
        sides = visits.words.decode(visit.tokens[1:])
        u = np.random.default_rng(0).uniform(-1, 1, (6, true.n_states))
        wide = np.concatenate([u, np.zeros((6, 5 - true.n_states))], axis=1)
        for k, side in enumerate(sides):
            np.testing.assert_allclose(
                side.evaluate(wide), true.derivatives(u)[:, k], rtol=2e-3, atol=2e-3
            )
        np.testing.assert_array_equal(visit.targets[0], corpus.values(0)[_place(visit)])


def _place(visit: object) -> int:
    times = SMALL.trajectories.times.astype(np.float32)
    return int(np.flatnonzero(times == visit.query_times[0])[0])  # type: ignore[attr-defined]


def test_visits_are_functions_of_their_numbers_and_never_held_out() -> None:
    one, other = Visits(SMALL), Visits(SMALL)
    second = other.chunk(1)
    for a, b in zip(one.chunk(1), second, strict=True):
        for name in ("window", "guess", "tokens", "query_times", "targets"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    held_out = one.held_out(15)
    assert min(v.item for v in held_out) > SMALL.n_trajectories
    assert held_out[0].targets.shape == (128, 3)
    again = Visits(ProseData(batch_size=5, n_batches=6, n_trajectories=30)).chunk(1)
    assert [v.item for v in again] == list(range(30))
    assert not np.array_equal(again[0].window, one.chunk(0)[0].window)


def test_guesses_are_corrupted_as_often_as_asked() -> None:
    data = ProseData(batch_size=20, n_batches=15, families=("lorenz_3d",))
    visits = Visits(data)
    intact = visits.templates[0].intact
    guesses = [v.guess for v in visits.chunk(0)]
    none = np.mean([len(g) == 1 for g in guesses])
    right = np.mean([np.array_equal(g, intact) for g in guesses])
    assert abs(none - 0.1) < 0.05
    assert abs(right - 0.9 * 0.7) < 0.08


@pytest.mark.parametrize("name", DECODERS)
def test_decoders_have_one_interface_and_about_equally_many_parameters(name: str) -> None:
    torch.manual_seed(0)
    width = Width(32, 4)
    decoder = operator_decoder(name, width, 5, 2)
    for n_layers in (1, 2, 3):
        equal = n_parameters(operator_decoder("cross_attention", width, 5, n_layers))
        own = n_parameters(operator_decoder(name, width, 5, n_layers))
        assert abs(own / equal - 1) < 0.07
    memory, times = torch.randn(3, 7, 32), torch.rand(3, 11)
    mask = torch.ones(3, 7, dtype=torch.bool)
    mask[:, 5:] = False
    found = decoder(memory, mask, times)
    assert found.shape == (3, 11, 5)
    # What the mask hides, and the other times, change nothing.
    hidden = torch.cat([memory[:, :5], torch.full((3, 2, 32), 9.0)], 1)
    torch.testing.assert_close(decoder(hidden, mask, times[:, 4:6]), found[:, 4:6])
    moved = decoder(memory + torch.randn(3, 7, 32), mask, times)
    assert not torch.allclose(moved, found, atol=1e-4)
    found.square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in decoder.parameters())


@pytest.mark.parametrize("name", DECODERS)
def test_decoders_learn_a_function_of_latent_and_time(name: str) -> None:
    torch.manual_seed(0)
    decoder = operator_decoder(name, Width(16, 2), 1, 2)
    memory = torch.randn(24, 3, 16)
    times = torch.rand(24, 8)
    target = torch.sin(4 * times + memory[:, 0, :1])[..., None]
    optimizer = torch.optim.Adam(decoder.parameters(), lr=1e-2)
    for _ in range(60):
        loss = (decoder(memory, None, times) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.5 * float(target.var())


def test_decoder_of_another_name_is_refused() -> None:
    with pytest.raises(DomainError, match="operator is 'fno', expected one of cross_attention"):
        operator_decoder("fno", Width(8, 2), 1, 1)


def noisy(
    family: str, item: int = 0, level: float = 0.02
) -> tuple[ODESystem, np.ndarray, np.ndarray]:
    options = TrajectoryOptions(families=(family,), rtol=1e-9)
    corpus = generate_corpus(options, item + 1, seed=5)
    values = corpus.values(item).astype(float)
    return corpus.system(item), values, add_noise(values[:64], level, seed=2, item=item)


TIMES = TrajectoryOptions().times


@pytest.mark.parametrize("family", ["thomas", "lorenz_3d", "sprott_linz_F", "rossler"])
def test_coefficients_far_off_are_found_through_the_solver(family: str) -> None:
    true, values, window = noisy(family)
    rng = np.random.default_rng(0)
    off = [s.with_constants(s.constants * np.exp(0.3 * rng.normal(size=len(s.constants)))) for s in over_states(true)]  # fmt: skip
    found = Window(TIMES[:64], window).refine(off)
    assert 0.5 < found.misfit < 4
    later = found.system.simulate(found.initial, np.r_[0.0, TIMES[64:]], rtol=1e-9).values[1:]
    error = np.linalg.norm(later - values[64:]) / np.linalg.norm(values[64:])
    assert error < 0.05
    exact = Window(TIMES[:64], values[:64]).refine(off)
    for side, own in zip(exact.system.equations, over_states(true), strict=True):
        np.testing.assert_allclose(side.constants, own.constants, rtol=2e-3, atol=1e-3)


def test_constants_that_may_be_one_are_made_one_where_that_says_more() -> None:
    true, _, window = noisy("lorenz_96_4d")
    found = Window(TIMES[:64], window).refine(over_states(true))
    assert len({c for side in found.system.equations for c in side.constants}) == 1
    assert found.n_fitted == 5
    other, _, window = noisy("lorenz_3d")
    found = Window(TIMES[:64], window).refine(over_states(other))
    assert found.n_fitted == 6


def test_constants_are_alike_within_their_errors() -> None:
    class Fitted:
        sides = (Expression("1.0*x + 1.05*y"), Expression("2.0*x"), Expression("0.5*x + 7.0"))
        deviations = np.array([0.05, 0.05, 0.05, 0.01, 3.0])

    groups = alike(Fitted(), 1.0, 2.5)  # type: ignore[arg-type]
    assert groups[0] == groups[1]
    assert len(np.unique(groups)) >= 3


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Small matrices gain nothing by a second, which waits for the first on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Prose:
    """One that was trained for some seconds."""
    folder = tmp_path_factory.mktemp("prose")
    run("prose", CONFIGS / "prose-tiny.toml", folder / "run", export=folder / "weights")
    return Prose(folder / "weights")


def test_short_training_learns_systems_and_states(model: Prose) -> None:
    task = model._task
    visits = task.visits.held_out(12)
    hits = [task.is_found(visit) for visit in visits]
    assert np.mean(hits) > 0.5
    batch = tensors(visits, task.data.t_end, task.model.group)
    with torch.inference_mode():
        error = relative_squares(task.module(batch)[0], batch)
    assert float(error.mean()) < 0.7


def test_forecast_fits_what_the_model_writes(model: Prose) -> None:
    true, values, window = noisy("thomas", 1)
    found = model.forecast(TIMES[:64], window, true, TIMES[64:])
    assert found.values.shape == (128, 3)
    error = np.linalg.norm(found.values - values[64:]) / np.linalg.norm(values[64:])
    assert error < 0.03
    assert found.misfit < 3
    assert found.system.states == ("u0", "u1", "u2")
    # A shift of time, and earlier times, change nothing else.
    moved = model.forecast(TIMES[:64] + 5, window, true, [5.0, TIMES[70] + 5, 4.9])
    np.testing.assert_allclose(moved.values[1], found.values[6], rtol=1e-5)
    np.testing.assert_allclose(moved.values[0], found.initial, rtol=1e-6)
    assert np.all(np.isfinite(moved.values[2]))


def test_states_and_equations_come_for_any_times_names_and_windows(model: Prose) -> None:
    t = np.sort(np.random.default_rng(0).uniform(0, 2, 30))
    x = np.stack([np.cos(t), -np.sin(t)], axis=1)
    states = model.predict(t, x, {"p": "q", "q": "-p"}, [2.0, 2.5, 3.0, 7.0])
    assert states.shape == (4, 2)
    assert np.all(np.isfinite(states))
    assert model.predict(t, x).shape == (128, 2)
    (system,) = model.equations(t, x, {"p": "q", "q": "-k*p"})
    assert system.states == ("p", "q")
    several = model.equations(t, x, n=3)
    assert len({str(one) for one in several}) == 3
    assert all(one.states == ("u0", "u1") for one in several)
    np.testing.assert_array_equal(model.predict(t, x), model.predict(t, x))


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"t": [0.0, 1.0]}, ShapeError, r"t and x have shapes \(2,\) and \(8, 2\)"),
        ({"x": np.ones((8, 6))}, ShapeError, "x has 6 states, expected 1 to 5"),
        ({"x": np.full((8, 2), np.nan)}, DomainError, "NaN or infinite"),
        ({"t": np.zeros(8)}, DomainError, r"t\[1\] is 0\.0, not after"),
        ({"guess": ["x0"]}, ShapeError, "guess has 1 equations, expected 2"),
        ({"guess": ["x0", "sin(t)"]}, ExpressionError, "'x1' reads the time 't'"),
        ({"guess": ["x0", "+".join(["x0*x1"] * 99)]}, ExpressionError, "at most 160"),
        ({"query_times": []}, ShapeError, r"query_times has shape \(0,\)"),
        ({"query_times": [np.inf]}, ShapeError, "of finite times"),
    ],
)
def test_bad_arguments_are_named(
    model: Prose, change: dict[str, object], kind: type[Exception], message: str
) -> None:
    t = np.linspace(0, 1, 8)
    arguments: dict[str, object] = {"t": t, "x": np.stack([t, t**2], 1), **change}
    with pytest.raises(kind, match=message):
        model.predict(**arguments)  # type: ignore[arg-type]


def test_too_few_times_to_fit_and_too_few_systems_are_refused(model: Prose) -> None:
    t = np.linspace(0, 1, 4)
    with pytest.raises(ShapeError, match="4 times, too few to fit"):
        model.forecast(t, np.stack([t, t], 1))
    with pytest.raises(DomainError, match="n is 0"):
        model.equations(t, np.stack([t, t], 1), n=0)


def test_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError):
        Prose(tmp_path)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"n_input": 200}, "n_input is 200"),
        ({"noise": -1.0}, "noise is -1"),
        ({"families": ("lorenz",)}, "families has 'lorenz', expected some of thomas"),
    ],
)
def test_data_out_of_range_are_refused(more: dict[str, object], message: str) -> None:
    with pytest.raises(DomainError, match=message):
        ProseData(**more)  # type: ignore[arg-type]


def test_loss_counts_items_alike_whatever_stands_beside_them() -> None:
    task = ProseTask(ModelConfig(d_model=16, n_heads=2, operator="deeponet"), SMALL, seed=0)
    visits = task.visits.chunk(0)[:4]
    task.module.eval()
    together = task.loss(task.module, tensors(visits, 6.0, 4))
    alone = [task.loss(task.module, tensors([v], 6.0, 4)) for v in visits]
    assert together.weight == 4
    np.testing.assert_allclose(
        float(together.total.detach()), sum(float(one.total.detach()) for one in alone), rtol=1e-4
    )
    assert scales(np.array([[0.0, 2.0]])).tolist() == [2e-3, 2.0]
