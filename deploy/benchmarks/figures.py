"""Figures beside those of a peer, as a table."""

import math
from dataclasses import dataclass
from statistics import median

__all__ = ["Aim", "RSTUF", "Table", "median", "percentile"]

# The peer's figures come from another run, on a machine of the same kind.
RSTUF = "RSTUF 1.0, another run"


def percentile(values, percent):
    """The smallest value that at least `percent` % of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True)
class Aim:
    """What a figure should reach: `at_most` for the figure itself, `ratio_at_least` or `ratio_at_most` to the peer."""

    at_most: float = None
    ratio_at_least: float = None
    ratio_at_most: float = None

    def text(self, ours, ratio, unit):
        if self.at_most is not None:
            return f"≤ {number(self.at_most)} {unit}: {verdict(ours <= self.at_most)}"
        if ratio is None:
            return ""
        if self.ratio_at_least is not None:
            return f"ratio ≥ {self.ratio_at_least:.2f}: {verdict(ratio >= self.ratio_at_least)}"
        return f"ratio ≤ {self.ratio_at_most:.2f}: {verdict(ratio <= self.ratio_at_most)}"


class Table:
    """Rows of figure, ours, peer, ratio, aim, in groups."""

    def __init__(self, heading):
        self._heading = heading
        self._rows = []

    def group(self, title):
        self._rows.append((title,))

    def add(self, figure, ours, unit, peer=None, peer_name="", aim=None):
        """A row. `peer` is a number, or several of which the first is the one that the ratio is taken of."""
        peers = [] if peer is None else list(peer) if isinstance(peer, (list, tuple)) else [peer]
        ratio = ours / peers[0] if peers and peers[0] else None
        said = f"{' / '.join(map(number, peers))} {unit}, {peer_name}" if peers else "–"
        self._rows.append((
            figure, f"{number(ours)} {unit}", said, "–" if ratio is None else f"{ratio:.2f}",
            aim.text(ours, ratio, unit) if aim else "",
        ))  # fmt: skip

    def text(self):
        heads = ("figure", "ours", "peer", "ratio", "aim")
        full = [row for row in self._rows if len(row) == len(heads)]
        widths = [max(len(row[column]) for row in [heads, *full]) for column in range(len(heads))]

        def line(row):
            cells = [
                cell.rjust(width) if column in (1, 3) else cell.ljust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            return "  ".join(cells).rstrip()

        lines = [self._heading, "ratio = ours / peer", "", line(heads), line(tuple("-" * width for width in widths))]
        for row in self._rows:
            lines += [line(row)] if len(row) == len(heads) else ["", row[0]]
        return "\n".join(lines)


def number(value):
    """Three digits that matter, none that does not."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def verdict(is_met):
    return "met" if is_met else "missed"
