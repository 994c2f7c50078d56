"""A ClickHouse on one machine: the chDB engine behind ClickHouse's HTTP interface."""
