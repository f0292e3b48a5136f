"""A simulated cloud to ask about."""

from collections.abc import Iterator

import pytest

from tests.support.simulator import SimulatorThread, running


@pytest.fixture(scope="package")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatorThread]:
    """One cloud for all tests of the report; what a test makes in it has a name of its own."""
    with running(tmp_path_factory.mktemp("report")) as found:
        yield found
