"""What this PC's own scheduler does for the clinic while nobody sits here.

plan (what, when) → commands (the same that a person can type) → task_xml for Windows, user_units
for systemd, a line for cron; system talks to the scheduler; outcomes keeps how the last run ended.
"""
