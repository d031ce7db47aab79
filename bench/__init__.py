"""Figures as ratios to a floor measured in the same run: what, ours, floor, ratio, promise, met.

    python -m bench [--size small|normal|huge] [--only NAME] [--json FILE]

The floor is what the same stack can do with nothing of ours in the way. Ours and the floor take
turns inside one run, so that a busy machine slows both; medians of at least seven, with the
smallest and the largest. The clinics are made through the services and kept between runs.
"""
