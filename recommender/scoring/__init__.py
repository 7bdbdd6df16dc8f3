"""Compute scores from vectors and words: arithmetic only, nothing is read from disk."""
