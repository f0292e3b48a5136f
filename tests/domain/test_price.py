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
    Sku("Nvidia Tesla A100 GPU running in Taiwan", "OnDemand", ("asia-east1",), "h", 2.9),
    Sku("Nvidia Tesla A100 80GB GPU running in Taiwan", "OnDemand", ("asia-east1",), "h", 3.9),
    Sku("A2 Instance Core running in Taiwan", "OnDemand", ("asia-east1",), "h", 0.036602),
    Sku("A2 Instance Ram running in Taiwan", "OnDemand", ("asia-east1",), "GiBy.h", 0.004906),
    Sku("External IP Charge on a Standard VM", "OnDemand", ("global",), "h", 0.005),
    Sku("External IP Charge on a Spot Preemptible VM", "OnDemand", ("global",), "h", 0.0025),
    Sku("Networking Cloud Nat Gateway Uptime", "OnDemand", ("global",), "h", 0.0014),
    Sku("Networking Cloud NAT IP Usage", "OnDemand", ("global",), "h", 0.005),
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
        Part.OUTSIDE: 7.3,  # 2 x 0.005 x 730
        Part.CLUSTER: 73.0,
        Part.RULE: 18.25,
    }
    assert price.monthly == pytest.approx(568.23, abs=0.005)
    assert price.hourly == pytest.approx(0.879992 + 20 / 730 + 0.01 + 0.10 + 0.025)
    assert not price.missing
    assert price.whole


def test_what_kubeflow_keeps_from_the_start_is_on_disks_too() -> None:
    price = price_of(spec(), SKUS, volumes_gb=50)
    assert parts(price)[Part.VOLUMES] == 5.0
    assert price.monthly == pytest.approx(price_of(spec(), SKUS).monthly + 5.0)


def test_private_nodes_pay_for_cloud_nat_in_place_of_their_own_addresses() -> None:
    found = parts(price_of(spec(private_nodes=True, nodes=3), SKUS))
    assert found[Part.NAT] == round(3 * 0.0014 * 730, 2)
    assert found[Part.NAT_ADDRESS] == round(0.005 * 730, 2)
    assert Part.OUTSIDE not in found


def test_a_gateway_is_paid_for_at_most_32_machines() -> None:
    found = parts(price_of(spec(private_nodes=True, nodes=50), SKUS))
    assert found[Part.NAT] == round(32 * 0.0014 * 730, 2)


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
    assert parts(price)[Part.OUTSIDE] == round(2 * 0.0025 * 730, 2)


def test_a_gpu_counts_only_while_its_node_runs() -> None:
    price = price_of(spec(gpu_type="nvidia-tesla-t4", gpus=2), SKUS)
    gpu = next(item for item in price.items if item.part == Part.GPU)
    assert (gpu.hourly, gpu.sometimes) == (0.70, True)
    assert price.monthly == price_of(spec(), SKUS).monthly


def hourly(price: Price, part: Part) -> float:
    return next(item.hourly for item in price.items if item.part == part)


def test_the_machine_around_the_gpus_is_told_with_its_disk() -> None:
    t4s = price_of(spec(gpu_type="nvidia-tesla-t4", gpus=2), SKUS)
    n1_standard_16 = 16 * 0.036602 + 60 * 0.004906
    assert hourly(t4s, Part.GPU_MACHINE) == pytest.approx(n1_standard_16 + 100 * 0.10 / 730)
    a100s = price_of(spec(gpu_type="nvidia-tesla-a100", gpus=16), SKUS)
    a2_megagpu_16g = 96 * 0.036602 + 1360 * 0.004906
    assert hourly(a100s, Part.GPU_MACHINE) == pytest.approx(a2_megagpu_16g + 100 * 0.10 / 730)


def test_models_of_one_name_are_told_apart() -> None:
    small, large = (
        price_of(spec(gpu_type=name), SKUS) for name in ("nvidia-tesla-a100", "nvidia-a100-80gb")
    )
    assert (hourly(small, Part.GPU), hourly(large, Part.GPU)) == (2.9, 3.9)
    a2_ultragpu_1g = 12 * 0.036602 + 170 * 0.004906
    assert hourly(large, Part.GPU_MACHINE) == pytest.approx(a2_ultragpu_1g + 100 * 0.10 / 730)


def test_what_the_catalogue_lacks_is_named() -> None:
    price = price_of(spec(zone="us-central1-a"), SKUS)
    assert list(price.missing) == [Part.MEMORY, Part.DISKS]
    assert not price.whole


def test_without_a_price_for_what_is_there_only_now_and_then_the_sum_is_whole() -> None:
    price = price_of(spec(gpu_type="nvidia-l4"), SKUS)
    assert list(price.missing) == [Part.GPU, Part.GPU_MACHINE]
    assert price.whole


def test_only_prices_that_can_matter_are_kept() -> None:
    assert all(matters(sku.description) for sku in SKUS if "Regional" not in sku.description)
    assert not matters("Network Internet Egress from Taiwan to Iceland")
