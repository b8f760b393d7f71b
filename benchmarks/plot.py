"""The plot of growth: what activities cost by the number of settled entries, as an SVG that is
readable in light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.harness import BenchmarkRow

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 590, 56, 252
_BOUND = 1.15
#: The lines' colours differ in lightness too, and each has marks of its own.
_STYLE = """
text{font:13px system-ui,sans-serif;fill:#15201e}.soft{fill:#46524f}
.grid{stroke:#c9d0ce}.bound{stroke:#b3261e;stroke-dasharray:6 4}.alarm{fill:#b3261e}
.l0{stroke:#0a6a67;fill:#0a6a67}.l1{stroke:#8a4b08;fill:#8a4b08}.l2{stroke:#3949ab;fill:#3949ab}
.bg{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e8edec}.soft{fill:#b3bebb}.bg{fill:#111615}
.grid{stroke:#3b4543}.bound{stroke:#ff8a80}.alarm{fill:#ff8a80}
.l0{stroke:#5ccbc1;fill:#5ccbc1}.l1{stroke:#f0b060;fill:#f0b060}.l2{stroke:#9fa8ff;fill:#9fa8ff}}
"""
_TITLE = "Processor time by the number of settled entries, against an empty store"


def growth_plot(rows: Iterable[BenchmarkRow]) -> str:
    """The curves of the rows that have one, the longest of each activity."""
    curves: dict[str, Sequence[tuple[int, float]]] = {}
    for row in rows:
        if row.curve:
            curves[row.name.rpartition("-")[0].removeprefix("growth-")] = row.curve
    sizes = sorted({size for curve in curves.values() for size, _ in curve})
    top = max([_BOUND, *(y for curve in curves.values() for _, y in curve)]) * 1.1
    parts = [*_frame(sizes, top)]
    for number, (name, curve) in enumerate(curves.items()):
        parts += _line(number, name, [(_x(size, sizes), _y(y, top)) for size, y in curve])
    return "\n".join([*_head(), *parts, "</svg>", ""])


def _head() -> Iterator[str]:
    size = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{_TITLE}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size}>'
    yield f"<style>{_STYLE}</style>"
    yield f'<rect class="bg" width="{_WIDTH}" height="{_HEIGHT}" rx="10"/>'
    yield f'<text x="{_LEFT}" y="24">{_TITLE}</text>'


def _frame(sizes: Sequence[int], top: float) -> Iterator[str]:
    """Grid, labels of both axes, and the bound."""
    for size in sizes:
        x = _x(size, sizes)
        yield f'<line class="grid" x1="{x}" y1="{_TOP}" x2="{x}" y2="{_BOTTOM}"/>'
        yield f'<text class="soft" x="{x}" y="{_BOTTOM + 22}" text-anchor="middle">{size:,}</text>'
    for number in range(math.floor(top * 2) + 1):
        y = _y(number / 2, top)
        yield f'<line class="grid" x1="{_LEFT}" y1="{y}" x2="{_RIGHT}" y2="{y}"/>'
        label = f"{number / 2:g} ×"
        yield f'<text class="soft" x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{label}</text>'
    y = _y(_BOUND, top)
    yield f'<line class="bound" x1="{_LEFT}" y1="{y}" x2="{_RIGHT}" y2="{y}"/>'
    yield f'<text class="alarm" x="{_LEFT + 6}" y="{y - 6}">bound {_BOUND:g} ×</text>'


def _line(number: int, name: str, points: Sequence[tuple[float, float]]) -> Iterator[str]:
    path = " ".join(f"{x},{y}" for x, y in points)
    yield f'<polyline class="l{number}" style="fill:none;stroke-width:2" points="{path}"/>'
    for x, y in points:
        yield f'<circle class="l{number}" cx="{x}" cy="{y}" r="{3 + number}"/>'
    x = _LEFT + number * 120
    yield f'<circle class="l{number}" cx="{x + 6}" cy="42" r="{3 + number}"/>'
    yield f'<text x="{x + 18}" y="46">{name}</text>'


def _x(size: int, sizes: Sequence[int]) -> float:
    """Sizes are powers of ten: each has the same distance to the next."""
    return round(_LEFT + (_RIGHT - _LEFT) * sizes.index(size) / max(len(sizes) - 1, 1), 1)


def _y(figure: float, top: float) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * figure / top, 1)
