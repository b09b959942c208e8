"""Serves the toy demo, for tests that need it in a process of its own."""

from gan_demos import application, catalog
from tests import toy_tab

if __name__ == "__main__":
    catalog.DEMOS = (toy_tab.DEMO, toy_tab.MISSING)
    application.serve()
