"""The door: `python app.py` builds the application and serves it. Hugging Face Spaces runs this file."""

import sys

from gan_demos import application
from gan_demos.errors import UserError

if __name__ == "__main__":
    try:
        application.serve()
    except UserError as error:
        sys.exit(str(error))
