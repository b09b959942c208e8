"""Datasets: where each comes from, under which licence, and how it becomes arrays. Never imported by the app."""
