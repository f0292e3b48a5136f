"""Price lists, in the form in which Cloud Billing's catalogue gives them.

Which prices are Google's, and which are derived:

- As recorded in July 2026, for us-central1 and asia-east1: cores and memory of N1, N2 and E2,
  balanced and standard disks, an address that nothing uses, GKE's fee, the forwarding rule.
- As a public table of Google's catalogue gave them in March 2025, for us-central1: what whole
  machines of N2D, C3 and A2 cost, an A100 of 40 GB with the latter. The split between core and
  memory is Google's own as it was published, but for C3: there memory is what a core leaves.
- From Google's public price pages of the years before, and not checked against the catalogue of
  2026: G2, the other GPUs, GPUs of Spot machines, SSD disks, Cloud NAT, external addresses in use,
  and the commitment.
- In other regions, N1 is as published; every other family, GPUs aside, is N1's level there times
  its price in us-central1. For most that is what Google asks, for some it is not: the table has
  C3 5 % cheaper in europe-west4 and N2D a third cheaper in asia-south1. Spot machines cost as much
  less as N1's do. GPUs, disks and addresses have us-central1's price everywhere, which Google's
  have not.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from app.simulator.google.errors import Json
from app.simulator.google.regions import AMERICAS, PRICE_REGIONS, PriceRegion

COMPUTE, KUBERNETES, NETWORKING = "6F81-5844-456A", "CCD8-9BF1-090E", "E505-1604-58F8"
SERVICES = {
    COMPUTE: "Compute Engine",
    KUBERNETES: "Kubernetes Engine",
    NETWORKING: "Networking",
}
_SINCE = "2026-07-30T08:00:00Z"
_UNITS = {
    "h": ("hour", "s", "second", 3600),
    "GiBy.h": ("gibibyte hour", "By.s", "byte second", 3865470566400),
    "GiBy.mo": ("gibibyte month", "By.s", "byte second", 2.8759101014016e15),
    "GiBy": ("gibibyte", "By", "byte", 1073741824),
}
# Machine series: the group of their SKUs, how these begin, a core's and a GB's hourly price.
_SERIES = (
    ("N1Standard", "N1 Predefined Instance", 0.031611, 0.004237),
    ("", "E2 Instance", 0.02181159, 0.00292353),
    ("", "N2 Instance", 0.031611, 0.004237),
    ("", "N2D AMD Instance", 0.027502, 0.003686),
    ("", "C3 Instance", 0.03398, 0.0041055),
    ("", "G2 Instance", 0.024988, 0.002927),
    ("", "A2 Instance", 0.031611, 0.004237),
)
_GPUS = (
    ("Nvidia Tesla T4 GPU", 0.35, 0.14),
    ("Nvidia L4 GPU", 0.56004, 0.2234),
    ("Nvidia Tesla P4 GPU", 0.60, 0.24),
    ("Nvidia Tesla P100 GPU", 1.46, 0.584),
    ("Nvidia Tesla V100 GPU", 2.48, 0.992),
    ("Nvidia Tesla A100 GPU", 2.933908, 1.173563),
    ("Nvidia Tesla A100 80GB GPU", 3.92, 1.5712),
)
_DISKS = (
    ("SSD", "Balanced PD Capacity", 0.10),
    ("SSD", "Regional Balanced PD Capacity", 0.20),
    ("PDStandard", "Storage PD Capacity", 0.04),
    ("PDStandard", "Regional Storage PD Capacity", 0.08),
    ("SSD", "SSD backed PD Capacity", 0.17),
)
_NETWORK = (
    (
        "Cloud Load Balancer Forwarding Rule Minimum Global",
        "LoadBalancing",
        "h",
        0.025,
        "DEE3-C42E-3E4D",
    ),
    ("Networking Cloud Nat Gateway Uptime", "Nat", "h", 0.0014, "32E2-4EFC-EF9F"),
    ("Networking Cloud Nat Data Processing", "Nat", "GiBy", 0.045, "015F-5732-FFF0"),
    ("Networking Cloud NAT IP Usage", "Nat", "h", 0.005, "8515-9425-D2CE"),
)
_EVERYWHERE = ("global",)


@dataclass(frozen=True, slots=True)
class _Sku:
    """`tiers` are (from which amount, US dollars a unit); the last one is the usual price."""

    description: str
    family: str
    group: str
    unit: str
    tiers: tuple[tuple[float, float], ...]
    regions: tuple[str, ...]
    usage: str = "OnDemand"
    sku_id: str = ""


@cache
def of_service(service: str) -> list[Json]:
    """Every SKU of a service, by its id; none for a service that is not known."""
    lists = {COMPUTE: _compute, KUBERNETES: _kubernetes, NETWORKING: _networking}
    listed = lists.get(service)
    return [] if listed is None else [_shown(service, sku) for sku in listed()]


def _compute() -> Iterator[_Sku]:
    for where in PRICE_REGIONS:
        yield from _machines(where)
        yield from _gpus(where)
        yield from _disks(where)
        yield _one(f"Static Ip Charge in {where.place}", "Network", "IpAddress", 0.01, where)
    on_demand = "External IP Charge on a Standard VM"
    rates = ((0, 0.0), (744, 0.005))
    yield _Sku(on_demand, "Network", "IpAddress", "h", rates, _EVERYWHERE)
    spot = "External IP Charge on a Spot Preemptible VM"
    yield _Sku(spot, "Network", "IpAddress", "h", ((0, 0.0025),), _EVERYWHERE)


def _networking() -> Iterator[_Sku]:
    for name, group, unit, price, sku_id in _NETWORK:
        yield _Sku(name, "Network", group, unit, ((0, price),), _EVERYWHERE, sku_id=sku_id)


def _kubernetes() -> Iterator[_Sku]:
    for kind, sku_id in (("Zonal", "6B92-A835-08AB"), ("Regional", "")):
        name = f"{kind} Kubernetes Clusters"
        yield _Sku(name, "Compute", "GKE", "h", ((0, 0.10),), _EVERYWHERE, sku_id=sku_id)


def _machines(where: PriceRegion) -> Iterator[_Sku]:
    level, spot = where.level / AMERICAS.level, where.spot / where.level
    for group, begins, core, memory in _SERIES:
        for part, unit, price in (("Core", "h", core), ("Ram", "GiBy.h", memory)):
            kind = group or {"Core": "CPU", "Ram": "RAM"}[part]
            name, regions = f"{begins} {part} running in {where.place}", where.regions
            here = round(price * level, 6)
            yield _Sku(name, "Compute", kind, unit, ((0, here),), regions)
            cheap = ((0, round(here * spot, 6)),)
            spotted = f"Spot Preemptible {name}"
            yield _Sku(spotted, "Compute", kind, unit, cheap, regions, "Preemptible")
    year = f"Commitment v1: Cpu in {where.place} for 1 Year"
    committed = ((0, round(0.019915 * level, 6)),)
    yield _Sku(year, "Compute", "CPU", "h", committed, where.regions, "Commit1Yr")


def _gpus(where: PriceRegion) -> Iterator[_Sku]:
    for begins, price, spot in _GPUS:
        name = f"{begins} running in {where.place}"
        yield _one(name, "Compute", "GPU", price, where)
        cheap = f"{begins} attached to Spot Preemptible VMs running in {where.place}"
        yield _Sku(cheap, "Compute", "GPU", "h", ((0, spot),), where.regions, "Preemptible")


def _disks(where: PriceRegion) -> Iterator[_Sku]:
    for group, begins, price in _DISKS:
        name = f"{begins} in {where.place}"
        free = 30.0 if begins == "Storage PD Capacity" else 0.0
        rates = ((0.0, 0.0), (free, price)) if free else ((0.0, price),)
        yield _Sku(name, "Storage", group, "GiBy.mo", rates, where.regions)


def _one(name: str, family: str, group: str, price: float, where: PriceRegion) -> _Sku:
    return _Sku(name, family, group, "h", ((0, price),), where.regions)


def _shown(service: str, sku: _Sku) -> Json:
    sku_id = sku.sku_id or _sku_id(service, sku)
    unit, base, base_name, factor = _UNITS[sku.unit]
    rates = [{"startUsageAmount": start, "unitPrice": _money(price)} for start, price in sku.tiers]
    return {
        "name": f"services/{service}/skus/{sku_id}",
        "skuId": sku_id,
        "description": sku.description,
        "category": {
            "serviceDisplayName": SERVICES[service],
            "resourceFamily": sku.family,
            "resourceGroup": sku.group,
            "usageType": sku.usage,
        },
        "serviceRegions": list(sku.regions),
        "pricingInfo": [
            {
                "summary": "",
                "pricingExpression": {
                    "usageUnit": sku.unit,
                    "displayQuantity": 1,
                    "tieredRates": rates,
                    "usageUnitDescription": unit,
                    "baseUnit": base,
                    "baseUnitDescription": base_name,
                    "baseUnitConversionFactor": factor,
                },
                "currencyConversionRate": 1,
                "effectiveTime": _SINCE,
            }
        ],
        "serviceProviderName": "Google",
        "geoTaxonomy": _taxonomy(sku.regions),
    }


def _money(price: float) -> Json:
    units = int(price)
    return {
        "currencyCode": "USD",
        "units": str(units),
        "nanos": round((price - units) * 1e9),
    }


def _taxonomy(regions: tuple[str, ...]) -> Json:
    if regions == _EVERYWHERE:
        return {"type": "GLOBAL"}
    return {"type": "REGIONAL" if len(regions) == 1 else "MULTI_REGIONAL", "regions": list(regions)}


def _sku_id(service: str, sku: _Sku) -> str:
    digest = hashlib.sha256(f"{service} {sku.description}".encode()).hexdigest().upper()
    return "-".join((digest[:4], digest[4:8], digest[8:12]))
