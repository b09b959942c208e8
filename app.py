"""The door: `python app.py` builds the application and serves it. Hugging Face Spaces runs this file."""

import sys

from gan_demos.errors import UserError

if __name__ == "__main__":
    try:
        from gan_demos import application  # here, for Gradio asks for a folder for temporary files when it is imported

        application.serve()
    except UserError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"The system refused: {error}.")
