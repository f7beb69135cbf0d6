"""A plan as people read it: the HACCP worksheet, in zh and en, as text, HTML and PDF."""
