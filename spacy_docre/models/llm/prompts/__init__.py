"""Prompts: passages, relations in words, and templates."""
