"""Answers: what they may list, and how they are written."""
