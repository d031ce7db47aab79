"""What comes round by itself, who does it, and who did it when."""
