"""Learn how facts of two articles count, and measure how far what is shown can be trusted."""
