"""The transcript has what passed, and its check finds what Google's documents do not know."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.simulator import running
from tests.support.transcripts import Exchange, exchanges, violations

ZONES = "/v1/projects/ml-sandbox-1234/zones"
CLUSTERS = "/v1/projects/ml-sandbox-1234/locations/us-central1-a/clusters"


def test_requests_and_answers_are_written_down_without_tokens(tmp_path: Path) -> None:
    path = tmp_path / "requests.jsonl"
    with running(tmp_path / "cloud", transcript=path) as cloud:
        session = cloud.session()
        session.post(f"{cloud.url}/container{CLUSTERS}?prettyPrint=false", json={"cluster": {}})
        session.get(f"{cloud.url}/compute/compute{ZONES}/us-central1-a")
    refused, answered = exchanges(path)
    assert (refused["api"], refused["method"], refused["path"]) == ("container", "POST", CLUSTERS)
    assert (refused["query"], refused["body"]) == ("prettyPrint=false", {"cluster": {}})
    assert (refused["status"], refused["answer"]["error"]["code"]) == (400, 400)
    assert answered["answer"]["name"] == "us-central1-a"
    assert "ya29" not in path.read_text()
    assert violations([refused, answered]) == []


def exchange(**changes: Any) -> Exchange:
    usual = {
        "api": "container",
        "method": "POST",
        "path": CLUSTERS,
        "query": "$alt=json;enum-encoding=int",
        "body": {"cluster": {"name": "kf-1", "releaseChannel": {"channel": 2}}},
        "status": 200,
        "answer": {"name": "operation-1", "status": "RUNNING"},
    }
    return usual | changes


def test_what_google_knows_is_no_violation() -> None:
    assert violations([exchange()]) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"path": CLUSTERS + "/kf-1/nonsense"}, "no such method"),
        ({"method": "PUT"}, "no such method"),
        ({"query": "colour=blue"}, "query parameter 'colour'"),
        ({"body": {"cluster": {"colour": "blue"}}}, "request .cluster.colour"),
        ({"body": {"cluster": {"name": 5}}}, "request .cluster.name: 5 is not string"),
        ({"body": {"cluster": {"releaseChannel": {"channel": "X"}}}}, "'X' is not one of"),
        ({"answer": {"colour": "blue"}}, "answer .colour"),
        ({"answer": {"status": "NEARLY"}}, "'NEARLY' is not one of"),
        ({"status": 400, "answer": {"error": {"code": 404, "message": "x"}}}, "error"),
        ({"status": 400, "answer": {"error": {"code": 400, "message": "x"}}}, "wrong style"),
    ],
)
def test_what_google_does_not_know_is_one(changes: dict[str, Any], told: str) -> None:
    (violation,) = violations([exchange(**changes)])
    assert told in violation
