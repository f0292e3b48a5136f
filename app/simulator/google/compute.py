"""Compute Engine: all of it that the simulator has."""

from app.simulator.google import (
    compute_addresses,
    compute_backends,
    compute_collections,
    compute_networks,
    compute_offers,
    compute_places,
    compute_waits,
)
from app.simulator.google.compute_api import api

__all__ = [
    "api",
    "compute_addresses",
    "compute_backends",
    "compute_collections",
    "compute_networks",
    "compute_offers",
    "compute_places",
    "compute_waits",
]
