"""Speed and memory against named references, measured in one run."""
