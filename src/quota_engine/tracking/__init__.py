"""Tracking: progress that is refreshed as records come in, kept between refreshes, and explained at any moment of the past."""
