"""Know what the operating system allows this process."""
