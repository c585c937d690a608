"""Fixtures that the TypeScript must reproduce: Python is the reference, never a runtime dependency."""
