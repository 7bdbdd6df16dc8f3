"""Keep archives in search engines: PostgreSQL with pgvector, or Milvus.

Each needs the extra of its name.
"""
