"""Gifts: catalogue, two stock places, handing out, and the Friday reconciliation."""
