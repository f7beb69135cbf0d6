"""What must hold: the plan language, the limit kinds, the engine and the case workflow.

Pure: no files, no clock, no network, no randomness. The same inputs give the same bytes on every machine.
"""
