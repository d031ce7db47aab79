"""Letters, labels, number lists: what leaves the program in writing, and to whom."""
