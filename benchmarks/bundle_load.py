"""Opening a bundle, checking it and unpacking each of its objects, against parsing them as YAML.

26.03, read from its file. The alternative is what a release is written in: the same objects as
YAML, unpacked and parsed with libyaml. More than 0.3 s for a bundle, and the benchmark fails
whatever the ratio.
"""

import gzip
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import yaml

from app.domain.spec import Login
from app.kubeflow.bundle import Bundle, read
from benchmarks import verdict
from tests.kubeflow.real import packed

NAME, BAR, LIMIT = "bundle-load", 0.1, 0.3
ROUNDS = 5


def main() -> None:
    file = packed(Login.PASSWORD)
    manifest = gzip.compress(as_yaml(read(file)).encode())
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(_seconds(lambda: _load(file)))
        theirs.append(_seconds(lambda: _parse(manifest)))
    for what, times in (("bundle", ours), ("YAML", theirs)):
        print(f"{what}: median {median(times):.3f} s, worst {max(times):.3f} s")
    ratio = median(ours) / median(theirs)
    if median(ours) > LIMIT:
        print(f"the bundle took longer than {LIMIT} s")
        ratio = max(ratio, median(ours) / LIMIT)
    verdict(NAME, ratio, BAR)


def as_yaml(bundle: Bundle) -> str:
    """All objects of a bundle, as a release's renderer writes them."""
    return yaml.dump_all((item.body for item in bundle.items), Dumper=yaml.CSafeDumper)


def _load(file: Path) -> int:
    return sum(len(item.body) for item in read(file).items)


def _parse(manifest: bytes) -> int:
    return sum(len(body) for body in yaml.load_all(gzip.decompress(manifest), yaml.CSafeLoader))


def _seconds(work: Callable[[], int]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
