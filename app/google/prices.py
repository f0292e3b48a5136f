"""Google's list prices, from the Cloud Billing catalogue."""

from collections.abc import Mapping
from typing import Any

from app.domain.price import Sku, matters
from app.google.discovery import DiscoveredApi
from app.google.transport import Transport

SERVICES = (
    "services/6F81-5844-456A",  # Compute Engine
    "services/CCD8-9BF1-090E",  # Kubernetes Engine
    "services/E505-1604-58F8",  # Networking, which load balancers and Cloud NAT are counted under
)
_PAGE = 2000
_FIELDS = (
    "nextPageToken,skus(description,category/usageType,serviceRegions,"
    "pricingInfo/pricingExpression(usageUnit,tieredRates))"
)


async def list_prices(transport: Transport) -> list[Sku]:
    """Every price that an estimate may need; takes as long as some dozens of answers."""
    api = DiscoveredApi(transport, "cloudbilling", "v1", transport.endpoints.billing)
    found: list[Sku] = []
    for service in SERVICES:
        found += await _of_service(api, service)
    return found


async def _of_service(api: DiscoveredApi, service: str) -> list[Sku]:
    found: list[Sku] = []
    page = ""
    while True:
        answer = await api.call(_order(service, page))
        found += [sku for item in answer.get("skus", []) if (sku := _sku(item)) is not None]
        page = answer.get("nextPageToken", "")
        if not page:
            return found


def _order(service: str, page: str) -> Any:
    where = {"pageToken": page} if page else {}
    return lambda api: (
        api.services().skus().list(parent=service, pageSize=_PAGE, fields=_FIELDS, **where)
    )


def _sku(item: Mapping[str, Any]) -> Sku | None:
    """The price, where it is one that matters; of several tiers the last, which big use pays."""
    description = str(item.get("description", ""))
    pricing = item.get("pricingInfo", [])
    rates = pricing[-1]["pricingExpression"].get("tieredRates", []) if pricing else []
    if not matters(description) or not rates:
        return None
    price = rates[-1].get("unitPrice", {})
    return Sku(
        description=description,
        usage_type=str(item.get("category", {}).get("usageType", "")),
        regions=tuple(str(region) for region in item.get("serviceRegions", [])),
        unit=str(pricing[-1]["pricingExpression"].get("usageUnit", "")),
        usd=int(price.get("units", 0)) + int(price.get("nanos", 0)) / 1e9,
    )
