"""The desk's day: who is here, whom to call, what waits, one line about a person."""
