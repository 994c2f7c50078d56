"""An incident log of a real service desk, and its mapping; where it comes from is in README.md."""

from pathlib import Path

_FOLDER = Path(__file__).parent
FILE = _FOLDER / "incident_event_log.csv.gz"
MAPPING = _FOLDER / "incident_event_log.toml"
