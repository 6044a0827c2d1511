"""Benchmarks and the chaos test: they invent what they need, stay on loopback and clean up after themselves."""
