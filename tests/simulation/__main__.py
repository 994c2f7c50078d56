"""Run it: `make simulate`."""

from tests.simulation import installed  # noqa: F401  first: it exchanges the libraries
from tests.simulation.run import main

main()
