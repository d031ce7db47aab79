"""One table model and one table view for every list in the program."""
