"""The API of a site, read from its stores; what people enter goes to the inbox."""
