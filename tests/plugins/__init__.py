"""What pytest needs before it can load the settings."""
