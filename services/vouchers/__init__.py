"""Services on paper or in the file: claimed, passed on, used, billed (R132, R133, R145, E45)."""
