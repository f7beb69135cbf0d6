"""What flows: inputs, blocks, quality, units and time; the ports Journal, Archive and Intake.

Every room imports this one; it imports none.
"""
