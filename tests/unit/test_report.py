"""Reports in HTML: what stands in them, that they are whole, and that no text gets out of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from symnum import ODERegressor, SymbolicRegressor
from symnum._report.plot import Plot, ticks
from symnum._report.reports import formula_report, system_report

VOID = {"meta", "br"}


class Outline(HTMLParser):
    """Open elements, and every element there is."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.found.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(path: Path) -> Outline:
    found = Outline()
    found.feed(path.read_text())
    assert not found.open
    return found


NASTY = "<script>alert('&')</script>\""


@pytest.fixture(scope="module")
def law(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "law.html"
    x = np.random.default_rng(0).uniform(1, 4, (60, 2))
    y = x[:, 0] * x[:, 1] ** 2
    model = SymbolicRegressor(table_size=500, timeout_in_seconds=20, random_state=0)
    model.fit(x, y, variable_names=["mass", "speed"])
    formula_report(model, x, y, NASTY, path)
    return path


def test_a_law_s_report_has_its_formula_plots_and_code(law: Path) -> None:
    text = law.read_text()
    assert "mass*speed**2" in text
    assert r"\mathrm{mass}" in text or "mass" in text
    assert "double f(const double *x)" in text
    assert "Expression(&#x27;mass*speed**2&#x27;" in text
    assert outline(law).found.count("svg") == 5
    assert text.count('<tr class="pick">') == 1


def test_a_report_has_no_script_and_no_link(law: Path) -> None:
    elements = outline(law).found
    assert not {"script", "link", "img", "iframe", "a"} & set(elements)
    text = law.read_text()
    assert "http" not in text.replace('http-equiv="', "").lower()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_a_report_replaces_what_was_there_as_a_whole(law: Path, tmp_path: Path) -> None:
    target = tmp_path / "gone" / "law.html"
    x = np.arange(1.0, 9.0)[:, None]
    model = SymbolicRegressor(table_size=64, timeout_in_seconds=5).fit(x, x[:, 0])
    with pytest.raises(FileNotFoundError):
        formula_report(model, x, x[:, 0], "y", target)
    assert not list(tmp_path.iterdir())


def test_a_system_s_report_draws_every_state(tmp_path: Path) -> None:
    times = np.linspace(0, 6, 40)
    values = np.column_stack([np.exp(-0.5 * times), 2 + np.exp(-0.3 * times)])
    values[3, 1] = np.nan
    model = ODERegressor(timeout_in_seconds=20).fit(times, values, state_names=["a", "b"])
    path = tmp_path / "system.html"
    system_report(model, [times], [values], path)
    text = path.read_text()
    assert outline(path).found.count("svg") == 5
    assert r"\dot{a}" in text
    assert "double f1(const double *x)" in text


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([], []),
        ([1.0], [1.0]),
        ([0.0, 0.0], [0.0, 0.0]),
        ([1.0, 2.0], [np.nan, np.inf]),
        ([-1e308, 1e308], [-1e308, 1e308]),
        ([1e-300, 2e-300], [1e-320, 3.0]),
        (np.arange(5000.0), np.sin(np.arange(5000.0))),
    ],
)
def test_a_plot_of_any_numbers_is_well_formed(x: object, y: object, log_y: bool) -> None:
    plot = Plot(NASTY, NASTY, NASTY, log_y=log_y).points(x, y, 0, NASTY).line(x, y, 7)
    text = plot.svg()
    ET.fromstring(text)
    assert "nan" not in text.replace("&", "")
    assert "inf" not in text
    assert len(text) < 60_000


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0.13, 0.92) == [0.2, 0.4, 0.6, 0.8]
    for low, high in np.random.default_rng(0).normal(0, 1e3, (200, 2)).tolist():
        a, b = min(low, high), max(low, high)
        found = ticks(a, b)
        assert 2 <= len(found) <= 7
        assert a <= found[0]
        assert found[-1] <= b
