"""The page around plots and tables."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from symnum._core import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 980px; margin: 2em auto; padding: 0 1em;
  color: #1c2330; }
table { border-collapse: collapse; } td, th { padding: 3px 10px; text-align: left;
  border-bottom: 1px solid #d5dae3; } td.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.pick { background: #eaf2fb; font-weight: 600; } pre, code { font: 13px/1.45 ui-monospace,
  monospace; } pre { background: #f5f6f8; padding: 8px 12px; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; }
td code { overflow-wrap: anywhere; } .plots { display: flex; flex-wrap: wrap; gap: 12px; }
svg { width: 460px; max-width: 100%; height: auto; background: #fff; }
svg text { font-size: 11px; fill: #333; } svg .title { font-size: 13px; font-weight: 600; }
svg .box, svg .line, svg .dots { fill: none; } svg .box, svg .tick { stroke: #888; }
svg .line { stroke-width: 1.6; } svg .dots { stroke-width: 4.5; stroke-linecap: round;
  opacity: .65; } footer { color: #667; margin-top: 3em; font-size: 13px; }
"""


@dataclass(frozen=True)
class Row:
    """One line of the table of formulas."""

    complexity: int
    loss: float
    length: float
    pick: bool
    text: str


def page(title: str, lead: str, sections: Sequence[tuple[str, str]]) -> str:
    """A whole file of HTML.

    Parameters
    ----------
    title, lead : str
        Plain texts; they are escaped.
    sections : sequence of pairs of str
        A heading, which is escaped, and HTML that is ready.

    Returns
    -------
    str
    """
    body = "\n".join(f"<h2>{escape(heading)}</h2>\n{html}" for heading, html in sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
<p>{escape(lead)}</p>
{body}
<footer>symnum {escape(__version__)}</footer>
</body>
</html>
"""


def table(rows: Sequence[Row]) -> str:
    """The front; the chosen one is marked."""
    lines = [
        "<table>",
        "<tr><th>complexity</th><th>loss</th><th>length</th><th>formula</th></tr>",
    ]
    for row in rows:
        mark = ' class="pick"' if row.pick else ""
        text = "<br>".join(f"<code>{escape(line)}</code>" for line in row.text.splitlines())
        lines.append(
            f'<tr{mark}><td class="n">{row.complexity}</td><td class="n">{row.loss:.4g}</td>'
            f'<td class="n">{row.length:.1f}</td><td>{text}</td></tr>'
        )
    return "\n".join([*lines, "</table>"])


def code(text: str) -> str:
    """Text in a box, as it is."""
    return f"<pre>{escape(text)}</pre>"


def plots(*svgs: str) -> str:
    """Plots beside each other."""
    return '<div class="plots">\n' + "\n".join(svgs) + "\n</div>"
