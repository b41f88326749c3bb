"""达人库: consent, what people offer, the pool and its matches to needs."""
