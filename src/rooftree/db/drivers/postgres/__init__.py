"""PostgreSQL through asyncpg, with a pool, prepared statements and LISTEN of our own."""
