"""Profiles of real devices: which registers hold what, as data."""
