"""Benchmarks: each measures a named alternative in the same run and ends in one line."""

import sys


def verdict(name: str, ratio: float, bar: float) -> None:
    """Print the closing line and end the process: 0 within the bar, 1 beyond it."""
    print(f"{name}: {ratio:.3f} (bar {bar})")
    sys.exit(0 if ratio <= bar else 1)


def percentile(values: list[float], share: float) -> float:
    """The value that `share` (0 to 1) of all are at most."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
