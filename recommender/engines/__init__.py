"""Keep archives in search engines: PostgreSQL with pgvector. It needs the extra `postgres`."""
