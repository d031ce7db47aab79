"""Pieces of the window that belong to no tab."""
