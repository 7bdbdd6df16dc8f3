"""Cut articles into paragraphs with roles, and those into the passages that are encoded."""
