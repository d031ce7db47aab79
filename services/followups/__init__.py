"""Who is called or written to, why, in which words, and what came of it."""
