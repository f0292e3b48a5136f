"""`python -m app.simulator`: the simulator alone."""

import typer

from app.simulator.cli import simulator

if __name__ == "__main__":
    typer.run(simulator)
