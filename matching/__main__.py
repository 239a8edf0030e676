"""``python -m matching``: the command line where the ``matching`` script is not on the path."""

from matching.cli import main

if __name__ == "__main__":
    main()
