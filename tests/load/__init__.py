"""Ordering under load: the platform as it serves in production, clients that order, and what they are measured by."""
