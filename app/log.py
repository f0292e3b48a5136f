"""Logs: structured, for people or machines, and never with a secret in them."""

import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

from app.settings import Settings

HIDDEN = "[hidden]"
_SECRET_NAME = re.compile(
    r"secret|password|passwd|token|authorization|cookie|credential|verifier|nonce|api_?key", re.I
)
_SECRET_TEXT = (
    (re.compile(r"\bya29\.[\w.-]+"), HIDDEN),  # Google's access tokens
    (re.compile(r"\b1//0[\w-]+"), HIDDEN),  # its refresh tokens
    (re.compile(r"\bGOCSPX-[\w-]+"), HIDDEN),  # its client secrets
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),  # JSON web tokens
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    (
        re.compile(r"([?&](?:code|state|\w*token|\w*secret|password\w*)=)[^&\s\"']+", re.I),
        rf"\1{HIDDEN}",
    ),
    (
        re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.S),
        HIDDEN,
    ),
)


def configure(settings: Settings) -> None:
    """Send every log of the process, ours and the libraries', to standard error in one form."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *_rendering(settings.log_format),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    _install(handler)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def hide_secrets(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Hide values whose name, or whose look, is that of a secret."""
    return {name: _without_secrets(name, value) for name, value in event.items()}


def _rendering(log_format: str) -> list[Processor]:
    """Tracebacks become text first: they, too, may quote a secret."""
    if log_format == "json":
        return [
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    return [
        structlog.processors.format_exc_info,
        hide_secrets,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
    ]


def _install(handler: logging.Handler) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
    for name in (
        "alembic",
        "google",
        "httpcore",
        "httpx",
        "oauthlib",
        "requests_oauthlib",
        "urllib3",
    ):
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_secrets(name: str, value: Any) -> Any:
    if value and _SECRET_NAME.search(name):
        return HIDDEN
    if isinstance(value, str):
        for pattern, replacement in _SECRET_TEXT:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, dict):
        return {key: _without_secrets(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets("", item) for item in value]
    return value
