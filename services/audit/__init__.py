"""Figures counted once more from the logs alone, by a plain way of its own."""
