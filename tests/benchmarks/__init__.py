"""Benchmarks, run by `make bench`: nothing here passes or fails, all of it prints figures."""
