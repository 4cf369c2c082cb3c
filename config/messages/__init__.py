"""The catalogue of the Chinese interface: what the code says in English, and whether all of it is translated."""
