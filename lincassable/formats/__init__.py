"""How dates are written, where Django's own way could be misread (FORMAT_MODULE_PATH)."""
