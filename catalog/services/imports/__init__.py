"""Files in: what each kind of record needs, how its rows are looked at, and how they are written."""
