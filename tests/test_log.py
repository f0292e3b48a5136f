"""Logs hold no secrets."""

import json
import logging

import pytest
import structlog

from app.log import HIDDEN, configure, hide_secrets
from app.settings import Settings


@pytest.mark.parametrize(
    "text",
    [
        "token ya29.a0AfB_byC-secret refused",
        "grant 1//0gAbCdEf-secret",
        "client GOCSPX-abcsecret",
        "Authorization: Bearer abc.secret-x",
        'GET /auth/callback?state=secret&code=4/0Asecret&scope=openid" 303',
        "id eyJhbGciOi.eyJzdWIisecret.sig",
        "-----BEGIN RSA PRIVATE KEY-----\nsecret\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str) -> None:
    hidden = hide_secrets(None, "info", {"event": text})["event"]
    assert "secret" not in hidden.replace(HIDDEN, "")
    assert HIDDEN in hidden


def test_what_is_called_a_secret_is_hidden_however_deep() -> None:
    event = {"event": "form", "form": {"password": "walrus", "name": "kf"}, "csrf_token": "abc"}
    hidden = hide_secrets(None, "info", event)
    assert hidden == {
        "event": "form",
        "form": {"password": HIDDEN, "name": "kf"},
        "csrf_token": HIDDEN,
    }


def test_libraries_and_tracebacks_are_logged_as_json_without_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = logging.getLogger()
    before = root.handlers, root.level
    try:
        configure(Settings(_env_file=None, log_format="json"))  # type: ignore[call-arg]
        try:
            raise RuntimeError("refused ya29.purple")
        except RuntimeError:
            structlog.get_logger("ours").exception("it broke", project="p")
        logging.getLogger("a.library").info("%s", "GET /auth/callback?code=4secret")
    finally:
        root.handlers, root.level = before
        structlog.reset_defaults()
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert ours["project"] == "p"
    assert ours["exception"].endswith(f"RuntimeError: refused {HIDDEN}")
    assert theirs["event"] == f"GET /auth/callback?code={HIDDEN}"
