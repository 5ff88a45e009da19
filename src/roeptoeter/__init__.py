"""Asks whether local governments converse on social media, or only broadcast."""
