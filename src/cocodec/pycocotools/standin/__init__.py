"""How the drop-in takes the place of the package that a program imports."""
