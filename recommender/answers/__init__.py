"""Answer questions from a snapshot: `search`, `similar` and `related`."""
