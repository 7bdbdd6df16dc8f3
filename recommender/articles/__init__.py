"""Read source files and folders into articles."""
