"""Requests are held to Google's discovery documents, in Google's words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from app.simulator.google.api import Route
from app.simulator.switch import APIS
from tests.support.simulator import SimulatorThread, running

PROJECT = "ml-sandbox-1234"
CLUSTERS = f"container/v1/projects/{PROJECT}/locations/us-central1-a/clusters"
ADDRESSES = f"compute/compute/v1/projects/{PROJECT}/global/addresses"
ROUTES = [(api.prefix, route) for api in APIS.values() for route in api.routes]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    with running(Path(tmp_path_factory.mktemp("cloud"))) as simulator:
        yield simulator


def error_of(answer: requests.Response, status: int = 400) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def told(cloud: SimulatorThread, path: str, body: Any) -> str:
    return str(error_of(cloud.session().post(f"{cloud.url}/{path}", json=body))["message"])


@pytest.mark.parametrize(
    ("cluster", "message"),
    [
        (
            {"nodePools": [{"config": {"colour": 1}}]},
            'Invalid JSON payload received. Unknown name "colour" at '
            "'cluster.node_pools[0].config': Cannot find field.",
        ),
        (
            {"initialNodeCount": "many"},
            "Invalid value at 'cluster.initial_node_count' (TYPE_INT32), \"many\"",
        ),
        (
            {"initialNodeCount": 3_000_000_000},
            "Invalid value at 'cluster.initial_node_count' (TYPE_INT32), 3000000000",
        ),
        ({"name": 5}, "Invalid value at 'cluster.name' (TYPE_STRING), 5"),
        (
            {"name": ["kf-1"]},
            "Invalid JSON payload received. Unknown name \"name\" at 'cluster': Proto field is "
            "not repeating, cannot start list.",
        ),
        (
            {"releaseChannel": {"channel": "WEEKLY"}},
            "Invalid value at 'cluster.release_channel.channel' "
            '(type.googleapis.com/google.container.v1.ReleaseChannel.Channel), "WEEKLY"',
        ),
        (
            {"releaseChannel": "REGULAR"},
            "Invalid value at 'cluster.release_channel' "
            '(type.googleapis.com/google.container.v1.ReleaseChannel), "REGULAR"',
        ),
        (
            {"shieldedNodes": {"enabled": "perhaps"}},
            "Invalid value at 'cluster.shielded_nodes.enabled' (TYPE_BOOL), \"perhaps\"",
        ),
    ],
)
def test_a_body_is_refused_where_it_is_wrong(
    cloud: SimulatorThread, cluster: dict[str, Any], message: str
) -> None:
    assert told(cloud, CLUSTERS, {"cluster": cluster}) == message


def test_every_wrong_field_is_told(cloud: SimulatorThread) -> None:
    body = {"cluster": {"colour": 1}, "size": 2}
    error = error_of(cloud.session().post(f"{cloud.url}/{CLUSTERS}", json=body))
    at_root = 'Invalid JSON payload received. Unknown name "size": Cannot find field.'
    at_cluster = (
        "Invalid JSON payload received. Unknown name \"colour\" at 'cluster': Cannot find field."
    )
    assert error["message"] == f"{at_cluster}\n{at_root}"
    violations = error["details"][0]["fieldViolations"]
    assert violations == [
        {"field": "cluster", "description": at_cluster},
        {"description": at_root},
    ]


def test_names_numbers_and_other_spellings_are_taken(cloud: SimulatorThread) -> None:
    cluster = {
        "name": "kf-spelling",
        "release_channel": {"channel": 2},
        "node_pools": [{"name": "default-pool", "initial_node_count": "1"}],
        "locations": None,
        "networkConfig": {"datapath_provider": "ADVANCED_DATAPATH"},
    }
    url = f"{cloud.url}/{CLUSTERS}?$alt=json;enum-encoding=int&prettyPrint=false"
    assert cloud.session().post(url, json={"cluster": cluster}).status_code == 200
    made = cloud.session().get(f"{cloud.url}/{CLUSTERS}/kf-spelling").json()
    assert made["releaseChannel"] == {"channel": "REGULAR"}
    assert made["networkConfig"]["datapathProvider"] == "ADVANCED_DATAPATH"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "colour=blue",
            'Invalid JSON payload received. Unknown name "colour": Cannot bind query parameter. '
            "Field 'colour' could not be found in request message.",
        ),
        ("pageSize=ten", "Invalid value at 'page_size' (TYPE_INT32), \"ten\""),
    ],
)
def test_a_query_is_refused_where_it_is_wrong(
    cloud: SimulatorThread, query: str, message: str
) -> None:
    url = f"{cloud.url}/serviceusage/v1/projects/{PROJECT}/services"
    assert error_of(cloud.session().get(f"{url}?{query}"))["message"] == message


def test_compute_refuses_in_its_own_style(cloud: SimulatorThread) -> None:
    answer = cloud.session().post(f"{cloud.url}/{ADDRESSES}", json={"name": "a", "colour": 1})
    error = error_of(answer)
    assert error["errors"] == [
        {"message": error["message"], "domain": "global", "reason": "badRequest"}
    ]
    assert "details" not in error
    empty = error_of(cloud.session().post(f"{cloud.url}/{ADDRESSES}", json={}))
    assert empty["message"] == "Required field 'resource' not specified"
    assert empty["errors"][0]["reason"] == "required"


def test_compute_refuses_what_cannot_be_a_name(cloud: SimulatorThread) -> None:
    error = error_of(cloud.session().get(f"{cloud.url}/{ADDRESSES}/UPPER"))
    assert error["message"].startswith("Invalid value for field 'address': 'UPPER'. Must be a ")


def test_an_unknown_place_is_not_found(cloud: SimulatorThread) -> None:
    for path in ("container/v1/nonsense", "container/v2/projects", "iam/v1/projects/p/keys"):
        error_of(cloud.session().get(f"{cloud.url}/{path}"), 404)
    error_of(cloud.session().patch(f"{cloud.url}/{CLUSTERS}", json={}), 404)


def test_what_google_has_and_the_simulator_has_not_is_told(cloud: SimulatorThread) -> None:
    url = f"{cloud.url}/compute/compute/v1/projects/{PROJECT}/zones/us-central1-a/instances"
    error = error_of(cloud.session().get(url), 501)
    assert "compute.instances.list" in error["message"]


@pytest.mark.parametrize("content", ["{", "[]", '"text"', "5", "{'a': 1}"])
def test_what_is_no_json_object_is_refused(cloud: SimulatorThread, content: str) -> None:
    answer = cloud.session().post(f"{cloud.url}/{CLUSTERS}", data=content)
    assert error_of(answer)["message"].startswith("Invalid JSON payload received.")


@pytest.mark.parametrize(("prefix", "route"), ROUTES, ids=lambda part: getattr(part, "path", part))
def test_every_route_is_one_of_googles(prefix: str, route: Route) -> None:
    assert APIS[prefix].rules(route.method, route.path) is not None


WRONG: list[Any] = [None, True, -1, 2.5, "text", "", [], [1], {}, {"a": {"b": 1}}]


@pytest.mark.parametrize(
    ("prefix", "route"),
    [(prefix, route) for prefix, route in ROUTES if route.method in ("POST", "PUT", "PATCH")],
    ids=lambda part: getattr(part, "path", part),
)
def test_no_wrongly_typed_field_is_the_servers_fault(
    cloud: SimulatorThread, prefix: str, route: Route
) -> None:
    rules = APIS[prefix].rules(route.method, route.path)
    assert rules is not None
    path = filled(route.path)
    root = f"{cloud.url}/{prefix}{APIS[prefix].root}"
    session = cloud.session()
    for body in bodies(prefix, rules.method.request):
        answer = session.request(route.method, f"{root}{path}", json=body, timeout=10)
        assert answer.status_code < 500 or answer.status_code == 501, (body, answer.text)


def filled(path: str) -> str:
    """The path with names of things that are there, as far as there are any."""
    known = {
        "project": PROJECT,
        "location": "us-central1-a",
        "zone": "us-central1-a",
        "region": "us-central1",
        "host": f"kf-1.endpoints.{PROJECT}.cloud.goog",
        "service": "iap.googleapis.com",
    }
    for name, value in known.items():
        path = path.replace(f"{{{name}}}", value)
    return path.replace("{", "a-").replace("}", "")


def bodies(prefix: str, schema: str) -> Iterator[dict[str, Any]]:
    """Bodies with one wrong value each, one and two levels deep."""
    from tests.support.discovery import document

    version = {"cloudresourcemanager": "v3"}.get(prefix, "v1")
    schemas = document(f"{prefix}.{version}")["schemas"]
    fields = schemas.get(schema, {}).get("properties", {})
    for name, field in fields.items():
        yield from ({name: value} for value in WRONG)
        below = schemas.get(field.get("$ref", ""), {}).get("properties", {})
        for inner in below:
            yield from ({name: {inner: value}} for value in WRONG)
