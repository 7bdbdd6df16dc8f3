"""Read one file format each: `read_file` yields the articles of a file and what it refuses."""
