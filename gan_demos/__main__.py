"""`python -m gan_demos`."""

import sys

from gan_demos.cli import main

if __name__ == "__main__":
    sys.exit(main())
