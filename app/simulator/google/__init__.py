"""Google's APIs as the simulator serves them: one module an API, all on one port.

Each API has a path prefix of its own, because several of them use the same paths
(`/v1/operations/...`).
"""
