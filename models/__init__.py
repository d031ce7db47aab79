"""What is stored: the encrypted clinic file, its schema and its tables.

Nothing here knows a rule of the clinic or a widget; `services` decides, `models` keeps.
"""
