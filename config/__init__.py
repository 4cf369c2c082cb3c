"""Wires the apps together: settings, URLs, servers, commands. No app imports it."""
