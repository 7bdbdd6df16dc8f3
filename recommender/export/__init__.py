"""Write the related articles of every article as files, for sites that serve files."""
