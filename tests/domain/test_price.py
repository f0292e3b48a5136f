"""What a deployment costs, by hand-computed numbers of Google's list prices of July 2026."""

import pytest

from app.domain.price import Part, Price, Sku, matters, price_of
from tests.support.samples import spec

SKUS = [
    Sku(
        "N1 Predefined Instance Core running in Taiwan", "OnDemand", ("asia-east1",), "h", 0.036602
    ),
    Sku(
        "N1 Predefined Instance Ram running in Taiwan",
        "OnDemand",
        ("asia-east1",),
        "GiBy.h",
        0.004906,
    ),
    Sku(
        "Spot Preemptible N1 Predefined Instance Core running in Taiwan",
        "Preemptible",
        ("asia-east1",),
        "h",
        0.007,
    ),
    Sku(
        "Spot Preemptible N1 Predefined Instance Ram running in Taiwan",
        "Preemptible",
        ("asia-east1",),
        "GiBy.h",
        0.001,
    ),
    Sku("N1 Predefined Instance Core running in Iowa", "OnDemand", ("us-central1",), "h", 0.031611),
    Sku("E2 Instance Core running in Taiwan", "OnDemand", ("asia-east1",), "h", 0.025255),
    Sku("E2 Instance Ram running in Taiwan", "OnDemand", ("asia-east1",), "GiBy.h", 0.003385),
    Sku("Regional Balanced PD Capacity in Taiwan", "OnDemand", ("asia-east1",), "GiBy.mo", 0.2),
    Sku("Balanced PD Capacity in Taiwan", "OnDemand", ("asia-east1",), "GiBy.mo", 0.10),
    Sku("Static Ip Charge", "OnDemand", ("global",), "h", 0.01),
    Sku("Cloud Load Balancer Forwarding Rule Minimum Global", "OnDemand", ("global",), "h", 0.025),
    Sku("Zonal Kubernetes Clusters", "OnDemand", ("global",), "h", 0.10),
    Sku("Nvidia Tesla T4 GPU running in Taiwan", "OnDemand", ("asia-east1",), "h", 0.35),
]


def parts(price: Price) -> dict[Part, float]:
    return {item.part: round(item.monthly, 2) for item in price.items if not item.sometimes}


def test_the_seeds_deployment_costs_what_googles_lists_say() -> None:
    """2 x n1-standard-8 with 100 GB in asia-east1: a machine is 0.439996 an hour."""
    price = price_of(spec(), SKUS)
    machines = sum(i.hourly for i in price.items if i.part in (Part.CORES, Part.MEMORY))
    assert machines == pytest.approx(2 * 0.439996)
    assert parts(price) == {
        Part.CORES: 299.26,  # 16 x 0.036602 x 730, less 30 % for a whole month
        Part.MEMORY: 150.42,  # 60 x 0.004906 x 730, less 30 %
        Part.DISKS: 20.0,  # 2 x 100 x 0.10
        Part.CLUSTER: 73.0,
        Part.RULE: 18.25,
    }
    assert price.monthly == pytest.approx(560.93, abs=0.005)
    assert price.hourly == pytest.approx(0.879992 + 20 / 730 + 0.10 + 0.025)
    assert not price.missing


def test_an_address_is_paid_for_only_while_nothing_uses_it() -> None:
    address = next(i for i in price_of(spec(), SKUS).items if i.part == Part.ADDRESS)
    assert (address.each, address.sometimes) == (0.01, True)


def test_without_an_endpoint_there_is_no_load_balancer_to_pay_for() -> None:
    assert {Part.RULE, Part.ADDRESS}.isdisjoint(
        item.part for item in price_of(spec(login="later"), SKUS).items
    )


def test_families_without_a_discount_cost_the_same_hour_by_hour() -> None:
    price = price_of(spec(machine_type="e2-standard-4", nodes=1), SKUS)
    assert price.whole_month_discount == 0
    assert parts(price)[Part.CORES] == round(4 * 0.025255 * 730, 2)


def test_spot_nodes_have_their_own_price_and_no_discount() -> None:
    price = price_of(spec(spot=True), SKUS)
    assert parts(price)[Part.CORES] == round(16 * 0.007 * 730, 2)


def test_a_gpu_counts_only_while_its_node_runs() -> None:
    price = price_of(spec(gpu_type="nvidia-tesla-t4", gpus=2), SKUS)
    gpu = next(item for item in price.items if item.part == Part.GPU)
    assert (gpu.hourly, gpu.sometimes) == (0.70, True)
    assert price.monthly == price_of(spec(), SKUS).monthly


def test_what_the_catalogue_lacks_is_named() -> None:
    price = price_of(spec(zone="us-central1-a"), SKUS)
    assert list(price.missing) == [Part.MEMORY, Part.DISKS]


def test_only_prices_that_can_matter_are_kept() -> None:
    assert all(matters(sku.description) for sku in SKUS if "Regional" not in sku.description)
    assert not matters("Network Internet Egress from Taiwan to Iceland")
