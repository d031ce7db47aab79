"""Paid memberships: fees and their terms, renewals, deferred income, leaving."""
