"""Windows that open over the main one, ask, and die on close."""
