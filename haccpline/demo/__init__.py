"""The plant in a box: a simulated plant with its history, running live, for who wants to see haccpline at work."""
