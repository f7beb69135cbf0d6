"""Measured numbers, as ratios to a floor of the same run. They tell; they never fail because of time."""
