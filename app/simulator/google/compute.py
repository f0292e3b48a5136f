"""Compute Engine: all of it that the simulator has."""

from app.simulator.google import compute_globals, compute_places
from app.simulator.google.compute_api import api

__all__ = ["api", "compute_globals", "compute_places"]
