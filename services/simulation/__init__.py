"""What-if (试算): a programme run over a file of past events, without touching the clinic's data.

files → reading → rows → member → run → report and workbook. Nothing here opens a clinic: the
engine is the one that posting uses (`services.programmes`), fed from a file.

What to know when reading an answer: where points only reach thresholds (mode `threshold`), 可用积分
equals 累计积分, because nothing is ever taken from them; only bonus points, which count for no tier
(E36), and points that run out make a difference. Points spent as money off (抵现) and refunds are
independent: a file does not say which receipt the points paid for, so a refund gives back money
and never points.
"""
