"""What people tell the clinic: requests, suggestions, complaints, and how they were answered."""
