"""The price list, read as the official client reads it."""

import asyncio
from collections.abc import Iterator

import pytest
from google.api_core import exceptions
from google.cloud import billing_v1

from app.domain.places import GPUS, MACHINE_TYPES, ZONES, region_of
from app.domain.price import Sku, price_of
from app.domain.spec import DeploymentSpec
from app.google.endpoints import Endpoints
from app.google.prices import list_prices
from app.google.transport import Transport
from app.settings import Settings
from app.simulator.google import catalogue
from tests.simulator.google.conftest import documented
from tests.support import samples
from tests.support.simulator import SimulatorThread

COMPUTE, KUBERNETES = "services/6F81-5844-456A", "services/CCD8-9BF1-090E"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with documented(tmp_path_factory.mktemp("cloud")) as simulator:
        yield simulator


@pytest.fixture
def prices(cloud: SimulatorThread) -> billing_v1.CloudCatalogClient:
    return billing_v1.CloudCatalogClient(
        transport="rest",
        credentials=cloud.credentials(),
        client_options=cloud.options("cloudbilling"),
    )


def price(sku: billing_v1.Sku) -> float:
    """The last tier's, in US dollars a unit."""
    unit = sku.pricing_info[0].pricing_expression.tiered_rates[-1].unit_price
    return float(unit.units) + float(unit.nanos) / 1e9


def found(skus: list[billing_v1.Sku], region: str, begins: str) -> float:
    (sku,) = [
        sku
        for sku in skus
        if sku.description.startswith(begins)
        and sku.category.usage_type == "OnDemand"
        and region in sku.service_regions
    ]
    return price(sku)


def test_every_page_together_is_the_whole_list(prices: billing_v1.CloudCatalogClient) -> None:
    by_hundreds = list(prices.list_skus(request={"parent": COMPUTE, "page_size": 100}))
    at_once = list(prices.list_skus(parent=COMPUTE))
    assert [sku.sku_id for sku in by_hundreds] == [sku.sku_id for sku in at_once]
    assert len({sku.sku_id for sku in at_once}) == len(at_once)


def test_the_published_prices_are_served(prices: billing_v1.CloudCatalogClient) -> None:
    skus = list(prices.list_skus(parent=COMPUTE))
    for region, n1, e2 in (
        ("us-central1", (0.031611, 0.004237), (0.021812, 0.002924)),
        ("asia-east1", (0.036602, 0.004906), (0.025255, 0.003385)),
    ):
        assert found(skus, region, "N1 Predefined Instance Core") == n1[0]
        assert found(skus, region, "N1 Predefined Instance Ram") == n1[1]
        assert found(skus, region, "E2 Instance Core") == e2[0]
        assert found(skus, region, "E2 Instance Ram") == e2[1]
        assert found(skus, region, "Balanced PD Capacity") == 0.10
        assert found(skus, region, "Storage PD Capacity") == 0.04
        assert found(skus, region, "Static Ip Charge") == 0.01
    (zonal,) = [s for s in prices.list_skus(parent=KUBERNETES) if "Zonal" in s.description]
    assert (zonal.sku_id, price(zonal)) == ("6B92-A835-08AB", 0.10)


def test_every_region_has_prices(prices: billing_v1.CloudCatalogClient) -> None:
    skus = list(prices.list_skus(parent=COMPUTE))
    for region in catalogue.ZONES:
        assert found(skus, region, "N1 Predefined Instance Core") > 0
        assert found(skus, region, "Nvidia Tesla T4 GPU running") > 0


def test_an_unknown_service_has_none(prices: billing_v1.CloudCatalogClient) -> None:
    with pytest.raises(exceptions.NotFound):
        list(prices.list_skus(parent="services/0000-0000-0000"))


def test_all_that_the_form_offers_has_a_price(cloud: SimulatorThread) -> None:
    """Every zone, every machine family, Spot or not, and every GPU, as the portal reads them."""
    found = read_by_the_portal(cloud)
    for spec in offered():
        price = price_of(spec, found)
        assert not price.missing, (spec.zone, spec.machine_type, spec.gpu_type, price.missing)


def read_by_the_portal(cloud: SimulatorThread) -> list[Sku]:
    settings = Settings(cloud="simulated", simulator_url=cloud.url)
    transport = Transport(cloud.credentials(), Endpoints.from_settings(settings))
    return asyncio.run(list_prices(transport))


def offered() -> Iterator[DeploymentSpec]:
    families = {name.partition("-")[0]: name for name in MACHINE_TYPES}.values()
    for zone in {region_of(zone): zone for zone in ZONES}.values():
        for machine in families:
            yield samples.spec(zone=zone, machine_type=machine)
            yield samples.spec(zone=zone, machine_type=machine, spot=True, private_nodes=True)
    for gpu_type, gpu in GPUS.items():
        for count in gpu.counts:
            yield samples.spec(gpu_type=gpu_type, gpus=count)
            yield samples.spec(gpu_type=gpu_type, gpus=count, spot=True)
