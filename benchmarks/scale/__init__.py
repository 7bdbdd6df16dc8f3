"""How build, memory and answers grow from 100,000 passages to 10 million, and beside others."""
