"""`python -m haccpline`."""

from haccpline.cli import main

main()
