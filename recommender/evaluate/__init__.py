"""Measure answers against labelled questions, and refuse a build that answers worse."""
