"""The clinic's reports: one mechanism for the window, paper, workbooks and the command line."""
