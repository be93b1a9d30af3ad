"""What a pipeline gets wrong, and why."""
