"""The front door: command line, site file, wiring, processes."""
