"""Measures on held-out data, each with its real-vs-real floor. Never imported by the app."""
