"""Google's published discovery documents, and requests held to them."""

from app.simulator.google.discovery.documents import Document, Method, document
from app.simulator.google.discovery.problems import Problem
from app.simulator.google.discovery.requests import RequestRules, rules_for

__all__ = ["Document", "Method", "Problem", "RequestRules", "document", "rules_for"]
