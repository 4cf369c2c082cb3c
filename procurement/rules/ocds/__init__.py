"""A tender's public facts as an OCDS 1.1 release package."""
