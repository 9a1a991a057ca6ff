"""The bundled fonts; a package, so that they are installed."""
