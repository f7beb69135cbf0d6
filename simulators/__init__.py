"""A plant that is not there: recordings, devices that play them, a freezer with known truths."""
