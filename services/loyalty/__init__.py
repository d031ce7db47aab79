"""The membership domain: receipts, points, tiers and grants, folded from one history."""
