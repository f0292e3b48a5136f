"""What can go wrong by name, in words for somebody who is curious."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedFault:
    """`what` says what Google does, `usual` is the argument if none is given.

    `takes` says what the argument is (empty: there is none), `pattern` what it looks like.
    """

    title: str
    what: str
    takes: str = ""
    usual: str = ""
    pattern: str = ".*"

    def check(self, arg: str) -> None:
        """Raises ValueError for an argument that this fault cannot have."""
        if not self.takes and arg:
            raise ValueError("this fault takes no argument")
        if not re.fullmatch(self.pattern, arg):
            raise ValueError(f"{arg!r} is no argument for it: {self.takes}")


_NUMBER = r"\d{1,7}(\.\d{1,3})?"
_COUNT = r"[1-9]\d{0,4}"
NAMED: dict[str, NamedFault] = {
    "quota-exceeded": NamedFault(
        "Quota used up",
        "The project has nothing left of one quota. Checks show it before anything is made; who "
        "asks for a cluster all the same is refused at once.",
        "the quota's metric",
        "CPUS",
        "[A-Z0-9_]+",
    ),
    "quota-exceeded-later": NamedFault(
        "Quota used up while nodes start",
        "Google begins to make the cluster, and gives up when its nodes find no external address "
        "free. A broken cluster stays behind.",
        "after how many minutes",
        "5",
        _NUMBER,
    ),
    "stock-out": NamedFault(
        "Zone out of stock",
        "There are no machines of this kind left in the zone. Google says so after a minute.",
        "the zone, or * for all",
        "*",
        r"\*|[a-z0-9-]+",
    ),
    "stock-out-slow": NamedFault(
        "Zone out of stock, noticed late",
        "The same, but Google tries for 35 minutes before it says so.",
        "the zone, or * for all",
        "*",
        r"\*|[a-z0-9-]+",
    ),
    "permission-missing": NamedFault(
        "Permission missing",
        "Nobody has this permission in any project, whatever their roles.",
        "the permission; * stands for any part",
        "container.clusters.create",
        r"[a-zA-Z.*]+",
    ),
    "api-slow": NamedFault(
        "API slow to enable",
        "An API says that it is enabled, and refuses calls for a while longer.",
        "for how many seconds",
        "240",
        _NUMBER,
    ),
    "operation-never-ends": NamedFault(
        "Operation that never ends",
        "The making of a cluster goes on and on. It ends when the fault is cleared.",
    ),
    "operation-fails": NamedFault(
        "Operation done, with an error",
        "The making of a cluster ends with an internal error of Google's. A broken cluster stays "
        "behind.",
    ),
    "certificate-not-visible": NamedFault(
        "Certificate: name not visible",
        "Google does not see the name in DNS yet, says FailedNotVisible, and mends it by itself.",
        "for how many minutes",
        "20",
        _NUMBER,
    ),
    "backend-unhealthy": NamedFault(
        "Backend unhealthy",
        "The load balancer's health check fails for a while.",
        "for how many minutes",
        "20",
        _NUMBER,
    ),
    "token-revoked": NamedFault(
        "Access withdrawn in mid-run",
        "The next time such a call comes, everything that its owner has allowed is withdrawn. "
        "Once.",
        "the call, such as container.get_operation",
        "container.get_operation",
        r"[a-z]+\.[A-Za-z_*]+",
    ),
    "unavailable": NamedFault(
        "Bursts of 503",
        "Of every 20 calls, some in a row are answered with 503 Service Unavailable.",
        "how many of 20",
        "4",
        r"1?\d|20",
    ),
    "connection-reset": NamedFault(
        "Connections reset",
        "Now and then a connection is dropped instead of an answer.",
        "every how many calls",
        "10",
        _COUNT,
    ),
    "latency": NamedFault(
        "Slow network",
        "Every answer of Google's takes longer.",
        "how many milliseconds, real ones",
        "150",
        _NUMBER,
    ),
}
