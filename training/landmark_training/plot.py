"""What was said of blocks against what was so, as a picture: python -m landmark_training.plot reports/NAME.json

A point for each tenth of probability; above the diagonal blocks held the answer oftener than was said. Figures are the
report's; nothing is measured.
"""

import json
import math
import sys
from pathlib import Path

SIDE, LEFT, TOP, BELOW = 260, 46, 34, 44  # of the square and the room around it
TICKS = (0, 0.25, 0.5, 0.75, 1)
LINE = "#0a8f5b"


def _x(share: float) -> float:
    return round(LEFT + share * SIDE, 1)


def _y(share: float) -> float:
    return round(TOP + (1 - share) * SIDE, 1)


def _text(x: float, y: float, anchor: str, words: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{words}</text>'


def reliability_plot(title: str, reliability: list[dict]) -> str:
    """reliability: bins with blocks, and said and held where there are any. A point's area grows with the logarithm of its blocks."""
    points = [(_x(row["said"]), _y(row["held"]), row) for row in reliability if row["blocks"]]
    path = " ".join(f"{x},{y}" for x, y, _ in points)
    width, height = LEFT + SIDE + 30, TOP + SIDE + BELOW
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="#fff"/>', _text(LEFT, TOP - 14, "start", title)]
    for tick in TICKS:
        label = str(tick).replace("0.", ".", 1)
        lines += [f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(tick)}" y2="{_y(tick)}" stroke="#ddd"/>',
                  _text(LEFT - 6, _y(tick) + 4, "end", label), _text(_x(tick), TOP + SIDE + 16, "middle", label)]
    lines += [f'<line x1="{_x(0)}" x2="{_x(1)}" y1="{_y(0)}" y2="{_y(1)}" stroke="#8a8a8a" stroke-dasharray="4 4"/>',
              _text(LEFT + SIDE / 2, TOP + SIDE + 34, "middle", "probability that was said"),
              f'<polyline points="{path}" fill="none" stroke="{LINE}" stroke-width="2"/>']
    for x, y, row in points:
        radius = round(1.5 + math.sqrt(math.log(row["blocks"])), 1)
        words = f"{row['blocks']:,} blocks: {row['said']:.2f} said, {row['held']:.2f} held the answer"
        lines.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{LINE}"><title>{words}</title></circle>')
    return "\n".join([*lines, "</svg>", ""])


def plot_report(report: Path) -> Path:
    """Beside the report; returns where."""
    saved = json.loads(report.read_text(encoding="utf-8"))
    target = report.with_name(f"{report.stem}-reliability.svg")
    title = "share of blocks that held the answer"
    target.write_text(reliability_plot(title, saved["calibration"]["fusion"]["reliability"]), encoding="utf-8")
    return target


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(plot_report(Path(name)))
