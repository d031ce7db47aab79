"""Copies of the clinic that were opened and checked, where they go, and the way back."""
