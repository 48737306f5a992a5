"""Benchmarks: the same objective, to the same certificate, timed side by side. See README.md."""
