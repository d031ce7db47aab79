"""What a promise of reliability costs to prove: `python -m bench.reliability NAME --times N`.

The tests run the same code with small numbers. Every run prints its seed, so that it can be had
again.
"""
