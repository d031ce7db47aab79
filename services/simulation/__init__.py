"""What-if (试算): a programme run over a file of past events, without touching the clinic's data.

files → reading → rows → member → run → report and workbook. Nothing here opens a clinic: the
engine is the one that posting uses (`services.programmes`), fed from a file.
"""
