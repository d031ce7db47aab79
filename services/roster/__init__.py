"""Import of an old roster: caps → reading → mapping → preview → posting, and undoing it.

The file is somebody else's and is trusted with nothing: it is opened in a process of its own
with a deadline, and only plain values come back. The preview is pure; posting is one command.
"""
