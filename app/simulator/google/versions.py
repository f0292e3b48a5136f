"""The Kubernetes versions that GKE offers, as its release notes gave them in September 2026."""

from app.simulator.google.errors import Json, invalid

_CHANNELS: dict[str, tuple[str, ...]] = {
    "RAPID": (
        "1.36.4-gke.1108000",
        "1.36.3-gke.1640000",
        "1.35.8-gke.1225000",
        "1.34.11-gke.1042000",
    ),
    "REGULAR": (
        "1.35.8-gke.1036000",
        "1.36.3-gke.1640000",
        "1.35.7-gke.1188000",
        "1.34.10-gke.1077000",
        "1.34.9-gke.1201000",
    ),
    "STABLE": (
        "1.35.6-gke.1250000",
        "1.34.9-gke.1201000",
    ),
    "EXTENDED": (
        "1.35.8-gke.1036000",
        "1.36.3-gke.1640000",
        "1.34.10-gke.1077000",
        "1.33.12-gke.1310000",
        "1.32.13-gke.1522000",
    ),
}


def server_config() -> Json:
    """`ServerConfig`: the first version of a channel is its default."""
    every = sorted({v for versions in _CHANNELS.values() for v in versions}, key=_order)[::-1]
    return {
        "defaultClusterVersion": _CHANNELS["REGULAR"][0],
        "validNodeVersions": every,
        "defaultImageType": "COS_CONTAINERD",
        "validImageTypes": ["COS_CONTAINERD", "UBUNTU_CONTAINERD"],
        "validMasterVersions": every,
        "channels": [
            {
                "channel": channel,
                "defaultVersion": versions[0],
                "upgradeTargetVersion": versions[0],
                "validVersions": sorted(versions, key=_order)[::-1],
            }
            for channel, versions in _CHANNELS.items()
        ],
    }


def choose(channel: str, wanted: str) -> str:
    """The full version for `wanted`: one of them, a prefix such as `1.35`, `latest`, or nothing.

    INVALID_ARGUMENT for one that the channel does not have.
    """
    versions = _CHANNELS.get(channel, _CHANNELS["REGULAR"])
    if wanted in ("", "-"):
        return versions[0]
    newest_first = sorted(versions, key=_order)[::-1]
    if wanted == "latest":
        return newest_first[0]
    for version in newest_first:
        if version == wanted or version.startswith((f"{wanted}.", f"{wanted}-")):
            return version
    raise invalid(f'Master version "{wanted}" is unsupported.')


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.replace("-gke", "").split("."))
