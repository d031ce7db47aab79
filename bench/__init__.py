"""Figures as ratios to a floor measured in the same run: what, ours, floor, ratio, promise, met.

    python3 dev.py bench [--size tiny|small|normal|huge] [--only NAME] [--json FILE]
    python3 dev.py bench --growth [--huge] [--only OPERATION]
    python3 dev.py bench --list

The floor is what the same stack can do with nothing of ours in the way. Ours and the floor take
turns inside one run, so that a busy machine slows both; medians of at least seven, with the
smallest and the largest. Time in which other processes had the processor does not count, where
the system says how long that was (Linux). The clinics are made through the services and kept.
"""
