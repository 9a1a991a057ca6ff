"""What a company brings along when its books begin in the middle of its life (B1)."""
