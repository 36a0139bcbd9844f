"""What happened, provably: records, their chain, their durable store, their verification."""
