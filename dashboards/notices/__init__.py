"""Notices: how a deviation or a silence reaches a person."""
