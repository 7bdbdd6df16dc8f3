"""State the release once."""

__version__ = "0.1.0"
