"""Run it: `make simulate`. `MUTANT` in the environment names a fault to put into the product."""

import os

from tests.simulation import mutants

if os.environ.get("MUTANT"):
    mutants.put_in(os.environ["MUTANT"])

from tests.simulation import installed  # noqa: F401  before the product: it exchanges libraries
from tests.simulation.run import main

main()
