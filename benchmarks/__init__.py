"""Measure speed, memory and answers against named references, in one run each."""
