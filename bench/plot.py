"""Draws lines over two logarithmic axes, as SVG."""

import html
import math
import os
import pathlib

WIDTH, HEIGHT = 860, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 330, 20, 50  # margins; the legend is in the right one
COLOURS = ("#c0392b", "#7f8c8d", "#2471a3", "#85c1e9", "#1e8449", "#b7950b")


class Axis:
    """Maps values of whole decades, or halves of them, to a stretch of pixels."""

    def __init__(self, values, start, end):
        self.low = math.floor(math.log10(min(values)) * 2) / 2
        self.high = math.ceil(math.log10(max(values)) * 2) / 2
        self.high += 0.5 * (self.high == self.low)
        self.start, self.end = start, end

    def place(self, value):
        return self.start + (math.log10(value) - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self):
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        return [digit * 10.0**decade for decade in decades for digit in (1, 2, 5)
                if self.low <= math.log10(digit * 10.0**decade) + 1e-9 <= self.high + 2e-9]


def text(x, y, words, **attributes):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{html.escape(words)}</text>'


def axes(across, up, x_title, y_title):
    for tick in across.ticks():
        x = across.place(tick)
        yield f'<path d="M{x:.1f} {up.start}V{up.end}" stroke="#ddd"/>'
        if str(tick).startswith("1"):  # there is no room for more
            yield text(x, up.start + 18, f"{tick:,.0f}", text_anchor="middle")
    for tick in up.ticks():
        y = up.place(tick)
        yield f'<path d="M{across.start} {y:.1f}H{across.end}" stroke="#ddd"/>'
        yield text(across.start - 8, y + 4, f"{tick:g}", text_anchor="end")
    yield text((across.start + across.end) / 2, HEIGHT - 10, x_title, text_anchor="middle")
    middle = (up.start + up.end) / 2
    yield text(18, middle, y_title, text_anchor="middle", transform=f"rotate(-90 18 {middle:.1f})")


def curves(lines, across, up):
    for number, (label, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = "L".join(f"{across.place(x):.1f} {up.place(y):.1f}" for x, y in points)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        for x, y in points:
            yield f'<circle cx="{across.place(x):.1f}" cy="{up.place(y):.1f}" r="3" fill="{colour}"/>'
        yield text(across.end + 16, TOP + 16 + 20 * number, label, fill=colour)


def write(lines, x_title, y_title):
    """Writes {label: [(x, y), ...]} into the folder of results."""
    points = [point for line in lines.values() for point in line]
    across = Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    up = Axis([y for _, y in points], HEIGHT - BOTTOM, TOP)
    parts = [*axes(across, up, x_title, y_title), *curves(lines, across, up)]
    path = pathlib.Path(os.environ["BENCH_RESULTS"]) / "cost_per_lead.svg"
    svg = (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
           'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="#fff"/>\n'
           + "\n".join(parts) + "\n</svg>\n")
    path.write_text(svg, encoding="utf-8")
