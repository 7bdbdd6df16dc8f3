"""Render answers and reports as text, JSON, JSON Lines, CSV and Markdown."""
