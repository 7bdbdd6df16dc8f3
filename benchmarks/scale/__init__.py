"""Measure growth from 100,000 passages to 10 million, and other search libraries beside it."""
