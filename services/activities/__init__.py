"""Lectures, outings, member days: planned, invited to, signed up for, attended, reckoned up."""
