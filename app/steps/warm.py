"""Importing at leisure what the steps need: 2 s in all, which the first run would wait for."""

import gc
import importlib

_SLOW = (
    "google.oauth2.credentials",
    "google.auth.transport.requests",
    "google.cloud.container_v1",
    "google.cloud.resourcemanager_v3",
    "google.cloud.billing_v1",
    "google.cloud.service_usage_v1",
    "google.cloud.servicemanagement_v1",
    "google.cloud.iap_v1",
    "google.iam.v1.iam_policy_pb2",
    "googleapiclient.discovery",
    "google_auth_httplib2",
    "kubernetes.aio.client.rest",
    "dns.asyncresolver",
    "bcrypt",
    "httpx",
)


def warm_up() -> None:
    """Import all of it; call it in a thread when nothing else is to be done."""
    for module in _SLOW:
        importlib.import_module(module)
    gc.freeze()  # what was imported stays: looking through it for garbage stops all for 0.2 s
