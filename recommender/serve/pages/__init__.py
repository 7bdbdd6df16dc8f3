"""Show pages for people: rendered on the server, every text escaped, usable without scripts."""
