"""Revenue that is earned over time."""
