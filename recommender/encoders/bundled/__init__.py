"""Find, unpack and open the model that comes with the installation."""
