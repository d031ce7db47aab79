"""Workbooks: Excel files written whole or not at all, print-ready, that never run code."""
