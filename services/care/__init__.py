"""Whose patient somebody is: the doctors of a person and the change of the attending one."""
