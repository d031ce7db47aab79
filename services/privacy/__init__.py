"""What people may ask about their own data, and what is given to others (个保法, R135)."""
