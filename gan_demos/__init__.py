"""Small GANs for sound, pictures and shapes, each with a tab, an API and a command line."""

__version__ = "0.1.0"
