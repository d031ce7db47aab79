"""What the clinic prints: papers as plain data, told apart from how Qt lays them out."""
