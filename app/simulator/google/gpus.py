"""Which machines carry which GPUs, and how many: Compute Engine's published tables.

Older models are attached to N1 machines of up to so many vCPUs; newer ones come with machine types
of their own, in one number each.
"""

_ON_N1: dict[str, dict[int, int]] = {
    "nvidia-tesla-t4": {1: 48, 2: 48, 4: 96},
    "nvidia-tesla-p4": {1: 24, 2: 48, 4: 96},
    "nvidia-tesla-p100": {1: 16, 2: 32, 4: 96},
    "nvidia-tesla-v100": {1: 12, 2: 24, 4: 48, 8: 96},
}
_OWN_MACHINES: dict[str, dict[str, int]] = {
    "nvidia-l4": {
        "g2-standard-4": 1,
        "g2-standard-8": 1,
        "g2-standard-12": 1,
        "g2-standard-16": 1,
        "g2-standard-32": 1,
        "g2-standard-24": 2,
        "g2-standard-48": 4,
        "g2-standard-96": 8,
    },
    "nvidia-tesla-a100": {
        "a2-highgpu-1g": 1,
        "a2-highgpu-2g": 2,
        "a2-highgpu-4g": 4,
        "a2-highgpu-8g": 8,
        "a2-megagpu-16g": 16,
    },
    "nvidia-a100-80gb": {
        "a2-ultragpu-1g": 1,
        "a2-ultragpu-2g": 2,
        "a2-ultragpu-4g": 4,
        "a2-ultragpu-8g": 8,
    },
}


def fits(machine_type: str, accelerator: str, count: int) -> bool:
    """Whether a machine of this type can have `count` of these GPUs."""
    own = _OWN_MACHINES.get(accelerator)
    if own is not None:
        return own.get(machine_type) == count
    family, _, size = machine_type.partition("-")
    most = _ON_N1.get(accelerator, {}).get(count, 0)
    return family == "n1" and int(size.rpartition("-")[2]) <= most
